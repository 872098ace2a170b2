/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures there and back: how close, how long, and nothing beside. */
#include "protocol/motion/motion.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/base/limits.h"
#include "protocol/motion/huffman.h"
#include "tests/support/suite.h"

enum { WIDTH = 200, HEIGHT = 150, MARK = 0xee };

static uint8_t live[WIDTH * HEIGHT * 4], shown[WIDTH * HEIGHT * 4];
static uint8_t data[3 * WIDTH * HEIGHT + 2048];
static struct sj_tile_image host = {live, WIDTH * 4, {WIDTH, HEIGHT}};
static struct sj_tile_image viewer = {shown, WIDTH * 4, {WIDTH, HEIGHT}};
static struct sj_motion_encoder *encoder;
static struct sj_motion_decoder *decoder;
static uint32_t state;

static unsigned random_to(unsigned most)
{
	state = state * 1664525 + 1013904223;
	return (state >> 8) % (most + 1);
}

/* A soft picture that moves, with grain of so many levels. */
static void draw(unsigned frame, unsigned grain)
{
	for (size_t i = 0; i < sizeof(live); i++) {
		double x = (double)(i / 4 % WIDTH + 3 * frame);
		double y = (double)(i / 4 / WIDTH) + (double)(i % 4) * 20;
		double value = 120 + 60 * sin(x / 17) + 50 * cos(y / 23);

		live[i] = i % 4 == 3 ? 0
				     : (uint8_t)(value + random_to(grain) -
						 grain / 2.0);
	}
}

static void open_codec(void)
{
	state = 7;
	encoder = sj_motion_encoder_create();
	decoder = sj_motion_decoder_create();
	ck_assert_ptr_nonnull(encoder);
	ck_assert_ptr_nonnull(decoder);
}

static void close_codec(void)
{
	sj_motion_encoder_destroy(encoder);
	sj_motion_decoder_destroy(decoder);
}

/* Sends rect; returns the payload's bytes. */
static size_t send(const struct sj_rect *rect, int quality)
{
	struct sj_writer out = sj_writer_of(data, sizeof(data));
	struct sj_reader in;
	uint32_t size = 0;

	memset(shown, MARK, sizeof(shown));
	ck_assert_int_eq(sj_motion_encode(encoder, &host, rect, quality, &out),
		SJ_STEP_DONE);
	in = sj_reader_of(data, out.at);
	ck_assert(sj_read_u32(&in, &size));
	ck_assert_uint_eq(size, sj_reader_left(&in));
	ck_assert_uint_le(size, 3 * sj_rect_area(rect) + 1024);
	ck_assert_int_eq(
		sj_motion_decode(decoder, data + 4, size, rect, &viewer),
		SJ_STEP_DONE);
	return size;
}

static bool is_inside(const struct sj_rect *rect, size_t pixel)
{
	size_t x = pixel % WIDTH, y = pixel / WIDTH;

	return x >= rect->x_px && x < (size_t)rect->x_px + rect->width_px &&
	       y >= rect->y_px && y < (size_t)rect->y_px + rect->height_px;
}

/* Of rect; checks on the way that nothing else was touched. */
static double psnr(const struct sj_rect *rect)
{
	double sum = 0;
	size_t wrong = 0;

	for (size_t i = 0; i < sizeof(shown); i++) {
		double error = (double)live[i] - (double)shown[i];

		if (!is_inside(rect, i / 4))
			wrong += shown[i] != MARK;
		else if (i % 4 == 3)
			wrong += shown[i] != 0;
		else
			sum += error * error;
	}
	ck_assert_uint_eq(wrong, 0);
	return 10 * log10(255.0 * 255 * 3 * sj_rect_area(rect) / (sum + 1e-9));
}

START_TEST(a_picture_comes_back_close_to_what_it_was)
{
	const struct sj_rect all = {0, 0, WIDTH, HEIGHT};

	open_codec();
	draw(0, 0);
	(void)send(&all, 92);
	ck_assert_double_ge(psnr(&all), 44);
	draw(0, 16);
	(void)send(&all, 92);
	ck_assert_double_ge(psnr(&all), 37);
	(void)send(&all, SJ_MOTION_QUALITY_MAX);
	ck_assert_double_ge(psnr(&all), 40);
	close_codec();
}
END_TEST

START_TEST(less_quality_is_fewer_bytes_and_further_away)
{
	const struct sj_rect all = {0, 0, WIDTH, HEIGHT};
	size_t before = SIZE_MAX;
	double best = 100;

	open_codec();
	draw(0, 16);
	for (int quality = 100; quality >= 1; quality -= 9) {
		size_t size = send(&all, quality);
		double is = psnr(&all);

		ck_assert_uint_lt(size, before);
		ck_assert_double_lt(is, best);
		before = size;
		best = is;
	}
	(void)send(&all, SJ_MOTION_QUALITY_MIN);
	close_codec();
}
END_TEST

static const struct sj_rect rects[] = {{0, 0, 1, 1}, {199, 149, 1, 1},
	{3, 5, 7, 3}, {0, 0, WIDTH, 1}, {0, 0, 1, HEIGHT}, {64, 64, 64, 64},
	{10, 20, 65, 129}, {17, 1, 8, 8}, {1, 17, 9, 9}, {0, 0, WIDTH, HEIGHT}};

START_TEST(a_rectangle_is_filled_and_nothing_else)
{
	open_codec();
	draw(0, 4);
	for (int quality = 92; quality >= 60; quality -= 16) {
		(void)send(&rects[_i], quality);
		ck_assert_double_ge(psnr(&rects[_i]), 30);
	}
	close_codec();
}
END_TEST

START_TEST(is_full_with_nothing_written_when_there_is_no_room)
{
	const struct sj_rect rect = {8, 8, 100, 100};
	size_t size;

	open_codec();
	draw(0, 16);
	(void)send(&rect, 92); /* learns its tables */
	size = send(&rect, 92) + 4;
	for (size_t room = 0; room < size * 3 / 4; room += room < 10 ? 1 : 97) {
		struct sj_writer out = sj_writer_of(data, room);

		ck_assert_int_eq(
			sj_motion_encode(encoder, &host, &rect, 92, &out),
			SJ_STEP_FULL);
		ck_assert_uint_eq(out.at, 0);
	}
	/* And goes on as if nothing had been. */
	ck_assert_uint_le(send(&rect, 92), size);
	ck_assert_double_ge(psnr(&rect), 37);
	close_codec();
}
END_TEST

START_TEST(tables_of_one_picture_serve_all_others)
{
	const struct sj_rect all = {0, 0, WIDTH, HEIGHT};

	open_codec();
	/* One colour: its tables know hardly a symbol. */
	memset(live, 0, sizeof(live));
	(void)send(&all, 92);
	for (unsigned frame = 0; frame < 200; frame++) {
		draw(frame, frame % 3 * 60);
		(void)send(&all, 92 - (int)(frame / 8));
		ck_assert_double_ge(psnr(&all), 20);
	}
	close_codec();
}
END_TEST

START_TEST(nothing_of_a_viewer_is_left_after_a_reset)
{
	const struct sj_rect all = {0, 0, WIDTH, HEIGHT};
	static uint8_t first[sizeof(data)];
	size_t size;

	open_codec();
	draw(0, 16);
	size = send(&all, 90);
	memcpy(first, data, size + 4);
	draw(1, 200);
	(void)send(&all, 60);
	sj_motion_encoder_reset(encoder);
	draw(0, 16);
	state = 7;
	draw(0, 16);
	ck_assert_uint_eq(send(&all, 90), size);
	ck_assert_mem_eq(data, first, size + 4);
	close_codec();
	sj_motion_encoder_destroy(NULL);
	sj_motion_decoder_destroy(NULL);
}
END_TEST

/* Codes of all symbols, each once, and none is all ones. */
static void check_complete(const struct sj_huffman *table, size_t symbols)
{
	bool is_there[SJ_HUFFMAN_SYMBOLS] = {false};
	size_t count = 0;
	unsigned long used = 0;

	ck_assert_uint_eq(table->count[0], 0);
	for (int length = 1; length < SJ_HUFFMAN_LENGTHS; length++) {
		count += table->count[length];
		used += (unsigned long)table->count[length] << (16 - length);
	}
	ck_assert_uint_eq(count, symbols);
	ck_assert_uint_lt(used, 1 << 16);
	for (size_t i = 0; i < count; i++) {
		ck_assert(!is_there[table->symbol[i]]);
		is_there[table->symbol[i]] = true;
	}
}

START_TEST(completed_tables_have_a_code_for_each_symbol)
{
	struct sj_huffman table;

	memset(&table, 0, sizeof(table));
	sj_huffman_complete(&table, 0);
	check_complete(&table, 12);
	/* One symbol that was always there stays short. */
	memset(&table, 0, sizeof(table));
	table.count[1] = 1;
	table.symbol[0] = 5;
	sj_huffman_complete(&table, 1);
	check_complete(&table, 162 + 0);
	ck_assert_uint_eq(table.count[1], 1);
	ck_assert_uint_eq(table.symbol[0], 5);
	/* One of each length: the steepest there is. */
	memset(&table, 0, sizeof(table));
	for (unsigned i = 1; i < SJ_HUFFMAN_LENGTHS; i++) {
		table.count[i] = 1;
		table.symbol[i - 1] = (uint8_t)((i - 1) * 16 + 1);
	}
	sj_huffman_complete(&table, 1);
	check_complete(&table, 162);
	ck_assert_uint_eq(table.symbol[0], 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_picture_comes_back_close_to_what_it_was,
		less_quality_is_fewer_bytes_and_further_away,
		is_full_with_nothing_written_when_there_is_no_room,
		tables_of_one_picture_serve_all_others,
		nothing_of_a_viewer_is_left_after_a_reset,
		completed_tables_have_a_code_for_each_symbol,
	};
	const struct sj_suite_loop loops[] = {
		{a_rectangle_is_filled_and_nothing_else,
			sizeof(rects) / sizeof(rects[0])},
	};

	return sj_suite_run_loops(
		"motion", tests, sizeof(tests) / sizeof(tests[0]), loops, 1);
}
