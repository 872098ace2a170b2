# SPDX-License-Identifier: GPL-3.0-or-later
"""The report: Markdown for people, JSON and JUnit for programs, and the sums
of all three, which can be signed."""
import datetime
import functools
import hashlib
import json
import os
import platform
import subprocess
import sys
from xml.sax.saxutils import escape, quoteattr

import asked
import peer

FILES = ("report.md", "report.json", "report.xml")
SUMS, SIGNATURE = "SHA256SUMS", "SHA256SUMS.sig"
TITLES = {
    "A": "what was built", "B": "nothing but pixels, keys and pointer",
    "C": "forged messages of a host", "D": "forged messages of a viewer",
    "E": "mutated messages", "F": "certificates and TLS", "G": "confinement",
    "H": "slow, half-open and broken connections", "I": "covert channels",
    "J": "ledgers", "K": "many sessions"}


@functools.lru_cache(maxsize=None)
def commit():
    done = subprocess.run(["git", "-C", os.path.dirname(__file__), "describe",
                           "--always", "--dirty"], capture_output=True,
                          text=True, check=False)
    return done.stdout.strip() or "unknown"


def head(options, context, runner, part):
    target = context.target
    return {
        "target": options.command, "address": target.describe()
        if options.command != "viewer" else "viewer",
        "seed": options.seed, "count": options.count,
        "groups": "".join(options.groups), "probe_commit": commit(),
        "date": datetime.datetime.now(datetime.timezone.utc).strftime(
            "%Y-%m-%dT%H:%M:%SZ"),
        "policy": policy(options), "asked": part,
        "peer_certificates": [
            dict(peer.described(data), connections=count)
            for data, count in target.certificates.items()],
        "python": platform.python_version(),
        "passed": runner.count("passed"), "failed": runner.count("failed"),
        "skipped": runner.count("skipped"),
        "is_nothing_tested": runner.is_empty(),
        "connections": target.connections,
        "bytes_received": target.received, "bytes_sent": target.sent,
        "units_received": dict(sorted(target.counts.items())),
        "bytes_by_unit": dict(sorted(target.bytes.items())),
        "notes": context.notes}


def policy(options):
    """What a guard or viewer was told to do; None for others."""
    if options.command == "viewer":
        return f"profile {'strict' if options.strict else 'default'}"
    if options.command != "guard":
        return None
    return (f"quantum {options.quantum}, seven bits "
            f"{'on' if options.seven_bit else 'off'}, profile "
            f"{'strict' if options.strict else 'default'}")


def markdown(top, results):
    rows = [f"# Report of shoji-probe against a {top['target']}", "",
            f"**{top['passed']} passed, {top['failed']} failed**, "
            f"{top['skipped']} could not be run here.", "",
            asked.extent(top["asked"]), ""]
    if top["is_nothing_tested"]:
        rows += ["Nothing was tested but controls of the probe itself.", ""]
    for name in ("date", "probe_commit", "seed", "count", "groups", "address",
                 "policy", "python", "connections", "bytes_received",
                 "bytes_sent"):
        if top[name] is not None:
            rows.append(f"- {name.replace('_', ' ')}: {top[name]}")
    if top["units_received"]:
        rows += ["", "What came behind TLS; every byte of it was judged by the "
                 "probe's own parser:", "", "| unit | count | bytes |",
                 "|---|---|---|"]
        rows += [f"| {name} | {count} | {top['bytes_by_unit'].get(name, 0)} |"
                 for name, count in top["units_received"].items()]
    if top["notes"]:
        rows += ["", "Figures:", ""] + [f"- {note}" for note in top["notes"]]
    rows += ["", *asked.markdown(top["asked"]), "", *shown(top)]
    for status in ("failed", "skipped"):
        bad = [row for row in results if row.status == status]
        if bad:
            rows += ["", f"## {status.capitalize()}", ""]
            rows += [f"- `{row.id}` {row.text}: {row.evidence}" for row in bad]
    for letter, title in TITLES.items():
        mine = [row for row in results if row.id.startswith(letter + "-")]
        if mine:
            rows += ["", f"## {letter}: {title} ({len(mine)})", "",
                     "| case | | evidence |", "|---|---|---|"]
            rows += ["| `%s` %s | %s | %s |" % (
                row.id, row.text.replace("|", "/"), row.status,
                row.evidence.replace("|", "/")) for row in mine]
    return "\n".join(rows) + "\n"


def shown(top):
    """The certificates of the other side, for people."""
    rows = ["## Certificates of the other side", ""]
    for one in top["peer_certificates"]:
        words = [asked.code(one[name]) for name in ("subject", "names")
                 if one[name]]
        rows.append("- " + ", ".join([
            *words, f"SHA-256 {one['sha256']}",
            f"connections: {one['connections']}"]))
    return rows if len(rows) > 2 else rows + ["None was seen."]


def properties(top):
    """What stands above the cases, as pairs of JUnit."""
    part = top["asked"]
    rows = [(name, top[name]) for name in (
        "target", "address", "policy", "probe_commit", "seed", "python",
        "connections", "is_nothing_tested") if top[name] is not None]
    rows += [(name, part[name]) for name in (
        "is_part", "cases_selected", "cases_of_programme", "is_peer_verified")]
    rows += [("narrowed_by", " ".join(part["narrowed_by"])),
             ("not_given", " ".join(part["not_given"]))]
    rows += [("option" + asked.flag(name), value)
             for name, value in part["options"].items()]
    rows += [("peer_certificate", f"{one['sha256']} {one['subject']} "
              f"{one['names']}") for one in top["peer_certificates"]]
    return ["<properties>", *(
        f"<property name={quoteattr(name)} value="
        f"{quoteattr(written(value))}/>" for name, value in rows),
        "</properties>"]


def written(value):
    """One line without what XML does not take."""
    if isinstance(value, list):
        value = " ".join(map(str, value))
    return "".join(c if c.isprintable() else "?" for c in str(value))


def junit(top, results):
    rows = ['<?xml version="1.0" encoding="UTF-8"?>',
            '<testsuite name="shoji-probe" tests="%d" failures="%d" '
            'skipped="%d" timestamp=%s>' % (
                len(results), top["failed"], top["skipped"],
                quoteattr(top["date"])), *properties(top)]
    for row in results:
        inner = {"failed": f"<failure>{escape(row.evidence)}</failure>",
                 "skipped": f"<skipped message={quoteattr(row.evidence)}/>",
                 "passed": ""}[row.status]
        rows.append("<testcase classname=%s name=%s time=\"%.3f\">%s"
                    "</testcase>" % (quoteattr("probe." + row.id[0]),
                                     quoteattr(f"{row.id} {row.text}"),
                                     row.seconds, inner))
    return "\n".join(rows + ["</testsuite>"]) + "\n"


class Unwritten(Exception):
    """The report could not be written or signed."""


class Unread(Exception):
    """What is to be verified could not be read."""


def write(options, context, runner, part):
    """Raises Unwritten; what is there then is no report."""
    try:
        write_files(options, context, runner, part)
    except OSError as error:
        raise Unwritten(f"{error.filename or options.report}: "
                        f"{error.strerror}") from error
    if options.sign:
        done = openssl("pkeyutl", "-sign", "-rawin", "-inkey", options.sign,
                       "-in", os.path.join(options.report, SUMS), "-out",
                       os.path.join(options.report, SIGNATURE))
        if done.returncode != 0:
            raise Unwritten(f"{options.sign} did not sign: "
                            f"{done.stderr.strip()[-200:]}")


def write_files(options, context, runner, part):
    top = head(options, context, runner, part)
    results = runner.results
    whole = dict(top, cases=[vars(row) for row in results])
    texts = dict(zip(FILES, (
        markdown(top, results),
        json.dumps(whole, indent=1, ensure_ascii=False) + "\n",
        junit(top, results))))
    os.makedirs(options.report, exist_ok=True)
    sums = ""
    for name, text in texts.items():
        data = text.encode()
        with open(os.path.join(options.report, name), "wb") as file:
            file.write(data)
        sums += f"{hashlib.sha256(data).hexdigest()}  {name}\n"
    with open(os.path.join(options.report, SUMS), "w",
              encoding="ascii") as file:
        file.write(sums)


def openssl(*words):
    """A passphrase, if there is one, is asked for at the terminal."""
    return subprocess.run(["openssl", *words], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, errors="replace",
                          check=False)


def is_ed25519(path, is_public=False):
    done = openssl("pkey", "-in", path, "-noout", "-text_pub",
                   *(["-pubin"] if is_public else []))
    return done.returncode == 0 and done.stdout.startswith("ED25519 ")


def read(path, label=""):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Unread(f"{label}{path}: {error.strerror}") from error


def changed(folder):
    """What is wrong with the sums of a report; None if they are right."""
    path = os.path.join(folder, SUMS)
    try:
        rows = [line.split() for line in read(path).decode(
            "ascii").splitlines()]
    except ValueError:
        return f"{path}: no list of sums"
    for number, row in enumerate(rows, 1):
        if len(row) != 2:
            return f"{path}: line {number} is no sum and name"
    if sorted(name for _value, name in rows) != sorted(FILES):
        return f"{path} does not name the three files"
    for value, name in rows:
        one = os.path.join(folder, name)
        if hashlib.sha256(read(one)).hexdigest() != value:
            return f"{one} was changed"
    return None


def forged(folder, key):
    """What is wrong with the signature; None if it is right."""
    path = os.path.join(folder, SIGNATURE)
    read(path)
    done = openssl("pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", key,
                   "-in", os.path.join(folder, SUMS), "-sigfile", path)
    return None if done.returncode == 0 else \
        f"{path}: the signature is wrong"


def verify(options):
    """0 when sums (and signature, with a key) are right, 1 when they are not,
    2 when something cannot be read."""
    key = options.public_key
    try:
        if key:
            read(key, "--public-key: ")
            if not is_ed25519(key, is_public=True):
                raise Unread(f"--public-key: {key}: no Ed25519 public key")
        bad = changed(options.report)
        if key and not bad:
            bad = forged(options.report, key)
    except Unread as error:
        print(f"shoji-probe: {error}", file=sys.stderr)
        return 2
    if bad:
        print(f"shoji-probe: {bad}", file=sys.stderr)
        return 1
    print("sums and signature are right" if key else
          "sums are right, but without a signature (--public-key FILE) they "
          "prove nothing against somebody who can write both them and the "
          "report")
    return 0
