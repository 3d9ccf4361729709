# SPDX-License-Identifier: BSD-2-Clause
"""A TPM of a test's own: Debian's swtpm on a unix socket, tpm2-tools on it, and what can be in
between."""
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import tempfile
import threading

import harness

RIG = harness.BUILD / "tests" / "integration" / "tpm_rig"
PATIENCE = 60


class Answer:
    """What tpm_rig printed: code, error, and its `key=value` lines."""

    def __init__(self, run):
        self.code, self.error = run.returncode, run.stderr.decode().strip()
        self.lines = [line.split("=", 1) for line in run.stdout.decode().splitlines()]

    def all(self, key):
        return [value for name, value in self.lines if name == key]

    def one(self, key):
        value, = self.all(key)
        return value

    def bytes(self, key):
        return bytes.fromhex(self.one(key))


def rig(path, *arguments, stdin=b"", bus=None, limit_ms=None, role=False):
    options = ["-b", str(bus)] if bus else []
    options += ["-r"] if role else []
    options += ["-t", str(limit_ms)] if limit_ms else []
    return Answer(subprocess.run([RIG, *options, str(path), *map(str, arguments)], input=stdin,
                                 capture_output=True, timeout=PATIENCE, check=False))


class Tpm:
    """A running swtpm; its state is in a directory with a short name, for the sockets."""

    def __init__(self, flags="not-need-init,startup-clear"):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="swtpm-"))
        self.path = self.directory / "tpm"
        self.process = None
        self.flags = flags
        self.start()

    def start(self):
        (self.directory / "state").mkdir(exist_ok=True)
        with open(self.directory / "log", "ab") as log:
            self.process = subprocess.Popen(
                ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.directory}/state",
                 "--server", f"type=unixio,path={self.path}",
                 "--ctrl", f"type=unixio,path={self.path}.ctrl", "--flags", self.flags],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        harness.eventually(self.listens, PATIENCE, "swtpm's sockets")

    def listens(self):
        assert self.process.poll() is None, (self.directory / "log").read_text()
        return self.path.exists() and pathlib.Path(f"{self.path}.ctrl").exists()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(PATIENCE)

    def restart(self):
        """As a machine that boots."""
        self.stop()
        for suffix in ("", ".ctrl"):
            pathlib.Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        self.start()

    def clean_up(self):
        self.stop()
        shutil.rmtree(self.directory)

    def rig(self, *arguments, **options):
        return rig(self.path, *arguments, **options)

    def tool(self, *command, stdin=None, path=None, code=0):
        """Runs a program of tpm2-tools in a directory of its own; its standard output."""
        run = subprocess.run(
            list(map(str, command)), cwd=self.directory, input=stdin, capture_output=True,
            env={**os.environ, "TPM2TOOLS_TCTI": f"swtpm:path={path or self.path}"},
            timeout=PATIENCE, check=False)
        assert (run.returncode == 0) == (code == 0), (command, run.stderr.decode())
        return run.stdout

    def flush(self):
        """What the tools leave behind without a resource manager."""
        for kind in ("-t", "-l", "-s"):
            self.tool("tpm2_flushcontext", kind)

    def handles(self, kind):
        return self.tool("tpm2_getcap", f"handles-{kind}").decode().replace("- ", "").split()

    def pcr(self, number):
        self.tool("tpm2_pcrread", f"sha256:{number}", "-o", "pcr")
        return (self.directory / "pcr").read_bytes()

    def extend(self, number, digest=bytes(31) + b"\1"):
        self.tool("tpm2_pcrextend", f"{number}:sha256={digest.hex()}")


def message(code):
    """An answer that is a response code."""
    return struct.pack(">HII", 0x8001, 10, code)


class Between:
    """A socket in front of a TPM's: `change` sees each command and answer and may change them.

    change(number of the command, command) may return an answer of its own; altered(number, answer)
    returns what is passed on."""

    def __init__(self, tpm, change=None, altered=None):
        self.path = pathlib.Path(f"{tpm.path}-between")
        self.path.unlink(missing_ok=True)
        ctrl = pathlib.Path(f"{self.path}.ctrl")
        if not ctrl.is_symlink():
            ctrl.symlink_to(f"{tpm.path}.ctrl")
        self.tpm, self.change, self.altered = tpm, change, altered
        self.bus, self.commands, self.answers = b"", [], []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen(8)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client, socket.socket(socket.AF_UNIX) as server:
                server.connect(str(self.tpm.path))
                self.commands, self.answers = [], []
                self.serve_one(client, server)

    def serve_one(self, client, server):
        while command := read_message(client):
            number = len(self.commands)
            self.commands.append(command)
            self.bus += command
            answer = self.change(number, command) if self.change else None
            if answer is None:
                server.sendall(command)
                answer = read_message(server)
                self.answers.append(answer)
                self.bus += answer
                if self.altered:
                    answer = self.altered(number, answer)
            try:
                client.sendall(answer)
            except OSError:
                return

    def close(self):
        if self.listener.fileno() < 0:
            return
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(PATIENCE)


def read_message(sock):
    """A command or an answer; empty at the end."""
    data = b""
    try:
        while len(data) < 10 or len(data) < struct.unpack(">I", data[2:6])[0]:
            piece = sock.recv(4096)
            if not piece:
                return b""
            data += piece
    except OSError:
        return b""
    return data
