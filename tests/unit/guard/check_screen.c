/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/screen.h"

#include <string.h>

#include "tests/support/suite.h"

static struct sj_screen *screen;

static uint32_t at(size_t x, size_t y)
{
	struct sj_tile_image image = sj_screen_image(screen);
	uint32_t pixel;

	memcpy(&pixel, image.pixels + y * image.stride_bytes + x * 4, 4);
	return pixel;
}

/* Every pixel tells where it is. */
static void begin(uint16_t width_px, uint16_t height_px)
{
	const struct sj_size size = {width_px, height_px};
	const struct sj_rect all = {0, 0, width_px, height_px};

	screen = sj_screen_create();
	ck_assert_ptr_nonnull(screen);
	sj_screen_resize(screen, &size);
	for (uint32_t i = 0; i < (uint32_t)width_px * height_px; i++)
		sj_screen_set(screen, &all, i,
			0xff000000u | i % width_px << 12 | i / width_px);
}

static uint32_t of(uint32_t x, uint32_t y)
{
	return x << 12 | y;
}

START_TEST(keeps_what_both_sizes_share)
{
	const struct sj_size wide = {500, 210}, narrow = {330, 300};

	begin(400, 250);
	ck_assert_uint_eq(at(399, 249), of(399, 249));
	sj_screen_resize(screen, &wide);
	ck_assert_uint_eq(at(399, 209), of(399, 209));
	ck_assert_uint_eq(at(3, 7), of(3, 7));
	ck_assert_uint_eq(at(400, 209), 0);
	sj_screen_resize(screen, &narrow);
	ck_assert_uint_eq(at(329, 209), of(329, 209));
	ck_assert_uint_eq(at(329, 210), 0);
	sj_screen_destroy(screen);
}
END_TEST

START_TEST(copies_over_itself_in_every_direction)
{
	static const int step[][2] = {
		{0, 5}, {0, -5}, {5, 0}, {-5, 0}, {3, 4}, {-3, -4}};

	for (size_t i = 0; i < SJ_COUNT(step); i++) {
		struct sj_rect rect = {(uint16_t)(50 + step[i][0]),
			(uint16_t)(60 + step[i][1]), 100, 90};

		begin(320, 200);
		sj_screen_copy(screen, &rect, 50, 60);
		for (uint32_t y = 0; y < 90; y++)
			for (uint32_t x = 0; x < 100; x++)
				ck_assert_uint_eq(
					at(rect.x_px + x, rect.y_px + y),
					of(50 + x, 60 + y));
		sj_screen_destroy(screen);
	}
}
END_TEST

START_TEST(is_known_when_all_of_it_has_come)
{
	/* 6 tiles by 4, the last ones cut. */
	const struct sj_size size = {330, 200};
	const struct sj_rect top = {0, 0, 330, 150}, left = {0, 150, 200, 50},
			     right = {200, 150, 130, 50},
			     low = {0, 192, 330, 8}, all = {0, 0, 330, 200};

	begin(320, 200);
	ck_assert(!sj_screen_is_known(screen));
	sj_screen_resize(screen, &size);
	sj_screen_know(screen, &top);
	sj_screen_know(screen, &left);
	ck_assert(!sj_screen_is_known(screen));
	sj_screen_know(screen, &right);
	ck_assert(sj_screen_is_known(screen));
	sj_screen_resize(screen, &size);
	ck_assert(!sj_screen_is_known(screen));
	/* The third row of tiles ends at 192, of which 150 have come. */
	sj_screen_know(screen, &top);
	sj_screen_know(screen, &low);
	ck_assert(!sj_screen_is_known(screen));
	sj_screen_know(screen, &all);
	ck_assert(sj_screen_is_known(screen));
	sj_screen_destroy(screen);
}
END_TEST

SJ_SUITE_MAIN("guard_screen", keeps_what_both_sizes_share,
	copies_over_itself_in_every_direction, is_known_when_all_of_it_has_come)
