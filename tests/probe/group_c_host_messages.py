# SPDX-License-Identifier: GPL-3.0-or-later
"""C: forged messages of a host, to a viewer."""
import random
import struct
import zlib

import payloads
import rules
from case import ACCEPTS, Case, Wrong
from ends import MAKE, raw, rectangle, update

SIZE = (640, 480)
BODIES = (b"", b"\0", b"\0" * 17, b"\xff" * 65535)
U32_MOST = 0xffffffff
BOX = (0, 0, 64, 64)


def cases(context):
    if context.target.mode != "viewer":
        return
    if context.target.profile is rules.STRICT:
        import group_c_strict
        yield from group_c_strict.cases(context)
        return
    yield from accepted()
    yield from types(context)
    yield from encodings(context)
    yield from rectangles(context)
    yield from sizes()
    yield from classes()
    yield from payload_cases(context)
    yield from bombs()
    yield from greetings()


def refuse(stage, data, codes):
    """run() of a case: what is sent in stage has to be refused."""
    def run(target):
        def script(end):
            target.open(end, stage, SIZE)
            end.send(data() if callable(data) else data)
        return target.refused(script, codes)
    return run


def goodbye(end):
    """A session end on purpose, and the close that belongs to it."""
    end.send(update(rectangle((400, 0, 0, 0), rules.END)))
    end.leave()


def accept(data, stage="painted"):
    def run(target):
        def script(end):
            target.open(end, stage, SIZE)
            end.send(data() if callable(data) else data)
            end.ping()
            end.settle()
            goodbye(end)
            return "fence answered, ended on purpose"
        return target.accepted(script)
    return run


def opaque(encoding, payload, box=BOX, size=None):
    return update(rectangle(box, encoding, struct.pack(
        ">I", len(payload) if size is None else size) + payload))


def accepted():
    """What must work, or the refusals would prove nothing."""
    table = [
        ("raw", "a Raw rectangle", raw(BOX)),
        ("copy", "a CopyRect", rectangle((64, 64, 64, 64), rules.COPY,
                                         b"\0\0\0\0")),
        ("alpha", "an alpha cursor of 64x64", rectangle(
            (63, 63, 64, 64), rules.ALPHA, b"\x80" * 16384)),
        ("no-cursor", "no cursor", rectangle((0, 0, 0, 0), rules.ALPHA)),
        ("caret", "a caret", rectangle((10, 10, 2, 20), rules.CARET)),
        ("no-caret", "no caret", rectangle((0, 0, 0, 0), rules.CARET))]
    for name, text, data in table:
        yield Case(f"C-good-{name}", f"{text} is accepted",
                   accept(update(data)), ACCEPTS)
    yield Case("C-good-tile", "a tile rectangle is accepted",
               accept(opaque(rules.TILE, payloads.solid(64, 64))), ACCEPTS)
    yield Case("C-good-motion", "a motion rectangle is accepted",
               accept(opaque(rules.MOTION, payloads.jpeg(64, 64))), ACCEPTS)
    yield Case("C-good-size", "the smallest screen is accepted",
               accept(update(new_size(320, 200))), ACCEPTS)
    yield Case("C-good-fence", "a fence of 64 bytes is answered",
               accept(MAKE["fence"](b"z" * 64)), ACCEPTS)
    yield Case("C-good-end-of-continuous", "EndOfContinuousUpdates ends at "
               "the gate", accept(b"\x96"), ACCEPTS)
    yield Case("C-good-1024", "1024 rectangles in one update are accepted",
               accept(update(*[raw((0, 0, 1, 1))] * 1024)), ACCEPTS)


def types(context):
    for stage in ("fresh", "painted") if context.is_long else ("painted",):
        for kind in range(256):
            if kind in rules.HOST_TYPES:
                continue
            if context.is_short and kind % 16 != 2 and \
                    kind not in rules.SERVER_MESSAGES:
                continue
            for body in BODIES if context.is_long else (BODIES[2],):
                name = rules.SERVER_MESSAGES.get(kind, "")
                yield Case(
                    f"C-type-{kind:03d}-{stage}-{len(body)}",
                    f"type {kind}{' ' + name if name else ''} with "
                    f"{len(body)} bytes in state {stage} is refused",
                    refuse(stage, bytes([kind]) + body,
                           (324, 310) if kind == 3 else (310,)))


def encodings(context):
    profile = context.target.profile
    numbers = {**rules.ENCODINGS, **profile.others}
    numbers.setdefault(rules.CURSOR, "Cursor of stock viewers")
    source = random.Random(context.seed)
    for _ in range(500 if context.is_long else 5):
        numbers[source.randrange(-1 << 31, 1 << 31)] = "random"
    for at, (number, name) in enumerate(sorted(numbers.items())):
        if number in profile.announced or context.is_short and at % 8:
            continue
        yield Case(f"C-encoding-{number & U32_MOST:08x}",
                   f"a rectangle of encoding {number} ({name}), which nobody "
                   f"asked for, is refused",
                   refuse("painted", update(rectangle(
                       (0, 0, 16, 16), number, b"\0\0\0\1" * 64)), (313,)))


def rectangles(context):
    pixel = b"\1\2\3\0"
    wide, high = SIZE
    boxes = [("empty", (0, 0, 0, 1), 312), ("flat", (0, 0, 1, 0), 312),
             ("right", (wide, 0, 1, 1), 312), ("below", (0, high, 1, 1), 312),
             ("one-right", (wide - 1, 0, 2, 1), 312),
             ("one-below", (0, high - 1, 1, 2), 312),
             ("wrap", (65535, 65535, 2, 2), 312),
             ("largest", (65535, 65535, 65535, 65535), 312)]
    for name, box, code in boxes:
        for encoding in (rules.RAW, rules.TILE) if context.is_short else \
                (rules.RAW, rules.TILE, rules.MOTION, rules.COPY):
            yield Case(f"C-rect-{name}-{encoding & U32_MOST:x}",
                       f"a rectangle {box} of encoding {encoding} is refused",
                       refuse("painted", update(rectangle(
                           box, encoding, pixel * 4)), (code,)))
    table = [
        ("count-0", "an update of no rectangles", update(), (311,)),
        ("count-1025", "1025 rectangles", update(
            *[raw((0, 0, 1, 1))] * 1025), (311,)),
        ("count-65535", "65,535 rectangles, the form of LastRect", update(
            raw((0, 0, 1, 1)), count=65535), (311,)),
        ("copy-outside", "a copy from outside", update(rectangle(
            BOX, rules.COPY, struct.pack(">HH", wide - 63, 0))), (315,)),
        ("copy-far", "a copy from 65535, 65535", update(rectangle(
            BOX, rules.COPY, b"\xff" * 4)), (315,)),
        ("copy-early", "a copy before the first pixels", None, (322,)),
        ("area", "more than two screens in one update", update(
            *[rectangle((0, 0, wide, high), rules.COPY, b"\0\0\0\0")] * 3),
         (323,)),
        ("cursor-65", "a cursor of 65x64", update(rectangle(
            (0, 0, 65, 64), rules.ALPHA, b"\0" * 16640)), (316,)),
        ("cursor-huge", "a cursor of 65535x65535 (CVE-2019-15690, "
         "2019-20788)", update(rectangle((0, 0, 65535, 65535), rules.ALPHA,
                                         b"\0" * 4096)), (316,)),
        ("cursor-spot", "a hot spot outside", update(rectangle(
            (8, 0, 8, 8), rules.ALPHA, b"\0" * 256)), (316,)),
        ("cursor-flat", "a cursor of no height", update(rectangle(
            (0, 0, 8, 0), rules.ALPHA)), (316,)),
        ("caret-outside", "a caret outside", update(rectangle(
            (wide, 0, 1, 1), rules.CARET)), (320,)),
        ("caret-empty", "a caret of no width at 5, 5", update(rectangle(
            (5, 5, 0, 1), rules.CARET)), (320,)),
        ("end-0", "a session end with code 0", update(rectangle(
            (0, 0, 0, 0), rules.END)), (319,)),
        ("end-300", "a session end with code 300", update(rectangle(
            (300, 0, 0, 0), rules.END)), (319,)),
        ("end-499", "a session end with an unknown code", update(rectangle(
            (499, 0, 0, 0), rules.END)), (319,)),
        ("end-place", "a session end with a place", update(rectangle(
            (400, 1, 0, 0), rules.END)), (319,)),
        ("end-two", "a session end beside pixels", update(
            raw((0, 0, 1, 1)), rectangle((400, 0, 0, 0), rules.END)), (319,)),
        ("fence-65", "a fence of 65 bytes", MAKE["fence"](b"x" * 65), (318,)),
        ("fence-255", "a fence of 255 bytes", MAKE["fence"](b"x" * 255),
         (318,)),
        ("fence-flags", "a fence with all flags", MAKE["fence"](
            b"", U32_MOST), (318,)),
        ("fence-answer", "an answer to no fence", MAKE["fence"](b"x", 0),
         (318,)),
        ("half-rect", "half a rectangle and then nothing", b"\0\0\0\1\0\0",
         (141,))]
    for name, text, data, codes in table:
        if name == "copy-early":
            yield Case("C-limit-copy-early", text + " is refused", refuse(
                "fresh", update(rectangle(BOX, rules.COPY, b"\0\0\0\0")),
                codes))
        elif name == "half-rect":
            yield Case("C-limit-half-rect", text + " ends after its time",
                       lambda t, data=data: t.refused(
                           lambda end: (t.open(end, "painted", SIZE),
                                        end.send(data)), (141,), (None,)))
        else:
            yield Case(f"C-limit-{name}", text + " is refused",
                       refuse("painted", data, codes))


def new_size(width, height, cause=0, status=0, screens=1, place=(0, 0),
             inner=None):
    inner = inner or (width, height)
    return rectangle((cause, status, width, height), rules.SIZE, struct.pack(
        ">B3xIHHHHI", screens, 1, *place, *inner, 0))


def sizes():
    table = [
        ("319", new_size(319, 200)), ("199", new_size(320, 199)),
        ("3841", new_size(3841, 2160)), ("2161", new_size(3840, 2161)),
        ("20000", new_size(20000, 20000)), ("65535", new_size(65535, 65535)),
        ("0", new_size(0, 0)), ("cause-3", new_size(640, 480, 3)),
        ("status-4", new_size(640, 480, 1, 4)),
        ("status-cause", new_size(640, 480, 0, 1)),
        ("status-size", new_size(800, 600, 1, 1)),
        ("screens-0", new_size(640, 480, screens=0)),
        ("screens-2", new_size(640, 480, screens=2)),
        ("screens-255", new_size(640, 480, screens=255)),
        ("place", new_size(640, 480, place=(1, 0))),
        ("inner", new_size(640, 480, inner=(640, 481)))]
    for name, data in table:
        yield Case(f"C-size-{name}", f"desktop size {name} is refused",
                   refuse("painted", update(data), (317,)))
    yield Case("C-size-then-old", "a rectangle of the old size behind a "
               "smaller screen is refused", refuse("painted", update(
                   new_size(320, 200), raw((400, 300, 8, 8))), (312,)))
    yield Case("C-size-flood", "200 changes of the size are survived",
               accept(b"".join(update(new_size(320 + i % 64, 200 + i % 48))
                               for i in range(200))), ACCEPTS)


def classes():
    """The classes of published weaknesses of VNC viewers, as exchanges.

    Numbers name where a class became known; what is sent is made here.
    """
    pack = struct.pack

    def rect(encoding, payload, box=BOX):
        return update(rectangle(box, encoding, payload))

    table = [
        ("cut-text", "CVE-2018-20019, -20748: cut text that says 4 GiB",
         pack(">BxxxI", 3, U32_MOST), (324,)),
        ("clipboard", "the extended clipboard, a compressed bomb",
         pack(">BxxxiI", 3, -100, 0x10000001) + zlib.compress(b"\0" * 65536),
         (324,)),
        ("rre", "CVE-2016-9941: RRE with a rectangle outside", rect(
            2, pack(">I4s4sHHHH", 1, b"\0" * 4, b"\1" * 4, 60, 60, 60, 60)),
         (313,)),
        ("corre", "CVE-2018-20020: CoRRE", rect(
            4, pack(">I", 0x40000000) + b"\0" * 64), (313,)),
        ("hextile", "CVE-2016-9941: Hextile", rect(5, b"\x1f" + b"\xff" * 99),
         (313,)),
        ("ultra", "CVE-2016-9942, 2018-20024: Ultra", rect(
            9, pack(">I", 64) + b"\xff" * 64), (313,)),
        ("ultra-zip", "CVE-2026-32853: UltraZip", update(rectangle(
            (65535, 0, 65535, 65535), 10, pack(">I", 64) + b"\0" * 64)),
         (313,)),
        ("tight-gradient", "CVE-2026-44988: Tight, wider than 2048", update(
            rectangle((0, 0, 2049, 1), 7, b"\x40\2\x80\1" + b"\0" * 99)),
         (313,)),
        ("tight-rows", "CVE-2026-50538: Tight, more rows than the rectangle "
         "has", rect(7, b"\0\x81\1" + zlib.compress(b"\0" * 9999)), (313,)),
        ("tight-fill", "Tight, one colour", rect(7, b"\x80\1\2\3"), (313,)),
        ("tight-jpeg", "Tight, JPEG", rect(7, b"\x90\4\xff\xd8\xff\xd9"),
         (313,)),
        ("zlib", "Zlib, which nobody asked for", rect(
            6, pack(">I", 16) + zlib.compress(b"")[:16]), (313,)),
        ("zrle", "ZRLE, which nobody asked for, with a palette of 17 to 127 "
         "colours", rect(16, pack(">I", 64) + zlib.compress(
             b"\x20" + b"\0" * 96)), (313,)),
        ("trle", "TRLE", rect(15, b"\x11" + b"\0" * 99), (313,)),
        ("x-cursor", "CVE-2019-15690: XCursor", update(rectangle(
            (0, 0, 65535, 65535), -240, b"\0" * 64)), (313,)),
        ("rich-cursor", "CVE-2019-20788: Cursor of stock viewers", update(
            rectangle((0, 0, 65535, 65535), -239, b"\0" * 64)), (313,)),
        ("new-fb-size", "CVE-2014-6051, -6052: a screen of 20000x20000",
         update(rectangle((0, 0, 20000, 20000), -223)), (313,)),
        ("resize", "ResizeFrameBuffer of 20000x20000", pack(
            ">BxHH", 4, 20000, 20000), (310,)),
        ("colour-map", "a colour map whose body is read as messages", pack(
            ">BxHH", 1, 0, 11) + b"\2" * 66, (310,)),
        ("chat", "CVE-2020-14405: chat that says 4 GiB", pack(
            ">BxxxI", 11, U32_MOST), (310,)),
        ("xvp", "xvp", b"\xfa\0\1\0", (310,)),
        ("bell", "a bell", b"\2", (310,)),
        ("name", "CVE-2017-18635: a desktop name with markup", update(
            rectangle((0, 0, 0, 0), -307, pack(">I", 27) +
                      b"<img src=x onerror=alert()>")), (313,)),
        ("identity", "ServerIdentity", update(rectangle(
            (0, 0, 64, 1), -131069, b"A" * 64)), (313,)),
        ("led", "the LED state", update(rectangle(
            (0, 0, 0, 0), -261, b"\7")), (313,)),
        ("audio", "QEMU audio", pack(">BBHI", 255, 1, 2, U32_MOST), (310,)),
        ("copy-no-picture", "CVE-2019-15691: a copy without a picture", None,
         (322,)),
        ("h264", "H.264", rect(50, pack(">II", 64, 1) + b"\0\0\0\1" * 16),
         (313,)),
        ("file", "file transfer of UltraVNC", pack(
            ">BBBxII", 7, 5, 0, U32_MOST, U32_MOST), (310,)),
        ("palm", "PalmVNC: another screen", pack(
            ">BxHHHHH", 15, 20000, 20000, 0, 0, 0), (310,)),
        ("length-4g", "a tile that says 4 GiB", opaque(
            rules.TILE, b"\0" * 64, size=U32_MOST), (314,)),
        ("length-0", "a tile of no bytes", opaque(rules.TILE, b""), (314,)),
        ("length-65537", "a tile of 64 KiB and one byte", opaque(
            rules.TILE, b"\0" * 65537, (0, 0, *SIZE)), (314,)),
        ("length-pixel", "one pixel with 261 bytes", opaque(
            rules.TILE, b"\0" * 261, (0, 0, 1, 1)), (314,)),
        ("motion-4g", "motion that says 4 GiB", opaque(
            rules.MOTION, b"\0" * 64, size=U32_MOST), (314,)),
        ("motion-pixel", "one pixel with 1028 bytes of motion", opaque(
            rules.MOTION, b"\0" * 1028, (0, 0, 1, 1)), (314,))]
    for name, text, data, codes in table:
        if name == "copy-no-picture":
            data, stage = update(rectangle(BOX, 1, b"\0\0\0\0")), "fresh"
        else:
            stage = "painted"
        yield Case(f"C-class-{name}", f"{text}: refused",
                   refuse(stage, data, codes))


def payload_cases(context):
    """Pixels that do not decode: the decoder ends, and says E321."""
    good = payloads.solid(64, 64)
    tile = payloads.tile
    new = payloads.colour(0x112233)
    table = [
        ("version-1", tile(b"\2", new, version=1)),
        ("version-3", tile(b"\2", new, version=3)),
        ("flags-model-empty", tile(b"\5", flags=4)),
        ("index-0", bytes([0x28, 0]) + b"\2"),
        ("index-left", tile(b"\2", new + b"\0")),
        ("index-short", tile(b"\2", new[:3])),
        ("colour-empty-place", tile(b"\2", b"\5")),
        ("colour-beyond", tile(b"\2", b"\xfe\xff")),
        ("control-left", tile(b"\2\2", new + b"\0")),
        ("control-none", tile(b"", new)),
        ("mode-6", tile(b"\6", new)), ("mode-15", tile(b"\x0f", new)),
        ("bit-7", tile(b"\x82", new)),
        ("store-both", tile(b"\x62\0\0", new)),
        ("box-outside", tile(b"\x12\xff\xff\xff", new)),
        ("keep-many", tile(b"\0\1")),
        ("keep-far", tile(b"\0\xff\xff\x7f")),
        ("slot-empty", tile(b"\4\0\0")),
        ("slot-last", tile(b"\4\7\xff")),
        ("slot-run", tile(b"\4\xf8\0\xff\xff\x7f")),
        ("store-at-2048", tile(b"\x42\x08\0", new)),
        ("tokens-above-first", tile(b"\1\x3f\xff\x3f")),
        ("tokens-left-first", tile(b"\1\x7f\xff\x3f")),
        ("tokens-type-3", tile(b"\1\xc0")),
        ("tokens-over", tile(b"\1\x80\x7f\xff\x7f", new)),
        ("photo-none", tile(b"\3")),
        ("photo-short", tile(b"\3", photo=(10, b"\0" * 10, b"\0" * 10,
                                           b"\0" * 10))),
        ("photo-left", tile(b"\2", new, photo=(9, b"\0" * 9, b"\0" * 9,
                                               b"\0" * 9), flags=10)),
        ("photo-plane", tile(b"\3", photo=(4096, b"\0" * 4096, b"\0" * 99,
                                           b"\0" * 4096))),
        ("packed-noise", bytes([0x21]) + b"\1" + b"\xde\xad\xbe\xef" * 8),
        ("model-noise", bytes([0x24, 4]) + b"\xff" * 4 + b"\1"),
        ("number-4", bytes([0x28, 0xff, 0xff, 0xff, 1]) + b"\2"),
        ("size-65537", bytes([0x28, 0x81, 0x80, 4]) + b"\2")]
    for name, data in table:
        yield Case(f"C-tile-{name}", f"a tile payload, {name}, is refused",
                   refuse("painted", opaque(rules.TILE, data), (321,)))
    for size in range(1, len(good), 1 if context.is_long else
                      7 if context.is_short else 2):
        yield Case(f"C-tile-cut-{size}", f"a tile payload cut after {size} "
                   "bytes is refused", refuse("painted", opaque(
                       rules.TILE, good[:size]), (321,)))
    picture = payloads.jpeg(64, 64)
    end = picture[-2:]
    bad = [("wide", payloads.jpeg(65, 64)), ("high", payloads.jpeg(64, 65)),
           ("behind", picture + b"\0"), ("no-end", picture[:-2]),
           ("empty-scan", payloads.jpeg(64, 64, scan=b"")),
           ("noise-scan", payloads.jpeg(64, 64, scan=b"\x11\x77" * 40)),
           ("restart", payloads.jpeg(64, 64, scan=b"\xff\xd0" * 9)),
           ("two", picture + picture),
           ("comment", picture[:2] + payloads.segment(0xfe, b"A") +
            picture[2:]),
           ("exif", picture[:2] + payloads.segment(0xe1, b"Exif\0\0") +
            picture[2:]),
           ("step-0", picture.replace(b"\1" * 64, b"\0" * 64, 1)),
           ("progressive", picture.replace(b"\xff\xc0", b"\xff\xc2", 1)),
           ("arithmetic", picture.replace(b"\xff\xc0", b"\xff\xc9", 1)),
           ("12-bits", picture.replace(b"\0\x11\x08", b"\0\x11\x0c", 1)),
           ("huffman-over", picture.replace(
               bytes([1] + [0] * 15), bytes([255] + [0] * 15), 1)),
           ("noise", b"\xff\xd8" + b"\x5a" * 99 + end)]
    for name, data in bad:
        yield Case(f"C-motion-{name}", f"a motion payload, {name}, is refused",
                   refuse("painted", opaque(rules.MOTION, data), (321,)))


def bombs():
    """Bytes that would become many more."""
    def packers(window=20):
        return payloads.Packer(window), payloads.Packer(10)

    def bomb(size_c):
        """What unpacks to far more than it says."""
        control = b"\0" * (1 << 24)
        return lambda: opaque(rules.TILE, payloads.packed(
            control, b"", packers(), (size_c, 0)), (0, 0, *SIZE))

    yield Case("C-bomb-zstd", "16 MiB in a few kilobytes of zstd that say "
               "65,536 are refused", refuse("painted", bomb(65536), (321,)))
    yield Case("C-bomb-window", "a zstd window of 128 MiB is refused",
               refuse("painted", lambda: opaque(rules.TILE, payloads.packed(
                   b"\2", payloads.colour(1), packers(27))), (321,)))

    def ended():
        two = packers()
        return opaque(rules.TILE, bytes([0x29]) + payloads.number(4) + (
            lambda inner: payloads.number(len(inner)) + inner)(
                two[1].pack(payloads.colour(1))) + b"\1" +
            two[0].pack(b"\2", 2))

    yield Case("C-bomb-zstd-end", "a zstd frame that ends is refused",
               refuse("painted", ended, (321,)))

    def many(target):
        def script(end):
            target.open(end, "painted", SIZE)
            data = opaque(rules.TILE, payloads.solid(*SIZE), (0, 0, *SIZE))
            for _ in range(300):
                end.send(data)
                end.judge.feed(b"")
            end.ping(limit_s=20.0)
            goodbye(end)
            return "300 full screens"
        return target.accepted(script, 40.0)

    yield Case("C-bomb-frames", "300 full screens at once are taken in their "
               "time", many, ACCEPTS)

    def fences(target):
        def script(end):
            target.open(end, "painted", SIZE)
            end.send(MAKE["fence"](b"y" * 64) * 2000)
            end.ping()
            end.settle()
            goodbye(end)
            return "2000 fences"
        return target.accepted(script)

    yield Case("C-bomb-fences", "2000 fences at once end at the gate", fences,
               ACCEPTS)

    def carets(target):
        def script(end):
            target.open(end, "painted", SIZE)
            end.send(update(*[rectangle((i % 600, 9, 2, 9), rules.CARET)
                              for i in range(1024)]) * 4)
            end.send(update(*[rectangle((0, 0, 8, 8), rules.ALPHA,
                                        b"\x11" * 256)] * 200) * 4)
            end.ping()
            end.settle()
            goodbye(end)
            return "4096 carets, 800 cursors"
        return target.accepted(script)

    yield Case("C-bomb-carets", "thousands of carets and cursors are survived",
               carets, ACCEPTS)


def greetings():
    """ServerInit and SecurityResult, and what a viewer says of itself."""
    def start(data):
        def script(target, end):
            target.open(end, "tls")
            end.send(data)
        return lambda target: target.refused(
            lambda end: script(target, end), CODES[data])

    init = b"\0\0\0\0"
    flat = rules.FORMAT + b"\0\0\0"

    def server(size, form=flat, length=5, name=b"shoji"):
        return init + struct.pack(">HH", *size) + form + struct.pack(
            ">I", length) + name

    table = [
        ("result-2", b"\0\0\0\2", 303), ("result-huge", b"\xff" * 4, 303),
        ("reason-4g", b"\0\0\0\1" + b"\xff" * 4 + b"A" * 99, 303),
        ("reason-text", b"\0\0\0\1\0\0\0\x0b<b>evil</b>", 303),
        ("small", server((319, 200)), 302), ("none", server((0, 0)), 302),
        ("large", server((3841, 2160)), 302),
        ("huge", server((65535, 65535)), 302),
        ("format-8", server((640, 480), b"\x08\x08\0\1\0\7\0\7\0\3\0\3\6" +
                            b"\0" * 3), 302),
        ("format-big-endian", server((640, 480), flat[:2] + b"\1" + flat[3:]),
         302),
        ("name-65", server((640, 480), length=65, name=b"A" * 65), 302),
        ("name-4g", server((640, 480), length=U32_MOST, name=b"A" * 999),
         302)]
    CODES = {data: (code,) for _name, data, code in table}
    for name, data, code in table:
        yield Case(f"C-init-{name}", f"SecurityResult or ServerInit, {name}, "
                   f"is refused", start(data))

    def own(target):
        """The viewer's first messages are the documented ones alone."""
        def script(end):
            target.open(end, "painted", SIZE)
            seen = dict(end.judge.counts)
            if end.judge.encodings and set(end.judge.encodings) - set(
                    target.profile.announced):
                raise Wrong(f"announces {end.judge.encodings}")
            goodbye(end)
            return f"{seen}, announces {end.judge.encodings}"
        return target.accepted(script)

    yield Case("C-init-own", "the viewer says of itself: one format, our "
               "encodings, requests", own, ACCEPTS)
