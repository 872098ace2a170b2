# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the end-to-end tests, printed as TAP lines."""
import os
import signal
import sys
import time
import traceback

CASES = []
POLL_S = 0.02
STRETCH_MOST = 4.0


class Stop(Exception):
    """A check failed after which the case cannot go on."""


class Late(Exception):
    """The case as a whole took too long."""


def case(name, limit_s=60, is_long=False):
    """Registers a function(env, t) as a case."""
    def register(function):
        CASES.append({"name": name, "run": function, "limit_s": limit_s,
                      "is_long": is_long})
        return function
    return register


def stretch():
    """How many times longer than on a machine of its own a test may take.

    Limits tell what hangs from what is only slow, and what is slow depends on
    who else wants the cores: twice as many tasks, twice the time.
    """
    return min(STRETCH_MOST, max(1.0, os.getloadavg()[0] /
                                 (os.cpu_count() or 1)))


def wait_until(condition, limit_s=10.0, poll_s=POLL_S):
    """The first true value of condition(), or its last one at the deadline,
    which is limit_s, or later where stretch says so."""
    begin = time.monotonic()
    while True:
        value = condition()
        if value or time.monotonic() - begin > limit_s * stretch():
            return value
        time.sleep(poll_s)


class Tap:
    """Counts and prints checks."""

    def __init__(self, out=sys.stdout):
        self.out = out
        self.passed = 0
        self.failed = 0
        self.name = ""
        self.failures = []

    def note(self, text):
        for line in str(text).splitlines():
            print("# " + line, file=self.out, flush=True)

    def ok(self, value, text, detail=None):
        number = self.passed + self.failed + 1
        line = f"{self.name}: {text}"
        if value:
            self.passed += 1
            print(f"ok {number} - {line}", file=self.out, flush=True)
        else:
            self.failed += 1
            self.failures.append(line)
            print(f"not ok {number} - {line}", file=self.out, flush=True)
            if detail is not None:
                self.note(detail() if callable(detail) else detail)
        return bool(value)

    def must(self, value, text, detail=None):
        if not self.ok(value, text, detail):
            raise Stop(text)
        return value

    def equal(self, got, wanted, text):
        return self.ok(got == wanted, text,
                       f"got    {str(got)[:1000]}\nwanted {str(wanted)[:1000]}")

    def wait(self, condition, text, limit_s=10.0, detail=None):
        """Waits for condition with a deadline; one check."""
        return self.ok(wait_until(condition, limit_s), text, detail)

    def must_wait(self, condition, text, limit_s=10.0, detail=None):
        value = wait_until(condition, limit_s)
        return self.must(value, text, detail)

    def run(self, entry, env):
        """Runs one case; whatever escapes it is one failed check."""
        def on_alarm(_signal, _frame):
            took_s = time.monotonic() - begin
            if took_s >= entry["limit_s"] * stretch():
                raise Late(f"case took {took_s:.0f} s, which is more than "
                           f"{entry['limit_s']} s at this load")

        self.name = entry["name"]
        before = self.failed
        begin = time.monotonic()
        signal.signal(signal.SIGALRM, on_alarm)
        signal.setitimer(signal.ITIMER_REAL, entry["limit_s"], 5)
        try:
            entry["run"](env, self)
        except Stop:
            pass
        except Exception:  # a crash of a case is a failed check
            self.ok(False, "runs to its end", traceback.format_exc())
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        self.note(f"{entry['name']}: {time.monotonic() - begin:.1f} s")
        return self.failed == before
