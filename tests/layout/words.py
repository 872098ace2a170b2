#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words and paths that have no place in the tree."""
import re

import tree

# Written in two parts, so that this file does not find itself.
WORDS = {
    "unfinished work": r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b",
    "unfinished parts": r"(?i)\b(stu" r"bs?|place" r"holders?(?!=)|"
                        r"not (yet )?imple" r"mented|unimple" r"mented)\b",
    "a browser without its sandbox":
        r"--no-san" r"dbox|--disable-sec" r"comp\w*|--disable-setu" r"id-sandbox|"
        r"--remote-debug" r"ging",
    "paths of a developer's machine":
        r"(?<![\w./-])/(work" r"/|home/(?!user\b)\w|Us" r"ers/)",
    "hosts of package registries":
        r"(py" r"pi\.org|np" r"mjs\.(com|org)|cra" r"tes\.io|"
        r"proxy\.gol" r"ang\.org|files\.pythonho" r"sted)",
    "promises nobody can keep": "完全に" "安全|準" "拠し",
}


def is_text(name):
    return not name.endswith((".png", ".bin", ".der", ".zst", ".trace")) and \
        "/corpus/" not in name and name != "LICENSE"


def find(pattern, name):
    for number, line in enumerate(tree.read(name).split("\n"), 1):
        if pattern.search(line):
            yield f"{name}:{number}: {line.strip()[:100]}"


def main():
    tap = tree.Tap()
    names = [name for name in tree.files() if is_text(name)]
    for what, words in WORDS.items():
        pattern = re.compile(words)
        tap.check([hit for name in names for hit in find(pattern, name)],
                  f"the tree has no {what}")
    tap.check([name for name in names
               if tree.read(name) and not tree.read(name).endswith("\n")],
              "every text file ends with a line end")
    tap.check([hit for name in names if not name.endswith(".md")
               for hit in find(re.compile(r"[ \t]+$"), name)],
              "no line ends with a space")
    tap.end()


main()
