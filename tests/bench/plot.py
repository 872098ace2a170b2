#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of what the benchmark measured.

usage: plot.py RESULTS.json FOLDER

ratios.png: bytes and CPU of shoji as a share of TigerVNC's, with the targets.
latency.png: key press to changed pixel, with the targets. codec.png: codecs alone. A picture
whose figures were not measured is not made.
"""
import json
import os
import sys

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

from targets import (LATENCY, LATENCY_TARGETS, LINES_TARGET, TARGETS,  # noqa: E402
                     TITLES)  # noqa: E402

OURS, PEER, GOOD, BAD = "#0b5394", "#9aa5b1", "#2e7d4f", "#b3261e"
COLORS = {"ours": OURS, "tight": "#5f6b76", "zrle": PEER,
          "tight_q8": "#e0a030", "zstd": "#c9d1d9"}
LABELS = {"ours": "shoji", "tight": "Tight, lossless", "zrle": "ZRLE",
          "tight_q8": "Tight, JPEG 8 (lossy)", "zstd": "raw + zstd 1"}


def tidy(axes):
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.set_axisbelow(True)


def ratio_panel(axes, ratios, key, title):
    names = [name for name in TARGETS if name in ratios]
    widest = max([1.25] + [min(ratios[name].get(key) or 0, 3) * 1.15
                           for name in names])
    for at, name in enumerate(names):
        value, target = ratios[name].get(key), TARGETS[name][key]
        if value is None:
            continue
        is_worse = key == "bytes" and ratios[name].get(
            "default_psnr_db", 0) > ratios[name].get("ours_psnr_db", 99)
        is_good = value <= target and not is_worse
        color = GOOD if is_good else BAD
        axes.barh(at, min(value, widest), color=color, height=0.6)
        axes.text(max(min(value, widest), target) + 0.015 * widest, at,
                  f"{value:.3g}", va="center", fontsize=10)
        axes.plot([target, target], [at - 0.42, at + 0.42], color="black",
                  linewidth=2)
    axes.axvline(1, color=PEER, linestyle="--", linewidth=1.5)
    axes.set_yticks(range(len(names)),
                    [TITLES[name] for name in names], fontsize=11)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0, widest)
    axes.set_title(title, fontsize=12, loc="left")
    axes.grid(axis="x", color="#e4e7eb")
    tidy(axes)


def plot_ratios(result, path):
    ratios = result["ratios"]
    figure, axes = pyplot.subplots(1, 2, figsize=(13, 5.2))
    ratio_panel(axes[0], ratios, "bytes", "Bytes on the line")
    ratio_panel(axes[1], ratios, "cpu", "CPU time of the server")
    axes[1].set_yticklabels([])
    figure.suptitle("shoji as a share of TigerVNC (dashed: 1.0 = as much as "
                    "TigerVNC; black mark: the target; red: missed)",
                    fontsize=13, x=0.01, ha="left")
    finish(figure, path)


def latency_bars(axes, pairs, title):
    """pairs: [(label, ours, peer, share that is the target)]."""
    for at, (_label, ours, peer, share) in enumerate(pairs):
        color = GOOD if ours <= peer * share else BAD
        for offset, value, own in ((-0.19, ours, color), (0.19, peer, PEER)):
            axes.bar(at + offset, value, width=0.36, color=own)
            axes.text(at + offset, 0, f"{value:.1f}", ha="center",
                      va="bottom", fontsize=11, color="white"
                      if own != PEER else "black")
        axes.plot([at - 0.4, at + 0.02], [peer * share] * 2, color="black",
                  linewidth=2)
    axes.set_xticks(range(len(pairs)), [pair[0] for pair in pairs])
    axes.set_ylabel("ms")
    axes.set_title(title, fontsize=12, loc="left")
    axes.margins(y=0.12)
    tidy(axes)


def pair_of(label, row, part, share):
    return (f"{label}\n{part} (peer: {row['best_peer']})",
            row[f"ours_{part}_ms"], row[f"best_peer_{part}_ms"], share)


def plot_latency(result, path):
    panels = []
    for kind, title in LATENCY.items():
        row = result["latency"].get(kind, {})
        if "best_peer" in row:
            panels.append((f"{title}, loopback", [
                pair_of("", row, part, share)
                for part, share in LATENCY_TARGETS.items()]))
    lines = [pair_of(f"{name} Mbit/s", kinds["small"], "p95", LINES_TARGET)
             for name, kinds in result.get("latency_lines", {}).items()
             if "best_peer" in kinds.get("small", {})]
    if lines:
        panels.append(("64x64 while a video plays, slow lines", lines))
    if not panels:
        return
    figure, axes = pyplot.subplots(1, len(panels), squeeze=False,
                                   figsize=(max(11, 5.2 * len(panels)), 4.8))
    for panel, (title, pairs) in zip(axes[0], panels):
        latency_bars(panel, pairs, title)
    figure.suptitle("Key press to changed pixel in the viewer's window (grey: "
                    "best peer; black mark: the target; red: missed)",
                    fontsize=12, x=0.01, ha="left")
    finish(figure, path)


def bars_of(rows, workload, key):
    """[(label, color, hatch, value)] of a workload."""
    bars = []
    for codec, color in COLORS.items():
        mine = [row for row in rows if row["workload"] == workload
                and row["codec"] == codec]
        if codec == "ours":
            for is_held, hatch in ((False, ""), (True, "///")):
                values = [row[key] for row in mine
                          if row["held_out"] == is_held]
                if values:
                    label = LABELS[codec] + (", held-out pages" if is_held
                                             else ", tuning pages")
                    bars.append((label, color, hatch,
                                 sum(values) / len(values)))
        elif mine:
            bars.append((LABELS[codec], color, "",
                         sum(row[key] for row in mine) / len(mine)))
    return bars


def short(value):
    return "<.01" if value < 0.01 else f"{value:.2f}".lstrip("0")


def codec_panel(axes, rows, key, title):
    top = 2
    names = [name for name in TITLES if any(
        row["workload"] == name for row in rows)]
    for at, name in enumerate(names):
        bars = bars_of(rows, name, key)
        width = 0.86 / len(bars)
        for number, (label, color, hatch, value) in enumerate(bars):
            place = at - 0.43 + (number + 0.5) * width
            axes.bar(place, min(value, top), width=width * 0.94, color=color,
                     hatch=hatch, edgecolor="white", linewidth=0,
                     label=label if at == 0 else None)
            if value > top or color == OURS:
                axes.text(place, min(value, top) + 0.02, short(value),
                          ha="center", va="bottom", fontsize=9,
                          color="black" if color == OURS else "#5f6b76")
    axes.axhline(1, color="black", linestyle="--", linewidth=1)
    axes.set_xticks(range(len(names)), [TITLES[name] for name in names],
                    fontsize=11)
    axes.set_xlim(-0.55, len(names) - 0.45)
    axes.set_ylim(0, top * 1.08)
    axes.set_title(title, fontsize=12, loc="left")
    axes.grid(axis="y", color="#e4e7eb")
    tidy(axes)


def plot_codec(result, path):
    rows = result["raw"]["codec"]
    figure, axes = pyplot.subplots(2, 1, figsize=(15, 9))
    codec_panel(axes[0], rows, "bytes_ratio",
                "Bytes, lossless Tight of LibVNCServer = 1")
    codec_panel(axes[1], rows, "encode_ratio",
                "CPU time to encode, lossless Tight of LibVNCServer = 1")
    bars, labels = axes[0].get_legend_handles_labels()
    figure.legend(bars, labels, frameon=False, ncol=len(bars), fontsize=11,
                  loc="upper left")
    finish(figure, path, top=0.95)


def finish(figure, path, top=1.0):
    figure.tight_layout(rect=(0, 0, 1, top))
    figure.savefig(path, dpi=100)
    pyplot.close(figure)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        result = json.load(file)
    for name, make, is_measured in (
            ("ratios", plot_ratios, result.get("ratios")),
            ("latency", plot_latency, result.get("latency")),
            ("codec", plot_codec, result.get("raw", {}).get("codec"))):
        if is_measured:
            make(result, os.path.join(sys.argv[2], name + ".png"))


main()
