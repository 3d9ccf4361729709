# SPDX-License-Identifier: BSD-2-Clause
"""A pytest plugin that prints TAP 13 (testanything.org), the protocol of the C tests, on stdout.

    pytest -p no:terminal -p tap FILE        with tests/ in PYTHONPATH

Each test is one line; the text of a failure comes before its line, as comments.
"""
import sys


class Tap:
    """Prints one line a test, when its last phase has ended."""

    def __init__(self):
        self.number = 0
        self.failures = []  # texts of the test under way
        self.skipped = None

    def comment(self, text):
        for line in text.rstrip("\n").split("\n"):
            print(f"# {line}")

    def line(self, word, name, directive=""):
        self.number += 1
        print(f"{word} {self.number} - {name.replace('#', '_')}{directive}")
        sys.stdout.flush()

    def pytest_runtest_logreport(self, report):
        """Called after set-up, call and tear-down of each test; any of them may fail or skip."""
        if report.failed:
            self.failures.append(f"{report.when}: {report.longreprtext}")
            self.failures += [f"{title}\n{text}" for title, text in report.sections]
        elif report.skipped:
            self.skipped = report.longrepr[2] if isinstance(report.longrepr, tuple) else "skipped"
        if report.when != "teardown":
            return
        for text in self.failures:
            self.comment(text)
        name = report.nodeid.split("::", maxsplit=1)[-1]
        skip = " # SKIP " + self.skipped.replace("\n", " ") if self.skipped else ""
        self.line("not ok" if self.failures else "ok", name, "" if self.failures else skip)
        self.failures, self.skipped = [], None

    def pytest_collectreport(self, report):
        """A file that cannot be read is a failed test."""
        if report.failed:
            self.comment(report.longreprtext)
            self.line("not ok", report.nodeid)
        elif report.skipped:
            self.line("ok", report.nodeid, " # SKIP " + report.longrepr[2].replace("\n", " "))

    def pytest_internalerror(self, excrepr):
        self.comment(str(excrepr))
        self.line("not ok", "pytest itself")

    def pytest_sessionfinish(self):
        print(f"1..{self.number}")
        sys.stdout.flush()


def pytest_configure(config):
    config.pluginmanager.register(Tap())
    # An option of the terminal plugin, which pytest reads for the text of a failed assertion.
    config.option.verbose = 0
