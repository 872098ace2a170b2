/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pump_rig: a pump between two real socketpairs, in one thread.
 *
 * The far ends act inside wait_us, which the pump calls in each round. The
 * clock is the real one plus a skew that a test turns, so that no test waits
 * for a limit of seconds: link with -Wl,--wrap=sj_clock_ms.
 */
#ifndef SJ_TESTS_SUPPORT_PUMP_RIG_H
#define SJ_TESTS_SUPPORT_PUMP_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/gate/pump.h"

/* What a test is about; reset by sj_pump_rig_open. */
struct sj_pump_rig {
	struct sj_pump *pump;
	int outer, inner; /* the far ends; -1: closed */
	int near[SJ_PUMP_SIDES];
	int (*act)(void); /* each round; 0 stops */
	size_t turns;
	bool is_midway;    /* what is_midway gives for the outer side */
	enum sj_step step; /* what the judge of step gives */
	size_t judged;
	size_t watched; /* bits of the watches that were served */
	uint8_t sent[1 << 20], got[1 << 20];
	size_t sent_size, got_size;
};

extern struct sj_pump_rig sj_pump_rig;

/* Added to sj_clock_ms. */
extern uint64_t sj_pump_rig_skew_ms;

/* Moves everything to the other side. */
extern const struct sj_pump_ops sj_pump_rig_copy;

/*
 * Consumes nothing from the outer side and gives rig.step; with REFUSE it
 * says "bye".
 */
extern const struct sj_pump_ops sj_pump_rig_step;

/* Echoes one byte of the outer side, then stops; calls nothing back. */
extern const struct sj_pump_ops sj_pump_rig_echo;

/* The same, with act in each round. */
extern const struct sj_pump_ops sj_pump_rig_echo_acting;

/* A pump with these ops (kept) and both streams; close frees it all. */
void sj_pump_rig_open(const struct sj_pump_ops *ops);
void sj_pump_rig_close(void);

/* A connected non-blocking pair of stream sockets; the caller closes both. */
void sj_pump_rig_pair(int *near, int *far);

/* A deadline that no test reaches unless something hangs. */
uint64_t sj_pump_rig_soon_ms(void);

/* Sends size bytes of data at once or fails the test. */
void sj_pump_rig_send(int fd, const void *data, size_t size);

/* Closes the far outer end. */
void sj_pump_rig_shut(void);

#endif /* SJ_TESTS_SUPPORT_PUMP_RIG_H */
