# SPDX-License-Identifier: GPL-3.0-or-later
"""Using the browser of a host through the wire: keys, pointer, pictures."""
import json
import select
import threading
import time
import urllib.request

import rules
from ends import Gone, MAKE

PIXELS = (rules.RAW, rules.COPY, rules.ZLIB, rules.TILE, rules.MOTION)
CONTROL, RETURN, ESCAPE = 0xffe3, 0xff0d, 0xff1b


class Reports:
    """What the pages have reported to the page server."""

    def __init__(self, address):
        host = address[0]
        self.base = f"http://{'[' + host + ']' if ':' in host else host}:" \
            f"{address[1]}"
        self.at = len(self.get())

    def fetch(self, path, data=None):
        request = urllib.request.Request(
            self.base + path, None if data is None else
            json.dumps(data).encode())
        with urllib.request.build_opener(urllib.request.ProxyHandler(
                {})).open(request, timeout=5) as answer:
            return json.loads(answer.read())

    def get(self, after=0):
        return self.fetch(f"/reports?after={after}")

    def wait(self, kind, limit_s=20.0, count=1):
        """Rows of kind since now; [] at the deadline."""
        end = time.monotonic() + limit_s
        while True:
            rows = [row for row in self.get(self.at) if row["kind"] == kind]
            if len(rows) >= count or time.monotonic() > end:
                return rows if len(rows) >= count else []
            time.sleep(0.1)

    def order(self, kind, values, step_ms):
        self.fetch("/order", {"kind": kind, "values": values, "step": step_ms})


class Browser:
    """One connection whose pictures are asked for and read in a thread."""

    def __init__(self, target, is_kept=True):
        self.payloads = []  # tile payloads, in order
        self.rectangles = []  # (encoding, box, payload) of pixels
        self.updates = []  # (time, encodings) of each
        self.cursors, self.carets, self.fences = [], [], []
        self.error = None
        self.is_done = False
        self.lock = threading.Lock()
        self.end = target.open("fresh")
        self.target = target
        if is_kept:
            self.end.record = bytearray()
        self.end.judge.keep = self.keep
        self.end.advance("running")
        self.box = (0, 0, self.end.box.width, self.end.box.height)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def keep(self, encoding, box, payload):
        if encoding in PIXELS:
            self.rectangles.append((encoding, box, payload))
        if encoding == rules.TILE:
            self.payloads.append(bytes(payload))
        elif encoding == rules.ALPHA:
            self.cursors.append((time.monotonic(), box, payload))
        elif encoding == rules.CARET:
            self.carets.append((time.monotonic(), box))

    def send(self, data):
        with self.lock:
            self.end.send(data)

    def read(self):
        """Every update is answered by a request, a rest by another."""
        try:
            self.send(MAKE["request"](self.box, 1) * 8)
            while not self.is_done:
                # One thread at a time in the TLS of a connection.
                if not self.end.sock.pending() and not select.select(
                        [self.end.sock], [], [], 0.2)[0]:
                    continue
                try:
                    with self.lock:
                        seen = self.end.events(0.5)
                except Gone as error:
                    if error.is_late:
                        continue
                    raise
                for kind, details in seen:
                    if kind == "ServerFence":
                        self.fences.append((time.monotonic(),
                                            details["payload"]))
                    if kind == "FramebufferUpdate":
                        self.updates.append((time.monotonic(),
                                             details["encodings"]))
                        self.send(MAKE["request"](self.box, 1))
        except Exception as error:  # told by check()
            self.error = error

    def check(self):
        if self.error and not self.is_done:
            raise self.error

    def tap(self, *keysyms):
        for keysym in keysyms:
            self.send(MAKE["key"](keysym))
        for keysym in reversed(keysyms):
            self.send(MAKE["key"](keysym, 0))

    def type(self, text):
        for character in text:
            code = ord(character)
            self.tap(code if code < 0x80 else 0x01000000 + code)
            time.sleep(0.01)

    def go(self, url):
        self.tap(ESCAPE)
        self.tap(CONTROL, ord("l"))
        time.sleep(0.3)
        self.type(url)
        self.tap(RETURN)

    def click(self, x, y):
        for buttons in (0, 1, 0):
            self.send(MAKE["pointer"](x, y, buttons))
            time.sleep(0.05)

    def drag(self, x, y, x2, y2):
        self.send(MAKE["pointer"](x, y) + MAKE["pointer"](x, y, 1))
        for at in range(10):
            time.sleep(0.03)
            self.send(MAKE["pointer"](x + (x2 - x) * at // 9,
                                      y + (y2 - y) * at // 9, 1))
        self.send(MAKE["pointer"](x2, y2))

    def stop(self):
        self.is_done = True
        self.thread.join(3)
        self.target.done(self.end)
