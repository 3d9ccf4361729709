# SPDX-License-Identifier: BSD-2-Clause
"""Shell and Python are what shellcheck and flake8 accept; spelling is what codespell accepts."""
import shutil

import pytest

import rules

SHELL = rules.shell_files(rules.project_files())
PYTHON = rules.python_files(rules.project_files())


@pytest.fixture(autouse=True)
def need_linters():
    for tool in ("shellcheck", "flake8", "codespell"):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is missing")


def test_shellcheck_is_content():
    assert rules.ROOT / "scripts" / "demo" in SHELL
    assert rules.ROOT / "completion" / "stprov.bash" in SHELL
    assert rules.shellcheck_complaints(SHELL) == []


def test_flake8_is_content():
    assert rules.ROOT / "tests" / "run" in PYTHON
    assert rules.ROOT / "tests" / "integration" / "harness.py" in PYTHON
    assert rules.flake8_complaints(PYTHON) == []


def test_the_spelling_is_right():
    paths = [rules.ROOT / name for name, _ in rules.written_files()]
    assert rules.ROOT / "README.md" in paths and rules.SRC / "main.c" in paths
    assert rules.spelling_complaints(paths) == []


# That the rule can fail -------------------------------------------------------------------------

def test_scripts_are_known_by_name_or_first_line(tmp_path):
    rows = {"a.sh": "", "b": "#!/bin/sh\n", "c": "#!/usr/bin/env bash\n", "d": "#!/bin/bash -e\n",
            "e": "#!/usr/bin/python3\n", "f": "# sh\n", "g.c": "#!/bin/sh\n", "h": "#! /bin/dash\n",
            "i.bash": ""}
    for name, text in rows.items():
        (tmp_path / name).write_text(text)
    found = rules.shell_files(sorted(tmp_path.iterdir()))
    assert [path.name for path in found] == ["a.sh", "b", "c", "d", "h", "i.bash"]
    (tmp_path / "j.py").write_text("")
    found = rules.python_files(sorted(tmp_path.iterdir()))
    assert [path.name for path in found] == ["e", "j.py"]


def test_an_unquoted_variable_is_found(tmp_path):
    bad = tmp_path / "bad.sh"
    bad.write_text("#!/bin/sh\nrm -- $1\n")
    assert rules.shellcheck_complaints([bad])
    bad.write_text("#!/bin/sh\nrm -- \"$1\"\n")
    assert rules.shellcheck_complaints([bad]) == []


def test_an_unused_import_is_found(tmp_path):
    bad = tmp_path / "bad.py"
    bad.write_text("import os\n")
    assert rules.flake8_complaints([bad])
    bad.write_text("import os\nos.abort()\n")
    assert rules.flake8_complaints([bad]) == []


def test_a_misspelled_word_is_found(tmp_path):
    bad = tmp_path / "bad.md"
    bad.write_text("It is rec" + "ieved.\n")
    assert rules.spelling_complaints([bad])
    bad.write_text("It is received.\n")
    assert rules.spelling_complaints([bad]) == []
