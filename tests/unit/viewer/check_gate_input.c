/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/gate_input.h"

#include <string.h>

#include "tests/support/hex.h"
#include "tests/support/suite.h"

static struct sj_gate_input input;

static const struct {
	struct sj_viewer_input said;
	const char *bytes; /* "": nothing is to be sent */
	enum sj_err err;
} words[] = {
	{{.type = SJ_VIEWER_INPUT_KEY, .keysym = 0xff0d, .is_down = 7},
		"04 01 0000 0000ff0d", SJ_OK},
	{{.type = SJ_VIEWER_INPUT_KEY, .keysym = 0x61}, "04 00 0000 00000061",
		SJ_OK},
	/* An eighth button would be one of an extension. */
	{{.type = SJ_VIEWER_INPUT_POINTER,
		 .buttons = 0xff,
		 .x_px = 258,
		 .y_px = 772},
		"05 7f 0102 0304", SJ_OK},
	{{.type = SJ_VIEWER_INPUT_SIZE, .x_px = 800, .y_px = 600},
		"fb 00 0320 0258 01 00 00000001 0000 0000 0320 0258 00000000",
		SJ_OK},
	{{.type = SJ_VIEWER_INPUT_SIZE,
		 .x_px = SJ_LIMIT_WIDTH_MIN_PX - 1,
		 .y_px = 600},
		"", SJ_ERR_FORMAT},
	{{.type = SJ_VIEWER_INPUT_SIZE,
		 .x_px = SJ_LIMIT_WIDTH_PX + 1,
		 .y_px = 600},
		"", SJ_ERR_FORMAT},
	{{.type = SJ_VIEWER_INPUT_SIZE,
		 .x_px = 800,
		 .y_px = SJ_LIMIT_HEIGHT_MIN_PX - 1},
		"", SJ_ERR_FORMAT},
	{{.type = SJ_VIEWER_INPUT_SIZE,
		 .x_px = 800,
		 .y_px = SJ_LIMIT_HEIGHT_PX + 1},
		"", SJ_ERR_FORMAT},
	{{.type = 0}, "", SJ_ERR_FORMAT},
	{{.type = SJ_VIEWER_INPUT_RELEASE_ALL + 1}, "", SJ_ERR_FORMAT},
};

START_TEST(what_the_window_says_is_exactly_one_message)
{
	uint8_t wanted[64];
	size_t size = sj_hex_bytes(words[_i].bytes, wanted, sizeof(wanted));

	ck_assert_int_eq(
		sj_gate_input_add(&input, &words[_i].said), words[_i].err);
	ck_assert_uint_eq(input.size, size);
	ck_assert_mem_eq(input.bytes, wanted, size);
	ck_assert(!input.is_release_wanted);
}
END_TEST

START_TEST(a_focus_that_is_lost_is_no_message_but_a_wish)
{
	const struct sj_viewer_input lost = {
		.type = SJ_VIEWER_INPUT_RELEASE_ALL};

	ck_assert_int_eq(sj_gate_input_add(&input, &lost), SJ_OK);
	ck_assert_uint_eq(input.size, 0);
	ck_assert(input.is_release_wanted);
}
END_TEST

START_TEST(what_has_no_room_is_refused_whole)
{
	const struct sj_viewer_input pointer = {
		.type = SJ_VIEWER_INPUT_POINTER, .x_px = 1, .y_px = 2};
	const struct sj_viewer_input resize = {
		.type = SJ_VIEWER_INPUT_SIZE, .x_px = 800, .y_px = 600};
	const uint8_t last[] = {5, 0, 0, 1, 0, 2};
	size_t count = 0, size;

	while (sj_gate_input_has_room(&input)) {
		ck_assert_int_eq(sj_gate_input_add(&input, &pointer), SJ_OK);
		ck_assert_uint_eq(input.size, ++count * sizeof(last));
	}
	size = input.size;
	ck_assert_uint_gt(size, sizeof(input.bytes) - 24);
	ck_assert_int_eq(sj_gate_input_add(&input, &resize), SJ_ERR_LIMIT);
	ck_assert_uint_eq(input.size, size);
	ck_assert_mem_eq(input.bytes + size - sizeof(last), last, sizeof(last));
}
END_TEST

START_TEST(what_was_taken_makes_room_and_the_rest_stays_in_order)
{
	struct sj_viewer_input key = {
		.type = SJ_VIEWER_INPUT_KEY, .is_down = 1};
	uint8_t wanted[16];
	struct sj_reader reader;

	for (key.keysym = 0x61; key.keysym <= 0x63; key.keysym++)
		ck_assert_int_eq(sj_gate_input_add(&input, &key), SJ_OK);
	reader = sj_gate_input_reader(&input);
	ck_assert_uint_eq(sj_reader_left(&reader), 24);
	sj_gate_input_drop(&input, 8);
	ck_assert_uint_eq(input.size, 16);
	ck_assert_uint_eq(sj_hex_bytes("04 01 0000 00000062"
				       " 04 01 0000 00000063",
				  wanted, sizeof(wanted)),
		16);
	ck_assert_mem_eq(input.bytes, wanted, sizeof(wanted));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_focus_that_is_lost_is_no_message_but_a_wish,
		what_has_no_room_is_refused_whole,
		what_was_taken_makes_room_and_the_rest_stays_in_order,
	};
	const struct sj_suite_loop loops[] = {
		{what_the_window_says_is_exactly_one_message, SJ_COUNT(words)},
	};

	return sj_suite_run_loops("viewer_gate_input", tests, SJ_COUNT(tests),
		loops, SJ_COUNT(loops));
}
