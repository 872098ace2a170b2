# SPDX-License-Identifier: GPL-3.0-or-later
"""What group I measured in several runs, side by side, as a table."""
import json
import os
import re

COLUMNS = (("host", "no guard"), ("guard", "guard, quantum off"),
           ("guard-quantum-10", "10 ms"), ("guard-quantum-50", "50 ms"))
ROWS = (("input-timing", "gaps between keys or pointer events", "out"),
        ("size", "sizes of the screen", "out"),
        ("fence-out", "floods of fences, by what a page notices of them",
         "out"),
        ("update-timing", "gaps between updates", "in"),
        ("cursor", "shapes of the cursor", "in"),
        ("caret", "places of the caret", "in"),
        ("fence-in", "time that fences are answered in", "in"),
        ("fence", "payloads of fences", "both"))


def figure(text):
    """The number of a measurement; what measured nothing says so."""
    found = re.match(r"(?:payloads )?([0-9.]+) bit/s", text)
    return found.group(1) if found else "measured nothing" if \
        text.startswith("measured nothing") else "?"


def measured(folder):
    """{channel: figure} of one report."""
    try:
        with open(os.path.join(folder, "report.json"),
                  encoding="utf-8") as file:
            notes = json.load(file)["notes"]
    except (OSError, ValueError, KeyError):
        return {}
    rows = (re.match(r"I: ([a-z-]+)(?:, quantum [^:]*)?: (.*)", note)
            for note in notes)
    return {row.group(1): figure(row.group(2)) for row in rows if row}


def table(folder, names):
    """Markdown of the reports with these names; '' when none measured."""
    columns = [(title, measured(os.path.join(folder, name)))
               for name, title in COLUMNS if name in names]
    columns = [(title, got) for title, got in columns if got]
    if not columns:
        return ""
    rows = ["| channel, bit/s | direction | " + " | ".join(
        title for title, _got in columns) + " |",
        "|---|---|" + "---|" * len(columns)]
    rows += [f"| {text} | {direction} | " + " | ".join(
        got.get(name, "not run") for _title, got in columns) + " |"
        for name, text, direction in ROWS]
    return "\n".join(rows) + "\n"
