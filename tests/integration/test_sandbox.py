# SPDX-License-Identifier: BSD-2-Clause
"""The sandbox of the session process: the kernel's view of it, and forbidden calls."""
import os
import pathlib
import re
import signal
import subprocess

import pytest

import harness
import v0
import v1

PROBE = harness.BUILD / "tests" / "unit" / "probe_session"
FORBIDDEN = ["open", "openat", "socket", "connect", "execve", "ptrace", "process_vm_readv", "fork",
             "kill", "setuid", "executable_memory", "making_memory_executable", "mapping_a_file",
             "growing_memory", "reserved_memory", "memory_at_a_place", "moving_memory_to_a_place",
             "protecting_what_grows", "advice", "ioctl"]


def probe(*arguments):
    return subprocess.run([PROBE, *arguments], capture_output=True, timeout=v0.PATIENCE,
                          stdin=subprocess.DEVNULL, check=False)


def test_every_forbidden_call_is_tried():
    assert probe().stdout.decode().split() == [*FORBIDDEN, "all_memory", "nothing"]


def test_memory_ends_at_its_limit():
    done = probe("all_memory")
    assert done.returncode == 0 and 16 < int(done.stdout) <= 32


@pytest.mark.parametrize("call", FORBIDDEN)
def test_forbidden_call_is_killed_by_the_kernel(call):
    assert probe(call).returncode == -signal.SIGSYS


def test_what_is_allowed_is_left_alone():
    done = probe("nothing")
    assert (done.returncode, done.stdout) == (0, b"alive\n"), done.stderr


@pytest.fixture(name="session", params=["v0", "v1"])
def fixture_session(platform, request):
    """(platform, client, pid of its session), which waits for a request behind TLS."""
    remote = platform()
    with remote.client() if request.param == "v0" else remote.client_v1() as client:
        pid, = remote.children()
        yield remote, client, pid


@pytest.mark.parametrize("step", [0, 1, 2, 3, 4, 5, 6, "asking"])
def test_session_is_locked_in_at_every_step_of_v1(platform, step):
    remote = platform(compat=False)
    with remote.client_v1(upto=6 if step == "asking" else step) as client:
        if step == "asking":
            client.add_data()
            client.ask_commit()
            remote.wait_for_question()
        pid, = harness.eventually(remote.children)
        fields = harness.eventually(lambda: (f := harness.status(pid)).get("Seccomp") == "2" and f)
        assert fields["NoNewPrivs"] == "1" and int(fields["CapEff"], 16) == 0
        if os.geteuid() == 0:
            assert fields["Uid"].split() == [str(harness.NOBODY)] * 4
            links = pathlib.Path(f"/proc/{pid}/fd").iterdir()
            targets = sorted(os.readlink(link) for link in links)
            assert targets[:3] == ["/dev/null"] * 3 and len(targets) == 5, targets
            assert all(target.startswith("socket:") for target in targets[3:]), targets
    assert "sandbox" not in remote.err.text


@harness.needs_root
def test_neither_process_keeps_the_code(platform, tmp_path):
    """Beyond what is derived from it; the console has it, if it was made here."""
    code = "hifel-kotun"
    remote = platform(compat=False, password=code)
    with remote.client_v1() as client:
        client.add_data()
        for pid in (remote.pid, *remote.children()):
            assert not memory_holds(pid, (code, code.replace("-", ""))), pid
    made = platform(harness.Store(tmp_path / "other"), compat=False, password=None)
    assert memory_holds(made.pid, (made.code,)), "this would not find one that is kept"


@harness.needs_root
def test_session_keeps_nothing_of_the_protocol_that_it_does_not_speak(platform):
    """With --compat it gets the secrets of both protocols, and wipes those of the other one."""
    remote = platform(compat=True)
    w0 = v1.scalars(harness.PASSWORD)[0].to_bytes(32, "big")
    seed = remote.otp.seed
    with remote.client():
        old, = remote.children()
        with remote.client_v1():
            new, = set(remote.children()) - {old}
            held = {(name, session): memory_holds(pid, [secret])
                    for name, secret in (("w0", w0), ("seed", seed))
                    for session, pid in (("monitor", remote.pid), ("old", old), ("new", new))}
    assert held == {("w0", "monitor"): True, ("w0", "old"): False, ("w0", "new"): True,
                    ("seed", "monitor"): True, ("seed", "old"): True, ("seed", "new"): False}


def memory_holds(pid, texts):
    """Whether one of the texts, or bytes, is in writable memory of the process."""
    with open(f"/proc/{pid}/mem", "rb") as memory:
        for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
            where, permissions = line.split()[:2]
            if not permissions.startswith("rw") or "[v" in line:
                continue
            start, end = (int(part, 16) for part in where.split("-"))
            memory.seek(start)
            try:
                data = memory.read(end - start)
            except OSError:
                continue
            if any((text.encode() if isinstance(text, str) else text) in data for text in texts):
                return True
    return False


def test_session_is_nobody_without_privileges(session):
    fields = harness.status(session[2])
    if os.geteuid() == 0:
        assert fields["Uid"].split() == [str(harness.NOBODY)] * 4
        assert fields["Gid"].split() == [str(harness.NOBODY)] * 4
        assert fields["Groups"].split() == []
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(fields[name], 16) == 0, name
    assert fields["NoNewPrivs"] == "1"
    assert fields["Seccomp"] == "2"


def test_session_is_locked_in_before_the_first_byte(platform):
    remote = platform()
    with remote.client(tls=False):
        pid, = harness.eventually(remote.children)
        harness.eventually(lambda: harness.status(pid).get("Seccomp") == "2")
        assert harness.status(pid)["NoNewPrivs"] == "1"


@harness.needs_root
def test_session_has_its_two_sockets_and_nothing_else(session):
    remote, _, pid = session
    directory = pathlib.Path(f"/proc/{pid}/fd")
    targets = {int(link.name): os.readlink(link) for link in directory.iterdir()}
    assert {targets.pop(fd) for fd in (0, 1, 2)} == {"/dev/null"}
    assert all(target.startswith("socket:") for target in targets.values()), targets
    assert len(targets) == 2, targets
    assert str(remote.store.path) not in str(targets)


@harness.needs_root
def test_session_has_no_environment_and_no_arguments(session):
    directory = pathlib.Path(f"/proc/{session[2]}")
    assert (directory / "environ").read_bytes() == b""
    assert (directory / "cmdline").read_bytes().count(b"\0") == 1


def test_session_has_tight_limits(session):
    limits = {}
    for line in pathlib.Path(f"/proc/{session[2]}/limits").read_text().splitlines()[1:]:
        limits[line[:26].strip()] = line[26:].split()[:2]
    assert limits["Max core file size"] == ["0", "0"]
    assert limits["Max file size"] == ["0", "0"]
    assert limits["Max processes"] == ["0", "0"]
    assert int(limits["Max open files"][1]) <= 16
    assert limits["Max data size"][1] != "unlimited"
    assert limits["Max cpu time"][1] != "unlimited"


def test_monitor_keeps_no_core_and_is_not_dumpable(session):
    remote = session[0]
    text = pathlib.Path(f"/proc/{remote.pid}/limits").read_text()
    line, = (line for line in text.splitlines() if line.startswith("Max core file size"))
    assert line[26:].split()[:2] == ["0", "0"]


def test_ctrl_c_reaches_the_monitor_alone(session):
    remote, client, pid = session
    assert os.getpgid(pid) != os.getpgid(remote.pid)
    assert client.add_data().status == 200


def test_dead_session_is_logged_and_the_service_goes_on(session):
    remote, client, pid = session
    os.kill(pid, signal.SIGSEGV)
    assert client.closed()
    remote.err.wait_for(r"127\.0\.0\.1:\d+:.*signal")
    remote.provision()
    remote.finish()


def test_session_that_broke_the_rules_is_named_as_such(session):
    remote, client, pid = session
    os.kill(pid, signal.SIGSYS)
    assert client.closed()
    remote.err.wait_for(r"127\.0\.0\.1:\d+:.*sandbox")


@pytest.mark.parametrize("step", ["v0", 2, 4])
def test_stopped_session_is_ended_by_its_monitor(platform, step):
    """A session that was taken over might ignore its own deadlines."""
    remote = platform()
    with remote.client() if step == "v0" else remote.client_v1(upto=step):
        pid, = remote.children()
        os.kill(pid, signal.SIGSTOP)
        harness.eventually(lambda: harness.is_gone(pid),
                           harness.REQUEST_SECONDS + harness.GRACE_SECONDS)
    remote.provision()
    remote.finish()


@harness.needs_root
def test_without_the_right_to_become_nobody_it_refuses_to_listen(platform):
    """The sandbox is tried before the port is announced, not when a client has come."""
    remote = platform(prefix=["setpriv", "--bounding-set=-setuid", "--inh-caps=-setuid"],
                      listening=False)
    assert remote.wait() == 1
    assert "listening on" not in remote.err.text
    assert re.search(r"sandbox: .*setresuid", remote.err.text), remote.err.text


def test_without_a_sandbox_it_refuses_to_listen(namespace, platform):
    """/proc is not there: the program cannot be executed again."""
    space = namespace("-m")
    space.run("umount", "-l", "/proc")
    remote = platform(prefix=space.prefix, listening=False)
    assert remote.wait() == 1
    assert "listening on" not in remote.err.text
    assert "/proc" in remote.err.text


def give_to_user(store):
    """Returns what to put before a command that this user then runs."""
    for path in [store.here, *store.here.iterdir()]:
        os.chown(path, 1000, 1000)
    for directory in store.here.parents:  # the fixtures' directories are root's alone
        if directory.stat().st_mode & 0o005 != 0o005:
            directory.chmod(0o711)
    return ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups"]


@harness.needs_root
def test_no_process_shows_its_memory_to_its_user(platform, store):
    """proc(5) gives the files of a process to its user only while the process is dumpable."""
    remote = platform(prefix=give_to_user(store))
    with remote.client(), remote.client_v1():
        for pid in (remote.pid, *harness.Process.children(remote)):
            assert harness.status(pid)["Uid"].split() == ["1000"] * 4
            harness.eventually(lambda pid=pid: os.stat(f"/proc/{pid}/mem").st_uid == 0,
                               what=f"process {pid} not dumpable")


def test_works_for_a_user_who_is_not_root(platform, local, store):
    if os.geteuid() != 0:
        pytest.skip("every other test is this one when it is not run as root")
    remote = platform(prefix=give_to_user(store))
    with remote.client() as client:
        client.add_data()
        pid, = remote.children()
        fields = harness.status(pid)
        assert (fields["NoNewPrivs"], fields["Seccomp"]) == ("1", "2")
    laptop = local(remote.address)
    assert laptop.wait() == 0, laptop.err.text
    remote.finish()
    assert store.host_key()[1] == laptop.result["fingerprint"]
