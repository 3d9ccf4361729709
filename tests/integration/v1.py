# SPDX-License-Identifier: BSD-2-Clause
"""An independent implementation of stprov/v1, from its description alone (docs/protocol.md).

Like v0.py it uses neither stprov's code nor its output. It is checked against the vectors of RFC
9383.
"""
import base64
import contextlib
import hashlib
import hmac
import json
import os
import re
import socket
import subprocess
import tempfile
import threading
import time

import p256
import v0

HELLO = b"STPROV/1\n"
M = p256.decompress("02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f")
N = p256.decompress("03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49")
PROVER, VERIFIER = b"stprov local", b"stprov remote"
CONTEXT = b"stprov/v1 SPAKE2+-P256-SHA256-HKDF-SHA256-HMAC-SHA256"
IDENTITY = b"stprov/v1"
PATH = "/stprov/v1/"
CONSONANTS, VOWELS = "bcdfghjklnprstvx", "eiou"


# Codes and words -------------------------------------------------------------------------------

def word(value):
    """Five letters of 16 bits."""
    return (CONSONANTS[value >> 12] + VOWELS[value >> 10 & 3] + CONSONANTS[value >> 6 & 15] +
            VOWELS[value >> 4 & 3] + CONSONANTS[value & 15])


def words(data):
    return f"{word(data[0] << 8 | data[1])} {word(data[2] << 8 | data[3])}"


def normalise(code):
    letters = CONSONANTS + VOWELS
    group = f"[{letters}]{{5}}"
    lower = "".join(c.lower() if c.isascii() else c for c in code)
    if re.fullmatch(f"{group}(?:[ .-]*{group})*", lower):
        return re.sub("[ .-]", "", lower)
    return code


# SPAKE2+ ------------------------------------------------------------------------------------

def hkdf(key, info, length):
    """RFC 5869 with SHA-256 and no salt."""
    key = hmac.digest(bytes(32), key, "sha256")
    block, stream = b"", b""
    while len(stream) < length:
        block = hmac.digest(key, block + info + bytes([len(stream) // 32 + 1]), "sha256")
        stream += block
    return stream[:length]


def parts(*items):
    return b"".join(len(item).to_bytes(8, "little") + item for item in items)


def scalars(code, prover=PROVER, verifier=VERIFIER):
    """(w0, w1) of a code as typed."""
    wide = hashlib.scrypt(parts(normalise(code).encode(), prover, verifier), salt=b"stprov/v1",
                          n=1024, r=8, p=1, dklen=80)
    return (int.from_bytes(wide[:40], "big") % p256.N, int.from_bytes(wide[40:], "big") % p256.N)


def scalar():
    return int.from_bytes(os.urandom(40), "big") % (p256.N - 1) + 1


class Keys:
    """The key schedule over a transcript."""

    def __init__(self, context, prover, verifier, share_p, share_v, z, v, w0):
        self.transcript = parts(context, prover, verifier, p256.encode(M), p256.encode(N),
                                share_p, share_v, p256.encode(z), p256.encode(v),
                                w0.to_bytes(32, "big"))
        main = hashlib.sha256(self.transcript).digest()
        confirmation = hkdf(main, b"ConfirmationKeys", 64)
        self.confirm_p = hmac.digest(confirmation[:32], share_v, "sha256")
        self.confirm_v = hmac.digest(confirmation[32:], share_p, "sha256")
        self.shared = hkdf(main, b"SharedKey", 32)
        self.psk = hkdf(self.shared, b"stprov/v1 tls psk", 32)
        self.words = words(hkdf(self.shared, b"stprov/v1 sas", 4))


def share_of_prover(w0, x):
    return p256.encode(p256.add(p256.multiply(x), p256.multiply(w0, M)))


def share_of_verifier(w0, y):
    return p256.encode(p256.add(p256.multiply(y), p256.multiply(w0, N)))


def secrets_of_prover(w0, w1, x, share_v):
    point = p256.add(p256.decode(share_v), p256.negative(p256.multiply(w0, N)))
    return p256.multiply(x, point), p256.multiply(w1, point)


def secrets_of_verifier(w0, point_l, y, share_p):
    point = p256.add(p256.decode(share_p), p256.negative(p256.multiply(w0, M)))
    return p256.multiply(y, point), p256.multiply(y, point_l)


# The opening --------------------------------------------------------------------------------

GO_ON, BUSY, CLOSED, COMMITTED = range(4)


def commitment_of(nonce_s, share_v):
    return hashlib.sha256(b"stprov/v1 commit" + nonce_s + share_v).digest()


def exactly(sock, length):
    """v0.Closed when the peer ends before."""
    data = b""
    while len(data) < length:
        try:
            more = sock.recv(length - len(data))
        except ConnectionError as error:
            raise v0.Closed(str(error)) from error
        if not more:
            raise v0.Closed(f"end of stream after {len(data)} of {length} bytes")
        data += more
    return data


class WrongCode(Exception):
    """The other side's confirmation does not verify."""


class Prover:
    """The client's messages. Each step may be left out, repeated or changed by a test."""

    def __init__(self, code):
        self.w0, self.w1 = scalars(code)
        self.x = scalar()
        self.nonce_c = os.urandom(32)
        self.share_p = share_of_prover(self.w0, self.x)
        self.commitment = None
        self.keys = None

    @property
    def message3(self):
        return self.nonce_c + self.share_p

    def take4(self, message):
        nonce_s, share_v, confirm_v = message[:32], message[32:97], message[97:]
        assert commitment_of(nonce_s, share_v) == self.commitment
        z, v = secrets_of_prover(self.w0, self.w1, self.x, share_v)
        context = CONTEXT + self.nonce_c + nonce_s + self.commitment
        self.keys = Keys(context, PROVER, VERIFIER, self.share_p, share_v, z, v, self.w0)
        if self.keys.confirm_v != confirm_v:
            raise WrongCode

    @property
    def message5(self):
        return self.keys.confirm_p


class Verifier:
    """The server's messages."""

    def __init__(self, code):
        self.w0, w1 = scalars(code)
        self.point_l = p256.multiply(w1)
        self.y = scalar()
        self.nonce_s = os.urandom(32)
        self.share_v = share_of_verifier(self.w0, self.y)
        self.commitment = commitment_of(self.nonce_s, self.share_v)
        self.keys = None

    def message2(self, status=GO_ON):
        return bytes([status]) + (self.commitment if status == GO_ON else b"")

    def message4(self, message3):
        nonce_c, share_p = message3[:32], message3[32:]
        z, v = secrets_of_verifier(self.w0, self.point_l, self.y, share_p)
        context = CONTEXT + nonce_c + self.nonce_s + self.commitment
        self.keys = Keys(context, PROVER, VERIFIER, share_p, self.share_v, z, v, self.w0)
        return self.nonce_s + self.share_v + self.keys.confirm_v

    def take5(self, message):
        if self.keys.confirm_p != message:
            raise WrongCode


def expand_label(secret, label, context):
    """32 bytes of HKDF-Expand-Label (RFC 8446 section 7.1) with SHA-256."""
    label = b"tls13 " + label
    info = b"\0\x20" + bytes([len(label)]) + label + bytes([len(context)]) + context
    return hmac.digest(secret, info + b"\1", "sha256")


def exporter(secret, label):
    """RFC 8446 section 7.5, without context."""
    nothing = hashlib.sha256(b"").digest()
    return expand_label(expand_label(secret, label, nothing), b"exporter", nothing)


# TLS with the key, by openssl(1): Python's ssl has no pre-shared keys for TLS 1.3 -----------------

class Tls:
    """openssl s_client or s_server on a connected socket; `plain` is what goes in and comes out."""

    def __init__(self, sock, psk, server=False):
        self.sock = sock
        self.directory = tempfile.TemporaryDirectory(prefix="stprov-v1-")
        path = os.path.join(self.directory.name, "s")
        self.keylog = os.path.join(self.directory.name, "keys")
        self.plain, theirs = socket.socketpair()
        self.plain.settimeout(v0.PATIENCE)
        if server:
            # A certificate is nothing it has, and a ticket nothing that v1 knows.
            how = ["s_server", "-unix", path, "-nocert", "-num_tickets", "0", "-naccept", "1"]
        else:
            how = ["s_client", "-unix", path, "-nocommands"]
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(path)
            listener.listen(1)
        self.process = subprocess.Popen(
            ["openssl", *how, "-tls1_3", "-quiet", "-psk", psk.hex(), "-psk_identity",
             IDENTITY.decode(), "-keylogfile", self.keylog], stdin=theirs, stdout=theirs,
            stderr=subprocess.DEVNULL)
        theirs.close()
        if server:
            self.relay = connect_unix(path)
        else:
            with listener:
                listener.settimeout(v0.PATIENCE)
                self.relay = listener.accept()[0]
        sock.settimeout(None)
        self.relay.settimeout(None)
        for one, other in ((sock, self.relay), (self.relay, sock)):
            threading.Thread(target=pump, args=(one, other), daemon=True).start()

    def binding(self):
        """What names the connection (RFC 9266)."""
        with open(self.keylog, encoding="ascii") as log:
            secret, = re.findall(r"^EXPORTER_SECRET \w+ (\w+)$", log.read(), re.M)
        return exporter(bytes.fromhex(secret), b"EXPORTER-Channel-Binding")

    def mac(self, name, data):
        """What both sides show beside a file."""
        return hmac.digest(self.binding(), name.encode() + b"\0" + data, "sha256")[:4].hex()

    def close(self):
        for sock in (self.plain, self.sock, self.relay):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        self.process.kill()
        self.process.wait()
        self.directory.cleanup()


def connect_unix(path):
    deadline = time.monotonic() + v0.PATIENCE
    while True:
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.connect(path)
            return sock
        except OSError:
            sock.close()
            assert time.monotonic() < deadline, "s_server does not listen"
            time.sleep(0.01)


def pump(source, sink):
    """Until the end of one of them, which is then the other's."""
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


# A client -----------------------------------------------------------------------------------

class Client(v0.Client):
    """A connection to a platform; `upto`: the last message of the opening, 6 for TLS too."""

    def __init__(self, address, code, upto=6, **kwargs):
        super().__init__(address, None, tls=False, **kwargs)
        self.prover = Prover(code)
        self.believed = {}
        self.tls = None
        self.status = None
        try:
            self.open(upto)
        except BaseException:
            self.close()
            raise

    def open(self, upto):
        steps = [self.message1, self.message2, self.message3, self.message4, self.message5,
                 self.start_tls]
        for step in steps[:upto]:
            step()

    def message1(self):
        self.send(HELLO)

    def message2(self):
        self.status = exactly(self.sock, 1)[0]
        if self.status != GO_ON:
            assert self.closed(), "something follows the status"
            raise Turned(self.status)
        self.prover.commitment = exactly(self.sock, 32)

    def message3(self):
        self.send(self.prover.message3)

    def message4(self):
        self.prover.take4(exactly(self.sock, 129))

    def message5(self):
        self.send(self.prover.message5)

    def start_tls(self):
        self.tls = Tls(self.sock, self.prover.keys.psk)
        self.reader = v0.HttpReader(self.tls.plain)

    @property
    def words(self):
        return self.prover.keys.words

    def send(self, data):
        if not self.tls:
            super().send(data)
        else:
            try:
                self.tls.plain.sendall(data)
            except OSError as error:
                raise v0.Closed(str(error)) from error

    def close(self):
        if self.tls:
            self.tls.close()
        super().close()

    def request(self, method, name, body=None, authorization=None):
        path = name if name.startswith("/") else PATH + name
        return v0.request(method, path, self.host, authorization, body)

    def ask(self, method, name, body=None, authorization=None):
        answer = super().ask(method, name, body, authorization)
        if name == "add-secure-boot" and answer.status == 200:
            self.believed["keys"] = json.loads(answer.body)["staged"]
        return answer

    def add_file(self, name, data):
        answer = self.ask("POST", "add-file", v0.compact(
            {"name": name, "data": base64.b64encode(data).decode()}))
        if answer.status == 200:
            self.believed.setdefault("files", []).append(
                {"name": name, "mac": self.tls.mac(name, data)})
        return answer

    def add_certificate(self, line):
        answer = self.ask("POST", "add-certificate", v0.compact({"certificate": line}))
        if answer.status == 200:
            self.believed["certificate"] = self.tls.mac("STHostCert", line.encode() + b"\n")
        return answer

    def ask_commit(self, believed=None):
        """Sends the request; the answer comes when the operator has decided."""
        believed = self.believed if believed is None else believed
        self.send(self.request("POST", "commit", v0.compact(believed)))

    def commit(self, believed=None):
        self.ask_commit(believed)
        return self.receive()


class Turned(Exception):
    """Message 2 had a status other than GO_ON."""

    def __init__(self, status):
        super().__init__(f"status {status}")
        self.status = status


# A platform ---------------------------------------------------------------------------------

def answer_json(value, status=200):
    return v0.go_answer(status, v0.compact(value), "application/json")


class FakePlatform(v0.FakePlatform):
    """A platform of v1. `before_tls`: called with the socket in place of all that follows.

    `status`: of message 2, or a function that gives one for each connection.
    """

    def __init__(self, code, answers=None, before_tls=None, status=GO_ON, **kwargs):
        super().__init__(v0.Otp("x"), tcp=self.open, **kwargs)
        self.code = code
        self.before_tls = before_tls
        self.status = status
        self.verifier = None
        self.failures = []
        self.answers = {"add-data": answer_json({}), "add-secure-boot": staged,
                        "commit": answer_json(v0.COMMIT_ANSWER), **(answers or {})}
        self.answers.setdefault("prepare", prepared(self.answers["commit"]))

    def open(self, sock):
        if self.before_tls:
            self.before_tls(sock)
            return
        verifier = self.verifier = Verifier(self.code)
        assert exactly(sock, len(HELLO)) == HELLO
        status = self.status() if callable(self.status) else self.status
        sock.sendall(verifier.message2(status))
        if status != GO_ON:
            return
        sock.sendall(verifier.message4(exactly(sock, 97)))
        try:
            verifier.take5(exactly(sock, 32))
        except (WrongCode, v0.Closed) as failure:
            self.failures.append(failure)
            return
        tls = Tls(sock, verifier.keys.psk, server=True)
        try:
            self.converse(tls.plain)
        finally:
            tls.close()

    @property
    def paths(self):
        return [request.line.split()[1] for request in self.requests]


def prepared(commit):
    """What a platform answers to prepare before this answer to commit."""
    try:
        told = json.loads(commit.partition(b"\r\n\r\n")[2])
        told = {key: told[key] for key in ("publickey", "fingerprint", "hostname")}
    except (AttributeError, KeyError, TypeError, ValueError):
        told = {key: v0.COMMIT_ANSWER[key] for key in ("publickey", "fingerprint", "hostname")}
    return answer_json(told)


def staged(request):
    """What a platform answers to Secure Boot keys."""
    items = [{"variable": name, "sha256": hashlib.sha256(base64.b64decode(data)).hexdigest()}
             for name, key in (("PK", "pk"), ("KEK", "kek"), ("db", "db"), ("dbx", "dbx"))
             if (data := request.json.get(key))]
    return answer_json({"staged": items})
