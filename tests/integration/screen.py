# SPDX-License-Identifier: BSD-2-Clause
"""The text that a terminal shows for the bytes of a program.

For a row that was overwritten after a carriage return, only its last state counts. A long line that
was folded into rows is joined again. `rows` does the first, `lines` both.
"""
import re

# As in src/base/log.h and src/base/text.h.
COLUMNS, FOLD_INDENT = 79, 4
FOLD = re.compile(r"\n( {%d,%d})(\S+)" % (FOLD_INDENT, 2 * FOLD_INDENT))


def cells(raw):
    """[(character, position in raw after it)] of the final row."""
    if not re.search("\r(?!\n)|\b", raw):
        return [(char, at + 1) for at, char in enumerate(raw) if char != "\r"]
    done, row, column = [], [], 0
    for at, char in enumerate(raw):
        if char == "\r":
            # Before a newline the terminal added it, and the cursor was at the row's end.
            column = column if raw[at + 1:at + 2] == "\n" else 0
        elif char == "\b":
            column = max(0, column - 1)
        elif char == "\n":
            done += cut(row, column) + [(char, at + 1)]
            row, column = [], 0
        else:
            row[column:column + 1] = [(char, at + 1)]
            column += 1
    return done + cut(row, column)


def cut(row, column):
    """Without the blanks after the cursor, which only wiped older text."""
    while len(row) > column and row[-1][0] == " ":
        row = row[:-1]
    return row


def text_of(some):
    return "".join(char for char, _ in some)


def unfold(some):
    """Rows of one line become that line: those that begin with a word that had no room."""
    text, kept, at = text_of(some), [], 0
    for match in FOLD.finditer(text):
        before = match.start() - (text.rfind("\n", 0, match.start()) + 1)
        if before + 1 + len(match[2]) > COLUMNS:
            kept += some[at:match.start()] + [(" ", some[match.end(1) - 1][1])]
            at = match.end(1)
    return kept + some[at:]


def rows(raw):
    return text_of(cells(raw))


def lines(raw):
    return text_of(unfold(cells(raw)))


def find(pattern, raw, at):
    """The first match in the screen's text of raw[at:], and the position in raw after it."""
    some = unfold(cells(raw[at:]))
    match = re.search(pattern, text_of(some))
    # A row's cells need not be in the order in which they came.
    return match, at + max((end for _, end in some[:match.end() if match else 0]), default=0)


def misfits(raw):
    """Rows that are not for a console: over 80 columns, except one long word; or not plain ASCII.

Every state of an overwritten row counts.
    """
    states = [state for row in raw.replace("\r\n", "\n").split("\n") for state in row.split("\r")]
    return [state for state in states if re.search(r"[^\x20-\x7e]", state)
            or (len(state) > COLUMNS and " " in state.strip())]
