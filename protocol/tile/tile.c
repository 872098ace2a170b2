/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/tile/tile.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* For contexts in memory of our own, which never grow. */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include "protocol/base/limits.h"

#define VERSION 0
#define METHOD_STORED 0
#define METHOD_ZSTD 1
#define LENGTH_BYTES 4
#define HEAD_BYTES 2 /* version, method */
#define LEVEL 1
#define TILE_BYTES ((size_t)SJ_LIMIT_TILE_PX * SJ_LIMIT_TILE_PX * 3)

/* work is the whole memory of context. */
struct sj_tile_encoder {
	ZSTD_CCtx *context;
	void *work;
	uint8_t plain[TILE_BYTES];
	uint8_t packed[TILE_BYTES];
};

struct sj_tile_decoder {
	ZSTD_DCtx *context;
	void *work;
	uint8_t plain[TILE_BYTES];
};

struct sj_tile_encoder *sj_tile_encoder_create(void)
{
	struct sj_tile_encoder *encoder = calloc(1, sizeof(*encoder));
	size_t size = ZSTD_estimateCCtxSize(LEVEL);

	if (!encoder)
		return NULL;
	encoder->work = malloc(size);
	if (encoder->work)
		encoder->context = ZSTD_initStaticCCtx(encoder->work, size);
	if (!encoder->context) {
		sj_tile_encoder_destroy(encoder);
		return NULL;
	}
	return encoder;
}

void sj_tile_encoder_destroy(struct sj_tile_encoder *encoder)
{
	if (!encoder)
		return;
	free(encoder->work);
	free(encoder);
}

struct sj_tile_decoder *sj_tile_decoder_create(void)
{
	struct sj_tile_decoder *decoder = calloc(1, sizeof(*decoder));
	size_t size = ZSTD_estimateDCtxSize();

	if (!decoder)
		return NULL;
	decoder->work = malloc(size);
	if (decoder->work)
		decoder->context = ZSTD_initStaticDCtx(decoder->work, size);
	if (!decoder->context) {
		sj_tile_decoder_destroy(decoder);
		return NULL;
	}
	return decoder;
}

void sj_tile_decoder_destroy(struct sj_tile_decoder *decoder)
{
	if (!decoder)
		return;
	free(decoder->work);
	free(decoder);
}

static bool is_tile(const struct sj_rect *rect, const struct sj_size *size)
{
	return sj_rect_fits(rect, size) && rect->width_px <= SJ_LIMIT_TILE_PX &&
	       rect->height_px <= SJ_LIMIT_TILE_PX;
}

static size_t plain_bytes(const struct sj_rect *rect)
{
	return (size_t)rect->width_px * rect->height_px * 3;
}

size_t sj_tile_bound(const struct sj_rect *rect)
{
	return LENGTH_BYTES + HEAD_BYTES + plain_bytes(rect);
}

static uint8_t *pixel_at(
	const struct sj_tile_image *image, const struct sj_rect *rect, size_t y)
{
	return image->pixels + (rect->y_px + y) * image->stride_bytes +
	       (size_t)rect->x_px * 4;
}

static void take_pixels(uint8_t *plain, const struct sj_tile_image *image,
	const struct sj_rect *rect)
{
	for (size_t y = 0; y < rect->height_px; y++) {
		const uint8_t *from = pixel_at(image, rect, y);

		for (size_t x = 0; x < rect->width_px; x++) {
			memcpy(plain, from, 3);
			plain += 3;
			from += 4;
		}
	}
}

static void put_pixels(struct sj_tile_image *image, const struct sj_rect *rect,
	const uint8_t *plain)
{
	for (size_t y = 0; y < rect->height_px; y++) {
		uint8_t *to = pixel_at(image, rect, y);

		for (size_t x = 0; x < rect->width_px; x++) {
			memcpy(to, plain, 3);
			to[3] = 0;
			plain += 3;
			to += 4;
		}
	}
}

enum sj_step sj_tile_encode(struct sj_tile_encoder *encoder,
	const struct sj_tile_image *image, const struct sj_rect *rect,
	struct sj_writer *out)
{
	size_t plain_size = plain_bytes(rect);
	const uint8_t *body = encoder->packed;
	uint8_t method = METHOD_ZSTD;
	size_t size;
	bool is_written;

	assert(is_tile(rect, &image->size));
	if (sj_writer_room(out) < sj_tile_bound(rect))
		return SJ_STEP_FULL;
	take_pixels(encoder->plain, image, rect);
	/* Less room than the pixels: what does not shrink is stored. */
	size = ZSTD_compressCCtx(encoder->context, encoder->packed,
		plain_size - 1, encoder->plain, plain_size, LEVEL);
	if (ZSTD_isError(size)) {
		method = METHOD_STORED;
		body = encoder->plain;
		size = plain_size;
	}
	is_written = sj_write_u32(out, (uint32_t)(HEAD_BYTES + size)) &&
		     sj_write_u8(out, VERSION) && sj_write_u8(out, method) &&
		     sj_write_bytes(out, body, size);
	assert(is_written);
	return SJ_STEP_DONE;
}

/* Unpacks body, which has to be one frame of exactly plain_size bytes. */
static bool unpack(struct sj_tile_decoder *decoder, const uint8_t *body,
	size_t size, size_t plain_size)
{
	size_t frame = ZSTD_findFrameCompressedSize(body, size);
	size_t got;

	if (ZSTD_isError(frame) || frame != size ||
		ZSTD_getFrameContentSize(body, size) != plain_size)
		return false;
	got = ZSTD_decompressDCtx(
		decoder->context, decoder->plain, plain_size, body, size);
	return !ZSTD_isError(got) && got == plain_size;
}

enum sj_step sj_tile_decode(struct sj_tile_decoder *decoder,
	const uint8_t *payload, size_t size, const struct sj_rect *rect,
	struct sj_tile_image *image)
{
	size_t plain_size = plain_bytes(rect);
	const uint8_t *body;

	if (!is_tile(rect, &image->size) || size < HEAD_BYTES ||
		payload[0] != VERSION)
		return SJ_STEP_REFUSE;
	body = payload + HEAD_BYTES;
	size -= HEAD_BYTES;
	if (payload[1] == METHOD_STORED) {
		if (size != plain_size)
			return SJ_STEP_REFUSE;
	} else if (payload[1] == METHOD_ZSTD) {
		if (!unpack(decoder, body, size, plain_size))
			return SJ_STEP_REFUSE;
		body = decoder->plain;
	} else {
		return SJ_STEP_REFUSE;
	}
	put_pixels(image, rect, body);
	return SJ_STEP_DONE;
}
