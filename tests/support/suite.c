/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/suite.h"

#include <stdlib.h>
#include <unistd.h>

#ifdef SJ_COVERAGE
void __gcov_dump(void); /* of gcc */
#endif

int sj_suite_run_loops(const char *name, const TTest *const *tests,
	size_t count, const struct sj_suite_loop *loops, size_t loop_count)
{
	Suite *suite = suite_create(name);
	TCase *group = tcase_create(name);
	SRunner *runner;
	int failed;

	/* For what hangs; sanitised and beside others the longest take a
	 * minute. */
	tcase_set_timeout(group, 180);
	for (size_t i = 0; i < count; i++)
		tcase_add_test(group, tests[i]);
	for (size_t i = 0; i < loop_count; i++)
		tcase_add_loop_test(
			group, loops[i].test, 0, (int)loops[i].count);
	suite_add_tcase(suite, group);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int sj_suite_run(const char *name, const TTest *const *tests, size_t count)
{
	return sj_suite_run_loops(name, tests, count, NULL, 0);
}

void sj_suite_leave(int status)
{
#ifdef SJ_COVERAGE
	__gcov_dump();
#endif
	_exit(status);
}
