# SPDX-License-Identifier: GPL-3.0-or-later
"""Silent connections of many addresses hold every place; viewers get in."""
import select
import socket
import threading

from guard_world import GuardWorld
from tap import case, wait_until
from test_guard import guards
from world import World

SUITE = "isolation"

ADDRESSES = [f"127.0.0.{last}" for last in range(2, 7)]
EACH = 4
PLACES = 16  # fewer than the five want


class Crowd:
    """Connections that say nothing and come back whenever one is closed."""

    def __init__(self, port):
        self.port = port
        self.is_over = threading.Event()
        self.held = {}  # socket: its address
        self.closed = 0
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def fill(self):
        for address in ADDRESSES:
            for _ in range(EACH - list(self.held.values()).count(address)):
                try:
                    self.held[socket.create_connection(
                        ("127.0.0.1", self.port), 5, (address, 0))] = address
                except OSError:
                    return

    def run(self):
        while not self.is_over.is_set():
            self.fill()
            ready, _, _ = select.select(list(self.held), [], [], 0.02)
            for one in ready:
                try:
                    data = one.recv(4096)
                except OSError:
                    data = b""
                if not data:
                    one.close()
                    del self.held[one]
                    self.closed += 1

    def stop(self):
        self.is_over.set()
        self.thread.join(10)
        for one in self.held:
            one.close()
        self.held = {}


def get_in(world, t, port, log, gates):
    """One viewer is there; the crowd comes; three more get in beside it."""
    first = world.viewer("sato")
    state = first.wait_state(limit_s=20)
    t.must(state, "a picture is shown before the crowd comes", first.output)
    crowd = Crowd(port)
    world.things.append(crowd)
    t.must(wait_until(lambda: gates() >= PLACES and crowd.closed > EACH, 20),
           "five addresses hold all places, and want more",
           lambda: (gates(), crowd.closed))
    for user in ("tanaka", "suzuki", "mallory"):
        viewer = world.viewer(user)
        t.must(viewer.wait_state(limit_s=20),
               f"{user} sees a picture, whoever holds the places",
               viewer.output)
        t.ok("E100" not in viewer.output(), "and has come in at once",
             lambda: viewer.output() + log())
    t.ok("evict " in log(), "silent ones had to go for them", log)
    first.key("d")
    t.ok(first.wait_state(lambda now: now["presses"] == 1),
         "who was there can go on typing", first.output)
    t.equal(first.state().get("tag"), state["tag"], "in the same session")
    t.ok("E100" not in first.output(), "and was never cut off", first.output)
    t.ok(gates() <= PLACES + 16, "no more than a few are beyond the bound",
         gates)
    world.forget(crowd)


# Too few for the crowd: a supervisor takes what it needs.
FEW = ["prlimit", "--nofile=64:4096"]
LISTEN = {"connections_max": str(PLACES), "half_open_max": str(EACH)}


@case("crowd: silent ones of five addresses do not fill a host")
def host(env, t):
    with World(env, t, command="paint", config={"listen": LISTEN}) as world:
        world.prefix = FEW
        world.begin()
        get_in(world, t, world.port, world.host.output,
               lambda: len(world.gates()))


@case("crowd: silent ones of five addresses do not fill a guard")
def guard(env, t):
    with GuardWorld(env, t, command="paint",
                    guard_config={"listen": LISTEN}) as world:
        world.guard_prefix = FEW
        world.begin()
        get_in(world, t, world.guard_port, world.guard.output,
               lambda: len(guards(world, "shoji-host-gate")))
