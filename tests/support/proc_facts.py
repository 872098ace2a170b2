# SPDX-License-Identifier: GPL-3.0-or-later
"""What /proc says about a live process: rights, layers, descriptors, mounts.

Nothing here asks the process itself. Descriptors are named by kind, as the
table in docs/architecture.md has them.
"""
import fcntl
import os
import re
import stat

NAMESPACES = ("user", "pid", "mnt", "net", "ipc", "uts")
F_GET_SEALS = 1034
SEALS = (("seal", 1), ("shrink", 2), ("grow", 4), ("write", 8))
SOCKET_TYPES = {1: "stream", 2: "datagram", 5: "seqpacket"}


def read(pid, name):
    try:
        with open(f"/proc/{pid}/{name}", encoding="utf-8",
                  errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def status(pid):
    """{key: text} of /proc/PID/status."""
    rows = [line.partition(":") for line in read(pid, "status").splitlines()]
    return {key: value.strip() for key, _colon, value in rows}


def namespaces(pid):
    result = {}
    for name in NAMESPACES:
        try:
            result[name] = os.readlink(f"/proc/{pid}/ns/{name}")
        except OSError:
            result[name] = ""
    return result


def own_namespaces(pid, other):
    """Names of the namespaces in which pid differs from other."""
    mine, theirs = namespaces(pid), namespaces(other)
    return sorted(name for name in NAMESPACES if mine[name] != theirs[name])


def limits(pid):
    """{name: hard limit as text} of /proc/PID/limits."""
    rows = re.findall(r"^(Max [a-z ]+?)\s{2,}(\S+)\s+(\S+)",
                      read(pid, "limits"), re.M)
    return {name[4:]: hard for name, _soft, hard in rows}


def is_dumpable(pid):
    """A process that cannot be traced has files in /proc that root owns."""
    owner = os.stat(f"/proc/{pid}/environ").st_uid
    return owner == int(status(pid)["Uid"].split()[0]) and owner != 0


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def mounts(pid):
    """[(path, type, options of the mount, size or None)] as pid sees them."""
    rows = []
    for line in read(pid, "mountinfo").splitlines():
        left, _dash, right = line.partition(" - ")
        kind, _source, options = right.split()[:3]
        size = re.search(r"size=(\w+)", options)
        rows.append((left.split()[4], kind, set(left.split()[5].split(",")),
                     size and kind == "tmpfs" and size[1]))
    return rows


def root_of(pid):
    """Names in the root of the process, sorted; [] for one that is gone.

    A renderer's is the /proc folder of a process that has ended.
    """
    try:
        return sorted(os.listdir(f"/proc/{pid}/root/"))
    except (FileNotFoundError, ProcessLookupError):
        return []


def writable_code(pid):
    """Mappings that are writable and executable at once."""
    return [line for line in read(pid, "maps").splitlines()
            if re.match(r"\S+ .wx", line)]


def _sockets(pids):
    """{inode: kind} of the sockets in the network namespaces of pids."""
    kinds, seen = {}, set()
    for pid in pids:
        net = namespaces(pid)["net"]
        if not net or net in seen:
            continue
        seen.add(net)
        for line in read(pid, "net/unix").splitlines()[1:]:
            part = line.split()
            kinds[part[6]] = "unix " + SOCKET_TYPES.get(int(part[4], 16), "?")
        for family in ("tcp", "tcp6"):
            for line in read(pid, "net/" + family).splitlines()[1:]:
                part = line.split()
                kinds[part[9]] = ("tcp listener" if part[3] == "0A" else "tcp")
        for family in ("udp", "udp6", "raw", "raw6", "packet", "netlink"):
            for line in read(pid, "net/" + family).splitlines()[1:]:
                part = line.split()
                if len(part) > 9:
                    kinds[part[9]] = family
    return kinds


def access_of(pid, number):
    """O_RDONLY, O_WRONLY or O_RDWR of a descriptor."""
    match = re.search(r"flags:\s+(\d+)", read(pid, f"fdinfo/{number}"))
    return int(match[1], 8) & os.O_ACCMODE if match else -1


def _memfd(pid, number):
    """memfd with its seals; a reader's own open file is named so."""
    path = f"/proc/{pid}/fd/{number}"
    fd = os.open(path, os.O_RDONLY)
    try:
        seals = fcntl.fcntl(fd, F_GET_SEALS)
    finally:
        os.close(fd)
    names = "+".join(name for name, bit in SEALS if seals & bit) or "unsealed"
    access = "read-only " if access_of(pid, number) == os.O_RDONLY else ""
    return f"{access}memfd {names}"


def _kind(pid, number, target, sockets):
    match = re.fullmatch(r"(socket|pipe|anon_inode):\[?([^\]]*)\]?", target)
    if match and match[1] == "socket":
        return sockets.get(match[2], "socket of unknown kind")
    if match and match[1] == "anon_inode":
        return match[2]
    if match:
        return "pipe"
    if target.startswith("/memfd:"):
        return _memfd(pid, number)
    try:
        mode = os.stat(f"/proc/{pid}/fd/{number}").st_mode
    except OSError:
        return "gone"
    # 1:3 whatever its path is: the one of init lies in a detached tree.
    if stat.S_ISCHR(mode) and os.stat(
            f"/proc/{pid}/fd/{number}").st_rdev == os.makedev(1, 3):
        return "null"
    if stat.S_ISCHR(mode) and re.match("/dev/(pts/|tty|console)", target):
        return "terminal"
    if stat.S_ISCHR(mode):
        return "device " + target
    return "file" if stat.S_ISREG(mode) else "other " + target


def descriptors(pid, others):
    """{number: kind}; others are pids whose networks may hold its sockets."""
    sockets = _sockets([pid, *others])
    result = {}
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{name}")
        except OSError:
            continue
        result[int(name)] = _kind(pid, name, target, sockets)
    return result
