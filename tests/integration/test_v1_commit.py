# SPDX-License-Identifier: BSD-2-Clause
"""stprov/v1's commit in two phases: the question, the answers, and no partial writes."""
import base64
import contextlib
import hashlib
import json
import math
import os
import re
import signal
import threading

import pytest

import harness
import v0
import v1

CODE = "bocil-dufen"
NOTHING = "nothing was written"
# Another connection has shown the code.
AGAIN = "Type the comparison words. Press Enter to commit changes, ctrl+c to abort"


@pytest.fixture(name="remote")
def fixture_remote(platform):
    return platform(compat=False, password=CODE)


def asking(remote, **keys):
    """A client whose commit waits for the operator."""
    client = remote.client_v1()
    assert client.add_data().status == 200
    if keys:
        assert client.add_secure_boot(**keys).status == 200
    client.received = harness.received(client.sock)
    client.ask_commit()
    remote.wait_for_question()
    return client


def sentence(response):
    assert list(response.json) == ["error"]
    assert response.headers["content-type"] == "application/json"
    return response.json["error"]


# Only after Enter, and only what is stored ----------------------------------------------------

def test_client_has_its_answer_after_everything_was_written(remote, store, auth):
    with asking(remote, **auth) as client:
        harness.wait_until_idle(remote)
        assert harness.received(client.sock) == client.received, "an answer before Enter"
        assert store.names() == [store.file("STHostName").name]
        remote.type("\n")
        answer = client.receive()
        assert answer.status == 200
        assert store.host_key() == (answer.json["publickey"], answer.json["fingerprint"])
        for name, key in (("PK", "pk"), ("KEK", "kek"), ("db", "db"), ("dbx", "dbx")):
            assert store.read(name) == (harness.ATTRIBUTES_AUTHENTICATED, auth[key])
        assert store.read("OsIndications") == (harness.ATTRIBUTES, b"\1" + bytes(7))
    assert remote.wait() == 0


def test_staged_keys_are_answered_with_their_hashes(remote, store, auth):
    with remote.client_v1() as client:
        answer = client.add_secure_boot(**auth)
        assert answer.status == 200
        assert answer.json == {"staged": [
            {"variable": name, "sha256": hashlib.sha256(auth[key]).hexdigest()}
            for name, key in (("PK", "pk"), ("KEK", "kek"), ("db", "db"), ("dbx", "dbx"))]}
        assert store.names() == [store.file("STHostName").name], "written before the commit"


def test_keys_that_are_sent_again_replace_all_of_the_earlier_ones(remote, store, auth):
    """Also a key that is not sent again: the answer lists exactly the staged keys."""
    with remote.client_v1() as client:
        client.add_data()
        client.add_secure_boot(**auth)
        answer = client.add_secure_boot(**{**auth, "dbx": None})
        assert [item["variable"] for item in answer.json["staged"]] == ["PK", "KEK", "db"]
        client.ask_commit()
        remote.wait_for_question()
        assert not remote.log("^  dbx")
        remote.type("\n")
        assert client.receive().status == 200
    assert remote.wait() == 0
    assert store.read("db") and store.read("dbx") is None


def test_keys_are_refused_before_anything_is_staged(remote, store, auth):
    store.write("SetupMode", b"\0", attributes=6)
    with remote.client_v1() as client:
        client.add_data()
        answer = client.add_secure_boot(**auth)
        assert answer.status == 403 and "Setup Mode" in sentence(answer)
        malformed = client.add_secure_boot(**{**auth, "kek": b"no descriptor"})
        assert malformed.status in (400, 403)
        # The host key alone may still be committed; the review names nothing else.
        client.ask_commit()
        remote.press()
        assert client.receive().status == 200
    assert remote.wait() == 0
    assert store.read("PK") is None and "OsIndications" not in remote.err.text


def test_setup_mode_is_looked_at_again_after_enter(remote, store, auth):
    with asking(remote, **auth) as client:
        store.write("SetupMode", b"\0", attributes=6)
        before = store.snapshot()
        remote.type("\n")
        answer = client.receive()
        assert answer.status == 500 and "Setup Mode" in sentence(answer)
        assert remote.wait() == 1
        assert sentence(answer) in remote.err.text
    assert store.snapshot() == before


def test_a_host_name_that_changes_is_asked_about_again_and_answered(remote, store):
    store.write("STHostName", b"early.example.org")
    with asking(remote) as client:
        assert "host name: early.example.org\n" in remote.err.text
        store.write("STHostName", b"late.example.org")
        remote.type("\n")
        remote.err.wait_for("host name: late.example.org\n")
        harness.eventually(lambda: remote.out.text.count(harness.QUESTION) == 2)
        assert store.read("STHostKey") is None
        remote.type("\n")
        answer = client.receive()
        assert answer.status == 200 and answer.json["hostname"] == "late.example.org"
    assert remote.wait() == 0


def test_a_host_key_that_appears_is_asked_about_again(remote, store):
    with asking(remote) as client:
        assert "will replace" not in remote.err.text
        store.write("STHostKey", b"another program's")
        remote.type("\n")
        remote.err.wait_for("will replace STHostKey, which is damaged .*, by SHA256:")
        harness.eventually(lambda: remote.out.text.count(harness.QUESTION) == 2)
        assert store.read("STHostKey")[1] == b"another program's"
        remote.type("no\n")
        assert client.receive().status == 409
    assert remote.wait() == 1
    assert store.read("STHostKey")[1] == b"another program's"


def test_the_review_names_the_host_key_that_is_replaced(platform, store):
    first = platform()
    old = first.provision()["fingerprint"]
    first.finish()
    second = platform()
    second.provision()
    second.wait_for_question()
    assert f"will replace STHostKey {old} by SHA256:" in second.err.text
    second.finish()
    assert store.host_key()[1] != old


def test_an_answered_client_of_v0_gets_no_other_host_name(platform, store):
    remote = platform()
    remote.provision()
    remote.wait_for_question()
    store.write("STHostName", b"late.example.org")
    remote.type("\n")
    assert remote.wait() == 1
    assert "the host name was changed to late.example.org" in remote.err.text
    assert NOTHING in remote.err.text and store.read("STHostKey") is None


def test_entropy_comes_first(remote):
    with remote.client_v1() as client:
        answer = client.commit()
        assert answer.status == 409 and "entropy" in sentence(answer)
        client.add_data()
        client.ask_commit()
        remote.press()
        assert client.receive().status == 200


def test_what_was_typed_before_the_question_does_not_count(remote, store):
    """It would confirm; the later answer, which aborts, is the one that counts."""
    remote.echoed("\n\nyes\n")
    with asking(remote) as client:
        remote.type("no\n")
        assert client.receive().status == 409
    assert remote.wait() == 1 and store.read("STHostKey") is None


@harness.needs_root
def test_question_waits_until_what_it_is_about_is_on_the_console(platform, store):
    """A terminal that is stopped (ctrl+s) for longer than the monitor waits for it."""
    remote = platform(compat=False, password=CODE, console="terminal")
    remote.type(b"\x13")
    with remote.client_v1() as client:
        client.add_data()
        client.ask_commit()
        # The review's wait for the terminal is over when a poll of it may last without end.
        harness.eventually(lambda: harness.poll_ms(remote.pid) == math.inf)
        remote.type("\n")  # at a screen without a question
        remote.type(b"\x11")
        remote.wait_for_question()
        before = remote.out.text.split(harness.QUESTION)[0]
        assert f"comparison words: {client.words}\n" in before and "  STHostKey" in before
        harness.wait_until_idle(remote)
        assert store.read("STHostKey") is None
        remote.type("\n")
        assert client.receive().status == 200
    assert remote.wait() == 0


@harness.needs_root
def test_operator_interrupts_while_the_console_is_stopped(platform, store):
    remote = platform(compat=False, password=CODE, console="terminal")
    remote.type(b"\x13")
    with remote.client_v1() as client:
        client.add_data()
        client.ask_commit()
        # The session waits for the decision, without a deadline; its request is with the monitor.
        harness.eventually(lambda: list(map(harness.poll_ms, remote.children())) == [math.inf])
        harness.wait_until_idle(remote)
        remote.signal(signal.SIGTERM)
        answer = client.receive()
        assert answer.status == 409 and NOTHING in sentence(answer)
        remote.type(b"\x11")
        assert remote.wait() == 1
    assert harness.QUESTION not in remote.out.text and store.read("STHostKey") is None


def test_question_waits_without_end(platform, local, store, outwait):
    remote = platform(compat=False, password=CODE)
    laptop = local(remote.address, password=CODE, compat=False)
    remote.wait_for_question()
    outwait()
    harness.wait_until_idle(remote, laptop)
    remote.type("\n")
    assert laptop.wait() == 0, laptop.err.text
    assert store.host_key()[1] == laptop.result["fingerprint"]


# Abort at every step ----------------------------------------------------------------------------

@pytest.mark.parametrize("answer", ["n\n", "no\n", " NO \n", b"\x03", b"\x04", signal.SIGTERM,
                                    signal.SIGHUP])
def test_operator_aborts_and_both_sides_say_the_same(remote, local, store, answer):
    before = store.snapshot()
    laptop = local(remote.address, password=CODE, compat=False)
    remote.wait_for_question()
    if isinstance(answer, signal.Signals):
        remote.signal(answer)
    else:
        remote.type(answer)
    assert remote.wait() == 1 and laptop.wait() == 1
    assert store.snapshot() == before
    said = re.search(r"stprov remote run: (.*)\n", remote.err.text)[1]
    assert NOTHING in said and said in laptop.err.text
    assert laptop.out.text == ""


def test_abort_is_answered_with_409(remote):
    with asking(remote) as client:
        remote.type("n\n")
        answer = client.receive()
        assert answer.status == 409 and NOTHING in sentence(answer)
    assert remote.wait() == 1


STEPS = ["connected", "status", "answered", "confirmed", "tls", "data", "keys", "asking"]


def go_to(remote, step, auth):
    client = remote.client_v1(upto={"connected": 0, "status": 2, "answered": 4,
                                    "confirmed": 5}.get(step, 6))
    if step in ("data", "keys", "asking"):
        client.add_data()
    if step in ("keys", "asking"):
        client.add_secure_boot(**auth)
    if step == "asking":
        client.ask_commit()
        remote.wait_for_question()
    return client


@pytest.mark.parametrize("step", STEPS)
def test_operator_interrupts_at_every_step(remote, store, auth, step):
    before = store.snapshot()
    with go_to(remote, step, auth) as client:
        remote.type(b"\x03")
        assert remote.wait() == 1
        if step == "asking":
            assert client.receive().status == 409
        assert client.closed()
    assert NOTHING in remote.err.text and store.snapshot() == before


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize("step", STEPS)
def test_client_is_lost_at_every_step_and_the_next_one_gets_through(remote, local, store, auth,
                                                                    step,
                                                                    how):
    before = store.snapshot()
    client = go_to(remote, step, auth)
    getattr(client, how)()
    if step == "asking":
        remote.err.wait_for("left before Enter: nothing was written")
    assert store.snapshot() == before
    laptop = local(remote.address, password=CODE, compat=False)
    if step == "asking":
        remote.out.wait_for(re.escape(AGAIN))
    remote.press()
    assert laptop.wait() == 0, laptop.err.text
    assert remote.wait() == 0
    assert store.host_key()[1] == laptop.result["fingerprint"]
    assert store.read("PK") is None, "the lost client's keys were written"


@harness.needs_root
def test_laptop_that_loses_the_platform_is_told_where_the_outcome_stands(remote, local):
    """The client has no answer, so it cannot know the result."""
    laptop = local(remote.address, password=CODE, compat=False)
    remote.wait_for_question()
    os.kill(harness.eventually(remote.children)[0], 9)
    assert laptop.wait() == 1 and laptop.out.text == ""
    assert "the platform's console says whether it was stored" in laptop.err.text


def test_laptop_interrupted_while_it_waits(remote, local, store):
    before = store.snapshot()
    laptop = local(remote.address, password=CODE, compat=False)
    remote.wait_for_question()
    laptop.signal(signal.SIGINT)
    assert laptop.wait() != 0
    remote.err.wait_for("left before Enter: nothing was written")
    remote.echoed("\n")
    harness.wait_until_idle(remote)
    assert store.snapshot() == before, "Enter without a question did something"


def test_enter_that_is_late_does_not_confirm_another_client_s_commit(remote, store):
    """The first client goes, another one asks at once, and the operator's Enter was for the
    first."""
    before = store.snapshot()
    first = asking(remote)
    with remote.client_v1() as second:
        second.add_data()
        first.close()
        remote.err.wait_for("left before Enter")
        second.ask_commit()
        # Once for the first question, since the second client opened, and once for its own.
        harness.eventually(lambda: remote.out.text.count(AGAIN) == 2)
        remote.type("\n")
        remote.out.wait_for("type the two comparison words to confirm")
        assert store.snapshot() == before
        remote.type("n\n")
        assert second.receive().status == 409
    assert remote.wait() == 1 and store.snapshot() == before


def test_client_that_speaks_while_it_waits_is_gone(remote, store):
    with asking(remote) as client:
        client.send(client.request("POST", "commit", b"{}"))
        remote.err.wait_for("left before Enter")
    assert store.read("STHostKey") is None and remote.running


@harness.needs_root
def test_session_that_dies_while_it_waits(remote, store, local):
    with asking(remote):
        os.kill(harness.eventually(remote.children)[0], 9)
        remote.err.wait_for("left before Enter: nothing was written")
    laptop = local(remote.address, password=CODE, compat=False)
    remote.out.wait_for(re.escape(AGAIN))
    remote.press()
    assert laptop.wait() == 0, laptop.err.text


# Two at once ------------------------------------------------------------------------------------

def test_others_get_409_while_the_question_stands_and_after_it(remote, store):
    with asking(remote) as first, remote.client_v1() as second:
        assert second.add_data().status == 200
        answer = second.commit()
        assert answer.status == 409 and "another client" in sentence(answer)
        assert second.commit().status == 409
        remote.out.wait_for(re.escape(AGAIN))
        remote.press()
        answer = first.receive()
        assert answer.status == 200
        assert store.host_key()[1] == answer.json["fingerprint"]
    assert remote.wait() == 0


def test_entropy_and_keys_belong_to_their_connection(remote, store, auth):
    with remote.client_v1() as one, remote.client_v1() as other:
        one.add_data()
        one.add_secure_boot(**auth)
        assert other.commit().status == 409, "it has no entropy of its own"
        other.add_data()
        other.ask_commit()
        remote.wait_for_question()
        review = remote.err.wait_for(r"(?s)asks to commit.*comparison words: .*?\n")[0]
        assert f"comparison words: {other.words}\n" in review and one.words not in review
        assert not remote.log("^  PK")
        remote.press()
        assert other.receive().status == 200
    assert store.read("PK") is None


@pytest.mark.parametrize("order", ["aabb", "abab", "abba", "baab"])
def test_first_commit_is_asked_about_in_every_order(remote, store, order):
    """a: first client, b: second; first letter adds data, second commits."""
    with remote.client_v1() as a, remote.client_v1() as b:
        clients = {"a": a, "b": b}
        asked = None
        seen = set()
        for letter in order:
            client = clients[letter]
            if letter not in seen:
                seen.add(letter)
                assert client.add_data().status == 200
            elif asked is None:
                asked = client
                client.ask_commit()
                remote.wait_for_question()
            else:
                assert client.commit().status == 409
        remote.press()
        answer = asked.receive()
        assert answer.status == 200 and store.host_key()[1] == answer.json["fingerprint"]
    assert remote.wait() == 0


def orders(a, b):
    """Every order of the steps of two clients; a's step is the first one."""
    if not a or not b:
        return [a + b]
    return [a[0] + rest for rest in orders(a[1:], b)] + [b[0] + rest for rest in orders(a, b[1:])]


@pytest.mark.parametrize("order", [o for o in orders("aaaa", "bbbb") if o[0] == "a"])
def test_two_clients_in_every_order(remote, store, order):
    """Of opening, TLS, entropy and commit: the first commit is stored, the other has 409."""
    clients, done, asked, answers = {}, {"a": 0, "b": 0}, None, {}
    with contextlib.ExitStack() as stack:
        for letter in order:
            step = done[letter]
            done[letter] += 1
            if step == 0:
                clients[letter] = stack.enter_context(remote.client_v1(upto=5))
                continue
            client = clients[letter]
            if step == 1:
                client.start_tls()
            elif step == 2:
                assert client.add_data().status == 200
            elif asked:
                answers[letter] = client.commit().status
            else:
                asked = letter
                client.ask_commit()
                remote.wait_for_question()
        remote.err.wait_for(r"(?s)asks to commit.*"
                            rf"comparison words: {clients[asked].words}\n")
        remote.out.wait_for(re.escape(AGAIN))
        remote.press()
        answer = clients[asked].receive()
    assert asked == "ab"[order.rindex("a") > order.rindex("b")]
    assert answer.status == 200 and answers == {"ba"[asked == "b"]: 409}
    assert store.host_key()[1] == answer.json["fingerprint"]
    assert remote.wait() == 0 and "failed attempt" not in remote.err.text


def test_commits_in_the_same_moment(remote, store):
    clients = [remote.client_v1() for _ in range(6)]
    for client in clients:
        client.add_data()
    answers = {}

    def commit(client):
        with contextlib.suppress(v0.Closed):
            answers[client] = client.commit()
    threads = [threading.Thread(target=commit, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    harness.eventually(lambda: len(answers) == 5)
    remote.press()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers.values()) == [200] + [409] * 5
    good = [answer for answer in answers.values() if answer.status == 200][0]
    assert store.host_key()[1] == good.json["fingerprint"]
    for client in clients:
        client.close()


def test_strangers_do_not_push_the_question_away(platform):
    remote = platform(compat=False, password=CODE)
    with asking(remote) as client:
        before = remote.err.text
        for _ in range(50):
            with contextlib.suppress(OSError), remote.client_v1(source="127.0.0.2", upto=0):
                pass
            with remote.client_v1(upto=0) as stranger:
                stranger.send(b"GET / HTTP/1.1\r\n\r\n")
                assert stranger.closed()
        # Its message 2 comes after all that the strangers' sessions had to log.
        with remote.client_v1(upto=2):
            assert remote.err.text == before
            remote.type("\n")
            assert client.receive().status == 200
    remote.err.wait_for(r"meanwhile 100 lines about other connections were not shown")


@pytest.mark.parametrize("first", ["old", "new"])
def test_old_and_new_clients_do_not_mix(platform, store, first):
    remote = platform(compat=True)
    with remote.client() as old, remote.client_v1() as new:
        old.add_data()
        new.add_data()
        if first == "old":
            answer = old.commit()
            assert answer.status == 200
            assert new.commit().status == 409
            remote.press()
        else:
            new.ask_commit()
            remote.wait_for_question()
            assert old.commit().status == 409
            assert old.add_data().status == 409
            remote.press()
            answer = new.receive()
        assert remote.wait() == 0, remote.err.text
    assert store.host_key()[1] == answer.json["fingerprint"]


def test_old_and_new_entropy_do_not_mix(platform):
    remote = platform(compat=True)
    with remote.client_v1() as new, remote.client() as old:
        new.add_data()
        assert old.commit().status == 409, "it has no entropy of its own"
        old.add_data()
    with remote.client_v1() as new:
        assert new.commit().status == 409, "nor has this one"


def test_old_client_s_entropy_outlives_a_withdrawn_question(platform, store):
    remote = platform(compat=True)
    with remote.client() as old:
        old.add_data(bytes(32))
        asking(remote).close()
        remote.err.wait_for("left before Enter")
        answer = old.commit()
        assert answer.status == 200
    remote.out.wait_for("Type yes and press Enter to commit changes")
    remote.type("yes\n")
    assert remote.wait() == 0
    assert store.host_key()[1] == answer.json["fingerprint"]


# Writes that fail ---------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["STHostKey", "PK", "KEK", "db", "dbx"])
def test_write_failure_at_every_step_puts_back_and_both_say_the_same(remote, local, store, auth,
                                                                     tmp_path, name):
    """A directory with the variable's name: it cannot be replaced or renamed over."""
    arguments = []
    for key, data in auth.items():
        (tmp_path / key).write_bytes(data)
        arguments += [f"--{key}", str(tmp_path / key)]
    store.write("STHostKey", b"an older key")
    store.write("KEK", b"an older KEK", harness.ATTRIBUTES_AUTHENTICATED)
    laptop = local(remote.address, password=CODE, compat=False, arguments=arguments)
    remote.wait_for_question()
    with contextlib.suppress(FileNotFoundError):
        store.file(name).unlink()
    store.file(name).mkdir()
    (store.file(name) / "in the way").touch()
    before = store.snapshot()
    remote.type("\n")
    assert remote.wait() == 1 and laptop.wait() == 1
    assert store.snapshot() == before
    said = re.search(r"stprov remote run: (.*)\n", remote.err.text)[1]
    assert name in said and said in laptop.err.text
    assert "stored" not in remote.err.text and laptop.out.text == ""


def test_menu_that_cannot_be_asked_for_is_a_warning(remote, store, auth):
    with asking(remote, **auth) as client:
        store.file("OsIndications").mkdir()
        remote.type("\n")
        assert client.receive().status == 200
    assert remote.wait() == 0
    assert remote.log("^warning: cannot ask the firmware for its menu")
    assert store.read("PK")


# Requests -------------------------------------------------------------------------------------

BAD = [
    ("GET", "add-data", None, 405), ("GET", "commit", None, 405), ("PUT", "commit", b"{}", 400),
    ("POST", "x", b"{}", 404), ("POST", "/stprov/v0.0.1/add-data", b"{}", 404),
    ("POST", "add-data", b"", 400), ("POST", "add-data", b"[]", 400),
    ("POST", "add-data", b"{", 400), ("POST", "add-data", b'{"entropy":"AA=="}', 400),
    ("POST", "add-data", b'{"entropy":"' + base64.b64encode(bytes(33)) + b'"}', 400),
    ("POST", "add-data", v0.add_data_body(bytes(32), -1), 400),
    ("POST", "add-data", b" " * 5000, 413), ("POST", "commit", b"[]", 400),
    ("POST", "commit", b"{} {}", 400), ("POST", "commit", b" " * 9000, 413),
    ("POST", "add-secure-boot", b'{"pk":"AA=="}', 400),
]


@pytest.mark.parametrize("method,name,body,status", BAD)
def test_refused_requests_have_a_sentence_in_json(remote, method, name, body, status):
    with remote.client_v1() as client:
        client.add_data()
        answer = client.ask(method, name, body)
        assert answer.status == status and len(sentence(answer)) > 5
    assert harness.QUESTION not in remote.out.text
    remote.err.wait_for(rf"answered {status}: ")


def test_local_prints_the_platform_s_sentence_printable(local):
    answer = v1.answer_json({"error": "no\x1b[31m \u00e9"}, 409)
    with v1.FakePlatform(CODE, {"commit": answer}) as fake:
        laptop = local(fake.address, password=CODE, compat=False)
        assert laptop.wait() == 1
    assert "commit: no\\x1b[31m \\xc3\\xa9" in laptop.err.text


@pytest.mark.parametrize("answer", [
    v0.go_answer(200, b"{}"), v0.go_answer(200, b"nonsense"), None,
    v1.answer_json({**v0.COMMIT_ANSWER, "fingerprint": "SHA256:" + "A" * 43}),
    v1.answer_json({**v0.COMMIT_ANSWER, "publickey": "ssh-rsa AAAA"})])
def test_local_believes_no_success_that_does_not_fit_together(local, answer):
    with v1.FakePlatform(CODE, {"commit": answer}) as fake:
        laptop = local(fake.address, password=CODE, compat=False)
        assert laptop.wait() == 1
    assert laptop.out.text == ""


def test_secrets_are_not_logged(remote):
    entropy = os.urandom(32)
    with remote.client_v1() as client:
        client.add_data(entropy)
        client.ask_commit()
        remote.press()
        answer = client.receive()
    assert remote.wait() == 0
    shown = remote.err.text + remote.out.text
    assert CODE not in shown and harness.hexify(entropy) not in shown
    assert json.dumps(answer.json["identity"])[1:-1] not in shown
