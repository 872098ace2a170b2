#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark: records what is not recorded, then plays it.

Level A plays the traces through codecs (level_a.py), level B through whole
systems beside their viewers (level_b.py). Results are printed as tables, kept
as JSON with --json, and written to docs/bench with --docs.
"""
import argparse
import json
import os
import platform
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "support"))

import level_a  # noqa: E402
import level_b  # noqa: E402
import record  # noqa: E402
import runs  # noqa: E402

DOCS = os.path.join(ROOT, "docs", "bench")


def machine():
    """What the figures were measured on."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file
                  if line.startswith("model name")]
    packages = {}
    for name in ("chromium", "libvncserver1", "tigervnc-standalone-server",
                 "x11vnc", "xvfb"):
        done = subprocess.run(
            ["dpkg-query", "-W", "-f=${Version}", name], check=False,
            capture_output=True, text=True)
        packages[name] = done.stdout
    return {"cpu": models[0] if models else "", "cores": os.cpu_count(),
            "kernel": platform.release(), "packages": packages,
            "load": round(os.getloadavg()[0], 2)}


def run(options):
    options.begin_s = time.monotonic()
    result = {"ratios": {}, "latency": {},
              "raw": {"machine": machine(), "quick": options.quick}}
    folder = record.record_all(options.build, options.record,
                               record.names(("held",) if options.quick
                                            else record.KINDS))
    traces = runs.load_traces(folder)
    if options.level in ("A", "all"):
        rows = level_a.run(options.build, traces, options.quick)
        level_a.print_table(rows)
        result["raw"]["codec"] = rows
    if options.level in ("B", "all"):
        more = level_b.run(options, traces)
        result["ratios"] = more["ratios"]
        result["latency"] = more["latency"]
        result["latency_lines"] = more["latency_lines"]
        result["raw"].update(more["raw"])
    result["raw"]["machine"]["load_end"] = round(os.getloadavg()[0], 2)
    result["raw"]["seconds"] = round(time.monotonic() - options.begin_s)
    return result


def save(result, path):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)
        file.write("\n")


def write_docs(result):
    """JSON, plots and tables of docs/bench."""
    path = os.path.join(DOCS, "results.json")
    save(result, path)
    # Debian's modules belong to Debian's Python.
    for script in ("plot.py", "tables.py"):
        subprocess.run(["/usr/bin/python3", os.path.join(HERE, script), path,
                        DOCS], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--quick", action="store_true",
                        help="in five minutes, with fewer rounds")
    parser.add_argument("--record", action="store_true",
                        help="record anew, also what is there")
    parser.add_argument("--level", choices=("A", "B", "all"), default="all")
    parser.add_argument("--json")
    parser.add_argument("--docs", action="store_true",
                        help="write docs/bench")
    options = parser.parse_args()
    if options.docs and options.level != "all":
        parser.error("--docs needs both levels: leave --level out")
    if options.docs and options.quick:
        parser.error("--docs writes the full results of docs/bench, and "
                     "--quick measures less: leave one of them out")
    if options.json:
        try:
            with open(options.json, "a", encoding="utf-8"):
                pass
        except OSError as error:
            parser.error(f"--json: {error}")
    options.build = os.path.abspath(options.build)
    result = run(options)
    if options.docs:
        write_docs(result)
    if options.json:
        save(result, options.json)


if __name__ == "__main__":
    main()
