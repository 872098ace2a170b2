#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the end-to-end tests: real programs, real TLS, real X, real Chromium.

run.py --build BUILD_DIR [--suite NAME] [--only PATTERN] [--long] [--keep]
       [--list]

A suite is e2e or isolation: what a security tester looks at first. A module of
cases states it as SUITE, or is of e2e; without --suite both are run.
Prints one line per check, `ok N - text` or `not ok N - text`, and `# ` lines
with details. Status 1 when a check failed, 2 when nothing could be run.
"""
import argparse
import fnmatch
import importlib
import os
import shutil
import signal
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "support"), HERE]
sys.dont_write_bytecode = True

import procs  # noqa: E402
import tap  # noqa: E402
import world  # noqa: E402

NEEDED = ["Xvfb", "xdotool", "openssl", "xtigervncviewer", "tesseract",
          "setxkbmap", "bwrap"]


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--only", default="*", help="pattern of case names")
    parser.add_argument("--suite", choices=("e2e", "isolation"))
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--keep", action="store_true",
                        help="keep the folders of the cases")
    parser.add_argument("--pictures", default=None,
                        help="folder for pictures worth looking at")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--asan-build", default=None,
                        help="sanitised programs for the smoke test")
    return parser.parse_args()


def suite_of(entry):
    return getattr(sys.modules[entry["run"].__module__], "SUITE", "e2e")


def matches(name, pattern):
    return any(fnmatch.fnmatchcase(name, "*" + part + "*")
               for part in pattern.split(","))


def main():
    options = parse()
    for name in sorted(os.listdir(HERE)):
        if name.startswith("test_") and name.endswith(".py"):
            importlib.import_module(name[:-3])
    chosen = [entry for entry in tap.CASES if matches(entry["name"], options.only)
              and (options.long or not entry["is_long"])
              and options.suite in (None, suite_of(entry))]
    if options.list:
        print("\n".join(entry["name"] for entry in chosen))
        return 0
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing or not chosen:
        print("# cannot run: " + (", ".join(missing) or "no such case"))
        return 2
    procs.become_subreaper()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    t = tap.Tap()
    begin = time.monotonic()
    outside = procs.LeakCheck()
    with world.Environment(options) as env:
        try:
            for entry in chosen:
                t.run(entry, env)
        finally:
            outside.end_all()
    t.note(f"{time.monotonic() - begin:.0f} s, {t.passed} passed, "
           f"{t.failed} failed")
    for line in t.failures:
        t.note("failed: " + line)
    print(f"1..{t.passed + t.failed}", flush=True)
    return 1 if t.failed or not t.passed else 0


if __name__ == "__main__":
    sys.exit(main())
