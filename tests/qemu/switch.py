# SPDX-License-Identifier: BSD-2-Clause
"""An Ethernet switch in a thread: the whole network between the machine's links.

A port is a pair of datagram sockets to QEMU (-netdev dgram). Ports see each other when they are
plugged into the same segment; which one that is can change at any time, as cables do. Like a real
switch it learns where an address is, and keeps to itself what IEEE 802.1D says no bridge
forwards, LACP among it.
"""
import os
import select
import socket
import threading

RESERVED = bytes.fromhex("0180c20000")  # and one more byte, up to 0x0f
FRAME_MAX = 65536
ARP = bytes.fromhex("0806")  # RFC 826, with the offsets of Ethernet and IPv4
REQUEST, REPLY = b"\0\1", b"\0\2"


class Port:
    def __init__(self, directory, name):
        self.name = name
        self.segment = None
        self.frames = 0  # that the machine sent
        self.here = os.path.join(directory, f"{name}.switch")
        self.there = os.path.join(directory, f"{name}.qemu")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.here)
        self.socket.setblocking(False)

    def netdev(self, identity):
        return (f"dgram,id={identity},local.type=unix,local.path={self.there},"
                f"remote.type=unix,remote.path={self.here}")


class Switch:
    def __init__(self, directory):
        self.directory = str(directory)
        self.ports = {}
        self.table = {}
        self.answers = {}  # segment: (address, MAC), of a host that answers ARP and no more
        self.lock = threading.Lock()
        self.wake_reader, self.wake_writer = os.pipe()
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def add(self, name, segment=None):
        port = Port(self.directory, name)
        port.segment = segment
        with self.lock:
            self.ports[name] = port
        os.write(self.wake_writer, b"x")
        return port

    def plug(self, name, segment):
        """Puts a port into a segment; None is a cable that ends nowhere."""
        with self.lock:
            self.ports[name].segment = segment
            self.table.clear()

    def answer(self, segment, address, mac):
        """As a gateway with a port there, whose answers to all else leave by another port."""
        with self.lock:
            self.answers[segment] = (socket.inet_aton(address),
                                     bytes.fromhex(mac.replace(":", "")))

    def close(self):
        os.write(self.wake_writer, b"q")
        self.thread.join()
        os.close(self.wake_reader)
        os.close(self.wake_writer)
        for port in self.ports.values():
            port.socket.close()

    def work(self):
        while True:
            with self.lock:
                ports = {port.socket: port for port in self.ports.values()}
            ready = select.select([self.wake_reader, *ports], [], [])[0]
            for item in ready:
                if item == self.wake_reader:
                    if os.read(self.wake_reader, 1) == b"q":
                        return
                    continue
                try:
                    frame = item.recv(FRAME_MAX)
                except OSError:
                    continue
                with self.lock:
                    self.forward(ports[item], frame)

    def forward(self, source, frame):
        source.frames += 1
        target, sender = frame[:6], frame[6:12]
        if source.segment is None or target[:5] == RESERVED and target[5] <= 0x0F:
            return
        address, mac = self.answers.get(source.segment, (None, None))
        if address and frame[12:14] == ARP and frame[20:22] == REQUEST and frame[38:42] == address:
            reply = sender + mac + frame[12:20] + REPLY + mac + address + frame[22:32]
            source.socket.sendto(reply, source.there)
        self.table[source.segment, sender] = source
        known = self.table.get((source.segment, target)) if not target[0] & 1 else None
        for port in [known] if known else list(self.ports.values()):
            if port is source or port.segment != source.segment:
                continue
            try:
                port.socket.sendto(frame, port.there)
            except OSError:  # the other end is closed or full: frames may get lost
                pass
