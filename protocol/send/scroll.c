/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/send/scroll.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/send/pixels.h"
#include "protocol/send/scroll_area.h"
#include "protocol/send/scroll_vote.h"

#define TILE SJ_LIMIT_TILE_PX
/* Fewer suspect tiles are sent sooner than searched. */
#define TILES_LEAST 8
/* Strips, and rows of tiles, that are asked for their vote. */
#define PARTS 6
#define BANDS 6
/* Of a strip, the pixels in its middle; of a row of tiles, every 4th row. */
#define LINE_PX 32
#define BAND_ROWS 16
#define BAND_STEP (TILE / BAND_ROWS)
/* Rows are probed at this distance: one in so many says enough. */
#define PROBE_STEP 16
#define PROBE_LEAST 8 /* rows that have moved */
#define VOTES_LEAST 12
#define CANDIDATES 4

struct sj_scroll {
	struct sj_votes *votes;
	struct sj_area *area;
	struct sj_way last; /* 0, 0: none yet */
	uint64_t factor[LINE_PX / 2];
	size_t part[PARTS]; /* strips or rows of tiles */
	size_t parts;
	struct sj_vote_lines lines[PARTS];
};

struct sj_scroll *sj_scroll_create(void)
{
	struct sj_scroll *scroll = calloc(1, sizeof(*scroll));
	uint64_t state = 0x9e3779b97f4a7c15u;

	if (!scroll)
		return NULL;
	scroll->votes = sj_votes_create();
	scroll->area = sj_area_create();
	if (!scroll->votes || !scroll->area) {
		sj_scroll_destroy(scroll);
		return NULL;
	}
	for (size_t i = 0; i < LINE_PX / 2; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		scroll->factor[i] = state | 1;
	}
	return scroll;
}

void sj_scroll_destroy(struct sj_scroll *scroll)
{
	if (!scroll)
		return;
	sj_votes_destroy(scroll->votes);
	sj_area_destroy(scroll->area);
	free(scroll);
}

/* ---- what the lines say ---- */

/* Stands for the colours of LINE_PX pixels. */
static uint32_t row_line(const struct sj_scroll *scroll, const uint32_t *pixels)
{
	const uint64_t colours =
		(uint64_t)SJ_PIXEL_COLOUR << 32 | SJ_PIXEL_COLOUR;
	uint64_t sum = 0;

	for (size_t i = 0; i < LINE_PX / 2; i++) {
		uint64_t two;

		memcpy(&two, pixels + 2 * i, sizeof(two));
		sum += (two & colours) * scroll->factor[i];
	}
	return (uint32_t)(sum >> 32);
}

/* Chooses at most parts numbers from first to the one before end. */
static void choose(
	struct sj_scroll *scroll, size_t parts, size_t first, size_t end)
{
	size_t count = end - first;

	scroll->parts = count < parts ? count : parts;
	for (size_t i = 0; i < scroll->parts; i++)
		scroll->part[i] =
			first + (2 * i + 1) * count / (2 * scroll->parts);
}

static size_t min_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void vote_rows(struct sj_scroll *scroll,
	const struct sj_scroll_view *view, const struct sj_span *span)
{
	size_t top = span->top * TILE;
	size_t end = min_of(span->bottom * TILE, view->shown.size.height_px);
	/* The last strip may be too narrow. */
	size_t right = min_of(span->right, view->shown.size.width_px / TILE);

	if (right <= span->left)
		return;
	choose(scroll, PARTS, span->left, right);
	for (size_t y = top; y < end; y++)
		for (size_t i = 0; i < scroll->parts; i++) {
			size_t x = scroll->part[i] * TILE + LINE_PX / 2;
			struct sj_vote_lines *lines = &scroll->lines[i];

			lines->shown[y - top] = row_line(
				scroll, sj_pixels_at(&view->shown, x, y));
			if ((y - top) % SJ_VOTE_STEP == 0)
				lines->live[(y - top) / SJ_VOTE_STEP] =
					row_line(scroll,
						sj_pixels_at(view->live, x, y));
		}
	for (size_t i = 0; i < scroll->parts; i++) {
		scroll->lines[i].count = end - top;
		sj_votes_cast(scroll->votes, &scroll->lines[i]);
	}
}

/* Adds a row of whole blocks to the columns' lines; no multiplication, so
 * that many columns are done at once on any machine. */
static void add_row(uint32_t *restrict lines, const uint32_t *restrict pixels,
	size_t blocks)
{
	for (; blocks > 0; blocks--) {
		for (size_t i = 0; i < SJ_PIXEL_BLOCK; i++)
			lines[i] = (lines[i] << 5) + lines[i] +
				   (pixels[i] << 8) + (pixels[i] << 8 >> 11);
		lines += SJ_PIXEL_BLOCK;
		pixels += SJ_PIXEL_BLOCK;
	}
}

static void vote_columns(struct sj_scroll *scroll,
	const struct sj_scroll_view *view, const struct sj_span *span)
{
	size_t left = span->left * TILE;
	/* The last strip, or row of tiles, may not be whole. */
	size_t right = min_of(span->right, view->shown.size.width_px / TILE);
	size_t bottom = min_of(span->bottom, view->shown.size.height_px / TILE);
	uint32_t live[SJ_VOTE_LINES];

	if (bottom <= span->top || right <= span->left)
		return;
	choose(scroll, BANDS, span->top, bottom);
	for (size_t i = 0; i < scroll->parts; i++) {
		struct sj_vote_lines *lines = &scroll->lines[i];

		lines->count = (right - span->left) * TILE;
		memset(lines->shown, 0, lines->count * sizeof(uint32_t));
		memset(live, 0, lines->count * sizeof(uint32_t));
		for (size_t row = 0; row < TILE; row += BAND_STEP) {
			size_t y = scroll->part[i] * TILE + row;

			add_row(lines->shown,
				sj_pixels_at(&view->shown, left, y),
				lines->count / SJ_PIXEL_BLOCK);
			add_row(live, sj_pixels_at(view->live, left, y),
				lines->count / SJ_PIXEL_BLOCK);
		}
		for (size_t x = 0; x < lines->count; x += SJ_VOTE_STEP)
			lines->live[x / SJ_VOTE_STEP] = live[x];
		sj_votes_cast(scroll->votes, lines);
	}
}

/* ---- what the pixels say ---- */

struct probe {
	size_t moved, other; /* rows of strips */
};

static struct probe probe(const struct sj_scroll_view *view,
	const struct sj_span *span, const struct sj_way *way)
{
	size_t columns = sj_area_columns(view);
	size_t end = min_of(span->bottom * TILE, view->shown.size.height_px);
	struct probe found = {0, 0};

	for (size_t y = span->top * TILE; y < end; y += PROBE_STEP) {
		const uint8_t *tiles = view->tiles + y / TILE * columns;

		for (size_t x = span->left; x < span->right; x++) {
			enum sj_row row;

			if (tiles[x] != SJ_SCROLL_SUSPECT)
				continue;
			row = sj_area_judge(view, span, way, x, y);
			found.moved += row == SJ_ROW_MOVED;
			found.other += row == SJ_ROW_NEW;
		}
	}
	return found;
}

static void take(struct sj_scroll *scroll, struct sj_scroll_view *view,
	const struct sj_way *way, struct sj_moves *moves)
{
	if (sj_area_find(scroll->area, view, way, moves) > 0)
		scroll->last = *way;
}

/* Tries the distances that have most votes, along one axis. */
static void take_best(struct sj_scroll *scroll, struct sj_scroll_view *view,
	bool is_vertical, struct sj_moves *moves)
{
	int distance = 0;

	for (int i = 0; i < CANDIDATES; i++) {
		struct sj_span span = sj_area_span(view);
		struct sj_way way = {0, 0};

		if (!sj_votes_take(scroll->votes, VOTES_LEAST, &distance) ||
			span.suspects < TILES_LEAST)
			return;
		if (is_vertical)
			way.y_px = distance;
		else
			way.x_px = distance;
		if (distance != 0 &&
			probe(view, &span, &way).moved >= PROBE_LEAST)
			take(scroll, view, &way, moves);
	}
}

void sj_scroll_find(struct sj_scroll *scroll, struct sj_scroll_view *view,
	struct sj_moves *moves)
{
	struct sj_span span = sj_area_span(view);
	size_t suspects = span.suspects;
	struct probe seen;

	if (suspects < TILES_LEAST)
		return;
	seen = probe(view, &span, &scroll->last);
	if (seen.moved + seen.other < PROBE_LEAST)
		return;
	/* Most scrolling goes on as it began. */
	if (seen.moved > seen.other) {
		take(scroll, view, &scroll->last, moves);
		span = sj_area_span(view);
		if (span.suspects < TILES_LEAST || span.suspects * 4 < suspects)
			return;
	}
	sj_votes_begin(scroll->votes);
	vote_rows(scroll, view, &span);
	take_best(scroll, view, true, moves);
	if (moves->count > 0)
		return;
	sj_votes_begin(scroll->votes);
	vote_columns(scroll, view, &span);
	take_best(scroll, view, false, moves);
}
