/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/damage.h"

#include <stdint.h>
#include <string.h>

#include "tests/support/suite.h"

#define SIDE_PX 320

static struct sj_damage damage;

static void add(uint16_t x, uint16_t y, uint16_t width, uint16_t height)
{
	const struct sj_rect rect = {x, y, width, height};

	sj_damage_add(&damage, &rect);
}

START_TEST(an_empty_rectangle_adds_nothing)
{
	add(5, 5, 0, 10);
	add(5, 5, 10, 0);
	ck_assert_uint_eq(damage.count, 0);
}
END_TEST

START_TEST(neighbours_become_one)
{
	add(0, 0, 64, 64);
	add(64, 0, 64, 64);
	add(0, 64, 128, 64);
	ck_assert_uint_eq(damage.count, 1);
	ck_assert_uint_eq(damage.rect[0].width_px, 128);
	ck_assert_uint_eq(damage.rect[0].height_px, 128);
}
END_TEST

START_TEST(what_is_covered_already_adds_nothing)
{
	add(0, 0, 100, 100);
	add(10, 10, 20, 20);
	ck_assert_uint_eq(damage.count, 1);
	ck_assert_uint_eq(sj_rect_area(&damage.rect[0]), 10000);
}
END_TEST

START_TEST(far_places_stay_apart)
{
	add(0, 0, 10, 10);
	add(200, 200, 10, 10);
	ck_assert_uint_eq(damage.count, 2);
}
END_TEST

/* Whatever is added, every pixel of it is covered and the list is short. */
START_TEST(nothing_that_was_added_is_lost)
{
	static uint8_t added[SIDE_PX][SIDE_PX];
	uint32_t seed = 12345u + (uint32_t)_i;
	int n;
	size_t i;
	int x;
	int y;

	for (n = 0; n < 200; n++) {
		uint16_t r[4];

		for (i = 0; i < 4; i++) {
			seed = seed * 1664525u + 1013904223u;
			r[i] = (uint16_t)(seed >> 16 & (i < 2 ? 255 : 63));
		}
		add(r[0], r[1], r[2], r[3]);
		for (y = r[1]; y < r[1] + r[3]; y++)
			memset(&added[y][r[0]], 1, r[2]);
		ck_assert_uint_le(damage.count, SJ_DAMAGE_RECTS);
	}
	for (i = 0; i < damage.count; i++) {
		const struct sj_rect *rect = &damage.rect[i];

		for (y = rect->y_px; y < rect->y_px + rect->height_px; y++)
			for (x = rect->x_px; x < rect->x_px + rect->width_px;
				x++)
				added[y][x] = 0;
	}
	for (y = 0; y < SIDE_PX; y++)
		for (x = 0; x < SIDE_PX; x++)
			ck_assert_uint_eq(added[y][x], 0);
}
END_TEST

START_TEST(a_clip_removes_what_is_outside)
{
	const struct sj_size size = {100, 50};

	add(0, 0, 10, 10);
	add(90, 40, 30, 30);
	add(200, 0, 10, 10);
	sj_damage_clip(&damage, &size);
	ck_assert_uint_eq(damage.count, 2);
	ck_assert_uint_eq(damage.rect[1].width_px, 10);
	ck_assert_uint_eq(damage.rect[1].height_px, 10);
}
END_TEST

START_TEST(lists_are_joined)
{
	struct sj_damage more = {{{0, 0, 10, 10}, {50, 0, 10, 10}}, 2};

	add(10, 0, 10, 10);
	sj_damage_add_all(&damage, &more);
	ck_assert_uint_eq(damage.count, 2);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {an_empty_rectangle_adds_nothing,
		neighbours_become_one, what_is_covered_already_adds_nothing,
		far_places_stay_apart, a_clip_removes_what_is_outside,
		lists_are_joined};
	const struct sj_suite_loop loops[] = {
		{nothing_that_was_added_is_lost, 8}};

	return sj_suite_run_loops("viewer damage", tests, SJ_COUNT(tests),
		loops, SJ_COUNT(loops));
}
