# SPDX-License-Identifier: BSD-2-Clause
"""Probes for a gateway on all links at once, and for an address before it is used."""
import re
import time

import pytest

import harness
import wires

EXIT_TAKEN = 3


@pytest.fixture(name="wired")
def fixture_wired(started, tmp_path):
    return wires.make(started, tmp_path)


@pytest.fixture(name="four")
def fixture_four(wired):
    """A machine with links c0 to c3; the gateway 10.9.0.1, 2001:db8::1 is behind c2 alone."""
    client, dark, gateway = wired.machine(), wired.machine(), wired.machine()
    client.connect(dark, ("c0", "d0"), ("c1", "d1"))
    client.connect(gateway, ("c2", "g0"))
    client.connect(dark, ("c3", "d3"))
    gateway.ip("address add 10.9.0.1/24 dev g0", "address add 2001:db8::1/64 dev g0 nodad")
    return client, gateway


def test_of_four_links_the_right_one_is_found_before_the_wait_is_over(wired, four):
    client, gateway = four
    runs = [wired.run(client, "ask", "-l", 4000, "10.9.0.1", "c0", "c1", "c2", "c3")
            for _ in range(3)]
    for probe in runs:
        assert probe.code == 0, probe.err
        assert re.match(rf"c2 {gateway.mac('g0')} after \d+$", probe.one("answered"))
    print(f"chosen after {sorted(probe.ms for probe in runs)} ms")
    assert min(probe.ms for probe in runs) < 4000


@pytest.mark.parametrize("ipv6", ["on", "off"])
def test_an_ipv6_gateway_is_found_without_an_address(wired, four, ipv6):
    client, gateway = four
    if ipv6 == "off":
        # Then the kernel does not listen to all nodes for us, either.
        client.run("sysctl", "-q", "-w", "net.ipv6.conf.all.disable_ipv6=1")
    probe = wired.run(client, "ask", "-l", 4000, "2001:db8::1", "c0", "c1", "c2", "c3")
    assert probe.one("answered").startswith(f"c2 {gateway.mac('g0')} "), probe.err


def test_silence_lasts_to_the_end_of_the_wait(wired, four):
    probe = wired.run(four[0], "ask", "-l", 1200, "10.9.0.2", "c0", "c1", "c2", "c3")
    assert probe.code == 0 and "answered" not in probe.fields
    assert probe.ms >= 1200


def test_links_that_answer_on_one_network_all_count(wired):
    client, gateway = wired.machine(), wired.machine()
    client.connect(gateway, ("c0", "g0"), ("c1", "g1"), ("c2", "g2"))
    gateway.ip("link add br0 type bridge forward_delay 0", "link set br0 up",
               *[f"link set g{i} master br0" for i in range(3)],
               "address add 10.9.0.1/24 dev br0")
    probe = wired.run(client, "ask", "-s", "-l", 4000, "10.9.0.1", "c0", "c1", "c2")
    assert [answer.split()[0] for answer in probe.fields["answered"]] == ["c0", "c1", "c2"]


def test_of_64_links_the_right_one_is_found(wired):
    client, dark, gateway = wired.machine(), wired.machine(), wired.machine()
    names = [f"c{i}" for i in range(64)]
    client.connect(dark, *[(name, f"d{name}") for name in names if name != "c17"])
    client.connect(gateway, ("c17", "g0"))
    gateway.ip("address add 10.9.0.1/24 dev g0")
    probe = wired.run(client, "ask", "-l", 8000, "10.9.0.1", *names)
    assert probe.one("answered").startswith("c17 "), probe.err


def test_a_link_that_gets_carrier_is_asked_then(wired):
    client, gateway = wired.machine(), wired.machine()
    client.connect(gateway, ("c0", "g0"), up=False)
    gateway.ip("address add 10.9.0.1/24 dev g0")
    probe = wired.start(client, "ask", "-l", 30000, "10.9.0.1", "c0")
    harness.eventually(lambda: harness.poll_ms(probe.pid) is not None)
    time.sleep(2)  # by which an answer to the first question would be later than one to the next
    up_ms = wires.now_ms()
    gateway.ip("link set g0 up")
    assert probe.finish() == 0, probe.err
    assert probe.one("answered").startswith("c0 ")
    # Measured from the probe after carrier, not from the first one, which was lost.
    assert int(probe.one("answered").split()[-1]) <= wires.now_ms() - up_ms + 1


def test_an_address_that_somebody_has_is_told_with_its_mac(wired, four):
    client, gateway = four
    probe = wired.run(client, "conflict", "10.9.0.1", "c2")
    assert probe.code == EXIT_TAKEN
    assert f"10.9.0.1 is taken by {gateway.mac('g0')}" in probe.err


def test_an_address_that_nobody_has_is_free(wired, four):
    assert wired.run(four[0], "conflict", "10.9.0.2", "c2").code == 0


def test_an_address_of_another_own_link_is_free(wired):
    client, gateway = wired.machine(), wired.machine()
    client.connect(gateway, ("c0", "g0"), ("c1", "g1"))
    gateway.ip("link add br0 type bridge forward_delay 0", "link set br0 up",
               "link set g0 master br0", "link set g1 master br0")
    client.ip("address add 10.9.0.7/24 dev c1")
    # Only c0 is known to be this machine's: then c1 has the address.
    assert wired.run(client, "conflict", "10.9.0.7", "c0").code == EXIT_TAKEN
    assert wired.run(client, "conflict", "10.9.0.7", "c0", "c1").code == 0


def test_a_link_that_is_down_proves_nothing(wired, four):
    four[0].ip("link set c2 down")
    probe = wired.run(four[0], "conflict", "10.9.0.2", "c2")
    assert probe.code == 1
    assert "c2: ARP probe: Network is down" in probe.err
