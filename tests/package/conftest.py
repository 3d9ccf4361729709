# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the package tests: copies of the tree, in which they may build and change files."""
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from copies import ROOT, WHEN, git


@pytest.fixture(name="place", scope="session")
def fixture_place():
    """A directory that other users can reach, as pytest's own are not."""
    place = pathlib.Path(tempfile.mkdtemp(prefix="stprov-package-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.fixture(name="tree", scope="session")
def fixture_tree(place):
    """A git repository with the working tree, including uncommitted changes, in one commit."""
    tree = place / "tree"
    tree.mkdir()
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT,
                           capture_output=True, check=False)
    if names.returncode:
        pytest.skip("not a git repository")
    for name in names.stdout.decode().split("\0")[:-1]:
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    git("init", "-q", ".", cwd=tree)
    git("add", "-A", cwd=tree)
    git("commit", "-q", "-m", "all of it", cwd=tree, env=WHEN)
    return tree
