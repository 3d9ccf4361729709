# SPDX-License-Identifier: BSD-2-Clause
"""The Authenticode SHA-256 of real programs, with efitools and sbsigntool as other implementations.

Both append zero bytes to a program that is not signed, so that its length is a multiple of 8.
"""
import pathlib
import shutil
import struct
import subprocess

import pytest

import harness

EFITOOLS = sorted(pathlib.Path("/usr/lib/efitools").glob("*/*.efi"))
STUB = pathlib.Path("/usr/lib/systemd/boot/efi/linuxx64.efi.stub")


def digests(path):
    """(as it is, once it is signed), in hex."""
    done = subprocess.run([harness.BUILD / "tests/integration/pe_probe", path],
                          capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return tuple(done.stdout.split())


def digest_of_efitools(path, tmp_path):
    """The hash at the end of the signature list that efitools makes."""
    listing = tmp_path / "hash.esl"
    subprocess.run(["hash-to-efi-sig-list", path, listing], capture_output=True, check=True)
    return listing.read_bytes()[-32:].hex()


@pytest.fixture(name="key", scope="module")
def fixture_key(tmp_path_factory):
    folder = tmp_path_factory.mktemp("key")
    subprocess.run(["openssl", "req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj",
                    "/CN=test", "-days", "30", "-keyout", folder / "key", "-out", folder / "cert"],
                   capture_output=True, check=True)
    return folder


def sign(key, path, out):
    subprocess.run(["sbsign", "--key", key / "key", "--cert", key / "cert", "--output", out, path],
                   capture_output=True, check=True)


def test_programs_have_the_digest_that_efitools_computes(tmp_path):
    assert len(EFITOOLS) > 5
    for path in [*EFITOOLS, STUB]:
        as_it_is, when_signed = digests(path)
        assert when_signed == digest_of_efitools(path, tmp_path), path
        assert (as_it_is == when_signed) == (path.stat().st_size % 8 == 0), path


def test_signing_changes_no_digest_but_for_the_bytes_that_it_appends(key, tmp_path):
    for path in [EFITOOLS[0], STUB]:
        signed, twice, stripped = (tmp_path / name for name in ("signed", "twice", "stripped"))
        sign(key, path, signed)
        assert digests(signed) == (digests(path)[1],) * 2
        assert digest_of_efitools(signed, tmp_path) == digests(path)[1]
        sign(key, signed, twice)
        assert twice.stat().st_size > signed.stat().st_size
        assert digests(twice) == digests(signed)
        shutil.copy(twice, stripped)
        subprocess.run(["sbattach", "--remove", stripped], capture_output=True, check=True)
        subprocess.run(["sbattach", "--remove", stripped], capture_output=True, check=True)
        assert digests(stripped)[1] == digests(signed)[0]


def test_a_byte_that_is_changed_changes_the_digest(tmp_path):
    data = bytearray(STUB.read_bytes())
    changed = tmp_path / "changed"
    for place in (0x400, len(data) // 2, len(data) - 1):
        data[place] ^= 1
        changed.write_bytes(data)
        assert digests(changed)[0] != digests(STUB)[0]
        assert digests(changed)[1] == digest_of_efitools(changed, tmp_path)
        data[place] ^= 1


def test_what_follows_the_sections_counts_to_its_last_byte(tmp_path):
    """It is longer than what is read at once, and no part of it is like another."""
    long = tmp_path / "long"
    long.write_bytes(STUB.read_bytes() + struct.pack("<200000I", *range(200000)))
    assert digests(long)[1] == digest_of_efitools(long, tmp_path)


def test_sections_that_objcopy_added_count(tmp_path):
    """As an image is made of systemd's stub."""
    added, text = tmp_path / "added.efi", tmp_path / "text"
    text.write_text("console=ttyS0 " * 100)
    subprocess.run(["objcopy", "--add-section", f".cmdline={text}", "--change-section-vma",
                    ".cmdline=0x30000", STUB, added], capture_output=True, check=True)
    assert digests(added)[1] == digest_of_efitools(added, tmp_path) != digests(STUB)[1]
