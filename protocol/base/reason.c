/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/reason.h"

#include <stddef.h>

#include "protocol/base/attr.h"

struct reason_row {
	unsigned number;
	const char *text;
};

static const struct reason_row reason_rows[] = {
#define REASON_ROW(name, number, text) {number, text},
	SJ_REASON_TABLE(REASON_ROW)
#undef REASON_ROW
};

static const struct reason_row *find_row(unsigned number)
{
	for (size_t i = 0; i < SJ_COUNT(reason_rows); i++)
		if (reason_rows[i].number == number)
			return &reason_rows[i];
	return NULL;
}

const char *sj_reason_text(enum sj_reason reason)
{
	const struct reason_row *row = find_row((unsigned)reason);

	return row ? row->text : "unknown reason";
}

bool sj_reason_is_known(unsigned number)
{
	return find_row(number) != NULL;
}

bool sj_reason_is_purpose(enum sj_reason reason)
{
	unsigned number = (unsigned)reason;

	return number >= 400 && number <= 499;
}
