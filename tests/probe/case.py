# SPDX-License-Identifier: GPL-3.0-or-later
"""What a case is, and how cases are run, printed and counted."""
import collections
import concurrent.futures
import dataclasses
import sys
import threading
import time
import traceback

from ends import Gone
from judge import Violation

REFUSES, ACCEPTS, MEASURES = "refuses", "accepts", "measures"


class Wrong(Exception):
    """The peer did what it must not, or not what it must."""


class Skip(Exception):
    """The case cannot be run here; the text says what it needs."""


@dataclasses.dataclass
class Case:
    """run(target) returns the evidence or raises; kind says what a good peer
    does: it refuses something, accepts something, or something is measured.
    """
    id: str
    text: str
    run: object
    kind: str = REFUSES
    is_slow: bool = False  # mostly waits: runs beside others
    is_long: bool = False  # only with --long
    is_control: bool = False  # of the probe itself: the peer has no part in it


@dataclasses.dataclass
class Result:
    id: str
    text: str
    kind: str
    status: str  # passed, failed, skipped
    evidence: str
    seconds: float
    is_control: bool = False


def one_line(value, most):
    text = " ".join(str(value).split())
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= most else text[:most - 3] + "..."


class Runner:
    """Runs cases in order; what mostly waits is run beside each other."""

    def __init__(self, target, form="plain", out=sys.stdout, jobs=12):
        self.target, self.form, self.out = target, form, out
        self.jobs = jobs
        self.results = []
        self.lock = threading.Lock()

    def run_one(self, case):
        begin = time.monotonic()
        try:
            status, evidence = "passed", case.run(self.target) or "as it must"
        except Skip as reason:
            status, evidence = "skipped", reason
        except (Wrong, Gone, Violation) as error:
            status, evidence = "failed", error
        except Exception:  # an error of the probe must not look like a pass
            status = "failed"
            evidence = "the probe itself: " + traceback.format_exc()[-400:]
        self.add(Result(case.id, case.text, case.kind, status,
                        one_line(evidence, 1500 if status == "failed" else 300),
                        time.monotonic() - begin, case.is_control))

    def add(self, result):
        with self.lock:
            self.results.append(result)
            self.print(result)

    def print(self, result):
        if self.form == "tap":
            word = "not ok" if result.status == "failed" else "ok"
            more = " # SKIP " + result.evidence if result.status == \
                "skipped" else ""
            line = (f"{word} {len(self.results)} - {result.id}: "
                    f"{result.text}{more}")
            if result.status == "failed":
                line += f"\n# {result.evidence}"
        else:
            word = {"passed": "pass", "failed": "FAIL",
                    "skipped": "skip"}[result.status]
            line = f"{word} {result.id}  {result.text} [{result.evidence}]"
        print(line, file=self.out, flush=True)

    def run(self, cases):
        """cases is any iterable; slow ones that follow each other run
        together."""
        waiting = []
        for case in cases:
            if case.is_slow:
                waiting.append(case)
                continue
            self.flush(waiting)
            self.run_one(case)
        self.flush(waiting)

    def flush(self, waiting):
        if waiting:
            with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
                list(pool.map(self.run_one, waiting))
            waiting.clear()

    def count(self, status):
        return sum(1 for row in self.results if row.status == status)

    def is_empty(self):
        """There are cases, and none of those that were run tested the peer."""
        return bool(self.results) and all(
            row.status == "skipped" or
            (row.is_control and row.status == "passed")
            for row in self.results)

    def reasons(self):
        """Why nothing was tested: what cases were skipped for, counted."""
        found = collections.Counter(row.evidence for row in self.results
                                    if row.status == "skipped")
        return ", ".join(f"{count} x {text}" for text, count in
                         found.most_common()) or \
            "only controls of the probe itself were selected"
