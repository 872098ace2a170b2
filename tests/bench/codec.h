/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * codec: what bench-codec compares: a way to bring frames to a second picture.
 *
 * Each codec carries its state from frame to frame, as a session does. Costs
 * are CPU time of the threads that do the work, never time on a clock. A
 * failure ends the program: there is nothing to compare then. Not thread-safe.
 */
#ifndef SJ_TESTS_BENCH_CODEC_H
#define SJ_TESTS_BENCH_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "protocol/base/attr.h"
#include "protocol/base/rect.h"
#include "protocol/tile/tile.h"

/* The screen now, and the box of what differs from the frame before. */
struct sj_codec_frame {
	const struct sj_tile_image *image;
	struct sj_rect rect;
	const struct sj_rect *cells; /* parts of rect, by 64x64 cells, in which
					anything differs at all */
	size_t cell_count;
};

/* Sums; play adds to them. */
struct sj_codec_cost {
	uint64_t bytes; /* of whole messages, as they go to the stream */
	uint64_t messages;
	double encode_ms, decode_ms;
};

/*
 * create: for a screen of size, black at both ends. play: brings one frame
 * over, wholly. picture: what the far end shows, lent until destroy; the 4th
 * byte of a pixel means nothing.
 */
struct sj_codec {
	const char *name;
	bool is_lossy;
	void *(*create)(const struct sj_size *size);
	void (*play)(void *self, const struct sj_codec_frame *frame,
		struct sj_codec_cost *cost);
	const struct sj_tile_image *(*picture)(const void *self);
	void (*destroy)(void *self);
};

/* Our own path: protocol/send/shadow, protocol/send/update, protocol/tile, and
 * our decoder. */
extern const struct sj_codec sj_codec_ours;

/*
 * LibVNCServer to libvncclient: Tight, compression level 2, lossless and with
 * JPEG quality 8; ZRLE. They get the cells for nothing: what it costs a
 * server to find them is not counted.
 */
extern const struct sj_codec sj_codec_tight;
extern const struct sj_codec sj_codec_tight_q8;
extern const struct sj_codec sj_codec_zrle;

/* The box as it is in one zstd frame of level 1. */
extern const struct sj_codec sj_codec_zstd;

/* CPU time of this thread. */
static inline double sj_codec_cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Says what failed, and ends the program. */
static inline _Noreturn void sj_codec_fail(const char *what)
{
	fprintf(stderr, "bench-codec: %s\n", what);
	exit(2);
}

/* A black picture of size; its pixels are freed with free(). */
static inline struct sj_tile_image sj_codec_picture(const struct sj_size *size)
{
	struct sj_tile_image image = {
		calloc((size_t)size->width_px * size->height_px, 4),
		(size_t)size->width_px * 4, *size};

	if (!image.pixels)
		sj_codec_fail("memory");
	return image;
}

#endif /* SJ_TESTS_BENCH_CODEC_H */
