# SPDX-License-Identifier: BSD-2-Clause
"""scripts/deps on systems where it does not install: it prints the command that does."""
import os
import subprocess

import pytest

import copies

DEBIAN = "gcc libc6-dev pkg-config meson ninja-build git libssl-dev libjansson-dev"
REST = " libseccomp-dev libnl-route-3-dev libblkid-dev"
APT = "As root: apt-get install --no-install-recommends "

# A faked os-release(5), as the system has it, and the command for `laptop` and for the rest.
SYSTEMS = {
    "Debian 12": ('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n'
                  "VERSION_CODENAME=bookworm\n", APT + DEBIAN, REST),
    "Debian 13": ('PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\n'
                  "VERSION_CODENAME=trixie\n", APT + DEBIAN, REST),
    "Ubuntu 24.04": ('PRETTY_NAME="Ubuntu 24.04.2 LTS"\nID=ubuntu\nID_LIKE=debian\n'
                     "VERSION_CODENAME=noble\n", APT + DEBIAN, REST),
    "Fedora": ('PRETTY_NAME="Fedora Linux 42 (Server Edition)"\nID=fedora\n',
               "As root: dnf install gcc glibc-devel pkgconf-pkg-config meson ninja-build git "
               "openssl-devel jansson-devel", " libseccomp-devel libnl3-devel libblkid-devel"),
    "Alpine": ('PRETTY_NAME="Alpine Linux v3.21"\nID=alpine\n',
               "As root: apk add gcc musl-dev linux-headers pkgconf meson samurai git openssl-dev "
               "jansson-dev", " libseccomp-dev libnl3-dev util-linux-dev"),
    "Arch": ('PRETTY_NAME="Arch Linux"\nID=arch\n',
             "As root: pacman -S --needed gcc pkgconf meson ninja git openssl jansson",
             " libseccomp libnl util-linux-libs"),
    "another": ("ID=plan9\n", "Needed is what these Debian packages hold: " + DEBIAN, REST),
}


def deps(tmp_path, release, task):
    (tmp_path / "os-release").write_text(release)
    done = subprocess.run(
        [copies.ROOT / "scripts" / "deps", task], capture_output=True, text=True, check=False,
        env={**os.environ, "STPROV_OS_RELEASE": str(tmp_path / "os-release")})
    assert (done.returncode, done.stdout) == (0, "")
    return done.stderr.splitlines()


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_systems_own_command_is_printed(tmp_path, system):
    release, laptop, rest = SYSTEMS[system]
    said = deps(tmp_path, release, "laptop")
    assert said[0].endswith("continuing with the installed tools.")
    assert said[1:] == [laptop]
    assert deps(tmp_path, release, "build")[1:] == [laptop + rest]


def test_the_system_is_named(tmp_path):
    said = deps(tmp_path, SYSTEMS["Fedora"][0], "build")
    assert said[0].startswith("scripts/deps: Fedora Linux 42 (Server Edition) is not one on which")


def test_packages_that_were_renamed_have_their_name(tmp_path):
    for system, clang in (("Debian 12", 14), ("Debian 13", 19), ("Ubuntu 24.04", 18)):
        words = deps(tmp_path, SYSTEMS[system][0], "ci")[1].split()
        assert f"libclang-rt-{clang}-dev" in words
        assert ("libtss2-tcti-swtpm0t64" in words) == (clang != 14)


def test_what_has_names_of_debian_only_is_told_with_them(tmp_path):
    said = deps(tmp_path, SYSTEMS["Arch"][0], "check")
    assert said[1].startswith("As root: pacman -S --needed gcc ")
    assert "Debian's names only: " in said[2] and "shellcheck" in said[2]
