# SPDX-License-Identifier: BSD-2-Clause
"""Files for the OS package and the host certificate, from the laptop's options to the variables."""
import base64
import json
import os
import re
import signal
import socket
import subprocess

import pytest

import harness
import v0
import v1

CODE = "bocil-dufen"
WORDS = r"comparison words: ([a-z]{5} [a-z]{5})\n"
ROOT_KEYS = "ssh.authorized_keys.root"


def keygen(path, *options):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path), *options],
                   check=True, timeout=30, stdin=subprocess.DEVNULL)
    return path


def fingerprint(path):
    told = subprocess.run(["ssh-keygen", "-l", "-f", str(path)], check=True, timeout=30,
                          capture_output=True, text=True).stdout
    return told.split()[1]


@pytest.fixture(name="user", scope="module")
def fixture_user(tmp_path_factory):
    return keygen(tmp_path_factory.mktemp("user") / "id")


@pytest.fixture(name="ca", scope="module")
def fixture_ca(tmp_path_factory):
    return keygen(tmp_path_factory.mktemp("ca") / "ca")


@pytest.fixture(name="pair")
def fixture_pair(platform, local):
    """A function that starts both and types the words on the laptop."""
    def start(*arguments, **kwargs):
        remote = platform(compat=False, password=CODE)
        laptop = local(remote.address, password=CODE, compat=False,
                       arguments=["--words", "-", *map(str, arguments)], **kwargs)
        words = remote.err.wait_for(WORDS)[1]
        laptop.type(words + "\n")
        return remote, laptop
    return start


def finish(remote, laptop):
    """The operator types the words of the review: the console is a terminal or a pipe."""
    laptop.err.wait_for("press Enter there; waiting")
    remote.press()
    assert laptop.wait() == 0, laptop.err.text
    assert remote.wait() == 0, remote.err.text


def write(path, data):
    path.write_bytes(data)
    return path


# Files ----------------------------------------------------------------------------------------

def test_files_are_stored_with_the_key_and_shown_on_both_sides(pair, store, user, tmp_path):
    app = write(tmp_path / "app", b"a secret\n")
    keys = write(tmp_path / "keys", (user.parent / "id.pub").read_bytes() * 2)
    store.write("STFile-app.conf", b"\0older")
    store.write("STFile-gone", b"\0gone!")
    remote, laptop = pair("--file", f"app.conf={app}", "--authorized-keys", keys, "--json")
    remote.wait_for_question()
    assert store.read("STFile-app.conf")[1] == b"\0older" and not store.read("STHostKey")
    mac = laptop.err.wait_for(r"file app.conf, 9 bytes, ([0-9a-f]{8})\n")[1]
    assert f"  file app.conf, 9 bytes, {mac}, replacing 5 bytes\n" in remote.err.text
    assert "will remove STFile-gone, 5 bytes\n" in remote.err.text
    print_of = fingerprint(f"{user}.pub")
    assert f"    root login: 2 keys, {print_of}, {print_of}\n" in remote.err.text
    finish(remote, laptop)
    assert store.read("STFile-app.conf") == (harness.ATTRIBUTES, b"\0a secret\n")
    assert store.read(f"STFile-{ROOT_KEYS}") == (harness.ATTRIBUTES, b"\0" + keys.read_bytes())
    assert store.read("STFile-gone") is None and store.host_key()
    result = json.loads(laptop.out.text)
    assert [(f["name"], f["bytes"]) for f in result["files"]] == [
        ("app.conf", 9), (ROOT_KEYS, keys.stat().st_size)]
    assert result["files"][0]["mac"] == mac and result["host_certificate"] is None


def test_kept_files_stay_and_all_count(pair, store, tmp_path):
    for number in range(15):
        store.write(f"STFile-n{number}", b"\0x")
    new = write(tmp_path / "new", b"new")
    remote, laptop = pair("--file", f"new={new}", "--keep-files")
    remote.wait_for_question()
    assert "keeps STFile-n7, 1 byte\n" in remote.err.text
    finish(remote, laptop)
    assert len([name for name in store.names() if name.startswith("STFile-")]) == 16


def test_one_file_too_many_is_said_before_the_question(pair, store, tmp_path):
    for number in range(16):
        store.write(f"STFile-n{number}", b"\0x")
    before = store.snapshot()
    remote, laptop = pair("--file", f"new={write(tmp_path / 'new', b'new')}", "--keep-files")
    assert laptop.wait() == 1
    assert "17 files together with those that are kept, of at most 16\n" in laptop.err.text
    assert "asks to commit" not in remote.err.text and store.snapshot() == before


def test_nothing_is_stored_if_the_operator_aborts(pair, store, ca, tmp_path):
    store.write("STFile-old", b"\0old")
    before = store.snapshot()
    remote, laptop = pair("--file", f"new={write(tmp_path / 'new', b'new')}", "--host-ca", ca,
                          "--principals", "host.example.org")
    remote.wait_for_question()
    remote.type("no\n")
    assert laptop.wait() == 1 and remote.wait() == 1
    assert store.snapshot() == before


# Everything that is wrong on the laptop, before anything is sent --------------------------------

def refused(local, *arguments, compat=False):
    """The one line on stderr; no connection was made."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        laptop = local(listener.getsockname(), password=CODE, compat=compat,
                       arguments=[*([] if compat else ["--words", "-"]), *map(str, arguments)])
        assert laptop.wait() == 2, laptop.err.text
        listener.settimeout(0)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert laptop.out.text == "" and laptop.err.text.count("\n") == 1, laptop.err.text
    return laptop.err.text.removeprefix("stprov local run: ").rstrip("\n")


@pytest.fixture(name="bad", scope="module")
def fixture_bad(tmp_path_factory, user):
    here = tmp_path_factory.mktemp("bad")
    os.mkfifo(here / "fifo")
    for name, data in {"empty": b"", "big": b"x" * 4097, "good": b"x", "full": b"x" * 4096,
                       "nul": (user.parent / "id.pub").read_bytes() + b"\0",
                       "text": b"no key\n", "key": user.read_bytes()}.items():
        write(here / name, data)
    return here


@pytest.mark.parametrize("option,why", [
    (["--file", "a"], "it is not NAME=PATH"),
    (["--file", "a="], "a=: it is not NAME=PATH"),
    (["--file", "a=missing"], "No such file or directory"),
    (["--file", "a=."], "it is a directory"),
    (["--file", "a=fifo"], "it is not a regular file"),
    (["--file", "a=empty"], "it is empty"),
    (["--file", "a=big"], "it is larger than 4096 bytes"),
    (["--file", "=good"], "not a name for a file: it is empty"),
    (["--file", "..=good"], "it does not begin with a letter or digit"),
    (["--file", "A=good"], "it holds another character than a-z 0-9 . - _"),
    (["--file", "a/b=good"], "it holds another character than a-z 0-9 . - _"),
    (["--file", "a" * 41 + "=good"], "it is longer than 40 characters"),
    (["--file", "passwd.hashed-password.root=good"],
     "systemd would run code or set passwords by it"),
    (["--file", "a=good", "--file", "a=full"], "the name was given already"),
    (["--file", f"{ROOT_KEYS}=text"], "line 1 is not a public key"),
    (["--authorized-keys", "nul"], "line 2 has a NUL"),
    (["--authorized-keys", "key"], "it is a private key"),
    (["--authorized-keys", "empty"], "it is empty"),
    (["--authorized-keys", "user", "--file", f"{ROOT_KEYS}=user"], "the name was given already"),
    ([word for n in range(17) for word in ("--file", f"n{n}=good")], "more than 16 files"),
    ([word for n in range(9) for word in ("--file", f"n{n}=full")],
     "the files have more than 32768 bytes together"),
])
def test_bad_files_are_named_before_anything_is_sent(local, bad, user, option, why):
    (bad / "user").write_bytes((user.parent / "id.pub").read_bytes())
    said = refused_in(local, bad, option)
    assert said.startswith(f"{option[0]} "), said
    assert said.endswith(why), said


def refused_in(local, bad, option):
    """With paths below @bad."""
    paths = []
    for word in option:
        name, equals, path = word.partition("=")
        if equals and path:
            word = f"{name}={bad / path}"
        elif paths and paths[-1] == "--authorized-keys":
            word = str(bad / word)
        paths.append(word)
    return refused(local, *paths)


@pytest.mark.parametrize("arguments,said", [
    (["--principals", "a"], "--principals needs --host-ca"),
    (["--validity", "+1d"], "--validity needs --host-ca"),
    (["--host-ca", "CA"], "--host-ca needs --principals or --name: for which names the "
                          "certificate is valid"),
    (["--host-ca", "CA", "--principals", "a b"], "--principals a b: not a host name or an address"),
    (["--host-ca", "CA", "--principals", "*.example.org"],
     "--principals *.example.org: not a host name or an address"),
    (["--host-ca", "CA", "--principals", "a,A."], "--principals A.: it is in the list already"),
    (["--host-ca", "CA", "--principals", "a", "--validity", "52w"],
     "--validity 52w: not an interval of ssh-keygen -V"),
    (["--host-ca", "CA", "--principals", "a", "--validity", "20200101Z:20210101Z"],
     "--validity 20200101Z:20210101Z: it is over already"),
    (["--host-ca", "CA", "--principals", "a,,b"], '--principals "": not a host name or an address'),
    (["--host-ca", "", "--principals", "a"], '--host-ca "": No such file or directory'),
    (["--host-ca", "missing", "--principals", "a"], "--host-ca missing: No such file or directory"),
    (["--host-ca", "/", "--principals", "a"], "--host-ca /: it is a directory"),
    (["--host-ca", "/dev/null", "--principals", "a"],
     "--host-ca /dev/null: it is not a regular file"),
])
def test_bad_options_of_the_certificate_are_named(local, ca, arguments, said):
    assert refused(local, *(ca if word == "CA" else word for word in arguments)) == said


def test_what_is_not_a_key_signs_nothing(local, bad):
    said = refused(local, "--host-ca", bad / "text", "--principals", "a")
    assert said.endswith("text: ssh-keygen -l reads no key in it")


@pytest.mark.parametrize("arguments", [
    ["--file", "a=b"], ["--authorized-keys", "a"], ["--keep-files"], ["--host-ca", "a"],
    ["--principals", "a"], ["--validity", "+1d"]])
def test_v0_has_neither_files_nor_certificates(local, arguments):
    assert refused(local, *arguments, compat=True) == (
        f"{arguments[0]}: stprov/v0.0.1 (--compat) has no files and no host certificate")


@pytest.mark.parametrize("arguments", [
    ["--file", "a=b"], ["--authorized-keys", "a"], ["--host-ca", "a"]])
def test_what_is_sent_wants_a_comparison(local, arguments):
    laptop = local(("127.0.0.1", 9), password=CODE, compat=False,
                   arguments=["--no-compare", *arguments])
    assert laptop.wait() == 2
    assert f"{arguments[0]} and --no-compare exclude each other" in laptop.err.text


# The certificate ------------------------------------------------------------------------------

def test_host_certificate_is_signed_stored_and_verified_by_ssh_keygen(pair, store, ca, tmp_path):
    remote, laptop = pair("--host-ca", ca, "--principals", "Host.Example.org.,192.0.2.10",
                          "--validity", "+10d")
    remote.wait_for_question()
    for line in (f"    CA {fingerprint(ca)}\n", f"    key ID stprov:{harness.HOSTNAME}\n",
                 "    principals host.example.org,192.0.2.10\n"):
        assert line in remote.err.text
    mac = re.search(r"STHostCert, the host certificate, ([0-9a-f]{8})\n", remote.err.text)[1]
    laptop.err.wait_for(re.escape(f"host certificate, {mac}, by CA {fingerprint(ca)}\n"))
    ends = re.search(r"    ends (\S+)\n", remote.err.text)[1]
    finish(remote, laptop)
    attributes, line = store.read("STHostCert")
    assert attributes == harness.ATTRIBUTES and line.endswith(b"\n")
    told = subprocess.run(["ssh-keygen", "-L", "-f", write(tmp_path / "cert", line)], check=True,
                          capture_output=True, text=True, timeout=30).stdout
    result = laptop.result
    assert "host certificate" in told and f"Serial: {result['serial']}\n" in told
    assert re.search(r"Principals: \n +host\.example\.org\n +192\.0\.2\.10\n", told)
    assert store.host_key()[1].removeprefix("SHA256:") in told
    assert result["ends"] == ends
    key = (ca.parent / "ca.pub").read_text().split()
    assert result["authority"] == (
        f"@cert-authority host.example.org,192.0.2.10 {key[0]} {key[1]}")
    assert not list(tmp_path.glob("stprov-*"))


def test_certificate_of_a_ca_in_the_agent(pair, store, ca, tmp_path):
    agent = tmp_path / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(agent)],
                          stdout=subprocess.DEVNULL) as process:
        harness.eventually(agent.exists, what="the agent's socket")
        environment = {**os.environ, "SSH_AUTH_SOCK": str(agent)}
        subprocess.run(["ssh-add", "-q", str(ca)], check=True, timeout=30, env=environment)
        remote, laptop = pair("--host-ca", f"{ca}.pub", "--name", harness.HOSTNAME, "--json",
                              environment={"SSH_AUTH_SOCK": str(agent)})
        finish(remote, laptop)
        process.terminate()
    certificate = json.loads(laptop.out.text)["host_certificate"]
    assert certificate["principals"] == [harness.HOSTNAME]
    assert certificate["ca_fingerprint"] == fingerprint(ca)
    assert store.read("STHostCert")


@pytest.fixture(name="locked", scope="module")
def fixture_locked(tmp_path_factory):
    path = tmp_path_factory.mktemp("locked") / "ca"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", str(path)],
                   check=True, timeout=30)
    return path


@pytest.mark.parametrize("typed,end", [("secret\n", 0), ("wrong\n", 1), ("\x03", -signal.SIGINT)])
def test_passphrase_is_asked_for_on_the_terminal(platform, local, store, locked, tmp_path, typed,
                                                 end):
    """ctrl-C ends ssh-keygen and the laptop's part, and leaves no file."""
    remote = platform(compat=False, password=CODE)
    laptop = local(remote.address, password=CODE, compat=False, console="terminal",
                   environment={"TMPDIR": str(tmp_path)},
                   prefix=["env", "--default-signal=INT"],
                   arguments=["--ask", "--host-ca", str(locked), "--principals", "a"])
    laptop.out.wait_for("words on the console: $")
    laptop.type(remote.err.wait_for(WORDS)[1] + "\n")
    laptop.out.wait_for("passphrase.*: $")
    assert list(tmp_path.glob("stprov-*/host.pub"))
    laptop.type(typed)
    if end == 0:
        laptop.out.wait_for("press Enter there; waiting")
        remote.press()
    assert laptop.wait() == end, laptop.out.text
    assert not list(tmp_path.glob("stprov-*"))
    assert bool(store.read("STHostCert")) == (end == 0)


# Ends at its third SIGINT, as ssh-keygen does not end at one that comes just before its read(2).
DEAF = """#!/bin/sh
case " $* " in *" -s "*) ;; *) exec /usr/bin/ssh-keygen "$@" ;; esac
exec /usr/bin/python3 -c '
import signal, sys
for rest in (2, 1, 0):
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    print("deaf", rest, file=sys.stderr, flush=True)
    signal.sigwait([signal.SIGINT])
'
"""


def test_signal_is_passed_on_until_the_program_has_ended(platform, local, ca, tmp_path):
    program = tmp_path / "bin" / "ssh-keygen"
    program.parent.mkdir()
    program.write_text(DEAF)
    program.chmod(0o755)
    remote = platform(compat=False, password=CODE)
    laptop = local(remote.address, password=CODE, compat=False,
                   environment={"PATH": f"{program.parent}:{os.environ['PATH']}"},
                   arguments=["--words", "-", "--host-ca", str(ca), "--principals", "a"])
    laptop.type(remote.err.wait_for(WORDS)[1] + "\n")
    laptop.err.wait_for("deaf 2\n")
    laptop.signal(signal.SIGINT)
    assert laptop.wait() == -signal.SIGINT, laptop.err.text
    assert "deaf 0\n" in laptop.err.text


def test_agent_without_the_key_commits_nothing(pair, store, ca):
    before = store.snapshot()
    remote, laptop = pair("--host-ca", f"{ca}.pub", "--principals", "a",
                          environment={"SSH_AUTH_SOCK": "/nonexistent"})
    assert laptop.wait() == 1
    assert laptop.err.text.endswith(
        "--host-ca: ssh-keygen failed (exit code 255); nothing was committed\n")
    assert "asks to commit" not in remote.err.text and store.snapshot() == before


# The requests, by a client that is not ours -----------------------------------------------------

def test_mac_and_belief_agree_with_the_independent_client(platform, store):
    remote = platform(compat=False, password=CODE)
    with remote.client_v1() as client:
        assert client.add_data().status == 200
        assert client.add_file("app.conf", b"content").status == 200
        mac = client.believed["files"][0]["mac"]
        remote.err.wait_for(f"added file app.conf, 7 bytes, {mac}\n")
        wrong = {"files": [{"name": "app.conf", "mac": "00000000"}]}
        assert client.commit(wrong).status == 409
        assert client.commit({}).status == 409
        client.ask_commit()
        remote.press()
        assert client.receive().status == 200
    assert store.read("STFile-app.conf")[1] == b"\0content"


@pytest.mark.parametrize("body,status", [
    ({"name": "a", "data": ""}, 400), ({"name": "A", "data": "eA=="}, 400),
    ({"name": "udev.rules.x", "data": "eA=="}, 400), ({"name": "a"}, 400), ({}, 400),
    ({"name": "a", "data": base64.b64encode(bytes(4097)).decode()}, 400),
    ({"name": "a", "data": "e"}, 400),
    ({"name": ROOT_KEYS, "data": base64.b64encode(b"no key").decode()}, 400),
    ({"name": "a", "data": "A" * 12288}, 413)])
def test_refused_files(platform, body, status):
    remote = platform(compat=False, password=CODE)
    with remote.client_v1() as client:
        assert client.ask("POST", "add-file", v0.compact(body)).status == status


def test_files_over_their_number_and_twice(platform):
    remote = platform(compat=False, password=CODE)
    with remote.client_v1() as client:
        for number in range(16):
            assert client.add_file(f"n{number}", b"x").status == 200
        assert client.add_file("n1", b"x").status == 400
        assert client.add_file("more", b"x").status == 413


def test_certificates_that_are_not_of_the_prepared_key(platform, ca, user, tmp_path):
    remote = platform(compat=False, password=CODE)
    other = write(tmp_path / "other.pub", (user.parent / "id.pub").read_bytes())
    sign(ca, other)
    line = (tmp_path / "other-cert.pub").read_text().rstrip("\n")
    with remote.client_v1() as client:
        assert client.add_data().status == 200
        assert client.add_certificate(line).status == 409, "before prepare"
        prepared = client.ask("POST", "prepare", b"{}").json
        assert client.add_certificate(line).status == 400, "of another key"
        assert client.add_certificate("ssh-ed25519 AAAA").status == 400
        own = write(tmp_path / "own.pub", prepared["publickey"].encode())
        sign(ca, own)
        good = (tmp_path / "own-cert.pub").read_text().rstrip("\n")
        assert client.add_certificate(good).status == 200
        sign(ca, own, host=False)
        user_line = (tmp_path / "own-cert.pub").read_text().rstrip("\n")
        assert client.add_certificate(user_line).status == 400, "of a user"


def sign(ca, public, host=True):
    subprocess.run(["ssh-keygen", "-q", "-s", str(ca), *(["-h"] if host else []), "-I", "id", "-n",
                    "host.example.org", str(public)], check=True, timeout=30)


@pytest.mark.parametrize("answer,said", [
    (409, "the files that were added are not"), (404, "")])
def test_platform_that_refuses_a_file_ends_the_run(local, answer, said, tmp_path):
    refusal = v1.answer_json({"error": said or "no such endpoint"}, answer)
    with v1.FakePlatform(CODE, {"add-file": refusal}) as fake:
        laptop = local(fake.address, password=CODE, compat=False,
                       arguments=["--words", "-", "--file", f"a={write(tmp_path / 'a', b'x')}"])
        laptop.err.wait_for("type the two comparison words")
        laptop.type(fake.verifier.keys.words + "\n")
        assert laptop.wait() == 1
        assert "file a: " in laptop.err.text and laptop.out.text == ""
        assert not any(path.endswith("commit") for path in fake.paths)
