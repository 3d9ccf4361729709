# SPDX-License-Identifier: BSD-2-Clause
"""The host key in the TPM of a machine: what is on its bus, and what a power cut leaves.

A story in three boots: the key is sealed; it is sealed anew, and the power is cut after the new
variable was written and before the old parent key was removed; what is left is mended.
"""
import base64
import re
import types

import pytest

import chip
import machine
from test_provisioning import provision

SEAL = ["--seal", "tpm"]
STATIC = f"stprov remote static -f -i {machine.ADDRESS}/24 -g {machine.GATEWAY} -h one"


def private_key(server):
    """What an OS package would have of the machine: the OpenSSH private key, opened."""
    server.succeed("stprov host show key >/tmp/key")
    return base64.b64decode(server.succeed("base64 </tmp/key").replace("\n", ""))


def seed_of(key):
    """The seed in an OpenSSH private key is in front of the second copy of the public one."""
    blob = base64.b64decode(b"".join(key.splitlines()[1:-1]))
    first = blob.index(b"ssh-ed25519")
    public = blob[first + 15:first + 47]
    return blob[blob.rindex(public) - 32:blob.rindex(public)]


@pytest.fixture(name="tpm", scope="module")
def fixture_tpm(work):
    return chip.Chip(work / "chip")


@pytest.fixture(name="first", scope="module")
def fixture_first(work, web, tpm):
    """Sealed, and opened as an OS package does."""
    directory = work / "sealed"
    with tpm.on() as bus, machine.Machine(directory, web=web.ports, options=bus.options) as server:
        server.boot()
        server.succeed(STATIC)
        before = len(bus.bytes)
        done = provision(server, SEAL)
        log = bus.bytes[before:]
        status = server.status()
        key = private_key(server)
        return types.SimpleNamespace(flash=directory / "flash", variables=server.variables,
                                     status=status, key=key, opened=bus.bytes[before + len(log):],
                                     log=log, **vars(done))


@pytest.fixture(name="second", scope="module")
def fixture_second(work, web, tpm, first):
    """Sealed anew; the power goes before the command that removes the old parent key."""
    directory = work / "cut"
    ends = []

    def cut(code, before):
        # The first such command makes the new parent key persistent.
        return ends[0] if code == chip.EVICT_CONTROL and before == 1 else None
    with tpm.on(cut) as bus, machine.Machine(directory, variables=first.flash, web=web.ports,
                                             options=bus.options) as server:
        ends.append(server.cut)
        server.boot()
        server.succeed(STATIC)
        server.console.type("stprov remote run\r")
        code = server.console.expect(r"code: ([a-z-]+);")[1]
        local = machine.harness.Local(("127.0.0.1", server.port), code, [*SEAL, "--words", "-"],
                                      compat=False)
        try:
            words = server.console.expect(r"comparison words: ([a-z]{5} [a-z]{5})\s")[1]
            local.type(f"{words}\n")
            server.console.expect("Press Enter to commit changes, ctrl\\+c to abort\n")
            server.console.type("\r")
            assert bus.was_cut.wait(machine.PATIENCE)
            code = local.wait(machine.PATIENCE)
        finally:
            local.clean_up()
        return types.SimpleNamespace(flash=directory / "flash", variables=server.variables,
                                     code=code, err=local.err.text)


@pytest.fixture(name="third", scope="module")
def fixture_third(work, web, tpm, second):
    directory = work / "mended"
    with tpm.on() as bus, machine.Machine(directory, variables=second.flash, web=web.ports,
                                          options=bus.options) as server:
        server.boot()
        status = server.status()
        key = private_key(server)
        cleared = server.succeed("stprov remote clear -y")
        after = server.run("stprov host show key")
        return types.SimpleNamespace(status=status, key=key, cleared=cleared, after=after,
                                     variables=server.variables)


def test_the_key_is_sealed_and_opens_on_this_machine(first):
    assert first.code == 0, first.err
    assert "STHostKeySealed" in first.variables and "STHostKey" not in first.variables
    assert re.search(r"sealed,\s+opens\s+now", first.status[0])
    assert first.status[1][1]["host_key"]["sealed"]["opens"] is True


def test_the_seed_is_not_on_the_bus_when_it_is_sealed_nor_when_it_is_opened(first):
    seed = seed_of(first.key)
    assert len(seed) == 32 and seed in base64.b64decode(
        b"".join(first.key.splitlines()[1:-1]))
    assert len(first.log) > 1000 and len(first.opened) > 500
    assert seed not in first.log and seed not in first.opened
    assert seed[:8] not in first.log and seed[:8] not in first.opened


def test_the_laptop_does_not_say_provisioned_when_the_power_was_cut(second):
    assert second.code == 1, second.err


def test_after_the_cut_the_new_key_opens(first, second, third):
    assert second.variables["STHostKeySealed"] != first.variables["STHostKeySealed"]
    assert third.status[1][1]["host_key"]["sealed"]["opens"] is True
    assert seed_of(third.key) != seed_of(first.key)


def test_clear_removes_the_key_and_what_old_copies_need(third):
    cleared = " ".join(third.cleared.split())
    assert "old copies of the sealed host key can no longer be opened" in cleared
    assert "STHostKeySealed" not in third.variables
    assert third.after[0] == 1
