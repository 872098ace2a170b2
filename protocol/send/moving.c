/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/send/moving.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/base/limits.h"
#include "protocol/send/motion.h"

#define TILE SJ_LIMIT_TILE_PX
/* Thirty frames a second, and a little more for a clock that is not ours and to
 * make up for late ones. */
#define FRAME_US 32500
/* A frame may come early by so much: one that is held back is torn off the
 * text that is drawn with it, and after a late one all that are in time come
 * early. */
#define EARLY_US 30000
/* What takes no longer may go before the tiles that change with it. */
#define QUICK_US 8000
/* Of the rate of a line, motion has three fifths. */
#define SHARE(rate) ((rate)*3 / 5)
/* A rectangle has at most so many bytes, and is planned for so many at least:
 * its head and tables alone have about 640. */
#define RECT_MAX_BYTES ((size_t)60 * 1024)
#define RECT_MIN_BYTES ((size_t)6 * 1024)
#define HEAD_BYTES 640
/* One part in so many of what is free is not planned for. */
#define ROOM_SPARE 10
/* Bits a pixel, in sixteenths: how dense what was encoded has become. */
#define DENSITY_ONE 16
#define DENSITY_START (3 * DENSITY_ONE)
/* The best quality; where a picture is dense, which is where it is full of
 * detail or noise, 8 less for each bit a pixel beyond DENSE. */
#define QUALITY_BEST 92
#define QUALITY_PER_BIT 8
#define DENSE (DENSITY_ONE * 12 / 5)
#define QUALITY_DENSE 76 /* at least, for that reason */
/* On a slow line steps of 4, each for about an eighth fewer bytes, until so
 * many frames a second pass or it is no picture any more. */
#define QUALITY_STEP 4
#define QUALITY_WORST 52
#define FRAMES_WANTED 20

struct sj_moving {
	struct sj_shadow *shadow;
	struct sj_motion *motion;
	struct sj_update_codec codec;
	bool *is_due; /* by tile: changed, and to be sent with this frame */
	size_t due;   /* such tiles */
	struct sj_size size;
	size_t columns, rows;
	uint64_t next_us;   /* the next frame */
	size_t frame_bytes; /* of the frame under way */
	size_t last_bytes;  /* of the one before */
	int quality;        /* that the line permits */
	unsigned density;
};

static size_t tiles_in(uint16_t pixels)
{
	return ((size_t)pixels + TILE - 1) / TILE;
}

struct sj_moving *sj_moving_create(
	struct sj_shadow *shadow, const struct sj_update_codec *codec)
{
	struct sj_moving *moving = calloc(1, sizeof(*moving));
	struct sj_size max = sj_shadow_max(shadow);

	if (!moving)
		return NULL;
	moving->shadow = shadow;
	moving->codec = *codec;
	moving->motion = sj_motion_create(&max);
	moving->is_due = calloc(
		tiles_in(max.width_px), tiles_in(max.height_px) * sizeof(bool));
	if (!moving->motion || !moving->is_due) {
		sj_moving_destroy(moving);
		return NULL;
	}
	sj_moving_begin(moving);
	return moving;
}

void sj_moving_destroy(struct sj_moving *moving)
{
	if (!moving)
		return;
	sj_motion_destroy(moving->motion);
	free(moving->is_due);
	free(moving);
}

static size_t count_of(const struct sj_moving *moving)
{
	return moving->columns * moving->rows;
}

void sj_moving_begin(struct sj_moving *moving)
{
	moving->size = sj_shadow_image(moving->shadow).size;
	moving->columns = tiles_in(moving->size.width_px);
	moving->rows = tiles_in(moving->size.height_px);
	moving->due = 0;
	moving->next_us = 0;
	moving->frame_bytes = 0;
	moving->last_bytes = 0;
	moving->quality = QUALITY_BEST;
	moving->density = DENSITY_START;
	memset(moving->is_due, 0, count_of(moving) * sizeof(bool));
	sj_motion_begin(moving->motion, &moving->size);
	moving->codec.reset(moving->codec.self);
}

/* The shadow may have got another size; then nothing of it moves. */
static void follow_size(struct sj_moving *moving)
{
	struct sj_size size = sj_shadow_image(moving->shadow).size;

	if (size.width_px != moving->size.width_px ||
		size.height_px != moving->size.height_px)
		sj_moving_begin(moving);
}

static void set_due(struct sj_moving *moving, size_t tile, bool is_due)
{
	moving->due -= moving->is_due[tile];
	moving->due += is_due;
	moving->is_due[tile] = is_due;
}

void sj_moving_damage(
	struct sj_moving *moving, const struct sj_rect *rect, uint64_t now_us)
{
	follow_size(moving);
	sj_motion_damage(moving->motion, rect, now_us);
}

bool sj_moving_takes(
	struct sj_moving *moving, const struct sj_rect *rect, uint64_t now_us)
{
	struct sj_tile_image image = sj_shadow_image(moving->shadow);
	size_t tile = sj_shadow_tile_at(moving->shadow, rect->x_px, rect->y_px);

	follow_size(moving);
	if (!sj_motion_changed(moving->motion, &image, rect, now_us))
		return false;
	sj_shadow_take_for_motion(moving->shadow, tile);
	set_due(moving, tile, true);
	return true;
}

static void stop(struct sj_moving *moving, size_t tile)
{
	set_due(moving, tile, false);
	sj_shadow_stop_motion(moving->shadow, tile);
}

void sj_moving_settle(struct sj_moving *moving, uint64_t now_us)
{
	follow_size(moving);
	/* A new viewer or a full request has taken the marks. */
	if (!sj_shadow_has_moving(moving->shadow) && moving->due == 0)
		return;
	for (size_t i = 0; i < count_of(moving); i++)
		if (!sj_shadow_is_moving(moving->shadow, i))
			set_due(moving, i, false);
		else if (sj_motion_is_over(moving->motion, i) ||
			 now_us >= sj_motion_rest_us(moving->motion, i))
			stop(moving, i);
}

void sj_moving_told(
	struct sj_moving *moving, const struct sj_rect *rect, bool is_motion)
{
	follow_size(moving);
	sj_motion_told(moving->motion, rect, is_motion);
}

/* Microseconds until the first tile rests; UINT64_MAX if none moves. */
static uint64_t rest_wait_us(const struct sj_moving *moving, uint64_t now_us)
{
	uint64_t first_us = UINT64_MAX;

	if (!sj_shadow_has_moving(moving->shadow))
		return UINT64_MAX;
	for (size_t i = 0; i < count_of(moving); i++)
		if (sj_shadow_is_moving(moving->shadow, i)) {
			uint64_t rest_us = sj_motion_rest_us(moving->motion, i);

			if (sj_motion_is_over(moving->motion, i))
				return 0;
			if (rest_us < first_us)
				first_us = rest_us;
		}
	return first_us > now_us ? first_us - now_us : 0;
}

static uint64_t frame_wait_us(const struct sj_moving *moving, uint64_t now_us)
{
	if (moving->due > 0)
		return 0;
	if (!sj_shadow_has_motion(moving->shadow))
		return UINT64_MAX;
	return moving->next_us > now_us ? moving->next_us - now_us : 0;
}

bool sj_moving_wants(const struct sj_moving *moving, uint64_t now_us)
{
	return sj_moving_wait_us(moving, now_us) == 0;
}

uint64_t sj_moving_wait_us(const struct sj_moving *moving, uint64_t now_us)
{
	uint64_t frame_us = frame_wait_us(moving, now_us);
	uint64_t rest_us = rest_wait_us(moving, now_us);

	return frame_us < rest_us ? frame_us : rest_us;
}

bool sj_moving_is_quick(
	const struct sj_moving *moving, const struct sj_moving_share *share)
{
	uint64_t quick = share->rate_bytes_per_s * QUICK_US / 1000000;
	size_t bytes = moving->last_bytes + moving->last_bytes / 4;

	return bytes > 0 && bytes < quick && bytes < share->target_bytes;
}

/* ---- one frame ---- */

/* Looks at everything that moves, once. */
static void begin_frame(struct sj_moving *moving,
	const struct sj_tile_image *live, uint64_t now_us)
{
	struct sj_tile_image image = sj_shadow_image(moving->shadow);
	struct sj_rect rect;

	for (size_t i = 0;
		sj_shadow_next_motion(moving->shadow, live, &i, &rect); i++) {
		bool is_moving;

		if (sj_rect_area(&rect) == 0)
			is_moving =
				!sj_motion_is_still(moving->motion, i, now_us);
		else
			is_moving = sj_motion_changed(
				moving->motion, &image, &rect, now_us);
		if (!is_moving)
			stop(moving, i);
		else if (sj_rect_area(&rect) != 0)
			set_due(moving, i, true);
	}
}

/* The best quality at which so many frames a second would pass, judged by the
 * bytes of one. */
static int quality_for(int quality, uint64_t bytes, uint64_t budget)
{
	while (bytes > budget && quality > QUALITY_WORST) {
		bytes -= bytes / 8;
		quality -= QUALITY_STEP;
	}
	while (bytes + bytes / 7 <= budget && quality < QUALITY_BEST) {
		bytes += bytes / 7 + 1;
		quality += QUALITY_STEP;
	}
	return quality;
}

/* The next frame comes a period later, or when its share of the line has
 * carried this one. */
static void end_frame(
	struct sj_moving *moving, uint64_t begun_us, uint64_t rate_bytes_per_s)
{
	uint64_t share = SHARE(rate_bytes_per_s), period_us = FRAME_US;

	if (share > 0) {
		if (moving->frame_bytes * 1000000 / share > period_us)
			period_us = moving->frame_bytes * 1000000 / share;
		moving->quality = quality_for(moving->quality,
			moving->frame_bytes, share / FRAMES_WANTED);
	}
	moving->last_bytes = moving->frame_bytes;
	moving->frame_bytes = 0;
	moving->next_us += period_us;
	if (moving->next_us + EARLY_US < begun_us + period_us)
		moving->next_us = begun_us + period_us - EARLY_US;
}

/* What is full of detail hides coarser steps; a slow line needs them. */
static int quality_of(const struct sj_moving *moving)
{
	int quality = QUALITY_BEST;

	if (moving->density > DENSE)
		quality -= (int)(moving->density - DENSE) * QUALITY_PER_BIT /
			   DENSITY_ONE;
	if (quality < QUALITY_DENSE)
		quality = QUALITY_DENSE;
	return moving->quality < quality ? moving->quality : quality;
}

static size_t expected_bytes(const struct sj_moving *moving, size_t area)
{
	return HEAD_BYTES + area * moving->density / ((size_t)8 * DENSITY_ONE);
}

/* The part of tile to be sent, or an empty one. */
static struct sj_rect box_of(const struct sj_moving *moving, size_t tile)
{
	static const struct sj_rect none;

	return moving->is_due[tile] ? sj_motion_box(moving->motion, tile)
				    : none;
}

/* True if next, of the tile to the right, makes one rectangle with box. */
static bool goes_on(const struct sj_rect *box, const struct sj_rect *next)
{
	return next->width_px != 0 && next->y_px == box->y_px &&
	       next->height_px == box->height_px &&
	       next->x_px == box->x_px + box->width_px;
}

/* The widest rectangle of one row of tiles that begins with tile. */
static struct sj_rect row_from(
	const struct sj_moving *moving, size_t tile, size_t budget)
{
	struct sj_rect rect = box_of(moving, tile);
	size_t end = tile - tile % moving->columns + moving->columns;

	for (size_t i = tile + 1; i < end; i++) {
		struct sj_rect next = box_of(moving, i);

		if (!goes_on(&rect, &next) ||
			expected_bytes(moving,
				sj_rect_area(&rect) + sj_rect_area(&next)) >
				budget)
			break;
		rect.width_px = (uint16_t)(rect.width_px + next.width_px);
	}
	return rect;
}

/* The rectangle that begins with the first tile that is due: as many rows as
 * have the same columns, and as the budget allows. */
static struct sj_rect next_rect(const struct sj_moving *moving, size_t budget)
{
	size_t tile = 0;
	struct sj_rect rect;

	while (!moving->is_due[tile])
		tile++;
	rect = row_from(moving, tile, budget);
	for (tile += moving->columns; tile < count_of(moving);
		tile += moving->columns) {
		struct sj_rect row = row_from(moving, tile, SIZE_MAX);

		if (row.width_px != rect.width_px || row.x_px != rect.x_px ||
			row.y_px != rect.y_px + rect.height_px ||
			expected_bytes(moving,
				sj_rect_area(&rect) + sj_rect_area(&row)) >
				budget)
			break;
		rect.height_px = (uint16_t)(rect.height_px + row.height_px);
	}
	return rect;
}

/* All tiles of rect have been sent; or, if it is one that could not be made
 * small enough, it is not for motion. */
static void done_with(
	struct sj_moving *moving, const struct sj_rect *rect, bool is_sent)
{
	size_t right = ((size_t)rect->x_px + rect->width_px - 1) / TILE;
	size_t bottom = ((size_t)rect->y_px + rect->height_px - 1) / TILE;

	for (size_t y = rect->y_px / TILE; y <= bottom; y++)
		for (size_t x = rect->x_px / TILE; x <= right; x++)
			if (is_sent)
				set_due(moving, y * moving->columns + x, false);
			else
				stop(moving, y * moving->columns + x);
}

static void learn_density(
	struct sj_moving *moving, const struct sj_rect *rect, size_t bytes)
{
	size_t area = sj_rect_area(rect);
	size_t net = bytes > HEAD_BYTES ? bytes - HEAD_BYTES : 1;
	unsigned density = (unsigned)(net * 8 * DENSITY_ONE / area);

	moving->frame_bytes += bytes;
	moving->density = (moving->density * 7 + density + 4) / 8;
	if (moving->density == 0)
		moving->density = 1;
}

/* True if rect ends in the middle of a row that goes on, though it might all
 * go with the next update. */
static bool is_scrap(const struct sj_moving *moving, const struct sj_rect *rect)
{
	size_t tile = sj_shadow_tile_at(moving->shadow, rect->x_px, rect->y_px);
	struct sj_rect row = row_from(moving, tile, SIZE_MAX);

	return row.width_px > rect->width_px &&
	       expected_bytes(moving, sj_rect_area(&row)) < RECT_MAX_BYTES / 2;
}

/* What a gate lets through in one update: the tiles that are open have the
 * area of one screen at most. */
static bool fits_area(const struct sj_update *update,
	const struct sj_tile_encoder *encoder,
	const struct sj_update_motion *motion)
{
	uint64_t screen_px = (uint64_t)motion->image->size.width_px *
			     motion->image->size.height_px;

	return update->area_px + sj_rect_area(&motion->rect) +
		       (sj_tile_is_open(encoder) ? screen_px : 0) <=
	       screen_px * SJ_LIMIT_UPDATE_AREA_FRAMES;
}

/* Adds one rectangle; false when the update has to go first. */
static bool add_rect(struct sj_moving *moving, struct sj_update *update,
	struct sj_tile_encoder *encoder, const struct sj_moving_share *share)
{
	struct sj_tile_image image = sj_shadow_image(moving->shadow);
	struct sj_update_motion motion = {.codec = &moving->codec,
		.image = &image,
		.quality = quality_of(moving)};
	bool is_first = update->rects == 0 && !sj_tile_is_open(encoder);
	size_t room = sj_update_motion_room(update, encoder), budget, before;

	budget = share->target_bytes > update->writer.at
			 ? share->target_bytes - update->writer.at
			 : 0;
	if (budget > RECT_MAX_BYTES)
		budget = RECT_MAX_BYTES;
	if (budget < RECT_MIN_BYTES)
		budget = RECT_MIN_BYTES;
	/* What turns out too large has been encoded for nothing. */
	room -= room / ROOM_SPARE;
	if (budget > room) {
		if (!is_first && room < RECT_MIN_BYTES)
			return false;
		budget = room;
	}
	motion.rect = next_rect(moving, budget);
	/* A scrap of a row would cost a head here and one for its rest. */
	if (update->rects > 0 && is_scrap(moving, &motion.rect))
		return false;
	if (!is_first && !fits_area(update, encoder, &motion))
		return false;
	before = update->writer.at;
	if (sj_update_add_motion(update, encoder, &motion)) {
		learn_density(moving, &motion.rect, update->writer.at - before);
		done_with(moving, &motion.rect, true);
		return true;
	}
	/* More than was expected. */
	moving->density += moving->density / 2 + 1;
	if (is_first && motion.rect.width_px <= TILE &&
		motion.rect.height_px <= TILE)
		done_with(moving, &motion.rect, false);
	return is_first;
}

void sj_moving_add(struct sj_moving *moving, struct sj_update *update,
	struct sj_tile_encoder *encoder, const struct sj_tile_image *live,
	const struct sj_moving_share *share)
{
	uint64_t now_us = share->now_us;

	if (frame_wait_us(moving, now_us) != 0)
		return;
	if (moving->due == 0)
		begin_frame(moving, live, now_us);
	if (moving->due == 0)
		return;
	do {
		if (!add_rect(moving, update, encoder, share))
			return;
	} while (moving->due > 0 && update->writer.at < share->target_bytes);
	if (moving->due == 0)
		end_frame(moving, now_us, share->rate_bytes_per_s);
}
