/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tiles damaged in every small way: the decoder ends with DONE or REFUSE, never
 * touches a pixel outside the rectangle, leaves the 4th byte of what it
 * decodes 0, and decodes the undamaged tile after a reset as before.
 */
#include <string.h>

#include "protocol/base/limits.h"
#include "protocol/tile/tile.h"
#include "tests/support/mutate.h"
#include "tests/support/suite.h"

#define SIDE 40
#define GUARD 0x5a

static struct sj_rect rect;
static uint8_t pixels[SIDE * SIDE * 4];
static struct sj_tile_decoder *decoder;
static size_t done, refused;

/* Counted, so that Check looks once a damage and not once a pixel. */
static size_t touched_outside(void)
{
	size_t touched = 0;

	for (size_t i = 0; i < sizeof(pixels); i++) {
		size_t x = i / 4 % SIDE, y = i / 4 / SIDE;

		if (x < 4 || x >= 4u + rect.width_px || y < 4 ||
			y >= 4u + rect.height_px)
			touched += pixels[i] != GUARD;
	}
	return touched;
}

static size_t fourth_bytes(void)
{
	size_t count = 0;

	for (size_t y = 4; y < 4u + rect.height_px; y++)
		for (size_t x = 4; x < 4u + rect.width_px; x++)
			count += pixels[(y * SIDE + x) * 4 + 3] != 0;
	return count;
}

static enum sj_step decode(const uint8_t *data, size_t size)
{
	struct sj_tile_image image = {pixels, SIDE * 4, {SIDE, SIDE}};

	sj_tile_decoder_reset(decoder);
	memset(pixels, GUARD, sizeof(pixels));
	return sj_tile_decode(decoder, data, size, &rect, &image);
}

static void try_bytes(void *self, const uint8_t *data, size_t size)
{
	enum sj_step step = decode(data, size);

	(void)self;
	ck_assert_uint_eq(touched_outside(), 0);
	if (step == SJ_STEP_REFUSE) {
		refused++;
		return;
	}
	ck_assert_int_eq(step, SJ_STEP_DONE);
	ck_assert_uint_eq(fourth_bytes(), 0);
	done++;
}

/* Encodes a pattern; returns the bytes of the payload in payload, which has
 * room for SJ_MUTATE_BYTES. */
static size_t sample(int kind, uint8_t *payload)
{
	struct sj_tile_image image = {pixels, rect.width_px * (size_t)4,
		{rect.width_px, rect.height_px}};
	const struct sj_rect whole = {0, 0, rect.width_px, rect.height_px};
	struct sj_rect covered;
	struct sj_tile_encoder *encoder = sj_tile_encoder_create(1);
	static uint8_t data[SJ_LIMIT_UPDATE_BYTES];
	struct sj_writer out = sj_writer_of(data, sizeof(data));
	uint32_t state = 7;

	for (size_t i = 0; i < sizeof(pixels); i++) {
		state = state * 1664525 + 1013904223;
		pixels[i] = kind == 0       ? (uint8_t)(i / 64)
			    : kind == 1     ? (uint8_t)(state >> 24)
			    : kind == 2     ? (uint8_t)(state >> 31)
			    : i / 4 % 9 < 2 ? (uint8_t)(i / 4 % 5 * 50)
					    : 255;
	}
	ck_assert_ptr_nonnull(encoder);
	sj_tile_add(encoder, &image, &whole);
	ck_assert_int_eq(sj_tile_end(encoder, &out, &covered), SJ_STEP_DONE);
	sj_tile_encoder_destroy(encoder);
	ck_assert_uint_le(out.at - 4, SJ_MUTATE_BYTES);
	memcpy(payload, data + 4, out.at - 4);
	return out.at - 4;
}

START_TEST(survives_every_small_damage)
{
	static const uint8_t flags[] = {0, 2, 1, 4};
	uint8_t payload[SJ_MUTATE_BYTES];
	size_t size, tried;

	done = refused = 0;
	/* The model is for cells of some size. */
	rect = _i == 3 ? (struct sj_rect){4, 4, 24, 32}
		       : (struct sj_rect){4, 4, 16, 8};
	size = sample(_i, payload);
	decoder = sj_tile_decoder_create();
	ck_assert_ptr_nonnull(decoder);
	/* Tokens, packed or not; planes; the model. */
	ck_assert_uint_eq(payload[0] & 7, flags[_i]);
	tried = sj_mutate_each(payload, size, try_bytes, NULL);
	ck_assert_uint_eq(done + refused, tried);
	ck_assert_uint_gt(done, 0);
	ck_assert_uint_gt(refused, 0);
	ck_assert_int_eq(decode(payload, size), SJ_STEP_DONE);
	sj_tile_decoder_destroy(decoder);
}
END_TEST

int main(void)
{
	const struct sj_suite_loop loops[] = {{survives_every_small_damage, 4}};

	return sj_suite_run_loops("mutate_tile", NULL, 0, loops, 1);
}
