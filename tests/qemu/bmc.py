# SPDX-License-Identifier: BSD-2-Clause
"""Servers with a management controller each: OpenIPMI's simulator, which starts QEMU with the
provisioning image when it is told to switch power on, and carries its serial line over the LAN.

They are in a network namespace of their own, where each controller has an address of loopback, and
connections to a server's address reach QEMU's user network from the laptop's. Both programs are
ended here by their own ids; QEMU outlives a simulator.
"""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess

import harness
import machine
import netlab
import web

USER, PASSWORD = "op", "sikrit"
# For ipmitool -E.
ENVIRONMENT = {"IPMI_PASSWORD": PASSWORD}
LAPTOP = "10.1.0.1"
SERVICE, SERIAL = 2009, 9002

CONFIGURATION = """\
name "{name}"
set_working_mc 0x20
  startlan 1
    addr {address} 623
    priv_limit admin
    allowed_auths_callback none md2 md5 straight
    allowed_auths_user none md2 md5 straight
    allowed_auths_operator none md2 md5 straight
    allowed_auths_admin none md2 md5 straight
    guid a123456789abcdefa123456789abcd{number:02x}
  endlan
  # Without it power on fails; nothing connects to it.
  serial 15 {address} 9001 codec VM
  sol "tcp:{address}:{serial}" 115200
  startcmd "{power}"
  startnow false
  poweroff_wait 1
  kill_wait 1
  user 1 true "" "{password}" user 10 none md2 md5 straight
  user 2 true "{user}" "{password}" admin 10 none md2 md5 straight
"""
EMULATION = """\
mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
sel_enable 0x20 1000 0x0a
mc_enable 0x20
"""


class Server:
    """A server that is off, and its controller."""

    def __init__(self, directory, space, number):
        self.number, self.space = number, space
        self.name = f"web{number}.example.org"
        self.bmc = f"127.0.1.{number}"
        self.address = f"10.0.{number}.15"
        self.gateway = f"10.0.{number}.2"
        self.directory = pathlib.Path(directory) / self.name
        (self.directory / "state").mkdir(parents=True)
        self.flash = self.directory / "flash"
        shutil.copy(machine.VARIABLES, self.flash)
        self.pid_file = self.directory / "pid"
        # QEMU shows the server whom a connection is from, except from loopback.
        space.ip(f"address add {self.address}/32 dev lo",
                 f"route replace local {self.address} dev lo table local src {LAPTOP}")
        self.write_files()
        self.log = self.directory / "simulator.log"
        with open(self.log, "wb") as log:
            # The simulator's own process, since nsenter(1) executes it.
            self.process = subprocess.Popen(
                [*space.prefix, "ipmi_sim", "-n", "-c", self.directory / "lan.conf", "-f",
                 self.directory / "emu", "-s", self.directory / "state"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def write_files(self):
        power = self.directory / "power"
        (self.directory / "emu").write_text(EMULATION)
        (self.directory / "lan.conf").write_text(CONFIGURATION.format(
            name=self.name, number=self.number, address=self.bmc, power=power, user=USER,
            password=PASSWORD, serial=SERIAL))
        command = [
            *machine.board(self.flash), *machine.medium(machine.IMAGE / "stprov.iso", False),
            "-chardev", f"socket,id=serial,host={self.bmc},port={SERIAL},server=on,wait=off",
            "-serial", "chardev:serial",
            "-netdev", f"user,id=net,net=10.0.{self.number}.0/24,host={self.gateway},"
            f"dhcpstart={self.address},hostfwd=tcp:{self.address}:{SERVICE}-{self.address}:"
            f"{SERVICE}",
            "-device", f"virtio-net-pci,netdev=net,mac=52:54:00:00:01:{self.number},romfile=",
        ]
        words = " ".join(f"'{word}'" for word in command)
        power.write_text(f"#!/bin/sh\necho $$ >{self.pid_file}\n"
                         f"exec {words} >{self.directory}/qemu.log 2>&1\n")
        power.chmod(0o755)

    def ipmitool(self, *words):
        """Its output."""
        done = subprocess.run([*self.space.prefix, *self.tool, *words], check=False,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              timeout=machine.PATIENCE, env={**os.environ, **ENVIRONMENT})
        text = done.stdout + done.stderr
        # `sol deactivate` fails if there is nothing to do.
        assert done.returncode == 0 or "already" in text, text + self.log.read_text()
        return text

    @property
    def tool(self):
        return ["ipmitool", "-I", "lanplus", "-C", "3", "-H", self.bmc, "-U", USER, "-E"]

    @property
    def qemu(self):
        """QEMU's id; None: it is not running."""
        with contextlib.suppress(OSError, ValueError):
            pid = int(self.pid_file.read_text())
            if str(self.flash) in pathlib.Path(f"/proc/{pid}/cmdline").read_text():
                return pid
        return None

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(machine.PATIENCE)
        if self.qemu:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.qemu, signal.SIGKILL)
        harness.eventually(lambda: not self.qemu, machine.PATIENCE, "QEMU's end")


class Rack:
    """Servers, and the laptop beside them: `space`."""

    def __init__(self, directory, count):
        self.stack = contextlib.ExitStack()
        try:
            self.space = netlab.Node()
            self.stack.callback(self.space.close)
            self.space.ip(f"address add {LAPTOP}/32 dev lo")
            self.web = web.Server(web.OK, address="127.0.0.1", namespace=self.space)
            self.stack.callback(self.web.close)
            self.servers = []
            for number in range(11, 11 + count):
                self.servers.append(Server(directory, self.space, number))
                self.stack.callback(self.servers[-1].close)
        except BaseException:
            self.close()
            raise

    def close(self):
        self.stack.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
