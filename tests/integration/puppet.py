# SPDX-License-Identifier: BSD-2-Clause
"""A session that was taken over: a test sends frames to its monitor.

The platform runs stprov_puppet (puppet.c), whose session hands frames through: a test connects as
a peer would, and sends and receives them on that connection.
"""
import hashlib
import os
import re
import socket
import struct

import harness
import v0
import v1

HEADER = (harness.ROOT / "src/service/session_ipc.h").read_text()
TYPES = {name: int(number) for name, number in re.findall(r"\bIPC_(\w+) = (\d+)", HEADER)}


def file(name=b"name", mac=b"01234567", keys=0, prints=(), data=b"content"):
    """The payload of FILE: fields of a fixed size, then the file."""
    prints = b"".join(text.ljust(64, b"\0") for text in (*prints, b"", b"", b"")[:3])
    return name.ljust(41, b"\0") + mac.ljust(9, b"\0") + struct.pack(">I", keys) + prints + data


def certificate(key=b"", mac=b"01234567", ca=b"SHA256:ca", key_id=b"id", principals=b"host",
                line=b"line\n"):
    return (mac.ljust(9, b"\0") + key.ljust(96, b"\0") + ca.ljust(64, b"\0") +
            key_id.ljust(320, b"\0") + principals.ljust(768, b"\0") + struct.pack(">Q", 1 << 31) +
            line)


def commit(files=(), certificate=b"", keys=(b"",) * 4, keep=0, sealed=0, count=None):
    """The payload of v1's COMMIT: what the client believes to be staged."""
    count = len(files) if count is None else count
    names = b"".join(name.ljust(41, b"\0") + mac.ljust(9, b"\0") for name, mac in files)
    return (bytes([keep, sealed, count]) + names.ljust(16 * 50, b"\0") +
            certificate.ljust(9, b"\0") + b"".join(key.ljust(65, b"\0") for key in keys))


def prove(credential=68, secret=68):
    """The payload of PROVE: lengths, each with its field, and what the quote is made for."""
    return (struct.pack(">I", credential) + bytes(104) + struct.pack(">I", secret) + bytes(256) +
            bytes(64))


# The requests of a session, each with a well-formed payload.
REQUESTS = {"READY": b"", "FAILED": b"it failed", "LOG": b"a line", "SPEAKS": b"\1",
            "AUTHENTICATE": b"user:wrong", "ADD_DATA": bytes(40), "SETUP_MODE": b"",
            "BLOB": b"\0x", "SECURE_BOOT": bytes(6), "BOOT_LOG": b"", "COMMIT": b"", "HELLO": b"",
            "ATTEMPT": b"", "OPENED": bytes(4), "NOT_OPENED": b"\0", "LEFT": b"", "PREPARE": b"",
            "FILE": file(), "CERTIFICATE": certificate(), "SEAL": bytes(100),
            "ATTEST": b"", "ATTEST_MORE": b"", "PROVE": prove()}
V0, V1 = b"\0", b"\1"
# The shape of a signed update: a time, a certificate that is its own length, and a value.
UPDATE = b"SIGNED UPDATE AT" + b"\4\0\0\0" + b"key"


def text(answer):
    """(result, text) of an IPC_ANSWER."""
    kind, payload = answer
    assert kind == "ANSWER", answer
    return payload[0], payload[1:].decode()


class Puppet:
    """One connection and its session. `upto`: a phase of docs/privsep.md."""

    def __init__(self, remote, upto="ready", words=b"\0\0\0\0"):
        self.sock = socket.create_connection(remote.address, v0.PATIENCE)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # sent is arrived
        self.peer = "%s:%d" % self.sock.getsockname()
        self.words = words
        self.credentials = f"{v0.USER}:{remote.otp.basic}".encode()
        kind, self.start = self.receive()
        assert kind == "START"
        self.is_v1 = False
        self.keys = [b""] * 4
        self.go_to(upto)

    def go_to(self, phase):
        steps = {"ready": [],
                 "guessing": ["ready", ("SPEAKS", V0)],
                 "authenticated": ["guessing", ("AUTHENTICATE", self.credentials)],
                 "opening": ["ready", ("SPEAKS", V1)],
                 "attempt": ["opening", ("ATTEMPT", b"")],
                 "opened": ["attempt", ("OPENED", self.words)],
                 "data": ["opened", ("ADD_DATA", os.urandom(32) + bytes(8))],
                 "keys": ["data", *[("BLOB", bytes([number]) + UPDATE) for number in range(3)],
                          ("SECURE_BOOT", bytes(6))]}
        for step in steps[phase]:
            if isinstance(step, str):
                self.go_to(step)
            elif step[0] == "SPEAKS":
                self.is_v1 = step[1] == V1
                self.send(*step)
            else:
                assert text(self.ask(*step))[0] == 0

    def send(self, kind, payload=b""):
        if kind == "COMMIT" and not payload and self.is_v1:
            payload = commit(keys=self.keys)
        if kind == "BLOB" and len(payload) > 1 and payload[0] < len(self.keys):
            self.keys[payload[0]] = hashlib.sha256(payload[1:]).hexdigest().encode()
        number = TYPES[kind] if isinstance(kind, str) else kind
        try:
            self.sock.sendall(struct.pack(">IB", 1 + len(payload), number) + payload)
        except OSError as error:
            raise v0.Closed(str(error)) from error

    def receive(self):
        """(name, payload); v0.Closed when the session was ended."""
        length, number = struct.unpack(">IB", v1.exactly(self.sock, 5))
        name, = (name for name, value in TYPES.items() if value == number)
        return name, v1.exactly(self.sock, length - 1)

    def ask(self, kind, payload=b""):
        self.send(kind, payload)
        return self.receive()

    def ended(self):
        """Waits until the monitor ended the session; frames before that are ignored."""
        try:
            while True:
                self.receive()
        except v0.Closed:
            return True

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
