# SPDX-License-Identifier: GPL-3.0-or-later
"""What dump-tiles wrote (its form is in tests/unit/bench/dump_tiles.c), given
to the second decoder: Compare(data).run() counts, and lists what differs."""
import struct
import zlib

import tile_reference


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
