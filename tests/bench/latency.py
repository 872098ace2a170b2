#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Key press to changed pixel in the viewer's own window, beside peers.

Every system shows the same program (bench-paint). A key is pressed by XTEST in
the display of the viewer and one pixel of that display is polled until it
changes. The systems take turns, round by round, in one run; what
counts is the ratio of the medians.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))

import procs  # noqa: E402
from procs import Proc  # noqa: E402
from tap import Tap, wait_until  # noqa: E402
from world import Environment, Screen, World  # noqa: E402

SIZE = (1280, 800)
KEYS = {"small": "s", "full": "f"}


class Peer:
    """A viewer with its window on a screen of its own; starts in begin."""

    def __init__(self, env, folder):
        self.env = env
        self.folder = folder
        self.things = []

    def keep(self, thing):
        self.things.append(thing)
        return thing

    def tool(self, name):
        return os.path.join(self.env.build, "tests", "bench", name)

    def stop(self):
        for thing in reversed(self.things):
            thing.stop()

    def begin_viewer(self, address, *options):
        self.screen = self.keep(Screen(self.folder, size=SIZE))
        self.keep(Proc(["xtigervncviewer", "-FullScreen=1",
                        "-RemoteResize=0", "-AutoSelect=0",
                        "-PreferredEncoding=Tight", "-NoJPEG",
                        "-CompressLevel=2", *options, address],
                       os.path.join(self.folder, "tigervncviewer.log"),
                       env={"DISPLAY": self.screen.display}))

    def begin_program(self, display, authority=None):
        env = {"DISPLAY": display}
        if authority:
            env["XAUTHORITY"] = authority
        self.keep(Proc([self.tool("bench-paint")],
                       os.path.join(self.folder, "paint.log"), env=env))

    def middle(self):
        return SIZE[0] // 2, SIZE[1] // 2

    def measure(self, kind, count):
        """Times in ms; a press that shows nothing counts as 2000."""
        x, y = self.middle()
        self.screen.xdotool("mousemove", x - 100, y - 100)
        done = subprocess.run(
            [self.tool("bench-latency"), KEYS[kind], str(count), str(x),
             str(y)], capture_output=True, text=True, check=True,
            env=dict(os.environ, DISPLAY=self.screen.display))
        return [2000.0 if word == "timeout" else int(word) / 1000
                for word in done.stdout.split()]


class Ours(Peer):
    """shoji: TLS on, every process confined, the window viewer."""

    name = "shoji"

    def begin(self):
        self.world = World(self.env, Tap(sys.stderr),
                           command=self.tool("bench-paint"),
                           config={"session": {
                               "bind": [os.path.dirname(
                                   self.tool("bench-paint"))],
                               "width": str(SIZE[0]),
                               "height": str(SIZE[1])}})
        self.world.__enter__()
        self.world.begin()
        self.screen = self.world.screen(size=(SIZE[0] + 100, SIZE[1] + 100))
        self.viewer = self.world.viewer(screen=self.screen, size=SIZE)

    def stop(self):
        self.world.stop()

    def middle(self):
        # The frame around the picture: 4 px, and the zone strip above.
        return SIZE[0] // 2 + 4, SIZE[1] // 2 + 26


class TigerVnc(Peer):
    """Xvnc with its viewer, both of Debian, TLS on."""

    name = "tigervnc"

    def begin(self):
        material = self.env.host_material()
        self.keep(Proc(["Xvnc", ":83", "-geometry", f"{SIZE[0]}x{SIZE[1]}",
                        "-depth", "24", "-rfbport", "5983", "-localhost",
                        "-SecurityTypes", "X509None", "-X509Cert",
                        material["chain"], "-X509Key", material["key"],
                        "-AcceptSetDesktopSize=0"],
                       os.path.join(self.folder, "xvnc.log")))
        wait_until(lambda: os.path.exists("/tmp/.X11-unix/X83"), 10)
        self.begin_program(":83")
        self.begin_viewer("localhost::5983", "-SecurityTypes", "X509None",
                          "-X509CA", material["authority"])


class X11vnc(Peer):
    """x11vnc on Xvfb with TigerVNC's viewer, without TLS."""

    name = "x11vnc"

    def begin(self):
        self.remote = self.keep(Screen(self.folder, size=SIZE))
        self.begin_program(self.remote.display)
        self.keep(Proc(["x11vnc", "-display", self.remote.display, "-rfbport",
                        "5984", "-localhost", "-forever", "-nopw", "-noxrecord",
                        "-quiet"], os.path.join(self.folder, "x11vnc.log")))
        wait_until(lambda: is_listening(5984), 20)
        self.begin_viewer("localhost::5984", "-SecurityTypes", "None")


def is_listening(port):
    with open("/proc/net/tcp", encoding="ascii") as file:
        return any(line.split()[1].endswith(f":{port:04X}") and
                   line.split()[3] == "0A" for line in list(file)[1:])


def run_systems(env, rounds, presses):
    """{system: {kind: [ms]}} of all rounds."""
    times = {}
    for _ in range(rounds):
        for kind_of in (Ours, TigerVnc, X11vnc):
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                peer = kind_of(env, folder)
                try:
                    peer.begin()
                    wait_until(lambda: len(peer.measure("full", 1)) == 1 and
                               peer.measure("small", 2)[1] < 2000, 30)
                    for kind in KEYS:
                        own = times.setdefault(peer.name, {})
                        own.setdefault(kind, []).extend(
                            peer.measure(kind, presses))
                finally:
                    peer.stop()
    return times


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def summary(times):
    result = {}
    for kind in KEYS:
        row = {}
        for system, own in times.items():
            row[system] = {
                "p50_ms": round(statistics.median(own[kind]), 2),
                "p95_ms": round(percentile(own[kind], 0.95), 2),
                "p99_ms": round(percentile(own[kind], 0.99), 2),
                "presses": len(own[kind]),
            }
        for peer in times:
            if peer != Ours.name:
                row["p50_ratio_to_" + peer] = round(
                    row[Ours.name]["p50_ms"] / row[peer]["p50_ms"], 3)
        result[kind] = row
    return result


def print_table(result):
    print(f"{'change':8}{'system':12}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}")
    for kind, row in result.items():
        for system, figures in row.items():
            if isinstance(figures, dict):
                print(f"{kind:8}{system:12}{figures['p50_ms']:9.2f}"
                      f"{figures['p95_ms']:9.2f}{figures['p99_ms']:9.2f}")
        for name, ratio in row.items():
            if not isinstance(ratio, dict):
                print(f"{kind:8}{name}: {ratio}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--presses", type=int, default=60)
    parser.add_argument("--json")
    options = parser.parse_args()
    options.asan_build = None
    options.long = options.keep = False
    options.pictures = None
    procs.become_subreaper()
    with Environment(options) as env:
        result = summary(run_systems(env, options.rounds, options.presses))
    print_table(result)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"latency": result}, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
