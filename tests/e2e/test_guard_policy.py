# SPDX-License-Identifier: GPL-3.0-or-later
"""What a guard judges beyond the protocol, by its configuration."""
import re
import subprocess

from guard_world import GuardWorld
from tap import case, wait_until
from test_chromium import begin as begin_chromium
from test_guard import begin
from world import SIZE

SUITE = "isolation"

NUMBER = "123456789018"  # its last digit is the check digit of the others


def crossed(world):
    """The last counts in the log of the guard, {} when there are none."""
    lines = re.findall(r" (?:crossed|bound) number=.*",
                       world.guard.output())
    return {name: int(value) for line in lines[-2:]
            for name, value in re.findall(r"(\w+)=(\d+)", line)}


@case("guard policy: read-only lets no key through")
def read_only(env, t):
    with GuardWorld(env, t, command="paint",
                    policy={"input": "read-only"}) as world:
        world.begin()
        viewer, _state = begin(world, t)
        viewer.key("d", "e")
        viewer.move(400, 300)
        state = viewer.wait_state(lambda now: (now["x"], now["y"]) ==
                                  (400, 300))
        t.ok(state, "the pointer passes", viewer.state)
        t.equal(state.get("presses"), 0, "no key did")
        world.forget(viewer)
        t.ok(wait_until(lambda: crossed(world).get("keys_dropped", 0) >= 4,
                        10), "both keys are counted as dropped",
             lambda: crossed(world))
        t.equal(crossed(world).get("keys"), 0, "and none as passed")


@case("guard policy: an individual number is stopped", limit_s=90)
def my_number(env, t):
    with GuardWorld(env, t, policy={"my_number": "exact"}) as world:
        viewer = begin_chromium(world, t, "/stay")
        viewer.type("no " + NUMBER + ".")
        wanted = "no " + NUMBER[:-1] + "."
        t.ok(world.pages.wait("input", test=lambda row:
                              row["text"] == wanted),
             "its last digit does not arrive", world.pages.last("input"))
        viewer.type(" " + NUMBER + NUMBER[-1] + ".")
        wanted += " " + NUMBER[:-1] + "."
        t.ok(world.pages.wait("input", test=lambda row:
                              row["text"] == wanted),
             "nor when it is typed again", world.pages.last("input"))
        viewer.type(" 123456789012.")
        wanted += " 123456789012."
        t.ok(world.pages.wait("input", test=lambda row:
                              row["text"] == wanted),
             "twelve other digits do", world.pages.last("input"))
        t.ok(NUMBER[:9] not in world.guard.output(), "no digit is in a log")
        world.forget(viewer)
        t.ok(wait_until(lambda: crossed(world).get("keys_dropped") == 3, 10),
             "each is counted", lambda: crossed(world))
        got = wait_until(lambda: world.events("disconnect"), 10)
        sent = got[-1]["from_viewer"]["KeyEvent"]["count"] if got else None
        t.equal(crossed(world).get("keys"), sent,
                "and as many keys as crossed as the host has got")


def masked(world, frame):
    path = world.path("masked.png")
    subprocess.run(["convert", frame, "-channel", "RGB", "-evaluate", "And",
                    "65278", "-depth", "8", path], check=True,
                   capture_output=True)
    return path


@case("guard policy: colours have seven bits")
def seven_bit(env, t):
    with GuardWorld(env, t, command="paint",
                    policy={"seven_bit": "yes"}) as world:
        world.begin()
        viewer = world.viewer()

        def same():
            frame = world.frame(SIZE)
            return frame and world.pictures.find(
                viewer.grab("seen"), masked(world, frame)) is not None

        t.must(wait_until(same, 20, 0.2),
               "the first picture, but for its lowest bits", viewer.output)
        for key in ("p", "n", "s"):
            viewer.key(key)
            t.ok(wait_until(same, 10, 0.2),
                 f"after {key}: every pixel but for its lowest bits")
        t.ok(world.pictures.compare(viewer.grab("seen"), world.frame(SIZE),
                                    viewer.place) > 1000,
             "which it had")


@case("guard policy: a watermark is in the picture")
def watermark(env, t):
    with GuardWorld(env, t, command="paint",
                    policy={"watermark_percent": "12"}) as world:
        world.begin()
        shots = []
        for user in ("tanaka", "suzuki"):
            viewer = world.viewer(user)
            t.must(wait_until(lambda: viewer.grab() and "join number" in
                              world.guard.output(), 20), f"{user} is in")
            proc = world.headless("--until-quiet", "800", "--screenshot",
                                  world.path(user + ".png"), user=user)
            t.equal(proc.wait(40), 0, f"{user}: a picture is taken")
            shots.append(world.path(user + ".png"))
            frame = world.frame(SIZE, len(shots) - 1)
            unequal = world.pictures.compare(shots[-1], frame)
            t.ok(2000 < unequal < SIZE[0] * SIZE[1] // 3,
                 f"{user}: something is drawn over a part of it", unequal)
            world.forget(viewer)
        t.ok(world.pictures.compare(*shots) > 500,
             "each user has another mark")


@case("guard policy: what is typed too fast comes later", limit_s=90)
def rates(env, t):
    with GuardWorld(env, t, command="paint",
                    policy={"keys_per_second": "5",
                            "quantum_ms": "50"}) as world:
        world.begin()
        viewer, _state = begin(world, t)
        viewer.key(*"dddddddddddddddddddd")
        state = viewer.wait_state(lambda now: now["presses"] >= 5)
        t.ok(state and state["presses"] < 20, "not at once", state)
        state = viewer.wait_state(lambda now: now["presses"] == 20, 15)
        t.ok(state, "but all of it", viewer.state)
        world.forget(viewer)
        t.ok(wait_until(lambda: crossed(world).get("to_host_bits", 0) >=
                        40 * 22, 10), "bits of both directions are told",
             lambda: crossed(world))
        t.ok(crossed(world).get("to_viewer_bits", 0) >=
             8 * crossed(world).get("bytes_out", 1), "as a bound")
