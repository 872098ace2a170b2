#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A guard's inner gate that was taken over: speaks for suzuki, not tanaka.

Stands in a folder of programs as shoji-viewer-gate, beside the real one as
real-viewer-gate, and passes on what that one and its supervisor say.
"""
import os
import select
import socket
import struct
import sys

CONTROL_FD = 3
BYTES_MAX = 65536
FDS_MAX = 16
START = 1


def pass_on(source, target, change=bytes):
    """One message with its descriptors; False: source has ended."""
    data, fds, _, _ = socket.recv_fds(source, BYTES_MAX, FDS_MAX)
    if not data and not fds:
        return False
    socket.send_fds(target, [change(data)], fds)
    for fd in fds:
        os.close(fd)
    return True


def other_user(data):
    if struct.unpack_from("=I", data)[0] != START:
        return data
    return data.replace(b"tanaka\0", b"suzuki\0")


def main():
    supervisor = socket.socket(fileno=CONTROL_FD)
    ours, gates = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        path = os.path.join(os.path.dirname(sys.argv[0]), "real-viewer-gate")
        os.dup2(gates.fileno(), CONTROL_FD)
        os.execv(path, [path])
    gates.close()
    while True:
        ready, _, _ = select.select([supervisor, ours], [], [])
        if supervisor in ready and not pass_on(supervisor, ours, other_user):
            break
        if ours in ready and not pass_on(ours, supervisor):
            break


try:
    main()
except OSError:
    pass  # the other one has gone
