# SPDX-License-Identifier: GPL-3.0-or-later
"""A world with a guard between its host and its viewers.

Each side has an authority of its own: hosts know the guard by one, viewers by
the other, and neither knows the other side's.
"""
import os

from tap import wait_until
from world import ZONE, World

GUARD = "guard1"


def inner_authority(env):
    """Of hosts and of the guard towards them."""
    return env.authority


def outer_authority(env):
    """Of viewers and of the guard towards them."""
    if not hasattr(env, "terminals"):
        env.terminals = env.new_authority("terminals")
    return env.terminals


def issued(env, authority, kind, *names):
    key = (kind, names)
    if authority is not env.authority:
        key = (authority.folder, *key)
    if key not in env.issued:
        env.issued[key] = authority.issue(kind, *names)
    return env.issued[key]


class GuardWorld(World):
    """One host, one guard; viewers go to the guard."""

    def __init__(self, env, t, policy=None, guard_config=None, inner=None,
                 outer=None, **options):
        """inner, outer: authorities of its own instead of the shared ones."""
        self.inner = inner or inner_authority(env)
        self.outer = outer or outer_authority(env)
        if inner:
            options.setdefault("host", issued(env, inner, "host", "localhost",
                                              "127.0.0.1"))
        super().__init__(env, t, **options)
        self.extra.setdefault("viewers", {}).setdefault("guard", "yes")
        self.policy = policy or {}
        self.guard_extra = guard_config or {}
        self.guard = None
        self.guard_prefix = []  # words before shoji-guard
        self.guard_port = 0
        self.host_side = issued(env, self.inner, "guard",
                                GUARD, "127.0.0.1")
        self.viewer_side = issued(env, self.outer, "guard",
                                  "localhost", "127.0.0.1")

    def begin(self, page=None, must_listen=True):
        super().begin(page, must_listen)
        self.begin_guard()

    def guard_sections(self):
        def side(material):
            return {key: material[key]
                    for key in ("chain", "key", "authority", "crl")}
        own = {
            "listen": {"address": "127.0.0.1", "port": self.guard_port,
                       "port_file": self.path("guard-port")},
            "viewers": dict(side(self.viewer_side), zone=ZONE),
            "host": dict(side(self.host_side),
                         address=f"127.0.0.1:{self.port}"),
            "policy": dict(self.policy),
            "log": {"level": "debug"},
        }
        for section, keys in self.guard_extra.items():
            own.setdefault(section, {}).update(keys)
        return own

    def write_guard_config(self):
        path = self.path("guard.ini")
        with open(path, "w", encoding="utf-8") as file:
            for section, keys in self.guard_sections().items():
                file.write(f"[{section}]\n")
                for key, value in keys.items():
                    for one in value if isinstance(value, list) else [value]:
                        file.write(f"{key} = {one}\n")
        return path

    def begin_guard(self):
        path = self.path("guard-port")
        if os.path.exists(path):
            os.unlink(path)
        self.guard = self.start("shoji-guard", "--config",
                                self.write_guard_config(),
                                prefix=self.guard_prefix)
        # Behind the host, so that viewers are stopped before it.
        self.things.remove(self.guard)
        self.things.insert(1, self.guard)

        def listening():
            try:
                with open(path, encoding="ascii") as file:
                    self.guard_port = int(file.read())
            except (OSError, ValueError):
                return False
            return self.guard_port != 0

        if not wait_until(
                lambda: listening() or not self.guard.is_running(), 10) or \
                not self.guard_port:
            raise RuntimeError("shoji-guard does not listen: " +
                               self.guard.output())

    def viewer_options(self, user, material, port):
        material = material or issued(self.env, self.outer, "viewer", user)
        return super().viewer_options(user, material,
                                      port or self.guard_port)

    def __exit__(self, kind, error, trace):
        if self.guard and (error or self.t.failed > self.failed):
            self.t.note("guard log: " + "\n".join(
                self.guard.output().splitlines()[-30:]))
        return super().__exit__(kind, error, trace)
