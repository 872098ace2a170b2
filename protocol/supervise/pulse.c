/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/pulse.h"

void sj_pulse_hear(struct sj_pulse *pulse)
{
	pulse->is_known = true;
	pulse->quiet_turns = 0;
}

bool sj_pulse_is_gone(struct sj_pulse *pulse, unsigned turns)
{
	return pulse->is_known && ++pulse->quiet_turns == turns;
}
