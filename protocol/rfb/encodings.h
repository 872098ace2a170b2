/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * encodings: the RFB encoding numbers that shoji knows, and no others.
 *
 * Sources: RFC 6143 section 7.7, rfbproto; ours are from a private range.
 */
#ifndef SJ_PROTOCOL_RFB_ENCODINGS_H
#define SJ_PROTOCOL_RFB_ENCODINGS_H

#include <stdint.h>

#define SJ_RFB_ENCODING_RAW 0
#define SJ_RFB_ENCODING_COPY_RECT 1
#define SJ_RFB_ENCODING_ZLIB 6
#define SJ_RFB_ENCODING_TIGHT 7
#define SJ_RFB_ENCODING_ZRLE 16
#define SJ_RFB_ENCODING_CURSOR (-239)
#define SJ_RFB_ENCODING_COMPRESS_LEVEL_0 (-256)
#define SJ_RFB_ENCODING_COMPRESS_LEVEL_9 (-247)
#define SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE (-308)
#define SJ_RFB_ENCODING_FENCE (-312)
#define SJ_RFB_ENCODING_CONTINUOUS_UPDATES (-313)

/* Ours, "SJ" + number: 0x534A0000 and up. */
#define SJ_RFB_ENCODING_TILE 0x534A0000 /* protocol/tile */
#define SJ_RFB_ENCODING_ALPHA_CURSOR                                           \
	0x534A0001                       /* w x h BGRA, hot spot in x, y */
#define SJ_RFB_ENCODING_CARET 0x534A0002 /* the rectangle is the caret */
#define SJ_RFB_ENCODING_SESSION_END 0x534A0003 /* x holds enum sj_reason */
#define SJ_RFB_ENCODING_MOTION 0x534A0004      /* protocol/motion */
#define SJ_RFB_ENCODING_SHAPE 0x534A0005       /* x is a cursor's index */

/* Between a viewer's gate and its decoder only, never on the wire: what came
 * as Zlib. libvncclient has a decoder of its own for that number. */
#define SJ_RFB_ENCODING_INNER_ZLIB 0x534A0006

/* Fixed pixel format: 32 bits, depth 24, little-endian, true colour,
 * max 255, shifts red 16, green 8, blue 0 (bytes B, G, R, 0). */
#define SJ_RFB_PIXEL_FORMAT_BYTES 16
extern const uint8_t sj_rfb_pixel_format[SJ_RFB_PIXEL_FORMAT_BYTES];

#endif /* SJ_PROTOCOL_RFB_ENCODINGS_H */
