# SPDX-License-Identifier: GPL-3.0-or-later
"""The tester's programme: against what is built, and against peers that are
wrong on purpose, where every case that refuses has to be red."""
import json
import os
import re
import resource
import shutil
import subprocess
import sys

from tap import case, wait_until

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
PROBE_DIR = os.path.join(ROOT, "tests", "probe")
PROBE = os.path.join(PROBE_DIR, "shoji-probe")
WEAK = os.path.join(PROBE_DIR, "weak.py")
sys.path.append(PROBE_DIR)

import deploy  # noqa: E402
from canary import marker  # noqa: E402
from procs import Proc  # noqa: E402

SUITE = "isolation"

SEED = 20261126
LINE = re.compile(r"^(ok|not ok) \d+ - (.*)$")


def run(words, limit_s=240):
    """(status, output) of the probe."""
    done = subprocess.run([PROBE, *map(str, words)], capture_output=True,
                          text=True, check=False, timeout=limit_s)
    return done.returncode, done.stdout + done.stderr


def forward(t, words, least=50):
    """Runs the probe with --tap; each of its lines is a check of ours."""
    status, output = run([*words, "--short", "--tap"])
    rows = output.splitlines()
    count = 0
    for at, line in enumerate(rows):
        found = LINE.match(line)
        if found:
            count += 1
            detail = rows[at + 1] if at + 1 < len(rows) else ""
            t.ok(found.group(1) == "ok", found.group(2), detail)
    t.ok(count >= least, "the probe has run", output[-2000:])
    last = rows[-1] if rows else ""
    t.ok(status == (0 if ", 0 failed" in last else 1) and
         re.match(r"# \d+ passed, \d+ failed$", last),
         "its status and its last line agree", (status, last))


@case("isolation: the probe as a viewer, against a host with Chromium",
      limit_s=240)
def against_host(env, t):
    with deploy.Deployment(env, t, SEED) as deployment:
        deployment.begin_stale()
        forward(t, [*deployment.host_words(), "--count", 1000])


@case("isolation: the probe as a viewer, against a guard that cuts to seven "
      "bits", limit_s=240)
def against_guard(env, t):
    with deploy.GuardDeployment(env, t, SEED,
                                {"seven_bit": "yes"}) as deployment:
        deployment.begin_stale()
        deployment.witness()
        words = deployment.words()
        forward(t, [*words, "--count", 300, "--groups", "ABEGJ"])
        forward(t, [*words, "--groups", "F", "--only", "F-cert-stale"], 2)
        changed_ledgers(env, t, deployment, words)


def found_out(t, words, case_id, text):
    """One case, which has to be red for what it looks at."""
    status, output = run([*words, "--blind", "--only", case_id, "--groups",
                          case_id[0], "--patience", 1])
    t.ok(status == 1 and f"FAIL {case_id} " in output and
         "the probe itself" not in output, text, output)


def changed_ledgers(env, t, deployment, words):
    """What group J has to find."""
    world = deployment.world

    def with_ledger(name, change, option="--ledger"):
        """The words with a changed copy of the first ledger."""
        path, at = world.path(name), words.index(option) + 1
        with open(words[at], "rb") as file:
            data = bytearray(file.read())
        with open(path + ".ledger", "wb") as file:
            file.write(change(data))
        base = words[at].rsplit(".", 1)[0]
        for ending in ("pub", "first"):
            shutil.copy(f"{base}.{ending}", f"{path}.{ending}")
        return [*words[:at], path + ".ledger", *words[at + 1:]]

    def flipped(data):
        data[len(data) // 2] ^= 1
        return data

    found_out(t, with_ledger("flipped", flipped), "J-verify",
              "a ledger with one bit changed is found out")
    found_out(t, with_ledger("cut", lambda data: data[:len(data) // 2]),
              "J-verify", "half a ledger is found out")
    found_out(t, with_ledger("flipped-run", flipped, "--run-ledger"),
              "J-verify-run",
              "so is one of a run")
    log = world.path("other.log")
    shutil.copy(world.guard.log, log)
    with open(log, "a", encoding="ascii") as file:
        file.write("typed " + marker(SEED, "typed-for-the-log") + "\n")
    other = list(words)
    other[other.index("--guard-log") + 1] = log
    found_out(t, other, "J-no-content", "a log with what was typed is found "
              "out")
    found_out(t, other, "J-counts", "so is one that has stopped")


@case("isolation: the probe against a strict guard and a strict viewer",
      limit_s=240)
def against_strict(env, t):
    with deploy.GuardDeployment(env, t, SEED, {"profile": "strict"},
                                command="paint") as deployment:
        forward(t, [*deployment.words(), "--groups", "D", "--only",
                    "D-profile,D-encoding-,D-class-cut"], 15)
    with deploy.Deployment(env, t, SEED, command="paint") as deployment:
        forward(t, [*deployment.viewer_words("strict"), "--groups", "C",
                    "--only", "C-default,C-shape,C-flat,C-good-zlib"], 25)


@case("isolation: the probe as a host, against a viewer", limit_s=240)
def against_viewer(env, t):
    with deploy.Deployment(env, t, SEED, command="paint") as deployment:
        forward(t, [*deployment.viewer_words(), "--count", 500])


def weak_material(env):
    """A certificate that is its own authority; the words for the probe."""
    base = os.path.join(env.folder, "weak")
    if not os.path.exists(base + ".pem"):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-keyout", base + ".key",
             "-out", base + ".pem", "-subj", "/CN=weak", "-days", "3"],
            check=True, capture_output=True)
    cert, key = base + ".pem", base + ".key"
    return cert, key, [
        "--cert", cert, "--key", key, "--ca", cert, "--authority-key", key,
        "--revoked-cert", cert, "--revoked-key", key, "--no-verify", "--short",
        "--patience", "0.1", "--seed", SEED, "--count", 40, "--report",
        os.path.join(env.folder, "weak-report")]


def start_weak(env, kind, *words):
    """A peer that is wrong on purpose; (Proc, port)."""
    path = os.path.join(env.folder, f"weak-{kind}.port")
    if os.path.exists(path):
        os.unlink(path)
    proc = Proc(["python3", WEAK, kind, path, *words],
                os.path.join(env.folder, f"weak-{kind}.log"))
    wait_until(lambda: os.path.exists(path), 10)
    with open(path, encoding="ascii") as file:
        return proc, int(file.read())


def all_red(t, env, kind, least):
    """Every case of kind in the last report has failed."""
    with open(os.path.join(env.folder, "weak-report", "report.json"),
              encoding="utf-8") as file:
        rows = [row for row in json.load(file)["cases"]
                if row["kind"] == kind]
    green = [row for row in rows if row["status"] != "failed"]
    broken = [row for row in rows if "the probe itself" in row["evidence"]]
    t.ok(len(rows) >= least, f"{len(rows)} cases that a good peer {kind}",
         len(rows))
    t.ok(not green, f"each case that a good peer {kind} is red",
         "\n".join(f"{row['id']}: {row['evidence']}" for row in green[:20]))
    t.ok(not broken, "and not by an error of the probe",
         "\n".join(f"{row['id']}: {row['evidence']}" for row in broken[:5]))


@case("isolation: a host that takes anything is found out by every case",
      limit_s=180)
def weak_host(env, t):
    cert, key, words = weak_material(env)
    proc, port = start_weak(env, "host", cert, key)
    try:
        address = f"127.0.0.1:{port}"
        status, output = run(
            ["host", address, *words, "--blind", "--kind", "refuses",
             "--groups", "DEFH", "--largest", "1600x1000", "--stale", address])
        t.equal(status, 1, "the probe ends with 1")
        all_red(t, env, "refuses", 250)
        run(["guard", address, *words, "--blind", "--kind", "refuses",
             "--strict", "--groups", "DF", "--only", "D-profile,F-cert-stale",
             "--stale", address, "--stale-inner", address])
        all_red(t, env, "refuses", 7)
    finally:
        proc.stop()
    proc, port = start_weak(env, "guard", cert, key)
    try:
        run(["guard", f"127.0.0.1:{port}", *words, "--blind", "--groups", "H",
             "--only", "H-kill", "--pid", proc.pid, "--other-cert", cert,
             "--other-key", key])
        all_red(t, env, "accepts", 3)
    finally:
        proc.stop()
    proc, port = start_weak(env, "door")
    try:
        status, output = run(
            ["host", f"127.0.0.1:{port}", *words, "--blind", "--kind",
             "accepts", "--groups", "DEFH", "--largest", "1600x1000"])
        t.equal(status, 1, "a closed door: the probe ends with 1")
        all_red(t, env, "accepts", 60)
        status, output = run(["host", f"127.0.0.1:{port}", *words])
        t.equal(status, 3, "a closed door, not blind: it ends with 3")
        t.ok("127.0.0.1" in output, "and says where it could not go", output)
    finally:
        proc.stop()


@case("isolation: a viewer that takes anything is found out by every case",
      limit_s=240)
def weak_viewer(env, t):
    _cert, _key, words = weak_material(env)
    proc, port = start_weak(env, "crowd")
    command = (f"bash -c 'printf %06d {{port}} >/dev/tcp/127.0.0.1/{port}; "
               "exec sleep 30'")
    try:
        status, _output = run(["viewer", "--viewer", command, *words, "--kind",
                               "refuses", "--groups", "CFH"])
        t.equal(status, 1, "the probe ends with 1")
        all_red(t, env, "refuses", 250)
        run(["viewer", "--viewer", command, *words, "--strict", "--groups",
             "C", "--only", "C-default,C-shape,C-flat"])
        all_red(t, env, "refuses", 25)
    finally:
        proc.stop()
    status, _output = run(
        ["viewer", "--viewer", f"python3 {WEAK} viewer {{port}}", *words,
         "--kind", "refuses", "--groups", "B"])
    t.equal(status, 1, "a viewer that leaks: the probe ends with 1")
    all_red(t, env, "refuses", 6)


@case("isolation: the probe says what is wrong with its command line")
def usage(env, t):
    cert, _key, words = weak_material(env)
    for more, text in [
            (["host", *words[:-4], "127.0.0.1"], "not ADDRESS:PORT"),
            (["host", "127.0.0.1:1", *words, "--groups", "XZ"],
             "not a group"),
            (["host", "127.0.0.1:1", *words, "--cert", "/nonexistent"],
             "--cert: /nonexistent: No such file or directory"),
            (["host", "127.0.0.1:1", "--cert", cert, "--key", cert, "--ca",
              cert, "--sign", cert], "--sign needs --report"),
            (["viewer", *words], "viewer needs"), (["dance"], "dance"), ([],
                                                                         "")]:
        status, output = run(more)
        t.equal(status, 2, f"{' '.join(map(str, more[:1]))} ({text}): 2")
        t.ok(text in output and "Traceback" not in output,
             f"and it says why ({text})", output)


@case("isolation: a report can be signed and a change of it is seen")
def report(env, t):
    _cert, _key, words = weak_material(env)
    folder = os.path.join(env.folder, "weak-report")
    key, public = (os.path.join(env.folder, name)
                   for name in ("sign.pem", "sign.pub"))
    for args in (["genpkey", "-algorithm", "ed25519", "-out", key],
                 ["pkey", "-in", key, "-pubout", "-out", public]):
        subprocess.run(["openssl", *args], check=True, capture_output=True)
    status, output = run(["viewer", "--viewer", "true", *words, "--groups",
                          "B", "--kind", "measures", "--sign", key])
    t.equal(status, 3, "the control alone passes, and tests nothing")
    names = sorted(os.listdir(folder))
    t.equal(names, ["SHA256SUMS", "SHA256SUMS.sig", "report.json",
                    "report.md", "report.xml"], "five files")
    verify = ["verify", folder, "--public-key", public]
    t.equal(run(verify)[0], 0, "sums and signature are right")
    status, output = run(["verify", folder])
    t.ok(status == 0 and "prove nothing against somebody who can write both"
         in output, "without a key it says what sums are worth", output)
    with open(os.path.join(folder, "report.md"), encoding="utf-8") as file:
        text = file.read()
    t.ok(str(SEED) in text and "commit" in text and "0 failed" in text,
         "the report has seed, commit and sums", text[:500])
    path = os.path.join(folder, "report.md")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace("0 failed", "O failed"))
    t.equal(run(verify)[0], 1, "a changed report is seen")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    with open(os.path.join(folder, "SHA256SUMS"), "a",
              encoding="ascii") as file:
        file.write("\n")
    t.equal(run(verify)[0], 1, "changed sums are seen")
    unreadable(t, env, folder, public, key)


@case("isolation: a report says what was asked for and who answered")
def asked_for(env, t):
    cert, key, words = weak_material(env)
    folder = os.path.join(env.folder, "weak-report")
    log = os.path.join(env.folder, "asked.log")
    with open(log, "w", encoding="ascii"):
        pass
    proc, port = start_weak(env, "host", cert, key)
    try:
        run(["host", f"127.0.0.1:{port}", *words, "--blind", "--groups", "D",
             "--only", "D-class-scale", "--largest", "1600x1000", "--user",
             "me", "--password", "not-to-be-told", "--event-log", log])
    finally:
        proc.stop()
    texts = {}
    for name in ("md", "json", "xml"):
        with open(f"{folder}/report.{name}", encoding="utf-8") as file:
            texts[name] = file.read()
    whole = json.loads(texts["json"])
    part = whole["asked"]
    count = len(whole["cases"])
    t.ok(part["is_part"] and 0 < count == part["cases_selected"] <
         part["cases_of_programme"] and part["cases_of_programme"] > 1000,
         "how many of how many cases", part)
    t.equal(part["narrowed_by"], ["--groups D", "--only D-class-scale",
                                  "--short", "--count 40"], "and by what")
    t.ok("This is a part of the programme: "
         f"{count} of {part['cases_of_programme']} cases were selected, by "
         "`--groups D`, `--only D-class-scale`, `--short`, `--count 40`." in
         texts["md"], "a sentence for people", texts["md"][:500])
    t.ok("was not checked (`--no-verify`)" in texts["md"] and
         part["is_peer_verified"] is False, "that nobody was checked")
    t.ok(part["options"]["event_log"] == log and
         "--event-log" not in part["not_given"] and
         "--ledger" in part["not_given"] and "`--ledger`" in texts["md"],
         "what was given and what was not", part)
    t.ok(not any("not-to-be-told" in text for text in texts.values()),
         "and no password")
    sha256 = subprocess.run(
        ["openssl", "x509", "-in", cert, "-noout", "-fingerprint", "-sha256"],
        capture_output=True, text=True, check=True).stdout.split("=")[1]
    sha256 = sha256.strip().replace(":", "").lower()
    t.equal([(row["subject"], row["sha256"]) for row in
             whole["peer_certificates"]], [("CN=weak", sha256)],
            "the certificate of the other side")
    t.ok(all(sha256 in text for text in texts.values()), "in each file")
    t.ok(all(f'<property name="{name}" value="{value}"/>' in texts["xml"]
             for name, value in (
                 ("is_part", True), ("cases_selected", count),
                 ("option--only", "D-class-scale"), ("option--short", True))),
         "and properties for programs", texts["xml"][:1500])
    t.ok("commit" not in whole and whole["probe_commit"],
         "the commit is called the probe's own")
    run(["viewer", "--viewer", "true", *words, "--groups", "B", "--kind",
         "measures"])
    with open(f"{folder}/report.md", encoding="utf-8") as file:
        text = file.read()
    t.ok("Nothing was tested but controls" in text and "None was seen" in text,
         "and when nothing was tested", text[:500])


def unreadable(t, env, folder, public, private):
    """What verify says of a report that is not whole. It is not, after."""
    sums, whole = os.path.join(folder, "SHA256SUMS"), ""
    with open(sums, encoding="ascii") as file:
        whole = file.read().strip() + "\n"
    rows = [
        (None, ["--public-key", "/nonexistent"], 2,
         "--public-key: /nonexistent: No such file or directory"),
        (None, ["--public-key", private], 2,
         f"--public-key: {private}: no Ed25519 public key"),
        (whole + "\n", [], 1, f"{sums}: line 4 is no sum and name"),
        (whole.replace("report.xml", "report.txt"), [], 1,
         f"{sums} does not name the three files"),
        ("\u30fb", [], 1, f"{sums}: no list of sums")]
    for text, words, wanted, said in rows:
        with open(sums, "w", encoding="utf-8") as file:
            file.write(whole if text is None else text)
        says(t, ["verify", folder, *words], wanted, said)
    with open(sums, "w", encoding="ascii") as file:
        file.write(whole)
    for name in ("SHA256SUMS.sig", "report.xml", "SHA256SUMS"):
        path = os.path.join(folder, name)
        os.unlink(path)
        says(t, ["verify", folder, "--public-key", public], 2,
             f"{path}: No such file or directory")
    nowhere = os.path.join(env.folder, "no-report")
    says(t, ["verify", nowhere], 2,
         f"{nowhere}/SHA256SUMS: No such file or directory")


def says(t, words, wanted, text, **how):
    """Exit status and what is said, in one line without the inside."""
    done = subprocess.run([PROBE, *map(str, words)], capture_output=True,
                          text=True, check=False, timeout=60, **how)
    t.ok(done.returncode == wanted and text in done.stderr and
         "Traceback" not in done.stderr and " right" not in done.stdout,
         f"{wanted}: {text}", (done.returncode, done.stdout + done.stderr))
    return done.stdout


@case("isolation: a run of the probe that has tested nothing is not a pass")
def nothing_tested(env, t):
    _cert, _key, words = weak_material(env)
    rows = [
        (["--groups", "A"], "1 x needs --build"),
        (["--groups", "AG"], "1 x needs --build, 1 x needs --pid"),
        # Its own controls pass; they say nothing about the other side.
        (["--groups", "B"], " x needs --pages and --pages-url"),
        (["--groups", "B", "--kind", "measures", "--only", "B-control"],
         "nothing was tested: only controls of the probe itself"),
        (["--groups", "A", "--tap"], "1 x needs --build")]
    for more, reasons in rows:
        whole = ["host", "127.0.0.1:1", *words, "--blind", *more]
        output = says(t, whole, 3, reasons)
        last = output.splitlines()[-1]
        t.ok(re.match(r"(# )?\d+ passed, 0 failed$", last),
             "the last line stays", output)
    says(t, ["viewer", "--listen", "127.0.0.1:0", *words, "--groups", "G"], 3,
         "1 x needs --viewer")
    status, output = run(["host", "127.0.0.1:1", *words, "--blind", "--build",
                          env.build, "--groups", "AJ", "--only",
                          "A-,J-counts"])
    t.ok(status == 0 and "1 could not be run here" in output and
         "nothing was tested" not in output,
         "one that has tested something is, whatever was skipped", output)


@case("isolation: the probe refuses files that it cannot use before it tests")
def refused_files(env, t):
    _cert, key, words = weak_material(env)
    gone = "/nonexistent/file"
    host = ["host", "127.0.0.1:1", *words]
    guard = ["guard", "127.0.0.1:1", *words]
    viewer = ["viewer", *words, "--viewer", "true"]
    for command, names in (
            (host, ("cert", "key", "ca", "crl", "authority-key",
                    "event-log", "ledger", "build", "sign")),
            (guard, ("guard-log", "run-ledger", "other-cert", "other-key")),
            (viewer, ("viewer-cert", "viewer-key"))):
        for name in names:
            output = says(t, [*command, f"--{name}", gone], 2,
                          f"--{name}: {gone}: No such file or directory")
            t.equal(output, "", "and nothing was tested")
    says(t, [*host, "--ledger", env.folder], 2,
         f"--ledger: {env.folder}: Is a directory")
    says(t, [*host, "--build", key], 2, f"--build: {key}: Not a directory")
    says(t, ["pages", "--seed", 1, "--port-file", gone], 2,
         f"--port-file: {gone}: No such file or directory")
    says(t, [*host, "--sign", key], 2, f"--sign: {key}: no Ed25519 key")
    says(t, [*host, "--sign", words[1]], 2,
         f"--sign: {words[1]}: no Ed25519 key")
    other = os.path.join(env.folder, "other.key")
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out",
                    other], check=True, capture_output=True)
    cert = words[1]
    for command, certificate, name in (
            (host, "cert", "key"), (host, "revoked-cert", "revoked-key"),
            (viewer, "viewer-cert", "viewer-key"),
            (guard, "other-cert", "other-key")):
        says(t, [*command, f"--{certificate}", cert, f"--{name}", other], 2,
             f"--{name}: {other}: does not belong to {cert} (--{certificate})")
    says(t, [*host, "--cert", other], 2, f"--cert: {other}: ")
    says(t, [*host, "--ca", other], 2, f"--ca: {other}: no certificate")


@case("isolation: the probe refuses a report folder that it cannot write")
def refused_report(env, t):
    _cert, key, words = weak_material(env)
    base = ["viewer", *words, "--viewer", "true", "--groups", "B", "--kind",
            "measures", "--report"]
    taken = os.path.join(env.folder, "taken")
    os.makedirs(os.path.join(taken, "report.md"), exist_ok=True)
    for folder, said in (
            ("/proc/x", "--report: /proc/x: No such file or directory"),
            ("/proc/self", "--report: /proc/self: "),
            (key, f"--report: {key}: "),
            (taken, f"--report: {taken}/report.md: Is a directory")):
        output = says(t, [*base, folder], 2, said)
        t.equal(output, "", "and nothing was tested")
    # A disk that fills while the probe runs.
    output = says(t, [*base, os.path.join(env.folder, "full")], 3,
                  "--report: ", preexec_fn=lambda: resource.setrlimit(
                      resource.RLIMIT_FSIZE, (1000, 1000)))
    t.ok("report in" not in output and output.endswith(" passed, 0 failed\n"),
         "a report that could not be written is not called one", output)
    for more, said in ((["--report", "/proc/x"], "--report: /proc/x: "),
                       (["--report", taken + "/new", "--sign", key],
                        f"--sign: {key}: no Ed25519 key")):
        done = subprocess.run(
            ["python3", os.path.join(PROBE_DIR, "deploy.py"), "--build",
             env.build, "--against", "host", "--groups", "A", *more],
            capture_output=True, text=True, check=False, timeout=60)
        t.ok(done.returncode == 2 and said in done.stderr and
             "reports in" not in done.stdout, f"a deployment: 2, {said}",
             (done.returncode, done.stdout, done.stderr))


@case("isolation: the probe refuses a viewer that cannot be run")
def refused_viewer(env, t):
    cert, _key, words = weak_material(env)
    for command, said in (
            ("/nix/prog", "--viewer: /nix/prog: no program that can be run"),
            ("no-such-program {port}", "--viewer: no-such-program: "),
            (cert, f"--viewer: {cert}: no program that can be run"),
            ("' '", "--viewer: "),
            ("true 'open", "--viewer: No closing quotation"),
            ("true {prt}", "--viewer: {prt}")):
        says(t, ["viewer", "--viewer", command, *words, "--groups", "C"], 2,
             said)


@case("isolation: the manual page of the probe has each of its options")
def manual(_env, t):
    import argparse
    from main import parser
    with open(os.path.join(ROOT, "docs", "man", "shoji-probe.1"),
              encoding="utf-8") as file:
        text = file.read().replace("\\", "")
    top = next(action for action in parser()._actions
               if isinstance(action, argparse._SubParsersAction))
    names = {name for command in top.choices.values()
             for action in command._actions for name in action.option_strings
             if name.startswith("--") and name != "--help"}
    t.ok(len(names) > 40, f"{len(names)} options")
    missing = [name for name in sorted(names)
               if not re.search(re.escape(name) + r"(?![\w-])", text)]
    t.equal(missing, [], "each stands in the manual page")
