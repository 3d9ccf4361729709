# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the tests on a virtual machine. Every wait in machine.py has a time limit."""
import os
import pathlib
import shutil
import tempfile

import pytest

import machine
from osserver import WebServers


@pytest.fixture(name="web", scope="session")
def fixture_web(work):
    servers = WebServers(work)
    yield servers
    servers.close()


NEEDS = {"tools": [machine.QEMU], "make": "check-qemu",
         "files": [machine.FIRMWARE, machine.VARIABLES, machine.IMAGE / "stprov.efi"]}


@pytest.fixture(scope="module", autouse=True)
def needs(request):
    """What a virtual machine needs; a file for another architecture has its own NEEDS."""
    wanted = getattr(request.module, "NEEDS", NEEDS)
    for tool in [*wanted["tools"], "busybox"]:
        if not shutil.which(tool):
            pytest.skip(f"{tool} is missing")
    for path in wanted["files"]:
        if not os.path.exists(path):
            pytest.skip(f"{path} is missing: make {wanted['make']}")


@pytest.fixture(name="work", scope="session")
def fixture_work():
    """A directory whose name is short enough for sockets in it; states are large, so it goes."""
    with tempfile.TemporaryDirectory(prefix="stprov-qemu-") as directory:
        yield pathlib.Path(directory)


class Booted:
    """A machine that is booted once to its prompt; many tests continue from its state: the same
    RAM, devices and flash for each."""

    def __init__(self, work, web, links):
        self.work, self.web, self.links = work, web.ports, links
        self.count = 0
        self.state = work / "state"
        with machine.Machine(work / "boot", links=links, web=self.web) as first:
            first.boot()
            first.save(self.state)
        self.flash = work / "boot" / "flash"

    def go_on(self):
        self.count += 1
        return machine.Machine(self.work / f"{self.count}", links=self.links, web=self.web,
                               variables=self.flash, state=self.state)


@pytest.fixture(name="booted", scope="module")
def fixture_booted(work, web, request):
    directory = work / request.module.__name__
    directory.mkdir()
    return Booted(directory, web, getattr(request.module, "LINKS", 1))


@pytest.fixture(name="server")
def fixture_server(booted):
    """A machine at its first prompt."""
    with booted.go_on() as here:
        yield here
