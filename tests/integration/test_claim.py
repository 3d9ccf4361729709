# SPDX-License-Identifier: BSD-2-Clause
"""One command at a time on a store: who has it, who is refused, and when it is free again."""
import os
import pathlib
import re
import signal

import pytest

import harness

CODE = "bocil-dufen"
CLAIMS = pathlib.Path("/run/stprov")


def claim_of(store):
    """The file of the claim on it."""
    at = os.stat(store.here)
    return CLAIMS / f"claim-{os.major(at.st_dev)}-{os.minor(at.st_dev)}-{at.st_ino}"


def others(store):
    """Commands that write to the store; none of them gets as far as a link or a variable."""
    return {"run": ["run", "-p", str(harness.free_port()), "-o", CODE],
            "clear": ["clear", "-y"],
            "static": ["static", "-i", "10.0.2.10/26", "-I", "nolink0"],
            "dhcp": ["dhcp", "-I", "nolink0"]}


def waiting(remote):
    """How a `run` is named to others."""
    terminal = re.search(r"\d+$", os.readlink(f"/proc/{remote.pid}/fd/0"))[0]
    return f"stprov remote run is waiting on pts/{terminal}, process {remote.pid}"


def refused(run, store, command, holder):
    before = store.snapshot()
    words = others(store)[command]
    code, out, err = run("remote", *words, "-E", str(store.path))
    assert (code, out) == (1, "")
    assert err == f"stprov remote {command}: {holder}\n"
    assert store.snapshot() == before


@pytest.mark.parametrize("command", ["run", "clear", "static", "dhcp"])
@pytest.mark.parametrize("moment", ["listening", "question"])
def test_a_waiting_run_refuses_other_commands_and_is_not_disturbed(
        platform, store, run, command, moment):
    store.write("STHostKey", b"an old key")
    remote = platform(compat=False, password=CODE)
    with remote.client_v1() as client:
        client.add_data()
        if moment == "question":
            client.ask_commit()
            remote.wait_for_question()
        refused(run, store, command,
                waiting(remote))
        if moment == "listening":
            client.ask_commit()
        remote.press()
        answer = client.receive()
        assert answer.status == 200
    assert remote.wait() == 0
    assert store.host_key()[1] == answer.json["fingerprint"]


@pytest.mark.parametrize("command", ["run", "clear", "static", "dhcp"])
def test_a_clear_that_asks_refuses_other_commands(started, store, run, command):
    clear = started(harness.Process(["remote", "clear", "-E", str(store.path)]))
    clear.out.wait_for("Type yes to remove them")
    refused(run, store, command,
            f"stprov remote clear is running without a terminal, process {clear.pid}")
    clear.type("yes\n")
    assert clear.wait() == 0 and store.names() == []


def test_two_stores_do_not_exclude_each_other(platform, tmp_path):
    first = platform()
    second = platform(harness.Store(tmp_path / "other"))
    for remote in (first, second):
        remote.provision()
        remote.finish()


def test_one_store_by_two_paths_is_one(platform, store, run, tmp_path):
    remote = platform()
    (tmp_path / "link").symlink_to(store.path)
    code, _, err = run("remote", "clear", "-y", "-E", str(tmp_path / "link"))
    assert code == 1 and f"process {remote.pid}" in err


@harness.needs_root
def test_a_claim_names_its_holder_is_its_own_and_goes_with_it(platform, store):
    remote = platform()
    claim = claim_of(store)
    lines = claim.read_text().splitlines()
    assert lines[:2] == ["stprov remote run is waiting", f"process {remote.pid}"]
    assert re.fullmatch(r"terminal pts/\d+", lines[2])
    assert os.stat(CLAIMS).st_mode & 0o7777 == 0o700
    assert claim.stat().st_mode & 0o7777 == 0o600
    remote.provision()
    remote.finish()
    assert not claim.exists()


@harness.needs_root
def test_a_dead_holder_is_replaced_also_in_the_file(platform, store, run):
    remote = platform()
    remote.signal(signal.SIGKILL)
    remote.wait()
    assert f"process {remote.pid}\n" in claim_of(store).read_text()
    second = platform()
    assert f"process {second.pid}\n" in claim_of(store).read_text()
    refused(run, store, "clear", waiting(second))


@harness.needs_root
def test_without_root_the_claim_is_in_the_runtime_directory(store, started, tmp_path):
    for directory in store.here.parents:
        if directory.stat().st_mode & 0o005 != 0o005:
            directory.chmod(0o711)
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    for path in (runtime, store.here, *store.here.iterdir()):
        os.chown(path, 1000, 1000)
    user = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups"]
    words = ["remote", "clear", "-E", str(store.path)]

    def clear(environment):
        return started(harness.Process(words, prefix=user, environment=environment))
    first = clear({"XDG_RUNTIME_DIR": str(runtime)})
    first.out.wait_for("Type yes")
    assert "warning" not in first.err.text
    assert len(list((runtime / "stprov").iterdir())) == 1
    second = clear({"XDG_RUNTIME_DIR": str(runtime)})
    assert second.wait() == 1 and f"process {first.pid}" in second.err.text
    # Where there is no such directory, it goes on with a warning.
    third = clear({"XDG_RUNTIME_DIR": ""})
    third.out.wait_for("Type yes")
    assert "warning: cannot exclude another command of stprov remote: /run/stprov" in third.err.text


def test_of_many_that_begin_at_once_one_gets_it(started, store):
    commands = [started(harness.Process(["remote", "clear", "-E", str(store.path)]))
                for _ in range(12)]
    harness.eventually(
        lambda: sum(not c.running for c in commands) == len(commands) - 1, what="11 refusals")
    winner, = [c for c in commands if c.running]
    for command in commands:
        if command is not winner:
            assert command.wait() == 1
            assert f"process {winner.pid}\n" in command.err.text
    winner.out.wait_for("Type yes")
    winner.type("yes\n")
    assert winner.wait() == 0
