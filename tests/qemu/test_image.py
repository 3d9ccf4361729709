# SPDX-License-Identifier: BSD-2-Clause
"""The image itself: its consoles, and a machine with a wrong clock."""
import filecmp
import re
import struct
import subprocess

import pytest

import harness
import machine
import test_provisioning as story

LINKS = 1
ANYWHERE = re.escape(machine.QUESTION)
# The screen's own prompt must not be taken for the serial console's.
SCREEN = "tr '#' '%' </dev/vcs1"
# A binary keymap (loadkeys -b): magic, one flag for each of 256 tables, then those that there are.
KEYMAP_MAGIC, KEYMAP_FLAGS, KEYMAP_KEYS = b"bkeymap", 256, 128


def keys_of(keymap):
    """{character: key} without any modifier."""
    assert keymap.startswith(KEYMAP_MAGIC) and keymap[len(KEYMAP_MAGIC)] == 1
    table = struct.unpack_from(f"<{KEYMAP_KEYS}H", keymap, len(KEYMAP_MAGIC) + KEYMAP_FLAGS)
    return {chr(symbol & 0xFF): key for key, symbol in reversed(list(enumerate(table)))
            if symbol & 0xFF > 0x20}


def press(server, text):
    """Types on the machine's keyboard, by the keys of a US layout."""
    for char in text:
        name = {" ": "spc", "\n": "ret"}.get(char, char)
        server.monitor("send-key", keys=[{"type": "qcode", "data": name}])


def on_screen(server, pattern):
    """Waits until the screen shows it; the serial console looks at the screen for us."""
    return harness.eventually(lambda: re.search(pattern, server.succeed(SCREEN)),
                              machine.PATIENCE, f"{pattern!r} on the screen")


# What scripts/image makes -----------------------------------------------------------------------

KERNEL = machine.ROOT / "build-kernel" / "linux-image-cloud-amd64"
STPROV = machine.ROOT / "build-qemu" / "stprov"


def make_image(directory, *options):
    return subprocess.run(
        [machine.ROOT / "scripts/image", "--stprov", STPROV, "--kernel", KERNEL / "vmlinuz",
         "--modules", KERNEL / "modules", "--output", directory, "--level", "1", *options],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def test_the_same_input_makes_the_same_bytes_and_roots_and_layout_are_inside(tmp_path, web):
    roots = tmp_path / "roots.pem"
    roots.write_text("The test's root.\n" + web.root)
    for name in ("one", "another"):
        made = make_image(tmp_path / name, "--roots", roots, "--keymap", "ch")
        assert made.returncode == 0, made.stderr
    for name in ("initramfs.cpio.zst", "stprov.efi", "stprov.iso"):
        same = filecmp.cmp(tmp_path / "one" / name, tmp_path / "another" / name, shallow=False)
        assert same, name
    plain = subprocess.run(["zstd", "-dc", tmp_path / "one" / "initramfs.cpio.zst"], check=True,
                           capture_output=True).stdout
    inside = tmp_path / "inside"
    inside.mkdir()
    subprocess.run(["busybox", "cpio", "-idm", "--quiet"], input=plain, cwd=inside, check=True)
    assert (inside / "etc/trust_policy/tls_roots.pem").read_bytes() == roots.read_bytes()
    told = (inside / "etc/image").read_text()
    assert told in made.stdout
    version = subprocess.run([STPROV, "version"], check=True, capture_output=True, text=True)
    for row in ("domain       example.org", "networks     10.0.2.2/32", "HTTPS roots  1",
                "URL          http://user:***@10.0.2.100/os-stable.json",
                f"stprov       {version.stdout.strip()}"):
        assert f"{row}\n" in told
    assert re.search(r"(?m)^kernel       \d+\.\d+\.\d+-\d+-cloud-amd64$", told)
    assert (inside / "etc/keymap").read_bytes() == (inside / "etc/kbd/ch").read_bytes()
    assert (inside / "bin/stprov").read_bytes() == STPROV.read_bytes()
    assert (inside / "init").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("options, reason", [
    (["--keymap", "xx"], "no such layout"), (["--roots", "/nowhere/roots.pem"], "/nowhere/roots"),
    (["--kernel", "/nowhere/vmlinuz"], "/nowhere/vmlinuz is missing"),
    (["--sign-key", "/nowhere/key"], "needs both")])
def test_what_is_not_there_is_named_in_one_line(tmp_path, options, reason):
    made = make_image(tmp_path / "out", *options)
    assert made.returncode != 0
    assert reason in made.stderr.splitlines()[-1]
    assert "Traceback" not in made.stderr


@pytest.mark.parametrize("content", [
    "", "no certificate\n", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"])
def test_roots_without_a_certificate_stop_the_build(tmp_path, content):
    roots = tmp_path / "roots.pem"
    roots.write_text(content)
    made = make_image(tmp_path / "out", "--roots", roots)
    assert made.returncode != 0
    assert made.stderr.startswith(f"scripts/image: ROOTS={roots}: not ")
    assert made.stderr.endswith(" in PEM form\n") and made.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_demonstration_leaves_the_engineers_image_alone():
    rules = subprocess.run(["make", "-n", "demo-vm"], cwd=machine.ROOT, check=True,
                           capture_output=True, text=True).stdout
    assert "build-qemu-image/stprov.iso" in rules
    assert "build-image" not in rules and "build-static" not in rules


# Keyboards --------------------------------------------------------------------------------------

def test_words_that_choose_a_layout_are_on_the_same_keys_in_each():
    image = machine.program("image")
    rows = image.rows(image.SOURCE / "keymaps")
    assert {"us", "uk", "de", "fr", "es", "it", "se", "ch"} <= {word for word, _ in rows}
    layouts = {word: keys_of(image.keymap(name)) for word, name in rows}
    for char in set("kbd" + "".join(layouts)):
        places = {word: keys[char] for word, keys in layouts.items()}
        assert len(set(places.values())) == 1, (char, places)


def test_that_rule_would_find_a_word_with_another_letter():
    image = machine.program("image")
    french, german = (keys_of(image.keymap(name)) for name in ("fr-latin1", "de-latin1-nodeadkeys"))
    for char in "azqwym":
        assert french[char] != german[char], char


@pytest.mark.parametrize("layout, pressed, shown", [("de", "yz", "zy"), ("fr", "qw", "az")])
def test_the_word_changes_the_layout_of_the_screen(server, layout, pressed, shown):
    on_screen(server, ANYWHERE)
    press(server, f"kbd {layout}\n")
    on_screen(server, f"keyboard: {layout}")
    press(server, pressed)
    on_screen(server, rf"{ANYWHERE}{shown}\b")


def test_kbd_alone_lists_the_layouts(server):
    shown = server.succeed("kbd")
    assert re.search(r"^layouts: be ch de .* us; type  kbd  and one of them$", shown.strip())
    code, shown = server.run("kbd xx")
    assert code == 2 and "usage: kbd LAYOUT, one of: be ch de" in shown


# Consoles ---------------------------------------------------------------------------------------

def test_screen_and_serial_line_show_the_same_greeting(server):
    greeting = "Next: stprov remote   "
    assert greeting in server.succeed("greet")
    on_screen(server, greeting)


def test_ctrl_c_and_ctrl_z_reach_what_runs(server):
    # What it prints shows that it has the console, at first and again.
    server.begin("sh -c 'trap \"echo again\" CONT; echo here; while sleep 1; do :; done'")
    server.console.expect("here\n")
    server.console.type("\x1a")
    server.console.expect("Stopped")
    server.wait_for_prompt()
    server.begin("fg")
    server.console.expect("again\n")
    server.console.type("\x03")
    server.wait_for_prompt()
    assert "sleep" not in server.succeed("jobs")


def test_kernel_messages_do_not_disturb_who_types(server):
    # The kernel writes what its consoles show before the later message, which they do show.
    server.succeed("echo '<3>noise of the kernel' >/dev/kmsg; echo '<0>all is lost' >/dev/kmsg")
    server.succeed("true")
    assert "all is lost" in server.console.text.split("/dev/kmsg\n")[-1]
    assert "] noise of the kernel" not in server.console.text
    assert "noise of the kernel" in server.succeed("dmesg | tail -n 3")


def test_a_shell_that_ends_goes_back_to_the_question_of_the_console(server):
    server.console.type("exit\r")
    server.console.expect(r"Next: stprov remote ")
    server.console.expect(ANYWHERE)
    # At the end of input the console begins anew.
    server.console.type("\x04")
    server.console.expect("\nstprov v.* on QEMU ")
    server.console.expect(ANYWHERE)
    server.console.type("s\r")
    server.wait_for_prompt()


def test_enter_starts_the_guide_and_its_end_leads_back(server):
    server.console.type("exit\r")
    server.console.expect(ANYWHERE)
    # ctrl+c at the question does nothing; in the guide it ends the guide only.
    server.console.type("\x03")
    server.console.expect(r"\^C")
    server.console.type("\r")
    server.console.expect("network by dhcp or static")
    server.console.type("\x03")
    server.console.expect("nothing was changed")
    server.console.expect("Next: stprov remote ")
    server.console.expect(ANYWHERE)


def test_another_word_at_the_question_is_answered_with_what_there_is(server):
    on_screen(server, ANYWHERE)
    press(server, "ls\n")
    on_screen(server, "Only Enter, s, reboot, or kbd and a layout")
    press(server, "s\n")
    on_screen(server, "stprov% ")


def test_an_odd_quote_says_how_to_leave(server):
    server.console.type("echo don't\r")
    server.console.expect(r"unfinished line \(an odd quote\?\): ctrl\+c drops it > ")
    server.console.type("\x03")
    server.wait_for_prompt()
    assert server.succeed("echo well") == "well\n"


@pytest.mark.parametrize("command", ["yes", "nuke", "blkdiscard /dev/null", "telnetd", "mkswap"])
def test_a_command_that_is_not_wanted_is_not_in_the_image(server, command):
    code, shown = server.run(command)
    assert (code, shown) == (127, f"{command.split()[0]}: not in this image\n")


def test_the_next_command_follows_from_what_is_stored_and_from_the_links(server):
    assert "Next: stprov remote   " in server.succeed("greet next")
    server.succeed(f"stprov remote static -i {machine.ADDRESS}/24 -h one -f "
                   "-r http://10.0.2.2:9/x")
    shown = server.succeed("greet next")
    assert "one.example.org has its host configuration, and no host key yet.\n" in shown
    assert "Next: stprov remote run -a 10.0.2.0/24 " in shown
    server.succeed("ip addr flush eth0")
    shown = server.succeed("greet next")
    assert "run" not in shown and "no link has an address since this boot" in shown


def test_after_success_the_console_says_how_to_go_on(server):
    server.succeed(f"stprov remote static -i {machine.ADDRESS}/24 -h one -f "
                   "-r http://10.0.2.2:9/x")
    assert story.provision(server, ["-n"]).code == 0
    server.console.type("exit\r")
    server.console.expect("provisioned: one.example.org. Unmount the medium, then type: reboot\n")
    server.console.expect(ANYWHERE)
    server.console.type("reboot\r")
    server.console.expect("BdsDxe: starting", machine.BOOT_SECONDS)


def test_every_uart_and_the_virtual_console_have_a_console_and_exclude_each_other(work):
    directory = work / "consoles"
    directory.mkdir()
    options = []
    for name, device in (("second", ["-serial", "chardev:second"]),
                         ("hvc", ["-device", "virtio-serial-pci",
                                  "-device", "virtconsole,chardev=hvc"])):
        options += ["-chardev", f"socket,id={name},path={directory}/{name},server=on,wait=off",
                    *device]
    with machine.Machine(directory, options=options) as server:
        others = [machine.Console(directory / name) for name in ("second", "hvc")]
        try:
            server.boot()
            inittab = server.succeed("cat /etc/inittab")
            assert re.findall(r"(?m)^(\w+)::respawn", inittab) == ["tty1", "ttyS0", "ttyS1", "hvc0"]
            assert "speed 115200 baud" in server.succeed("stty -F /dev/ttyS1")
            server.succeed("stprov remote dhcp -f -r http://10.0.2.2:9/x")
            server.console.type("stprov remote run\r")
            server.console.expect("listening on")
            for other in others:
                other.expect(ANYWHERE)
                other.type("s\r")
                other.expect(re.escape(machine.PROMPT))
                other.type("stprov remote dhcp\r")
                other.expect(r"stprov remote run.*ttyS0")
                other.expect(re.escape(machine.PROMPT))
            server.console.type("\x03")
            server.wait_for_prompt()
            others[0].type("stprov remote dhcp -f -r http://10.0.2.2:9/x\r")
            others[0].expect("are stored")
        finally:
            for other in others:
                other.close()


def test_a_driver_comes_with_a_device_that_comes_later(server):
    server.succeed("rmmod virtio_net")
    assert "eth0" not in server.succeed("ls /sys/class/net")
    server.succeed("for i in /sys/bus/virtio/devices/*/uevent; do echo add >$i; done")
    harness.eventually(lambda: "eth0" in server.succeed("ls /sys/class/net"), machine.PATIENCE,
                       "the link")


# Boots that fail --------------------------------------------------------------------------------

def test_the_greeting_reports_missing_efi_runtime_services_and_little_memory(work, tmp_path):
    made = make_image(tmp_path / "out", "--no-iso", "--cmdline",
                      f"{machine.program('image').CMDLINE} efi=noruntime")
    assert made.returncode == 0, made.stderr
    boot = tmp_path / "esp" / "EFI" / "BOOT"
    boot.mkdir(parents=True)
    (tmp_path / "out" / "stprov.efi").rename(boot / "BOOTX64.EFI")
    with machine.Machine(work / "noruntime", boot=tmp_path / "esp",
                         options=["-m", "192"]) as server:
        server.console.expect(r"\nOnly \d+ MiB of memory are left: ", machine.BOOT_SECONDS)
        server.console.expect("THE KERNEL HAS NO EFI RUNTIME SERVICES", machine.BOOT_SECONDS)
        server.console.expect(ANYWHERE)
        assert "Secure Boot" not in server.console.text
        assert "mount:" not in server.console.text


@pytest.mark.parametrize("media, device", [
    ("cdrom", ["ide-cd,drive=d"]), ("disk", ["virtio-blk-pci,drive=d"]),
    ("disk", ["qemu-xhci", "usb-storage,drive=d"])], ids=["disc", "disk", "stick"])
def test_a_bios_boot_says_that_uefi_is_needed(work, media, device):
    """SeaBIOS starts it; the text is read in the screen's memory."""
    devices = [word for name in device for word in ("-device", name)]
    with machine.Bios(work / device[-1].split(",")[0], [
            "-drive", "if=none,id=d,format=raw,readonly=on,"
            f"media={media},file={machine.IMAGE}/stprov.iso", *devices]) as server:
        shown = harness.eventually(
            lambda: re.search(r"boot this by UEFI.*\n.*\"UEFI:\"", server.text), machine.PATIENCE,
            "the text of the boot sector")
        assert shown


# A wrong clock ----------------------------------------------------------------------------------

def test_with_a_clock_in_2001_https_is_verified_and_the_host_provisioned(work, web):
    with machine.Machine(work / "clock", web=web.ports,
                         options=["-rtc", "base=2001-02-03T04:05:06"]) as server:
        server.boot()
        assert "2001" in server.succeed("date")
        server.succeed("mkdir /tmp/policy")
        for line in web.root.splitlines():
            server.succeed(f"echo '{line}' >>/tmp/policy/tls_roots.pem")
        web.seen.clear()
        shown = server.succeed("stprov remote dhcp -T /tmp/policy "
                               f"-r https://me:word@{machine.WEB}/os.json")
        assert re.search(r"(?i)clock", shown)
        assert [path for path, _ in web.seen] == ["/os.json"]
        assert b"timestamp 2001-02-03T" in server.variables["STHostConfig"].data
        done = story.provision(server, ["-n"])
        assert done.code == 0
        assert "STHostKey" in server.variables
