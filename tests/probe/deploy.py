#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`./dev probe`: a fresh deployment on this machine, and the probe against it.

deploy.py --build DIR [--long] [--seed N] [--count N] [--report DIR]

A host with real Chromium, a second one whose revocation list has run out, and
viewers without a display, all with certificates of an authority that is made
for the run. Ends with `N passed, N failed` over both directions.
"""
import argparse
import os
import random
import re
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "support")]
sys.dont_write_bytecode = True

import pages  # noqa: E402
import procs  # noqa: E402
import tap  # noqa: E402
import world  # noqa: E402
from main import groups_of  # noqa: E402

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

    def viewer_command(self):
        m = self.env.viewer_material("tanaka")
        return (f"{self.env.program('shoji-viewer')} --headless --timeout 30 "
                f"--duration 25 --lang en --cert {m['chain']} --key {m['key']} "
                f"--ca {m['authority']} --crl {{crl}} localhost:{{port}}")

    def viewer_words(self):
        return ["viewer", *self.common(self.env.host_material()),
                "--revoked-cert", self.revoked["host"]["chain"],
                "--revoked-key", self.revoked["host"]["key"],
                "--viewer", self.viewer_command()]


class ProbeWorld(world.World):
    """A host whose browser begins with the pages of the probe."""

    seed = 0

    def begin(self, page=None, must_listen=True):
        if self.command is None:
            self.page = page or "/canary"
            self.pages = pages.Pages(self.seed).__enter__()
            self.begin_proxy()
        self.begin_host(must_listen)


def letters(text):
    """Groups as they were written, if all exist."""
    groups_of(text)
    return text


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


def probe(options, words, name):
    """Runs the probe; (passed, failed)."""
    words = [PROBE, *words, "--count", options.count, "--report",
             os.path.join(options.report, name)]
    if options.long:
        words.append("--long")
    if options.groups:
        words += ["--groups", options.groups]
    if options.sign:
        words += ["--sign", options.sign]
    proc = subprocess.Popen([str(word) for word in words],
                            stdout=subprocess.PIPE, text=True)
    last = ""
    try:
        for line in proc.stdout:
            print(line, end="", flush=True)
            last = line
        proc.wait()
    finally:
        proc.terminate()
    found = re.match(r"(\d+) passed, (\d+) failed", last)
    return tuple(map(int, found.groups())) if found else (0, 1)


def main():
    options = parse()
    procs.become_subreaper()
    # Whoever ends us wants nothing left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    t = tap.Tap(out=sys.stderr)
    passed = failed = 0
    with world.Environment(options) as env:
        with Deployment(env, t, options.seed) as deployment:
            deployment.begin_stale()
            for name, words in (("host", deployment.host_words()),
                                ("viewer", deployment.viewer_words())):
                more_passed, more_failed = probe(options, words, name)
                passed += more_passed
                failed += more_failed
    failed += t.failed
    print(f"reports in {options.report}, seed {options.seed}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
