/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/codec.h"

#include <string.h>

#include <zstd.h>

#define LEVEL 1
/* What a rectangle of Raw has before its pixels, and a length. */
#define HEAD_BYTES (4 + 12 + 4)

struct plain_zstd {
	ZSTD_CCtx *encoder;
	ZSTD_DCtx *decoder;
	uint8_t *rows, *packed;
	size_t packed_bytes; /* capacity */
	struct sj_tile_image viewer;
};

static void *create(const struct sj_size *size)
{
	struct plain_zstd *self = calloc(1, sizeof(*self));
	size_t bytes = (size_t)size->width_px * size->height_px * 4;

	if (!self)
		sj_codec_fail("memory");
	self->encoder = ZSTD_createCCtx();
	self->decoder = ZSTD_createDCtx();
	self->rows = malloc(bytes);
	self->packed_bytes = ZSTD_compressBound(bytes);
	self->packed = malloc(self->packed_bytes);
	self->viewer = sj_codec_picture(size);
	if (!self->encoder || !self->decoder || !self->rows || !self->packed)
		sj_codec_fail("memory");
	return self;
}

static void destroy(void *self)
{
	struct plain_zstd *own = self;

	ZSTD_freeCCtx(own->encoder);
	ZSTD_freeDCtx(own->decoder);
	free(own->rows);
	free(own->packed);
	free(own->viewer.pixels);
	free(own);
}

static const struct sj_tile_image *picture(const void *self)
{
	const struct plain_zstd *own = self;

	return &own->viewer;
}

static uint8_t *row_of(
	const struct sj_tile_image *image, const struct sj_rect *rect, size_t y)
{
	return image->pixels + (rect->y_px + y) * image->stride_bytes +
	       (size_t)rect->x_px * 4;
}

static void play(void *self, const struct sj_codec_frame *frame,
	struct sj_codec_cost *cost)
{
	struct plain_zstd *own = self;
	const struct sj_rect *rect = &frame->rect;
	size_t row_bytes = (size_t)rect->width_px * 4;
	size_t bytes = row_bytes * rect->height_px, packed;
	double begin_ms = sj_codec_cpu_ms(), encoded_ms;

	for (size_t y = 0; y < rect->height_px; y++)
		memcpy(own->rows + y * row_bytes, row_of(frame->image, rect, y),
			row_bytes);
	packed = ZSTD_compressCCtx(own->encoder, own->packed, own->packed_bytes,
		own->rows, bytes, LEVEL);
	encoded_ms = sj_codec_cpu_ms();
	if (ZSTD_isError(packed) ||
		ZSTD_decompressDCtx(own->decoder, own->rows, bytes, own->packed,
			packed) != bytes)
		sj_codec_fail("zstd");
	for (size_t y = 0; y < rect->height_px; y++)
		memcpy(row_of(&own->viewer, rect, y), own->rows + y * row_bytes,
			row_bytes);
	cost->decode_ms += sj_codec_cpu_ms() - encoded_ms;
	cost->encode_ms += encoded_ms - begin_ms;
	cost->bytes += packed + HEAD_BYTES;
	cost->messages++;
}

const struct sj_codec sj_codec_zstd = {
	"zstd", false, create, play, picture, destroy};
