/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/rect.h"

#include "protocol/base/attr.h"
#include "tests/support/suite.h"

static void assert_rect(
	struct sj_rect got, unsigned x, unsigned y, unsigned w, unsigned h)
{
	ck_assert_uint_eq(got.x_px, x);
	ck_assert_uint_eq(got.y_px, y);
	ck_assert_uint_eq(got.width_px, w);
	ck_assert_uint_eq(got.height_px, h);
}

static const struct sj_size screen = {640, 480};

START_TEST(fits_up_to_the_last_pixel)
{
	static const struct {
		struct sj_rect rect;
		bool fits;
	} rows[] = {
		{{0, 0, 640, 480}, true},
		{{639, 479, 1, 1}, true},
		{{0, 0, 641, 480}, false},
		{{0, 0, 640, 481}, false},
		{{1, 0, 640, 480}, false},
		{{0, 1, 640, 480}, false},
		{{640, 0, 1, 1}, false},
		{{0, 0, 0, 1}, false},
		{{0, 0, 1, 0}, false},
		{{65535, 0, 65535, 1}, false},
		{{0, 65535, 1, 65535}, false},
	};

	for (size_t i = 0; i < SJ_COUNT(rows); i++)
		ck_assert_int_eq(
			sj_rect_fits(&rows[i].rect, &screen), rows[i].fits);
}
END_TEST

START_TEST(clips_to_the_screen)
{
	struct sj_rect past = {600, 470, 65535, 65535};
	struct sj_rect outside = {640, 0, 5, 5};
	struct sj_rect below = {0, 480, 5, 5};
	struct sj_rect inside = {1, 2, 3, 4};
	struct sj_rect empty = {1, 2, 0, 4};

	assert_rect(sj_rect_clip(&past, &screen), 600, 470, 40, 10);
	assert_rect(sj_rect_clip(&outside, &screen), 0, 0, 0, 0);
	assert_rect(sj_rect_clip(&below, &screen), 0, 0, 0, 0);
	assert_rect(sj_rect_clip(&inside, &screen), 1, 2, 3, 4);
	assert_rect(sj_rect_clip(&empty, &screen), 0, 0, 0, 0);
}
END_TEST

START_TEST(joins_to_the_smallest_cover)
{
	struct sj_rect a = {10, 20, 5, 5}, b = {2, 40, 3, 1};
	struct sj_rect empty = {0, 0, 0, 9};
	struct sj_rect far = {65535, 65535, 65535, 65535};

	assert_rect(sj_rect_join(&a, &b), 2, 20, 13, 21);
	assert_rect(sj_rect_join(&a, &empty), 10, 20, 5, 5);
	assert_rect(sj_rect_join(&empty, &b), 2, 40, 3, 1);
	assert_rect(sj_rect_join(&a, &far), 10, 20, 65535, 65535);
}
END_TEST

START_TEST(area_does_not_overflow)
{
	struct sj_rect all = {0, 0, 65535, 65535};
	struct sj_rect line = {3, 3, 0, 100};

	ck_assert_uint_eq(sj_rect_area(&all), 65535u * 65535u);
	ck_assert_uint_eq(sj_rect_area(&line), 0);
}
END_TEST

SJ_SUITE_MAIN("rect", fits_up_to_the_last_pixel, clips_to_the_screen,
	joins_to_the_smallest_cover, area_does_not_overflow)
