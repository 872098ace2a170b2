# SPDX-License-Identifier: GPL-3.0-or-later
"""Level A: the recorded frames through codecs alone, without a display.

Bytes are the same in every run of the same traces; this is checked. CPU times
are medians of the rounds, per million pixels of changed cells (64x64, cut to
the box of what changed), the same area for every codec.
"""
import json
import os
import statistics
import subprocess

CODECS = ("ours", "tight", "zrle", "tight_q8", "zstd")
REFERENCE = "tight"
ROUNDS, QUICK_FRAMES = 5, 30
TIMES = ("encode_ms", "decode_ms", "start_encode_ms")


def play(build, trace, is_quick):
    """{codec: figures} of one round."""
    limit = ["--frames", str(QUICK_FRAMES)] if is_quick else []
    done = subprocess.run(
        [os.path.join(build, "tests/bench/bench-codec"), *limit, "--from",
         str(trace.get("start_frame", 1)), trace["path"]], check=True,
        stdout=subprocess.PIPE, text=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["codec"]: row for row in rows}


def row_of(trace, codec, rounds):
    """The figures of one codec on one trace, over all rounds."""
    same = [{key: value for key, value in one[codec].items()
             if key not in TIMES} for one in rounds]
    if any(one != same[0] for one in same):
        raise RuntimeError(f"{codec} is not the same twice: {trace['name']}")
    row = dict(same[0], trace=trace["name"], workload=trace["workload"],
               held_out=trace["held_out"])
    for key in TIMES:
        row[key] = round(statistics.median(one[codec][key]
                                           for one in rounds), 3)
    megapixels = row["cells_px"] / 1e6
    row["encode_ms_per_mp"] = round(row["encode_ms"] / megapixels, 3)
    row["decode_ms_per_mp"] = round(row["decode_ms"] / megapixels, 3)
    return row


def run(build, traces, is_quick=False):
    """Rows for the JSON: one for each trace and codec.

    Quickly: the held-out traces, their first frames, one round.
    """
    rows = []
    for trace in traces:
        if is_quick and not trace["held_out"]:
            continue
        played = [play(build, trace, is_quick)
                  for _ in range(1 if is_quick else ROUNDS)]
        mine = [row_of(trace, codec, played) for codec in CODECS]
        reference = mine[CODECS.index(REFERENCE)]
        for row in mine:
            row["bytes_ratio"] = round(row["bytes"] / reference["bytes"], 4)
            row["encode_ratio"] = round(
                row["encode_ms"] / reference["encode_ms"], 4)
        rows += mine
    return rows


def print_table(rows):
    print(f"{'trace':22}{'codec':10}{'frames':>7}{'Mpx':>8}{'kB':>10}"
          f"{'ratio':>8}{'enc/MP':>9}{'dec/MP':>9}{'PSNR':>7}  exact")
    for row in rows:
        exact = "yes" if row["inexact_frames"] == 0 else \
            f"{row['inexact_frames']} not"
        print(f"{row['trace']:22}{row['codec']:10}{row['frames']:7}"
              f"{row['cells_px'] / 1e6:8.2f}{row['bytes'] / 1e3:10.1f}"
              f"{row['bytes_ratio']:8.3f}{row['encode_ms_per_mp']:9.2f}"
              f"{row['decode_ms_per_mp']:9.2f}{row['psnr_db']:7.1f}  {exact}")
