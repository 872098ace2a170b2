/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/send/sender.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "protocol/base/clock.h"
#include "protocol/send/flat.h"
#include "protocol/send/moving.h"
#include "protocol/send/pace.h"
#include "protocol/send/shape.h"

/* What one viewer has announced and what it has yet to be told. */
struct viewer {
	unsigned features;
	bool is_in_frame;      /* its pass over the picture is not over */
	uint64_t shown_bytes;  /* in all */
	uint64_t frame_due_us; /* the next one may begin */
	bool is_size_due, is_cursor_due, is_caret_due;
	bool has_shape;
	enum sj_rfb_shape shape; /* that it shows */
	struct sj_rfb_screen_size screen;
};

struct sj_sender {
	struct sj_shadow *shadow;
	struct sj_tile_encoder *encoder;
	struct sj_moving *moving; /* NULL: nothing is ever lossy */
	struct sj_update_flat flat;
	bool is_flat; /* the encoder is not used */
	bool is_told_of_moves;
	bool has_moved; /* since moves were looked for, as far as is told */
	struct sj_update update;
	struct sj_update_cursor cursor;
	struct sj_rect caret;
	struct viewer viewer;
	struct sj_pace pace;
	uint64_t frame_us; /* between two frames, at least */
	uint64_t cap_bytes_per_s;
	size_t ratio; /* bytes of a payload for RATIO_ONE that were put in */
};

#define RATIO_ONE 1024
#define LEARNT_BYTES (UINT64_C(32) * 1024) /* about a page of text */
#define RATIO_MIN_BYTES 1024 /* less says nothing about the next one */
/* An update draws so many pixels, about: an eighth of 1920x1080. A page of text
 * is few bytes and takes long to encode; in bands, those who pass it on and
 * decode it work on one while the next is made. */
#define BAND_PX (UINT64_C(256) * 1024)

/* Hashes are keyed so that a page cannot make two tiles look the same. */
static uint64_t random_key(void)
{
	uint64_t key = 0;

	if (getrandom(&key, sizeof(key), 0) != (ssize_t)sizeof(key))
		return sj_clock_us();
	return key;
}

struct sj_sender *sj_sender_create(
	struct sj_shadow *shadow, const struct sj_sender_settings *settings)
{
	struct sj_sender *sender = calloc(1, sizeof(*sender));

	if (!sender)
		return NULL;
	sender->shadow = shadow;
	if (settings->frames_per_second != 0)
		sender->frame_us = 1000000 / settings->frames_per_second;
	sender->cap_bytes_per_s = (uint64_t)settings->bandwidth_kbit * 1000 / 8;
	sender->encoder = sj_tile_encoder_create(random_key());
	sender->is_flat = settings->flat != NULL;
	sender->is_told_of_moves = settings->is_told_of_moves;
	if (settings->flat)
		sender->flat = *settings->flat;
	if (settings->motion)
		sender->moving = sj_moving_create(shadow, settings->motion);
	if (!sender->encoder || (settings->motion && !sender->moving)) {
		sj_sender_destroy(sender);
		return NULL;
	}
	return sender;
}

void sj_sender_destroy(struct sj_sender *sender)
{
	if (!sender)
		return;
	sj_tile_encoder_destroy(sender->encoder);
	sj_moving_destroy(sender->moving);
	free(sender);
}

void sj_sender_begin(struct sj_sender *sender, uint64_t now_us)
{
	struct viewer *viewer = &sender->viewer;

	sj_shadow_forget(sender->shadow);
	sj_tile_encoder_reset(sender->encoder);
	if (sender->moving)
		sj_moving_begin(sender->moving);
	if (sender->is_flat)
		sender->flat.reset(sender->flat.self);
	memset(viewer, 0, sizeof(*viewer));
	sj_pace_begin(&sender->pace, sender->cap_bytes_per_s, now_us);
	sender->ratio = RATIO_ONE;
	viewer->is_cursor_due = true;
	viewer->is_caret_due = true;
	viewer->is_size_due = true;
	viewer->screen.size = sj_shadow_image(sender->shadow).size;
}

void sj_sender_learn(struct sj_sender *sender, unsigned features)
{
	sender->viewer.features |= features;
}

void sj_sender_set_size(
	struct sj_sender *sender, const struct sj_rfb_screen_size *screen)
{
	sender->viewer.screen = *screen;
	sender->viewer.is_size_due = true;
}

void sj_sender_set_cursor(
	struct sj_sender *sender, const struct sj_update_cursor *cursor)
{
	sender->cursor = *cursor;
	sender->viewer.is_cursor_due = true;
}

void sj_sender_set_caret(struct sj_sender *sender, const struct sj_rect *rect)
{
	sender->caret = *rect;
	sender->viewer.is_caret_due = true;
}

/* A new pass may begin, or go on, as far as the rate of frames goes. */
static bool may_pass(const struct sj_sender *sender, uint64_t now_us)
{
	const struct viewer *viewer = &sender->viewer;

	return (viewer->is_in_frame || now_us >= viewer->frame_due_us) &&
	       sj_shadow_has_work(sender->shadow);
}

/* Pixels may be drawn. */
static bool may_paint(const struct sj_sender *sender, uint64_t now_us)
{
	return may_pass(sender, now_us) ||
	       sj_shadow_has_repair(sender->shadow) ||
	       (sender->moving && sj_moving_wants(sender->moving, now_us));
}

/* Pixels may be drawn, or kept when the display rests. */
static bool may_show(const struct sj_sender *sender, uint64_t now_us)
{
	return may_paint(sender, now_us) || sj_shadow_has_moved(sender->shadow);
}

static bool has_news(const struct viewer *viewer)
{
	return viewer->is_size_due || viewer->is_cursor_due ||
	       viewer->is_caret_due;
}

bool sj_sender_wants(const struct sj_sender *sender, uint64_t now_us)
{
	return sj_pace_room(&sender->pace, now_us) > 0 &&
	       (has_news(&sender->viewer) || may_show(sender, now_us));
}

uint64_t sj_sender_wait_us(const struct sj_sender *sender, uint64_t now_us)
{
	const struct viewer *viewer = &sender->viewer;
	uint64_t wait_us = UINT64_MAX;

	if (sender->moving)
		wait_us = sj_moving_wait_us(sender->moving, now_us);
	if (has_news(viewer) || sj_shadow_has_repair(sender->shadow) ||
		sj_shadow_has_moved(sender->shadow))
		wait_us = 0;
	else if (sj_shadow_has_work(sender->shadow))
		wait_us = sj_sooner(wait_us,
			!viewer->is_in_frame && now_us < viewer->frame_due_us
				? viewer->frame_due_us - now_us
				: 0);
	/* What may be sent now waits for the stream, or for the pace. */
	if (wait_us == 0 && sj_pace_room(&sender->pace, now_us) > 0)
		return UINT64_MAX;
	if (wait_us == 0)
		return sj_pace_wait_us(&sender->pace, now_us);
	return wait_us;
}

void sj_sender_damage(
	struct sj_sender *sender, const struct sj_rect *rect, uint64_t now_us)
{
	sj_shadow_damage(sender->shadow, rect);
	if (sender->moving)
		sj_moving_damage(sender->moving, rect, now_us);
}

void sj_sender_told(
	struct sj_sender *sender, const struct sj_rect *rect, bool is_motion)
{
	if (sender->moving)
		sj_moving_told(sender->moving, rect, is_motion);
}

void sj_sender_moved(struct sj_sender *sender)
{
	sender->has_moved = true;
}

void sj_sender_request(struct sj_sender *sender, bool is_full, uint64_t now_us)
{
	sj_pace_request(&sender->pace, now_us);
	if (is_full)
		sj_shadow_forget(sender->shadow);
	if (!has_news(&sender->viewer) && !may_show(sender, now_us))
		sj_pace_idle(&sender->pace, now_us);
}

static bool has(const struct sj_sender *sender, enum sj_sender_feature feature)
{
	return (sender->viewer.features & feature) != 0;
}

/* The pointer by index, when another one fits than before. */
static bool add_shape(struct sj_sender *sender)
{
	struct viewer *viewer = &sender->viewer;
	enum sj_rfb_shape shape = sj_shape_of(&sender->cursor);

	if (viewer->has_shape && viewer->shape == shape)
		return true;
	viewer->has_shape = sj_update_add_shape(&sender->update, shape);
	viewer->shape = shape;
	return viewer->has_shape;
}

/* Everything but pixels; false if pixels have to wait for the next update. */
static bool add_news(struct sj_sender *sender)
{
	struct viewer *viewer = &sender->viewer;
	struct sj_update *update = &sender->update;

	if (viewer->is_size_due && has(sender, SJ_SENDER_SIZE)) {
		viewer->is_size_due =
			!sj_update_add_size(update, &viewer->screen);
		return false;
	}
	viewer->is_size_due = false;
	if (viewer->is_cursor_due && has(sender, SJ_SENDER_ALPHA_CURSOR) &&
		!sj_update_add_cursor(update, &sender->cursor))
		return false;
	if (viewer->is_cursor_due && has(sender, SJ_SENDER_SHAPE) &&
		!add_shape(sender))
		return false;
	viewer->is_cursor_due = false;
	/* It may be of a larger screen, or of the time of another viewer. */
	if (viewer->is_caret_due && has(sender, SJ_SENDER_CARET) &&
		sj_rect_area(&sender->caret) != 0 &&
		sj_rect_fits(&sender->caret, &viewer->screen.size) &&
		!sj_update_add_caret(update, &sender->caret))
		return false;
	viewer->is_caret_due = false;
	return true;
}

/* What has moved: applied to the shadow already, so it has to be told. True
 * if there is anything. */
static bool add_moves(
	struct sj_sender *sender, const struct sj_tile_image *live)
{
	struct sj_move moves[SJ_SCROLL_MOVES];
	size_t count;

	if (!has(sender, SJ_SENDER_COPY) ||
		(sender->is_told_of_moves && !sender->has_moved) ||
		!sj_update_has_room(&sender->update, sender->encoder))
		return false;
	sender->has_moved = false;
	count = sj_shadow_find_moves(sender->shadow, live, moves);
	for (size_t i = 0; i < count; i++) {
		bool is_whole = sj_update_add_copy(&sender->update, &moves[i]);

		assert(is_whole);
	}
	return count > 0;
}

/* What the update would have, were it finished now, as far as one can tell. */
static size_t expected_bytes(const struct sj_sender *sender)
{
	size_t bytes = sender->update.writer.at;

	if (sj_tile_is_open(sender->encoder))
		bytes += sj_tile_bound(sender->encoder, 0) * sender->ratio /
			 RATIO_ONE;
	return bytes;
}

/* Where the line is what takes time, fewer bytes are worth the CPU. So is the
 * beginning: from it the model learns the letters that will be typed. */
static bool is_by_model(const struct sj_sender *sender)
{
	return sj_pace_is_slow(&sender->pace) ||
	       sender->viewer.shown_bytes < LEARNT_BYTES;
}

/* What was encoded for the update, which is what takes time. */
static uint64_t drawn_px(const struct sj_sender *sender)
{
	if (sender->is_flat)
		return sender->update.area_px;
	return sender->update.drawn_px + sj_tile_drawn_px(sender->encoder);
}

/*
 * False when the rest has to wait for the next update. The gate lets two
 * screens through in one: one of tiles, in front of which there is another.
 */
static bool has_room(const struct sj_sender *sender, size_t target_bytes)
{
	struct sj_size size = sj_shadow_image(sender->shadow).size;

	if (sender->is_flat
			? !sj_flat_has_room(&sender->update)
			: !sj_update_has_room(&sender->update, sender->encoder))
		return false;
	return expected_bytes(sender) < target_bytes &&
	       (is_by_model(sender) || drawn_px(sender) < BAND_PX) &&
	       sender->update.area_px +
			       (uint64_t)SJ_LIMIT_TILE_PX * SJ_LIMIT_TILE_PX <=
		       (uint64_t)size.width_px * size.height_px *
			       (SJ_LIMIT_UPDATE_AREA_FRAMES - 1);
}

/* A part of the screen, in the form that the viewer takes. */
static void add_picture(struct sj_sender *sender,
	const struct sj_tile_image *image, const struct sj_rect *rect)
{
	if (sender->is_flat)
		sj_flat_add(&sender->update, &sender->flat, image, rect);
	else
		sj_update_add_tile(
			&sender->update, sender->encoder, image, rect);
}

/* Adds tiles up to about target bytes; true if there was any. */
static bool add_tiles(struct sj_sender *sender,
	const struct sj_tile_image *live, size_t target_bytes, uint64_t now_us)
{
	struct viewer *viewer = &sender->viewer;
	struct sj_tile_image image = sj_shadow_image(sender->shadow);
	struct sj_rect rect;
	bool is_any = false;

	while (has_room(sender, target_bytes)) {
		if (!sj_shadow_next(sender->shadow, live, &rect)) {
			viewer->is_in_frame = false;
			break;
		}
		if (!sender->moving || !has(sender, SJ_SENDER_MOTION) ||
			!sj_moving_takes(sender->moving, &rect, now_us))
			add_picture(sender, &image, &rect);
		is_any = true;
	}
	return is_any;
}

/* What was lossy and has come to rest: behind everything that is new. */
static void add_repairs(struct sj_sender *sender,
	const struct sj_tile_image *live, size_t target_bytes)
{
	struct sj_tile_image image = sj_shadow_image(sender->shadow);
	struct sj_rect rect;

	while (has_room(sender, target_bytes) &&
		sj_shadow_next_repair(sender->shadow, live, &rect))
		add_picture(sender, &image, &rect);
}

/* The next one comes a period later, or later still after a rest. */
static void count_frame(struct sj_sender *sender, uint64_t now_us)
{
	struct viewer *viewer = &sender->viewer;

	viewer->frame_due_us += sender->frame_us;
	if (viewer->frame_due_us <= now_us)
		viewer->frame_due_us = now_us + sender->frame_us;
}

/* What moves have brought into tiles is kept by the viewer like what was
 * drawn, so that it can come back: once, when the display rests. */
static void add_kept(struct sj_sender *sender, size_t target_bytes)
{
	struct sj_tile_image image = sj_shadow_image(sender->shadow);
	struct sj_rect rect;

	if (!sj_shadow_has_moved(sender->shadow))
		return;
	/* Zlib has no slots. */
	while (sender->is_flat && sj_shadow_next_moved(sender->shadow, &rect))
		;
	while (has_room(sender, target_bytes) &&
		sj_shadow_next_moved(sender->shadow, &rect))
		sj_update_add_keep(
			&sender->update, sender->encoder, &image, &rect);
}

static void paint(struct sj_sender *sender, const struct sj_tile_image *live,
	size_t target_bytes, uint64_t now_us)
{
	const struct sj_moving_share share = {
		target_bytes, sj_pace_rate_bytes_per_s(&sender->pace), now_us};
	bool is_new = !sender->viewer.is_in_frame, is_any;

	if (sender->moving)
		sj_moving_settle(sender->moving, now_us);
	/* Also to end a pass that has nothing left. */
	if (!is_new || may_pass(sender, now_us)) {
		sender->viewer.is_in_frame = true;
		is_any = add_moves(sender, live);
		/* A number in a video, which is text, is not to come before
		 * the rest of its frame where that costs no time. */
		if (sender->moving &&
			sj_moving_is_quick(sender->moving, &share))
			sj_moving_add(sender->moving, &sender->update,
				sender->encoder, live, &share);
		is_any |= add_tiles(sender, live, target_bytes, now_us);
		if (is_any && is_new)
			count_frame(sender, now_us);
	}
	/* A pass that is not over has filled the update. */
	if (sender->moving && !sender->viewer.is_in_frame)
		sj_moving_add(sender->moving, &sender->update, sender->encoder,
			live, &share);
	add_repairs(sender, live, target_bytes);
}

/* Learns how well the tiles that were added could be packed. */
static size_t finish(struct sj_sender *sender, const uint8_t **data)
{
	struct sj_tile_image image = sj_shadow_image(sender->shadow);
	size_t before = sender->update.writer.at, open = 0, size;

	if (sender->is_flat)
		sj_flat_flush(&sender->update, &sender->flat, &image);
	if (sj_tile_is_open(sender->encoder))
		open = sj_tile_bound(sender->encoder, 0);
	size = sj_update_end(&sender->update, sender->encoder, data);
	if (open >= RATIO_MIN_BYTES)
		sender->ratio =
			(sender->ratio + (size - before) * RATIO_ONE / open) /
			2;
	return size;
}

size_t sj_sender_next(struct sj_sender *sender,
	const struct sj_tile_image *live, const uint8_t **data, uint64_t now_us)
{
	size_t target = sj_pace_room(&sender->pace, now_us), size;

	if (target == 0)
		return 0;
	sj_tile_encoder_set_slow(sender->encoder, is_by_model(sender));
	sj_tile_encoder_set_more(sender->encoder, sender->viewer.is_in_frame);
	sj_update_begin(&sender->update);
	if (add_news(sender)) {
		paint(sender, live, target, now_us);
		add_kept(sender, target);
	}
	size = finish(sender, data);
	sender->viewer.shown_bytes += size;
	if (size > 0)
		sj_pace_sent(&sender->pace, size, now_us);
	if (!has_news(&sender->viewer) && !may_show(sender, now_us))
		sj_pace_idle(&sender->pace, now_us);
	return size;
}
