#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""shoji-ca as an administrator uses it. test_shoji_ca.py PROGRAM"""
import os
import pty
import re
import shutil
import subprocess
import sys
import time

from ca_rig import (Authority, Failed, LIMIT_S, PROGRAM, Run, case, done,
                    equal, holds, main, mode, openssl, snapshot)


@case
def init_makes_a_private_authority(folder):
    ca = Authority(folder, "--zone", "lgwan")
    done(ca.first)
    holds(ca.first.out, "pin sha256")
    equal(mode(ca.dir), 0o700, "folder")
    equal(mode(ca.path("authority.key")), 0o600, "key")
    equal(mode(ca.path("index")), 0o600, "index")
    equal(mode(ca.path("authority.pem")), 0o644, "certificate")
    text = openssl("x509", "-in", ca.path("authority.pem"), "-noout",
                   "-text").stdout
    holds(text, "prime256v1")
    holds(text, "CA:TRUE, pathlen:0")


@case
def a_second_init_changes_nothing(folder):
    ca = Authority(folder)
    before = snapshot(ca.dir)
    holds(done(ca("init"), 1).out, "left as it is")
    equal(snapshot(ca.dir), before, "files")


@case
def an_interrupted_init_is_told_and_a_refused_one_can_be_repeated(folder):
    ca = Authority(folder, "--name", "n" * 65)
    holds(done(ca.first, 1).out, "64 characters")
    done(ca("init", "--name", "n" * 64))
    os.unlink(ca.path("index"))
    before = snapshot(ca.dir)
    for command in [["init"], ["viewer", "a"], ["list"]]:
        holds(done(ca(*command), 2).out, "without its index")
        equal(snapshot(ca.dir), before, "files")


@case
def openssl_accepts_what_is_issued(folder):
    ca = Authority(folder)
    done(ca("host", "h.example", "192.0.2.1", "2001:db8::1"))
    done(ca("viewer", "tanaka"))
    done(ca("guard", "g.example"))
    done(ca("admin", "root1"))
    for name, purposes in [("host/h.example", ["sslserver"]),
                           ("viewer/tanaka", ["sslclient"]),
                           ("guard/g.example", ["sslserver", "sslclient"]),
                           ("admin/root1", ["sslclient"])]:
        for purpose in purposes:
            result = openssl(
                "verify", "-x509_strict", "-crl_check_all", "-purpose",
                purpose, "-CAfile", ca.path("authority.pem"), "-CRLfile",
                ca.path("crl.pem"), ca.path(name + ".pem"))
            equal(result.returncode, 0, result.stdout + result.stderr)
        equal(mode(ca.path(name + ".key")), 0o600, "key")
    text = openssl("x509", "-in", ca.path("host/h.example.pem"), "-noout",
                   "-text").stdout
    for word in ["URI:urn:shoji:internet:host:h.example", "DNS:h.example",
                 "IP Address:192.0.2.1", "IP Address:2001:DB8:0:0:0:0:0:1"]:
        holds(text, word)
    text = openssl("x509", "-in", ca.path("viewer/tanaka.pem"), "-noout",
                   "-ext", "subjectAltName").stdout
    holds(text, "URI:urn:shoji:lgwan:viewer:tanaka")


@case
def leaves_are_valid_for_397_days_and_lists_for_7(folder):
    ca = Authority(folder)
    holds(done(ca("viewer", "a")).out, "(397 days)")
    for seconds, status in [(397 * 86400 - 600, 0), (397 * 86400 + 600, 1)]:
        equal(openssl("x509", "-in", ca.path("viewer/a.pem"), "-noout",
                      "-checkend", str(seconds)).returncode, status,
              "end of the certificate")
    text = openssl("crl", "-in", ca.path("crl.pem"), "-noout",
                   "-nextupdate").stdout
    end = time.mktime(time.strptime(text.strip().split("=")[1],
                                    "%b %d %H:%M:%S %Y %Z")) - time.timezone
    left = end - time.time()
    if not 7 * 86400 - 600 < left <= 7 * 86400:
        raise Failed(f"list: {left} s left")


@case
def the_zone_can_be_chosen(folder):
    ca = Authority(folder, "--zone", "branch")
    holds(done(ca("viewer", "a")).out, "of zone branch")
    holds(done(ca("viewer", "b", "--zone", "other")).out, "of zone other")
    holds(done(ca("host", "h.example", "--zone", "lgwan")).out,
          "of zone lgwan")
    holds(done(ca("viewer", "c", "--zone", "mynumber")).out, "refuses")
    holds(done(ca("viewer", "d", "--zone", "LGWAN"), 1).out, "is no zone")
    unused = Authority(os.path.join(folder, "unused"), "--zone", "mynumber")
    holds(done(unused.first).out, "refuses certificates of zone mynumber")
    if "refuses" in ca.first.out:
        raise Failed(ca.first.out)


@case
def wrong_names_are_refused_and_change_nothing(folder):
    ca = Authority(folder)
    before = snapshot(ca.dir)
    for args, word in [
            (["viewer", "Tanaka"], "lower case"),
            (["viewer", "../x"], "cannot be the name"),
            (["viewer", "a" * 33], "at most 32"),
            (["viewer", "a", "b"], "usage:"),
            (["viewer"], "usage:"),
            (["host", "*.example"], "wildcard"),
            (["host", "::1"], "--name"),
            (["host", "a" * 40 + ".example"], "--name"),
            (["host", "h.example", "bad_name"], "neither"),
            (["viewer", "a", "--days", "x"], "--days"),
            (["viewer", "a", "--not-after", "soon"], "is no time"),
            (["viewer", "a", "--not-before", "2030-01-02", "--not-after",
              "2030-01-01"], "ends before"),
            (["viewer", "a", "--days", "1", "--not-after", "2030-01-01"],
             "exclude"),
            (["frob"], "unknown command"),
            (["viewer", "a", "--install", "x"], "does not take")]:
        holds(done(ca(*args), 1).out, word, args)
        equal(snapshot(ca.dir), before, f"files after {args}")
    done(ca("host", "::1", "--name", "six"))
    done(ca("host", "a" * 40 + ".example", "--name", "long"))


@case
def a_name_has_one_certificate_in_use(folder):
    ca = Authority(folder)
    done(ca("viewer", "a"))
    before = snapshot(ca.dir)
    holds(done(ca("viewer", "a"), 1).out, "renew viewer a")
    equal(snapshot(ca.dir), before, "files")
    done(ca("admin", "a"))
    done(ca("revoke", "viewer", "a"))
    done(ca("viewer", "a"))


@case
def revoking_by_name_file_and_serial(folder):
    ca = Authority(folder)
    done(ca("viewer", "a"))
    done(ca("viewer", "b"))
    done(ca("viewer", "c"))
    done(ca("admin", "c"))
    nowhere = folder + "/no/where.pem"
    holds(done(ca("revoke", "a", "--install", nowhere), 2).out,
          "run shoji-ca crl")
    done(ca("revoke", ca.path("viewer", "b.pem")))
    serial = re.search(r"cert (\w+) viewer lgwan c ",
                       open(ca.path("index")).read()).group(1)
    holds(done(ca("revoke", "c"), 1).out, "several roles")
    holds(done(ca("revoke", serial)).out, serial)
    text = openssl("crl", "-in", ca.path("crl.pem"), "-noout", "-text").stdout
    equal(text.count("Serial Number:"), 3, "revoked")
    holds(done(ca("revoke", serial), 1).out, "shoji-ca crl writes the list")
    holds(done(ca("revoke", "nobody"), 2).out, "no certificate in use")
    holds(done(ca("revoke", "viewer", "nobody"), 2).out, "see shoji-ca list")
    other = Authority(os.path.join(folder, "other"))
    done(other("viewer", "x"))
    holds(done(ca("revoke", other.path("viewer/x.pem")), 2).out,
          "was not issued by")


@case
def revoking_a_name_takes_its_renewals_too(folder):
    ca = Authority(folder)
    done(ca("viewer", "a"))
    shutil.copy(ca.path("viewer/a.pem"), folder)
    done(ca("renew", "viewer", "a"))
    done(ca("revoke", "viewer", "a"))
    for path in [ca.path("viewer/a.pem"), os.path.join(folder, "a.pem")]:
        holds(done(ca("check", path), 3).out, "code 114")


@case
def a_renewal_keeps_key_names_and_pin(folder):
    ca = Authority(folder)
    pin = re.search(r"pin sha256: +(\w+)", done(
        ca("host", "h.example", "192.0.2.1", "--days", "5")).out).group(1)
    with open(ca.path("host/h.example.key"), "rb") as file:
        key = file.read()
    out = done(ca("renew", "h.example")).out
    for word in [pin, "192.0.2.1", "(397 days)", "zone internet"]:
        holds(out, word)
    with open(ca.path("host/h.example.key"), "rb") as file:
        equal(file.read(), key, "key")
    out = done(ca("renew", "host", "h.example", "--new-key")).out
    if pin in out:
        raise Failed("the pin is the same with a new key")
    holds(done(ca("check", ca.path("host/h.example.pem"))).out,
          "its key fits")


@case
def renew_due_renews_only_what_runs_out(folder):
    ca = Authority(folder)
    done(ca("viewer", "soon", "--days", "59"))
    done(ca("viewer", "later", "--days", "70"))
    done(ca("viewer", "past", "--days", "-1"))
    out = done(ca("renew", "--due")).out
    holds(out, "viewer soon")
    holds(out, "renewed:     1")
    holds(done(ca("renew", "--due")).out, "renewed:     0")
    holds(done(ca("renew", "viewer", "past"), 2).out,
          "shoji-ca renew " + ca.path("viewer/past.pem"))
    done(ca("renew", ca.path("viewer/past.pem")))
    holds(done(ca("check", ca.path("viewer/past.pem"))).out, "its key fits")
    holds(done(ca("renew"), 1).out, "usage")
    holds(done(ca("renew", "viewer", "later", "--due"), 1).out, "usage")


@case
def list_tells_the_days_left(folder):
    ca = Authority(folder)
    for name, days in [("fine", 100), ("sixty", 59), ("thirty", 29),
                       ("seven", 6), ("past", -1)]:
        done(ca("viewer", name, "--days", str(days)))
    done(ca("viewer", "gone"))
    done(ca("revoke", "gone"))
    done(ca("viewer", "twice"))
    done(ca("renew", "twice"))
    lines = {}
    for line in done(ca("list")).stdout.splitlines()[1:]:
        lines.setdefault(line.split()[2], []).append(line)
    if not re.search(r" (99|100)  ", lines["fine"][0]):
        raise Failed(lines["fine"][0])
    for name, word in [("fine", "valid"), ("sixty", "under 60 days"),
                       ("thirty", "under 30 days"), ("seven", "URGENT"),
                       ("past", "EXPIRED"), ("gone", "revoked")]:
        holds(lines[name][0], word)
    holds(lines["twice"][0], "replaced")
    holds(lines["twice"][1], "valid")
    names = [line.split()[2]
             for line in done(ca("list", "--due")).stdout.splitlines()[1:]]
    equal(names, ["sixty", "thirty", "seven", "past"], "due")


@case
def the_list_is_installed_and_warned_of(folder):
    ca = Authority(folder)
    place = os.path.join(folder, "crl.pem")
    out = done(ca("crl", "--install", place)).out
    if "warning" in out:
        raise Failed(out)
    with open(place, "rb") as one, open(ca.path("crl.pem"), "rb") as two:
        equal(one.read(), two.read(), "list")
    equal(mode(place), 0o644, "list")
    done(ca("crl", "--days", "2"))
    holds(done(ca("list")).out, "warning: the revocation list runs out in 4")
    holds(done(ca("crl")).out, "the list before had only 4")
    done(ca("crl", "--days", "-1"))
    holds(done(ca("list")).out, "WRONG: the revocation list ran out")
    holds(done(ca("crl")).out, "out of date for 24 hours")
    holds(done(ca("check", ca.path("crl.pem"))).out, "valid for 16")
    out = done(ca("crl", "--install", "/not/there/crl.pem"), 2).out
    for words in ["make its folder first", "is in " + ca.path("crl.pem")]:
        holds(out, words)


@case
def a_terminal_keeps_its_key(folder):
    ca = Authority(folder)
    base = os.path.join(folder, "suzuki")
    out = done(Run(["request", "suzuki", "--out", base])).out
    holds(out, "--role viewer --name suzuki")
    equal(mode(base + ".key"), 0o600, "key")
    holds(done(Run(["request", "suzuki", "--out", base]), 1).out,
          "left as it is")
    done(ca("sign", base + ".csr", "--role", "viewer", "--name", "suzuki",
            "--out", base + ".pem"))
    equal(os.path.exists(ca.path("viewer/suzuki.key")), False, "key here")
    out = done(ca("check", base + ".pem")).out
    holds(out, "its key fits")
    holds(out, "viewer suzuki of zone lgwan")
    done(ca("renew", "viewer", "suzuki", "--out", base + ".pem"))
    holds(done(ca("check", base + ".pem")).out, "its key fits")


@case
def a_request_decides_nothing_but_the_key(folder):
    ca = Authority(folder)
    csr = os.path.join(folder, "r.csr")
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null",
            "-subj", "/CN=admin", "-addext",
            "subjectAltName=URI:urn:shoji:lgwan:admin:evil,DNS:evil.example",
            "-addext", "basicConstraints=CA:TRUE", "-out", csr)
    done(ca("sign", csr, "--role", "viewer", "--name", "suzuki"))
    text = openssl("x509", "-in", ca.path("viewer/suzuki.pem"), "-noout",
                   "-text").stdout
    if "evil" in text or "CA:TRUE" in text or "CN = admin" in text:
        raise Failed(text)


@case
def sign_wants_role_and_names(folder):
    ca = Authority(folder)
    base = os.path.join(folder, "r")
    done(Run(["request", "r", "--out", base]))
    before = snapshot(ca.dir)
    for args, status, word in [
            (["sign", base + ".csr"], 1, "--role"),
            (["sign", base + ".csr", "--role", "root"], 1, "--role"),
            (["sign", base + ".csr", "--role", "viewer"], 1, "--name"),
            (["sign", base + ".csr", "--role", "host", "--name", "h"], 1,
             "DNS names"),
            (["sign", base + ".csr", "h.example", "--role", "viewer",
              "--name", "h"], 1, "has no DNS names"),
            (["sign", base + ".key", "--role", "viewer", "--name", "h"], 2,
             "no signing request"),
            (["sign", "/not/there", "--role", "viewer", "--name", "h"], 2,
             "/not/there"),
            (["sign", "/dev/zero", "--role", "viewer", "--name", "h"], 2,
             "larger")]:
        holds(done(ca(*args), status).out, word, args)
        equal(snapshot(ca.dir), before, f"files after {args}")
    openssl("req", "-new", "-newkey", "rsa:1024", "-nodes", "-keyout",
            "/dev/null", "-subj", "/CN=a", "-out", base + ".weak")
    holds(done(ca("sign", base + ".weak", "--role", "viewer", "--name", "h"),
               3).out, "accepted")
    done(ca("sign", base + ".csr", "h.example", "--role", "host", "--name",
            "h"))


@case
def passphrases_protect_keys(folder):
    secret = os.path.join(folder, "secret")
    with open(secret, "w", encoding="ascii") as file:
        file.write("correct horse\nsecond line\n")
    ca = Authority(folder, "--passphrase-file", secret)
    done(ca.first)
    holds(open(ca.path("authority.key")).read(), "ENCRYPTED")
    before = snapshot(ca.dir)
    holds(done(ca("viewer", "a", "--authority-passphrase-file", "-",
                  stdin=b"wrong horse\n"), 3).out, "is wrong")
    holds(done(ca("viewer", "a", "--authority-passphrase-file", "-"),
               1).out, "empty")
    equal(snapshot(ca.dir), before, "files")
    done(ca("viewer", "a", "--authority-passphrase-file", secret,
            "--passphrase-file", "-", stdin=b"battery staple\n"))
    equal(openssl("pkey", "-in", ca.path("viewer/a.key"), "-noout",
                  "-passin", "pass:battery staple").returncode, 0, "key")
    holds(done(ca("check", ca.path("viewer/a.pem"))).out,
          "protected by a passphrase")
    holds(done(ca("viewer", "b", "--authority-passphrase-file", secret,
                  "--passphrase-file", "-", stdin=b"short\n"), 1).out,
          "at least 8")


def on_terminal(args, answers):
    """Runs with a terminal of its own; status and what was shown."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(PROGRAM, [PROGRAM, *args])
    shown = b""
    try:
        while True:
            chunk = os.read(terminal, 1000)
            if not chunk:
                break
            shown += chunk
            if answers and shown.endswith(b": "):
                os.write(terminal, answers.pop(0))
    except OSError:
        pass
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(terminal)
    return status, shown.decode()


@case
def a_passphrase_is_asked_for_and_not_shown(folder):
    path = os.path.join(folder, "ca")
    status, shown = on_terminal(
        ["--dir", path, "init", "--passphrase"],
        [b"correct horse\n", b"correct horse\n"])
    equal(status, 0, shown)
    if "horse" in shown:
        raise Failed(shown)
    status, shown = on_terminal(["--dir", path, "viewer", "a"],
                                [b"correct horse\n"])
    equal(status, 0, shown)
    status, shown = on_terminal(
        ["--dir", os.path.join(folder, "other"), "init", "--passphrase"],
        [b"correct horse\n", b"another horse\n"])
    equal(status, 1, shown)
    holds(shown, "differ")
    equal(os.path.exists(os.path.join(folder, "other/authority.key")), False,
          "key")


@case
def check_names_each_fault(folder):
    ca = Authority(folder)
    other = Authority(os.path.join(folder, "other"))
    done(ca("viewer", "a"))
    done(ca("host", "h.example"))
    done(other("viewer", "b"))
    done(ca("viewer", "old", "--days", "-2"))
    done(ca("viewer", "new", "--not-before", "2040-01-01", "--not-after",
            "2041-01-01"))
    for args, status, word in [
            (["viewer/a.pem"], 0, "accepted"),
            (["host/h.example.pem", "--host", "h.example"], 0, "accepted"),
            (["host/h.example.pem", "--host", "i.example"], 3,
             "does not state the name"),
            (["viewer/old.pem"], 3, "ran out 2 days ago"),
            (["viewer/new.pem"], 3, "not valid yet"),
            (["authority.pem"], 0, "authority"),
            (["authority.key"], 0, "private key"),
            (["index"], 3, "no certificate, list, request or key"),
            (["nothing.pem"], 2, "nothing.pem")]:
        holds(done(ca("check", ca.path(args[0]), *args[1:]), status).out,
              word, args)
    holds(done(ca("check", other.path("viewer/b.pem")), 3).out, "code 111")
    out = done(ca("check", ca.path("viewer/old.pem")), 3).out
    holds(out, "signed by this authority and not in its list")
    if "accepted" in out:
        raise Failed(out)
    done(ca("check", other.path("viewer/b.pem"), "--authority",
            other.path("authority.pem"), "--crl", other.path("crl.pem")))


@case
def check_advises_what_works(folder):
    ca = Authority(folder)
    for name, days in (("old", "-2"), ("soon", "20")):
        done(ca("viewer", name, "--days", days))
        path = ca.path("viewer", name + ".pem")
        out = ca("check", path).out
        words = re.search(r"-> renew it: shoji-ca ([^;\n]*)", out)
        if not words:
            raise Failed(out)
        done(Run(words.group(1).split()))
        holds(done(ca("check", path)).out, "valid for 39")
    long_path = os.path.join(folder, "a" * 200, "old.pem")
    os.mkdir(os.path.dirname(long_path))
    done(ca("viewer", "b", "--days", "-2", "--out", long_path))
    holds(done(ca("check", long_path), 3).out,
          "renew it by its file: shoji-ca renew FILE")
    aged = Authority(os.path.join(folder, "aged"), "--days", "-2")
    done(aged("viewer", "a"))
    for name, words in (("authority.pem", "it ran out 2 days ago"),
                        ("viewer/a.pem", "its authority ran out 2 days ago")):
        out = done(aged("check", aged.path(name)), 3).out
        holds(out, words)
        holds(out, "-> make another with shoji-ca init in an empty folder")
        if "accepted" in out or "renew" in out:
            raise Failed(out)


@case
def damage_is_told_and_left_alone(folder):
    ca = Authority(folder)
    done(ca("viewer", "a"))
    with open(ca.path("index"), "a", encoding="ascii") as file:
        file.write("cert half")
    before = snapshot(ca.dir)
    out = done(ca("viewer", "b"), 2).out
    holds(out, "index, line 5")
    holds(out, "index.old")
    equal(snapshot(ca.dir), before, "files")
    os.rename(ca.path("index.old"), ca.path("index"))
    done(ca("viewer", "b"))
    os.rename(ca.path("authority.key"), ca.path("kept"))
    holds(done(ca("viewer", "c"), 2).out, "authority.key")
    other = Authority(os.path.join(folder, "other"))
    shutil.copy(other.path("authority.key"), ca.path("authority.key"))
    holds(done(ca("viewer", "c"), 2).out, "does not belong")


@case
def many_at_once_lose_nothing(folder):
    ca = Authority(folder)
    runs = [subprocess.Popen([PROGRAM, "--dir", ca.dir, "viewer", f"u{i}"],
                             stdout=subprocess.DEVNULL) for i in range(12)]
    for run in runs:
        equal(run.wait(LIMIT_S), 0, "status")
    index = open(ca.path("index")).read()
    for i in range(12):
        equal(index.count(f" u{i} "), 1, f"u{i}")
        done(ca("check", ca.path(f"viewer/u{i}.pem")))


@case
def killed_at_any_time_the_folder_stays_whole(folder):
    ca = Authority(folder)
    for i in range(25):
        run = subprocess.Popen([PROGRAM, "--dir", ca.dir, "viewer", f"k{i}"],
                               stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
        try:
            run.wait(0.001 * (i + 1))
        except subprocess.TimeoutExpired:
            run.kill()
            run.wait()
    done(ca("list"))
    done(ca("viewer", "after"))
    done(ca("check", ca.path("viewer/after.pem")))
    # What is in use can be revoked: it is in the index.
    index = open(ca.path("index")).read()
    for name in os.listdir(ca.path("viewer")):
        if name.endswith(".pem"):
            holds(index, f" {name[:-4]} ")


@case
def the_folder_comes_from_the_environment(folder):
    env = {"PATH": os.environ["PATH"],
           "SHOJI_CA_DIR": os.path.join(folder, "from-env")}
    done(Run(["init"], env=env))
    done(Run(["viewer", "a"], env=env))
    equal(os.path.exists(os.path.join(folder, "from-env/viewer/a.pem")),
          True, "certificate")
    holds(done(Run(["--dir", folder, "list"]), 2).out, "no authority")


@case
def help_lists_every_command(_folder):
    out = done(Run(["--help"])).out
    for word in ["init", "host", "viewer", "guard", "admin", "request",
                 "sign", "renew", "revoke", "crl", "list", "check",
                 "--passphrase-file"]:
        holds(out, word)
    done(Run([]), 1)
    equal(re.fullmatch(r"shoji-ca \d+\.\d+\.\d+\n",
                       done(Run(["--version"])).out) is not None, True,
          "version")


sys.exit(main())
