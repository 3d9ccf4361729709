# SPDX-License-Identifier: BSD-2-Clause
"""stprov-host.service as systemd reads it."""
import re
import shutil
import subprocess

import pytest

import harness

# In tenths: what the job needs (sethostname(2), the immutable flag, files of /etc) costs 1.3.
EXPOSURE = 13


@pytest.fixture(name="analyze")
def fixture_analyze(tmp_path):
    """systemd-analyze on the unit, whose lines a function may change: (exit code, output)."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("needs systemd-analyze")
    text = (harness.BUILD / "stprov-host.service").read_text()
    text = re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={harness.STPROV}", text)

    def analyze(*words, change=lambda text: text):
        path = tmp_path / "stprov-host.service"
        path.write_text(change(text))
        done = subprocess.run(["systemd-analyze", *words, path], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=120, check=False)
        return done.returncode, done.stdout + done.stderr
    return analyze


def test_systemd_has_nothing_to_say_about_the_unit(analyze):
    assert analyze("verify", "--man=no") == (0, "")
    assert analyze("verify", "--man=no", change=lambda text: text + "Nonsense=yes\n") != (0, "")


def test_the_unit_is_as_tight_as_the_job_allows(analyze):
    words = ["security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE}"]
    code, text = analyze(*words)
    assert code == 0, text

    def loosen(text):
        return text.replace("PrivateNetwork=yes", "")
    assert analyze(*words, change=loosen)[0] == 1


def test_the_unit_comes_before_its_readers_and_nothing_before_it_waits_for_it(analyze):
    """The units that systemd orders by default would be a ring with Before=sysinit.target."""
    code, text = analyze("verify", "--man=no", change=lambda text: text)
    assert (code, text) == (0, "")
    unit = (harness.BUILD / "stprov-host.service").read_text()
    before = set(" ".join(re.findall(r"(?m)^Before=(.*)", unit)).split())
    assert {"sysinit.target", "systemd-networkd.service", "ssh.service", "network-pre.target",
            "systemd-tmpfiles-setup.service", "systemd-sysusers.service"} <= before
    assert re.search(r"(?m)^DefaultDependencies=no$", unit)
    # It waits for systemd-tmpfiles-setup.service.
    assert not re.search(r"(?m)^PrivateTmp=", unit)
