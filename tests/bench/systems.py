# SPDX-License-Identifier: GPL-3.0-or-later
"""The systems of level B: a program on a remote display, seen in a window.

Each has a display of its own for its viewer, whose pixels lie in a file in
memory (Xvfb -fbdir), a relay in between that counts the bytes, and TLS on the
line. Nothing is shared between two runs but the certificates.
"""
import os
import shutil
import socket
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))

import measure  # noqa: E402
import procs  # noqa: E402
from guard_world import GuardWorld  # noqa: E402
from procs import Proc  # noqa: E402
from tap import Tap, wait_until  # noqa: E402
from world import PLACE, Screen, World  # noqa: E402

VIEWER_MARGIN_PX = 100
MEMORY_FOLDER = "/dev/shm"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def is_listening(port):
    with open("/proc/net/tcp", encoding="ascii") as file:
        return any(line.split()[1].endswith(f":{port:04X}") and
                   line.split()[3] == "0A" for line in list(file)[1:])


class System:
    """One run of one system: begin, work, stop."""

    name = ""
    is_near = False  # what its viewer shows may be lossy
    place = (0, 0)  # of the picture on the viewer's screen

    def __init__(self, env, folder, program, size=(1920, 1080), profile=None):
        self.env = env
        self.folder = folder
        self.program = [str(word) for word in program]
        self.size = size
        self.profile = profile  # (Mbit/s, round trip ms) of the line
        self.things = []
        self.line = self.screen = None
        self.memory = tempfile.mkdtemp(prefix="bench-", dir=MEMORY_FOLDER)

    def keep(self, thing):
        self.things.append(thing)
        return thing

    def tool(self, name):
        return os.path.join(self.env.build, "tests", "bench", name)

    def log(self, name):
        return os.path.join(self.folder, name + ".log")

    def stop(self):
        for thing in reversed(self.things):
            thing.stop()
        self.things = []
        shutil.rmtree(self.memory, ignore_errors=True)

    def begin(self, has_viewer=True):
        """Server with the program, and viewer; returns when both run."""
        port = self.begin_server()
        self.line = self.keep(measure.Line(self.tool("bench-relay"), port,
                                           self.profile))
        if has_viewer:
            self.screen = self.viewer_screen()
            self.begin_viewer()

    def viewer_screen(self, margin=0):
        # Without pointer, as the server would draw it into the file, and
        # without repeated keys: a press is one press, however late.
        screen = self.keep(Screen(
            self.folder, size=(self.size[0] + margin, self.size[1] + margin),
            options=("-fbdir", self.memory, "-nocursor", "-r")))
        screen.framebuffer = os.path.join(self.memory, "Xvfb_screen0")
        return screen

    def end_viewer(self):
        """The viewer goes; the server with its program stays."""

    def begin_tigervnc_viewer(self, *options):
        self.viewer = self.keep(Proc(
            ["xtigervncviewer", "-FullScreen=1", "-RemoteResize=0",
             "-MenuKey=", *options, f"localhost::{self.line.port}"],
            self.log("tigervncviewer"), env={"DISPLAY": self.screen.display}))

    def begin_program(self, display):
        proc = self.keep(Proc(self.program, self.log("program"),
                              env={"DISPLAY": display}))
        self.program_pid = proc.pid
        return proc

    def wait_program(self):
        """Number of the program's process."""
        return self.program_pid

    def server_pids(self):
        """All processes of the server's side but the program."""
        raise NotImplementedError

    def viewer_pids(self):
        return [self.viewer.pid, *procs.descendants(self.viewer.pid)]


class Ours(System):
    """shoji: TLS on, every process confined, the window viewer."""

    name = "shoji"
    place = PLACE
    config = {}
    viewer_options = ()

    def begin_server(self):
        folders = sorted({os.path.dirname(word) for word in self.program
                          if word.startswith("/")})
        session = {"bind": folders, "width": str(self.size[0]),
                   "height": str(self.size[1]),
                   "width_max": str(self.size[0]),
                   "height_max": str(self.size[1])}
        extra = {section: dict(keys) for section, keys in
                 self.config.items()}
        extra.setdefault("session", {}).update(session)
        extra["log"] = {"level": "info"}
        self.world = self.make_world(
            self.env, Tap(sys.stderr), command=" ".join(self.program),
            config=extra)
        self.world.__enter__()
        self.keep(self.world)
        self.prepare_world(self.world)
        return self.port()

    def make_world(self, *args, **options):
        return World(*args, **options)

    def port(self):
        return self.world.port

    def prepare_world(self, world):
        """The session's program is ours, and no page is needed."""
        world.begin()

    def begin(self, has_viewer=True):
        # A session begins when its user comes.
        super().begin()
        self.wait_program()
        if not has_viewer:
            self.end_viewer()

    def viewer_screen(self, margin=VIEWER_MARGIN_PX):
        return super().viewer_screen(margin)

    def begin_viewer(self):
        self.viewer = self.world.viewer(
            screen=self.screen, size=self.size, port=self.line.port,
            options=self.viewer_options).proc

    def end_viewer(self):
        self.viewer.stop()

    def wait_program(self):
        name = os.path.basename(self.program[0])

        def found():
            return [pid for pid in procs.find(name, self.world.host.pid)
                    if os.path.basename(procs.exe_of(pid)) == name]

        pids = wait_until(found, 20)
        if not pids:
            raise RuntimeError("no session: " + self.world.host.output() +
                               self.viewer.output())
        return pids[-1]

    def server_pids(self):
        host = self.world.host.pid
        program = self.wait_program()
        return [pid for pid in [host, *procs.descendants(host)]
                if pid != program]


class Guarded(Ours):
    """The same with a guard between: what that costs."""

    name = "shoji-guard"
    policy = {}

    def make_world(self, *args, **options):
        return GuardWorld(*args, policy=self.policy, **options)

    def port(self):
        return self.world.guard_port

    def server_pids(self):
        guard = self.world.guard.pid
        return [*super().server_pids(), guard, *procs.descendants(guard)]


def guarded(name, *viewer_options, **policy):
    """A guard with one thing of [policy] more: what that alone adds."""
    return type("Guarded" + name.title(), (Guarded,), {
        "name": "shoji-guard-" + name, "policy": policy,
        "viewer_options": viewer_options})


POLICIES = (
    guarded("quantum10", quantum_ms="10"),
    guarded("quantum50", quantum_ms="50"),
    guarded("seven", seven_bit="yes"),
    guarded("mark", watermark_percent="12"),
    guarded("codes", mask_codes="yes"),
    guarded("strict", "--profile", "strict", profile="strict"),
)


class TigerVnc(System):
    """Xvnc with its viewer, both of Debian, TLS on, lossless."""

    name = "tigervnc"
    viewer_options = ("-AutoSelect=0", "-PreferredEncoding=Tight", "-NoJPEG",
                      "-CompressLevel=2")

    def begin_server(self):
        self.material = self.env.host_material()
        reader, writer = os.pipe()
        self.server = self.keep(Proc(
            ["Xvnc", "-displayfd", writer, "-geometry",
             f"{self.size[0]}x{self.size[1]}", "-depth", "24", "-localhost",
             "-SecurityTypes", "X509None", "-X509Cert",
             self.material["chain"], "-X509Key", self.material["key"],
             "-AcceptSetDesktopSize=0"], self.log("xvnc"),
            pass_fds=[writer]))
        os.close(writer)
        with os.fdopen(reader) as file:
            number = file.readline().strip()
        if not number:
            raise RuntimeError("Xvnc did not start: " + self.server.output())
        self.begin_program(":" + number)
        return 5900 + int(number)

    def begin_viewer(self):
        self.begin_tigervnc_viewer(
            *self.viewer_options, "-SecurityTypes", "X509None", "-X509CA",
            self.material["authority"])

    def end_viewer(self):
        self.viewer.stop()

    def server_pids(self):
        return [self.server.pid]


class TigerVncDefault(TigerVnc):
    """The same as its makers ship it: JPEG of quality 8 and refreshes."""

    name = "tigervnc-default"
    is_near = True
    viewer_options = ()


class X11vnc(System):
    """x11vnc on Xvfb, its own TLS, with TigerVNC's viewer, lossless."""

    name = "x11vnc"

    def begin_server(self):
        self.remote = self.keep(Screen(self.folder, size=self.size))
        self.begin_program(self.remote.display)
        pem = self.make_certificate()
        port = free_port()
        self.server = self.keep(Proc(
            ["x11vnc", "-display", self.remote.display, "-rfbport", port,
             "-localhost", "-forever", "-nopw", "-noxrecord", "-quiet",
             "-ssl", pem, "-vencrypt", "force:x509"], self.log("x11vnc")))
        if not wait_until(lambda: is_listening(port), 20):
            raise RuntimeError("x11vnc: " + self.server.output())
        return port

    def make_certificate(self):
        """Its own, as it takes RSA alone; path of key and certificate."""
        pem = os.path.join(self.folder, "x11vnc.pem")
        self.authority = os.path.join(self.folder, "x11vnc-ca.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
             "-keyout", pem, "-out", self.authority, "-days", "2", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
            check=True, capture_output=True)
        with open(pem, "a", encoding="ascii") as out, \
                open(self.authority, encoding="ascii") as file:
            out.write(file.read())
        return pem

    def begin_viewer(self):
        self.begin_tigervnc_viewer(
            *TigerVnc.viewer_options, "-SecurityTypes", "X509None", "-X509CA",
            self.authority)

    def end_viewer(self):
        self.viewer.stop()

    def server_pids(self):
        return [self.remote.proc.pid, self.server.pid,
                *procs.descendants(self.server.pid)]


SYSTEMS = {kind.name: kind for kind in (Ours, Guarded, *POLICIES, TigerVnc,
                                        TigerVncDefault, X11vnc)}
