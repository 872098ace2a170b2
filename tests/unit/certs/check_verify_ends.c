/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one end counted against what was on its line: verify_join.c. */
#include "certs/verify.h"

#include <string.h>

#include "protocol/base/limits.h"
#include "tests/support/suite.h"
#include "tests/unit/certs/ledger_rig.h"

static struct ledger_rig host, viewer;
static struct sj_verify_findings pairs;
static struct sj_ledger_tell_close host_close, viewer_close;

static void begin_pair(void)
{
	ledger_rig_open(&host, SJ_LEDGER_PLACE_HOST);
	ledger_rig_start(&host);
	ledger_rig_open(&viewer, SJ_LEDGER_PLACE_VIEWER);
	ledger_rig_start(&viewer);
	host_close = ledger_rig_closing(1, SJ_LEDGER_SERVES, 3, 5);
	viewer_close = ledger_rig_closing(1, SJ_LEDGER_SHOWS, 3, 5);
}

static void add(struct ledger_rig *rig, enum sj_ledger_side side,
	uint8_t exporter, const struct sj_ledger_tell_close *close)
{
	const struct sj_ledger_tell_open open =
		ledger_rig_opening(exporter, side, exporter);
	struct sj_ledger_tell_close own = *close;

	own.ticket = exporter;
	ledger_rig_session(rig, &open, &own);
}

static void both(uint8_t exporter)
{
	add(&host, SJ_LEDGER_SERVES, exporter, &host_close);
	add(&viewer, SJ_LEDGER_SHOWS, exporter, &viewer_close);
}

/* Judges both, joins them; the verdict. */
static enum sj_verify_verdict end_pair(void)
{
	struct sj_verify_ledger ledgers[2];
	enum sj_verify_verdict verdict;

	ledger_rig_stop(&host);
	ledger_rig_stop(&viewer);
	ledger_rig_judge_file(&host);
	ledger_rig_judge_file(&viewer);
	ledgers[0] = host.ledger;
	ledgers[1] = viewer.ledger;
	ledgers[1].index = 1;
	memset(&pairs, 0, sizeof(pairs));
	sj_verify_join(ledgers, 2, &pairs);
	verdict = sj_verify_verdict(ledgers, 2, &pairs);
	ledger_rig_close(&host);
	ledger_rig_close(&viewer);
	return verdict;
}

START_TEST(each_counter_that_arrived_more_often_is_named)
{
	for (uint8_t table = 0; table < SJ_LEDGER_TABLES; table++) {
		for (uint8_t i = 0; i < 14; i++) {
			struct sj_ledger_tell_close *end;

			if (!sj_ledger_counter_name(
				    (enum sj_ledger_table)(table + 1), i))
				continue;
			begin_pair();
			end = table == 0 ? &host_close : &viewer_close;
			end->table[table].count[i]++;
			both(1);
			ck_assert_int_eq(end_pair(), SJ_VERIFY_DAMAGED);
			ck_assert_uint_eq(pairs.of[0].table, table + 1);
			ck_assert_uint_eq(pairs.of[0].index, i);
		}
	}
	/* What did not cross is nobody's affair but the sender's. */
	begin_pair();
	viewer_close.table[0].count[14] = 5;
	host_close.table[0].count[15] = 5;
	both(1);
	ck_assert_int_eq(end_pair(), SJ_VERIFY_AGREES);
}
END_TEST

START_TEST(bytes_and_pixels_that_nobody_sent_are_named)
{
	for (int i = 0; i < 4; i++) {
		begin_pair();
		viewer_close.received_bytes += i == 0;
		host_close.received_bytes += i == 1;
		viewer_close.pixels += i == 2;
		host_close.table[0].bytes[3] += i == 3;
		both(1);
		ck_assert_int_eq(end_pair(), SJ_VERIFY_DAMAGED);
		ck_assert_uint_eq(pairs.times[SJ_VERIFY_MORE], 1);
		ck_assert_uint_eq(pairs.of[0].one, pairs.of[0].other + 1);
	}
}
END_TEST

START_TEST(bytes_that_came_and_that_no_message_counts_are_named)
{
	const uint64_t most = SJ_VERIFY_HANDSHAKE_BYTES + SJ_LIMIT_PUMP_BYTES;

	for (int i = 0; i < 2; i++) {
		begin_pair();
		/* The other end says that they were messages. */
		viewer_close.table[0].bytes[3] += most;
		viewer_close.sent_bytes =
			host_close.table[0].bytes[3] + most + (uint64_t)i;
		host_close.received_bytes = viewer_close.sent_bytes;
		both(1);
		ck_assert_int_eq(end_pair(),
			i == 0 ? SJ_VERIFY_AGREES : SJ_VERIFY_DAMAGED);
		ck_assert_uint_eq(pairs.times[SJ_VERIFY_UNCOUNTED], i);
	}
}
END_TEST

/* What an end says of a connection that was refused behind its opening. */
static void refuse(struct sj_ledger_tell_close *close)
{
	memset(close->table, 0, sizeof(close->table));
	close->pixels = 0;
	close->received_bytes = close->sent_bytes = SJ_VERIFY_HANDSHAKE_BYTES;
}

START_TEST(who_never_got_a_session_has_left_none_out)
{
	begin_pair();
	both(1);
	refuse(&host_close);
	add(&host, SJ_LEDGER_SERVES, 2, &host_close);
	ck_assert_int_eq(end_pair(), SJ_VERIFY_AGREES);
	ck_assert_uint_eq(pairs.times[SJ_VERIFY_NEVER], 1);
	/* Nobody has shown the other end: it may know of more. */
	begin_pair();
	refuse(&host_close);
	add(&host, SJ_LEDGER_SERVES, 2, &host_close);
	ck_assert_int_eq(end_pair(), SJ_VERIFY_INCOMPLETE);
	ck_assert_uint_eq(pairs.times[SJ_VERIFY_NEVER], 0);
}
END_TEST

/* By one unit of something, or one byte. */
START_TEST(what_crossed_is_not_taken_for_a_connection_that_never_began)
{
	for (int i = 0; i < 6; i++) {
		begin_pair();
		both(1);
		refuse(&host_close);
		host_close.table[0].count[14] = i == 0;
		host_close.table[1].bytes[0] = i == 1;
		host_close.pixels = i == 2;
		host_close.received_bytes += i == 3;
		host_close.sent_bytes += i == 4;
		host_close.has_counts = i != 5;
		add(&host, SJ_LEDGER_SERVES, 2, &host_close);
		ck_assert_int_eq(end_pair(), SJ_VERIFY_DAMAGED);
		ck_assert_uint_eq(pairs.times[SJ_VERIFY_LEFT_OUT], 1);
	}
}
END_TEST

SJ_SUITE_MAIN("verify_ends", each_counter_that_arrived_more_often_is_named,
	bytes_and_pixels_that_nobody_sent_are_named,
	bytes_that_came_and_that_no_message_counts_are_named,
	who_never_got_a_session_has_left_none_out,
	what_crossed_is_not_taken_for_a_connection_that_never_began)
