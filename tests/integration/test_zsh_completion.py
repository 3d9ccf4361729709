# SPDX-License-Identifier: BSD-2-Clause
"""Completion in an interactive zsh on a terminal, installed as _stprov: the line after the keys.

tests/lint/test_completion.py compares its tables with the program.
"""
import shutil

import pytest

import harness
import shell_with_keys

SCRIPT = harness.ROOT / "completion" / "stprov.zsh"
ALL = "\x18a"  # every match, in place of the word
TAB = "\t"
MODES = "balance-rr active-backup balance-xor broadcast 802.3ad balance-tlb balance-alb".split()
SETTINGS = """
PS1= PS2= HISTFILE= ZLE_RPROMPT_INDENT=0
unsetopt beep prompt_cr
bindkey -e
autoload -Uz compinit && compinit -u -D
zle -C all-matches complete-word _generic
bindkey '^Xa' all-matches '^I' complete-word
zstyle ':completion:all-matches:*' completer _all_matches _complete
zstyle ':completion:all-matches:*' insert true
zstyle ':completion:*' completer _complete
tell() { print -rNu9 -- "$BUFFER"; BUFFER= }
zle -N tell
bindkey '^X^P' tell
"""
READY = "printf 'ready\\0' >&9\n"


@pytest.fixture(name="shell")
def fixture_shell(started, tmp_path):
    def start(more=""):
        functions = tmp_path / "functions"
        functions.mkdir()
        text = SCRIPT.read_text()
        # The links are the test's.
        assert "(/sys/class/net/*(N-/:t))" in text
        (functions / "_stprov").write_text(
            text.replace("(/sys/class/net/*(N-/:t))", "(eth0 eth1 lo wlan0)"))
        (tmp_path / ".zshrc").write_text(
            f"fpath=('{functions}' $fpath)\n{SETTINGS}{more}{READY}")
        return started(shell_with_keys.Shell("exec zsh -d -i", ALL, tmp_path,
                                             {"ZDOTDIR": str(tmp_path)}))
    return start


def test_zsh_is_there():
    """scripts/deps installs it."""
    assert shutil.which("zsh")


def test_commands_of_each_level_are_offered(shell):
    zsh = shell()
    assert "--json" in zsh.offers("stprov host st --")
    assert {"networkd", "script", "none"} == set(zsh.offers("stprov host apply --network "))
    assert {"help", "version", "defaults", "local", "remote", "host"} == set(zsh.offers("stprov "))
    assert set(zsh.offers("stprov remote ")) == {"help", "static", "dhcp", "run", "console",
                                                 "auto", "status", "clear"}
    assert zsh.line("stprov rem", TAB) == "stprov remote "
    assert zsh.line("stprov r dh", TAB) == "stprov r dhcp "
    assert set(zsh.offers("stprov --")) == {"--help", "--version"}


def test_options_are_offered_long_and_short_by_what_was_typed(shell):
    zsh = shell()
    offered = zsh.offers("stprov local run ")
    assert "--otp" in offered and not [word for word in offered if not word.startswith("--")]
    assert {"--otp", "-o", "--pk", "-n"} <= set(zsh.offers("stprov local run -"))
    assert zsh.line("stprov local run --no-u", TAB) == "stprov local run --no-uefi-menu-reboot "
    assert zsh.line("stprov local run -no-u", TAB) == "stprov local run -no-uefi-menu-reboot "


def test_values_follow_their_options(shell, tmp_path):
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "pk.auth").touch()
    zsh = shell()
    for option in ("-M ", "-M=", "--bonding-mode ", "--bonding-mode="):
        # zsh puts what is before `=` in front of each.
        offered = {word.split("=")[-1] for word in zsh.offers(f"stprov remote dhcp {option}")}
        assert offered == set(MODES), option
    assert zsh.line("stprov r dhcp -M=act", TAB) == "stprov r dhcp -M=active-backup "
    assert zsh.offers("stprov r dhcp -I ") == ["eth0", "eth1", "wlan0"]
    assert zsh.line("stprov r dhcp -b eth1,eth0,", TAB).rstrip(",") == \
        "stprov r dhcp -b eth1,eth0,wlan0"
    assert zsh.line("stprov r dhcp -f=t", TAB) == "stprov r dhcp -f=true "
    assert zsh.line("stprov local run --pk keys/p", TAB) == "stprov local run --pk keys/pk.auth "
    assert zsh.line("stprov r run -E k", TAB).startswith("stprov r run -E keys/")
    assert zsh.line("stprov local check ke", TAB).startswith("stprov local check keys/")


def test_shortened_commands_and_earlier_values_are_understood(shell):
    zsh = shell()
    assert set(zsh.offers("stprov re st --bond")) == {"--bonding", "--bonding-auto",
                                                      "--bonding-mode"}
    assert zsh.offers("stprov re statu --j") == ["--json"]
    for earlier in ("-i fd00::1/64", "-i=fd00::1/64", "-H a.example -f", "-u -M"):
        assert zsh.offers(f"stprov r static {earlier} --force") == ["--force"], earlier


@pytest.mark.parametrize("typed", [
    "stprov foo ", "stprov version ", "stprov help ", "stprov x", "stprov remote dhcp --bogus ",
    "stprov remote dhcp stray -", "stprov remote dhcp -- -", "stprov remote dhcp -H ",
    "stprov remote static -i "], ids=repr)
def test_nothing_is_offered_where_nothing_fits(shell, typed):
    assert shell().line(typed) == typed


@pytest.mark.parametrize("settings", ["setopt ksh_arrays", "setopt sh_word_split no_unset",
                                      "IFS=,", "setopt extended_glob null_glob"])
def test_the_shells_settings_do_not_matter(shell, settings):
    zsh = shell(settings + "\n")
    assert zsh.line("stprov r dhcp -M act", TAB) == "stprov r dhcp -M active-backup "
    assert zsh.line("stprov r dhcp --bonding-a", TAB) == "stprov r dhcp --bonding-auto "


def test_it_can_be_sourced_by_hand(started, tmp_path):
    (tmp_path / ".zshrc").write_text(f"{SETTINGS}. '{SCRIPT}'\n{READY}")
    zsh = started(shell_with_keys.Shell("exec zsh -d -i", ALL, tmp_path,
                                        {"ZDOTDIR": str(tmp_path)}))
    assert zsh.line("stprov rem", TAB) == "stprov remote "
