# SPDX-License-Identifier: GPL-3.0-or-later
"""E: mutated messages, each judged beforehand by the probe's own parser.

Accepted ones follow each other on one connection until a refused one ends
it: what a peer does has to be what docs/protocol.md says, with the code.
"""
import random

import payloads
import rules
from case import ACCEPTS, Case, Wrong
from ends import Gone, MAKE, raw, rectangle, update
from judge import Box, FromHost, FromViewer, Violation, verdict
from mutate import mutate
from pixels import Picture

CHUNK = 500
ACCEPTED_MOST = 40  # of one connection
CLEAR_SHARE = 0.05


class Batch:
    """Bytes for one connection, and what has to come of them."""

    def __init__(self, judge):
        self.judge = judge
        self.data = bytearray()
        self.count = 0
        self.last = b""
        self.code = 0  # of the refusal; 0: accepted
        self.codes = ()

    def add(self, data):
        self.count += 1
        self.last = data
        self.feed(data)

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


def cases(context):
    if context.count == 0:
        return
    host = context.target.mode == "host"
    if host:
        context.target.learn()
    count = context.count
    if context.is_short:
        count = min(count, 1000)
    for at in range(0, count, CHUNK):
        size = min(CHUNK, count - at)
        seed = f"{context.seed}/{at // CHUNK}"
        run = run_host if host else run_viewer
        yield Case(f"E-{'viewer' if host else 'host'}-{at // CHUNK:05d}",
                   f"{size} mutated messages of seed {seed} are accepted or "
                   "refused as the document says",
                   lambda t, size=size, seed=seed, run=run: run(
                       t, size, random.Random(seed)), ACCEPTS)
    if host:
        yield from prefaces(context)
    else:
        yield from motions(context)


def fill(source, batch, bases, fresh_judge, most, is_wanted):
    """Mutants up to a refusal or to `most`; refusals are rare beforehand, so
    that a connection carries many."""
    end_at = source.randrange(1, most + 1)
    while batch.count < most and not batch.code:
        data = mutate(source, source.choice(bases), bases)
        what, _code = verdict(fresh_judge(), data)
        if what != "accept":
            if batch.count < end_at:
                continue
        elif not is_wanted(batch, data):
            continue
        batch.add(data)
    batch.complete()


# ---- messages of a viewer, to a host ----

def viewer_bases(size):
    return [MAKE["key"](0xffe1, 0), MAKE["key"](0x61, 0),
            MAKE["key"](0xff0d, 0), MAKE["pointer"](100, 100),
            MAKE["pointer"](5, 700), MAKE["request"]((0, 0, 64, 64), 1),
            MAKE["request"]((0, 0, *size), 1), MAKE["continuous"](0),
            MAKE["fence"](b"mutated"), MAKE["fence"](b"x" * 64),
            MAKE["size"](*size)]


def run_host(target, count, source):
    sent = connections = refusals = 0
    while sent < count:
        end = target.open("painted")
        size = (end.box.width, end.box.height)
        bases = viewer_bases(size)

        def fresh_judge(is_running=True):
            judge = FromViewer(Box(*size), is_canonical=False)
            judge.box.most = target.largest
            judge.state = "running"
            return judge

        def is_wanted(batch, data):
            """Presses and full requests are delayed, sizes cost seconds."""
            return not (data[0] == 4 and data[1] == 1 and batch.count > 30 or
                        data[0] == 3 and data[1] == 0 and batch.count > 4 or
                        data[0] == 251 and data != bases[-1] or
                        data[0] == 251 and batch.count > 4)

        batch = Batch(fresh_judge())
        fill(source, batch, bases, fresh_judge,
             min(ACCEPTED_MOST, count - sent), is_wanted)
        sent += batch.count
        connections += 1
        try:
            end.send(bytes(batch.data))
        except Gone:
            pass
        try:
            if batch.code:
                refusals += 1
                target.refused(end, batch.codes)
            else:
                target.lives(end)
        except Wrong as error:
            raise Wrong(f"{error}; expected {batch.code or 'to be accepted'}; "
                        f"last message {batch.last[:64].hex()}, all "
                        f"{bytes(batch.data)[-200:].hex()}") from error
    return (f"{sent} messages in {connections} connections, {refusals} "
            f"refused, as predicted")


def prefaces(context):
    """The 19 clear bytes of a viewer: none may differ."""
    source = random.Random(f"{context.seed}/preface")
    good = rules.VERSION + b"\x13\0\2" + (260).to_bytes(4, "big")
    answer = rules.VERSION + b"\1\x13\0\2\0"
    count = 30 if context.is_short else max(100, context.count // 100)
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
        self.has_tile = False

    def draw(self, encoding, box, payload):
        if encoding == rules.TILE:
            self.has_tile = True
        if not self.picture.draw(encoding, box, payload):
            raise Violation(321, "pixels do not decode", self.judge.at)


def run_viewer(target, count, source):
    sent = runs = refusals = compared = 0
    while sent < count:
        oracle = HostOracle()
        first = update(raw((0, 0, *SIZE)))
        oracle.judge.feed(first)
        batch = Batch(oracle.judge)
        bases = host_bases(source)

        def is_wanted(_batch, data):
            return True

        host_fill(source, batch, bases, min(ACCEPTED_MOST, count - sent))
        sent += batch.count
        runs += 1
        text = play(target, oracle, first, batch)
        refusals += 1 if batch.code else 0
        compared += text
    return (f"{sent} messages to {runs} viewers, {refusals} refused, as "
            f"predicted, {compared} pictures equal")


def host_fill(source, batch, bases, most):
    """As fill(), with the state of one decoder: a mutant is tried on a copy
    of nothing, so only its form is judged beforehand."""
    # Some are to be accepted to the end, so that pictures are compared.
    is_clean = source.random() < 0.3
    end_at = most + 1 if is_clean else source.randrange(1, most + 1)

    def fresh():
        judge = FromHost(Box(*SIZE), is_handshake=False, is_canonical=False)
        judge.is_asked = judge.is_painted = True
        return judge

    while batch.count < most and not batch.code:
        base = source.choice(bases)
        data = base if source.random() < 0.3 else mutate(source, base, bases)
        judge = fresh()
        what, _code = verdict(judge, data)
        is_odd = judge.is_ended or (judge.box.width, judge.box.height) != SIZE
        is_tile = {rules.TILE, rules.MOTION} & {
            n for _k, d in judge.seen for n in d.get("encodings", ())}
        if is_odd or (what != "accept" or is_tile and data != base) and \
                batch.count < end_at:
            continue
        batch.add(data)
    batch.complete()
    if batch.code == 321:
        # The decoder is a process behind the gate, which may find something
        # of its own in what follows before the decoder has spoken.
        gate = fresh()
        gate.is_painted = True
        _what, code = verdict(gate, bytes(batch.data))
        batch.codes = (321, code or 321)


def play(target, oracle, first, batch):
    """One viewer sees a batch; 1 when its picture was compared."""
    data = first + bytes(batch.data)
    path = target.picture_path()

    def script(end):
        target.open(end, "fresh", SIZE)
        end.send(data)
        if not batch.code and not oracle.judge.is_ended:
            end.ping()
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
    count = 10 if context.is_short else max(50, context.count // 200)
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
