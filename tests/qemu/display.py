# SPDX-License-Identifier: BSD-2-Clause
"""The operator at the machine's screen: presses keys as a remote console sends them, and reads.

A shell on the serial line looks at the screen for the test, so both consoles are in use. The keys
are counted: `make bench` shows how many a provisioning takes, and test_guided.py limits them.
"""
import contextlib
import re

import harness
import machine
import picture

# The screen's own prompt must not be taken for the serial console's.
LOOK = "tr -s ' ' </dev/vcs1 | tr '#' '%'"
# Keys by their names on a US keyboard (QKeyCode), for the characters that the tests type.
NAMES = {" ": "spc", "\n": "ret", ".": "dot", "-": "minus", "/": "slash", "\x03": "c"}
# Where a German keyboard has another character on the key.
SWAPPED = {"us": {}, "de": {"y": "z", "z": "y", "-": "/"}}
CODE = r"code: ([a-z]{5}-[a-z]{5});"
# The guide's questions, the last characters on the screen, with the answers of an operator.
NETWORK = r"network by dhcp or static \[dhcp\]:"
HOST, URL = r"host name \[\S+\]:", "OS package URL:"
DO_IT, WAIT = r"DNS, link, user \[yes\]:", r"laptop now, yes or no \[yes\]:"
ALLOWED, CONFIRM = r"networks that may connect \[\S+\]:", r"ctrl\+c to abort"
END = [(HOST, "\n"), (URL, "\n"), (DO_IT, "\n"), (WAIT, "\n"), (ALLOWED, "\n")]
DHCP = [(NETWORK, "\n")] + END
STATIC = [(NETWORK, "s\n"), (r"address, like \S+ \[back\]:", f"{machine.ADDRESS}.24\n"),
          (r"gateway \[\S+\]:", f"{machine.GATEWAY}\n")] + END


class Display:
    """`server` is at a prompt of the serial line; `layout` is that of the operator's keyboard."""

    def __init__(self, server, layout="us"):
        self.server = server
        self.layout = layout
        self.keys = 0

    def press(self, text):
        for char in text:
            char = SWAPPED[self.layout].get(char, char)
            keys = [{"type": "qcode", "data": NAMES.get(char, char)}]
            if char == "\x03":
                keys.insert(0, {"type": "qcode", "data": "ctrl"})
            self.server.monitor("send-key", keys=keys)
            self.keys += 1

    @property
    def text(self):
        """All rows as one line, with one blank in place of several."""
        return self.server.succeed(LOOK)

    def shows(self, pattern):
        """Waits until the screen shows it; returns the match."""
        return harness.eventually(lambda: re.search(pattern, self.text), machine.PATIENCE,
                                  f"{pattern!r} on the screen")

    def asks(self, pattern):
        """Waits until it is the last text on the screen."""
        last = ""

        def is_last():
            nonlocal last
            last = self.text.rstrip()
            return re.search(rf"{pattern}$", last)
        try:
            return harness.eventually(is_last, machine.PATIENCE)
        except AssertionError as error:
            raise AssertionError(f"{pattern!r} is not the last text of: {last}") from error

    def waits(self):
        """Waits for the console's first question."""
        self.asks(re.escape(machine.QUESTION.rstrip()))

    def picture(self, path):
        file = self.server.directory / "screen.ppm"
        self.server.monitor("screendump", filename=str(file))
        picture.convert(file, path)


def provision(display, answers, at_review=lambda: None, at_last_answer=lambda: None):
    """From the first Enter to `reboot`, with a laptop. `at_review` is called at the review,
    `at_last_answer` when the guide is about to do what it was told."""
    display.waits()
    display.press("\n")
    for question, answer in answers:
        display.asks(question)
        if question == DO_IT:
            at_last_answer()
        display.press(answer)
    code = display.shows(CODE)[1]
    with contextlib.ExitStack() as stack:
        local = harness.Local(("127.0.0.1", display.server.port), code, ["-n", "--words", "-"],
                              compat=False)
        stack.callback(local.clean_up)
        words = display.shows(r"comparison words: ([a-z]{5} [a-z]{5}) ")[1]
        local.type(f"{words}\n")
        display.asks(CONFIRM)
        at_review()
        display.press("\n")
        assert local.wait(machine.PATIENCE) == 0, local.err.text
    display.shows(r"provisioned: \S+\. Unmount the medium, then type: reboot")
    display.waits()
    display.press("reboot\n")
    display.server.console.expect("BdsDxe: starting", machine.BOOT_SECONDS)
    return display.keys


def count_keys(booted):
    """[(name, keys)] by DHCP and static; `booted.go_on()` is a machine at its prompt."""
    counts = []
    for name, answers in (("DHCP", DHCP), ("static", STATIC)):
        with booted.go_on() as server:
            counts.append((name, provision(Display(server), answers)))
    return counts
