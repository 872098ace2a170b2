# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run is measured by: /proc, the line, the picture in the window."""
import json
import mmap
import os
import signal
import struct
import subprocess
import time

import procs
from tap import wait_until

BOARD_NAME = "/memfd:bench-board"
BOARD_READY = 1
BOARD_DONE = 3
# What a run may fail by; the other runs go on.
FAILURES = (RuntimeError, OSError, ValueError, subprocess.SubprocessError)


def cpu_of(pids):
    """{pid: (name, nanoseconds)}; the clock has 10 ms ticks, this has not."""
    result = {}
    for pid in pids:
        total = 0
        row = procs.stat_of(pid)
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/schedstat",
                          encoding="ascii") as file:
                    total += int(file.read().split()[0])
        except (OSError, ValueError, IndexError):
            continue
        args = procs.command_of(pid)
        name = os.path.basename(procs.exe_of(pid)) or (
            os.path.basename(args[0]) if args else "")
        result[pid] = (name or (row[0] if row else "?"), total)
    return result


def cpu_between(before, after):
    """CPU ms by program between two cpu_of."""
    result = {}
    for pid, (name, total) in after.items():
        used = total - before.get(pid, (name, 0))[1]
        result[name] = result.get(name, 0) + used / 1e6
    return {name: round(ms, 3) for name, ms in sorted(result.items())}


def pss_of(pids):
    """PSS in KiB by program."""
    result = {}
    for pid, (name, _ns) in cpu_of(pids).items():
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
                for line in file:
                    if line.startswith("Pss:"):
                        result[name] = result.get(name, 0) + \
                            int(line.split()[1])
        except OSError:
            continue
    return result


class Line:
    """bench-relay: the line that a viewer's connection goes over."""

    def __init__(self, tool, port, profile=None):
        args = [tool, str(port), *([str(part) for part in profile]
                                   if profile else [])]
        self.popen = subprocess.Popen(args, stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)
        procs.OWNED[self.popen.pid] = self
        self.port = int(self.popen.stdout.readline().split()[1])

    def counts(self):
        self.popen.stdin.write("?\n")
        self.popen.stdin.flush()
        return json.loads(self.popen.stdout.readline())

    def wait_quiet(self, quiet_s=0.3, limit_s=5.0):
        """Waits until no byte has passed for quiet_s; the counts."""
        last, since = self.counts(), time.monotonic()
        end = since + limit_s
        while time.monotonic() < end:
            time.sleep(0.05)
            now = self.counts()
            if now != last:
                last, since = now, time.monotonic()
            elif time.monotonic() - since >= quiet_s:
                break
        return last

    def stop(self):
        self.popen.stdin.close()
        self.popen.wait(5)
        self.popen.stdout.close()
        procs.OWNED.pop(self.popen.pid, None)


def board_of(pid):
    """Path of the board of a bench-replay, None while there is none."""
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            path = f"/proc/{pid}/fd/{name}"
            if os.readlink(path).startswith(BOARD_NAME):
                return path
    except OSError:
        pass
    return None


class Board:
    """The head of the board: magic, state, drawn, frames."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.map = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)

    def state(self):
        return struct.unpack_from("<I", self.map, 4)[0]

    def drawn(self):
        return struct.unpack_from("<I", self.map, 8)[0]

    def wait_state(self, state, limit_s):
        return wait_until(lambda: self.state() >= state, limit_s, 0.01)


class Player:
    """A bench-replay that waits for its start."""

    def __init__(self, pid, frames_from):
        self.pid = pid
        self.frames_from = frames_from
        if not wait_until(lambda: board_of(pid), 10):
            raise RuntimeError("no bench-replay")
        self.board = Board(board_of(pid))
        if not self.board.wait_state(BOARD_READY, 20):
            raise RuntimeError("bench-replay is not ready")

    def play(self):
        os.kill(self.pid, signal.SIGUSR1)

    def play_before(self):
        """Draws what comes before the frames that count."""
        _start, count_from = self.frames_from
        if self.board.drawn() < count_from:
            self.play()
            if not wait_until(lambda: self.board.drawn() >= count_from and
                              self.board.state() == BOARD_READY, 60):
                raise RuntimeError("bench-replay does not draw")

    def wait_end(self):
        if not self.board.wait_state(BOARD_DONE, 300):
            raise RuntimeError("bench-replay does not end")


class Watch:
    """bench-watch beside a run."""

    def __init__(self, tool, trace, is_near):
        args = [tool, trace["path"], *map(str, trace["frames_from"]),
                "near" if is_near else "exact"]
        if trace.get("video_rect"):
            args += [",".join(map(str, rect)) for rect in
                     (trace["video_rect"], *trace["text_rects"])]
        self.popen = subprocess.Popen(args, stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)
        procs.OWNED[self.popen.pid] = self

    def _expect(self, word):
        line = self.popen.stdout.readline()
        if line.strip() != word:
            raise RuntimeError(f"bench-watch: {line.strip()}, not {word}")

    def begin(self, board, screen, place, limit_ms):
        """Returns when the picture before the first draw is shown."""
        self._expect("loaded")
        size = f"{screen.size[0]}x{screen.size[1]}"
        self.popen.stdin.write(f"{board} {screen.framebuffer} {size} "
                               f"{place[0]} {place[1]} {limit_ms}\n")
        self.popen.stdin.flush()
        self._expect("ready")

    def result(self):
        line = self.popen.stdout.readline()
        if not line:
            raise RuntimeError("bench-watch has ended")
        return json.loads(line)

    def stop(self):
        self.popen.kill()
        self.popen.wait(5)
        self.popen.stdin.close()
        self.popen.stdout.close()
        procs.OWNED.pop(self.popen.pid, None)
