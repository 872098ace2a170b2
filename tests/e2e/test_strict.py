# SPDX-License-Identifier: GPL-3.0-or-later
"""The profile strict: a guard that sends Raw, CopyRect, Zlib and shapes."""
import json

from guard_world import GuardWorld
from tap import case, wait_until
from test_guard_policy import masked
from world import SIZE, World

SUITE = "isolation"

STRICT = ("--profile", "strict")


def changed(world, before):
    """True when the host shows something else than in the picture before."""
    now = world.frame(SIZE)
    return now and world.pictures.find(now, before) is None


@case("strict: every pixel but for its lowest bit, and keys", limit_s=120)
def every_pixel(env, t):
    with GuardWorld(env, t, command="paint",
                    policy={"profile": "strict"}) as world:
        world.begin()
        stats = world.path("stats.json")
        viewer = world.viewer(options=(*STRICT, "--stats", stats))

        def same():
            frame = world.frame(SIZE)
            return frame and world.pictures.find(
                viewer.grab("seen"), masked(world, frame)) is not None

        t.must(wait_until(same, 20, 0.2), "the first picture", viewer.output)
        for key, what in [("p", "smooth gradients"), ("p", "stripes"),
                          ("n", "noise over the whole screen"),
                          ("b", "a square of 64x64"), ("s", "a scroll"),
                          ("c", "another pointer")]:
            before = world.frame(SIZE)
            viewer.key(key)
            t.must(wait_until(lambda: changed(world, before), 10),
                   f"the key for {what} arrives")
            t.ok(wait_until(same, 10, 0.2), f"{what}: every pixel")
        world.forget(viewer)
        with open(stats, encoding="utf-8") as file:
            told = json.load(file)
        counts = {name: one["count"]
                  for name, one in told["encodings"].items() if one["count"]}
        t.equal(set(counts) - {"Raw", "ExtendedDesktopSize"},
                {"CopyRect", "Zlib", "cursor shape"},
                "nothing else has crossed")
        t.ok(1 <= counts["cursor shape"] <= 3,
             "the pointer only when it is another", counts)


@case("strict: two who speak different profiles say so")
def mismatch(env, t):
    with GuardWorld(env, t, command="paint",
                    policy={"profile": "strict"}) as world:
        world.begin()
        proc = world.headless("--duration", "5")
        t.equal(proc.wait(30), 3, "a default viewer is refused by a strict "
                "guard")
        t.ok("E502" in proc.output(), "and is told why", proc.output())
    with GuardWorld(env, t, command="paint") as world:
        world.begin()
        proc = world.headless("--duration", "5", *STRICT)
        t.equal(proc.wait(30), 3, "a strict viewer is refused by a default "
                "guard")
        t.ok("E502" in proc.output(), "and is told why", proc.output())
    for stock in ("no", "yes"):
        with World(env, t, command="paint",
                   config={"viewers": {"stock": stock}}) as world:
            world.begin()
            proc = world.headless("--duration", "5", *STRICT)
            t.equal(proc.wait(30), 3, "a strict viewer is refused by a host "
                    f"with stock = {stock}")
            t.ok("E502" in proc.output(), "and is told why", proc.output())
