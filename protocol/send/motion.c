/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/send/motion.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/base/limits.h"

#define TILE SJ_LIMIT_TILE_PX
#define COLOUR 0x00ffffffu

/* So often within a second is motion: ten times after the first. Damage that
 * comes sooner than after SAME_US belongs to the same change. */
#define DAMAGES 11
#define SECOND_US 1000000
#define SAME_US 8000
/* What is in motion may become so much slower. */
#define SLOWER 2
/* Changes that are so far apart say nothing about each other; a slow line lets
 * few of them be seen. */
#define APART_US 3000000
/* So many changes have to look like a photograph, one after the other; more
 * of them when the tile has looked otherwise while it was in motion. */
#define STREAK 4
#define STREAK_AGAIN 12
/* A change so long after the last one stands for those that were not seen. */
#define UNSEEN_US 100000
/* The box of what changes forgets after one to two such times. */
#define BOX_US 700000

/* Of a photograph: at least 1 / NOVEL of the pixels differ from both their
 * left and upper neighbours, at most 1 / CALM equal both; there are so many
 * colours; and no block of 16x16 is calm in more than 2 / 5: text has its
 * ground around it, and a photograph seldom has a plain one. */
#define NOVEL 2
#define CALM 6
#define COLOURS 48
#define BLOCK 16
#define BLOCK_MIN_PX 64
#define AREA_MIN_PX 192

struct tile {
	uint64_t damage_us[DAMAGES]; /* a ring of the last ones */
	uint64_t change_us;
	uint64_t box_us; /* box[0] was begun */
	struct sj_rect box[2];
	uint8_t next, count; /* of the ring */
	uint8_t streak;      /* of changes that looked like a photograph */
	uint8_t wanted;      /* streak that makes it move */
	bool is_moving;
	bool is_told; /* by another sender, to be motion */
	bool is_over; /* the same: no more */
};

struct sj_motion {
	struct tile *tiles;
	struct sj_size max, size;
	size_t columns, rows;
};

static size_t tiles_in(uint16_t pixels)
{
	return ((size_t)pixels + TILE - 1) / TILE;
}

struct sj_motion *sj_motion_create(const struct sj_size *max)
{
	struct sj_motion *motion = calloc(1, sizeof(*motion));

	if (!motion)
		return NULL;
	motion->max = *max;
	motion->tiles = calloc(tiles_in(max->width_px),
		tiles_in(max->height_px) * sizeof(struct tile));
	if (!motion->tiles) {
		sj_motion_destroy(motion);
		return NULL;
	}
	sj_motion_begin(motion, max);
	return motion;
}

void sj_motion_destroy(struct sj_motion *motion)
{
	if (!motion)
		return;
	free(motion->tiles);
	free(motion);
}

void sj_motion_begin(struct sj_motion *motion, const struct sj_size *size)
{
	motion->size = *size;
	motion->columns = tiles_in(size->width_px);
	motion->rows = tiles_in(size->height_px);
	memset(motion->tiles, 0,
		motion->columns * motion->rows * sizeof(struct tile));
	for (size_t i = 0; i < motion->columns * motion->rows; i++)
		motion->tiles[i].wanted = STREAK;
}

/* ---- how often ---- */

static uint64_t last_damage(const struct tile *tile)
{
	if (tile->count == 0)
		return 0;
	return tile->damage_us[(tile->next + DAMAGES - 1) % DAMAGES];
}

static void damage_tile(struct tile *tile, uint64_t now_us)
{
	if (tile->count > 0 && now_us < last_damage(tile) + SAME_US)
		return;
	tile->damage_us[tile->next] = now_us;
	tile->next = (uint8_t)((tile->next + 1) % DAMAGES);
	if (tile->count < DAMAGES)
		tile->count++;
}

/* Columns and rows of tiles, the last ones included. */
struct span {
	size_t left, top, right, bottom;
};

/* The tiles that rect touches; false: none. */
static bool find_span(const struct sj_motion *motion,
	const struct sj_rect *rect, struct span *span)
{
	struct sj_rect part = sj_rect_clip(rect, &motion->size);

	if (part.width_px == 0 || part.height_px == 0)
		return false;
	span->left = part.x_px / TILE;
	span->top = part.y_px / TILE;
	span->right = ((size_t)part.x_px + part.width_px - 1) / TILE;
	span->bottom = ((size_t)part.y_px + part.height_px - 1) / TILE;
	return true;
}

void sj_motion_damage(
	struct sj_motion *motion, const struct sj_rect *rect, uint64_t now_us)
{
	struct span span;

	if (!find_span(motion, rect, &span))
		return;
	for (size_t y = span.top; y <= span.bottom; y++)
		for (size_t x = span.left; x <= span.right; x++)
			damage_tile(&motion->tiles[y * motion->columns + x],
				now_us);
}

static void tell_tile(struct tile *tile, bool is_motion)
{
	tile->is_over = !is_motion && (tile->is_told || tile->is_over);
	tile->is_told = is_motion;
}

void sj_motion_told(
	struct sj_motion *motion, const struct sj_rect *rect, bool is_motion)
{
	struct span span;

	if (!find_span(motion, rect, &span))
		return;
	for (size_t y = span.top; y <= span.bottom; y++)
		for (size_t x = span.left; x <= span.right; x++)
			tell_tile(&motion->tiles[y * motion->columns + x],
				is_motion);
}

/* True if so many damages, at most DAMAGES, are not long ago. */
static bool is_often(const struct tile *tile, unsigned damages, uint64_t now_us)
{
	uint64_t span_us = tile->is_moving ? SLOWER * SECOND_US : SECOND_US;
	unsigned first = (tile->next + DAMAGES - damages) % DAMAGES;

	return tile->count >= damages &&
	       now_us <= tile->damage_us[first] + span_us;
}

/* ---- what it looks like ---- */

struct look {
	unsigned calm, novel, pixels;
};

static const uint32_t *row_of(
	const struct sj_tile_image *image, size_t x, size_t y)
{
	const void *row = image->pixels + y * image->stride_bytes;

	return (const uint32_t *)row + x;
}

/* Four pixels at a time; lanes of a comparison are 0 or all bits. */
typedef uint32_t four __attribute__((vector_size(16)));
#define LANES (sizeof(four) / sizeof(uint32_t))

static four four_at(const uint32_t *pixels)
{
	four value;

	memcpy(&value, pixels, sizeof(value));
	return value;
}

static unsigned sum_of(four lanes)
{
	return lanes[0] + lanes[1] + lanes[2] + lanes[3];
}

/* Pixels of a row, against those left of them and above. */
static void look_at(struct look *look, const uint32_t *row,
	const uint32_t *above, size_t count)
{
	four calms = {0}, novels = {0};
	size_t x = 0;

	for (; x + LANES <= count; x += LANES) {
		four here = four_at(row + x);
		four left = here ^ four_at(row + (ptrdiff_t)x - 1);
		four up = here ^ four_at(above + x);
		four is_left = (four)((left & COLOUR) == 0);
		four is_up = (four)((up & COLOUR) == 0);

		calms -= is_left & is_up;
		novels -= ~(is_left | is_up);
	}
	look->calm += sum_of(calms);
	look->novel += sum_of(novels);
	for (; x < count; x++) {
		unsigned left =
			((row[x] ^ row[(ptrdiff_t)x - 1]) & COLOUR) == 0;
		unsigned up = ((row[x] ^ above[x]) & COLOUR) == 0;

		look->calm += left & up;
		look->novel += (left | up) ^ 1;
	}
	look->pixels += (unsigned)count;
}

/* Counts one block into sum; false if it is calm. */
static bool look_at_block(struct look *sum, const struct sj_tile_image *image,
	const struct sj_rect *block)
{
	struct look look = {0};

	for (size_t y = 0; y < block->height_px; y++)
		look_at(&look, row_of(image, block->x_px, block->y_px + y),
			row_of(image, block->x_px, block->y_px + y - 1),
			block->width_px);
	sum->calm += look.calm;
	sum->novel += look.novel;
	sum->pixels += look.pixels;
	return look.pixels < BLOCK_MIN_PX || look.calm * 5 <= look.pixels * 2;
}

static uint16_t least(size_t a, size_t b)
{
	return (uint16_t)(a < b ? a : b);
}

/* True as soon as so many colours have been seen. */
static bool has_colours(
	const struct sj_tile_image *image, const struct sj_rect *box)
{
	uint32_t seen[1024] = {0}; /* colour + 1 */
	unsigned count = 0;

	for (size_t y = 0; y < box->height_px; y++) {
		const uint32_t *row = row_of(image, box->x_px, box->y_px + y);

		for (size_t x = 0; x < box->width_px; x++) {
			uint32_t mark = (row[x] & COLOUR) + 1;
			size_t at = mark * 2654435761u >> 22;

			while (seen[at] != 0 && seen[at] != mark)
				at = (at + 1) % SJ_COUNT(seen);
			count += seen[at] == 0;
			seen[at] = mark;
			if (count == COLOURS)
				return true;
		}
	}
	return false;
}

bool sj_motion_is_photo(
	const struct sj_tile_image *image, const struct sj_rect *box)
{
	struct look sum = {0};
	size_t right = (size_t)box->x_px + box->width_px;
	size_t bottom = (size_t)box->y_px + box->height_px;

	if (sj_rect_area(box) < AREA_MIN_PX || box->width_px < 2 ||
		box->height_px < 2)
		return false;
	/* The first row and column have no neighbours of the box. */
	for (size_t y = box->y_px + 1u; y < bottom; y += BLOCK)
		for (size_t x = box->x_px + 1u; x < right; x += BLOCK) {
			struct sj_rect block = {(uint16_t)x, (uint16_t)y,
				least(BLOCK, right - x),
				least(BLOCK, bottom - y)};

			if (!look_at_block(&sum, image, &block))
				return false;
		}
	return sum.calm * CALM <= sum.pixels &&
	       sum.novel * NOVEL >= sum.pixels && has_colours(image, box);
}

/* ---- tiles ---- */

static void grow_box(
	struct tile *tile, const struct sj_rect *box, uint64_t now_us)
{
	if (now_us > tile->box_us + BOX_US) {
		tile->box[1] = tile->box[0];
		if (now_us > tile->box_us + 2 * (uint64_t)BOX_US)
			tile->box[1] = *box;
		tile->box[0] = *box;
		tile->box_us = now_us;
		return;
	}
	tile->box[0] = sj_rect_join(&tile->box[0], box);
}

bool sj_motion_changed(struct sj_motion *motion,
	const struct sj_tile_image *image, const struct sj_rect *box,
	uint64_t now_us)
{
	struct tile *tile = &motion->tiles[box->y_px / TILE * motion->columns +
					   box->x_px / TILE];
	bool was_moving = tile->is_moving;
	uint64_t unseen = (now_us - tile->change_us) / UNSEEN_US;
	struct sj_rect whole;

	if (now_us > tile->change_us + APART_US) {
		tile->streak = 0;
		tile->wanted = STREAK;
	}
	tile->change_us = now_us;
	grow_box(tile, box, now_us);
	/* Its streak stays: when motion is told again, it moves at once. */
	if (tile->is_over) {
		tile->is_moving = false;
		return false;
	}
	/* It is looked at before it is often enough. */
	if (!is_often(tile, DAMAGES - STREAK, now_us)) {
		tile->streak = 0;
		tile->is_moving = false;
		return false;
	}
	/* All of what would be lossy has to look so, not only what changed. */
	whole = sj_rect_join(&tile->box[0], &tile->box[1]);
	if (!sj_motion_is_photo(image, &whole)) {
		if (was_moving)
			tile->wanted = STREAK_AGAIN;
		tile->streak = 0;
		tile->is_moving = false;
		return false;
	}
	tile->streak = unseen + 1 < (uint64_t)(tile->wanted - tile->streak)
			       ? (uint8_t)(tile->streak + unseen + 1)
			       : tile->wanted;
	tile->is_moving =
		tile->streak >= tile->wanted && is_often(tile, DAMAGES, now_us);
	return tile->is_moving;
}

bool sj_motion_is_still(
	const struct sj_motion *motion, size_t tile, uint64_t now_us)
{
	return now_us >= motion->tiles[tile].change_us + SJ_MOTION_REST_US;
}

uint64_t sj_motion_rest_us(const struct sj_motion *motion, size_t tile)
{
	const struct tile *one = &motion->tiles[tile];

	return last_damage(one) +
	       (uint64_t)SJ_MOTION_REST_US * (one->is_told ? 2 : 1);
}

bool sj_motion_is_over(const struct sj_motion *motion, size_t tile)
{
	return motion->tiles[tile].is_over;
}

struct sj_rect sj_motion_box(const struct sj_motion *motion, size_t tile)
{
	return sj_rect_join(
		&motion->tiles[tile].box[0], &motion->tiles[tile].box[1]);
}
