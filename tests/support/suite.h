/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * suite: what every Check program of ours begins and ends with.
 */
#ifndef SJ_TESTS_SUPPORT_SUITE_H
#define SJ_TESTS_SUPPORT_SUITE_H

#include <check.h>
#include <stddef.h>

/*
 * Runs the tests (count of them, lent) as one suite called name, prints each
 * failure and one line of totals. Returns what main returns: 0 when
 * all passed. A test may take 60 seconds: machines under load are slow.
 */
int sj_suite_run(const char *name, const TTest *const *tests, size_t count);

/*
 * Ends a child that a test has forked, without what the parent has at its
 * exit; writes what ./dev coverage counts first. Not for confined ones.
 */
_Noreturn void sj_suite_leave(int status);

/* One test that runs with _i from 0 to count - 1. */
struct sj_suite_loop {
	const TTest *test;
	size_t count;
};

/* As above, and then the loops (loop_count of them, lent). */
int sj_suite_run_loops(const char *name, const TTest *const *tests,
	size_t count, const struct sj_suite_loop *loops, size_t loop_count);

/* main for the tests that are listed behind the name. */
#define SJ_SUITE_MAIN(name, ...)                                               \
	int main(void)                                                         \
	{                                                                      \
		const TTest *const tests[] = {__VA_ARGS__};                    \
                                                                               \
		return sj_suite_run(                                           \
			name, tests, sizeof(tests) / sizeof((tests)[0]));      \
	}

#endif /* SJ_TESTS_SUPPORT_SUITE_H */
