/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Both directions together: gate.c. */
#include "protocol/gate/gate.h"

#include <string.h>

#include "protocol/base/limits.h"
#include "tests/support/gate_rig.h"
#include "tests/support/hex.h"
#include "tests/support/suite.h"

static struct sj_rig rig;

static void open_painted(enum sj_gate_profile profile)
{
	sj_rig_open(&rig, profile);
	sj_rig_start(&rig);
	sj_rig_paint(&rig);
}

/* A viewer gate's gate: it asks by itself. */
static void open_requesting_as(enum sj_gate_profile profile)
{
	const struct sj_gate_settings settings = {
		.profile = profile,
		.size = {800, 600},
		.size_max = {SJ_LIMIT_WIDTH_PX, SJ_LIMIT_HEIGHT_PX},
		.is_requesting = true,
		.now_us = 1000000,
	};

	memset(&rig, 0, offsetof(struct sj_rig, out));
	rig.now_us = 1000000;
	rig.gate = sj_gate_create(&settings);
	ck_assert_ptr_nonnull(rig.gate);
}

static void open_requesting(void)
{
	open_requesting_as(SJ_GATE_DEFAULT);
}

/* Thirty-one incremental requests. */
#define ASK " 03 01 0000 0000 0320 0258"
#define ASK_FIVE ASK ASK ASK ASK ASK
#define ASK_MANY ASK_FIVE ASK_FIVE ASK_FIVE ASK_FIVE ASK_FIVE ASK_FIVE ASK

#define GREETING                                                                     \
	"00 00*3 20 18 00 01 00ff 00ff 00ff 10 08 00 00*3"                           \
	" 02 00 0008 534a0000 534a0004 00000001 00000000 534a0001 534a0002 534a0003" \
	" fffffecc 03 00 0000 0000 0320 0258" ASK_MANY

START_TEST(destroying_nothing_does_nothing)
{
	sj_gate_destroy(NULL);
}
END_TEST

START_TEST(releases_all_keys_and_buttons)
{
	struct sj_writer out = sj_writer_of(rig.out, sizeof(rig.out));

	open_painted(SJ_GATE_DEFAULT);
	ck_assert_int_eq(sj_rig_viewer(&rig, "04 01 0000 0000ffe1"
					     " 04 01 0000 00000061"
					     " 05 05 0010 0020"),
		SJ_STEP_MORE);
	ck_assert_int_eq(sj_gate_release_all(rig.gate, &out), SJ_STEP_DONE);
	sj_hex_expect(rig.out, out.at,
		"04 00 0000 00000061 04 00 0000 0000ffe1 05 00 0010 0020");
	out.at = 0;
	ck_assert_int_eq(sj_gate_release_all(rig.gate, &out), SJ_STEP_DONE);
	ck_assert_uint_eq(out.at, 0);
	sj_rig_close(&rig);
}
END_TEST

START_TEST(forgets_a_key_that_was_released_among_others)
{
	struct sj_writer out = sj_writer_of(rig.out, sizeof(rig.out));

	open_painted(SJ_GATE_DEFAULT);
	ck_assert_int_eq(sj_rig_viewer(&rig, "04 01 0000 00000061"
					     " 04 01 0000 00000062"
					     " 04 01 0000 00000063"
					     " 04 00 0000 00000061"),
		SJ_STEP_MORE);
	ck_assert_int_eq(sj_gate_release_all(rig.gate, &out), SJ_STEP_DONE);
	sj_hex_expect(
		rig.out, out.at, "04 00 0000 00000062 04 00 0000 00000063");
	sj_rig_close(&rig);
}
END_TEST

START_TEST(releases_in_pieces_when_there_is_little_room)
{
	uint8_t all[32];
	size_t at = 0;
	enum sj_step step;

	open_painted(SJ_GATE_DEFAULT);
	ck_assert_int_eq(sj_rig_viewer(&rig, "04 01 0000 00000062"
					     " 04 01 0000 00000061"
					     " 05 01 0001 0002"),
		SJ_STEP_MORE);
	for (size_t room = 0; room < 100; room++) {
		struct sj_writer out = sj_writer_of(all + at, room % 9);

		step = sj_gate_release_all(rig.gate, &out);
		at += out.at;
		if (step == SJ_STEP_DONE)
			break;
		ck_assert_int_eq(step, SJ_STEP_FULL);
	}
	sj_hex_expect(all, at,
		"04 00 0000 00000061 04 00 0000 00000062 05 00 0001 0002");
	sj_rig_close(&rig);
}
END_TEST

START_TEST(releases_also_after_a_refusal)
{
	struct sj_writer out = sj_writer_of(rig.out, sizeof(rig.out));

	open_painted(SJ_GATE_DEFAULT);
	ck_assert_int_eq(
		sj_rig_viewer(&rig, "04 01 0000 00000061"), SJ_STEP_MORE);
	ck_assert_int_eq(sj_rig_viewer(&rig, "ff"), SJ_STEP_REFUSE);
	ck_assert_int_eq(sj_gate_release_all(rig.gate, &out), SJ_STEP_DONE);
	sj_hex_expect(rig.out, out.at, "04 00 0000 00000061");
	sj_rig_close(&rig);
}
END_TEST

START_TEST(a_held_motion_does_not_press_again_after_the_release)
{
	struct sj_writer out = sj_writer_of(rig.out, sizeof(rig.out));

	open_painted(SJ_GATE_DEFAULT);
	ck_assert_int_eq(sj_rig_viewer(&rig, "05 01 0001 0001"), SJ_STEP_MORE);
	for (int i = 0; i < SJ_LIMIT_POINTER_PER_SECOND; i++)
		ck_assert_int_eq(
			sj_rig_viewer(&rig, "05 01 0002 0002"), SJ_STEP_MORE);
	ck_assert_int_eq(sj_gate_release_all(rig.gate, &out), SJ_STEP_DONE);
	sj_hex_expect(rig.out, out.at, "05 00 0002 0002");
	rig.out_size = 0;
	rig.now_us += 10000000;
	ck_assert_int_eq(sj_rig_viewer(&rig, ""), SJ_STEP_MORE);
	sj_rig_expect(&rig, "");
	sj_rig_close(&rig);
}
END_TEST

static enum sj_step say_end(const char *wanted)
{
	uint8_t bytes[64];
	struct sj_writer out = sj_writer_of(bytes, sizeof(bytes));
	const enum sj_step step =
		sj_gate_end(rig.gate, &out, SJ_REASON_END_IDLE);

	sj_hex_expect(bytes, out.at, wanted);
	return step;
}

#define END_IDLE "00 00 0001 0191 0000 0000 0000 534a0003"

START_TEST(says_the_end_once_and_then_nothing_more)
{
	uint8_t bytes[SJ_RIG_OUT_BYTES / 1024];
	struct sj_writer small = sj_writer_of(bytes, 15);

	open_painted(SJ_GATE_DEFAULT);
	ck_assert_int_eq(sj_gate_end(rig.gate, &small, SJ_REASON_END_IDLE),
		SJ_STEP_FULL);
	ck_assert_uint_eq(small.at, 0);
	ck_assert_int_eq(say_end(END_IDLE), SJ_STEP_DONE);
	ck_assert_int_eq(say_end(""), SJ_STEP_DONE);
	ck_assert_int_eq(
		sj_rig_host(&rig, "00 00 0001 0000 0000 0001 0001 00000000"),
		SJ_STEP_MORE);
	sj_rig_expect(&rig, "");
	ck_assert_int_eq(sj_gate_reason(rig.gate), SJ_REASON_NONE);
	sj_rig_close(&rig);
}
END_TEST

START_TEST(the_end_waits_for_the_message_that_is_under_way)
{
	open_painted(SJ_GATE_DEFAULT);
	ck_assert_int_eq(
		sj_rig_host(&rig, "00 00 0001 0000 0000 0001 0001 00000000"),
		SJ_STEP_MORE);
	rig.out_size = 0;
	ck_assert_int_eq(say_end(""), SJ_STEP_FULL);
	ck_assert_int_eq(sj_rig_host(&rig, "01020300"), SJ_STEP_MORE);
	ck_assert_int_eq(say_end(END_IDLE), SJ_STEP_DONE);
	sj_rig_close(&rig);
}
END_TEST

START_TEST(a_viewer_that_does_not_know_the_end_gets_none)
{
	sj_rig_open(&rig, SJ_GATE_STOCK);
	ck_assert_int_eq(say_end(""), SJ_STEP_DONE);
	sj_rig_close(&rig);
}
END_TEST

START_TEST(the_viewer_gate_greets_and_asks)
{
	open_requesting();
	ck_assert_int_eq(sj_rig_viewer(&rig, ""), SJ_STEP_MORE);
	sj_rig_expect(&rig, GREETING);
	/* One request for a large update, when its last byte has passed. */
	ck_assert_int_eq(sj_rig_host(&rig, "00 00 0002"
					   " 0000 0000 0001 0001 00000000"
					   " 01020300"
					   " 0001 0000 0200 0002 00000000"
					   " 00*4092"),
		SJ_STEP_MORE);
	rig.out_size = 0;
	ck_assert_int_eq(sj_rig_viewer(&rig, ""), SJ_STEP_MORE);
	sj_rig_expect(&rig, "");
	ck_assert_int_eq(sj_rig_host(&rig, "00000000"), SJ_STEP_MORE);
	rig.out_size = 0;
	ck_assert_int_eq(sj_rig_viewer(&rig, ""), SJ_STEP_MORE);
	sj_rig_expect(&rig, ASK);
	sj_rig_close(&rig);
}
END_TEST

/* Updates of one pixel, the size of which is 20 bytes. */
static void pass_small(int count)
{
	for (int i = 0; i < count; i++)
		ck_assert_int_eq(
			sj_rig_host(&rig, "00 00 0001 0000 0000 0001 0001"
					  " 00000000 01020300"),
			SJ_STEP_MORE);
	rig.out_size = 0;
	ck_assert_int_eq(sj_rig_viewer(&rig, ""), SJ_STEP_MORE);
}

START_TEST(the_viewer_gate_asks_once_for_small_updates)
{
	open_requesting();
	ck_assert_int_eq(sj_rig_viewer(&rig, ""), SJ_STEP_MORE);
	pass_small(SJ_LIMIT_HELD_UPDATES - 1);
	sj_rig_expect(&rig, "");
	pass_small(1);
	sj_rig_expect(&rig, ASK);
	pass_small(1);
	sj_rig_expect(&rig, "");
	sj_rig_close(&rig);
}
END_TEST

START_TEST(the_viewer_gate_asks_when_small_updates_are_many_bytes)
{
	open_requesting();
	ck_assert_int_eq(sj_rig_viewer(&rig, ""), SJ_STEP_MORE);
	pass_small(1);
	/* 4 + 12 + 4 x 2 x 507, and the 20 before, are four too few. */
	ck_assert_int_eq(sj_rig_host(&rig, "00 00 0001 0000 0000 01fb 0002"
					   " 00000000 00*4056"),
		SJ_STEP_MORE);
	pass_small(0);
	sj_rig_expect(&rig, "");
	pass_small(1);
	sj_rig_expect(&rig, ASK);
	sj_rig_close(&rig);
}
END_TEST

START_TEST(the_viewer_gate_asks_for_small_updates_after_a_second)
{
	open_requesting();
	ck_assert_int_eq(sj_rig_viewer(&rig, ""), SJ_STEP_MORE);
	pass_small(1);
	ck_assert_uint_eq(sj_gate_wait_us(rig.gate, rig.now_us), 1000000);
	rig.now_us += 999999;
	pass_small(0);
	sj_rig_expect(&rig, "");
	rig.now_us += 1;
	ck_assert_uint_eq(sj_gate_wait_us(rig.gate, rig.now_us), 0);
	pass_small(0);
	sj_rig_expect(&rig, ASK);
	ck_assert_uint_eq(
		sj_gate_wait_us(rig.gate, rig.now_us), SJ_GATE_NO_WAIT);
	sj_rig_close(&rig);
}
END_TEST

START_TEST(the_viewer_gate_owes_no_more_than_what_may_be_out)
{
	open_requesting();
	ck_assert_int_eq(sj_rig_viewer(&rig, ""), SJ_STEP_MORE);
	for (int i = 0; i < 2 * SJ_LIMIT_CREDITS; i++)
		ck_assert_int_eq(
			sj_rig_host(&rig, "00 00 0001 0000 0000 01fe 0002"
					  " 00000000 00*4080"),
			SJ_STEP_MORE);
	rig.out_size = 0;
	ck_assert_int_eq(sj_rig_viewer(&rig, ""), SJ_STEP_MORE);
	ck_assert_uint_eq(rig.out_size, 10 * SJ_LIMIT_CREDITS);
	sj_rig_close(&rig);
}
END_TEST

START_TEST(the_viewer_gate_asks_for_the_new_size)
{
	open_requesting();
	ck_assert_int_eq(sj_rig_viewer(&rig, ""), SJ_STEP_MORE);
	ck_assert_int_eq(
		sj_rig_host(&rig, "00 00 0001 0001 0000 0400 0300 fffffecc"
				  " 01 000000 00000001 0000 0000 0400 0300"
				  " 00000000"),
		SJ_STEP_MORE);
	pass_small(SJ_LIMIT_HELD_UPDATES - 1);
	sj_rig_expect(&rig, "03 01 0000 0000 0400 0300");
	sj_rig_close(&rig);
}
END_TEST

START_TEST(the_viewer_gate_passes_the_input_of_the_window)
{
	open_requesting();
	ck_assert_int_eq(
		sj_rig_viewer(&rig, "04 01 0000 00000061"), SJ_STEP_MORE);
	sj_rig_expect(&rig, GREETING " 04 01 0000 00000061");
	ck_assert_int_eq(
		sj_rig_viewer(&rig, "02 00 0001 00000007"), SJ_STEP_REFUSE);
	sj_rig_close(&rig);
}
END_TEST

START_TEST(greets_whole_or_not_at_all)
{
	uint8_t bytes[512] = {0};
	struct sj_reader none = sj_reader_of(bytes, 0);
	const size_t whole = 20 + 36 + 10 * SJ_LIMIT_REQUESTS;

	open_requesting();
	for (size_t room = 0; room < whole; room++) {
		struct sj_writer out = sj_writer_of(bytes, room);

		ck_assert_int_eq(
			sj_gate_viewer_next(rig.gate, &none, &out, rig.now_us),
			SJ_STEP_FULL);
		ck_assert_uint_eq(out.at, 0);
	}
	struct sj_writer out = sj_writer_of(bytes, whole);
	ck_assert_int_eq(sj_gate_viewer_next(rig.gate, &none, &out, rig.now_us),
		SJ_STEP_DONE);
	ck_assert_uint_eq(out.at, whole);
	sj_rig_close(&rig);
}
END_TEST

static enum sj_step swallow(const char *text, size_t *left)
{
	uint8_t bytes[256];
	struct sj_reader in =
		sj_reader_of(bytes, sj_hex_bytes(text, bytes, sizeof(bytes)));
	enum sj_step step;

	do
		step = sj_gate_swallow_next(rig.gate, &in);
	while (step == SJ_STEP_DONE);
	*left = sj_reader_left(&in);
	return step;
}

START_TEST(swallows_what_libvncclient_always_writes)
{
	size_t left;

	open_requesting();
	/* As version 0.9.14 does: format, nine encodings, a request. */
	ck_assert_int_eq(
		swallow("00 00*3 20 18 00 01 00ff 00ff 00ff 10 08 00 00*3"
			" 02 00 0009 00000000 00000001 fffe0000 fffffecc"
			" fffe0001 fffe0002 fffe0003 fffffecb fffffefe"
			" 03 00 0000 0000 0320 0258 03 01 0000",
			&left),
		SJ_STEP_MORE);
	ck_assert_uint_eq(left, 4);
	ck_assert_int_eq(sj_gate_reason(rig.gate), SJ_REASON_NONE);
	sj_rig_close(&rig);
}
END_TEST

START_TEST(a_decoder_that_says_anything_else_is_refused)
{
	static const char *const texts[] = {
		"04 01 0000 00000061",
		"05 00 0001 0001",
		"06 000000 00000000",
		"fb 00 0400 0300 01 00 00000001 0000 0000 0400 0300 00000000",
		"f8 000000 80000000 00",
		"07",
		"ff",
	};
	size_t left;

	open_requesting();
	ck_assert_int_eq(swallow(texts[_i], &left), SJ_STEP_REFUSE);
	ck_assert_int_eq(sj_gate_reason(rig.gate), SJ_REASON_DECODER_GONE);
	ck_assert(!sj_gate_is_host_fault(rig.gate));
	ck_assert_int_eq(swallow("", &left), SJ_STEP_REFUSE);
	sj_rig_close(&rig);
}
END_TEST

START_TEST(two_gates_in_a_row_agree)
{
	static struct sj_rig viewer_gate, host_gate;

	/* Viewer gate -> host gate: nothing that one writes is refused by
	 * the other, or changed. */
	open_requesting();
	viewer_gate = rig;
	sj_rig_open(&host_gate, SJ_GATE_DEFAULT);
	ck_assert_int_eq(sj_rig_viewer(&viewer_gate, "04 01 ffff 00000061"
						     " 05 01 0400 0300"),
		SJ_STEP_MORE);
	ck_assert_int_eq(sj_rig_feed(&host_gate, SJ_GATE_FROM_VIEWER,
				 viewer_gate.out, viewer_gate.out_size),
		SJ_STEP_MORE);
	ck_assert_uint_eq(host_gate.out_size, viewer_gate.out_size);
	ck_assert_mem_eq(host_gate.out, viewer_gate.out, viewer_gate.out_size);
	ck_assert(sj_gate_is_ours(host_gate.gate));
	sj_rig_close(&viewer_gate);
	sj_rig_close(&host_gate);
}
END_TEST

#define STRICT_GREETING                                                        \
	"00 000000 20 18 00 01 00ff 00ff 00ff 10 08 00 000000"                 \
	"02 00 0006 00000001 00000006 00000000 534a0005 534a0003 fffffecc"

START_TEST(a_strict_viewer_announces_what_strict_permits)
{
	uint8_t wanted[64];
	const size_t size =
		sj_hex_bytes(STRICT_GREETING, wanted, sizeof(wanted));

	open_requesting_as(SJ_GATE_STRICT);
	ck_assert_int_eq(sj_rig_viewer(&rig, ""), SJ_STEP_MORE);
	ck_assert_uint_gt(rig.out_size, size);
	ck_assert_mem_eq(rig.out, wanted, size);
	ck_assert(!sj_gate_is_mismatched(rig.gate));
	sj_rig_close(&rig);
}
END_TEST

START_TEST(zlib_reaches_a_decoder_under_our_own_number)
{
	open_requesting_as(SJ_GATE_STRICT);
	ck_assert_int_eq(sj_rig_viewer(&rig, ""), SJ_STEP_MORE);
	rig.out_size = 0;
	ck_assert_int_eq(
		sj_rig_host(&rig, "00 00 0001 0000 0000 0010 0010 00000006"
				  " 00000003 0a0b0c"),
		SJ_STEP_MORE);
	sj_rig_expect(&rig, "00 00 0001 0000 0000 0010 0010 534a0006"
			    " 00000003 0a0b0c");
	sj_rig_close(&rig);
}
END_TEST

#define TILES_ONLY "02 00 0002 534a0000 00000001"
#define STRICT_ONLY "02 00 0003 00000006 534a0005 00000001"
#define STRANGE "02 00 0002 00000010 00000006"

START_TEST(a_viewer_of_another_profile_is_known_by_its_encodings)
{
	const struct {
		enum sj_gate_profile profile;
		const char *bytes;
		bool is_mismatched;
	} cases[] = {
		{SJ_GATE_DEFAULT, TILES_ONLY, false},
		{SJ_GATE_DEFAULT, STRICT_ONLY, true},
		{SJ_GATE_STRICT, TILES_ONLY, true},
		{SJ_GATE_STRICT, STRICT_ONLY, false},
		{SJ_GATE_STOCK, TILES_ONLY, false},
		{SJ_GATE_STOCK, STRICT_ONLY, true},
		{SJ_GATE_STOCK, STRANGE, false},
		{SJ_GATE_DEFAULT, STRANGE, false},
	};

	for (size_t i = 0; i < SJ_COUNT(cases); i++) {
		sj_rig_open(&rig, cases[i].profile);
		ck_assert_int_eq(
			sj_rig_viewer(&rig,
				"00 000000 20 18 00 01 00ff 00ff 00ff 10 08 00"
				" 000000"),
			SJ_STEP_MORE);
		ck_assert_int_eq(
			sj_rig_viewer(&rig, cases[i].bytes), SJ_STEP_MORE);
		ck_assert_int_eq(sj_gate_is_mismatched(rig.gate),
			cases[i].is_mismatched);
		sj_rig_close(&rig);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_strict_viewer_announces_what_strict_permits,
		zlib_reaches_a_decoder_under_our_own_number,
		a_viewer_of_another_profile_is_known_by_its_encodings,
		destroying_nothing_does_nothing,
		releases_all_keys_and_buttons,
		forgets_a_key_that_was_released_among_others,
		releases_in_pieces_when_there_is_little_room,
		releases_also_after_a_refusal,
		a_held_motion_does_not_press_again_after_the_release,
		says_the_end_once_and_then_nothing_more,
		the_end_waits_for_the_message_that_is_under_way,
		a_viewer_that_does_not_know_the_end_gets_none,
		the_viewer_gate_greets_and_asks,
		the_viewer_gate_asks_once_for_small_updates,
		the_viewer_gate_asks_when_small_updates_are_many_bytes,
		the_viewer_gate_asks_for_small_updates_after_a_second,
		the_viewer_gate_asks_for_the_new_size,
		the_viewer_gate_owes_no_more_than_what_may_be_out,
		the_viewer_gate_passes_the_input_of_the_window,
		greets_whole_or_not_at_all,
		swallows_what_libvncclient_always_writes,
		two_gates_in_a_row_agree,
	};
	const struct sj_suite_loop loops[] = {
		{a_decoder_that_says_anything_else_is_refused, 7},
	};

	return sj_suite_run_loops("gate", tests,
		sizeof(tests) / sizeof(tests[0]), loops,
		sizeof(loops) / sizeof(loops[0]));
}
