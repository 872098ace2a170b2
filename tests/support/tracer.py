# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds a process of ours at a moment that is too short to meet by chance.

The supervisor is traced, so that each program it starts stops at its first
instruction; the one that is wanted is held there, or at its exit, when it
still has all that it had. Needs root: confined processes cannot be traced.
"""
import ctypes
import os
import signal
import time

import procs

SEIZE, CONT, DETACH, SET_OPTIONS, EVENT_MESSAGE = (
    0x4206, 7, 17, 0x4200, 0x4201)
CHILDREN = 0x2 | 0x4 | 0x8  # PTRACE_O_TRACEFORK, VFORK, CLONE
EXEC, EXIT = 0x10, 0x40  # PTRACE_O_TRACEEXEC, TRACEEXIT
EVENT_CHILDREN, EVENT_EXEC, EVENT_EXIT = (1, 2, 3), 4, 6
WALL = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p,
                        ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request, pid, data=0):
    if libc.ptrace(request, pid, None, data) != 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request} of {pid}")


class Tracer:
    """Traces a supervisor while it is entered."""

    def __init__(self, pid):
        self.pid = pid
        self.traced = set()
        self.stopped = set()

    def __enter__(self):
        ptrace(SEIZE, self.pid, CHILDREN | EXEC)
        self.traced.add(self.pid)
        return self

    def __exit__(self, *_error):
        """Lets all go, also one that has to stop for that first."""
        for pid in sorted(self.traced):
            if pid not in self.stopped:
                try:
                    ptrace(0x4207, pid)  # PTRACE_INTERRUPT
                except OSError:
                    continue
                self._await_stop(pid)
            self.let_go(pid)

    def _await_stop(self, pid):
        end = time.monotonic() + 5
        while time.monotonic() < end and pid in self.traced:
            if self._event(pid) is not None:
                return
            time.sleep(0.001)

    def let_go(self, pid):
        """pid goes on as if nothing had been."""
        try:
            ptrace(DETACH, pid)
        except OSError:
            pass  # it is gone
        self.traced.discard(pid)
        self.stopped.discard(pid)

    def _event(self, pid):
        """(event, signal) of pid, which is then stopped; None: it runs."""
        try:
            found, status = os.waitpid(pid, os.WNOHANG | WALL)
        except ChildProcessError:
            self.traced.discard(pid)
            return None
        if found == 0:
            return None
        if not os.WIFSTOPPED(status):
            self.traced.discard(pid)
            return None
        self.stopped.add(pid)
        return status >> 16, os.WSTOPSIG(status)

    def _follow(self, pid):
        number = ctypes.c_ulong(0)
        libc.ptrace(EVENT_MESSAGE, pid, None, ctypes.byref(number))
        self.traced.add(number.value)

    def go_on(self, pid, number=0):
        self.stopped.discard(pid)
        try:
            ptrace(CONT, pid, number)
        except OSError:
            self.traced.discard(pid)

    def _turn(self, wanted):
        """Lets all go on; the pid that has come to wanted(pid, event)."""
        for pid in list(self.traced - self.stopped):
            event = self._event(pid)
            if event is None:
                continue
            kind, number = event
            if kind in EVENT_CHILDREN:
                self._follow(pid)
            if kind and wanted(pid, kind):
                return pid
            is_signal = kind == 0 and number != signal.SIGTRAP
            self.go_on(pid, number if is_signal else 0)
        return None

    def _until(self, wanted, limit_s):
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            pid = self._turn(wanted)
            if pid:
                return pid
            time.sleep(0.001)
        return None

    def at_start(self, name, limit_s=20):
        """The next process that begins as name, held; None: too late."""
        return self._until(
            lambda pid, kind: kind == EVENT_EXEC and
            os.path.basename(procs.exe_of(pid)) == name, limit_s)

    def at_exit(self, pid, limit_s=20):
        """Lets pid go on until it ends, and holds it there."""
        ptrace(SET_OPTIONS, pid, EXIT)
        self.go_on(pid)
        return self._until(
            lambda who, kind: who == pid and kind == EVENT_EXIT, limit_s)
