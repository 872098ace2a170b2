/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench-watch: sees which frames of a trace a viewer's window shows, and when.
 *
 * usage: bench-watch TRACE FROM COUNT_FROM MODE [VIDEO_X,Y,W,H
 * [TEXT_X,Y,W,H]...] Loads the trace, says `loaded`, and reads from stdin BOARD
 * FRAMEBUFFER SCREEN_WIDTHxHEIGHT LEFT TOP LIMIT_MS BOARD is that of
 * bench-replay (tests/bench/board.h), FRAMEBUFFER the file that the Xvfb of the
 * viewer keeps its pixels in (-fbdir): reading it costs that server nothing.
 * Says `ready` when the picture before the first draw is shown, watches (looks
 * every millisecond) until the last one is shown in every pixel or LIMIT_MS
 * have passed since it was drawn, and prints one line of JSON. MODE exact: a
 * frame is seen when up to 64 pixels that it changed, all over the change, have
 * its values; MODE near: when most of them nearly have (viewers that get JPEG).
 * In a video region with frame numbers, both numbers count, and some frames are
 * copied for as long as they are shown, to tell how good they became and when;
 * with each frame seen the text regions are compared pixel by pixel. Frames
 * before COUNT_FROM are watched and not reported. What is shown is never
 * written. Blocks.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/xwd.h"
#include "tests/bench/board.h"
#include "tests/bench/watched.h"

#define POLL_US 1000
#define COMPARE_US 5000
#define READY_LIMIT_US 60000000u

struct watch {
	struct bench_watched *frames;
	const struct bench_board *board;
	struct bench_view view;
	uint32_t from, count_from;
	bool is_near;
	uint64_t limit_us;
	uint64_t *seen_us;   /* by frame; 0: not seen */
	uint32_t last;       /* frames below have been seen or missed */
	uint64_t exact_us;   /* 0: it never was */
	uint32_t text_wrong; /* frames seen with text that is not exact */
};

static void die(const char *what)
{
	fprintf(stderr, "bench-watch: %s\n", what);
	exit(2);
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void pause_us(long time_us)
{
	struct timespec wait = {0, time_us * 1000};

	nanosleep(&wait, NULL);
}

static const void *map_file(const char *path, size_t bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *map = MAP_FAILED;

	if (fd >= 0)
		map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		die(path);
	close(fd);
	return map;
}

static void open_view(struct watch *watch, const char *path,
	const struct sj_size *screen, const unsigned place[2])
{
	uint8_t head[SJ_XWD_HEAD_BYTES];
	struct stat info;
	struct sj_xwd xwd;
	const uint8_t *map;
	FILE *file = fopen(path, "rbe");

	if (!file || fread(head, 1, sizeof(head), file) != sizeof(head) ||
		fstat(fileno(file), &info) != 0 ||
		sj_xwd_parse(head, (uint64_t)info.st_size, screen, &xwd) !=
			SJ_OK)
		die("no framebuffer");
	fclose(file);
	map = map_file(path, (size_t)info.st_size);
	watch->view.pixels = map + xwd.offset_bytes +
			     place[1] * xwd.stride_bytes + place[0] * 4;
	watch->view.stride_bytes = xwd.stride_bytes;
}

static void read_orders(struct watch *watch)
{
	char line[1024], board[300], framebuffer[300];
	unsigned size[2], place[2], limit_ms = 0;
	struct sj_size screen;

	if (!fgets(line, sizeof(line), stdin) ||
		sscanf(line, "%299s %299s %ux%u %u %u %u", board, framebuffer,
			&size[0], &size[1], &place[0], &place[1],
			&limit_ms) != 7)
		die("no orders");
	screen = (struct sj_size){(uint16_t)size[0], (uint16_t)size[1]};
	open_view(watch, framebuffer, &screen, place);
	watch->board = map_file(board, sizeof(struct bench_board));
	if (watch->board->magic != BENCH_BOARD_MAGIC)
		die("no board");
	watch->limit_us = (uint64_t)limit_ms * 1000;
}

/* Looks for the newest frame that is shown. */
static void look(struct watch *watch)
{
	uint32_t drawn = atomic_load(&watch->board->drawn);
	uint32_t shown = watch->last;

	if (shown > watch->count_from && shown < watch->board->frames &&
		bench_watched_shows(
			watch->frames, shown - 1, &watch->view, watch->is_near))
		bench_watched_keep(
			watch->frames, shown - 1, &watch->view, now_us());
	for (uint32_t i = drawn; i-- > watch->last;) {
		if (!bench_watched_shows(
			    watch->frames, i, &watch->view, watch->is_near))
			continue;
		watch->seen_us[i] = now_us();
		watch->last = i + 1;
		if (i < watch->count_from)
			return;
		bench_watched_keep(
			watch->frames, i, &watch->view, watch->seen_us[i]);
		if (!bench_watched_text_is_exact(watch->frames, &watch->view))
			watch->text_wrong++;
		return;
	}
}

static void follow(struct watch *watch)
{
	uint32_t frames = watch->board->frames;
	uint64_t next_us = 0;

	for (;;) {
		uint64_t time_us = now_us(), last_us;

		look(watch);
		pause_us(POLL_US);
		if (atomic_load(&watch->board->state) != BENCH_BOARD_DONE)
			continue;
		last_us = watch->board->drawn_us[frames - 1];
		if (time_us >= next_us) {
			if (bench_watched_unequal(
				    watch->frames, &watch->view, NULL) == 0) {
				watch->exact_us = now_us();
				look(watch);
				return;
			}
			next_us = now_us() + COMPARE_US;
		}
		if (time_us > last_us + watch->limit_us)
			return;
	}
}

static void print_list(
	const char *name, const struct watch *watch, const uint64_t *times_us)
{
	printf(", \"%s\": [", name);
	for (uint32_t i = watch->count_from; i < watch->board->frames; i++) {
		if (times_us[i] == 0)
			printf("%snull", i > watch->count_from ? ", " : "");
		else
			printf("%s%lld", i > watch->count_from ? ", " : "",
				(long long)(times_us[i] -
					    watch->board->drawn_us[i]));
	}
	printf("]");
}

/* When the copied frames of the video were whole, after they were drawn. */
static void print_whole(const struct watch *watch)
{
	uint64_t time_us;
	uint32_t frame;

	printf(", \"whole_us\": [");
	for (unsigned i = 0;
		(time_us = bench_watched_whole(watch->frames, i, &frame)) > 0;
		i++)
		printf("%s%lld", i > 0 ? ", " : "",
			(long long)(time_us - watch->board->drawn_us[frame]));
	printf("]");
}

static void report(struct watch *watch)
{
	const struct bench_board *board = watch->board;
	uint32_t frames = board->frames, seen = 0;
	uint64_t *late_us = calloc(frames, sizeof(*late_us));
	double psnr = 0, worst = 0;
	size_t unequal =
		bench_watched_unequal(watch->frames, &watch->view, &psnr);

	if (!late_us)
		die("no memory");
	for (uint32_t i = watch->count_from; i < frames; i++) {
		seen += watch->seen_us[i] != 0;
		/* Shown as a difference to drawn_us: negative of late. */
		late_us[i] = board->due_us[i];
	}
	printf("{\"frames\": %u, \"seen\": %u, \"unequal\": %zu, "
	       "\"psnr_db\": %.2f, \"play_us\": %llu",
		frames - watch->count_from, seen, unequal, psnr,
		(unsigned long long)(board->drawn_us[frames - 1] -
				     board->drawn_us[watch->count_from]));
	if (watch->exact_us)
		printf(", \"exact_us\": %llu",
			(unsigned long long)(watch->exact_us -
					     board->drawn_us[frames - 1]));
	else
		printf(", \"exact_us\": null");
	printf(", \"text_wrong\": %u", watch->text_wrong);
	psnr = bench_watched_psnr(watch->frames, &worst);
	if (psnr > 0)
		printf(", \"video_psnr_db\": %.2f, "
		       "\"video_psnr_least_db\": %.2f",
			psnr, worst);
	print_list("lag_us", watch, watch->seen_us);
	print_list("late_us", watch, late_us);
	print_whole(watch);
	printf("}\n");
	free(late_us);
}

int main(int argc, char **argv)
{
	struct watch watch = {0};
	uint64_t end_us;

	if (argc < 5) {
		fprintf(stderr,
			"usage: bench-watch TRACE FROM COUNT_FROM "
			"exact|near [VIDEO_X,Y,W,H [TEXT_X,Y,W,H]...]\n");
		return 1;
	}
	watch.from = (uint32_t)atoi(argv[2]);
	watch.count_from = (uint32_t)atoi(argv[3]);
	watch.is_near = strcmp(argv[4], "near") == 0;
	watch.frames = bench_watched_load(argv[1], watch.from, argv + 5);
	if (!watch.frames)
		die("no trace");
	printf("loaded\n");
	fflush(stdout);
	read_orders(&watch);
	watch.last = watch.from;
	watch.seen_us = calloc(watch.board->frames, sizeof(uint64_t));
	if (!watch.seen_us)
		die("no memory");
	end_us = now_us() + READY_LIMIT_US;
	while (!bench_watched_begins(
		watch.frames, &watch.view, watch.is_near)) {
		if (now_us() > end_us)
			die("the picture before the first draw never came");
		pause_us(10000);
	}
	printf("ready\n");
	fflush(stdout);
	follow(&watch);
	report(&watch);
	return 0;
}
