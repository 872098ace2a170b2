# SPDX-License-Identifier: GPL-3.0-or-later
"""2-D codes in pages, which a guard covers until the user clicks on them."""
import base64
import os
import signal
import subprocess

import procs
from guard_world import GuardWorld
from page_server import PAGES, page
from tap import case, wait_until
from test_chromium import begin as begin_chromium

SUITE = "isolation"

SECRET = "shoji-code-of-a-test"


def code_page(is_inverted):
    """A page that shows a code when a key is pressed, and tells of clicks."""
    colors = ["--foreground=FFFFFF", "--background=000000"] \
        if is_inverted else []
    data = subprocess.run(["qrencode", "-s", "5", "-o", "-", *colors, SECRET],
                          check=True, capture_output=True).stdout
    image = base64.b64encode(data).decode()
    return page("code", f"""<h2>二次元コード</h2><p>市役所からのお知らせ</p>
<img id=code style='visibility:hidden' src='data:image/png;base64,{image}'>
<p>ご不明な点は、総務課までお問い合わせください。</p>""", """
addEventListener('keydown', () => {
  document.getElementById('code').style.visibility = 'visible';
  tell_when_drawn('shown'); });
addEventListener('click', (event) => report('click', {id: event.target.id}));
""")


def read(picture):
    """What zbarimg reads in picture; '' when there is no code."""
    done = subprocess.run(["zbarimg", "--quiet", "--raw",
                           "-Stest-inverted", picture], capture_output=True,
                          check=False, text=True)
    return done.stdout.strip()


def begin(world, t, is_inverted=False):
    PAGES["/code"] = lambda _query: code_page(is_inverted)
    viewer = begin_chromium(world, t, "/code")
    viewer.key("g")
    t.must(world.pages.wait("shown", "/code"), "the page shows its code")
    t.must(wait_until(lambda: read(world.frame()) == SECRET, 10),
           "which stands in the framebuffer")
    return viewer


@case("guard codes: without the option a code can be read", limit_s=90)
def control(env, t):
    with GuardWorld(env, t) as world:
        viewer = begin(world, t)
        t.ok(wait_until(lambda: read(viewer.grab()) == SECRET, 10),
             "on the screen of the viewer")
        t.equal(procs.find("shoji-guard-codes", world.guard.pid), [],
                "and nothing searches for it")


@case("guard codes: a code is covered until a click", limit_s=120)
def covered(env, t):
    with GuardWorld(env, t, policy={"mask_codes": "yes"}) as world:
        viewer = begin(world, t)
        left, top, width, height = world.pages.last("shown")["places"]["code"]
        place = (left + width // 2, top + height // 2)
        wait_until(lambda: False, 2)
        unequal = world.pictures.compare(viewer.grab("covered"),
                                         world.frame(), viewer.place)
        t.ok(width * height // 4 < unequal < width * height * 2,
             "the viewer's picture differs by about the code", unequal)
        t.equal(read(viewer.grab("covered")), "", "in which none is read")
        viewer.click(*place)
        t.ok(wait_until(lambda: read(viewer.grab()) == SECRET, 10),
             "after a click on it it is")
        t.equal(viewer.equals_frame()[0], 0, "as is every pixel")
        t.equal(world.pages.all("click"), [], "the page hears no click")
        viewer.click(*place)
        t.ok(world.pages.wait("click", "/code"), "but the next one")


@case("guard codes: a bright code on dark is covered", limit_s=90)
def inverted(env, t):
    with GuardWorld(env, t, policy={"mask_codes": "yes"}) as world:
        viewer = begin(world, t, is_inverted=True)
        wait_until(lambda: False, 2)
        t.equal(read(viewer.grab()), "", "in the viewer none is read")


@case("guard codes: without its search a connection ends", limit_s=90)
def killed(env, t):
    with GuardWorld(env, t, command="paint",
                    policy={"mask_codes": "yes"}) as world:
        world.begin()
        viewer = world.viewer()
        t.must(viewer.wait_state(limit_s=20), "a picture is shown")
        found = procs.find("shoji-guard-codes", world.guard.pid)
        t.equal(len(found), 1, "one process searches")
        os.kill(found[0], signal.SIGKILL)
        t.ok(wait_until(lambda: "closed number=1" in world.guard.output(), 10),
             "the guard ends the connection", world.guard.output)
        t.ok(viewer.wait_state(limit_s=20), "the viewer comes back")
