# SPDX-License-Identifier: BSD-2-Clause
"""The table of checks of docs/protocol.md: what `remote run` refuses, how, and in which order."""
import base64
import json
import os
import ssl

import pytest

import harness
import v0

ENTROPY = base64.b64encode(bytes(32)).decode()
GOOD_DATA = v0.add_data_body(bytes(32))
ALL_PATHS = [("POST", "add-data"), ("POST", "add-secure-boot"), ("GET", "commit")]


@pytest.fixture(name="client")
def fixture_client(platform):
    remote = platform()
    with remote.client() as client:
        client.platform = remote
        yield client


def raw(client, *lines, body=b""):
    """Sends a head of these lines, and the unchanged body."""
    client.send("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
    return client.receive()


def headers(client, *more):
    return [f"Host: {client.host}", f"Authorization: {client.otp.authorization}", *more]


def assert_short_text(answer):
    assert answer.body.endswith(b"\n") and answer.body.count(b"\n") == 1, answer
    assert 1 < len(answer.body) <= 400 and answer.body.isascii(), answer
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


# Unknown paths and methods ------------------------------------------------------------------

@pytest.mark.parametrize("path", [
    "/", "/stprov", "/stprov/v0.0.1/", "/stprov/v0.0.1/add-data/", "/stprov/v0.0.2/add-data",
    "/stprov/v0.0.1/Commit", "/stprov/v0.0.1/commit/x", "/stprov/v0.0.1/../v0.0.1/commit/..",
    "/stprov/v0.0.1/commit%20", "//stprov/v0.0.1/commit", "/" + "a" * 3000],
                         ids=lambda path: path[:40])
def test_unknown_path_is_404(client, path):
    answer = client.ask("GET", path)
    assert answer.status == 404
    assert_short_text(answer)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_unknown_path_is_404_before_anything_else_is_looked_at(client, method):
    assert client.ask(method, "/elsewhere", b"{", authorization=None).status == 404


@pytest.mark.parametrize("method,name", [("GET", "add-data"), ("GET", "add-secure-boot"),
                                         ("POST", "commit")])
def test_get_and_post_in_each_others_place_are_405_with_allow(client, method, name):
    for authorization in (v0.RIGHT, None, v0.basic(v0.USER, "wrong")):
        answer = client.ask(method, name, b"" if method == "POST" else None, authorization)
        assert answer.status == 405
        assert answer.headers["allow"] == ("POST" if method == "GET" else "GET")
        assert_short_text(answer)


@pytest.mark.parametrize("method,name", ALL_PATHS)
def test_other_methods_are_400(platform, method, name):
    remote = platform()
    for other in ("PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "PATCH", "CONNECT", "BREW",
                  method.lower()):
        with remote.client() as client:
            if other == "HEAD":  # its answer has no body, whatever its length says
                client.send(client.request(other, name))
                assert client.reader.until(b"\r\n").startswith(b"HTTP/1.1 400 ")
                continue
            answer = client.ask(other, name, authorization=None)
            assert answer.status == 400, other
            assert "allow" not in answer.headers


# Authentication -----------------------------------------------------------------------------

def wrong_authorizations(otp):
    token = otp.authorization.split()[1]
    return [
        None, "", "Basic", "Basic ", "Basic =", f"Bearer {token}",
        v0.basic(v0.USER, ""), v0.basic(v0.USER, otp.text), v0.basic(v0.USER, otp.basic[:-1]),
        v0.basic(v0.USER, otp.basic + "0"), v0.basic(v0.USER, otp.basic.upper()),
        v0.basic("", otp.basic), v0.basic("example-user2", otp.basic),
        v0.basic("Example-User", otp.basic), v0.basic("root", otp.basic),
        v0.basic(v0.USER, otp.basic + "\0"), "Basic " + base64.b64encode(b"nocolon").decode(),
        otp.authorization[:-4], f"Basic {token[:40]} {token[40:]}", "Basic " + "A" * 4000,
    ]


@pytest.mark.parametrize("number", range(len(wrong_authorizations(v0.Otp("x")))))
def test_wrong_or_no_authentication_is_403_everywhere(platform, number):
    remote = platform()
    tried = wrong_authorizations(remote.otp)[number]
    for method, name in ALL_PATHS:
        with remote.client() as client:
            answer = client.ask(method, name, b"{" if method == "POST" else None, tried)
            assert answer.status == 403, tried
            assert_short_text(answer)


def test_wrong_password_is_logged_without_it(client):
    before = len(client.platform.log(r"127\.0\.0\.1"))
    tried = "Tr0ub4dor&3-" * 3
    assert client.ask("GET", "commit", authorization=v0.basic("nosyuser", tried)).status == 403
    # All lines of the first refusal come before that of the second.
    assert client.ask("GET", "commit", authorization=v0.basic("nosyuser", tried)).status == 403
    client.platform.err.wait_for("2 of 10")
    lines = client.platform.log(r"127\.0\.0\.1")[before:]
    assert len(lines) == 2 and "1 of 10" in lines[0] and "2 of 10" in lines[1], lines
    text = client.platform.err.text
    assert tried not in text and "nosyuser" not in text
    assert base64.b64encode(f"nosyuser:{tried}".encode()).decode() not in text


def test_right_password_with_a_wrong_user_is_not_logged(client):
    right = client.otp.basic
    assert client.ask("GET", "commit", authorization=v0.basic("admin", right)).status == 403
    client.platform.err.wait_for(r"127\.0\.0\.1.*")
    assert right not in client.platform.err.text


def test_scheme_of_authentication_is_read_without_its_case(client):
    # RFC 9110, section 11.1
    for scheme in ("basic", "BASIC"):
        token = client.otp.authorization.split()[1]
        answer = client.ask("POST", "add-data", GOOD_DATA, f"{scheme} {token}")
        assert answer.status == 200


def test_authentication_is_asked_for_in_every_request(client):
    assert client.add_data().status == 200
    assert client.ask("GET", "commit", authorization=None).status == 403
    assert client.commit().status == 200


def test_ten_wrong_passwords_end_the_service(platform, store):
    remote = platform()
    statuses = []
    for _ in range(10):
        with remote.client() as client:
            wrong = v0.basic(v0.USER, os.urandom(8).hex())
            statuses.append(client.ask("GET", "commit", authorization=wrong).status)
    assert statuses == [403] * 10
    assert remote.wait() == 1
    assert "10" in remote.err.text.strip().splitlines()[-1], remote.err.text
    assert store.read("STHostKey") is None


def test_ten_wrong_passwords_end_the_service_on_one_connection_too(client):
    for count in range(10):
        answer = client.ask("GET", "commit", authorization=v0.basic(v0.USER, f"{count}"))
        assert answer.status == 403
    assert client.platform.wait() == 1
    with pytest.raises(ConnectionError):
        client.platform.client()


def test_nine_wrong_passwords_leave_the_service_to_the_right_one(platform):
    remote = platform()
    for _ in range(9):
        with remote.client() as client:
            assert client.ask("GET", "commit", authorization=v0.basic("u", "p")).status == 403
    remote.provision()
    remote.finish()


# Bodies -------------------------------------------------------------------------------------

def data(**changes):
    return json.dumps({"entropy": ENTROPY, "timestamp": 1738244941, **changes}).encode()


MALFORMED = {
    "empty": b"",
    "no JSON": b"hello",
    "null": b"null",
    "an array": b"[]",
    "a text": b'"entropy"',
    "a number": b"1",
    "cut": GOOD_DATA[:-1],
    "cut in the middle": GOOD_DATA[:30],
    "a second value": GOOD_DATA + b"{}",
    "a NUL behind it": GOOD_DATA + b"\0",
    "an array with it": b"[" + GOOD_DATA + b"]",
    "single quotes": GOOD_DATA.replace(b'"', b"'"),
    "trailing comma": GOOD_DATA[:-1] + b",}",
    "comment": b"/* */" + GOOD_DATA,
    "not UTF-8": GOOD_DATA[:-1] + b',"x":"\xff"}',
    "deep": b'{"x":' + b"[" * 1500 + b"]" * 1500 + b"," + GOOD_DATA[1:],
    "key twice": GOOD_DATA[:-1] + b',"timestamp":2}',
    "no entropy": b'{"timestamp":1}',
    "entropy null": data(entropy=None),
    "entropy empty": data(entropy=""),
    "entropy a number": data(entropy=7),
    "entropy an array of bytes": data(entropy=[0] * 32),
    "entropy of 31 bytes": data(entropy=base64.b64encode(bytes(31)).decode()),
    "entropy of 33 bytes": data(entropy=base64.b64encode(bytes(33)).decode()),
    "entropy of 64 bytes": data(entropy=base64.b64encode(bytes(64)).decode()),
    "entropy in hex": data(entropy="00" * 32),
    "entropy in URL base64": data(entropy=base64.urlsafe_b64encode(b"\xff" * 32).decode()),
    "entropy without padding": data(entropy=ENTROPY.rstrip("=")),
    "entropy with a space": data(entropy=" " + ENTROPY),
    "entropy with too much padding": data(entropy=ENTROPY + "="),
    "negative timestamp": data(timestamp=-1),
    "timestamp a fraction": data(timestamp=1.5),
    "timestamp a text": data(timestamp="1738244941"),
    "timestamp true": data(timestamp=True),
    "timestamp beyond 64 bits": GOOD_DATA[:-1].rsplit(b":", 1)[0] + b":9223372036854775808}",
    "timestamp 1e999": GOOD_DATA[:-1].rsplit(b":", 1)[0] + b":1e999}",
}


@pytest.mark.parametrize("what", MALFORMED)
def test_malformed_add_data_is_400(client, what):
    answer = client.ask("POST", "add-data", MALFORMED[what])
    assert answer.status == 400
    assert_short_text(answer)
    # ... and has added nothing.
    assert client.commit().status == 409


def test_malformed_body_is_looked_at_after_the_authentication(client):
    assert client.ask("POST", "add-data", b"{", None).status == 403


def test_unknown_keys_and_spaces_are_ignored(client):
    body = b' \r\n\t{ "z" : [1, {"y": null}], ' + GOOD_DATA[1:] + b"\n"
    assert client.ask("POST", "add-data", body).status == 200


def test_escapes_in_keys_and_values_are_read(client):
    body = GOOD_DATA.replace(b"entropy", b"\\u0065ntropy").replace(b"AAAA", b"\\u0041AAA", 1)
    assert client.ask("POST", "add-data", body).status == 200


@pytest.mark.parametrize("timestamp", [0, 1, 2**31, 2**63 - 1])
def test_any_timestamp_that_is_not_negative_is_taken(client, timestamp):
    assert client.add_data(bytes(32), timestamp).status == 200


def blob(text="x"):
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("body,named", [
    (b"{}", "PK"),
    (v0.add_secure_boot_body(None, b"k", b"d"), "PK"),
    (v0.add_secure_boot_body(b"", b"k", b"d"), "PK"),
    (v0.add_secure_boot_body(b"p", None, b"d"), "KEK"),
    (v0.add_secure_boot_body(b"p", b"", b"d"), "KEK"),
    (v0.add_secure_boot_body(b"p", b"k", None), "db"),
    (v0.add_secure_boot_body(b"p", b"k", b""), "db"),
])
def test_secure_boot_request_without_its_keys_is_400_and_names_the_missing_one(client, body,
                                                                               named):
    answer = client.ask("POST", "add-secure-boot", body)
    assert answer.status == 400
    assert f"{named} is required" in answer.body.decode()


@pytest.mark.parametrize("body", [
    b"", b"null", b"{", json.dumps({"pk": 1, "kek": blob(), "db": blob()}).encode(),
    json.dumps({"pk": "%", "kek": blob(), "db": blob()}).encode(),
    json.dumps({"pk": blob(), "kek": blob(), "db": blob(), "dbx": 1}).encode(),
    json.dumps({"pk": blob(), "kek": blob(), "db": blob(),
                "reboot_into_uefi_menu": "yes"}).encode(),
    json.dumps({"pk": blob(), "kek": blob(), "db": blob(),
                "reboot_into_uefi_menu": 1}).encode()])
def test_malformed_secure_boot_request_is_400(client, body):
    answer = client.ask("POST", "add-secure-boot", body)
    assert answer.status == 400
    assert client.platform.store.names() == [client.platform.store.file("STHostName").name]


# Commit -------------------------------------------------------------------------------------

def test_commit_without_data_is_409_and_the_service_goes_on(client):
    answer = client.commit()
    assert answer.status == 409
    assert_short_text(answer)
    assert client.add_data().status == 200
    assert client.commit().status == 200


def test_second_commit_is_409_or_a_closed_connection(platform):
    remote = platform()
    with remote.client() as first, remote.client() as second:
        assert second.add_data().status == 200
        assert first.add_data().status == 200
        assert first.commit().status == 200
        try:
            assert second.commit().status == 409
        except v0.Closed:
            pass
    remote.finish()


def test_second_commit_on_the_same_connection_is_409_or_a_closed_connection(client):
    client.add_data()
    first = client.commit()
    assert first.status == 200
    try:
        assert client.commit().status == 409
    except v0.Closed:
        pass
    client.platform.finish()
    assert client.platform.store.host_key()[1] == first.json["fingerprint"]


def test_data_after_the_commit_changes_nothing(platform):
    remote = platform()
    entropy = os.urandom(32)
    with remote.client() as first, remote.client() as second:
        assert first.add_data(entropy).status == 200
        answer = first.commit()
        assert answer.status == 200
        try:
            assert second.add_data().status == 409
        except v0.Closed:
            pass
    assert remote.shows(entropy)
    remote.finish()
    assert remote.store.host_key()[1] == answer.json["fingerprint"]


def test_entropy_that_was_added_last_counts(platform):
    remote = platform()
    one, two, three = (os.urandom(32) for _ in range(3))
    with remote.client() as first, remote.client() as second:
        assert first.add_data(one).status == 200
        assert second.add_data(two).status == 200
        assert first.add_data(three).status == 200
        assert second.commit().status == 200
    assert remote.shows(three)
    for other in (one, two):
        assert harness.hexify(other) not in remote.err.text


# HTTP ---------------------------------------------------------------------------------------

def test_body_over_its_limit_is_413_and_the_connection_closed(platform):
    remote = platform()
    for method, name in ALL_PATHS:
        with remote.client() as client:
            head = client.request(method, name).replace(
                b"Accept-Encoding", b"Content-Length: 100000000\r\nAccept-Encoding")
            client.send(head)
            assert client.receive().status == 413, name
            assert client.closed()


@pytest.mark.parametrize("length", ["18446744073709551616", "99999999999999999999999999"])
def test_length_beyond_64_bits_is_refused_and_the_connection_closed(client, length):
    answer = raw(client, "POST /stprov/v0.0.1/add-data HTTP/1.1",
                 *headers(client, f"Content-Length: {length}"))
    assert answer.status in (400, 413)
    assert client.closed()


def test_head_of_64_header_lines_is_taken_and_of_65_is_431(platform):
    remote = platform()
    for count, status in ((64, 200), (65, 431), (1000, 431)):
        with remote.client() as client:
            fixed = headers(client, f"Content-Length: {len(GOOD_DATA)}")
            more = [f"X-{number}: 1" for number in range(count - len(fixed))]
            answer = raw(client, "POST /stprov/v0.0.1/add-data HTTP/1.1", *fixed, *more,
                         body=GOOD_DATA)
            assert answer.status == status, count
            assert status == 200 or client.closed()


def test_head_of_8_kib_is_taken_and_a_longer_one_is_431(platform):
    remote = platform()
    for size, status in ((8192, 200), (8193, 431), (100_000, 431)):
        with remote.client() as client:
            lines = ["POST /stprov/v0.0.1/add-data HTTP/1.1",
                     *headers(client, f"Content-Length: {len(GOOD_DATA)}"), "X-Filler: ", "", ""]
            short = len("\r\n".join(lines))
            lines[-3] += "a" * (size - short)
            head = "\r\n".join(lines).encode()
            assert len(head) == size
            client.send(head + GOOD_DATA)
            assert client.receive().status == status, size
            assert status == 200 or client.closed()


def test_endless_head_is_431_and_the_connection_closed(client):
    client.send(b"GET /stprov/v0.0.1/commit HTTP/1.1\r\nX: " + b"a" * 9000)
    assert client.receive().status == 431
    assert client.closed()


def test_chunked_body_is_411_and_the_connection_closed(client):
    answer = raw(client, "POST /stprov/v0.0.1/add-data HTTP/1.1",
                 *headers(client, "Transfer-Encoding: chunked"),
                 body=b"%x\r\n%s\r\n0\r\n\r\n" % (len(GOOD_DATA), GOOD_DATA))
    assert answer.status == 411
    assert client.closed()


def test_length_and_chunks_together_are_refused_and_the_connection_closed(client):
    # RFC 9112, section 6.1: the start of a request smuggled behind another.
    answer = raw(client, "POST /stprov/v0.0.1/add-data HTTP/1.1",
                 *headers(client, "Transfer-Encoding: chunked", "Content-Length: 5"),
                 body=b"0\r\n\r\nGET /stprov/v0.0.1/commit HTTP/1.1\r\n\r\n")
    assert answer.status in (400, 411)
    assert client.closed()


MALFORMED_HEADS = {
    "no version": ["GET /stprov/v0.0.1/commit"],
    "no target": ["GET HTTP/1.1"],
    "two spaces": ["GET  /stprov/v0.0.1/commit HTTP/1.1"],
    "lower-case version": ["GET /stprov/v0.0.1/commit http/1.1"],
    "header without colon": ["GET /stprov/v0.0.1/commit HTTP/1.1", "Host: x", "X"],
    "header without name": ["GET /stprov/v0.0.1/commit HTTP/1.1", "Host: x", ": x"],
    "space before the colon": ["GET /stprov/v0.0.1/commit HTTP/1.1", "Host : x"],
    "folded header": ["GET /stprov/v0.0.1/commit HTTP/1.1", "Host: x", "X: a", " b"],
    "control byte in a value": ["GET /stprov/v0.0.1/commit HTTP/1.1", "Host: x\x01"],
    "NUL in a value": ["GET /stprov/v0.0.1/commit HTTP/1.1", "Host: x\0"],
    "bare LF": ["GET /stprov/v0.0.1/commit HTTP/1.1\nHost: x"],
    "bare CR": ["GET /stprov/v0.0.1/commit HTTP/1.1", "Host: x\rY: z"],
    "no Host": ["GET /stprov/v0.0.1/commit HTTP/1.1", "X: y"],
    "two lengths": ["POST /stprov/v0.0.1/add-data HTTP/1.1", "Host: x", "Content-Length: 1",
                    "Content-Length: 2"],
    "length with a sign": ["POST /stprov/v0.0.1/add-data HTTP/1.1", "Host: x",
                           "Content-Length: +1"],
    "length in hex": ["POST /stprov/v0.0.1/add-data HTTP/1.1", "Host: x",
                      "Content-Length: 0x10"],
    "negative length": ["POST /stprov/v0.0.1/add-data HTTP/1.1", "Host: x",
                        "Content-Length: -1"],
    "length of nothing": ["POST /stprov/v0.0.1/add-data HTTP/1.1", "Host: x", "Content-Length:"],
    "list of lengths": ["POST /stprov/v0.0.1/add-data HTTP/1.1", "Host: x",
                        "Content-Length: 1, 1"],
    "an SSH client": ["SSH-2.0-OpenSSH_9.2"],
}


@pytest.mark.parametrize("what", MALFORMED_HEADS)
def test_malformed_head_is_400_and_the_connection_closed(client, what):
    answer = raw(client, *MALFORMED_HEADS[what])
    assert answer.status == 400
    assert client.closed()


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/2.0", "HTTP/1.2", "HTTP/0.9"])
def test_other_version_of_http_is_refused_and_the_connection_closed(client, version):
    answer = raw(client, f"GET /stprov/v0.0.1/commit {version}", *headers(client))
    assert answer.status in (400, 505)
    assert client.closed()


def test_noise_in_place_of_http_is_refused(client):
    client.send(os.urandom(64).replace(b"\r", b"") + b"\r\n\r\n")
    try:
        assert client.receive().status == 400
    except v0.Closed:
        pass


def test_header_names_are_read_without_their_case(client):
    lines = [line.upper() if line.startswith("Host") else line.replace(
        "Authorization", "aUTHORIZATION") for line in headers(client)]
    answer = raw(client, "POST /stprov/v0.0.1/add-data HTTP/1.1", *lines,
                 f"CONTENT-length:{len(GOOD_DATA)}", body=GOOD_DATA)
    assert answer.status == 200


def test_pipelined_requests_are_answered_in_order(client):
    client.send(client.request("POST", "add-data", GOOD_DATA)
                + client.request("GET", "/nowhere")
                + client.request("GET", "commit"))
    assert [client.receive().status for _ in range(3)] == [200, 404, 200]


def test_connection_is_kept_over_answers_and_refusals(client):
    for body, status in ((GOOD_DATA, 200), (b"{", 400), (GOOD_DATA, 200)):
        assert client.ask("POST", "add-data", body).status == status
    assert client.ask("GET", "add-data").status == 405
    assert client.commit().status == 200


@pytest.mark.parametrize("name,authorization", [
    ("/nowhere", v0.RIGHT), ("commit", v0.RIGHT), ("add-data", None)])
def test_body_of_a_request_refused_by_its_head_is_not_taken_for_the_next_request(
        client, name, authorization):
    body = client.request("GET", "commit")
    answer = client.ask("POST", name, body, authorization)
    assert answer.status in (403, 404, 405)
    if answer.headers.get("connection") == "close":
        assert client.closed()
    else:
        assert client.add_data().status == 200


def test_connection_is_closed_when_the_client_asks_for_it(client):
    answer = raw(client, "POST /stprov/v0.0.1/add-data HTTP/1.1",
                 *headers(client, f"Content-Length: {len(GOOD_DATA)}", "Connection: close"),
                 body=GOOD_DATA)
    assert answer.status == 200
    assert client.closed()


def test_request_in_single_bytes_is_understood(client):
    for byte in client.request("POST", "add-data", GOOD_DATA):
        client.send(bytes([byte]))
    assert client.receive().status == 200


# TLS ----------------------------------------------------------------------------------------

def test_nothing_older_than_tls_1_3_is_spoken(platform):
    remote = platform()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with remote.client(tls=False) as client:
        with pytest.raises((ssl.SSLError, OSError)):
            context.wrap_socket(client.sock, server_hostname="stprov")
    remote.provision()


def test_plain_http_is_not_answered_with_anything_of_ours(platform):
    remote = platform()
    with remote.client(tls=False) as client:
        client.send(client.request("GET", "commit"))
        answer = b""
        while True:
            try:
                client.reader.more()
            except v0.Closed:
                break
        answer = client.reader.buffer
    assert b"HTTP" not in answer and b"stprov" not in answer
    remote.err.wait_for(r"127\.0\.0\.1")


@pytest.mark.parametrize("noise", [b"\0" * 5, b"\x16\x03\x01\xff\xff" + b"a" * 70000,
                                   os.urandom(3000), b"SSH-2.0-x\r\n", b"\x16\x03\x01\0\0"])
def test_noise_in_place_of_tls_ends_that_connection_alone(platform, noise):
    remote = platform()
    with remote.client(tls=False) as client:
        try:
            client.send(noise)
            client.sock.shutdown(1)
            while True:
                client.reader.more()
        except (v0.Closed, OSError):
            pass
    remote.provision()
    remote.finish()


def test_client_with_another_password_is_logged_and_refused_by_itself(platform):
    remote = platform()
    with pytest.raises(ValueError):
        v0.Client(remote.address, v0.Otp("another"))
    assert remote.running
    remote.provision()


def test_no_session_tickets_are_given(platform):
    remote = platform()
    with remote.client() as client:
        client.add_data()
        assert not client.sock.session.has_ticket
