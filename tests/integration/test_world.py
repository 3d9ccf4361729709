# SPDX-License-Identifier: BSD-2-Clause
"""What stprov inherits from the process that starts it, and what it makes of that."""
import os
import resource
import signal
import socket
import subprocess
import sys

import pytest

import harness

CODE = "bocil-dufen"
# Runs what follows after the statement that is its first argument.
STARTER = ("import os, resource, signal, socket, sys\n"
           "exec(sys.argv[1])\n"
           "os.execvp(sys.argv[2], sys.argv[2:])\n")


def starter(statement):
    return [sys.executable, "-B", "-c", STARTER, statement]


def ignore(*names):
    return starter("; ".join(f"signal.signal(signal.{name}, signal.SIG_IGN)" for name in names))


def mask(pid, field):
    return int(harness.status(pid)[field], 16)


def bit(number):
    return 1 << (number - 1)


def session_of(remote):
    """The process id of the one session."""
    return harness.eventually(lambda: len(pids := remote.children()) == 1 and pids[0])


@harness.needs_root
def test_the_end_of_a_session_is_reported_though_sigchld_was_ignored(platform):
    remote = platform(prefix=ignore("SIGCHLD"))
    with remote.client(tls=False):
        session = session_of(remote)
        harness.wait_until_idle(remote)
        os.kill(session, signal.SIGSEGV)
        remote.err.wait_for(r"the session was killed by signal 11\n")
    remote.provision()
    remote.finish()


# Python ignores it, and what it executes would, too.
XFSZ = "signal.signal(signal.SIGXFSZ, signal.SIG_DFL); "


def may_raise_limits():
    return int(harness.status("self")["CapEff"], 16) & 1 << 24  # CAP_SYS_RESOURCE


def test_a_file_size_limit_is_lifted_or_an_error_and_no_death(platform, store):
    """SIGXFSZ would end it in the middle of a transaction."""
    remote = platform(prefix=starter(
        XFSZ + "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))"))
    before = store.snapshot()
    remote.provision()
    remote.press()
    assert remote.wait() == (0 if may_raise_limits() else 1), remote.err.text
    if not may_raise_limits():
        assert "File too large" in remote.err.text and "nothing was changed" in remote.err.text
        assert store.snapshot() == before


def test_a_soft_file_size_limit_is_raised(platform, store):
    remote = platform(prefix=starter("resource.setrlimit(resource.RLIMIT_FSIZE, (100, 10 << 20))"))
    remote.provision()
    remote.finish()
    assert store.host_key()


@pytest.mark.parametrize("name", ["SIGHUP", "SIGINT", "SIGQUIT"])
@pytest.mark.parametrize("moment", ["listening", "question"])
def test_a_signal_that_was_ignored_stays_ignored(platform, store, name, moment):
    """As nohup and a shell's & ask for."""
    remote = platform(prefix=ignore(name))
    if moment == "question":
        remote.provision()
        remote.wait_for_question()
    remote.signal(getattr(signal, name))
    harness.wait_until_idle(remote)
    if moment == "listening":
        remote.provision()
    remote.finish()
    assert store.host_key()


@pytest.mark.parametrize("name", ["SIGHUP", "SIGINT"])
def test_the_others_still_end_it(platform, store, name):
    remote = platform(prefix=ignore(name))
    remote.signal(signal.SIGTERM)
    assert remote.wait() == 1
    assert "interrupted: nothing was written" in remote.err.text
    assert store.read("STHostKey") is None


def test_blocked_signals_end_it_all_the_same(started):
    """A laptop's command that waits for a platform that says nothing."""
    everything = "signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))"
    with socket.create_server(("127.0.0.1", 0)) as server:
        laptop = started(harness.Process(
            ["local", "run", "-i", "127.0.0.1", "-p", str(server.getsockname()[1]), "-o", CODE,
             "--no-compare"],
            prefix=starter(everything)))
        with server.accept()[0]:
            laptop.signal(signal.SIGTERM)
            assert laptop.process.wait(10) == -signal.SIGTERM


def test_a_timer_of_the_parent_does_not_fire(platform):
    remote = platform(prefix=starter("signal.setitimer(signal.ITIMER_REAL, 2)"))
    with open(f"/proc/{remote.pid}/timers", encoding="ascii") as timers:
        assert timers.read() == ""
    # The time that it would have taken, by a process that it does end.
    late = subprocess.run([*starter("signal.setitimer(signal.ITIMER_REAL, 2.1)"), "sleep", "60"],
                          check=False, timeout=60)
    assert late.returncode == -signal.SIGALRM
    remote.provision()
    remote.finish()


def inherited(session):
    """Descriptors, ignored signals, blocked signals, groups."""
    return (sorted(os.listdir(f"/proc/{session}/fd")), mask(session, "SigIgn"),
            mask(session, "SigBlk"), harness.status(session)["Groups"].split())


RT_SIGACTION = 13 if os.uname().machine == "x86_64" else 134
IGNORE_32 = (f"import ctypes, struct; ctypes.CDLL(None).syscall({RT_SIGACTION}, 32, "
             "struct.pack('QQQQ', 1, 0, 0, 0), None, 8); ")
NOTHING = (["0", "1", "2", "3", "4"], 0, 0, [])


@harness.needs_root
def test_a_role_gets_nothing_of_what_the_parent_was_given(platform):
    # Signal 32 is one that libc keeps for itself; some parents pass it on as ignored.
    statement = (IGNORE_32 + "os.dup2(os.open('/etc/passwd', os.O_RDONLY), 99, True); os.umask(0); "
                 "signal.signal(signal.SIGUSR1, signal.SIG_IGN); "
                 "signal.signal(signal.SIGHUP, signal.SIG_IGN); "
                 "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2, signal.SIGTERM}); "
                 "os.setgroups([4, 27, 1234])")
    remote = platform(prefix=starter(statement))
    assert "99" not in os.listdir(f"/proc/{remote.pid}/fd")
    fields = harness.status(remote.pid)
    assert fields["Groups"].split() == [] and int(fields["Umask"], 8) == 0o077
    assert mask(remote.pid, "SigIgn") & bit(signal.SIGHUP)
    with remote.client(tls=False):
        session = session_of(remote)
        harness.wait_until_idle(remote)
        assert inherited(session) == NOTHING
    remote.provision()
    remote.finish()


def test_a_file_of_a_shell_s_substitution_still_reaches_a_laptop_s_command(tmp_path):
    """`local check <(...)` is given /dev/fd/63."""
    config = tmp_path / "config"
    config.write_text("no JSON")
    done = subprocess.run(["bash", "-c", f"'{harness.STPROV}' local check <(cat '{config}')"],
                          check=False, capture_output=True, text=True, timeout=60)
    assert "No such file" not in done.stderr and "Bad file" not in done.stderr
    assert "JSON" in done.stderr + done.stdout or "json" in done.stderr


def test_too_few_descriptors_are_found_before_the_port_is_opened(platform, store):
    for limit in (8, 12, 16, 20):
        remote = platform(listening=False, prefix=starter(
            f"resource.setrlimit(resource.RLIMIT_NOFILE, ({limit}, {limit}))"))
        assert remote.wait() == 1
        assert "listening" not in remote.err.text
        assert "descriptor" in remote.err.text or "Too many open files" in remote.err.text
    # What is enough at the start is enough for all places.
    soft = platform(prefix=starter("resource.setrlimit(resource.RLIMIT_NOFILE, (8, 4096))"))
    assert resource.prlimit(soft.pid, resource.RLIMIT_NOFILE)[0] == 1024


@harness.needs_root
def test_what_is_enough_descriptors_at_the_start_is_enough_for_all_places(platform):
    for limit in range(20, 64):
        remote = platform(listening=False, prefix=starter(
            f"resource.setrlimit(resource.RLIMIT_NOFILE, ({limit}, {limit}))"))
        harness.eventually(lambda remote=remote: not remote.running
                           or "listening" in remote.err.text)
        if remote.running:
            break
    clients = [remote.client(tls=False) for _ in range(8)]
    harness.eventually(lambda: len(remote.children()) == 8)
    for client in clients:
        client.close()
    assert not remote.log("cannot")
    remote.provision()
    remote.finish()


@harness.needs_root
def test_a_client_is_told_that_the_platform_is_busy_when_no_session_can_be_started(
        platform, local):
    remote = platform(compat=False, password=CODE)
    with remote.client_v1(upto=2):
        pass  # it took the first spare session, whose socket has a number above all others
    harness.eventually(lambda: not remote.children())
    # poll(2) needs a limit of fifteen at least.
    idle = [remote.client_v1(upto=2) for _ in range(5)]
    harness.wait_until_idle(remote)
    used = max(int(name) for name in os.listdir(f"/proc/{remote.pid}/fd")) + 1
    assert used >= 15
    resource.prlimit(remote.pid, resource.RLIMIT_NOFILE, (used + 5, 4096))
    idle.append(remote.client_v1(upto=2))  # takes the spare session; there will be no other
    for limit in (used + 5, used + 1, used):
        resource.prlimit(remote.pid, resource.RLIMIT_NOFILE, (limit, 4096))
        laptop = local(remote.address, password=CODE, compat=False)
        laptop.err.wait_for("the platform is busy with another client: trying again")
        assert len(remote.children()) == len(idle), "told only after others were gone"
        laptop.signal(signal.SIGTERM)
        laptop.wait()
        assert "-a" not in laptop.err.text, laptop.err.text
    resource.prlimit(remote.pid, resource.RLIMIT_NOFILE, (1024, 4096))
    for client in idle:
        client.close()
    turned_away = "turned away: cannot start a session: |cannot start the session"
    harness.eventually(lambda: len(remote.log(turned_away)) >= 3)
    with remote.client_v1() as client:
        client.add_data()
        client.ask_commit()
        remote.press()
        assert client.receive().status == 200
    assert remote.wait() == 0
