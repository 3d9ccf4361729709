# SPDX-License-Identifier: BSD-2-Clause
"""stprov/v1, good runs: our parts with each other, and each with the independent implementation."""
import base64
import json
import os
import re
import time

import pytest

import harness
import p256
import v0
import v1

CODE = "bocil-dufen"
# Of more than this machine.
NETWORKS = ["192.0.2.0/24", "2001:db8::/32", "fe80::/64"]


def provision(remote, code=None, entropy=None):
    """The independent client's whole exchange with a good end; returns the commit's answer."""
    with remote.client_v1(code) as client:
        assert client.add_data(entropy).json == {}
        client.ask_commit()
        remote.press()
        answer = client.receive()
    assert answer.status == 200, answer
    assert remote.wait() == 0, remote.err.text
    return answer


# The independent implementation against the specification -------------------------------------

def test_python_agrees_with_rfc_9383():
    vectors = json.loads((harness.ROOT / "tests/vectors/spake2plus.json").read_text())
    checked = 0
    for row in vectors:
        if "P256" not in row["Context"]:
            continue
        numbers = {key: int(row[key], 16) for key in ("w0", "w1", "x", "y")}
        data = {key: bytes.fromhex(row[key]) for key in ("shareP", "shareV", "TT", "K_shared")}
        assert v1.share_of_prover(numbers["w0"], numbers["x"]) == data["shareP"]
        assert v1.share_of_verifier(numbers["w0"], numbers["y"]) == data["shareV"]
        z, v = v1.secrets_of_prover(numbers["w0"], numbers["w1"], numbers["x"], data["shareV"])
        assert (z, v) == v1.secrets_of_verifier(
            numbers["w0"], p256.multiply(numbers["w1"]), numbers["y"], data["shareP"])
        keys = v1.Keys(row["Context"].encode(), b"client", b"server", data["shareP"],
                       data["shareV"], z, v, numbers["w0"])
        assert keys.transcript == data["TT"]
        if "P256-SHA256" in row["Context"]:
            assert keys.shared == data["K_shared"]
        checked += 1
    assert checked == 2


# Both parts -------------------------------------------------------------------------------------

@pytest.mark.parametrize("console", ["pty", "pipe"])
def test_local_provisions_remote(platform, local, store, console):
    remote = platform(compat=False, password=None, console=console)
    laptop = local(remote.address, password=remote.code, compat=False)
    laptop.err.wait_for("press Enter there; waiting")
    remote.wait_for_question()
    harness.wait_until_idle(remote, laptop)
    assert laptop.out.text == "" and store.read("STHostKey") is None
    remote.press()
    assert laptop.wait() == 0, laptop.err.text
    assert remote.wait() == 0, remote.err.text
    publickey, fingerprint = store.host_key()
    assert laptop.result == {"publickey": publickey, "fingerprint": fingerprint,
                             "hostname": harness.HOSTNAME, "ip": "127.0.0.1"}
    assert fingerprint in remote.err.text


def test_both_show_the_same_comparison_words(platform, local):
    remote = platform(compat=False, password=CODE)
    laptop = local(remote.address, password=CODE, compat=False)
    remote.wait_for_question()
    pattern = r"comparison words: ([a-z]{5} [a-z]{5})\n"
    assert remote.err.wait_for(pattern)[1] == laptop.err.wait_for(pattern)[1]


def test_review_shows_who_what_and_where_before_the_question(platform, auth):
    remote = platform(compat=False, password=CODE)
    with remote.client_v1() as client:
        client.add_data()
        staged = client.add_secure_boot(**auth).json["staged"]
        client.ask_commit()
        remote.wait_for_question()
        shown = remote.err.text[remote.err.text.index("asks to commit") - 30:]
        port = client.sock.getsockname()[1]
        assert f"127.0.0.1:{port} asks to commit" in shown
        assert f"comparison words: {client.words}\n" in shown
        assert harness.HOSTNAME in shown
        assert "STHostKey" in shown and "OsIndications" in shown
        for item in staged:
            assert re.search(rf"  {item['variable']}, .*\n +{item['sha256']}\n", shown)
        assert max(map(len, shown.splitlines())) <= 80
        # The comparison words are the last lines before the question.
        assert shown.splitlines()[-2] == f"comparison words: {client.words}"


@pytest.mark.parametrize("typed", ["bocil-dufen", "bocildufen", "BOCIL DUFEN", "Bocil.Dufen"])
def test_code_may_be_typed_as_one_likes(platform, local, typed):
    remote = platform(compat=False, password=CODE)
    laptop = local(remote.address, password=typed, compat=False)
    remote.press()
    assert laptop.wait() == 0, laptop.err.text


@pytest.mark.parametrize("password", ["sikrit password", "p\u00e4ssw\u00f6rd", "Bocil-Dufe",
                                      "x" * 256])
def test_password_of_the_operator_s_own(platform, store, password):
    remote = platform(compat=False, password=password)
    answer = provision(remote)
    assert store.host_key() == (answer.json["publickey"], answer.json["fingerprint"])


@pytest.mark.parametrize("ip", ["127.0.0.1", "::1"])
def test_printed_command_is_the_one_that_works(platform, store, started, ip):
    remote = platform(compat=False, password=None, ip=ip, allow=["127.0.0.1", "::1"])
    command = remote.err.wait_for(r"\n  stprov (local run .*)\n")[1]
    assert command == f"local run -i {ip} -p {remote.port} -o {remote.code}"
    laptop = started(harness.Process([*command.split(), "--no-compare"]))
    remote.press()
    assert laptop.wait() == 0, laptop.err.text


def test_all_addresses_are_printed_when_it_listens_on_all(platform, namespace):
    inside = namespace("-n")
    for command in ("ip link set lo up", "ip link add one type veth peer name two",
                    "ip link set two up", "ip link set one up",
                    "ip address add 192.0.2.10/24 dev one", "ip address add 192.0.2.11/24 dev one",
                    "ip -6 address add 2001:db8::7/64 dev one nodad"):
        inside.run(*command.split())
    remote = platform(compat=False, password=None, ip="0.0.0.0", allow=NETWORKS,
                      prefix=inside.prefix)
    remote.err.wait_for(r"-i 192\.0\.2\.11 ")
    lines = remote.err.lines("^  stprov local run")
    assert [line.split()[4] for line in lines] == ["192.0.2.10", "192.0.2.11"]
    remote.end()
    remote = platform(compat=False, password=None, ip="::", allow=NETWORKS,
                      prefix=inside.prefix)
    remote.err.wait_for(r"-i 2001:db8::7 ")
    lines = remote.err.lines("^  stprov local run")
    assert [line.split()[4] for line in lines] == ["192.0.2.10", "192.0.2.11", "2001:db8::7"]


def two_links(namespace):
    """A namespace with the link `one` up, and `two` as a laptop's, each with a link-local
    address."""
    inside = namespace("-n")
    for command in ("ip link set lo up", "ip link add one type veth peer name two",
                    "ip link set one addrgenmode none", "ip link set two addrgenmode none",
                    "ip link set two up", "ip link set one up",
                    "ip -6 address add fe80::7/64 dev one nodad",
                    "ip -6 address add fe80::8/64 dev two nodad"):
        inside.run(*command.split())
    return inside


def test_link_local_address_is_printed_with_a_place_for_the_laptop_s_interface(
        platform, namespace, started):
    inside = two_links(namespace)
    remote = platform(compat=False, password=None, ip="fe80::7%one", prefix=inside.prefix,
                      allow=["fe80::/64"])
    command = remote.err.wait_for(r"\n  stprov (local run .*)\n")[1]
    assert command == f"local run -i fe80::7%INTERFACE -p {remote.port} -o {remote.code}"
    remote.err.wait_for("replace INTERFACE with the laptop's")
    laptop = started(harness.Process(
        [*command.replace("INTERFACE", "two").split(), "--no-compare"], prefix=inside.prefix))
    remote.press()
    assert laptop.wait() == 0, laptop.err.text
    assert remote.log(r"^\[fe80::8%one\]:\d+ asks to commit")


def test_link_local_addresses_are_printed_when_there_are_no_others(platform, namespace):
    inside = two_links(namespace)
    remote = platform(compat=False, password=None, ip="::", allow=NETWORKS,
                      prefix=inside.prefix)
    remote.err.wait_for("replace INTERFACE with the laptop's")
    lines = remote.err.lines("^  stprov local run")
    assert sorted(line.split()[4] for line in lines) == ["fe80::7%INTERFACE", "fe80::8%INTERFACE"]
    remote.end()
    remote = platform(compat=False, password=None, ip="0.0.0.0", allow=NETWORKS,
                      prefix=inside.prefix)
    remote.err.wait_for(r"-i 127\.0\.0\.1 ")
    remote.end()
    inside.run("ip", "address", "add", "169.254.7.7/16", "dev", "one")
    remote = platform(compat=False, password=None, ip="0.0.0.0", allow=NETWORKS,
                      prefix=inside.prefix)
    remote.err.wait_for(r"-i 169\.254\.7\.7 ")


def test_code_is_another_one_in_every_run_and_not_shown_when_given(platform):
    codes = set()
    for _ in range(3):
        remote = platform(compat=False, password=None)
        codes.add(remote.code)
        remote.end()
    assert len(codes) == 3
    remote = platform(compat=False, password="sikrit")
    assert "code:" not in remote.err.text and "sikrit" not in remote.err.text


# With independent peers -------------------------------------------------------------------------

def test_independent_client_provisions_remote(platform, store):
    remote = platform(compat=False, password=None)
    answer = provision(remote, remote.code)
    assert list(answer.json)[:5] == ["publickey", "fingerprint", "hostname", "authentication",
                                     "identity"]
    # What the machine that this runs on has of them.
    assert set(answer.json) - set(list(answer.json)[:5]) <= {"serial", "uuid", "macs"}
    assert answer.headers["content-type"] == "application/json"
    assert store.host_key() == (answer.json["publickey"], answer.json["fingerprint"])
    assert answer.json["hostname"] == harness.HOSTNAME


def test_local_provisions_an_independent_platform(local):
    with v1.FakePlatform(CODE) as fake:
        laptop = local(fake.address, password=CODE, compat=False)
        assert laptop.wait() == 0, laptop.err.text
    assert fake.connections == 1 and not fake.failures
    assert [request.line for request in fake.requests] == [
        "POST /stprov/v1/add-data HTTP/1.1", "POST /stprov/v1/prepare HTTP/1.1",
        "POST /stprov/v1/commit HTTP/1.1"]
    for request in fake.requests:
        assert "authorization" not in request.headers
    added = fake.requests[0].json
    assert len(base64.b64decode(added["entropy"], validate=True)) == 32
    assert abs(added["timestamp"] - time.time()) < 60
    assert fake.requests[1].json == fake.requests[2].json == {}
    assert f"comparison words: {fake.verifier.keys.words}\n" in laptop.err.text
    assert laptop.result["fingerprint"] == v0.COMMIT_ANSWER["fingerprint"]
    shown = laptop.out.text + laptop.err.text
    assert CODE not in shown and added["entropy"] not in shown


def test_local_sends_secure_boot_keys_and_checks_what_was_staged(local, auth, tmp_path):
    arguments = []
    for name, data in auth.items():
        (tmp_path / name).write_bytes(data)
        arguments += [f"--{name}", str(tmp_path / name)]
    with v1.FakePlatform(CODE) as fake:
        laptop = local(fake.address, password=CODE, compat=False, arguments=arguments)
        assert laptop.wait() == 0, laptop.err.text
        assert [request.endpoint for request in fake.requests] == [
            "add-data", "add-secure-boot", "prepare", "commit"]
    lie = v1.answer_json({"staged": [{"variable": "PK", "sha256": "00" * 32}]})
    with v1.FakePlatform(CODE, {"add-secure-boot": lie}) as fake:
        laptop = local(fake.address, password=CODE, compat=False, arguments=arguments)
        assert laptop.wait() == 1
        assert [request.endpoint for request in fake.requests] == ["add-data", "add-secure-boot"]
    assert "staged" in laptop.err.text


def test_entropy_of_the_client_goes_into_the_key(platform, store):
    keys = set()
    for _ in range(2):
        remote = platform(compat=False, password=CODE)
        keys.add(provision(remote, entropy=bytes(32)).json["fingerprint"])
    assert len(keys) == 2, "the platform's own entropy is missing"


def test_nothing_else_is_written(platform, store):
    before = store.snapshot()
    provision(platform(compat=False, password=CODE))
    after = store.snapshot()
    assert set(after) - set(before) == {store.file("STHostKey").name}
    assert {name: after[name] for name in before} == before


# Old and new ------------------------------------------------------------------------------------

def test_old_client_is_closed_and_the_console_says_which_option(platform, local):
    remote = platform(compat=False)
    with pytest.raises(v0.Closed):
        remote.client()
    remote.err.wait_for(r"127\.0\.0\.1:\d+: .*a client of stprov/v0\.0\.1, which --compat")
    laptop = local(remote.address)
    assert laptop.wait() == 1
    assert "--compat" in laptop.err.text
    assert remote.running and "attempt" not in remote.err.text


def test_old_platform_is_told_to_the_laptop_and_not_spoken_to(local):
    """TLS answers the first message with an alert."""
    with v0.FakePlatform(v0.Otp(CODE)) as fake:
        laptop = local(fake.address, password=CODE, compat=False)
        assert laptop.wait() == 1
    assert "--compat" in laptop.err.text and not fake.requests


@pytest.mark.parametrize("compat", [False, True])
def test_compat_serves_both(platform, local, store, compat):
    remote = platform(compat=True)
    laptop = local(remote.address, compat=compat)
    if compat:
        assert laptop.wait() == 0, laptop.err.text
        remote.press()
    else:
        remote.press()
        assert laptop.wait() == 0, laptop.err.text
    assert remote.wait() == 0
    assert store.host_key()[1] == laptop.result["fingerprint"]


def test_compat_warns_of_a_password_that_can_be_guessed(platform):
    weak = platform(compat=True)
    weak.err.wait_for(r"warning: .*--compat")
    weak.end()
    strong = platform(compat=True, password="8f3a61c07be25d94")
    strong.err.wait_for("listening")
    assert "warning" not in strong.err.text
    strong.end()
    made = platform(compat=True, password=None)
    made.err.wait_for(r"warning: .*32 bits")


def test_clock_that_is_days_apart_is_said(platform):
    remote = platform(compat=False, password=CODE)
    with remote.client_v1() as client:
        client.add_data(timestamp=int(time.time()) + 3 * 86400)
        remote.err.wait_for(r"clock.* (2|3) days apart")


def test_no_process_is_left_and_no_secret_in_the_environment(platform, store):
    remote = platform(compat=False, password=CODE)
    with remote.client_v1() as client:
        children = harness.eventually(remote.children)
        client.add_data()
        for child in children:
            cmdline = open(f"/proc/{child}/cmdline", "rb").read()
            assert CODE.encode() not in cmdline
        client.ask_commit()
        remote.press()
        assert client.receive().status == 200
    assert remote.wait() == 0
    assert all(harness.is_gone(child) for child in children)
    assert os.path.exists(store.file("STHostKey"))
