# SPDX-License-Identifier: GPL-3.0-or-later
"""What the layout tests share: the files of the tree, C text, TAP lines."""
import argparse
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


class Tap:
    """Counts and prints checks."""

    def __init__(self):
        self.number = 0
        self.failed = 0

    def check(self, problems, text):
        """One check: it passes when there are no problems (a list)."""
        self.number += 1
        if not problems:
            print(f"ok {self.number} - {text}")
            return
        self.failed += 1
        print(f"not ok {self.number} - {text}")
        for problem in problems:
            print(f"#   {problem}")

    def end(self):
        print(f"1..{self.number}")
        sys.exit(1 if self.failed or not self.number else 0)


def build_folder():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    return os.path.abspath(parser.parse_args().build)


def walk():
    """Every file but builds, for a tree that is not a git checkout."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders
                      if name not in (".git", ".demo", "__pycache__")
                      and not name.startswith("build")]
        for name in set(names) - {".git"}:
            yield os.path.relpath(os.path.join(folder, name), ROOT)


def ask_git():
    """Tracked and new files as git tells them; None without git."""
    try:
        got = subprocess.run(
            ["git", "-c", "safe.directory=*", "-C", ROOT, "ls-files", "-z",
             "--cached", "--others", "--exclude-standard"],
            capture_output=True, check=False)
    except OSError:
        return None
    return got.stdout.decode().split("\0") if got.returncode == 0 else None


def files(*endings):
    """The files whose names end so, relative to the root."""
    return sorted({name for name in ask_git() or walk() if name
                   and name.endswith(endings or "")
                   and os.path.isfile(os.path.join(ROOT, name))})


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8",
              errors="replace") as file:
        return file.read()


TOKEN = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)


def without_texts(source):
    """C source with comments and string contents blanked; lines stay."""
    def blank(match):
        token = match.group(0)
        if token[0] in "\"'":
            return token[0] + token[0]
        return re.sub(r"[^\n]", " ", token)
    return TOKEN.sub(blank, source)


def functions(source):
    """(name, first line, lines, parameters) of each function of C source.

    House style puts a function's braces at the first column, and no other.
    """
    lines = without_texts(source).split("\n")
    at = 0
    while at < len(lines):
        if lines[at] != "{":
            at += 1
            continue
        first = at
        while first > 0 and lines[first - 1].strip() and \
                lines[first - 1][0] not in "#}" and \
                not lines[first - 1].rstrip().endswith(";"):
            first -= 1
        last = at
        while last < len(lines) - 1 and not lines[last].startswith("}"):
            last += 1
        head = " ".join(lines[first:at])
        match = re.search(r"(\w+)\s*\((.*)\)[^()]*$", head)
        name = match.group(1) if match else "?"
        yield name, first + 1, last - first + 1, \
            count_parameters(match.group(2) if match else "")
        at = last + 1


def count_parameters(text):
    depth = commas = 0
    for char in text:
        depth += char == "("
        depth -= char == ")"
        commas += char == "," and depth == 0
    return 0 if text.strip() in ("", "void") else commas + 1


PROGRAM_FOLDERS = ("host", "viewer", "certs", "guard")


def programs(build):
    """{name: path} of the programs that a build has made."""
    result = {}
    for folder in PROGRAM_FOLDERS:
        path = os.path.join(build, folder)
        if not os.path.isdir(path):
            continue
        for name in sorted(os.listdir(path)):
            full = os.path.join(path, name)
            if not os.path.isfile(full) or not os.access(full, os.X_OK):
                continue
            with open(full, "rb") as file:
                if file.read(4) == b"\x7fELF":
                    result[name] = full
    return result


def run(*command):
    return subprocess.run(command, capture_output=True, text=True,
                          check=True).stdout
