# SPDX-License-Identifier: GPL-3.0-or-later
"""G: confinement as /proc shows it from outside (laboratory, needs --pid)."""
import os

from case import ACCEPTS, Case, Skip, Wrong

# Ours, which read foreign bytes; the rest starts them or is not ours.
CONFINED = ("shoji-host-gate", "shoji-session-agent", "shoji-session-xim",
            "shoji-forwarder", "shoji-message-publisher", "shoji-viewer-gate",
            "shoji-viewer-decoder", "shoji-viewer-window",
            "shoji-viewer-headless", "shoji-guard-core")
NO_NETWORK = ("shoji-session-agent", "shoji-session-xim",
              "shoji-viewer-decoder", "shoji-viewer-headless",
              "shoji-guard-core")
WANTED = {"host": ("shoji-host-gate", "shoji-session-agent"),
          "guard": ("shoji-host-gate", "shoji-guard-core",
                    "shoji-viewer-gate")}


def cases(context):
    if context.target.mode == "viewer":
        run = viewer
    elif context.options.pid:
        run = host
    else:
        def run(_context, _target):
            raise Skip("needs --pid")
    yield Case("G-confined", "every process of ours that reads foreign bytes "
               "is confined as far as /proc shows", lambda t: run(context, t),
               ACCEPTS)


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8",
              errors="replace") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file
                    if ":\t" in line)


def below(root):
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                parents[int(name)] = int(status_of(name)["PPid"])
            except (OSError, KeyError):
                continue
    found, queue = [], [root]
    while queue:
        one = queue.pop()
        found.append(one)
        queue += [pid for pid, parent in parents.items() if parent == one]
    return found


def program(pid):
    """Name of the program of pid; '' when it is gone."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            command = file.read().split(b"\0")[0]
    except OSError:
        return ""
    return os.path.basename(command.decode("utf-8", "replace"))


def judge(root, wanted):
    bad, seen = [], {}
    for pid in below(root):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                command = file.read().split(b"\0")[0].decode("utf-8",
                                                             "replace")
            name = os.path.basename(command)
            if name not in CONFINED:
                continue
            status = status_of(pid)
            links = [os.readlink(f"/proc/{pid}/fd/{fd}")
                     for fd in os.listdir(f"/proc/{pid}/fd")]
        except PermissionError as error:
            raise Skip(f"needs root: {error}") from error
        except OSError:
            continue
        seen[name] = seen.get(name, 0) + 1
        for key, value in (("Seccomp", "2"), ("NoNewPrivs", "1"),
                           ("CapEff", "0" * 16), ("CapPrm", "0" * 16),
                           ("Threads", "1")):
            if status.get(key, "").strip() != value:
                bad.append(f"{name}: {key} {status.get(key)}")
        files = [link for link in links if link.startswith("/") and
                 not link.startswith(("/dev/null", "/memfd:", "/dev/shm"))]
        if name in NO_NETWORK and inet(pid, links):
            bad.append(f"{name}: holds a network socket")
        if len(files) > 4:
            bad.append(f"{name}: open files {files}")
    missing = [name for name in wanted if name not in seen]
    if bad or missing:
        raise Wrong("; ".join(bad) + (f"; not seen: {missing}" if missing
                                      else ""))
    return ", ".join(f"{name} {count}" for name, count in sorted(seen.items()))


def inet(pid, links):
    """True if one of the sockets is TCP or UDP of the process's network."""
    mine = {link[8:-1] for link in links if link.startswith("socket:[")}
    for table in ("tcp", "tcp6", "udp", "udp6"):
        try:
            with open(f"/proc/{pid}/net/{table}", encoding="ascii") as file:
                next(file)
                if mine & {line.split()[9] for line in file}:
                    return True
        except (OSError, IndexError, StopIteration):
            continue
    return False


def host(context, target):
    end = target.open("painted")
    try:
        return judge(context.options.pid, WANTED[context.options.command])
    finally:
        target.done(end)


def viewer(_context, target):
    if not target.command:
        raise Skip("needs --viewer")

    def script(end):
        target.open(end, "painted")
        end.ping()
        return judge(os.getpid(), ("shoji-viewer-gate",
                                   "shoji-viewer-decoder"))
    value, _status, _output = target.run(script, 0.5)
    if isinstance(value, Exception):
        raise value
    return value
