# SPDX-License-Identifier: BSD-2-Clause
"""One provisioning from power-on to the stored key, with the time of each step.

`make demo-vm` shows it, and `make bench` shows the times.
"""
import pathlib
import time

import authfiles
import harness
import machine
from osserver import WebServers


class Steps:
    """(name of the step, seconds since power-on)"""

    def __init__(self, started):
        self.started = started
        self.rows = []

    def reached(self, what):
        self.rows.append((what, time.monotonic() - self.started))


def run(directory, boot, before=lambda server: None, laptop=lambda text: None):
    """Provisions a machine that boots `boot`; returns its Steps and its variables.

    `before` is called with the machine after power-on; `laptop` with the laptop's command and
    output.
    """
    directory = pathlib.Path(directory)
    keys = directory / "keys"
    authfiles.make(keys)
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
            provision(server, code, arguments, steps, laptop)
            return steps, server.variables
    finally:
        web.close()


def provision(server, code, arguments, steps, laptop):
    laptop(f"$ stprov local run -o {code} -i 127.0.0.1 -p {server.port} "
           "--pk PK.auth --kek KEK.auth --db db.auth --dbx dbx.auth --words -")
    local = harness.Local(("127.0.0.1", server.port), code, [*arguments, "--words", "-"],
                          compat=False)
    try:
        words = server.console.expect(r"comparison words: ([a-z]{5} [a-z]{5})\s")[1]
        local.type(f"{words}\n")
        laptop(f"(the operator types the console's words: {words})")
        server.console.expect("Press Enter to commit changes, ctrl\\+c to abort")
        steps.reached("the question stands on the console")
        laptop(local.err.text)
        server.console.type("\r")
        assert local.wait(machine.PATIENCE) == 0, local.err.text
        laptop(local.out.text)
        steps.reached("provisioned and told to the laptop, the operator taking no time")
        server.wait_for_prompt(machine.PATIENCE)
    finally:
        local.clean_up()
