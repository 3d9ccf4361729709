# SPDX-License-Identifier: BSD-2-Clause
"""Shell scripts are what shellcheck likes."""
import shutil

import pytest

import rules

SCRIPTS = rules.shell_files(rules.project_files())


@pytest.fixture(autouse=True)
def need_shellcheck():
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is missing")


def test_shellcheck_is_content():
    assert rules.ROOT / "scripts" / "demo" in SCRIPTS
    assert rules.ROOT / "completion" / "stprov.bash" in SCRIPTS
    assert rules.shellcheck_complaints(SCRIPTS) == []


# That the rule can fail -------------------------------------------------------------------------

def test_scripts_are_known_by_name_or_first_line(tmp_path):
    rows = {"a.sh": "", "b": "#!/bin/sh\n", "c": "#!/usr/bin/env bash\n", "d": "#!/bin/bash -e\n",
            "e": "#!/usr/bin/python3\n", "f": "# sh\n", "g.c": "#!/bin/sh\n", "h": "#! /bin/dash\n",
            "i.bash": ""}
    for name, text in rows.items():
        (tmp_path / name).write_text(text)
    found = rules.shell_files(sorted(tmp_path.iterdir()))
    assert [path.name for path in found] == ["a.sh", "b", "c", "d", "h", "i.bash"]


def test_an_unquoted_variable_is_found(tmp_path):
    bad = tmp_path / "bad.sh"
    bad.write_text("#!/bin/sh\nrm -- $1\n")
    assert rules.shellcheck_complaints([bad])
    bad.write_text("#!/bin/sh\nrm -- \"$1\"\n")
    assert rules.shellcheck_complaints([bad]) == []
