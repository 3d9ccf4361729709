# SPDX-License-Identifier: BSD-2-Clause
"""An independent implementation of stprov/v0.0.1, from its description alone (docs/protocol.md).

It uses neither stprov's code nor its output. `Client` sends the same bytes as the released client,
and `FakePlatform` answers with the same bytes as the released server. The values that both derive
from the one-time password are checked against the released program's outputs in tests/vectors.
"""
import base64
import contextlib
import dataclasses
import hashlib
import hmac
import json
import os
import re
import socket
import ssl
import tempfile
import threading
import time

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

USER = "example-user"
SERVER_NAME = "stprov"
PATH = "/stprov/v0.0.1/"
# Seconds that any step of a test may take, unless the step has a deadline of its own.
PATIENCE = 20


# Derivations --------------------------------------------------------------------------------

def derive(secret, label, length, number=1):
    """R(secret, label, n): HKDF-SHA256 (RFC 5869) with salt n and info `stprov:` label."""
    key = hmac.digest(str(number).encode(), secret, "sha256")
    block, stream = b"", b""
    while len(stream) < length:
        counter = bytes([len(stream) // 32 + 1])
        block = hmac.digest(key, block + b"stprov:" + label.encode() + counter, "sha256")
        stream += block
    return stream[:length]


def der(tag, *contents):
    """One DER element (X.690)."""
    content = b"".join(contents)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def oid(text):
    first, second, *rest = (int(arc) for arc in text.split("."))
    content = bytes([first * 40 + second])
    for arc in rest:
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | (arc & 0x7F))
        content += bytes(reversed(groups))
    return der(0x06, content)


def certificate(key, not_after=b"380119031409Z"):
    """The DER of the certificate, which depends only on the key.

    By hand, because the library refuses the serial number 0.
    """
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    critical = der(0x01, b"\xff")
    ed25519 = der(0x30, oid("1.3.101.112"))
    extensions = der(
        0x30,
        # digitalSignature (bit 0) and dataEncipherment (bit 3)
        der(0x30, oid("2.5.29.15"), critical, der(0x04, der(0x03, b"\x04\x90"))),
        der(0x30, oid("2.5.29.37"), der(0x04, der(
            0x30, oid("1.3.6.1.5.5.7.3.2"), oid("1.3.6.1.5.5.7.3.1")))),
        der(0x30, oid("2.5.29.17"), critical, der(0x04, der(0x30, der(0x82, b"stprov")))))
    body = der(
        0x30,
        der(0xA0, der(0x02, b"\x02")),  # v3
        der(0x02, b"\x00"),
        ed25519,
        der(0x30),
        der(0x30, der(0x17, b"700101000000Z"), der(0x17, not_after)),
        der(0x30),
        der(0x30, ed25519, der(0x03, b"\x00" + raw)),
        der(0xA3, extensions))
    return der(0x30, body, ed25519, der(0x03, b"\x00" + key.sign(body)))


class Otp:
    """A one-time password and the values derived from it."""

    def __init__(self, text):
        self.text = text
        self.bytes = derive(text.encode(), "otp", 32)
        self.basic = derive(self.bytes, "otp:basicAuthPassword", 32).hex()
        self.seed = derive(self.bytes, "otp:keygen", 32)
        self.key = Ed25519PrivateKey.from_private_bytes(self.seed)
        self.certificate = certificate(self.key)

    @property
    def authorization(self):
        return basic(USER, self.basic)

    def server_context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as pem:
            pem.write(ssl.DER_cert_to_PEM_cert(self.certificate))
            pem.write(self.key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption()).decode())
            pem.flush()
            context.load_cert_chain(pem.name)
        return context


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def fingerprint(publickey):
    """SHA256:... of the text `ssh-ed25519 BASE64`."""
    blob = base64.b64decode(publickey.split()[1])
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


# Requests, as the released client writes them -----------------------------------------------

def request(method, path, host, authorization, body=None):
    """The bytes of a request: the headers of Go's client, in its order."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "User-Agent: Go-http-client/1.1"]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    if authorization is not None:
        lines.append(f"Authorization: {authorization}")
    lines += ["Accept-Encoding: gzip", "", ""]
    return "\r\n".join(lines).encode() + (body or b"")


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


def add_data_body(entropy, timestamp=None):
    timestamp = int(time.time()) if timestamp is None else timestamp
    return compact({"entropy": base64.b64encode(entropy).decode(), "timestamp": timestamp})


def add_secure_boot_body(pk, kek, db, dbx=None, menu=True):
    def text(value):
        return None if value is None else base64.b64encode(value).decode()
    return compact({"pk": text(pk), "kek": text(kek), "db": text(db), "dbx": text(dbx),
                    "reboot_into_uefi_menu": menu})


@dataclasses.dataclass
class Response:
    status: int
    reason: str
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Closed(Exception):
    """The peer closed or reset the connection instead of answering."""


class HttpReader:
    """Messages from a stream; raises Closed when it ends before one is whole."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""

    def more(self):
        try:
            data = self.sock.recv(65536)
        except (ConnectionError, ssl.SSLError) as error:
            raise Closed(str(error)) from error
        if not data:
            raise Closed("end of stream")
        self.buffer += data

    def until(self, mark):
        while mark not in self.buffer:
            self.more()
        text, self.buffer = self.buffer.split(mark, 1)
        return text

    def exactly(self, length):
        while len(self.buffer) < length:
            self.more()
        data, self.buffer = self.buffer[:length], self.buffer[length:]
        return data

    def message(self):
        """(first line, headers by lower-case name, body)"""
        first, *lines = self.until(b"\r\n\r\n").decode("ascii").split("\r\n")
        headers = {}
        for line in lines:
            name, value = line.split(":", 1)
            assert name.lower() not in headers, f"header twice: {line}"
            headers[name.lower()] = value.strip()
        return first, headers, self.exactly(int(headers.get("content-length", 0)))


def parse_response(message):
    first, headers, body = message
    match = re.fullmatch(r"HTTP/1\.1 (\d{3}) (.*)", first)
    assert match, f"no status line: {first}"
    assert "content-length" in headers, "an answer without Content-Length"
    return Response(int(match[1]), match[2], headers, body)


# The authorization that a client's password gives.
RIGHT = object()


class Client:
    """A connection to a platform. Use as a context manager.

    `source`: the address to come from. `tls`: False leaves the connection at TCP.
    """

    def __init__(self, address, otp, source=None, tls=True, timeout=PATIENCE):
        self.otp = otp
        self.host = f"[{address[0]}]:{address[1]}" if ":" in address[0] else "%s:%d" % address[:2]
        self.sock = socket.create_connection(
            address, timeout=timeout, source_address=(source, 0) if source else None)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            try:
                self.handshake()
            except BaseException:
                self.sock.close()
                raise
        self.reader = HttpReader(self.sock)

    def handshake(self):
        """Accepts exactly the expected certificate, as the released client does."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        try:
            self.sock = context.wrap_socket(self.sock, server_hostname=SERVER_NAME)
        except (ConnectionError, ssl.SSLError) as error:
            raise Closed(f"handshake: {error}") from error
        shown = self.sock.getpeercert(binary_form=True)
        if shown != self.otp.certificate:
            raise ValueError("another certificate than the expected one")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        with contextlib.suppress(OSError):
            self.sock.close()

    def reset(self):
        """Closes with RST, as a machine that lost its power and came back."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.close()

    def send(self, data):
        try:
            self.sock.sendall(data)
        except (ConnectionError, ssl.SSLError) as error:
            raise Closed(str(error)) from error

    def receive(self):
        return parse_response(self.reader.message())

    def closed(self):
        """True once the server has closed, without another byte; waits for it."""
        try:
            self.reader.more()
        except Closed:
            return True
        return False

    def request(self, method, name, body=None, authorization=RIGHT):
        """`authorization`: the header's value; None: no such header."""
        if authorization is RIGHT:
            authorization = self.otp.authorization
        path = name if name.startswith("/") else PATH + name
        return request(method, path, self.host, authorization, body)

    def ask(self, method, name, body=None, authorization=RIGHT):
        self.send(self.request(method, name, body, authorization))
        return self.receive()

    def add_data(self, entropy=None, timestamp=None):
        return self.ask("POST", "add-data", add_data_body(entropy or os.urandom(32), timestamp))

    def add_secure_boot(self, *args, **kwargs):
        return self.ask("POST", "add-secure-boot", add_secure_boot_body(*args, **kwargs))

    def commit(self):
        return self.ask("GET", "commit")


def client_hello():
    """The first flight of a TLS client, to be sent in pieces or not to its end."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing, server_hostname=SERVER_NAME).do_handshake()
    return outgoing.read()


# A platform, as the released server answers --------------------------------------------------

COMMIT_ANSWER = {
    "publickey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfHNRv2o7r98aq/doJFoMa49H6svj4Y5YOp5+rONBpN",
    "fingerprint": "SHA256:QUVI6w2anLGKFBIp8J7o9Q5tNITT06bvXLWoug4Bmjg",
    "hostname": "host.example.org",
    "authentication": "6bd51f41415658eb398b9c967e7acdaffa4faa36a22c6c7464d531a8e0dcdae8",
    "identity": "c8e0386beb2777ae5e74fa615a9c20d8c592e1dcf070710167e81122a755a78f",
}


def go_answer(status=200, body=b"", content_type=None, reason=None):
    """Bytes of an answer with the headers of Go's server, in its order."""
    reasons = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found",
               405: "Method Not Allowed"}
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
    lines = [f"HTTP/1.1 {status} {reason or reasons.get(status, 'Whatever')}",
             f"Date: {date}", f"Content-Length: {len(body)}"]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    return "\r\n".join(lines + ["", ""]).encode() + body


def go_commit_answer(**changes):
    return go_answer(200, compact({**COMMIT_ANSWER, **changes}), "text/plain; charset=utf-8")


@dataclasses.dataclass
class Request:
    """A request that the fake platform received."""
    line: str
    headers: dict
    body: bytes

    @property
    def endpoint(self):
        return self.line.split()[1].rpartition("/")[2]

    @property
    def json(self):
        return json.loads(self.body)


class Last(bytes):
    """An answer after which the fake platform closes the connection."""


class FakePlatform:
    """A server in a thread. Use as a context manager.

    `answers`: endpoint -> bytes, or a function of the Request that gives bytes; None closes the
    connection, `FakePlatform.HANG` says nothing until the end. `tcp`: called with the accepted
    socket in place of TLS and HTTP.
    """

    HANG = object()

    def __init__(self, otp, answers=None, tcp=None, ip="127.0.0.1"):
        self.otp = otp
        self.answers = {"add-data": go_answer(), "add-secure-boot": go_answer(),
                        "commit": go_commit_answer(), **(answers or {})}
        self.tcp = tcp
        self.requests = []
        self.connections = 0
        self.problems = []
        self.failed = None
        self.over = threading.Event()
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        self.listener = socket.socket(family)
        self.listener.bind((ip, 0))
        self.listener.listen(16)
        self.address = self.listener.getsockname()[:2]
        self.context = otp.server_context()
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(PATIENCE)
        # What a test asserts in this thread is the test's failure.
        if self.failed:
            raise self.failed

    def serve(self):
        while not self.over.is_set():
            try:
                sock = self.listener.accept()[0]
            except OSError:
                return
            self.connections += 1
            sock.settimeout(PATIENCE)
            with sock:
                try:
                    if self.tcp:
                        self.tcp(sock)
                    else:
                        with self.context.wrap_socket(sock, server_side=True) as tls:
                            self.converse(tls)
                except (Closed, OSError) as error:
                    self.problems.append(str(error))
                except AssertionError as error:
                    self.failed = error

    def converse(self, tls):
        reader = HttpReader(tls)
        while True:
            try:
                got = Request(*reader.message())
            except Closed:
                return
            self.requests.append(got)
            answer = self.answers.get(got.endpoint, go_answer(404))
            if callable(answer):
                answer = answer(got)
            if answer is FakePlatform.HANG:
                self.over.wait(120)
                return
            if answer is None:
                return
            tls.sendall(answer)
            if isinstance(answer, Last):
                return
