/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * board: what bench-replay lets others see of its work.
 *
 * A memfd named BENCH_BOARD_NAME that stays open in bench-replay; whoever may
 * look into that process maps /proc/PID/fd/N. It works through every wall of a
 * session, because nothing has to be let in. Times are CLOCK_MONOTONIC.
 */
#ifndef SJ_TESTS_BENCH_BOARD_H
#define SJ_TESTS_BENCH_BOARD_H

#include <stdatomic.h>
#include <stdint.h>

#define BENCH_BOARD_NAME "bench-board"
#define BENCH_BOARD_MAGIC 0x534a4231u
#define BENCH_BOARD_FRAMES 8192

enum bench_board_state {
	BENCH_BOARD_LOADING = 0,
	BENCH_BOARD_READY = 1, /* the picture before the first draw is there */
	BENCH_BOARD_PLAYING = 2,
	BENCH_BOARD_DONE = 3
};

struct bench_board {
	uint32_t magic;
	_Atomic uint32_t state;
	_Atomic uint32_t drawn; /* frames whose request has been sent */
	uint32_t frames;        /* of the trace */
	uint64_t due_us[BENCH_BOARD_FRAMES];   /* when it should be drawn */
	uint64_t drawn_us[BENCH_BOARD_FRAMES]; /* when it was asked for */
};

#endif /* SJ_TESTS_BENCH_BOARD_H */
