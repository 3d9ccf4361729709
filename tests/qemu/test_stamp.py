# SPDX-License-Identifier: BSD-2-Clause
"""A finished image that is stamped with defaults: its bytes, and what its boot does by itself."""
import filecmp
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import pytest

import harness
import machine
import netlab
import test_image as builds
import web

IMAGE = machine.IMAGE / "stprov.iso"
STPROV = machine.ROOT / "build-qemu" / "stprov"
KERNEL = "EFI/BOOT/BOOTX64.EFI"
EXTRA = f"{KERNEL}.extra.d"
NAME = "rack7.example.org"
LAPTOP = "10.1.0.1"
COUNT = r"provisioning begins by itself in \d+ s; any key stops it"
ORIGIN = "Defaults from the boot medium, not signed"
PLUG = machine.ROOT / "tests" / "integration" / "plug.py"


def stamp(output, defaults, *options, image=IMAGE):
    return subprocess.run(
        [machine.ROOT / "scripts/stamp", "--stprov", STPROV, *options, image, output, defaults],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def stamped(directory, name, text, check=True):
    """(the stamped image, what scripts/stamp printed)"""
    (directory / f"{name}.txt").write_text(text)
    done = stamp(directory / f"{name}.iso", directory / f"{name}.txt")
    assert not check or done.returncode == 0, done.stderr
    return directory / f"{name}.iso", done.stdout


# Bytes ------------------------------------------------------------------------------------------

GOOD = f"full-host = {NAME}\nkeymap = de\n"


def test_the_same_input_makes_the_same_bytes_and_the_kernel_image_stays(tmp_path):
    one, told = stamped(tmp_path, "one", GOOD)
    os.utime(tmp_path / "one.txt", (1, 1))
    another, _ = stamped(tmp_path, "another", GOOD)
    assert filecmp.cmp(one, another, shallow=False)
    assert os.path.getsize(one) == os.path.getsize(IMAGE)
    medium = machine.program("stamp").bootmedium
    drive = f"{one}@@{medium.find_esp(one)}"
    assert medium.read_file(drive, KERNEL) == \
        (machine.IMAGE / "stprov.efi").read_bytes()
    assert medium.read_file(drive, f"{EXTRA}/stprov.defaults.cred") == GOOD.encode()
    assert told.startswith(f"full-host    {NAME}\nkeymap       de\nPCR 12       ")
    # Nothing outside of the partition is changed.
    begin = medium.find_esp(one)
    assert one.read_bytes()[:begin] == IMAGE.read_bytes()[:begin]


def test_roots_are_stamped_too(tmp_path):
    roots = tmp_path / "roots.pem"
    roots.write_bytes(web.Authority(tmp_path).pem)
    (tmp_path / "defaults").write_text(GOOD)
    plain = stamp(tmp_path / "plain.iso", tmp_path / "defaults")
    done = stamp(tmp_path / "out.iso", tmp_path / "defaults", "--roots", roots)
    assert done.returncode == plain.returncode == 0, done.stderr
    assert done.stdout != plain.stdout  # PCR 12
    medium = machine.program("stamp").bootmedium
    drive = f"{tmp_path}/out.iso@@{medium.find_esp(IMAGE)}"
    assert medium.read_file(drive, f"{EXTRA}/stprov.roots.cred") == roots.read_bytes()


@pytest.mark.parametrize("text, reason", [
    ("host = a\notp = x\n", "line 2: otp: not a key of this file"),
    ("port = 0\n", 'line 1: port: "0" is not a port from 1 to 65535'),
    ("keymap = xx\n", "keymap: the image has no layout xx")])
def test_a_wrong_file_is_told_when_it_is_stamped(tmp_path, text, reason):
    (tmp_path / "defaults").write_text(text)
    done = stamp(tmp_path / "out.iso", tmp_path / "defaults")
    assert done.returncode == 1
    assert done.stderr == f"scripts/stamp: {tmp_path}/defaults: {reason}\n"
    assert [path.name for path in tmp_path.iterdir()] == ["defaults"]


def test_what_is_not_a_fresh_image_is_refused_in_one_line(tmp_path):
    image, _ = stamped(tmp_path, "one", GOOD)
    for other, reason in ((image, "has defaults already"), (STPROV, "it has no GPT"),
                          (tmp_path / "absent", "is missing")):
        done = stamp(tmp_path / "out.iso", tmp_path / "one.txt", image=other)
        assert done.returncode == 1 and reason in done.stderr
        assert done.stderr.count("\n") == 1 and not (tmp_path / "out.iso").exists()


def test_an_output_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "defaults").write_text(GOOD)
    done = stamp(tmp_path / "gone" / "out.iso", tmp_path / "defaults")
    assert done.returncode == 1
    part = tmp_path / "gone" / "out.iso.part"
    assert done.stderr == f"scripts/stamp: {part}: No such file or directory\n"


def test_an_image_is_stamped_when_it_is_made(tmp_path):
    (tmp_path / "good").write_text(GOOD)
    (tmp_path / "bad").write_text("otp = x\n")
    done = builds.make_image(tmp_path / "out", "--defaults", tmp_path / "bad")
    assert done.stderr == f"scripts/image: {tmp_path}/bad: line 1: otp: not a key of this file\n"
    assert done.returncode == 1 and not (tmp_path / "out").exists()
    done = builds.make_image(tmp_path / "out", "--defaults", tmp_path / "good")
    assert done.returncode == 0, done.stderr
    told = stamp(tmp_path / "stamped.iso", tmp_path / "good").stdout
    assert f"defaults on the disc, not signed:\n{told}" in done.stdout
    medium = machine.program("stamp").bootmedium
    drive = f"{tmp_path}/out/stprov.iso@@{medium.find_esp(tmp_path / 'out/stprov.iso')}"
    assert medium.read_file(drive, f"{EXTRA}/stprov.defaults.cred") == GOOD.encode()


# Boots ------------------------------------------------------------------------------------------

class Tpm:
    """swtpm for QEMU, which starts it up as firmware does."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="swtpm-"))
        self.process = subprocess.Popen(
            ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.directory}",
             "--ctrl", f"type=unixio,path={self.directory}/ctrl", "--terminate"],
            stdin=subprocess.DEVNULL)
        harness.eventually((self.directory / "ctrl").exists, machine.PATIENCE, "swtpm's socket")
        self.options = ["-chardev", f"socket,id=tpm,path={self.directory}/ctrl",
                        "-tpmdev", "emulator,id=tpm,chardev=tpm", "-device", "tpm-crb,tpmdev=tpm"]

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(machine.PATIENCE)
        shutil.rmtree(self.directory)


class Server(machine.Machine):
    """A machine whose user network is in a namespace with a laptop: connections to its address
    reach it from there."""

    def __init__(self, space, directory, **kwargs):
        self.space = space
        super().__init__(directory, **kwargs)

    def command(self, links, web_ports, memory):
        command = [word.replace(f"hostfwd=tcp:127.0.0.1:{self.port}-",
                                f"hostfwd=tcp:{machine.ADDRESS}:2009-")
                   for word in super().command(links, web_ports, memory)]
        return [*self.space.prefix, *command]


@pytest.fixture(name="space", scope="module")
def fixture_space():
    if os.geteuid() != 0 or netlab.missing():
        pytest.skip("needs root for a namespace of its own")
    space = netlab.Node()
    # QEMU shows the server whom a connection is from, except from loopback.
    space.ip(f"address add {LAPTOP}/32 dev lo", f"address add {machine.ADDRESS}/32 dev lo",
             f"route replace local {machine.ADDRESS} dev lo table local src {LAPTOP}")
    yield space
    space.close()


@pytest.fixture(name="tpm")
def fixture_tpm():
    tpm = Tpm()
    yield tpm
    tpm.close()


def laptop(space, directory):
    """`local console` on the server's second serial line, with no person at it."""
    command = [sys.executable, str(PLUG), str(directory / "second")]
    return harness.Process(
        ["local", "console", "--yes", "--json", "--wait-console", "10m",
         "--known-hosts", str(directory / "known_hosts"), "--", *command], prefix=space.prefix)


def test_it_sets_up_the_network_by_itself_and_a_laptop_does_the_rest(work, tmp_path, space, tpm):
    """No key is typed at a console. PCR 12 is what scripts/stamp printed."""
    server = web.Server(web.OK, namespace=space)
    image, told = stamped(
        tmp_path, "auto", f"full-host = {NAME}\nurl = http://{machine.GATEWAY}:{server.port}/x\n"
        f"dns = {machine.GATEWAY}\nauto = yes\n")
    directory = work / "stick"
    directory.mkdir()
    second = ["-chardev", f"socket,id=second,path={directory}/second,server=on,wait=off",
              "-serial", "chardev:second"]
    with Server(space, directory, boot=image, stick=True, options=[*second, *tpm.options]) as here:
        driver = laptop(space, directory)
        try:
            here.console.expect(COUNT, machine.BOOT_SECONDS)
            here.console.expect(rf"stored: {NAME}")
            here.console.expect("stprov: a laptop calls and gets a console")
            assert driver.wait(machine.BOOT_SECONDS) == 0, driver.err.text
        finally:
            driver.clean_up()
            server.close()
        result = json.loads(driver.out.text)
        assert (result["hostname"], result["ip"]) == (NAME, machine.ADDRESS)
        assert f"{NAME},{machine.ADDRESS} {result['publickey']}" in \
            (directory / "known_hosts").read_text()
        stored = here.variables
        assert stored["STHostName"].data == NAME.encode() and "STHostKey" in stored
        # The other console has its question, as always.
        here.boot()
        assert re.search(rf"{ORIGIN}:\nfull-host +{NAME}\n(?s:.*)auto +yes\n", here.console.text)
        pcr = here.succeed("cat /sys/class/tpm/tpm0/pcr-sha256/12").strip().lower()
        assert f"PCR 12       {pcr} (SHA-256)\n" in told
        # The same medium leaves a provisioned machine alone.
        here.console.type("reboot\r")
        here.console.expect("BdsDxe: starting", machine.BOOT_SECONDS)
        here.console.expect(f"provisioned: {NAME}", machine.BOOT_SECONDS)
        assert "STHostKey" in here.variables and here.variables == stored


def test_a_key_stops_the_count_on_a_disc(work, tmp_path):
    image, _ = stamped(tmp_path, "auto", f"full-host = {NAME}\nkeymap = de\nauto = yes\n")
    with machine.Machine(work / "disc", boot=image) as here:
        here.console.expect(COUNT, machine.BOOT_SECONDS)
        here.console.type(" ")
        here.console.expect("stprov: nothing more is done by itself")
        here.boot()
        assert "STHostName" not in here.variables
        # What the guide and the commands take is there nevertheless.
        assert f"default {NAME}, from" in re.sub(r"\s+", " ", here.succeed(
            "stprov remote help dhcp"))
        builds.press(here, "y")
        builds.on_screen(here, rf"{builds.ANYWHERE}z\b")


def test_of_a_wrong_file_nothing_is_used(work, tmp_path):
    """Not one that scripts/stamp made."""
    medium = machine.program("stamp").bootmedium
    image = tmp_path / "wrong.iso"
    shutil.copy(IMAGE, image)
    (tmp_path / "wrong").write_text(f"full-host = {NAME}\nauto = yes\notp = x\n")
    medium.stamp(image, {medium.DEFAULTS: tmp_path / "wrong"})
    with machine.Machine(work / "wrong", boot=image) as here:
        here.boot()
        shown = here.console.text
        assert f"{ORIGIN}, are not used:\nerror        line 3: otp: not a key of this file\n" \
            in shown
        assert "by itself" not in shown and "STHostName" not in here.variables
