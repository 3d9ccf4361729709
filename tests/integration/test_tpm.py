# SPDX-License-Identifier: BSD-2-Clause
"""tpm/ on a TPM: Debian's swtpm, and tpm2-tools as the other implementation, both ways."""
import base64
import hashlib
import json
import os
import socket
import struct
import subprocess
import threading

import pytest

import harness
import swtpm

PARENTS = ["0x81535450", "0x81535451"]
SECRET = bytes(range(100, 168))
SEED = SECRET[:32]
# A point of P-256 (RFC 5903, section 8.1).
POINT = bytes.fromhex("dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"
                      "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3")
QUALIFYING = hashlib.sha256(b"qualifying").digest()
# Positive results of tpm_open() and tpm_match(), as tpm_rig exits with them.
PCRS, GONE, OTHER = 11, 12, 13
CREATE, UNSEAL = 0x153, 0x15e
OWNER_PASSWORD = ("the TPM has an owner password that stprov does not know: clear the TPM in the "
                  "firmware's menu, or use --seal none")


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def policy_pcr7(value):
    """The digest of PolicyPCR over PCR 7, by Part 3, section 23.7."""
    return sha256(bytes(32), bytes.fromhex("0000017f" "00000001" "000b" "03800000"), sha256(value))


def seal(tpm, kind="tpm", policy=None, named="-", qualifying="-", **options):
    mask, digest = (1 << 7, policy.hex()) if kind == "pcr" else (0, "-")
    return tpm.rig("seal", kind, mask, digest, named, qualifying, stdin=SECRET, **options)


def sealed(tpm, *arguments, **options):
    """The same, which succeeds; the variable's text is in `text`."""
    answer = seal(tpm, *arguments, **options)
    assert (answer.code, answer.error) == (0, "")
    answer.text = answer.bytes("text")
    return answer


def opened(tpm, text, **options):
    answer = tpm.rig("open", stdin=text, **options)
    return answer.bytes("secret") if answer.code == 0 else (answer.code, answer.error)


def matched(tpm, text):
    answer = tpm.rig("match", stdin=text)
    return answer.code, answer.error


def check_clean(tpm, *persistent):
    """Nothing transient is left, and these handles of stprov's are in use."""
    assert tpm.handles("transient") == tpm.handles("loaded-session") == []
    assert [handle for handle in tpm.handles("persistent") if handle in PARENTS] == [*persistent]


def sized(data):
    return struct.pack(">H", len(data)) + data


def replace_line(text, word, rest):
    """The variable's text with another line of this first word."""
    lines = text.decode().splitlines()
    return "".join(f"{word} {rest}\n" if line.split()[0] == word else f"{line}\n"
                   for line in lines).encode()


# Looking ----------------------------------------------------------------------------------------

def test_a_tpm_is_described(tpm):
    look = tpm.rig("look")
    assert look.code == 0, look.error
    assert (look.one("manufacturer"), look.one("vendor")) == ("IBM", "SW   TPM")
    assert look.one("firmware") == "20191023.00163636"
    assert "sha256 ffffff" in look.all("bank")
    assert (look.one("in_lockout"), look.one("owner_password"), look.one("storage_off"),
            look.one("parents")) == ("0", "0", "0", "00")
    sealed(tpm)
    assert tpm.rig("look").one("parents") == "10"


def test_a_tpm_may_tell_a_few_properties_at_a_time(tpm, between):
    whole = tpm.rig("look")

    def shorten(number, answer):
        if listener.commands[number][10:14] != b"\0\0\0\6":
            return answer
        items = min(3, struct.unpack(">I", answer[15:19])[0])
        body = b"\1" + answer[11:15] + struct.pack(">I", items) + answer[19:19 + 8 * items]
        return struct.pack(">HII", 0x8001, 10 + len(body), 0) + body
    listener = between(altered=shorten)
    parts = swtpm.rig(listener.path, "look")
    assert parts.code == 0, parts.error
    assert parts.lines[:-1] == whole.lines[:-1]
    assert int(parts.one("commands")) > int(whole.one("commands")) + 5


def test_no_tpm_is_a_sentence():
    if not os.path.exists("/dev/tpmrm0"):
        answer = swtpm.rig("/dev/tpmrm0", "look")
        assert answer.code == 1
        assert answer.error in (
            "there is no TPM 2.0 here: is it enabled in the firmware's menu? "
            "(Linux needs tpm_tis or tpm_crb)", "this TPM is a 1.2; stprov needs 2.0")
    answer = swtpm.rig("/nonexistent", "look")
    assert (answer.code, answer.error) == (1, "/nonexistent: No such file or directory")


def test_a_tpm_that_was_not_started_is_in_failure_mode(started):
    # Without the TPM2_Startup that firmware sends.
    tpm = started(swtpm.Tpm(flags="not-need-init"))
    for command in (["look"], ["forget"], ["attest"]):
        answer = tpm.rig(*command)
        assert (answer.code, answer.error) == (
            1, "the TPM is in failure mode: switch the machine off and on"), command


# Sealing and opening ----------------------------------------------------------------------------

def test_what_is_sealed_opens_again_and_nothing_else_is_left(tpm):
    answer = sealed(tpm)
    assert answer.one("parent") == PARENTS[0]
    assert answer.text.startswith(b"stprov sealed host key 1\nssh-ed25519 ")
    check_clean(tpm, PARENTS[0])
    assert matched(tpm, answer.text) == (0, "")
    assert opened(tpm, answer.text) == SECRET
    check_clean(tpm, PARENTS[0])
    tpm.restart()
    assert opened(tpm, answer.text) == SECRET


def test_a_policy_of_a_pcr_holds_for_its_value_only(tpm):
    now = tpm.pcr(7)
    answer = sealed(tpm, "pcr", policy_pcr7(now))
    assert b"\npolicy pcr sha256 7\n" in answer.text
    assert matched(tpm, answer.text) == (0, "") and opened(tpm, answer.text) == SECRET
    tpm.extend(7)
    why = (PCRS, f"PCR 7 is {tpm.pcr(7)[:4].hex()}..., not what it was sealed to")
    assert matched(tpm, answer.text) == opened(tpm, answer.text) == why
    check_clean(tpm, PARENTS[0])


def test_a_key_is_sealed_to_the_value_that_comes(tpm):
    then = sha256(tpm.pcr(7), bytes(31) + b"\1")
    answer = sealed(tpm, "pcr", policy_pcr7(then))
    assert opened(tpm, answer.text)[0] == matched(tpm, answer.text)[0] == PCRS
    tpm.extend(7)
    assert matched(tpm, answer.text) == (0, "") and opened(tpm, answer.text) == SECRET


def test_the_seed_is_not_on_the_bus(tpm, between, tmp_path):
    bus = tmp_path / "bus"
    for kind in ("tpm", "pcr"):
        answer = sealed(tpm, kind, policy_pcr7(tpm.pcr(7)), qualifying=QUALIFYING.hex(), bus=bus)
        traffic = bus.read_bytes()
        assert len(traffic) > 2000 and traffic.count(struct.pack(">I", CREATE)) >= 2
        assert opened(tpm, answer.text, bus=bus) == SECRET
        traffic += bus.read_bytes()
        assert struct.pack(">I", UNSEAL) in traffic
        for part in (SECRET, SEED, SECRET[32:36], SECRET[36:], SEED[:8], SEED[8:16], SEED[-8:]):
            assert part not in traffic, kind
        tpm.rig("forget")
    # A listener does find it where the session does not encrypt.
    answer = sealed(tpm)
    listener = between()
    load(tpm, answer)
    assert tpm.tool("tpm2_unseal", "-c", "object", path=listener.path) == SECRET
    assert SECRET in listener.bus


def test_two_sealings_have_nothing_in_common(tpm):
    first, second = sealed(tpm), sealed(tpm, named="0")
    assert second.one("parent") == PARENTS[1]
    assert first.one("parent_public") != second.one("parent_public")
    assert opened(tpm, first.text) == opened(tpm, second.text) == SECRET
    check_clean(tpm, *PARENTS)


def test_the_new_parent_is_kept_and_the_old_one_is_gone(tpm):
    old, new = sealed(tpm), sealed(tpm, named="0")
    assert tpm.rig("keep", new.one("parent")).code == 0
    check_clean(tpm, PARENTS[1])
    gone = (GONE, "but its TPM key is gone (TPM cleared?): provision again")
    assert matched(tpm, old.text) == opened(tpm, old.text) == gone
    assert opened(tpm, new.text) == SECRET


def test_the_new_parent_is_dropped_and_the_old_one_is_kept(tpm):
    old, new = sealed(tpm), sealed(tpm, named="0")
    assert tpm.rig("drop", new.one("parent")).code == 0
    assert tpm.rig("drop", new.one("parent")).code == 0
    check_clean(tpm, PARENTS[0])
    assert opened(tpm, new.text)[0] == GONE and opened(tpm, old.text) == SECRET


def test_forgetting_removes_both_parents(tpm):
    texts = [sealed(tpm).text, sealed(tpm, named="0").text]
    assert tpm.rig("forget").code == 0
    check_clean(tpm)
    assert [opened(tpm, text)[0] for text in texts] == [GONE, GONE]
    assert tpm.rig("forget").code == 0


def test_a_parent_that_no_stored_key_names_is_replaced(tpm):
    left = sealed(tpm)
    again = sealed(tpm)
    assert again.one("parent") == PARENTS[0]
    other = (OTHER, "another TPM's")
    assert matched(tpm, left.text) == opened(tpm, left.text) == other
    assert opened(tpm, again.text) == SECRET


def test_parents_that_stored_keys_name_are_not_touched(tpm):
    texts = [sealed(tpm).text, sealed(tpm, named="0").text]
    answer = seal(tpm, named="01")
    assert (answer.code, answer.error) == (
        1, "both of stprov's TPM handles are named by stored host keys: remove one of them")
    assert [opened(tpm, text) for text in texts] == [SECRET, SECRET]


# The other implementation -----------------------------------------------------------------------

def load(tpm, answer):
    """Loads a sealed object with tpm2-tools, as `object`."""
    (tpm.directory / "public").write_bytes(sized(answer.bytes("public")))
    (tpm.directory / "private").write_bytes(sized(answer.bytes("private")))
    tpm.tool("tpm2_load", "-C", answer.one("parent"), "-u", "public", "-r", "private",
             "-c", "object")
    tpm.tool("tpm2_flushcontext", "-t")


@pytest.mark.parametrize("kind", ["tpm", "pcr"])
def test_tpm2_unseal_opens_our_blob_in_a_salted_session(tpm, between, kind):
    answer = sealed(tpm, kind, policy_pcr7(tpm.pcr(7)))
    load(tpm, answer)
    listener = between()
    on_bus = {"path": listener.path}
    tpm.tool("tpm2_startauthsession", "--policy-session" if kind == "pcr" else "--hmac-session",
             "--tpmkey-context", answer.one("parent"), "-S", "session", **on_bus)
    tpm.tool("tpm2_sessionconfig", "session", "--enable-encrypt", **on_bus)
    if kind == "pcr":
        tpm.tool("tpm2_policypcr", "-S", "session", "-l", "sha256:7", **on_bus)
    assert tpm.tool("tpm2_unseal", "-c", "object", "-p", "session:session", **on_bus) == SECRET
    assert SEED not in listener.bus and struct.pack(">I", UNSEAL) in listener.bus


def test_a_blob_of_tpm2_create_opens(tpm):
    answer = sealed(tpm)
    for kind, attributes in [("tpm", "userwithauth|"), ("pcr", "")]:
        (tpm.directory / "policy").write_bytes(policy_pcr7(tpm.pcr(7)))
        policy = ["-L", "policy"] if kind == "pcr" else []
        tpm.tool("tpm2_create", "-C", answer.one("parent"), "-i", "-", *policy, "-a",
                 f"{attributes}fixedtpm|fixedparent|noda", "-u", "public", "-r", "private",
                 stdin=SECRET)
        tpm.flush()
        text = answer.text
        for name in ("public", "private"):
            blob = (tpm.directory / name).read_bytes()
            text = replace_line(text, name, base64.b64encode(blob).decode())
        text = replace_line(text, "policy", "tpm" if kind == "tpm" else "pcr sha256 7")
        assert matched(tpm, text) == (0, "") and opened(tpm, text) == SECRET, kind


OPEN_SEALED = harness.ROOT / "contrib" / "open-sealed-host-key"
ROUND = json.loads((harness.ROOT / "tests" / "vectors" / "tpm.json").read_text())["attestation"]


def open_by_script(tpm, text, path=None):
    """Exit code, standard output and standard error of the script for OS packages."""
    variable = tpm.directory / "STHostKeySealed"
    variable.write_bytes(b"\7\0\0\0" + text)
    run = subprocess.run(
        [OPEN_SEALED, variable], capture_output=True, text=True, timeout=swtpm.PATIENCE,
        check=False, env={**os.environ, "TPM2TOOLS_TCTI": f"swtpm:path={path or tpm.path}"})
    # swtpm has no resource manager.
    tpm.flush()
    return run.returncode, run.stdout, run.stderr


@pytest.mark.parametrize("kind", ["tpm", "pcr"])
def test_the_script_for_os_packages_writes_the_same_key(tpm, between, kind):
    secret = bytes.fromhex(ROUND["variable_secret_hex"]) + bytes(32)
    mask, policy = (0, "-") if kind == "tpm" else (1 << 7, policy_pcr7(tpm.pcr(7)).hex())
    answer = tpm.rig("seal", kind, mask, policy, "-", "-", stdin=secret)
    assert answer.code == 0, answer.error
    text, listener = answer.bytes("text"), between()
    code, out, err = open_by_script(tpm, text, listener.path)
    assert (code, out) == (0, ROUND["private_key_pem"]), err
    # tpm2-tools warn that the session has no use so far.
    assert [line for line in err.splitlines() if not line.startswith("WARN: Session has")] == []
    assert struct.pack(">I", UNSEAL) in listener.bus and secret[:32] not in listener.bus
    # A public key that is not the seed's: to sign with it would give the seed away.
    ssh = text.split(b"\n")[1].split()[1].decode()
    other = base64.b64encode(base64.b64decode(ssh)[:-1] + b"x").decode()
    code, out, err = open_by_script(tpm, replace_line(
        text, "ssh-ed25519", f"{other} ospkg@system-transparency"))
    assert (code, out) == (1, "")
    assert err.endswith("STHostKeySealed: the public key is not that of the sealed key\n")
    # Another parent, and another value of the PCR.
    name = text.split(b"parent ")[1].split()[1].decode()
    code, out, err = open_by_script(tpm, text.replace(name.encode(), b"000b" + b"0" * 64))
    assert (code, out, err) == (1, "", "STHostKeySealed: another TPM's\n")
    tpm.extend(7)
    code, out, _ = open_by_script(tpm, text)
    assert (code == 0, out != "") == ((True, True) if kind == "tpm" else (False, False))


# Attestation ------------------------------------------------------------------------------------

EK_INDICES = {"L-1": 0x01c00002, "L-2": 0x01c0000a, "H-1": 0x01c00012, "H-2": 0x01c00014,
              "H-3": 0x01c00016}


def define_index(tpm, index, data, *options):
    (tpm.directory / "data").write_bytes(data)
    tpm.tool("tpm2_nvdefine", hex(index), "-C", "o", "-s", len(data), "-a",
             "ownerread|ownerwrite|authread|authwrite|no_da", *options)
    tpm.tool("tpm2_nvwrite", hex(index), "-C", "o", "-i", "data")


def prove(tpm, attest, credential, secret):
    return tpm.rig("prove", attest.one("ek"), credential.hex(), secret.hex(), QUALIFYING.hex())


@pytest.mark.parametrize("name", EK_INDICES)
def test_each_endorsement_key_activates_our_credential(tpm, name):
    certificate = os.urandom(1200)
    define_index(tpm, EK_INDICES[name], certificate)
    attest = tpm.rig("attest")
    assert attest.code == 0, attest.error
    assert (attest.one("ek"), attest.bytes("certificate")) == (name, certificate)
    made = swtpm.rig("-", "credential", attest.one("ek_public"), attest.one("ak_public"),
                     SEED.hex())
    assert made.code == 0, made.error
    proof = prove(tpm, attest, made.bytes("credential"), made.bytes("secret"))
    assert proof.code == 0, proof.error
    assert proof.bytes("credential") == SEED
    check_clean(tpm)
    # For another attestation key it is worth nothing.
    other = bytearray(attest.bytes("ak_public"))
    other[-1] ^= 1
    made = swtpm.rig("-", "credential", attest.one("ek_public"), other.hex(), SEED.hex())
    proof = prove(tpm, attest, made.bytes("credential"), made.bytes("secret"))
    assert (proof.code, proof.error) == (
        1, "TPM command ActivateCredential: response code 0x1df")
    check_clean(tpm)


def test_without_certificate_it_is_the_p256_key_and_a_persistent_one_is_used(tpm):
    attest = tpm.rig("attest")
    assert (attest.one("ek"), attest.one("certificate"), attest.all("chain")) == ("L-2", "", [])
    tpm.tool("tpm2_createek", "-G", "ecc", "-c", "0x81010002", "-u", "ek")
    tpm.flush()
    again = tpm.rig("attest")
    assert again.one("ek_public") == attest.one("ek_public")
    # It was not made again.
    assert int(again.one("commands")) < int(attest.one("commands")) + 1
    assert "0x81010002" in tpm.handles("persistent")
    check_clean(tpm)


def test_the_chain_is_read_and_what_cannot_be_read_is_passed_over(tpm):
    parts = [os.urandom(1400), os.urandom(20)]
    define_index(tpm, 0x01c00100, parts[0])
    define_index(tpm, 0x01c001ff, parts[1])
    # An index with a password, and one that is too large for a certificate.
    define_index(tpm, EK_INDICES["L-2"], b"secret", "-p", "password")
    attest = tpm.rig("attest")
    assert attest.code == 0, attest.error
    assert [bytes.fromhex(part) for part in attest.all("chain")] == parts
    assert (attest.one("ek"), attest.one("certificate")) == ("L-2", "")


def test_our_attestation_key_is_tpm2_createprimarys(tpm):
    attest = tpm.rig("attest")
    # As tpm2-tools has it in memory: TPMS_ECC_POINT with room for 128 bytes a coordinate.
    (tpm.directory / "unique").write_bytes(
        struct.pack("<H", 32) + sha256(b"stprov/v1 ak").ljust(128, b"\0")
        + struct.pack("<H", 0) + bytes(128))
    tpm.tool("tpm2_createprimary", "-C", "e", "-G", "ecc256:ecdsa-sha256:null", "-u", "unique",
             "-a", "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|sign",
             "-c", "ak")
    tpm.tool("tpm2_readpublic", "-c", "ak", "-o", "ak.public")
    assert (tpm.directory / "ak.public").read_bytes() == sized(attest.bytes("ak_public"))


def test_tpm2_makecredential_and_tpm2_checkquote_are_content(tpm):
    attest = tpm.rig("attest")
    (tpm.directory / "ek").write_bytes(sized(attest.bytes("ek_public")))
    (tpm.directory / "ak").write_bytes(sized(attest.bytes("ak_public")))
    name = b"\0\x0b" + sha256(attest.bytes("ak_public"))
    (tpm.directory / "clear").write_bytes(SEED)
    tpm.tool("tpm2_makecredential", "-T", "none", "-u", "ek", "-s", "clear", "-n", name.hex(),
             "-o", "credential")
    made = (tpm.directory / "credential").read_bytes()
    # A header of the tools, then both TPM2B.
    made = made[8:]
    size = struct.unpack(">H", made[:2])[0]
    credential, rest = made[2:2 + size], made[2 + size:]
    proof = prove(tpm, attest, credential, rest[2:])
    assert proof.code == 0, proof.error
    assert proof.bytes("credential") == SEED
    values = [bytes.fromhex(value) for value in proof.all("pcr")]
    assert values[7] == tpm.pcr(7) and len(values) == 16
    for name in ("quote", "signature"):
        (tpm.directory / name).write_bytes(proof.bytes(name))
    # One that the tools made at the same time; its digest of the PCRs is the same.
    tpm.tool("tpm2_createprimary", "-C", "e", "-G", "ecc:ecdsa-sha256:null", "-c", "key",
             "-a", "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|restricted|sign")
    tpm.tool("tpm2_quote", "-c", "key", "-l", "sha256:" + ",".join(map(str, range(16))),
             "-m", "theirs", "-s", "theirs.signature", "-o", "values")
    assert sha256(*values) in proof.bytes("quote")
    assert sha256(*values) in (tpm.directory / "theirs").read_bytes()
    check = ["tpm2_checkquote", "-u", "ak", "-m", "quote", "-s", "signature", "-f", "values",
             "-g", "sha256", "-q"]
    tpm.tool(*check, QUALIFYING.hex())
    tpm.tool(*check, SEED.hex(), code=1)


def test_the_statement_names_what_was_sealed(tpm):
    answer = sealed(tpm, qualifying=QUALIFYING.hex())
    statement = answer.bytes("statement")
    assert statement.startswith(bytes.fromhex("ff5443478017"))
    assert sized(QUALIFYING) in statement
    assert sized(b"\0\x0b" + sha256(answer.bytes("public"))) in statement
    assert sealed(tpm, named="0").one("statement") == ""


# What goes wrong --------------------------------------------------------------------------------

def test_an_owner_password_is_a_sentence_and_what_was_sealed_opens(tpm):
    before = sealed(tpm)
    tpm.tool("tpm2_changeauth", "-c", "owner", "password")
    for answer in (seal(tpm), seal(tpm, named="0"), tpm.rig("forget"),
                   tpm.rig("keep", PARENTS[1])):
        assert (answer.code, answer.error) == (1, OWNER_PASSWORD)
    assert opened(tpm, before.text) == SECRET
    assert tpm.rig("look").one("owner_password") == "1"
    check_clean(tpm, PARENTS[0])


def test_an_endorsement_password_is_a_sentence(tpm):
    tpm.tool("tpm2_changeauth", "-c", "endorsement", "password")
    for answer in (tpm.rig("attest"), seal(tpm, qualifying=QUALIFYING.hex())):
        assert answer.code == 1
        assert answer.error == (
            "the TPM has an endorsement password that stprov does not know: clear the TPM in the "
            "firmware's menu, or use --seal none without --attest")
    # The new parent was dropped again.
    check_clean(tpm)
    assert opened(tpm, sealed(tpm).text) == SECRET


def test_a_hierarchy_that_is_off_is_a_sentence(tpm):
    before = sealed(tpm)
    tpm.tool("tpm2_hierarchycontrol", "-C", "p", "shEnable", "clear")
    off = "the firmware has switched the TPM's storage hierarchy off"
    assert (seal(tpm).code, seal(tpm).error) == (1, off)
    assert matched(tpm, before.text) == opened(tpm, before.text) == (1, off)
    tpm.tool("tpm2_hierarchycontrol", "-C", "p", "shEnable", "set")
    tpm.tool("tpm2_hierarchycontrol", "-C", "p", "ehEnable", "clear")
    assert tpm.rig("attest").error == off.replace("storage", "endorsement")
    assert opened(tpm, before.text) == SECRET


def test_no_room_is_a_sentence(tpm):
    tpm.tool("tpm2_createprimary", "-C", "o", "-c", "primary")
    taken = 0
    while True:
        try:
            tpm.tool("tpm2_evictcontrol", "-C", "o", "-c", "primary", hex(0x81000100 + taken))
        except AssertionError as error:
            assert "(0x14b)" in str(error).lower()
            break
        taken += 1
        tpm.tool("tpm2_flushcontext", "-t")
    assert taken > 1
    tpm.flush()
    answer = seal(tpm)
    assert (answer.code, answer.error) == (
        1, "the TPM has no room for another persistent key: remove one (tpm2_evictcontrol), or "
        "clear the TPM")
    check_clean(tpm)


def test_a_handle_that_another_key_has_is_left_alone(tpm):
    tpm.tool("tpm2_createprimary", "-C", "o", "-c", "primary")
    tpm.tool("tpm2_evictcontrol", "-C", "o", "-c", "primary", PARENTS[0])
    tpm.flush()
    answer = seal(tpm)
    assert (answer.code, answer.error) == (
        1, f"TPM handle {PARENTS[0]} is taken by a key that is not stprov's")
    assert tpm.rig("forget").code == 0
    assert tpm.rig("drop", PARENTS[0]).code == 0
    check_clean(tpm, PARENTS[0])
    assert tpm.rig("look").one("parents") == "00"


def test_a_cleared_tpm_has_no_parent_any_more(tpm):
    text = sealed(tpm).text
    tpm.tool("tpm2_clear")
    assert opened(tpm, text) == matched(tpm, text) == (
        GONE, "but its TPM key is gone (TPM cleared?): provision again")


def test_a_blob_of_another_parent_is_another_tpms(tpm):
    first, second = sealed(tpm), sealed(tpm, named="0")
    # The names fit, the blob does not.
    text = first.text
    for name in ("public", "private"):
        text = replace_line(text, name,
                            base64.b64encode(sized(second.bytes(name))).decode())
    assert opened(tpm, text) == matched(tpm, text) == (OTHER, "another TPM's")
    check_clean(tpm, *PARENTS)


def test_a_bank_that_is_not_in_use_is_a_sentence(started):
    sentence = "PCR bank SHA-256 is not in use: switch it on in the firmware's menu"
    tpm = started(swtpm.Tpm())
    policy = policy_pcr7(tpm.pcr(7))
    # There, and the firmware does not extend it.
    assert seal(tpm, "pcr", policy).error == tpm.rig("attest").error == sentence
    tpm.tool("tpm2_pcrallocate", "sha1:all+sha256:none+sha384:none+sha512:none")
    tpm.restart()
    assert tpm.rig("look").all("bank") == ["sha1 ffffff"]
    assert seal(tpm, "pcr", policy).error == tpm.rig("attest").error == sentence
    check_clean(tpm)
    # What needs no PCR does not need the bank.
    assert opened(tpm, sealed(tpm).text) == SECRET


def test_lockout_does_not_concern_stprov(tpm):
    before = sealed(tpm)
    tpm.tool("tpm2_dictionarylockout", "-s", "-n", "1", "-t", "1000", "-l", "1000")
    tpm.tool("tpm2_createprimary", "-C", "o", "-c", "primary")
    tpm.tool("tpm2_create", "-C", "primary", "-i", "-", "-p", "right", "-c", "object",
             "-a", "userwithauth|fixedtpm|fixedparent", stdin=b"data")
    tpm.tool("tpm2_flushcontext", "-t")
    tpm.tool("tpm2_unseal", "-c", "object", "-p", "wrong", code=1)
    tpm.flush()
    look = tpm.rig("look")
    assert (look.one("in_lockout"), look.one("lockout_counter")) == ("1", "1")
    assert opened(tpm, before.text) == SECRET
    assert opened(tpm, sealed(tpm, named="0", qualifying=QUALIFYING.hex()).text) == SECRET


# Between stprov and the TPM ---------------------------------------------------------------------

def command_code(command):
    return struct.unpack(">I", command[6:10])[0]


@pytest.mark.parametrize("code", [0x922, 0x90a, 0x908])
def test_a_command_is_sent_again_when_the_tpm_asks_for_it(tpm, between, code):
    text = sealed(tpm).text
    left = [3]

    def busy(_, command):
        if command_code(command) != UNSEAL or left[0] == 0:
            return None
        left[0] -= 1
        return swtpm.message(code)
    listener = between(change=busy)
    answer = swtpm.rig(listener.path, "open", stdin=text)
    assert answer.bytes("secret") == SECRET and left == [0]
    sent = [command for command in listener.commands if command_code(command) == UNSEAL]
    assert len(sent) == 4 and len(set(sent)) == 1


def test_a_tpm_that_asks_for_it_without_end_is_given_up(tpm, between):
    listener = between(change=lambda *_: swtpm.message(0x922))
    answer = swtpm.rig(listener.path, "look")
    assert (answer.code, answer.error) == (1, "TPM command GetCapability: response code 0x922")
    assert len(listener.commands) == 51


def test_no_altered_answer_opens_another_secret(tpm, between):
    text = sealed(tpm).text
    target = [-1, 0]

    def flip(number, answer):
        if number != target[0]:
            return answer
        changed = bytearray(answer)
        changed[target[1]] ^= 0x10
        return bytes(changed)
    listener = between(altered=flip)
    assert swtpm.rig(listener.path, "open", stdin=text).code == 0
    answers = [(command_code(c), len(a)) for c, a in zip(listener.commands, listener.answers)]
    refused = 0
    for number, (code, length) in enumerate(answers):
        for position in range(0, length, 1 if code == UNSEAL else 7):
            target[:] = [number, position]
            answer = swtpm.rig(listener.path, "open", stdin=text, limit_ms=5000)
            if answer.code == 0:
                # A byte that means nothing, as in what is flushed.
                assert answer.bytes("secret") == SECRET
                assert code != UNSEAL
            else:
                assert answer.error and answer.all("secret") == []
                refused += 1
            # What an altered handle left behind.
            if number in (1, 2):
                tpm.flush()
    assert refused > 60


def test_a_tpm_with_another_key_at_the_handle_gets_nothing(tpm, between):
    """An active interposer answers ReadPublic with a key of his own."""
    answer = sealed(tpm)
    public = answer.bytes("parent_public")

    def own_key(_, command):
        if command_code(command) != 0x173:
            return None
        key = public[:-68] + sized(POINT[:32]) + sized(POINT[32:])
        name = b"\0\x0b" + sha256(key)
        body = sized(key) + sized(name) + sized(name)
        return struct.pack(">HII", 0x8001, 10 + len(body), 0) + body
    listener = between(change=own_key)
    opening = swtpm.rig(listener.path, "open", stdin=answer.text)
    assert (opening.code, opening.error) == (OTHER, "another TPM's")
    assert [command_code(command) for command in listener.commands] == [0x173]


def test_another_key_than_the_one_that_was_asked_for_is_not_used(tpm, between):
    """What is not protected by a session: CreatePrimary, with the empty password."""
    # Position in the public area, or in the name at the answer's end before the authorization.
    rows = [(lambda answer: answer.index(b"\0\x23\0\x0b\0\3\x04\x72") + 7,
             "TPM command CreatePrimary: not the object that was asked for"),
            (lambda answer: len(answer) - 8, "the TPM named a key wrongly")]
    for where, sentence in rows:
        def alter(number, answer, where=where):
            if command_code(listener.commands[number]) != 0x131:
                return answer
            changed = bytearray(answer)
            changed[where(answer)] ^= 0x40
            return bytes(changed)
        listener = between(altered=alter)
        answer = swtpm.rig(listener.path, "seal", "tpm", 0, "-", "-", "-", stdin=SECRET)
        assert (answer.code, answer.error) == (1, sentence)
        assert CREATE not in map(command_code, listener.commands)
        listener.close()
        check_clean(tpm)


class Wrong:
    """A socket that answers one command with these bytes, in pieces, and closes, or is silent."""

    def __init__(self, path, *pieces, close=True):
        self.path, self.pieces, self.close_it = path, pieces, close
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(1)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        client, _ = self.listener.accept()
        with client:
            swtpm.read_message(client)
            for piece in self.pieces:
                client.sendall(piece)
            if not self.close_it:
                client.recv(1)

    def close(self):
        self.thread.join(swtpm.PATIENCE)
        self.listener.close()


def test_a_tpm_that_goes_or_is_silent_or_says_too_much_is_an_error(started, tmp_path):
    rows = [
        ([], True, "TPM command GetCapability: the TPM has gone"),
        ([b"\x80\x01\0"], True, "TPM command GetCapability: the TPM has gone"),
        ([], False, "TPM command GetCapability: the TPM did not answer in time"),
        ([b"\x80\x01\0\0\0\x10\0\0\0\0"], False,
         "TPM command GetCapability: the TPM did not answer in time"),
        ([swtpm.message(0) + b"x"], False,
         "TPM command GetCapability: the TPM's answer has a wrong length"),
        ([b"\x80\x01\0\0\x20\0\0\0\0\0"], False,
         "TPM command GetCapability: the TPM's answer has a wrong length"),
        ([swtpm.message(0)], False, "the TPM's answer to GetCapability is malformed"),
        ([swtpm.message(0x1e)], False, "TPM command GetCapability: response code 0x1e"),
        ([swtpm.message(0x101)[:4], swtpm.message(0x101)[4:]], False,
         "the TPM is in failure mode: switch the machine off and on"),
        ([swtpm.message(0xffffffff)], False,
         "TPM command GetCapability: response code 0xffffffff"),
    ]
    os.chdir(tmp_path)
    for number, (pieces, close, sentence) in enumerate(rows):
        path = f"w{number}"
        started(Wrong(path, *pieces, close=close))
        answer = swtpm.rig(path, "look", limit_ms=400 if not close else 20000)
        assert (answer.code, answer.error) == (1, sentence), number
    os.chdir(harness.ROOT)
