# SPDX-License-Identifier: BSD-2-Clause
"""`remote auto`: the count, the consoles as one terminal, a laptop that calls, what ends it.

The consoles are pseudo terminals; the machine is a lab's, with the files of a boot medium.
"""
import os
import subprocess
import sys
import termios

import pytest

import harness
import netlab
import v0
from consoles import CALL
from medium import Medium

ROUTER, ADDRESS = "10.0.2.1", "10.0.2.50"
COUNT = r"provisioning begins by itself in 10 s; any key stops it"
OVER = "stprov: nothing more is done by itself\r\n"
WAITING = r"code: ([a-z]{5}-[a-z]{5}); type on the laptop:"
# Ten clients, each with a wrong code.
GUESS = """
import contextlib, sys
sys.path[:0] = sys.argv[1:2]
import v1
for _ in range(10):
    with contextlib.suppress(v1.WrongCode):
        v1.Client((sys.argv[2], 2009), "babab-babab")
"""


class Console:
    """One of the consoles: the other side of its terminal."""

    def __init__(self):
        self.master, self.slave = os.openpty()
        self.path = os.ttyname(self.slave)
        self.before = termios.tcgetattr(self.slave)
        self.out = harness.Stream(os.dup(self.master))

    def type(self, text):
        os.write(self.master, text if isinstance(text, bytes) else text.encode())

    def is_as_before(self):
        return termios.tcgetattr(self.slave) == self.before

    def close(self):
        os.close(self.slave)
        os.close(self.master)
        self.out.thread.join(v0.PATIENCE)


@pytest.fixture(name="medium")
def fixture_medium(lab, tmp_path):
    return Medium(lab, tmp_path)


@pytest.fixture(name="peer")
def fixture_peer(lab):
    return lab.peer("eth0", addresses=[f"{ROUTER}/24"])


@pytest.fixture(name="dhcp")
def fixture_dhcp(lab, peer):
    lab.start(netlab.Dnsmasq(peer, f"--dhcp-option=3,{ROUTER}",
                             dhcp=f"{ADDRESS},{ADDRESS},255.255.255.0,1h"))


@pytest.fixture(name="url")
def fixture_url(lab, peer):
    return lab.web(peer).url()


@pytest.fixture(name="consoles")
def fixture_consoles(started):
    return [started(Console()) for _ in range(2)]


@pytest.fixture(name="auto")
def fixture_auto(lab, medium, consoles, url):
    """A function that starts it; `text`: the defaults, beside the URL."""
    def start(text="host = web01\nauto = yes\n", *options):
        medium.put(f"url = {url}\n{text}")
        devices = [word for console in consoles for word in ("--console", console.path)]
        options = options or ["--count", "1s"]
        return lab.start(harness.Process(["remote", "auto", *devices, *lab.store.options, *options],
                                         prefix=medium.prefix))
    return start


def test_it_provisions_and_all_consoles_show_and_take_the_same(
        lab, auto, dhcp, consoles, peer, started):
    remote = auto("host = web01\nallow = 10.0.2.0/24\nauto = yes\n")
    first, second = consoles
    code = first.out.wait_for(WAITING)[1]
    assert lab.hostname() == "web01.localhost.local"
    laptop = started(harness.Local((ADDRESS, 2009), code, compat=False, prefix=peer.prefix))
    second.out.wait_for("Press Enter to commit changes")
    # A call is answered by the question that is open, and is not its answer.
    second.type(CALL)
    second.out.wait_for("stprov: busy: a question is open")
    assert lab.store.read("STHostKey") is None
    second.type("\r")
    assert laptop.wait() == 0 and remote.wait() == 0, laptop.err.text
    assert laptop.result["fingerprint"] == lab.store.host_key()[1]
    assert first.out.data == second.out.data
    assert first.is_as_before() and second.is_as_before()


def test_a_key_stops_the_count_and_a_call_does_not(lab, auto, consoles):
    first, second = consoles
    remote = auto("auto = yes\n", "--count", "10s")
    before = lab.snapshot()
    second.out.wait_for(COUNT)
    second.type(b"\0" + CALL)
    second.out.wait_for("stprov: busy: provisioning begins by itself\r\n")
    second.out.wait_for("by itself in 8 s")
    second.type(" ")
    assert remote.wait() == 0, remote.err.text
    first.out.wait_for(OVER)
    assert "busy" not in first.out.text
    assert lab.snapshot() == before
    assert first.is_as_before() and second.is_as_before()


def test_after_ten_failed_attempts_a_new_code_needs_a_key(lab, auto, dhcp, consoles, peer):
    first, second = consoles
    remote = auto()
    old = first.out.wait_for(WAITING)[1]
    # The compiled-in networks are this machine alone, so it lets in those that it is in.
    first.out.wait_for("clients may connect from 10.0.2.0/24")
    subprocess.run([*peer.prefix, sys.executable, "-c", GUESS, os.path.dirname(__file__), ADDRESS],
                   check=True, timeout=v0.PATIENCE)
    second.out.wait_for("10 failed attempts: closed")
    second.out.wait_for("press a key for a new code; ctrl\\+c for the prompt")
    assert first.out.text.count("code: ") == 1
    second.type("x")
    new = first.out.wait_for(rf"(?s){WAITING}.*{WAITING}")[2]
    assert new != old
    second.type("\x03")
    assert remote.wait() == 1
    first.out.wait_for(OVER)


def test_a_laptop_that_calls_gets_the_console(lab, auto, dhcp, consoles):
    first, second = consoles
    remote = auto()
    first.out.wait_for(WAITING)
    second.type(CALL)
    assert remote.wait() == 1
    first.out.wait_for("interrupted: nothing was written")
    first.out.wait_for("stprov: a laptop calls and gets a console\r\n")
    assert lab.hostname() == "web01.localhost.local" and lab.store.read("STHostKey") is None
    assert first.is_as_before() and second.is_as_before()


def test_a_network_that_fails_is_tried_again_at_a_key(lab, auto, dhcp, consoles):
    remote = auto("host = web01\ninterface = eth7\nauto = yes\n")
    first, second = consoles
    first.out.wait_for("press a key to try again; ctrl\\+c for the prompt")
    assert lab.store.read("STHostName") is None
    lab.host.ip("link set eth0 name eth7")
    second.type("\r")
    second.out.wait_for(WAITING)
    second.type("\x03")
    assert remote.wait() == 1


def test_without_a_host_name_it_takes_one_that_no_other_machine_has(lab, auto, dhcp, consoles):
    lab.host.run("sh", "-c", "cd /sys/class/dmi/id 2>/dev/null && mount -t tmpfs tmpfs . || true")
    auto("auto = yes\n")
    consoles[0].out.wait_for(WAITING)
    assert lab.hostname() == f"mac-{lab.host.mac('eth0').replace(':', '')}.localhost.local"


@pytest.mark.parametrize("text", ["host = a\n", "auto = no\n", "auto = yes\notp = x\n"])
def test_without_a_right_file_that_says_so_nothing_happens(lab, auto, consoles, text):
    before = lab.snapshot()
    remote = auto(text)
    assert remote.wait() == 1
    assert remote.err.text == ("stprov remote auto: the boot medium has no defaults with "
                               "auto = yes\n")
    assert lab.snapshot() == before and consoles[0].out.data == b""


def test_a_provisioned_machine_is_left_alone(lab, auto, consoles):
    lab.store.write("STHostKey", b"key")
    before = lab.snapshot()
    remote = auto()
    assert remote.wait() == 1
    assert remote.err.text == "stprov remote auto: this machine has a host key already\n"
    assert lab.snapshot() == before and consoles[0].out.data == b""


def test_a_signal_ends_it_and_what_it_started(lab, auto, dhcp, consoles):
    remote = auto()
    consoles[0].out.wait_for(WAITING)
    remote.signal(harness.signal.SIGTERM)
    assert remote.wait() == 1
    consoles[1].out.wait_for("interrupted: nothing was written")
    consoles[1].out.wait_for(OVER)
    assert all(console.is_as_before() for console in consoles)
