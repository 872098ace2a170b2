# SPDX-License-Identifier: GPL-3.0-or-later
"""A guard between host and viewer: only pixels come in, only input goes out."""
from guard_world import GuardWorld
from tap import case
from world import SIZE


@case("guard: every pixel of a session, and keys")
def every_pixel(env, t):
    with GuardWorld(env, t, command="paint") as world:
        world.begin()
        viewer = world.viewer()
        state = viewer.wait_state(limit_s=20)
        t.must(state, "the first picture is shown", viewer.output)
        t.equal((state["width"], state["height"]), SIZE,
                "the session has the size of the viewer")
        unequal, _seen = viewer.equals_frame(SIZE)
        t.equal(unequal, 0, "the first picture equals the framebuffer")
        for key, what in [("p", "smooth gradients"), ("p", "stripes"),
                          ("n", "noise over the whole screen"),
                          ("b", "a square of 64x64"), ("b", "a second square"),
                          ("s", "a scroll of noise"), ("c", "another pointer")]:
            before = viewer.state().get("presses", 0)
            viewer.key(key)
            t.must(viewer.wait_state(lambda now: now["presses"] > before),
                   f"the key for {what} arrives")
            unequal, _seen = viewer.equals_frame(SIZE)
            t.equal(unequal, 0, f"{what}: equal")
        viewer.move(500, 600)
        t.ok(viewer.wait_state(lambda now: (now["x"], now["y"]) == (500, 600)),
             "pointer motion arrives")
