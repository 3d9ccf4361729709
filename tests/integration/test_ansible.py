# SPDX-License-Identifier: BSD-2-Clause
"""contrib/ansible: what its module decides, with a stprov that notes its arguments, and the role
with platforms of this stprov on pseudo terminals."""
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys

import pytest

import harness
import v0

ANSIBLE = harness.ROOT / "contrib" / "ansible"
MODULE = ANSIBLE / "roles" / "stprov" / "library" / "stprov.py"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAortvQyLg4BjqtcSRGbv4HZkpRlrTRPykDhR/WKSmDl"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPp7E1bqTqJ1Yl8ojv8iYbS7X0gqDg6sWCXn2hqvXg1R"
RESULT = {"publickey": KEY, "fingerprint": "SHA256:x", "hostname": "web01.example.org",
          "ip": "192.0.2.7"}
HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"

# It notes its arguments, and does what the test has put beside it.
FAKE = """#!/bin/sh
d=$(dirname "$0")
printf '%s\\n' "$@" >>"$d/$(basename "$0").argv"
echo "--" >>"$d/$(basename "$0").argv"
. "$d/$(basename "$0").does"
"""


@pytest.fixture(autouse=True)
def need_ansible():
    if not shutil.which("ansible-playbook"):
        pytest.skip("ansible-playbook is missing")


class Laptop:
    """A directory with programs, and the module's parameters."""

    def __init__(self, directory):
        self.directory = directory
        self.programs = directory / "bin"
        self.programs.mkdir(parents=True)
        for name in ("stprov", "ssh-keyscan"):
            (self.programs / name).write_text(FAKE)
            (self.programs / name).chmod(0o755)
        self.does("stprov", f"echo shown >&2; echo {shlex.quote(json.dumps(RESULT))}")
        self.does("ssh-keyscan", "")
        self.record = directory / "records" / "web01.json"
        self.parameters = {"name": "web01.example.org", "command": "console 'a b'",
                           "setup": "dhcp -H web01 -p sikrit", "record": str(self.record),
                           "stprov": str(self.programs / "stprov")}

    def does(self, name, script):
        (self.programs / f"{name}.does").write_text(script + "\n")

    def calls(self, name):
        """The arguments of each call."""
        path = self.programs / f"{name}.argv"
        text = path.read_text() if path.exists() else ""
        return [call.splitlines() for call in re.findall(r"(?ms)(.*?)^--\n(?=-T|local|\Z)", text)]

    def start(self, check=False, **parameters):
        arguments = {**self.parameters, **parameters, "_ansible_check_mode": check,
                     "_ansible_no_log": False}
        environment = {**os.environ, "PATH": f"{self.programs}:{os.environ['PATH']}"}
        process = subprocess.Popen([sys.executable, "-B", MODULE], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   env=environment)
        process.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": arguments}))
        process.stdin.close()
        return process

    def run(self, **parameters):
        """What the module tells Ansible."""
        with self.start(**parameters) as process:
            text = process.stdout.read()
        assert "sikrit" not in text
        return json.loads(text)


@pytest.fixture(name="laptop")
def fixture_laptop(tmp_path):
    return Laptop(tmp_path)


@pytest.fixture(name="provisioned")
def fixture_provisioned(laptop):
    assert laptop.run()["changed"] is True
    return laptop


# -- the first time ------------------------------------------------------------------------------

def test_a_platform_without_record_is_provisioned_and_recorded(laptop):
    told = laptop.run()
    assert told["changed"] is True and told["ansible_facts"] == {"stprov": RESULT}
    assert told["msg"] == "web01.example.org is provisioned: there is no record of it"
    assert laptop.calls("stprov") == [[
        "local", "console", "--yes", "--json", "--name", "web01.example.org", "--wait-console",
        "20m", "--setup", "dhcp -H web01 -p sikrit", "--", "console", "a b"]]
    record = json.loads(laptop.record.read_text())
    assert record["result"] == RESULT and "sikrit" not in laptop.record.read_text()
    assert laptop.record.stat().st_mode & 0o777 == 0o600
    assert laptop.record.parent.stat().st_mode & 0o777 == 0o700
    log = laptop.record.with_suffix(".log")
    assert log.read_text() == "shown\n" and log.stat().st_mode & 0o777 == 0o600
    assert sorted(os.listdir(laptop.record.parent)) == ["web01.json", "web01.log"]


def test_every_option_reaches_stprov(laptop, tmp_path):
    paths = {name: tmp_path / name for name in ("pk", "kek", "db", "dbx", "ca", "keys", "a b")}
    for path in paths.values():
        path.write_text("x")
    laptop.run(run="-p 2010", leave="\\r~.", wait="5m", cr=True, pk=str(paths["pk"]),
               kek=str(paths["kek"]), db=str(paths["db"]), dbx=str(paths["dbx"]),
               files={"motd": str(paths["a b"])}, authorized_keys=str(paths["keys"]),
               host_ca=str(paths["ca"]), principals=["a", "b"], validity="+1d",
               known_hosts=str(tmp_path / "known_hosts"), options="--seal tpm -n")
    words = laptop.calls("stprov")[0]
    for pair in (["--run", "-p 2010"], ["--leave", "\\r~."], ["--wait-console", "5m"],
                 ["--pk", str(paths["pk"])], ["--kek", str(paths["kek"])],
                 ["--db", str(paths["db"])], ["--dbx", str(paths["dbx"])],
                 ["--file", f"motd={paths['a b']}"], ["--authorized-keys", str(paths["keys"])],
                 ["--host-ca", str(paths["ca"])], ["--principals", "a,b"], ["--validity", "+1d"],
                 ["--known-hosts", str(tmp_path / "known_hosts")], ["--seal", "tpm"]):
        at = words.index(pair[0])
        assert words[at:at + 2] == pair
    assert "--cr" in words and "-n" in words and "--replace" not in words
    assert words[-3:] == ["--", "console", "a b"]


# -- again ---------------------------------------------------------------------------------------

def test_a_recorded_platform_that_is_not_up_is_left_alone(provisioned):
    before = provisioned.record.read_bytes()
    told = provisioned.run()
    assert told["changed"] is False and told["needed"] is False
    assert told["msg"] == "web01.example.org is left alone"
    assert told["ansible_facts"] == {"stprov": RESULT}
    assert len(provisioned.calls("stprov")) == 1 and provisioned.record.read_bytes() == before
    assert provisioned.calls("ssh-keyscan")[-1] == ["-T", "5", "-p", "22", "-t", "ed25519",
                                                    "--", "192.0.2.7"]


def test_one_that_answers_with_its_key_is_left_alone(provisioned):
    provisioned.does("ssh-keyscan", f"echo '# 192.0.2.7:22 SSH'; echo '[192.0.2.7]:2222 {KEY}'")
    assert provisioned.run(ssh_port=2222)["changed"] is False
    assert "2222" in provisioned.calls("ssh-keyscan")[-1]


def test_one_that_answers_with_another_key_is_provisioned_anew(provisioned):
    provisioned.does("ssh-keyscan", f"echo '192.0.2.7 {OTHER}'")
    told = provisioned.run()
    assert told["changed"] is True
    assert told["msg"].endswith("another SSH host key answers at 192.0.2.7")
    assert "--replace" in provisioned.calls("stprov")[1]


def test_nothing_listens_at_a_real_address(provisioned):
    """By the real ssh-keyscan."""
    provisioned.does("ssh-keyscan", f'exec {shutil.which("ssh-keyscan")} "$@"')
    provisioned.does("stprov", "echo " + shlex.quote(json.dumps({**RESULT, "ip": "127.0.0.1"})))
    provisioned.run(force=True)
    assert provisioned.run(ssh_port=harness.free_port())["changed"] is False


@pytest.mark.parametrize("what,parameters", [
    ("setup", {"setup": "dhcp -H web01 -p other"}), ("setup", {"setup": ""}),
    ("run", {"run": "-p 3"}), ("options", {"options": "-n"}), ("validity", {"validity": "+2d"}),
    ("name", {"name": "web02.example.org"}), ("principals", {"principals": ["a"]})])
def test_other_words_provision_it_anew(provisioned, what, parameters):
    told = provisioned.run(**parameters)
    assert told["changed"] is True and told["msg"].endswith(f"changed: {what}")
    assert provisioned.run(**parameters)["changed"] is False


@pytest.mark.parametrize("parameters", [
    {"command": "other"}, {"wait": "1s"}, {"leave": "x"}, {"cr": True}, {"known_hosts": "kh"}])
def test_another_way_to_its_console_does_not(provisioned, parameters):
    assert provisioned.run(**parameters)["changed"] is False


@pytest.mark.parametrize("what", ["pk", "kek", "db", "dbx", "authorized_keys", "host_ca",
                                  "file motd"])
def test_the_content_of_a_file_is_an_input_and_not_its_name(laptop, tmp_path, what):
    def given(name):
        return {"files": {"motd": name}} if what == "file motd" else {what: name}
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("x")
    two.write_text("x")
    laptop.run(**given(str(one)))
    assert laptop.run(**given(str(two)))["changed"] is False
    two.write_text("y")
    told = laptop.run(**given(str(two)))
    assert told["changed"] is True and told["msg"].endswith(f"changed: {what}")
    assert laptop.run()["msg"].endswith(f"changed: {what}")


def test_force_does_it_anew_with_another_salt(provisioned):
    salt = json.loads(provisioned.record.read_text())["salt"]
    told = provisioned.run(force=True)
    assert told["changed"] is True and told["msg"].endswith("force is set")
    assert json.loads(provisioned.record.read_text())["salt"] != salt
    assert provisioned.run()["changed"] is False


# -- --check -------------------------------------------------------------------------------------

def test_check_changes_nothing_and_says_what_it_would_do(laptop):
    told = laptop.run(check=True)
    assert told["changed"] is True and "ansible_facts" not in told
    assert told["msg"] == "web01.example.org would be provisioned: there is no record of it"
    assert laptop.calls("stprov") == [] and not laptop.record.parent.exists()


def test_check_of_a_recorded_one(provisioned):
    before = provisioned.record.read_bytes()
    assert provisioned.run(check=True)["changed"] is False
    told = provisioned.run(check=True, setup="static")
    assert told["changed"] is True and told["msg"].endswith("would be provisioned: changed: setup")
    assert told["ansible_facts"] == {"stprov": RESULT}
    assert provisioned.run(check=True, force=True)["changed"] is True
    assert len(provisioned.calls("stprov")) == 1 and provisioned.record.read_bytes() == before


# -- what goes wrong -----------------------------------------------------------------------------

def failed(laptop, **parameters):
    told = laptop.run(**parameters)
    assert told["failed"] is True and told["msg"].startswith("web01.example.org: "), told
    return told["msg"].split(": ", 1)[1]


def test_the_last_line_of_stprov_is_the_reason(laptop):
    laptop.does("stprov", "echo shown >&2; echo 'stprov local console: no' >&2; exit 1")
    assert failed(laptop) == "stprov local console: no"
    assert not laptop.record.exists()
    assert laptop.record.with_suffix(".log").read_text() == "shown\nstprov local console: no\n"


def test_a_failure_without_a_line(laptop):
    laptop.does("stprov", "kill -9 $$")
    assert failed(laptop) == "exit status -9"


def test_after_a_failure_it_is_tried_again(provisioned):
    """The platform may have another key than the record says."""
    works = (provisioned.programs / "stprov.does").read_text()
    provisioned.does("stprov", "exit 1")
    failed(provisioned, force=True)
    told = provisioned.run(check=True)
    assert told["msg"].endswith("the last attempt did not end well")
    provisioned.does("stprov", works)
    assert provisioned.run()["changed"] is True
    assert provisioned.run()["changed"] is False


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"format": 1}', "\x80", json.dumps(
    {"format": 1, "inputs": {}, "salt": "", "result": {**RESULT, "publickey": "x"}}), json.dumps(
        {"format": 2, "inputs": {}, "salt": "", "result": RESULT})])
def test_a_damaged_record_is_an_error_unless_forced(laptop, text):
    laptop.record.parent.mkdir()
    laptop.record.write_bytes(text.encode("latin-1"))
    assert "the record " in failed(laptop) and laptop.calls("stprov") == []
    assert laptop.record.read_bytes() == text.encode("latin-1")
    assert laptop.run(force=True)["changed"] is True
    assert json.loads(laptop.record.read_text())["result"] == RESULT


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", json.dumps({**RESULT, "ip": None})])
def test_output_that_is_not_the_object_is_an_error(laptop, text):
    laptop.does("stprov", f"printf %s {shlex.quote(text)}")
    assert "did not print what was stored" in failed(laptop)
    assert not laptop.record.exists()


@pytest.mark.parametrize("parameters,sentence", [
    ({"stprov": "/nonexistent"}, "/nonexistent: No such file or directory"),
    ({"pk": "/nonexistent"}, "pk: /nonexistent: No such file or directory"),
    ({"files": {"motd": "/"}}, "files: motd: /: Is a directory"),
    ({"command": "a 'b"}, "command: a quote is not closed"),
    ({"command": " "}, "command: it is empty"),
    ({"options": "\""}, "options: a quote is not closed")])
def test_parameters_that_are_wrong(laptop, parameters, sentence):
    assert failed(laptop, **parameters) == sentence
    assert not laptop.record.exists()


def test_wrong_parameters_are_told_by_check(laptop):
    assert failed(laptop, check=True, pk="/nonexistent").startswith("pk: ")
    laptop.record.parent.mkdir()
    laptop.record.write_text("{")
    assert "the record " in failed(laptop, check=True)


def test_passwords_are_not_returned(laptop):
    told = laptop.run(command="ipmitool -P sikrit sol activate", run="--run sikrit",
                      options="--options sikrit")
    for name in ("command", "setup", "run", "options"):
        assert told["invocation"]["module_args"][name] == HIDDEN
    laptop.does("stprov", "echo 'dhcp -H web01 -p sikrit' >&2; exit 1")
    assert "sikrit" not in json.dumps(laptop.run(force=True))


def test_short_words_do_not_mask_what_is_told(laptop):
    laptop.does("stprov", "echo 'the shell shows no dhcp' >&2; exit 1")
    assert failed(laptop, command="sh", setup="dhcp") == "the shell shows no dhcp"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_interrupts_stprov_and_waits_for_it(laptop, number):
    ready = laptop.directory / "ready"
    laptop.does("stprov", f"trap 'echo interrupted >&2; exit 1' INT; : >{ready}; "
                "while :; do sleep 0.05; done")
    with laptop.start() as process:
        harness.eventually(ready.exists, v0.PATIENCE, "stprov under way")
        process.send_signal(number)
        told = json.loads(process.stdout.read())
    assert told["msg"] == "web01.example.org: interrupted"


def test_ctrl_c_in_a_terminal_reaches_stprov_once(laptop):
    """It goes to the terminal's group, and the module passes it on. A second one would mean not to
    wait for the platform."""
    group = laptop.directory / "group"
    laptop.does("stprov", f"cut -d ' ' -f 5 /proc/$$/stat >{group}; exit 1")
    with laptop.start() as process:
        process.stdout.read()
        assert int(group.read_text()) not in (os.getpgrp(), os.getpgid(process.pid))


# -- the role ------------------------------------------------------------------------------------

class Play:
    """ansible-playbook with the role, and platforms of this stprov."""

    def __init__(self, directory, count):
        self.directory = directory
        self.stores = {}
        hosts = {}
        for number in range(1, count + 1):
            name = f"web{number}.example.org"
            self.stores[name] = harness.Store(directory / name, hostname=name)
            hosts[name] = {"stprov_run": f"-i 127.0.1.{number} -a 127.0.0.1 -p "
                           f"{harness.free_port()} -E {directory / name}"}
        inventory = {"platforms": {"hosts": hosts, "vars": {
            "stprov_program": harness.STPROV, "stprov_setup": "", "stprov_wait": "1m",
            "stprov_command": f"env PASSWORD=sikrit {harness.STPROV} remote console",
            "stprov_ssh_port": harness.free_port(),
            "stprov_records": str(directory / "records"),
            "stprov_known_hosts": str(directory / "known_hosts")}}}
        self.inventory = directory / "hosts.json"
        self.inventory.write_text(json.dumps(inventory))

    def run(self, *arguments):
        """(its output, {host: {"ok": N, "changed": N, ...}})"""
        done = subprocess.run(
            ["ansible-playbook", "-i", str(self.inventory), *arguments, "provision.yml"],
            cwd=ANSIBLE, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            timeout=300, env={**os.environ, "ANSIBLE_LOCAL_TEMP": str(self.directory / "temp"),
                              "ANSIBLE_REMOTE_TEMP": str(self.directory / "temp"),
                              "ANSIBLE_NOCOLOR": "1", "PYTHONDONTWRITEBYTECODE": "1",
                              "LC_ALL": "C.UTF-8"})
        text = done.stdout + done.stderr
        recap = {host: {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line)}
                 for host, line in re.findall(r"(?m)^(web\S+) +: (ok=.*)$", text)}
        assert recap, text
        return text, recap

    @staticmethod
    def sums(recap, key):
        return [counts[key] for counts in recap.values()]


@pytest.fixture(name="play")
def fixture_play(tmp_path):
    return Play(tmp_path, 3)


def test_three_platforms_in_one_play_and_a_second_one_changes_nothing(play):
    text, recap = play.run("--check")
    assert play.sums(recap, "failed") == [0, 0, 0] and play.sums(recap, "changed") == [1, 1, 1]
    assert "web2.example.org would be provisioned: there is no record of it" in text
    assert not (play.directory / "records").exists() and not play.stores["web1.example.org"].read(
        "STHostKey")
    text, recap = play.run("-vvv")
    assert play.sums(recap, "failed") == [0, 0, 0], text
    assert play.sums(recap, "changed") == [1, 1, 1] and "sikrit" not in text
    lines = (play.directory / "known_hosts").read_text().splitlines()
    for name, store in play.stores.items():
        result = json.loads((play.directory / "records" / f"{name}.json").read_text())["result"]
        assert store.host_key() == (result["publickey"], result["fingerprint"])
        assert lines.count(f"{name},{result['ip']} {result['publickey']}") == 1
        # As facts, in later tasks.
        assert f'"msg": "{name} {result["ip"]} {result["fingerprint"]}"' in text
    before = {name: store.snapshot() for name, store in play.stores.items()}
    text, recap = play.run()
    assert play.sums(recap, "failed") == play.sums(recap, "changed") == [0, 0, 0], text
    assert "web3.example.org is left alone" in text
    assert {name: store.snapshot() for name, store in play.stores.items()} == before


def test_the_example_inventory_is_one(tmp_path):
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "id_ed25519.pub").write_text(OTHER + "\n")
    before = sorted(ANSIBLE.iterdir())
    done = subprocess.run(
        ["ansible-playbook", "--check", "provision.yml"], cwd=ANSIBLE, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1",
             "LC_ALL": "C.UTF-8"})
    assert done.returncode == 0, done.stdout + done.stderr
    for number in (1, 2, 3):
        assert f"web0{number}.example.org would be provisioned: there is no record of it" in \
            done.stdout
    assert sorted(ANSIBLE.iterdir()) == before


def test_platforms_are_switched_on_only_if_they_are_to_be_provisioned(play):
    seen = play.directory / "seen"
    power = play.directory / "power.yml"
    power.write_text(f"- ansible.builtin.shell: echo {{{{ inventory_hostname }}}} >>{seen}\n"
                     "  delegate_to: localhost\n")
    options = ["-e", f"stprov_power={power}"]
    play.run("--check", *options)
    assert not seen.exists()
    _, recap = play.run(*options, "--limit", "web1.example.org")
    assert recap["web1.example.org"]["changed"] == 2
    _, recap = play.run(*options, "--limit", "web1.example.org,web2.example.org")
    assert recap["web1.example.org"]["changed"] == 0
    assert seen.read_text().split() == ["web1.example.org", "web2.example.org"]


def test_ctrl_c_ends_every_platform(play):
    """As a terminal sends it: to all processes of its foreground."""
    inventory = json.loads(play.inventory.read_text())
    inventory["platforms"]["vars"]["stprov_command"] = "sh -c 'echo shown; exec sleep 600'"
    play.inventory.write_text(json.dumps(inventory))
    with subprocess.Popen(
            ["ansible-playbook", "-i", str(play.inventory), "provision.yml"], cwd=ANSIBLE,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, env={
                **os.environ, "ANSIBLE_LOCAL_TEMP": str(play.directory / "temp"),
                "ANSIBLE_REMOTE_TEMP": str(play.directory / "temp"), "LC_ALL": "C.UTF-8"}) as run:
        logs = [play.directory / "records" / f"{name}.log" for name in play.stores]
        harness.eventually(lambda: all(log.exists() and "shown" in log.read_text()
                                       for log in logs), 60, "all under way")
        os.killpg(run.pid, signal.SIGINT)
        run.wait(60)
        harness.eventually(lambda: all("interrupted" in log.read_text() for log in logs),
                           v0.PATIENCE, "the end of each")
    assert not list((play.directory / "records").glob("*.json"))
