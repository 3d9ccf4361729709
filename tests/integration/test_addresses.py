# SPDX-License-Identifier: BSD-2-Clause
"""Where `remote run` listens, and who may connect."""
import socket

import pytest

import harness
import v0


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")


def is_refused(address):
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=5).close()
    return True


def closed_before_a_byte(address, source):
    """The server closes a connection from there, and never sends anything on it."""
    with socket.create_connection(address, timeout=5, source_address=(source, 0)) as sock:
        try:
            return sock.recv(1) == b""
        except ConnectionResetError:
            return True


def test_other_addresses_are_closed_before_a_byte_with_one_line_each(platform):
    remote = platform()
    for count in range(1, 4):
        assert closed_before_a_byte(remote.address, "127.0.0.2")
        harness.eventually(lambda n=count: len(remote.log(r"127\.0\.0\.2")) == n)
    assert not remote.children(), "a session was started for an address that is not allowed"
    remote.provision()
    remote.finish()
    assert len(remote.log(r"127\.0\.0\.2")) == 3


def test_thirty_refused_connections_are_thirty_lines(platform):
    remote = platform()
    for number in range(2, 32):
        assert closed_before_a_byte(remote.address, f"127.0.0.{number}")
    for number in range(2, 32):
        pattern = rf"127\.0\.0\.{number}\b"
        harness.eventually(lambda p=pattern: remote.log(p))
        assert len(remote.log(pattern)) == 1


def test_only_127_0_0_1_may_connect_by_default(platform):
    remote = platform(allow=())
    assert closed_before_a_byte(remote.address, "127.0.0.2")
    remote.provision()
    remote.finish()


def test_first_a_replaces_the_default(platform):
    remote = platform(allow=["127.0.0.2"])
    assert closed_before_a_byte(remote.address, "127.0.0.1")
    with remote.client(source="127.0.0.2") as client:
        assert client.add_data().status == 200


@pytest.mark.parametrize("allow", [
    ["127.0.0.2", "127.0.0.3"], ["127.0.0.2,127.0.0.3"], ["127.0.0.2/31"], ["127.0.0.3/31"],
    ["127.0.0.2m31"], ["10.0.0.0/8", "127.0.0.2/32,127.0.0.3/32"], ["::ffff:127.0.0.2/127"]])
def test_networks_are_a_list_of_cidr(platform, allow):
    remote = platform(allow=allow)
    for source in ("127.0.0.2", "127.0.0.3"):
        with remote.client(source=source) as client:
            assert client.add_data().status == 200
    for source in ("127.0.0.1", "127.0.0.4"):
        assert closed_before_a_byte(remote.address, source)


def test_port_is_the_one_asked_for_and_said_once_it_is_true(platform):
    remote = platform(listening=False)
    remote.err.wait_for(rf"listening on 127\.0\.0\.1:{remote.port}\b")
    socket.create_connection(remote.address, timeout=5).close()


def test_port_in_use_is_said_and_listening_is_not(platform):
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        port = sock.getsockname()[1]
        remote = platform(listening=False, arguments=["-p", str(port)])
        assert remote.wait() == 1
    assert "in use" in remote.err.text and str(port) in remote.err.text
    assert "listening on" not in remote.err.text
    assert len(remote.err.text.splitlines()) == 1


def test_address_of_another_machine_is_said(platform):
    remote = platform(ip="192.0.2.1", listening=False)
    assert remote.wait() == 1
    assert "192.0.2.1" in remote.err.text


def test_port_is_free_again_for_the_next_run(platform):
    remote = platform()
    remote.provision()
    remote.finish()
    again = platform(listening=False, arguments=["-p", str(remote.port)])
    again.err.wait_for(rf"listening on 127\.0\.0\.1:{remote.port}\b")


@needs_ipv6
def test_provisions_over_ipv6(platform, local):
    remote = platform(ip="::1", allow=["::1"], listening=False)
    remote.err.wait_for(rf"listening on \[::1\]:{remote.port}\b")
    laptop = local(("::1", remote.port))
    assert laptop.wait() == 0, laptop.err.text
    assert laptop.result["ip"] == "::1"
    remote.finish()


@needs_ipv6
def test_fake_platform_is_told_its_ipv6_address_in_brackets(local):
    with v0.FakePlatform(v0.Otp(harness.PASSWORD), ip="::1") as fake:
        laptop = local(fake.address)
        assert laptop.wait() == 0, laptop.err.text
    assert fake.requests[0].headers["host"] == "[::1]:%d" % fake.address[1]


@needs_ipv6
def test_other_ipv6_addresses_are_closed_before_a_byte(platform):
    remote = platform(ip="::1", allow=["2001:db8::/32"])
    assert closed_before_a_byte(remote.address, "::1")
    harness.eventually(lambda: "::1" in "".join(remote.err.text.splitlines()[1:]))


@needs_ipv6
@pytest.mark.parametrize("allow,ipv4,ipv6", [
    (["127.0.0.1/32"], True, False), (["::1"], False, True), (["::/0"], False, True),
    (["0.0.0.0/0"], True, False), (["127.0.0.1", "::1"], True, True)])
def test_ipv4_peer_of_the_ipv6_wildcard_is_an_ipv4_peer(platform, allow, ipv4, ipv6):
    remote = platform(ip="::", allow=allow)
    for source, allowed in (("127.0.0.1", ipv4), ("::1", ipv6)):
        address = (source, remote.port)
        if allowed:
            with v0.Client(address, remote.otp) as client:
                assert client.add_data().status == 200
        else:
            assert closed_before_a_byte(address, source)
            line = harness.eventually(lambda s=source: remote.log(rf"(^|[^\w:]){s}\b"))[-1]
            assert "::ffff" not in line


@needs_ipv6
@pytest.mark.parametrize("ip", [None, "0.0.0.0"])
def test_0_0_0_0_which_is_the_default_means_ipv4(platform, ip):
    remote = platform(ip=ip)
    assert is_refused(("::1", remote.port))
    remote.provision()
    remote.finish()


def test_address_given_without_need_listens_there_alone(platform):
    remote = platform(ip="127.0.0.1")
    assert is_refused(("127.0.0.2", remote.port))
