/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/clock.h"

#include <limits.h>

#include "tests/support/suite.h"

START_TEST(time_does_not_go_back)
{
	uint64_t before_us = sj_clock_us();
	uint64_t after_ms = sj_clock_ms();

	ck_assert_uint_gt(before_us, 0);
	ck_assert_uint_ge(after_ms, before_us / 1000);
	ck_assert_uint_le(after_ms, before_us / 1000 + 60000);
}
END_TEST

START_TEST(poll_time_is_clamped)
{
	ck_assert_int_eq(sj_clock_poll_ms(100, 150), 50);
	ck_assert_int_eq(sj_clock_poll_ms(100, 100), 0);
	ck_assert_int_eq(sj_clock_poll_ms(101, 100), 0);
	ck_assert_int_eq(sj_clock_poll_ms(0, INT_MAX), INT_MAX);
	ck_assert_int_eq(sj_clock_poll_ms(0, UINT64_MAX), INT_MAX);
}
END_TEST

START_TEST(a_bucket_gives_its_burst_and_then_its_rate)
{
	struct sj_bucket bucket = sj_bucket_of(50, 100, 1000);
	unsigned taken = 0;

	for (int i = 0; i < 100; i++)
		ck_assert(sj_bucket_take(&bucket, 1000));
	ck_assert(!sj_bucket_take(&bucket, 1000));
	for (uint64_t now_us = 1000; now_us <= 1001000; now_us += 100)
		taken += sj_bucket_take(&bucket, now_us);
	ck_assert_uint_eq(taken, 50);
}
END_TEST

START_TEST(asking_often_does_not_give_more)
{
	struct sj_bucket bucket = sj_bucket_of(3, 1, 0);
	unsigned taken = 0;

	ck_assert(sj_bucket_take(&bucket, 0));
	for (uint64_t now_us = 1; now_us <= 1000000; now_us++)
		taken += sj_bucket_take(&bucket, now_us);
	ck_assert_uint_le(taken, 3);
	ck_assert_uint_ge(taken, 2);
}
END_TEST

START_TEST(a_bucket_never_holds_more_than_its_burst)
{
	struct sj_bucket bucket = sj_bucket_of(1000, 2, 0);
	const uint64_t later_us = UINT64_C(1) << 62;

	ck_assert(sj_bucket_take(&bucket, later_us));
	ck_assert(sj_bucket_take(&bucket, later_us));
	ck_assert(!sj_bucket_take(&bucket, later_us));
}
END_TEST

START_TEST(the_wait_is_exactly_until_the_next_token)
{
	struct sj_bucket bucket = sj_bucket_of(4, 1, 0);
	uint64_t wait_us;

	ck_assert_uint_eq(sj_bucket_wait_us(&bucket, 0), 0);
	ck_assert(sj_bucket_take(&bucket, 0));
	wait_us = sj_bucket_wait_us(&bucket, 0);
	ck_assert_uint_eq(wait_us, 250000);
	ck_assert(!sj_bucket_take(&bucket, wait_us - 1));
	ck_assert(sj_bucket_take(&bucket, wait_us));
}
END_TEST

START_TEST(a_bucket_without_inflow_stays_empty)
{
	struct sj_bucket bucket = sj_bucket_of(0, 1, 0);

	ck_assert(sj_bucket_take(&bucket, 5));
	ck_assert(!sj_bucket_take(&bucket, UINT64_MAX));
	ck_assert_uint_eq(sj_bucket_wait_us(&bucket, 9), UINT64_MAX);
}
END_TEST

START_TEST(a_clock_that_goes_back_gives_nothing)
{
	struct sj_bucket bucket = sj_bucket_of(1000, 1, 5000000);

	ck_assert(sj_bucket_take(&bucket, 5000000));
	ck_assert(!sj_bucket_take(&bucket, 1));
	ck_assert_uint_eq(bucket.filled_us, 5000000);
}
END_TEST

SJ_SUITE_MAIN("clock", time_does_not_go_back, poll_time_is_clamped,
	a_bucket_gives_its_burst_and_then_its_rate,
	asking_often_does_not_give_more,
	a_bucket_never_holds_more_than_its_burst,
	the_wait_is_exactly_until_the_next_token,
	a_bucket_without_inflow_stays_empty,
	a_clock_that_goes_back_gives_nothing)
