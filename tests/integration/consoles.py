# SPDX-License-Identifier: BSD-2-Clause
"""The console's line protocol, from docs/console.md alone: either side, for tests of the other."""
import base64
import json
import os
import re
import select
import socket
import subprocess
import threading
import time
import zlib

import harness
import v0

PLATFORM, LAPTOP = b":", b"#"
CALL = b"\x14"


def crc(data):
    return b"%08X" % zlib.crc32(data)


def frame(mark, seq, kind, data=b""):
    body = b"%02X" % seq + kind + base64.b64encode(data)
    # The laptop sends no carriage return.
    return mark + body + crc(body) + (b"\r\n" if mark == PLATFORM else b"\n")


class Peer:
    """One side of the protocol on a descriptor, for a line without errors."""

    def __init__(self, fd, mark):
        self.fd, self.mark = fd, mark
        self.other = PLATFORM if mark == LAPTOP else LAPTOP
        self.seq = self.expected = 0
        self.buffer = self.message = b""
        self.messages = []
        self.acknowledged = set()
        self.sent = []
        self.outside = self.raw = b""

    def put(self, data):
        os.write(self.fd, data)

    def turn(self, timeout):
        """Reads once; False at the end of the line."""
        if not select.select([self.fd], [], [], timeout)[0]:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.buffer += data
        self.raw += data
        while (found := re.search(rb"[\r\n]", self.buffer)):
            line, self.buffer = self.buffer[:found.start()], self.buffer[found.end():]
            self.take(line)
        return bool(data)

    def take(self, line):
        before, mark, text = line.rpartition(self.other)
        if not mark or text[-8:] != crc(text[:-8]):
            self.outside += line + b"\n"
            return
        self.outside += before
        seq, kind, data = int(text[:2], 16), text[2:3], base64.b64decode(text[3:-8])
        if kind == b"a":
            self.acknowledged.add(seq)
        if kind not in (b"m", b"e"):
            return
        if seq == self.expected:
            self.expected = (seq + 1) % 256
            self.message += data
            if kind == b"e":
                assert self.message[-4:] == zlib.crc32(self.message[:-4]).to_bytes(4, "big")
                self.messages.append(json.loads(self.message[:-4]))
                self.message = b""
        self.put(frame(self.mark, seq, b"a"))

    def until(self, condition, what, timeout=v0.PATIENCE):
        deadline = time.monotonic() + timeout
        while not (value := condition()):
            assert time.monotonic() < deadline, f"no {what}: {self.messages} {self.outside}"
            alive = self.turn(0.05)
            assert alive or condition(), f"the line ended: {self.messages} {self.outside}"
        return value

    def send(self, **message):
        data = json.dumps(message).encode()
        data += zlib.crc32(data).to_bytes(4, "big")
        # The CRC is in the last frame as a whole.
        parts = [data[at:at + 40] for at in range(0, len(data), 40)]
        if len(parts) > 1 and len(parts[-1]) < 4:
            parts[-2:] = [parts[-2][:20], parts[-2][20:] + parts[-1]]
        for part in parts:
            last = part is parts[-1]
            self.acknowledged.discard(self.seq)
            self.put(frame(self.mark, self.seq, b"e" if last else b"m", part))
            self.until(lambda: self.seq in self.acknowledged, f"acknowledgement of {self.seq}")
            self.seq = (self.seq + 1) % 256

    def wait_for(self, kind, count=1):
        """The count-th message of this type."""
        def find():
            found = [message for message in self.messages if message["type"] == kind]
            return found[count - 1] if len(found) >= count else None
        return self.until(find, kind)

    def lines(self):
        """What a person would have seen."""
        return "\n".join(m["text"] for m in self.messages if m["type"] == "line")


class Console(harness.Process):
    """`remote console` on a terminal, whose other side is `peer`."""

    def __init__(self, *arguments, **kwargs):
        # The harness would read what the peer is to read.
        self.master, slave = os.openpty()
        self.slave = slave
        self.before = harness.termios.tcgetattr(slave)
        self.process = harness.subprocess.Popen(
            [*kwargs.get("prefix", ()), harness.STPROV, "remote", "console", *arguments],
            stdin=slave, stdout=slave, stderr=harness.subprocess.PIPE, start_new_session=True,
            preexec_fn=harness.take_terminal)
        self.err = harness.Stream(os.dup(self.process.stderr.fileno()))
        self.process.stderr.close()
        self.keyboard = None
        self.pid = self.process.pid
        self.peer = Peer(self.master, LAPTOP)

    def wait(self, timeout=v0.PATIENCE):
        """The exit code; reads what is still sent."""
        deadline = time.monotonic() + timeout
        while self.running:
            assert time.monotonic() < deadline, self.err.text
            self.peer.turn(0.02)
        self.err.thread.join(v0.PATIENCE)
        return self.process.returncode

    def is_as_before(self):
        return harness.termios.tcgetattr(self.slave) == self.before

    def clean_up(self):
        super().clean_up()
        os.close(self.slave)


class Hub:
    """A `remote console` whose terminal several can open, as with conserver: each of them sees all
    of it, and what each of them types reaches it."""

    def __init__(self, path):
        self.clients = 0
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(path))
        self.listening.listen()
        self.master, slave = os.openpty()
        self.process = subprocess.Popen(
            [harness.STPROV, "remote", "console"], stdin=slave, stdout=slave,
            stderr=subprocess.DEVNULL, start_new_session=True, preexec_fn=harness.take_terminal)
        os.close(slave)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        plugs = []
        while not self.over.is_set():
            ready = select.select([self.listening, self.master, *plugs], [], [], 0.1)[0]
            if self.listening in ready:
                plugs.append(self.listening.accept()[0])
                self.clients += 1
            if self.master in ready:
                try:
                    data = os.read(self.master, 4096)
                except OSError:
                    return
                for plug in plugs:
                    plug.sendall(data)
            for plug in [plug for plug in plugs if plug in ready]:
                if data := plug.recv(4096):
                    os.write(self.master, data)
                else:
                    plugs.remove(plug)
                    plug.close()

    def close(self):
        self.over.set()
        self.thread.join(v0.PATIENCE)
        self.process.kill()
        self.process.wait(v0.PATIENCE)
        self.listening.close()
        os.close(self.master)


def own_address():
    """This machine's first IPv4 address that is not of loopback."""
    told = json.loads(subprocess.run(["ip", "-j", "-4", "address"], check=True, text=True,
                                     capture_output=True, timeout=v0.PATIENCE).stdout)
    found = [item["local"] for link in told for item in link["addr_info"]
             if link["ifname"] != "lo"]
    return found[0] if found else None
