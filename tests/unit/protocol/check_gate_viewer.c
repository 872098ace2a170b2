/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The direction from viewer to host: gate_viewer.c. */
#include <stdio.h>
#include <string.h>

#include "protocol/base/limits.h"
#include "protocol/gate/gate.h"
#include "tests/support/gate_rig.h"
#include "tests/support/suite.h"

#define FORMAT "00 00*3 20 18 00 01 00ff 00ff 00ff 10 08 00 00*3 "
#define FORMAT_RGB "00 00*3 20 18 00 01 00ff 00ff 00ff 00 08 10 00*3 "
#define ENCODINGS "02 00 0001 00000000 "
#define REQUEST "03 01 0000 0000 0320 0258 "

static struct sj_rig rig;

static void open_fresh(enum sj_gate_profile profile)
{
	sj_rig_open(&rig, profile);
}

static void open_running(enum sj_gate_profile profile)
{
	sj_rig_open(&rig, profile);
	sj_rig_start(&rig);
}

static void close_rig(void)
{
	sj_rig_close(&rig);
}

static void pass(const char *text, const char *wanted)
{
	ck_assert_int_eq(sj_rig_viewer(&rig, text), SJ_STEP_MORE);
	ck_assert_uint_eq(rig.left, 0);
	sj_rig_expect(&rig, wanted);
}

static void refuse(const char *text, enum sj_reason reason)
{
	ck_assert_int_eq(sj_rig_viewer(&rig, text), SJ_STEP_REFUSE);
	ck_assert_int_eq(sj_gate_reason(rig.gate), reason);
	ck_assert(!sj_gate_is_host_fault(rig.gate));
	sj_rig_expect(&rig, "");
	/* For ever, in both directions. */
	ck_assert_int_eq(sj_rig_viewer(&rig, REQUEST), SJ_STEP_REFUSE);
	ck_assert_int_eq(sj_rig_host(&rig, ""), SJ_STEP_REFUSE);
	ck_assert_int_eq(sj_gate_reason(rig.gate), reason);
	ck_assert_uint_eq(
		sj_gate_wait_us(rig.gate, rig.now_us), SJ_GATE_NO_WAIT);
}

static uint64_t count_of(size_t index)
{
	struct sj_gate_counts counts;

	sj_gate_counts(rig.gate, SJ_GATE_FROM_VIEWER, &counts);
	return counts.count[index];
}

START_TEST(default_wants_format_then_encodings_then_the_rest)
{
	open_fresh(SJ_GATE_DEFAULT);
	pass(FORMAT, FORMAT);
	pass(ENCODINGS, ENCODINGS);
	pass(REQUEST, REQUEST);
	close_rig();
	open_fresh(SJ_GATE_DEFAULT);
	refuse(ENCODINGS, SJ_REASON_VIEWER_STATE);
	close_rig();
	open_fresh(SJ_GATE_DEFAULT);
	refuse(REQUEST, SJ_REASON_VIEWER_STATE);
	close_rig();
	open_fresh(SJ_GATE_DEFAULT);
	pass(FORMAT, FORMAT);
	refuse(FORMAT, SJ_REASON_VIEWER_STATE);
	close_rig();
	open_running(SJ_GATE_DEFAULT);
	refuse(ENCODINGS, SJ_REASON_VIEWER_STATE);
	close_rig();
}
END_TEST

START_TEST(stock_may_change_format_and_encodings_at_any_time)
{
	open_fresh(SJ_GATE_STOCK);
	pass(REQUEST, REQUEST);
	pass(ENCODINGS, ENCODINGS);
	pass(FORMAT_RGB, FORMAT_RGB);
	pass(FORMAT, FORMAT);
	pass(ENCODINGS, ENCODINGS);
	close_rig();
}
END_TEST

START_TEST(default_permits_the_constant_format_alone)
{
	open_fresh(SJ_GATE_DEFAULT);
	refuse(FORMAT_RGB, SJ_REASON_VIEWER_FORMAT);
	close_rig();
	open_fresh(SJ_GATE_DEFAULT);
	refuse("00 00*3 20 18 00 ff 00ff 00ff 00ff 10 08 00 00*3",
		SJ_REASON_VIEWER_FORMAT);
	close_rig();
	open_fresh(SJ_GATE_STOCK);
	refuse("00 00*3 08 08 00 01 0007 0007 0003 00 03 06 00*3",
		SJ_REASON_VIEWER_FORMAT);
	close_rig();
}
END_TEST

START_TEST(unknown_encodings_vanish_from_the_rebuilt_list)
{
	open_fresh(SJ_GATE_DEFAULT);
	pass(FORMAT, FORMAT);
	/* Tight, ZRLE, hextile, LastRect, DesktopName, xvp, fence, ours. */
	pass("02 00 0009 00000007 00000010 00000005 ffffff20 fffffecd fffffecb"
	     " fffffec8 534a0000 534a0005",
		"02 00 0001 534a0000");
	ck_assert(sj_gate_is_ours(rig.gate));
	close_rig();
	open_fresh(SJ_GATE_STOCK);
	/* Compression levels 0 and 9 and one beyond; JPEG quality. */
	pass("02 00 0006 ffffff00 ffffff09 ffffff0a fffffeff ffffffe0 00000007",
		"02 00 0003 ffffff00 ffffff09 00000007");
	ck_assert(!sj_gate_is_ours(rig.gate));
	close_rig();
}
END_TEST

START_TEST(requests_are_for_the_whole_screen)
{
	open_running(SJ_GATE_DEFAULT);
	pass("03 01 031f 0257 0001 0001", REQUEST);
	pass("03 01 0000 0000 0780 0438", REQUEST);
	pass("03 01 0400 0300 0010 0010", REQUEST);
	close_rig();
}
END_TEST

START_TEST(stock_requests_are_clamped_to_the_screen)
{
	open_running(SJ_GATE_STOCK);
	pass("03 01 0000 0000 0780 0438", REQUEST);
	pass("03 01 031f 0257 0400 0100", "03 01 031f 0257 0001 0001");
	/* Wholly outside since the screen shrank: still answered. */
	pass("03 01 0400 0300 0010 0010", REQUEST);
	close_rig();
}
END_TEST

START_TEST(requests_beyond_the_largest_screen_are_refused)
{
	static const char *const texts[] = {
		"03 01 0000 0000 0781 0438",
		"03 01 0000 0000 0780 0439",
		"03 01 0001 0000 0780 0438",
		"03 01 ffff 0000 ffff 0001",
		"03 01 0000 0000 0000 0001",
		"03 01 0000 0000 0001 0000",
	};

	open_running(SJ_GATE_DEFAULT);
	refuse(texts[_i], SJ_REASON_VIEWER_REQUEST);
	close_rig();
}
END_TEST

START_TEST(full_requests_above_their_rate_are_delayed)
{
	open_running(SJ_GATE_DEFAULT); /* has sent one */
	for (int i = 1; i < SJ_LIMIT_FULL_REQUESTS_PER_SECOND; i++)
		pass("03 00 0000 0000 0320 0258", "03 00 0000 0000 0320 0258");
	ck_assert_int_eq(
		sj_rig_viewer(&rig, "03 00 0000 0000 0320 0258"), SJ_STEP_FULL);
	ck_assert_uint_eq(rig.left, 10);
	rig.now_us += sj_gate_wait_us(rig.gate, rig.now_us);
	pass("03 00 0000 0000 0320 0258", "03 00 0000 0000 0320 0258");
	close_rig();
}
END_TEST

START_TEST(keys_pass_with_their_padding_cleared)
{
	open_running(SJ_GATE_DEFAULT);
	pass("04 01 abcd 00000061 04 01 0000 00000061 04 00 0000 00000061",
		"04 01 0000 00000061 04 01 0000 00000061 04 00 0000 00000061");
	ck_assert_uint_eq(count_of(3), 3);
	ck_assert_uint_eq(sj_gate_activity(rig.gate), 3);
	close_rig();
}
END_TEST

START_TEST(a_release_of_a_key_that_is_not_down_is_dropped)
{
	open_running(SJ_GATE_DEFAULT);
	pass("04 00 0000 00000061", "");
	ck_assert_uint_eq(count_of(SJ_GATE_COUNT_KEYS_DROPPED), 1);
	pass("04 01 0000 00000061 04 00 0000 00000061",
		"04 01 0000 00000061 04 00 0000 00000061");
	pass("04 00 0000 00000061", "");
	ck_assert_uint_eq(count_of(SJ_GATE_COUNT_KEYS_DROPPED), 2);
	close_rig();
}
END_TEST

START_TEST(a_keysym_outside_the_list_ends_our_viewer)
{
	open_running(SJ_GATE_DEFAULT);
	refuse("04 01 0000 0000fed0", SJ_REASON_VIEWER_KEY);
	close_rig();
}
END_TEST

START_TEST(a_keysym_outside_the_list_is_dropped_for_stock)
{
	open_running(SJ_GATE_STOCK);
	pass("04 01 0000 1008ff11 04 00 0000 1008ff11", "");
	ck_assert_uint_eq(count_of(SJ_GATE_COUNT_KEYS_DROPPED), 2);
	close_rig();
}
END_TEST

START_TEST(sixteen_keys_may_be_down_and_not_seventeen)
{
	char text[64];

	open_running(SJ_GATE_DEFAULT);
	for (unsigned i = 0; i < SJ_LIMIT_KEYS_DOWN; i++) {
		snprintf(text, sizeof(text), "04 01 0000 000000%02x", 0x61 + i);
		pass(text, text);
	}
	pass("04 01 0000 00000041", ""); /* the 17th */
	pass("04 00 0000 00000041", ""); /* and its release */
	pass("04 01 0000 00000061", "04 01 0000 00000061"); /* a repeat */
	pass("04 00 0000 00000065", "04 00 0000 00000065");
	pass("04 01 0000 00000041", "04 01 0000 00000041");
	ck_assert_uint_eq(count_of(SJ_GATE_COUNT_KEYS_DROPPED), 2);
	close_rig();
}
END_TEST

START_TEST(keys_above_their_rate_are_delayed_not_lost)
{
	uint64_t wait_us;

	open_running(SJ_GATE_DEFAULT);
	for (int i = 0; i < SJ_LIMIT_KEYS_BURST; i++)
		pass("04 01 0000 00000061 04 00 0000 00000061",
			"04 01 0000 00000061 04 00 0000 00000061");
	ck_assert_int_eq(
		sj_rig_viewer(&rig, "04 01 0000 00000061"), SJ_STEP_FULL);
	ck_assert_uint_eq(rig.left, 8);
	wait_us = sj_gate_wait_us(rig.gate, rig.now_us);
	ck_assert_uint_gt(wait_us, 0);
	ck_assert_uint_le(wait_us, 1000000 / SJ_LIMIT_KEYS_PER_SECOND);
	rig.now_us += wait_us - 1;
	ck_assert_int_eq(
		sj_rig_viewer(&rig, "04 01 0000 00000061"), SJ_STEP_FULL);
	rig.now_us += 1;
	pass("04 01 0000 00000061", "04 01 0000 00000061");
	/* A release is free: it cannot be more often than its press. */
	pass("04 00 0000 00000061", "04 00 0000 00000061");
	ck_assert_uint_eq(
		sj_gate_wait_us(rig.gate, rig.now_us), SJ_GATE_NO_WAIT);
	close_rig();
}
END_TEST

START_TEST(sizes_above_their_rate_are_delayed_not_lost)
{
	static const char size[] = "fb 00 0320 0258 01 00 00000001 "
				   "00000000 0320 0258 00000000";
	uint64_t wait_us;

	open_running(SJ_GATE_DEFAULT);
	for (int i = 0; i < SJ_LIMIT_SIZES_PER_SECOND; i++)
		pass(size, size);
	ck_assert_int_eq(sj_rig_viewer(&rig, size), SJ_STEP_FULL);
	wait_us = sj_gate_wait_us(rig.gate, rig.now_us);
	ck_assert_uint_gt(wait_us, 0);
	ck_assert_uint_le(wait_us, 1000000 / SJ_LIMIT_SIZES_PER_SECOND);
	rig.now_us += wait_us;
	pass(size, size);
	close_rig();
}
END_TEST

START_TEST(the_pointer_is_clamped_to_the_screen)
{
	open_running(SJ_GATE_DEFAULT);
	pass("05 00 077f 0437", "05 00 031f 0257");
	pass("05 00 0000 0258", "05 00 0000 0257");
	close_rig();
}
END_TEST

START_TEST(the_pointer_beyond_the_largest_screen_is_refused)
{
	static const char *const texts[] = {
		"05 00 0780 0000", "05 00 0000 0438", "05 00 ffff ffff"};

	open_running(SJ_GATE_DEFAULT);
	refuse(texts[_i], SJ_REASON_VIEWER_POINTER);
	close_rig();
}
END_TEST

/* Uses up the pointer's tokens with motions to 1, 1. */
static void exhaust_pointer(void)
{
	for (int i = 0; i < SJ_LIMIT_POINTER_PER_SECOND; i++)
		pass("05 00 0001 0001", "05 00 0001 0001");
}

START_TEST(motions_above_their_rate_are_coalesced_to_the_last)
{
	uint64_t wait_us;

	open_running(SJ_GATE_DEFAULT);
	exhaust_pointer();
	pass("05 00 0002 0002 05 00 0003 0003 05 00 0004 0004", "");
	ck_assert_uint_eq(count_of(SJ_GATE_COUNT_MOTIONS_COALESCED), 2);
	wait_us = sj_gate_wait_us(rig.gate, rig.now_us);
	ck_assert_uint_gt(wait_us, 0);
	ck_assert_uint_le(wait_us, 1000000 / SJ_LIMIT_POINTER_PER_SECOND);
	rig.now_us += wait_us;
	pass("", "05 00 0004 0004");
	ck_assert_uint_eq(
		sj_gate_wait_us(rig.gate, rig.now_us), SJ_GATE_NO_WAIT);
	close_rig();
}
END_TEST

START_TEST(a_button_change_is_delayed_and_never_lost)
{
	open_running(SJ_GATE_DEFAULT);
	exhaust_pointer();
	pass("05 00 0002 0002", "");
	ck_assert_int_eq(sj_rig_viewer(&rig, "05 01 0003 0003"), SJ_STEP_FULL);
	rig.now_us += sj_gate_wait_us(rig.gate, rig.now_us);
	/* The held motion takes the token, the press the next one. */
	ck_assert_int_eq(sj_rig_viewer(&rig, "05 01 0003 0003"), SJ_STEP_FULL);
	sj_rig_expect(&rig, "05 00 0002 0002");
	rig.now_us += sj_gate_wait_us(rig.gate, rig.now_us);
	pass("05 01 0003 0003", "05 01 0003 0003");
	close_rig();
}
END_TEST

START_TEST(a_key_does_not_overtake_a_held_motion)
{
	open_running(SJ_GATE_DEFAULT);
	exhaust_pointer();
	pass("05 00 0009 0009", "");
	ck_assert_int_eq(
		sj_rig_viewer(&rig, "04 01 0000 00000061"), SJ_STEP_FULL);
	sj_rig_expect(&rig, "");
	rig.now_us += sj_gate_wait_us(rig.gate, rig.now_us);
	pass("04 01 0000 00000061", "05 00 0009 0009 04 01 0000 00000061");
	close_rig();
}
END_TEST

/* An incremental request and a key, each behind a motion. */
START_TEST(no_other_message_carries_motions_above_their_rate)
{
	unsigned passed = 0;

	open_running(SJ_GATE_DEFAULT);
	exhaust_pointer();
	for (int i = 0; i < 1000; i++) {
		(void)sj_rig_viewer(&rig, "05 00 0007 0007");
		(void)sj_rig_viewer(&rig,
			_i == 0 ? "03 01 0000 0000 0001 0001"
				: "04 01 0000 00000061 04 00 0000 00000061");
		rig.now_us += 100;
	}
	for (size_t at = 0; at < rig.out_size; at += rig.out[at] == 3   ? 10
						     : rig.out[at] == 4 ? 8
									: 6)
		passed += rig.out[at] == 5;
	/* A tenth of a second. */
	ck_assert_uint_le(passed, SJ_LIMIT_POINTER_PER_SECOND / 10 + 1);
	ck_assert_uint_gt(passed, 10);
	rig.out_size = 0;
	close_rig();
}
END_TEST

START_TEST(cut_text_is_refused_by_default_and_dropped_for_stock)
{
	open_running(SJ_GATE_DEFAULT);
	refuse("06", SJ_REASON_VIEWER_CUT_TEXT);
	close_rig();
	open_running(SJ_GATE_STOCK);
	pass("06 000000 00000003 \"abc\" 06 000000 00000000" REQUEST, REQUEST);
	pass("06 000000 00000003 \"ab\"", "");
	ck_assert(!sj_gate_viewer_is_boundary(rig.gate));
	pass("\"c\"" REQUEST, REQUEST);
	ck_assert(sj_gate_viewer_is_boundary(rig.gate));
	ck_assert_uint_eq(count_of(5), 3);
	close_rig();
}
END_TEST

START_TEST(stock_cut_text_of_a_megabyte_passes_and_one_byte_more_does_not)
{
	static uint8_t piece[4096];

	open_running(SJ_GATE_STOCK);
	pass("06 000000 00100000", "");
	for (int i = 0; i < (1 << 20) / 4096; i++)
		ck_assert_int_eq(sj_rig_feed(&rig, SJ_GATE_FROM_VIEWER, piece,
					 sizeof(piece)),
			SJ_STEP_MORE);
	ck_assert(sj_gate_viewer_is_boundary(rig.gate));
	refuse("06 000000 00100001", SJ_REASON_VIEWER_CUT_TEXT);
	close_rig();
}
END_TEST

START_TEST(a_fence_is_answered_here_and_never_relayed)
{
	open_running(SJ_GATE_DEFAULT);
	pass("f8 ffffff 80000005 03 010203", "");
	ck_assert_int_eq(sj_rig_host(&rig, ""), SJ_STEP_MORE);
	sj_rig_expect(&rig, "f8 000000 00000005 03 010203");
	close_rig();
}
END_TEST

START_TEST(a_second_fence_waits_for_the_answer_to_the_first)
{
	open_running(SJ_GATE_DEFAULT);
	ck_assert_int_eq(sj_rig_viewer(&rig, "f8 000000 80000000 01 01"
					     " f8 000000 80000000 01 02"),
		SJ_STEP_FULL);
	ck_assert_uint_eq(rig.left, 10);
	ck_assert_int_eq(sj_rig_host(&rig, ""), SJ_STEP_MORE);
	sj_rig_expect(&rig, "f8 000000 00000000 01 01");
	pass("f8 000000 80000000 01 02", "");
	close_rig();
}
END_TEST

START_TEST(an_answer_to_a_fence_nobody_sent_is_refused)
{
	open_running(SJ_GATE_DEFAULT);
	refuse("f8 000000 00000000 00", SJ_REASON_VIEWER_FENCE);
	close_rig();
}
END_TEST

START_TEST(continuous_updates_are_declined)
{
	open_running(SJ_GATE_DEFAULT);
	pass("96 01 0000 0000 0320 0258", "");
	ck_assert_int_eq(sj_rig_host(&rig, ""), SJ_STEP_MORE);
	sj_rig_expect(&rig, "96");
	close_rig();
	open_running(SJ_GATE_DEFAULT);
	refuse("96 02", SJ_REASON_VIEWER_CONTINUOUS);
	close_rig();
}
END_TEST

#define SIZE(w, h)                                                             \
	"fb 00 " w " " h " 01 00 00000001 0000 0000 " w " " h " 00000000"

/* What goes on to a host of 1920x1080 at most; ours NULL: refused. */
static const struct {
	const char *text, *ours, *stock;
} sizes[] = {
	{SIZE("0140", "00c8"), SIZE("0140", "00c8"), SIZE("0140", "00c8")},
	{SIZE("0780", "0438"), SIZE("0780", "0438"), SIZE("0780", "0438")},
	{SIZE("0781", "0438"), SIZE("0780", "0438"), SIZE("0780", "0438")},
	{SIZE("0780", "0439"), SIZE("0780", "0438"), SIZE("0780", "0438")},
	{SIZE("0f00", "0870"), SIZE("0780", "0438"), SIZE("0780", "0438")},
	{SIZE("0f01", "0870"), NULL, SIZE("0780", "0438")},
	{SIZE("0f00", "0871"), NULL, SIZE("0780", "0438")},
	{SIZE("013f", "00c8"), NULL, SIZE("0140", "00c8")},
	{SIZE("0140", "00c7"), NULL, SIZE("0140", "00c8")},
	{SIZE("ffff", "0001"), NULL, SIZE("0780", "00c8")},
	{SIZE("0000", "0000"), NULL, SIZE("0140", "00c8")},
};

START_TEST(a_wished_size_is_bounded)
{
	open_running(SJ_GATE_DEFAULT);
	if (sizes[_i].ours != NULL)
		pass(sizes[_i].text, sizes[_i].ours);
	else
		refuse(sizes[_i].text, SJ_REASON_VIEWER_SIZE);
	close_rig();
	open_running(SJ_GATE_STOCK);
	pass(sizes[_i].text, sizes[_i].stock);
	close_rig();
}
END_TEST

START_TEST(a_message_without_room_changes_nothing)
{
	const uint8_t key[] = {4, 1, 0, 0, 0, 0, 0, 0x61};
	struct sj_reader in = sj_reader_of(key, sizeof(key));
	struct sj_writer out = sj_writer_of(rig.out, 7);

	open_running(SJ_GATE_DEFAULT);
	ck_assert_int_eq(sj_gate_viewer_next(rig.gate, &in, &out, rig.now_us),
		SJ_STEP_FULL);
	ck_assert_uint_eq(in.at, 0);
	ck_assert_uint_eq(out.at, 0);
	ck_assert_uint_eq(count_of(3), 0);
	/* Had it been counted as down, this release would pass. */
	pass("04 00 0000 00000061", "");
	close_rig();
}
END_TEST

/* What the ledger compares with the other end's. */
START_TEST(what_was_sent_is_counted_beside_what_came)
{
	struct sj_gate_counts sent;
	struct sj_writer out = sj_writer_of(rig.out, sizeof(rig.out));

	open_running(SJ_GATE_STOCK);
	sj_gate_sent(rig.gate, &sent);
	ck_assert_uint_eq(sent.count[0], 1);
	ck_assert_uint_eq(sent.bytes[0], 20);
	ck_assert_uint_eq(sent.count[1], 1);
	ck_assert_uint_eq(sent.count[2], 1);
	/* A press, a keysym that is dropped, a release that nobody wants. */
	ck_assert_int_eq(
		sj_rig_viewer(&rig,
			"04 01 0000 00000061 04 01 0000 0000fed0 04 00 0000 "
			"00000062 05 01 0001 0001"),
		SJ_STEP_MORE);
	sj_gate_sent(rig.gate, &sent);
	ck_assert_uint_eq(count_of(3), 3);
	ck_assert_uint_eq(sent.count[3], 1);
	ck_assert_uint_eq(sent.bytes[3], 8);
	ck_assert_uint_eq(sent.count[4], 1);
	ck_assert_uint_eq(sent.bytes[4], 6);
	ck_assert_uint_eq(sent.count[SJ_GATE_COUNT_KEYS_DROPPED], 0);
	/* The releases at the end were sent, and came from nobody. */
	ck_assert_int_eq(sj_gate_release_all(rig.gate, &out), SJ_STEP_DONE);
	sj_gate_sent(rig.gate, &sent);
	ck_assert_uint_eq(count_of(3), 3);
	ck_assert_uint_eq(sent.count[3], 2);
	ck_assert_uint_eq(sent.count[4], 2);
	close_rig();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_was_sent_is_counted_beside_what_came,
		default_wants_format_then_encodings_then_the_rest,
		stock_may_change_format_and_encodings_at_any_time,
		default_permits_the_constant_format_alone,
		unknown_encodings_vanish_from_the_rebuilt_list,
		requests_are_for_the_whole_screen,
		stock_requests_are_clamped_to_the_screen,
		full_requests_above_their_rate_are_delayed,
		keys_pass_with_their_padding_cleared,
		a_release_of_a_key_that_is_not_down_is_dropped,
		a_keysym_outside_the_list_ends_our_viewer,
		a_keysym_outside_the_list_is_dropped_for_stock,
		sixteen_keys_may_be_down_and_not_seventeen,
		keys_above_their_rate_are_delayed_not_lost,
		sizes_above_their_rate_are_delayed_not_lost,
		the_pointer_is_clamped_to_the_screen,
		motions_above_their_rate_are_coalesced_to_the_last,
		a_button_change_is_delayed_and_never_lost,
		a_key_does_not_overtake_a_held_motion,
		cut_text_is_refused_by_default_and_dropped_for_stock,
		stock_cut_text_of_a_megabyte_passes_and_one_byte_more_does_not,
		a_fence_is_answered_here_and_never_relayed,
		a_second_fence_waits_for_the_answer_to_the_first,
		an_answer_to_a_fence_nobody_sent_is_refused,
		continuous_updates_are_declined,
		a_message_without_room_changes_nothing,
	};
	const struct sj_suite_loop loops[] = {
		{requests_beyond_the_largest_screen_are_refused, 6},
		{the_pointer_beyond_the_largest_screen_is_refused, 3},
		{no_other_message_carries_motions_above_their_rate, 2},
		{a_wished_size_is_bounded, sizeof(sizes) / sizeof(sizes[0])},
	};

	return sj_suite_run_loops("gate_viewer", tests,
		sizeof(tests) / sizeof(tests[0]), loops,
		sizeof(loops) / sizeof(loops[0]));
}
