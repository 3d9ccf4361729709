# SPDX-License-Identifier: BSD-2-Clause
"""A console that does not read, cannot be written, or is closed."""
import contextlib
import fcntl
import os
import pty
import signal
import socket
import subprocess

import pytest

import harness
import provisioned
import v0

CODE = "bocil-dufen"
CANNOT = "the console cannot be written"
UNREAD_SECONDS = 10


class Bare:
    """A stprov whose descriptors 0 to 2 are given; None: closed."""

    def __init__(self, arguments, fds, prefix=()):
        self.pipe = os.pipe()

        def place():
            for number, fd in enumerate(fds):
                if fd is None:
                    os.close(number)
        self.process = subprocess.Popen(
            [*prefix, harness.STPROV, *arguments], preexec_fn=place, start_new_session=True,
            **{name: subprocess.DEVNULL if fd is None else fd
               for name, fd in zip(("stdin", "stdout", "stderr"), fds)})
        self.pid = self.process.pid
        self.children = harness.Process.children.__get__(self)

    @property
    def running(self):
        return self.process.poll() is None

    def wait(self):
        return self.process.wait(v0.PATIENCE)

    def clean_up(self):
        for fd in self.pipe:
            os.close(fd)
        if self.running:
            self.process.kill()
            self.process.wait(v0.PATIENCE)


class Descriptors:
    """Keeps descriptors, and closes those that are left at the end."""

    def __init__(self):
        self.kept = set()

    def __call__(self, *fds):
        self.kept.update(fds)
        return fds if len(fds) > 1 else fds[0]

    def close(self, *fds):
        for fd in self.kept.intersection(fds):
            self.kept.remove(fd)
            os.close(fd)


@pytest.fixture(name="opened")
def fixture_opened():
    descriptors = Descriptors()
    yield descriptors
    descriptors.close(*descriptors.kept)


def full_pipe(opened):
    """Both ends of a pipe that is full."""
    reading, writing = opened(*os.pipe())
    os.set_blocking(writing, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writing, bytes(4096))
    os.set_blocking(writing, True)
    return reading, writing


def listening(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def refuse_many(port, n=280):
    """Connections from an address that is not allowed; each is a line."""
    for _ in range(n):
        with socket.create_connection(("127.0.0.1", port), v0.PATIENCE) as sock:
            assert sock.recv(1) == b""


# Not read -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("console", ["pty", "pipe", "socket"])
def test_a_console_that_is_not_read_does_not_delay_the_end(store, started, opened, console):
    if console == "pty":
        _, writing = opened(*pty.openpty())
    elif console == "pipe":
        _, writing = opened(*os.pipe())
    else:
        pair = socket.socketpair()
        _, writing = opened(*(sock.detach() for sock in pair))
    flags = fcntl.fcntl(writing, fcntl.F_GETFL)
    port = harness.free_port()
    remote = started(Bare(["remote", "run", "-E", str(store.path), "-i", "127.0.0.1",
                           "-a", "192.0.2.1", "-p", str(port), "-o", CODE],
                          [writing, writing, writing]))
    harness.eventually(lambda: listening(port))
    refuse_many(port, 280 if console == "pty" else 2500)
    remote.process.send_signal(signal.SIGTERM)
    assert remote.process.wait(UNREAD_SECONDS) == 1
    assert fcntl.fcntl(writing, fcntl.F_GETFL) == flags


@pytest.mark.parametrize("blocked", ["out", "err", "both"])
def test_a_full_pipe_delays_the_question_and_not_the_end(store, started, opened, blocked):
    reading, writing = full_pipe(opened)
    null = opened(os.open("/dev/null", os.O_RDWR))
    port = harness.free_port()
    remote = started(Bare(["remote", "run", "-E", str(store.path), "-i", "127.0.0.1", "--compat",
                           "-p", str(port), "-o", harness.PASSWORD],
                          [opened(*os.pipe())[0],
                           writing if blocked != "err" else null,
                           writing if blocked != "out" else null]))
    harness.eventually(lambda: listening(port))
    with v0.Client(("127.0.0.1", port), v0.Otp(harness.PASSWORD)) as client:
        client.add_data()
        assert client.commit().status == 200
    harness.wait_until_idle(remote)
    assert reading
    remote.process.send_signal(signal.SIGTERM)
    assert remote.process.wait(UNREAD_SECONDS) == 1
    assert store.read("STHostKey") is None


def test_a_question_comes_once_its_pipe_is_read_again(store, started, opened):
    reading, writing = full_pipe(opened)
    null = opened(os.open("/dev/null", os.O_RDWR))
    keys, typing = opened(*os.pipe())
    port = harness.free_port()
    remote = started(Bare(["remote", "run", "-E", str(store.path), "-i", "127.0.0.1", "--compat",
                           "-p", str(port), "-o", harness.PASSWORD], [keys, writing, null]))
    harness.eventually(lambda: listening(port))
    with v0.Client(("127.0.0.1", port), v0.Otp(harness.PASSWORD)) as client:
        client.add_data()
        fingerprint = client.commit().json["fingerprint"]
    os.write(typing, b"\n")
    harness.wait_until_idle(remote)
    assert store.read("STHostKey") is None, "confirmed before the question was shown"
    seen = b""
    while harness.QUESTION.encode() not in seen:
        seen += os.read(reading, 65536)
    assert remote.wait() == 0
    assert store.host_key()[1] == fingerprint


# Not written --------------------------------------------------------------------------------------

def place(which, where, opened):
    """Descriptors [0, 1, 2]: those in @which are closed, full, or without a reader; the others are
    pipes. Returns them and the reading ends."""
    keys, typing = opened(*os.pipe())
    fds, reading = [keys], {}
    for number in (1, 2):
        if number not in which:
            reading[number], end = opened(*os.pipe())
        elif where == "closed":
            end = None
        elif where == "full":
            end = opened(os.open("/dev/full", os.O_WRONLY))
        else:
            gone, end = os.pipe()
            os.close(gone)
            opened(end)
        fds.append(end)
    return fds, typing, reading


def said(reading, fds, opened):
    """All that the ended program wrote to the pipes."""
    opened.close(*fds)
    text = b""
    for end in reading.values():
        while data := os.read(end, 65536):
            text += data
    return text.decode()


WHERE = ["closed", "full", "gone"]
WHICH = [(1,), (2,), (1, 2)]


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("which", WHICH)
@pytest.mark.parametrize("protocol", ["v0", "v1"])
def test_run_commits_nothing_that_it_could_not_ask(store, started, opened, which, where, protocol):
    fds, typing, reading = place(which, where, opened)
    os.write(typing, b"\nyes\n\n")
    port = harness.free_port()
    remote = started(Bare(["remote", "run", "-E", str(store.path), "-i", "127.0.0.1", "-p",
                           str(port), *(["--compat"] if protocol == "v0" else []),
                           "-o", harness.PASSWORD], fds))
    if 2 not in which:  # without stderr it ends at its first line
        harness.eventually(lambda: listening(port))
        client = started(harness.Local(("127.0.0.1", port), compat=protocol == "v0"))
        assert client.wait() == (0 if protocol == "v0" else 1)
        assert protocol == "v0" or CANNOT in client.err.text
    assert remote.wait() == 1
    assert store.read("STHostKey") is None
    text = said(reading, fds, opened)
    assert which == (1, 2) or CANNOT in text, text


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("which", WHICH)
def test_clear_removes_nothing_that_it_could_not_ask(tmp_path, started, opened, which, where):
    store = provisioned.Provisioned(tmp_path / "efivars", tmp_path)
    before = store.snapshot()
    fds, typing, reading = place(which, where, opened)
    os.write(typing, b"yes\n")
    clear = started(Bare(["remote", "clear", "-E", str(store.path)], fds))
    assert clear.wait() == 1
    assert store.snapshot() == before
    assert which == (1, 2) or CANNOT in said(reading, fds, opened)


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)])
def test_every_command_is_sane_without_standard_descriptors(
        tmp_path, started, opened, closed):
    """Each ends by itself with its exit code, and no file of it gets what was printed."""
    store = provisioned.Provisioned(tmp_path / "efivars", tmp_path)
    directory = ["-E", str(store.path)]
    out_fails = 1 in closed
    expected = {
        ("version",): int(out_fails), ("help",): int(out_fails),
        ("remote", "help"): int(out_fails), ("local", "help"): int(out_fails),
        ("remote", "status", *directory): None,
        ("local", "run", "-i", "127.0.0.1", "-p", str(harness.free_port()), "-o", CODE,
         "--no-compare"): 1,
        ("local", "check", "/dev/null"): None,
        ("remote", "static", "-i", "10.0.2.10/26", "-I", "nolink0", *directory): 1,
        ("remote", "dhcp", "-I", "nolink0", *directory): 1,
        ("remote", "clear", *directory): 1,
    }
    before = store.snapshot()
    null = opened(os.open("/dev/null", os.O_RDWR))
    for words, code in expected.items():
        fds = [None if number in closed else null for number in range(3)]
        process = started(Bare(list(words), fds))
        ended = process.wait()
        assert ended >= 0 and (code is None or ended == code), (words, ended)
        assert store.snapshot() == before, words
    fds = [None if number in closed else null for number in range(3)]
    clear = started(Bare(["remote", "clear", "-y", *directory], fds))
    assert clear.wait() == 0
    assert store.read("STHostKey") is None


def test_run_without_standard_input_aborts_at_the_question(store, started, opened):
    fds, _, reading = place((), "closed", opened)
    port = harness.free_port()
    remote = started(Bare(["remote", "run", "-E", str(store.path), "-i", "127.0.0.1", "-p",
                           str(port), "--compat", "-o", harness.PASSWORD], [None, *fds[1:]]))
    harness.eventually(lambda: listening(port))
    with v0.Client(("127.0.0.1", port), v0.Otp(harness.PASSWORD)) as client:
        client.add_data()
        assert client.commit().status == 200
    assert remote.wait() == 1
    assert "aborted at the end of input: nothing was written" in said(reading, fds, opened)
    assert store.read("STHostKey") is None


# By a script --------------------------------------------------------------------------------------

def test_the_released_program_is_scripted_by_a_line_that_waits_in_the_pipe(store, started, opened):
    fds, typing, reading = place((), "closed", opened)
    os.write(typing, b"\n")
    opened.close(typing)
    port = harness.free_port()
    remote = started(Bare(["remote", "run", "-E", str(store.path), "-i", "127.0.0.1", "-p",
                           str(port), "--compat", "-o", harness.PASSWORD], fds))
    harness.eventually(lambda: listening(port))
    with v0.Client(("127.0.0.1", port), v0.Otp(harness.PASSWORD)) as client:
        client.add_data()
        fingerprint = client.commit().json["fingerprint"]
    assert remote.wait() == 0
    assert store.host_key()[1] == fingerprint
    assert "stored" in said(reading, fds, opened)


@pytest.mark.parametrize("form", ["{} {}", "{}-{}", "{}{}", "{}.{}", " {}  {} "])
def test_v1_is_confirmed_from_a_pipe_by_its_words(platform, store, form):
    remote = platform(compat=False, password=CODE, console="pipe")
    remote.type("\ny\nyes\n")
    with remote.client_v1() as client:
        client.add_data()
        client.ask_commit()
        remote.wait_for_question()
        harness.wait_until_idle(remote)
        assert store.read("STHostKey") is None
        harness.eventually(lambda: remote.out.text.count(
            "type the two comparison words to confirm") == 3)
        words = remote.err.wait_for(r"comparison words: (\w+) (\w+)\n")
        remote.type(form.format(words[1].upper(), words[2]) + "\n")
        assert client.receive().status == 200
    assert remote.wait() == 0
    assert store.host_key()


def test_v1_is_aborted_from_a_pipe_by_no(platform, store):
    remote = platform(compat=False, password=CODE, console="pipe")
    remote.type("no\n")
    with remote.client_v1() as client:
        client.add_data()
        client.ask_commit()
        assert client.receive().status == 409
    assert remote.wait() == 1
    assert store.read("STHostKey") is None
