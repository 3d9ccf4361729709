# SPDX-License-Identifier: BSD-2-Clause
"""A host key sealed to a TPM: `stprov host` opens it, `remote status` tells of it, `remote clear`
makes the TPM forget it. swtpm on a unix socket."""
import json
import re
import signal
import struct
import subprocess
import threading

import pytest

import harness
import provisioned
import sealed
import swtpm
import test_tpm

KEY = "etc/ssh/ssh_host_ed25519_key"
GONE = "sealed, but its TPM key is gone (TPM cleared?): provision again"
OTHER = "sealed, another TPM's"
OFF = "the firmware has switched the TPM's storage hierarchy off"
FAILURE = "the TPM is in failure mode: switch the machine off and on"
NO_TPM = ("there is no TPM 2.0 here: is it enabled in the firmware's menu? (Linux needs tpm_tis or "
          "tpm_crb)")
BOTH = "STHostKey is there too, in the clear: STHostKeySealed counts, and STHostKey is not used"
FORGOTTEN = "old copies of the sealed host key can no longer be opened"


@pytest.fixture(name="platform")
def fixture_platform(tmp_path, tpm):
    return sealed.Platform(tmp_path, tpm)


@pytest.fixture(name="to_pcr")
def fixture_to_pcr(tmp_path, tpm):
    """A platform whose key opens with the present value of PCR 7 only."""
    return sealed.Platform(tmp_path, tpm, "pcr", test_tpm.policy_pcr7(tpm.pcr(7)))


@pytest.fixture(name="host")
def fixture_host(run):
    """Runs a command of `stprov host`: (exit code, stdout, stderr)."""
    def host(platform, command, *arguments, **kwargs):
        code, out, err = run(*platform.words(command, *arguments, **kwargs))
        for secret in platform.secrets():
            assert secret not in err
        assert re.fullmatch(r"[\x20-\x7e\n]*", err)
        return code, out, err
    return host


@pytest.fixture(name="status")
def fixture_status(run):
    """Runs `remote status` in both forms: (exit code, text with single blanks, object)."""
    def status(platform, *arguments):
        words = ["remote", "status", *platform.options, *arguments]
        code, text, _ = run(*words)
        again, line, _ = run(*words, "-j")
        assert code == again and max(map(len, text.splitlines())) <= 80
        for secret in platform.secrets():
            assert secret not in text + line
        return code, " ".join(text.split()), json.loads(line)
    return status


def written(platform, path=KEY):
    file = platform.os / path
    return file.read_bytes() if file.exists() else None


# Opening ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", ["tpm", "pcr"])
def test_the_key_is_shown_byte_for_byte(host, tpm, tmp_path, kind, run):
    seal = ("pcr", test_tpm.policy_pcr7(tpm.pcr(7))) if kind == "pcr" else ()
    platform = sealed.Platform(tmp_path, tpm, *seal)
    assert host(platform, "show", "key") == (0, platform.key.decode(), "")
    line = " ".join(platform.line.split()[:2])
    assert host(platform, "show", "public-key") == (0, f"{line}\n", "")
    assert platform.public.decode() == line
    test_tpm.check_clean(tpm, test_tpm.PARENTS[0])
    # As it is shown if it was stored in the clear.
    platform.remove("STHostKeySealed")
    platform.write("STHostKey", platform.key)
    assert run(*platform.words("show", "key"))[:2] == (0, platform.key.decode())


def test_everything_is_applied_once_and_twice(host, platform):
    platform.certify()
    platform.put_file("wifi", b"\0\1binary")
    platform.put_file("largest", b"x" * 4096)
    platform.permit("wifi", "largest credstore", "absent")
    platform.conf("require = sealed\n")
    code, _, err = host(platform, "apply")
    assert code == 0, err
    assert written(platform) == platform.key
    assert written(platform, f"{KEY}.pub") == platform.line.encode() + b"\n"
    assert written(platform, "run/stprov/files/wifi") == b"\0\1binary"
    assert written(platform, "run/credstore/largest") == b"x" * 4096
    assert written(platform, f"{KEY}-cert.pub")
    before = platform.tree()
    assert host(platform, "apply", "--replace")[0] == 0 and platform.tree() == before
    code, out, _ = host(platform, "status")
    assert code == 0 and "sealed, opens now" in " ".join(out.split())
    found = json.loads(host(platform, "status", "-j")[1])
    assert found["host_key"]["sealed"] is True and found["all_there"] is True
    assert host(platform, "show", "file", "wifi")[:2] == (0, "\0\1binary")


def test_nothing_of_the_key_is_on_the_bus(host, platform, started):
    between = started(swtpm.Between(platform.tpm))
    assert host(platform, "show", "key", tpm=between.path)[0] == 0
    assert between.bus and sealed.SECRET[:32] not in between.bus
    assert sealed.FILES_KEY not in between.bus


def test_the_script_without_stprov_writes_the_same(host, platform):
    code, out, err = test_tpm.open_by_script(platform.tpm, platform.text)
    assert (code, out) == (0, host(platform, "show", "key")[1]), err


def test_no_tpm_is_asked_for_parts_that_need_none(host, platform, started):
    between = started(swtpm.Between(platform.tpm))
    platform.permit("absent")
    assert host(platform, "show", "name", tpm=between.path)[0] == 0
    assert host(platform, "show", "config", tpm=between.path)[0] == 0
    assert host(platform, "apply", "--only", "name,network,files", tpm=between.path)[0] == 0
    assert not between.bus
    assert host(platform, "apply", tpm=between.path)[0] == 0 and between.bus


def test_a_clear_key_beside_it_is_not_used(host, platform, tmp_path):
    other, _ = provisioned.make_key(tmp_path, "ed25519", "-N", "", "-C", "other")
    platform.write("STHostKey", other)
    assert host(platform, "show", "key")[:2] == (0, platform.key.decode())
    assert host(platform, "apply")[0] == 0 and written(platform) == platform.key


def test_a_clear_key_does_not_help_if_the_sealed_one_does_not_open(host, platform, tmp_path):
    other, _ = provisioned.make_key(tmp_path, "ed25519", "-N", "", "-C", "other")
    platform.write("STHostKey", other)
    assert platform.tpm.rig("forget").code == 0
    code, out, err = host(platform, "show", "key")
    assert (code, out, err) == (1, "", f"stprov host show: STHostKeySealed: {GONE}\n")
    assert host(platform, "apply")[0] == 1 and written(platform) is None


def test_another_public_key_beside_the_seed_is_refused(host, platform):
    line = platform.line.split()[1]
    other = line[:-6] + ("AAAAAA" if line[-6:] != "AAAAAA" else "BBBBBB")
    platform.write("STHostKeySealed", platform.text.replace(line.encode(), other.encode()))
    why = "STHostKeySealed holds another key than its public key says"
    assert host(platform, "show", "key") == (1, "", f"stprov host show: {why}\n")
    assert host(platform, "show", "public-key")[:2] == (1, "")
    code, _, err = host(platform, "apply")
    assert code == 1 and f"key: error: {why}\n" in err and written(platform) is None


def test_with_E_no_tpm_is_touched_unless_it_is_named(run, platform):
    between = swtpm.Between(platform.tpm)
    code, out, err = run("host", "show", "key", *platform.options, "--root", str(platform.os))
    assert (code, out) == (1, "") and "with -E no TPM is used, unless --tpm names it" in err
    between.close()
    assert not between.commands


def test_no_tpm_is_a_sentence_and_the_rest_is_applied(host, platform, tmp_path):
    code, _, err = host(platform, "apply", tpm=tmp_path / "nowhere")
    assert code == 1
    assert f"STHostKeySealed: {tmp_path}/nowhere: No such file or directory\n" in err
    assert written(platform, "etc/hostname") and written(platform) is None
    if not test_tpm.os.path.exists("/dev/tpmrm0"):
        assert f"STHostKeySealed: {NO_TPM}\n" in host(platform, "apply", tpm="/dev/tpmrm0")[2]


# What does not open -----------------------------------------------------------------------------

def check_refused(host, platform, sentence, **kwargs):
    """One sentence and exit code 1; what is not sealed is applied, what is encrypted is not."""
    platform.put_file("wifi")
    platform.permit("wifi")
    assert host(platform, "show", "key", **kwargs) == (1, "", f"stprov host show: {sentence}\n")
    code, _, err = host(platform, "apply", **kwargs)
    assert code == 1 and f"key: error: {sentence}\n" in err
    assert "files: error: STFile-wifi cannot be decrypted: the sealed host key does not open\n" \
        in err
    assert written(platform, "etc/hostname") and written(platform) is None
    assert written(platform, "run/stprov/files/wifi") is None
    code, out, _ = host(platform, "status", **kwargs)
    assert code in (1, 3) and sentence in " ".join(out.split())


def test_a_parent_that_is_gone(host, platform):
    platform.tpm.tool("tpm2_clear")
    check_refused(host, platform, f"STHostKeySealed: {GONE}")


def test_another_tpm(host, platform, started):
    another = started(swtpm.Tpm())
    test_tpm.sealed(another)
    check_refused(host, platform, f"STHostKeySealed: {OTHER}", tpm=another.path)


def test_another_value_of_the_pcr(host, to_pcr):
    to_pcr.tpm.extend(7)
    value = to_pcr.tpm.pcr(7)[:4].hex()
    check_refused(host, to_pcr, "STHostKeySealed: sealed, does not open in this boot: "
                  f"PCR 7 is {value}..., not what it was sealed to")


def test_the_hierarchy_is_off(host, platform):
    platform.tpm.tool("tpm2_hierarchycontrol", "-C", "p", "shEnable", "clear")
    check_refused(host, platform, f"STHostKeySealed: {OFF}")


def test_failure_mode(host, platform, started):
    between = started(swtpm.Between(platform.tpm, change=lambda *_: swtpm.message(0x101)))
    check_refused(host, platform, f"STHostKeySealed: {FAILURE}", tpm=between.path)


def test_an_unknown_code(host, platform, started):
    def change(_, command):
        return swtpm.message(0x2c4) if command[6:10] == struct.pack(">I", 0x157) else None
    between = started(swtpm.Between(platform.tpm, change=change))
    check_refused(host, platform, "STHostKeySealed: TPM command Load: response code 0x2c4",
                  tpm=between.path)


def test_lockout_does_not_matter(host, platform, status):
    tool = platform.tpm.tool
    tool("tpm2_dictionarylockout", "-s", "-n", "1", "-t", "3600", "-l", "3600")
    tool("tpm2_createprimary", "-C", "o", "-p", "right", "-c", "primary")
    platform.tpm.flush()
    tool("tpm2_createprimary", "-C", "o", "-p", "right", "-c", "primary")
    tool("tpm2_create", "-C", "primary", "-P", "wrong", "-u", "u", "-r", "r", code=1)
    platform.tpm.flush()
    assert host(platform, "show", "key")[0] == 0
    _, text, found = status(platform, "--tpm", str(platform.tpm.path))
    assert "SHA-256, in lockout (1 failure)" in text and found["tpm"]["in_lockout"] is True
    assert found["tpm"]["lockout_counter"] == 1 and found["host_key"]["sealed"]["opens"] is True


@pytest.mark.parametrize("text", [b"", b"x", b"stprov sealed host key 1\n", b"x" * 5000])
def test_a_text_that_cannot_be_read(host, platform, status, text):
    platform.write("STHostKeySealed", text)
    code, out, err = host(platform, "show", "key")
    assert (code, out) == (1, "") and "STHostKeySealed cannot be used: " in err
    assert host(platform, "apply")[0] == 1 and written(platform, "etc/hostname")
    code, text, found = status(platform, "--tpm", str(platform.tpm.path))
    assert code == 3 and "STHostKeySealed cannot be used: " in text
    assert found["host_key"]["state"] == "broken" and found["host_key"]["sealed"] is None


# Files ------------------------------------------------------------------------------------------

@pytest.mark.parametrize("change,why", [
    (lambda data: data[:-1] + bytes([data[-1] ^ 1]), "cannot be decrypted: it was changed"),
    (lambda data: data[:1] + bytes([data[1] ^ 1]) + data[2:], "cannot be decrypted"),
    (lambda data: data[:20], "has not 1 to 4096 bytes"),
    (lambda data: sealed.encrypted("wifi", b""), "has not 1 to 4096 bytes"),
    (lambda data: sealed.encrypted("wifi", b"x" * 4097), "has not 1 to 4096 bytes"),
    (lambda data: sealed.encrypted("other", b"moved"), "cannot be decrypted"),
    (lambda data: sealed.encrypted("wifi", b"planted", bytes(32)), "cannot be decrypted"),
    (lambda data: b"\0planted", "is not encrypted, although the host key is sealed"),
    (lambda data: b"\2" + data[1:], "its format 2 is unknown")])
def test_a_file_that_does_not_decrypt_is_an_error(host, platform, change, why):
    platform.put_file("wifi")
    platform.put_file("good")
    platform.permit("wifi", "good")
    platform.write("STFile-wifi", change(platform.read("STFile-wifi")[1]))
    code, _, err = host(platform, "apply")
    assert code == 1 and re.search(f"files: error: STFile-wifi .*{why}", err), err
    assert written(platform, "run/stprov/files/good") and written(platform) == platform.key
    assert written(platform, "run/stprov/files/wifi") is None
    assert host(platform, "show", "file", "wifi")[:2] == (1, "")


def test_what_require_sealed_is_for(host, platform):
    """Without the sealed key, planted parts in the clear are refused."""
    platform.permit("wifi")
    platform.remove("STHostKeySealed")
    platform.write("STHostKey", platform.key)
    platform.write("STFile-wifi", b"\0planted")
    assert host(platform, "apply")[0] == 0 and written(platform, "run/stprov/files/wifi")
    for path in (KEY, f"{KEY}.pub", "run/stprov/files/wifi"):
        (platform.os / path).unlink()
    platform.conf("require = sealed\n")
    code, _, err = host(platform, "apply")
    assert code == 1 and "STHostKey is not sealed to the TPM" in err
    assert "STFile-wifi is not beside a sealed host key" in err
    assert written(platform) is None and written(platform, "run/stprov/files/wifi") is None


# status -----------------------------------------------------------------------------------------

def test_status_says_that_it_opens(status, platform):
    code, text, found = status(platform, "--tpm", str(platform.tpm.path))
    assert code == 0, text
    assert "TPM IBM SW TPM, firmware 20191023.00163636, SHA-256 " in text
    fingerprint = found["host_key"]["fingerprint"]
    shown = subprocess.run(["ssh-keygen", "-l", "-f", "-"], input=platform.line, text=True,
                           check=True, capture_output=True).stdout
    assert fingerprint in shown and f"host key {fingerprint}, sealed, opens now " in text
    assert found["host_key"]["publickey"] == " ".join(platform.line.split()[:2])
    assert found["host_key"]["sealed"] == {"policy": "tpm", "pcrs": [], "opens": True,
                                           "why_not": None}
    assert found["host_key_warning"] is None and found["provisioned"] is True
    tpm = found["tpm"]
    assert (tpm["state"], tpm["error"], tpm["manufacturer"]) == ("good", None, "IBM")
    assert "sha256" in tpm["banks"] and tpm["event_log_bytes"] is None
    assert tpm["in_lockout"] is False and tpm["lockout_counter"] == 0
    test_tpm.check_clean(platform.tpm, test_tpm.PARENTS[0])


def test_status_says_why_it_does_not_open(status, to_pcr, started):
    to_pcr.tpm.extend(7)
    value = to_pcr.tpm.pcr(7)[:4].hex()
    code, text, found = status(to_pcr, "--tpm", str(to_pcr.tpm.path))
    why = f"sealed, does not open in this boot: PCR 7 is {value}..., not what it was sealed to"
    assert code == 0 and f", {why} " in text
    assert found["host_key"]["sealed"] == {"policy": "pcr", "pcrs": [7], "opens": False,
                                           "why_not": why}
    another = started(swtpm.Tpm())
    assert f", {GONE} " in status(to_pcr, "--tpm", str(another.path))[1]
    test_tpm.sealed(another)
    code, text, found = status(to_pcr, "--tpm", str(another.path))
    assert code == 0 and f", {OTHER} " in text and found["host_key"]["sealed"]["opens"] is False


def test_status_without_a_tpm(status, platform, tmp_path):
    code, text, found = status(platform)
    assert code == 0 and "TPM not known: with -E no TPM is looked at, unless --tpm names it" in text
    assert "sealed, not known whether it opens: with -E" in text
    assert found["tpm"]["state"] == "unreadable" and found["tpm"]["manufacturer"] is None
    assert found["host_key"]["sealed"]["opens"] is None
    code, text, _ = status(platform, "--tpm", str(tmp_path / "nowhere"))
    assert code == 0 and "nowhere: No such file or directory" in text
    if not test_tpm.os.path.exists("/dev/tpmrm0"):
        _, text, found = status(platform, "--tpm", "/dev/tpmrm0")
        assert " TPM none " in text and found["tpm"]["state"] == "absent"
        assert f"not known whether it opens: {NO_TPM} " in text


def test_status_warns_of_a_clear_key_beside_it(status, platform):
    platform.write("STHostKey", b"broken")
    code, text, found = status(platform, "--tpm", str(platform.tpm.path))
    assert code == 0 and f"warning {BOTH} " in text and found["host_key_warning"] == BOTH
    assert found["host_key"]["state"] == "good" and "sealed, opens now" in text


def test_a_certificate_is_compared_with_the_sealed_key(status, platform, tmp_path):
    platform.certify()
    _, _, found = status(platform)
    assert found["host_certificate"]["state"] == "good"
    (tmp_path / "other").mkdir()
    other = sealed.ospkg.Platform(tmp_path / "other")
    platform.write("STHostCert", other.certify())
    assert "STHostCert certifies another key than STHostKeySealed" in status(platform)[1]


# clear ------------------------------------------------------------------------------------------

@pytest.fixture(name="clear")
def fixture_clear(run):
    def clear(platform, *arguments, tpm=None):
        tpm = ["--tpm", str(tpm or platform.tpm.path)]
        return run("remote", "clear", "-y", *platform.options, *tpm, *arguments)
    return clear


def check_gone(platform):
    assert not [name for name in platform.names() if name.startswith("STHost")]


def test_clear_makes_the_tpm_forget(clear, platform, host):
    test_tpm.sealed(platform.tpm, named="0")
    test_tpm.check_clean(platform.tpm, *test_tpm.PARENTS)
    code, out, err = clear(platform)
    assert (code, out) == (0, ""), err
    assert ", sealed\n" in err.split("will be removed")[0]
    assert err.index("removed, and read back as gone: STHostKeySealed, ") < err.index(FORGOTTEN)
    check_gone(platform)
    test_tpm.check_clean(platform.tpm)
    # An old copy of the variable does not open any more.
    platform.write("STHostKeySealed", platform.text)
    assert host(platform, "show", "key")[2] == f"stprov host show: STHostKeySealed: {GONE}\n"


def test_clear_leaves_the_tpm_alone_unless_it_is_named(run, platform):
    code, _, err = run("remote", "clear", "-y", *platform.options)
    assert code == 0 and "not touched: the TPM, which may still open copies" in err
    check_gone(platform)
    test_tpm.check_clean(platform.tpm, test_tpm.PARENTS[0])


def test_nothing_is_forgotten_before_the_question_is_answered(started, platform):
    process = started(harness.Process(["remote", "clear", *platform.options, "--tpm",
                                       str(platform.tpm.path)], console="pty"))
    process.out.wait_for("anything else leaves all as it is:")
    process.type("no\n")
    assert process.wait() == 1
    assert platform.read("STHostKeySealed")
    test_tpm.check_clean(platform.tpm, test_tpm.PARENTS[0])


@pytest.mark.parametrize("without", [False, True])
def test_a_tpm_that_is_not_there_or_refuses_is_said(clear, platform, tmp_path, without):
    options = ["--without-tpm"] if without else []
    platform.tpm.tool("tpm2_changeauth", "-c", "owner", "password")
    code, _, err = clear(platform, *options)
    check_gone(platform)
    assert code == (0 if without else 1)
    assert (f"the variables are gone, but not the TPM's key: {test_tpm.OWNER_PASSWORD}; copies of "
            "the sealed host key may still be opened by that TPM") in err
    platform.write("STHostKeySealed", platform.text)
    code, _, err = clear(platform, *options, tpm=tmp_path / "nowhere")
    check_gone(platform)
    assert code == (0 if without else 1) and "nowhere: No such file or directory; copies" in err
    # Again, once the TPM is willing.
    platform.tpm.tool("tpm2_changeauth", "-c", "owner", "-p", "password")
    test_tpm.check_clean(platform.tpm, test_tpm.PARENTS[0])
    code, _, err = clear(platform)
    assert code == 0 and FORGOTTEN in err
    test_tpm.check_clean(platform.tpm)
    code, _, err = clear(platform)
    assert (code, err) == (0, "nothing to remove: stprov has stored nothing here\n")


def test_a_clear_that_is_killed_before_the_tpm_forgot_is_mended(clear, started, platform):
    reached, released = threading.Event(), threading.Event()

    def change(_, command):
        if command[6:10] != struct.pack(">I", 0x120):
            return None
        reached.set()
        assert released.wait(swtpm.PATIENCE)
        return swtpm.message(0x101)
    between = started(swtpm.Between(platform.tpm, change=change))
    process = started(harness.Process(["remote", "clear", "-y", *platform.options, "--tpm",
                                       str(between.path)]))
    assert reached.wait(swtpm.PATIENCE)
    check_gone(platform)
    process.signal(signal.SIGKILL)
    process.wait()
    released.set()
    between.close()
    test_tpm.check_clean(platform.tpm, test_tpm.PARENTS[0])
    code, _, err = clear(platform)
    assert code == 0 and "will be removed: the TPM's key" in err and FORGOTTEN in err
    test_tpm.check_clean(platform.tpm)


def test_what_cannot_be_removed_keeps_the_tpms_key(clear, platform):
    platform.file("STHostName").unlink()
    platform.file("STHostName").mkdir()
    code, _, err = clear(platform)
    assert code == 1 and "nothing was changed" in err and FORGOTTEN not in err
    assert platform.read("STHostKeySealed")
    test_tpm.check_clean(platform.tpm, test_tpm.PARENTS[0])


def test_a_key_of_anothers_is_left(clear, platform):
    tool = platform.tpm.tool
    tool("tpm2_createprimary", "-C", "o", "-c", "other")
    tool("tpm2_evictcontrol", "-C", "o", "-c", "other", test_tpm.PARENTS[1])
    platform.tpm.flush()
    assert clear(platform)[0] == 0
    test_tpm.check_clean(platform.tpm, test_tpm.PARENTS[1])
