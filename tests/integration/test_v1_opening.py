# SPDX-License-Identifier: BSD-2-Clause
"""stprov/v1's opening against peers that break its rules, on both sides."""
import contextlib
import os
import re
import select
import socket
import threading
import time

import pytest

import harness
import p256
import v0
import v1

CODE = "bocil-dufen"
WRONG = "bocil-dufex"
FAILED = r"failed attempt (\d+) of 10"
# The offsets of a client's messages in its bytes.
MESSAGE3 = 9 + 97
# From message 4 to message 5; and how long a laptop tries while the platform is busy.
ATTEMPT_SECONDS, BUSY_SECONDS = 10, 20


@pytest.fixture(name="remote")
def fixture_remote(platform):
    return platform(compat=False, password=CODE)


def attempts(remote):
    return len(remote.log(FAILED))


def is_open(client):
    """The server has neither closed the connection nor sent a byte that was not read."""
    return not select.select([client.sock], [], [], 0)[0]


def still_serves(remote, failed=0):
    """A client with the code succeeds, and so many failed attempts were counted."""
    with remote.client_v1() as client:
        assert client.add_data().status == 200
    assert attempts(remote) == failed, remote.err.text


def points():
    """Invalid shares: (name, 65 bytes)."""
    good = p256.encode(p256.multiply(v1.scalar()))
    yield "zeros", bytes(65)
    yield "identity", b"\x00" + b"\xff" * 64
    yield "origin", b"\x04" + bytes(64)
    yield "off the curve", good[:-1] + bytes([good[-1] ^ 1])
    yield "beyond the prime", b"\x04" + b"\xff" * 64
    x = p256.P + 5  # no point has it once it is not reduced
    yield "not reduced", b"\x04" + x.to_bytes(32, "big") + good[33:]
    yield "compressed", bytes([2 + good[64] % 2]) + good[1:33] + bytes(32)
    yield "hybrid", bytes([6 + good[64] % 2]) + good[1:]
    yield "no form", b"\x05" + good[1:]


POINTS = dict(points())


# A server whose client misbehaves ---------------------------------------------------------------

@pytest.mark.parametrize("sent", [0, 1, 8, 9, 10, 9 + 32, 9 + 96])
@pytest.mark.parametrize("how", ["close", "reset"])
def test_client_lost_before_its_share_is_whole_is_no_attempt(remote, sent, how):
    prover = v1.Prover(CODE)
    client = remote.client_v1(upto=0)
    client.send((v1.HELLO + prover.message3)[:sent])
    harness.wait_until_idle(remote)
    getattr(client, how)()
    still_serves(remote)


@pytest.mark.parametrize("sent", [0, 1, 31])
@pytest.mark.parametrize("how", ["close", "reset"])
def test_client_lost_after_the_answer_is_an_attempt(remote, sent, how):
    client = remote.client_v1(upto=4)
    client.send(client.prover.message5[:sent])
    getattr(client, how)()
    remote.err.wait_for(FAILED)
    still_serves(remote, 1)


@pytest.mark.parametrize("name", POINTS)
def test_share_that_is_no_point_is_closed_and_no_attempt(remote, name):
    with remote.client_v1(upto=2) as client:
        client.send(client.prover.nonce_c + POINTS[name])
        assert client.closed()
    remote.err.wait_for("share is not a point")
    still_serves(remote)


def test_share_that_is_its_blinding_alone_is_closed(remote):
    """X = w0*M, by an attacker who has stolen w0: unblinded, it is the identity."""
    with remote.client_v1(upto=2) as client:
        share = p256.encode(p256.multiply(client.prover.w0, v1.M))
        client.send(client.prover.nonce_c + share)
        assert client.closed()
    still_serves(remote)


@pytest.mark.parametrize("message", [b"\x00" * 32, b"\xff" * 32, os.urandom(32)])
def test_wrong_confirmation_is_closed_and_counted_with_its_source(remote, message):
    with remote.client_v1(upto=4) as client:
        port = client.sock.getsockname()[1]
        client.send(message)
        assert client.closed()
    remote.err.wait_for(rf"127\.0\.0\.1:{port}: wrong code, failed attempt 1 of 10")
    still_serves(remote, 1)


def test_wrong_code_shows_on_the_client_and_is_counted(remote, local):
    laptop = local(remote.address, password=WRONG, compat=False)
    assert laptop.wait() == 1
    assert "wrong code" in laptop.err.text
    remote.err.wait_for(FAILED)
    still_serves(remote, 1)


def test_client_with_a_wrong_code_cannot_go_on(remote):
    with remote.client_v1(WRONG, upto=3) as client:
        with pytest.raises(v1.WrongCode):
            client.message4()
        client.message5()
        assert client.closed()
    still_serves(remote, 1)


def test_messages_that_are_too_long_do_not_get_through(remote):
    with remote.client_v1(upto=0) as client:  # message 1: its rest is the next one's beginning
        client.send(v1.HELLO + b"\n")
        client.message2()
        client.message3()
        assert client.closed()
    with remote.client_v1(upto=2) as client:  # message 3
        client.send(client.prover.message3 + b"\x00")
        client.message4()
        client.message5()
        assert client.closed()
    remote.err.wait_for(FAILED)
    with remote.client_v1(upto=4) as client:  # message 5: TLS comes next
        client.send(client.prover.message5 + b"\x00" * 64)
        remote.err.wait_for("has shown the code")
        remote.err.wait_for("no TLS connection")
    still_serves(remote, 1)


@pytest.mark.parametrize("repeated", [1, 3, 5])
def test_messages_that_come_twice_do_not_get_through(remote, repeated):
    failed = 0
    with remote.client_v1(upto=repeated) as client:
        if repeated == 1:
            client.message1()
            client.message2()
            client.message3()
        elif repeated == 3:
            client.message3()  # in the place of message 5
            client.message4()
            failed = 1
        else:
            client.message5()  # in the place of TLS
        with contextlib.suppress(v0.Closed):
            while client.sock.recv(65536):
                pass
    if failed:
        remote.err.wait_for(FAILED)
    still_serves(remote, failed)


def test_messages_of_another_connection_do_not_do(remote):
    with remote.client_v1(upto=5) as first:
        whole = first.prover.message3 + first.prover.message5
    with remote.client_v1(upto=2) as client:
        client.send(whole)
        answer = v1.exactly(client.sock, 129)
        assert answer[:97] != first.prover.commitment
        assert client.closed()
    remote.err.wait_for("wrong code")
    still_serves(remote, 1)


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n\r\n", b"STPROV/2\n", b"stprov/1\n",
                                  b"SSH-2.0-x\r\n", bytes(9), b"\xff" * 4096])
def test_other_protocols_get_no_answer(remote, data):
    with remote.client_v1(upto=0) as client:
        client.send(data)
        assert client.closed()
    remote.err.wait_for("not a client of stprov")
    still_serves(remote)


def test_silence_ends_at_the_deadline(remote):
    started = time.monotonic()
    waiting = [remote.client_v1(upto=upto, timeout=60) for upto in (0, 1, 2)]
    waiting[1].message2()
    for client in waiting:
        assert client.closed()
        client.close()
    assert time.monotonic() - started >= harness.REQUEST_SECONDS
    still_serves(remote)


def test_attempt_that_is_not_ended_ends_sooner(remote):
    """Than a connection that came before, and has the time of every request."""
    started = time.monotonic()
    with remote.client_v1(upto=0) as earlier, remote.client_v1(upto=4) as client:
        assert client.closed()
        assert is_open(earlier)
        assert time.monotonic() - started >= ATTEMPT_SECONDS
    remote.err.wait_for(FAILED)
    still_serves(remote, 1)


# Attempts -----------------------------------------------------------------------------------

def guess(remote):
    with remote.client_v1(WRONG, upto=3) as client:
        with contextlib.suppress(v1.WrongCode):
            client.message4()


def test_ten_failures_end_the_service(remote, store):
    before = store.snapshot()
    with remote.client_v1(upto=2) as early:
        for number in range(1, 11):
            guess(remote)
            remote.err.wait_for(rf"failed attempt {number} of 10")
        # It had status 0 before; now its share gets no answer, although its code is right.
        with contextlib.suppress(v0.Closed):
            early.message3()
        assert early.closed()
    assert remote.wait() == 1
    assert "10 failed attempts: closed" in remote.err.text
    assert attempts(remote) == 10 and store.snapshot() == before


def test_status_closed_after_ten_failures(remote):
    """On existing connections; the port is closed."""
    early = [remote.client_v1(upto=0) for _ in range(2)]
    for number in range(1, 11):
        guess(remote)
        remote.err.wait_for(rf"failed attempt {number} of 10")
    statuses = []
    for client in early:
        with client, contextlib.suppress(v0.Closed):
            client.message1()
            try:
                client.message2()
            except v1.Turned as turned:
                statuses.append(turned.status)
    assert statuses and set(statuses) == {v1.CLOSED}
    assert remote.wait() == 1


def test_failures_in_parallel_are_ten_in_all(remote):
    """Also with many connections: one attempt is answered at a time."""
    answers, lock = [], threading.Lock()

    def try_one():
        with contextlib.suppress(v0.Closed, OSError, v1.Turned):
            with remote.client_v1(WRONG, upto=3) as client:
                data = v1.exactly(client.sock, 129)
                with lock:
                    answers.append(data)
    for _ in range(8):
        threads = [threading.Thread(target=try_one) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if not remote.running:
            break
    assert remote.wait() == 1
    assert len(answers) <= 10 and attempts(remote) == 10


def test_failures_of_both_protocols_are_counted_together(platform):
    remote = platform(compat=True)
    for number in range(1, 11):
        if number % 2:
            guess(remote)
        else:
            with remote.client() as client:
                client.ask("GET", "commit", authorization=v0.basic(v0.USER, "wrong"))
        remote.err.wait_for(rf"failed attempt {number} of 10")
    assert remote.wait() == 1


@harness.needs_root
@pytest.mark.parametrize("upto,failed", [(0, 0), (2, 0), (4, 1), (5, 0)])
def test_session_that_dies_counts_once_it_could_answer(remote, upto, failed):
    with remote.client_v1(upto=upto):
        if upto == 5:
            remote.err.wait_for("has shown the code")
        session = harness.eventually(remote.children)[0]
        os.kill(session, 9)
        harness.eventually(lambda: harness.is_gone(session))
        remote.err.wait_for(r"died by signal 9|was killed|ended")
    still_serves(remote, failed)


# Two at once --------------------------------------------------------------------------------

def test_client_that_comes_during_an_attempt_is_told_busy(remote):
    with remote.client_v1(upto=4):
        with pytest.raises(v1.Turned) as turned:
            remote.client_v1(upto=2)
        assert turned.value.status == v1.BUSY
    remote.err.wait_for(FAILED)
    still_serves(remote, 1)


@harness.needs_root
def test_attempts_that_meet_wait_for_each_other(remote):
    """Both had status 0; the second one's answer comes when the first one's attempt is over."""
    with remote.client_v1(upto=2) as one, remote.client_v1(upto=2) as other:
        one.message3()
        one.message4()
        other.message3()
        harness.eventually(lambda: count_waiting(remote) == 1)
        assert is_open(other), "an answer during another's attempt"
        one.message5()
        other.message4()
        other.message5()
        one.start_tls()
        other.start_tls()
        assert one.add_data().status == other.add_data().status == 200
        assert one.words != other.words
    assert attempts(remote) == 0


def test_one_that_waits_gets_its_turn_when_the_other_fails(remote):
    with remote.client_v1(upto=2) as one, remote.client_v1(upto=2) as other:
        one.message3()
        one.message4()
        other.message3()
        one.reset()
        other.message4()
        other.message5()
        other.start_tls()
        assert other.add_data().status == 200
    assert attempts(remote) == 1


def test_local_tries_again_while_the_platform_is_busy(remote, local):
    with remote.client_v1(upto=4):
        laptop = local(remote.address, password=CODE, compat=False)
        laptop.err.wait_for("busy with another client")
    remote.press()
    assert laptop.wait() == 0, laptop.err.text


def test_idle_connections_do_not_keep_the_right_client_out(remote, local):
    idle = [remote.client_v1(upto=upto % 3) for upto in range(20)]
    laptop = local(remote.address, password=CODE, compat=False)
    remote.press()
    assert laptop.wait() == 0, laptop.err.text
    for client in idle:
        client.close()


def test_connections_do_not_push_an_attempt_out(remote):
    """Or an attacker could make the right client's attempts fail, until they are used up."""
    with remote.client_v1(upto=4) as client:
        others = [remote.client_v1(upto=0) for _ in range(20)]
        client.message5()
        client.start_tls()
        assert client.add_data().status == 200
        for other in others:
            other.close()
    assert attempts(remote) == 0


def flood(remote, over, **kwargs):
    """Connects as fast as it can, and keeps the last 20 connections."""
    kept = []
    while not over.is_set():
        with contextlib.suppress(OSError, v0.Closed):
            kept.append(remote.client_v1(upto=0, **kwargs))
        if len(kept) > 20:
            kept.pop(0).close()
    for client in kept:
        client.close()


@contextlib.contextmanager
def flooded(remote, **kwargs):
    over = threading.Event()
    thread = threading.Thread(target=flood, args=[remote, over], kwargs=kwargs)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def pushed_out(remote):
    """Waits until twenty more were closed to make room: they had competed for every place."""
    before = len(remote.log("closed to make room"))
    harness.eventually(lambda: len(remote.log("closed to make room")) >= before + 20)


def count_waiting(remote):
    """Sessions that wait for an answer of the monitor: on their frame socket, descriptor 3."""
    count = 0
    for pid in remote.children():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            with open(f"/proc/{pid}/syscall", encoding="ascii") as file:
                count += file.read().split()[1:2] == ["0x3"]
    return count


@harness.needs_root
def test_connections_do_not_push_out_who_waits_for_his_attempt(remote):
    """Even from the same address."""
    with remote.client_v1(upto=2) as one, remote.client_v1(upto=2) as other:
        one.message3()
        one.message4()
        other.message3()
        harness.eventually(lambda: count_waiting(remote) == 1)
        with flooded(remote):
            pushed_out(remote)
            one.message5()
            other.message4()
            other.message5()
            other.start_tls()
            assert other.add_data().status == 200
    assert attempts(remote) == 0


def test_connections_of_one_address_do_not_push_out_those_of_others(platform):
    """Also slow ones, within their deadline."""
    remote = platform(compat=False, password=CODE, allow=["127.0.0.0/8"])
    with flooded(remote, source="127.0.0.2"):
        pushed_out(remote)
        with remote.client_v1(upto=0) as client:
            for step in (client.message1, client.message2, client.message3):
                pushed_out(remote)
                step()
            client.message4()
            client.message5()
            client.start_tls()
            assert client.add_data().status == 200
    assert attempts(remote) == 0
    assert not remote.log(r"127\.0\.0\.1:\d+: closed to make room")


@harness.needs_root
def test_places_of_those_who_wait_for_an_attempt_are_paid_for(remote):
    """All of them are accepted and continue in their order; then the right client's."""
    waiting = [remote.client_v1(WRONG, upto=2) for _ in range(8)]
    for client in waiting:
        client.message3()
    harness.eventually(lambda: count_waiting(remote) == 7)
    late = remote.client_v1(upto=0)
    while waiting:  # in whatever order their messages came
        ready = select.select([client.sock for client in waiting], [], [], v0.PATIENCE)[0]
        client, = (client for client in waiting if client.sock in ready)
        v1.exactly(client.sock, 129)
        client.close()
        waiting.remove(client)
    late = opened(late) or harness.eventually(lambda: opened(remote.client_v1(upto=0)))
    assert late.add_data().status == 200
    late.close()
    assert attempts(remote) == 8


def opened(client):
    """None if the monitor does not know yet that the last attempt is over: busy."""
    try:
        client.open(6)
        return client
    except v1.Turned as turned:
        assert turned.status == 1
        client.close()
        return None


# An attacker in the middle ----------------------------------------------------------------------

class Middle:
    """Knows the code, takes the laptop's connection, and makes one of its own to the platform."""

    def __init__(self, address):
        self.address = address
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.here = self.listener.getsockname()
        self.words = {}
        self.ends = []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        sock = self.listener.accept()[0]
        verifier = v1.Verifier(CODE)
        assert v1.exactly(sock, 9) == v1.HELLO
        sock.sendall(verifier.message2())
        sock.sendall(verifier.message4(v1.exactly(sock, 97)))
        verifier.take5(v1.exactly(sock, 32))
        platform = v1.Client(self.address, CODE)
        laptop = v1.Tls(sock, verifier.keys.psk, server=True)
        self.words = {"laptop": verifier.keys.words, "platform": platform.words}
        self.ends = [platform, laptop]
        for one, other in ((laptop.plain, platform.tls.plain), (platform.tls.plain, laptop.plain)):
            one.settimeout(None)
            threading.Thread(target=v1.pump, args=(one, other), daemon=True).start()

    def close(self):
        for end in self.ends:
            end.close()
        self.listener.close()


def test_words_differ_when_somebody_who_knows_the_code_is_in_between(remote, local, started, store):
    middle = started(Middle(remote.address))
    laptop = local(middle.here, password=CODE, compat=False)
    remote.wait_for_question()
    pattern = r"comparison words: ([a-z]{5} [a-z]{5})\n"
    shown = {"platform": remote.err.wait_for(pattern)[1], "laptop": laptop.err.wait_for(pattern)[1]}
    assert shown == middle.words and shown["platform"] != shown["laptop"]
    remote.type("n\n")
    assert remote.wait() == 1 and laptop.wait() == 1
    assert store.read("STHostKey") is None
    assert "nothing was written" in laptop.err.text


def test_bytes_that_are_only_passed_on_change_nothing(remote, local, started):
    """A relay without the code: both sides have the same words, and it has nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        laptop = local(listener.getsockname(), password=CODE, compat=False)
        there, here = socket.create_connection(remote.address), listener.accept()[0]
        seen = []

        def pass_on(source, sink):
            with contextlib.suppress(OSError):
                while data := source.recv(65536):
                    seen.append(data)
                    sink.sendall(data)
        for pair in ((here, there), (there, here)):
            threading.Thread(target=pass_on, args=pair, daemon=True).start()
        remote.press()
        assert laptop.wait() == 0, laptop.err.text
        assert b"entropy" not in b"".join(seen) and b"fingerprint" not in b"".join(seen)
        here.close()
        there.close()


@pytest.mark.parametrize("message", [2, 3, 4, 5])
def test_relay_that_changes_a_bit_is_found(remote, local, message):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        laptop = local(listener.getsockname(), password=CODE, compat=False)
        with socket.create_connection(remote.address) as there, listener.accept()[0] as here:
            sizes = {1: (here, there, 9), 2: (there, here, 33), 3: (here, there, 97),
                     4: (there, here, 129), 5: (here, there, 32)}
            with contextlib.suppress(v0.Closed, OSError):
                for number, (source, sink, size) in sizes.items():
                    data = bytearray(v1.exactly(source, size))
                    if number == message:
                        data[size // 2 if message != 3 else 5] ^= 0x10
                    sink.sendall(data)
                assert there.recv(1) == b""
    assert laptop.wait() == 1
    assert not laptop.out.text and "words" not in remote.err.text


# A client whose server misbehaves ---------------------------------------------------------------

def run_local(local, behave):
    with v1.FakePlatform(CODE, before_tls=behave) as fake:
        laptop = local(fake.address, password=CODE, compat=False)
        assert laptop.wait(40) == 1
    assert laptop.out.text == "" and "comparison words" not in laptop.err.text
    assert len(laptop.err.lines("^stprov local run: ")) == 1, laptop.err.text
    return laptop.err.text


@pytest.mark.parametrize("length", [0, 1, 20, 32, 33, 33 + 1, 33 + 97, 33 + 128])
def test_local_says_when_the_platform_ends_in_the_opening(local, length):
    def behave(sock):
        verifier = v1.Verifier(CODE)
        v1.exactly(sock, 9)
        sock.sendall(verifier.message2()[:length])
        if length >= 33:
            sock.sendall(verifier.message4(v1.exactly(sock, 97))[:length - 33])
        sock.shutdown(socket.SHUT_WR)
        with contextlib.suppress(OSError):
            sock.recv(4096)
    text = run_local(local, behave)
    assert "closed the connection" in text and "code" not in text.split("closed")[0]


def test_local_refuses_an_exchange_that_is_played_to_it_again(remote, local):
    """Messages of a platform with the right code, to another laptop, on another connection."""
    prover = v1.Prover(CODE)
    with socket.create_connection(remote.address, v0.PATIENCE) as sock:
        sock.sendall(v1.HELLO)
        message2 = v1.exactly(sock, 33)
        sock.sendall(prover.message3)
        message4 = v1.exactly(sock, 129)

    def behave(sock):
        v1.exactly(sock, 9)
        sock.sendall(message2)
        v1.exactly(sock, 97)
        sock.sendall(message4)
        assert sock.recv(1) == b"", "it went on"
    assert "wrong code" in run_local(local, behave)


@pytest.mark.parametrize("repeated", [2, 4])
def test_local_refuses_messages_that_come_twice(local, repeated):
    def behave(sock):
        verifier = v1.Verifier(CODE)
        v1.exactly(sock, 9)
        sock.sendall(verifier.message2() * (2 if repeated == 2 else 1))
        message4 = verifier.message4(v1.exactly(sock, 97))
        sock.sendall(message4 * (2 if repeated == 4 else 1))
        if repeated == 4:
            verifier.take5(v1.exactly(sock, 32))
            tls = v1.Tls(sock, verifier.keys.psk, server=True)
            with contextlib.suppress(ConnectionError):
                assert tls.plain.recv(1) == b"", "a request came"
            tls.close()
        else:
            assert sock.recv(1) == b"", "it went on"
    run_local(local, behave)


@pytest.mark.parametrize("answer", [b"\x1b]0;x\x07\x1b[2J" * 20, bytes(4096),
                                    b"HTTP/1.1 200 OK\r\n\r\n"])
def test_local_prints_nothing_of_what_is_no_opening(local, answer):
    def behave(sock):
        v1.exactly(sock, 9)
        sock.sendall(answer)
        with contextlib.suppress(OSError):
            sock.recv(97)
    text = run_local(local, behave)
    assert "not stprov/v1" in text or "closed the connection" in text
    assert all(row.isprintable() and row.isascii() for row in text.splitlines())


def test_local_is_not_kept_by_a_platform_that_is_always_busy(local):
    started = time.monotonic()
    with v1.FakePlatform(CODE, status=v1.BUSY) as fake:
        laptop = local(fake.address, password=CODE, compat=False)
        assert laptop.wait(60) == 1
        assert 2 <= fake.connections < 60  # with a pause before each that follows
    assert time.monotonic() - started >= BUSY_SECONDS
    assert "busy" in laptop.err.text.splitlines()[-1]


def test_local_tells_a_wrong_code_from_a_broken_network(local):
    with v1.FakePlatform(WRONG) as fake:
        laptop = local(fake.address, password=CODE, compat=False)
        assert laptop.wait() == 1
        harness.eventually(lambda: fake.failures)
    assert "wrong code" in laptop.err.text
    assert isinstance(fake.failures[0], v0.Closed), "it sent message 5 all the same"


@pytest.mark.parametrize("name", POINTS)
def test_local_refuses_a_share_that_is_no_point(local, name):
    def behave(sock):
        nonce, share = os.urandom(32), POINTS[name]
        v1.exactly(sock, 9)
        sock.sendall(b"\x00" + v1.commitment_of(nonce, share))
        v1.exactly(sock, 97)
        sock.sendall(nonce + share + bytes(32))
        assert sock.recv(1) == b"", "it went on"
    assert "not stprov/v1" in run_local(local, behave)


def test_local_refuses_a_share_that_was_not_committed_to(local):
    def behave(sock):
        verifier, other = v1.Verifier(CODE), v1.Verifier(CODE)
        v1.exactly(sock, 9)
        sock.sendall(other.message2())
        verifier.commitment = other.commitment
        sock.sendall(verifier.message4(v1.exactly(sock, 97)))
        assert sock.recv(1) == b"", "it went on"
    assert "committed" in run_local(local, behave)


def test_local_refuses_its_own_messages_sent_back(local):
    def behave(sock):
        v1.exactly(sock, 9)
        nonce = os.urandom(32)
        sock.sendall(b"\x00" + os.urandom(32))
        message3 = v1.exactly(sock, 97)
        sock.sendall(message3 + nonce)
        assert sock.recv(1) == b"", "it went on"
    run_local(local, behave)


@pytest.mark.parametrize("status,word", [(v1.CLOSED, "failed attempts"),
                                         (v1.COMMITTED, "committed"),
                                         (4, "not stprov/v1"), (0xff, "not stprov/v1")])
def test_local_says_what_a_status_means(local, status, word):
    def behave(sock):
        v1.exactly(sock, 9)
        sock.sendall(bytes([status]))
        with contextlib.suppress(OSError):
            sock.recv(1)
    assert word in run_local(local, behave)


def test_local_does_not_speak_to_a_server_without_the_key(local):
    """Message 5 is sent; but a server without the key cannot continue."""
    def behave(sock):
        verifier = v1.Verifier(CODE)
        v1.exactly(sock, 9)
        sock.sendall(verifier.message2())
        sock.sendall(verifier.message4(v1.exactly(sock, 97)))
        v1.exactly(sock, 32)
        tls = v1.Tls(sock, os.urandom(32), server=True)
        with contextlib.suppress(ConnectionError):
            assert tls.plain.recv(1) == b"", "a request came"
        tls.close()
    run_local(local, behave)


def test_server_certificates_are_no_way_in(local):
    """Nor is one of v0.0.1, which every attacker who knows the code can make."""
    def behave(sock):
        verifier = v1.Verifier(CODE)
        v1.exactly(sock, 9)
        sock.sendall(verifier.message2())
        sock.sendall(verifier.message4(v1.exactly(sock, 97)))
        v1.exactly(sock, 32)
        with contextlib.suppress(OSError, ValueError):
            with v0.Otp(CODE).server_context().wrap_socket(sock, server_side=True) as tls:
                assert tls.recv(1) == b"", "a request came"
    assert "certificate" in run_local(local, behave)


def test_log_of_the_opening_is_printable(remote):
    with remote.client_v1(upto=0) as client:
        client.send(b"\x1b[2J\x07abcdefgh")
        assert client.closed()
    remote.err.wait_for("not a client")
    assert not re.search(r"[^\n\x20-\x7e]", remote.err.text)
