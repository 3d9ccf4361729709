# SPDX-License-Identifier: BSD-2-Clause
"""`local check`: a host configuration, checked as stboot does and printed in words."""
import json

import pytest

import harness
import screen

STATIC = {
    "network_mode": "static", "host_ip": "10.0.2.10/26", "gateway": "10.0.2.1",
    "dns": ["9.9.9.9", "149.112.112.112"],
    "network_interfaces": [{"interface_name": "eth0", "mac_address": "aa:bb:cc:dd:ee:ff"}],
    "ospkg_pointer": "https://stboot:sikrit@stpackage.example.org/os-stable.json",
    "bonding_mode": None, "bond_name": None, "description": "by hand"}
STATIC_IN_WORDS = """\
network      static
address      10.0.2.10/26
gateway      10.0.2.1
DNS          9.9.9.9, 149.112.112.112
link         eth0 aa:bb:cc:dd:ee:ff
OS package   https://stboot:***@stpackage.example.org/os-stable.json
description  by hand
"""
# As it was written years ago.
OLD = {
    "version": 1, "network_mode": "static", "host_ip": "10.0.2.10/26", "gateway": "10.0.2.1",
    "dns": "9.9.9.9", "network_interface": "aa:bb:cc:dd:ee:ff",
    "provisioning_urls": ["https://u:sikrit@a.example.org/os.json", "http://b.example.org/"],
    "identity": "foo", "authentication": "sikrit", "timestamp": 1665824000}


@pytest.fixture(name="check")
def fixture_check(run, tmp_path):
    """A function that checks a configuration or a text in a file: (code, stdout, stderr)."""
    def check(config):
        path = tmp_path / "host.json"
        data = config if isinstance(config, (bytes, str)) else json.dumps(config)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        code, out, err = run("local", "check", str(path))
        assert "sikrit" not in out + err
        assert all(len(line) <= 80 for line in out.splitlines())
        return code, out, err.replace(str(path), "FILE")
    return check


def refused(answer):
    """The one line about a wrong configuration."""
    code, out, err = answer
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert err.startswith("stprov local check: FILE: ")
    return err


def test_good_configuration_is_told_in_words(check):
    assert check(STATIC) == (0, STATIC_IN_WORDS, "")


def test_what_remote_static_stores_is_good(check, run, store):
    """All lines except the description, whose time is not known here."""
    config = {**STATIC, "description": None}
    assert check(json.dumps(config, separators=(",", ":"))) == (
        0, STATIC_IN_WORDS.replace("description  by hand\n", ""), "")


@pytest.mark.parametrize("word", ["check", "c", "che"])
def test_dash_reads_standard_input(started, word):
    process = started(harness.Process(["local", word, "-"]))
    process.type(json.dumps(STATIC))
    process.hang_up()
    assert process.wait() == 0
    assert process.out.text == STATIC_IN_WORDS


def test_file_of_that_name_is_read_behind_two_dashes(run, tmp_path):
    (tmp_path / "-x").write_text(json.dumps(STATIC))
    code, out, _ = run("local", "check", "--", "-x", prefix=["env", "-C", str(tmp_path)])
    assert (code, out) == (0, STATIC_IN_WORDS)


def test_older_forms_are_read_and_said_to_be_old(check):
    code, out, err = check(OLD)
    assert code == 0
    assert "DNS          9.9.9.9\n" in out
    assert "link         aa:bb:cc:dd:ee:ff\n" in out
    assert "OS package   https://u:***@a.example.org/os.json\n" in out
    assert " " * 13 + "http://b.example.org/\n" in out
    assert err == ('older form: one address as "dns"\n'
                   'older form: "provisioning_urls"\n'
                   'older form: "network_interface" or names alone\n')


def test_one_older_form_is_said_alone(check):
    assert check({**STATIC, "dns": "9.9.9.9"})[2] == (
        'older form: one address as "dns"\n')


@pytest.mark.parametrize("change,named", [
    ({"network_mode": None}, "network mode"), ({"network_mode": "auto"}, "network_mode"),
    ({"host_ip": None}, "host address"), ({"host_ip": "10.0.2.10"}, "host_ip"),
    ({"gateway": None}, "gateway"), ({"gateway": 1}, "gateway"), ({"dns": ["x"]}, "dns"),
    ({"ospkg_pointer": None}, "OS package URL"), ({"ospkg_pointer": ""}, "OS package URL"),
    ({"bonding_mode": "balance"}, "bonding mode"), ({"bonding_mode": "802.3ad"}, "bond name"),
    ({"bonding_mode": "802.3ad", "bond_name": "bond0", "network_interfaces": []}, "interfaces"),
    ({"network_interfaces": [{"interface_name": "eth0"}]}, "mac_address"),
])
def test_what_stboot_refuses_is_one_line(check, change, named):
    assert named in refused(check({**STATIC, **change}))


@pytest.mark.parametrize("key", STATIC)
def test_each_key_must_be_there(check, key):
    config = {name: value for name, value in STATIC.items() if name != key}
    assert f'"{key}" is missing' in refused(check(config))


@pytest.mark.parametrize("text", [
    "", "[]", "{", "null", json.dumps(STATIC) + "x", b"\xff\xfe", b"\x1b[2J", "{}" * 2,
    " " * (64 * 1024 + 1), b"\0" * 100], ids=range(10))
def test_what_is_no_json_object_is_one_line(check, text):
    code, out, err = check(text)
    assert (code, out) == (1, "")
    assert err.count("\n") == 1 and err[:-1].isprintable() and len(err) < 200


def test_endless_input_ends(run):
    code, out, err = run("local", "check", "-", prefix=["sh", "-c", 'exec "$@" </dev/zero', "sh"])
    assert (code, out) == (1, "")
    assert "standard input: larger than 65536 bytes" in err


@pytest.mark.parametrize("path,named", [
    ("/nonexistent/\x1b[2J", "No such file"), ("/", "directory"), ("", "No such file")])
def test_file_that_cannot_be_read_is_one_line(run, path, named):
    code, out, err = run("local", "check", path)
    assert (code, out) == (1, "")
    assert named in err and err.count("\n") == 1 and err[:-1].isprintable()


@pytest.mark.parametrize("arguments,named", [
    ([], "FILE is missing"), (["a", "b"], "trailing arguments: b"),
    (["-", "-x"], "trailing arguments: -x"), (["-x", "a"], "unknown option -x"),
    (["--"], "FILE is missing")])
def test_wrong_command_line_is_one_line_and_exit_2(run, arguments, named):
    code, out, err = run("local", "check", *arguments)
    assert (code, out, err) == (2, "", f"stprov local check: {named}\n")


def test_file_in_place_of_urls_is_warned_about(check):
    code, out, err = check({**STATIC, "ospkg_pointer": "ospkg.json"})
    assert code == 0
    assert "OS package   ospkg.json\n" in out
    assert err.startswith("warning: an OS package is not an http or https URL")


@pytest.mark.parametrize("pointer", [
    "https://u:pa,sikrit@h/", "https://u:sik@rit:sikrit@h/", "http://ok/,https://u:sikrit@h/",
    "u:sikrit@h", "https://u:1,sikrit@h/"])
def test_no_password_is_shown_however_it_is_spelt(check, pointer):
    assert "***" in check({**STATIC, "ospkg_pointer": pointer})[1]


def test_lines_fit_a_terminal_and_stay_whole_elsewhere(run, started, tmp_path):
    long = {**OLD, "ospkg_pointer": "ospkg.json", "description": "x y " * 99, "gateway": None}
    (tmp_path / "good").write_text(json.dumps({**long, "gateway": "10.0.2.1"}))
    (tmp_path / "a name of blanks and words that are all quite short").write_text(json.dumps(long))
    for name, want in (("good", 0), ("a name of blanks and words that are all quite short", 1)):
        there = dict(prefix=["env", "-C", str(tmp_path)])
        process = started(harness.Process(["local", "check", name], console="terminal", **there))
        assert process.wait() == want
        assert max(map(len, screen.rows(process.out.raw).splitlines())) <= 80
        err = run("local", "check", name, **there)[2]
        assert max(map(len, err.splitlines())) > 80
