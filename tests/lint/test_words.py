# SPDX-License-Identifier: BSD-2-Clause
"""Comments, strings and documents use none of the words that tests/lint/words.py refuses."""
import pytest
import test_sources
import words

# The list itself has the words, and this file shows that each is found.
EXCEPTIONS = ("tests/lint/words.py", "tests/lint/test_words.py")


def texts():
    return {name: text for name, text in test_sources.checked_files()
            if name not in EXCEPTIONS and not name.startswith("tests/vectors/")}


def test_no_refused_word_is_used():
    files = texts()
    assert {"README.md", "man/stprov-remote.1", "src/main.c", "docs/privsep.md"} <= set(files)
    assert [c for name, text in files.items() for c in words.complaints(name, text)] == []


NOT_YET, QUOTED_YET = words.NOT_YET, words.QUOTED_YET


def test_each_exception_is_still_needed(monkeypatch):
    files = texts()
    monkeypatch.setattr(words, "NOT_YET", ())
    monkeypatch.setattr(words, "QUOTED_YET", ())
    used = [name for name, text in files.items() if words.complaints(name, text)]
    assert [folder for folder in NOT_YET
            if not any(name.startswith(folder) for name in used)] == []
    assert [quoted for quoted in QUOTED_YET
            if not any(quoted in text for name, text in files.items())] == []


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


def test_folders_that_wait_are_passed_over(monkeypatch):
    monkeypatch.setattr(words, "NOT_YET", ("src/setup/",))
    assert words.complaints("src/setup/look.c", "somebody") == []
    assert words.complaints("src/setups.c", "somebody") != []


def test_a_quoted_message_is_passed_over_alone(monkeypatch):
    monkeypatch.setattr(words, "QUOTED_YET", ("somebody is in between",))
    assert words.complaints("a.md", "if somebody is in between: abort") == []
    assert words.complaints("a.md", "somebody is there; somebody is in between") != []
