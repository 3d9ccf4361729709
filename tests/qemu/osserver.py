# SPDX-License-Identifier: BSD-2-Clause
"""The OS package server that the machine finds at 10.0.2.100, on this machine's loopback."""
import datetime
import http.server
import ipaddress
import ssl
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ADDRESS = "10.0.2.100"


class Web(http.server.BaseHTTPRequestHandler):
    """The OS package server: it has every path, for a client that logs in."""

    def do_HEAD(self):
        self.server.seen.append((self.path, self.headers.get("Authorization")))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()

    def log_message(self, *_):
        pass


def make_certificate(directory):
    """A certificate for the web server's address that is its own root, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stprov test web server")])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(1)
        .not_valid_before(datetime.datetime(2020, 1, 1))
        .not_valid_after(datetime.datetime(2060, 1, 1))
        .add_extension(x509.SubjectAlternativeName(
            [x509.IPAddress(ipaddress.ip_address(ADDRESS))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256()))
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    file = directory / "web.pem"
    file.write_bytes(pem + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()))
    return file, pem.decode()


class WebServers:
    """HTTP and HTTPS on loopback; `seen`: (path, Authorization) of each request."""

    def __init__(self, directory):
        file, self.root = make_certificate(directory)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        self.seen = []
        self.servers = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web) for _ in range(2)]
        self.servers[1].socket = context.wrap_socket(self.servers[1].socket, server_side=True)
        for server in self.servers:
            server.seen = self.seen
            threading.Thread(target=server.serve_forever, daemon=True).start()
        self.ports = tuple(server.server_port for server in self.servers)

    def close(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()
