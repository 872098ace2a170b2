# SPDX-License-Identifier: GPL-3.0-or-later
"""Markers, and the search for them in everything that crossed.

A marker is 32 characters that depend on the seed and a name, so the page
server and the probe know the same ones without talking to each other.
"""
import base64
import hashlib
import re
import zlib

from tile_reference import Reader, Stream, unpack_frame

# In two parts, so that no scanner takes this file for what it names.
EICAR = (r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EIC" + "AR-STANDARD-ANTIVIRUS-TEST-"
         "FILE!$H+H*")
WINDOW = 8


def marker(seed, name):
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return base64.b32encode(digest).decode()[:32]


def forms(text):
    """Names and functions of the encodings that are searched for."""
    data = text.encode()
    table = {
        "plain": data, "utf-16-le": text.encode("utf-16-le"),
        "utf-16-be": text.encode("utf-16-be"), "utf-32-le":
        text.encode("utf-32-le"), "reversed": data[::-1], "hex":
        data.hex().encode(), "HEX": data.hex().upper().encode(), "lower case":
        data.lower(), "rot13": rot13(text).encode(), "inverted":
        bytes(255 - byte for byte in data), "nibbles swapped":
        bytes((byte << 4 | byte >> 4) & 255 for byte in data)}
    for skip in range(3):
        whole = base64.b64encode(b"\0" * skip + data)
        # Only the characters that do not depend on the neighbours.
        table[f"base64 at {skip}"] = whole[4 if skip else 0:-4]
    return table


def rot13(text):
    import codecs
    return codecs.encode(text, "rot13")


def needles(text):
    """{bytes: form}: windows of eight characters; any leak of 15 holds one."""
    out = {}
    for name, data in forms(text).items():
        width = WINDOW * max(1, len(data) // len(text))
        for at in range(0, len(data) - width + 1, width):
            out.setdefault(data[at:at + width], name)
    return out


def inflated(data):
    """What zlib streams in data give, wherever one seems to begin."""
    out = bytearray()
    for match in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data):
        try:
            engine = zlib.decompressobj()
            out += engine.decompress(data[match.start():], 1 << 20)
        except zlib.error:
            continue
        if len(out) > 1 << 26:
            break
    return bytes(out)


def collapsed(data):
    """Runs of the same byte as one: what run-length coding would hide."""
    return re.sub(rb"(.)\1+", rb"\1", data, flags=re.DOTALL)


class Layers:
    """All views of what crossed: raw bytes, what is packed in them, and the
    bytes of a colour channel."""

    def __init__(self, raw):
        self.views = {"as it crossed": bytes(raw),
                      "every second byte": bytes(raw[::2]) + bytes(raw[1::2]),
                      "every fourth byte": b"".join(
                          bytes(raw[at::4]) for at in range(4)),
                      "runs collapsed": collapsed(bytes(raw)),
                      "zlib inflated": inflated(bytes(raw))}
        self.unpacked = 0

    def add_tiles(self, payloads):
        """The zstd streams of tile payloads, in order (section 12.1)."""
        streams, out = (Stream(), Stream()), bytearray()
        for payload in payloads:
            try:
                out += unpack_tile(payload, streams)
                self.unpacked += 1
            except Exception:  # judged by others; here only bytes count
                break
        self.views["tiles unpacked"] = bytes(out)
        self.views["tiles, every fourth byte"] = b"".join(
            bytes(out[at::4]) for at in range(4))

    def add_flat(self, payloads):
        """The one zlib stream of Zlib payloads, in order (section 7)."""
        engine = zlib.decompressobj()
        try:
            out = b"".join(engine.decompress(one) for one in payloads)
        except zlib.error:
            return
        if out:
            self.views["Zlib unpacked"] = out

    def add(self, name, data):
        self.views[name] = bytes(data)

    def size(self):
        return sum(len(view) for view in self.views.values())

    def find(self, text):
        """[(view, form, place)] of every window of text that is there."""
        hits = []
        for view, data in self.views.items():
            for needle, form in needles(text).items():
                at = data.find(needle)
                if at >= 0:
                    hits.append((view, form, at))
        return hits


def colour_views(rows):
    """What a program that reads the screen could take for bytes: {name: bytes}
    of rows of colours, in raster order."""
    pixels = [colour for row in rows for colour in row]
    red, green, blue = (bytes(colour >> shift & 255 for colour in pixels)
                        for shift in (16, 8, 0))
    views = {"red": red, "green": green, "blue": blue}
    for name, parts in (("BGR", (blue, green, red)),
                        ("RGB", (red, green, blue)),
                        ("BGRX", (blue, green, red, bytes(len(red)))),
                        ("RGBX", (red, green, blue, bytes(len(red))))):
        whole = bytearray(len(parts) * len(red))
        for at, part in enumerate(parts):
            whole[at::len(parts)] = part
        views[name] = bytes(whole)
    return views


def pieces(data):
    """Windows of 8 bytes, so that a part of it is found too."""
    return [data[at:at + WINDOW] for at in range(len(data) - WINDOW + 1)]


def unpack_tile(payload, streams):
    reader = Reader(payload)
    flags, out = reader.u8(), bytearray()
    is_packed = flags & 1
    if flags & 8:
        size = reader.size()
        out += streams[1].unpack(reader.take(reader.number()), size) \
            if is_packed else reader.take(size)
    if flags & 2:
        size = reader.size()
        for _ in range(3):
            plane = reader.take(reader.number())
            out += plane if len(plane) == size else unpack_frame(plane, size)
    if flags & 4:
        out += reader.take(reader.size())
    if is_packed:
        size = reader.size()
        out += streams[0].unpack(reader.take(reader.left()), size)
    else:
        out += reader.take(reader.left())
    return bytes(out)
