# SPDX-License-Identifier: BSD-2-Clause
"""A fully provisioned store, and its parts: for tests of `remote status` and `clear`."""
import json
import subprocess

import harness

URL_PASSWORD = "sikritpassword"
CONFIG = {"network_mode": "static", "host_ip": "10.0.2.10/26", "gateway": "10.0.2.1",
          "dns": ["9.9.9.9"],
          "network_interfaces": [{"interface_name": "eth0", "mac_address": "52:54:00:12:34:56"}],
          "ospkg_pointer": f"https://stboot:{URL_PASSWORD}@stpackage.example.org/os-stable.json",
          "bonding_mode": None, "bond_name": None,
          "description": "stprov version v1.0; timestamp 2025-01-30T13:49:01Z"}
PARTS = ("STHostName", "STHostConfig", "STHostKey")


def config(**changes):
    """STHostConfig's text; None takes a key away where it is the value `gone`."""
    fields = {**CONFIG, **changes}
    return json.dumps({k: v for k, v in fields.items() if v != "gone"}).encode()


def make_key(directory, kind="ed25519", *options):
    """(private key as text, fingerprint), both by OpenSSH."""
    path = directory / f"key-{kind}{len(options)}"
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-f", path, *(options or ["-N", ""])],
                   check=True, stdin=subprocess.DEVNULL)
    shown = subprocess.run(["ssh-keygen", "-l", "-f", f"{path}.pub"], check=True, text=True,
                           capture_output=True).stdout
    return path.read_bytes(), shown.split()[1]


class Provisioned(harness.Store):
    """All variables of stprov, with good values and a key made by OpenSSH."""

    def __init__(self, path, directory, root=""):
        super().__init__(path, root=root)
        self.key, self.fingerprint = make_key(directory)
        self.good = {"STHostName": harness.HOSTNAME.encode(), "STHostConfig": config(),
                     "STHostKey": self.key}
        for name, data in self.good.items():
            self.write(name, data)

    def remove(self, name):
        self.file(name).unlink()

    def secrets(self):
        """Secrets, line by line, that must never be shown."""
        return [URL_PASSWORD, *[line for line in self.key.decode().splitlines()[1:-1]]]
