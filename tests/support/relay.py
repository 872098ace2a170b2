# SPDX-License-Identifier: GPL-3.0-or-later
"""A TCP relay between viewer and host that a test cuts."""
import select
import socket
import struct
import threading


class Relay:
    """Listens on a port of its own and joins each connection to target()."""

    def __init__(self, target):
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        self.is_done = False
        self.pairs = []
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.is_done:
            with self.lock:
                pairs = list(self.pairs)
            sockets = [self.listener] + [one for pair in pairs for one in pair]
            try:
                ready, _out, _bad = select.select(sockets, [], [], 0.02)
            except (OSError, ValueError):
                continue
            for one in ready:
                if one is self.listener:
                    self._accept()
                else:
                    self._pass_on(one, pairs)

    def _accept(self):
        try:
            near, _address = self.listener.accept()
            far = socket.create_connection(("127.0.0.1", self.target()), 5)
        except OSError:
            return
        with self.lock:
            self.pairs.append((near, far))
            self.connections += 1

    def _pass_on(self, one, pairs):
        for pair in pairs:
            if one not in pair:
                continue
            other = pair[1] if one is pair[0] else pair[0]
            try:
                data = one.recv(65536)
                if data:
                    other.sendall(data)
                    return
            except OSError:
                pass
            self._drop([pair])

    def _drop(self, pairs):
        for pair in pairs:
            for one in pair:
                try:
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack("ii", 1, 0))
                except OSError:
                    pass
                one.close()
            with self.lock:
                if pair in self.pairs:
                    self.pairs.remove(pair)

    def cut(self):
        """Resets every connection on both sides."""
        with self.lock:
            pairs = list(self.pairs)
        self._drop(pairs)

    def stop(self):
        self.is_done = True
        self.thread.join(5)
        self.cut()
        self.listener.close()
