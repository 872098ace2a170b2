/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which ledger had to hold a session that one end has alone: verify_alone.c. */
#include "certs/verify.h"

#include "tests/support/suite.h"
#include "tests/unit/certs/ends_rig.h"

#define SECOND ((int64_t)LEDGER_RIG_SECOND)

/*
 * The viewer's ledger begins; a session of the host's alone opens offset_us
 * after that, behind one of both if is_behind; then comes one of both. The
 * verdict.
 */
static enum sj_verify_verdict alone_at(int64_t offset_us, bool is_behind)
{
	uint64_t begin_us;

	ends_begin();
	begin_us = ends.viewer.now.wall_us;
	if (is_behind)
		ends_both(1);
	ends.host.now.wall_us = begin_us + (uint64_t)offset_us;
	ends_session(&ends.host, SJ_LEDGER_SERVES, 2, &ends.host_close);
	ends_both(3);
	return ends_finish();
}

START_TEST(a_session_older_than_a_new_ledger_is_not_demanded_of_it)
{
	static const int64_t offsets_us[] = {
		-3600 * SECOND, -2 * SECOND, 0, 60 * SECOND - 1};

	for (size_t i = 0; i < SJ_COUNT(offsets_us); i++) {
		ck_assert_int_eq(
			alone_at(offsets_us[i], false), SJ_VERIFY_INCOMPLETE);
		ck_assert_uint_eq(ends.pairs.times[SJ_VERIFY_BEGINS_LATER], 1);
		ck_assert_uint_eq(ends.pairs.of[0].peer, 1);
	}
}
END_TEST

START_TEST(what_is_later_than_its_beginning_by_all_clocks_is)
{
	ck_assert_int_eq(alone_at(60 * SECOND, false), SJ_VERIFY_DAMAGED);
	ck_assert_uint_eq(ends.pairs.times[SJ_VERIFY_LEFT_OUT], 1);
}
END_TEST

/* No clock can take that back. */
START_TEST(so_is_what_stands_behind_a_session_that_it_holds)
{
	static const int64_t offsets_us[] = {-3600 * SECOND, 2 * SECOND};

	for (size_t i = 0; i < SJ_COUNT(offsets_us); i++) {
		ck_assert_int_eq(
			alone_at(offsets_us[i], true), SJ_VERIFY_DAMAGED);
		ck_assert_uint_eq(ends.pairs.times[SJ_VERIFY_LEFT_OUT], 1);
	}
}
END_TEST

/* The copy of a ledger that goes on, and a session seconds later. */
START_TEST(what_is_behind_the_end_of_a_copy_is_not_demanded_of_it)
{
	struct sj_verify_ledger ledgers[2];

	for (int i = 0; i < 2; i++) {
		ends_begin();
		ends_both(1);
		ends.host.now.wall_us += (i == 0 ? 61 : 58) * LEDGER_RIG_SECOND;
		ends_session(&ends.host, SJ_LEDGER_SERVES, 2, &ends.host_close);
		ledger_rig_stop(&ends.host);
		if (i == 1)
			ledger_rig_stop(&ends.viewer);
		ledger_rig_judge_file(&ends.host);
		ledger_rig_judge_file(&ends.viewer);
		ledgers[0] = ends.host.ledger;
		ledgers[1] = ends.viewer.ledger;
		ledgers[1].index = 1;
		ends_join_judged(ledgers, 2);
		ck_assert_uint_eq(
			ends.pairs.times[SJ_VERIFY_ENDS_EARLIER], i == 0);
		ck_assert_uint_eq(ends.pairs.times[SJ_VERIFY_LEFT_OUT], i == 1);
		ledger_rig_close(&ends.host);
		ledger_rig_close(&ends.viewer);
	}
}
END_TEST

/* Keys were exchanged: what both ledgers lack, the first one had to hold. */
START_TEST(of_two_ledgers_of_one_machine_the_one_of_then_had_to_know)
{
	struct ledger_rig old = {.file_fd = -1};
	struct ledger_rig *const rigs[] = {&ends.host, &ends.viewer, &old};
	struct sj_verify_ledger ledgers[3];

	for (int i = 0; i < 2; i++) {
		ends_begin();
		ledger_rig_open(&old, SJ_LEDGER_PLACE_VIEWER);
		ledger_rig_start(&old);
		ends_session(&ends.host, SJ_LEDGER_SERVES, 4, &ends.host_close);
		ends_session(&old, SJ_LEDGER_SHOWS, 4, &ends.viewer_close);
		if (i == 1)
			ends_session(&ends.host, SJ_LEDGER_SERVES, 2,
				&ends.host_close);
		ends_both(3);
		ck_assert_int_eq(ends_join(rigs, 3, ledgers),
			i == 0 ? SJ_VERIFY_AGREES : SJ_VERIFY_DAMAGED);
		ck_assert_uint_eq(ends.pairs.times[SJ_VERIFY_LEFT_OUT], i == 1);
		if (i == 1)
			ck_assert_uint_eq(ends.pairs.of[0].peer, 2);
		ledger_rig_close(&old);
		ledger_rig_close(&ends.host);
		ledger_rig_close(&ends.viewer);
	}
}
END_TEST

/* One that broke off is not asked where the next one answers. */
START_TEST(behind_a_ledger_that_broke_off_the_next_one_had_to_know)
{
	struct ledger_rig old = {.file_fd = -1};
	struct sj_verify_ledger ledgers[3];

	ends_begin();
	ledger_rig_open(&old, SJ_LEDGER_PLACE_VIEWER);
	ledger_rig_start(&old);
	ends_session(&ends.host, SJ_LEDGER_SERVES, 4, &ends.host_close);
	ends_session(&old, SJ_LEDGER_SHOWS, 4, &ends.viewer_close);
	ends_both(3);
	ends_session(&ends.host, SJ_LEDGER_SERVES, 2, &ends.host_close);
	ledger_rig_stop(&ends.viewer);
	ledger_rig_judge_file(&ends.host);
	ledger_rig_judge_file(&ends.viewer);
	ledger_rig_judge_file(&old);
	ledgers[0] = ends.host.ledger;
	ledgers[1] = ends.viewer.ledger;
	ledgers[1].index = 1;
	ledgers[2] = old.ledger;
	ledgers[2].index = 2;
	ck_assert_int_eq(ends_join_judged(ledgers, 3), SJ_VERIFY_DAMAGED);
	ck_assert_uint_eq(ends.pairs.times[SJ_VERIFY_LEFT_OUT], 1);
	ck_assert_uint_eq(ends.pairs.of[0].peer, 1);
	ledger_rig_close(&old);
	ledger_rig_close(&ends.host);
	ledger_rig_close(&ends.viewer);
}
END_TEST

SJ_SUITE_MAIN("verify_alone",
	a_session_older_than_a_new_ledger_is_not_demanded_of_it,
	what_is_later_than_its_beginning_by_all_clocks_is,
	so_is_what_stands_behind_a_session_that_it_holds,
	what_is_behind_the_end_of_a_copy_is_not_demanded_of_it,
	of_two_ledgers_of_one_machine_the_one_of_then_had_to_know,
	behind_a_ledger_that_broke_off_the_next_one_had_to_know)
