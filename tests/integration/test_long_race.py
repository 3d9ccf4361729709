# SPDX-License-Identifier: BSD-2-Clause
"""Clients that commit at the same instant: every fingerprint sent is that of the stored key."""
import concurrent.futures
import os
import threading

import harness
import v0

ROUNDS = 1000
# Rounds that run at the same time, each with a platform of its own.
PARALLEL = 2


def meet(barrier):
    barrier.wait(v0.PATIENCE)


def add_then_meet(remote, entropy, barrier):
    """The commits meet: both clients have added their data before."""
    with remote.client() as client:
        assert client.add_data(entropy).status == 200
        meet(barrier)
        return client.commit()


def meet_then_all(remote, entropy, barrier):
    """The whole exchanges meet: data of the one may fall between the other's data and commit."""
    with remote.client() as client:
        meet(barrier)
        client.add_data(entropy)
        return client.commit()


def meet_then_pipeline(remote, entropy, barrier):
    """As before, with both requests in one write."""
    with remote.client() as client:
        both = client.request("POST", "add-data", v0.add_data_body(entropy)) + (
            client.request("GET", "commit"))
        meet(barrier)
        client.send(both)
        client.receive()
        return client.receive()


def meet_then_connect(remote, entropy, barrier):
    """The connections meet, too."""
    meet(barrier)
    with remote.client() as client:
        client.add_data(entropy)
        return client.commit()


WAYS = [add_then_meet, meet_then_all, meet_then_pipeline, meet_then_connect]


def race(way, remote, entropies):
    """What each client got: its answer, or None where the connection was closed or refused."""
    barrier = threading.Barrier(len(entropies))
    outcomes = [None] * len(entropies)

    def run(number):
        try:
            outcomes[number] = way(remote, entropies[number], barrier)
        except (v0.Closed, OSError):
            pass

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(entropies))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(v0.PATIENCE)
    return outcomes


def play(number, directory):
    """One round; returns which of the two won."""
    store = harness.Store(directory / f"efivars-{number}")
    remote = harness.Platform(store, console="pipe")
    try:
        entropies = [os.urandom(32) for _ in range(2)]
        outcomes = race(WAYS[number % len(WAYS)], remote, entropies)
        statuses = [outcome.status if outcome else None for outcome in outcomes]
        assert statuses.count(200) == 1, f"round {number}: {statuses}: {remote.err.text}"
        assert set(statuses) <= {200, 409, None}, f"round {number}: {statuses}"
        remote.finish()
        winner = statuses.index(200)
        held = outcomes[winner].json
        assert store.host_key() == (held["publickey"], held["fingerprint"]), f"round {number}"
        shown = [harness.hexify(entropy) in remote.err.text for entropy in entropies]
        assert shown.count(True) == 1, f"round {number}: {remote.err.text}"
        return winner
    finally:
        remote.clean_up()


def test_no_client_ever_holds_a_fingerprint_that_is_not_the_stored_keys(tmp_path):
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        winners = list(pool.map(lambda number: play(number, tmp_path), range(ROUNDS)))
    assert len(winners) == ROUNDS
    # Otherwise there was not a race.
    for number, way in enumerate(WAYS):
        won = winners[number::len(WAYS)]
        assert 0 < sum(won) < len(won), f"{way.__name__}: client 1 won {sum(won)} of {len(won)}"
