# SPDX-License-Identifier: GPL-3.0-or-later
"""Both ends of the wire by hand: every step is a method that can be left out.

All that is received behind TLS goes through a judge (judge.py) and, when asked
for, into a record of plain bytes. Waits have a deadline.
"""
import re
import socket
import ssl
import struct
import time

import rules
from judge import Box, FromHost, FromViewer, Violation

LIMIT_S = 10.0


class Gone(Exception):
    """The peer ended the connection, or did not answer in time."""

    def __init__(self, text, alert=None, is_late=False):
        super().__init__(text)
        self.alert = alert
        self.is_late = is_late


def alert_of(error):
    """The alert in an error of OpenSSL as lower_case words, or ''."""
    found = re.search(r"alert ([a-z ]+)|\[SSL: (?:TLSV1\d?|SSLV3)_ALERT_(\w+)\]"
                      r"|(CERTIFICATE_VERIFY_FAILED)", str(error))
    if not found:
        return ""
    text = next(part for part in found.groups() if part)
    return text.strip().lower().replace(" ", "_")


CONTEXTS = {}


def context(material, is_server, verify=True, versions=None):
    """An SSLContext; kept, because loading certificates costs milliseconds.

    versions is (lowest, highest) of ssl.TLSVersion.
    """
    key = (tuple(sorted((k, str(v)) for k, v in material.items())), is_server,
           verify, versions)
    if key in CONTEXTS:
        return CONTEXTS[key]
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if is_server
                          else ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_REQUIRED if verify else ssl.CERT_NONE
    if versions:
        made.set_ciphers("ALL:@SECLEVEL=0")
        made.minimum_version, made.maximum_version = versions
    else:
        made.minimum_version = ssl.TLSVersion.TLSv1_3
    if material.get("chain"):
        made.load_cert_chain(material["chain"], material["key"])
    if verify:
        made.load_verify_locations(material["authority"])
    if is_server:
        made.num_tickets = 0
    if material.get("keylog"):
        made.keylog_filename = material["keylog"]
    CONTEXTS[key] = made
    return made


class End:
    """One connection; sock is the TCP or the TLS socket."""

    def __init__(self, sock):
        self.sock = self.raw = sock
        self.raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.raw.settimeout(LIMIT_S)
        self.judge = None
        self.record = None  # bytearray of plain bytes received
        self.received = self.sent = 0
        self.certificate = None  # that the peer has shown, DER
        self.name = "%s:%d" % self.raw.getsockname()[:2]

    def send(self, data):
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise Gone(f"write: {error}", alert_of(error)) from error
        self.sent += len(data)

    def some(self, limit_s=LIMIT_S, most=65536):
        """What has come, at least a byte; b'' at the peer's end."""
        self.sock.settimeout(max(limit_s, 0.001))
        try:
            data = self.sock.recv(most)
        except (socket.timeout, ssl.SSLWantReadError) as error:
            raise Gone(f"nothing came in {limit_s:.1f} s", is_late=True) \
                from error
        except OSError as error:
            raise Gone(f"read: {error}", alert_of(error)) from error
        self.received += len(data)
        if self.record is not None:
            self.record += data
        return data

    def read(self, count, limit_s=LIMIT_S):
        """Exactly count bytes, of the clear part."""
        data, end = b"", time.monotonic() + limit_s
        while len(data) < count:
            part = self.some(end - time.monotonic(), count - len(data))
            if not part:
                raise Gone(f"end after {len(data)} of {count} bytes")
            data += part
        return data

    def tls(self, made, is_server=False):
        try:
            self.sock = made.wrap_socket(self.raw, server_side=is_server,
                                         suppress_ragged_eofs=False)
        except OSError as error:
            raise Gone(f"TLS: {error}", alert_of(error)) from error
        self.raw = self.sock  # the first socket has given its descriptor away
        self.certificate = self.sock.getpeercert(True)

    def events(self, limit_s=LIMIT_S):
        """Units that arrived, judged; raises Gone and Violation."""
        end = time.monotonic() + limit_s
        while True:
            if self.judge.seen:
                return self.judge.take()
            data = self.some(end - time.monotonic())
            if not data:
                raise Gone("closed")
            self.judge.feed(data)

    def until(self, test, limit_s=LIMIT_S):
        """The first unit (kind, details) that fulfils test."""
        end = time.monotonic() + limit_s
        while True:
            seen = self.events(end - time.monotonic())
            for at, unit in enumerate(seen):
                if test(*unit):
                    self.judge.seen = seen[at + 1:] + self.judge.seen
                    return unit

    def end(self, limit_s=LIMIT_S):
        """Reads up to the end; (how it ended, bytes before it). Raises Gone
        with is_late when there is none, Violation for bytes that must not be.
        """
        size, stop = 0, time.monotonic() + limit_s
        while True:
            try:
                data = self.some(stop - time.monotonic())
            except Gone as error:
                if error.is_late:
                    raise
                alert = "alert " + error.alert if error.alert else ""
                return alert or ("end without close_notify" if "EOF" in
                                 str(error) else "reset"), size
            if not data:
                return "closed", size
            size += len(data)
            if self.judge:
                self.judge.feed(data)

    def leave(self):
        """close_notify, and the rest that the peer still had to say."""
        try:
            self.sock.settimeout(8.0)
            self.raw = self.sock.unwrap()
        except (OSError, ValueError):
            pass  # it was still speaking: what it says is read below
        try:
            while self.sock.fileno() >= 0 and self.sock.recv(65536):
                pass
        except (OSError, ValueError):
            pass
        self.close()

    def reset(self):
        """Ends it by a TCP reset."""
        self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        for sock in (self.sock, self.raw):
            try:
                sock.close()
            except OSError:
                pass


def messages():
    """The valid messages of a viewer by name, as functions to bytes."""
    return {
        "format": lambda: b"\0\0\0\0" + rules.FORMAT + b"\0\0\0",
        "encodings": lambda numbers=rules.OURS: struct.pack(
            f">BxH{len(numbers)}i", 2, len(numbers), *numbers),
        "request": lambda box, is_more=0: struct.pack(
            ">BBHHHH", 3, is_more, *box),
        "key": lambda keysym, is_down=1: struct.pack(
            ">BBxxI", 4, is_down, keysym),
        "pointer": lambda x, y, buttons=0: struct.pack(
            ">BBHH", 5, buttons, x, y),
        "continuous": lambda is_on=0: struct.pack(
            ">BBHHHH", 150, is_on, 0, 0, 64, 64),
        "fence": lambda payload=b"", flags=rules.FENCE_REQUEST, kind=248:
            struct.pack(">BxxxIB", kind, flags, len(payload)) + payload,
        "size": lambda width, height: struct.pack(
            ">BxHHBxIHHHHI", 251, width, height, 1, 0, 0, 0, width, height, 0),
    }


MAKE = messages()


class ViewerEnd(End):
    """A viewer by hand."""

    STATES = ("fresh", "formatted", "asked", "running", "painted")

    def __init__(self, address, profile=rules.DEFAULT):
        try:
            sock = socket.create_connection(address, LIMIT_S)
        except OSError as error:
            raise Gone(f"connect: {error}") from error
        super().__init__(sock)
        self.box = Box()
        self.box.announced = set(profile.announced)
        self.profile = profile
        self.fences = 0

    def greet(self, answer=rules.VERSION):
        greeting = self.read(12)
        if greeting != rules.VERSION:
            raise Gone(f"greeting {greeting!r}")
        self.send(answer)

    def security(self, choice=rules.VENCRYPT):
        count = self.read(1)[0]
        if count == 0:
            size = struct.unpack(">I", self.read(4))[0]
            raise Gone("refused: " + repr(self.read(min(size, 64))))
        offered = list(self.read(count))
        if choice is not None:
            self.send(bytes([choice]))
        return offered

    def vencrypt(self, subtype=rules.X509_NONE, version=b"\0\2"):
        """Returns the subtypes that are offered."""
        got = self.read(2)
        if got != b"\0\2":
            raise Gone(f"VeNCrypt version {got.hex()}")
        self.send(version)
        answer = self.read(2)
        if answer[0] != 0 or not 1 <= answer[1] <= 2:
            raise Gone(f"VeNCrypt answer {answer.hex()}")
        offered = struct.unpack(f">{answer[1]}I", self.read(4 * answer[1]))
        if subtype is not None:
            self.send(struct.pack(">I", subtype))
            if self.read(1) != b"\1":
                raise Gone("subtype refused")
        return offered

    def preface(self, subtype=rules.X509_NONE):
        """All of the clear part, written at once after the first greeting.

        The viewer's 19 bytes are constants, so nothing has to be waited for;
        the answers are compared with the host's 23 afterwards.
        """
        greeting = self.read(12)
        if greeting != rules.VERSION:
            raise Gone(f"greeting {greeting!r}")
        self.send(rules.VERSION)
        if self.read(1)[0] != 1 or self.read(1)[0] != rules.VENCRYPT:
            raise Gone("security types are not VeNCrypt alone")
        self.send(bytes([rules.VENCRYPT]))
        self.vencrypt(subtype)
        return self

    def secure(self, material, verify=True, versions=None):
        self.tls(context(material, False, verify, versions))
        return self

    def result(self, login=None, limit_s=60.0):
        """Login and SecurityResult, ClientInit, ServerInit."""
        self.judge = FromHost(self.box, self.profile.encodings,
                              keep=self.keep)
        if login is not None:
            user, password = (text.encode() for text in login)
            self.send(struct.pack(">II", len(user), len(password)) + user +
                      password)
        self.send(b"\0")  # ClientInit may go out before the result
        kind, details = self.until(
            lambda kind, _: kind in ("ServerInit", "refusal"), limit_s)
        if kind == "refusal":
            raise Gone(f"refused: E{details['code']}")
        return self

    keep = None

    def advance(self, state):
        """From fresh to state."""
        at = self.STATES.index(state)
        data = b""
        if at >= 1:
            data += MAKE["format"]()
        if at >= 2:
            data += MAKE["encodings"](self.profile.announced)
        if at >= 3:
            data += MAKE["request"]((0, 0, self.box.width, self.box.height))
        if data:
            self.send(data)
        if at >= 4:
            self.until(lambda kind, _: kind == "FramebufferUpdate", 20.0)
        return self

    def ping(self, limit_s=LIMIT_S):
        """A fence and its answer: the gate still serves us. Milliseconds."""
        self.fences += 1
        payload = struct.pack(">I", self.fences) + b"probe"
        begin = time.monotonic()
        self.send(MAKE["fence"](payload))
        self.until(lambda kind, got: kind == "ServerFence" and
                   got["payload"] == payload, limit_s)
        return 1000 * (time.monotonic() - begin)


class HostEnd(End):
    """A host by hand, on an accepted socket."""

    def __init__(self, sock):
        super().__init__(sock)
        self.box = Box()

    def greet(self, greeting=rules.VERSION):
        self.send(greeting)
        return self.read(12)

    def security(self, types=(rules.VENCRYPT,)):
        self.send(bytes([len(types), *types]))
        return self.read(1)[0]

    def vencrypt(self, subtypes=(rules.X509_NONE,), version=b"\0\2",
                 accepted=b"\0"):
        self.send(version)
        answer = self.read(2)
        self.send(accepted + struct.pack(f">B{len(subtypes)}I", len(subtypes),
                                         *subtypes))
        choice = struct.unpack(">I", self.read(4))[0]
        self.send(b"\1")
        return answer, choice

    def preface(self):
        self.greet()
        self.security()
        self.vencrypt()
        return self

    def secure(self, material, verify=True, versions=None):
        self.tls(context(material, True, verify, versions), True)
        return self

    @staticmethod
    def server_init(size, name=b"shoji", pixels=rules.FORMAT + b"\0\0\0"):
        return struct.pack(">HH", *size) + pixels + \
            struct.pack(">I", len(name)) + name

    def start(self, size=(640, 480), name=b"shoji"):
        """SecurityResult, ClientInit, ServerInit; then up to the first
        request of the viewer."""
        self.box.width, self.box.height = size
        self.send(struct.pack(">I", 0))
        self.judge = FromViewer(self.box, is_greeting=True)
        self.send(self.server_init(size, name))
        self.until(lambda kind, _: kind == "FramebufferUpdateRequest")
        return self

    def update(self, *rectangles):
        self.send(update(*rectangles))

    def settle(self, wait_s=0.15):
        """Time for the decoder behind the gate; its refusal ends us."""
        try:
            while True:
                self.judge.take()
                self.events(wait_s)
        except Gone as error:
            if not error.is_late:
                raise

    def ping(self, payload=b"probe", limit_s=LIMIT_S):
        """A fence and its answer: the viewer's gate still serves us."""
        self.send(MAKE["fence"](payload))
        self.until(lambda kind, got: kind == "ClientFence" and
                   got["payload"] == payload, limit_s)


def rectangle(box, encoding, payload=b""):
    return struct.pack(">HHHHi", *box, encoding) + payload


def update(*rectangles, count=None):
    """A FramebufferUpdate; count may lie."""
    return struct.pack(">BxH", 0, len(rectangles) if count is None else
                       count) + b"".join(rectangles)


def raw(box, colour=b"\x40\x80\xc0\x00"):
    return rectangle(box, rules.RAW, colour * (box[2] * box[3]))


__all__ = ["End", "Gone", "HostEnd", "MAKE", "ViewerEnd", "Violation",
           "alert_of", "context", "raw", "rectangle", "update"]
