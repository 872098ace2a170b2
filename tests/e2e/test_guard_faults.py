# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of a guard's processes while they start, and memory that runs out.

Each ends its own connection, whose viewer comes back; another connection,
which runs all the time, is untouched.
"""
import os
import re
import resource
import signal

import procs
from guard_world import GuardWorld
from tap import case, wait_until
from test_guard import begin, guards
from tracer import Tracer

SUITE = "isolation"

ALL = {"watermark_percent": "12", "mask_codes": "yes"}
MIB = 1 << 20


class Beside:
    """A connection through the guard that has to outlive all faults."""

    def __init__(self, world, t):
        self.world = world
        self.t = t
        self.proc = world.headless("--duration", "170", user="suzuki",
                                   timeout_s=175)
        t.must_wait(lambda: "join number=1 " in world.guard.output(),
                    "another connection runs beside", 20, self.proc.output)
        wait_until(lambda: not guards(world, "shoji-guard-mark"), 5)
        self.pids = set(procs.descendants(world.guard.pid))

    def judge(self, name):
        self.t.ok(self.pids <= set(procs.descendants(self.world.guard.pid)) and
                  self.proc.is_running() and
                  "closed number=1 " not in self.world.guard.output(),
                  f"{name}: the other connection is untouched",
                  self.proc.output)


def ended(world, at):
    """The codes of connections that the guard has ended since at."""
    return re.findall(r"closed number=.*?code=(\d+)",
                      world.guard.output()[at:])


def refused(world, at):
    """The codes of those that ended before their user was known."""
    return re.findall(r"refuse peer=.*?code=(\d+)",
                      world.guard.output()[at:])


@case("guard faults: kill -9 of each process when it starts", limit_s=180)
def killed(env, t):
    if os.getuid() != 0:
        t.note("without root nothing can be held")
        return
    with GuardWorld(env, t, command="paint", policy=ALL) as world:
        world.begin()
        beside = Beside(world, t)
        screen = world.screen()
        for name in ("shoji-host-gate", "shoji-guard-mark",
                     "shoji-viewer-gate", "shoji-guard-codes",
                     "shoji-guard-core"):
            at = len(world.guard.output())
            with Tracer(world.guard.pid) as tracer:
                viewer = world.viewer(screen=screen)
                pid = tracer.at_start(name)
                t.must(pid, f"{name}: it starts", viewer.output)
                procs.notice()
                os.kill(pid, signal.SIGKILL)
                tracer.let_go(pid)
            # Without its outer gate a connection may have no number yet.
            early = refused if name == "shoji-host-gate" else lambda *_: []
            t.ok(wait_until(lambda a=at, early=early: ended(world, a) or
                            early(world, a), 10),
                 f"{name}: its connection ends", world.guard.output)
            t.ok(wait_until(lambda a=at: "join number=" in
                            world.guard.output()[a:], 30),
                 f"{name}: the viewer comes back by itself",
                 lambda v=viewer: v.output() + world.guard.output()[-2000:])
            world.forget(viewer)
            t.ok(wait_until(lambda: set(procs.descendants(world.guard.pid)) ==
                            beside.pids, 10), f"{name}: nothing is left",
                 lambda: procs.names(procs.descendants(world.guard.pid)))
            beside.judge(name)


@case("guard faults: without memory a core ends its connection alone",
      limit_s=180)
def memory(env, t):
    if os.getuid() != 0:
        t.note("without root nothing can be held")
        return
    with GuardWorld(env, t, command="paint") as world:
        world.begin()
        beside = Beside(world, t)
        at = len(world.guard.output())
        with Tracer(world.guard.pid) as tracer:
            viewer = world.viewer()
            pid = tracer.at_start("shoji-guard-core")
            t.must(pid, "a core starts", viewer.output)
            resource.prlimit(pid, resource.RLIMIT_AS, (64 * MIB, 64 * MIB))
            tracer.let_go(pid)
        t.ok(wait_until(lambda: "guard-core" in world.guard.output()[at:] and
                        'error="memory' in world.guard.output()[at:], 10),
             "its log says that there is no memory",
             lambda: world.guard.output()[at:])
        t.ok(wait_until(lambda: ended(world, at), 10),
             "its connection ends", world.guard.output)
        t.ok(viewer.wait_state(limit_s=30),
             "the viewer comes back and is served", viewer.output)
        beside.judge("a core without memory")


@case("guard faults: a viewer that is gone leaves nothing", limit_s=90)
def viewer_gone(env, t):
    with GuardWorld(env, t, command="paint",
                    policy={"mask_codes": "yes"}) as world:
        world.begin()
        beside = Beside(world, t)
        viewer, first = begin(world, t)
        procs.notice()
        viewer.proc.signal(signal.SIGKILL)
        t.ok(wait_until(lambda: set(procs.descendants(world.guard.pid)) ==
                        beside.pids, 10), "nothing of its connection is left",
             lambda: procs.names(procs.descendants(world.guard.pid)))
        beside.judge("a viewer that is gone")
        again, state = begin(world, t)
        t.equal(state.get("tag"), first["tag"],
                "its user comes back to the same session")
        again.key("d")
        t.ok(again.wait_state(lambda now: now["presses"] == 1),
             "and types there", again.output)


@case("guard faults: a process that hangs does not stay", limit_s=180)
def hung(env, t):
    users = {"suzuki": "shoji-host-gate", "tanaka": "shoji-guard-core",
             "kato": "shoji-viewer-gate", "sato": "of the host"}
    with GuardWorld(env, t, command="paint") as world:
        world.begin()
        rows, known = [], set()
        for user, name in users.items():
            before = set(world.gates())
            viewer, first = begin(world, t, user=user)
            pid = ((set(world.gates()) - before).pop() if name == "of the host"
                   else (set(guards(world, name)) - known).pop())
            known |= set(procs.descendants(world.guard.pid))
            rows.append((name, viewer, first, pid))
        alone, page = begin(world, t, user="honda")
        # Before they have said once that they live, too.
        procs.notice()
        for row in rows:
            os.kill(row[3], signal.SIGSTOP)
        agents = world.below_host("shoji-session-agent")
        os.kill(agents[-1], signal.SIGSTOP)
        for name, viewer, first, pid in rows:
            t.ok(wait_until(lambda pid=pid: not procs.is_alive(pid), 60),
                 f"{name}: it is ended", world.guard.output)
            viewer.wait_state(limit_s=30)

            def types(viewer=viewer):
                viewer.key("d")
                return viewer.state().get("presses", 0) > 0

            t.ok(wait_until(types, 30, 0.3),
                 f"{name}: the viewer comes back by itself", viewer.output)
            t.equal(viewer.state().get("tag"), first["tag"],
                    f"{name}: to the same session")
        t.equal(sorted(re.findall(r"hung number=\d+ program=(\S+)",
                                  world.guard.output())),
                ["shoji-guard-core", "shoji-host-gate", "shoji-viewer-gate"],
                "the guard's log names its own")
        t.ok(wait_until(lambda: 'error="agent hung"' in world.host.output(),
                        90), "an agent takes its session with it",
             world.host.output)
        t.ok(alone.wait_reason(408, 20) or "E408" in alone.output(),
             "whose user is told so", alone.output)
        t.ok(re.search(r'gate peer=\S+ user=sato error="hung"',
                       world.host.output()), "and the host's its gate",
             world.host.output)


@case("guard faults: a stop that asks every process counts all the same")
def service_stop(env, t):
    with GuardWorld(env, t, command="paint") as world:
        world.begin()
        viewer, _ = begin(world, t)
        viewer.key("d")
        t.must(viewer.wait_state(lambda now: now["presses"] == 1),
               "a key is pressed", viewer.output)
        # As a service manager does, or Ctrl-C.
        procs.notice()
        for pid in [*procs.descendants(world.guard.pid), world.guard.pid]:
            os.kill(pid, signal.SIGTERM)
        t.equal(world.guard.wait(20), 0, "the guard ends in good order")
        world.things.remove(world.guard)
        text = world.guard.output()
        t.ok(re.search(r"crossed number=1 keys=2 ", text),
             "what crossed is counted", text)
        t.ok("child program=" not in text, "no process was ended by it", text)
