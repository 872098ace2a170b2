# SPDX-License-Identifier: GPL-3.0-or-later
"""B: nothing but pixels came in, nothing but keys and pointer went out.

Markers are put into everything that a page (or a terminal) can name, and
searched for in every byte that crossed, behind TLS, because the probe is
itself one end of it. A stream that leaks on purpose shows that the search
would find them.
"""
import os
import socket
import threading
import time

import rules
from canary import colour_views, EICAR, forms, Layers, marker, pieces
from case import ACCEPTS, Case, MEASURES, Skip, Wrong
from ends import context, End, raw, rectangle, update
from judge import FromViewer
from pages import PLACES

SIZE = (640, 480)


def cases(context_):
    yield from control(context_)
    if context_.target.mode == "viewer":
        yield from terminal(context_)
    else:
        yield from pages(context_)
        yield from painted(context_)


# ---- positive control ----

def leaking(context_):
    """What a leaking host would send: each marker in another form."""
    stream, table = bytearray(), []
    for at, form in enumerate(sorted(forms("x" * 32))):
        name = PLACES[at % len(PLACES)]
        text = marker(context_.seed, f"control-{at}")
        data = forms(text)[form]
        stream += update(raw((0, 0, 3, 1), b"\x77\x66\x55\0"))
        if at % 3 == 0:  # cut text
            stream += b"\3\0\0\0" + len(data).to_bytes(4, "big") + data
        elif at % 3 == 1:  # a title as a rectangle
            stream += update(rectangle((0, 0, 0, 0), -307, len(
                data).to_bytes(4, "big") + data))
        else:  # as pixels
            stream += update(rectangle(
                (0, 0, -(-len(data) // 4), 1), 0, data + b"\0" *
                (-len(data) % 4)))
        table.append((f"{name}, {form}", text, "as it crossed"))
    return stream, table


def more_leaks(context_, stream, table):
    """In other clothes: compressed, spread, one byte of a pixel, in runs."""
    import zlib
    import payloads
    text = marker(context_.seed, "control-zlib")
    stream += zlib.compress(text.encode() * 2)
    table.append(("zlib", text, "zlib inflated"))
    text = marker(context_.seed, "control-plane")
    stream += b"".join(bytes([0, byte, 0, 0]) for byte in text.encode())
    table.append(("a colour channel", text, "every fourth byte"))
    text = marker(context_.seed, "control-runs")
    if any(a == b for a, b in zip(text, text[1:])):
        text = "".join(chr(65 + (ord(c) + i) % 2 * 7 + i % 7)
                       for i, c in enumerate(text))
    stream += b"".join(bytes([byte]) * 5 for byte in text.encode())
    table.append(("runs", text, "runs collapsed"))
    text = marker(context_.seed, "control-zstd")
    packers = payloads.Packer(), payloads.Packer(10)
    tile = payloads.packed(b"\0" * 9 + text.encode() * 3, b"", packers)
    table.append(("zstd in a tile", text, "tiles unpacked"))
    return tile


def control(context_):
    """The same reading and the same search, of a host that leaks."""
    found = {}

    def look():
        if "layers" in found:
            return found
        stream, table = leaking(context_)
        tile = more_leaks(context_, stream, table)
        material = context_.target.material
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def leak():
                sock, _address = listener.accept()
                end = End(sock)
                end.tls(context(material, True, False), True)
                end.send(bytes(stream))
                end.leave()
            thread = threading.Thread(target=leak, daemon=True)
            thread.start()
            end = End(socket.create_connection(listener.getsockname()[:2]))
            end.tls(context({}, False, False))
            end.record = bytearray()
            end.end(8.0)
            end.close()
            thread.join(5)
        layers = Layers(end.record)
        layers.add_tiles([tile])
        found.update(layers=layers, table=table)
        return found

    _stream, table = leaking(context_)
    names = [row[0] for row in table] + ["zlib", "a colour channel", "runs",
                                         "zstd in a tile"]
    for at, name in enumerate(names):
        def run(_target, at=at):
            got = look()
            name, text, _view = got["table"][at]
            hits = got["layers"].find(text)
            if not hits:
                raise Wrong(f"{name}: the search did not find what leaked")
            return "; ".join(f"{view}, {form}" for view, form, _ in hits[:4])

        yield Case(f"B-control-{at:02d}", f"control: a leak ({name}) is found",
                   run, MEASURES, is_control=True)


# ---- from the pages of a host ----

def pages(context_):
    options = context_.options
    found = {}

    def browse(target):
        if "layers" in found:
            return found
        if "skip" in found:
            raise found["skip"]
        if not (options.pages and options.pages_url):
            raise Skip("needs --pages and --pages-url")
        from browse import Browser, CONTROL, ESCAPE, Reports
        try:
            reports = Reports(options.pages)
        except OSError as error:
            raise Wrong(f"no page server: {error}") from error
        browser = Browser(target)
        try:
            for _ in range(3):
                browser.go(options.pages_url.rstrip("/") + "/canary")
                if reports.wait("canary", 15.0):
                    break
            else:
                raise Wrong("the page did not report")
            browser.drag(60, 250, 400, 400)
            for _ in range(3):  # the end of a drag swallows a click
                time.sleep(0.5)
                browser.click(500, 420)
                if reports.wait("click", 3.0):
                    break
                browser.tap(ESCAPE)
            tried = reports.wait("tried", 10.0)
            time.sleep(2.5)
            browser.tap(ESCAPE)
            for key in "ac":
                browser.tap(CONTROL, ord(key))
                time.sleep(0.2)
            for key in "spuoj":  # save, print, source, open, downloads
                browser.tap(CONTROL, ord(key))
                time.sleep(0.4)
                browser.tap(ESCAPE)
            time.sleep(1.0)
            browser.check()
        finally:
            browser.stop()
        kinds = sorted({row["kind"] for row in reports.get(reports.at)})
        layers = Layers(browser.end.record)
        layers.add_tiles(browser.payloads)
        layers.add_flat(payload for encoding, _box, payload in
                        browser.rectangles if encoding == rules.ZLIB)
        found.update(layers=layers, kinds=kinds, tried=tried,
                     payloads=len(browser.payloads),
                     counts=dict(browser.end.judge.counts),
                     size=len(browser.end.record))
        return found

    def happened(target):
        """Without this the empty search would prove nothing."""
        got = browse(target)
        if "click" not in got["kinds"]:
            raise Wrong(f"the page saw no click: {got['kinds']}")
        context_.notes.append(
            f"B: {got['size']} bytes crossed, {got['layers'].size()} searched "
            f"in {len(got['layers'].views)} views, {got['payloads']} tile "
            f"payloads ({got['layers'].unpacked} unpacked); the page saw "
            f"{', '.join(got['kinds'])}")
        return context_.notes[-1][3:]

    yield Case("B-happened", "the page with the markers was shown, clicked, "
               "copied from, dragged and printed", happened, ACCEPTS)
    for place in PLACES:
        if place == "canvas":
            continue

        def absent(target, place=place):
            got = browse(target)
            hits = got["layers"].find(marker(context_.seed, place))
            if hits:
                raise Wrong(f"crossed: {hits[:3]}")
            return f"0 hits in {got['layers'].size()} bytes"

        yield Case(f"B-marker-{place}", f"the marker in {place} did not cross",
                   absent)

    def eicar(target):
        got = browse(target)
        hits = [hit for hit in got["layers"].find(EICAR)]
        if hits:
            raise Wrong(f"crossed: {hits[:3]}")
        return f"0 hits in {got['layers'].size()} bytes"

    yield Case("B-marker-eicar", "EICAR, in text, file and pixels, did not "
               "cross byte by byte", eicar)


# ---- what a page paints ----

def painted(context_):
    """EICAR as colours, searched for in the pixels as they are decoded."""
    options = context_.options
    is_cut = getattr(options, "seven_bit", False)

    def look(target):
        if not (options.pages and options.pages_url):
            raise Skip("needs --pages and --pages-url")
        from browse import Browser, Reports
        from pixels import Picture
        reports, browser = Reports(options.pages), Browser(target)
        try:
            picture = Picture(browser.box[2:])
            for _ in range(3):
                browser.go(options.pages_url.rstrip("/") + "/painted")
                if reports.wait("painted", 15.0):
                    break
            else:
                raise Wrong("the page did not report")
            time.sleep(2.0)  # what moved has come to rest
            browser.check()
        finally:
            browser.stop()
        undrawn = sum(1 for one in browser.rectangles if
                      not picture.draw(*one))
        views = colour_views(picture.rows)
        whole, parts = EICAR.encode(), pieces(EICAR.encode())
        found = [name for name, data in views.items() if whole in data]
        hits = sum(1 for data in views.values() for one in parts
                   if one in data)
        text = (f"{len(browser.rectangles)} rectangles ({undrawn} lossy or "
                f"not drawn), {sum(map(len, views.values()))} bytes in "
                f"{len(views)} views: whole in {', '.join(found) or 'none'}, "
                f"{hits} pieces of 8 bytes")
        context_.notes.append("B: painted EICAR: " + text)
        if is_cut and hits:
            raise Wrong(text)
        if is_cut and shades(picture.rows) < 20:
            raise Wrong(f"the canvas was not there: {text}")
        if not is_cut and not {"red", "green", "blue", "BGR", "RGB"} <= set(
                found):
            raise Wrong(f"the search did not find what was painted: {text}")
        return text

    if is_cut:
        yield Case("B-painted-seven-bit", "EICAR painted as colours does not "
                   "stand in the pixels behind a guard that cuts to seven "
                   "bits", look)
    else:
        yield Case("B-painted-control", "control: EICAR painted as colours "
                   "stands in the decoded pixels and is found", look,
                   MEASURES)


def shades(rows):
    """Number of greys that are EICAR's bytes, cut to seven bits."""
    wanted = {(ord(c) & 0xfe) * 0x010101 for c in EICAR}
    return len(wanted & {colour for row in rows for colour in row})


# ---- from a terminal ----

def terminal(context_):
    """A viewer in a home full of markers; what it sends, what it leaves."""
    seed, found = context_.seed, {}
    names = ("environment", "home", "file", "user", "argument", "typed",
             "name-of-host", "cut-text", "pixels", "title")
    m = {name: marker(seed, name) for name in names}

    def play(target):
        if found:
            return found
        if not target.command:
            raise Skip("needs --viewer")
        home = os.path.join(context_.folder, m["home"])
        os.makedirs(home, exist_ok=True)
        for name in (m["file"], "Desktop.txt"):
            with open(os.path.join(home, name), "w", encoding="ascii") as file:
                file.write(m["file"] * 9)
        before = listing(home)
        target.env = dict(os.environ, HOME=home, TMPDIR=home, CANARY=m[
            "environment"], USER=m["user"], LOGNAME=m["user"],
            XDG_CACHE_HOME=home, XDG_CONFIG_HOME=home)
        target.extra = ("--contact", m["argument"], "--type", m["typed"])
        records = []

        def script(end):
            end.preface()
            end.secure(target.material, not target.options.no_verify)
            end.record = bytearray()
            end.start(SIZE, m["title"].encode())
            data = m["pixels"].encode()
            end.update(rectangle((0, 0, 8, 1), rules.RAW, b"".join(
                data[at:at + 3] + b"\0" for at in range(0, 24, 3))))
            end.judge.seen.clear()
            end.ping()
            end.settle(0.7)
            records.append((bytes(end.record), end.judge))
            end.send(b"\3\0\0\0" + len(m["cut-text"]).to_bytes(4, "big") +
                     m["cut-text"].encode())
            return "played"

        try:
            value, status, output = target.run(script)
        finally:
            target.env, target.extra = None, ()
        if isinstance(value, Exception):
            raise value
        left = {path: data for path, data in listing(home).items()
                if before.get(path) != data}
        found.update(layers=Layers(records[0][0]), record=records[0][0],
                     output=output, left=left, status=status,
                     judge=records[0][1])
        return found

    def typed(target):
        """Control: what the user typed did cross, as keys."""
        got = play(target)
        judge, text = FromViewer(is_greeting=True), ""
        judge.feed(got["record"])
        for kind, details in judge.seen:
            if kind == "KeyEvent" and details["down"] and \
                    details["keysym"] < 0x80:
                text += chr(details["keysym"])
        if m["typed"] not in text:
            raise Wrong(f"typed text is not there: {text!r}")
        return f"{len(got['record'])} bytes went out, the typed text is there"

    yield Case("B-typed", "control: what is typed at the terminal crosses, as "
               "keys", typed, ACCEPTS)
    for name in ("environment", "home", "file", "user", "argument"):
        def stays(target, name=name):
            got = play(target)
            hits = got["layers"].find(m[name])
            if hits:
                raise Wrong(f"crossed: {hits[:3]}")
            return f"0 hits in {got['layers'].size()} bytes"

        yield Case(f"B-terminal-{name}", f"the marker in {name} of the "
                   "terminal did not go out", stays)

    def host_name(target):
        got = play(target)
        own = socket.gethostname().encode()
        if len(own) >= 4 and own in got["record"]:
            raise Wrong("the terminal's name went out")
        return f"{len(own)} characters, 0 hits"

    yield Case("B-terminal-host-name", "the terminal's host name did not go "
               "out", host_name)
    for name in ("cut-text", "title", "pixels"):
        def left(target, name=name):
            got = play(target)
            for path, data in got["left"].items():
                layers = Layers(data)
                if layers.find(m[name]) or m[name] in path:
                    raise Wrong(f"left behind in {path}")
            if m[name] in got["output"]:
                raise Wrong("printed by the viewer")
            return (f"{len(got['left'])} new files, {len(got['output'])} "
                    "characters of output, 0 hits")

        yield Case(f"B-left-{name}", f"the host's marker in {name} is not left "
                   "on the terminal's disk nor in what the viewer prints",
                   left)


def listing(folder):
    out = {}
    for top, _folders, files in os.walk(folder):
        for name in files:
            path = os.path.join(top, name)
            try:
                with open(path, "rb") as file:
                    out[path] = file.read()
            except OSError:
                continue
    return out
