/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/pulse.h"

#include <poll.h>

void sj_pulse_hear(struct sj_pulse *pulse)
{
	pulse->is_known = true;
	pulse->quiet_turns = 0;
}

bool sj_pulse_is_gone(struct sj_pulse *pulse, unsigned turns, int fd)
{
	struct pollfd unread = {.fd = fd, .events = POLLIN};

	/* The first turn may come right behind the pulse. */
	if (!pulse->is_known || ++pulse->quiet_turns != turns + 1)
		return false;
	if (fd < 0 || poll(&unread, 1, 0) != 1)
		return true;
	pulse->quiet_turns = 0;
	return false;
}
