/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encoder to decoder: what is sent is what is shown, state carried along. */
#include <string.h>

#include "tests/support/suite.h"
#include "tests/support/tile_rig.h"

static struct sj_tile_rig rig;

enum { WIDTH = 330, HEIGHT = 201 };

static void exchange(const struct sj_rect *rect)
{
	ck_assert_msg(sj_tile_rig_send(&rig, rect), "refused");
	ck_assert_msg(sj_tile_rig_is_exact(&rig), "not exact");
}

static const struct sj_rect all = {0, 0, WIDTH, HEIGHT};

START_TEST(a_picture_comes_out_as_it_went_in)
{
	sj_tile_rig_open(&rig, WIDTH, HEIGHT);
	sj_tile_rig_paint(&rig, &all, (enum sj_tile_paint)_i);
	exchange(&all);
	sj_tile_rig_close(&rig);
}
END_TEST

START_TEST(any_rectangle_of_any_kind_of_picture_is_exact)
{
	sj_tile_rig_open(&rig, WIDTH, HEIGHT);
	exchange(&all);
	for (int i = 0; i < 400; i++) {
		uint32_t place = sj_tile_rig_random(&rig);
		uint32_t size = sj_tile_rig_random(&rig);
		struct sj_rect rect = {(uint16_t)(place % WIDTH),
			(uint16_t)((place >> 16) % HEIGHT), 0, 0};

		/* Thin ones often: 1 pixel wide or high. */
		rect.width_px = (uint16_t)(1 + (size & 1) * (size >> 4) %
						       (WIDTH - rect.x_px));
		rect.height_px = (uint16_t)(1 + (size >> 1 & 1) * (size >> 9) %
							(HEIGHT - rect.y_px));
		sj_tile_rig_paint(&rig, &rect,
			(enum sj_tile_paint)(size % SJ_TILE_PAINTS));
		exchange(&rect);
	}
	sj_tile_rig_close(&rig);
}
END_TEST

START_TEST(one_pixel_alone_is_a_few_bytes)
{
	const struct sj_rect rect = {100, 100, 1, 1};

	sj_tile_rig_open(&rig, WIDTH, HEIGHT);
	sj_tile_rig_paint(&rig, &all, SJ_TILE_PAINT_LETTERS);
	exchange(&all);
	rig.bytes = 0;
	*sj_tile_rig_pixel(&rig, 100, 100) = 0xff0000;
	exchange(&rect);
	ck_assert_uint_le(rig.bytes, 24);
	sj_tile_rig_close(&rig);
}
END_TEST

START_TEST(one_colour_is_a_few_bytes)
{
	sj_tile_rig_open(&rig, WIDTH, HEIGHT);
	sj_tile_rig_paint(&rig, &all, SJ_TILE_PAINT_ONE_COLOUR);
	exchange(&all);
	ck_assert_uint_le(rig.bytes, 64);
	sj_tile_rig_close(&rig);
}
END_TEST

START_TEST(what_was_seen_before_comes_back_for_a_few_bytes)
{
	sj_tile_rig_open(&rig, WIDTH, HEIGHT);
	sj_tile_rig_paint(&rig, &all, SJ_TILE_PAINT_NOISE);
	memcpy(rig.host.pixels + 3, "x", 1); /* a 4th byte means nothing */
	exchange(&all);
	sj_tile_rig_paint(&rig, &all, SJ_TILE_PAINT_LETTERS);
	exchange(&all);
	rig.bytes = 0;
	rig.random = 1;
	sj_tile_rig_paint(&rig, &all, SJ_TILE_PAINT_NOISE);
	exchange(&all);
	ck_assert_uint_le(rig.bytes, 40);
	sj_tile_rig_close(&rig);
}
END_TEST

START_TEST(a_changed_part_is_stored_with_the_rest_of_its_tile)
{
	const struct sj_rect part = {70, 70, 5, 9};

	sj_tile_rig_open(&rig, WIDTH, HEIGHT);
	sj_tile_rig_paint(&rig, &all, SJ_TILE_PAINT_LETTERS);
	exchange(&all);
	sj_tile_rig_paint(&rig, &part, SJ_TILE_PAINT_NOISE);
	exchange(&part);
	sj_tile_rig_paint(&rig, &part, SJ_TILE_PAINT_LETTERS);
	exchange(&part);
	rig.bytes = 0;
	rig.random = 1;
	sj_tile_rig_paint(&rig, &part, SJ_TILE_PAINT_NOISE);
	exchange(&part);
	ck_assert_uint_le(rig.bytes, 16);
	sj_tile_rig_close(&rig);
}
END_TEST

START_TEST(the_slots_may_wrap_many_times)
{
	sj_tile_rig_open(&rig, WIDTH, HEIGHT);
	/* 24 cells each: more than 2048 in all, some of them come back. */
	for (int i = 0; i < 130; i++) {
		if (i % 7 == 6)
			rig.random = (uint32_t)(i / 2 + 1);
		sj_tile_rig_paint(&rig, &all,
			i % 3 == 0 ? SJ_TILE_PAINT_LETTERS
				   : SJ_TILE_PAINT_NOISE);
		exchange(&all);
	}
	sj_tile_rig_close(&rig);
}
END_TEST

START_TEST(what_was_moved_comes_back_once_it_was_kept)
{
	sj_tile_rig_open(&rig, WIDTH, HEIGHT);
	sj_tile_rig_paint(&rig, &all, SJ_TILE_PAINT_NOISE);
	exchange(&all);
	sj_tile_rig_roll(&rig, 21);
	rig.bytes = 0;
	ck_assert(sj_tile_rig_keep(&rig));
	ck_assert_uint_gt(rig.bytes, 0);
	ck_assert_uint_le(rig.bytes, 24);
	/* Known to be kept: not a byte. */
	ck_assert(sj_tile_rig_keep(&rig));
	ck_assert_uint_le(rig.bytes, 24);
	sj_tile_rig_paint(&rig, &all, SJ_TILE_PAINT_LETTERS);
	exchange(&all);
	/* The noise again, as it was after the move. */
	rig.random = 1;
	sj_tile_rig_paint(&rig, &all, SJ_TILE_PAINT_NOISE);
	memset(rig.viewer.pixels, 0,
		rig.viewer.stride_bytes * rig.viewer.size.height_px);
	sj_tile_rig_roll(&rig, 21);
	rig.bytes = 0;
	exchange(&all);
	ck_assert_uint_le(rig.bytes, 40);
	sj_tile_rig_close(&rig);
}
END_TEST

START_TEST(a_page_that_is_scrolled_on_and_on_does_not_displace_another)
{
	sj_tile_rig_open(&rig, WIDTH, HEIGHT);
	sj_tile_rig_paint(&rig, &all, SJ_TILE_PAINT_NOISE);
	exchange(&all);
	sj_tile_rig_paint(&rig, &all, SJ_TILE_PAINT_LETTERS);
	exchange(&all);
	/* 24 cells each: more than there are slots. */
	for (int i = 0; i < 120; i++) {
		sj_tile_rig_roll(&rig, 1);
		ck_assert(sj_tile_rig_keep(&rig));
	}
	rig.random = 1;
	sj_tile_rig_paint(&rig, &all, SJ_TILE_PAINT_NOISE);
	rig.bytes = 0;
	exchange(&all);
	ck_assert_uint_le(rig.bytes, 40);
	sj_tile_rig_close(&rig);
}
END_TEST

START_TEST(what_is_kept_may_wrap_the_slots)
{
	const struct sj_rect below = {0, 150, WIDTH, HEIGHT - 150};

	sj_tile_rig_open(&rig, WIDTH, HEIGHT);
	for (int i = 0; i < 200; i++) {
		const struct sj_rect *rect = i % 5 == 4 ? &below : &all;

		if (i % 9 == 8)
			rig.random = (uint32_t)(i / 3 + 1);
		sj_tile_rig_paint(&rig, rect,
			i % 4 == 0 ? SJ_TILE_PAINT_LETTERS
				   : SJ_TILE_PAINT_NOISE);
		exchange(rect);
		sj_tile_rig_roll(&rig, (size_t)(i % 64));
		ck_assert(sj_tile_rig_keep(&rig));
		ck_assert(sj_tile_rig_is_exact(&rig));
	}
	sj_tile_rig_close(&rig);
}
END_TEST

START_TEST(the_widest_picture_is_exact)
{
	const struct sj_rect wide = {0, 0, SJ_LIMIT_WIDTH_PX, 65};

	sj_tile_rig_open(&rig, SJ_LIMIT_WIDTH_PX, 65);
	sj_tile_rig_paint(&rig, &wide, SJ_TILE_PAINT_GRADIENT);
	exchange(&wide);
	sj_tile_rig_paint(&rig, &wide, SJ_TILE_PAINT_NOISE);
	exchange(&wide);
	sj_tile_rig_close(&rig);
}
END_TEST

START_TEST(the_largest_picture_is_exact)
{
	const struct sj_rect whole = {
		0, 0, SJ_LIMIT_WIDTH_PX, SJ_LIMIT_HEIGHT_PX};

	sj_tile_rig_open(&rig, SJ_LIMIT_WIDTH_PX, SJ_LIMIT_HEIGHT_PX);
	sj_tile_rig_paint(&rig, &whole, SJ_TILE_PAINT_LETTERS);
	exchange(&whole);
	ck_assert_uint_gt(rig.payloads, 1);
	sj_tile_rig_close(&rig);
}
END_TEST

START_TEST(after_a_reset_a_new_decoder_understands)
{
	sj_tile_rig_open(&rig, WIDTH, HEIGHT);
	sj_tile_rig_paint(&rig, &all, SJ_TILE_PAINT_LETTERS);
	exchange(&all);
	sj_tile_decoder_destroy(rig.decoder);
	rig.decoder = sj_tile_decoder_create();
	ck_assert_ptr_nonnull(rig.decoder);
	sj_tile_encoder_reset(rig.encoder);
	memset(rig.viewer.pixels, 1, (size_t)WIDTH * HEIGHT * 4);
	exchange(&all);
	sj_tile_rig_close(&rig);
}
END_TEST

START_TEST(without_a_reset_a_new_decoder_refuses)
{
	sj_tile_rig_open(&rig, WIDTH, HEIGHT);
	sj_tile_rig_paint(&rig, &all, SJ_TILE_PAINT_LETTERS);
	exchange(&all);
	sj_tile_decoder_destroy(rig.decoder);
	rig.decoder = sj_tile_decoder_create();
	ck_assert_ptr_nonnull(rig.decoder);
	ck_assert(!sj_tile_rig_send(&rig, &all));
	sj_tile_rig_close(&rig);
}
END_TEST

START_TEST(two_sessions_know_nothing_of_each_other)
{
	static struct sj_tile_rig other;
	size_t first;

	sj_tile_rig_open(&rig, WIDTH, HEIGHT);
	sj_tile_rig_paint(&rig, &all, SJ_TILE_PAINT_LETTERS);
	exchange(&all);
	first = rig.bytes;
	sj_tile_rig_open(&other, WIDTH, HEIGHT);
	memcpy(other.host.pixels, rig.host.pixels, (size_t)WIDTH * HEIGHT * 4);
	ck_assert(sj_tile_rig_send(&other, &all));
	ck_assert_uint_eq(other.bytes, first);
	sj_tile_rig_close(&other);
	sj_tile_rig_close(&rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		any_rectangle_of_any_kind_of_picture_is_exact,
		one_pixel_alone_is_a_few_bytes, one_colour_is_a_few_bytes,
		what_was_seen_before_comes_back_for_a_few_bytes,
		a_changed_part_is_stored_with_the_rest_of_its_tile,
		the_slots_may_wrap_many_times,
		what_was_moved_comes_back_once_it_was_kept,
		a_page_that_is_scrolled_on_and_on_does_not_displace_another,
		what_is_kept_may_wrap_the_slots, the_widest_picture_is_exact,
		the_largest_picture_is_exact,
		after_a_reset_a_new_decoder_understands,
		without_a_reset_a_new_decoder_refuses,
		two_sessions_know_nothing_of_each_other};
	const struct sj_suite_loop loops[] = {
		{a_picture_comes_out_as_it_went_in, SJ_TILE_PAINTS}};

	return sj_suite_run_loops("protocol tile", tests,
		sizeof(tests) / sizeof(tests[0]), loops, 1);
}
