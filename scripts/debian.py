# SPDX-License-Identifier: BSD-2-Clause
"""Debian's archives as this machine's apt knows them, for packages that are unpacked and not
installed: those of scripts/ospkg, and those of other architectures.

A ForeignApt has its lists, its cache and its idea of what is installed (nothing) in a directory of
its own, so that neither this machine's packages nor its dpkg's list of architectures change, and
no administrator's rights are needed.
"""
import os
import pathlib
import shutil
import subprocess

from bootimage import Failure, run

KEYRING = pathlib.Path("/usr/share/keyrings/debian-archive-keyring.gpg")
ACQUIRE = ("Acquire::http", "Acquire::Check-", "Acquire::Retries")


def as_root(*command):
    """The command by sudo, where there is one and it is needed."""
    sudo = ["sudo", "-n"] if os.geteuid() != 0 and shutil.which("sudo") else []
    return [*sudo, *command]


def suite():
    """The release of this machine: bookworm."""
    for line in pathlib.Path("/etc/os-release").read_text().splitlines():
        name, _, value = line.partition("=")
        if name == "VERSION_CODENAME":
            return value.strip('"')
    raise Failure("/etc/os-release has no VERSION_CODENAME")


def sources(name, options="", main_only=False):
    """Lines of sources.list, of the archives of the release `name` that this machine's apt has;
    `main_only`: without its updates. `options` in the form of sources.list(5): "[arch=arm64]"."""
    question = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT)",
                "Origin: Debian", "Created-By: Packages"]
    if not (lines := run(*question).decode().split("\n")[:-1]):
        run(*as_root("apt-get", "-q", "update"))
        lines = run(*question).decode().split("\n")[:-1]
    lines = sorted({line for line in lines
                    if (line.split()[1] if main_only else line.split()[1].split("-")[0]) == name})
    if not lines:
        raise Failure(f"this machine's apt knows no archive of Debian {name}")
    return "".join(f"{' '.join(filter(None, ('deb', options, line)))}\n" for line in lines)


def acquire_options():
    """How this machine's apt reaches the archives: proxies, and whether it checks dates."""
    lines = ['Acquire::Retries "3";', *run("apt-config", "dump").decode().split("\n")]
    return [line for line in lines if line.startswith(ACQUIRE) and not line.endswith(' "";')]


class ForeignApt:
    """apt for packages of the architecture `arch`, with its state in `directory`; `main_only`:
    without updates of the release."""

    def __init__(self, arch, directory, main_only=False):
        self.directory = pathlib.Path(directory).resolve()
        for name in ("lists/partial", "archives/partial"):
            (self.directory / name).mkdir(parents=True, exist_ok=True)
        (self.directory / "status").touch()
        signed = f" signed-by={KEYRING}" if KEYRING.exists() else ""
        (self.directory / "sources.list").write_text(
            sources(suite(), f"[arch={arch}{signed}]", main_only))
        # Read before /etc/apt/apt.conf.d, which is then not read: its hooks are for this machine.
        self.config = self.directory / "apt.conf"
        self.config.write_text("\n".join([
            f'APT::Architecture "{arch}";', f'APT::Architectures {{ "{arch}"; }};',
            'APT::Install-Recommends "false";', 'APT::Sandbox::User "root";',
            'Acquire::Languages "none";', 'Dir::Etc::parts "/dev/null";',
            'Dir::Etc::main "/dev/null";', 'Dir::Etc::sourceparts "/dev/null";',
            'Dir::Etc::preferencesparts "/dev/null";', 'Dir::Etc::preferences "/dev/null";',
            f'Dir::Etc::sourcelist "{self.directory}/sources.list";',
            f'Dir::State "{self.directory}";', f'Dir::State::lists "{self.directory}/lists";',
            f'Dir::State::status "{self.directory}/status";',
            f'Dir::Cache "{self.directory}";',
            f'Dir::Cache::archives "{self.directory}/archives";', 'Dir::Log "/dev/null";',
            *acquire_options(), ""]))

    def __call__(self, *command, **kwargs):
        return run(*command, env=dict(os.environ, APT_CONFIG=str(self.config)), **kwargs)

    def update(self):
        self("apt-get", "-q", "update")

    def closure(self, packages):
        """The files of the packages and of all that they depend on."""
        archives = self.directory / "archives"
        for old in archives.glob("*.deb"):
            old.unlink()
        self("apt-get", "-q", "-y", "--download-only", "install", *packages)
        return sorted(archives.glob("*.deb"))

    def download(self, package):
        """The file of one package; of a package that only depends on a kernel, of that kernel."""
        archives = self.directory / "archives"
        for line in self("apt-cache", "depends", package).decode().splitlines():
            word, _, name = line.strip().partition("Depends: ")
            if not word and name.startswith("linux-image-"):
                package = name
        for old in archives.glob("*.deb"):
            old.unlink()
        self("apt-get", "-q", "download", package, cwd=archives)
        return next(archives.glob("*.deb"))


def unpack(package, directory):
    """Unpacks a package's files; a link to a directory (/lib) stays one."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package],
                          stdout=subprocess.PIPE) as reader:
        done = subprocess.run(["tar", "-x", "--keep-directory-symlink", "--no-same-owner",
                               "-C", directory], stdin=reader.stdout, capture_output=True,
                              check=False)
    if done.returncode or reader.returncode:
        raise Failure(f"{package} cannot be unpacked: {done.stderr.decode(errors='replace')}")
