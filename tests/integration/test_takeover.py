# SPDX-License-Identifier: BSD-2-Clause
"""Attacks of a session that was taken over on its monitor (docs/privsep.md), in every phase."""
import contextlib
import os
import re
import signal

import pytest

import harness
import puppet
import v0
import v1

CODE = "bocil-dufen"
WIDTH = 80
# As in docs/privsep.md: request -> phases in which it is permitted.
STRANGER = {"ready", "guessing", "opening", "queued", "attempt"}
CLIENT = {"authenticated", "opened"}
PERMITTED = {"READY": {"starting"}, "FAILED": {"starting"}, "LOG": STRANGER | CLIENT | {"waiting"},
             "SPEAKS": {"ready"}, "AUTHENTICATE": {"guessing", "authenticated"},
             "HELLO": {"opening"}, "ATTEMPT": {"opening"}, "OPENED": {"attempt"},
             "NOT_OPENED": {"attempt"}, "ADD_DATA": CLIENT, "SETUP_MODE": CLIENT, "BLOB": CLIENT,
             "SECURE_BOOT": CLIENT, "BOOT_LOG": CLIENT, "COMMIT": CLIENT,
             "SEAL": {"opened"}, "ATTEST": {"opened"}, "ATTEST_MORE": {"opened"},
             "PROVE": {"opened"}, "PREPARE": {"opened"}, "FILE": {"opened"},
             "CERTIFICATE": {"opened"}, "LEFT": {"waiting", "opened"}}
# Not `starting`: the session has no connection then. tests/unit/test_monitor.c has that phase.
PHASES = ["ready", "guessing", "authenticated", "opening", "queued", "attempt", "opened", "waiting"]
FAILED = r"failed attempt (\d+) of 10"


@pytest.fixture(name="remote")
def fixture_remote(platform):
    remote = platform(program=harness.PUPPET)
    remote.err.wait_for("warning: with --compat .*\n")  # the last line before clients come
    return remote


@contextlib.contextmanager
def in_phase(remote, phase):
    """A puppet in that phase, and the clients needed to get there."""
    with contextlib.ExitStack() as stack:
        if phase == "queued":
            stack.enter_context(puppet.Puppet(remote, "attempt"))
            taken = stack.enter_context(puppet.Puppet(remote, "opening"))
            taken.send("ATTEMPT")
        elif phase == "waiting":
            taken = stack.enter_context(puppet.Puppet(remote, "data"))
            taken.send("COMMIT")
            remote.wait_for_question()
        else:
            taken = stack.enter_context(puppet.Puppet(remote, phase))
        yield taken


def still_works(remote, store):
    """Nothing was written; the next question is asked, and is about the next client."""
    assert store.names() == [store.file("STHostName").name]
    with puppet.Puppet(remote, "data", words=b"\1\2\3\4") as other:
        other.send("COMMIT")
        remote.err.wait_for(re.escape(f"{other.peer} asks to commit\n") + "(?s:.*)" +
                            re.escape(f"comparison words: {v1.words(other.words)}\n"))
        remote.signal(signal.SIGTERM)
        kind, payload = other.receive()
        assert (kind, payload[0]) == ("ANSWER", 3)
    assert remote.wait() == 1
    assert store.names() == [store.file("STHostName").name]


# The table ----------------------------------------------------------------------------------

@pytest.mark.parametrize("phase", PHASES)
def test_request_that_is_not_for_now_ends_the_session(platform, store, phase):
    remote = platform(program=harness.PUPPET)
    for number, name in sorted((number, name) for name, number in puppet.TYPES.items()):
        if phase in PERMITTED.get(name, ()):
            continue
        with in_phase(remote, phase) as taken:
            taken.send(name, puppet.REQUESTS.get(name, b"\0" * 8))
            assert taken.ended()
            remote.err.wait_for(re.escape(taken.peer) + ": the session made a request that is not"
                                rf" permitted \(type {number}\)")
        if phase in ("queued", "attempt"):  # or the ten are used up
            remote.signal(signal.SIGTERM)
            remote.wait()
            remote = platform(program=harness.PUPPET)
    still_works(remote, store)


@pytest.mark.parametrize("number", [0, 2, 5, 15, 39, 99, 255])
def test_request_that_is_none_ends_the_session(remote, store, number):
    with puppet.Puppet(remote, "opened") as taken:
        taken.send(number)
        assert taken.ended()
        remote.err.wait_for(rf"not permitted \(type {number}\)")
    still_works(remote, store)


MALFORMED = [
    ("opened", "SEAL", b""), ("opened", "SEAL", bytes(99)), ("opened", "SEAL", bytes(101)),
    ("opened", "SEAL", b"\1" + bytes(99)), ("opened", "PROVE", b""),
    ("opened", "PROVE", puppet.prove() + b"\0"), ("opened", "PROVE", puppet.prove()[:-1]),
    ("opened", "PROVE", puppet.prove(credential=67)),
    ("opened", "PROVE", puppet.prove(credential=105)),
    ("opened", "PROVE", puppet.prove(secret=67)), ("opened", "PROVE", puppet.prove(secret=257)),
    ("ready", "SPEAKS", b""), ("ready", "SPEAKS", b"\2"), ("ready", "SPEAKS", b"\1\1"),
    ("attempt", "OPENED", b""), ("attempt", "OPENED", bytes(3)), ("attempt", "OPENED", bytes(5)),
    ("attempt", "NOT_OPENED", b""), ("attempt", "NOT_OPENED", bytes(2)),
    ("opened", "ADD_DATA", b""), ("opened", "ADD_DATA", bytes(39)),
    ("opened", "ADD_DATA", bytes(41)),
    ("opened", "ADD_DATA", bytes(32) + b"\xff" * 8), ("opened", "BLOB", b""),
    ("opened", "BLOB", b"\0"), ("opened", "BLOB", b"\4x"), ("opened", "BLOB", b"\0" * 65538),
    ("opened", "COMMIT", puppet.commit(keep=2)), ("opened", "COMMIT", puppet.commit(sealed=2)),
    ("opened", "COMMIT", puppet.commit(count=17)), ("opened", "COMMIT", puppet.commit() + b"\0"),
    ("opened", "COMMIT", puppet.commit(files=[(b"a", b"0" * 8)], count=0)),
    ("opened", "COMMIT", puppet.commit(certificate=b"0" * 9)),
    ("opened", "COMMIT", puppet.commit(keys=(b"0" * 65, b"", b"", b""))),
    ("opened", "FILE", b""), ("opened", "FILE", puppet.file(name=b"A")),
    ("opened", "FILE", puppet.file(name=b"a" * 41)), ("opened", "FILE", puppet.file(name=b"")),
    ("opened", "FILE", puppet.file(name=b"a\0b")), ("opened", "FILE", puppet.file(mac=b"")),
    ("opened", "FILE", puppet.file(name=b"passwd.hashed-password.root")),
    ("opened", "FILE", puppet.file(mac=b"0" * 9)), ("opened", "FILE", puppet.file(data=b"")),
    ("opened", "FILE", puppet.file(data=bytes(4097))), ("opened", "FILE", puppet.file(keys=1)),
    # Who may log in as root is not left out.
    ("opened", "FILE", puppet.file(name=b"ssh.authorized_keys.root")),
    ("opened", "FILE", puppet.file(name=b"ssh.authorized_keys.root", keys=2, prints=[b"one"])),
    ("opened", "CERTIFICATE", b""), ("opened", "CERTIFICATE", puppet.certificate(line=b"")),
    ("opened", "CERTIFICATE", puppet.certificate(line=b"x" * 4097)),
    ("opened", "CERTIFICATE", puppet.certificate(mac=b"")),
    ("opened", "CERTIFICATE", puppet.certificate(principals=b"")),
    ("opened", "CERTIFICATE", puppet.certificate(principals=b"x" * 768)),
    ("opened", "SECURE_BOOT", bytes(6)), ("opened", "SECURE_BOOT", b""),
    ("keys", "SECURE_BOOT", b"\2" + bytes(5)), ("keys", "SECURE_BOOT", b"\0\2" + bytes(4)),
    ("keys", "SECURE_BOOT", bytes(5) + b"\3"), ("keys", "SECURE_BOOT", bytes(5)),
    ("keys", "SECURE_BOOT", bytes(7))]


@pytest.mark.parametrize("phase,kind,payload", MALFORMED,
                         ids=[f"{kind}-{len(payload)}-{n}" for n, (_, kind, payload) in
                              enumerate(MALFORMED)])
def test_malformed_request_ends_the_session(remote, store, phase, kind, payload):
    with puppet.Puppet(remote, phase) as taken:
        taken.send(kind, payload)
        assert taken.ended()
        remote.err.wait_for(re.escape(taken.peer) + ": the session ")
    still_works(remote, store)


# Secrets and protocols ----------------------------------------------------------------------

def test_session_of_one_protocol_gets_nothing_by_the_other(remote, store):
    """v0.0.1 has a large parser before the password; it does not bypass the attempts of v1."""
    for kind in ("HELLO", "ATTEMPT", "OPENED"):
        with puppet.Puppet(remote, "guessing") as taken:
            taken.send(kind, puppet.REQUESTS[kind])
            assert taken.ended()
    with puppet.Puppet(remote, "opening") as taken:
        taken.send("AUTHENTICATE", taken.credentials)
        assert taken.ended()
    with puppet.Puppet(remote, "guessing") as taken:
        taken.send("SPEAKS", puppet.V1)
        assert taken.ended()
    still_works(remote, store)


def test_session_without_compat_has_nothing_of_v0(platform, store):
    remote = platform(program=harness.PUPPET, compat=False)
    with puppet.Puppet(remote, "guessing") as taken:
        assert taken.start.count(bytes(32)) >= 1, "a seed"
        remote.err.wait_for("a client of stprov/v0.0.1")
        taken.send("AUTHENTICATE", taken.credentials)
        assert taken.ended()
    still_works(remote, store)


# Attempts -----------------------------------------------------------------------------------

@pytest.mark.parametrize("how", ["reports it", "dies", "breaks the rules", "is wrong"])
def test_every_attempt_counts_however_it_ends(remote, store, how):
    for number in range(1, 11):
        with puppet.Puppet(remote, "attempt") as taken:
            if how in ("reports it", "is wrong"):
                taken.send("NOT_OPENED", b"\1" if how == "is wrong" else b"\0")
            elif how == "breaks the rules":
                taken.send("COMMIT")
            else:
                taken.close()
            remote.err.wait_for(rf"failed attempt {number} of 10")
    assert remote.wait() == 1
    assert len(remote.log(FAILED)) == 10
    assert store.names() == [store.file("STHostName").name]


def test_one_session_has_no_more_attempts_than_others(remote):
    with puppet.Puppet(remote, "opening") as taken:
        for number in range(1, 11):
            assert puppet.text(taken.ask("ATTEMPT")) == (0, "")
            taken.send("NOT_OPENED", b"\0")
            remote.err.wait_for(rf"failed attempt {number} of 10")
        with contextlib.suppress(v0.Closed):
            assert puppet.text(taken.ask("ATTEMPT"))[0] == 1
    assert remote.wait() == 1


def test_passwords_of_one_session_count_as_those_of_many(remote):
    with puppet.Puppet(remote, "guessing") as taken:
        for number in range(1, 11):
            assert puppet.text(taken.ask("AUTHENTICATE", b"user:%d" % number))[0] == 1
        with contextlib.suppress(v0.Closed):
            taken.ask("AUTHENTICATE", taken.credentials)
            raise AssertionError("an eleventh")
    assert remote.wait() == 1


def test_code_is_shown_a_hundred_times_at_most(remote, store):
    """Each time gives other comparison words: an attacker in the middle would wait for the right
    ones."""
    for number in range(1, 101):
        puppet.Puppet(remote, "opened").close()
        harness.eventually(lambda n=number: len(remote.log("has shown the code")) == n)
    with puppet.Puppet(remote, "opening") as taken:
        assert puppet.text(taken.ask("ATTEMPT"))[0] == 1
    assert remote.wait() == 1
    assert "100 connections have shown the code" in remote.err.text
    assert store.names() == [store.file("STHostName").name]


def test_code_is_shown_no_more_than_that_while_a_question_stands(remote, store):
    with in_phase(remote, "waiting") as asking:
        for _ in range(99):
            puppet.Puppet(remote, "opened").close()
        with puppet.Puppet(remote, "opening") as taken:
            assert puppet.text(taken.ask("ATTEMPT"))[0] == 1
        remote.out.wait_for("Type the comparison words")
        remote.type(v1.words(asking.words) + "\n")
        assert asking.receive()[0] == "COMMITTED"
    assert remote.wait() == 0 and store.read("STHostKey") is not None


# The console --------------------------------------------------------------------------------

def rows(stream, before):
    return stream.text[before:].splitlines()


@pytest.mark.parametrize("phase", ["ready", "opening", "opened"])
def test_line_of_a_session_is_never_taken_for_the_monitor_s(remote, phase):
    """Neither with control characters, nor with lines as wide as the screen."""
    forged = b"comparison words: bocil dufen"
    with in_phase(remote, phase) as taken:
        taken.send("LOG", b"the first one")
        before = remote.err.wait_for("the first one\n").end()
        for line in (b" " * (WIDTH - len(taken.peer) - 2) + forged, b"\n" + forged, b"\r" + forged,
                     b"\x1b[2J\x1b[H" + forged, b"\0" + forged, b"x" * 60000, b"\xff" * 300, b"",
                     b"." * 100 + b" " * 40 + forged):
            taken.send("LOG", line)
        taken.send("LOG", b"the last one")
        remote.err.wait_for("the last one")
        shown = rows(remote.err, before)
        assert len(shown) >= 9
        for row in shown:
            assert row.startswith(taken.peer + ": "), row
            assert len(row) < WIDTH and row.isascii() and row.isprintable(), row


def test_words_of_a_log_line_are_cut_between_words(remote):
    with puppet.Puppet(remote) as taken:
        sentence = " ".join(["word"] * 30)
        taken.send("LOG", sentence.encode())
        taken.send("LOG", b"the last one")
        remote.err.wait_for("the last one")
        shown = [row[len(taken.peer) + 2:] for row in remote.log(re.escape(taken.peer))][:-1]
        assert len(shown) > 1 and " ".join(row.strip() for row in shown) == sentence


@pytest.mark.parametrize("phase", ["ready", "opened"])
def test_lines_of_a_session_have_an_end(remote, store, phase):
    with in_phase(remote, phase) as taken:
        with contextlib.suppress(v0.Closed):
            for _ in range(200):
                taken.send("LOG", b"a line")
        assert taken.ended()
        remote.err.wait_for("logged too many lines")
        assert len(remote.log(": a line")) <= 100
    still_works(remote, store)


FLOODS = [("opening", [("HELLO", b"")]), ("opened", [("ADD_DATA", bytes(40))]),
          ("opened", [("SETUP_MODE", b"")]), ("opened", [("BLOB", b"\0x")]),
          ("opened", [("BOOT_LOG", b"")]), ("data", [("PREPARE", b"")]),
          ("keys", [("SECURE_BOOT", b"\1" + bytes(5))]), ("opened", [("COMMIT", b"")])]


@pytest.mark.parametrize("phase,requests", FLOODS)
def test_requests_of_a_session_have_an_end(remote, store, phase, requests):
    with puppet.Puppet(remote, phase) as taken:
        count = 0
        with contextlib.suppress(v0.Closed):
            while count < 2000:
                for kind, payload in requests:
                    taken.ask(kind, payload)
                    count += 1
        assert 50 < count <= 1024
    remote.err.wait_for("too many requests")
    still_works(remote, store)


def test_session_that_reads_no_answers_does_not_hold_the_monitor(remote, store):
    """Nor can it make the monitor keep data by not reading."""
    with puppet.Puppet(remote, "opening") as taken:
        os.kill(harness.eventually(remote.children)[-1], signal.SIGSTOP)
        with contextlib.suppress(v0.Closed):
            for _ in range(1000):
                taken.send("HELLO")
        still_works(remote, store)


def test_question_is_not_talked_over(remote):
    """Neither by the session that asks, nor by others whose peers know the code."""
    with puppet.Puppet(remote, "data") as other, in_phase(remote, "waiting") as asking:
        before = len(remote.err.text)
        for _ in range(30):
            asking.send("LOG", b"comparison words: bocil dufen")
            other.send("LOG", b"comparison words: bocil dufen")
        for _ in range(30):
            other.ask("ADD_DATA", bytes(40))
        assert puppet.text(other.ask("COMMIT"))[0] == 3
        assert len(rows(remote.err, before)) <= 8, remote.err.text[before:]
        remote.type("n\n")
        assert puppet.text(asking.receive())[0] == 3
    assert remote.wait() == 1
    assert remote.log(r"meanwhile \d+ lines about other connections were not shown")


def test_who_shows_the_code_while_the_question_stands_is_told_some_times(remote):
    """The line is shown, but it does not push the words off the screen."""
    with in_phase(remote, "waiting"):
        before = len(remote.err.text)
        for _ in range(20):
            puppet.Puppet(remote, "opened").close()
        shown = rows(remote.err, before)
        assert 1 <= len(shown) <= 6 and all("has shown the code" in row for row in shown)
        assert len([row for row in shown if "only the words of the question" in row]) == 1


# The decision -------------------------------------------------------------------------------

def stop(remote):
    """Stops it until SIGCONT; events in between arrive at the same moment."""
    remote.signal(signal.SIGSTOP)
    harness.eventually(lambda: harness.status(remote.pid)["State"].startswith("T"))


def handed_over(remote):
    """Waits until the sessions have handed on what they were sent, while the monitor is stopped."""
    harness.eventually(lambda: harness.asleep(remote.children()))


def test_session_withdraws_its_question_once(remote, store):
    """Otherwise it could ask until it gets an Enter that was meant for another client."""
    with in_phase(remote, "waiting") as taken:
        taken.send("LEFT")
        assert taken.ended()
        remote.err.wait_for("left before Enter: nothing was written")
    assert remote.running
    still_works(remote, store)


def test_nothing_that_was_shown_can_be_changed_before_enter(remote, store):
    for kind in ("ADD_DATA", "BLOB", "SECURE_BOOT", "OPENED"):
        with puppet.Puppet(remote, "keys") as taken:
            before = remote.out.text.count("to commit changes")
            taken.send("COMMIT")
            harness.eventually(lambda: remote.out.text.count("to commit changes") > before)
            taken.send(kind, puppet.REQUESTS[kind])
            assert taken.ended()
    assert remote.running and store.names() == [store.file("STHostName").name]


def test_frames_of_the_monitor_s_own_are_no_requests(remote, store):
    with in_phase(remote, "waiting") as taken:
        for kind in ("COMMITTED", "ANSWER", "BOOT_LOG_DATA"):
            with contextlib.suppress(v0.Closed):
                taken.send(kind, bytes(20))
        assert taken.ended()
    assert store.read("STHostKey") is None and remote.running


def test_keys_are_staged_as_a_whole(remote, store):
    """dbx of an earlier request, which the later one does not have, is not written."""
    with puppet.Puppet(remote, "data") as taken:
        for number, blob in enumerate((b"PK 1", b"KEK 1", b"db 1", b"dbx 1")):
            taken.ask("BLOB", bytes([number]) + blob)
        assert puppet.text(taken.ask("SECURE_BOOT", bytes(6)))[0] == 0
        taken.ask("BLOB", b"\0PK 2")
        taken.keys = [b""] * 4
        taken.send("COMMIT")
        remote.wait_for_question()
        assert not remote.log("^  PK"), "a half of the one and a half of the other"
        remote.type("\n")
        assert taken.receive()[0] == "COMMITTED"
    assert remote.wait() == 0
    assert store.read("PK") is None


def test_keys_without_the_shape_of_an_update_are_not_written(remote, store):
    """The session lies about its checks; nothing is asked or written, not even the host key."""
    with puppet.Puppet(remote, "data") as taken:
        for number in range(3):
            taken.ask("BLOB", bytes([number]) + b"no update")
        assert puppet.text(taken.ask("SECURE_BOOT", bytes(6)))[0] == 0
        result, why = puppet.text(taken.ask("COMMIT"))
        assert result and "cannot write PK: a signed update without a value" in why
        assert store.names() == [store.file("STHostName").name]
    still_works(remote, store)


def test_enter_is_not_waited_for_when_the_question_it_was_for_is_gone(platform, store):
    """All in one moment: Enter, its client's leaving, the next one's commit."""
    remote = platform(program=harness.PUPPET, compat=False, password=CODE)
    with in_phase(remote, "waiting") as first, puppet.Puppet(remote, "data") as second:
        stop(remote)
        first.send("LEFT")
        second.send("COMMIT")
        remote.echoed("\n")
        handed_over(remote)
        remote.signal(signal.SIGCONT)
        remote.err.wait_for(re.escape(second.peer) + " asks to commit")
        remote.out.wait_for("Type the comparison words")
        harness.wait_until_idle(remote)
        assert store.read("STHostKey") is None
        remote.signal(signal.SIGTERM)
        assert puppet.text(second.receive())[0] == 3
    assert remote.wait() == 1


def test_enter_in_the_moment_in_which_another_one_opens_does_not_count(platform, store):
    """It may be meant for the laptop on which words were just typed."""
    remote = platform(program=harness.PUPPET, compat=False, password=CODE)
    with in_phase(remote, "waiting") as first, puppet.Puppet(remote, "attempt") as second:
        stop(remote)
        second.send("OPENED", second.words)
        remote.echoed("\n")
        handed_over(remote)
        remote.signal(signal.SIGCONT)
        remote.out.wait_for("Type the comparison words")
        harness.wait_until_idle(remote)
        assert store.read("STHostKey") is None
        remote.type("n\n")
        assert puppet.text(first.receive())[0] == 3
    assert remote.wait() == 1


def test_client_that_left_when_all_was_written_is_said_to_know_nothing(remote, store):
    with in_phase(remote, "waiting") as taken:
        remote.type("\n")
        assert taken.receive()[0] == "COMMITTED"
        taken.send("LEFT")
        assert taken.ended()
    assert remote.wait() == 0 and store.read("STHostKey") is not None
    assert remote.log("the client left before it received the answer")


def test_client_that_left_in_the_moment_of_enter_has_nothing_written(remote, store):
    with in_phase(remote, "waiting") as taken:
        stop(remote)
        taken.send("LEFT")
        remote.echoed("\n")
        handed_over(remote)
        remote.signal(signal.SIGCONT)
        remote.err.wait_for("left before Enter: nothing was written")
    still_works(remote, store)
