# SPDX-License-Identifier: GPL-3.0-or-later
"""A hostile host before a guard: refused there, told as a number, no more."""
import os
import re
import struct
import sys
import time

import hostile
from guard_world import GuardWorld
from hostile import X509_NONE, X509_PLAIN
from tap import case, wait_until
from test_wire import MESSAGE_TABLE
from world import World

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                             "probe"))

import payloads  # noqa: E402
import rules  # noqa: E402
from canary import colour_views, Layers, marker  # noqa: E402
from ends import Gone, MAKE, ViewerEnd  # noqa: E402
from guard_world import issued  # noqa: E402
from pixels import Picture  # noqa: E402

SUITE = "isolation"

TILE, MOTION = 0x534A0000, 0x534A0004


def place_of(user, count):
    """Which of count hosts the guard takes user to (FNV-1a)."""
    value = 2166136261
    for byte in user.encode():
        value = (value ^ byte) * 16777619 & 0xffffffff
    return value % count


QUIET, LOUD = "tanaka", "suzuki"  # their hosts differ


def welcome(peer, material, size=(640, 480)):
    """The handshake of a host towards a guard; the user that it states."""
    peer.version()
    peer.security_types()
    peer.vencrypt((X509_NONE, X509_PLAIN))
    peer.tls(material)
    sizes = struct.unpack(">II", peer.wire.read(8))
    user = peer.wire.read(sizes[0]).decode()
    peer.wire.read(sizes[1])
    peer.wire.send(struct.pack(">I", 0))
    peer.wire.read(1)
    peer.wire.send(struct.pack(">HHBBBBHHHBBB3xI", size[0], size[1], 32, 24, 0,
                               1, 255, 255, 255, 16, 8, 0, 5) + b"shoji")
    return user


def opaque(encoding, payload, box=(0, 0, 64, 64)):
    """An update whose payload no gate can judge."""
    return lambda peer: peer.wire.send(
        struct.pack(">BxHHHHHiI", 0, 1, *box, encoding, len(payload)) +
        payload)


OPAQUE_TABLE = [
    ("a tile of random bytes", 321, opaque(TILE, b"\xff" + os.urandom(999))),
    ("a tile that is cut short", 321, opaque(TILE, b"\1")),
    ("a motion rectangle of random bytes", 321,
     opaque(MOTION, os.urandom(1000))),
    ("JPEG of another size", 321,
     opaque(MOTION, b"\xff\xd8\xff\xdb" + os.urandom(600))),
]


@case("guard hostile: what a host must not send ends its session there",
      limit_s=180)
def violations(env, t):
    sent = {}

    def behave(peer):
        user = welcome(peer, env.host_material())
        peer.raw_update((0, 0, 640, 480))
        peer.wire.read_until_end(170)
        return user

    def script(peer):
        user = welcome(peer, env.host_material())
        peer.raw_update((0, 0, 640, 480))
        time.sleep(0.3)
        sent["send"](peer)
        peer.wire.read_until_end(8)
        return user

    with GuardWorld(env, t, command="paint") as world, \
            hostile.Host(script) as host, hostile.Host(behave) as other:
        ports = {place_of(LOUD, 2): host.port, place_of(QUIET, 2): other.port}
        t.must(len(ports) == 2, "the two users have different hosts")
        world.guard_extra["host"] = {"address": [
            f"127.0.0.1:{ports[0]}", f"127.0.0.1:{ports[1]}"]}
        world.begin_guard()
        quiet = world.headless("--duration", "150", user=QUIET)
        t.must(wait_until(lambda: "join number=1 " in world.guard.output(),
                          10), "an honest session runs beside")
        for name, code, send in MESSAGE_TABLE + OPAQUE_TABLE:
            sent["send"] = send
            before = len(world.guard.output())
            results = len(host.results)
            proc = world.headless("--duration", "20", user=LOUD)
            t.equal(proc.wait(20), 0, f"{name}: the viewer's session ends")
            t.ok("E408" in proc.output(), f"{name}: told as E408",
                 proc.output())
            codes = re.findall(
                r"closed number=\d+ .*user=" + LOUD + r" .*code=(\d+)",
                world.guard.output()[before:])
            t.ok(wait_until(lambda b=before, c=code: f"code={c} " in
                            world.guard.output()[b:], 5),
                 f"{name}: the guard knows it as E{code}", codes)
            t.ok(wait_until(lambda r=results: len(host.results) > r, 10) and
                 host.results[-1] == LOUD, f"{name}: the host is cut off",
                 lambda: host.results)
            world.forget(proc)
        t.ok(quiet.is_running(), "the honest session is untouched",
             quiet.output)
        t.equal(len(re.findall(r"closed number=1 ", world.guard.output())), 0,
                "it has never ended")


def rectangle(box, encoding, payload):
    return struct.pack(">HHHHi", *box, encoding) + payload


def sized(payload):
    return struct.pack(">I", len(payload)) + payload


def as_colours(text, fourth=b"\0"):
    """Text as pixels of three bytes."""
    data = text.encode() + b"\0" * (-len(text) % 3)
    return b"".join(data[at:at + 3] + fourth for at in range(0, len(data), 3))


def marked(seed):
    """{name: (marker, update)}: payloads that are right, with a text in what
    does not show; two show it and are the control."""
    texts = {name: marker(seed, "guard-" + name) for name in
             ("pixels", "overdrawn", "table", "cursor", "shown cursor")}
    row, grey = (8, 8, 11, 1), b"\x20\x30\x40\0" * 11
    jpeg = payloads.jpeg(64, 64)
    table = b"\1" + texts["table"].encode()
    jpeg = jpeg.replace(b"\1" * 64, table.ljust(64, b"\1"), 1)
    out = {
        "pixels": [rectangle((8, 4, 11, 1), 0, as_colours(texts["pixels"]))],
        "overdrawn": [rectangle(row, 0, as_colours(texts["overdrawn"])),
                      rectangle(row, 0, grey)],
        "table": [rectangle((64, 64, 64, 64), MOTION, sized(jpeg))],
        "cursor": [rectangle((0, 0, 11, 1), rules.ALPHA,
                             as_colours(texts["cursor"]))],
        "shown cursor": [rectangle(
            (0, 0, 11, 1), rules.ALPHA,
            as_colours(texts["shown cursor"], b"\xff"))],
    }
    return {name: (texts[name], struct.pack(">BxH", 0, len(parts)) +
                   b"".join(parts)) for name, parts in out.items()}


def taken(world, outer):
    """A viewer by hand at the guard: (bytes that came, rectangles)."""
    end, rectangles = ViewerEnd(("127.0.0.1", world.guard_port)), []
    end.preface()
    end.secure({"chain": outer["chain"], "key": outer["key"],
                "authority": world.outer.certificate})
    end.record = bytearray()
    end.keep = lambda *parts: rectangles.append(parts)
    end.result().advance("running")
    size = (end.box.width, end.box.height)
    try:
        limit = time.monotonic() + 4
        while time.monotonic() < limit:
            end.send(MAKE["request"]((0, 0, *size), 1))
            try:
                end.events(0.3)
            except Gone as error:
                if not error.is_late:
                    raise
        return bytes(end.record), rectangles, size
    finally:
        end.close()


@case("guard hostile: what does not show in a payload ends at the guard",
      limit_s=90)
def unseen(env, t):
    seed = 20261126
    for name, (text, update) in marked(seed).items():
        def script(peer, update=update):
            welcome(peer, env.host_material())
            peer.raw_update((0, 0, 640, 480))
            time.sleep(0.7)
            peer.wire.send(update)
            peer.wire.read_until_end(20)

        with GuardWorld(env, t, command="paint") as world, \
                hostile.Host(script) as host:
            world.port = host.port
            world.begin_guard()
            record, rectangles, size = taken(
                world, issued(env, world.outer, "viewer", "tanaka"))
            picture, layers = Picture(size), Layers(record)
            for encoding, box, payload in rectangles:
                if encoding in (rules.RAW, rules.COPY, rules.TILE,
                                rules.MOTION):
                    picture.draw(encoding, box, payload)
            layers.add_tiles([row[2] for row in rectangles
                              if row[0] == rules.TILE])
            for view, data in colour_views(picture.rows).items():
                layers.add(view, data)
            layers.add("cursors", b"".join(
                row[2][at:at + 3] for row in rectangles
                if row[0] == rules.ALPHA for at in range(0, len(row[2]), 4)))
            hits = layers.find(text)
            t.ok(len(rectangles) > 1, f"{name}: the session went on",
                 world.guard.output)
            if name in ("pixels", "shown cursor"):
                t.ok(hits, f"control: what shows ({name}) is found")
            else:
                t.ok(not hits, f"{name}: the text did not pass", hits[:3])


@case("guard hostile: before the session", limit_s=60)
def before(env, t):
    def silent(peer):
        return peer.wire.read_until_end(40)

    def clear(peer):
        peer.version()
        peer.security_types()
        peer.vencrypt((X509_NONE, X509_PLAIN))
        peer.wire.send(b"\0" * 64)
        return peer.wire.read_until_end(8)

    def no_plain(peer):
        peer.version()
        peer.security_types()
        peer.vencrypt((X509_NONE,))
        return peer.wire.read_until_end(8)

    def stranger(peer):
        peer.version()
        peer.security_types()
        peer.vencrypt((X509_NONE, X509_PLAIN))
        peer.tls(dict(env.host_material(), **other))
        return peer.wire.read_until_end(8)

    def refuse(peer):
        peer.version()
        peer.security_types()
        peer.vencrypt((X509_NONE, X509_PLAIN))
        peer.tls(env.host_material())
        peer.wire.send(struct.pack(">II", 1, 4) + b"E500")
        return peer.wire.read_until_end(5)

    mine = env.new_authority("strangers").issue("host", "localhost",
                                                "127.0.0.1")
    other = {"chain": mine["chain"], "key": mine["key"]}
    for name, code, script in [
            ("clear bytes instead of TLS", 503, clear),
            ("a host that takes nobody's word", 503, no_plain),
            ("a host of another authority", 503, stranger),
            ("a refusal", 500, refuse),
            ("a host that says nothing", 601, silent)]:
        with GuardWorld(env, t, command="paint") as world, \
                hostile.Host(script) as host:
            world.port = host.port
            world.begin_guard()
            proc = world.headless("--duration", "30")
            t.ok(wait_until(lambda c=code, p=proc: f"E{c}" in p.output(), 25),
                 f"{name}: told as E{code}", proc.output)
            t.ok(world.guard.is_running(), f"{name}: the guard lives on")


@case("guard hostile: who is let down goes to another host", limit_s=120)
def let_down(env, t):
    def shake(peer):
        peer.version()
        peer.security_types()
        peer.vencrypt((X509_NONE, X509_PLAIN))

    def hang_up(peer):
        shake(peer)
        peer.tls(env.host_material())

    def strange(peer):
        shake(peer)
        peer.wire.send(b"\0" * 64)
        return peer.wire.read_until_end(8)

    for name, script in [("hangs up behind its certificate", hang_up),
                         ("fails in TLS", strange)]:
        with GuardWorld(env, t, command="paint") as world, \
                hostile.Host(script) as host:
            World.begin(world)
            hosts = [world.port, world.port]
            hosts[place_of(QUIET, 2)] = host.port
            world.guard_extra["host"] = {
                "address": [f"127.0.0.1:{port}" for port in hosts]}
            world.begin_guard()
            viewer = world.viewer(user=QUIET)
            t.ok(viewer.wait_state(limit_s=20),
                 f"{name}: the user is served by another host",
                 lambda v=viewer, w=world: v.output() + w.guard.output())
            t.ok(1 <= len(host.results) <= 2, f"{name}: it was tried first",
                 host.results)
