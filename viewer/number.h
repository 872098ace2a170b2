/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * number: decimal numbers of the command line. Pure.
 */
#ifndef SJ_VIEWER_NUMBER_H
#define SJ_VIEWER_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/attr.h"

/*
 * Takes the digits that *text begins with, moves it past them. False, nothing
 * changed, when there are none or their value is above max.
 */
SJ_MUST_USE bool sj_number_take(
	const char **text, uint32_t max, uint32_t *value);

/* The same for the one character mark; false if *text has another there. */
SJ_MUST_USE bool sj_number_take_mark(const char **text, char mark);

/* Two numbers with mark between them and nothing behind, e.g. `800x600`. */
SJ_MUST_USE bool sj_number_parse_pair(
	const char *text, char mark, uint32_t *first, uint32_t *second);

#endif /* SJ_VIEWER_NUMBER_H */
