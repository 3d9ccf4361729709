# SPDX-License-Identifier: BSD-2-Clause
"""Secure Boot keys: when they are accepted, how they are written, what is restored."""
import ctypes
import os
import struct

import pytest

import authfiles
import harness
import v0

VARIABLES = {"pk": "PK", "kek": "KEK", "db": "db", "dbx": "dbx"}
MENU = 1


@pytest.fixture(name="setup_mode", autouse=True)
def fixture_setup_mode(store):
    """A machine in Setup Mode, unless the test sets another mode."""
    store.write("SetupMode", b"\1", attributes=6)


def send(platform, keys, menu=True, **kwargs):
    """(platform, answer to add-secure-boot)"""
    remote = platform(**kwargs)
    with remote.client() as client:
        return remote, client.add_secure_boot(*(keys.get(name) for name in VARIABLES), menu=menu)


def no_keys(store):
    return all(store.read(name) is None for name in VARIABLES.values())


def indications(store):
    """(attributes, value) of OsIndications, or None."""
    got = store.read("OsIndications")
    return got and (got[0], struct.unpack("<Q", got[1])[0])


class Written:
    """The written variables, in their order, as inotify(7) reports them."""

    CLOSE_WRITE, MOVED_TO = 0x8, 0x80

    def __init__(self, store):
        self.store = store
        self.names = []

    def __enter__(self):
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert self.fd >= 0
        assert libc.inotify_add_watch(self.fd, bytes(self.store.here),
                                      self.CLOSE_WRITE | self.MOVED_TO) >= 0
        return self

    def __exit__(self, *_):
        events = os.read(self.fd, 65536)
        os.close(self.fd)
        while events:
            length = struct.unpack_from("iIII", events)[3]
            file = events[16:16 + length].rstrip(b"\0").decode()
            events = events[16 + length:]
            name = next((name for name in harness.GUIDS if self.store.file(name).name == file), "")
            if name and name not in self.names[-1:]:
                self.names.append(name)


# Good ---------------------------------------------------------------------------------------

def test_keys_are_written_as_received_and_the_menu_is_asked_for(platform, store, auth):
    remote, answer = send(platform, auth)
    assert (answer.status, answer.body) == (200, b""), answer
    for name, variable in VARIABLES.items():
        assert store.read(variable) == (harness.ATTRIBUTES_AUTHENTICATED, auth[name])
    assert indications(store) == (harness.ATTRIBUTES, MENU)
    remote.provision()
    remote.finish()


def test_local_provisions_secure_boot_keys(platform, local, store, auth, tmp_path):
    arguments = []
    for name, data in auth.items():
        (tmp_path / name).write_bytes(data)
        arguments += [f"--{name}", str(tmp_path / name)]
    remote = platform()
    laptop = local(remote.address, arguments=arguments)
    assert laptop.wait() == 0, laptop.err.text
    remote.finish()
    for name, variable in VARIABLES.items():
        assert store.read(variable) == (harness.ATTRIBUTES_AUTHENTICATED, auth[name])
    assert store.host_key()[1] == laptop.result["fingerprint"]


def test_keys_are_written_in_the_order_pk_kek_db_dbx(platform, store, auth):
    with Written(store) as written:
        send(platform, auth)
    assert written.names == ["PK", "KEK", "db", "dbx", "OsIndications"]


def test_dbx_may_be_left_out(platform, store, auth):
    for absent in (None, b""):
        remote, answer = send(platform, {**auth, "dbx": absent})
        assert answer.status == 200
        remote.end()
        assert store.read("dbx") is None and store.read("db") is not None


def test_other_bits_of_os_indications_are_kept(platform, store, auth):
    store.write("OsIndications", struct.pack("<Q", 0x8000000000000044))
    send(platform, auth)
    assert indications(store) == (harness.ATTRIBUTES, 0x8000000000000045)


@pytest.mark.parametrize("before", [None, 0x44])
def test_without_the_wish_for_the_menu_os_indications_stays_as_it_is(platform, store, auth, before):
    if before is not None:
        store.write("OsIndications", struct.pack("<Q", before))
    assert send(platform, auth, menu=False)[1].status == 200
    assert indications(store) == (before and (harness.ATTRIBUTES, before))


def test_older_keys_are_replaced(platform, store, auth):
    for name in VARIABLES.values():
        store.write(name, b"older", harness.ATTRIBUTES_AUTHENTICATED)
    assert send(platform, auth)[1].status == 200
    for name, variable in VARIABLES.items():
        assert store.read(variable)[1] == auth[name]


def test_aborted_after_the_keys_it_says_that_these_were_written(platform, store, auth):
    remote, _ = send(platform, auth)
    remote.provision()
    remote.press("no\n")
    assert remote.wait() == 1
    last = remote.err.text.strip().splitlines()[-1]
    assert "Secure Boot" in last and "nothing was written" not in last
    assert store.read("STHostKey") is None


# Setup Mode ---------------------------------------------------------------------------------

def test_outside_setup_mode_it_is_403_and_nothing_is_written(platform, store, auth):
    store.write("SetupMode", b"\0", attributes=6)
    before = store.snapshot()
    remote, answer = send(platform, auth)
    assert answer.status == 403
    assert "Setup Mode" in answer.body.decode()
    assert store.snapshot() == before
    assert remote.provision()


def test_setup_mode_is_looked_at_before_the_keys_form(platform, store, auth):
    store.write("SetupMode", b"\0", attributes=6)
    assert send(platform, {**auth, "pk": b"no .auth"})[1].status == 403


def test_missing_key_is_looked_at_before_setup_mode(platform, store, auth):
    store.write("SetupMode", b"\0", attributes=6)
    assert send(platform, {**auth, "pk": None})[1].status == 400


def test_absent_setup_mode_is_a_warning(platform, store, auth):
    store.file("SetupMode").unlink()
    remote, answer = send(platform, auth)
    assert answer.status == 200
    assert store.read("PK") is not None
    remote.err.wait_for("SetupMode")


@pytest.mark.parametrize("data", [b"\2", b"\xff", b"\1\0", b"\1\1", b""],
                         ids=["2", "255", "two bytes", "1 1", "no byte"])
def test_odd_setup_mode_is_refused_and_nothing_is_written(platform, store, auth, data):
    store.write("SetupMode", data, attributes=6)
    before = store.snapshot()
    answer = send(platform, auth)[1]
    assert answer.status in (400, 403, 500)
    assert "SetupMode" in answer.body.decode() or "Setup Mode" in answer.body.decode()
    assert store.snapshot() == before


# Form ---------------------------------------------------------------------------------------

MALFORMED = ["one byte", "cut in the time", "cut in the certificate's head",
             "cut in the certificate", "cut in the signature list's head",
             "cut in the signature list", "a byte behind the last list", "month 13", "day 0",
             "hour 24", "certificate longer than the file", "certificate of length 0",
             "certificate shorter than its head", "certificate of length 2^32-1",
             "another revision", "another certificate type", "another certificate GUID",
             "list longer than the file", "list of length 0", "list header beyond its list",
             "signatures of size 0", "signatures that do not fill the list", "text"]


def test_every_way_to_be_malformed_is_tried(auth):
    assert list(authfiles.malformed(auth["pk"])) == MALFORMED


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("what", MALFORMED)
def test_malformed_auth_is_400_names_its_variable_and_nothing_is_written(platform, store, auth,
                                                                         name, what):
    before = store.snapshot()
    answer = send(platform, {**auth, name: authfiles.malformed(auth[name])[what]}, menu=False)[1]
    assert answer.status == 400
    assert VARIABLES[name] in answer.body.decode()
    assert store.snapshot() == before


def test_file_of_64_kib_is_the_largest_taken(platform, store, auth, auth_keys):
    lists = auth["db"][authfiles.lists_offset(auth["db"]):]
    room = 65536 - (len(auth["db"]) - len(lists))
    filler = struct.pack("<16sIII", bytes(16), room - len(lists), 0, room - len(lists) - 28)
    full = authfiles.signed(auth_keys, "db", "KEK",
                            lists + filler + bytes(room - len(lists) - 28))
    assert len(full) == 65536
    remote, answer = send(platform, {**auth, "db": full})
    assert answer.status == 200
    remote.end()
    assert store.read("db")[1] == full
    assert send(platform, {**auth, "db": full + b"\0"})[1].status in (400, 413)


# The chain of signatures --------------------------------------------------------------------

WRONG = {
    "KEK of a stranger": ({"kek": "KEK-wrong"},
                          "KEK: it is signed by CN=stprov test stranger, not by a key in PK"),
    "dbx of a stranger": ({"dbx": "dbx-wrong"},
                          "dbx: it is signed by CN=stprov test stranger, not by a key in KEK"),
    "db of PK": ({"db": "db-by-PK"}, "db: it is signed by CN=stprov test PK, not by a key in KEK"),
    "two certificates in PK": ({"pk": "PK-two"},
                               "PK: it must hold exactly one certificate, not 2"),
    "PK for appending": ({"pk": "PK-append"},
                         "PK: it is signed for appending, and PK cannot be appended to"),
    "KEK and db swapped": ({"kek": "db", "db": "kek"}, "KEK: it is an update of db"),
    "dbx that is a db": ({"dbx": "db"}, "dbx: it is an update of db"),
}


def wrong_keys(auth, auth_keys, changes):
    """The right keys, with some replaced by another file or another of the right ones."""
    others = authfiles.others(auth_keys)
    return {**auth, **{name: others.get(file) or auth[file] for name, file in changes.items()}}


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.parametrize("compat", [True, False], ids=["v0", "v1"])
def test_a_wrong_chain_is_refused_before_anything_is_written(
        platform, store, auth, auth_keys, what, compat):
    changes, why = WRONG[what]
    keys = wrong_keys(auth, auth_keys, changes)
    before = store.snapshot()
    remote = platform(compat=compat)
    if compat:
        with remote.client() as client:
            answer = client.add_secure_boot(*(keys[name] for name in VARIABLES), menu=False)
    else:
        with remote.client_v1() as client:
            answer = client.add_secure_boot(**keys)
    assert answer.status == 400 and why in answer.body.decode()
    assert store.snapshot() == before


@pytest.mark.parametrize("what", WRONG)
def test_the_laptop_names_the_file(platform, local, auth, auth_keys, tmp_path, what):
    changes, why = WRONG[what]
    options = []
    for name, data in wrong_keys(auth, auth_keys, changes).items():
        (tmp_path / f"{name}.auth").write_bytes(data)
        options += [f"--{name}", str(tmp_path / f"{name}.auth")]
    remote = platform(compat=False)
    laptop = local(remote.address, remote.otp.text or remote.code, options, compat=False)
    assert laptop.wait() == 1
    name = {"PK": "pk", "KEK": "kek"}.get(why.split(":")[0], why.split(":")[0])
    assert (f"warning: --{name}: {tmp_path}/{name}.auth: the platform will refuse it: {why}\n"
            in laptop.err.text)
    assert laptop.err.text.splitlines()[-1].endswith(why)


@pytest.mark.parametrize("changes", [{"dbx": "dbx-append"}, {"kek": "KEK-append"}])
def test_an_update_for_appending_is_written_with_that_attribute(
        platform, store, auth, auth_keys, changes):
    keys = wrong_keys(auth, auth_keys, changes)
    remote = platform(compat=False)
    with remote.client_v1() as client:
        client.add_data()
        assert client.add_secure_boot(**keys).status == 200
        client.ask_commit()
        remote.wait_for_question()
        name, = changes
        remote.err.wait_for(rf"  {VARIABLES[name]} \(appended\), with the SHA-256\n")
        remote.type("\n")
        assert client.receive().status == 200
    for name, variable in VARIABLES.items():
        append = harness.APPEND_WRITE if name in changes else 0
        assert store.read(variable) == (harness.ATTRIBUTES_AUTHENTICATED | append, keys[name])


def test_a_signer_that_a_key_of_kek_issued_is_accepted(platform, store, auth, auth_keys):
    keys = wrong_keys(auth, auth_keys, {"db": "db-issued"})
    assert send(platform, keys)[1].status == 200
    assert store.read("db")[1] == keys["db"]


def test_the_review_warns_of_an_image_that_may_not_boot(platform, auth):
    remote = platform(compat=False)
    with remote.client_v1() as client:
        client.add_data()
        client.add_secure_boot(**auth)
        client.ask_commit()
        remote.wait_for_question()
        assert remote.log("if this image is not signed by a key in db, it will not boot with "
                          "Secure Boot on")


# Failing writes -----------------------------------------------------------------------------

@pytest.mark.parametrize("failing", ["KEK", "db", "dbx"])
@pytest.mark.parametrize("older", [False, True], ids=["no older keys", "older keys"])
def test_failing_write_puts_the_earlier_keys_back_and_is_400(platform, store, auth, failing, older):
    if older:
        for name in VARIABLES.values():
            if name != failing:
                store.write(name, f"older {name}".encode(), harness.ATTRIBUTES_AUTHENTICATED)
    store.file(failing).mkdir()
    before = store.snapshot()
    remote, answer = send(platform, auth, menu=False)
    assert answer.status == 400
    assert failing in answer.body.decode()
    assert store.snapshot() == before
    remote.err.wait_for(failing)


@pytest.mark.parametrize("failing", ["KEK", "db", "dbx"])
@pytest.mark.parametrize("older", [False, True], ids=["no older keys", "older keys"])
def test_write_that_fails_unforeseen_puts_the_earlier_keys_back(ext4, platform, auth, failing,
                                                                older):
    """An immutable variable is only detected when it is written."""
    for name in VARIABLES.values():
        if older or name == failing:
            ext4.write(name, f"older {name}".encode(), harness.ATTRIBUTES_AUTHENTICATED)
    ext4.write("SetupMode", b"\1", attributes=6)
    ext4.chattr("+i", failing)
    before = ext4.snapshot()
    remote = platform(ext4, prefix=[*ext4.space.prefix, *harness.POWERLESS])
    with remote.client() as client, Written(ext4) as written:
        answer = client.add_secure_boot(*auth.values(), menu=False)
    assert "PK" in written.names, "it was foreseen: this test proves nothing"
    assert answer.status == 400
    assert failing in answer.body.decode()
    assert ext4.snapshot() == before
    remote.err.wait_for("put back")


def test_failing_pk_writes_nothing_and_is_400(platform, store, auth):
    store.file("PK").mkdir()
    before = store.snapshot()
    assert send(platform, auth, menu=False)[1].status == 400
    assert store.snapshot() == before


def test_menu_is_asked_for_although_the_keys_were_refused(platform, store, auth):
    """As the released program does: the operator should look at the firmware's keys."""
    store.file("KEK").mkdir()
    assert send(platform, auth, menu=True)[1].status == 400
    assert indications(store) == (harness.ATTRIBUTES, MENU)


@pytest.mark.parametrize("pages", [3, 4, 5], ids=["one fits", "two fit", "three fit"])
def test_full_store_keeps_none_of_the_keys(namespace, platform, tmp_path, auth, pages):
    # One page each for the host name and SetupMode; then that many keys fit.
    small = harness.mounted_store(namespace("-m"), tmp_path / "mounted", "-t", "tmpfs", "-o",
                                  f"size={4 * pages}k", "tmpfs")
    small.write("SetupMode", b"\1", attributes=6)
    before = small.snapshot()
    remote = platform(small, prefix=small.space.prefix)
    with remote.client() as client:
        answer = client.add_secure_boot(*auth.values(), menu=False)
    assert answer.status == 400, answer
    assert small.snapshot() == before


def test_after_refused_keys_the_exchange_goes_on(platform, store, auth):
    store.file("KEK").mkdir()
    remote = platform()
    with remote.client() as client:
        assert client.add_data().status == 200
        assert client.add_secure_boot(*auth.values()).status == 400
        assert client.commit().status == 200
    remote.finish()


def test_keys_after_the_commit_are_not_taken(platform, store, auth):
    remote = platform()
    with remote.client() as first, remote.client() as second:
        assert second.add_data().status == 200
        assert first.add_data().status == 200
        assert first.commit().status == 200
        try:
            assert second.add_secure_boot(*auth.values()).status == 409
        except v0.Closed:
            pass
    assert no_keys(store)
    remote.finish()


def test_keys_without_authentication_are_not_taken(platform, store, auth):
    remote = platform()
    with remote.client() as client:
        answer = client.ask("POST", "add-secure-boot", v0.add_secure_boot_body(*auth.values()),
                            v0.basic(v0.USER, "wrong"))
        assert answer.status == 403
    assert no_keys(store) and indications(store) is None
