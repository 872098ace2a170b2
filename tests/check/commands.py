# SPDX-License-Identifier: GPL-3.0-or-later
"""How a build compiles each C file: its compile_commands.json, read once."""
import json
import os
import shlex

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
# Of a compiler's command: what writes files.
DROPPED = {"-c", "-MD", "-MF", "-MQ", "-o"}
TAKES = {"-MF", "-MQ", "-o"}


def name_of(row):
    return os.path.relpath(os.path.join(row["directory"], row["file"]), ROOT)


def absolute(row):
    """cppcheck takes -I.. for the root of the machine and finds no header."""
    words = [word if not word.startswith("-I") else
             "-I" + os.path.abspath(os.path.join(row["directory"], word[2:]))
             for word in shlex.split(row["command"])]
    return dict(row, command=shlex.join(words))


def once_each(build):
    """{name: row} of the build's commands; the program's own one first."""
    with open(os.path.join(build, "compile_commands.json"),
              encoding="utf-8") as file:
        rows = json.load(file)
    rows.sort(key=lambda row: (row["output"].startswith("tests/"),
                               row["output"]))
    found = {}
    for row in rows:
        found.setdefault(name_of(row), absolute(row))
    return found


def without_outputs(row):
    """The words of the command that write no file; the source is the last."""
    words, skip = [], False
    for word in shlex.split(row["command"]):
        if skip:
            skip = False
        elif word in DROPPED:
            skip = word in TAKES
        else:
            words.append(word)
    return words
