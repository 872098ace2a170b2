# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS hellos by hand: what no library would offer, and what came back.

The random value of a hello begins with MARK, so that whoever reads a capture
(or a test double) sees whose it is.
"""
import os
import struct

MARK = b"shoji-probe"
SUITES_GOOD = {0x1301: "AES_128_GCM_SHA256", 0x1302: "AES_256_GCM_SHA384",
               0x1303: "CHACHA20_POLY1305_SHA256"}
SUITES_BAD = {
    0x0000: "NULL_WITH_NULL_NULL", 0x0002: "RSA_NULL_SHA", 0x0003:
    "RSA_EXPORT_RC4_40", 0x0004: "RC4_128_MD5", 0x0005: "RC4_128_SHA", 0x000a:
    "3DES_EDE_CBC_SHA", 0x0018: "DH_anon_RC4_128", 0x001b: "DH_anon_3DES",
    0x002f: "RSA_AES_128_CBC_SHA", 0x0034: "DH_anon_AES_128", 0x0035:
    "RSA_AES_256_CBC_SHA", 0x003b: "RSA_NULL_SHA256", 0x009c:
    "RSA_AES_128_GCM", 0x009e: "DHE_RSA_AES_128_GCM", 0x00a8: "PSK_AES_128_GCM",
    0x1304: "AES_128_CCM_SHA256", 0x1305: "AES_128_CCM_8_SHA256", 0x13ff:
    "unknown of TLS 1.3", 0x1306: "AEGIS-256", 0xc006: "ECDHE_ECDSA_NULL",
    0xc009: "ECDHE_ECDSA_AES_128_CBC", 0xc013: "ECDHE_RSA_AES_128_CBC", 0xc015:
    "ECDH_anon_NULL", 0xc018: "ECDH_anon_AES_128", 0xc02b:
    "ECDHE_ECDSA_AES_128_GCM", 0xc02f: "ECDHE_RSA_AES_128_GCM", 0xcca9:
    "ECDHE_ECDSA_CHACHA20", 0xc0b4: "SHA256_SHA256 (no encryption)", 0xc0b5:
    "SHA384_SHA384 (no encryption)", 0x5600: "FALLBACK_SCSV"}
GROUPS_GOOD = {0x001d: ("X25519", 32), 0x0017: ("P-256", 65)}
GROUPS_BAD = {0x0018: ("P-384", 97), 0x0019: ("P-521", 133), 0x001e:
              ("X448", 56), 0x0015: ("P-224", 57), 0x0013: ("P-192", 49),
              0x0100: ("ffdhe2048", 256), 0x0101: ("ffdhe3072", 384), 0x001a:
              ("brainpoolP256", 65), 0x11ec: ("X25519MLKEM768", 1216), 0xffff:
              ("unknown", 32)}
# A point on P-256: the generator.
P256 = bytes.fromhex(
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")
ALERTS = {0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 22:
          "record_overflow", 40: "handshake_failure", 42: "bad_certificate", 43:
          "unsupported_certificate", 44: "certificate_revoked", 45:
          "certificate_expired", 46: "certificate_unknown", 47:
          "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50:
          "decode_error", 51: "decrypt_error", 70: "protocol_version", 71:
          "insufficient_security", 80: "internal_error", 86:
          "inappropriate_fallback", 109: "missing_extension", 110:
          "unsupported_extension", 116: "certificate_required", 120:
          "no_application_protocol"}


def block(data, width):
    return len(data).to_bytes(width, "big") + data


def extension(number, body):
    return struct.pack(">HH", number, len(body)) + body


def share(group, size):
    key = P256 if group == 0x17 else os.urandom(size)
    return struct.pack(">HH", group, size) + key


def hello(suites=(0x1301, 0x1302, 0x1303), groups=((0x1d, 32),), shares=None,
          versions=(0x0304,), legacy=0x0303, compression=b"\0",
          more=b"", session=b"", signatures=(0x0403, 0x0807, 0x0804)):
    """A ClientHello message. shares None: one for each group."""
    if shares is None:
        shares = groups
    parts = b""
    if versions:
        parts += extension(43, block(struct.pack(
            f">{len(versions)}H", *versions), 1))
        parts += extension(51, block(b"".join(
            share(*pair) for pair in shares), 2))
        parts += extension(45, b"\1\1")
    parts += extension(10, block(struct.pack(
        f">{len(groups)}H", *[pair[0] for pair in groups]), 2))
    parts += extension(13, block(struct.pack(
        f">{len(signatures)}H", *signatures), 2)) + extension(11, b"\1\0")
    parts += more
    body = struct.pack(">H", legacy) + MARK + os.urandom(32 - len(MARK)) + \
        block(session, 1) + block(struct.pack(f">{len(suites)}H", *suites), 2) \
        + block(compression, 1) + block(parts, 2)
    return b"\1" + block(body, 3)


def record(data, kind=22, version=0x0301):
    return struct.pack(">BHH", kind, version, len(data)) + data


def read(end, limit_s=6.0):
    """What the peer answers: a dict with kind 'hello', 'retry', 'alert',
    'closed' or 'other'."""
    from ends import Gone
    try:
        head = end.read(5, limit_s)
        kind, version, size = struct.unpack(">BHH", head)
        if kind not in (20, 21, 22, 23, 24):
            return {"kind": "other", "bytes": head.hex()}
        data = end.read(size, limit_s)
    except Gone as error:
        if error.is_late:
            raise
        return {"kind": "closed"}
    if kind == 21:
        return {"kind": "alert", "alert": ALERTS.get(data[1], str(data[1]))}
    if kind != 22 or data[0] != 2:
        return {"kind": "other", "bytes": (head + data[:16]).hex()}
    return server_hello(data, version)


def server_hello(data, version):
    random = data[6:38]
    at = 39 + data[38]
    suite = struct.unpack(">H", data[at:at + 2])[0]
    rest = data[at + 5:]
    found = {}
    while len(rest) >= 4:
        number, size = struct.unpack(">HH", rest[:4])
        found[number] = rest[4:4 + size]
        rest = rest[4 + size:]
    chosen = struct.unpack(">H", found.get(43, data[4:6]))[0]
    is_retry = random.hex().startswith("cf21ad74e59a6111")
    return {"kind": "retry" if is_retry else "hello", "suite": suite,
            "version": chosen, "extensions": sorted(found),
            "compression": data[at + 2],
            "downgrade": random[24:31] == b"DOWNGRD", "record": version}


def client_hello(data):
    """The parts of a ClientHello message that a viewer sent."""
    at = 38
    session = data[at + 1:at + 1 + data[at]]
    at += 1 + data[at]
    size = struct.unpack(">H", data[at:at + 2])[0]
    suites = struct.unpack(f">{size // 2}H", data[at + 2:at + 2 + size])
    at += 2 + size
    compression = data[at + 1:at + 1 + data[at]]
    rest = data[at + 3 + data[at]:]
    found = {}
    while len(rest) >= 4:
        number, length = struct.unpack(">HH", rest[:4])
        found[number] = rest[4:4 + length]
        rest = rest[4 + length:]
    versions = found.get(43, b"\0")[1:]
    groups = found.get(10, b"\0\0")[2:]
    return {"session": session, "suites": suites, "compression": compression,
            "extensions": found, "versions": struct.unpack(
                f">{len(versions) // 2}H", versions),
            "groups": struct.unpack(f">{len(groups) // 2}H", groups)}
