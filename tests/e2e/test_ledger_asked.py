# SPDX-License-Identifier: GPL-3.0-or-later
"""What crossed for one user, on one day: shoji-verify --user, --day; what is
asked of a ledger that new keys began."""
import datetime
import hashlib
import os
import shutil

from tap import case
from test_ledger import (AGREE, ALL_SHOWN, DAMAGED, INCOMPLETE, Kept,
                         KeptThrice, altered, spoil)


def short_hash(user):
    uri = f"urn:shoji:lgwan:viewer:{user}"
    return hashlib.sha256(uri.encode("ascii")).hexdigest()[:12]


@case("ledger asked: of one user, with that terminal's ledger alone",
      limit_s=120)
def of_user(env, t):
    with Kept(env, t) as world:
        config = world.viewer_config("viewer")
        world.begin()
        _, status = world.play("--type", "hello", "--until-quiet", "300",
                               config=config)
        t.equal(status, 0, "a session of tanaka")
        _, status = world.play("--type", "x", "--until-quiet", "300",
                               user="suzuki")
        t.equal(status, 0, "and one of suzuki, whose terminal keeps none")
        world.host.stop()
        both = [world.ledger("host"), world.ledger("viewer")]
        status, text = world.verify(*both)
        t.equal(status, INCOMPLETE, "in all it is incomplete")
        t.ok(all("  user " + short_hash(user) in text
                 for user in ("tanaka", "suzuki")),
             "each session names its user by a hash", text)
        status, text = world.verify("--user", "tanaka", *both)
        t.equal(status, AGREE, "of tanaka the ledgers agree")
        t.note(text)
        t.ok("From viewer terminal to rendering host went 10 key" in text and
             "of user lgwan:tanaka alone. Others, left out of the list and "
             "the sums: 1." in text and "利用者 lgwan:tanaka の" in text,
             "with the keys of tanaka alone, and the words for it", text)
        for user, said in [("suzuki", "0 of 1"), ("nobody", "0 of 0"),
                           ("lab:tanaka", "0 of 0")]:
            status, text = world.verify("--user", user, *both)
            t.ok(status == INCOMPLETE and f"of {said} connections" in text,
                 f"{user}: {said}", text)
        status, text = world.verify("--redact", "--user", "tanaka", *both)
        t.ok(status == AGREE and "tanaka" not in text and
             short_hash("tanaka") not in text and "of one user" in text,
             "redacted, nobody is named", text)
        changed = world.copy("host", "changed")
        spoil(changed, altered)
        status, _ = world.verify("--user", "nobody", changed, both[1])
        t.equal(status, DAMAGED, "what was changed is seen all the same")
        check_day(world, t, both)


def check_day(world, t, both):
    """The host began today: what was before on this day, nobody knows."""
    now = datetime.datetime.now(datetime.timezone.utc)
    for day, said in [(now, "of 1 of 2 connections on"),
                      (now - datetime.timedelta(3), "of 0 of 0 connections")]:
        date = day.strftime("%Y-%m-%d")
        status, text = world.verify("--day", date, *both)
        t.ok(status == INCOMPLETE and said in text and
             "does not reach over the whole day" in text and
             f"on {date} (UTC)" in text, f"{said}: {date}", text)


@case("ledger asked: a user through a guard, on every line", limit_s=120)
def through_guard(env, t):
    with KeptThrice(env, t) as world:
        config = world.viewer_config("viewer")
        world.begin()
        proc, status = world.play("--type", "hello", "--until-quiet", "300",
                                  config=config)
        t.equal(status, 0, "a session through the guard ends well")
        t.must_wait(lambda: "closed number=1" in world.guard.output(),
                    "the guard has closed it", 10, world.guard.output)
        world.guard.stop()
        world.host.stop()
        ledgers = [world.ledger(name) for name in ("host", "guard", "viewer")]
        status, text = world.verify("--user", "tanaka", *ledgers)
        t.ok(status == AGREE and ALL_SHOWN in text and
             text.count("  user lgwan:tanaka  ") == 2,
             "both connections are of that user", text)
        status, text = world.verify("--user", "suzuki", *ledgers)
        t.ok("of 0 of 0 connections" in text, "and of nobody else", text)
        status, text = world.verify("--user", "tanaka", *ledgers[1:])
        t.ok(status == INCOMPLETE and "of 1 of 2 connections" in text,
             "a guard's ledger knows the user of both of its sides", text)


def taken_over(world, env):
    """A folder of programs whose inner gate speaks for suzuki."""
    folder = world.path("taken-over")
    os.makedirs(folder)
    for kind in ("host", "viewer", "guard", "certs"):
        for name in os.listdir(os.path.join(env.build, kind)):
            path = os.path.join(env.build, kind, name)
            if name.startswith("shoji") and os.path.isfile(path):
                os.symlink(path, os.path.join(folder, name))
    gate = os.path.join(folder, "shoji-viewer-gate")
    os.rename(gate, os.path.join(folder, "real-viewer-gate"))
    support = os.path.join(os.path.dirname(__file__), "..", "support")
    shutil.copy(os.path.join(support, "other_user_gate.py"), gate)
    return folder


@case("ledger asked: a guard that spoke for another than its viewer is seen",
      limit_s=120)
def other_user(env, t):
    with KeptThrice(env, t) as world:
        config = world.viewer_config("viewer")
        world.guard_extra["paths"] = {"libexec": taken_over(world, env)}
        world.begin()
        proc, status = world.play("--type", "hello", "--until-quiet", "300",
                                  config=config)
        t.equal(status, 0, "tanaka gets a session")
        t.note(proc.output())
        t.must_wait(lambda: "closed number=1" in world.guard.output(),
                    "the guard has closed it", 10, world.guard.output)
        t.equal([row["user"] for row in world.events("connect")], ["suzuki"],
                "to the host it is suzuki's")
        world.guard.stop()
        world.host.stop()
        ledgers = [world.ledger(name) for name in ("host", "guard", "viewer")]
        for words in ((), ("--user", "tanaka"), ("--user", "suzuki")):
            status, text = world.verify(*words, *ledgers)
            t.equal(status, DAMAGED, f"{words}: a contradiction")
            t.ok("!! B-A " in text and "別の利用者" in text and
                 "another user than the guard's viewer was" in text and
                 text.count("\n!! ") == 2, f"{words}: named", text)


@case("ledger asked: a guard of another zone than its viewers keeps none",
      limit_s=120)
def other_zone(env, t):
    with KeptThrice(env, t) as world:
        world.host_side = world.inner.issue("guard", "guard-of-lab",
                                            "127.0.0.1", "--zone", "lab")
        world.extra["tls"] = {"zone": "lab"}
        kept = world.guard_extra.pop("ledger")
        world.begin()
        _, status = world.play("--type", "x", "--until-quiet", "300")
        t.equal(status, 0, "a session through a guard without a ledger")
        world.forget(world.guard)
        world.guard_extra["ledger"] = kept
        world.begin_guard()
        proc, status = world.play("--type", "x")
        t.ok("E503" in proc.output() and "chain is of another zone" in
             world.guard.output(), "with one nobody is let in (E503), and why",
             lambda: proc.output() + world.guard.output())


@case("ledger asked: nothing that is older than it is asked of a new one",
      limit_s=120)
def new_keys(env, t):
    with KeptThrice(env, t) as world:
        world.begin()
        _, status = world.play("--type", "one", "--until-quiet", "300")
        t.equal(status, 0, "a session through the guard")
        t.must_wait(lambda: "closed number=1" in world.guard.output(),
                    "the guard has closed it", 10, world.guard.output)
        world.forget(world.guard)
        world.guard_extra["ledger"] = world.keygen("renewed")
        world.begin_guard()
        _, status = world.play("--type", "two", "--until-quiet", "300")
        t.equal(status, 0, "and one when the guard has other keys")
        t.must_wait(lambda: "closed number=1" in world.guard.output(),
                    "the guard has closed it", 10, world.guard.output)
        world.guard.stop()
        world.host.stop()
        host, old, new = (world.ledger(name)
                          for name in ("host", "guard", "renewed"))
        status, text = world.verify(host, new)
        t.ok(status == INCOMPLETE and "older than the other end's" in text,
             "the first one is not demanded of the new ledger", text)
        status, text = world.verify(host, old, new)
        t.ok("!!" not in text and "of 2 of 4 connections" in text,
             "with both ledgers, both have their other end", text)
        status, text = world.verify("--keys", world.path("guard"), new)
        t.ok(status == DAMAGED and "belongs to another ledger" in text,
             "with the auditor's keys of before, the change is seen", text)
