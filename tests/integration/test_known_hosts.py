# SPDX-License-Identifier: BSD-2-Clause
"""`local run --known-hosts`: the changes of OpenSSH's file, checked with ssh-keygen(1)."""
import base64
import contextlib
import os
import re
import stat
import subprocess

import pytest

import harness
import v0
import v1

CODE = "bocil-dufen"
NEW = v0.COMMIT_ANSWER["publickey"]
NEW_FINGERPRINT = v0.COMMIT_ANSWER["fingerprint"]
HOST = v0.COMMIT_ANSWER["hostname"]
LINE = f"{HOST},127.0.0.1 {NEW}\n"
BLOB = b"\0\0\0\x0bssh-ed25519\0\0\0 "
OLD = "ssh-ed25519 " + base64.b64encode(BLOB + bytes(32)).decode()
OLD_FINGERPRINT = v0.fingerprint(OLD)
OTHERS = (f"# made by hand\n\nother.example.org {OLD} a comment\n"
          f"{HOST} ssh-rsa AAAAB3Nz\n@cert-authority *.example.org {OLD}\n"
          f"@revoked {HOST} {OLD}\n[{HOST}]:2222 {OLD}\n*.example.org {OLD}\r\n")


def keygen(*arguments, check=True):
    return subprocess.run(["ssh-keygen", *map(str, arguments)], check=check, text=True,
                          capture_output=True, timeout=v0.PATIENCE).stdout


def known(path, name):
    """The ed25519 keys that ssh finds under a name, markers aside."""
    lines = keygen("-F", name, "-f", path, check=False).splitlines()
    return [" ".join(line.split()[1:3]) for line in lines
            if not line.startswith(("#", "@")) and " ssh-ed25519 " in line]


@pytest.fixture(name="path")
def fixture_path(tmp_path):
    return tmp_path / "ssh" / "known_hosts"


@pytest.fixture(name="put")
def fixture_put(local, path):
    """A function that runs it against a platform whose key is NEW: the finished process."""
    path.parent.mkdir(exist_ok=True)

    def put(file=None, text=None, answers=None, options=(), ip="127.0.0.1", **kwargs):
        if text is not None:
            path.write_bytes(text.encode())
        with v1.FakePlatform(CODE, answers) as fake:
            laptop = local((ip, fake.address[1]), password=CODE, compat=False,
                           arguments=["--known-hosts", str(file or path), *options], **kwargs)
            laptop.wait(60)
        laptop.connections, laptop.paths = fake.connections, fake.paths
        return laptop
    return put


def succeeded(laptop):
    assert laptop.process.returncode == 0, laptop.err.text
    assert laptop.result == {"publickey": NEW, "fingerprint": NEW_FINGERPRINT, "hostname": HOST,
                             "ip": "127.0.0.1"}
    return laptop.err.text


# With the real platform -------------------------------------------------------------------------

@pytest.mark.parametrize("console", ["pty", "pipe"])
@pytest.mark.parametrize("compat", [False, True])
def test_key_is_known_to_ssh_under_name_and_address(platform, local, store, path, console, compat):
    path.parent.mkdir()
    remote = platform(compat=compat, console=console)
    laptop = local(remote.address, compat=compat, arguments=["--known-hosts", str(path)])
    remote.press()
    assert laptop.wait() == 0, laptop.err.text
    assert remote.wait() == 0
    publickey, fingerprint = store.host_key()
    assert known(path, harness.HOSTNAME) == known(path, "127.0.0.1") == [publickey]
    assert path.read_text() == f"{harness.HOSTNAME},127.0.0.1 {publickey}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keygen("-l", "-f", path).split()[1] == fingerprint
    assert list(path.parent.iterdir()) == [path]
    assert f"{path}: added the key for {harness.HOSTNAME} and 127.0.0.1\n" in laptop.err.text


def test_ipv6_address_is_a_plain_name_whatever_the_port(platform, local, store, path):
    path.parent.mkdir()
    remote = platform(compat=False, ip="::1", allow=["::1"])
    laptop = local(remote.address, compat=False, arguments=["--known-hosts", str(path)])
    remote.press()
    assert laptop.wait() == 0, laptop.err.text
    assert known(path, "::1") == [store.host_key()[0]]


def test_nothing_is_written_when_the_operator_aborts(platform, local, path):
    path.parent.mkdir()
    path.write_text(f"{harness.HOSTNAME} {OLD}\n")
    remote = platform(compat=False)
    laptop = local(remote.address, compat=False,
                   arguments=["--known-hosts", str(path), "--replace"])
    remote.press("n\n")
    assert laptop.wait() == 1
    assert path.read_text() == f"{harness.HOSTNAME} {OLD}\n"
    assert list(path.parent.iterdir()) == [path]


def test_line_that_came_while_the_operator_was_asked_is_kept(platform, local, store, path):
    path.parent.mkdir()
    path.write_text(f"first {OLD}\n")
    remote = platform(compat=False)
    laptop = local(remote.address, compat=False, arguments=["--known-hosts", str(path)])
    remote.wait_for_question()
    path.write_text(f"first {OLD}\nsecond {OLD}\n")
    remote.press()
    assert laptop.wait() == 0
    assert path.read_text().startswith(f"first {OLD}\nsecond {OLD}\n")
    assert known(path, "127.0.0.1") == [store.host_key()[0]]


def test_failure_after_provisioning_still_gives_the_results_and_the_line(
        platform, local, store, path):
    path.parent.mkdir()
    remote = platform(compat=False)
    laptop = local(remote.address, compat=False, arguments=["--known-hosts", str(path)])
    remote.wait_for_question()
    path.mkdir()
    remote.press()
    assert laptop.wait() == 1
    publickey, fingerprint = store.host_key()
    assert laptop.result["publickey"] == publickey
    assert laptop.result["fingerprint"] == fingerprint
    assert f"\n{harness.HOSTNAME},127.0.0.1 {publickey}\n" in laptop.err.text
    assert laptop.err.text.endswith(f"stprov local run: {path}: not a regular file\n")
    assert "by hand" in laptop.err.text


# What is in the file ----------------------------------------------------------------------------

def test_other_lines_are_kept_to_the_byte(put, path):
    succeeded(put(text=OTHERS))
    assert path.read_bytes().decode() == OTHERS + LINE


def test_last_line_without_an_end_gets_one(put, path):
    succeeded(put(text=f"other {OLD}"))
    assert path.read_text() == f"other {OLD}\n{LINE}"


@pytest.mark.parametrize("names,left", [
    (HOST, ""), ("127.0.0.1", ""), (f"{HOST},127.0.0.1", ""), (f"a,{HOST},b", f"a,b {OLD} c\n"),
    (HOST.upper(), "")])
def test_older_key_is_replaced_and_said_so_before(put, path, names, left):
    said = succeeded(put(text=f"#\n{names} {OLD} c\n", options=["--name", HOST]))
    assert path.read_text() == f"#\n{left}{LINE}"
    found = [name for name in (HOST, "127.0.0.1") if name in names.lower()]
    assert re.search(rf"\nwarning: {path}: line 2 has another key for {' and '.join(found)}\n"
                     rf"  old: {re.escape(OLD_FINGERPRINT)}\n"
                     rf"  new: {re.escape(NEW_FINGERPRINT)}\n"
                     rf"{path}: replacing the old key\n{path}: added the key for", said), said


RSA_BLOB = base64.b64encode(b"\0\0\0\7ssh-rsa\0\0\0\3\1\0\1").decode()


@pytest.mark.parametrize("other", [OLD, f"ssh-rsa {RSA_BLOB}"])
def test_platform_does_not_choose_whose_line_goes(put, path, other):
    """It says what it is called; the operator has typed an address."""
    text = f"a {OLD}\n{HOST},b {other} comment\n"
    laptop = put(text=text)
    assert laptop.process.returncode == 1 and laptop.out.text == ""
    assert laptop.paths == ["/stprov/v1/add-data", "/stprov/v1/prepare"], "nothing is committed"
    assert path.read_text() == text
    assert f"{path}, line 2:\n  {HOST},b {other} comment\n" in laptop.err.text
    assert f"would be:\n  {LINE}" in laptop.err.text
    assert f"another key for {HOST}, a name that you did not type: --replace" in laptop.err.text
    succeeded(put(text=text, options=["--replace"]))
    assert path.read_text() == f"a {OLD}\nb {other} comment\n{LINE}"


def test_keys_of_all_types_go_where_one_is_replaced(put, path):
    """As with ssh-keygen -R."""
    succeeded(put(text=f"{HOST} ssh-rsa {RSA_BLOB}\n{HOST} {OLD}\n", options=["--name", HOST]))
    assert path.read_text() == LINE


def test_key_of_another_type_stays_beside_the_same_key(put, path):
    text = f"{HOST} ssh-rsa {RSA_BLOB}\n{LINE}"
    assert "already has the key" in succeeded(put(text=text))
    assert path.read_text() == text


@pytest.mark.parametrize("name,good", [(HOST, True), (HOST.upper(), True),
                                       ("other.example.org", False)])
def test_name_that_was_expected_is_checked_before_the_commit(put, path, name, good):
    laptop = put(text="", options=["--name", name])
    assert laptop.process.returncode == (0 if good else 1)
    assert ("/stprov/v1/commit" in laptop.paths) == good
    if not good:
        assert laptop.err.text.endswith(f"the platform's host name is {HOST}, not {name} (--name): "
                                        "nothing was committed\n")
        assert path.read_text() == ""


def test_name_that_was_typed_as_an_address_is_the_line_s(put, path):
    """The address that it has in the DNS is not."""
    text = f"localhost {OLD}\n127.0.0.1 {OLD}\n"
    laptop = put(text=text, ip="localhost")
    assert laptop.process.returncode == 0, laptop.err.text
    assert path.read_text() == f"127.0.0.1 {OLD}\n{HOST},localhost {NEW}\n"


def test_the_dot_of_a_complete_name_is_not_stored(put, path, tmp_path, namespace):
    """ssh looks up a name as it was typed, which is without that dot."""
    inside = namespace("-m")
    inside.name_hosts(tmp_path / "hosts", f"127.0.0.1 {HOST}.\n")
    laptop = put(text=f"{HOST} {OLD}\n", ip=f"{HOST}.", prefix=inside.prefix)
    assert laptop.process.returncode == 0, laptop.err.text
    assert path.read_text() == f"{HOST} {NEW}\n"


def test_replace_without_a_file_is_an_error(run):
    code, out, err = run("local", "run", "-o", "x", "-i", "127.0.0.1", "--replace", "--no-compare")
    assert (code, out, err) == (2, "", "stprov local run: --replace needs --known-hosts\n")


@pytest.mark.parametrize("changed", [{"hostname": "other.example.org"},
                                     {"publickey": OLD, "fingerprint": OLD_FINGERPRINT}])
def test_what_was_stored_must_be_what_was_announced(put, path, changed):
    told = {key: v0.COMMIT_ANSWER[key] for key in ("publickey", "fingerprint", "hostname")}
    laptop = put(text="", answers={"prepare": v1.answer_json({**told, **changed})})
    assert laptop.process.returncode == 1 and laptop.out.text == ""
    assert "had announced" in laptop.err.text and "do not trust it" in laptop.err.text
    assert path.read_text() == ""


def test_older_key_under_a_hashed_name_is_found(put, path):
    path.write_text(f"{HOST},127.0.0.1 {OLD}\nother {OLD}\n")
    keygen("-H", "-f", path)
    (path.parent / "known_hosts.old").unlink()
    assert HOST not in path.read_text() and known(path, HOST) == [OLD]
    said = succeeded(put(options=["--replace"]))
    assert said.count(OLD_FINGERPRINT) == 2
    assert known(path, HOST) == known(path, "127.0.0.1") == [NEW]
    assert known(path, "other") == [OLD]


@pytest.mark.parametrize("hashed", [False, True])
def test_file_that_has_the_key_is_not_touched(put, path, hashed):
    path.write_text(OTHERS.replace("\r", "") + LINE)
    if hashed:
        keygen("-H", "-f", path)
    before = path.read_bytes(), path.stat().st_ino
    said = succeeded(put())
    assert f"{path}: already has the key\n" in said
    assert (path.read_bytes(), path.stat().st_ino) == before


def test_name_that_was_missing_comes_in_alone(put, path):
    said = succeeded(put(text=f"{HOST} {NEW}\n"))
    assert path.read_text() == f"{HOST} {NEW}\n127.0.0.1 {NEW}\n"
    assert f"{path}: added the key for 127.0.0.1\n" in said


def test_host_name_that_would_mean_something_else_stays_out(put, path):
    for name in ("*", "a,b", "a b", "!x", "|1|a|b", "@revoked", "#", "a\nb", "", "\u00e9"):
        path.unlink(missing_ok=True)
        answer = v1.answer_json({**v0.COMMIT_ANSWER, "hostname": name})
        laptop = put(answers={"commit": answer})
        assert laptop.process.returncode == 0, laptop.err.text
        assert path.read_text() == f"127.0.0.1 {NEW}\n"
        assert "is not a valid host name" in laptop.err.text


# The file itself ---------------------------------------------------------------------------------

def test_symbolic_link_stays_and_its_file_is_replaced(put, path, tmp_path):
    target = tmp_path / "elsewhere"
    target.write_text(OTHERS.replace("\r", ""))
    path.symlink_to("../elsewhere")
    succeeded(put())
    assert path.is_symlink() and os.readlink(path) == "../elsewhere"
    assert target.read_text() == OTHERS.replace("\r", "") + LINE


def test_mode_and_owner_stay(put, path):
    path.write_text(OTHERS)
    path.chmod(0o644)
    if os.geteuid() == 0:
        os.chown(path, harness.NOBODY, harness.NOBODY)
    before = path.stat()
    succeeded(put())
    after = path.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode, before.st_uid, before.st_gid)


def test_name_without_a_directory_is_in_the_working_one(put, path):
    succeeded(put(file="known_hosts", prefix=["env", "-C", str(path.parent)]))
    assert path.read_text() == LINE


@pytest.mark.parametrize("file,named", [
    ("/nonexistent/known_hosts", "its directory: No such file"), ("/", "regular file"),
    ("{dir}", "regular file"), ("{dir}/", "regular file"), ("{dir}/new/", "not the name of a file"),
    ("{dir}/link", "a dangling symbolic link"), ("{dir}/loop", "Too many levels"),
    ("{dir}/fifo", "regular file"), ("/dev/null", "regular file"),
    ("{dir}/large", "larger than"), ("{dir}/file/x", "Not a directory"),
    ("{dir}/" + "x" * 300, "File name too long")])
def test_file_that_cannot_be_used_is_found_before_the_platform_is_called(put, path, file, named):
    (path.parent / "link").symlink_to("nothing")
    (path.parent / "loop").symlink_to("loop")
    (path.parent / "file").write_text("")
    os.mkfifo(path.parent / "fifo")
    with open(path.parent / "large", "wb") as large:
        large.truncate((4 << 20) + 1)
    before = sorted(path.parent.iterdir())
    laptop = put(file=file.format(dir=path.parent))
    assert laptop.process.returncode == 1
    assert laptop.connections == 0 and laptop.out.text == ""
    assert laptop.err.text.startswith("stprov local run: --known-hosts: ")
    assert named in laptop.err.text and laptop.err.text.count("\n") == 1
    assert sorted(path.parent.iterdir()) == before


def test_empty_name_is_an_error_before_the_platform_is_called(local):
    with v1.FakePlatform(CODE) as fake:
        laptop = local(fake.address, password=CODE, compat=False, arguments=["--known-hosts="])
        assert laptop.wait() == 2
    assert fake.connections == 0


def test_read_only_file_system_is_found_before_the_platform_is_called(put, path, namespace):
    path.write_text(OTHERS)
    space = namespace("-m")
    space.run("mount", "--bind", str(path.parent), str(path.parent))
    space.run("mount", "-o", "remount,bind,ro", str(path.parent))
    laptop = put(prefix=space.prefix)
    assert laptop.process.returncode == 1 and laptop.connections == 0
    assert "Read-only file system" in laptop.err.text


def test_write_protection_of_another_user_s_file_counts(put, path):
    """Although the directory would permit replacing it."""
    if os.geteuid() != 0:
        pytest.skip("needs root to become another user")
    path.write_text(OTHERS)
    path.chmod(0o444)
    for directory in [path.parent, *path.parents]:
        if directory.stat().st_mode & 0o005 != 0o005:
            directory.chmod(directory.stat().st_mode | 0o005)
    path.parent.chmod(0o777)
    nobody = ["setpriv", f"--reuid={harness.NOBODY}", f"--regid={harness.NOBODY}",
              "--clear-groups"]
    laptop = put(prefix=nobody)
    assert laptop.process.returncode == 1 and laptop.connections == 0
    assert "cannot be written: Permission denied" in laptop.err.text
    # Its own to write, but it could not be given back to its owner.
    path.chmod(0o666)
    laptop = put(prefix=nobody)
    assert laptop.process.returncode == 1 and laptop.connections == 0
    assert "Operation not permitted" in laptop.err.text
    assert path.read_bytes().decode() == OTHERS


# Two at once -------------------------------------------------------------------------------------

def test_many_at_once_lose_no_line(local, path):
    path.parent.mkdir()
    laptops = []
    with contextlib.ExitStack() as stack:
        for number in range(6):
            answer = v1.answer_json({**v0.COMMIT_ANSWER, "hostname": f"host{number}"})
            fake = stack.enter_context(
                v1.FakePlatform(CODE, {"commit": answer}, ip=f"127.0.0.{number + 1}"))
            laptops.append(local(fake.address, password=CODE, compat=False,
                                 arguments=["--known-hosts", str(path)]))
        assert [laptop.wait(60) for laptop in laptops] == [0] * 6
    assert sorted(path.read_text().splitlines()) == sorted(
        f"host{number},127.0.0.{number + 1} {NEW}" for number in range(6))


def test_file_waits_for_another_stprov_that_is_at_it(local, path):
    path.parent.mkdir()
    lock = harness.hold_lock(path.parent)
    with v1.FakePlatform(CODE) as fake:
        laptop = local(fake.address, password=CODE, compat=False,
                       arguments=["--known-hosts", str(path)])
        laptop.err.wait_for("stored on the platform")
        # It has found the lock taken when it sleeps between two tries, for no descriptor.
        harness.eventually(lambda: harness.system_call(laptop.pid)[:3] == [harness.POLL, 0, 0])
        assert laptop.running and not path.exists()
        os.close(lock)
        assert laptop.wait() == 0
    assert path.read_text() == LINE


def test_lock_that_somebody_keeps_is_an_end_with_the_line(put, path):
    lock = harness.hold_lock(path.parent)
    try:
        laptop = put()
    finally:
        os.close(lock)
    assert laptop.process.returncode == 1
    assert laptop.result["fingerprint"] == NEW_FINGERPRINT
    assert "another process has locked its directory" in laptop.err.text and LINE in laptop.err.text


# What it looks like ------------------------------------------------------------------------------

def test_lines_on_a_terminal_fit(put, path):
    laptop = put(text=f"{HOST},127.0.0.1 {OLD}\n" * 20, console="terminal",
                 options=["--replace"])
    assert laptop.process.returncode == 0
    short = laptop.out.text.replace(str(path), "FILE")
    assert "4 more lines have another key" in short
    assert max(len(line) for line in short.splitlines() if "publickey=" not in line) <= 80
