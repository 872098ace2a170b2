# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of docs/testing.md, extracted and run as they stand."""
import os
import re
import shutil
import subprocess
import tempfile

from tap import case

SUITE = "isolation"

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


@case("isolation: the commands of docs/testing.md work", limit_s=90)
def commands(env, t):
    with open(os.path.join(ROOT, "docs", "testing.md"),
              encoding="utf-8") as file:
        blocks = re.findall(r"^```sh\n(.*?)^```", file.read(),
                            re.DOTALL | re.MULTILINE)
    t.ok(len(blocks) >= 3, f"{len(blocks)} blocks of commands are there")
    folder = tempfile.mkdtemp(prefix="doc", dir=env.folder)
    try:
        os.symlink(os.path.join(os.path.abspath(ROOT), "tests"),
                   os.path.join(folder, "tests"))
        for at, block in enumerate(blocks, 1):
            # Into a file: what a block leaves behind must not hold us up.
            log = os.path.join(folder, f"block{at}.log")
            with open(log, "wb") as file:
                done = subprocess.run(["bash", "-euc", block], cwd=folder,
                                      stdout=file, stderr=file, check=False,
                                      timeout=80)
            with open(log, encoding="utf-8", errors="replace") as file:
                t.ok(done.returncode == 0, f"block {at} works",
                     file.read()[-2000:])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
