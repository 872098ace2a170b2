/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/number.h"

#include "tests/support/suite.h"

START_TEST(digits_are_taken_up_to_the_maximum)
{
	const char *text = "4294967295,7";
	uint32_t value = 0;

	ck_assert(sj_number_take(&text, UINT32_MAX, &value));
	ck_assert_uint_eq(value, UINT32_MAX);
	ck_assert(sj_number_take_mark(&text, ','));
	ck_assert(sj_number_take(&text, 7, &value));
	ck_assert_uint_eq(value, 7);
	ck_assert_int_eq(*text, 0);
}
END_TEST

static const char *const bad_numbers[] = {
	"", "x", "-1", "+1", " 1", "4294967296", "99999999999999999999999999"};

START_TEST(what_is_no_number_is_left_alone)
{
	const char *text = bad_numbers[_i];
	uint32_t value = 5;

	ck_assert(!sj_number_take(&text, UINT32_MAX, &value));
	ck_assert_ptr_eq(text, bad_numbers[_i]);
	ck_assert_uint_eq(value, 5);
}
END_TEST

START_TEST(a_maximum_is_inclusive)
{
	const char *text = "10";
	uint32_t value = 0;

	ck_assert(!sj_number_take(&text, 9, &value));
	ck_assert(sj_number_take(&text, 10, &value));
}
END_TEST

START_TEST(pairs_have_their_mark_and_an_end)
{
	uint32_t a = 0, b = 0;

	ck_assert(sj_number_parse_pair("800x600", 'x', &a, &b));
	ck_assert_uint_eq(a, 800);
	ck_assert_uint_eq(b, 600);
	ck_assert(!sj_number_parse_pair("800,600", 'x', &a, &b));
	ck_assert(!sj_number_parse_pair("800x", 'x', &a, &b));
	ck_assert(!sj_number_parse_pair("x600", 'x', &a, &b));
	ck_assert(!sj_number_parse_pair("800x600x", 'x', &a, &b));
	ck_assert(!sj_number_parse_pair("800", 'x', &a, &b));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {digits_are_taken_up_to_the_maximum,
		a_maximum_is_inclusive, pairs_have_their_mark_and_an_end};
	const struct sj_suite_loop loops[] = {
		{what_is_no_number_is_left_alone, SJ_COUNT(bad_numbers)}};

	return sj_suite_run_loops("viewer number", tests, SJ_COUNT(tests),
		loops, SJ_COUNT(loops));
}
