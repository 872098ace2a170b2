# SPDX-License-Identifier: GPL-3.0-or-later
"""Small damages of valid bytes, from a seed."""
import struct

EDGES = (0, 1, 2, 7, 8, 15, 16, 31, 32, 63, 64, 65, 127, 128, 129, 255)
WIDE = (0, 1, 0x7fff, 0x8000, 0xfffe, 0xffff)
LONG = (0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x10000,
        0x534a0000, 0x534a0004)


def mutate(source, data, others):
    """data with one or two changes; others are whole messages to splice."""
    out = bytearray(data)
    for _ in range(1 if source.random() < 0.8 else 2):
        change(source, out, others)
    return bytes(out)


def change(source, out, others):
    at = source.randrange(len(out)) if out else 0
    kind = source.randrange(10)
    if kind <= 1 and out:
        out[at] ^= 1 << source.randrange(8)
    elif kind == 2 and out:
        out[at] = source.choice(EDGES)
    elif kind == 3 and out:
        out[at] = source.randrange(256)
    elif kind == 4 and len(out) >= 2:
        at = min(at, len(out) - 2)
        out[at:at + 2] = struct.pack(">H", source.choice(WIDE))
    elif kind == 5 and len(out) >= 4:
        at = min(at, len(out) - 4)
        out[at:at + 4] = struct.pack(">I", source.choice(LONG))
    elif kind == 6:
        out[at:at] = bytes([source.randrange(256)])
    elif kind == 7 and len(out) > 1:
        del out[at:at + source.randrange(1, 4)]
    elif kind == 8 and out:
        at = min(at, len(out) - 1)
        out[at] = (out[at] + source.choice((-1, 1))) & 255
    else:
        other = source.choice(others)
        out[at:] = other[min(at, len(other)):]
