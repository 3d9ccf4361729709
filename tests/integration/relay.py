# SPDX-License-Identifier: BSD-2-Clause
"""A bad line as COMMAND: relay.py SEED PER BAUD COMMAND...

Runs COMMAND on a terminal of its own, and passes bytes on in both directions. Of PER characters
one is lost, doubled or has a bit flipped (0: none); BAUD limits the speed (0: not); with an error
rate a kernel's message comes in between now and then. A seed means the same errors each time, as
far as the bytes come in the same order.
"""
import os
import pty
import random
import select
import sys
import time

KERNEL = b"[   12.345678] usb 1-1: new high-speed USB device number 2\r\n"


class Way:
    """One direction."""

    def __init__(self, source, sink, dice, per, baud):
        self.source, self.sink, self.dice, self.per, self.baud = source, sink, dice, per, baud
        self.kept = b""
        self.since = time.monotonic()

    def spoil(self, data):
        out = bytearray()
        for byte in data:
            if not self.per or self.dice.randrange(self.per):
                out.append(byte)
                continue
            what = self.dice.randrange(3)
            if what == 1:
                out += bytes([byte, byte])
            elif what == 2:
                out.append(byte ^ 1 << self.dice.randrange(8))
        return bytes(out)

    def take(self):
        """False at the end."""
        try:
            data = os.read(self.source, 4096)
        except OSError:
            data = b""
        if not self.kept:
            self.since = time.monotonic()
        self.kept += self.spoil(data)
        return bool(data)

    def pass_on(self):
        allowed = len(self.kept)
        if self.baud:
            allowed = min(allowed, int((time.monotonic() - self.since) * self.baud / 10))
        if allowed:
            os.write(self.sink, self.kept[:allowed])
            self.kept = self.kept[allowed:]
            self.since = time.monotonic()


def main():
    seed, per, baud = map(int, sys.argv[1:4])
    dice = random.Random(seed)
    pid, master = pty.fork()
    if pid == 0:
        os.execvp(sys.argv[4], sys.argv[4:])
    up, down = Way(0, master, dice, per, baud), Way(master, 1, dice, per, baud)
    alive = True
    while alive or down.kept:
        ready = select.select([0, master] if alive else [], [], [], 0.005)[0]
        if 0 in ready and not up.take():
            os.close(master)
            break
        if master in ready:
            alive = down.take()
            if per and dice.randrange(40) == 0:
                down.kept += KERNEL
        if alive:
            up.pass_on()
        down.pass_on()
    os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
