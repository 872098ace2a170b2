# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of docs/architecture.md about processes, and judges by them."""
import os
import re

import proc_facts

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
CAPS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
NOTHING = "0" * 16
MIB = 1 << 20
CALLS = ("recvmsg", "sendmsg", "shutdown", "map_shared", "sockopt", "connect",
         "signals", "append")
SESSION_ROOT = {"bin", "dev", "etc", "home", "lib", "lib32", "lib64", "proc",
                "run", "sbin", "shoji", "tmp", "usr", "var"}


def _cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def tables(first):
    """Rows as {heading: cell} of the table whose first heading is first."""
    with open(os.path.join(ROOT, "docs", "architecture.md"),
              encoding="utf-8") as file:
        lines = file.read().split("\n")
    at = next(i for i, line in enumerate(lines)
              if line.startswith(f"| {first} |"))
    head, rows = _cells(lines[at]), []
    for line in lines[at + 2:]:
        if not line.startswith("|"):
            break
        rows.append(dict(zip(head, _cells(line))))
    return rows


def processes():
    """{name: row} of the table of processes, names without their marks."""
    return {row["name"].replace("`", ""): row for row in tables("name")}


def guard_processes():
    """The same of the table of a guard and of writers of ledgers."""
    return {row["at the guard"].replace("`", ""): row
            for row in tables("at the guard")}


def mount_rows():
    """{path: (type, is writable, bound)} of the table of mounts."""
    result = {}
    for row in tables("mount"):
        for path in re.findall(r"`([^`]+)`", row["mount"]):
            result[path] = (row["type"], row["writable"], row["bound"])
    return result


def is_confined(row):
    return row["filters"] == "1" and row["calls beyond the base set"] != "deny"


def is_foreign(row):
    return row["calls beyond the base set"] == "deny"


def _spans(text):
    """{kind: (least, most)} of the column of descriptors."""
    result = {}
    for part in [] if text == "none" else text.split(", "):
        kind, _blank, count = part.rpartition(" ")
        match = re.fullmatch(r"(\d+)(?:-(\d+)|(\+))?", count)
        least = int(match[1])
        most = 1 << 30 if match[3] else int(match[2] or least)
        result[kind] = (least, most)
    return result


def judge_descriptors(row, found):
    """found is {number: kind}; problems as texts."""
    problems = []
    kinds = [found[number] for number in sorted(found) if number > 2]
    spans = _spans(row["descriptors"])
    for kind in sorted(set(kinds) | set(spans)):
        least, most = spans.get(kind, (0, 0))
        if not least <= kinds.count(kind) <= most:
            problems.append(f"{kinds.count(kind)} descriptors of kind {kind}, "
                            f"not {least} to {most}")
    for number in (0, 1):
        if is_confined(row) and found.get(number) != "null":
            problems.append(f"{number} is {found.get(number)}, not null")
    return problems


def judge_rights(row, status):
    """Capabilities, no_new_privs, filters, groups, threads."""
    wanted = {"NoNewPrivs": "1", "Groups": ""}
    if row["filters"] != "0":
        wanted["Seccomp"] = "2"
    if is_confined(row):
        wanted.update({"Seccomp_filters": row["filters"], "Threads": "1"})
    if row["filters"] == "0":
        wanted = {"Threads": "1", "Seccomp": "0"}
    elif row["program"] != "`chromium`":
        wanted.update({key: NOTHING for key in CAPS})
    return [f"{key} is {status.get(key)!r}, not {value!r}"
            for key, value in wanted.items()
            if key in status and status[key] != value]


def judge_limits(row, limits):
    problems = []
    if limits["core file size"] != "0":
        problems.append("core dumps: " + limits["core file size"])
    if row["memory MiB"] != "any" and limits["address space"] != str(
            int(row["memory MiB"]) * MIB):
        problems.append("address space: " + limits["address space"])
    if row["open files"] != "any" and (
            limits["open files"] == "unlimited" or
            int(limits["open files"]) > int(row["open files"])):
        problems.append("open files: " + limits["open files"])
    return problems


def judge_place(pid, row, around):
    """Namespaces that differ from those of outside, and the root."""
    problems = []
    wanted = [] if row["own namespaces"] == "none" else \
        row["own namespaces"].split()
    if row["root"] == "session" and not around.has_root:
        wanted = sorted(wanted + ["user"])
    own = proc_facts.own_namespaces(pid, around.outside)
    if own != sorted(wanted):
        problems.append(f"own namespaces are {own}, not {wanted}")
    allowed = {"session": SESSION_ROOT,
               "browser": SESSION_ROOT - {"shoji"}}.get(row["root"])
    if allowed is not None:
        allowed = allowed | {path.split("/")[1] for path in around.binds}
        strange = set(proc_facts.root_of(pid)) - allowed
        if strange:
            problems.append("its root has " + str(sorted(strange)))
    return problems


class Around:
    """What a process is compared with beside its row."""

    def __init__(self, outside, others=(), has_root=True, binds=()):
        self.outside = outside  # a process of the host's own namespaces
        self.others = others  # whose networks its sockets may come from
        self.has_root = has_root
        self.binds = binds  # folders that a test has bound into sessions


def judge(pid, row, around):
    """All that is not as the row says, as texts; [] when it is."""
    problems = judge_rights(row, proc_facts.status(pid))
    problems += judge_limits(row, proc_facts.limits(pid))
    problems += judge_place(pid, row, around)
    if row["descriptors"] != "any":
        problems += judge_descriptors(
            row, proc_facts.descriptors(pid, around.others))
    if is_confined(row):
        problems += ["writable code: " + line
                     for line in proc_facts.writable_code(pid)]
    uid = proc_facts.status(pid)["Uid"].split()[0]
    if uid != "0" and not is_foreign(row) and proc_facts.is_dumpable(pid):
        problems.append("it can be traced and dumped")
    return problems


def judge_uids(rows):
    """rows is [(pid, row)]; whether own, jail and user are what they say."""
    problems = []
    ids = {pid: (proc_facts.status(pid)["Uid"].split(),
                 proc_facts.status(pid)["Gid"].split()) for pid, _row in rows}
    kinds = {pid: row["uid"] for pid, row in rows}
    for pid, (uids, gids) in ids.items():
        if len(set(uids)) != 1 or len(set(gids)) != 1:
            problems.append(f"{pid} has several ids: {uids} {gids}")
        same = [other for other in ids if other != pid and
                ids[other][0][0] == uids[0]]
        strangers = [other for other in same if kinds[other] != kinds[pid]]
        if kinds[pid] == "own" and same or strangers:
            problems.append(f"{pid} ({kinds[pid]}) shares its uid with {same}")
    return problems


def judge_mounts(pid, binds, home_mib):
    """Mounts of a session against the table; binds are configured folders."""
    allowed = mount_rows()
    problems = []
    for path, kind, options, size in proc_facts.mounts(pid):
        if path in binds:
            allowed[path] = ("the host's", "no", "")
        if path not in allowed:
            problems.append(f"a mount at {path}")
            continue
        wanted, writable, bound = allowed[path]
        if wanted != "the host's" and kind != wanted:
            problems.append(f"{path} is a {kind}, not {wanted}")
        if "nosuid" not in options or (
                not path.startswith("/dev/") and "nodev" not in options):
            problems.append(f"{path} has only {sorted(options)}")
        if writable == "no" and "ro" not in options:
            problems.append(f"{path} can be written")
        mib = re.match(r"\d+", bound.replace("`[session] home_max_mib`",
                                             str(home_mib)))
        if mib and size != f"{int(mib[0]) * 1024}k":
            problems.append(f"{path} is bounded by {size}")
    return problems
