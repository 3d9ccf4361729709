# SPDX-License-Identifier: BSD-2-Clause
"""Bash completion in an interactive bash on a terminal: the line after the keys.

tests/lint/test_completion.py compares its tables with the program.
"""
import os
import shutil
import subprocess

import pytest

import harness
import shell_with_keys

SCRIPT = harness.ROOT / "completion" / "stprov.bash"
PACKAGE = "/usr/share/bash-completion/bash_completion"
ALL = "\x1b*"  # insert-completions: every match, in place of the word
TAB = "\t"
MODES = "balance-rr active-backup balance-xor broadcast 802.3ad balance-tlb balance-alb".split()
# Readline's own state is whatever the test says, and the answer goes where no echo can touch it.
SETTINGS = """
PS1= PS2= HISTFILE=
bind 'set enable-bracketed-paste off' 'set bell-style none' 'set completion-query-items 0'
bind 'set page-completions off'
tell() { printf '%s\\0' "$READLINE_LINE" >&9; READLINE_LINE= READLINE_POINT=0; }
bind -x '"\\C-x\\C-p": tell'
_stprov_links() { REPLY='eth0 eth1 wlan0'; }
printf 'ready\\0' >&9
"""
LOADED = f". '{SCRIPT}'\n"


def start_bash(settings, directory, environment=None):
    """An interactive bash that has read some settings."""
    (directory / "settings").write_text(settings)
    return shell_with_keys.Shell(
        f"exec bash --noprofile --rcfile '{directory}/settings' -i", ALL, directory,
        {"INPUTRC": "/dev/null"} | (environment or {}))


@pytest.fixture(name="shell")
def fixture_shell(started, tmp_path):
    """A function that starts bash with the completion loaded, and more settings."""
    def start(more="", before="", **kwargs):
        return started(start_bash(before + LOADED + SETTINGS + more, tmp_path, **kwargs))
    return start


# What is offered ----------------------------------------------------------------------------

def test_commands_of_each_level_are_offered(shell):
    bash = shell()
    assert {"help", "version", "defaults", "local", "remote", "host"} == set(bash.offers("stprov "))
    assert {"help", "static", "dhcp", "run", "console", "status", "clear"} <= \
        set(bash.offers("stprov remote "))
    assert {"help", "run"} <= set(bash.offers("stprov local "))
    assert {"help", "show", "apply", "status"} == set(bash.offers("stprov host "))
    assert "--json" in bash.offers("stprov host st --")
    assert "--replace" in bash.offers("stprov ho a --")
    assert {"key", "config", "file"} <= set(bash.offers("stprov host show "))
    assert {"networkd", "script", "none"} == set(bash.offers("stprov host apply --network "))
    assert bash.line("stprov rem", TAB) == "stprov remote "
    assert bash.line("stprov remote dh", TAB) == "stprov remote dhcp "
    assert bash.offers("stprov --") == ["--help", "--version"]
    assert bash.offers("stprov remote -") == ["--help"]


def test_options_are_offered_long_and_short_by_what_was_typed(shell):
    bash = shell()
    offered = bash.offers("stprov local run ")
    assert "--otp" in offered and "--help" in offered
    assert not [word for word in offered if not word.startswith("--")]
    assert {"--otp", "-o", "--pk", "-n"} <= set(bash.offers("stprov local run -"))
    assert bash.line("stprov local run --no-u", TAB) == "stprov local run --no-uefi-menu-reboot "
    assert bash.offers("stprov remote dhcp --bonding-") == \
        ["--bonding-auto", "--bonding-mode"]


def test_a_long_option_after_one_dash_is_one_too(shell):
    bash = shell()
    assert bash.line("stprov local run -no-u", TAB) == "stprov local run -no-uefi-menu-reboot "
    assert bash.offers("stprov remote dhcp -i") == ["-interface"]
    assert bash.offers("stprov remote static -i") == ["-i", "-interface"]
    assert bash.offers("stprov remote static -in") == ["-interface"]
    # A letter is whole; the long name of the same option would be no news.
    assert bash.line("stprov remote dhcp -M", TAB) == "stprov remote dhcp -M "


def test_bonding_modes_follow_their_option_in_every_spelling(shell):
    bash = shell()
    for option in ("-M ", "-M=", "--M ", "-bonding-mode ", "--bonding-mode ", "--bonding-mode="):
        assert set(bash.offers(f"stprov remote dhcp {option}")) == set(MODES), option
        assert bash.line(f"stprov remote dhcp {option}act", TAB) == \
            f"stprov remote dhcp {option}active-backup "


def test_links_follow_their_options_and_lists_have_commas(shell):
    bash = shell()
    assert bash.offers("stprov remote dhcp -I ") == ["eth0", "eth1", "wlan0"]
    assert bash.offers("stprov remote dhcp --interface=e") == ["eth0", "eth1"]
    assert bash.offers("stprov remote dhcp -b ") == ["eth0", "eth1", "wlan0"]
    assert bash.offers("stprov remote dhcp -b eth0,") == ["eth0,eth1", "eth0,wlan0"]
    assert bash.offers("stprov remote dhcp -b=eth1,e") == ["eth1,eth0"]
    # No blank after it: a comma may follow.
    assert bash.line("stprov remote dhcp -b eth1,eth0,w", TAB) == \
        "stprov remote dhcp -b eth1,eth0,wlan0"
    assert bash.line("stprov remote dhcp -I w", TAB) == "stprov remote dhcp -I wlan0 "
    assert bash.offers("stprov remote dhcp -b eth0,eth1,wlan0,") == []


def test_links_are_those_of_this_machine(tmp_path):
    line = "stprov remote dhcp -I "
    told = subprocess.run(
        ["bash", "-fuc", f"{LOADED}COMP_WORDS=({line} '') COMP_CWORD=4 COMP_LINE='{line}'\n"
         "COMP_POINT=${#COMP_LINE}; _stprov; printf '%s ' \"${COMPREPLY[@]}\""],
        check=True, capture_output=True, text=True, cwd=tmp_path).stdout
    links = [entry.name for entry in os.scandir("/sys/class/net") if entry.is_dir()]
    assert sorted(told.split()) == sorted(set(links) - {"lo"})


def test_files_and_directories_follow_their_options(shell, tmp_path):
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "pk.auth").touch()
    (tmp_path / "keys" / "old").mkdir()
    (tmp_path / "key file").touch()
    bash = shell()
    assert bash.line("stprov local run --pk keys/p", TAB) == \
        "stprov local run --pk keys/pk.auth "
    assert bash.line("stprov local run --pk=~/keys/p", TAB) == \
        "stprov local run --pk=~/keys/pk.auth "
    assert bash.line("stprov local run --db 'key f", TAB) == "stprov local run --db 'key file' "
    assert bash.line("stprov local run --kek key\\ ", TAB) == \
        "stprov local run --kek key\\ file "
    assert bash.line("stprov remote run -E k", TAB) == "stprov remote run -E keys/"
    assert bash.line("stprov remote run --trust-policy=keys/", TAB) == \
        "stprov remote run --trust-policy=keys/old/"


def test_a_flag_may_have_a_value_behind_an_equals_sign_only(shell):
    bash = shell()
    assert bash.offers("stprov remote dhcp --force=") == ["false", "true"]
    assert "--interface" in bash.offers("stprov remote dhcp --force ")
    assert bash.line("stprov remote dhcp -f=t", TAB) == "stprov remote dhcp -f=true "


def test_shortened_commands_are_understood(shell):
    bash = shell()
    assert bash.offers("stprov r dhcp -M ba") == bash.offers("stprov remote dhcp -M ba") != []
    assert bash.line("stprov l r --ot", TAB) == "stprov l r --otp "
    assert bash.offers("stprov re d --fo") == ["--force"]
    # With a later command that begins the same, as the program has it.
    assert bash.offers("stprov re st --bond") == bash.offers("stprov re static --bond") != []
    assert bash.offers("stprov re statu --j") == ["--json"]
    assert bash.offers("stprov remote stat") == ["static", "status"]


def test_a_shortened_command_is_the_only_one_that_begins_so_or_the_word_itself():
    for word, words, meant in [("st", "static run", "static"), ("run", "run runner", "run"),
                               ("st", "static stop", None), ("x", "static", None),
                               ("stat", "help static status", "static"),
                               ("statu", "help static status", "status"),
                               ("statics", "static", None), ("", "run", None)]:
        told = subprocess.run(
            ["bash", "-c", f"{LOADED}_stprov_resolve '{word}' {words} && echo $REPLY"],
            capture_output=True, text=True, check=False).stdout
        assert told.strip() == (meant or ""), word


def test_values_of_earlier_options_are_not_taken_for_words(shell):
    bash = shell()
    for earlier in ("-i fd00::1/64", "-i=fd00::1/64", "-H a.example -f", "-o=-x", "-u -M",
                    "-r https://u:p@example.org/a=b", "-f=true -x"):
        assert bash.offers(f"stprov remote static {earlier} --force") == ["--force"], earlier
    # The value is -M, whatever it begins with.
    assert bash.offers("stprov remote static -u -M ") != MODES
    assert bash.offers("stprov remote static -u -M -M b") != []


# What is not --------------------------------------------------------------------------------

@pytest.mark.parametrize("typed", [
    "stprov foo ", "stprov foo --", "stprov remote foo -", "stprov remote foo bar ",
    "stprov version ", "stprov help ", "stprov help -", "stprov local help ",
    "stprov x", "stprov remote local", "stprov remote '' -",
    "stprov remote dhcp --bogus ", "stprov remote dhcp --bogus=", "stprov remote dhcp --z",
    "stprov remote dhcp stray -", "stprov remote dhcp -- -", "stprov remote dhcp - -",
    "stprov remote dhcp -H ", "stprov remote static -i ", "stprov remote static -i fd00::",
    "stprov local run -o -", "stprov local run -p 20"], ids=repr)
def test_nothing_is_offered_where_nothing_fits(shell, typed):
    assert shell().line(typed) == typed


def test_the_cursor_may_stand_within_a_word_or_before_others(shell):
    bash = shell()
    assert bash.line("stprov remXY", TAB, back=2) == "stprov remoteXY"
    assert bash.line("stprov remote dhcp --forXY", TAB, back=2) == "stprov remote dhcp --forceXY"
    assert bash.line("stprov r dhcp -M=actXY", TAB, back=2) == "stprov r dhcp -M=active-backupXY"
    assert bash.line("stprov r dhcp --bonding-m -f -x=1", TAB, back=8) == \
        "stprov r dhcp --bonding-mode -f -x=1"
    assert bash.line("stprov rem dhcp", TAB, back=5) == "stprov remote dhcp"
    assert bash.line("stprov r dhcp  -f -A", "-M=ac" + TAB, back=6) == \
        "stprov r dhcp -M=active-backup -f -A"
    for blanks in ("", " ", "  "):
        assert bash.line(f"stprov {blanks}rxx -f", back=6 + len(blanks)) == \
            f"stprov defaults help host local remote version {blanks}rxx -f"


# Other shell settings -----------------------------------------------------------------------

@pytest.mark.parametrize("settings", [
    "set -u", "set -f", "set -o posix", "IFS=", "IFS=,", "IFS=-abeo", "shopt -s nocasematch",
    "shopt -s failglob nullglob extglob", "COMP_WORDBREAKS=${COMP_WORDBREAKS//[=:]}",
    "set -euf -o pipefail; IFS=i; shopt -s nocasematch dotglob"])
def test_the_shells_settings_do_not_matter(shell, settings):
    bash = shell(settings + "\n")
    assert set(bash.offers("stprov r ")) >= {"static", "dhcp", "run"}
    assert bash.line("stprov r dhcp -M=act", TAB) == "stprov r dhcp -M=active-backup "
    assert bash.line("stprov r dhcp -M act", TAB) == "stprov r dhcp -M active-backup "
    assert bash.offers("stprov r static -i=fd00::1 --fo") == ["--force"]
    assert bash.line("stprov r dhcp -b eth0,w", TAB) == "stprov r dhcp -b eth0,wlan0"
    assert bash.line("stprov r dhcp -b=eth0,w", TAB) == "stprov r dhcp -b=eth0,wlan0"
    assert bash.line("stprov r dhcp -m", TAB) == "stprov r dhcp -m "
    assert bash.offers("stprov r dhcp -A -m x -M b") == bash.offers("stprov r dhcp -M b") != []
    assert "error" not in bash.screen.text and "unbound" not in bash.screen.text


def test_it_changes_nothing_in_the_shell(shell):
    bash = shell("set -fu; IFS=x; REPLY=mine; words=mine; i=7\n")
    bash.offers("stprov r dhcp -b eth0,")
    os.write(bash.master, b'printf "%s\\0" "$-" "$IFS" "$REPLY" "$words" "$i" >&9\n')
    assert {"f", "u"} <= set(bash.next())
    assert [bash.next() for _ in range(4)] == ["x", "mine", "mine", "7"]


def test_another_path_of_the_program_is_completed_too(shell):
    bash = shell()
    assert bash.line("build/stprov rem", TAB) == "build/stprov remote "
    assert bash.line("true; LANG=C ./stprov r dhcp --fo", TAB).endswith("r dhcp --force ")


@pytest.mark.skipif(not os.path.exists(PACKAGE), reason="bash-completion is missing")
def test_the_package_bash_completion_finds_it_by_its_place(started, tmp_path):
    place = tmp_path / "share" / "bash-completion" / "completions"
    place.mkdir(parents=True)
    shutil.copy(SCRIPT, place / "stprov")
    bash = started(start_bash(f". {PACKAGE}\n{SETTINGS}", tmp_path,
                              environment={"XDG_DATA_DIRS": str(tmp_path / "share")}))
    assert bash.line("stprov rem", TAB) == "stprov remote "
    assert bash.line("stprov r dhcp -M=act", TAB) == "stprov r dhcp -M=active-backup "
    assert bash.line("sudo -u root stprov r dhcp --fo", TAB) == \
        "sudo -u root stprov r dhcp --force "
    assert bash.line("sudo stprov r dhcp --bonding-mode=act", TAB) == \
        "sudo stprov r dhcp --bonding-mode=active-backup "
