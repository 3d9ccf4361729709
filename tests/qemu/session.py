# SPDX-License-Identifier: BSD-2-Clause
"""One provisioning from power-on to the stored key, and the login by ssh into the OS package that
the machine boots afterwards, with the time of each step.

`make demo-vm` shows it, and `make bench` shows the times.
"""
import pathlib
import shlex
import time
import types

import authfiles
import harness
import machine
import ospackage
from osserver import WebServers

NAME = "demo.example.org"
# What the laptop runs in the OS package.
COMMAND = "hostname; ip -br address; ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"
# The text of OVMF's front page on a serial console.
MENU = "Device Manager"


class Steps:
    """(name of the step, seconds since power-on)"""

    def __init__(self, started):
        self.started = started
        self.rows = []

    def reached(self, what):
        self.rows.append((what, time.monotonic() - self.started))


def run(directory, boot, before=lambda server: None, say=lambda text: None):
    """Provisions a machine that boots `boot`; returns its `steps`, `variables`, `flash`, the
    `laptop`, and `keys`, the directory of the Secure Boot keys.

    `before` is called with the machine after power-on; `say` with the laptop's command and output.
    """
    directory = pathlib.Path(directory)
    keys = directory / "keys"
    authfiles.make(keys)
    laptop = ospackage.Laptop(directory / "laptop", NAME)
    web = WebServers(directory)
    try:
        with machine.Machine(directory / "machine", boot=boot, links=2, web=web.ports) as server:
            before(server)
            steps = Steps(server.started)
            server.console.expect("BdsDxe: starting", machine.BOOT_SECONDS)
            steps.reached("firmware starts the image")
            server.boot()
            steps.reached("prompt")
            server.succeed("stprov remote dhcp -h demo -u me -p secret "
                           f"-r http://{machine.WEB}/os-stable.json")
            steps.reached("network verified, configuration and name stored")
            server.console.type(f"stprov remote run -a {machine.GATEWAY}\r")
            code = server.console.expect("code: ([a-z]{5}-[a-z]{5});")[1]
            server.console.expect(f"stprov local run -i {machine.ADDRESS} -o {code}")
            steps.reached("listening")
            arguments = [word for option, file in authfiles.FILES.items()
                         for word in (f"--{option}", str(keys / f"{file}.auth"))]
            provision(server, code, arguments + laptop.options, steps, say)
            return types.SimpleNamespace(steps=steps, variables=server.variables, laptop=laptop,
                                         flash=server.flash, keys=keys)
    finally:
        web.close()


def provision(server, code, arguments, steps, say):
    say(f"$ stprov local run -o {code} -i 127.0.0.1 -p {server.port} "
        "--pk PK.auth --kek KEK.auth --db db.auth --dbx dbx.auth --known-hosts known_hosts "
        f"--authorized-keys id.pub --host-ca ca --principals {NAME} --words -")
    local = harness.Local(("127.0.0.1", server.port), code, [*arguments, "--words", "-"],
                          compat=False)
    try:
        words = server.console.expect(r"comparison words: ([a-z]{5} [a-z]{5})\s")[1]
        local.type(f"{words}\n")
        say(f"(the operator types the console's words: {words})")
        server.console.expect("Press Enter to commit changes, ctrl\\+c to abort")
        steps.reached("the question stands on the console")
        say(local.err.text)
        server.console.type("\r")
        assert local.wait(machine.PATIENCE) == 0, local.err.text
        say(local.out.text)
        steps.reached("provisioned and told to the laptop, the operator taking no time")
        server.wait_for_prompt(machine.PATIENCE)
    finally:
        local.clean_up()


def leave_menu(directory, done):
    """The next boot after Secure Boot keys enters the firmware's menu; the operator has nothing to
    do there."""
    with machine.Machine(directory / "menu", variables=done.flash) as server:
        server.console.expect(MENU, machine.BOOT_SECONDS)
        return server.flash


def log_in(directory, done, images, before=lambda server: None, say=lambda text: None):
    """The machine of run() boots the OS package, signed with its key of db; the laptop runs a
    command in it. Returns the Steps."""
    directory = pathlib.Path(directory)
    flash = leave_menu(directory, done)
    image = directory / "esp" / ospackage.BOOT_PATH
    image.parent.mkdir(parents=True)
    ospackage.run("sbsign", "--key", done.keys / "db.key", "--cert", done.keys / "db.crt",
                  "--output", image, images / "esp" / ospackage.BOOT_PATH)
    with ospackage.power_on(directory / "os", flash, directory / "esp", links=2) as server:
        before(server)
        steps = Steps(server.started)
        server.console.expect("BdsDxe: starting", machine.BOOT_SECONDS)
        steps.reached("firmware starts the OS package, whose signature it has checked")
        ospackage.wait_for_sshd(server)
        steps.reached("sshd answers")
        words = done.laptop.ssh(server.ssh_port, NAME, COMMAND)
        say("$ " + shlex.join(words).replace(f"{done.laptop.directory}/", ""))
        ended = done.laptop.log_in(server.ssh_port, NAME, COMMAND)
        say(ended.stdout + ended.stderr)
        assert ended.returncode == 0, ended.stderr
        steps.reached("logged in by ssh, and out again")
    return steps
