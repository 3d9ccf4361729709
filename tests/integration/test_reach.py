# SPDX-License-Identifier: BSD-2-Clause
"""How the laptop reaches the platform: names, ports, waiting for it; a code that looks mistyped."""
import re
import signal
import socket

import pytest

import harness
import v1

CODE = "bocil-dufen"


def provisioned(laptop):
    assert laptop.wait() == 0, laptop.err.text
    return laptop


# -i ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize("form", ["127.0.0.1:{}", "[127.0.0.1]:{}", "localhost:{}",
                                  "127.0.0.1:{:#x}"])
def test_port_may_stand_behind_the_host(started, form):
    with v1.FakePlatform(CODE) as fake:
        laptop = started(harness.Process(
            ["local", "run", "--no-compare", "-o", CODE, "-i", form.format(fake.address[1])]))
        provisioned(laptop)
        assert laptop.out.lines("^ip=127.0.0.1$")


@pytest.mark.parametrize("form", ["[::1]", "::1", "[::1]:{}"])
def test_brackets_may_be_around_an_ipv6_address(started, form):
    with v1.FakePlatform(CODE, ip="::1") as fake:
        port = fake.address[1]
        laptop = started(harness.Process(["local", "run", "--no-compare", "-o", CODE, "-i",
                                          form.format(port), "-p", str(port)]))
        provisioned(laptop)
        assert laptop.out.lines("^ip=::1$")


def test_each_address_of_a_name_is_tried(platform, namespace, local, tmp_path):
    """Nothing listens on the first one; its refusal is told."""
    inside = namespace("-n", "-m")
    inside.run("ip", "link", "set", "lo", "up")
    inside.name_hosts(tmp_path / "hosts",
                      "127.0.0.2 two.example.org\n127.0.0.1 two.example.org\n")
    remote = platform(compat=False, password=CODE, prefix=inside.prefix, ip="127.0.0.2")
    laptop = local(("two.example.org", remote.port), password=CODE, compat=False,
                   prefix=inside.prefix)
    remote.press()
    provisioned(laptop)
    assert re.search(r"127\.0\.0\.1:\d+: .*; trying the next address of two\.example\.org\n",
                     laptop.err.text)
    assert laptop.result["ip"] == "127.0.0.2"


def test_busy_address_of_a_name_is_tried_again(namespace, started, tmp_path):
    """The other one refuses: that is not the platform's last word."""
    inside = namespace("-n", "-m")
    inside.run("ip", "link", "set", "lo", "up")
    inside.name_hosts(tmp_path / "hosts",
                      "127.0.0.1 two.example.org\n127.0.0.2 two.example.org\n")
    listen = ("import socket\nserver = socket.create_server(('127.0.0.1', 2009))\n"
              "print('listening', flush=True)\n"
              "while True:\n"
              "    peer = server.accept()[0]\n"
              "    peer.recv(9); peer.sendall(bytes([1])); peer.close()\n"
              "    print('busy', flush=True)\n")
    server = started(harness.Process(["-c", listen], prefix=inside.prefix,
                                     program="/usr/bin/python3"))
    server.out.wait_for("listening")
    laptop = started_with_prefix(started, inside, "two.example.org")
    server.out.wait_for("busy\n(?s:.*)busy\n(?s:.*)busy\n")
    assert laptop.err.text.count("trying the next address") == 1
    laptop.signal(signal.SIGTERM)


def test_once_the_code_was_tried_no_other_address_is(namespace, started, tmp_path):
    """Else who answers at one of them could try how the words come out, again and again."""
    inside = namespace("-n", "-m")
    inside.run("ip", "link", "set", "lo", "up")
    inside.name_hosts(tmp_path / "hosts",
                      "127.0.0.2 two.example.org\n127.0.0.1 two.example.org\n")
    listen = ("import socket\nserver = socket.create_server(('', 2009))\n"
              "print('listening', flush=True)\n"
              "while True:\n"
              "    peer = server.accept()[0]\n"
              "    print('connected', flush=True)\n"
              "    peer.recv(9); peer.sendall(bytes(33)); peer.recv(97); peer.close()\n")
    server = started(harness.Process(["-c", listen], prefix=inside.prefix,
                                     program="/usr/bin/python3"))
    server.out.wait_for("listening")
    laptop = started_with_prefix(started, inside, "two.example.org", "--wait", "1m")
    assert laptop.wait() == 1
    assert "the platform closed the connection: its console says why" in laptop.err.text
    assert server.out.text.count("connected") == 1


def started_with_prefix(started, inside, host, *arguments):
    return started(harness.Process(["local", "run", "--no-compare", "-o", CODE, "-i", host,
                                    *arguments], prefix=inside.prefix))


def test_name_without_an_address_is_an_error(local):
    laptop = local(("nowhere.invalid", 2009), password=CODE, compat=False)
    assert laptop.wait() == 1
    assert "nowhere.invalid" in laptop.err.text and laptop.err.text.count("\n") == 1


# --wait -----------------------------------------------------------------------------------------

def test_laptop_may_start_first(platform, local):
    port = harness.free_port()
    laptop = local(("127.0.0.1", port), password=CODE, compat=False, arguments=["--wait", "1m"])
    laptop.err.wait_for(": trying again for a while")
    remote = platform(compat=False, password=CODE, port=port)
    remote.press()
    provisioned(laptop)


def test_laptop_of_v0_may_start_first_too(platform, local):
    port = harness.free_port()
    laptop = local(("127.0.0.1", port), arguments=["--wait", "1m"])
    laptop.err.wait_for(": trying again for a while")
    remote = platform(port=port)
    remote.press()
    provisioned(laptop)


def test_without_wait_a_refused_connection_is_the_end(local):
    laptop = local(("127.0.0.1", harness.free_port()), password=CODE, compat=False)
    assert laptop.wait() == 1
    assert laptop.err.text.count("\n") == 1 and "trying again" not in laptop.err.text


def test_wait_has_an_end(local):
    laptop = local(("127.0.0.1", harness.free_port()), password=CODE, compat=False,
                   arguments=["--wait", "1ms"])
    assert laptop.wait() == 1
    assert "refused" in laptop.err.text


def test_wrong_code_is_not_tried_again(platform, local):
    remote = platform(compat=False, password=CODE)
    laptop = local(remote.address, password="bocil-dufet", compat=False,
                   arguments=["--wait", "1m"])
    assert laptop.wait() == 1
    assert "wrong code" in laptop.err.text
    assert "failed attempt 1 of 10" in remote.err.text


def test_platform_that_does_not_let_it_in_yet_is_waited_for(local):
    """As one whose allowed networks are still being corrected: it closes without a byte."""
    calls = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        laptop = local(server.getsockname(), password=CODE, compat=False,
                       arguments=["--wait", "1m"])
        for _ in range(2):
            peer = server.accept()[0]
            calls.append(peer)
            peer.close()
        laptop.signal(signal.SIGTERM)
    assert len(calls) == 2


# The code ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("typed", [" bocil-dufen", "bocil-dufen  ",
                                   "  BOCIL DUFEN ", "\tbocil-dufen\r"])
def test_blanks_around_a_code_do_not_count(local, typed):
    with v1.FakePlatform(CODE) as fake:
        provisioned(local(fake.address, password=typed, compat=False))


def test_blanks_around_a_password_do(local):
    with v1.FakePlatform(" x") as fake:
        assert local(fake.address, password="x", compat=False).wait() == 1
        provisioned(local(fake.address, password=" x", compat=False))


@pytest.mark.parametrize("typed,why", [
    ("bocil-dufe", "it has 9 letters, and a code has 10"),
    ("bocil-dufenn", "it has 11 letters, and a code has 10"),
    ("boci1-dufen", "it has a digit, and a code has only letters"),
    ("bocim-dufen", "it has a letter that is in no code"),
    ("bocil_dufen", "it has a sign that is in no code"),
    ("bocil-dufen-", "its letters are not in the order of a code"),
    ("bocil/dufen", "it has a sign that is in no code")])
def test_code_that_looks_mistyped_is_asked_about_before_it_is_tried(local, typed, why):
    with v1.FakePlatform(CODE) as fake:
        laptop = local(fake.address, password=typed, compat=False, console="terminal")
        laptop.out.wait_for(f"this looks like a mistyped code: {why}\n")
        laptop.out.wait_for("or press Enter to use it as it is: ")
        assert fake.connections == 0
        laptop.type(CODE + "\n")
        assert laptop.wait() == 0, laptop.out.text
        assert fake.connections == 1 and not fake.failures
        assert CODE not in laptop.out.text


def test_end_of_input_at_that_question_tries_nothing(local):
    with v1.FakePlatform(CODE) as fake:
        laptop = local(fake.address, password="bocil-dufe", compat=False, console="terminal")
        laptop.out.wait_for("or press Enter to use it as it is: ")
        laptop.type("\x04")
        assert laptop.wait() != 0 and fake.connections == 0


def test_it_is_used_as_it_is_after_enter(local):
    with v1.FakePlatform("bocil-dufe") as fake:
        laptop = local(fake.address, password="bocil-dufe", compat=False, console="terminal")
        laptop.out.wait_for("or press Enter to use it as it is: ")
        laptop.type("\n")
        assert laptop.wait() == 0, laptop.out.text


@pytest.mark.parametrize("password", ["sikrit password", "correct horse", "x", "bocil-dufen",
                                      "0123456789"])
def test_other_passwords_are_not_asked_about(local, password):
    with v1.FakePlatform(password) as fake:
        laptop = local(fake.address, password=password, compat=False, console="terminal")
        assert laptop.wait() == 0, laptop.out.text
        assert "mistyped" not in laptop.out.text


def test_nothing_is_asked_without_a_terminal(local):
    with v1.FakePlatform("bocil-dufe") as fake:
        provisioned(local(fake.address, password="bocil-dufe", compat=False))
