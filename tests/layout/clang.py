#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""clang takes every C file with the warnings of the build, as errors.

The build is gcc's, fuzzing is clang's: what only clang complains about would
be seen when somebody fuzzes. Nothing is compiled, only read.
"""
import multiprocessing
import os
import subprocess
import sys

import tree

sys.path.insert(0, os.path.join(tree.ROOT, "tests/check"))
from commands import once_each, without_outputs  # noqa: E402

# Of the build's words those that say how a source is read.
KEPT = ("-I", "-isystem", "-D", "-U", "-std=", "-W")


def is_known(flag):
    """Some warnings are gcc's alone; meson asks clang in the same way."""
    return subprocess.run(
        ["clang", "-Werror=unknown-warning-option", flag, "-fsyntax-only",
         "-x", "c", os.devnull], capture_output=True,
        check=False).returncode == 0


def read_with_clang(job):
    """What clang says of a file; nothing when it is content."""
    words, source, folder = job
    done = subprocess.run(
        # Checked C functions want an optimiser, even if it has nothing to do.
        ["clang", *words, "-O2", "-Werror", "-fsyntax-only",
         "-fno-color-diagnostics", source],
        cwd=folder, capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr).strip().split("\n")
    return said if done.returncode else []


def main():
    tap = tree.Tap()
    rows = once_each(tree.build_folder())
    jobs, flags = {}, {}
    for name, row in rows.items():
        *words, source = without_outputs(row)
        words = [word for word in words if word.startswith(KEPT)]
        flags.update((word, True) for word in words if word.startswith("-W"))
        jobs[name] = words, source, row["directory"]
    flags = {flag: is_known(flag) for flag in flags}
    jobs = {name: ([word for word in words if flags.get(word, True)], *rest)
            for name, (words, *rest) in jobs.items()}
    with multiprocessing.Pool() as pool:
        said = pool.map(read_with_clang, jobs.values(), chunksize=1)
    for name, lines in zip(jobs, said):
        tap.check(lines, f"clang takes {name}")
    tap.end()


if __name__ == "__main__":
    main()
