# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole chain once more with sanitised programs, when they were built."""
from tap import case, wait_until
from world import SIZE, World


@case("smoke: sanitised programs from key to pixel", limit_s=150)
def sanitised(env, t):
    if not env.asan_build:
        t.note("no --asan-build given: nothing to run")
        return
    with World(env, t, command="paint", build=env.asan_build) as world:
        world.begin()
        shot = world.path("shot.png")
        proc = world.headless("--until-quiet", "1000", "--press", "n",
                              "--until-quiet", "1500",
                              "--screenshot", shot, timeout_s=90)
        t.equal(proc.wait(100), 0, "the viewer ends with status 0")
        state = world.pictures.state(shot)
        t.equal(state.get("presses"), 1, "a key arrives")
        t.equal(world.pictures.compare(shot, world.frame(SIZE)), 0,
                "its screenshot equals the framebuffer")
        t.ok("ERROR: AddressSanitizer" not in proc.output() and
             "runtime error" not in proc.output(),
             "no finding in the viewer", proc.output())
        world.forget(world.host)
        t.ok(wait_until(lambda: not world.xvfbs(), 10), "the host ends")
        t.ok("ERROR: AddressSanitizer" not in world.host.output() and
             "runtime error" not in world.host.output(),
             "no finding in the host", world.host.output())
