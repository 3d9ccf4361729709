# SPDX-License-Identifier: BSD-2-Clause
"""`stprov remote clear`: removed variables, its question, and no partial removal."""
import itertools
import os
import re
import signal
import subprocess

import pytest

import harness
import provisioned

QUESTION = "Type yes to remove them; anything else leaves all as it is:"
NOTHING_REMOVED = "nothing was removed"
ORDER = ("STHostKey", "STHostConfig", "STHostName")


@pytest.fixture(name="full")
def fixture_full(tmp_path):
    store = provisioned.Provisioned(tmp_path / "efivars", tmp_path)
    store.write("PK", b"another's", harness.ATTRIBUTES_AUTHENTICATED)
    store.write("OsIndications", bytes(8))
    return store


def others(store):
    """All variables except those that stprov provisions."""
    return {name: data for name, data in store.snapshot().items()
            if not name.startswith("STHost")}


class Clear(harness.Process):
    """A running `remote clear`."""

    def __init__(self, store, *arguments, **kwargs):
        self.store = store
        super().__init__(["remote", "clear", "-E", str(store.path), *arguments], **kwargs)

    def answer(self, text):
        """Waits for the question first."""
        self.out.wait_for(re.escape(QUESTION))
        self.type(text)

    def end(self):
        """The exit code; checks that no secret was shown, and that all lines fit a console."""
        code = self.wait()
        shown = self.out.text + self.err.text
        assert re.fullmatch(r"[\x20-\x7e\n^]*", shown), shown
        for secret in getattr(self.store, "secrets", list)():
            assert secret not in shown, "a secret was shown"
        return code


@pytest.fixture(name="clear")
def fixture_clear(started):
    def start(store, *arguments, **kwargs):
        return started(Clear(store, *arguments, **kwargs))
    return start


# Good ends --------------------------------------------------------------------------------------

def test_files_certificate_and_sealed_key_go_too(run, full):
    before = others(full)
    full.write("STFile-b", b"\0x")
    full.write("STFile-a", b"broken")
    full.write("STHostCert", b"not a certificate\n")
    full.write("STHostKeySealed", b"sealed")
    code, _, err = run("remote", "clear", "--yes", "-E", str(full.path))
    assert code == 0
    names = ("STHostKey, STHostKeySealed, STFile-a, STFile-b, STHostCert, STHostConfig, "
             "STHostName")
    assert f"will be removed: {names}\n" in err
    assert f"removed, and read back as gone: {names}\n" in err
    assert full.snapshot() == before


def test_many_files_are_named_in_several_lines(run, full):
    for number in range(16):
        full.write(f"STFile-{number:02}{'x' * 38}", b"\0x")
    code, _, err = run("remote", "clear", "--yes", "-E", str(full.path))
    assert code == 0 and err.count("will be removed: ") == 2
    for number in range(16):
        assert err.count(f"STFile-{number:02}{'x' * 38}") >= 2
    assert not [name for name in full.names() if name.startswith("STFile-")]


def test_more_files_than_one_transaction_takes_need_another_run(run, full):
    for number in range(66):
        full.write(f"STFile-{number}", b"\0x")
    codes = [run("remote", "clear", "--yes", "-E", str(full.path)) for _ in range(2)]
    assert codes[0][0] == 1
    assert "there may be more variables STFile-*: run stprov remote clear again" in codes[0][2]
    assert codes[1][0] == 0
    assert not [name for name in full.names() if name.startswith(("STFile-", "STHost"))]


@pytest.mark.parametrize("console", ["pty", "pipe", "terminal"])
@pytest.mark.parametrize("answer", ["yes\n", "YES\n", "Yes\r"])
def test_yes_removes_all_three_and_nothing_else(clear, full, console, answer):
    before = others(full)
    process = clear(full, console=console)
    process.answer(answer)
    assert process.end() == 0, process.err.text
    assert full.snapshot() == before
    err = process.err.text
    assert f"will be removed: {', '.join(ORDER)}\n" in err
    assert "not touched: Secure Boot keys and all other variables\n" in err
    assert f"removed, and read back as gone: {', '.join(ORDER)}\n" in err
    for shown in (full.fingerprint, harness.HOSTNAME, "10.0.2.10/26", "https://stboot:***@"):
        assert shown in err.split("will be removed")[0]


def test_a_mistyped_yes_may_be_mended_with_backspace(clear, full):
    process = clear(full, console="pty")
    process.answer("yrs\x7f\x7fes\n")
    assert process.wait() == 0
    assert full.read("STHostKey") is None


@pytest.mark.parametrize("option", ["-y", "--yes"])
def test_scripts_are_not_asked(run, full, option):
    before = others(full)
    code, out, err = run("remote", "clear", option, "-E", str(full.path))
    assert (code, out) == (0, "")
    assert f"removed, and read back as gone: {', '.join(ORDER)}\n" in err
    assert full.snapshot() == before


@pytest.mark.parametrize("there", list(itertools.product([True, False], repeat=3)),
                         ids=lambda there: "".join("x" if t else "-" for t in there))
def test_only_what_is_there_is_named_and_removed(run, full, there):
    for name, keep in zip(ORDER, there):
        if not keep:
            full.remove(name)
    before = others(full)
    code, _, err = run("remote", "clear", "--yes", "-E", str(full.path))
    assert code == 0
    named = ", ".join(name for name, keep in zip(ORDER, there) if keep)
    if named:
        assert f"will be removed: {named}\n" in err
    else:
        assert err == "nothing to remove: stprov has stored nothing here\n"
    assert full.snapshot() == before
    assert " none\n" not in err


def test_broken_variables_are_removed_like_others(run, full):
    full.write("STHostConfig", b"\xffno JSON")
    full.write("STHostKey", b"x" * 65536)
    full.file("STHostName").write_bytes(b"\7")
    before = others(full)
    code, _, err = run("remote", "clear", "--yes", "-E", str(full.path))
    assert code == 0, err
    assert "STHostName is damaged" in err
    assert full.snapshot() == before


def test_what_a_crash_left_of_a_key_is_removed_too(run, full):
    left = full.here / f".stprov-new-{full.file('STHostKey').name}"
    left.write_bytes(b"half a key")
    assert run("remote", "clear", "--yes", "-E", str(full.path))[0] == 0
    assert not left.exists()


def test_afterwards_it_is_not_provisioned_and_run_says_what_comes_first(run, full):
    assert run("remote", "clear", "--yes", "-E", str(full.path))[0] == 0
    assert run("remote", "status", "-E", str(full.path))[0] == 3
    code, _, err = run("remote", "run", "-E", str(full.path))
    assert code == 1 and "remote static" in err
    assert run("remote", "clear", "-E", str(full.path))[0] == 0


# Not confirmed ----------------------------------------------------------------------------------

@pytest.mark.parametrize("console", ["pty", "pipe"])
@pytest.mark.parametrize("answer", [
    "\n", "y\n", "n\n", "no\n", "ys\n", "es\n", "yess\n", "yes!\n", " yes\n", "yes \n", "zes\n",
    "yes, but no\n", "remove\n", "x" * 3000 + "\n"])
def test_anything_else_than_yes_removes_nothing(clear, full, console, answer):
    before = full.snapshot()
    process = clear(full, console=console)
    process.answer(answer)
    assert process.end() == 1
    assert process.err.text.endswith(f"stprov remote clear: aborted: {NOTHING_REMOVED}\n")
    assert full.snapshot() == before


@pytest.mark.parametrize("console", ["pty", "pipe"])
def test_end_of_file_removes_nothing(clear, full, console):
    before = full.snapshot()
    process = clear(full, console=console)
    process.out.wait_for(re.escape(QUESTION))
    process.hang_up()
    assert process.end() == 1
    assert NOTHING_REMOVED in process.err.text
    assert full.snapshot() == before


def test_a_word_without_its_line_end_is_no_answer(clear, full):
    before = full.snapshot()
    process = clear(full, console="pipe")
    process.answer("yes")
    process.hang_up()
    assert process.end() == 1
    assert NOTHING_REMOVED in process.err.text
    assert full.snapshot() == before


@pytest.mark.parametrize("how", ["ctrl+c", "ctrl+\\", "SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_at_the_question_removes_nothing(clear, full, how):
    before = full.snapshot()
    process = clear(full, console="pty")
    process.out.wait_for(re.escape(QUESTION))
    if how.startswith("ctrl"):
        process.type({"c": b"\x03", "\\": b"\x1c"}[how[-1]])
    else:
        process.signal(getattr(signal, how))
    assert process.end() == 1
    assert f"interrupted: {NOTHING_REMOVED}" in process.err.text
    assert full.snapshot() == before


def clear_with_stdin(store, stdin):
    return subprocess.Popen([harness.STPROV, "remote", "clear", "-E", store.path], stdin=stdin,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize("text,code", [(b"yes\n", 0), (b"no\nyes\n", 1), (b"\nyes\n", 1),
                                       (b"", 1), (b"yes", 1)])
def test_the_next_line_of_a_pipe_is_the_answer(full, text, code):
    before = full.snapshot()
    reader, writer = os.pipe()
    os.write(writer, text)
    os.close(writer)
    process = clear_with_stdin(full, reader)
    os.close(reader)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code
    if code == 0:
        assert full.read("STHostKey") is None
        return
    assert (b"aborted: nothing was removed" if text.endswith(b"\n") else
            b"no answer: nothing was removed (-y does it without asking)") in err
    assert full.snapshot() == before


def test_what_was_typed_before_the_question_does_not_count(full):
    before = full.snapshot()
    master, slave = os.openpty()
    os.write(master, b"yes\nyes\n")
    process = clear_with_stdin(full, slave)
    os.close(slave)
    assert process.stdout.readline().decode() == f"{QUESTION}\n"
    # What is typed now is the answer.
    os.write(master, b"no\n")
    _, err = process.communicate(timeout=60)
    os.close(master)
    assert process.returncode == 1 and b"aborted: nothing was removed" in err
    assert full.snapshot() == before


# What fails -------------------------------------------------------------------------------------

def test_a_read_only_directory_is_said_and_left_as_it_was(run, namespace, tmp_path):
    path = tmp_path / "mounted"
    store = harness.mounted_store(namespace("-m"), path, "-t", "tmpfs", "tmpfs")
    store.write("STHostKey", b"old")
    before = store.snapshot()
    store.space.run("mount", "-o", "remount,ro", str(path))
    code, _, err = run("remote", "clear", "-y", "-E", str(path), prefix=store.space.prefix)
    assert code == 1
    assert err.splitlines()[-1] == (
        f"stprov remote clear: cannot remove STHostKey and others: {path} is mounted read-only: "
        f"mount -o remount,rw {path}; nothing was changed")
    assert store.snapshot() == before


def provision_ext4(ext4, full):
    for name, data in full.good.items():
        ext4.write(name, data)


def test_immutable_variables_are_removed(run, ext4, full):
    provision_ext4(ext4, full)
    for name in ORDER:
        ext4.chattr("+i", name)
    before = others(ext4)
    code, _, err = run("remote", "clear", "-y", "-E", str(ext4.path), prefix=ext4.space.prefix)
    assert code == 0, err
    assert ext4.snapshot() == before


@pytest.mark.parametrize("stuck", ORDER)
def test_what_cannot_be_removed_brings_the_others_back(run, ext4, full, stuck):
    provision_ext4(ext4, full)
    ext4.chattr("+i", stuck)
    before = ext4.snapshot()
    code, _, err = run("remote", "clear", "-y", "-E", str(ext4.path),
                       prefix=[*ext4.space.prefix, *harness.POWERLESS])
    assert code == 1
    last = err.splitlines()[-1]
    assert f"cannot remove {stuck}: not permitted" in last
    back = ", ".join(reversed(ORDER[:ORDER.index(stuck)]))
    assert last.endswith(f"; put back as before: {back}" if back else "; nothing was changed")
    assert ext4.snapshot() == before
    ext4.chattr("-i", stuck)


@pytest.mark.parametrize("name", ORDER)
def test_what_is_no_plain_file_stops_it_before_anything_is_removed(run, full, name):
    full.remove(name)
    full.file(name).mkdir()
    before = full.snapshot()
    code, _, err = run("remote", "clear", "-y", "-E", str(full.path))
    assert code == 1
    assert err.splitlines()[-1] == (
        f"stprov remote clear: cannot read {name}: its file is a link or not a regular file; "
        "nothing "
        "was changed")
    assert full.snapshot() == before


def test_a_link_in_place_of_the_key_is_not_followed(run, full, tmp_path):
    victim = tmp_path / "victim"
    victim.write_bytes(b"\7\0\0\0precious")
    full.remove("STHostKey")
    full.file("STHostKey").symlink_to(victim)
    assert run("remote", "clear", "-y", "-E", str(full.path))[0] == 1
    assert victim.read_bytes() == b"\7\0\0\0precious"


def test_a_missing_directory_is_one_line(run, tmp_path):
    code, out, err = run("remote", "clear", "-E", str(tmp_path / "nowhere"))
    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 1 and str(tmp_path / "nowhere") in err


@pytest.mark.parametrize("arguments", [["-x"], ["more"], ["--yes=maybe"], ["-y", "yes"]])
def test_a_wrong_option_is_one_line_and_nothing_is_removed(run, full, arguments):
    before = full.snapshot()
    code, out, err = run("remote", "clear", "-E", str(full.path), *arguments)
    assert (code, out) == (2, "") and len(err.splitlines()) == 1
    assert full.snapshot() == before


def test_c_is_clear(run, full):
    assert run("r", "c", "-y", "-E", str(full.path))[0] == 0
    assert full.read("STHostKey") is None
