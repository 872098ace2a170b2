#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Level B: whole systems show the same recorded frames, in turns, in one run.

    python3 tests/bench/level_b.py --build build-release \\
        --systems shoji,tigervnc --workloads typing,scroll_text --rounds 2

runs the workloads alone; --parts keys measures key presses; ./dev bench runs
everything. Traces are those of build-release/bench-traces (./dev bench records
them).
"""
import argparse
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "support"))

import area  # noqa: E402
import keys  # noqa: E402
import live  # noqa: E402
import procs  # noqa: E402
import ratios as results  # noqa: E402
import runs  # noqa: E402
from systems import SYSTEMS  # noqa: E402
from world import Environment  # noqa: E402

WORKLOADS = ("typing", "scroll_text", "scroll_photo", "tab_back", "first_text",
             "first_photo", "idle", "video")
# (Mbit/s, round trip ms) of the emulated lines.
LINES = {"100": (100, 5), "10": (10, 20), "2": (2, 40)}
# With a pause in between, everybody shows every frame.
SLOW_MOTION_MS = {"scroll_photo": 350}
# What a quick run plays of traces that go on as they began.
QUICK_FRAMES = {"typing": 24, "idle": 7, "video": 90}
QUICK_S = 185  # then no further round is begun; keys and lines follow
PARTS = ("workloads", "alone", "slow_motion", "keys", "lines", "keys_lines",
         "area", "live")


class Plan:
    """What is run, how often, against whom."""

    def __init__(self, is_quick=False, begin_s=0):
        """begin_s: since when a quick run is under way (time.monotonic)."""
        self.parts = PARTS
        self.workloads = WORKLOADS
        self.systems = ("shoji", "tigervnc", "tigervnc-default", "x11vnc")
        self.rounds = 5
        self.end_s = None
        self.lossy = ("video", "first_photo", "scroll_photo")
        self.paces = None
        self.frames = {}
        self.is_all = False
        self.key_rounds = 5
        self.presses = 45
        self.lines = LINES
        self.line_rounds = 3
        self.line_presses = 40
        self.slow_lines = {"10": LINES["10"], "2": LINES["2"]}
        if is_quick:
            self.parts = ("workloads", "keys", "lines")
            self.systems = ("shoji", "tigervnc", "tigervnc-default")
            self.key_rounds = self.line_rounds = 1
            self.rounds = 2
            self.end_s = begin_s + QUICK_S
            self.lossy = ("video",)
            self.frames = QUICK_FRAMES
            self.presses = 20
            self.lines = {"10": LINES["10"]}

    def kinds(self, with_lossy=True):
        return [SYSTEMS[name] for name in self.systems
                if with_lossy or not SYSTEMS[name].is_near]


def environment(build, pictures=None):
    class Options:
        pass

    options = Options()
    options.build = build
    options.asan_build = None
    options.long = options.keep = False
    options.pictures = pictures
    return Environment(options)


def run_lines(env, plan, traces):
    """{line: ratios} and the rows: first paint of text on slow lines."""
    first = [trace for trace in traces if trace["workload"] == "first_text"]
    found, rows = {}, []
    for name, profile in plan.lines.items():
        own = runs.run_rounds(
            env, [kind for kind in plan.kinds(False) if kind.name != "x11vnc"],
            first, plan.line_rounds, profile=profile)
        for row in own:
            row["line"] = name
        rows += own
        found.update({name: row for row in results.ratios_of(own).values()})
    return found, rows


def run_keys_on_lines(env, plan, traces):
    """Key presses beside a playing video region on slow lines."""
    video = [trace for trace in traces if trace["workload"] == "video"]
    found = {}
    for name, profile in plan.slow_lines.items() if video else ():
        times = keys.run_rounds(env, plan.kinds(), plan.line_rounds, plan.line_presses,
                                kinds=("small",), profile=profile,
                                video=video[0])
        found[name] = keys.summary(times, by="p95_ms")
        keys.print_summary(f"video, {name} Mbit/s", found[name])
    return found


def run_plan(env, plan, traces):
    """{"ratios", "latency", "latency_lines", "raw"}."""
    if plan.frames:
        traces = runs.cut_traces(traces, os.path.join(
            env.build, "bench-traces", "cut"), plan.frames)
    chosen = runs.choose_traces(traces, plan.workloads, plan.is_all)
    latency, lines, raw = {}, {}, {}
    if "workloads" in plan.parts:
        raw["systems"] = runs.run_rounds(
            env, plan.kinds(), chosen, plan.rounds, lossy=plan.lossy,
            paces=plan.paces, end_s=plan.end_s)
    if "alone" in plan.parts:
        raw["alone"] = runs.run_all_alone(env, plan.kinds(False), chosen,
                                          plan.paces)
    ratios = results.ratios_of(raw.get("systems", []), raw.get("alone", []))
    if "slow_motion" in plan.parts:
        for workload, pace in SLOW_MOTION_MS.items():
            rows = runs.run_rounds(
                env, [SYSTEMS[name] for name in ("shoji", "tigervnc")],
                [trace for trace in chosen if trace["workload"] == workload],
                2, paces={workload: pace})
            raw.setdefault("slow_motion", []).extend(rows)
            ratios.update({workload + "_slow_motion": row for row in
                           results.ratios_of(rows).values()})
    if "lines" in plan.parts:
        found, raw["lines"] = run_lines(env, plan, chosen)
        for name, row in found.items():
            key = "first_text_" + name + "_mbit"
            ratios["first_text_slow" if name == "10" else key] = row
    if "keys" in plan.parts:
        raw["keys"] = keys.run_rounds(
            env, plan.kinds("x11vnc" in plan.systems), plan.key_rounds,
            plan.presses)
        latency = keys.summary(raw["keys"])
    if "keys_lines" in plan.parts:
        lines = run_keys_on_lines(env, plan, chosen)
    if "area" in plan.parts:
        raw["area"] = area.run(env)
    if "live" in plan.parts:
        raw["live"] = live.run(env, plan.systems)
    raw["memory"] = memory_of(raw.get("systems", []))
    return {"ratios": ratios, "latency": latency, "latency_lines": lines,
            "raw": raw}


def memory_of(rows):
    """{system: most KiB of PSS by program over all workloads}."""
    most = {}
    for row in rows:
        for key in ("pss_kib", "viewer_pss_kib"):
            own = most.setdefault(row["system"], {}).setdefault(key, {})
            for name, kib in row.get(key, {}).items():
                own[name] = max(own.get(name, 0), kib)
    return most


def run(options, traces):
    """What run.py calls: options.build, .quick, .begin_s; the traces."""
    procs.become_subreaper()
    with environment(options.build) as env:
        result = run_plan(env, Plan(options.quick, options.begin_s),
                          traces)
    print_result(result)
    return result


def print_result(result):
    results.print_facts(result["ratios"])
    results.print_ratios(result["ratios"])
    for name, row in result["raw"]["memory"].items():
        print(f"PSS KiB {name}: server {row['pss_kib']}, "
              f"viewer {row['viewer_pss_kib']}")
    keys.print_summary("loopback", result["latency"])


def main():
    plan = Plan()
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--traces", help="folder of the traces")
    parser.add_argument("--systems", default="shoji,tigervnc",
                        help=", ".join(SYSTEMS))
    parser.add_argument("--workloads", default=",".join(WORKLOADS))
    parser.add_argument("--parts", default="workloads", help=", ".join(PARTS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--presses", type=int, default=60)
    parser.add_argument("--all-traces", action="store_true",
                        help="not only one of each workload")
    parser.add_argument("--pace", type=int, help="ms between two frames")
    parser.add_argument("--json")
    options = parser.parse_args()
    plan.parts = options.parts.split(",")
    plan.systems = options.systems.split(",")
    plan.workloads = options.workloads.split(",")
    plan.rounds = plan.key_rounds = options.rounds
    plan.line_rounds = min(options.rounds, plan.line_rounds)
    plan.presses = plan.line_presses = options.presses
    plan.is_all = options.all_traces
    if options.pace:
        plan.paces = {name: options.pace for name in WORKLOADS}
    build = os.path.abspath(options.build)
    folder = options.traces or os.path.join(build, "bench-traces")
    procs.become_subreaper()
    with environment(build) as env:
        result = run_plan(env, plan, runs.load_traces(folder))
    print_result(result)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
