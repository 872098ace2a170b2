/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the writer makes of what it is told: ledger_desk.c. */
#include "certs/ledger_desk.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/base/reason.h"
#include "tests/support/suite.h"
#include "tests/unit/certs/ledger_rig.h"

#define DAY (UINT64_C(86400) * LEDGER_RIG_SECOND)

static struct ledger_rig rig;

static void setup(enum sj_ledger_place place)
{
	ledger_rig_open(&rig, place);
	ledger_rig_start(&rig);
}

/* The record at index of the file. */
static struct sj_ledger_record record_at(size_t index)
{
	struct sj_ledger_record record;
	const char *what;
	size_t size;
	uint8_t *bytes = ledger_rig_bytes(&rig, &size);

	ck_assert_uint_lt(index * SJ_LEDGER_RECORD_BYTES, size);
	ck_assert(sj_ledger_record_parse(
		bytes + index * SJ_LEDGER_RECORD_BYTES, &record, &what));
	free(bytes);
	return record;
}

/* Kinds of all records as letters: SOCXDRP. */
static const char *kinds(void)
{
	static char text[600];
	size_t count = ledger_rig_records(&rig);

	ck_assert_uint_lt(count, sizeof(text));
	for (size_t i = 0; i < count; i++)
		text[i] = "?SOCXDRP"[record_at(i).kind];
	text[count] = 0;
	return text;
}

static void session(uint64_t ticket, uint64_t keys)
{
	const struct sj_ledger_tell_open open =
		ledger_rig_opening(ticket, SJ_LEDGER_SERVES, (uint8_t)ticket);
	const struct sj_ledger_tell_close close =
		ledger_rig_closing(ticket, SJ_LEDGER_SERVES, keys, 5);

	ledger_rig_session(&rig, &open, &close);
}

static bool tick(bool is_beat)
{
	bool is_day;

	ck_assert_int_eq(
		sj_ledger_desk_tick(&rig.desk, &rig.now, is_beat, &is_day),
		SJ_OK);
	return is_day;
}

START_TEST(a_session_is_opened_counted_and_closed)
{
	struct sj_ledger_record record;

	setup(SJ_LEDGER_PLACE_HOST);
	session(7, 3);
	ledger_rig_stop(&rig);
	ck_assert_str_eq(kinds(), "SPOPCCCXPCCCDP");
	record = record_at(7);
	ck_assert_uint_eq(record.u.close.session, 2);
	ck_assert_uint_eq(record.u.close.lasted_us, LEDGER_RIG_SECOND);
	ck_assert_uint_eq(record.u.close.pixels, 5 * 4096);
	ck_assert_uint_eq(record_at(4).u.counts.count[3], 3);
	record = record_at(12);
	ck_assert_uint_eq(record.u.day.date, 20261126);
	ck_assert_uint_eq(record.u.day.opened, 1);
	ck_assert_uint_eq(record.u.day.closed, 1);
	ck_assert_uint_eq(record.u.day.pixels, 5 * 4096);
	ledger_rig_close(&rig);
}
END_TEST

START_TEST(a_day_ends_at_midnight_of_local_time)
{
	ledger_rig_open(&rig, SJ_LEDGER_PLACE_HOST);
	rig.start.utc_offset_s = 9 * 3600;
	ledger_rig_start(&rig);
	session(1, 3);
	/* 12:00 UTC is 21:00; three hours later it is tomorrow. */
	rig.now.wall_us += 2 * 3600 * LEDGER_RIG_SECOND;
	ck_assert(!tick(true));
	rig.now.wall_us += 3600 * LEDGER_RIG_SECOND;
	ck_assert(tick(true));
	ledger_rig_commit(&rig, SJ_LEDGER_CAUSE_DAY);
	ck_assert(!tick(true));
	session(2, 4);
	ledger_rig_stop(&rig);
	ck_assert_str_eq(kinds(), "SPOPCCCXPCCCDPOPCCCXPCCCDP");
	ck_assert_uint_eq(record_at(12).u.day.date, 20261126);
	ck_assert_uint_eq(record_at(24).u.day.date, 20261127);
	ck_assert_uint_eq(record_at(21).u.counts.count[3], 4);
	ledger_rig_judge_file(&rig);
	ck_assert_uint_eq(rig.ledger.findings.count, 0);
	ledger_rig_close(&rig);
}
END_TEST

/* The battery is flat: 1970, until the time has come by the network; and the
 * other way round. */
START_TEST(a_clock_that_leaps_over_years_writes_days_that_are_read)
{
	const uint64_t right_us = UINT64_C(1795694400) * LEDGER_RIG_SECOND;

	for (int i = 0; i < 2; i++) {
		ledger_rig_open(&rig, SJ_LEDGER_PLACE_HOST);
		rig.start.utc_offset_s = -3600;
		rig.now.wall_us = i == 0 ? 0 : right_us;
		ledger_rig_start(&rig);
		session(1, 3);
		rig.now.wall_us = i == 0 ? right_us : 0;
		ck_assert(tick(true));
		ledger_rig_commit(&rig, SJ_LEDGER_CAUSE_DAY);
		session(2, 4);
		ledger_rig_stop(&rig);
		ledger_rig_judge_file(&rig);
		ck_assert_uint_eq(rig.ledger.findings.count, 0);
		ck_assert_uint_eq(
			record_at(i == 0 ? 12 : 24).u.day.date, 20200101);
		ledger_rig_close(&rig);
	}
}
END_TEST

START_TEST(a_guard_has_sums_for_both_sides)
{
	struct sj_ledger_tell_open inner =
		ledger_rig_opening(1, SJ_LEDGER_SHOWS, 1);
	struct sj_ledger_tell_open outer =
		ledger_rig_opening(2, SJ_LEDGER_SERVES, 2);
	const struct sj_ledger_tell_close first =
		ledger_rig_closing(1, SJ_LEDGER_SHOWS, 1, 1);
	const struct sj_ledger_tell_close second =
		ledger_rig_closing(2, SJ_LEDGER_SERVES, 1, 1);

	setup(SJ_LEDGER_PLACE_GUARD);
	outer.linked_ticket = 1;
	ck_assert_int_eq(
		sj_ledger_desk_open(&rig.desk, &inner, &rig.now), SJ_OK);
	ck_assert_int_eq(
		sj_ledger_desk_open(&rig.desk, &outer, &rig.now), SJ_OK);
	ck_assert_int_eq(
		sj_ledger_desk_close(&rig.desk, &first, &rig.now), SJ_OK);
	ck_assert_int_eq(
		sj_ledger_desk_close(&rig.desk, &second, &rig.now), SJ_OK);
	ledger_rig_stop(&rig);
	ck_assert_str_eq(kinds(), "SPOOCCCXCCCXCCCDCCCDP");
	ck_assert_uint_eq(record_at(3).u.open.linked, 2);
	ledger_rig_judge_file(&rig);
	ck_assert_uint_eq(rig.ledger.findings.count, 0);
	ledger_rig_close(&rig);
}
END_TEST

START_TEST(refused_connections_are_summed_by_code_in_order)
{
	struct sj_ledger_record record;

	setup(SJ_LEDGER_PLACE_HOST);
	ck_assert_int_eq(
		sj_ledger_desk_refuse(&rig.desk, SJ_REASON_REFUSED_RATE),
		SJ_OK);
	ck_assert_int_eq(sj_ledger_desk_refuse(&rig.desk, SJ_REASON_IO), SJ_OK);
	ck_assert_int_eq(sj_ledger_desk_refuse(&rig.desk, SJ_REASON_IO), SJ_OK);
	ck_assert_int_eq(sj_ledger_desk_refuse(&rig.desk, 999), SJ_OK);
	ck_assert(!tick(false));
	ck_assert_uint_eq(rig.book.pending, 0);
	ck_assert(!tick(true));
	ledger_rig_commit(&rig, SJ_LEDGER_CAUSE_HEARTBEAT);
	ledger_rig_stop(&rig);
	ck_assert_str_eq(kinds(), "SPRPCCCDP");
	record = record_at(2);
	ck_assert_uint_eq(record.u.refused.count, 3);
	ck_assert_uint_eq(record.u.refused.of[0].code, SJ_REASON_IO);
	ck_assert_uint_eq(record.u.refused.of[0].times, 2);
	ck_assert_uint_eq(record.u.refused.of[1].code, SJ_REASON_REFUSED_RATE);
	ck_assert_uint_eq(record.u.refused.of[2].code, SJ_REASON_LOCAL);
	ck_assert_uint_eq(record_at(7).u.day.refused, 4);
	ledger_rig_judge_file(&rig);
	ck_assert_uint_eq(rig.ledger.findings.count, 0);
	ck_assert_uint_eq(rig.ledger.refused, 4);
	ledger_rig_close(&rig);
}
END_TEST

START_TEST(every_code_of_all_fits)
{
	setup(SJ_LEDGER_PLACE_VIEWER);
#define ROW(name, number, text)                                                \
	ck_assert_int_eq(sj_ledger_desk_refuse(&rig.desk, number), SJ_OK);
	SJ_REASON_TABLE(ROW)
#undef ROW
	ledger_rig_stop(&rig);
	ck_assert_str_eq(kinds(), "SPRRCCCDP");
	ledger_rig_judge_file(&rig);
	ck_assert_uint_eq(rig.ledger.findings.count, 0);
	ledger_rig_close(&rig);
}
END_TEST

START_TEST(a_supervisor_that_dies_leaves_sessions_without_counts)
{
	static struct sj_verify_findings pairs;
	const struct sj_ledger_tell_open open =
		ledger_rig_opening(1, SJ_LEDGER_SERVES, 1);

	setup(SJ_LEDGER_PLACE_HOST);
	ck_assert_int_eq(
		sj_ledger_desk_open(&rig.desk, &open, &rig.now), SJ_OK);
	ck_assert_int_eq(sj_ledger_desk_abandon(&rig.desk, &rig.now), SJ_OK);
	ck_assert_int_eq(
		sj_ledger_desk_abandon(&rig.desk, &rig.now), SJ_ERR_MISSING);
	ledger_rig_stop(&rig);
	ck_assert_str_eq(kinds(), "SPOXCCCDP");
	ledger_rig_judge_file(&rig);
	ck_assert_int_eq(sj_verify_join(&rig.ledger, 1, NULL, &pairs), SJ_OK);
	ck_assert_uint_eq(rig.ledger.findings.times[SJ_VERIFY_NO_COUNTS], 1);
	ck_assert_uint_eq(rig.ledger.findings.count, 1);
	ledger_rig_close(&rig);
}
END_TEST

START_TEST(what_makes_no_sense_is_refused)
{
	struct sj_ledger_tell_open open =
		ledger_rig_opening(1, SJ_LEDGER_SERVES, 1);
	struct sj_ledger_tell_close close =
		ledger_rig_closing(9, SJ_LEDGER_SERVES, 1, 1);

	setup(SJ_LEDGER_PLACE_HOST);
	ck_assert_int_eq(sj_ledger_desk_close(&rig.desk, &close, &rig.now),
		SJ_ERR_ARGUMENT);
	close.ticket = 0;
	ck_assert_int_eq(sj_ledger_desk_close(&rig.desk, &close, &rig.now),
		SJ_ERR_ARGUMENT);
	close = ledger_rig_closing(1, SJ_LEDGER_SERVES, 1, 1);
	ck_assert_int_eq(
		sj_ledger_desk_open(&rig.desk, &open, &rig.now), SJ_OK);
	close.table[1].bytes[5] = 1; /* a counter that nobody knows */
	ck_assert_int_eq(sj_ledger_desk_close(&rig.desk, &close, &rig.now),
		SJ_ERR_ARGUMENT);
	close.table[1].bytes[5] = 0;
	close.table[0].count[14] = 2; /* keys that were dropped */
	close.table[0].bytes[14] = 16;
	ck_assert_int_eq(sj_ledger_desk_close(&rig.desk, &close, &rig.now),
		SJ_ERR_ARGUMENT);
	close.table[0].bytes[14] = 0;
	ck_assert_int_eq(
		sj_ledger_desk_close(&rig.desk, &close, &rig.now), SJ_OK);
	open.side = 3;
	ck_assert_int_eq(sj_ledger_desk_open(&rig.desk, &open, &rig.now),
		SJ_ERR_ARGUMENT);
	open = ledger_rig_opening(0, SJ_LEDGER_SERVES, 1);
	ck_assert_int_eq(sj_ledger_desk_open(&rig.desk, &open, &rig.now),
		SJ_ERR_ARGUMENT);
	open = ledger_rig_opening(1, SJ_LEDGER_SERVES, 1);
	memset(open.name, 'a', sizeof(open.name));
	ck_assert_int_eq(sj_ledger_desk_open(&rig.desk, &open, &rig.now),
		SJ_ERR_ARGUMENT);
	open = ledger_rig_opening(1, SJ_LEDGER_SERVES, 1);
	ck_assert_int_eq(
		sj_ledger_desk_open(&rig.desk, &open, &rig.now), SJ_OK);
	ck_assert_int_eq(sj_ledger_desk_open(&rig.desk, &open, &rig.now),
		SJ_ERR_ARGUMENT);
	ledger_rig_close(&rig);
}
END_TEST

START_TEST(as_many_sessions_as_fit_are_open_and_no_more)
{
	struct sj_ledger_tell_open open;

	setup(SJ_LEDGER_PLACE_HOST);
	for (uint64_t i = 1; i <= SJ_LIMIT_LEDGER_SESSIONS; i++) {
		open = ledger_rig_opening(i, SJ_LEDGER_SERVES, (uint8_t)i);
		ck_assert_int_eq(
			sj_ledger_desk_open(&rig.desk, &open, &rig.now), SJ_OK);
		if (rig.book.pending >= 400)
			ck_assert_int_eq(
				sj_ledger_book_commit(&rig.book), SJ_OK);
	}
	open = ledger_rig_opening(UINT64_MAX, SJ_LEDGER_SERVES, 1);
	ck_assert_int_eq(
		sj_ledger_desk_open(&rig.desk, &open, &rig.now), SJ_ERR_LIMIT);
	ledger_rig_close(&rig);
}
END_TEST

START_TEST(an_identity_is_the_hash_of_its_uri_or_nothing)
{
	/* SHA-256 of urn:shoji:lgwan:viewer:tanaka begins so. */
	static const uint8_t wanted[] = {0xf4, 0xf9, 0x9b, 0xe0};
	static const uint8_t none[SJ_LEDGER_HASH_BYTES];
	struct sj_ledger_tell_open open =
		ledger_rig_opening(1, SJ_LEDGER_SERVES, 1);

	setup(SJ_LEDGER_PLACE_HOST);
	ck_assert_int_eq(
		sj_ledger_desk_open(&rig.desk, &open, &rig.now), SJ_OK);
	open.ticket = 2; /* a guard that speaks for that user */
	open.peer = SJ_LEDGER_PEER_GUARD;
	ck_assert_int_eq(
		sj_ledger_desk_open(&rig.desk, &open, &rig.now), SJ_OK);
	open.ticket = 3;
	open.name[0] = 0;
	ck_assert_int_eq(
		sj_ledger_desk_open(&rig.desk, &open, &rig.now), SJ_OK);
	memcpy(open.name, "Not A Name", 11); /* of a password file */
	open.ticket = 4;
	ck_assert_int_eq(
		sj_ledger_desk_open(&rig.desk, &open, &rig.now), SJ_OK);
	ledger_rig_commit(&rig, SJ_LEDGER_CAUSE_SESSION);
	ck_assert_mem_eq(record_at(2).u.open.identity, wanted, sizeof(wanted));
	ck_assert_mem_eq(record_at(3).u.open.identity, wanted, sizeof(wanted));
	ck_assert_mem_eq(record_at(4).u.open.identity, none, sizeof(none));
	ck_assert_mem_eq(record_at(5).u.open.identity, none, sizeof(none));
	ledger_rig_close(&rig);
}
END_TEST

START_TEST(a_start_is_judged)
{
	struct sj_ledger_tell_start start = {
		.place = 1, .heartbeat_s = 10, .version = "0.1.0"};

	ck_assert(sj_ledger_desk_is_sound(&start));
	start.heartbeat_s = 0;
	ck_assert(!sj_ledger_desk_is_sound(&start));
	start.heartbeat_s = 10;
	start.place = 4;
	ck_assert(!sj_ledger_desk_is_sound(&start));
	start.place = 1;
	start.version[0] = 0;
	ck_assert(!sj_ledger_desk_is_sound(&start));
	memset(start.version, 'x', sizeof(start.version));
	ck_assert(!sj_ledger_desk_is_sound(&start));
	memcpy(start.version, "0 1", 4);
	ck_assert(!sj_ledger_desk_is_sound(&start));
	memcpy(start.version, "0.1", 4);
	start.utc_offset_s = SJ_LIMIT_UTC_OFFSET_S + 1;
	ck_assert(!sj_ledger_desk_is_sound(&start));
}
END_TEST

SJ_SUITE_MAIN("ledger_desk", a_session_is_opened_counted_and_closed,
	a_day_ends_at_midnight_of_local_time,
	a_clock_that_leaps_over_years_writes_days_that_are_read,
	a_guard_has_sums_for_both_sides,
	refused_connections_are_summed_by_code_in_order, every_code_of_all_fits,
	a_supervisor_that_dies_leaves_sessions_without_counts,
	what_makes_no_sense_is_refused,
	as_many_sessions_as_fit_are_open_and_no_more,
	an_identity_is_the_hash_of_its_uri_or_nothing, a_start_is_judged)
