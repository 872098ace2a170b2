#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the tables of docs/bench/README.md from what was measured.

usage: tables.py RESULTS.json FOLDER

Between the lines `<!-- NAME -->` and `<!-- end -->` of FOLDER/README.md stands
what this made, so that text and figures cannot differ.
"""
import json
import os
import re
import sys

from targets import LATENCY, TARGETS, TITLES


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |",
             "|" + "|".join(" --- " for _ in head) + "|"]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |"
                              for row in rows])


def number(value, form="{:.3g}"):
    return "not measured" if value is None else form.format(value)


def verdict(row, target):
    missed = [key for key in ("bytes", "cpu") if row.get(key) is not None
              and row[key] > target[key]]
    if not row.get("exact"):
        missed.append("exactness")
    return "missed: " + ", ".join(missed) if missed else "reached"


def ratios(result):
    rows = []
    for name, target in TARGETS.items():
        row = result["ratios"].get(name)
        if row:
            rows.append([TITLES[name], number(row.get("bytes")),
                         target["bytes"], number(row.get("cpu")),
                         target["cpu"], "yes" if row.get("exact") else "no",
                         verdict(row, target)])
    return rows and table(["workload", "bytes", "at most", "server CPU",
                           "at most", "ends exact", ""], rows)


def latency(result):
    rows = [[title, *(number(result["latency"][kind].get(key), "{:.1f}")
                      for key in ("ours_p50_ms", "best_peer_p50_ms",
                                  "ours_p99_ms", "best_peer_p99_ms")),
             result["latency"][kind].get("best_peer")]
            for kind, title in LATENCY.items() if kind in result["latency"]]
    return rows and table(["change", "shoji p50 ms", "best peer p50",
                           "shoji p99", "best peer p99", "best peer"], rows)


def exactness(row):
    if row["inexact_frames"] == 0:
        return "yes"
    return f"no, {row['psnr_db']:.1f} dB"


def codec(result):
    rows = [[row["trace"], row["codec"], row["frames"],
             f"{row['cells_px'] / 1e6:.2f}", f"{row['bytes'] / 1e3:.1f}",
             f"{row['bytes_ratio']:.3f}", f"{row['encode_ms_per_mp']:.2f}",
             f"{row['encode_ratio']:.2f}", f"{row['decode_ms_per_mp']:.2f}",
             exactness(row)] for row in result["raw"].get("codec", [])]
    return rows and table(["trace", "codec", "frames", "changed Mpx", "kB",
                           "bytes / Tight", "encode ms/MP", "CPU / Tight",
                           "decode ms/MP", "exact"], rows)


def machine(result):
    facts = result["raw"].get("machine")
    if not facts:
        return ""
    packages = ", ".join(f"{name} {version}" for name, version
                         in facts["packages"].items() if version)
    return (f"Measured on {facts['cores']} cores of {facts['cpu']}, Linux "
            f"{facts['kernel']}, load {facts['load']} at the start; "
            f"{packages}.")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        result = json.load(file)
    path = os.path.join(sys.argv[2], "README.md")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for name, make in (("ratios", ratios), ("latency", latency),
                       ("codec", codec), ("machine", machine)):
        made = make(result) or "Not measured in this run."
        text, count = re.subn(
            rf"(<!-- {name} -->\n).*?(<!-- end -->)",
            lambda match, made=made: f"{match[1]}\n{made}\n\n{match[2]}",
            text, flags=re.S)
        if count != 1:
            sys.exit(f"tables.py: {path} has no place for {name}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


main()
