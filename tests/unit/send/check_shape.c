/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures of pointers become the nearest of the fixed shapes. */
#include "protocol/send/shape.h"

#include <string.h>

#include "tests/support/suite.h"

/* Drawn with # on nothing; the hot spot in pixels of the drawing. */
static struct sj_update_cursor draw(
	const char *const *rows, uint16_t hot_x, uint16_t hot_y)
{
	struct sj_update_cursor cursor = {.hot_x_px = hot_x, .hot_y_px = hot_y};

	cursor.size.width_px = (uint16_t)strlen(rows[0]);
	while (rows[cursor.size.height_px])
		cursor.size.height_px++;
	for (size_t y = 0; y < cursor.size.height_px; y++)
		for (size_t x = 0; x < cursor.size.width_px; x++)
			if (rows[y][x] == '#')
				cursor.pixels[(y * cursor.size.width_px + x) *
						      4 +
					      3] = 255;
	return cursor;
}

static const char *const arrow[] = {"#       ", "##      ", "###     ",
	"####    ", "#####   ", "######  ", "####### ", "########", "#####   ",
	"# ###   ", "   ##   ", "    ##  ", NULL};
static const char *const beam[] = {"## ##", "  #  ", "  #  ", "  #  ", "  #  ",
	"  #  ", "  #  ", "  #  ", "  #  ", "  #  ", "## ##", NULL};
static const char *const hand[] = {"    #       ", "    #       ",
	"    #       ", "    #       ", "    ## ##   ", "    ########",
	" ## ########", " ###########", "  ##########", "   #########",
	"   ######## ", "    ####### ", NULL};
static const char *const across[] = {"  #       #  ", " ##       ## ",
	"#############", " ##       ## ", "  #       #  ", NULL};
static const char *const cross[] = {"     #     ", "     #     ", "     #     ",
	"     #     ", "     #     ", "###########", "     #     ",
	"     #     ", "     #     ", "     #     ", "     #     ", NULL};
static const char *const down[] = {"####     ", "###      ", "####     ",
	"# ###    ", "   ###   ", "    ### #", "     ####", "      ###",
	"     ####", NULL};
static const char *const nothing[] = {"     ", "     ", NULL};

static const struct {
	const char *const *rows;
	uint16_t hot_x, hot_y;
	enum sj_rfb_shape shape;
} cases[] = {
	{arrow, 0, 0, SJ_RFB_SHAPE_ARROW},
	{beam, 2, 5, SJ_RFB_SHAPE_TEXT},
	{hand, 4, 0, SJ_RFB_SHAPE_HAND},
	{across, 6, 2, SJ_RFB_SHAPE_RESIZE_H},
	{cross, 5, 5, SJ_RFB_SHAPE_CROSS},
	{down, 4, 4, SJ_RFB_SHAPE_RESIZE_DOWN},
	{nothing, 0, 0, SJ_RFB_SHAPE_HIDDEN},
};

START_TEST(the_usual_pointers_are_known)
{
	const struct sj_update_cursor cursor =
		draw(cases[_i].rows, cases[_i].hot_x, cases[_i].hot_y);

	ck_assert_int_eq(sj_shape_of(&cursor), cases[_i].shape);
}
END_TEST

START_TEST(no_picture_at_all_is_hidden)
{
	const struct sj_update_cursor cursor = {.hot_x_px = 0};

	ck_assert_int_eq(sj_shape_of(&cursor), SJ_RFB_SHAPE_HIDDEN);
}
END_TEST

/* Whatever it shows, and wherever its hot spot is. */
START_TEST(any_picture_gives_a_shape_that_there_is)
{
	struct sj_update_cursor cursor = {.size = {64, 64}};
	uint32_t seed = 1;

	for (int i = 0; i < 200; i++) {
		for (size_t at = 3; at < sizeof(cursor.pixels); at += 4) {
			seed = seed * 1664525 + 1013904223;
			cursor.pixels[at] =
				(seed >> 24) < (uint32_t)i ? 255 : 0;
		}
		cursor.hot_x_px = (uint16_t)(seed >> 9 & 63);
		cursor.hot_y_px = (uint16_t)(seed >> 17 & 63);
		ck_assert_uint_lt(
			(unsigned)sj_shape_of(&cursor), SJ_LIMIT_SHAPES);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		no_picture_at_all_is_hidden,
		any_picture_gives_a_shape_that_there_is,
	};
	const struct sj_suite_loop loops[] = {
		{the_usual_pointers_are_known,
			sizeof(cases) / sizeof(cases[0])},
	};

	return sj_suite_run_loops(
		"shape", tests, sizeof(tests) / sizeof(tests[0]), loops, 1);
}
