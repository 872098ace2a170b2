/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/shadow.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/base/limits.h"

#define TILE SJ_LIMIT_TILE_PX
/* B, G, R of a little-endian pixel; the 4th byte means nothing. */
#define COLOUR 0x00ffffffu

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

struct sj_shadow {
	uint32_t *pixels; /* rows follow each other without a gap */
	uint8_t *tiles;   /* enum tile_state, row by row */
	uint8_t *marks;   /* enum tile_mark, the same */
	size_t moving;    /* tiles with that mark */
	size_t repairs;   /* tiles that are lossy and not moving */
	struct sj_size max, size;
	size_t columns, rows; /* of tiles */
	size_t at; /* a pass goes on here; none before it but from again on */
	size_t again; /* is suspect or unsent: the next pass begins here */
	bool is_in_pass;
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
		tiles_in(max->height_px) * sizeof(uint8_t));
	shadow->marks = calloc(tiles_in(max->width_px),
		tiles_in(max->height_px) * sizeof(uint8_t));
	if (!shadow->pixels || !shadow->tiles || !shadow->marks ||
		sj_shadow_resize(shadow, max) != SJ_OK) {
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
	free(shadow->marks);
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
	size_t left, right, top, bottom, x, y;

	if (part.width_px == 0 || part.height_px == 0)
		return;
	left = part.x_px / TILE;
	right = ((size_t)part.x_px + part.width_px - 1) / TILE;
	top = part.y_px / TILE;
	bottom = ((size_t)part.y_px + part.height_px - 1) / TILE;
	for (y = top; y <= bottom; y++)
		for (x = left; x <= right; x++)
			if (shadow->tiles[y * shadow->columns + x] == TILE_SENT)
				shadow->tiles[y * shadow->columns + x] =
					TILE_SUSPECT;
	come_back_to(shadow, top * shadow->columns + left);
}

void sj_shadow_forget(struct sj_shadow *shadow)
{
	memset(shadow->tiles, TILE_UNSENT, shadow->columns * shadow->rows);
	memset(shadow->marks, 0, shadow->columns * shadow->rows);
	shadow->moving = 0;
	shadow->repairs = 0;
	shadow->at = 0;
	shadow->again = shadow->columns * shadow->rows;
	shadow->is_in_pass = false;
}

bool sj_shadow_has_work(const struct sj_shadow *shadow)
{
	size_t count = shadow->columns * shadow->rows;
	size_t at = shadow->again < shadow->at ? shadow->again : shadow->at;

	/* A tile that was sent is 0. */
	for (; at < count; at++)
		if (shadow->tiles[at] != TILE_SENT &&
			(shadow->marks[at] & MARK_MOVING) == 0)
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

/* live is mapped memory of a display: 4-byte aligned, rows of whole pixels. */
static const uint32_t *live_row(
	const struct sj_tile_image *live, const struct sj_rect *rect, size_t y)
{
	const void *row = live->pixels + (rect->y_px + y) * live->stride_bytes +
			  (size_t)rect->x_px * 4;

	return row;
}

static uint32_t *own_row(
	struct sj_shadow *shadow, const struct sj_rect *rect, size_t y)
{
	return shadow->pixels + (rect->y_px + y) * shadow->size.width_px +
	       rect->x_px;
}

/* Compared without a branch, so that the compiler can use wide registers. */
static bool row_differs(const uint32_t *own, const uint32_t *live, size_t count)
{
	uint32_t difference = 0;

	for (size_t x = 0; x < count; x++)
		difference |= own[x] ^ live[x];
	return (difference & COLOUR) != 0;
}

/* Shrinks *rect to the box of what differs; false if nothing does. */
static bool trim(struct sj_shadow *shadow, const struct sj_tile_image *live,
	struct sj_rect *rect)
{
	size_t left = rect->width_px, right = 0;
	size_t top = rect->height_px, bottom = 0;

	for (size_t y = 0; y < rect->height_px; y++) {
		const uint32_t *own = own_row(shadow, rect, y);
		const uint32_t *now = live_row(live, rect, y);
		size_t x = 0;

		if (!row_differs(own, now, rect->width_px))
			continue;
		if (top == rect->height_px)
			top = y;
		bottom = y;
		while (x < left && ((own[x] ^ now[x]) & COLOUR) == 0)
			x++;
		if (x < left)
			left = x;
		x = rect->width_px - 1u;
		while (x > right && ((own[x] ^ now[x]) & COLOUR) == 0)
			x--;
		if (x > right)
			right = x;
	}
	/* The second look may find a row equal again: the display draws. */
	if (top == rect->height_px || left == rect->width_px)
		return false;
	if (right < left)
		right = left;
	rect->x_px = (uint16_t)(rect->x_px + left);
	rect->y_px = (uint16_t)(rect->y_px + top);
	rect->width_px = (uint16_t)(right - left + 1);
	rect->height_px = (uint16_t)(bottom - top + 1);
	return true;
}

static void copy(struct sj_shadow *shadow, const struct sj_tile_image *live,
	const struct sj_rect *rect)
{
	for (size_t y = 0; y < rect->height_px; y++) {
		uint32_t *own = own_row(shadow, rect, y);
		const uint32_t *now = live_row(live, rect, y);

		for (size_t x = 0; x < rect->width_px; x++)
			own[x] = now[x] & COLOUR;
	}
}

static void set_marks(struct sj_shadow *shadow, size_t at, unsigned marks)
{
	unsigned before = shadow->marks[at];

	shadow->moving -= (before & MARK_MOVING) != 0;
	shadow->moving += (marks & MARK_MOVING) != 0;
	shadow->repairs -= before == MARK_LOSSY;
	shadow->repairs += marks == MARK_LOSSY;
	shadow->marks[at] = (uint8_t)marks;
}

bool sj_shadow_next(struct sj_shadow *shadow, const struct sj_tile_image *live,
	struct sj_rect *rect)
{
	size_t count = shadow->columns * shadow->rows;

	assert(live->size.width_px >= shadow->size.width_px &&
		live->size.height_px >= shadow->size.height_px);
	shadow->is_in_pass = true;
	for (; shadow->at < count; shadow->at++) {
		enum tile_state state = shadow->tiles[shadow->at];
		unsigned marks = shadow->marks[shadow->at];

		if (state == TILE_SENT || (marks & MARK_MOVING) != 0)
			continue;
		shadow->tiles[shadow->at] = TILE_SENT;
		*rect = tile_rect(shadow, shadow->at);
		if (state == TILE_SUSPECT && !trim(shadow, live, rect))
			continue;
		/* A part would leave the rest of it as it is. */
		if (marks == MARK_LOSSY)
			*rect = tile_rect(shadow, shadow->at);
		set_marks(shadow, shadow->at, 0);
		copy(shadow, live, rect);
		shadow->at++;
		return true;
	}
	shadow->at = shadow->again;
	shadow->again = count;
	shadow->is_in_pass = false;
	return false;
}

/* ---- tiles in motion ---- */

size_t sj_shadow_tile_at(
	const struct sj_shadow *shadow, uint16_t x_px, uint16_t y_px)
{
	return y_px / TILE * shadow->columns + x_px / TILE;
}

void sj_shadow_set_moving(struct sj_shadow *shadow, size_t tile, bool is_moving)
{
	unsigned lossy = shadow->marks[tile] & MARK_LOSSY;

	assert(tile < shadow->columns * shadow->rows);
	set_marks(shadow, tile, lossy | (is_moving ? MARK_MOVING : 0u));
	if (!is_moving)
		come_back_to(shadow, tile);
}

bool sj_shadow_is_moving(const struct sj_shadow *shadow, size_t tile)
{
	return (shadow->marks[tile] & MARK_MOVING) != 0;
}

bool sj_shadow_has_moving(const struct sj_shadow *shadow)
{
	return shadow->moving > 0;
}

bool sj_shadow_has_motion(const struct sj_shadow *shadow)
{
	size_t count = shadow->columns * shadow->rows;

	if (shadow->moving == 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if ((shadow->marks[i] & MARK_MOVING) != 0 &&
			shadow->tiles[i] != TILE_SENT)
			return true;
	return false;
}

bool sj_shadow_next_motion(struct sj_shadow *shadow,
	const struct sj_tile_image *live, size_t *tile, struct sj_rect *rect)
{
	size_t count = shadow->columns * shadow->rows;

	for (; shadow->moving > 0 && *tile < count; ++*tile) {
		enum tile_state state = shadow->tiles[*tile];

		if (state == TILE_SENT ||
			(shadow->marks[*tile] & MARK_MOVING) == 0)
			continue;
		shadow->tiles[*tile] = TILE_SENT;
		*rect = tile_rect(shadow, *tile);
		if (state == TILE_SUSPECT && !trim(shadow, live, rect)) {
			rect->width_px = rect->height_px = 0;
			return true;
		}
		set_marks(shadow, *tile, MARK_MOVING | MARK_LOSSY);
		copy(shadow, live, rect);
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
	size_t at = 0;

	if (shadow->repairs == 0)
		return false;
	while (shadow->marks[at] != MARK_LOSSY)
		at++;
	*rect = tile_rect(shadow, at);
	set_marks(shadow, at, 0);
	shadow->tiles[at] = TILE_SENT;
	copy(shadow, live, rect);
	return true;
}

bool sj_shadow_is_exact(
	const struct sj_shadow *shadow, const struct sj_rect *rect)
{
	size_t right = ((size_t)rect->x_px + rect->width_px - 1) / TILE;
	size_t bottom = ((size_t)rect->y_px + rect->height_px - 1) / TILE;

	assert(sj_rect_fits(rect, &shadow->size));
	for (size_t y = rect->y_px / TILE; y <= bottom; y++)
		for (size_t x = rect->x_px / TILE; x <= right; x++)
			if (shadow->marks[y * shadow->columns + x] != 0 ||
				shadow->tiles[y * shadow->columns + x] ==
					TILE_UNSENT)
				return false;
	return true;
}
