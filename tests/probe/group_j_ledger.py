# SPDX-License-Identifier: GPL-3.0-or-later
"""J: what host, guard and viewer have written down (laboratory, --ledger).

The event log of a host is held against what the probe itself has counted;
ledgers of more than one machine are compared by shoji-verify.
"""
import os
import re
import shutil
import subprocess
import time

from canary import marker
from case import ACCEPTS, Case, Skip, Wrong
from ends import MAKE

AGREE, INCOMPLETE = 0, 5


def cases(context):
    if context.target.mode != "host":
        return
    is_guard = context.options.command == "guard"
    yield Case("J-counts", "the log counts what the probe has sent",
               guard_counts if is_guard else counts, ACCEPTS)
    yield Case("J-no-content", "the log does not hold what was typed",
               lambda t: content(context, t), ACCEPTS)
    if context.options.ledger:
        yield Case("J-verify", "the ledgers agree with each other",
                   lambda _t: verify(context), ACCEPTS)
    if getattr(context.options, "run_ledger", None):
        yield Case("J-verify-run", "the ledgers of the run do not contradict "
                   "each other", lambda _t: verify_run(context), ACCEPTS)


def counts(target):
    if target.log is None:
        raise Skip("needs --event-log")
    end = target.open("painted")
    end.send(b"".join(MAKE["pointer"](at, at) for at in range(10)) +
             MAKE["key"](0xffe1, 0) * 3)
    end.ping()
    target.done(end)
    row = target.log.row(end.name, target.patience(15.0))
    if row is None:
        raise Wrong("no row of this connection")
    got = {name: value["count"] for name, value in
           row.get("from_viewer", {}).items()}
    wanted = {"SetPixelFormat": 1, "SetEncodings": 1,
              "FramebufferUpdateRequest": 1, "PointerEvent": 10, "KeyEvent": 3,
              "ClientFence": 1}
    bad = {name: (got.get(name), value) for name, value in wanted.items()
           if got.get(name) != value}
    if bad:
        raise Wrong(f"other counts: {bad}")
    return f"{got}"


def guard_counts(target):
    """The guard's lines of one session: what crossed, and its bound."""
    if target.log is None:
        raise Skip("needs --guard-log")
    end = target.open("painted")
    end.send(b"".join(MAKE["pointer"](at, at) for at in range(10)) +
             MAKE["key"](0xffe1, 0) * 3)
    end.ping()
    # The outer gate has answered that; on a busy machine the core behind it
    # counts later, and not at all what comes with the end.
    time.sleep(0.5)
    port = end.name.rsplit(":", 1)[1]
    target.done(end)
    if target.log.row(end.name, target.patience(15.0)) is None:
        raise Wrong("no line of this connection")
    with open(target.log.path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    number = re.findall(rf"closed number=(\d+) peer=\S+:{port} ", text)[-1]
    rows = re.findall(rf" (?:crossed|bound) number={number} (.*)", text)
    got = {name: int(value) for row in rows
           for name, value in re.findall(r"(\w+)=(\d+)", row)}
    if not 0 < got.get("pointers", 0) + got.get("pointers_joined", 0) <= 10 \
            or got.get("keys", 0) + got.get("keys_dropped", 0) > 3 \
            or not got.get("to_host_bits") or not got.get("to_viewer_bits"):
        raise Wrong(f"other counts: {rows}")
    return "; ".join(rows)


def content(context, target):
    if target.log is None:
        raise Skip("needs --event-log")
    text = marker(context.seed, "typed-for-the-log")
    end = target.open("painted")
    for character in text:
        end.send(MAKE["key"](ord(character)) + MAKE["key"](ord(character), 0))
    end.ping()
    target.done(end)
    target.log.row(end.name, target.patience(15.0))
    with open(target.log.path, "rb") as file:
        data = file.read()
    if text.encode() in data:
        raise Wrong("the log holds what was typed")
    return f"{len(data)} bytes, 0 hits"


def judged(context, ledgers):
    """(status, text) of shoji-verify."""
    program = os.path.join(context.options.build or "", "certs",
                           "shoji-verify")
    if not os.path.exists(program):
        program = shutil.which("shoji-verify")
    if not program:
        raise Skip("needs shoji-verify")
    done = subprocess.run([program, "ledger", *ledgers], capture_output=True,
                          text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def verify(context):
    """Of a host and a guard that still write; else nothing is missing."""
    status, text = judged(context, context.options.ledger)
    rows = text.splitlines()
    bad = [row for row in rows if row.startswith("!!")] + \
        [row for row in gap_rows(rows) if "no stop at the end" not in row]
    sums = re.search(r"(\d+) of (\d+) connections$", rows[-1]) if rows else None
    if status not in (AGREE, INCOMPLETE) or bad or not sums or \
            sums.group(1) != sums.group(2):
        raise Wrong(f"status {status}: " + "; ".join(bad + rows[-1:]))
    return f"{sums.group(1)} of {sums.group(2)} agree. " + " ".join(
        row for row in rows if row.startswith("From "))


def gap_rows(rows):
    return [row for row in rows if re.match(r"\?  ?\S+ record ", row)]


def verify_run(context):
    """The probe keeps no ledger, and killed gates close nothing: records
    that could not be checked are there; none may contradict another."""
    status, text = judged(context, context.options.run_ledger)
    rows = text.splitlines()
    bad = [row for row in rows if row.startswith("!!")]
    pairs = [row for row in rows if re.match(r" +\d+  [A-Z]-[A-Z]  ", row)]
    if status not in (AGREE, INCOMPLETE) or bad or not pairs:
        raise Wrong(f"status {status}: " + "; ".join(bad[:5]))
    gaps = {}
    for row in gap_rows(rows):
        what = row.split(": ", 1)[-1].split(" [")[0]
        gaps[what] = gaps.get(what, 0) + 1
    text = (f"0 contradictions, {len(pairs)} sessions stand in two ledgers, "
            f"{rows[-1].strip()}; not to be checked: " + "; ".join(
                f"{count} x {what}" for what, count in sorted(gaps.items())))
    context.notes.append("J: " + text)
    return text
