# SPDX-License-Identifier: GPL-3.0-or-later
"""F, against a viewer: clear part, certificates of hosts, TLS of hosts."""
import os
import ssl
import struct

import certs
import hello as tls
import rules
from case import ACCEPTS, Case, Skip, Wrong
from ends import Gone, HostEnd

U = "URI:urn:shoji:"
NAMES = "DNS:localhost,IP:127.0.0.1,"


def cases(context):
    yield from clear_part(context)
    yield from certificates(context)
    yield from handshakes()
    yield from own_hello()


def clear_part(context):
    def run(script, codes):
        return lambda target: target.refused(script, codes, (3,))

    for at, data in enumerate(rules.VERSIONS):
        if context.is_short and at % 3:
            continue
        yield Case(f"F-version-{at:02d}", f"a host of version {data!r} is "
                   "refused", run(lambda end, data=data: end.send(
                       data + b"\0" * 32), (300,)))
    kinds = [1, 2, 16, 18, 30] if context.is_short else \
        [kind for kind in rules.SECURITY_TYPES if kind]
    for kind in kinds:
        if kind == rules.VENCRYPT:
            continue
        yield Case(f"F-security-{kind:03d}", f"a host that offers security "
                   f"type {kind} is refused", run(
                       lambda end, kind=kind: (end.greet(), end.send(
                           bytes([1, kind]))), (301,)))
    for types in ((19, 1), (1, 19), (19, 19), (2, 16, 18, 19)):
        yield Case("F-security-" + "-".join(map(str, types)),
                   f"a host that offers {types} is refused", run(
                       lambda end, types=types: (end.greet(), end.send(
                           bytes([len(types), *types]))), (301,)))
    yield Case("F-reason", "a refusal with a text of 4 GiB is refused", run(
        lambda end: (end.greet(), end.send(b"\0" + b"\xff" * 4 + b"A" * 64)),
        (301, 303)))
    for value in (b"\0\1", b"\0\3", b"\1\2"):
        yield Case(f"F-vencrypt-{value.hex()}", f"VeNCrypt version "
                   f"{value.hex()} is refused", run(
                       lambda end, value=value: (
                           end.greet(), end.security(), end.send(value)),
                       (301,)))
    subtypes = [(n,) for n in ((1, 256, 257, 258, 259, 261, 263)
                               if context.is_short else rules.SUBTYPES)]
    for names in subtypes + [(260, 1), (256, 260), (260, 260),
                             (260, 262, 261)]:
        def offer(end, names=names):
            end.greet()
            end.security()
            end.send(b"\0\2")
            end.read(2)
            end.send(b"\0" + struct.pack(f">B{len(names)}I", len(names),
                                         *names))

        yield Case("F-subtype-" + "-".join(map(str, names)),
                   f"VeNCrypt subtypes {names} are refused", run(offer, (301,)))

    def downgrade(target):
        """All is agreed, but RFB goes on in the clear."""
        def script(end):
            end.preface()
            end.send(b"\0\0\0\0" + HostEnd.server_init((640, 480)))
            end.record = bytearray()

        def whole(end):
            script(end)
            try:
                end.end(9.0)
            finally:
                came = bytes(end.record)
                if came[:1] not in (b"", b"\x16", b"\x15"):
                    raise Wrong(f"clear bytes came: {came[:32].hex()}")
            return "ended"
        value, status, output = target.run(
            whole, target.options.patience or 20.0)
        if isinstance(value, Exception) or target.command and (
                status != 3 or not any(f"E{code}" in output for code in
                                       (102, 103, 130))):
            raise Wrong(f"{value}, status {status}, {output}")
        return f"{value}, status {status}"

    yield Case("F-downgrade", "RFB in the clear after VeNCrypt was agreed is "
               "refused, nothing goes out in the clear", downgrade)


def certificates(context):
    options = context.options
    me = f"{NAMES}{U}{options.zone}:host:probe-odd"
    makers = {}

    def strange():
        if "strange" not in makers:
            makers["strange"] = certs.Maker(os.path.join(
                context.folder, "strange-hosts"))
        return makers["strange"]

    def own():
        if not options.authority_key:
            raise Skip("needs --authority-key")
        if "own" not in makers:
            makers["own"] = certs.Maker(os.path.join(
                context.folder, "own-hosts"), options.ca,
                options.authority_key)
        return makers["own"]

    def odd(san, **more):
        return lambda: own().make(san, **{"purpose": "serverAuth", **more})

    def revoked():
        if not options.revoked_cert:
            raise Skip("needs --revoked-cert and --revoked-key")
        return {"chain": options.revoked_cert, "key": options.revoked_key}

    zone = options.zone
    table = [
        ("self", "a self-signed certificate",
         lambda: strange().self_signed(me, "serverAuth"), 111),
        ("other-ca", "another authority",
         lambda: strange().make(me, "serverAuth"), 111),
        ("expired", "a certificate that has run out",
         odd(me, end=certs.AGO), 112),
        ("not-yet", "a certificate that is not valid yet",
         odd(me, start=certs.SOON), 113),
        ("revoked", "a revoked certificate", revoked, 114),
        ("name", "another name",
         odd(f"DNS:other.example,{U}{zone}:host:probe"), 115),
        ("wildcard", "a wildcard",
         odd(f"DNS:*,DNS:*.localhost,{U}{zone}:host:probe"), 115),
        ("cn", "the name only in CN", odd(f"{U}{zone}:host:probe",
                                          name="localhost"), 115),
        ("role-viewer", "role viewer", odd(f"{NAMES}{U}{zone}:viewer:probe"),
         116),
        ("role-admin", "role admin", odd(f"{NAMES}{U}{zone}:admin:probe"),
         116),
        ("mynumber", "zone mynumber", odd(f"{NAMES}{U}mynumber:host:probe"),
         116),
        ("none", "no identity", odd(NAMES[:-1]), 116),
        ("two", "two identities", odd(f"{me},{U}{zone}:host:b"), 116),
        ("client", "the purpose of a client", odd(me, purpose="clientAuth"),
         117),
        ("no-purpose", "no purpose at all", odd(me, purpose=None), 117),
        ("chain", "an intermediate authority",
         lambda: own().chained(1, me, "serverAuth"), 111)]

    def run(target, make, code):
        material = make()

        def script(end):
            end.preface()
            end.tls(server(material), True)
            try:
                end.some(5.0)
            except Gone as error:
                if error.is_late:
                    raise Wrong("the viewer talks to it") from error
                raise
        return target.refused(script, (code,))

    for name, text, make, code in table:
        yield Case(f"F-cert-{name}", f"a host with {text} is refused",
                   lambda t, make=make, code=code: run(t, make, code))

    def stale(target):
        crl = own().list()

        def script(end):
            end.preface()
            end.secure(target.material, False)
            end.some(5.0)
        return target.refused(script, (121,), (2, 3), crl=crl)

    yield Case("F-cert-stale-list", "a viewer whose revocation list has run "
               "out talks to no host", stale)


def server(material, versions=None):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.set_ciphers("ALL:@SECLEVEL=0")
    if versions:
        made.minimum_version, made.maximum_version = versions
    made.load_cert_chain(material["chain"], material["key"])
    made.num_tickets = 0
    return made


def handshakes():
    old = ssl.TLSVersion

    def version(lowest):
        def run(target):
            def script(end):
                end.preface()
                end.tls(server(target.material, (lowest, lowest)), True)
            return target.refused(script, (102, 103))
        return run

    for name, lowest in (("1.2", old.TLSv1_2), ("1.1", old.TLSv1_1),
                         ("1.0", old.TLSv1)):
        yield Case(f"F-tls-{name}", f"a host with TLS {name} is refused",
                   version(lowest))

    def answer(data, is_ignored):
        def run(target):
            def script(end):
                end.preface()
                end.read(5)
                end.send(data)
            if is_ignored:  # as RFC 8446 says; then the time is over
                return target.refused(script, (140,), (None, 2), 16.0)
            return target.refused(script, (102, 103))
        return run

    def chosen(suite=0x1301, version=0x0304, group=0x1d, extra=b"",
               random=b"r" * 32, compression=b"\0"):
        parts = tls.extension(43, struct.pack(">H", version)) + \
            tls.extension(51, tls.share(group, 32)) + extra
        body = b"\3\3" + random + b"\0" + struct.pack(">H", suite) + \
            compression + tls.block(parts, 2)
        return tls.record(b"\2" + tls.block(body, 3), 22, 0x0303)

    plain = b"\3\3" + b"r" * 32 + b"\0"
    table = [
        ("suite", "a suite that was not offered", chosen(0xc02b)),
        ("suite-null", "no encryption", chosen(0)),
        ("suite-integrity", "a suite without encryption", chosen(0xc0b4)),
        ("version", "TLS 1.2 in the hello", tls.record(b"\2" + tls.block(
            plain + b"\xc0\x2b\0\0\0", 3), 22, 0x0303)),
        ("version-1.4", "a version that does not exist",
         chosen(version=0x0305)),
        ("group", "a group that was not offered", chosen(group=0x18)),
        ("ticket", "a ticket that was not offered", chosen(
            extra=tls.extension(41, b"\0\0"))),
        ("compression", "compression", chosen(compression=b"\1")),
        ("alert", "an alert", tls.record(b"\2\x28", 21)),
        ("http", "HTTP", b"HTTP/1.1 200 OK\r\n\r\n"),
        ("rfb", "SecurityResult in the clear", b"\0\0\0\0" * 8),
        ("record", "a record of 65535 bytes", struct.pack(
            ">BHH", 22, 0x0303, 65535) + b"\2" * 65535),
        ("heartbeat", "a heartbeat", tls.record(b"\1\x40\0x", 24)),
        ("application", "application data", tls.record(b"x" * 64, 23)),
        ("request", "a HelloRequest (renegotiation)", tls.record(
            b"\0\0\0\0", 22, 0x0303))]
    for name, text, data in table:
        yield Case(f"F-hello-{name}", f"{text} as the host's hello is refused",
                   answer(data, name == "request"))


def own_hello():
    """What a viewer offers, from its own first record."""
    def run(target):
        def script(end):
            end.preface()
            head = end.read(5)
            if head[0] != 22:
                raise Wrong(f"no hello: {head.hex()}")
            body = end.read(struct.unpack(">H", head[3:])[0])
            end.send(tls.record(b"\2\x50", 21))
            return tls.client_hello(body)
        got, _status, _output = target.run(script)
        if isinstance(got, Exception):
            raise got
        bad = {name for name, number in (("ticket", 35), ("early data", 42),
                                         ("PSK", 41), ("heartbeat", 15))
               if number in got["extensions"]}
        if got["versions"] != (0x0304,) or set(got["suites"]) - set(
                tls.SUITES_GOOD) - {0x00ff} or set(got["groups"]) - set(
                    tls.GROUPS_GOOD) or got["compression"] != b"\0" or bad:
            raise Wrong(f"{got}")
        return (f"versions {got['versions']}, suites {got['suites']}, groups "
                f"{got['groups']}, extensions {sorted(got['extensions'])}")

    yield Case("F-own-hello", "the viewer offers TLS 1.3 alone, three suites, "
               "two groups, no ticket, no early data", run, ACCEPTS)
