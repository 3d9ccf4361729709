# SPDX-License-Identifier: BSD-2-Clause
"""`make install`: the places of the files, and that root leaves no file in a user's tree."""
import os
import shutil

import pytest

from copies import run

NOBODY = 65534
PREFIX = "/opt/stprov"
# Without the tests the build takes a third of the time.
ENVIRONMENT = {"MESON_FLAGS": "-Dtests=false"}
INSTALLED = {
    "bin/stprov": 0o755,
    "lib/systemd/system/stprov-host.service": 0o644,
    "share/bash-completion/completions/stprov": 0o644,
    "share/doc/stprov/NEWS.md": 0o644,
    "share/doc/stprov/README.md": 0o644,
    "share/doc/stprov/SECURITY.md": 0o644,
    "share/doc/stprov/docs/console.md": 0o644,
    "share/doc/stprov/docs/efi-variables.md": 0o644,
    "share/doc/stprov/docs/fleets.md": 0o644,
    "share/doc/stprov/docs/image.md": 0o644,
    "share/doc/stprov/docs/os-packages.md": 0o644,
    "share/doc/stprov/docs/privsep.md": 0o644,
    "share/doc/stprov/docs/protocol.md": 0o644,
    "share/doc/stprov/docs/screen-guide.png": 0o644,
    "share/doc/stprov/docs/screen-review.png": 0o644,
    "share/doc/stprov/examples/ansible/ansible.cfg": 0o644,
    "share/doc/stprov/examples/ansible/hosts.yml": 0o644,
    "share/doc/stprov/examples/ansible/power.yml": 0o644,
    "share/doc/stprov/examples/ansible/provision.yml": 0o644,
    "share/doc/stprov/examples/ansible/roles/stprov/defaults/main.yml": 0o644,
    "share/doc/stprov/examples/ansible/roles/stprov/library/stprov.py": 0o644,
    "share/doc/stprov/examples/ansible/roles/stprov/meta/main.yml": 0o644,
    "share/doc/stprov/examples/ansible/roles/stprov/tasks/main.yml": 0o644,
    "share/fish/vendor_completions.d/stprov.fish": 0o644,
    "share/man/man1/stprov-host.1": 0o644,
    "share/man/man1/stprov-local.1": 0o644,
    "share/man/man1/stprov-remote.1": 0o644,
    "share/man/man1/stprov.1": 0o644,
    "share/zsh/site-functions/_stprov": 0o644,
}


def files_below(top):
    return {str(path.relative_to(top)): path.lstat().st_mode & 0o7777
            for path in top.rglob("*") if not path.is_dir()}


@pytest.fixture(name="owned", scope="module")
def fixture_owned(tree, place):
    """A copy of the tree that belongs to a user other than root."""
    copy = place / "owned"
    shutil.copytree(tree, copy, symlinks=True)
    if os.geteuid() == 0:
        for directory, _, names in os.walk(copy):
            for path in [directory] + [os.path.join(directory, name) for name in names]:
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    return copy


def owners(top):
    return {path.lstat().st_uid for path in [top, *top.rglob("*")]}


def test_a_user_installs_below_destdir_and_root_after_him(owned, place):
    """One build for both cases: a user's install, and root's install from the user's tree."""
    user = {"preexec_fn": lambda: (os.setgroups([]), os.setgid(NOBODY), os.setuid(NOBODY))} \
        if os.geteuid() == 0 else {}
    environment = ENVIRONMENT | {"HOME": str(owned)}
    run("make", "install", f"PREFIX={PREFIX}", "DESTDIR=build-root", cwd=owned, env=environment,
        umask=0o077, **user)
    assert files_below(owned / f"build-root/{PREFIX}") == INSTALLED
    assert len(files_below(owned / "build-root")) == len(INSTALLED)
    program = owned / f"build-root/{PREFIX}/bin/stprov"
    unit = owned / f"build-root/{PREFIX}/lib/systemd/system/stprov-host.service"
    assert f"\nExecStart={PREFIX}/bin/stprov host apply --replace\n" in unit.read_text()
    assert run(program, "version", cwd=owned) == run("scripts/version", cwd=owned, **user)
    if os.geteuid() != 0:
        return

    # With something to build, as after a `git pull`.
    os.utime(owned / "src" / "main.c")
    (owned / "build" / "meson-logs" / "install-log.txt").unlink()
    before = (owned / "build" / "stprov").stat().st_mtime_ns
    run("make", "install", f"PREFIX={PREFIX}", f"DESTDIR={place}/root", cwd=owned, env=ENVIRONMENT)
    assert (owned / "build" / "stprov").stat().st_mtime_ns > before
    assert files_below(place / f"root/{PREFIX}") == INSTALLED
    assert owners(place / "root") == {0}
    assert owners(owned) == {NOBODY}
