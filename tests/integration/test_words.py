# SPDX-License-Identifier: BSD-2-Clause
"""The comparison words: the laptop's operator types those that the platform's console shows."""
import contextlib

import pytest

import harness
import v1

CODE = "bocil-dufen"
WORDS = r"comparison words: ([a-z]{5} [a-z]{5})\n"
ASKED = "type the two comparison words that the platform's console shows"
REFUSED = ("these are not the words of this connection: somebody may be in between. "
           "Nothing was committed\n")


def spoilt(words):
    """Other words of the same form."""
    return words[:-1] + ("b" if words[-1] != "b" else "c")


@pytest.fixture(name="pair")
def fixture_pair(platform, local):
    """A function that starts both; the laptop has asked for the words when it returns."""
    def start(*arguments, **kwargs):
        remote = platform(compat=False, password=CODE)
        laptop = local(remote.address, password=CODE, compat=False, arguments=arguments, **kwargs)
        laptop.err.wait_for(ASKED)
        return remote, laptop, remote.err.wait_for(WORDS)[1]
    return start


@pytest.mark.parametrize("how", [str, str.upper, lambda words: words.replace(" ", "-"),
                                 lambda words: words.replace(" ", ""),
                                 lambda words: f"  {words.replace(' ', '.')}  "])
def test_words_are_typed_as_codes_are(pair, store, how):
    remote, laptop, words = pair("--ask", console="terminal")
    assert words not in laptop.out.text, "they are not shown before they are typed"
    laptop.out.wait_for("words on the console: $")
    laptop.type(how(words) + "\n")
    laptop.out.wait_for("press Enter there; waiting")
    port = remote.err.wait_for(r"(\S+) asks to commit")[1]
    assert f"comparison words: {words}\n  of the connection from {port}\n" in laptop.out.text
    remote.press()
    assert laptop.wait() == 0, laptop.out.text
    assert remote.wait() == 0 and store.host_key()


def test_nothing_is_sent_before_the_words_are_right(local):
    with v1.FakePlatform(CODE) as fake:
        laptop = local(fake.address, password=CODE, compat=False, arguments=["--words", "-"])
        laptop.err.wait_for(ASKED)
        harness.wait_until_idle(laptop)
        assert fake.requests == []
        laptop.type(spoilt(fake.verifier.keys.words) + "\n")
        assert laptop.wait() == 1
        assert fake.requests == [] and laptop.out.text == ""
        assert laptop.err.text.endswith(REFUSED)


def test_wrong_words_may_be_typed_three_times_on_the_terminal(pair, store):
    remote, laptop, words = pair("--ask", console="terminal")
    for number in range(3):
        laptop.out.wait_for(rf"(words on the console: (?s:.*)){{{number + 1}}}$")
        laptop.type(["no words", "bocil dufen", spoilt(words)][number] + "\n")
    assert laptop.wait() == 1
    assert laptop.out.text.count("not the words of this connection; type the two words") == 2
    assert laptop.out.text.replace("\r", "").endswith(REFUSED)
    assert "asks to commit" not in remote.err.text and store.read("STHostKey") is None


def test_the_third_time_may_be_right(pair):
    remote, laptop, words = pair("--ask", console="terminal")
    for number, text in enumerate(["x", spoilt(words), words]):
        laptop.out.wait_for(rf"(words on the console: (?s:.*)){{{number + 1}}}$")
        laptop.type(text + "\n")
    remote.press()
    assert laptop.wait() == 0, laptop.out.text


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_words_from_standard_input(pair, end):
    remote, laptop, words = pair("--words", "-")
    laptop.type(words + end)
    if not end:
        laptop.hang_up()
    remote.press()
    assert laptop.wait() == 0, laptop.err.text


def test_standard_input_has_one_line_and_no_second_try(pair):
    _, laptop, words = pair("--words=-")
    laptop.type(f"{spoilt(words)}\n{words}\n")
    assert laptop.wait() == 1 and laptop.err.text.endswith(REFUSED)


def test_end_of_input_commits_nothing(pair, store):
    remote, laptop, _ = pair("--words", "-")
    laptop.hang_up()
    assert laptop.wait() == 1
    assert laptop.err.text.endswith("no comparison words were typed: nothing was committed\n")
    assert "asks to commit" not in remote.err.text and store.read("STHostKey") is None


@pytest.mark.parametrize("console,arguments", [("terminal", "--ask"), ("pipe", "--words=-")])
def test_platform_that_ends_meanwhile_is_noticed(pair, console, arguments):
    remote, laptop, _ = pair(arguments, console=console)
    remote.end()
    assert laptop.wait() == 1
    assert laptop.err.text.endswith(
        "the platform ended the connection before the words were compared\n")


def test_without_comparison_it_is_said_in_both_places(platform, local):
    remote = platform(compat=False, password=CODE)
    laptop = local(remote.address, password=CODE, compat=False,
                   arguments=["--no-compare", "--json"])
    remote.press()
    assert laptop.wait() == 0
    assert "warning: the comparison words were not compared (--no-compare)\n" in laptop.err.text
    assert '"compared":false' in laptop.out.text


def test_compared_words_are_said_to_be(pair):
    remote, laptop, words = pair("--words", "-", "--json")
    laptop.type(words + "\n")
    remote.press()
    assert laptop.wait() == 0
    assert f'"comparison_words":"{words}","compared":true' in laptop.out.text


def test_who_read_the_code_is_not_believed(platform, local):
    """A false platform that answers each request at once, whose words are not on the console."""
    remote = platform(compat=False, password=CODE)
    with remote.client_v1(), v1.FakePlatform(CODE) as fake:
        shown = remote.err.wait_for(WORDS)[1]
        laptop = local(fake.address, password=CODE, compat=False, arguments=["--words", "-"])
        laptop.type(shown + "\n")
        assert laptop.wait() == 1
        assert fake.requests == [] and laptop.err.text.endswith(REFUSED)


def test_review_after_another_connection_takes_only_its_words(platform, store):
    remote = platform(compat=False, password=CODE, console="pty")
    with remote.client_v1():
        remote.err.wait_for(WORDS)
    with remote.client_v1() as client:
        client.add_data()
        client.ask_commit()
        remote.wait_for_question()
        assert "1 other connection has shown the code in this run" in remote.err.text
        remote.type("\n")
        remote.out.wait_for("type the two comparison words to confirm; n or no to abort")
        assert store.read("STHostKey") is None
        remote.type(client.words + "\n")
        assert client.receive().status == 200
    assert remote.wait() == 0


def test_connection_that_opens_under_the_question_makes_it_ask_for_the_words(platform, store):
    """Enter may be meant for the laptop on which words were just typed."""
    remote = platform(compat=False, password=CODE)
    with remote.client_v1() as first:
        first.add_data()
        first.ask_commit()
        remote.wait_for_question()
        with remote.client_v1() as second:
            remote.err.wait_for("only the words of the question confirm")
            remote.out.wait_for("Type the comparison words")
            remote.type("\n")
            remote.out.wait_for("type the two comparison words to confirm")
            assert store.read("STHostKey") is None
            assert f"its words: {second.words}" in remote.err.text
            remote.type(second.words + "\n")
            harness.eventually(lambda: remote.out.text.count("words to confirm") == 2)
            assert store.read("STHostKey") is None
            remote.type(first.words + "\n")
            assert first.receive().status == 200
    assert remote.wait() == 0


def test_words_that_were_not_shown_under_a_question_come_after_it(platform):
    remote = platform(compat=False, password=CODE)
    with contextlib.ExitStack() as stack:
        first = remote.client_v1()
        first.add_data()
        first.ask_commit()
        remote.wait_for_question()
        others = [stack.enter_context(remote.client_v1()) for _ in range(6)]
        harness.wait_until_idle(remote)
        hidden = [other.words for other in others if other.words not in remote.err.text]
        assert hidden, "all of them on a screen with the question"
        first.close()
        for words in hidden:
            remote.err.wait_for(f"comparison words: {words}\n")


def test_enter_shows_the_words_of_connections_that_wait_for_them(platform):
    remote = platform(compat=False, password=CODE, console="terminal")
    with remote.client_v1() as client:
        remote.out.wait_for(f"comparison words: {client.words}\n")
        remote.type("\n")
        remote.out.wait_for(f"(?s)comparison words: {client.words}\n.*"
                            f"comparison words: {client.words}\n")


def test_client_of_v0_counts_as_another_one(platform):
    remote = platform(compat=True)
    with remote.client() as old:
        assert old.add_data().status == 200
    with remote.client_v1() as new:
        new.add_data()
        new.ask_commit()
        remote.err.wait_for("1 other connection has shown the code in this run")
        remote.out.wait_for("Type the comparison words")


def test_enter_and_arrow_keys_cost_no_try(pair):
    remote, laptop, words = pair("--ask", console="terminal")
    for number, text in enumerate(["", "", "  ", "\x1b[A", "", words]):
        laptop.out.wait_for(rf"(words on the console: (?s:.*)){{{number + 1}}}$")
        laptop.type(text + "\n")
    remote.press()
    assert laptop.wait() == 0, laptop.out.text


@pytest.mark.parametrize("text", ["{} " + " " * 600 + "xyz", "x" * 5000])
def test_words_with_more_behind_them_are_others(pair, text):
    _, laptop, words = pair("--words", "-")
    laptop.type(text.format(words) + "\n")
    assert laptop.wait() == 1 and laptop.err.text.endswith(REFUSED)


def test_console_reports_a_laptop_that_gave_up(pair):
    remote, laptop, _ = pair("--words", "-")
    laptop.type("bebeb bebeb\n")
    assert laptop.wait() == 1
    remote.err.wait_for("the client has gone: nothing was written for it")


def test_host_name_that_changes_under_the_question_is_refused_before_it_is_written(
        platform, local, store):
    """The laptop has checked known_hosts for the name that it was told."""
    remote = platform(compat=False, password=CODE)
    store.write("STHostName", b"early.example.org")
    laptop = local(remote.address, password=CODE, compat=False)
    remote.wait_for_question()
    store.write("STHostName", b"late.example.org")
    remote.type("\n")
    assert laptop.wait() == 1 and laptop.out.text == ""
    said = ("the host name was changed to late.example.org, and the laptop was told "
            "early.example.org: nothing was written")
    assert said in laptop.err.text and said in remote.err.text
    assert store.read("STHostKey") is None and remote.running
    laptop = local(remote.address, password=CODE, compat=False)
    remote.out.wait_for("Type the comparison words")
    remote.press()
    assert laptop.wait() == 0 and laptop.result["hostname"] == "late.example.org"
    assert remote.wait() == 0
