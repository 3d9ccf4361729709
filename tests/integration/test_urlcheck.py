# SPDX-License-Identifier: BSD-2-Clause
"""HEAD on OS package URLs in sandboxed processes, against web servers and DNS of the tests."""
import base64
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import warnings

import pytest

import harness
import v0
import web

URLCHECK = harness.BUILD / "tests" / "integration" / "urlcheck_probe"
PASSWORD = "sikritpassword"
NOBODY = str(harness.NOBODY)


class Result:
    """A line that urlcheck_probe printed."""

    def __init__(self, line):
        fields = dict(field.split("=", 1) for field in line.split("\t"))
        for name in ("index", "status", "length", "redirects", "took"):
            setattr(self, name, int(fields[name]))
        self.good = fields["good"] == "1"
        self.has_length = fields["has_length"] == "1"
        self.url, self.type, self.address = fields["url"], fields["type"], fields["address"]
        self.final, self.error = fields["final"], fields["error"]
        assert self.good == (self.error == "")


class Check(subprocess.Popen):
    """A running urlcheck_probe."""

    def __init__(self, *urls, roots=None, floor=0, timeout_ms=20000, prefix=(), environment=None):
        options = ["-F", str(floor), "-t", str(timeout_ms)]
        options += ["-T", str(roots)] if roots else []
        super().__init__([*prefix, URLCHECK, *options, *urls], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                         env={**os.environ, **(environment or {})})

    def finish(self, timeout=60):
        """Exit code and stderr; the results, by their index, are in `results`."""
        out, err = self.communicate(timeout=timeout)
        assert PASSWORD not in out + err
        assert re.fullmatch(r"[\x20-\x7e\t\n]*", out + err)
        self.results = sorted(map(Result, re.findall(r"(?m)^index=.*$", out)),
                              key=lambda result: result.index)
        return self.returncode, err

    def close(self):
        if self.poll() is None:
            self.kill()
            self.wait(10)
        self.stdout.close()
        self.stderr.close()


@pytest.fixture(name="check")
def fixture_check(started):
    """A function that checks URLs to the end and returns their results."""
    assert os.access(URLCHECK, os.X_OK), f"{URLCHECK} is missing"

    def check(*urls, **options):
        process = started(Check(*urls, **options))
        code, err = process.finish()
        assert (code, err) == (int(any(not r.good for r in process.results)), "")
        assert len(process.results) == len(urls)
        return process.results
    return check


@pytest.fixture(name="one")
def fixture_one(check):
    """The same for one URL and its one result."""
    return lambda url, **options: check(url, **options)[0]


@pytest.fixture(name="server")
def fixture_server(started):
    return lambda *args, **kwargs: started(web.Server(*args, **kwargs))


@pytest.fixture(name="authority", scope="module")
def fixture_authority(tmp_path_factory):
    return web.Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(name="roots")
def fixture_roots(authority, tmp_path):
    """A trust policy with the test's root."""
    (tmp_path / "tls_roots.pem").write_bytes(b"# the test's root\n" + authority.pem)
    return tmp_path


# HTTP ---------------------------------------------------------------------------------------

def test_a_package_that_is_there_is_good(one, server):
    web_server = server()
    result = one(web_server.url("/os.json?a=b"))
    assert result.good and result.status == 200
    assert (result.has_length, result.length, result.type) == (True, 1234, "application/json")
    assert result.address == f"127.0.0.1:{web_server.port}"
    assert (result.redirects, result.final) == (0, "")
    request, = web_server.requests
    assert (request.method, request.target) == ("HEAD", "/os.json?a=b")
    assert request.headers == {"host": f"127.0.0.1:{web_server.port}", "user-agent": "stprov"}


def test_any_other_status_is_not_and_is_told(one, server):
    for status, reason in [(404, "Not Found"), (204, "No Content"), (500, "Oh no"), (206, "Part")]:
        result = one(server(web.answer(status, reason)).url())
        assert not result.good and result.status == status
        assert result.error == f"{result.address}: the server says: {status} {reason}"


def test_an_answer_without_length_or_with_a_body_is_good(one, server):
    result = one(server(web.answer(body=b"x" * 100000)).url())
    assert result.good and not result.has_length and result.type == ""
    result = one(server(web.answer(Transfer_Encoding="chunked", Content_Type="a/b",
                                   body=b"4\r\nabcd\r\n0\r\n\r\n")).url())
    assert result.good and not result.has_length and result.type == "a/b"
    assert one(server(b"HTTP/1.1 103 Early Hints\r\n\r\n" + web.OK).url()).good
    assert one(server(b"HTTP/1.0 200\r\n\r\n").url()).good


def test_huge_heads_are_refused(one, server):
    result = one(server(web.answer(X_Huge="x" * 100_000)).url())
    assert "the answer: head larger than 65536 bytes" in result.error
    result = one(server(web.answer(**{f"X{i}": "y" for i in range(600)})).url())
    assert "the answer: more than 512 header lines" in result.error


def test_what_is_no_http_is_refused(one, server):
    for reply in (b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n", b"\x16\x03\x01\r\n\r\n", b"HTTP/2 200\r\n\r\n",
                  b"HTTP/1.1 200 OK\r\nA: \x1b[2J\r\n\r\n", b"HTTP/1.1 200 OK\r\n"):
        result = one(server(reply).url())
        assert not result.good and result.status == 0, reply
    assert "connection closed" in result.error


def test_what_a_server_says_is_made_printable(one, server):
    result = one(server(web.answer(404, "N\xff\\o", Content_Type="\xe9/b")).url())
    assert result.error.endswith(r"404 N\xff\x5co") and result.type == r"\xe9/b"


def test_a_server_that_closes_or_refuses_is_told_so(one, server):
    assert one(server(b"").url()).error.endswith("connection closed without an answer")
    port = harness.free_port()
    result = one(f"http://127.0.0.1:{port}/")
    assert result.error == f"127.0.0.1:{port}: connection refused"
    assert result.address == f"127.0.0.1:{port}"


def test_a_server_that_hangs_is_given_up_at_the_deadline(one, server):
    result = one(server(lambda request: None).url(), timeout_ms=1500)
    assert result.error == f"{result.address}: no answer in time"
    assert result.took >= 1500


def test_all_urls_are_checked_at_once(check, server):
    # None is answered before sixteen are there: as many as there may be at a time.
    sixteen = threading.Event()

    def when_all_are_there(_):
        if len(web_server.requests) == 16:
            sixteen.set()
        return web.OK if sixteen.wait(v0.PATIENCE) else None
    web_server = server(when_all_are_there)
    results = check(*[web_server.url(f"/{i}") for i in range(20)])
    assert all(result.good for result in results)
    assert len(web_server.requests) == 20


def test_a_malformed_url_is_told_without_its_password(one):
    result = one(f"https://user:{PASSWORD}/x@host/")
    assert result.url == "https://user:***@host/" and "port" in result.error


# Authentication -----------------------------------------------------------------------------

def guarded(request):
    wanted = "Basic " + base64.b64encode(f"user:{PASSWORD}".encode()).decode()
    if request.headers.get("authorization") == wanted:
        return web.OK
    return web.answer(401, "Unauthorized", WWW_Authenticate="Basic realm=x")


def test_user_and_password_are_sent_as_basic_authentication(check, server):
    web_server = server(guarded)
    good, escaped, wrong, none = check(
        web_server.url(user=f"user:{PASSWORD}"), web_server.url(user=f"user:%73{PASSWORD[1:]}"),
        web_server.url(user="user:other"), web_server.url())
    assert good.good and escaped.good
    assert good.url == web_server.url(user="user:***")
    assert wrong.status == none.status == 401
    assert "the user or the password is wrong" in wrong.error
    assert "a user and password are needed" in none.error


def test_a_redirect_on_the_same_server_keeps_them(one, server):
    def respond(request):
        if request.target == "/a":
            return web.answer(302, "Found", Location="/b")
        return guarded(request)
    web_server = server(respond)
    result = one(web_server.url("/a", user=f"user:{PASSWORD}"))
    assert result.good and result.final == web_server.url("/b")


def test_a_redirect_to_another_host_or_port_does_not(check, server):
    other = server()
    first = server(lambda request: web.answer(302, "Found", Location=other.url("/b")))
    named = server(lambda request: web.answer(
        302, "Found", Location=f"http://localhost:{named.port}/c") if request.target == "/a"
        else web.OK)
    results = check(first.url("/a", user=f"user:{PASSWORD}"),
                    named.url("/a", user=f"user:{PASSWORD}"))
    assert all(result.good for result in results)
    assert "authorization" in first.requests[0].headers
    assert "authorization" not in other.requests[0].headers
    asked = {request.target: request for request in named.requests}
    assert "authorization" in asked["/a"].headers
    assert "authorization" not in asked["/c"].headers


# Redirects ----------------------------------------------------------------------------------

def test_redirects_are_followed(one, server):
    chain = {"/1": (301, "/x/2"), "/x/2": (302, "3"), "/x/3": (303, "../4?q"), "/4?q": (307, "?r"),
             "/4?r": (308, None)}

    def respond(request):
        if request.target not in chain:
            return web.OK
        status, location = chain[request.target]
        return web.answer(status, "", Location=location or web_server.url("/end"))
    web_server = server(respond)
    result = one(web_server.url("/1"))
    assert result.good and result.redirects == 5
    assert result.final == web_server.url("/end")
    assert [r.target for r in web_server.requests] == ["/1", "/x/2", "/x/3", "/4?q", "/4?r", "/end"]
    assert {request.method for request in web_server.requests} == {"HEAD"}


def test_ten_redirects_are_followed_and_no_more(one, server):
    def respond(request):
        n = int(request.target[1:])
        return web.answer(302, "", Location=f"/{n - 1}") if n else web.OK
    web_server = server(respond)
    assert one(web_server.url("/10")).redirects == 10
    result = one(web_server.url("/11"))
    assert result.error == f"{result.address}: more than 10 redirects" and result.status == 302
    loop = server(web.answer(301, "", Location="/loop"))
    assert "more than 10 redirects" in one(loop.url()).error
    assert len(loop.requests) == 11


def test_redirects_that_lead_astray_are_not_followed(one, server):
    for location, reason in [("ftp://127.0.0.1/", "must start with http"),
                             ("http://a:b@127.0.0.1/", "redirect to a URL with a user"),
                             ("http://", "no valid host"), ("/%zz", "percent sign")]:
        result = one(server(web.answer(302, "", Location=location)).url())
        assert not result.good and reason in result.error, location
        assert ": redirect" in result.error
    assert "a redirect without a destination" in one(server(web.answer(302, "Found")).url()).error


@pytest.mark.parametrize("status, location, hint", [
    *[(status, None, " (a redirect without a destination)") for status
      in (301, 302, 303, 307, 308)],
    (300, "/a", " (a choice of several: give the URL of one)"),
    (304, None, " (the answer to a condition, and stprov set none)"),
    (305, "/a", " (it demands a proxy, and stprov uses none)"),
    (306, None, " (it demands a proxy, and stprov uses none)"), (310, "/a", ""), (204, None, "")])
def test_each_status_has_the_hint_of_its_meaning(one, server, status, location, hint):
    headers = {"Location": location} if location else {}
    assert one(server(web.answer(status, "X", **headers)).url()).error.endswith(
        f"the server says: {status} X{hint}")


def test_a_location_is_percent_encoded_as_user_agents_do(one, server):
    place = "/a b/\u00e9?{x}"
    web_server = server(lambda request: web.answer(302, "", Location=place)
                        if request.target == "/os.json" else web.OK)
    assert one(web_server.url()).good
    assert web_server.requests[-1].target == "/a%20b/%E9?%7Bx%7D"


def test_https_is_not_left_by_a_redirect(one, server, authority, roots):
    plain = server()
    secure = server(web.answer(302, "", Location=plain.url()), tls=authority.server())
    result = one(secure.url(), roots=roots)
    assert result.error == f"{result.address}: redirect from https to http"
    assert not plain.requests


def test_http_may_lead_to_https(one, server, authority, roots):
    secure = server(tls=authority.server())
    plain = server(web.answer(301, "", Location=secure.url()))
    result = one(plain.url(user=f"u:{PASSWORD}"), roots=roots)
    assert result.good and "authorization" not in secure.requests[0].headers


def test_proxy_variables_are_not_used(one, server):
    proxy, origin = server(), server()
    proxies = {name: proxy.url("/") for name in
               ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY")}
    assert one(origin.url(), environment=proxies).good
    assert proxy.connections == 0 and origin.connections == 1


# TLS ----------------------------------------------------------------------------------------

def test_a_server_of_the_roots_is_good(check, server, authority, roots):
    tls = authority.server()
    web_server = server(tls=tls)
    old = server(tls=authority.server(version=ssl.TLSVersion.TLSv1_2))
    urls = [web_server.url(), web_server.url(host="localhost"), old.url()]
    assert [r.error for r in check(*urls, roots=roots)] == ["", "", ""]


def test_the_root_itself_may_be_the_servers_certificate(one, server, authority, tmp_path):
    web_server = server(tls=authority.server(("127.0.0.1",)))
    pem = ssl.get_server_certificate(("127.0.0.1", web_server.port))
    (tmp_path / "tls_roots.pem").write_text(pem)
    assert one(web_server.url(), roots=tmp_path).good


def test_a_name_that_the_certificate_does_not_have_is_told(one, server, authority, roots):
    web_server = server(tls=authority.server(("other.example", "10.1.2.3", "*.wild.example")))
    for host in ("localhost", "127.0.0.1"):
        assert one(web_server.url(host=host), roots=roots).error == (
            f"127.0.0.1:{web_server.port}: the server's certificate is for other.example, "
            f"10.1.2.3, *.wild.example, not for {host}")


def test_the_common_name_is_no_name(one, server, authority, roots):
    web_server = server(tls=authority.server((), common_name="localhost"))
    assert "is for no name, not for localhost" in (
        one(web_server.url(host="localhost"), roots=roots).error)


@pytest.mark.parametrize("host, name", [
    ("127.0.0.1", "127.0.0.1"), ("[::1]", "::1"), ("[::1]", "0:0:0:0:0:0:0:1")])
def test_an_address_that_the_certificate_has_as_a_dns_name_is_told(
        one, server, authority, roots, host, name):
    web_server = server(tls=authority.server(("other.example", f"DNS:{name}")),
                        address=host.strip("[]"))
    assert one(web_server.url(host=host), roots=roots).error.endswith(
        f": the server's certificate has {host.strip('[]')} as a DNS name, not as an IP address")


def test_another_address_as_a_dns_name_is_marked(one, server, authority, roots):
    web_server = server(tls=authority.server(("DNS:10.1.2.3", "10.1.2.4")))
    assert ("is for 10.1.2.3 (as a DNS name), 10.1.2.4, not for 127.0.0.1" in
            one(web_server.url(host="127.0.0.1"), roots=roots).error)


def date(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_an_expired_certificate_is_told_beside_the_clock(one, server, authority, roots):
    end = web.now() - web.DAY
    web_server = server(tls=authority.server(start=end - web.DAY, end=end))
    result = one(web_server.url(), roots=roots)
    assert f": certificate CN=Test Server expired {date(end)}; the platform's clock says " in (
        result.error)
    assert date(web.now())[:10] in result.error


def test_a_certificate_of_the_future_is_told_beside_the_clock(one, server, authority, roots):
    start = web.now() + web.DAY
    web_server = server(tls=authority.server(start=start, end=start + web.DAY))
    assert f"certificate CN=Test Server is not valid before {date(start)}; the platform's" in (
        one(web_server.url(), roots=roots).error)


def test_the_build_date_stands_in_for_a_clock_that_is_early(one, server, authority, roots):
    floor = web.now() + 15 * web.DAY
    seconds = int(time.time()) + 15 * 86400
    future = server(tls=authority.server(start=floor - web.DAY, end=floor + web.DAY))
    present = server(tls=authority.server())
    assert not one(future.url(), roots=roots).good
    assert one(future.url(), roots=roots, floor=seconds).good
    assert one(present.url(), roots=roots).good
    result = one(present.url(), roots=roots, floor=seconds)
    assert re.search(r" expired \S+; the platform's clock says \S+; the program's build date, "
                     rf"{date(floor)[:10]}\S+, was used instead$", result.error)


def test_an_unknown_issuer_is_told(one, server, authority, roots, tmp_path_factory):
    other = web.Authority(tmp_path_factory.mktemp("other"), "Other Root")
    result = one(server(tls=other.server()).url(), roots=roots)
    assert result.error.endswith(
        "the server's certificate is issued by CN=Other Root, which is not among the HTTPS roots")
    result = one(server(tls=authority.server(self_signed=True)).url(), roots=roots)
    assert result.error.endswith("the server's certificate is self-signed by CN=Lone Server, "
                                 "which is not among the HTTPS roots")


def test_another_root_of_the_same_name_is_not_trusted(one, server, roots, tmp_path_factory):
    double = web.Authority(tmp_path_factory.mktemp("double"), "Test Root")
    assert not one(server(tls=double.server()).url(), roots=roots).good


def test_without_roots_https_fails_and_says_why(one, server, authority, tmp_path):
    web_server = server(tls=authority.server())
    for policy in (tmp_path, None):
        assert "there are no HTTPS roots to check the server's certificate with (it is issued by "\
            "CN=Test Root)" in one(web_server.url(), roots=policy).error


def test_bad_roots_end_the_check(server, authority, tmp_path, started):
    for content in (b"", b"no certificate\n", authority.pem[:-30]):
        (tmp_path / "tls_roots.pem").write_bytes(content)
        process = started(Check("https://127.0.0.1:1/", roots=tmp_path))
        code, err = process.finish()
        assert code == 3 and err.startswith(f"{tmp_path}/tls_roots.pem: HTTPS roots: ")


def test_many_roots_are_searched(one, server, authority, tmp_path, tmp_path_factory):
    """More data than fits into one frame, and into the socket's buffer."""
    other = web.Authority(tmp_path_factory.mktemp("other"), "Other Root")
    (tmp_path / "tls_roots.pem").write_bytes(other.pem * 900 + authority.pem)
    assert (tmp_path / "tls_roots.pem").stat().st_size > 400_000
    assert one(server(tls=authority.server()).url(), roots=tmp_path).good


def test_tls_before_1_2_is_refused(one, server, authority, roots):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old = authority.server(version=ssl.TLSVersion.TLSv1_1)
    result = one(server(tls=old).url(), roots=roots)
    assert result.error == f"{result.address}: the server does not speak TLS 1.2 or later"


def test_http_where_https_is_expected_is_told(one, server, roots):
    web_server = server(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    web_server.converse = lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    result = one(f"https://127.0.0.1:{web_server.port}/", roots=roots)
    assert result.error == f"{result.address}: the server does not speak TLS"


def test_a_handshake_that_hangs_is_given_up(one, server, roots):
    web_server = server()
    web_server.converse = lambda connection: web_server.closed.wait(30)
    result = one(f"https://127.0.0.1:{web_server.port}/", roots=roots, timeout_ms=3000)
    assert result.error == f"{result.address}: TLS handshake: no answer in time"


# The process --------------------------------------------------------------------------------

def children(pid):
    path = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()]


def wait_for_probes(process, web_server, n):
    harness.eventually(lambda: len(web_server.requests) == n, what="the requests")
    return children(process.pid)


def test_a_probe_is_nobody_and_locked_in(started, server):
    web_server = server(lambda request: None)
    process = started(Check(web_server.url(user=f"u:{PASSWORD}")))
    probe, = wait_for_probes(process, web_server, 1)
    status = harness.status(probe)
    assert status["Seccomp"] == "2" and status["NoNewPrivs"] == "1"
    if os.geteuid() == 0:
        assert status["Uid"].split() == [NOBODY] * 4 and status["Gid"].split() == [NOBODY] * 4
        assert status["Groups"].strip() == "" and int(status["CapEff"], 16) == 0
    assert pathlib.Path(f"/proc/{probe}/cmdline").read_bytes() == b"stprov-probe\0"
    assert pathlib.Path(f"/proc/{probe}/environ").read_bytes() == b""


def test_an_interrupt_ends_it_at_once_with_its_probes(started, server):
    web_server = server(lambda request: None)
    process = started(Check(*[web_server.url()] * 3))
    probes = wait_for_probes(process, web_server, 3)
    assert len(probes) == 3
    process.send_signal(signal.SIGINT)
    assert process.finish(5) == (4, "interrupted\n") and process.results == []
    for probe in probes:
        harness.eventually(lambda pid=probe: harness.is_gone(pid), 5)


def test_probes_end_with_their_parent(started, server):
    web_server = server(lambda request: None)
    process = started(Check(web_server.url()))
    probes = wait_for_probes(process, web_server, 1)
    process.kill()
    for probe in probes:
        harness.eventually(lambda pid=probe: harness.is_gone(pid), 5)


def test_the_role_is_no_command():
    run = subprocess.run(["stprov-probe"], executable=harness.STPROV, capture_output=True,
                         text=True, timeout=20, check=False, stdin=subprocess.DEVNULL)
    assert run.returncode == 2 and "not a command" in run.stderr


# Addresses and names ------------------------------------------------------------------------

@pytest.fixture(name="net")
def fixture_net(namespace, tmp_path, started):
    """A network of its own: 10.99.0.0/24 and fd99::1 on the loopback, a private resolv.conf."""
    if not shutil.which("dnsmasq"):
        pytest.skip("needs dnsmasq")
    net = namespace("-n", "-m")
    net.run("ip", "link", "set", "lo", "up")
    net.run("ip", "address", "add", "10.99.0.1/24", "dev", "lo")
    net.run("ip", "-6", "address", "add", "fd99::1/64", "dev", "lo", "nodad")
    net.resolv = tmp_path / "resolv.conf"
    net.resolv.write_text("nameserver 10.99.0.53\n")
    tmp_path.chmod(0o755)
    net.run("mount", "--bind", str(net.resolv), "/etc/resolv.conf")
    net.run("mount", "--bind", "/dev/null", "/etc/hosts")

    def dns(*records, address="10.99.0.53"):
        command = ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv",
                   "--no-hosts", "--bind-interfaces", f"--listen-address={address}",
                   "--user=root", "--pid-file=", "--log-facility=/dev/null", "--local=/#/"]
        command += [f"--host-record={record}" for record in records]
        process = subprocess.Popen([*net.prefix, *command], stdin=subprocess.DEVNULL)
        started(Ended(process))
        sock = web.in_namespace(net.process.pid, lambda: socket.socket(
            socket.AF_INET, socket.SOCK_DGRAM))
        with sock:
            sock.settimeout(0.1)
            harness.eventually(lambda: answers(sock, address), what="dnsmasq")
        return process
    net.dns = dns
    return net


class Ended:
    def __init__(self, process):
        self.process = process

    def close(self):
        self.process.terminate()
        self.process.wait(10)


def answers(sock, address):
    """Whether a DNS server answers there."""
    try:
        sock.sendto(b"\x12\x34\x01\x00\x00\x01" + b"\0" * 6 + b"\x01x\x00\x00\x01\x00\x01",
                    (address, 53))
        return sock.recv(512)[:2] == b"\x12\x34"
    except OSError:
        return False


def test_names_are_resolved_by_the_servers_of_resolv_conf(check, server, net):
    net.dns("pkg.example,10.99.0.7", "six.example,fd99::1")
    four = server(address="10.99.0.7", namespace=net)
    six = server(address="fd99::1", namespace=net)
    result, other = check(four.url(host="pkg.example"), six.url(host="six.example"),
                          prefix=net.prefix)
    assert result.good and result.address == f"10.99.0.7:{four.port}"
    assert other.good and other.address == f"[fd99::1]:{six.port}"
    assert four.requests[0].headers["host"] == f"pkg.example:{four.port}"


def test_https_by_name_asks_for_that_name(one, server, net, authority, roots):
    net.dns("pkg.example,10.99.0.7")
    tls = authority.server(("pkg.example",))
    asked = []
    tls.sni_callback = lambda sock, name, context: asked.append(name)
    web_server = server(tls=tls, address="10.99.0.7", namespace=net)
    assert one(web_server.url(host="PKG.example."), roots=roots, prefix=net.prefix).error == ""
    assert asked == ["pkg.example"]
    assert "not for 10.99.0.7" in one(web_server.url(), roots=roots, prefix=net.prefix).error
    assert asked == ["pkg.example", None]


def test_addresses_of_ipv6_and_mapped_ones_are_reached(check, server, net):
    six = server(address="fd99::1", namespace=net)
    four = server(address="10.99.0.1", namespace=net)
    result, mapped = check(six.url(), f"http://[::ffff:10.99.0.1]:{four.port}/", prefix=net.prefix)
    assert result.good and result.address == f"[fd99::1]:{six.port}"
    assert six.requests[0].headers["host"] == f"[fd99::1]:{six.port}"
    assert mapped.good and mapped.address == f"10.99.0.1:{four.port}"


def test_a_name_that_is_not_there_is_told(one, net):
    net.dns("pkg.example,10.99.0.7")
    result = one("http://gone.example/", prefix=net.prefix)
    assert result.error == "there is no host gone.example in the DNS" and result.address == ""


def test_a_silent_dns_server_is_told_within_the_time(one, net):
    silent = web.in_namespace(net.process.pid, lambda: socket.socket(
        socket.AF_INET, socket.SOCK_DGRAM))
    with silent:
        silent.bind(("10.99.0.53", 53))
        result = one("http://pkg.example/", prefix=net.prefix)
        assert result.error.startswith("the DNS servers did not answer for pkg.example")
        # Two questions of 3 s, and not the deadline of 20 s; with glibc's own 5 s three servers
        # would outlast it.
        assert 5500 < result.took
        result = one("http://pkg.example/", prefix=net.prefix, timeout_ms=1000)
        assert result.error == "no answer within 1 s (resolving pkg.example)"


def test_the_second_dns_server_serves_when_the_first_is_gone(one, server, net):
    net.resolv.write_text("nameserver 10.98.0.53\nnameserver 10.99.0.54\n")
    net.dns("pkg.example,10.99.0.7", address="10.99.0.54")
    web_server = server(address="10.99.0.7", namespace=net)
    assert one(web_server.url(host="pkg.example"), prefix=net.prefix).good


def test_no_dns_server_is_told(one, net):
    net.resolv.write_text("")
    assert "the DNS servers did not answer" in one("http://pkg.example/", prefix=net.prefix).error


def test_an_answer_too_long_for_a_datagram_is_fetched_by_tcp(one, server, net):
    name = "n" * 60 + "." + "m" * 60 + ".example"
    net.dns(*[f"{name},10.99.0.{host}" for host in range(100, 180)])
    web_server = server(address="0.0.0.0", namespace=net)
    assert one(web_server.url(host=name), prefix=net.prefix).good


def test_the_next_address_is_tried_and_failures_are_listed(check, server, net):
    net.dns("pkg.example,10.99.0.7", "pkg.example,10.98.0.7", "none.example,10.98.0.7",
            "none.example,10.99.0.9")
    web_server = server(address="10.99.0.7", namespace=net)
    port = web_server.port
    good, bad = check(web_server.url(host="pkg.example"), web_server.url(host="none.example"),
                      prefix=net.prefix)
    assert good.good and good.address == f"10.99.0.7:{port}"
    assert sorted(bad.error.split(", ")) == [f"10.98.0.7:{port}: there is no route to it",
                                             f"10.99.0.9:{port}: connection refused"]


def test_an_address_that_is_silent_leaves_time_for_the_next(one, server, net):
    net.dns("pkg.example,10.99.0.7,fd99::1")
    full = web.in_namespace(net.process.pid, lambda: web.listener("fd99::1", backlog=0))
    port = full.getsockname()[1]
    waiting = [web.in_namespace(net.process.pid, lambda: socket.socket(socket.AF_INET6))
               for _ in range(4)]
    for sock in waiting:
        sock.setblocking(False)
        sock.connect_ex(("fd99::1", port))
    # The one that fits into the queue is through; of the others none will be.
    harness.eventually(lambda: any(harness.is_established(sock) for sock in waiting))
    web_server = server(address="10.99.0.7", namespace=net, port=port)
    result = one(web_server.url(host="pkg.example"), prefix=net.prefix, timeout_ms=8000)
    for sock in [*waiting, full]:
        sock.close()
    assert result.error == "" and result.address == f"10.99.0.7:{port}"
    assert result.took >= 1500


def test_foreign_sources_of_names_are_not_loaded(one, server, net, tmp_path):
    """nsswitch.conf may name modules that are loaded from files, which the sandbox forbids."""
    conf = tmp_path / "nsswitch.conf"
    conf.write_text("hosts: mymachines resolve mdns4_minimal files myhostname dns wins\n")
    net.run("mount", "--bind", str(conf), "/etc/nsswitch.conf")
    net.dns("pkg.example,10.99.0.7")
    web_server = server(address="10.99.0.7", namespace=net)
    assert one(web_server.url(host="pkg.example"), prefix=net.prefix).good
