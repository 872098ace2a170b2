# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 of each process: nothing is left behind, the rest says why."""
import os
import signal

import procs
from tap import case, wait_until
from world import World

# Program, what the host logs as the reason of the session's end, and which
# process it names as the one that ended (init has nobody above to say so).
HOST_SIDE = [
    ("shoji-session-init", {603}, None),
    ("shoji-session-agent", {603}, "agent"),
    ("Xvfb", {603}, "xvfb"),
    ("test-paint", {405, 603}, "browser"),
    ("shoji-session-xim", {603}, "xim"),
]


def host_processes(env):
    """What of the host runs: programs of ours and displays of sessions."""
    return [pid for pid in procs.descendants()
            if (procs.exe_of(pid).startswith(env.build + "/host/") and
                "shoji-proxy" not in procs.exe_of(pid)) or
            "-fbdir" in procs.command_of(pid)]


@case("kill: processes of a session", limit_s=120)
def session_side(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        for name, codes, process in HOST_SIDE:
            viewer = world.viewer()
            first = viewer.wait_state(limit_s=20)
            t.must(first, f"{name}: shown before")
            pids = world.below_host(name)
            t.must(pids, f"{name}: it runs", lambda: procs.names(
                procs.descendants(world.host.pid)))
            old = [pid for pid in procs.descendants(world.host.pid)
                   if pid != world.supervisor()]
            before = len(world.events())
            world.kill(pids[0])
            t.ok(wait_until(lambda: any(
                row["event"] == "session-end" and row["reason"] in codes
                for row in world.events()[before:]), 15),
                f"{name}: the log says why, one of {sorted(codes)}",
                lambda: world.events()[before:])
            t.equal([row["process"] for row in world.events()[before:]
                     if row["event"] == "process-end"],
                    [process] if process else [], f"{name}: it is named")
            t.ok(wait_until(lambda: not any(map(procs.is_alive, old)), 10),
                 f"{name}: nothing of that session runs on",
                 lambda: procs.names([pid for pid in old
                                      if procs.is_alive(pid)]))
            t.ok(world.host.is_running(), f"{name}: shojid lives on")
            # An end on purpose stays; after a fault the viewer comes back.
            t.ok(wait_until(lambda: "E405" in viewer.output() or
                            "E408" in viewer.output() or
                            viewer.state().get("tag", first["tag"]) !=
                            first["tag"], 20),
                 f"{name}: the viewer says so or gets a new session",
                 viewer.output)
            world.forget(viewer)
            world.ctl("end", "tanaka")
            wait_until(lambda: not world.sessions(), 10)


@case("kill: gate, forwarder and supervisor", limit_s=120)
def host_side(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        viewer = world.viewer()
        first = viewer.wait_state(limit_s=20)
        t.must(first, "shown before")
        world.kill(world.gates()[0])
        t.ok(wait_until(lambda: len(world.events("attach")) >= 2, 10),
             "host gate: the viewer connects again", viewer.output)
        viewer.wait_state()
        viewer.key("d")
        state = viewer.wait_state(lambda now: now["presses"] == 1)
        t.equal(state.get("tag"), first["tag"],
                "host gate: to the same session")
        forwarder = world.below_host("shoji-forwarder")
        t.must(forwarder, "the forwarder runs")
        world.kill(forwarder[0])
        t.ok(wait_until(lambda: world.below_host("shoji-forwarder") !=
                        forwarder, 10), "forwarder: its end is noticed")
        world.kill(world.supervisor())
        t.ok(wait_until(lambda: not host_processes(env), 10),
             "shojid: nothing of the host is left",
             lambda: procs.names(host_processes(env)))
        t.ok(not os.listdir(world.path("state")),
             "shojid: its watcher has removed its socket",
             lambda: os.listdir(world.path("state")))
        t.ok(viewer.wait_text("E", 20), "shojid: the viewer says so",
             viewer.output)
        world.keep_picture("lost", viewer.grab())
        world.begin_host()
        state = viewer.wait_state(lambda now: now["tag"] != first["tag"], 30)
        t.ok(state, "a new shojid is found by the viewer by itself",
             viewer.output)
        world.kill(world.host.pid)
        t.ok(wait_until(lambda: not host_processes(env), 10),
             "watcher: nothing of the host is left",
             lambda: procs.names(host_processes(env)))
        t.ok(viewer.wait_reason(601, 20), "watcher: the viewer looks for it",
             viewer.output)


@case("kill: the host while it starts a session", limit_s=120)
def starting(env, t):
    for phase in ("shoji-host-gate", "shoji-session-init", "Xvfb",
                  "shoji-session-agent"):
        with World(env, t, command="paint") as world:
            world.begin()
            viewer = world.viewer()
            t.must(wait_until(lambda: world.below_host(phase), 15, 0.002),
                   f"{phase} appears")
            procs.notice()
            world.kill(world.supervisor())
            t.ok(wait_until(lambda: not host_processes(env), 10),
                 f"shojid killed when {phase} appears: nothing runs on",
                 lambda: procs.names(host_processes(env)))
            world.begin_host()

            def served():
                if "E406" in viewer.output():
                    viewer.key("Return")  # stays ended until its user asks
                return viewer.state()

            t.ok(wait_until(served, 20, 0.3),
                 f"{phase}: the next shojid serves the viewer",
                 viewer.output)


@case("kill: each process while a session starts", limit_s=180)
def victims(env, t):
    for name in ("shoji-host-gate", "shoji-session-init", "Xvfb",
                 "shoji-session-agent", "shoji-session-xim",
                 "shoji-forwarder", "test-paint"):
        with World(env, t, command="paint") as world:
            world.begin()
            viewer = world.viewer()
            pids = wait_until(lambda: world.below_host(name), 15, 0.002)
            t.must(pids, f"{name} appears")
            procs.notice()
            try:
                world.kill(pids[0])
            except RuntimeError:
                pass  # it had ended by itself in between
            t.ok(wait_until(lambda: viewer.output().count("E") or
                            viewer.state(), 20, 0.1),
                 f"{name}: the viewer says why, or gets its session",
                 viewer.output)
            t.ok(world.host.is_running(), f"{name}: shojid lives on")
            other = world.viewer("suzuki", screen=viewer.screen)
            t.ok(other.wait_state(limit_s=20),
                 f"{name}: another user gets a session", other.output)


@case("kill: processes of a viewer", limit_s=120)
def viewer_side(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        screen = world.screen()
        for name in ("shoji-viewer-gate", "shoji-viewer-decoder",
                     "shoji-viewer-window"):
            viewer = world.viewer(screen=screen)
            state = viewer.wait_state(limit_s=20)
            t.must(state, f"{name}: shown before")
            pids = procs.find(name, viewer.proc.pid)
            t.must(pids, f"{name}: it runs")
            world.kill(pids[0])
            if name == "shoji-viewer-window":
                status = viewer.proc.wait(10)
                t.ok(status not in (None, 0),
                     f"{name}: the viewer ends with an error", status)
            else:
                again = wait_until(lambda pids=pids, name=name: [
                    pid for pid in procs.find(name, viewer.proc.pid)
                    if pid not in pids], 3)
                t.ok("E" in viewer.output() or again,
                     f"{name}: it says so or starts again", viewer.output)
            world.forget(viewer)
            t.ok(wait_until(lambda: not procs.find("shoji-viewer-gate") and
                            not procs.find("shoji-viewer-decoder") and
                            not procs.find("shoji-viewer-window"), 10),
                 f"{name}: nothing of the viewer is left",
                 lambda: procs.names(procs.descendants()))
        viewer = world.viewer(screen=screen)
        t.must(viewer.wait_state(limit_s=20), "launcher: shown before")
        procs.notice()
        viewer.proc.signal(signal.SIGKILL)
        t.ok(wait_until(lambda: not procs.find("shoji-viewer-gate") and
                        not procs.find("shoji-viewer-decoder") and
                        not procs.find("shoji-viewer-window"), 10),
             "launcher: its processes end with it",
             lambda: procs.names(procs.descendants()))
        t.ok(wait_until(lambda: not world.gates(), 10),
             "launcher: its gate on the host ends")
