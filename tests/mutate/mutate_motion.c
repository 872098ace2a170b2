/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Motion rectangles damaged in every small way: the decoder ends with DONE or
 * REFUSE, never touches a pixel outside the rectangle, leaves the 4th byte of
 * what it decodes 0, and decodes the undamaged one after that as before.
 */
#include <string.h>

#include "protocol/motion/motion.h"
#include "tests/support/mutate.h"
#include "tests/support/suite.h"

#define SIDE 40
#define GUARD 0x5a

static const struct sj_rect rect = {4, 4, 16, 8};
static uint8_t pixels[SIDE * SIDE * 4];
static struct sj_motion_decoder *decoder;
static size_t done, refused;

/* Of the whole picture: those outside, and 4th bytes inside, that are wrong. */
static size_t wrong_bytes(bool is_done)
{
	size_t wrong = 0;

	for (size_t i = 0; i < sizeof(pixels); i++) {
		size_t x = i / 4 % SIDE, y = i / 4 / SIDE;

		if (x < 4 || x >= 20 || y < 4 || y >= 12)
			wrong += pixels[i] != GUARD;
		else if (is_done && i % 4 == 3)
			wrong += pixels[i] != 0;
	}
	return wrong;
}

static enum sj_step decode(const uint8_t *data, size_t size)
{
	struct sj_tile_image image = {pixels, SIDE * 4, {SIDE, SIDE}};

	memset(pixels, GUARD, sizeof(pixels));
	return sj_motion_decode(decoder, data, size, &rect, &image);
}

static void try_bytes(void *self, const uint8_t *data, size_t size)
{
	enum sj_step step = decode(data, size);

	(void)self;
	ck_assert_uint_eq(wrong_bytes(step == SJ_STEP_DONE), 0);
	if (step == SJ_STEP_REFUSE) {
		refused++;
		return;
	}
	ck_assert_int_eq(step, SJ_STEP_DONE);
	done++;
}

START_TEST(survives_every_small_damage)
{
	uint8_t payload[SJ_MUTATE_BYTES];
	struct sj_tile_image image = {pixels, SIDE * 4, {SIDE, SIDE}};
	struct sj_motion_encoder *encoder = sj_motion_encoder_create();
	struct sj_writer out = sj_writer_of(payload, sizeof(payload));
	size_t tried;

	decoder = sj_motion_decoder_create();
	ck_assert_ptr_nonnull(encoder);
	ck_assert_ptr_nonnull(decoder);
	for (size_t i = 0; i < sizeof(pixels); i++)
		pixels[i] = (uint8_t)(i * i >> 6);
	ck_assert_int_eq(
		sj_motion_encode(encoder, &image, &rect, 60 + _i * 20, &out),
		SJ_STEP_DONE);
	done = refused = 0;
	tried = sj_mutate_each(payload + 4, out.at - 4, try_bytes, NULL);
	ck_assert_uint_eq(done + refused, tried);
	ck_assert_uint_gt(done, 0);
	ck_assert_uint_gt(refused, 0);
	ck_assert_int_eq(decode(payload + 4, out.at - 4), SJ_STEP_DONE);
	sj_motion_encoder_destroy(encoder);
	sj_motion_decoder_destroy(decoder);
}
END_TEST

int main(void)
{
	const struct sj_suite_loop loops[] = {{survives_every_small_damage, 3}};

	return sj_suite_run_loops("mutate_motion", NULL, 0, loops, 1);
}
