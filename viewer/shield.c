/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/shield.h"

#include <signal.h>

void sj_shield_signals(void)
{
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
}
