/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/send/update.h"

#include <string.h>

#include "protocol/rfb/encodings.h"
#include "tests/support/suite.h"

static struct sj_update update;
static struct sj_tile_encoder *encoder;
static uint8_t pixels[64 * 64 * 4];
static const struct sj_rect whole = {0, 0, 64, 64};

static struct sj_tile_image image(void)
{
	struct sj_tile_image made = {pixels, 64 * 4, {64, 64}};

	return made;
}

static void begin(int is_noise)
{
	uint32_t state = 99;

	for (size_t i = 0; i < sizeof(pixels); i++) {
		state = state * 1664525 + 1013904223;
		pixels[i] = is_noise ? (uint8_t)(state >> 24) : 1;
	}
	encoder = sj_tile_encoder_create(1);
	ck_assert_ptr_nonnull(encoder);
	sj_update_begin(&update);
}

START_TEST(says_nothing_when_it_holds_nothing)
{
	const uint8_t *data = NULL;

	begin(0);
	ck_assert_uint_eq(sj_update_end(&update, encoder, &data), 0);
	ck_assert_ptr_null(data);
	sj_tile_encoder_destroy(encoder);
}
END_TEST

START_TEST(writes_the_number_of_rectangles_and_each_of_them)
{
	static const uint8_t caret[] = {
		0, 3, 0, 4, 0, 1, 0, 20, 0x53, 0x4a, 0, 2};
	static const uint8_t head[] = {0, 0, 0, 3};
	const struct sj_rect at = {3, 4, 1, 20};
	const struct sj_rfb_screen_size screen = {
		.cause = SJ_RFB_SIZE_BY_VIEWER, .size = {640, 480}};
	const uint8_t *data = NULL;
	struct sj_tile_image from;
	size_t size;

	begin(0);
	from = image();
	ck_assert(sj_update_add_caret(&update, &at));
	ck_assert(sj_update_add_size(&update, &screen));
	sj_update_add_tile(&update, encoder, &from, &whole);
	size = sj_update_end(&update, encoder, &data);
	ck_assert_uint_gt(size, 4 + 12 + 32 + 12 + 4);
	ck_assert_mem_eq(data, head, sizeof(head));
	ck_assert_mem_eq(data + 4, caret, sizeof(caret));
	ck_assert_uint_eq(data[4 + 12 + 1], 1); /* by the viewer */
	sj_tile_encoder_destroy(encoder);
}
END_TEST

START_TEST(takes_a_cursor_of_64_and_no_larger)
{
	static struct sj_update_cursor cursor;
	const uint8_t *data = NULL;

	begin(0);
	cursor.size = (struct sj_size){64, 64};
	cursor.hot_x_px = 7;
	cursor.hot_y_px = 9;
	ck_assert(sj_update_add_cursor(&update, &cursor));
	ck_assert_uint_eq(
		sj_update_end(&update, encoder, &data), 4 + 12 + 64 * 64 * 4);
	ck_assert_uint_eq(data[5], 7);
	ck_assert_uint_eq(data[7], 9);
	cursor.size = (struct sj_size){65, 64};
	ck_assert(!sj_update_add_cursor(&update, &cursor));
	ck_assert_uint_eq(
		sj_update_end(&update, encoder, &data), 4 + 12 + 64 * 64 * 4);
	sj_tile_encoder_destroy(encoder);
}
END_TEST

START_TEST(never_grows_beyond_an_update)
{
	const uint8_t *data = NULL;
	struct sj_tile_image from;
	size_t count = 0, size;

	begin(1);
	from = image();
	while (sj_update_has_room(&update, encoder)) {
		/* Noise that was not seen yet, in the same place. */
		memmove(pixels, pixels + 3, sizeof(pixels) - 3);
		sj_update_add_tile(&update, encoder, &from, &whole);
		count++;
	}
	size = sj_update_end(&update, encoder, &data);
	ck_assert_uint_ge(count, 3);
	ck_assert_uint_le(size, SJ_LIMIT_UPDATE_BYTES);
	ck_assert_uint_ge(size, SJ_LIMIT_UPDATE_BYTES / 2);
	ck_assert_uint_eq(sj_update_end(&update, encoder, &data), size);
	ck_assert_uint_eq(data[3], count);
	sj_tile_encoder_destroy(encoder);
}
END_TEST

START_TEST(neighbouring_tiles_share_a_rectangle_and_distant_ones_do_not)
{
	static uint8_t wide[64 * 64 * 4 * 60];
	struct sj_tile_image from = {wide, 64 * 4 * 60, {64 * 60, 64}};
	const struct sj_rect at[] = {
		{0, 0, 64, 64}, {70, 3, 5, 5}, {64 * 59, 0, 64, 64}};
	const uint8_t *data = NULL;

	begin(0);
	for (size_t i = 0; i < 3; i++)
		sj_update_add_tile(&update, encoder, &from, &at[i]);
	ck_assert_uint_gt(sj_update_end(&update, encoder, &data), 0);
	ck_assert_uint_eq(data[3], 2);
	ck_assert_uint_eq(data[4 + 5], 128); /* width of the first */
	sj_tile_encoder_destroy(encoder);
}
END_TEST

START_TEST(holds_no_more_rectangles_than_the_gate_lets_through)
{
	const struct sj_rect at = {0, 0, 1, 1};
	const uint8_t *data = NULL;

	begin(0);
	for (int i = 0; i < SJ_LIMIT_RECTS; i++)
		ck_assert(sj_update_add_caret(&update, &at));
	ck_assert(!sj_update_has_room(&update, encoder));
	ck_assert(!sj_update_add_caret(&update, &at));
	ck_assert_uint_eq(sj_update_end(&update, encoder, &data),
		4 + 12 * SJ_LIMIT_RECTS);
	sj_tile_encoder_destroy(encoder);
}
END_TEST

SJ_SUITE_MAIN("update", says_nothing_when_it_holds_nothing,
	writes_the_number_of_rectangles_and_each_of_them,
	takes_a_cursor_of_64_and_no_larger, never_grows_beyond_an_update,
	neighbouring_tiles_share_a_rectangle_and_distant_ones_do_not,
	holds_no_more_rectangles_than_the_gate_lets_through)
