# SPDX-License-Identifier: BSD-2-Clause
"""An arm64 server from a USB stick to the stored key, by the guide on its serial line.

One boot, whose outcomes the tests look at. `make check-arm64` makes the image, and its defaults are
those of the program: the operator types the rest.
"""
import re
import struct
import subprocess
import types

import pytest

import arm64
import display
import harness
import machine

HOST = "mac-525400000000.localhost.local"
ANSWERS = {display.URL: f"http://{machine.WEB}/os-stable.json\n",
           display.ALLOWED: f"{machine.GATEWAY}\n"}
NEEDS = {"tools": [arm64.QEMU], "make": "check-arm64",
         "files": [arm64.FIRMWARE, arm64.VARIABLES, arm64.IMAGE / "stprov.iso"]}
# PE/COFF: IMAGE_FILE_MACHINE_ARM64.
PE_ARM64 = 0xAA64


def guide(console, port):
    """From the question to the provisioned platform; returns what the laptop was told."""
    console.type("\r")
    for question, answer in display.DHCP:
        console.expect(question)
        console.type(ANSWERS.get(question, answer).replace("\n", "\r"))
    code = console.expect(display.CODE)[1]
    local = harness.Local(("127.0.0.1", port), code, ["-n", "--words", "-"], compat=False)
    try:
        words = console.expect(r"comparison words: ([a-z]{5} [a-z]{5})\s")[1]
        local.type(f"{words}\n")
        console.expect(display.CONFIRM)
        console.type("\r")
        assert local.wait(machine.PATIENCE) == 0, local.err.text
        return local.result
    finally:
        local.clean_up()


@pytest.fixture(name="done", scope="module")
def fixture_done(work, web):
    with arm64.Server(work / "arm64", web=web.ports) as server:
        server.console.expect(re.escape(machine.QUESTION), machine.BOOT_SECONDS)
        greeting = server.console.text
        result = guide(server.console, server.port)
        server.console.expect(r"provisioned: \S+\. Unmount the medium, then type: reboot")
        server.console.expect(re.escape(machine.QUESTION))
        server.console.type("s\r")
        server.wait_for_prompt()
        status = server.status()
        kernel = server.succeed("cat /proc/sys/kernel/arch")
        inittab = server.succeed("cat /etc/inittab")
        return types.SimpleNamespace(
            greeting=greeting, result=result, status=status, kernel=kernel,
            inittab=inittab, variables=server.variables, config=server.host_configuration)


def test_it_greets_on_the_serial_line_of_arm64(done):
    assert "Secure Boot: Setup Mode" in done.greeting
    assert "stprov: starting, loading drivers" in done.greeting
    assert "NOT BOOTED BY UEFI" not in done.greeting and "Links: none" not in done.greeting
    assert "ttyAMA0::respawn" in done.inittab
    assert done.kernel.strip() == "aarch64"


def test_the_guide_stores_dhcp_name_and_key_in_the_flash(done):
    assert done.variables["STHostName"].data == HOST.encode()
    assert done.config["network_mode"] == "dhcp"
    assert done.config["network_interfaces"][0]["mac_address"] == machine.mac(0)
    assert "STHostKey" in done.variables


def test_the_key_is_the_one_that_the_laptop_was_told(done, work):
    file = work / "arm64-key"
    file.write_bytes(done.variables["STHostKey"].data)
    file.chmod(0o600)
    public = subprocess.run(["ssh-keygen", "-y", "-f", file], check=True, capture_output=True)
    assert public.stdout.decode().split()[:2] == done.result["publickey"].split()


def test_status_tells_that_it_is_provisioned(done):
    shown, (code, told) = done.status
    assert code == 0 and told["provisioned"] is True, shown
    assert told["host_name"]["value"] == HOST
    assert told["host_key"]["fingerprint"] == done.result["fingerprint"]
    assert told["efivars"]["efivarfs"] is True
    link = next(link for link in told["network"]["links"] if link["name"] == "eth0")
    assert link["driver"] == "virtio_net" and f"{machine.ADDRESS}/24" in link["addresses"]


def test_the_image_is_a_program_of_arm64_firmware(tmp_path):
    data = (arm64.IMAGE / "stprov.efi").read_bytes()
    header = struct.unpack_from("<I", data, 0x3C)[0]
    assert data[header:header + 4] == b"PE\0\0"
    assert struct.unpack_from("<H", data, header + 4)[0] == PE_ARM64


def test_the_same_input_gives_the_same_bytes(tmp_path):
    kernel = machine.ROOT / "build-kernel" / "linux-image-cloud-arm64"
    made = []
    for name in ("one", "a-longer-name"):
        subprocess.run(
            [machine.ROOT / "scripts" / "image", "--arch", "arm64", "--sysroot",
             machine.ROOT / "build-cross" / "arm64", "--level", "1",
             "--stprov", machine.ROOT / "build-static-arm64" / "stprov", "--kernel",
             kernel / "vmlinuz", "--modules", kernel / "modules", "--output", tmp_path / name],
            check=True, capture_output=True)
        made.append([(tmp_path / name / file).read_bytes()
                     for file in ("stprov.efi", "stprov.iso")])
    assert made[0] == made[1]
