/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/send/scroll_area.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/send/pixels.h"

#define TILE SJ_LIMIT_TILE_PX
#define STRIPS ((SJ_LIMIT_WIDTH_PX + TILE - 1) / TILE)
#define RUNS_MAX 512
/* Every so many rows are looked at a second time, where they stand. */
#define SAMPLE 4
/* Fewer rows that are known to have moved are not worth a rectangle. */
#define MOVED_LEAST 12
/* A run that is this much longer than its neighbour is one of its own. */
#define OVERHANG_PX 64

/* What is not to be drawn over comes first, up to LINE_FIXED. */
enum line {
	LINE_BARRED,  /* of a tile that is not suspect */
	LINE_NOWHERE, /* is new, and the way begins nowhere */
	LINE_FIXED,   /* stands still, and has not moved */
	LINE_NEW,     /* neither; the way begins somewhere */
	LINE_MATCH,   /* as it was where the way begins */
	LINE_MOVED,   /* the same, and known not to stand still */
	LINE_TAKEN,   /* is in a rectangle, and right */
	LINE_SPOILT   /* is in a rectangle in part */
};

/* Rows of one strip without a fixed one: what may be drawn over, and, if
 * anything has moved, from where to where. */
struct run {
	size_t strip;
	size_t free_top, free_bottom;
	size_t top, bottom;
	size_t moved;
	bool is_used;
};

struct box {
	size_t left, right, top, bottom;
};

struct sj_area {
	uint8_t line[STRIPS][SJ_LIMIT_HEIGHT_PX]; /* enum line */
	struct run run[RUNS_MAX];
	size_t runs;
	size_t first[STRIPS + 1]; /* the first run of each strip */
	struct box box[SJ_SCROLL_MOVES];
	size_t boxes;
};

struct sj_area *sj_area_create(void)
{
	return calloc(1, sizeof(struct sj_area));
}

void sj_area_destroy(struct sj_area *area)
{
	free(area);
}

size_t sj_area_columns(const struct sj_scroll_view *view)
{
	return (view->shown.size.width_px + TILE - 1u) / TILE;
}

static size_t min_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t max_of(size_t a, size_t b)
{
	return a > b ? a : b;
}

struct sj_span sj_area_span(const struct sj_scroll_view *view)
{
	size_t columns = sj_area_columns(view);
	size_t rows = (view->shown.size.height_px + TILE - 1u) / TILE;
	struct sj_span span = {columns, 0, rows, 0, 0, false};

	for (size_t y = 0; y < rows; y++)
		for (size_t x = 0; x < columns; x++) {
			uint8_t tile = view->tiles[y * columns + x];

			if (tile == SJ_SCROLL_BARRED)
				span.has_barred = true;
			if (tile != SJ_SCROLL_SUSPECT)
				continue;
			span.suspects++;
			span.left = min_of(span.left, x);
			span.right = x + 1 > span.right ? x + 1 : span.right;
			span.top = min_of(span.top, y);
			span.bottom = y + 1;
		}
	return span;
}

/* ---- rows of strips ---- */

static size_t strip_width(const struct sj_scroll_view *view, size_t strip)
{
	return min_of(TILE, view->shown.size.width_px - strip * TILE);
}

/* True if count pixels from x, y on lie inside and are not barred. */
static inline bool is_source(const struct sj_scroll_view *view,
	const struct sj_span *span, long x, long y, size_t count)
{
	size_t columns = sj_area_columns(view);
	const uint8_t *row;

	if (x < 0 || y < 0 || y >= view->shown.size.height_px ||
		x + (long)count > view->shown.size.width_px)
		return false;
	if (!span->has_barred)
		return true;
	row = view->tiles + (size_t)y / TILE * columns;
	return row[x / TILE] != SJ_SCROLL_BARRED &&
	       row[(x + (long)count - 1) / TILE] != SJ_SCROLL_BARRED;
}

/* One row of pixels; from is where the way begins, NULL if that is outside. */
struct row {
	const uint32_t *live, *shown, *from;
	long way_px, from_y;
	size_t y;
};

static struct row row_of(
	const struct sj_scroll_view *view, const struct sj_way *way, size_t y)
{
	long from_y = (long)y + way->y_px;
	struct row row = {sj_pixels_at(view->live, 0, y),
		sj_pixels_at(&view->shown, 0, y), NULL, way->x_px, from_y, y};

	if (from_y >= 0 && from_y < view->shown.size.height_px)
		row.from = sj_pixels_at(&view->shown, 0, (size_t)from_y);
	return row;
}

static inline enum line judge(
	const struct row *row, size_t x, size_t count, bool has_source)
{
	const uint32_t *live = row->live + x, *shown = row->shown + x;

	if (!has_source || !sj_pixels_same(row->from + ((long)x + row->way_px),
				   live, count)) {
		if (sj_pixels_same(shown, live, count))
			return LINE_FIXED;
		return has_source ? LINE_NEW : LINE_NOWHERE;
	}
	if (row->y % SAMPLE != 0 || sj_pixels_same(shown, live, count))
		return LINE_MATCH;
	return LINE_MOVED;
}

enum sj_row sj_area_judge(const struct sj_scroll_view *view,
	const struct sj_span *span, const struct sj_way *way, size_t strip,
	size_t y)
{
	struct row row = row_of(view, way, y - y % SAMPLE);
	size_t x = strip * TILE, count = strip_width(view, strip);
	bool has_source =
		is_source(view, span, (long)x + way->x_px, row.from_y, count);

	switch (judge(&row, x, count, has_source)) {
	case LINE_MOVED:
		return SJ_ROW_MOVED;
	case LINE_NEW:
	case LINE_NOWHERE:
		return SJ_ROW_NEW;
	case LINE_BARRED:
	case LINE_FIXED:
	case LINE_MATCH:
	case LINE_TAKEN:
	case LINE_SPOILT:
	default:
		return SJ_ROW_SAME;
	}
}

static void judge_row(struct sj_area *area, const struct sj_scroll_view *view,
	const struct sj_span *span, const struct row *row, size_t strip)
{
	const size_t x = strip * TILE, y = row->y;
	const size_t count = strip_width(view, strip);
	bool has_source = is_source(
		view, span, (long)x + row->way_px, row->from_y, count);

	area->line[strip][y] = (uint8_t)judge(row, x, count, has_source);
}

static void judge_all(struct sj_area *area, const struct sj_scroll_view *view,
	const struct sj_span *span, const struct sj_way *way)
{
	size_t columns = sj_area_columns(view);
	size_t end = min_of(span->bottom * TILE, view->shown.size.height_px);

	/* Row by row, as memory lies. */
	for (size_t y = span->top * TILE; y < end; y++) {
		const uint8_t *tiles = view->tiles + y / TILE * columns;
		const struct row row = row_of(view, way, y);

		for (size_t strip = span->left; strip < span->right; strip++)
			if (tiles[strip] == SJ_SCROLL_SUSPECT)
				judge_row(area, view, span, &row, strip);
			else
				area->line[strip][y] = LINE_BARRED;
	}
}

/* ---- runs ---- */

/* Adds the run of strip from top to bottom, none of which stands still. */
static void add_run(
	struct sj_area *area, size_t strip, size_t top, size_t bottom)
{
	struct run *run = &area->run[area->runs];
	const uint8_t *line = area->line[strip];

	if (area->runs == RUNS_MAX || bottom - top < MOVED_LEAST)
		return;
	*run = (struct run){strip, top, bottom, bottom, top, 0, false};
	for (size_t y = top; y < bottom; y++) {
		if (line[y] == LINE_MOVED)
			run->moved += SAMPLE;
		if (line[y] == LINE_NEW)
			continue;
		run->top = min_of(run->top, y);
		run->bottom = y + 1;
	}
	area->runs++;
}

static void find_runs(struct sj_area *area, const struct sj_scroll_view *view,
	const struct sj_span *span)
{
	size_t end = min_of(span->bottom * TILE, view->shown.size.height_px);

	area->runs = 0;
	for (size_t strip = span->left; strip < span->right; strip++) {
		const uint8_t *line = area->line[strip];
		size_t top = span->top * TILE;

		area->first[strip] = area->runs;
		for (size_t y = top; y < end; y++) {
			if (line[y] > LINE_FIXED)
				continue;
			if (y > top)
				add_run(area, strip, top, y);
			top = y + 1;
		}
		if (end > top)
			add_run(area, strip, top, end);
		area->first[strip + 1] = area->runs;
	}
}

/* ---- rectangles ---- */

/* The run of strip that box may be drawn over, or NULL. */
static struct run *run_beside(
	struct sj_area *area, size_t strip, const struct box *box)
{
	for (size_t i = area->first[strip]; i < area->first[strip + 1]; i++) {
		struct run *run = &area->run[i];

		if (run->free_top <= box->top &&
			run->free_bottom >= box->bottom)
			return run->is_used ? NULL : run;
	}
	return NULL;
}

/* Makes box as tall as run, too, if nothing fixed is there; false if run is
 * to be a rectangle of its own. */
static bool join(struct box *box, const struct run *run, size_t *free_top,
	size_t *free_bottom)
{
	size_t top = min_of(box->top, run->top);
	size_t bottom = max_of(box->bottom, run->bottom);

	*free_top = max_of(*free_top, run->free_top);
	*free_bottom = min_of(*free_bottom, run->free_bottom);
	if (top >= *free_top && bottom <= *free_bottom) {
		box->top = top;
		box->bottom = bottom;
		return true;
	}
	return (bottom - top) - (box->bottom - box->top) <= OVERHANG_PX;
}

/* Strips, to the right of seed, that have moved together with it. */
static struct box grow(
	struct sj_area *area, const struct sj_span *span, struct run *seed)
{
	struct box box = {
		seed->strip, seed->strip + 1, seed->top, seed->bottom};
	size_t free_top = seed->free_top, free_bottom = seed->free_bottom;

	seed->is_used = true;
	for (size_t strip = box.right; strip < span->right; strip++) {
		struct run *run = run_beside(area, strip, &box);

		if (!run)
			break;
		/* Nothing has to move here, but it may. */
		if (run->moved == 0) {
			free_top = max_of(free_top, run->free_top);
			free_bottom = min_of(free_bottom, run->free_bottom);
			continue;
		}
		if (!join(&box, run, &free_top, &free_bottom))
			break;
		run->is_used = true;
		box.right = strip + 1;
	}
	return box;
}

/* True if a good part of box is as it should be after the move. */
static bool pays(const struct sj_area *area, const struct box *box)
{
	size_t good = 0, moved = 0;

	for (size_t strip = box->left; strip < box->right; strip++)
		for (size_t y = box->top; y < box->bottom; y++) {
			uint8_t line = area->line[strip][y];

			good += line == LINE_MATCH || line == LINE_MOVED;
			moved += line == LINE_MOVED ? SAMPLE : 0;
		}
	return moved >= (size_t)2 * MOVED_LEAST &&
	       good * 3 >= (box->right - box->left) * (box->bottom - box->top);
}

static void take(struct sj_area *area, const struct box *box)
{
	for (size_t strip = box->left; strip < box->right; strip++)
		for (size_t y = box->top; y < box->bottom; y++) {
			uint8_t *line = &area->line[strip][y];

			*line = *line == LINE_MATCH || *line == LINE_MOVED
					? LINE_TAKEN
					: LINE_SPOILT;
		}
	area->box[area->boxes++] = *box;
}

/* The area of box with all that it may gain at its sides. */
static uint64_t widest_px(
	const struct sj_scroll_view *view, const struct box *box)
{
	size_t strips = box->right - box->left + 2;

	return (uint64_t)min_of(strips * TILE, view->shown.size.width_px) *
	       (box->bottom - box->top);
}

static void find_boxes(struct sj_area *area, const struct sj_scroll_view *view,
	const struct sj_span *span, const struct sj_moves *moves)
{
	size_t max = min_of(moves->max - moves->count, SJ_SCROLL_MOVES);
	uint64_t budget_px = moves->budget_px;

	area->boxes = 0;
	for (size_t i = 0; i < area->runs && area->boxes < max; i++) {
		struct run *run = &area->run[i];
		struct box box;

		if (run->is_used || run->moved < MOVED_LEAST)
			continue;
		box = grow(area, span, run);
		if (!pays(area, &box) || budget_px < widest_px(view, &box))
			continue;
		budget_px -= widest_px(view, &box);
		take(area, &box);
	}
}

/* ---- borders inside a strip ---- */

/* Pixels beside column x (to the left, or from x on) that match in row y. */
static size_t reach(const struct sj_scroll_view *view, const struct sj_way *way,
	size_t x, size_t y, int step)
{
	const uint32_t *live = sj_pixels_at(view->live, x, y);
	long from_y = (long)y + way->y_px;
	long from_x = (long)x + way->x_px;
	const uint32_t *shown;
	size_t count = 0;

	if (step < 0) {
		live--;
		from_x--;
	}
	if (from_y < 0 || from_y >= view->shown.size.height_px)
		return 0;
	shown = sj_pixels_at(&view->shown, 0, (size_t)from_y);
	while (count < TILE && from_x >= 0 &&
		from_x < view->shown.size.width_px &&
		((shown[from_x] ^ *live) & SJ_PIXEL_COLOUR) == 0) {
		count++;
		from_x += step;
		live += step;
	}
	return count;
}

/* True if nothing else claims strip beside box. */
static bool is_open(const struct sj_area *area, const struct sj_span *span,
	const struct box *box, size_t strip)
{
	/* A border is not worth to look for barred pixels, which are rare. */
	if (strip < span->left || strip >= span->right || span->has_barred)
		return false;
	for (size_t y = box->top; y < box->bottom; y++) {
		uint8_t line = area->line[strip][y];

		if (line == LINE_BARRED || line == LINE_TAKEN ||
			line == LINE_SPOILT)
			return false;
	}
	return true;
}

/*
 * How many pixels of strip, beside box, have moved with it. A few rows may
 * disagree: something small that stands in the way is drawn again.
 */
static size_t widen(struct sj_area *area, const struct sj_scroll_view *view,
	const struct sj_way *way, const struct box *box, bool is_right)
{
	size_t edge = is_right ? box->right - 1 : box->left;
	size_t strip = is_right ? box->right : box->left - 1;
	size_t limit = strip_width(view, strip);
	size_t rows[TILE + 1] = {0};
	size_t total = 0, fewer = 0, width = 0;

	for (size_t y = box->top; y < box->bottom; y++) {
		if (area->line[edge][y] != LINE_TAKEN)
			continue;
		rows[min_of(reach(view, way, (edge + is_right) * TILE, y,
				    is_right ? 1 : -1),
			limit)]++;
		total++;
	}
	while (width < limit && (fewer + rows[width]) * 16 <= total)
		fewer += rows[width++];
	if (width > 0)
		for (size_t y = box->top; y < box->bottom; y++)
			area->line[strip][y] = LINE_SPOILT;
	return width;
}

static struct sj_move move_of(struct sj_area *area,
	const struct sj_scroll_view *view, const struct sj_span *span,
	const struct sj_way *way, const struct box *box)
{
	size_t left = box->left * TILE;
	size_t right = min_of(box->right * TILE, view->shown.size.width_px);
	struct sj_move move;

	if (box->left > 0 && is_open(area, span, box, box->left - 1))
		left -= widen(area, view, way, box, false);
	if (is_open(area, span, box, box->right))
		right += widen(area, view, way, box, true);
	move.to.x_px = (uint16_t)left;
	move.to.y_px = (uint16_t)box->top;
	move.to.width_px = (uint16_t)(right - left);
	move.to.height_px = (uint16_t)(box->bottom - box->top);
	move.from_x_px = (uint16_t)((long)left + way->x_px);
	move.from_y_px = (uint16_t)((long)box->top + way->y_px);
	return move;
}

/* ---- the shown picture ---- */

/* As a viewer draws a CopyRect: as if all was read before it is written. */
static void apply(struct sj_tile_image *shown, const struct sj_move *move)
{
	size_t height = move->to.height_px;
	bool is_down = move->to.y_px > move->from_y_px;

	for (size_t i = 0; i < height; i++) {
		size_t y = is_down ? height - 1 - i : i;

		memmove(sj_pixels_at(shown, move->to.x_px, move->to.y_px + y),
			sj_pixels_at(
				shown, move->from_x_px, move->from_y_px + y),
			(size_t)move->to.width_px * 4);
	}
}

/* No move may draw over what a later one reads. */
static bool goes_first(const struct sj_move *a, const struct sj_move *b,
	const struct sj_way *way)
{
	if (way->y_px != 0)
		return way->y_px > 0 ? a->to.y_px < b->to.y_px
				     : a->to.y_px > b->to.y_px;
	return way->x_px > 0 ? a->to.x_px < b->to.x_px
			     : a->to.x_px > b->to.x_px;
}

static void insert(struct sj_move *moves, size_t count,
	const struct sj_move *move, const struct sj_way *way)
{
	while (count > 0 && goes_first(move, &moves[count - 1], way)) {
		moves[count] = moves[count - 1];
		count--;
	}
	moves[count] = *move;
}

/* Tiles of which every row is right now need no other look. */
static void settle(struct sj_area *area, struct sj_scroll_view *view,
	const struct sj_span *span)
{
	size_t columns = sj_area_columns(view);

	for (size_t row = span->top; row < span->bottom; row++)
		for (size_t strip = span->left; strip < span->right; strip++) {
			uint8_t *tile = &view->tiles[row * columns + strip];
			size_t end = min_of(
				(row + 1) * TILE, view->shown.size.height_px);
			size_t y = row * TILE;

			if (*tile != SJ_SCROLL_SUSPECT)
				continue;
			while (y < end &&
				(area->line[strip][y] == LINE_TAKEN ||
					area->line[strip][y] == LINE_FIXED))
				y++;
			if (y == end)
				*tile = SJ_SCROLL_EQUAL;
		}
}

size_t sj_area_find(struct sj_area *area, struct sj_scroll_view *view,
	const struct sj_way *way, struct sj_moves *moves)
{
	struct sj_span span = sj_area_span(view);
	struct sj_move *first = moves->move + moves->count;

	assert(moves->count <= moves->max &&
		(way->x_px == 0 || way->y_px == 0));
	judge_all(area, view, &span, way);
	find_runs(area, view, &span);
	find_boxes(area, view, &span, moves);
	for (size_t i = 0; i < area->boxes; i++) {
		struct sj_move move =
			move_of(area, view, &span, way, &area->box[i]);

		insert(first, i, &move, way);
	}
	for (size_t i = 0; i < area->boxes; i++) {
		apply(&view->shown, &first[i]);
		moves->budget_px -= sj_rect_area(&first[i].to);
	}
	if (area->boxes > 0)
		settle(area, view, &span);
	moves->count += area->boxes;
	return area->boxes;
}
