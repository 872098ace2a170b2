/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/crl_judge.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/suite.h"
#include "tests/unit/certs/certs_rig.h"

static int fd_of(const void *data, size_t size)
{
	int fd = memfd_create("list", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS,
				 F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW |
					 F_SEAL_SEAL),
		0);
	return fd;
}

/* A copy, for the list of an authority is made anew in its place. */
static int list_fd(const struct rig_authority *authority)
{
	return fd_of(authority->crl.data, authority->crl.size);
}

static int authority_fd(const struct rig_authority *authority)
{
	return fd_of(authority->pem.data, authority->pem.size);
}

static void assert_refused(
	int authority, int held, int fresh, const char *words)
{
	const char *why = sj_crl_judge(authority, held, fresh);

	ck_assert_ptr_nonnull(why);
	ck_assert_msg(strstr(why, words) != NULL, "%s", why);
}

START_TEST(a_list_is_followed_by_itself_and_a_newer_one)
{
	struct rig_authority *authority = rig_authority();
	int ours = authority_fd(authority), held = list_fd(authority), fresh;

	rig_list(authority, 7);
	fresh = list_fd(authority);
	ck_assert_ptr_null(sj_crl_judge(ours, held, held));
	ck_assert_ptr_null(sj_crl_judge(ours, held, fresh));
}
END_TEST

START_TEST(a_list_that_has_run_out_is_refused)
{
	struct rig_authority *authority = rig_authority();
	int held = list_fd(authority);

	rig_list(authority, -1);
	assert_refused(authority_fd(authority), held, list_fd(authority),
		"has run out");
}
END_TEST

START_TEST(a_list_with_a_lower_number_is_refused)
{
	struct rig_authority *authority = rig_authority();
	int old = list_fd(authority);

	rig_list(authority, 7);
	assert_refused(
		authority_fd(authority), list_fd(authority), old, "number");
}
END_TEST

/* Cut at every byte before the end of its last line. */
START_TEST(half_a_list_is_refused)
{
	struct rig_authority *authority = rig_authority();
	int ours = authority_fd(authority), held = list_fd(authority);

	for (size_t size = 1; size + 1 < authority->crl.size; size++) {
		int half = fd_of(authority->crl.data, size);

		assert_refused(ours, held, half, "whole");
		close(half);
	}
}
END_TEST

START_TEST(a_list_of_a_stranger_is_refused)
{
	struct rig_authority *authority = rig_authority();
	struct rig_authority *other = rig_authority();

	assert_refused(authority_fd(authority), list_fd(authority),
		list_fd(other), "signed");
}
END_TEST

START_TEST(a_list_that_was_changed_is_refused)
{
	struct rig_authority *authority = rig_authority();
	int held = list_fd(authority);
	char *text = (char *)authority->crl.data;
	char *at = strstr(text, "-----END");

	ck_assert_ptr_nonnull(at);
	at -= 12; /* within the signature */
	*at = *at == 'A' ? 'B' : 'A';
	assert_refused(authority_fd(authority), held, list_fd(authority), "");
}
END_TEST

/* The authority was replaced: the old numbers are not its own. */
START_TEST(a_list_of_a_new_authority_takes_the_place_of_the_old)
{
	struct rig_authority *old = rig_authority();
	struct rig_authority *fresh = rig_authority();

	rig_list(old, 7);
	ck_assert_ptr_null(sj_crl_judge(
		authority_fd(fresh), list_fd(old), list_fd(fresh)));
}
END_TEST

START_TEST(the_time_of_a_list_is_known)
{
	int64_t from_s = 0, until_s = 0, now_s = (int64_t)time(NULL);

	struct rig_authority *authority = rig_authority();

	rig_list(authority, 7);
	ck_assert(sj_crl_span(list_fd(authority), &from_s, &until_s));
	ck_assert_int_le(from_s, now_s);
	ck_assert_int_gt(until_s, now_s + 6 * 86400);
	ck_assert_int_lt(until_s, now_s + 8 * 86400);
	ck_assert(!sj_crl_span(fd_of("no list", 7), &from_s, &until_s));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_list_is_followed_by_itself_and_a_newer_one,
		a_list_that_has_run_out_is_refused,
		a_list_with_a_lower_number_is_refused, half_a_list_is_refused,
		a_list_of_a_stranger_is_refused,
		a_list_that_was_changed_is_refused,
		a_list_of_a_new_authority_takes_the_place_of_the_old,
		the_time_of_a_list_is_known};

	return sj_suite_run("certs_crl_judge", tests, SJ_COUNT(tests));
}
