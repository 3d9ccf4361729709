# SPDX-License-Identifier: BSD-2-Clause
"""The TPM of a virtual machine: Debian's swtpm, whose state outlives the machine's power, and the
bus between the two, which a test can watch and on which it can cut the power.

QEMU's backend `emulator` (docs/specs/tpm.rst) passes one end of a socket pair over the control
channel; commands and answers go through that pair. The bus here keeps QEMU's end and gives swtpm
another pair.
"""
import contextlib
import pathlib
import socket
import struct
import subprocess
import threading

import harness
import machine
import swtpm

EVICT_CONTROL = 0x120
# swtpm's control channel: CMD_SET_DATAFD.
SET_DATAFD = 0x10


class Chip:
    """`directory`: of its state, with a short name, for sockets."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        (self.directory / "state").mkdir(parents=True)
        self.count = 0

    @contextlib.contextmanager
    def on(self, cut=None):
        """Power: a Bus whose `options` are QEMU's. See Bus for `cut`."""
        self.count += 1
        control = self.directory / f"control-{self.count}"
        with open(self.directory / "log", "ab") as log, subprocess.Popen(
                ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.directory}/state",
                 "--ctrl", f"type=unixio,path={control}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log) as process:
            try:
                def there():
                    assert process.poll() is None, (self.directory / "log").read_text()
                    return control.exists()
                harness.eventually(there, machine.PATIENCE, "swtpm's control socket")
                with Bus(control, cut) as bus:
                    yield bus
            finally:
                process.terminate()
                process.wait(machine.PATIENCE)


class Bus:
    """`cut(code, n)` is asked before each command is passed on: its code, and how many of this code
    came before. When it returns a function, the function is called, the command is dropped, and the
    bus is dead: a power cut before the command."""

    def __init__(self, control, cut=None):
        self.path = pathlib.Path(f"{control}-bus")
        self.cut = cut
        self.bytes, self.codes = b"", []
        self.was_cut = threading.Event()
        self.threads = []
        self.sockets = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen(1)
        self.server = machine.connect(control)
        self.run(self.serve_control)

    @property
    def options(self):
        return ["-chardev", f"socket,id=tpm,path={self.path}",
                "-tpmdev", "emulator,id=tpm0,chardev=tpm", "-device", "tpm-crb,tpmdev=tpm0"]

    def run(self, what, *arguments):
        thread = threading.Thread(target=what, args=arguments, daemon=True)
        self.threads.append(thread)
        thread.start()

    def serve_control(self):
        with contextlib.suppress(OSError):
            client, _ = self.listener.accept()
            self.sockets.append(client)
            while True:
                data, descriptors, _, _ = socket.recv_fds(client, 4096, 4)
                if not data:
                    return
                if struct.unpack(">I", data[:4])[0] == SET_DATAFD:
                    ours, theirs = socket.socketpair()
                    socket.send_fds(self.server, [data], [theirs.fileno()])
                    theirs.close()
                    qemu = socket.socket(fileno=descriptors[0])
                    self.sockets += [ours, qemu]
                    self.run(self.serve_data, qemu, ours)
                else:
                    self.server.sendall(data)
                client.sendall(self.server.recv(4096))

    def serve_data(self, qemu, chip):
        while command := swtpm.read_message(qemu):
            code = struct.unpack(">I", command[6:10])[0]
            stop = self.cut(code, self.codes.count(code)) if self.cut else None
            if stop:
                stop()
                self.was_cut.set()
                return
            self.codes.append(code)
            chip.sendall(command)
            answer = swtpm.read_message(chip)
            self.bytes += command + answer
            with contextlib.suppress(OSError):
                qemu.sendall(answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for sock in [self.listener, self.server, *self.sockets]:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join(machine.PATIENCE)
        for sock in [self.listener, self.server, *self.sockets]:
            sock.close()
