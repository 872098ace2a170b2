# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures: taken from displays, framebuffers and viewers, and judged."""
import json
import os
import re
import subprocess


def read_text(path):
    """What tesseract reads in a picture, without any white space."""
    big = path + ".big.png"
    subprocess.run(["convert", path, "-resize", "250%", big], check=False,
                   capture_output=True)
    done = subprocess.run(
        ["tesseract", big if os.path.exists(big) else path, "-", "-l", "jpn",
         "--psm", "6"], capture_output=True, text=True, check=False,
        env=dict(os.environ, OMP_THREAD_LIMIT="2"))
    return re.sub(r"\s", "", done.stdout)


class Pictures:
    """The programs test-grab and test-picture of a build."""

    def __init__(self, build, folder):
        self.tools = os.path.join(build, "tests", "support")
        self.folder = folder
        self.count = 0

    def path(self, name):
        self.count += 1
        return os.path.join(self.folder, f"{name}-{self.count % 50}.png")

    def ask(self, *args):
        done = subprocess.run([os.path.join(self.tools, "test-picture"),
                               *map(str, args)], capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            return {"found": False, "error": done.stderr}
        return json.loads(done.stdout)

    def grab(self, display, window=None, name="grab", cookies=None):
        """Path of a PNG of the root or a window, None when it failed."""
        path = self.path(name)
        args = [os.path.join(self.tools, "test-grab"), path]
        if window is not None:
            args.append(str(window))
        env = dict(os.environ, DISPLAY=display)
        if cookies is not None:
            env["XAUTHORITY"] = cookies
        done = subprocess.run(args, capture_output=True, check=False, env=env)
        return path if done.returncode == 0 else None

    def state(self, path):
        """What test-paint shows in this picture; {} while it is not whole."""
        if path is None:
            return {}
        state = self.ask("state", path)
        return state if state.get("whole") else {}

    def frame(self, file, size):
        """PNG of the first size pixels of an Xvfb framebuffer file."""
        path = self.path("frame")
        answer = self.ask("frame", file, size[0], size[1], path)
        return None if "error" in answer else path

    def compare(self, outer, inner, place=(0, 0)):
        """Number of unequal pixels of inner at place in outer; -1: no."""
        if outer is None or inner is None:
            return -1
        answer = self.ask("compare", outer, inner, place[0], place[1])
        if not answer.get("inside"):
            return -1
        return answer["unequal"]

    def find(self, outer, inner):
        if outer is None or inner is None:
            return None
        answer = self.ask("find", outer, inner)
        return (answer["left"], answer["top"]) if answer.get("found") else None

    def colors(self, path):
        return self.ask("colors", path) if path else {}
