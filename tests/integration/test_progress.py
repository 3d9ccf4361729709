# SPDX-License-Identifier: BSD-2-Clause
"""The display of a long wait: one overwritten row on a terminal, and lines elsewhere."""
import math
import os
import pty
import re
import signal
import socket
import termios
import time
import tty

import pytest

import harness
import netlab
import screen

HOST = "10.0.2.10/26"
GATEWAY = "10.0.2.1"
ROW = "\r  waiting for "


def seconds(raw, what):
    """The numbers that the row about it went through."""
    return [int(n) for n in re.findall(rf"\r  waiting for {what}, (\d+) s", raw)]


def counts(process, what, up=False):
    """Waits until the row has gone through three numbers; a slow machine may skip
    some. Returns the first."""
    numbers = harness.eventually(lambda: (found := seconds(process.err.raw, what))[2:] and found)
    assert numbers == sorted(numbers, reverse=not up), numbers
    return numbers[0]


def interrupted(process):
    process.signal(signal.SIGINT)
    assert process.wait() == 1
    return process.err


# The laptop -------------------------------------------------------------------------------------

def test_the_row_counts_while_the_laptop_is_waited_for(platform):
    remote = platform(console="terminal")
    assert counts(remote, "the laptop", up=True) == 0
    err = interrupted(remote)
    assert "waiting" not in err.text and err.text.splitlines()[-1].endswith("nothing was written")
    assert not screen.misfits(err.raw)


def test_other_lines_take_the_rows_place_and_it_comes_back(platform):
    remote = platform(console="terminal")
    remote.err.wait_for(r"waiting for the laptop, \d+ s")
    with socket.create_connection(remote.address):
        pass
    remote.err.wait_for("no connection|closed|not a client")
    before = len(remote.err.raw)
    harness.eventually(lambda: ROW in remote.err.raw[before:])
    lines = interrupted(remote).text.splitlines()
    assert all("waiting" not in line for line in lines) and any("127.0.0.1:" in x for x in lines)


@harness.needs_root
def test_nothing_moves_while_the_question_stands(platform):
    remote = platform(console="terminal", compat=False)
    with remote.client_v1() as client:
        client.add_data()
        client.ask_commit()
        remote.wait_for_question()
        remote.err.wait_for(rf"{re.escape(harness.QUESTION)}\n\Z")
        before = remote.err.raw
        # Nothing that the clock alone could bring is due.
        harness.eventually(lambda: harness.poll_ms(remote.pid) == math.inf)
        remote.echoed("ye")
        harness.wait_until_idle(remote)
        assert harness.poll_ms(remote.pid) == math.inf
        remote.echoed("s")
        assert remote.err.raw == f"{before}yes"
    # The client is gone: now another one is waited for.
    remote.err.wait_for(r"the client left before Enter")
    remote.err.wait_for(r"waiting for another client, \d s")
    interrupted(remote)


@pytest.mark.parametrize("console", [{}, {"console": "terminal", "environment": {"TERM": "dumb"}}])
def test_without_a_terminal_or_on_a_dumb_one_there_are_lines_alone(platform, console):
    remote = platform(**console)
    # A row would be due at once; this line comes later, and after it the row would come again.
    with socket.create_connection(remote.address):
        pass
    remote.err.wait_for("no connection|closed|not a client")
    harness.wait_until_idle(remote)
    raw = interrupted(remote).raw
    assert "waiting" not in raw and "\r" not in raw.replace("\r\n", "\n")


def test_a_terminal_that_nobody_reads_gets_no_more_rows_and_holds_nobody_up(store, started):
    master, slave = pty.openpty()
    tty.setraw(slave, termios.TCSANOW)
    fill(slave)
    remote = harness.Platform(store, console="pipe", listening=False, compat=False,
                              prefix=["sh", "-c", f'exec "$@" 2>/proc/{os.getpid()}/fd/{slave}',
                                      "sh"])
    started(remote)
    with harness.eventually(lambda: try_to_connect(remote)) as client:
        client.add_data()
        harness.wait_until_idle(remote)  # the row has been due since it listens
        seen = harness.Stream(os.dup(master))
        client.ask_commit()
        remote.out.wait_for(re.escape(harness.QUESTION))
        words = seen.wait_for(r"comparison words: (\w+ \w+)")[1]
        remote.type(f"{words}\n")
        assert client.receive().status == 200
    assert remote.wait() == 0 and store.host_key()
    os.close(slave)
    os.close(master)
    seen.wait_for("read back")
    said = seen.raw.lstrip("x")
    assert said.startswith("listening on") and "added entropy" in said.split(ROW)[0]


def fill(fd):
    """Fills the terminal until it accepts no more bytes, and keeps it full."""
    os.set_blocking(fd, False)
    last = time.monotonic()
    while time.monotonic() < last + 1.5:
        try:
            os.write(fd, b"x")
            last = time.monotonic()
        except BlockingIOError:
            time.sleep(0.01)
    os.set_blocking(fd, True)


def try_to_connect(remote):
    try:
        return remote.client_v1()
    except ConnectionRefusedError:
        return None


# On the laptop ----------------------------------------------------------------------------------

def test_the_laptop_counts_until_the_operator_has_decided(platform, local):
    remote = platform(compat=False)
    laptop = local(remote.address, compat=False, console="terminal")
    remote.wait_for_question()
    assert counts(laptop, "the platform's operator", up=True) >= 1
    remote.press()
    assert laptop.wait() == 0 and remote.wait() == 0
    assert "waiting for the platform" not in laptop.out.text
    assert laptop.out.lines("^if the platform's console shows the same words, press Enter there")
    assert re.search(r"(?m)^fingerprint=SHA256:", laptop.out.text)


def echoes(laptop):
    return bool(termios.tcgetattr(laptop.master)[3] & termios.ECHO)


def test_keys_typed_while_the_laptop_counts_are_not_in_its_row(platform, local):
    remote = platform(compat=False)
    laptop = local(remote.address, compat=False, console="terminal")
    remote.wait_for_question()
    harness.eventually(lambda: not echoes(laptop))
    laptop.type("nervous")
    assert counts(laptop, "the platform's operator", up=True) >= 1
    remote.press()
    assert laptop.wait() == 0 and remote.wait() == 0
    assert "nervous" not in laptop.out.raw and echoes(laptop)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_laptop_that_is_ended_leaves_a_terminal_that_echoes(platform, local, number):
    remote = platform(compat=False)
    laptop = local(remote.address, compat=False, console="terminal")
    harness.eventually(lambda: not echoes(laptop))
    laptop.signal(number)
    assert laptop.wait() == -number and echoes(laptop)


@pytest.fixture(name="shell")
def fixture_shell(platform, started):
    """(platform, a shell with job control in which the laptop's command counts)"""
    remote = platform(compat=False)
    ip, port = remote.address
    shell = started(harness.Process(
        ["--norc", "-i"], program="/bin/bash", console="terminal",
        environment={"PS1": "prompt> ", "INPUTRC": "/dev/null"}))
    shell.out.wait_for("prompt> ")
    shell.type(f"{harness.STPROV} local run -i {ip} -p {port} -o {harness.PASSWORD} "
               "--no-compare\n")
    shell.out.wait_for("press Enter there; waiting")
    harness.eventually(lambda: not echoes(shell))
    return remote, shell


def stop(shell):
    shell.type("\x1a")
    shell.out.wait_for("Stopped")
    shell.type("echo e''cho\n")
    shell.out.wait_for("\necho")


def test_a_laptop_that_is_stopped_lends_the_terminal_and_goes_on(shell):
    """ctrl+z and fg."""
    remote, shell = shell
    stop(shell)
    shell.type("fg\n")
    harness.eventually(lambda: not echoes(shell))
    remote.press()
    shell.out.wait_for("stored on the platform, and read back")
    assert remote.wait() == 0


def test_a_laptop_in_the_background_comes_to_its_end(shell):
    """A process there that changes the terminal would be stopped (SIGTTOU)."""
    remote, shell = shell
    stop(shell)
    shell.type("bg\n")
    remote.press()
    shell.out.wait_for("stored on the platform, and read back")
    assert remote.wait() == 0
    shell.type("wait; echo ended $?\n")
    shell.out.wait_for("\nended 0")


def test_a_stopped_laptop_can_be_ended(shell):
    _, shell = shell
    stop(shell)
    shell.type("kill %1; wait; echo ended\n")
    shell.out.wait_for("\nended")
    harness.eventually(lambda: not shell.children())


@harness.needs_root
def test_the_laptop_says_no_more_than_that_it_waits_where_there_is_no_terminal(platform, local):
    remote = platform(compat=False)
    laptop = local(remote.address, compat=False)
    remote.wait_for_question()
    laptop.err.wait_for("press Enter there; waiting")
    # It sleeps for longer than a row would let it.
    harness.eventually(lambda: (harness.poll_ms(laptop.pid) or 0) > 2000)
    remote.press()
    assert laptop.wait() == 0 and "\r" not in laptop.err.raw
    assert len(laptop.err.lines("waiting$")) == 1


def test_the_laptop_counts_while_it_connects(lab):
    peer = lab.peer("eth0")
    lab.host.ip("link set eth0 up", f"address add {HOST} dev eth0",
                f"neighbour add {GATEWAY} lladdr {peer.mac('w0')} dev eth0")
    laptop = lab.start(harness.Local((GATEWAY, 2009), "bocil-dufen", compat=False,
                                     console="terminal", prefix=lab.host.prefix))
    harness.eventually(lambda: len(re.findall(r"\r  connecting, (\d) s left", laptop.err.raw)) >= 2)
    assert laptop.wait() == 1
    assert laptop.err.text.startswith(f"stprov local run: {GATEWAY}:2009: ")
    assert not screen.misfits(laptop.err.raw)


# The network ------------------------------------------------------------------------------------

def test_waits_of_static_count_down(lab):
    lab.quiet("eth0")
    process = lab.process("static", "-i", HOST, "-w", "30s", console="terminal")
    assert 20 <= counts(process, "the gateway") <= 30
    process.type("\x03")
    lab.finish(process).failed("interrupted")
    assert "waiting" not in process.err.text
    assert process.err.lines(f"^asking for {GATEWAY} on 1 link, at most 30 s$")
    assert not screen.misfits(process.err.raw)


def test_a_named_link_is_waited_for_in_a_line_and_a_row(lab):
    lab.dark("eth0")
    arguments = ("static", "-i", HOST, "-I", "eth0", "-w", "4s")
    process = lab.process(*arguments, console="terminal")
    lab.finish(process).failed("eth0 has no carrier")
    assert seconds(process.err.raw, "carrier")
    assert "waiting for carrier, " not in process.err.text
    done = lab.run(*arguments).failed("eth0 has no carrier")
    assert done.lines("^waiting") == ["waiting for carrier on eth0, at most 4 s"]


def test_a_lease_is_waited_for_until_ctrl_c(lab):
    lab.quiet("eth0")
    process = lab.process("dhcp", console="terminal")
    assert 50 <= counts(process, "a DHCP server") <= 60
    process.type("\x03")
    lab.finish(process).failed("interrupted")
    assert "waiting for a DHCP" not in process.err.text


def test_servers_that_say_nothing_are_waited_for(lab):
    peer = lab.peer("eth0", addresses=[f"{GATEWAY}/26"])
    server = lab.web(peer, lambda request: None)
    process = lab.process("static", "-i", HOST, "-r", server.url(), console="terminal")
    assert 15 <= counts(process, "answers") <= 20
    process.type("\x03")
    lab.finish(process).failed("interrupted")
    assert "waiting for answers" not in process.err.text


def test_what_the_network_says_meanwhile_stands_in_lines_of_its_own(lab):
    peer = lab.peer("eth0", addresses=["10.0.2.1/24"])
    lab.start(netlab.Dhcp(peer, delay=1.2))
    server = lab.web(peer)
    process = lab.process("dhcp", "-r", server.url(), console="terminal")
    lab.finish(process).good()
    assert process.err.lines("^  eth0: 10.0.2.1 offers 10.0.2.50/24$")
    assert process.err.lines("^  eth0: 10.0.2.1 leases 10.0.2.50/24$")
    assert ROW in process.err.raw and "waiting for a" not in process.err.text
    assert not screen.misfits(process.err.raw)
