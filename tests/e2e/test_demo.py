# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo as a newcomer meets it: its picture, its words, and its end."""
import glob
import os
import signal
import subprocess
import tempfile

import procs
from tap import case, wait_until

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
RUN = os.path.join(ROOT, "tests", "demo", "run")
FRAME = 0xb5451b  # of the viewer's window


class Demo:
    """tests/demo/run in a folder and a session of its own."""

    def __init__(self, env, name):
        self.folder = tempfile.mkdtemp(prefix=name, dir=env.folder)
        self.before = set(procs.descendants())
        self.proc = procs.Proc(
            [RUN], os.path.join(env.folder, name + ".log"),
            env={"TMPDIR": self.folder, "DISPLAY": "", "SHOJI_BUILD":
                 env.build}, start_new_session=True)

    def events(self):
        text = ""
        for path in glob.glob(self.folder + "/*/events.log"):
            try:
                with open(path, encoding="utf-8") as file:
                    text += file.read()
            except OSError:
                pass  # it is being deleted
        return text

    def left(self):
        """Processes that it has started and that are alive."""
        procs.reap()
        return [pid for pid in procs.descendants()
                if pid not in self.before and procs.is_alive(pid)]


def edges(env, path):
    """The colours of the four corners and sides of a picture."""
    size = subprocess.run(["identify", "-format", "%w %h", path], check=True,
                          capture_output=True, text=True).stdout.split()
    width, height = map(int, size)
    rows = {}
    for name, area in (("left", f"1x{height}+0+0"),
                       ("right", f"1x{height}+{width - 1}+0"),
                       ("top", f"{width}x1+0+0"),
                       ("bottom", f"{width}x1+0+{height - 1}")):
        side = os.path.join(env.folder, "side.png")
        subprocess.run(["convert", path, "-crop", area, "+repage", side],
                       check=True)
        done = subprocess.run(
            [env.program("test-picture"), "colors", side], check=True,
            capture_output=True, text=True)
        rows[name] = done.stdout
    return (width, height), rows


@case("demo: without a display it writes a picture of the window", limit_s=180)
def picture(env, t):
    demo = Demo(env, "demo")
    status = demo.proc.wait(150)
    t.must(status == 0, "it ends with status 0", demo.proc.output())
    path = demo.proc.output().splitlines()[-1]
    t.must(os.path.isfile(path), "its last line is the picture's path", path)
    size, sides = edges(env, path)
    t.equal(size, (1288, 830), "the picture is as large as the window")
    for name, text in sides.items():
        t.ok(f'"commonest":{FRAME}' in text and '"different":1,' in text,
             f"the window reaches to the {name} edge", text)
    t.ok(wait_until(lambda: not demo.left(), 10), "nothing runs on",
         lambda: procs.names(demo.left()))
    t.equal(os.listdir(demo.folder), [], "nothing is left on the disk")


@case("demo: killed, it leaves nothing behind", limit_s=240)
def killed(env, t):
    for name, end in (("alone", os.kill), ("with its group", os.killpg)):
        demo = Demo(env, "killed")
        t.must(wait_until(lambda: '"attach"' in demo.events() or
                          not demo.proc.is_running(), 60) and
               demo.proc.is_running(), f"{name}: the viewer is served",
               demo.proc.output())
        t.must(wait_until(lambda: procs.find("chromium"), 30),
               f"{name}: the browser runs")
        procs.notice()
        end(demo.proc.pid, signal.SIGKILL)
        demo.proc.wait()
        t.ok(wait_until(lambda: not demo.left(), 25),
             f"{name}: its processes end with it",
             lambda: procs.names(demo.left()))
        t.equal(os.listdir(demo.folder), [],
                f"{name}: its keys and logs are gone")


@case("demo: wrong words are named before anything is started")
def words(env, t):
    for given, said in (
            (["--url"], "--url needs an address"),
            (["--url", "nonsense"], "nonsense: an address like"),
            (["--url", "ftp://localhost/"], "ftp://localhost/: an address"),
            (["--url", "http://localhost:99999/"], "no port 99999"),
            (["--url", "http://nowhere.invalid/"], "nowhere.invalid"),
            (["--uri", "http://localhost/"], "unknown option --uri")):
        done = subprocess.run([os.path.join(ROOT, "dev"), "demo", *given],
                              capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL, timeout=50)
        t.ok(done.returncode == 1 and said in done.stderr and
             not done.stdout, f"{' '.join(given)}: status 1, says {said}",
             f"{done.returncode} {done.stdout}{done.stderr}")
    done = subprocess.run([os.path.join(ROOT, "dev"), "frobnicate"],
                          capture_output=True, text=True, check=False)
    t.ok(done.returncode == 1 and "no command frobnicate" in done.stderr,
         "an unknown command is named", done.stderr)
