# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/protocol.md as tables: what may cross, and the registry of what may not.
"""

VERSION = b"RFB 003.008\n"
VENCRYPT = 19
X509_NONE, X509_PLAIN = 260, 262
# Bits, depth, little-endian, true colour, maxima and shifts; section 6.
FORMAT = bytes.fromhex("2018000100ff00ff00ff100800")

WIDTH_LEAST, HEIGHT_LEAST = 320, 200
WIDTH_MOST, HEIGHT_MOST = 3840, 2160
ENCODINGS_MOST = 32
FENCE_MOST = 64
FENCE_FLAGS = 0x80000007
FENCE_REQUEST = 0x80000000
RECTS_MOST = 1024
CURSOR_MOST = 64
NAME_MOST = 64
TILE_EXTRA, MOTION_EXTRA = 256, 1024
PAYLOAD_MOST = 64 * 1024

RAW, COPY, ZLIB, TIGHT, ZRLE = 0, 1, 6, 7, 16
CURSOR, SIZE = -239, -308
TILE, ALPHA, CARET, END, MOTION, SHAPE = (0x534A0000 + i for i in range(6))
OURS = (TILE, MOTION, COPY, RAW, ALPHA, CARET, END, SIZE)
OURS_STRICT = (ZLIB, COPY, RAW, SHAPE, END, SIZE)
SHAPES = 16

# Section 7, profile default.
VIEWER_TYPES = {0: "SetPixelFormat", 2: "SetEncodings",
                3: "FramebufferUpdateRequest", 4: "KeyEvent",
                5: "PointerEvent", 150: "EnableContinuousUpdates",
                248: "ClientFence", 251: "SetDesktopSize"}
HOST_TYPES = {0: "FramebufferUpdate", 150: "EndOfContinuousUpdates",
              248: "ServerFence"}
DEFAULT_ENCODINGS = {RAW: "Raw", COPY: "CopyRect", CURSOR: "Cursor",
                     SIZE: "ExtendedDesktopSize", TILE: "tile",
                     ALPHA: "alpha cursor", CARET: "caret",
                     END: "session end", MOTION: "motion"}
STRICT_ENCODINGS = {RAW: "Raw", COPY: "CopyRect", ZLIB: "Zlib",
                    SIZE: "ExtendedDesktopSize", END: "session end",
                    SHAPE: "cursor shape"}


class Profile:
    """announced: what a viewer of it says; encodings: what may come then;
    carriers: what has to be announced for a session; others: encodings of the
    other profile, which must not come."""

    def __init__(self, announced, encodings, carriers, others):
        self.announced, self.encodings = announced, encodings
        self.carriers, self.others = carriers, others


DEFAULT = Profile(OURS, DEFAULT_ENCODINGS, (TILE,), {})
STRICT = Profile(OURS_STRICT, STRICT_ENCODINGS, (ZLIB, SHAPE), {
    number: name for number, name in DEFAULT_ENCODINGS.items()
    if number not in STRICT_ENCODINGS})

# Section 8.
KEYSYMS = ((0x20, 0x7e), (0xa0, 0xff), (0xfe03, 0xfe03), (0xfe20, 0xfe20),
           (0xff08, 0xff09), (0xff0b, 0xff0b), (0xff0d, 0xff0d),
           (0xff13, 0xff14), (0xff1b, 0xff1b), (0xff20, 0xff3f),
           (0xff50, 0xff58), (0xff60, 0xff6b), (0xff7e, 0xff7f),
           (0xff80, 0xffbd), (0xffbe, 0xffc9), (0xffe1, 0xffee),
           (0xffff, 0xffff), (0x01000100, 0x0100d7ff),
           (0x0100e000, 0x0110ffff))

CODES = frozenset(
    [100, 101, 102, 103, *range(110, 119), 120, 121, 122, 130, 140, 141, 142,
     200, 201, 202, *range(210, 221), 300, 301, 302, 303, *range(310, 325),
     *range(400, 409), *range(500, 506), *range(600, 606)])

# Numbers of the public registry (rfbproto) and of products, for the tests
# of everything that does not exist here.
SECURITY_TYPES = (0, 1, 2, 3, 4, 5, 6, 7, 13, 16, 17, 18, 20, 21, 22, 23, 24,
                  30, 33, 35, 36, 113, 129, 130, 133, 134, 192, 255)
SUBTYPES = (0, 1, 2, 16, 19, 256, 257, 258, 259, 261, 263, 264, 265, 266, 267,
            268, 0xffffffff)
VERSIONS = (b"RFB 003.003\n", b"RFB 003.005\n", b"RFB 003.007\n",
            b"RFB 003.889\n", b"RFB 004.000\n", b"RFB 004.001\n",
            b"RFB 005.000\n", b"RFB 000.000\n", b"RFB 003.008\r",
            b"rfb 003.008\n", b"RFB 3.8\n\0\0\0\0", b"RFB 003.008\0",
            b"\0" * 12, b"\xff" * 12, b"GET / HTTP/1", b"SSH-2.0-x\r\n\0",
            b"REGISTER sip", b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0\1",
            b"ID:123456789", b"%s%s%s%n%n%n")
ENCODINGS = {
    2: "RRE", 4: "CoRRE", 5: "Hextile", 6: "Zlib", 7: "Tight", 8: "ZlibHex",
    9: "Ultra", 10: "Ultra2", 15: "TRLE", 16: "ZRLE", 17: "ZYWRLE",
    18: "H.264 (old)", 20: "JPEG (old)", 21: "JPEG", 22: "JRLE", 50: "H.264",
    -1: "Tight options", -23: "JPEG quality 9", -32: "JPEG quality 0",
    -33: "Tight PNG", -218: "subsampling", -222: "sized, MAC", -223:
    "NewFBSize", -224: "LastRect", -225: "PointerPos", -232: "PointerPos",
    -238: "XCursor, old", -240: "XCursor", -241: "reserved", -247:
    "compression 9", -256: "compression 0", -257: "QEMU pointer", -258:
    "QEMU keys", -259: "QEMU audio", -260: "TightPNG", -261: "LED state",
    -305: "gii", -306: "popa", -307: "DesktopName", -309: "xvp", -310:
    "OLIVE call control", -311: "ClientRedirect", -312: "Fence", -313:
    "ContinuousUpdates", -314: "CursorWithAlpha", -316: "ExtendedMouse",
    -317: "tight without zlib", -412: "fine quality 100", -512:
    "fine quality 0", -523: "Hitachi", -528: "Hitachi", -763: "subsampling 16",
    -768: "subsampling 1", 0x48323634: "Open H.264", 0x574d5600: "VMware",
    0x574d5664: "VMware cursor", 0x574d5665: "VMware cursor state",
    0x574d5666: "VMware cursor position", 0x574d5667: "VMware key repeat",
    0x574d5668: "VMware LED", 0x574d5669: "VMware mode change",
    0x574d566a: "VMware virtual machine state", -1063131698:
    "ExtendedClipboard", -131072: "keyboard LED", -131071:
    "SupportedMessages", -131070: "SupportedEncodings", -131069:
    "ServerIdentity", -65536: "cache", -65535: "cache zip", -65534:
    "RFB cache", 0xfffe0000 - (1 << 32): "keyboard LED state",
    0x534a0005: "cursor shape", 0x534a0006: "Zlib inside of a viewer",
    0x534a0007: "one behind ours", 0x5349ffff: "one before ours",
    0x7fffffff: "the largest", -0x80000000: "the smallest"}
SERVER_MESSAGES = {
    1: "SetColourMapEntries", 2: "Bell", 3: "ServerCutText", 4:
    "ResizeFrameBuffer", 5: "KeyFrameUpdate", 7: "FileTransfer", 11:
    "TextChat", 13: "KeepAlive", 15: "PalmVNC resize", 20: "xvp, old", 127:
    "VMware", 173: "ServerState", 250: "xvp", 252: "Tight", 253: "gii", 255:
    "QEMU audio"}
CLIENT_MESSAGES = {
    1: "FixColourMapEntries", 6: "ClientCutText", 7: "FileTransfer", 8:
    "SetScale", 9: "SetServerInput", 10: "SetSW", 11: "TextChat", 12:
    "KeyFrameRequest", 13: "KeepAlive", 15: "PalmVNC scale", 20: "xvp, old",
    127: "VMware", 128: "Car connectivity", 249: "OLIVE call control", 250:
    "xvp", 252: "Tight", 253: "gii", 254: "VMware", 255: "QEMU"}

KEYSYMS_REFUSED = (
    0, 1, 0x1f, 0x7f, 0x9f, 0x100, 0x1a1, 0xfe00, 0xfe04, 0xfed0, 0xff00,
    0xff0a, 0xff15, 0xff1a, 0xff40, 0xff59, 0xff5f, 0xff6c, 0xff7d, 0xffca,
    0xffe0, 0xffef, 0x10000, 0x1008fe01, 0x1008fe0c, 0x1008ff11, 0x1008ff2a,
    0x1008ffff, 0x01000000, 0x010000ff, 0x0100d800, 0x0100dfff, 0x01110000,
    0x02000041, 0x7fffffff, 0x80000000, 0xffffffff)


def is_keysym(number):
    return any(low <= number <= high for low, high in KEYSYMS)
