# SPDX-License-Identifier: BSD-2-Clause
"""Machines and the cables between them: network namespaces and veth pairs, for net_probe."""
import os
import re
import shutil
import subprocess
import time

import pytest

import harness

NET_PROBE = harness.BUILD / "tests" / "integration" / "net_probe"


class Machine(harness.Namespace):
    """A network namespace in which ip(8) commands can be run."""

    def __init__(self):
        super().__init__("-n")
        self.ip("link set lo up")

    def ip(self, *lines):
        """Commands of ip(8), all in one process."""
        subprocess.run([*self.prefix, "ip", "-batch", "-"], input="\n".join(lines) + "\n",
                       text=True, check=True, timeout=20, stdout=subprocess.DEVNULL)

    def connect(self, other, *pairs, up=True):
        """Cables from links here to links of another machine; both ends are up at once."""
        self.ip(*[f"link add {ours} type veth peer name {theirs} netns {other.process.pid}"
                  for ours, theirs in pairs])
        self.ip(*[f"link set {ours} up" for ours, _ in pairs])
        if up:
            other.ip(*[f"link set {theirs} up" for _, theirs in pairs])

    def mac(self, link):
        text = subprocess.run([*self.prefix, "ip", "-o", "link", "show", link], check=True,
                              capture_output=True, text=True, timeout=20).stdout
        return re.search(r"link/ether (\S+)", text)[1]


class Probe(subprocess.Popen):
    """A running net_probe."""

    def __init__(self, machine, *words):
        super().__init__([*machine.prefix, NET_PROBE, *map(str, words)], text=True,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, start_new_session=True)
        self.out = self.err = ""

    def finish(self, timeout=100):
        """The exit code; `fields`: what it printed, as a list for each key."""
        self.out, self.err = self.communicate(timeout=timeout)
        self.fields = {}
        for line in self.out.splitlines():
            key, value = line.split("=", 1)
            self.fields.setdefault(key, []).append(value)
        return self.returncode

    def one(self, key):
        values = self.fields.get(key, [])
        assert len(values) == 1, f"{key}: {values}; {self.out}{self.err}"
        return values[0]

    @property
    def ms(self):
        return int(self.one("ms"))

    def children(self):
        with open(f"/proc/{self.pid}/task/{self.pid}/children", encoding="ascii") as file:
            return [int(pid) for pid in file.read().split()]

    def close(self):
        if self.poll() is None:
            self.kill()
            self.wait(10)
        for stream in (self.stdout, self.stderr):
            stream.close()


class Dnsmasq(subprocess.Popen):
    """A DHCP server on a link of a machine, answering once this returns."""

    def __init__(self, machine, directory, link, addresses, *options):
        first, last = addresses
        name = f"{machine.process.pid}-{link}"
        self.log = directory / f"{name}.log"
        super().__init__(
            [*machine.prefix, "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null",
             "--port=0", "--no-ping", f"--interface={link}", "--bind-interfaces", "--user=root",
             f"--dhcp-range={first},{last},1h", f"--dhcp-leasefile={directory}/{name}.leases",
             f"--log-facility={self.log}", "--pid-file=", "--log-dhcp", *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        harness.eventually(lambda: self.heard("sockets bound"), 10, "the DHCP server's start")

    def heard(self, pattern):
        """The lines of its log that match."""
        text = self.log.read_text("utf-8") if self.log.exists() else ""
        return [line for line in text.splitlines() if re.search(pattern, line)]

    def close(self):
        if self.poll() is None:
            self.terminate()
            self.wait(10)


class Wires:
    """The wires of a test; `started` ends them after the test."""

    def __init__(self, started, directory):
        self.started = started
        self.directory = directory

    def machine(self):
        return self.started(Machine())

    def dnsmasq(self, machine, link, addresses, *options):
        return self.started(Dnsmasq(machine, self.directory, link, addresses, *options))

    def start(self, machine, *words):
        return self.started(Probe(machine, *words))

    def run(self, machine, *words):
        probe = self.start(machine, *words)
        probe.code = probe.finish()
        return probe


def make(started, directory):
    """Wires; the test is skipped if they cannot be created."""
    if os.geteuid() != 0 or not shutil.which("dnsmasq") or not shutil.which("ip"):
        pytest.skip("needs root for namespaces of its own, dnsmasq and ip")
    return Wires(started, directory)


def now_ms():
    return time.monotonic() * 1000
