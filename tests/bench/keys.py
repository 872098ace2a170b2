# SPDX-License-Identifier: GPL-3.0-or-later
"""Key press to changed pixel in the viewer's own window, for every system.

Every system shows the same program (bench-paint). bench-latency presses a key
by XTEST in the display of the viewer and looks at pixels of that display until
they change. The systems take turns, round by round.
"""
import os
import statistics
import subprocess
import tempfile

import measure
from tap import wait_until

KEYS = {"small": "s", "full": "f"}
PAUSE_MS = 400  # bench-paint draws the next picture in it
TIMEOUT_MS = 2000.0
CORNER_PX = 8


def points_of(system, kind):
    """Pixels to look at: the middle first, and for a page its corners."""
    width, height = system.size
    points = [(width // 2, height // 2)]
    if kind == "full":
        points += [(x, y) for x in (CORNER_PX, width - CORNER_PX - 1)
                   for y in (CORNER_PX, height - CORNER_PX - 1)]
    left, top = system.place
    return [f"{left + x},{top + y}" for x, y in points]


def press(system, kind, count):
    """[(ms to the middle, ms to all)] of count presses."""
    size = f"{system.screen.size[0]}x{system.screen.size[1]}"
    done = subprocess.run(
        [system.tool("bench-latency"), KEYS[kind], str(count), str(PAUSE_MS),
         system.screen.framebuffer, size, *points_of(system, kind)],
        capture_output=True, text=True, check=False,
        env=dict(os.environ, DISPLAY=system.screen.display))
    if done.returncode != 0:
        raise RuntimeError("bench-latency: " + done.stderr)
    rows = []
    for line in done.stdout.splitlines():
        if line == "timeout":
            rows.append((TIMEOUT_MS, TIMEOUT_MS))
        else:
            rows.append(tuple(int(word) / 1000 for word in line.split()))
    return rows


def begin(system):
    """Returns when keys reach the program and its pixels the window."""
    system.begin()
    system.wait_program()
    left, top = system.place
    system.screen.xdotool("mousemove", left + 200, top + 200)
    is_shown = wait_until(
        lambda: press(system, "small", 2)[1][0] < TIMEOUT_MS, 30)
    if not is_shown and not system.profile:
        # On a slow line it may be so: then all are counted as lost.
        raise RuntimeError("no key shows anything")
    system.line.wait_quiet(limit_s=1)


def run_system(env, kind_of, kinds, presses, profile=None, video=None):
    """{kind: [(ms, ms)]} of one system; video: a trace with a region."""
    tools = os.path.join(env.build, "tests", "bench")
    program = [os.path.join(tools, "bench-paint")]
    if video:
        program += [video["path"],
                    ",".join(str(part) for part in video["video_rect"])]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        system = kind_of(env, folder, program, profile=profile)
        try:
            begin(system)
            return {kind: press(system, kind, presses) for kind in kinds}
        finally:
            system.stop()


def run_rounds(env, kinds_of, rounds, presses, *, kinds=tuple(KEYS), **more):
    """{system: {kind: [(ms, ms)]}} of all rounds, the systems in turns."""
    times = {}
    for number in range(rounds):
        for kind_of in kinds_of:
            try:
                got = run_system(env, kind_of, kinds, presses, **more)
            except measure.FAILURES as error:
                print(f"{number} keys {kind_of.name}: {str(error)[-300:]}",
                      flush=True)
                continue
            own = times.setdefault(kind_of.name, {})
            for kind, rows in got.items():
                own.setdefault(kind, []).extend(rows)
                middle = statistics.median(row[0] for row in rows)
                print(f"{number} keys {kind_of.name[:16]:16} {kind:6}"
                      f"{middle:9.2f} ms", flush=True)
    return times


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def figures_of(rows):
    result = {"presses": len(rows),
              "lost": sum(row[0] >= TIMEOUT_MS for row in rows)}
    for at, name in enumerate(("", "whole_")):
        values = [row[at] for row in rows]
        for part in (50, 95, 99):
            result[f"{name}p{part}_ms"] = round(
                percentile(values, part / 100), 2)
    return result


def summary(times, ours="shoji", by="p50_ms"):
    """{kind: figures of each system, and the best peer} of run_rounds."""
    result = {}
    for kind in KEYS:
        row = {system: figures_of(own[kind]) for system, own in times.items()
               if kind in own}
        peers = {system: one for system, one in row.items()
                 if not system.startswith(ours)}
        if ours not in row or not peers:
            if row:
                result[kind] = {"systems": row}
            continue
        best = min(peers, key=lambda name: peers[name][by])
        result[kind] = {
            **{f"ours_{part}_ms": row[ours][f"{part}_ms"]
               for part in ("p50", "p95", "p99")},
            **{f"best_peer_{part}_ms": row[best][f"{part}_ms"]
               for part in ("p50", "p95", "p99")},
            "best_peer": best, "systems": row}
    return result


def print_summary(title, result):
    print(f"{title:22}{'system':18}{'p50':>8}{'p95':>8}{'p99':>8}"
          f"{'whole p50':>11}{'p95':>8}  ms")
    for kind, row in result.items():
        for system, one in row["systems"].items():
            print(f"{kind:22}{system:18}{one['p50_ms']:8.2f}"
                  f"{one['p95_ms']:8.2f}{one['p99_ms']:8.2f}"
                  f"{one['whole_p50_ms']:11.2f}{one['whole_p95_ms']:8.2f}"
                  f"{'  lost ' + str(one['lost']) if one['lost'] else ''}")
