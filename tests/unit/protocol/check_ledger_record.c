/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/ledger/record.h"

#include <string.h>

#include "protocol/base/reason.h"
#include "protocol/gate/policy.h"
#include "tests/support/suite.h"

/* One record of each kind with every field set. */
static struct sj_ledger_record sample(unsigned kind)
{
	struct sj_ledger_record record;

	memset(&record, 0, sizeof(record));
	record.kind = (uint16_t)kind;
	record.seq = 0x0102030405060708;
	record.wall_us = 1764115200000000;
	record.mono_us = 77;
	memset(record.boot, 0xb0, sizeof(record.boot));
	memset(record.prev, 0xc1, sizeof(record.prev));
	memset(record.mac, 0xd2, sizeof(record.mac));
	switch ((enum sj_ledger_kind)kind) {
	case SJ_LEDGER_START:
		memset(record.u.start.id, 1, sizeof(record.u.start.id));
		memset(record.u.start.public_sha256, 2, 32);
		memcpy(record.u.start.version, "0.1.0", 5);
		record.u.start.place = SJ_LEDGER_PLACE_GUARD;
		record.u.start.torn_bytes = 511;
		record.u.start.heartbeat_s = 3600;
		record.u.start.utc_offset_s = -3600;
		break;
	case SJ_LEDGER_OPEN:
		record.u.open.linked = 9;
		memset(record.u.open.join, 3, 32);
		memset(record.u.open.spki_sha256, 4, 32);
		memset(record.u.open.identity, 5, 32);
		record.u.open.side = SJ_LEDGER_SHOWS;
		record.u.open.peer = SJ_LEDGER_PEER_UNKNOWN;
		record.u.open.protocol = 0x0308;
		break;
	case SJ_LEDGER_COUNTS:
		record.u.counts.table = SJ_LEDGER_ENCODINGS;
		record.u.counts.side = SJ_LEDGER_SERVES;
		record.u.counts.is_day = true;
		for (size_t i = 0; i < 13; i++) {
			record.u.counts.count[i] = i + 1;
			record.u.counts.bytes[i] = UINT64_MAX - i;
		}
		break;
	case SJ_LEDGER_CLOSE:
		record.u.close.session = 12;
		memset(record.u.close.join, 6, 32);
		record.u.close.code = SJ_REASON_END_IDLE;
		record.u.close.side = SJ_LEDGER_SERVES;
		record.u.close.has_counts = true;
		record.u.close.is_by_peer = true;
		record.u.close.opened_us = 13;
		record.u.close.lasted_us = 14;
		record.u.close.pixels = 15;
		record.u.close.received_bytes = 16;
		record.u.close.sent_bytes = 17;
		break;
	case SJ_LEDGER_DAY:
		record.u.day.date = 20261126;
		record.u.day.side = SJ_LEDGER_SERVES;
		record.u.day.first_us = 1;
		record.u.day.last_us = 2;
		record.u.day.opened = 3;
		record.u.day.closed = 4;
		record.u.day.without_counts = 4;
		record.u.day.refused = 5;
		record.u.day.pixels = 6;
		record.u.day.received_bytes = 7;
		record.u.day.sent_bytes = 8;
		break;
	case SJ_LEDGER_REFUSED:
		record.u.refused.count = 2;
		record.u.refused.of[0].code = SJ_REASON_IO;
		record.u.refused.of[0].times = 1;
		record.u.refused.of[1].code = SJ_REASON_LEDGER;
		record.u.refused.of[1].times = UINT32_MAX;
		break;
	case SJ_LEDGER_CHECKPOINT:
		record.u.checkpoint.cause = SJ_LEDGER_CAUSE_STOP;
		memset(record.u.checkpoint.signature, 7, 64);
		break;
	}
	return record;
}

START_TEST(what_was_built_is_parsed_again)
{
	const struct sj_ledger_record wanted = sample((unsigned)_i + 1);
	struct sj_ledger_record got;
	uint8_t bytes[SJ_LEDGER_RECORD_BYTES], again[SJ_LEDGER_RECORD_BYTES];
	const char *what;

	sj_ledger_record_build(&wanted, bytes);
	ck_assert_msg(sj_ledger_record_parse(bytes, &got, &what), "%s", what);
	ck_assert_mem_eq(&got, &wanted, sizeof(got));
	sj_ledger_record_build(&got, again);
	ck_assert_mem_eq(bytes, again, sizeof(bytes));
	ck_assert_str_ne(sj_ledger_kind_text((unsigned)_i + 1), "?");
}
END_TEST

/* Equal meaning is equal bytes: no bit is there that means nothing. */
START_TEST(every_bit_that_is_accepted_means_something)
{
	const struct sj_ledger_record record = sample((unsigned)_i + 1);
	uint8_t bytes[SJ_LEDGER_RECORD_BYTES], again[SJ_LEDGER_RECORD_BYTES];
	struct sj_ledger_record got;
	const char *what;

	sj_ledger_record_build(&record, bytes);
	for (size_t bit = 0; bit < 8 * sizeof(bytes); bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (sj_ledger_record_parse(bytes, &got, &what)) {
			sj_ledger_record_build(&got, again);
			ck_assert_mem_eq(bytes, again, sizeof(bytes));
		}
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}
END_TEST

/* kind, offset in the record, byte that is put there. */
static const struct {
	unsigned kind;
	size_t at;
	uint8_t byte;
} bads[] = {
	{SJ_LEDGER_START, 0, 'X'},
	{SJ_LEDGER_START, 5, 2},        /* version */
	{SJ_LEDGER_START, 7, 0},        /* kind */
	{SJ_LEDGER_START, 7, 8},        /* kind */
	{SJ_LEDGER_START, 48 + 48, 0},  /* version of shoji: empty */
	{SJ_LEDGER_START, 48 + 55, 1},  /* behind its end */
	{SJ_LEDGER_START, 48 + 49, 32}, /* a blank in it */
	{SJ_LEDGER_START, 48 + 64, 0},  /* place */
	{SJ_LEDGER_START, 48 + 64, 4},
	{SJ_LEDGER_START, 48 + 65, 1}, /* padding */
	{SJ_LEDGER_START, 48 + 66, 2}, /* torn: 767 */
	{SJ_LEDGER_START, 48 + 70, 15},
	{SJ_LEDGER_START, 48 + 72, 0},
	{SJ_LEDGER_START, 447, 1}, /* behind the body */
	{SJ_LEDGER_OPEN, 48 + 104, 0},
	{SJ_LEDGER_OPEN, 48 + 104, 3},
	{SJ_LEDGER_OPEN, 48 + 105, 0},
	{SJ_LEDGER_OPEN, 48 + 105, 6},
	{SJ_LEDGER_OPEN, 48 + 108, 1},
	{SJ_LEDGER_COUNTS, 48 + 7, 1}, /* a session, and day */
	{SJ_LEDGER_COUNTS, 48 + 8, 0},
	{SJ_LEDGER_COUNTS, 48 + 8, 4},
	{SJ_LEDGER_COUNTS, 48 + 9, 0},
	{SJ_LEDGER_COUNTS, 48 + 10, 2},
	{SJ_LEDGER_COUNTS, 48 + 11, 1},
	{SJ_LEDGER_COUNTS, 48 + 16 + 13 * 16, 1}, /* a counter nobody knows */
	{SJ_LEDGER_COUNTS, 48 + 16 + 15 * 16 + 8, 1},
	{SJ_LEDGER_COUNTS, 48 + 272, 1},
	{SJ_LEDGER_CLOSE, 48 + 41, 9}, /* no code */
	{SJ_LEDGER_CLOSE, 48 + 42, 3},
	{SJ_LEDGER_CLOSE, 48 + 43, 4},
	{SJ_LEDGER_CLOSE, 48 + 47, 1},
	{SJ_LEDGER_CLOSE, 48 + 88, 1},
	{SJ_LEDGER_DAY, 48 + 3, 0xff}, /* month 13 */
	{SJ_LEDGER_DAY, 48 + 4, 0},
	{SJ_LEDGER_DAY, 48 + 5, 1},
	{SJ_LEDGER_DAY, 48 + 35, 5}, /* more without counts than closed */
	{SJ_LEDGER_DAY, 48 + 64, 1},
	{SJ_LEDGER_REFUSED, 48 + 1, 0},
	{SJ_LEDGER_REFUSED, 48 + 1, 49},
	{SJ_LEDGER_REFUSED, 48 + 1, 3}, /* a third that is 0 */
	{SJ_LEDGER_REFUSED, 48 + 3, 1}, /* no code */
	{SJ_LEDGER_REFUSED, 48 + 4, 1},
	{SJ_LEDGER_REFUSED, 48 + 9, 0}, /* 0 times */
	{SJ_LEDGER_REFUSED, 48 + 18, 1},
	{SJ_LEDGER_CHECKPOINT, 48 + 1, 0},
	{SJ_LEDGER_CHECKPOINT, 48 + 1, 6},
	{SJ_LEDGER_CHECKPOINT, 48 + 3, 1},
	{SJ_LEDGER_CHECKPOINT, 48 + 8, 1},
	{SJ_LEDGER_CHECKPOINT, 48 + 335, 1},
};

START_TEST(what_is_no_record_is_refused)
{
	const struct sj_ledger_record record = sample(bads[_i].kind);
	uint8_t bytes[SJ_LEDGER_RECORD_BYTES];
	struct sj_ledger_record got;
	const char *what = "";

	sj_ledger_record_build(&record, bytes);
	bytes[bads[_i].at] = bads[_i].byte;
	ck_assert(!sj_ledger_record_parse(bytes, &got, &what));
	ck_assert_str_ne(what, "");
}
END_TEST

START_TEST(codes_out_of_order_are_refused)
{
	struct sj_ledger_record record = sample(SJ_LEDGER_REFUSED), got;
	uint8_t bytes[SJ_LEDGER_RECORD_BYTES];
	const char *what;

	record.u.refused.of[0].code = SJ_REASON_LEDGER;
	sj_ledger_record_build(&record, bytes);
	ck_assert(!sj_ledger_record_parse(bytes, &got, &what));
}
END_TEST

START_TEST(counters_have_the_names_of_the_gate)
{
	static const enum sj_gate_kind kinds[] = {
		[SJ_LEDGER_FROM_VIEWER] = SJ_GATE_FROM_VIEWER,
		[SJ_LEDGER_FROM_HOST] = SJ_GATE_FROM_HOST,
		[SJ_LEDGER_ENCODINGS] = SJ_GATE_ENCODING,
	};

	ck_assert_uint_eq(SJ_LEDGER_COUNTERS, SJ_GATE_COUNTERS);
	for (unsigned table = 1; table <= SJ_LEDGER_TABLES; table++) {
		for (size_t i = 0; i < SJ_LEDGER_COUNTERS; i++) {
			const char *ours = sj_ledger_counter_name(
				(enum sj_ledger_table)table, i);
			const char *gate =
				sj_gate_counter_name(kinds[table], i);

			ck_assert_int_eq(ours == NULL, gate == NULL);
			if (ours)
				ck_assert_str_eq(ours, gate);
		}
	}
	ck_assert_ptr_null(sj_ledger_counter_name(SJ_LEDGER_ENCODINGS, 16));
	ck_assert(sj_ledger_counter_is_dropped(
		SJ_LEDGER_FROM_VIEWER, SJ_GATE_COUNT_KEYS_DROPPED));
	ck_assert(sj_ledger_counter_is_dropped(
		SJ_LEDGER_FROM_VIEWER, SJ_GATE_COUNT_MOTIONS_COALESCED));
	ck_assert(!sj_ledger_counter_is_dropped(SJ_LEDGER_FROM_VIEWER, 3));
	ck_assert(!sj_ledger_counter_is_dropped(SJ_LEDGER_FROM_HOST, 14));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {codes_out_of_order_are_refused,
		counters_have_the_names_of_the_gate};
	const struct sj_suite_loop loops[] = {
		{what_was_built_is_parsed_again, SJ_LEDGER_CHECKPOINT},
		{every_bit_that_is_accepted_means_something,
			SJ_LEDGER_CHECKPOINT},
		{what_is_no_record_is_refused, SJ_COUNT(bads)}};

	return sj_suite_run_loops("ledger_record", tests, SJ_COUNT(tests),
		loops, SJ_COUNT(loops));
}
