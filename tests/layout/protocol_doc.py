#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/protocol.md says what the code does: codes, profiles, keys, numbers."""
import os
import re

import tree

DOC = tree.read("docs/protocol.md")
LIMITS = tree.read("protocol/base/limits.h")


def section(number):
    return re.search(rf"^## {number}\. .*?(?=^## |\Z)", DOC,
                     re.S | re.M).group(0)


def difference(code, document):
    return [f"code only: {row}" for row in sorted(code - document)] + \
        [f"document only: {row}" for row in sorted(document - code)]


def reasons():
    rows = re.findall(r'row\(SJ_REASON_\w+, (\d+), "([^"]*)"\)',
                      re.sub(r"[\s\\]+", " ",
                             tree.read("protocol/base/reason.h")))
    code = {(number, text) for number, text in rows if number != "0"}
    return difference(code, set(re.findall(
        r"(?:^|\|) ?(\d{3}) \| ([^|]+?) (?=\|)", section(10), re.M)))


def profiles():
    """The table of the unit test, which the code is tested against."""
    rows = re.findall(r'\{SJ_GATE_(\w+), (\S+), "([FC-]{3})"\}',
                      tree.read("tests/unit/protocol/check_policy.c"))
    code = {(int(number, 0), kind == "ENCODING", fates)
            for kind, number, fates in rows}
    document, is_encoding = set(), False
    for line in section(7).split("\n"):
        is_encoding = is_encoding or line.startswith("| encodings")
        row = re.match(r"\|[^|]*\|[^|]* (-?\w+) \| (.) \| (.) \| (.) \|$",
                       line)
        if row and "compression" not in line:
            document.add((int(row[1], 0), is_encoding,
                          row[2] + row[3] + row[4]))
    return difference(code, document)


def merge(ranges):
    """Touching ranges as one: the document groups them by what keys do."""
    merged = []
    for first, last in sorted(ranges):
        if merged and first == merged[-1][1] + 1:
            merged[-1][1] = last
        else:
            merged.append([first, last])
    return {f"{first:X}-{last:X}" for first, last in merged}


def keysyms():
    code = re.findall(r"\{0x(\w+), 0x(\w+)\}",
                      tree.read("protocol/rfb/keysym.c"))
    document = re.findall(r"\b([0-9A-F]{4,8})(?:-([0-9A-F]{4,8}))?\b",
                          " ".join(re.findall(r"^\| ([0-9A-F, -]+) \|",
                                             section(8), re.M)))
    return difference(
        merge((int(a, 16), int(b, 16)) for a, b in code),
        merge((int(a, 16), int(b or a, 16)) for a, b in document))


def counters():
    rows = re.findall(r'(VIEWER|HOST|ENCODING)\(\S+,\s*(\w+),\s*"([^"]+)"',
                      tree.read("protocol/gate/policy.c"))
    named = dict(re.findall(r"#define (SJ_GATE_COUNT_\w+) (\d+)",
                            tree.read("protocol/gate/policy.h")))
    column = {"VIEWER": 0, "HOST": 1, "ENCODING": 2}
    code = {(int(named.get(number, number)), column[kind], name)
            for kind, number, name in rows}
    document = set()
    for line in section(11).split("\n"):
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if cells and cells[0].isdigit() and int(cells[0]) < 14:
            document |= {(int(cells[0]), at, cell.split(",")[0])
                         for at, cell in enumerate(cells[1:]) if cell}
    return difference(code, document)


# What a sentence of the document says, and the limit it has to equal.
NUMBERS = [
    (r"n is at most (\d+)\. Numbers", "ENCODINGS"),
    (r"only; n at most (\d+); a request", "FENCE_BYTES"),
    (r"so that (\d+) are out", "REQUESTS"),
    (r"remembers at most (\d+) credits", "CREDITS"),
    (r"keys down at once \| (\d+)", "KEYS_DOWN"),
    (r"key presses \| (\d+) a second", "KEYS_PER_SECOND"),
    (r"key presses \| \d+ a second, burst (\d+)", "KEYS_BURST"),
    (r"pointer events \| (\d+) a second", "POINTER_PER_SECOND"),
    (r"requests \| (\d+) a second", "FULL_REQUESTS_PER_SECOND"),
    (r"\| 1 to (\d+) rectangles", "RECTS"),
    (r"areas of an update \| (\d+) screens", "UPDATE_AREA_FRAMES"),
    (r"cells of (\d+)x", "TILE_PX"),
    (r"\((\d+) slots", "TILE_SLOTS"),
    (r"4 x pixels \+ (\d+), and at most", "TILE_EXTRA_BYTES"),
    (r"n 1 to (\d+) x pixels \+ 1024", "MOTION_PIXEL_BYTES"),
    (r"3 x pixels \+ (\d+), and at most", "MOTION_EXTRA_BYTES"),
    (r"at most (\d+) bytes are read", "REASON_BYTES"),
    (r"the name has at most (\d+)", "NAME_BYTES"),
    (r"length of user 1 to (\d+)", "USER_NAME_BYTES"),
    (r"length of password 0 to (\d+)", "PASSWORD_BYTES"),
    (r"at most (\d+) KeyUpdates", "KEY_UPDATES_PER_MINUTE"),
    (r"320x200 to (\d+)x2160", "WIDTH_PX"),
    (r"320x200 to 3840x(\d+)", "HEIGHT_PX"),
    (r"begun \| (\d+) seconds", "MESSAGE_MS"),
    (r"does not read \| (\d+) seconds", "WRITE_STALL_MS"),
    (r"(\d+) million a second", "PIXELS_PER_SECOND"),
]
UNITS = {"MESSAGE_MS": 1000, "WRITE_STALL_MS": 1000,
         "PIXELS_PER_SECOND": 1000000}


def limits():
    problems = []
    for pattern, name in NUMBERS:
        said = re.search(pattern, DOC, re.S)
        is_in = re.search(rf"SJ_LIMIT_{name} (\d+)", LIMITS)
        if not said or not is_in:
            problems.append(f"{name}: not found")
        elif int(said[1]) * UNITS.get(name, 1) != int(is_in[1]):
            problems.append(f"{name}: {is_in[1]}, the document {said[1]}")
    return problems


def names():
    """Files and suites that the document points to."""
    problems = [path for path in re.findall(
        r"`((?:protocol|tests|certs)/[\w/]+\.[ch])`", DOC)
        if "NAME" not in path and not os.path.exists(os.path.join(tree.ROOT, path))]
    suites = set(re.findall(r"[Tt]ests? `(\w+)`", DOC))
    for row in re.findall(r"^\|.*\| ((?:`\w+`(?:, )?)+) \|$", section(9),
                          re.M):
        suites |= set(re.findall(r"`(\w+)`", row))
    return problems + [suite for suite in sorted(suites) if not os.path.exists(
        f"{tree.ROOT}/tests/unit/protocol/check_{suite}.c")]


def main():
    tap = tree.Tap()
    tap.check(reasons(), "protocol.md lists every code with its text")
    tap.check(profiles(), "protocol.md lists what each profile permits")
    tap.check(keysyms(), "protocol.md lists the keysyms that may cross")
    tap.check(counters(), "protocol.md lists the counters")
    tap.check(limits(), "protocol.md states the limits of limits.h")
    tap.check(names(), "protocol.md points to files and suites that exist")
    tap.end()


main()
