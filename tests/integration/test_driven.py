# SPDX-License-Identifier: BSD-2-Clause
"""`remote console`: what a program can do on the platform's console, against a peer of our own."""
import os
import signal
import time

import pytest

import consoles
import harness
import v0

ALLOW = ["-i", "127.0.0.1", "-a", "127.0.0.1/32"]


@pytest.fixture(name="console")
def fixture_console(started):
    def start(*arguments, **kwargs):
        console = started(consoles.Console(*arguments, **kwargs))
        console.hello = console.peer.wait_for("hello")
        return console
    return start


def start_run(console, store):
    """`remote run` by the peer; returns what it is told of it."""
    port = harness.free_port()
    console.peer.send(type="run", argv=["-p", str(port), *ALLOW, *store.options])
    return console.peer.wait_for("listening")


def provision(local, listening):
    return local(("127.0.0.1", listening["port"]), password=listening["code"], compat=False)


def test_a_program_provisions_and_the_terminal_is_as_before(console, store, local):
    remote = console()
    assert remote.hello["protocol"] == 1 and remote.hello["version"].startswith("v")
    status = remote.hello["status"]
    assert list(status) == ["provisioned", "host_name", "host_key", "secure_boot"]
    assert list(status["host_name"]) == ["state", "error", "value"]
    assert not remote.is_as_before()
    listening = start_run(remote, store)
    assert listening["addresses"] == ["127.0.0.1"]
    laptop = provision(local, listening)
    review = remote.peer.wait_for("review")
    assert remote.peer.wait_for("opened")["words"] == review["words"]
    assert store.read("STHostKey") is None
    assert f"{review['client']} asks to commit" in remote.peer.lines()
    remote.peer.send(type="confirm", words=review["words"])
    assert remote.peer.wait_for("done") == {"type": "done", "exit": 0, "text": ""}
    assert laptop.wait() == 0 and laptop.result["fingerprint"] == review["fingerprint"]
    assert store.host_key()[1] == review["fingerprint"]
    remote.peer.send(type="leave")
    assert remote.wait() == 0
    assert remote.is_as_before() and "the laptop has left" in remote.err.text


def test_other_words_confirm_nothing(console, store, local):
    remote = console()
    remote.peer.send(type="confirm", words="bocil dufen")
    listening = start_run(remote, store)
    laptop = provision(local, listening)
    review = remote.peer.wait_for("review")
    for words in ["bocil dufen", "", "yes", f"{review['words']}\n"]:
        remote.peer.send(type="confirm", words=words)
    # The witness: what comes after them.
    remote.peer.send(type="abort")
    done = remote.peer.wait_for("done")
    assert (done["exit"], done["text"]) == (1, "interrupted: nothing was written")
    assert remote.peer.lines().count("not confirmed: these are not the words") == 5
    assert store.read("STHostKey") is None and laptop.wait() == 1


def test_only_the_network_can_be_set_up(console, store):
    remote = console()
    store.write("STHostKey", b"key")
    before = store.snapshot()
    for number, argv in enumerate((["clear", "-y", *store.options], ["run"], [""], []), 1):
        if argv:
            remote.peer.send(type="setup", argv=argv)
            told = remote.peer.wait_for("addresses", number)
            assert told["exit"] == 2 and "one of static, dhcp" in told["text"], told
    assert store.snapshot() == before


def test_checks_are_those_of_the_commands(console, store):
    remote = console()
    remote.peer.send(type="setup", argv=["static", "-i", "192.0.2.300/24", *store.options])
    told = remote.peer.wait_for("addresses")
    assert told["exit"] == 2 and "192.0.2.300" in told["text"]
    remote.peer.send(type="run", argv=["-p", "0"])
    done = remote.peer.wait_for("done")
    assert done["exit"] == 2 and "-p" in done["text"]
    remote.peer.send(type="run", argv=["--compat", *store.options])
    assert "exclude each other" in remote.peer.wait_for("done", 2)["text"]


def test_a_second_command_waits_for_nothing(console, store):
    remote = console()
    start_run(remote, store)
    remote.peer.send(type="run", argv=store.options)
    remote.peer.until(lambda: "busy: a command is under way" in remote.peer.lines(), "refusal")


def test_bad_messages_are_told_and_change_nothing(console):
    remote = console()
    remote.peer.send(type="format")
    remote.peer.send(type="run")
    remote.peer.send(type="run", argv=[1])
    remote.peer.send(no="type")
    remote.peer.until(lambda: remote.peer.lines().count("a message of the laptop: ") == 4, "four")
    assert remote.running


@pytest.mark.parametrize("how", ["ctrl+c", "SIGTERM", "SIGHUP", "SIGINT"])
@pytest.mark.parametrize("running", [False, True])
def test_every_way_out_restores_the_terminal(console, store, how, running):
    remote = console()
    if running:
        start_run(remote, store)
    if how == "ctrl+c":
        remote.peer.put(b"\x03\x03\x03")
    else:
        remote.signal(getattr(signal, how))
    code = remote.wait()
    assert code == 1 or code == -getattr(signal, how)
    assert remote.is_as_before() and "interrupted" in remote.err.text
    assert store.read("STHostKey") is None


def test_two_ctrl_c_and_a_frame_are_not_three(console):
    remote = console()
    remote.peer.put(b"\x03\x03")
    remote.peer.send(type="ping")
    remote.peer.put(b"\x03")
    remote.peer.send(type="ping")
    assert remote.running


@pytest.mark.parametrize("running", [False, True])
def test_silent_laptop_is_left(console, store, running):
    remote = console("-w", "2s")
    if running:
        start_run(remote, store)
    assert remote.wait() == 1
    assert "the laptop is silent" in remote.err.text and remote.is_as_before()


def test_without_an_answer_to_hello_it_says_so(started):
    remote = started(consoles.Console("-w", "1s"))
    while remote.running:
        time.sleep(0.05)
    remote.err.thread.join(v0.PATIENCE)
    assert "the laptop is silent" in remote.err.text and remote.is_as_before()


def test_another_laptop_begins_again_once_the_first_is_silent(console):
    remote = console()
    remote.peer.send(type="ping")
    remote.peer.put(consoles.CALL)
    remote.peer.until(lambda: b"stprov: busy: a laptop drives" in remote.peer.outside, "busy")

    def call():
        peer.put(consoles.CALL)
        peer.turn(0.5)
        return peer.messages
    peer = consoles.Peer(remote.master, consoles.LAPTOP)
    harness.eventually(call, what="hello for the second")
    assert peer.messages[0]["type"] == "hello"
    peer.send(type="leave")
    assert remote.wait() == 0


def test_killed_it_leaves_no_child_that_could_write(console, store, local):
    remote = console()
    listening = start_run(remote, store)
    laptop = provision(local, listening)
    remote.peer.wait_for("review")
    children = remote.children()
    assert len(children) == 1
    remote.process.kill()
    harness.eventually(lambda: all(harness.is_gone(pid) for pid in children), what="its end")
    assert laptop.wait() == 1 and store.read("STHostKey") is None


def test_closed_console_ends_it(console, store):
    remote = console()
    start_run(remote, store)
    children = remote.children()
    os.close(remote.slave)
    os.close(remote.master)
    remote.process.wait(v0.PATIENCE)
    remote.master = None
    remote.slave = os.open("/dev/null", os.O_RDONLY)
    assert all(harness.is_gone(pid) for pid in children)
    assert store.read("STHostKey") is None
