# SPDX-License-Identifier: GPL-3.0-or-later
"""Real Chromium: Japanese text in, Japanese pages out."""
import os
import random
import re
import subprocess
import time

import procs
from page_server import TEXT
from picture import read_text
from procs import Proc
from tap import case, wait_until
from test_sessions import ORDINARY, can_read
from world import PAGES_NAME, SIZE, World

START_S = 40


def begin(world, t, path, **options):
    """Chromium at a page of ours, shown in a window; the viewer."""
    world.begin(page=path)
    viewer = world.viewer(**options)
    page = path.partition("?")[0]
    t.must(world.pages.wait("load", path, START_S), f"{page} is loaded",
           lambda: viewer.output() + world.host.output())
    # Drawn, not only loaded: the screen has been the same for a moment.
    still = [None]

    def is_still():
        before, still[0] = still[0], world.frame()
        return world.pictures.compare(still[0], before) == 0

    wait_until(is_still, 10, 0.3)
    unequal, _seen = viewer.equals_frame(limit_s=20)
    t.equal(unequal, 0, f"{page} is shown, every pixel")
    return viewer


def click_on(world, t, viewer, name, page, button=1):
    place = world.pages.center(name, page)
    t.must(place, f"the page knows where {name} is")
    viewer.click(place[0], place[1], button)


def see_change(world, viewer, action, pixels):
    """Does action(), then waits until that many pixels of the window differ."""
    before = viewer.grab("before")
    action()
    return wait_until(lambda: world.pictures.compare(
        before, viewer.grab("now")) > pixels, 10, 0.05)


def shared(wanted, got):
    """How many characters of wanted are in got, in order (longest common)."""
    row = [0] * (len(got) + 1)
    for letter in wanted:
        last = 0
        for at, other in enumerate(got, 1):
            last, row[at] = row[at], (last + 1 if letter == other
                                      else max(row[at], row[at - 1]))
    return row[-1]


@case("chromium: a Japanese page can be read", limit_s=150)
def read(env, t):
    with World(env, t) as world:
        viewer = begin(world, t, "/text")
        wanted = re.sub(r"\s", "", TEXT)
        got = [""]

        def share():
            got[0] = read_text(viewer.grab("text"))
            return shared(wanted, got[0]) / len(wanted)

        t.wait(lambda: share() >= 0.95,
               "tesseract reads at least 95 % of the text", 30,
               lambda: f"{share():.3f}\n{got[0]}")
        world.keep_picture("page-text")
        viewer.key("ctrl+l")
        viewer.type(world.url("/draw") + "\n")
        t.must(world.pages.wait("load", "/draw", 20),
               "the address bar opens another page")
        unequal, _seen = viewer.equals_frame(limit_s=20)
        t.equal(unequal, 0, "gradients and noise are shown, every pixel")
        world.keep_picture("page-draw")


@case("chromium: Japanese typed into a form arrives", limit_s=150)
def form(env, t):
    chosen = random.Random(20)
    kanji = "".join(chr(chosen.randrange(0x4e00, 0x9fa0)) for _ in range(1000))
    name = "上越市役所ＡＢＣ"
    with World(env, t) as world:
        world.begin(page="/form")
        first = world.headless("--duration", "60")
        t.must(world.pages.wait("load", "/form", START_S), "the form is loaded",
               lambda: first.output() + world.host.output())
        t.equal(first.stop(), 0, "the first viewer ends with status 0")
        t.must(world.pages.center("send", "/form"),
               "the page knows its places")

        def at(key):
            # As the page is now: its first word may come before its last size.
            return "{},{}".format(*world.pages.center(key, "/form"))

        second = world.headless(
            "--click", at("name"), "--type", name, "--click", at("memo"),
            "--type", kanji, "--duration", "300")
        t.ok(world.pages.wait("input", "/form", 60,
                              test=lambda row: row["length"] == 1000),
             "1,000 characters are in the field", world.pages.last("input"))
        t.equal(second.stop(), 0, "the second viewer ends with status 0")
        world.keep_picture("form", world.frame())
        shot = world.path("form.png")
        third = world.headless("--wait", "700", "--click", at("send"),
                               "--wait", "1500", "--screenshot", shot)
        fields = world.pages.wait_post(30)
        t.equal(fields.get("name"), name, "the name arrives exactly")
        t.equal(fields.get("memo"), kanji,
                "1,000 random kanji arrive exactly")
        t.equal(third.wait(30), 0, "the third viewer ends with status 0")
        world.keep_picture("posted", shot)
        t.equal(world.pages.requests.count(("GET", PAGES_NAME, "/form")), 1,
                "all three viewers had the same page")


@case("chromium: mixed text under load keeps its order", limit_s=900)
def order(env, t):
    count = 1000 if env.is_long else 60
    line = "abc上越def"
    with World(env, t) as world:
        world.begin(page="/form")
        first = world.headless("--duration", "60")
        t.must(world.pages.wait("load", "/form", START_S), "the form is loaded")
        t.equal(first.stop(), 0, "the first viewer ends with status 0")
        memo = world.pages.center("memo", "/form")
        t.must(memo, "the page knows its places")
        load = [Proc(["sh", "-c", "while :; do :; done"],
                     world.path("load.log")) for _ in range(2)]
        world.things += load
        typed = world.headless("--click", "{},{}".format(*memo), "--type",
                               (line + "\n") * count, "--duration", "600",
                               timeout_s=700)
        t.ok(world.pages.wait(
            "input", "/form", 30 + count * 9 / 20,
            test=lambda row: row["length"] == count * 9),
            "every character is in the field", world.pages.last("input"))
        t.equal(typed.stop(), 0, "the viewer ends with status 0")
        for proc in load:
            world.forget(proc)
        # As the page is now: its first word may come before its last size.
        send = world.pages.center("send", "/form")
        last = world.headless("--click", "{},{}".format(*send), "--duration",
                              "60")
        fields = world.pages.wait_post(30)
        if not fields:
            world.keep_picture("not-sent", world.frame())
        t.must(fields, "the form is sent", lambda: (
            last.output(), world.host.output(), world.pages.reports[-5:]))
        t.equal(fields.get("memo"), (line + "\r\n") * count,
                f"{count} lines of letters and kanji arrive in order")
        world.forget(last)


@case("chromium: click, wheel, list, tab, popup, dialog", limit_s=150)
def use(env, t):
    with World(env, t) as world:
        viewer = begin(world, t, "/events")
        pages = world.pages
        click_on(world, t, viewer, "press", "/events")
        row = pages.wait("click", test=lambda row: row["id"] == "press")
        t.ok(row, "a click on a button reaches the page", pages.reports[-3:])
        left, top = pages.center("pad", "/events")
        viewer.click(left, top)
        row = pages.wait("mousedown", test=lambda row: row["id"] == "pad")
        t.equal(row and (row["x"], row["y"]), (left, top),
                "at exactly its place")
        viewer.screen.xdotool("keydown", "k")
        t.ok(pages.wait("keydown", count=3,
                        test=lambda row: row["key"] == "k"),
             "a held key repeats")
        viewer.screen.xdotool("keyup", "k")
        t.ok(pages.wait("keyup", test=lambda row: row["key"] == "k"),
             "and is released")
        viewer.click(left, top, 5)
        row = pages.wait("wheel")
        t.ok(row and row["dy"] > 0, "the wheel turns down", row)
        t.must(see_change(world, viewer, lambda: click_on(
            world, t, viewer, "choice", "/events"), 1500), "a list opens")
        viewer.key("Down", "Down", "Return")
        row = pages.wait("change")
        t.equal(row and row["value"], "三", "a choice of a list arrives")
        viewer.equals_frame(limit_s=5)
        t.must(see_change(world, viewer, lambda: click_on(
            world, t, viewer, "alert", "/events"), 20000), "a dialog opens")
        unequal, _seen = viewer.equals_frame(limit_s=10)
        t.equal(unequal, 0, "the dialog is shown, every pixel")
        world.keep_picture("dialog")
        viewer.key("Return")
        t.ok(pages.wait("alert-closed"), "Enter closes the dialog")
        viewer.equals_frame(limit_s=5)
        click_on(world, t, viewer, "popup", "/events")
        child = pages.wait("load", "/child", 15)
        t.must(child, "a popup opens")

        def is_inside():
            row = pages.last("resize", "/child") or child
            return (row["screen"][0] >= 0 and row["screen"][1] >= 0 and
                    row["screen"][0] + row["outer"][0] <= SIZE[0] and
                    row["screen"][1] + row["outer"][1] <= SIZE[1])

        t.ok(abs(child["inner"][0] - 420) < 3 and
             abs(child["inner"][1] - 300) < 3,
             "it has the size that was asked for", child["inner"])
        t.wait(is_inside, "the popup lies inside the screen", 10,
               lambda: [row for row in pages.reports
                        if row["page"] == "/child"])
        viewer.equals_frame(limit_s=10)
        world.keep_picture("popup")
        click_on(world, t, viewer, "word", "/child")
        viewer.type("popup")
        gone = see_change(world, viewer, lambda: click_on(
            world, t, viewer, "close", "/child"), 20000)
        row = pages.wait("closed")
        t.equal(gone and row and row["text"], "popup",
                "the popup is used and closed")
        click_on(world, t, viewer, "tab", "/events")
        t.must(pages.wait("load", "/tab2", 15), "a second tab opens")
        viewer.equals_frame(limit_s=5)
        viewer.type("second")
        t.ok(pages.wait("input", "/tab2",
                        test=lambda row: row["text"] == "second"),
             "text reaches the second tab", pages.last("input"))
        viewer.equals_frame(limit_s=5)
        world.keep_picture("tabs")
        viewer.key("ctrl+Prior")
        t.ok(pages.wait("visibility", "/events",
                        test=lambda row: row["is_shown"]),
             "the first tab comes back")
        viewer.key("ctrl+l")
        viewer.type(world.url("/scroll") + "\n")
        t.must(pages.wait("load", "/scroll", 20), "a long page opens")
        for _ in range(3):
            viewer.click(500, 500, 5)
        t.ok(pages.wait("scroll", "/scroll",
                        test=lambda row: row["y"] >= 100),
             "the wheel scrolls the page", pages.last("scroll"))
        unequal, _seen = viewer.equals_frame(limit_s=15)
        t.equal(unequal, 0, "after scrolling: every pixel")


@case("chromium: two resizes of the window", limit_s=120)
def resize(env, t):
    with World(env, t) as world:
        viewer = begin(world, t, "/stay")
        first = world.pages.last("load")
        _left, _top, width, height = viewer.geometry()
        for wide, high in [(1300, 800), (900, 600)]:
            count = len(world.pages.all("resize"))
            viewer.resize(width - SIZE[0] + wide, height - SIZE[1] + high)
            row = world.pages.wait(
                "resize", limit_s=15, count=1, test=lambda row, wide=wide,
                high=high: row["outer"] == [wide, high])
            t.ok(row, f"the browser fills {wide}x{high}",
                 world.pages.last("resize"))
            t.ok(len(world.pages.all("resize")) > count,
                 "the page hears of it")
            unequal, _seen = viewer.equals_frame((wide, high), 15)
            t.equal(unequal, 0, f"every pixel at {wide}x{high}")
        t.equal(first["outer"], list(SIZE), "it began with the viewer's size")


@case("chromium: a cut connection resumes to the same page", limit_s=120)
def resume(env, t):
    with World(env, t) as world:
        relay = world.relay()
        world.begin(page="/stay")
        viewer = world.viewer(port=relay.port)
        t.must(world.pages.wait("load", "/stay", START_S), "the page is loaded")
        t.equal(viewer.equals_frame(limit_s=20)[0], 0, "it is shown")
        viewer.type("half a sen")
        row = world.pages.wait("input",
                               test=lambda row: row["text"] == "half a sen")
        t.must(row, "text is in the field", world.pages.last("input"))
        relay.cut()
        t.ok(wait_until(lambda: relay.connections >= 2, 20),
             "the viewer connects again by itself", viewer.output)
        t.equal(viewer.equals_frame(limit_s=20)[0], 0,
                "the same picture comes back")
        viewer.type("tence")
        again = world.pages.wait(
            "input", test=lambda row: row["text"] == "half a sentence")
        t.equal(again and again["number"], row["number"],
                "the same page takes the rest of the text")
        world.kill(viewer.proc.pid)
        viewer = world.viewer()
        t.equal(viewer.equals_frame(limit_s=20)[0], 0,
                "a new viewer of the same user shows it")
        viewer.type("!")
        last = world.pages.wait(
            "input", test=lambda row: row["text"] == "half a sentence!")
        t.equal(last and last["number"], row["number"],
                "with the same text in the form")


@case("chromium: symbols on the jp keymap", limit_s=120)
def symbols(env, t):
    text = "!\"#$%&'()=~|`{+*}<>?_@[;:],./\\^-Az09"
    with World(env, t, config={"session": {"keymap": "jp"}}) as world:
        viewer = begin(world, t, "/form", screen=world.screen(layout="jp"))
        click_on(world, t, viewer, "name", "/form")
        viewer.type(text)
        t.ok(world.pages.wait("input", "/form", 15,
                              test=lambda row: row["length"] == len(text)),
             "every symbol is in the field", world.pages.last("input"))
        viewer.key("Return")
        t.equal(world.pages.wait_post(15).get("name"), text,
                "every symbol arrives exactly")


def colorfulness(world, path):
    """The strongest colour of the page in path: 0 when all of it is grey."""
    row = world.pages.last("load", "/levers")
    top = row["outer"][1] - row["inner"][1]
    # Without the scroll bar and the rim of the window.
    done = subprocess.run(
        ["convert", path, "-crop", f"{row['inner'][0] - 40}x"
         f"{row['inner'][1] - 20}+10+{top + 10}", "+repage", "-colorspace",
         "HSL", "-channel", "G", "-separate", "-format", "%[fx:maxima]",
         "info:"], capture_output=True, text=True, check=True)
    return float(done.stdout)


def count_blinks(world, seconds):
    """How often the framebuffer changes in that time."""
    end, count, last = time.monotonic() + seconds, 0, world.frame()
    while time.monotonic() < end:
        now = world.frame()
        count += world.pictures.compare(last, now) > 0
        last = now
        time.sleep(0.1)
    return count


def see_levers(world, t):
    """(what the page was told, colours, scroll steps, blinks of the caret)"""
    viewer = begin(world, t, "/levers")
    told = world.pages.wait("levers")
    t.must(told, "the page has measured")
    click_on(world, t, viewer, "word", "/levers")
    viewer.move(900, 600)
    viewer.equals_frame(limit_s=5)
    time.sleep(1)
    blinks = count_blinks(world, 3)
    # The field has a coloured rim while it has the focus.
    click_on(world, t, viewer, "motion", "/levers")
    viewer.move(900, 600)
    wait_until(lambda: colorfulness(world, world.frame()) == 0, 3, 0.2)
    color = colorfulness(world, world.frame())
    viewer.click(900, 600, 5)
    steps = world.pages.wait("steps")
    return told, color, steps and steps["steps"], blinks


@case("chromium: what saves drawing, as it is by default", limit_s=120)
def levers_on(env, t):
    with World(env, t) as world:
        told, color, steps, blinks = see_levers(world, t)
        t.ok(told["is_reduced"], "pages are asked to leave out motion", told)
        t.ok(40 <= told["frames"] <= 61, "60 frames a second", told)
        t.equal(color, 0, "all text is grey")
        t.equal(steps, 1, "a notch of the wheel is one step")
        t.ok(4 <= blinks <= 8, "the caret blinks", blinks)


@case("chromium: what saves drawing, the other way round", limit_s=120)
def levers_off(env, t):
    with World(env, t, config={"browser": {
            "smooth_scrolling": "yes", "text_antialiasing": "lcd",
            "reduced_motion": "no", "caret_blink": "no",
            "frame_rate": 20}}) as world:
        told, color, steps, blinks = see_levers(world, t)
        t.ok(not told["is_reduced"], "pages may move", told)
        t.ok(15 <= told["frames"] <= 21, "20 frames a second", told)
        t.ok(color > 0.1, "the edges of letters have colours", color)
        t.ok(steps and steps > 2, "a notch of the wheel is many steps", steps)
        t.equal(blinks, 0, "the caret rests")


@case("chromium: on a host without root", limit_s=90)
def ordinary(env, t):
    if os.getuid() != 0 or not can_read(env):
        t.note("the other cases run without root, or the build is private")
        return
    with World(env, t, uid=ORDINARY) as world:
        begin(world, t, "/text")
        renderers = [pid for pid in world.below_host("chromium")
                     if "--type=renderer" in " ".join(procs.command_of(pid))]
        t.must(renderers, "Chromium has renderers")
        with open(f"/proc/{renderers[0]}/status", encoding="ascii") as file:
            status = file.read()
        t.ok("Seccomp:\t2" in status and "NoNewPrivs:\t1" in status,
             "whose own sandbox is on", status)
        t.ok(all("--no-" "sandbox" not in " ".join(procs.command_of(pid))
                 for pid in world.below_host("chromium")),
             "nothing switches it off")
