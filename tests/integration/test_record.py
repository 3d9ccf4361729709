# SPDX-License-Identifier: BSD-2-Clause
"""`local attestation`: the record of a round that was made with a TPM, checked offline; each change
of it is refused."""
import base64
import json
import os
import subprocess

import pytest

import harness
import v0

ROUND = json.loads((harness.ROOT / "tests" / "vectors" / "attestation.json").read_text())
NOT_PROVED = "EK and AK: as recorded, not proved\n"


@pytest.fixture(name="record")
def fixture_record(tmp_path):
    """(path, the object): to be changed and written with write()."""
    (tmp_path / "roots.pem").write_text(ROUND["ek_roots_pem"])
    return tmp_path / "record.json", {
        "version": 1, "time": "2026-11-26T18:04:05Z", "hostname": "st.example.org",
        "ip": "192.0.2.10", "comparison_words": None, "tier": "certificate",
        "messages": json.loads(json.dumps(ROUND["messages"])), "exporter": ROUND["exporter"],
        "later": {"a key": "of a later version"}}


def write(record):
    path, content = record
    path.write_text(json.dumps(content))
    return path


def check(path, *arguments):
    """(exit code, stdout, stderr without what it begins with)."""
    done = subprocess.run([harness.STPROV, "local", "attestation", *map(str, arguments), str(path)],
                          capture_output=True, text=True, timeout=v0.PATIENCE, check=False,
                          stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr.removeprefix("stprov local attestation: ")


def test_a_record_is_told_in_rows(record, tmp_path):
    code, out, err = check(write(record), "--ek-roots", tmp_path / "roots.pem")
    assert (code, err) == (0, "")
    assert out == f"""\
record         st.example.org, 192.0.2.10, 2026-11-26T18:04:05Z
TPM            IBM SW TPM, firmware 20191023.00163636
endorsement    certificate, verified with {tmp_path}/roots.pem; SHA-256 9a45be75...
channel        the quote is of the recorded connection
boot log       35 events explain PCR 0-7, 9 and 11; PCR 10 is not explained
Secure Boot    off, Setup Mode
host key       sealed, policy pcr 7 c7e22baac15b9df6
{NOT_PROVED}"""
    # What a platform sent steers no terminal.
    record[1]["hostname"] = "\x1b[31m"
    record[1]["messages"][0]["answer"]["tpm"]["vendor"] = "\x1b[0m \\"
    _, out, _ = check(write(record))
    assert "\x1b" not in out and "record         \\x1b[31m, " in out


def test_a_record_from_before_the_commit(record):
    del record[1]["messages"][2:]
    code, out, _ = check(write(record))
    assert code == 0 and "host key       none: the record was written before the commit\n" in out


def flip(text, at=-2):
    """Base64 with one bit changed."""
    data = bytearray(base64.b64decode(text))
    data[at] ^= 1
    return base64.b64encode(data).decode()


def changed(place, *keys, at=-2):
    """A change of one value of a record, in base64."""
    *first, last = keys
    for key in first:
        place = place[key]
    place[last] = flip(place[last], at)


def drop(number):
    return lambda record: record["messages"].pop(number)


def swap_statement(record):
    """The quote in place of the statement about the key."""
    prove, sealed = record["messages"][1]["answer"], record["messages"][3]["answer"]["sealed"]
    sealed["certify"], sealed["signature"] = prove["quote"], prove["signature"]


def another_image(record):
    """In the log, and not in PCR 4."""
    answer = record["messages"][0]["answer"]
    image = bytes.fromhex(ROUND["image_authenticode_sha256"])
    log = base64.b64decode(answer["event_log"])
    assert log.count(image) == 1
    answer["event_log"] = base64.b64encode(log.replace(image, bytes(32))).decode()


def shorter_log(record):
    answer = record["messages"][0]["answer"]
    answer["event_log"] = base64.b64encode(base64.b64decode(answer["event_log"])[:-1]).decode()


CHANGES = {
    "version": (lambda r: r.update(version=2), "it is of a version that is not known here"),
    "exporter": (lambda r: r.update(exporter="00" * 32),
                 "the quote is not of this connection: somebody may be in between"),
    "no exporter": (lambda r: r.pop("exporter"), "exporter is not 32 bytes in hex"),
    "no attest": (drop(0), "POST /stprov/v1/attest is missing"),
    "no proof": (drop(1), "POST /stprov/v1/attest-prove is missing"),
    "twice": (lambda r: r["messages"].append(r["messages"][1]),
              "POST /stprov/v1/attest-prove is there twice"),
    "nonce": (lambda r: changed(r["messages"][1]["body"], "nonce"),
              "the quote is not of this connection: somebody may be in between"),
    "ek": (lambda r: changed(r["messages"][0]["answer"], "ek", "public"),
           "the certificate is of another key"),
    "certificate": (lambda r: changed(r["messages"][0]["answer"], "ek", "certificate"),
                    "the EK certificate has no chain to --ek-roots: certificate signature failure"),
    "ak": (lambda r: changed(r["messages"][0]["answer"], "ak", "public"),
           "the TPM's quote is not signed by the attestation key"),
    "signature": (lambda r: changed(r["messages"][1]["answer"], "signature"),
                  "the TPM's quote is not signed by the attestation key"),
    "pcr": (lambda r: r["messages"][1]["answer"]["pcrs"]["sha256"].update({"11": "00" * 32}),
            "the PCRs do not have the values of the quote"),
    "log": (another_image, "the boot log does not explain PCR 4"),
    "end of the log": (shorter_log, "the boot log: "),
    "policy": (lambda r: changed(r["messages"][2]["body"], "digest"),
               "the sealed object in the TPM does not have the policy and attributes that were "
               "asked for"),
    "other policy": (lambda r: r["messages"][2]["body"].update(policy="tpm"),
                     "the sealed object in the TPM does not have the policy and attributes that "
                     "were asked for"),
    "statement": (swap_statement, "the TPM's statement is malformed"),
    "object": (lambda r: changed(r["messages"][3]["answer"], "sealed", "public"),
               "the TPM's statement is of another object"),
    "statement's signature": (lambda r: changed(r["messages"][3]["answer"], "sealed", "signature"),
                              "the TPM's statement is not signed by the attestation key"),
    "not asked for": (drop(2), "the host key is sealed, but that is not what was asked for"),
    "not sealed": (lambda r: r["messages"][3]["answer"].pop("sealed"),
                   "the host key is not sealed, but that is not what was asked for"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_of_a_record_is_refused(record, tmp_path, name):
    change, sentence = CHANGES[name]
    change(record[1])
    code, out, err = check(write(record), "--ek-roots", tmp_path / "roots.pem")
    assert (code, out) == (1, "") and err.startswith(f"{tmp_path}/record.json: {sentence}"), err


@pytest.mark.parametrize("text,sentence", [
    ("", "malformed JSON: line 1, column 0"), ("[]", "malformed JSON: not an object"),
    ('{"version":1,"version":1}', "duplicate key in JSON: line 1, column"),
    ('{"a":' * 17 + "1" + "}" * 17, "malformed JSON: more than 16 levels deep")])
def test_what_is_not_a_record(tmp_path, text, sentence):
    path = tmp_path / "record.json"
    path.write_text(text)
    code, _, err = check(path)
    assert code == 1 and err.startswith(f"{path}: {sentence}"), err


def test_a_file_that_cannot_be_read_or_is_too_large(tmp_path):
    path = tmp_path / "record.json"
    code, _, err = check(path)
    assert (code, err) == (1, f"{path}: cannot be read: No such file or directory\n")
    with path.open("wb") as file:
        file.truncate((2 << 20) + 1)
    assert check(path) == (1, "", f"{path}: cannot be read: larger than {2 << 20} bytes\n")
    assert check(tmp_path) == (1, "", f"{tmp_path}: cannot be read: Is a directory\n")
    os.unlink(path)
    os.mkfifo(path)
    assert check(path)[0] == 1


class Signer:
    """An SSH key that signs records, and the file that allows it."""

    def __init__(self, directory, name):
        self.key = directory / name
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key, "-C", name],
                       check=True, timeout=v0.PATIENCE)
        self.allowed = directory / f"{name}.allowed"
        public = (directory / f"{name}.pub").read_text()
        self.allowed.write_text(f"{name}@example.org {public}")

    def sign(self, path, namespace="stprov"):
        path.with_name(path.name + ".sig").unlink(missing_ok=True)
        subprocess.run(["ssh-keygen", "-Y", "sign", "-n", namespace, "-f", self.key, path],
                       check=True, timeout=v0.PATIENCE, capture_output=True)


def test_a_signature_over_the_record_proves_the_rest(record, tmp_path):
    path, signer = write(record), Signer(tmp_path, "alice")
    missing = (1, "", f"{path}: the record's signature is missing, or by a key that is not in "
                      "--signers\n")
    assert check(path, "--signers", signer.allowed) == missing
    signer.sign(path)
    code, out, err = check(path, "--signers", signer.allowed)
    assert (code, err) == (0, "") and NOT_PROVED not in out
    assert out.splitlines()[-1] == ("signature      by alice@example.org: that EK and AK are in "
                                    "one TPM is what the signer's laptop proved")
    # Another key, another text, another purpose.
    assert check(path, "--signers", Signer(tmp_path, "mallory").allowed) == missing
    path.write_text(path.read_text() + "\n")
    assert check(path, "--signers", signer.allowed) == (
        1, "", f"{path}: the record's signature is wrong\n")
    signer.sign(path, "file")
    assert check(path, "--signers", signer.allowed)[0] == 1
