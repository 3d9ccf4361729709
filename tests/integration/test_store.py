# SPDX-License-Identifier: BSD-2-Clause
"""Stores of EFI variables that cannot be used: the error names the remedy, nothing is written."""
import subprocess

import pytest

import harness


def finish_with_failure(remote):
    """Confirms; returns the last line of its log, which names the remedy."""
    remote.press()
    assert remote.wait() == 1
    return remote.err.text.strip().splitlines()[-1]


def test_missing_host_name_says_which_command_to_run_first(run, tmp_path):
    store = harness.Store(tmp_path / "efivars", hostname=None)
    code, out, err = run("remote", "run", "-o", "x", "-E", str(store.path))
    assert (code, out) == (1, "")
    assert "stprov remote static" in err and "dhcp" in err, err
    assert "STHostName" in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("data", [b"", b"\7\0\0", b"\7\0\0\0"], ids=["empty", "cut", "no name"])
def test_host_name_that_is_none_is_an_error_before_listening(run, store, data):
    store.file("STHostName").write_bytes(data)
    code, _, err = run("remote", "run", "-o", "x", "-E", str(store.path))
    assert code == 1 and "STHostName" in err and "listening" not in err, err


def test_host_name_beyond_its_bound_is_an_error_before_listening(run, store):
    store.write("STHostName", b"x" * 70_000)
    code, _, err = run("remote", "run", "-o", "x", "-E", str(store.path))
    assert code == 1 and "STHostName" in err and "listening" not in err, err


def test_missing_directory_says_so(run, tmp_path):
    missing = tmp_path / "nowhere"
    code, _, err = run("remote", "run", "-o", "x", "-E", str(missing))
    assert code == 1 and str(missing) in err, err
    assert len(err.splitlines()) == 1


def test_file_in_place_of_the_directory_says_so(run, tmp_path):
    (tmp_path / "file").touch()
    code, _, err = run("remote", "run", "-o", "x", "-E", str(tmp_path / "file"))
    assert code == 1 and str(tmp_path / "file") in err, err


def test_read_only_store_is_said_and_left_as_it_was(namespace, platform, tmp_path):
    path = tmp_path / "mounted"
    store = harness.mounted_store(namespace("-m"), path, "-t", "tmpfs", "tmpfs")
    store.write("STHostKey", b"old")
    before = store.snapshot()
    store.space.run("mount", "-o", "remount,ro", str(path))
    remote = platform(store, prefix=store.space.prefix)
    remote.provision()
    last = finish_with_failure(remote)
    assert "read-only" in last and f"mount -o remount,rw {path}" in last
    assert store.snapshot() == before


def test_full_store_is_said_and_left_as_it_was(namespace, platform, tmp_path):
    # Two pages: one for the host name, one for what fills it.
    store = harness.mounted_store(namespace("-m"), tmp_path / "mounted", "-t", "tmpfs", "-o",
                                  "size=8k", "tmpfs")
    (store.here / f"dump-type0-1-{harness.STPROV_GUID}").write_bytes(bytes(4096))
    before = store.snapshot()
    remote = platform(store, prefix=store.space.prefix)
    remote.provision()
    last = finish_with_failure(remote)
    assert "STHostKey" in last
    assert "full" in last or "space" in last
    assert "dump-type0" in last, "what takes the room is not named"
    assert store.snapshot() == before


def test_full_store_keeps_the_older_host_key(namespace, platform, tmp_path):
    store = harness.mounted_store(namespace("-m"), tmp_path / "mounted", "-t", "tmpfs", "-o",
                                  "size=8k", "tmpfs")
    store.write("STHostKey", b"old")
    before = store.snapshot()
    remote = platform(store, prefix=store.space.prefix)
    remote.provision()
    finish_with_failure(remote)
    assert store.snapshot() == before


@pytest.fixture(name="ext4")
def fixture_immutable(ext4):
    """A store that holds an immutable STHostKey."""
    ext4.write("STHostKey", b"old")
    ext4.chattr("+i", "STHostKey")
    return ext4


def is_immutable(store):
    listed = subprocess.run(["lsattr", str(store.file("STHostKey"))], check=True, text=True,
                            capture_output=True, timeout=10).stdout
    return "i" in listed.split()[0]


def test_immutable_flag_is_taken_away_and_put_back(ext4, platform):
    remote = platform(ext4, prefix=ext4.space.prefix)
    fingerprint = remote.provision()["fingerprint"]
    remote.finish()
    assert ext4.host_key()[1] == fingerprint
    assert is_immutable(ext4)


def test_immutable_variable_that_cannot_be_made_writable_is_said_and_kept(ext4, platform):
    before = ext4.snapshot()
    remote = platform(ext4, prefix=[*ext4.space.prefix, *harness.POWERLESS])
    remote.provision()
    last = finish_with_failure(remote)
    assert "STHostKey" in last
    assert "immutable" in last or "not permitted" in last
    assert is_immutable(ext4)
    assert ext4.snapshot() == before


def test_host_key_that_is_a_directory_is_said(platform, store):
    store.file("STHostKey").mkdir()
    before = store.snapshot()
    remote = platform()
    remote.provision()
    assert "STHostKey" in finish_with_failure(remote)
    assert store.snapshot() == before


def test_link_in_place_of_the_host_key_is_not_followed(platform, store, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    store.file("STHostKey").symlink_to(victim)
    remote = platform()
    remote.provision()
    remote.press()
    remote.wait()
    assert victim.read_text() == "precious"
    assert remote.process.returncode == 1 or not store.file("STHostKey").is_symlink()


def test_store_that_disappears_before_enter_is_said(platform, store):
    remote = platform()
    remote.provision()
    remote.wait_for_question()
    for path in store.here.iterdir():
        path.unlink()
    store.here.rmdir()
    assert "STHostKey" in finish_with_failure(remote)


def test_host_key_is_readable_by_its_owner_alone(platform, store):
    remote = platform()
    remote.provision()
    remote.finish()
    assert store.file("STHostKey").stat().st_mode & 0o077 == 0
