# SPDX-License-Identifier: BSD-2-Clause
"""Deadlines of `remote run` and of `local run`. Everything waits at the same time."""
import re
import socket
import threading
import time

import pytest

import harness
import v0
import v1

CODE = "bocil-dufen"
# What comes later than its deadline by so much is not for that deadline, even where thirty clients
# and servers share a busy machine; without deadlines each of them would take longer.
SLACK_SECONDS = 4 * harness.GRACE_SECONDS
# `local run` gives an answer 30 s and a connection 10 s.
ANSWER_SECONDS = 30
CONNECT_SECONDS = 10


def drip(client, data, every=1):
    """Sends byte by byte until the server closes; all of it would take about a minute."""
    for byte in data:
        client.send(bytes([byte]))
        time.sleep(every)


def says_nothing(client):
    client.closed()


def says_nothing_after_tls(client):
    client.handshake()
    client.reader.sock = client.sock
    client.closed()


def stops_in_the_hello(client):
    client.send(v0.client_hello()[:50])
    client.closed()


def drips_the_hello(client):
    drip(client, v0.client_hello())


def stops_in_the_head(client):
    client.handshake()
    client.reader.sock = client.sock
    client.send(client.request("GET", "commit")[:30])
    client.closed()


def drips_the_head(client):
    client.handshake()
    drip(client, client.request("GET", "commit"))


def stops_in_the_body(client):
    client.handshake()
    client.reader.sock = client.sock
    client.send(client.request("POST", "add-data", v0.add_data_body(bytes(32)))[:-5])
    client.closed()


def drips_the_body(client):
    client.handshake()
    whole = client.request("POST", "add-data", v0.add_data_body(bytes(32)))
    client.send(whole[:-60])
    drip(client, whole[-60:])


def says_nothing_after_an_answer(client):
    client.handshake()
    client.reader.sock = client.sock
    assert client.add_data().status == 200
    client.closed()


def v1_drips_its_name(client):
    drip(client, v1.HELLO, every=6)


def v1_drips_its_share(client):
    client.open(2)
    drip(client, client.prover.message3)


def v1_drips_its_confirmation(client):
    client.open(4)
    drip(client, client.prover.message5, every=2)


def v1_says_nothing_after_the_opening(client):
    client.open(5)
    client.closed()


def v1_stops_in_the_body(client):
    client.open(6)
    client.send(client.request("POST", "add-data", v0.add_data_body(bytes(32)))[:-5])
    client.closed()


def v1_drips_the_body(client):
    client.open(6)
    whole = client.request("POST", "add-data", v0.add_data_body(bytes(32)))
    client.send(whole[:-60])
    drip(client, whole[-60:])


# Between requests a client that has shown the code has ten minutes: test_long_life.
SLOW_CLIENTS_V1 = [v1_drips_its_name, v1_drips_its_share, v1_drips_its_confirmation,
                   v1_says_nothing_after_the_opening, v1_stops_in_the_body, v1_drips_the_body]
SLOW_CLIENTS = [says_nothing, says_nothing_after_tls, stops_in_the_hello, drips_the_hello,
                stops_in_the_head, drips_the_head, stops_in_the_body, drips_the_body,
                says_nothing_after_an_answer, *SLOW_CLIENTS_V1]
# From message 4 to message 5 a client has less time than for all else.
ATTEMPT_SECONDS = 10


def time_client(slow, tmp_path):
    """(seconds until the server closed, the platform's log, whether the next one was served)"""
    remote = harness.Platform(harness.Store(tmp_path / slow.__name__))
    try:
        started = time.monotonic()
        with (remote.client_v1(upto=0, timeout=90) if slow in SLOW_CLIENTS_V1
              else remote.client(tls=False, timeout=90)) as client:
            try:
                slow(client)
            except (v0.Closed, OSError):
                pass
            seconds = time.monotonic() - started
        remote.provision()
        remote.finish()
        return seconds, remote.err.text
    finally:
        remote.clean_up()


# `local run` against servers that make it wait

def fake(**kwargs):
    return v0.FakePlatform(v0.Otp(harness.PASSWORD), **kwargs)


def tcp_and_nothing():
    platform = fake(tcp=lambda sock: platform.over.wait(90))
    return platform


def no_answer_to_add_data():
    return fake(answers={"add-data": v0.FakePlatform.HANG})


def no_answer_to_commit():
    return fake(answers={"commit": v0.FakePlatform.HANG})


def dripped_answer():
    def talk(sock):
        with platform.context.wrap_socket(sock, server_side=True) as tls:
            v0.HttpReader(tls).message()
            for byte in v0.go_answer() + b" " * 1000:
                tls.sendall(bytes([byte]))
                if platform.over.wait(0.7):
                    return
    platform = fake(tcp=talk)
    return platform


def v1_platform(before_tls=None, **answers):
    return v1.FakePlatform(CODE, answers, before_tls)


def v1_tcp_and_nothing():
    platform = v1_platform(lambda sock: platform.over.wait(90))
    return platform


def v1_drips_the_commitment():
    def talk(sock):
        for byte in v1.Verifier(CODE).message2():
            sock.sendall(bytes([byte]))
            if platform.over.wait(3):
                return
    platform = v1_platform(talk)
    return platform


def v1_drips_message_4():
    def talk(sock):
        verifier = v1.Verifier(CODE)
        v1.exactly(sock, 9)
        sock.sendall(verifier.message2())
        for byte in verifier.message4(v1.exactly(sock, 97)):
            sock.sendall(bytes([byte]))
            if platform.over.wait(1):
                return
    platform = v1_platform(talk)
    return platform


def v1_no_tls():
    def talk(sock):
        verifier = v1.Verifier(CODE)
        v1.exactly(sock, 9)
        sock.sendall(verifier.message2())
        sock.sendall(verifier.message4(v1.exactly(sock, 97)))
        platform.over.wait(90)
    platform = v1_platform(talk)
    return platform


def v1_no_answer_to_add_data():
    return v1_platform(**{"add-data": v0.FakePlatform.HANG})


SLOW_SERVERS_V1 = [v1_tcp_and_nothing, v1_drips_the_commitment, v1_drips_message_4, v1_no_tls,
                   v1_no_answer_to_add_data]
SLOW_SERVERS = [tcp_and_nothing, no_answer_to_add_data, no_answer_to_commit, dripped_answer,
                *SLOW_SERVERS_V1]


def run_to_its_end(laptop):
    started = time.monotonic()
    try:
        code = laptop.wait(90)
        return time.monotonic() - started, code, laptop.err.text, laptop.out.text
    finally:
        laptop.clean_up()


def time_server(make):
    with make() as server:
        if make in SLOW_SERVERS_V1:
            laptop = harness.Local(server.address, password=CODE, compat=False)
        else:
            laptop = harness.Local(server.address)
        return run_to_its_end(laptop)


def time_black_hole():
    """A listener whose queue is full drops every further SYN, as a firewall does."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        waiting = []
        try:
            for _ in range(4):
                sock = socket.socket()
                sock.setblocking(False)
                sock.connect_ex(address)
                waiting.append(sock)
            # The one that fits into the queue is through; of the others none will be.
            harness.eventually(lambda: any(harness.is_established(sock) for sock in waiting))
            return run_to_its_end(harness.Local(address))
        finally:
            for sock in waiting:
                sock.close()


@pytest.fixture(name="waited", scope="module")
def fixture_waited(tmp_path_factory):
    """name -> its result; all of them run at once, because they only wait."""
    tmp_path = tmp_path_factory.mktemp("deadlines")
    work = {slow.__name__: lambda slow=slow: time_client(slow, tmp_path) for slow in SLOW_CLIENTS}
    work |= {make.__name__: lambda make=make: time_server(make) for make in SLOW_SERVERS}
    work["black hole"] = time_black_hole
    results = {}

    def run(name):
        try:
            results[name] = work[name]()
        except BaseException as error:  # pylint: disable=broad-except
            results[name] = error
    threads = [threading.Thread(target=run, args=(name,)) for name in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def outcome(waited, name):
    if isinstance(waited[name], BaseException):
        raise waited[name]
    return waited[name]


@pytest.mark.parametrize("slow", SLOW_CLIENTS, ids=lambda slow: slow.__name__)
def test_client_that_is_slow_is_closed_by_the_deadline_with_a_line(waited, slow):
    seconds, log = outcome(waited, slow.__name__)
    least = ATTEMPT_SECONDS if slow is v1_drips_its_confirmation else harness.REQUEST_SECONDS
    assert least <= seconds < least + SLACK_SECONDS
    assert "127.0.0.1:" in log.split("listening on", 1)[1].split("\n", 1)[1], log


@pytest.mark.parametrize("make", SLOW_SERVERS, ids=lambda make: make.__name__)
def test_platform_that_is_slow_is_given_up_with_a_reason(waited, make):
    seconds, code, err, out = outcome(waited, make.__name__)
    assert code == 1 and out == ""
    assert seconds < ANSWER_SECONDS + SLACK_SECONDS
    assert "time" in err.splitlines()[-1].lower(), err


def test_connecting_to_a_black_hole_is_given_up_with_a_reason(waited):
    seconds, code, err, _ = outcome(waited, "black hole")
    assert code == 1
    assert seconds < CONNECT_SECONDS + SLACK_SECONDS
    assert re.search(r"127\.0\.0\.1.*(no answer|time)", err), err
