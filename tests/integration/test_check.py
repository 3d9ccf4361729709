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
def test_a_missing_key_is_as_null(check, key):
    config = {name: value for name, value in STATIC.items() if name != key}
    assert check(config) == check({**STATIC, key: None})


WHOLE = json.dumps(STATIC)
LINK = json.dumps(STATIC["network_interfaces"][0])
MAC = STATIC["network_interfaces"][0]["mac_address"]


def warned(answer, words=STATIC_IN_WORDS):
    """The one warning about a configuration that stboot takes."""
    code, out, err = answer
    assert (code, out) == (0, words), err
    assert err.startswith("warning: ") and err.count("\n") == 1
    return err


@pytest.mark.parametrize("old, new, warning", [
    ('"gateway"', '"Gateway"', '"gateway" has other letters in upper case'),
    ('"dns"', '"dn\u017f"', '"dns" has other letters'),
    ('{"network_mode"', '{"gateway": "10.0.2.9", "network_mode"', '"gateway" is there more than'),
    ('{"network_mode"', '{"gateway": 1, "network_mode"', '"gateway" is there more than'),
    ('"description"', '"description": "", "description"', '"description" is there more than')])
def test_keys_are_read_as_go_reads_them(check, old, new, warning):
    assert warning in warned(check(WHOLE.replace(old, new, 1)))


def test_of_keys_in_any_case_the_last_one_counts(check):
    text = WHOLE.replace('"gateway": "10.0.2.1"', '"gateway": "10.0.2.3", "GATEWAY": "10.0.2.2"')
    code, out, err = check(text)
    assert (code, out) == (0, STATIC_IN_WORDS.replace("10.0.2.1\n", "10.0.2.2\n"))
    assert err.count("\n") == 2 and err.count('warning: "gateway" ') == 2


@pytest.mark.parametrize("number", ["1e999", "-0.0E-400", "9" * 400, "[1e999, {\"x\": -1e5000}]"])
def test_numbers_of_any_size_are_ignored_with_their_keys(check, number):
    assert check(WHOLE.replace("{", f'{{"version": {number}, ', 1)) == (0, STATIC_IN_WORDS, "")


@pytest.mark.parametrize("mac", ["AA-bb-cc-dd-ee-ff", "aabb.ccdd.eeff", "AABB.CCDD.EEFF"])
def test_macs_in_each_form_of_go_are_taken(check, mac):
    assert check(WHOLE.replace(MAC, mac)) == (0, STATIC_IN_WORDS, "")


@pytest.mark.parametrize("mac, size", [
    ("02:00:5e:10:00:00:00:01", 8), ("02-00-5e-10-00-00-00-01", 8), ("0200.5e10.0000.0001", 8),
    (":".join(["00"] * 20), 20), (".".join(["0000"] * 10), 20)])
def test_longer_hardware_addresses_are_taken_with_a_warning(check, mac, size):
    plain = mac.replace("-", "").replace(".", "").replace(":", "")
    shown = ":".join(plain[i:i + 2] for i in range(0, len(plain), 2))
    code, out, err = check(WHOLE.replace(MAC, mac))
    assert code == 0 and f"eth0 {shown}" in out.replace("\n" + " " * 13, " ")
    assert err == (f'warning: "mac_address" has {size} bytes: stboot takes it, but no '
                   'Ethernet link '
                   "has it\n")


@pytest.mark.parametrize("mac", ["aa:bb:cc:dd:ee", "aa:bb:cc:dd:ee:ff:00", "aabb.ccdd:eeff",
                                 "aabb-ccdd-eeff", "aabbccddeeff", "aa:bb-cc:dd:ee:ff", ""])
def test_macs_that_go_refuses_are_refused(check, mac):
    assert '"mac_address" is malformed' in refused(check(WHOLE.replace(MAC, mac)))


@pytest.mark.parametrize("link, warning", [
    ({"mac_address": MAC}, "missing or empty"),
    ({"interface_name": "", "mac_address": MAC}, "missing or empty"),
    ({"interface_name": None, "mac_address": MAC}, "missing or empty"),
    ({"interface_name": "no/name", "mac_address": MAC}, "not the name of a link"),
    ({"interface_name": "x" * 300, "mac_address": MAC}, "not the name of a link")])
def test_a_link_without_a_name_is_a_warning(check, link, warning):
    answer = check(WHOLE.replace(LINK, json.dumps(link)))
    assert warning in warned(answer, STATIC_IN_WORDS.replace("eth0 ", ""))


@pytest.mark.parametrize("change, warning", [
    ({"gateway": "10.0.3.1"}, "the gateway 10.0.3.1 is outside the host's network 10.0.2.0/26"),
    ({"gateway": "10.0.2.10"}, "the gateway 10.0.2.10 is the host itself"),
    ({"host_ip": "10.0.2.0/26"}, "it is the network's own address"),
    ({"host_ip": "10.0.2.63/26"}, "it is the network's broadcast address")])
def test_addresses_that_cannot_work_are_a_warning(check, change, warning):
    code, _, err = check({**STATIC, **change})
    assert code == 0 and warning in err and err.startswith("warning: ")


@pytest.mark.parametrize("mode", ["static", "dhcp"])
def test_an_empty_list_of_links_is_refused(check, mode):
    assert "no network interfaces" in refused(
        check({**STATIC, "network_mode": mode, "network_interfaces": []}))


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
    (["-", "-x"], "unknown option -x"), (["-x", "a"], "unknown option -x"),
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
