# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change of 64x64 pixels costs on screens of different sizes."""
import os
import tempfile

import keys
import measure
from systems import Ours
from targets import SERVER_WORKERS

SIZES = ((800, 600), (1920, 1080), (3840, 2160))


def cost_on(env, size, presses):
    """CPU ms per change of each process of the server's side."""
    program = [os.path.join(env.build, "tests", "bench", "bench-paint")]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        system = Ours(env, folder, program, size=size)
        try:
            keys.begin(system)
            before = measure.cpu_of(system.server_pids())
            rows = keys.press(system, "small", presses)
            parts = measure.cpu_between(
                before, measure.cpu_of(system.server_pids()))
        finally:
            system.stop()
    each = {name: round(ms / presses, 4) for name, ms in parts.items()}
    return {"size": f"{size[0]}x{size[1]}", "presses": presses,
            "workers_cpu_ms": round(sum(each.get(name, 0)
                                        for name in SERVER_WORKERS), 4),
            "cpu_parts_ms": each,
            "p50_ms": keys.figures_of(rows)["p50_ms"]}


def run(env, presses=60, sizes=SIZES):
    rows = []
    for size in sizes:
        try:
            rows.append(cost_on(env, size, presses))
        except measure.FAILURES as error:
            rows.append({"size": f"{size[0]}x{size[1]}",
                         "error": str(error)[-300:]})
        print("64x64 change on", rows[-1], flush=True)
    return rows
