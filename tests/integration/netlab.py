# SPDX-License-Identifier: BSD-2-Clause
"""Networks for `remote static` and `remote dhcp`: a machine with links, and peers behind them.

The machine and each peer are network namespaces of their own, held by a process that ends with
the test; the machine also has its own /run and /etc. So nothing here has a name that another
test could have too, and nothing stays behind.
"""
import json
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import threading
import time

import harness
import v0
import web

PASSWORD = "sikritpassword"
URL_PASSWORD = f"user:{PASSWORD}"
DEFAULT_DNS = ["9.9.9.9", "149.112.112.112"]
# Files of /etc that the machine keeps.
ETC = ["ld.so.cache", "ld.so.conf", "ld.so.conf.d", "nsswitch.conf", "passwd", "group"]


def missing():
    """What the laboratory needs but is missing; None if nothing is."""
    absent = [tool for tool in ("ip", "unshare", "nsenter", "dnsmasq") if not shutil.which(tool)]
    return f"needs {', '.join(absent)}" if absent else None


class Node(harness.Namespace):
    """A network namespace with ip(8) commands in it."""

    def __init__(self, *options):
        super().__init__("-n", *options)
        self.links = 0
        self.ip("link set lo up")

    def ip(self, *lines):
        """Commands of ip(8), all in one process."""
        subprocess.run([*self.prefix, "ip", "-batch", "-"], input="\n".join(lines) + "\n",
                       text=True, check=True, timeout=v0.PATIENCE, stdout=subprocess.DEVNULL)

    def ask(self, *words):
        """What `ip -j` answers."""
        text = subprocess.run([*self.prefix, "ip", "-j", *words], check=True, text=True,
                              timeout=v0.PATIENCE, stdout=subprocess.PIPE).stdout
        return json.loads(text or "[]")

    def mac(self, link):
        return self.ask("link", "show", "dev", link)[0]["address"]


class Peer(Node):
    """The peer at the other ends of the machine's links; its ends are w0, w1, ..."""

    def add(self, *addresses, link="w0"):
        """IPv6 ones without duplicate address detection, so that they answer at once."""
        self.ip(*[f"address add {a} dev {link}" + (" nodad" if ":" in a else "")
                  for a in addresses])

    def join(self):
        """Its links become one network."""
        self.ip("link add br0 type bridge forward_delay 0", "link set br0 up",
                *[f"link set w{i} master br0" for i in range(self.links)])


class Done:
    """A finished run of stprov."""

    def __init__(self, process, seconds):
        self.code = process.process.returncode
        self.out = process.out.text
        self.err = process.err.text
        self.seconds = seconds
        assert PASSWORD not in self.out + self.err, "a password was shown"
        assert re.fullmatch(r"[\x20-\x7e\n]*", self.out + self.err), "not printable"

    def __str__(self):
        return f"exit {self.code} after {self.seconds:.1f} s\n{self.out}{self.err}"

    def lines(self, pattern=""):
        return [line for line in self.err.splitlines() if re.search(pattern, line)]

    def says(self, pattern):
        assert re.search(pattern, self.err, re.MULTILINE), f"no {pattern!r}: {self}"

    def good(self):
        assert self.code == 0, str(self)
        return self

    def failed(self, pattern="", code=1):
        """It ended with one line, the reason."""
        assert self.code == code, str(self)
        assert re.match(r"stprov remote (static|dhcp): ", self.err.splitlines()[-1]), str(self)
        self.says(rf"^stprov remote (static|dhcp): .*{pattern}")
        return self


class Lab:
    """A machine to run stprov on; `start` registers objects to end after the test."""

    def __init__(self, start, directory):
        self.start = start
        self.directory = pathlib.Path(directory)
        self.store = harness.Store(self.directory / "efivars", hostname=None)
        self.policy = self.directory / "policy"
        self.policy.mkdir()
        self.host = start(Node("-m"))
        keep = " ".join(f"/etc/{name}" for name in ETC if os.path.exists(f"/etc/{name}"))
        self.host.run("sh", "-c", f"mkdir {directory}/etc && cp -a {keep} {directory}/etc && "
                      "mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /etc && "
                      f"cp -a {directory}/etc/. /etc && : > /etc/hosts && chmod 755 /etc")
        self._quiet = None

    # The network ---------------------------------------------------------------------------

    def peer(self, *links, addresses=(), carrier=True):
        """A peer at the other ends of these links of the machine, which are made."""
        peer = self.start(Peer())
        self.connect(peer, *links, carrier=carrier)
        peer.add(*addresses)
        return peer

    def connect(self, peer, *links, carrier=True):
        ends = [f"w{peer.links + i}" for i in range(len(links))]
        self.host.ip(*[f"link add {link} type veth peer name {end} netns {peer.process.pid}"
                       for link, end in zip(links, ends)])
        peer.links += len(links)
        if carrier:
            peer.ip(*[f"link set {end} up" for end in ends])

    def quiet(self, *links):
        """Links with carrier and without any traffic."""
        if not self._quiet:
            self._quiet = self.start(Peer())
            self._quiet.run("sysctl", "-q", "-w", "net.ipv6.conf.all.disable_ipv6=1",
                            "net.ipv6.conf.default.disable_ipv6=1")
        self.connect(self._quiet, *links)

    def dark(self, *links):
        """Links without carrier."""
        return self.peer(*links, carrier=False)

    def web(self, peer, respond=web.OK, address="10.0.2.1", **kwargs):
        return self.start(web.Server(respond, address=address, namespace=peer, **kwargs))

    # stprov --------------------------------------------------------------------------------

    def process(self, command, *arguments, **kwargs):
        """A running `stprov remote COMMAND`."""
        options = ["remote", command, *self.store.options, "-T", str(self.policy)]
        return self.start(harness.Process([*options, *arguments], prefix=self.host.prefix,
                                          **kwargs))

    def finish(self, process, timeout=v0.PATIENCE, began=None):
        process.wait(timeout)
        return Done(process, time.monotonic() - (began or 0))

    def run(self, command, *arguments, timeout=v0.PATIENCE, **kwargs):
        """The same to its end, without a terminal."""
        began = time.monotonic()
        process = self.process(command, *arguments, **kwargs)
        if process.keyboard:
            process.keyboard.close()
        return self.finish(process, timeout, began)

    # What became of it ---------------------------------------------------------------------

    def addresses(self):
        """{link: [address, ...]} of all links but the loopback, without link-local ones."""
        found = {}
        for link in self.host.ask("address"):
            if link["ifname"] != "lo":
                found[link["ifname"]] = sorted(
                    f"{a['local']}/{a['prefixlen']}" for a in link["addr_info"]
                    if a["scope"] == "global")
        return found

    def address_list(self):
        """[(link, address)], for machines with one address."""
        return [(link, a) for link, addresses in self.addresses().items() for a in addresses]

    def routes(self, *, six=False):
        """{destination: "via GATEWAY dev LINK"}; what the kernel made itself is left out."""
        return {route["dst"]: " ".join(filter(None, [
            f"via {route['gateway']}" if "gateway" in route else "", f"dev {route['dev']}",
            *route["flags"]])) for route in self.host.ask("-6" if six else "-4", "route")
            if route.get("protocol") != "kernel"}

    def all_routes(self):
        return [sorted(map(str, self.host.ask(family, "route"))) for family in ("-4", "-6")]

    def up(self):
        """The links that are set up."""
        return [link["ifname"] for link in self.host.ask("link")
                if "UP" in link["flags"] and link["ifname"] != "lo"]

    def mtu(self, link):
        return self.host.ask("link", "show", "dev", link)[0]["mtu"]

    def snapshot(self):
        """The state that a run may change."""
        return (self.addresses(), self.all_routes(), self.up(), self.resolv(),
                self.store.snapshot())

    def resolv(self):
        path = pathlib.Path(f"{self.host.root}/etc/resolv.conf")
        return path.read_text().splitlines() if path.exists() else None

    def host_config(self):
        """STHostConfig's text."""
        attributes, data = self.store.read("STHostConfig")
        assert attributes == harness.ATTRIBUTES
        return data.decode("ascii")

    def hostname(self):
        attributes, data = self.store.read("STHostName")
        assert attributes == harness.ATTRIBUTES
        return data.decode("ascii")


def expected_config(mode, url, links, host_ip=None, gateway=None, dns=None):
    """A host configuration as the released program writes it, up to its description's value."""
    fields = {"network_mode": mode, "host_ip": host_ip, "gateway": gateway,
              "dns": DEFAULT_DNS if dns is None else dns,
              "network_interfaces": [{"interface_name": name, "mac_address": mac}
                                     for name, mac in links],
              "ospkg_pointer": url, "bonding_mode": None, "bond_name": None}
    return json.dumps(fields, separators=(",", ":"))[:-1] + ',"description":"'


# Servers of the peers -------------------------------------------------------------------------

class Dnsmasq:
    """dnsmasq in a peer, as DNS server with @records or DHCP server with @ranges."""

    def __init__(self, peer, *options, records=(), dhcp=(), link="w0"):
        command = ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv",
                   "--no-hosts", "--user=root", "--pid-file=", "--log-facility=/dev/null",
                   "--local=/#/", f"--interface={link}", "--except-interface=lo",
                   "--bind-interfaces"]
        command += [f"--host-record={record}" for record in records]
        command += [] if records else ["--port=0"]
        if dhcp:
            command += [f"--dhcp-range={dhcp}", "--dhcp-authoritative", "--no-ping",
                        "--leasefile-ro"]
        self.process = subprocess.Popen([*peer.prefix, *command, *options],
                                        stdin=subprocess.DEVNULL)
        port = "0043" if dhcp else "0035"
        path = pathlib.Path(f"/proc/{peer.process.pid}/net/udp")
        harness.eventually(lambda: re.search(rf":{port} ", path.read_text())
                           or self.process.poll() is not None, what="dnsmasq")
        assert self.process.poll() is None, "dnsmasq ended"

    def close(self):
        self.process.terminate()
        self.process.wait(v0.PATIENCE)


DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK = 1, 2, 3, 4, 5, 6
COOKIE = b"\x63\x82\x53\x63"


def option(code, value):
    """An option of a DHCP message; a text is a list of addresses."""
    if isinstance(value, str):
        value = b"".join(socket.inet_aton(address) for address in value.split())
    return bytes([code, len(value)]) + value


class Dhcp:
    """A DHCP server whose behaviour a test sets.

    answer(type, n): what to do with the n-th message (from 1) of a type: the type of the reply,
    or None for none. `heard` has the messages: (type, requested address, client's MAC).
    """

    def __init__(self, peer, answer=None, address="10.0.2.1", lease="10.0.2.50", link="w0",
                 delay=0.0, options=None, raw=b""):
        self.answer = answer or (lambda kind, n: {DISCOVER: OFFER, REQUEST: ACK}.get(kind))
        self.address, self.lease, self.delay, self.raw = address, lease, delay, raw
        self.options = {1: "255.255.255.0", 3: address, 51: struct.pack(">I", 3600),
                        54: address} | (options or {})
        self.heard = []
        self.sock = web.in_namespace(peer.process.pid, lambda: self.open(link))
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    @staticmethod
    def open(link):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, link.encode())
        sock.bind(("", 67))
        sock.settimeout(0.1)
        return sock

    def serve(self):
        while self.sock.fileno() >= 0:
            try:
                self.handle(self.sock.recv(2048))
            except TimeoutError:
                pass
            except OSError:
                return

    def handle(self, message):
        options, at = {}, 240
        while at + 1 < len(message) and message[at] != 255:
            if message[at] == 0:
                at += 1
                continue
            size = message[at + 1]
            options[message[at]] = message[at + 2:at + 2 + size]
            at += 2 + size
        kind = options[53][0]
        asked = options.get(50)
        self.heard.append((kind, asked and socket.inet_ntoa(asked), message[28:34].hex(":")))
        if kind == REQUEST and options.get(54) != socket.inet_aton(self.address):
            return
        reply = self.answer(kind, self.count(kind))
        if reply is not None:
            time.sleep(self.delay)
            self.sock.sendto(self.reply(message, reply), ("255.255.255.255", 68))

    def reply(self, message, kind):
        lease = bytes(4) if kind == NAK else socket.inet_aton(self.lease)
        head = struct.pack(">BBBB4sHH4s4s4s4s16s192s4s", 2, 1, 6, 0, message[4:8], 0, 0x8000,
                           bytes(4), lease, bytes(4), bytes(4), message[28:44], b"", COOKIE)
        options = {54: self.options[54]} if kind == NAK else self.options
        body = option(53, bytes([kind])) + b"".join(
            option(code, value) for code, value in options.items() if value is not None)
        return head + body + (b"" if kind == NAK else self.raw) + b"\xff"

    def count(self, kind):
        return sum(heard[0] == kind for heard in self.heard)

    def close(self):
        self.sock.close()
        self.thread.join(v0.PATIENCE)
