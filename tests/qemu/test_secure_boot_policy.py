# SPDX-License-Identifier: BSD-2-Clause
"""`--seal secure-boot` on a machine: who opens the host key, before and after Secure Boot is on.

A story in six boots. In Setup Mode the key is sealed to the PCR 7 that stboot will find, which the
laptop predicts, and the Secure Boot keys are set. An image that is signed as stboot is opens the
key, and so does its update. The provisioning image, signed by another certificate of db, does not.
From there the key is sealed anew, now without keys to set, and the image in stboot's place opens
that one too.
"""
import json
import re
import subprocess
import types

import pytest

import authfiles
import chip
import harness
import machine
import ospackage
from session import MENU
from test_provisioning import key_options, provision

# The certificates of db: who signs stboot, and who signs the provisioning image.
BOOT, IMAGE = "boot", "db"


def tool(*words, cwd=None):
    subprocess.run(list(map(str, words)), check=True, capture_output=True, cwd=cwd,
                   timeout=machine.PATIENCE)


@pytest.fixture(name="keys", scope="module")
def fixture_keys(work):
    """Secure Boot keys whose db has two certificates."""
    directory = work / "policy-keys"
    authfiles.make(directory)
    tool("openssl", "req", "-new", "-x509", "-newkey", "rsa:2048", "-sha256", "-nodes", "-days",
         "3650", "-subj", "/CN=stprov test boot", "-keyout", "boot.key", "-out", "boot.crt",
         cwd=directory)
    lists = b""
    for name in (IMAGE, BOOT):
        tool("cert-to-efi-sig-list", f"{name}.crt", "one.esl", cwd=directory)
        lists += (directory / "one.esl").read_bytes()
    (directory / "db.auth").write_bytes(authfiles.signed(directory, "db", "KEK", lists))
    return directory


@pytest.fixture(name="media", scope="module")
def fixture_media(work, keys):
    """{name: directory of a boot medium}: provisioning image, stboot's, and its update."""
    plain = machine.IMAGE / "stprov.efi"
    release, updated = work / "release", work / "updated.efi"
    tool("objcopy", "--dump-section", f".osrel={release}", plain, work / "unused.efi")
    release.write_bytes(release.read_bytes().replace(b"stprov", b"update"))
    tool("objcopy", "--update-section", f".osrel={release}", plain, updated)
    assert updated.read_bytes() != plain.read_bytes()
    found = {}
    for name, source, signer in (("provisioning", plain, IMAGE), ("stboot", plain, BOOT),
                                 ("update", updated, BOOT)):
        target = work / f"medium-{name}" / ospackage.BOOT_PATH
        target.parent.mkdir(parents=True)
        tool("sbsign", "--key", keys / f"{signer}.key", "--cert", keys / f"{signer}.crt",
             "--output", target, source)
        found[name] = work / f"medium-{name}"
    return found


def image_of(medium):
    return medium / ospackage.BOOT_PATH


class Story:
    """One machine, its TPM and its flash, through its boots."""

    def __init__(self, work, web, keys):
        self.work, self.web, self.keys = work, web, keys
        self.tpm = chip.Chip(work / "policy-chip")
        self.flash, self.count = machine.VARIABLES, 0

    def boot(self, medium, what, prompt=True):
        """Power on, `what(server)`, power off."""
        self.count += 1
        directory = self.work / f"policy-{self.count}"
        with self.tpm.on() as bus, machine.Machine(
                directory, boot=medium, variables=self.flash, web=self.web.ports,
                options=bus.options) as server:
            if prompt:
                server.boot()
            result = what(server)
        self.flash = directory / "flash"
        return result

    def seal(self, *options):
        return ["--seal", "secure-boot", "--boot-cert", str(self.keys / f"{BOOT}.crt"),
                "--image-cert", str(self.keys / f"{IMAGE}.crt"), *options]


def set_up(server):
    server.succeed(f"stprov remote static -f -i {machine.ADDRESS}/24 -g {machine.GATEWAY} -h one")


def be_refused(server, options):
    """A run whose laptop ends it: (exit code, standard error)."""
    server.console.type("stprov remote run\r")
    code = server.console.expect(r"code: ([a-z-]+);")[1]
    local = harness.Local(("127.0.0.1", server.port), code, [*options, "--words", "-"],
                          compat=False)
    try:
        words = server.console.expect(r"comparison words: ([a-z]{5} [a-z]{5})\s")[1]
        local.type(f"{words}\n")
        code = local.wait(machine.PATIENCE)
        server.console.type("\x03")
        server.wait_for_prompt()
        return code, local.err.text
    finally:
        local.clean_up()


def look(server):
    """What an OS package would find: the status, and the end of opening the key."""
    status = server.status()
    opened = server.run("stprov host show key >/tmp/key")
    return types.SimpleNamespace(text=status[0], sealed=status[1][1]["host_key"]["sealed"],
                                 secure_boot=status[1][1]["secure_boot"], opened=opened,
                                 public=server.run("stprov host show public-key")[1])


@pytest.fixture(name="story", scope="module")
def fixture_story(work, web, keys, media):
    story = Story(work, web, keys)
    record = work / "record.json"
    other = work / "other.efi"
    data = bytearray(image_of(media["provisioning"]).read_bytes())
    data[len(data) // 2] ^= 1
    other.write_bytes(data)

    def first(server):
        set_up(server)
        refused = be_refused(server, story.seal("--attest", str(work / "refused.json"), "--image",
                                                str(other)))
        done = provision(server, [*story.seal("--attest", str(record), "--image",
                                              str(image_of(media["provisioning"]))),
                                  *key_options(keys)])
        return refused, done, look(server)

    def again(server):
        seen = look(server)
        set_up(server)
        return seen, provision(server, story.seal())

    def menu(server):
        server.console.expect(MENU, machine.BOOT_SECONDS)

    refused, done, setup_mode = story.boot(media["provisioning"], first)
    story.boot(media["provisioning"], menu, prompt=False)
    stboot = story.boot(media["stboot"], look)
    update = story.boot(media["update"], look)
    provisioning, second = story.boot(media["provisioning"], again)
    last = story.boot(media["stboot"], look)
    return types.SimpleNamespace(
        refused=refused, done=done, setup_mode=setup_mode, stboot=stboot, update=update,
        provisioning=provisioning, second=second, last=last,
        record=json.loads(record.read_text()))


def test_an_image_that_was_not_started_ends_it_before_anything_is_written(story):
    code, err = story.refused
    assert code == 1
    assert "attestation: the platform did not start" in err and "nothing was written" in err


def test_the_record_names_the_image_and_what_pcr_7_will_be(story):
    found = {finding["check"]: finding for finding in story.record["findings"]}
    assert found["image"]["result"] == "good", story.record["findings"]
    # IMA's own log is not sent.
    assert found["boot log"]["text"] == "PCR 10 is not explained by the boot log"
    assert re.fullmatch("[0-9a-f]{64}", story.record["secure_boot"]["pcr7_predicted"])


def test_the_key_does_not_open_in_setup_mode(story):
    assert story.done.code == 0, story.done.err
    assert story.setup_mode.sealed["opens"] is False
    assert story.setup_mode.opened[0] == 1 and "PCR 7 is" in story.setup_mode.opened[1]


@pytest.mark.parametrize("boot", ["stboot", "update"])
def test_what_is_signed_as_stboot_opens_the_key(story, boot):
    seen = getattr(story, boot)
    assert seen.sealed["opens"] is True, seen.text
    assert seen.opened[0] == 0, seen.opened[1]
    assert story.done.result["publickey"].split()[1] in seen.public


def test_the_provisioning_image_does_not_open_it_under_secure_boot(story):
    assert story.provisioning.sealed["opens"] is False, story.provisioning.text
    assert story.provisioning.opened[0] == 1
    predicted = story.record["secure_boot"]["pcr7_predicted"]
    assert f"PCR 7 is {predicted[:8]}" not in story.provisioning.opened[1]


def test_sealed_again_with_the_keys_already_set_it_opens_too(story):
    assert story.second.code == 0, story.second.err
    assert story.second.result["publickey"] != story.done.result["publickey"]
    assert story.last.sealed["opens"] is True, story.last.text
    assert story.second.result["publickey"].split()[1] in story.last.public
