# SPDX-License-Identifier: GPL-3.0-or-later
"""The ceiling in docs/threat-model.md is what its own numbers give."""
import math
import re

import tree

PRESSES, TEXTS, POINTERS, SIZES, MOMENTS = 25, 10, 30, 0.1, 20
KEYS, CHARACTERS, OTHERS = 300, 1112015, 137  # keysyms
PLACES, WISHES = 1920 * 1080, 3521 * 1961


def rows():
    """Bits a second, in the order of the table; None: a sum."""
    keys = PRESSES * math.log2(KEYS)
    mixed = (TEXTS * math.log2(CHARACTERS) +
             (PRESSES - TEXTS) * math.log2(OTHERS))
    events = 2 * PRESSES + POINTERS
    orders = (math.lgamma(events + 1) - 2 * math.lgamma(PRESSES + 1) -
              math.lgamma(POINTERS + 1)) / math.log(2)
    return [keys, POINTERS * math.log2(PLACES), None, mixed - keys,
            PRESSES * 4, POINTERS * 7, SIZES * math.log2(WISHES),
            math.log2(math.comb(events + MOMENTS - 1, MOMENTS - 1)), orders,
            math.log2(math.comb(PRESSES, TEXTS)), None]


def stated():
    text = tree.read("docs/threat-model.md")
    table = text.split("### The ceiling")[1].split("1 MiB takes")[0]
    last = [line.rstrip(" |").rsplit("|", 1)[1].strip()
            for line in table.splitlines() if line.startswith("| ")][1:]
    return [float(re.sub(r"[^0-9.]", "", cell)) for cell in last]


def problems():
    total, wanted, said = 0.0, rows(), stated()
    if len(wanted) != len(said):
        yield f"{len(said)} rows and not {len(wanted)}"
    for bits, number in zip(wanted, said):
        total += bits or 0
        right = total / 1000 if bits is None else bits
        if abs(number - right) > (0.006 if bits is None else 1.5):
            yield f"{number} should be {right:.2f}"


def main():
    tap = tree.Tap()
    tap.check(list(problems()),
              "the ceiling in docs/threat-model.md is what its rows give")
    tap.end()


main()
