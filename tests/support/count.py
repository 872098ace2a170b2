#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the checks of one suite; prints `PASSED FAILED`, then each failed
check on a line of its own.

  count.py --meson testlog.json     what `meson test` wrote
  count.py --tap output --exit N    the output of a TAP program

Check's totals and TAP lines are counted one by one. A program that failed
without telling which check did is one failure, under the program's name; one
that passed without any count is one pass. A suite without a test is a failure.
"""
import argparse
import json
import re
import sys

TOTALS = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)$",
                    re.MULTILINE)
OK = re.compile(r"^ok\b", re.MULTILINE)
NOT_OK = re.compile(r"^not ok\b.*", re.MULTILINE)
# A failed or broken test as Check names it: file, line, F or E, the rest.
CHECK = re.compile(r"^\S+:\d+:[FE]:.*", re.MULTILINE)
# A name may hold what a hostile peer sent: short, and printable.
NAME_MAX = 300


def count_text(text, is_good, program):
    passed = len(OK.findall(text))
    names = NOT_OK.findall(text)
    failed = len(names)
    for checks, failures, errors in TOTALS.findall(text):
        bad = int(failures) + int(errors)
        passed += int(checks) - bad
        failed += bad
    names += CHECK.findall(text)
    if not is_good and failed == 0:
        failed = 1
        names.append(program)
    if is_good and passed + failed == 0:
        passed = 1
    return passed, failed, names


def count_meson(path):
    passed = failed = 0
    names = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            good = row["result"] in ("OK", "EXPECTEDFAIL")
            name = f"{row.get('name', 'a program')}: {row['result']}"
            more_passed, more_failed, more_names = count_text(
                row.get("stdout") or "", good, name)
            passed += more_passed
            failed += more_failed
            names += more_names
    return passed, failed, names


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--meson")
    parser.add_argument("--tap")
    parser.add_argument("--exit", type=int, default=0)
    args = parser.parse_args()
    names = []
    try:
        if args.meson:
            passed, failed, names = count_meson(args.meson)
        else:
            with open(args.tap, encoding="utf-8", errors="replace") as file:
                passed, failed, names = count_text(
                    file.read(), args.exit == 0, f"exit status {args.exit}")
    except OSError as error:
        print(f"count: {error}", file=sys.stderr)
        passed, failed, names = 0, 1, ["the suite did not run"]
    if passed + failed == 0:
        failed = 1
        names = ["the suite has no test"]
    print(passed, failed)
    for name in names:
        print("".join(c if c.isprintable() else "?" for c in name[:NAME_MAX]))


if __name__ == "__main__":
    main()
