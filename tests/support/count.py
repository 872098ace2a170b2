#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the checks of one suite; prints `PASSED FAILED`.

  count.py --meson testlog.json     what `meson test` wrote
  count.py --tap output --exit N    the output of a TAP program

Check's totals and TAP lines are counted one by one. A program that failed
without telling which check did is one failure; one that passed without any
count is one pass. A suite without a test is a failure.
"""
import argparse
import json
import re
import sys

TOTALS = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)$",
                    re.MULTILINE)
OK = re.compile(r"^ok\b", re.MULTILINE)
NOT_OK = re.compile(r"^not ok\b", re.MULTILINE)


def count_text(text, is_good):
    passed = len(OK.findall(text))
    failed = len(NOT_OK.findall(text))
    for checks, failures, errors in TOTALS.findall(text):
        bad = int(failures) + int(errors)
        passed += int(checks) - bad
        failed += bad
    if not is_good and failed == 0:
        failed = 1
    if is_good and passed + failed == 0:
        passed = 1
    return passed, failed


def count_meson(path):
    passed = failed = 0
    with open(path, encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            good = row["result"] in ("OK", "EXPECTEDFAIL")
            more_passed, more_failed = count_text(row.get("stdout") or "", good)
            passed += more_passed
            failed += more_failed
    return passed, failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--meson")
    parser.add_argument("--tap")
    parser.add_argument("--exit", type=int, default=0)
    args = parser.parse_args()
    try:
        if args.meson:
            passed, failed = count_meson(args.meson)
        else:
            with open(args.tap, encoding="utf-8", errors="replace") as file:
                passed, failed = count_text(file.read(), args.exit == 0)
    except OSError as error:
        print(f"count: {error}", file=sys.stderr)
        passed, failed = 0, 1
    if passed + failed == 0:
        failed = 1
    print(passed, failed)


if __name__ == "__main__":
    main()
