# SPDX-License-Identifier: BSD-2-Clause
"""Many platforms as processes on pseudo terminals, provisioned at once by `local console`."""
import concurrent.futures
import json
import os
import subprocess
import time

import harness

# As many as Ansible's forks in docs.
AT_ONCE = 20


def name(number):
    return f"web{number:04}.example.org"


def address(number):
    return f"127.0.{1 + number // 250}.{1 + number % 250}"


def provision(directory, number, port, known_hosts):
    """(exit code, object, stderr, peak KiB of the laptop's process) of one platform."""
    store = harness.Store(directory / f"{number:04}", hostname=name(number))
    words = f"-i {address(number)} -a 127.0.0.1 -p {port} -E {store.path}"
    with subprocess.Popen(
            [harness.STPROV, "local", "console", "--yes", "--json", "--name", name(number),
             "--known-hosts", str(known_hosts), "--run", words, "--", harness.STPROV, "remote",
             "console"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True) as process:
        out = process.stdout.read()
        err = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, json.loads(out) if out else None, err, usage.ru_maxrss, store


def run(directory, count, port):
    """[result of each], and the seconds that all took."""
    known_hosts = directory / "known_hosts"
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(
            lambda number: provision(directory, number, port, known_hosts), range(count)))
    return results, time.monotonic() - began


def complaints(directory, results):
    """What is wrong; every line of known_hosts counts."""
    wrong = []
    lines = (directory / "known_hosts").read_text().splitlines()
    for number, (code, told, err, _, store) in enumerate(results):
        if code != 0 or store.host_key() != (told["publickey"], told["fingerprint"]):
            wrong.append(f"{name(number)}: exit {code}: {err[-300:]}")
        elif lines.count(f"{name(number)},{address(number)} {told['publickey']}") != 1:
            wrong.append(f"{name(number)}: not in known_hosts")
    if len(lines) != len(results):
        wrong.append(f"{len(lines)} lines in known_hosts")
    return wrong
