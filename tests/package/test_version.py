# SPDX-License-Identifier: BSD-2-Clause
"""scripts/version and scripts/build-date: one commit is one version, and versions sort."""
import re
import shutil
import subprocess

import pytest

from copies import ROOT, WHEN, WHEN_SECONDS, git, run

RELEASE = re.search(r"(?m)^  version: '(.*)',$", (ROOT / "meson.build").read_text())[1]
STAMP = "git20250203.020506"


@pytest.fixture(name="repository")
def fixture_repository(tmp_path):
    """A repository with the files under test, in one commit."""
    top = tmp_path / "repository"
    (top / "scripts").mkdir(parents=True)
    for name in ("meson.build", "scripts/version", "scripts/build-date"):
        shutil.copy2(ROOT / name, top / name)
    git("init", "-q", ".", cwd=top)
    git("add", ".", cwd=top)
    git("commit", "-q", "-m", "one", cwd=top, env=WHEN)
    return top


def versions(top):
    return tuple(run("scripts/version", *option, cwd=top).removesuffix("\n")
                 for option in ((), ("--package",)))


def commit(top):
    return git("rev-parse", "HEAD", cwd=top)[:12]


def sorts_before(one, other):
    return subprocess.run(["dpkg", "--compare-versions", one, "lt", other],
                          check=False).returncode == 0


def test_news_and_the_debian_changelog_are_about_the_same_release():
    assert re.search(r"(?m)^## (\d\S*?),? ", (ROOT / "NEWS.md").read_text())[1] == RELEASE
    assert (ROOT / "debian" / "changelog").read_text().startswith(f"stprov ({RELEASE}) ")


def test_before_the_release_it_is_less_than_the_release(repository):
    plain, package = versions(repository)
    assert plain == f"v0.0.0-{commit(repository)}"
    assert package == f"{RELEASE}~{STAMP}.{commit(repository)}"
    assert sorts_before(package, RELEASE)
    git("tag", "v0.0.1", cwd=repository)
    assert versions(repository) == ("v0.0.1", package)


def test_at_the_tag_it_is_the_release(repository):
    git("tag", f"v{RELEASE}", cwd=repository)
    assert versions(repository) == (f"v{RELEASE}", RELEASE)


def test_after_the_tag_it_is_more(repository):
    git("tag", f"v{RELEASE}", cwd=repository)
    git("commit", "-q", "--allow-empty", "-m", "two", cwd=repository, env=WHEN)
    plain, package = versions(repository)
    assert plain == f"v{RELEASE}-1-g{commit(repository)}"
    assert package == f"{RELEASE}+{STAMP}.{commit(repository)}"
    assert sorts_before(RELEASE, package)


@pytest.mark.parametrize("tagged", [False, True])
def test_changed_files_are_told(repository, tagged):
    if tagged:
        git("tag", f"v{RELEASE}", cwd=repository)
    clean = versions(repository)
    (repository / "scripts" / "build-date").write_text("")
    plain, package = versions(repository)
    assert plain == clean[0] + "-dirty"
    assert package.endswith("+dirty")
    assert sorts_before(clean[1], package)


def test_a_shallow_clone_without_tags_has_a_version(repository, tmp_path):
    git("tag", "v0.0.1", cwd=repository)
    git("commit", "-q", "--allow-empty", "-m", "two", cwd=repository, env=WHEN)
    git("clone", "-q", "--depth", "1", f"file://{repository}", tmp_path / "shallow", cwd=tmp_path)
    plain, package = versions(tmp_path / "shallow")
    assert plain == f"v0.0.0-{commit(repository)}"
    assert package == versions(repository)[1]


def test_without_git_it_is_the_release(repository):
    date = run("scripts/build-date", cwd=repository)
    shutil.rmtree(repository / ".git")
    assert versions(repository) == (f"v{RELEASE}", RELEASE)
    assert run("scripts/build-date", cwd=repository) == "1735689600\n" != date


def test_another_repository_around_the_tree_is_not_asked(repository, tmp_path):
    shutil.rmtree(repository / ".git")
    git("init", "-q", ".", cwd=tmp_path)
    git("add", ".", cwd=tmp_path)
    git("commit", "-q", "-m", "around", cwd=tmp_path)
    assert versions(repository) == (f"v{RELEASE}", RELEASE)
    assert run("scripts/build-date", cwd=repository) == "1735689600\n"


def test_a_repository_without_a_commit_is_the_release(repository):
    shutil.rmtree(repository / ".git")
    git("init", "-q", ".", cwd=repository)
    assert versions(repository) == (f"v{RELEASE}", RELEASE)
    assert run("scripts/build-date", cwd=repository) == "1735689600\n"


def test_what_a_tarball_says_goes_before_git(repository):
    (repository / "RELEASE").write_text("version v9.8.7-6-gabc\npackage 9.8.7+git\ndate 77\n")
    assert versions(repository) == ("v9.8.7-6-gabc", "9.8.7+git")
    assert run("scripts/build-date", cwd=repository) == "77\n"


def test_the_build_date_is_that_of_the_commit_unless_given(repository):
    assert run("scripts/build-date", cwd=repository) == f"{WHEN_SECONDS}\n"
    given = run("scripts/build-date", cwd=repository, env={"SOURCE_DATE_EPOCH": "5"})
    assert given == "5\n"
