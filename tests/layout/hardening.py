#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the built programs are hardened: from their own headers."""
import glob
import os
import re

import tree

# What Debian's C library start-up files decide, not we, is not judged: they
# do not carry the marks for control-flow protection, so no program can. Our
# own code is compiled for it, which the object files tell.
MARKS = re.compile(r"x86 feature: IBT, SHSTK")


def judge(path):
    header = tree.run("readelf", "-hW", path)
    segments = tree.run("readelf", "-lW", path)
    dynamic = tree.run("readelf", "-dW", path)
    symbols = tree.run("nm", "-D", "-u", path)
    stack = re.search(r"GNU_STACK.*", segments)
    if not re.search(r"Type:\s+DYN", header) or "PIE" not in dynamic:
        yield "is not position independent"
    if "GNU_RELRO" not in segments:
        yield "has no read-only relocations"
    if "BIND_NOW" not in dynamic and not re.search(r"Flags:.*NOW", dynamic):
        yield "binds its symbols lazily"
    if not stack or re.search(r"\bRWE\b", stack.group(0)):
        yield "has an executable stack"
    if re.search(r"LOAD.*\bRWE\b", segments):
        yield "has memory that is writable and executable"
    if "__stack_chk_fail" not in symbols:
        yield "has no stack protector"
    if re.search(r"RPATH|RUNPATH", dynamic):
        yield "searches libraries in a folder of its own"
    if "TEXTREL" in dynamic:
        yield "relocates its code"
    if not re.search(r"__\w+_chk(@|$)", symbols.replace(
            "__stack_chk_fail", ""), re.M):
        yield "uses none of the checked C functions"


def objects(build):
    """Object files of what ships; the folders of tests are not looked at."""
    for folder in ("protocol", *tree.PROGRAM_FOLDERS):
        yield from glob.glob(os.path.join(build, folder, "**/*.o"),
                             recursive=True)


def unmarked(build):
    """Object files without the marks of control-flow protection."""
    for path in sorted(objects(build)):
        if not MARKS.search(tree.run("readelf", "-nW", path)):
            yield os.path.relpath(path, build)


def can_mark(build):
    with open(os.path.join(build, "compile_commands.json"),
              encoding="utf-8") as file:
        return "-fcf-protection" in file.read()


def main():
    tap = tree.Tap()
    build = tree.build_folder()
    built = tree.programs(build)
    tap.check([] if built else ["none"], "there are programs")
    for name, path in built.items():
        tap.check(list(judge(path)), f"{name} is hardened")
    tap.check([] if sum(1 for _ in objects(build)) > 50 else ["few objects"],
              "object files are found")
    if can_mark(build):
        tap.check(list(unmarked(build)),
                  "all our code is compiled for control-flow protection")
    tap.end()


main()
