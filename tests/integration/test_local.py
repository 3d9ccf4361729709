# SPDX-License-Identifier: BSD-2-Clause
"""`local run` against platforms with a wrong answer or none."""
import json
import re
import socket
import ssl

import pytest

import authfiles
import harness
import v0

OTP = v0.Otp(harness.PASSWORD)


def failure(laptop):
    """Its one line on stderr, after it failed with nothing on stdout."""
    assert laptop.wait(60) == 1, laptop.err.text
    assert laptop.out.text == ""
    lines = [line for line in laptop.err.text.splitlines()
             if line and not re.match(r"added entropy|( +\d+  [0-9A-F]{2} )", line)]
    assert len(lines) == 1, laptop.err.text
    return lines[0]


def fail_against(local, answers=None, **kwargs):
    with v0.FakePlatform(OTP, answers, **kwargs) as fake:
        return failure(local(fake.address))


# The password -------------------------------------------------------------------------------

def test_wrong_password_says_so_against_our_platform(platform, local):
    remote = platform()
    assert failure(local(remote.address, password="wrong")).endswith(harness.MAY_BE_INCORRECT)
    remote.err.wait_for(r"127\.0\.0\.1.*one-time password")
    assert remote.running
    remote.provision()


def test_wrong_password_says_so_against_the_released_server(local):
    with v0.FakePlatform(v0.Otp("another")) as fake:
        assert failure(local(fake.address)).endswith(harness.MAY_BE_INCORRECT)
    assert not fake.requests


def test_wrong_password_on_the_platform_says_so(platform, local):
    remote = platform(password="wrong")
    assert failure(local(remote.address)).endswith(harness.MAY_BE_INCORRECT)


def test_certificate_of_the_right_key_that_differs_elsewhere_is_refused(local):
    other = v0.Otp(harness.PASSWORD)
    other.certificate = v0.certificate(other.key, not_after=b"380119031408Z")
    with v0.FakePlatform(other) as fake:
        assert failure(local(fake.address)).endswith(harness.MAY_BE_INCORRECT)
    assert not fake.requests


def test_password_is_not_sent_to_whoever_has_no_right_certificate(local):
    with v0.FakePlatform(v0.Otp("another")) as fake:
        local(fake.address).wait()
        assert not fake.requests


# The connection -----------------------------------------------------------------------------

def test_refused_connection_says_so(local):
    line = failure(local(("127.0.0.1", harness.free_port())))
    assert "127.0.0.1" in line and "refused" in line.lower()


def test_address_that_is_not_allowed_is_an_end_with_a_reason(platform, local):
    remote = platform(allow=["127.0.0.2"])
    line = failure(local(remote.address))
    assert re.search("closed|reset", line), line


@pytest.mark.parametrize("noise", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"\0" * 500,
                                   b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x15\x03\x03\0\2\2\x28",
                                   b"\x1b]0;title\x07\x1b[2J"])
def test_peer_that_speaks_no_tls_is_an_error(local, noise):
    def talk(sock):
        sock.recv(4096)
        sock.sendall(noise)
    assert "127.0.0.1" in fail_against(local, tcp=talk)


def test_nothing_older_than_tls_1_3_is_spoken(local):
    with v0.FakePlatform(OTP) as fake:
        fake.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        fake.context.maximum_version = ssl.TLSVersion.TLSv1_2
        fake.context.load_default_certs()
        failure(local(fake.address))
        assert not fake.requests


def test_server_name_is_stprov(local):
    names = []
    with v0.FakePlatform(OTP) as fake:
        fake.context.sni_callback = lambda sock, name, context: names.append(name)
        assert local(fake.address).wait() == 0
    assert names == ["stprov"]


# Answers ------------------------------------------------------------------------------------

@pytest.mark.parametrize("endpoint", ["add-data", "commit"])
@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 500, 503])
def test_reason_of_a_refusal_is_shown(local, endpoint, status):
    answer = v0.go_answer(status, b"the dog ate it\n", "text/plain; charset=utf-8")
    line = fail_against(local, {endpoint: answer})
    assert "the dog ate it" in line and str(status) in line


def test_refusal_without_a_text_is_shown_by_its_status(local):
    assert "503" in fail_against(local, {"commit": v0.go_answer(503)})


def test_reason_for_refused_secure_boot_keys_is_shown_and_nothing_is_committed(
        local, auth, tmp_path):
    for name, data in auth.items():
        (tmp_path / name).write_bytes(data)
    answer = v0.go_answer(403, b"not in Setup Mode\n")
    with v0.FakePlatform(OTP, {"add-secure-boot": answer}) as fake:
        laptop = local(fake.address, arguments=[f"--{name}={tmp_path / name}" for name in auth])
        assert "not in Setup Mode" in failure(laptop)
    assert [request.endpoint for request in fake.requests] == ["add-data", "add-secure-boot"]


NASTY = "\x1b[2J\x1b]0;owned\x07\x08\x9b31m\u202e\x7f\r\nfingerprint=SHA256:forged"


def assert_harmless(text):
    assert re.fullmatch(r"[ -~\n]*", text), repr(text)


@pytest.mark.parametrize("endpoint", ["add-data", "commit"])
def test_nothing_a_platform_sends_moves_the_cursor(local, endpoint):
    with v0.FakePlatform(OTP, {endpoint: v0.go_answer(400, NASTY.encode())}) as fake:
        laptop = local(fake.address)
        failure(laptop)
        assert_harmless(laptop.err.text)


def test_nothing_in_a_status_line_moves_the_cursor(local):
    answer = b"HTTP/1.1 400 \x1b[2J\r\nContent-Length: 0\r\n\r\n"
    assert_harmless(fail_against(local, {"commit": answer}))


@pytest.mark.parametrize("name", ["publickey", "fingerprint", "hostname"])
def test_nothing_in_a_result_moves_the_cursor_or_adds_a_line(local, name):
    with v0.FakePlatform(OTP, {"commit": v0.go_commit_answer(**{name: "x" + NASTY})}) as fake:
        laptop = local(fake.address)
        laptop.wait()
        assert_harmless(laptop.out.text + laptop.err.text)
        keys = [line.split("=", 1)[0] for line in laptop.out.text.splitlines()]
        assert len(keys) == len(set(keys)), laptop.out.text


WRONG_RESULTS = {
    "empty": b"",
    "no JSON": b"ok",
    "null": b"null",
    "an array": b"[]",
    "cut": v0.compact(v0.COMMIT_ANSWER)[:-2],
    "deep": b"[" * 50000,
    **{f"no {name}": v0.compact({key: value for key, value in v0.COMMIT_ANSWER.items()
                                if key != name})
       for name in ("publickey", "fingerprint", "hostname")},
    **{f"{name} a number": v0.compact({**v0.COMMIT_ANSWER, name: 7})
       for name in ("publickey", "fingerprint", "hostname")},
    "publickey too long": v0.compact({**v0.COMMIT_ANSWER, "publickey": "x" * 100_000}),
}


@pytest.mark.parametrize("what", WRONG_RESULTS)
def test_commit_answer_that_is_none_is_an_error(local, what):
    fail_against(local, {"commit": v0.go_answer(200, WRONG_RESULTS[what])})


def test_unknown_keys_of_the_commit_answer_are_ignored(local):
    with v0.FakePlatform(OTP, {"commit": v0.go_commit_answer(more={"a": [1]})}) as fake:
        assert local(fake.address).wait() == 0


WRONG_HTTP = {
    "nothing": None,
    "half a head": b"HTTP/1.1 200 OK\r\nContent-",
    "half a body": b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{",
    "no HTTP": b"hello\r\n\r\n",
    "HTTP/0.9": b"{}",
    "status of two digits": b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
    "status 999999": b"HTTP/1.1 999999 OK\r\nContent-Length: 0\r\n\r\n",
    "a huge body": b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n" + b"a" * 200_000,
    "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    "endless head": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000,
    "endless line": b"HTTP/1.1 200 " + b"a" * 1_000_000,
    "a redirect": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n"
                  b"Content-Length: 0\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 1\r\n\r\n",
}


@pytest.mark.parametrize("endpoint", ["add-data", "commit"])
@pytest.mark.parametrize("what", WRONG_HTTP)
def test_answer_that_is_no_http_is_an_error(local, endpoint, what):
    answer = WRONG_HTTP[what]
    fail_against(local, {endpoint: answer and v0.Last(answer)})


def test_answer_in_single_bytes_is_understood(local):
    def drip(sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with fake.context.wrap_socket(sock, server_side=True) as tls:
            reader = v0.HttpReader(tls)
            for answer in (v0.go_answer(), v0.go_commit_answer()):
                reader.message()
                for byte in answer:
                    tls.sendall(bytes([byte]))
    with v0.FakePlatform(OTP, tcp=drip) as fake:
        laptop = local(fake.address)
        assert laptop.wait() == 0, laptop.err.text


def test_answer_with_other_headers_is_understood(local):
    body = json.dumps(v0.COMMIT_ANSWER, indent=2).encode()
    answer = (b"HTTP/1.1 200 \r\nserver:x\r\nCONTENT-LENGTH: %d \r\nConnection: close\r\n\r\n"
              % len(body)) + body
    with v0.FakePlatform(OTP, {"commit": answer}) as fake:
        laptop = local(fake.address)
        assert laptop.wait() == 0, laptop.err.text


# Files --------------------------------------------------------------------------------------

@pytest.mark.parametrize("broken", ["pk", "kek", "db", "dbx"])
@pytest.mark.parametrize("how", ["missing", "directory", "empty", "huge"])
def test_key_file_that_cannot_be_used_is_an_error_before_connecting(local, auth, tmp_path, broken,
                                                                    how):
    arguments = []
    for name, data in auth.items():
        path = tmp_path / f"{name}.auth"
        path.write_bytes(data)
        arguments += [f"--{name}", str(path)]
    bad = tmp_path / f"{broken}.auth"
    bad.unlink()
    if how == "directory":
        bad.mkdir()
    elif how != "missing":
        bad.write_bytes(b"" if how == "empty" else b"x" * (65536 + 1))
    with v0.FakePlatform(OTP) as fake:
        line = failure(local(fake.address, arguments=arguments))
        assert str(bad) in line, line
        assert fake.connections == 0


@pytest.mark.parametrize("what", ["cut in the certificate", "another certificate GUID", "text",
                                  "a byte behind the last list"])
def test_key_file_that_is_no_auth_file_is_warned_about_and_left_to_the_platform(
        local, auth, tmp_path, what):
    arguments = []
    for name, data in auth.items():
        path = tmp_path / f"{name}.auth"
        path.write_bytes(authfiles.malformed(data)[what] if name == "kek" else data)
        arguments += [f"--{name}", str(path)]
    with v0.FakePlatform(OTP) as fake:
        laptop = local(fake.address, arguments=arguments)
        assert laptop.wait() == 0
    warnings = laptop.err.lines("warning")
    assert len(warnings) == 1 and "kek.auth" in warnings[0], laptop.err.text


def test_interrupted_while_waiting_it_ends_at_once(local):
    with v0.FakePlatform(OTP, {"commit": v0.FakePlatform.HANG}) as fake:
        laptop = local(fake.address, console="pty")
        harness.eventually(lambda: len(fake.requests) == 2)
        laptop.type(b"\x03")
        assert laptop.wait() != 0
    assert laptop.out.text in ("", "^C")
