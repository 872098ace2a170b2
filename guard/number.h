/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * number: finds individual numbers (マイナンバー) in what is typed.
 *
 * Twelve digits of which the last is the check digit of the others (ordinance
 * of the ministry, 2014, article 5). Digits of any keyboard and of committed
 * text count; spaces, hyphens and keys that write nothing do not end a run of
 * digits, BackSpace takes one back, everything else ends it. A digit that was
 * stopped never was typed: the key that repeats it, or a second try, is stopped
 * again. It stops mistakes, not intent: who types backwards gets through.
 * Digits live in the struct only and are wiped when the run ends. Pure.
 */
#ifndef SJ_GUARD_NUMBER_H
#define SJ_GUARD_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/attr.h"

#define SJ_NUMBER_DIGITS 12
/* So many are remembered, for those that BackSpace takes back. */
#define SJ_NUMBER_KEPT 64

enum sj_number_mode {
	SJ_NUMBER_OFF,
	SJ_NUMBER_EXACT,  /* the first twelve digits of a run */
	SJ_NUMBER_SLIDING /* any twelve in a row: also hits one in ten of other
			     numbers of twelve digits, more of longer ones */
};

struct sj_number {
	enum sj_number_mode mode;
	uint8_t digit[SJ_NUMBER_KEPT]; /* the last ones, oldest first */
	uint32_t run;                  /* digits of the run, all of them */
};

/*
 * keysym is pressed. True: it completes an individual number and must not be
 * passed on; what is remembered stays as if it had not been pressed.
 */
SJ_MUST_USE bool sj_number_press(struct sj_number *number, uint32_t keysym);

/* The run has ended (a click, the end of a session): forgets and wipes. */
void sj_number_forget(struct sj_number *number);

/* True if digit[11] is the check digit of the eleven before. */
SJ_MUST_USE bool sj_number_is_valid(const uint8_t digit[SJ_NUMBER_DIGITS]);

#endif /* SJ_GUARD_NUMBER_H */
