# SPDX-License-Identifier: GPL-3.0-or-later
"""E: mutated messages, each judged beforehand by the probe's own parser.

Accepted ones follow each other on one connection until a refused one ends
it: what a peer does has to be what docs/protocol.md says, with the code. The
first thousands go in short connections, so that refusals are many; what is
beyond goes in long ones, for a new connection costs a session of the peer.
Only messages that differ from every valid one they were made of are counted.
"""
import random
import time

import payloads
import rules
from case import ACCEPTS, Case, Wrong
from ends import Gone, MAKE, raw, rectangle, update
from judge import Box, FromHost, FromViewer, Violation, verdict
from mutate import mutate
from pixels import Picture

# Mutated messages: of a case, of one connection, between two fences.
SHORT, LONG = (500, 40), (10000, 2000)
SLICE = 100
# How many go in short connections: with --short, without, with --long.
SHORT_COUNTS = 300, 2000, 20000
PATIENCE_S = 30.0


class Batch:
    """Bytes for one connection, and what has to come of them."""

    def __init__(self, judge):
        self.judge = judge
        self.data = bytearray()
        self.count = 0
        self.last = b""
        self.code = 0  # of the refusal; 0: accepted
        self.codes = ()
        self.cuts = []  # where a fence is put between
        self.spent = {}

    def add(self, data, is_counted=True):
        self.last = data
        self.feed(data)
        if not is_counted:
            return
        self.count += 1
        if self.count % SLICE == 0 and not self.code and \
                self.judge.is_between():
            self.cuts.append(len(self.data))
            self.spent = {}

    def feed(self, data):
        self.data += data
        try:
            self.judge.feed(data)
        except Violation as error:
            self.code = error.code
            self.codes = (error.code,)

    def complete(self):
        """A message that is not whole gets its rest."""
        while not self.code and not self.judge.is_between():
            self.feed(b"\0")

    def spend(self, what, most):
        """False when a slice has had most of what costs the peer time."""
        self.spent[what] = self.spent.get(what, 0) + 1
        return self.spent[what] <= most

    def slices(self):
        """Pieces of data, between which the peer is heard."""
        edges = [0, *self.cuts, len(self.data)]
        return [bytes(self.data[a:b]) for a, b in zip(edges, edges[1:])
                if b > a]


class Sums:
    """Of all cases of one run."""

    def __init__(self):
        self.messages = self.connections = self.refused = self.pictures = 0
        self.seconds = 0.0

    def add(self, messages, connections, refused, pictures, seconds):
        self.messages += messages
        self.connections += connections
        self.refused += refused
        self.pictures += pictures
        self.seconds += seconds
        text = (f"{messages} messages in {connections} connections, {refused} "
                f"of them ended by a refused one, as predicted, in "
                f"{seconds:.0f} s")
        return text + (f"; {pictures} pictures equal" if pictures else "")

    def text(self):
        return (f"E: {self.messages} mutated messages in {self.connections} "
                f"connections, {self.refused} refused, {self.pictures} "
                f"pictures compared, {self.seconds:.0f} s, "
                f"{self.messages / max(self.seconds, 0.001):.0f} a second")


def chunks(context):
    """(messages, most of one connection) of each case."""
    count = min(context.count, 1000) if context.is_short else context.count
    short = min(count, SHORT_COUNTS[0 if context.is_short else
                                    2 if context.is_long else 1])
    for total, (size, most) in ((short, SHORT), (count - short, LONG)):
        for at in range(0, total, size):
            yield min(size, total - at), most


def cases(context):
    if context.count == 0:
        return
    host = context.target.mode == "host"
    if host:
        context.target.learn()
    sums = Sums()
    for at, (size, most) in enumerate(chunks(context)):
        seed = f"{context.seed}/{at}"
        run = run_host if host else run_viewer
        yield Case(f"E-{'viewer' if host else 'host'}-{at:05d}",
                   f"{size} mutated messages of seed {seed}, up to {most} in "
                   "a connection, are accepted or refused as the document "
                   "says", lambda t, size=size, most=most, seed=seed, run=run:
                   run(t, sums, size, most, random.Random(seed)), ACCEPTS)
    if sums.messages:
        context.notes.append(sums.text())
    if host:
        yield from prefaces(context)
    else:
        yield from motions(context)


def end_of(source, most):
    """After how many messages a refused one may come."""
    if most <= SHORT[1]:
        return source.randrange(1, most + 1)
    return source.randrange(most // 2, most + 1)


# ---- messages of a viewer, to a host ----

def viewer_bases(size):
    return [MAKE["key"](0xffe1, 0), MAKE["key"](0x61, 0),
            MAKE["key"](0xff0d, 0), MAKE["pointer"](100, 100),
            MAKE["pointer"](5, 700), MAKE["request"]((0, 0, 64, 64), 1),
            MAKE["request"]((0, 0, *size), 1), MAKE["continuous"](0),
            MAKE["fence"](b"mutated"), MAKE["fence"](b"x" * 64),
            MAKE["size"](*size)]


def is_wanted(batch, seen, size, is_long):
    """Presses and full requests are delayed, sizes cost seconds: there are
    few. A long row of them must not use the browser up, either: no clicks, no
    keys but those that write."""
    for kind, got in seen:
        if kind == "KeyEvent" and got["down"]:
            if is_long and not 0x20 < got["keysym"] < 0xff or \
                    not batch.spend("press", 10 if is_long else 30):
                return False
        elif kind == "PointerEvent" and is_long and got["buttons"] & 7:
            return False
        elif kind == "FramebufferUpdateRequest" and not got["incremental"]:
            if not batch.spend("full", 1 if is_long else 4):
                return False
        elif kind == "SetDesktopSize":
            if got["size"] != size or \
                    not batch.spend("size", 1 if is_long else 2):
                return False
    return True


def host_batch(target, size, count, most, source):
    """Mutants up to a refusal or to count."""
    bases, is_long = viewer_bases(size), most > SHORT[1]

    def fresh():
        judge = FromViewer(Box(*size), is_canonical=False)
        judge.box.most = target.largest
        judge.state = "running"
        return judge

    batch, end_at = Batch(fresh()), end_of(source, most)
    while batch.count < min(count, most) and not batch.code:
        data = mutate(source, source.choice(bases), bases)
        if data in bases:
            continue
        judge = fresh()
        what, _code = verdict(judge, data)
        if what != "accept":
            if batch.count < end_at:
                continue
        elif not is_wanted(batch, judge.seen, size, is_long):
            continue
        batch.add(data)
        for kind, got in judge.seen if is_long and what == "accept" else ():
            # Refused here, though not alone: nothing may follow.
            if kind == "KeyEvent" and got["down"] and not batch.code:
                batch.feed(MAKE["key"](got["keysym"], 0))
    batch.complete()
    return batch


def send_slices(target, end, slices):
    """All but the last are accepted: a fence behind each is answered."""
    for at, data in enumerate(slices):
        try:
            end.send(data)
            if at + 1 < len(slices):
                end.ping(PATIENCE_S)
        except Gone as error:
            if at + 1 == len(slices):
                return  # it closed while we wrote
            code = target.code(end)
            target.done(end)
            raise Wrong(f"{error} after {at} of {len(slices)} slices" + (
                f", E{code}" if code else "")) from error


def run_host(target, sums, count, most, source):
    begin, sent, connections, refusals = time.monotonic(), 0, 0, 0
    while sent < count:
        end = target.open("painted")
        size = (end.box.width, end.box.height)
        batch = host_batch(target, size, count - sent, most, source)
        sent += batch.count
        connections += 1
        try:
            send_slices(target, end, batch.slices())
            if batch.code:
                refusals += 1
                target.refused(end, batch.codes)
            else:
                target.lives(end, PATIENCE_S)
        except Wrong as error:
            raise Wrong(f"{error}; expected {batch.code or 'to be accepted'}; "
                        f"last message {batch.last[:64].hex()}, all "
                        f"{bytes(batch.data)[-200:].hex()}") from error
    return sums.add(sent, connections, refusals, 0, time.monotonic() - begin)


def prefaces(context):
    """The 19 clear bytes of a viewer: none may differ."""
    source = random.Random(f"{context.seed}/preface")
    good = rules.VERSION + b"\x13\0\2" + (260).to_bytes(4, "big")
    answer = rules.VERSION + b"\1\x13\0\2\0"
    count = 30 if context.is_short else min(max(100, context.count // 100),
                                            1000)
    for at in range(count):
        while True:
            data = mutate(source, good, [good])
            if data[:len(good)] != good[:len(data)]:
                break

        def run(target, data=data):
            end = target.open("tcp")
            end.record = bytearray()
            try:
                end.send(data)
            except Gone:
                pass
            text = target.refused(end, (200, 201, 130, 140, 141), must_log=False)
            if not bytes(end.record).startswith(answer[:12]) or \
                    len(end.record) > len(answer) + 10 or \
                    bytes(end.record)[:len(answer)] != \
                    answer[:len(end.record)]:
                raise Wrong(f"clear bytes came: {bytes(end.record).hex()}")
            return text

        yield Case(f"E-preface-{at:04d}", f"the clear part {data.hex()} is "
                   "refused, nothing crosses", run, is_slow=True)


# ---- messages of a host, to a viewer ----

SIZE = (320, 200)
BOX = (64, 0, 64, 64)
VIEWER_MOST = 1000  # of one viewer: its picture is kept in Python, too


def host_bases(source):
    colour = source.randrange(1 << 24)
    tiles = [payloads.solid(64, 64, colour),
             payloads.tile(b"\x32\x41\x03\x1f", payloads.colour(colour)),
             payloads.tile(b"\1\xbf\xbf\x3f\xff\xbd\x1e",
                           payloads.colour(colour) * 1 + b"\0" * 127),
             payloads.photo(64, 64, colour & 7)[:1] and
             payloads.solid(64, 64, colour ^ 0xffffff),
             payloads.tile(b"\x22", payloads.colour(colour)),
             payloads.tile(b"\0\0"), payloads.tile(b"\4\0\0")]
    out = [update(rectangle(BOX, rules.TILE, len(t).to_bytes(4, "big") + t))
           for t in tiles]
    out += [update(raw((9, 9, 4, 4), colour.to_bytes(3, "big") + b"\0")),
            update(raw((0, 0, 3, 2)), raw((319, 199, 1, 1))),
            update(rectangle((8, 8, 32, 32), rules.COPY, b"\0\x20\0\x10")),
            update(rectangle((3, 3, 2, 20), rules.CARET)),
            update(rectangle((0, 0, 0, 0), rules.CARET)),
            update(rectangle((1, 1, 4, 4), rules.ALPHA, b"\x40" * 64)),
            MAKE["fence"](b"mutated"), b"\x96"]
    return out


class HostOracle:
    """The whole of a viewer's gate and decoder, in Python."""

    def __init__(self):
        self.picture = Picture(SIZE)
        self.judge = FromHost(Box(*SIZE), is_handshake=False,
                              is_canonical=False, keep=self.draw)
        self.judge.is_asked = True

    def draw(self, encoding, box, payload):
        if not self.picture.draw(encoding, box, payload):
            raise Violation(321, "pixels do not decode", self.judge.at)

    def trial(self, scratch):
        """A judge with the state of this one, which stays as it is. What goes
        on from payload to payload and cannot be copied is refused."""
        picture = []

        def draw(encoding, box, payload):
            if encoding in (rules.TILE, rules.MOTION):
                if not picture:
                    picture.append(self.copy(scratch))
                if payload[0] & (payloads.PACKED | payloads.MODEL) or \
                        not picture[0].draw(encoding, box, payload):
                    raise Violation(321, "pixels do not decode", judge.at)

        judge = FromHost(Box(*SIZE), is_handshake=False, is_canonical=False,
                         keep=draw)
        judge.is_asked = judge.is_painted = True
        return judge

    def copy(self, scratch):
        """The state of the decoder, to be drawn with into scratch."""
        picture, mine = Picture(SIZE, scratch), self.picture.decoder
        decoder = picture.decoder
        decoder.colours.colour = list(mine.colours.colour)
        decoder.colours.marked = list(mine.colours.marked)
        decoder.colours.hand = mine.colours.hand
        decoder.slots = dict(mine.slots)
        decoder.next_slot = mine.next_slot
        return picture


def host_batch_of(oracle, bases, count, most, source):
    """As host_batch(), with the state of a decoder."""
    # Some are to be accepted to the end, so that pictures are compared.
    is_clean = source.random() < 0.3
    batch = Batch(oracle.judge)
    end_at = most + 1 if is_clean else end_of(source, most)
    scratch = [[0] * SIZE[0] for _ in range(SIZE[1])]
    while batch.count < min(count, most) and not batch.code:
        base = source.choice(bases)
        # Valid ones come between, uncounted.
        data = base if source.random() < 0.3 else mutate(source, base, bases)
        judge = oracle.trial(scratch)
        what, _code = verdict(judge, data)
        is_odd = judge.is_ended or (judge.box.width, judge.box.height) != SIZE
        if (is_odd or what != "accept") and (data in bases or
                                             batch.count < end_at):
            continue
        batch.add(data, data not in bases)
    batch.complete()
    if batch.code == 321:
        # The decoder is a process behind the gate, which may find something
        # of its own in what follows before the decoder has spoken.
        gate = FromHost(Box(*SIZE), is_handshake=False, is_canonical=False)
        gate.is_asked = gate.is_painted = True
        _what, code = verdict(gate, bytes(batch.data))
        batch.codes = (321, code or 321)
    return batch


def run_viewer(target, sums, count, most, source):
    begin, sent, runs, refusals, compared = time.monotonic(), 0, 0, 0, 0
    most = min(most, VIEWER_MOST)
    while sent < count:
        oracle = HostOracle()
        first = update(raw((0, 0, *SIZE)))
        oracle.judge.feed(first)
        batch = host_batch_of(oracle, host_bases(source), count - sent, most,
                              source)
        sent += batch.count
        runs += 1
        compared += play(target, oracle, first, batch)
        refusals += 1 if batch.code else 0
    return sums.add(sent, runs, refusals, compared, time.monotonic() - begin)


def play(target, oracle, first, batch):
    """One viewer sees a batch; 1 when its picture was compared."""
    path = target.picture_path()
    slices = batch.slices()

    def script(end):
        target.open(end, "fresh", SIZE)
        end.send(first)
        for at, data in enumerate(slices):
            end.send(data)
            if at + 1 < len(slices):
                end.ping(limit_s=PATIENCE_S)
        if not batch.code and not oracle.judge.is_ended:
            end.ping(limit_s=PATIENCE_S)
            end.settle()
            goodbye(end)

    try:
        target.extra = ("--screenshot", path) if target.command and \
            not batch.code else ()
        if batch.code:
            target.refused(script, batch.codes)
            return 0
        target.accepted(script)
    except Wrong as error:
        raise Wrong(f"{error}; expected {batch.code or 'to be accepted'}; "
                    f"last message {batch.last[:400].hex()}") from error
    finally:
        target.extra = ()
    if not target.command:
        return 0
    unequal = oracle.picture.compare(path)
    if unequal:
        raise Wrong(f"{unequal} pixels differ from the probe's own decoder")
    return 1


def goodbye(end):
    end.send(update(rectangle((400, 0, 0, 0), rules.END)))
    end.leave()


def motions(context):
    """A damaged JPEG is refused with E321 or drawn; nothing else."""
    source = random.Random(f"{context.seed}/motion")
    good = payloads.jpeg(64, 64, (200, 90, 160))
    count = 10 if context.is_short else min(max(50, context.count // 200),
                                            1000)
    for at in range(count):
        data = good
        while data == good:
            data = mutate(source, good, [good])

        def run(target, data=data):
            def script(end):
                target.open(end, "painted", SIZE)
                end.send(update(rectangle(
                    BOX, rules.MOTION, len(data).to_bytes(4, "big") + data)))
                end.ping()
                end.settle()
                goodbye(end)

            value, status, output = target.run(script)
            if not target.command:
                return str(value)
            if status == 0 or status == 3 and "E321" in output:
                return f"status {status}"
            raise Wrong(f"{value}, status {status}: {output}; {data.hex()}")

        yield Case(f"E-motion-{at:04d}", "a damaged motion payload is refused "
                   "with E321, or drawn", run, ACCEPTS)
