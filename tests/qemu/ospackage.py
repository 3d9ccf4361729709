# SPDX-License-Identifier: BSD-2-Clause
"""The OS package on the machine that was provisioned, and the laptop that logs in to it by ssh.

scripts/ospkg makes the OS package. stboot would start it by kexec; here firmware starts its kernel
and initramfs, with the same variable store, from which it has host key, name, network and files.
"""
import os
import pathlib
import socket
import subprocess

import harness
import machine

IMAGES = pathlib.Path(os.environ.get("STPROV_OSPKG", machine.ROOT / "build-ospkg" / "images"))
# 71 MiB of them are its files, unpacked; firmware and kernel hold them packed at the same time.
MEMORY_MIB = 448
SSHD_IS_READY = "Started ssh.service"
EFIVARS = "/sys/firmware/efi/efivars"
BOOT_PATH = "EFI/BOOT/BOOTX64.EFI"
SSH_SECONDS = 120


def run(*command):
    subprocess.run([str(word) for word in command], check=True, stdin=subprocess.DEVNULL,
                   capture_output=True, timeout=SSH_SECONDS)


class Laptop:
    """What the operator of the host `name` has: a key to log in with, a certificate authority, and
    known_hosts as `local run` wrote it; `options` of `local run` hand them over."""

    def __init__(self, directory, name):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.key, self.authority = self.directory / "id", self.directory / "ca"
        for key in (self.key, self.authority):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key)
        self.known_hosts = self.directory / "known_hosts"
        self.options = ["--known-hosts", str(self.known_hosts),
                        "--authorized-keys", f"{self.key}.pub",
                        "--host-ca", str(self.authority), "--principals", name]

    def authority_line(self, name, authority=None):
        """A line of known_hosts that trusts the certificates of an authority."""
        public = (authority or self.authority).with_suffix(".pub").read_text()
        return f"@cert-authority {name} {public}"

    def ssh(self, port, name, command, known_hosts=None):
        """ssh's words, to which the host has to prove that it is `name`."""
        options = ["BatchMode=yes", "StrictHostKeyChecking=yes", f"HostKeyAlias={name}",
                   f"UserKnownHostsFile={known_hosts or self.known_hosts}"]
        return ["ssh", *(word for option in options for word in ("-o", option)),
                "-i", str(self.key), "-p", str(port), "root@127.0.0.1", command]

    def log_in(self, port, name, command, known_hosts=None):
        """Its end: returncode, stdout and stderr."""
        words = self.ssh(port, name, command, known_hosts)
        # Nothing of this machine's own configuration, agent or known hosts.
        others = [word for option in ("GlobalKnownHostsFile=none", "IdentitiesOnly=yes",
                                      "IdentityAgent=none", "UpdateHostKeys=no",
                                      f"ConnectTimeout={SSH_SECONDS // 2}")
                  for word in ("-o", option)]
        return subprocess.run([words[0], "-F", "none", *others, *words[1:]], check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=SSH_SECONDS)


def power_on(directory, flash, image=IMAGES / "esp", **options):
    """The machine, with the variables of an earlier one."""
    return machine.Machine(directory, boot=image, variables=flash, memory=MEMORY_MIB, **options)


def boot(directory, flash, image=IMAGES / "esp", **options):
    """The same; its sshd is ready when this returns."""
    server = power_on(directory, flash, image, **options)
    try:
        wait_for_sshd(server)
    except BaseException:
        server.close()
        raise
    return server


def wait_for_sshd(server):
    server.console.expect(SSHD_IS_READY, machine.BOOT_SECONDS)

    def greets():
        """A link may come up after sshd; until then QEMU holds the connection."""
        try:
            with socket.create_connection(("127.0.0.1", server.ssh_port), 10) as connection:
                connection.settimeout(10)
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False
    try:
        harness.eventually(greets, machine.BOOT_SECONDS, "sshd's greeting")
    except AssertionError as error:
        raise AssertionError(f"{error}; the console:\n{server.console.text}") from error
