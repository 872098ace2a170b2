/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pack: the frame of a payload, and its three kinds of bytes, compressed.
 *
 * Control and colour bytes go through two zstd frames that last as long as
 * the session and are flushed with each payload; planes are frames of their
 * own. Contexts live in memory taken in create. For the encoder. Not
 * thread-safe.
 */
#ifndef SJ_PROTOCOL_TILE_PACK_H
#define SJ_PROTOCOL_TILE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/bytes.h"

struct sj_packer;

/* The parts of one payload, each at most SJ_TILE_STREAM_BYTES. */
struct sj_pack {
	const uint8_t *control;
	size_t control_bytes;
	const uint8_t *index;
	size_t index_bytes;
	const uint8_t *plane[3];
	size_t photo_px;
	const uint8_t *model;
	size_t model_bytes;
	bool is_packed;
};

/* NULL when memory is short. destroy wipes; destroy(NULL) does nothing. */
SJ_MUST_USE struct sj_packer *sj_packer_create(void);
void sj_packer_destroy(struct sj_packer *packer);

/* Begins new frames: for a decoder that is new. */
void sj_packer_reset(struct sj_packer *packer);

/* Appends U32 length and payload; there has to be room for all parts and 256
 * bytes more. */
void sj_packer_write(struct sj_packer *packer, const struct sj_pack *pack,
	struct sj_writer *out);

#endif /* SJ_PROTOCOL_TILE_PACK_H */
