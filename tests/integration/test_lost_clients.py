# SPDX-License-Identifier: BSD-2-Clause
"""Clients that are lost at each step of the exchange: the next one finds the platform as it was."""
import os
import socket

import pytest

import harness
import v0


def after_connect(remote):
    return remote.client(tls=False)


def in_the_hello(remote):
    client = remote.client(tls=False)
    client.send(v0.client_hello()[:100])
    return client


def after_the_hello(remote):
    client = remote.client(tls=False)
    client.send(v0.client_hello())
    client.sock.recv(1)
    return client


def after_tls(remote):
    return remote.client()


def in_the_head(remote):
    client = remote.client()
    client.send(client.request("POST", "add-data", v0.add_data_body(bytes(32)))[:60])
    return client


def in_the_body(remote):
    client = remote.client()
    client.send(client.request("POST", "add-data", v0.add_data_body(bytes(32)))[:-10])
    return client


def before_reading_the_answer(remote):
    client = remote.client()
    client.send(client.request("POST", "add-data", v0.add_data_body(bytes(32))))
    return client


def after_add_data(remote):
    client = remote.client()
    assert client.add_data().status == 200
    return client


def in_the_commit_s_head(remote):
    client = after_add_data(remote)
    client.send(client.request("GET", "commit")[:-2])
    return client


STEPS = [after_connect, in_the_hello, after_the_hello, after_tls, in_the_head, in_the_body,
         before_reading_the_answer, after_add_data, in_the_commit_s_head]


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_client_lost_before_the_commit_leaves_the_platform_to_the_next(platform, store, step, how):
    remote = platform()
    getattr(step(remote), how)()
    harness.eventually(lambda: not remote.children(), what="the end of the lost client's session")
    assert remote.running
    entropy = os.urandom(32)
    fingerprint = remote.provision(entropy)["fingerprint"]
    assert remote.shows(entropy)
    remote.finish()
    assert store.host_key()[1] == fingerprint


@pytest.mark.parametrize("how", ["close", "reset"])
def test_client_lost_after_its_commit_leaves_the_decision_to_the_operator(platform, store, how):
    remote = platform()
    client = after_add_data(remote)
    client.send(client.request("GET", "commit"))
    getattr(client, how)()
    remote.wait_for_question()
    assert store.read("STHostKey") is None
    remote.finish()
    store.host_key()


def test_client_that_stops_reading_does_not_delay_the_question(platform):
    remote = platform()
    with remote.client(tls=False) as client:
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        client.handshake()
        client.send(client.request("POST", "add-data", v0.add_data_body(bytes(32)))
                    + client.request("GET", "commit"))
        remote.wait_for_question(harness.REQUEST_SECONDS - 3)  # and not by its deadline
        remote.finish()


def test_all_of_them_at_once_leave_the_platform_to_the_next(platform, store):
    remote = platform()
    for step in STEPS[:7]:
        step(remote).reset()
    fingerprint = remote.provision()["fingerprint"]
    remote.finish()
    assert store.host_key()[1] == fingerprint


@pytest.mark.parametrize("answered", [True, False])
def test_local_s_next_run_succeeds_after_a_lost_one(platform, local, answered):
    remote = platform()
    with remote.client() as client:
        client.send(client.request("POST", "add-data", v0.add_data_body(bytes(32))))
        if answered:
            assert client.receive().status == 200
    laptop = local(remote.address)
    assert laptop.wait() == 0, laptop.err.text
    remote.finish()
