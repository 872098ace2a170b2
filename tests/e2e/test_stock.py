# SPDX-License-Identifier: GPL-3.0-or-later
"""Viewers of other makers: let in only where the configuration says so."""
import os
import pwd
import shutil

import hostile
from procs import Proc
from tap import case, wait_until
from world import SIZE, World

PASSWORD = "Joetsu-9942-yuki"


def tiger(world, screen, *options, env=None):
    """TigerVNC's viewer on a screen, without its menus."""
    home = world.path("tiger-home")
    os.makedirs(home, exist_ok=True)
    world.count += 1
    proc = Proc(["xtigervncviewer", *options, "-FullColor=1", "-AutoSelect=0",
                 "-PreferredEncoding=ZRLE", "-NoJPEG=1",
                 "-RemoteResize=0", "-AlertOnFatalError=0",
                 "-ReconnectOnError=0",
                 f"-X509CA={env_authority(world)}", "-X509CRL=",
                 f"localhost::{world.port}"],
                world.path(f"tiger.{world.count}.log"),
                dict(env or {}, DISPLAY=screen.display, HOME=home))
    world.things.append(proc)
    return proc


def env_authority(world):
    return world.material["authority"]


def focus(screen, name):
    """Gives the keyboard to the window with that name: no manager does."""
    for window in screen.xdotool("search", "--onlyvisible", "--name",
                                 name).split():
        screen.xdotool("windowfocus", window)


def shows_session(world, t, screen, text, index=0):
    """Checks that the session's picture is in the screen, exactly."""
    def state():
        return world.pictures.state(world.pictures.grab(screen.display))

    shown = wait_until(state, 25, 0.1)
    if not t.ok(shown, f"{text}: the session is shown"):
        return {}
    left, top = shown["left"], shown["top"]

    def same():
        seen = world.pictures.grab(screen.display, name="stock")
        # The pointer of TigerVNC is drawn by X: not part of the picture.
        return world.pictures.compare(
            seen, world.frame((shown["width"], shown["height"]), index),
            (left, top)) == 0

    t.ok(wait_until(same, 15, 0.1), f"{text}: every pixel is right")
    return shown


@case("stock: the default configuration refuses them")
def refused(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        screen = world.screen()
        proc = tiger(world, screen, "-SecurityTypes=X509None")
        t.ok(wait_until(lambda: any(row.get("reason") == 110 for row in
                                    world.events()), 15),
             "TigerVNC without a certificate is refused", world.events)
        t.equal(len(world.sessions()), 0, "no session was started")
        world.forget(proc)
        proc = tiger(world, screen, "-SecurityTypes=None,VncAuth,TLSNone")
        t.ok(wait_until(lambda: len(world.events("disconnect")) >= 2, 15),
             "so is a viewer that wants no X509", world.events)
        t.equal(len(world.events("attach")), 0, "nobody was let in")


@case("stock: TigerVNC with a throw-away session", limit_s=90)
def anonymous(env, t):
    with World(env, t, command="paint", config={
            "viewers": {"stock": "yes", "certificate": "optional"}}) as world:
        world.begin()
        screen = world.screen()
        tiger(world, screen, "-SecurityTypes=X509None")
        shown = shows_session(world, t, screen, "TigerVNC, X509None")
        if not shown:
            return
        place = shown["left"], shown["top"]

        def state():
            return world.pictures.state(world.pictures.grab(screen.display))

        focus(screen, "TigerVNC")
        screen.xdotool("mousemove", place[0] + 300, place[1] + 300, "click", 1)
        t.ok(wait_until(lambda: state().get("buttons_up") == 1, 10),
             "a click arrives", state)
        screen.xdotool("key", "d", "e", "f")
        t.ok(wait_until(lambda: state().get("presses") == 3, 10),
             "its keys arrive", state)
        # Its user copies a text on the terminal: the viewer sends cut text.
        owner = world.copy_text(screen, "秘密の文字列 secret " * 40)
        t.must(owner, "a text is copied on the terminal")
        screen.xdotool("mousemove", 5, 5, "mousemove", place[0] + 310,
                       place[1] + 310)
        screen.xdotool("key", "p")
        t.ok(wait_until(lambda: state().get("pattern") == 1, 10),
             "copying text on the terminal does not end it", state)
        shows_session(world, t, screen, "after that")
        counts = [row for row in world.events()]
        t.ok(not any(row.get("reason") == 219 for row in counts),
             "the cut text is dropped, not a violation")
        second = world.screen()
        tiger(world, second, "-SecurityTypes=X509None")
        other = shows_session(world, t, second, "a second TigerVNC", 1)
        t.ok(other and other["tag"] != shown["tag"],
             "gets a session of its own")


@case("stock: TigerVNC with a password", limit_s=90)
def password(env, t):
    with World(env, t, command="paint", config={
            "viewers": {"stock": "yes", "certificate": "optional",
                        "x509none": "no", "x509plain": "yes"}}) as world:
        world.add_password("tanaka", PASSWORD)
        world.begin()
        screen = world.screen()
        tiger(world, screen, "-SecurityTypes=X509Plain",
              env={"VNC_USERNAME": "tanaka", "VNC_PASSWORD": "wrong-" +
                   PASSWORD})
        t.ok(wait_until(lambda: any(row.get("reason") == 501 for row in
                                    world.events()), 15),
             "a wrong password is refused", world.events)
        t.equal(len(world.sessions()), 0, "no session was started")
        second = world.screen()
        tiger(world, second, "-SecurityTypes=X509Plain",
              env={"VNC_USERNAME": "tanaka", "VNC_PASSWORD": PASSWORD})
        shows_session(world, t, second, "TigerVNC, X509Plain")
        t.equal([row["user"] for row in world.sessions()], ["tanaka"],
                "the user of the password has the session")
        viewer = hostile.Viewer(world.port)
        try:
            viewer.connect({"authority": world.material["authority"]},
                           subtype=hostile.X509_PLAIN,
                           login=("suzuki", PASSWORD))
            t.ok(False, "the password is good for nobody else")
        except hostile.Closed as error:
            t.ok("E501" in str(error) or error.alert or "end" in str(error),
                 "the password is good for nobody else", error)
        viewer.close()


@case("stock: gvncviewer with a client certificate", limit_s=60)
def gvnc(env, t):
    with World(env, t, command="paint", config={
            "viewers": {"stock": "yes"}}) as world:
        world.begin()
        own = env.viewer_material("gtk")
        # It reads ~/.pki of the password file's home, whatever $HOME says.
        home = pwd.getpwuid(os.getuid()).pw_dir
        pki = world.path("pki")
        for source, place in [(own["authority"], "CA/cacert.pem"),
                              (own["crl"], "CA/cacrl.pem"),
                              (own["chain"], "gvncviewer/clientcert.pem"),
                              (own["key"],
                               "gvncviewer/private/clientkey.pem")]:
            path = os.path.join(pki, place)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copy(source, path)
        screen = world.screen()
        proc = Proc(["bwrap", "--dev-bind", "/", "/", "--tmpfs", home,
                     "--ro-bind", pki, os.path.join(home, ".pki"),
                     "gvncviewer", f"127.0.0.1:{world.port - 5900}"],
                    world.path("gvncviewer.log"),
                    {"DISPLAY": screen.display, "GDK_BACKEND": "x11"})
        world.things.append(proc)
        shown = shows_session(world, t, screen, "gvncviewer")
        t.equal([row["user"] for row in world.sessions()], ["gtk"],
                "the user of the certificate has the session")
        if not shown:
            return
        place = shown["left"], shown["top"]
        screen.xdotool("mousemove", place[0] + 200, place[1] + 200)
        screen.xdotool("key", "d", "e")
        t.ok(wait_until(lambda: world.pictures.state(world.pictures.grab(
            screen.display)).get("presses") == 2, 10), "its keys arrive")
