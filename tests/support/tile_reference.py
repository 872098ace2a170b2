# SPDX-License-Identifier: GPL-3.0-or-later
"""A second decoder of the tile encoding, written from docs/protocol.md
section 12 and from nothing else, for tests that compare. It is slow.

Decoder().decode(payload, (x, y, width, height), picture) draws into picture,
a list of rows of colours, or raises Refused. zstd is the system's library.
"""
import ctypes
import ctypes.util

from tile_model import Coder, Model, need, Refused  # noqa: F401

CELL = 64
SIZE_MOST = 65536
COLOURS = 4080
SLOTS = 2048
WINDOW_MOST = 4 << 20


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def left(self):
        return len(self.data) - self.at

    def take(self, count):
        need(count <= self.left(), "cut off")
        self.at += count
        return self.data[self.at - count:self.at]

    def u8(self):
        return self.take(1)[0]

    def u16(self):
        return int.from_bytes(self.take(2), "big")

    def number(self):
        value = 0
        for shift in (0, 7, 14):
            byte = self.u8()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
        raise Refused("a number of more than three bytes")

    def size(self):
        value = self.number()
        need(0 < value <= SIZE_MOST, "size")
        return value


# ---- zstd ----

class Buffer(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("size", ctypes.c_size_t),
                ("at", ctypes.c_size_t)]


def library():
    lib = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
    lib.ZSTD_createDStream.restype = ctypes.c_void_p
    lib.ZSTD_freeDStream.argtypes = [ctypes.c_void_p]
    lib.ZSTD_decompressStream.restype = ctypes.c_size_t
    lib.ZSTD_decompressStream.argtypes = [
        ctypes.c_void_p, ctypes.POINTER(Buffer), ctypes.POINTER(Buffer)]
    lib.ZSTD_isError.argtypes = [ctypes.c_size_t]
    lib.ZSTD_decompress.restype = ctypes.c_size_t
    lib.ZSTD_decompress.argtypes = [ctypes.c_char_p, ctypes.c_size_t,
                                    ctypes.c_char_p, ctypes.c_size_t]
    lib.ZSTD_findFrameCompressedSize.restype = ctypes.c_size_t
    lib.ZSTD_findFrameCompressedSize.argtypes = [
        ctypes.c_char_p, ctypes.c_size_t]
    return lib


ZSTD = library()


def skip_frame_head(reader):
    need(reader.take(4) == b"\x28\xb5\x2f\xfd", "no zstd frame")
    descriptor = reader.u8()
    need(descriptor & 3 == 0, "a dictionary")
    is_single = descriptor >> 5 & 1
    if not is_single:
        window = reader.u8()
        base = 1 << (10 + (window >> 3))
        need(base + base // 8 * (window & 7) <= WINDOW_MOST, "window")
    reader.take((is_single, 2, 4, 8)[descriptor >> 6])


class Stream:
    """One zstd frame that never ends, taken block by block."""

    def __init__(self):
        self.stream = ZSTD.ZSTD_createDStream()
        self.is_begun = False

    def __del__(self):
        ZSTD.ZSTD_freeDStream(self.stream)

    def check_blocks(self, packed):
        reader = Reader(packed)
        if not self.is_begun:
            skip_frame_head(reader)
            self.is_begun = True
        while reader.left() > 0:
            head = int.from_bytes(reader.take(3), "little")
            need(head & 1 == 0, "the frame ends")
            reader.take(1 if head >> 1 & 3 == 1 else head >> 3)

    def unpack(self, packed, size):
        self.check_blocks(packed)
        plain = ctypes.create_string_buffer(size + 1)
        source = ctypes.create_string_buffer(bytes(packed), len(packed))
        to = Buffer(ctypes.addressof(plain), size + 1, 0)
        data = Buffer(ctypes.addressof(source), len(packed), 0)
        while data.at < data.size:
            before = data.at + to.at
            hint = ZSTD.ZSTD_decompressStream(
                self.stream, ctypes.byref(to), ctypes.byref(data))
            need(not ZSTD.ZSTD_isError(hint) and data.at + to.at > before,
                 "zstd")
        need(to.at == size, "other than the bytes promised")
        return plain.raw[:size]


def unpack_frame(packed, size):
    packed = bytes(packed)
    need(ZSTD.ZSTD_findFrameCompressedSize(packed, len(packed)) ==
         len(packed), "not one frame")
    plain = ctypes.create_string_buffer(size)
    need(ZSTD.ZSTD_decompress(plain, size, packed, len(packed)) == size,
         "a plane of another size")
    return plain.raw


# ---- 12.4 colours ----

class Colours:
    def __init__(self):
        self.colour, self.marked, self.hand = [], [], 0

    def add(self, colour):
        if len(self.colour) < COLOURS:
            self.colour.append(colour)
            self.marked.append(True)
            return
        while self.marked[self.hand]:
            self.marked[self.hand] = False
            self.hand = (self.hand + 1) % COLOURS
        self.colour[self.hand] = colour
        self.marked[self.hand] = True
        self.hand = (self.hand + 1) % COLOURS

    def read(self, index):
        first = index.u8()
        if first == 255:
            blue, green, red = index.take(3)
            colour = red << 16 | green << 8 | blue
            self.add(colour)
            return colour
        place = first if first < 240 else \
            240 + (first - 240) * 256 + index.u8()
        need(place < len(self.colour), "a place that was not filled")
        self.marked[place] = True
        return self.colour[place]


# ---- 12.6 photos ----

def give_photo(planes, width, height):
    rows = [[0] * width for _ in range(height)]
    values = []
    for plane in planes:
        value = [[0] * width for _ in range(height)]
        for y in range(height):
            for x in range(width):
                left = value[y][x - 1] if x else 0
                above = value[y - 1][x] if y else 0
                corner = value[y - 1][x - 1] if x and y else 0
                guess = left if y == 0 else above if x == 0 else \
                    sorted((left, above, left + above - corner))[1]
                value[y][x] = plane[y * width + x] + guess & 255
        values.append(value)
    for y in range(height):
        for x in range(width):
            green, red, blue = (value[y][x] for value in values)
            rows[y][x] = (red + green & 255) << 16 | green << 8 | \
                (blue + green & 255)
    return rows


# ---- payloads ----

class Decoder:
    def __init__(self):
        self.streams = Stream(), Stream()
        self.colours = Colours()
        self.slots = {}
        self.next_slot = 0
        self.model = Model()
        self.is_broken = False

    def decode(self, payload, rect, picture):
        need(not self.is_broken, "refused before")
        try:
            Payload(self, payload, rect, picture).decode()
        except Refused:
            self.is_broken = True
            raise


class Payload:
    def __init__(self, state, payload, rect, picture):
        self.state, self.rect, self.picture = state, rect, picture
        self.drawn = {}
        self.photo_at = 0
        reader = Reader(payload)
        head = reader.u8()
        need(head >> 4 == 2, "version")
        is_packed = bool(head & 1)
        self.index = Reader(self.read_index(reader, is_packed)
                            if head & 8 else b"")
        self.planes, self.photo_px = [], 0
        if head & 2:
            self.read_planes(reader)
        self.coder = Coder(reader.take(reader.size())) if head & 4 else None
        if is_packed:
            size = reader.size()
            control = state.streams[0].unpack(
                reader.take(reader.left()), size)
        else:
            control = reader.take(reader.left())
            need(len(control) <= SIZE_MOST, "control")
        self.control = Reader(control)

    def read_index(self, reader, is_packed):
        size = reader.size()
        if not is_packed:
            return reader.take(size)
        return self.state.streams[1].unpack(
            reader.take(reader.number()), size)

    def read_planes(self, reader):
        self.photo_px = reader.size()
        for _ in range(3):
            count = reader.number()
            need(count <= self.photo_px, "plane")
            data = reader.take(count)
            self.planes.append(data if count == self.photo_px else
                               unpack_frame(data, self.photo_px))

    def decode(self):
        columns = -(-self.rect[2] // CELL)
        cells = columns * -(-self.rect[3] // CELL)
        at = 0
        while at < cells:
            op = self.control.u8()
            if op & 15 == 0:
                at += self.keep(op, at, cells - at)
            elif op & 15 == 4:
                at += self.draw_slots(op, at, cells - at)
            else:
                self.draw_cell(op, at)
                at += 1
        need(self.control.left() == self.index.left() == 0, "not used up")
        need(self.photo_at == self.photo_px, "planes are not used up")
        need(self.coder is None or
             self.coder.at == len(self.coder.data) + 3, "coder")

    def cell_of(self, at):
        """Column, row, and left, top, width, height on the screen."""
        left, top, width, height = self.rect
        columns = -(-width // CELL)
        column, row = at % columns, at // columns
        return (column, row), (left + column * CELL, top + row * CELL,
                               min(CELL, width - column * CELL),
                               min(CELL, height - row * CELL))

    def show(self, left, top, rows):
        for y, row in enumerate(rows):
            self.picture[top + y][left:left + len(row)] = row

    def store(self, cell, slot):
        left, top, width, height = cell
        self.state.slots[slot] = [
            self.picture[y][left:left + width]
            for y in range(top, top + height)]
        self.state.next_slot = (slot + 1) % SLOTS

    def read_slot(self):
        slot = self.control.u16()
        need(slot < SLOTS, "slot")
        return slot

    def keep(self, op, at, left):
        need(op in (0, 0x20, 0x40), "operation")
        slot = self.read_slot() if op == 0x40 else self.state.next_slot
        count = self.control.number() + 1
        need(count <= left, "too many cells")
        for i in range(count if op else 0):
            self.store(self.cell_of(at + i)[1],
                       slot if i == 0 else self.state.next_slot)
        return count

    def draw_slots(self, op, at, left):
        need(op == 4, "operation")
        word = self.control.u16()
        first, count = word & 2047, (word >> 11) + 1
        if count == 32:
            count += self.control.number()
        need(count <= left, "too many cells")
        for i in range(count):
            place, cell = self.cell_of(at + i)
            rows = self.state.slots.get(first + i)
            need(rows and len(rows) == cell[3] and len(rows[0]) == cell[2],
                 "slot")
            self.show(cell[0], cell[1], rows)
            self.drawn[place] = rows
        return count

    def draw_cell(self, op, at):
        place, cell = self.cell_of(at)
        need(op < 128 and op & 0x60 != 0x60, "operation")
        left, top, width, height = 0, 0, cell[2], cell[3]
        if op & 0x10:
            bits = int.from_bytes(self.control.take(3), "big")
            left, top = bits >> 18, bits >> 12 & 63
            width, height = (bits >> 6 & 63) + 1, (bits & 63) + 1
            need(left + width <= cell[2] and top + height <= cell[3], "box")
        slot = self.read_slot() if op & 0x40 else self.state.next_slot
        draw = {1: self.tokens, 2: self.solid, 3: self.photo}
        if op & 15 == 5:
            rows = self.modelled(place, width, height, bool(op & 0x10))
        else:
            need(op & 15 in draw, "mode")
            rows = draw[op & 15](width, height)
        self.show(cell[0] + left, cell[1] + top, rows)
        if not op & 0x10:
            self.drawn[place] = rows
        if op & 0x60:
            self.store(cell, slot)

    def solid(self, width, height):
        colour = self.state.colours.read(self.index)
        return [[colour] * width for _ in range(height)]

    def tokens(self, width, height):
        pixels = []
        while len(pixels) < width * height:
            byte = self.control.u8()
            length = (byte & 63) + 1
            if length == 64:
                length += self.control.number()
            need(length <= width * height - len(pixels), "token")
            if byte >> 6 == 0:
                need(len(pixels) >= width, "above")
                for _ in range(length):
                    pixels.append(pixels[-width])
            elif byte >> 6 == 1:
                need(pixels, "left")
                pixels += [pixels[-1]] * length
            else:
                need(byte >> 6 == 2, "token")
                pixels += [self.state.colours.read(self.index)
                           for _ in range(length)]
        return [pixels[y * width:(y + 1) * width] for y in range(height)]

    def photo(self, width, height):
        area = width * height
        need(area <= self.photo_px - self.photo_at, "photo")
        planes = [plane[self.photo_at:self.photo_at + area]
                  for plane in self.planes]
        self.photo_at += area
        return give_photo(planes, width, height)

    def neighbour(self, column, row):
        rows = self.drawn.get((column, row))
        return rows if rows and len(rows) > 1 and len(rows[0]) > 2 else None

    def modelled(self, place, width, height, is_box):
        need(self.coder, "no model")
        above = left = None
        if not is_box:
            above = self.neighbour(place[0], place[1] - 1)
            left = self.neighbour(place[0] - 1, place[1])
        return self.state.model.draw(
            self.coder, width, height, above and above[-2:],
            left and [row[-3:] for row in left])
