/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/send/shadow.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/base/limits.h"
#include "protocol/send/pixels.h"

#define TILE SJ_LIMIT_TILE_PX

enum tile_state {
	TILE_SENT,    /* as last sent, as far as known */
	TILE_SUSPECT, /* damaged: compare */
	TILE_UNSENT   /* the viewer does not have it: send whole */
};

/* Beside its state. */
enum tile_mark {
	MARK_MOVING = 1 << 0, /* sj_shadow_next passes it over */
	MARK_LOSSY = 1 << 1   /* the viewer shows something like it */
};

/* So few damaged tiles are no more than a line of text, typed. */
#define CALM_TILES 40

struct tile {
	uint8_t state; /* enum tile_state */
	uint8_t marks; /* enum tile_mark */
	/* Where a suspect one is damaged: pixels in the tile, inclusive. */
	uint8_t left, top, right, bottom;
	bool is_touched; /* damaged or moved since the last rest */
	bool is_moved;   /* by a move, and not drawn since */
};

struct sj_shadow {
	uint32_t *pixels;   /* rows follow each other without a gap */
	struct tile *tiles; /* row by row */
	uint8_t *view;      /* the same for sj_scroll_find */
	struct sj_scroll *scroll;
	struct sj_size max, size;
	size_t columns, rows; /* of tiles */
	size_t at; /* a pass goes on here; none before it but from again on */
	size_t again; /* is suspect or unsent: the next pass begins here */
	bool is_in_pass;
	bool is_damaged; /* since moves were looked for */
	bool is_resting; /* not damaged since the last rest */
	size_t touched;  /* tiles with is_touched */
	size_t moved;    /* tiles with is_moved */
	size_t moving;   /* tiles with MARK_MOVING */
	size_t repairs;  /* tiles that are lossy and not moving */
};

static size_t tiles_in(uint16_t pixels)
{
	return ((size_t)pixels + TILE - 1) / TILE;
}

struct sj_shadow *sj_shadow_create(const struct sj_size *max)
{
	struct sj_shadow *shadow;

	if (max->width_px > SJ_LIMIT_WIDTH_PX ||
		max->height_px > SJ_LIMIT_HEIGHT_PX)
		return NULL;
	shadow = calloc(1, sizeof(*shadow));
	if (!shadow)
		return NULL;
	shadow->max = *max;
	shadow->pixels = calloc(
		(size_t)max->width_px * max->height_px, sizeof(uint32_t));
	shadow->tiles = calloc(tiles_in(max->width_px),
		tiles_in(max->height_px) * sizeof(struct tile));
	shadow->view =
		calloc(tiles_in(max->width_px), tiles_in(max->height_px));
	shadow->scroll = sj_scroll_create();
	if (!shadow->pixels || !shadow->tiles || !shadow->view ||
		!shadow->scroll || sj_shadow_resize(shadow, max) != SJ_OK) {
		sj_shadow_destroy(shadow);
		return NULL;
	}
	return shadow;
}

void sj_shadow_destroy(struct sj_shadow *shadow)
{
	if (!shadow)
		return;
	free(shadow->pixels);
	free(shadow->tiles);
	free(shadow->view);
	sj_scroll_destroy(shadow->scroll);
	free(shadow);
}

enum sj_err sj_shadow_resize(
	struct sj_shadow *shadow, const struct sj_size *size)
{
	if (size->width_px == 0 || size->height_px == 0 ||
		size->width_px > shadow->max.width_px ||
		size->height_px > shadow->max.height_px)
		return SJ_ERR_LIMIT;
	/* Nothing was drawn yet: leave the fresh pages untouched. */
	if (shadow->columns != 0)
		memset(shadow->pixels, 0,
			(size_t)shadow->size.width_px * shadow->size.height_px *
				sizeof(uint32_t));
	shadow->size = *size;
	shadow->columns = tiles_in(size->width_px);
	shadow->rows = tiles_in(size->height_px);
	sj_shadow_forget(shadow);
	return SJ_OK;
}

struct sj_size sj_shadow_max(const struct sj_shadow *shadow)
{
	return shadow->max;
}

struct sj_tile_image sj_shadow_image(struct sj_shadow *shadow)
{
	struct sj_tile_image image = {
		.pixels = (uint8_t *)shadow->pixels,
		.stride_bytes = (size_t)shadow->size.width_px * 4,
		.size = shadow->size,
	};

	return image;
}

/* The part of [low, low + count) that lies in tile number tile, in its own
 * pixels, both inclusive. */
static void span_in(
	size_t low, size_t count, size_t tile, uint8_t *first, uint8_t *last)
{
	size_t begin = tile * TILE, end = low + count - 1;

	*first = low > begin ? (uint8_t)(low - begin) : 0;
	*last = end - begin < TILE ? (uint8_t)(end - begin) : TILE - 1;
}

static void suspect(struct tile *tile, const struct tile *box)
{
	if (tile->state == TILE_UNSENT)
		return;
	if (tile->state == TILE_SENT) {
		tile->state = TILE_SUSPECT;
		tile->left = box->left;
		tile->right = box->right;
		tile->top = box->top;
		tile->bottom = box->bottom;
		return;
	}
	if (box->left < tile->left)
		tile->left = box->left;
	if (box->right > tile->right)
		tile->right = box->right;
	if (box->top < tile->top)
		tile->top = box->top;
	if (box->bottom > tile->bottom)
		tile->bottom = box->bottom;
}

/*
 * There is something to look at in the tile. A pass goes on to the end, so
 * that what always changes above does not keep what is below from being sent.
 */
static void come_back_to(struct sj_shadow *shadow, size_t at)
{
	if (shadow->is_in_pass && at < shadow->again)
		shadow->again = at;
	if (!shadow->is_in_pass && at < shadow->at)
		shadow->at = at;
}

void sj_shadow_damage(struct sj_shadow *shadow, const struct sj_rect *rect)
{
	struct sj_rect part = sj_rect_clip(rect, &shadow->size);
	struct tile box = {0};
	size_t left, right, top, bottom, x, y;

	if (part.width_px == 0 || part.height_px == 0)
		return;
	left = part.x_px / TILE;
	right = ((size_t)part.x_px + part.width_px - 1) / TILE;
	top = part.y_px / TILE;
	bottom = ((size_t)part.y_px + part.height_px - 1) / TILE;
	for (y = top; y <= bottom; y++) {
		span_in(part.y_px, part.height_px, y, &box.top, &box.bottom);
		for (x = left; x <= right; x++) {
			span_in(part.x_px, part.width_px, x, &box.left,
				&box.right);
			struct tile *tile =
				&shadow->tiles[y * shadow->columns + x];

			suspect(tile, &box);
			shadow->touched += !tile->is_touched;
			tile->is_touched = true;
		}
	}
	come_back_to(shadow, top * shadow->columns + left);
	shadow->is_damaged = true;
	shadow->is_resting = false;
}

void sj_shadow_forget(struct sj_shadow *shadow)
{
	const struct tile unsent = {.state = TILE_UNSENT, .is_touched = true};

	for (size_t i = 0; i < shadow->columns * shadow->rows; i++)
		shadow->tiles[i] = unsent;
	shadow->at = 0;
	shadow->again = shadow->columns * shadow->rows;
	shadow->is_in_pass = false;
	shadow->touched = shadow->columns * shadow->rows;
	shadow->moved = 0;
	shadow->moving = 0;
	shadow->repairs = 0;
	shadow->is_resting = false;
}

bool sj_shadow_has_work(const struct sj_shadow *shadow)
{
	size_t count = shadow->columns * shadow->rows;
	size_t at = shadow->again < shadow->at ? shadow->again : shadow->at;

	for (; at < count; at++)
		if (shadow->tiles[at].state != TILE_SENT &&
			(shadow->tiles[at].marks & MARK_MOVING) == 0)
			return true;
	return false;
}

static struct sj_rect tile_rect(const struct sj_shadow *shadow, size_t index)
{
	struct sj_rect rect = {
		.x_px = (uint16_t)(index % shadow->columns * TILE),
		.y_px = (uint16_t)(index / shadow->columns * TILE),
		.width_px = TILE,
		.height_px = TILE,
	};

	return sj_rect_clip(&rect, &shadow->size);
}

/* The damaged box of a suspect tile; all of one that is unsent. */
static struct sj_rect box_rect(const struct sj_shadow *shadow, size_t index)
{
	const struct tile *tile = &shadow->tiles[index];
	struct sj_rect rect = tile_rect(shadow, index);

	if (tile->state != TILE_SUSPECT)
		return rect;
	rect.x_px = (uint16_t)(rect.x_px + tile->left);
	rect.y_px = (uint16_t)(rect.y_px + tile->top);
	rect.width_px = (uint16_t)(tile->right - tile->left + 1);
	rect.height_px = (uint16_t)(tile->bottom - tile->top + 1);
	return sj_rect_clip(&rect, &shadow->size);
}

/* ---- one tile ---- */

/* Rows of what is shown and of what is live in one rectangle. */
struct pair {
	struct sj_tile_image shown;
	const struct sj_tile_image *live;
};

static bool row_differs(
	const struct pair *pair, const struct sj_rect *rect, size_t y)
{
	return !sj_pixels_same(sj_pixels_at(&pair->shown, rect->x_px, y),
		sj_pixels_at(pair->live, rect->x_px, y), rect->width_px);
}

static bool pixel_differs(const struct pair *pair, size_t x, size_t y)
{
	return ((*sj_pixels_at(&pair->shown, x, y) ^
			*sj_pixels_at(pair->live, x, y)) &
		       SJ_PIXEL_COLOUR) != 0;
}

/* Rows first, so that a tile of which all has changed is soon done. */
static bool trim_rows(const struct pair *pair, struct sj_rect *rect)
{
	size_t top = rect->y_px, bottom = top + rect->height_px;

	while (top < bottom && !row_differs(pair, rect, top))
		top++;
	if (top == bottom)
		return false;
	/* Not beyond the first, in case it is equal again. */
	while (bottom > top + 1 && !row_differs(pair, rect, bottom - 1))
		bottom--;
	rect->y_px = (uint16_t)top;
	rect->height_px = (uint16_t)(bottom - top);
	return true;
}

/* Shrinks *rect to the box of what differs; false if nothing does. */
static bool trim(const struct pair *pair, struct sj_rect *rect)
{
	size_t left, right, end;

	if (!trim_rows(pair, rect))
		return false;
	end = (size_t)rect->x_px + rect->width_px;
	left = end;
	right = rect->x_px;
	for (size_t y = rect->y_px; y < (size_t)rect->y_px + rect->height_px;
		y++) {
		size_t x = rect->x_px;

		while (x < left && !pixel_differs(pair, x, y))
			x++;
		left = x;
		x = end;
		while (x > right && !pixel_differs(pair, x - 1, y))
			x--;
		right = x;
		if (left == rect->x_px && right == end)
			break;
	}
	/* The second look may find all equal again. */
	if (left >= right)
		return false;
	rect->x_px = (uint16_t)left;
	rect->width_px = (uint16_t)(right - left);
	return true;
}

static void copy(const struct pair *pair, const struct sj_rect *rect)
{
	for (size_t y = rect->y_px; y < (size_t)rect->y_px + rect->height_px;
		y++)
		sj_pixels_copy(sj_pixels_at(&pair->shown, rect->x_px, y),
			sj_pixels_at(pair->live, rect->x_px, y),
			rect->width_px);
}

static void not_moved(struct sj_shadow *shadow, struct tile *tile)
{
	if (tile->is_moved)
		shadow->moved--;
	tile->is_moved = false;
}

static void set_marks(
	struct sj_shadow *shadow, struct tile *tile, unsigned marks)
{
	unsigned before = tile->marks;

	shadow->moving -= (before & MARK_MOVING) != 0;
	shadow->moving += (marks & MARK_MOVING) != 0;
	shadow->repairs -= before == MARK_LOSSY;
	shadow->repairs += marks == MARK_LOSSY;
	tile->marks = (uint8_t)marks;
}

bool sj_shadow_next(struct sj_shadow *shadow, const struct sj_tile_image *live,
	struct sj_rect *rect)
{
	const struct pair pair = {sj_shadow_image(shadow), live};
	size_t count = shadow->columns * shadow->rows;

	assert(live->size.width_px >= shadow->size.width_px &&
		live->size.height_px >= shadow->size.height_px);
	shadow->is_in_pass = true;
	for (; shadow->at < count; shadow->at++) {
		struct tile *tile = &shadow->tiles[shadow->at];
		uint8_t state = tile->state;

		if (state == TILE_SENT || (tile->marks & MARK_MOVING) != 0)
			continue;
		*rect = box_rect(shadow, shadow->at);
		tile->state = TILE_SENT;
		if (state == TILE_SUSPECT && !trim(&pair, rect))
			continue;
		/* A part would leave the rest of it as it is. */
		if (tile->marks != 0)
			*rect = tile_rect(shadow, shadow->at);
		set_marks(shadow, tile, 0);
		copy(&pair, rect);
		not_moved(shadow, tile);
		shadow->at++;
		return true;
	}
	shadow->at = shadow->again;
	shadow->again = count;
	shadow->is_in_pass = false;
	return false;
}

/* ---- moves ---- */

/* Returns how many tiles are suspect. What the viewer shows of a lossy tile is
 * only something like it: nothing is moved from there. */
static size_t fill_view(struct sj_shadow *shadow)
{
	static const uint8_t as[] = {
		[TILE_SENT] = SJ_SCROLL_EQUAL,
		[TILE_SUSPECT] = SJ_SCROLL_SUSPECT,
		[TILE_UNSENT] = SJ_SCROLL_BARRED,
	};
	size_t suspects = 0;

	for (size_t i = 0; i < shadow->columns * shadow->rows; i++) {
		const struct tile *tile = &shadow->tiles[i];

		shadow->view[i] =
			tile->marks ? SJ_SCROLL_BARRED : as[tile->state];
		suspects += shadow->view[i] == SJ_SCROLL_SUSPECT;
	}
	return suspects;
}

/* The tiles that move was drawn into, all of which were suspect. */
static void note_move(struct sj_shadow *shadow, const struct sj_move *move)
{
	size_t right = tiles_in((uint16_t)(move->to.x_px + move->to.width_px));
	size_t bottom =
		tiles_in((uint16_t)(move->to.y_px + move->to.height_px));

	for (size_t y = move->to.y_px / TILE; y < bottom; y++)
		for (size_t x = move->to.x_px / TILE; x < right; x++) {
			struct tile *tile =
				&shadow->tiles[y * shadow->columns + x];

			if (!tile->is_moved)
				shadow->moved++;
			tile->is_moved = true;
			tile->left = 0;
			tile->top = 0;
			tile->right = TILE - 1;
			tile->bottom = TILE - 1;
		}
}

size_t sj_shadow_find_moves(struct sj_shadow *shadow,
	const struct sj_tile_image *live, struct sj_move *moves)
{
	struct sj_scroll_view view = {
		sj_shadow_image(shadow), live, shadow->view};
	uint64_t whole_px =
		(uint64_t)shadow->size.width_px * shadow->size.height_px;
	struct sj_moves found = {moves, 0, SJ_SCROLL_MOVES, whole_px / 4 * 5};

	if (!shadow->is_damaged)
		return 0;
	shadow->is_damaged = false;
	if (fill_view(shadow) == 0)
		return 0;
	sj_scroll_find(shadow->scroll, &view, &found);
	if (found.count == 0)
		return 0;
	for (size_t i = 0; i < found.count; i++)
		note_move(shadow, &moves[i]);
	for (size_t i = 0; i < shadow->columns * shadow->rows; i++)
		if (shadow->view[i] == SJ_SCROLL_EQUAL)
			shadow->tiles[i].state = TILE_SENT;
	return found.count;
}

/* ---- rest ---- */

bool sj_shadow_is_calm(const struct sj_shadow *shadow)
{
	return shadow->touched <= CALM_TILES && shadow->moved == 0;
}

void sj_shadow_rest(struct sj_shadow *shadow)
{
	static const struct tile whole = {
		.right = TILE - 1, .bottom = TILE - 1};

	for (size_t i = 0; i < shadow->columns * shadow->rows; i++) {
		struct tile *tile = &shadow->tiles[i];

		if (!tile->is_touched)
			continue;
		suspect(tile, &whole);
		tile->is_touched = false;
		come_back_to(shadow, i);
	}
	shadow->touched = 0;
	shadow->is_resting = true;
}

bool sj_shadow_has_moved(const struct sj_shadow *shadow)
{
	return shadow->is_resting && shadow->moved > 0 &&
	       !sj_shadow_has_work(shadow);
}

bool sj_shadow_next_moved(struct sj_shadow *shadow, struct sj_rect *rect)
{
	if (!shadow->is_resting || shadow->moved == 0)
		return false;
	for (size_t i = 0; i < shadow->columns * shadow->rows; i++) {
		struct tile *tile = &shadow->tiles[i];

		if (!tile->is_moved || tile->state != TILE_SENT)
			continue;
		not_moved(shadow, tile);
		*rect = tile_rect(shadow, i);
		return true;
	}
	return false;
}

/* ---- tiles in motion ---- */

size_t sj_shadow_tile_at(
	const struct sj_shadow *shadow, uint16_t x_px, uint16_t y_px)
{
	return y_px / TILE * shadow->columns + x_px / TILE;
}

void sj_shadow_take_for_motion(struct sj_shadow *shadow, size_t at)
{
	set_marks(shadow, &shadow->tiles[at], MARK_MOVING | MARK_LOSSY);
}

void sj_shadow_stop_motion(struct sj_shadow *shadow, size_t at)
{
	set_marks(shadow, &shadow->tiles[at],
		shadow->tiles[at].marks & MARK_LOSSY);
	come_back_to(shadow, at);
}

bool sj_shadow_is_moving(const struct sj_shadow *shadow, size_t at)
{
	return (shadow->tiles[at].marks & MARK_MOVING) != 0;
}

bool sj_shadow_has_moving(const struct sj_shadow *shadow)
{
	return shadow->moving > 0;
}

bool sj_shadow_has_motion(const struct sj_shadow *shadow)
{
	if (shadow->moving == 0)
		return false;
	for (size_t i = 0; i < shadow->columns * shadow->rows; i++)
		if (sj_shadow_is_moving(shadow, i) &&
			shadow->tiles[i].state != TILE_SENT)
			return true;
	return false;
}

bool sj_shadow_next_motion(struct sj_shadow *shadow,
	const struct sj_tile_image *live, size_t *at, struct sj_rect *rect)
{
	const struct pair pair = {sj_shadow_image(shadow), live};

	for (; shadow->moving > 0 && *at < shadow->columns * shadow->rows;
		++*at) {
		struct tile *tile = &shadow->tiles[*at];

		if (tile->state == TILE_SENT ||
			!sj_shadow_is_moving(shadow, *at))
			continue;
		*rect = box_rect(shadow, *at);
		tile->state = TILE_SENT;
		if (!trim(&pair, rect)) {
			rect->width_px = rect->height_px = 0;
			return true;
		}
		set_marks(shadow, tile, MARK_MOVING | MARK_LOSSY);
		not_moved(shadow, tile);
		copy(&pair, rect);
		return true;
	}
	return false;
}

bool sj_shadow_has_repair(const struct sj_shadow *shadow)
{
	return shadow->repairs > 0;
}

bool sj_shadow_next_repair(struct sj_shadow *shadow,
	const struct sj_tile_image *live, struct sj_rect *rect)
{
	const struct pair pair = {sj_shadow_image(shadow), live};
	size_t at = 0;

	if (shadow->repairs == 0)
		return false;
	while (shadow->tiles[at].marks != MARK_LOSSY)
		at++;
	*rect = tile_rect(shadow, at);
	set_marks(shadow, &shadow->tiles[at], 0);
	shadow->tiles[at].state = TILE_SENT;
	copy(&pair, rect);
	return true;
}
