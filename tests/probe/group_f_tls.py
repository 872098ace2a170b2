# SPDX-License-Identifier: GPL-3.0-or-later
"""F: the clear part, certificates and TLS, to a host or guard; the same
for a viewer is in group_f_viewer.py."""
import os
import ssl
import struct
import subprocess

import certs
import hello as tls
import rules
from case import ACCEPTS, Case, Skip, Wrong
from ends import Gone, ViewerEnd

ACCEPTED = rules.VERSION + b"\1\x13\0\2\0"
U = "URI:urn:shoji:"


def cases(context):
    if context.target.mode == "viewer":
        import group_f_viewer
        yield from group_f_viewer.cases(context)
        return
    yield from clear_part(context)
    yield from certificates(context)
    yield from hellos(context)
    yield from records(context)
    yield from running(context)


# ---- before TLS ----

def clear(target, steps, codes=(200, 201, 130, 140), offered=None):
    """Runs steps(end) in the clear; the peer has to end it, and nothing but
    the constant bytes of the document may have come."""
    end = target.open("tcp")
    end.record = bytearray()
    try:
        steps(end)
    except Gone as error:
        if error.is_late:
            raise Wrong(str(error)) from error
    text = target.refused(end, codes, must_log=False)
    came = bytes(end.record)
    good = ACCEPTED + came[len(ACCEPTED):len(ACCEPTED) + 1] + \
        came[len(ACCEPTED) + 1:]
    if came[:len(ACCEPTED)] != good[:len(came)][:len(ACCEPTED)] or \
            len(came) > len(ACCEPTED) + 1 + 8 + 1 + 7:
        raise Wrong(f"clear bytes came: {came.hex()}")
    return f"{text}, {len(came)} constant bytes came"


def clear_part(context):
    def version(data):
        return lambda t: clear(t, lambda end: (end.read(12), end.send(data)),
                               (200, 140))

    for at, data in enumerate(rules.VERSIONS):
        if context.is_short and at % 3:
            continue
        yield Case(f"F-version-{at:02d}", f"the version {data!r} is refused",
                   version(data))
    for kind in rules.SECURITY_TYPES if not context.is_long else range(256):
        if kind == rules.VENCRYPT or context.is_short and kind > 20:
            continue
        yield Case(f"F-security-{kind:03d}", f"security type {kind} is refused",
                   lambda t, kind=kind: clear(t, lambda end: (
                       end.greet(), end.security(kind), end.send(b"\0" * 64)),
                       (201,)))
    for value in (b"\0\0", b"\0\1", b"\0\3", b"\1\2", b"\xff\xff"):
        yield Case(f"F-vencrypt-{value.hex()}",
                   f"VeNCrypt version {value.hex()} is refused",
                   lambda t, value=value: clear(t, lambda end: (
                       end.greet(), end.security(), end.read(2),
                       end.send(value)), (201,)))
    for number in rules.SUBTYPES:
        yield Case(f"F-subtype-{number}", f"VeNCrypt subtype {number} is "
                   "refused", lambda t, number=number: clear(
                       t, lambda end: (end.greet(), end.security(),
                                       end.vencrypt(number)), (201,)))

    def offered(target):
        end = target.open("tcp")
        end.greet()
        types = end.security()
        subtypes = end.vencrypt(None)
        target.done(end)
        if types != [rules.VENCRYPT] or set(subtypes) - {260, 262}:
            raise Wrong(f"offers {types} {subtypes}")
        return f"security types {types}, subtypes {subtypes}"

    yield Case("F-offered", "only VeNCrypt with X509 is offered", offered,
               ACCEPTS)
    preface = rules.VERSION + b"\x13\0\2" + struct.pack(">I", 260)
    for name, more in (("rfb", b"\1"), ("zeros", b"\0" * 64),
                       ("hello", tls.record(tls.hello())),
                       ("http", b"GET / HTTP/1.0\r\n\r\n")):
        yield Case(f"F-clear-{name}", f"clear bytes ({name}) that are there "
                   "before TLS has begun are refused",
                   lambda t, more=more: clear(t, lambda end: end.send(
                       preface + more), (130,)))
    for name, more in (("rfb", b"\1" + b"\0" * 64), ("ssh", b"SSH-2.0-x\r\n" +
                                                     b"\0" * 64),
                       ("ones", b"\xff" * 64)):
        def without(target, more=more):
            end = target.open("clear")
            end.record = bytearray()
            end.send(more)
            text = target.refused(end, (102, 103, 130), must_log=False)
            if bytes(end.record)[:1] not in (b"", b"\x15"):
                raise Wrong(f"answers {bytes(end.record)[:32].hex()}")
            return text

        yield Case(f"F-no-tls-{name}", f"{name} instead of TLS is refused, "
                   "with an alert at most", without)


# ---- certificates ----

def certificates(context):
    options = context.options
    zone = options.zone
    me = f"{U}{zone}:viewer:probe-odd"
    makers = {}

    def strange():
        if "strange" not in makers:
            makers["strange"] = certs.Maker(os.path.join(
                context.folder, "strange"))
        return makers["strange"]

    def own():
        if not options.authority_key:
            raise Skip("needs --authority-key")
        if "own" not in makers:
            makers["own"] = certs.Maker(os.path.join(context.folder, "own"),
                                        options.ca, options.authority_key)
        return makers["own"]

    def odd(san, **more):
        return lambda: own().make(san, **more)

    def revoked():
        if not options.revoked_cert:
            raise Skip("needs --revoked-cert and --revoked-key")
        return {"chain": options.revoked_cert, "key": options.revoked_key}

    def twin():
        """An authority with the same name as the right one, other key."""
        name = subprocess.run(
            ["openssl", "x509", "-in", options.ca, "-noout", "-subject",
             "-nameopt", "RFC2253"], capture_output=True, text=True,
            check=True).stdout.split("CN=")[-1].split(",")[0].strip()
        maker = certs.Maker(os.path.join(context.folder, "twin"), name=name)
        return maker.make(me)

    bad = {"bad_certificate"}
    table = [
        ("none", "no certificate", lambda: {}, {"certificate_required"}, 110),
        ("self", "a self-signed certificate",
         lambda: strange().self_signed(me), {"unknown_ca"}, 111),
        ("other-ca", "another authority", lambda: strange().make(me),
         {"unknown_ca"}, 111),
        ("twin-ca", "another authority of the same name", twin,
         {"unknown_ca", "decrypt_error", "bad_certificate"}, 111),
        ("expired", "a certificate that has run out",
         odd(me, end=certs.AGO), {"certificate_expired"}, 112),
        ("not-yet", "a certificate that is not valid yet",
         odd(me, start=certs.SOON), bad, 113),
        ("revoked", "a revoked certificate", revoked,
         {"certificate_revoked"}, 114),
        ("server", "the purpose of a server", odd(me, purpose="serverAuth"),
         {"unsupported_certificate"}, 117),
        ("no-purpose", "no purpose at all", odd(me, purpose=None),
         {"unsupported_certificate"}, 117),
        ("code-signing", "the purpose of code signing",
         odd(me, purpose="codeSigning"), {"unsupported_certificate"}, 117),
        ("role-host", "role host", odd(f"{U}{zone}:host:probe"), bad, 116),
        ("role-admin", "role admin", odd(f"{U}{zone}:admin:probe"), bad, 116),
        ("role-none", "no role", odd(f"{U}{zone}:probe"), bad, 116),
        ("role-case", "role Viewer", odd(f"{U}{zone}:Viewer:probe"), bad, 116),
        ("zone", "another zone", odd(f"{U}other:viewer:probe"), bad, 116),
        ("mynumber", "zone mynumber", odd(f"{U}mynumber:viewer:probe"), bad,
         116),
        ("capital", "a capital in the name", odd(f"{U}{zone}:viewer:Probe"),
         bad, 116),
        ("long", "a name of 33 bytes", odd(f"{U}{zone}:viewer:" + "a" * 33),
         bad, 116),
        ("slash", "a name with ../", odd(f"{U}{zone}:viewer:../x"), bad, 116),
        ("empty", "an empty name", odd(f"{U}{zone}:viewer:"), bad, 116),
        ("format", "a name with %s", odd(f"{U}{zone}:viewer:a%sn"), bad, 116),
        ("two", "two identities", odd(f"{U}{zone}:viewer:a,{U}{zone}:viewer:b"),
         bad, 116),
        ("scheme", "another URI", odd(f"URI:http://{zone}/viewer/probe"), bad,
         116),
        ("cn", "a name only in CN", odd("DNS:probe", name="probe"), bad, 116),
        ("nothing", "no alternative name at all", odd(None, name="probe"),
         {"bad_certificate", "unsupported_certificate"}, 116),
        ("weak", "RSA of 1024 bits", odd(me, kind=(
            "rsa", "rsa_keygen_bits:1024")), None, None),
        ("chain", "an intermediate authority",
         lambda: own().chained(1, me, "clientAuth"), None, 111),
        ("chain-9", "nine intermediate authorities",
         lambda: own().chained(9, me, "clientAuth"), None, None),
        ("padded", "100 certificates behind the leaf",
         lambda: own().padded(own().make(me), 100), None, None)]

    def run(target, make, alerts, code):
        end = target.open("clear")
        material = dict(make(), authority=target.material["authority"])
        try:
            context_ = ssl_context(material, target.verify)
            end.tls(context_)
            end.send(b"\0")
            data = end.some(target.patience(20.0))
        except Gone as error:
            if error.is_late:
                raise Wrong(f"no refusal: {error}") from error
            text = f"alert {error.alert or 'none: ' + str(error)}"
            if alerts and error.alert and error.alert not in alerts:
                raise Wrong(text) from error
        else:
            if data:
                raise Wrong(f"let in: {data[:16].hex()}")
            text = "closed"
        got = target.code(end, 1.0)
        target.done(end)
        if got is not None and code is not None and got != code:
            raise Wrong(f"{text}, logged as E{got}, not E{code}")
        return f"{text}, E{got}" if got is not None else text

    for name, text, make, alerts, code in table:
        yield Case(f"F-cert-{name}", f"{text}: refused", lambda t, make=make,
                   alerts=alerts, code=code: run(t, make, alerts, code))

    def good(make):
        def inner(target):
            end = target.open("clear")
            end.tls(ssl_context(dict(make(), authority=target.material[
                "authority"]), target.verify))
            end.result(target.login).advance("asked")
            return target.lives(end)
        return inner

    for name, kind in (("p256", ("ec", "ec_paramgen_curve:P-256")),
                       ("rsa-2048", ("rsa", "rsa_keygen_bits:2048"))):
        yield Case(f"F-cert-good-{name}", f"a right certificate with a "
                   f"{name} key is let in", good(odd(me, kind=kind)), ACCEPTS)

    def stale(target):
        if not options.stale:
            raise Skip("needs --stale ADDRESS")
        end = ViewerEnd(options.stale)
        end.preface(target.subtype)  # somebody is there
        try:
            end.secure(target.material, target.verify)
            end.send(b"\0")
            data = end.some(20.0)
        except Gone as error:
            if error.is_late:
                raise Wrong(f"no refusal: {error}") from error
            return f"alert {error.alert}" if error.alert else str(error)
        finally:
            end.close()
        if data:
            raise Wrong("let in though the list has run out")
        return "closed"

    yield Case("F-cert-stale-list", f"a {options.command} whose revocation "
               "list of viewers has run out lets nobody in", stale)
    if options.command == "guard":
        yield Case("F-cert-stale-inner", "a guard whose revocation list of "
                   "hosts has run out speaks to none: its viewer is told E503",
                   lambda t: stale_inner(options, t))


def stale_inner(options, target):
    if not options.stale_inner:
        raise Skip("needs --stale-inner ADDRESS")
    end = ViewerEnd(options.stale_inner, target.profile)
    try:
        end.preface(target.subtype).secure(target.material, target.verify)
        end.result(target.login, 30.0)
    except Gone as error:
        if "E503" not in str(error):
            raise
        return str(error)
    finally:
        end.close()
    raise Wrong("a session, though the list has run out")


def ssl_context(material, verify):
    """A context for odd material: even weak keys may be offered."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.set_ciphers("ALL:@SECLEVEL=0")
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.verify_mode = ssl.CERT_REQUIRED if verify else ssl.CERT_NONE
    if material.get("chain"):
        made.load_cert_chain(material["chain"], material["key"])
    if verify:
        made.load_verify_locations(material["authority"])
    return made


# ---- hellos ----

def answer(target, data):
    end = target.open("clear")
    try:
        end.send(data)
        return tls.read(end, target.patience(15.0))
    finally:
        target.done(end)


def refused_hello(data, alerts=None):
    def run(target):
        got = answer(target, data() if callable(data) else data)
        if got["kind"] in ("hello", "retry", "other"):
            raise Wrong(f"answered: {got}")
        if alerts and got["kind"] == "alert" and got["alert"] not in alerts:
            raise Wrong(f"{got}")
        return got.get("alert", "closed")
    return run


def good_hello(check, data):
    def run(target):
        got = answer(target, data())
        if got["kind"] != "hello" or not check(got):
            raise Wrong(f"{got}")
        return f"suite {got['suite']:#06x}, extensions {got['extensions']}"
    return run


def hellos(context):
    old = {"protocol_version", "handshake_failure"}
    for name, number in (("1.2", 0x0303), ("1.1", 0x0302), ("1.0", 0x0301),
                         ("SSL 3", 0x0300)):
        yield Case(f"F-hello-{name.replace(' ', '-')}",
                   f"a hello of TLS {name} is refused", refused_hello(
                       lambda number=number: tls.record(tls.hello(
                           (0xc02b, 0xc02f, 0x009c, 0x002f), versions=(),
                           legacy=number), version=number), old))
    yield Case("F-hello-ssl2", "a hello of SSL 2 is refused", refused_hello(
        b"\x80\x2e\1\0\2\0\x15\0\0\0\x10\1\0\x80\2\0\x80\3\0\x80\4\0\x80\5\0"
        b"\x80\6\0\x40\7\0\xc0" + b"c" * 16))
    for versions in ((0x0303,), (0x0302, 0x0301), (0x0305,), (0x7f1c,),
                     (0x0300,)):
        yield Case("F-hello-versions-" + "-".join(
            f"{v:04x}" for v in versions), "supported versions without TLS "
            "1.3 are refused", refused_hello(lambda versions=versions:
                                             tls.record(tls.hello(
                                                 versions=versions)), old))
    is_13 = lambda got: got["version"] == 0x0304 and not got["downgrade"]  # noqa
    for number, name in tls.SUITES_GOOD.items():
        yield Case(f"F-suite-{number:04x}", f"{name} is taken", good_hello(
            lambda got, number=number: is_13(got) and got["suite"] == number,
            lambda number=number: tls.record(tls.hello((number,)))), ACCEPTS)
    for at, (number, name) in enumerate(tls.SUITES_BAD.items()):
        if context.is_short and at % 4:
            continue
        yield Case(f"F-suite-{number:04x}", f"{name} alone is refused",
                   refused_hello(lambda number=number: tls.record(
                       tls.hello((number,)))))
    for number, (name, size) in tls.GROUPS_GOOD.items():
        yield Case(f"F-group-{number:04x}", f"group {name} is taken",
                   good_hello(is_13, lambda number=number, size=size:
                              tls.record(tls.hello(groups=((number, size),)))),
                   ACCEPTS)
    for number, (name, size) in tls.GROUPS_BAD.items():
        yield Case(f"F-group-{number:04x}", f"group {name} alone is refused",
                   refused_hello(lambda number=number, size=size: tls.record(
                       tls.hello(groups=((number, size),)))))
    both = lambda: tls.record(tls.hello(versions=(0x0303, 0x0304)))  # noqa
    yield Case("F-hello-both", "TLS 1.2 and 1.3 together give 1.3",
               good_hello(is_13, both), ACCEPTS)
    yield Case("F-hello-compression", "compression is refused", refused_hello(
        lambda: tls.record(tls.hello(compression=b"\1\0"))))
    yield Case("F-hello-no-compression-0", "compression alone is refused",
               refused_hello(lambda: tls.record(tls.hello(compression=b"\1"))))
    psk = tls.extension(41, tls.block(tls.block(b"x" * 32, 2) + b"\0" * 4, 2) +
                        tls.block(tls.block(b"b" * 32, 1), 2))
    early = tls.extension(42, b"")
    yield Case("F-hello-ticket", "a ticket of another session is not taken",
               good_hello(lambda got: 41 not in got["extensions"],
                          lambda: tls.record(tls.hello(more=psk))), ACCEPTS)

    def early_data(target):
        end = target.open("clear")
        end.send(tls.record(tls.hello(more=early + psk)) +
                 tls.record(b"early" * 20, 23, 0x0303))
        got = tls.read(end)
        target.done(end)
        if 41 in got.get("extensions", ()) or got["kind"] == "other":
            raise Wrong(f"{got}")
        return f"{got['kind']}, without the ticket"

    yield Case("F-hello-early", "early data is not taken", early_data, ACCEPTS)
    yield Case("F-hello-heartbeat", "a heartbeat before the hello (the class "
               "of CVE-2014-0160) is refused", refused_hello(
                   tls.record(b"\1\x40\0" + b"x", 24)))
    for name, more in (
            ("double", tls.extension(43, b"\2\3\4")),
            ("length", struct.pack(">HH", 10, 65535)),
            ("cut", b"\0"), ("groups-odd", tls.extension(10, b"\0\1\0"))):
        yield Case(f"F-hello-extension-{name}", f"an extension that is wrong "
                   f"({name}) is refused", refused_hello(
                       lambda more=more: tls.record(tls.hello(more=more))))
    yield Case("F-hello-session-33", "a session id of 33 bytes is refused",
               refused_hello(lambda: tls.record(tls.hello(
                   session=b"s" * 33))))
    yield Case("F-hello-no-suites", "no cipher suites are refused",
               refused_hello(lambda: tls.record(tls.hello(()))))
    yield Case("F-hello-no-share", "a hello with a wrong share is refused",
               refused_hello(lambda: tls.record(tls.hello(
                   groups=((0x1d, 31),)))))
    zero = lambda: tls.record(tls.hello(groups=((0x17, 65),))).replace(  # noqa
        tls.P256, b"\4" + b"\0" * 64)
    yield Case("F-hello-off-curve", "a point that is not on the curve is "
               "refused", refused_hello(zero))
    yield Case("F-hello-signatures", "signatures of SHA-1 and MD5 alone are "
               "refused", refused_hello(lambda: tls.record(tls.hello(
                   signatures=(0x0201, 0x0101, 0x0203)))))


def records(context):
    """Records that are wrong, and hellos that are cut."""
    good = tls.hello()
    table = [("type-0", tls.record(good, 0)), ("type-25", tls.record(good, 25)),
             ("type-255", tls.record(good, 255)),
             ("application", tls.record(good, 23)),
             ("finished", tls.record(b"\x14" + tls.block(b"f" * 32, 3))),
             ("server-hello", tls.record(b"\2" + good[1:])),
             ("alert", tls.record(b"\2\x28", 21)),
             ("alert-odd", tls.record(b"\7\7\7", 21)),
             ("change", tls.record(b"\2", 20)),
             ("empty", tls.record(b"")),
             ("huge", struct.pack(">BHH", 22, 0x0301, 65535) + b"\1" * 65535),
             ("message-16m", tls.record(b"\1\xff\xff\xff" + b"\0" * 16000)),
             ("warnings", tls.record(b"\1\x5a", 21) * 200),
             ("key-update", tls.record(b"\x18\0\0\1\1")),
             ("version-0", tls.record(good, 22, 0))]
    for name, data in table:
        yield Case(f"F-record-{name}", f"a record that is wrong ({name}) is "
                   "refused", refused_hello(data), is_slow=name ==
                   "message-16m")
    whole = tls.record(good)
    step = 1 if context.is_long else 74 if context.is_short else 37
    for size in range(0, len(whole), step):
        def cut(target, size=size):
            end = target.open("clear")
            end.send(whole[:size])
            end.reset() if size % 2 else end.close()
            return f"{1000 * target.is_well():.0f} ms to the next picture"

        yield Case(f"F-cut-{size:03d}", f"a hello cut after {size} bytes does "
                   "not disturb the next viewer", cut, ACCEPTS)


def running(context):
    """After the handshake: tickets, key updates, alerts, close."""
    def ticket(target):
        end = target.open("painted")
        session = end.sock.session
        text = target.lives(end)
        if session is not None and session.has_ticket:
            raise Wrong("a ticket was given")
        return text + ", no ticket"

    yield Case("F-run-ticket", "no session ticket is given", ticket, ACCEPTS)

    def version(target):
        end = target.open("asked")
        got = (end.sock.version(), end.sock.cipher()[0],
               end.sock.compression())
        text = target.lives(end)
        if got[0] != "TLSv1.3" or got[2] is not None:
            raise Wrong(str(got))
        return f"{text}, {got[0]}, {got[1]}"

    yield Case("F-run-version", "TLS 1.3 without compression", version,
               ACCEPTS)
    from updates import key_updates
    yield Case("F-run-updates-16", "16 key updates are accepted",
               lambda t: key_updates(t, 16, True), ACCEPTS)
    yield Case("F-run-updates-40", "40 key updates within a minute end the "
               "connection", lambda t: key_updates(t, 40, False))
    yield Case("F-run-login", "a login where none is configured is refused",
               lambda t: login(t))


def login(target):
    if target.login:
        raise Skip("the host has passwords")
    end = target.open("clear")
    end.secure(target.material, target.verify)
    end.send(struct.pack(">II", 5, 6) + b"admin" + b"secret")
    # Its first byte is a ClientInit of 0; what follows is no message.
    return target.refused(end, (202, 210, 211, 220, 141))
