# SPDX-License-Identifier: BSD-2-Clause
"""Comments, strings and documents use none of the words that tests/lint/words.py refuses."""
import pytest
import rules
import words

# The list itself has the words, and this file shows that each is found.
EXCEPTIONS = ("tests/lint/words.py", "tests/lint/test_words.py")


def texts():
    return {name: text for name, text in rules.written_files()
            if name not in EXCEPTIONS and not name.startswith("tests/vectors/")}


def test_no_refused_word_is_used():
    files = texts()
    assert {"README.md", "man/stprov-remote.1", "src/main.c", "docs/privsep.md"} <= set(files)
    assert [c for name, text in files.items() for c in words.complaints(name, text)] == []


# That the rule can fail -------------------------------------------------------------------------

@pytest.mark.parametrize("text", [
    "/* Nobody reads it. */", '"somebody is in between"', "Whoever connects has one guess.",
    "everybody else", "it has been said", "what stands there", "as it is now", "it is no address",
    "the console says so", "all but for one", "it is not our affair", "not worth a line",
    "/* A long line ends in what\n * stands behind it. */", "# some\n# text that is\n# no text",
])
def test_refused_words_are_found(text):
    assert words.complaints("src/main.c", text) != [], text


@pytest.mark.parametrize("text", [
    "runs as the user nobody, without privileges", "user and group nobody and no other group",
    "that is no longer true", "it is not an address", "int somebody_else;", "test_nobody_can()",
    "the butler", "NOBODY = 65534",
])
def test_other_words_are_not(text):
    assert words.complaints("src/main.c", text) == [], text


def test_the_line_is_that_of_the_first_word():
    text = "one\n/*\n * has been\n * said\n */\n"
    assert words.complaints("a.c", text)[0].startswith('a.c:3: "has been said": ')
