/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/send/shadow.h"

#include <string.h>

#include "protocol/base/limits.h"
#include "tests/support/suite.h"

#define WIDTH 150
#define HEIGHT 100
/* The live picture is larger: rows are as long as the largest screen's. */
#define LIVE_WIDTH 200
#define LIVE_HEIGHT 120

static uint32_t live_pixels[LIVE_WIDTH * LIVE_HEIGHT];
static const struct sj_size size = {WIDTH, HEIGHT};
static struct sj_shadow *shadow;

static struct sj_tile_image live_image(void)
{
	struct sj_tile_image image = {(uint8_t *)live_pixels, LIVE_WIDTH * 4,
		{LIVE_WIDTH, LIVE_HEIGHT}};

	return image;
}

static uint32_t *live_at(size_t x, size_t y)
{
	return &live_pixels[y * LIVE_WIDTH + x];
}

static size_t drain(void)
{
	struct sj_tile_image live = live_image();
	struct sj_rect rect;
	size_t count = 0;

	while (sj_shadow_next(shadow, &live, &rect))
		count++;
	return count;
}

/* A shadow that has been sent whole. */
static void open_sent(void)
{
	static const struct sj_size max = {LIVE_WIDTH, LIVE_HEIGHT};

	for (size_t i = 0; i < sizeof(live_pixels) / 4; i++)
		live_pixels[i] = 0xff000000u | (uint32_t)(i * 2654435u);
	shadow = sj_shadow_create(&max);
	ck_assert_ptr_nonnull(shadow);
	ck_assert_int_eq(sj_shadow_resize(shadow, &size), SJ_OK);
	(void)drain();
}

static void check_equal(void)
{
	struct sj_tile_image own = sj_shadow_image(shadow);

	for (size_t y = 0; y < HEIGHT; y++)
		for (size_t x = 0; x < WIDTH; x++) {
			uint32_t pixel;

			memcpy(&pixel,
				own.pixels + y * own.stride_bytes + x * 4, 4);
			if (pixel != (*live_at(x, y) & 0xffffffu))
				ck_abort_msg("pixel %zu %zu differs", x, y);
		}
}

/* One next(); the rectangle has to be this, or none with width 0. */
static void expect(uint16_t x, uint16_t y, uint16_t width, uint16_t height)
{
	struct sj_tile_image live = live_image();
	struct sj_rect rect = {0};

	if (width == 0) {
		ck_assert(!sj_shadow_next(shadow, &live, &rect));
		return;
	}
	ck_assert(sj_shadow_next(shadow, &live, &rect));
	ck_assert_uint_eq(rect.x_px, x);
	ck_assert_uint_eq(rect.y_px, y);
	ck_assert_uint_eq(rect.width_px, width);
	ck_assert_uint_eq(rect.height_px, height);
}

START_TEST(gives_the_whole_picture_first_in_tiles)
{
	open_sent();
	ck_assert_int_eq(sj_shadow_resize(shadow, &size), SJ_OK);
	ck_assert(sj_shadow_has_work(shadow));
	expect(0, 0, 64, 64);
	expect(64, 0, 64, 64);
	expect(128, 0, 22, 64);
	expect(0, 64, 64, 36);
	expect(64, 64, 64, 36);
	expect(128, 64, 22, 36);
	expect(0, 0, 0, 0);
	ck_assert(!sj_shadow_has_work(shadow));
	check_equal();
	sj_shadow_destroy(shadow);
}
END_TEST

START_TEST(trims_a_change_to_its_box)
{
	const struct sj_rect damage = {0, 0, WIDTH, HEIGHT};

	open_sent();
	*live_at(70, 10) ^= 1;
	*live_at(75, 20) ^= 0x010000;
	sj_shadow_damage(shadow, &damage);
	expect(70, 10, 6, 11);
	expect(0, 0, 0, 0);
	check_equal();
	sj_shadow_destroy(shadow);
}
END_TEST

START_TEST(finds_a_change_of_one_pixel_in_every_corner)
{
	static const uint16_t corner[][2] = {{0, 0}, {63, 0}, {0, 63}, {63, 63},
		{64, 64}, {149, 0}, {149, 99}, {0, 99}};
	const struct sj_rect damage = {0, 0, WIDTH, HEIGHT};

	open_sent();
	for (size_t i = 0; i < sizeof(corner) / sizeof(corner[0]); i++) {
		*live_at(corner[i][0], corner[i][1]) ^= 0x80;
		sj_shadow_damage(shadow, &damage);
		expect(corner[i][0], corner[i][1], 1, 1);
		expect(0, 0, 0, 0);
	}
	check_equal();
	sj_shadow_destroy(shadow);
}
END_TEST

START_TEST(ignores_the_fourth_byte)
{
	const struct sj_rect damage = {0, 0, WIDTH, HEIGHT};

	open_sent();
	for (size_t i = 0; i < sizeof(live_pixels) / 4; i++)
		live_pixels[i] ^= 0xff000000u;
	sj_shadow_damage(shadow, &damage);
	expect(0, 0, 0, 0);
	sj_shadow_destroy(shadow);
}
END_TEST

START_TEST(looks_only_where_damage_is)
{
	const struct sj_rect damage = {100, 70, 10, 10};

	open_sent();
	*live_at(10, 10) ^= 1;
	*live_at(101, 71) ^= 1;
	sj_shadow_damage(shadow, &damage);
	expect(101, 71, 1, 1);
	expect(0, 0, 0, 0);
	sj_shadow_destroy(shadow);
}
END_TEST

START_TEST(ignores_damage_outside_the_picture)
{
	static const struct sj_rect outside[] = {{150, 0, 10, 10},
		{0, 100, 10, 10}, {65535, 65535, 65535, 65535}, {0, 0, 0, 5}};

	open_sent();
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
		sj_shadow_damage(shadow, &outside[i]);
	ck_assert(!sj_shadow_has_work(shadow));
	sj_shadow_destroy(shadow);
}
END_TEST

START_TEST(finishes_a_pass_before_it_goes_back_to_what_changed_above)
{
	const struct sj_rect first = {0, 0, 1, 1}, last = {149, 99, 1, 1};

	open_sent();
	*live_at(149, 99) ^= 1;
	*live_at(0, 0) ^= 1;
	sj_shadow_damage(shadow, &last);
	expect(149, 99, 1, 1);
	sj_shadow_damage(shadow, &first);
	expect(0, 0, 0, 0);
	ck_assert(sj_shadow_has_work(shadow));
	/* Above, and then below where the pass is. */
	*live_at(149, 99) ^= 1;
	expect(0, 0, 1, 1);
	sj_shadow_damage(shadow, &first);
	sj_shadow_damage(shadow, &last);
	*live_at(0, 0) ^= 1;
	expect(149, 99, 1, 1);
	expect(0, 0, 0, 0);
	expect(0, 0, 1, 1);
	expect(0, 0, 0, 0);
	ck_assert(!sj_shadow_has_work(shadow));
	sj_shadow_destroy(shadow);
}
END_TEST

START_TEST(gives_everything_again_to_a_new_viewer)
{
	open_sent();
	sj_shadow_forget(shadow);
	ck_assert_uint_eq(drain(), 6);
	sj_shadow_destroy(shadow);
}
END_TEST

START_TEST(refuses_sizes_beyond_what_it_was_made_for)
{
	static const struct sj_size bad[] = {
		{LIVE_WIDTH + 1, 1}, {1, LIVE_HEIGHT + 1}, {0, 10}, {10, 0}};
	static const struct sj_size huge = {
		SJ_LIMIT_WIDTH_PX + 1, SJ_LIMIT_HEIGHT_PX};

	open_sent();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(
			sj_shadow_resize(shadow, &bad[i]), SJ_ERR_LIMIT);
	ck_assert_uint_eq(sj_shadow_image(shadow).size.width_px, WIDTH);
	ck_assert(!sj_shadow_has_work(shadow));
	ck_assert_ptr_null(sj_shadow_create(&huge));
	sj_shadow_destroy(shadow);
	sj_shadow_destroy(NULL);
}
END_TEST

START_TEST(forgets_old_pixels_when_it_is_resized)
{
	static const struct sj_size small = {70, 70};
	struct sj_tile_image image;

	open_sent();
	ck_assert_int_eq(sj_shadow_resize(shadow, &small), SJ_OK);
	image = sj_shadow_image(shadow);
	ck_assert_uint_eq(image.stride_bytes, 70 * 4);
	for (size_t i = 0; i < (size_t)70 * 70 * 4; i++)
		if (image.pixels[i] != 0)
			ck_abort_msg("byte %zu is still there", i);
	ck_assert_uint_eq(drain(), 4);
	sj_shadow_destroy(shadow);
}
END_TEST

START_TEST(compares_no_more_of_a_tile_than_is_damaged)
{
	const struct sj_rect damage = {68, 66, 3, 3};
	const struct sj_rect more = {100, 80, 20, 1};

	open_sent();
	*live_at(69, 67) ^= 1;
	*live_at(80, 67) ^= 1;
	sj_shadow_damage(shadow, &damage);
	expect(69, 67, 1, 1);
	expect(0, 0, 0, 0);
	/* Two at once: the box of both. */
	sj_shadow_damage(shadow, &damage);
	sj_shadow_damage(shadow, &more);
	expect(80, 67, 1, 1);
	expect(0, 0, 0, 0);
	check_equal();
	sj_shadow_destroy(shadow);
}
END_TEST

/* The display draws between the two: the rest finds it, and once only. */
START_TEST(looks_again_at_what_was_damaged_when_the_display_rests)
{
	const struct sj_rect damage = {70, 70, 1, 1};

	open_sent();
	sj_shadow_rest(shadow);
	(void)drain();
	sj_shadow_damage(shadow, &damage);
	expect(0, 0, 0, 0);
	*live_at(90, 75) ^= 1;
	*live_at(10, 10) ^= 1;
	ck_assert(!sj_shadow_has_work(shadow));
	sj_shadow_rest(shadow);
	expect(90, 75, 1, 1);
	expect(0, 0, 0, 0);
	*live_at(90, 75) ^= 1;
	sj_shadow_rest(shadow);
	ck_assert(!sj_shadow_has_work(shadow));
	expect(0, 0, 0, 0);
	sj_shadow_destroy(shadow);
}
END_TEST

SJ_SUITE_MAIN("shadow", gives_the_whole_picture_first_in_tiles,
	trims_a_change_to_its_box, finds_a_change_of_one_pixel_in_every_corner,
	ignores_the_fourth_byte, looks_only_where_damage_is,
	ignores_damage_outside_the_picture,
	finishes_a_pass_before_it_goes_back_to_what_changed_above,
	gives_everything_again_to_a_new_viewer,
	refuses_sizes_beyond_what_it_was_made_for,
	forgets_old_pixels_when_it_is_resized,
	compares_no_more_of_a_tile_than_is_damaged,
	looks_again_at_what_was_damaged_when_the_display_rests)
