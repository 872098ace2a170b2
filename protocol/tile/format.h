/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * format: the numbers of the tile encoding, version 2, for both directions.
 *
 * docs/protocol.md section 12 is normative. Included by protocol/tile only.
 */
#ifndef SJ_PROTOCOL_TILE_FORMAT_H
#define SJ_PROTOCOL_TILE_FORMAT_H

#include "protocol/base/limits.h"

/* The first byte: the version in its upper half, flags in the lower. */
#define SJ_TILE_VERSION 0x20
#define SJ_TILE_VERSION_MASK 0xf0
#define SJ_TILE_FLAG_PACKED 0x01 /* control and colours are zstd blocks */
#define SJ_TILE_FLAG_PHOTO 0x02  /* there are three planes */
#define SJ_TILE_FLAG_MODEL 0x04  /* there are bytes of the range coder */
#define SJ_TILE_FLAG_INDEX 0x08  /* there are colours */

/* A cell's operation: the mode, and what comes with it. */
#define SJ_TILE_MODE_KEEP 0
#define SJ_TILE_MODE_TOKENS 1
#define SJ_TILE_MODE_SOLID 2
#define SJ_TILE_MODE_PHOTO 3
#define SJ_TILE_MODE_SLOT 4
#define SJ_TILE_MODE_MODEL 5
#define SJ_TILE_MODE_MASK 0x0f
#define SJ_TILE_OP_BOX 0x10      /* only a part of the cell is drawn */
#define SJ_TILE_OP_STORE 0x20    /* the whole cell goes to the next slot */
#define SJ_TILE_OP_STORE_AT 0x40 /* the same, to a slot that is named */

/* Behind mode slot: the first slot below, and how many more in 5 bits above;
 * if these are all set, a number follows that is added. */
#define SJ_TILE_SLOT_BITS 11
#define SJ_TILE_SLOT_MANY 31u

/* A token: type in the upper two bits, length - 1 in the lower six. */
#define SJ_TILE_TOKEN_ABOVE 0
#define SJ_TILE_TOKEN_LEFT 1
#define SJ_TILE_TOKEN_LITERAL 2
#define SJ_TILE_TOKEN_LONG 63 /* a number follows: length - 64 */

/* Colours: 240 in one byte, the others in two, 255 is a new one. */
#define SJ_TILE_COLOURS 4080u
#define SJ_TILE_COLOUR_SHORT 240u
#define SJ_TILE_COLOUR_NEW 255u

#define SJ_TILE_CELL_PX SJ_LIMIT_TILE_PX
#define SJ_TILE_CELL_AREA ((size_t)SJ_TILE_CELL_PX * SJ_TILE_CELL_PX)

/* Plain bytes of control, colours or one plane in one rectangle. */
#define SJ_TILE_STREAM_BYTES ((size_t)SJ_LIMIT_UPDATE_BYTES)

#define SJ_TILE_WINDOW_LOG 22
#define SJ_TILE_COLOUR_MASK 0x00ffffffu

#endif /* SJ_PROTOCOL_TILE_FORMAT_H */
