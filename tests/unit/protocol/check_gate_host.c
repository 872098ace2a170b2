/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The direction from host to viewer: gate_host.c. */
#include <stdio.h>
#include <string.h>

#include "protocol/base/limits.h"
#include "protocol/gate/gate.h"
#include "tests/support/gate_rig.h"
#include "tests/support/suite.h"

#define UPDATE "00 00 0001 "
#define RAW_PIXEL "00000000 01020300 "
#define SIZE(w, h)                                                             \
	"0000 0000 " w " " h " fffffecc 01 000000 00000001 0000 0000 " w " " h \
	" 00000000 "

static struct sj_rig rig;

static void open_painted(enum sj_gate_profile profile)
{
	sj_rig_open(&rig, profile);
	sj_rig_start(&rig);
	sj_rig_paint(&rig);
}

static void pass(const char *text, const char *wanted)
{
	ck_assert_int_eq(sj_rig_host(&rig, text), SJ_STEP_MORE);
	ck_assert_uint_eq(rig.left, 0);
	ck_assert_int_eq(sj_gate_reason(rig.gate), SJ_REASON_NONE);
	sj_rig_expect(&rig, wanted);
}

/* Feeds text; whatever was put out before the violation does not matter. */
static void refuse(const char *text, enum sj_reason reason)
{
	ck_assert_int_eq(sj_rig_host(&rig, text), SJ_STEP_REFUSE);
	ck_assert_int_eq(sj_gate_reason(rig.gate), reason);
	ck_assert(sj_gate_is_host_fault(rig.gate));
	rig.out_size = 0;
	ck_assert_int_eq(sj_rig_host(&rig, UPDATE), SJ_STEP_REFUSE);
	ck_assert_int_eq(sj_rig_viewer(&rig, ""), SJ_STEP_REFUSE);
	sj_rig_expect(&rig, "");
}

static const struct {
	enum sj_gate_profile profile;
	const char *text;
	enum sj_reason reason;
} refused[] = {
	/* message types: colour map, bell, cut text, resize, xvp, QEMU */
	{SJ_GATE_DEFAULT, "01", SJ_REASON_HOST_TYPE},
	{SJ_GATE_STOCK, "01", SJ_REASON_HOST_TYPE},
	{SJ_GATE_DEFAULT, "02", SJ_REASON_HOST_TYPE},
	{SJ_GATE_STRICT, "02", SJ_REASON_HOST_TYPE},
	{SJ_GATE_DEFAULT, "03", SJ_REASON_HOST_CUT_TEXT},
	{SJ_GATE_STRICT, "03", SJ_REASON_HOST_CUT_TEXT},
	{SJ_GATE_STOCK, "03 000000 00100001", SJ_REASON_HOST_CUT_TEXT},
	{SJ_GATE_STOCK, "03 000000 ffffffff", SJ_REASON_HOST_CUT_TEXT},
	{SJ_GATE_STOCK, "04", SJ_REASON_HOST_TYPE},
	{SJ_GATE_STOCK, "0b", SJ_REASON_HOST_TYPE},
	{SJ_GATE_STOCK, "fa", SJ_REASON_HOST_TYPE},
	{SJ_GATE_STOCK, "ff", SJ_REASON_HOST_TYPE},
	/* number of rectangles: none, limit + 1, LastRect's */
	{SJ_GATE_DEFAULT, "00 00 0000", SJ_REASON_HOST_UPDATE},
	{SJ_GATE_DEFAULT, "00 00 0401", SJ_REASON_HOST_UPDATE},
	{SJ_GATE_DEFAULT, "00 00 ffff", SJ_REASON_HOST_UPDATE},
	/* geometry */
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0321 0001 00000000",
		SJ_REASON_HOST_RECT},
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0001 0259 00000000",
		SJ_REASON_HOST_RECT},
	{SJ_GATE_DEFAULT, UPDATE "0320 0000 0001 0001 00000000",
		SJ_REASON_HOST_RECT},
	{SJ_GATE_DEFAULT, UPDATE "0000 0258 0001 0001 00000000",
		SJ_REASON_HOST_RECT},
	{SJ_GATE_DEFAULT, UPDATE "ffff 0000 ffff 0001 00000000",
		SJ_REASON_HOST_RECT},
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0000 0001 00000000",
		SJ_REASON_HOST_RECT},
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0001 0000 00000000",
		SJ_REASON_HOST_RECT},
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0321 0001 534a0000",
		SJ_REASON_HOST_RECT},
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0001 0259 534a0000",
		SJ_REASON_HOST_RECT},
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0000 0000 534a0000",
		SJ_REASON_HOST_RECT},
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0321 0001 534a0004",
		SJ_REASON_HOST_RECT},
	/* encodings: RRE, hextile, TRLE, Tight, ZRLE, XCursor, LastRect,
	 * NewFBSize, DesktopName, VMware cursor, one beyond ours */
	{SJ_GATE_STOCK, UPDATE "0000 0000 0001 0001 00000002",
		SJ_REASON_HOST_ENCODING},
	{SJ_GATE_STOCK, UPDATE "0000 0000 0001 0001 00000005",
		SJ_REASON_HOST_ENCODING},
	{SJ_GATE_STOCK, UPDATE "0000 0000 0001 0001 0000000f",
		SJ_REASON_HOST_ENCODING},
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0001 0001 00000006",
		SJ_REASON_HOST_ENCODING},
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0001 0001 00000007",
		SJ_REASON_HOST_ENCODING},
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0001 0001 00000010",
		SJ_REASON_HOST_ENCODING},
	{SJ_GATE_STOCK, UPDATE "0000 0000 0001 0001 ffffff10",
		SJ_REASON_HOST_ENCODING},
	{SJ_GATE_STOCK, UPDATE "0000 0000 0000 0000 ffffff20",
		SJ_REASON_HOST_ENCODING},
	{SJ_GATE_STOCK, UPDATE "0000 0000 0400 0300 ffffff21",
		SJ_REASON_HOST_ENCODING},
	{SJ_GATE_STOCK, UPDATE "0000 0000 0000 0000 fffffecd",
		SJ_REASON_HOST_ENCODING},
	{SJ_GATE_STOCK, UPDATE "0000 0000 0001 0001 574d5664",
		SJ_REASON_HOST_ENCODING},
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0001 0001 534a0005",
		SJ_REASON_HOST_ENCODING},
	{SJ_GATE_STRICT, UPDATE "0000 0000 0001 0001 534a0004",
		SJ_REASON_HOST_ENCODING},
	{SJ_GATE_STRICT, UPDATE "0000 0000 0001 0001 534a0000",
		SJ_REASON_HOST_ENCODING},
	{SJ_GATE_STRICT, UPDATE "0000 0000 0001 0001 ffffff11",
		SJ_REASON_HOST_ENCODING},
	{SJ_GATE_STOCK, UPDATE "0000 0000 0001 0001 00000007 90",
		SJ_REASON_HOST_ENCODING},
	/* lengths */
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0040 0040 534a0000 00000000",
		SJ_REASON_HOST_LENGTH},
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0040 0040 534a0000 00004101",
		SJ_REASON_HOST_LENGTH},
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0320 0258 534a0000 00010001",
		SJ_REASON_HOST_LENGTH},
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0010 0010 534a0004 00000000",
		SJ_REASON_HOST_LENGTH},
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0010 0010 534a0004 00000701",
		SJ_REASON_HOST_LENGTH},
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0320 0258 534a0004 00010001",
		SJ_REASON_HOST_LENGTH},
	{SJ_GATE_STRICT, UPDATE "0000 0000 0001 0001 00000006 00000100",
		SJ_REASON_HOST_LENGTH},
	{SJ_GATE_STOCK, UPDATE "0000 0000 0001 0001 00000010 7fffffff",
		SJ_REASON_HOST_LENGTH},
	/* CopyRect: source outside to the right, below */
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0010 0010 00000001 0311 0000",
		SJ_REASON_HOST_COPY},
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0010 0010 00000001 0000 0249",
		SJ_REASON_HOST_COPY},
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0010 0010 00000001 ffff ffff",
		SJ_REASON_HOST_COPY},
	{SJ_GATE_DEFAULT, UPDATE "0319 0000 0010 0010 00000001 0000 0000",
		SJ_REASON_HOST_RECT},
	/* cursors: too wide, too high, hot spot outside, half empty */
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0041 0001 ffffff11",
		SJ_REASON_HOST_CURSOR},
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0001 0041 534a0001",
		SJ_REASON_HOST_CURSOR},
	{SJ_GATE_DEFAULT, UPDATE "0008 0000 0008 0008 534a0001",
		SJ_REASON_HOST_CURSOR},
	{SJ_GATE_DEFAULT, UPDATE "0000 0008 0008 0008 534a0001",
		SJ_REASON_HOST_CURSOR},
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0000 0008 534a0001",
		SJ_REASON_HOST_CURSOR},
	{SJ_GATE_DEFAULT, UPDATE "0001 0000 0000 0000 ffffff11",
		SJ_REASON_HOST_CURSOR},
	/* sizes: below and beyond, one in each direction; refused wish with
	 * another size; malformed */
	{SJ_GATE_DEFAULT, UPDATE SIZE("013f", "00c8"), SJ_REASON_HOST_SIZE},
	{SJ_GATE_DEFAULT, UPDATE SIZE("0140", "00c7"), SJ_REASON_HOST_SIZE},
	{SJ_GATE_DEFAULT, UPDATE SIZE("0781", "0438"), SJ_REASON_HOST_SIZE},
	{SJ_GATE_DEFAULT, UPDATE SIZE("0780", "0439"), SJ_REASON_HOST_SIZE},
	{SJ_GATE_DEFAULT,
		UPDATE "0001 0001 0400 0300 fffffecc 01 000000 00000001 0000"
		       " 0000 0400 0300 00000000",
		SJ_REASON_HOST_SIZE},
	{SJ_GATE_DEFAULT, UPDATE "0003 0000 0400 0300 fffffecc",
		SJ_REASON_HOST_SIZE},
	/* caret outside, caret without height */
	{SJ_GATE_DEFAULT, UPDATE "0320 0000 0001 0010 534a0002",
		SJ_REASON_HOST_CARET},
	{SJ_GATE_DEFAULT, UPDATE "0010 0010 0001 0000 534a0002",
		SJ_REASON_HOST_CARET},
	/* session end: unknown code, other hundreds, more than a code, not
	 * alone */
	{SJ_GATE_DEFAULT, UPDATE "01f3 0000 0000 0000 534a0003",
		SJ_REASON_HOST_END},
	{SJ_GATE_DEFAULT, UPDATE "012c 0000 0000 0000 534a0003",
		SJ_REASON_HOST_END},
	{SJ_GATE_DEFAULT, UPDATE "0258 0000 0000 0000 534a0003",
		SJ_REASON_HOST_END},
	{SJ_GATE_DEFAULT, UPDATE "0190 0001 0000 0000 534a0003",
		SJ_REASON_HOST_END},
	{SJ_GATE_DEFAULT, UPDATE "0190 0000 0001 0000 534a0003",
		SJ_REASON_HOST_END},
	{SJ_GATE_DEFAULT, UPDATE "0190 0000 0000 0001 534a0003",
		SJ_REASON_HOST_END},
	{SJ_GATE_DEFAULT, "00 00 0002 0190 0000 0000 0000 534a0003",
		SJ_REASON_HOST_END},
	/* an answer to a fence that nobody sent, a long fence */
	{SJ_GATE_STRICT, UPDATE "0010 0000 0000 0000 534a0005",
		SJ_REASON_HOST_CURSOR},
	{SJ_GATE_STRICT, UPDATE "0001 0001 0000 0000 534a0005",
		SJ_REASON_HOST_CURSOR},
	{SJ_GATE_STRICT, UPDATE "0001 0000 0001 0000 534a0005",
		SJ_REASON_HOST_CURSOR},
	{SJ_GATE_STRICT, UPDATE "0001 0000 0000 0001 534a0005",
		SJ_REASON_HOST_CURSOR},
	{SJ_GATE_STRICT, UPDATE "0000 0000 0001 0001 534a0000",
		SJ_REASON_HOST_ENCODING},
	{SJ_GATE_STRICT, UPDATE "0000 0000 0001 0001 534a0006",
		SJ_REASON_HOST_ENCODING},
	{SJ_GATE_STRICT, UPDATE "0000 0000 0000 0000 534a0002",
		SJ_REASON_HOST_ENCODING},
	{SJ_GATE_DEFAULT, "f8 000000 00000000 00", SJ_REASON_HOST_FENCE},
	{SJ_GATE_DEFAULT, "f8 000000 80000000 41", SJ_REASON_HOST_FENCE},
};
#define REFUSED (sizeof(refused) / sizeof(refused[0]))

START_TEST(refuses_what_is_outside_the_subset)
{
	open_painted(refused[_i].profile);
	refuse(refused[_i].text, refused[_i].reason);
	sj_rig_close(&rig);
}
END_TEST

static const struct {
	enum sj_gate_profile profile;
	const char *text;
} permitted[] = {
	/* the last pixel, the whole of a tile, the bound of its length */
	{SJ_GATE_DEFAULT, UPDATE "031f 0257 0001 0001 " RAW_PIXEL},
	{SJ_GATE_DEFAULT,
		UPDATE "02e0 0218 0040 0040 534a0000 00004100 11*16640"},
	{SJ_GATE_DEFAULT, UPDATE "0000 0000 0320 0258 534a0000 00000001 11"},
	{SJ_GATE_DEFAULT,
		UPDATE "0000 0000 0010 0010 534a0004 00000700 11*1792"},
	{SJ_GATE_DEFAULT, UPDATE "0310 0248 0010 0010 00000001 0310 0248"},
	{SJ_GATE_DEFAULT, UPDATE "003f 003f 0040 0040 534a0001 22*16384"},
	{SJ_GATE_DEFAULT, UPDATE SIZE("0140", "00c8")},
	{SJ_GATE_DEFAULT, UPDATE SIZE("0780", "0438")},
	{SJ_GATE_DEFAULT, UPDATE "031f 0000 0001 0258 534a0002"},
	{SJ_GATE_DEFAULT, UPDATE "01f4 0000 0000 0000 534a0003"},
	{SJ_GATE_STRICT, UPDATE "01f4 0000 0000 0000 534a0003"},
};
#define PERMITTED (sizeof(permitted) / sizeof(permitted[0]))

START_TEST(permits_what_is_at_the_limit)
{
	open_painted(permitted[_i].profile);
	pass(permitted[_i].text, permitted[_i].text);
	sj_rig_close(&rig);
}
END_TEST

START_TEST(no_update_before_the_first_request)
{
	sj_rig_open(&rig, SJ_GATE_STOCK);
	refuse(UPDATE, SJ_REASON_HOST_STATE);
	sj_rig_close(&rig);
}
END_TEST

START_TEST(no_copy_before_the_first_pixels)
{
	sj_rig_open(&rig, SJ_GATE_DEFAULT);
	sj_rig_start(&rig);
	refuse(UPDATE "0000 0000 0010 0010 00000001 0000 0000",
		SJ_REASON_HOST_STATE);
	sj_rig_close(&rig);
}
END_TEST

START_TEST(nothing_after_the_session_end)
{
	open_painted(SJ_GATE_DEFAULT);
	pass(UPDATE "0195 0000 0000 0000 534a0003",
		UPDATE "0195 0000 0000 0000 534a0003");
	ck_assert_int_eq(sj_gate_end_reason(rig.gate), SJ_REASON_END_BROWSER);
	/* Keys that are under way are no violation. */
	ck_assert_int_eq(
		sj_rig_viewer(&rig, "04 01 0000 00000061"), SJ_STEP_MORE);
	refuse(UPDATE, SJ_REASON_HOST_STATE);
	sj_rig_close(&rig);
}
END_TEST

START_TEST(only_announced_encodings_pass)
{
	sj_rig_open(&rig, SJ_GATE_DEFAULT);
	ck_assert_int_eq(
		sj_rig_viewer(&rig,
			"00 00*3 20 18 00 01 00ff 00ff 00ff 10 08 00 00*3"
			" 02 00 0001 00000001 03 00 0000 0000 0320 0258"),
		SJ_STEP_MORE);
	rig.out_size = 0;
	pass(UPDATE "0000 0000 0001 0001 " RAW_PIXEL,
		UPDATE "0000 0000 0001 0001 " RAW_PIXEL);
	refuse(UPDATE "0000 0000 0001 0001 534a0000", SJ_REASON_HOST_ENCODING);
	sj_rig_close(&rig);
}
END_TEST

START_TEST(a_new_size_moves_the_bounds_of_both_directions)
{
	open_painted(SJ_GATE_DEFAULT);
	pass(UPDATE SIZE("0400", "0300"), UPDATE SIZE("0400", "0300"));
	ck_assert_uint_eq(sj_gate_size(rig.gate).width_px, 0x400);
	pass(UPDATE "03ff 02ff 0001 0001 " RAW_PIXEL,
		UPDATE "03ff 02ff 0001 0001 " RAW_PIXEL);
	ck_assert_int_eq(sj_rig_viewer(&rig, "05 00 077f 0000"), SJ_STEP_MORE);
	sj_rig_expect(&rig, "05 00 03ff 0000");
	pass(UPDATE SIZE("0140", "00c8"), UPDATE SIZE("0140", "00c8"));
	refuse(UPDATE "0140 0000 0001 0001 00000000", SJ_REASON_HOST_RECT);
	sj_rig_close(&rig);
}
END_TEST

START_TEST(two_screens_of_pixels_pass_in_one_update_and_no_pixel_more)
{
	uint64_t before;

#define WHOLE_COPY "0000 0000 0320 0258 00000001 0000 0000 "
	open_painted(SJ_GATE_DEFAULT);
	before = sj_gate_pixels(rig.gate);
	pass("00 00 0002 " WHOLE_COPY WHOLE_COPY,
		"00 00 0002 " WHOLE_COPY WHOLE_COPY);
	/* For the ledger: all that passed, and nothing that was refused. */
	ck_assert_uint_eq(sj_gate_pixels(rig.gate) - before, 2 * 800 * 600);
	refuse("00 00 0003 " WHOLE_COPY WHOLE_COPY
	       "0000 0000 0001 0001 00000001 0000 0000",
		SJ_REASON_HOST_BUDGET);
	sj_rig_close(&rig);
}
END_TEST

START_TEST(pixels_above_their_rate_are_delayed)
{
	const char *text = "00 00 0002 " WHOLE_COPY WHOLE_COPY;
	uint64_t updates = 0, wait_us;
	enum sj_step step;

	open_painted(SJ_GATE_DEFAULT);
	do {
		rig.out_size = 0;
		step = sj_rig_host(&rig, text);
		updates++;
	} while (step == SJ_STEP_MORE && updates < 1000);
	ck_assert_int_eq(step, SJ_STEP_FULL);
	ck_assert_uint_eq(rig.left, 4 + 2 * 16);
	/* A second's worth has passed, at most an update more. */
	ck_assert_uint_ge(updates * 2 * 800 * 600, SJ_LIMIT_PIXELS_PER_SECOND);
	ck_assert_uint_le(
		(updates - 2) * 2 * 800 * 600, SJ_LIMIT_PIXELS_PER_SECOND);
	wait_us = sj_gate_wait_us(rig.gate, rig.now_us);
	ck_assert_uint_gt(wait_us, 0);
	ck_assert_uint_lt(wait_us, 10000);
	rig.now_us += wait_us;
	pass(text, text);
	sj_rig_close(&rig);
}
END_TEST

/* Taking one costs as much as its pixels do. */
START_TEST(new_sizes_above_the_rate_of_pixels_are_delayed)
{
	static const char *const texts[] = {
		SIZE("0780", "0438"), SIZE("0780", "0437")};
	static char text[128 * 80 + 16] = "00 00 0080";
	uint64_t passed, wait_us;

	for (size_t i = 0; i < 128; i++)
		strcat(text, texts[i % 2]);
	open_painted(SJ_GATE_DEFAULT);
	ck_assert_int_eq(sj_rig_host(&rig, text), SJ_STEP_FULL);
	passed = 128 - rig.left / 32;
	ck_assert_uint_ge(
		(passed + 1) * 1920 * 1080, SJ_LIMIT_PIXELS_PER_SECOND);
	ck_assert_uint_le(
		(passed - 2) * 1920 * 1080, SJ_LIMIT_PIXELS_PER_SECOND);
	wait_us = sj_gate_wait_us(rig.gate, rig.now_us);
	ck_assert_uint_gt(wait_us, 0);
	ck_assert_uint_lt(wait_us, 20000);
	sj_rig_close(&rig);
}
END_TEST

START_TEST(stock_bell_and_cut_text_end_here)
{
	struct sj_gate_counts counts;

	open_painted(SJ_GATE_STOCK);
	pass("02 03 000000 00000003 \"abc\" 02", "");
	sj_gate_counts(rig.gate, SJ_GATE_FROM_HOST, &counts);
	ck_assert_uint_eq(counts.count[1], 2);
	ck_assert_uint_eq(counts.count[2], 1);
	ck_assert_uint_eq(counts.bytes[2], 11);
	pass("03 000000 00000002 \"a\"", "");
	ck_assert(!sj_gate_host_is_boundary(rig.gate));
	pass("\"b\"", "");
	ck_assert(sj_gate_host_is_boundary(rig.gate));
	sj_rig_close(&rig);
}
END_TEST

START_TEST(a_fence_of_the_host_is_answered_here)
{
	open_painted(SJ_GATE_DEFAULT);
	pass("f8 112233 80000001 02 0708", "");
	/* A second one waits for the answer to the first. */
	ck_assert_int_eq(
		sj_rig_host(&rig, "f8 000000 80000001 00"), SJ_STEP_FULL);
	ck_assert_int_eq(sj_rig_viewer(&rig, ""), SJ_STEP_MORE);
	sj_rig_expect(&rig, "f8 000000 00000001 02 0708");
	pass("f8 000000 80000001 00", "");
	sj_rig_close(&rig);
}
END_TEST

START_TEST(an_answer_waits_for_the_end_of_the_message)
{
	open_painted(SJ_GATE_DEFAULT);
	ck_assert_int_eq(
		sj_rig_host(&rig, UPDATE "0000 0000 0001 0001 00000000 01"),
		SJ_STEP_MORE);
	ck_assert_uint_eq(rig.left, 1);
	ck_assert(!sj_gate_host_is_boundary(rig.gate));
	rig.out_size = 0;
	ck_assert_int_eq(
		sj_rig_viewer(&rig, "f8 000000 80000000 00"), SJ_STEP_MORE);
	ck_assert_int_eq(sj_rig_host(&rig, ""), SJ_STEP_MORE);
	sj_rig_expect(&rig, "");
	pass("01020304", "01020300 f8 000000 00000000 00");
	sj_rig_close(&rig);
}
END_TEST

START_TEST(counts_rectangles_and_bytes)
{
	struct sj_gate_counts counts;
	uint64_t rects;

	open_painted(SJ_GATE_DEFAULT); /* one update, one Raw rectangle */
	pass("00 00 0002 0000 0000 0001 0001 " RAW_PIXEL
	     "0000 0000 0001 0001 534a0000 00000002 0000",
		"00 00 0002 0000 0000 0001 0001 " RAW_PIXEL
		"0000 0000 0001 0001 534a0000 00000002 0000");
	ck_assert_uint_eq(sj_gate_updates(rig.gate, &rects), 2);
	ck_assert_uint_eq(rects, 3);
	sj_gate_counts(rig.gate, SJ_GATE_ENCODING, &counts);
	ck_assert_uint_eq(counts.count[0], 2);
	ck_assert_uint_eq(counts.bytes[0], 2 * 16);
	ck_assert_uint_eq(counts.count[7], 1);
	ck_assert_uint_eq(counts.bytes[7], 18);
	sj_gate_counts(rig.gate, SJ_GATE_FROM_HOST, &counts);
	ck_assert_uint_eq(counts.count[0], 2);
	ck_assert_uint_eq(counts.bytes[0], 2 * 4 + 2 * 16 + 18);
	sj_rig_close(&rig);
}
END_TEST

START_TEST(a_thousand_and_24_rectangles_pass)
{
	static uint8_t bytes[4 + 1024 * 16];
	size_t at = 4;

	open_painted(SJ_GATE_DEFAULT);
	bytes[2] = 4; /* 0x0400 */
	for (int i = 0; i < SJ_LIMIT_RECTS; i++, at += 16) {
		bytes[at + 5] = 1; /* width */
		bytes[at + 7] = 1; /* height */
	}
	ck_assert_int_eq(
		sj_rig_feed(&rig, SJ_GATE_FROM_HOST, bytes, sizeof(bytes)),
		SJ_STEP_MORE);
	ck_assert_uint_eq(rig.left, 0);
	ck_assert_uint_eq(rig.out_size, sizeof(bytes));
	ck_assert_mem_eq(rig.out, bytes, sizeof(bytes));
	ck_assert(sj_gate_host_is_boundary(rig.gate));
	sj_rig_close(&rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		no_update_before_the_first_request,
		no_copy_before_the_first_pixels,
		nothing_after_the_session_end,
		only_announced_encodings_pass,
		a_new_size_moves_the_bounds_of_both_directions,
		two_screens_of_pixels_pass_in_one_update_and_no_pixel_more,
		pixels_above_their_rate_are_delayed,
		new_sizes_above_the_rate_of_pixels_are_delayed,
		stock_bell_and_cut_text_end_here,
		a_fence_of_the_host_is_answered_here,
		an_answer_waits_for_the_end_of_the_message,
		counts_rectangles_and_bytes,
		a_thousand_and_24_rectangles_pass,
	};
	const struct sj_suite_loop loops[] = {
		{refuses_what_is_outside_the_subset, REFUSED},
		{permits_what_is_at_the_limit, PERMITTED},
	};

	return sj_suite_run_loops("gate_host", tests,
		sizeof(tests) / sizeof(tests[0]), loops,
		sizeof(loops) / sizeof(loops[0]));
}
