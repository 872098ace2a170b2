# SPDX-License-Identifier: GPL-3.0-or-later
"""The browser's jail: what real Chromium cannot do, tried by a real viewer."""
import errno
import os
import re
import subprocess
import time

import page_server
import proc_facts
import procs
from picture import read_text
from tap import case, wait_until
from test_chromium import START_S, click_on
from world import World

SUITE = "isolation"

BODY = """<h2>TOWN HALL</h2>
<p><a id=download href=/file download=loot.bin>download</a>
<a id=attached href=/attached>attached</a> <a id=crx href=/add.crx>crx</a>
<button id=blob>blob</button> <input type=file id=file></p>
<p><button id=print>print</button> <button id=pick>pick</button>
<button id=keep>keep</button> <button id=folder>folder</button></p>
<p><a id=disk href=file:///etc/passwd>disk</a>
<a id=inner href=chrome://version>inner</a>
<a id=data href="data:text/html,<h1>LOOT</h1>">data</a>
<button id=open_disk>open disk</button></p>"""
SCRIPT = """
const on = (id, act) => document.getElementById(id).addEventListener('click', act);
const tell_end = (id, promise) => promise.then(
  () => report('try', {id: id, end: 'done'}),
  (error) => report('try', {id: id, end: String(error.name || error.code)}));
on('blob', () => { const a = document.createElement('a');
  a.href = URL.createObjectURL(new Blob(['loot'])); a.download = 'loot.txt'; a.click(); });
on('print', () => { print(); report('try', {id: 'print', end: 'returned'}); });
on('pick', () => tell_end('pick', showOpenFilePicker()));
on('keep', () => tell_end('keep', showSaveFilePicker()));
on('folder', () => tell_end('folder', showDirectoryPicker()));
on('open_disk', () => { const w = open('file:///etc/passwd');
  report('try', {id: 'open_disk', end: w ? 'window' : 'refused'}); });
document.getElementById('file').addEventListener('change', (event) =>
  report('try', {id: 'file', end: 'chosen ' + event.target.files.length}));
document.getElementById('file').addEventListener('cancel', () =>
  report('try', {id: 'file', end: 'cancelled'}));
const tries = {
  camera: () => navigator.mediaDevices.getUserMedia({video: true}),
  screen: () => navigator.mediaDevices.getDisplayMedia(),
  place: () => new Promise((yes, no) => navigator.geolocation.getCurrentPosition(yes, no)),
  notice: () => Notification.requestPermission().then((state) => {
    if (state != 'granted') throw {name: state}; }),
  usb: () => navigator.usb.requestDevice({filters: []}),
  serial: () => navigator.serial.requestPort(),
  bluetooth: () => navigator.bluetooth.requestDevice({acceptAllDevices: true}),
  local: () => fetch('http://127.0.0.1:22/'),
  direct: () => fetch('http://10.0.0.1/'),
  disk_fetch: () => fetch('file:///etc/passwd'),
};
addEventListener('load', () => { for (const id in tries) {
  try { tell_end(id, tries[id]()); }
  catch (error) { report('try', {id: id, end: String(error.name || error.code)}); } } });
"""


# Keys after which the picture must be what it was before them.
SILENT = ["ctrl+s", "ctrl+shift+s", "ctrl+p", "ctrl+shift+p", "ctrl+o",
          "ctrl+shift+n"]
TOOLS = ["F12", "ctrl+shift+i", "ctrl+u"]
BLOCKED_KEYS = ["ctrl+j", "ctrl+h", "ctrl+shift+o"]
ADDRESSES = [
    "file:///etc/passwd", "file:///", "chrome://settings", "chrome://version",
    "chrome://flags", "chrome://policy", "chrome://extensions",
    "chrome://downloads", "chrome://print", "chrome://inspect",
    "chrome://net-export", "chrome://gpu", "about:version",
    "chrome-untrusted://print/", "devtools://devtools/bundled/inspector.html",
    "view-source:http://pages.test/jail", "data:text/html,<h1>LOOT</h1>",
    "filesystem:http://pages.test/temporary/",
    "chrome-extension://nkeimhogjdpnpccoofpliimaahmaaome/"]
BELOW_BAR = "1024x610+0+90"  # of the window of Chromium
DEVICES = {"null", "zero", "full", "random", "urandom", "shm", "fd"}
ETC = {"alternatives", "chromium", "fonts", "group", "gtk-3.0", "hosts",
       "ld.so.cache", "localtime", "nsswitch.conf", "passwd"}
PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 300]/Contents 4 0 R
/Resources<</Font<</F1 5 0 R>>>>>>endobj
4 0 obj<</Length 39>>stream
BT /F1 36 Tf 40 200 Td (TOWN PDF) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
"""


def begin_jail(world, t, **options):
    """Chromium at the page of this test, in a viewer's window.

    The page counts as safe, or half of what it tries would not even exist.
    """
    policy = world.path("policy.json")
    with open(policy, "w", encoding="ascii") as file:
        file.write('{"OverrideSecurityRestrictionsOnInsecureOrigin": '
                   '["http://pages.test"]}')
    world.extra.setdefault("session", {})["policy_file"] = policy
    page_server.PAGES["/jail"] = lambda _query: page_server.page(
        "jail", BODY, SCRIPT)
    world.begin(page="/jail")
    loot = b"LOOT" * 300
    binary = {"Content-Type": "application/octet-stream",
              "Cache-Control": "no-store"}
    world.pages.answers["/file"] = (binary, loot)
    world.pages.answers["/attached"] = (
        dict(binary, **{"Content-Type": "text/html",
                        "Content-Disposition": "attachment; filename=l.html"}),
        loot)
    world.pages.answers["/add.crx"] = (
        dict(binary, **{"Content-Type": "application/x-chrome-extension"}),
        loot)
    world.pages.answers["/pdf"] = (
        dict(binary, **{"Content-Type": "application/pdf"}), PDF)
    viewer = world.viewer(**options)
    t.must(world.pages.wait("load", "/jail", START_S), "the page is loaded",
           lambda: viewer.output() + world.host.output())
    return viewer


def rest(world, seconds=0.4, limit_s=6):
    """The framebuffer once it has been the same for that long."""
    last = [world.frame(), time.monotonic()]

    def is_still():
        now = world.frame()
        if world.pictures.compare(now, last[0]) != 0:
            last[:] = [now, time.monotonic()]
        return time.monotonic() - last[1] >= seconds

    wait_until(is_still, limit_s, 0.1)
    return last[0]


def is_back(world, before, limit_s=6, most=0):
    """Waits until at most so many pixels are not what they were before."""
    return wait_until(lambda: 0 <= world.pictures.compare(
        before, world.frame()) <= most, limit_s, 0.1)


def go(world, viewer, address):
    viewer.key("ctrl+l")
    time.sleep(0.3)  # a page that has just come takes the focus away
    viewer.type(address + "\n")
    viewer.move(900, 650)


def reload_page(world, t, viewer):
    count = len(world.pages.all("load", "/jail"))
    for _ in range(3):
        go(world, viewer, world.url("/jail"))
        if world.pages.wait("load", "/jail", 8, count + 1):
            return rest(world)
    t.must(False, "the page is loaded again")
    return None


def part(path, box):
    """The box WIDTHxHEIGHT+LEFT+TOP of a picture, as a picture."""
    out = f"{path}.{re.sub('[^0-9]', '-', box)}.png"
    subprocess.run(["convert", path, "-crop", box, "+repage", out], check=True)
    return out


def jailed(world, kind=None):
    """Chromium's processes, of one --type or the browser itself."""
    found = []
    for pid in world.below_host("chromium"):
        # A renderer's words are one text.
        match = re.search("--type=([a-z-]+)", " ".join(procs.command_of(pid)))
        if kind == (match and match[1]):
            found.append(pid)
    return found


def loot_in(pid):
    """Files of the jail's writable places whose name or content is loot."""
    found = []
    for place in ("home/user", "tmp", "dev/shm"):
        for top, _folders, names in os.walk(f"/proc/{pid}/root/{place}"):
            for name in names:
                path = os.path.join(top, name)
                try:
                    with open(path, "rb") as file:
                        is_loot = b"LOOTLOOT" in file.read(1 << 20)
                except OSError:
                    is_loot = False
                if is_loot or "loot" in name or name.endswith(".crx"):
                    found.append(path)
    return found


@case("jail: keys that save, print, open and look inside", limit_s=240)
def keys(env, t):
    with World(env, t) as world:
        viewer = begin_jail(world, t)
        viewer.move(900, 650)
        before = rest(world)
        browser = jailed(world)[0]
        for key in SILENT:
            viewer.key(key)
            after = rest(world, 0.6)
            t.equal(world.pictures.compare(before, after), 0,
                    f"{key} opens nothing, every pixel")
        for key in TOOLS:
            viewer.key(key)
            text = read_text(part(rest(world, 0.5), "700x300+160+80"))
            t.ok("DevTools" in text and "許可" in text,
                 f"{key}: no developer tools, the screen says so", text)
            for _ in range(3):
                viewer.key("Escape")
                if is_back(world, before, 3, 5000):
                    break
            # The rim of what has the focus may differ for a while.
            t.ok(is_back(world, before, 6, 5000),
                 f"{key}: after Escape the message is gone")
        for key in BLOCKED_KEYS:
            viewer.key(key)
            text = read_text(part(rest(world, 0.6), BELOW_BAR))
            t.ok("ロック" in text, f"{key}: a page that is blocked", text)
            viewer.key("ctrl+w")
            rest(world)
        t.ok(is_back(world, before), "the page is as it was, every pixel")
        t.ok(procs.is_alive(browser), "the browser is the same")
        t.equal(loot_in(browser), [], "nothing was saved")


def wait_blocked(world, reference):
    """The page area once it is that of a blocked page; None at the deadline."""
    def look():
        seen = part(world.frame(), BELOW_BAR)
        if reference and world.pictures.compare(reference, seen) == 0:
            return seen
        return None

    found = wait_until(look, 6, 0.2) if reference else None
    if not found:
        def read():
            seen = part(rest(world, 0.5), BELOW_BAR)
            return seen if "ロック" in read_text(seen) else None
        found = wait_until(read, 40, 0.5)
    return found


@case("jail: addresses of the disk and of the browser itself", limit_s=400)
def addresses(env, t):
    with World(env, t) as world:
        viewer = begin_jail(world, t)
        browser = jailed(world)[0]
        reference = None
        for address in ADDRESSES:
            # From an ordinary page, so that the picture has to change.
            reload_page(world, t, viewer)
            go(world, viewer, address)
            seen = wait_blocked(world, reference)
            t.ok(seen, f"{address} is blocked, as the screen says",
                 lambda: read_text(part(rest(world), BELOW_BAR)))
            reference = reference or seen
        go(world, viewer, "chrome://restart")
        rest(world)
        t.ok(procs.is_alive(browser), "chrome://restart does nothing")
        reload_page(world, t, viewer)
        t.must(reference, "blocked pages have a picture")
        text = [""]

        def is_ordinary():
            seen = part(world.frame(), "600x250+0+90")
            text[0] = read_text(seen)
            return "TOWN" in text[0]

        t.wait(is_ordinary, "an ordinary page is shown", 20, lambda: text[0])
        go(world, viewer, world.url("/pdf"))
        wait_until(lambda: "TOWNPDF" in read_text(
            part(rest(world), "700x560+300+140")), 15)
        before = rest(world)
        text = read_text(part(before, "700x560+300+140"))
        t.ok("TOWNPDF" in text, "a PDF file is shown", text)
        for key in ("ctrl+s", "ctrl+p"):
            viewer.key(key)
            t.equal(world.pictures.compare(before, rest(world, 0.6)), 0,
                    f"{key} in a PDF file opens nothing")
        for left in (920, 956):  # download, print
            viewer.click(left, 115)
            rest(world, 0.6)
        t.equal(loot_in(browser) + [
            top for top, _folders, names in os.walk(
                f"/proc/{browser}/root/home/user/Downloads") if names], [],
            "neither does its bar save anything")


@case("jail: what a page and its links can start", limit_s=300)
def links(env, t):
    with World(env, t) as world:
        viewer = begin_jail(world, t)
        pages = world.pages
        browser = jailed(world)[0]
        wanted = 10
        wait_until(lambda: len(pages.all("try", "/jail")) >= wanted, 15)
        for row in pages.all("try", "/jail"):
            t.ok(row["end"] not in ("done", "granted"),
                 f"a page gets no {row['id']}", row)
        t.ok(len(pages.all("try")) >= wanted, "all were tried",
             pages.all("try"))
        for name in ("download", "attached", "crx", "blob", "file", "pick",
                     "keep", "folder", "print", "disk", "inner", "data",
                     "open_disk"):
            reload_page(world, t, viewer)
            count = len(pages.all("try"))
            click_on(world, t, viewer, name, "/jail")
            rest(world, 0.8)
            ends = [row["end"] for row in pages.all("try")[count:]
                    if row["id"] == name]
            t.ok(not loot_in(browser), f"{name}: nothing is on the disk",
                 loot_in(browser))
            if name in ("file", "pick", "keep", "folder", "open_disk",
                        "print"):
                t.ok(ends and ends[0] in (
                    "cancelled", "AbortError", "NotAllowedError", "refused",
                    "returned", "SecurityError"),
                    f"{name}: refused, as the page sees it", ends)
            if name in ("disk", "inner", "data"):
                text = read_text(part(rest(world), "600x250+0+90"))
                t.ok("TOWN" in text and "root:" not in text,
                     f"{name}: the page stays", text)
        t.ok(("GET", "pages.test", "/file") in pages.requests,
             "the links were really clicked")
        path = f"/proc/{browser}/root/home/user/loot.test"
        with open(path, "wb") as file:
            file.write(b"LOOT" * 4)
        t.equal(loot_in(browser), [path], "loot would have been found")
        os.unlink(path)


@case("jail: sandbox, devices, network and disk", limit_s=120)
def jail(env, t):
    if os.getuid() != 0:
        t.note("only root can look into the jail")
        return
    with World(env, t, config={"session": {"home_max_mib": 64}}) as world:
        viewer = begin_jail(world, t)
        browser = jailed(world)[0]
        renderers = jailed(world, "renderer")
        t.must(renderers, "there are renderers")
        for pid in renderers:
            own = proc_facts.own_namespaces(pid, browser)
            status = proc_facts.status(pid)
            t.ok({"user", "pid", "net"} <= set(own),
                 "a renderer has its own user, pid and net namespaces", own)
            t.ok(status["Seccomp"] == "2" and
                 int(status["Seccomp_filters"]) >= 2 and
                 status["NoNewPrivs"] == "1" and
                 int(status["CapEff"], 16) == 0,
                 "a renderer has a filter of its own and no rights", status)
            t.equal(proc_facts.root_of(pid), [], "a renderer sees no file")
        words = " ".join(word for pid in world.below_host("chromium")
                         for word in procs.command_of(pid))
        t.ok(not re.search("--no-" "sandbox|--disable-\\S*" "sandbox|"
                           "--remote-" "debugging", words),
             "no switch loosens that", words)
        root = f"/proc/{browser}/root"
        t.ok(set(os.listdir(root + "/dev")) <= DEVICES,
             "the devices are the least", os.listdir(root + "/dev"))
        t.ok(set(os.listdir(root + "/etc")) <= ETC,
             "/etc has what Chromium needs", os.listdir(root + "/etc"))
        t.equal((os.listdir(root + "/home"), os.listdir(root + "/run"),
                 os.listdir(root + "/run/shoji"), os.listdir(root + "/var"),
                 os.listdir(root + "/var/cache")),
                (["user"], ["shoji"], ["xauthority"], ["cache"],
                 ["fontconfig"]), "there is no other file of the host")
        see_network(t, browser)
        fill(world, t, viewer, browser)


def see_network(t, browser):
    devices = re.findall(r"^\s*(\w+):", proc_facts.read(browser, "net/dev"),
                         re.M)
    routes = proc_facts.read(browser, "net/route").splitlines()[1:]
    t.equal((devices, routes), (["lo"], []), "there is no network but lo")
    listeners = [line.split()[1] for line in
                 proc_facts.read(browser, "net/tcp").splitlines()[1:]
                 if line.split()[3] == "0A"]
    t.equal(listeners, ["0100007F:0C38"], "and the forwarder alone listens")
    names = [line.split()[7] for line in
             proc_facts.read(browser, "net/unix").splitlines()[1:]
             if len(line.split()) > 7]
    t.ok(names and not [name for name in names if "bus" in name],
         "no D-Bus listens", names)
    t.ok("DBUS" not in proc_facts.read(browser, "environ"),
         "and none is named")


def write_until_full(folder, owner):
    """(error number, MiB that fitted) of a file of owner that grows there."""
    top = os.open(folder, os.O_PATH)
    count, fd = 0, -1
    os.setegid(owner)
    os.seteuid(owner)
    try:
        fd = os.open("fill", os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=top)
        while count < 4096:
            os.write(fd, bytes(1 << 20))
            count += 1
    except OSError as error:
        return error.errno, count
    finally:
        if fd >= 0:
            os.close(fd)
            os.unlink("fill", dir_fd=top)
        os.seteuid(0)
        os.setegid(0)
        os.close(top)
    return 0, count


def fill(world, t, viewer, browser):
    root = f"/proc/{browser}/root"
    owner = int(proc_facts.status(browser)["Uid"].split()[0])
    before = os.statvfs(world.folder).f_bavail
    for place, most in (("/home/user", 64), ("/tmp", 64)):
        number, count = write_until_full(root + place, owner)
        t.ok(number == errno.ENOSPC and count <= most,
             f"{place} is full after {most} MiB", (number, count))
    for place in ("/", "/etc", "/usr", "/dev"):
        number, _count = write_until_full(root + place, owner)
        t.ok(number in (errno.EROFS, errno.EACCES),
             f"{place} cannot be written", number)
    size = os.statvfs(root + "/dev/shm")
    t.equal(size.f_blocks * size.f_frsize >> 20, 512, "/dev/shm has a bound")
    t.ok(before - os.statvfs(world.folder).f_bavail < 8192,
         "the host's disk is as before")
    reload_page(world, t, viewer)
    t.ok(world.host.is_running() and procs.is_alive(browser),
         "host and browser go on")
