/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one end counted against what was on its line: verify_join.c. */
#include "certs/verify.h"

#include <string.h>

#include "protocol/base/limits.h"
#include "tests/support/suite.h"
#include "tests/unit/certs/ends_rig.h"

START_TEST(each_counter_that_arrived_more_often_is_named)
{
	for (uint8_t table = 0; table < SJ_LEDGER_TABLES; table++) {
		for (uint8_t i = 0; i < 14; i++) {
			struct sj_ledger_tell_close *end;

			if (!sj_ledger_counter_name(
				    (enum sj_ledger_table)(table + 1), i))
				continue;
			ends_begin();
			end = table == 0 ? &ends.host_close
					 : &ends.viewer_close;
			end->table[table].count[i]++;
			ends_both(1);
			ck_assert_int_eq(ends_finish(), SJ_VERIFY_DAMAGED);
			ck_assert_uint_eq(ends.pairs.of[0].table, table + 1);
			ck_assert_uint_eq(ends.pairs.of[0].index, i);
		}
	}
	/* What did not cross is nobody's affair but the sender's. */
	ends_begin();
	ends.viewer_close.table[0].count[14] = 5;
	ends.host_close.table[0].count[15] = 5;
	ends_both(1);
	ck_assert_int_eq(ends_finish(), SJ_VERIFY_AGREES);
}
END_TEST

START_TEST(bytes_and_pixels_that_nobody_sent_are_named)
{
	for (int i = 0; i < 4; i++) {
		ends_begin();
		ends.viewer_close.received_bytes += i == 0;
		ends.host_close.received_bytes += i == 1;
		ends.viewer_close.pixels += i == 2;
		ends.host_close.table[0].bytes[3] += i == 3;
		ends_both(1);
		ck_assert_int_eq(ends_finish(), SJ_VERIFY_DAMAGED);
		ck_assert_uint_eq(ends.pairs.times[SJ_VERIFY_MORE], 1);
		ck_assert_uint_eq(
			ends.pairs.of[0].one, ends.pairs.of[0].other + 1);
	}
}
END_TEST

START_TEST(bytes_that_came_and_that_no_message_counts_are_named)
{
	const uint64_t most = SJ_VERIFY_HANDSHAKE_BYTES + SJ_LIMIT_PUMP_BYTES;

	for (int i = 0; i < 2; i++) {
		ends_begin();
		/* The other end says that they were messages. */
		ends.viewer_close.table[0].bytes[3] += most;
		ends.viewer_close.sent_bytes =
			ends.host_close.table[0].bytes[3] + most + (uint64_t)i;
		ends.host_close.received_bytes = ends.viewer_close.sent_bytes;
		ends_both(1);
		ck_assert_int_eq(ends_finish(),
			i == 0 ? SJ_VERIFY_AGREES : SJ_VERIFY_DAMAGED);
		ck_assert_uint_eq(ends.pairs.times[SJ_VERIFY_UNCOUNTED], i);
	}
}
END_TEST

START_TEST(who_never_got_a_session_has_left_none_out)
{
	ends_begin();
	ends_both(1);
	ends_refuse(&ends.host_close);
	ends_session(&ends.host, SJ_LEDGER_SERVES, 2, &ends.host_close);
	ck_assert_int_eq(ends_finish(), SJ_VERIFY_AGREES);
	ck_assert_uint_eq(ends.pairs.times[SJ_VERIFY_NEVER], 1);
	/* Nobody has shown the other end: it may know of more. */
	ends_begin();
	ends_refuse(&ends.host_close);
	ends_session(&ends.host, SJ_LEDGER_SERVES, 2, &ends.host_close);
	ck_assert_int_eq(ends_finish(), SJ_VERIFY_INCOMPLETE);
	ck_assert_uint_eq(ends.pairs.times[SJ_VERIFY_NEVER], 0);
}
END_TEST

/* By one unit of something, or one byte. */
START_TEST(what_crossed_is_not_taken_for_a_connection_that_never_began)
{
	for (int i = 0; i < 6; i++) {
		ends_begin();
		ends_both(1);
		ends_refuse(&ends.host_close);
		ends.host_close.table[0].count[14] = i == 0;
		ends.host_close.table[1].bytes[0] = i == 1;
		ends.host_close.pixels = i == 2;
		ends.host_close.received_bytes += i == 3;
		ends.host_close.sent_bytes += i == 4;
		ends.host_close.has_counts = i != 5;
		ends_session(&ends.host, SJ_LEDGER_SERVES, 2, &ends.host_close);
		ck_assert_int_eq(ends_finish(), SJ_VERIFY_DAMAGED);
		ck_assert_uint_eq(ends.pairs.times[SJ_VERIFY_LEFT_OUT], 1);
	}
}
END_TEST

SJ_SUITE_MAIN("verify_ends", each_counter_that_arrived_more_often_is_named,
	bytes_and_pixels_that_nobody_sent_are_named,
	bytes_that_came_and_that_no_message_counts_are_named,
	who_never_got_a_session_has_left_none_out,
	what_crossed_is_not_taken_for_a_connection_that_never_began)
