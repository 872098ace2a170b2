/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/descriptors.h"

#include <sys/resource.h>

#include "protocol/base/attr.h"
#include "tests/support/suite.h"

static const struct {
	rlim_t now, most;
	size_t wanted;
	bool is_enough;
	rlim_t then;
} rows[] = {
	{64, 512, 300, true, 300},
	{64, 512, 512, true, 512},
	{64, 512, 513, false, 512},
	{300, 512, 299, true, 300},
	{300, 300, 300, true, 300},
	{300, 300, 301, false, 300},
};

START_TEST(as_many_can_be_open_as_are_wanted_and_allowed)
{
	const struct rlimit files = {rows[_i].now, rows[_i].most};
	struct rlimit then;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
	ck_assert(sj_descriptors_want(rows[_i].wanted) == rows[_i].is_enough);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &then), 0);
	ck_assert_uint_eq(then.rlim_cur, rows[_i].then);
	ck_assert_uint_eq(then.rlim_max, rows[_i].most);
}
END_TEST

int main(void)
{
	const struct sj_suite_loop loops[] = {
		{as_many_can_be_open_as_are_wanted_and_allowed,
			SJ_COUNT(rows)}};

	return sj_suite_run_loops(
		"supervise_descriptors", NULL, 0, loops, SJ_COUNT(loops));
}
