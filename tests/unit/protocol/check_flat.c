/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zlib rectangles of the profile strict: what is sent is seen, and no more. */
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "protocol/tile/flat.h"
#include "tests/support/suite.h"

enum { SIDE = 128, BYTES = SIDE * SIDE * 4, ROOM = 2 * BYTES };

static uint8_t live[BYTES], seen[BYTES];
static struct sj_tile_image from = {live, SIDE * 4, {SIDE, SIDE}};
static struct sj_tile_image to = {seen, SIDE * 4, {SIDE, SIDE}};
static uint8_t room[ROOM];
static struct sj_flat_encoder *encoder;
static struct sj_flat_decoder *decoder;

static void set_up(void)
{
	encoder = sj_flat_encoder_create();
	decoder = sj_flat_decoder_create();
	ck_assert(encoder != NULL && decoder != NULL);
	memset(seen, 0xee, sizeof(seen));
	for (size_t i = 0; i < sizeof(live); i++)
		live[i] = (uint8_t)(i * i >> 9);
}

static void tear_down(void)
{
	sj_flat_encoder_destroy(encoder);
	sj_flat_decoder_destroy(decoder);
}

/* Bytes of the payload, which stands behind its length in room. */
static size_t encode(const struct sj_rect *rect)
{
	struct sj_writer out = sj_writer_of(room, sizeof(room));

	ck_assert_int_eq(
		sj_flat_encode(encoder, &from, rect, &out), SJ_STEP_DONE);
	ck_assert_uint_eq(out.at - 4, (size_t)room[0] << 24 |
					      (size_t)room[1] << 16 |
					      (size_t)room[2] << 8 | room[3]);
	return out.at - 4;
}

static enum sj_step decode(const struct sj_rect *rect, size_t size)
{
	return sj_flat_decode(decoder, room + 4, size, rect, &to);
}

/* A stream of its own with count bytes of value 7 in it. */
static size_t deflate_bytes(size_t count, int flush)
{
	static uint8_t plain[BYTES];
	z_stream zlib = {.next_in = plain, .avail_in = (uInt)count};

	memset(plain, 7, sizeof(plain));
	zlib.next_out = room + 4;
	zlib.avail_out = ROOM - 4;
	ck_assert_int_eq(deflateInit(&zlib, 6), Z_OK);
	ck_assert_int_ge(deflate(&zlib, flush), Z_OK);
	(void)deflateEnd(&zlib);
	return zlib.total_out;
}

START_TEST(what_is_sent_is_seen_in_one_stream)
{
	const struct sj_rect rects[] = {
		{0, 0, 64, 64}, {64, 0, 64, 64}, {3, 70, 1, 5}, {0, 0, 64, 64}};

	set_up();
	for (size_t i = 0; i < sizeof(rects) / sizeof(rects[0]); i++) {
		const struct sj_rect *r = &rects[i];

		ck_assert_int_eq(decode(r, encode(r)), SJ_STEP_DONE);
		for (size_t y = r->y_px; y < (size_t)r->y_px + r->height_px;
			y++) {
			for (size_t x = r->x_px;
				x < (size_t)r->x_px + r->width_px; x++) {
				size_t at = (y * SIDE + x) * 4;

				ck_assert_mem_eq(seen + at, live + at, 3);
				ck_assert_uint_eq(seen[at + 3], 0);
			}
		}
	}
	ck_assert_uint_eq(seen[BYTES - 1], 0xee);
	tear_down();
}
END_TEST

START_TEST(a_second_connection_begins_with_a_new_stream)
{
	const struct sj_rect rect = {0, 0, 64, 64};

	set_up();
	(void)encode(&rect);
	sj_flat_encoder_reset(encoder);
	ck_assert_int_eq(decode(&rect, encode(&rect)), SJ_STEP_DONE);
	tear_down();
}
END_TEST

START_TEST(without_room_for_the_worst_nothing_is_written)
{
	const struct sj_rect rect = {0, 0, 64, 64};
	struct sj_writer out = sj_writer_of(room, 64 * 64 * 4);

	set_up();
	ck_assert_int_eq(
		sj_flat_encode(encoder, &from, &rect, &out), SJ_STEP_FULL);
	ck_assert_uint_eq(out.at, 0);
	ck_assert_int_eq(decode(&rect, encode(&rect)), SJ_STEP_DONE);
	tear_down();
}
END_TEST

START_TEST(fewer_or_more_bytes_than_the_rectangle_are_refused)
{
	const struct sj_rect rect = {8, 8, 16, 4};
	const size_t exact = 16 * 4 * 4;
	const struct {
		size_t count;
		int flush;
		enum sj_step step;
	} cases[] = {
		{exact, Z_SYNC_FLUSH, SJ_STEP_DONE},
		{exact - 1, Z_SYNC_FLUSH, SJ_STEP_REFUSE},
		{exact + 1, Z_SYNC_FLUSH, SJ_STEP_REFUSE},
		{BYTES, Z_SYNC_FLUSH, SJ_STEP_REFUSE},
		{0, Z_SYNC_FLUSH, SJ_STEP_REFUSE},
		{exact, Z_FINISH, SJ_STEP_REFUSE}, /* the stream ends */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t size = deflate_bytes(cases[i].count, cases[i].flush);

		set_up();
		ck_assert_msg(
			decode(&rect, size) == cases[i].step, "case %zu", i);
		/* Nothing outside, whatever came. */
		ck_assert_uint_eq(seen[0], 0xee);
		ck_assert_uint_eq(seen[(12 * SIDE + 8) * 4], 0xee);
		ck_assert_uint_eq(seen[(8 * SIDE + 24) * 4], 0xee);
		tear_down();
	}
}
END_TEST

START_TEST(a_block_that_has_only_begun_is_refused)
{
	const struct sj_rect rect = {8, 8, 16, 4};
	size_t size;

	for (size_t more = 0; more < 4; more++) {
		size = deflate_bytes(16 * 4 * 4, Z_SYNC_FLUSH);
		set_up();
		memset(room + 4 + size, 0, more);
		ck_assert_int_eq(decode(&rect, size + more),
			more == 0 ? SJ_STEP_DONE : SJ_STEP_REFUSE);
		tear_down();
	}
}
END_TEST

START_TEST(garbage_and_all_behind_it_are_refused)
{
	const struct sj_rect rect = {0, 0, 64, 64};
	size_t size;

	set_up();
	memset(room, 0xa5, 64);
	ck_assert_int_eq(decode(&rect, 60), SJ_STEP_REFUSE);
	size = encode(&rect);
	ck_assert_int_eq(decode(&rect, size), SJ_STEP_REFUSE);
	tear_down();
	/* One byte in the middle of a good stream. */
	set_up();
	size = encode(&rect);
	for (size_t i = size / 2; i < size / 2 + 16; i++)
		room[4 + i] = 0xff;
	ck_assert_int_eq(decode(&rect, size), SJ_STEP_REFUSE);
	tear_down();
}
END_TEST

START_TEST(a_rectangle_outside_or_a_payload_too_long_is_refused)
{
	const struct sj_rect outside = {100, 0, 64, 64};
	const struct sj_rect rect = {0, 0, 64, 64};

	set_up();
	ck_assert_int_eq(decode(&outside, encode(&rect)), SJ_STEP_REFUSE);
	ck_assert_int_eq(decode(&rect, 65537), SJ_STEP_REFUSE);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_sent_is_seen_in_one_stream,
		a_second_connection_begins_with_a_new_stream,
		without_room_for_the_worst_nothing_is_written,
		fewer_or_more_bytes_than_the_rectangle_are_refused,
		garbage_and_all_behind_it_are_refused,
		a_block_that_has_only_begun_is_refused,
		a_rectangle_outside_or_a_payload_too_long_is_refused,
	};

	return sj_suite_run("flat", tests, sizeof(tests) / sizeof(tests[0]));
}
