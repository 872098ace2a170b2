/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/version_floor.h"

#include <string.h>
#include <unistd.h>

#include "tests/support/suite.h"

START_TEST(the_installed_library_is_known_or_not_packaged)
{
	char installed[128] = "before";
	enum sj_version_floor floor =
		sj_version_floor_check(installed, sizeof(installed));

	/* Older than the floor would mean that this machine must not build
	 * or run a viewer at all. */
	ck_assert_int_ne(floor, SJ_VERSION_FLOOR_OLD);
	if (access("/usr/bin/dpkg-query", X_OK) != 0)
		ck_assert_int_eq(floor, SJ_VERSION_FLOOR_UNKNOWN);
	if (floor == SJ_VERSION_FLOOR_MET)
		ck_assert_ptr_nonnull(strchr(installed, '.'));
	else
		ck_assert_str_eq(installed, "");
}
END_TEST

static const struct {
	const char *installed;
	enum sj_version_floor floor;
} versions[] = {
	{SJ_VERSION_FLOOR, SJ_VERSION_FLOOR_MET},
	{"0.9.14+dfsg-1+deb12u3", SJ_VERSION_FLOOR_MET},
	{"0.9.15+dfsg-1", SJ_VERSION_FLOOR_MET},
	{"0.9.14+dfsg-1+deb12u1", SJ_VERSION_FLOOR_OLD},
	{"0.9.14+dfsg-1", SJ_VERSION_FLOOR_OLD},
	{"0.9.13+dfsg-2", SJ_VERSION_FLOOR_OLD},
	{"", SJ_VERSION_FLOOR_UNKNOWN},
};

START_TEST(versions_are_compared_as_dpkg_does)
{
	enum sj_version_floor floor =
		sj_version_floor_judge(versions[_i].installed);

	if (access("/usr/bin/dpkg", X_OK) != 0)
		ck_assert_int_eq(floor, SJ_VERSION_FLOOR_UNKNOWN);
	else
		ck_assert_int_eq(floor, versions[_i].floor);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_installed_library_is_known_or_not_packaged};
	const struct sj_suite_loop loops[] = {
		{versions_are_compared_as_dpkg_does, SJ_COUNT(versions)}};

	return sj_suite_run_loops("viewer version_floor", tests,
		SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
