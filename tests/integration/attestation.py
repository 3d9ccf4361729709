# SPDX-License-Identifier: BSD-2-Clause
"""A verifier of a platform's TPM, from the specifications alone: TPM 2.0 Library (TCG), Part 1
(sections 11.4, 24 and annexes B and C) and Part 2. It shares no code with stprov.

`Round` has the requests of a laptop.
"""
import base64
import hashlib
import hmac
import json
import os
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

import v0

NONCE, SECRET = bytes(range(32)), bytes(range(50, 82))
ADD_DATA = {"entropy": base64.b64encode(bytes(32)).decode(), "timestamp": 0}
HASHES = {0x000b: "sha256", 0x000c: "sha384"}
CURVES = {0x0003: ec.SECP256R1(), 0x0004: ec.SECP384R1()}
ENDORSEMENT = struct.pack(">I", 0x4000000b)
GENERATED = b"\xffTCG"
CERTIFY, QUOTE = 0x8017, 0x8018


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def sized(data):
    return struct.pack(">H", len(data)) + data


class Reader:
    """Fields of a TPM's structure, one after the other."""

    def __init__(self, data):
        self.data = data

    def take(self, length):
        assert len(self.data) >= length, "truncated"
        part, self.data = self.data[:length], self.data[length:]
        return part

    def number(self, length):
        return int.from_bytes(self.take(length), "big")

    def sized(self):
        return self.take(self.number(2))

    def end(self):
        assert not self.data, "something follows"


class Public:
    """TPMT_PUBLIC of a storage or signing key (Part 2, section 12.2.4)."""

    def __init__(self, data):
        r = Reader(data)
        kind, self.name_alg, self.attributes = r.number(2), r.number(2), r.number(4)
        self.policy = r.sized()
        self.bits = None
        if r.number(2) != 0x0010:  # symmetric: AES and CFB
            self.bits = r.number(2)
            assert r.number(2) == 0x0043
        self.scheme = r.number(2)
        if self.scheme != 0x0010:
            self.scheme_hash = r.number(2)
        if kind == 0x0001:
            assert r.number(2) == 2048
            exponent = r.number(4) or 65537
            self.key = rsa.RSAPublicNumbers(exponent, int.from_bytes(r.sized(), "big")).public_key()
        else:
            assert kind == 0x0023
            curve = CURVES[r.number(2)]
            assert r.number(2) == 0x0010  # no KDF
            x, y = int.from_bytes(r.sized(), "big"), int.from_bytes(r.sized(), "big")
            self.key = ec.EllipticCurvePublicNumbers(x, y, curve).public_key()
        r.end()
        self.hash = HASHES[self.name_alg]
        self.name = struct.pack(">H", self.name_alg) + hashlib.new(self.hash, data).digest()

    @property
    def digest_size(self):
        return hashlib.new(self.hash).digest_size


def kdfa(name, key, label, context, bits):
    """Part 1, section 11.4.10.2."""
    out, counter = b"", 0
    while len(out) < bits // 8:
        counter += 1
        out += hmac.digest(key, struct.pack(">I", counter) + label + b"\0" + context +
                           struct.pack(">I", bits), name)
    return out[:bits // 8]


def kdfe(name, z, label, party_u, party_v, bits):
    """Part 1, section 11.4.10.3."""
    out, counter = b"", 0
    while len(out) < bits // 8:
        counter += 1
        out += hashlib.new(name, struct.pack(">I", counter) + z + label + b"\0" + party_u +
                           party_v).digest()
    return out[:bits // 8]


def share_seed(ek):
    """(seed, TPM2B_ENCRYPTED_SECRET's content): Part 1, annexes B.10.4 and C.6.4."""
    if isinstance(ek.key, rsa.RSAPublicKey):
        algorithm = {"sha256": hashes.SHA256, "sha384": hashes.SHA384}[ek.hash]()
        seed = os.urandom(ek.digest_size)
        return seed, ek.key.encrypt(seed, padding.OAEP(padding.MGF1(algorithm), algorithm,
                                                       b"IDENTITY\0"))
    curve = ek.key.curve
    size = (curve.key_size + 7) // 8
    private = ec.generate_private_key(curve)
    z = private.exchange(ec.ECDH(), ek.key)
    ours, theirs = private.public_key().public_numbers(), ek.key.public_numbers()
    seed = kdfe(ek.hash, z, b"IDENTITY", ours.x.to_bytes(size, "big"),
                theirs.x.to_bytes(size, "big"), 8 * ek.digest_size)
    return seed, sized(ours.x.to_bytes(size, "big")) + sized(ours.y.to_bytes(size, "big"))


def make_credential(ek_public, name, value):
    """TPM2_MakeCredential without a TPM: (TPM2B_ID_OBJECT's content, the secret's). @name: of the
    attestation key."""
    ek = Public(ek_public)
    seed, secret = share_seed(ek)
    cipher = Cipher(algorithms.AES(kdfa(ek.hash, seed, b"STORAGE", name, ek.bits)),
                    modes.CFB(bytes(16))).encryptor()
    identity = cipher.update(sized(value)) + cipher.finalize()
    key = kdfa(ek.hash, seed, b"INTEGRITY", b"", 8 * ek.digest_size)
    return sized(hmac.digest(key, identity + name, ek.hash)) + identity, secret


class Statement:
    """TPMS_ATTEST, whose signature by the attestation key is checked (Part 2, section 10.12.8)."""

    def __init__(self, ak_public, statement, signature):
        ak = Public(ak_public)
        assert ak.attributes == 0x00050472 and (ak.scheme, ak.scheme_hash) == (0x0018, 0x000b)
        r = Reader(signature)
        assert (r.number(2), r.number(2)) == (0x0018, 0x000b)
        parts = [int.from_bytes(r.sized(), "big") for _ in range(2)]
        r.end()
        ak.key.verify(utils.encode_dss_signature(*parts), statement, ec.ECDSA(hashes.SHA256()))
        r = Reader(statement)
        assert r.take(4) == GENERATED
        self.type = r.number(2)
        # A primary key of the endorsement hierarchy, and this one.
        assert r.sized() == b"\0\x0b" + sha256(ENDORSEMENT, ak.name)
        self.extra = r.sized()
        r.take(17 + 8)
        if self.type == QUOTE:
            assert (r.number(4), r.number(2)) == (1, 0x000b)
            self.selected = r.take(r.number(1))
            self.digest = r.sized()
        else:
            assert self.type == CERTIFY
            self.name, self.qualified_name = r.sized(), r.sized()
        r.end()


def quote_purpose(exporter, nonce):
    return sha256(b"stprov/v1 quote\0", exporter, nonce)


def seal_purpose(exporter, nonce, ssh_blob):
    return sha256(b"stprov/v1 sealed\0", exporter, nonce, sha256(ssh_blob))


def check_quote(ak_public, quote, signature, purpose, pcrs):
    """@pcrs: the values of PCR 0 to 15."""
    statement = Statement(ak_public, quote, signature)
    assert statement.type == QUOTE and statement.extra == purpose
    assert statement.selected == b"\xff\xff\0" and len(pcrs) == 16
    assert statement.digest == sha256(*pcrs)


def check_sealed(ak_public, sealed, purpose):
    """A commit's `sealed`, decoded."""
    statement = Statement(ak_public, sealed["certify"], sealed["signature"])
    assert statement.type == CERTIFY and statement.extra == purpose
    name = b"\0\x0b" + sha256(sealed["public"])
    assert statement.name == name
    # Below that parent, which is a persistent key of the owner.
    parent = b"\0\x0b" + sha256(sealed["parent"])
    assert len(statement.qualified_name) == len(parent)


def policy_pcrs(values):
    """The digest of PolicyPCR over PCRs, {number: value} (Part 3, section 23.7)."""
    mask = sum(1 << number for number in values).to_bytes(3, "little")
    return sha256(bytes(32), bytes.fromhex("0000017f" "00000001" "000b" "03"), mask,
                  sha256(*(values[number] for number in sorted(values))))


# The requests of a laptop -----------------------------------------------------------------------

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

    def refused(self, name, body=None):
        """(status, sentence)."""
        return refusal(self.post(name, body or {}))

    def attest(self):
        status, self.shown = answered(self.post("attest", {}))
        assert status == 200, self.shown
        self.ek, self.ak = (decoded(self.shown[key]["public"]) for key in ("ek", "ak"))
        return self.shown

    def credential(self):
        credential, secret = make_credential(self.ek, Public(self.ak).name, SECRET)
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
        check_quote(self.ak, decoded(proof["quote"]), decoded(proof["signature"]),
                    quote_purpose(self.exporter, NONCE), pcrs)
        return pcrs

    def seal(self, digest, **changes):
        return self.post("seal", {"policy": "pcr", "pcrs": [7], "digest": base64_of(digest),
                                  "nonce": base64_of(NONCE), **changes})

    def ask_commit(self):
        """Of a sealed key."""
        assert self.post("add-data", ADD_DATA).status == 200
        self.client.believed["sealed"] = True
        self.client.ask_commit()

    def commit(self, remote):
        """The answer after Enter, whose statement is checked."""
        self.ask_commit()
        remote.press()
        return self.stored()

    def stored(self):
        """The answer to the commit, and what the TPM states there."""
        status, stored = answered(self.client.receive())
        assert status == 200, stored
        sealed = {key: decoded(value) for key, value in stored["sealed"].items()}
        blob = decoded(stored["publickey"].split()[1])
        check_sealed(self.ak, sealed, seal_purpose(self.exporter, NONCE, blob))
        return sealed
