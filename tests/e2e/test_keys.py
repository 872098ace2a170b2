# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys, buttons and wheel reach the session whole and in their order."""
from tap import case, wait_until
from world import World

DOWN, UP, BUTTON_DOWN, BUTTON_UP = 1, 2, 3, 4
MODIFIERS = {0xffe1, 0xffe2, 0xffe3, 0xffe4, 0xffe9, 0xffea, 0xfe03, 0xffe7,
             0xffe8, 0xffeb, 0xffec}
MODIFIERS = {value & 0x7fffff for value in MODIFIERS}
# All printable ASCII but space.
SYMBOLS = "".join(chr(code) for code in range(33, 127))
# Letters that have no job in test-paint.
QUIET = "defghijklmortuvyzDEFGH0123456789"


def pressed(state):
    """Keysyms pressed, without modifiers, in order."""
    return [value for kind, _number, value in state.get("log", [])
            if kind == DOWN and value not in MODIFIERS]


def check_symbols(env, t, keymap, layout):
    with World(env, t, command="paint",
               config={"session": {"keymap": keymap}}) as world:
        world.begin()
        viewer = world.viewer(screen=world.screen(layout=layout))
        t.must(viewer.wait_state(limit_s=20), "the first picture is shown")
        text = "".join(c for c in SYMBOLS if c not in "qwx")  # these have a job
        viewer.type(text)
        wanted = [ord(letter) for letter in text]
        # A picture that is half there may show any number.
        state = viewer.wait_state(lambda now: pressed(now) == wanted, 20)
        t.equal(pressed(state or viewer.state()), wanted,
                "every printable ASCII character arrives")
        state = viewer.wait_state(lambda now: now["held"] == 0, 5)
        t.ok(state, "every key is released", viewer.state)
        t.equal(state.get("presses"), state.get("releases"),
                "as many releases as presses")
        world.forget(viewer)
        ends = wait_until(lambda: world.events("disconnect"), 10)
        t.note(f"the host got {ends[-1]['from_viewer'] if ends else ends}")


@case("keys: shifted symbols, us keymap")
def symbols_us(env, t):
    check_symbols(env, t, "us", "us")


@case("keys: shifted symbols, jp keymap")
def symbols_jp(env, t):
    check_symbols(env, t, "jp", "jp")


@case("keys: terminal jp, session us")
def symbols_mixed(env, t):
    check_symbols(env, t, "us", "jp")


@case("keys: nothing lost, nothing reordered")
def order(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        viewer = world.viewer()
        t.must(viewer.wait_state(limit_s=20), "the first picture is shown")
        text = (QUIET * 8)[:250]
        viewer.type(text)
        typed = list(map(ord, text))
        state = viewer.wait_state(lambda now: pressed(now) == typed, 30)
        t.equal(pressed(state or viewer.state()), typed,
                "250 keys typed as fast as X can arrive in order")
        names = ["Return", "Tab", "Escape", "BackSpace", "Delete", "Left",
                 "Right", "Up", "Down", "Home", "End", "Prior", "Next", "F1",
                 "F5", "F12"]
        wanted = [0xff0d, 0xff09, 0xff1b, 0xff08, 0xffff, 0xff51, 0xff53,
                  0xff52, 0xff54, 0xff50, 0xff57, 0xff55, 0xff56, 0xffbe,
                  0xffc2, 0xffc9]
        viewer.key(*names)
        count = len(text) + len(names)
        state = viewer.wait_state(lambda now: len(pressed(now)) >= count)
        t.equal(pressed(state)[len(text):], wanted,
                "function and cursor keys arrive")
        viewer.key("ctrl+shift+t")
        state = viewer.wait_state(lambda now: len(pressed(now)) > count)
        downs = [value for kind, _number, value in state.get("log", [])
                 if kind == DOWN]
        t.ok(0xffe3 & 0x7fffff in downs[-3:] and
             0xffe1 & 0x7fffff in downs[-3:], "modifiers arrive before the key",
             downs[-5:])
        t.ok(viewer.wait_state(lambda now: now["held"] == 0),
             "nothing stays pressed", viewer.state)


@case("keys: the input method of the terminal")
def input_method(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        screen = world.screen(layout="jp")
        on_screen = {"DISPLAY": screen.display,
                     "XMODIFIERS": "@im=shoji-test-im"}
        method = world.start("test-im", "kmn", env=on_screen)
        t.must(wait_until(lambda: "ready" in method.output(), 10),
               "an input method runs on the terminal")
        viewer = world.viewer(screen=screen, env=on_screen)
        t.must(viewer.wait_state(limit_s=20), "the first picture is shown")
        screen.xdotool("windowfocus", viewer.window())
        viewer.key("d", "Henkan_Mode", "shift+E", "Henkan_Mode", "f")
        state = viewer.wait_state(lambda now: len(pressed(now)) >= 9)
        t.equal("".join(map(chr, pressed(state))), "dkmnEkmnf",
                "its text and the other keys arrive in order")
        method.stop()
        viewer.key("g", "h")
        state = viewer.wait_state(lambda now: len(pressed(now)) >= 11)
        t.equal("".join(map(chr, pressed(state))), "dkmnEkmnfgh",
                "without it keys go on")
        again = world.start("test-im", "o", env=on_screen)
        t.must(wait_until(lambda: "ready" in again.output(), 10),
               "it is started again")

        def used():
            viewer.key("Henkan_Mode")
            return ord("o") in pressed(viewer.state())
        t.ok(wait_until(used, 10, 0.3), "and is used again", viewer.state)
        t.ok(viewer.wait_state(lambda now: now["held"] == 0),
             "nothing stays pressed", viewer.state)


@case("keys: a held key repeats and is released")
def held(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        viewer = world.viewer()
        t.must(viewer.wait_state(limit_s=20), "the first picture is shown")
        viewer.screen.xdotool("keydown", "d")
        state = viewer.wait_state(lambda now: now["presses"] >= 8)
        t.ok(state, "a held key repeats", viewer.state)
        viewer.screen.xdotool("keyup", "d")
        state = viewer.wait_state(lambda now: now["held"] == 0)
        t.ok(state, "its release arrives", viewer.state)
        t.equal(set(pressed(state)), {ord("d")}, "nothing else was pressed")
        viewer.screen.xdotool("keydown", "shift", "keydown", "f")
        t.ok(viewer.wait_state(lambda now: now["held"] >= 2),
             "two keys are held")
        world.kill(viewer.proc.pid)
        again = world.viewer(screen=viewer.screen)
        t.ok(again.wait_state(lambda now: now["held"] == 0, 20),
             "keys held when the viewer dies are released", again.state)
        viewer.screen.xdotool("keyup", "f", "keyup", "shift")


@case("keys: buttons, wheel and motion")
def pointer(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        viewer = world.viewer()
        t.must(viewer.wait_state(limit_s=20), "the first picture is shown")
        viewer.click(333, 444)
        state = viewer.wait_state(lambda now: now["buttons_up"] == 1)
        t.equal((state.get("x"), state.get("y")), (333, 444),
                "a click arrives at its place")
        for button in (2, 3, 4, 5, 4, 5, 5):
            viewer.click(200, 300, button)
        state = viewer.wait_state(lambda now: now["buttons_up"] == 8)
        clicks = [(kind, value) for kind, _number, value in
                  state.get("log", []) if kind in (BUTTON_DOWN, BUTTON_UP)]
        wanted = []
        for button in (1, 2, 3, 4, 5, 4, 5, 5):
            wanted += [(BUTTON_DOWN, button), (BUTTON_UP, button)]
        t.equal(clicks, wanted, "buttons and wheel arrive in order")
        viewer.screen.xdotool("mousedown", 1)
        for step in range(10):
            viewer.move(210 + 20 * step, 310)
        viewer.screen.xdotool("mouseup", 1)
        state = viewer.wait_state(lambda now: now["buttons_up"] == 9)
        t.equal((state.get("x"), state.get("y")), (390, 310),
                "a drag ends at its place")
        viewer.move(0, 0)
        t.ok(viewer.wait_state(lambda now: (now["x"], now["y"]) == (0, 0)),
             "the first pixel can be reached", viewer.state)
        viewer.move(1023, 699)
        t.ok(viewer.wait_state(lambda now: (now["x"], now["y"]) ==
                               (1023, 699)),
             "the last pixel can be reached", viewer.state)
