/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#define ZLIB_CONST /* input is not written to */
#include <zlib.h>

#include "protocol/base/limits.h"
#include "protocol/tile/flat.h"

#define PIXEL_BYTES 4
#define BETWEEN_BLOCKS 128 /* z_stream.data_type: all bits are used, too */

struct sj_flat_decoder {
	z_stream zlib;
	bool is_broken; /* a stream has no second beginning */
	uint8_t row[SJ_LIMIT_WIDTH_PX * PIXEL_BYTES];
};

struct sj_flat_decoder *sj_flat_decoder_create(void)
{
	struct sj_flat_decoder *decoder = calloc(1, sizeof(*decoder));

	if (decoder && inflateInit(&decoder->zlib) == Z_OK)
		return decoder;
	free(decoder);
	return NULL;
}

void sj_flat_decoder_destroy(struct sj_flat_decoder *decoder)
{
	if (decoder)
		(void)inflateEnd(&decoder->zlib);
	free(decoder);
}

static bool next_row(struct sj_flat_decoder *decoder, size_t bytes)
{
	decoder->zlib.next_out = decoder->row;
	decoder->zlib.avail_out = (uInt)bytes;
	return inflate(&decoder->zlib, Z_SYNC_FLUSH) == Z_OK &&
	       decoder->zlib.avail_out == 0;
}

static void draw_row(
	const struct sj_flat_decoder *decoder, uint8_t *pixels, size_t width_px)
{
	for (size_t i = 0; i < width_px * PIXEL_BYTES; i += PIXEL_BYTES) {
		pixels[i] = decoder->row[i];
		pixels[i + 1] = decoder->row[i + 1];
		pixels[i + 2] = decoder->row[i + 2];
		pixels[i + 3] = 0;
	}
}

/* What is left may end a block, but give no byte more and begin no other. */
static bool is_over(struct sj_flat_decoder *decoder)
{
	if (decoder->zlib.avail_in == 0)
		return decoder->zlib.data_type == BETWEEN_BLOCKS;
	decoder->zlib.next_out = decoder->row;
	decoder->zlib.avail_out = 1;
	return inflate(&decoder->zlib, Z_SYNC_FLUSH) == Z_OK &&
	       decoder->zlib.avail_in == 0 && decoder->zlib.avail_out == 1 &&
	       decoder->zlib.data_type == BETWEEN_BLOCKS;
}

enum sj_step sj_flat_decode(struct sj_flat_decoder *decoder,
	const uint8_t *payload, size_t size, const struct sj_rect *rect,
	struct sj_tile_image *image)
{
	const size_t row_bytes = (size_t)rect->width_px * PIXEL_BYTES;

	if (decoder->is_broken || size > (size_t)SJ_LIMIT_UPDATE_BYTES ||
		!sj_rect_fits(rect, &image->size))
		return SJ_STEP_REFUSE;
	decoder->zlib.next_in = payload;
	decoder->zlib.avail_in = (uInt)size;
	for (size_t y = 0; y < rect->height_px; y++) {
		decoder->is_broken = !next_row(decoder, row_bytes);
		if (decoder->is_broken)
			return SJ_STEP_REFUSE;
		draw_row(decoder,
			image->pixels + (rect->y_px + y) * image->stride_bytes +
				(size_t)rect->x_px * PIXEL_BYTES,
			rect->width_px);
	}
	decoder->is_broken = !is_over(decoder);
	return decoder->is_broken ? SJ_STEP_REFUSE : SJ_STEP_DONE;
}
