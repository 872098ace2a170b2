/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What looks like a photograph, and when a tile of it is in motion. */
#include "protocol/send/motion.h"

#include <string.h>

#include "tests/support/suite.h"
#include "tests/unit/send/motion_rig.h"

#define SIDE 256
#define TILE SJ_LIMIT_TILE_PX
#define START_US UINT64_C(1000000000)
#define FRAME_US UINT64_C(33000)

static uint32_t pixels[SIDE * SIDE];
static const struct sj_tile_image image = {
	(uint8_t *)pixels, (size_t)SIDE * 4, {SIDE, SIDE}};
static const struct sj_rect tile = {TILE, TILE, TILE, TILE};

static void draw(sj_rig_colour *colour, size_t number)
{
	for (size_t i = 0; i < (size_t)SIDE * SIDE; i++)
		pixels[i] = colour(i % SIDE, i / SIDE, number) | 0xa5000000;
}

/* How many of the sixteen tiles look like a photograph. */
static int photos(sj_rig_colour *colour, size_t number)
{
	int count = 0;

	draw(colour, number);
	for (size_t i = 0; i < 16; i++) {
		struct sj_rect rect = {(uint16_t)(i % 4 * TILE),
			(uint16_t)(i / 4 * TILE), TILE, TILE};

		count += sj_motion_is_photo(&image, &rect);
	}
	return count;
}

static uint32_t one_colour(size_t x, size_t y, size_t number)
{
	(void)x;
	(void)y;
	(void)number;
	return 0x3377aa;
}

/* As large areas of web pages are. */
static uint32_t falling(size_t x, size_t y, size_t number)
{
	(void)x;
	return (uint32_t)(y / 4 + number) * 0x010101u & 0xffffff;
}

static uint32_t stripes(size_t x, size_t y, size_t number)
{
	return (x + y + number) / 2 % 2 ? 0xffffff : 0x203040;
}

START_TEST(knows_a_photograph)
{
	ck_assert_int_eq(photos(sj_rig_noise, _i), 16);
	ck_assert_int_eq(photos(sj_rig_photo, _i), 16);
}
END_TEST

static sj_rig_colour *const others[] = {sj_rig_text, sj_rig_scrolled,
	sj_rig_typed, sj_rig_blinking, sj_rig_rewritten, sj_rig_panel,
	one_colour, falling, stripes};

START_TEST(takes_nothing_else_for_one)
{
	for (size_t number = 0; number < 30; number++)
		ck_assert_int_eq(photos(others[_i], number), 0);
}
END_TEST

START_TEST(takes_a_photograph_with_a_caption_for_none)
{
	draw(sj_rig_photo, 0);
	ck_assert(sj_motion_is_photo(&image, &tile));
	for (size_t y = 0; y < 24; y++)
		for (size_t x = 0; x < 40; x++)
			pixels[(TILE + 20 + y) * SIDE + TILE + 12 + x] =
				sj_rig_text(x, y, 0);
	ck_assert(!sj_motion_is_photo(&image, &tile));
}
END_TEST

START_TEST(judges_no_box_that_is_too_small)
{
	const struct sj_rect row = {TILE, TILE, TILE, 1};
	const struct sj_rect column = {TILE, TILE, 1, TILE};
	const struct sj_rect small = {TILE, TILE, 13, 13};

	draw(sj_rig_noise, 0);
	ck_assert(!sj_motion_is_photo(&image, &row));
	ck_assert(!sj_motion_is_photo(&image, &column));
	ck_assert(!sj_motion_is_photo(&image, &small));
}
END_TEST

/* Frames of colour until the tile is in motion; 0: never. */
static size_t frames_until_motion(
	struct sj_motion *motion, sj_rig_colour *colour, uint64_t span_us)
{
	for (size_t i = 1; i <= 40; i++) {
		uint64_t now_us = START_US + i * span_us;

		draw(colour, i);
		sj_motion_damage(motion, &tile, now_us);
		if (sj_motion_changed(motion, &image, &tile, now_us))
			return i;
	}
	return 0;
}

START_TEST(is_in_motion_after_ten_changes_within_a_second)
{
	struct sj_motion *motion = sj_motion_create(&image.size);

	ck_assert_ptr_nonnull(motion);
	/* Ten after the first. */
	ck_assert_uint_eq(
		frames_until_motion(motion, sj_rig_photo, FRAME_US), 11);
	sj_motion_begin(motion, &image.size);
	ck_assert_uint_gt(frames_until_motion(motion, sj_rig_photo, 100000), 0);
	sj_motion_begin(motion, &image.size);
	ck_assert_uint_eq(frames_until_motion(motion, sj_rig_photo, 125000), 0);
	sj_motion_begin(motion, &image.size);
	ck_assert_uint_eq(
		frames_until_motion(motion, sj_rig_rewritten, FRAME_US), 0);
	sj_motion_destroy(motion);
}
END_TEST

START_TEST(ends_with_one_look_of_another_kind)
{
	struct sj_motion *motion = sj_motion_create(&image.size);
	uint64_t now_us;
	size_t count;

	ck_assert_ptr_nonnull(motion);
	count = frames_until_motion(motion, sj_rig_photo, FRAME_US);
	now_us = START_US + (count + 1) * FRAME_US;
	draw(sj_rig_text, 0);
	sj_motion_damage(motion, &tile, now_us);
	ck_assert(!sj_motion_changed(motion, &image, &tile, now_us));
	/* And it has to look so much longer then. */
	for (size_t i = 1; i <= 12; i++) {
		now_us += FRAME_US;
		draw(sj_rig_photo, i);
		sj_motion_damage(motion, &tile, now_us);
		ck_assert_int_eq(
			sj_motion_changed(motion, &image, &tile, now_us),
			i == 12);
	}
	ck_assert_uint_eq(
		sj_motion_rest_us(motion, 5), now_us + SJ_MOTION_REST_US);
	sj_motion_destroy(motion);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		takes_a_photograph_with_a_caption_for_none,
		judges_no_box_that_is_too_small,
		is_in_motion_after_ten_changes_within_a_second,
		ends_with_one_look_of_another_kind,
	};
	const struct sj_suite_loop loops[] = {
		{knows_a_photograph, 8},
		{takes_nothing_else_for_one, SJ_COUNT(others)},
	};

	return sj_suite_run_loops(
		"motion_look", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
