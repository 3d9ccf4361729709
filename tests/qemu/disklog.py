# SPDX-License-Identifier: BSD-2-Clause
"""A disk whose writes QEMU logs, and what a power cut after each of them leaves.

QEMU's filter blklogwrites writes the log of Linux' dm-log-writes (Linux
Documentation/admin-guide/device-mapper/log-writes.rst): a super block, then for each write a sector
with its place and length, and the data.
"""
import pathlib
import shutil
import struct
import subprocess

SECTOR = 512
SUPER = struct.Struct("<QQQI")
ENTRY = struct.Struct("<QQQQ")
MAGIC = 0x6a736677736872
DISCARD = 4


class Disk:
    """An ext4 file system of its own on a disk of a virtual machine."""

    def __init__(self, directory, label, size=16 << 20):
        self.first, self.image, self.log = (directory / name for name in ("first", "disk", "log"))
        with self.first.open("wb") as file:
            file.truncate(size)
        mkfs = shutil.which("mkfs.ext4", path="/sbin:/usr/sbin:/bin:/usr/bin")
        # Without a lazy part, whose writes would have nothing to do with stprov.
        subprocess.run([mkfs, "-q", "-L", label, "-E", "lazy_itable_init=0,lazy_journal_init=0",
                        str(self.first)], check=True, timeout=60)
        shutil.copy(self.first, self.image)
        self.log.touch()

    @property
    def options(self):
        """Of QEMU."""
        return ["-blockdev", f"driver=file,node-name=disk,filename={self.image}",
                "-blockdev", f"driver=file,node-name=log,filename={self.log}",
                "-blockdev", "driver=blklogwrites,node-name=logged,file=disk,log=log",
                "-device", "virtio-blk-pci,drive=logged,serial=logged"]

    @property
    def options_without_log(self):
        return ["-blockdev", f"driver=file,node-name=disk,filename={self.image}",
                "-device", "virtio-blk-pci,drive=disk"]

    def writes(self):
        """[(place in bytes, data)] of all that were logged so far."""
        raw = self.log.read_bytes()
        if len(raw) < SECTOR:
            return []
        magic, version, _, size = SUPER.unpack_from(raw)
        assert (magic, version, size) == (MAGIC, 1, SECTOR)
        found, at = [], SECTOR
        while at + SECTOR <= len(raw):
            sector, sectors, flags, _ = ENTRY.unpack_from(raw, at)
            at += SECTOR
            if flags & DISCARD:
                found.append((sector * SECTOR, bytes(sectors * SECTOR)))
            elif sectors:
                found.append((sector * SECTOR, raw[at:at + sectors * SECTOR]))
                at += sectors * SECTOR
        return found


class Cuts:
    """The disk's files as the next boot finds them, when the power was cut after each write."""

    def __init__(self, disk, space, directory):
        self.disk, self.space = disk, space
        self.cut, self.mounted = directory / "cut", directory / "cut-mounted"
        self.mounted.mkdir()

    def files(self, image):
        """{name: bytes} of stprov's directory; mounting recovers the journal, as at a boot."""
        self.cut.write_bytes(image)
        self.space.run("mount", "-o", "loop", str(self.cut), str(self.mounted))
        try:
            here = pathlib.Path(f"{self.space.root}{self.mounted}/stprov")
            files = here.iterdir() if here.exists() else []
            return {file.name: file.read_bytes() for file in files}
        finally:
            self.space.run("umount", str(self.mounted))

    def after_each(self):
        image = bytearray(self.disk.first.read_bytes())
        for place, data in self.disk.writes():
            image[place:place + len(data)] = data
            yield self.files(image)
