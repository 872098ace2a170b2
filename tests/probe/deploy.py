#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`./dev probe`: a fresh deployment on this machine, and the probe against it.

deploy.py --build DIR [--long] [--seed N] [--count N] [--report DIR]

A host with real Chromium, a second one whose revocation list has run out, and
a guard with a host of its own behind it, and viewers without a display, all
with certificates of authorities that are made for the run. Ends with `N
passed, N failed` over all of them.
"""
import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "support")]
sys.dont_write_bytecode = True

import check  # noqa: E402
import pages  # noqa: E402
import procs  # noqa: E402
import tap  # noqa: E402
import world  # noqa: E402
from guard_world import GuardWorld, issued  # noqa: E402
from channels import table  # noqa: E402
from main import groups_of  # noqa: E402
from tap import wait_until  # noqa: E402

PROBE = os.path.join(HERE, "shoji-probe")


class Deployment:
    """The worlds of one run; use as a context manager."""

    def __init__(self, env, t, seed, command=None):
        self.env, self.t, self.seed = env, t, seed
        self.world = ProbeWorld(env, t, command=command, host=self.host(env))
        self.world.seed = seed
        self.stale = None
        self.revoked = {}

    @staticmethod
    def host(env):
        return env.host_material()

    def __enter__(self):
        # Revoked before the host reads its list.
        for kind, names in (("viewer", ("probe-revoked",)),
                            ("host", ("probe-revoked.example", "localhost",
                                      "127.0.0.1"))):
            self.revoked[kind] = self.env.authority.issue(kind, *names)
            self.env.authority.revoke(self.revoked[kind])
        self.world.__enter__()
        self.world.begin()
        return self

    def __exit__(self, *error):
        if self.stale:
            self.stale.stop()
        return self.world.__exit__(*error)

    def begin_stale(self):
        """A host whose list has run out."""
        self.stale = world.World(
            self.env, self.t, command="paint", host=dict(
                self.env.host_material(),
                crl=self.env.authority.old_crl()))
        self.stale.begin()

    def common(self, material):
        return ["--cert", material["chain"], "--key", material["key"],
                "--ca", self.env.authority.certificate, "--crl",
                self.env.authority.crl, "--authority-key",
                self.env.authority.key, "--seed", self.seed,
                "--zone", world.ZONE, "--build", self.env.build]

    def host_words(self):
        w = self.world
        words = ["host", *self.common(self.env.viewer_material("probe")),
                 "--event-log", w.event_log, "--pid", w.host.pid,
                 "--revoked-cert", self.revoked["viewer"]["chain"],
                 "--revoked-key", self.revoked["viewer"]["key"]]
        if w.pages:
            words += ["--pages", f"127.0.0.1:{w.pages.port}", "--pages-url",
                      w.url("").rstrip("/")]
        if self.stale:
            words += ["--stale", f"127.0.0.1:{self.stale.port}"]
        return words + [f"127.0.0.1:{w.port}"]

    def viewer_command(self, profile):
        m = self.env.viewer_material("tanaka")
        return (f"{self.env.program('shoji-viewer')} --headless --timeout 60 "
                f"--duration 50 --lang en --profile {profile} "
                f"--cert {m['chain']} --key {m['key']} "
                f"--ca {m['authority']} --crl {{crl}} localhost:{{port}}")

    def viewer_words(self, profile="default"):
        return ["viewer", *self.common(self.env.host_material()),
                "--revoked-cert", self.revoked["host"]["chain"],
                "--revoked-key", self.revoked["host"]["key"],
                *(["--strict"] if profile == "strict" else []),
                "--viewer", self.viewer_command(profile)]


class ProbeWorld(world.World):
    """A host whose browser begins with the pages of the probe."""

    seed = 0

    def begin(self, page=None, must_listen=True):
        if self.command is None:
            self.page = page or "/canary"
            self.pages = pages.Pages(self.seed).__enter__()
            self.begin_proxy()
        self.begin_host(must_listen)


class ProbeGuardWorld(GuardWorld, ProbeWorld):
    """The same behind a guard; host, guard and one viewer keep ledgers."""

    def another_guard(self, sections):
        """Port of one more guard before the same host."""
        mine = self.guard, self.guard_port, self.guard_extra
        self.guard_port = 0
        self.guard_extra = {"uids": {"first": 2000200000}, **sections}
        try:
            self.begin_guard()
            return self.guard_port
        finally:
            self.guard, self.guard_port, self.guard_extra = mine


LEDGERS = ("host", "guard", "viewer")


class GuardDeployment:
    """A guard under test: sections of its policy may be given."""

    def __init__(self, env, t, seed, policy=None, command=None):
        self.env, self.t = env, t
        self.world = ProbeGuardWorld(env, t, policy=policy, command=command)
        self.world.seed = seed
        self.seed = seed
        self.revoked = None
        self.has_ledgers = False
        self.stale = {}  # option of the probe: port

    def __enter__(self):
        w = self.world
        # Revoked before the guard reads its list.
        self.revoked = w.outer.issue("viewer", "probe-revoked")
        w.outer.revoke(self.revoked)
        for sections, name in ((w.extra, "host"), (w.guard_extra, "guard")):
            sections["ledger"] = self.keep(name)
        w.__enter__()
        try:
            w.begin()
        except BaseException:
            w.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, *error):
        return self.world.__exit__(*error)

    def begin_stale(self):
        """A guard whose list of viewers has run out, one whose list of hosts
        has."""
        w = self.world
        for option, section, authority in (
                ("--stale", "viewers", w.outer),
                ("--stale-inner", "host", w.inner)):
            self.stale[option] = w.another_guard(
                {section: {"crl": authority.old_crl()}})

    def keep(self, name):
        """Keys for a ledger; the section that names both."""
        base = self.world.path(name)
        subprocess.run([self.env.program("shoji-verify"), "keygen", base],
                       check=True, capture_output=True)
        return {"file": base + ".ledger", "keys": base, "heartbeat_s": 1}

    def witness(self):
        """A viewer with a ledger of its own, before the probe comes."""
        w, path = self.world, self.world.path("witness.ini")
        with open(path, "w", encoding="utf-8") as file:
            file.write("[ledger]\n" + "".join(
                f"{key} = {value}\n"
                for key, value in self.keep("viewer").items()))
        proc = w.headless("--config", path, "--type", "witness",
                          "--until-quiet", "300", user="witness")
        self.has_ledgers = proc.wait(60) == 0
        self.t.ok(self.has_ledgers, "a viewer with a ledger has been served",
                  proc.output())
        w.forget(proc)
        wait_until(lambda: "closed number=1 " in w.guard.output(), 10)
        time.sleep(2.5)  # the checkpoints behind it
        for name in LEDGERS:
            for ending in ("ledger", "pub", "first"):
                shutil.copy(w.path(f"{name}.{ending}"),
                            w.path(f"witness-{name}.{ending}"))

    def words(self):
        w = self.world
        material, other = (issued(self.env, w.outer, "viewer", name)
                           for name in ("probe", "other"))
        words = ["guard", "--cert", material["chain"], "--key",
                 material["key"], "--ca", w.outer.certificate, "--crl",
                 w.outer.crl, "--authority-key", w.outer.key, "--seed",
                 self.seed, "--zone", world.ZONE, "--build", self.env.build,
                 "--guard-log", w.guard.log, "--pid", w.guard.pid,
                 "--event-log", w.event_log,
                 "--revoked-cert", self.revoked["chain"],
                 "--revoked-key", self.revoked["key"],
                 "--other-cert", other["chain"], "--other-key", other["key"],
                 "--quantum", w.policy.get("quantum_ms", "off")]
        if w.policy.get("profile") == "strict":
            words += ["--strict", "--seven-bit"]
        elif w.policy.get("seven_bit") == "yes":
            words += ["--seven-bit"]
        for option, port in self.stale.items():
            words += [option, f"127.0.0.1:{port}"]
        if w.pages:
            words += ["--pages", f"127.0.0.1:{w.pages.port}", "--pages-url",
                      w.url("").rstrip("/")]
        if self.has_ledgers:
            for name in LEDGERS:
                words += ["--ledger", w.path(f"witness-{name}.ledger"),
                          "--run-ledger", w.path(name + ".ledger")]
        return words + [f"127.0.0.1:{w.guard_port}"]


def letters(text):
    """Groups as they were written, if all exist."""
    groups_of(text)
    return text


def targets(text):
    names = text.split(",")
    if not set(names) <= {"host", "viewer", "guard"}:
        raise argparse.ArgumentTypeError(f"{text}: host, viewer, guard")
    return names


def parse():
    parser = argparse.ArgumentParser(prog="./dev probe", description=__doc__)
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--long", action="store_true",
                        help="a million mutated messages each way: hours")
    parser.add_argument("--seed", type=int, default=None,
                        help="of what is random; repeats a run")
    parser.add_argument("--count", type=int, default=None,
                        help="mutated messages each way, 10000 unless said")
    parser.add_argument("--groups", default=None, type=letters,
                        help="letters of the groups to run, all unless said")
    parser.add_argument("--against", default="host,viewer,guard", type=targets,
                        help="which of host, viewer, guard; all unless said")
    parser.add_argument("--only", default="",
                        help="only cases whose name has this, or one of "
                        "several with commas between")
    parser.add_argument("--report", default="build-release/probe",
                        help="folder for the reports")
    parser.add_argument("--sign", default=None,
                        help="Ed25519 key that signs them, PEM")
    options = parser.parse_args()
    options.asan_build = options.pictures = None
    options.keep = False
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1 << 32)
    if options.count is None:
        options.count = 1000000 if options.long else 10000
    return options


LOG_LINES = 30


class Runs:
    """The probe run again and again; what came of it."""

    def __init__(self, options):
        self.options = options
        self.passed = self.failed = self.reports = 0
        self.has_tested = False
        self.names = []
        self.lines = []  # one for each run, and its failures

    def wanted(self, groups):
        """Those of the letters (all if none) that were asked for."""
        asked = (self.options.groups or "").upper().replace(",", "")
        if not groups or not asked:
            return groups or asked
        return "".join(letter for letter in asked if letter in groups) or None

    def run(self, name, words, groups="", logs=()):
        """logs: programs whose last words are told when something failed."""
        options, begin = self.options, time.monotonic()
        words = [PROBE, *words, "--count", options.count, "--only",
                 options.only, "--report", os.path.join(options.report, name)]
        if options.long:
            words.append("--long")
        if groups:
            words += ["--groups", groups]
        if options.sign:
            words += ["--sign", options.sign]
        proc = subprocess.Popen([str(word) for word in words],
                                stdout=subprocess.PIPE, text=True)
        last, bad = "", []
        try:
            for line in proc.stdout:
                print(line, end="", flush=True)
                last = line
                self.reports += line.startswith("# report in ")
                if line.startswith("FAIL "):
                    bad.append(line.rstrip())
            proc.wait()
        finally:
            proc.terminate()
        found = re.match(r"(\d+) passed, (\d+) failed", last)
        passed, failed = map(int, found.groups()) if found else (0, 1)
        self.names.append(name)
        self.has_tested |= proc.returncode in (0, 1)
        self.passed += passed
        self.failed += failed
        self.lines += [f"{name}: {passed} passed, {failed} failed in "
                       f"{time.monotonic() - begin:.0f} s", *bad]
        for log in logs if failed else ():
            rows = log.output().splitlines()[-LOG_LINES:]
            self.lines += ["    " + row for row in rows]


# Further runs: report, policy of the guard or profile of the viewer, groups.
POLICIES = (
    ("guard-quantum-10", {"quantum_ms": "10"}, "I"),
    ("guard-quantum-50", {"quantum_ms": "50"}, "I"),
    ("guard-seven-bit", {"seven_bit": "yes"}, "B"),
    ("guard-strict", {"profile": "strict"}, "BD"),
)
PROFILES = (("viewer", "default", ""), ("viewer-strict", "strict", "C"))


def direct(runs, options, env, t):
    """Against a host, and against viewers."""
    with Deployment(env, t, options.seed) as deployment:
        if "host" in options.against:
            deployment.begin_stale()
            runs.run("host", deployment.host_words(), runs.wanted(""))
        for name, profile, groups in PROFILES:
            wanted = runs.wanted(groups)
            if "viewer" in options.against and wanted is not None:
                runs.run(name, deployment.viewer_words(profile), wanted)


def guards(runs, options, env, t):
    """Against guards: all groups, then what a policy changes."""
    for name, policy, groups in (("guard", {}, ""), *POLICIES):
        wanted = runs.wanted(groups)
        if wanted is None:
            continue
        with GuardDeployment(env, t, options.seed, policy) as deployment:
            if not groups:
                deployment.begin_stale()
                deployment.witness()
            runs.run(name, deployment.words(), wanted,
                     (deployment.world.guard, deployment.world.host))


def main():
    options = parse()
    try:
        if options.sign:
            check.signing_key(options.sign)
        check.folder(options.report)
    except check.Usage as error:
        print(f"dev probe: {error}", file=sys.stderr)
        return 2
    procs.become_subreaper()
    # Whoever ends us wants nothing left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    t = tap.Tap(out=sys.stderr)
    runs = Runs(options)
    with world.Environment(options) as env:
        if {"host", "viewer"} & set(options.against):
            direct(runs, options, env, t)
        if "guard" in options.against:
            guards(runs, options, env, t)
    channels = table(options.report, runs.names)
    if channels:
        with open(os.path.join(options.report, "channels.md"), "w",
                  encoding="utf-8") as file:
            file.write(channels)
    print(channels + "\n".join(runs.lines))
    failed = runs.failed + t.failed
    if runs.reports:
        print(f"reports in {options.report}, seed {options.seed}")
    if not runs.has_tested:
        sys.stdout.flush()
        print("dev probe: nothing was tested", file=sys.stderr, flush=True)
    print(f"{runs.passed} passed, {failed} failed")
    return 1 if failed else 0 if runs.has_tested else 3


if __name__ == "__main__":
    sys.exit(main())
