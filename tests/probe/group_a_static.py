# SPDX-License-Identifier: GPL-3.0-or-later
"""A: what was built, read from the programs themselves (laboratory)."""
import os
import re
import subprocess

from case import ACCEPTS, Case, Skip, Wrong

FOLDERS = {"host": "host", "guard": "guard", "viewer": "viewer"}
# Functions of the libraries that must not be reachable.
NEVER = re.compile(
    r"\b(rfbRegisterTightVNCFileTransferExtension|rfbSendFileTransfer\w*|"
    r"rfbSendTextChatMessage|rfbSendXvp|rfbReverseConnection|rfbHttp\w*|"
    r"rfbNewUDP\w*|rfbInitServer|rfbRunEventLoop|ConnectTo\w+|listenFor\w+|"
    r"HandleVeNCryptAuth|HandleSASLAuth|SendClientCutText|TextChat\w+|"
    r"SendXvpMsg|SendExtDesktopSize|SendScaleSetting|rfbInitClient|"
    r"system|popen|gets|strcpy|strcat|sprintf|vsprintf|tmpnam|mktemp)$")
ALLOWED = {"shoji-session-agent": {"rfbInitServer"}}


def cases(context):
    build = context.options.build
    mode = context.options.command
    if not build:
        yield Case("A-programs", "the programs that were built are hardened",
                   needs)
        return
    folder = os.path.join(build, FOLDERS[mode])
    names = [name for name in sorted(os.listdir(folder))
             if name.startswith("shoji") and
             os.access(os.path.join(folder, name), os.X_OK) and
             os.path.isfile(os.path.join(folder, name))] \
        if os.path.isdir(folder) else []
    if not names:
        yield Case("A-programs", "there are programs to look at", empty)
    for name in names:
        path = os.path.join(folder, name)
        yield Case(f"A-hardened-{name}", f"{name}: position independent, "
                   "read-only relocations, no executable stack, canaries",
                   lambda _t, path=path: hardened(path), ACCEPTS)
        yield Case(f"A-calls-{name}", f"{name} calls no function of the "
                   "block-list", lambda _t, path=path, name=name: calls(
                       path, name), ACCEPTS)


def needs(_target):
    raise Skip("needs --build")


def empty(_target):
    raise Wrong("no programs there")


def read(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Wrong(f"{words[0]}: {done.stderr[-200:]}")
    return done.stdout


def hardened(path):
    head = read("readelf", "-W", "-h", "-l", "-d", path)
    symbols = read("nm", "-D", "--undefined-only", path)
    bad = []
    if "DYN (" not in head:
        bad.append("not position independent")
    if "GNU_RELRO" not in head or not re.search(r"\bBIND_NOW|FLAGS.*NOW",
                                                head):
        bad.append("relocations are writable")
    stack = re.search(r"GNU_STACK.*", head)
    if not stack or "RWE" in stack.group(0):
        bad.append("the stack is executable")
    if re.search(r"\((RPATH|RUNPATH)\)", head):
        bad.append("a library path inside")
    if "__stack_chk_fail" not in symbols:
        bad.append("no canaries")
    if bad:
        raise Wrong(", ".join(bad))
    return "PIE, RELRO, NOW, NX, canary" + (
        ", FORTIFY" if "_chk@" in symbols else "")


def calls(path, name):
    symbols = [line.split()[-1].split("@")[0] for line in
               read("nm", "-D", "--undefined-only", path).splitlines()]
    bad = [symbol for symbol in symbols if NEVER.match(symbol) and
           symbol not in ALLOWED.get(name, ())]
    if bad:
        raise Wrong(", ".join(bad))
    return f"{len(symbols)} functions of libraries, none of the list"
