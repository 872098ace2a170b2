/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * unpack: the frame of a payload, checked, and its bytes decompressed.
 *
 * The payload is hostile. Memory is taken in create and never grows; what
 * comes out is bounded by SJ_TILE_STREAM_BYTES a part. For the decoder. Not
 * thread-safe.
 */
#ifndef SJ_PROTOCOL_TILE_UNPACK_H
#define SJ_PROTOCOL_TILE_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/bytes.h"

struct sj_unpacker;

/* Cursors over the parts of one payload; lent until the next open. */
struct sj_parts {
	struct sj_reader control;
	struct sj_reader index;
	const uint8_t *plane[3];
	size_t photo_px; /* bytes of each plane */
	struct sj_reader model;
};

/* NULL when memory is short. destroy wipes; destroy(NULL) does nothing. */
SJ_MUST_USE struct sj_unpacker *sj_unpacker_create(void);
void sj_unpacker_destroy(struct sj_unpacker *unpacker);

/* Begins new frames: for an encoder that is new. */
void sj_unpacker_reset(struct sj_unpacker *unpacker);

/* Takes all of payload apart. False when it is not a payload; the unpacker is
 * of no use afterwards. */
SJ_MUST_USE bool sj_unpacker_open(struct sj_unpacker *unpacker,
	const uint8_t *payload, size_t size, struct sj_parts *parts);

/* Reads a number of at most three bytes of 7 bits, low ones first. */
SJ_MUST_USE bool sj_unpack_number(struct sj_reader *reader, size_t *number);

#endif /* SJ_PROTOCOL_TILE_UNPACK_H */
