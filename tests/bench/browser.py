# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of the benchmark, their web server, and a real Chromium.

The browser is started as the host starts it: same flags, its own sandbox,
bubblewrap around it, an unprivileged user.
"""
import functools
import http.server
import json
import os
import re
import shutil
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(HERE, "..", "support"))

from procs import Proc  # noqa: E402
from tap import wait_until  # noqa: E402

SIZE = (1920, 1080)
USER = 65534  # whom the browser runs as when we are root
CHROMIUM = "/usr/lib/chromium/chromium"
# What the host adds for its default [browser] settings.
LEVERS = ("--disable-smooth-scrolling", "--disable-lcd-text",
          "--force-prefers-reduced-motion")


class Handler(http.server.SimpleHTTPRequestHandler):
    """Pages and photographs; takes what pages tell about their layout."""

    protocol_version = "HTTP/1.1"

    def __init__(self, site, *arguments):
        self.site = site
        super().__init__(*arguments, directory=os.path.join(HERE, "pages"))

    def log_message(self, *_arguments):
        pass

    def translate_path(self, path):
        name = os.path.basename(path.split("?")[0])
        if path.startswith("/photos/"):
            return os.path.join(self.site.photos, name)
        return os.path.join(self.directory, name)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.site.layouts.append(json.loads(body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, _request, _address):
        """A browser that was ended in the middle of an answer is no error."""


class Site:
    """The web server of the pages, in a thread; a context manager."""

    def __init__(self, photos):
        self.photos = photos
        self.layouts = []
        self.server = Server(("127.0.0.1", 0),
                             functools.partial(Handler, self))
        self.port = self.server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,),
                         daemon=True).start()
        return self

    def __exit__(self, *_error):
        self.server.shutdown()
        self.server.server_close()

    def url(self, page):
        return f"http://127.0.0.1:{self.port}/{page}"


def host_flags():
    """What the host gives to Chromium, read from where it says so."""
    with open(os.path.join(ROOT, "host", "browser_command.c"),
              encoding="utf-8") as file:
        source = file.read()
    words = source[source.index("{SJ_BROWSER_PROGRAM"):]
    flags = re.findall(r'"(--[^"]*)"', words[:words.index("};")])
    ours = [flag for flag in flags if not flag.startswith(
        ("--user-data-dir", "--proxy"))]
    if not ours or any(f'"{flag}"' not in source for flag in LEVERS):
        raise RuntimeError("the flags of the browser are not found")
    return [*ours, *LEVERS]


class Browser:
    """Chromium on an Xvfb of its own or on a display that is there.

    The screen shows the pages given last.
    """

    def __init__(self, site, folder, pages, display=None):
        """display: of a screen that is there already."""
        self.site = site
        self.folder = folder
        self.things = []
        self.display = display or self.start_screen()
        self.start_browser([site.url(page) for page in pages])

    def start_screen(self):
        reader, writer = os.pipe()
        self.keep(["Xvfb", "-displayfd", writer, "-screen", "0",
                   f"{SIZE[0]}x{SIZE[1]}x24", "-fbdir", self.folder,
                   "-nolisten", "tcp", "-noreset", "-r", "-s", "0", "-dpms"],
                  "Xvfb.log", pass_fds=[writer])
        os.close(writer)
        with os.fdopen(reader) as file:
            number = file.readline().strip()
        if not number:
            raise RuntimeError("Xvfb did not start")
        return ":" + number

    def keep(self, args, log, **options):
        self.things.append(Proc(args, os.path.join(self.folder, log),
                                **options))
        return self.things[-1]

    def start_browser(self, urls):
        home = os.path.join(self.folder, "home")
        os.mkdir(home, 0o700)
        prefix = []
        if os.getuid() == 0:
            os.chown(home, USER, USER)
            prefix = ["setpriv", f"--reuid={USER}", f"--regid={USER}",
                      "--clear-groups", "--bounding-set=-all"]
        jail = ["bwrap", "--unshare-user", "--unshare-pid",
                "--die-with-parent", "--new-session", "--ro-bind", "/usr",
                "/usr", "--ro-bind", "/etc", "/etc", "--proc", "/proc",
                "--dev-bind", "/dev", "/dev", "--tmpfs", "/tmp", "--bind",
                "/tmp/.X11-unix", "/tmp/.X11-unix", "--bind", home,
                "/home/user", "--chdir", "/home/user"]
        for name in ("/bin", "/sbin", "/lib", "/lib64",
                     "/var/cache/fontconfig"):
            jail += ["--ro-bind-try", name, name]
        environment = {"PATH": "/usr/bin:/bin", "HOME": "/home/user",
                       "LANG": "C.UTF-8", "LANGUAGE": "ja",
                       "DISPLAY": self.display, "NO_AT_BRIDGE": "1",
                       "GDK_BACKEND": "x11"}
        jail += ["--clearenv"]
        for name, value in environment.items():
            jail += ["--setenv", name, value]
        # There is no window manager here to give the size.
        self.keep(prefix + jail + ["--", CHROMIUM, *host_flags(),
                                   "--user-data-dir=/home/user/profile",
                                   f"--window-size={SIZE[0]},{SIZE[1]}",
                                   "--window-position=0,0", *urls],
                  "chromium.log")

    def stop(self):
        for thing in reversed(self.things):
            thing.stop()
        # The last of the browser's processes may write until they are gone.
        home = os.path.join(self.folder, "home")
        wait_until(lambda: shutil.rmtree(home, ignore_errors=True) or
                   not os.path.exists(home), 10)
