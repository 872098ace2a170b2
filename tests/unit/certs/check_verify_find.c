/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which findings are kept when there are too many: verify_find.c. */
#include "certs/verify.h"

#include <string.h>

#include "tests/support/suite.h"

static struct sj_verify_findings list;

static void add(enum sj_verify_what what, uint64_t seq)
{
	const struct sj_verify_finding finding = {
		.what = what, .seq = seq, .peer = SJ_VERIFY_NO_PEER};

	sj_verify_add(&list, &finding);
}

/* As many of what as there is room for, numbered from 0. */
static void fill(enum sj_verify_what what)
{
	memset(&list, 0, sizeof(list));
	for (uint64_t i = 0; i < SJ_VERIFY_FINDINGS; i++)
		add(what, i);
}

static void check_counts(uint64_t damage, uint64_t gaps, uint64_t notes)
{
	ck_assert_uint_eq(list.count, SJ_VERIFY_FINDINGS);
	ck_assert_uint_eq(list.more[SJ_VERIFY_DAMAGE], damage);
	ck_assert_uint_eq(list.more[SJ_VERIFY_GAP], gaps);
	ck_assert_uint_eq(list.more[SJ_VERIFY_NOTE], notes);
}

START_TEST(a_contradiction_is_kept_however_much_stands_before_it)
{
	fill(SJ_VERIFY_NO_OTHER);
	add(SJ_VERIFY_LEFT_OUT, 1000);
	check_counts(0, 1, 0);
	ck_assert_int_eq(
		list.of[SJ_VERIFY_FINDINGS - 1].what, SJ_VERIFY_LEFT_OUT);
	/* The last of the milder ones had to go. */
	ck_assert_uint_eq(
		list.of[SJ_VERIFY_FINDINGS - 2].seq, SJ_VERIFY_FINDINGS - 2);
}
END_TEST

START_TEST(the_mildest_goes_first)
{
	fill(SJ_VERIFY_NO_OTHER);
	list.count--;
	list.kept[SJ_VERIFY_GAP]--;
	add(SJ_VERIFY_NEVER, 1000);
	add(SJ_VERIFY_OPEN, 1001);
	check_counts(0, 0, 1);
	add(SJ_VERIFY_NEVER, 1002);
	add(SJ_VERIFY_OPEN, 1003);
	check_counts(0, 1, 2);
	ck_assert_int_eq(list.of[SJ_VERIFY_FINDINGS - 1].seq, 1001);
}
END_TEST

START_TEST(what_is_as_grave_as_all_others_is_counted)
{
	fill(SJ_VERIFY_MAC);
	add(SJ_VERIFY_LEFT_OUT, 1000);
	add(SJ_VERIFY_NO_OTHER, 1001);
	add(SJ_VERIFY_NEVER, 1002);
	check_counts(1, 1, 1);
	ck_assert_uint_eq(list.times[SJ_VERIFY_MAC], SJ_VERIFY_FINDINGS);
	ck_assert_uint_eq(list.times[SJ_VERIFY_LEFT_OUT], 1);
	for (size_t i = 0; i < SJ_VERIFY_FINDINGS; i++)
		ck_assert_int_eq(list.of[i].what, SJ_VERIFY_MAC);
}
END_TEST

SJ_SUITE_MAIN("verify_find",
	a_contradiction_is_kept_however_much_stands_before_it,
	the_mildest_goes_first, what_is_as_grave_as_all_others_is_counted)
