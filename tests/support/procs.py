# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes of a test: started, watched, ended by number; nothing left behind.

The test runner is the child subreaper of all that it starts, so that every
process of ours, orphans and whole namespaces included, is its descendant.
"""
import ctypes
import glob
import os
import re
import signal
import subprocess
import time

from tap import wait_until

PR_SET_CHILD_SUBREAPER = 36


def become_subreaper():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def stat_of(pid):
    """(name, state, parent) or None."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read().decode(errors="replace")
    except OSError:
        return None
    name = text[text.index("(") + 1:text.rindex(")")]
    rest = text[text.rindex(")") + 2:].split()
    return name, rest[0], int(rest[1])


def command_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().decode(errors="replace").split("\0")[:-1]
    except OSError:
        return []


def exe_of(pid):
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return ""


def snapshot():
    """{pid: (name, state, parent)} of the machine."""
    result = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            row = stat_of(entry)
            if row is not None:
                result[int(entry)] = row
    return result


def descendants(root=None, with_zombies=False):
    """Numbers of all processes below root (default: below us)."""
    rows = snapshot()
    children = {}
    for pid, row in rows.items():
        children.setdefault(row[2], []).append(pid)
    found, queue = [], [root if root is not None else os.getpid()]
    while queue:
        for pid in children.get(queue.pop(), []):
            queue.append(pid)
            if with_zombies or rows[pid][1] != "Z":
                found.append(pid)
    return found


def reap():
    """Collects orphans that have become our zombies."""
    for pid, row in snapshot().items():
        if row[2] == os.getpid() and row[1] == "Z" and pid not in OWNED:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass


OWNED = {}  # pid: Proc, those that have a Popen of their own
SEEN = set()  # every descendant ever noticed
BEGUN = time.time()  # what is older is of a process that had the same number


def notice():
    """Remembers all descendants of now for the leak check."""
    SEEN.update(descendants(with_zombies=True))


class Proc:
    """One program with its output in files."""

    def __init__(self, args, log, env=None, **options):
        self.args = [str(arg) for arg in args]
        self.log = str(log)
        self.file = open(self.log, "ab")
        full = dict(os.environ)
        full.update(env or {})
        self.popen = subprocess.Popen(
            self.args, stdin=options.pop("stdin", subprocess.DEVNULL),
            stdout=options.pop("stdout", self.file), stderr=self.file,
            env=full, **options)
        self.pid = self.popen.pid
        OWNED[self.pid] = self
        SEEN.add(self.pid)

    def output(self):
        with open(self.log, "rb") as file:
            return file.read().decode(errors="replace")

    def is_running(self):
        return self.popen.poll() is None

    def signal(self, number):
        if self.is_running():
            os.kill(self.pid, number)

    def wait(self, limit_s=10.0):
        """Exit status, or None at the deadline."""
        try:
            return self.popen.wait(limit_s)
        except subprocess.TimeoutExpired:
            return None

    def stop(self, limit_s=10.0):
        """SIGTERM, then SIGKILL at the deadline; the exit status."""
        self.signal(signal.SIGTERM)
        status = self.wait(limit_s)
        if status is None:
            self.signal(signal.SIGKILL)
            status = self.wait(5)
        self.file.close()
        OWNED.pop(self.pid, None)
        return status


def find(name, root=None):
    """Descendants whose program is called name, the oldest first."""
    found = []
    for pid in descendants(root):
        args = command_of(pid)
        if os.path.basename(exe_of(pid)) == name or (
                args and os.path.basename(args[0]) == name):
            found.append(pid)
    return sorted(found, key=started)


def started(pid):
    """When the process began, in clock ticks of the machine; 0 if gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rsplit(b")", 1)[1].split()[19])
    except (OSError, IndexError):
        return 0


def is_alive(pid):
    row = stat_of(pid)
    return row is not None and row[1] != "Z"


def names(pids):
    return ", ".join(f"{pid} {' '.join(command_of(pid))[:90]}" for pid in pids)


def _x_locks():
    locks = {}
    for path in glob.glob("/tmp/.X*-lock"):
        try:
            with open(path, encoding="ascii") as file:
                if os.stat(path).st_mtime >= BEGUN:
                    locks[path] = int(file.read().split()[0])
        except (OSError, ValueError, IndexError):
            continue
    return locks


def _mounts(words):
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        return [line for line in file if any(word in line for word in words)]


def _shared_memory():
    """SysV segments made by processes of ours."""
    rows = []
    with open("/proc/sysvipc/shm", encoding="ascii") as file:
        next(file)
        for line in file:
            part = line.split()
            if int(part[4]) in SEEN and int(part[13]) >= int(BEGUN):
                rows.append(part[1])
    return rows


def _control_groups():
    """Control group folders named after a process of ours."""
    found = []
    for top, folders, _files in os.walk("/sys/fs/cgroup"):
        for folder in folders:
            if "shoji" not in folder:
                continue
            path = os.path.join(top, folder)
            for number in re.findall(r"\d+", folder):
                if int(number) in SEEN and not is_alive(int(number)) and \
                        _is_new(path):
                    found.append(path)
    return found


def _is_new(path):
    try:
        return os.stat(path).st_mtime >= BEGUN
    except OSError:
        return False


class LeakCheck:
    """Compares the machine before and after a world."""

    def __init__(self):
        self.before = set(descendants(with_zombies=True))

    def left(self, folder, limit_s=10.0):
        """A text of all that is left, '' for nothing."""
        def running():
            reap()
            return [pid for pid in descendants()
                    if pid not in self.before and is_alive(pid)]

        wait_until(lambda: not running(), limit_s)
        text = []
        if running():
            text.append("processes: " + names(running()))
        for path, pid in _x_locks().items():
            if pid in SEEN and not is_alive(pid):
                text.append("X lock: " + path)
        for line in _mounts([folder]):
            text.append("mount: " + line.strip())
        for top, _folders, files in os.walk(folder):
            for name in files:
                path = os.path.join(top, name)
                if os.path.exists(path) and not os.path.isfile(path):
                    text.append("socket or pipe: " + path)
        text += ["shared memory: " + row for row in _shared_memory()]
        text += ["control group: " + row for row in _control_groups()]
        return "\n".join(text)

    def end_all(self):
        """Ends what is left, by number, so that the next case is not hurt."""
        for _ in range(3):
            left = [pid for pid in descendants() if pid not in self.before]
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    pass
            if not left:
                break
            time.sleep(0.05)
        reap()
