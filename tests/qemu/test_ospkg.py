# SPDX-License-Identifier: BSD-2-Clause
"""An OS package on the machine that was just provisioned: ssh with strict checking gets in.

Each boot takes as long as some ten other tests. So there are four: static, DHCP, a bond, and an OS
package that takes no files. Tests share what they do not change.
"""
import json
import os
import re
import shlex
import shutil

import pytest

import machine
import ospackage
import ovmf
import test_ansible
import test_provisioning as story
from harness import OWN_GUID, eventually
from machine import ADDRESS, GATEWAY, PATIENCE

LINKS = 2
NAME = "one.example.org"
FILE = f"STFile-ssh.authorized_keys.root-{OWN_GUID}"
STATIC = f"static -i {ADDRESS}/24 -g {GATEWAY} -I eth1"
BOND = "dhcp -b eth0,eth1 -M active-backup"


@pytest.fixture(autouse=True, scope="module")
def need_images():
    if not os.path.exists(ospackage.IMAGES / "esp"):
        pytest.skip(f"{ospackage.IMAGES} is missing: make ospkg")


def provision(booted, directory, network):
    """As an operator does: network, run, Enter; and the power is cut."""
    laptop = ospackage.Laptop(directory / "laptop", NAME)
    with booted.go_on() as server:
        server.succeed(f"stprov remote {network} -h one")
        done = story.provision(server, [*laptop.options, "-n"])
        assert done.code == 0, done.err
        stored = ovmf.read(server.flash)
        assert stored[FILE].attributes == 7
    return laptop, done.result, server.flash


class Running:
    """The OS package of `image`, and the laptop with which its machine was provisioned."""

    def __init__(self, booted, directory, network, image="esp"):
        self.laptop, self.result, flash = provision(booted, directory, network)
        self.server = ospackage.boot(directory / "machine", flash, ospackage.IMAGES / image,
                                     links=LINKS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.close()

    def log_in(self, command="true", known_hosts=None):
        """By known_hosts as `local run` wrote it, or a file with this text."""
        file = None
        if known_hosts is not None:
            file = self.laptop.directory / "others"
            file.write_text(known_hosts)
        return self.laptop.log_in(self.server.ssh_port, NAME, command, file)

    def read(self, command):
        done = self.log_in(command)
        assert done.returncode == 0, f"{done.stderr}\nThe console:\n{self.server.console.text}"
        return done.stdout


@pytest.fixture(name="static", scope="module")
def fixture_static(booted, work):
    with Running(booted, work / "static", STATIC) as here:
        yield here


def check_refused(done):
    """By ssh, because of the host's key: nothing ran there."""
    assert (done.returncode, done.stdout) == (255, "")
    assert "Host key verification failed." in done.stderr


# Whom the laptop believes ---------------------------------------------------------------------

def test_ssh_gets_in_with_the_known_hosts_that_local_run_wrote(static):
    assert static.laptop.known_hosts.read_text().count("\n") == 1
    assert static.read("hostname; id -un") == f"{NAME}\nroot\n"


def test_ssh_gets_in_with_a_host_certificate_alone(static):
    line = static.laptop.authority_line(NAME)
    assert static.result["authority"] == line.rstrip()
    done = static.log_in("hostname", line)
    assert (done.returncode, done.stdout) == (0, f"{NAME}\n"), done.stderr


def test_a_certificate_of_another_authority_or_for_another_name_is_refused(static):
    other = static.laptop.directory / "other"
    ospackage.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other)
    check_refused(static.log_in(known_hosts=static.laptop.authority_line(NAME, other)))
    done = static.laptop.log_in(static.server.ssh_port, "two.example.org", "true")
    check_refused(done)


def test_the_host_keys_that_the_image_was_built_with_are_refused(static):
    keys = (ospackage.IMAGES / "image-keys").read_text().splitlines()
    assert {key.split()[0].split("-")[0] for key in keys} == {"ssh", "ecdsa"} and len(keys) == 3
    check_refused(static.log_in(known_hosts="".join(f"{NAME} {key}\n" for key in keys)))


def test_the_os_package_has_the_provisioned_key_and_no_other(static):
    files = static.read("ls /etc/ssh/ssh_host_*").split()
    assert files == [f"/etc/ssh/ssh_host_ed25519_key{end}" for end in ("", "-cert.pub", ".pub")]
    public = static.read("cat /etc/ssh/ssh_host_ed25519_key.pub")
    assert public.split()[:2] == static.result["publickey"].split()


def test_other_users_of_the_os_package_cannot_read_what_is_secret(static):
    modes = static.read(f"stat -c '%a %n' {ospackage.EFIVARS}/ST*").splitlines()
    found = {line.split("/")[-1].rsplit("-", 5)[0]: line.split()[0] for line in modes}
    assert {name: found.get(name) for name in
            ("STHostKey", "STHostConfig", "STFile-ssh.authorized_keys.root")} == dict.fromkeys(
                ("STHostKey", "STHostConfig", "STFile-ssh.authorized_keys.root"), "600")


# What contrib/ansible leaves alone ---------------------------------------------------------------

def test_a_host_that_answers_with_its_recorded_key_is_left_alone_by_ansible(static, work):
    laptop = test_ansible.Laptop(work / "ansible")
    laptop.does("ssh-keyscan", f'exec {shutil.which("ssh-keyscan")} "$@"')

    def record(publickey):
        result = {**static.result, "publickey": publickey, "ip": "127.0.0.1"}
        laptop.does("stprov", f"echo {shlex.quote(json.dumps(result))}")
        assert laptop.run(force=True)["changed"] is True

    def look():
        return laptop.run(check=True, ssh_port=static.server.ssh_port)

    record(test_ansible.OTHER)
    # On a busy machine it may not answer in time, and is left alone as if it were not up.
    eventually(lambda: look()["msg"].endswith("another SSH host key answers at 127.0.0.1"),
               PATIENCE, "the host's key")
    record(static.result["publickey"])
    assert look()["changed"] is False


# The network, by the host configuration alone ---------------------------------------------------

def network_files(here):
    return here.read("cd /etc/systemd/network && ls").split()


def test_static_is_brought_up_on_the_link_that_was_chosen(static):
    assert network_files(static) == ["50-stprov.network"]
    [name] = [row.split()[0] for row in static.read("ip -br link").splitlines()
              if machine.mac(1) in row]
    addresses = static.read("ip -4 -o address show scope global").splitlines()
    assert len(addresses) == 1 and f" {name} " in addresses[0]
    assert f"inet {ADDRESS}/24" in addresses[0] and "dynamic" not in addresses[0]
    assert f"default via {GATEWAY} dev {name} proto static" in static.read("ip route")


def test_dhcp_is_brought_up_and_ssh_gets_in(booted, work):
    with Running(booted, work / "dhcp", "dhcp") as here:
        assert here.read("hostname") == f"{NAME}\n"
        addresses = here.read("ip -4 -o address show scope global").splitlines()
        assert len(addresses) == 1
        assert f"inet {ADDRESS}/24" in addresses[0] and " dynamic " in addresses[0]
        assert network_files(here) == ["50-stprov.network"]


def test_a_bond_is_brought_up_and_outlives_its_active_member(booted, work):
    with Running(booted, work / "bond", BOND) as here:
        assert " dynamic bond0" in here.read("ip -4 -o address show scope global")
        state = here.read("cat /proc/net/bonding/bond0")
        assert "Bonding Mode: fault-tolerance (active-backup)" in state
        members = dict(re.findall(r"Slave Interface: (\S+)\n(?:.+\n)*?Permanent HW addr: (\S+)\n",
                                  state))
        assert sorted(members.values()) == [machine.mac(number) for number in range(LINKS)]
        read_active = "cat /sys/class/net/bond0/bonding/active_slave"
        first = here.read(read_active).strip()
        other = next(name for name in members if name != first)
        here.server.cable([machine.mac(n) for n in range(LINKS)].index(members[first]), None)
        eventually(lambda: here.log_in(read_active).stdout == f"{other}\n", PATIENCE,
                   "the change of the active member")


# How it is made -------------------------------------------------------------------------------

def test_a_part_is_made_again_only_when_something_that_it_consists_of_has_changed(tmp_path):
    script = machine.program("ospkg")
    source, part = tmp_path / "source", tmp_path / "part"
    source.mkdir()
    (source / "list").write_text("one\n")
    times = []

    def make(path, fails=False):
        times.append(path)
        path.write_text("made")
        if fails:
            raise script.Failure("no network")
    for _ in range(2):
        script.make_once(make, part, source, "a text")
    assert len(times) == 1
    (source / "list").write_text("two\n")
    with pytest.raises(script.Failure):
        script.make_once(lambda path: make(path, fails=True), part, source, "a text")
    for _ in range(2):
        script.make_once(make, part, source, "a text")
    assert len(times) == 3
    script.make_once(make, part, source, "another text")
    assert len(times) == 4


# An OS package that takes nothing ---------------------------------------------------------------

def test_without_permission_in_etc_stprov_files_nobody_logs_in(booted, work):
    """The host proves who it is, and has not taken the key that is in NVRAM."""
    with Running(booted, work / "closed", STATIC, "esp-closed") as here:
        done = here.log_in()
        assert done.returncode == 255 and done.stdout == ""
        assert "Permission denied (publickey" in done.stderr
