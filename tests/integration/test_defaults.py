# SPDX-License-Identifier: BSD-2-Clause
"""`stprov defaults` prints what was compiled in; tests/unit/test_defaults.c has the check."""
import subprocess

import harness


def ask(*arguments):
    return subprocess.run([harness.STPROV, "defaults", *arguments], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)


def test_the_defaults_are_shown_without_a_password():
    done = ask()
    assert (done.returncode, done.stderr) == (0, "")
    rows = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert set(rows) == {"URL", "domain", "user", "DNS", "networks", "bonding"}
    assert rows["URL"] == "https://user:***@stpackage.example.org/os-stable.json"
    assert rows["domain"] == "localhost.local"


def test_arguments_are_refused():
    done = ask("x")
    assert done.returncode == 2
    assert done.stderr == "stprov defaults: trailing arguments: x\n"
