#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every header compiles alone, has a guard and documents each prototype."""
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

import tree

PROTOTYPE = re.compile(r"\b(\w+)\s*\((?!\s*\*)[^;{}]*\)[^;{}()]*"
                       r"(?:SJ_\w+(?:\([^)]*\))?\s*)?;")


def paragraphs(source):
    """Blocks between blank lines; blank lines in comments and braces stay."""
    plain = tree.without_texts(source).split("\n")
    lines = source.split("\n")
    block, depth, start = [], 0, 1
    for number, line in enumerate(lines, 1):
        code = plain[number - 1]
        is_blank = not line.strip()
        if is_blank and depth == 0 and block:
            yield start, block
            block = []
        elif not is_blank or block:
            if not block:
                start = number
            block.append((line, code))
        if not code.lstrip().startswith("#"):
            depth += code.count("{") - code.count("}")
    if block:
        yield start, block


def outside_braces(text):
    while True:
        shorter = re.sub(r"\{[^{}]*\}", " ", text)
        if shorter == text:
            return text
        text = shorter


def code_of(block):
    """The code of a block without directives and their continuations."""
    kept, is_directive = [], False
    for line, code in block:
        if is_directive or code.lstrip().startswith("#"):
            is_directive = line.rstrip().endswith("\\")
            continue
        kept.append(code)
    return outside_braces("\n".join(kept))


def undocumented(name):
    for start, block in paragraphs(tree.read(name)):
        code = code_of(block)
        names = [match.group(1) for match in PROTOTYPE.finditer(code)
                 if match.group(1) not in ("__attribute__",)
                 and "typedef" not in code]
        if names and not block[0][0].lstrip().startswith("/*"):
            yield f"{name}:{start}: {', '.join(names)}"


def prototypes(name):
    return sum(len(PROTOTYPE.findall(code_of(block)))
               for _, block in paragraphs(tree.read(name)))


def guard_of(name):
    return "SJ_" + re.sub(r"[^A-Za-z0-9]", "_", name).upper()


def include_flags(build):
    """Every -I and -isystem of the build: what any header may need."""
    with open(os.path.join(build, "compile_commands.json"),
              encoding="utf-8") as file:
        rows = json.load(file)
    flags = {}
    for row in rows:
        words = shlex.split(row["command"])
        for at, word in enumerate(words):
            if word.startswith("-isystem") and word != "-isystem":
                flags[word] = [word]
            elif word == "-isystem":
                flags[words[at + 1]] = ["-isystem", words[at + 1]]
    return [word for pair in flags.values() for word in pair]


def compile_alone(name, flags):
    with tempfile.NamedTemporaryFile("w", suffix=".c") as file:
        # Twice: the guard has to hold.
        file.write(f'#include "{name}"\n#include "{name}"\n'
                   "extern int sj_alone;\n")
        file.flush()
        got = subprocess.run(
            ["cc", "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra",
             "-Werror", "-fsyntax-only", "-I", tree.ROOT, *flags, file.name],
            capture_output=True, text=True, check=False)
    return [] if got.returncode == 0 else got.stderr.strip().split("\n")[:5]


def main():
    build = tree.build_folder()
    tap = tree.Tap()
    headers = tree.files(".h")
    try:
        flags = include_flags(build)
    except OSError as error:
        print(f"not ok 1 - the build can be read: {error}")
        sys.exit(1)
    for name in headers:
        tap.check(compile_alone(name, flags), f"{name} compiles alone")
    tap.check([name for name in headers
               if f"#ifndef {guard_of(name)}\n#define {guard_of(name)}\n"
               not in tree.read(name)],
              "every header has its guard")
    total = sum(prototypes(name) for name in headers)
    tap.check([] if total > 50 else [f"only {total}"],
              "prototypes are found at all")
    tap.check([problem for name in headers for problem in undocumented(name)],
              f"every prototype of a header is documented ({total})")
    tap.end()


main()
