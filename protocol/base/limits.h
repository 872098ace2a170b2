/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * limits: every ceiling of the system, with unit and reason.
 *
 * The only home of such numbers; docs/protocol.md repeats them in words. A
 * limit is inclusive: the value itself is permitted, one more is not.
 */
#ifndef SJ_PROTOCOL_BASE_LIMITS_H
#define SJ_PROTOCOL_BASE_LIMITS_H

/* Screen: 4K is the largest terminal of an office; 320x200 the smallest that
 * a browser can be used on. */
#define SJ_LIMIT_WIDTH_PX 3840
#define SJ_LIMIT_HEIGHT_PX 2160
#define SJ_LIMIT_WIDTH_MIN_PX 320
#define SJ_LIMIT_HEIGHT_MIN_PX 200
#define SJ_LIMIT_FRAME_BYTES (SJ_LIMIT_WIDTH_PX * SJ_LIMIT_HEIGHT_PX * 4)

/* Tile grid of the encoder. */
#define SJ_LIMIT_TILE_PX 64
#define SJ_LIMIT_TILE_EXTRA_BYTES 256 /* payload beyond 4 bytes a pixel */
#define SJ_LIMIT_TILE_SLOTS 2048      /* stored tiles: 32 MiB, 4 full HD */

/* A region in motion: most bytes of its payload, a pixel and beside. */
#define SJ_LIMIT_MOTION_PIXEL_BYTES 3
#define SJ_LIMIT_MOTION_EXTRA_BYTES 1024

/* Viewer to host. */
#define SJ_LIMIT_ENCODINGS 32                /* entries of one SetEncodings */
#define SJ_LIMIT_FENCE_BYTES 64              /* payload of a fence */
#define SJ_LIMIT_KEYS_DOWN 16                /* keys held at once */
#define SJ_LIMIT_KEYS_PER_SECOND 100         /* presses; beyond: delayed */
#define SJ_LIMIT_KEYS_BURST 200              /* an input method's commit */
#define SJ_LIMIT_POINTER_PER_SECOND 250      /* beyond: coalesced */
#define SJ_LIMIT_FULL_REQUESTS_PER_SECOND 10 /* beyond: delayed */
#define SJ_LIMIT_SIZES_PER_SECOND 10         /* wished; beyond: delayed */
#define SJ_LIMIT_SCREENS 1                   /* of SetDesktopSize */
#define SJ_LIMIT_CUT_TEXT_BYTES (1 << 20)    /* stock: consumed and dropped */

/* Host to viewer. */
#define SJ_LIMIT_RECTS 1024               /* rectangles of one update */
#define SJ_LIMIT_UPDATE_BYTES (64 * 1024) /* of our own updates, whole */
#define SJ_LIMIT_CREDITS 64               /* requests that a host remembers */
#define SJ_LIMIT_REQUESTS 32              /* that our viewer has out at once */
#define SJ_LIMIT_HELD_BYTES 4096          /* of updates without a receipt */
#define SJ_LIMIT_HELD_UPDATES 16          /* the same, in updates */
#define SJ_LIMIT_HELD_MS 1000             /* then it goes in any case */
#define SJ_LIMIT_RECT_BYTES (64 * 1024 * 1024) /* opaque payload of one */
#define SJ_LIMIT_UPDATE_AREA_FRAMES 2          /* sum of areas, in screens */
#define SJ_LIMIT_PIXELS_PER_SECOND 250000000u
#define SJ_LIMIT_CURSOR_PX 64    /* width and height */
#define SJ_LIMIT_SHAPES 16       /* cursors by index, profile strict */
#define SJ_LIMIT_NAME_BYTES 64   /* desktop name, discarded */
#define SJ_LIMIT_REASON_BYTES 64 /* refusal text, discarded but E### */

/* Handshake and waiting. */
#define SJ_LIMIT_HANDSHAKE_MS 5000      /* TLS, and RFB after it, each */
#define SJ_LIMIT_SESSION_START_MS 60000 /* a cold browser on a busy host */
#define SJ_LIMIT_MESSAGE_MS 5000        /* a begun message has to end */
#define SJ_LIMIT_MESSAGE_BYTES_PER_SECOND (64 * 1024) /* a long one earns */
#define SJ_LIMIT_WRITE_STALL_MS 10000
#define SJ_LIMIT_PULSE_MS 5000          /* each process says that it lives */
#define SJ_LIMIT_PULSES_MISSED 4        /* in a row: it hangs */
#define SJ_LIMIT_AGENT_PULSES_MISSED 12 /* with it the page is lost */
#define SJ_LIMIT_HALF_OPEN 32 /* connections without a user, per address */
#define SJ_LIMIT_KEY_UPDATES_PER_MINUTE 16
#define SJ_LIMIT_USER_NAME_BYTES 32 /* name in SAN and X509Plain */
#define SJ_LIMIT_PASSWORD_BYTES 128
#define SJ_LIMIT_PASSPHRASE_BYTES 127 /* of a key; with its end 128 */
#define SJ_LIMIT_ZONE_BYTES 16

/* Text commits. */
#define SJ_LIMIT_COMMIT_BYTES 256 /* XIM loses the context beyond 1020 */

/* Files and messages of our own. */
#define SJ_LIMIT_CONFIG_LINE_BYTES 1200   /* longest value, its key and end */
#define SJ_LIMIT_PEM_BYTES 0x40000        /* 256 KiB */
#define SJ_LIMIT_PEER_CHAIN_BYTES 0x4000  /* 16 KiB of DER in a handshake */
#define SJ_LIMIT_CRL_BYTES 0x400000       /* 4 MiB: 100,000 revoked */
#define SJ_LIMIT_CA_INDEX_BYTES 0x1000000 /* 16 MiB: 100,000 certificates */
#define SJ_LIMIT_CA_PATH_BYTES 3000       /* folder of an authority */
#define SJ_LIMIT_CSR_BYTES 0x4000         /* 16 KiB */
#define SJ_LIMIT_SAN_NAMES 16       /* names and addresses of one server */
#define SJ_LIMIT_DNS_NAME_BYTES 253 /* RFC 1035 */
#define SJ_LIMIT_IPC_FDS 8
#define SJ_LIMIT_LOG_TEXT_BYTES 64
#define SJ_LIMIT_SESSIONS 256     /* of one host */
#define SJ_LIMIT_CONNECTIONS 1024 /* of one host */

/* The ledger. */
#define SJ_LIMIT_LEDGER_HEARTBEAT_MIN_S 1
#define SJ_LIMIT_LEDGER_HEARTBEAT_S 3600
#define SJ_LIMIT_LEDGER_SESSIONS 2048 /* open at once: a guard has two each */
#define SJ_LIMIT_LEDGER_BATCH 512     /* records of one write */
#define SJ_LIMIT_LEDGER_ANSWER_MS 2000
#define SJ_LIMIT_LEDGER_BYTES 0x100000000 /* 4 GiB: what a judge reads */
#define SJ_LIMIT_UTC_OFFSET_S 86400

/* 2-D codes that a guard covers. */
#define SJ_LIMIT_CODES_FOUND 16  /* of one search; the rest joins the last */
#define SJ_LIMIT_CODES_COVERS 64 /* at once; the rest joins the last */
#define SJ_LIMIT_CODES_MARGIN_PX 256 /* searched around a change */
#define SJ_LIMIT_CODES_WHOLE_MS 1000 /* between searches of all of it */
#define SJ_LIMIT_CODES_MS 4000       /* a search; 4K on a busy machine */

/* Buffers of a pump, each direction: one of our updates and a header. */
#define SJ_LIMIT_PUMP_BYTES (SJ_LIMIT_UPDATE_BYTES + 1024)

#endif /* SJ_PROTOCOL_BASE_LIMITS_H */
