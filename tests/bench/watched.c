/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/watched.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/trace.h"

#define PROBES 64
#define GRID 8 /* by which the probes are spread: GRID x GRID = PROBES */
#define COLOUR 0x00ffffffu
#define NEAR_LEVELS 40 /* of 255, in each colour */
#define NEAR_PARTS 85  /* of 100 probes */
#define CELLS 16       /* of a frame number */
#define CELL_PX 8
#define TEXTS_MAX 8
#define SAMPLES_MAX 64 /* copies of the video region */

struct probe {
	uint16_t x_px, y_px;
	uint32_t value;
};

struct mark {
	uint8_t probes;
	bool is_numbered;
	uint16_t number;
	struct probe probe[PROBES];
};

struct bench_watched {
	struct sj_trace_reader *trace;
	struct sj_size size;
	uint32_t frames;
	struct mark *mark;
	uint32_t *first, *last; /* whole pictures, without gaps */
	bool has_video;
	struct sj_rect video;
	struct sj_rect text[TEXTS_MAX];
	unsigned texts;
	uint32_t *copy[SAMPLES_MAX];
	uint32_t copy_frame[SAMPLES_MAX];
	uint64_t whole_us[SAMPLES_MAX]; /* when the copy last differed */
	unsigned copies;
	uint32_t *spare; /* for the next copy */
};

static uint32_t at(const struct bench_view *view, size_t x, size_t y)
{
	uint32_t value;

	memcpy(&value, view->pixels + y * view->stride_bytes + x * 4, 4);
	return value & COLOUR;
}

static bool is_near(uint32_t a, uint32_t b)
{
	for (unsigned shift = 0; shift < 24; shift += 8) {
		int apart = (int)(a >> shift & 255) - (int)(b >> shift & 255);

		if (apart > NEAR_LEVELS || apart < -NEAR_LEVELS)
			return false;
	}
	return true;
}

/* The number in a row of cells; -1 if it is none. */
static int read_number(const struct bench_view *view, size_t x, size_t y)
{
	int number = 0;

	for (size_t i = 0; i < CELLS; i++) {
		uint32_t value = at(
			view, x + i * CELL_PX + CELL_PX / 2, y + CELL_PX / 2);
		unsigned green = value >> 8 & 255;

		if (green >= 80 && green <= 176)
			return -1;
		number = number * 2 + (green > 128);
	}
	return number;
}

/* The number that both corners of the region show; -1 if there is none. */
static int read_numbers(
	const struct bench_view *view, const struct sj_rect *video)
{
	int upper = read_number(view, video->x_px, video->y_px);
	int lower = read_number(view,
		(size_t)video->x_px + video->width_px - CELLS * CELL_PX,
		(size_t)video->y_px + video->height_px - CELL_PX);

	return upper == lower ? upper : -1;
}

/* One changed pixel of a part of the box, if it has any. */
static void mark_part(struct mark *mark, const struct sj_rect *part,
	const struct sj_tile_image *now, const uint32_t *was)
{
	struct bench_view view = {now->pixels, now->stride_bytes};
	uint32_t changed = 0, random = part->x_px * 31u + part->y_px + 1u;

	for (size_t y = part->y_px; y < part->y_px + part->height_px; y++) {
		for (size_t x = part->x_px; x < part->x_px + part->width_px;
			x++) {
			uint32_t value = at(&view, x, y);

			if (value == was[y * now->size.width_px + x])
				continue;
			changed++;
			random = random * 1664525u + 1013904223u;
			/* Each changed pixel is as likely as the others. */
			if ((random >> 8) % changed == 0)
				mark->probe[mark->probes] = (struct probe){
					(uint16_t)x, (uint16_t)y, value};
		}
	}
	mark->probes = (uint8_t)(mark->probes + (changed > 0));
}

static void mark_frame(struct bench_watched *watched, struct mark *mark,
	const struct sj_rect *box)
{
	const struct sj_tile_image *now = sj_trace_reader_image(watched->trace);

	for (unsigned i = 0; i < GRID * GRID; i++) {
		unsigned column = i % GRID, row = i / GRID;
		unsigned left = box->width_px * column / GRID;
		unsigned top = box->height_px * row / GRID;
		struct sj_rect part = {(uint16_t)(box->x_px + left),
			(uint16_t)(box->y_px + top),
			(uint16_t)(box->width_px * (column + 1) / GRID - left),
			(uint16_t)(box->height_px * (row + 1) / GRID - top)};

		mark_part(mark, &part, now, watched->last);
	}
}

/* The box of the trace becomes the last picture. */
static void take(struct bench_watched *watched, const struct sj_rect *box)
{
	const struct sj_tile_image *now = sj_trace_reader_image(watched->trace);

	for (size_t y = box->y_px; y < box->y_px + box->height_px; y++)
		memcpy(watched->last + y * watched->size.width_px + box->x_px,
			now->pixels + y * now->stride_bytes +
				(size_t)box->x_px * 4,
			(size_t)box->width_px * 4);
}

static void find_number(struct bench_watched *watched, struct mark *mark)
{
	const struct sj_tile_image *now = sj_trace_reader_image(watched->trace);
	struct bench_view view = {now->pixels, now->stride_bytes};
	struct bench_view was = {(const uint8_t *)watched->last,
		(size_t)watched->size.width_px * 4};
	int number = read_numbers(&view, &watched->video);

	mark->is_numbered =
		number >= 0 && number != read_numbers(&was, &watched->video);
	mark->number = (uint16_t)(number >= 0 ? number : 0);
}

static bool load_frames(struct bench_watched *watched, uint32_t from)
{
	size_t bytes =
		(size_t)watched->size.width_px * watched->size.height_px * 4;

	watched->first = malloc(bytes);
	watched->last = malloc(bytes);
	watched->mark = calloc(watched->frames, sizeof(*watched->mark));
	if (!watched->first || !watched->last || !watched->mark)
		return false;
	for (size_t i = 0; i < bytes / 4; i++)
		watched->first[i] = watched->last[i] = COLOUR;
	for (uint32_t i = 0; i < watched->frames; i++) {
		struct sj_trace_frame frame;

		if (sj_trace_reader_next(watched->trace, &frame) != SJ_OK)
			return false;
		if (i >= from) {
			mark_frame(watched, &watched->mark[i], &frame.rect);
			if (watched->has_video)
				find_number(watched, &watched->mark[i]);
		}
		take(watched, &frame.rect);
		if (i + 1 == from)
			memcpy(watched->first, watched->last, bytes);
	}
	return true;
}

static bool read_region(const struct bench_watched *watched, const char *words,
	struct sj_rect *rect)
{
	unsigned part[4];

	if (sscanf(words, "%u,%u,%u,%u", &part[0], &part[1], &part[2],
		    &part[3]) != 4)
		return false;
	*rect = (struct sj_rect){(uint16_t)part[0], (uint16_t)part[1],
		(uint16_t)part[2], (uint16_t)part[3]};
	return sj_rect_fits(rect, &watched->size);
}

struct bench_watched *bench_watched_load(
	const char *path, uint32_t from, char **regions)
{
	struct bench_watched *made = calloc(1, sizeof(*made));

	if (!made || sj_trace_reader_open(&made->trace, path) != SJ_OK)
		return NULL;
	made->size = sj_trace_reader_image(made->trace)->size;
	made->frames = sj_trace_reader_frames(made->trace);
	if (*regions) {
		if (!read_region(made, *regions++, &made->video))
			return NULL;
		made->has_video = made->video.width_px >= CELLS * CELL_PX &&
				  made->video.height_px >= CELL_PX;
	}
	for (; *regions && made->texts < TEXTS_MAX; regions++)
		if (!read_region(made, *regions, &made->text[made->texts++]))
			return NULL;
	return load_frames(made, from) ? made : NULL;
}

bool bench_watched_shows(const struct bench_watched *watched, uint32_t frame,
	const struct bench_view *view, bool is_lossy)
{
	const struct mark *mark = &watched->mark[frame];
	unsigned unlike = 0;

	if (mark->is_numbered)
		return read_numbers(view, &watched->video) == mark->number;
	for (unsigned i = 0; i < mark->probes; i++) {
		const struct probe *probe = &mark->probe[i];
		uint32_t value = at(view, probe->x_px, probe->y_px);

		if (value == probe->value ||
			(is_lossy && is_near(value, probe->value)))
			continue;
		unlike++;
		if (!is_lossy || unlike * 100 > (100 - NEAR_PARTS) *
							(unsigned)mark->probes)
			return false;
	}
	return true;
}

bool bench_watched_begins(const struct bench_watched *watched,
	const struct bench_view *view, bool is_lossy)
{
	size_t unlike = 0, total = 0;

	for (size_t y = 0; y < watched->size.height_px; y++)
		for (size_t x = 0; x < watched->size.width_px; x++) {
			uint32_t value = at(view, x, y);
			uint32_t wanted =
				watched->first[y * watched->size.width_px + x];

			total++;
			if (value == wanted ||
				(is_lossy && is_near(value, wanted)))
				continue;
			unlike++;
			if (!is_lossy)
				return false;
		}
	return unlike * 100 <= total;
}

bool bench_watched_text_is_exact(
	const struct bench_watched *watched, const struct bench_view *view)
{
	for (unsigned i = 0; i < watched->texts; i++) {
		const struct sj_rect *rect = &watched->text[i];

		for (size_t y = rect->y_px; y < rect->y_px + rect->height_px;
			y++)
			for (size_t x = rect->x_px;
				x < rect->x_px + rect->width_px; x++)
				if (at(view, x, y) !=
					watched->first
						[y * watched->size.width_px +
							x])
					return false;
	}
	return true;
}

static double psnr_of(uint64_t squares, size_t pixels)
{
	if (squares == 0)
		return 99;
	return 10 * log10(255.0 * 255.0 * 3 * (double)pixels / (double)squares);
}

static uint64_t square_of(uint32_t a, uint32_t b)
{
	uint64_t sum = 0;

	for (unsigned shift = 0; shift < 24; shift += 8) {
		int apart = (int)(a >> shift & 255) - (int)(b >> shift & 255);

		sum += (uint64_t)(apart * apart);
	}
	return sum;
}

size_t bench_watched_unequal(const struct bench_watched *watched,
	const struct bench_view *view, double *psnr_db)
{
	size_t unequal = 0;
	uint64_t squares = 0;

	for (size_t y = 0; y < watched->size.height_px; y++) {
		const uint32_t *wanted =
			watched->last + y * watched->size.width_px;

		for (size_t x = 0; x < watched->size.width_px; x++) {
			uint32_t value = at(view, x, y);

			unequal += value != wanted[x];
			if (psnr_db && value != wanted[x])
				squares += square_of(value, wanted[x]);
		}
	}
	if (psnr_db)
		*psnr_db = psnr_of(squares, (size_t)watched->size.width_px *
						    watched->size.height_px);
	return unequal;
}

/* Copies the video region to spare; false if there is no room. */
static bool copy_region(
	struct bench_watched *watched, const struct bench_view *view)
{
	const struct sj_rect *video = &watched->video;
	size_t row_px = video->width_px;

	if (!watched->spare)
		watched->spare = malloc(
			row_px * video->height_px * sizeof(*watched->spare));
	if (!watched->spare)
		return false;
	for (size_t y = 0; y < video->height_px; y++)
		memcpy(watched->spare + y * row_px,
			view->pixels + (video->y_px + y) * view->stride_bytes +
				(size_t)video->x_px * 4,
			row_px * 4);
	return true;
}

void bench_watched_keep(struct bench_watched *watched, uint32_t frame,
	const struct bench_view *view, uint64_t time_us)
{
	uint32_t every = watched->frames / SAMPLES_MAX + 1;
	unsigned at = watched->copies;
	uint32_t *last;

	if (!watched->has_video || frame % every != 0 ||
		!watched->mark[frame].is_numbered)
		return;
	if (at > 0 && watched->copy_frame[at - 1] == frame)
		at--;
	if (at == SAMPLES_MAX || !copy_region(watched, view) ||
		!bench_watched_shows(watched, frame, view, true))
		return; /* the next frame has begun while it was copied */
	last = watched->copy[at];
	if (last && memcmp(last, watched->spare,
			    sj_rect_area(&watched->video) * 4) == 0)
		return;
	watched->copy[at] = watched->spare;
	watched->spare = last;
	watched->copy_frame[at] = frame;
	watched->whole_us[at] = time_us;
	watched->copies = at + 1;
}

uint64_t bench_watched_whole(
	const struct bench_watched *watched, unsigned copy, uint32_t *frame)
{
	if (copy >= watched->copies)
		return 0;
	*frame = watched->copy_frame[copy];
	return watched->whole_us[copy];
}

static double compare_copy(
	const struct bench_watched *watched, const uint32_t *copy)
{
	const struct sj_tile_image *now = sj_trace_reader_image(watched->trace);
	struct bench_view view = {now->pixels, now->stride_bytes};
	const struct sj_rect *video = &watched->video;
	uint64_t squares = 0;

	for (size_t y = 0; y < video->height_px; y++)
		for (size_t x = 0; x < video->width_px; x++)
			squares += square_of(copy[y * video->width_px + x],
				at(&view, video->x_px + x, video->y_px + y));
	return psnr_of(squares, sj_rect_area(video));
}

static int compare_doubles(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

double bench_watched_psnr(struct bench_watched *watched, double *least_db)
{
	double psnr_db[SAMPLES_MAX];
	unsigned done = 0;

	*least_db = 0;
	if (watched->copies == 0 || !sj_trace_reader_rewind(watched->trace))
		return 0;
	for (uint32_t i = 0; i < watched->frames && done < watched->copies;
		i++) {
		struct sj_trace_frame frame;

		if (sj_trace_reader_next(watched->trace, &frame) != SJ_OK)
			return 0;
		if (watched->copy_frame[done] == i) {
			psnr_db[done] =
				compare_copy(watched, watched->copy[done]);
			done++;
		}
	}
	qsort(psnr_db, done, sizeof(*psnr_db), compare_doubles);
	*least_db = psnr_db[0];
	return psnr_db[done / 2];
}
