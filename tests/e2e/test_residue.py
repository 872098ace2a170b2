# SPDX-License-Identifier: GPL-3.0-or-later
"""What is left of a session after its end: searched for, byte by byte."""
import os
import random
import re
import secrets
import time

import page_server
import procs
from tap import case, wait_until
from test_chromium import START_S, click_on
from world import World

SUITE = "isolation"

KINDS = ("page", "title", "form", "cookie", "storage", "download", "cache",
         "address")
CHUNK = 1 << 24


class Wanted:
    """Marks as UTF-8 and as UTF-16, which browsers keep, and a row of pixels.

    All marks begin alike: one search for that tells whether to look closer.
    """

    def __init__(self, marks, start, pixels):
        self.forms = {kind: [mark.encode(), mark.encode("utf-16-le")]
                      for kind, mark in marks.items()}
        self.forms["pixels"] = [pixels]
        self.starts = [start.encode(), start.encode("utf-16-le"), pixels]

    def __iter__(self):
        return iter(self.forms)


def hits(data, wanted):
    if not any(start in data for start in wanted.starts):
        return set()
    return {kind for kind, forms in wanted.forms.items()
            if any(form in data for form in forms)}


def memory_hits(pid, wanted):
    """Kinds of marks in the readable memory of a process."""
    found = set()
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
            rows = [line.split() for line in maps]
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            for row in rows:
                # Programs and libraries as they are on the disk are none.
                is_program = len(row) > 5 and row[5].startswith("/usr/") and \
                    "w" not in row[1]
                if "r" not in row[1] or is_program or \
                        row[-1] in ("[vvar]", "[vsyscall]"):
                    continue
                first, last = (int(part, 16) for part in row[0].split("-"))
                found |= range_hits(memory, first, last, wanted)
    except (OSError, ValueError):
        return found
    return found


def range_hits(memory, first, last, wanted):
    found = set()
    for at in range(first, last, CHUNK):
        try:
            memory.seek(at)
            # A little more, for a mark that lies across.
            found |= hits(memory.read(min(CHUNK + 256, last - at)), wanted)
        except (OSError, OverflowError, ValueError):
            continue
    return found


def file_hits(folders, wanted, since=0.0):
    """{path: kinds} of files below folders, names included."""
    result = {}
    for top, _folders, names in (row for folder in folders
                                 for row in os.walk(folder)):
        for name in names:
            path = os.path.join(top, name)
            found = hits(path.encode("utf-8", "surrogateescape"), wanted)
            try:
                info = os.lstat(path)
                if os.path.isfile(path) and info.st_mtime >= since and \
                        info.st_size < 1 << 28:
                    with open(path, "rb") as file:
                        found |= hits(file.read(), wanted)
            except OSError:
                pass
            if found:
                result[path] = found
    return result


def make_pages(world, marks, colors):
    """The page with all marks; what is drawn last is a row of colours."""
    body = f"""<h2 id=top>{marks['page']}</h2>
<p><input id=word size=40 autocomplete=off> <a id=load href=/loot>load</a></p>
<canvas id=row width=16 height=16></canvas><script src=/cached.js></script>"""
    script = f"""
document.cookie = 'mark={marks["cookie"]}; max-age=86400';
localStorage.setItem('mark', '{marks["storage"]}');
const colors = {colors}, context = document.getElementById('row').getContext('2d');
colors.forEach((color, x) => {{ context.fillStyle = color; context.fillRect(x, 0, 1, 16); }});
document.getElementById('word').addEventListener('input', (event) =>
  report('input', {{text: event.target.value}}));
"""
    page_server.PAGES["/residue"] = lambda _query: page_server.page(
        marks["title"], body, script)
    world.pages.answers["/cached.js"] = (
        {"Content-Type": "text/javascript",
         "Cache-Control": "public, max-age=86400"},
        f"const cached = '{marks['cache']}';".encode())
    world.pages.answers["/loot"] = (
        {"Content-Type": "application/octet-stream",
         "Content-Disposition": "attachment; filename=loot.bin"},
        marks["download"].encode() * 50)


def shoji_processes(world, viewer):
    """Programs of ours of this host and viewer, and the proxy beyond it."""
    pids = {world.host.pid, viewer.proc.pid, world.proxy.pid}
    for root in (world.host.pid, viewer.proc.pid):
        pids |= set(procs.descendants(root))
    return sorted(pid for pid in pids if procs.is_alive(pid))


def where(pids, wanted):
    """{program: kinds} of what the memory of pids holds."""
    found = {}
    for pid in pids:
        kinds = memory_hits(pid, wanted)
        if kinds:
            name = os.path.basename(procs.exe_of(pid)) or str(pid)
            found.setdefault(name, set()).update(kinds)
    return found


@case("residue: nothing of a session is left after its end", limit_s=200)
def residue(env, t):
    if os.getuid() != 0:
        t.note("only root reads the memory of confined processes")
        return
    start = "Q" + secrets.token_hex(6)
    marks = {kind: start + secrets.token_hex(8) for kind in KINDS}
    chosen = random.Random(secrets.token_hex(8))
    values = [chosen.randrange(1 << 24) for _ in range(16)]
    wanted = Wanted(marks, start, b"".join(
        value.to_bytes(4, "little") for value in values))
    began = time.time() - 1
    with World(env, t) as world:
        world.begin(page="/text")
        make_pages(world, marks, [f"#{value:06x}" for value in values])
        viewer = world.viewer()
        t.must(world.pages.wait("load", "/text", START_S), "a page is loaded",
               lambda: viewer.output() + world.host.output())
        viewer.equals_frame(limit_s=10)
        page = "/residue?" + marks["address"]
        viewer.key("ctrl+l")
        viewer.type(world.url(page) + "\n")
        t.must(world.pages.wait("load", page, 20), "the page with the marks")
        viewer.equals_frame(limit_s=10)
        click_on(world, t, viewer, "word", page)
        viewer.type(marks["form"])
        t.must(world.pages.wait("input", test=lambda row: row["text"] ==
                                marks["form"]), "the form is filled in")
        click_on(world, t, viewer, "load", page)
        t.ok(wait_until(lambda: ("GET", "pages.test", "/loot") in
                        world.pages.requests, 10), "a download is tried")
        viewer.equals_frame(limit_s=10)
        see_living(t, world, viewer, wanted)
        jail = [pid for pid in procs.descendants(world.host.pid)
                if pid != world.supervisor()]
        world.ctl("end", "tanaka")
        t.must(wait_until(lambda: not world.sessions(), 15),
               "the session ends")
        t.ok(viewer.wait_text("E403", 10), "the viewer says so", viewer.output)
        t.ok(wait_until(lambda: not any(map(procs.is_alive, jail)), 10),
             "no process of it lives")
        see_end(t, world, viewer, wanted, began)


def see_living(t, world, viewer, wanted):
    """While it lives every mark is found, or the search proves nothing."""
    found = where(shoji_processes(world, viewer), wanted)
    t.note("; ".join(f"{name}: {' '.join(sorted(kinds))}"
                     for name, kinds in sorted(found.items())))
    for kind in wanted:
        t.ok(any(kind in kinds for kinds in found.values()),
             f"{kind}: found in the memory of the living session")
    browser = world.below_host("chromium")[0]
    files = file_hits([f"/proc/{browser}/root/home/user"], wanted)
    kinds = set().union(*files.values()) if files else set()
    t.note("on the session's disk: " + " ".join(sorted(kinds)))
    t.ok({"cookie", "cache"} & kinds or {"storage"} & kinds,
         "marks are found on the disk of the living session", files)


def see_end(t, world, viewer, wanted, began):
    found = where(shoji_processes(world, viewer), wanted)
    for kind in wanted:
        names = [name for name, kinds in found.items() if kind in kinds]
        t.equal(names, [], f"{kind}: in the memory of no process of ours")
    files = file_hits([world.folder, "/tmp", "/var/tmp", "/dev/shm", "/run",
                       "/var/log"], wanted, began)
    t.equal(files, {}, "no mark is in a file")
    t.ok(not [path for path in re.findall(r" (/\S*) ", open(
        "/proc/self/mountinfo", encoding="utf-8").read())
        if "shoji" in path], "no mount is left")
