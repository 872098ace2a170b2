/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Payloads that no encoder of ours makes: refused, nothing else touched. */
#include <stdlib.h>
#include <string.h>

#include "protocol/motion/motion.h"
#include "tests/support/suite.h"

enum { WIDTH = 48, HEIGHT = 24, SIDE = 64, MARK = 0xee, ROOM = 8192 };
/* Where parts of a payload of ours are: two quantisation tables, the frame. */
enum { QUANT = 2, QUANT_BYTES = 69, FRAME = QUANT + 2 * QUANT_BYTES };
enum { FRAME_BYTES = 19, CODES = FRAME + FRAME_BYTES };

static const struct sj_rect rect = {8, 8, WIDTH, HEIGHT};
static uint8_t good[ROOM];
static size_t good_bytes, scan; /* scan: where SOS is */
static uint8_t pixels[SIDE * SIDE * 4];

static void make_good(void)
{
	static uint8_t live[SIDE * SIDE * 4];
	struct sj_tile_image image = {live, SIDE * 4, {SIDE, SIDE}};
	struct sj_motion_encoder *encoder = sj_motion_encoder_create();
	struct sj_writer out = sj_writer_of(good, sizeof(good));

	ck_assert_ptr_nonnull(encoder);
	for (size_t i = 0; i < sizeof(live); i++)
		live[i] = (uint8_t)(i * i >> 7);
	ck_assert_int_eq(sj_motion_encode(encoder, &image, &rect, 90, &out),
		SJ_STEP_DONE);
	good_bytes = out.at - 4;
	memmove(good, good + 4, good_bytes);
	sj_motion_encoder_destroy(encoder);
	scan = CODES;
	while (good[scan + 1] == 0xc4)
		scan += 2u + good[scan + 2] * 256u + good[scan + 3];
	ck_assert_uint_eq(good[scan + 1], 0xda);
}

static enum sj_step decode_into(
	const uint8_t *data, size_t size, const struct sj_rect *into)
{
	struct sj_tile_image image = {pixels, SIDE * 4, {SIDE, SIDE}};
	struct sj_motion_decoder *decoder = sj_motion_decoder_create();
	/* Of its own, so that a sanitiser sees a byte too much. */
	uint8_t *copy = malloc(size + 1);
	enum sj_step step;

	ck_assert_ptr_nonnull(decoder);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy + 1, data, size);
	memset(pixels, MARK, sizeof(pixels));
	step = sj_motion_decode(decoder, copy + 1, size, into, &image);
	for (size_t i = 0; i < sizeof(pixels); i++) {
		size_t x = i / 4 % SIDE, y = i / 4 / SIDE;

		if ((x < 8 || x >= 8 + WIDTH || y < 8 || y >= 8 + HEIGHT) &&
			pixels[i] != MARK)
			ck_abort_msg("byte %zu was touched", i);
	}
	/* What was refused leaves nothing behind. */
	ck_assert_int_eq(
		sj_motion_decode(decoder, good, good_bytes, &rect, &image),
		SJ_STEP_DONE);
	sj_motion_decoder_destroy(decoder);
	free(copy);
	return step;
}

static void refuse(const uint8_t *data, size_t size)
{
	ck_assert_int_eq(decode_into(data, size, &rect), SJ_STEP_REFUSE);
}

/* good with one byte changed. */
static void refuse_byte(size_t at, uint8_t value)
{
	uint8_t bad[ROOM];

	ck_assert_uint_ne(good[at], value);
	memcpy(bad, good, good_bytes);
	bad[at] = value;
	refuse(bad, good_bytes);
}

/* good with bytes between. */
static void refuse_between(size_t at, const char *text, size_t size)
{
	uint8_t bad[ROOM];

	memcpy(bad, good, at);
	memcpy(bad + at, text, size);
	memcpy(bad + at + size, good + at, good_bytes - at);
	refuse(bad, good_bytes + size);
}

START_TEST(takes_what_it_is_meant_for)
{
	make_good();
	ck_assert_int_eq(decode_into(good, good_bytes, &rect), SJ_STEP_DONE);
}
END_TEST

START_TEST(refuses_other_kinds_of_frames)
{
	make_good();
	/* extended, progressive, lossless, arithmetic, and the others */
	for (unsigned kind = 0xc1; kind <= 0xcf; kind++)
		refuse_byte(FRAME + 1, (uint8_t)kind);
	refuse_byte(FRAME + 4, 12); /* 12 bits */
	refuse_byte(FRAME + 4, 16);
	refuse_byte(FRAME + 9, 1); /* components */
	refuse_byte(FRAME + 9, 4);
	refuse_byte(FRAME + 11, 0x22); /* subsampling */
	refuse_byte(FRAME + 14, 0x21);
	refuse_byte(FRAME + 12, 2); /* a table that is not there */
	refuse_byte(FRAME + 10, 2); /* the same component twice */
}
END_TEST

START_TEST(refuses_any_other_size)
{
	static const struct sj_rect others[] = {{8, 8, WIDTH - 1, HEIGHT},
		{8, 8, WIDTH, HEIGHT - 1}, {8, 8, 1, 1}, {8, 8, HEIGHT, WIDTH},
		{40, 8, WIDTH, HEIGHT}, {8, 60, WIDTH, HEIGHT}, {0, 0, 0, 0}};

	make_good();
	for (size_t i = 0; i < SJ_COUNT(others); i++)
		ck_assert_int_eq(decode_into(good, good_bytes, &others[i]),
			SJ_STEP_REFUSE);
	/* huge ones, and none */
	for (unsigned at = FRAME + 5; at < FRAME + 9; at++) {
		refuse_byte(at, 0xff);
		refuse_byte(at, good[at] == 0 ? 1 : 0);
	}
}
END_TEST

START_TEST(refuses_what_is_cut_off_anywhere)
{
	make_good();
	for (size_t size = 0; size < good_bytes; size++)
		refuse(good, size);
}
END_TEST

START_TEST(refuses_a_scan_that_is_too_short_or_too_long)
{
	uint8_t bad[ROOM];

	make_good();
	for (size_t size = scan + 14; size < good_bytes - 2; size++) {
		memcpy(bad, good, size);
		if (bad[size - 1] == 0xff)
			continue;
		memcpy(bad + size, "\xff\xd9", 2);
		/* The last byte may hold nothing but padding. */
		if (size < good_bytes - 4)
			refuse(bad, size + 2);
	}
	refuse_between(good_bytes - 2, "0123456789abcdef0123456789abcdef", 32);
}
END_TEST

START_TEST(refuses_everything_behind_the_end)
{
	uint8_t twice[ROOM];

	make_good();
	refuse_between(good_bytes, "\0", 1);
	refuse_between(good_bytes, "\xff\xd9", 2);
	memcpy(twice, good, good_bytes);
	memcpy(twice + good_bytes, good, good_bytes);
	refuse(twice, 2 * good_bytes);
}
END_TEST

START_TEST(refuses_other_segments_anywhere)
{
	static const struct {
		const char *text;
		size_t size;
	} segments[] = {
		{"\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0", 18},
		{"\xff\xee\0\x0e"
		 "Adobe\0d\0\0\0\0\0",
			16},
		{"\xff\xfe\0\4ab", 6},   /* comment */
		{"\xff\xdd\0\4\0\1", 6}, /* restart interval */
		{"\xff\xd0", 2}, {"\xff\xd8", 2}, {"\xff\xff", 2},
		{"\xff\xdc\0\4\0\x18", 6}, /* number of lines */
		{"\xff\xcc\0\4\0\0", 6},   /* arithmetic conditioning */
		{"\xff\xdf\0\3\x11", 5},   /* expand */
	};

	make_good();
	for (size_t i = 0; i < SJ_COUNT(segments); i++) {
		const size_t places[] = {0, QUANT, FRAME, CODES, scan,
			scan + 14, scan + 20, good_bytes - 2};

		for (size_t j = 0; j < SJ_COUNT(places); j++)
			refuse_between(
				places[j], segments[i].text, segments[i].size);
	}
}
END_TEST

START_TEST(refuses_tables_that_are_none)
{
	make_good();
	refuse_byte(QUANT + 4, 1);    /* number 1 first */
	refuse_byte(QUANT + 4, 0x10); /* 16 bits */
	refuse_byte(QUANT + 3, 66);
	refuse_byte(QUANT + 5, 0); /* a step of nothing */
	refuse_byte(CODES + 4, 1);
	refuse_byte(CODES + 4, 0x10);
	refuse_byte(CODES + 3, 200);
	refuse_byte(CODES + 5, 3); /* more codes of one bit than there are */
	refuse_byte(scan + 4, 1);
	refuse_byte(scan + 6, 0x22);
	refuse_byte(scan + 11, 1); /* spectral selection */
	refuse_byte(scan + 12, 5);
	refuse_byte(scan + 13, 1); /* successive approximation */
}
END_TEST

SJ_SUITE_MAIN("motion_hostile", takes_what_it_is_meant_for,
	refuses_other_kinds_of_frames, refuses_any_other_size,
	refuses_what_is_cut_off_anywhere,
	refuses_a_scan_that_is_too_short_or_too_long,
	refuses_everything_behind_the_end, refuses_other_segments_anywhere,
	refuses_tables_that_are_none)
