# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole world of its own for one case: authority, host, pages, viewers.

Everything is in one private folder, every port is chosen by the kernel, every
process is a descendant of the test runner. At the end a check tells that
nothing is left behind.
"""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile

import page_server
import pki
import procs
from picture import Pictures
from procs import Proc
from relay import Relay
from tap import wait_until

SIZE = (1024, 700)
ZONE = "lgwan"
PAGES_NAME = "pages.test"
WAITING_COLOR = 0xf5f1e8  # paper of the waiting picture
PLACE = (4, 26)  # of the picture in the window: frame and strip


class Environment:
    """What all cases share: the build, its authority, a scratch folder."""

    def __init__(self, options):
        self.build = os.path.abspath(options.build)
        self.asan_build = options.asan_build and os.path.abspath(
            options.asan_build)
        self.is_long = options.long
        self.is_kept = options.keep
        self.pictures = options.pictures
        self.folder = tempfile.mkdtemp(prefix="shoji-e2e-")
        os.chmod(self.folder, 0o755)
        self._authority = None
        self.issued = {}

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        if self.is_kept:
            print("# kept: " + self.folder, flush=True)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def program(self, name, build=None):
        build = build or self.build
        for folder in ("host", "viewer", "guard", "certs",
                       "tests/support"):
            path = os.path.join(build, folder, name)
            if os.path.exists(path):
                return path
        raise FileNotFoundError(name + " in " + build)

    @property
    def authority(self):
        if self._authority is None:
            self._authority = self.new_authority("authority")
        return self._authority

    def new_authority(self, name, zone=ZONE):
        return pki.Authority(self.program("shoji-ca"),
                             os.path.join(self.folder, name), zone)

    def host_material(self):
        return self._issued("host", "localhost", "127.0.0.1")

    def viewer_material(self, user="tanaka"):
        return self._issued("viewer", user)

    def _issued(self, kind, *names):
        if (kind, names) not in self.issued:
            self.issued[kind, names] = self.authority.issue(kind, *names)
        return self.issued[kind, names]


class Screen:
    """A display for viewers: Xvfb without a window manager."""

    def __init__(self, folder, size=(1400, 900), layout="us", options=()):
        reader, writer = os.pipe()
        self.size = size
        self.proc = Proc(["Xvfb", "-displayfd", writer, "-screen", "0",
                          f"{size[0]}x{size[1]}x24", "-nolisten", "tcp",
                          "-noreset", *options],
                         os.path.join(folder, "screen.log"),
                         pass_fds=[writer])
        os.close(writer)
        with os.fdopen(reader) as file:
            number = file.readline().strip()
        if not number:
            raise RuntimeError("Xvfb did not start: " + self.proc.output())
        self.display = ":" + number
        if layout != "us":
            subprocess.run(["setxkbmap", "-display", self.display, layout],
                           check=True, capture_output=True)

    def xdotool(self, *args):
        done = subprocess.run(["xdotool", *map(str, args)], check=False,
                              capture_output=True, text=True,
                              env=dict(os.environ, DISPLAY=self.display))
        # A search that finds nothing fails as well.
        if done.returncode != 0 and args[0] != "search":
            print(f"# xdotool {args[0]}: status {done.returncode}: "
                  f"{done.stderr.strip()}", flush=True)
        return done.stdout

    def stop(self):
        self.proc.stop()


class Viewer:
    """A running shoji-viewer with its window on a Screen."""

    def __init__(self, world, screen, proc):
        self.world = world
        self.screen = screen
        self.proc = proc
        self.place = PLACE

    def grab(self, name="viewer"):
        return self.world.pictures.grab(self.screen.display, name=name)

    def state(self):
        """What test-paint shows in the window, {} when nothing is shown."""
        state = self.world.pictures.state(self.grab("state"))
        if state:
            self.place = (state["left"], state["top"])
        return state

    def wait_state(self, test=lambda state: True, limit_s=10.0):
        """The first state that fulfils test, {} at the deadline."""
        def ready():
            state = self.state()
            return state if state and test(state) else None
        return wait_until(ready, limit_s) or {}

    def move(self, x, y):
        left, top = self.place
        self.screen.xdotool("mousemove", left + x, top + y)

    def click(self, x, y, button=1):
        left, top = self.place
        self.screen.xdotool("mousemove", left + x, top + y, "click", button)

    def key(self, *names):
        self.screen.xdotool("key", *names)

    def type(self, text):
        self.screen.xdotool("type", "--delay", "0", text)

    def output(self):
        return self.proc.output()

    def wait_text(self, text, limit_s=10.0):
        """Waits until the viewer has said text on stderr."""
        return wait_until(lambda: text in self.output(), limit_s)

    def wait_reason(self, code, limit_s=10.0):
        return self.wait_text(f"E{code}", limit_s)

    def window(self):
        """Number of its window, as xdotool has it; '' when there is none."""
        found = self.screen.xdotool("search", "--onlyvisible", "--class",
                                    "shoji").split()
        return found[0] if found else ""

    def geometry(self):
        """Left, top, width, height of its window."""
        text = self.screen.xdotool("getwindowgeometry", "--shell",
                                   self.window())
        rows = dict(row.split("=") for row in text.splitlines() if "=" in row)
        return tuple(int(rows[key]) for key in ("X", "Y", "WIDTH", "HEIGHT"))

    def resize(self, width, height):
        self.screen.xdotool("windowsize", self.window(), width, height)

    def wait_picture(self, limit_s=20.0):
        """Waits for the waiting picture; its path, None at the deadline."""
        def shown():
            path = self.grab("waiting")
            colors = self.world.pictures.colors(path)
            return (colors.get("commonest") == WAITING_COLOR and
                    colors["commonest_pixels"] > 400000 and path)
        return wait_until(shown, limit_s, 0.1) or None

    def equals_frame(self, size=SIZE, limit_s=15.0, index=0):
        """Waits until the window shows the session's framebuffer exactly.

        Returns (unequal pixels, picture of the screen): 0 when every B, G, R
        of every pixel is the same.
        """
        last = [None, None]

        def same():
            frame = self.world.frame(size, index)
            seen = self.grab("seen")
            last[:] = [seen, frame]
            place = self.world.pictures.find(seen, frame)
            if place is not None:
                self.place = place
            return place is not None

        if wait_until(same, limit_s, 0.1):
            return 0, last[0]
        if self.place is None:
            return -1, last[0]
        return self.world.pictures.compare(last[0], last[1],
                                           self.place), last[0]

    def stop(self):
        return self.proc.stop()


class World:
    """One host with everything around it."""

    def __init__(self, env, t, command=None, config=None, host=None,
                 build=None, uid=None):
        self.env = env
        self.t = t
        self.failed = t.failed
        self.leaks = procs.LeakCheck()
        self.folder = tempfile.mkdtemp(prefix="w", dir=env.folder)
        os.chmod(self.folder, 0o755)
        self.pictures = Pictures(env.build, self.folder)
        self.command = command
        self.build = build or env.build
        self.extra = config or {}
        self.uid = uid  # of the host, when it is not to be ours
        self.prefix = []  # words before shojid
        self.material = host or env.host_material()
        self.things = []
        self.count = 0
        self.host = self.proxy = self.pages = None
        self.port = self.proxy_port = 0
        self.page = "/text"
        self.event_log = self.path("events.jsonl")

    # Beginning and end.
    def __enter__(self):
        return self

    def __exit__(self, kind, error, _trace):
        procs.notice()
        try:
            self.stop()
        finally:
            left = self.leaks.left(self.folder)
            if left:
                self.leaks.end_all()
            self.t.ok(not left, "nothing is left behind", left)
            if self.t.failed > self.failed and self.host:
                self.t.note("host log: " + "\n".join(
                    self.host.output().splitlines()[-12:]))
            if not self.env.is_kept and not left:
                shutil.rmtree(self.folder, ignore_errors=True)
        return False

    def stop(self):
        for thing in reversed(self.things):
            thing.stop()
        self.things = []
        if self.pages:
            self.pages.__exit__()
            self.pages = None

    def forget(self, thing):
        """Stops one thing now."""
        thing.stop()
        self.things.remove(thing)

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, program, *args, prefix=(), **options):
        return self.start_path(self.env.program(program, self.build), *args,
                               prefix=prefix, **options)

    def start_path(self, path, *args, log=None, env=None, prefix=(),
                   **options):
        self.count += 1
        proc = Proc([*prefix, path, *args], self.path(
            f"{log or os.path.basename(path)}.{self.count}.log"), env,
            **options)
        self.things.append(proc)
        return proc

    # The host.
    def sections(self):
        """The configuration of this host; tests add to it by section."""
        own = {
            "listen": {"address": "127.0.0.1", "port": self.port,
                       "port_file": self.path("port")},
            "tls": {"chain": self.material["chain"],
                    "key": self.material["key"],
                    "authority": self.material["authority"],
                    "crl": self.material["crl"], "zone": ZONE},
            "session": {"keymap": "us", "start_url": self.url(self.page),
                        "width": SIZE[0], "height": SIZE[1],
                        "width_max": "1600", "height_max": "1000"},
            "paths": {"state_dir": self.path("state"),
                      "event_log": self.event_log},
            "log": {"level": "debug"},
            # Machines for tests may be containers without one.
            "confine": {"may_miss": "cgroup"},
        }
        if self.command == "paint":
            program = self.env.program("test-paint")
            own["session"]["command"] = program
            own["session"]["bind"] = [os.path.dirname(program)]
        elif self.command:
            own["session"]["command"] = self.command
        if self.proxy_port:
            own["egress"] = {"upstream": f"127.0.0.1:{self.proxy_port}"}
        for section, keys in self.extra.items():
            own.setdefault(section, {}).update(keys)
        return own

    def write_config(self):
        path = self.path("shojid.ini")
        with open(path, "w", encoding="utf-8") as file:
            for section, keys in self.sections().items():
                file.write(f"[{section}]\n")
                for key, value in keys.items():
                    for one in value if isinstance(value, list) else [value]:
                        file.write(f"{key} = {one}\n")
        return path

    def begin(self, page=None, must_listen=True):
        """Starts pages and proxy (for Chromium) and the host."""
        if self.command is None:
            self.page = page or "/text"
            self.pages = page_server.Pages().__enter__()
            self.begin_proxy()
        self.begin_host(must_listen)

    def begin_proxy(self):
        """The upstream proxy, which reaches the page server alone."""
        port_file = self.path("proxy.port")
        self.proxy = self.start(
            "shoji-proxy", "--listen", "127.0.0.1:0", "--port-file",
            port_file, "--route",
            f"{PAGES_NAME}=127.0.0.1:{self.pages.port}")

        def listening():
            try:
                with open(port_file, encoding="ascii") as file:
                    self.proxy_port = int(file.read())
            except (OSError, ValueError):
                return False
            return self.proxy_port != 0

        if not wait_until(listening, 10):
            raise RuntimeError("no proxy: " + self.proxy.output())

    def give_to_user(self):
        """Hands what the host needs to its user; the words before shojid."""
        if self.uid is None:
            return []
        for key in ("chain", "key", "authority", "crl"):
            path = self.path("own-" + key)
            shutil.copy(self.material[key], path)
            self.material = dict(self.material, **{key: path})
        self.write_config()
        for top, folders, files in os.walk(self.folder):
            for name in folders + files + ["."]:
                os.chown(os.path.join(top, name), self.uid, self.uid)
        return ["setpriv", f"--reuid={self.uid}", f"--regid={self.uid}",
                "--clear-groups", "--no-new-privs", "--bounding-set=-all",
                "--inh-caps=-all", "--"]

    def begin_host(self, must_listen=True):
        os.makedirs(self.path("state"), mode=0o700, exist_ok=True)
        if os.path.exists(self.path("port")):
            os.unlink(self.path("port"))
        if self.host in self.things:
            self.things.remove(self.host)
        # A second start takes the port of the first: viewers come back.
        self.host = self.start("shojid", "--config", self.write_config(),
                               prefix=self.prefix + self.give_to_user())
        # First, so that viewers are stopped before it.
        self.things.remove(self.host)
        self.things.insert(0, self.host)

        def listening():
            try:
                with open(self.path("port"), encoding="ascii") as file:
                    self.port = int(file.read())
            except (OSError, ValueError):
                return False
            return self.port != 0

        is_listening = wait_until(
            lambda: listening() or not self.host.is_running(), 10)
        if must_listen and not (is_listening and self.port):
            raise RuntimeError("shojid does not listen: " +
                               self.host.output())

    def events(self, kind=None):
        """Lines of the event log, of one kind or all."""
        try:
            with open(self.event_log, encoding="utf-8") as file:
                rows = [json.loads(line) for line in file
                        if line.endswith("\n")]
        except OSError:
            return []
        return [row for row in rows if kind in (None, row.get("event"))]

    def ctl(self, *words):
        """(status, output) of shojictl."""
        done = subprocess.run(
            [self.env.program("shojictl"), "--state-dir", self.path("state"),
             *words], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def sessions(self):
        """Rows of shojictl sessions; [] when it does not answer."""
        status, text = self.ctl("--json", "sessions")
        if status != 0:
            return []
        return json.loads(text)["sessions"]

    def add_password(self, user, password):
        """The password file gets a line for user."""
        path = self.path("passwords")
        subprocess.run([self.env.program("shojid"), "--passwd", path, user],
                       input=password + "\n", text=True, check=True,
                       capture_output=True)
        self.extra.setdefault("viewers", {})["password_file"] = path

    def check_config(self, path):
        """(status, output) of shojid --check-config."""
        done = subprocess.run([self.env.program("shojid"), "--config", path,
                               "--check-config"], capture_output=True,
                              text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    # Viewers.
    def viewer_options(self, user, material, port):
        own = material or self.env.viewer_material(user)
        options = ["--ca", own["authority"], "--crl", own["crl"], "--lang",
                   "ja", "--contact", "情報政策課 内線 1234"]
        if own.get("chain"):
            options += ["--cert", own["chain"], "--key", own["key"]]
        return options + [f"localhost:{port or self.port}"]

    def screen(self, **options):
        screen = Screen(self.folder, **options)
        self.things.append(screen)
        return screen

    def viewer(self, user="tanaka", screen=None, material=None, port=None,
               size=SIZE, options=(), env=None):
        """A viewer with a window, on a screen of its own by default."""
        screen = screen or self.screen()
        proc = self.start("shoji-viewer", "--size", f"{size[0]}x{size[1]}",
                          *options, *self.viewer_options(user, material, port),
                          env={"DISPLAY": screen.display, **(env or {})})
        viewer = Viewer(self, screen, proc)
        self.things[-1] = viewer
        return viewer

    def headless(self, *steps, user="tanaka", material=None, port=None,
                 size=SIZE, timeout_s=60):
        """A viewer without a display that plays steps; its Proc."""
        return self.start("shoji-viewer", "--headless", "--timeout", timeout_s,
                          "--size", f"{size[0]}x{size[1]}", *steps,
                          *self.viewer_options(user, material, port),
                          log="headless")

    def relay(self):
        """A relay to this host's port; tests cut it."""
        relay = Relay(lambda: self.port)
        self.things.append(relay)
        return relay

    # Looking into the host.
    def below_host(self, name):
        """Numbers of the processes called name below shojid."""
        return procs.find(name, self.host.pid)

    def supervisor(self):
        """Number of shojid itself, which its watcher has started."""
        found = self.below_host("shojid")
        return found[0] if found else self.host.pid

    def gates(self):
        return self.below_host("shoji-host-gate")

    def xvfbs(self):
        """Displays of sessions (those of viewers are not below shojid)."""
        return [pid for pid in procs.find("Xvfb") if "-auth" in
                procs.command_of(pid)]

    def frame(self, size=SIZE, index=0):
        """PNG of the framebuffer of a session, None when there is none."""
        pids = self.xvfbs()
        if index >= len(pids):
            return None
        args = procs.command_of(pids[index])
        root = f"/proc/{pids[index]}/root"
        try:
            if "-fbdir" not in args:
                return self.grab_display(
                    pids[index], root, args[args.index("-auth") + 1])
            folder = args[args.index("-fbdir") + 1]
        except (ValueError, IndexError):
            return None
        return self.pictures.frame(root + folder + "/Xvfb_screen0", size)

    def grab_display(self, pid, root, cookies):
        """PNG of the display of a session, asked through its own socket."""
        number = 1000000 + pid  # XCB finds displays by number only
        link = f"/tmp/.X11-unix/X{number}"
        os.symlink(root + "/tmp/.X11-unix/X0", link)
        try:
            return self.pictures.grab(f":{number}", name="frame",
                                      cookies=root + cookies)
        finally:
            os.unlink(link)

    def kill(self, pid):
        """kill -9 of one process of ours, which is then gone."""
        procs.notice()
        if pid not in procs.descendants():
            raise RuntimeError(f"{pid} is not ours")
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not procs.is_alive(pid), 5)

    # Small helpers.
    def url(self, path):
        return "http://" + PAGES_NAME + path

    @staticmethod
    def json(path):
        try:
            with open(path, encoding="utf-8") as file:
                return json.load(file)
        except (OSError, ValueError):
            return None

    def keep_picture(self, name, path=None):
        """Keeps a picture for a person to look at, when that was asked for."""
        folder = self.env.pictures
        if not folder:
            return
        if path is None:
            viewers = [thing for thing in self.things
                       if isinstance(thing, Viewer)]
            path = viewers[-1].grab() if viewers else None
        if path:
            os.makedirs(folder, exist_ok=True)
            shutil.copy(path, os.path.join(folder, name + ".png"))

    def copy_text(self, screen, text):
        """A client of the screen owns the clipboard with text."""
        proc = self.start("test-copy", text, env={"DISPLAY": screen.display},
                          stdout=subprocess.PIPE)
        line = proc.popen.stdout.readline()
        proc.popen.stdout.close()
        return line.strip() == b"owner"
