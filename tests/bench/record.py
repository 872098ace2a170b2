#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records the traces of the benchmark: real Chromium at work on our pages.

usage: record.py --build BUILD [--record] [--only NAME]...

Each trace has an Xvfb and a browser of its own, started as the host starts
them (same flags, its own sandbox, bubblewrap around it, an unprivileged user).
bench-record plays the script and writes BUILD/bench-traces/NAME.trace;
NAME.json beside it tells the workload and which rectangles are text or film.
Traces that are there are kept unless --record is given.
"""
import argparse
import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))

import procs  # noqa: E402
from browser import CHROMIUM, SIZE, Browser, Site  # noqa: E402
from tap import wait_until  # noqa: E402

WORKLOADS = ("typing", "scroll_text", "scroll_photo", "tab_back",
             "first_text", "first_photo", "idle", "video")
KINDS = ("tuning", "held")
CALM = ("typing", "idle")
F8, TAB, CONTROL, PAGE_DOWN = "ffc5", "ff09", "ffe3", "ff56"
WHEEL_UP, WHEEL_DOWN = "4", "5"
MIDDLE = "960,620"
TAB_START_MS, TAB_MS = 500, 700

TYPED = {
    "t": "大雪のため本日の可燃ごみの収集は中止します。明日の朝七時までに集積所へ"
         "出してください。ご不明な点は環境課までお問い合わせください。",
    "h": "来年度の保育園の申し込みは十一月四日から受け付けます。必要な書類は市役所"
         "の窓口か支所で受け取ることができます。お早めにどうぞ。",
}
PAGES = {
    "t": {"typing": ["t-form.html"], "idle": ["t-form.html"],
          "scroll_text": ["t-docs.html"], "scroll_photo": ["t-news.html"],
          "tab_back": ["t-notice.html", "t-table.html"],
          "first_text": ["t-notice.html", "t-docs.html", "t-table.html",
                         "t-form.html", "t-code.html", "t-notice.html?v=2"],
          "first_photo": ["t-gallery.html", "t-news.html?p=6",
                          "t-photo.html?p=4", "t-gallery.html?p=5&v=2"],
          "video": ["t-video.html"]},
    "h": {"typing": ["h-form.html"], "idle": ["h-form.html"],
          "scroll_text": ["h-law.html"], "scroll_photo": ["h-travel.html"],
          "tab_back": ["h-budget.html", "h-log.html"],
          "first_text": ["h-law.html", "h-manual.html", "h-budget.html",
                         "h-form.html", "h-log.html", "h-law.html?v=2"],
          "first_photo": ["h-album.html", "h-travel.html?p=6",
                          "h-poster.html?p=3", "h-album.html?p=5&v=2"],
          "video": ["h-video.html"]},
}


class Script:
    """Lines for bench-record; time runs on with pause."""

    def __init__(self):
        self.rows = []
        self.now_ms = 0

    def add(self, action, argument):
        self.rows.append(f"{self.now_ms} {action} {argument}")

    def pause(self, for_ms):
        self.now_ms += for_ms

    def text(self):
        return "\n".join(self.rows + [f"{self.now_ms} end 0"]) + "\n"


def typing_script(script, text):
    """One or two characters five times a second, as a conversion gives."""
    script.pause(400)
    at = 0
    while at < len(text):
        count = 2 if at % 7 == 3 else 1
        for char in text[at:at + count]:
            script.add("tap", f"{0x1000000 + ord(char):x}")
        script.pause(200)
        at += count
    script.pause(400)


def scroll_script(wheel_ms):
    def play(script, _text):
        script.add("move", MIDDLE)
        script.pause(500)
        for action, argument, times, each_ms in (
                ("wheel", WHEEL_DOWN, 24, wheel_ms),
                ("tap", PAGE_DOWN, 4, 400), ("wheel", WHEEL_UP, 10, wheel_ms)):
            for _ in range(times):
                script.add(action, argument)
                script.pause(each_ms)
        script.pause(400)
    return play


def tab_script(script, _text):
    script.add("move", MIDDLE)
    script.pause(TAB_START_MS)
    for _ in range(10):
        script.add("press", CONTROL)
        script.add("tap", TAB)
        script.add("release", CONTROL)
        script.pause(TAB_MS)


def pages_script(count):
    def play(script, _text):
        script.add("move", MIDDLE)
        script.pause(300)
        for _ in range(count):
            script.add("tap", F8)
            script.pause(1200)
    return play


def wait_script(for_ms):
    def play(script, _text):
        script.pause(for_ms)
    return play


SCRIPTS = {"typing": typing_script, "scroll_text": scroll_script(90),
           "scroll_photo": scroll_script(130), "tab_back": tab_script,
           "first_text": pages_script(6), "first_photo": pages_script(4),
           "idle": wait_script(10000), "video": wait_script(8000)}
# A tab that is shown for the first time is no seen one.
START_MS = {"tab_back": TAB_START_MS + TAB_MS - 20}


def start_pages(workload, pages):
    """What is open when the recording starts."""
    if workload.startswith("first_"):
        rest = ",".join(pages).replace("?", "%3F").replace(
            "&", "%26").replace("=", "%3D").replace(",", "%2C")
        return ["start.html?list=" + rest]
    return pages


def record_one(options, name):
    with Site(options.photos) as site:
        begin = time.monotonic()
        frames = record_on(site, options, name)
        print(f"recorded {name}: {frames} frames in "
              f"{time.monotonic() - begin:.1f} s", file=sys.stderr, flush=True)


def record_on(site, options, name):
    workload, prefix = name.split(".")[0], "ht"[name.endswith(".tuning")]
    pages = PAGES[prefix][workload]
    script = Script()
    SCRIPTS[workload](script, TYPED[prefix])
    path = os.path.join(options.traces, name + ".trace")
    with tempfile.TemporaryDirectory(prefix="bench-record-") as folder:
        os.chmod(folder, 0o755)
        browser = Browser(site, folder, start_pages(workload, pages))
        try:
            wanted = len(start_pages(workload, pages))
            if not wait_until(lambda: len(site.layouts) >= wanted, 30):
                raise RuntimeError("the browser shows nothing:\n" +
                                   browser.things[-1].output()[-2000:])
            time.sleep(0.7)  # for the icons of tabs and the like
            done = subprocess.run(
                [os.path.join(options.build, "tests/bench/bench-record"),
                 os.path.join(folder, "Xvfb_screen0"), path + ".new",
                 *map(str, SIZE)], input=script.text(), text=True,
                check=True, stdout=subprocess.PIPE,
                env=dict(os.environ, DISPLAY=browser.display))
        finally:
            browser.stop()
    write_about(options, name, path + ".new", site.layouts[-1])
    os.rename(path + ".new", path)
    return int(done.stdout)


def start_frame(options, workload, path):
    """The first frame that counts; the one before is what work begins with."""
    rows = subprocess.run(
        [os.path.join(options.build, "tests/bench/bench-trace"), "list", path],
        check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    times_ms = [float(row.split()[1]) for row in rows]
    return next(at for at, time_ms in enumerate(times_ms)
                if at > 0 and time_ms >= START_MS.get(workload, 0))


def write_about(options, name, path, layout):
    workload = name.split(".")[0]
    is_moving = workload == "video"
    about = {"name": name, "workload": workload,
             "held_out": name.endswith(".held"),
             "start_frame": start_frame(options, workload, path),
             "text_rects": layout["text"] if is_moving else []}
    if is_moving:
        about["video_rect"] = layout["video"][0]
    with open(os.path.join(options.traces, name + ".json"), "w",
              encoding="utf-8") as file:
        json.dump(about, file)
        file.write("\n")


def names(kinds=KINDS):
    return [f"{workload}.{kind}" for kind in kinds for workload in WORKLOADS]


def make_photos(folder):
    # Debian's modules belong to Debian's Python.
    subprocess.run(["/usr/bin/python3", os.path.join(HERE, "make_photos.py"),
                    folder], check=True)


def record_all(build, is_anew=False, only=()):
    """Records what is missing (or all); the folder of the traces."""
    options = argparse.Namespace(build=os.path.abspath(build))
    options.traces = os.path.join(options.build, "bench-traces")
    os.makedirs(options.traces, exist_ok=True)
    wanted = [name for name in only or names()
              if is_anew or not os.path.exists(
                  os.path.join(options.traces, name + ".trace"))]
    if not wanted:
        return options.traces
    procs.become_subreaper()
    options.photos = os.path.join(options.build, "bench-photos")
    make_photos(options.photos)
    # What leaves the machine idle is recorded side by side.
    calm = [name for name in wanted if name.split(".")[0] in CALM]
    with concurrent.futures.ThreadPoolExecutor(len(calm) or 1) as pool:
        list(pool.map(lambda name: record_one(options, name), calm))
    for name in wanted:
        if name not in calm:
            record_one(options, name)
    procs.reap()
    return options.traces


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--only", action="append", default=[])
    options = parser.parse_args()
    if not shutil.which("Xvfb") or not os.path.exists(CHROMIUM):
        sys.exit("Xvfb and chromium are needed: ./dev bench installs them")
    record_all(options.build, options.record, options.only)


if __name__ == "__main__":
    main()
