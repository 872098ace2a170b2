# SPDX-License-Identifier: GPL-3.0-or-later
"""C, against a viewer with the profile strict: what belongs to other profiles,
cursor shapes and Zlib payloads."""
import zlib

import payloads
import rules
from case import ACCEPTS, Case
from ends import MAKE, raw, rectangle, update
from group_c_host_messages import BOX, SIZE, accept, encodings, opaque, \
    refuse, types

PIXELS = b"\x40\x80\xc0\x00" * (BOX[2] * BOX[3])


def stream(*parts):
    """Each part as one payload of the same zlib stream."""
    engine = zlib.compressobj()
    return [engine.compress(part) + engine.flush(zlib.Z_SYNC_FLUSH)
            for part in parts]


def cases(context):
    yield from accepted()
    yield from types(context)
    yield from encodings(context)
    yield from of_default()
    yield from shapes()
    yield from flat()


def accepted():
    one = stream(PIXELS)[0]
    first, second = stream(PIXELS, PIXELS)
    table = [
        ("raw", "a Raw rectangle", update(raw(BOX))),
        ("zlib", "a Zlib rectangle", opaque(rules.ZLIB, one)),
        ("zlib-2", "two Zlib rectangles of one stream", opaque(
            rules.ZLIB, first) + opaque(rules.ZLIB, second)),
        ("copy", "a CopyRect", update(rectangle(
            (64, 64, 64, 64), rules.COPY, b"\0\0\0\0"))),
        ("fence", "a fence of 64 bytes", MAKE["fence"](b"z" * 64)),
        ("end-of-continuous", "EndOfContinuousUpdates", b"\x96")]
    table += [(f"shape-{at:02d}", f"cursor shape {at}", update(rectangle(
        (at, 0, 0, 0), rules.SHAPE))) for at in range(rules.SHAPES)]
    for name, text, data in table:
        yield Case(f"C-good-{name}", f"{text} is accepted", accept(data),
                   ACCEPTS)


def of_default():
    """What is right in the profile default, and not in this one."""
    tile = payloads.solid(64, 64)
    table = [
        ("tile", opaque(rules.TILE, tile)),
        ("motion", opaque(rules.MOTION, payloads.jpeg(64, 64))),
        ("alpha", update(rectangle((1, 1, 4, 4), rules.ALPHA, b"\x40" * 64))),
        ("no-cursor", update(rectangle((0, 0, 0, 0), rules.ALPHA))),
        ("caret", update(rectangle((10, 10, 2, 20), rules.CARET))),
        ("cursor", update(rectangle((0, 0, 8, 1), rules.CURSOR, b"\0" * 33)))]
    for name, data in table:
        yield Case(f"C-default-{name}", f"{name}, which the profile default "
                   "has, is refused", refuse("painted", data, (313,)))


def shapes():
    for name, box in (("16", (16, 0, 0, 0)), ("65535", (65535, 0, 0, 0)),
                      ("y", (1, 1, 0, 0)), ("width", (1, 0, 1, 0)),
                      ("height", (1, 0, 0, 1))):
        yield Case(f"C-shape-{name}", f"a cursor shape {box} is refused",
                   refuse("painted", update(rectangle(box, rules.SHAPE)),
                          (316,)))


def flat():
    """Payloads of Zlib that are not what section 7 says."""
    good = stream(PIXELS)[0]
    most = 4 * BOX[2] * BOX[3]
    bomb = stream(b"\0" * (1 << 22))[0]
    table = [
        ("short", stream(PIXELS[:-4])[0], 321),
        ("long", stream(PIXELS + b"\0\0\0\0")[0], 321),
        ("one-more", stream(PIXELS + b"\0")[0], 321),
        ("no-head", good[2:], 321),
        ("cut", good[:len(good) // 2], 321),
        ("ended", zlib.compress(PIXELS), 321),
        ("dictionary", b"\x78\xbb\0\0\0\1" + good[2:], 321),
        ("window", b"\x88\x1c" + good[2:], 321),
        ("zeros", b"\0" * 64, 321),
        ("left-over", good + b"\0", 321),
        ("bomb", bomb[:4096], 321)]
    for name, data, code in table:
        yield Case(f"C-flat-{name}", f"a Zlib payload that is wrong ({name}) "
                   "is refused", refuse("painted", opaque(rules.ZLIB, data),
                                        (code,)))
    for name, size in (("0", 0), ("4g", 0xffffffff), ("2g", 0x80000000),
                       ("most", most + most // 4096 + most // 16384 + 78)):
        yield Case(f"C-flat-length-{name}", f"a Zlib payload that says {size} "
                   "bytes is refused", refuse("painted", opaque(
                       rules.ZLIB, b"\0" * 64, size=size), (314,)))
