#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""gcc's -fanalyzer over all that ships.

  analyzer.py --build FOLDER [FOLDER-OF-SOURCES...]

Compiles each file as the build does, for its warnings alone. A warning that
is wrong is explained in the source, where it is silenced. Prints TAP.
"""
import argparse
import json
import multiprocessing
import os
import subprocess
import sys

from commands import ROOT, name_of, without_outputs

sys.path.insert(0, os.path.join(ROOT, "tests/layout"))
import tree  # noqa: E402

FOLDERS = ["protocol", *tree.PROGRAM_FOLDERS]


def command_of(row):
    words = without_outputs(row)
    return words[words.index("cc") if "cc" in words else 0:] + [
        "-fanalyzer", "-Wno-error", "-fdiagnostics-color=never", "-S", "-o",
        "/dev/null"]


def analyse(row):
    done = subprocess.run(command_of(row), cwd=row["directory"],
                          capture_output=True, text=True, check=False)
    lines = [line for line in done.stderr.split("\n")
             if "-Wanalyzer" in line or "error:" in line]
    if done.returncode != 0 and not lines:
        lines = [f"the compiler ended with {done.returncode}"]
    return lines


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=os.path.join(ROOT, "build-release"))
    parser.add_argument("folders", nargs="*", default=FOLDERS)
    args = parser.parse_args()
    with open(os.path.join(args.build, "compile_commands.json"),
              encoding="utf-8") as file:
        rows = {name_of(row): row for row in json.load(file)}
    names = sorted(name for name in rows
                   if name.split("/")[0] in args.folders)
    tap = tree.Tap()
    tap.check([] if names else ["none"], f"{len(names)} files are analysed")
    with multiprocessing.Pool() as pool:
        found = pool.imap(analyse, [rows[name] for name in names])
        for name, lines in zip(names, found):
            tap.check(lines, f"the analyser finds nothing in {name}")
    tap.end()


main()
