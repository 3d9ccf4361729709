# SPDX-License-Identifier: BSD-2-Clause
"""`local console`: a platform is provisioned through its console, which COMMAND reaches."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sys

import pytest

import consoles
import harness
import v0

HERE = pathlib.Path(__file__).parent
REMOTE = [harness.STPROV, "remote", "console"]
SAME = "words, address, host name and fingerprint are the same on both sides"
ASKED = "press Enter to commit changes, ctrl\\+c to abort"


def bad_line(seed, per, baud=0):
    return [sys.executable, str(HERE / "relay.py"), str(seed), str(per), str(baud), *REMOTE]


class Drive(harness.Process):
    """`local console` with a platform on this machine."""

    def __init__(self, store, command, *arguments, words=(), **kwargs):
        self.port = harness.free_port()
        words = ["-i", "127.0.0.1", "-a", "127.0.0.1", "-p", str(self.port), *store.options,
                 *words]
        super().__init__(["local", "console", "--run", " ".join(words), *arguments, "--",
                          *command], **kwargs)


@pytest.fixture(name="drive")
def fixture_drive(store, started):
    def start(command=None, *arguments, **kwargs):
        return started(Drive(store, command or REMOTE, *arguments, **kwargs))
    return start


def ended(drive, code=1):
    """The last line, once it has ended; no process that it started remains."""
    assert drive.wait() == code, drive.err.text
    return drive.err.text.splitlines()[-1]


# -- it works --------------------------------------------------------------------------------------

def test_one_command_provisions(drive, store):
    laptop = drive(None, "--yes", "--json")
    assert laptop.wait() == 0, laptop.err.text
    told = json.loads(laptop.out.text)
    assert store.host_key() == (told["publickey"], told["fingerprint"])
    assert told["compared"] and told["hostname"] == harness.HOSTNAME
    assert f"both sides have the same comparison words: {told['comparison_words']}\n" \
        in laptop.err.text
    assert SAME in laptop.err.text


def test_without_allow_this_machine_alone_may_connect(store, started):
    """By its address towards the platform, which is this machine, too."""
    own = consoles.own_address()
    port = harness.free_port()
    laptop = started(harness.Process(
        ["local", "console", "--yes", "--run", f"-p {port} {' '.join(store.options)}", "--",
         *REMOTE]))
    assert laptop.wait() == 0, laptop.err.text
    assert f"clients may connect from {own}/32" in laptop.err.text
    assert f"ip={own}\n" in laptop.out.text


def test_the_operator_is_asked_here(drive, store):
    laptop = drive(console="terminal")
    laptop.out.wait_for(ASKED)
    assert SAME in laptop.out.text and store.read("STHostKey") is None
    laptop.type("what\n")
    laptop.out.wait_for("press Enter, or type y or yes, to commit; n or no to abort")
    laptop.type("\n")
    assert laptop.wait() == 0 and store.host_key()


@pytest.mark.parametrize("answer", ["n\n", "No\n", "\x04", "\x03"])
def test_no_aborts_on_both_sides(drive, store, answer):
    laptop = drive(console="terminal")
    laptop.out.wait_for(ASKED)
    laptop.type(answer)
    assert laptop.wait() in (1, -signal.SIGINT)
    laptop_said = "aborted" if answer in ("n\n", "No\n") else "aborted at the end|interrupted"
    assert re.search(laptop_said, laptop.out.text)
    assert "  platform: stprov remote run: interrupted: nothing was written" in laptop.out.text
    assert store.read("STHostKey") is None


def test_typed_before_the_question_does_not_count(drive, store):
    laptop = drive(console="terminal")
    laptop.type("\n")
    laptop.out.wait_for(ASKED)
    laptop.type("no\n")
    assert laptop.wait() == 1 and store.read("STHostKey") is None


def test_without_a_terminal_yes_is_needed(drive):
    laptop = drive()
    assert "there is no terminal to ask on: --yes" in ended(laptop, 2)


def test_secure_boot_keys_too(drive, store, auth, tmp_path):
    store.write("SetupMode", b"\x01", 6)
    options = []
    for name in ["pk", "kek", "db"]:
        (tmp_path / name).write_bytes(auth[name])
        options += [f"--{name}", str(tmp_path / name)]
    laptop = drive(None, "--yes", *options)
    assert laptop.wait() == 0, laptop.err.text
    assert store.read("PK") and store.read("db")


def test_known_hosts_keeps_another_key_under_the_address(drive, store, tmp_path):
    """The operator has not typed the address."""
    path = tmp_path / "known_hosts"
    other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAortvQyLg4BjqtcSRGbv4HZkpRlrTRPykDhR/WKSmDl"
    path.write_text(f"127.0.0.1 {other}\n")
    laptop = drive(None, "--yes", "--known-hosts", str(path))
    assert "127.0.0.1" in ended(laptop) and "--known-hosts" in ended(laptop)
    assert path.read_text() == f"127.0.0.1 {other}\n" and store.read("STHostKey") is None
    laptop = drive(None, "--yes", "--known-hosts", str(path), "--replace")
    assert laptop.wait() == 0 and other not in path.read_text()


def test_another_host_name_is_refused(drive, store):
    laptop = drive(None, "--yes", "--name", "other.example.org")
    assert "other.example.org (--name): nothing was committed" in ended(laptop)
    assert store.read("STHostKey") is None


# -- where stprov is not started yet ---------------------------------------------------------------

@pytest.mark.parametrize("modes", ["sane", "raw -echo"])
def test_the_guide_gives_way_to_the_laptop(drive, store, tmp_path, modes):
    before, after = tmp_path / "before", tmp_path / "after"
    script = (f"stty {modes}; stty -g >{before}; {harness.STPROV} remote -E {store.path}; "
              f"stty -g >{after}; sleep 30")
    laptop = drive(["sh", "-c", script], "--yes")
    assert laptop.wait() == 0, laptop.err.text
    assert "network by dhcp or static" in laptop.err.text and store.host_key()
    assert before.read_text() == after.read_text()


def test_the_question_of_the_image_gives_way_to_the_laptop(drive, store, tmp_path):
    """By busybox's shell, as in the image."""
    script = (harness.ROOT / "image" / "console").read_text()
    (tmp_path / "console").write_text(script.replace(". /etc/profile\n", ""))
    for name, text in (("greet", "echo greeted"), ("stprov", f'exec {harness.STPROV} "$@"')):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    laptop = drive(["sh", "-c", f"stty sane; PATH={tmp_path}:$PATH exec busybox ash "
                    f"{tmp_path}/console"], "--yes")
    assert laptop.wait() == 0, laptop.err.text
    assert "s and Enter for a shell: " in laptop.err.text and store.host_key()


@pytest.mark.parametrize("shell", ["busybox ash -i", "bash --norc -i", "dash -i"])
def test_a_shell_is_woken_and_types_the_command(drive, store, tmp_path, shell):
    (tmp_path / "stprov").symlink_to(harness.STPROV)
    laptop = drive(["sh", "-c", f"stty sane; PATH={tmp_path}:$PATH exec {shell}"], "--yes", "--cr")
    assert laptop.wait() == 0, laptop.err.text
    assert store.host_key()


def test_a_garbled_command_is_not_started(drive, tmp_path):
    """Its echo lacks a letter, five times."""
    keys = tmp_path / "keys"
    script = ("import os, sys, tty\n"
              f"keys = open({str(keys)!r}, 'wb', 0)\n"
              "while data := os.read(0, 100):\n"
              "    keys.write(data)\n"
              "    os.write(1, b'\\r\\n# ' if data == b'\\r' else data.replace(b'v', b''))\n")
    laptop = drive([sys.executable, "-c", script], "--yes", "--cr")
    assert "the console garbles what is typed" in ended(laptop)
    assert keys.read_bytes().count(b"stprov remote console\x15") == 5
    assert b"console\r" not in keys.read_bytes() and b"#" not in keys.read_bytes()


def test_a_shell_without_stprov_is_given_up(drive, tmp_path):
    laptop = drive(["sh", "-c", f"stty sane; PATH={tmp_path} exec {shutil.which('dash')} -i"],
                   "--yes", "--cr", "--wait-console", "60s", "--leave", r"\x04")
    assert re.fullmatch("stprov local console: the shell on the console does not start stprov; it "
                        r"says: \S*dash: \d+: stprov: not found", ended(laptop)), laptop.err.text


def test_a_question_is_not_answered_by_a_call(platform, local, store):
    remote = platform(compat=False, console="terminal")
    before = harness.termios.tcgetattr(remote.master)
    laptop = local(remote.address, compat=False)
    remote.out.wait_for(re.escape(harness.QUESTION))
    for number in (1, 2):
        remote.type(consoles.CALL)
        remote.out.wait_for("(?s)" + number * ".*stprov: busy: a question is open")
    assert store.read("STHostKey") is None
    remote.type("yes\n")
    assert remote.wait() == 0 and laptop.wait() == 0
    assert harness.termios.tcgetattr(remote.master) == before


# -- a bad line ------------------------------------------------------------------------------------

@pytest.mark.parametrize("seed,per,baud", [(1, 0, 9600), (2, 1000, 0), (3, 1000, 0),
                                           (4, 1000, 9600), (5, 100, 0), (6, 100, 0),
                                           (7, 100, 57600)])
def test_bad_line_provisions(drive, store, seed, per, baud):
    laptop = drive(bad_line(seed, per, baud), "--yes")
    assert laptop.wait(200) == 0, laptop.err.text
    assert store.host_key()[1] == re.search("fingerprint=(.*)", laptop.out.text)[1]


# -- what COMMAND may be ---------------------------------------------------------------------------

@pytest.mark.parametrize("command,sentence", [
    (["/nonexistent/program"], "cannot start /nonexistent/program: No such file or directory"),
    (["sh", "-c", "echo password:; exit 3"], "sh ended early (exit status 3); its last line: "
     "password:"),
    (["sh", "-c", "kill -9 $$"], "sh ended early (signal 9)"),
    (["sh", "-c", "exec 0<&- 1>&- 2>&-; sleep 60"], "sh ended early (it closed its terminal)"),
    (["sh", "-c", "printf 'login: '; exec cat >/dev/null"], "no stprov answers on the console "
     "within --wait-console; its last line: login: "),
    (["sh", "-c", "exec cat >/dev/null"], "no stprov answers on the console within "
     "--wait-console, and it shows nothing"),
    (["yes", ":00m\x1b[2J"], "no stprov answers on the console within --wait-console; its last "
     "line: "),
    (["cat", "/dev/zero"], "no stprov answers on the console within --wait-console, and it shows "
     "nothing"),
    (["sh", "-i"], "no stprov answers on the console within --wait-console"),
])
def test_a_command_that_is_none_is_one_sentence(drive, store, command, sentence):
    laptop = drive(command, "--yes", "--wait-console", "1s")
    assert ended(laptop).startswith(f"stprov local console: {sentence}"), laptop.err.text
    assert store.read("STHostKey") is None and laptop.out.text == ""


def test_calls_that_the_console_echoes_are_not_its_text(drive):
    laptop = drive(["sh", "-c", "stty sane; printf 'login: '; exec cat >/dev/null"], "--yes",
                   "--wait-console", "4s")
    assert ended(laptop).endswith("within --wait-console; its last line: login: ")
    assert "^T" not in laptop.err.text


def test_bytes_of_the_command_do_not_steer_the_terminal(drive):
    laptop = drive(["sh", "-c", r"printf '\033[2J\033]0;x\007\200\377\tabc\n'; sleep 30"],
                   "--yes", "--wait-console", "1s", console="terminal")
    laptop.wait()
    shown = laptop.out.raw.replace("\r", "").replace("\n", "")
    assert re.fullmatch(r"[\x20-\x7e]*", shown), laptop.out.raw
    assert "abc" in shown


def test_waiting_costs_nothing(store, started):
    """Without a terminal, as for a program that runs many of them."""
    laptop = started(Drive(store, ["sleep", "60"], "--yes", "--wait-console", "2s"))
    _, status, usage = os.wait4(laptop.pid, 0)
    laptop.process.returncode = os.waitstatus_to_exitcode(status)
    assert laptop.process.returncode == 1
    # Of a processor: a loop that does not wait takes all that it gets.
    assert usage.ru_utime + usage.ru_stime < 0.3, usage


def test_its_output_has_a_bound(drive):
    laptop = drive(["yes", "x" * 1000], "--yes", "--wait-console", "2s")
    assert laptop.wait() == 1
    assert len(laptop.err.text) < 60000
    assert "(what else the console shows is left out)" in laptop.err.text


def test_its_terminal_changes_no_byte_and_no_return_is_sent(drive, tmp_path):
    """Also to a shell that has no stprov: nothing that it is sent runs."""
    seen = tmp_path / "seen"
    script = f"stty -a >{tmp_path}/modes; exec cat >{seen}"
    laptop = drive(["sh", "-c", script], "--yes", "--wait-console", "4s")
    laptop.wait()
    modes = (tmp_path / "modes").read_text()
    # POSIX.1-2017 has no call that sets the size.
    size = "rows 24; columns 80" if harness.LAPTOP == harness.STPROV else "rows 0; columns 0"
    assert "-icanon" in modes and "-echo" in modes and size in modes
    assert set(seen.read_bytes()) == {0x14} and len(seen.read_bytes()) == 2


def test_command_is_ended_as_told(drive, tmp_path):
    log = tmp_path / "log"
    script = (f"trap 'echo int >>{log}' INT; trap 'echo term >>{log}; exit' TERM; "
              f"head -c 5 | tail -c 3 >{log}; while :; do sleep 0.1; done")
    laptop = drive(["sh", "-c", script], "--yes", "--wait-console", "2s", "--leave", r"\r~.\x21")
    laptop.wait()
    # The first byte that it got is the call.
    assert log.read_bytes().endswith(b"int\nterm\n") and b"~." in log.read_bytes()


@pytest.mark.parametrize("leave", [r"\q", r"\x0", r"\x00", "\\", "x" * 64])
def test_bad_leave_is_refused(drive, leave):
    assert "--leave: " in ended(drive(None, "--yes", "--leave", leave), 2)


def test_bad_words_are_refused(started):
    for option in ("--setup", "--run"):
        laptop = started(harness.Process(["local", "console", "--yes", option, "a 'b", "--", "x"]))
        assert f"{option}: a ' is not closed" in ended(laptop, 2)
    laptop = started(harness.Process(["local", "console", "--yes"]))
    assert "-- COMMAND is missing" in ended(laptop, 2)


# -- the platform --------------------------------------------------------------------------------

def test_error_of_setup_is_told(drive, store):
    laptop = drive(None, "--yes", "--setup", f"static -i nonsense {' '.join(store.options)}")
    assert "setup on the platform: stprov remote static: " in ended(laptop)
    assert "nonsense" in ended(laptop) and store.read("STHostKey") is None


def test_error_of_run_is_told(drive, store):
    store.file("STHostName").unlink()
    assert "the platform: STHostName is not there: run" in ended(drive(None, "--yes"))


def test_a_code_of_its_own_is_refused(drive, store):
    laptop = drive(None, "--yes", words=["-o", "bocil-dufen"])
    assert "the platform made no code: --run must not have -o" in ended(laptop)
    assert store.read("STHostKey") is None


@pytest.fixture(name="fake")
def fixture_fake(started, store, tmp_path):
    """`local console` with a console that the test itself plays: (the laptop, its peer)."""
    def start(*arguments, **kwargs):
        up, down = tmp_path / "up", tmp_path / "down"
        os.mkfifo(up)
        os.mkfifo(down)
        fds = [os.open(path, os.O_RDWR) for path in (up, down)]
        laptop = started(Drive(store, ["sh", "-c", f"cat {down} & exec cat >{up}"], "--yes",
                               *arguments, **kwargs))
        peer = Ends(*fds)
        started(peer)
        return laptop, peer
    return start


class Ends(consoles.Peer):
    """The platform's side on two pipes."""

    def __init__(self, up, down):
        super().__init__(up, consoles.PLATFORM)
        self.down = down

    def put(self, data):
        os.write(self.down, data)

    def close(self):
        os.close(self.fd)
        os.close(self.down)


def hello(peer, **more):
    peer.send(**{"type": "hello", "protocol": 1, "version": "v1", "addresses": ["127.0.0.1"],
                 **more})


@pytest.mark.parametrize("status,lines", [
    ({}, []), (None, []),
    ({"provisioned": False, "host_name": {"value": None}, "secure_boot": {"setup_mode": True}},
     ["  it is not provisioned", "  Secure Boot is in Setup Mode: keys can be set"]),
    ({"provisioned": True, "host_name": {"value": "web01\x1b"}, "secure_boot": {}},
     [r"  it is provisioned: web01\x1b"])])
def test_what_the_platform_is_like_is_shown(fake, status, lines):
    laptop, peer = fake()
    hello(peer, status=status)
    peer.wait_for("run")
    peer.send(type="done", exit=1, text="no")
    peer.wait_for("leave")
    ended(laptop)
    assert laptop.err.text.splitlines()[:-1] == ["the platform answers: stprov v1", *lines]


def test_another_protocol_is_told(fake):
    laptop, peer = fake()
    hello(peer, protocol=2)
    peer.wait_for("leave")
    assert "speaks another protocol on its console (2): it has stprov v1" in ended(laptop)


@pytest.mark.parametrize("report", [
    {"type": "review", "client": "a", "words": "b", "fingerprint": "c"}, {"type": "addresses"},
    {"type": "opened", "client": "a", "words": "b"}, {"type": "hello"}])
def test_unasked_reports_end_it(fake, report):
    laptop, peer = fake()
    hello(peer)
    peer.wait_for("run")
    peer.send(**report)
    peer.wait_for("abort")
    peer.send(type="done", exit=1, text="")
    peer.wait_for("leave")
    assert re.search("what was not asked for|has begun again", ended(laptop))


@pytest.fixture(name="middle")
def fixture_middle(fake, platform, store):
    """A platform whose console the test plays, up to the code: (laptop, peer, platform)."""
    def start():
        laptop, peer = fake()
        hello(peer)
        peer.wait_for("run")
        remote = platform(compat=False, password=None, console="pipe")
        peer.send(type="listening", addresses=["127.0.0.1"], port=remote.port, code=remote.code)
        found = remote.err.wait_for(r"(\S+): has shown the code\ncomparison words: (\w+ \w+)\n")
        return laptop, peer, remote, {"client": found[1], "words": found[2]}
    return start


def abort(laptop, peer):
    peer.wait_for("abort")
    peer.send(type="done", exit=1, text="interrupted: nothing was written")
    peer.wait_for("leave")
    assert b"\r" not in peer.raw and b"\n\n" not in peer.raw
    return ended(laptop)


def test_other_words_on_the_console_abort_before_anything_is_sent(middle, store):
    laptop, peer, remote, own = middle()
    peer.send(type="opened", **{**own, "words": "bocil dufen"})
    assert "the comparison words differ: the platform's console shows bocil dufen, and this " \
        f"laptop has {own['words']}: another machine may be in between" in abort(laptop, peer)
    assert "added entropy" not in remote.err.text and store.read("STHostKey") is None


def test_second_connection_with_the_code_aborts(middle, store):
    laptop, peer, _, own = middle()
    peer.send(type="opened", **own)
    peer.send(type="opened", client="192.0.2.7:1", words="bocil dufen")
    assert "another connection has shown the code: 192.0.2.7:1" in abort(laptop, peer)
    assert store.read("STHostKey") is None


@pytest.mark.parametrize("what,value,sentence", [
    ("words", "bocil dufen", "the comparison words differ"),
    ("hostname", "other.example.org", "the host name differs"),
    ("fingerprint", "SHA256:other", "the fingerprint differs")])
def test_review_of_something_else_aborts(middle, store, what, value, sentence):
    laptop, peer, remote, own = middle()
    peer.send(type="opened", **own)
    fingerprint = remote.err.wait_for(r"  STHostKey, the SSH host key\n    (\S+)\n")[1]
    peer.send(**{"type": "review", **own, "hostname": harness.HOSTNAME,
                 "fingerprint": fingerprint, what: value})
    assert sentence in abort(laptop, peer)
    remote.err.wait_for("the client left before Enter: nothing was written")
    assert store.read("STHostKey") is None


def test_console_that_dies_after_all_is_stored_is_a_warning(middle, store):
    laptop, peer, remote, own = middle()
    command = next(pid for pid in laptop.children() if harness.argv0(pid) == "cat")
    peer.send(type="opened", **own)
    fingerprint = remote.err.wait_for(r"  STHostKey, the SSH host key\n    (\S+)\n")[1]
    peer.send(type="review", **own, hostname=harness.HOSTNAME, fingerprint=fingerprint)
    assert peer.wait_for("confirm")["words"] == own["words"]
    remote.press()
    laptop.out.wait_for("ip=")
    os.kill(command, signal.SIGKILL)
    assert laptop.wait() == 0, laptop.err.text
    assert "sh ended early (signal 9); it was confirmed, so the connection's end is waited for" \
        in laptop.err.text
    assert f"fingerprint={store.host_key()[1]}\n" in laptop.out.text


def test_messages_of_the_platform_are_shown_printable(fake):
    laptop, peer = fake()
    hello(peer, version="v1\x1b[2J")
    peer.wait_for("run")
    peer.send(type="line", text="a\x1b]0;b\x07\u202e")
    peer.send(type="done", exit=1, text="\x1b[31m")
    peer.wait_for("leave")
    assert laptop.wait() == 1
    assert re.fullmatch(r"[\x20-\x7e\n]*", laptop.err.text), laptop.err.text
    assert r"  platform: a\x1b]0;b\x07" in laptop.err.text


# -- interruptions -------------------------------------------------------------------------------

@pytest.mark.parametrize("when", ["waiting for the platform's console", "waiting for the review",
                                  "waiting for the platform's service"])
def test_ctrl_c_ends_both_sides(drive, store, when):
    laptop = drive(bad_line(1, 0, 2400), "--yes", console="terminal")
    laptop.out.wait_for(when)
    laptop.type("\x03")
    assert laptop.wait(60) in (1, -signal.SIGINT)
    assert "interrupted" in laptop.out.text and store.read("STHostKey") is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_while_it_connects_ends_both_sides(fake, store, number):
    laptop, peer = fake()
    hello(peer)
    peer.wait_for("run")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        peer.send(type="listening", addresses=["127.0.0.1"], port=silent.getsockname()[1],
                  code="bocil-dufen")
        silent.settimeout(v0.PATIENCE)
        with silent.accept()[0]:
            laptop.signal(number)
            assert "stprov local console: interrupted" in abort(laptop, peer)
    assert store.read("STHostKey") is None


def confirmed(middle):
    """(laptop, peer, platform): the laptop has confirmed a review that is right."""
    laptop, peer, remote, own = middle()
    peer.send(type="opened", **own)
    fingerprint = remote.err.wait_for(r"  STHostKey, the SSH host key\n    (\S+)\n")[1]
    peer.send(type="review", **own, hostname=harness.HOSTNAME, fingerprint=fingerprint)
    peer.wait_for("confirm")
    return laptop, peer, remote


def test_ctrl_c_after_the_review_was_confirmed_waits_for_what_is_stored(middle, store):
    laptop, peer, remote = confirmed(middle)
    laptop.signal(signal.SIGINT)
    laptop.err.wait_for("interrupted; it was confirmed, so the connection's end is waited for")
    remote.press()
    peer.wait_for("leave")
    assert laptop.wait() == 0, laptop.err.text
    assert f"fingerprint={store.host_key()[1]}\n" in laptop.out.text


def test_second_ctrl_c_after_the_review_was_confirmed_names_the_status(middle):
    laptop, peer, _ = confirmed(middle)
    laptop.signal(signal.SIGINT)
    laptop.err.wait_for("the connection's end is waited for")
    laptop.signal(signal.SIGINT)
    assert abort(laptop, peer).endswith("interrupted")
    assert "it was confirmed: the platform's status tells what is stored" in laptop.err.text


def test_second_ctrl_c_does_not_wait_for_the_platform(fake):
    laptop, peer = fake()
    hello(peer)
    peer.wait_for("run")
    laptop.signal(signal.SIGINT)
    peer.wait_for("abort")
    laptop.signal(signal.SIGINT)
    assert ended(laptop).endswith("interrupted")
    assert "leave" not in [message["type"] for message in peer.messages]


def test_killed_laptop_leaves_nothing(drive, store):
    laptop = drive(console="terminal")
    laptop.out.wait_for(ASKED)
    children = laptop.children()
    assert len(children) == 2
    laptop.process.kill()
    harness.eventually(lambda: all(harness.is_gone(pid) for pid in children), what="their end")
    assert store.read("STHostKey") is None


def test_line_that_dies_during_the_review_aborts(drive, store):
    laptop = drive(console="terminal")
    laptop.out.wait_for(ASKED)
    command = [pid for pid in laptop.children() if "console" in pathlib.Path(
        f"/proc/{pid}/cmdline").read_text() and "local" not in pathlib.Path(
        f"/proc/{pid}/cmdline").read_text()]
    os.kill(command[0], signal.SIGKILL)
    assert laptop.wait() == 1 and "ended early (signal 9)" in laptop.out.text
    assert store.read("STHostKey") is None


def test_second_laptop_is_told_that_the_console_is_busy(store, started, tmp_path):
    hub = started(consoles.Hub(tmp_path / "hub"))
    command = [sys.executable, str(HERE / "plug.py"), str(tmp_path / "hub")]
    first = started(Drive(store, command, console="terminal"))
    first.out.wait_for(ASKED)
    second = started(Drive(store, command, "--yes", "--wait-console", "5s"))
    assert ended(second).endswith("within --wait-console; its last line: stprov: busy: a laptop "
                                  "drives this console")
    assert hub.clients == 2 and store.read("STHostKey") is None
    first.type("\n")
    assert first.wait() == 0 and store.host_key()


def test_two_laptops_on_one_console(store, started, tmp_path):
    """What one of them sends reaches the platform, and both see what it says: at most one of them
    provisions, and what it prints is what is stored."""
    hub = started(consoles.Hub(tmp_path / "hub"))
    command = [sys.executable, str(HERE / "plug.py"), str(tmp_path / "hub")]
    laptops = [started(Drive(store, command, "--yes", "--wait-console", "20s")) for _ in range(2)]
    codes = [laptop.wait(120) for laptop in laptops]
    assert codes.count(0) <= 1, [laptop.err.text for laptop in laptops]
    for laptop in laptops:
        assert laptop.process.returncode in (0, 1)
    if 0 in codes:
        winner = laptops[codes.index(0)]
        assert f"fingerprint={store.host_key()[1]}\n" in winner.out.text
    else:
        assert store.read("STHostKey") is None
    assert hub.clients == 2
