# SPDX-License-Identifier: BSD-2-Clause
"""The program of -Dremote=false: what it has, what it says of the rest, and what it needs."""
import pathlib
import re
import subprocess

import pytest

import harness


def ask(*words):
    done = subprocess.run([harness.LAPTOP, *words], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=30, check=False)
    return done.returncode, done.stdout, done.stderr


def test_the_program_is_that_of_another_build():
    assert harness.LAPTOP != harness.STPROV


@pytest.mark.parametrize("words", [["help"], ["--help"], []])
def test_help_has_no_command_that_is_not_there(words):
    code, out, err = ask(*words)
    assert (code, err) == (0, "")
    assert "stprov local run" in out
    assert not re.search(r"stprov (help )?(remote|host|defaults)", out)


@pytest.mark.parametrize("words", [
    ["remote"], ["remote", "run", "-o", "x"], ["r", "s"], ["remote", "--help"], ["help", "remote"],
    ["help", "remote", "run"]])
def test_the_platforms_commands_are_refused_in_one_line(words):
    assert ask(*words) == (2, "", "stprov remote: this build has no remote part; it has `stprov "
                                  "local` only\n")


def test_the_commands_of_the_os_package_are_refused_in_one_line():
    code, out, err = ask("host", "apply")
    assert (code, out) == (2, "") and err.startswith("stprov host: this build has no host part")
    code, out, err = ask("defaults")
    assert (code, out) == (2, "") and err.startswith("stprov defaults: this build has no remote")
    # `h` is help in each build.
    assert ask("h") == ask("help")


def test_each_command_of_the_laptop_has_the_help_of_the_whole_program():
    for words in (["run"], ["console"], ["check"], ["help"]):
        ours = ask("help", "local", *words)
        whole = subprocess.run([harness.STPROV, "help", "local", *words], capture_output=True,
                               text=True, check=True).stdout
        assert ours == (0, whole, "")


def test_it_needs_openssl_and_jansson_and_no_other_library():
    needed = subprocess.run(["readelf", "-dW", harness.LAPTOP], capture_output=True, text=True,
                            check=True).stdout
    libraries = {name.split(".so")[0] for name in re.findall(r"NEEDED.*\[(.*)\]", needed)}
    assert libraries == {"libcrypto", "libssl", "libjansson", "libc"}


def test_it_asks_libc_for_nothing_but_posix():
    """What tests/lint looks for by name, seen from the other side: the program's own imports."""
    table = subprocess.run(["nm", "-D", "--undefined-only", harness.LAPTOP], capture_output=True,
                           text=True, check=True).stdout
    names = set(re.findall(r" U (\w+)@GLIBC", table))
    assert {"poll", "sigaction", "pthread_create"} <= names
    foreign = names & {
        "accept4", "asprintf", "vasprintf", "close_range", "cfmakeraw", "dup3", "eventfd",
        "explicit_bzero", "flock", "getifaddrs", "getrandom", "ioctl", "memfd_create", "memmem",
        "memrchr", "pipe2", "ppoll", "prctl", "renameat2", "secure_getenv", "setgroups", "signalfd",
        "strcasestr", "strchrnul", "strsep", "syscall", "timegm", "timerfd_create", "usleep"}
    assert foreign == set()


def test_completion_offers_no_command_that_is_not_there():
    build = pathlib.Path(harness.LAPTOP).parent
    for shell in ("bash", "zsh", "fish"):
        whole = (harness.ROOT / "completion" / f"stprov.{shell}").read_text()
        ours = (build / f"stprov-laptop.{shell}").read_text()
        assert "'help version local'" in ours
        assert "version defaults local" not in ours and "version defaults local" in whole
