# SPDX-License-Identifier: GPL-3.0-or-later
"""What shoji-verify says of words it does not understand, and of ledgers that
are none, are named twice or are many."""
import os
import subprocess

from tap import case
from world import World

DAMAGED = 3


def say(env, *words):
    """(status, text) of shoji-verify."""
    done = subprocess.run([env.program("shoji-verify"), *words],
                          capture_output=True, text=True, check=False,
                          timeout=30)
    return done.returncode, done.stdout + done.stderr


def run(env, *words):
    return say(env, "ledger", *words)


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)
    return path


@case("verify words: a ledger without a record has no date")
def no_times(env, t):
    with World(env, t, command="paint") as world:
        witness = write(world.path("witness"),
                        b"info ledger head seq=0 hash=" + b"00" * 32 + b"\n")
        empty = write(world.path("empty.ledger"), b"")
        junk = write(world.path("junk.ledger"), b"SJLG" + bytes(508))
        for path, said in [(empty, "records none\n"), (junk, "records 0-0\n")]:
            for more in ([], ["--redact"]):
                status, text = run(env, *more, "--witness", witness, path)
                t.ok(status == DAMAGED and said in text and
                     "1970" not in text,
                     f"{os.path.basename(path)} {more}: {said!r}, no date",
                     text)


@case("verify words: each ledger is wanted once")
def once(env, t):
    with World(env, t, command="paint") as world:
        one, other = write(world.path("one"), b""), world.path("other")
        os.symlink(one, other)
        for words, said in [([one, one], f"{one} and {one} are"),
                            (["--redact", one, world.path("absent"), other],
                             f"{one} and {other} are")]:
            t.equal(run(env, *words),
                    (1, f"shoji-verify: {said} the same file; name each "
                     "ledger once\n"), "status 1, and both are named")


@case("verify words: what would never end is not read")
def endless(env, t):
    with World(env, t, command="paint") as world:
        ledger = write(world.path("a.ledger"), b"SJLG" + bytes(508))
        os.mkfifo(world.path("a.pub"))
        status, text = run(env, ledger)
        t.ok(status == 2 and "a.pub: no regular file" in text,
             "a pipe beside a ledger: status 2, named", text)
        os.unlink(world.path("a.pub"))
        status, text = run(env, "--witness", "/dev/zero", ledger)
        t.ok(status == 2 and "no regular file" in text,
             "a device: status 2, named", text)


@case("verify words: what is no ledger is none, however long it is")
def other(env, t):
    with World(env, t, command="paint") as world:
        witness = write(world.path("witness"),
                        b"info ledger head seq=0 hash=" + b"00" * 32 + b"\n")
        for size in (511, 512, 5000):
            path = write(world.path("a.ini"), b"[listen]\n" * 600)
            os.truncate(path, size)
            status, text = run(env, path)
            t.ok(status == 2 and "does not begin like a ledger" in text,
                 f"{size} bytes of a configuration: status 2", text)
            status, text = run(env, "--witness", witness, path)
            t.equal(status, DAMAGED, "where records were seen it is damaged "
                    f"({text[-200:]})")
        path = write(world.path("b"), bytes(512) + b"SJLG" + bytes(508))
        status, text = run(env, path)
        t.equal(status, DAMAGED, "so is one that only begins as none "
                f"({text[-200:]})")


@case("verify words: it says what it does not understand")
def not_understood(env, t):
    for words, said in [
            ([], "ledger or keygen"), (["judge"], "judge: unknown command"),
            (["keygen"], "BASE"), (["--version", "now"], "now: too much"),
            (["ledger"], "needs a LEDGER"),
            (["ledger", "--fast", "a"], "--fast: unknown option"),
            (["ledger", "--keys"], "--keys: needs a value"),
            (["ledger", "--keys", "a"], "--keys: needs its LEDGER"),
            (["ledger", "--witness", "a"], "--witness: needs its LEDGER"),
            (["ledger", "--lang", "fr", "a"], "fr: no language"),
            (["ledger", *["a"] * 4097], "more than 4096"),
            (["ledger", "--user", "Tanaka", "a"], "Tanaka: no user of"),
            (["ledger", "--user", "x:y:z", "a"], "or ZONE:NAME"),
            (["ledger", "--day", "2026-02-30", "a"],
             "2026-02-30: no day of --day: YYYY-MM-DD"),
            (["ledger", "--day"], "--day: needs a value"),
            (["ledger", "--user", "a", "--user", "b", "c"],
             "--user: is there twice")]:
        status, text = say(env, *words)
        t.ok(status == 1 and said in text and "Judges" not in text,
             f"{' '.join(words)[:40] or 'nothing'}: {said}", text)


@case("verify words: help is given where it is asked for")
def helped(env, t):
    _, wanted = say(env, "--help")
    for words in (["ledger", "--help"], ["keygen", "--help"]):
        t.equal(say(env, *words), (0, wanted), " ".join(words))


@case("verify words: more ledgers than there are letters")
def many(env, t):
    with World(env, t, command="paint") as world:
        paths = [write(world.path(f"{i}.ledger"), b"SJLG" + bytes(508))
                 for i in range(704)]
        status, text = run(env, "--lang", "en", *paths)
        t.equal(status, DAMAGED, "704 ledgers are judged")
        for line in ("A  ", "Z  ", "AA  ", "ZZ  ", "AAA  ", "AAB  "):
            t.equal(text.count("\n" + line), 0 if line == "A  " else 1,
                    f"{line!r} is one of them")
        t.ok("\n!! AAB record 0: is no record" in text,
             "and the last one's finding is said", text[-2000:])
