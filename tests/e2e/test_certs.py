# SPDX-License-Identifier: GPL-3.0-or-later
"""Each wrong certificate: who refuses it, with which alert, what is said.

Two tables, case x refusing side x alert and code. For every row a scripted end
(OpenSSL through Python) reads the alert on the wire, and the real program
says to its user what is wrong.
"""
import re

import hostile
from picture import read_text
from tap import case, wait_until
from world import World

LONG_AGO, AGO, LATER = "20200101000000Z", "20200201000000Z", "20400101000000Z"
URI = "URI:urn:shoji:lgwan:"
HOST_SAN = "DNS:localhost,IP:127.0.0.1,"
BAD = {"BAD_CERTIFICATE"}


def viewer_table(env, own):
    """(case, material, alerts of the host, code in its log, code the viewer
    shows)."""
    other = env.new_authority("other-viewers")
    revoked = own.issue("viewer", "revoked")
    own.revoke(revoked)
    foreign = dict(other.issue("viewer", "tanaka"),
                   authority=own.certificate, crl=own.crl)

    def odd(san, **more):
        return own.odd_one(san, **{"start": LONG_AGO, "end": LATER, **more})

    return [
        ("no certificate", None, {"CERTIFICATE_REQUIRED"}, 110, None),
        ("another authority", foreign, {"UNKNOWN_CA"}, 111, 111),
        ("expired", odd(URI + "viewer:old", end=AGO),
         {"CERTIFICATE_EXPIRED"}, 112, 112),
        ("not yet valid", odd(URI + "viewer:new", start="20390101000000Z"),
         BAD, 113, 122),
        ("revoked", revoked, {"CERTIFICATE_REVOKED"}, 114, 114),
        ("role host", odd(URI + "host:tanaka"), BAD, 116, 122),
        ("role admin", odd(URI + "admin:tanaka"), BAD, 116, 122),
        ("another zone", odd("URI:urn:shoji:other:viewer:tanaka"), BAD, 116,
         122),
        ("zone mynumber", odd("URI:urn:shoji:mynumber:viewer:tanaka"), BAD,
         116, 122),
        ("a capital in the name", odd(URI + "viewer:Tanaka"), BAD, 116, 122),
        ("two identities", odd(URI + "viewer:a," + URI + "viewer:b"), BAD,
         116, 122),
        ("a name only in CN", odd("DNS:tanaka"), BAD, 116, 122),
        ("the purpose of a server", odd(URI + "viewer:tanaka",
                                        purpose="serverAuth"),
         {"UNSUPPORTED_CERTIFICATE"}, 117, 117),
    ]


def host_table(env, own):
    """(case, material, alerts of the viewer, code the viewer shows)."""
    other = env.new_authority("other-hosts")
    revoked = own.issue("host", "revoked.example", "localhost", "127.0.0.1")
    own.revoke(revoked)
    foreign = dict(other.issue("host", "localhost", "127.0.0.1"))

    def odd(san, **more):
        return own.odd_one(san, **{"start": LONG_AGO, "end": LATER,
                                   "purpose": "serverAuth", **more})

    return [
        ("another authority", foreign, {"UNKNOWN_CA"}, 111),
        ("expired", odd(HOST_SAN + URI + "host:h1", end=AGO),
         {"CERTIFICATE_EXPIRED"}, 112),
        ("not yet valid", odd(HOST_SAN + URI + "host:h1",
                              start="20390101000000Z"), BAD, 113),
        ("revoked", revoked, {"CERTIFICATE_REVOKED"}, 114),
        ("another name", odd("DNS:other.example," + URI + "host:h1"), BAD,
         115),
        ("a name only in CN", odd(URI + "host:h1", name="localhost"), BAD,
         115),
        ("role viewer", odd(HOST_SAN + URI + "viewer:h1"), BAD, 116),
        ("zone mynumber", odd(HOST_SAN + "URI:urn:shoji:mynumber:host:h1"),
         BAD, 116),
        ("no identity", odd(HOST_SAN[:-1]), BAD, 116),
        ("the purpose of a client", odd(HOST_SAN + URI + "host:h1",
                                        purpose="clientAuth"),
         {"UNSUPPORTED_CERTIFICATE"}, 117),
    ]


def alert_from_host(port, material):
    """The alert a scripted viewer gets; 'ACCEPTED' when it gets in."""
    viewer = hostile.Viewer(port)
    try:
        viewer.connect(material)
        return "ACCEPTED"
    except hostile.Closed as error:
        return error.alert or str(error)
    finally:
        viewer.close()


@case("certificates: of viewers, judged by the host", limit_s=120)
def viewers(env, t):
    own = env.new_authority("viewers")
    table = viewer_table(env, own)  # before the host reads the list
    with World(env, t, command="paint",
               host=own.issue("host", "localhost", "127.0.0.1")) as world:
        world.begin()
        good = own.issue("viewer", "good")
        t.equal(alert_from_host(world.port, good), "ACCEPTED",
                "the right certificate is let in")
        for name, material, alerts, logged, shown in table:
            before = len(world.events())
            got = alert_from_host(
                world.port, material or {"authority": own.certificate})
            t.ok(got in alerts, f"{name}: the host's alert", got)
            t.ok(wait_until(lambda logged=logged, before=before: any(
                row.get("reason") == logged
                for row in world.events()[before:]), 5),
                f"{name}: the host's log has E{logged}",
                lambda: world.events()[-3:])
            if shown is None:
                continue
            proc = world.headless("--duration", "20", material=material)
            t.equal(proc.wait(20), 3, f"{name}: the viewer ends with 3")
            t.ok(f"E{shown}" in proc.output(),
                 f"{name}: the viewer says E{shown}", proc.output())
            t.ok("この端末の証明書" in proc.output(),
                 f"{name}: and that it is this terminal's certificate",
                 proc.output())


@case("certificates: what the user of a window sees")
def window(env, t):
    own = env.new_authority("window")
    with World(env, t, command="paint",
               host=own.issue("host", "localhost", "127.0.0.1")) as world:
        world.begin()
        old = own.odd_one(URI + "viewer:old", start=LONG_AGO, end=AGO)
        viewer = world.viewer(material=old)
        t.ok(viewer.wait_reason(112), "the viewer says E112", viewer.output)
        text = [""]

        def seen():
            text[0] = read_text(viewer.grab())
            return text[0]

        t.wait(lambda: "有効期限が切れ" in seen() and "1234" in text[0],
               "its window says what is wrong and whom to call", 20,
               lambda: text[0])
        t.ok(viewer.proc.is_running(), "the window stays until it is closed")
        world.keep_picture("certificate")


@case("certificates: of hosts, judged by the viewer", limit_s=120)
def hosts(env, t):
    own = env.new_authority("hosts")
    table = host_table(env, own)
    user = own.issue("viewer", "tanaka")
    with World(env, t) as world:
        for name, material, alerts, shown in table:
            with hostile.Host(lambda peer, material=material: peer.connect(
                    dict(material, authority=own.certificate)) and
                    peer.wire.read_until_end(5)) as host:
                proc = world.headless("--duration", "20", material=user,
                                      port=host.port)
                t.equal(proc.wait(20), 3, f"{name}: the viewer ends with 3")
                t.ok(f"E{shown}" in proc.output(),
                     f"{name}: the viewer says E{shown}", proc.output())
                t.ok(wait_until(lambda host=host: host.results, 5) and
                     getattr(host.results[0], "alert", None) in alerts,
                     f"{name}: the viewer's alert", host.results)
        good = own.issue("host", "localhost", "127.0.0.1")

        def welcome(peer):
            peer.connect(good, size=(640, 480))
            return peer.wire.read(20)

        with hostile.Host(welcome) as host:
            proc = world.headless("--duration", "20", material=user,
                                  port=host.port)
            t.ok(wait_until(lambda: host.results, 10) and
                 isinstance(host.results[0], bytes),
                 "the right certificate is talked to", host.results)
            world.forget(proc)


def closings(world, pattern):
    """Lines of the host's gates about ends, with pattern."""
    return re.findall(rf"host-gate closed .*{pattern}", world.host.output())


@case("certificates: revocation lists", limit_s=90)
def lists(env, t):
    own = env.new_authority("lists")
    host = own.issue("host", "localhost", "127.0.0.1")
    user = own.issue("viewer", "tanaka")
    old, missing = own.old_crl(), own.crl + ".not-there"
    with World(env, t, command="paint", host=host) as world:
        world.begin()
        for path, code, name in [(old, 121, "run out")]:
            proc = world.headless("--duration", "20",
                                  material=dict(user, crl=path))
            status = proc.wait(20)
            t.ok(status in (2, 3), f"list {name}: the viewer refuses", status)
            t.ok(f"E{code}" in proc.output(),
                 f"list {name}: the viewer says E{code}", proc.output())
            t.ok(wait_until(lambda: closings(world, " by=peer"), 10),
                 f"list {name}: the host's log says that it was the viewer",
                 world.host.output)
        proc = world.headless("--duration", "20",
                              material=dict(user, crl=missing))
        t.equal(proc.wait(20), 1, "no list: a viewer does not start")
        t.ok("crl.pem.not-there" in proc.output(), "no list: it names the file",
             proc.output())
        viewer = world.viewer(material=user)
        t.must(viewer.wait_state(limit_s=20), "with the list a viewer works")
        own.revoke(user)
        t.ok(viewer.wait_reason(114, 20),
             "revoking a certificate ends its running connection",
             viewer.output)
        again = world.headless("--duration", "20", material=user)
        again.wait(20)
        t.ok("E114" in again.output(), "and it cannot connect again",
             again.output())
        t.ok(wait_until(lambda: closings(world, "code=114"), 10) and
             not closings(world, "code=114.*by=peer"),
             "which the host's log has as its own", world.host.output)
    with World(env, t, command="paint", host=dict(host, crl=old)) as world:
        world.begin(must_listen=False)
        proc = world.headless("--duration", "20",
                              material=own.issue("viewer", "suzuki"))
        status = proc.wait(20)
        t.ok(status not in (0, None),
             "a host whose list has run out lets nobody in", status)
        t.ok("E121" in proc.output() or "E121" in world.host.output() or any(
            row.get("reason") == 121 for row in world.events()),
            "and says why", lambda: proc.output() + world.host.output())
        t.ok("crl file=" in world.host.output() and
             "ended=yes" in world.host.output(),
             "its log has told so at the start", world.host.output)
    with World(env, t, command="paint", host=dict(host, crl=missing)) as world:
        world.begin(must_listen=False)
        t.equal(world.host.wait(10), 1, "without a list shojid does not start")
        t.ok("crl" in world.host.output(), "and names what is missing",
             world.host.output())


@case("certificates: TLS versions")
def versions(env, t):
    with World(env, t, command="paint") as world:
        world.begin()
        material = dict(env.viewer_material(), tls12=True)
        got = alert_from_host(world.port, material)
        t.ok("PROTOCOL_VERSION" in got, "the host refuses TLS 1.2", got)

        def old(peer):
            peer.connect(dict(env.host_material(), tls12=True))

        with hostile.Host(old) as host:
            proc = world.headless("--duration", "20", port=host.port)
            t.equal(proc.wait(20), 3, "the viewer refuses TLS 1.2")
            t.ok("E103" in proc.output(), "and says E103", proc.output())
