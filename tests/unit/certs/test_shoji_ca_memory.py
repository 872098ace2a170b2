#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""No other program of the user looks into shoji-ca's memory.

  test_shoji_ca_memory.py PROGRAM
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time

PATIENCE_S = 10


def is_hidden(folder):
    """The kernel gives root what is behind /proc of a hidden process."""
    path = os.path.join(folder, "shoji-ca")
    shutil.copy(sys.argv[1], path)
    os.chmod(folder, 0o777)
    # What root starts belongs to root in any case.
    user = {"user": 65534} if os.geteuid() == 0 else {}
    with subprocess.Popen([path, "--dir", os.path.join(folder, "ca"), "init",
                           "--passphrase-file", "-"], stdin=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, **user) as running:
        until = time.monotonic() + PATIENCE_S
        while os.stat(f"/proc/{running.pid}/environ").st_uid != 0:
            if time.monotonic() > until:
                running.kill()
                return False
            time.sleep(0.01)
    return True


def main():
    folder = tempfile.mkdtemp(prefix="shoji-ca-")
    try:
        is_good = is_hidden(folder)
    finally:
        shutil.rmtree(folder)
    print(f"{'ok' if is_good else 'not ok'} 1 - no other program of the user "
          "looks into its memory\n1..1")
    sys.exit(0 if is_good else 1)


main()
