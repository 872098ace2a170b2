# SPDX-License-Identifier: GPL-3.0-or-later
"""A guard between host and viewer: sessions through it, and their ends."""
import os
import signal

import procs
from guard_world import (GuardWorld, inner_authority, issued,
                         outer_authority)
from hostile import X509_NONE, X509_PLAIN, Closed, Viewer
from relay import Relay
from tap import case, wait_until
from test_chromium import begin as begin_chromium
from test_kill import host_processes
from world import SIZE

SUITE = "isolation"


def begin(world, t, viewer=None, **options):
    """A viewer through the guard that shows a picture, and its state."""
    viewer = viewer or world.viewer(**options)
    state = viewer.wait_state(limit_s=20)
    t.must(state, "a picture is shown through the guard", viewer.output)
    return viewer, state


def guards(world, name):
    """Numbers of the processes called name below shoji-guard."""
    return procs.find(name, world.guard.pid)


@case("guard: every pixel of a session, and keys")
def every_pixel(env, t):
    with GuardWorld(env, t, command="paint") as world:
        world.begin()
        viewer, state = begin(world, t)
        t.equal((state["width"], state["height"]), SIZE,
                "the session has the size of the viewer")
        unequal, _seen = viewer.equals_frame(SIZE)
        t.equal(unequal, 0, "the first picture equals the framebuffer")
        for key, what in [("p", "smooth gradients"), ("p", "stripes"),
                          ("n", "noise over the whole screen"),
                          ("b", "a square of 64x64"), ("b", "a second square"),
                          ("s", "a scroll of noise"), ("c", "another pointer")]:
            before = viewer.state().get("presses", 0)
            viewer.key(key)
            t.must(viewer.wait_state(lambda now: now["presses"] > before),
                   f"the key for {what} arrives")
            unequal, _seen = viewer.equals_frame(SIZE)
            t.equal(unequal, 0, f"{what}: equal")
        viewer.move(500, 600)
        t.ok(viewer.wait_state(lambda now: (now["x"], now["y"]) == (500, 600)),
             "pointer motion arrives")


@case("guard: two resizes of the window")
def resize(env, t):
    with GuardWorld(env, t, command="paint") as world:
        world.begin()
        viewer, first = begin(world, t)
        _left, _top, width, height = viewer.geometry()
        for wide, high in [(1211, 777), (801, 603)]:
            viewer.resize(width - SIZE[0] + wide, height - SIZE[1] + high)
            t.ok(viewer.wait_state(lambda now, wide=wide, high=high:
                                   (now["width"], now["height"]) ==
                                   (wide, high)),
                 f"the session follows to {wide}x{high}", viewer.state)
            unequal, _seen = viewer.equals_frame((wide, high))
            t.equal(unequal, 0, f"equal at {wide}x{high}")
        t.equal(viewer.state().get("tag"), first["tag"],
                "it is the same session")


@case("guard: a line that breaks on either side resumes")
def cut(env, t):
    with GuardWorld(env, t, command="paint") as world:
        near = Relay(lambda: world.guard_port)
        far = Relay(lambda: world.port)
        world.things += [near, far]
        world.guard_extra["host"] = {"address": f"127.0.0.1:{far.port}"}
        world.begin()
        viewer, first = begin(world, t, port=near.port)
        for count, relay, name in [(1, near, "viewer's"), (2, far, "host's")]:
            before = relay.connections
            relay.cut()
            t.ok(wait_until(lambda r=relay, b=before: r.connections > b, 20),
                 f"{name} side: connected again", viewer.output)
            t.ok(viewer.wait_state(limit_s=20),
                 f"{name} side: the picture comes back", viewer.output)
            viewer.key("d")
            state = viewer.wait_state(lambda now, n=count:
                                      now["presses"] == n)
            t.equal(state.get("tag"), first["tag"],
                    f"{name} side: of the same session")
        t.equal(viewer.equals_frame()[0], 0, "every pixel is right again")


@case("guard: ends and refusals pass as numbers")
def ends(env, t):
    with GuardWorld(env, t, command="paint") as world:
        world.begin()
        viewer, _state = begin(world, t)
        second, _state = begin(world, t)
        t.ok(viewer.wait_reason(404), "taken over: the first is told",
             viewer.output)
        second.key("q")
        t.ok(second.wait_reason(405), "the browser ended: told",
             second.output)
        t.ok(wait_until(lambda: not world.sessions(), 10),
             "its session is gone")
        viewer, _state = begin(world, t, user="suzuki")
        world.ctl("end", "suzuki")
        t.ok(viewer.wait_reason(403), "an administrator ended it: told",
             viewer.output)
        viewer, _state = begin(world, t, user="sato")
        world.host.signal(signal.SIGTERM)
        t.ok(viewer.wait_reason(406), "the host is shut down: told",
             viewer.output)
        t.equal(world.host.wait(15), 0, "shojid ends with status 0")
        proc = world.headless(user="kato")
        t.ok(wait_until(lambda: "E601" in proc.output(), 20),
             "no host: unreachable", proc.output)
        t.ok(wait_until(lambda: not guards(world, "shoji-guard-core") and
                        not guards(world, "shoji-viewer-gate"), 10),
             "nothing of ended connections runs on",
             lambda: procs.names(procs.descendants(world.guard.pid)))
        t.ok(world.guard.is_running(), "the guard lives on")


@case("guard: signals without a meaning end nothing")
def meaningless(env, t):
    with GuardWorld(env, t, command="paint") as world:
        world.begin()
        viewer, first = begin(world, t)
        for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGPIPE):
            world.guard.signal(number)
            world.host.signal(number)
            os.kill(world.supervisor(), number)
        world.guard.signal(signal.SIGHUP)
        viewer.key("d")
        t.ok(viewer.wait_state(lambda now: now["presses"] == 1),
             "a session goes on", viewer.output)
        t.equal(viewer.state()["tag"], first["tag"], "it is the same one")
        t.ok(world.guard.is_running() and world.host.is_running(),
             "and so do both supervisors", world.guard.output)


@case("guard: kill -9 of each of its processes", limit_s=120)
def killed(env, t):
    with GuardWorld(env, t, command="paint",
                    policy={"mask_codes": "yes"}) as world:
        world.begin()
        other, still = begin(world, t, user="suzuki")
        kept = set(procs.descendants(world.guard.pid))
        viewer, first = begin(world, t)
        presses = 0
        for name in ("shoji-host-gate", "shoji-guard-core",
                     "shoji-viewer-gate", "shoji-guard-codes"):
            mine = [pid for pid in guards(world, name) if pid not in kept]
            t.must(len(mine) == 1, f"{name}: it runs", mine)
            old = [pid for pid in procs.descendants(world.guard.pid)
                   if pid not in kept]
            world.kill(mine[0])
            t.ok(wait_until(lambda old=old: not any(map(procs.is_alive, old)),
                            10), f"{name}: its connection ends whole",
                 lambda old=old: procs.names(
                     [pid for pid in old if procs.is_alive(pid)]))

            def back(count=presses + 1):
                viewer.key("d")
                return viewer.state().get("presses", 0) >= count

            t.ok(wait_until(back, 20, 0.3),
                 f"{name}: the viewer comes back by itself", viewer.output)
            state = viewer.state()
            presses = state.get("presses", 0)
            t.equal(state.get("tag"), first["tag"],
                    f"{name}: to the same session")
            t.ok(kept <= set(procs.descendants(world.guard.pid)),
                 f"{name}: the other connection is untouched")
        other.key("e")
        state = other.wait_state(lambda now: now["presses"] == 1)
        t.equal(state.get("tag"), still["tag"], "the other one still types")
        old = procs.descendants(world.guard.pid)
        world.kill(world.guard.pid)
        t.ok(wait_until(lambda: not any(map(procs.is_alive, old)), 10),
             "shoji-guard: nothing of it is left",
             lambda: procs.names([pid for pid in old
                                  if procs.is_alive(pid)]))
        world.things.remove(world.guard)
        world.begin_guard()
        state = viewer.wait_state(limit_s=30)
        t.equal(state.get("tag"), first["tag"],
                "the next shoji-guard serves the same session")


@case("guard: a host that is killed ends its sessions only", limit_s=90)
def host_killed(env, t):
    with GuardWorld(env, t, command="paint") as world:
        world.begin()
        viewer, first = begin(world, t)
        world.kill(world.supervisor())
        t.ok(viewer.wait_text("E", 20), "the viewer says so", viewer.output)
        t.ok(wait_until(lambda: not guards(world, "shoji-guard-core"), 10),
             "nothing of the connection runs on",
             lambda: procs.names(procs.descendants(world.guard.pid)))
        t.ok(wait_until(lambda: not host_processes(env), 10),
             "nothing of the host is left")
        world.begin_host()
        state = viewer.wait_state(lambda now: now["tag"] != first["tag"], 40)
        t.ok(state, "a new host is found by itself", viewer.output)


@case("guard: an authority of its own that cannot be read is its own fault")
def own_authority(env, t):
    with GuardWorld(env, t, command="paint") as world:
        path = world.path("framed.pem")
        with open(path, "w", encoding="ascii") as file:
            file.write("-----BEGIN CERTIFICATE-----\nAAAA\n"
                       "-----END CERTIFICATE-----\n")
        world.guard_extra["host"] = {"authority": path}
        world.begin()
        world.headless("--until-quiet", "200").wait(30)
        # The viewer ends before the guard has written down why.
        t.ok(wait_until(lambda: 'code=600 text="local failure"' in
                        world.guard.output(), 10),
             "the log says that it is local", world.guard.output)
        text = world.guard.output()
        t.ok('tls text="authority holds no certificate' in text,
             "and which file it is", text)
        t.ok("code=111" not in text,
             "and does not hold it against the host", text)


@case("guard: who may come, on each side")
def identities(env, t):
    with GuardWorld(env, t, command="paint") as world:
        world.begin()
        hosts, terminals = inner_authority(env), outer_authority(env)
        mine = issued(env, hosts, "viewer", "tanaka")
        proc = world.headless(material=dict(
            mine, authority=terminals.certificate, crl=terminals.crl))
        t.ok(wait_until(lambda: "E111" in proc.output(), 10),
             "the guard refuses a viewer of the hosts' side", proc.output)
        mine = issued(env, terminals, "viewer", "tanaka")
        proc = world.headless(port=world.port, material=dict(
            mine, authority=hosts.certificate, crl=hosts.crl))
        t.ok(wait_until(lambda: "E111" in proc.output(), 10),
             "the host refuses a viewer of the terminals' side", proc.output)
        mine = issued(env, terminals, "guard", "other", "127.0.0.1")
        proc = world.headless(material=mine)
        t.ok(wait_until(lambda: "E122" in proc.output(), 10),
             "the guard refuses another guard as a viewer", proc.output)
    with GuardWorld(env, t, command="paint",
                    config={"viewers": {"guard": "no"}}) as world:
        world.begin()
        proc = world.headless()
        t.ok(wait_until(lambda: "E503" in proc.output(), 10),
             "a host without [viewers] guard: refused, said", proc.output)
        t.ok(wait_until(lambda: "needs [viewers] guard = yes" in
                        world.guard.output(), 5),
             "and the guard's log says what the host needs",
             world.guard.output)


@case("guard: the host believes role guard alone, and a name alone")
def stated(env, t):
    def code_of(material, subtype, login=None):
        try:
            Viewer(world.port).connect(material, subtype, login).close()
        except Closed as error:
            return error.code or error.alert or str(error)
        return "in"

    with GuardWorld(env, t, command="paint") as world:
        world.begin()
        guard = world.host_side
        viewer = issued(env, inner_authority(env), "viewer", "tanaka")
        t.equal(code_of(guard, X509_PLAIN, ("tanaka", "")), "in",
                "a guard speaks for its user")
        t.equal([row["user"] for row in world.sessions()], ["tanaka"],
                "whose session it is")
        t.equal(world.events("connect")[-1]["role"], "guard",
                "the event log says that it was a guard")
        t.equal(code_of(guard, X509_NONE), "E502",
                "a guard that states nobody is refused")
        t.equal(code_of(guard, X509_PLAIN, ("tanaka", "secret")), "E501",
                "so is one with a password")
        for name in ("Tanaka", "a b", "-a", "x\n"):
            t.equal(code_of(guard, X509_PLAIN, (name, "")), "E501",
                    f"and one that states {name!r}")
        t.equal(code_of(viewer, X509_PLAIN, ("suzuki", "")), "E502",
                "a viewer cannot state another user")
        t.equal(code_of(viewer, X509_PLAIN, ("tanaka", "")), "E502",
                "nor itself")


@case("guard: Chromium through it, typed, resized, resumed", limit_s=150)
def chromium(env, t):
    with GuardWorld(env, t) as world:
        relay = Relay(lambda: world.guard_port)
        world.things.append(relay)
        viewer = begin_chromium(world, t, "/stay", port=relay.port)
        viewer.type("half a sen")
        row = world.pages.wait("input",
                               test=lambda row: row["text"] == "half a sen")
        t.must(row, "what is typed arrives", world.pages.last("input"))
        t.equal(viewer.equals_frame(limit_s=20)[0], 0,
                "and is shown, every pixel")
        relay.cut()
        t.ok(wait_until(lambda: relay.connections >= 2, 20),
             "cut: the viewer connects again by itself", viewer.output)
        t.equal(viewer.equals_frame(limit_s=20)[0], 0,
                "the same picture comes back")
        viewer.type("tence")
        again = world.pages.wait(
            "input", test=lambda row: row["text"] ==
            "half a sentence")
        t.equal(again and again["number"], row["number"],
                "the same page takes the rest of the text")
        _left, _top, width, height = viewer.geometry()
        viewer.resize(width - SIZE[0] + 1300, height - SIZE[1] + 800)
        row = world.pages.wait("resize", limit_s=15,
                               test=lambda row: row["outer"] == [1300, 800])
        t.ok(row, "the browser fills 1300x800", world.pages.last("resize"))
        t.equal(viewer.equals_frame((1300, 800), 15)[0], 0,
                "every pixel at 1300x800")


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file
                    if ":\t" in line)


def tcp_sockets():
    """{inode: (port here, port there)} of all TCP sockets."""
    rows = {}
    for name in ("tcp", "tcp6"):
        with open(f"/proc/net/{name}", encoding="ascii") as file:
            for line in list(file)[1:]:
                word = line.split()
                rows[word[9]] = tuple(int(end.split(":")[1], 16)
                                      for end in word[1:3])
    return rows


def held(pid):
    """(TCP sockets as pairs of ports, all descriptors from 3 on)."""
    tcp, links = tcp_sockets(), {}
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            links[int(name)] = os.readlink(f"/proc/{pid}/fd/{name}")
        except OSError:
            pass
    inodes = [link[8:-1] for link in links.values()
              if link.startswith("socket:[")]
    return ([tcp[inode] for inode in inodes if inode in tcp],
            {fd: link for fd, link in links.items() if fd > 2})


@case("guard: what each of its processes holds, seen from outside")
def confinement(env, t):
    with GuardWorld(env, t, command="paint") as world:
        world.begin()
        begin(world, t)
        found = {name: guards(world, name)[0] for name in
                 ("shoji-host-gate", "shoji-viewer-gate", "shoji-guard-core")}
        for name, pid in found.items():
            status = status_of(pid)
            t.equal((status["Seccomp"], status["NoNewPrivs"],
                     status["CapEff"].strip("0"), status["Threads"]),
                    ("2", "1", "", "1"), f"{name}: confined")
        if os.getuid() == 0:
            uids = {status_of(pid)["Uid"].split()[0]
                    for pid in found.values()}
            t.ok(len(uids) == 3 and "0" not in uids,
                 "each has a user id of its own", uids)
        tcp = {name: held(pid)[0] for name, pid in found.items()}
        t.equal([pair[0] for pair in tcp["shoji-host-gate"]],
                [world.guard_port], "the outer gate: its viewer alone")
        t.equal([pair[1] for pair in tcp["shoji-viewer-gate"]], [world.port],
                "the inner gate: its host alone")
        t.equal(tcp["shoji-guard-core"], [], "the core: no network")
        links = held(found["shoji-guard-core"])[1]
        t.ok(len(links) == 4 and all(link.startswith("socket:")
                                     for link in links.values()),
             "the core: control, two streams, input, and nothing else", links)
        t.equal([pair for pair in held(world.guard.pid)[0]
                 if pair[1] != 0], [], "shoji-guard: keeps no connection")
        maps = []
        with open(f"/proc/{found['shoji-guard-core']}/maps",
                  encoding="ascii") as file:
            maps = sorted({line.split()[-1].rsplit("/", 1)[-1]
                           for line in file if ".so" in line})
        t.ok(not any(word in name for name in maps for word in
                     ("ssl", "crypto", "xcb", "vnc")),
             "the core: no library of TLS, X or VNC is loaded", maps)


@case("guard: a revoked certificate of either side ends what runs",
      limit_s=60)
def revoked(env, t):
    inner = env.new_authority("revoking-inner")
    outer = env.new_authority("revoking-outer")
    with GuardWorld(env, t, inner=inner, outer=outer,
                    command="paint") as world:
        world.begin()
        viewer, _state = begin(world, t)
        other, _state = begin(world, t, user="suzuki")
        outer.revoke(issued(env, outer, "viewer", "suzuki"))
        t.ok(other.wait_reason(114, 10), "the viewer: told that it is revoked",
             other.output)
        t.ok(viewer.state(), "no other viewer is")
        inner.revoke(world.material)
        t.ok(viewer.wait_reason(503, 10), "the host: nobody gets in any more",
             viewer.output)
        t.ok(wait_until(lambda: "code=114" in world.guard.output(), 5),
             "the guard says why", world.guard.output)


def see_without(env, t, layer):
    """A guard without a layer is refused, or starts as it is told to."""
    with GuardWorld(env, t, command="paint",
                    policy={"mask_codes": "yes"}) as world:
        world.begin()
        world.guard.stop()
        world.things.remove(world.guard)
        lacking = [env.program("test-without"), layer]
        proc = world.start("shoji-guard", "--config",
                           world.write_guard_config(), prefix=lacking)
        t.ok(wait_until(lambda: not proc.is_running(), 10) and
             f"may_miss = {layer}" in proc.output(),
             f"without {layer}: it ends and says what would accept that",
             proc.output)
        world.forget(proc)
        # A guard has no session of a browser, so no control group either.
        world.guard_extra["confine"] = {"may_miss": [layer]}
        world.guard_prefix = lacking
        world.begin_guard()
        begin(world, t)
        # test-without is a filter itself.
        wanted = "1" if layer == "seccomp" else "2"
        for name in ("shoji-host-gate", "shoji-viewer-gate",
                     "shoji-guard-core", "shoji-guard-codes"):
            t.equal(status_of(guards(world, name)[0])["Seccomp_filters"],
                    wanted, f"without {layer}, named: {name} has the other "
                    "layers")


@case("guard: a machine without a layer is refused", limit_s=90)
def layers(env, t):
    see_without(env, t, "landlock")
    see_without(env, t, "seccomp")
