# SPDX-License-Identifier: GPL-3.0-or-later
"""D: forged messages of a viewer, to a host or guard."""
import random
import struct

import rules
from case import ACCEPTS, Case, Wrong
from ends import MAKE, ViewerEnd

BODIES = (b"", b"\0", b"\0" * 17, b"\xff" * 65535)
U32_MOST = 0xffffffff


def cases(context):
    if context.target.mode != "host":
        return
    context.target.learn()
    yield from types(context)
    yield from states(context.target.profile)
    yield from encodings(context)
    yield from formats(context)
    yield from limits(context.target)
    yield from keysyms(context)
    yield from classes()


def types(context):
    """Every message type that docs/protocol.md does not have."""
    for stage in ViewerEnd.STATES if context.is_long else ("fresh", "painted"):
        for kind in range(256):
            if kind in rules.VIEWER_TYPES or context.is_short and (
                    stage == "fresh" or kind % 16 != 6 and
                    kind not in rules.CLIENT_MESSAGES):
                continue
            bodies = BODIES if context.is_long else (BODIES[2],)
            for body in bodies:
                name = rules.CLIENT_MESSAGES.get(kind, "")
                yield Case(
                    f"D-type-{kind:03d}-{stage}-{len(body)}",
                    f"type {kind}{' ' + name if name else ''} with "
                    f"{len(body)} bytes in state {stage} ends the connection",
                    lambda t, stage=stage, kind=kind, body=body:
                    t.send_refused(stage, bytes([kind]) + body,
                                   (219, 210) if kind == 6 else (210,)))


def valid(profile):
    return {0: MAKE["format"](), 2: MAKE["encodings"](profile.announced),
            3: MAKE["request"]((0, 0, 64, 64), 1),
            4: MAKE["key"](0xffe1, 0), 5: MAKE["pointer"](1, 1),
            150: MAKE["continuous"](), 248: MAKE["fence"](b"x")}


def states(profile):
    """Each permitted message in each state: there or not."""
    table = valid(profile)
    for stage in ViewerEnd.STATES:
        for kind, data in table.items():
            may = {"fresh": kind == 0, "formatted": kind == 2}.get(
                stage, kind not in (0, 2))
            name = rules.VIEWER_TYPES[kind]
            if may:
                yield Case(f"D-state-{kind:03d}-{stage}",
                           f"{name} is accepted in state {stage}",
                           lambda t, stage=stage, data=data:
                           t.send_accepted(stage, data), ACCEPTS)
            else:
                yield Case(f"D-state-{kind:03d}-{stage}",
                           f"{name} is refused in state {stage}",
                           lambda t, stage=stage, data=data:
                           t.send_refused(stage, data, (220,)))
    yield Case("D-state-251-fresh", "SetDesktopSize is refused in state fresh",
               lambda t: t.send_refused("fresh", MAKE["size"](640, 480),
                                        (220,)))


def answered_only_by(t, numbers):
    """Announces numbers; the host must use nothing but these of its own."""
    end = t.open("fresh")
    end.box.announced = set(numbers)
    end.send(MAKE["format"]() + MAKE["encodings"](numbers) +
             MAKE["request"]((0, 0, end.box.width, end.box.height)))
    _kind, got = end.until(lambda kind, _: kind == "FramebufferUpdate",
                           20.0)
    used = set(got["encodings"])
    allowed = {0} | (set(numbers) & set(t.profile.encodings))
    if not used <= allowed:
        raise Wrong(f"used encodings {sorted(used)}")
    return f"{t.lives(end)}, used {sorted(used)}"


def encodings(context):
    """Every number of the registry is accepted, dropped and never used."""
    profile = context.target.profile
    numbers = {**rules.ENCODINGS, **profile.others}
    for at, (number, name) in enumerate(sorted(numbers.items())):
        if context.is_short and at % 8 and number not in profile.others:
            continue
        yield Case(f"D-encoding-{number & U32_MOST:08x}",
                   f"encoding {number} ({name}) is dropped, never used",
                   lambda t, number=number: answered_only_by(
                       t, (number, *profile.carriers)), ACCEPTS)
    source = random.Random(context.seed)
    for at in range(320 if context.is_long else 10):
        numbers = [source.randrange(-1 << 31, 1 << 31) for _ in range(30)]
        yield Case(f"D-encoding-random-{at:03d}",
                   "30 random encodings are dropped, never used",
                   lambda t, numbers=numbers: answered_only_by(
                       t, (*numbers, *profile.carriers)), ACCEPTS)
    yield from other_profile(profile)
    for count in (33, 64, 255, 256, 65535):
        yield Case(f"D-encodings-{count}", f"{count} encodings are refused",
                   lambda t, count=count: t.send_refused(
                       "formatted", struct.pack(">BxH", 2, count) +
                       b"\0\0\0\0" * count, (212,)))
    most = (*profile.carriers, *[rules.TIGHT] * 30)[:rules.ENCODINGS_MOST]
    yield Case("D-encodings-32", "32 encodings are accepted",
               lambda t: t.send_accepted("formatted", MAKE["encodings"](
                   (*most, *[0] * (rules.ENCODINGS_MOST - len(most))))),
               ACCEPTS)


def other_profile(profile):
    """Who speaks another profile would see nothing, and is told so."""
    if profile is rules.DEFAULT:
        yield Case("D-encoding-none", "no encodings at all is accepted",
                   lambda t: t.send_accepted("formatted", MAKE["encodings"](
                       ())), ACCEPTS)
        wrong = {"strict": rules.OURS_STRICT, "shape": (rules.SHAPE,)}
    else:
        wrong = {"none": (), "default": rules.OURS, "zlib": (rules.ZLIB,),
                 "shape": (rules.SHAPE, rules.END), "raw": (
                     rules.RAW, rules.COPY, rules.SIZE, rules.END)}
    for name, numbers in wrong.items():
        yield Case(f"D-profile-{name}", f"who announces what belongs to "
                   f"another profile ({name}) is refused",
                   lambda t, numbers=numbers: t.send_refused(
                       "formatted", MAKE["encodings"](numbers), (502,)))


def formats(context):
    """Each single byte of the pixel format that differs."""
    good = MAKE["format"]()
    for at in range(4, 17):
        for value in ((0, 1, 8, 16, 32, 128, 255) if context.is_long
                      else (0, 7, 255)):
            if good[at] == value or context.is_short and value != 255:
                continue
            data = good[:at] + bytes([value]) + good[at + 1:]
            yield Case(f"D-format-{at:02d}-{value:03d}",
                       f"a pixel format with byte {at} {value} is refused",
                       lambda t, data=data: t.send_refused("fresh", data,
                                                           (211,)))
    padded = b"\0\xff\xff\xff" + rules.FORMAT + b"\xff\xff\xff"
    yield Case("D-format-padding", "padding of any value is accepted",
               lambda t: t.send_accepted("fresh", padded), ACCEPTS)


def limits(target):
    """Each limit: at it, above it, far above it."""
    wide, high = target.largest
    fence = MAKE["fence"]
    request, size = MAKE["request"], MAKE["size"]

    def screen(width, height, screens=1, left=0, top=0, inner=None):
        inner = inner or (width, height)
        return struct.pack(">BxHHBxIHHHHI", 251, width, height, screens, 7,
                           left, top, *inner, 3)

    table = [
        ("fence-64", "a fence of 64 bytes", fence(b"x" * 64), 0),
        ("fence-65", "a fence of 65 bytes", fence(b"x" * 65), 216),
        ("fence-255", "a fence of 255 bytes", fence(b"x" * 255), 216),
        ("fence-flag", "a fence with flag 8", fence(b"", 0x80000008), 216),
        ("fence-flags", "a fence with all flags", fence(b"", U32_MOST), 216),
        ("fence-answer", "an answer to no fence", fence(b"x", 0), 216),
        ("request-2", "a request with incremental 2",
         request((0, 0, 64, 64), 2), 213),
        ("request-255", "a request with incremental 255",
         request((0, 0, 64, 64), 255), 213),
        ("request-empty", "a request of no width", request((0, 0, 0, 64)),
         213),
        ("request-flat", "a request of no height", request((0, 0, 64, 0)),
         213),
        ("request-most", "a request of the largest screen",
         request((0, 0, wide, high), 1), 0),
        ("request-beyond", "a request one beyond the largest screen",
         request((0, 0, wide + 1, high)), 213),
        ("request-wrap", "a request whose sum wraps",
         request((65535, 65535, 65535, 65535)), 213),
        ("pointer-most", "the last pixel of the largest screen",
         MAKE["pointer"](wide - 1, high - 1), 0),
        ("pointer-right", "a pointer one to the right of it",
         MAKE["pointer"](wide, 0), 215),
        ("pointer-below", "a pointer one below it", MAKE["pointer"](0, high),
         215),
        ("pointer-far", "a pointer at 65535, 65535",
         MAKE["pointer"](65535, 65535), 215),
        ("pointer-bit-7", "a pointer event with bit 7",
         MAKE["pointer"](1, 1, 0x80), 215),
        ("key-2", "a key with down 2", MAKE["key"](0x41, 2), 214),
        ("key-255", "a key with down 255", MAKE["key"](0x41, 255), 214),
        ("key-padding", "a key with padding", b"\4\0\xff\xff\0\0\xff\xe1", 0),
        ("continuous-2", "continuous updates 2", MAKE["continuous"](2), 217),
        ("continuous-255", "continuous updates 255", MAKE["continuous"](255),
         217),
        ("size-319", "a screen of 319x200", size(319, 200), 218),
        ("size-199", "a screen of 320x199", size(320, 199), 218),
        ("size-3841", "a screen of 3841x2160", size(3841, 2160), 218),
        ("size-2161", "a screen of 3840x2161", size(3840, 2161), 218),
        ("size-huge", "a screen of 65535x65535", size(65535, 65535), 218),
        ("size-none", "a screen of 0x0", size(0, 0), 218),
        ("size-screens-0", "no screen at all", screen(640, 480, 0), 218),
        ("size-screens-2", "two screens", screen(640, 480, 2) + b"\0" * 16,
         218),
        ("size-screens-255", "255 screens", screen(640, 480, 255) +
         b"\0" * 254 * 16, 218),
        ("size-place", "a screen at 1, 1", screen(640, 480, 1, 1, 1), 218),
        ("size-other", "a screen of another size than the desktop",
         screen(640, 480, inner=(641, 480)), 218),
    ]
    for name, text, data, code in table:
        if code:
            yield Case(f"D-limit-{name}", f"{text} is refused",
                       lambda t, data=data, code=code: t.send_refused(
                           "painted", data, (code,)))
        elif data:
            yield Case(f"D-limit-{name}", f"{text} is accepted",
                       lambda t, data=data: t.send_accepted("painted", data),
                       ACCEPTS)

    def same_size(t):
        end = t.open("painted")
        end.send(screen(end.box.width, end.box.height))
        return t.lives(end)

    yield Case("D-limit-size-same", "the present size with other id and flags "
               "is accepted", same_size, ACCEPTS)
    yield from rates()


def rates():
    """Rates are no violation; a flood is bounded, and ends with the fence."""
    def keys_down(t):
        end = t.open("painted")
        end.send(b"".join(MAKE["key"](0xffe1 + i % 14) for i in range(14)) +
                 b"".join(MAKE["key"](0xffbe + i) for i in range(6)) +
                 b"".join(MAKE["key"](0xffbe + i, 0) for i in range(6)) +
                 b"".join(MAKE["key"](0xffe1 + i, 0) for i in range(14)))
        return t.lives(end)

    def pointers(t):
        end = t.open("painted")
        for _ in range(20):
            end.send(b"".join(MAKE["pointer"](i % 200, i % 100)
                              for i in range(500)))
        return t.lives(end, 30.0)

    def requests(t):
        end = t.open("painted")
        box = (0, 0, end.box.width, end.box.height)
        end.send(MAKE["request"](box) * 30)
        return t.lives(end, 30.0)

    def fences(t):
        """A gate answers the newest of a flood; none is kept in a queue."""
        end = t.open("painted")
        end.send(MAKE["fence"](b"y" * 64) * 5000)
        return t.lives(end, 30.0)

    def releases(t):
        end = t.open("painted")
        end.send(b"".join(MAKE["key"](0x61 + i % 26, 0) for i in range(5000)))
        return t.lives(end, 30.0)

    def sizes(t):
        end = t.open("painted")
        before = (end.box.width, end.box.height)
        for at in range(20):
            end.send(MAKE["size"](640 + at, 480 + at))
        end.send(MAKE["size"](*before))
        return t.lives(end, 30.0)

    for name, text, run in [
            ("keys-down", "20 keys held at once: those beyond 16 are dropped",
             keys_down),
            ("pointers", "10,000 pointer events at once are merged", pointers),
            ("requests", "30 full requests at once are delayed", requests),
            ("fences", "5,000 fences at once", fences),
            ("releases", "5,000 releases of keys that are not down", releases),
            ("sizes", "21 changes of the screen at once", sizes)]:
        yield Case(f"D-rate-{name}", text + "; the session goes on", run,
                   ACCEPTS)


def keysyms(context):
    """Edges of every range, what never crosses, and random numbers."""
    inside = sorted({edge for pair in rules.KEYSYMS for edge in pair})
    outside = sorted({number for low, high in rules.KEYSYMS
                      for number in (low - 1, high + 1)
                      if not rules.is_keysym(number)} |
                     set(rules.KEYSYMS_REFUSED))

    def all_inside(t):
        end = t.open("painted")
        end.send(b"".join(MAKE["key"](number, 0) for number in inside))
        return f"{len(inside)} numbers, {t.lives(end)}"

    yield Case("D-keysym-inside", "the first and last keysym of each range "
               "is accepted", all_inside, ACCEPTS)
    for number in outside[::8 if context.is_short else 1]:
        yield Case(f"D-keysym-{number:08x}", f"keysym {number:#x} is refused",
                   lambda t, number=number: t.send_refused(
                       "painted", MAKE["key"](number), (214,)))
    source = random.Random(context.seed + 1)
    for at in range(1000 if context.is_long else 20):
        number = source.randrange(1 << source.randrange(1, 33))
        if rules.is_keysym(number):
            continue
        yield Case(f"D-keysym-random-{at:04d}",
                   f"keysym {number:#x} is refused",
                   lambda t, number=number: t.send_refused(
                       "painted", MAKE["key"](number, 0), (214,)))


def classes():
    """The classes of published weaknesses of VNC servers, as exchanges.

    Numbers name where a class became known; what is sent is made here.
    """
    pack = struct.pack
    table = [
        ("cut-text-4g", "CVE-2018-7225, 2010-5304, 2014-6053: cut text that "
         "says 4 GiB", pack(">BxxxI", 6, U32_MOST), 219),
        ("cut-text-2g", "the same with the sign bit",
         pack(">BxxxI", 6, 0x80000000), 219),
        ("cut-text-0", "cut text of no bytes", pack(">BxxxI", 6, 0), 219),
        ("clipboard", "CVE-2022-3165, 2023-3255: the extended clipboard, a "
         "compressed bomb", pack(">BxxxiI", 6, -1000, 0x10000001) + b"\x78",
         219),
        ("scale-0", "CVE-2014-6054, 2020-14401: a scale of 0", b"\x08\0\0\0",
         210),
        ("palm-scale", "CVE-2020-25708: the scale of PalmVNC, 0",
         b"\x0f\0\0\0", 210),
        ("file-request", "CVE-2018-15126, 2018-20749: file transfer of "
         "UltraVNC", pack(">BBBxII", 7, 3, 0, 0, U32_MOST), 210),
        ("file-name", "CVE-2014-6055: a file name that is too long",
         pack(">BBBxII", 7, 3, 0, 0, 4096) + b"A" * 4096, 210),
        ("file-list", "CVE-2018-6307: a folder is asked for",
         pack(">BBBxII", 7, 1, 1, 0, 2) + b"/\0", 210),
        ("file-tight", "file transfer of TightVNC", pack(">BB", 252, 2) +
         b"\0" * 32, 210),
        ("server-input", "SetServerInput", b"\x09\1\0\0", 210),
        ("single-window", "SetSW", b"\x0a\0\0\0\0\0", 210),
        ("chat", "CVE-2020-14405: chat that says 4 GiB",
         pack(">BxxxI", 11, U32_MOST), 210),
        ("chat-open", "chat that opens a window", pack(">BxxxI", 11,
                                                       U32_MOST - 1), 210),
        ("xvp", "xvp: shut the machine down", b"\xfa\0\1\2", 210),
        ("qemu-key", "a key by its scan code", b"\xff\0" + b"\0" * 10, 210),
        ("qemu-audio", "audio is switched on", b"\xff\1\0\0", 210),
        ("vmware", "the messages of VMware", b"\x7f\0\0\0" + b"\0" * 8, 210),
        ("colour-map", "FixColourMapEntries", b"\1\0" + b"\xff" * 16, 210),
        ("fence-length", "CVE-2019-15683: a fence that says more than it may",
         pack(">BxxxIB", 248, 0x80000000, 255) + b"A" * 255, 216),
        ("format-8", "CVE-2020-14402, -14403, -14404: 8 bits a pixel",
         None, 211),
        ("screens", "more screens than there are", pack(
            ">BxHHBx", 251, 640, 480, 255), 218),
        ("websocket", "CVE-2017-18922: a WebSocket hello in the session",
         b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", 210),
        ("clear", "RFB once more inside of the session", rules.VERSION, 210),
        ("pointer-8", "the long form of a pointer event",
         pack(">BBHHB", 5, 0x80, 1, 1, 1), 215),
    ]
    for name, text, data, code in table:
        if name == "format-8":
            data = b"\0\0\0\0\x08\x08\0\1\0\7\0\7\0\3\0\3\6\0\0\0"
        stage = "fresh" if name == "format-8" else "painted"
        yield Case(f"D-class-{name}", f"{text}: refused",
                   lambda t, data=data, code=code, stage=stage:
                   t.send_refused(stage, data, (code,)))
