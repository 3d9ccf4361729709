# SPDX-License-Identifier: BSD-2-Clause
"""`stprov remote status`: its output for good, missing and broken items, and its exit code."""
import itertools
import json
import os
import re
import subprocess

import pytest

import harness
import provisioned
import sealed

GOOD, NOT_PROVISIONED, FAILED, USAGE = 0, 3, 1, 2
JSON_NAMES = {"STHostName": "host_name", "STHostConfig": "host_configuration",
              "STHostKey": "host_key"}
KEYS = {"pk": "PK", "kek": "KEK", "db": "db", "dbx": "dbx"}
# Root, but subject to the permissions of files.
POWERLESS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search",
             "--inh-caps=-dac_override,-dac_read_search"]
DUMP = "dump-type0-{}-1-1700000000-C-cfc8fc79-be2e-4ddc-97f0-9f98bfe298a0"


@pytest.fixture(name="full")
def fixture_full(tmp_path):
    """A complete store."""
    return provisioned.Provisioned(tmp_path / "efivars", tmp_path)


class Status:
    """Both forms of it, which have the same exit code and never hold a secret."""

    def __init__(self, run, store, **kwargs):
        options = ["remote", "status", "-E", str(store.path)]
        self.code, self.text, self.err = run(*options, **kwargs)
        code, self.json_text, err = run(*options, "--json", **kwargs)
        assert (code, err) == (self.code, self.err)
        self.json = json.loads(self.json_text)
        assert self.json_text.count("\n") == 1
        self.shown = self.text + self.json_text + self.err
        assert re.fullmatch(r"[\x20-\x7e\n]*", self.shown), "not printable"
        assert max(map(len, self.text.splitlines())) <= 80, self.text
        for secret in getattr(store, "secrets", list)():
            assert secret not in self.shown, "a secret was shown"

    def label(self, label):
        """The value of a label, with its continuation lines appended."""
        lines = self.text.splitlines()
        at = next(i for i, line in enumerate(lines) if line[:13].rstrip() == label)
        words = [lines[at][13:]]
        for line in lines[at + 1:]:
            if not line.startswith(" " * 13):
                break
            words.append(line.strip())
        return " ".join(words)


@pytest.fixture(name="status")
def fixture_status(run):
    def look(store, **kwargs):
        return Status(run, store, **kwargs)
    return look


# Provisioned or not -----------------------------------------------------------------------------

def test_a_provisioned_platform_is_told_with_its_fingerprint_and_without_secrets(status, full):
    found = status(full)
    assert (found.code, found.err) == (GOOD, "")
    assert found.label("provisioned") == "yes"
    assert found.label("host name") == harness.HOSTNAME
    assert found.label("host key") == full.fingerprint
    assert found.label("host config") == "stboot would take it:"
    assert found.label("OS package") == "https://stboot:***@stpackage.example.org/os-stable.json"
    assert found.json["provisioned"] is True and found.json["why_not"] is None
    assert found.json["host_name"] == {"state": "good", "error": None,
                                       "value": harness.HOSTNAME}
    public = full.host_key()[0]
    assert f"\npublic key\n{public}\n" in found.text
    assert found.json["host_key"] == {"state": "good", "error": None, "publickey": public,
                                      "fingerprint": full.fingerprint, "sealed": None}
    assert set(found.json["machine"]) == {"serial", "uuid"}
    pointer = provisioned.CONFIG["ospkg_pointer"].replace(provisioned.URL_PASSWORD, "***")
    assert found.json["host_configuration"] == {
        "state": "good", "error": None, "older_form": False,
        "warnings": [],
        "value": {**provisioned.CONFIG, "ospkg_pointer": pointer}}


# The content of a variable, by state.
STATES = {"good": None, "absent": None, "broken": b"\x00broken\xff"}


@pytest.mark.parametrize("states", list(itertools.product(STATES, repeat=3)), ids="-".join)
def test_each_combination_of_parts_has_its_exit_code_and_is_told(status, full, states):
    for name, state in zip(provisioned.PARTS, states):
        if state == "absent":
            full.remove(name)
        elif state == "broken":
            full.write(name, STATES["broken"])
    before = full.snapshot()
    found = status(full)
    assert full.snapshot() == before
    fully = set(states) == {"good"}
    assert found.code == (GOOD if fully else NOT_PROVISIONED)
    assert found.json["provisioned"] is fully
    assert found.err == ""
    assert found.label("provisioned").startswith("yes" if fully else "no: ")
    for name, state in zip(provisioned.PARTS, states):
        part = found.json[JSON_NAMES[name]]
        assert part["state"] == state
        assert bool(part["error"]) == (state == "broken")
        words = JSON_NAMES[name].replace("_", " ")
        assert (f"there is no {words}" in found.label("provisioned")) == (state == "absent")
        assert (f"the {words} is broken" in found.label("provisioned")) == (state == "broken")


def test_what_stprov_itself_provisioned_is_taken(run, platform, store):
    store.write("STHostConfig", provisioned.config())
    remote = platform()
    fingerprint = remote.provision()["fingerprint"]
    remote.finish()
    found = Status(run, store)
    assert (found.code, found.label("host key")) == (GOOD, fingerprint)


# Broken contents --------------------------------------------------------------------------------

CONFIGS = {
    "empty": b"",
    "no JSON": b"no JSON",
    "cut": provisioned.config()[:-1],
    "something behind it": provisioned.config() + b"{}",
    "a list": b"[]",
    "NUL": b"\0" * 100,
    "a key missing": provisioned.config(gateway="gone"),
    "a key twice": provisioned.config()[:-1] + b',"gateway":null}',
    "no gateway": provisioned.config(gateway=None),
    "no URL": provisioned.config(ospkg_pointer=None),
    "no mode": provisioned.config(network_mode=None),
    "unknown bonding mode": provisioned.config(bonding_mode="balance-xyz", bond_name="bond0"),
    "bond without name": provisioned.config(bonding_mode="balance-rr"),
    "64 KiB": provisioned.config(description="x" * 65536)[:65536],
    "more than 64 KiB": provisioned.config(description="x" * 70_000),
    "deep": b"[" * 60_000,
}


@pytest.mark.parametrize("what", CONFIGS)
def test_a_host_configuration_that_stboot_would_refuse_is_told_with_the_rest(status, full, what):
    full.write("STHostConfig", CONFIGS[what])
    found = status(full)
    assert found.code == NOT_PROVISIONED
    assert found.json["host_configuration"]["state"] == "broken"
    assert found.json["host_configuration"]["error"]
    assert found.label("host config").startswith("stboot would refuse it: ")
    assert found.label("host key") == full.fingerprint
    assert found.label("provisioned") == "no: the host configuration is broken"


def test_a_refused_configuration_that_can_be_read_is_shown_all_the_same(status, full):
    full.write("STHostConfig", provisioned.config(gateway=None))
    found = status(full)
    assert found.label("host config") == ("stboot would refuse it: static network mode without a "
                                          "gateway:")
    assert found.label("address") == "10.0.2.10/26"
    assert found.json["host_configuration"]["value"]["host_ip"] == "10.0.2.10/26"


def test_what_stboot_takes_although_it_is_a_mistake_is_good_with_a_warning(status, full):
    text = provisioned.config(gateway="10.9.9.9").decode().replace('"dns"', '"DNS"', 1)
    full.write("STHostConfig", text.encode())
    found = status(full)
    assert found.code == GOOD
    assert found.label("host config") == "stboot would take it:"
    warnings = found.json["host_configuration"]["warnings"]
    assert found.label("warning") == " ".join(warnings)
    assert len(warnings) == 2 and warnings[0].startswith('"dns" has other letters in upper case')
    assert warnings[1].startswith("the gateway 10.9.9.9 is outside the host's network")


def test_an_os_package_that_is_no_web_address_is_good_with_a_warning(status, full):
    full.write("STHostConfig", provisioned.config(ospkg_pointer="ftp://x/y"))
    found = status(full)
    assert found.code == GOOD
    warning = "an OS package is not an http or https URL: stboot cannot fetch it from the network"
    assert found.json["host_configuration"]["warnings"] == [warning]
    assert found.label("warning") == warning


def test_an_older_form_is_good_and_said_to_be_older(status, full):
    full.write("STHostConfig", provisioned.config(dns="9.9.9.9"))
    found = status(full)
    assert found.code == GOOD
    assert "dns" in found.label("older form")
    assert found.json["host_configuration"]["older_form"] is True
    assert found.json["host_configuration"]["value"]["dns"] == ["9.9.9.9"]


@pytest.mark.parametrize("pointer,shown", [
    ("https://u:{}@a.example/x,http://v:{}@b.example/y",
     "https://u:***@a.example/x,http://v:***@b.example/y"),
    # Where commas make no list of URLs, all of it is masked as one.
    ("https://u:a,{}@a.example/x", "https://u:***@a.example/x"),
    ("https://u:{}%zz@a.example/x,http://b.example/", None),
    ("ftp://u:{}@a.example/x", None),
    ("https://stboot:{}@a.example/" + "x" * 300, None)])
def test_passwords_in_urls_are_masked_wherever_they_stand(status, full, pointer, shown):
    pointer = pointer.replace("{}", provisioned.URL_PASSWORD)
    full.write("STHostConfig", provisioned.config(ospkg_pointer=pointer))
    found = status(full)  # which looks for the password
    value = found.json["host_configuration"]["value"]["ospkg_pointer"]
    assert "***" in value and "***" in found.text
    assert shown is None or value == shown


def test_a_host_key_that_is_none_is_told_with_the_rest(status, full, tmp_path):
    rsa = provisioned.make_key(tmp_path, "rsa")[0]
    locked = provisioned.make_key(tmp_path, "ed25519", "-N", "sikrit")[0]
    lines = full.key.split(b"\n")
    other = "not an OpenSSH private key"
    for data, why in ((b"", other), (b"no key", other),
                      (full.key[:-40], other), (full.key * 100, other),
                      (b"\n".join([lines[0], lines[2], lines[1], *lines[3:]]), other),
                      (b"x" * 65536, other), (b"x" * 65537, "more than 65536 bytes"),
                      (rsa, "not an OpenSSH private key|type"), (locked, "passphrase")):
        full.write("STHostKey", data)
        found = status(full)
        assert found.code == NOT_PROVISIONED
        assert re.search(why, found.label("host key")), found.text
        assert found.json["host_key"]["state"] == "broken"
        assert found.json["host_key"]["fingerprint"] is None
        assert found.label("host name") == harness.HOSTNAME


@pytest.mark.parametrize("data", [b"", b"\7", b"\7\0\0"])
@pytest.mark.parametrize("name", [*provisioned.PARTS, "PK", "db", "SetupMode", "SecureBoot"])
def test_a_variable_that_is_cut_in_its_attributes_is_said_to_be_damaged(status, full, name, data):
    full.file(name).write_bytes(data)
    found = status(full)
    assert f"{name} is damaged" in " ".join(found.text.split())
    assert found.code == (NOT_PROVISIONED if name in provisioned.PARTS else GOOD)


@pytest.mark.parametrize("kind", ["directory", "link", "fifo"])
@pytest.mark.parametrize("name", [*provisioned.PARTS, "KEK"])
def test_what_is_no_plain_file_is_neither_followed_nor_waited_for(status, full, tmp_path, name,
                                                                  kind):
    if full.file(name).exists():
        full.remove(name)
    (tmp_path / "elsewhere").write_bytes(b"\7\0\0\0" + full.key)
    {"directory": lambda p: p.mkdir(), "fifo": os.mkfifo,
     "link": lambda p: p.symlink_to(tmp_path / "elsewhere")}[kind](full.file(name))
    found = status(full)
    assert f"cannot read {name}: its file is a link or not a regular file" in " ".join(
        found.text.split())
    assert found.code == (NOT_PROVISIONED if name in provisioned.PARTS else GOOD)


@pytest.mark.parametrize("name,shown", [
    ("h\u00f6st.example.org", r"h\xc3\xb6st.example.org"), ("a\\b", r"a\x5cb"),
    ("x" * 255, "x" * 67 + " " + "x" * 67 + " " + "x" * 67 + " " + "x" * 54)])
def test_a_host_name_is_made_printable(status, full, name, shown):
    full.write("STHostName", name.encode())
    found = status(full)
    assert (found.code, found.label("host name")) == (GOOD, shown)
    assert found.json["host_name"]["value"] == name


@pytest.mark.parametrize("data", [b"\x1b[2J", b"a\nb", b"\xff\xfe", b"x" * 256, b"a\0"])
def test_a_host_name_that_could_move_the_cursor_is_none(status, full, data):
    full.write("STHostName", data)
    found = status(full)
    assert found.label("host name") == "STHostName does not hold a host name"
    assert found.json["host_name"]["value"] is None


# What cannot be found out -----------------------------------------------------------------------

@harness.needs_root
@pytest.mark.parametrize("name", provisioned.PARTS)
def test_what_may_not_be_read_leaves_the_answer_open(status, full, name):
    os.chown(full.file(name), harness.NOBODY, harness.NOBODY)
    full.file(name).chmod(0o600)
    found = status(full, prefix=POWERLESS)
    assert found.code == FAILED
    assert found.json["provisioned"] is None
    assert found.json[JSON_NAMES[name]]["state"] == "unreadable"
    assert found.err == f"stprov remote status: cannot read {name}: Permission denied\n"
    assert found.label("provisioned").startswith("not known: ")
    others = {n for n in provisioned.PARTS if n != name}
    assert all(found.json[JSON_NAMES[n]]["state"] == "good" for n in others)
    # An item that is known to be missing decides, independent of the others.
    full.remove(others.pop())
    assert status(full, prefix=POWERLESS).code == NOT_PROVISIONED


@pytest.mark.parametrize("what", ["missing", "file"])
def test_without_a_directory_the_rest_is_told_and_it_failed(run, tmp_path, what):
    if what == "file":
        (tmp_path / "missing").touch()
    store = harness.Store(tmp_path / "there", hostname=None)
    store.path = tmp_path / "missing"
    found = Status(run, store)
    assert found.code == FAILED
    assert found.err.startswith(f"stprov remote status: cannot open directory {store.path}: ")
    assert len(found.err.splitlines()) == 1
    assert "cannot open directory" in found.label("variables")
    assert found.label("clock")
    assert found.json["provisioned"] is None
    assert found.json["efivars"]["error"] and found.json["network"]["error"] is None
    assert {found.json[name]["state"] for name in JSON_NAMES.values()} == {"unreadable"}


def test_what_could_not_be_printed_was_not_told(full):
    for store in (full, harness.Store(full.here.parent / "empty", hostname=None)):
        with open("/dev/full", "wb") as out:
            done = subprocess.run([harness.STPROV, "remote", "status", "-E", store.path],
                                  stdout=out, stderr=subprocess.PIPE, timeout=60, check=False)
        assert done.returncode == FAILED and b"No space left" in done.stderr


# Secure Boot ------------------------------------------------------------------------------------

def write_keys(store, auth, setup=0, on=1):
    for name, data in auth.items():
        store.write(KEYS[name], data, harness.ATTRIBUTES_AUTHENTICATED)
    store.write("SetupMode", bytes([setup]), 6)
    store.write("SecureBoot", bytes([on]), 6)


def test_secure_boot_keys_are_told_by_name_and_hash(status, full, auth, tmp_path_factory):
    write_keys(full, auth)
    found = status(full)
    assert found.code == GOOD
    assert found.label("Secure Boot") == "on, not in Setup Mode"
    boot = found.json["secure_boot"]
    assert (boot["enabled"], boot["setup_mode"]) == (True, False)
    for name, file in (("pk", "PK"), ("kek", "KEK"), ("db", "db")):
        [certificate] = boot[name]["certificates"]
        assert certificate["subject"] == f"stprov test {file}"
        assert certificate["owner"] == "d4f1b6a2-6c5e-4f5a-9d0e-2f4f6b1f2a70"
        assert f"stprov test {file} {certificate['sha256']}" in found.label(file)
        assert (boot[name]["state"], boot[name]["hashes"]) == ("good", 0)
    assert "owner d4f1b6a2-6c5e-4f5a-9d0e-2f4f6b1f2a70" in found.label("PK")
    assert (boot["dbx"]["hashes"], boot["dbx"]["certificates"]) == (2, [])
    assert found.label("dbx") == "2 hashes"
    # By another program.
    certificate = tmp_path_factory.getbasetemp() / "auth0" / "PK.crt"
    shown = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-fingerprint",
                            "-sha256"], check=True, capture_output=True, text=True).stdout
    assert boot["pk"]["certificates"][0]["sha256"] == \
        shown.split("=")[1].strip().replace(":", "").lower()


@pytest.mark.parametrize("setup,on,words", [
    (1, 0, "off, Setup Mode: keys can be set"), (0, 0, "off, not in Setup Mode"),
    (0, 1, "on, not in Setup Mode")])
def test_secure_boot_s_state_is_told(status, full, setup, on, words):
    full.write("SetupMode", bytes([setup]), 6)
    full.write("SecureBoot", bytes([on]), 6)
    found = status(full)
    assert found.label("Secure Boot") == words
    assert found.json["secure_boot"]["setup_mode"] is bool(setup)
    assert found.json["secure_boot"]["enabled"] is bool(on)
    assert {found.label(name) for name in KEYS.values()} == {"none"}


@pytest.mark.parametrize("data", [b"\2", b"", b"\1\0"])
def test_an_odd_flag_is_said_and_not_taken_for_an_answer(status, full, data):
    full.write("SetupMode", data, 6)
    full.write("SecureBoot", b"\1", 6)
    found = status(full)
    assert found.code == GOOD
    assert found.label("Secure Boot").startswith(
        "on, not known whether this is Setup Mode SetupMode is not one byte of 0 or 1")
    assert found.json["secure_boot"]["setup_mode"] is None


def lists_of(auth):
    return auth[16 + int.from_bytes(auth[16:20], "little"):]


def test_lists_as_firmware_keeps_them_are_read_too(status, full, auth):
    full.write("db", lists_of(auth["db"]) + lists_of(auth["dbx"]), 0x27)
    found = status(full)
    assert found.label("db").startswith("1 certificate, 2 hashes stprov test db ")


def test_damaged_keys_are_said_with_what_was_found_before(status, full, auth):
    good = lists_of(auth["db"])
    no_certificate = good[:44] + b"\0" * (len(good) - 44)
    odd = good[:16] + (28 + 20).to_bytes(4, "little") + bytes(4) + (20).to_bytes(4, "little")
    for data, shown in (
            (b"garbage", "db is damaged: truncated signature list at offset 0"),
            (good[:-1], "db is damaged: signature list larger than the file at offset 16"),
            (good + b"x", f"db is damaged: truncated signature list at offset {len(good)}"),
            (b"\xff" * 65536, "db is damaged: signature list larger than the file"),
            (no_certificate, "certificate 1 of db: not an X.509 certificate"),
            (bytes(16) + odd[16:] + b"o" * 20, "1 of another type"),
            (no_certificate + good, "stprov test db")):
        full.write("db", data, 0x27)
        found = status(full)
        assert shown in found.label("db"), found.text
        assert found.code == GOOD
        state = found.json["secure_boot"]["db"]["state"]
        assert state == ("good" if "another type" in shown else "broken")
    assert found.json["secure_boot"]["db"]["certificates"][0]["subject"] is None
    assert found.json["secure_boot"]["db"]["certificates"][1]["subject"] == "stprov test db"
    full.write("db", b"x" * 70_000, 0x27)
    assert "it holds more than 65536 bytes" in status(full).label("db")


def test_names_in_certificates_cannot_move_the_cursor(status, full, tmp_path):
    der = tmp_path / "der"
    subprocess.run(["openssl", "req", "-new", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-utf8", "-subj", "/CN=a\x1b[2Jb\u20ac",
                    "-keyout", tmp_path / "k", "-outform", "DER", "-out", der],
                   check=True, capture_output=True)
    data = der.read_bytes()
    x509 = bytes.fromhex("a159c0a5e494a74a87b5ab155c2bf072")
    sizes = (28 + 16 + len(data)).to_bytes(4, "little") + bytes(4) + \
        (16 + len(data)).to_bytes(4, "little")
    full.write("PK", x509 + sizes + bytes(16) + data, 0x27)
    found = status(full)
    assert r"a\x1b[2Jb\xe2\x82\xac" in found.label("PK")
    assert found.json["secure_boot"]["pk"]["certificates"][0]["subject"] == \
        r"a\x1b[2Jb\xe2\x82\xac"


# Room -------------------------------------------------------------------------------------------

def test_what_fills_the_directory_is_told_the_largest_first(status, full):
    for number in (1, 2):
        (full.here / DUMP.format(number)).write_bytes(bytes(number * 5000))
    (full.here / "odd\x1b[2J\n").write_bytes(bytes(20_000))
    found = status(full)
    room = found.json["efivars"]
    assert (room["path"], room["efivarfs"], room["error"]) == (str(full.path), False, None)
    assert room["variables"] == 6
    assert room["variables_bytes"] == sum(p.stat().st_size for p in full.here.iterdir())
    assert (room["crash_dumps"], room["crash_dumps_bytes"]) == (2, 15_000)
    sizes = [entry["bytes"] for entry in room["largest"]]
    assert sizes == sorted(sizes, reverse=True) and len(sizes) == 5
    assert room["largest"][0]["name"] == r"odd\x1b[2J\x0a"
    assert "2 crash dumps dump-type0-*: 15000 bytes" in found.label("directory")
    assert f"10000 {DUMP.format(2)}" in found.label("directory")
    assert 0 < room["free_bytes"] <= room["total_bytes"]


def test_a_read_only_directory_is_said_to_be_one(status, namespace, tmp_path):
    path = tmp_path / "mounted"
    store = harness.mounted_store(namespace("-m"), path, "-t", "tmpfs", "-o", "size=64k", "tmpfs")
    store.space.run("mount", "-o", "remount,ro", str(path))
    found = status(store, prefix=store.space.prefix)
    assert found.code == NOT_PROVISIONED
    assert "mounted read-only" in found.label("directory")
    assert found.json["efivars"]["read_only"] is True
    assert found.json["efivars"]["total_bytes"] == 65536
    store.space.run("mount", "-o", "remount,rw,size=0", str(path))
    found = status(store, prefix=store.space.prefix)
    assert found.json["efivars"]["free_bytes"] is None
    assert found.label("directory").startswith("how much room is left is not known")


# Links ------------------------------------------------------------------------------------------

def test_links_are_those_of_the_machine(run, lab):
    peer = lab.peer("eth0", addresses=["10.0.2.1/24"])
    lab.dark("eth1")
    lab.quiet("a-very-long-nam")
    lab.host.ip("link set eth0 up", "link set eth1 up", "address add 10.0.2.15/24 dev eth0",
                "address add fd00::15/64 dev eth0 nodad", "route add default via 10.0.2.1",
                "link set a-very-long-nam down")
    harness.eventually(lambda: all(
        link["operstate"] == "UP" for link in lab.host.ask("link", "show", "dev", "eth0")))
    found = Status(run, lab.store, prefix=lab.host.prefix)
    assert peer and found.code == NOT_PROVISIONED
    links = {link["name"]: link for link in found.json["network"]["links"]}
    assert list(links) == ["eth0", "eth1", "a-very-long-nam"]
    told = [link for link in lab.host.ask("address") if link["ifname"] != "lo"]
    for link in told:
        mine = links[link["ifname"]]
        assert mine["mac"] == link["address"]
        assert mine["up"] == ("UP" in link["flags"])
        assert mine["carrier"] == ("LOWER_UP" in link["flags"])
        assert mine["addresses"] == [f"{a['local']}/{a['prefixlen']}" for a in link["addr_info"]]
        assert (mine["driver"], mine["kind"]) == ("veth", "veth")
    assert links["eth0"]["speed_mbps"] == 10000 and links["eth1"]["speed_mbps"] is None
    assert found.json["network"]["gateways"] == [{"address": "10.0.2.1", "link": "eth0"}]
    mac = {name: lab.host.mac(name) for name in links}
    assert found.label("eth0").startswith(f"{mac['eth0']}, veth, carrier, 10000 Mbit/s 10.0.2.15")
    assert found.label("eth1").startswith(f"{mac['eth1']}, veth, no carrier")
    assert found.label("gateway") == "10.0.2.1 on eth0"
    assert f"\na-very-long-nam\n             {mac['a-very-long-nam']}, veth, down\n" in found.text


def test_a_machine_without_links_is_told_so(run, lab):
    found = Status(run, lab.store, prefix=lab.host.prefix)
    assert found.json["network"] == {"error": None, "links": [], "gateways": []}
    assert found.label("links") == "none but the loopback (is a driver missing?)"


# The command ------------------------------------------------------------------------------------

def test_st_is_static_still_and_statu_is_status(run, full):
    for word in ("s", "st", "sta", "stat", "stati"):
        code, _, err = run("re", word)
        assert (code, err) == (USAGE, "stprov remote static: host ip is a required option (-i)\n")
    for word in ("statu", "status"):
        assert run("re", word, "-E", str(full.path))[0] == GOOD


@pytest.mark.parametrize("arguments", [["-x"], ["more"], ["-E"], ["--json=maybe"]])
def test_a_wrong_option_is_one_line_and_nothing_is_told(run, arguments):
    code, out, err = run("remote", "status", *arguments)
    assert (code, out) == (USAGE, "") and len(err.splitlines()) == 1


def test_on_a_terminal_it_is_the_same_text(run, full):
    def lasting(text):
        return [line for line in text.splitlines() if not re.match("clock|dir", line)]
    piped = run("remote", "status", "-E", str(full.path))[1]
    shown = run("remote", "status", "-E", str(full.path), console="terminal")[1]
    assert lasting(shown) == lasting(piped)


def keys_of(value):
    """All keys of an object and its children, except those of a host configuration."""
    if isinstance(value, list):
        return set().union(*map(keys_of, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    return set(value).union(*(keys_of(v) for v in value.values()
                              if not isinstance(v, dict) or "network_mode" not in v))


def test_each_key_is_in_the_manual_page_and_no_other(run, lab, full, auth):
    write_keys(full, auth)
    (full.here / DUMP.format(1)).write_bytes(bytes(100))
    full.write("STFile-app.conf", b"\0content")
    full.write("STHostKeySealed", sealed.FOREIGN)
    lab.peer("eth0", addresses=["10.0.2.1/24"])
    lab.host.ip("link set eth0 up", "address add 10.0.2.15/24 dev eth0",
                "route add default via 10.0.2.1")
    text = (harness.ROOT / "man" / "stprov-remote.1").read_text("ascii")
    section = text.split(".Ss status")[1].split(".Ss clear")[0]
    lines = re.findall(r"(?m)^\.(?:It |Pq .*?)?Va (.*)$", section)
    words = set(re.findall(r"\b[a-z][a-z_0-9]+\b", re.sub(r"No \w+", "", " ".join(lines))))
    told = keys_of(Status(run, full, prefix=lab.host.prefix).json)
    # What every key's value may have.
    assert told == words - {"state", "error"} | {"state", "error"}


# Files and the host certificate -----------------------------------------------------------------

def test_files_are_named_with_size_and_format(run, full):
    full.write("STFile-app.conf", b"\0content")
    full.write("STFile-secret", b"\1cipher")
    full.write("STFile-odd", b"\7x")
    full.write("STHostKeySealed", sealed.FOREIGN)
    status = Status(run, full)
    for line in ("files        app.conf, 7 bytes, plain\n", "secret, 6 bytes, encrypted\n",
                 "odd: its format 7 is unknown\n"):
        assert line in status.text
    assert ", sealed, not known whether it opens: " in status.label("host key")
    assert [(f["name"], f["state"], f["bytes"], f["format"]) for f in status.json["files"]] == [
        ("app.conf", "good", 7, "plain"), ("odd", "broken", None, None),
        ("secret", "good", 6, "encrypted")]
    assert status.json["sealed_host_key"] == {"state": "good", "error": None}
    assert status.json["files_error"] is None


def test_more_files_than_are_looked_at_is_said(run, full):
    for number in range(65):
        full.write(f"STFile-n{number}", b"\0x")
    status = Status(run, full)
    assert "there are more than 64 variables STFile-*" in status.json["files_error"]
    assert len(status.json["files"]) == 64


@pytest.mark.parametrize("own", [True, False])
def test_certificate_of_this_key_and_of_another(run, full, tmp_path, own):
    key = tmp_path / "key.pub"
    if own:
        key.write_text(full.host_key()[0] + "\n")
    else:
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")],
                       check=True, timeout=30)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "ca")],
                   check=True, timeout=30)
    subprocess.run(["ssh-keygen", "-q", "-s", str(tmp_path / "ca"), "-h", "-I", "id", "-n",
                    "a.example.org,b", "-V", "always:20360101Z", "-z", "18446744073709551615",
                    str(key)], check=True, timeout=30)
    full.write("STHostCert", (tmp_path / "key-cert.pub").read_bytes())
    status = Status(run, full)
    certificate = status.json["host_certificate"]
    if own:
        assert certificate["serial"] == "18446744073709551615"
        assert certificate["principals"] == ["a.example.org", "b"]
        assert certificate["ends"] == "2036-01-01T00:00:00Z"
        assert "certificate  of a.example.org,b, ends 2036-01-01T00:00:00Z\n" in status.text
    else:
        assert certificate["state"] == "broken" and certificate["principals"] is None
        assert "STHostCert certifies another key than STHostKey" in status.text
