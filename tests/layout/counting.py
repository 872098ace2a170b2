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

# option and input, the failed checks as they are named at the end of a run.
NAMED = [
    (("--tap", "ok 1 - a\nnot ok 2 - b\x1b[2J\n# why\n", "--exit", "1"),
     ["not ok 2 - b?[2J"]),
    (("--tap", "ok 1 - a\n", "--exit", "3"), ["exit status 3"]),
    (("--tap", "", "--exit", "0"), []),
    (("--tap", "not ok 1 - " + "x" * 999 + "\n"),
     ["not ok 1 - " + "x" * 289]),
    (("--meson", json.dumps({
        "name": "unit / core", "result": "FAIL",
        "stdout": "50%: Checks: 2, Failures: 1, Errors: 0\n"
                  "../a.c:12:F:core:test_a:0: Assertion failed\n"}) + "\n"),
     ["../a.c:12:F:core:test_a:0: Assertion failed"]),
    (("--meson", json.dumps({"name": "unit / core", "result": "TIMEOUT",
                             "stdout": "ok 1 - a\n"}) + "\n"),
     ["unit / core: TIMEOUT"]),
    (("--meson", ""), ["the suite has no test"]),
]


def counted(option, text, *more):
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(text)
        file.flush()
        return subprocess.run([sys.executable, COUNT, option, file.name, *more],
                              capture_output=True, text=True,
                              check=True).stdout.splitlines()


def main():
    tap = tree.Tap()
    for text, status, wanted in TAP:
        got, *_ = counted("--tap", text, "--exit", str(status))
        tap.check([] if got == wanted else [f"{text!r}: {got}, not {wanted}"],
                  f"TAP and totals are counted: {wanted}")
    for rows, wanted in MESON:
        text = "".join(json.dumps({"result": result, "stdout": out}) + "\n"
                       for result, out in rows)
        got, *_ = counted("--meson", text)
        tap.check([] if got == wanted else [f"{rows}: {got}, not {wanted}"],
                  f"results of meson are counted: {wanted}")
    for arguments, wanted in NAMED:
        _, *got = counted(*arguments)
        tap.check([] if got == wanted else [f"{arguments!r}: {got}"],
                  f"what failed is named: {str(wanted)[:60]}")
    got = subprocess.run([sys.executable, COUNT, "--meson", "/nonexistent"],
                         capture_output=True, text=True, check=True).stdout
    tap.check([] if got.startswith("0 1\n") else [got],
              "a suite that did not run is a failure")
    tap.end()


main()
