/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pulse: whether a process that says from time to time that it lives still
 * does.
 *
 * Counted in turns of its supervisor, one each SJ_LIMIT_PULSE_MS, not in time:
 * where all stood still nobody is to blame. All 0: it is not judged, as nobody
 * expects it to live yet.
 */
#ifndef SJ_PROTOCOL_SUPERVISE_PULSE_H
#define SJ_PROTOCOL_SUPERVISE_PULSE_H

#include <stdbool.h>

#include "protocol/base/attr.h"

struct sj_pulse {
	bool is_known;
	unsigned quiet_turns;
};

/* It has begun, or has said that it lives. */
void sj_pulse_hear(struct sj_pulse *pulse);

/*
 * Takes a turn; true, once, when turns whole ones were quiet in a row. What fd,
 * its control socket, holds unread is no quiet (-1: not looked at).
 */
SJ_MUST_USE bool sj_pulse_is_gone(
	struct sj_pulse *pulse, unsigned turns, int fd);

#endif /* SJ_PROTOCOL_SUPERVISE_PULSE_H */
