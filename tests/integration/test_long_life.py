# SPDX-License-Identifier: BSD-2-Clause
"""How long a session may live: with a platform on which that is seconds instead of minutes."""
import time

import pytest

import harness

CODE = "bocil-dufen"


def peer(client):
    return "%s:%d" % client.sock.getsockname()


def outlived(remote, client):
    """Waits until the session of this client, which came later than others, has come to its end."""
    assert client.closed()
    remote.err.wait_for(f"{peer(client)}: closed: timed out")


@pytest.fixture(name="remote")
def fixture_remote(platform):
    return platform(compat=False, password=CODE, program=harness.HASTY)


def test_session_that_asks_for_nothing_to_be_decided_has_an_end(remote):
    with remote.client_v1() as client:
        # It may make a hundred requests, with pauses of 0.3 s: far more than it gets to.
        with pytest.raises(harness.v0.Closed):
            for _ in range(100):
                assert client.add_data().status == 200
                time.sleep(0.3)
    remote.err.wait_for("closed: timed out")


@pytest.mark.parametrize("typed,status", [("words", 200), ("n\n", 409)])
def test_operator_who_takes_longer_than_a_session_lives_is_waited_for(remote, store, typed, status):
    """And the client gets the answer: the limit of its session restarts at the decision."""
    with remote.client_v1() as client, remote.client_v1() as later:
        asker = peer(client)
        client.add_data()
        client.ask_commit()
        remote.wait_for_question()
        outlived(remote, later)
        harness.wait_until_idle(remote)
        # Since the other one has shown the code, too, only the words confirm.
        remote.type(typed if status == 409 else client.words + "\n")
        answer = client.receive()
        assert answer.status == status, answer
    assert remote.wait() == (0 if status == 200 else 1)
    assert (store.read("STHostKey") is not None) == (status == 200)
    assert not remote.log(f"{asker}: .*timed out")


def test_laptop_that_lost_its_power_is_found_out_and_comes_again(platform, local, store, namespace):
    """No FIN and no RST ever comes from it; the question about it is withdrawn all the same."""
    here, there = namespace("-n"), namespace("-n")
    here.run("ip", "link", "add", "one", "type", "veth", "peer", "name", "two", "netns",
             str(there.process.pid))
    for space, link, address in ((here, "one", "192.0.2.1/24"), (there, "two", "192.0.2.2/24")):
        space.run("ip", "address", "add", address, "dev", link)
        space.run("ip", "link", "set", link, "up")
    remote = platform(compat=False, password=CODE, ip="192.0.2.1", allow=["192.0.2.0/24"],
                      prefix=here.prefix)
    laptop = local(remote.address, password=CODE, compat=False, prefix=there.prefix)
    remote.wait_for_question()
    there.run("ip", "link", "set", "two", "down")
    remote.err.wait_for("left before Enter: nothing was written", 60)
    laptop.clean_up()
    there.run("ip", "link", "set", "two", "up")
    laptop = local(remote.address, password=CODE, compat=False, prefix=there.prefix)
    remote.out.wait_for("Type the comparison words")
    remote.press()
    assert laptop.wait() == 0, laptop.err.text
    assert remote.wait() == 0
    assert store.host_key()[1] == laptop.result["fingerprint"]


def test_client_of_v0_may_take_as_long_as_the_operator(platform, store):
    """It has its answer before; its session's end changes nothing."""
    remote = platform(program=harness.HASTY)
    with remote.client() as client, remote.client_v1() as later:
        assert client.add_data().status == later.add_data().status == 200
        answer = client.commit().json
        remote.wait_for_question()
        outlived(remote, later)
        harness.wait_until_idle(remote)
    remote.finish()
    assert store.host_key()[1] == answer["fingerprint"]
