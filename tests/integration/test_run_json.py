# SPDX-License-Identifier: BSD-2-Clause
"""`remote run --json`: for a program that sits on the platform."""
import hashlib
import json
import signal

import pytest

import harness
import v1

ALLOW = ["-a", "127.0.0.1/32"]


class Service(harness.Process):
    """`remote run --json` with its objects."""

    def __init__(self, store, *arguments, **kwargs):
        self.port = harness.free_port()
        super().__init__(["remote", "run", "--json", "-i", "127.0.0.1", "-p", str(self.port),
                          *ALLOW, *store.options, *arguments], **kwargs)

    def objects(self):
        return [json.loads(line) for line in self.out.raw.splitlines()]

    def wait_for(self, kind):
        """The first object of this type."""
        self.out.wait_for(rf'"type":"{kind}".*\n')
        return next(item for item in self.objects() if item["type"] == kind)


@pytest.fixture(name="service")
def fixture_service(store, started):
    return lambda *arguments, **kwargs: started(Service(store, *arguments, **kwargs))


def provision(local, service, *arguments):
    code = service.wait_for("listening")["code"]
    return local(("127.0.0.1", service.port), password=code, compat=False,
                 arguments=list(arguments))


def test_objects_tell_all_that_a_person_sees(service, local, store):
    remote = service()
    listening = remote.wait_for("listening")
    assert listening["addresses"] == ["127.0.0.1"] and listening["port"] == remote.port
    assert f"code: {listening['code']};" in remote.err.text
    laptop = provision(local, remote, "--json")
    review = remote.wait_for("review")
    assert store.read("STHostKey") is None
    remote.type(review["words"] + "\n")
    assert remote.wait() == 0 and laptop.wait() == 0
    told = json.loads(laptop.out.text)
    assert review["words"] == told["comparison_words"]
    assert review["fingerprint"] == told["fingerprint"] == store.host_key()[1]
    assert review["hostname"] == harness.HOSTNAME
    assert not review["replaces_host_key"] and review["variables"] == [] and review["others"] == 0
    assert [item["type"] for item in remote.objects()] == ["listening", "opened", "review", "done"]
    opened = remote.objects()[1]
    assert (opened["client"], opened["words"]) == (review["client"], review["words"])
    assert f"{review['client']} asks to commit\n" in remote.err.text
    assert remote.objects()[-1] == {"type": "done", "exit": 0, "text": ""}


def test_other_words_and_enter_confirm_nothing(service, local, store):
    remote = service()
    laptop = provision(local, remote)
    remote.wait_for("review")
    remote.type("\nyes\nbocil dufen\n")
    remote.err.wait_for("(?s)(type the two comparison words to confirm.*){3}")
    assert store.read("STHostKey") is None
    remote.type("no\n")
    assert remote.wait() == 1 and laptop.wait() == 1
    done = remote.objects()[-1]
    assert done["type"] == "done" and done["exit"] == 1
    assert done["text"] == "aborted: nothing was written"
    assert store.read("STHostKey") is None


def test_review_names_what_is_written(service, local, store, auth, tmp_path):
    store.write("SetupMode", b"\x01", 6)
    remote = service()
    options = []
    for name in ["pk", "kek", "db"]:
        (tmp_path / name).write_bytes(auth[name])
        options += [f"--{name}", str(tmp_path / name)]
    laptop = provision(local, remote, *options)
    review = remote.wait_for("review")
    assert [(item["name"], item["sha256"]) for item in review["variables"]] == [
        (variable, hashlib.sha256(auth[name]).hexdigest())
        for variable, name in [("PK", "pk"), ("KEK", "kek"), ("db", "db")]]
    remote.type(review["words"] + "\n")
    assert remote.wait() == 0 and laptop.wait() == 0


def test_errors_are_told_at_the_end(service, store):
    store.file("STHostName").unlink()
    remote = service()
    assert remote.wait() == 1
    assert [item["type"] for item in remote.objects()] == ["done"]
    assert remote.objects()[0]["text"].startswith("STHostName is not there: run")
    assert remote.objects()[0]["text"] in remote.err.text


def test_a_signal_ends_it(service):
    remote = service()
    remote.wait_for("listening")
    remote.signal(signal.SIGTERM)
    remote.wait()
    assert remote.objects()[-1]["text"] == "interrupted: nothing was written"


def test_reader_that_is_gone_aborts(service, local, store):
    """Nothing could answer."""
    remote = service(prefix=["sh", "-c", '"$@" | head -n 1', "sh"])
    laptop = provision(local, remote)
    remote.err.wait_for("the reader of --json does not read, or is gone: nothing was written")
    assert laptop.wait() == 1
    remote.wait()
    assert store.read("STHostKey") is None


def test_compat_is_refused(service):
    remote = service("--compat")
    assert remote.wait() == 2
    assert "--json and --compat exclude each other" in remote.err.text


def test_many_clients_with_the_code_do_not_stop_it(service, local):
    remote = service()
    code = remote.wait_for("listening")["code"]
    for _ in range(5):
        with v1.Client(("127.0.0.1", remote.port), code):
            pass
    laptop = provision(local, remote)
    review = remote.wait_for("review")
    assert review["others"] == 5
    remote.type(review["words"] + "\n")
    assert remote.wait() == 0 and laptop.wait() == 0
