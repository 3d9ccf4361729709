# SPDX-License-Identifier: BSD-2-Clause
"""attest, attest-prove and seal by PCRs on swtpm, checked by a verifier of the tests' own
(attestation.py)."""
import base64
import json
import os

import pytest

import attestation
import harness
import test_seal
import test_tpm
import v0

CODE = "bocil-dufen"
LOG = "/sys/kernel/security/tpm0/binary_bios_measurements"
NONCE, SECRET = bytes(range(32)), bytes(range(50, 82))
NO_BANK = "PCR bank SHA-256 is not in use: switch it on in the firmware's menu"
KIB = 1024


def base64_of(data):
    return base64.b64encode(data).decode()


def decoded(value):
    return base64.b64decode(value, validate=True)


def answered(answer):
    """(status, the JSON object)."""
    return answer.status, json.loads(answer.body)


def refusal(answer):
    status, body = answered(answer)
    assert list(body) == ["error"]
    return status, body["error"]


class Round:
    """The requests of a laptop, on a connection of v1.py."""

    def __init__(self, client):
        self.client, self.shown, self.ek, self.ak = client, None, None, None

    @property
    def exporter(self):
        return self.client.tls.binding()

    def post(self, name, body):
        return self.client.ask("POST", name, v0.compact(body))

    def attest(self):
        status, self.shown = answered(self.post("attest", {}))
        assert status == 200, self.shown
        self.ek, self.ak = (decoded(self.shown[key]["public"]) for key in ("ek", "ak"))
        return self.shown

    def credential(self, ak=None):
        credential, secret = attestation.make_credential(self.ek, ak or self.ak, SECRET)
        return {"credential": base64_of(credential), "secret": base64_of(secret),
                "nonce": base64_of(NONCE)}

    def prove(self):
        """PCR 0 to 15, which are proved."""
        status, proof = answered(self.post("attest-prove", self.credential()))
        assert status == 200, proof
        assert set(proof) == {"credential", "quote", "signature", "pcrs"}
        assert decoded(proof["credential"]) == SECRET
        assert list(proof["pcrs"]) == ["sha256"]
        values = proof["pcrs"]["sha256"]
        assert list(values) == [str(number) for number in range(16)]
        pcrs = [bytes.fromhex(value) for value in values.values()]
        attestation.check_quote(self.ak, decoded(proof["quote"]), decoded(proof["signature"]),
                                attestation.quote_purpose(self.exporter, NONCE), pcrs)
        return pcrs

    def seal(self, policy, **changes):
        return self.post("seal", {"policy": "pcr", "pcrs": [7], "digest": base64_of(policy),
                                  "nonce": base64_of(NONCE), **changes})

    def commit(self, remote):
        """The answer after Enter, whose statement is checked."""
        assert self.post("add-data", json.loads(test_seal.ADD_DATA)).status == 200
        self.client.believed["sealed"] = True
        self.client.ask_commit()
        remote.press()
        status, stored = answered(self.client.receive())
        assert status == 200, stored
        sealed = {key: decoded(value) for key, value in stored["sealed"].items()}
        blob = decoded(stored["publickey"].split()[1])
        attestation.check_sealed(self.ak, sealed,
                                 attestation.seal_purpose(self.exporter, NONCE, blob))
        return sealed


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
