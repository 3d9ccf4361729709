"""One provisioning from power-on to the stored key, with the time of each step.

For `make demo-vm`, which shows it, and `make bench`, which shows the times.
"""
import pathlib
import time

import authfiles
import harness
import machine
from osserver import WebServers

PASSWORD = "correct-horse-battery-9"


class Steps:
    """(what was reached, seconds since power-on)"""

    def __init__(self, started):
        self.started = started
        self.rows = []

    def reached(self, what):
        self.rows.append((what, time.monotonic() - self.started))


def run(directory, boot, before=lambda server: None, laptop=lambda text: None):
    """Provisions a machine that boots `boot`; returns its Steps and its variables.

    `before` is called with the machine once it is on; `laptop` with what the laptop does and gets.
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
            server.wait_for_prompt()
            steps.reached("prompt")
            server.succeed("stprov remote dhcp -h demo -u me -p secret "
                           f"-r http://{machine.WEB}/os-stable.json")
            steps.reached("network verified, configuration and name stored")
            server.console.type(f"stprov remote run -c -o {PASSWORD} -a {machine.GATEWAY}\r")
            server.console.expect("listening on")
            steps.reached("listening")
            arguments = [word for option, file in authfiles.FILES.items()
                         for word in (f"--{option}", str(keys / f"{file}.auth"))]
            provision(server, arguments, steps, laptop)
            return steps, server.variables
    finally:
        web.close()


def provision(server, arguments, steps, laptop):
    laptop(f"$ stprov local run -c -o {PASSWORD} -i 127.0.0.1 -p {server.port} "
           "--pk PK.auth --kek KEK.auth --db db.auth --dbx dbx.auth")
    local = harness.Local(("127.0.0.1", server.port), PASSWORD, arguments)
    try:
        code = local.wait(machine.PATIENCE)
        laptop(local.err.text + local.out.text)
        assert code == 0, local.err.text
        steps.reached("local run has ended")
        server.console.expect("Press Enter to commit changes, ctrl\\+c to abort")
        server.console.type("\r")
        server.wait_for_prompt(machine.PATIENCE)
        steps.reached("provisioned, the operator taking no time")
    finally:
        local.clean_up()
