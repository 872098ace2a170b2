/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/signals.h"

#include <signal.h>
#include <sys/signalfd.h>

int sj_signals_open(const int *signals, size_t count)
{
	static const int deaf[] = {SIGHUP, SIGPIPE, SIGUSR1, SIGUSR2};
	sigset_t mask;

	sigemptyset(&mask);
	for (size_t i = 0; i < count; i++)
		sigaddset(&mask, signals[i]);
	for (size_t i = 0; i < SJ_COUNT(deaf); i++)
		if (sigismember(&mask, deaf[i]) == 0)
			(void)signal(deaf[i], SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &mask, NULL) != 0)
		return -1;
	return signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

void sj_signals_shield(void)
{
	static const int deaf[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

	for (size_t i = 0; i < SJ_COUNT(deaf); i++)
		(void)signal(deaf[i], SIG_IGN);
}
