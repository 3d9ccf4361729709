# SPDX-License-Identifier: BSD-2-Clause
"""What `stprov host apply` makes of the network, held to the programs that read it: a shell with
iproute2 or busybox, and systemd-networkd, each in network namespaces."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

import harness
import netlab
import ospkg
import v0

NETWORKD = "/lib/systemd/systemd-networkd"
TOOLS = ("sh", "ip", "cat", "mkdir", "mv", "chmod", "kill", "udhcpc")
MAC = "52:54:00:12:34:56"


@pytest.fixture(name="host")
def fixture_host(lab):
    """The machine with two links of which the second has the MAC, and its own /sys."""
    lab.host.run("mount", "-t", "sysfs", "-o", "ro", "sysfs", "/sys")
    return lab.host


@pytest.fixture(name="platform")
def fixture_platform(tmp_path):
    (tmp_path / "ospkg").mkdir()
    return ospkg.Platform(tmp_path / "ospkg")


@pytest.fixture(name="shell", params=["iproute2", "busybox"])
def fixture_shell(request, tmp_path):
    """The environment in which a script runs."""
    busybox = shutil.which("busybox")
    if not busybox:
        pytest.skip("needs busybox")
    if request.param == "busybox":
        return {"PATH": ospkg.shell_path(tmp_path / "bin", *TOOLS, busybox=busybox)}
    # The DHCP client is busybox's all the same.
    path = ospkg.shell_path(tmp_path / "bin", "udhcpc", busybox=busybox)
    return {"PATH": f"{path}:/usr/sbin:/usr/bin:/sbin:/bin"}


@pytest.fixture(name="script")
def fixture_script(run, platform, host, shell, tmp_path):
    """Runs the script of a configuration in the machine; (exit code, stderr)."""
    def script(**changes):
        platform.write("STHostConfig", ospkg.provisioned.config(**changes))
        code, out, err = run(*platform.words("apply", "--network", "script", "--only", "network"))
        assert code == 0, err
        path = tmp_path / "network.sh"
        path.write_text(out)
        # With a shell by its path: nsenter(1) looks for it in its own PATH.
        done = subprocess.run(
            [*host.prefix, "env", "-i", f"PATH={shell['PATH']}", f"{tmp_path}/bin/sh"
             if (tmp_path / "bin/sh").exists() else "/bin/sh", path],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=v0.PATIENCE,
            check=False)
        return done.returncode, done.stderr
    return script


@pytest.fixture(name="udhcpc")
def fixture_udhcpc(started, host):
    """Ends the DHCP clients that a script left in the background."""
    class Clients:
        def pids(self):
            return [int(path.read_text()) for path in
                    pathlib.Path(f"{host.root}/run/stprov").glob("udhcpc-*.pid")]

        def close(self):
            for pid in self.pids():
                subprocess.run([*host.prefix, "kill", str(pid)], check=False)
                harness.eventually(lambda gone=pid: harness.is_gone(gone), what="its end")
    return started(Clients())


def links(*macs, name="other"):
    return [{"interface_name": name, "mac_address": mac} for mac in macs]


def with_mac(host, link, mac=MAC):
    host.ip(f"link set {link} address {mac}")


def test_a_script_sets_up_a_static_network_by_the_hardware_address(lab, host, script):
    lab.quiet("eth0", "eth1")
    with_mac(host, "eth1")
    for _ in range(2):
        code, err = script(network_interfaces=links(MAC), dns=["192.0.2.53", "2001:db8::53"])
        assert code == 0, err
        assert lab.address_list() == [("eth1", "10.0.2.10/26")]
        assert lab.routes() == {"default": "via 10.0.2.1 dev eth1"}
        assert lab.resolv() == ["nameserver 192.0.2.53", "nameserver 2001:db8::53"]
        assert lab.up() == ["eth1"]


def test_a_script_reaches_a_gateway_outside_the_network(lab, host, script):
    lab.quiet("eth0")
    with_mac(host, "eth0")
    code, err = script(network_interfaces=links(MAC), host_ip="192.0.2.7/32",
                       gateway="198.51.100.1")
    assert code == 0, err
    assert lab.routes() == {"default": "via 198.51.100.1 dev eth0", "198.51.100.1": "dev eth0"}


def test_a_script_sets_up_ipv6(lab, host, script):
    lab.quiet("eth0")
    with_mac(host, "eth0")
    code, err = script(network_interfaces=links(MAC), host_ip="2001:db8::10/64",
                       gateway="2001:db8::1")
    assert code == 0, err
    assert lab.address_list() == [("eth0", "2001:db8::10/64")]
    assert lab.routes(six=True)["default"] == "via 2001:db8::1 dev eth0"


def test_a_script_reports_a_link_that_is_not_there(lab, script):
    lab.quiet("eth0")
    code, err = script(network_interfaces=links(MAC))
    assert code == 1 and f"no link has the hardware address {MAC}" in err
    assert lab.addresses() == {"eth0": []}


@pytest.mark.parametrize("dns,expected", [(None, ["nameserver 10.0.2.1"]),
                                          (["192.0.2.53"], ["nameserver 192.0.2.53"])])
def test_a_script_asks_a_dhcp_server(lab, host, script, udhcpc, dns, expected):
    peer = lab.peer("eth0", "eth1", addresses=["10.0.2.1/24"])
    peer.join()
    peer.ip("address flush dev w0", "address add 10.0.2.1/24 dev br0")
    lab.start(netlab.Dnsmasq(peer, "--dhcp-option=option:dns-server,10.0.2.1",
                             dhcp="10.0.2.50,10.0.2.50,1h", link="br0"))
    with_mac(host, "eth1")
    changes = {"network_mode": "dhcp", "host_ip": None, "gateway": None, "dns": dns,
               "network_interfaces": links(MAC)}
    for _ in range(2):
        code, err = script(**changes)
        assert code == 0, err
        harness.eventually(lambda: lab.address_list() == [("eth1", "10.0.2.50/24")]
                           and lab.resolv() == expected and "default" in lab.routes(),
                           what="a lease")
        assert lab.routes()["default"] == "via 10.0.2.1 dev eth1"
    assert len(udhcpc.pids()) == 1


BOND = {"network_interfaces": links(MAC, "52:54:00:12:34:57"), "bond_name": "bond0"}
DHCP = {"network_mode": "dhcp", "host_ip": None, "gateway": None}


@pytest.mark.parametrize("changes", [
    {}, {"host_ip": "10.0.2.10/32", "dns": None}, DHCP, {**DHCP, "dns": None},
    {**DHCP, "network_interfaces": None}, {**BOND, "bonding_mode": "802.3ad"},
    {**DHCP, **BOND, "bonding_mode": "active-backup"}],
    ids=["static", "outside", "dhcp", "server's DNS", "any link", "bond", "bond by dhcp"])
def test_shellcheck_has_nothing_to_say_about_a_script(run, platform, changes):
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is missing")
    platform.write("STHostConfig", ospkg.provisioned.config(**changes))
    code, out, err = run(*platform.words("apply", "--network", "script", "--only", "network"))
    assert code == 0, err
    found = subprocess.run(["shellcheck", "-s", "sh", "-"], input=out, text=True,
                           capture_output=True, check=False)
    assert found.stdout == ""
    # The script that udhcpc runs is inside of it.
    inner = re.search(r"(?s)<<'EOF'\n(.*?)EOF\n", out)
    assert bool(inner) == ("network_mode" in changes)
    if inner:
        # SC2154: its variables come from udhcpc.
        found = subprocess.run(["shellcheck", "-s", "sh", "-e", "SC2154", "-"], input=inner[1],
                               text=True, capture_output=True, check=False)
        assert found.stdout == ""


# systemd-networkd -------------------------------------------------------------------------------

class Networkd(harness.Process):
    """The real one in the machine, without udev: it sees /sys mounted read-only."""

    def __init__(self, host, platform):
        host.run("sh", "-c", "mkdir -p /run/systemd/netif/links /run/systemd/netif/leases "
                 "/etc/systemd && chmod -R 777 /run/systemd && grep systemd-network /etc/passwd")
        source = platform.os / "etc/systemd"
        for path in [platform.os, *platform.os.parents]:
            if path != pathlib.Path("/"):
                path.chmod(path.stat().st_mode | 0o055)
        host.run("mount", "--bind", str(source), "/etc/systemd")
        super().__init__([], program=NETWORKD, prefix=host.prefix,
                         environment={"SYSTEMD_LOG_LEVEL": "debug",
                                      "SYSTEMD_LOG_TARGET": "console"})

    def complaints(self):
        """What it does not like about a line of a file."""
        return self.err.lines(r"/etc/systemd/network/\S+:\d+:")


@pytest.fixture(name="networkd")
def fixture_networkd(run, started, platform, host):
    if not os.path.exists(NETWORKD):
        pytest.skip("needs systemd-networkd")

    def start(**changes):
        platform.write("STHostConfig", ospkg.provisioned.config(**changes))
        code, _, err = run(*platform.words("apply", "--only", "network"))
        assert code == 0, err
        networkd = started(Networkd(host, platform))
        networkd.err.wait_for("Enumeration completed")
        return networkd
    return start


# Virtual links have no permanent hardware address, so these are found by name, as older forms of
# the configuration have it. tests/qemu has links with one.
BY_NAME = ["eth1"]


def test_networkd_sets_up_a_static_network(lab, networkd):
    lab.quiet("eth0", "eth1")
    process = networkd(network_interfaces=BY_NAME, host_ip="192.0.2.7/32", gateway="198.51.100.1",
                       bonding_mode="gone", bond_name="gone", description="gone")
    harness.eventually(lambda: lab.address_list() == [("eth1", "192.0.2.7/32")]
                       and "default" in lab.routes(), what="the address")
    assert lab.routes() == {"default": "via 198.51.100.1 dev eth1 onlink"}
    assert process.complaints() == []


def test_networkd_asks_a_dhcp_server_as_one_machine_with_its_mac(lab, host, networkd):
    peer = lab.peer("eth0", "eth1", addresses=["10.0.2.1/24"])
    peer.join()
    peer.ip("address flush dev w0", "address add 10.0.2.1/24 dev br0")
    with_mac(host, "eth1")
    # The server gives this address to this client identifier only: 01 and the MAC.
    lab.start(netlab.Dnsmasq(peer, f"--dhcp-host=id:01:{MAC},10.0.2.77",
                             dhcp="10.0.2.50,10.0.2.60,1h", link="br0"))
    process = networkd(network_mode="dhcp", host_ip=None, gateway=None,
                       network_interfaces=BY_NAME, bonding_mode="gone", bond_name="gone",
                       description="gone")
    harness.eventually(lambda: lab.address_list() == [("eth1", "10.0.2.77/24")]
                       and "default" in lab.routes(), what="a lease")
    assert process.complaints() == []


@pytest.mark.parametrize("mode", ["active-backup", "802.3ad"])
def test_networkd_takes_each_line_of_a_bond(lab, networkd, mode):
    lab.quiet("eth0", "eth1")
    process = networkd(network_interfaces=links(MAC, "52:54:00:12:34:57"), bonding_mode=mode,
                       bond_name="bond0")
    process.err.wait_for(r"bond0: (netdev created|netdev could not be created|loaded \"bond\")")
    assert process.complaints() == []


def test_a_line_that_networkd_does_not_know_is_found(lab, networkd, platform):
    lab.quiet("eth0")
    platform.place("etc/systemd/network/60-bad.network", b"[Match]\nName=x\nNonsense=y\n")
    process = networkd(network_interfaces=links(MAC))
    assert len(process.complaints()) == 1 and re.search("Nonsense", process.complaints()[0])
