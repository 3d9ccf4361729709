# SPDX-License-Identifier: BSD-2-Clause
"""What scripts/image and scripts/ospkg share: the archive that a kernel unpacks, its modules, and
the unified kernel image of both.

The same input gives the same bytes. Needs Debian's binutils, kmod, zstd, systemd-boot-efi, and
sbsigntool to sign.
"""
import os
import pathlib
import re
import shutil
import stat
import struct
import subprocess
import tempfile

STUBS = "/usr/lib/systemd/boot/efi"
# The sections of a unified kernel image (systemd-stub(7)); each begins at a page of its own.
PAGE = 4096
# The UEFI removable media path on x86-64.
BOOT_PATH = "EFI/BOOT/BOOTX64.EFI"
# By Debian's name of the architecture: UEFI's name (UEFI 2.10, 3.5.1.1), and what begins the names
# of its binutils, for those of another architecture than this machine's.
UEFI_NAMES = {"amd64": "X64", "arm64": "AA64"}
BINUTILS = {"amd64": "", "arm64": "aarch64-linux-gnu-"}
# Of a command that fails.
PRINTED_MAX = 8000


def boot_path(arch):
    """The UEFI removable media path."""
    return f"EFI/BOOT/BOOT{UEFI_NAMES[arch]}.EFI"


class Failure(Exception):
    """An error that ends this program with one line."""


def run(*command, **kwargs):
    """Standard output of a command; the end of what it printed is ours if it fails."""
    try:
        done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL,
                              capture_output=True, check=False, **kwargs)
    except FileNotFoundError as error:
        raise Failure(f"{command[0]} is missing; `scripts/deps image` installs it") from error
    if done.returncode:
        printed = (done.stdout + done.stderr).decode(errors="replace")[-PRINTED_MAX:]
        raise Failure(f"{' '.join(map(str, command))}:\n{printed}")
    return done.stdout


class Archive:
    """A cpio archive in the kernel's "newc" form; files have time 0, and belong to root unless
    `owners` has (user id, group id) of their names."""

    def __init__(self):
        self.entries = {}
        self.owners = {}

    def directory(self, name, mode=0o755):
        self.entries.setdefault(name, (stat.S_IFDIR | mode, b""))

    def parents(self, name):
        for parent in reversed(pathlib.PurePosixPath(name).parents):
            if str(parent) != ".":
                self.directory(str(parent))

    def real(self, name):
        """The name without links to directories in it (Debian's /lib is one): the kernel unpacks in
        the order of names, and a link may come before its target."""
        head, _, rest = name.partition("/")
        mode, target = self.entries.get(head, (0, b""))
        return f"{target.decode()}/{rest}" if rest and stat.S_ISLNK(mode) else name

    def file(self, name, data, mode=0o644):
        name = self.real(name)
        self.parents(name)
        self.entries[name] = (stat.S_IFREG | mode, bytes(data))

    def copy(self, name, path, mode=0o644):
        self.file(name, pathlib.Path(path).read_bytes(), mode)

    def link(self, name, target):
        self.parents(name)
        self.entries[name] = (stat.S_IFLNK | 0o777, target.encode())

    def bytes(self):
        chunks = [self.record(number, name, *self.entries[name], self.owners.get(name, (0, 0)))
                  for number, name in enumerate(sorted(self.entries), 1)]
        return b"".join(chunks) + self.record(0, "TRAILER!!!", 0, b"")

    @staticmethod
    def record(number, name, mode, data, owner=(0, 0)):
        links = 2 if stat.S_ISDIR(mode) else 1
        raw = name.encode() + b"\0"
        fields = [number, mode, *owner, links, 0, len(data), 0, 0, 0, 0, len(raw), 0]
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + raw
        return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)

    def compress(self, path, level):
        """Writes it, compressed by zstd."""
        plain = path.with_suffix("")
        plain.write_bytes(self.bytes())
        run("zstd", "-q", "-f", f"-{level}", "-T1", "--rm", plain, "-o", path)


def rows(path):
    """The lines of a list, as words, without comments."""
    lines = (line.split("#")[0].split() for line in path.read_text().splitlines())
    return [words for words in lines if words]


def module_name(path):
    return re.sub(r"\.ko(\.\w+)?$", "", os.path.basename(path)).replace("-", "_")


def read_dependencies(modules):
    """{name: [path of the module, paths of its dependencies]} from modules.dep."""
    table = {}
    for line in (modules / "modules.dep").read_text().splitlines():
        path, _, needed = line.partition(":")
        table[module_name(path)] = [path, *needed.split()]
    return table


def select_modules(modules, listed):
    """The paths of the modules that are listed by name, and of their dependencies."""
    table = read_dependencies(modules)
    builtin = {module_name(line) for line in
               (modules / "modules.builtin").read_text().splitlines()}
    soft = {words[1].replace("-", "_"): [w.replace("-", "_") for w in words[2:] if w[-1] != ":"]
            for words in rows(modules / "modules.softdep") if words[0] == "softdep"}
    listed = [name.replace("-", "_") for name in listed]
    wanted = list(listed)
    chosen, absent, seen = set(), [], set()
    while wanted:
        name = wanted.pop(0)
        if name in seen:
            continue
        seen.add(name)
        if name in table:
            chosen.update(table[name])
            wanted += [module_name(path) for path in table[name]] + soft.get(name, [])
        elif name in listed and name not in builtin:
            absent.append(name)
    if absent:
        print(f"not in this kernel: {' '.join(absent)}")
    return sorted(chosen)


def module_bytes(path):
    """A module, decompressed: the whole archive is compressed, and modprobe may not support it."""
    openers = {".xz": ["xz", "-dc"], ".zst": ["zstd", "-dc"], ".gz": ["gzip", "-dc"]}
    if command := openers.get(path.suffix):
        return run(*command, path)
    return path.read_bytes()


def kernel_version(modules):
    """The kernel version that the modules name."""
    for path in modules.rglob("*.ko*"):
        if match := re.search(rb"\0vermagic=(\S+) ", module_bytes(path)):
            return match[1].decode()
    raise Failure(f"{modules} has no modules")


def add_modules(archive, modules, listed, tables):
    """Adds the modules that are listed, and those files of depmod that `tables` names."""
    version = kernel_version(modules)
    with tempfile.TemporaryDirectory() as work:
        top = pathlib.Path(work) / "lib" / "modules" / version
        for name in select_modules(modules, listed):
            target = top / re.sub(r"\.ko\.\w+$", ".ko", name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(module_bytes(modules / name))
        for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
            if (modules / name).exists():
                shutil.copy(modules / name, top / name)
        search = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
        run("depmod", "-b", work, version, env=dict(os.environ, PATH=search))
        for path in top.rglob("*"):
            if path.is_file() and (path.suffix == ".ko" or path.name in tables):
                archive.copy(str(path.relative_to(work)), path)


def first_free_address(image, binutils=""):
    """The page-aligned address after the last section of a PE file, with its image base."""
    ends = [0]
    for line in run(f"{binutils}objdump", "-h", "-w", image).decode().splitlines():
        words = line.split()
        if len(words) > 4 and words[0].isdigit():
            ends.append(int(words[2], 16) + int(words[3], 16))
    return -(-max(ends) // PAGE) * PAGE


def settle_header(path):
    """Removes objcopy's time stamp, and the checksum that depends on it, from a PE header."""
    data = bytearray(path.read_bytes())
    header = struct.unpack_from("<I", data, 0x3C)[0]
    struct.pack_into("<I", data, header + 8, 0)
    struct.pack_into("<I", data, header + 24 + 64, 0)
    path.write_bytes(data)


def make_uki(path, kernel, initramfs, cmdline, release, signer=None, arch="amd64", root="/"):
    """The unified kernel image. `release`: the text of its os-release; `signer`: key and
    certificate; `root`: below which systemd's stub is."""
    stub = pathlib.Path(f"{root}/{STUBS}/linux{UEFI_NAMES[arch].lower()}.efi.stub")
    if not stub.exists():
        raise Failure(f"{stub} is missing; `scripts/deps image` installs it")
    with tempfile.TemporaryDirectory() as work:
        texts = {name: pathlib.Path(work) / name for name in ("osrel", "cmdline")}
        texts["osrel"].write_text(release)
        texts["cmdline"].write_text(cmdline)
        command = [f"{BINUTILS[arch]}objcopy"]
        address = first_free_address(stub, BINUTILS[arch])
        for section, source in ((".osrel", texts["osrel"]), (".cmdline", texts["cmdline"]),
                                (".linux", kernel), (".initrd", initramfs)):
            command += ["--add-section", f"{section}={source}",
                        "--change-section-vma", f"{section}=0x{address:x}"]
            address += -(-os.path.getsize(source) // PAGE) * PAGE
        run(*command, stub, path)
    settle_header(path)
    if signer:
        run("sbsign", "--key", signer[0], "--cert", signer[1], "--output", path, path)
