/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/watcher.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "protocol/base/clock.h"
#include "protocol/base/err.h"
#include "protocol/base/log.h"

#define LEFT_MS 10000 /* orphans get this long to end by themselves */

static pid_t watcher; /* above this process; 0: none */

/* Waits for the next of the signals of mask, or for_ms. */
static int next_signal(const sigset_t *mask, siginfo_t *info, long for_ms)
{
	const struct timespec wait = {
		.tv_sec = for_ms / 1000, .tv_nsec = for_ms % 1000 * 1000000};

	return sigtimedwait(mask, info, &wait);
}

/* Reaps everything that has ended; true when child was among it. */
static bool reap(pid_t child, int *child_status)
{
	bool is_over = false;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != child)
			continue;
		*child_status = status;
		is_over = true;
	}
	return is_over;
}

/* What shojid had started sees its end and ends, too. */
static void wait_for_orphans(const sigset_t *mask)
{
	uint64_t deadline_ms = sj_clock_ms() + LEFT_MS;
	siginfo_t info;
	int status;

	while (sj_clock_ms() < deadline_ms) {
		(void)reap(0, &status);
		if (waitpid(-1, &status, WNOHANG) < 0 && errno == ECHILD)
			return;
		(void)next_signal(mask, &info, 200);
	}
}

static SJ_NORETURN void watch(pid_t child, const sigset_t *mask,
	sj_watcher_clean_fn clean, void *self)
{
	siginfo_t info;
	int status = 0;

	while (!reap(child, &status)) {
		int number = next_signal(mask, &info, 60000);

		/* What a terminal sends, shojid has got by itself. */
		if (number > 0 && number != SIGCHLD &&
			number != SJ_WATCHER_GONE && info.si_code <= 0)
			(void)kill(child, number);
	}
	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	sj_log(SJ_LOG_ERROR, "shojid killed signal=%d", WTERMSIG(status));
	wait_for_orphans(mask);
	clean(self, child);
	_exit(SJ_EXIT_LOCAL);
}

bool sj_watcher_start(sj_watcher_clean_fn clean, void *self)
{
	pid_t parent = getpid();
	sigset_t mask, before;
	pid_t child;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SJ_WATCHER_GONE);
	(void)signal(SIGUSR2, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &mask, &before) != 0 ||
		prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
		return true;
	child = fork();
	if (child > 0)
		watch(child, &mask, clean, self);
	if (child < 0) {
		(void)sigprocmask(SIG_SETMASK, &before, NULL);
		sj_log(SJ_LOG_WARNING, "watcher error=\"no fork\"");
		return true;
	}
	/* The signals stay blocked: shojid reads them when it is ready. */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
	if (prctl(PR_SET_PDEATHSIG, SJ_WATCHER_GONE, 0, 0, 0) != 0 ||
		getppid() != parent)
		_exit(SJ_EXIT_LOCAL);
	watcher = parent;
	return true;
}

bool sj_watcher_is_gone(void)
{
	return watcher != 0 && getppid() != watcher;
}
