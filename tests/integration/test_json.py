# SPDX-License-Identifier: BSD-2-Clause
"""`local run --json`: one object with all results."""
import datetime
import hashlib
import json
import pathlib
import subprocess

import pytest

import harness
import v0
import v1

CODE = "bocil-dufen"
KEYS = ["publickey", "fingerprint", "hostname", "ip", "sshfp", "comparison_words", "compared",
        "variables", "files", "host_certificate", "sealed", "attestation", "serial", "uuid", "macs",
        "time"]
FILES = {"PK": "pk", "KEK": "kek", "db": "db", "dbx": "dbx"}


def sshfp(publickey, name, directory):
    """ssh-keygen's record with SHA-256."""
    file = directory / "key.pub"
    file.write_text(publickey + "\n")
    records = subprocess.run(["ssh-keygen", "-r", name, "-f", str(file)], check=True, text=True,
                             capture_output=True, timeout=v0.PATIENCE).stdout.splitlines()
    return [record for record in records if " SSHFP 4 2 " in record]


def key_options(auth, directory, names):
    options = []
    for name in names:
        (directory / f"{name}.auth").write_bytes(auth[name])
        options += [f"--{name}", str(directory / f"{name}.auth")]
    return options


def variables(auth, names):
    return [{"variable": variable, "sha256": hashlib.sha256(auth[file]).hexdigest()}
            for variable, file in FILES.items() if file in names]


def machine(compat):
    """What v1's platform tells of itself, by the files of the kernel."""
    def read(path):
        try:
            return pathlib.Path(path).read_text(encoding="ascii").strip() or None
        except OSError:
            return None
    links = sorted(pathlib.Path("/sys/class/net").iterdir())
    told = {"serial": read("/sys/class/dmi/id/product_serial"),
            "uuid": read("/sys/class/dmi/id/product_uuid"),
            "macs": [read(link / "address") for link in links if (link / "device").exists()]}
    return {"serial": None, "uuid": None, "macs": []} if compat else told


def the_object(laptop):
    """Its output, which must be exactly one object on one line."""
    assert laptop.process.returncode == 0, laptop.err.text
    assert laptop.out.text.count("\n") == 1 and laptop.out.text.isascii()
    result = json.loads(laptop.out.text)
    assert list(result) == KEYS
    return result


@pytest.mark.parametrize("console", ["pty", "pipe"])
@pytest.mark.parametrize("compat", [False, True])
def test_object_has_all_that_is_known(platform, local, store, tmp_path, console, compat):
    remote = platform(compat=compat)
    laptop = local(remote.address, compat=compat, arguments=["--json"], console=console)
    remote.press()
    laptop.wait()
    assert remote.wait() == 0
    result = the_object(laptop)
    publickey, fingerprint = store.host_key()
    assert result == {
        "publickey": publickey, "fingerprint": fingerprint, "hostname": harness.HOSTNAME,
        "ip": "127.0.0.1", "sshfp": sshfp(publickey, harness.HOSTNAME, tmp_path),
        "comparison_words": result["comparison_words"], "compared": False, "variables": [],
        "files": [], "host_certificate": None, "sealed": None, "attestation": None,
        **machine(compat),
        "time": result["time"]}
    told = datetime.datetime.strptime(result["time"], "%Y-%m-%dT%H:%M:%SZ")
    assert abs((datetime.datetime.utcnow() - told).total_seconds()) < 600
    assert len(result["sshfp"]) == 1
    if compat:
        assert result["comparison_words"] is None
    else:
        assert f"comparison words: {result['comparison_words']}\n" in remote.err.text


@pytest.mark.parametrize("compat", [False, True])
@pytest.mark.parametrize("names", [["pk", "kek", "db"], ["pk", "kek", "db", "dbx"]])
def test_variables_are_those_that_were_sent(local, auth, tmp_path, compat, names):
    options = ["--json", *key_options(auth, tmp_path, names)]
    fake = v0.FakePlatform(v0.Otp(CODE)) if compat else v1.FakePlatform(CODE)
    with fake:
        laptop = local(fake.address, password=CODE, compat=compat, arguments=options)
        laptop.wait()
    assert the_object(laptop)["variables"] == variables(auth, names)


def test_variables_are_what_the_console_shows(platform, local, store, auth, tmp_path):
    remote = platform(compat=False)
    names = list(auth)
    laptop = local(remote.address, compat=False,
                   arguments=["--json", *key_options(auth, tmp_path, names)])
    remote.press()
    laptop.wait()
    for item in the_object(laptop)["variables"]:
        assert item["sha256"] in remote.err.text
        assert store.read(item["variable"]) is not None


def test_with_known_hosts_too(local, tmp_path):
    path = tmp_path / "known_hosts"
    with v1.FakePlatform(CODE) as fake:
        laptop = local(fake.address, password=CODE, compat=False,
                       arguments=["--json", "--known-hosts", str(path)])
        laptop.wait()
    assert path.read_text().endswith(the_object(laptop)["publickey"] + "\n")


def test_nothing_is_printed_when_it_failed(platform, local):
    remote = platform(compat=False)
    laptop = local(remote.address, password="wrong", compat=False, arguments=["--json"])
    assert laptop.wait() == 1 and laptop.out.text == ""
    laptop = local(remote.address, compat=False, arguments=["--json"])
    remote.press("n\n")
    assert laptop.wait() == 1 and laptop.out.text == ""


@pytest.mark.parametrize("name", ["a b", "*", "", "\u00e9\u2028<&>", "x;y", "(", "a\nb", "\"",
                                  "\\"])
def test_odd_host_name_makes_no_record_and_no_broken_object(local, name):
    answer = v1.answer_json({**v0.COMMIT_ANSWER, "hostname": name})
    with v1.FakePlatform(CODE, {"commit": answer}) as fake:
        laptop = local(fake.address, password=CODE, compat=False, arguments=["--json"])
        laptop.wait()
    result = the_object(laptop)
    assert result["sshfp"] == []
    assert result["publickey"] == v0.COMMIT_ANSWER["publickey"]


@pytest.mark.parametrize("output, reason", [("/dev/full", "No space left on device"),
                                            ("&-", "Bad file descriptor")])
def test_closed_output_is_an_error_though_it_is_stored(platform, store, started, output, reason):
    remote = platform(compat=False)
    laptop = started(harness.Process(
        ["local", "run", "--json", "--no-compare", "-i", "127.0.0.1", "-p", str(remote.port), "-o",
         harness.PASSWORD], prefix=["sh", "-c", f'exec "$@" >{output}', "sh"]))
    remote.press()
    assert laptop.wait() == 1
    assert "stored on the platform" in laptop.err.text and store.host_key()
    # Once.
    assert laptop.err.text.endswith(f"read back\nstprov local run: stdout: {reason}\n")
