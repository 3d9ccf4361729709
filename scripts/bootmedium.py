# SPDX-License-Identifier: BSD-2-Clause
"""The boot medium's FAT file system, as scripts/image makes it and scripts/stamp changes it.

What scripts/stamp puts into it: the defaults of `stprov remote` (src/medium/medium.h) and HTTPS
roots, in the directory from which systemd-stub hands files to the initramfs (systemd-stub(7)). The
same input gives the same bytes. Needs Debian's mtools.
"""
import hashlib
import os
import pathlib
import shutil
import stat
import struct
import subprocess
import tempfile
import uuid

from bootimage import UEFI_NAMES, Failure, boot_path, run

SECTOR = 512
PARTITION_TYPE_ESP = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
# The header of a GPT and one entry (UEFI 2.10, 5.3.2 and 5.3.3), up to what is used here.
HEADER = struct.Struct("<8s64xQII")  # signature; first block, number and size of the entries
ENTRY = struct.Struct("<16s16xQQ")  # type, first and last block
DEFAULTS, ROOTS = "stprov.defaults.cred", "stprov.roots.cred"
# What systemd-stub makes of that directory: a cpio archive whose directories and files have these
# modes.
TARGET = (".extra", 0o555), (".extra/credentials", 0o500)
FILE_MODE = 0o400


def epoch():
    return int(os.environ.get("SOURCE_DATE_EPOCH", "1735689600"))


def mtools(*command):
    """A command of mtools, which would use the clock otherwise."""
    return run(*command, env=dict(os.environ, SOURCE_DATE_EPOCH=str(epoch()), MTOOLS_SKIP_CHECK="1",
                                  TZ="UTC0", LC_ALL="C.UTF-8"))


def copy_in(drive, source, name, work):
    """A file, with the one time stamp, into the file system; `work`: a directory."""
    dated = pathlib.Path(work) / "dated"
    shutil.copy(source, dated)
    os.utime(dated, (epoch(), epoch()))
    mtools("mcopy", "-m", "-i", drive, dated, f"::/{name}")


def find_esp(image):
    """Where the EFI system partition of an image begins, in bytes."""
    with open(image, "rb") as file:
        file.seek(SECTOR)
        header = file.read(HEADER.size)
        if len(header) < HEADER.size or not header.startswith(b"EFI PART"):
            raise Failure(f"{image}: it has no GPT")
        _, first, number, size = HEADER.unpack(header)
        file.seek(first * SECTOR)
        for entry in (file.read(size) for _ in range(min(number, 128))):
            kind, begin, _ = ENTRY.unpack_from(entry.ljust(ENTRY.size, b"\0"))
            if uuid.UUID(bytes_le=kind) == uuid.UUID(PARTITION_TYPE_ESP):
                return begin * SECTOR
    raise Failure(f"{image}: it has no EFI system partition")


def read_file(drive, name):
    return mtools("mtype", "-i", drive, f"::/{name}")


def is_there(drive, name):
    try:
        mtools("mdir", "-b", "-i", drive, f"::/{name}")
    except Failure:
        return False
    return True


def record(number, name, mode, data):
    """One member of the archive as systemd-stub writes it: lower-case digits, no times, one link.
    (Its trailer is a constant with an upper-case digit.)"""
    raw = name.encode() + b"\0"
    fields = [number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(raw), 0]
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + raw
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def archive(files):
    """The archive that systemd-stub makes of these files, {name: bytes}, and measures."""
    members = [(name, stat.S_IFDIR | mode, b"") for name, mode in TARGET]
    members += [(f"{TARGET[-1][0]}/{name}", stat.S_IFREG | FILE_MODE, files[name])
                for name in sorted(files)]
    text = b"".join(record(number, *member) for number, member in enumerate(members, 1))
    return text + record(0, "TRAILER!!!", 0, b"").replace(b"0000000b", b"0000000B")


def pcr12(files):
    """PCR 12 of the SHA-256 bank after a boot with these files: one event extends it from zero."""
    return hashlib.sha256(bytes(32) + hashlib.sha256(archive(files)).digest()).hexdigest()


def find_kernel(drive):
    """The path of the kernel image, which depends on the architecture."""
    for path in map(boot_path, UEFI_NAMES):
        if is_there(drive, path):
            return path
    raise Failure(f"{drive}: no kernel image of stprov")


def extra_path(kernel):
    """The directory beside a kernel image whose files systemd-stub takes along."""
    return f"{kernel}.extra.d"


def stamp(image, files):
    """Puts the files, {name: path}, into an image that has none; returns PCR 12."""
    drive = f"{image}@@{find_esp(image)}"
    kernel_path = find_kernel(drive)
    extra = extra_path(kernel_path)
    if is_there(drive, extra):
        raise Failure("the image has defaults already: stamp the one that has none")
    kernel, size = read_file(drive, kernel_path), os.path.getsize(image)
    with tempfile.TemporaryDirectory() as work:
        mtools("mmd", "-i", drive, f"::/{extra}")
        for name in sorted(files):
            copy_in(drive, files[name], f"{extra}/{name}", work)
    for name, path in files.items():
        if read_file(drive, f"{extra}/{name}") != pathlib.Path(path).read_bytes():
            raise Failure(f"{image}: {name} is not what was put there")
    if read_file(drive, kernel_path) != kernel or os.path.getsize(image) != size:
        raise Failure(f"{image}: more than the defaults was changed")
    return pcr12({name: pathlib.Path(path).read_bytes() for name, path in files.items()})


def check(program, defaults, roots, layouts):
    """What `stprov defaults` says of the files, as rows; it names what is wrong."""
    done = subprocess.run([*program, "defaults", defaults, *([roots] if roots else [])],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(done.stderr.strip().removeprefix("stprov defaults: "))
    told = done.stdout
    layout = dict(line.split(maxsplit=1) for line in told.splitlines() if " " in line).get("keymap")
    if layout and layout not in layouts:
        raise Failure(f"{defaults}: keymap: the image has no layout {layout}")
    return told
