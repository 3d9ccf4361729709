# SPDX-License-Identifier: BSD-2-Clause
"""`stprov host`: what an OS package gets out of a store, below a root directory of its own."""
import json
import os
import pathlib
import re
import stat
import subprocess

import pytest

import harness
import ospkg

KEY = ospkg.KEY_FILE
SSHD = "etc/ssh/sshd_config.d/50-stprov.conf"
NETWORK = "etc/systemd/network/50-stprov.network"
ROOT_KEYS = "ssh.authorized_keys.root"
OTHER_KEYS = ["ssh_host_rsa_key", "ssh_host_rsa_key.pub", "ssh_host_ecdsa_key",
              "ssh_host_rsa_key-cert.pub"]


@pytest.fixture(name="platform")
def fixture_platform(tmp_path):
    return ospkg.Platform(tmp_path)


@pytest.fixture(name="apply")
def fixture_apply(run, platform):
    """Runs `host apply`: (exit code, stderr); stdout is empty."""
    def apply(*arguments, **kwargs):
        code, out, err = run(*platform.words("apply", *arguments), **kwargs)
        assert out == ""
        for secret in platform.secrets():
            assert secret not in err
        assert re.fullmatch(r"[\x20-\x7e\n]*", err)
        return code, err
    return apply


@pytest.fixture(name="show")
def fixture_show(run, platform):
    def show(*words, **kwargs):
        return run(*platform.words("show", *words), **kwargs)
    return show


@pytest.fixture(name="status")
def fixture_status(run, platform):
    """Runs `host status` in both forms: (exit code, text, object)."""
    def status():
        code, text, _ = run(*platform.words("status"))
        again, line, _ = run(*platform.words("status", "-j"))
        assert code == again and max(map(len, text.splitlines())) <= 80
        for secret in platform.secrets():
            assert secret not in text + line
        return code, text, json.loads(line)
    return status


# apply ------------------------------------------------------------------------------------------

def test_every_part_is_written_and_ssh_reads_it(apply, platform):
    line = platform.certify()
    platform.put_file(ROOT_KEYS, b"ssh-ed25519 AAAA root\n")
    platform.put_file("wifi", b"\0\1binary")
    platform.put_file("other")
    platform.permit(f"{ROOT_KEYS} credstore", "wifi", "absent")
    code, err = apply()
    assert code == 0, err
    tree = {path: (mode, data) for path, (mode, data, _) in platform.tree().items()
            if not path.startswith("etc/stprov")}
    network = tree.pop(NETWORK)
    assert network[0] == 0o644 and b"Address=10.0.2.10/26\n" in network[1]
    assert tree == {
        KEY: (0o600, platform.key),
        f"{KEY}.pub": (0o644, platform.public + b" ospkg@system-transparency\n"),
        f"{KEY}-cert.pub": (0o644, line),
        SSHD: (0o644, b"# Written by `stprov host apply`: a change is lost.\n"
               b"HostCertificate /etc/ssh/ssh_host_ed25519_key-cert.pub\n"),
        "etc/hostname": (0o644, harness.HOSTNAME.encode() + b"\n"),
        f"run/credstore/{ROOT_KEYS}": (0o600, b"ssh-ed25519 AAAA root\n"),
        "run/stprov/files/wifi": (0o600, b"\0\1binary")}
    modes = {path: stat.S_IMODE((platform.os / path).stat().st_mode)
             for path in ("etc/ssh", "etc/systemd/network", "run", "run/credstore",
                          "run/stprov", "run/stprov/files")}
    assert modes == {"etc/ssh": 0o755, "etc/systemd/network": 0o755, "run": 0o755,
                     "run/credstore": 0o700, "run/stprov": 0o700, "run/stprov/files": 0o700}
    shown = subprocess.run(["ssh-keygen", "-l", "-f", platform.os / KEY], check=True, text=True,
                           capture_output=True).stdout
    assert platform.fingerprint in shown


def test_twice_is_as_once(apply, platform):
    platform.certify()
    platform.put_file("wifi")
    platform.permit("wifi")
    assert apply("--replace")[0] == 0
    before = platform.tree()
    code, err = apply("--replace")
    assert code == 0 and "wrote" not in err and "removed" not in err
    assert platform.tree() == before


def test_the_variables_are_taken_from_other_users_and_not_changed(apply, platform):
    platform.certify()
    platform.put_file("wifi")
    platform.file("STHostCert").chmod(0o644)
    platform.file("STFile-wifi").chmod(0o644)
    before = platform.snapshot()
    assert apply("--only", "name")[0] == 0
    assert platform.snapshot() == before
    private = {name for name in ("STHostName", "STHostConfig", "STHostKey", "STHostCert",
                                 "STFile-wifi")
               if stat.S_IMODE(platform.file(name).stat().st_mode) == 0o600}
    assert private == {"STHostConfig", "STHostKey", "STFile-wifi"}


def test_they_are_taken_away_even_if_the_configuration_is_wrong(apply, platform):
    platform.conf("x\n")
    code, err = apply()
    assert code == 1 and "/etc/stprov/host.conf: line 1: " in err
    assert stat.S_IMODE(platform.file("STHostKey").stat().st_mode) == 0o600
    assert set(platform.tree()) == {"etc/stprov/host.conf"}


@harness.needs_root
def test_the_immutable_flag_is_lifted_for_that_and_set_again(namespace, run, tmp_path):
    space = namespace("-m")
    store = harness.ext4_store(space, tmp_path)
    platform = ospkg.Platform(tmp_path, store.path, space.root)
    for name in ("STHostKey", "STHostConfig"):
        space.run("chattr", "+i", str(store.path / platform.file(name).name))
    code, _, err = run(*platform.words("apply"), prefix=space.prefix)
    assert code == 0, err
    for name in ("STHostKey", "STHostConfig"):
        path = store.path / platform.file(name).name
        flags = subprocess.run([*space.prefix, "lsattr", path], check=True, text=True,
                               capture_output=True).stdout
        assert "i" in flags.split()[0]
        assert stat.S_IMODE(platform.file(name).stat().st_mode) == 0o600
        space.run("chattr", "-i", str(path))
        platform.file(name).chmod(0o644)
        space.run("chattr", "+i", str(path))
    # Without the capability it is an error, and the parts are applied all the same.
    (platform.os / "etc/hostname").unlink()
    code, _, err = run(*platform.words("apply"),
                       prefix=[*space.prefix, *harness.POWERLESS])
    assert code == 1 and "cannot take from other users the variable STHostKey: not permitted" in err
    assert (platform.os / "etc/hostname").exists()


def test_a_file_without_a_line_is_not_installed(apply, platform):
    platform.put_file("wifi")
    assert apply()[0] == 0
    assert not (platform.os / "run/stprov/files").exists()


@pytest.mark.parametrize("name", ["STHostName", "STHostConfig", "STHostKey"])
def test_a_missing_part_is_said_and_the_others_are_applied(apply, platform, name):
    platform.remove(name)
    code, err = apply()
    assert code == 3 and f"missing, skipped: there is no EFI variable {name}\n" in err
    written = {path for path in platform.tree() if path in (KEY, "etc/hostname", NETWORK)}
    assert len(written) == 2


@pytest.mark.parametrize("name,data", [
    ("STHostName", b""), ("STHostName", b"a\nb"), ("STHostName", b"x" * 65),
    ("STHostConfig", b"{}"), ("STHostConfig", b"\xff"), ("STHostKey", b"-----BEGIN"),
    ("STHostCert", b"ssh-ed25519-cert-v01@openssh.com AAAA\n"), ("STFile-wifi", b""),
    ("STFile-wifi", b"\0"), ("STFile-wifi", b"\1sealed"), ("STFile-wifi", b"\7x"),
    ("STFile-wifi", b"\0" + b"x" * 4097), ("STHostKeySealed", b"x")])
def test_a_broken_part_is_an_error_and_the_others_are_applied(apply, platform, name, data):
    platform.permit("wifi")
    platform.write(name, data)
    code, err = apply()
    named = {"STHostConfig": r"network: error: .*\b(host configuration|network mode)\b"}
    assert code == 1 and re.search(named.get(name, rf": error: {name}\b"), err), err
    assert err.splitlines()[-1] == "stprov host apply: 1 error; the other parts were applied"
    parts = {"STHostName": "etc/hostname", "STHostConfig": NETWORK, "STHostKey": KEY,
             "STHostKeySealed": KEY}
    for path in {"etc/hostname", NETWORK, KEY}:
        assert (platform.os / path).exists() == (parts.get(name) != path)
    assert not (platform.os / "run/stprov/files/wifi").exists()


def test_a_file_name_without_attributes_is_broken(apply, platform):
    platform.file("STHostName").write_bytes(b"\7\0")
    code, err = apply()
    assert code == 1 and "STHostName is damaged" in err


def test_require_sealed_makes_a_clear_key_an_error(apply, show, platform):
    platform.conf("require = sealed\n")
    code, err = apply()
    assert code == 1 and "STHostKey is not sealed to the TPM" in err
    assert not (platform.os / KEY).exists() and (platform.os / "etc/hostname").exists()
    assert show("public-key")[0] == 1


def test_a_different_key_is_replaced_only_when_told(apply, platform):
    old = platform.place(KEY, b"another key\n", 0o600)
    for name in OTHER_KEYS:
        platform.place(f"etc/ssh/{name}")
    kept = platform.place("etc/ssh/ssh_host_notes", b"kept")
    code, err = apply()
    assert code == 1 and "holds another key: --replace" in err
    assert old.read_bytes() == b"another key\n" and (old.parent / OTHER_KEYS[0]).exists()
    assert (platform.os / "etc/hostname").exists()
    code, err = apply("--replace")
    assert code == 0 and "removed 4 files of host keys of other types" in err
    assert old.read_bytes() == platform.key
    assert not any((old.parent / name).exists() for name in OTHER_KEYS)
    assert kept.read_bytes() == b"kept"


def test_the_same_key_in_another_form_stays(apply, platform):
    path = platform.place(KEY, platform.key, 0o600)
    subprocess.run(["ssh-keygen", "-q", "-c", "-C", "another comment", "-P", "", "-f", path],
                   check=True, stdin=subprocess.DEVNULL)
    there = path.read_bytes()
    assert there != platform.key
    assert apply("--replace")[0] == 0
    assert path.read_bytes() == there


def test_a_mode_that_others_could_read_is_set_right(apply, platform):
    path = platform.place(KEY, platform.key, 0o644)
    assert apply()[0] == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_certificate_that_is_gone_is_removed(apply, platform):
    platform.certify()
    assert apply()[0] == 0
    platform.remove("STHostCert")
    code, err = apply()
    assert code == 0 and "removed the certificate" in err
    assert not (platform.os / f"{KEY}-cert.pub").exists() and not (platform.os / SSHD).exists()
    own = platform.place(f"{KEY}-cert.pub", b"the image's own")
    assert apply()[0] == 0
    assert own.exists()


def test_a_certificate_of_another_key_is_not_installed(apply, show, platform, tmp_path):
    (tmp_path / "other").mkdir()
    other = ospkg.Platform(tmp_path / "other")
    line, _ = ospkg.certify(tmp_path, other.public + b"\n")
    platform.write("STHostCert", line)
    code, err = apply()
    assert code == 1 and "STHostCert certifies another key than STHostKey" in err
    assert (platform.os / KEY).exists() and not (platform.os / f"{KEY}-cert.pub").exists()
    assert show("certificate")[0] == 1


def test_only_the_parts_that_are_named_are_applied(apply, platform):
    platform.remove("STHostKey")
    assert apply("--only", "name,network")[0] == 0
    assert set(platform.tree()) == {"etc/hostname", NETWORK}
    assert apply("--only=key", "--only=name")[0] == 3
    assert apply("--network", "none")[0] == 3


def test_none_writes_no_network(apply, platform):
    platform.conf("network = none\n")
    assert apply()[0] == 0
    assert not (platform.os / "etc/systemd").exists()
    assert apply("--network", "networkd")[0] == 0
    assert (platform.os / NETWORK).exists()


def test_files_of_a_bond_that_is_gone_are_removed(apply, platform):
    links = [{"interface_name": f"eth{i}", "mac_address": f"52:54:00:12:34:0{i}"}
             for i in range(2)]
    platform.write("STHostConfig", ospkg.provisioned.config(
        network_interfaces=links, bonding_mode="balance-rr", bond_name="bond0"))
    assert apply()[0] == 0
    names = {"50-stprov.network", "50-stprov.netdev", "50-stprov-members.network"}
    directory = platform.os / "etc/systemd/network"
    assert {path.name for path in directory.iterdir()} == names
    platform.write("STHostConfig", platform.good["STHostConfig"])
    assert apply()[0] == 0
    assert {path.name for path in directory.iterdir()} == {"50-stprov.network"}


@pytest.mark.parametrize("path", ["etc", "etc/ssh", "etc/ssh/sshd_config.d", "run/credstore"])
def test_a_linked_directory_is_not_followed(apply, platform, tmp_path, path):
    platform.certify()
    platform.put_file("wifi")
    platform.permit("wifi credstore")
    outside = tmp_path / "outside"
    outside.mkdir()
    target = platform.os / path
    if path == "etc":
        target.rename(outside / "etc")
        target.symlink_to(outside / "etc")
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(outside)
    before = sorted(outside.rglob("*"))
    code, err = apply("--replace")
    assert code == 1 and "a symbolic link or a file is in the place of one of its" in err
    assert sorted(outside.rglob("*")) == before


@pytest.mark.parametrize("path", [KEY, f"{KEY}.pub", "etc/hostname", NETWORK])
def test_a_linked_file_is_not_followed(apply, platform, tmp_path, path):
    outside = tmp_path / "outside"
    outside.write_bytes(b"untouched")
    target = platform.os / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.symlink_to(outside)
    code, err = apply("--replace")
    assert code == 1 and f"{path} is a symbolic link or not a regular file" in err
    assert outside.read_bytes() == b"untouched" and target.is_symlink()


def test_a_directory_or_fifo_in_a_files_place_is_an_error(apply, platform):
    (platform.os / "etc/hostname").mkdir()
    (platform.os / "etc/ssh").mkdir()
    os.mkfifo(platform.os / KEY)
    code, err = apply("--replace")
    assert code == 1 and err.count("not a regular file") == 2
    assert (platform.os / NETWORK).exists()


def test_what_a_power_cut_left_is_removed(apply, platform):
    left = platform.place("etc/.hostname.stprov-new", b"half")
    assert apply()[0] == 0
    assert not left.exists() and (platform.os / "etc/hostname").exists()


def test_a_link_in_the_place_of_the_temporary_file_is_not_followed(apply, platform, tmp_path):
    outside = tmp_path / "outside"
    outside.write_bytes(b"untouched")
    (platform.os / "etc/.hostname.stprov-new").symlink_to(outside)
    assert apply()[0] == 0
    assert outside.read_bytes() == b"untouched"
    assert not (platform.os / "etc/hostname").is_symlink()


@harness.needs_root
def test_the_kernels_host_name_is_that_of_the_root_only(run, namespace, platform):
    space = namespace("-u", "-m")
    space.run("hostname", "before")
    code, _, err = run(*platform.words("apply"), prefix=space.prefix)
    assert code == 0, err

    def name():
        return subprocess.run([*space.prefix, "hostname"], check=True, text=True,
                              capture_output=True).stdout.strip()
    assert name() == "before"
    # The root of this process is /, whose /etc and /run are those of the test.
    for directory in ("etc", "run"):
        space.run("mount", "--bind", str(platform.os / directory), f"/{directory}")
    words = ["host", "apply", "-E", str(platform.path), "--only", "name"]
    code, _, err = run(*words, prefix=space.prefix)
    assert (code, name()) == (0, harness.HOSTNAME), err


@pytest.mark.parametrize("text,error", [
    ("store = disk\n", "line 1: store: \"disk\" is not efi or label"),
    ("\nnetwork = x\n", 'line 2: network: "x" is not networkd, script or none'),
    ("Network = none\n", 'line 1: unknown key "Network"')])
def test_an_error_of_host_conf_names_line_and_key(apply, show, run, platform, text, error):
    platform.conf(text)
    before = platform.tree()
    for code, err in (apply(), show("name")[::2], run(*platform.words("status"))[::2]):
        assert code == 1 and f"/etc/stprov/host.conf: {error}" in err
    assert platform.tree() == before


def test_an_error_of_the_list_of_files_names_its_line(apply, platform):
    platform.permit("wifi", "tmpfiles.extra")
    code, err = apply()
    assert code == 1 and '/etc/stprov/files: line 2: "tmpfiles.extra" cannot be' in err


def test_a_configuration_that_is_a_link_or_too_large_is_an_error(apply, platform):
    platform.conf("x" * 20000)
    assert "larger than 16384 bytes" in apply()[1]
    path = platform.os / "etc/stprov/host.conf"
    path.unlink()
    path.symlink_to("/dev/null")
    assert "is a symbolic link" in apply()[1]


@pytest.mark.parametrize("words,error", [
    (["--network", "x"], "--network: it is networkd, script or none"),
    (["--only", "key,x"], '--only: "x" is not key, name, network or files'),
    (["--replace=x"], '--replace: "x" is neither')])
def test_a_wrong_command_line_changes_nothing(apply, platform, words, error):
    code, err = apply(*words)
    assert code == 2 and err.startswith(f"stprov host apply: {error}") and err.count("\n") == 1, err
    assert platform.tree() == {}
    assert stat.S_IMODE(platform.file("STHostKey").stat().st_mode) == 0o644


def test_a_missing_root_or_store_is_an_error(run, platform, tmp_path):
    for words in (["-E", str(platform.path), "--root", str(tmp_path / "x")],
                  ["-E", str(tmp_path / "x"), "--root", str(platform.os)]):
        for command in ("apply", "status"):
            code, _, err = run("host", command, *words)
            assert code == 1 and f"cannot open directory {tmp_path}/x" in err


def test_too_many_files_are_an_error(apply, platform):
    for i in range(65):
        platform.put_file(f"f{i}")
    code, err = apply()
    assert code == 1 and "more than 64 variables STFile-*" in err
    assert (platform.os / "etc/hostname").exists()


# show -------------------------------------------------------------------------------------------

def test_each_part_is_shown(show, platform):
    line = platform.certify()
    platform.put_file("wifi", b"some\ndata")
    assert show("key") == (0, platform.key.decode(), "")
    assert show("public-key") == (0, platform.public.decode() + "\n", "")
    assert show("certificate") == (0, line.decode(), "")
    assert show("name") == (0, harness.HOSTNAME + "\n", "")
    assert show("config") == (0, platform.good["STHostConfig"].decode(), "")
    assert show("address") == (0, "10.0.2.10/26\n", "")
    assert show("file", "wifi") == (0, "some\ndata", "")


def test_a_part_that_is_absent_or_broken_is_not_shown(show, platform):
    platform.write("STHostConfig", ospkg.provisioned.config(
        network_mode="dhcp", host_ip=None, gateway=None))
    code, out, err = show("address")
    assert (code, out) == (3, "") and "DHCP" in err
    platform.remove("STHostName")
    assert show("name")[:2] == (3, "")
    assert show("certificate")[:2] == (3, "")
    assert show("file", "wifi")[:2] == (3, "")
    platform.write("STHostKey", b"x")
    for part in ("key", "public-key"):
        assert show(part)[:2] == (1, "")


@pytest.mark.parametrize("words,error", [
    ([], "PART is missing"), (["keys"], 'unknown part "keys": one of key, '),
    (["file"], "NAME of the file is missing"), (["key", "x"], "no word may follow this part"),
    (["file", "../x"], '"../x" cannot be the name of a file'),
    (["file", "passwd.x"], "systemd would run code"), (["file", "x", "y"], "trailing")])
def test_wrong_words_are_said(show, words, error):
    code, out, err = show(*words)
    assert (code, out) == (2, "") and error in err


def test_the_private_key_is_not_shown_on_a_terminal_unless_told(started, platform):
    shown = {}
    for option in ([], ["-f"]):
        process = started(harness.Process(
            ["host", "show", *option, "-E", str(platform.path), "--root", str(platform.os),
             "key"], console="pty"))
        shown[bool(option)] = process.wait(), process.out.text, process.err.text
    assert shown[False][:2] == (1, "") and "-f shows the private key there" in shown[False][2]
    assert shown[True][0] == 0 and "BEGIN OPENSSH PRIVATE KEY" in shown[True][1]


def test_show_changes_nothing(show, platform):
    before = {path.name: path.stat() for path in platform.path.iterdir()}
    assert show("name")[0] == 0
    assert {path.name: path.stat().st_mode for path in platform.path.iterdir()} == \
        {name: found.st_mode for name, found in before.items()}


# status -----------------------------------------------------------------------------------------

def test_status_of_a_whole_store(status, platform):
    platform.certify("-z", "42", "-V", "20260101000000Z:20360101000000Z")
    platform.put_file("wifi", b"12345")
    platform.put_file(ROOT_KEYS)
    platform.permit(f"{ROOT_KEYS} credstore", "absent")
    code, text, found = status()
    assert code == 0 and re.search(r"^all there +yes$", text, re.MULTILINE)
    assert f"{platform.fingerprint}, not sealed" in text
    assert "static, 10.0.2.10/26, gateway 10.0.2.1" in text
    assert "of host.example.org, ends 2036-01-01T00:00:00Z" in text
    assert found["all_there"] is True and found["store"] == "efi"
    assert found["host_key"] == {"state": "good", "error": None, "sealed": False,
                                 "fingerprint": platform.fingerprint}
    certificate = found["host_certificate"]
    assert (certificate["serial"], certificate["ends"]) == ("42", "2036-01-01T00:00:00Z")
    assert certificate["principals"] == "host.example.org"
    assert found["host_name"]["value"] == harness.HOSTNAME
    assert (found["network"]["mode"], found["network"]["address"]) == ("static", "10.0.2.10/26")
    assert [(f["name"], f["state"], f["bytes"], f["path"]) for f in found["files"]] == [
        (ROOT_KEYS, "good", 10, f"run/credstore/{ROOT_KEYS}"), ("wifi", "good", 5, None),
        ("absent", "absent", None, "run/stprov/files/absent")]


@pytest.mark.parametrize("name,key", [("STHostName", "host_name"), ("STHostConfig", "network"),
                                      ("STHostKey", "host_key")])
def test_what_is_not_there_or_broken_gives_3(status, platform, name, key):
    platform.remove(name)
    code, text, found = status()
    assert code == 3 and re.search(r"^all there +no$", text, re.MULTILINE)
    assert found[key]["state"] == "absent" and found["all_there"] is False
    platform.write(name, b"\n")
    code, text, found = status()
    assert code == 3 and found[key]["state"] == "broken" and found[key]["error"]


def test_a_sealed_key_is_said(status, platform):
    platform.write("STHostKeySealed", b"x")
    code, text, found = status()
    assert code == 3 and "STHostKeySealed cannot be used" in " ".join(text.split())
    assert found["host_key"]["sealed"] is True


def test_a_refused_name_and_an_encrypted_file_are_said(status, platform):
    platform.put_file("passwd.x")
    platform.write("STFile-wifi", b"\1x")
    code, text, found = status()
    text = " ".join(text.split())
    assert code == 3 and "the name is refused" in text and "STFile-wifi is encrypted" in text
    assert [f["state"] for f in found["files"]] == ["broken", "broken"]


@harness.needs_root
def test_what_cannot_be_read_gives_1(run, platform):
    platform.path.chmod(0o755)
    platform.file("STHostKey").chmod(0o600)
    for path in [platform.path, *platform.path.parents]:
        if path != pathlib.Path("/"):
            path.chmod(path.stat().st_mode | 0o055)
    code, text, err = run(*platform.words("status"), prefix=[
        "setpriv", f"--reuid={harness.NOBODY}", f"--regid={harness.NOBODY}", "--clear-groups"])
    assert code == 1 and "Permission denied" in text and "STHostKey" in err


# The command line -------------------------------------------------------------------------------

def test_the_commands_may_be_shortened(run, platform):
    assert run("ho", "st", "-E", str(platform.path), "--root", str(platform.os))[0] == 0
    assert run("h")[1] == run("help")[1]
    code, _, err = run("host", "s")
    assert code == 2 and '"s" is ambiguous: show, status' in err
    assert run("host") == run("host", "help")
