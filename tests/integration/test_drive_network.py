# SPDX-License-Identifier: BSD-2-Clause
"""`local console --setup`: between machines with networks of their own."""
import signal

import pytest

import harness
import netlab
import v0

ROUTER = "10.0.2.1"


@pytest.fixture(name="peer")
def fixture_peer(lab):
    """The laptop's machine, on the network of eth0."""
    return lab.peer("eth0", addresses=[f"{ROUTER}/24"])


@pytest.fixture(name="drive")
def fixture_drive(lab, peer):
    """A function that starts `local console` there, with these words of --setup."""
    server = lab.web(peer)

    def start(setup, *arguments, url=None, **kwargs):
        options = f"{' '.join(lab.store.options)} -T {lab.policy}"
        words = f"{setup} {options} -r {url or server.url()}"
        return lab.start(harness.Process(
            ["local", "console", "--yes", "--setup", words, "--run", options, *arguments, "--",
             *lab.host.prefix, harness.STPROV, "remote", "console"],
            prefix=peer.prefix, **kwargs))
    return start


def test_a_network_by_dhcp_is_set_up_and_the_platform_provisioned(lab, peer, drive):
    lab.start(netlab.Dnsmasq(peer, f"--dhcp-option=3,{ROUTER}",
                             dhcp="10.0.2.50,10.0.2.50,255.255.255.0,1h"))
    laptop = drive("dhcp -H web01.example.org", "--name", "web01.example.org")
    assert laptop.wait() == 0, laptop.err.text
    assert "clients may connect from 10.0.2.1/32" in laptop.err.text
    assert lab.address_list() == [("eth0", "10.0.2.50/24")]
    assert lab.hostname() == "web01.example.org"
    assert f"fingerprint={lab.store.host_key()[1]}\n" in laptop.out.text
    assert "ip=10.0.2.50\n" in laptop.out.text


def test_a_static_network_too(lab, drive):
    laptop = drive(f"static -i 10.0.2.60/24 -g {ROUTER} -h 'web02'")
    assert laptop.wait() == 0, laptop.err.text
    assert lab.address_list() == [("eth0", "10.0.2.60/24")] and lab.store.host_key()


def test_a_failed_check_of_the_url_stores_nothing(lab, drive):
    laptop = drive(f"static -i 10.0.2.60/24 -g {ROUTER} -h web02", url="http://10.0.2.60:1/")
    assert laptop.wait() == 1
    assert "setup on the platform: stprov remote static: " in laptop.err.text.splitlines()[-1]
    assert lab.store.names() == []


def test_ctrl_c_during_the_setup_stores_nothing(lab, drive):
    """No DHCP server answers."""
    laptop = drive("dhcp -h web01", console="terminal")
    laptop.out.wait_for("platform: .*asking|platform: .*DHCP|waiting for the platform's network")
    harness.eventually(lambda: lab.up(), v0.PATIENCE, "the setup under way")
    laptop.type("\x03")
    assert laptop.wait() in (1, -signal.SIGINT)
    assert "interrupted" in laptop.out.text.splitlines()[-1]
    assert lab.store.names() == []
