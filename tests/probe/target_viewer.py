# SPDX-License-Identifier: GPL-3.0-or-later
"""A viewer under test; the probe is its hostile host.

With a command (--viewer) each case runs the viewer anew and judges its exit
status and the code that it says; without, the probe listens and waits for
viewers that somebody starts, and judges how the connection ends.
"""
import os
import re
import shlex
import signal
import socket
import subprocess
import threading

import rules
from case import Wrong
from ends import Gone, HostEnd, LIMIT_S

CODE = re.compile(r"\bE(\d{3})\b")
REFUSED = 3


class ViewerTarget:
    """Listens; run(script) serves one connection of one viewer."""

    mode = "viewer"
    login = None

    def __init__(self, options):
        self.options = options
        self.command = options.viewer
        self.material = {"chain": options.cert, "key": options.key,
                         "authority": options.ca}
        # With a command each viewer gets a port of its own, or one that
        # connects again by itself would be taken for the next.
        self.listener = None if self.command else socket.create_server(
            options.listen)
        self.log = None
        self.connections = self.received = self.sent = 0
        self.counts, self.bytes = {}, {}
        self.certificates = {}  # that were shown, DER: how often
        self.lock = threading.Lock()
        self.env = None
        self.folder = options.folder
        self.extra = ()
        self.profile = rules.STRICT if options.strict else rules.DEFAULT

    def picture_path(self):
        return os.path.join(self.folder, "picture.png")

    # One viewer.
    def start(self, port, **values):
        """Runs the viewer; None when somebody else does."""
        if not self.command:
            return None
        words = {"port": port, "crl": self.options.crl or "",
                 "cert": self.options.viewer_cert or "", "key":
                 self.options.viewer_key or "", "ca": self.options.ca or "",
                 **values}
        command = [part.format(**words) for part in shlex.split(self.command)]
        at = len(command) - 1
        command[at:at] = [str(word) for word in self.extra]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True,
                                errors="replace", env=self.env)

    def accept(self, listener, limit_s=LIMIT_S):
        listener.settimeout(limit_s if self.command else 600)
        try:
            sock, _address = listener.accept()
        except socket.timeout as error:
            raise Gone("no viewer came", is_late=True) from error
        self.connections += 1
        return HostEnd(sock)

    @staticmethod
    def finish(proc, limit_s):
        """(status, output) of a viewer that has to end by itself."""
        try:
            output = proc.communicate(timeout=limit_s)[0]
            return proc.returncode, output
        except subprocess.TimeoutExpired:
            proc.send_signal(signal.SIGTERM)
            try:
                return None, proc.communicate(timeout=5.0)[0]
            except subprocess.TimeoutExpired:
                proc.kill()
                return None, proc.communicate()[0]

    def run(self, script, limit_s=20.0, **values):
        """script(end) with one viewer. Returns (what it returned or the
        exception, status, output); status and output are None and '' when
        the viewer is not ours."""
        listener = self.listener or socket.create_server(("127.0.0.1", 0))
        proc = self.start(listener.getsockname()[1], **values)
        end = value = status = None
        output = ""
        try:
            try:
                end = self.accept(listener)
                if self.command:
                    listener.close()
                value = script(end)
            except (Gone, Wrong) as error:
                value = error
            if proc:
                if end is not None and not isinstance(value, Exception):
                    self.drain(end)
                status, output = self.finish(proc, limit_s)
        finally:
            if self.command:
                listener.close()
            if proc and proc.poll() is None:
                proc.kill()
                proc.communicate()
            if end is not None:
                self.done(end)
        return value, status, output

    @staticmethod
    def drain(end):
        """A host that has had its say waits for the end of the connection."""
        try:
            if end.sock.fileno() >= 0:
                end.end(8.0)
        except Gone:
            pass

    def done(self, end):
        self.received += end.received
        self.sent += end.sent
        if end.certificate:
            self.certificates[end.certificate] = \
                self.certificates.get(end.certificate, 0) + 1
        if end.judge:
            for kind, count in end.judge.counts.items():
                self.counts[kind] = self.counts.get(kind, 0) + count
            for kind, size in end.judge.bytes.items():
                self.bytes[kind] = self.bytes.get(kind, 0) + size
        end.close()

    # Judgements.
    def refused(self, script, codes=(), statuses=(REFUSED,), wait_s=20.0,
                **values):
        """The viewer ends the connection and says one of codes."""
        wait_s = min(wait_s, self.options.patience or wait_s)

        def whole(end):
            try:
                script(end)
            except Gone as error:
                if error.is_late:
                    raise
                return f"closed: {error}"
            try:
                how, _size = end.end(wait_s)
            except Gone as error:
                raise Wrong(f"still open: {error}") from error
            return how

        # A viewer that would connect again by itself is ended by us.
        limit_s = 1.0 if None in statuses else 20.0
        limit_s = min(limit_s, self.options.patience or limit_s)
        value, status, output = self.run(whole, limit_s, **values)
        said = [int(code) for code in CODE.findall(output)]
        text = f"{value}, status {status}, said " + \
            (", ".join(f"E{code}" for code in said) or "nothing")
        if isinstance(value, Wrong) or (isinstance(value, Gone) and
                                        value.is_late):
            raise Wrong(text)
        if not self.command:
            return f"{value}"
        if status not in statuses:
            raise Wrong(text)
        if codes and not any(code in codes for code in said):
            raise Wrong(text + ", not " +
                        "/".join(f"E{code}" for code in codes))
        return text

    def accepted(self, script, limit_s=20.0, **values):
        """script ends without an exception, the session is then ended on
        purpose, and the viewer takes that for a normal end."""
        value, status, output = self.run(script, limit_s, **values)
        if isinstance(value, Exception):
            raise Wrong(f"{value}; {output}")
        if self.command and status != 0:
            raise Wrong(f"{value}; status {status}: {output}")
        return value or "as it must"

    def open(self, end, stage="painted", size=(640, 480)):
        """Serves end up to stage: fresh (before the first update), painted,
        or behind an earlier point of the handshake."""
        if stage == "tcp":
            return end
        end.preface()
        if stage == "clear":
            return end
        end.secure(self.material, not self.options.no_verify)
        if stage == "tls":
            return end
        end.start(size)
        if stage == "painted":
            end.update(self.first_picture(size))
        return end

    @staticmethod
    def first_picture(size):
        from ends import raw
        return raw((0, 0, min(64, size[0]), min(64, size[1])))

    def is_well(self):
        return 0.0

    def describe(self):
        return self.command or "whoever comes"


def home(folder):
    """A home folder for a viewer that must not find anything."""
    os.makedirs(folder, exist_ok=True)
    return folder
