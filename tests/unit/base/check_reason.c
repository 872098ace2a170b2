/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/reason.h"

#include "protocol/base/attr.h"
#include "tests/support/suite.h"

static const unsigned numbers[] = {
#define ROW(name, number, text) number,
	SJ_REASON_TABLE(ROW)
#undef ROW
};

START_TEST(every_reason_is_known_and_has_a_text)
{
	for (size_t i = 0; i < SJ_COUNT(numbers); i++) {
		ck_assert_int_eq(sj_reason_is_known(numbers[i]), true);
		ck_assert_str_ne(sj_reason_text((enum sj_reason)numbers[i]),
			"unknown reason");
	}
}
END_TEST

START_TEST(numbers_are_unique_and_have_three_digits)
{
	for (size_t i = 0; i < SJ_COUNT(numbers); i++) {
		ck_assert_uint_le(numbers[i], 999);
		for (size_t j = 0; j < i; j++)
			ck_assert_uint_ne(numbers[i], numbers[j]);
	}
}
END_TEST

START_TEST(other_numbers_are_unknown)
{
	static const unsigned others[] = {1, 99, 199, 399, 409, 606, 1000};

	for (size_t i = 0; i < SJ_COUNT(others); i++)
		ck_assert_int_eq(sj_reason_is_known(others[i]), false);
	ck_assert_str_eq(sj_reason_text((enum sj_reason)999), "unknown reason");
}
END_TEST

START_TEST(only_the_fourth_hundred_is_on_purpose)
{
	for (size_t i = 0; i < SJ_COUNT(numbers); i++)
		ck_assert_int_eq(
			sj_reason_is_purpose((enum sj_reason)numbers[i]),
			numbers[i] / 100 == 4);
}
END_TEST

SJ_SUITE_MAIN("reason", every_reason_is_known_and_has_a_text,
	numbers_are_unique_and_have_three_digits, other_numbers_are_unknown,
	only_the_fourth_hundred_is_on_purpose)
