# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rows of level B say: medians, ratios, tables.

Bytes are all bytes of the TCP connection, both directions. A ratio is ours to
TigerVNC lossless, of the medians over the rounds; beside it stands the ratio
per frame that the viewer showed, as a system that drops frames has less to
send. Bytes of the video region are held against TigerVNC's default, which is
lossy too, with the PSNR of both.
"""
import statistics

from targets import REST_LIMIT_MS

OURS = "shoji"
PEER = "tigervnc"
LOSSY_PEER = "tigervnc-default"
MEDIANS = ("bytes", "down_bytes", "up_bytes", "cpu_ms", "viewer_cpu_ms",
           "lag_p50_ms", "lag_p95_ms", "late_p95_ms", "exact_ms",
           "whole_p50_ms", "whole_p95_ms", "video_psnr_db", "video_psnr_least_db")


def median_of(rows, key, per_frame=False):
    values = [row[key] / (max(row["seen"], 1) if per_frame else 1)
              for row in rows if row.get(key) is not None]
    return statistics.median(values) if values else None


def ratio(ours, peer, key, per_frame=False):
    top = median_of(ours, key, per_frame)
    bottom = median_of(peer, key, per_frame)
    return round(top / bottom, 4) if top is not None and bottom else None


def compare(ours, peer, suffix=""):
    entry = {}
    for name, key in (("bytes", "bytes"), ("cpu", "cpu_ms")):
        entry[name + suffix] = ratio(ours, peer, key)
        entry[name + "_per_frame" + suffix] = ratio(ours, peer, key, True)
    return entry


def is_exact(rows):
    """Every run ended exact; a lossy region soon after it came to rest."""
    return all(row["exact_ms"] is not None and row["unequal"] == 0 and
               not row.get("text_wrong") and
               (row["workload"] != "video" or row["exact_ms"] <= REST_LIMIT_MS)
               for row in rows)


def parts_of(rows):
    """{program: median of its CPU ms}."""
    names = sorted({name for row in rows for name in row["cpu_parts_ms"]})
    return {name: round(statistics.median(
        row["cpu_parts_ms"].get(name, 0) for row in rows), 2)
        for name in names}


def facts_of(rows):
    """Medians of one system in one workload."""
    facts = {key: median_of(rows, key) for key in MEDIANS}
    facts["seen"] = statistics.median(row["seen"] / row["frames"]
                                      for row in rows)
    facts["exact"] = is_exact(rows)
    facts["runs"] = len(rows)
    facts["cpu_parts_ms"] = parts_of(rows)
    return {key: round(value, 3) if isinstance(value, float) else value
            for key, value in facts.items() if value is not None}


def group(rows):
    """{workload: {system: [row]}} of the runs that came to an end."""
    result = {}
    for row in rows:
        if "error" not in row:
            result.setdefault(row["workload"], {}).setdefault(
                row["system"], []).append(row)
    return result


def add_lossy(entry, ours, peer):
    """Bytes of a video are held against a lossy peer's."""
    lossy = compare(ours, peer, "_to_default")
    for name in ("bytes", "bytes_per_frame"):
        if name in entry:
            entry[name + "_to_lossless"] = entry[name]
        entry[name] = lossy.pop(name + "_to_default")
    entry.update(lossy)
    for name, rows in (("ours", ours), ("default", peer)):
        entry[name + "_psnr_db"] = median_of(rows, "video_psnr_db")


def ratios_of(rows, alone=()):
    """{workload: ratios and facts}; alone: rows without a viewer."""
    result = {}
    for workload, systems in group(rows).items():
        entry = {}
        if OURS in systems and PEER in systems:
            entry = compare(systems[OURS], systems[PEER])
        if OURS in systems and LOSSY_PEER in systems and workload == "video":
            add_lossy(entry, systems[OURS], systems[LOSSY_PEER])
        if OURS in systems:
            entry["exact"] = is_exact(systems[OURS])
            entry["rounds"] = len(systems[OURS])
        entry["systems"] = {name: facts_of(own)
                            for name, own in systems.items()}
        for row in alone:
            if row["workload"] == workload and "error" not in row and \
                    row["system"] in entry["systems"]:
                facts = entry["systems"][row["system"]]
                facts["cpu_alone_ms"] = row["cpu_ms"]
                facts["cpu_alone_parts_ms"] = row["cpu_parts_ms"]
        result[workload] = entry
    return result


def text_of(value, form):
    return "-" if value is None else format(value, form)


def print_facts(ratios):
    print(f"{'workload':25}{'system':17}{'bytes':>11}{'cpu ms':>9}"
          f"{'alone':>8}{'seen':>6}{'lag p50':>9}{'p95':>8}"
          f"{'exact ms':>9}{'PSNR':>7}")
    for workload, row in ratios.items():
        for name, facts in row["systems"].items():
            print(f"{workload:25}{name:17}{facts['bytes']:11.0f}"
                  f"{facts['cpu_ms']:9.1f}"
                  f"{text_of(facts.get('cpu_alone_ms'), '.1f'):>8}"
                  f"{facts['seen']:6.2f}"
                  f"{text_of(facts.get('lag_p50_ms'), '.1f'):>9}"
                  f"{text_of(facts.get('lag_p95_ms'), '.1f'):>8}"
                  f"{text_of(facts.get('exact_ms'), '.0f'):>9}"
                  f"{text_of(facts.get('video_psnr_db'), '.1f'):>7}")


def print_ratios(ratios):
    print(f"{'workload':25}{'bytes':>8}{'cpu':>8}{'exact':>7}"
          "   (per frame shown: bytes, cpu)")
    for workload, row in ratios.items():
        if row.get("bytes") is None or row.get("cpu") is None:
            continue
        print(f"{workload:25}{row['bytes']:8.3f}{row['cpu']:8.3f}"
              f"{'yes' if row['exact'] else 'NO':>7}   "
              f"{text_of(row.get('bytes_per_frame'), '.3f')} "
              f"{text_of(row.get('cpu_per_frame'), '.3f')}")
