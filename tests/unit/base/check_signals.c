/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tests/support/suite.h"

static const int all[] = {SIGHUP, SIGPIPE, SIGUSR1, SIGUSR2};

/* The signal that has come, 0 for none. */
static unsigned next(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		return info.ssi_signo;
	ck_assert_int_eq(errno, EAGAIN);
	return 0;
}

START_TEST(hears_what_it_asked_for)
{
	const int signals[] = {SIGTERM, SIGHUP, SIGUSR1};
	int fd = sj_signals_open(signals, SJ_COUNT(signals));

	ck_assert_int_ge(fd, 0);
	for (size_t i = 0; i < SJ_COUNT(signals); i++) {
		ck_assert_int_eq(raise(signals[i]), 0);
		ck_assert_uint_eq(next(fd), (unsigned)signals[i]);
	}
	ck_assert_uint_eq(next(fd), 0);
	(void)close(fd);
}
END_TEST

START_TEST(nothing_else_ends_it)
{
	const int signals[] = {SIGTERM};
	int fd = sj_signals_open(signals, SJ_COUNT(signals));

	ck_assert_int_ge(fd, 0);
	for (size_t i = 0; i < SJ_COUNT(all); i++)
		ck_assert_int_eq(raise(all[i]), 0);
	ck_assert_uint_eq(next(fd), 0);
	(void)close(fd);
}
END_TEST

SJ_SUITE_MAIN("signals", hears_what_it_asked_for, nothing_else_ends_it)
