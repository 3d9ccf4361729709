# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the integration tests, and a time limit on every one of them."""
import os
import shutil
import signal

import pytest

import authfiles
import harness
import netlab
import swtpm

# Seconds for one test with its fixtures; far above what any of them takes.
TEST_SECONDS = 240


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    """A test that hangs fails alone, without blocking the others."""
    def on_alarm(*_):
        raise TimeoutError(f"{item.name} took more than {TEST_SECONDS} s")
    before = signal.signal(signal.SIGALRM, on_alarm)
    signal.alarm(TEST_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="session", autouse=True)
def program():
    """All tests need it."""
    if not os.access(harness.STPROV, os.X_OK):
        pytest.exit(f"{harness.STPROV} is missing: run make", returncode=1)


@pytest.fixture(name="store")
def fixture_store(tmp_path):
    return harness.Store(tmp_path / "efivars")


@pytest.fixture(name="started")
def fixture_started():
    """Registers objects with a clean_up() or close(); the last one is ended first."""
    things = []

    def start(thing):
        things.append(thing)
        return thing
    yield start
    for thing in reversed(things):
        getattr(thing, "clean_up", getattr(thing, "close", None))()


@pytest.fixture(name="platform")
def fixture_platform(store, started):
    """A function that starts `remote run` on the test's store, or on another."""
    def start(other_store=None, **kwargs):
        platform = harness.Platform(other_store or store, **{**kwargs, "listening": False})
        started(platform)
        if kwargs.get("listening", True):
            platform.err.wait_for(rf"listening on \S*:{platform.port}\b")
        return platform
    return start


@pytest.fixture(name="outwait")
def fixture_outwait(platform, tmp_path):
    """A function that returns when a request's deadline has passed: a client that came to another
    platform only now, and says nothing, was closed for it."""
    neighbour = platform(harness.Store(tmp_path / "neighbour"))

    def outwait():
        with neighbour.client(tls=False, timeout=4 * harness.REQUEST_SECONDS) as client:
            assert client.closed()
        neighbour.err.wait_for("no answer in time|too long")
    return outwait


@pytest.fixture(name="local")
def fixture_local(started):
    """A function that starts `local run`."""
    def start(*args, **kwargs):
        return started(harness.Local(*args, **kwargs))
    return start


@pytest.fixture(name="run")
def fixture_run(started):
    """A function that runs stprov to its end: (exit code, stdout, stderr)."""
    def run(*arguments, **kwargs):
        process = started(harness.Process(arguments, **kwargs))
        if process.keyboard:
            process.keyboard.close()
        code = process.wait()
        return code, process.out.text, process.err.text
    return run


@pytest.fixture(name="namespace")
def fixture_namespace(started):
    """A function that makes a Namespace."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("needs root for a namespace of its own")

    def make(*options):
        return started(harness.Namespace(*options))
    return make


@pytest.fixture(name="ext4")
def fixture_ext4(namespace, tmp_path):
    """A store on ext4, seen in its namespace (ext4.space) alone."""
    return harness.ext4_store(namespace("-m"), tmp_path)


@pytest.fixture(name="lab")
def fixture_lab(started, tmp_path):
    """A machine to set up the network of."""
    if os.geteuid() != 0:
        pytest.skip("needs root for namespaces of its own")
    if netlab.missing():
        pytest.skip(netlab.missing())
    return netlab.Lab(started, tmp_path)


@pytest.fixture(name="tpm")
def fixture_tpm(started):
    """A TPM whose firmware has measured something."""
    tpm = started(swtpm.Tpm())
    tpm.extend(0)
    tpm.extend(7)
    return tpm


@pytest.fixture(name="between")
def fixture_between(started, tpm):
    return lambda **changes: started(swtpm.Between(tpm, **changes))


@pytest.fixture(name="auth", scope="session")
def fixture_auth(auth_keys):
    """Secure Boot keys in .auth form: {"pk": bytes, ...}."""
    return authfiles.make(auth_keys)


@pytest.fixture(name="auth_keys", scope="session")
def fixture_auth_keys(tmp_path_factory):
    """The directory with the keys that signed them."""
    return tmp_path_factory.mktemp("auth")
