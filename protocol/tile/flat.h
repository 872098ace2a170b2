/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flat: pictures as RFB's Zlib encoding, for the profile strict.
 *
 * All rectangles of a connection share one zlib stream; each ends at a byte
 * (sync flush) and holds 4 bytes a pixel: B, G, R, 0. Input of the decoder is
 * hostile: what comes out is exactly the rectangle, row by row, whatever the
 * stream says; its memory is the window of 32 KiB and one row. Pure but for
 * memory, taken in create and by zlib at the first use. Source: RFC 6143 7.7.
 */
#ifndef SJ_PROTOCOL_TILE_FLAT_H
#define SJ_PROTOCOL_TILE_FLAT_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/bytes.h"
#include "protocol/base/rect.h"
#include "protocol/base/step.h"
#include "protocol/tile/tile.h"

struct sj_flat_encoder;
struct sj_flat_decoder;

/* NULL when memory is short. destroy(NULL) does nothing. */
SJ_MUST_USE struct sj_flat_encoder *sj_flat_encoder_create(void);
void sj_flat_encoder_destroy(struct sj_flat_encoder *encoder);
SJ_MUST_USE struct sj_flat_decoder *sj_flat_decoder_create(void);
void sj_flat_decoder_destroy(struct sj_flat_decoder *decoder);

/* The next payload is for a decoder that is new. */
void sj_flat_encoder_reset(struct sj_flat_encoder *encoder);

/*
 * Writes U32 length and the bytes of rect, which lies inside image and is not
 * empty. FULL, nothing written or learnt: out has no room for the worst case,
 * sj_rfb_payload_bound and the length.
 */
SJ_MUST_USE enum sj_step sj_flat_encode(struct sj_flat_encoder *encoder,
	const struct sj_tile_image *image, const struct sj_rect *rect,
	struct sj_writer *out);

/*
 * Draws payload (size bytes, without the length) into rect of image, inside
 * which it lies. REFUSE: no such stream, fewer or more bytes than the
 * rectangle's; a part may be drawn, and all that follows is refused.
 */
SJ_MUST_USE enum sj_step sj_flat_decode(struct sj_flat_decoder *decoder,
	const uint8_t *payload, size_t size, const struct sj_rect *rect,
	struct sj_tile_image *image);

#endif /* SJ_PROTOCOL_TILE_FLAT_H */
