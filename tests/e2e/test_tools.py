# SPDX-License-Identifier: GPL-3.0-or-later
"""What administrators see: configuration errors, shojictl, the event log."""
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import tempfile

from guard_world import GuardWorld
from tap import case, wait_until
from world import World


@case("tools: shojictl and the event log")
def control(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        status, text = world.ctl("status")
        t.equal(status, 0, "status answers")
        t.ok("0" in text, "and counts no session", text)
        viewer = world.viewer()
        t.must(viewer.wait_state(limit_s=20), "a session starts")
        viewer.key("d")
        t.ok(viewer.wait_state(lambda now: now["presses"] == 1),
             "a key is pressed")
        status, text = world.ctl("sessions")
        t.equal(status, 0, "sessions answers")
        t.ok("tanaka" in text, "and names the user", text)
        t.ok(world.ctl("end", "nobody")[0] != 0,
             "ending the session of nobody fails")
        t.ok(world.ctl("frobnicate")[0] != 0, "an unknown word fails")
        t.equal(world.ctl("end", "tanaka")[0], 0, "end succeeds")
        t.ok(wait_until(lambda: not world.sessions(), 10), "it ends")
        t.ok(viewer.wait_reason(403), "its user is told", viewer.output)
        t.ok(wait_until(lambda: world.events("disconnect"), 5),
             "the end of the connection is logged")
        events = world.events()
        t.ok(all("time" in row and "event" in row for row in events),
             "each line of the log has a time and a name", events[:3])
        t.ok(any(row.get("user") == "tanaka" for row in events),
             "the log says who")
        t.ok(any(row.get("reason") == 403 for row in events),
             "and why it ended")
        with open(world.event_log, encoding="utf-8") as file:
            whole = file.read()
        t.ok("KeyEvent" in whole,
             "and counts messages per type", whole[-600:])
        mode = os.stat(world.event_log).st_mode & 0o777
        t.equal(mode & 0o007, 0, "the log is not for everybody")


@case("tools: shojictl says what is wrong")
def control_words(env, t):
    folder = tempfile.mkdtemp(prefix="ctl")
    os.chmod(folder, 0o755)
    program = os.path.join(folder, "shojictl")
    shutil.copy(env.program("shojictl"), program)

    def says(words, status, text, **how):
        done = subprocess.run([program, *words], capture_output=True,
                              text=True, check=False, timeout=30, **how)
        t.ok(done.returncode == status and text in done.stderr,
             f"{' '.join(words) or 'no word'}: {status}, {text}",
             (done.returncode, done.stderr))

    path = os.path.join(folder, "control")
    try:
        for words, text in (
                ([], "the command is missing"),
                (["bogus"], "'bogus' is no command"),
                (["end"], "end: the user is missing"),
                (["end", "a", "b"], "end: 'b' is too much"),
                (["status", "extra"], "status: 'extra' is too much"),
                (["--state-dir", folder, "--socket", path, "status"],
                 "--state-dir and --socket exclude each other")):
            says(words, 1, "shojictl: " + text)
        ask = ["--socket", path, "status"]
        says(ask, 2, "No such file or directory; is shojid running?")
        says(["--socket", folder + "/" + "a" * 200, "status"], 2,
             "no socket has such a path")
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(path)
            says(ask, 2, "Connection refused; is shojid running?")
            os.chmod(path, 0o600)
            if os.geteuid() == 0:
                says(ask, 2, "Permission denied; only root and the user that "
                     "shojid runs as", user=65534)
            listener.listen(1)
            says(ask, 2, f"{path}: no answer in 10 s; shojid runs, but")
    finally:
        shutil.rmtree(folder)


@case("tools: an event log is a file, and nobody is waited for")
def event_log(env, t):
    with World(env, t, command="paint") as world:
        os.mkfifo(world.event_log)
        world.begin_host(must_listen=False)
        t.equal(world.host.wait(), 1, "a pipe as event log ends the start")
        t.ok(f"[paths] event_log: {world.event_log}: is not a file" in
             world.host.output(), "and is named", world.host.output())
        os.unlink(world.event_log)
        world.begin_host()
        kept = world.path("kept")
        os.rename(world.event_log, kept)
        os.mkfifo(world.event_log)
        world.host.signal(signal.SIGHUP)
        t.ok(wait_until(lambda: "event_log error=\"is not a file" in
                        world.host.output(), 10),
             "a pipe in its place is named", world.host.output())
        os.unlink(world.event_log)
        t.equal(world.ctl("status")[0], 0, "the host goes on")
        t.equal(world.host.stop(), 0, "and can be ended")
        with open(kept, encoding="utf-8") as file:
            t.ok('"stop"' in file.read(), "the old file is gone on with")


@case("tools: shojid --passwd replaces a file and nothing else")
def passwords(env, t):
    folder = os.path.join(env.folder, "passwords")
    os.mkdir(folder)
    program = os.path.join(env.build, "host", "shojid")

    def store(path):
        return subprocess.run([program, "--passwd", path, "tanaka"],
                              input="sesame\n", capture_output=True, text=True,
                              check=False, timeout=20)

    users = os.path.join(folder, "users")
    t.equal(store(users).returncode, 0, "a file is made")
    t.equal(store(users).returncode, 0, "and replaced")
    link, pipe, device = (os.path.join(folder, name)
                          for name in ("link", "pipe", "device"))
    os.symlink(users, link)
    os.mkfifo(pipe)
    rows = [(link, "is a symbolic link; name the file itself"),
            (folder, "is a folder; name a file in it"),
            (pipe, "is not a file and would be replaced")]
    try:
        os.mknod(device, 0o600 | stat.S_IFCHR, os.makedev(1, 3))
        rows.append((device, "is not a file and would be replaced"))
    except PermissionError:
        pass  # only root makes one
    for path, words in rows:
        before = os.lstat(path)
        done = store(path)
        t.equal((done.returncode, f"shojid: {path}: {words}" in done.stderr),
                (2, True), f"{os.path.basename(path)} {words}")
        after = os.lstat(path)
        t.equal((after.st_ino, after.st_mode), (before.st_ino, before.st_mode),
                "and stays")
    t.equal(len(os.listdir(folder)), len(rows), "nothing is beside them")


@case("tools: errors of a configuration name their place")
def configuration(env, t):
    with World(env, t, command="paint") as world:
        good = world.write_config()
        status, text = world.check_config(good)
        t.equal(status, 0, "a good configuration is good",)
        lines = open(good, encoding="utf-8").read()
        for name, add, words in [
                ("an unknown key", "[session]\ncolour = red\n", ["colour"]),
                ("an unknown section", "[nonsense]\na = b\n", ["nonsense"]),
                ("a wrong choice", "[session]\nkeymap = uk\n",
                 ["keymap", "us", "jp"]),
                ("a wrong number", "[session]\nmax = many\n", ["max"]),
                ("a number beyond its range", "[session]\nmax = 1000000\n",
                 ["max"])]:
            path = world.path("bad.ini")
            key = add.split("\n")[1].split(" ")[0]
            kept = [line for line in lines.splitlines()
                    if line.split(" ")[0] != key]
            with open(path, "w", encoding="utf-8") as file:
                file.write("\n".join(kept) + "\n" + add)
            line = str(len(kept) + 2)
            status, text = world.check_config(path)
            t.equal(status, 1, f"{name}: status 1")
            t.ok("bad.ini" in text and (line in text or
                                        "nonsense" in words), f"{name}: "
                 f"names file and line {line}", text)
            t.ok(all(word in text for word in words),
                 f"{name}: names {', '.join(words)}", text)
        status, text = world.check_config(world.path("absent.ini"))
        t.equal(status, 1, "a file that is not there: status 1")
        t.ok("absent.ini" in text, "and it is named", text)


def damaged(world, name, source, change):
    """A copy of the file source whose text has been changed."""
    path = world.path(name)
    with open(source, encoding="utf-8") as file:
        text = change(file.read())
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def rewritten(config, section, key, value):
    """The text of a configuration with one setting changed, and its line."""
    lines, now = [], ""
    for line in config.splitlines():
        now = line if line.startswith("[") else now
        if now != f"[{section}]" or line.split(" ")[0] != key:
            lines.append(line)
    if f"[{section}]" not in lines:
        lines.append(f"[{section}]")
    at = lines.index(f"[{section}]") + 1
    lines.insert(at, f"{key} = {value}")
    return "\n".join(lines) + "\n", at + 1


def linked(world, name):
    """A symbolic link to a file that is not there yet."""
    os.symlink(world.path("ledger"), world.path(name))
    return world.path(name)


def bad_material(world, own, prefix=""):
    """[(what is wrong, section, key, value, words of the message)]."""
    half = damaged(world, prefix + "half.pem", own["chain"],
                   lambda text: text[:len(text) // 2])
    words = damaged(world, prefix + "words.pem", own["chain"],
                    lambda text: "this is no certificate\n")
    section = prefix or "tls"
    return [
        ("a chain that is not there", section, "chain",
         world.path("absent.pem"), ["absent.pem", "No such file"]),
        ("a chain that is cut", section, "chain", half, ["PEM block"]),
        ("a chain that is no PEM", section, "chain", words, ["CERTIFICATE"]),
        ("a certificate as key", section, "key", own["chain"],
         ["PRIVATE KEY"]),
        ("a certificate as revocation list", section, "crl", own["chain"],
         ["X509 CRL"]),
        ("a folder as authority", section, "authority", world.folder,
         [world.folder + ": "]),
        ("a passphrase file without a line", section, "key_password_file",
         damaged(world, prefix + "empty", own["chain"], lambda text: ""),
         ["password"]),
        ("a ledger in no folder", "ledger", "file",
         world.path("nowhere/ledger") + f"\nkeys = {own['key']}",
         ["nowhere", "no such folder"]),
        ("a ledger behind a link", "ledger", "file",
         linked(world, prefix + "link") + f"\nkeys = {own['key']}",
         ["link: is a symbolic link; name the file itself"]),
        ("libexec that is not there", "paths", "libexec",
         world.path("nowhere"), ["nowhere"]),
        ("user ids beyond the last one", "uids", "first",
         "4294950000\ncount = 65536", ["4294967293"])]


def judge_checks(t, check, world, good, rows):
    status, text = check(world.path("good.ini"), good)
    t.equal((status, "good" in text), (0, True), f"what is good is: {text}")
    for name, section, key, value, words in rows:
        config, line = rewritten(good, section, key, value)
        path = world.path("bad.ini")
        status, text = check(path, config)
        t.equal(status, 1, f"{name}: status 1 ({text.strip()})")
        t.ok(f"bad.ini:{line}: [{section}] {key}" in text,
             f"{name}: names file, line {line} and key", text)
        t.ok(all(word in text for word in words), f"{name}: says {words}",
             text)


def judge_start(t, world, program, good, section):
    """A start that fails names the place, as a check does."""
    config, line = rewritten(good, section, "chain", world.path("absent.pem"))
    path = world.path("bad.ini")
    with open(path, "w", encoding="utf-8") as file:
        file.write(config)
    done = subprocess.run([program, "--config", path], capture_output=True,
                          text=True, check=False, timeout=20)
    t.ok(done.returncode != 0 and
         f"bad.ini:{line}: [{section}] chain" in done.stderr,
         "a start with a chain that is not there: names file, line and key",
         done.stderr)


def checker(env, program):
    def check(path, config):
        with open(path, "w", encoding="utf-8") as file:
            file.write(config)
        done = subprocess.run(
            [env.program(program), "--config", path, "--check-config"],
            capture_output=True, text=True, check=False, timeout=10)
        return done.returncode, done.stdout + done.stderr
    return check


@case("tools: shojid --check-config finds what would fail later")
def check_host(env, t):
    with World(env, t, command="paint") as world:
        with open(world.write_config(), encoding="utf-8") as file:
            good = file.read()
        own = dict(line.split(" = ", 1) for line in good.splitlines()
                   if " = " in line)
        judge_start(t, world, env.program("shojid"), good, "tls")
        broken = damaged(world, "policy.json", own["chain"],
                         lambda text: "{\"A\": 1,\n \"B\": }\n")
        listed = damaged(world, "list.json", own["chain"], lambda text: "[]")
        os.mkfifo(world.path("fifo"))
        judge_checks(t, checker(env, "shojid"), world, good, [
            *bad_material(world, own),
            ("a pipe as event log", "paths", "event_log", world.path("fifo"),
             ["fifo: is not a file"]),
            ("an event log behind a link", "paths", "event_log",
             linked(world, "events"), ["is a symbolic link"]),
            ("a device as port file", "listen", "port_file", "/dev/null",
             ["/dev/null: is not a file"]),
            ("a key as port file", "listen", "port_file", own["key"],
             ["holds something else", "a file of its own"]),
            ("a list as event log", "paths", "event_log", own["crl"],
             ["holds something else"]),
            ("/ under another name", "session", "bind", "/tmp/..",
             ["not /, without empty parts"]),
            ("a policy that is no JSON", "session", "policy_file", broken,
             ["policy.json", "line 2", "correct the JSON"]),
            ("a policy that is no object", "session", "policy_file", listed,
             ["list.json", "object"]),
            ("a zone in capitals", "tls", "zone", "LGWAN", ["a-z"]),
            ("the zone of individual numbers", "tls", "zone", "mynumber",
             ["refused"]),
            ("a name as address", "listen", "address", "localhost",
             ["numeric"]),
            ("a command that is not there", "session", "command",
             "/usr/bin/not-there", ["not-there", "No such file"])])
        os.unlink(world.path("fifo"))


@case("tools: shoji-guard --check-config finds what would fail later")
def check_guard(env, t):
    with GuardWorld(env, t, command="paint") as world:
        with open(world.write_guard_config(), encoding="utf-8") as file:
            good = file.read().replace("127.0.0.1:0\n", "127.0.0.1:5900\n")
        judge_start(t, world, env.program("shoji-guard"), good, "viewers")
        rows = bad_material(world, world.viewer_side, "viewers") + [
            row for row in bad_material(world, world.host_side, "host")
            if row[1] == "host"]
        judge_checks(t, checker(env, "shoji-guard"), world, good, [
            *rows,
            ("a zone in capitals", "viewers", "zone", "LGWAN", ["a-z"]),
            ("the zone of individual numbers", "viewers", "zone", "mynumber",
             ["refused"]),
            ("a name as address", "listen", "address", "localhost",
             ["numeric"]),
            ("a host without a port", "host", "address",
             "10.0.0.1\naddress = 10.0.0.2:5900", ["address:port"]),
            ("a layer that there is not", "confine", "may_miss",
             "cgroups\nmay_miss = landlock", ["landlock"])])


def without_a_file(own, option):
    """Options of a viewer, one file of which is not there; its path, too."""
    files = {"cert": own["chain"], "key": own["key"],
             "ca": own["authority"], "crl": own["crl"]}
    files[option] = f"/nonexistent/{option}.pem"
    words = [word for name, path in files.items()
             for word in (f"--{name}", path)]
    return words, files[option]


@case("tools: a viewer speaks of a file that is not there, not of the network")
def lacking(env, t):
    own = env.viewer_material("tanaka")
    with World(env, t, command="paint") as world, \
            socket.create_server(("127.0.0.1", 0)) as nobody:
        nobody.setblocking(False)
        port = nobody.getsockname()[1]
        for option in ("cert", "key", "ca", "crl", "passphrase-file"):
            words, path = without_a_file(own, option)
            for language, advice in (("en", "readable for this user"),
                                     ("ja", "読めるように")):
                # A host that is there, and one that nobody can reach.
                for target in (f"127.0.0.1:{port}", "127.0.0.1:1"):
                    done = subprocess.run(
                        [env.program("shoji-viewer"), "--headless", "--lang",
                         language, *words, target], capture_output=True,
                        text=True, check=False, timeout=30)
                    first, second, *_ = done.stderr.splitlines() + ["", ""]
                    t.equal((done.returncode, first.split(";")[0]),
                            (1, f"shoji-viewer: {path}: "
                             "No such file or directory"),
                            f"--{option}, {target}: status 1, and the path "
                            "first")
                    t.ok(advice in second and f"--{option}" in second,
                         f"then what to do ({language})", done.stderr)
                    t.ok("E601" not in done.stderr,
                         "the network is not spoken of", done.stderr)
        try:
            nobody.accept()
            t.ok(False, "no connection was tried")
        except BlockingIOError:
            t.ok(True, "no connection was tried")
        show_lacking(t, world, own)


def show_lacking(t, world, own):
    """A person without a terminal sees the window say that it is here."""
    viewer = world.viewer(material={**own, "key": "/nonexistent/key.pem"},
                          port=1)
    t.ok(viewer.wait_reason(600), "a window says E600, not E601",
         viewer.output)
    t.ok(viewer.proc.is_running(), "and stays until it is closed")


@case("tools: ./dev refuses words that it does not know")
def dev_words(env, t):
    root = os.path.dirname(os.path.dirname(os.path.dirname(
        os.path.abspath(__file__))))

    def run(*words):
        done = subprocess.run(words, cwd=root, capture_output=True, text=True,
                              check=False, timeout=15)
        return done.returncode, done.stdout + done.stderr

    for words in (["build", "--x"], ["lint", "--x"], ["coverage", "--x"],
                  ["check", "--long", "--x"], ["fuzz", "1", "--x"],
                  ["test", "--x"]):
        t.equal(run("./dev", *words), (1, "dev: unknown option --x\n"),
                f"./dev {' '.join(words)}")
    status, text = run("python3", "tests/bench/run.py", "--build", env.build,
                       "--quick", "--docs")
    t.ok(status == 2 and "--quick measures less" in text,
         "results of a quick measurement do not replace full ones", text)
