# SPDX-License-Identifier: BSD-2-Clause
"""Help texts and manual pages say the same, and both are well formed."""
import os
import re
import shutil
import subprocess

import pytest

import rules

PAGES = sorted((rules.ROOT / "man").glob("*.[1-9]"))
# The words after stprov, the manual page and the title of the section with its options: of each
# command in the program's tables that has help of its own.
COMMANDS = [(words, f"stprov-{words[0]}.1", words[1]) for words in rules.program_commands()[1]
            if len(words) == 2 and words[1] != "help"]
IDS = [" ".join(words) for words, _, _ in COMMANDS]
# Help that shows more than one command.
OVERVIEWS = [["help"], ["local", "help"], ["remote", "help"], ["host", "help"], ["--help"],
             ["local", "--help"], ["remote", "--help"], ["host", "--help"]]


def ask(words):
    """The program's stdout; checks that stderr is empty and the exit code is 0."""
    assert os.access(rules.STPROV, os.X_OK), f"{rules.STPROV} is missing: run make"
    run = subprocess.run([rules.STPROV, *words], stdin=subprocess.DEVNULL, capture_output=True,
                         timeout=30, check=False)
    assert (run.returncode, run.stderr) == (0, b"")
    return run.stdout.decode("latin-1")


@pytest.mark.parametrize("words,page,title", COMMANDS, ids=IDS)
def test_help_and_manual_page_have_the_same_options(words, page, title):
    text = (rules.ROOT / "man" / page).read_text()
    assert rules.manual_complaints(ask([*words, "--help"]), text, title) == []


@pytest.mark.parametrize("words", [w + ["--help"] for w, _, _ in COMMANDS] + OVERVIEWS,
                         ids=" ".join)
def test_help_is_ascii_and_80_columns_wide(words):
    text = ask(words)
    assert len(text) > 100
    assert rules.help_form_complaints(text) == []


def test_the_program_was_asked():
    assert {"local run", "local check", "remote static", "remote clear",
            "host apply"} <= set(IDS)


@pytest.mark.parametrize("words,page,title", COMMANDS, ids=IDS)
def test_usage_is_that_of_the_synopsis(words, page, title):
    text = (rules.ROOT / "man" / page).read_text()
    assert rules.synopsis_complaints(ask([*words, "--help"]), text, " ".join(words)) == []


@pytest.mark.parametrize("words,page,title", COMMANDS, ids=IDS)
def test_every_command_is_in_the_help_of_the_program_and_of_its_part(words, page, title):
    part, name = words
    assert re.search(rf"^  stprov {part} (\S+\|)*{name}(\|\S+)* ", ask(["help"]), re.MULTILINE)
    assert f"stprov {part} {name} " in ask([part, "help"])
    assert ask([*words, "--help"]) == ask([part, "help", name])


def test_every_command_is_in_the_overview():
    text = (rules.ROOT / "man" / "stprov.1").read_text()
    for words, page, title in COMMANDS:
        assert f"Nm stprov {' '.join(words)} Ar ..." in text
        assert f".Xr {page[:-2]} 1" in text


def test_manual_pages_are_what_mandoc_likes():
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is missing")
    assert [page.name for page in PAGES] == ["stprov-host.1", "stprov-local.1", "stprov-remote.1",
                                             "stprov.1"]
    assert [c for page in PAGES for c in rules.mandoc_complaints(page)] == []


def test_manual_pages_are_ascii():
    assert [page.name for page in PAGES if not page.read_text("utf-8").isascii()] == []


# That the rules can fail ------------------------------------------------------------------------

HELP = """stprov remote run [options]
  -p, --port PORT        TCP port (default 2009)
      --pk FILE          platform key
  -n, --no-uefi-menu-reboot
                         do not ask
"""
MAN = """.Sh OPTIONS
.Ss run
.It Fl p , Fl -port Ar PORT
TCP port
.It Fl -pk Ar FILE
.It Fl n , Fl -no-uefi-menu-reboot
.Ss other
.It Fl q , Fl -quiet
"""


def test_help_and_page_that_agree_pass():
    assert rules.manual_complaints(HELP, MAN, "run") == []


def test_an_option_that_only_one_of_them_has_is_found():
    assert rules.manual_complaints(HELP, MAN.replace(".It Fl -pk Ar FILE\n", ""), "run") == [
        "--pk FILE: not in the manual page"]
    assert rules.manual_complaints(HELP, MAN.replace(".Ss other\n", ""), "run") == [
        "-q, --quiet: not in the help"]
    assert len(rules.manual_complaints(HELP, MAN.replace("Fl n", "Fl m"), "run")) == 2
    assert len(rules.manual_complaints(HELP, MAN.replace("Ar PORT", "Ar P"), "run")) == 2
    assert rules.manual_complaints(HELP, MAN, "static") == ["no section static"]
    assert rules.manual_complaints("", MAN, "run") == ["the help shows no options"]


SYNOPSIS = """.Sh SYNOPSIS
.Nm stprov remote static
.Fl i Ar CIDR
.Op Ar option ...
.Nm stprov remote dhcp
.Op Fl q
.Sh OPTIONS
"""


def test_usage_that_the_synopsis_does_not_have_is_found():
    for usage, name, good in (("-i CIDR [options]", "static", True), ("[options]", "dhcp", True),
                              ("-i IP [options]", "static", False), ("[options]", "static", False),
                              ("FILE", "dhcp", False), ("[options]", "run", False)):
        found = rules.synopsis_complaints(f"stprov remote {name} {usage}\n", SYNOPSIS,
                                          f"remote {name}")
        assert (found == []) == good


def test_wide_or_foreign_help_is_found():
    assert rules.help_form_complaints("a" * 81) == ["line 1: 81 columns, over 80"]
    assert rules.help_form_complaints("a\n\tb\n\u00fc") != []
    assert rules.help_form_complaints("a" * 80) == []


def test_mandoc_finds_a_bad_page(tmp_path):
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is missing")
    bad = tmp_path / "bad.1"
    good = PAGES[0].read_text() if PAGES else ""
    bad.write_text(good.replace(".Sh DESCRIPTION", ".Bogus"))
    assert rules.mandoc_complaints(bad)
    bad.write_text(good + "trailing blank \n")
    assert rules.mandoc_complaints(bad)
