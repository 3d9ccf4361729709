# SPDX-License-Identifier: BSD-2-Clause
"""Failures of real firmware: no free space, protected variables, power cuts, wrong keys."""
import contextlib

import pytest

import authfiles
import harness
import machine
import ovmf
import test_provisioning as story

LINKS = 1
EFIVARS = "/sys/firmware/efi/efivars"
STATIC = (f"stprov remote static -i {machine.ADDRESS}/24 -g {machine.GATEWAY} -h one "
          "-f -r http://10.0.2.2:9/x")
# What the kernel's pstore leaves in NVRAM when it crashes; these it lets root remove.
DUMP = "dump-type0-{}-cfc8fc79-be2e-4ddc-97f0-9f98bfe298a0"
TRIES = 12
PROVISIONED = ("STHostName", "STHostConfig", "STHostKey", "PK", "KEK", "db", "dbx")


@pytest.fixture(name="keys", scope="module")
def fixture_keys(work):
    directory = work / "keys"
    authfiles.make(directory)
    return directory


def stored(server):
    return {name: server.variables[name] for name in PROVISIONED if name in server.variables}


def cut_power_when(server, condition):
    """Watches the flash, and ends QEMU as soon as its content fulfils the condition."""
    def reached():
        try:
            return condition(server.variables)
        except AssertionError:  # caught in the middle of a write
            return False
    harness.eventually(reached, machine.PATIENCE, "what the power cut waits for")
    server.cut()


def go_on_with(server, booted, name):
    """The flash after the power cut, and the same machine at its prompt again.

    It boots anew: what firmware does with a broken write, it does then.
    """
    return machine.Machine(booted.work / name, variables=server.flash, links=LINKS,
                           web=booted.web)


# NVRAM ----------------------------------------------------------------------------------------

def test_with_nvram_full_of_crash_dumps_nothing_is_stored_until_they_are_removed(server):
    name = DUMP.format("$i")
    server.succeed("i=0; while { printf '\\7\\0\\0\\0'; head -c 7000 /dev/zero; } >/tmp/v; "
                   f"cat /tmp/v >{EFIVARS}/{name} 2>/dev/null; do i=$((i+1)); done", 120)
    assert len([n for n in ovmf.read(server.flash) if n.startswith("dump-type0-")]) > 20
    small = DUMP.format("small$i")
    server.succeed("i=0; while { printf '\\7\\0\\0\\0'; head -c 300 /dev/zero; } >/tmp/v; "
                   f"cat /tmp/v >{EFIVARS}/{small} 2>/dev/null; do i=$((i+1)); done", 120)
    code, shown = server.run(STATIC)
    assert code == 1
    assert "no room in NVRAM" in shown and "crash dumps dump-type0-*" in shown
    assert "nothing was changed" in shown
    assert stored(server) == {}
    _, (code, told) = server.status()
    dumps = [n for n in ovmf.read(server.flash) if n.startswith("dump-type0-")]
    assert code == 3 and told["efivars"]["crash_dumps"] == len(dumps)
    assert {(file["name"], file["bytes"]) for file in told["efivars"]["largest"]} <= \
        {(name, 7004) for name in dumps}
    server.run(f"rm -f {EFIVARS}/dump-type0-*")
    # Most firmware gives the room back only when it boots; so does this one, or on demand.
    server.reboot()
    server.succeed(STATIC)
    assert set(stored(server)) == {"STHostName", "STHostConfig"}


def test_a_variable_that_the_kernel_made_immutable_is_replaced_and_stays_so(server):
    server.succeed(STATIC)
    file = f"{EFIVARS}/STHostName-{harness.STPROV_GUID}"
    direct = f"printf '\\7\\0\\0\\0other' >{file}"
    code, shown = server.run(direct)
    assert code != 0 and "not permitted" in shown
    server.succeed(STATIC.replace("-h one", "-h two"))
    assert stored(server)["STHostName"].data == b"two.example.org"
    code, shown = server.run(direct)
    assert code != 0 and "not permitted" in shown
    # Removing by hand is what the flag is against; clear lifts it.
    code, shown = server.run(f"rm -f {file}")
    assert code != 0 and "not permitted" in shown
    assert "STHostConfig, STHostName" in server.succeed("stprov remote clear --yes")
    assert stored(server) == {}
    code, shown = server.run(f"ls {EFIVARS} | grep STHost")
    assert code == 1, shown


# Power cuts -----------------------------------------------------------------------------------

def caught_between(booted, first, second, act):
    """A machine whose power was cut when `first` was in its flash and `second` was not.

    The moment is a few milliseconds long, so on a busy machine it may take several tries.
    """
    for _ in range(TRIES):
        with booted.go_on() as server:
            with act(server):
                cut_power_when(server, lambda found: first in found)
        if second not in stored(server):
            return server
    raise AssertionError(f"never seen between {first} and {second} in {TRIES} tries")


@contextlib.contextmanager
def typing_static(server):
    server.console.type(f"{STATIC}\r")
    yield


def test_power_cut_between_name_and_configuration_is_mended_by_the_next_run(booted):
    server = caught_between(booted, "STHostName", "STHostConfig", typing_static)
    left = stored(server)
    assert left == {"STHostName": ovmf.Variable(7, b"one.example.org")}
    with go_on_with(server, booted, "mended") as again:
        again.boot()
        assert stored(again) == left
        again.succeed(STATIC.replace("-h one", "-h two"))
        assert stored(again)["STHostName"].data == b"two.example.org"
        assert again.host_configuration["host_ip"] == f"{machine.ADDRESS}/24"


@pytest.mark.parametrize("written", [2, ovmf.VARIABLE_HEADER.size], ids=["begun", "no-state"])
def test_a_header_torn_by_a_power_cut_hides_nothing_that_is_stored_behind_it(booted, written):
    """The cut above may come there too, too seldom to wait for; so the flash is torn by hand."""
    torn = booted.work / f"torn-{written}"
    torn.write_bytes(ovmf.with_torn_header(booted.flash.read_bytes(), written))
    with machine.Machine(booted.work / f"tear-{written}", variables=torn) as server:
        server.boot()
        server.succeed(STATIC)
        assert stored(server)["STHostName"].data == b"one.example.org"
        assert server.host_configuration["host_ip"] == f"{machine.ADDRESS}/24"
        server.succeed(STATIC.replace("-h one", "-h two"))
        assert stored(server)["STHostName"].data == b"two.example.org"


def test_power_cut_behind_pk_leaves_no_machine_that_boots_anything(booted, keys):
    """PK ends Setup Mode at once, and db is not there yet: the firmware refuses whatever it is
    given. The way out is its menu, as docs/efi-variables.md says."""
    @contextlib.contextmanager
    def sending_keys(server):
        server.succeed(STATIC)
        server.console.type(f"stprov remote run -c -o {story.PASSWORD}\r")
        server.console.expect("listening on")
        local = harness.Local(("127.0.0.1", server.port), story.PASSWORD,
                              story.key_options(keys))
        try:
            yield
        finally:
            local.clean_up()

    server = caught_between(booted, "PK", "db", sending_keys)
    left = stored(server)
    assert left["STHostName"].data == b"one.example.org"
    assert "STHostConfig" in left and "STHostKey" not in left
    with go_on_with(server, booted, "locked") as again:
        again.console.expect("Access Denied", machine.BOOT_SECONDS)


# Keys and answers -----------------------------------------------------------------------------

WHY = "KEK: it is signed by CN=stprov test stranger, not by a key in PK"


def test_a_key_exchange_key_that_pk_did_not_sign_is_refused_before_pk_is_written(server, keys):
    """The firmware would find it out after PK ended Setup Mode; the session does before."""
    server.succeed(STATIC)
    server.console.type(f"stprov remote run -c -o {story.PASSWORD}\r")
    server.console.expect("listening on")
    options = story.key_options(keys, kek="KEK-wrong")
    for compat, code in ((True, story.PASSWORD), (False, story.PASSWORD)):
        local = harness.Local(("127.0.0.1", server.port), code, options, compat=compat)
        code = local.wait()
        text = local.err.text
        local.clean_up()
        assert code == 1 and WHY in text
    server.console.type("\x03")
    server.wait_for_prompt()
    assert set(stored(server)) == {"STHostName", "STHostConfig"}
    assert server.status()[1][1]["secure_boot"]["setup_mode"] is True


def test_a_dbx_that_is_signed_for_appending_is_appended_by_the_firmware(server, keys):
    server.succeed(STATIC)
    done = story.provision(server, story.key_options(keys, dbx="dbx-append"))
    assert done.code == 0, done.err
    sent = ovmf.signature_lists((keys / "dbx-append.auth").read_bytes())
    assert stored(server)["dbx"].attributes == harness.ATTRIBUTES_AUTHENTICATED
    assert ovmf.signatures(stored(server)["dbx"].data) == ovmf.signatures(sent)
    assert set(stored(server)) == set(PROVISIONED)


def test_ctrl_c_at_the_question_stores_no_key(server):
    server.succeed(STATIC)
    done = story.provision(server, ["-n"], answer="\x03")
    assert "nothing was written" in done.ending
    assert set(stored(server)) == {"STHostName", "STHostConfig"}
