# SPDX-License-Identifier: GPL-3.0-or-later
"""What moves may be lossy; text never is, and nothing when it has rested."""
import subprocess

from tap import case
from world import SIZE, World

# Beside the video of test-paint, in its tiles and in others; the rows above
# change with each frame.
BESIDE = (0, 100, 300, 560)


def part(world, picture, place):
    """PNG of the part of a picture, None when there is no picture."""
    if picture is None:
        return None
    left, top, width, height = place
    path = world.pictures.path("part")
    done = subprocess.run(
        ["convert", picture, "-crop", f"{width}x{height}+{left}+{top}",
         "+repage", "PNG24:" + path], check=False, capture_output=True)
    return path if done.returncode == 0 else None


def play(env, t, config):
    """Three seconds of video beside text; the counts of encodings."""
    with World(env, t, command="paint", config=config) as world:
        world.begin()
        stats = world.path("stats.json")
        viewer = world.viewer(options=("--stats", stats))
        t.must(viewer.wait_state(limit_s=20), "the first picture is shown",
               viewer.output)
        viewer.equals_frame()
        viewer.key("v")
        state = viewer.wait_state(lambda now: now["frames"] >= 2)
        t.must(state, "the video plays")
        still = part(world, world.frame(SIZE), BESIDE)
        left, top = viewer.place
        seen, unequal = set(), 0
        while state and state["frames"] < 88:
            unequal += world.pictures.compare(
                viewer.grab("moving"), still,
                (left + BESIDE[0], top + BESIDE[1])) != 0
            # Its cells are text, too: a state is whole or is not read.
            state = viewer.wait_state()
            seen.add(state.get("frames"))
        t.equal(unequal, 0, "the text beside it is exact in all pictures")
        t.ok(len(seen) >= 4, "whose numbers go on", sorted(seen))
        t.ok(viewer.wait_state(lambda now: now["frames"] == 90),
             "the video ends")
        t.equal(viewer.equals_frame()[0], 0, "then every pixel is exact")
        world.forget(viewer)
        return world.json(stats)["encodings"]


@case("motion: a video beside text", limit_s=120)
def video(env, t):
    counts = play(env, t, {})
    t.ok(counts.get("motion", {}).get("count", 0) >= 30,
         "frames of it came lossily", counts)


@case("motion: a video in a lossless session", limit_s=120)
def lossless(env, t):
    counts = play(env, t, {"session": {"lossless": "always"}})
    t.equal(counts.get("motion", {}).get("count", 0), 0,
            "nothing came lossily")
