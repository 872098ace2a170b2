/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * signals: how a supervisor hears what it is told by signals, and its processes
 * do not.
 */
#ifndef SJ_PROTOCOL_BASE_SIGNALS_H
#define SJ_PROTOCOL_BASE_SIGNALS_H

#include <stddef.h>

#include "protocol/base/attr.h"

/*
 * A descriptor, which the caller owns, that becomes readable when one of the
 * count signals comes (signalfd(2), does not block); -1 with errno on failure.
 * Of what else would end a program without a word (HUP, PIPE, USR1, USR2)
 * nothing is heard any more. To be called while there is one thread.
 */
SJ_MUST_USE int sj_signals_open(const int *signals, size_t count);

/*
 * For a process that ends with its supervisor, and behind it: what is sent to a
 * whole service or terminal (INT, TERM, HUP), and PIPE, ends nothing before
 * everybody is told and everything counted.
 */
void sj_signals_shield(void);

#endif /* SJ_PROTOCOL_BASE_SIGNALS_H */
