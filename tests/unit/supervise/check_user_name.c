/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/user_name.h"

#include "tests/support/suite.h"

/* Bytes that are no text would hide a session from shojictl. */
START_TEST(a_name_is_visible_and_ends)
{
	const char *const bad[] = {
		"a b", "a\n", "\x7f", "\xff\xfe", "a\xc2\x9b"};
	char full[4] = {'a', 'b', 'c', 'd'};

	ck_assert(sj_user_name_is_sound("tanaka.k_2-x", 16));
	ck_assert(sj_user_name_is_sound("", 1));
	for (size_t i = 0; i < SJ_COUNT(bad); i++)
		ck_assert(!sj_user_name_is_sound(bad[i], 16));
	ck_assert(!sj_user_name_is_sound(full, sizeof(full)));
	full[3] = 0;
	ck_assert(sj_user_name_is_sound(full, sizeof(full)));
}
END_TEST

SJ_SUITE_MAIN("supervise_user_name", a_name_is_visible_and_ends)
