# SPDX-License-Identifier: GPL-3.0-or-later
"""Many logins of one user at a guard with two hosts: nobody else is moved."""
import time

from guard_world import GuardWorld
from tap import case, wait_until
from test_guard import begin
from world import World

SUITE = "isolation"

LOGINS = 6
APART_S = 0.015  # the next one comes while the host looks at the last
ROUNDS = 3


def sessions_of(user, *hosts):
    return [row for host in hosts for row in host.sessions()
            if row["user"] == user]


def rush(world, t):
    """LOGINS of one user; all but one are told that they were overtaken."""
    procs = []
    for _ in range(LOGINS):
        procs.append(world.headless("--duration", "20", user="mallory"))
        time.sleep(APART_S)
    t.ok(wait_until(lambda: sum(proc.is_running() for proc in procs) == 1, 20),
         "one of them stays",
         lambda: [proc.output() for proc in procs])
    ended = [proc for proc in procs if not proc.is_running()]
    t.ok(all("E404" in proc.output() for proc in ended),
         "the others are told that another login took over",
         lambda: [proc.output() for proc in ended])
    for proc in procs:
        world.forget(proc)


@case("guard rush: many logins of one user do not move others", limit_s=150)
def many_logins(env, t):
    with World(env, t, command="paint") as other:
        other.extra["viewers"] = {"guard": "yes"}
        other.begin()
        with GuardWorld(env, t, command="paint") as world:
            World.begin(world)
            world.guard_extra["host"] = {
                "address": [f"127.0.0.1:{world.port}",
                            f"127.0.0.1:{other.port}"]}
            world.begin_guard()
            viewer, first = begin(world, t, user="tanaka")
            for number in range(ROUNDS):
                rush(world, t)
                t.ok(wait_until(lambda: len(sessions_of(
                    "mallory", world, other)) == 1, 10),
                    "the user who came so often has one session",
                    lambda: sessions_of("mallory", world, other))
                world.forget(viewer)
                viewer, state = begin(world, t, user="tanaka")
                t.equal(state["tag"], first["tag"],
                        f"another user's session is kept, {number + 1}")
                t.equal(len(sessions_of("tanaka", world, other)), 1,
                        "and has no other one")
            t.ok("code=601" not in world.guard.output(),
                 "no host was passed over", world.guard.output)
            other.stop()  # what it runs would be left behind by world
