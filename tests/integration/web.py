# SPDX-License-Identifier: BSD-2-Clause
"""Web servers of the tests: HTTP and HTTPS, with faults that a test chooses, and certificates.

They run in threads of the test's own process. A server in a network namespace of its own has its
socket made there; where a socket was made is where it stays.
"""
import ctypes
import datetime
import ipaddress
import os
import socket
import ssl
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

CLONE_NEWNET = 0x40000000
DAY = datetime.timedelta(days=1)


def now():
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None, microsecond=0)


# Sockets in other namespaces ------------------------------------------------------------------

def in_namespace(pid, function):
    """What function() returns, called in the network namespace of a process."""
    result = []

    def work():
        libc = ctypes.CDLL(None, use_errno=True)
        fd = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
        try:
            # setns(2) is for the calling thread only, which ends right after it.
            if libc.setns(fd, CLONE_NEWNET) == 0:
                result.append(function())
        finally:
            os.close(fd)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert result, "not in the namespace"
    return result[0]


def listener(address, port=0, backlog=16):
    """A listening socket; `address` tells its family."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.bind((address, port))
    sock.listen(backlog)
    return sock


# Servers ------------------------------------------------------------------------------------

class Request:
    def __init__(self, head):
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, self.version = lines[0].split(" ")
        self.headers = {name.lower(): value.strip() for name, _, value in
                        (line.partition(":") for line in lines[1:] if line)}


def answer(status=200, reason="OK", body=b"", **headers):
    """The bytes of an answer; header names with _ for -."""
    lines = [f"HTTP/1.1 {status} {reason}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


OK = answer(Content_Length=1234, Content_Type="application/json")


class Server:
    """Answers each connection with respond(request); None: says nothing until it is closed.

    @respond may also be the bytes themselves. What was asked is in `requests`.
    """

    def __init__(self, respond=OK, tls=None, address="127.0.0.1", namespace=None, port=0):
        self.respond = respond if callable(respond) else lambda request: respond
        self.tls = tls
        self.requests = []
        self.connections = 0
        self.closed = threading.Event()
        self.sock = (in_namespace(namespace.process.pid, lambda: listener(address, port))
                     if namespace else listener(address, port))
        self.host = f"[{address}]" if ":" in address else address
        self.port = self.sock.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def url(self, path="/os.json", host=None, user=""):
        scheme = "https" if self.tls else "http"
        return f"{scheme}://{user and user + '@'}{host or self.host}:{self.port}{path}"

    def serve(self):
        while True:
            try:
                connection, _ = self.sock.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        try:
            with connection:
                connection.settimeout(60)
                if self.tls:
                    with self.tls.wrap_socket(connection, server_side=True) as secured:
                        self.converse(secured)
                else:
                    self.converse(connection)
        except (OSError, ValueError):
            pass

    def converse(self, connection):
        head = b""
        while b"\r\n\r\n" not in head:
            if not (data := connection.recv(4096)):
                return
            head += data
        request = Request(head.split(b"\r\n\r\n")[0])
        self.requests.append(request)
        reply = self.respond(request)
        if reply is None:
            self.closed.wait(60)
            return
        connection.sendall(reply)

    def close(self):
        self.closed.set()
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()
        self.thread.join(10)


# Certificates -------------------------------------------------------------------------------

class Authority:
    """A root, and contexts of servers with certificates of that root."""

    def __init__(self, directory, name="Test Root"):
        self.directory = directory
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.cert = self.sign(self.name, self.key.public_key(), now() - 3650 * DAY,
                              now() + 3650 * DAY, [], True)
        self.pem = self.cert.public_bytes(serialization.Encoding.PEM)
        self.count = 0

    def sign(self, subject, public_key, start, end, names, is_authority):
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(self.name)
                   .public_key(public_key).serial_number(x509.random_serial_number())
                   .not_valid_before(start).not_valid_after(end)
                   .add_extension(x509.BasicConstraints(is_authority, None), critical=True))
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(
                [self.general_name(name) for name in names]), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    @staticmethod
    def general_name(name):
        try:
            return x509.IPAddress(ipaddress.ip_address(name))
        except ValueError:
            return x509.DNSName(name.removeprefix("DNS:"))

    def server(self, names=("127.0.0.1", "localhost", "pkg.example"), start=None, end=None,
               version=None, self_signed=False, common_name="Test Server"):
        """An ssl.SSLContext for a server with these names."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        issuer = Authority(self.directory, "Lone Server") if self_signed else self
        cert = issuer.sign(subject, key.public_key(), start or now() - DAY, end or now() + DAY,
                           names, False)
        if self_signed:
            cert, key = issuer.cert, issuer.key
        self.count += 1
        path = self.directory / f"server-{id(issuer)}-{self.count}.pem"
        path.write_bytes(cert.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if version:
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = version
        context.load_cert_chain(path)
        return context
