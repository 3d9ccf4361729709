# SPDX-License-Identifier: BSD-2-Clause
"""Sizes of files and functions, white space, and what may reach a console."""
import re

import rules

TREE = rules.read_tree()


def test_files_and_functions_have_their_size():
    assert rules.size_complaints(TREE) == []


def test_functions_are_found_at_all():
    assert sum(len(list(rules.functions(text))) for text in TREE.values()) > 100


def test_no_white_space_at_ends():
    files = dict(rules.written_files())
    assert "meson.build" in files and "src/main.c" in files
    assert [c for name, text in files.items()
            for c in rules.white_space_complaints(name, text)] == []


def test_each_file_names_its_licence():
    files = dict(rules.written_files())
    assert [c for name, text in files.items() for c in rules.licence_complaints(name, text)] == []


def test_each_test_file_is_run():
    assert rules.suite_complaints(rules.ROOT / "tests") == []


def test_each_test_that_is_left_out_exists():
    assert rules.left_out_complaints(rules.ROOT / "tests") == []


def test_every_proof_is_run_and_documented():
    table = (rules.ROOT / "docs" / "testing.md").read_text("utf-8")
    assert rules.proof_complaints(rules.ROOT / "tests" / "proof", table) == []


def test_console_texts_are_ascii_without_controls():
    assert rules.console_complaints(TREE) == []


# That the rules can fail ------------------------------------------------------------------------

def function_of(lines, signature="static int f(int a)"):
    """A function that has @lines lines with its signature and braces."""
    inside = lines - 2 - (signature.count("\n") + 1)
    return "\n" + signature + "\n{\n" + "\tx();\n" * inside + "}\n"


def counted_by_hand(tree):
    """Files that choose between singular and plural themselves, and not by text_plural()."""
    return [path for path, text in tree.items()
            if path != "base/text.c" and re.search(r"==\s*1\s*\?\s*\"", text)]


def test_one_helper_has_the_plural():
    assert counted_by_hand(rules.read_tree()) == []
    assert counted_by_hand({"a/b.c": 'n == 1 ? "" : "s"', "a/c.c": "n == 1 ? 2 : 3"}) == ["a/b.c"]


def test_long_functions_and_files_are_found():
    limit = rules.FUNCTION_LINES
    for signature in ("static int f(int a)", "int f(int a,\n\tint b)"):
        assert rules.size_complaints({"efi/a.c": function_of(limit, signature)}) == []
        complaints = rules.size_complaints({"efi/a.c": function_of(limit + 1, signature)})
        assert complaints == [f"efi/a.c:2: f() has {limit + 1} lines, over {limit}"]
    assert rules.size_complaints({"efi/a.c": "\n" * rules.FILE_LINES}) == []
    assert rules.size_complaints({"efi/a.c": "\n" * (rules.FILE_LINES + 1)}) != []


def test_a_brace_in_a_comment_or_string_ends_no_function():
    text = ("int f(void)\n{\n\tputs(\"\\\n}\");\n/*\n}\n*/\n"
            + "\tx();\n" * rules.FUNCTION_LINES + "}\n")
    assert len(rules.size_complaints({"main.c": text})) == 1


def test_a_table_is_no_function():
    text = "static const int t[] = {\n" + "\t1,\n" * 100 + "};\n"
    assert rules.size_complaints({"efi/a.c": text}) == []


def test_white_space_at_ends_is_found():
    for text in ("a \n", "a\t\nb\n", "a\r\n", "a", "a\n\n", " \n"):
        assert rules.white_space_complaints("x", text), repr(text)
    for text in ("", "a\n", "a\n\nb\n", "\ta\n"):
        assert rules.white_space_complaints("x", text) == [], repr(text)


def test_controls_and_foreign_characters_in_console_texts_are_found():
    for path, text in [("remote/run.c", r'log_line("\x1b[2J");'),
                       ("remote/run.c", r'printf("a\tb");'), ("local/run.c", r'printf("\r\n");'),
                       ("main.c", r'puts("\033[1m");'), ("main.c", r'puts("\a");'),
                       ("efi/a.c", 'error_set(e, 1, "%s", "gr\u00fcn");'),
                       ("efi/a.c", 'return error_set(e, -EIO,\n\t"a"\n\t"\\xe2");'),
                       ("efi/a.c", "/* gr\u00fcn */"), ("cli/help.c", r'puts("\x07");')]:
        assert rules.console_complaints({path: text}), (path, text)


def test_what_a_console_may_show_is_not():
    for path, text in [("remote/run.c", r'printf("a \"b\" \\x41\n");'),
                       ("http/head.c", r'match(line, "\r\n");'),
                       ("efi/a.c", r'error_set(e, 1, "a (b)"); x("\x1b");')]:
        assert rules.console_complaints({path: text}) == [], (path, text)


def test_a_file_without_its_licence_is_found():
    for name, text in [("src/a.c", "/* a */\n"), ("a.py", "#!/usr/bin/python3\n\nSPDX\n"),
                       ("src/a.h", "\n\n/* SPDX-License-Identifier: BSD-2-Clause */\n"),
                       ("scripts/a", "#!/bin/sh\n"), ("meson.build", "")]:
        assert rules.licence_complaints(name, text), name
    for name, text in [("src/a.c", "/* SPDX-License-Identifier: BSD-2-Clause */\n"),
                       ("scripts/a", "#!/bin/sh\n# SPDX-License-Identifier: BSD-2-Clause\n"),
                       ("README.md", ""), ("debian/control", "")]:
        assert rules.licence_complaints(name, text) == [], name


def test_a_test_file_that_is_not_run_is_found(tmp_path):
    (tmp_path / "unit").mkdir()
    (tmp_path / "lint").mkdir()
    (tmp_path / "meson.build").write_text("'lint': ['b', 'd']")
    (tmp_path / "unit" / "meson.build").write_text("'a': [dep_a]")
    for name in ("unit/test_a.c", "lint/test_b.py", "unit/helper.c"):
        (tmp_path / name).write_text("")
    assert rules.suite_complaints(tmp_path) == []
    for name in ("unit/test_c.c", "unit/fuzz_e.c", "lint/test_f.py"):
        (tmp_path / name).write_text("")
        assert rules.suite_complaints(tmp_path) == [f"{name}: not in a meson.build"]
        (tmp_path / name).unlink()


def test_a_row_of_left_out_that_names_no_test_is_found(tmp_path):
    (tmp_path / "unit").mkdir()
    (tmp_path / "unit" / "test_a.c").write_text("TAP_TEST(is_one),\n")
    table = tmp_path / "left-out"
    for row in ("# why", "a is_one", "a *", "a is_one s390x arm"):
        table.write_text(f"{row}\n")
        assert rules.left_out_complaints(tmp_path) == [], row
    for row in ("a", "b *", "b is_one", "a is_none", "a is_one vax"):
        table.write_text(f"{row}\n")
        assert rules.left_out_complaints(tmp_path) != [], row


def test_a_proof_that_is_not_run_or_not_documented_is_found(tmp_path):
    table = "| `a` | 64 | any frame |\n"
    (tmp_path / "targets.py").write_text('    Target("a", 64)\n')
    (tmp_path / "proof_a.c").write_text("")
    assert rules.proof_complaints(tmp_path, table) == []
    assert rules.proof_complaints(tmp_path, "") == ["a: not in the table of docs/testing.md"]
    assert rules.proof_complaints(tmp_path, table + table.replace("`a`", "`b`")) == [
        "b: in the table, but no target"]
    (tmp_path / "proof_b.c").write_text("")
    assert rules.proof_complaints(tmp_path, table) == ["b: a driver without a target"]
    (tmp_path / "proof_b.c").unlink()
    (tmp_path / "proof_a.c").unlink()
    assert rules.proof_complaints(tmp_path, table) == ["a: a target without a driver"]
