#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two decoders of the tile encoding see the same: ours, and the one of
tests/support that was written from the document.

  check_tiles.py DUMP_TILES FOLDER
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../../support"))
from tile_compare import Compare  # noqa: E402

# What is sent of each trace, in pixels; a first frame is always whole.
PIXELS = {"quick": 150000, "slow": 300000, "both": 270000, "damaged": 2500}


def inputs(folder):
    """Name, kind, and what dump-tiles is told."""
    for name in sorted(os.listdir(folder)):
        for kind, pixels in PIXELS.items():
            yield name, kind, [str(pixels), os.path.join(folder, name)]
    for kind in ("quick", "both"):
        yield "many colours", kind, ["450000"]
    yield "small rectangles", "small", ["400", "1"]


def main():
    dump, folder = sys.argv[1:]
    number, sums = 0, {}
    for name, kind, rest in inputs(folder):
        done = subprocess.run([dump, kind, *rest], stdout=subprocess.PIPE,
                              check=False)
        result = Compare(done.stdout).run()
        problems = result.problems + (
            [] if done.returncode == 0 else [f"exit {done.returncode}"])
        number += 1
        print(f"{'not ok' if problems else 'ok'} {number} - "
              f"{name}, {kind}: {result.count} payloads, "
              f"{result.modelled} by the model, {result.refused} refused")
        for problem in problems:
            print(f"#   {problem}")
        total = sums.setdefault(kind, [0, 0, 0])
        for i, value in enumerate((result.count, result.modelled,
                                   result.refused)):
            total[i] += value
    number += 1
    is_full = all(modelled > 0 for _, modelled, _ in sums.values()) and \
        sums and 0 < sums["damaged"][2] < sums["damaged"][0]
    print(f"{'ok' if is_full else 'not ok'} {number} - payloads of all kinds: "
          f"{sums}")
    print(f"1..{number}")


main()
