# SPDX-License-Identifier: GPL-3.0-or-later
"""What a viewer says of the files that its settings name."""
import os
import shutil
import socket
import subprocess

from tap import case
from world import World


class Desk:
    """Files of one viewer, to be spoiled, and a port where nobody answers."""

    def __init__(self, env, world):
        self.env = env
        self.world = world
        self.own = env.viewer_material("tanaka")

    def path(self, name):
        return self.world.path(name)

    def copy(self, kind, name, mode=0o600):
        """A copy of the file of that kind."""
        shutil.copy(self.own[kind], self.path(name))
        os.chmod(self.path(name), mode)
        return self.path(name)

    def write(self, name, text, mode=0o600):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def link(self, target, name):
        os.symlink(target, self.path(name))
        return self.path(name)

    def run(self, *words):
        done = subprocess.run([self.env.program("shoji-viewer"), *words],
                              capture_output=True, text=True, check=False,
                              timeout=30)
        return done.returncode, done.stdout + done.stderr

    def config(self, name="viewer.ini", ledger=(), **changed):
        rows = {"certificate": self.own["chain"], "key": self.own["key"],
                "authority": self.own["authority"], "crl": self.own["crl"],
                **changed}
        text = "[certificates]\n" + "".join(
            f"{key} = {value}\n" for key, value in rows.items())
        if ledger:
            text += f"[ledger]\nfile = {ledger[0]}\nkeys = {ledger[1]}\n"
        return self.write(name, text)


def bad_files(desk):
    """[(what is wrong, key of [certificates], path, words)]."""
    return [
        ("an empty certificate", "certificate", desk.write("a.pem", ""),
         ["holds no PEM block CERTIFICATE"]),
        ("words as key", "key", desk.write("b.pem", "no key\n"),
         ["holds no PEM block PRIVATE KEY"]),
        ("a revocation list as authority", "authority",
         desk.copy("crl", "c.pem"), ["holds no PEM block CERTIFICATE"]),
        ("an empty revocation list", "crl", desk.write("d.pem", ""),
         ["holds no PEM block X509 CRL"])]


OPTIONS = {"certificate": "cert", "key": "key", "authority": "ca",
           "crl": "crl"}


@case("viewer files: --check-config finds what would fail later")
def check(env, t):
    with World(env, t, command="paint") as world:
        desk = Desk(env, world)
        subprocess.run([env.program("shoji-verify"), "keygen",
                        desk.path("keys")], check=True, capture_output=True)
        ledger = (desk.path("ledger"), desk.path("keys"))
        status, text = desk.run("--check-config", "--config",
                                desk.config(ledger=ledger))
        t.equal((status, "good" in text), (0, True), f"good is: {text}")
        rows = bad_files(desk) + [
            ("a key for everybody", "key", desk.copy("key", "e.pem", 0o644),
             ["is open to every user; chmod o= it"]),
            ("a key that its group can write", "key",
             desk.copy("key", "f.pem", 0o660), ["chmod g-w it"]),
            ("a certificate that is not there", "certificate",
             desk.path("absent"), ["No such file", "correct the path"])]
        for name, key, path, words in rows:
            config = desk.config("bad.ini", **{key: path})
            line = 2 + list(OPTIONS).index(key)
            status, text = desk.run("--check-config", "--config", config)
            t.equal(status, 1, f"{name}: status 1 ({text.strip()})")
            t.ok(f"bad.ini:{line}: [certificates] {key}: {path}" in text,
                 f"{name}: names file, line, key and the file", text)
            t.ok(all(word in text for word in words), f"{name}: {words}",
                 text)
            status, text = desk.run("--check-config", "--config",
                                    desk.config(),
                                    f"--{OPTIONS[key]}", path)
            t.ok(status == 1 and f"--{OPTIONS[key]}: {path}: " in text,
                 f"{name}: of the command line, names the option", text)
        for name, kept, words in [
                ("keys that are not there", (ledger[0], desk.path("none")),
                 ["[ledger] keys", "none.key: No such file"]),
                ("a ledger behind a link",
                 (desk.link(ledger[0], "link"), ledger[1]),
                 ["[ledger] file", "link: is a symbolic link; name the file "
                  "itself"])]:
            status, text = desk.run("--check-config", "--config",
                                    desk.config("bad.ini", ledger=kept))
            t.equal(status, 1, f"{name}: status 1")
            t.ok(all(word in text for word in words), f"{name}: {words}",
                 text)


@case("viewer files: a file that is no PEM is named before any connection")
def start(env, t):
    with World(env, t, command="paint") as world, \
            socket.create_server(("127.0.0.1", 0)) as nobody:
        desk = Desk(env, world)
        nobody.setblocking(False)
        host = f"127.0.0.1:{nobody.getsockname()[1]}"
        for name, key, path, words in bad_files(desk):
            status, text = desk.run(
                "--headless", "--lang", "en", "--config",
                desk.config("bad.ini", **{key: path}), host)
            first, second, *_ = text.splitlines() + ["", ""]
            t.ok(status == 1 and path in first and words[0] in first and
                 "; name the" in first, f"{name}: status 1, the file first",
                 text)
            t.ok(f"--{OPTIONS[key]} " in second, f"{name}: the option next",
                 text)
            t.ok("E111" not in text and "E118" not in text and
                 "E120" not in text, f"{name}: nobody else is blamed", text)
        for path in (world.folder, "/dev/null"):
            status, text = desk.run(
                "--headless", "--lang", "en", "--config",
                desk.config("bad.ini", authority=path), host)
            t.ok(status == 1 and
                 f"{path}: is not a file; correct the path" in text,
                 f"{path}: is called no file", text)
        try:
            nobody.accept()
            t.ok(False, "no connection was tried")
        except BlockingIOError:
            t.ok(True, "no connection was tried")


@case("viewer files: a PEM that is none within is named by the gate")
def within(env, t):
    with World(env, t, command="paint") as world:
        desk = Desk(env, world)
        world.begin()
        for kind, label, words in [
                ("chain", "CERTIFICATE", "chain holds no certificate"),
                ("key", "PRIVATE KEY", "key holds no private key"),
                ("authority", "CERTIFICATE", "authority holds no certificate"),
                ("crl", "X509 CRL", "crl holds no revocation list")]:
            path = desk.write("framed.pem", f"-----BEGIN {label}-----\nAAAA\n"
                              f"-----END {label}-----\n")
            proc = world.headless(material={**desk.own, kind: path})
            proc.wait(60)
            text = proc.output()
            t.ok(f'viewer-gate tls text="{words}' in text,
                 f"{kind}: the gate says what it is", text)
            t.ok(("E118" if kind in ("chain", "key") else "E600") in text and
                 "この端末" in text, f"{kind}: it is this terminal's", text)


@case("viewer files: a start warns of a key for everybody, and goes on")
def warn(env, t):
    with World(env, t, command="paint") as world:
        desk = Desk(env, world)
        world.begin()
        path = desk.copy("key", "open.pem", 0o644)
        proc = world.headless("--until-quiet", "300",
                              material={**desk.own, "key": path})
        t.equal(proc.wait(60), 0, "the session is made")
        t.ok(f'secret error="{path}: is open to every user; chmod o= it"'
             in proc.output(), "and the key is named", proc.output)


@case("viewer files: a ledger behind a link is called that by a start")
def link(env, t):
    with World(env, t, command="paint") as world:
        desk = Desk(env, world)
        world.begin()
        subprocess.run([env.program("shoji-verify"), "keygen",
                        desk.path("keys")], check=True, capture_output=True)
        kept = (desk.link(desk.path("ledger"), "link"), desk.path("keys"))
        proc = world.headless("--config", desk.config(ledger=kept),
                              "--until-quiet", "300")
        proc.wait(60)
        t.ok(f"{kept[0]}: is a symbolic link; name the file itself" in
             proc.output(), "the viewer says so", proc.output)
