# SPDX-License-Identifier: BSD-2-Clause
"""`make dist`: the content of the tarball. scripts/check-reproducible shows that it builds outside
git, and compares the result."""
import tarfile

import pytest

from copies import WHEN_SECONDS, git, run


@pytest.fixture(name="tarball", scope="module")
def fixture_tarball(tree, tmp_path_factory):
    output = tmp_path_factory.mktemp("dist")
    run("make", "dist", f"BUILD_DIST={output}", cwd=tree)
    tarballs = list(output.iterdir())
    assert len(tarballs) == 1
    return tarballs[0]


def test_it_holds_the_commit_and_a_release_file_below_its_name(tree, tarball):
    package = run("scripts/version", "--package", cwd=tree).strip()
    assert tarball.name == f"stprov-{package}.tar.gz"
    with tarfile.open(tarball) as archive:
        members = archive.getmembers()
        release = archive.extractfile(f"stprov-{package}/RELEASE").read().decode()
    top = f"stprov-{package}/"
    files = {member.name.removeprefix(top) for member in members if not member.isdir()}
    assert files == set(git("ls-files", cwd=tree).split("\n")[:-1]) | {"RELEASE"}
    assert {member.uid for member in members} == {0}
    assert {oct(member.mode & 0o7777) for member in members} == {"0o644", "0o755"}
    assert {member.mtime for member in members} == {WHEN_SECONDS}
    assert release == (f"version {run('scripts/version', cwd=tree).strip()}\n"
                       f"package {package}\ndate {WHEN_SECONDS}\n")


def test_one_commit_makes_the_same_bytes(tree, tarball, tmp_path):
    """From another clone, at another time, and with any git configuration of the user."""
    git("clone", "-q", tree, tmp_path / "clone", cwd=tmp_path)
    (tmp_path / "config").write_text("[tar]\n\tumask = 0\n[core]\n\tautocrlf = true\n")
    run("sh", "-c", "umask 077; make dist", cwd=tmp_path / "clone",
        env={"GIT_CONFIG_GLOBAL": str(tmp_path / "config")})
    again = tmp_path / "clone" / "build-dist" / tarball.name
    assert again.read_bytes() == tarball.read_bytes()
    assert git("status", "--porcelain", cwd=tmp_path / "clone") == ""


def test_a_tree_that_differs_from_its_commit_is_refused(tree, tmp_path):
    git("clone", "-q", tree, tmp_path / "clone", cwd=tmp_path)
    (tmp_path / "clone" / "README.md").write_text("changed\n")
    said = run("make", "dist", cwd=tmp_path / "clone", code=2)
    assert "differ from the commit" in said and "README.md" in said
    assert not list((tmp_path / "clone").glob("build-dist/*"))


def test_a_tarball_of_a_tarball_is_refused(tarball, tmp_path):
    run("tar", "-x", "-f", tarball, cwd=tmp_path)
    top = next(tmp_path.glob("stprov-*"))
    assert "not a git repository" in run("make", "dist", cwd=top, code=2)
