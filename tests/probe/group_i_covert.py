# SPDX-License-Identifier: GPL-3.0-or-later
"""I: what covert channels carry, measured with both ends in the probe's hand.

The probe is one end, a page in the host's browser the other. Each figure is
what got through in this run, in bits a second, after the loss by errors
(1 - H(p) of each bit); it is a lower bound of what the channel can carry.
"""
import bisect
import math
import random
import time

from case import Case, MEASURES, Skip, Wrong
from ends import MAKE

BITS = 120


def cases(context):
    if context.target.mode != "host" or context.is_short:
        return
    for name, text, run in [
            ("input-timing", "viewer to host: gaps between pointer events",
             input_timing),
            ("size", "viewer to host: sizes of the screen", sizes),
            ("update-timing", "host to viewer: gaps between updates",
             update_timing),
            ("cursor", "host to viewer: shapes of the cursor", cursors),
            ("caret", "host to viewer: places of the caret", carets)]:
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


def best(gaps, bits, seconds):
    """Gaps as bits by the threshold and the beginning that fit best."""
    count = min(len(gaps), len(bits))
    if count < len(bits) // 2:
        return 0.0, f"{len(gaps)} of {len(bits)} gaps came: 0 bit/s"
    errors = min(sum(1 for gap, bit in zip(gaps[begin:], bits) if
                     (gap > limit) != bool(bit)) +
                 max(0, len(bits) - len(gaps[begin:]))
                 for limit in sorted(set(gaps)) for begin in range(6))
    rate = useful(errors, count, seconds)
    return rate, (f"{rate:.1f} bit/s ({errors} of {count} bits wrong, "
                  f"{seconds:.1f} s)")


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


def distinct(rows, seconds, bits_each, what):
    changes = sum(1 for a, b in zip(rows, rows[1:]) if a != b)
    return (f"{changes * bits_each / seconds:.1f} bit/s ({changes} {what} in "
            f"{seconds:.1f} s, {bits_each:.1f} bits each as they were used)")


def cursors(browser, reports, source):
    browser.send(MAKE["pointer"](400, 400))
    browser.cursors.clear()
    values = [source.randrange(1 << 16) for _ in range(40)]
    begin = time.monotonic()
    reports.order("cursor", values, 100)
    wiggle = time.monotonic()
    while not reports.wait("played", 0.0) and time.monotonic() < begin + 20:
        browser.send(MAKE["pointer"](400 + int(wiggle * 50) % 2, 400))
        wiggle += 0.02
        time.sleep(0.02)
    seconds = time.monotonic() - begin
    return distinct([row[2] for row in browser.cursors], seconds, 16.0,
                    "shapes")


def carets(browser, reports, source):
    browser.click(100, 150)
    browser.carets.clear()
    values = [source.randrange(1, 64) for _ in range(40)]
    begin = time.monotonic()
    reports.order("caret", values, 100)
    reports.wait("played", 20.0)
    seconds = time.monotonic() - begin
    return distinct([row[1] for row in browser.carets], seconds, 6.0,
                    "places")


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


def fences(context, target):
    end = target.open("painted")
    times = [end.ping() for _ in range(50)]
    end.send(MAKE["fence"](bytes(range(64))))
    end.until(lambda kind, got: kind == "ServerFence" and
              got["payload"] == bytes(range(64)))
    target.done(end)
    text = (f"0 bit/s beyond the gate; answered there in "
            f"{sorted(times)[25]:.2f} ms with the same bytes")
    context.notes.append("I: fence: " + text)
    return text
