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

from targets import (LATENCY, LATENCY_TARGETS, LINES_TARGET, SERVER_WORKERS,
                     TARGETS, TITLES)



def table(head, rows):
    lines = ["| " + " | ".join(head) + " |",
             "|" + "|".join(" --- " for _ in head) + "|"]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |"
                              for row in rows])


def number(value, form="{:.3g}", missing="-"):
    return missing if value is None else form.format(value)


def verdict(row, target):
    missed = [key for key in ("bytes", "cpu") if row.get(key) is not None
              and row[key] > target[key]]
    if not row.get("exact"):
        missed.append("exactness")
    if row.get("default_psnr_db", 0) > row.get("ours_psnr_db", 99):
        missed.append("PSNR")
    return "missed: " + ", ".join(missed) if missed else "reached"


def ratios(result):
    rows = []
    for name, target in TARGETS.items():
        row = result["ratios"].get(name)
        if row:
            rows.append([TITLES[name], number(row.get("bytes")),
                         target["bytes"], number(row.get("cpu")),
                         target["cpu"], "yes" if row.get("exact") else "no",
                         row.get("rounds"), verdict(row, target)])
    return rows and table(["workload", "bytes", "at most", "server CPU",
                           "at most", "ends exact", "rounds", ""], rows)


def video(result):
    row = result["ratios"].get("video", {})
    if row.get("default_psnr_db") is None:
        return ""
    rows = [["bytes", number(row.get("bytes")),
             number(row.get("bytes_to_lossless"))],
            ["server CPU", number(row.get("cpu_to_default")),
             number(row.get("cpu"))]]
    quality = [[name, number(facts.get("video_psnr_db"), "{:.1f}"),
                number(facts.get("video_psnr_least_db"), "{:.1f}")]
               for name, facts in row["systems"].items()]
    return "\n\n".join([
        table(["video region, share of", "TigerVNC default",
               "TigerVNC lossless"], rows),
        table(["system", "PSNR dB, median", "least"], quality)])


def parts_text(parts):
    """Processes by their CPU ms, the largest first."""
    return ", ".join(f"{name} {ms:.1f}" for name, ms in sorted(
        parts.items(), key=lambda item: -item[1]) if ms >= 0.05)


def systems(result):
    rows = []
    for workload, row in result["ratios"].items():
        for name, facts in row["systems"].items():
            rows.append([
                TITLES.get(workload, workload), name,
                f"{facts['down_bytes'] / 1e3:.1f}",
                f"{facts['up_bytes'] / 1e3:.1f}", f"{facts['cpu_ms']:.1f}",
                parts_text(facts["cpu_parts_ms"]),
                number(facts.get("cpu_alone_ms"), "{:.1f}"),
                f"{facts['seen'] * 100:.0f}",
                *(number(facts.get(f"whole_{part}_ms",
                                   facts.get(f"lag_{part}_ms")), "{:.1f}")
                  for part in ("p50", "p95")),
                number(facts.get("exact_ms"), "{:.0f}", "never")])
    return rows and table(
        ["workload", "system", "kB down", "kB up", "CPU ms", "by process",
         "CPU ms, no viewer", "frames shown %", "lag p50 ms", "lag p95 ms",
         "exact after ms"], rows)


def latency(result):
    rows = []
    for kind, title in LATENCY.items():
        for name, one in result["latency"].get(kind, {}).get(
                "systems", {}).items():
            rows.append([title, name, one["presses"],
                         *(f"{one[key]:.1f}" for key in (
                             "p50_ms", "p95_ms", "p99_ms", "whole_p50_ms",
                             "whole_p95_ms")), one["lost"]])
    return rows and table(["change", "system", "presses", "p50 ms", "p95 ms",
                           "p99 ms", "all pixels p50", "p95", "lost"], rows)


def latency_targets(result):
    rows = []
    for kind, title in LATENCY.items():
        row = result["latency"].get(kind, {})
        for part, share in LATENCY_TARGETS.items():
            if f"ours_{part}_ms" in row:
                rows.append(aim(f"{title}, {part}", row, part, share))
    for name, kinds in result.get("latency_lines", {}).items():
        row = kinds.get("small", {})
        if "ours_p95_ms" in row:
            rows.append(aim(f"64x64 beside a video, {name} Mbit/s, p95", row,
                            "p95", LINES_TARGET))
    return rows and table(["change", "shoji ms", "best peer ms", "best peer",
                           "at most ms", ""], rows)


def aim(title, row, part, share):
    ours, peer = row[f"ours_{part}_ms"], row[f"best_peer_{part}_ms"]
    return [title, f"{ours:.1f}", f"{peer:.1f}", row["best_peer"],
            f"{peer * share:.1f}",
            "reached" if ours <= peer * share else "missed"]


def lines(result):
    rows = []
    for name, kinds in result.get("latency_lines", {}).items():
        for system, one in kinds.get("small", {}).get("systems", {}).items():
            rows.append([f"{name} Mbit/s", system, one["presses"],
                         *(f"{one[key]:.0f}" for key in (
                             "p50_ms", "p95_ms", "p99_ms")), one["lost"]])
    return rows and table(["line", "system", "presses", "p50 ms", "p95 ms",
                           "p99 ms", "lost"], rows)


def memory(result):
    rows = []
    for name, most in result["raw"].get("memory", {}).items():
        server, viewer = most["pss_kib"], most["viewer_pss_kib"]
        rows.append([name, mib({key: kib for key, kib in server.items()
                                if name != "shoji" or key in SERVER_WORKERS}),
                     mib(viewer), parts_text(
                         {key: kib / 1024 for key, kib in
                          {**server, **viewer}.items()})])
    return rows and table(["system", "server MiB", "viewer MiB",
                           "by process, MiB"], rows)


def mib(parts):
    return f"{sum(parts.values()) / 1024:.1f}"


def area(result):
    rows = [[row["size"], row["workers_cpu_ms"],
             parts_text({key: ms * 1000 for key, ms in
                         row["cpu_parts_ms"].items()}), row["p50_ms"]]
            for row in result["raw"].get("area", []) if "error" not in row]
    return rows and table(["screen", "agent + gate, CPU ms a change",
                           "by process, µs", "key to pixel p50 ms"], rows)


def live(result):
    rows = [[row["system"], f"{row['down_bytes'] / 1e3:.1f}",
             f"{row['up_bytes'] / 1e3:.1f}", f"{row['cpu_ms']:.1f}",
             parts_text(row["cpu_parts_ms"])]
            for row in result["raw"].get("live", []) if "error" not in row]
    return rows and table(["system", "kB down", "kB up", "CPU ms",
                           "by process"], rows)


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
    extent = "a quick run" if result["raw"].get("quick") else "a full run"
    return (f"Measured by {extent} on {facts['cores']} cores of "
            f"{facts['cpu']}, Linux {facts['kernel']}, in "
            f"{result['raw'].get('seconds')} s; load of the machine "
            f"{facts['load']} at the start and {facts.get('load_end')} at the "
            f"end; {packages}.")


# Places in README.md, and what makes their text.
PLACES = {"ratios": ratios, "video": video, "systems": systems,
          "latency": latency, "latency_targets": latency_targets,
          "lines": lines, "memory": memory, "area": area, "live": live,
          "codec": codec, "machine": machine}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        result = json.load(file)
    path = os.path.join(sys.argv[2], "README.md")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for name, make in PLACES.items():
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
