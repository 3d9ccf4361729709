"""Protocol stprov/v1 once more, in Python and from its description alone (docs/protocol.md).

As v0.py: nothing here looks at stprov's own code or output, so that both of its parts are tested
against something that is not ours. Checked by itself against the vectors of RFC 9383.
"""
import hashlib
import hmac
import os
import re

import p256

HELLO = b"STPROV/1\n"
M = p256.decompress("02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f")
N = p256.decompress("03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49")
PROVER, VERIFIER = b"stprov local", b"stprov remote"
CONTEXT = b"stprov/v1 SPAKE2+-P256-SHA256-HKDF-SHA256-HMAC-SHA256"
IDENTITY = b"stprov/v1"
CONSONANTS, VOWELS = "bcdfghjklnprstvx", "eiou"


# Codes and words -------------------------------------------------------------------------------

def word(value):
    """Five letters of 16 bits."""
    return (CONSONANTS[value >> 12] + VOWELS[value >> 10 & 3] + CONSONANTS[value >> 6 & 15] +
            VOWELS[value >> 4 & 3] + CONSONANTS[value & 15])


def words(data):
    return f"{word(data[0] << 8 | data[1])} {word(data[2] << 8 | data[3])}"


def normalise(code):
    letters = CONSONANTS + VOWELS
    group = f"[{letters}]{{5}}"
    lower = "".join(c.lower() if c.isascii() else c for c in code)
    if re.fullmatch(f"{group}(?:[ .-]*{group})*", lower):
        return re.sub("[ .-]", "", lower)
    return code


# SPAKE2+ ------------------------------------------------------------------------------------

def hkdf(key, info, length):
    """RFC 5869 with SHA-256 and no salt."""
    key = hmac.digest(bytes(32), key, "sha256")
    block, stream = b"", b""
    while len(stream) < length:
        block = hmac.digest(key, block + info + bytes([len(stream) // 32 + 1]), "sha256")
        stream += block
    return stream[:length]


def parts(*items):
    return b"".join(len(item).to_bytes(8, "little") + item for item in items)


def scalars(code, prover=PROVER, verifier=VERIFIER):
    """(w0, w1) of a code as typed."""
    wide = hashlib.scrypt(parts(normalise(code).encode(), prover, verifier), salt=b"stprov/v1",
                          n=1024, r=8, p=1, dklen=80)
    return (int.from_bytes(wide[:40], "big") % p256.N, int.from_bytes(wide[40:], "big") % p256.N)


def scalar():
    return int.from_bytes(os.urandom(40), "big") % (p256.N - 1) + 1


class Keys:
    """The key schedule over a transcript."""

    def __init__(self, context, prover, verifier, share_p, share_v, z, v, w0):
        self.transcript = parts(context, prover, verifier, p256.encode(M), p256.encode(N),
                                share_p, share_v, p256.encode(z), p256.encode(v),
                                w0.to_bytes(32, "big"))
        main = hashlib.sha256(self.transcript).digest()
        confirmation = hkdf(main, b"ConfirmationKeys", 64)
        self.confirm_p = hmac.digest(confirmation[:32], share_v, "sha256")
        self.confirm_v = hmac.digest(confirmation[32:], share_p, "sha256")
        self.shared = hkdf(main, b"SharedKey", 32)
        self.psk = hkdf(self.shared, b"stprov/v1 tls psk", 32)
        self.words = words(hkdf(self.shared, b"stprov/v1 sas", 4))


def share_of_prover(w0, x):
    return p256.encode(p256.add(p256.multiply(x), p256.multiply(w0, M)))


def share_of_verifier(w0, y):
    return p256.encode(p256.add(p256.multiply(y), p256.multiply(w0, N)))


def secrets_of_prover(w0, w1, x, share_v):
    point = p256.add(p256.decode(share_v), p256.negative(p256.multiply(w0, N)))
    return p256.multiply(x, point), p256.multiply(w1, point)


def secrets_of_verifier(w0, l, y, share_p):
    point = p256.add(p256.decode(share_p), p256.negative(p256.multiply(w0, M)))
    return p256.multiply(y, point), p256.multiply(y, l)
