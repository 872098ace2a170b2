#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the built programs are hardened: from their own headers."""
import re

import tree


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


def main():
    tap = tree.Tap()
    built = tree.programs(tree.build_folder())
    tap.check([] if built else ["none"], "there are programs")
    fortified = 0
    for name, path in built.items():
        tap.check(list(judge(path)), f"{name} is hardened")
        fortified += bool(re.search(r"__\w+_chk",
                                    tree.run("nm", "-D", "-u", path)))
    tap.check([] if fortified * 2 > len(built) else [f"{fortified}"],
              "most programs use the checked C functions")
    tap.end()


main()
