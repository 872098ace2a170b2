#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What many sessions of light use cost a guard: its processor time and memory.

Each session has a viewer without a display: a small change (64x64) a second,
after 15 of them a new page into the whole window of 1024x768. Processor time of the guard's processes is counted, not
time on the clock: other programs on the machine change it little.
"""
import argparse
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "support"))

import level_b  # noqa: E402
import measure  # noqa: E402
import procs  # noqa: E402
from guard_world import GuardWorld  # noqa: E402
from tap import Tap, wait_until  # noqa: E402

KEY_MS = 1000
PAGE_EACH = 16
KEYS = 30  # about the most steps that a viewer takes


def steps():
    for i in range(KEYS):
        key = "f" if i % PAGE_EACH == PAGE_EACH - 1 else "s"
        yield from ("--type", key, "--wait", str(KEY_MS))


def begin_session(world, number):
    viewer = world.headless("--duration", "1", user=f"user{number}")
    if viewer.wait(60) != 0:
        raise RuntimeError("no session: " + viewer.output())
    world.forget(viewer)


def is_there(world, count):
    return len(world.events("connect")) >= count


def run(env, count, seconds):
    paint = os.path.join(env.build, "tests", "bench", "bench-paint")
    config = {"session": {"max": str(count),
                          "bind": [os.path.dirname(paint)]},
              "listen": {"connections_max": str(2 * count),
                         "half_open_max": "32"}}
    guard = {"listen": dict(config["listen"])}
    with GuardWorld(env, Tap(sys.stderr), command=paint, config=config,
                    guard_config=guard) as world:
        world.begin()
        # The sessions first, which take longer than a viewer has steps.
        for i in range(count):
            begin_session(world, i)
        for i in range(count):
            world.headless(*steps(), user=f"user{i}", timeout_s=10 * KEYS)
        if not wait_until(lambda: is_there(world, 2 * count), KEYS // 2):
            raise RuntimeError("not all viewers came back")
        time.sleep(2)  # the first pictures
        pids = procs.descendants(world.guard.pid) + [world.guard.pid]
        before, begin = measure.cpu_of(pids), time.monotonic()
        time.sleep(seconds)
        cpu = measure.cpu_between(before, measure.cpu_of(pids))
        elapsed_s = time.monotonic() - begin
        return {"sessions": count, "seconds": round(elapsed_s, 1),
                "cores": round(sum(cpu.values()) / 1000 / elapsed_s, 4),
                "cpu_ms": cpu, "pss_kib": measure.pss_of(pids)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=15)
    options = parser.parse_args()
    with level_b.environment(options.build) as env:
        print(json.dumps(run(env, options.sessions, options.seconds),
                         indent=1))


if __name__ == "__main__":
    main()
