# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of shoji-ca share: runs of the program that the command line
names, an authority in a folder, and a run of all cases as TAP."""
import os
import shutil
import stat
import subprocess
import sys
import tempfile

PROGRAM = sys.argv[1]
CASES = []
LIMIT_S = 60


class Run:
    """One finished run: status, out (both streams)."""

    def __init__(self, args, stdin=b"", env=None):
        done = subprocess.run([PROGRAM, *args], input=stdin, timeout=LIMIT_S,
                              capture_output=True, check=False,
                              env=env or {"PATH": os.environ["PATH"]})
        self.status = done.returncode
        self.stdout = done.stdout.decode()
        self.out = self.stdout + done.stderr.decode()


class Authority:
    """An authority in a folder of its own."""

    def __init__(self, folder, *init):
        self.dir = os.path.join(folder, "ca")
        self.first = self("init", *init)

    def __call__(self, *args, **more):
        return Run(["--dir", self.dir, *args], **more)

    def path(self, *parts):
        return os.path.join(self.dir, *parts)


class Failed(Exception):
    """A check of a case failed."""


def equal(got, wanted, what):
    if got != wanted:
        raise Failed(f"{what}: got {got!r}, wanted {wanted!r}")


def holds(text, word, what=""):
    if word not in text:
        raise Failed(f"{what} {word!r} is not in {text!r}")


def done(run, status=0):
    if run.status != status:
        raise Failed(f"status {run.status}, wanted {status}: {run.out}")
    return run


def case(function):
    CASES.append(function)
    return function


def openssl(*args):
    return subprocess.run(["openssl", *args], capture_output=True, text=True,
                          check=False, timeout=LIMIT_S)


def snapshot(folder):
    """Every file with its bytes, the lock apart."""
    files = {}
    for top, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(top, name)
            if name != "lock":
                with open(path, "rb") as file:
                    files[path] = file.read()
    return files


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def main():
    failed = 0
    print(f"1..{len(CASES)}")
    for number, function in enumerate(CASES, 1):
        folder = tempfile.mkdtemp(prefix="shoji-ca-")
        problem = ""
        try:
            function(folder)
        except (Failed, subprocess.TimeoutExpired, OSError) as error:
            problem = str(error)
            failed += 1
        finally:
            shutil.rmtree(folder)
        name = function.__name__.replace("_", " ")
        print(f"{'not ok' if problem else 'ok'} {number} - {name}")
        for line in problem.splitlines():
            print("# " + line)
    return 1 if failed else 0
