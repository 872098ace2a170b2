# SPDX-License-Identifier: GPL-3.0-or-later
"""A host (or guard) under test; the probe is its hostile viewer."""
import json
import os
import re
import threading
import time

import rules
from case import Wrong
from ends import Gone, LIMIT_S, MAKE, ViewerEnd

EVENTS_WAIT_S = 15.0


class EventLog:
    """The host's event log by the port of a connection: laboratory only."""

    def __init__(self, path):
        self.path = path
        self.at = 0
        self.rows = {}  # port: [disconnect rows]
        self.lock = threading.Lock()

    def poll(self):
        with self.lock, open(self.path, "rb") as file:
            file.seek(self.at)
            data = file.read()
            data = data[:data.rfind(b"\n") + 1]
            self.at += len(data)
            for line in data.splitlines():
                row = json.loads(line)
                port = re.search(r":(\d+)$", row.get("peer") or "")
                if row.get("event") == "disconnect" and port:
                    self.rows.setdefault(int(port.group(1)), []).append(row)

    def forget(self, name):
        """Rows of an earlier connection from the same port."""
        self.poll()
        self.rows.pop(int(name.rsplit(":", 1)[1]), None)

    def closed_behind(self, count, limit_s):
        """The first disconnect row behind the first count lines."""
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            with open(self.path, encoding="utf-8") as file:
                rows = [json.loads(line) for line in file.readlines()[count:]
                        if line.endswith("\n")]
            found = [row for row in rows if row.get("event") == "disconnect"]
            if found:
                return found[0]
            time.sleep(0.05)
        return None

    def row(self, name, limit_s):
        """The disconnect row of connection name, None at the deadline."""
        port, end = int(name.rsplit(":", 1)[1]), time.monotonic() + limit_s
        while True:
            self.poll()
            if self.rows.get(port):
                return self.rows[port].pop()
            if time.monotonic() > end:
                return None
            time.sleep(0.005)


class GuardLog(EventLog):
    """The same from the lines of shoji-guard."""

    LINE = re.compile(rb"closed number=\d+ peer=\S+:(\d+) .* code=(\d+) ")

    def poll(self):
        with self.lock, open(self.path, "rb") as file:
            file.seek(self.at)
            data = file.read()
            data = data[:data.rfind(b"\n") + 1]
            self.at += len(data)
            for port, code in self.LINE.findall(data):
                self.rows.setdefault(int(port), []).append(
                    {"reason": int(code)})


class HostTarget:
    """Opens connections up to any state and judges how they end."""

    mode = "host"

    def __init__(self, options):
        self.options = options
        self.address = options.address
        self.material = {"chain": options.cert, "key": options.key,
                         "authority": options.ca}
        self.login = None
        if options.user:
            self.login = (options.user, options.password or "")
        self.subtype = rules.X509_PLAIN if self.login else rules.X509_NONE
        self.log = EventLog(options.event_log) if options.event_log else None
        if getattr(options, "guard_log", None):
            self.log = GuardLog(options.guard_log)
        self.verify = not options.no_verify
        self.profile = rules.STRICT if getattr(options, "strict", False) \
            else rules.DEFAULT
        self.largest = tuple(options.largest) if options.largest else None
        self.is_checked = False
        # Of everything that crossed behind TLS in this run.
        self.counts, self.bytes = {}, {}
        self.received = self.sent = self.connections = 0
        self.certificates = {}  # that were shown, DER: how often
        self.lock = threading.Lock()

    # Connections.
    def open(self, stage="painted", limit_s=60.0):
        """A connection in stage: tcp, clear (all of the preface), tls, or one
        of ViewerEnd.STATES."""
        end = ViewerEnd(self.address, self.profile)
        if self.log:
            self.log.forget(end.name)
        with self.lock:
            self.connections += 1
        try:
            if stage == "tcp":
                return end
            end.preface(self.subtype)
            if stage == "clear":
                return end
            end.secure(self.material, self.verify)
            if stage == "tls":
                return end
            end.result(self.login, limit_s)
            if self.largest:
                end.box.most = self.largest
            return end.advance(stage)
        except BaseException:
            end.close()
            raise

    def done(self, end):
        """Closes and sums up what crossed."""
        with self.lock:
            self.received += end.received
            self.sent += end.sent
            if end.certificate:
                self.certificates[end.certificate] = \
                    self.certificates.get(end.certificate, 0) + 1
            if end.judge:
                for kind, count in end.judge.counts.items():
                    self.counts[kind] = self.counts.get(kind, 0) + count
                for kind, size in end.judge.bytes.items():
                    self.bytes[kind] = self.bytes.get(kind, 0) + size
        end.close()

    def patience(self, limit_s):
        """limit_s, or less when that was asked for."""
        return min(limit_s, self.options.patience or limit_s)

    def code(self, end, limit_s=EVENTS_WAIT_S):
        """The code in the event log for this connection, or None."""
        if self.log is None:
            return None
        row = self.log.row(end.name, limit_s)
        return row.get("reason") if row else None

    # Judgements.
    def refused(self, end, codes=(), limit_s=20.0, must_log=True, most=None):
        """The peer ends the connection; evidence. codes are those that its
        event log may have. most bounds the bytes that may come before.
        """
        begin = time.monotonic()
        limit_s = self.patience(limit_s)
        try:
            how, size = end.end(limit_s)
        except Gone as error:
            raise Wrong(f"still open after {limit_s:.1f} s: {error}") \
                from error
        finally:
            self.done(end)
        text = f"{how} after {1000 * (time.monotonic() - begin):.0f} ms"
        if most is not None and size > most:
            raise Wrong(f"{text}, but {size} bytes came before")
        if self.log:
            code = self.code(end, EVENTS_WAIT_S if must_log else 0.2)
            if code is None and must_log:
                raise Wrong(text + ", not in the event log")
            if code is not None and codes and code not in codes:
                raise Wrong(f"{text}, logged as E{code}, not "
                            f"{'/'.join(f'E{c}' for c in codes)}")
            text += f", E{code}" if code is not None else ""
        return text

    def lives(self, end, limit_s=LIMIT_S):
        """The peer still answers a fence; evidence."""
        try:
            took = end.ping(limit_s)
        except Gone as error:
            code = self.code(end, 0.5)
            raise Wrong(f"{error}" + (f", E{code}" if code else "")) from error
        finally:
            self.done(end)
        return f"fence answered in {took:.1f} ms"

    def send_refused(self, stage, data, codes=()):
        """One message that has to be refused in stage."""
        end = self.open(stage)
        try:
            end.send(data)
        except Gone:
            pass  # it closed while we wrote
        return self.refused(end, codes)

    def send_accepted(self, stage, data):
        """A message that has to be accepted; the states behind are run
        through, because fences are answered there only."""
        end = self.open(stage)
        end.send(data)
        if stage == "fresh":
            end.send(MAKE["encodings"](self.profile.announced))
        return self.lives(end)

    def learn(self):
        """Asks for a huge screen to see the host's largest; sets it back."""
        if self.options.command == "guard":
            # It does not know its host's largest: the document's counts.
            self.largest = (rules.WIDTH_MOST, rules.HEIGHT_MOST)
        if self.largest:
            return
        end = self.open("painted")
        before = (end.box.width, end.box.height)
        for size in ((rules.WIDTH_MOST, rules.HEIGHT_MOST), before):
            box = (0, 0, end.box.width, end.box.height)
            end.send(MAKE["size"](*size) + 3 * MAKE["request"](box, 1))
            _kind, got = end.until(lambda kind, got: kind == "size" and
                                   got["cause"] == 1, 20.0)
            self.largest = self.largest or got["size"]
        self.done(end)

    def is_well(self):
        """A good viewer is served; seconds up to its first picture."""
        begin = time.monotonic()
        self.done(self.open("painted"))
        return time.monotonic() - begin

    def describe(self):
        return "%s:%d" % tuple(self.address[:2])


def exists(path):
    return bool(path) and os.path.exists(path)
