/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/number.h"

#include <stddef.h>
#include <string.h>

#define BACKSPACE 0xFF08u
#define UNICODE 0x01000000u

bool sj_number_is_valid(const uint8_t digit[SJ_NUMBER_DIGITS])
{
	unsigned sum = 0, rest;

	/* n counts from the right: 1 is the digit before the check digit. */
	for (unsigned n = 1; n < SJ_NUMBER_DIGITS; n++)
		sum += digit[SJ_NUMBER_DIGITS - 1 - n] *
		       (n <= 6 ? n + 1 : n - 5);
	rest = sum % 11;
	return digit[SJ_NUMBER_DIGITS - 1] == (rest <= 1 ? 0 : 11 - rest);
}

void sj_number_forget(struct sj_number *number)
{
	explicit_bzero(number->digit, sizeof(number->digit));
	number->run = 0;
}

/* 0 to 9, or -1. */
static int digit_of(uint32_t keysym)
{
	static const uint32_t zeros[] = {
		'0', 0xFFB0 /* keypad */, UNICODE + 0xFF10 /* full width */};

	for (size_t i = 0; i < SJ_COUNT(zeros); i++)
		if (keysym >= zeros[i] && keysym <= zeros[i] + 9)
			return (int)(keysym - zeros[i]);
	return -1;
}

/* Stands between digits, or writes nothing. */
static bool is_passed_over(uint32_t keysym)
{
	static const uint32_t marks[] = {' ', '-', 0xFFAD /* keypad */,
		0xFF80 /* keypad */, 0x00AD, UNICODE + 0x2010, UNICODE + 0x2011,
		UNICODE + 0x2012, UNICODE + 0x2013, UNICODE + 0x2212,
		UNICODE + 0x3000, UNICODE + 0x30FC, UNICODE + 0xFF0D};

	for (size_t i = 0; i < SJ_COUNT(marks); i++)
		if (keysym == marks[i])
			return true;
	return (keysym >= 0xFFE1 && keysym <= 0xFFEE) /* modifiers */ ||
	       (keysym >= 0xFF20 && keysym <= 0xFF3F) /* Japanese input */ ||
	       (keysym >= 0xFF50 && keysym <= 0xFF58) /* cursor */ ||
	       keysym == 0xFF7F /* Num_Lock */ || keysym == 0xFF7E ||
	       keysym == 0xFE03;
}

static void take_back(struct sj_number *number)
{
	if (number->run == 0)
		return;
	memmove(number->digit + 1, number->digit, SJ_NUMBER_KEPT - 1);
	number->digit[0] = 0;
	number->run--;
}

static void add(struct sj_number *number, uint8_t digit)
{
	memmove(number->digit, number->digit + 1, SJ_NUMBER_KEPT - 1);
	number->digit[SJ_NUMBER_KEPT - 1] = digit;
	if (number->run < UINT32_MAX)
		number->run++;
}

/* The run ends with an individual number when digit is typed. */
static bool completes(const struct sj_number *number, uint8_t digit)
{
	const size_t before = SJ_NUMBER_DIGITS - 1;
	uint8_t last[SJ_NUMBER_DIGITS];
	bool is_complete;

	if (number->run < before ||
		(number->mode == SJ_NUMBER_EXACT && number->run > before))
		return false;
	memcpy(last, number->digit + SJ_NUMBER_KEPT - before, before);
	last[before] = digit;
	is_complete = sj_number_is_valid(last);
	explicit_bzero(last, sizeof(last));
	return is_complete;
}

bool sj_number_press(struct sj_number *number, uint32_t keysym)
{
	int digit = digit_of(keysym);

	if (number->mode == SJ_NUMBER_OFF || is_passed_over(keysym))
		return false;
	if (keysym == BACKSPACE) {
		take_back(number);
		return false;
	}
	if (digit < 0) {
		sj_number_forget(number);
		return false;
	}
	if (completes(number, (uint8_t)digit))
		return true;
	add(number, (uint8_t)digit);
	return false;
}
