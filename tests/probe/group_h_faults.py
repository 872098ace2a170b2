# SPDX-License-Identifier: GPL-3.0-or-later
"""H: slow, half-open and broken connections."""
import argparse
import os
import signal
import time

import rules
from case import ACCEPTS, Case, Skip, Wrong
from ends import Gone, MAKE, ViewerEnd, raw, update
from group_g_sandbox import below, program
from target_host import HostTarget

PREFACE = rules.VERSION + b"\x13\0\2\0\0\1\x04"


def cases(context):
    if context.target.mode == "host":
        yield from of_host(context)
        if context.options.command == "guard":
            yield from of_guard(context)
    else:
        yield from of_viewer(context)


def of_host(context):
    def silent(stage, data=b""):
        def run(target):
            end = target.open(stage)
            if data:
                end.send(data)
            return target.refused(end, (140, 141, 102, 100), 13.0, must_log=False)
        return run

    yield Case("H-silent-tcp", "a connection that says nothing ends in its "
               "time", silent("tcp"), is_slow=True)
    yield Case("H-silent-half", "half a version ends in its time",
               silent("tcp", b"RFB 003"), is_slow=True)
    yield Case("H-silent-clear", "no TLS after the clear part ends in its "
               "time", silent("clear"), is_slow=True)
    yield Case("H-silent-hello", "half a ClientHello ends in its time",
               silent("clear", b"\x16\3\1\2\0\1"), is_slow=True)

    def drops(target):
        """A byte a second of a right clear part: time counts for all of it."""
        end, begin = target.open("tcp"), time.monotonic()
        try:
            for at in range(len(PREFACE)):
                if time.monotonic() - begin > 9.0:
                    break
                end.send(PREFACE[at:at + 1])
                try:
                    if end.some(1.0) == b"":
                        break
                except Gone as error:
                    if not error.is_late:
                        break
        except Gone:
            pass
        took = time.monotonic() - begin
        target.done(end)
        if took > 9.0:
            raise Wrong(f"open for {took:.1f} s")
        return f"ended after {took:.1f} s"

    yield Case("H-drops", "a byte a second ends in the time of the whole",
               drops, is_slow=True)
    yield from crowd(context)
    yield from logged_in(context)


def crowd(context):
    def beside(count):
        def run(target):
            ends, before = [], target.is_well()
            try:
                for _ in range(count):
                    ends.append(ViewerEnd(target.address))
                took = target.is_well()
            finally:
                for end in ends:
                    end.close()
            text = (f"an honest viewer waited {1000 * took:.0f} ms, "
                    f"{1000 * before:.0f} ms without them")
            if took > 2.0 + 3 * before:
                raise Wrong(text)
            return text
        return run

    yield Case("H-crowd-20", "20 silent connections do not hold an honest one "
               "up", beside(20), ACCEPTS)

    def flood(target):
        """More half-open ones than an address may have: they are shut out."""
        ends, refused = [], 0
        for _ in range(200):
            try:
                ends.append(ViewerEnd(target.address))
            except Gone:
                refused += 1
        time.sleep(0.5)
        for end in ends:
            try:
                data = end.some(0.01)
                if data == b"" or data[:12] == rules.VERSION and \
                        end.some(0.01)[:1] == b"\0":
                    refused += 1
            except Gone as error:
                refused += 0 if error.is_late else 1
        for end in ends:
            end.close()
        time.sleep(0.5)
        took = target.is_well()
        if refused < 100:
            raise Wrong(f"only {refused} of 200 were shut out")
        return f"{refused} of 200 were shut out, then {1000 * took:.0f} ms"

    yield Case("H-flood-200", "of 200 half-open connections of one address "
               "most are shut out, and the next viewer is served", flood)


def logged_in(context):
    def half(data, codes=(141,)):
        def run(target):
            end = target.open("painted")
            end.send(data)
            return target.refused(end, codes, 15.0)
        return run

    yield Case("H-half-key", "two bytes of a key and no more end in their "
               "time", half(b"\4\1"))
    if not context.is_short:
        yield Case("H-half-fence", "a fence without its payload ends in its "
                   "time", half(MAKE["fence"](b"x" * 9)[:-1]))
        yield Case("H-half-encodings", "32 encodings without the last end in "
                   "their time", lambda t: (
                       lambda end: (end.send(MAKE["encodings"]()[:-1]),
                                    t.refused(end, (141,), 15.0))[1])(
                                        t.open("formatted")))
    for stage in ("tcp", "clear", "tls", "fresh", "asked", "painted"):
        for how in ("close", "reset"):
            def gone(target, stage=stage, how=how):
                end = target.open(stage)
                getattr(end, how)()
                return f"{1000 * target.is_well():.0f} ms to the next picture"

            yield Case(f"H-{how}-{stage}", f"a viewer that ends by {how} in "
                       f"stage {stage} does not disturb the next", gone,
                       ACCEPTS)

    def deaf(target):
        """Asks for pictures and never reads: a bounded queue, then the end."""
        end = target.open("painted")
        box = (0, 0, end.box.width, end.box.height)
        try:
            for at in range(400):
                end.send(MAKE["request"](box) + MAKE["fence"](b"d" * 64) * 50)
                time.sleep(0.05)
        except Gone as error:
            code = target.code(end, 5.0)
            target.done(end)
            return f"{error}" + (f", E{code}" if code else "")
        target.done(end)
        return (f"{end.sent} bytes were taken in 20 s; "
                f"{1000 * target.is_well():.0f} ms to the next picture")

    if not context.is_short:
        yield Case("H-deaf", "a viewer that does not read holds nobody up",
                   deaf, ACCEPTS)


def of_guard(context):
    """Laboratory: each process of one session of a guard is killed."""
    options = context.options

    def killed(target, name):
        if not (options.pid and options.other_cert):
            raise Skip("needs --pid, --other-cert and --other-key")
        other = HostTarget(argparse.Namespace(**dict(
            vars(options), cert=options.other_cert, key=options.other_key)))
        quiet = other.open("painted")
        try:
            before = set(below(options.pid))
            loud = target.open("painted")
            mine = [pid for pid in below(options.pid) if pid not in before
                    and program(pid) == name]
            if len(mine) != 1:
                target.done(loud)
                raise Wrong(f"{len(mine)} processes {name} of this session")
            os.kill(mine[0], signal.SIGKILL)
            text = target.refused(loud, must_log=False)
            return (f"{text}; the session beside it: "
                    f"{quiet.ping():.1f} ms; the next picture after "
                    f"{1000 * target.is_well():.0f} ms")
        finally:
            other.done(quiet)

    for name in ("shoji-host-gate", "shoji-guard-core", "shoji-viewer-gate"):
        yield Case(f"H-kill-{name[6:]}", f"kill -9 of the {name} of one "
                   "session ends that session, and no other",
                   lambda t, name=name: killed(t, name), ACCEPTS)


def of_viewer(context):
    def silent(stage, data=b""):
        def run(target):
            def script(end):
                target.open(end, stage)
                if data:
                    end.send(data)
            return target.refused(script, (140, 141, 102), (None, 2), 13.0)
        return run

    if not context.is_short:
        yield Case("H-silent-tcp", "a host that says nothing is left in its "
                   "time", silent("tcp"))
    yield Case("H-silent-clear", "a host that does not begin TLS is left in "
               "its time", silent("clear"))
    yield Case("H-half-rectangle", "half a rectangle and no more ends in its "
               "time", silent("painted", update(raw((0, 0, 64, 64)))[:-1]))
    for stage in ("tls", "painted") if context.is_short else \
            ("clear", "tls", "fresh", "painted"):
        for how in ("close", "reset"):
            def gone(target, stage=stage, how=how):
                def script(end):
                    target.open(end, stage)
                    getattr(end, how)()
                    return "gone"
                value, status, output = target.run(script, 1.0)
                if isinstance(value, Exception):
                    raise value
                if status == 0 or "signal" in output:
                    raise Wrong(f"status {status}: {output}")
                return f"status {status} (it would connect again)"

            yield Case(f"H-{how}-{stage}", f"a host that ends by {how} in "
                       f"stage {stage} is no success", gone, ACCEPTS)
