# SPDX-License-Identifier: GPL-3.0-or-later
"""The last words of a viewer whose window, or what stands for it, fails."""
import os
import signal
import subprocess

import procs
from tap import case
from world import World

ASK_DISPLAY = "DISPLAY"


def pressed(world):
    """True once the host's page has seen the key of a script."""
    frame = world.frame()
    return frame and world.pictures.state(frame).get("presses", 0) > 0


@case("viewer ends: headless names the picture that cannot be written")
def picture(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        path = world.path("nowhere/picture.png")
        proc = world.headless("--screenshot", path, "--until-quiet", "300")
        t.equal(proc.wait(30), 2, "status 2")
        t.ok(f"shoji-viewer: {path}: No such file or directory"
             in proc.output() and "--screenshot" in proc.output() and
             "E600" in proc.output() and
             "gone" not in proc.output(), "file, reason and code, no more",
             proc.output)
        os.mkfifo(world.path("fifo"))
        proc = world.headless("--screenshot", world.path("fifo"))
        t.equal(proc.wait(30), 2, "nor is a pipe waited for")
        os.unlink(world.path("fifo"))
        proc = world.headless("--screenshot", "/dev/full", "--until-quiet",
                              "300")
        t.equal(proc.wait(30), 2, "a full disk at the end: status 2")
        full = "shoji-viewer: /dev/full: No space left on device"
        t.ok(full in proc.output(), "and file and reason", proc.output)
        # The end comes from the host; the picture is written after it.
        world.ctl("end", "tanaka")
        t.must_wait(lambda: not world.sessions(), "that session has gone")
        proc = world.headless("--screenshot", "/dev/full", "--until-quiet",
                              "300", "--type", "x",
                              "--wait", "60000", user="suzuki")
        t.must_wait(lambda: pressed(world), "another one has a picture", 20)
        world.ctl("end", "suzuki")
        t.equal(proc.wait(30), 2, "and ended by the host: status 2")
        t.ok(full in proc.output(), "file and reason, too", proc.output)


@case("viewer ends: headless says that --timeout has run out")
def timeout(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        proc = world.headless("--wait", "60000", timeout_s=1)
        t.equal(proc.wait(30), 2, "status 2")
        t.ok("--timeout" in proc.output() and "E600" in proc.output(),
             "the option and a code", proc.output)


@case("viewer ends: a display that goes away is called that")
def display(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        viewer = world.viewer()
        t.must(viewer.wait_state(limit_s=20), "a session is shown")
        os.kill(viewer.screen.proc.pid, signal.SIGKILL)
        t.equal(viewer.proc.wait(30), 2, "status 2")
        text = viewer.output()
        t.ok("X サーバ" in text and "E600" in text and
             ASK_DISPLAY not in text, "it is the X server, with a code", text)


@case("viewer ends: a window that is killed is not taken for its display")
def window(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        viewer = world.viewer()
        t.must(viewer.wait_state(limit_s=20), "a session is shown")
        os.kill(procs.find("shoji-viewer-window", viewer.proc.pid)[0],
                signal.SIGKILL)
        t.equal(viewer.proc.wait(30), 2, "status 2")
        text = viewer.output()
        t.ok("予期せず" in text and "E600" in text and
             ASK_DISPLAY not in text, "it ended unexpectedly", text)


@case("viewer ends: too few descriptors are called that")
def descriptors(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        screen = world.screen()
        words = [env.program("shoji-viewer"),
                 *world.viewer_options("tanaka", None, None)]
        for limit, more in ((4, []), (12, ["--headless"]), (40, []),
                            (1023, []), (63, ["--headless"])):
            done = subprocess.run(
                ["sh", "-c", f'ulimit -n {limit}; exec "$0" "$@"', *words,
                 *more],
                env={**os.environ, "DISPLAY": screen.display},
                capture_output=True, text=True, check=False, timeout=30)
            t.equal(done.returncode, 2, f"{limit} {more}: status 2")
            t.ok("ulimit -n" in done.stderr and "E600" in done.stderr and
                 done.stderr.count("\n") == 1,
                 f"{limit} {more}: that alone is said", done.stderr)
        done = subprocess.run(
            ["sh", "-c", 'ulimit -n 64; exec "$0" "$@"', *words, "--headless",
             "--wait", "100"], capture_output=True, text=True, check=False,
            timeout=30)
        t.equal(done.returncode, 0, "64 are enough without a window")
