/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/number.h"

bool sj_number_take(const char **text, uint32_t max, uint32_t *value)
{
	const char *at = *text;
	uint64_t sum = 0;

	while (*at >= '0' && *at <= '9') {
		sum = sum * 10 + (uint64_t)(*at - '0');
		if (sum > max)
			return false;
		at++;
	}
	if (at == *text)
		return false;
	*value = (uint32_t)sum;
	*text = at;
	return true;
}

bool sj_number_take_mark(const char **text, char mark)
{
	if (**text != mark || mark == 0)
		return false;
	(*text)++;
	return true;
}

bool sj_number_parse_pair(
	const char *text, char mark, uint32_t *first, uint32_t *second)
{
	uint32_t a;
	uint32_t b;

	if (!sj_number_take(&text, UINT32_MAX, &a) ||
		!sj_number_take_mark(&text, mark) ||
		!sj_number_take(&text, UINT32_MAX, &b) || *text != 0)
		return false;
	*first = a;
	*second = b;
	return true;
}
