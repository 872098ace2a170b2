/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/misses.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/suite.h"

static struct sj_misses misses;

static bool is_passed_over(const char *user, size_t host, uint64_t now_ms)
{
	return sj_misses_is_passed_over(&misses, user, host, now_ms);
}

START_TEST(a_host_that_lets_a_user_down_twice_is_passed_over_for_a_while)
{
	memset(&misses, 0, sizeof(misses));
	ck_assert(!is_passed_over("suzuki", 1, 1000));
	sj_misses_add(&misses, "suzuki", 1, 1, 1000);
	ck_assert(!is_passed_over("suzuki", 1, 1001));
	sj_misses_add(&misses, "suzuki", 1, 1, 61000);
	ck_assert(is_passed_over("suzuki", 1, 70999));
	ck_assert(!is_passed_over("suzuki", 1, 71000));
	ck_assert(!is_passed_over("suzuki", 2, 61001));
	ck_assert(!is_passed_over("tanaka", 1, 61001));
	/* The third is one of the same row. */
	sj_misses_add(&misses, "suzuki", 1, 1, 71001);
	ck_assert(is_passed_over("suzuki", 1, 71002));
}
END_TEST

START_TEST(what_counts_enough_does_so_at_once)
{
	memset(&misses, 0, sizeof(misses));
	sj_misses_add(&misses, "suzuki", 1, SJ_MISSES_ENOUGH, 1000);
	ck_assert(is_passed_over("suzuki", 1, 10999));
	ck_assert(!is_passed_over("suzuki", 1, 11000));
}
END_TEST

START_TEST(what_is_long_ago_or_of_another_host_is_no_row)
{
	memset(&misses, 0, sizeof(misses));
	sj_misses_add(&misses, "suzuki", 1, 1, 1000);
	sj_misses_add(&misses, "suzuki", 1, 1, 181001);
	ck_assert(!is_passed_over("suzuki", 1, 181002));
	sj_misses_add(&misses, "suzuki", 2, 1, 181003);
	sj_misses_add(&misses, "suzuki", 1, 1, 181004);
	ck_assert(!is_passed_over("suzuki", 1, 181005));
	ck_assert(!is_passed_over("suzuki", 2, 181005));
}
END_TEST

START_TEST(a_session_ends_the_row)
{
	memset(&misses, 0, sizeof(misses));
	sj_misses_add(&misses, "suzuki", 1, 1, 1000);
	sj_misses_add(&misses, "suzuki", 1, 1, 1001);
	sj_misses_forget(&misses, "suzuki", 2);
	sj_misses_forget(&misses, "tanaka", 1);
	ck_assert(is_passed_over("suzuki", 1, 1002));
	sj_misses_forget(&misses, "suzuki", 1);
	ck_assert(!is_passed_over("suzuki", 1, 1002));
	sj_misses_add(&misses, "suzuki", 1, 1, 1003);
	ck_assert(!is_passed_over("suzuki", 1, 1004));
}
END_TEST

START_TEST(who_was_let_down_longest_ago_is_forgotten_first)
{
	char name[16];

	memset(&misses, 0, sizeof(misses));
	for (unsigned i = 0; i < SJ_MISSES_USERS + 1; i++) {
		(void)snprintf(name, sizeof(name), "m%u", i);
		sj_misses_add(&misses, name, 3, 1, 1000 + i);
		sj_misses_add(&misses, name, 3, 1, 1000 + i);
	}
	ck_assert(!is_passed_over("m0", 3, 2000));
	for (unsigned i = 1; i < SJ_MISSES_USERS + 1; i++) {
		(void)snprintf(name, sizeof(name), "m%u", i);
		ck_assert(is_passed_over(name, 3, 2000));
	}
}
END_TEST

SJ_SUITE_MAIN("guard_misses",
	a_host_that_lets_a_user_down_twice_is_passed_over_for_a_while,
	what_counts_enough_does_so_at_once,
	what_is_long_ago_or_of_another_host_is_no_row, a_session_ends_the_row,
	who_was_let_down_longest_ago_is_forgotten_first)
