# SPDX-License-Identifier: BSD-2-Clause
"""`make deb`: the package, unpacked into an empty directory, and lintian's findings."""
import re
import shutil

import pytest

from copies import ROOT, git, run

INSTALLED = """
./usr/bin/stprov
./usr/share/bash-completion/completions/stprov
./usr/share/doc/stprov/NEWS.md.gz
./usr/share/doc/stprov/README.md.gz
./usr/share/doc/stprov/SECURITY.md.gz
./usr/share/doc/stprov/changelog.gz
./usr/share/doc/stprov/copyright
./usr/share/doc/stprov/docs/console.md.gz
./usr/share/doc/stprov/docs/efi-variables.md.gz
./usr/share/doc/stprov/docs/fleets.md.gz
./usr/share/doc/stprov/docs/image.md.gz
./usr/share/doc/stprov/docs/os-packages.md.gz
./usr/share/doc/stprov/docs/privsep.md.gz
./usr/share/doc/stprov/docs/protocol.md.gz
./usr/share/doc/stprov/docs/screen-guide.png
./usr/share/doc/stprov/docs/screen-review.png
./usr/share/doc/stprov/examples/ansible/ansible.cfg
./usr/share/doc/stprov/examples/ansible/hosts.yml
./usr/share/doc/stprov/examples/ansible/power.yml
./usr/share/doc/stprov/examples/ansible/provision.yml
./usr/share/doc/stprov/examples/ansible/roles/stprov/defaults/main.yml
./usr/share/doc/stprov/examples/ansible/roles/stprov/library/stprov.py
./usr/share/doc/stprov/examples/ansible/roles/stprov/meta/main.yml
./usr/share/doc/stprov/examples/ansible/roles/stprov/tasks/main.yml
./usr/share/fish/vendor_completions.d/stprov.fish
./usr/share/man/man1/stprov-local.1.gz
./usr/share/man/man1/stprov-remote.1.gz
./usr/share/man/man1/stprov.1.gz
./usr/share/zsh/vendor-completions/_stprov
""".split()
INSTALLED_HOST = """
./lib/systemd/system/stprov-host.service
./usr/share/doc/stprov-host/changelog.gz
./usr/share/doc/stprov-host/copyright
./usr/share/man/man1/stprov-host.1.gz
""".split()
LIBRARIES = {"libblkid1", "libc6", "libjansson4", "libnl-3-200", "libnl-route-3-200", "libseccomp2",
             "libssl3"}


@pytest.fixture(name="output", scope="module")
def fixture_output(tree, tmp_path_factory):
    """The directory with the results of `make deb`; checks that the clone is unchanged."""
    if not shutil.which("dh"):
        pytest.skip("debhelper is missing")
    clone = tmp_path_factory.mktemp("deb") / "clone"
    git("clone", "-q", tree, clone, cwd=tree)
    run("make", "deb", "PREFIX=/opt", cwd=clone,
        env={"DEFAULT_USER": "it's$(x)"})
    assert git("status", "--porcelain", cwd=clone) == ""
    return clone / "build-deb"


@pytest.fixture(name="deb", scope="module")
def fixture_deb(output):
    debs = list(output.glob("stprov_*.deb"))
    assert len(debs) == 1
    return debs[0]


@pytest.fixture(name="unpacked", scope="module")
def fixture_unpacked(deb, tmp_path_factory):
    top = tmp_path_factory.mktemp("unpacked")
    run("dpkg-deb", "-x", deb, top, cwd=top)
    return top


@pytest.fixture(name="host_deb", scope="module")
def fixture_host_deb(output):
    debs = list(output.glob("stprov-host_*.deb"))
    assert len(debs) == 1
    return debs[0]


def field(deb, name):
    return run("dpkg-deb", "-f", deb, name, cwd=deb.parent).strip()


def test_lintian_has_nothing_to_say(output):
    if not shutil.which("lintian"):
        pytest.skip("lintian is missing")
    changes = list(output.glob("*.changes"))
    assert len(changes) == 1
    said = run("lintian", "--allow-root", "--fail-on", "none", changes[0], cwd=output)
    assert said == ""


def test_lintian_is_able_to_complain(deb, tmp_path):
    if not shutil.which("lintian"):
        pytest.skip("lintian is missing")
    run("dpkg-deb", "-R", deb, "broken", cwd=tmp_path)
    (tmp_path / "broken/usr/share/doc/stprov/copyright").unlink()
    run("dpkg-deb", "--root-owner-group", "-b", "broken", "broken.deb", cwd=tmp_path)
    assert "E: stprov: no-copyright-file" in run(
        "lintian", "--allow-root", "--fail-on", "none", "broken.deb", cwd=tmp_path)


def test_its_version_is_that_of_the_tree(tree, deb, unpacked):
    package = run("scripts/version", "--package", cwd=tree).strip()
    assert field(deb, "Version") == package
    changelog = run("zcat", unpacked / "usr/share/doc/stprov/changelog.gz", cwd=unpacked)
    assert changelog.startswith(f"stprov ({package}) ")
    assert " Mon, 03 Feb 2025 02:05:06 +0000\n" in changelog
    assert run(unpacked / "usr/bin/stprov", "version", cwd=unpacked) == \
        run("scripts/version", cwd=tree)


def test_it_holds_these_files(unpacked):
    assert sorted(f"./{path.relative_to(unpacked)}" for path in unpacked.rglob("*")
                  if not path.is_dir()) == sorted(INSTALLED)
    for shell, place in {"bash": "bash-completion/completions/stprov",
                         "fish": "fish/vendor_completions.d/stprov.fish",
                         "zsh": "zsh/vendor-completions/_stprov"}.items():
        completion = unpacked / "usr/share" / place
        assert completion.read_bytes() == (ROOT / "completion" / f"stprov.{shell}").read_bytes()


def test_it_depends_on_the_libraries_that_it_uses_and_nothing_else(deb):
    assert {word.split()[0] for word in field(deb, "Depends").split(", ")} == LIBRARIES
    assert field(deb, "Section") == "admin"


def test_the_program_is_hardened(unpacked):
    told = run("readelf", "-hldW", unpacked / "usr/bin/stprov", cwd=unpacked)
    assert re.search(r"Type:\s+DYN", told) and "INTERP" in told
    assert re.search(r"FLAGS\b.*BIND_NOW", told) and "GNU_RELRO" in told
    assert not re.search(r"GNU_STACK.*E", told)


def test_a_default_of_the_make_variables_is_compiled_in(unpacked):
    text = run(unpacked / "usr/bin/stprov", "remote", "static", "--help", cwd=unpacked)
    assert "it's$(x)" in text


def test_the_c_tests_run_in_the_package_build_unless_defaults_are_changed(tree):
    rules = (tree / "debian" / "rules").read_text()
    condition, tests = re.search(r"(env \| grep .*?) \|\| \\\n\s*(meson test .*)", rules).groups()
    assert "--suite unit" in tests
    run("bash", "-c", f"! {{ {condition}; }}", cwd=tree, env={"DEFAULT_DOMAIN": ""})
    run("bash", "-c", condition, cwd=tree, env={"DEFAULT_DOMAIN": "example.org"})


def test_the_demo_runs_from_it(unpacked):
    assert "They are the same" in run(ROOT / "scripts" / "demo", unpacked / "usr/bin/stprov",
                                      cwd=unpacked)


def test_stprov_host_holds_the_unit_and_needs_the_program_of_its_own_version(
        deb, host_deb, tmp_path):
    run("dpkg-deb", "-x", host_deb, "host", cwd=tmp_path)
    top = tmp_path / "host"
    assert sorted(f"./{path.relative_to(top)}" for path in top.rglob("*")
                  if not path.is_dir()) == sorted(INSTALLED_HOST)
    unit = (top / "lib/systemd/system/stprov-host.service").read_text()
    assert "\nExecStart=/usr/bin/stprov host apply --replace\n" in unit
    assert field(host_deb, "Depends") == f"stprov (= {field(deb, 'Version')})"
    assert field(host_deb, "Architecture") == field(deb, "Architecture")


def test_the_unit_is_enabled_and_not_started_when_the_package_is_installed(host_deb, tmp_path):
    run("dpkg-deb", "-e", host_deb, "control", cwd=tmp_path)
    script = (tmp_path / "control/postinst").read_text()
    assert "deb-systemd-helper enable 'stprov-host.service'" in script
    assert "deb-systemd-invoke" not in script
