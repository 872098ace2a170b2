# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures in Python: what the probe's own decoder draws, and PNG files."""
import struct
import zlib

import rules
from tile_reference import Decoder, Refused


class Picture:
    """Rows of colours, drawn by rectangles of docs/protocol.md."""

    def __init__(self, size, rows=None):
        """rows: drawn into instead of new ones."""
        self.width, self.height = size
        self.rows = rows or [[0] * self.width for _ in range(self.height)]
        self.decoder = Decoder()
        self.stream = zlib.decompressobj()

    def draw(self, encoding, box, payload):
        """False when a tile payload is refused."""
        left, top, width, height = box
        if encoding == rules.RAW:
            for y in range(height):
                row = self.rows[top + y]
                for x in range(width):
                    at = 4 * (y * width + x)
                    row[left + x] = payload[at] | payload[at + 1] << 8 | \
                        payload[at + 2] << 16
        elif encoding == rules.ZLIB:
            try:
                plain = self.stream.decompress(payload)
            except zlib.error:
                return False
            if len(plain) != 4 * width * height:
                return False
            return self.draw(rules.RAW, box, plain)
        elif encoding == rules.COPY:
            source = [self.rows[payload[1] + y][payload[0]:payload[0] + width]
                      for y in range(height)]
            for y in range(height):
                self.rows[top + y][left:left + width] = source[y]
        elif encoding == rules.TILE:
            try:
                self.decoder.decode(payload, box, self.rows)
            except (Refused, IndexError):
                return False
        elif encoding == rules.MOTION:
            return False  # what is mutated here is never a whole JPEG
        return True

    def compare(self, path):
        """Number of pixels that differ from the PNG at path."""
        rows = read_png(path)
        if len(rows) != self.height or len(rows[0]) != self.width:
            return self.width * self.height
        return sum(1 for mine, other in zip(self.rows, rows)
                   for a, b in zip(mine, other) if a != b)


def read_png(path):
    """Rows of colours of a PNG of 8 bits RGB or RGBA."""
    with open(path, "rb") as file:
        data = file.read()
    at, body = 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        part = data[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, height, _depth, colour = struct.unpack(">IIBB", part[:10])
            step = {2: 3, 6: 4}[colour]
        elif kind == b"IDAT":
            body += part
        at += 12 + size
    body = zlib.decompress(body)
    rows, before, stride = [], bytearray(width * step), width * step
    for y in range(height):
        kind = body[y * (stride + 1)]
        row = bytearray(body[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        unfilter(kind, row, before, step)
        rows.append([row[i] << 16 | row[i + 1] << 8 | row[i + 2]
                     for i in range(0, stride, step)])
        before = row
    return rows


def unfilter(kind, row, before, step):
    if kind == 0:
        return
    for at, value in enumerate(row):
        left = row[at - step] if at >= step else 0
        above = before[at]
        corner = before[at - step] if at >= step else 0
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = above
        elif kind == 3:
            guess = (left + above) >> 1
        else:
            near = left + above - corner
            guess = min((abs(near - left), 0, left),
                        (abs(near - above), 1, above),
                        (abs(near - corner), 2, corner))[2]
        row[at] = (value + guess) & 255
