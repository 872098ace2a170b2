# SPDX-License-Identifier: GPL-3.0-or-later
"""What administrators see: configuration errors, shojictl, the event log."""
import json
import os

from tap import case, wait_until
from world import World


@case("tools: shojictl and the event log")
def control(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        status, text = world.ctl("status")
        t.equal(status, 0, "status answers")
        t.ok("0" in text, "and counts no session", text)
        viewer = world.viewer()
        t.must(viewer.wait_state(limit_s=20), "a session starts")
        viewer.key("d")
        t.ok(viewer.wait_state(lambda now: now["presses"] == 1),
             "a key is pressed")
        status, text = world.ctl("sessions")
        t.equal(status, 0, "sessions answers")
        t.ok("tanaka" in text, "and names the user", text)
        t.ok(world.ctl("end", "nobody")[0] != 0,
             "ending the session of nobody fails")
        t.ok(world.ctl("frobnicate")[0] != 0, "an unknown word fails")
        t.equal(world.ctl("end", "tanaka")[0], 0, "end succeeds")
        t.ok(wait_until(lambda: not world.sessions(), 10), "it ends")
        t.ok(viewer.wait_reason(403), "its user is told", viewer.output)
        t.ok(wait_until(lambda: world.events("disconnect"), 5),
             "the end of the connection is logged")
        events = world.events()
        t.ok(all("time" in row and "event" in row for row in events),
             "each line of the log has a time and a name", events[:3])
        t.ok(any(row.get("user") == "tanaka" for row in events),
             "the log says who")
        t.ok(any(row.get("reason") == 403 for row in events),
             "and why it ended")
        with open(world.event_log, encoding="utf-8") as file:
            whole = file.read()
        t.ok("KeyEvent" in whole,
             "and counts messages per type", whole[-600:])
        mode = os.stat(world.event_log).st_mode & 0o777
        t.equal(mode & 0o007, 0, "the log is not for everybody")


@case("tools: errors of a configuration name their place")
def configuration(env, t):
    with World(env, t, command="paint") as world:
        good = world.write_config()
        status, text = world.check_config(good)
        t.equal(status, 0, "a good configuration is good",)
        lines = open(good, encoding="utf-8").read()
        for name, add, words in [
                ("an unknown key", "[session]\ncolour = red\n", ["colour"]),
                ("an unknown section", "[nonsense]\na = b\n", ["nonsense"]),
                ("a wrong choice", "[session]\nkeymap = uk\n",
                 ["keymap", "us", "jp"]),
                ("a wrong number", "[session]\nmax = many\n", ["max"]),
                ("a number beyond its range", "[session]\nmax = 1000000\n",
                 ["max"])]:
            path = world.path("bad.ini")
            key = add.split("\n")[1].split(" ")[0]
            kept = [line for line in lines.splitlines()
                    if line.split(" ")[0] != key]
            with open(path, "w", encoding="utf-8") as file:
                file.write("\n".join(kept) + "\n" + add)
            line = str(len(kept) + 2)
            status, text = world.check_config(path)
            t.equal(status, 1, f"{name}: status 1")
            t.ok("bad.ini" in text and (line in text or
                                        "nonsense" in words), f"{name}: "
                 f"names file and line {line}", text)
            t.ok(all(word in text for word in words),
                 f"{name}: names {', '.join(words)}", text)
        status, text = world.check_config(world.path("absent.ini"))
        t.equal(status, 1, "a file that is not there: status 1")
        t.ok("absent.ini" in text, "and it is named", text)
