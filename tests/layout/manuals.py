#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every man page of docs/man is installed where its section goes."""
import json
import os
import re

import tree

FOLDER = "docs/man/"


def installed(build):
    """{page of docs/man: where it goes} as meson has it."""
    with open(os.path.join(build, "meson-info/intro-installed.json"),
              encoding="utf-8") as file:
        rows = json.load(file)
    rows = {os.path.relpath(source, tree.ROOT): target
            for source, target in rows.items()}
    return {source: target for source, target in rows.items()
            if source.startswith(FOLDER)}


def judge(page, target):
    """What is wrong with where a page goes, and with its first line."""
    name, number = os.path.basename(page).rsplit(".", 1)
    title = re.search(r"^\.TH (\S+) (\d) ", tree.read(page), re.M)
    if not target:
        yield "is not installed"
    elif not target.endswith(f"/man/man{number}/{name}.{number}"):
        yield f"is installed as {target}"
    if not title or title[1].replace("\\", "").lower() != name or \
            title[2] != number:
        yield f"has another title than {name} {number}"


def main():
    tap = tree.Tap()
    pages = [name for name in tree.files() if name.startswith(FOLDER)]
    targets = installed(tree.build_folder())
    tap.check([] if pages else ["none"], "there are man pages")
    for page in pages:
        tap.check(list(judge(page, targets.get(page))),
                  f"{page} is installed")
    tap.end()


main()
