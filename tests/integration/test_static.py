# SPDX-License-Identifier: BSD-2-Clause
"""`stprov remote static` in networks of its own: choosing, setting up, checking, persisting."""
import ipaddress
import json
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

import harness
import netlab
import web
from netlab import PASSWORD, URL_PASSWORD

HOST = "10.0.2.10/26"
GATEWAY = "10.0.2.1"
# The machine itself refuses connections there at once.
NOBODY = "http://10.0.2.10:1/"
VECTORS = json.loads((harness.ROOT / "tests" / "vectors" / "vectors.json").read_text("utf-8"))


@pytest.fixture(name="gateway")
def fixture_gateway(lab):
    """A gateway behind eth0, with a web server: (peer, server)."""
    peer = lab.peer("eth0", addresses=[f"{GATEWAY}/26"])
    return peer, lab.web(peer)


@pytest.fixture(name="authority", scope="module")
def fixture_authority(tmp_path_factory):
    return web.Authority(tmp_path_factory.mktemp("authority"))


def static(lab, server, *arguments, **kwargs):
    return lab.run("static", "-i", HOST, "-r", server.url(), *arguments, **kwargs)


def nothing_written(lab):
    return lab.store.names() == []


# Choosing -------------------------------------------------------------------------------------

@pytest.mark.parametrize("options", [["-A"], []])
def test_of_four_links_the_one_where_the_gateway_answers_is_set_up(lab, options):
    lab.quiet("eth0", "eth1")
    peer = lab.peer("eth2", addresses=[f"{GATEWAY}/26"])
    lab.quiet("eth3")
    server = lab.web(peer)
    done = static(lab, server, *options).good()
    assert lab.address_list() == [("eth2", HOST)]
    assert lab.routes() == {"default": f"via {GATEWAY} dev eth2"}
    assert lab.up() == ["eth2"]
    assert lab.resolv() == ["# Written by stprov.", "nameserver 9.9.9.9",
                            "nameserver 149.112.112.112"]
    for link in ("eth0", "eth1", "eth2", "eth3"):
        done.says(rf"^{link}: {lab.host.mac(link)}, veth, (no )?carrier( yet)?")
    done.says(rf"^eth2: .*, carrier, \d+ Mbit/s, {GATEWAY} answers$")
    done.says(rf"^{GATEWAY} on eth2 is {peer.mac('w0')}$")
    done.says(rf"^using eth2: {GATEWAY} answers there$")
    # A URL and a directory stay whole.
    assert all(len(line) <= 80 for line in done.lines("^(?!http|next: )")), str(done)


def test_the_last_line_is_the_command_for_this_network(lab):
    """Built plainly, 127.0.0.1 alone may connect."""
    done = static(lab, lab.web(lab.peer("eth0", addresses=[f"{GATEWAY}/26"]))).good()
    network = ipaddress.ip_interface(HOST).network
    done.says(rf"^next: stprov remote run -a {network} -E {lab.store.path}$")
    assert "replace" not in done.err and "warning" not in done.err


def test_what_is_replaced_is_named_before_links_are_touched_and_at_the_end(lab):
    peer = lab.peer("eth0", addresses=[f"{GATEWAY}/26"])
    server = lab.web(peer)
    static(lab, server, "-H", "web01.example.net").good()
    done = static(lab, server, "-H", "other.example.net").good()
    done.says(r"\Athis will replace web01\.example\.net \(static\)$")
    done.says(r"are stored: other\.example\.net\n  this replaces web01\.example\.net \(static\)\n")
    # Also where nothing is replaced in the end.
    peer.ip("link set w0 down")
    lab.run("static", "-i", HOST, "-w", "0").failed().says(
        r"\Athis will replace other\.example\.net \(static\)$")


def test_a_silent_gateway_is_named_in_the_summary(lab):
    peer = lab.peer("eth0", addresses=["10.0.2.20/26"])
    server = lab.web(peer, address="10.0.2.20")
    done = static(lab, server).good()
    done.says(rf"^warning: the gateway that is stored, {GATEWAY}, did not answer\nnext: ")


LINKS = ("eth0", "eth1", "eth2", "eth3")


def answers_everywhere(lab, end, *addresses):
    """A gateway with four ports that answers ARP for its address on each (arp_ignore 0)."""
    peer = lab.peer(*LINKS)
    peer.add(*addresses, link=end)
    # It does not forward, as another way to its address would be an answer on each link, too.
    return peer, lab.web(peer, address=addresses[0].split("/")[0])


@pytest.mark.parametrize("options", [["-A"], [], ["-A", "-f"]])
@pytest.mark.parametrize("end", range(4))
def test_a_gateway_that_answers_on_each_port_is_found_by_an_echo(lab, end, options):
    _, server = answers_everywhere(lab, f"w{end}", f"{GATEWAY}/26")
    done = static(lab, server, *options).good()
    # Where the right one is up before the others, these are not heard.
    done.says(rf"^using eth{end}: {GATEWAY} answers( an ICMP echo)? there$")
    assert lab.address_list() == [(f"eth{end}", HOST)] and lab.up() == [f"eth{end}"]


def test_five_times_of_five_the_echo_finds_the_same_link(lab):
    """Also with what the run before left: an address here, neighbours there."""
    _, server = answers_everywhere(lab, "w2", f"{GATEWAY}/26")
    for _ in range(5):
        static(lab, server, "-A").good()
        assert lab.address_list() == [("eth2", HOST)]


def test_an_ipv6_gateway_that_answers_on_each_port_is_found_by_an_echo(lab):
    """Linux answers solicitations on the right port alone, so the others have the address, too."""
    peer = lab.peer(*LINKS)
    for i in range(4):
        peer.add("fd99::1/128" if i != 2 else "fd99::1/64", link=f"w{i}")
    server = lab.web(peer, address="fd99::1")
    done = lab.run("static", "-A", "-i", "fd99::10/64", "-r", server.url()).good()
    done.says("^using eth2: fd99::1 answers( an ICMP echo)? there$")
    assert lab.address_list() == [("eth2", "fd99::10/64")]


def test_several_ports_of_one_gateway_on_one_network_are_all_right(lab):
    """Two ports in one segment: each link hears both, and the web server is reached."""
    middle, peer = lab.peer("eth0", "eth1"), lab.start(netlab.Peer())
    middle.ip(*[f"link add v{i} type veth peer name w{i} netns {peer.process.pid}"
                for i in range(2)], "link add br0 type bridge forward_delay 0", "link set br0 up",
              *[line for i in range(2) for line in (
                  f"link set v{i} up", f"link set w{i} master br0", f"link set v{i} master br0")])
    peer.ip("link set w0 up", "link set w1 up")
    peer.add(f"{GATEWAY}/26")
    done = static(lab, lab.web(peer), "-A").good()
    assert len(lab.address_list()) == 1, str(done)


def test_without_an_echo_the_first_link_is_taken_with_a_warning(lab):
    peer, server = answers_everywhere(lab, "w0", f"{GATEWAY}/26")
    peer.run("sysctl", "-q", "-w", "net.ipv4.icmp_echo_ignore_all=1")
    done = static(lab, server, "-A").good()
    done.says(f"^warning: {GATEWAY} answers in several names, and an ICMP echo by no link: ")
    done.says(f"^using eth0: {GATEWAY} answers there; the first of 4\n"
              "  eth1 too: -I eth1\n  eth2 too: -I eth2\n  eth3 too: -I eth3$")


def test_an_echo_is_not_sent_in_the_name_of_another_host(lab):
    """The address is taken on the right link: found before anything is claimed there."""
    peer, server = answers_everywhere(lab, "w2", f"{GATEWAY}/26")
    other = lab.start(netlab.Peer())
    peer.ip(f"link add v0 type veth peer name w0 netns {other.process.pid}", "link set v0 up",
            "link add br0 type bridge forward_delay 0", "link set br0 up",
            f"address del {GATEWAY}/26 dev w2", "link set w2 master br0", "link set v0 master br0")
    peer.add(f"{GATEWAY}/26", link="br0")
    other.ip("link set w0 up", f"address add {HOST} dev w0")
    done = static(lab, server, "-A")
    done.failed(f"10.0.2.10 is taken by {other.mac('w0')}")
    assert lab.address_list() == [] and nothing_written(lab)
    assert not [n for n in peer.ask("neigh", "show", "dev", "br0")
                if n["dst"] == "10.0.2.10" and n.get("lladdr") == lab.host.mac("eth2")]


def test_a_gateway_that_answers_on_the_wrong_port_first_is_found_on_the_right_one(lab):
    """The right link comes up once another one has answered."""
    peer, server = answers_everywhere(lab, "w2", f"{GATEWAY}/26")
    peer.ip("link set w2 down")
    process = lab.process("static", "-i", HOST, "-r", server.url(), "-A", "-w", "1m")
    harness.eventually(lambda: harness.poll_ms(process.pid) is not None)
    # It was asked for the echo, in the name of the host's address, and waits for other links.
    harness.eventually(lambda: any(n["dst"] == "10.0.2.10" and n["dev"] == "w0"
                                   for n in peer.ask("neigh", "show")))
    peer.ip("link set w2 up")
    done = lab.finish(process).good()
    done.says(f"^{GATEWAY} answers in several names: an ICMP echo tells by which link$")
    done.says(f"^using eth2: {GATEWAY} answers an ICMP echo there$")
    assert lab.address_list() == [("eth2", HOST)]


def test_of_links_that_are_alike_the_first_is_taken(lab):
    peer = lab.peer("eth0", "eth1", "eth2")
    peer.join()
    peer.add(f"{GATEWAY}/26", link="br0")
    server = lab.web(peer)
    # Up before, so that all have carrier when they are asked.
    lab.host.ip(*[f"link set eth{i} up" for i in range(3)])
    harness.eventually(lambda: all(link["operstate"] == "UP" for link in lab.host.ask("link")[1:]))
    static(lab, server, "-A").good().says(f"^using eth0: {GATEWAY} answers there; the first of 3$")
    assert lab.address_list() == [("eth0", HOST)]


def test_of_sixty_four_links_the_right_one_is_found(lab):
    lab.quiet(*[f"port{i}" for i in range(63)])
    peer = lab.peer("last", addresses=[f"{GATEWAY}/26"])
    done = static(lab, lab.web(peer), "-A").good()
    assert lab.address_list() == [("last", HOST)] and lab.up() == ["last"]
    assert len(done.lines("veth, ")) == 64 and not done.lines("^warning: of ")


def test_a_link_beyond_what_is_looked_at_can_be_named(lab):
    lab.quiet(*[f"port{i}" for i in range(65)])
    peer = lab.peer("last", addresses=[f"{GATEWAY}/26"])
    done = static(lab, lab.web(peer), "-I", "last").good()
    done.says("^warning: of 66 links, 64 are considered; the others are not changed$")
    assert lab.address_list() == [("last", HOST)]


def test_without_an_answer_the_first_link_with_carrier_is_taken(lab):
    lab.dark("eth0")
    lab.quiet("eth1", "eth2")
    for options in (["-A"], []):
        done = lab.run("static", "-i", HOST, "-w", "1500ms", "-f", "-r", NOBODY, *options).good()
        done.says("^warning: using eth1: the first link with carrier; "
                  f"no link got an answer from {GATEWAY}$")
        done.says(f"^eth1: .*, carrier, .*, no answer from {GATEWAY}$")
        done.says("^eth0: .*, no carrier$")


def test_a_link_chosen_by_name_or_mac_is_taken_as_it_is(lab, gateway):
    lab.quiet("eth1")
    mac = lab.host.mac("eth0")
    for options, why in ((["-I", "eth0"], "name"), (["-m", mac], "its MAC"),
                         (["-m", mac.upper().replace(":", "-")], "its MAC")):
        static(lab, gateway[1], *options).good().says(f"^using eth0: chosen by {why}$")
        assert lab.address_list() == [("eth0", HOST)] and lab.up() == ["eth0"]


def test_an_unknown_link_is_an_error_that_lists_those_there_are(lab):
    lab.quiet("eth0", "eth1")
    before = lab.snapshot()
    for options, missing in ((["-I", "eth7"], "eth7"), (["-b", "eth0,eth7"], "eth7"),
                             (["-m", "02:00:00:00:00:07"], "02:00:00:00:00:07")):
        done = lab.run("static", "-i", HOST, *options)
        done.failed(rf"there is no link {missing}; there are: eth0 \({lab.host.mac('eth0')}\), "
                    rf"eth1 \({lab.host.mac('eth1')}\)")
        assert "nothing was changed" in done.lines()
        assert lab.snapshot() == before


def test_a_link_that_cannot_be_used_is_told_why(lab):
    lab.quiet("eth0")
    lab.host.ip("link add br0 type bridge", "link set eth0 master br0")
    lab.run("static", "-i", HOST, "-I", "br0").failed("br0 cannot be used: bridge")
    lab.run("static", "-i", HOST, "-I", "eth0").failed("eth0 cannot be used: member of br0")
    lab.run("static", "-i", HOST, "-I", "lo").failed("lo cannot be used: loopback")
    lab.run("static", "-i", HOST).failed("this machine has no link that could be used")


# Carrier --------------------------------------------------------------------------------------

@pytest.mark.parametrize("options", [["-A"], [], ["-I", "eth1"]])
def test_no_carrier_is_an_error_once_the_wait_is_over(lab, options):
    lab.dark("eth0", "eth1")
    done = lab.run("static", "-i", HOST, "-w", "700ms", *options)
    done.failed(r"eth1 has no carrier: .* \(see -w\)$" if "-I" in options else
                r"no link has carrier; there are: eth0 \(.*, no carrier\), eth1")
    assert 0.7 <= done.seconds
    done.says("^the network was changed; its state is now:$")
    done.says("^  eth1: up, no carrier$")
    assert nothing_written(lab)


@pytest.mark.parametrize("options", [["-A"], ["-I", "eth1"]])
def test_a_link_that_comes_up_after_three_seconds_is_waited_for(lab, options):
    lab.dark("eth0")
    peer = lab.peer("eth1", addresses=[f"{GATEWAY}/26"], carrier=False)
    server = lab.web(peer)
    timer = threading.Timer(3, lambda: peer.ip("link set w0 up"))
    timer.start()
    # As soon as it is up: the test does not last as long as the wait may.
    static(lab, server, "-w", "1m", *options).good()
    timer.join()
    assert lab.address_list() == [("eth1", HOST)]


def test_a_flapping_carrier_is_asked_again(lab):
    peer = lab.peer("eth0", carrier=False)
    lab.quiet("eth1")
    server_address = [f"{GATEWAY}/26"]

    def flap():
        for state in ("up", "down", "up", "down"):
            time.sleep(0.4)
            peer.ip(f"link set w0 {state}")
        peer.add(*server_address)
        peer.ip("link set w0 up")
    thread = threading.Thread(target=flap)
    thread.start()
    done = lab.run("static", "-i", HOST, "-A", "-w", "10s", "-f", "-r", NOBODY)
    thread.join()
    done.good().says(f"^using eth0: {GATEWAY} answers there$")


# The address and the gateway ------------------------------------------------------------------

def test_a_taken_address_is_an_error_before_anything_is_reset(lab, gateway):
    peer, server = gateway
    peer.add(HOST)
    done = static(lab, server, "-I", "eth0")
    done.failed(rf"10.0.2.10 is taken by {peer.mac('w0')} \(with -f it is used anyway\)$")
    assert lab.address_list() == [] and nothing_written(lab)


def test_force_takes_a_taken_address_and_logs_it(lab, gateway):
    peer, server = gateway
    other = lab.start(netlab.Peer())
    peer.ip(f"link add v0 type veth peer name w0 netns {other.process.pid}", "link set v0 up",
            "link add br0 type bridge forward_delay 0", "link set br0 up",
            f"address del {GATEWAY}/26 dev w0", "link set w0 master br0", "link set v0 master br0")
    peer.add(f"{GATEWAY}/26", link="br0")
    other.ip("link set w0 up", f"address add {HOST} dev w0")
    done = static(lab, server, "-I", "eth0", "-f")
    done.says("^force flag: ignoring: 10.0.2.10 is taken by " + other.mac("w0"))
    assert lab.address_list() == [("eth0", HOST)]


def test_another_own_link_with_the_address_is_no_conflict(lab):
    """What an earlier run set up on another link of the same network."""
    peer = lab.peer("eth0", "eth1")
    peer.join()
    peer.add(f"{GATEWAY}/26", link="br0")
    server = lab.web(peer)
    static(lab, server, "-I", "eth0").good()
    lab.host.ip("link set eth1 up")
    static(lab, server, "-I", "eth1").good()
    assert lab.address_list() == [("eth1", HOST)]
    assert lab.routes() == {"default": f"via {GATEWAY} dev eth1"}


def test_a_gateway_outside_the_network_is_refused_before_anything_is_touched(lab, gateway):
    before = lab.snapshot()
    done = static(lab, gateway[1], "-g", "10.0.3.1")
    done.failed(r"10.0.3.1: gateway not within host IP network \(10.0.2.0/26\)", code=2)
    assert len(done.lines()) == 1 and lab.snapshot() == before


def test_with_force_it_is_reached_on_the_link(lab, gateway):
    peer, _ = gateway
    peer.add("10.0.3.1/32")
    peer.ip("route add 10.0.2.10/32 dev w0")
    server = lab.web(peer, address="10.0.3.1")
    done = static(lab, server, "-g", "10.0.3.1", "-f", "-A").good()
    done.says(r"^force flag: ignoring: 10.0.3.1: gateway not within host IP network "
              r"\(10.0.2.0/26\)$")
    done.says("^warning: the gateway is outside the host's network: .*stboot may not reach it")
    done.says("^using eth0: 10.0.3.1 answers there$")
    assert lab.routes() == {"default": "via 10.0.3.1 dev eth0 onlink"}
    assert '"gateway":"10.0.3.1"' in lab.host_config()


def test_with_force_even_a_gateway_of_the_other_family_is_set_up(lab, gateway):
    done = static(lab, gateway[1], "-g", "fd99::1", "-f", "-I", "eth0").good()
    done.says("^force flag: ignoring: fd99::1: gateway not within host IP network")
    assert lab.address_list() == [("eth0", HOST)] and lab.routes() == {}
    assert lab.routes(six=True)["default"] == "via fd99::1 dev eth0 onlink"


def test_the_last_gateway_and_an_m_for_the_slash(lab):
    peer = lab.peer("eth0", addresses=["10.0.2.62/26"])
    lab.run("static", "-i", "10.0.2.10m26", "-x", "-r", lab.web(peer, address="10.0.2.62").url())
    assert lab.routes() == {"default": "via 10.0.2.62 dev eth0"}
    assert lab.address_list() == [("eth0", HOST)]


# IPv6 -----------------------------------------------------------------------------------------

def six(lab, *addresses):
    """A gateway of IPv6 behind eth1."""
    lab.quiet("eth0")
    return lab.peer("eth1", addresses=addresses)


def test_ipv6_with_the_gateway_found_by_neighbour_solicitation(lab):
    peer = six(lab, "fd99::1/64")
    server = lab.web(peer, address="fd99::1")
    done = lab.run("static", "-A", "-i", "fd99::10/64", "-r", server.url()).good()
    done.says("^eth1: .*, fd99::1 answers$")
    assert lab.address_list() == [("eth1", "fd99::10/64")]
    assert lab.routes(six=True)["default"] == "via fd99::1 dev eth1"
    # Duplicate address detection is over when the URL is asked for.
    assert "fd99::10" not in str(lab.host.ask("-6", "address", "show", "tentative"))
    assert ('"network_mode":"static","host_ip":"fd99::10/64","gateway":"fd99::1",'
            in lab.host_config())


def test_an_ipv6_address_that_somebody_has_is_an_error(lab):
    peer = six(lab, "fd99::1/64", "fd99::10/64")
    server = lab.web(peer, address="fd99::1")
    done = lab.run("static", "-A", "-i", "fd99::10/64", "-r", server.url())
    done.failed(rf"fd99::10 is taken by {peer.mac('w0')} \(with -f it is used anyway\)$")
    assert nothing_written(lab)


def test_force_takes_a_taken_ipv6_address_and_logs_it(lab):
    """The other host is not the gateway, and the address works."""
    peer = six(lab, "fd99::1/64")
    other = lab.start(netlab.Peer())
    peer.ip(f"link add v0 type veth peer name w0 netns {other.process.pid}", "link set v0 up",
            "link add br0 type bridge forward_delay 0", "link set br0 up",
            "address del fd99::1/64 dev w0", "link set w0 master br0", "link set v0 master br0")
    peer.add("fd99::1/64", link="br0")
    other.ip("link set w0 up", "address add fd99::10/64 dev w0 nodad")
    server = lab.web(peer, address="fd99::1")
    done = lab.run("static", "-A", "-i", "fd99::10/64", "-r", server.url(), "-f")
    done.says(f"^force flag: ignoring: eth1: fd99::10 is taken by {other.mac('w0')}$")
    addresses = lab.host.ask("address", "show", "dev", "eth1")[0]["addr_info"]
    ours = [a for a in addresses if a["local"] == "fd99::10"]
    assert len(ours) == 1 and not {"tentative", "dadfailed"} & ours[0].keys(), str(done)


def test_an_ipv6_gateway_that_is_link_local_needs_force(lab):
    peer = six(lab, "fe80::1/64", "fd98::1/128")
    peer.ip("route add fd99::/64 dev w0")
    server = lab.web(peer, address="fd98::1")
    arguments = ["-A", "-i", "fd99::10/64", "-g", "fe80::1", "-r", server.url()]
    lab.run("static", *arguments).failed(r"fe80::1: gateway not within", code=2)
    lab.run("static", *arguments, "-f").good().says("^using eth1: fe80::1 answers there$")
    assert lab.routes(six=True)["default"].startswith("via fe80::1 dev eth1")


def test_from_ipv4_to_ipv6_and_back_leaves_nothing(lab, gateway):
    peer, server = gateway
    peer.add("fd99::1/64")
    server6 = lab.web(peer, address="fd99::1")
    static(lab, server, "-A").good()
    first = lab.snapshot()[:4]
    lab.run("static", "-A", "-i", "fd99::10/64", "-r", server6.url()).good()
    assert lab.address_list() == [("eth0", "fd99::10/64")] and lab.routes() == {}
    static(lab, server, "-A").good()
    assert lab.snapshot()[:4] == first


# Again ----------------------------------------------------------------------------------------

def without_description(lab):
    config = json.loads(lab.host_config())
    assert re.fullmatch(r"stprov version \S+; timestamp \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
                        config.pop("description"))
    return config


def test_the_same_command_again_gives_the_same_result(lab, gateway):
    lab.quiet("eth1")
    static(lab, gateway[1], "-A").good()
    first = (lab.snapshot()[:4], without_description(lab), lab.hostname())
    done = static(lab, gateway[1], "-A").good()
    assert (lab.snapshot()[:4], without_description(lab), lab.hostname()) == first
    assert not done.lines("in use")  # its own address is not another program's


def test_another_link_and_address_leave_nothing_of_the_first(lab, gateway):
    static(lab, gateway[1], "-A").good()
    peer = lab.peer("eth1", addresses=["192.0.2.1/24"])
    server = lab.web(peer, address="192.0.2.1")
    done = lab.run("static", "-i", "192.0.2.9/24", "-r", server.url(), "-h", "web2",
                   "-d", "192.0.2.1").good()
    assert lab.address_list() == [("eth1", "192.0.2.9/24")] and lab.up() == ["eth1"]
    assert lab.routes() == {"default": "via 192.0.2.1 dev eth1"}
    assert lab.resolv()[1:] == ["nameserver 192.0.2.1"]
    assert lab.hostname() == "web2.localhost.local" and not done.lines("in use")


def test_routes_of_others_through_the_links_are_gone(lab, gateway):
    lab.quiet("eth1")
    lab.host.ip("link set eth1 up", "address add 198.51.100.7/24 dev eth1",
                "route add 203.0.113.0/24 via 198.51.100.1", "route add default via 198.51.100.1")
    done = static(lab, gateway[1]).good()
    assert lab.routes() == {"default": f"via {GATEWAY} dev eth0"}
    done.says("^eth1 is in use: it has 198.51.100.7/24, which stprov did not set$")
    done.says("^going on: these addresses and their routes will be removed$")


# Links that are in use --------------------------------------------------------------------------

@pytest.fixture(name="used")
def fixture_used(lab, gateway):
    """A machine whose eth1 has an address already."""
    lab.quiet("eth1")
    lab.host.ip("link set eth1 up", "address add 198.51.100.7/24 dev eth1")
    return gateway[1]


def start_on_terminal(lab, server, *options):
    process = lab.process("static", "-i", HOST, "-r", server.url(), *options, console="pty")
    return process


QUESTION = "These addresses and their routes will be removed. Type yes to go on:"


@pytest.mark.parametrize("text", ["no\n", "\n", "\x04", "yess\n"])
def test_at_a_terminal_nothing_changes_without_a_yes(lab, used, text):
    before = lab.snapshot()
    process = start_on_terminal(lab, used)
    process.out.wait_for(QUESTION)
    process.type(text)
    done = lab.finish(process).failed("aborted")
    done.says("^eth1 is in use: it has 198.51.100.7/24, which stprov did not set$")
    assert "nothing was changed" in done.lines() and lab.snapshot() == before


def test_at_a_terminal_yes_goes_on(lab, used):
    process = start_on_terminal(lab, used)
    process.out.wait_for(QUESTION)
    process.type("yes\n")
    lab.finish(process).good()
    assert lab.address_list() == [("eth0", HOST)]


def test_at_a_terminal_force_does_not_ask(lab, used):
    done = lab.finish(start_on_terminal(lab, used, "-f")).good()
    assert QUESTION not in done.out and lab.address_list() == [("eth0", HOST)]
    done.says("^going on: ")


def test_what_could_not_be_shown_is_not_asked(lab, used):
    """Which addresses will be removed is on stderr."""
    before = lab.snapshot()
    process = lab.start(harness.Process(
        ["remote", "static", "-E", str(lab.store.path), "-i", HOST, "-r", used.url()],
        prefix=[*lab.host.prefix, "sh", "-c", 'exec "$@" 2>/dev/full', "sh"], console="pty"))
    process.type("yes\n")
    assert process.wait() == 1
    assert "the console cannot be written" in process.out.text
    assert QUESTION not in process.out.text and lab.snapshot() == before


# Interruptions ----------------------------------------------------------------------------------

def interrupt(lab, process, number=signal.SIGINT):
    process.signal(number)
    done = lab.finish(process).failed("interrupted")
    assert nothing_written(lab)
    return done


def test_interrupted_at_the_question_nothing_is_changed(lab, used):
    before = lab.snapshot()
    process = start_on_terminal(lab, used)
    process.out.wait_for(QUESTION)
    process.type("\x03")
    lab.finish(process).failed("interrupted").says("^nothing was changed$")
    assert lab.snapshot() == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_interrupted_while_it_asks_for_the_gateway(lab, number):
    lab.quiet("eth0")
    process = lab.process("static", "-i", HOST, "-w", "60s")
    process.err.wait_for("asking for")
    harness.wait_until_idle(process)
    done = interrupt(lab, process, number)
    done.says("^the network was changed; its state is now:\n  eth0: up")
    done.says("^host name and host configuration were not written$")


def test_interrupted_while_it_waits_for_carrier(lab):
    lab.dark("eth0")
    process = lab.process("static", "-i", HOST, "-w", "60s", "-I", "eth0")
    harness.eventually(lambda: "eth0" in lab.up())
    interrupt(lab, process).says("^  eth0: up, no carrier$")


def test_interrupted_while_it_checks_a_url(lab, gateway):
    server = lab.web(gateway[0], lambda request: None)
    process = lab.process("static", "-i", HOST, "-r", server.url())
    harness.eventually(lambda: server.requests)
    interrupt(lab, process).says(f"^  eth0: up, {HOST}$")
    assert lab.address_list() == [("eth0", HOST)]


def test_interrupted_during_duplicate_address_detection(lab):
    peer = six(lab, "fd99::1/64")
    server = lab.web(peer, address="fd99::1")
    process = lab.process("static", "-A", "-i", "fd99::10/64", "-r", server.url())
    harness.eventually(lambda: any("fd99::10" in str(link) for link in lab.host.ask("address")))
    done = interrupt(lab, process)
    done.says("^  eth1: up, fd99::10/64$")


def test_a_signal_at_any_moment_leaves_all_or_nothing(lab, gateway):
    """Also between the steps, where the program does not wait."""
    for delay in (0, 0.02, 0.05, 0.2, 0.5, 0.8, 0.9, 1.0):
        process = lab.process("static", "-i", HOST, "-r", gateway[1].url(), "-h", "web1")
        time.sleep(delay)
        process.signal(signal.SIGINT)
        process.wait()
        names = [name.split("-")[0] for name in lab.store.names()]
        if process.process.returncode == 0:
            assert names == ["STHostConfig", "STHostName"]
            for name in lab.store.here.iterdir():
                name.unlink()
        else:
            # Not even started, or ended with a message.
            assert names == []
            assert process.process.returncode in (1, -signal.SIGINT)


# What is persisted ----------------------------------------------------------------------------

def test_the_host_configuration_is_what_the_released_program_writes(lab, gateway):
    server = gateway[1]
    url = server.url("/os.json", user="user:password")
    assert lab.run("static", "-i", HOST, "-A", "-r", url, "-u", "alice", "-p", PASSWORD, "-d",
                   "10.0.2.1,2001:db8::53", "-d", "10.0.2.3", "-H", "host.example.org").good()
    expected = netlab.expected_config(
        "static", server.url("/os.json", user=f"alice:{PASSWORD}"),
        [("eth0", lab.host.mac("eth0"))], HOST, GATEWAY, ["10.0.2.1", "2001:db8::53", "10.0.2.3"])
    config = lab.host_config()
    assert config.startswith(expected)
    assert re.fullmatch(r'stprov version \S+; timestamp \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"}',
                        config[len(expected):])
    # The same keys in the same order as in the vectors, and all of them.
    vector = next(row for row in VECTORS["host_config"] if row["name"] == "static")
    assert list(json.loads(config)) == list(json.loads(vector["json"]))
    assert lab.hostname() == "host.example.org"
    assert server.requests[0].headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize("options, name", [
    ([], "localhost.local"), (["-h", "web1"], "web1.localhost.local"),
    (["-H", "a_b-c.Example"], "a_b-c.Example")])
def test_host_names(lab, gateway, options, name):
    static(lab, gateway[1], *options).good().says(f" stored: {name}$")
    assert lab.hostname() == name


def test_several_urls_are_joined(lab, gateway):
    server = gateway[1]
    static(lab, server, "-r", f"{server.url('/b')},{server.url('/c')}").good()
    assert json.loads(lab.host_config())["ospkg_pointer"] == ",".join(
        server.url(path) for path in ("/os.json", "/b", "/c"))


def test_nothing_is_written_when_a_url_fails(lab, gateway):
    lab.store.write("STHostName", b"old.example")
    lab.store.write("STHostConfig", b"{}")
    before = lab.store.snapshot()
    missing = lab.web(gateway[0], web.answer(404, "Not Found"))
    done = static(lab, gateway[1], "-r", missing.url(user=URL_PASSWORD))
    done.failed("1 of 2 OS package URLs cannot be fetched")
    assert lab.store.snapshot() == before
    done.says(r"^http://user:\*\*\*@10.0.2.1:\d+/os.json: cannot be fetched:\n"
              r"  10.0.2.1:\d+: the server says: 404 Not Found$")
    done.says(f"^the network was changed; its state is now:\n  eth0: up, {HOST}\n"
              "host name and host configuration were not written$")
    assert lab.address_list() == [("eth0", HOST)]


def test_name_and_configuration_are_one_decision(lab, gateway):
    lab.store.write("STHostName", b"old.example")
    lab.store.file("STHostConfig").mkdir()
    done = static(lab, gateway[1])
    done.failed("STHostConfig")
    assert lab.hostname() == "old.example"
    assert not done.lines("were not written")


def test_a_directory_of_variables_that_is_not_there_is_told_first(lab, gateway):
    before = lab.snapshot()
    static(lab, gateway[1], "-E", "/nowhere").failed("/nowhere").says("^nothing was changed$")
    assert lab.snapshot() == before


# Checking the URLs ------------------------------------------------------------------------------

def test_each_url_gets_its_own_reason(lab, gateway, authority):
    peer, good = gateway
    day = web.DAY
    (lab.policy / "tls_roots.pem").write_bytes(authority.pem)
    names = (GATEWAY,)

    def tls(*args, **kwargs):
        return lab.web(peer, tls=authority.server(*args, **kwargs))
    cases = [
        (good, None), (tls(names), None),
        (lab.web(peer, web.answer(404, "Not Found")), "the server says: 404 Not Found"),
        (lab.web(peer, web.answer(301, "", Location="/os.json")), "more than 10 redirects"),
        (lab.web(peer, web.answer(X_Huge="x" * 100_000)), "head larger than 65536 bytes"),
        (lab.web(peer, b"\x1b[2J\r\n\r\n"), "answer"),
        (tls(("other.example",)), f"certificate is for other.example, not for {GATEWAY}"),
        (tls(names, start=web.now() - 3 * day, end=web.now() - day), "expired"),
        (tls(names, start=web.now() + day, end=web.now() + 3 * day), "is not valid before"),
        (tls(names, self_signed=True), "self-signed by CN=Lone Server"),
    ]
    urls = [server.url(user=URL_PASSWORD) for server, _ in cases]
    done = lab.run("static", "-i", HOST, "-r", ",".join(urls))
    done.failed("8 of 10 OS package URLs cannot be fetched")
    for (server, reason), url in zip(cases, urls):
        shown = re.escape(url.replace(URL_PASSWORD, "user:***"))
        if reason is None:
            done.says(rf"^{shown}: found at \S+:{server.port}: 1234 bytes, application/json$")
        else:
            done.says(rf"^{shown}: cannot be fetched:\n  .*{re.escape(reason)}")
    assert len(done.lines("the platform's clock says")) == 2 and nothing_written(lab)


def test_force_persists_in_spite_of_a_url(lab, gateway):
    missing = lab.web(gateway[0], web.answer(404, "Not Found"))
    done = lab.run("static", "-i", HOST, "-f", "-r", missing.url()).good()
    done.says("^-f: stored although 1 of 1 URL cannot be fetched$")
    assert json.loads(lab.host_config())["ospkg_pointer"] == missing.url()


def test_a_server_that_hangs_is_given_up_after_twenty_seconds(lab, gateway):
    server = lab.web(gateway[0], lambda request: None)
    done = lab.run("static", "-i", HOST, "-r", server.url(), timeout=60)
    done.failed("1 of 1 OS package URL ").says(": no answer in time$")
    assert done.seconds >= 20


def test_names_are_resolved_by_the_servers_that_were_given(lab, gateway):
    peer, server = gateway
    lab.start(netlab.Dnsmasq(peer, records=[f"pkg.example,{GATEWAY}"]))
    done = lab.run("static", "-i", HOST, "-d", GATEWAY, "-r", server.url(host="pkg.example"),
                   "-r", server.url(host="gone.example"))
    done.failed("1 of 2").says("there is no host gone.example in the DNS$")
    done.says(rf"^http://pkg.example:\d+/os.json: found at {GATEWAY}:{server.port}: ")


def test_https_without_roots_says_why(lab, gateway, authority):
    server = lab.web(gateway[0], tls=authority.server((GATEWAY,)))
    done = lab.run("static", "-i", HOST, "-r", server.url())
    done.failed("1 of 1").says("there are no HTTPS roots to check the server's certificate with")


@pytest.mark.parametrize("content", [b"", b"nothing\n", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_malformed_roots_are_refused_before_anything_is_touched(lab, gateway, content):
    (lab.policy / "tls_roots.pem").write_bytes(content)
    before = lab.snapshot()
    static(lab, gateway[1]).failed("policy/tls_roots.pem: ").says("^nothing was changed$")
    assert lab.snapshot() == before


@pytest.mark.parametrize("options, warned", [
    ([], True), (["-u", "alice"], True), (["-p", PASSWORD], False),
    (["-u", "alice", "-p", PASSWORD], False)])
def test_the_compiled_in_password_is_a_warning(lab, gateway, options, warned):
    done = lab.run("static", "-i", HOST, "-r", gateway[1].url(user="user:password"),
                   *options).good()
    assert bool(done.lines("^warning: .*compiled-in password")) == warned
    # Nothing is put into this one.
    assert not static(lab, gateway[1]).good().lines("compiled-in")


CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec *ts)
{
	int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
	int r = real(id, ts);
	if (r == 0 && id == CLOCK_REALTIME)
		ts->tv_sec = 946684800;
	return r;
}
time_t time(time_t *t)
{
	if (t)
		*t = 946684800;
	return 946684800;
}
"""


def test_a_clock_before_the_build_is_said(lab, gateway, tmp_path):
    """The kernel has no clock to set for one process, so a library stands before libc's."""
    if not shutil.which("cc") or b"/ld-linux" not in pathlib.Path(harness.STPROV).read_bytes():
        pytest.skip("needs a C compiler and a program that loads libraries")
    library = tmp_path / "clock.so"
    (tmp_path / "clock.c").write_text(CLOCK)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, tmp_path / "clock.c", "-ldl"],
                   check=True, timeout=60)
    done = static(lab, gateway[1], environment={"LD_PRELOAD": str(library)}).good()
    done.says("^warning: this machine's clock says 2000-01-01: that is before this program was "
              "built\n  certificates are checked as of the build date$")
    assert "timestamp 2000-01-01T00:00:00Z" in lab.host_config()


# Bonds ----------------------------------------------------------------------------------------

def has_bonding(lab):
    command = [*lab.host.prefix, "ip", "link", "add", "probe0", "type", "bond"]
    found = subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0
    if found:
        lab.host.ip("link del probe0")
    return found


def test_without_the_bonding_module_it_is_said(lab, gateway):
    if has_bonding(lab):
        pytest.skip("this kernel has bonding")
    lab.quiet("eth1")
    before = lab.snapshot()
    for options in (["-B"], ["-b", "eth0,eth1"], ["-b", "eth0", "-b", "eth1", "-M", "802.3ad"]):
        done = static(lab, gateway[1], "-w", "2s", *options)
        done.failed("bond0: this kernel has no bonding module loaded")
        assert "nothing was changed" in done.lines() and lab.snapshot() == before


def test_a_bond0_that_is_no_bond_is_not_removed(lab, gateway):
    lab.host.ip("link add bond0 type bridge")
    static(lab, gateway[1]).failed("bond0: a link has this name, and it is not a bond")
    assert lab.host.ask("link", "show", "dev", "bond0")


# Options ----------------------------------------------------------------------------------------

def refused(lab, *arguments):
    """It ends with one line, exit 2, and touches nothing."""
    done = lab.run("static", *arguments)
    assert done.code == 2 and done.out == "" and len(done.lines()) == 1, str(done)
    done.failed(code=2)
    return done


@pytest.fixture(name="untouched")
def fixture_untouched(lab):
    lab.quiet("eth0")
    before = lab.snapshot()
    yield lab
    assert lab.snapshot() == before


def test_options_that_contradict_each_other_are_refused(untouched):
    ways = {"-A": ["-A"], "-m": ["-m", "02:00:00:00:00:01"], "-I": ["-I", "eth0"], "-B": ["-B"],
            "-b": ["-b", "eth0"]}
    for one in ways:
        for other in ways:
            if one < other:
                done = refused(untouched, "-i", HOST, *ways[one], *ways[other])
                assert f"{one} and {other} exclude each other" in done.err or (
                    f"{other} and {one} exclude each other" in done.err)
    refused(untouched, "-i", HOST, "-h", "a", "-H", "b").says("-h and -H exclude each other")
    refused(untouched, "-i", HOST, "-g", GATEWAY, "-x").says("-g and -x exclude each other")


# What -u and -p are put into.
PLACE = ["-r", "http://user:password@127.0.0.1:1/"]


@pytest.mark.parametrize("arguments, reason", [
    ([], "-i"), (["-i", "10.0.2.10"], "10.0.2.10"), (["-M", "bogus"], "-M"),
    (["-m", "12:34"], "-m"), (["-I", "a" * 16], "is not the name of a link"),
    (["-b", "a,a"], "twice"),
    (["-b", ""], "is not the name of a link"), (["-r", "ftp://x/"], "-r"), (["-r", "host/x"], "-r"),
    (["-d", "dns.example"], "-d"), (["-w", "4"], "-w"), (["-w", "-1s"], "-w"),
    (["-h", "a b"], "-h"), (["-h", ""], "the host name is empty (-h)"),
    (["-H", ""], "the host name is empty (-H)"), (["-H", "\x1b[2J"], "-H"),
    (["-H", "a" * 254], "longer"),
    (["-Z"], "-Z"), (["-i"], "-i"), (["extra"], "trailing arguments: "),
    (["-f=maybe"], "-f"), (["-r", "https://", "-f"], "-r: the URL has no valid host name"),
    ([*PLACE, "-p", "se /", "-f"], "-p: the password in the URL has a character that must be"),
    ([*PLACE, "-u", "us er"], "-u: the user in the URL has a character that must be")])
def test_malformed_options_are_refused(untouched, arguments, reason):
    host = [] if arguments == [] or arguments[0] == "-i" else ["-i", HOST]
    refused(untouched, *host, *arguments).says(re.escape(reason))


def test_an_option_that_is_not_used_is_a_warning(lab, gateway):
    done = lab.run("static", "-i", HOST, "-r", gateway[1].url(), "-M", "802.3ad", "-u", "joe",
                   "-p", PASSWORD).good()
    done.says("^warning: -M is not used: neither -b nor -B is given$")
    done.says("^warning: -u is not used: no URL has user:password$")
    done.says("^warning: -p is not used: no URL has user:password$")


def test_long_options_and_one_dash_are_the_same(lab, gateway):
    lab.run("static", "--ip", HOST, "-url=" + gateway[1].url(), "--interface=eth0",
            "-full-host", "a.example", "--wait", "1m", "--force=false").good()
    assert lab.hostname() == "a.example"


def vector_arguments(row):
    arguments = ["-i", row["host_ip"]] if row["host_ip"] else []
    arguments += ["-g", row["gateway"]] if row["gateway"] else []
    arguments += ["-x"] if row["try_last_ip"] else []
    return arguments + (["-f"] if row["force"] else [])


def test_hosts_and_gateways_are_judged_as_by_the_released_program(lab):
    """With a link that is not there, so that what is good ends before anything is touched."""
    for row in VECTORS["ValidateHostAndGateway"]:
        if row["host_ip"].endswith(("/31", "/127")):
            continue  # the next test
        done = lab.run("static", *vector_arguments(row), "-I", "nothing")
        if "error" in row:
            # The words are its own up to Go's about what it could not parse.
            start = row["error"].split("invalid CIDR")[0]
            assert done.code == 2 and len(done.lines()) == 1, (row, str(done))
            if not row["error"].startswith("invalid IP"):
                assert done.err.startswith(f"stprov remote static: {start}"), (row, str(done))
        else:
            done.failed("this machine has no link")
            assert done.err.startswith(row.get("log", "nothing was changed\n")), (row, str(done))


@pytest.mark.parametrize("host, gateway", [
    ("10.0.2.10/31", "10.0.2.11"), ("10.0.2.11/31", "10.0.2.10"), ("10.0.2.0/31", "10.0.2.1"),
    ("10.0.2.255/31", "10.0.2.254"), ("2001:db8::/127", "2001:db8::1"),
    ("2001:db8::1/127", "2001:db8::")])
@pytest.mark.parametrize("last", [[], ["-x"]])
def test_the_other_host_of_a_network_of_two_is_the_gateway(lab, host, gateway, last):
    lab.quiet("eth0")
    done = lab.run("static", "-i", host, *last, "-w", "1ms", "-r", "http://127.0.0.1:1/")
    done.says(f"^asking for {re.escape(gateway)} on 1 link")


# What no host can have; in the host's network, and in any.
NO_HOST = [
    ("-i 10.0.2.0/24", "the network's own address"),
    ("-i 10.0.2.255/24", "the network's broadcast address"),
    ("-i 10.0.2.63/26", "the network's broadcast address"),
    ("-i 224.0.0.5/24", "a multicast address"), ("-i 240.0.0.1/24", "a reserved address"),
    ("-i 255.255.255.255/24", "the broadcast address"),
    ("-i 0.0.0.5/24", "an address of 0.0.0.0/8"),
    ("-i 127.0.0.5/8", "a loopback address"), ("-i 10.0.2.10/0", "in a network of length 0"),
    ("-i 2001:db8::1/0", "in a network of length 0"), ("-i ff02::5/64", "a multicast address"),
    ("-i ::/64", "the unspecified address"), ("-i ::1/64", "a loopback address"),
    ("-i 2001:db8::/64", "the address of the network's routers"),
    ("-i 10.0.2.10/24 -g 10.0.2.255", "the network's broadcast address"),
    ("-i 10.0.2.10/24 -g 10.0.2.0", "the network's own address"),
    ("-i 10.0.2.10/24 -g 0.0.0.0", "an address of 0.0.0.0/8"),
    ("-i 10.0.2.10/24 -g 127.0.0.1", "a loopback address"),
    ("-i 10.0.2.10/24 -g 224.0.0.1", "a multicast address"),
    ("-i 2001:db8::10/64 -g ff02::2", "a multicast address"),
    ("-i 2001:db8::10/64 -g ::", "the unspecified address"),
    ("-i 10.0.2.10/24 -d 0.0.0.0", "an address of 0.0.0.0/8"),
    ("-i 10.0.2.10/24 -d 9.9.9.9,255.255.255.255", "the broadcast address"),
    ("-i 10.0.2.10/24 -d 224.0.0.1", "a multicast address"),
    ("-i 10.0.2.10/24 -d ff02::1", "a multicast address"),
    ("-i 10.0.2.10/24 -d 10.0.2.255", "the network's broadcast address"),
    ("-i 10.0.2.10/24 -d ::1", "a loopback address")]


@pytest.mark.parametrize("options, reason", NO_HOST)
def test_addresses_that_no_host_can_have_are_refused(untouched, options, reason):
    done = refused(untouched, *options.split())
    done.says(f"cannot have this address: it is {reason}.* \\({options.split()[-2]}\\)$")
    done = untouched.run("static", *options.split(), "-f", "-I", "nothing")
    done.says(f"^force flag: ignoring: .*cannot have this address: it is {reason}")
    done.failed("there is no link nothing")


def test_every_address_in_a_list_that_is_forced_is_a_line(untouched):
    bad = [f"224.0.0.{i}" for i in range(1, 30)]
    done = untouched.run("static", "-i", HOST, "-d", ",".join(bad), "-f", "-I", "nothing")
    assert len(done.lines("^force flag: ignoring: 224.0.0")) == len(bad), str(done)


@pytest.mark.parametrize("options", [
    "-i 10.0.2.255/23", "-i 10.0.3.0/23", "-i 10.0.2.10/24 -d 10.0.3.255 -g 10.0.2.254",
    "-i 2001:db8::10/64 -g 2001:db8::", "-i 2001:db8::ffff:ffff:ffff:ffff/64",
    "-i 10.0.2.10/32 -g 10.0.2.1 -f", "-i 10.0.2.255/32 -g 10.0.2.1 -f"])
def test_addresses_that_look_like_those_are_taken(untouched, options):
    done = untouched.run("static", *options.split(), "-I", "nothing").failed("there is no link")
    assert not done.lines("cannot have")


def test_dns_servers_are_judged_as_by_the_released_program(lab):
    for row in VECTORS["parseIPs"]:
        dns = [word for text in row["in"] for word in ("-d", text)]
        done = lab.run("static", "-i", HOST, *dns, "-I", "nothing")
        if "error" in row:
            done.failed(re.escape(row["error"]), code=2)
        else:
            done.failed("this machine has no link")


def test_last_gateways_are_those_of_the_released_program(lab):
    """The gateway is seen where it has to differ from the host."""
    for row in VECTORS["MaxHost"]:
        if "ok" in row:
            host = f"{row['ok']}/{row['in'].split('/')[1]}"
            # Forced, as no host can have some of these.
            lab.run("static", "-i", host, "-x", "-f", "-I", "nothing").says(
                f"^force flag: ignoring: {row['ok']}: host address must be distinct from gateway")


def test_the_etc_resolv_conf_of_a_link_is_followed(lab, gateway):
    lab.host.run("sh", "-c", "mkdir /run/resolv && : > /run/resolv/conf && "
                 "ln -s ../run/resolv/conf /etc/resolv.conf")
    static(lab, gateway[1], "-d", "10.0.2.1").good()
    assert lab.resolv()[1:] == ["nameserver 10.0.2.1"]


def test_a_web_server_that_is_gone_is_told_by_its_address(lab, gateway):
    listener = web.in_namespace(gateway[0].process.pid, socket.socket)
    listener.bind((GATEWAY, 0))
    port = listener.getsockname()[1]
    done = lab.run("static", "-i", HOST, "-r", f"http://{GATEWAY}:{port}/")
    listener.close()
    done.failed("1 of 1").says(f"^  {GATEWAY}:{port}: connection refused$")
