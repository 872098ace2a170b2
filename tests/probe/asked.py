# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run was asked for: its options as they were given, how much of the
programme they select, and what they left out. A report without that would
pass a part for the whole."""
import copy

import rules
from case import one_line

COUNT = 10000  # mutated messages of group E, unless told otherwise

# Of the run, not of what is tested; a password is no part of a report.
UNTOLD = ("command", "folder", "list", "tap", "report", "sign", "password",
          "address")
# Without these the peer is seen from outside only, or in part.
EYES = ("event_log", "guard_log", "ledger", "run_ledger", "build", "pid",
        "pages", "stale", "stale_inner", "authority_key", "revoked_cert",
        "other_cert", "viewer")


def flag(name):
    return "--" + name.replace("_", "-")


def plain(value):
    """A value of an option as it is written on the command line."""
    if isinstance(value, tuple):
        return ("%s:%d" if isinstance(value[0], str) else "%dx%d") % value[:2]
    if isinstance(value, list):
        return [plain(one) for one in value]
    return one_line(value, 1000) if isinstance(value, str) else value


def given(options):
    """{option: value}; lists of files stay lists."""
    found = {name: plain(value) for name, value in vars(options).items()
             if name not in UNTOLD and value not in (None, False, "", [])}
    found["groups"] = "".join(options.groups)
    return found


def narrowing(options, letters):
    """The options that make a run less than the programme."""
    found = [] if set(options.groups) == set(letters) else [
        "--groups " + "".join(options.groups)]
    found += [f"{flag(name)} {getattr(options, name)}"
              for name in ("only", "kind") if getattr(options, name)]
    if options.short:
        found.append("--short")
    if options.count < COUNT:
        found.append(f"--count {options.count}")
    return found


def whole(context, letters):
    """How many cases there are without what narrows. Connects to nobody."""
    options, target = copy.copy(context.options), copy.copy(context.target)
    options.groups, options.only, options.kind = list(letters), "", None
    options.short, options.count = False, max(COUNT, options.count)
    if target.mode == "host":
        target.largest = target.largest or (rules.WIDTH_MOST,
                                            rules.HEIGHT_MOST)
    return sum(1 for _ in type(context)(options, target,
                                        context.folder).cases())


def of(context, selected, letters):
    """The part of a report; selected is how many cases were run."""
    options = context.options
    by = narrowing(options, letters)
    return {
        "is_part": bool(by), "narrowed_by": by, "cases_selected": selected,
        "cases_of_programme": whole(context, letters),
        "is_peer_verified": not options.no_verify,
        "options": given(options),
        "not_given": [flag(name) for name in EYES
                      if hasattr(options, name) and
                      not getattr(options, name)]}


def extent(asked):
    """How much of the programme it was, for people."""
    selected = asked["cases_selected"]
    if not asked["is_part"]:
        return f"This is the whole programme: {selected} cases were selected."
    return (f"This is a part of the programme: {selected} of "
            f"{asked['cases_of_programme']} cases were selected, by "
            f"{', '.join(map(code, asked['narrowed_by']))}.")


def sentences(asked):
    """What the run did not look at, for people."""
    rows = []
    if not asked["is_peer_verified"]:
        rows.append("The other side's certificate was not checked "
                    "(`--no-verify`).")
    if asked["not_given"]:
        rows.append("Not given, so what they show was not looked at: " +
                    ", ".join(map(code, asked["not_given"])) + ".")
    return rows


def code(value):
    """In Markdown as it stands, in one line."""
    return "`" + one_line(value, 300).replace("`", "'") + "`"


def markdown(asked):
    rows = ["## What was asked for", ""]
    for sentence in sentences(asked):
        rows += [sentence, ""]
    for name, value in asked["options"].items():
        for one in value if isinstance(value, list) else [value]:
            rows.append(f"- {code(flag(name))}" + (
                "" if one is True else f": {code(one)}"))
    return rows
