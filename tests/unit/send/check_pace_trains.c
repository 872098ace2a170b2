/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What pace learns of a line from the distance of receipts, each rule alone.
 * Nothing else tells: each flight begins with nothing on the way, so that the
 * start never ends, and what passes in a round trip is little.
 */
#include "protocol/send/pace.h"

#include "tests/support/suite.h"

#define START_US UINT64_C(5000000)
#define TRIP_US 80000
#define UPDATE_BYTES 8192
#define FLIGHTS 8
#define FAST_US 655   /* an update at 100 Mbit/s */
#define SLOW_US 13107 /* at 5 Mbit/s */

static struct sj_pace pace;
static uint64_t now_us;

static void begin(void)
{
	now_us = START_US;
	sj_pace_begin(&pace, 0, now_us);
	for (int i = 0; i < SJ_LIMIT_CREDITS; i++)
		sj_pace_request(&pace, now_us);
	ck_assert(!sj_pace_is_slow(&pace));
}

/* Updates sent at once, whose receipts come trip_us later, and gap_us[i] after
 * each other. */
static void fly(
	size_t bytes, uint64_t trip_us, const uint64_t *gap_us, size_t gaps)
{
	now_us += 5000;
	for (size_t i = 0; i <= gaps; i++)
		sj_pace_sent(&pace, bytes, now_us);
	now_us += trip_us;
	sj_pace_request(&pace, now_us);
	for (size_t i = 0; i < gaps; i++) {
		now_us += gap_us[i];
		sj_pace_request(&pace, now_us);
	}
	ck_assert_uint_eq(pace.way_bytes, 0);
	ck_assert(!pace.is_grown);
}

/* Flights of four updates; the last of them has been judged, too. */
static void fly_evenly(uint64_t gap_us, int flights)
{
	const uint64_t gaps[] = {gap_us, gap_us, gap_us};

	for (int i = 0; i < flights; i++)
		fly(UPDATE_BYTES, TRIP_US, gaps, SJ_COUNT(gaps));
}

START_TEST(a_line_is_what_most_of_its_trains_say)
{
	static const uint64_t late[] = {FAST_US, 60000, FAST_US};
	static const uint64_t together[] = {250, 250, 250};

	begin();
	fly_evenly(FAST_US, 3);
	ck_assert(!sj_pace_is_slow(&pace));
	/* One that was late, and the next flight, with which it is judged. */
	fly(UPDATE_BYTES, TRIP_US, late, SJ_COUNT(late));
	ck_assert(!sj_pace_is_slow(&pace));
	fly_evenly(FAST_US, 1);
	ck_assert(!sj_pace_is_slow(&pace));

	begin();
	fly_evenly(SLOW_US, 3);
	ck_assert(sj_pace_is_slow(&pace));
	fly(UPDATE_BYTES, TRIP_US, together, SJ_COUNT(together));
	ck_assert(sj_pace_is_slow(&pace));
	fly_evenly(SLOW_US, 1);
	ck_assert(sj_pace_is_slow(&pace));
}
END_TEST

START_TEST(of_two_trains_the_slower_one_counts)
{
	begin();
	fly_evenly(SLOW_US, 1);
	fly_evenly(FAST_US, 1);
	ck_assert(sj_pace_is_slow(&pace));
	fly_evenly(FAST_US, 3);
	ck_assert(!sj_pace_is_slow(&pace));
}
END_TEST

/* A process that had no core reads them all at once. */
START_TEST(receipts_that_are_read_together_tell_nothing)
{
	static const uint64_t read_once[] = {50, 50, 50};
	static const uint64_t one_behind[] = {10, 10, 10, 10, 10, 10, SLOW_US};

	begin();
	fly_evenly(SLOW_US, 3);
	for (int i = 0; i < FLIGHTS; i++) {
		fly(UPDATE_BYTES, TRIP_US, read_once, SJ_COUNT(read_once));
		ck_assert(sj_pace_is_slow(&pace));
	}
	/* Nor do those that came with the first one tell how long they took. */
	for (int i = 0; i < FLIGHTS; i++) {
		fly(UPDATE_BYTES, TRIP_US, one_behind, SJ_COUNT(one_behind));
		ck_assert(sj_pace_is_slow(&pace));
	}
}
END_TEST

START_TEST(a_read_is_judged_when_all_of_it_has_come)
{
	static const uint64_t gaps[] = {5300, 20, 20, 20, 20, 20, 80000};

	begin();
	for (size_t i = 0; i <= SJ_COUNT(gaps); i++)
		sj_pace_sent(&pace, UPDATE_BYTES, now_us);
	now_us += TRIP_US;
	sj_pace_request(&pace, now_us);
	for (size_t i = 0; i < SJ_COUNT(gaps); i++) {
		now_us += gaps[i];
		sj_pace_request(&pace, now_us);
		ck_assert(!sj_pace_is_slow(&pace));
	}
}
END_TEST

/* Small updates, whose receipts a viewer keeps for a second. */
START_TEST(receipts_that_were_held_back_tell_nothing)
{
	begin();
	for (int i = 0; i < FLIGHTS; i++) {
		now_us += 5000;
		sj_pace_sent(&pace, UPDATE_BYTES, now_us);
		sj_pace_sent(&pace, UPDATE_BYTES, now_us);
		sj_pace_sent(&pace, 1000, now_us);
		sj_pace_sent(&pace, 1000, now_us);
		now_us += TRIP_US;
		sj_pace_request(&pace, now_us);
		ck_assert(!sj_pace_is_slow(&pace));
		now_us += FAST_US;
		sj_pace_request(&pace, now_us);
		now_us += 1000000;
		sj_pace_request(&pace, now_us);
		ck_assert_uint_eq(pace.way_bytes, 0);
		ck_assert(!sj_pace_is_slow(&pace));
	}
}
END_TEST

START_TEST(few_bytes_tell_nothing)
{
	static const uint64_t gap[] = {300};

	begin();
	fly_evenly(SLOW_US, 3);
	for (int i = 0; i < FLIGHTS; i++) {
		fly(SJ_LIMIT_HELD_BYTES, TRIP_US, gap, SJ_COUNT(gap));
		ck_assert(sj_pace_is_slow(&pace));
	}
}
END_TEST

/* Three of five receipts late, by what is much for one update and not for six;
 * at the beginning there are too few trains to say so. */
START_TEST(many_bytes_outweigh_late_receipts)
{
	static const uint64_t late[] = {5100, 250, 5100, 250, 5100};
	uint64_t gaps[60];

	for (size_t i = 0; i < SJ_COUNT(gaps); i++)
		gaps[i] = i < 20 ? FAST_US : late[i % SJ_COUNT(late)];
	begin();
	for (size_t count = 20; count <= SJ_COUNT(gaps); count++) {
		begin();
		fly(UPDATE_BYTES, TRIP_US, gaps, count);
		ck_assert(!sj_pace_is_slow(&pace));
	}
}
END_TEST

/* A queue that never empties: what was long ago is not counted any more. */
START_TEST(a_train_is_over_after_so_many_bytes)
{
	uint64_t gaps[62];

	for (size_t i = 0; i < SJ_COUNT(gaps); i++)
		gaps[i] = i < 28 ? SLOW_US : FAST_US;
	begin();
	fly(UPDATE_BYTES, 300000, gaps, 28);
	ck_assert(sj_pace_is_slow(&pace));
	begin();
	fly(UPDATE_BYTES, 300000, gaps, SJ_COUNT(gaps));
	ck_assert(!sj_pace_is_slow(&pace));
}
END_TEST

START_TEST(what_was_sent_slowly_tells_nothing)
{
	const uint64_t gap_us = 30000;
	uint64_t sent_us, arrives_us;

	begin();
	sent_us = now_us;
	arrives_us = sent_us + TRIP_US;
	for (int i = 0; i < 200; i++) {
		if (sent_us < arrives_us) {
			sj_pace_sent(&pace, SJ_LIMIT_HELD_BYTES, sent_us);
			sj_pace_idle(&pace, sent_us);
			sent_us += gap_us;
		} else {
			sj_pace_request(&pace, arrives_us);
			arrives_us += gap_us;
		}
		ck_assert(!sj_pace_is_slow(&pace));
	}
	ck_assert(!pace.is_grown);
}
END_TEST

/* Each round trip is longer than the one before. */
START_TEST(a_train_ends_where_nothing_was_on_the_way)
{
	static const uint64_t gap[] = {FAST_US};
	uint64_t trip_us = TRIP_US;

	begin();
	for (int i = 0; i < FLIGHTS; i++) {
		fly(UPDATE_BYTES, trip_us, gap, SJ_COUNT(gap));
		trip_us = trip_us * 3 / 2;
		ck_assert(!sj_pace_is_slow(&pace));
	}
}
END_TEST

/* More in a round trip than a slow line carries: it is none, whatever the
 * trains say. */
START_TEST(what_has_passed_is_proof)
{
	static const uint64_t late[] = {FAST_US, 40000, FAST_US};
	static const uint64_t even[] = {
		FAST_US, FAST_US, FAST_US, FAST_US, FAST_US};

	begin();
	fly(UPDATE_BYTES, 10000, even, SJ_COUNT(even));
	ck_assert_uint_gt(sj_pace_rate_bytes_per_s(&pace), 18 * 1000000 / 8);
	for (int i = 0; i < 3; i++) {
		fly(UPDATE_BYTES, 10000, late, SJ_COUNT(late));
		ck_assert(!sj_pace_is_slow(&pace));
	}
}
END_TEST

SJ_SUITE_MAIN("pace_trains", a_line_is_what_most_of_its_trains_say,
	of_two_trains_the_slower_one_counts,
	receipts_that_are_read_together_tell_nothing,
	a_read_is_judged_when_all_of_it_has_come,
	receipts_that_were_held_back_tell_nothing, few_bytes_tell_nothing,
	many_bytes_outweigh_late_receipts, a_train_is_over_after_so_many_bytes,
	what_was_sent_slowly_tells_nothing,
	a_train_ends_where_nothing_was_on_the_way, what_has_passed_is_proof)
