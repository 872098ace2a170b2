# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of shoji-probe."""
import argparse
import importlib
import random
import sys

import asked
import check
import report
from case import Runner
from check import Usage
from ends import Gone

GROUPS = {
    "A": "group_a_static", "B": "group_b_zone", "C": "group_c_host_messages",
    "D": "group_d_viewer_messages", "E": "group_e_mutated", "F": "group_f_tls",
    "G": "group_g_sandbox", "H": "group_h_faults", "I": "group_i_covert",
    "J": "group_j_ledger", "K": "group_k_soak"}

EXIT_PASSED, EXIT_FAILED, EXIT_USAGE, EXIT_CANNOT = 0, 1, 2, 3


def address_of(text):
    """'host:port' or '[v6]:port' as a pair."""
    host, _colon, port = text.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise argparse.ArgumentTypeError(f"{text}: not ADDRESS:PORT")
    return host, int(port)


def size_of(text):
    parts = text.split("x")
    if len(parts) != 2 or not all(part.isdigit() for part in parts):
        raise argparse.ArgumentTypeError(f"{text}: not WIDTHxHEIGHT")
    return int(parts[0]), int(parts[1])


def groups_of(text):
    names = [name for name in text.upper().replace(",", "")]
    for name in names:
        if name not in GROUPS:
            raise argparse.ArgumentTypeError(
                f"{name}: not a group; groups are {''.join(GROUPS)}")
    return names


def common(parser):
    parser.add_argument("--cert", required=True, metavar="FILE",
                        help="certificate made for the probe, PEM")
    parser.add_argument("--key", required=True, metavar="FILE")
    parser.add_argument("--ca", required=True, metavar="FILE",
                        help="authority of the other side")
    parser.add_argument("--crl", metavar="FILE")
    parser.add_argument("--no-verify", action="store_true",
                        help="do not check the other side's certificate")
    parser.add_argument("--groups", type=groups_of, default=list(GROUPS),
                        metavar="LETTERS", help="for example DF; default all")
    parser.add_argument("--only", default="", metavar="TEXT",
                        help="only cases whose id has TEXT, or one of several "
                        "with commas between")
    parser.add_argument("--seed", type=int, default=None, metavar="N")
    parser.add_argument("--count", type=int, default=asked.COUNT, metavar="N",
                        help="mutated messages of group E; default 10000")
    parser.add_argument("--long", action="store_true",
                        help="every body, state and value")
    parser.add_argument("--short", action="store_true",
                        help="a selection of a few minutes")
    parser.add_argument("--kind", choices=("refuses", "accepts", "measures"),
                        help="only cases in which a good peer does so")
    parser.add_argument("--patience", type=float, metavar="S",
                        help="longest wait for a refusal; default: as long as "
                        "the document allows")
    parser.add_argument("--blind", action="store_true",
                        help="do not look first whether a viewer is served")
    parser.add_argument("--list", action="store_true",
                        help="print the cases, run none")
    parser.add_argument("--tap", action="store_true", help="print TAP lines")
    parser.add_argument("--report", metavar="DIR",
                        help="write report.md, .json, .xml and SHA256SUMS")
    parser.add_argument("--sign", metavar="KEY",
                        help="sign SHA256SUMS with an Ed25519 key, PEM")
    parser.add_argument("--authority-key", metavar="FILE",
                        help="key of the probe's authority: odd certificates "
                        "are made with it")
    parser.add_argument("--revoked-cert", metavar="FILE")
    parser.add_argument("--revoked-key", metavar="FILE")
    parser.add_argument("--zone", default="lgwan")
    parser.add_argument("--build", metavar="DIR",
                        help="laboratory: the programs, for groups A and G")
    parser.add_argument("--pid", type=int, metavar="N",
                        help="laboratory: process number of shojid or the "
                        "viewer, for group G")
    parser.add_argument("--ledger", action="append", default=[],
                        metavar="FILE", help="laboratory: ledgers, group J")


def as_viewer(parser):
    """What host and guard have beside."""
    common(parser)
    parser.add_argument("address", type=address_of, metavar="ADDRESS:PORT")
    parser.add_argument("--user", help="X509Plain: user name")
    parser.add_argument("--password", help="X509Plain: password")
    parser.add_argument("--largest", type=size_of, metavar="WxH",
                        help="largest screen of the host; default: asked for")
    parser.add_argument("--event-log", metavar="FILE",
                        help="laboratory: the host's event log, for the codes")
    parser.add_argument("--pages", type=address_of, metavar="ADDRESS:PORT",
                        help="page server of `shoji-probe pages`: reports are "
                        "read from it")
    parser.add_argument("--pages-url", metavar="URL",
                        help="its address as the host's browser sees it")
    parser.add_argument("--stale", type=address_of, metavar="ADDRESS:PORT",
                        help="a second host (or guard) whose revocation list "
                        "of viewers has run out")


def parser():
    top = argparse.ArgumentParser(
        prog="shoji-probe", description="Security tests of shoji from outside.")
    top.add_argument("--version", action="version",
                     version=f"shoji-probe {report.commit()}")
    commands = top.add_subparsers(dest="command", required=True)
    as_viewer(commands.add_parser(
        "host", help="act as hostile viewer against a host"))
    as_viewer(commands.add_parser(
        "guard", help="act as hostile viewer against a guard"))
    guard = commands.choices["guard"]
    guard.add_argument("--guard-log", metavar="FILE",
                       help="laboratory: what shoji-guard says, for the codes")
    guard.add_argument("--other-cert", metavar="FILE",
                       help="laboratory: of another user, group H")
    guard.add_argument("--other-key", metavar="FILE")
    guard.add_argument("--run-ledger", action="append", default=[],
                       metavar="FILE", help="laboratory: ledgers that are "
                       "written during the run, group J")
    guard.add_argument("--quantum", choices=("off", "1", "10", "50"),
                       default="off", help="its quantum_ms, for the report")
    guard.add_argument("--seven-bit", action="store_true",
                       help="its policy cuts colours to seven bits")
    guard.add_argument("--strict", action="store_true",
                       help="its profile is strict")
    guard.add_argument("--stale-inner", type=address_of,
                       metavar="ADDRESS:PORT", help="a guard whose list of the "
                       "hosts' side has run out")
    viewer = commands.add_parser(
        "viewer", help="act as hostile host against a viewer")
    common(viewer)
    viewer.add_argument("--listen", type=address_of, metavar="ADDRESS:PORT")
    viewer.add_argument("--viewer", metavar="COMMAND",
                        help="how to run the viewer; {port} is the port, also "
                        "{cert} {key} {ca} {crl}")
    viewer.add_argument("--viewer-cert", metavar="FILE")
    viewer.add_argument("--viewer-key", metavar="FILE")
    viewer.add_argument("--strict", action="store_true",
                        help="its profile is strict")
    pages = commands.add_parser(
        "pages", help="serve the pages of groups B and I to the host's browser")
    pages.add_argument("--listen", type=address_of, default=("127.0.0.1", 0))
    pages.add_argument("--port-file", metavar="FILE")
    pages.add_argument("--seed", type=int, required=True)
    verify = commands.add_parser(
        "verify", help="check the sums and the signature of a report")
    verify.add_argument("report", metavar="DIR")
    verify.add_argument("--public-key", metavar="FILE")
    return top


class Context:
    """What cases are made from."""

    def __init__(self, options, target, folder):
        self.options, self.target, self.folder = options, target, folder
        self.seed = options.seed
        self.is_long = options.long
        self.is_short = options.short
        self.count = options.count
        self.notes = []  # figures and tables for the report

    def cases(self):
        for letter in self.options.groups:
            module = importlib.import_module(GROUPS[letter])
            for case in module.cases(self):
                if any(text in case.id for text in
                       self.options.only.split(",")) and \
                        self.options.kind in (None, case.kind):
                    yield case


def judge(options):
    """Raises Usage for what no run can begin with."""
    if options.count < 0:
        raise Usage("--count has to be 0 or more")
    if options.sign and not options.report:
        raise Usage("--sign needs --report")
    if bool(options.revoked_cert) != bool(options.revoked_key):
        raise Usage("--revoked-cert and --revoked-key belong together")
    if options.command == "viewer" and not (options.viewer or options.listen):
        raise Usage("viewer needs --viewer COMMAND or --listen ADDRESS:PORT")
    check.files(options)
    check.material(options)
    if options.command == "viewer" and options.viewer:
        check.command(options.viewer)
    if options.sign:
        check.signing_key(options.sign)
    if options.report and not options.list:
        check.folder(options.report)
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1 << 32)


def target_of(options):
    if options.command == "viewer":
        from target_viewer import ViewerTarget
        return ViewerTarget(options)
    from target_host import HostTarget
    return HostTarget(options)


def run(options):
    import tempfile
    judge(options)
    with tempfile.TemporaryDirectory(prefix="shoji-probe-") as folder:
        options.folder = folder
        target = target_of(options)
        try:
            if options.command != "viewer" and not options.list and \
                    not options.blind:
                target.is_well()
        except (Gone, OSError) as error:
            print(f"shoji-probe: {target.describe()}: {error}",
                  file=sys.stderr)
            return EXIT_CANNOT
        context = Context(options, target, folder)
        if options.list:
            for case in context.cases():
                print(case.id, "", case.text)
            return EXIT_PASSED
        runner = Runner(target, "tap" if options.tap else "plain")
        print(f"# shoji-probe {options.command} {target.describe()}, seed "
              f"{options.seed}, commit of the probe {report.commit()}", flush=True)
        runner.run(context.cases())
        return finish(options, context, runner)


def finish(options, context, runner):
    passed, failed = runner.count("passed"), runner.count("failed")
    skipped = runner.count("skipped")
    status = EXIT_FAILED if failed else EXIT_PASSED
    if options.report:
        try:
            report.write(options, context, runner, asked.of(
                context, len(runner.results), GROUPS))
            print(f"# report in {options.report}")
        except report.Unwritten as error:
            complain(f"--report: {error}")
            status = status or EXIT_CANNOT
    for note in context.notes:
        print("# " + note)
    print(f"# {skipped} could not be run here" if skipped else
          "# everything could be run here")
    if options.tap:
        print(f"1..{len(runner.results)}")
    if not runner.results:
        complain("no such case")
        status = EXIT_USAGE
    elif runner.is_empty():
        complain("nothing was tested: " + runner.reasons())
        status = status or EXIT_CANNOT
    print(f"{'# ' if options.tap else ''}{passed} passed, {failed} failed",
          flush=True)
    return status


def complain(text):
    """Before the last line of the output, wherever both go."""
    sys.stdout.flush()
    print(f"shoji-probe: {text}", file=sys.stderr, flush=True)


def main(words=None):
    options = parser().parse_args(words)
    try:
        if options.command == "pages":
            import pages
            try:
                return pages.serve(options)
            except OSError as error:
                if not error.filename:
                    raise check.wrong("listen", "%s:%d" % options.listen,
                                      error) from error
                raise check.wrong("port-file", error.filename, error) \
                    from error
        if options.command == "verify":
            return report.verify(options)
        return run(options)
    except Usage as error:
        print(f"shoji-probe: {error}", file=sys.stderr)
        return EXIT_USAGE
    except KeyboardInterrupt:
        print("shoji-probe: interrupted", file=sys.stderr)
        return EXIT_CANNOT
