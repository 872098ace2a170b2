/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tile: the tile encoding, version 0: what is inside one tile rectangle.
 *
 * A rectangle of encoding SJ_RFB_ENCODING_TILE holds U32 length and that many
 * bytes. Version 0: U8 version (0), U8 method (0 stored BGR, 1 zstd),
 * then the pixels row by row as B, G, R bytes, stored or as one zstd frame
 * that has to fill width x height x 3 bytes exactly. Rectangles are
 * at most 64x64 pixels. Pure: memory in, memory out; all memory is
 * allocated in create; nothing is shared between sessions. The decoder treats
 * its input as hostile.
 */
#ifndef SJ_PROTOCOL_TILE_TILE_H
#define SJ_PROTOCOL_TILE_TILE_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/bytes.h"
#include "protocol/base/rect.h"
#include "protocol/base/step.h"

/* A picture of width x height pixels, BGRX, stride in bytes. */
struct sj_tile_image {
	uint8_t *pixels;
	size_t stride_bytes;
	struct sj_size size;
};

struct sj_tile_encoder;
struct sj_tile_decoder;

/* NULL when memory is short. destroy(NULL) does nothing. */
SJ_MUST_USE struct sj_tile_encoder *sj_tile_encoder_create(void);
void sj_tile_encoder_destroy(struct sj_tile_encoder *encoder);
SJ_MUST_USE struct sj_tile_decoder *sj_tile_decoder_create(void);
void sj_tile_decoder_destroy(struct sj_tile_decoder *decoder);

/* Most bytes that the payload of rect can have, U32 length included. */
size_t sj_tile_bound(const struct sj_rect *rect);

/*
 * Appends U32 length and payload for rect of image. DONE, or FULL with nothing
 * written when less than sj_tile_bound is free. rect fits image and is at
 * most 64x64.
 */
SJ_MUST_USE enum sj_step sj_tile_encode(struct sj_tile_encoder *encoder,
	const struct sj_tile_image *image, const struct sj_rect *rect,
	struct sj_writer *out);

/*
 * Decodes payload (size bytes, without the U32) into rect of image, 4th byte
 * 0. DONE or REFUSE; on REFUSE pixels of rect are undefined, nothing else
 * is touched.
 */
SJ_MUST_USE enum sj_step sj_tile_decode(struct sj_tile_decoder *decoder,
	const uint8_t *payload, size_t size, const struct sj_rect *rect,
	struct sj_tile_image *image);

#endif /* SJ_PROTOCOL_TILE_TILE_H */
