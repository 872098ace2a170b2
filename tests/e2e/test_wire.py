# SPDX-License-Identifier: GPL-3.0-or-later
"""Hostile ends of the wire: what is not allowed ends the connection."""
import struct

import hostile
from tap import case, wait_until
from world import World

# Encodings of our own: docs/protocol.md.
TILE, CURSOR = 0x534a0000, 0x534a0001
OURS = [TILE, 1, 0, CURSOR, -308]


def ready(world, t, text):
    """A scripted viewer that has been let in and has a picture."""
    viewer = hostile.Viewer(world.port)
    viewer.connect(world.env.viewer_material())
    t.ok(viewer.width >= 320, f"{text}: let in", viewer.width)
    viewer.set_pixel_format()
    viewer.set_encodings(OURS)
    viewer.request()
    return viewer


@case("wire: clear text and other security types, to the host")
def clear_text(env, t):
    with World(env, t, command="paint") as world:
        world.begin()

        def ends(viewer, name, code=None):
            data = viewer.wire.read_until_end(8)
            t.ok(data is not None, f"{name}: the host closes")
            viewer.close()
            if code is not None:
                t.ok(wait_until(lambda: world.events() and
                                world.events()[-1].get("reason") == code, 5),
                     f"{name}: logged as E{code}",
                     lambda: world.events()[-3:])

        viewer = hostile.Viewer(world.port)
        viewer.version()
        t.equal(viewer.security_types(), [19], "only VeNCrypt is offered")
        viewer.wire.send(b"\1")
        ends(viewer, "security type None", 201)
        viewer = hostile.Viewer(world.port)
        viewer.version(b"RFB 003.003\n")
        ends(viewer, "RFB 3.3", 200)
        viewer = hostile.Viewer(world.port)
        viewer.version(b"GET / HTTP/1")
        ends(viewer, "HTTP", 200)
        for subtype in (256, 257, 258, 259, 261, 262, 1, 0):
            viewer = hostile.Viewer(world.port)
            viewer.version()
            viewer.security_types()
            try:
                offered = viewer.vencrypt(subtype)
                t.ok(False, f"subtype {subtype} is refused", offered)
            except hostile.Closed as error:
                t.ok("refused" in str(error) or "end after" in str(error),
                     f"subtype {subtype} is refused", error)
            viewer.close()
        viewer = hostile.Viewer(world.port)
        viewer.version()
        viewer.security_types()
        viewer.vencrypt()
        viewer.wire.send(b"\1")  # ClientInit, without TLS
        viewer.wire.send(b"\0" * 64)
        ends(viewer, "RFB without TLS")
        viewer = hostile.Viewer(world.port)
        viewer.raw.sendall(hostile.VERSION + b"\x13\0\2" +
                           struct.pack(">I", 260) + b"\0" * 40)
        ends(viewer, "everything at once, then clear text")
        good = ready(world, t, "after all that a viewer is")
        good.close()


@case("wire: forbidden messages of a viewer", limit_s=90)
def messages(env, t):
    table = [
        ("cut text", lambda v: v.cut_text(), 219),
        ("type 7", lambda v: v.wire.send(b"\7" + b"\0" * 64), 210),
        ("type 255", lambda v: v.wire.send(b"\xff\0" + b"\0" * 64), 210),
        ("file transfer", lambda v: v.wire.send(b"\xfc" + b"\0" * 64), 210),
        ("a pixel format in between", lambda v: v.set_pixel_format(), 220),
        ("a keysym out of range", lambda v: v.key(0x02000041, True), 214),
        ("a pointer far outside", lambda v: v.pointer(60000, 60000), 215),
        ("a fence of 65 bytes", lambda v: v.wire.send(
            b"\xf8\0\0\0" + struct.pack(">IB", 0, 65) + b"x" * 65), 216),
        ("a screen of 100x100", lambda v: v.wire.send(struct.pack(
            ">BxHHBxIHHHHI", 251, 100, 100, 1, 1, 0, 0, 100, 100, 0)), 218),
        ("a huge screen", lambda v: v.wire.send(struct.pack(
            ">BxHHBxIHHHHI", 251, 9000, 9000, 1, 1, 0, 0, 9000, 9000, 0)),
         218),
    ]
    with World(env, t, command="paint") as world:
        world.begin()

        def refused(viewer, name, send, code):
            before = len(world.events())
            send(viewer)
            t.ok(viewer.wire.read_until_end(8) is not None,
                 f"{name}: the host closes")
            viewer.close()
            t.ok(wait_until(lambda: any(
                row.get("reason") == code
                for row in world.events()[before:]), 5),
                f"{name}: logged as E{code}", lambda: world.events()[-3:])

        for name, send, code in table:
            viewer = ready(world, t, name)
            refused(viewer, name, send, code)
        for name, send, code in [
                ("another pixel format", lambda v: v.wire.send(struct.pack(
                    ">B3xBBBBHHHBBB3x", 0, 8, 8, 0, 1, 7, 7, 3, 0, 3, 6)),
                 211),
                ("a key before anything else", lambda v: v.key(65, True), 220),
                ("33 encodings", lambda v: (v.set_pixel_format(),
                                            v.set_encodings(list(range(33)))),
                 212)]:
            viewer = hostile.Viewer(world.port)
            viewer.connect(env.viewer_material())
            refused(viewer, name, send, code)
        viewer = ready(world, t, "half a message")
        viewer.wire.send(b"\4\1")
        t.ok(viewer.wire.read_until_end(12) is not None,
             "half a message: the host closes after its time")
        viewer.close()
        t.equal(len(world.sessions()), 1, "the session of the user lives on")


@case("wire: a slow or silent viewer does not hold the host")
def slow(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        silent = [hostile.Viewer(world.port) for _ in range(8)]
        half = hostile.Viewer(world.port)
        half.wire.send(b"RFB 003")
        good = world.viewer()
        t.ok(good.wait_state(limit_s=20),
             "an honest viewer is served beside nine silent ones")
        for viewer in silent + [half]:
            t.ok(viewer.wire.read_until_end(15) is not None,
                 "a silent connection is closed after its time")
            viewer.close()
        t.ok(wait_until(lambda: len(world.gates()) == 1, 5),
             "and its gate is gone", world.gates)


HOST_TABLE = [
    ("security None", 301, lambda p: (p.version(), p.security_types((1,)))),
    ("VNC passwords", 301, lambda p: (p.version(), p.security_types((2,)))),
    ("plain VeNCrypt", 301, lambda p: (
        p.version(), p.security_types(), p.vencrypt((256,)))),
    ("anonymous TLS", 301, lambda p: (
        p.version(), p.security_types(), p.vencrypt((257, 259)))),
    ("another RFB", 300, lambda p: (p.version(b"RFB 003.007\n"),)),
    ("no RFB", 300, lambda p: (p.wire.send(b"HTTP/1.1 200 OK\r\n\r\n"),)),
]


def _after(send):
    """A host that behaves until it has been asked for an update."""
    def script(peer, material):
        peer.connect(material)
        peer.wire.read(20)  # SetPixelFormat; the rest stays unread
        send(peer)
        return peer.wire.read_until_end(8)
    return script


def _update(body, count=1):
    return lambda peer: peer.wire.send(b"\0\0" + struct.pack(">H", count) +
                                       body)


MESSAGE_TABLE = [
    ("cut text", 324, lambda p: p.wire.send(
        b"\3\0\0\0" + struct.pack(">I", 5) + b"hello")),
    ("a bell", 310, lambda p: p.wire.send(b"\2")),
    ("a colour map", 310, lambda p: p.wire.send(
        b"\1\0" + struct.pack(">HH", 0, 1) + b"\0" * 6)),
    ("type 77", 310, lambda p: p.wire.send(b"\x4d" + b"\0" * 32)),
    ("a rectangle outside", 312, lambda p: p.raw_update((630, 470, 64, 64))),
    ("Tight, which nobody asked for", 313, _update(
        struct.pack(">HHHHi", 0, 0, 16, 16, 7) + b"\x80\1\2\3")),
    ("H.264", 313, _update(struct.pack(">HHHHi", 0, 0, 16, 16, 50) +
                           b"\0" * 32)),
    ("LastRect", 313, _update(struct.pack(">HHHHi", 0, 0, 0, 0, -224))),
    ("a desktop name", 313, _update(
        struct.pack(">HHHHiI", 0, 0, 0, 0, -307, 4) + b"evil")),
    ("a cursor of 65x65", 316, _update(
        struct.pack(">HHHHi", 0, 0, 65, 65, CURSOR) + b"\0" * 16900)),
    ("the cursor of stock viewers", 313, _update(
        struct.pack(">HHHHi", 0, 0, 8, 8, -239) + b"\0" * 264)),
    ("65,535 rectangles", 311, _update(b"\0" * 64, 65535)),
]


@case("wire: a hostile host, before TLS", limit_s=90)
def hostile_host(env, t):
    with World(env, t) as world:
        for name, code, script in HOST_TABLE:
            with hostile.Host(lambda peer, script=script: (
                    script(peer), peer.wire.read_until_end(5))) as host:
                proc = world.headless("--duration", "20", port=host.port)
                t.equal(proc.wait(20), 3, f"{name}: the viewer refuses")
                t.ok(f"E{code}" in proc.output(), f"{name}: says E{code}",
                     proc.output())

        def downgrade(peer):
            """VeNCrypt is agreed, but then RFB goes on in clear text."""
            peer.version()
            peer.security_types()
            peer.vencrypt()
            peer.wire.send(struct.pack(">I", 0))
            peer.wire.send(struct.pack(">HH", 640, 480) + b"\0" * 32)
            return peer.wire.read_until_end(5)

        with hostile.Host(downgrade) as host:
            proc = world.headless("--duration", "20", port=host.port)
            t.equal(proc.wait(20), 3, "clear text after VeNCrypt: refused")
            t.ok(any(f"E{code}" in proc.output() for code in (102, 103, 130)),
                 "clear text after VeNCrypt: says so", proc.output())
            t.ok(wait_until(lambda: host.results, 8), "the connection ends")
            sent = host.results[0] if host.results else b""
            t.ok(isinstance(sent, bytes) and b"\1" != sent[:1],
                 "no ClientInit went out in clear text", sent)


@case("wire: forbidden messages of a host", limit_s=120)
def host_messages(env, t):
    with World(env, t) as world:
        for name, code, send in MESSAGE_TABLE:
            script = _after(send)
            with hostile.Host(lambda peer, script=script: script(
                    peer, env.host_material())) as host:
                proc = world.headless("--duration", "20", port=host.port)
                t.equal(proc.wait(20), 3, f"{name}: the viewer refuses")
                t.ok(f"E{code}" in proc.output(), f"{name}: says E{code}",
                     proc.output())

        def refuse(peer):
            peer.version()
            peer.security_types()
            peer.vencrypt()
            peer.tls(env.host_material())
            peer.wire.send(struct.pack(">II", 1, 4) + b"E504")
            return peer.wire.read_until_end(5)

        with hostile.Host(refuse) as host:
            proc = world.headless("--duration", "20", port=host.port)
            t.equal(proc.wait(20), 3, "a refusal: the viewer ends")
            t.ok("E504" in proc.output(), "a refusal: its code is shown",
                 proc.output())
