# SPDX-License-Identifier: BSD-2-Clause
"""Secure Boot keys in .auth form, made by efitools (tests/data/make-auth.sh); broken ones."""
import functools
import pathlib
import struct
import subprocess

import harness
import v0

MAKE = harness.ROOT / "tests" / "data" / "make-auth.sh"
FILES = {"pk": "PK", "kek": "KEK", "db": "db", "dbx": "dbx"}
# Offsets in a .auth file: EFI_TIME, then WIN_CERTIFICATE_UEFI_GUID.
TIME_SIZE = 16


@functools.cache
def _made(directory):
    subprocess.run([MAKE, directory], check=True, timeout=4 * v0.PATIENCE,
                   stdin=subprocess.DEVNULL, capture_output=True)
    return {name: (directory / f"{file}.auth").read_bytes() for name, file in FILES.items()}


def make(directory):
    """{"pk": bytes, "kek": ..., "db": ..., "dbx": ...}, each signed by the one above it."""
    return dict(_made(pathlib.Path(directory)))


# What make-auth.sh makes beside the right chain; see there.
OTHERS = ["KEK-wrong", "dbx-append", "KEK-append", "dbx-wrong", "db-by-PK", "PK-two", "PK-append",
          "db-issued"]


def others(directory):
    """{"KEK-wrong": bytes, ...}, of the keys that make() made in the same directory."""
    _made(pathlib.Path(directory))
    return {name: (pathlib.Path(directory) / f"{name}.auth").read_bytes() for name in OTHERS}


def signed(directory, variable, signer, lists):
    """An update of @variable to @lists, signed by a key of the directory: "PK", "KEK" or "db"."""
    place = pathlib.Path(directory)
    (place / "lists.esl").write_bytes(lists)
    subprocess.run(["sign-efi-sig-list", "-t", "2025-01-30 13:49:01", "-k", f"{signer}.key",
                    "-c", f"{signer}.crt", variable, "lists.esl", "signed.auth"], cwd=place,
                   check=True, timeout=v0.PATIENCE, stdin=subprocess.DEVNULL, capture_output=True)
    return (place / "signed.auth").read_bytes()


def lists_offset(auth):
    """Where the signature lists begin: after the time and the certificate."""
    return TIME_SIZE + struct.unpack_from("<I", auth, TIME_SIZE)[0]


def patched(auth, offset, replacement):
    return auth[:offset] + replacement + auth[offset + len(replacement):]


def malformed(auth):
    """{what is wrong: bytes}"""
    lists = lists_offset(auth)
    word = struct.pack
    return {
        "one byte": auth[:1],
        "cut in the time": auth[:10],
        "cut in the certificate's head": auth[:TIME_SIZE + 10],
        "cut in the certificate": auth[:lists - 1],
        "cut in the signature list's head": auth[:lists + 20],
        "cut in the signature list": auth[:-1],
        "a byte behind the last list": auth + b"\0",
        "month 13": patched(auth, 2, b"\x0d"),
        "day 0": patched(auth, 3, b"\x00"),
        "hour 24": patched(auth, 4, b"\x18"),
        "certificate longer than the file": patched(auth, TIME_SIZE, word("<I", len(auth))),
        "certificate of length 0": patched(auth, TIME_SIZE, word("<I", 0)),
        "certificate shorter than its head": patched(auth, TIME_SIZE, word("<I", 23)),
        "certificate of length 2^32-1": patched(auth, TIME_SIZE, word("<I", 0xFFFFFFFF)),
        "another revision": patched(auth, TIME_SIZE + 4, word("<H", 0x0100)),
        "another certificate type": patched(auth, TIME_SIZE + 6, word("<H", 0x0002)),
        "another certificate GUID": patched(auth, TIME_SIZE + 8, bytes(16)),
        "list longer than the file": patched(auth, lists + 16, word("<I", len(auth))),
        "list of length 0": patched(auth, lists + 16, word("<I", 0)),
        "list header beyond its list": patched(auth, lists + 20, word("<I", 0xFFFFFFF0)),
        "signatures of size 0": patched(auth, lists + 24, word("<I", 0)),
        "signatures that do not fill the list": patched(auth, lists + 24, word("<I", 17)),
        "text": b"-----BEGIN CERTIFICATE-----\n" * 40,
    }
