/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench-replay: draws a trace (tests/bench/trace.h) on $DISPLAY.
 *
 * usage: bench-replay TRACE FROM COUNT_FROM [PACE_MS]
 * Draws the frames before FROM at once (FROM 0: white) into one window that no
 * window manager touches, and waits for SIGUSR1. Then draws those before
 * COUNT_FROM, if there are any, and waits for another SIGUSR1, so that what
 * comes before the measured part can come to rest; then the others. They are
 * drawn at the times of the trace, or, with PACE_MS, that long after each
 * other. Each frame is one MIT-SHM PutImage of its box, as a browser draws; the
 * next one is unpacked before it is due. What was drawn when is on a board
 * (tests/bench/board.h). Stays until it is ended. Times are CLOCK_MONOTONIC.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <time.h>
#include <unistd.h>

#include <xcb/shm.h>
#include <xcb/xcb.h>

#include "tests/bench/board.h"
#include "tests/bench/trace.h"

#define LEAD_US 50000 /* from the signal to the first frame */

struct replay {
	xcb_connection_t *conn;
	xcb_screen_t *screen;
	xcb_window_t window;
	xcb_gcontext_t gc;
	xcb_shm_seg_t segment;
	uint8_t *shared;
	struct sj_trace_reader *trace;
	struct bench_board *board;
	uint32_t from, count_from;
	uint64_t pace_us; /* 0: the trace's own times */
};

static void die(const char *what)
{
	fprintf(stderr, "bench-replay: %s\n", what);
	exit(2);
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void sleep_until(uint64_t time_us)
{
	struct timespec until = {
		(time_t)(time_us / 1000000), (long)(time_us % 1000000 * 1000)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) !=
		0)
		;
}

static struct bench_board *make_board(void)
{
	int fd = memfd_create(BENCH_BOARD_NAME, MFD_CLOEXEC);
	void *map;

	if (fd < 0 || ftruncate(fd, sizeof(struct bench_board)) != 0)
		die("no board");
	map = mmap(NULL, sizeof(struct bench_board), PROT_READ | PROT_WRITE,
		MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		die("no board");
	return map; /* fd stays open: it is how others find the board */
}

static void open_window(struct replay *replay)
{
	const struct sj_size size = sj_trace_reader_image(replay->trace)->size;
	const uint32_t values[] = {0xffffff, 1}, exposures = 0;
	int id;

	replay->conn = xcb_connect(NULL, NULL);
	if (xcb_connection_has_error(replay->conn))
		die("no display");
	replay->screen =
		xcb_setup_roots_iterator(xcb_get_setup(replay->conn)).data;
	replay->window = xcb_generate_id(replay->conn);
	xcb_create_window(replay->conn, XCB_COPY_FROM_PARENT, replay->window,
		replay->screen->root, 0, 0, size.width_px, size.height_px, 0,
		XCB_WINDOW_CLASS_INPUT_OUTPUT, replay->screen->root_visual,
		XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT, values);
	replay->gc = xcb_generate_id(replay->conn);
	xcb_create_gc(replay->conn, replay->gc, replay->window,
		XCB_GC_GRAPHICS_EXPOSURES, &exposures);
	id = shmget(IPC_PRIVATE, (size_t)size.width_px * size.height_px * 4,
		IPC_CREAT | 0600);
	if (id < 0 || (replay->shared = shmat(id, NULL, 0)) == (void *)-1)
		die("no shared memory");
	replay->segment = xcb_generate_id(replay->conn);
	if (xcb_request_check(
		    replay->conn, xcb_shm_attach_checked(replay->conn,
					  replay->segment, (uint32_t)id, 0)))
		die("the display does not share memory");
	shmctl(id, IPC_RMID, NULL);
	xcb_map_window(replay->conn, replay->window);
	xcb_flush(replay->conn);
}

/* Returns when the server has done all that was asked for. */
static void synchronise(struct replay *replay)
{
	free(xcb_get_input_focus_reply(
		replay->conn, xcb_get_input_focus(replay->conn), NULL));
	if (xcb_connection_has_error(replay->conn))
		exit(0); /* the display has ended, and so does this */
}

/* The box of the frame, without gaps, where the server reads it. */
static void unpack(struct replay *replay, struct sj_trace_frame *frame)
{
	const struct sj_tile_image *image =
		sj_trace_reader_image(replay->trace);
	size_t row_bytes;

	if (sj_trace_reader_next(replay->trace, frame) != SJ_OK)
		die("the trace is cut or wrong");
	row_bytes = (size_t)frame->rect.width_px * 4;
	for (size_t y = 0; y < frame->rect.height_px; y++)
		memcpy(replay->shared + y * row_bytes,
			image->pixels +
				(frame->rect.y_px + y) * image->stride_bytes +
				(size_t)frame->rect.x_px * 4,
			row_bytes);
}

static void put(struct replay *replay, const struct sj_rect *rect)
{
	xcb_shm_put_image(replay->conn, replay->window, replay->gc,
		rect->width_px, rect->height_px, 0, 0, rect->width_px,
		rect->height_px, (int16_t)rect->x_px, (int16_t)rect->y_px,
		replay->screen->root_depth, XCB_IMAGE_FORMAT_Z_PIXMAP, 0,
		replay->segment, 0);
	xcb_flush(replay->conn);
}

/* Draws the frames from first on, up to end. */
static void play(struct replay *replay, uint32_t first, uint32_t end)
{
	struct bench_board *board = replay->board;
	uint64_t start_us = now_us() + LEAD_US;
	uint32_t first_us = 0;

	atomic_store(&board->state, BENCH_BOARD_PLAYING);
	for (uint32_t i = first; i < end; i++) {
		struct sj_trace_frame frame;

		unpack(replay, &frame);
		if (i == first)
			first_us = frame.time_us;
		board->due_us[i] =
			start_us +
			(replay->pace_us ? replay->pace_us * (i - first)
					 : frame.time_us - first_us);
		sleep_until(board->due_us[i]);
		board->drawn_us[i] = now_us();
		atomic_store(&board->drawn, i + 1);
		put(replay, &frame.rect);
		synchronise(replay);
	}
	atomic_store(&board->state,
		end == board->frames ? BENCH_BOARD_DONE : BENCH_BOARD_READY);
}

int main(int argc, char **argv)
{
	struct replay replay = {0};
	struct sj_trace_frame frame;
	sigset_t start;
	int number;

	if (argc != 4 && argc != 5) {
		fprintf(stderr,
			"usage: bench-replay TRACE FROM COUNT_FROM [PACE_MS]\n");
		return 1;
	}
	sigemptyset(&start);
	sigaddset(&start, SIGUSR1);
	sigprocmask(SIG_BLOCK, &start, NULL);
	if (sj_trace_reader_open(&replay.trace, argv[1]) != SJ_OK)
		die("no trace");
	replay.from = (uint32_t)atoi(argv[2]);
	replay.count_from = (uint32_t)atoi(argv[3]);
	replay.pace_us = argc == 5 ? (uint64_t)atoi(argv[4]) * 1000 : 0;
	replay.board = make_board();
	replay.board->frames = sj_trace_reader_frames(replay.trace);
	if (replay.board->frames > BENCH_BOARD_FRAMES ||
		replay.from > replay.count_from ||
		replay.count_from >= replay.board->frames)
		die("too many frames, or none to draw");
	open_window(&replay);
	for (uint32_t i = 0; i < replay.from; i++) {
		unpack(&replay, &frame);
		put(&replay, &frame.rect);
		synchronise(&replay);
	}
	synchronise(&replay);
	replay.board->magic = BENCH_BOARD_MAGIC;
	atomic_store(&replay.board->drawn, replay.from);
	atomic_store(&replay.board->state, BENCH_BOARD_READY);
	sigwait(&start, &number);
	if (replay.from < replay.count_from) {
		play(&replay, replay.from, replay.count_from);
		sigwait(&start, &number);
	}
	play(&replay, replay.count_from, replay.board->frames);
	while (!xcb_connection_has_error(replay.conn))
		free(xcb_wait_for_event(replay.conn));
	return 0;
}
