# SPDX-License-Identifier: BSD-2-Clause
"""The command line: words, options, help, exit codes, and places where the password is visible."""
import contextlib
import os
import pathlib
import re
import socket
import subprocess
import termios

import pytest

import harness
import v0

E = ["-E", "/nonexistent"]
REMOTE = ["remote", "run", *E]
LOCAL = ["local", "run"]


def assert_usage_error(result, *named):
    """Exit 2, nothing on stdout, one line on stderr that names the fault."""
    code, out, err = result
    assert code == 2, (code, err)
    assert out == ""
    assert len(err.splitlines()) == 1, err
    for name in named:
        assert name in err, err
    assert len(err) <= 400


# Commands -----------------------------------------------------------------------------------

@pytest.mark.parametrize("words", [
    ["help"], ["--help"], ["-help"], ["h"],
    ["local", "help"], ["local", "--help"], ["l", "h"],
    ["remote", "help"], ["remote", "--help"], ["re", "he"],
    ["local", "run", "--help"], ["remote", "run", "--help"], ["remote", "run", "-help"],
    ["remote", "static", "--help"], ["remote", "dhcp", "--help"],
    ["defaults", "--help"], ["remote", "status", "-h"], ["remote", "clear", "--help"],
    ["remote", "run", "-o", "x", "--help"]], ids=" ".join)
def test_help_that_was_asked_for_is_on_stdout(run, words):
    code, out, err = run(*words)
    assert (code, err) == (0, "")
    assert out.count("\n") > 3
    assert out.isascii()
    assert max(map(len, out.splitlines())) <= 80
    assert not re.search(r"[ \t]\n|\t", out)


def test_help_names_every_option(run):
    for command, options in (("local", "otp ip port pk kek db dbx no-uefi-menu-reboot"),
                             ("remote", "otp ip port allow efivars")):
        out = run(command, "run", "--help")[1]
        for option in options.split():
            assert f"--{option}" in out


def test_help_shows_what_was_compiled_in(run):
    assert "127.0.0.1/32" in run("remote", "run", "--help")[1]
    assert "2009" in run("local", "run", "--help")[1]


def test_the_help_of_the_platform_is_a_short_overview(run):
    """It was 90 rows: an operator's console has 25."""
    code, out, err = run("remote", "help")
    assert (code, err) == (0, "") and len(out.splitlines()) <= 20
    for name in ("static", "dhcp", "run", "status", "clear"):
        assert len(re.findall(rf"(?m)^  stprov remote {name}  ", out)) == 1, out
    assert "  stprov remote help dhcp " in out and "--efivars" not in out


@pytest.mark.parametrize("words", [["version"], ["v"], ["ver"], ["-v"], ["--v"], ["--version"],
                                   ["-version"]], ids=" ".join)
def test_version_is_one_line(run, words):
    code, out, err = run(*words)
    assert (code, err) == (0, "")
    assert re.fullmatch(r"[ -~]+\n", out)


@pytest.mark.parametrize("words,named", [
    ([""], ""), (["foo"], "foo"), (["Local"], "Local"), (["locals"], "locals"),
    (["local", ""], ""), (["help", "foo"], "foo"), (["help", "local", "foo"], "foo"),
    (["remote", "help", "run", "dhcp"], "dhcp"), (["help", "version", "x"], "x"),
    (["local", "foo"], "foo"), (["remote", ""], ""),
    (["defaults", "-x"], "unknown option -x"), (["help", "defaults", "x"], "x"),
    (["remote", "foo"], "foo"), (["remote", "runs"], "runs"), (["local", "static"], "static"),
    (["--foo"], "foo")], ids=lambda value: " ".join(value) if isinstance(value, list) else value)
def test_unknown_command_is_one_line_that_names_it(run, words, named):
    assert_usage_error(run(*words), named)


@pytest.mark.parametrize("bare, asked", [
    ([], ["help"]), (["local"], ["local", "help"]), (["remote"], ["remote", "help"]),
    (["help", "local"], ["local", "help"]), (["help", "remote"], ["remote", "help"]),
    (["help", "version"], ["help"]), (["local", "help", "help"], ["local", "help"]),
    (["local", "help", "run"], ["local", "run", "--help"]),
    (["remote", "help", "run"], ["remote", "run", "--help"]),
    (["help", "defaults"], ["defaults", "--help"]),
    (["help", "r", "d"], ["remote", "dhcp", "--help"]),
    (["help", "local", "run"], ["local", "run", "--help"]),
    (["remote", "help", "dhcp"], ["remote", "dhcp", "--help"])], ids=" ".join)
def test_help_is_what_a_bare_command_prints_and_what_help_is_asked_for(run, bare, asked):
    code, out, err = run(*bare)
    assert (code, err) == (0, "") and out == run(*asked)[1] != ""


@pytest.mark.parametrize("number", ["0x{:x}", "0{}", "0o{:o}", "0b{:b}"])
def test_a_port_may_have_the_forms_of_go(started, store, number):
    port = harness.free_port()
    while not set("89") & set(str(port)):  # else 0PORT is octal
        port = harness.free_port()
    process = started(harness.Process([*REMOTE, "-c=1", "-o", "x", "-E", str(store.path),
                                       "-i", "127.0.0.1", "-p", number.format(port)]))
    process.err.wait_for(f"listening on 127.0.0.1:{port}\n")
    process.err.wait_for(f"starting server on 127.0.0.1:{port}\n")


def test_unknown_command_cannot_move_the_cursor(run):
    # And it is escaped once.
    assert r'"\x1b[2J"' in run("\x1b[2J")[2]
    assert r"--\x1b[2J" in run("remote", "run", "--\x1b[2J")[2]
    assert r'"\xc3\xa9.' in run("remote", "dhcp", "-h", "\u00e9")[2]


@pytest.mark.parametrize("words", [["re", "ru"], ["r", "r"], ["remot", "run"]], ids=" ".join)
def test_commands_may_be_shortened(started, words, store):
    process = started(harness.Process([*words, "-o", "x", "-E", str(store.path), "-i",
                                       "127.0.0.1", "-p", str(harness.free_port())]))
    process.err.wait_for("listening on")


def test_options_may_not_be_shortened(run):
    assert_usage_error(run(*REMOTE, "-o", "x", "--por", "2009"), "por")


# Options ------------------------------------------------------------------------------------

@pytest.mark.parametrize("arguments,named", [
    (["-o"], "-o"),
    (["-o", ""], "-o"),
    (["-o="], "-o"),
    (["-o", "x", "--foo"], "--foo"),
    (["-o", "x", "-z"], "-z"),
    (["-o", "x", "-p"], "-p"),
    (["-o", "x", "-p", "0"], "-p"),
    (["-o", "x", "-p", "65536"], "-p"),
    (["-o", "x", "-p", "-1"], "-p"),
    (["-o", "x", "--port", "ssh"], "--port"),
    (["-o", "x", "-p", "2009x"], "-p"),
    (["-o", "x", "-p", ""], "-p"),
    (["-o", "x", "-i", "foo"], "-i"),
    (["-o", "x", "-i", "127.0.0.01"], "-i"),
    (["-o", "x", "-i", "127.0.0.1/32"], "-i"),
    (["-o", "x", "-i", ""], "-i"),
    (["-o", "x", "-a", "foo"], "-a"),
    (["-o", "x", "-a", "10.0.0.1/33"], "-a"),
    (["-o", "x", "-a", "10.0.0.1/-1"], "-a"),
    (["-o", "x", "-a", "10.0.0.01"], "-a"),
    (["-o", "x", "-a", "10.0.0.1 "], "-a"),
    (["-o", "x", "-a", "127.0.0.1,bar"], "-a"),
    (["-o", "x", "-a", ""], "-a"),
    (["-o", "x", "more"], "trailing arguments"),
    (["-o", "x", "--", "-p", "2009"], "trailing arguments"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_wrong_option_of_remote_run_is_one_line_that_names_it(run, arguments, named):
    assert_usage_error(run(*REMOTE, *arguments), named)


@pytest.mark.parametrize("arguments,named", [
    ([], ""),
    (["-i", "127.0.0.1"], "-o"),
    (["-o", "x"], "-i"),
    (["-o", "x", "-i"], "-i"),
    (["-o", "x", "-i", "a..example.org"], "-i"), (["-o", "x", "-i", "1.2.3.4.5"], "-i"),
    (["-o", "x", "-i", "-x"], "-i"), (["-o", "x", "-i", ""], "-i"),
    (["-o", "x", "-i", "[::1"], "-i"), (["-o", "x", "-i", "[::1]2009"], "-i"),
    (["-o", "x", "-i", "[::1]:0"], "-i"), (["-o", "x", "-i", "127.0.0.1:"], "-i"),
    (["-o", "x", "-i", "127.0.0.1:65536"], "-i"), (["-o", "x", "-i", "[example.org]:1"], "-i"),
    (["-o", "x", "-i", "127.0.0.1:1", "-p", "2"], "another port than -p"),
    (["-o", "x", "-i", "fe80::1%nope"], "names an interface that is not there: nope"),
    (["-o", "x", "-i", "127.0.0.1%lo"], "-i"),
    (["-o", "x", "-i", "127.0.0.1", "--words", "bocil-dufen"], "--words takes only -"),
    (["-o", "x", "-i", "127.0.0.1", "--words", "-", "--no-compare"], "exclude each other"),
    (["-o", "x", "-i", "127.0.0.1", "--compat", "--words", "-"], "--words"),
    (["-o", "x", "-i", "127.0.0.1", "--compat", "--no-compare"], "--no-compare"),
    (["-o", "x", "-i", "127.0.0.1", "--name", "a b"], "--name"),
    (["-o", "x", "-i", "127.0.0.1", "--wait", "soon"], "--wait"),
    (["-o", "x", "-i", "127.0.0.1"], "there is no terminal to type the comparison words on"),
    (["-o", "x", "-i", "127.1"], "-i"),
    (["-o", "x", "-i", "127.0.0.1", "-p", "0"], "-p"),
    (["-o", "x", "-i", "127.0.0.1", "-n=maybe"], "-n"),
    (["-o", "x", "-i", "127.0.0.1", "--pk", "a"], "--kek"),
    (["-o", "x", "-i", "127.0.0.1", "--pk", "a", "--kek", "b"], "--db"),
    (["-o", "x", "-i", "127.0.0.1", "--kek", "a", "--db", "b"], "--pk"),
    (["-o", "x", "-i", "127.0.0.1", "--dbx", "a"], "--pk"),
    (["-o", "x", "-i", "127.0.0.1", "extra", "words"], "trailing arguments"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_wrong_option_of_local_run_is_one_line_that_names_it(run, arguments, named):
    assert_usage_error(run(*LOCAL, *arguments), named)


@pytest.mark.parametrize("glued", [["-o={}"], ["--o={}"], ["-otp={}"], ["--otp={}"], ["-o", "{}"],
                                   ["--otp", "{}"], ["-otp", "{}"], ["--o", "{}"]],
                         ids=" ".join)
def test_one_dash_and_two_and_both_ways_of_a_value_are_the_same(local, glued):
    with v0.FakePlatform(v0.Otp(harness.PASSWORD)) as fake:
        laptop = local(fake.address, password=None,
                       arguments=[word.format(harness.PASSWORD) for word in glued])
        assert laptop.wait() == 0, laptop.err.text


def test_password_is_never_repeated_in_an_error(run):
    secret = "Tr0ub4dor"
    for arguments in (["-o", secret, secret], [f"-o{secret}"], ["-o", secret, "-p", "x"],
                      [f"--otp{secret}"]):
        for command in (REMOTE, LOCAL):
            assert secret not in run(*command, *arguments)[2]


# The password -------------------------------------------------------------------------------

def memory_of(pid):
    """The writable memory of a process."""
    data = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
            area, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            start, end = (int(bound, 16) for bound in area.split("-"))
            memory.seek(start)
            data.append(memory.read(end - start))
    return b"".join(data)


def seen_by_others(pid):
    """The output of ps(1) for it; a user does not see what only root can read."""
    seen = b""
    for name in ("cmdline", "environ"):
        try:
            seen += pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
        except PermissionError:
            assert os.geteuid() != 0
    return seen


@pytest.mark.parametrize("form", [["-o", "{}"], ["--otp={}"], []], ids=["-o X", "--otp=X", "env"])
def test_password_is_not_seen_in_the_process_list_of_remote(started, store, form):
    secret = "Tr0ub4dor-and-3"
    environment = {} if form else {"STPROV_OTP": secret}
    process = started(harness.Process(
        ["remote", "run", "-E", str(store.path), "-p", str(harness.free_port()),
         *[word.format(secret) for word in form]], environment=environment))
    process.err.wait_for("listening on")
    assert secret.encode() not in seen_by_others(process.pid)


@pytest.mark.parametrize("form", [["-o", "{}"], ["--otp={}"], []], ids=["-o X", "--otp=X", "env"])
def test_password_is_not_seen_in_the_process_list_of_local(local, form):
    secret = "Tr0ub4dor-and-3"
    with v0.FakePlatform(v0.Otp(secret), {"add-data": v0.FakePlatform.HANG}) as fake:
        laptop = local(fake.address, password=None,
                       arguments=[word.format(secret) for word in form],
                       environment={} if form else {"STPROV_OTP": secret})
        harness.eventually(lambda: fake.requests)
        assert secret.encode() not in seen_by_others(laptop.pid)


def test_environment_variable_serves_on_both_sides(platform, local):
    environment = {"STPROV_OTP": harness.PASSWORD}
    remote = platform(environment=environment)
    laptop = local(remote.address, password=None, environment=environment)
    assert laptop.wait() == 0, laptop.err.text
    remote.finish()


def test_option_wins_over_the_environment_variable(platform, local):
    remote = platform()
    laptop = local(remote.address, environment={"STPROV_OTP": "another"})
    assert laptop.wait() == 0, laptop.err.text
    remote.finish()


def test_empty_environment_variable_is_no_password(run):
    assert_usage_error(run(*LOCAL, "-i", "127.0.0.1", environment={"STPROV_OTP": ""}), "one-time")


def echoes(process):
    return bool(termios.tcgetattr(process.master)[3] & termios.ECHO)


def test_password_is_asked_for_without_echo(local):
    with v0.FakePlatform(v0.Otp(harness.PASSWORD)) as fake:
        laptop = local(fake.address, password="-", console="pty")
        harness.eventually(lambda: not echoes(laptop))
        laptop.type(harness.PASSWORD + "\n")
        assert laptop.wait() == 0, laptop.err.text
        assert echoes(laptop), "the terminal was left without echo"
    assert harness.PASSWORD not in laptop.out.text + laptop.err.text


def test_password_is_asked_for_on_the_platform_too(started, store, local):
    port = harness.free_port()
    process = started(harness.Process(["remote", "run", "-c", "-o", "-", "-E", str(store.path),
                                       "-i",
                                       "127.0.0.1", "-p", str(port)], console="pty"))
    harness.eventually(lambda: not echoes(process))
    process.type(harness.PASSWORD + "\n")
    process.err.wait_for("listening on")
    assert echoes(process)
    laptop = local(("127.0.0.1", port))
    assert laptop.wait() == 0, laptop.err.text
    process.out.wait_for(re.escape(harness.QUESTION))
    process.type("\n")
    assert process.wait() == 0
    assert harness.PASSWORD not in process.out.text + process.err.text


def test_echo_is_back_when_the_question_for_the_password_is_interrupted(local):
    laptop = local(("127.0.0.1", 2009), password="-", console="pty")
    harness.eventually(lambda: not echoes(laptop))
    laptop.type(b"\x03")
    assert laptop.wait() != 0
    assert echoes(laptop)


def test_password_is_read_from_a_pipe(local):
    with v0.FakePlatform(v0.Otp(harness.PASSWORD)) as fake:
        laptop = local(fake.address, password="-")
        laptop.type(harness.PASSWORD + "\n")
        laptop.hang_up()
        assert laptop.wait() == 0, laptop.err.text


def test_no_password_from_a_pipe_is_an_error(local):
    laptop = local(("127.0.0.1", 2009), password="-")
    laptop.hang_up()
    assert laptop.wait() in (1, 2)
    assert len(laptop.err.text.strip().splitlines()) == 1


@pytest.mark.parametrize("password", ["a", " ", "pass word ", "pässwörd", "密码", "\u00a0", "-x",
                                      "x" * 200, "%s%n"])
def test_passwords_are_the_bytes_that_were_typed(platform, local, password):
    remote = platform(password=password)
    laptop = local(remote.address, password=password)
    assert laptop.wait() == 0, laptop.err.text
    remote.finish()


@harness.needs_root
def test_session_process_never_holds_the_password(platform):
    secret = "Tr0ub4dor-and-3"
    for environment in (None, {"STPROV_OTP": secret}):
        remote = platform(password=secret, environment=environment)
        with remote.client() as client:
            client.add_data()
            session, = remote.children()
            held = seen_by_others(session) + memory_of(session)
            assert secret.encode() not in held
            # A witness that the search finds strings: the session knows its path.
            assert b"stprov" in held
        remote.end()


def test_role_started_by_hand_is_no_command():
    done = subprocess.run(["stprov-session"], executable=harness.STPROV, capture_output=True,
                          timeout=v0.PATIENCE, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode != 0 and done.stdout == b""
    assert len(done.stderr.splitlines()) == 1


def test_nothing_is_printed_to_a_closed_stdout_without_an_error():
    with open("/dev/full", "w", encoding="ascii") as full:
        for words in (["version"], ["help"]):
            done = subprocess.run([harness.STPROV, *words], stdout=full, timeout=v0.PATIENCE,
                                  stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)
            assert done.returncode == 1, words


def connects(port):
    with contextlib.suppress(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), v0.PATIENCE).close()
        return True
    return False


def test_closed_standard_descriptors_are_survived(store):
    """A descriptor of the store must not become stdout, say."""
    port = harness.free_port()
    process = subprocess.Popen(
        ["sh", "-c", 'exec "$0" remote run -o x -E "$1" -i 127.0.0.1 -p "$2" <&- >&- 2>&-',
         harness.STPROV, str(store.path), str(port)], start_new_session=True)
    try:
        # It serves, or it has ended.
        harness.eventually(lambda: process.poll() is not None or connects(port))
        if process.poll() is None:
            for fd in (0, 1, 2):
                link = pathlib.Path(f"/proc/{process.pid}/fd/{fd}")
                target = os.readlink(link) if os.path.lexists(link) else ""
                assert target in ("", "/dev/null")
    finally:
        process.kill()
        process.wait()
    assert store.names() == [store.file("STHostName").name]
