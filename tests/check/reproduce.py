#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds what ships once more, elsewhere, and compares byte by byte.

  reproduce.py --build FOLDER

FOLDER holds the first build. The second is made of a copy of the tree whose
path is longer, at a later time, with another umask, time zone and language,
and files in another order of creation. Prints TAP with the SHA-256 of each program.
"""
import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/layout"))
import tree  # noqa: E402

# What ./dev build says to meson.
OPTIONS = ["--buildtype=debugoptimized", "-Doptimization=2"]


def copy_tree(folder):
    for name in sorted(tree.files(), reverse=True):
        target = os.path.join(folder, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy(os.path.join(ROOT, name), target)


def shipped(folder):
    """The programs that are installed, relative to the build."""
    rows = json.loads(tree.run("meson", "introspect", "--targets", folder))
    return sorted(os.path.relpath(row["filename"][0], folder) for row in rows
                  if row["type"] == "executable" and row.get("installed"))


def build_again(folder):
    env = {**os.environ, "TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8",
           "LANG": "C.UTF-8"}
    env.pop("SOURCE_DATE_EPOCH", None)
    build = os.path.join(folder, "build-release")
    subprocess.run(["meson", "setup", build, *OPTIONS], cwd=folder, env=env,
                   stdout=subprocess.DEVNULL, check=True)
    names = shipped(build)
    subprocess.run(["ninja", "-C", build, *names], env=env, check=True,
                   stdout=subprocess.DEVNULL)
    return build, names


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=os.path.join(ROOT, "build-release"))
    first = os.path.abspath(parser.parse_args().build)
    tap = tree.Tap()
    os.umask(0o077)
    with tempfile.TemporaryDirectory(prefix="shoji-again-") as above:
        folder = os.path.join(above, "a much longer name", "shoji")
        copy_tree(folder)
        second, names = build_again(folder)
        for name in names:
            sums = [digest(os.path.join(build, name))
                    for build in (first, second)]
            tap.check([] if sums[0] == sums[1] else sums,
                      f"{name} is the same in two builds: {sums[0]}")
    tap.end()


main()
