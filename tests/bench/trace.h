/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trace: what a screen showed, frame by frame, in one file.
 *
 * "SJTRACE1", U16 width, U16 height, U32 frames; then per frame U32 time_us
 * since the start, U16 x, y, w, h (the box of what changed since the frame
 * before; the first frame is the whole screen), U32 packed_bytes, and one zstd
 * frame of w x h pixels BGRX, row by row, 4th byte 0. All numbers are
 * little-endian. Files are made by our own recorder, but are checked as if
 * they were not: one that is cut or wrong is refused. Blocks on its file.
 * Nothing is shared between objects. Not thread-safe.
 */
#ifndef SJ_TESTS_BENCH_TRACE_H
#define SJ_TESTS_BENCH_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/rect.h"
#include "protocol/tile/tile.h"

struct sj_trace_reader;
struct sj_trace_writer;

struct sj_trace_frame {
	uint32_t time_us; /* since the start, never less than the one before */
	struct sj_rect rect; /* inside the screen, not empty */
};

/*
 * Opens a trace; its picture is black. SJ_ERR_SYSTEM when there is no such
 * file, SJ_ERR_FORMAT when it is no trace, SJ_ERR_MEMORY. destroy(NULL) does
 * nothing.
 */
SJ_MUST_USE enum sj_err sj_trace_reader_open(
	struct sj_trace_reader **reader, const char *path);
void sj_trace_reader_destroy(struct sj_trace_reader *reader);

/* Number of frames in the file, as its head says. */
uint32_t sj_trace_reader_frames(const struct sj_trace_reader *reader);

/* The picture, lent until destroy: stride is width x 4, 4th byte 0. */
const struct sj_tile_image *sj_trace_reader_image(
	const struct sj_trace_reader *reader);

/*
 * Reads the next frame into the picture and tells in *frame where it differs.
 * SJ_ERR_MISSING after the last one; SJ_ERR_FORMAT, and the picture is
 * undefined, when the file is cut or wrong.
 */
SJ_MUST_USE enum sj_err sj_trace_reader_next(
	struct sj_trace_reader *reader, struct sj_trace_frame *frame);

/* Back to the start: the picture is black again. False if it cannot seek. */
SJ_MUST_USE bool sj_trace_reader_rewind(struct sj_trace_reader *reader);

/*
 * Makes (or replaces) the file path for a screen of size. destroy without
 * finish leaves a file that readers refuse; destroy(NULL) does nothing.
 */
SJ_MUST_USE enum sj_err sj_trace_writer_create(struct sj_trace_writer **writer,
	const char *path, const struct sj_size *size);
void sj_trace_writer_destroy(struct sj_trace_writer *writer);

/*
 * Appends what image (at least size) shows now, if it differs from the last
 * frame in part (NULL: anywhere); *is_new tells whether it did. The first frame
 * is always written, whole. time_us must not go back.
 */
SJ_MUST_USE enum sj_err sj_trace_writer_add(struct sj_trace_writer *writer,
	uint32_t time_us, const struct sj_tile_image *image,
	const struct sj_rect *part, bool *is_new);

/* How hard frames are packed from now on: 1 (as at first) to 19. */
void sj_trace_writer_set_level(struct sj_trace_writer *writer, int level);

/* Frames written until now. */
uint32_t sj_trace_writer_frames(const struct sj_trace_writer *writer);

/* Writes the number of frames into the head; nothing may be added after. */
SJ_MUST_USE enum sj_err sj_trace_writer_finish(struct sj_trace_writer *writer);

#endif /* SJ_TESTS_BENCH_TRACE_H */
