# SPDX-License-Identifier: BSD-2-Clause
"""The console of `remote run` while it waits for the laptop: who may connect, refused connections,
the code once more; and what it says at the end."""
import os
import re
import signal
import socket

import pytest

import harness
import v1

CODE = "bocil-dufen"


def knock(port, source="127.0.0.2"):
    """A connection from an address that is not allowed, until it is closed."""
    with socket.create_connection(("127.0.0.1", port), harness.v0.PATIENCE,
                                  source_address=(source, 0)) as sock:
        assert sock.recv(1) == b""


def links(namespace, *addresses, up=True):
    inside = namespace("-n")
    commands = ["ip link set lo up", "ip link add one type veth peer name two"]
    commands += ["ip link set two up", "ip link set one up"] if up else []
    for command in commands + [f"ip address add {text} dev one" for text in addresses]:
        inside.run(*command.split())
    return inside


# Who may connect --------------------------------------------------------------------------------

def test_allowed_networks_are_shown(platform):
    remote = platform(compat=False, password=None, allow=["127.0.0.1", "10.1.2.3/8,2001:db8::/32"])
    remote.err.wait_for(
        r"clients may connect from 127\.0\.0\.1/32, 10\.0\.0\.0/8, 2001:db8::/32\n")


def test_where_only_this_machine_may_connect_the_laptop_s_command_is_told(platform, namespace):
    inside = links(namespace, "192.0.2.10/24")
    remote = platform(compat=False, password=None, ip=None, allow=[], prefix=inside.prefix)
    code = remote.code
    remote.err.wait_for(re.escape(
        "only this machine itself may connect (-a)\n"
        "  to let the laptop in, start again with: -a 192.0.2.0/24\n"
        f"code: {code}; type on the laptop:\n"
        f"  stprov local run -i 127.0.0.1 -p {remote.port} -o {code}\n"))


@pytest.mark.parametrize("allow,address", [("127.0.0.0/8", "127.0.0.1"), ("::1", "::1")])
def test_command_for_this_machine_has_an_address_that_answers(platform, allow, address):
    remote = platform(compat=False, password=None, allow=[allow],
                      ip="::" if ":" in allow else None)
    remote.err.wait_for(f"  stprov local run -i {address} ")


def test_without_an_address_nothing_is_served(platform, namespace, store):
    """As after a reboot: what was provisioned is there, and the links are down."""
    inside = links(namespace, up=False)
    for allow in ([], ["10.0.2.0/24"]):
        remote = platform(compat=False, password=None, ip=None, allow=allow, listening=False,
                          prefix=inside.prefix)
        assert remote.wait() == 1
        assert remote.err.text == ("stprov remote run: no link has an address: stprov remote first "
                                   "(it sets up the network)\n")
    assert store.names() == [store.file("STHostName").name]


def test_this_machine_itself_needs_no_link(platform, namespace, local):
    inside = links(namespace, up=False)
    remote = platform(compat=False, password=CODE, prefix=inside.prefix)
    laptop = local(remote.address, password=CODE, compat=False, prefix=inside.prefix)
    remote.press()
    assert laptop.wait() == 0, laptop.err.text


# Refused connections ----------------------------------------------------------------------------

def test_refused_connections_are_counted_in_a_row_and_the_code_stays(platform):
    remote = platform(compat=False, password=None, console="terminal")
    code = remote.code
    for _ in range(30):
        knock(remote.port)
    remote.out.wait_for("waiting for the laptop; refused 30 times: 127.0.0.2, ")
    assert len(remote.log("refused: the address is not in an allowed network")) == 1
    knock(remote.port, "127.0.0.3")
    remote.out.wait_for(r"127\.0\.0\.3:\d+: refused: the address")
    assert code in "\n".join(remote.out.text.splitlines()[-24:])


def test_more_addresses_than_are_counted_one_by_one(platform):
    remote = platform(compat=False, password=None, console="terminal")
    for number in range(20):
        knock(remote.port, f"127.0.0.{number + 2}")
    remote.out.wait_for("refused 12 times: other addresses, ")
    assert len(remote.log("refused: the address is not in an allowed network")) == 9


def test_plain_terminal_gets_a_line_at_the_first_the_tenth_the_hundredth(platform):
    remote = platform(compat=False, password=None, console="terminal",
                      environment={"TERM": "dumb"})
    for _ in range(99):
        knock(remote.port)
    knock(remote.port)
    remote.out.wait_for("refused 100 times\n")
    assert len(remote.log("refused")) == 3


def test_elsewhere_each_is_a_line(platform):
    remote = platform(compat=False, password=None)
    for _ in range(5):
        knock(remote.port)
    harness.eventually(lambda: len(remote.log("127.0.0.2:.*: refused: the address")) == 5)


# Enter ------------------------------------------------------------------------------------------

def test_enter_shows_code_and_command_again(platform, local, store):
    remote = platform(compat=False, password=None, console="terminal")
    command = f"stprov local run -i 127.0.0.1 -p {remote.port} -o {remote.code}"
    remote.type("\n")
    remote.out.wait_for(f"(?s){command}.*{command}")
    laptop = local(remote.address, password=remote.code, compat=False)
    # It does not count for the question.
    remote.wait_for_question()
    assert store.read("STHostKey") is None
    remote.press()
    assert laptop.wait() == 0 and remote.wait() == 0


def test_end_of_input_is_no_end_of_the_service(platform, local):
    remote = platform(compat=False, password=CODE, console="terminal")
    remote.hang_up()
    laptop = local(remote.address, password=CODE, compat=False)
    remote.press()
    assert laptop.wait() == 0


def test_in_the_background_of_a_shell_it_is_not_stopped(started, store):
    """A process that reads from a terminal of another foreground is stopped by SIGTTIN."""
    port = harness.free_port()
    shell = started(harness.Process(
        ["-c", f"set -m; {harness.STPROV} remote run -E {store.path} -i 127.0.0.1 -p {port} "
         f"-o {CODE} -a 127.0.0.1 & wait; echo ended $?"], program="/bin/bash", console="terminal"))
    shell.out.wait_for("listening on")
    shell.echoed("\n")
    service, = shell.children()
    with v1.Client(("127.0.0.1", port), CODE) as client:
        assert client.add_data().status == 200
    assert harness.status(service)["State"][0] in "SR"
    os.kill(service, signal.SIGTERM)
    shell.out.wait_for("Exit 1 ")


def test_from_a_pipe_nothing_is_read_before_the_question(platform, store):
    remote = platform(compat=True, console="pipe")
    remote.type("\n")
    remote.provision()
    assert remote.wait() == 0 and store.host_key()


# The end ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("compat", [False, True])
def test_success_says_what_to_do_next(platform, compat):
    remote = platform(compat=compat, password=CODE)
    if compat:
        remote.provision()
    else:
        client = remote.client_v1()
        client.add_data()
        client.ask_commit()
    remote.press()
    assert remote.wait() == 0
    last = [line for line in remote.err.text.splitlines() if "succeeded" not in line][-1]
    # tests/qemu has what follows it where the variables are the firmware's.
    assert last == f"provisioned: {harness.HOSTNAME}"


def test_abort_is_told_in_one_sentence(platform):
    remote = platform(compat=False, password=CODE)
    with remote.client_v1() as client:
        client.add_data()
        client.ask_commit()
        remote.press("n\n")
        assert client.receive().status == 409
    assert remote.wait() == 1
    assert "answered" not in remote.err.text
    assert remote.err.text.count("aborted: nothing was written") == 1


def test_review_names_what_is_replaced(platform, auth, store, local):
    remote = platform(compat=False, password=CODE)
    laptop = local(remote.address, password=CODE, compat=False)
    remote.press()
    assert laptop.wait() == 0 and remote.wait() == 0
    old = store.host_key()[1]
    store.write("KEK", b"lists", harness.ATTRIBUTES_AUTHENTICATED)
    remote = platform(compat=False, password=CODE)
    with remote.client_v1() as client:
        client.add_data()
        assert client.add_secure_boot(**auth).status == 200
        client.ask_commit()
        remote.wait_for_question()
        shown = remote.err.text
        assert re.search(rf"will replace STHostKey {re.escape(old)} by SHA256:\S+\n", shown)
        assert "\n  STHostKey" not in shown
        assert "\n  KEK, replacing the present one, with the SHA-256\n" in shown
        assert "\n  PK, with the SHA-256\n" in shown
