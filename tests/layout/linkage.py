#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each program links directly, and what of LibVNC it names."""
import re

import tree

# Every program may need these: the C library and the base layer.
COMMON = r"libc\.so\.6|libm\.so\.6|ld-linux-.*|libcap-ng\.so\.0"
INI = r"libinih\.so\.1"
JSON = r"libjansson\.so\.4"
LISTS = r"libcrypto\.so\.3"  # a supervisor judges lists, decision 0014
TLS = r"libssl\.so\.3|libcrypto\.so\.3"
XCB = r"libxcb(-\w+)*\.so\.\d+"
KEYS = r"libxkbcommon(-x11)?\.so\.0"
CRYPT = r"libcrypt\.so\.1"
ZSTD = r"libzstd\.so\.1"
ZLIB = r"libz\.so\.1"
JPEG = r"libjpeg\.so\.62"
TEXT = r"libcairo\.so\.2|libpango(cairo)?-1\.0\.so\.0|libgobject-2\.0\.so\.0"

# program: what it may link beside COMMON. Anything else, and any program
# that is not here, is refused.
PROGRAMS = {
    "shojid": [INI, JSON, CRYPT, LISTS],
    "shojictl": [JSON],
    "shoji-host-gate": [TLS, CRYPT],
    "shoji-session-init": [],
    "shoji-session-agent": [r"libvncserver\.so\.1", XCB, KEYS, ZSTD, JPEG],
    "shoji-session-xim": [XCB],
    "shoji-forwarder": [],
    "shoji-message-publisher": [r"libvncserver\.so\.1", TEXT, ZSTD],
    "shoji-proxy": [],
    "shoji-viewer": [INI, JSON],
    "shoji-viewer-gate": [TLS],
    "shoji-viewer-decoder": [r"libvncclient\.so\.1", ZSTD, ZLIB, JPEG],
    "shoji-viewer-window": [XCB, KEYS, TEXT],
    "shoji-viewer-headless": [r"libpng16\.so\.16"],
    "shoji-ca": [TLS],
    "shoji-guard": [INI, LISTS],
    "shoji-guard-core": [ZSTD, ZLIB, JPEG],
    "shoji-ledger": [TLS],
    "shoji-verify": [TLS],
    "shoji-guard-mark": [TEXT],
    "shoji-guard-codes": [r"libzbar\.so\.0"],
}

# Entries of LibVNC that would open a listener, a file or a second way.
BLOCKED = re.compile(
    r"rfbRegisterTightVNCFileTransferExtension|"
    r"rfbSendFileTransfer\w*|rfbSendTextChatMessage|rfbSendXvp|"
    r"rfbReverseConnection|rfbHttp\w*|rfbNewUDP\w*|rfbRunEventLoop|"
    r"ConnectTo\w*|[Ll]istenFor\w*|HandleVeNCryptAuth|HandleSASLAuth|"
    r"rfbInitClient|SendClientCutText\w*|TextChat\w*|SendXvpMsg|"
    r"SendExtDesktopSize|SendScaleSetting")


def needed(path):
    return re.findall(r"\(NEEDED\).*\[(.*)\]", tree.run("readelf", "-dW", path))


def undefined(path):
    return [line.split()[-1].split("@")[0]
            for line in tree.run("nm", "-D", "-u", path).split("\n") if line]


def main():
    tap = tree.Tap()
    built = tree.programs(tree.build_folder())
    tap.check([name for name in PROGRAMS if name not in built],
              "every program of the table is built")
    tap.check([name for name in built if name not in PROGRAMS],
              "every built program is in the table")
    for name, path in built.items():
        allowed = re.compile("|".join([COMMON, *PROGRAMS.get(name, [])]))
        tap.check([library for library in needed(path)
                   if not allowed.fullmatch(library)],
                  f"{name} links only what it may")
        tap.check([symbol for symbol in undefined(path)
                   if BLOCKED.fullmatch(symbol)],
                  f"{name} names no blocked function of LibVNC")
    tap.end()


main()
