# SPDX-License-Identifier: BSD-2-Clause
"""The TPM role: the operations of test_tpm.py in a process in its sandbox, on swtpm."""
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import threading

import pytest

import harness
import swtpm
import test_tpm
from test_tpm import OWNER_PASSWORD, PARENTS, QUALIFYING, SECRET, SEED

WHAT = "the process that talks to the TPM"


@pytest.fixture(name="tpm")
def fixture_tpm(tpm):
    """A TPM whose rig works by the role."""
    direct = tpm.rig
    tpm.rig = lambda *arguments, **options: direct(*arguments, **{"role": True, **options})
    return tpm


def test_a_key_is_sealed_opened_kept_dropped_and_forgotten(tpm):
    old = test_tpm.sealed(tpm, qualifying=QUALIFYING.hex())
    assert old.bytes("statement").startswith(bytes.fromhex("ff5443478017"))
    assert test_tpm.opened(tpm, old.text) == SECRET and test_tpm.matched(tpm, old.text) == (0, "")
    look = tpm.rig("look")
    assert (look.one("manufacturer"), look.one("parents")) == ("IBM", "10")
    new = test_tpm.sealed(tpm, "pcr", test_tpm.policy_pcr7(tpm.pcr(7)), named="0")
    assert new.one("statement") == "" and test_tpm.opened(tpm, new.text) == SECRET
    assert tpm.rig("keep", new.one("parent")).code == 0
    test_tpm.check_clean(tpm, PARENTS[1])
    assert test_tpm.opened(tpm, old.text)[0] == test_tpm.GONE
    tpm.extend(7)
    why = (test_tpm.PCRS, f"PCR 7 is {tpm.pcr(7)[:4].hex()}..., not what it was sealed to")
    assert test_tpm.matched(tpm, new.text) == test_tpm.opened(tpm, new.text) == why
    assert tpm.rig("drop", new.one("parent")).code == 0
    assert test_tpm.matched(tpm, new.text)[0] == test_tpm.GONE
    test_tpm.sealed(tpm)
    assert tpm.rig("forget").code == 0
    test_tpm.check_clean(tpm)


def test_a_tpm_attests_and_its_certificates_pass(tpm):
    certificate, parts = os.urandom(1100), [os.urandom(1400), os.urandom(30)]
    test_tpm.define_index(tpm, test_tpm.EK_INDICES["H-3"], certificate)
    test_tpm.define_index(tpm, 0x01c00100, parts[0])
    test_tpm.define_index(tpm, 0x01c00101, parts[1])
    attest = tpm.rig("attest")
    assert attest.code == 0, attest.error
    assert (attest.one("ek"), attest.bytes("certificate")) == ("H-3", certificate)
    assert [bytes.fromhex(part) for part in attest.all("chain")] == parts
    made = swtpm.rig("-", "credential", attest.one("ek_public"), attest.one("ak_public"),
                     SEED.hex())
    proof = test_tpm.prove(tpm, attest, made.bytes("credential"), made.bytes("secret"))
    assert (proof.code, proof.bytes("credential")) == (0, SEED), proof.error
    assert bytes.fromhex(proof.all("pcr")[7]) == tpm.pcr(7)


def test_a_sentence_passes(tpm):
    tpm.tool("tpm2_changeauth", "-c", "owner", "password")
    answer = test_tpm.seal(tpm)
    assert (answer.code, answer.error) == (1, OWNER_PASSWORD)


class Silent:
    """A TPM that takes a command and does not answer; `took` is set when it has one."""

    def __init__(self, path):
        self.path, self.took = path, threading.Event()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(1)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        client, _ = self.listener.accept()
        with client:
            swtpm.read_message(client)
            self.took.set()
            client.recv(1)

    def close(self):
        self.thread.join(swtpm.PATIENCE)
        self.listener.close()


class Running:
    """A tpm_rig that waits for a silent TPM, and its role."""

    def __init__(self, path, *options):
        self.process = subprocess.Popen([swtpm.RIG, "-r", *options, path, "look"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)

    def role(self):
        pid = self.process.pid
        return int(pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text())

    def finish(self):
        _, err = self.process.communicate(timeout=swtpm.PATIENCE)
        return self.process.returncode, err.strip()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate(timeout=swtpm.PATIENCE)


@pytest.fixture(name="silent")
def fixture_silent(started, tmp_path, monkeypatch):
    """A function that starts a rig, whose role then waits for its TPM."""
    monkeypatch.chdir(tmp_path)

    def start(*options):
        tpm = Silent("silent")
        rig = Running("silent", *options)
        # In this order: the role's end is the end of the TPM's connection.
        started(tpm)
        started(rig)
        assert tpm.took.wait(swtpm.PATIENCE)
        return rig
    return start


@harness.needs_root
def test_the_role_is_nobody_in_its_sandbox_with_its_descriptors_alone(silent):
    role = silent().role()
    status = pathlib.Path(f"/proc/{role}/status").read_text()
    fields = dict(re.findall(r"(?m)^(\w+):\t(.*)$", status))
    assert fields["Uid"].split() == fields["Gid"].split() == ["65534"] * 4
    assert fields["Groups"].strip() == ""
    assert (fields["NoNewPrivs"], fields["Seccomp"]) == ("1", "2")
    assert sorted(map(int, os.listdir(f"/proc/{role}/fd"))) == [0, 1, 2, 3, 4]
    assert {os.readlink(f"/proc/{role}/fd/{fd}") for fd in range(3)} == {"/dev/null"}
    assert pathlib.Path(f"/proc/{role}/environ").read_bytes() == b""
    assert pathlib.Path(f"/proc/{role}/cmdline").read_bytes() == b"stprov-tpm\0"


def test_a_tpm_that_does_not_answer_in_time_ends_the_role(silent):
    rig = silent("-t", "1500")
    role = rig.role()
    assert rig.finish() == (1, "the TPM did not answer for 120 s")
    assert harness.is_gone(role)


def test_a_tpm_that_takes_no_further_command_is_a_sentence(started, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    class Deaf(Silent):
        """Answers one command, with no property, after which it does not read."""

        def serve(self):
            client, _ = self.listener.accept()
            with client:
                swtpm.read_message(client)
                client.shutdown(socket.SHUT_RD)
                client.sendall(struct.pack(">HIIBII", 0x8001, 19, 0, 0, 6, 0))
                self.took.wait(swtpm.PATIENCE)
    tpm = started(Deaf("deaf"))
    code, error = started(Running("deaf")).finish()
    tpm.took.set()
    assert (code, error) == (
        1, "TPM command GetCapability: sending to the TPM: Broken pipe")


def test_a_role_that_dies_is_reported(silent):
    rig = silent()
    os.kill(rig.role(), signal.SIGKILL)
    code, error = rig.finish()
    assert code == 1 and error.startswith(WHAT), error


def test_a_parent_that_dies_takes_the_role_with_it(silent):
    rig = silent()
    role = rig.role()
    rig.close()
    harness.eventually(lambda: harness.is_gone(role), swtpm.PATIENCE, "the role's end")
