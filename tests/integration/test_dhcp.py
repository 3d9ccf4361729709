# SPDX-License-Identifier: BSD-2-Clause
"""`stprov remote dhcp` in networks of its own: good and bad servers, and the use of a lease."""
import json
import os
import signal
import socket
import struct
import threading
import time

import pytest

import harness
import netlab
import v0
import web
from netlab import ACK, DECLINE, DISCOVER, NAK, OFFER, PASSWORD, REQUEST, URL_PASSWORD

ROUTER = "10.0.2.1"
LEASE = "10.0.2.50/24"
# The machine itself refuses connections there at once.
NOBODY = "http://10.0.2.50:1/"


@pytest.fixture(name="peer")
def fixture_peer(lab):
    """A host behind eth0; no DHCP server yet."""
    return lab.peer("eth0", addresses=[f"{ROUTER}/24"])


@pytest.fixture(name="server")
def fixture_server(lab, peer):
    return lab.web(peer)


def dhcp(lab, server, *arguments, **kwargs):
    return lab.run("dhcp", "-r", server.url(), *arguments, **kwargs)


def leased(lab, link="eth0", address=LEASE, router=ROUTER):
    assert lab.address_list() == [(link, address)] and lab.up() == [link]
    assert lab.routes() == ({"default": f"via {router} dev {link}"} if router else {})


# Good servers -----------------------------------------------------------------------------------

def test_a_lease_of_dnsmasq_is_set_up_and_persisted(lab, peer, server):
    lab.start(netlab.Dnsmasq(peer, "--dhcp-option=3,10.0.2.1", "--dhcp-option=26,1400",
                             dhcp="10.0.2.50,10.0.2.50,255.255.255.0,1h"))
    url = server.url(user="user:password")
    done = lab.run("dhcp", "-r", url, "-u", "alice", "-p", PASSWORD, "-h", "web1").good()
    leased(lab)
    assert lab.mtu("eth0") == 1400
    assert lab.resolv()[1:] == [f"nameserver {address}" for address in netlab.DEFAULT_DNS]
    expected = netlab.expected_config("dhcp", server.url(user=f"alice:{PASSWORD}"),
                                      [("eth0", lab.host.mac("eth0"))])
    assert lab.host_config().startswith(expected)
    assert lab.hostname() == "web1.localhost.local"
    done.says(r"^  eth0: 10.0.2.1 offers 10.0.2.50/24$")
    done.says(r"^  eth0: 10.0.2.1 leases 10.0.2.50/24$")
    done.says("^using eth0: a DHCP server answers there$")
    # A URL and a directory stay whole.
    assert all(len(line) <= 80 for line in done.lines("^(?!http|next: )")), str(done)


def test_of_four_links_the_one_with_a_server_is_taken(lab):
    lab.quiet("eth0")
    lab.dark("eth1")
    peer = lab.peer("eth2", addresses=[f"{ROUTER}/24"])
    lab.quiet("eth3")
    lab.start(netlab.Dhcp(peer))
    done = dhcp(lab, lab.web(peer)).good()
    leased(lab, "eth2")
    done.says("^eth1: .*, no carrier")
    assert len(done.lines("veth, ")) == 4


def test_a_named_link_alone_is_asked(lab, peer, server):
    dhcp_server = lab.start(netlab.Dhcp(peer))
    other = lab.peer("eth1", addresses=["10.0.9.1/24"])
    elsewhere = lab.start(netlab.Dhcp(other, address="10.0.9.1", lease="10.0.9.50"))
    mac = lab.host.mac("eth0")
    dhcp(lab, server, "-I", "eth0").good().says("^using eth0: chosen by name$")
    dhcp(lab, server, "-m", mac).good().says("^using eth0: chosen by its MAC$")
    leased(lab)
    assert elsewhere.heard == [] and {heard[2] for heard in dhcp_server.heard} == {mac}


def test_a_slow_server_is_waited_for(lab, peer, server):
    dhcp_server = lab.start(netlab.Dhcp(peer, delay=1.4))
    done = dhcp(lab, server).good()
    leased(lab)
    # It was asked again meanwhile.
    assert dhcp_server.count(DISCOVER) >= 2 and done.seconds >= 2.8


def test_lost_messages_are_sent_again(lab, peer, server):
    lost = lab.start(netlab.Dhcp(
        peer, lambda kind, n: None if n == 1 else {DISCOVER: OFFER, REQUEST: ACK}[kind]))
    dhcp(lab, server).good()
    leased(lab)
    assert lost.count(DISCOVER) == 2 and lost.count(REQUEST) == 2


# Bad servers ------------------------------------------------------------------------------------

def test_after_a_nak_it_begins_again(lab, peer, server):
    refusing = lab.start(netlab.Dhcp(
        peer, lambda kind, n: OFFER if kind == DISCOVER else NAK if n == 1 else ACK))
    done = dhcp(lab, server).good()
    done.says(r"^  eth0: 10.0.2.1 refuses 10.0.2.50/24 after all \(NAK\); trying again$")
    leased(lab)
    assert refusing.count(REQUEST) == 2


def test_of_two_servers_on_one_network_the_one_asked_gives_the_lease(lab):
    peer = lab.peer("eth0", addresses=[f"{ROUTER}/24"])
    other = lab.start(netlab.Peer())
    peer.ip(f"link add v0 type veth peer name w0 netns {other.process.pid}", "link set v0 up",
            f"address del {ROUTER}/24 dev w0", "link add br0 type bridge forward_delay 0",
            "link set br0 up", "link set w0 master br0", "link set v0 master br0")
    peer.add(f"{ROUTER}/24", link="br0")
    other.ip("link set w0 up", "address add 10.0.2.2/24 dev w0")
    first = lab.start(netlab.Dhcp(peer, link="br0"))
    second = lab.start(netlab.Dhcp(other, address="10.0.2.2", lease="10.0.2.60", delay=0.1))
    dhcp(lab, lab.web(peer)).good()
    leased(lab)
    assert first.count(REQUEST) == 1
    # It learns from the request that the other one was taken.
    assert (REQUEST, "10.0.2.50", lab.host.mac("eth0")) in second.heard


def test_of_two_links_with_servers_the_first_of_the_fastest_is_taken(lab, peer, server):
    other = lab.peer("eth1", addresses=["10.0.9.1/24"])
    asked, offered = threading.Event(), threading.Event()

    def second(kind, _):
        """Not before eth0 was asked, too: what is sent first on a link may be lost."""
        if kind == DISCOVER:
            asked.wait(v0.PATIENCE)
            offered.set()
        return {DISCOVER: OFFER, REQUEST: ACK}.get(kind)

    def first(kind, _):
        if kind == DISCOVER:
            asked.set()
            offered.wait(v0.PATIENCE)
        return {DISCOVER: OFFER, REQUEST: ACK}.get(kind)
    lab.start(netlab.Dhcp(other, second, address="10.0.9.1", lease="10.0.9.50"))
    lab.start(netlab.Dhcp(peer, first, delay=0.1))
    done = dhcp(lab, server).good()
    leased(lab)
    assert len(done.lines(" offers ")) == 2
    done.says("^using eth0: .*\n  eth1 too: -I eth1$")


@pytest.mark.parametrize("options, why", [
    ({3: None}, "without a router"), ({}, "a link-local address")])
def test_a_lease_that_leads_nowhere_comes_last(lab, peer, server, options, why):
    """As a BMC's own USB network card offers at once; the network's server answers after 3 s."""
    poor = lab.peer("usb0", addresses=["169.254.3.1/24"])
    lab.start(netlab.Dhcp(poor, options=options, **(
        {"address": "169.254.3.1", "lease": "169.254.3.50"} if not options else
        {"address": "10.0.7.1", "lease": "10.0.7.50"})))
    lab.start(netlab.Dhcp(peer, lambda kind, n: {DISCOVER: OFFER if n > 2 else None,
                                                 REQUEST: ACK}.get(kind)))
    done = dhcp(lab, server).good()
    leased(lab)
    done.says(f"^  usb0: .* offers .*, {why}$")
    assert not done.lines("too: -I")


def test_a_lease_that_leads_nowhere_is_taken_where_there_is_no_other(lab, peer, server):
    lab.dark("eth1")
    lab.start(netlab.Dhcp(peer, options={3: None}))
    dhcp(lab, server).good()
    leased(lab, router=None)


def test_an_offer_that_is_not_kept_is_given_up_for_anothers(lab, peer, server):
    lab.start(netlab.Dhcp(peer, lambda kind, n: OFFER if kind == DISCOVER else None))
    other = lab.peer("eth1", addresses=[f"{ROUTER}/24"])
    lab.start(netlab.Dhcp(other, delay=0.1))
    server = lab.web(other)
    done = dhcp(lab, server, timeout=60).good()
    done.says(r"^  eth0: 10.0.2.1 does not answer the request for its offer; trying again$")
    leased(lab, "eth1")


def test_an_address_that_somebody_has_is_declined(lab, peer, server):
    peer.add("10.0.2.50/32")
    taken = netlab.Dhcp(peer, lambda kind, n: {DISCOVER: OFFER, REQUEST: ACK}.get(kind))

    def answer(kind, _):
        if kind == DECLINE:
            taken.lease = "10.0.2.51"
        return {DISCOVER: OFFER, REQUEST: ACK}.get(kind)
    taken.answer = answer
    lab.start(taken)
    done = dhcp(lab, server, timeout=60).good()
    done.says(f"^  eth0: 10.0.2.50 is taken by {peer.mac('w0')}$")
    leased(lab, address="10.0.2.51/24")
    assert taken.count(DECLINE) == 1


def leases_until(peer, declines, address="10.0.2.51"):
    """A server that leases another address after so many DECLINEs."""
    server = netlab.Dhcp(peer)

    def answer(kind, n):
        if kind == DECLINE and n == declines:
            server.lease = address
        return {DISCOVER: OFFER, REQUEST: ACK}.get(kind)
    server.answer = answer
    return server


def test_an_address_leased_again_is_advised_about_once(lab, peer, server):
    peer.add("10.0.2.50/32")
    lab.start(leases_until(peer, 3))
    done = dhcp(lab, server, timeout=60).good()
    assert len(done.lines("is taken by")) == 3
    assert done.lines("-f") == [f"  eth0: 10.0.2.50 was leased again, and {peer.mac('w0')} has it "
                                "still; with -f it is used anyway"]


def test_force_uses_a_lease_that_another_host_has(lab, peer, server):
    peer.add("10.0.2.50/32")
    once = lab.start(netlab.Dhcp(peer))
    # That host is the web server's too, and answers nobody who has its address.
    done = dhcp(lab, server, "-f").good()
    done.says(f"^  force flag: ignoring: eth0: 10.0.2.50 is taken by {peer.mac('w0')}$")
    leased(lab)
    assert once.count(DECLINE) == 0 and once.count(REQUEST) == 1


# What a switch sends to each host of its table, and, as the last one, a probe of RFC 5227.
@pytest.mark.parametrize("to, source, sender, conflict", [
    (None, "020000000077", "020000000077", False),
    ("ffffffffffff", "020000000077", "000000112233", False),
    ("ffffffffffff", "020000000077", "020000000077", True)])
def test_only_a_probe_of_another_host_is_a_conflict(lab, peer, server, to, source, sender,
                                                    conflict):
    mac = lab.host.mac("eth0").replace(":", "")
    frame = bytes.fromhex((to or mac) + source + "08060001080006040001" + sender + "00000000" +
                          (mac if not to else "000000000000") + "0a000232").ljust(60, b"\0")
    sock = web.in_namespace(peer.process.pid, lambda: socket.socket(
        socket.AF_PACKET, socket.SOCK_RAW, 0))
    sock.bind(("w0", 0))
    switch = leases_until(peer, 1)
    usual, over = switch.answer, threading.Event()

    def send():
        while not over.wait(0.05):
            sock.send(frame)

    def answer(kind, n):
        if kind == REQUEST and n == 1:
            threading.Thread(target=send, daemon=True).start()
        if kind == DECLINE:
            over.set()
        return usual(kind, n)
    switch.answer = answer
    lab.start(switch)
    done = dhcp(lab, server).good()
    over.set()
    assert len(done.lines("is taken by 02:00:00:00:00:77")) == conflict, str(done)
    leased(lab, address="10.0.2.51/24" if conflict else LEASE)


@pytest.fixture(name="silent", scope="module")
def fixture_silent(tmp_path_factory):
    """A run without any answer: its minute passes while the other tests are run."""
    if netlab.missing() or not os.geteuid() == 0:
        pytest.skip("needs namespaces of its own")
    things = []

    def start(thing):
        things.append(thing)
        return thing
    lab = netlab.Lab(start, tmp_path_factory.mktemp("silent"))
    lab.quiet("eth0")
    lab.dark("eth1")
    began = time.monotonic()
    yield lab, lab.process("dhcp"), began
    for thing in reversed(things):
        getattr(thing, "clean_up", getattr(thing, "close", None))()


@pytest.fixture(autouse=True)
def fixture_silent_goes_first(silent):
    return silent


# What a lease says ------------------------------------------------------------------------------

def test_a_lease_without_router_is_a_warning(lab, peer, server):
    lab.start(netlab.Dhcp(peer, options={3: None}))
    dhcp(lab, server).good().says(
        "^warning: the lease has no router: only the network of eth0 is reachable$")
    leased(lab, router=None)


@pytest.mark.parametrize("leased, options, line", [
    (b"st7", [], "the DHCP server's name for this machine is st7; localhost.local will be stored"),
    (b"st7", ["-h", "st7"], None), (b"st7.example.org", ["-H", "ST7.example.org"], None),
    (b"st", ["-h", "st7"], "the DHCP server's name for this machine is st; "
                           "st7.localhost.local will be stored"),
    (b"web01.", ["-h", "st7"], None)])
def test_another_name_from_the_server_is_reported(lab, peer, server, leased, options, line):
    lab.start(netlab.Dhcp(peer, options={12: leased}))
    done = dhcp(lab, server, *options).good()
    assert done.lines("the DHCP server's name") == ([line] if line else [])


def test_routes_of_option_121_are_set_up_instead_of_the_router(lab, peer, server):
    routes = (b"\x18\xcb\x00\x71\x0a\x00\x02\x02"  # 203.0.113.0/24 via 10.0.2.2
              b"\x10\xac\x10\x00\x00\x00\x00"      # 172.16.0.0/16 on the link
              b"\x00\x0a\x00\x02\x01")             # default via 10.0.2.1
    lab.start(netlab.Dhcp(peer, options={3: "10.0.2.99", 121: routes}))
    dhcp(lab, server).good()
    assert lab.routes() == {"203.0.113.0/24": "via 10.0.2.2 dev eth0",
                            "172.16.0.0/16": "dev eth0", "default": "via 10.0.2.1 dev eth0"}


def test_option_121_without_a_default_route_leaves_the_router_out(lab, peer, server):
    """RFC 3442: with it, option 3 is ignored."""
    lab.start(netlab.Dhcp(peer, options={121: b"\x18\xcb\x00\x71\x0a\x00\x02\x02"}))
    dhcp(lab, server).good().says("^warning: the lease has no router")
    assert lab.routes() == {"203.0.113.0/24": "via 10.0.2.2 dev eth0"}


def test_a_router_outside_the_network_is_reached_on_the_link(lab, peer):
    peer.add("192.0.2.1/32")
    peer.ip("route add 10.0.7.50/32 dev w0")
    server = lab.web(peer, address="192.0.2.1")
    lab.start(netlab.Dhcp(peer, lease="10.0.7.50", options={1: "255.255.255.255",
                                                            3: "192.0.2.1"}))
    dhcp(lab, server).good()
    assert lab.address_list() == [("eth0", "10.0.7.50/32")]
    assert lab.routes() == {"default": "via 192.0.2.1 dev eth0 onlink"}


# Option 121, and the routes that are set. RFC 3442 gives the list no order.
METADATA = bytes.fromhex("20a9fea9feac1f0101")   # 169.254.169.254/32 via 172.31.1.1
BEHIND = bytes.fromhex("00ac1f0101")             # default via 172.31.1.1
ON_LINK = bytes.fromhex("20ac1f010100000000")    # 172.31.1.1/32 on the link
OFF_LINK = "via 172.31.1.1 dev eth0"


@pytest.mark.parametrize("option, flag", [(METADATA + BEHIND + ON_LINK, ""),
                                          (METADATA + BEHIND, " onlink")])
def test_routes_come_after_what_their_routers_need(lab, peer, option, flag):
    peer.add("172.31.1.1/32")
    peer.ip("route add 10.0.7.50/32 dev w0")
    server = lab.web(peer, address="172.31.1.1")
    lab.start(netlab.Dhcp(peer, lease="10.0.7.50", options={1: "255.255.255.255", 3: None,
                                                            121: option}))
    dhcp(lab, server).good()
    assert lab.routes() == {"169.254.169.254": OFF_LINK + flag, "default": OFF_LINK + flag} | (
        {} if flag else {"172.31.1.1": "dev eth0"})


@pytest.mark.parametrize("option, routes", [
    ("180a01020a0002020000000000", {"10.1.2.0/24": "via 10.0.2.2 dev eth0",
                                    "default": "dev eth0"}),
    ("04e000000000180a01020a000202000a000201", {"10.1.2.0/24": "via 10.0.2.2 dev eth0",
                                                "default": "via 10.0.2.1 dev eth0"}),
    # The second one by the first one's router: the kernel refuses it.
    ("100a020a010001100a010a000202000a000201", {"10.1.0.0/16": "via 10.0.2.2 dev eth0",
                                                "default": "via 10.0.2.1 dev eth0"}),
    # The broadcast address as router, then one that can be.
    ("000a0002ff000a000201", {"default": "via 10.0.2.1 dev eth0"})])
def test_a_route_that_cannot_be_set_leaves_the_others(lab, peer, server, option, routes):
    lab.start(netlab.Dhcp(peer, options={3: "10.0.2.99", 121: bytes.fromhex(option)}))
    done = dhcp(lab, server).good()
    assert lab.routes() == routes, str(done)
    if "100a02" in option or "02ff" in option:
        done.says("^warning: eth0: add route to .*: this route is left out$")
    if "e0" in option:
        done.says("^  eth0: 10.0.2.1 sent option 121 with an entry that cannot be used; ")


def test_without_any_default_route_that_can_be_set_it_is_an_error_unless_forced(lab, peer, server):
    lab.start(netlab.Dhcp(peer, options={3: "10.0.2.255"}))
    dhcp(lab, server).failed("no default route of the lease could be set")
    dhcp(lab, server, "-f").good().says("^force flag: ignoring: eth0: no default route")


def test_a_lease_without_subnet_mask_is_used_alone(lab, peer, server):
    lab.start(netlab.Dhcp(peer, options={1: None}))
    dhcp(lab, server).good().says(
        "warning: eth0: 10.0.2.1 sent no subnet mask; 10.0.2.50/32 is used$")
    assert lab.address_list() == [("eth0", "10.0.2.50/32")]
    assert lab.routes() == {"default": "via 10.0.2.1 dev eth0 onlink"}


@pytest.mark.parametrize("option", ["--dhcp-option=54,10.0.2.1", "--dhcp-option-force=54,10.0.2.1",
                                    "--dhcp-option-force=51,3600",
                                    "--dhcp-option-force=1,255.255.255.0"])
def test_options_that_dnsmasq_sends_twice_do_no_harm(lab, peer, server, option):
    lab.start(netlab.Dnsmasq(peer, "--dhcp-option=3,10.0.2.1", option,
                             dhcp="10.0.2.50,10.0.2.50,255.255.255.0,1h"))
    dhcp(lab, server).good()
    leased(lab)


def test_whole_options_that_come_twice_do_no_harm(lab, peer, server):
    """Each of fixed length, at the message's end once more."""
    raw = bytes.fromhex("36040a000201" "330400000e10" "350105" "0104ffffff00" "1a020578" "340100")
    lab.start(netlab.Dhcp(peer, options={26: struct.pack(">H", 1400)}, raw=raw))
    dhcp(lab, server).good()
    leased(lab)
    assert lab.mtu("eth0") == 1400


@pytest.mark.parametrize("size, expected", [(9000, 9000), (1400, 1400), (68, 1500), (0, 1500)])
def test_the_mtu_of_a_lease_is_set_where_it_makes_sense(lab, peer, server, size, expected):
    lab.start(netlab.Dhcp(peer, options={26: struct.pack(">H", size)}))
    dhcp(lab, server).good()
    assert lab.mtu("eth0") == expected
    leased(lab)


def test_odd_options_are_passed_over(lab, peer, server):
    odd = {3: b"\x0a\x00\x02", 6: b"", 26: b"\x05", 15: b"\x1b[2J.example", 66: b"\xff" * 200,
           121: b"\x21\x0a\x00\x02\x01"}
    lab.start(netlab.Dhcp(peer, options=odd, raw=b"\0\0\xfe\x03abc"))
    done = dhcp(lab, server).good()
    assert lab.address_list() == [("eth0", LEASE)] and lab.mtu("eth0") == 1500
    done.says(r"^  eth0: 10.0.2.1 sent option \d+ malformed; ignored$")
    done.says("^warning: the lease has no router")


def test_options_of_dnsmasq_that_are_of_no_use_do_no_harm(lab, peer, server):
    lab.start(netlab.Dnsmasq(
        peer, "--dhcp-option=3", "--dhcp-option=15,odd.example", "--dhcp-option=252,http://x/",
        "--dhcp-option=119,a.example,b.example", "--dhcp-option-force=43,01:02:03",
        "--dhcp-option=42,0.0.0.0", dhcp="10.0.2.50,10.0.2.50,255.255.255.0,infinite"))
    dhcp(lab, server).good().says("^warning: the lease has no router")
    leased(lab, router=None)


# Carrier ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("options", [[], ["-I", "eth1"], ["-A"]])
def test_no_carrier_is_an_error_once_the_wait_is_over(lab, options):
    lab.dark("eth0", "eth1")
    done = lab.run("dhcp", "-w", "700ms", *options)
    done.failed(r"no link has carrier after 700 ms: .* \(see -w\)")
    assert 0.7 <= done.seconds
    done.says("^  eth1: up, no carrier$")
    assert lab.store.names() == []


def test_a_link_that_comes_up_after_three_seconds_is_asked_then(lab):
    peer = lab.peer("eth0", addresses=[f"{ROUTER}/24"], carrier=False)
    lab.start(netlab.Dhcp(peer))
    server = lab.web(peer)
    timer = threading.Timer(3, lambda: peer.ip("link set w0 up"))
    timer.start()
    # As soon as it is up: the test does not last as long as the wait may.
    dhcp(lab, server, "-w", "1m").good()
    timer.join()
    leased(lab)


def asks(process):
    """Waits until its DHCP process has asked, and both wait for what comes."""
    harness.eventually(process.children)
    harness.wait_until_idle(process)


def test_a_link_that_comes_up_beside_another_is_asked_too(lab):
    lab.quiet("eth0")
    peer = lab.peer("eth1", addresses=[f"{ROUTER}/24"], carrier=False)
    lab.start(netlab.Dhcp(peer))
    server = lab.web(peer)
    process = lab.process("dhcp", "-r", server.url())
    process.err.wait_for("asking for an address")
    asks(process)
    peer.ip("link set w0 up")
    done = lab.finish(process).good()
    done.says("^  eth1: has carrier now$")
    leased(lab, "eth1")


# Again, and from one to the other -------------------------------------------------------------

def test_the_same_command_again_gives_the_same_result(lab, peer, server):
    lab.start(netlab.Dhcp(peer))
    dhcp(lab, server).good()
    first = lab.snapshot()[:4]
    done = dhcp(lab, server).good()
    assert lab.snapshot()[:4] == first and not done.lines("in use")


def test_from_static_to_dhcp_and_back_leaves_nothing_of_the_other(lab, peer, server):
    lab.quiet("eth1")
    lab.start(netlab.Dhcp(peer))
    lab.run("static", "-i", "10.0.2.10/24", "-r", server.url(), "-A").good()
    first = lab.snapshot()[:4]
    done = dhcp(lab, server).good()
    leased(lab)
    assert not done.lines("in use")
    config = json.loads(lab.host_config())
    assert config["network_mode"] == "dhcp"
    assert config["host_ip"] is None and config["gateway"] is None
    lab.run("static", "-i", "10.0.2.10/24", "-r", server.url(), "-A").good()
    assert lab.snapshot()[:4] == first
    assert json.loads(lab.host_config())["host_ip"] == "10.0.2.10/24"


def test_the_mtu_of_a_lease_goes_with_it(lab, peer, server):
    small = lab.start(netlab.Dhcp(peer, options={26: struct.pack(">H", 1400)}))
    dhcp(lab, server).good().says("^eth0: MTU 1400$")
    lab.run("static", "-i", "10.0.2.10/24", "-r",
            server.url()).good().says("^eth0: MTU 1500 again$")
    assert lab.mtu("eth0") == 1500
    dhcp(lab, server).good()
    del small.options[26]
    assert lab.mtu("eth0") == 1400
    dhcp(lab, server).good()
    assert lab.mtu("eth0") == 1500
    # The settings of other programs are not changed.
    lab.host.ip("link add other type veth peer name far", "link set other mtu 1300")
    assert not dhcp(lab, server).good().lines("MTU") and lab.mtu("other") == 1300


# Operators --------------------------------------------------------------------------------------

def test_a_link_in_use_is_asked_about_at_a_terminal(lab, peer, server):
    lab.start(netlab.Dhcp(peer))
    lab.host.ip("link set eth0 up", "address add 198.51.100.7/24 dev eth0")
    before = lab.snapshot()
    for answer, code in (("no\n", 1), ("yes\n", 0)):
        process = lab.process("dhcp", "-r", server.url(), console="pty")
        process.out.wait_for("Type yes to go on:")
        process.type(answer)
        done = lab.finish(process)
        assert done.code == code, str(done)
        if code:
            done.says("aborted$")
            assert lab.snapshot() == before
    leased(lab)
    assert not dhcp(lab, server).good().lines("in use")


def test_without_a_terminal_it_goes_on_and_says_so(lab, peer, server):
    lab.start(netlab.Dhcp(peer))
    lab.host.ip("link set eth0 up", "address add 198.51.100.7/24 dev eth0")
    dhcp(lab, server).good().says("^going on: these addresses and their routes will be removed$")
    leased(lab)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_while_it_waits_for_a_server(lab, number):
    lab.quiet("eth0")
    process = lab.process("dhcp")
    process.err.wait_for("asking for an address on 1 link, at most 60 s")
    asks(process)
    children = process.children()
    process.signal(number)
    done = lab.finish(process).failed("interrupted")
    assert lab.store.names() == []
    done.says("^the network was changed; its state is now:\n  eth0: up\nhost name and")
    for child in children:
        harness.eventually(lambda pid=child: harness.is_gone(pid))


def test_interrupted_between_offer_and_lease(lab, peer):
    lab.start(netlab.Dhcp(peer, lambda kind, n: OFFER if kind == DISCOVER else None))
    process = lab.process("dhcp")
    process.err.wait_for("asking 10.0.2.1 for")
    process.signal(signal.SIGINT)
    lab.finish(process).failed("interrupted")
    assert lab.store.names() == [] and lab.address_list() == []


def test_interrupted_while_the_lease_is_checked(lab, peer):
    lab.start(netlab.Dhcp(peer))
    process = lab.process("dhcp")
    process.err.wait_for("10.0.2.1 leases")
    process.signal(signal.SIGINT)
    lab.finish(process).failed("interrupted")
    assert lab.store.names() == []


def test_nothing_is_written_when_a_url_fails_unless_forced(lab, peer):
    lab.start(netlab.Dhcp(peer))
    missing = lab.web(peer, web.answer(404, "Not Found"))
    url = missing.url(user=URL_PASSWORD)
    done = lab.run("dhcp", "-r", url).failed("1 of 1 OS package URL ")
    done.says("the server says: 404 Not Found$")
    assert lab.store.names() == [] and lab.address_list() == [("eth0", LEASE)]
    done = lab.run("dhcp", "-r", url, "-f").good()
    done.says("^-f: stored although 1 of 1 URL cannot be fetched$")
    assert json.loads(lab.host_config())["ospkg_pointer"] == url


def test_force_waits_for_a_server_where_there_is_no_carrier(lab):
    peer = lab.peer("eth0", addresses=[f"{ROUTER}/24"], carrier=False)
    lab.start(netlab.Dhcp(peer))
    process = lab.process("dhcp", "-w", "300ms", "-f", "-r", NOBODY)
    process.err.wait_for("force flag: ignoring: no link has carrier after 300 ms")
    process.err.wait_for("asking for an address")
    peer.ip("link set w0 up")
    lab.finish(process).good()
    leased(lab)


def test_an_unknown_link_is_an_error_that_lists_those_there_are(lab):
    lab.quiet("eth0")
    before = lab.snapshot()
    for options in (["-I", "eth7"], ["-m", "02:00:00:00:00:07"], ["-b", "eth7"]):
        lab.run("dhcp", *options).failed(r"there is no link .*; there are: eth0 \(")
    assert lab.snapshot() == before


@pytest.mark.parametrize("arguments", [
    ["-i", "10.0.2.10/24"], ["-g", ROUTER], ["-x"], ["-A", "-I", "eth0"], ["-B", "-b", "eth0"],
    ["-M", "bogus"], ["-d", "name"], ["-h", "a", "-H", "b"], ["-r", "ftp://x/"], ["more"]])
def test_options_that_are_not_for_it_are_refused(lab, arguments):
    done = lab.run("dhcp", *arguments).failed(code=2)
    assert len(done.lines()) == 1 and done.out == ""


def test_without_the_bonding_module_a_bond_is_an_error(lab, peer):
    lab.start(netlab.Dhcp(peer))
    if not os.path.exists("/proc/net/bonding"):
        for options in (["-B", "-w", "2s"], ["-b", "eth0"]):
            done = lab.run("dhcp", *options)
            done.failed("bond0: this kernel has no bonding module loaded")
            assert "nothing was changed" in done.lines()
    else:
        pytest.skip("this kernel has bonding")


def test_zz_silence_is_an_error_after_a_minute(silent):
    """The last test: the run of a minute is over by then."""
    lab, process, began = silent
    done = lab.finish(process, 90, began)
    done.failed(r"no DHCP lease within 60 s; heard nothing on eth0 \(\d+ DISCOVER sent\)")
    assert done.seconds >= 60 and lab.store.names() == []
