# SPDX-License-Identifier: BSD-2-Clause
"""The operator's screen: 80 columns, ASCII; and how the tests find lines on it."""
import pytest

import harness
import screen

LONG = "x" * 100


# What the tests take for a line -----------------------------------------------------------------

@pytest.mark.parametrize("raw, shown", [
    ("one\r\ntwo\r\n", "one\ntwo\n"),
    ("3 s\r2 s\r   \rdone\r\n", "done\n"),
    ("10 s left\r9 s left ", "9 s left "),
    ("10 s left\r         \r", ""),
    ("ab\b \bc\r\n", "ac\n"),
    ("\r    \rquestion: ", "question: "),
    ("unfinished\r", "unfinished"),
])
def test_a_row_is_what_was_written_last(raw, shown):
    assert screen.rows(raw) == shown


def test_only_a_word_without_room_continues_a_line():
    first = "word " * 15 + "end"
    assert screen.lines(f"{first}\r\n    next\r\n") == f"{first} next\n"
    assert screen.lines("short\r\n    next\r\n") == "short\n    next\n"
    assert screen.lines(f"{first}\r\n  next\r\n") == f"{first}\n  next\n"


def test_what_does_not_fit_is_noticed():
    assert screen.misfits("word " * 16 + "\r\n")
    assert screen.misfits("\x1b[1m\r\n") and screen.misfits("\u00e9\r\n")
    assert not screen.misfits("word " * 15 + f"\r\n    {LONG}\r\n")


# What stprov writes -----------------------------------------------------------------------------

def test_on_a_terminal_a_long_line_is_folded_at_a_word(store, platform):
    remote = platform(console="terminal", listening=False, allow=(f"host {LONG} that is none",))
    assert remote.wait() == 2
    assert not screen.misfits(remote.err.raw)
    assert remote.err.raw.startswith(
        "stprov remote run: -a: malformed address: host\r\n    " + LONG[:20])
    assert len(remote.err.text.splitlines()) == 1


@pytest.mark.parametrize("width", [30, 40, 132])
def test_on_a_terminal_a_line_is_folded_at_its_width(width):
    """Help is never wider than 80."""
    prefix = ["sh", "-c", f'stty cols {width} && "$@"', ""]
    process = harness.Process(["remote", "static", "-i", "10.0.2.10/24", "-M", "none"],
                              console="terminal", prefix=prefix)
    assert process.wait() == 2
    rows = screen.rows(process.err.raw).splitlines()
    assert width - 20 < max(map(len, rows)) < width, rows
    process = harness.Process(["remote", "dhcp", "--help"], console="terminal", prefix=prefix)
    assert process.wait() == 0
    words = [row for row in process.out.raw.splitlines() if "://" not in row]
    assert max(map(len, words)) < min(max(width, 41), 80), words


def test_elsewhere_it_is_one_line_however_long(run):
    code, _, err = run("remote", "static", "-i", "10.0.2.10/24", "-M", "x" * 30)
    assert code == 2 and err.count("\n") == 1 and len(err) > 2 * screen.COLUMNS


def test_the_question_and_what_is_around_it_fit_on_a_terminal(platform):
    remote = platform(console="terminal", password=None, compat=False)
    with remote.client_v1() as client:
        client.add_data()
        client.ask_commit()
        remote.press()
        fingerprint = client.receive().json["fingerprint"]
    assert remote.wait() == 0
    assert not screen.misfits(remote.out.raw), remote.out.raw
    assert f"host key stored in STHostKey and read back: {fingerprint}" in remote.out.text
    assert len(f"host key stored in STHostKey and read back: {fingerprint}") > screen.COLUMNS
