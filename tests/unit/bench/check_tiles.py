#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two decoders of the tile encoding see the same: ours, and the one of
tests/support that was written from the document.

  check_tiles.py DUMP_TILES FOLDER
"""
import os
import struct
import subprocess
import sys
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../../support"))
import tile_reference  # noqa: E402

# What is sent of each trace, in pixels; a first frame is always whole.
PIXELS = {"quick": 150000, "slow": 300000, "both": 270000, "damaged": 2500}


def crc_of(picture, rect):
    x, y, width, height = rect
    return zlib.crc32(b"".join(
        struct.pack(f"<{width}I", *picture[row][x:x + width])
        for row in range(y, y + height)))


class Compare:
    def __init__(self, data):
        self.data, self.at = data, 0
        self.count = self.refused = self.modelled = 0
        self.problems = []
        self.decoder = self.picture = None

    def take(self, form):
        size = struct.calcsize(form)
        self.at += size
        return struct.unpack(form, self.data[self.at - size:self.at])

    def run(self):
        while self.at < len(self.data) and not self.problems:
            if self.take("<c")[0] == b"N":
                width, height = self.take("<HH")
                self.decoder = tile_reference.Decoder()
                self.picture = [[0] * width for _ in range(height)]
            else:
                self.payload()
        return self

    def payload(self):
        rect = self.take("<4H")
        size, = self.take("<I")
        payload, is_good, crc = self.take(f"<{size}sBI")
        self.count += 1
        self.modelled += payload[:1] != b"" and payload[0] >> 2 & 1
        try:
            self.decoder.decode(payload, rect, self.picture)
        except tile_reference.Refused as refused:
            self.refused += 1
            if is_good:
                self.problems.append(f"payload {self.count}: only the "
                                     f"reference refuses: {refused}")
            return
        if not is_good:
            self.problems.append(f"payload {self.count}: only ours refuses")
        elif crc_of(self.picture, rect) != crc:
            self.problems.append(f"payload {self.count}: other pixels")


def inputs(folder):
    """Name, kind, and what dump-tiles is told."""
    for name in sorted(os.listdir(folder)):
        for kind, pixels in PIXELS.items():
            yield name, kind, [str(pixels), os.path.join(folder, name)]
    for kind in ("quick", "both"):
        yield "many colours", kind, ["450000"]


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
