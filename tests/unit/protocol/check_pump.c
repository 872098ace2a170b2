/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What flows through a pump, and how long it may take. */
#include "protocol/gate/pump.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/base/clock.h"
#include "protocol/base/limits.h"
#include "tests/support/pump_rig.h"
#include "tests/support/suite.h"

/* Sends what is left of sent to outer, reads inner to got. */
static int act_stream(void)
{
	ssize_t n;

	if (sj_pump_rig.outer >= 0 &&
		sj_pump_rig.sent_size < sizeof(sj_pump_rig.sent)) {
		n = send(sj_pump_rig.outer,
			sj_pump_rig.sent + sj_pump_rig.sent_size,
			sizeof(sj_pump_rig.sent) - sj_pump_rig.sent_size, 0);
		if (n > 0)
			sj_pump_rig.sent_size += (size_t)n;
		if (sj_pump_rig.sent_size == sizeof(sj_pump_rig.sent))
			sj_pump_rig_shut();
	}
	n = recv(sj_pump_rig.inner, sj_pump_rig.got + sj_pump_rig.got_size,
		sizeof(sj_pump_rig.got) - sj_pump_rig.got_size, 0);
	if (n > 0)
		sj_pump_rig.got_size += (size_t)n;
	return 1;
}

START_TEST(destroying_nothing_does_nothing)
{
	sj_pump_destroy(NULL);
}
END_TEST

START_TEST(a_megabyte_crosses_unchanged)
{
	struct sj_pump_result result;
	uint64_t in = 0, out = 0;

	sj_pump_rig_open(&sj_pump_rig_copy);
	for (size_t i = 0; i < sizeof(sj_pump_rig.sent); i++)
		sj_pump_rig.sent[i] = (uint8_t)(i * 31 + i / 257);
	sj_pump_rig.act = act_stream;
	result = sj_pump_run(sj_pump_rig.pump, sj_pump_rig_soon_ms());
	ck_assert_int_eq(result.end, SJ_PUMP_CLOSED);
	ck_assert_int_eq(result.side, SJ_PUMP_OUTER);
	ck_assert_int_eq(result.reason, SJ_REASON_CLOSED);
	/* What the judge let through is flushed by finish. */
	for (int i = 0;
		i < 1000 && sj_pump_rig.got_size < sizeof(sj_pump_rig.got);
		i++) {
		(void)!sj_pump_finish(
			sj_pump_rig.pump, SJ_PUMP_INNER, sj_clock_ms() + 1);
		(void)act_stream();
	}
	ck_assert_uint_eq(sj_pump_rig.got_size, sizeof(sj_pump_rig.got));
	ck_assert_mem_eq(
		sj_pump_rig.got, sj_pump_rig.sent, sizeof(sj_pump_rig.got));
	sj_pump_totals(sj_pump_rig.pump, SJ_PUMP_OUTER, &in, &out);
	ck_assert_uint_eq(in, sizeof(sj_pump_rig.sent));
	ck_assert_uint_eq(out, 0);
	sj_pump_totals(sj_pump_rig.pump, SJ_PUMP_INNER, &in, &out);
	ck_assert_uint_eq(out, sizeof(sj_pump_rig.sent));
	sj_pump_rig_close();
}
END_TEST

static uint64_t quiet_since_us;

/* The other end never reads; stops when nothing has moved for long. */
static int act_flood(void)
{
	static uint64_t before;
	uint64_t in = 0, out = 0;

	(void)send(sj_pump_rig.outer, sj_pump_rig.sent,
		sizeof(sj_pump_rig.sent), 0);
	sj_pump_totals(sj_pump_rig.pump, SJ_PUMP_OUTER, &in, &out);
	if (in != before) {
		sj_pump_rig.turns = 0;
		quiet_since_us = sj_clock_us();
	}
	before = in;
	if (sj_pump_rig.turns < 50)
		return 1;
	/* It slept in each of these rounds: it did not turn for nothing. */
	ck_assert_uint_ge(sj_clock_us() - quiet_since_us, 50 * 900);
	return 0;
}

START_TEST(a_side_is_not_read_while_the_other_is_full)
{
	struct sj_pump_result result;
	uint64_t in = 0, written = 0, out = 0;

	sj_pump_rig_open(&sj_pump_rig_copy);
	sj_pump_rig.act = act_flood;
	/* Stopped with output that cannot be flushed: ends by deadline. */
	result = sj_pump_run(sj_pump_rig.pump, sj_clock_ms() + 1000);
	ck_assert_int_eq(result.end, SJ_PUMP_LATE);
	sj_pump_totals(sj_pump_rig.pump, SJ_PUMP_OUTER, &in, &out);
	sj_pump_totals(sj_pump_rig.pump, SJ_PUMP_INNER, &out, &written);
	ck_assert_uint_gt(written, 0);
	ck_assert_uint_eq(in - written, 2 * SJ_LIMIT_PUMP_BYTES);
	ck_assert_uint_eq(sj_pump_unread(sj_pump_rig.pump, SJ_PUMP_OUTER),
		SJ_LIMIT_PUMP_BYTES);
	sj_pump_drop_unread(sj_pump_rig.pump, SJ_PUMP_OUTER);
	ck_assert_uint_eq(sj_pump_unread(sj_pump_rig.pump, SJ_PUMP_OUTER), 0);
	sj_pump_rig_close();
}
END_TEST

static int act_stall(void)
{
	(void)send(sj_pump_rig.outer, sj_pump_rig.sent,
		sizeof(sj_pump_rig.sent), 0);
	/* Long enough for every buffer to be full, then time flies. */
	if (sj_pump_rig.turns > 20)
		sj_pump_rig_skew_ms += SJ_LIMIT_WRITE_STALL_MS / 4;
	return 1;
}

START_TEST(a_peer_that_does_not_read_is_given_up)
{
	struct sj_pump_result result;

	sj_pump_rig_open(&sj_pump_rig_copy);
	sj_pump_rig.act = act_stall;
	result = sj_pump_run(sj_pump_rig.pump, 0);
	ck_assert_int_eq(result.end, SJ_PUMP_BROKEN);
	ck_assert_int_eq(result.side, SJ_PUMP_INNER);
	ck_assert_int_eq(result.reason, SJ_REASON_TIMEOUT_WRITE);
	sj_pump_rig_close();
}
END_TEST

/* Time flies, but the peer reads a little in each round. */
static int act_slow(void)
{
	static uint8_t some[1 << 16];

	(void)send(sj_pump_rig.outer, sj_pump_rig.sent,
		sizeof(sj_pump_rig.sent), 0);
	if (sj_pump_rig.turns > 20)
		sj_pump_rig_skew_ms += SJ_LIMIT_WRITE_STALL_MS / 4;
	if (sj_pump_rig.turns > 20)
		(void)recv(sj_pump_rig.inner, some, sizeof(some), 0);
	return sj_pump_rig.turns < 60;
}

START_TEST(a_peer_that_reads_slowly_is_not_given_up)
{
	struct sj_pump_result result;

	sj_pump_rig_open(&sj_pump_rig_copy);
	sj_pump_rig.act = act_slow;
	result = sj_pump_run(sj_pump_rig.pump, 0);
	ck_assert_int_ne(result.reason, SJ_REASON_TIMEOUT_WRITE);
	ck_assert_uint_ge(sj_pump_rig.turns, 60);
	sj_pump_rig_close();
}
END_TEST

static uint64_t jump_ms;

/* One jump of the clock in the third round; the end in the tenth. */
static int act_jump(void)
{
	if (sj_pump_rig.turns == 3)
		sj_pump_rig_skew_ms += jump_ms;
	return sj_pump_rig.turns < 10;
}

START_TEST(a_begun_message_has_to_end_in_time)
{
	struct sj_pump_result result;

	sj_pump_rig_open(&sj_pump_rig_step);
	sj_pump_rig.step = SJ_STEP_MORE;
	sj_pump_rig.act = act_jump;
	jump_ms = SJ_LIMIT_MESSAGE_MS + 1;
	sj_pump_rig_send(sj_pump_rig.outer, "x", 1);
	result = sj_pump_run(sj_pump_rig.pump, 0);
	ck_assert_int_eq(result.end, SJ_PUMP_BROKEN);
	ck_assert_int_eq(result.side, SJ_PUMP_OUTER);
	ck_assert_int_eq(result.reason, SJ_REASON_TIMEOUT_MESSAGE);
	sj_pump_rig_close();
}
END_TEST

START_TEST(half_the_time_is_not_too_late)
{
	struct sj_pump_result result;

	sj_pump_rig_open(&sj_pump_rig_step);
	sj_pump_rig.step = SJ_STEP_MORE;
	sj_pump_rig.act = act_jump;
	jump_ms = SJ_LIMIT_MESSAGE_MS / 2;
	sj_pump_rig_send(sj_pump_rig.outer, "x", 1);
	result = sj_pump_run(sj_pump_rig.pump, 0);
	ck_assert_int_eq(result.end, SJ_PUMP_STOPPED);
	sj_pump_rig_close();
}
END_TEST

START_TEST(silence_between_messages_may_last)
{
	struct sj_pump_result result;

	sj_pump_rig_open(&sj_pump_rig_step);
	sj_pump_rig.act = act_jump;
	jump_ms = 3600 * 1000;
	result = sj_pump_run(sj_pump_rig.pump, 0);
	ck_assert_int_eq(result.end, SJ_PUMP_STOPPED);
	ck_assert_int_eq(result.reason, SJ_REASON_NONE);
	sj_pump_rig_close();
}
END_TEST

START_TEST(silence_inside_a_message_that_was_taken_may_not)
{
	struct sj_pump_result result;

	sj_pump_rig_open(&sj_pump_rig_step);
	sj_pump_rig.is_midway = true;
	sj_pump_rig.act = act_jump;
	jump_ms = SJ_LIMIT_MESSAGE_MS + 1;
	result = sj_pump_run(sj_pump_rig.pump, 0);
	ck_assert_int_eq(result.end, SJ_PUMP_BROKEN);
	ck_assert_int_eq(result.reason, SJ_REASON_TIMEOUT_MESSAGE);
	sj_pump_rig_close();
}
END_TEST

START_TEST(a_message_that_we_delay_may_last)
{
	struct sj_pump_result result;

	sj_pump_rig_open(&sj_pump_rig_step);
	sj_pump_rig.step = SJ_STEP_FULL;
	sj_pump_rig.act = act_jump;
	jump_ms = 3600 * 1000;
	sj_pump_rig_send(sj_pump_rig.outer, "x", 1);
	result = sj_pump_run(sj_pump_rig.pump, 0);
	ck_assert_int_eq(result.end, SJ_PUMP_STOPPED);
	ck_assert_uint_gt(
		sj_pump_rig.judged, 5); /* asked again in each round */
	sj_pump_rig_close();
}
END_TEST

START_TEST(a_long_message_earns_time_as_it_comes)
{
	struct sj_pump_result result;
	const size_t size = SJ_LIMIT_MESSAGE_BYTES_PER_SECOND / 2;

	sj_pump_rig_open(&sj_pump_rig_step);
	sj_pump_rig.step = SJ_STEP_MORE;
	sj_pump_rig.act = act_jump;
	jump_ms = SJ_LIMIT_MESSAGE_MS + 300; /* of 500 earned */
	sj_pump_rig_send(sj_pump_rig.outer, sj_pump_rig.sent, size);
	result = sj_pump_run(sj_pump_rig.pump, 0);
	ck_assert_int_eq(result.end, SJ_PUMP_STOPPED);
	sj_pump_rig_close();
}
END_TEST

/* Messages of two bytes from the outer side; they are dropped. */
static enum sj_step judge_pairs(void *self, enum sj_pump_side side,
	struct sj_reader *in, struct sj_writer *back, struct sj_writer *other)
{
	(void)self;
	(void)back;
	(void)other;
	if (side != SJ_PUMP_OUTER || !sj_read_skip(in, 2))
		return SJ_STEP_MORE;
	sj_pump_rig.judged++;
	return SJ_STEP_DONE;
}

/* One byte each round, half of the time of a message apart. */
static int act_drip(void)
{
	sj_pump_rig_send(sj_pump_rig.outer, "x", 1);
	sj_pump_rig_skew_ms += SJ_LIMIT_MESSAGE_MS / 2;
	return sj_pump_rig.judged < 8;
}

static uint64_t drip_us(void *self, uint64_t now_us)
{
	return sj_pump_rig_copy.wait_us(self, now_us);
}

START_TEST(each_message_has_its_own_time)
{
	static const struct sj_pump_ops ops = {
		.judge = judge_pairs, .wait_us = drip_us};
	struct sj_pump_result result;

	sj_pump_rig_open(&ops);
	sj_pump_rig.act = act_drip;
	result = sj_pump_run(sj_pump_rig.pump, 0);
	ck_assert_int_eq(result.end, SJ_PUMP_STOPPED);
	ck_assert_uint_ge(sj_pump_rig.judged, 8);
	sj_pump_rig_close();
}
END_TEST

START_TEST(a_phase_ends_at_its_deadline)
{
	struct sj_pump_result result;

	sj_pump_rig_open(&sj_pump_rig_step);
	result = sj_pump_run(sj_pump_rig.pump, sj_clock_ms() + 5);
	ck_assert_int_eq(result.end, SJ_PUMP_LATE);
	ck_assert_int_eq(result.reason, SJ_REASON_TIMEOUT_HANDSHAKE);
	sj_pump_rig_close();
}
END_TEST

SJ_SUITE_MAIN("pump", destroying_nothing_does_nothing,
	a_megabyte_crosses_unchanged,
	a_side_is_not_read_while_the_other_is_full,
	a_peer_that_does_not_read_is_given_up,
	a_peer_that_reads_slowly_is_not_given_up, each_message_has_its_own_time,
	a_begun_message_has_to_end_in_time, half_the_time_is_not_too_late,
	silence_between_messages_may_last,
	silence_inside_a_message_that_was_taken_may_not,
	a_message_that_we_delay_may_last, a_long_message_earns_time_as_it_comes,
	a_phase_ends_at_its_deadline)
