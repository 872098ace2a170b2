#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Man pages of docs/man: where they are installed, and the allowed values."""
import json
import os
import re
import subprocess

import tree

FOLDER = "docs/man/"
# Pages of configuration, and who prints the same with --print-config.
PRINTERS = {"shojid.ini.5": "host/shojid", "guard.ini.5": "guard/shoji-guard"}


def installed(build):
    """{page of docs/man: where it goes}, {names of programs} as meson has
    them."""
    with open(os.path.join(build, "meson-info/intro-installed.json"),
              encoding="utf-8") as file:
        rows = json.load(file)
    pages = {os.path.relpath(source, tree.ROOT): target
             for source, target in rows.items()}
    return ({source: target for source, target in pages.items()
             if source.startswith(FOLDER)},
            {os.path.basename(target) for target in rows.values()})


def judge(page, target, programs):
    """What is wrong with where a page goes, and with its first line."""
    name, number = os.path.basename(page).rsplit(".", 1)
    title = re.search(r"^\.TH (\S+) (\d) ", tree.read(page), re.M)
    is_wanted = number == "5" or name in programs
    if not target and is_wanted:
        yield "is not installed"
    elif target and not is_wanted:
        yield "is installed and its program is not"
    elif target and not target.endswith(f"/man/man{number}/{name}.{number}"):
        yield f"is installed as {target}"
    if not title or title[1].replace("\\", "").lower() != name or \
            title[2] != number:
        yield f"has another title than {name} {number}"


def printed(program):
    """{(section, key): (allowed, default)} as program prints it."""
    text = subprocess.run([program, "--print-config"], capture_output=True,
                          text=True, check=True).stdout
    rows, section, allowed = {}, "", ""
    for line in text.splitlines():
        key = re.match(r"(?:; )?(\w+) =(.*)$", line)
        if line.startswith("["):
            section = line.strip("[]")
        elif line.startswith("; allowed: "):
            allowed = line.removeprefix("; allowed: ")
        elif key:
            rows[section, key[1]] = allowed, key[2].strip()
    return rows


def stated(page):
    """The same as the page says it."""
    rows, section = {}, ""
    for block in re.split(r"^(?=\.SH |\.TP$)", tree.read(page), flags=re.M):
        head = re.match(r'\.SH "\[(\w+)\]', block)
        key = re.match(r"\.TP\n\.B (\w+)$", block, re.M)
        text = block.replace("\\", "")
        if block.startswith(".SH"):
            section = head[1] if head else ""
        elif section and key:
            allowed = re.search(r"^Allowed: (.*)\.$", text, re.M)
            default = re.search(r"^Default:\n\.BR (\S+) \.$", text, re.M)
            rows[section, key[1]] = (allowed[1] if allowed else "",
                                     default[1] if default else "")
    return rows


def differences(page, program):
    said, done = stated(page), printed(program)
    for key in sorted(said.keys() | done.keys()):
        if said.get(key) != done.get(key):
            yield (f"[{key[0]}] {key[1]}: the page has {said.get(key)}, the "
                   f"program {done.get(key)}")


def main():
    tap = tree.Tap()
    pages = [name for name in tree.files() if name.startswith(FOLDER)]
    targets, programs = installed(tree.build_folder())
    tap.check([] if pages else ["none"], "there are man pages")
    for page in pages:
        tap.check(list(judge(page, targets.get(page), programs)),
                  f"{page} is installed with its program")
    for page, program in PRINTERS.items():
        program = os.path.join(tree.build_folder(), program)
        tap.check(list(differences(FOLDER + page, program)),
                  f"{page} allows what the program allows")
    tap.end()


main()
