# SPDX-License-Identifier: GPL-3.0-or-later
"""Confinement seen from outside and from inside, by docs/architecture.md."""
import os
import shutil
import subprocess

import confine_table
import proc_facts
import procs
from confine_table import Around
from guard_world import GuardWorld
from tap import case, wait_until
from test_chromium import START_S
from test_sessions import ORDINARY, can_read
from world import SIZE, World

SUITE = "isolation"

PTY = "import pty, sys; pty.spawn(sys.argv[1:])"
# Deeds of tests/support/test_misbehave.c that a column of the table permits.
PERMITTED = {
    "recvmsg": ["receive_message"], "sendmsg": ["send_message"],
    "shutdown": ["shut_down"], "map_shared": ["map_shared"],
    "sockopt": ["socket_option"], "append": ["write_through"],
    "connect": ["socket_tcp", "connect", "accept"],
    "signals": ["kill_other", "wait_for_other"]}
# What the layers below the filter refuse alone, filter or not.
UNFILTERED = ["open_file", "open_old", "list_folder", "make_file",
              "make_folder", "execute", "set_capabilities", "mount",
              "turn_root", "set_user", "trace_other", "read_other",
              "write_other", "load_module", "restart_machine", "set_clock"]
# What a program of other people's finds refused, as host/deny_filter.c has it.
DENIED = ["bpf", "perf_event", "user_fault", "io_uring", "open_by_handle",
          "add_key", "keyctl", "personality", "trace_me", "trace_other",
          "read_other", "write_other", "compare_other", "load_module",
          "kernel_log", "restart_machine", "set_clock"]
# Deeds that must be done by an unconfined process, or they prove nothing.
DONE_FREELY = ["open_file", "open_old", "list_folder", "make_file",
               "look_at_file", "socket_tcp", "socket_udp", "socket_unix",
               "execute", "new_process", "map_code", "make_code",
               "make_memfd", "shared_segment", "trace_me", "trace_other",
               "read_other", "write_other", "kill_other", "kill_thread",
               "become_dumpable", "personality", "new_user_space"]


def viewer_of(world, user, screen, prefix=()):
    """A viewer that an ordinary user has started, so that uids say something.

    Its folder is its own, as a user's would be.
    """
    folder = world.path("user-" + user)
    os.makedirs(folder, exist_ok=True)
    own = dict(world.env.viewer_material(user))
    for key, path in own.items():
        if isinstance(path, str) and os.path.isfile(path):
            own[key] = os.path.join(folder, key)
            shutil.copy(path, own[key])
            if os.getuid() == 0:
                os.chown(own[key], ORDINARY, ORDINARY)
    if os.getuid() == 0:
        prefix = ["setpriv", f"--reuid={ORDINARY}", f"--regid={ORDINARY}",
                  "--clear-groups", "--bounding-set=-all", "--inh-caps=-all",
                  "--no-new-privs", "--", *prefix]
    return world.start("shoji-viewer", "--size", f"{SIZE[0]}x{SIZE[1]}",
                       *world.viewer_options(user, own, None), prefix=prefix,
                       env={"DISPLAY": screen.display, "HOME": folder})


def live_rows(world, env, viewers):
    """[(pid, name, row)] of all that the table names and that lives."""
    table = confine_table.processes()
    watcher, found = world.host.pid, []
    pids = procs.descendants(world.host.pid) + [watcher]
    for proc in viewers:
        pids += [proc.pid, *procs.descendants(proc.pid)]
    for pid in pids:
        program = os.path.basename(procs.exe_of(pid))
        name = proc_facts.status(pid).get("Name", "")
        if pid == watcher:
            name = "shojid, the watcher"
        if program.startswith("chrom"):
            name = "Chromium"
        if program == "bwrap" and "user" in proc_facts.own_namespaces(
                pid, procs.stat_of(pid)[2]):
            name = "bwrap, inside"
        if program in ("test-paint", "python3.11", "setpriv"):
            continue
        found.append((pid, name, table.get(name)))
    return found


def are_confined(rows):
    """Whether every process has come as far as it is going to."""
    return all(row and (row["filters"] == "0" or
                        proc_facts.status(pid).get("Seccomp") == "2")
               for pid, _name, row in rows)


def judge_all(t, rows, has_root=True, binds=()):
    """One check for each name; gives the rows that were known."""
    around = Around(os.getpid(), [pid for pid, _name, _row in rows], has_root,
                    binds)
    known, problems, counts = [], {}, {}
    for pid, name, row in rows:
        wrong = problems.setdefault(name, [])
        try:
            found = confine_table.judge(pid, row, around) if row else [
                "it is not in the table"]
        except (OSError, KeyError) as error:
            # Chromium ends helpers when it likes.
            if not procs.is_alive(pid):
                continue
            found = [f"cannot be read: {error}"]
        wrong += [f"{pid}: {text}" for text in found]
        counts[name] = counts.get(name, 0) + 1
        known.append((pid, name, row))
    for name, wrong in problems.items():
        t.ok(not wrong, f"{name} is as the table says", "\n".join(wrong))
    t.note(", ".join(f"{name} {count}" for name, count in counts.items()))
    return known


@case("confine: every live process is as the table says", limit_s=150)
def outside_view(env, t):
    if os.getuid() != 0 or not can_read(env):
        t.note("the other case looks without root")
        return
    with World(env, t, config={"session": {"max": 1}}) as world:
        world.begin(page="/text")
        screen = world.screen()
        first = viewer_of(world, "tanaka", screen)
        t.must(world.pages.wait("load", "/text", START_S), "a page is shown",
               lambda: first.output() + world.host.output())
        second = viewer_of(world, "suzuki", screen)
        t.must(wait_until(lambda: world.below_host("shoji-message-publisher"),
                          20), "another user waits", second.output)
        names = {"host-gate": 2, "session-init": 1, "publisher": 1,
                 "viewer-gate": 2, "sj-v-decoder": 2, "sj-v-window": 2,
                 "Chromium": 5}

        def all_confined():
            rows = live_rows(world, env, [first, second])
            return are_confined(rows) and all(
                sum(name == wanted for _pid, name, _row in rows) >= count
                for wanted, count in names.items())

        t.must_wait(all_confined, "all processes are there", 30)
        rows = live_rows(world, env, [first, second])
        known = judge_all(t, rows)
        missing = set(confine_table.processes()) - {row[1] for row in known}
        t.equal(missing, {"sj-v-headless"}, "each row of the table was seen")
        problems = confine_table.judge_uids(
            [(pid, row) for pid, name, row in known if procs.is_alive(pid)])
        t.ok(not problems, "uids are own, the jail's and the user's", problems)
        agent = world.below_host("shoji-session-agent")[0]
        problems = confine_table.judge_mounts(agent, [], 512)
        t.ok(not problems, "the session has the mounts of the table",
             "\n".join(problems))
        see_difference(t, known)


@case("confine: every process of a guard is as the table says", limit_s=60)
def at_a_guard(env, t):
    if os.getuid() != 0:
        t.note("without root uids say nothing")
        return
    with GuardWorld(env, t, command="paint") as world:
        keys = world.path("guard")
        subprocess.run([env.program("shoji-verify"), "keygen", keys],
                       check=True, capture_output=True)
        world.guard_extra["ledger"] = {"file": keys + ".ledger", "keys": keys}
        world.begin()
        viewer = world.viewer()
        t.must(viewer.wait_state(limit_s=20), "a session runs", viewer.output)
        table = confine_table.guard_processes()
        names = {"host-gate": "outer gate", "viewer-gate": "inner gate"}

        def live():
            pids = [world.guard.pid] + procs.descendants(world.guard.pid)
            called = [(pid, proc_facts.status(pid).get("Name", ""))
                      for pid in pids]
            return [(pid, names.get(name, name), table.get(
                names.get(name, name))) for pid, name in called]

        def all_there():
            rows = live()
            return are_confined(rows) and {name for _pid, name, _row in rows
                                           } == set(table)

        t.must_wait(all_there, "each row of the table is there", 15,
                    lambda: str(live()))
        known = judge_all(t, live())
        problems = confine_table.judge_uids(
            [(pid, row) for pid, _name, row in known])
        t.ok(not problems, "each has a uid of its own", problems)


def see_difference(t, known):
    """The judge must see what is wrong: an unconfined process is no gate."""
    row = confine_table.processes()["host-gate"]
    free = subprocess.Popen(["sleep", "60"])
    try:
        wait_until(lambda: procs.exe_of(free.pid).endswith("sleep"), 5)
        text = "; ".join(confine_table.judge(free.pid, row,
                                             Around(os.getpid())))
    finally:
        free.kill()
        free.wait()
    for word in ("Seccomp is '0'", "NoNewPrivs is '0'", "CapEff", "CapBnd",
                 "address space: unlimited", "open files", "unix seqpacket",
                 "0 descriptors of kind tcp", "core dumps"):
        if word == "core dumps" and \
                proc_facts.limits(os.getpid())["core file size"] == "0":
            continue
        t.ok(word in text, f"an unconfined process is found by: {word}", text)
    gate = next(pid for pid, name, _row in known if name == "host-gate")
    wrong = dict(row, **{"own namespaces": "net pid", "filters": "0",
                         "memory MiB": "64", "descriptors": "none"})
    text = "; ".join(confine_table.judge(gate, wrong, Around(os.getpid())))
    for word in ("own namespaces are []", "Seccomp is '2'",
                 "address space: 268435456", "descriptors of kind"):
        t.ok(word in text, f"a changed table is found by: {word}", text)


@case("confine: without root, the same but what is named", limit_s=90)
def without_root(env, t):
    if os.getuid() == 0 and not can_read(env):
        t.note("an ordinary user cannot run this build")
        return
    uid = ORDINARY if os.getuid() == 0 else None
    with World(env, t, command="paint", uid=uid) as world:
        world.begin()
        screen = world.screen()
        proc = viewer_of(world, "tanaka", screen)
        t.must(wait_until(lambda: len(world.below_host("test-paint")) and
                          world.gates(), 20), "a session runs",
               lambda: proc.output() + world.host.output())

        def confined():
            return are_confined(live_rows(world, env, [proc]))

        t.must_wait(confined, "all are confined", 15)
        rows = live_rows(world, env, [proc])
        binds = [os.path.dirname(env.program("test-paint"))]
        judge_all(t, rows, False, binds)
        own = uid if uid is not None else os.getuid()
        uids = {proc_facts.status(pid)["Uid"].split()[0]
                for pid, _name, _row in rows}
        t.equal(uids, {str(own)}, "all uids are the user's")
        status, text = world.ctl("status")
        t.ok(status == 0 and "no" in text, "the status names what is missing",
             text)
        agent = world.below_host("shoji-session-agent")[0]
        problems = confine_table.judge_mounts(agent, binds, 512)
        t.ok(not problems, "the session has the mounts of the table",
             "\n".join(problems))


@case("confine: a terminal can be written, not read", limit_s=60)
def terminal(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        screen = world.screen()
        proc = viewer_of(world, "tanaka", screen, ["python3", "-c", PTY])
        wanted = ("shoji-viewer-gate", "shoji-viewer-decoder",
                  "shoji-viewer-window")

        def found():
            pids = [procs.find(name, proc.pid) for name in wanted]
            return all(pids) and all(
                proc_facts.status(pid[0]).get("Seccomp") == "2"
                for pid in pids) and [pid[0] for pid in pids]

        pids = t.must_wait(found, "the viewer runs at a terminal", 20,
                           proc.output)
        for name, pid in zip(wanted, pids or found()):
            kinds = proc_facts.descriptors(pid, [])
            t.equal(kinds.get(2), "terminal", f"{name} reports to it")
            t.equal(proc_facts.access_of(pid, 2), os.O_WRONLY,
                    f"{name} cannot read from it")


def bad_build(world, env):
    """Copies of the programs that ship which misbehave once confined."""
    library = os.path.join(env.build, "tests/support/libtest-misbehave.so")
    folder = world.path("bad")
    os.makedirs(folder)
    shutil.copy(library, folder)
    library = os.path.join(folder, "libtest-misbehave.so")
    for kind in ("host", "viewer"):
        for name in sorted(os.listdir(os.path.join(env.build, kind))):
            path = os.path.join(env.build, kind, name)
            if not os.path.isfile(path) or not name.startswith("shoji"):
                continue
            shutil.copy(path, folder)
            if name not in ("shojid", "shoji-viewer", "shojictl",
                            "shoji-proxy"):
                subprocess.run(
                    ["patchelf", "--add-needed", library,
                     os.path.join(folder, name)], check=True)
    return folder


def fates(texts):
    """{(thread name, layer): {deed: what became of it}} of the logs, which
    may still be written: a line that has not ended is not read."""
    found = {}
    ended = [text.rpartition("\n")[0] for text in texts]
    for line in "\n".join(ended).splitlines():
        part = line.split()
        if len(part) > 3 and part[0] == "misbehave":
            at = next(i for i, word in enumerate(part) if "=" in word)
            row = found.setdefault((" ".join(part[1:at - 1]), part[at - 1]),
                                   {})
            row.update(word.split("=") for word in part[at:])
    return found


def judge_fates(t, name, row, found):
    """One check for each deed of one program."""
    permitted = {deed for word in row["calls beyond the base set"].split()
                 for deed in PERMITTED[word]}
    filtered = found.get((name, "filtered"), {})
    t.ok(len(filtered) > 60, f"{name} tried all deeds", sorted(found))
    for deed, fate in filtered.items():
        if deed in permitted:
            t.ok(fate not in ("SIGSYS", "unclear"),
                 f"{name}: {deed} is let through as the table says", fate)
        else:
            t.equal(fate, "SIGSYS", f"{name}: {deed} is its death")
    below = found.get((name, "unfiltered"), {})
    done = [deed for deed in UNFILTERED if below.get(deed) == "done"]
    t.ok(below and not done, f"{name}: the layers below the filter refuse "
         f"{len(UNFILTERED)} deeds alone", done)


def judge_foreign(t, found):
    """The filter that Xvfb, xkbcomp and the browser's jail inherit."""
    row = found.get(("foreign", "filtered"), {})
    for deed in DENIED:
        t.equal(row.get(deed), "EPERM", f"the browser's filter: {deed}")


@case("confine: confined programs misbehave and die", limit_s=120)
def inside_view(env, t):
    free = subprocess.run([env.program("test-misbehave")], check=True,
                          capture_output=True, text=True).stderr
    row = fates([free])["nobody", "free"]
    for deed in DONE_FREELY if os.getuid() == 0 else []:
        t.equal(row.get(deed), "done", f"unconfined: {deed} is done")
    t.ok("SIGSYS" not in row.values(), "unconfined: no deed is a death", row)
    with World(env, t, command="paint",
               config={"session": {"max": 1}}) as world:
        folder = bad_build(world, env)
        world.extra["paths"] = {"libexec": folder}
        world.extra["session"]["bind"] = [
            folder, os.path.dirname(env.program("test-paint"))]
        world.begin()
        material = world.viewer_options("tanaka", None, None)
        screen = world.screen()
        path = os.path.join(folder, "shoji-viewer")
        procs_of = [world.start_path(path, *material,
                                     env={"DISPLAY": screen.display})]
        t.must_wait(lambda: world.below_host("test-paint"),
                    "misbehaving programs go on", 30,
                    lambda: procs_of[0].output() + world.host.output())
        second = world.viewer_options("suzuki", None, None)
        procs_of.append(world.start_path(path, "--headless", "--duration",
                                         "9000", *second))
        table = {name: row for name, row in confine_table.processes().items()
                 if confine_table.is_confined(row)}

        def heard():
            found = fates([world.host.output()] +
                          [proc.output() for proc in procs_of])
            return all("other_numbers" in found.get((name, "filtered"), {})
                       for name in table) and found

        found = wait_until(heard, 30)
        t.must(found, "each confined program has misbehaved", lambda: str(
            sorted(fates([world.host.output()] +
                         [proc.output() for proc in procs_of]))) +
            world.host.output()[-3000:] + procs_of[1].output()[-500:])
        for name, row in table.items():
            judge_fates(t, name, row, found)
        judge_foreign(t, found)


def see_layer(env, t, layer):
    """A host without a layer is refused, or starts as it is told to."""
    with World(env, t, command="paint") as world:
        world.prefix = [env.program("test-without"), layer]
        world.begin(must_listen=False)
        t.ok(wait_until(lambda: not world.host.is_running(), 10),
             f"without {layer}: shojid does not start")
        t.ok(f"may_miss = {layer}" in world.host.output(),
             f"without {layer}: it says what would accept that",
             world.host.output)
        world.extra["confine"] = {"may_miss": [layer, "cgroup"]}
        world.begin_host()
        viewer = world.viewer()
        t.ok(viewer.wait_state(limit_s=20),
             f"without {layer}, named: a session is shown",
             lambda: viewer.output() + world.host.output())
        gate = proc_facts.status(world.gates()[0])
        # test-without is a filter itself.
        wanted = "1" if layer == "seccomp" else "2"
        t.equal(gate.get("Seccomp_filters"), wanted,
                f"without {layer}, named: the other layers are there")


@case("confine: a machine without a layer is refused", limit_s=120)
def layers(env, t):
    see_layer(env, t, "landlock")
    see_layer(env, t, "seccomp")
    if os.getuid() == 0:
        with World(env, t, command="paint",
                   config={"confine": {"may_miss": "landlock"}}) as world:
            # A mount namespace whose /sys shows no control group.
            world.prefix = ["unshare", "-m", "sh", "-c",
                            "mount -t tmpfs none /sys && exec \"$@\"", "sh"]
            world.begin(must_listen=False)
            t.ok(wait_until(lambda: not world.host.is_running(), 10),
                 "without a cgroup: shojid does not start")
            t.ok("may_miss = cgroup" in world.host.output(),
                 "without a cgroup: it says what would accept that",
                 world.host.output)
            world.extra["confine"] = {"may_miss": "cgroup"}
            world.begin_host()
            viewer = world.viewer()
            t.ok(viewer.wait_state(limit_s=20),
                 "without a cgroup, named: a session is shown",
                 lambda: viewer.output() + world.host.output())
    with World(env, t, command="paint") as world:
        world.begin()
        screen = world.screen()
        lacking = [env.program("test-without"), "landlock"]
        proc = viewer_of(world, "tanaka", screen, lacking)
        t.ok(wait_until(lambda: not proc.is_running() or
                        "no Landlock" in proc.output(), 15) and
             not world.below_host("test-paint"),
             "a viewer without Landlock does not connect", proc.output)
        world.forget(proc)
