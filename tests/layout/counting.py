#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""No failed check is lost between a test program and the last line."""
import json
import os
import subprocess
import sys
import tempfile

import tree

COUNT = os.path.join(tree.ROOT, "tests/support/count.py")

# output of a program, its exit status, what has to be counted.
TAP = [
    ("ok 1 - a\nok 2 - b\n1..2\n", 0, "2 0"),
    ("ok 1 - a\nnot ok 2 - b\nok 3 - c\n", 1, "2 1"),
    ("not ok 1 - a\n", 0, "0 1"),
    ("ok 1 - a\n", 1, "1 1"),
    ("# ok is no check\n ok 1\nokay\n", 0, "1 0"),
    ("", 2, "0 1"),
    ("100%: Checks: 12, Failures: 0, Errors: 0\n", 0, "12 0"),
    ("50%: Checks: 4, Failures: 1, Errors: 1\n", 1, "2 2"),
    ("ok 1 - a\n50%: Checks: 2, Failures: 0, Errors: 1\n", 1, "2 1"),
]

# (result, output) of each test that meson ran, what has to be counted.
MESON = [
    ([("OK", "ok 1 - a\n"), ("FAIL", "ok 1 - a\nnot ok 2 - b\n")], "2 1"),
    ([("TIMEOUT", "ok 1 - a\n")], "1 1"),
    ([("FAIL", "")], "0 1"),
    ([("OK", "")], "1 0"),
    ([("INTERRUPT", "100%: Checks: 3, Failures: 0, Errors: 0\n")], "3 1"),
    ([], "0 1"),
]


def counted(option, text, *more):
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(text)
        file.flush()
        return subprocess.run([sys.executable, COUNT, option, file.name, *more],
                              capture_output=True, text=True,
                              check=True).stdout.strip()


def main():
    tap = tree.Tap()
    for text, status, wanted in TAP:
        got = counted("--tap", text, "--exit", str(status))
        tap.check([] if got == wanted else [f"{text!r}: {got}, not {wanted}"],
                  f"TAP and totals are counted: {wanted}")
    for rows, wanted in MESON:
        text = "".join(json.dumps({"result": result, "stdout": out}) + "\n"
                       for result, out in rows)
        got = counted("--meson", text)
        tap.check([] if got == wanted else [f"{rows}: {got}, not {wanted}"],
                  f"results of meson are counted: {wanted}")
    got = subprocess.run([sys.executable, COUNT, "--meson", "/nonexistent"],
                         capture_output=True, text=True, check=True).stdout
    tap.check([] if got.strip() == "0 1" else [got],
              "a suite that did not run is a failure")
    tap.end()


main()
