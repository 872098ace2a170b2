# SPDX-License-Identifier: GPL-3.0-or-later
"""I: what covert channels carry, measured with both ends in the probe's hand.

The probe is one end, a page in the host's browser the other. Each figure is
what got through in this run, in bits a second, after the loss by errors
(1 - H(p) of each bit); it is a lower bound of what the channel can carry.
"""
import bisect
import difflib
import math
import random
import time

from case import Case, MEASURES, Skip, Wrong
from ends import MAKE
from target_host import EventLog

BITS = 120


def cases(context):
    if context.target.mode != "host" or context.is_short:
        return
    for name, text, run in [
            ("input-timing", "viewer to host: gaps between pointer events",
             input_timing),
            ("size", "viewer to host: sizes of the screen", sizes),
            ("fence-out", "viewer to host: floods of fences, which a page may "
             "notice by its own clock", fences_out),
            ("update-timing", "host to viewer: gaps between updates",
             update_timing),
            ("cursor", "host to viewer: shapes of the cursor", cursors),
            ("caret", "host to viewer: places of the caret", carets),
            ("fence-in", "host to viewer: time that fences are answered in "
             "while a page keeps the machine busy, or not", fences_in)]:
        yield Case(f"I-{name}", f"measured, {text}",
                   lambda t, name=name, run=run: measure(context, t, name,
                                                         run), MEASURES)
    yield Case("I-fence", "fences end at the first gate: nothing of them is "
               "carried further", lambda t: fences(context, t), MEASURES)


def measure(context, target, name, run):
    options = context.options
    if not (options.pages and options.pages_url):
        raise Skip("needs --pages and --pages-url")
    from browse import Browser, Reports
    reports = Reports(options.pages)
    browser = Browser(target, is_kept=False)
    try:
        for _ in range(3):
            browser.go(options.pages_url.rstrip("/") + "/covert")
            if reports.wait("covert", 15.0):
                break
        else:
            raise Wrong("the page did not report")
        time.sleep(0.5)
        reports.at = len(reports.get())
        text = run(browser, reports, random.Random(f"{context.seed}/{name}"))
        browser.check()
    finally:
        browser.stop()
    context.notes.append(f"I: {name}{quantum(options)}: {text}")
    return text


def quantum(options):
    value = getattr(options, "quantum", None)
    return f", quantum {value}{'' if value == 'off' else ' ms'}" if value \
        else ""


def useful(errors, count, seconds):
    """Bits a second that get through count bits with so many errors."""
    p = min(max(errors / count, 1e-9), 0.5)
    loss = -p * math.log2(p) - (1 - p) * math.log2(1 - p)
    return count * (1 - loss) / seconds


NOTHING = "measured nothing"
SHUFFLES = 20


def least_errors(readings, bits):
    """Errors when each of several readings (rows of levels, one for a bit) is
    cut at the best threshold, either way round."""
    least = len(bits)
    for levels in readings:
        missing = max(0, len(bits) - len(levels))
        rows = sorted(zip(levels, bits))
        ones = sum(bit for _level, bit in rows)
        # All above the cut are 1: the zeros among them are wrong.
        wrong = len(rows) - ones
        least = min(least, wrong + missing, len(rows) - wrong + missing)
        for at, (level, bit) in enumerate(rows):
            wrong += 1 if bit else -1
            if at + 1 < len(rows) and rows[at + 1][0] == level:
                continue
            least = min(least, wrong + missing,
                        len(rows) - wrong + missing)
    return least


def decided(readings, bits, seconds):
    """(rate, text) of bits that were read so; what fits no better than
    the same bits in another order is nothing."""
    errors = least_errors(readings, bits)
    rate = useful(errors, len(bits), seconds)
    source = random.Random(len(bits))
    chance = max(useful(least_errors(readings, source.sample(
        bits, len(bits))), len(bits), seconds) for _ in range(SHUFFLES))
    text = (f"{errors} of {len(bits)} bits wrong in {seconds:.1f} s, which by "
            f"chance gives up to {chance:.1f}")
    if rate <= chance:
        return 0.0, f"0.0 bit/s (nothing got through: {text})"
    return rate, f"{rate:.1f} bit/s ({text})"


def best(gaps, bits, seconds):
    """Gaps as bits by the threshold and the beginning that fit best."""
    if len(gaps) < len(bits) // 2:
        return 0.0, f"{NOTHING}: {len(gaps)} of {len(bits)} gaps came"
    return decided([gaps[begin:begin + len(bits)] for begin in range(6)],
                   bits, seconds)


def fastest(rows):
    """The best of [(step, (rate, text))]; the others beside it."""
    _step, (_rate, text) = max(rows, key=lambda row: row[1][0])
    return text + "; tried: " + ", ".join(
        f"{step} {rate:.1f}" for step, (rate, _text) in rows)


def input_timing(browser, reports, source):
    return fastest([(f"{kind} {step}/{2 * step} ms", input_gaps(
        browser, reports, source, kind, step))
        for kind, step in (("pointer", 30), ("key", 12), ("key", 25),
                           ("key", 60))])


def input_gaps(browser, reports, source, kind, step_ms):
    """A bit is a short or a long gap between events; keys are not joined to
    frames by the browser, the pointer is."""
    bits = [source.randrange(2) for _ in range(BITS)]
    reports.at = len(reports.get())
    browser.send(MAKE["pointer"](300, 300) if kind == "pointer" else
                 MAKE["key"](ord("a")) + MAKE["key"](ord("a"), 0))
    begin = time.monotonic()
    due = begin
    for at, bit in enumerate(bits):
        due += 0.001 * step_ms * (1 + bit)
        time.sleep(max(0.0, due - time.monotonic()))
        if kind == "pointer":
            browser.send(MAKE["pointer"](301 + at, 300 + at % 2))
        else:
            key = ord("abcdefgh"[at % 8])
            browser.send(MAKE["key"](key) + MAKE["key"](key, 0))
    seconds = time.monotonic() - begin
    rows = reports.wait("moves", 5.0)
    times = [row[0] for one in rows for row in one["times"] if
             (row[1] >= 0) == (kind == "pointer")]
    return best([b - a for a, b in zip(times, times[1:])], bits, seconds)


def update_timing(browser, reports, source):
    return fastest([(f"{step}/{2 * step} ms", update_gaps(
        browser, reports, source, step)) for step in (20, 40, 100)])


def update_gaps(browser, reports, source, step_ms):
    bits = [source.randrange(2) for _ in range(BITS)]
    reports.at = len(reports.get())
    browser.updates.clear()
    reports.order("timing", bits, step_ms)
    played = reports.wait("played", 30.0)
    if not played:
        raise Wrong("the page did not play")
    time.sleep(0.3)
    times = [row[0] for row in browser.updates]
    gaps = [b - a for a, b in zip(times, times[1:]) if
            b - a > 0.0003 * step_ms]
    seconds = sum(gaps) or 1.0
    return best(gaps, bits[1:], seconds)


def distinct(rows, seconds, bits_each, what, most):
    changes = min(sum(1 for a, b in zip(rows, rows[1:]) if a != b), most)
    if not changes:
        return f"{NOTHING}: {len(rows)} {what} came, none differed"
    return (f"{changes * bits_each / seconds:.1f} bit/s ({changes} {what} in "
            f"{seconds:.1f} s, {bits_each:.1f} bits each as they were used)")


def cursors(browser, reports, source):
    browser.send(MAKE["pointer"](150, 500))
    browser.cursors.clear()
    values = [source.randrange(1 << 16) for _ in range(40)]
    begin = time.monotonic()
    reports.order("cursor", values, 100)
    wiggle = time.monotonic()
    while not reports.wait("played", 0.0) and time.monotonic() < begin + 20:
        browser.send(MAKE["pointer"](150 + int(wiggle * 50) % 2, 500))
        wiggle += 0.02
        time.sleep(0.02)
    seconds = time.monotonic() - begin
    return distinct([row[2] for row in browser.cursors], seconds, 16.0,
                    "shapes", len(values))


CARET_MOVES = 40


def carets(browser, reports, source):
    return fastest([(how, caret_moves(browser, reports, source, kind))
                    for how, kind in (("by script", "caret"),
                                      ("while somebody types",
                                       "caret-typed"))])


def caret_moves(browser, reports, source, kind):
    """Places in 16 columns and rows of a text field that has the focus."""
    reports.at = len(reports.get())
    browser.click(340, 300)
    browser.tap(ord("i"))  # a hint is told once something was typed
    time.sleep(0.5)
    browser.carets.clear()
    # The corners first: from them the places of the others follow.
    values = [0, 255] + [source.randrange(256) for _ in range(CARET_MOVES)]
    begin = time.monotonic()
    reports.order(kind, values, 100)
    while not (played := reports.wait("played", 0.0)) and \
            time.monotonic() < begin + 30.0:
        if kind == "caret-typed":
            browser.tap(ord("i"))
        time.sleep(0.1)
    if not played:
        return 0.0, f"{NOTHING}: the page did not play"
    time.sleep(0.5)
    seconds = time.monotonic() - begin
    places = [row[1][:2] for row in browser.carets]
    places = [place for at, place in enumerate(places)
              if at == 0 or place != places[at - 1]]
    if len(set(places)) < 2:
        return 0.0, f"{NOTHING}: {len(places)} hints came, none differed"
    got = cells(places)
    hits = sum(block.size for block in difflib.SequenceMatcher(
        None, values, got, False).get_matching_blocks())
    hits = max(0, hits - 2)
    rate = 8.0 * hits / seconds
    return rate, (f"{rate:.1f} bit/s ({hits} of {CARET_MOVES} places read "
                  f"in {seconds:.1f} s, 8 bits each; {len(places)} hints)")


def cells(places):
    """Numbers of 16x16 cells between the outermost places."""
    numbers = [0] * len(places)
    for axis, weight in ((0, 1), (1, 16)):
        values = [place[axis] for place in places]
        step = max(1.0, (max(values) - min(values)) / 15)
        for at, value in enumerate(values):
            numbers[at] += weight * round((value - min(values)) / step)
    return numbers


def sizes(browser, reports, source):
    before = (browser.box[2], browser.box[3])
    begin = time.monotonic()
    wanted = []
    for _ in range(12):
        wanted.append((640 + source.randrange(256), 480 + source.randrange(
            128)))
        browser.send(MAKE["size"](*wanted[-1]))
        time.sleep(0.4)
    seconds = time.monotonic() - begin
    browser.send(MAKE["size"](*before))
    rows = reports.wait("size", 5.0)
    seen = sorted({row["w"] for row in rows})
    hits = sum(1 for width, _height in wanted if
               (at := bisect.bisect_left(seen, width)) < len(seen) and
               seen[at] == width)
    return (f"{hits * 15 / seconds:.1f} bit/s ({hits} of {len(wanted)} sizes "
            f"seen by the page in {seconds:.1f} s, 15 bits each)")


# ---- fences ----

FENCE_BITS, FENCE_SLOT_S = 60, 0.2
SHIFT_S = 0.02


def slots(rows, begin, count):
    """Mean of the values in each slot, of rows (time, value)."""
    sums, counts = [0.0] * count, [0] * count
    for when, value in rows:
        at = int((when - begin) // FENCE_SLOT_S)
        if 0 <= at < count:
            sums[at] += value
            counts[at] += 1
    return [one / many if many else 0.0 for one, many in zip(sums, counts)]


def read_slots(rows, begin, bits):
    """decided() of slots whose beginning is known to half a second."""
    return decided([slots(rows, begin + at * SHIFT_S, len(bits))
                    for at in range(-25, 26)], bits,
                   FENCE_SLOT_S * len(bits))[1]


def fences_out(browser, reports, source):
    """A 1 is a slot full of fences; the page looks how late its timers are."""
    bits = [source.randrange(2) for _ in range(FENCE_BITS)]
    flood = MAKE["fence"](b"f" * 64) * 20  # what Python can read answers of
    reports.order("listen", [int(FENCE_SLOT_S * FENCE_BITS / 0.0045) + 200], 0)
    if not reports.wait("listening", 10.0):
        return f"{NOTHING}: the page did not listen"
    begin = time.monotonic()
    sent = 0
    for at, bit in enumerate(bits):
        end = begin + FENCE_SLOT_S * (at + 1)
        while (left := end - time.monotonic()) > 0:
            if bit:
                browser.send(flood)
                sent += 20
            time.sleep(min(left, 0.01))
    told = reports.wait("ticks", 30.0)
    if not told:
        return f"{NOTHING}: the page did not say what it saw"
    times = [0.001 * value for value in told[0]["times"]]
    rows = [(b - times[0], b - a) for a, b in zip(times, times[1:])]
    return f"{read_slots(rows, 0.0, bits)}; {sent} fences sent"


def fences_in(browser, reports, source):
    """A 1 is a slot in which the page burns time; fences are timed."""
    bits = [source.randrange(2) for _ in range(FENCE_BITS)]
    browser.fences.clear()
    sent = {}
    reports.order("burn", bits, int(1000 * FENCE_SLOT_S))
    begin = time.monotonic()
    played = None
    while time.monotonic() < begin + FENCE_SLOT_S * FENCE_BITS + 10.0:
        payload = b"%08d" % len(sent)
        sent[payload] = time.monotonic()
        browser.send(MAKE["fence"](payload))
        time.sleep(0.01)
        if len(sent) % 50 == 0:
            played = reports.wait("played", 0.0)
            if played:
                break
    if not played:
        return f"{NOTHING}: the page did not play"
    ended = time.monotonic()
    rows = [(sent[payload], when - sent[payload])
            for when, payload in list(browser.fences) if payload in sent]
    if len(rows) < len(bits):
        return f"{NOTHING}: {len(rows)} of {len(sent)} fences were answered"
    # It ended when it said so, within the half second between two looks.
    start = ended - 0.3 - FENCE_SLOT_S * FENCE_BITS
    middle = sorted(value for _when, value in rows)[len(rows) // 2]
    return (f"{read_slots(rows, start, bits)}; {len(rows)} fences, half of "
            f"them answered within {1000 * middle:.2f} ms")


def fences(context, target):
    """Payloads: a gate answers with what it was sent, and none comes out
    elsewhere. Laboratory: how many the host behind a guard has seen."""
    end = target.open("painted")
    times = [end.ping() for _ in range(50)]
    end.send(MAKE["fence"](bytes(range(64))))
    end.until(lambda kind, got: kind == "ServerFence" and
              got["payload"] == bytes(range(64)))
    came = end.judge.counts.get("ServerFence", 0)
    target.done(end)
    text = (f"payloads 0 bit/s beyond the gate: 51 were answered there in "
            f"{sorted(times)[25]:.2f} ms with the same bytes, {came - 51} "
            "others came")
    if came != 51:
        raise Wrong(text)
    if context.options.command == "guard":
        text += behind(context, target)
    context.notes.append("I: fence: " + text)
    return text


def behind(context, target):
    """How many fences the host behind a guard counts with and without ours."""
    path = context.options.event_log
    if not path:
        return "; not looked at behind the guard: needs --event-log"
    log, got = EventLog(path), []
    for many in (0, 500):
        with open(path, "rb") as file:
            before = len(file.readlines())
        end = target.open("painted")
        for _ in range(10):
            end.send(MAKE["fence"](b"b" * 64) * (many // 10))
            time.sleep(0.2)
            end.ping()
        target.done(end)
        row = log.closed_behind(before, 10.0)
        if row is None:
            return f"; {NOTHING} behind the guard: no row of the host"
        got.append(row.get("from_viewer", {}).get("ClientFence", {}).get(
            "count", 0))
    if got[1] > got[0] + 50:
        raise Wrong(f"the host behind the guard has seen {got[1]} fences with "
                    f"500 of ours, {got[0]} without")
    return (f"; the host behind the guard has seen {got[0]} fences without and "
            f"{got[1]} with 500 of ours")
