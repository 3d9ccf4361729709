# SPDX-License-Identifier: BSD-2-Clause
"""The operator's confirmation: the answers that confirm, and those that abort."""
import os
import re
import signal

import pytest

import harness

NOTHING_WRITTEN = re.compile("nothing (was|has been) written", re.IGNORECASE)


HINT = "type y or yes, or only Enter, to confirm; n or no to abort"
OTHERS = ["no, abort!", "yes, but no", "ye", "yy", "0", "x" * 3000]


@pytest.mark.parametrize("console", ["pty", "pipe"])
@pytest.mark.parametrize("answer", ["\n", "y\n", "yes\n", "Y\n", "YeS\n", "  \n", " yes \t\n"])
def test_empty_line_y_and_yes_confirm(platform, store, console, answer):
    remote = platform(console=console)
    fingerprint = remote.provision()["fingerprint"]
    remote.press(answer)
    assert remote.wait() == 0, remote.err.text
    assert store.host_key()[1] == fingerprint


@pytest.mark.parametrize("console", ["pty", "pipe"])
@pytest.mark.parametrize("answer", ["n\n", "no\n", " n\n", "No \n"])
def test_n_and_no_abort_and_nothing_is_written(platform, store, console, answer):
    remote = platform(console=console)
    before = store.snapshot()
    remote.provision()
    remote.press(answer)
    assert remote.wait() == 1
    assert NOTHING_WRITTEN.search(remote.err.text), remote.err.text
    assert store.snapshot() == before


def questions(remote):
    return remote.out.text.count(harness.QUESTION)


@pytest.mark.parametrize("console", ["pty", "pipe"])
@pytest.mark.parametrize("answer", ["\n", "no\n"])
def test_another_line_is_asked_again_with_what_to_type(platform, store, console, answer):
    remote = platform(console=console)
    remote.provision()
    remote.wait_for_question()
    for number, text in enumerate(OTHERS[-5:], 2):
        remote.type(text + "\n")
        harness.eventually(lambda number=number: questions(remote) == number)
        assert remote.out.text.count(HINT) == number - 1
        assert store.read("STHostKey") is None
    remote.type(answer)
    assert remote.wait() == (0 if answer == "\n" else 1)
    assert (store.read("STHostKey") is not None) == (answer == "\n")


@pytest.mark.parametrize("console", ["pty", "pipe"])
def test_after_it_was_asked_again_five_times_another_line_aborts(platform, store, console):
    remote = platform(console=console)
    before = store.snapshot()
    remote.provision()
    for number in range(1, 7):
        harness.eventually(lambda number=number: questions(remote) == number)
        remote.type("what?\n")
    assert remote.wait() == 1
    assert questions(remote) == 6
    assert NOTHING_WRITTEN.search(remote.err.text), remote.err.text
    assert store.snapshot() == before


@pytest.mark.parametrize("console", ["pty", "pipe"])
def test_end_of_file_aborts_and_nothing_is_written(platform, store, console):
    remote = platform(console=console)
    before = store.snapshot()
    remote.provision()
    remote.wait_for_question()
    remote.hang_up()
    assert remote.wait() == 1
    assert NOTHING_WRITTEN.search(remote.err.text), remote.err.text
    assert store.snapshot() == before


def test_text_that_ends_without_a_line_end_is_no_confirmation(platform, store):
    remote = platform(console="pipe")
    before = store.snapshot()
    remote.provision()
    remote.wait_for_question()
    remote.type("n")
    remote.hang_up()
    assert remote.wait() == 1
    assert store.snapshot() == before


@pytest.mark.parametrize("moment", ["listening", "question"])
@pytest.mark.parametrize("how", ["ctrl+c", "SIGINT", "SIGTERM", "SIGHUP"])
def test_signal_aborts_and_nothing_is_written(platform, store, moment, how):
    remote = platform()
    before = store.snapshot()
    if moment == "question":
        remote.provision()
        remote.wait_for_question()
    if how == "ctrl+c":
        remote.type(b"\x03")
    else:
        remote.signal(getattr(signal, how))
    assert remote.wait() == 1
    assert NOTHING_WRITTEN.search(remote.err.text), remote.err.text
    assert store.snapshot() == before


def test_ctrl_c_during_a_client_s_exchange_aborts_too(platform, store):
    remote = platform()
    before = store.snapshot()
    with remote.client() as client:
        assert client.add_data().status == 200
        remote.type(b"\x03")
        assert remote.wait() == 1
        assert client.closed()
    assert NOTHING_WRITTEN.search(remote.err.text), remote.err.text
    assert store.snapshot() == before


@pytest.mark.parametrize("typed,answer", [("\n", "no\n"), ("y\n\n\nyes\n", "no\n"), ("no\n", "\n")])
def test_what_was_typed_before_the_question_does_not_count(platform, store, typed, answer):
    """It says the opposite of the answer, which comes later: what is done shows which counted."""
    remote = platform()
    remote.echoed(typed)
    fingerprint = remote.provision()["fingerprint"]
    remote.press(answer)
    assert remote.wait() == (1 if answer == "no\n" else 0), remote.err.text
    if answer == "no\n":
        assert store.read("STHostKey") is None
    else:
        assert store.host_key()[1] == fingerprint


def test_half_a_line_typed_before_the_question_does_not_count(platform):
    remote = platform()
    remote.type("no, wai")
    remote.provision()
    remote.wait_for_question()
    remote.finish()


def test_question_is_asked_once_and_only_after_the_commit(platform):
    remote = platform()
    with remote.client() as client:
        client.add_data()
        harness.wait_until_idle(remote)
        remote.echoed("x")
        assert harness.QUESTION not in remote.out.text
        client.commit()
    remote.finish()
    assert remote.out.text.count(harness.QUESTION) == 1


def test_entropy_stands_before_the_question(platform):
    remote = platform(console="terminal")
    entropy = os.urandom(32)
    remote.provision(entropy)
    remote.wait_for_question()
    before = remote.out.text.split(harness.QUESTION)[0]
    assert harness.hexify(entropy) in before


def test_client_has_its_answer_while_the_operator_thinks(platform, local):
    remote = platform()
    laptop = local(remote.address)
    assert laptop.wait() == 0
    remote.wait_for_question()
    harness.wait_until_idle(remote)
    remote.finish()


def test_question_waits_without_end(platform, outwait):
    """The deadlines apply to clients, not to the operator."""
    remote = platform()
    remote.provision()
    remote.wait_for_question()
    outwait()
    harness.wait_until_idle(remote)
    remote.finish()
