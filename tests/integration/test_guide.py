# SPDX-License-Identifier: BSD-2-Clause
"""`stprov remote` without a command: its questions, and a person who types the answers."""
import fcntl
import re
import shlex
import struct
import termios
import threading

import pytest

import harness
import netlab
import screen
import v0
import web

GATEWAY = "10.0.2.1"
# A key that is elsewhere on a QWERTZ or AZERTY keyboard is none of these.
GOOD_KEYS = set("bcdefghijklnoprstuvx \r")
MODE, ADDRESS, ROUTER = "network by dhcp or static", "address, like 192.0.2.10/24", "gateway"
HOST, URL, DO_IT = "host name", "OS package URL", \
    "run it? yes, no, or more (o): DNS, link, user"
FAILED = "try again, change the answers, or leave"
URLS_FAILED, REPLACE = "again, change, leave, or store anyway", "replace it? no, or replace"
DNS, LINK, BOND = "DNS servers", "link: one, bond, or names like eth0 eth1", \
    "bonding mode, by name or number"
USER, PASSWORD = "user in the URLs", "password in the URLs"
WAIT, NETWORKS = "wait for the laptop now, yes or no", "networks that may connect"
QUESTION_TEXTS = [re.escape(question) for question in
                  (MODE, ADDRESS, ROUTER, HOST, URL, DO_IT, FAILED, WAIT, NETWORKS, URLS_FAILED,
                   REPLACE, DNS, LINK, BOND, USER, PASSWORD)]


class Person:
    """An operator at the console of a machine in the laboratory."""

    def __init__(self, lab, *more, prefix=()):
        self.directories = ["-E", str(lab.store.path), "-T", str(lab.policy)]
        self.process = lab.start(harness.Process(["remote", *self.directories, *more],
                                                 console="terminal",
                                                 prefix=[*lab.host.prefix, *prefix]))
        self.at = 0

    @property
    def stream(self):
        return self.process.err

    def sees(self, pattern, timeout=v0.PATIENCE):
        """Waits for it, after the text that was seen before."""
        def look():
            match, behind = screen.find(pattern, self.stream.raw, self.at)
            if match:
                self.at = behind
            return match
        try:
            return harness.eventually(look, timeout, repr(pattern))
        except AssertionError:
            raise AssertionError(f"no {pattern!r}: {self.stream.text}") from None

    def asked(self, question, fallback=None):
        """Waits for the question; returns the value that Enter accepts."""
        name = re.escape(question)
        found = self.sees(rf"(?m)^{name}(?: \[(.*)\]: |; press Enter to accept\n  (.*)\n{name}: )$")
        shown = found[1] or found[2]
        assert found[1] or shown not in ("yes", "no"), "a short answer is on a row of its own"
        assert fallback is None or shown == fallback, self.stream.text
        return shown

    def types(self, text):
        self.process.type(text)

    def answers(self, question, text="", fallback=None):
        self.asked(question, fallback)
        self.types(f"{text}\r")

    def enters(self, *questions):
        for question in questions:
            self.answers(question)

    def ends(self, code, pattern):
        assert self.process.wait() == code, self.stream.text
        assert re.search(pattern, self.stream.text.splitlines()[-1]), self.stream.text

    @property
    def shown(self):
        return self.stream.text

    def command(self, number=-1):
        """A command that was shown, as the shell would read it."""
        return shlex.split(commands(self.stream.raw)[number].replace("\\\n", ""))


def commands(raw):
    """The texts of the commands that were shown."""
    return re.findall(r"the command for this:\n((?:.*\\\n)*.*)\n", screen.rows(raw))


def misfits(raw):
    """Typed text may have any form; commands are continued by a backslash."""
    return [row for row in screen.misfits(raw)
            if not re.match(rf"({'|'.join(QUESTION_TEXTS)}).*: ", row)
            and " " in row.strip().removesuffix(" \\").split(" ", 1)[-1]]


@pytest.fixture(name="authority", scope="module")
def fixture_authority(tmp_path_factory):
    return web.Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(name="machine")
def fixture_machine(lab, authority):
    """A machine with a trust policy, that finds the name of the compiled-in URL."""
    (lab.policy / "tls_roots.pem").write_bytes(authority.pem)
    lab.host.run("sh", "-c", f"echo {GATEWAY} stpackage.example.org >/etc/hosts; "
                 "cd /sys/class/dmi/id 2>/dev/null && mount -t tmpfs tmpfs . || true")
    return lab


def mac_name(machine, link="eth0"):
    """The host name that is proposed where there is no other."""
    return f"mac-{machine.host.mac(link).replace(':', '')}.localhost.local"


@pytest.fixture(name="peer")
def fixture_peer(machine, authority):
    """A host behind eth0, with the server of the compiled-in URL; no DHCP server yet."""
    peer = machine.peer("eth0", addresses=[f"{GATEWAY}/24"])
    machine.web(peer, tls=authority.server(names=["stpackage.example.org"]), port=443)
    return peer


@pytest.fixture(name="dhcp")
def fixture_dhcp(machine, peer):
    return machine.start(netlab.Dnsmasq(peer, f"--dhcp-option=3,{GATEWAY}",
                                        dhcp="10.0.2.50,10.0.2.50,255.255.255.0,1h"))


@pytest.fixture(name="person")
def fixture_person(machine):
    people = []

    def come(*more):
        people.append(Person(machine, *more))
        return people[-1]
    yield come
    for one in people:
        assert not misfits(one.stream.raw), misfits(one.stream.raw)


def test_by_dhcp_it_is_enter_alone_until_the_laptop_has_its_key(machine, peer, dhcp, person):
    here = person()
    here.answers(MODE, fallback="dhcp")
    here.sees("(?m)^  the MAC address of the first link is proposed$")
    here.answers(HOST, fallback=mac_name(machine))
    here.answers(URL, fallback="https://user:***@stpackage.example.org/os-stable.json")
    here.answers(DO_IT, fallback="yes")
    here.sees(f"host name and host configuration are stored: {mac_name(machine)}")
    here.sees(f"(?m)^next: stprov remote run -a 10.0.2.0/24 -E {machine.store.path}$")
    here.answers(WAIT, fallback="yes")
    here.answers(NETWORKS, fallback="10.0.2.0/24")
    code = here.sees("code: ([a-z]{5}-[a-z]{5});")[1]
    laptop = machine.start(harness.Local(("10.0.2.50", 2009), code, compat=False,
                                         prefix=peer.prefix))
    here.sees(re.escape(harness.QUESTION) + "\n")
    here.types("\r")
    assert laptop.wait() == 0 and here.process.wait() == 0
    assert machine.store.host_key()[1] == laptop.result["fingerprint"]
    assert laptop.result["hostname"] == machine.hostname() == mac_name(machine)
    assert here.command(0) == ["stprov", "remote", "dhcp", "-h", mac_name(machine).split(".")[0],
                               *here.directories]
    assert here.command(1) == ["stprov", "remote", "run", "-a", "10.0.2.0/24", *here.directories]


def test_from_the_shell_to_waiting_it_takes_at_most_twenty_keys(machine, dhcp, tmp_path):
    """As on the image, where -E and -T are not needed: the shell here puts them in."""
    program = tmp_path / "bin" / "stprov"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {harness.STPROV} "$@" -E {machine.store.path} '
                       f"-T {machine.policy}\n")
    program.chmod(0o755)
    here = Person(machine, prefix=["sh", "-c",
                                   f"PS1='shell# ' PATH={program.parent}:$PATH exec sh"])
    keys = ""
    for question, typed in [("shell# $", "stprov r\r")] + [
            (re.escape(question), "\r") for question in (MODE, HOST, URL, DO_IT, WAIT, NETWORKS)]:
        here.sees(question)
        here.types(typed)
        keys += typed
    code = here.sees("code: ([a-z]{5}-[a-z]{5});")[1]
    here.sees(f"stprov local run -i 10.0.2.50 -o {code}")
    assert len(keys) <= 20, keys
    assert set(keys) <= GOOD_KEYS, keys


# Static -----------------------------------------------------------------------------------------

def by_hand(here, address, gateway="", host="", url=""):
    here.answers(MODE, "static")
    here.answers(ADDRESS, address)
    here.answers(ROUTER, gateway)
    here.answers(HOST, host)
    here.answers(URL, url)


@pytest.mark.parametrize("typed", ["10.0.2.10/24", "10.0.2.10m24", "10.0.2.10 24", "10.0.2.10.24",
                                   "  10.0.2.10   24 "])
def test_an_address_is_typed_with_the_keys_there_are(machine, peer, person, typed):
    here = person()
    here.answers(MODE, "s")
    here.answers(ADDRESS, typed)
    if typed != "10.0.2.10/24":
        here.sees("(?m)^  that is 10.0.2.10/24$")
    here.answers(ROUTER, fallback=GATEWAY)
    here.answers(HOST, "web1")
    here.sees("(?m)^  that is web1.localhost.local$")
    here.enters(URL, DO_IT)
    here.answers(WAIT, "no")
    assert here.process.wait() == 0
    assert here.command() == ["stprov", "remote", "static", "-i", "10.0.2.10/24", "-h", "web1",
                              *here.directories]
    assert machine.address_list() == [("eth0", "10.0.2.10/24")]
    assert machine.routes() == {"default": f"via {GATEWAY} dev eth0"}
    assert machine.hostname() == "web1.localhost.local"


def test_ipv6_is_set_up_in_the_same_way(machine, authority, person):
    peer = machine.peer("eth0", addresses=["2001:db8::1/64"])
    server = machine.web(peer, address="2001:db8::1")
    here = person()
    here.answers(MODE, "static")
    here.answers(ADDRESS, "2001:DB8::10 64")
    here.sees("(?m)^  that is 2001:db8::10/64$")
    here.answers(ROUTER, fallback="2001:db8::1")
    here.answers(HOST, "v6.example.org")
    here.answers(URL, server.url())
    here.answers(DO_IT)
    here.sees("(?m)^next: stprov remote run -i :: -a 2001:db8::/64 -E ")
    here.answers(WAIT)
    here.answers(NETWORKS, fallback="2001:db8::/64")
    here.sees("code: ")
    here.sees(r"stprov local run -i 2001:db8::10 ")
    assert here.command()[3:7] == ["-i", "::", "-a", "2001:db8::/64"]
    assert machine.address_list() == [("eth0", "2001:db8::10/64")]
    assert machine.hostname() == "v6.example.org"


def test_a_gateway_is_shown_where_it_answers_before_anything_is_done(machine, peer, person):
    machine.quiet("eth1")
    machine.host.ip("link set eth0 up", "link set eth1 up")
    harness.eventually(lambda: all(link["operstate"] == "UP"
                                   for link in machine.host.ask("link")[1:]))
    before = machine.snapshot()
    here = person()
    here.answers(MODE, "static")
    here.answers(ADDRESS, "10.0.2.10/24")
    here.sees(f"(?m)^  {GATEWAY} answers on eth0$")
    here.answers(ROUTER, "10.0.2.77")
    here.sees("(?m)^  10.0.2.77 did not answer on the links that are up: eth0 and others$")
    here.asked(HOST)
    assert machine.snapshot() == before
    assert re.search(r"(?m)^  eth0: \S+, veth, carrier, \d+ Mbit/s$", here.shown)


@pytest.mark.parametrize("address, proposed", [
    ("10.0.2.1/24", "10.0.2.254"), ("10.0.2.7/31", "10.0.2.6"), ("10.0.2.10/32", "back"),
    ("2001:db8::1/64", "2001:db8::ffff:ffff:ffff:fffe")])
def test_a_gateway_is_proposed_that_the_command_would_take(machine, person, address, proposed):
    machine.dark("eth0")
    here = person()
    here.answers(MODE, "static")
    here.answers(ADDRESS, address)
    here.answers(ROUTER, fallback=proposed)
    if proposed == "back":
        here.answers(ADDRESS, fallback=address)
        return
    here.enters(HOST, URL)
    here.asked(DO_IT)
    assert here.command()[3:5] == ["-i", address]
    # Of two addresses the other one is the command's own default.
    assert here.command()[5:7] == (["-h", here.command()[6]] if "/31" in address
                                   else ["-g", proposed])


# A person ---------------------------------------------------------------------------------------

WRONG = [
    (MODE, ["x", "dcp", "dhhcp", "sstatic", "satic", "ds", "dhcp static", "\x1b[A", "\xe9"]),
    (ADDRESS, ["10.0.2.10", "10.0.2.1024", "10.0.210/24", "10.0.2..10/24", "10.0.2.10/33",
               "10.0.2.10//24", "example.org/24", "fe80::1", "/", "x" * 300, "x" * 3000]),
    (ROUTER, ["10.0.3.1", "10.0.2.10", "10.0.2", "10.0.2.1/24", "2001:db8::1", "x" * 300]),
    (HOST, ["-web", ".web", "web 1", "web;reboot", "$(reboot)", "x" * 260, "w\xe9b", "web01.",
            "a..b", "web01-", "x" * 64, "10.0.2.1"]),
    (URL, ["ftp://example.org/", "http:/example.org/os", "https//example.org/os", "example.org",
           "http://example.org/a b", "http://", "http://exa'mple/", "x" * 3000,
           # Keys that write nothing: left, delete, tab, the terminal's break.
           "http://example.org/os\x1b[D", "http://example.org/os\x1b[3~",
           "http://example.org/\tos", "http://example.org/os\0"]),
    (DO_IT, ["x", "yess", "maybe", "yn", "1"]),
]


def test_what_is_wrong_is_said_in_a_line_and_asked_again(machine, person):
    machine.dark("eth0")
    before = machine.snapshot()
    here = person()
    right = {MODE: "static", ADDRESS: "10.0.2.10/24"}
    for question, answers in WRONG:
        for wrong in answers:
            here.answers(question, wrong)
            # After the typed text.
            here.sees(rf"\A.*\n(?! ).+\n(?={re.escape(question)})")
        here.answers(question, right.get(question, ""))
        if question == HOST:
            assert machine.snapshot() == before
    here.sees("stprov remote static: ")
    here.asked(FAILED)


@pytest.mark.parametrize("typed", ["dhcpx\x7f", "xx\x7f\x7fdhcp", "static\x15dhcp", "dhcpx\b",
                                   " dhcp  ", "DHCP", "d"])
def test_what_is_taken_back_does_not_count(machine, person, typed):
    machine.dark("eth0")
    here = person()
    here.answers(MODE, typed)
    here.asked(HOST)


def test_a_key_that_repeats_itself_answers_one_question(machine, peer, dhcp, person):
    typed = threading.Event()
    server = machine.web(peer, lambda request: typed.wait(v0.PATIENCE) and web.OK)
    here = person()
    here.enters(MODE, HOST)
    here.answers(URL, server.url())
    here.answers(DO_IT)
    here.sees("checking 1 OS package URL")
    here.types("\r\r\rnobody\r")
    here.sees("nobody\n")
    typed.set()
    here.sees("are stored")
    # An answer that does not fit this question is asked for again: no other input answered it.
    here.answers(WAIT, "maybe")
    here.answers(WAIT)
    here.asked(NETWORKS)


QUESTIONS = [(MODE, "static"), (ADDRESS, "10.0.2.10/24"), (ROUTER, ""), (HOST, "web"), (URL, ""),
             (DO_IT, None)]


@pytest.mark.parametrize("half", ["", "half an answer"])
@pytest.mark.parametrize("leave", ["\x03", "\x04"])
@pytest.mark.parametrize("number", range(len(QUESTIONS)))
def test_leaving_at_any_question_does_nothing_and_says_so(machine, person, number, leave, half):
    machine.dark("eth0")
    before = machine.snapshot()
    here = person()
    for question, answer in QUESTIONS[:number]:
        here.answers(question, answer)
    here.asked(QUESTIONS[number][0])
    here.types(half)
    # After a part of a line, ctrl+d first sends that part; the second one is the end.
    here.types(leave * 2 if half and leave == "\x04" else leave)
    here.ends(1, "^left: nothing was changed$")
    assert machine.snapshot() == before


def test_a_console_that_hangs_up_leaves_too(machine, person):
    machine.dark("eth0")
    before = machine.snapshot()
    here = person()
    here.asked(MODE)
    here.process.signal(1)
    here.ends(1, "^left: nothing was changed$")
    assert machine.snapshot() == before


@pytest.mark.parametrize("number, leave", [(0, "\x03"), (0, "\x04"), (1, "\x03"), (1, "\x04")])
def test_leaving_behind_the_network_keeps_that_and_says_so(machine, dhcp, person, number, leave):
    here = person()
    here.enters(MODE, HOST, URL, DO_IT, *[WAIT][:number])
    here.asked([WAIT, NETWORKS][number])
    here.types(leave)
    here.ends(1, "^left: the network is set up and stored; continue with `stprov remote run "
              f"-a 10.0.2.0/24 -E {machine.store.path}`$")
    assert machine.hostname() and not machine.store.read("STHostKey")


def test_no_to_the_laptop_is_a_good_end(machine, dhcp, person):
    here = person()
    here.enters(MODE, HOST, URL, DO_IT)
    here.answers(WAIT, "n")
    assert here.process.wait() == 0 and machine.hostname()


def test_no_to_the_command_goes_back_with_the_answers_so_far(machine, person):
    machine.dark("eth0")
    here = person()
    by_hand(here, "10.0.2.10/24", "10.0.2.9", "web", "http://10.0.2.9/os.json")
    here.answers(DO_IT, "no")
    here.answers(MODE, fallback="static")
    here.answers(ADDRESS, fallback="10.0.2.10/24")
    here.answers(ROUTER, fallback="10.0.2.9")
    here.answers(HOST, fallback="web.localhost.local")
    here.answers(URL, fallback="http://10.0.2.9/os.json")
    here.asked(DO_IT)
    assert here.command(0) == here.command(1)
    here.types("no\r")
    here.answers(MODE)
    # Another address has another gateway.
    here.answers(ADDRESS, "10.0.3.10/24")
    here.answers(ROUTER, fallback="10.0.3.1")


# Steps that fail --------------------------------------------------------------------------------

def test_without_a_link_it_looks_again(lab, person):
    here = person()
    here.sees("no link that could be used")
    here.answers("look again, or leave", fallback="again")
    here.asked("look again, or leave")
    lab.dark("eth0")
    here.types("\r")
    here.sees("(?m)^  eth0: ")
    here.asked(MODE)
    other = person()
    lab.host.ip("link del eth0")
    other_lab = person()
    other_lab.answers("look again, or leave", "l")
    other_lab.ends(1, "^left: nothing was changed$")
    other.process.signal(2)


def test_devices_without_driver_are_listed_where_there_is_no_link(lab, person):
    lab.host.run("sh", "-c", """mount -t tmpfs tmpfs /sys/bus && mkdir -p /sys/bus/pci/devices &&
        cd /sys/bus/pci/devices
        for device in "a 0x020000 0x8086 0x10d3" "b 0x028000 0x14e4 0x1657" \\
                      "c 0x010000 0x1af4 0x1001" "d 0x020000 0x1af4 0x1000" \\
                      "e 0x020000 0x8086 0x10d3"; do
            set -- $device
            mkdir $1 && echo $2 >$1/class && echo $3 >$1/vendor && echo $4 >$1/device
        done
        ln -s /sys/bus d/driver""")
    here = person()
    kinds = "(8086:10d3, 14e4:1657|14e4:1657, 8086:10d3)"
    here.sees(rf"(?m)^this kernel has no driver for the network devices {kinds} \(vendor:device\)$")
    here.asked("look again, or leave")
    lab.run("dhcp").failed("no link that could be used: this kernel has no driver for the network "
                           rf"devices {kinds} \(vendor:device\)$").says("^nothing was changed$")


def test_a_kernel_without_runtime_services_is_named_before_the_first_question(lab, person):
    lab.dark("eth0")
    lab.host.run("sh", "-c", "mount -t tmpfs tmpfs /sys/firmware && mkdir /sys/firmware/efi")
    here = person("-E", "/sys/firmware/efi/efivars")
    here.sees("warning: nothing can be stored: the kernel has no EFI runtime services")
    here.asked(MODE)
    done = lab.run("dhcp", "-E", "/sys/firmware/efi/efivars").failed(
        "the kernel has no EFI runtime services")
    done.says("^nothing was changed$")
    lab.host.run("umount", "/sys/firmware/")
    lab.host.run("mount", "-t", "tmpfs", "tmpfs", "/sys/firmware")
    lab.run("dhcp", "-E", "/sys/firmware/efi/efivars").failed("this machine did not boot by UEFI")


def test_a_command_that_has_the_directory_is_named_before_the_first_question(machine, person):
    machine.dark("eth0")
    machine.store.write("STHostName", b"old.example")
    other = machine.start(harness.Process(["remote", "clear", "-E", str(machine.store.path)],
                                          console="terminal", prefix=machine.host.prefix))
    other.out.wait_for("Type yes")
    here = person()
    here.ends(1, "^stprov remote: stprov remote clear is running on pts/[0-9]+, process "
              f"{other.pid}$")
    assert MODE not in here.shown and machine.hostname() == "old.example"
    other.type("\x03")
    assert other.wait() == 1
    person().asked(MODE)


def test_where_nothing_answers_it_can_be_tried_again(machine, peer, person):
    peer.ip("link set w0 down")
    here = person()
    here.enters(MODE, HOST, URL, DO_IT)
    here.sees("stprov remote dhcp: no link has carrier")
    here.asked(FAILED, "again")
    peer.ip("link set w0 up")
    machine.start(netlab.Dnsmasq(peer, f"--dhcp-option=3,{GATEWAY}",
                                 dhcp="10.0.2.50,10.0.2.50,255.255.255.0,1h"))
    here.types("\r")
    here.sees("are stored")
    here.answers(WAIT, "no")
    assert here.process.wait() == 0


def test_a_url_that_cannot_be_fetched_can_be_changed_alone(machine, peer, dhcp, person):
    good = machine.web(peer).url()
    here = person()
    here.enters(MODE)
    here.answers(HOST, "web")
    here.answers(URL, f"http://{GATEWAY}:1/os.json")
    here.enters(DO_IT)
    here.sees("stprov remote dhcp: 1 of 1 OS package URL cannot be fetched "
              r"\(to store it anyway: -f\)")
    assert machine.store.names() == []
    here.answers(URLS_FAILED, "change")
    here.enters(MODE)
    here.answers(HOST, fallback="web.localhost.local")
    here.answers(URL, good)
    here.enters(DO_IT)
    here.sees("are stored: web.localhost.local")
    here.answers(WAIT, "no")
    assert here.process.wait() == 0 and good in machine.host_config()


@pytest.mark.parametrize("leave", ["leave\r", "\x03", "\x04"])
def test_after_a_failure_one_can_leave(machine, person, leave):
    machine.dark("eth0")
    here = person()
    here.enters(MODE, HOST, URL, DO_IT)
    here.asked(FAILED)
    here.types(leave)
    here.ends(1, "^left: the network is changed, nothing is stored$")
    assert machine.store.names() == []


def test_ctrl_c_while_a_step_waits_leaves(machine, person):
    machine.quiet("eth0")
    here = person()
    here.enters(MODE, HOST, URL, DO_IT)
    here.sees("asking for an address")
    here.types("\x03")
    here.ends(1, "^left: the network is changed, nothing is stored$")
    assert here.stream.lines("^stprov remote dhcp: interrupted$") and FAILED not in here.shown


def test_ctrl_c_while_the_laptop_is_waited_for_leaves(machine, dhcp, person):
    here = person()
    here.enters(MODE, HOST, URL, DO_IT, WAIT, NETWORKS)
    here.sees("code: ")
    here.types("\x03")
    here.ends(1, "^left: the network is set up and stored")
    assert here.stream.lines("^stprov remote run: interrupted: nothing was written$")
    assert FAILED not in here.shown


def test_an_aborted_question_can_be_asked_again(machine, peer, dhcp, person):
    here = person()
    here.enters(MODE, HOST, URL, DO_IT, WAIT, NETWORKS)
    first = here.sees("code: ([a-z]{5}-[a-z]{5});")[1]
    laptop = machine.start(harness.Local(("10.0.2.50", 2009), first, compat=False,
                                         prefix=peer.prefix))
    here.sees(re.escape(harness.QUESTION) + "\n")
    here.types("no\r")
    assert laptop.wait() == 1
    here.sees("stprov remote run: aborted: nothing was written")
    here.answers(FAILED, fallback="again")
    assert here.sees("code: ([a-z]{5}-[a-z]{5});")[1] != first


def test_a_url_that_cannot_be_fetched_can_be_stored_anyway(machine, dhcp, person):
    here = person()
    here.enters(MODE)
    here.answers(HOST, "web")
    here.answers(URL, f"http {GATEWAY}:1 os.json")
    here.sees(f"(?m)^  that is http://{GATEWAY}:1/os.json$")
    here.enters(DO_IT)
    here.answers(URLS_FAILED, "s", fallback="again")
    here.sees("(?m)^-f ignores every failed check: URLs that cannot be fetched")
    here.sees("(?m)^-f: stored although 1 of 1 URL cannot be fetched$")
    here.sees("are stored: web.localhost.local")
    here.answers(WAIT, "no")
    assert here.process.wait() == 0 and f"http://{GATEWAY}:1/os.json" in machine.host_config()
    assert here.command() == ["stprov", "remote", "dhcp", "-h", "web", "-r",
                              f"http://{GATEWAY}:1/os.json", "-f", *here.directories]


def test_more_asks_for_dns_links_user_and_password(machine, person):
    peer = machine.peer("eth0", "eth1", addresses=[f"{GATEWAY}/24"])
    server = machine.web(peer)
    here = person()
    here.answers(MODE, "st")
    here.answers(ADDRESS, "10 0 2 10 24")
    here.sees("(?m)^  that is 10.0.2.10/24$")
    here.enters(ROUTER)
    here.answers(HOST, "web")
    here.answers(URL, server.url().replace("://", " ").replace("/", " "))
    here.sees(f"(?m)^  that is {re.escape(server.url())}$")
    here.answers(DO_IT, "more")
    here.answers(DNS, "10 0 2 3", fallback="9.9.9.9,149.112.112.112")
    here.answers(LINK, "eht0", fallback="one")
    here.sees("(?m)^there is no link eht0; there are: eth0, eth1$")
    here.answers(LINK, "lo", fallback="one")
    here.sees("(?m)^lo cannot be used: ")
    here.answers(LINK, "eth0", fallback="one")
    here.answers(USER, "us er", fallback="stboot")
    here.answers(USER, "op", fallback="stboot")
    here.answers(PASSWORD, "se cret/x", fallback="as compiled in")
    here.sees("(?m)^the password in the URL has a character that must be percent-encoded$")
    here.answers(PASSWORD, "none", fallback="as compiled in")
    here.enters(DO_IT)
    here.sees("are stored")
    here.answers(WAIT, "no")
    assert here.process.wait() == 0
    config = machine.host_config()
    assert '"dns":["10.0.2.3"]' in config and "http://op:none@10.0.2.1:" in config
    assert machine.resolv() == ["# Written by stprov.", "nameserver 10.0.2.3"]


def test_what_is_set_up_already_is_replaced_only_after_a_question(machine, dhcp, person):
    first = person()
    first.enters(MODE)
    first.answers(HOST, "web01.example.net")
    first.enters(URL, DO_IT)
    first.answers(WAIT, "no")
    assert first.process.wait() == 0
    before = machine.snapshot()
    here = person()
    here.enters(MODE)
    here.answers(HOST, "web02.example.net")
    here.enters(URL)
    here.sees(r"(?m)^this machine is set up already: web01\.example\.net \(dhcp\)$")
    here.answers(REPLACE, fallback="no")
    here.sees("(?m)^what is set up can wait for the laptop: `stprov remote run -a 10.0.2.0/24 -E "
              f"{machine.store.path}`$")
    here.ends(1, "^left: nothing was changed$")
    assert machine.snapshot() == before
    here = person()
    here.enters(MODE)
    here.answers(HOST, "web02.example.net")
    here.enters(URL)
    here.answers(REPLACE, "r")
    here.enters(DO_IT)
    here.sees(r"(?m)^  this replaces web01\.example\.net \(dhcp\)$")
    here.answers(WAIT, "no")
    assert here.process.wait() == 0 and machine.hostname() == "web02.example.net"


def test_b_leads_back_from_every_question(machine, person):
    machine.dark("eth0")
    here = person()
    by_hand(here, "10.0.2.10/24", host="web")
    for question in (DO_IT, URL, HOST, ROUTER, ADDRESS, MODE):
        here.answers(question, "b" if question != HOST else "back")
    here.sees("this is the first question")
    here.answers(MODE, fallback="static")
    here.answers(ADDRESS, fallback="10.0.2.10/24")


# Names ------------------------------------------------------------------------------------------

def test_the_name_from_a_dhcp_server_is_proposed(machine, peer, person):
    """On links that are up: the guide itself sets none up."""
    machine.start(netlab.Dnsmasq(peer, f"--dhcp-option=3,{GATEWAY}",
                                 f"--dhcp-host={machine.host.mac('eth0')},st7,10.0.2.50",
                                 dhcp="10.0.2.50,10.0.2.50,255.255.255.0,1h"))
    machine.host.ip("link set eth0 up")
    harness.eventually(lambda: machine.host.ask("link")[1]["operstate"] == "UP")
    before = machine.snapshot()
    here = person()
    here.enters(MODE)
    here.sees("(?m)^  the name from the DHCP server is proposed$")
    here.answers(HOST, fallback="st7.localhost.local")
    assert machine.snapshot() == before
    here.enters(URL, DO_IT)
    here.sees("are stored: st7.localhost.local")


def test_the_serial_number_is_proposed_unless_it_is_none(machine, person):
    machine.dark("eth0")
    machine.host.run("sh", "-c", "mount -t tmpfs tmpfs /sys/class && mkdir -p /sys/class/dmi/id && "
                     "echo CZ3J/42 >/sys/class/dmi/id/product_serial")
    here = person()
    here.enters(MODE)
    here.sees("(?m)^  the serial number of this machine is proposed$")
    here.answers(HOST, fallback="cz3j-42.localhost.local")
    machine.host.run("sh", "-c", "echo Default string >/sys/class/dmi/id/product_serial")
    here = person()
    here.enters(MODE)
    here.answers(HOST, fallback=mac_name(machine))


# Keyboards --------------------------------------------------------------------------------------

def test_a_key_of_another_layout_is_explained(machine, person):
    machine.dark("eth0")
    here = person()
    hint = "not an ASCII letter: is the keyboard layout right\\? type kbd de\n"
    by_hand(here, "10.0.2.10/24", host="web")
    here.answers(DO_IT, "no")
    for question in (MODE, ADDRESS, ROUTER, HOST, URL, DO_IT):
        here.answers(question, "\u00df")
        here.sees(hint)
        here.answers(question, "kbd de")
        here.sees("(?m)^kbd works in the provisioning image only; use loadkeys here$")
        here.answers(question)


def test_kbd_runs_the_program_of_the_image(machine, tmp_path):
    machine.dark("eth0")
    program = tmp_path / "bin" / "kbd"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "keyboard: $# $*" >&2\n')
    program.chmod(0o755)
    here = Person(machine, prefix=["env", f"PATH={program.parent}:/usr/bin:/bin"])
    for typed, seen in (("kbd de", "keyboard: 1 de"), ("KBD", "keyboard: 0 "),
                        ("kbd ../x", "a keyboard layout has a name like de, fr or us"),
                        ("kbd d e", "a keyboard layout has a name like de, fr or us")):
        here.answers(MODE, typed)
        here.sees(f"(?m)^{re.escape(seen)}$")
    here.asked(MODE)


# The laptop -------------------------------------------------------------------------------------

@pytest.mark.parametrize("typed, meant", [
    ("192.0.2.0/24", "192.0.2.0/24"), ("192.0.2.0 24", "192.0.2.0/24"),
    ("192.0.2.7", "192.0.2.7"), ("192.0.2.0.24,10.0.2.0m24", "192.0.2.0/24,10.0.2.0/24"),
    ("192.0.2.0 24 2001:db8:: 32, 10.0.2.7", "192.0.2.0/24,2001:db8::/32,10.0.2.7")])
def test_networks_are_typed_with_the_keys_there_are(machine, dhcp, person, typed, meant):
    here = person()
    here.enters(MODE, HOST, URL, DO_IT, WAIT)
    for wrong in ("192.0.2", "10.0.2.0/33", "x", "10.0.2.0 24 24", ","):
        here.answers(NETWORKS, wrong)
        here.sees("malformed|no network")
    here.answers(NETWORKS, typed)
    here.sees("listening on")
    # By default `run` listens on IPv4 alone.
    assert here.command()[3:-4] == (["-i", "::"] if ":" in meant else []) + ["-a", meant]


# The command ------------------------------------------------------------------------------------

ODD = "http://10.0.2.1:{port}/os.json?a=1&b=$HOME;'c'*~#(d)!"


def test_the_command_that_is_shown_can_be_typed_and_does_the_same(machine, peer, person):
    server = machine.web(peer)
    url = ODD.format(port=server.port)
    here = person()
    by_hand(here, "10.0.2.10.24", "10.0.2.1", "web", f"{url},{server.url()}")
    here.enters(DO_IT)
    here.sees("are stored")
    here.answers(WAIT, "no")
    assert here.process.wait() == 0
    command = commands(here.stream.raw)[0]
    assert "\\\n" in command
    config, name, network = machine.host_config(), machine.hostname(), machine.address_list()
    assert url in config.encode().decode("unicode_escape")
    for variable in machine.store.here.iterdir():
        variable.unlink()
    typed = command.replace("stprov", harness.STPROV, 1)
    machine.host.run("sh", "-c", f"HOME=/nowhere; {typed}")
    assert machine.host_config().split(',"description"')[0] == config.split(',"description"')[0]
    assert (machine.hostname(), machine.address_list()) == (name, network)


# Who asks ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("console", ["pipe", "pty"])
def test_without_a_terminal_on_all_sides_there_is_help_and_no_question(run, console):
    code, out, err = run("remote", console=console)
    assert (code, err) == (0, "") and "stprov remote static " in out
    code, out, err = run("remote", "-E", "/nowhere", console=console)
    assert (code, out) == (2, "")
    assert err == "stprov remote: without a command, stdin, stdout and stderr must be terminals\n"


def test_other_words_are_no_way_into_it(person):
    for words, reason in [(["-x"], "unknown option -x"),
                          (["there"], "trailing arguments: 1 word after the value of -T"),
                          (["-E", "/tmp/\x1b[31m"], "-E: the guide cannot show this name: .*"),
                          (["-T", "/tmp/gr\xfcn"], "-T: the guide cannot show this name: .*"),
                          (["-h"], "`stprov remote help` shows what there is")]:
        person(*words).ends(2, f"^stprov remote: {reason}$")


@pytest.mark.parametrize("rows, columns", [(0, 0), (24, 40), (24, 20), (1, 1)])
def test_a_window_of_any_size_asks_the_same(machine, rows, columns):
    machine.dark("eth0")
    here = Person(machine)
    fcntl.ioctl(here.process.master, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))
    for question in (MODE, HOST, URL, DO_IT):
        # Of a folded line the end.
        here.sees(rf"{re.escape(question)}[^\n]*: $")
        here.types("\r")
    here.sees(r"leave \[again\]: $")
    here.types("\x04")
    here.process.wait()
