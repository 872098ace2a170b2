#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frama-C's Eva on the parsers of the gates: which operations it cannot prove.

  eva.py [PARSER...]      host, viewer (both by default), payload (long)

Needs frama-c-base. An alarm is an operation that Eva could not prove to be
right for any input up to the length below; none is a proof for these lengths.
Prints TAP with the number of alarms.
"""
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/layout"))
import tree  # noqa: E402

# parser: (longest input in bytes, precision, sources beside the common ones)
PARSERS = {"host": (96, 4, ["msg_host"]), "viewer": (48, 4, ["msg_viewer"]),
           "payload": (48, 3, ["msg_host", "payload"])}
COMMON = ["protocol/base/bytes.c", "protocol/base/rect.c",
          "protocol/base/reason.c", "protocol/rfb/encodings.c",
          "protocol/rfb/keysym.c"]
PATIENCE_S = 600


def analyse(name):
    room, precision, sources = PARSERS[name]
    words = [f"-I{ROOT}", "-D_GNU_SOURCE", f"-DROOM={room}",
             f"-DPARSER={name.upper()}", "-include", "__fc_builtin.h"]
    command = ["frama-c", "-machdep", "gcc_x86_64",
               "-cpp-extra-args=" + " ".join(words), "-eva",
               "-eva-precision", str(precision), "-eva-slevel", "2000",
               "-eva-split-limit", "200", "-eva-split-return", "full",
               "-eva-msg-key=-final-states", "tests/check/eva_driver.c",
               *(f"protocol/rfb/{source}.c" for source in sources), *COMMON]
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True,
                              text=True, timeout=PATIENCE_S,
                              check=False).stdout
    except subprocess.TimeoutExpired:
        return ""


def main():
    tap = tree.Tap()
    if not shutil.which("frama-c"):
        print("1..0 # skipped: frama-c-base is not installed")
        return
    for name in sys.argv[1:] or ["host", "viewer"]:
        text = analyse(name)
        count = re.search(r"(\d+) alarms? generated", text)
        reached = re.search(r"(\d+) statements reached", text)
        alarms = re.findall(r"\[eva:alarm\] (\S+): Warning:\s*(.*?)\n", text)
        problems = [f"{where} {what}" for where, what in alarms] if count \
            else ["the analysis did not end", *text.split("\n")[-5:]]
        tap.check(problems, f"Eva proves the parser {name}: any bytes up to "
                  f"{PARSERS[name][0]}, {count[1] if count else '?'} alarms, "
                  f"{reached[1] if reached else '?'} statements reached")
    tap.end()


main()
