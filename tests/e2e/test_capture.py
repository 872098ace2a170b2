# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixels of X servers with and without a framebuffer file."""
import os
import subprocess

import procs
from procs import Proc
from tap import case
from under_way import UnderWay
from world import World

XVFB = ["Xvfb", "-screen", "0", "1920x1200x24", "-noreset", "-nolisten", "tcp"]
XVNC = ["Xvnc", "-geometry", "1920x1080", "-depth", "24", "-SecurityTypes",
        "None", "-rfbport", "0", "-localhost"]


# A program of another user, who has no right to more descriptors.
BOUND = ["prlimit", "--nofile=64", "setpriv", "--bounding-set=-all",
         "--inh-caps=-all"]


def run(env, t, server, arguments=(), under=()):
    """Runs test-capture against server. Its exit status and its lines."""
    reader, writer = os.pipe()
    proc = Proc([*server, "-displayfd", writer],
                os.path.join(env.folder, "capture.log"), pass_fds=[writer])
    os.close(writer)
    try:
        with os.fdopen(reader) as number:
            display = ":" + number.readline().strip()
        t.must(display != ":", "the X server starts", proc.output)
        done = subprocess.run(
            [*under, env.program("test-capture"), *arguments],
            env=dict(os.environ, DISPLAY=display), capture_output=True,
            text=True, check=False, timeout=40)
        return done.returncode, done.stdout.splitlines()
    finally:
        proc.stop()


def drive(env, t, server, *arguments):
    """Each line of test-capture is a check."""
    status, lines = run(env, t, server, arguments)
    for line in lines:
        t.ok(line.startswith("ok "), line.split("ok ", 1)[1])
    t.equal(status, 0, "the program runs to its end")


@case("capture: Xvnc by shared memory", limit_s=120)
def xvnc(env, t):
    drive(env, t, XVNC)


@case("capture: Xvfb by shared memory", limit_s=120)
def xvfb(env, t):
    drive(env, t, XVFB)


@case("capture: Xvfb by its framebuffer file", limit_s=120)
def file(env, t):
    folder = os.path.join(env.folder, "framebuffer")
    os.makedirs(folder, mode=0o700)
    drive(env, t, [*XVFB, "-fbdir", folder],
          os.path.join(folder, "Xvfb_screen0"))


@case("capture: memory that cannot be passed is no capture", limit_s=120)
def not_passed(env, t):
    with UnderWay(900):
        t.equal(run(env, t, XVNC, under=BOUND),
                (1, ["not ok the display can be captured"]),
                "it is said, and nothing waits")


@case("capture: a session by shared memory", limit_s=120)
def session(env, t):
    with World(env, t, command="paint",
               config={"session": {"capture": "shm"}}) as world:
        world.begin()
        viewer = world.viewer()
        t.must(viewer.wait_state(limit_s=20), "the first picture is shown",
               viewer.output)
        t.equal(viewer.equals_frame()[0], 0, "every pixel of it")
        for key, what in [("n", "noise"), ("b", "a square"), ("s", "a scroll"),
                          ("a", "an animation")]:
            before = viewer.state().get("presses", 0)
            viewer.key(key)
            t.must(viewer.wait_state(lambda now: now["presses"] > before),
                   f"the key for {what} arrives")
            t.equal(viewer.equals_frame()[0], 0, f"{what}: every pixel")
        _left, _top, width, height = viewer.geometry()
        viewer.resize(width + 150, height + 80)
        size = (1024 + 150, 700 + 80)
        t.ok(viewer.wait_state(lambda now: (now["width"], now["height"]) ==
                               size), "the session follows a resize")
        t.equal(viewer.equals_frame(size)[0], 0, "every pixel after it")
        t.equal([word for pid in world.xvfbs()
                 for word in procs.command_of(pid) if word == "-fbdir"], [],
                "there is no framebuffer file")
