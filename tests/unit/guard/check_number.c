/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/number.h"

#include <string.h>

#include "tests/support/suite.h"

#define GOOD "123456789018"
#define OTHER_GOOD "987654321093"
#define UNICODE 0x01000000u

/* Types text (ASCII) and returns how many presses were stopped. */
static unsigned type(struct sj_number *number, const char *text)
{
	unsigned stopped = 0;

	for (; *text; text++)
		stopped += sj_number_press(number, (uint32_t)*text);
	return stopped;
}

static bool is_empty(const struct sj_number *number)
{
	static const uint8_t zeros[SJ_NUMBER_KEPT];

	return number->run == 0 &&
	       memcmp(number->digit, zeros, sizeof(zeros)) == 0;
}

/* The ordinance's sum, written another way than the code's. */
static unsigned check_digit(const uint8_t *digit)
{
	static const unsigned factor[11] = {6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2};
	unsigned sum = 0;

	for (size_t i = 0; i < 11; i++)
		sum += digit[i] * factor[i];
	return sum % 11 <= 1 ? 0 : 11 - sum % 11;
}

START_TEST(knows_the_check_digit_of_any_number)
{
	uint32_t state = 5;
	uint8_t digit[SJ_NUMBER_DIGITS];

	for (int i = 0; i < 10000; i++) {
		for (size_t at = 0; at < 11; at++) {
			state = state * 1664525 + 1013904223;
			digit[at] = (uint8_t)((state >> 24) % 10);
		}
		for (unsigned last = 0; last < 10; last++) {
			digit[11] = (uint8_t)last;
			ck_assert_int_eq(sj_number_is_valid(digit),
				last == check_digit(digit));
		}
	}
}
END_TEST

START_TEST(stops_the_last_digit_however_often_it_comes)
{
	struct sj_number number = {.mode = SJ_NUMBER_EXACT};

	ck_assert_uint_eq(type(&number, "12345678901"), 0);
	/* A key that is held, or pressed again because nothing came. */
	ck_assert_uint_eq(type(&number, "888"), 3);
	ck_assert(!sj_number_press(&number, 0xFFE1)); /* Shift */
	ck_assert_uint_eq(type(&number, "8"), 1);
	/* Another digit makes another number. */
	ck_assert_uint_eq(type(&number, "7"), 0);
	ck_assert(!sj_number_press(&number, 0xFF08));
	ck_assert_uint_eq(type(&number, "8"), 1);
	ck_assert(!sj_number_press(&number, 0xFF0D));
	ck_assert(is_empty(&number));
}
END_TEST

START_TEST(stops_it_however_often_when_sliding)
{
	struct sj_number number = {.mode = SJ_NUMBER_SLIDING};

	ck_assert_uint_eq(type(&number, "0012345678901"), 0);
	ck_assert_uint_eq(type(&number, "88"), 2);
}
END_TEST

START_TEST(knows_what_stands_before_many_that_were_taken_back)
{
	struct sj_number number = {.mode = SJ_NUMBER_EXACT};

	ck_assert_uint_eq(type(&number, "12345678901"
					"705550123"),
		0);
	for (int i = 0; i < 9; i++)
		ck_assert(!sj_number_press(&number, 0xFF08));
	ck_assert_uint_eq(type(&number, "8"), 1);
}
END_TEST

START_TEST(passes_over_spaces_hyphens_and_keys_that_write_nothing)
{
	struct sj_number number = {.mode = SJ_NUMBER_EXACT};

	ck_assert_uint_eq(type(&number, "1234-5678 901"), 0);
	ck_assert(!sj_number_press(&number, 0xFFE1)); /* Shift */
	ck_assert(!sj_number_press(&number, 0xFF51)); /* Left */
	ck_assert(!sj_number_press(&number, UNICODE + 0x3000));
	ck_assert_uint_eq(type(&number, "8"), 1);
}
END_TEST

START_TEST(knows_digits_of_the_keypad_and_of_full_width)
{
	struct sj_number number = {.mode = SJ_NUMBER_EXACT};
	const char *text = GOOD;

	for (size_t i = 0; i < SJ_NUMBER_DIGITS; i++)
		ck_assert_int_eq(sj_number_press(&number,
					 (i % 2 ? 0xFFB0u : UNICODE + 0xFF10u) +
						 (uint32_t)(text[i] - '0')),
			i == 11);
}
END_TEST

START_TEST(takes_digits_back_with_backspace)
{
	struct sj_number number = {.mode = SJ_NUMBER_EXACT};

	ck_assert_uint_eq(type(&number, "12345678909"), 0);
	ck_assert(!sj_number_press(&number, 0xFF08));
	ck_assert_uint_eq(type(&number, "18"), 1);
	for (int i = 0; i < 12; i++) /* the last one of nothing */
		ck_assert(!sj_number_press(&number, 0xFF08));
	ck_assert(is_empty(&number));
}
END_TEST

START_TEST(ends_a_run_at_anything_else)
{
	static const uint32_t ends[] = {
		'a', '.', 0xFF0D, 0xFF09, 0xFF1B, UNICODE + 0x3042};

	for (size_t i = 0; i < SJ_COUNT(ends); i++) {
		struct sj_number number = {.mode = SJ_NUMBER_SLIDING};

		ck_assert_uint_eq(type(&number, "12345678901"), 0);
		ck_assert(!sj_number_press(&number, ends[i]));
		ck_assert(is_empty(&number));
		ck_assert_uint_eq(type(&number, "8"), 0);
	}
}
END_TEST

START_TEST(finds_one_inside_a_longer_run_when_sliding)
{
	struct sj_number exact = {.mode = SJ_NUMBER_EXACT};
	struct sj_number sliding = {.mode = SJ_NUMBER_SLIDING};

	ck_assert_uint_eq(type(&exact, "0" GOOD), 0);
	ck_assert_uint_eq(type(&sliding, "0" GOOD), 1);
	ck_assert_uint_eq(type(&sliding, "00" OTHER_GOOD), 1);
}
END_TEST

START_TEST(stops_nothing_when_it_is_off)
{
	struct sj_number number = {.mode = SJ_NUMBER_OFF};

	ck_assert_uint_eq(type(&number, GOOD OTHER_GOOD), 0);
	ck_assert(is_empty(&number));
}
END_TEST

SJ_SUITE_MAIN("guard_number", knows_the_check_digit_of_any_number,
	stops_the_last_digit_however_often_it_comes,
	stops_it_however_often_when_sliding,
	knows_what_stands_before_many_that_were_taken_back,
	passes_over_spaces_hyphens_and_keys_that_write_nothing,
	knows_digits_of_the_keypad_and_of_full_width,
	takes_digits_back_with_backspace, ends_a_run_at_anything_else,
	finds_one_inside_a_longer_run_when_sliding,
	stops_nothing_when_it_is_off)
