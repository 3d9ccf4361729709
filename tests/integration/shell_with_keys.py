# SPDX-License-Identifier: BSD-2-Clause
"""An interactive shell on a terminal, and what its line is after some keys."""
import os
import subprocess

import harness
import v0


class Shell:
    """COMMAND, a shell that writes `ready`, and then each line at ^X^P, to descriptor 9."""

    def __init__(self, command, every_match, directory, environment):
        self.every_match = every_match
        reader, writer = os.pipe()
        self.master, slave = os.openpty()
        self.process = subprocess.Popen(
            ["bash", "-c", f"{command} 9>&{writer}"],
            stdin=slave, stdout=slave, stderr=slave, cwd=directory, pass_fds=[writer],
            start_new_session=True, preexec_fn=harness.take_terminal,
            env={"PATH": os.environ["PATH"], "TERM": "dumb", "HOME": str(directory),
                 "LC_ALL": "C.UTF-8"} | environment)
        os.close(slave)
        os.close(writer)
        self.screen = harness.Stream(os.dup(self.master))
        self.answers = harness.Stream(reader)
        self.told = 0
        assert self.next() == "ready"

    def next(self):
        self.told += 1
        self.answers.wait_for(rf"(?s)\A([^\0]*\0){{{self.told}}}")
        return self.answers.text.split("\0")[self.told - 1]

    def line(self, typed, keys=None, back=0):
        """The line after `typed`, the cursor moved back so far, and these keys: every match."""
        keys = self.every_match if keys is None else keys
        os.write(self.master, (typed + "\x02" * back + keys + "\x18\x10").encode())
        return self.next()

    def offers(self, typed, **kwargs):
        """What it offers for the last word of the line."""
        line = self.line(typed, **kwargs)
        before = typed[:max(typed.rfind(" "), typed.rfind("=")) + 1]
        assert line.startswith(before)
        return [] if line == typed else line[len(before):].split()

    def clean_up(self):
        self.process.kill()
        self.process.wait(v0.PATIENCE)
        os.close(self.master)
