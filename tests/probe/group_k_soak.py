# SPDX-License-Identifier: GPL-3.0-or-later
"""K: many sessions one after the other; nothing grows, nothing gets slower."""
import statistics

from case import ACCEPTS, Case, Wrong


def cases(context):
    if context.target.mode != "host" or context.is_short:
        return
    count = 1000 if context.is_long else 100

    def run(target):
        times = [target.is_well() for _ in range(count)]
        part = max(5, count // 10)
        first = statistics.median(times[:part])
        last = statistics.median(times[-part:])
        text = (f"{count} connections, median {1000 * first:.0f} ms at the "
                f"beginning, {1000 * last:.0f} ms at the end")
        context.notes.append("K: " + text)
        if last > 3 * first + 0.05:
            raise Wrong(text)
        return text

    yield Case("K-connections", f"{count} connections one after the other: the "
               "last are served as fast as the first", run, ACCEPTS)
