#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Level B: whole systems show the same recorded frames, in turns, in one run.

    python3 tests/bench/level_b.py --build build-release \\
        --systems shoji,tigervnc --workloads typing,scroll_text --rounds 2

Needs the traces of build-release/bench-traces. Every run has a server, a line
and a viewer of its own, which are gone before the next.
"""
import argparse
import json
import os
import statistics
import struct
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "support"))

import measure  # noqa: E402
import procs  # noqa: E402
from systems import SYSTEMS  # noqa: E402
from world import Environment  # noqa: E402

WORKLOADS = ("typing", "scroll_text", "scroll_photo", "tab_back", "first_text",
             "first_photo", "idle", "video")
EXACT_LIMIT_MS = 4000


def frame_times_ms(path):
    """Times of the frames in the file."""
    times = []
    with open(path, "rb") as file:
        _w, _h, count = struct.unpack("<8xHHI", file.read(16))
        for _ in range(count):
            time_us, packed_bytes = struct.unpack("<I8xI", file.read(16))
            file.seek(packed_bytes, os.SEEK_CUR)
            times.append(time_us / 1000)
    return times


def frames_from(path, count_from_ms):
    """(frames at the start, frames before those that count)."""
    times = frame_times_ms(path)
    if len(times) == 1:
        return 0, 0
    return 1, max(1, sum(time < count_from_ms for time in times))


def load_traces(folder):
    """[trace] of a folder: its JSON with the path, by name."""
    traces = []
    for name in sorted(os.listdir(folder)):
        if name.endswith(".trace"):
            path = os.path.join(folder, name)
            with open(path[:-6] + ".json", encoding="utf-8") as file:
                trace = dict(json.load(file), path=path)
            trace["frames_from"] = frames_from(
                path, trace.get("count_from_ms", 0))
            traces.append(trace)
    return traces


def percentile(values, part):
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def summary_of(seen):
    """What of a bench-watch result is kept in a row."""
    lag = [value / 1000 for value in seen["lag_us"] if value is not None]
    late = [-value / 1000 for value in seen["late_us"] if value is not None]
    row = {key: seen[key] for key in ("frames", "seen", "unequal", "psnr_db")}
    for name, values in (("lag", lag), ("late", late)):
        for part in (50, 95):
            value = percentile(values, part / 100)
            row[f"{name}_p{part}_ms"] = value and round(value, 2)
    row["exact_ms"] = None if seen["exact_us"] is None else round(
        seen["exact_us"] / 1000, 2)
    row["play_ms"] = round(seen["play_us"] / 1000, 1)
    for key in ("text_wrong", "video_psnr_db", "video_psnr_least_db"):
        if key in seen:
            row[key] = seen[key]
    return row



def program_of(env, trace, pace_ms=None):
    """The words of bench-replay."""
    return [os.path.join(env.build, "tests", "bench", "bench-replay"),
            trace["path"], *trace["frames_from"],
            *([pace_ms] if pace_ms else [])]


def run_trace(env, kind, trace, profile=None, pace_ms=None):
    """One run with a viewer; a row of figures."""
    watch = measure.Watch(os.path.join(env.build, "tests", "bench",
                                       "bench-watch"), trace, kind.is_near)
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            system = kind(env, folder, program_of(env, trace, pace_ms),
                          profile=profile)
            try:
                system.begin()
                player = measure.Player(system.wait_program(),
                                        trace["frames_from"])
                return play(system, watch, player)
            finally:
                system.stop()
    finally:
        watch.stop()


def play(system, watch, player):
    watch.begin(player.board.path, system.screen, system.place,
                EXACT_LIMIT_MS)
    player.play_before()
    before = system.line.wait_quiet()
    cpu = measure.cpu_of(system.server_pids())
    viewer_cpu = measure.cpu_of(system.viewer_pids())
    player.play()
    seen = watch.result()
    after = system.line.wait_quiet()
    parts = measure.cpu_between(cpu, measure.cpu_of(system.server_pids()))
    row = summary_of(seen)
    row.update({
        "down_bytes": after["down_bytes"] - before["down_bytes"],
        "up_bytes": after["up_bytes"] - before["up_bytes"],
        "cpu_ms": round(sum(parts.values()), 3), "cpu_parts_ms": parts,
        "viewer_cpu_ms": round(sum(measure.cpu_between(
            viewer_cpu, measure.cpu_of(system.viewer_pids())).values()), 3),
        "pss_kib": measure.pss_of(system.server_pids()),
        "viewer_pss_kib": measure.pss_of(system.viewer_pids()),
    })
    return row


def run_alone(env, kind, trace):
    """The same trace with no viewer connected: CPU of the server's side."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        system = kind(env, folder, program_of(env, trace))
        try:
            system.begin(has_viewer=False)
            player = measure.Player(system.wait_program(),
                                    trace["frames_from"])
            player.play_before()
            system.line.wait_quiet()
            cpu = measure.cpu_of(system.server_pids())
            player.play()
            player.wait_end()
            parts = measure.cpu_between(
                cpu, measure.cpu_of(system.server_pids()))
        finally:
            system.stop()
    return {"cpu_ms": round(sum(parts.values()), 3), "cpu_parts_ms": parts}


def run_rounds(env, kinds, traces, rounds, **options):
    """Rows of all runs: round by round, trace by trace, system by system."""
    rows = []
    for number in range(rounds):
        for trace in traces:
            for kind in kinds:
                row = {"system": kind.name, "trace": trace["name"],
                       "workload": trace["workload"], "round": number}
                try:
                    row.update(run_trace(env, kind, trace, **options))
                except (RuntimeError, OSError) as error:
                    row["error"] = str(error)[-400:]
                rows.append(row)
                print_row(row)
    return rows


def print_row(row):
    head = f"{row['round']} {row['trace'][:22]:22} {row['system'][:16]:16}"
    if "error" in row:
        print(head, row["error"], flush=True)
        return
    exact = "never" if row["exact_ms"] is None else f"{row['exact_ms']:.0f} ms"
    print(f"{head} {row['down_bytes']:>9} B {row['cpu_ms']:>8.1f} ms  "
          f"seen {row['seen']}/{row['frames']}  lag {row['lag_p50_ms']} / "
          f"{row['lag_p95_ms']} ms  exact {exact}", flush=True)


def median_of(rows, key, per_frame=False):
    values = [row[key] / (max(row["seen"], 1) if per_frame else 1)
              for row in rows if "error" not in row]
    return statistics.median(values) if values else None


def ratios_of(rows, ours="shoji", peer="tigervnc"):
    """{workload: ratios}: per frame seen, and of the totals beside it."""
    result = {}
    for workload in {row["workload"]: 0 for row in rows}:
        pick = {name: [row for row in rows if row["workload"] == workload and
                       row["system"] == name and "error" not in row]
                for name in (ours, peer)}
        if not pick[ours] or not pick[peer]:
            continue
        entry = {}
        for name, key in (("bytes", "down_bytes"), ("cpu", "cpu_ms")):
            for suffix, per_frame in (("", True), ("_total", False)):
                bottom = median_of(pick[peer], key, per_frame)
                top = median_of(pick[ours], key, per_frame)
                entry[name + suffix] = round(top / bottom, 4) if bottom \
                    else None
        entry["exact"] = all(row["exact_ms"] is not None and
                             row["unequal"] == 0 for row in pick[ours])
        for name in (ours, peer):
            entry["seen_" + name] = round(statistics.median(
                row["seen"] / row["frames"] for row in pick[name]), 3)
        result[workload] = entry
    return result


def print_ratios(ratios):
    print(f"{'workload':14}{'bytes':>8}{'cpu':>8}{'exact':>7}"
          f"{'seen':>7}{'peer':>7}   (totals: bytes, cpu)")
    for workload, row in ratios.items():
        seen = [value for key, value in row.items() if key.startswith("seen")]
        print(f"{workload:14}{row['bytes']:8.3f}{row['cpu']:8.3f}"
              f"{'yes' if row['exact'] else 'NO':>7}{seen[0]:7.2f}"
              f"{seen[1]:7.2f}   {row['bytes_total']:.3f} "
              f"{row['cpu_total']:.3f}")


def choose_traces(traces, workloads, is_all=False):
    """One trace of each workload, held-out ones first; or all of them."""
    chosen = []
    for workload in workloads:
        found = [trace for trace in traces if trace["workload"] == workload]
        found.sort(key=lambda trace: not trace.get("held_out"))
        chosen += found if is_all else found[:1]
    return chosen


def environment(build, pictures=None):
    class Options:
        pass

    options = Options()
    options.build = build
    options.asan_build = None
    options.long = options.keep = False
    options.pictures = pictures
    return Environment(options)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--traces", help="folder of the traces")
    parser.add_argument("--systems", default="shoji,tigervnc")
    parser.add_argument("--workloads", default=",".join(WORKLOADS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--all-traces", action="store_true")
    parser.add_argument("--line", help="MBIT,RTT_MS of the line")
    parser.add_argument("--pace", type=int, help="ms between two frames")
    parser.add_argument("--json")
    options = parser.parse_args()
    procs.become_subreaper()
    folder = options.traces or os.path.join(options.build, "bench-traces")
    traces = choose_traces(load_traces(os.path.abspath(folder)),
                           options.workloads.split(","), options.all_traces)
    kinds = [SYSTEMS[name] for name in options.systems.split(",")]
    profile = options.line and options.line.split(",")
    with environment(options.build) as env:
        rows = run_rounds(env, kinds, traces, options.rounds, profile=profile,
                          pace_ms=options.pace)
    ratios = ratios_of(rows)
    print_ratios(ratios)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"ratios": ratios, "raw": rows}, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
