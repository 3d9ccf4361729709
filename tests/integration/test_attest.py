# SPDX-License-Identifier: BSD-2-Clause
"""attest, attest-prove and seal by PCRs on swtpm, checked by a verifier of the tests' own
(attestation.py)."""
import json
import os
import pathlib
import re
import socket
import struct
import threading

import pytest

import attestation
import harness
import swtpm
import test_seal
import test_tpm
from attestation import NONCE, Round, answered, base64_of, refusal

CODE = "bocil-dufen"
LOG = "/sys/kernel/security/tpm0/binary_bios_measurements"
NO_BANK = "PCR bank SHA-256 is not in use: switch it on in the firmware's menu"
ENDORSEMENT_PASSWORD = (
    "the TPM has an endorsement password that stprov does not know: clear the TPM in the "
    "firmware's menu, or use --seal none without --attest")
GET_CAPABILITY, CREATE_PRIMARY, ACTIVATE_CREDENTIAL = 0x17a, 0x131, 0x147
KIB = 1024


@pytest.fixture(name="serving")
def fixture_serving(platform, tpm):
    """A function that starts a platform with the TPM."""
    def start(path=None, program=None, prefix=()):
        return platform(compat=False, password=CODE, program=program, prefix=prefix,
                        arguments=["--tpm", str(path or tpm.path)])
    return start


# A round ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("name,certificate",
                         [*((name, True) for name in test_tpm.EK_INDICES), ("L-2", False)])
def test_each_endorsement_key_proves_itself(serving, tpm, name, certificate):
    """Without a certificate in NV it is L-2."""
    der, chain = os.urandom(1201), [os.urandom(1300), os.urandom(700)]
    if certificate:
        test_tpm.define_index(tpm, test_tpm.EK_INDICES[name], der)
        test_tpm.define_index(tpm, 0x01c00100, chain[0])
        test_tpm.define_index(tpm, 0x01c00101, chain[1])
    value = tpm.pcr(7)
    with serving().client_v1(CODE) as client:
        laptop = Round(client)
        shown = laptop.attest()
        assert set(shown) == {"tpm", "ek", "ak", "event_log"} and shown["event_log"] is None
        assert shown["tpm"] == {
            "family": "2.0", "manufacturer": "IBM", "vendor": "SW   TPM",
            "firmware": "20191023.00163636", "banks": shown["tpm"]["banks"], "in_lockout": False}
        assert "sha256" in shown["tpm"]["banks"]
        assert shown["ek"]["template"] == name
        assert shown["ek"]["certificate"] == (base64_of(der) if certificate else None)
        assert shown["ek"]["chain"] == ([base64_of(part) for part in chain] if certificate else [])
        assert laptop.prove()[7] == value
    test_tpm.check_clean(tpm)


@pytest.mark.parametrize("pcrs", [[7], [4, 7]])
def test_a_key_is_sealed_to_pcrs_and_the_review_says_so(serving, store, tpm, pcrs):
    remote = serving()
    with remote.client_v1(CODE) as client:
        laptop = Round(client)
        laptop.attest()
        values = laptop.prove()
        policy = attestation.policy_pcrs({number: values[number] for number in pcrs})
        assert answered(laptop.seal(policy, pcrs=pcrs)) == (200, {})
        sealed = laptop.commit(remote)
    numbers = ",".join(map(str, pcrs))
    assert (f"will write STHostKeySealed: the SSH host key of {harness.HOSTNAME}, sealed to this "
            f"machine's TPM, policy pcr {numbers} {policy.hex()[:16]}\n") in remote.err.text
    assert "\nthe laptop asked for this machine's attestation\n" in remote.err.text
    assert remote.wait() == 0, remote.err.text
    # Public area: SHA-256, fixedTPM fixedParent noDA, this policy.
    assert sealed["public"].startswith(
        bytes.fromhex("0008000b00000412") + attestation.sized(policy))
    text = test_seal.text_of(store)
    assert f"\npolicy pcr sha256 {numbers}\n".encode() in text
    test_seal.opens(tpm, text)
    tpm.extend(7)
    now = ", ".join(f"PCR {number} is {tpm.pcr(number)[:4].hex()}..." for number in pcrs)
    assert test_tpm.opened(tpm, text) == (test_tpm.PCRS, f"{now}, not what it was sealed to")


def test_attestation_alone_leaves_nothing(serving, store, tpm):
    """It may come first; a laptop that asked for nothing else commits as before."""
    remote = serving()
    with remote.client_v1(CODE) as client:
        laptop = Round(client)
        laptop.attest()
        laptop.prove()
        assert "asked for this machine's attestation\n" in remote.err.text
        assert client.ask("POST", "add-data", test_seal.ADD_DATA).status == 200
        client.ask_commit()
        remote.press()
        assert "sealed" not in json.loads(client.receive().body)
    assert remote.wait() == 0 and store.host_key() and store.read("STHostKeySealed") is None
    assert "\nthe laptop asked for this machine's attestation\n" in remote.err.text
    test_tpm.check_clean(tpm)


# The boot log -----------------------------------------------------------------------------------

def test_the_boot_log_is_whole_or_not_there(serving, namespace):
    """Its bytes are not looked at; 256 KiB is the most."""
    space = namespace("-m")
    space.run("mount", "-t", "tmpfs", "none", "/sys/kernel/security")
    log = pathlib.Path(space.root + LOG)
    remote = serving(prefix=space.prefix)
    with remote.client_v1(CODE) as client:
        laptop = Round(client)
        assert laptop.attest()["event_log"] is None
        log.parent.mkdir()
        for data in (b"", b"\0", os.urandom(32 * KIB), os.urandom(32 * KIB + 1),
                     os.urandom(256 * KIB)):
            log.write_bytes(data)
            shown = laptop.attest()["event_log"]
            assert shown == (base64_of(data) if data else None), len(data)
        log.write_bytes(bytes(256 * KIB + 1))
        assert laptop.attest()["event_log"] is None
        remote.err.wait_for("warning: the firmware's boot log is larger than 256 KiB, and is not "
                            "sent\n")
        laptop.prove()


def test_status_counts_the_bytes_of_the_boot_log(run, store, namespace):
    """Of this machine's TPM; that it is not here is another row."""
    space = namespace("-m")
    space.run("mount", "-t", "tmpfs", "none", "/sys/kernel/security")
    log = pathlib.Path(space.root + LOG)
    log.parent.mkdir()

    def count():
        out = run("remote", "status", "-j", *store.options, "--tpm", "/dev/tpmrm0",
                  prefix=space.prefix)[1]
        return json.loads(out)["tpm"]["event_log_bytes"]
    assert count() is None
    for size in (0, 40 * KIB, 256 * KIB):
        log.write_bytes(bytes(size))
        assert count() == size
    log.write_bytes(bytes(256 * KIB + 1))
    assert count() is None


# What goes wrong --------------------------------------------------------------------------------

def test_an_owner_password_hides_nothing_of_an_attestation(serving, tpm):
    der = os.urandom(900)
    test_tpm.define_index(tpm, test_tpm.EK_INDICES["H-2"], der)
    tpm.tool("tpm2_changeauth", "-c", "owner", "secret")
    with serving().client_v1(CODE) as client:
        laptop = Round(client)
        assert laptop.attest()["ek"]["certificate"] == base64_of(der)
        policy = attestation.policy_pcrs({7: laptop.prove()[7]})
        assert refusal(laptop.seal(policy)) == (503, test_tpm.OWNER_PASSWORD)


def test_an_endorsement_password_is_said(serving, tpm):
    tpm.tool("tpm2_changeauth", "-c", "endorsement", "secret")
    remote = serving()
    with remote.client_v1(CODE) as client:
        assert Round(client).refused("attest") == (503, ENDORSEMENT_PASSWORD)
        # The console has it, too, in rows that each begin with the peer.
        harness.eventually(lambda: f"answered 503: {ENDORSEMENT_PASSWORD}\n" in re.sub(
            r"\n127\.0\.0\.1:\d+: ", "", remote.err.text))


@pytest.mark.parametrize("extend", [True, False])
def test_a_bank_that_is_not_in_use_is_said(serving, started, extend):
    """Nothing is believed that a TPM says of PCRs which the firmware does not extend."""
    tpm = started(swtpm.Tpm())
    if extend:
        tpm.tool("tpm2_pcrallocate", "sha256:none+sha1:all")
        tpm.restart()
        tpm.tool("tpm2_pcrextend", f"7:sha1={'01' * 20}")
    with serving(path=tpm.path).client_v1(CODE) as client:
        laptop = Round(client)
        assert laptop.refused("attest") == (503, NO_BANK)
        assert refusal(laptop.seal(bytes(32))) == (
            409, "attest-prove comes before seal with the policy pcr")


def test_requests_have_their_order(serving):
    with serving().client_v1(CODE) as client:
        laptop = Round(client)
        nonsense = {"credential": base64_of(bytes(68)), "secret": base64_of(bytes(68)),
                    "nonce": base64_of(NONCE)}
        first = (409, "attest comes before attest-prove")
        before = (409, "attest-prove comes before seal with the policy pcr")
        assert laptop.refused("attest-prove", nonsense) == first
        assert refusal(laptop.seal(bytes(32))) == before
        laptop.attest()
        assert refusal(laptop.seal(bytes(32))) == before
        laptop.prove()
        assert answered(laptop.seal(bytes(32))) == (200, {})
        # From here on everything anew.
        laptop.attest()
        assert refusal(laptop.seal(bytes(32))) == before
        laptop.prove()
        # A proof that fails is none.
        assert laptop.refused("attest-prove", nonsense)[0] == 503
        assert refusal(laptop.seal(bytes(32))) == before


def test_a_policy_that_was_refused_does_not_count(serving, store, tpm, between):
    """The laptop was told that the first one holds."""
    failing = []
    remote = serving(path=between(change=lambda _, command: (
        swtpm.message(0x101) if failing and test_seal.code_of(command) == GET_CAPABILITY
        else None)).path)
    with remote.client_v1(CODE) as client:
        laptop = Round(client)
        laptop.attest()
        laptop.prove()
        assert answered(laptop.seal(bytes(32), policy="tpm")) == (200, {})
        failing.append(True)
        assert refusal(laptop.seal(bytes(32))) == (
            503, "the TPM is in failure mode: switch the machine off and on")
        failing.clear()
        laptop.commit(remote)
    assert remote.wait() == 0
    assert b"\npolicy tpm\n" in test_seal.text_of(store)


def test_a_credential_for_another_key_is_refused_by_the_tpm(serving):
    with serving().client_v1(CODE) as client:
        laptop = Round(client)
        laptop.attest()
        name = attestation.Public(laptop.ak).name[:-1] + b"?"
        credential, secret = attestation.make_credential(laptop.ek, name, attestation.SECRET)
        assert laptop.refused("attest-prove", {
            "credential": base64_of(credential), "secret": base64_of(secret),
            "nonce": base64_of(NONCE)}) == (
                503, "TPM command ActivateCredential: response code 0x1df")
        laptop.prove()


@pytest.mark.parametrize("name,body", [
    ("attest", b"[]"), ("attest", b""), ("attest-prove", b"{}"), ("attest-prove", b"null"),
    ("seal", b'{"policy":"pcr","pcrs":[24]}')])
def test_a_malformed_body_is_400_and_the_connection_goes_on(serving, name, body):
    with serving().client_v1(CODE) as client:
        assert refusal(client.ask("POST", name, body))[0] == 400
        Round(client).attest()


def test_one_connection_has_the_tpm(serving):
    remote = serving()
    with remote.client_v1(CODE) as client, remote.client_v1(CODE) as other:
        first, second = Round(client), Round(other)
        first.attest()
        for name, body in (("attest", {}), ("seal", {"policy": "tpm", "nonce": base64_of(NONCE)})):
            assert second.refused(name, body) == (409, test_seal.IN_USE)
        first.prove()
        client.close()
        harness.eventually(lambda: second.post("attest", {}).status == 200)
        second.attest()
        second.prove()


# A TPM that does not answer ---------------------------------------------------------------------

class Stuck:
    """`change` that holds the first command of this kind until `release` is set."""

    def __init__(self, code):
        self.code, self.reached, self.release = code, threading.Event(), threading.Event()

    def __call__(self, _, command):
        if test_seal.code_of(command) == self.code and not self.reached.is_set():
            self.reached.set()
            self.release.wait(swtpm.PATIENCE)


@pytest.fixture(name="stuck")
def fixture_stuck(between):
    """A function that makes a listener whose TPM does not answer to that command."""
    made = []

    def start(code):
        made.append(Stuck(code))
        listener = between(change=made[-1])
        listener.stuck = made[-1]
        return listener
    yield start
    for one in made:
        one.release.set()


@pytest.mark.parametrize("code,name", [(GET_CAPABILITY, "attest"), (CREATE_PRIMARY, "attest"),
                                       (ACTIVATE_CREDENTIAL, "attest-prove")])
def test_a_tpm_that_does_not_answer_is_given_up(serving, stuck, tpm, code, name):
    listener = stuck(code)
    remote = serving(path=listener.path, program=harness.HASTY)
    with remote.client_v1(CODE) as client:
        laptop = Round(client)
        if name == "attest":
            assert laptop.refused("attest") == (503, "the TPM did not answer for 2 s")
        else:
            laptop.attest()
            assert laptop.refused(name, laptop.credential()) == (
                503, "the TPM did not answer for 2 s")
        # It is asked again, by another process. Without /dev/tpmrm0 nothing flushes what the first
        # one has left.
        listener.stuck.release.set()
        tpm.flush()
        laptop.attest()


def test_a_tpm_that_does_not_answer_after_enter_is_given_up(serving, store, stuck):
    listener = stuck(test_seal.CERTIFY)
    remote = serving(path=listener.path, program=harness.HASTY)
    with remote.client_v1(CODE) as client:
        laptop = Round(client)
        laptop.attest()
        assert answered(laptop.seal(attestation.policy_pcrs({7: laptop.prove()[7]})))[0] == 200
        laptop.ask_commit()
        remote.press()
        line = "the TPM did not answer for 2 s; nothing was written"
        assert refusal(client.receive()) == (503, line)
    assert remote.wait() == 1 and line in remote.err.text
    assert store.names() == [store.file("STHostName").name]


def test_a_client_that_leaves_frees_the_tpm(serving, stuck, tpm):
    listener = stuck(CREATE_PRIMARY)
    remote = serving(path=listener.path)
    with remote.client_v1(CODE) as client, remote.client_v1(CODE) as other:
        client.send(client.request("POST", "attest", b"{}"))
        assert listener.stuck.reached.wait(swtpm.PATIENCE)
        second = Round(other)
        assert second.refused("attest") == (409, test_seal.IN_USE)
        client.close()
        remote.err.wait_for("the client left before it received the answer")
        listener.stuck.release.set()
        harness.eventually(lambda: listener.answers, swtpm.PATIENCE, "the end of the command")
        # What /dev/tpmrm0 does when its file is closed. The key would fill swtpm's three places.
        tpm.flush()
        second.attest()
        second.prove()


# The bus ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", ["tpm", "pcr"])
def test_the_seed_is_not_on_the_bus(serving, store, tpm, between, kind):
    listener = between()
    remote = serving(path=listener.path)
    with remote.client_v1(CODE) as client:
        laptop = Round(client)
        laptop.attest()
        policy = attestation.policy_pcrs({7: laptop.prove()[7]})
        changes = {} if kind == "pcr" else {"policy": "tpm"}
        assert answered(laptop.seal(policy, **changes)) == (200, {})
        laptop.commit(remote)
    assert remote.wait() == 0
    listener.close()
    text = test_seal.text_of(store)
    assert f"\npolicy {kind}".encode() in text
    secret = test_seal.opens(tpm, text)
    assert struct.pack(">I", test_seal.CERTIFY) in listener.bus
    for part in (secret[:8], secret[8:16], secret[16:24], secret[24:32], secret[36:44],
                 secret[-8:]):
        assert part not in listener.bus


# A role that was taken over ---------------------------------------------------------------------

FRAMES = {name: int(number) for name, number in re.findall(
    r"\bTPM_IPC_(\w+) = (\d+)", (harness.ROOT / "src/tpm/ipc.h").read_text())}
MISBEHAVED = "the process that talks to the TPM sent what it was not asked for"


def blob(data):
    return attestation.sized(data) + bytes(512 - len(data))


LOOKED = (b"XX".ljust(17, b"\0") + b"A TPM".ljust(65, b"\0") + b"1.2".ljust(18, b"\0") + b"\1" +
          struct.pack(">HI", 0x000b, 0xffffff) + bytes(15 * 6) + bytes(4 + 7))
L_1 = b"\3"
ATTESTED = L_1 + blob(b"ek") + blob(b"ak")
PROVED = bytes(32) + bytes(16 * 32) + blob(b"quote") + blob(b"signature")
GOOD = {"LOOK": [("LOOKED", LOOKED)],
        "ATTEST": [("CERTIFICATE", b"\0der"), ("CERTIFICATE", b"\1one"),
                   ("CERTIFICATE", b"\1other"), ("ATTESTED", ATTESTED)],
        "PROVE": [("PROVED", PROVED)]}
CHAIN = ("CERTIFICATE", b"\1" + bytes(4096))
LIES = [
    ("LOOK", [("LOOKED", LOOKED[:-1])]), ("LOOK", [("LOOKED", LOOKED + b"\0")]),
    ("LOOK", [("LOOKED", LOOKED[:-1] + b"\2")]), ("LOOK", [("LOOKED", b"")]),
    ("LOOK", [("LOOKED", b"X" * 17 + LOOKED[17:])]),
    ("LOOK", [("LOOKED", b"\x1b[2J".ljust(17, b"\0") + LOOKED[17:])]),
    ("LOOK", [("LOOKED", LOOKED[:100] + b"\x11" + LOOKED[101:])]),
    ("LOOK", [("ATTESTED", ATTESTED)]), ("LOOK", [("DONE", b"")]), ("LOOK", [("READY", b"")]),
    ("LOOK", [("LOOK", b"")]), ("LOOK", [(255, b"")]), ("LOOK", [CHAIN]),
    ("LOOK", [("FAILED", struct.pack(">i", 11) + b"why")]),
    ("LOOK", [("FAILED", struct.pack(">i", -5))]), ("LOOK", [("FAILED", bytes(4) + b"why")]),
    ("LOOK", [("FAILED", struct.pack(">i", -5000) + b"why")]),
    ("LOOK", [("FAILED", struct.pack(">i", -5) + b"x" * 2000)]),
    ("ATTEST", [("ATTESTED", ATTESTED[:-1])]), ("ATTEST", [("ATTESTED", ATTESTED + b"\0")]),
    ("ATTEST", [("ATTESTED", b"\2" + ATTESTED[1:])]),
    ("ATTEST", [("ATTESTED", b"\x08" + ATTESTED[1:])]),
    ("ATTEST", [("ATTESTED", L_1 + b"\2\1" + ATTESTED[3:])]),
    ("ATTEST", [("ATTESTED", L_1 + blob(b"") + blob(b"ak"))]),
    ("ATTEST", [("ATTESTED", L_1 + blob(b"ek") + blob(b""))]),
    ("ATTEST", [("LOOKED", LOOKED)]), ("ATTEST", [("PROVED", PROVED)]),
    ("ATTEST", [("OPENED", bytes(68))]), ("ATTEST", [("READY", b"")]),
    ("ATTEST", [("CERTIFICATE", b"")]), ("ATTEST", [("CERTIFICATE", b"\0")]),
    ("ATTEST", [("CERTIFICATE", b"\2der")]), ("ATTEST", [("CERTIFICATE", bytes(4098))]),
    ("ATTEST", [("CERTIFICATE", b"\0der")] * 2), ("ATTEST", [("CERTIFICATE", b"\1der")] * 17),
    ("ATTEST", [CHAIN] * 4 + [("CERTIFICATE", b"\1x")]),
    ("ATTEST", [("FAILED", struct.pack(">i", 12) + b"why")]),
    ("PROVE", [("PROVED", PROVED[:-1])]), ("PROVE", [("PROVED", PROVED + b"\0")]),
    ("PROVE", [("PROVED", PROVED[:-514] + blob(b""))]),
    ("PROVE", [("PROVED", PROVED[:544] + b"\xff\xff" + PROVED[546:])]),
    ("PROVE", [("ATTESTED", ATTESTED)]), ("PROVE", [CHAIN]), ("PROVE", [("SEALED", bytes(4000))]),
]


class Liar:
    """What stprov_liar's role takes for its TPM: gets the requests, and answers as it likes."""

    def __init__(self, directory):
        self.path = directory / "liar"
        self.answers, self.started, self.requests = {}, 0, []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen(8)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                role, _ = self.listener.accept()
            except OSError:
                return
            self.started += 1
            with role, role.makefile("rb") as frames:
                self.serve_one(role, frames)

    def serve_one(self, role, frames):
        try:
            while head := frames.read(5):
                length, kind = struct.unpack(">IB", head)
                self.requests.append((kind, frames.read(length - 1)))
                name, = (name for name, number in FRAMES.items() if number == kind)
                self.tell(role, [("READY", b"")] if name == "START" else
                          self.answers.get(name, GOOD.get(name, [])))
        except OSError:
            pass

    @staticmethod
    def tell(role, frames):
        for kind, payload in frames:
            role.sendall(struct.pack(">IB", 1 + len(payload), FRAMES.get(kind, kind)) + payload)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(swtpm.PATIENCE)


@pytest.fixture(name="liar")
def fixture_liar(started, tmp_path_factory):
    return started(Liar(tmp_path_factory.mktemp("liar")))


def test_a_role_that_keeps_to_its_frames_is_believed(serving, liar):
    with serving(path=liar.path, program=harness.LIAR).client_v1(CODE) as client:
        laptop = Round(client)
        shown = laptop.attest()
        assert shown["tpm"]["vendor"] == "A TPM" and shown["tpm"]["banks"] == ["sha256"]
        assert shown["ek"] == {"template": "L-1", "public": base64_of(b"ek"),
                               "certificate": base64_of(b"der"),
                               "chain": [base64_of(b"one"), base64_of(b"other")]}
        body = {"credential": base64_of(b"c" * 70), "secret": base64_of(b"s" * 256),
                "nonce": base64_of(NONCE)}
        assert laptop.post("attest-prove", body).status == 200
        # What the role got: the key, the client's bytes, and what a quote of this connection says.
        assert liar.requests[-1] == (FRAMES["PROVE"], L_1 + blob(b"c" * 70) + blob(b"s" * 256) +
                                     attestation.quote_purpose(laptop.exporter, NONCE))
        liar.answers = {"PROVE": [("FAILED", struct.pack(">i", -5) + b"a\x1b[2J reason")]}
        assert laptop.refused("attest-prove", body) == (503, "a\\x1b[2J reason")


def test_a_role_that_lies_is_ended_and_another_one_is_started(serving, store, liar):
    remote = serving(path=liar.path, program=harness.LIAR)
    body = {"credential": base64_of(bytes(68)), "secret": base64_of(bytes(68)),
            "nonce": base64_of(NONCE)}
    for number in range(0, len(LIES), 20):  # of the 64 requests of a connection
        with remote.client_v1(CODE) as client:
            laptop = Round(client)
            harness.eventually(lambda: laptop.post("attest", {}).status == 200)
            for request, lie in LIES[number:number + 20]:
                started = liar.started
                liar.answers = {request: lie}
                if request == "PROVE":
                    answer = laptop.refused("attest-prove", body)
                else:
                    answer = laptop.refused("attest")
                assert answer == (503, MISBEHAVED), (request, lie)
                liar.answers = {}
                laptop.attest()
                assert liar.started == started + 1, (request, lie)
    assert remote.running and store.names() == [store.file("STHostName").name]


@pytest.mark.parametrize("more", [[("ATTESTED", ATTESTED)], [("READY", b"")] * 1000, [(0, b"")]])
def test_what_nobody_asked_for_ends_the_role(serving, liar, more):
    remote = serving(path=liar.path, program=harness.LIAR)
    with remote.client_v1(CODE) as client:
        laptop = Round(client)
        liar.answers = {"ATTEST": [("ATTESTED", ATTESTED), *more]}
        laptop.attest()
        liar.answers = {}
        # A request that is on its way when such a frame comes is refused.
        harness.eventually(lambda: (laptop.post("attest", {}).status == 200 and
                                    liar.started == 2))
