# SPDX-License-Identifier: GPL-3.0-or-later
"""Independent judges of both directions: docs/protocol.md, byte by byte.

A judge is fed what arrives, in any pieces, and keeps what is not whole. It
names what it has seen and raises Violation with the code that the document
gives. The probe uses one on all that a peer sends (nothing outside of the
document may cross), and asks one beforehand what a peer has to do with
a message (is it accepted, and if not, with which code is it refused).
"""
import struct

import rules


class Violation(Exception):
    """Bytes that docs/protocol.md does not permit."""

    def __init__(self, code, text, at=0):
        super().__init__(f"E{code}: {text} (byte {at})")
        self.code = code
        self.at = at


class Judge:
    """A parser fed in pieces: parse() is a generator that yields byte counts
    and is given that many bytes."""

    def __init__(self):
        self.buffer = bytearray()
        self.at = 0  # bytes judged
        self.seen = []  # (kind, details) since take()
        self.bytes = {}  # kind: bytes
        self.counts = {}  # kind: units
        self.parser = self.parse()
        self.wanted = next(self.parser)

    def feed(self, data):
        self.buffer += data
        while len(self.buffer) >= self.wanted:
            part = bytes(self.buffer[:self.wanted])
            del self.buffer[:self.wanted]
            self.at += len(part)
            self.wanted = self.parser.send(part)

    def take(self):
        seen, self.seen = self.seen, []
        return seen

    def is_between(self):
        """True when no unit has begun."""
        return not self.buffer and self.is_idle

    is_idle = False

    def note(self, kind, length, /, **details):
        self.counts[kind] = self.counts.get(kind, 0) + 1
        self.bytes[kind] = self.bytes.get(kind, 0) + length
        self.seen.append((kind, details))

    def fail(self, code, text):
        raise Violation(code, text, self.at)


class Box:
    """The screen and what has happened on it; shared by both judges."""

    def __init__(self, width=0, height=0):
        self.width, self.height = width, height
        self.most = (rules.WIDTH_MOST, rules.HEIGHT_MOST)
        self.announced = set(rules.OURS)

    def holds(self, left, top, width, height):
        return width > 0 and height > 0 and left + width <= self.width and \
            top + height <= self.height


class FromHost(Judge):
    """What a host (or guard) sends behind the TLS handshake."""

    def __init__(self, box=None, encodings=None, is_handshake=True,
                 is_canonical=True, keep=None):
        self.box = box or Box()
        self.encodings = encodings or rules.DEFAULT_ENCODINGS
        self.is_handshake = is_handshake
        self.is_canonical = is_canonical  # padding that a gate writes is 0
        self.keep = keep  # called with (encoding, box, payload)
        self.is_painted = self.is_asked = False
        self.is_ended = False
        self.name = None
        self.refusal = None
        super().__init__()

    def parse(self):
        if self.is_handshake:
            yield from self.handshake()
        while True:
            self.is_idle = True
            kind = (yield 1)[0]
            self.is_idle = False
            if self.is_ended:
                self.fail(322, f"type {kind} behind the session end")
            if kind == 0:
                yield from self.update()
            elif kind == 150:
                self.note("EndOfContinuousUpdates", 1)
            elif kind == 248:
                head = yield 8
                flags, size = struct.unpack(">3xIB", head)
                yield from fence(self, head, flags, size, 318, "ServerFence")
            else:
                self.fail(324 if kind == 3 else 310, f"message type {kind}")

    def handshake(self):
        result = struct.unpack(">I", (yield 4))[0]
        if result == 1:
            size = struct.unpack(">I", (yield 4))[0]
            text = yield min(size, rules.NAME_MOST)
            if size != 4 or text[:1] != b"E" or not text[1:].isdigit():
                self.fail(303, f"refusal of {size} bytes: {text!r}")
            self.refusal = int(text[1:])
            self.note("refusal", 12, code=self.refusal)
            self.is_ended = True
            return
        if result != 0:
            self.fail(303, f"SecurityResult {result}")
        head = yield 24
        width, height = struct.unpack(">HH", head[:4])
        size = struct.unpack(">I", head[20:])[0]
        if head[4:17] != rules.FORMAT:
            self.fail(302, f"pixel format {head[4:20].hex()}")
        if not (rules.WIDTH_LEAST <= width <= rules.WIDTH_MOST and
                rules.HEIGHT_LEAST <= height <= rules.HEIGHT_MOST):
            self.fail(302, f"screen {width}x{height}")
        if size > rules.NAME_MOST:
            self.fail(302, f"name of {size} bytes")
        self.name = (yield size) if size else b""
        if self.is_canonical and (self.name != b"shoji" or any(head[17:20])):
            self.fail(302, f"name {self.name!r}, padding {head[17:20].hex()}")
        self.box.width, self.box.height = width, height
        self.note("ServerInit", 28 + size, size=(width, height))

    def update(self):
        padding, count = struct.unpack(">BH", (yield 3))
        if not self.is_asked and not self.is_canonical:
            self.fail(322, "an update that nobody asked for")
        if not 1 <= count <= rules.RECTS_MOST:
            self.fail(311, f"{count} rectangles")
        if self.is_canonical and padding:
            self.fail(311, "padding")
        begin, names = self.at - 4, []
        area = 2 * self.box.width * self.box.height
        for _ in range(count):
            head = struct.unpack(">HHHHi", (yield 12))
            if self.is_ended:
                self.fail(322, "a rectangle behind the session end")
            names.append(head[4])
            area = yield from self.rectangle(head, count, area)
        self.note("FramebufferUpdate", self.at - begin, encodings=names)

    def rectangle(self, head, count, area):
        left, top, width, height, encoding = head
        box, pixels = self.box, width * height
        if encoding not in self.encodings or (
                encoding != rules.RAW and encoding not in box.announced):
            self.fail(313, f"encoding {encoding}")
        if encoding in (rules.RAW, rules.COPY, rules.ZLIB, rules.TILE,
                        rules.MOTION):
            if not box.holds(left, top, width, height):
                self.fail(312, f"rectangle {head[:4]} of {box.width}x"
                          f"{box.height}")
            if pixels > area:
                self.fail(323, "more than two screens in one update")
            area -= pixels
        if encoding == rules.RAW:
            data = yield 4 * pixels
            if self.is_canonical and any(data[3::4]):
                self.fail(312, "a fourth byte that is not 0")
            yield from self.drawn(head, data)
        elif encoding == rules.COPY:
            source = struct.unpack(">HH", (yield 4))
            if not box.holds(*source, width, height):
                self.fail(315, f"copy from {source}")
            if not self.is_painted:
                self.fail(322, "a copy before any pixels")
            yield from self.drawn(head, source)
        elif encoding in (rules.ZLIB, rules.TILE, rules.MOTION):
            yield from self.opaque(head, pixels)
        else:
            yield from self.pseudo(head, count)
        return area

    def opaque(self, head, pixels):
        encoding = head[4]
        size = struct.unpack(">I", (yield 4))[0]
        if encoding == rules.ZLIB:
            raw = 4 * pixels
            most = raw + raw // 4096 + raw // 16384 + (raw >> 25) + 77
        elif encoding == rules.TILE:
            most = min(4 * pixels + rules.TILE_EXTRA, rules.PAYLOAD_MOST)
        else:
            most = min(3 * pixels + rules.MOTION_EXTRA, rules.PAYLOAD_MOST)
        if not 1 <= size <= most:
            self.fail(314, f"payload of {size} bytes for {pixels} pixels")
        yield from self.drawn(head, (yield size))

    def drawn(self, head, payload):
        self.is_painted = True
        if self.keep:
            self.keep(head[4], head[:4], payload)
        return
        yield  # a generator like the others

    def pseudo(self, head, count):
        left, top, width, height, encoding = head
        is_none = (left, top, width, height) == (0, 0, 0, 0)
        if encoding in (rules.CURSOR, rules.ALPHA):
            if not is_none and not (
                    0 < width <= rules.CURSOR_MOST and
                    0 < height <= rules.CURSOR_MOST and left < width and
                    top < height):
                self.fail(316, f"cursor {head[:4]}")
            mask = (width + 7) // 8 * height if encoding == rules.CURSOR else 0
            size = 4 * width * height + mask
            data = (yield size) if size else b""
            if self.keep:
                self.keep(encoding, head[:4], data)
        elif encoding == rules.SIZE:
            yield from self.new_size(head)
        elif encoding == rules.CARET:
            if not is_none and not self.box.holds(left, top, width, height):
                self.fail(320, f"caret {head[:4]}")
            if self.keep:
                self.keep(encoding, head[:4], b"")
        elif encoding == rules.SHAPE:
            if left >= rules.SHAPES or (top, width, height) != (0, 0, 0):
                self.fail(316, f"cursor shape {head[:4]}")
            if self.keep:
                self.keep(encoding, head[:4], b"")
        else:
            if (top, width, height) != (0, 0, 0) or count != 1 or \
                    left not in rules.CODES or left // 100 not in (4, 5):
                self.fail(319, f"session end {head[:4]}, one of {count}")
            self.is_ended = True
            self.note("session end", 0, code=left)

    def new_size(self, head):
        cause, status, width, height, _encoding = head
        body = yield 20
        screens, name, left, top, inner_width, inner_height, flags = \
            struct.unpack(">B3xIHHHHI", body)
        box = self.box
        if cause > 2 or status > 3 or screens != 1 or (left, top) != (0, 0) \
                or (inner_width, inner_height) != (width, height):
            self.fail(317, f"desktop size {head[:4]} {body.hex()}")
        if not (rules.WIDTH_LEAST <= width <= box.most[0] and
                rules.HEIGHT_LEAST <= height <= box.most[1]):
            self.fail(317, f"desktop size {width}x{height}")
        if status and (cause != 1 or (width, height) !=
                       (box.width, box.height)):
            self.fail(317, f"status {status} with another size or cause")
        if self.is_canonical and (any(body[1:4]) or name != 1 or flags):
            self.fail(317, "padding, id or flags")
        box.width, box.height = width, height
        self.note("size", 0, size=(width, height), cause=cause, status=status)


class FromViewer(Judge):
    """What a viewer (or guard) sends behind ClientInit."""

    def __init__(self, box=None, is_canonical=True, is_greeting=False):
        self.box = box or Box()
        self.is_canonical = is_canonical
        self.is_greeting = is_greeting
        self.state = "fresh"
        self.encodings = []
        super().__init__()

    def parse(self):
        if self.is_greeting:
            if (yield 1)[0] > 1:
                self.fail(202, "ClientInit")
        kinds = {0: self.format, 2: self.set_encodings, 3: self.request,
                 4: self.key, 5: self.pointer, 150: self.continuous,
                 248: self.fence, 251: self.size}
        while True:
            self.is_idle = True
            kind = (yield 1)[0]
            self.is_idle = False
            if kind not in kinds:
                self.fail(219 if kind == 6 else 210, f"message type {kind}")
            may = {"fresh": kind == 0, "formatted": kind == 2}.get(
                self.state, kind not in (0, 2))
            if not may:
                self.fail(220, f"{rules.VIEWER_TYPES[kind]} in state "
                          f"{self.state}")
            begin = self.at - 1
            details = yield from kinds[kind]()
            self.note(rules.VIEWER_TYPES[kind], self.at - begin,
                      **(details or {}))

    def zero(self, data, code):
        if self.is_canonical and any(data):
            self.fail(code, "padding is not 0")

    def format(self):
        body = yield 19
        if body[3:16] != rules.FORMAT:
            self.fail(211, f"pixel format {body[3:].hex()}")
        self.zero(body[:3] + body[16:], 211)
        self.state = "formatted"

    def set_encodings(self):
        padding, count = struct.unpack(">BH", (yield 3))
        if count > rules.ENCODINGS_MOST:
            self.fail(212, f"{count} encodings")
        self.zero(bytes([padding]), 212)
        data = (yield 4 * count) if count else b""
        self.encodings = list(struct.unpack(f">{count}i", data))
        self.state = "asked"
        return {"encodings": self.encodings}

    def request(self):
        is_more, left, top, width, height = struct.unpack(
            ">BHHHH", (yield 9))
        if is_more > 1 or not width or not height or \
                left + width > self.box.most[0] or \
                top + height > self.box.most[1]:
            self.fail(213, f"request {is_more} {left} {top} {width} {height}")
        self.state = "running"
        return {"incremental": is_more, "box": (left, top, width, height)}

    def key(self):
        is_down, padding, keysym = struct.unpack(">B2sI", (yield 7))
        if is_down > 1 or not rules.is_keysym(keysym):
            self.fail(214, f"key {is_down} {keysym:#x}")
        self.zero(padding, 214)
        return {"down": is_down, "keysym": keysym}

    def pointer(self):
        buttons, x, y = struct.unpack(">BHH", (yield 5))
        if buttons & 0x80 or x >= self.box.most[0] or y >= self.box.most[1]:
            self.fail(215, f"pointer {buttons:#x} {x},{y}")
        return {"buttons": buttons, "place": (x, y)}

    def continuous(self):
        is_on = (yield 9)[0]
        if is_on > 1:
            self.fail(217, f"continuous updates {is_on}")

    def fence(self):
        head = yield 8
        flags, size = struct.unpack(">3xIB", head)
        return (yield from fence(self, head, flags, size, 216, None))

    def size(self):
        body = yield 23
        (width, height, screens, _id, left, top, inner_width, inner_height,
         _flags) = struct.unpack(">xHHBxIHHHHI", body)
        if screens != 1 or (left, top, inner_width, inner_height) != \
                (0, 0, width, height) or not (
                    rules.WIDTH_LEAST <= width <= rules.WIDTH_MOST and
                    rules.HEIGHT_LEAST <= height <= rules.HEIGHT_MOST):
            self.fail(218, f"desktop size {body.hex()}")
        return {"size": (width, height)}


def fence(judge, head, flags, size, code, name):
    """The rest of a fence, which is the same in both directions. A judge of
    what gates send (canonical) expects answers, one of what they get expects
    requests: which of them it is counts when it is whole."""
    if flags & ~rules.FENCE_FLAGS or size > rules.FENCE_MOST:
        judge.fail(code, f"fence with flags {flags:#x}, {size} bytes")
    judge.zero(head[:3], code) if hasattr(judge, "zero") else None
    payload = (yield size) if size else b""
    if not judge.is_canonical and not flags & rules.FENCE_REQUEST:
        judge.fail(code, "an answer to a fence that was not sent")
    if name:
        judge.note(name, 9 + size, flags=flags, payload=payload)
    return {"flags": flags, "payload": payload}


def verdict(judge, data):
    """What a peer has to do with data: ('accept', 0), ('wait', 0) when the
    last unit is not whole, or ('refuse', code)."""
    try:
        judge.feed(data)
    except Violation as error:
        return "refuse", error.code
    return ("accept" if judge.is_between() else "wait"), 0
