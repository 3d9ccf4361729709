# SPDX-License-Identifier: BSD-2-Clause
"""A server to provision: QEMU, OVMF firmware, the provisioning image, and its serial console.

A test types and reads there as an operator would. The machine's links end in a Switch;
one port of it is QEMU's user network: DHCP, a gateway 10.0.2.2 (fec0::2), a web server at
10.0.2.100, and TCP from two ports of this machine's loopback to 10.0.2.15, stprov's and sshd's.
Nothing reaches further than loopback. QEMU is started here and ended by its own id.
"""
import base64
import codecs
import contextlib
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "integration"))

import harness  # noqa: E402
import ovmf  # noqa: E402
import screen  # noqa: E402
from switch import Switch  # noqa: E402
from osserver import ADDRESS as WEB  # noqa: E402

IMAGE = pathlib.Path(os.environ.get("STPROV_IMAGE", ROOT / "build-qemu-image"))
FIRMWARE = "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd"
VARIABLES = "/usr/share/OVMF/OVMF_VARS_4M.fd"
QEMU = "qemu-system-x86_64"
KIND = (QEMU, "-M", "q35,smm=on", "-cpu", "max", "-vga", "std",
        "-global", "driver=cfi.pflash01,property=secure,value=on")
PROMPT = "stprov# "
# What each console begins with.
QUESTION = "Press Enter for the guided set-up (stprov remote), s and Enter for a shell: "
MOVEMENT = re.compile(r"\x1b\[[0-9;=?]*[A-Za-z]")
MOVEMENT_BEGUN = re.compile(r"\x1b(\[[0-9;=?]*)?$")
# For emulation on a busy machine: far above the time that any step needs.
BOOT_SECONDS = 300
PATIENCE = 180
MEMORY_MIB = 320
GATEWAY = "10.0.2.2"
ADDRESS = "10.0.2.15"
OFFICE, ISLAND = "office", "island"
# Speeds of the links, Mbit/s: eth0 is the fastest.
SPEEDS = (40000, 1000, 100, 10000)


def program(name):
    """A Python program of scripts/, as a module."""
    if (scripts := str(ROOT / "scripts")) not in sys.path:
        sys.path.append(scripts)  # where what it imports is
    loader = importlib.machinery.SourceFileLoader(name, f"{scripts}/{name}")
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def mac(number):
    return f"52:54:00:00:00:0{number}"


def connect(path):
    """The path exists a moment before QEMU listens on it."""
    def connected():
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.connect(str(path))
        except ConnectionRefusedError:
            sock.close()
            return None
        return sock
    return harness.eventually(connected, PATIENCE, f"a listener at {path}")


class Console:
    """A serial console: its output without cursor movements, and its input."""

    def __init__(self, path):
        self.socket = connect(path)
        self.decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self.begun = ""  # the beginning of a cursor movement, whose end has not come yet
        self.typescript = ""  # the output, without cursor movements
        self.at = 0  # the position read so far, in `typescript`
        self.over = False
        self.listener = None  # called when there is more text
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self.collect, daemon=True)
        self.thread.start()

    def collect(self):
        while True:
            try:
                data = self.socket.recv(65536)
            except OSError:
                data = b""
            with self.changed:
                self.add(data)
                self.over = not data
                self.changed.notify_all()
            if self.listener:
                self.listener()
            if not data:
                return

    def add(self, data):
        """Only what is new is looked at: a long output would otherwise keep a processor busy."""
        text = MOVEMENT.sub("", self.begun + self.decoder.decode(data))
        begun = MOVEMENT_BEGUN.search(text)
        self.begun = begun[0] if begun else ""
        self.typescript += text[:len(text) - len(self.begun)]

    @property
    def rows(self):
        """The text of the screen; finished rows do not change."""
        return screen.rows(self.typescript)

    @property
    def text(self):
        """The same with each line as one line."""
        return self.since(0)

    def since(self, at):
        return screen.lines(self.typescript[at:])

    def expect(self, pattern, timeout=PATIENCE):
        """Waits for the pattern after the last match; returns the match."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while True:
                match, behind = screen.find(pattern, self.typescript, self.at)
                if match:
                    break
                left = deadline - time.monotonic()
                if left <= 0 or self.over:
                    raise AssertionError(f"no {pattern!r} on the console; there is:\n"
                                         f"{self.since(self.at)}")
                self.changed.wait(left)
        self.at = behind
        return match

    def type(self, text):
        self.socket.sendall(text.encode())

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.socket.close()


class Monitor:
    """QEMU's own console (QMP)."""

    def __init__(self, path):
        self.socket = connect(path)
        self.socket.settimeout(PATIENCE)
        self.file = self.socket.makefile("rw")
        self.file.readline()
        self("qmp_capabilities")

    def __call__(self, command, **arguments):
        arguments = {name.replace("_", "-"): value for name, value in arguments.items()}
        self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            line = self.file.readline()
            assert line, f"QEMU ended during {command}"
            answer = json.loads(line)
            assert "error" not in answer, f"{command}: {answer['error']}"
            if "return" in answer:
                return answer["return"]

    def close(self):
        self.file.close()
        self.socket.close()


def board(flash, memory=MEMORY_MIB, kind=KIND, firmware=FIRMWARE):
    """QEMU's words for a server without links, media and consoles; `flash`: its variables."""
    return [
        *kind, "-nodefaults", "-accel", "tcg", "-m", str(memory), "-display", "none",
        "-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={firmware}",
        "-drive", f"if=pflash,unit=1,format=raw,file={flash}",
        "-object", "rng-random,id=rng,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng",
    ]


def medium(boot, stick):
    if not str(boot).endswith(".iso"):
        return ["-drive", f"if=none,id=boot,format=raw,readonly=on,file=fat:{boot}",
                "-device", "virtio-blk-pci,drive=boot,bootindex=0"]
    drive = f"if=none,id=boot,format=raw,readonly=on,file={boot}"
    if stick:
        return ["-drive", drive, "-device", "qemu-xhci",
                "-device", "usb-storage,drive=boot,bootindex=0"]
    return ["-drive", f"{drive},media=cdrom", "-device", "ide-cd,drive=boot,bootindex=0"]


class Machine:
    """One machine that is on. `links`: how many; `web`: the ports of a web server on loopback, for
    HTTP and HTTPS; `state`: go on where save() was called,
    else boot; `boot`: a directory that is the boot
    medium, or an image (.iso), which is a disc or, with `stick`, a USB stick; `memory`: MiB."""

    board = staticmethod(board)

    def __init__(self, directory, boot=IMAGE / "esp", variables=VARIABLES, links=1, web=(),
                 state=None, options=(), stick=False, memory=MEMORY_MIB):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.flash = self.directory / "flash"
        if pathlib.Path(variables) != self.flash:
            shutil.copy(variables, self.flash)
        self.port, self.ssh_port = harness.free_port(), harness.free_port()
        self.switch = Switch(self.directory)
        self.process = self.console = self.monitor = None
        command = self.command(links, web, memory) + medium(boot, stick) + list(options)
        command += ["-incoming", f"exec:cat '{state}'"] if state else []
        self.log = self.directory / "qemu.log"
        self.started = time.monotonic()
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, start_new_session=True)
        try:
            self.console = Console(self.wait_for_socket("serial"))
            self.monitor = Monitor(self.wait_for_socket("monitor"))
            if state:
                harness.eventually(self.is_restored, PATIENCE, "the restored machine")
                self.monitor("cont")
        except BaseException:
            self.close()
            raise

    def is_restored(self):
        return self.monitor("query-status")["status"] == "paused"

    def command(self, links, web, memory):
        gateway = self.switch.add("gateway", OFFICE)
        forward = "".join(f",guestfwd=tcp:{WEB}:{port}-cmd:busybox nc 127.0.0.1 {here}"
                          for port, here in zip((80, 443), web))
        command = [
            *self.board(self.flash, memory),
            "-chardev", f"socket,id=serial,path={self.directory}/serial,server=on,wait=off",
            "-serial", "chardev:serial",
            "-qmp", f"unix:{self.directory}/monitor,server=on,wait=off",
            "-netdev", f"user,id=user,hostfwd=tcp:127.0.0.1:{self.port}-{ADDRESS}:2009,"
            f"hostfwd=tcp:127.0.0.1:{self.ssh_port}-{ADDRESS}:22{forward}",
            "-netdev", "hubport,id=inside,hubid=0,netdev=user",
            "-netdev", gateway.netdev("outside"),
            "-netdev", "hubport,id=between,hubid=0,netdev=outside",
        ]
        for number in range(links):
            port = self.switch.add(f"eth{number}", OFFICE)
            command += ["-netdev", port.netdev(f"net{number}"), "-device",
                        f"virtio-net-pci,id=eth{number},netdev=net{number},mac={mac(number)},"
                        f"speed={SPEEDS[number]},duplex=full,romfile="]
        return command

    def wait_for_socket(self, name):
        path = self.directory / name

        def there():
            assert self.process.poll() is None, self.log.read_text()
            return path.exists()
        harness.eventually(there, PATIENCE, f"QEMU's {name}")
        return path

    # The operator at the console -----------------------------------------------------------

    def boot(self):
        """Waits for the boot, and chooses a shell on the serial line; at its prompt afterwards."""
        self.console.expect(re.escape(QUESTION), BOOT_SECONDS)
        self.console.type("s\r")
        self.wait_for_prompt()

    def wait_for_prompt(self, timeout=BOOT_SECONDS):
        self.console.expect(re.escape(PROMPT), timeout)

    def begin(self, command):
        """Types a command that then reads further input. Before input is typed for it, wait for
        what it prints: the shell first gives it the console and discards earlier input."""
        self.console.type(f"{command}\r")
        self.console.expect("\n?".join(re.escape(char) for char in command[-20:]) + "\n")

    def run(self, command, timeout=PATIENCE):
        """Types a command and waits for the prompt: (exit code, output)."""
        self.console.type(f"{command}\r")
        # The shell's echo, which continues in a new line at the console's width.
        self.console.expect("\n?".join(re.escape(char) for char in command[-20:]) + "\n")
        shown = self.console.expect(rf"(?s)(.*?){PROMPT}", timeout)[1]
        self.console.type("echo $?\r")
        code = self.console.expect(rf"echo \$\?\n(\d+)\n{PROMPT}")[1]
        return int(code), shown

    def succeed(self, command, timeout=PATIENCE):
        code, shown = self.run(command, timeout)
        assert code == 0, f"{command}: exit {code}\n{shown}"
        return shown

    def status(self):
        """The output of `remote status`: its text, and (exit code, object) of its JSON. The object
        comes from a file, because a console adds line ends at its width."""
        code, shown = self.run("stprov remote status")
        again, _ = self.run("stprov remote status -j >/tmp/s")
        assert again == code, f"exit {code} and {again}"
        text = self.succeed("base64 </tmp/s").replace("\n", "")
        return shown, (code, json.loads(base64.b64decode(text)))

    # Cables ---------------------------------------------------------------------------------

    def cable(self, number, segment):
        """Plugs a link into a segment; None: no cable, no carrier."""
        self.switch.plug(f"eth{number}", segment)
        self.monitor("set_link", name=f"eth{number}", up=segment is not None)

    # Reading the flash ----------------------------------------------------------------------

    @property
    def variables(self):
        """{name: ovmf.Variable} of those that stprov may write, from the flash itself."""
        stored = ovmf.read(self.flash)
        return {name: stored[f"{name}-{guid}"] for name, guid in harness.GUIDS.items()
                if f"{name}-{guid}" in stored}

    @property
    def host_configuration(self):
        return json.loads(self.variables["STHostConfig"].data)

    # Power --------------------------------------------------------------------------------

    def save(self, path):
        """Stops the machine and saves its state, from which other machines continue."""
        self.monitor("stop")
        self.monitor("migrate", uri=f"exec:cat > '{path}'")

        def done():
            status = self.monitor("query-migrate")["status"]
            assert status != "failed", "the state was not saved"
            return status == "completed"
        harness.eventually(done, PATIENCE, "the saved state")

    def reboot(self):
        """As an operator would; at the prompt of the next boot when it returns."""
        self.console.type("reboot\r")
        self.console.expect("BdsDxe: starting", BOOT_SECONDS)
        self.boot()

    def cut(self):
        """Cuts the power."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)

    def close(self):
        self.cut()
        for thing in (self.console, self.monitor, self.switch):
            if thing:
                with contextlib.suppress(OSError):
                    thing.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Bios:
    """A machine with BIOS firmware (QEMU's SeaBIOS) that starts what `medium` holds."""

    def __init__(self, directory, medium):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(
            [QEMU, "-nodefaults", "-accel", "tcg", "-m", "64", "-display", "none", "-vga", "std",
             "-qmp", f"unix:{self.directory}/monitor,server=on,wait=off", *medium],
            stdin=subprocess.DEVNULL, start_new_session=True)
        path = self.directory / "monitor"
        harness.eventually(path.exists, PATIENCE, "QEMU's monitor")
        self.monitor = Monitor(path)

    @property
    def text(self):
        """The 25 rows of the screen, from the memory of its text mode."""
        file = self.directory / "screen"
        self.monitor("pmemsave", val=0xB8000, size=80 * 25 * 2, filename=str(file))
        cells = file.read_bytes()[::2].decode("latin-1")
        return "\n".join(cells[at:at + 80].rstrip() for at in range(0, len(cells), 80))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(PATIENCE)
        self.monitor.close()
