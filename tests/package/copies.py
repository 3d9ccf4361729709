# SPDX-License-Identifier: BSD-2-Clause
"""Helpers of the package tests: running commands, and commits with a fixed time."""
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Seconds for one command; a build on a busy machine is the longest.
COMMAND_SECONDS = 600
# These would configure the copies like the tree, or make git use another repository.
NOT_OURS = ("MAKE", "DEB_", "GIT_", "PREFIX", "DESTDIR", "SOURCE_DATE_EPOCH", "MFLAGS", "STPROV")
# The time of the tests' commits: in the past of every machine, after the first release.
WHEN = {"GIT_COMMITTER_DATE": "2025-02-03T04:05:06 +0200"}
WHEN_SECONDS = 1738548306


def run(*command, cwd, code=0, env=None, **kwargs):
    """A command's standard output; fails if its exit code differs."""
    variables = {name: value for name, value in os.environ.items()
                 if not name.startswith(NOT_OURS)} | (env or {})
    done = subprocess.run([str(word) for word in command], cwd=cwd, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False,
                          env=variables, **kwargs)
    assert done.returncode == code, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + (done.stderr if code else "")


def git(*words, cwd, **kwargs):
    return run("git", "-c", "user.name=Author", "-c", "user.email=author@example.org",
               "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false", *words, cwd=cwd, **kwargs)
