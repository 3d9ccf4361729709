# SPDX-License-Identifier: BSD-2-Clause
"""A whole provisioning on one machine, from the disc to the signed image under Secure Boot.

A story in four boots; each test looks at one of its outcomes, and the fixtures are its chapters.
"""
import hashlib
import struct
import subprocess
import types

import pytest

import authfiles
import harness
import machine
import ovmf

PASSWORD = "correct-horse-9"
HOST = "one"
MENU_BIT = 1
# The text of OVMF's front page on a serial console.
MENU = "Device Manager"


@pytest.fixture(name="keys", scope="module")
def fixture_keys(work):
    """A directory with Secure Boot keys and their .auth files."""
    directory = work / "keys"
    authfiles.make(directory)
    return directory


def key_options(keys, **others):
    """Options of `local run` for the keys; kek="KEK-wrong" takes another file."""
    files = {"pk": "PK", "kek": "KEK", "db": "db", "dbx": "dbx"} | others
    return [word for option, file in files.items()
            for word in (f"--{option}", str(keys / f"{file}.auth"))]


def provision(server, options, answer="\r", command="stprov remote run"):
    """`remote run` on the console, `local run` from outside with the console's words, Enter on the
    console."""
    server.console.type(f"{command}\r")
    code = server.console.expect(
        r"listening on 0\.0\.0\.0:2009\n(?:clients .*\n)?code: ([a-z-]+);")[1]
    local = harness.Local(("127.0.0.1", server.port), code, [*options, "--words", "-"],
                          compat=False)
    try:
        words = server.console.expect(r"comparison words: ([a-z]{5} [a-z]{5})\s")[1]
        local.type(f"{words}\n")
        server.console.expect("Press Enter to commit changes, ctrl\\+c to abort\n")
        question = server.console.at
        server.console.type(answer)
        code = local.wait()
        server.wait_for_prompt(machine.PATIENCE)
        return types.SimpleNamespace(
            code=code, result=local.result if code == 0 else {}, err=local.err.text,
            ending=server.console.since(question))
    finally:
        local.clean_up()


def try_keys(server, keys, command="stprov remote run"):
    """Sends keys by the released protocol, which tells at once whether they can be set: (exit code,
    standard error of the laptop)."""
    server.console.type(f"{command} -c -o {PASSWORD}\r")
    server.console.expect(r"listening on")
    local = harness.Local(("127.0.0.1", server.port), PASSWORD, key_options(keys))
    code = local.wait()
    local.clean_up()
    server.console.type("\x03")
    server.wait_for_prompt()
    return code, local.err.text


@pytest.fixture(name="first", scope="module")
def fixture_first(work, web, keys):
    """From the disc: static, run, Enter, reboot."""
    directory = work / "first"
    with machine.Machine(directory, boot=machine.IMAGE / "stprov.iso", links=2,
                         web=web.ports) as server:
        server.boot()
        setup_mode = server.console.text
        server.cable(0, machine.ISLAND)
        new = server.status()
        server.succeed(f"stprov remote static -i {machine.ADDRESS}/24 -g {machine.GATEWAY} "
                       f"-h {HOST} -u me -p secret")
        done = provision(server, key_options(keys))
        after = server.variables
        whole = server.status()
        server.console.type("reboot\r")
        server.console.expect(MENU, machine.BOOT_SECONDS)
        menu = server.variables
    return types.SimpleNamespace(flash=directory / "flash", before=setup_mode, after=after,
                                 menu=menu, new=new, whole=whole, **vars(done))


@pytest.fixture(name="signed", scope="module")
def fixture_signed(work, web, keys, first):
    """The machine, provisioned, at the prompt of a USB stick that was signed with its db key."""
    program = machine.ROOT / "build-qemu" / "stprov"
    kernel = machine.ROOT / "build-kernel" / "linux-image-cloud-amd64"
    subprocess.run([machine.ROOT / "scripts" / "image", "--stprov", program, "--level", "1",
                    "--kernel", kernel / "vmlinuz", "--modules", kernel / "modules",
                    "--sign-key", keys / "db.key", "--sign-cert", keys / "db.crt",
                    "--output", work / "signed"], check=True, capture_output=True)
    with machine.Machine(work / "second", boot=work / "signed" / "stprov.iso", stick=True,
                         variables=first.flash, web=web.ports) as server:
        server.boot()
        yield server


def test_the_machine_said_that_it_was_in_setup_mode(first):
    assert "Secure Boot: Setup Mode" in first.before


def test_local_run_ends_well_and_its_key_is_the_one_in_the_flash(first, work):
    assert first.code == 0
    file = work / "hostkey"
    file.write_bytes(first.after["STHostKey"].data)
    file.chmod(0o600)
    public = subprocess.run(["ssh-keygen", "-y", "-f", file], check=True, capture_output=True)
    assert public.stdout.decode().split()[:2] == first.result["publickey"].split()
    assert first.after["STHostKey"].attributes == harness.ATTRIBUTES
    assert first.result["hostname"] == f"{HOST}.example.org"
    assert f"stored in STHostKey and read back: {first.result['fingerprint']}" in first.ending


def test_name_and_configuration_are_in_the_flash(first):
    assert first.after["STHostName"] == ovmf.Variable(7, f"{HOST}.example.org".encode())
    config = first.after["STHostConfig"].data
    assert config.startswith(
        b'{"network_mode":"static","host_ip":"10.0.2.15/24","gateway":"10.0.2.2",'
        b'"dns":["10.0.2.2"],"network_interfaces":[{"interface_name":"eth1",'
        b'"mac_address":"52:54:00:00:00:01"}],'
        b'"ospkg_pointer":"http://me:secret@10.0.2.100/os-stable.json",'
        b'"bonding_mode":null,"bond_name":null,"description":"stprov version ')


@pytest.mark.parametrize("name", ["PK", "KEK", "db", "dbx"])
def test_the_firmware_holds_the_keys_that_were_sent(first, keys, name):
    sent = ovmf.signature_lists((keys / f"{name}.auth").read_bytes())
    stored = first.after[name]
    assert stored.attributes == harness.ATTRIBUTES_AUTHENTICATED
    assert ovmf.signatures(stored.data) == ovmf.signatures(sent)


def test_the_menu_was_asked_for_and_the_next_boot_enters_it(first):
    asked = first.after["OsIndications"]
    assert asked.attributes == harness.ATTRIBUTES
    assert struct.unpack("<Q", asked.data)[0] & MENU_BIT
    # The firmware takes the request back once it has followed it.
    left = first.menu.get("OsIndications")
    assert left is None or not struct.unpack("<Q", left.data)[0] & MENU_BIT


def test_what_was_provisioned_outlives_the_reboot(first):
    for name in ("STHostName", "STHostConfig", "STHostKey", "PK", "KEK", "db", "dbx"):
        assert first.menu[name] == first.after[name], name


# The output of `remote status` ---------------------------------------------------------------

def test_a_new_machine_is_not_provisioned_and_its_parts_are_told(first):
    shown, (code, told) = first.new
    assert code == 3 and told["provisioned"] is False
    assert {told[part]["state"] for part in ("host_name", "host_configuration", "host_key")} == \
        {"absent"}
    assert "Secure Boot  off, Setup Mode: keys can be set\n" in shown
    boot = told["secure_boot"]
    assert (boot["enabled"], boot["setup_mode"]) == (False, True)
    assert {boot[name]["state"] for name in ("pk", "kek", "db", "dbx")} == {"absent"}
    assert told["efivars"]["efivarfs"] is True and told["efivars"]["error"] is None
    assert "NVRAM  " in shown
    links = {link["name"]: link for link in told["network"]["links"]}
    for number in (0, 1):
        link = links[f"eth{number}"]
        assert (link["mac"], link["driver"]) == (machine.mac(number), "virtio_net")
    assert told["clock"]["before_build"] is False


def test_a_provisioned_machine_is_told_from_its_variables(first):
    shown, (code, told) = first.whole
    assert code == 0 and told["provisioned"] is True, shown
    assert told["host_name"]["value"] == f"{HOST}.example.org"
    assert told["host_key"]["fingerprint"] == first.result["fingerprint"]
    config = told["host_configuration"]["value"]
    assert config["ospkg_pointer"] == "http://me:***@10.0.2.100/os-stable.json"
    assert config["network_interfaces"][0]["mac_address"] == machine.mac(1)
    assert "secret" not in shown
    link = next(link for link in told["network"]["links"] if link["name"] == "eth1")
    assert f"{machine.ADDRESS}/24" in link["addresses"] and link["carrier"]
    assert {"address": machine.GATEWAY, "link": "eth1"} in told["network"]["gateways"]


def test_its_secure_boot_keys_are_told_as_the_firmware_keeps_them(first, keys):
    boot = first.whole[1][1]["secure_boot"]
    assert boot["setup_mode"] is False
    for name, file in (("pk", "PK"), ("kek", "KEK"), ("db", "db")):
        der = subprocess.run(["openssl", "x509", "-in", keys / f"{file}.crt", "-outform", "DER"],
                             check=True, capture_output=True).stdout
        assert boot[name]["state"] == "good"
        assert boot[name]["certificates"] == [{
            "subject": f"stprov test {file}", "sha256": hashlib.sha256(der).hexdigest(),
            "owner": "d4f1b6a2-6c5e-4f5a-9d0e-2f4f6b1f2a70"}]
    assert (boot["dbx"]["hashes"], boot["dbx"]["certificates"]) == (2, [])


def test_the_unsigned_image_is_refused_from_then_on(first, work):
    with machine.Machine(work / "unsigned", variables=first.flash) as server:
        server.console.expect("Access Denied", machine.BOOT_SECONDS)
        assert machine.PROMPT not in server.console.text


def test_the_signed_image_boots_with_secure_boot_on(signed):
    assert "Secure Boot: on" in signed.console.text
    assert f"\nprovisioned: {HOST}.example.org. Unmount the medium" in signed.console.text


def test_keys_are_refused_when_not_in_setup_mode_and_nothing_changes(signed, keys):
    before = signed.variables
    signed.succeed("stprov remote dhcp -h two")
    renamed = signed.variables
    assert renamed["STHostName"].data == b"two.example.org"
    code, err = try_keys(signed, keys)
    assert code == 1
    assert "Setup Mode" in err
    for name in ("PK", "KEK", "db", "dbx", "STHostKey"):
        assert signed.variables[name] == before[name], name


def test_without_keys_it_can_be_provisioned_again(signed):
    before = signed.variables
    done = provision(signed, ["-n"])
    assert done.code == 0
    after = signed.variables
    assert after["STHostKey"].data != before["STHostKey"].data
    assert after["PK"] == before["PK"]


def test_cleared_it_is_not_provisioned_and_boots_with_its_secure_boot_keys(signed):
    before = signed.variables
    shown, (code, told) = signed.status()
    assert code == 0, shown
    assert "Secure Boot  on, not in Setup Mode\n" in shown
    assert told["secure_boot"]["enabled"] is True
    signed.begin("stprov remote clear")
    signed.console.expect("Type yes to remove them; anything else leaves all as it is:")
    signed.console.type("no\r")
    signed.console.expect("aborted: nothing was removed")
    signed.wait_for_prompt()
    assert signed.variables == before
    signed.begin("stprov remote clear")
    signed.console.expect("will be removed: STHostKey, STHostConfig, STHostName")
    signed.console.expect("Type yes to remove them")
    signed.console.type("yes\r")
    signed.console.expect("removed, and read back as gone: STHostKey, STHostConfig, STHostName")
    signed.wait_for_prompt()
    provisioned = {"STHostKey", "STHostConfig", "STHostName"}
    assert signed.variables == {name: variable for name, variable in before.items()
                                if name not in provisioned}
    assert signed.status()[1][0] == 3
    assert "nothing to remove" in signed.succeed("stprov remote clear")
