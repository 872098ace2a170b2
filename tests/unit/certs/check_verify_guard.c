/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For whom a guard spoke, and who its viewer was: verify_join.c. */
#include "certs/verify_select.h"

#include "tests/support/suite.h"
#include "tests/unit/certs/between_rig.h"
#include "tests/unit/certs/ends_rig.h"

START_TEST(a_guard_that_speaks_for_another_than_its_viewer_is_named)
{
	struct sj_verify_selection tanaka = {.has_user = false};

	ck_assert_int_eq(sj_verify_select_user(&tanaka, "tanaka"), SJ_OK);
	ck_assert_int_eq(
		between_users("suzuki", "lgwan", "tanaka"), SJ_VERIFY_DAMAGED);
	ck_assert_int_eq(
		between_users("tanaka", "lab", "tanaka"), SJ_VERIFY_DAMAGED);
	/* Whoever is asked about. */
	ends.selection = &tanaka;
	ck_assert_int_eq(
		between_users("suzuki", "lgwan", "sato"), SJ_VERIFY_DAMAGED);
	ends.selection = NULL;
	ck_assert_uint_eq(ends.pairs.times[SJ_VERIFY_OTHER_USER], 1);
}
END_TEST

START_TEST(who_has_no_name_is_not_another_one)
{
	ck_assert_int_eq(
		between_users("suzuki", "lgwan", "suzuki"), SJ_VERIFY_AGREES);
	ck_assert_int_eq(between_users("tanaka", "", ""), SJ_VERIFY_AGREES);
	ck_assert_int_eq(
		between_users("", "lgwan", "tanaka"), SJ_VERIFY_AGREES);
	ck_assert_uint_eq(ends.pairs.count, 0);
}
END_TEST

SJ_SUITE_MAIN("verify_guard",
	a_guard_that_speaks_for_another_than_its_viewer_is_named,
	who_has_no_name_is_not_another_one)
