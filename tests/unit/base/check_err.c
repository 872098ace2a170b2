/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/err.h"

#include <string.h>

#include "tests/support/suite.h"

START_TEST(every_error_has_its_own_text)
{
	for (int err = SJ_ERR_AGAIN; err <= SJ_OK; err++) {
		ck_assert_str_ne(sj_err_text((enum sj_err)err), "");
		ck_assert_str_ne(
			sj_err_text((enum sj_err)err), "unknown error");
		for (int other = SJ_ERR_AGAIN; other < err; other++)
			ck_assert_str_ne(sj_err_text((enum sj_err)err),
				sj_err_text((enum sj_err)other));
	}
}
END_TEST

START_TEST(a_number_beyond_the_table_is_unknown)
{
	ck_assert_str_eq(sj_err_text((enum sj_err)1), "unknown error");
	ck_assert_str_eq(
		sj_err_text((enum sj_err)(SJ_ERR_AGAIN - 1)), "unknown error");
}
END_TEST

SJ_SUITE_MAIN("err", every_error_has_its_own_text,
	a_number_beyond_the_table_is_unknown)
