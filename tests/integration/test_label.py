# SPDX-License-Identifier: BSD-2-Clause
"""`-S label`: the store on a labelled ext4 file system, found, mounted, written and read."""
import json
import os
import pathlib
import signal
import subprocess

import pytest

import disks
import harness
import provisioned
import sealed
import test_tpm

pytestmark = harness.needs_root
HOST = "10.0.2.10/26"


@pytest.fixture(name="machine")
def fixture_machine(started, tmp_path):
    return disks.machine_of(started, tmp_path)


@pytest.fixture(name="disk")
def fixture_disk(machine):
    return machine.new()


@pytest.fixture(name="label")
def fixture_label(machine, disk):
    """A provisioned store on the disk."""
    store = disks.LabelStore(machine, disk)
    store.key, store.fingerprint = provisioned.make_key(machine.directory)
    for name, data in (("STHostName", harness.HOSTNAME.encode()),
                       ("STHostConfig", provisioned.config()), ("STHostKey", store.key)):
        store.write(name, data)
    return store


@pytest.fixture(name="ask")
def fixture_ask(machine, run):
    """A function that runs stprov on the machine: (exit code, stdout, stderr)."""
    def ask(*arguments, **kwargs):
        return run(*arguments, prefix=machine.space.prefix, **kwargs)
    return ask


# Which device ---------------------------------------------------------------------------------

def test_without_a_label_the_command_that_makes_one_is_named(machine, ask):
    machine.new(label="OTHER")
    machine.new(kind=None)
    code, _, err = ask("remote", "clear", "-y", "-S", "label")
    assert code == 1
    assert "no file system has the label ST-DATA: mkfs.ext4 -L ST-DATA /dev/PARTITION" in err


def test_two_with_the_label_are_listed_and_none_is_touched(machine, disk, ask):
    second = machine.new()
    before = [pathlib.Path(d.image).read_bytes() for d in (disk, second)]
    code, _, err = ask("remote", "clear", "-y", "-S", "label")
    assert code == 1
    assert "several file systems have the label ST-DATA: " in err
    assert disk.path in err and second.path in err
    assert before == [pathlib.Path(d.image).read_bytes() for d in (disk, second)]


@pytest.mark.parametrize("kind", ["ext2", "ext3"])
def test_another_file_system_with_the_label_is_refused(machine, ask, kind):
    disk = machine.new(kind=kind)
    code, _, err = ask("remote", "status", "-S", "label")
    assert code == 1
    assert f"{disk.path} has the label ST-DATA, but it is {kind} and not ext4" in err


def test_a_node_in_dev_of_another_device_is_not_used(machine, disk, ask):
    """A link in sysfs says which numbers the device has."""
    machine.space.run("mount", "-t", "tmpfs", "tmpfs", "/mnt")
    machine.space.run("mknod", "/mnt/node", "b", "7", "255")
    machine.space.run("mount", "--bind", "/mnt/node", disk.path)
    code, _, err = ask("remote", "status", "-S", "label")
    assert code == 1 and "no file system has the label ST-DATA" in err
    assert disk.path in err


def test_garbage_on_other_devices_does_no_harm(machine, label, ask):
    """Superblocks that were cut, or that say nonsense."""
    good = pathlib.Path(label.disk.image).read_bytes()
    for change in (lambda b: b"\xff" * len(b), lambda b: b[:1024] + b"\xff" * 1024 + b[2048:],
                   lambda b: b[:1080] + b"\x53\xef" + b"\xff" * (len(b) - 1082)):
        other = machine.new(kind=None)
        with open(other.path, "r+b") as file:
            file.write(change(bytes(2 << 20)))
    code, out, err = ask("remote", "status", "-S", "label", "-j")
    assert code == 3, err
    assert json.loads(out)["efivars"]["path"] == f"stprov/ of ST-DATA ({label.disk.path})"
    assert good == pathlib.Path(label.disk.image).read_bytes()


def test_the_label_of_a_device_that_another_one_is_made_of_does_not_count(machine, disk, ask):
    """A mirror's halves look like the mirror."""
    name = machine.start(disks.Disk(machine.directory / "half"))
    sysfs = machine.directory / "held"
    (sysfs / "holders" / "md0").mkdir(parents=True)
    (sysfs / "size").write_text("16384\n")
    (sysfs / "dev").write_text(pathlib.Path(f"/sys/block/{name.name}/dev").read_text())
    machine.space.run("ln", "-s", str(sysfs), f"{disks.SYSFS}/{name.name}")
    code, out, _ = ask("remote", "status", "-S", "label", "-j")
    assert code == 3
    assert disk.path in json.loads(out)["efivars"]["path"]


# Reading --------------------------------------------------------------------------------------

def test_status_of_an_empty_file_system_writes_nothing(disk, ask):
    before = pathlib.Path(disk.image).read_bytes()
    code, out, err = ask("remote", "status", "-S", "label")
    assert code == 3, err
    assert f"store        stprov/ of ST-DATA ({disk.path}), which is not there\n" in out
    assert "provisioned  no: there is no host name;" in out
    assert before == pathlib.Path(disk.image).read_bytes()


def test_status_shows_what_is_there_and_what_stboot_misses(label, ask):
    code, out, err = ask("remote", "status", "-S", "label")
    assert code == 3, err
    assert label.fingerprint in out and harness.HOSTNAME in out
    assert "read-only" not in out
    assert "NVRAM has no host configuration" in " ".join(out.split())
    assert "/etc/host_configuration.json" in out
    code, out, _ = ask("remote", "status", "-S", "label", "-j")
    status = json.loads(out)
    assert (code, status["provisioned"]) == (3, False)
    assert status["efivars"]["store"] == "label"
    assert status["nvram"] == {"host_name": None, "host_configuration": None,
                               "host_key": None}


def test_a_store_that_is_a_link_is_not_followed(machine, disk, ask):
    with machine.mounted(disk) as path:
        (path / "elsewhere").mkdir()
        (path / "stprov").symlink_to("elsewhere")
    for command in (["status"], ["clear", "-y"]):
        code, _, err = ask("remote", *command, "-S", "label")
        assert code == 1
        assert "is a link or not a directory" in err


def test_a_file_of_data_alone_is_read_whole(label, ask):
    """There are no attributes in front."""
    label.write("STHostName", b"abc")
    code, out, _ = ask("remote", "status", "-S", "label", "-j")
    assert code == 3 and json.loads(out)["host_name"]["value"] == "abc"


# Writing --------------------------------------------------------------------------------------

def test_clear_removes_all_and_nothing_else(machine, label, ask):
    label.write("note", b"of the operator")
    code, _, err = ask("remote", "clear", "-y", "-S", "label")
    assert code == 0, err
    assert label.names() == ["note"]
    assert "removed, and read back as gone: STHostKey, STHostConfig, STHostName" in err
    # No other process saw it mounted, and it is not any longer.
    assert label.disk.path not in pathlib.Path("/proc/mounts").read_text()


def test_static_writes_name_and_configuration_and_prints_what_stboot_needs(lab, started, tmp_path):
    machine = disks.machine_of(started, tmp_path, lab.host)
    lab.store = disks.LabelStore(machine, machine.new())
    peer = lab.peer("eth0", addresses=["10.0.2.1/26"])
    server = lab.web(peer)
    done = lab.run("static", "-i", HOST, "-r", server.url(), "-H", "web01.example.net")
    done.good()
    stored = lab.store.snapshot()
    assert stored["STHostName"] == (0o600, b"web01.example.net")
    mode, config = stored["STHostConfig"]
    assert mode == 0o600 and sorted(stored) == ["STHostConfig", "STHostName"]
    assert done.out == config.decode() + "\n"
    done.says("stboot looks for the host configuration in NVRAM, which has none")
    done.says(r"next: stprov remote run .*-S label")


def test_run_writes_the_host_key_and_says_who_can_read_it(machine, label, platform):
    old = label.fingerprint
    remote = platform(label, prefix=machine.space.prefix)
    remote.provision()
    remote.press()
    assert remote.wait() == 0, remote.err.text
    review, results = remote.err.text.split("host key stored in STHostKey and read back")
    for part in (review, results):
        assert "anyone who reads the disk has the host key; --seal tpm protects it\n" in part
    mode, pem = label.snapshot()["STHostKey"]
    assert mode == 0o600 and pem.startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----")
    assert old in remote.out.text + remote.err.text and pem != label.key


def test_run_without_a_name_says_which_store_it_is_not_in(disk, ask):
    code, _, err = ask("remote", "run", "-S", "label", "-i", "127.0.0.1")
    assert code == 1 and disk.path
    assert ("STHostName is not there: run `stprov remote static -S label` or "
            "`stprov remote dhcp -S label` first\n") in err


def test_secure_boot_keys_without_firmware_are_refused_with_the_reason(
        machine, label, platform, auth):
    remote = platform(label, prefix=machine.space.prefix)
    with remote.client() as client:
        answer = client.add_secure_boot(**auth)
    assert answer.status == 403
    assert "this machine did not boot by UEFI" in remote.err.wait_for(
        "no Secure Boot keys can be set from here: .*")[0]


def test_what_is_mounted_is_unmounted_when_the_process_is_killed(machine, label, platform, ask):
    remote = platform(label, prefix=machine.space.prefix)
    remote.signal(signal.SIGKILL)
    remote.process.wait(harness.v0.PATIENCE)
    # Nothing but a mounted file system has this flag, or one that was not unmounted.
    features = subprocess.run([disks.tool("dumpe2fs"), "-h", label.disk.path], check=True,
                              text=True, capture_output=True, timeout=60).stdout
    assert "needs_recovery" not in features
    code, out, _ = ask("remote", "status", "-S", "label")
    assert code == 3 and "which was not unmounted" not in out


def test_status_looks_while_run_waits_and_does_not_call_it_unclean(machine, label, platform, ask):
    remote = platform(label, prefix=machine.space.prefix)
    code, out, err = ask("remote", "status", "-S", "label")
    assert code == 3, err
    assert label.fingerprint in out and "which was not unmounted" not in out
    code, _, err = ask("remote", "clear", "-y", "-S", "label")
    assert code == 1 and "stprov remote run is waiting" in err
    remote.provision()
    remote.finish()


def crash(machine, label):
    """The disk as a power cut leaves it, after a write that is only in the journal."""
    with machine.mounted(label.disk) as path:
        (path / "stprov" / "STHostName").write_bytes(b"late.example.net")
        with open(path / "stprov" / "STHostName", "rb") as file:
            os.fsync(file.fileno())
        return pathlib.Path(label.disk.image).read_bytes()


def test_a_file_system_that_was_not_unmounted_is_recovered_and_that_is_said(machine, label, ask):
    image = crash(machine, label)
    with open(label.disk.path, "r+b") as file:
        file.write(image)
    code, out, err = ask("remote", "status", "-S", "label")
    assert code == 3, err
    assert "which was not unmounted" in out
    with open(label.disk.path, "r+b") as file:
        file.write(image)
    code, _, err = ask("remote", "clear", "-y", "-S", "label")
    assert code == 0
    assert "was not unmounted: its journal was recovered" in err
    assert "late.example.net" in err


def test_a_disk_that_cannot_be_written_to_is_said_to_be(machine, label, ask):
    subprocess.run([disks.tool("blockdev"), "--setro", label.disk.path], check=True, timeout=60)
    code, _, err = ask("remote", "clear", "-y", "-S", "label")
    assert code == 1
    assert (f"cannot mount ST-DATA on {label.disk.path} for writing: the device is write-protected "
            f"(blockdev --getro {label.disk.path})\n") in err
    code, out, _ = ask("remote", "status", "-S", "label")
    assert code == 3 and label.fingerprint in out


def test_a_full_file_system_changes_nothing(machine, label, platform):
    with machine.mounted(label.disk) as path, open(path / "filler", "wb", buffering=0) as file:
        for size in (1 << 16, 1 << 10):
            with pytest.raises(OSError):
                while file.write(bytes(size)):
                    os.fsync(file.fileno())
    before = label.snapshot()
    remote = platform(label, prefix=machine.space.prefix)
    remote.provision()
    remote.press()
    assert remote.wait() == 1
    assert "no room in stprov/ of ST-DATA" in remote.err.text
    assert label.snapshot() == before


# Choosing the store ---------------------------------------------------------------------------

@pytest.mark.parametrize("command", [
    ["static", "-i", HOST], ["dhcp"], ["run"], ["status"], ["clear"]])
def test_each_command_takes_one_store_only(run, tmp_path, command):
    for options, text in ((["-S", "disk"], '-S: "disk" is not a store: efi or label'),
                          (["-S", "label", "-E", str(tmp_path)], "-S and -E exclude each other"),
                          (["--store", "efi", "-E", str(tmp_path)],
                           "-S and -E exclude each other")):
        code, _, err = run("remote", *command, *options)
        assert (code, err.count("\n")) == (2, 1), err
        assert text in err


def test_without_root_the_remedy_is_named(machine, disk):
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"]
    done = subprocess.run([*machine.space.prefix, *nobody, harness.STPROV, "remote", "status", "-S",
                           "label"], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "Permission denied" in done.stderr or "run stprov as root" in done.stderr
    assert disk.path in done.stderr


# A sealed host key ------------------------------------------------------------------------------

def test_a_sealed_key_on_it_is_opened_and_forgotten(label, ask, tpm, tmp_path):
    text = test_tpm.sealed(tpm).text
    label.write("STHostKeySealed", text)
    (tmp_path / "root/etc/stprov").mkdir(parents=True)
    (tmp_path / "root/etc/stprov/host.conf").write_text("store = label\nrequire = sealed\n")
    options = ["--tpm", str(tpm.path)]
    code, out, err = ask("host", "show", "key", "--root", str(tmp_path / "root"), *options)
    assert (code, out) == (0, sealed.private_key(text.splitlines()[1].decode()).decode()), err
    # A TPM is not touched unless it is named, since NVRAM may have a key that needs it.
    code, _, err = ask("remote", "clear", "-y", "-S", "label")
    assert code == 0 and "not touched: the TPM" in err, err
    test_tpm.check_clean(tpm, test_tpm.PARENTS[0])
    code, _, err = ask("remote", "clear", "-y", "-S", "label", *options)
    assert code == 0 and "can no longer be opened" in err
    test_tpm.check_clean(tpm)


def test_clear_keeps_the_tpms_keys_if_nvram_may_need_them(machine, label, ask, tpm):
    """A machine with UEFI, whose variables cannot be read."""
    machine.space.run("mount", "-t", "tmpfs", "tmpfs", "/sys/firmware")
    machine.space.run("mkdir", "-p", "/sys/firmware/efi/efivars")
    label.write("STHostKeySealed", test_tpm.sealed(tpm).text)
    code, _, err = ask("remote", "clear", "-y", "-S", "label", "--tpm", str(tpm.path))
    assert code == 1
    assert "but not the TPM's key: whether NVRAM needs it is not known: " in err
    assert label.names() == []
    test_tpm.check_clean(tpm, test_tpm.PARENTS[0])


# What the OS package gets ---------------------------------------------------------------------

def test_an_os_package_reads_the_store_that_its_configuration_names(machine, label, ask, tmp_path):
    root = tmp_path / "root"
    (root / "etc/stprov").mkdir(parents=True)
    (root / "etc/stprov/host.conf").write_text("store = label\n")
    code, _, err = ask("host", "apply", "--root", str(root), "--replace", "--only", "key,name")
    assert code == 0, err
    assert (root / "etc/ssh/ssh_host_ed25519_key").read_bytes() == label.key
    assert (root / "etc/hostname").read_text() == harness.HOSTNAME + "\n"


def test_the_other_store_is_no_fallback(machine, disk, ask, tmp_path):
    root = tmp_path / "root"
    (root / "etc/stprov").mkdir(parents=True)
    (root / "etc/stprov/host.conf").write_text("store = label\n")
    variables = provisioned.Provisioned(tmp_path / "efivars", tmp_path)
    code, _, err = ask("host", "apply", "--root", str(root), "-E", str(variables.path))
    assert code == 1
    assert "-E excludes `store = label` in /etc/stprov/host.conf" in err
    code, _, _ = ask("host", "apply", "--root", str(root))
    assert code == 3 and not (root / "etc/hostname").exists()
    assert disk.path
