/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/tile/tile.h"

#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "protocol/base/limits.h"
#include "tests/support/suite.h"

#define WIDTH 100
#define HEIGHT 80
#define STRIDE ((size_t)WIDTH * 4 + 12)
#define GUARD 0xa5

static uint8_t source[STRIDE * HEIGHT];
static uint8_t target[STRIDE * HEIGHT];
static uint8_t wire[SJ_LIMIT_UPDATE_BYTES];
static struct sj_tile_encoder *encoder;
static struct sj_tile_decoder *decoder;

static struct sj_tile_image image_of(uint8_t *pixels)
{
	struct sj_tile_image image = {pixels, STRIDE, {WIDTH, HEIGHT}};

	return image;
}

/* Pixels 0: one colour, 1: a gradient, 2: noise; the 4th byte is noise. */
static void paint(int pattern)
{
	uint32_t state = 12345;

	for (size_t i = 0; i < sizeof(source); i++) {
		state = state * 1664525 + 1013904223;
		if (i % 4 == 3 || pattern == 2)
			source[i] = (uint8_t)(state >> 24);
		else
			source[i] = pattern == 0 ? 0x40 : (uint8_t)(i / 4);
	}
}

static void open_both(int pattern)
{
	encoder = sj_tile_encoder_create();
	decoder = sj_tile_decoder_create();
	ck_assert_ptr_nonnull(encoder);
	ck_assert_ptr_nonnull(decoder);
	paint(pattern);
	memset(target, GUARD, sizeof(target));
}

static void close_both(void)
{
	sj_tile_encoder_destroy(encoder);
	sj_tile_decoder_destroy(decoder);
}

/* Bytes of the payload, which is then at wire + 4. */
static size_t encode(const struct sj_rect *rect)
{
	struct sj_tile_image image = image_of(source);
	struct sj_writer out = sj_writer_of(wire, sizeof(wire));
	struct sj_reader in;
	uint32_t length = 0;

	ck_assert_int_eq(
		sj_tile_encode(encoder, &image, rect, &out), SJ_STEP_DONE);
	in = sj_reader_of(wire, out.at);
	ck_assert_int_eq(sj_read_u32(&in, &length), 1);
	ck_assert_uint_eq(length, out.at - 4);
	ck_assert_uint_le(out.at, sj_tile_bound(rect));
	return length;
}

static enum sj_step decode(
	const uint8_t *payload, size_t size, const struct sj_rect *rect)
{
	struct sj_tile_image image = image_of(target);

	return sj_tile_decode(decoder, payload, size, rect, &image);
}

static void check_pixels(const struct sj_rect *rect)
{
	for (size_t y = 0; y < HEIGHT; y++) {
		for (size_t x = 0; x < STRIDE / 4; x++) {
			const uint8_t *was = source + y * STRIDE + x * 4;
			const uint8_t *is = target + y * STRIDE + x * 4;
			const uint8_t guard[4] = {GUARD, GUARD, GUARD, GUARD};
			const uint8_t copy[4] = {was[0], was[1], was[2], 0};
			int is_inside =
				x >= rect->x_px &&
				x < (size_t)rect->x_px + rect->width_px &&
				y >= rect->y_px &&
				y < (size_t)rect->y_px + rect->height_px;

			ck_assert_mem_eq(is, is_inside ? copy : guard, 4);
		}
	}
}

static const struct sj_rect rects[] = {
	{0, 0, 64, 64},
	{36, 16, 64, 64},
	{0, 0, 1, 1},
	{99, 79, 1, 1},
	{7, 9, 64, 1},
	{7, 9, 1, 64},
	{13, 11, 33, 17},
};
#define RECTS (sizeof(rects) / sizeof(rects[0]))

START_TEST(gives_back_every_pixel_and_touches_no_other)
{
	for (int pattern = 0; pattern < 3; pattern++) {
		size_t size;

		open_both(pattern);
		size = encode(&rects[_i]);
		ck_assert_int_eq(
			decode(wire + 4, size, &rects[_i]), SJ_STEP_DONE);
		check_pixels(&rects[_i]);
		close_both();
	}
}
END_TEST

START_TEST(packs_one_colour_and_stores_noise)
{
	open_both(0);
	ck_assert_uint_lt(encode(&rects[0]), 64);
	ck_assert_uint_eq(wire[5], 1);
	close_both();
	open_both(2);
	ck_assert_uint_eq(encode(&rects[0]), 2 + 64 * 64 * 3);
	ck_assert_uint_eq(wire[5], 0);
	close_both();
}
END_TEST

START_TEST(writes_nothing_without_room_for_the_worst_case)
{
	struct sj_tile_image image = image_of(source);
	struct sj_writer out = sj_writer_of(wire, sj_tile_bound(&rects[0]) - 1);

	open_both(0);
	ck_assert_int_eq(
		sj_tile_encode(encoder, &image, &rects[0], &out), SJ_STEP_FULL);
	ck_assert_uint_eq(out.at, 0);
	out.size++;
	ck_assert_int_eq(
		sj_tile_encode(encoder, &image, &rects[0], &out), SJ_STEP_DONE);
	close_both();
}
END_TEST

START_TEST(refuses_a_tile_larger_than_64_or_outside_the_picture)
{
	static const struct sj_rect bad[] = {
		{0, 0, 65, 1},
		{0, 0, 1, 65},
		{99, 0, 2, 1},
		{0, 79, 1, 2},
		{0, 0, 0, 1},
		{0, 0, 1, 0},
		{65535, 65535, 64, 64},
	};
	uint8_t payload[2 + 65 * 3 + 3] = {0, 0};

	open_both(0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		size_t size =
			2 + (size_t)bad[i].width_px * bad[i].height_px * 3;

		if (size > sizeof(payload))
			size = sizeof(payload);
		ck_assert_int_eq(
			decode(payload, size, &bad[i]), SJ_STEP_REFUSE);
	}
	ck_assert_uint_eq(target[0], GUARD);
	close_both();
}
END_TEST

START_TEST(refuses_other_versions_methods_and_lengths)
{
	size_t size;

	open_both(2);
	size = encode(&rects[6]);
	ck_assert_int_eq(decode(wire + 4, 0, &rects[6]), SJ_STEP_REFUSE);
	ck_assert_int_eq(decode(wire + 4, 1, &rects[6]), SJ_STEP_REFUSE);
	ck_assert_int_eq(decode(wire + 4, size - 1, &rects[6]), SJ_STEP_REFUSE);
	ck_assert_int_eq(decode(wire + 4, size + 1, &rects[6]), SJ_STEP_REFUSE);
	wire[4] = 1;
	ck_assert_int_eq(decode(wire + 4, size, &rects[6]), SJ_STEP_REFUSE);
	wire[4] = 0;
	wire[5] = 2;
	ck_assert_int_eq(decode(wire + 4, size, &rects[6]), SJ_STEP_REFUSE);
	wire[5] = 0;
	ck_assert_int_eq(decode(wire + 4, size, &rects[6]), SJ_STEP_DONE);
	close_both();
}
END_TEST

/* A packed tile of plain_size bytes as rects[6] at wire + 4. */
static size_t pack(size_t plain_size)
{
	static uint8_t plain[64 * 64 * 3 + 1];
	size_t size;

	wire[4] = 0;
	wire[5] = 1;
	size = ZSTD_compress(wire + 6, sizeof(wire) - 6, plain, plain_size, 1);
	ck_assert_int_eq((int)ZSTD_isError(size), 0);
	return 2 + size;
}

START_TEST(refuses_packed_tiles_of_another_size)
{
	const size_t right = 33 * 17 * 3;

	open_both(0);
	ck_assert_int_eq(
		decode(wire + 4, pack(right), &rects[6]), SJ_STEP_DONE);
	ck_assert_int_eq(
		decode(wire + 4, pack(right - 1), &rects[6]), SJ_STEP_REFUSE);
	ck_assert_int_eq(
		decode(wire + 4, pack(right + 1), &rects[6]), SJ_STEP_REFUSE);
	ck_assert_int_eq(decode(wire + 4, pack(0), &rects[6]), SJ_STEP_REFUSE);
	close_both();
}
END_TEST

START_TEST(refuses_anything_behind_the_packed_frame)
{
	size_t size;

	open_both(0);
	size = pack(33 * 17 * 3);
	wire[4 + size] = 0;
	ck_assert_int_eq(decode(wire + 4, size + 1, &rects[6]), SJ_STEP_REFUSE);
	/* An empty second frame would decode to nothing more. */
	size += ZSTD_compress(
		wire + 4 + size, sizeof(wire) - 4 - size, "", 0, 1);
	ck_assert_int_eq(decode(wire + 4, size, &rects[6]), SJ_STEP_REFUSE);
	close_both();
}
END_TEST

START_TEST(goes_on_after_a_refusal)
{
	size_t size;

	open_both(1);
	size = encode(&rects[0]);
	wire[20] ^= 0xff;
	(void)!decode(wire + 4, size, &rects[0]);
	wire[20] ^= 0xff;
	memset(target, GUARD, sizeof(target));
	ck_assert_int_eq(decode(wire + 4, size, &rects[0]), SJ_STEP_DONE);
	check_pixels(&rects[0]);
	close_both();
}
END_TEST

START_TEST(bounds_are_never_above_what_a_gate_carries)
{
	const struct sj_rect largest = {
		0, 0, SJ_LIMIT_TILE_PX, SJ_LIMIT_TILE_PX};

	ck_assert_uint_eq(sj_tile_bound(&largest), 4 + 2 + 64 * 64 * 3);
	ck_assert_uint_lt(sj_tile_bound(&largest) + 16, SJ_LIMIT_UPDATE_BYTES);
	sj_tile_encoder_destroy(NULL);
	sj_tile_decoder_destroy(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		packs_one_colour_and_stores_noise,
		writes_nothing_without_room_for_the_worst_case,
		refuses_a_tile_larger_than_64_or_outside_the_picture,
		refuses_other_versions_methods_and_lengths,
		refuses_packed_tiles_of_another_size,
		refuses_anything_behind_the_packed_frame,
		goes_on_after_a_refusal,
		bounds_are_never_above_what_a_gate_carries,
	};
	const struct sj_suite_loop loops[] = {
		{gives_back_every_pixel_and_touches_no_other, RECTS},
	};

	return sj_suite_run_loops("tile", tests,
		sizeof(tests) / sizeof(tests[0]), loops,
		sizeof(loops) / sizeof(loops[0]));
}
