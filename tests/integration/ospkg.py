# SPDX-License-Identifier: BSD-2-Clause
"""A provisioned store and the root directory of an OS package, for the tests of `stprov host`."""
import os
import pathlib
import subprocess

import provisioned

FILE = b"\0"  # the format of a plain file
KEY_FILE = "etc/ssh/ssh_host_ed25519_key"


def certify(directory, public, *options, names="host.example.org"):
    """A host certificate for a public key file, made by a new CA: (its line, the CA's line)."""
    ca = directory / "ca"
    if not ca.exists():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ca", "-f", ca],
                       check=True, stdin=subprocess.DEVNULL)
    copy = directory / "certified.pub"
    copy.write_bytes(public)
    subprocess.run(["ssh-keygen", "-q", "-s", ca, "-h", "-I", "stprov:host", "-n", names,
                    *(options or ["-V", "+52w"]), copy], check=True, stdin=subprocess.DEVNULL)
    return (directory / "certified-cert.pub").read_bytes(), (directory / "ca.pub").read_bytes()


class Platform(provisioned.Provisioned):
    """A store with all parts, and an OS package's root."""

    def __init__(self, directory, store=None, root=""):
        super().__init__(store or directory / "efivars", directory, root=root)
        self.directory = directory
        self.os = directory / "root"
        (self.os / "etc/stprov").mkdir(parents=True)
        for name in self.good:
            self.file(name).chmod(0o644)

    @property
    def public(self):
        """`ssh-ed25519 BASE64`, as OpenSSH reads the private key."""
        path = self.directory / "private"
        path.touch(0o600)
        path.write_bytes(self.key)
        line = subprocess.run(["ssh-keygen", "-y", "-f", path], check=True,
                              capture_output=True).stdout
        return b" ".join(line.split()[:2])

    def put_file(self, name, data=b"some data\n"):
        self.write(f"STFile-{name}", FILE + data)

    def certify(self, *options, **kwargs):
        line, _ = certify(self.directory, self.public + b"\n", *options, **kwargs)
        self.write("STHostCert", line)
        return line

    def conf(self, text, name="host.conf"):
        (self.os / "etc/stprov" / name).write_text(text)

    def permit(self, *lines):
        self.conf("".join(f"{line}\n" for line in lines), "files")

    def place(self, path, data=b"", mode=0o644):
        """A file below the root."""
        where = self.os / path
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_bytes(data)
        where.chmod(mode)
        return where

    def tree(self):
        """{path below the root: (mode, bytes, time of the last change)} of all files."""
        return {str(path.relative_to(self.os)):
                (path.lstat().st_mode & 0o7777, path.read_bytes(), path.lstat().st_mtime_ns)
                for path in self.os.rglob("*") if path.is_file() or path.is_symlink()}

    def words(self, command, *arguments):
        return ["host", command, "-E", str(self.path), "--root", str(self.os), *arguments]


def shell_path(directory, *names, busybox):
    """A directory with links to busybox for these names only, as PATH."""
    directory.mkdir()
    for name in names:
        os.symlink(pathlib.Path(busybox).resolve(), directory / name)
    return str(directory)
