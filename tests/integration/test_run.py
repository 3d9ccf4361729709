# SPDX-License-Identifier: BSD-2-Clause
"""Good runs: our parts with each other, and each with the independent implementation."""
import base64
import os
import re
import subprocess

import pytest

import harness
import v0


def ssh_keygen(store, tmp_path, *options):
    """What ssh-keygen reads from the variable behind its attributes."""
    key = tmp_path / "hostkey"
    key.write_bytes(store.read("STHostKey")[1])
    key.chmod(0o600)
    return subprocess.run(["ssh-keygen", *options, "-f", str(key)], check=True, text=True,
                          capture_output=True, timeout=v0.PATIENCE).stdout.strip()


def test_local_provisions_remote(platform, local, store, tmp_path):
    remote = platform()
    laptop = local(remote.address)
    assert laptop.wait() == 0, laptop.err.text
    remote.finish()
    publickey, fingerprint = store.host_key()
    assert laptop.result == {"publickey": publickey, "fingerprint": fingerprint,
                             "hostname": harness.HOSTNAME, "ip": "127.0.0.1"}
    assert ssh_keygen(store, tmp_path, "-y") == f"{publickey} ospkg@system-transparency"
    assert ssh_keygen(store, tmp_path, "-l").split()[1] == fingerprint


def test_both_show_the_entropy_that_was_added(platform, local):
    remote = platform()
    laptop = local(remote.address)
    assert laptop.wait() == 0
    remote.wait_for_question()
    shown = re.search(r"added entropy\s*\n((?: +\d+  .*\n){2})", laptop.err.text)
    assert shown, laptop.err.text
    harness.eventually(lambda: shown[1] in remote.err.text)


def test_entropy_is_another_one_in_every_run(platform, local):
    shown = set()
    for _ in range(2):
        remote = platform()
        laptop = local(remote.address)
        assert laptop.wait() == 0
        remote.finish()
        shown.add(re.search(r"added entropy\s*\n((?: +\d+  .*\n){2})", laptop.err.text)[1])
    assert len(shown) == 2


def test_independent_client_provisions_remote(platform, store):
    remote = platform()
    entropy = os.urandom(32)
    with remote.client() as client:
        assert client.sock.version() == "TLSv1.3"
        assert client.sock.getpeercert(binary_form=True) == remote.otp.certificate
        added = client.add_data(entropy)
        assert (added.status, added.body) == (200, b"")
        answer = client.commit()
    assert answer.status == 200
    assert list(answer.json) == ["publickey", "fingerprint", "hostname", "authentication",
                                 "identity"]
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    for name in ("authentication", "identity"):
        assert re.fullmatch("[0-9a-f]{64}", answer.json[name])
    remote.wait_for_question()
    assert remote.shows(entropy)
    assert "received entropy" in remote.err.text
    assert store.read("STHostKey") is None, "written before the operator confirmed"
    remote.finish()
    assert store.host_key() == (answer.json["publickey"], answer.json["fingerprint"])
    assert answer.json["hostname"] == harness.HOSTNAME
    assert remote.out.text.strip().endswith(harness.QUESTION)


def test_answers_have_the_bytes_of_the_released_server(platform):
    remote = platform()
    with remote.client() as client:
        client.send(client.request("POST", "add-data", v0.add_data_body(bytes(32))))
        head = client.reader.until(b"\r\n\r\n").decode()
        lines = head.split("\r\n")
        assert lines[0] == "HTTP/1.1 200 OK"
        assert re.fullmatch(r"Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", lines[1])
        assert lines[2:] == ["Content-Length: 0"]
        client.send(client.request("GET", "commit"))
        head = client.reader.until(b"\r\n\r\n").decode()
        lines = head.split("\r\n")
        assert lines[0] == "HTTP/1.1 200 OK"
        length = int(lines[2].removeprefix("Content-Length: "))
        # The last answer may say that it is the last.
        assert [line for line in lines[3:] if line != "Connection: close"] == [
            "Content-Type: text/plain; charset=utf-8"]
        assert client.reader.exactly(length).startswith(b'{"publickey":"ssh-ed25519 ')


def test_local_provisions_the_released_server(local):
    otp = v0.Otp(harness.PASSWORD)
    with v0.FakePlatform(otp) as fake:
        laptop = local(fake.address)
        assert laptop.wait() == 0, laptop.err.text
    assert laptop.result == {
        "publickey": v0.COMMIT_ANSWER["publickey"], "ip": "127.0.0.1",
        "fingerprint": v0.COMMIT_ANSWER["fingerprint"],
        "hostname": v0.COMMIT_ANSWER["hostname"]}
    assert fake.connections == 1, "the released client keeps its connection"
    assert [request.line for request in fake.requests] == [
        "POST /stprov/v0.0.1/add-data HTTP/1.1", "GET /stprov/v0.0.1/commit HTTP/1.1"]
    for request in fake.requests:
        assert request.headers["host"] == "127.0.0.1:%d" % fake.address[1]
        assert request.headers["authorization"] == otp.authorization
        assert "transfer-encoding" not in request.headers
    added = fake.requests[0].json
    assert set(added) == {"entropy", "timestamp"}
    assert len(base64.b64decode(added["entropy"], validate=True)) == 32
    assert isinstance(added["timestamp"], int) and added["timestamp"] >= 0
    assert "content-length" not in fake.requests[1].headers or (
        fake.requests[1].headers["content-length"] == "0")
    assert harness.hexify(base64.b64decode(added["entropy"])) in laptop.err.text


def test_local_sends_secure_boot_keys_between_data_and_commit(local, auth, tmp_path):
    files = {name: tmp_path / f"{name}.auth" for name in auth}
    for name, data in auth.items():
        files[name].write_bytes(data)
    with v0.FakePlatform(v0.Otp(harness.PASSWORD)) as fake:
        arguments = [f"--{name}={path}" for name, path in files.items()]
        for menu, more in ((True, []), (False, ["-n"])):
            fake.requests.clear()
            laptop = local(fake.address, arguments=arguments + more)
            assert laptop.wait() == 0, laptop.err.text
            assert [request.endpoint for request in fake.requests] == [
                "add-data", "add-secure-boot", "commit"]
            body = fake.requests[1].json
            assert list(body) == ["pk", "kek", "db", "dbx", "reboot_into_uefi_menu"]
            for name, path in files.items():
                assert base64.b64decode(body[name]) == path.read_bytes()
            assert body["reboot_into_uefi_menu"] is menu


def test_local_without_dbx_sends_null(local, auth, tmp_path):
    arguments = []
    for name, data in auth.items():
        if name != "dbx":
            (tmp_path / name).write_bytes(data)
            arguments += [f"--{name}", str(tmp_path / name)]
    with v0.FakePlatform(v0.Otp(harness.PASSWORD)) as fake:
        laptop = local(fake.address, arguments=arguments)
        assert laptop.wait() == 0, laptop.err.text
        assert fake.requests[1].json["dbx"] is None


def test_host_key_replaces_an_older_one(platform, local, store):
    store.write("STHostKey", b"an older key, longer than the new one" * 50)
    remote = platform()
    laptop = local(remote.address)
    assert laptop.wait() == 0
    remote.finish()
    assert store.host_key()[1] == laptop.result["fingerprint"]


def test_nothing_else_is_written(platform, store):
    before = store.snapshot()
    remote = platform()
    remote.provision()
    remote.finish()
    after = store.snapshot()
    assert set(after) - set(before) == {store.file("STHostKey").name}
    assert {name: after[name] for name in before} == before


@pytest.mark.parametrize("hostname", ["a", "x" * 63 + ".example.org", "Host-1.example.org"])
def test_host_name_is_answered_as_stored(platform, store, hostname):
    store.write("STHostName", hostname.encode())
    assert platform().provision()["hostname"] == hostname


def test_no_process_is_left_when_it_ends(platform):
    remote = platform()
    idle = [remote.client() for _ in range(3)]
    children = harness.eventually(lambda: len(remote.children()) == 3 and remote.children())
    remote.provision()
    remote.finish()
    for child in children:
        assert harness.is_gone(child)
    for client in idle:
        assert client.closed()


def test_no_process_is_left_when_it_is_killed(platform):
    remote = platform()
    with remote.client():
        children = harness.eventually(remote.children)
        remote.process.kill()
        remote.wait()
        for child in children:
            harness.eventually(lambda pid=child: harness.is_gone(pid), 5, "the session's end")


def test_after_the_commit_no_more_connections_are_taken(platform):
    remote = platform()
    remote.provision()
    remote.wait_for_question()
    with pytest.raises((ConnectionError, v0.Closed)):
        with remote.client() as client:
            client.add_data()


def test_provisions_again_in_the_next_run(platform, store):
    keys = set()
    for _ in range(2):
        remote = platform()
        answer = remote.provision(bytes(32))
        remote.finish()
        assert store.host_key()[1] == answer["fingerprint"]
        keys.add(answer["fingerprint"])
    assert len(keys) == 2, "the platform's own entropy is missing"
