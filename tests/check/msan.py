#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Corpora of the fuzz targets, replayed with clang's memory sanitiser.

  msan.py --build FOLDER     a build with CC=clang -Db_sanitize=memory

Only targets whose libraries do not write what is then read: MSan does not see
inside libraries that were not compiled for it. Prints TAP.
"""
import argparse
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/layout"))
import tree  # noqa: E402

# Left out, with what writes there: certificate, identity, index, request
# (libcrypto), host_config (inih), tile_pair (zstd's encoder), damage (fstat,
# which clang 14 does not know of this C library).
TARGETS = ["child_log", "config", "display", "gate_host", "gate_viewer",
           "handshake", "http", "motion_decode", "script", "tile_decode",
           "window_input"]


def names():
    return ["tests/fuzz/replay_" + name for name in TARGETS]


def judge(build, name):
    done = subprocess.run(
        [os.path.join(build, "tests/fuzz/replay_" + name),
         os.path.join(ROOT, "tests/fuzz/corpus", name)],
        capture_output=True, text=True, check=False)
    if done.returncode == 0 and "\nok " in "\n" + done.stdout:
        return []
    return [f"exit {done.returncode}", *done.stderr.split("\n")[-12:]]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=os.path.join(ROOT, "build-msan"))
    build = parser.parse_args().build
    tap = tree.Tap()
    subprocess.run(["ninja", "-C", build, *names()], check=True,
                   stdout=subprocess.DEVNULL)
    for name in TARGETS:
        tap.check(judge(build, name), f"{name} reads nothing unset")
    tap.end()


main()
