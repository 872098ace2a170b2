/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line of a given rate and delay in virtual time, with pace before it. */
#include "protocol/send/pace.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/base/clock.h"
#include "tests/support/suite.h"

#define STEP_US 10
#define SECOND_US UINT64_C(1000000)
#define QUEUE 256

struct packet {
	uint64_t bytes, left, back_us; /* back: its request is here again */
	bool is_small;
	uint64_t offered_us;
};

struct line {
	uint64_t bytes_per_s, delay_us;
	struct packet packet[QUEUE];
	size_t first, next, count; /* next: the one that is being sent */
	uint64_t since_us, now_us;
	struct sj_pace pace;
	uint64_t arrived_bytes, way_bytes, way_most_bytes;
	bool has_small;
	uint64_t offered_us;
	uint64_t delay[1024];
	size_t delays;
	unsigned held; /* receipts that wait for more */
	size_t held_bytes;
	uint64_t late_us; /* so late may a receipt be */
};

static struct line line;

static void open_line(uint64_t mbit, uint64_t delay_us, uint64_t cap)
{
	memset(&line, 0, sizeof(line));
	line.bytes_per_s = mbit * 1000000 / 8;
	line.delay_us = delay_us;
	line.now_us = 5 * SECOND_US;
	sj_pace_begin(&line.pace, cap, line.now_us);
	for (int i = 0; i < SJ_LIMIT_REQUESTS; i++)
		sj_pace_request(&line.pace, line.now_us);
}

static void send_one(size_t bytes, bool is_small)
{
	struct packet *packet = &line.packet[(line.first + line.count) % QUEUE];

	ck_assert_uint_lt(line.count, QUEUE);
	if (line.next == line.count)
		line.since_us = line.now_us;
	*packet = (struct packet){bytes, bytes, 0, is_small, line.offered_us};
	line.count++;
	line.way_bytes += bytes;
	if (line.way_bytes > line.way_most_bytes)
		line.way_most_bytes = line.way_bytes;
	sj_pace_sent(&line.pace, bytes, line.now_us);
}

/* Receipts wait for a process that has no core, and then come together: none
 * overtakes another one. */
static uint64_t late_us(void)
{
	return line.late_us == 0 ? 0 : (uint64_t)random() % line.late_us;
}

/* The line takes from its queue what its rate allows up to now. */
static void serve(void)
{
	while (line.next < line.count) {
		struct packet *packet =
			&line.packet[(line.first + line.next) % QUEUE];
		uint64_t most = (line.now_us - line.since_us) *
				line.bytes_per_s / SECOND_US;
		uint64_t done_us = packet->left * SECOND_US / line.bytes_per_s;

		if (most < packet->left)
			return;
		line.since_us += done_us;
		packet->back_us = line.since_us + 2 * line.delay_us + late_us();
		line.next++;
		if (packet->is_small && line.delays < 1024)
			line.delay[line.delays++] = line.since_us +
						    line.delay_us -
						    packet->offered_us;
	}
}

/* As the gate of a viewer does, small ones together. */
static void receipt(size_t bytes)
{
	line.held++;
	line.held_bytes += bytes;
	if (line.held < SJ_LIMIT_HELD_UPDATES &&
		line.held_bytes < SJ_LIMIT_HELD_BYTES)
		return;
	line.held = 0;
	sj_pace_request(&line.pace, line.now_us);
	line.held_bytes = 0;
}

static void acknowledge(void)
{
	while (line.next > 0 &&
		line.packet[line.first].back_us <= line.now_us) {
		size_t bytes = line.packet[line.first].bytes;

		line.arrived_bytes += bytes;
		line.way_bytes -= bytes;
		line.first = (line.first + 1) % QUEUE;
		line.count--;
		line.next--;
		receipt(bytes);
	}
}

static void change_rate(uint64_t mbit)
{
	struct packet *packet = &line.packet[(line.first + line.next) % QUEUE];

	serve();
	if (line.next < line.count)
		packet->left -= (line.now_us - line.since_us) *
				line.bytes_per_s / SECOND_US;
	line.since_us = line.now_us;
	line.bytes_per_s = mbit * 1000000 / 8;
}

/* Time passes; is_bulk: there is always something to send. */
static void run(uint64_t us, bool is_bulk)
{
	uint64_t end_us = line.now_us + us;

	line.arrived_bytes = 0;
	line.way_most_bytes = line.way_bytes;
	for (; line.now_us < end_us; line.now_us += STEP_US) {
		size_t room;

		serve();
		acknowledge();
		while ((line.has_small || is_bulk) &&
			(room = sj_pace_room(&line.pace, line.now_us)) > 0) {
			send_one(line.has_small ? 200 : room, line.has_small);
			line.has_small = false;
		}
		if (!line.has_small && !is_bulk)
			sj_pace_idle(&line.pace, line.now_us);
	}
}

static uint64_t product(void)
{
	return line.bytes_per_s * 2 * line.delay_us / SECOND_US;
}

static uint64_t update_us(void)
{
	return sj_pace_update_bytes(&line.pace) * SECOND_US / line.bytes_per_s;
}

static const struct {
	uint64_t mbit, delay_us;
} lines[] = {{100, 5000}, {10, 20000}, {2, 40000}, {1000, 300}, {50, 200},
	{20, 150000}};

START_TEST(fills_the_line_and_hardly_more)
{
	open_line(lines[_i].mbit, lines[_i].delay_us, 0);
	run(5 * SECOND_US, true);
	for (int i = 0; i < 3; i++) {
		size_t update = sj_pace_update_bytes(&line.pace);
		uint64_t wanted = 3 * product() / 2 + update * 21 / 20;

		/* Three updates, where less than one fills the line. */
		if (wanted < 3 * update)
			wanted = 3 * update;
		run(10 * SECOND_US, true);
		ck_assert_uint_le(line.way_most_bytes, wanted);
		ck_assert_uint_ge(
			line.arrived_bytes, line.bytes_per_s * 10 * 90 / 100);
	}
}
END_TEST

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

START_TEST(lets_a_small_change_pass_while_much_is_sent)
{
	uint64_t trip_us = 2 * lines[_i].delay_us, p95_us;

	open_line(lines[_i].mbit, lines[_i].delay_us, 0);
	srandom(7);
	run(3 * SECOND_US, true);
	for (int i = 0; i < 200; i++) {
		run((uint64_t)random() % 50000, true);
		line.has_small = true;
		line.offered_us = line.now_us;
		run(150000, true);
	}
	qsort(line.delay, line.delays, sizeof(line.delay[0]), compare);
	ck_assert_uint_ge(line.delays, 190);
	p95_us = line.delay[line.delays * 95 / 100];
	/* And two more, where a round trip is shorter than one. */
	ck_assert_uint_le(
		p95_us, trip_us * 3 / 2 +
				update_us() * (trip_us < update_us() ? 3 : 1));
}
END_TEST

START_TEST(follows_a_line_that_becomes_slow)
{
	open_line(100, 5000, 0);
	run(5 * SECOND_US, true);
	ck_assert(!sj_pace_is_slow(&line.pace));
	change_rate(2);
	run(2 * SECOND_US, true);
	ck_assert(sj_pace_is_slow(&line.pace));
	run(SECOND_US, true);
	ck_assert_uint_le(line.way_most_bytes, 3 * 4096);
	ck_assert_uint_ge(line.arrived_bytes, line.bytes_per_s * 90 / 100);
	change_rate(100);
	run(2 * SECOND_US, true);
	ck_assert(!sj_pace_is_slow(&line.pace));
	run(SECOND_US, true);
	ck_assert_uint_ge(line.arrived_bytes, line.bytes_per_s * 90 / 100);
}
END_TEST

START_TEST(keeps_what_it_knows_while_little_is_sent)
{
	uint64_t rate;

	open_line(100, 5000, 0);
	run(3 * SECOND_US, true);
	rate = sj_pace_rate_bytes_per_s(&line.pace);
	for (int i = 0; i < 100; i++) {
		line.has_small = true;
		run(200000, false);
	}
	ck_assert_uint_eq(sj_pace_rate_bytes_per_s(&line.pace), rate);
	ck_assert(!sj_pace_is_slow(&line.pace));
	/* And a burst goes out at once, but no more than before. */
	run(20000, true);
	ck_assert_uint_ge(line.way_most_bytes, product());
	ck_assert_uint_le(line.way_most_bytes, 3 * product() / 2 + 65536);
}
END_TEST

START_TEST(does_not_take_little_traffic_for_a_slow_line)
{
	open_line(100, 5000, 0);
	for (int i = 0; i < 100; i++) {
		line.has_small = true;
		run(100000, false);
		ck_assert(!sj_pace_is_slow(&line.pace));
	}
}
END_TEST

/* Receipts come minutes late, and tell nothing of the line. */
START_TEST(learns_no_time_from_receipts_that_were_held_back)
{
	open_line(10, 20000, 0);
	run(2 * SECOND_US, true);
	for (int i = 0; i < 60; i++) {
		line.has_small = true;
		run(20 * SECOND_US, false);
		/* It went out at once all the same. */
		ck_assert(!line.has_small);
	}
	run(SECOND_US / 2, true);
	ck_assert_uint_le(line.way_most_bytes, 3 * product() / 2 + 65536);
	run(10 * SECOND_US, true);
	ck_assert_uint_le(line.way_most_bytes, 3 * product() / 2 + 65536 / 4);
	ck_assert_uint_ge(line.arrived_bytes, line.bytes_per_s * 10 * 90 / 100);
}
END_TEST

static const struct {
	uint64_t mbit, delay_us;
	bool is_slow;
} starts[] = {{100, 5000, false}, {100, 40000, false}, {10, 20000, true},
	{2, 40000, true}, {1000, 300, false}};

START_TEST(knows_a_slow_line_after_the_first_round_trips)
{
	open_line(starts[_i].mbit, starts[_i].delay_us, 0);
	run(4 * starts[_i].delay_us + 150000, true);
	ck_assert_int_eq(sj_pace_is_slow(&line.pace), starts[_i].is_slow);
	run(2 * SECOND_US, true);
	ck_assert_int_eq(sj_pace_is_slow(&line.pace), starts[_i].is_slow);
}
END_TEST

/* Where a round trip is long, little passes in it at the start, and nothing but
 * the distance of receipts tells a fast line. */
static void judges_alike_whenever(
	uint64_t mbit, uint64_t delay_us, uint64_t late_us, bool is_slow)
{
	for (unsigned seed = 0; seed < 20; seed++) {
		srandom(seed);
		open_line(mbit, delay_us, 0);
		line.late_us = late_us;
		/* A page, not enough of it to end the start, and others. */
		run(mbit < 10 ? 300000 : 100000, true);
		ck_assert_int_eq(sj_pace_is_slow(&line.pace), is_slow);
		for (int i = 0; i < 20; i++) {
			run(300000, false);
			run(100000, true);
			ck_assert_int_eq(sj_pace_is_slow(&line.pace), is_slow);
		}
	}
}

START_TEST(takes_no_receipts_that_come_together_for_a_fast_line)
{
	judges_alike_whenever(2, 10000, 7000, true);
	judges_alike_whenever(10, 10000, 4000, true);
}
END_TEST

START_TEST(takes_no_receipts_that_come_late_for_a_slow_line)
{
	judges_alike_whenever(100, 10000, 3000, false);
	judges_alike_whenever(30, 40000, 2000, false);
	judges_alike_whenever(50, 40000, 3000, false);
	judges_alike_whenever(100, 40000, 4000, false);
	judges_alike_whenever(100, 80000, 4000, false);
}
END_TEST

START_TEST(finds_the_round_trip_again_when_the_way_grows_longer)
{
	open_line(10, 5000, 0);
	run(3 * SECOND_US, true);
	line.delay_us = 40000;
	run(25 * SECOND_US, true);
	run(5 * SECOND_US, true);
	ck_assert_uint_ge(line.arrived_bytes, line.bytes_per_s * 5 * 90 / 100);
}
END_TEST

START_TEST(keeps_below_the_cap)
{
	uint64_t cap = 250000;

	open_line(100, 5000, cap);
	run(3 * SECOND_US, true);
	run(10 * SECOND_US, true);
	ck_assert_uint_le(line.arrived_bytes, cap * 10 * 101 / 100);
	ck_assert_uint_ge(line.arrived_bytes, cap * 10 * 95 / 100);
	ck_assert(sj_pace_is_slow(&line.pace));
	/* Idle time is not saved up. */
	run(5 * SECOND_US, false);
	run(SECOND_US, true);
	ck_assert_uint_le(line.arrived_bytes, cap * 105 / 100 + 8192);
}
END_TEST

START_TEST(says_when_the_cap_lets_something_through)
{
	struct sj_pace pace;
	uint64_t wait_us;

	sj_pace_begin(&pace, 100000, 1000);
	ck_assert_uint_eq(sj_pace_room(&pace, 1000), 0);
	ck_assert_uint_eq(sj_pace_wait_us(&pace, 1000), UINT64_MAX);
	sj_pace_request(&pace, 1000);
	sj_pace_request(&pace, 1000);
	ck_assert_uint_gt(sj_pace_room(&pace, 1000), 0);
	ck_assert_uint_eq(sj_pace_wait_us(&pace, 1000), UINT64_MAX);
	sj_pace_sent(&pace, 10000, 1000);
	ck_assert_uint_eq(sj_pace_room(&pace, 1000), 0);
	wait_us = sj_pace_wait_us(&pace, 1000);
	ck_assert_uint_ge(wait_us, 100000);
	ck_assert_uint_le(wait_us, 100010);
	ck_assert_uint_eq(sj_pace_room(&pace, wait_us + 990), 0);
	ck_assert_uint_gt(sj_pace_room(&pace, wait_us + 1000), 0);
}
END_TEST

START_TEST(takes_one_credit_for_each_group)
{
	struct sj_pace pace;

	sj_pace_begin(&pace, 0, 1);
	sj_pace_request(&pace, 1);
	ck_assert_uint_gt(sj_pace_room(&pace, 1), 0);
	for (int i = 0; i < SJ_LIMIT_HELD_UPDATES; i++) {
		ck_assert_uint_gt(sj_pace_room(&pace, 1), 0);
		sj_pace_sent(&pace, 100, 1);
	}
	ck_assert_uint_eq(sj_pace_room(&pace, SECOND_US), 0);
	sj_pace_request(&pace, SECOND_US);
	ck_assert_uint_gt(sj_pace_room(&pace, SECOND_US), 0);
	ck_assert_uint_eq(pace.way_bytes, 0);
	ck_assert_uint_eq(pace.held_bytes, 0);
}
END_TEST

START_TEST(bears_any_number_of_requests)
{
	struct sj_pace pace;
	size_t sent = 0;

	sj_pace_begin(&pace, 0, 1);
	for (int i = 0; i < 1000; i++)
		sj_pace_request(&pace, 1);
	while (sj_pace_room(&pace, 1) > 0) {
		sj_pace_sent(&pace, 1, 1);
		sent++;
	}
	ck_assert_uint_eq(sent, SJ_LIMIT_CREDITS);
	/* More than were on the way, all in the same moment. */
	for (int i = 0; i < 1000; i++)
		sj_pace_request(&pace, 1);
	ck_assert_uint_eq(pace.way_bytes, 0);
	ck_assert_uint_le(pace.credits, SJ_LIMIT_CREDITS);
	ck_assert_uint_gt(sj_pace_room(&pace, 1), 0);
}
END_TEST

/* A viewer that never has more than one request out. */
START_TEST(serves_a_viewer_with_one_request_at_a_time)
{
	struct sj_pace pace;
	uint64_t now_us = SECOND_US;

	sj_pace_begin(&pace, 0, now_us);
	for (int i = 0; i < 1000; i++) {
		sj_pace_request(&pace, now_us);
		ck_assert_uint_gt(sj_pace_room(&pace, now_us), 0);
		sj_pace_sent(&pace, SJ_LIMIT_HELD_BYTES, now_us);
		ck_assert_uint_eq(sj_pace_room(&pace, now_us), 0);
		now_us += 10000;
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		follows_a_line_that_becomes_slow,
		keeps_what_it_knows_while_little_is_sent,
		does_not_take_little_traffic_for_a_slow_line,
		takes_no_receipts_that_come_together_for_a_fast_line,
		takes_no_receipts_that_come_late_for_a_slow_line,
		finds_the_round_trip_again_when_the_way_grows_longer,
		learns_no_time_from_receipts_that_were_held_back,
		keeps_below_the_cap,
		says_when_the_cap_lets_something_through,
		takes_one_credit_for_each_group,
		bears_any_number_of_requests,
		serves_a_viewer_with_one_request_at_a_time,
	};
	const struct sj_suite_loop loops[] = {
		{fills_the_line_and_hardly_more, SJ_COUNT(lines)},
		{lets_a_small_change_pass_while_much_is_sent, SJ_COUNT(lines)},
		{knows_a_slow_line_after_the_first_round_trips,
			SJ_COUNT(starts)},
	};

	return sj_suite_run_loops(
		"pace", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
