/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/shown.h"

#include <string.h>

#include "tests/support/suite.h"

static const struct sj_size size = {960, 480};
static const struct sj_rect all = {0, 0, 960, 480};
static uint8_t mark[SJ_MARK_BYTES];
static struct sj_screen *screen;
static struct sj_shown *shown;

static void begin(const struct sj_shown_settings *settings, uint32_t pixel)
{
	screen = sj_screen_create();
	ck_assert_ptr_nonnull(screen);
	sj_screen_resize(screen, &size);
	for (uint32_t i = 0; i < (uint32_t)960 * 480; i++)
		sj_screen_set(screen, &all, i, pixel);
	shown = sj_shown_create(screen, settings);
	ck_assert_ptr_nonnull(shown);
	sj_shown_resize(shown);
}

static void end(void)
{
	sj_shown_destroy(shown);
	sj_screen_destroy(screen);
}

static uint32_t at(size_t x, size_t y)
{
	struct sj_tile_image image = sj_shown_image(shown);
	uint32_t pixel;

	memcpy(&pixel, image.pixels + y * image.stride_bytes + x * 4, 4);
	return pixel;
}

START_TEST(is_the_screen_itself_without_a_policy)
{
	const struct sj_shown_settings settings = {.is_seven_bit = false};

	begin(&settings, 0x123457);
	ck_assert_ptr_eq(
		sj_shown_image(shown).pixels, sj_screen_image(screen).pixels);
	end();
}
END_TEST

START_TEST(cuts_the_lowest_bits_of_pixels_and_cursor)
{
	const struct sj_shown_settings settings = {.is_seven_bit = true};
	struct sj_update_cursor cursor = {.size = {1, 1}};

	begin(&settings, 0xffffff);
	ck_assert_uint_eq(at(0, 0), 0xfefefe);
	ck_assert_uint_eq(at(959, 479), 0xfefefe);
	memset(cursor.pixels, 0xff, 4);
	sj_shown_cursor(shown, &cursor);
	ck_assert_uint_eq(cursor.pixels[0], 0xfe);
	ck_assert_uint_eq(cursor.pixels[3], 0xfe);
	/* The host's own picture is what it was. */
	ck_assert_uint_eq(sj_screen_image(screen).pixels[0], 0xff);
	end();
}
END_TEST

START_TEST(keeps_no_colour_of_a_cursor_where_it_is_clear)
{
	for (int is_seven_bit = 0; is_seven_bit < 2; is_seven_bit++) {
		const struct sj_shown_settings settings = {
			.is_seven_bit = is_seven_bit != 0};
		struct sj_update_cursor cursor = {.size = {3, 1},
			.pixels = {'a', 'b', 'c', 0, 2, 4, 6, 0x80, 'd', 'e',
				'f', 0}};
		static const uint8_t wanted[] = {
			0, 0, 0, 0, 2, 4, 6, 0x80, 0, 0, 0, 0};

		begin(&settings, 0);
		sj_shown_cursor(shown, &cursor);
		ck_assert_mem_eq(cursor.pixels, wanted, sizeof(wanted));
		end();
	}
}
END_TEST

START_TEST(lays_the_mark_dark_on_bright_and_bright_on_dark)
{
	const struct sj_shown_settings settings = {
		.mark = mark, .opacity_percent = 20};

	memset(mark, 0, sizeof(mark));
	mark[5 * SJ_MARK_WIDTH_PX + 7] = 255;
	begin(&settings, 0xffffff);
	ck_assert_uint_eq(at(7, 5), 0xcccccc);
	ck_assert_uint_eq(at(8, 5), 0xffffff);
	ck_assert_uint_eq(
		at(7 + SJ_MARK_WIDTH_PX, 5 + SJ_MARK_HEIGHT_PX), 0xcccccc);
	end();
	begin(&settings, 0);
	ck_assert_uint_eq(at(7, 5), 0x333333);
	end();
}
END_TEST

START_TEST(draws_what_has_come_and_nothing_else)
{
	const struct sj_shown_settings settings = {.is_seven_bit = true};
	const struct sj_rect part = {100, 50, 10, 10};

	begin(&settings, 0x202020);
	for (uint32_t i = 0; i < 100; i++)
		sj_screen_set(screen, &part, i, 0x414141);
	ck_assert_uint_eq(at(100, 50), 0x202020);
	sj_shown_draw(shown, &part);
	ck_assert_uint_eq(at(100, 50), 0x404040);
	ck_assert_uint_eq(at(109, 59), 0x404040);
	ck_assert_uint_eq(at(110, 59), 0x202020);
	end();
}
END_TEST

SJ_SUITE_MAIN("guard_shown", is_the_screen_itself_without_a_policy,
	cuts_the_lowest_bits_of_pixels_and_cursor,
	keeps_no_colour_of_a_cursor_where_it_is_clear,
	lays_the_mark_dark_on_bright_and_bright_on_dark,
	draws_what_has_come_and_nothing_else)
