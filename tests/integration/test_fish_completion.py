# SPDX-License-Identifier: BSD-2-Clause
"""Completion in fish: what it offers for the last word of a line.

tests/lint/test_completion.py compares its tables with the program.
"""
import subprocess

import pytest

import harness
import v0

SCRIPT = harness.ROOT / "completion" / "stprov.fish"
MODES = "balance-rr active-backup balance-xor broadcast 802.3ad balance-tlb balance-alb".split()


@pytest.fixture(name="offers")
def fixture_offers(tmp_path):
    def ask(line):
        run = subprocess.run(
            ["fish", "--no-config", "-c",
             "source $argv[1]; function _stprov_links; printf '%s\\n' eth0 eth1 wlan0; end; "
             "complete -C $argv[2]", str(SCRIPT), line],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, cwd=tmp_path,
            timeout=v0.PATIENCE, env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path),
                                      "LC_ALL": "C.UTF-8"})
        assert run.stderr == ""
        return {row.split("\t")[0] for row in run.stdout.splitlines()}
    return ask


def test_commands_of_each_level_are_offered(offers):
    assert offers("stprov host show k") == {"key"}
    assert "--json" in offers("stprov host st --")
    assert offers("stprov host apply --network ") == {"networkd", "script", "none"}
    assert offers("stprov ") == {"help", "version", "defaults", "local", "remote", "host"}
    assert offers("stprov remote ") == {"help", "static", "dhcp", "run", "console", "status",
                                        "auto", "clear"}
    assert offers("stprov r dh") == {"dhcp"}
    assert offers("stprov --") == {"--help", "--version"}


def test_options_are_offered_long_and_short_by_what_was_typed(offers):
    assert {"--otp", "-o", "--pk", "-n", "-c"} <= offers("stprov local run -")
    assert offers("stprov local run --no-u") == {"--no-uefi-menu-reboot"}
    assert "-no-uefi-menu-reboot" in offers("stprov local run -no-u")


def test_values_follow_their_options(offers, tmp_path):
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "pk.auth").touch()
    assert offers("stprov r dhcp -M ") == offers("stprov r dhcp --bonding-mode ") == set(MODES)
    assert offers("stprov r dhcp -M=act") == {"-M=active-backup"}
    assert offers("stprov r dhcp -I ") == {"eth0", "eth1", "wlan0"}
    assert offers("stprov r dhcp -b eth1,") == {"eth1,eth0", "eth1,wlan0"}
    assert offers("stprov r dhcp -f=t") == {"-f=true"}
    assert offers("stprov local run --pk keys/p") == {"keys/pk.auth"}
    assert offers("stprov r run -E ke") == {"keys/"}
    assert offers("stprov local check keys/p") == {"keys/pk.auth"}


def test_shortened_commands_and_earlier_values_are_understood(offers):
    assert offers("stprov re st --bond") == {"--bonding", "--bonding-auto", "--bonding-mode"}
    assert offers("stprov re statu --j") == {"--json"}
    for earlier in ("-i fd00::1/64", "-i=fd00::1/64", "-H a.example -f", "-u -M"):
        assert offers(f"stprov r static {earlier} --force") == {"--force"}, earlier


@pytest.mark.parametrize("typed", [
    "stprov foo ", "stprov version ", "stprov help ", "stprov x", "stprov remote dhcp --bogus ",
    "stprov remote dhcp stray -", "stprov remote dhcp -- -", "stprov remote dhcp -H ",
    "stprov remote static -i "], ids=repr)
def test_nothing_is_offered_where_nothing_fits(offers, typed):
    assert offers(typed) == set()
