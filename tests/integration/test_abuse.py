# SPDX-License-Identifier: BSD-2-Clause
"""Attacks that stopped the released program (docs/protocol.md has the bounds)."""
import contextlib
import os
import resource
import socket
import threading

import pytest

import harness
import v0

# What a platform and a session each may hold of their own. Pages of shared libraries are left out:
# how many of them count as resident depends on what the machine has in its page cache. `make
# bench` prints all resident memory of the static program, whose limit is 8 MB.
OWN_KIB = 2 * 1024
IDLE = 1000
SESSIONS = 8
# How long a test waits for what must not take until a client's deadline.
BEFORE_A_DEADLINE = harness.REQUEST_SECONDS - 3


class MemoryWatch:
    """The most resident memory that the platform and its sessions had, each by itself.

    `field` of /proc/PID/status: VmHWM is kept by the kernel and misses nothing.
    """

    def __init__(self, remote, field="VmHWM"):
        self.remote = remote
        self.field = field
        self.peaks = {}
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def look(self):
        for pid in [self.remote.pid, *self.remote.children()]:
            self.peaks[pid] = max(self.peaks.get(pid, 0), harness.memory_kib(pid, self.field))

    def watch(self):
        while not self.over.wait(0.002):
            self.look()


@pytest.fixture(name="descriptors")
def fixture_descriptors():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(before[1], 4096), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("name", ["add-data", "add-secure-boot"])
def test_authenticated_body_of_100_mb_is_refused_in_little_memory(platform, name):
    remote = platform()
    size, sent = 100_000_000, 0
    with MemoryWatch(remote, "RssAnon") as memory, remote.client() as client:
        head = client.request("POST", name, b"").replace(b"Length: 0", b"Length: %d" % size)
        client.send(head)
        assert client.receive().status == 413
        with contextlib.suppress(v0.Closed):
            while sent < size:
                client.send(b" " * 65536)
                sent += 65536
        memory.look()
        assert remote.running
    assert len(memory.peaks) == 2
    assert max(memory.peaks.values()) < OWN_KIB, memory.peaks
    remote.provision()


def test_authenticated_body_of_100_mb_is_refused_when_it_is_sent_without_waiting(platform):
    remote = platform()
    with MemoryWatch(remote, "RssAnon") as memory, remote.client() as client:
        client.send(client.request("POST", "add-data", b" " * 100)[:-100].replace(
            b"Length: 100", b"Length: 100000000"))
        with contextlib.suppress(v0.Closed):
            for _ in range(1600):
                client.send(b" " * 65536)
    assert max(memory.peaks.values()) < OWN_KIB, memory.peaks
    remote.err.wait_for(r"127\.0\.0\.1:\d+:.*413")
    remote.provision()


def test_largest_body_that_is_taken_takes_little_memory(platform):
    """Beside what a process has anyway: four times what is decoded of the body."""
    remote = platform()
    with MemoryWatch(remote) as memory, remote.client() as client:
        assert client.ask("POST", "add-secure-boot", b"{}").status == 400
        memory.look()
        before = dict(memory.peaks)
        body = v0.add_secure_boot_body(*[os.urandom(65536)] * 4)
        answer = client.ask("POST", "add-secure-boot", body)
        assert answer.status == 400
        memory.look()
    assert len(before) == 2
    growth = {pid: memory.peaks[pid] - before[pid] for pid in before}
    assert max(growth.values()) < 4 * 256, growth


def test_1000_connections_from_elsewhere_are_closed_at_once_and_cost_nothing(platform, descriptors):
    remote = platform()
    before = harness.memory_kib(remote.pid, "RssAnon")
    sockets = []
    try:
        for _ in range(IDLE):
            sockets.append(socket.create_connection(
                remote.address, BEFORE_A_DEADLINE, ("127.0.0.2", 0)))
        for sock in sockets:
            with contextlib.suppress(ConnectionResetError):
                assert sock.recv(1) == b""
        assert harness.memory_kib(remote.pid, "RssAnon") - before < 256
        assert not remote.children()
        if os.geteuid() == 0:
            assert len(os.listdir(f"/proc/{remote.pid}/fd")) < 20
        remote.provision()
        remote.finish()
    finally:
        for sock in sockets:
            sock.close()


def test_flood_from_elsewhere_is_told_line_by_line_and_what_is_not_is_counted(platform):
    remote = platform()
    for _ in range(500):
        with socket.create_connection(remote.address, 10, ("127.0.0.2", 0)) as sock:
            with contextlib.suppress(ConnectionResetError):
                sock.recv(1)
    # A console that reads gets them all; a slow one the number of those that it did not get.
    harness.eventually(lambda: len(remote.log(r"127\.0\.0\.2")) + sum(
        int(line[1:].split()[0]) for line in remote.log("lines were left out")) == 500)


def test_idle_connections_do_not_keep_the_right_client_out(platform, local):
    remote = platform()
    idle = [remote.client(tls=False) for _ in range(4 * SESSIONS)]
    try:
        harness.eventually(lambda: len(remote.children()) >= SESSIONS)
        assert len(remote.children()) <= SESSIONS
        laptop = local(remote.address)
        assert laptop.wait() == 0, laptop.err.text
        remote.finish()
    finally:
        for client in idle:
            client.close()


def test_idle_tls_connections_do_not_keep_the_right_client_out(platform, local):
    remote = platform()
    idle = [remote.client() for _ in range(SESSIONS)]
    try:
        assert len(remote.children()) <= SESSIONS
        laptop = local(remote.address)
        assert laptop.wait() == 0, laptop.err.text
        remote.finish()
    finally:
        for client in idle:
            client.close()


def test_at_most_8_connections_are_served_at_a_time(platform, descriptors):
    remote = platform()
    most, opened = 0, []
    try:
        for _ in range(100):
            opened.append(remote.client(tls=False))
            most = max(most, len(remote.children()))
        assert most <= SESSIONS
    finally:
        for client in opened:
            client.close()
    remote.provision()


def test_flood_of_connections_does_not_keep_the_right_client_out(platform, local):
    """A client at an allowed address connects as fast as it can, all the time."""
    remote = platform()
    over = threading.Event()

    def flood():
        while not over.is_set():
            with contextlib.suppress(OSError):
                socket.create_connection(remote.address, 5).close()
            over.wait(0.002)
    thread = threading.Thread(target=flood)
    thread.start()
    try:
        for attempt in range(5):
            laptop = local(remote.address)
            if laptop.wait() == 0:
                break
        assert laptop.process.returncode == 0, f"attempt {attempt}: {laptop.err.text}"
    finally:
        over.set()
        thread.join()
    remote.finish()


@pytest.mark.parametrize("authenticated", [True, False])
def test_withheld_body_does_not_delay_the_question(platform, authenticated):
    remote = platform()
    with remote.client() as withholder:
        request = withholder.request("POST", "add-data", v0.add_data_body(bytes(32)),
                                     v0.RIGHT if authenticated else None)
        withholder.send(request[:-20])
        remote.provision()
        remote.wait_for_question(BEFORE_A_DEADLINE)
        remote.press()
        assert remote.wait(BEFORE_A_DEADLINE) == 0


def test_connection_that_says_nothing_does_not_delay_the_end(platform):
    remote = platform()
    with remote.client(tls=False), remote.client():
        remote.provision()
        remote.press()
        assert remote.wait(BEFORE_A_DEADLINE) == 0


def test_out_of_descriptors_the_service_comes_back(platform):
    remote = platform()
    resource.prlimit(remote.pid, resource.RLIMIT_NOFILE, (15, 4096))
    clients = [remote.client(tls=False) for _ in range(7)]
    remote.err.wait_for("cannot start (the|a) session|cannot accept")
    harness.wait_until_idle(remote)
    for client in clients:
        client.close()
    resource.prlimit(remote.pid, resource.RLIMIT_NOFILE, (1024, 4096))
    harness.eventually(lambda: not remote.children())
    remote.provision()
    remote.finish()


def test_many_requests_on_one_connection_have_an_end(platform):
    remote = platform()
    count = 0
    with remote.client() as client, contextlib.suppress(v0.Closed):
        while count < 1000:
            assert client.add_data().status == 200
            count += 1
    assert 3 <= count < 1000
    remote.provision()
