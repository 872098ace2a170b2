# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole processes over socketpairs: seeds, a replay of them, or AFL++.

--replay PROGRAM runs every seed once; --search FOLDER --seconds N has AFL++
search with both programs of that build and prints what it did.
"""
import argparse
import os
import struct
import subprocess
import sys

PROGRAMS = ("core", "gate")
UPDATE = "0000 0001"
KEY = "04 01 0000 00000061 04 00 0000 00000061"
SIZE = "fb 00 0190 00fa 01 00 00000001 0000 0000 0190 00fa 00000000"
SEEDS = {
    "raw": (0, KEY, UPDATE + "0001 0001 0002 0001 00000000"
            "01020300 04050600"),
    "copy": (4, "05 01 0010 0020 05 00 0011 0020",
             UPDATE + "0000 0000 0001 0001 00000000 01020300"
             + UPDATE + "0002 0002 0001 0001 00000001 0000 0000"),
    "tile": (0, SIZE, UPDATE + "0000 0000 0040 0040 534a0000 00000005"
             "0001020304"),
    "motion": (0, "", UPDATE + "0000 0000 0010 0010 534a0004 00000004"
               "ffd8ffd9"),
    "cursor": (4, KEY, UPDATE + "0000 0000 0001 0001 534a0001 01020304"),
    "caret": (0, "", UPDATE + "0010 0020 0001 0012 534a0002"),
    "size": (0, "03 01 0000 0000 0140 00c8",
             UPDATE + "0000 0000 0190 00fa fffffecc 01000000 00000001"
             "0000 0000 0190 00fa 00000000"),
    "end": (4, "", UPDATE + "0193 0000 0000 0000 534a0003"),
    "fence": (8, "f8 000000 80000000 01 2a", "f8 000000 80000000 01 2a"),
    "nothing": (0, "", ""),
    "own_start": (3, b"RFB 003.008\n".hex() + "0101",
                  b"RFB 003.008\n".hex() + "0101 00000000"),
}


def seed_bytes(name):
    """Flags, what the viewer side sends, what the host side sends."""
    flags, viewer, host = SEEDS[name]
    viewer, host = bytes.fromhex(viewer), bytes.fromhex(host)
    return struct.pack(">BH", flags, len(viewer)) + viewer + host


def replay(program):
    failed = 0
    print(f"1..{len(SEEDS)}")
    for number, name in enumerate(SEEDS, 1):
        done = subprocess.run([program], input=seed_bytes(name), check=False,
                              stderr=subprocess.PIPE, timeout=60)
        is_good = done.returncode == 0
        failed += not is_good
        print(f"{'ok' if is_good else 'not ok'} {number} - seed {name}")
        if not is_good:
            print(f"# status {done.returncode}\n{done.stderr.decode()}",
                  file=sys.stderr)
    return failed


def stats_of(folder):
    """What AFL++ has written down of its run."""
    path = os.path.join(folder, "default", "fuzzer_stats")
    with open(path, encoding="utf-8") as lines:
        pairs = [line.split(":", 1) for line in lines if ":" in line]
    return {key.strip(): value.strip() for key, value in pairs}


def search(build, name, seconds):
    seeds = os.path.join(build, "afl-seeds")
    found = os.path.join(build, f"afl-{name}")
    os.makedirs(seeds, exist_ok=True)
    for seed in SEEDS:
        with open(os.path.join(seeds, seed), "wb") as file:
            file.write(seed_bytes(seed))
    env = dict(os.environ, AFL_NO_UI="1", AFL_SKIP_CPUFREQ="1",
               AFL_NO_AFFINITY="1", AFL_AUTORESUME="1",
               AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES="1")
    with open(found + ".log", "w", encoding="utf-8") as log:
        done = subprocess.run(
            ["afl-fuzz", "-i", seeds, "-o", found, "-V", str(seconds),
             "-m", "none", "-t", "5000", "--",
             os.path.join(build, "tests", "fuzz", f"afl_{name}")],
            env=env, stdin=subprocess.DEVNULL, stdout=log,
            stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        print(f"afl-fuzz gave {done.returncode}: see {found}.log")
        return 1
    stats = stats_of(found)
    crashes, hangs = int(stats["saved_crashes"]), int(stats["saved_hangs"])
    print(f"{name}: {stats['execs_done']} runs, {stats['corpus_count']} paths"
          f", {stats['edges_found']} edges, {crashes} crashes, {hangs} hangs, "
          f"{stats['run_time']} s", flush=True)
    return crashes + hangs


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replay")
    parser.add_argument("--search")
    parser.add_argument("--seconds", type=int, default=60)
    wish = parser.parse_args()
    if wish.replay:
        sys.exit(1 if replay(wish.replay) else 0)
    if not wish.search:
        parser.error("--replay or --search")
    failed = 0
    for name in PROGRAMS:
        failed += search(os.path.abspath(wish.search), name, wish.seconds)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
