/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "protocol/base/limits.h"
#include "protocol/rfb/encodings.h"
#include "protocol/rfb/payload.h"
#include "protocol/tile/flat.h"

#define PIXEL_BYTES 4
#define LENGTH_BYTES 4
#define LEVEL 4 /* above it CPU grows faster than the bytes shrink */

struct sj_flat_encoder {
	z_stream zlib;
	uint8_t row[SJ_LIMIT_WIDTH_PX * PIXEL_BYTES];
};

struct sj_flat_encoder *sj_flat_encoder_create(void)
{
	struct sj_flat_encoder *encoder = calloc(1, sizeof(*encoder));

	if (encoder && deflateInit(&encoder->zlib, LEVEL) == Z_OK)
		return encoder;
	free(encoder);
	return NULL;
}

void sj_flat_encoder_destroy(struct sj_flat_encoder *encoder)
{
	if (encoder)
		(void)deflateEnd(&encoder->zlib);
	free(encoder);
}

void sj_flat_encoder_reset(struct sj_flat_encoder *encoder)
{
	const int status = deflateReset(&encoder->zlib);

	assert(status == Z_OK);
}

/* What the 4th byte of image holds does not leave. */
static void take_row(struct sj_flat_encoder *encoder,
	const struct sj_tile_image *image, const struct sj_rect *rect, size_t y)
{
	const size_t bytes = (size_t)rect->width_px * PIXEL_BYTES;

	memcpy(encoder->row,
		image->pixels + (rect->y_px + y) * image->stride_bytes +
			(size_t)rect->x_px * PIXEL_BYTES,
		bytes);
	for (size_t i = PIXEL_BYTES - 1; i < bytes; i += PIXEL_BYTES)
		encoder->row[i] = 0;
	encoder->zlib.next_in = encoder->row;
	encoder->zlib.avail_in = (uInt)bytes;
}

enum sj_step sj_flat_encode(struct sj_flat_encoder *encoder,
	const struct sj_tile_image *image, const struct sj_rect *rect,
	struct sj_writer *out)
{
	z_stream *zlib = &encoder->zlib;
	const size_t room = sj_writer_room(out);
	bool is_whole = true;
	size_t size;

	if (room <
		LENGTH_BYTES + sj_rfb_payload_bound(SJ_RFB_ENCODING_ZLIB, rect))
		return SJ_STEP_FULL;
	zlib->next_out = out->data + out->at + LENGTH_BYTES;
	zlib->avail_out = (uInt)(room - LENGTH_BYTES);
	for (size_t y = 0; y < rect->height_px; y++) {
		const bool is_last = y + 1u == rect->height_px;

		take_row(encoder, image, rect, y);
		is_whole &= deflate(zlib, is_last ? Z_SYNC_FLUSH
						  : Z_NO_FLUSH) == Z_OK &&
			    zlib->avail_in == 0;
	}
	size = room - LENGTH_BYTES - zlib->avail_out;
	/* The bound is zlib's own. */
	is_whole &= zlib->avail_out > 0 && sj_write_u32(out, (uint32_t)size);
	assert(is_whole);
	out->at += size;
	return SJ_STEP_DONE;
}
