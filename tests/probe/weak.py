#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Peers that are wrong on purpose, so that every case is seen red once.

  weak.py host PORT_FILE CERT KEY   takes whatever a viewer says
  weak.py guard PORT_FILE CERT KEY  the same, with processes that do nothing
  weak.py door PORT_FILE            closes every connection at once
  weak.py viewer PORT               takes whatever a host says, and leaks
  weak.py crowd PORT_FILE           such viewers, without the leak: whoever
                                    connects writes the port that one goes to
"""
import os
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
import warnings

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "support")]
sys.dont_write_bytecode = True

import hello as tls  # noqa: E402
import rules  # noqa: E402
from ends import HostEnd, MAKE, raw, update  # noqa: E402

STAY_S = 60.0
SLEEP = shutil.which("sleep")


def some(sock, count):
    """Up to count bytes; whatever there is, never an error."""
    data = b""
    while len(data) < count:
        try:
            part = sock.recv(count - len(data))
        except OSError:
            break
        if not part:
            break
        data += part
    return data


def stay(sock):
    """Reads on and never closes first."""
    sock.settimeout(STAY_S)
    while some(sock, 1):
        pass


def lax(is_server):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if is_server else
                          ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.set_ciphers("ALL:@SECLEVEL=0")
    made.options &= ~(ssl.OP_NO_TLSv1 | ssl.OP_NO_TLSv1_1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.minimum_version = ssl.TLSVersion.TLSv1
    return made


def fake_hello():
    """Agrees with any hello of the probe."""
    parts = tls.extension(43, b"\3\4") + tls.extension(51, tls.share(0x1d, 32))
    body = b"\3\3" + b"w" * 32 + b"\0\x13\1\0" + tls.block(parts, 2)
    return tls.record(b"\2" + tls.block(body, 3), 22, 0x0303)


# Of a session of a guard; here they are for show, and nothing needs them.
EXTRAS = ("shoji-host-gate", "shoji-guard-core", "shoji-viewer-gate")


class Host:
    def __init__(self, chain, key, extras=()):
        self.context = lax(True)
        self.context.load_cert_chain(chain, key)
        self.extras = extras

    def serve(self, sock):
        try:
            self.talk(sock)
        except OSError:
            stay(sock)

    def talk(self, sock):
        sock.settimeout(STAY_S)
        for said, count in ((rules.VERSION, 12), (b"\1\x13", 1), (b"\0\2", 2),
                            (b"\0\1\0\0\1\4", 4), (b"\1", 0)):
            sock.sendall(said)
            if count:
                some(sock, count)
        first = sock.recv(4096, socket.MSG_PEEK)
        if tls.MARK in first:
            sock.sendall(fake_hello())
            stay(sock)
            return
        if first[:1] != b"\x16" or first[5:7] != b"\1\0" or \
                len(first) > 4000:
            stay(sock)
            return
        secure = self.context.wrap_socket(sock, server_side=True)
        for name in self.extras:
            subprocess.Popen([name, "20"], executable=SLEEP)
        secure.sendall(b"\0\0\0\0" + HostEnd.server_init((640, 480)))
        while data := secure.recv(65536):
            if len(data) > 60:
                secure.sendall(update(raw((0, 0, 1, 1), b"\1\2\3\0")))
            at = data.rfind(b"\xf8\0\0\0\x80\0\0\0")
            if at >= 0:
                payload = data[at + 9:at + 9 + data[at + 8]]
                secure.sendall(MAKE["fence"](payload, 0))


def listen(port_file, serve):
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        with open(port_file + ".new", "w", encoding="ascii") as file:
            file.write(str(listener.getsockname()[1]))
        os.rename(port_file + ".new", port_file)
        while True:
            sock, _address = listener.accept()
            threading.Thread(target=serve, args=(sock,), daemon=True).start()


def view(port):
    sock = socket.create_connection(("localhost", port))
    sock.settimeout(STAY_S)
    try:
        some(sock, 12)
        sock.sendall(rules.VERSION)
        count = some(sock, 1)
        types = some(sock, count[0]) if count else b""
        sock.sendall(types[:1] or b"\0")
        some(sock, 2)
        sock.sendall(b"\0\2")
        head = some(sock, 2)
        subtypes = some(sock, 4 * head[1]) if len(head) == 2 else b""
        sock.sendall(subtypes[:4] or b"\0\0\1\4")
        some(sock, 1)
        secure = lax(False).wrap_socket(sock, server_hostname="localhost")
        sock = secure
        secure.sendall(b"\1")
        some(secure, 4 + 24 + 5)
        secure.sendall(MAKE["format"]() + MAKE["encodings"]() +
                       MAKE["request"]((0, 0, 640, 480)))
        if "CANARY" in os.environ:
            leak(secure)
        stay(secure)
    except OSError:
        time.sleep(STAY_S)


def crowd(sock):
    view(int(some(sock, 6) or b"0"))


def leak(sock):
    """All that a terminal has to hide, as cut text."""
    text = " ".join([*os.environ.values(), *sys.argv,
                     *os.listdir(os.environ["HOME"])]).encode()
    sock.sendall(struct.pack(">BxxxI", 6, len(text)) + text)


def main():
    if sys.argv[1] == "host":
        listen(sys.argv[2], Host(sys.argv[3], sys.argv[4]).serve)
    elif sys.argv[1] == "guard":
        listen(sys.argv[2], Host(sys.argv[3], sys.argv[4], EXTRAS).serve)
    elif sys.argv[1] == "door":
        listen(sys.argv[2], lambda sock: sock.close())
    elif sys.argv[1] == "crowd":
        listen(sys.argv[2], crowd)
    else:
        view(int(sys.argv[-1]))


if __name__ == "__main__":
    main()
