# SPDX-License-Identifier: BSD-2-Clause
"""`-S label` on a machine with a disk: the whole way; a power cut after each write to it."""
import json
import types

import pytest

import disklog
import harness
import machine
import ospackage
import test_provisioning as story

STATIC = (f"stprov remote static -S label -i {machine.ADDRESS}/24 -g {machine.GATEWAY} "
          "-f -r http://10.0.2.2:9/x")
STATUS = "stprov remote status -S label"
NAME = "one.example.org"
OWN = ("STHostName", "STHostConfig", "STHostKey")


@pytest.fixture(name="keys", scope="module")
def fixture_keys(work):
    directory = work / "label-keys"
    story.authfiles.make(directory)
    return directory


@pytest.fixture(name="done", scope="module")
def fixture_done(work, keys):
    """What happened on one machine, from an empty disk to a cleared one."""
    directory = work / "label"
    directory.mkdir()
    disk = disklog.Disk(directory, "ST-DATA")
    with machine.Machine(directory / "machine", options=disk.options) as server:
        server.boot()
        empty = server.run(STATUS)
        printed = server.succeed(f"{STATIC} -h one 2>/dev/null")
        first = len(disk.writes())
        server.succeed(f"{STATIC} -h two")
        run = story.provision(server, story.key_options(keys),
                              command="stprov remote run -S label")
        provisioned = len(disk.writes())
        flash = server.variables
        status = server.run(STATUS)
        cleared = server.run("stprov remote clear -S label -y")
        # The machine ends without unmounting anything that it mounted itself.
        server.cut()
    return types.SimpleNamespace(**locals())


@pytest.fixture(name="fixed", scope="module")
def fixture_fixed(work, keys):
    """A machine whose firmware sets no variable while Linux runs: the kernel then mounts efivarfs
    read-only, as is done here by hand."""
    directory = work / "fixed"
    directory.mkdir()
    disk = disklog.Disk(directory, "ST-DATA")
    with machine.Machine(directory / "machine", options=disk.options) as server:
        server.boot()
        server.succeed("mount -o remount,ro /sys/firmware/efi/efivars")
        server.succeed(f"{STATIC} -h one")
        run = "stprov remote run -S label"
        refused = story.try_keys(server, keys, run)
        laptop = ospackage.Laptop(directory / "laptop", NAME)
        without = story.provision(server, laptop.options, command=run)
        status = server.run(STATUS)
        server.cut()
    return types.SimpleNamespace(**locals())


def test_where_firmware_is_fixed_secure_boot_keys_are_left_to_its_menu(fixed):
    code, err = fixed.refused
    assert code == 1
    assert ("no Secure Boot keys can be set from here: this firmware sets no variable while Linux "
            "runs (efivarfs is mounted read-only): set them in the firmware's menu"
            in " ".join(err.split()))


def test_and_all_else_is_provisioned(fixed):
    assert fixed.without.code == 0, fixed.without.err
    code, shown = fixed.status
    assert code == 3 and fixed.without.result["fingerprint"] in shown.replace("\n", "")


def test_an_os_package_takes_all_of_it_from_the_disk(fixed):
    with ospackage.boot(fixed.directory / "ospkg", fixed.server.flash,
                        ospackage.IMAGES / "esp-label",
                        options=fixed.disk.options_without_log) as server:
        done = fixed.laptop.log_in(server.ssh_port, NAME, "hostname; stprov host status")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{NAME}\nstore        stprov/ of ST-DATA (/dev/vd")
    assert not set(OWN) & set(fixed.server.variables)


@pytest.fixture(name="cuts", scope="module")
def fixture_cuts(done):
    """The files after a power cut at each write."""
    space = harness.Namespace("-m")
    yield list(disklog.Cuts(done.disk, space, done.directory).after_each())
    space.close()


def test_an_empty_disk_is_not_provisioned(done):
    code, shown = done.empty
    assert code == 3 and "stprov/ of ST-DATA (/dev/vd" in shown, shown


def test_what_stboot_needs_is_printed(done):
    config = json.loads(done.printed.replace("\n", ""))
    assert config["host_ip"] == f"{machine.ADDRESS}/24"


def test_the_host_key_is_on_the_disk_and_secure_boot_keys_are_in_nvram(done, cuts):
    assert done.run.code == 0, done.run.err
    assert {"PK", "KEK", "db", "dbx"} <= set(done.flash)
    assert not set(OWN) & set(done.flash)
    files = cuts[done.provisioned - 1]
    assert sorted(files) == sorted(OWN)
    assert files["STHostName"].startswith(b"two")
    assert files["STHostKey"].startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----")


def test_the_console_says_who_can_read_the_key(done):
    assert "anyone who reads the disk has the host key" in done.server.console.text


def test_status_says_that_stboot_would_not_find_it(done):
    code, shown = done.status
    assert code == 3 and "NVRAM has no host configuration" in " ".join(shown.split())


def test_cleared_nothing_is_left(done, cuts):
    code, shown = done.cleared
    assert code == 0, shown
    assert cuts[-1] == {}


def test_after_a_power_cut_each_file_is_the_old_one_or_the_new_one(done, cuts):
    names = {b"one.example.org", b"two.example.org"}
    keys, configs = set(), set()
    for files in cuts:
        assert set(files) - {f".stprov-new-{name}" for name in OWN} <= set(OWN)
        assert files.get("STHostName", b"one.example.org") in names
        configs.add(files.get("STHostConfig"))
        keys.add(files.get("STHostKey"))
    # None, the first one and the second one; none and one.
    assert len(configs) <= 3 and len(keys) == 2
    for text in configs - {None}:
        json.loads(text)


def test_a_power_cut_while_one_is_replaced_loses_neither_the_old_nor_the_new(done, cuts):
    assert done.provisioned - done.first > 10, "the disk was hardly written to"
    for files in cuts[done.first:done.provisioned]:
        assert {"STHostName", "STHostConfig"} <= set(files)
