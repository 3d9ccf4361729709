# SPDX-License-Identifier: BSD-2-Clause
"""`local run --seal tpm`: the host key sealed to a TPM (swtpm), and the ways it fails."""
import base64
import hashlib
import json
import re
import signal
import struct
import subprocess

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import harness
import puppet
import swtpm
import test_tpm
import v0
import v1

CODE = "bocil-dufen"
WORDS = r"comparison words: ([a-z]{5} [a-z]{5})\n"
IN_USE = "the TPM is in use by another connection"
KEY = "the SSH host key of {}, sealed to this machine's TPM, opened by any system on this machine"
ADD_DATA = v0.compact({"entropy": base64.b64encode(bytes(32)).decode(), "timestamp": 0})
EVICT, CREATE_PRIMARY, CREATE, CERTIFY, READ_PUBLIC = 0x120, 0x131, 0x153, 0x148, 0x173


@pytest.fixture(name="pair")
def fixture_pair(platform, local, tpm):
    """A function that starts both and types the words on the laptop."""
    def start(*arguments, path=None, seal="tpm", program=None):
        remote = platform(compat=False, password=CODE, program=program,
                          arguments=["--tpm", str(path or tpm.path)])
        laptop = local(remote.address, password=CODE, compat=False,
                       arguments=["--words", "-", "--seal", seal, *map(str, arguments)])
        laptop.type(remote.err.wait_for(WORDS)[1] + "\n")
        return remote, laptop
    return start


def finish(remote, laptop):
    remote.press()
    assert laptop.wait() == 0, laptop.err.text
    assert remote.wait() == 0, remote.err.text


def text_of(store):
    attributes, text = store.read("STHostKeySealed")
    assert attributes == harness.ATTRIBUTES and store.read("STHostKey") is None
    return text


def public_of(text):
    return " ".join(text.decode().splitlines()[1].split()[:2])


def parents(tpm):
    return [handle for handle in tpm.handles("persistent") if handle in test_tpm.PARENTS]


def opens(tpm, text):
    """The secret; the seed's public key is that of the variable."""
    secret = test_tpm.opened(tpm, text)
    assert isinstance(secret, bytes) and len(secret) == 68, secret
    return secret


def code_of(command):
    return struct.unpack(">I", command[6:10])[0]


# What is stored ---------------------------------------------------------------------------------

def test_a_sealed_key_is_stored_shown_and_opens(pair, store, tpm, tmp_path):
    (tmp_path / "app").write_bytes(b"a secret")
    store.write("STHostKey", b"damaged")
    before = store.names()
    remote, laptop = pair("--file", f"app.conf={tmp_path / 'app'}", "--json")
    remote.wait_for_question()
    assert "will remove STHostKey\n" in remote.err.text
    assert f"will write STHostKeySealed: {KEY.format('host.example.org')}\n" in remote.err.text
    assert "files are encrypted with a key that is sealed, too\n" in remote.err.text
    assert store.names() == before
    finish(remote, laptop)
    text, result = text_of(store), json.loads(laptop.out.text)
    assert result["sealed"] == {"policy": "tpm"}
    assert result["publickey"] == public_of(text) and "policy tpm\n" in text.decode()
    secret = opens(tpm, text)
    test_tpm.check_clean(tpm, test_tpm.PARENTS[0])
    # What an OS package without stprov gets is the laptop's key.
    code, pem, err = test_tpm.open_by_script(tpm, text)
    assert code == 0, err
    (tmp_path / "key").write_text(pem)
    (tmp_path / "key").chmod(0o600)
    made = subprocess.run(["ssh-keygen", "-y", "-f", tmp_path / "key"], check=True, timeout=30,
                          capture_output=True).stdout
    assert public_of(b"\n" + made) == result["publickey"]
    _, data = store.read("STFile-app.conf")
    assert data[0] == 1 and b"a secret" not in data
    assert AESGCM(secret[36:]).decrypt(data[1:13], data[13:], b"STFile-app.conf") == b"a secret"
    with pytest.raises(InvalidTag):
        AESGCM(secret[36:]).decrypt(data[1:13], data[13:], b"STFile-other")
    assert "host key stored in STHostKeySealed, sealed, and read back: " in remote.err.text
    assert "STHostKey removed\n" in remote.err.text


def test_a_new_key_makes_the_old_one_useless(pair, store, tpm):
    finish(*pair())
    first = text_of(store)
    remote, laptop = pair()
    remote.wait_for_question()
    assert ", replacing the present one\n" in remote.err.text
    finish(remote, laptop)
    assert "sealed=tpm\n" in laptop.out.text
    assert opens(tpm, text_of(store)) and parents(tpm) == [test_tpm.PARENTS[1]]
    assert test_tpm.opened(tpm, first)[0] == test_tpm.GONE
    remote, laptop = pair(seal="none")
    second = text_of(store)
    finish(remote, laptop)
    assert store.read("STHostKeySealed") is None and store.host_key() and parents(tpm) == []
    assert "old copies of the sealed host key can no longer be opened\n" in remote.err.text
    assert test_tpm.opened(tpm, second)[0] == test_tpm.GONE and "sealed=" not in laptop.out.text


def test_v0_takes_the_place_of_a_sealed_key(pair, platform, local, store, tpm):
    finish(*pair())
    old = text_of(store)
    remote = platform(arguments=["--tpm", str(tpm.path)])
    laptop = local(remote.address)
    assert laptop.wait() == 0
    remote.finish()
    assert store.host_key() and store.read("STHostKeySealed") is None and parents(tpm) == []
    assert test_tpm.opened(tpm, old)[0] == test_tpm.GONE


def test_the_tpm_is_not_touched_unasked(pair, store, tmp_path):
    remote, laptop = pair(seal="none", path=tmp_path / "no tpm")
    finish(remote, laptop)
    assert store.host_key() and "TPM" not in remote.err.text


def test_the_key_that_is_left_without_its_tpm_is_said(pair, store, tmp_path):
    finish(*pair())
    remote, laptop = pair(seal="none", path=tmp_path / "gone")
    finish(remote, laptop)
    assert store.host_key() and store.read("STHostKeySealed") is None
    assert re.search("warning: the TPM key of the old sealed host key was not removed, so that TPM "
                     "may still open old copies of it: .*/gone: No such file", remote.err.text)


def test_what_the_commit_answers_names_the_connection(platform, store, tpm):
    """The statement is made for this connection, this nonce and this key (docs/protocol.md)."""
    remote = platform(compat=False, password=CODE, arguments=["--tpm", str(tpm.path)])
    nonce = bytes(range(32))
    with remote.client_v1(CODE) as client:
        assert client.ask("POST", "add-data", ADD_DATA).status == 200
        body = v0.compact({"policy": "tpm", "nonce": base64.b64encode(nonce).decode()})
        assert client.ask("POST", "seal", body).status == 200
        client.believed["sealed"] = True
        client.ask_commit()
        remote.press()
        stored = json.loads(client.receive().body)
        binding = client.tls.binding()
    sealed = {key: base64.b64decode(value) for key, value in stored["sealed"].items()}
    assert set(sealed) == {"parent", "public", "certify", "signature"}
    blob = base64.b64decode(stored["publickey"].split()[1])
    purpose = hashlib.sha256(b"stprov/v1 sealed\0" + binding + nonce +
                             hashlib.sha256(blob).digest()).digest()
    assert sealed["certify"].startswith(bytes.fromhex("ff5443478017"))
    assert purpose in sealed["certify"]
    assert hashlib.sha256(sealed["public"]).digest() in sealed["certify"]
    opens(tpm, text_of(store))


# Refusals: the same sentence on both sides, and nothing is written --------------------------------

def refused(remote, laptop, store, sentence):
    before = store.names()
    assert laptop.wait() == 1
    assert f"{sentence}; nothing was written\n" in laptop.err.text
    # The console has it in rows that each begin with the peer.
    harness.eventually(lambda: f"answered 503: {sentence}\n" in re.sub(
        r"\n127\.0\.0\.1:\d+: (?!the client has)", "", remote.err.text))
    assert store.names() == before and "asks to commit" not in remote.err.text and remote.running


def test_no_tpm_is_said(pair, store, tmp_path):
    remote, laptop = pair(path=tmp_path / "none")
    refused(remote, laptop, store, f"{tmp_path}/none: No such file or directory")


def test_an_owner_password_is_said(pair, store, tpm):
    tpm.tool("tpm2_changeauth", "-c", "owner", "secret")
    refused(*pair(), store, test_tpm.OWNER_PASSWORD)


def test_an_endorsement_password_is_said(pair, store, tpm):
    tpm.tool("tpm2_changeauth", "-c", "endorsement", "secret")
    refused(*pair(), store, "the TPM has an endorsement password that stprov does not know: clear "
            "the TPM in the firmware's menu, or use --seal none without --attest")


def test_another_store_needs_the_option(platform, local, store):
    remote = platform(compat=False, password=CODE)
    laptop = local(remote.address, password=CODE, compat=False,
                   arguments=["--words", "-", "--seal", "tpm"])
    laptop.type(remote.err.wait_for(WORDS)[1] + "\n")
    refused(remote, laptop, store, "the TPM is not used together with another store, unless remote "
            "run has --tpm")


def test_one_connection_at_a_time(platform, tpm):
    remote = platform(compat=False, password=CODE, arguments=["--tpm", str(tpm.path)])
    body = v0.compact({"policy": "tpm", "nonce": base64.b64encode(bytes(32)).decode()})
    with remote.client_v1(CODE) as first:
        assert first.ask("POST", "seal", body).status == 200
        assert first.ask("POST", "seal", body).status == 200
        with remote.client_v1(CODE) as second:
            answer = second.ask("POST", "seal", body)
            assert (answer.status, json.loads(answer.body)) == (409, {"error": IN_USE})
            first.close()
            harness.eventually(lambda: second.ask("POST", "seal", body).status == 200)


def test_a_full_tpm_is_said_after_enter(pair, store, between):
    """No room for another persistent key (0x14b)."""
    remote, laptop = pair(path=between(change=lambda _, command: (
        swtpm.message(0x14b) if code_of(command) == EVICT else None)).path)
    before = store.snapshot()
    remote.press()
    sentence = ("the TPM has no room for another persistent key: remove one (tpm2_evictcontrol), "
                "or clear the TPM; nothing was written")
    assert (laptop.wait(), remote.wait()) == (1, 1)
    assert sentence in laptop.err.text and sentence in remote.err.text
    assert store.snapshot() == before


def test_what_cannot_be_written_leaves_no_key_in_the_tpm(pair, store, tpm):
    remote, laptop = pair()
    remote.wait_for_question()
    store.file("STHostKey").mkdir()
    remote.press()
    assert (laptop.wait(), remote.wait()) == (1, 1)
    assert store.read("STHostKeySealed") is None and parents(tpm) == []


# A platform that takes nothing else ---------------------------------------------------------------

def test_a_platform_may_take_only_a_sealed_key(platform, local, store, tpm):
    remote = platform(compat=False, password=None,
                      arguments=["--tpm", str(tpm.path), "--require-seal"])
    remote.err.wait_for(r"\n  stprov local run -i 127\.0\.0\.1 -p \d+ -o \S+ --seal tpm\n")
    line = ("this platform takes only a host key that is sealed to its TPM (local run --seal tpm): "
            "nothing was written")
    before = store.names()

    def call(*arguments):
        return local(remote.address, password=remote.code, compat=False,
                     arguments=["--no-compare", *arguments])

    laptop = call()
    assert laptop.wait() == 1 and line in laptop.err.text
    harness.eventually(lambda: f"answered 409: {line}\n" in re.sub(
        r"\n127\.0\.0\.1:\d+: (?!the client has)", "", remote.err.text))
    assert store.names() == before and "asks to commit" not in remote.err.text
    finish(remote, call("--seal", "tpm"))
    opens(tpm, text_of(store))


def test_a_client_that_cannot_seal_is_not_let_in_where_it_must(run):
    assert run("remote", "run", "--require-seal", "--compat", "-o", "x", "-i", "127.0.0.1", "-a",
               "127.0.0.1/32") == (
        2, "", "stprov remote run: --require-seal and --compat exclude each other\n")


# What the laptop makes of other platforms ---------------------------------------------------------

def sealed_answer(**changes):
    return {"parent": "AQ==", "public": "AQ==", "certify": "AQ==", "signature": "AQ==", **changes}


@pytest.mark.parametrize("seal,answers,line", [
    ("tpm", {"seal": v1.answer_json({"error": "no such endpoint"}, 404)},
     "the platform's stprov knows nothing of TPMs; nothing was written"),
    ("tpm", {"seal": v1.answer_json({})},
     "the host key was stored, but not as asked: it is not sealed"),
    ("none", {"commit": v1.answer_json({**v0.COMMIT_ANSWER, "sealed": sealed_answer()})},
     "the host key was stored, but not as asked: it is sealed"),
    ("tpm", {"seal": v1.answer_json({}),
             "commit": v1.answer_json({**v0.COMMIT_ANSWER, "sealed": sealed_answer(public="")})},
     "the platform's answer to commit: sealed: public is missing"),
])
def test_there_is_no_silent_fallback(local, tmp_path, seal, answers, line):
    hosts = tmp_path / "known_hosts"
    with v1.FakePlatform(CODE, answers) as fake:
        laptop = local(fake.address, password=CODE, compat=False,
                       arguments=["--seal", seal, "--known-hosts", str(hosts)])
        assert laptop.wait() == 1
    assert line in laptop.err.text and laptop.out.text == ""
    assert not hosts.exists() or hosts.read_bytes() == b""
    # Nothing else was sent to a platform that cannot seal.
    assert ("add-data" in "".join(fake.paths)) == ("nothing was written" not in line)


# The laptop's options ---------------------------------------------------------------------------

@pytest.mark.parametrize("arguments,line", [
    (["-c", "--seal", "tpm"], "--seal needs stprov/v1"),
    (["-c", "--seal", "none"], "--seal needs stprov/v1"),
    (["--words", "-", "--seal", "x"], '--seal: "x" is not one of none, tpm, secure-boot'),
    (["--words", "-", "--seal", "secure-boot"],
     "--seal secure-boot needs --boot-cert, the certificate that signs what boots next"),
    (["--words", "-", "--seal", "tpm", "--keep-files"],
     "--keep-files and --seal exclude each other: the files beside a sealed host key are encrypted "
     "with a key that is new"),
])
def test_options_that_do_not_fit_are_one_line(run, arguments, line):
    assert run("local", "run", "-o", CODE, "-i", "192.0.2.1", *arguments) == (
        2, "", f"stprov local run: {line}\n")


# Interrupted ------------------------------------------------------------------------------------

def kill_at(remotes, number_of):
    """`change` for Between: kills the platform before the command for which this is true."""
    seen = []

    def change(_, command):
        seen.append(code_of(command))
        if number_of(seen) and remotes and remotes[0].running:
            remotes[0].process.kill()
            remotes[0].process.wait()
            return swtpm.message(0x101)
        return None
    return change


STEPS = {
    "before the parent is persistent": lambda seen: seen[-1] == EVICT,
    "with a new parent": lambda seen: seen[-1] == CREATE and seen.count(CREATE) == 2,
    "with a sealed key": lambda seen: seen[-1] == CERTIFY,
    "when the variable is written": lambda seen: CERTIFY in seen and seen[-1] == READ_PUBLIC,
    "before the old parent goes": lambda seen: CERTIFY in seen and seen[-1] == EVICT,
}


@pytest.mark.parametrize("step", STEPS)
def test_the_next_run_mends_what_a_power_cut_left(pair, store, tpm, between, step):
    finish(*pair())
    old, remotes = text_of(store), []
    listener = between(change=kill_at(remotes, STEPS[step]))
    remote, laptop = pair(path=listener.path)
    remote.wait_for_question()
    remotes.append(remote)
    remote.press()
    assert remote.wait() == -signal.SIGKILL and laptop.wait() == 1
    listener.close()
    tpm.restart()
    # The old variable with its parent, or the new one with its own.
    text = text_of(store)
    assert (text == old) == ("variable" not in step and "goes" not in step)
    opens(tpm, text)
    finish(*pair())
    assert len(parents(tpm)) == 1
    opens(tpm, text_of(store))
    assert test_tpm.opened(tpm, text)[0] == test_tpm.GONE


def slow_create(remote_of, then):
    """`change` that does `then` once while the sealed object is made."""
    seen = []

    def change(_, command):
        seen.append(code_of(command))
        if seen[-1] == CREATE and seen.count(CREATE) == 2:
            then(remote_of[0])
        return None
    return change


def new_parent_goes(listener):
    """Waits until the TPM was told to remove the parent that it made last, and did."""
    def gone():
        codes = [code_of(command) for command in listener.commands]
        return (CERTIFY in codes and codes[-1] == EVICT and
                len(listener.answers) == len(listener.commands))
    harness.eventually(gone)


@pytest.mark.parametrize("name,data", [("STHostName", b"other.example.org"),
                                       ("STFile-planted", b"\0x"), ("STHostKey", b"another")])
def test_what_changes_meanwhile_is_not_written_over(pair, store, tpm, between, name, data):
    listener = between(change=slow_create([store], lambda store: store.write(name, data)))
    remote, laptop = pair(path=listener.path)
    remote.press()
    line = ("host name, host key or files were changed while the host key was sealed: nothing was "
            "written")
    assert (laptop.wait(), remote.wait()) == (1, 1)
    assert line in laptop.err.text and line in " ".join(remote.err.text.split())
    assert store.read(name)[1] == data and store.read("STHostKeySealed") is None
    listener.close()
    assert parents(tpm) == []


def test_ctrl_c_aborts_while_the_key_is_sealed(pair, store, between):
    remotes = []
    listener = between(change=slow_create(remotes, lambda remote: (
        remote.signal(signal.SIGINT), remote.err.wait_for("nothing was written"))))
    remote, laptop = pair(path=listener.path)
    before = store.snapshot()
    remotes.append(remote)
    remote.press()
    assert laptop.wait() == 1 and remote.wait() in (1, -signal.SIGINT)
    assert "interrupted: nothing was written" in laptop.err.text
    assert store.snapshot() == before


def test_ctrl_c_is_too_late_once_the_key_is_stored(pair, store, tpm, between):
    finish(*pair())
    remotes, seen = [], []

    def change(_, command):
        seen.append(code_of(command))
        if CERTIFY in seen and seen[-1] == READ_PUBLIC and remotes:
            remotes[0].signal(signal.SIGINT)
            remotes[0].err.wait_for("the TPM key of the old sealed host key was not")
            remotes.clear()
    listener = between(change=change)
    remote, laptop = pair(path=listener.path)
    remotes.append(remote)
    finish(remote, laptop)
    listener.close()
    tpm.restart()
    text = text_of(store)
    opens(tpm, text)
    finish(*pair())
    assert len(parents(tpm)) == 1 and opens(tpm, text_of(store))


def test_a_client_that_leaves_meanwhile_leaves_nothing_in_the_tpm(pair, store, tpm, between):
    laptops = []
    listener = between(change=slow_create(laptops, lambda pair: (
        pair[1].process.kill(), pair[0].err.wait_for("left before the host key was sealed"))))
    remote, laptop = pair(path=listener.path)
    before = store.snapshot()
    laptops.append((remote, laptop))
    remote.press()
    remote.err.wait_for("the client left before the host key was sealed: nothing was written\n")
    assert store.snapshot() == before and remote.running
    new_parent_goes(listener)
    remote.end()
    assert parents(tpm) == []


# A session that was taken over --------------------------------------------------------------------

def test_a_session_cannot_ask_meanwhile(platform, store, tpm, between):
    """Until the TPM was looked at, nothing else is asked for: what the review shows counts."""
    remotes = []
    listener = between(change=lambda *_: remotes[0].err.wait_for("before the answer of the TPM") and
                       None)
    remote = platform(program=harness.PUPPET, arguments=["--tpm", str(listener.path)])
    remotes.append(remote)
    with puppet.Puppet(remote, "data") as taken:
        taken.send("SEAL", puppet.REQUESTS["SEAL"])
        taken.send("COMMIT", puppet.commit())
        assert taken.ended()
        remote.err.wait_for(re.escape(taken.peer) +
                            ": the session made a request before the answer of the TPM, and was "
                            "ended")
    assert remote.running and store.names() == [store.file("STHostName").name]
    assert parents(tpm) == []


@pytest.mark.parametrize("sealed,sentence", [
    (0, "the host key is going to be sealed, and the laptop does not believe it"),
    (1, "the host key is not going to be sealed, which the laptop believes")])
def test_what_is_sealed_is_what_the_laptop_believes(platform, store, tpm, sealed, sentence):
    remote = platform(program=harness.PUPPET, arguments=["--tpm", str(tpm.path)])
    with puppet.Puppet(remote, "data") as taken:
        if not sealed:
            assert puppet.text(taken.ask("SEAL", puppet.REQUESTS["SEAL"]))[0] == 0
        assert puppet.text(taken.ask("COMMIT", puppet.commit(sealed=sealed))) == (
            3, f"{sentence}: nothing was written")
    assert store.names() == [store.file("STHostName").name]


def test_nothing_is_changed_after_enter(platform, store, tpm, between):
    """While the key is sealed, its session may only log and leave."""
    puppets = []
    listener = between(change=slow_create(puppets, lambda taken: (
        taken.send("FILE", puppet.file()), taken.ended())))
    remote = platform(program=harness.PUPPET, arguments=["--tpm", str(listener.path)])
    with puppet.Puppet(remote, "data") as taken:
        puppets.append(taken)
        assert puppet.text(taken.ask("SEAL", puppet.REQUESTS["SEAL"]))[0] == 0
        taken.send("COMMIT", puppet.commit(sealed=1))
        remote.press()
        remote.err.wait_for("left before the host key was sealed: nothing was written")
    assert store.names() == [store.file("STHostName").name]
    new_parent_goes(listener)
    remote.end()
    assert parents(tpm) == []
