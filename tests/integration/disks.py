# SPDX-License-Identifier: BSD-2-Clause
"""Block devices for tests of `-S label`: loop devices, and which of them a machine has.

A namespace of mounts gets a directory of its own in place of /sys/class/block, so that stprov sees
these devices and no others, of this machine or of other tests.
"""
import contextlib
import os
import pathlib
import shutil
import subprocess

import harness

SYSFS = "/sys/class/block"
LABEL = "ST-DATA"


def tool(name):
    return shutil.which(name, path=os.environ["PATH"] + ":/sbin:/usr/sbin")


class Disk:
    """A loop device, of an image file."""

    def __init__(self, image, label=LABEL, kind="ext4", size=8 << 20):
        self.image = image
        with image.open("wb") as file:
            file.truncate(size)
        if kind:
            subprocess.run([tool(f"mkfs.{kind}"), "-q", "-L", label, str(image)], check=True,
                           timeout=60)
        self.path = subprocess.run([tool("losetup"), "-f", "--show", str(image)], check=True,
                                   text=True, capture_output=True, timeout=60).stdout.strip()
        # A loop device keeps this flag from one file to the next.
        subprocess.run([tool("blockdev"), "--setrw", self.path], check=True, timeout=60)
        self.name = self.path.removeprefix("/dev/")

    def close(self):
        subprocess.run([tool("losetup"), "-d", self.path], check=True, timeout=60)


class Machine:
    """The disks that the processes of @space see; @start registers what ends after the test."""

    def __init__(self, start, space, directory):
        self.start, self.space, self.directory = start, space, directory
        self.disks = 0
        space.run("mount", "-t", "tmpfs", "tmpfs", SYSFS)

    def add(self, disk):
        """The machine sees the disk; also under another name, as if it were a second one."""
        self.space.run("ln", "-s", f"/sys/devices/virtual/block/{disk.name}",
                       f"{SYSFS}/{disk.name}")
        return disk

    def remove(self, disk):
        self.space.run("rm", f"{SYSFS}/{disk.name}")

    def new(self, *args, **kwargs):
        self.disks += 1
        return self.add(self.start(Disk(self.directory / f"disk{self.disks}", *args, **kwargs)))

    @contextlib.contextmanager
    def mounted(self, disk):
        """The directory where the disk is mounted."""
        path = self.directory / "mounted"
        path.mkdir(exist_ok=True)
        self.space.run("mount", disk.path, str(path))
        try:
            yield pathlib.Path(f"{self.space.root}{path}")
        finally:
            self.space.run("umount", str(path))


class LabelStore:
    """A store on a disk with the label: what harness.Store is for a directory of variables."""

    options = ["-S", "label"]

    def __init__(self, machine, disk):
        self.machine, self.disk = machine, disk

    def write(self, name, data):
        with self.machine.mounted(self.disk) as path:
            (path / "stprov").mkdir(mode=0o700, exist_ok=True)
            (path / "stprov" / name).write_bytes(data)

    def snapshot(self):
        """{name: (mode, bytes)}; None without the directory."""
        with self.machine.mounted(self.disk) as path:
            if not (path / "stprov").exists():
                return None
            return {file.name: (file.stat().st_mode & 0o7777, file.read_bytes())
                    for file in (path / "stprov").iterdir()}

    def names(self):
        return sorted(self.snapshot() or {})

    def read(self, name):
        """(None, data), or None."""
        found = (self.snapshot() or {}).get(name)
        return found and (None, found[1])


def machine_of(start, directory, space=None):
    """A machine with a namespace of its own, in the directory."""
    return Machine(start, space or start(harness.Namespace("-m")), directory)
