# SPDX-License-Identifier: GPL-3.0-or-later
"""Company for a program under test: descriptors in flight."""
import socket


class UnderWay:
    """Descriptors that a program of the user has sent and nobody took."""

    def __init__(self, count, each=250):
        self.pairs = []
        while count > 0:
            one, other = socket.socketpair(type=socket.SOCK_SEQPACKET)
            socket.send_fds(one, [b"x"], [0] * min(count, each))
            self.pairs += [one, other]
            count -= each

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in self.pairs:
            one.close()
