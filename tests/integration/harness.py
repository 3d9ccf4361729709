# SPDX-License-Identifier: BSD-2-Clause
"""Helpers of the integration tests: run the real program, with a console and a store of its own.

They end only processes that they started, each by its own id. Every wait has a time limit.
"""
import base64
import contextlib
import fcntl
import functools
import itertools
import math
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import termios
import threading
import time

import pytest

import screen
import v0
import v1

# stprov's processes are not dumpable, so only root can see their memory and descriptors.
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to look into a process")

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("STPROV_BUILD", ROOT / "build"))
STPROV = os.path.abspath(os.environ.get("STPROV", BUILD / "stprov"))
# What runs the laptop's commands: another build's, such as that of -Dremote=false.
LAPTOP = os.path.abspath(os.environ.get("STPROV_LAPTOP", STPROV))
# Sessions that live for four seconds; a session that does what a test says.
PUPPET = os.path.abspath(BUILD / "tests" / "integration" / "stprov_puppet")
LIAR = os.path.abspath(BUILD / "tests" / "integration" / "stprov_liar")
HASTY = os.path.abspath(BUILD / "tests" / "integration" / "stprov_hasty")

STPROV_GUID = "f401f2c1-b005-4be0-8cee-f2e5945bcbe7"
# stprov's own, for what stboot does not read.
OWN_GUID = "a7e48388-fd46-4138-b562-0b2195634fa0"
EFI_GLOBAL = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
EFI_SECURITY = "d719b2cb-3d3a-4596-a3bc-dad00e67656f"
GUIDS = {"STHostName": STPROV_GUID, "STHostKey": STPROV_GUID, "STHostConfig": STPROV_GUID,
         "STHostCert": OWN_GUID, "STHostKeySealed": OWN_GUID,
         "PK": EFI_GLOBAL, "KEK": EFI_GLOBAL, "SetupMode": EFI_GLOBAL, "SecureBoot": EFI_GLOBAL,
         "OsIndications": EFI_GLOBAL, "OsIndicationsSupported": EFI_GLOBAL,
         "db": EFI_SECURITY, "dbx": EFI_SECURITY}
ATTRIBUTES = 7
ATTRIBUTES_AUTHENTICATED = 0x27
APPEND_WRITE = 0x40

HOSTNAME = "host.example.org"
PASSWORD = "sikritpassword"
QUESTION = "Press Enter to commit changes, ctrl+c to abort"
# The last line before it, of v1 and of v0.0.1.
REVIEWED = r"the connection is intercepted: abort\n|will write STHostKey, .*\n  SHA256:\S+\n"
MAY_BE_INCORRECT = "The one-time password may be incorrect."
# Runs what follows it without the capability to change the immutable flag.
POWERLESS = ["setpriv", "--bounding-set=-linux_immutable", "--inh-caps=-linux_immutable"]
# The deadline of a request, and the margin that a test adds.
REQUEST_SECONDS = 15
GRACE_SECONDS = 5
NOBODY = 65534


def eventually(condition, timeout=v0.PATIENCE, what="the condition"):
    """Returns the first true value of condition(); fails after the time limit."""
    deadline = time.monotonic() + timeout
    while True:
        if value := condition():
            return value
        assert time.monotonic() < deadline, f"{what} did not come true within {timeout} s"
        time.sleep(0.005)


# Below the ports that the kernel gives to clients, so that no connection of another test can take
# one between the look and the use; and from a range that this process has to itself, so that
# another run of the tests cannot either. The claim to a range is a name of the abstract
# namespace, which is gone with the process that bound it.
PORTS_FIRST, PORTS_EACH, PORTS_RANGES = 10240, 1000, 22


# Tests start platforms from threads: two ranges, of which one is then given up, would be taken
# twice.
_ports_lock = threading.Lock()


@functools.lru_cache(maxsize=None)
def _own_ports():
    for number in range(PORTS_RANGES):
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0stprov-tests-ports-{number}")
        except OSError:
            claim.close()
            continue
        first = PORTS_FIRST + number * PORTS_EACH
        return claim, itertools.cycle(range(first, first + PORTS_EACH))
    raise AssertionError("every range of ports is taken")


def free_port():
    for _ in range(PORTS_EACH):
        with _ports_lock:
            port = next(_own_ports()[1])
        try:
            with socket.socket() as four, socket.socket(socket.AF_INET6) as six:
                four.bind(("0.0.0.0", port))
                six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                six.bind(("::", port))
                return port
        except OSError:
            continue
    raise AssertionError("no free port")


class Store:
    """A directory of EFI variables. stprov gets `path`; for the test, `root` precedes it."""

    def __init__(self, path, hostname=HOSTNAME, root=""):
        self.path = pathlib.Path(path)
        self.root = root
        self.here.mkdir(exist_ok=True)
        if hostname is not None:
            self.write("STHostName", hostname.encode())

    @property
    def here(self):
        return pathlib.Path(f"{self.root}{self.path}")

    @property
    def options(self):
        """Of stprov's commands, for this store."""
        return ["-E", str(self.path)]

    def file(self, name):
        guid = OWN_GUID if name.startswith("STFile-") else GUIDS[name]
        return self.here / f"{name}-{guid}"

    def write(self, name, data, attributes=ATTRIBUTES):
        self.file(name).write_bytes(struct.pack("<I", attributes) + data)

    def read(self, name):
        """(attributes, data), or None if there is no such variable."""
        try:
            raw = self.file(name).read_bytes()
        except FileNotFoundError:
            return None
        return struct.unpack("<I", raw[:4])[0], raw[4:]

    def chattr(self, flag, name):
        subprocess.run(["chattr", flag, str(self.file(name))], check=True, timeout=10)

    def names(self):
        return sorted(path.name for path in self.here.iterdir())

    def snapshot(self):
        return {path.name: path.read_bytes() if path.is_file() else "directory"
                for path in self.here.iterdir()}

    def host_key(self):
        """The stored key as (public key text, fingerprint), read by hand (PROTOCOL.key)."""
        attributes, pem = self.read("STHostKey")
        assert attributes == ATTRIBUTES
        lines = pem.decode("ascii").split("\n")
        assert lines[0] == "-----BEGIN OPENSSH PRIVATE KEY-----"
        assert lines[-2:] == ["-----END OPENSSH PRIVATE KEY-----", ""]
        blob = base64.b64decode("".join(lines[1:-2]))
        marker = b"ssh-ed25519"
        at = blob.index(marker) - 4
        public = blob[at:at + 4 + len(marker) + 4 + 32]
        text = "ssh-ed25519 " + base64.b64encode(public).decode()
        return text, v0.fingerprint(text)


class Namespace:
    """A process that holds namespaces of its own, and ends with them. Needs root.

    Processes enter with `prefix`; files inside are seen from here below `root`.
    """

    def __init__(self, *unshare_options):
        self.process = subprocess.Popen(
            ["unshare", *unshare_options, "sh", "-c", "echo ready; exec cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        assert self.process.stdout.readline() == b"ready\n", "unshare failed"
        # With its root, too: in a chroot that is another one than the namespace's.
        self.prefix = ["nsenter", "-t", str(self.process.pid), "-r", *unshare_options]
        self.root = f"/proc/{self.process.pid}/root"

    def run(self, *command):
        subprocess.run([*self.prefix, *command], check=True, timeout=v0.PATIENCE,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def name_hosts(self, path, text):
        """Puts a file with the text in place of /etc/hosts; needs `-m`."""
        path.write_text(text)
        self.run("mount", "--bind", str(path), "/etc/hosts")

    def close(self):
        self.process.stdin.close()
        self.process.wait(v0.PATIENCE)
        self.process.stdout.close()


def mounted_store(space, path, *mount):
    """A store on a file system of its own, which only the namespace sees."""
    path.mkdir()
    space.run("mount", *mount, str(path))
    store = Store(path, root=space.root)
    store.space = space
    return store


def ext4_store(space, directory):
    """A store on ext4, which knows the immutable flag."""
    image = directory / "image"
    with image.open("wb") as file:
        file.truncate(4 << 20)
    mkfs = shutil.which("mkfs.ext4", path=os.environ["PATH"] + ":/sbin:/usr/sbin")
    subprocess.run([mkfs, "-q", "-F", str(image)], check=True, timeout=60)
    return mounted_store(space, directory / "mounted", "-o", "loop", str(image))


class Stream:
    """What a process writes to one descriptor, collected by a thread until it ends."""

    def __init__(self, fd, terminal=False):
        self.fd = fd
        self.terminal = terminal
        self.data = b""
        self.over = False
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self.collect, daemon=True)
        self.thread.start()

    def collect(self):
        while True:
            try:
                data = os.read(self.fd, 65536)
            except OSError:  # EIO: the other side of the terminal is gone
                data = b""
            with self.changed:
                self.data += data
                self.over = not data
                self.changed.notify_all()
            if not data:
                os.close(self.fd)
                return

    @property
    def text(self):
        """The text with the rows of a folded line joined."""
        return screen.lines(self.raw) if self.terminal else self.raw

    @property
    def raw(self):
        return self.data.decode("utf-8", "backslashreplace")

    def lines(self, pattern=""):
        return [line for line in self.text.splitlines() if re.search(pattern, line)]

    def wait_for(self, pattern, timeout=v0.PATIENCE):
        """The first match of the pattern; fails when it does not come."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while not (match := re.search(pattern, self.text)):
                left = deadline - time.monotonic()
                assert left > 0, f"no {pattern!r} within {timeout} s; there is: {self.text!r}"
                assert not self.over, f"no {pattern!r}; all there was: {self.text!r}"
                self.changed.wait(left)
        return match


def take_terminal():
    """In the child: descriptor 0 becomes the controlling terminal of its new session."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def program_of(arguments):
    return LAPTOP if list(arguments[:1]) == ["local"] else STPROV


def hold_lock(directory):
    """Takes the lock of `local` on a directory as it does itself; os.close() gives it back."""
    if LAPTOP == STPROV:
        lock = os.open(directory, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
    else:
        lock = os.open(os.path.join(directory, ".stprov.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.lockf(lock, fcntl.LOCK_EX)
    return lock


class Process:
    """A running stprov.

    `console`: "pipe"; "pty": a terminal, with stderr on a pipe of its own; "terminal": all of it
    on a terminal, as the operator sees it (`err` is `out` then).
    """

    def __init__(self, arguments, console="pipe", prefix=(), environment=None, program=None):
        self.master = None
        self.keyboard = None
        command = [*prefix, program or program_of(arguments), *arguments]
        variables = {name: value for name, value in os.environ.items()
                     if not name.startswith("STPROV_")}
        variables |= environment or {}
        common = dict(start_new_session=True, env=variables)
        if console == "pipe":
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=subprocess.PIPE, **common)
            self.keyboard = self.process.stdin
            out = os.dup(self.process.stdout.fileno())
            self.process.stdout.close()
        else:
            self.master, slave = os.openpty()
            self.process = subprocess.Popen(
                command, stdin=slave, stdout=slave, preexec_fn=take_terminal,
                stderr=slave if console == "terminal" else subprocess.PIPE, **common)
            os.close(slave)
            out = os.dup(self.master)
        self.out = self.err = Stream(out, terminal=self.master is not None)
        if self.process.stderr:
            self.err = Stream(os.dup(self.process.stderr.fileno()))
            self.process.stderr.close()
        self.pid = self.process.pid

    def type(self, text):
        data = text.encode() if isinstance(text, str) else text
        os.write(self.master if self.master is not None else self.keyboard.fileno(), data)

    def echoed(self, text):
        """Types it on the terminal; returns once it is there to be read, which the echo shows.
        What was printed there before has been collected, too."""
        before = len(self.out.raw)
        self.type(text)
        shown = text.replace("\n", "\r\n")
        eventually(lambda: shown in self.out.raw[before:], what=f"the echo of {text!r}")

    def hang_up(self):
        """End of file on standard input."""
        if self.master is not None:
            self.type(b"\x04")
        else:
            self.keyboard.close()

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=v0.PATIENCE):
        """The exit code, after all output has been read."""
        code = self.process.wait(timeout)
        for stream in (self.out, self.err):
            stream.thread.join(v0.PATIENCE)
        return code

    @property
    def running(self):
        return self.process.poll() is None

    def children(self):
        try:
            text = pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return []
        return [int(pid) for pid in text.split()]

    def clean_up(self):
        """Ends it and its children, and closes every descriptor."""
        children = Process.children(self) if self.running else []
        if self.running:
            self.process.kill()
            self.process.wait(v0.PATIENCE)
        for child in children:  # they die with their parent; a remaining one fails the test
            eventually(lambda pid=child: is_gone(pid), 5, f"the end of its child {child}")
        if self.master is not None:
            os.close(self.master)
        if self.keyboard and not self.keyboard.closed:
            with contextlib.suppress(OSError):
                self.keyboard.close()


def status(pid):
    """The fields of /proc/PID/status as texts, {} when it is gone."""
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def is_gone(pid):
    return status(pid).get("State", "X")[0] in "XZ"


# poll(2) and ppoll(2) on x86-64, ppoll(2) elsewhere; glibc's poll() is one of them.
POLL, PPOLL = (7, 271) if os.uname().machine == "x86_64" else (None, 73)


def system_call(pid):
    """The system call in which it sleeps, as [number, arguments...]; [] when it does not sleep.
    The processes of stprov show it to root alone."""
    try:
        words = pathlib.Path(f"/proc/{pid}/syscall").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(word, 0) for word in words] if words[0].isdigit() else []


def poll_ms(pid):
    """How long the poll(2) in which it sleeps may last, in milliseconds (math.inf: until there is
    an event); None when it does not sleep in one. Needs root."""
    call = system_call(pid)
    if call[:1] == [POLL]:
        return math.inf if call[3] & 1 << 31 else call[3]
    if call[:1] != [PPOLL]:
        return None
    if call[3] == 0:
        return math.inf
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        memory.seek(call[3])
        seconds, nanoseconds = struct.unpack("qq", memory.read(16))
    return seconds * 1000 + nanoseconds // 1000000


def _turns(pid):
    """How often it went to sleep, now that it sleeps in poll(2); None when it does not. Whom
    /proc hides that from, a test without root, has to take any sleep for it."""
    if os.geteuid() == 0:
        if system_call(pid)[:1] not in ([POLL], [PPOLL]):
            return None
    elif status(pid).get("State", "X")[0] != "S":
        return None
    return status(pid).get("voluntary_ctxt_switches")


def argv0(pid):
    """Of a process that was executed; before that it is its parent's."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_text().partition("\0")[0]
    except (FileNotFoundError, ProcessLookupError):
        return None


def is_socket(pid, fd):
    try:
        return os.readlink(f"/proc/{pid}/fd/{fd}").startswith("socket:")
    except (FileNotFoundError, ProcessLookupError):
        return False


def asleep(pids):
    """Whether all of them sleep in poll(2) at the same time."""
    turns = [_turns(pid) for pid in pids]
    # Twice the same: none of them was awake between the first look at it and the second.
    return None not in turns and turns == [_turns(pid) for pid in pids]


def wait_until_idle(*processes):
    """Waits until these and their children all sleep in poll(2) at the same time.

    Then all that had reached them has had its effect, and what did not come of it will not come.
    That is a witness where a pause is none: on a slow machine nothing happens in a pause either.
    It counts what was sent on a socket or a pipe as having arrived, and what was typed on a
    terminal once echoed() has returned. TCP_NODELAY makes that true of a socket; what goes through
    openssl, as with v1.Client, arrives later all the same. What they printed may be collected a
    moment later. It fails at once when one of them has ended.
    """
    def all_asleep():
        assert all(process.running for process in processes), "it ended"
        return asleep([pid for process in processes for pid in (process.pid, *process.children())])
    eventually(all_asleep, what="the rest of all processes")


def is_established(sock):
    """Whether a TCP connection that was begun is there: tcpi_state."""
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1) == b"\1"


def received(sock):
    """How many bytes have come on a TCP connection, read or not: tcpi_bytes_received (tcp.h)."""
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 136)
    return struct.unpack_from("Q", info, 128)[0]


def memory_kib(pid, field="VmRSS"):
    """`field` of /proc/PID/status in KiB (VmHWM: the most there ever was); 0 when it is gone."""
    return int(status(pid).get(field, "0 kB").split()[0])


class Platform(Process):
    """`stprov remote run`, listening once this returns. `compat`: serves v0.0.1 too.

    `program`: in place of STPROV, one of the tests' own, which differ from stprov in one thing
    (see meson.build).
    """

    def __init__(self, store, password=PASSWORD, ip="127.0.0.1", allow=("127.0.0.1/32",),
                 console="pty", prefix=(), environment=None, arguments=(), listening=True,
                 compat=True, program=None, port=None):
        self.store = store
        self.otp = v0.Otp(password or "")
        self.port = port or free_port()
        self.ip = ip
        command = ["remote", "run", *store.options, "-p", str(self.port)]
        command += ["--compat"] if compat else []
        if password is not None and not (environment or {}).get("STPROV_OTP"):
            command += ["-o", password]
        command += ["-i", ip] if ip else []
        for network in allow:
            command += ["-a", network]
        super().__init__([*command, *arguments], console, prefix, environment, program)
        if listening:
            self.err.wait_for(rf"listening on \S*:{self.port}\b")

    def children(self):
        """Its sessions, without the spare one, which has no connection."""
        children = [pid for pid in super().children() if argv0(pid) == "stprov-session"]
        if os.geteuid() == 0:
            return [pid for pid in children if is_socket(pid, 4)]
        return children[:-1]  # /proc hides the descriptors: the spare was started last

    @property
    def address(self):
        return ({"0.0.0.0": "127.0.0.1", "::": "::1", None: "127.0.0.1"}.get(self.ip, self.ip),
                self.port)

    def client(self, **kwargs):
        return v0.Client(self.address, self.otp, **kwargs)

    @property
    def code(self):
        """The generated code, after the console shows it."""
        return self.err.wait_for(r"code: ([a-z]{5}-[a-z]{5})\b")[1]

    def client_v1(self, code=None, **kwargs):
        return v1.Client(self.address, code or self.otp.text or self.code, **kwargs)

    def wait_for_question(self, timeout=v0.PATIENCE):
        self.out.wait_for(re.escape(QUESTION), timeout)
        # The review is on stderr, which may be read a moment later.
        self.err.wait_for(REVIEWED, timeout)

    def shows(self, entropy):
        """Waits until the console shows the entropy, as it does before it asks."""
        return eventually(lambda: hexify(entropy) in self.err.text, what="the entropy shown")

    def press(self, text="\n"):
        """Answers the question, after it is shown; where only the words confirm, with them."""
        self.wait_for_question()
        if text == "\n" and "Type the comparison words." in self.out.text:
            # Of the last review.
            review = r"(?s)asks to commit\n(?!.*asks to commit).*comparison words: (\w+ \w+)\n"
            text = self.err.wait_for(review)[1] + "\n"
        self.type(text)

    def end(self):
        """Aborts, so that another one can have its store."""
        self.signal(signal.SIGTERM)
        assert self.wait() == 1

    def finish(self):
        """Confirms and waits for success."""
        self.press()
        code = self.wait()
        assert code == 0, f"exit {code}: {self.err.text}"

    def provision(self, entropy=None):
        """The independent client's whole exchange; returns the commit's answer."""
        with self.client() as client:
            assert client.add_data(entropy).status == 200
            answer = client.commit()
        assert answer.status == 200, answer
        return answer.json

    def log(self, pattern):
        """The lines of its log that match."""
        return self.err.lines(pattern)


# With one of them a test compares the words itself.
COMPARING = {"--words", "--words=-", "--no-compare", "--ask"}


class Local(Process):
    """`stprov local run` against an address. With v1 the words are not compared, unless
    `arguments` say how; `--ask`, which stprov does not get: on the terminal."""

    def __init__(self, address, password=PASSWORD, arguments=(), compat=True, **kwargs):
        options = ["local", "run", "-i", address[0], "-p", str(address[1])]
        options += ["--compat"] if compat else []
        if not compat and not COMPARING & set(arguments):
            options.append("--no-compare")
        options += ["-o", password] if password is not None else []
        super().__init__([*options, *(a for a in arguments if a != "--ask")], **kwargs)

    @property
    def result(self):
        """stdout's key=value lines."""
        lines = self.out.text.splitlines()
        assert all("=" in line for line in lines), lines
        return dict(line.split("=", 1) for line in lines)


def hexify(data):
    """The hex dump that both parts show (tests/vectors: hexify), here for 32 bytes."""
    lines = []
    for at in range(0, len(data), 16):
        row = data[at:at + 16]
        numbers = [f"{byte:02X}" for byte in row]
        shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
        left, right = " ".join(numbers[:8]), " ".join(numbers[8:])
        lines.append(f"{at:4}  {left:23}  {right:23}  {shown:16}\n")
    return "".join(lines)
