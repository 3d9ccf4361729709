# SPDX-License-Identifier: BSD-2-Clause
"""stprov-host.service as systemd reads it."""
import re
import shutil
import subprocess

import pytest

import harness
import sealed
import swtpm
import test_tpm

# In tenths: what the job needs (sethostname(2), the immutable flag, files of /etc) costs 1.3.
EXPOSURE = 13
# And what a TPM needs besides: its device, another user, and ending that user's process.
TPM_EXPOSURE = 19


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


def tpm_drop_in():
    """The drop-in for a sealed host key, as the document has it."""
    text = (harness.ROOT / "docs" / "os-packages.md").read_text("utf-8")
    section = text.split("## With a sealed host key")[1].split("\n## ")[0]
    return "".join(f"{line[1:]}\n" if line else "\n"
                   for line in re.findall(r"(?m)^(\t.*|)$", section)).strip() + "\n"


def test_the_drop_in_for_the_tpm_is_as_tight_as_the_job_allows(analyze):
    def add(text):
        return f"{text}\n{tpm_drop_in()}"
    assert analyze("verify", "--man=no", change=add) == (0, "")
    code, text = analyze("security", "--offline=true", "--no-pager",
                         f"--threshold={TPM_EXPOSURE}", change=add)
    assert code == 0, text
    assert analyze("security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE}",
                   change=add)[0] == 1
    # The unit alone has no device.
    unit = (harness.BUILD / "stprov-host.service").read_text()
    assert "PrivateDevices=yes" in unit and "DeviceAllow" not in unit
    assert "tpm" not in unit


def test_the_drop_in_does_not_wait_for_what_waits_for_the_unit():
    """udev starts after systemd-sysusers.service, which the unit is before."""
    wants = re.findall(r"(?m)^(?:Wants|Requires|BindsTo)=(.*)", tpm_drop_in())
    assert wants and "device" not in " ".join(wants)
    assert re.search(r"(?m)^After=.*\bdev-tpmrm0.device\b", tpm_drop_in())


@harness.needs_root
@pytest.mark.parametrize("lost", [None, "CAP_KILL"])
def test_the_capabilities_of_the_drop_in_are_enough(run, started, tmp_path, lost):
    """Also where one is missing the command ends: the process for the TPM ends with its socket."""
    platform = sealed.Platform(tmp_path, started(swtpm.Tpm()))
    unit = (harness.BUILD / "stprov-host.service").read_text()
    names = re.findall(r"(?m)^CapabilityBoundingSet=(.*)", f"{unit}\n{tpm_drop_in()}")
    kept = [name.lower().removeprefix("cap_") for name in " ".join(names).split() if name != lost]
    bounds = ",".join(["-all", *(f"+{name}" for name in kept)])
    # Only what belongs to root is open to a root without other capabilities.
    test_tpm.os.chown(platform.tpm.path, 0, 0)
    code, _, err = run(*platform.words("apply"), prefix=[
        "setpriv", f"--bounding-set={bounds}", f"--inh-caps={bounds}", "--no-new-privs"])
    assert code == 0, err
    assert (platform.os / "etc/ssh/ssh_host_ed25519_key").read_bytes() == platform.key
