/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/send/pace.h"

#include "protocol/base/clock.h"

#include <assert.h>
#include <string.h>

#define SECOND_US UINT64_C(1000000)

#define START_BYTES 0x8000 /* 32 KiB on the way, before anything is known */
#define START_UPDATE_BYTES 0x4000 /* two of them tell the rate */
#define UPDATE_MIN_BYTES 0x1000   /* 4 KiB; below, heads and flushes weigh */
#define UPDATE_US 5000            /* of the line, that one update takes */

/* A rate is remembered this long at least, and at most twice as long. */
#define RATE_SPAN_US (SECOND_US / 4)
#define RATE_SPAN_TRIPS 8
#define TRIP_SPAN_US (10 * SECOND_US)

/* The start is over when the rate grew by less than a quarter, three times. */
#define GROWN_ROUNDS 3
/* Two round trips of eight: what is sent in one is measured in the next. */
#define PROBE_ROUNDS 2
#define CYCLE_ROUNDS 8

/* So many updates are on the way at most, that credits do not run out. */
#define UPDATES_ON_WAY (SJ_LIMIT_REQUESTS / 2)

/* 10 Mbit/s are slow, however badly they are measured: 13 and 18 Mbit/s. */
#define SLOW_BYTES_PER_S 1625000
#define NOT_SLOW_BYTES_PER_S 2250000

/* Receipts that are read together came at a time that is not known. */
#define SAME_READ_US 200
/* Bytes of a train: the more, the less does it matter that receipts come
 * late. */
#define TRAIN_MIN_BYTES 0x2000 /* 8 KiB */
#define TRAIN_MAX_BYTES 0xc000 /* 48 KiB */

static uint64_t most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

void sj_pace_begin(
	struct sj_pace *pace, uint64_t cap_bytes_per_s, uint64_t now_us)
{
	memset(pace, 0, sizeof(*pace));
	pace->cap_bytes_per_s = cap_bytes_per_s;
	pace->cap_us = now_us;
	pace->is_slow =
		cap_bytes_per_s != 0 && cap_bytes_per_s <= SLOW_BYTES_PER_S;
}

/* ---- what is known of the line ---- */

static uint64_t line_rate(const struct sj_pace *pace)
{
	return most(pace->rate[0], pace->rate[1]);
}

uint64_t sj_pace_rate_bytes_per_s(const struct sj_pace *pace)
{
	uint64_t rate = line_rate(pace);

	if (pace->cap_bytes_per_s != 0 && rate > pace->cap_bytes_per_s)
		return pace->cap_bytes_per_s;
	return rate;
}

/* Rates stay below 2^34 bytes a second: this fits for days. */
static uint64_t bytes_in(uint64_t rate, uint64_t us)
{
	return rate * us / SECOND_US;
}

/*
 * What fills the line. The shortest round trip holds the time that its update
 * took to pass, which is no way: taken off, but never more than half, since
 * the rate may be known badly.
 */
static uint64_t product_bytes(const struct sj_pace *pace)
{
	uint64_t bytes =
		bytes_in(sj_pace_rate_bytes_per_s(pace), pace->trip_us);

	return most(bytes / 2,
		bytes > pace->trip_bytes ? bytes - pace->trip_bytes : 0);
}

size_t sj_pace_update_bytes(const struct sj_pace *pace)
{
	uint64_t rate = sj_pace_rate_bytes_per_s(pace);
	uint64_t bytes;

	if (rate == 0)
		return START_UPDATE_BYTES;
	bytes = most(bytes_in(rate, UPDATE_US),
		product_bytes(pace) / UPDATES_ON_WAY);
	return most(UPDATE_MIN_BYTES,
		sj_sooner((uint64_t)SJ_LIMIT_UPDATE_BYTES, bytes));
}

/* The shortest round trip is too old: the queue has to be emptied once. */
static bool is_trip_old(const struct sj_pace *pace, uint64_t now_us)
{
	return pace->trip_us != 0 && now_us > pace->trip_at_us + TRIP_SPAN_US;
}

size_t sj_pace_limit_bytes(const struct sj_pace *pace, uint64_t now_us)
{
	uint64_t product = product_bytes(pace);
	uint64_t update = sj_pace_update_bytes(pace);
	uint64_t limit;

	if (is_trip_old(pace, now_us))
		return most(product / 2, UPDATE_MIN_BYTES);
	if (!pace->is_grown)
		return most(START_BYTES, 2 * product + update);
	/* While the oldest update arrives, the others have to fill the line. */
	limit = most(product + most(product / 4, update), 2 * update);
	if (pace->probe_rounds > 0)
		limit = most(
			limit + update, product + product / 2 + update / 2);
	return limit;
}

bool sj_pace_is_slow(const struct sj_pace *pace)
{
	return pace->is_slow;
}

/* The middle one of the last trains, the lower of two; 0: there is none. One
 * may be far from the truth on either side: receipts are late now and then. */
static uint64_t train_rate(const struct sj_pace *pace)
{
	size_t count = sj_sooner(
		pace->trains + pace->is_train_measured, SJ_PACE_TRAINS);

	for (size_t i = 0; i < count; i++) {
		uint64_t rate = pace->train_rate[i];
		size_t below = 0, same = 0;

		for (size_t k = 0; k < count; k++) {
			below += pace->train_rate[k] < rate;
			same += pace->train_rate[k] == rate;
		}
		if (below <= (count - 1) / 2 && below + same > (count - 1) / 2)
			return rate;
	}
	return 0;
}

static void judge_slow(struct sj_pace *pace)
{
	uint64_t rate = line_rate(pace);

	/* While the window grows, it is the window that is measured. */
	if (!pace->is_grown)
		rate = train_rate(pace) > 0 ? most(rate, train_rate(pace)) : 0;
	if (pace->cap_bytes_per_s != 0)
		rate = sj_sooner(rate, pace->cap_bytes_per_s);
	if (rate > NOT_SLOW_BYTES_PER_S)
		pace->is_slow = false;
	else if (rate != 0 && rate <= SLOW_BYTES_PER_S)
		pace->is_slow = true;
}

/* ---- arrivals ---- */

static void learn_rate(struct sj_pace *pace,
	const struct sj_pace_update *update, uint64_t now_us)
{
	/* Both ends count: what was sent slowly cannot arrive faster. */
	uint64_t taken_us = most(now_us - update->arrived_us,
		update->sent_us - update->first_sent_us);
	uint64_t span_us = most(RATE_SPAN_US, RATE_SPAN_TRIPS * pace->trip_us);
	uint64_t rate;

	/* Shorter than a round trip: two arrivals were reported at once. */
	if (taken_us == 0 || taken_us < pace->trip_us)
		return;
	rate = (pace->arrived_bytes - update->arrived_bytes) * SECOND_US /
	       taken_us;
	if (update->is_limited && rate < line_rate(pace))
		return;
	if (now_us - pace->rate_us > span_us) {
		pace->rate[1] = pace->rate[0];
		pace->rate[0] = 0;
		pace->rate_us = now_us;
	}
	pace->rate[0] = most(pace->rate[0], rate);
}

static void begin_train(
	struct sj_pace *pace, uint64_t arrived_us, uint64_t sent_us)
{
	if (pace->is_train_measured)
		pace->trains++;
	pace->is_train_measured = false;
	pace->train_us = pace->train_end_us = arrived_us;
	pace->train_sent_us = sent_us;
	pace->train_bytes = 0;
}

/* By what has arrived before now. What was sent about as slowly as it arrived
 * tells nothing of the line. */
static void measure_train(struct sj_pace *pace)
{
	uint64_t taken_us = pace->train_end_us - pace->train_us;
	uint64_t sending_us = pace->last_sent_us - pace->train_sent_us;
	bool is_queued = sending_us <= taken_us * 3 / 4;

	if (is_queued) {
		pace->train_rate[pace->trains % SJ_PACE_TRAINS] =
			pace->train_bytes * SECOND_US / taken_us;
		pace->is_train_measured = true;
	}
	if (!is_queued || pace->train_bytes >= TRAIN_MAX_BYTES)
		begin_train(pace, pace->train_end_us, pace->last_sent_us);
}

/* Of updates that stood behind each other in a queue all the way. */
static void learn_train(struct sj_pace *pace,
	const struct sj_pace_update *update, uint64_t now_us)
{
	if (now_us - pace->train_end_us > SAME_READ_US &&
		pace->train_bytes >= TRAIN_MIN_BYTES)
		measure_train(pace);
	if (!update->ends_group || update->sent_us >= pace->train_end_us)
		begin_train(pace, now_us, update->sent_us);
	else if (now_us - pace->train_us <= SAME_READ_US)
		pace->train_sent_us = update->sent_us;
	else
		pace->train_bytes += update->bytes;
	pace->train_end_us = now_us;
}

static void learn_trip(struct sj_pace *pace,
	const struct sj_pace_update *update, uint64_t now_us)
{
	uint64_t trip_us = most(1, now_us - update->sent_us);
	bool is_empty = update->ahead_bytes <= product_bytes(pace) / 2;

	if (pace->trip_us != 0 && trip_us > pace->trip_us &&
		!(is_empty && is_trip_old(pace, now_us)))
		return;
	pace->trip_us = trip_us;
	pace->trip_bytes = update->bytes;
	pace->trip_at_us = now_us;
}

/* After a round trip: would more pass than it did? */
static void learn_probe(struct sj_pace *pace)
{
	uint64_t rate = line_rate(pace);

	if (pace->probe_rounds > 0) {
		pace->probe_rounds--;
		if (rate >= pace->grown_rate + pace->grown_rate / 8) {
			pace->grown_rate = rate;
			pace->probe_rounds = PROBE_ROUNDS;
		}
		pace->grown_rounds = 0;
	} else if (++pace->grown_rounds == CYCLE_ROUNDS - PROBE_ROUNDS) {
		pace->grown_rate = rate;
		pace->probe_rounds = PROBE_ROUNDS;
	}
}

/* Once a round trip: is the start over? */
static void learn_growth(
	struct sj_pace *pace, const struct sj_pace_update *update)
{
	uint64_t rate = line_rate(pace);

	if (update->arrived_bytes < pace->round_bytes)
		return;
	pace->round_bytes = pace->arrived_bytes;
	if (update->is_limited)
		return;
	if (pace->is_grown)
		learn_probe(pace);
	else if (rate >= pace->grown_rate + pace->grown_rate / 4) {
		pace->grown_rate = rate;
		pace->grown_rounds = 0;
	} else if (++pace->grown_rounds == GROWN_ROUNDS) {
		pace->is_grown = true;
		pace->grown_rounds = 0;
	}
}

static void arrive(struct sj_pace *pace, uint64_t now_us)
{
	struct sj_pace_update update = pace->update[pace->first];

	pace->first = (pace->first + 1) % SJ_LIMIT_CREDITS;
	pace->count--;
	pace->way_bytes -= update.bytes;
	pace->arrived_bytes += update.bytes;
	if (pace->count == 0)
		pace->held = pace->held_bytes = 0;
	learn_train(pace, &update, now_us);
	if (update.ends_group) {
		learn_trip(pace, &update, now_us);
		learn_rate(pace, &update, now_us);
		learn_growth(pace, &update);
		judge_slow(pace);
	}
	pace->arrived_us = now_us;
	pace->first_sent_us = update.sent_us;
	pace->last_sent_us = update.sent_us;
}

void sj_pace_request(struct sj_pace *pace, uint64_t now_us)
{
	bool ends = false;

	if (pace->credits < SJ_LIMIT_CREDITS)
		pace->credits++;
	while (pace->count > 0 && !ends) {
		ends = pace->update[pace->first].ends_group;
		arrive(pace, now_us);
	}
}

/* ---- sending ---- */

/* Level of the bucket; it never holds more than one update. */
static int64_t cap_level(const struct sj_pace *pace, uint64_t now_us)
{
	uint64_t passed_us = sj_sooner(now_us - pace->cap_us, 60 * SECOND_US);
	int64_t full = (int64_t)sj_pace_update_bytes(pace);
	int64_t level = pace->cap_level_bytes +
			(int64_t)bytes_in(pace->cap_bytes_per_s, passed_us);

	return level > full ? full : level;
}

uint64_t sj_pace_wait_us(const struct sj_pace *pace, uint64_t now_us)
{
	int64_t level;

	if (pace->cap_bytes_per_s == 0 || pace->credits == 0)
		return UINT64_MAX;
	level = cap_level(pace, now_us);
	if (level >= 0)
		return UINT64_MAX;
	return (uint64_t)-level * SECOND_US / pace->cap_bytes_per_s + 1;
}

/* What is on the way, those aside that arrive without a word. */
static size_t busy_bytes(const struct sj_pace *pace)
{
	return pace->way_bytes > pace->held_bytes
		       ? pace->way_bytes - pace->held_bytes
		       : 0;
}

/* As the gate of the viewer does: true if the update ends a group. */
static bool ends_group(struct sj_pace *pace, size_t bytes)
{
	pace->held++;
	pace->held_bytes += bytes;
	if (pace->held < SJ_LIMIT_HELD_UPDATES &&
		pace->held_bytes < SJ_LIMIT_HELD_BYTES)
		return false;
	pace->held = 0;
	pace->held_bytes = 0;
	return true;
}

size_t sj_pace_room(const struct sj_pace *pace, uint64_t now_us)
{
	size_t limit = sj_pace_limit_bytes(pace, now_us);
	size_t update = sj_pace_update_bytes(pace);

	if (pace->credits == 0 || pace->count == SJ_LIMIT_CREDITS)
		return 0;
	if (pace->cap_bytes_per_s != 0 && cap_level(pace, now_us) < 0)
		return 0;
	/* Whatever was measured, one update may always be on the way. */
	if (busy_bytes(pace) == 0)
		return update;
	/* Whole updates, rounded: small ones cost more bytes in all. */
	return busy_bytes(pace) + update / 2 <= limit ? update : 0;
}

void sj_pace_sent(struct sj_pace *pace, size_t bytes, uint64_t now_us)
{
	struct sj_pace_update *update;
	bool is_dry = pace->way_bytes == 0 ||
		      pace->way_bytes + bytes < product_bytes(pace);

	assert(pace->credits > 0 && pace->count < SJ_LIMIT_CREDITS);
	if (pace->count == 0) {
		pace->arrived_us = now_us;
		pace->first_sent_us = now_us;
	}
	/* The line has run dry, or will: its rate cannot be seen. */
	if (is_dry)
		pace->limited_bytes = pace->arrived_bytes + pace->way_bytes + 1;
	update = &pace->update[(pace->first + pace->count) % SJ_LIMIT_CREDITS];
	*update = (struct sj_pace_update){
		.bytes = (uint32_t)bytes,
		.ahead_bytes = (uint32_t)pace->way_bytes,
		.is_limited = pace->limited_bytes > pace->arrived_bytes,
		.ends_group = ends_group(pace, bytes),
		.sent_us = now_us,
		.first_sent_us = pace->first_sent_us,
		.arrived_bytes = pace->arrived_bytes,
		.arrived_us = pace->arrived_us,
	};
	pace->count++;
	pace->credits -= update->ends_group;
	pace->way_bytes += bytes;
	pace->cap_level_bytes = cap_level(pace, now_us) - (int64_t)bytes;
	pace->cap_us = now_us;
}

void sj_pace_idle(struct sj_pace *pace, uint64_t now_us)
{
	uint64_t full = product_bytes(pace);

	/* Half of what is permitted at the start fills a line by then. */
	if (!pace->is_grown)
		full = sj_pace_limit_bytes(pace, now_us) / 2;
	if (pace->way_bytes >= full)
		return;
	pace->limited_bytes = pace->arrived_bytes + pace->way_bytes + 1;
}
