# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of packages run, and when their commits are made."""
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Seconds for one command; a build on a busy machine is the longest.
COMMAND_SECONDS = 600
# These would configure the copies as they configure the tree, or make git tell of another one.
NOT_OURS = ("MAKE", "DEB_", "GIT_", "PREFIX", "DESTDIR", "SOURCE_DATE_EPOCH", "MFLAGS", "STPROV")
# When the tests' commits were made: in the past of every machine, after the first release.
WHEN = {"GIT_COMMITTER_DATE": "2025-02-03T04:05:06 +0200"}
WHEN_SECONDS = 1738548306


def run(*command, cwd, code=0, env=None, **kwargs):
    """A command's standard output; fails when it does not end with this exit code."""
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
