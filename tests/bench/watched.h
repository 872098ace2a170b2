/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * watched: what to look at in a picture to know which frame it shows.
 *
 * Of each frame up to 64 pixels that it changed are kept, spread over the
 * change; of a frame with a numbered video region, the cells of its two
 * numbers; and the first and the last picture whole. Memory is allocated in
 * load and keep. No clock, no display.
 */
#ifndef SJ_TESTS_BENCH_WATCHED_H
#define SJ_TESTS_BENCH_WATCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bench_watched;

/* Pixels BGRX of a display, as large as the trace at least; may change. */
struct bench_view {
	const uint8_t *pixels;
	size_t stride_bytes;
};

/*
 * Reads the trace at path; frames before from (0: white) are the picture that
 * is there at the start. regions: `X,Y,W,H` of the numbered region, if there is
 * one, and of regions of text that the trace never changes, then NULL. NULL
 * when there is no such trace.
 */
struct bench_watched *bench_watched_load(
	const char *path, uint32_t from, char **regions);

/* True if all regions of text are as at the start. */
bool bench_watched_text_is_exact(
	const struct bench_watched *watched, const struct bench_view *view);

/* True if the view shows frame at all its pixels; is_near: at most of them. */
bool bench_watched_shows(const struct bench_watched *watched, uint32_t frame,
	const struct bench_view *view, bool is_near);

/* True if the view shows the picture of the start; is_near: roughly. */
bool bench_watched_begins(const struct bench_watched *watched,
	const struct bench_view *view, bool is_near);

/* Pixels unlike the last picture; psnr (or NULL) gets their distance in dB. */
size_t bench_watched_unequal(const struct bench_watched *watched,
	const struct bench_view *view, double *psnr_db);

/*
 * Copies the video region of some of the frames for bench_watched_psnr. To be
 * called again while the frame is shown: its numbers may be there before the
 * rest of it is, and the last copy counts.
 */
void bench_watched_keep(struct bench_watched *watched, uint32_t frame,
	const struct bench_view *view, uint64_t time_us);

/* When that copy was last seen to change; 0 when there is no such copy. */
uint64_t bench_watched_whole(
	const struct bench_watched *watched, unsigned copy, uint32_t *frame);

/*
 * Median of the PSNR of the copies against the trace in dB (99 for an exact
 * one), and the least; 0 when there is none.
 */
double bench_watched_psnr(struct bench_watched *watched, double *least_db);

#endif /* SJ_TESTS_BENCH_WATCHED_H */
