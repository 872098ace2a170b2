# SPDX-License-Identifier: GPL-3.0-or-later
"""A second reader of ledgers, written from docs/ledger.md alone.

ledger_reference.py LEDGER FIRST prints what is wrong, nothing if all is well.
"""
import hashlib
import hmac
import struct
import sys

RECORD = 512
START, OPEN, COUNTS, CLOSE, DAY, REFUSED, CHECKPOINT = range(1, 8)


def read(path):
    """Records as dicts; a ValueError says what is none."""
    with open(path, "rb") as file:
        data = file.read()
    if len(data) % RECORD:
        raise ValueError("a part of a record at the end")
    return [parse(data[at:at + RECORD]) for at in range(0, len(data), RECORD)]


def parse(raw):
    magic, version, kind, seq, wall, mono, boot = struct.unpack(
        ">4sHHQQQ16s", raw[:48])
    if (magic, version) != (b"SJLG", 1) or not START <= kind <= CHECKPOINT:
        raise ValueError("no record")
    row = {"raw": raw, "kind": kind, "seq": seq, "wall": wall, "mono": mono,
           "boot": boot, "prev": raw[448:480], "mac": raw[480:]}
    body = raw[48:448]
    if kind == COUNTS:
        row["session"], row["table"], row["side"], row["flags"] = \
            struct.unpack(">QBBB", body[:11])
        row["counts"] = list(struct.iter_unpack(">QQ", body[16:272]))
    if kind == CLOSE:
        row["session"], row["join"], row["code"], row["side"], \
            row["flags"] = struct.unpack(">Q32sHBB", body[:44])
        row["pixels"], row["received"], row["sent"] = struct.unpack(
            ">QQQ", body[64:88])
    return row


def derive(key, info):
    return hmac.new(key, info + b"\1", hashlib.sha256).digest()


def first_key(path):
    with open(path, encoding="ascii") as file:
        return bytes.fromhex(file.read().split("key ")[1].strip())


def judge(path, first):
    """What is wrong with chain and macs; '' for nothing."""
    key = first_key(first)
    prev, rows = bytes(32), read(path)
    for number, row in enumerate(rows):
        mac = hmac.new(derive(key, b"shoji ledger mac"), row["raw"][:480],
                       hashlib.sha256).digest()
        if row["seq"] != number or row["prev"] != prev or row["mac"] != mac:
            return f"record {number}"
        prev = hashlib.sha256(row["raw"]).digest()
        key = derive(key, b"shoji ledger next")
    return "" if rows and rows[-1]["kind"] == CHECKPOINT else "no end"


def keys_of(rows):
    """Key events of all sessions."""
    return sum(row["counts"][3][0] for row in rows if row["kind"] == COUNTS
               and row["table"] == 1 and not row["flags"] & 1)


if __name__ == "__main__":
    print(judge(sys.argv[1], sys.argv[2]), end="")
