# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of recorded frames through whole systems, one at a time, in turns.

Every run has a server, a line and a viewer of its own, which are gone before
the next begins.
"""
import json
import os
import struct
import tempfile
import time

import measure

EXACT_LIMIT_MS = 4000
NEAR_LIMIT_MS = 1000  # for systems that may never be exact
HEAD_BYTES, FRAME_HEAD_BYTES = 16, 16


def frame_times_ms(path):
    """Times of the frames in the file."""
    times = []
    with open(path, "rb") as file:
        _w, _h, count = struct.unpack("<8xHHI", file.read(HEAD_BYTES))
        for _ in range(count):
            time_us, packed_bytes = struct.unpack(
                "<I8xI", file.read(FRAME_HEAD_BYTES))
            file.seek(packed_bytes, os.SEEK_CUR)
            times.append(time_us / 1000)
    return times


def frames_from(trace):
    """(frames at the start, frames before those that count)."""
    times = frame_times_ms(trace["path"])
    if len(times) == 1:
        return 0, 0
    count_from_ms = trace.get("count_from_ms", 0)
    before = trace.get("start_frame") or sum(
        time < count_from_ms for time in times)
    return 1, min(max(1, before), len(times) - 1)


def load_traces(folder):
    """[trace] of a folder: its JSON with the path, by name."""
    traces = []
    for name in sorted(os.listdir(folder)):
        if name.endswith(".trace"):
            path = os.path.join(folder, name)
            with open(path[:-6] + ".json", encoding="utf-8") as file:
                traces.append(dict(json.load(file), path=path))
    return traces


def choose_traces(traces, workloads, is_all=False):
    """One trace of each workload, held-out ones first; or all of them."""
    chosen = []
    for workload in workloads:
        found = [dict(trace, frames_from=frames_from(trace),
                      path=os.path.abspath(trace["path"]))
                 for trace in traces if trace["workload"] == workload]
        found.sort(key=lambda trace: not trace.get("held_out"))
        chosen += found if is_all else found[:1]
    return chosen


def cut_traces(traces, folder, frames):
    """The traces with no more frames that count than {workload: frames}."""
    os.makedirs(folder, exist_ok=True)
    result = []
    for trace in traces:
        path = os.path.join(folder, os.path.basename(trace["path"]))
        start_frame = max(1, trace.get("start_frame", 1))
        count = frames.get(trace["workload"])
        if count and cut_trace(trace["path"], path, start_frame + count):
            trace = dict(trace, path=path)
        result.append(trace)
    return result


def cut_trace(path, to_path, frames):
    """Copies the first frames; False when there are no more than these."""
    with open(path, "rb") as file:
        head = file.read(HEAD_BYTES)
        if struct.unpack_from("<I", head, 12)[0] <= frames:
            return False
        with open(to_path, "wb") as out:
            out.write(head[:12] + struct.pack("<I", frames))
            for _ in range(frames):
                frame = file.read(FRAME_HEAD_BYTES)
                packed_bytes = struct.unpack_from("<I", frame, 12)[0]
                out.write(frame + file.read(packed_bytes))
    return True


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
    whole = [value / 1000 for value in seen["whole_us"]]
    for name, values in (("lag", lag), ("late", late), ("whole", whole)):
        for part in (50, 95):
            value = percentile(values, part / 100)
            row[f"{name}_p{part}_ms"] = value and round(value, 2)
    row["missed"] = [at for at, value in enumerate(seen["lag_us"])
                     if value is None]
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
                NEAR_LIMIT_MS if system.is_near else EXACT_LIMIT_MS)
    player.play_before()
    before = system.line.wait_quiet()
    cpu = measure.cpu_of(system.server_pids())
    viewer_cpu = measure.cpu_of(system.viewer_pids())
    player.play()
    seen = watch.result()
    after = system.line.wait_quiet()
    parts = measure.cpu_between(cpu, measure.cpu_of(system.server_pids()))
    row = summary_of(seen)
    for key in ("down_bytes", "up_bytes"):
        row[key] = after[key] - before[key]
    row.update({
        "bytes": row["down_bytes"] + row["up_bytes"],
        "cpu_ms": round(sum(parts.values()), 3), "cpu_parts_ms": parts,
        "viewer_cpu_ms": round(sum(measure.cpu_between(
            viewer_cpu, measure.cpu_of(system.viewer_pids())).values()), 3),
        "pss_kib": measure.pss_of(system.server_pids()),
        "viewer_pss_kib": measure.pss_of(system.viewer_pids()),
    })
    return row


def run_alone(env, kind, trace, pace_ms=None):
    """The same trace with no viewer connected: CPU of the server's side."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        system = kind(env, folder, program_of(env, trace, pace_ms))
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


def is_wanted(kind, trace, lossy):
    """Lossy systems are for some workloads only."""
    return not kind.is_near or lossy is None or trace["workload"] in lossy


def run_rounds(env, kinds, traces, rounds, *, lossy=None, paces=None,
               end_s=None, **options):
    """Rows of all runs: round by round, trace by trace, system by system.

    lossy: workloads that systems with a lossy viewer run (None: all); paces:
    {workload: ms between two frames}; end_s: no further trace after the first
    round is begun then (time.monotonic).
    """
    rows = []
    for number in range(rounds):
        for trace in traces:
            if number > 0 and end_s and time.monotonic() > end_s:
                return rows
            for kind in kinds:
                if not is_wanted(kind, trace, lossy):
                    continue
                row = {"system": kind.name, "trace": trace["name"],
                       "workload": trace["workload"], "round": number}
                pace_ms = (paces or {}).get(trace["workload"])
                try:
                    row.update(run_trace(env, kind, trace, pace_ms=pace_ms,
                                         **options))
                except measure.FAILURES as error:
                    row["error"] = str(error)[-400:]
                rows.append(row)
                print_row(row)
    return rows


def run_all_alone(env, kinds, traces, paces=None):
    """Rows of the traces with no viewer, one run each."""
    rows = []
    for trace in traces:
        for kind in kinds:
            row = {"system": kind.name, "trace": trace["name"],
                   "workload": trace["workload"]}
            try:
                row.update(run_alone(env, kind, trace,
                                     (paces or {}).get(trace["workload"])))
            except measure.FAILURES as error:
                row["error"] = str(error)[-400:]
            rows.append(row)
            print(f"alone {trace['name'][:20]:20} {kind.name:16} "
                  f"{row.get('cpu_ms', row.get('error'))}", flush=True)
    return rows


def print_row(row):
    head = f"{row['round']} {row['trace'][:22]:22} {row['system'][:16]:16}"
    if "error" in row:
        print(head, row["error"], flush=True)
        return
    exact = "never" if row["exact_ms"] is None else f"{row['exact_ms']:.0f} ms"
    print(f"{head} {row['bytes']:>9} B {row['cpu_ms']:>8.1f} ms  "
          f"seen {row['seen']}/{row['frames']}  lag {row['lag_p50_ms']} / "
          f"{row['lag_p95_ms']} ms  exact {exact}", flush=True)
