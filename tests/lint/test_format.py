# SPDX-License-Identifier: BSD-2-Clause
"""C is formatted as .clang-format says."""
import shutil

import pytest

import rules

FILES = [path for path in rules.project_files() if path.suffix in (".c", ".h")]


@pytest.fixture(autouse=True)
def need_clang_format():
    if not shutil.which("clang-format"):
        pytest.skip("clang-format is missing")


def test_the_tree_is_formatted():
    assert rules.SRC / "main.c" in FILES
    assert rules.format_complaints(FILES) == []


# That the rule can fail -------------------------------------------------------------------------

def test_another_form_is_found(tmp_path):
    shutil.copy(rules.ROOT / ".clang-format", tmp_path)
    bad = tmp_path / "bad.c"
    bad.write_text("int f(void) {\n  return 1;\n}\n")
    assert rules.format_complaints([bad])
    bad.write_text("int f(void)\n{\n\treturn 1;\n}\n")
    assert rules.format_complaints([bad]) == []
