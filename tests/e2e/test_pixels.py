# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture in the viewer's window is the session's framebuffer, exactly."""
import os

from tap import case, wait_until
from under_way import UnderWay
from world import SIZE, World


def same(world, t, viewer, text, size=SIZE):
    unequal, seen = viewer.equals_frame(size)
    t.equal(unequal, 0, text)
    return seen


@case("pixels: every pixel of the window")
def every_pixel(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        viewer = world.viewer()
        state = viewer.wait_state(limit_s=20)
        t.must(state, "the first picture is shown", viewer.output)
        t.equal((state["width"], state["height"]), SIZE,
                "the session has the size of the viewer")
        same(world, t, viewer, "the first picture equals the framebuffer")
        for key, what in [("p", "smooth gradients"), ("p", "stripes"),
                          ("n", "noise over the whole screen"),
                          ("b", "a square of 64x64"), ("b", "a second square"),
                          ("s", "a scroll of noise"), ("c", "another pointer")]:
            before = viewer.state().get("presses", 0)
            viewer.key(key)
            t.must(viewer.wait_state(lambda now: now["presses"] > before),
                   f"the key for {what} arrives")
            same(world, t, viewer, f"{what}: equal")
        viewer.key("a")
        t.ok(viewer.wait_state(lambda now: now["frames"] >= 60, 20),
             "an animation of 60 frames runs to its end")
        same(world, t, viewer, "after the animation: equal")
        viewer.move(500, 600)
        t.ok(viewer.wait_state(lambda now: (now["x"], now["y"]) == (500, 600)),
             "pointer motion arrives")
        same(world, t, viewer, "with the pointer over it: equal")


@case("pixels: a program of the user passes descriptors")
def descriptors_under_way(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        with UnderWay(900):
            viewer = world.viewer()
            t.must(viewer.wait_state(limit_s=20), "a picture is shown",
                   viewer.output)
            same(world, t, viewer, "it equals the framebuffer")
            world.forget(viewer)
        if os.getuid() != 0:
            t.note("more than 1024 need root")
            return
        with UnderWay(3000):
            viewer = world.viewer()
            t.ok(wait_until(lambda: not viewer.proc.is_running(), 20),
                 "a viewer that cannot show frames ends", viewer.output)
            t.ok("画面を表示できません" in viewer.output(), "and says why",
                 viewer.output)


@case("pixels: the pointer is not drawn into the picture")
def no_pointer(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        viewer = world.viewer()
        t.must(viewer.wait_state(limit_s=20), "the first picture is shown")
        before, _ = viewer.equals_frame()
        still = world.frame(SIZE)
        viewer.move(400, 500)
        t.must(viewer.wait_state(lambda now: now["x"] == 400),
               "pointer motion arrives")
        t.equal(before, 0, "equal before the pointer moves")
        moved = world.frame(SIZE)
        # Only cells of the state at the top may have changed.
        changed = world.pictures.ask("compare", still, moved, 0, 0)
        t.ok(changed["unequal"] <= 18 * 16, "no pointer in the framebuffer",
             changed)


@case("pixels: two resizes of the window")
def resize(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        viewer = world.viewer()
        state = viewer.wait_state(limit_s=20)
        t.must(state, "the first picture is shown")
        tag = state["tag"]
        left, top, width, height = viewer.geometry()
        for wide, high in [(1211, 777), (801, 603)]:
            viewer.resize(width - SIZE[0] + wide, height - SIZE[1] + high)
            t.ok(viewer.wait_state(lambda now, wide=wide, high=high:
                                   (now["width"], now["height"]) ==
                                   (wide, high)),
                 f"the session follows to {wide}x{high}", viewer.state)
            same(world, t, viewer, f"equal at {wide}x{high}", (wide, high))
        t.equal(viewer.state().get("tag"), tag, "it is the same session")


@case("pixels: a window larger than the host allows")
def too_large(env, t):
    limit = {"width_max": "1100", "height_max": "720"}
    with World(env, t, command="paint", config={"session": limit}) as world:
        world.begin()
        viewer = world.viewer(size=(1200, 800))
        state = viewer.wait_state(lambda now: now["width"] == 1100, 20)
        t.equal((state.get("width"), state.get("height")), (1100, 720),
                "the session has the host's largest size")
        t.equal(len(world.sessions()), 1, "there is one session")


@case("pixels: without a display")
def headless(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        shot, stats = world.path("shot.png"), world.path("stats.json")
        proc = world.headless("--until-quiet", "300", "--press", "p",
                              "--until-quiet", "400",
                              "--screenshot", shot, "--stats", stats)
        t.equal(proc.wait(40), 0, "the viewer ends with status 0")
        state = world.pictures.state(shot)
        t.equal(state.get("pattern"), 1, "its key has been drawn",)
        t.equal(world.pictures.compare(shot, world.frame(SIZE)), 0,
                "its screenshot equals the framebuffer")
        numbers = world.json(stats)
        t.ok(isinstance(numbers, dict) and numbers,
             "it writes statistics", proc.output)
