# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose session it is, how it goes on and how it ends."""
import os
import signal
import subprocess

from tap import case, wait_until
from world import World


@case("sessions: two users are separate")
def two_users(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        one = world.viewer("tanaka")
        two = world.viewer("suzuki")
        first, second = one.wait_state(limit_s=20), two.wait_state(limit_s=20)
        t.must(first and second, "both see a picture")
        t.ok(first["tag"] != second["tag"], "each has a session of its own")
        one.key("d", "e", "f")
        t.ok(one.wait_state(lambda now: now["presses"] == 3),
             "keys reach the first session")
        two.key("g")
        t.ok(two.wait_state(lambda now: now["presses"] == 1),
             "and none of them the second", two.state)
        t.equal(one.state().get("presses"), 3, "nor the other way round")
        rows = world.sessions()
        t.equal(sorted(row["user"] for row in rows), ["suzuki", "tanaka"],
                "both are listed")
        world.kill(world.xvfbs()[0])
        t.ok(wait_until(lambda: len(world.sessions()) == 1, 10),
             "the end of one", world.sessions)
        alive = one if world.sessions()[0]["user"] == "tanaka" else two
        before = alive.state().get("presses", -9)
        alive.key("h")
        t.ok(alive.wait_state(lambda now: now["presses"] == before + 1),
             "does not touch the other")


@case("sessions: a second terminal takes over")
def take_over(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        one = world.viewer()
        first = one.wait_state(limit_s=20)
        t.must(first, "the first viewer sees a picture")
        two = world.viewer()
        second = two.wait_state(limit_s=20)
        t.must(second, "the second viewer of the same user sees one")
        t.equal(second["tag"], first["tag"], "of the same session")
        t.ok(one.wait_reason(404), "the first is told that it was taken over",
             one.output)
        two.key("d")
        t.ok(two.wait_state(lambda now: now["presses"] == 1),
             "the second can type")
        t.ok(not one.state(), "the first shows nothing of it any more")
        t.equal(len(world.sessions()), 1, "there is one session")
        world.keep_picture("taken-over", one.grab())
        # It must not come back by itself and steal the session again.
        connected = len(world.events("connect"))
        two.key("e")
        t.ok(two.wait_state(lambda now: now["presses"] == 2, 5),
             "the second keeps the session")
        t.equal(len(world.events("connect")), connected,
                "the first does not connect again")


@case("sessions: a broken connection resumes by itself")
def cut(env, t):
    with World(env, t, command="paint") as world:
        relay = world.relay()
        world.begin()
        viewer = world.viewer(port=relay.port)
        first = viewer.wait_state(limit_s=20)
        t.must(first, "the first picture is shown")
        for number in (1, 2):
            relay.cut()
            t.ok(wait_until(lambda: relay.connections > number, 20),
                 f"cut {number}: the viewer connects again", viewer.output)
            t.ok(viewer.wait_state(limit_s=20),
                 f"cut {number}: the picture comes back", viewer.output)
            viewer.key("d")
            state = viewer.wait_state(lambda now: now["presses"] == number)
            t.equal(state.get("tag"), first["tag"],
                    f"cut {number}: to the same session")
        t.equal(viewer.equals_frame()[0], 0, "every pixel is right again")


@case("sessions: ends that are told")
def ends(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        viewer = world.viewer()
        t.must(viewer.wait_state(limit_s=20), "the first picture is shown")
        viewer.key("q")
        t.ok(viewer.wait_reason(405), "the browser ended: the viewer says so",
             viewer.output)
        t.ok(wait_until(lambda: not world.sessions(), 10),
             "its session is gone")
        world.forget(viewer)
        viewer = world.viewer("suzuki")
        t.must(viewer.wait_state(limit_s=20), "another session starts")
        status, text = world.ctl("end", "suzuki")
        t.equal(status, 0, "shojictl end succeeds",)
        t.ok(viewer.wait_reason(403), "an administrator ended it: told",
             viewer.output)
        t.ok(wait_until(lambda: not world.sessions(), 10),
             "its session is gone", text)
        world.forget(viewer)
        viewer = world.viewer("sato")
        t.must(viewer.wait_state(limit_s=20), "a third session starts")
        world.host.signal(signal.SIGTERM)
        t.ok(viewer.wait_reason(406), "the host is shut down: told",
             viewer.output)
        t.equal(world.host.wait(15), 0, "shojid ends with status 0")


@case("sessions: times that run out")
def times(env, t):
    with World(env, t, command="paint",
               config={"session": {"resume_s": "1", "idle_s": "3"}}) as world:
        world.begin()
        viewer = world.viewer()
        first = viewer.wait_state(limit_s=20)
        t.must(first, "the first picture is shown")
        world.kill(viewer.proc.pid)
        t.ok(wait_until(lambda: not world.sessions(), 15),
             "a session that nobody resumes ends", world.sessions)
        viewer = world.viewer()
        second = viewer.wait_state(limit_s=20)
        t.ok(second and second["tag"] != first["tag"],
             "the next connection gets a new one")
        t.ok(viewer.wait_reason(401, 20), "no input: it ends, and says why",
             viewer.output)
    with World(env, t, command="paint",
               config={"session": {"lifetime_s": "3"}}) as world:
        world.begin()
        viewer = world.viewer()
        t.must(viewer.wait_state(limit_s=20), "the first picture is shown")
        t.ok(viewer.wait_reason(402, 20), "the longest time ends it, told",
             viewer.output)


@case("sessions: beyond the maximum one waits")
def full(env, t):
    with World(env, t, command="paint",
               config={"session": {"max": "1"}}) as world:
        world.begin()
        one = world.viewer("tanaka")
        t.must(one.wait_state(limit_s=20), "the first user has a session")
        two = world.viewer("suzuki")
        t.ok(two.wait_picture(), "the second user sees a waiting picture",
             two.output)
        t.equal(len(world.sessions()), 1, "there is one session")
        three = world.viewer("sato")
        t.ok(three.wait_picture(), "the third user waits too")
        t.ok(wait_until(lambda: world.pictures.compare(
            two.grab(), three.grab()) > 0, 5), "with another place")
        world.keep_picture("waiting", three.grab())
        first = two.grab("first-place")
        world.ctl("end", "tanaka")
        t.ok(two.wait_state(limit_s=20), "a free place goes to the second",
             two.output)
        t.ok(wait_until(lambda: world.pictures.compare(
            first, three.grab()) == 0, 10), "the third is now the first")
        world.ctl("end", "suzuki")
        t.ok(three.wait_state(limit_s=20), "and then to the third",
             three.output)


@case("sessions: one user waits once")
def wait_once(env, t):
    with World(env, t, command="paint",
               config={"session": {"max": "1"}}) as world:
        world.begin()
        one = world.viewer("tanaka")
        t.must(one.wait_state(limit_s=20), "the first user has a session")
        first = world.viewer("suzuki")
        t.ok(first.wait_picture(), "the second user waits", first.output)
        second = world.viewer("suzuki")
        t.ok(second.wait_picture(), "a second terminal of that user waits")
        t.ok(first.wait_reason(404), "and takes the place of the first",
             first.output)
        world.ctl("end", "tanaka")
        t.ok(second.wait_state(limit_s=20), "it gets the free place",
             second.output)
        t.equal(len(world.sessions()), 1, "there is one session")


ORDINARY = 54321  # a user id that owns nothing


def can_read(env):
    """True if an ordinary user can run what was built."""
    return subprocess.run(
        ["setpriv", f"--reuid={ORDINARY}", "--clear-groups", "test", "-x",
         env.program("shojid")], check=False,
        capture_output=True).returncode == 0


@case("sessions: a host without root")
def ordinary(env, t):
    if os.getuid() != 0 or not can_read(env):
        t.note("the other cases run without root, or the build is private")
        return
    with World(env, t, command="paint", uid=ORDINARY) as world:
        world.begin()
        viewer = world.viewer()
        t.must(viewer.wait_state(limit_s=20), "a session is shown",
               lambda: viewer.output() + world.host.output())
        owner = os.stat(f"/proc/{world.supervisor()}").st_uid
        mapped = [pid for pid in world.below_host("test-paint")
                  if f"Uid:\t{ORDINARY}" in open(f"/proc/{pid}/status",
                                                encoding="ascii").read()]
        t.ok(mapped, "its programs have the user's own id", owner)
        viewer.key("p")
        t.ok(viewer.wait_state(lambda now: now["pattern"] == 1),
             "a key draws")
        t.equal(viewer.equals_frame()[0], 0, "every pixel is right")
        status, text = world.ctl("status")
        t.ok(status == 0 and "no" in text,
             "shojictl says what is missing without root", text)
