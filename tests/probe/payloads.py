# SPDX-License-Identifier: GPL-3.0-or-later
"""Payloads of the opaque encodings, made by hand from docs/protocol.md
sections 12 and 13."""
import ctypes
import ctypes.util
import struct

CELL = 64
PACKED, PHOTO, MODEL, INDEX = 1, 2, 4, 8


def number(value):
    """One to three bytes of seven bits, the low ones first."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def tile(control, index=b"", photo=None, flags=None, version=2):
    """A payload that is not packed; photo is (p, plane, plane, plane)."""
    if flags is None:
        flags = (INDEX if index else 0) | (PHOTO if photo else 0)
    out = bytearray([version << 4 | flags])
    if flags & INDEX:
        out += number(len(index)) + index
    if flags & PHOTO:
        out += number(photo[0])
        for plane in photo[1:]:
            out += number(len(plane)) + plane
    return bytes(out) + control


def colour(value):
    """A new colour, 24 bits with red in the upper byte."""
    return bytes([255, value & 255, value >> 8 & 255, value >> 16])


def cells(width, height):
    return -(-width // CELL) * -(-height // CELL)


def solid(width, height, value=0x336699):
    """One colour for all of a rectangle."""
    count = cells(width, height)
    return tile(b"\2" * count, colour(value) + b"\0" * (count - 1))


def photo(width, height, seed=1):
    """One cell of stored residuals."""
    data = bytes((seed * 31 + i * 7) & 255 for i in range(width * height))
    return tile(b"\3", photo=(width * height, data, data[::-1], data))


class Packer:
    """One zstd frame that goes on from payload to payload."""

    class Buffer(ctypes.Structure):
        _fields_ = [("data", ctypes.c_void_p), ("size", ctypes.c_size_t),
                    ("at", ctypes.c_size_t)]

    def __init__(self, window_log=20):
        self.lib = ctypes.CDLL(ctypes.util.find_library("zstd") or
                               "libzstd.so.1")
        self.lib.ZSTD_createCStream.restype = ctypes.c_void_p
        self.lib.ZSTD_compressStream2.restype = ctypes.c_size_t
        self.lib.ZSTD_compressStream2.argtypes = [
            ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int]
        self.lib.ZSTD_CCtx_setParameter.argtypes = [
            ctypes.c_void_p, ctypes.c_int, ctypes.c_int]
        self.lib.ZSTD_freeCStream.argtypes = [ctypes.c_void_p]
        self.stream = self.lib.ZSTD_createCStream()
        self.lib.ZSTD_CCtx_setParameter(self.stream, 101, window_log)
        self.lib.ZSTD_CCtx_setParameter(self.stream, 200, 0)  # no content size

    def __del__(self):
        self.lib.ZSTD_freeCStream(self.stream)

    def pack(self, data, end=1):
        """Flushed (end 1) or ended (end 2) bytes of data."""
        room = ctypes.create_string_buffer(len(data) + 4096)
        source = ctypes.create_string_buffer(data, len(data))
        out = self.Buffer(ctypes.addressof(room), len(room), 0)
        into = self.Buffer(ctypes.addressof(source), len(data), 0)
        while self.lib.ZSTD_compressStream2(
                self.stream, ctypes.byref(out), ctypes.byref(into), end):
            pass
        return room.raw[:out.at]


def packed(control, index, packers, sizes=None):
    """A packed payload; packers is (of control, of index). sizes lies."""
    size_c, size_i = sizes or (len(control), len(index))
    inner = packers[1].pack(index) if index else b""
    out = bytearray([0x20 | PACKED | (INDEX if index else 0)])
    if index:
        out += number(size_i) + number(len(inner)) + inner
    return bytes(out) + number(size_c) + packers[0].pack(control)


# ---- section 13 ----

def segment(marker, body):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


class Bits:
    def __init__(self):
        self.value, self.count = 0, 0

    def put(self, value, count):
        self.value = self.value << count | value
        self.count += count

    def bytes(self):
        pad = -self.count % 8
        value = self.value << pad | (1 << pad) - 1
        data = value.to_bytes((self.count + pad) // 8, "big")
        return data.replace(b"\xff", b"\xff\0")


def jpeg(width, height, planes=(128, 128, 128), scan=None):
    """A flat picture in the one form that is permitted."""
    bits = Bits()
    for at in range(-(-width // 8) * -(-height // 8)):
        for value in planes:
            step = 8 * (value - 128) if at == 0 else 0
            size = abs(step).bit_length()
            bits.put(size, 4)  # every category has a code of four bits
            if size:
                bits.put(step if step > 0 else step + (1 << size) - 1, size)
            bits.put(0, 1)  # end of block
    head = b"\xff\xd8"
    for table in (0, 1):
        head += segment(0xdb, bytes([table]) + b"\1" * 64)
    head += segment(0xc0, struct.pack(">BHH", 8, height, width) + bytes.fromhex(
        "03011100021101031101"))
    four = bytes([0, 0, 0, 12] + [0] * 12) + bytes(range(12))
    one = bytes([1] + [0] * 15) + b"\0"
    for name, table in ((0x00, four), (0x10, one), (0x01, four), (0x11, one)):
        head += segment(0xc4, bytes([name]) + table)
    head += segment(0xda, bytes.fromhex("03010002110311003f00"))
    return head + (bits.bytes() if scan is None else scan) + b"\xff\xd9"
