#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""clang-tidy over the C files of the programs, each of them once.

  tidy.py --build FOLDER [--jobs N] [FILE...]

A build compiles some files for several targets, and clang-tidy would look at
such a file as often. FOLDER/lint/compile_commands.json has each file of the
tree once, for cppcheck too. What was found clean is remembered by its
preprocessed text, the checks and the version of the tool, and is not looked at
again. Status 1 when something was found.
"""
import argparse
import hashlib
import json
import multiprocessing
import os
import subprocess
import sys

from commands import ROOT, once_each, without_outputs


def preprocessed(row):
    """With its comments: some of them silence a check."""
    return subprocess.run([*without_outputs(row), "-E", "-C"],
                          cwd=row["directory"], capture_output=True,
                          check=True).stdout


def look(job):
    """What is found in one file, '' when it is clean."""
    name, row, folder, rules = job
    mark = hashlib.sha256(rules + preprocessed(row)).hexdigest()
    stamp = os.path.join(folder, "clean", mark)
    if os.path.exists(stamp):
        return ""
    done = subprocess.run(["clang-tidy", "-p", folder, "--quiet",
                           os.path.join(ROOT, name)], cwd=ROOT, text=True,
                          capture_output=True, check=False)
    if done.returncode != 0 or done.stdout.strip():
        return done.stdout or done.stderr or f"{name}: no result"
    with open(stamp, "w", encoding="utf-8") as file:
        file.write(name + "\n")
    return ""


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("files", nargs="*")
    args = parser.parse_args()
    folder = os.path.join(os.path.abspath(args.build), "lint")
    os.makedirs(os.path.join(folder, "clean"), exist_ok=True)
    rows = once_each(args.build)
    with open(os.path.join(folder, "compile_commands.json"), "w",
              encoding="utf-8") as file:
        json.dump(list(rows.values()), file, indent=1)
    names = args.files or subprocess.run(
        ["git", "ls-files", "--", "*.c", ":!tests"], cwd=ROOT, text=True,
        capture_output=True, check=True).stdout.split()
    unknown = [name for name in names if name not in rows]
    for name in unknown:
        print(f"{name}: no target of {args.build} compiles it")
    with open(os.path.join(ROOT, ".clang-tidy"), "rb") as file:
        rules = file.read() + subprocess.run(
            ["clang-tidy", "--version"], capture_output=True,
            check=True).stdout
    jobs = [(name, rows[name], folder, rules) for name in names
            if name in rows]
    count = len(unknown)
    with multiprocessing.Pool(args.jobs) as pool:
        for text in pool.imap_unordered(look, jobs):
            if text:
                count += 1
                print(text, flush=True)
    sys.exit(1 if count else 0)


main()
