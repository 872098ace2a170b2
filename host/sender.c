/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/sender.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "protocol/base/clock.h"

/* What one viewer has announced and what it has yet to be told. */
struct viewer {
	unsigned features;
	bool is_requested; /* an update request is unanswered */
	bool is_size_due, is_cursor_due, is_caret_due;
	struct sj_rfb_screen_size screen;
};

struct sj_sender {
	struct sj_shadow *shadow;
	struct sj_tile_encoder *encoder;
	struct sj_update update;
	struct sj_update_cursor cursor;
	struct sj_rect caret;
	struct viewer viewer;
};

/* Hashes are keyed so that a page cannot make two tiles look the same. */
static uint64_t random_key(void)
{
	uint64_t key = 0;

	if (getrandom(&key, sizeof(key), 0) != (ssize_t)sizeof(key))
		return sj_clock_us();
	return key;
}

struct sj_sender *sj_sender_create(struct sj_shadow *shadow)
{
	struct sj_sender *sender = calloc(1, sizeof(*sender));

	if (!sender)
		return NULL;
	sender->shadow = shadow;
	sender->encoder = sj_tile_encoder_create(random_key());
	if (!sender->encoder) {
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
	free(sender);
}

void sj_sender_begin(struct sj_sender *sender)
{
	struct viewer *viewer = &sender->viewer;

	sj_shadow_forget(sender->shadow);
	sj_tile_encoder_reset(sender->encoder);
	memset(viewer, 0, sizeof(*viewer));
	viewer->is_cursor_due = true;
	viewer->is_caret_due = true;
	viewer->is_size_due = true;
	viewer->screen.size = sj_shadow_image(sender->shadow).size;
}

void sj_sender_learn(struct sj_sender *sender, unsigned features)
{
	sender->viewer.features |= features;
}

void sj_sender_request(struct sj_sender *sender, bool is_full)
{
	sender->viewer.is_requested = true;
	if (is_full)
		sj_shadow_forget(sender->shadow);
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

bool sj_sender_wants(const struct sj_sender *sender)
{
	const struct viewer *viewer = &sender->viewer;

	return viewer->is_requested &&
	       (viewer->is_size_due || viewer->is_cursor_due ||
		       viewer->is_caret_due ||
		       sj_shadow_has_work(sender->shadow));
}

static bool has(const struct sj_sender *sender, enum sj_sender_feature feature)
{
	return (sender->viewer.features & feature) != 0;
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
	viewer->is_cursor_due = false;
	if (viewer->is_caret_due && has(sender, SJ_SENDER_CARET) &&
		sj_rect_area(&sender->caret) != 0 &&
		!sj_update_add_caret(update, &sender->caret))
		return false;
	viewer->is_caret_due = false;
	return true;
}

/* What has moved: applied to the shadow already, so it has to be told. */
static void add_moves(
	struct sj_sender *sender, const struct sj_tile_image *live)
{
	struct sj_move moves[SJ_SCROLL_MOVES];
	size_t count;

	if (!has(sender, SJ_SENDER_COPY) ||
		!sj_update_has_room(&sender->update, sender->encoder))
		return;
	count = sj_shadow_find_moves(sender->shadow, live, moves);
	for (size_t i = 0; i < count; i++) {
		bool is_whole = sj_update_add_copy(&sender->update, &moves[i]);

		assert(is_whole);
	}
}

/*
 * False when the rest has to wait for the next update. The gate lets two
 * screens through in one: one of tiles, in front of which there is another.
 */
static bool has_room(const struct sj_sender *sender)
{
	struct sj_size size = sj_shadow_image(sender->shadow).size;

	return sj_update_has_room(&sender->update, sender->encoder) &&
	       sender->update.area_px + SJ_LIMIT_TILE_PX * SJ_LIMIT_TILE_PX <=
		       (uint64_t)size.width_px * size.height_px *
			       (SJ_LIMIT_UPDATE_AREA_FRAMES - 1);
}

static void add_tiles(
	struct sj_sender *sender, const struct sj_tile_image *live)
{
	struct sj_tile_image image = sj_shadow_image(sender->shadow);
	struct sj_rect rect;

	while (has_room(sender) && sj_shadow_next(sender->shadow, live, &rect))
		sj_update_add_tile(
			&sender->update, sender->encoder, &image, &rect);
}

/* One request is answered by as many updates as the frame needs. */
size_t sj_sender_next(struct sj_sender *sender,
	const struct sj_tile_image *live, const uint8_t **data)
{
	size_t size;

	sj_update_begin(&sender->update);
	if (add_news(sender)) {
		add_moves(sender, live);
		add_tiles(sender, live);
	}
	size = sj_update_end(&sender->update, sender->encoder, data);
	if (size > 0)
		sender->viewer.is_requested =
			sj_shadow_has_work(sender->shadow);
	return size;
}
