# SPDX-License-Identifier: BSD-2-Clause
"""A store whose host key is sealed to a TPM, and files beside it, made without stprov's code for
files and for OpenSSH's format."""
import base64
import os
import struct

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import ospkg
import test_tpm

SECRET = test_tpm.SECRET
FILES_KEY = SECRET[36:]
COMMENT = b"ospkg@system-transparency"
# A text that can be read, of no TPM of these tests.
FOREIGN = (test_tpm.harness.ROOT / "tests/fuzz/corpus/tpm_sealed/pcr").read_bytes()


def string(data):
    return struct.pack(">I", len(data)) + data


def private_key(public_line, secret=SECRET):
    """The seed as an OpenSSH private key (openssh-portable, PROTOCOL.key), in lines of 64."""
    blob = base64.b64decode(public_line.split()[1])
    inner = secret[32:36] * 2 + blob + string(secret[:32] + blob[-32:]) + string(COMMENT)
    inner += bytes(range(1, 1 + -len(inner) % 8))
    whole = base64.b64encode(b"openssh-key-v1\0" + string(b"none") * 2 + string(b"") +
                             struct.pack(">I", 1) + string(blob) + string(inner))
    lines = [whole[at:at + 64] for at in range(0, len(whole), 64)]
    return b"\n".join([b"-----BEGIN OPENSSH PRIVATE KEY-----", *lines,
                       b"-----END OPENSSH PRIVATE KEY-----", b""])


def encrypted(name, data, key=FILES_KEY):
    """The variable of a file."""
    nonce = os.urandom(12)
    return b"\1" + nonce + AESGCM(key).encrypt(nonce, data, f"STFile-{name}".encode())


class Platform(ospkg.Platform):
    """STHostKeySealed of this TPM in place of STHostKey."""

    def __init__(self, directory, tpm, *seal, **kwargs):
        super().__init__(directory, **kwargs)
        self.tpm = tpm
        self.text = test_tpm.sealed(tpm, *seal).text
        self.line = self.text.decode().splitlines()[1]
        self.remove("STHostKey")
        self.key = private_key(self.line)
        self.write("STHostKeySealed", self.text)

    def put_file(self, name, data=b"some data\n", **options):
        self.write(f"STFile-{name}", encrypted(name, data, **options))

    def words(self, command, *arguments, tpm=None):
        return super().words(command, "--tpm", str(tpm or self.tpm.path), *arguments)

    def secrets(self):
        return [*super().secrets(), FILES_KEY.hex()]
