#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who includes whom: the layers of docs/style.md, file by file."""
import os
import re

import tree

# folder: folders it may include.
OURS = {
    "protocol/base": ["protocol/base"],
    "protocol/rfb": ["protocol/base", "protocol/rfb"],
    "protocol/gate": ["protocol/base", "protocol/rfb", "protocol/gate"],
    "protocol/tile": ["protocol/base", "protocol/rfb", "protocol/tile"],
    "protocol/motion": ["protocol/base", "protocol/tile", "protocol/motion"],
    "protocol/send": ["protocol/base", "protocol/rfb", "protocol/tile",
                      "protocol/send"],
    "protocol/ledger": ["protocol/base", "protocol/ledger"],
    "protocol/supervise": ["protocol/base", "protocol/gate", "protocol/ledger",
                           "protocol/supervise"],
    "certs": ["protocol/base", "protocol/ledger", "certs"],
    "host": ["protocol", "certs", "host"],
    "guard": ["protocol", "certs", "guard"],
    "viewer": ["protocol", "certs", "viewer"],
    "tests": ["protocol", "certs", "host", "guard", "viewer", "tests"],
}

# header of a library: the only files (patterns) that may include it.
THEIRS = [
    (r"rfb/(rfb|rfbregion)\.h", r"host/publish_vnc\.c|tests/bench/codec_vnc\.c"),
    (r"rfb/rfbclient\.h",
     r"viewer/session_vnc\.c|tests/bench/codec_client\.c"),
    (r"rfb/.*", r"(?!)"),
    (r"xcb/.*|X11/.*|xcb-imdkit/.*|xkbcommon/xkbcommon-x11\.h",
     r"(host|viewer|tests)/(.*/)?\w+_xcb\.[ch]"),
    (r"xkbcommon/xkbcommon(-\w+)?\.h", r"(host|viewer|tests)/.*"),
    (r"openssl/.*", r"certs/.*|tests/unit/certs/.*|tests/fuzz/.*"),
    (r"seccomp\.h", r"tests/support/test_without\.c"),
    (r"cap-ng\.h", r"protocol/base/confine\w*\.c|host/jail_exec\.c|"
     r"guard/mark_main\.c"),
    (r"ini\.h", r"protocol/base/config\.c"),
    (r"zstd\.h", r"protocol/tile/.*|tests/.*"),
    (r"jpeglib\.h", r"protocol/motion/.*|tests/.*"),
    (r"xxhash\.h", r"protocol/tile/.*|protocol/send/shadow\w*\.c|tests/.*"),
    (r"zlib\.h", r"protocol/tile/.*|tests/.*"),
    (r"png\.h", r"viewer/.*|tests/.*"),
    (r"jansson\.h", r"host/.*|viewer/.*|tests/.*"),
    (r"cairo.*|pango/.*",
     r"host/.*|viewer/.*|guard/mark_main\.c|tests/bench/bench_text\.c"),
    (r"zbar\.h|iconv\.h", r"guard/codes_main\.c"),
    (r"crypt\.h", r"certs/.*|host/.*"),
    (r"check\.h", r"tests/.*"),
]

# Headers of the C library and the kernel.
SYSTEM = re.compile(
    r"(assert|ctype|dirent|dlfcn|endian|errno|fcntl|fnmatch|getopt|glob|grp|"
    r"ifaddrs|inttypes|langinfo|limits|locale|malloc|math|mntent|netdb|poll|pthread|"
    r"pwd|regex|sched|setjmp|signal|spawn|stdalign|stdarg|stdatomic|stdbool|stddef|"
    r"stdint|stdio|stdlib|stdnoreturn|string|strings|syslog|termios|time|"
    r"unistd|wchar|wctype)\.h|(sys|linux|asm|asm-generic|net|netinet|arpa)/.*")

LINE = re.compile(r"^\s*#\s*include\s*([<\"])([^>\"]+)[>\"]")


def folder_of(name):
    for folder in OURS:
        if name.startswith(folder + "/"):
            return folder
    return None


def judge_ours(name, header):
    if not os.path.isfile(os.path.join(tree.ROOT, header)):
        return "is not written from the root of the tree"
    if any(header.startswith(allowed + "/")
           for allowed in OURS[folder_of(name)]):
        return None
    return "is not among the folders it may include"


def judge_theirs(name, header):
    for pattern, allowed in THEIRS:
        if re.fullmatch(pattern, header):
            if re.fullmatch(allowed, name):
                return None
            return "is reserved for other files"
    return None if SYSTEM.fullmatch(header) else "is in no table"


def judge(name):
    for number, line in enumerate(tree.read(name).split("\n"), 1):
        match = LINE.match(line)
        if not match:
            continue
        kind, header = match.groups()
        problem = judge_ours(name, header) if kind == '"' else \
            judge_theirs(name, header)
        if problem:
            yield f"{name}:{number}: {header} {problem}"


def main():
    tap = tree.Tap()
    sources = tree.files(".c", ".h")
    tap.check([name for name in sources if folder_of(name) is None],
              "every source file is in a folder of the table")
    for folder in OURS:
        mine = [name for name in sources if folder_of(name) == folder]
        if mine:
            tap.check([problem for name in mine for problem in judge(name)],
                      f"{folder} includes only what it may "
                      f"({len(mine)} files)")
    tap.check([name for name in sources
               if not tree.read(name).startswith(
                   "/* SPDX-License-Identifier: GPL-3.0-or-later */\n")],
              "every source file begins with its licence")
    tap.end()


main()
