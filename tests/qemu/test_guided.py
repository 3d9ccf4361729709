# SPDX-License-Identifier: BSD-2-Clause
"""The guide at the screen, from the first Enter to `reboot`, in keys of a real keyboard."""
import re

import pytest

import display
import machine
from display import Display

LINKS = 1
# The most keys from the first Enter to the Enter of `reboot`.
DHCP_KEYS, STATIC_KEYS = 20, 45


def test_by_dhcp_it_takes_twenty_keys_at_most(server):
    keys = display.provision(Display(server), display.DHCP)
    assert keys <= DHCP_KEYS
    assert server.variables["STHostName"].data == b"mac-525400000000.example.org"
    assert server.host_configuration["network_mode"] == "dhcp"
    assert "STHostKey" in server.variables


@pytest.mark.parametrize("image, keyboard", [("us", "us"), ("de", "us"), ("us", "de")])
def test_static_takes_forty_five_keys_at_most_also_with_another_layout(server, image, keyboard):
    here = Display(server, keyboard)
    if image != "us":
        here.waits()
        here.press(f"kbd {image}\n")
        here.shows(f"keyboard: {image}")
        here.keys = 0
    assert display.provision(here, display.STATIC) <= STATIC_KEYS
    config = server.host_configuration
    assert (config["network_mode"], config["host_ip"]) == ("static", f"{machine.ADDRESS}/24")
    assert config["gateway"] == machine.GATEWAY


def test_the_keyboards_of_these_tests_do_differ(server):
    """Otherwise the test of another layout would show nothing."""
    here = Display(server, "de")
    here.waits()
    here.press("yz")
    here.asks("zy")
    here.press("\x03")
    here.press("kbd de\n")
    here.shows("keyboard: de")
    here.press("yz")
    here.asks("yz")


def test_two_consoles_at_once_exclude_each_other_and_both_go_on(server):
    """The guide at the screen has the platform; the serial line is told which console has it."""
    here = Display(server)
    here.waits()
    here.press("\n")
    for question, answer in display.DHCP:
        here.asks(question)
        here.press(answer)
    here.shows(display.CODE)
    code, shown = server.run("stprov remote dhcp")
    assert code == 1 and re.search(r"stprov remote.*tty1", shown), shown
    here.press("\x03")
    here.waits()
    server.succeed("stprov remote dhcp -H two.example.net")
    assert server.variables["STHostName"].data == b"two.example.net"
