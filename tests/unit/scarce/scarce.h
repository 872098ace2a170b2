/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scarce: memory that runs out at a chosen call, for programs under test.
 *
 * The test program has malloc and its kin of its own, which libraries find,
 * too. A program of ours (its main, renamed) runs in a child with one of its
 * calls refused, or all from one on; what sanitisers find there, a signal and
 * patience that is over fail the test. Descriptors are lent.
 */
#ifndef SJ_TESTS_UNIT_SCARCE_SCARCE_H
#define SJ_TESTS_UNIT_SCARCE_SCARCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Which calls are refused. */
struct sj_scarce {
	size_t index;   /* of the first; 0: none */
	bool is_onward; /* all that follow, too */
};

/* A child that runs. */
struct sj_scarce_child {
	pid_t pid;
	int log_fd; /* what it wrote to standard error */
};

/* What one sweep has seen. */
struct sj_scarce_sum {
	size_t calls, runs, whole; /* whole: in spite of it, as ever */
};

/* What a sweep does with one choice: true if the session was as ever. */
typedef bool sj_scarce_fn(const struct sj_scarce *scarce);

/*
 * Runs program in a child whose descriptor 3 is control_fd and which has no
 * other. NULL: as much memory as it wants, and its calls are not counted.
 */
struct sj_scarce_child sj_scarce_start(
	int (*program)(void), int control_fd, const struct sj_scarce *scarce);

/* Waits for the end: its status, -1 for a signal if may_crash; all else that
 * is not clean fails the test. */
int sj_scarce_wait(struct sj_scarce_child *child, bool may_crash);

/* True if a call of the last child with a choice was refused. */
bool sj_scarce_is_hit(void);

/*
 * Runs fn without a refusal, which has to be as ever, then with about as many
 * as runs_max, evenly among all calls (SJ_SCARCE_ALL in the environment: with
 * every one), and prints what it saw.
 */
void sj_scarce_sweep(const char *name, sj_scarce_fn *fn, size_t runs_max);

#endif /* SJ_TESTS_UNIT_SCARCE_SCARCE_H */
