# SPDX-License-Identifier: BSD-2-Clause
"""`stprov defaults` prints what was compiled in; tests/unit/test_defaults.c has the check."""
import subprocess

import pytest

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


def test_a_third_argument_is_refused():
    done = ask("x", "y", "z")
    assert done.returncode == 2
    assert done.stderr == "stprov defaults: trailing arguments: z\n"


# The files of a boot medium ---------------------------------------------------------------------

GOOD = """# rack 7
full-host = web01.example.org
url = https://me:hush@a.example.org/os.json,http://b.example.org/x
dns = 192.0.2.1,2001:db8::1
bonding = eth0,eth1
wait = 20s
port = 2010
allow = 192.0.2.0/24,2001:db8::/32
seal = tpm
keymap = de
auto = yes
"""


def ask_about(tmp_path, text, *arguments):
    path = tmp_path / "defaults"
    path.write_text(text)
    return ask(path, *arguments)


def test_a_file_is_shown_without_its_passwords(tmp_path):
    done = ask_about(tmp_path, GOOD)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("full-host    web01.example.org\nurl          https://me:***@")
    assert "hush" not in done.stdout
    assert done.stdout.endswith("seal         tpm\nkeymap       de\nauto         yes\n")


@pytest.mark.parametrize("line, reason", [
    ("otp = x", "otp: not a key of this file"),
    ("host = -a", 'host: "-a.localhost.local" is not a host name: '),
    ("full-host = -a.b", 'full-host: "-a.b" is not a host name: '),
    ("url = ftp://a/b", "url: "), ("url = http://a.example.org/x,", "url: "),
    ("dns = 192.0.2.1, 192.0.2.2", 'dns: failed to parse " 192.0.2.2" as an IP address'),
    ("interface = a-name-that-is-too-long", 'interface: "a-name-that-is-too-long" is not the name'),
    ("mac = 52:54", 'mac: "52:54" is not a MAC address'),
    ("bonding = a,a", "bonding: a is named twice"),
    ("wait = soon", 'wait: "soon" is not a duration like 4s'),
    ("port = 65536", 'port: "65536" is not a port from 1 to 65535'),
    ("allow = 10.0.0.0/33", "allow: "), ("auto = maybe", "auto: neither yes nor no")])
def test_a_value_is_checked_as_its_option_is(tmp_path, line, reason):
    done = ask_about(tmp_path, f"# one\n{line}\n")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"stprov defaults: {tmp_path}/defaults: line 2: {reason}")
    assert done.stderr.count("\n") == 1


def test_a_password_in_a_wrong_url_is_not_repeated(tmp_path):
    done = ask_about(tmp_path, "url = https://me:hush@a b/x\n")
    assert done.returncode == 1 and "line 1: url: " in done.stderr
    assert "hush" not in done.stderr


def test_roots_are_checked_too(tmp_path):
    (tmp_path / "roots").write_text("none\n")
    done = ask_about(tmp_path, GOOD, tmp_path / "roots")
    assert done.returncode == 1 and f"{tmp_path}/roots: " in done.stderr
    done = ask_about(tmp_path, GOOD, tmp_path / "absent")
    assert done.returncode == 1 and f"{tmp_path}/absent: No such file" in done.stderr


def test_a_file_that_is_too_large_is_refused(tmp_path):
    assert ask_about(tmp_path, "#" * 16384).returncode == 0
    assert ask_about(tmp_path, "#" * 16385).returncode == 1
