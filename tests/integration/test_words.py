# SPDX-License-Identifier: BSD-2-Clause
"""The comparison words: the laptop's operator types those that the platform's console shows."""
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
        laptop.type(["", "bocil dufen", spoilt(words)][number] + "\n")
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
