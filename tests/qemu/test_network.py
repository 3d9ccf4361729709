# SPDX-License-Identifier: BSD-2-Clause
"""`remote static` and `remote dhcp` on a machine with four links, by an operator at its console.

eth0 is the fastest (40 Gbit/s), eth2 the slowest; which of them see the gateway is up to a test.
"""
import base64
import re

import pytest

import harness
from machine import ADDRESS, ISLAND, OFFICE, PATIENCE, mac

LINKS = 4
CIDR = f"{ADDRESS}/24"
GATEWAY = "10.0.2.2"
STATIC = f"stprov remote static -i {CIDR} -g {GATEWAY}"
# What the compiled-in defaults of the test image make of the OS package URL.
DEFAULT_URL = "http://stboot:stboot@10.0.2.100/os-stable.json"


def cables(server, **segments):
    """cables(server, eth1=OFFICE): the others end nowhere."""
    for number in range(LINKS):
        server.cable(number, segments.get(f"eth{number}"))


def check_stored(server, mode, interfaces, **others):
    """The flash has the expected variables, and no others."""
    stored = server.variables
    assert stored["STHostName"].data == b"example.org" or "name" in others
    assert {stored[name].attributes for name in ("STHostName", "STHostConfig")} == {7}
    assert "STHostKey" not in stored
    config = server.host_configuration
    static = mode == "static"
    expected = {
        "network_mode": mode, "host_ip": CIDR if static else None,
        "gateway": GATEWAY if static else None, "dns": ["10.0.2.2"],
        "network_interfaces": [{"interface_name": f"eth{n}", "mac_address": mac(n)}
                               for n in interfaces],
        "ospkg_pointer": DEFAULT_URL, "bonding_mode": None, "bond_name": None}
    expected.update({name: value for name, value in others.items() if name != "name"})
    assert re.fullmatch(r"stprov version \S+; timestamp \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
                        config.pop("description"))
    assert config == expected


def test_static_with_the_link_named_verifies_and_stores(server, web):
    cables(server, eth0=OFFICE, eth2=OFFICE)
    web.seen.clear()
    shown = server.succeed(f"{STATIC} -I eth2")
    assert "eth2: address 10.0.2.15/24" in shown
    assert web.seen == [("/os-stable.json",
                         "Basic " + base64.b64encode(b"stboot:stboot").decode())]
    check_stored(server, "static", [2])
    assert f"default via {GATEWAY} dev eth2" in server.succeed("ip route")


def test_the_static_program_resolves_a_name_without_shared_libraries(server, web):
    cables(server, eth0=OFFICE)
    # The role that asks for the URL is not root.
    server.succeed("echo 10.0.2.100 packages.example.org >/etc/hosts; chmod 644 /etc/hosts")
    web.seen.clear()
    shown = server.succeed(f"{STATIC} -r http://packages.example.org/os-stable.json")
    assert "found at 10.0.2.100:80" in shown
    assert [path for path, _ in web.seen] == ["/os-stable.json"]


def test_static_with_the_link_named_by_its_mac(server):
    cables(server, eth0=OFFICE, eth3=OFFICE)
    server.succeed(f"{STATIC} -m {mac(3)} -h one")
    check_stored(server, "static", [3], name="one")
    assert server.variables["STHostName"].data == b"one.example.org"


@pytest.mark.parametrize("option", ["-A", ""])
def test_static_finds_the_slow_link_among_faster_wrong_ones(server, option):
    cables(server, eth0=ISLAND, eth2=OFFICE, eth3=ISLAND)
    server.succeed(f"{STATIC} {option}")
    check_stored(server, "static", [2])


@pytest.mark.parametrize("option", ["-A", "", "-A -f"])
def test_static_is_not_misled_by_a_gateway_that_answers_arp_on_every_port(server, option):
    server.switch.answer(ISLAND, GATEWAY, "52:54:00:99:00:01")
    cables(server, eth0=ISLAND, eth1=ISLAND, eth2=OFFICE, eth3=ISLAND)
    shown = server.succeed(f"{STATIC} {option}")
    assert re.search(rf"eth0: .* {re.escape(GATEWAY)} answers", shown)
    assert f"using eth2: {GATEWAY} answers an ICMP echo there" in shown
    check_stored(server, "static", [2])


def test_static_takes_the_fastest_of_those_that_see_the_gateway(server):
    cables(server, eth0=ISLAND, eth1=OFFICE, eth2=OFFICE, eth3=OFFICE)
    server.succeed(f"{STATIC} -A")
    check_stored(server, "static", [3])


def test_dhcp_finds_the_slow_link_among_faster_wrong_ones(server):
    cables(server, eth0=ISLAND, eth2=OFFICE, eth3=ISLAND)
    shown = server.succeed("stprov remote dhcp")
    assert "10.0.2.2 leases 10.0.2.15/24" in shown
    check_stored(server, "dhcp", [2])
    assert f"default via {GATEWAY} dev eth2" in server.succeed("ip route")


def test_the_guide_gets_to_the_laptop_by_the_enter_key(server):
    cables(server, eth0=ISLAND, eth2=OFFICE)
    server.begin("stprov r")
    for question in ("network by dhcp or static [dhcp]: ",
                     "host name [mac-525400000000.example.org]: ",
                     "OS package URL; press Enter to accept\n"
                     "  http://user:***@10.0.2.100/os-stable.json\n"
                     "OS package URL: ",
                     "run it? yes, no, or more (o): DNS, link, user [yes]: ",
                     "wait for the laptop now, yes or no [yes]: ",
                     f"networks that may connect [{GATEWAY}/32]: "):
        server.console.expect(re.escape(question))
        server.console.type("\r")
    server.console.expect(r"the command for this:\n  stprov remote run\n"
                          r"listening on 0\.0\.0\.0:2009\n"
                          r"clients may connect from 10\.0\.2\.2/32\n"
                          r"code: [a-z]{5}-[a-z]{5}; type on the laptop:\n")
    name = "mac-525400000000.example.org"
    check_stored(server, "dhcp", [2], name=name)
    assert server.variables["STHostName"].data == name.encode()
    server.console.type("\x03")
    server.console.expect("left: the network is set up and stored")
    server.wait_for_prompt()


@pytest.mark.parametrize("option", ["-I eth1", f"-m {mac(1)}"])
def test_dhcp_with_the_link_named(server, option):
    cables(server, eth0=OFFICE, eth1=OFFICE)
    server.succeed(f"stprov remote dhcp {option} -H two.example.net")
    check_stored(server, "dhcp", [1], name="two")
    assert server.variables["STHostName"].data == b"two.example.net"


def test_without_any_cable_the_links_are_listed_and_nothing_is_stored(server):
    cables(server)
    code, shown = server.run(f"{STATIC} -w 1s")
    assert code == 1
    for number in range(LINKS):
        assert f"eth{number}" in shown
    assert not {"STHostName", "STHostConfig"} & set(server.variables)


def test_static_ipv6(server):
    cables(server, eth0=ISLAND, eth1=OFFICE)
    server.succeed("stprov remote static -i fec0::15/64 -g fec0::2 -f -r http://[fec0::2]:9/x")
    check_stored(server, "static", [1], host_ip="fec0::15/64", gateway="fec0::2",
                 ospkg_pointer="http://[fec0::2]:9/x")
    assert "fec0::2 dev eth1" in server.succeed("ip -6 route")


def test_all_defaults_need_four_words(server):
    cables(server, eth1=OFFICE)
    server.succeed("stprov r s -i 10.0.2.15m24 -g 10.0.2.2")
    check_stored(server, "static", [1])


def test_active_backup_survives_the_loss_of_its_active_member(server):
    cables(server, eth1=OFFICE, eth3=OFFICE)
    server.succeed(f"{STATIC} -B -M active-backup")
    check_stored(server, "static", [3, 1], bonding_mode="active-backup", bond_name="bond0")
    active = "cat /sys/class/net/bond0/bonding/active_slave"
    first = re.search(r"(?m)^eth([13])$", server.succeed(active))[1]
    other = {"1": "3", "3": "1"}[first]
    server.cable(int(first), None)
    harness.eventually(lambda: f"eth{other}\n" in server.succeed(active), PATIENCE,
                       "the change of the active member")
    server.succeed(f"ping -c 1 -W 5 {GATEWAY}")


@pytest.mark.parametrize("mode", ["balance-rr", "802.3ad"])
def test_bond_of_named_links(server, mode):
    """A switch without LACP: 802.3ad has no partner and uses one of its members."""
    cables(server, eth1=OFFICE, eth2=OFFICE)
    server.succeed(f"{STATIC} -b eth1,eth2 -M {mode}")
    check_stored(server, "static", [1, 2], bonding_mode=mode, bond_name="bond0")
    state = server.succeed("cat /proc/net/bonding/bond0")
    assert {"balance-rr": "load balancing (round-robin)",
            "802.3ad": "IEEE 802.3ad Dynamic link aggregation"}[mode] in state
    assert state.count("Slave Interface:") == 2
    server.succeed(f"ping -c 2 -W 5 {GATEWAY}")


def test_active_backup_with_a_member_pulled_while_it_is_set_up(server):
    cables(server, eth1=OFFICE, eth2=OFFICE)
    server.console.type(f"{STATIC} -b eth1,eth2 -M active-backup -r "
                        "http://10.0.2.100/a,http://10.0.2.9/nobody -f\r")
    server.console.expect("checking 2 OS package URLs")
    server.cable(1, None)
    server.console.expect("are stored")
    server.wait_for_prompt()
    config = server.host_configuration
    assert [i["interface_name"] for i in config["network_interfaces"]] == ["eth1", "eth2"]
    server.succeed(f"ping -c 1 -W 5 {GATEWAY}")
