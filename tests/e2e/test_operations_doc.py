# SPDX-License-Identifier: GPL-3.0-or-later
"""The walk through docs/operations.md: host, guard, viewer and ledgers.

The blocks are run as they stand, but with ports that are free here.
"""
import os
import re
import shutil
import socket
import subprocess
import tempfile

from tap import case

SUITE = "isolation"

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
PORTS = ("5901", "5902", "5903")


def blocks():
    with open(os.path.join(ROOT, "docs", "operations.md"),
              encoding="utf-8") as file:
        text = file.read().split("## All of it on one machine")[1]
    text = text.split("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def with_free_ports(script):
    holders = [socket.create_server(("127.0.0.1", 0)) for _ in PORTS]
    for port, holder in zip(PORTS, holders):
        script = script.replace(port, str(holder.getsockname()[1]))
        holder.close()
    return script


@case("isolation: the walk through docs/operations.md works", limit_s=150)
def walk(env, t):
    found = blocks()
    t.ok(len(found) >= 5, f"{len(found)} blocks of commands are there")
    folder = tempfile.mkdtemp(prefix="walk", dir=env.folder)
    log = os.path.join(folder, "walk.log")
    os.symlink(env.build, os.path.join(folder, "build-release"))
    script = with_free_ports("".join(found))
    with open(log, "wb") as file:
        done = subprocess.run(
            ["bash", "-euc", script], cwd=folder, stdout=file, stderr=file,
            stdin=subprocess.DEVNULL, check=False, timeout=140,
            env={key: value for key, value in os.environ.items()
                 if key != "DISPLAY"})
    with open(log, encoding="utf-8", errors="replace") as file:
        said = file.read()
    t.must(done.returncode == 0, "every command works", said[-3000:])
    t.ok("AGREE: both ends shown of 2 of 2 connections" in said, "the three ledgers agree", said[-3000:])
    t.ok("10 key events" in said, "five keys went out", said[-3000:])
    t.ok(os.path.getsize(os.path.join(folder, "try", "picture.png")) > 5000,
         "a picture is there")
    with open(os.path.join(folder, "try", "for-outside.txt"),
              encoding="utf-8") as file:
        outside = file.read()
    t.ok(folder not in outside and not re.search(r"\d\d:\d\d:\d\d", outside)
         and "AGREE" in outside,
         "the text for outside has no paths and no times", outside[-2000:])
    shutil.rmtree(folder, ignore_errors=True)
