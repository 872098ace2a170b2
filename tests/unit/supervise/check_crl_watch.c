/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/crl_watch.h"

#include "tests/support/suite.h"

#define DAY_S INT64_C(86400)
#define HOUR_MS UINT64_C(3600000)
#define FROM_S (20000 * DAY_S)
#define UNTIL_S (FROM_S + 7 * DAY_S)

static struct sj_crl_watch watch;

static enum sj_crl_news at(int64_t now_s, uint64_t now_ms)
{
	return sj_crl_watch_look(&watch, now_s, now_ms);
}

START_TEST(a_list_that_is_renewed_daily_is_never_told)
{
	for (int64_t day = 0; day < 10; day++) {
		sj_crl_watch_begin(
			&watch, FROM_S + day * DAY_S, UNTIL_S + day * DAY_S);
		ck_assert_int_eq(
			at(FROM_S + (day + 1) * DAY_S, 0), SJ_CRL_NOTHING);
	}
}
END_TEST

START_TEST(one_that_is_late_is_told_twice_a_day)
{
	const int64_t half_s = FROM_S + 7 * DAY_S / 2;

	sj_crl_watch_begin(&watch, FROM_S, UNTIL_S);
	ck_assert_int_eq(at(half_s, 0), SJ_CRL_NOTHING);
	ck_assert_int_eq(at(half_s + 1, 0), SJ_CRL_LATE);
	ck_assert_int_eq(at(half_s + 2, 12 * HOUR_MS - 1), SJ_CRL_NOTHING);
	ck_assert_int_eq(at(half_s + 2, 12 * HOUR_MS), SJ_CRL_LATE);
	/* A new one. */
	sj_crl_watch_begin(&watch, half_s, half_s + 7 * DAY_S);
	ck_assert_int_eq(at(half_s + 2, 24 * HOUR_MS), SJ_CRL_NOTHING);
}
END_TEST

START_TEST(its_end_is_told_at_once_and_each_hour)
{
	sj_crl_watch_begin(&watch, FROM_S, UNTIL_S);
	ck_assert_int_eq(at(UNTIL_S - 1, 0), SJ_CRL_LATE);
	ck_assert_int_eq(at(UNTIL_S, 1), SJ_CRL_ENDED);
	ck_assert_int_eq(at(UNTIL_S, HOUR_MS), SJ_CRL_NOTHING);
	ck_assert_int_eq(at(UNTIL_S, HOUR_MS + 1), SJ_CRL_ENDED);
}
END_TEST

START_TEST(of_what_is_not_known_nothing_is_told)
{
	sj_crl_watch_begin(&watch, 0, 0);
	ck_assert_int_eq(at(UNTIL_S, 0), SJ_CRL_NOTHING);
}
END_TEST

SJ_SUITE_MAIN("supervise_crl_watch", a_list_that_is_renewed_daily_is_never_told,
	one_that_is_late_is_told_twice_a_day,
	its_end_is_told_at_once_and_each_hour,
	of_what_is_not_known_nothing_is_told)
