/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tile encoding on a slow line: what the model codes is exact, too. */
#include <string.h>

#include "tests/support/suite.h"
#include "tests/support/tile_rig.h"

enum { WIDTH = 330, HEIGHT = 201, FLAG_MODEL = 4 };

static struct sj_tile_rig rig;
static const struct sj_rect all = {0, 0, WIDTH, HEIGHT};

static void open_slow(uint16_t width_px, uint16_t height_px)
{
	sj_tile_rig_open(&rig, width_px, height_px);
	sj_tile_encoder_set_slow(rig.encoder, true);
}

static void send(const struct sj_rect *rect, enum sj_tile_paint paint)
{
	sj_tile_rig_paint(&rig, rect, paint);
	ck_assert_msg(sj_tile_rig_send(&rig, rect), "refused");
	ck_assert_msg(sj_tile_rig_is_exact(&rig), "not exact");
}

/* Of the payload that was made last, behind its length. */
static bool is_modelled(void)
{
	return (rig.data[4] & FLAG_MODEL) != 0;
}

static struct sj_rect any_rect(const struct sj_size *size)
{
	uint32_t place = sj_tile_rig_random(&rig);
	uint32_t extent = sj_tile_rig_random(&rig);
	struct sj_rect rect = {(uint16_t)(place % size->width_px),
		(uint16_t)((place >> 16) % size->height_px), 0, 0};

	/* Thin ones often: 1 pixel wide or high. */
	rect.width_px = (uint16_t)(1 + (extent & 1) * (extent >> 4) %
					       (size->width_px - rect.x_px));
	rect.height_px = (uint16_t)(1 + (extent >> 1 & 1) * (extent >> 9) %
						(size->height_px - rect.y_px));
	return rect;
}

START_TEST(a_picture_comes_out_as_it_went_in)
{
	open_slow(WIDTH, HEIGHT);
	send(&all, (enum sj_tile_paint)_i);
	/* Again, beside and above other things, with what was learnt. */
	send(&(struct sj_rect){0, 0, 100, HEIGHT}, SJ_TILE_PAINT_LETTERS);
	send(&(struct sj_rect){70, 5, 200, 190}, (enum sj_tile_paint)_i);
	sj_tile_rig_close(&rig);
}
END_TEST

START_TEST(any_rectangle_is_exact_on_a_line_that_changes)
{
	sj_tile_rig_open(&rig, WIDTH, HEIGHT);
	for (int i = 0; i < 400; i++) {
		uint32_t luck = sj_tile_rig_random(&rig);
		struct sj_rect rect = any_rect(&rig.host.size);

		sj_tile_encoder_set_slow(rig.encoder, luck % 3 != 0);
		if (luck % 11 == 0) {
			sj_tile_rig_roll(&rig, luck % 50);
			ck_assert(sj_tile_rig_keep(&rig));
		}
		send(&rect, (enum sj_tile_paint)((luck >> 8) % SJ_TILE_PAINTS));
	}
	sj_tile_rig_close(&rig);
}
END_TEST

START_TEST(pictures_of_odd_sizes_are_exact)
{
	static const uint16_t sides[] = {
		1, 2, 3, 4, 5, 12, 13, 63, 64, 65, 66, 67, 127, 128, 129};
	const size_t count = sizeof(sides) / sizeof(sides[0]);

	for (size_t i = 0; i < count * count; i++) {
		uint16_t width_px = sides[i % count];
		uint16_t height_px = sides[i / count];
		const struct sj_rect whole = {0, 0, width_px, height_px};

		open_slow(width_px, height_px);
		send(&whole, SJ_TILE_PAINT_LETTERS);
		send(&whole, SJ_TILE_PAINT_STRIPES);
		sj_tile_rig_close(&rig);
	}
}
END_TEST

START_TEST(the_widest_picture_is_exact)
{
	const struct sj_rect wide = {0, 0, SJ_LIMIT_WIDTH_PX, 65};

	open_slow(SJ_LIMIT_WIDTH_PX, 65);
	for (int i = 0; i < SJ_TILE_PAINTS; i++)
		send(&wide, (enum sj_tile_paint)i);
	sj_tile_rig_close(&rig);
}
END_TEST

START_TEST(the_largest_picture_is_exact)
{
	const struct sj_rect whole = {
		0, 0, SJ_LIMIT_WIDTH_PX, SJ_LIMIT_HEIGHT_PX};

	open_slow(SJ_LIMIT_WIDTH_PX, SJ_LIMIT_HEIGHT_PX);
	send(&whole, SJ_TILE_PAINT_LETTERS);
	ck_assert_uint_gt(rig.payloads, 1);
	sj_tile_rig_close(&rig);
}
END_TEST

/* A third of the pixels as if thrown: dearer than the model may get, and still
 * no photo. */
START_TEST(what_cannot_be_foretold_is_exact_and_within_its_bounds)
{
	open_slow(WIDTH, HEIGHT);
	for (size_t i = 0; i < 4; i++) {
		for (size_t y = 0; y < HEIGHT; y++)
			for (size_t x = 0; x < WIDTH; x++)
				*sj_tile_rig_pixel(&rig, x, y) =
					x % 3 == 0 ? sj_tile_rig_random(&rig)
						   : 0;
		ck_assert(sj_tile_rig_send(&rig, &all));
		ck_assert(sj_tile_rig_is_exact(&rig));
		ck_assert(is_modelled());
	}
	sj_tile_rig_close(&rig);
}
END_TEST

/* Lines of 26 letters, each of which looks the same wherever it stands. */
static uint32_t text(size_t x, size_t y)
{
	size_t letter = (x / 9 * 7 + y / 20 * 11 + x * y / 999) % 26;
	size_t seed = (letter * 180 + y % 20 * 9 + x % 9) * 2654435761u % 65521;

	if (y % 20 > 14 || x % 9 > 6 || seed % 3 > 0)
		return 0xffffff;
	return (uint32_t)(seed % 16 * 0x101010);
}

static void paint_text(void)
{
	for (size_t y = 0; y < HEIGHT; y++)
		for (size_t x = 0; x < WIDTH; x++)
			*sj_tile_rig_pixel(&rig, x, y) = text(x, y);
}

static void send_all(void)
{
	ck_assert(sj_tile_rig_send(&rig, &all));
	ck_assert(sj_tile_rig_is_exact(&rig));
}

/* The model looks at them, whatever drew them. */
START_TEST(tiles_that_come_back_lie_beside_new_ones)
{
	const struct sj_rect part = {10, 0, WIDTH - 10, HEIGHT};

	open_slow(WIDTH, HEIGHT);
	paint_text();
	send_all();
	for (int i = 0; i < SJ_TILE_PAINTS; i++) {
		/* Of the first column only a part is sent, both times. */
		send(&part, (enum sj_tile_paint)i);
		paint_text();
		for (size_t y = 0; y < HEIGHT; y++)
			for (size_t x = y % 5; x < WIDTH; x += 40)
				if (x / 64 % 2 == 1)
					*sj_tile_rig_pixel(&rig, x, y) =
						(uint32_t)i;
		ck_assert(sj_tile_rig_send(&rig, &part));
		ck_assert(sj_tile_rig_is_exact(&rig));
		ck_assert(is_modelled());
	}
	sj_tile_rig_close(&rig);
}
END_TEST

static size_t bytes_of_text(bool is_slow)
{
	size_t bytes;

	sj_tile_rig_open(&rig, WIDTH, HEIGHT);
	sj_tile_encoder_set_slow(rig.encoder, is_slow);
	paint_text();
	send_all();
	ck_assert_int_eq(is_modelled(), is_slow);
	bytes = rig.bytes;
	sj_tile_rig_close(&rig);
	return bytes;
}

START_TEST(text_is_a_third_shorter_on_a_slow_line)
{
	size_t quick = bytes_of_text(false);

	ck_assert_uint_le(bytes_of_text(true) * 3, quick * 2);
}
END_TEST

START_TEST(a_small_change_is_modelled_on_a_quick_line_too)
{
	sj_tile_rig_open(&rig, WIDTH, HEIGHT);
	send(&all, SJ_TILE_PAINT_ONE_COLOUR);
	ck_assert(!is_modelled());
	send(&(struct sj_rect){60, 20, 20, 30}, SJ_TILE_PAINT_LETTERS);
	ck_assert(is_modelled());
	sj_tile_rig_close(&rig);
}
END_TEST

START_TEST(the_line_may_change_at_any_payload)
{
	sj_tile_rig_open(&rig, WIDTH, HEIGHT);
	for (int i = 0; i < 6; i++) {
		sj_tile_encoder_set_slow(rig.encoder, i % 2 == 1);
		send(&all, i % 4 < 2 ? SJ_TILE_PAINT_LETTERS
				     : SJ_TILE_PAINT_STRIPES);
		sj_tile_rig_paint(&rig, &all, SJ_TILE_PAINT_ONE_COLOUR);
		*sj_tile_rig_pixel(&rig, (size_t)i, 0) = 0;
		ck_assert(sj_tile_rig_send(&rig, &all));
		ck_assert(sj_tile_rig_is_exact(&rig));
		ck_assert_int_eq(is_modelled(), i % 2 == 1);
	}
	sj_tile_rig_close(&rig);
}
END_TEST

START_TEST(after_a_reset_a_new_decoder_understands)
{
	open_slow(WIDTH, HEIGHT);
	send(&all, SJ_TILE_PAINT_LETTERS);
	sj_tile_encoder_reset(rig.encoder);
	sj_tile_decoder_destroy(rig.decoder);
	rig.decoder = sj_tile_decoder_create();
	ck_assert_ptr_nonnull(rig.decoder);
	send(&all, SJ_TILE_PAINT_LETTERS);
	/* Still slow; and a decoder that is used before a reset. */
	ck_assert(is_modelled());
	sj_tile_encoder_reset(rig.encoder);
	sj_tile_decoder_reset(rig.decoder);
	send(&all, SJ_TILE_PAINT_LETTERS);
	sj_tile_rig_close(&rig);
}
END_TEST

START_TEST(a_reset_forgets_all_that_was_learnt)
{
	size_t first;

	open_slow(WIDTH, HEIGHT);
	send(&all, SJ_TILE_PAINT_LETTERS);
	first = rig.bytes;
	send(&all, SJ_TILE_PAINT_STRIPES);
	sj_tile_encoder_reset(rig.encoder);
	sj_tile_decoder_reset(rig.decoder);
	rig.bytes = 0;
	send(&all, SJ_TILE_PAINT_LETTERS);
	ck_assert_uint_eq(rig.bytes, first);
	sj_tile_rig_close(&rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		any_rectangle_is_exact_on_a_line_that_changes,
		pictures_of_odd_sizes_are_exact, the_widest_picture_is_exact,
		the_largest_picture_is_exact,
		what_cannot_be_foretold_is_exact_and_within_its_bounds,
		tiles_that_come_back_lie_beside_new_ones,
		text_is_a_third_shorter_on_a_slow_line,
		a_small_change_is_modelled_on_a_quick_line_too,
		the_line_may_change_at_any_payload,
		after_a_reset_a_new_decoder_understands,
		a_reset_forgets_all_that_was_learnt};
	const struct sj_suite_loop loops[] = {
		{a_picture_comes_out_as_it_went_in, SJ_TILE_PAINTS}};

	return sj_suite_run_loops("protocol tile model", tests,
		sizeof(tests) / sizeof(tests[0]), loops, 1);
}
