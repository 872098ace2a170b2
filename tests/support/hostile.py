# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripted ends of the wire: a viewer and a host that may misbehave.

Written from docs/protocol.md alone, with Python's own TLS, so that both ends of
shoji are also judged by a third implementation.
"""
import socket
import ssl
import struct
import threading
import time

VERSION = b"RFB 003.008\n"
VENCRYPT = 19
X509_NONE, X509_VNC, X509_PLAIN = 260, 261, 262
ENCODING_TILE = None  # set by the tests that need it


class Closed(Exception):
    """The peer ended the connection: .alert is the TLS alert, if any."""

    def __init__(self, text, alert=None, code=None):
        super().__init__(text)
        self.alert = alert
        self.code = code


def alert_of(error):
    """The name of the alert in an SSLError, e.g. 'CERTIFICATE_REVOKED'."""
    text = str(error).upper().replace(" ", "_")
    for name in ("CERTIFICATE_REVOKED", "CERTIFICATE_EXPIRED", "UNKNOWN_CA",
                 "CERTIFICATE_REQUIRED", "BAD_CERTIFICATE",
                 "UNSUPPORTED_CERTIFICATE", "CERTIFICATE_UNKNOWN",
                 "ACCESS_DENIED", "PROTOCOL_VERSION", "HANDSHAKE_FAILURE",
                 "NO_CERTIFICATE", "DECRYPT_ERROR", "INTERNAL_ERROR",
                 "CERTIFICATE_VERIFY_FAILED"):
        if name in text:
            return name
    return text


def _context(is_server, material, verify=True):
    context = ssl.SSLContext(
        ssl.PROTOCOL_TLS_SERVER if is_server else ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED if verify else ssl.CERT_NONE
    if material.get("tls12"):
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    else:
        context.minimum_version = ssl.TLSVersion.TLSv1_3
    if material.get("chain"):
        context.load_cert_chain(material["chain"], material["key"])
    if verify:
        context.load_verify_locations(material["authority"])
    if is_server:
        context.num_tickets = 0
    return context


class Wire:
    """Exact reads and writes with a deadline on any socket."""

    def __init__(self, sock, limit_s=10.0):
        self.sock = sock
        self.sock.settimeout(limit_s)

    def send(self, data):
        try:
            self.sock.sendall(data)
        except (OSError, ssl.SSLError) as error:
            raise Closed(f"write: {error}", alert_of(error)) from error

    def read(self, count):
        data = b""
        while len(data) < count:
            try:
                part = self.sock.recv(count - len(data))
            except socket.timeout as error:
                raise Closed("timeout") from error
            except (OSError, ssl.SSLError) as error:
                raise Closed(f"read: {error}", alert_of(error)) from error
            if not part:
                raise Closed(f"end after {len(data)} of {count} bytes")
            data += part
        return data

    def read_until_end(self, limit_s=10.0):
        """All bytes until the peer closes; None when it does not."""
        data, end = b"", time.monotonic() + limit_s
        while time.monotonic() < end:
            self.sock.settimeout(max(0.05, end - time.monotonic()))
            try:
                part = self.sock.recv(65536)
            except socket.timeout:
                return None
            except (OSError, ssl.SSLError):
                return data
            if not part:
                return data
            data += part
        return None

    def close(self):
        try:
            self.sock.close()
        except OSError:
            pass


class Viewer:
    """A viewer by hand. Every step is a method, so that any can be left out."""

    def __init__(self, port, address="127.0.0.1", limit_s=10.0):
        self.raw = socket.create_connection((address, port), limit_s)
        self.raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.wire = Wire(self.raw, limit_s)
        self.width = self.height = 0

    def version(self, answer=VERSION):
        greeting = self.wire.read(12)
        self.wire.send(answer)
        return greeting

    def security_types(self):
        count = self.wire.read(1)[0]
        if count == 0:
            size = struct.unpack(">I", self.wire.read(4))[0]
            reason = self.wire.read(min(size, 64)).decode("ascii", "replace")
            raise Closed("refused: " + reason, code=reason)
        return list(self.wire.read(count))

    def vencrypt(self, subtype=X509_NONE):
        """The clear-text part of VeNCrypt; the offered subtypes."""
        self.wire.send(bytes([VENCRYPT]))
        version = self.wire.read(2)
        if version != b"\0\2":
            raise Closed(f"VeNCrypt version {version!r}")
        self.wire.send(b"\0\2")
        if self.wire.read(1) != b"\0":
            raise Closed("VeNCrypt version refused")
        offered = struct.unpack(
            f">{(count := self.wire.read(1)[0])}I", self.wire.read(4 * count))
        self.wire.send(struct.pack(">I", subtype))
        if self.wire.read(1) != b"\1":
            raise Closed("subtype refused")
        return offered

    def tls(self, material, verify=True):
        try:
            secure = _context(False, material, verify).wrap_socket(self.raw)
        except (OSError, ssl.SSLError) as error:
            raise Closed(f"TLS: {error}", alert_of(error)) from error
        self.wire = Wire(secure, self.raw.gettimeout() or 10)
        return secure

    def plain(self, user, password):
        user, password = user.encode(), password.encode()
        self.wire.send(struct.pack(">II", len(user), len(password)) +
                       user + password)

    def result(self):
        """SecurityResult; raises Closed with the code when it is not OK."""
        value = struct.unpack(">I", self.wire.read(4))[0]
        if value != 0:
            size = struct.unpack(">I", self.wire.read(4))[0]
            reason = self.wire.read(min(size, 64)).decode("ascii", "replace")
            raise Closed("refused: " + reason, code=reason)

    def init(self):
        self.wire.send(b"\1")
        head = self.wire.read(24)
        self.width, self.height = struct.unpack(">HH", head[:4])
        size = struct.unpack(">I", head[20:])[0]
        return self.wire.read(size)

    def connect(self, material, subtype=X509_NONE, login=None):
        """The whole handshake of a well-behaved viewer."""
        self.version()
        types = self.security_types()
        if VENCRYPT not in types:
            raise Closed(f"security types {types}")
        self.vencrypt(subtype)
        self.tls(material)
        if login is not None:
            self.plain(*login)
        self.result()
        self.init()
        return self

    # Messages.
    def set_pixel_format(self):
        self.wire.send(struct.pack(">B3xBBBBHHHBBB3x", 0, 32, 24, 0, 1,
                                   255, 255, 255, 16, 8, 0))

    def set_encodings(self, numbers):
        self.wire.send(struct.pack(f">BxH{len(numbers)}i", 2, len(numbers),
                                   *numbers))

    def request(self, is_incremental=False, box=None):
        left, top, width, height = box or (0, 0, self.width, self.height)
        self.wire.send(struct.pack(">BBHHHH", 3, int(is_incremental), left, top,
                                   width, height))

    def key(self, keysym, is_down):
        self.wire.send(struct.pack(">BBxxI", 4, int(is_down), keysym))

    def tap(self, keysym):
        self.key(keysym, True)
        self.key(keysym, False)

    def pointer(self, x, y, buttons=0):
        self.wire.send(struct.pack(">BBHH", 5, buttons, x, y))

    def cut_text(self, text=b"secret"):
        self.wire.send(struct.pack(">BxxxI", 6, len(text)) + text)

    def close(self):
        self.wire.close()
        try:
            self.raw.close()
        except OSError:
            pass


def reset(sock):
    """Closes a socket with a TCP reset instead of an orderly end."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class Host:
    """A host by hand: script(peer) runs in a thread for each connection.

    peer has the methods below; what script raises or returns is kept in
    .results, in the order of the connections.
    """

    def __init__(self, script, limit_s=10.0):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.script = script
        self.limit_s = limit_s
        self.results = []
        self.is_done = False
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_error):
        self.is_done = True
        self.listener.close()
        self.thread.join(5)

    def _run(self):
        self.listener.settimeout(0.1)
        while not self.is_done:
            try:
                sock, _address = self.listener.accept()
            except socket.timeout:
                continue
            except OSError:
                return
            peer = HostPeer(sock, self.limit_s)
            try:
                self.results.append(self.script(peer))
            except Closed as error:
                self.results.append(error)
            except Exception as error:  # judged by the test
                self.results.append(error)
            finally:
                peer.close()


class HostPeer:
    """One connection of Host."""

    def __init__(self, sock, limit_s):
        self.raw = sock
        self.raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.wire = Wire(sock, limit_s)

    def version(self, greeting=VERSION):
        self.wire.send(greeting)
        return self.wire.read(12)

    def security_types(self, types=(VENCRYPT,)):
        self.wire.send(bytes([len(types)]) + bytes(types))
        return self.wire.read(1)[0]

    def refuse(self, reason):
        data = reason.encode()
        self.wire.send(b"\0" + struct.pack(">I", len(data)) + data)

    def vencrypt(self, subtypes=(X509_NONE,), version=b"\0\2"):
        self.wire.send(version)
        answer = self.wire.read(2)
        self.wire.send(b"\0")
        self.wire.send(struct.pack(f">B{len(subtypes)}I", len(subtypes),
                                   *subtypes))
        choice = struct.unpack(">I", self.wire.read(4))[0]
        self.wire.send(b"\1")
        return answer, choice

    def tls(self, material, verify=True):
        try:
            secure = _context(True, material, verify).wrap_socket(
                self.raw, server_side=True)
        except (OSError, ssl.SSLError) as error:
            raise Closed(f"TLS: {error}", alert_of(error)) from error
        self.wire = Wire(secure, self.raw.gettimeout() or 10)
        return secure

    def connect(self, material, size=(640, 480), name=b"shoji"):
        """The whole handshake of a well-behaved host."""
        self.version()
        self.security_types()
        self.vencrypt()
        self.tls(material)
        self.wire.send(struct.pack(">I", 0))
        self.wire.read(1)
        self.wire.send(struct.pack(">HHBBBBHHHBBB3xI", size[0], size[1], 32, 24,
                                   0, 1, 255, 255, 255, 16, 8, 0, len(name)) +
                       name)
        return self

    def raw_update(self, box, color=b"\x40\x80\xc0\x00", encoding=0):
        left, top, width, height = box
        self.wire.send(struct.pack(">BxHHHHHi", 0, 1, left, top, width, height,
                                   encoding) + color * (width * height))

    def close(self):
        self.wire.close()
        try:
            self.raw.close()
        except OSError:
            pass
