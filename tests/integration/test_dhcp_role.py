# SPDX-License-Identifier: BSD-2-Clause
"""The DHCP role: a process in its sandbox that gets a lease from a real server.

test_dhcp.py tests the use of the lease by `remote dhcp`.
"""
import os
import pathlib
import re
import signal

import pytest

import harness
import wires

NET = ("10.9.0.50", "10.9.0.60")
ETIMEDOUT = 110
EINTR = 4
EPIPE = 32


@pytest.fixture(name="wired")
def fixture_wired(started, tmp_path):
    return wires.make(started, tmp_path)


@pytest.fixture(name="pair")
def fixture_pair(wired):
    """Two machines and a cable: c0 of the client, s0 of the server 10.9.0.1."""
    client, server = wired.machine(), wired.machine()
    client.connect(server, ("c0", "s0"))
    server.ip("address add 10.9.0.1/24 dev s0")
    return client, server


def test_what_is_used_of_a_lease_of_dnsmasq_is_taken(wired, pair):
    client, server = pair
    dnsmasq = wired.dnsmasq(
        server, "s0", NET, f"--dhcp-host={client.mac('c0')},platform,10.9.0.55",
        "--dhcp-option=26,9000",
        "--dhcp-option=121,10.7.0.0/16,10.9.0.3,0.0.0.0/0,10.9.0.4")
    probe = wired.run(client, "dhcp", "c0")
    assert probe.code == 0, probe.err
    assert probe.one("address") == "10.9.0.55/24"
    assert probe.one("router") == "10.9.0.4"
    assert probe.one("route") == "10.7.0.0/16 via 10.9.0.3"
    assert probe.one("mtu") == "9000"
    assert probe.one("hostname") == "platform"
    assert len(dnsmasq.heard(r"DHCPDISCOVER")) == len(dnsmasq.heard(r"DHCPREQUEST")) == 1


def test_a_lease_is_there_at_once_with_a_server_that_answers_at_once(wired, pair):
    client, server = pair
    wired.dnsmasq(server, "s0", NET)
    # The best of several runs, because other programs may slow this machine down.
    times = [wired.run(client, "dhcp", "c0").ms for _ in range(5)]
    print(f"lease after {sorted(times)} ms")
    # It does not take the second for offers of other servers.
    assert min(times) < 1000


def test_a_lease_without_router_has_none(wired, pair):
    client, server = pair
    wired.dnsmasq(server, "s0", NET, "--dhcp-option=3")
    probe = wired.run(client, "dhcp", "c0")
    assert probe.code == 0, probe.err
    assert "router" not in probe.fields and "route" not in probe.fields


def test_silence_is_an_error_that_says_what_was_sent(wired, pair):
    probe = wired.run(pair[0], "dhcp", "-l", 3500, "c0")
    assert probe.code == 1
    assert (f"error -{ETIMEDOUT}: no DHCP lease within 3 s; heard nothing on c0 "
            "(3 DISCOVER sent)") in probe.err
    assert 3500 <= probe.ms


def test_the_role_is_nobody_behind_a_filter_with_its_sockets_alone(wired, pair):
    probe = wired.start(pair[0], "dhcp", "-l", 60000, "c0")
    [role] = harness.eventually(probe.children, 10, "the role")
    # In the sandbox, and waiting in poll(2).
    harness.eventually(lambda: harness.status(role).get("Seccomp", "0").strip() == "2", 10,
                       "the role's filter")
    status = harness.status(role)
    assert status["Uid"].split() == status["Gid"].split() == ["65534"] * 4
    assert status["Groups"].strip() == ""
    assert status["NoNewPrivs"].strip() == "1"
    assert all(status[f"Cap{which}"].strip("0\n") == "" for which in ("Prm", "Eff", "Inh", "Amb"))
    fds = pathlib.Path(f"/proc/{role}/fd")
    assert sorted(int(fd.name) for fd in fds.iterdir()) == [0, 1, 2, 3, 4]
    limits = pathlib.Path(f"/proc/{role}/limits").read_text("ascii")
    assert re.search(r"Max open files +5 +5 ", limits)
    assert pathlib.Path(f"/proc/{role}/environ").read_bytes() == b""


def test_a_role_that_dies_is_an_error_that_says_how(wired, pair):
    probe = wired.start(pair[0], "dhcp", "-l", 60000, "c0")
    [role] = harness.eventually(probe.children, 10, "the role")
    os.kill(role, signal.SIGKILL)
    assert probe.finish() == 1
    assert re.search(rf"error -{EPIPE}: the DHCP process ", probe.err), probe.err


def test_it_can_be_interrupted_and_leaves_no_process(wired, pair):
    probe = wired.start(pair[0], "dhcp", "-l", 60000, "c0")
    [role] = harness.eventually(probe.children, 10, "the role")
    probe.send_signal(signal.SIGTERM)
    assert probe.finish(10) == 1
    assert f"error -{EINTR}: interrupted" in probe.err
    assert harness.is_gone(role)


def test_of_64_links_the_one_with_a_server_is_found(wired):
    client, dark, server = wired.machine(), wired.machine(), wired.machine()
    names = [f"c{i}" for i in range(64)]
    client.connect(dark, *[(name, f"d{name}") for name in names if name != "c41"])
    client.connect(server, ("c41", "s0"))
    server.ip("address add 10.9.0.1/24 dev s0")
    wired.dnsmasq(server, "s0", NET)
    probe = wired.run(client, "dhcp", *names)
    assert probe.code == 0, probe.err
    assert probe.one("link") == "c41"


def test_of_two_links_the_fastest_is_taken(wired):
    client, slow, fast = wired.machine(), wired.machine(), wired.machine()
    client.connect(slow, ("c0", "s0"))
    client.connect(fast, ("c1", "s0"))
    for number, server in enumerate((slow, fast)):
        server.ip(f"address add 10.{number}.0.1/24 dev s0")
        wired.dnsmasq(server, "s0", (f"10.{number}.0.50", f"10.{number}.0.60"))
    probe = wired.run(client, "dhcp", "c0=1000", "c1=10000")
    assert probe.one("link") == "c1" and probe.one("router") == "10.1.0.1", probe.err
    probe = wired.run(client, "dhcp", "c0=1000", "c1=1000")
    assert probe.one("link") == "c0", probe.err
    probe = wired.run(client, "dhcp", "-d", "c0", "c1")
    assert probe.fields["offered"] == ["c0", "c1"], probe.err
    assert "REQUEST" not in probe.err and "address" not in probe.fields


def test_a_link_that_gets_carrier_is_asked_at_once(wired):
    client, server = wired.machine(), wired.machine()
    client.connect(server, ("c0", "s0"), up=False)
    server.ip("address add 10.9.0.1/24 dev s0")
    dnsmasq = wired.dnsmasq(server, "s0", NET)
    probe = wired.start(client, "dhcp", "c0")
    # After the DISCOVER at 7 s it waits eight seconds for the next one.
    role, = harness.eventually(probe.children)
    harness.eventually(lambda: 7500 < (harness.poll_ms(role) or 0) < 8500)
    up_ms = wires.now_ms()
    server.ip("link set s0 up")
    assert probe.finish() == 0, probe.err
    after_ms = wires.now_ms() - up_ms
    print(f"lease {after_ms:.0f} ms after carrier")
    # A second to gather offers; far from the eight.
    assert probe.one("address").startswith("10.9.0.")
    assert "c0: has carrier now" in probe.err
    assert after_ms < 1000 + 1000 * harness.GRACE_SECONDS
    assert len(dnsmasq.heard("DHCPREQUEST")) == 1


def test_an_address_that_somebody_has_is_declined(wired, pair):
    client, server = pair
    other = wired.machine()
    server.ip("link add br0 type bridge forward_delay 0", "link set br0 up",
              "address del 10.9.0.1/24 dev s0", "address add 10.9.0.1/24 dev br0",
              "link set s0 master br0")
    other.connect(server, ("o0", "s1"))
    server.ip("link set s1 master br0")
    other.ip("address add 10.9.0.50/24 dev o0")
    dnsmasq = wired.dnsmasq(server, "br0", NET, f"--dhcp-host={client.mac('c0')},10.9.0.50")
    probe = wired.run(client, "dhcp", "-c", "-l", 30000, "c0")
    assert probe.code == 0, probe.err
    assert f"c0: 10.9.0.50 is taken by {other.mac('o0')}" in probe.err
    assert "c0: told 10.9.0.1 that 10.9.0.50/24 is taken" in probe.err
    assert len(dnsmasq.heard(r"DHCPDECLINE\(br0\) 10\.9\.0\.50")) == 1
    assert probe.one("address") not in ("10.9.0.50/24", "")


def test_started_by_hand_it_says_what_it_is(wired):
    machine = wired.machine()
    probe = wires.subprocess.run([*machine.prefix, "bash", "-c",
                                  f"exec -a stprov-dhcp {harness.STPROV}"],
                                 capture_output=True, text=True, timeout=20, check=False)
    assert probe.returncode == 2
    assert "stprov-dhcp is a part of `stprov remote dhcp`, not a command" in probe.stderr
