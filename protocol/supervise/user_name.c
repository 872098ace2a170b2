/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/user_name.h"

#include <string.h>

bool sj_user_name_is_sound(const char *text, size_t size)
{
	size_t length = strnlen(text, size);

	for (size_t i = 0; i < length; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return length < size;
}
