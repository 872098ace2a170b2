/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/place.h"

#include "tests/support/suite.h"

static const struct sj_size screen = {1000, 600};

static const struct {
	struct sj_rect wish;
	bool is_filling, is_placed;
	struct sj_rect place;
} rows[] = {
	{{5, 6, 10, 10}, true, false, {0, 0, 1000, 600}},
	{{5, 6, 3000, 10}, true, true, {0, 0, 1000, 600}},
	{{5, 6, 400, 200}, false, false, {300, 200, 400, 200}},
	{{5, 6, 400, 200}, false, true, {5, 6, 400, 200}},
	{{900, 500, 400, 200}, false, true, {600, 400, 400, 200}},
	{{65535, 65535, 1, 1}, false, true, {999, 599, 1, 1}},
	{{0, 0, 1001, 601}, false, false, {0, 0, 1000, 600}},
	{{7, 7, 65535, 65535}, false, true, {0, 0, 1000, 600}},
	{{0, 0, 0, 0}, false, false, {499, 299, 1, 1}},
};

START_TEST(places_windows_wholly_on_the_screen)
{
	struct sj_rect place = sj_place(&rows[_i].wish, &screen,
		rows[_i].is_filling, rows[_i].is_placed);

	ck_assert_uint_eq(place.x_px, rows[_i].place.x_px);
	ck_assert_uint_eq(place.y_px, rows[_i].place.y_px);
	ck_assert_uint_eq(place.width_px, rows[_i].place.width_px);
	ck_assert_uint_eq(place.height_px, rows[_i].place.height_px);
	ck_assert(sj_rect_fits(&place, &screen));
}
END_TEST

int main(void)
{
	const struct sj_suite_loop loops[] = {
		{places_windows_wholly_on_the_screen,
			sizeof(rows) / sizeof(rows[0])},
	};

	return sj_suite_run_loops("place", NULL, 0, loops, 1);
}
