/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * afl_rig: one run of a whole process over socketpairs, from standard input.
 *
 * Byte 0 is flags, then U16 size and what the viewer side sends, then what the
 * host side sends. What is not sent by the input (handshakes, format,
 * encodings, requests) is said before, unless a flag leaves it out. Link with
 * --wrap=poll, sj_clock_ms, sj_clock_us: nothing waits, time jumps instead,
 * and when all is idle the far ends close, one after the other.
 */
#ifndef SJ_TESTS_FUZZ_AFL_RIG_H
#define SJ_TESTS_FUZZ_AFL_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sj_afl_flag {
	SJ_AFL_NO_VIEWER_START = 1,
	SJ_AFL_NO_HOST_START = 2,
	SJ_AFL_HOST_ENDS_FIRST = 4,
	SJ_AFL_OTHER_POLICY = 8 /* gate: profile stock; core: nothing */
};

struct sj_afl {
	unsigned flags;
	const uint8_t *viewer, *host;
	size_t viewer_size, host_size;
	int viewer_far, viewer_near; /* streams */
	int host_far, host_near;
	int control_far, control_near; /* messages */
	int input_far, input_near;
};

extern struct sj_afl sj_afl;

/* Opens the pairs; near ends do not block. */
void sj_afl_open(void);

/* Reads standard input; false if there is too little. */
bool sj_afl_read(void);

/* Puts size bytes into a far end, whose buffer has to hold them. */
void sj_afl_say(int fd, const void *data, size_t size);

/* The far host's handshake and what the input says of it. */
void sj_afl_say_host(void);

/* A viewer's format, encodings, requests, and what the input says of it. */
void sj_afl_say_viewer(void);

#endif /* SJ_TESTS_FUZZ_AFL_RIG_H */
