#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lengths of files and functions, numbers of parameters: ceilings that only
go down."""
import tree

FILE_LINES = 600
PARAMETERS = 6

# Functions whose parameters a library decides, not we.
CALLBACKS = {"see_message": "SSL_CTX_set_msg_callback",
             "on_message": "xcb_im_callback",
             "on_text": "xcb_xim_commit_string_callback"}


def function_lines(name):
    return 60 if name.startswith("protocol/") else 80


def judge(name):
    source = tree.read(name)
    lines = source.count("\n")
    if lines > FILE_LINES:
        yield f"{name}: {lines} lines, allowed are {FILE_LINES}"
    for function, line, length, parameters in tree.functions(source):
        if length > function_lines(name):
            yield (f"{name}:{line}: {function} has {length} lines, "
                   f"allowed are {function_lines(name)}")
        if parameters > PARAMETERS and function not in CALLBACKS:
            yield (f"{name}:{line}: {function} has {parameters} parameters, "
                   f"allowed are {PARAMETERS}")


def main():
    tap = tree.Tap()
    sources = tree.files(".c", ".h")
    folders = sorted({name.rsplit("/", 1)[0] for name in sources})
    total = sum(1 for name in sources
                for _ in tree.functions(tree.read(name)))
    tap.check([] if total > 50 else [f"only {total}"],
              "functions are found at all")
    for folder in folders:
        mine = [name for name in sources
                if name.rsplit("/", 1)[0] == folder]
        tap.check([problem for name in mine for problem in judge(name)],
                  f"files and functions of {folder} are short enough")
    scripts = [f"{name}: {tree.read(name).count(chr(10))} lines"
               for name in tree.files(".py", ".sh", "dev")
               if tree.read(name).count("\n") > FILE_LINES]
    tap.check(scripts, "scripts are short enough")
    tap.end()


main()
