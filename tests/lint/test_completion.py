# SPDX-License-Identifier: BSD-2-Clause
"""The completions offer the program's words; tests/integration runs them in their shells."""
import re
import subprocess

import pytest

import rules

SCRIPTS = {shell: rules.ROOT / "completion" / f"stprov.{shell}"
           for shell in ("bash", "zsh", "fish")}
# Reads the script, and prints the result of one of its functions.
READERS = {
    "bash": ["bash", "-uc", '. "$1"; "$2" "$3" && printf "%s" "$REPLY"', "bash"],
    "zsh": ["zsh", "-fuc", 'compdef() { }; . "$1"; "$2" "$3" && printf "%s" "$REPLY"', "zsh"],
    "fish": ["fish", "--no-config", "-c", "source $argv[1]; $argv[2] $argv[3]"],
}


@pytest.fixture(name="ask_table", params=SCRIPTS)
def fixture_ask_table(request):
    """The result of a function of the completion; None if it fails."""
    def ask(function, argument=""):
        run = subprocess.run([*READERS[request.param], str(SCRIPTS[request.param]), function,
                              argument],
                             stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        assert run.stderr == ""
        return run.stdout if run.returncode == 0 else None
    return ask


LEVELS, LEAVES = rules.program_commands()


def test_the_program_was_asked():
    assert ["local"] in LEVELS and ["remote"] in LEVELS
    assert ["remote", "static"] in LEAVES and ["version"] in LEAVES


@pytest.mark.parametrize("words", LEVELS, ids=lambda words: " ".join(words) or "stprov")
def test_the_commands_are_those_of_the_program(ask_table, words):
    assert sorted(ask_table("_stprov_commands", " ".join(words)).split()) == \
        sorted(rules.commands(*words))


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_the_options_are_those_of_the_help(ask_table, words):
    assert ask_table("_stprov_commands", " ".join(words)) is None
    offered = ask_table("_stprov_options", " ".join(words))
    if words[-1] in ("help", "version", "defaults"):
        assert offered is None
    else:
        help_text = rules.ask_program(*words, "--help").stdout
        assert help_text.startswith(f"stprov {' '.join(words)}")
        assert rules.completion_complaints(help_text, offered or "") == []


def test_the_bonding_modes_are_those_of_the_help(ask_table):
    help_text = rules.ask_program("remote", "static", "--help").stdout
    modes = re.search(r"--bonding-mode MODE([^(]*)\(default", help_text)[1]
    assert sorted(ask_table("_stprov_modes").split()) == \
        sorted(re.split(r"\s+or\s+|,?\s+", modes.strip()))


# That the rule can fail -------------------------------------------------------------------------

HELP = """stprov local check -o OTP FILE [options]
  Checks it.
  -p, --port PORT        TCP port (default 2009)
      --pk FILE          platform key
  -I, --interface NAME   the link
  -n, --no-uefi-menu-reboot
                         do not ask
"""
TABLE = "p,port:text ,pk:file I,interface:link n,no-uefi-menu-reboot :file"


def test_a_table_that_agrees_passes():
    assert rules.completion_complaints(HELP, TABLE) == []
    assert rules.completion_complaints(HELP.replace(" FILE [", " ["),
                                       TABLE.replace(" :file", "")) == []


@pytest.mark.parametrize("old,new,complaint", [
    (",pk:file ", "", "--pk: not completed"),
    (" n,", " n,quiet q,", "-q, --no-uefi-menu-reboot: not in the help"),
    (",pk:file", ",pk:text", "--pk FILE: completed as text"),
    (",pk:file", ",pk", "--pk FILE: completed as a flag"),
    ("port:text", "port", "-p, --port PORT: completed as a flag"),
    ("reboot", "reboot:text", "-n, --no-uefi-menu-reboot : completed as text"),
    (" :file", "", "an argument: not completed"),
    (" :file", " :dir", "an argument FILE: completed as dir")])
def test_what_differs_is_found(old, new, complaint):
    assert complaint in rules.completion_complaints(HELP, TABLE.replace(old, new))


def test_a_command_without_a_table_and_an_argument_too_many_are_found():
    assert len(rules.completion_complaints(HELP, "")) == 5
    assert rules.completion_complaints(HELP.replace(" FILE [", " ["), TABLE) == [
        "an argument: not in the help"]
