# SPDX-License-Identifier: BSD-2-Clause
"""Three servers, switched on and provisioned through their management controllers by one run of
contrib/ansible's role; a second run finds nothing to do."""
import json
import os
import re
import shlex
import shutil
import subprocess
import types

import pytest

import bmc
import harness
import machine
import ovmf
import web

ANSIBLE = machine.ROOT / "contrib" / "ansible"
COUNT = 3
# Far above what it takes on a busy machine.
RUN_SECONDS = 400
POWER = """\
- name: Switch it on, by IPMI
  ansible.builtin.command: {argv: [%s, chassis, power, "on"]}
  delegate_to: localhost
"""


@pytest.fixture(autouse=True, scope="module")
def needs_tools():
    if os.geteuid() != 0:
        pytest.skip("needs root, for a network of its own")
    for tool in ("ansible-playbook", "ipmi_sim", "ipmitool"):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is missing")


@pytest.fixture(name="rack", scope="module")
def fixture_rack(work):
    with bmc.Rack(work / "rack", COUNT) as rack:
        yield rack


def write_play(directory, rack):
    """The inventory, and the tasks that switch power on."""
    directory.mkdir()
    hosts = {}
    for server in rack.servers:
        url = f"http://{server.gateway}:{rack.web.port}/os-stable.json"
        hosts[server.name] = {
            "bmc": server.bmc, "stprov_setup": f"dhcp -H {server.name} -r {url}",
            "stprov_command": " ".join([*server.tool, "sol", "activate"])}
    (directory / "hosts.json").write_text(json.dumps({"platforms": {"hosts": hosts, "vars": {
        "stprov_program": str(harness.STPROV), "stprov_leave": "\\r~.",
        "stprov_wait": f"{RUN_SECONDS // 2}s", "stprov_power": str(directory / "power.yml"),
        "stprov_records": str(directory / "records"),
        "stprov_known_hosts": str(directory / "known_hosts")}}}))
    words = ["ipmitool", "-I", "lanplus", "-C", "3", "-H", '"{{ bmc }}"', "-U", bmc.USER, "-E"]
    (directory / "power.yml").write_text(POWER % ", ".join(words))


def play(directory, rack):
    """(its output, {host: {"ok": N, "changed": N ...}})"""
    done = subprocess.run(
        [*rack.space.prefix, "ansible-playbook", "-i", directory / "hosts.json", "provision.yml"],
        cwd=ANSIBLE, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        timeout=RUN_SECONDS, env={
            **os.environ, **bmc.ENVIRONMENT, "ANSIBLE_LOCAL_TEMP": str(directory / "temp"),
            "ANSIBLE_REMOTE_TEMP": str(directory / "temp"), "ANSIBLE_NOCOLOR": "1",
            "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"})
    text = done.stdout + done.stderr
    recap = {host: {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line)}
             for host, line in re.findall(r"(?m)^(web\S+) +: (ok=.*)$", text)}
    for log in sorted((directory / "records").glob("*.log")):
        text += f"\n{log.name}:\n{log.read_text(errors='replace')}"
    return text, recap


@pytest.fixture(name="done", scope="module")
def fixture_done(work, rack):
    """What each run told, and the flash of each server after it."""
    directory = work / "laptop"
    write_play(directory, rack)
    off = [server.ipmitool("chassis", "power", "status").strip() for server in rack.servers]
    first = play(directory, rack)
    assert all(counts["failed"] == 0 for counts in first[1].values()), first[0]
    pids = [server.qemu for server in rack.servers]
    stored = [ovmf.read(server.flash) for server in rack.servers]
    second = play(directory, rack)
    return types.SimpleNamespace(
        off=off, first=first, pids=pids, stored=stored, second=second, directory=directory,
        again=[ovmf.read(server.flash) for server in rack.servers],
        records=[json.loads((directory / "records" / f"{server.name}.json").read_text())["result"]
                 for server in rack.servers])


def test_three_servers_are_switched_on_and_provisioned_in_one_run(done, rack):
    text, recap = done.first
    assert done.off == ["Chassis Power is off"] * COUNT
    assert set(recap) == {server.name for server in rack.servers}, text
    for counts in recap.values():
        assert counts["failed"] == counts["unreachable"] == 0, text
        assert counts["changed"] == 2, text  # power, and the platform
    assert all(done.pids), text
    # What each of them told first of itself.
    for line in ("it is not provisioned", "Secure Boot is in Setup Mode: keys can be set"):
        assert text.count(f"\n  {line}\n") == COUNT


def test_each_has_the_key_that_its_record_and_known_hosts_have(done, rack, work):
    lines = (done.directory / "known_hosts").read_text().splitlines()
    assert len(lines) == COUNT and len({record["publickey"] for record in done.records}) == COUNT
    for server, stored, record in zip(rack.servers, done.stored, done.records):
        stored = {name: stored[f"{name}-{guid}"].data for name, guid in harness.GUIDS.items()
                  if f"{name}-{guid}" in stored}
        file = work / f"{server.name}.key"
        file.write_bytes(stored["STHostKey"])
        file.chmod(0o600)
        public = subprocess.run(["ssh-keygen", "-y", "-f", file], check=True, capture_output=True,
                                text=True).stdout
        assert public.split()[:2] == record["publickey"].split()[:2]
        assert stored["STHostName"] == server.name.encode() == record["hostname"].encode()
        assert record["ip"] == server.address and record["compared"] is True
        assert f"{server.name},{server.address} {record['publickey']}" in lines


def test_second_run_changes_nothing(done, rack):
    text, recap = done.second
    assert set(recap) == {server.name for server in rack.servers}, text
    for counts in recap.values():
        assert counts["failed"] == counts["unreachable"] == counts["changed"] == 0, text
    assert done.again == done.stored
    assert [server.qemu for server in rack.servers] == done.pids


def test_no_session_is_left_on_a_controller(done, rack):
    assert done.pids
    for server in rack.servers:
        assert "already de-activated" in server.ipmitool("sol", "deactivate")


def test_leave_ends_ipmitool_without_a_signal(work):
    """A serial line that no stprov reads; after a signal ipmitool has another exit status."""
    status = work / "status"
    with bmc.Rack(work / "leave", 1) as rack, web.in_namespace(
            rack.space.process.pid,
            lambda: web.listener(rack.servers[0].bmc, bmc.SERIAL)) as serial:
        server = rack.servers[0]
        script = f'{shlex.join([*server.tool, "sol", "activate"])}; echo $? >{status}'
        with subprocess.Popen(
                [*rack.space.prefix, harness.STPROV, "local", "console", "--yes", "--wait-console",
                 "5s", "--leave", "\\r~.", "--", "sh", "-c", script],
                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                env={**os.environ, **bmc.ENVIRONMENT}) as laptop:
            serial.settimeout(machine.PATIENCE)
            with serial.accept()[0]:
                told = laptop.stderr.read()
        assert "SOL Session operational" in told
        assert status.read_text() == "0\n"
        assert "already de-activated" in server.ipmitool("sol", "deactivate")
