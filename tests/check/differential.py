#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our decoder of tiles against the second one, on many valid streams.

  differential.py --build FOLDER [--streams N] [--seed N] [--workers N]

A stream is a session of one to four small rectangles, all different. Prints
TAP, and how many streams a second of a processor were compared.
"""
import argparse
import multiprocessing
import os
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/support"))
from tile_compare import Compare  # noqa: E402

# Streams a worker takes at once: about 2 MB of them.
PORTION = 4000


def compare(job):
    dump, streams, seed = job
    begin = time.process_time()
    done = subprocess.run([dump, "small", str(streams), str(seed)],
                          stdout=subprocess.PIPE, check=False)
    result = Compare(done.stdout).run()
    problems = [f"seed {seed}, {text}" for text in result.problems]
    if done.returncode != 0:
        problems.append(f"seed {seed}: exit {done.returncode}")
    return (streams, result.count, result.modelled, problems,
            time.process_time() - begin)


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=os.path.join(ROOT, "build-release"))
    parser.add_argument("--streams", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    return parser.parse_args()


def main():
    args = options()
    dump = os.path.join(args.build, "tests/unit/bench/dump-tiles")
    jobs = [(dump, min(PORTION, args.streams - at), args.seed + at)
            for at in range(0, args.streams, PORTION)]
    streams = payloads = modelled = 0
    seconds, problems = 0.0, []
    with multiprocessing.Pool(args.workers) as pool:
        for more in pool.imap_unordered(compare, jobs):
            streams += more[0]
            payloads += more[1]
            modelled += more[2]
            problems += more[3]
            seconds += more[4]
    is_full = streams == args.streams and 0 < modelled < payloads
    print(f"{'not ok' if problems or not is_full else 'ok'} 1 - both decoders "
          f"draw the same: {streams} streams from seed {args.seed}, {payloads} "
          f"payloads, {modelled} by the model, "
          f"{streams / max(seconds, 0.001):.0f} streams a CPU second")
    for problem in problems[:20]:
        print(f"#   {problem}")
    print("1..1")
    sys.exit(1 if problems or not is_full else 0)


main()
