# SPDX-License-Identifier: GPL-3.0-or-later
"""A live Chromium on each system, scrolled by the wheel of the viewer.

Same page, same browser, same flags everywhere; here the browser draws when it
likes, so that two runs never show the same frames. That is why ratios are
made of recorded frames, and this only shows that they are near to life. The
browser's own CPU time is not counted.
"""
import os
import tempfile
import time

import measure
import procs
import record
from browser import Browser, Site
from systems import Ours, TigerVnc, X11vnc
from tap import wait_until

PAGE = "h-law.html"
WHEEL_DOWN, STEPS, STEP_S = 5, 24, 0.09
BROWSER_PROGRAMS = ("chromium", "chrome_crashpad_handler", "chrome-sandbox",
                    "bwrap")


class LiveOurs(Ours):
    """The session's own browser, through the session's own way out."""

    def __init__(self, env, folder, site):
        super().__init__(env, folder, ["chromium"])
        self.site = site

    def prepare_world(self, world):
        world.command = None
        world.page = "/" + PAGE
        world.pages = self.site
        world.begin_proxy()
        world.begin_host()

    def wait_program(self):
        return None

    def server_pids(self):
        return [pid for pid, (name, _ns) in measure.cpu_of(
            super().server_pids()).items() if name not in BROWSER_PROGRAMS]


def with_browser(kind):
    """The peer, whose program is a browser in the same jail."""

    class Live(kind):
        def __init__(self, env, folder, site):
            super().__init__(env, folder, [])
            self.site = site

        def begin_program(self, display):
            self.keep(Browser(self.site, self.folder, [PAGE], display))

    return Live


KINDS = {"shoji": LiveOurs, "tigervnc": with_browser(TigerVnc),
         "x11vnc": with_browser(X11vnc)}


def scroll(system):
    """Figures of one scroll."""
    system.begin()
    if not wait_until(lambda: system.site.layouts, 40):
        raise RuntimeError("the browser shows nothing")
    left, top = system.place
    system.screen.xdotool("mousemove", left + system.size[0] // 2,
                          top + system.size[1] // 2)
    time.sleep(1)  # icons and the like; not for a result
    before = system.line.wait_quiet(quiet_s=1)
    cpu = measure.cpu_of(system.server_pids())
    for _ in range(STEPS):
        system.screen.xdotool("click", WHEEL_DOWN)
        time.sleep(STEP_S)
    after = system.line.wait_quiet(quiet_s=1)
    parts = measure.cpu_between(cpu, measure.cpu_of(system.server_pids()))
    row = {key: after[key] - before[key] for key in ("down_bytes", "up_bytes")}
    return dict(row, bytes=sum(row.values()), cpu_parts_ms=parts,
                cpu_ms=round(sum(parts.values()), 3))


def run(env, names):
    """Rows of the systems named, one after another."""
    photos = os.path.join(env.build, "bench-photos")
    record.make_photos(photos)
    rows = []
    for name in names:
        if name not in KINDS:
            continue
        row = {"system": name, "page": PAGE, "steps": STEPS}
        try:
            with tempfile.TemporaryDirectory(prefix="bench-") as folder, \
                    Site(photos) as site:
                os.chmod(folder, 0o755)
                system = KINDS[name](env, folder, site)
                try:
                    row.update(scroll(system))
                finally:
                    system.stop()
        except measure.FAILURES as error:
            row["error"] = str(error)[-400:]
        procs.reap()
        rows.append(row)
        print("live scroll", row, flush=True)
    return rows
