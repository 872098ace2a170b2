/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/tile_rig.h"

#include <stdlib.h>
#include <string.h>

static struct sj_tile_image picture(uint16_t width_px, uint16_t height_px)
{
	struct sj_tile_image image = {
		calloc((size_t)width_px * height_px, 4),
		(size_t)width_px * 4,
		{width_px, height_px},
	};

	if (!image.pixels)
		abort();
	return image;
}

void sj_tile_rig_open(
	struct sj_tile_rig *rig, uint16_t width_px, uint16_t height_px)
{
	memset(rig, 0, sizeof(*rig));
	rig->encoder = sj_tile_encoder_create(12345);
	rig->decoder = sj_tile_decoder_create();
	if (!rig->encoder || !rig->decoder)
		abort();
	rig->host = picture(width_px, height_px);
	rig->viewer = picture(width_px, height_px);
	rig->random = 1;
}

void sj_tile_rig_close(struct sj_tile_rig *rig)
{
	sj_tile_encoder_destroy(rig->encoder);
	sj_tile_decoder_destroy(rig->decoder);
	free(rig->host.pixels);
	free(rig->viewer.pixels);
}

void sj_tile_rig_reset(struct sj_tile_rig *rig)
{
	size_t bytes = rig->host.stride_bytes * rig->host.size.height_px;

	sj_tile_encoder_reset(rig->encoder);
	sj_tile_encoder_set_slow(rig->encoder, false);
	sj_tile_decoder_reset(rig->decoder);
	memset(rig->host.pixels, 0, bytes);
	memset(rig->viewer.pixels, 0, bytes);
	rig->random = 1;
}

uint32_t *sj_tile_rig_pixel(struct sj_tile_rig *rig, size_t x, size_t y)
{
	void *row = rig->host.pixels + y * rig->host.stride_bytes;

	return (uint32_t *)row + x;
}

uint32_t sj_tile_rig_random(struct sj_tile_rig *rig)
{
	rig->random ^= rig->random << 13;
	rig->random ^= rig->random >> 17;
	rig->random ^= rig->random << 5;
	return rig->random;
}

static uint32_t letters(size_t x, size_t y)
{
	if (y % 20 > 12 || x % 9 > 6 || (x * y / 7) % 3 == 0)
		return 0xffffff;
	return (uint32_t)(0x010101 * ((x * 31 + y * 17) % 16 * 16));
}

static uint32_t painted(
	struct sj_tile_rig *rig, enum sj_tile_paint paint, size_t x, size_t y)
{
	const struct sj_size *size = &rig->host.size;

	switch (paint) {
	case SJ_TILE_PAINT_NOISE:
		return sj_tile_rig_random(rig);
	case SJ_TILE_PAINT_GRADIENT:
		return (uint32_t)((x * 255 / size->width_px) << 16 |
				  (y * 255 / size->height_px) << 8 |
				  ((x + y) & 255));
	case SJ_TILE_PAINT_LETTERS:
		return letters(x, y);
	case SJ_TILE_PAINT_STRIPES:
		return (uint32_t)((x & 1) * 0xffffff ^ y * 0x10305);
	case SJ_TILE_PAINT_ONE_COLOUR:
	case SJ_TILE_PAINTS:
		break;
	}
	return 0xff123456;
}

void sj_tile_rig_paint(struct sj_tile_rig *rig, const struct sj_rect *rect,
	enum sj_tile_paint paint)
{
	for (size_t y = rect->y_px; y < rect->y_px + rect->height_px; y++)
		for (size_t x = rect->x_px; x < rect->x_px + rect->width_px;
			x++)
			*sj_tile_rig_pixel(rig, x, y) =
				painted(rig, paint, x, y);
}

/* Ends the payload and gives it to the decoder, as the wire would. */
static bool deliver(struct sj_tile_rig *rig)
{
	struct sj_writer out;
	struct sj_reader in;
	struct sj_rect rect;
	size_t bound = sj_tile_bound(rig->encoder, 0);
	uint32_t size = 0;

	if (bound > SJ_LIMIT_UPDATE_BYTES)
		return false;
	out = sj_writer_of(rig->data, bound - 1);
	if (sj_tile_end(rig->encoder, &out, &rect) != SJ_STEP_FULL)
		return false;
	out = sj_writer_of(rig->data, bound);
	if (sj_tile_end(rig->encoder, &out, &rect) != SJ_STEP_DONE)
		return false;
	rig->payloads++;
	rig->bytes += out.at;
	in = sj_reader_of(rig->data, out.at);
	if (!sj_read_u32(&in, &size) || size != sj_reader_left(&in) ||
		size > sj_rect_area(&rect) * 4 + SJ_LIMIT_TILE_EXTRA_BYTES ||
		sj_tile_decode(rig->decoder, rig->data + 4, size, &rect,
			&rig->viewer) != SJ_STEP_DONE)
		return false;
	if (rig->watch)
		rig->watch(rig, &rect, rig->data + 4, size);
	return true;
}

static bool add(struct sj_tile_rig *rig, const struct sj_rect *rect)
{
	if (!sj_tile_takes(rig->encoder, rect) ||
		sj_tile_bound(rig->encoder, 1) > SJ_LIMIT_UPDATE_BYTES - 512)
		if (!deliver(rig))
			return false;
	sj_tile_add(rig->encoder, &rig->host, rect);
	return true;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

bool sj_tile_rig_send(struct sj_tile_rig *rig, const struct sj_rect *rect)
{
	const size_t cell = SJ_LIMIT_TILE_PX;
	size_t right = (size_t)rect->x_px + rect->width_px;
	size_t bottom = (size_t)rect->y_px + rect->height_px;

	for (size_t y = rect->y_px; y < bottom; y += cell - y % cell)
		for (size_t x = rect->x_px; x < right; x += cell - x % cell) {
			struct sj_rect part = {(uint16_t)x, (uint16_t)y,
				(uint16_t)least(right - x, cell - x % cell),
				(uint16_t)least(bottom - y, cell - y % cell)};

			if (!add(rig, &part))
				return false;
		}
	return !sj_tile_is_open(rig->encoder) || deliver(rig);
}

static void roll(struct sj_tile_image *image, size_t rows)
{
	size_t bytes = image->stride_bytes * image->size.height_px;
	size_t at = rows % image->size.height_px * image->stride_bytes;
	uint8_t *old = malloc(bytes);

	if (!old)
		abort();
	memcpy(old, image->pixels, bytes);
	memcpy(image->pixels, old + at, bytes - at);
	memcpy(image->pixels + bytes - at, old, at);
	free(old);
}

void sj_tile_rig_roll(struct sj_tile_rig *rig, size_t rows)
{
	roll(&rig->host, rows);
	roll(&rig->viewer, rows);
}

bool sj_tile_rig_keep(struct sj_tile_rig *rig)
{
	const size_t cell = SJ_LIMIT_TILE_PX;

	for (size_t y = 0; y < rig->host.size.height_px; y += cell)
		for (size_t x = 0; x < rig->host.size.width_px; x += cell) {
			struct sj_rect rect = {(uint16_t)x, (uint16_t)y,
				SJ_LIMIT_TILE_PX, SJ_LIMIT_TILE_PX};

			rect = sj_rect_clip(&rect, &rig->host.size);
			if (!sj_tile_takes(rig->encoder, &rect) &&
				!deliver(rig))
				return false;
			sj_tile_keep(rig->encoder, &rig->host, &rect);
		}
	return !sj_tile_is_open(rig->encoder) || deliver(rig);
}

bool sj_tile_rig_is_exact(const struct sj_tile_rig *rig)
{
	size_t bytes = rig->host.stride_bytes * rig->host.size.height_px;

	for (size_t i = 0; i < bytes; i++) {
		uint8_t want = i % 4 == 3 ? 0 : rig->host.pixels[i];

		if (rig->viewer.pixels[i] != want)
			return false;
	}
	return true;
}
