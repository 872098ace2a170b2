# SPDX-License-Identifier: GPL-3.0-or-later
"""What crossed is written down at both ends, and what was changed is seen."""
import base64
import hashlib
import os
import shutil
import subprocess
import time

import ledger_reference
import procs
from guard_world import GuardWorld
from tap import case, wait_until
from world import World

SUITE = "isolation"

RECORD = 512
AGREE, DAMAGED, INCOMPLETE = 0, 3, 5
ALL_SHOWN = "AGREE: both ends shown of 2 of 2 connections"


def fingerprint(path):
    """SHA-256 of the 32 bytes of the public key in path."""
    with open(path, encoding="ascii") as file:
        public = base64.b64decode(file.read().split("-----")[2])
    return hashlib.sha256(public[-32:]).hexdigest()


class Ledgers:
    """What a world needs to keep and to judge ledgers."""

    def keygen(self, name):
        base = self.path(name)
        subprocess.run([self.env.program("shoji-verify"), "keygen", base],
                       check=True, capture_output=True)
        return {"file": base + ".ledger", "keys": base, "heartbeat_s": 1}

    def viewer_config(self, name):
        path = self.path(name + ".ini")
        with open(path, "w", encoding="utf-8") as file:
            file.write("[ledger]\n" + "".join(
                f"{key} = {value}\n"
                for key, value in self.keygen(name).items()))
        return path

    def ledger(self, name):
        return self.path(name + ".ledger")

    def writer(self, root=None):
        found = procs.find("shoji-ledger", root)
        return found[0] if found else 0

    def verify(self, *words):
        """(status, text) of shoji-verify ledger."""
        done = subprocess.run(
            [self.env.program("shoji-verify"), "ledger", *words],
            capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def copy(self, name, new, *more):
        """A ledger and its keys under another name, for tampering."""
        for ending in ("ledger", "pub", "first", *more):
            shutil.copy(self.path(f"{name}.{ending}"),
                        self.path(f"{new}.{ending}"))
        return self.ledger(new)

    def play(self, *steps, config=None, user="tanaka"):
        options = ["--config", config] if config else []
        proc = self.headless(*options, *steps, user=user)
        return proc, proc.wait(60)


class Kept(Ledgers, World):
    """A world whose host keeps a ledger, and whose viewers may."""

    def __init__(self, env, t, command="paint"):
        super().__init__(env, t, command=command)
        self.extra["ledger"] = self.keygen("host")


class KeptThrice(Ledgers, GuardWorld):
    """Host, guard and viewers that each keep a ledger."""

    def __init__(self, env, t):
        super().__init__(env, t, command="paint")
        self.extra["ledger"] = self.keygen("host")
        self.guard_extra["ledger"] = self.keygen("guard")


def spoil(path, change):
    with open(path, "rb") as file:
        data = file.read()
    rows = [data[at:at + RECORD] for at in range(0, len(data), RECORD)]
    with open(path, "wb") as file:
        file.write(b"".join(change(rows)))


def altered(rows):
    at = len(rows) // 2
    row = bytearray(rows[at])
    row[30] ^= 1
    return rows[:at] + [bytes(row)] + rows[at + 1:]


def cases_of(world):
    """Kinds of tampering: name, change, options of the judge."""
    keys = ("--keys", world.path("host"))
    return [("a record was altered", altered, ()),
            ("a record was removed", lambda rows: rows[:4] + rows[5:], ()),
            ("two records changed places",
             lambda rows: rows[:4] + [rows[5], rows[4]] + rows[6:], ()),
            ("a record was written twice",
             lambda rows: rows[:5] + rows[4:], ()),
            ("the end was cut off", lambda rows: rows[:-3], keys),
            ("a session was left out",
             lambda rows: [row for row in rows if row[7] not in (2, 3, 4)],
             ())]


@case("ledger: a session stands in both ledgers, and they agree", limit_s=120)
def agree(env, t):
    with Kept(env, t) as world:
        config = world.viewer_config("viewer")
        world.begin()
        _, status = world.play("--type", "hello", "--click", "300,300",
                               "--until-quiet", "300", config=config)
        t.equal(status, 0, "a session with typing ends well")
        _, status = world.play("--type", "again", "--until-quiet", "300",
                               config=config)
        t.equal(status, 0, "and another one")
        world.host.stop()
        ledgers = [world.ledger("host"), world.ledger("viewer")]
        status, text = world.verify(*ledgers)
        t.equal(status, AGREE, "the two ledgers agree")
        t.note(text)
        t.ok("nothing else crossed" in text and "通っていません" in text,
             "which is said in both languages", text)
        t.ok(ALL_SHOWN in text, "both sessions were seen twice", text)
        t.ok(all("key " + fingerprint(path[:-7] + ".pub") in text
                 for path in ledgers), "each ledger's key is named", text)
        rows = [ledger_reference.read(path) for path in ledgers]
        t.equal([ledger_reference.judge(path, path[:-7] + ".first")
                 for path in ledgers], ["", ""],
                "a second reader finds the same chain and macs")
        t.equal(ledger_reference.keys_of(rows[0]),
                ledger_reference.keys_of(rows[1]),
                "as many keys arrived as were sent")
        t.equal(ledger_reference.keys_of(rows[0]), 20,
                "presses and releases of ten letters")
        check_redacted(world, t, ledgers)
        check_keys(world, t)
        check_tampering(world, t)


def check_redacted(world, t, ledgers):
    status, text = world.verify("--redact", *ledgers)
    t.equal(status, AGREE, "redacted, the verdict is the same")
    t.ok(world.folder not in text and "T0" not in text and "T1" not in text
         and "T2" not in text and "key " not in text.split("sessions")[0],
         "without paths, keys and times of day", text)


def check_keys(world, t):
    """What stands beside a ledger and cannot be read makes no verdict mild."""
    path = shutil.copy(world.ledger("host"), world.path("beside.ledger"))
    for ending in ("pub", "first", "state"):
        os.mkdir(world.path("beside." + ending))
        status, text = world.verify(path)
        t.ok(status == 2 and f"beside.{ending}" in text and
             "ok" not in text.replace(world.folder, ""),
             f"a .{ending} that is no file: said", text)
        os.rmdir(world.path("beside." + ending))
    status, text = world.verify("--keys", world.path("typo"), path)
    t.ok(status == 2 and "typo: there is no .pub" in text,
         "keys that are not there: said", text)


def check_tampering(world, t):
    for name, change, options in cases_of(world):
        path = world.copy("host", "changed")
        spoil(path, change)
        status, text = world.verify(*options, path, world.ledger("viewer"))
        t.equal(status, DAMAGED, name + ": seen")
        t.ok("!!" in text, name + ": named", text)


@case("ledger: a browser stands in both ledgers", limit_s=180)
def browser(env, t):
    with Kept(env, t, command=None) as world:
        config = world.viewer_config("viewer")
        world.begin("/form")
        _, status = world.play("--until-quiet", "400", "--click", "300,200",
                               "--type", "shoji", "--wheel", "400,400,3",
                               "--until-quiet", "300", config=config)
        t.equal(status, 0, "somebody types into Chromium and scrolls")
        world.host.stop()
        status, text = world.verify(world.ledger("host"),
                                    world.ledger("viewer"))
        t.equal(status, AGREE, "the two ledgers agree")
        t.note(text)
        rows = ledger_reference.read(world.ledger("host"))
        t.equal(ledger_reference.keys_of(rows), 10,
                "presses and releases of five letters")


@case("ledger: host, guard and viewer agree", limit_s=120)
def three(env, t):
    with KeptThrice(env, t) as world:
        config = world.viewer_config("viewer")
        world.begin()
        proc, status = world.play("--type", "hello", "--click", "300,300",
                                  "--until-quiet", "300", config=config)
        t.equal(status, 0, "a session through the guard ends well",)
        t.note(proc.output())
        t.must_wait(lambda: "closed number=1" in world.guard.output(),
                    "the guard has closed it", 10, world.guard.output)
        world.guard.stop()
        world.host.stop()
        ledgers = [world.ledger(name) for name in ("host", "guard", "viewer")]
        status, text = world.verify(*ledgers)
        t.equal(status, AGREE, "the three ledgers agree")
        t.note(text)
        t.ok(ALL_SHOWN in text, "each of both connections, twice", text)
        t.ok("From viewer terminal to guard went 10 key events" in text and
             "From guard to rendering host went 10 key events" in text,
             "what crossed each line is said", text)
        status, text = world.verify(ledgers[0], ledgers[2])
        t.equal(status, INCOMPLETE, "without the guard's, nothing is joined")
        path = world.copy("guard", "changed")
        spoil(path, altered)
        status, _ = world.verify(ledgers[0], path, ledgers[2])
        t.equal(status, DAMAGED, "a changed one is seen")


@case("ledger: a connection that never became a session agrees",
      limit_s=120)
def never_began(env, t):
    with KeptThrice(env, t) as world:
        config = world.viewer_config("viewer")
        world.begin()
        _, status = world.play("--type", "hello", "--until-quiet", "300",
                               config=config)
        t.equal(status, 0, "a session through the guard ends well")
        world.host.stop()
        proc, _ = world.play("--type", "x", config=config)
        t.ok("E601" in proc.output(),
             "without a host the guard refuses", proc.output)
        t.must_wait(lambda: "closed number=2" in world.guard.output(),
                    "the guard has closed it", 10, world.guard.output)
        world.guard.stop()
        ledgers = [world.ledger(name) for name in ("host", "guard", "viewer")]
        status, text = world.verify(*ledgers)
        t.equal(status, AGREE, "the three ledgers agree")
        t.note(text)


@case("ledger: a guard that cannot write lets nobody through", limit_s=120)
def guard_side(env, t):
    with KeptThrice(env, t) as world:
        config = world.viewer_config("viewer")
        world.begin()
        running = world.headless("--wait", "30000", user="suzuki")
        t.must_wait(lambda: "join number=1" in world.guard.output(),
                    "one session runs", 20, world.guard.output)
        # A word can only be said behind the handshakes.
        time.sleep(2)
        first = world.writer(world.guard.pid)
        world.kill(first)
        running.wait(20)
        t.ok("E505" in running.output(), "without its writer it is ended",
             running.output)
        t.must_wait(lambda: "ledger ready=yes" in world.guard.output(),
                    "a new writer gets ready", 20, world.guard.output)
        _, status = world.play("--type", "x", "--until-quiet", "300",
                               config=config)
        t.equal(status, 0, "users are let in again")
        world.forget(world.guard)
        spoil(world.ledger("guard"), lambda rows: rows[:-2])
        seen = len(world.events("connect"))
        world.begin_guard()
        proc, _ = world.play("--type", "x", config=config)
        t.ok("E505" in proc.output(), "with a ledger cut back: E505",
             proc.output)
        t.equal(len(world.events("connect")), seen,
                "and the host is not even called")


@case("ledger: rolled back behind the writer, nobody is let in", limit_s=120)
def rolled_back(env, t):
    with Kept(env, t) as world:
        config = world.viewer_config("viewer")
        world.begin()
        world.play("--type", "one", "--until-quiet", "300", config=config)
        world.host.stop()
        shutil.copy(world.ledger("host"), world.path("older"))
        shutil.copy(world.path("host.state"), world.path("older.state"))
        world.begin()
        world.play("--type", "two", "--until-quiet", "300", config=config)
        world.host.stop()
        witness = world.path("witness")
        with open(witness, "w", encoding="utf-8") as file:
            file.write(world.host.output())
        shutil.copy(world.path("older"), world.ledger("host"))
        world.begin()
        proc, _ = world.play("--type", "x", config=config)
        t.ok("E505" in proc.output(), "the user is told E505", proc.output)
        t.ok("cut back" in world.host.output(), "and the log says why",
             world.host.output)
        world.host.stop()
        # The state was rolled back too: the writer cannot know.
        shutil.copy(world.path("older.state"), world.path("host.state"))
        world.begin()
        world.host.stop()
        both = [world.ledger("host"), world.ledger("viewer")]
        status, text = world.verify(*both)
        t.ok(status == DAMAGED and "does not have this session" in text,
             "the viewer's ledger knows of more", text)
        status, text = world.verify("--witness", witness, *both)
        t.ok(status == DAMAGED and "witness" in text,
             "a witness line sees it", text)
        t.ok("witness lines " in text and "witness lines 0 of 0" in text,
             "and it is said how many were seen", text)


class OwnDisk:
    """A disk of 1 MiB for one process and its children."""

    def make_disk(self):
        self.disk = self.path("disk")
        os.mkdir(self.disk)

    def with_disk(self):
        """Words before that process: a mount that only it has."""
        mount = 'mount -t tmpfs -o size=1m tmpfs "$0" && exec '
        if os.geteuid() == 0:
            return ["unshare", "--mount", "sh", "-c", mount + '"$@"',
                    self.disk]
        return ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
                mount + 'unshare --user --map-user=1000 --map-group=1000 "$@"',
                self.disk]

    def inside(self, name):
        return f"/proc/{self.keeper()}/root{self.disk}/{name}"

    def fill(self):
        """Takes all that is left."""
        with open(self.inside("filler"), "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                return


class Small(OwnDisk, Kept):
    """A host whose ledger is on a disk of its own."""

    def __init__(self, env, t):
        super().__init__(env, t)
        self.make_disk()
        self.extra["ledger"]["file"] = self.disk + "/host.ledger"

    def give_to_user(self):
        return self.with_disk()

    def keeper(self):
        return self.supervisor()


class SmallGuard(OwnDisk, KeptThrice):
    """A guard whose ledger is on a disk of its own."""

    def __init__(self, env, t):
        super().__init__(env, t)
        self.make_disk()
        self.guard_extra["ledger"]["file"] = self.disk + "/guard.ledger"
        self.guard_prefix = self.with_disk()

    def keeper(self):
        return self.guard.pid


@case("ledger: a full disk refuses the session and says so", limit_s=120)
def full(env, t):
    with Small(env, t) as world:
        config = world.viewer_config("viewer")
        world.begin()
        running = world.headless("--wait", "6000", "--until-quiet", "300",
                                 user="suzuki")
        t.must_wait(lambda: world.events("attach"), "one session runs", 20,
                    world.host.output)
        world.fill()
        t.must_wait(lambda: "ledger room error" in world.host.output(),
                    "the writer notices that the disk is full", 20,
                    world.host.output)
        proc, _ = world.play("--type", "x", config=config)
        t.ok("E505" in proc.output(), "a second user is refused with E505",
             proc.output)
        t.ok("not-kept" in world.host.output() and
             "code=505" in world.host.output(), "the log says so",
             world.host.output)
        t.equal(running.wait(60), 0, "the session that ran is untouched")
        t.must_wait(lambda: world.events("disconnect"), "it has ended")
        # Several heartbeats of a second have found the same.
        t.equal(world.host.output().count("ledger room error"), 1,
                "the log says once that the disk is full")
        os.unlink(world.inside("filler"))
        t.must_wait(lambda: "ledger room again=yes" in world.host.output(),
                    "and that it is no longer", 20, world.host.output)
        _, status = world.play("--type", "x", "--until-quiet", "300",
                               config=config)
        t.equal(status, 0, "with room again, users are let in")
        # Of a running ledger the state is copied first.
        for ending in ("state", "pub", "first"):
            shutil.copy(world.path("host." + ending),
                        world.path("early." + ending))
        shutil.copy(world.inside("host.ledger"), world.ledger("early"))
        world.host.stop()
        status, text = world.verify(world.ledger("early"),
                                    world.ledger("viewer"))
        t.ok("!!" not in text and status == INCOMPLETE,
             "the ledger has both sessions whole", text)
        t.ok(text.count("keys") >= 2 and "refused" in text, "and counts",
             text)


@case("ledger: a full disk of a guard refuses the session and says so",
      limit_s=120)
def guard_full(env, t):
    with SmallGuard(env, t) as world:
        config = world.viewer_config("viewer")
        world.begin()
        running = world.headless("--wait", "6000", "--until-quiet", "300",
                                 user="suzuki")
        t.must_wait(lambda: "join number=1 " in world.guard.output(),
                    "one session runs", 20, world.guard.output)
        world.fill()
        t.must_wait(lambda: "ledger room error" in world.guard.output(),
                    "the writer notices that the disk is full", 20,
                    world.guard.output)
        seen = len(world.events("connect"))
        proc, _ = world.play("--type", "x", config=config)
        t.ok("E505" in proc.output(), "a second user is refused with E505",
             proc.output)
        t.ok("code=505" in world.guard.output(), "the log says so",
             world.guard.output)
        t.equal(len(world.events("connect")), seen,
                "the host is not even called")
        t.equal(running.wait(60), 0, "the session that ran is untouched")
        os.unlink(world.inside("filler"))
        _, status = world.play("--type", "x", "--until-quiet", "300",
                               config=config)
        t.equal(status, 0, "with room again, users are let in")


@case("ledger: without its writer a terminal connects to nothing", limit_s=90)
def viewer_side(env, t):
    with Kept(env, t) as world:
        config = world.viewer_config("viewer")
        world.begin()
        os.remove(world.path("viewer.state"))
        proc, status = world.play("--type", "x", config=config)
        t.ok(status == 2 and "E605" in proc.output(), "E605, and no session",
             proc.output)
        t.equal(world.events("connect"), [], "the host saw nobody")


@case("ledger: a writer that dies ends what it can no longer write",
      limit_s=120)
def killed(env, t):
    with Kept(env, t) as world:
        config = world.viewer_config("viewer")
        world.begin()
        running = world.headless("--wait", "30000", user="suzuki")
        t.must_wait(lambda: world.events("attach"), "one session runs", 20)
        first = world.writer(world.host.pid)
        world.kill(first)
        running.wait(20)
        t.ok("E505" in running.output() and "E100" not in running.output(),
             "the running session ends with E505", running.output)
        t.must_wait(lambda: world.writer(world.host.pid) not in (0, first),
                    "a new writer is started", 20)
        t.must_wait(lambda: "ledger ready=yes" in world.host.output(),
                    "and gets ready", 20)
        _, status = world.play("--type", "x", "--until-quiet", "300",
                               config=config)
        t.equal(status, 0, "users are let in again")
        world.host.stop()
        status, text = world.verify(world.ledger("host"),
                                    world.ledger("viewer"))
        t.equal(status, INCOMPLETE, "the gap is no tampering, and no peace")
        t.ok("without a stop before" in text and
             "session without an end" in text, "it is named", text)


@case("ledger: one that is moved is told while nobody logs in", limit_s=60)
def told(env, t):
    with Kept(env, t) as world:
        world.begin()
        os.rename(world.ledger("host"), world.path("away"))
        t.ok(wait_until(lambda: "moved, exchanged" in world.host.output(),
                        15), "by the log", world.host.output)


@case("ledger: the writer can reach nothing but its files", limit_s=60)
def confined(env, t):
    with Kept(env, t) as world:
        world.begin()
        pid = world.writer(world.host.pid)
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            status = dict(line.split(":\t", 1) for line in
                          file.read().splitlines() if ":\t" in line)
        t.equal((status["Seccomp"], status["NoNewPrivs"],
                 int(status["CapEff"], 16)), ("2", "1", 0),
                "seccomp, no new privileges, no capabilities")
        names = sorted(os.readlink(f"/proc/{pid}/fd/{fd}").split(":")[0]
                       for fd in os.listdir(f"/proc/{pid}/fd"))
        wanted = {"/dev/null", "pipe", "socket", world.ledger("host"),
                  world.path("host.state")}
        t.equal(set(names), wanted, "its descriptors")
        t.ok(wait_until(lambda: os.path.getsize(world.ledger("host")) >
                        4 * RECORD, 10), "its heart beats")


def say_what(env, *words):
    """(status, text) of shoji-verify, which must answer at once."""
    done = subprocess.run([env.program("shoji-verify"), *words], text=True,
                          capture_output=True, check=False, timeout=5)
    return done.returncode, done.stdout + done.stderr


@case("ledger: shoji-verify refuses what is no ledger at once")
def no_ledger(env, t):
    with World(env, t, command="paint") as world:
        fifo, empty = world.path("fifo"), world.path("empty.ledger")
        os.mkfifo(fifo)
        with open(empty, "wb"):
            pass
        for path, said in [("/dev/zero", "no regular file"),
                           (fifo, "no regular file"),
                           (world.folder, "folder"),
                           (world.path("absent"), "No such file"),
                           (empty, "empty: no record")]:
            status, text = say_what(env, "ledger", path)
            t.ok(status == 2 and f"{path}: " in text and said in text and
                 "chain ok" not in text, f"{path}: {said}", text)
        os.unlink(fifo)
        status, text = say_what(env, "keygen", world.path("twice"))
        t.equal(status, 0, f"keygen makes keys ({text[-200:]})")
        t.equal([oct(os.stat(world.path(name)).st_mode & 0o777) for name in
                 ("twice.pub", "twice.key", "twice.state", "twice.first")],
                ["0o644", "0o600", "0o600", "0o600"],
                "the public one for everybody, the others for their owner")
        t.ok("key " + fingerprint(world.path("twice.pub")) in text,
             "it says their fingerprint", text)
        status, text = say_what(env, "keygen", world.path("twice"))
        t.ok(status == 2 and "twice.key: File exists; keys are never" in text,
             "keygen does not write over keys, and says what to do", text)
        status, text = say_what(env, "ledger", world.path("twice.pub"))
        t.ok(status == 2 and "does not begin like a ledger" in text,
             "a key is no ledger", text)
        for line, said in [("", "no line `head seq=N hash=HEX`"),
                           ("info shojid listen\n", "give the log of"),
                           (f"head seq=3 hash={'0A' * 32}\n", "not whole"),
                           (f"head seq=3 hash={'00' * 31}\n", "not whole")]:
            with open(world.path("witness"), "w", encoding="ascii") as file:
                file.write(line)
            status, text = say_what(env, "ledger", "--witness",
                                    world.path("witness"), empty)
            t.ok(status == 2 and "witness: " in text and said in text,
                 f"a witness that saw nothing is refused ({line[:20]})", text)
        with open(world.path("witness"), "w", encoding="ascii") as file:
            file.write(f"info ledger head seq=3 hash={'00' * 32}\n")
        status, text = say_what(env, "ledger", "--witness",
                                world.path("witness"), empty)
        t.equal(status, DAMAGED, "an empty one whose records were seen has "
                f"been cut ({text[-300:]})")
