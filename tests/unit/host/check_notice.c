/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/notice.h"

#include <string.h>

#include "tests/support/suite.h"

#define SIDE 120

static uint32_t pixels[SIDE * SIDE];
static uint32_t above[20 * 4], below[30 * 4], digit[10][2 * 3];
static struct sj_notice notice;

/* Parts of one colour each: digit n is 0x100 + n. */
static struct sj_tile_image begin(uint16_t width, uint16_t height)
{
	struct sj_tile_image canvas = {
		(uint8_t *)pixels, (size_t)width * 4, {width, height}};

	for (size_t i = 0; i < 20 * 4; i++)
		above[i] = 0xaa;
	for (size_t i = 0; i < 30 * 4; i++)
		below[i] = 0xbb;
	notice.above = (struct sj_notice_part){{20, 4}, above};
	notice.below = (struct sj_notice_part){{30, 4}, below};
	for (uint32_t n = 0; n < 10; n++) {
		for (size_t i = 0; i < 2 * 3; i++)
			digit[n][i] = 0x100 + n;
		notice.digit[n] = (struct sj_notice_part){{2, 3}, digit[n]};
	}
	memset(pixels, 0xff, sizeof(pixels));
	return canvas;
}

static size_t count_of(uint32_t colour)
{
	size_t count = 0;

	for (size_t i = 0; i < SIDE * SIDE; i++)
		count += pixels[i] == colour;
	return count;
}

START_TEST(puts_texts_and_number_on_paper)
{
	struct sj_tile_image canvas = begin(SIDE, SIDE);

	sj_notice_compose(&notice, &canvas, 305);
	ck_assert_uint_eq(count_of(0xaa), 20 * 4);
	ck_assert_uint_eq(count_of(0xbb), 30 * 4);
	ck_assert_uint_eq(count_of(0x103), 2 * 3);
	ck_assert_uint_eq(count_of(0x100), 2 * 3);
	ck_assert_uint_eq(count_of(0x105), 2 * 3);
	ck_assert_uint_eq(count_of(SJ_NOTICE_PAPER),
		SIDE * SIDE - 20 * 4 - 30 * 4 - 3 * 6);
}
END_TEST

START_TEST(writes_digits_in_their_order)
{
	struct sj_tile_image canvas = begin(SIDE, SIDE);
	size_t at = 0;

	sj_notice_compose(&notice, &canvas, 12);
	while (at < SIDE * SIDE && pixels[at] != 0x101)
		at++;
	ck_assert_uint_lt(at, SIDE * SIDE);
	ck_assert_uint_eq(pixels[at + 1], 0x101);
	ck_assert_uint_eq(pixels[at + 2], 0x102);
}
END_TEST

START_TEST(shows_no_number_for_0)
{
	struct sj_tile_image canvas = begin(SIDE, SIDE);

	sj_notice_compose(&notice, &canvas, 0);
	for (uint32_t n = 0; n < 10; n++)
		ck_assert_uint_eq(count_of(0x100 + n), 0);
}
END_TEST

START_TEST(stays_inside_a_screen_that_is_too_small)
{
	struct sj_tile_image canvas = begin(10, 7);

	/* Rows lie apart: what runs over the edge shows. */
	canvas.stride_bytes = SIDE * 4;
	sj_notice_compose(&notice, &canvas, UINT32_MAX);
	for (size_t i = 0; i < SIDE * SIDE; i++)
		if (pixels[i] != UINT32_MAX &&
			(i % SIDE >= 10 || i >= 7 * SIDE))
			ck_abort_msg("pixel %zu outside was drawn", i);
}
END_TEST

START_TEST(draws_its_texts_with_fonts)
{
	struct sj_notice *drawn = sj_notice_create(SJ_NOTICE_WAITING);
	size_t ink = 0;

	ck_assert_ptr_nonnull(drawn);
	ck_assert_uint_gt(drawn->above.size.width_px, 200);
	for (size_t i = 0; i < (size_t)drawn->above.size.width_px *
				       drawn->above.size.height_px;
		i++) {
		ck_assert_uint_le(drawn->above.pixels[i], 0xffffff);
		ink += drawn->above.pixels[i] != SJ_NOTICE_PAPER;
	}
	ck_assert_uint_gt(ink, 1000);
	sj_notice_destroy(drawn);
	sj_notice_destroy(NULL);
	ck_assert_ptr_null(sj_notice_create(SJ_NOTICE_KINDS));
}
END_TEST

SJ_SUITE_MAIN("notice", puts_texts_and_number_on_paper,
	writes_digits_in_their_order, shows_no_number_for_0,
	stays_inside_a_screen_that_is_too_small, draws_its_texts_with_fonts)
