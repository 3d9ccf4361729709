# SPDX-License-Identifier: BSD-2-Clause
"""`local run --attest` and what belongs to it: what the laptop finds in a platform's TPM (swtpm),
on our platform and on false ones; the record, checked by a verifier of the tests' own."""
import base64
import contextlib
import hashlib
import json
import os
import re
import struct
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

import attestation
import harness
import swtpm
import test_tpm
import v0
import v1

CODE = "bocil-dufen"
NOTHING = "; nothing was written\n"
VECTORS = json.loads((harness.ROOT / "tests" / "vectors" / "bootlog.json").read_text())
EKU = "2.23.133.8.1"


def decoded(value):
    return base64.b64decode(value, validate=True)


@pytest.fixture(name="pair")
def fixture_pair(platform, local, tpm):
    """A function that starts both: (platform, laptop). The words are typed unless an option says
    that they are not compared."""
    def start(*arguments, path=None, compare=True, prefix=()):
        remote = platform(compat=False, password=CODE, prefix=prefix,
                          arguments=["--tpm", str(path or tpm.path)])
        laptop = local(remote.address, password=CODE, compat=False,
                       arguments=[*(["--words", "-"] if compare else []), *map(str, arguments)])
        if compare:
            laptop.type(remote.err.wait_for(r"comparison words: ([a-z]{5} [a-z]{5})\n")[1] + "\n")
        return remote, laptop
    return start


def finish(remote, laptop, code=0):
    remote.press()
    assert laptop.wait() == code, laptop.err.text
    assert remote.wait() == 0, remote.err.text


def refused(store, laptop, sentence):
    """The laptop has ended with this sentence, and nothing is stored."""
    assert laptop.wait() == 1, laptop.err.text
    assert f": attestation: {sentence}{NOTHING}" in laptop.err.text, laptop.err.text
    assert laptop.out.text == ""
    assert "STHostKey" not in store.names() and "STHostKeySealed" not in store.names()


def ek_of(tpm):
    """(SubjectPublicKeyInfo in DER, its SHA-256) of the endorsement key, by other tools."""
    tpm.tool("tpm2_createek", "-c", "ek.ctx", "-G", "ecc", "-u", "ek.pub")
    tpm.tool("tpm2_readpublic", "-c", "ek.ctx", "-f", "der", "-o", "ek.der")
    tpm.flush()
    der = (tpm.directory / "ek.der").read_bytes()
    return der, hashlib.sha256(der).hexdigest()


def check_record(path):
    """Everything in a record that others can check, by a verifier that shares no code with us."""
    assert os.stat(path).st_mode & 0o7777 == 0o600
    text = path.read_text()
    record = json.loads(text)
    assert text.endswith("}\n") and text.count("\n") == 1 and record["version"] == 1
    messages = {message["request"].split("/")[-1]: message for message in record["messages"]}
    attest, prove = messages["attest"], messages["attest-prove"]
    ak = decoded(attest["answer"]["ak"]["public"])
    exporter = bytes.fromhex(record["exporter"])
    values = prove["answer"]["pcrs"]["sha256"]
    attestation.check_quote(
        ak, decoded(prove["answer"]["quote"]), decoded(prove["answer"]["signature"]),
        attestation.quote_purpose(exporter, decoded(prove["body"]["nonce"])),
        [bytes.fromhex(values[str(number)]) for number in range(16)])
    der = attestation.Public(ak).key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert record["ak_pem"] == der.decode()
    ek = attestation.Public(decoded(attest["answer"]["ek"]["public"])).key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert record["ek_sha256"] == hashlib.sha256(ek).hexdigest()
    if "seal" in messages:
        answer = messages["commit"]["answer"]
        attestation.check_sealed(
            ak, {key: decoded(value) for key, value in answer["sealed"].items()},
            attestation.seal_purpose(exporter, decoded(messages["seal"]["body"]["nonce"]),
                                     decoded(answer["publickey"].split()[1])))
    return record, messages


def found(record, check):
    return [(one["result"], one["text"]) for one in record["findings"] if one["check"] == check]


# Tiers ------------------------------------------------------------------------------------------

def test_first_use_then_pinned(pair, store, tpm, tmp_path):
    """The row of the first run has the value that pins the TPM in the next one."""
    path = tmp_path / "record.json"
    path.write_text("an older one")
    path.chmod(0o644)
    before = store.names()
    remote, laptop = pair("--attest", path, "--json")
    remote.wait_for_question()
    # The record is there before anything is decided.
    record, messages = check_record(path)
    assert store.names() == before and list(messages) == ["attest", "attest-prove"]
    assert record["hostname"] is None and record["comparison_words"] is None
    finish(remote, laptop)
    result, (record, messages) = json.loads(laptop.out.text), check_record(path)
    assert record["hostname"] == harness.HOSTNAME and record["tier"] == "first use"
    assert record["comparison_words"] == result["comparison_words"]
    assert list(messages) == ["attest", "attest-prove", "commit"]
    assert set(messages["commit"]["answer"]) == {"publickey", "fingerprint", "hostname"}
    _, pin = ek_of(tpm)
    assert result["attestation"] == {
        "record": str(path), "tier": "first use", "ek_sha256": pin,
        "findings": record["findings"], "secure_boot": record["secure_boot"]}
    assert found(record, "tier") == [("warning", "first use: nothing says whose TPM it is")]
    assert found(record, "boot log")[0][0] == "warning"
    rows = laptop.err.text
    for row in ("TPM            IBM SW TPM, firmware 20191023.00163636\n",
                f"endorsement    first use: it may be any TPM; to pin this one: --ek {pin}\n",
                "channel        the quote is of this connection\n",
                "boot log       none that is usable: nothing is known of what was started\n"):
        assert row in rows, rows
    pins = tmp_path / "pins"
    pins.write_text(f"# servers\n{'0' * 64}\n\n{pin.upper()} # rack 7\n")
    # A pinned TPM is compared in place of the words, also when files are sent.
    remote, laptop = pair("--attest", path, "--ek", f"@{pins}", "--no-compare",
                          "--file", f"app.conf={pins}", compare=False)
    finish(remote, laptop)
    record, _ = check_record(path)
    assert record["tier"] == "pinned" and record["comparison_words"] is None
    again = subprocess.run([harness.STPROV, "local", "attestation", path, "--ek", f"@{pins}"],
                           capture_output=True, text=True, timeout=v0.PATIENCE, check=False)
    assert again.returncode == 0 and "endorsement    pinned; " in again.stdout, again.stderr
    assert f"endorsement    pinned; SHA-256 {pin[:8]}...\n" in laptop.err.text
    test_tpm.check_clean(tpm)


def test_another_tpm_than_the_pinned_one_is_refused(pair, store, tpm):
    _, pin = ek_of(tpm)
    _, laptop = pair("--ek", "00" * 32, "--no-compare", compare=False)
    refused(store, laptop, f"the endorsement key is not one of --ek: its SHA-256 is {pin}")


class Authority:
    """A maker's CA, by openssl(1): a root and an intermediate one."""

    def __init__(self, directory):
        self.directory = directory
        self.serial = 0
        self.ask("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=maker", "-days", "30")
        self.ask("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-keyout", "middle.key", "-out", "middle.csr", "-subj", "/CN=maker 2")
        self.sign("root", "middle.csr", "middle.pem", "basicConstraints=critical,CA:TRUE")

    def ask(self, *arguments, stdin=None):
        return subprocess.run(["openssl", *map(str, arguments)], cwd=self.directory, check=True,
                              input=stdin, capture_output=True, timeout=v0.PATIENCE).stdout

    def sign(self, ca, request, out, extension, *options):
        self.serial += 1
        (self.directory / "extension").write_text(extension)
        self.ask("x509", "-req", "-in", request, "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key",
                 "-set_serial", self.serial, "-days", "30", "-extfile", "extension",
                 "-out", out, *options)

    def certify(self, key, usage=EKU, options=(), ca="middle"):
        """A certificate in DER of a public key in DER, as of an endorsement key: the subject is
        empty, and the name of the TPM is in a critical extension."""
        (self.directory / "ek.der").write_bytes(key)
        self.ask("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-keyout", "other.key", "-out", "other.csr", "-subj", "/")
        self.ask("pkey", "-pubin", "-inform", "der", "-in", "ek.der", "-out", "ek.pub.pem")
        self.sign(ca, "other.csr", "ek.pem",
                  "subjectAltName=critical,dirName:tpm\n"
                  + (f"extendedKeyUsage={usage}\n" if usage else "")
                  + "[tpm]\n1.2.23.133.2.1=id:49424D00\n",
                  "-force_pubkey", "ek.pub.pem", *options)
        return self.ask("x509", "-in", "ek.pem", "-outform", "der")

    def der(self, name):
        return self.ask("x509", "-in", f"{name}.pem", "-outform", "der")


@pytest.fixture(name="maker", scope="session")
def fixture_maker(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("maker"))


def store_certificate(tpm, der, chain=()):
    test_tpm.define_index(tpm, test_tpm.EK_INDICES["L-2"], der)
    for number, part in enumerate(chain):
        test_tpm.define_index(tpm, 0x01c00100 + number, part)


def test_a_certificate_is_verified_with_the_makers_roots(pair, tpm, maker, tmp_path):
    """The index is longer than the certificate; its chain is in the TPM; the roots are a directory
    with something else in it."""
    key, pin = ek_of(tpm)
    store_certificate(tpm, maker.certify(key) + bytes(100), [maker.der("middle")])
    (tmp_path / "roots").mkdir()
    (tmp_path / "roots" / "maker.pem").write_bytes((maker.directory / "root.pem").read_bytes())
    (tmp_path / "roots" / "README").write_text("certificates of makers")
    path = tmp_path / "record.json"
    remote, laptop = pair("--attest", path, "--ek-roots", tmp_path / "roots", "--seal", "tpm")
    finish(remote, laptop)
    record, messages = check_record(path)
    assert record["tier"] == "certificate" and messages["commit"]["answer"]["sealed"]
    assert record["roots"][1:] == [hashlib.sha256(maker.der(name)).hexdigest()
                                   for name in ("middle", "root")]
    assert (f"endorsement    certificate, verified with {tmp_path}/roots; SHA-256 {pin[:8]}...\n"
            in laptop.err.text)
    assert "host key       sealed, opened by any system on that machine\n" in laptop.err.text
    assert found(record, "host key") == [
        ("good", "the TPM says that it is sealed as it was asked for")]


@pytest.mark.parametrize("name", test_tpm.EK_INDICES)
def test_each_kind_of_endorsement_key_is_verified(pair, tpm, maker, tmp_path, name):
    """The key is that of the index that has a certificate."""
    index = test_tpm.EK_INDICES[name]
    test_tpm.define_index(tpm, index, b"none yet")
    public = attestation.Public(tpm.rig("attest").bytes("ek_public"))
    tpm.tool("tpm2_nvundefine", hex(index), "-C", "o")
    test_tpm.define_index(tpm, index, maker.certify(public.key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)))
    path = tmp_path / "record.json"
    finish(*pair("--attest", path, "--ek-roots", maker.directory / "middle.pem"))
    record, messages = check_record(path)
    assert messages["attest"]["answer"]["ek"]["template"] == name
    assert record["tier"] == "certificate" and found(record, "credential")[0][0] == "good"


def test_an_intermediate_certificate_is_enough_and_an_expired_one_a_warning(
        pair, tpm, maker, tmp_path):
    key, _ = ek_of(tpm)
    store_certificate(tpm, maker.certify(key, usage=None, options=("-days", "-1")))
    path = tmp_path / "record.json"
    remote, laptop = pair("--attest", path, "--ek-roots", maker.directory / "middle.pem")
    finish(remote, laptop)
    record, _ = check_record(path)
    assert ("warning", "it has expired, or is not yet valid") in found(record, "certificate")
    assert "warning: certificate: it has expired, or is not yet valid\n" in laptop.err.text


NO_CHAIN = "the EK certificate has no chain to --ek-roots: unable to get local issuer certificate"


@pytest.mark.parametrize("kind,sentence", [
    ("none", "the TPM has no EK certificate"),
    ("other key", "the certificate is of another key"),
    ("other use", "the certificate is not one of an endorsement key"),
    ("no chain", NO_CHAIN),
    ("garbage", "the EK certificate is malformed"),
    ("oaep", "the EK certificate's key cannot be read")])
def test_a_certificate_that_is_wrong_is_refused(pair, store, tpm, maker, kind, sentence):
    key, _ = ek_of(tpm)
    if kind == "other key":
        key = rsa.generate_private_key(65537, 2048).public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    der = maker.certify(key, usage="serverAuth" if kind == "other use" else EKU)
    if kind == "oaep":
        # id-ecPublicKey becomes a kind of key that OpenSSL does not know.
        der = der.replace(bytes.fromhex("06072a8648ce3d0201"), bytes.fromhex("06072a8648ce3d0209"))
    if kind != "none":
        store_certificate(tpm, os.urandom(700) if kind == "garbage" else der)
    # Without the intermediate one there is no chain to the root.
    roots = "root" if kind == "no chain" else "middle"
    _, laptop = pair("--ek-roots", maker.directory / f"{roots}.pem", "--no-compare", "--ek",
                     ek_of(tpm)[1], compare=False)
    refused(store, laptop, sentence)


def test_through_the_console_too(store, tpm, started, tmp_path):
    """`local console` attests before it compares, and its record is complete."""
    path, pin = tmp_path / "record.json", ek_of(tpm)[1]
    words = ["-i", "127.0.0.1", "-a", "127.0.0.1", "-p", str(harness.free_port()),
             "--tpm", str(tpm.path), *store.options]
    laptop = started(harness.Process(
        ["local", "console", "--run", " ".join(words), "--yes", "--json", "--ek", pin, "--seal",
         "tpm", "--attest", str(path), "--", harness.STPROV, "remote", "console"]))
    assert laptop.wait() == 0, laptop.err.text
    record, messages = check_record(path)
    assert record["tier"] == "pinned" and "seal" in messages
    assert json.loads(laptop.out.text)["attestation"]["tier"] == "pinned"
    assert "endorsement    pinned; SHA-256 " in laptop.err.text


# False platforms --------------------------------------------------------------------------------

def forward(client, names=("attest", "attest-prove")):
    """Answers of a platform in between, which has the real one's: {request: function}."""
    def answer(request):
        real = client.ask("POST", request.endpoint, request.body)
        return v0.go_answer(real.status, real.body, "application/json")
    return {name: answer for name in names}


def test_a_relay_between_two_runs_is_refused_although_the_words_are_not_compared(
        platform, local, store, tpm):
    """The machine in between knows the code, and has the pinned TPM answer."""
    _, pin = ek_of(tpm)
    remote = platform(compat=False, password=CODE, arguments=["--tpm", str(tpm.path)])
    with remote.client_v1(CODE) as client, v1.FakePlatform(CODE, forward(client)) as between:
        laptop = local(between.address, password=CODE, compat=False,
                       arguments=["--no-compare", "--ek", pin])
        refused(store, laptop, "the quote is not of this connection: somebody may be in between")
        # No entropy, no file, nothing else.
        assert between.paths == ["/stprov/v1/attest", "/stprov/v1/attest-prove"]


def test_a_relay_that_seals_elsewhere_is_found_after_the_commit(
        platform, local, store, tpm, tmp_path):
    """Without an attestation the statement is the first thing that tells."""
    remote = platform(compat=False, password=CODE, arguments=["--tpm", str(tpm.path)])
    names = ("seal", "add-data", "prepare", "commit")
    with remote.client_v1(CODE) as client, v1.FakePlatform(CODE, forward(client, names)) as between:
        laptop = local(between.address, password=CODE, compat=False, arguments=[
            "--no-compare", "--seal", "tpm", "--known-hosts", str(tmp_path / "hosts")])
        remote.wait_for_question()
        remote.press()
        assert laptop.wait() == 1
    assert ("the host key was stored, but not as asked: the TPM's statement is not of this "
            "connection and host key\n") in laptop.err.text
    assert not (tmp_path / "hosts").exists() and laptop.out.text == ""
    assert store.read("STHostKeySealed")


def false_answer(good, change):
    """@good with some values changed: {path of keys: value}."""
    answer = json.loads(json.dumps(good))
    for keys, value in change.items():
        place = answer
        *first, last = keys.split(".")
        for key in first:
            place = place[key]
        place[last] = value
    return v1.answer_json(answer)


GOOD = json.loads((harness.ROOT / "tests" / "vectors" / "attestation.json").read_text())
ATTEST, PROVE = (GOOD["messages"][number]["answer"] for number in (0, 1))


@pytest.mark.parametrize("attest,prove,sentence", [
    ({}, {}, "the TPM could not prove that it holds the endorsement key"),
    ({"ek.template": "L-2"}, {}, "the endorsement key is not of a known kind"),
    ({"ak.public": ATTEST["ek"]["public"]}, {},
     "the attestation key is not a restricted signing key"),
    ({"ak.public": "AAAA!"}, {},
     'the platform\'s answer to attest: ak: "public" is not base64'),
    ({"ek.certificate": base64.b64encode(bytes(4097)).decode()}, {}, None),
    ({"event_log": base64.b64encode(bytes(256 * 1024 + 1)).decode()}, {}, None),
    ({"tpm.vendor": "x" * 80}, {}, "the platform's answer to attest: tpm: vendor is too long"),
    ({"tpm.banks": ["x"] * 17}, {}, "the platform's answer to attest: tpm: too many banks"),
    ({}, {"pcrs.sha256.15": "00"},
     "the platform's answer to attest-prove: pcrs: PCR 15 is not 32 bytes in hex"),
    ({}, {"quote": ""}, "the platform's answer to attest-prove: quote is too short")])
def test_a_platform_that_lies_is_refused(local, store, attest, prove, sentence):
    answers = {"attest": false_answer(ATTEST, attest), "attest-prove": false_answer(PROVE, prove)}
    with v1.FakePlatform(CODE, answers) as fake:
        laptop = local(fake.address, password=CODE, compat=False, arguments=[
            "--no-compare", "--ek", hashlib.sha256(spki(ATTEST)).hexdigest()])
        if sentence:
            refused(store, laptop, sentence)
        else:
            assert laptop.wait() == 1 and NOTHING in laptop.err.text
        assert set(fake.paths) <= {"/stprov/v1/attest", "/stprov/v1/attest-prove"}


def spki(attest):
    return attestation.Public(decoded(attest["ek"]["public"])).key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def test_an_old_platform_and_one_without_tpm_are_told_apart(pair, local, store, tmp_path):
    with v1.FakePlatform(CODE) as fake:
        laptop = local(fake.address, password=CODE, compat=False,
                       arguments=["--no-compare", "--ek", "00" * 32])
        assert laptop.wait() == 1
        assert "the platform's stprov knows nothing of TPMs; nothing was written\n" \
            in laptop.err.text
    _, laptop = pair("--ek", "00" * 32, "--no-compare", compare=False, path=tmp_path / "none")
    assert laptop.wait() == 1
    assert re.search("attestation: .*No such file.*; nothing was written\n", laptop.err.text)
    assert "STHostKey" not in store.names()


# The boot ---------------------------------------------------------------------------------------

def events(log):
    """(offset of the digest, PCR, type) of each event of a log with SHA-256 only."""
    at = 32 + struct.unpack_from("<I", log, 28)[0]
    while at < len(log):
        pcr, kind, count = struct.unpack_from("<III", log, at)
        assert count == 1 and struct.unpack_from("<H", log, at + 12)[0] == 0x0b
        yield at + 14, pcr, kind
        at += 14 + 32 + 4 + struct.unpack_from("<I", log, at + 46)[0]


class Boot:
    """A machine whose firmware has measured a log, and shows it."""

    def __init__(self, tpm, space, log, directory):
        self.prefix = space.prefix
        measured = [f"{pcr}:sha256={log[at:at + 32].hex()}" for at, pcr, kind in events(log)
                    if kind != 3]
        for at in range(0, len(measured), 8):
            tpm.tool("tpm2_pcrextend", *measured[at:at + 8])
        (directory / "tpm0").mkdir(parents=True)
        (directory / "tpm0" / "binary_bios_measurements").write_bytes(log)
        space.run("mount", "--bind", str(directory), "/sys/kernel/security")


@pytest.fixture(name="bare_tpm")
def fixture_bare_tpm(started):
    """A TPM whose PCRs are zero."""
    return started(swtpm.Tpm())


@pytest.fixture(name="boot")
def fixture_boot(started, bare_tpm, tmp_path):
    def start(log):
        space = harness.Namespace("-m")
        stack.callback(space.close)
        return Boot(bare_tpm, space, log, tmp_path / "security")
    with contextlib.ExitStack() as stack:
        yield start


def log_of(name):
    return base64.b64decode(VECTORS["eventlog"]["logs"][name]["log"])


def program(filling):
    """A small EFI program, and its Authenticode SHA-256 (Microsoft's "Windows Authenticode Portable
    Executable Signature Format")."""
    header = bytearray(0x200)
    header[:2] = b"MZ"
    struct.pack_into("<I", header, 0x3c, 0x40)
    struct.pack_into("<4sHHIIIHH", header, 0x40, b"PE\0\0", 0x8664, 1, 0, 0, 0, 240, 0x22)
    struct.pack_into("<H", header, 0x58, 0x20b)
    struct.pack_into("<I", header, 0x58 + 60, 0x200)   # SizeOfHeaders
    struct.pack_into("<I", header, 0x58 + 108, 16)     # NumberOfRvaAndSizes
    struct.pack_into("<8sIIII", header, 0x58 + 240, b".text", 0x200, 0x1000, 0x200, 0x200)
    data = bytes(header) + filling.ljust(0x200, b"\0")
    checksum, table = 0x58 + 64, 0x58 + 144
    return data, hashlib.sha256(
        data[:checksum] + data[checksum + 4:table] + data[table + 8:]).digest()


def log_with_image(digest):
    """The log of a boot that started this image."""
    log = base64.b64decode(VECTORS["attestation"]["event_log"])
    old = bytes.fromhex(VECTORS["attestation"]["image_authenticode_sha256"])
    assert log.count(old) == 1
    return log.replace(old, digest)


def test_the_image_that_was_started(pair, bare_tpm, boot, tmp_path):
    image, digest = program(b"the image")
    (tmp_path / "image.efi").write_bytes(image)
    path, booted = tmp_path / "record.json", boot(log_with_image(digest))
    remote, laptop = pair("--attest", path, "--image", tmp_path / "image.efi", path=bare_tpm.path,
                          prefix=booted.prefix)
    finish(remote, laptop)
    record, _ = check_record(path)
    assert found(record, "image") == [("good", f"{tmp_path}/image.efi was started")]
    assert record["secure_boot"] == {"enabled": False, "setup_mode": True, "pcr7_predicted": None}
    for row in ("boot log       35 events explain PCR 0-7, 9 and 11\n",
                f"image          {tmp_path}/image.efi was started\n",
                "Secure Boot    off, Setup Mode\n"):
        assert row in laptop.err.text, laptop.err.text


def test_an_image_of_which_one_byte_differs_was_not_started(pair, store, bare_tpm, boot, tmp_path):
    image, digest = program(b"the image")
    (tmp_path / "image.efi").write_bytes(image[:-1] + b"\1")
    _, laptop = pair("--image", tmp_path / "image.efi", path=bare_tpm.path,
                     prefix=boot(log_with_image(digest)).prefix)
    refused(store, laptop, f"the platform did not start {tmp_path}/image.efi")


@pytest.mark.parametrize("pcr,sentence", [
    (4, "the boot log does not explain PCR 4"), (7, "the boot log does not explain PCR 7"),
    (12, "PCR 12 is not zero: something unsigned was loaded with the image; if these are defaults "
         "on the boot medium, give --defaults"),
    (1, None), (10, None)])
def test_what_the_log_does_not_explain(pair, store, bare_tpm, boot, tmp_path, pcr, sentence):
    """PCR 4 and 7 must be explained, PCR 12 be zero for an image; others are named."""
    image, digest = program(b"the image")
    (tmp_path / "image").write_bytes(image)
    booted = boot(log_with_image(digest))
    bare_tpm.extend(pcr)
    remote, laptop = pair("--image", tmp_path / "image", path=bare_tpm.path, prefix=booted.prefix)
    if sentence:
        refused(store, laptop, sentence)
        return
    finish(remote, laptop)
    assert f"; PCR {pcr} is not explained\n" in laptop.err.text


def archive_digest(text):
    """SHA-256 of the cpio archive that systemd-stub makes of a credential, by bsdcpio's rules
    written down once more: newc, a trailer with an upper-case digit."""
    def member(number, name, mode, data=b""):
        raw = name.encode() + b"\0"
        head = "070701" + "".join(f"{value:08x}" for value in (
            number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(raw), 0))
        head = head.encode() + raw
        return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)
    return hashlib.sha256(
        member(1, ".extra", 0o40555) + member(2, ".extra/credentials", 0o40500)
        + member(3, ".extra/credentials/stprov.defaults.cred", 0o100400, text)
        + member(0, "TRAILER!!!", 0).replace(b"0000000b", b"0000000B")).digest()


@pytest.mark.parametrize("how", ["file", "value", "other file"])
def test_defaults_on_the_medium_are_explained(pair, store, bare_tpm, boot, tmp_path, how):
    image, digest = program(b"the image")
    (tmp_path / "image").write_bytes(image)
    (tmp_path / "defaults").write_text("host = web01.example.org\n")
    booted = boot(log_with_image(digest))
    bare_tpm.extend(12, archive_digest(b"host = web01.example.org\n"))
    given = bare_tpm.pcr(12).hex() if how == "value" else tmp_path / "defaults"
    if how == "other file":
        (tmp_path / "defaults").write_text("host = web02.example.org\n")
    remote, laptop = pair("--image", tmp_path / "image", "--defaults", given, path=bare_tpm.path,
                          prefix=booted.prefix)
    if how == "other file":
        refused(store, laptop, f"PCR 12 is not what {given} on the boot medium gives")
    else:
        finish(remote, laptop)


def test_a_key_is_sealed_for_the_boot_with_new_keys(
        pair, store, bare_tpm, boot, tmp_path):
    """In Setup Mode, for the keys of this run: the boot that the firmware will make opens it, this
    one does not."""
    files = VECTORS["pcr7"]["auth_files"]
    options = []
    for name in ("PK", "KEK", "db", "dbx"):
        (tmp_path / name).write_bytes(base64.b64decode(files[name]))
        options += [f"--{name.lower()}", tmp_path / name]
    certificate = tmp_path / "boot.der"
    certificate.write_bytes(base64.b64decode(VECTORS["pcr7"]["certificates"]["stboot"]))
    store.write("SetupMode", b"\1", attributes=6)
    booted = boot(log_of("r2a"))
    path = tmp_path / "record.json"
    remote, laptop = pair("--seal", "secure-boot", "--boot-cert", certificate, "--attest", path,
                          "--json", *options, path=bare_tpm.path, prefix=booted.prefix)
    finish(remote, laptop)
    predicted = VECTORS["policy"]["value"]
    record, messages = check_record(path)
    assert record["secure_boot"]["pcr7_predicted"] == predicted
    assert messages["seal"]["body"]["pcrs"] == [7]
    digest = VECTORS["policy"]["policy_digest"]
    assert json.loads(laptop.out.text)["sealed"] == {"policy": "pcr", "pcrs": [7], "digest": digest}
    assert (f"Secure Boot    off, Setup Mode; with the keys of this run PCR 7 will be "
            f"{predicted[:8]}...\n") in laptop.err.text
    assert f"host key       sealed, policy pcr 7 {digest[:16]}\n" in laptop.err.text
    text = store.read("STHostKeySealed")[1]
    assert test_tpm.opened(bare_tpm, text)[0] == test_tpm.PCRS
    bare_tpm.restart()
    log = log_of("r2c")
    for at, pcr, kind in events(log):
        if pcr == 7 and kind != 3:
            bare_tpm.extend(7, log[at:at + 32])
    assert bare_tpm.pcr(7).hex() == predicted
    assert isinstance(test_tpm.opened(bare_tpm, text), bytes)


@pytest.mark.parametrize("log,sentence", [
    (None, "the firmware left no usable log of this boot .is securityfs mounted.."),
    ("r2a", ".*Secure Boot is off.*")])
def test_without_a_known_value_nothing_is_sealed(
        pair, store, bare_tpm, boot, tmp_path, log, sentence):
    """Without a log, and without keys in Setup Mode."""
    certificate = tmp_path / "boot.der"
    certificate.write_bytes(base64.b64decode(VECTORS["pcr7"]["certificates"]["stboot"]))
    if log:
        prefix = boot(log_of(log)).prefix
    else:
        bare_tpm.extend(0)
        prefix = ()
    _, laptop = pair("--seal", "secure-boot", "--boot-cert", certificate, "--no-compare", "--ek",
                     ek_of(bare_tpm)[1], compare=False, path=bare_tpm.path, prefix=prefix)
    assert laptop.wait() == 1
    assert re.search(f": --seal secure-boot: {sentence}{NOTHING}", laptop.err.text), laptop.err.text
    assert "STHostKeySealed" not in store.names()


# The command line -------------------------------------------------------------------------------

@pytest.mark.parametrize("arguments,code,sentence", [
    (["--compat", "--attest", "x"], 2, "--attest needs stprov/v1"),
    (["--compat", "--ek", "00" * 32], 2, "--ek needs stprov/v1"),
    (["--compat", "--boot-cert", "x"], 2, "--boot-cert needs stprov/v1"),
    (["--no-compare", "--attest", "x"], 2,
     "--attest and --no-compare exclude each other without --ek: any TPM could answer"),
    (["--no-compare", "--seal", "secure-boot", "--boot-cert", "/dev/null"], 2,
     "--seal secure-boot and --no-compare exclude each other without --ek: any TPM could answer"),
    (["--words", "-", "--ek", "0" * 63], 2,
     f'--ek: "{"0" * 63}" is not a SHA-256 of 64 hex digits; a file of them is @FILE'),
    (["--words", "-", "--ek", "@gone"], 1, "--ek: gone: No such file or directory"),
    (["--words", "-", "--ek-roots", "gone"], 1, "--ek-roots: gone: No such file or directory"),
    (["--words", "-", "--ek-roots", "text"], 1,
     "--ek-roots: text: no certificate in PEM form is in it"),
    (["--no-compare", "--ek-roots", "text"], 2,
     "--ek-roots and --no-compare exclude each other without --ek: any TPM could answer"),
    (["--words", "-", "--image", "text"], 1, "--image: text: not a PE program"),
    (["--words", "-", "--attest", "no/such"], 1, "--attest: no/such: No such file or directory"),
    (["--words", "-", "--attest", "."], 1, "--attest: .: not a regular file"),
    (["--words", "-", "--attest", ""], 2, "--attest: the name of the file is empty"),
    (["--words", "-", "--seal", "secure-boot"], 2,
     "--seal secure-boot needs --boot-cert, the certificate that signs what boots next"),
    (["--words", "-", "--seal", "secure-boot", "--boot-cert", "text"], 1,
     "--boot-cert: text: not an X.509 certificate, neither in PEM nor in DER"),
    (["--words", "-", "--seal", "secure-boot", "--boot-cert", "gone"], 1,
     "--boot-cert: gone: No such file or directory"),
    (["--words", "-", "--seal", "tpm", "--boot-cert", "x"], 2,
     "--boot-cert needs --seal secure-boot"),
    (["--words", "-", "--seal", "x"], 2, '--seal: "x" is not one of none, tpm, secure-boot')])
def test_options_that_are_wrong_end_before_the_platform_is_called(
        local, tmp_path, monkeypatch, arguments, code, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text").write_text("a text\n")
    compat = "--compat" in arguments
    laptop = local(("127.0.0.1", 9), password=CODE, compat=compat,
                   arguments=[a for a in arguments if a != "--compat"])
    assert laptop.wait() == code, laptop.err.text
    assert laptop.err.text == f"stprov local run: {sentence}\n"
