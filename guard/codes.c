/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/codes.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/base/ipc.h"

#define FIRST_BUTTON 1
#define US_PER_MS UINT64_C(1000)

struct cover {
	struct sj_rect rect;
	bool is_open; /* the user has clicked */
};

struct sj_codes {
	struct sj_codes_parts parts;
	struct cover cover[SJ_LIMIT_CODES_COVERS];
	size_t count;
	struct sj_rect pending;  /* changed and not shown; empty: none */
	struct sj_rect changed;  /* of the search under way */
	struct sj_rect searched; /* changed with its margin */
	uint32_t sequence;       /* of the last request */
	bool is_busy;            /* its answer has not come */
	bool is_stale;           /* the screen is another one since */
	bool is_whole_wanted;    /* changed since all was searched */
	bool is_held;            /* a press on a cover lasts */
	uint8_t buttons;         /* of the last pointer event */
	uint64_t asked_us;       /* when the last search began */
	uint64_t whole_us;       /* when all of it may be searched again */
};

struct sj_codes *sj_codes_create(const struct sj_codes_parts *parts)
{
	struct sj_codes *codes = calloc(1, sizeof(*codes));

	if (codes)
		codes->parts = *parts;
	return codes;
}

void sj_codes_destroy(struct sj_codes *codes)
{
	free(codes);
}

static struct sj_rect whole(const struct sj_codes *codes)
{
	struct sj_size size = sj_screen_image(codes->parts.screen).size;

	return (struct sj_rect){0, 0, size.width_px, size.height_px};
}

void sj_codes_resize(struct sj_codes *codes)
{
	codes->count = 0;
	codes->pending = whole(codes);
	codes->is_stale = codes->is_busy;
	sj_shown_blank(codes->parts.shown);
}

void sj_codes_changed(struct sj_codes *codes, const struct sj_rect *rect)
{
	codes->pending = sj_rect_join(&codes->pending, rect);
	codes->is_whole_wanted = true;
}

/* ---- rectangles ---- */

static struct sj_rect overlap(const struct sj_rect *a, const struct sj_rect *b)
{
	int left = a->x_px > b->x_px ? a->x_px : b->x_px;
	int top = a->y_px > b->y_px ? a->y_px : b->y_px;
	int right_a = a->x_px + a->width_px, right_b = b->x_px + b->width_px;
	int bottom_a = a->y_px + a->height_px;
	int bottom_b = b->y_px + b->height_px;
	int right = right_a < right_b ? right_a : right_b;
	int bottom = bottom_a < bottom_b ? bottom_a : bottom_b;

	if (left >= right || top >= bottom)
		return (struct sj_rect){0};
	return (struct sj_rect){(uint16_t)left, (uint16_t)top,
		(uint16_t)(right - left), (uint16_t)(bottom - top)};
}

static bool do_touch(const struct sj_rect *a, const struct sj_rect *b)
{
	struct sj_rect both = overlap(a, b);

	return sj_rect_area(&both) > 0;
}

/* The same code, a few pixels moved or a search later. */
static bool is_same(const struct sj_rect *a, const struct sj_rect *b)
{
	struct sj_rect both = overlap(a, b);
	uint32_t area = sj_rect_area(&both);

	return area > sj_rect_area(a) / 2 && area > sj_rect_area(b) / 2;
}

static struct sj_rect grow(
	const struct sj_rect *rect, int margin_px, const struct sj_rect *limit)
{
	int left = rect->x_px - margin_px, top = rect->y_px - margin_px;
	int right = rect->x_px + rect->width_px + margin_px;
	int bottom = rect->y_px + rect->height_px + margin_px;

	left = left < 0 ? 0 : left;
	top = top < 0 ? 0 : top;
	right = right > limit->width_px ? limit->width_px : right;
	bottom = bottom > limit->height_px ? limit->height_px : bottom;
	return (struct sj_rect){(uint16_t)left, (uint16_t)top,
		(uint16_t)(right - left), (uint16_t)(bottom - top)};
}

/* ---- asking ---- */

/* A cover is judged as a whole: what touches it takes all of it along. */
static struct sj_rect with_covers(
	const struct sj_codes *codes, struct sj_rect rect)
{
	bool has_grown = true;

	while (has_grown) {
		has_grown = false;
		for (size_t i = 0; i < codes->count; i++) {
			const struct sj_rect *cover = &codes->cover[i].rect;
			uint32_t was = sj_rect_area(&rect);

			if (do_touch(&rect, cover))
				rect = sj_rect_join(&rect, cover);
			has_grown |= sj_rect_area(&rect) > was;
		}
	}
	return rect;
}

static void write_grey(const struct sj_codes *codes)
{
	struct sj_tile_image image = sj_screen_image(codes->parts.screen);
	const struct sj_rect *rect = &codes->searched;
	uint8_t *to = codes->parts.grey;

	for (size_t y = 0; y < rect->height_px; y++) {
		const uint8_t *from = image.pixels +
				      (rect->y_px + y) * image.stride_bytes +
				      (size_t)rect->x_px * 4;

		for (size_t x = 0; x < rect->width_px; x++, from += 4)
			*to++ = (uint8_t)((from[0] * 29u + from[1] * 150u +
						  from[2] * 77u) >>
					  8);
	}
}

static bool is_whole_due(const struct sj_codes *codes, uint64_t now_us)
{
	return codes->is_whole_wanted && now_us >= codes->whole_us;
}

enum sj_err sj_codes_search(struct sj_codes *codes, uint64_t now_us)
{
	struct sj_codes_request request;
	const struct sj_rect all = whole(codes);
	bool is_whole = is_whole_due(codes, now_us);

	if (codes->is_busy || (sj_rect_area(&codes->pending) == 0 && !is_whole))
		return SJ_OK;
	codes->changed = with_covers(codes, codes->pending);
	codes->searched = is_whole ? all
				   : grow(&codes->changed,
					     SJ_LIMIT_CODES_MARGIN_PX, &all);
	codes->pending = (struct sj_rect){0};
	if (is_whole) {
		codes->is_whole_wanted = false;
		codes->whole_us = now_us + SJ_LIMIT_CODES_WHOLE_MS * US_PER_MS;
	}
	/* From here to the answer what is shown may not be sent. */
	codes->is_busy = true;
	codes->asked_us = now_us;
	sj_shown_draw(codes->parts.shown, &codes->changed);
	write_grey(codes);
	request = (struct sj_codes_request){.sequence = ++codes->sequence,
		.size = {codes->searched.width_px, codes->searched.height_px}};
	return sj_ipc_send(codes->parts.fd, &request, sizeof(request), NULL);
}

/* ---- the answer ---- */

static bool is_sound(
	const struct sj_codes *codes, const struct sj_codes_answer *answer)
{
	const struct sj_size size = {
		codes->searched.width_px, codes->searched.height_px};

	if (!codes->is_busy || answer->sequence != codes->sequence ||
		answer->count > SJ_LIMIT_CODES_FOUND)
		return false;
	for (uint32_t i = 0; i < answer->count; i++)
		if (!sj_rect_fits(&answer->rect[i], &size))
			return false;
	return true;
}

static bool is_among(
	const struct sj_rect *rect, const struct sj_rect *found, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_same(rect, &found[i]))
			return true;
	return false;
}

/* What stood under a cover has changed and is no code any more. The changed
 * rectangle holds whole covers and is drawn already without them. */
static void forget(
	struct sj_codes *codes, const struct sj_rect *found, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < codes->count; i++) {
		const struct sj_rect *rect = &codes->cover[i].rect;

		if (!do_touch(rect, &codes->changed) ||
			is_among(rect, found, count))
			codes->cover[kept++] = codes->cover[i];
	}
	codes->count = kept;
}

/* The cover that was made or has grown for rect, all of which is to be sent;
 * NULL: it is covered already, or was opened. */
static const struct cover *add(
	struct sj_codes *codes, const struct sj_rect *rect)
{
	struct cover *last = &codes->cover[SJ_LIMIT_CODES_COVERS - 1];

	for (size_t i = 0; i < codes->count; i++) {
		struct cover *cover = &codes->cover[i];
		struct sj_rect both = sj_rect_join(&cover->rect, rect);

		if (!is_same(&cover->rect, rect))
			continue;
		if (cover->is_open ||
			sj_rect_area(&both) == sj_rect_area(&cover->rect))
			return NULL;
		cover->rect = both;
		return cover;
	}
	if (codes->count < SJ_LIMIT_CODES_COVERS) {
		last = &codes->cover[codes->count++];
		*last = (struct cover){.rect = *rect};
		return last;
	}
	/* Too many: the last one covers the rest as well. */
	*last = (struct cover){.rect = sj_rect_join(&last->rect, rect)};
	return last;
}

static void cover_all(const struct sj_codes *codes)
{
	for (size_t i = 0; i < codes->count; i++)
		if (!codes->cover[i].is_open)
			sj_shown_cover(
				codes->parts.shown, &codes->cover[i].rect);
}

/* Answers are of the searched part; a cover takes the quiet zone, too. */
static void place(const struct sj_codes *codes, struct sj_rect *rect)
{
	const struct sj_rect all = whole(codes);
	int side_px = rect->width_px > rect->height_px ? rect->width_px
						       : rect->height_px;

	rect->x_px = (uint16_t)(rect->x_px + codes->searched.x_px);
	rect->y_px = (uint16_t)(rect->y_px + codes->searched.y_px);
	*rect = grow(rect, side_px / 8 + 2, &all);
}

enum sj_err sj_codes_hear(
	struct sj_codes *codes, struct sj_codes_damage *damage)
{
	struct sj_codes_answer answer;
	enum sj_err err =
		sj_ipc_receive(codes->parts.fd, &answer, sizeof(answer), NULL);

	damage->count = 0;
	if (err != SJ_OK)
		return err;
	if (!is_sound(codes, &answer))
		return SJ_ERR_FORMAT;
	codes->is_busy = false;
	if (codes->is_stale) {
		/* Of a screen that is no more; drawn into one that is. */
		codes->is_stale = false;
		return SJ_OK;
	}
	for (uint32_t i = 0; i < answer.count; i++)
		place(codes, &answer.rect[i]);
	forget(codes, answer.rect, answer.count);
	if (sj_rect_area(&codes->changed) > 0)
		damage->rect[damage->count++] = codes->changed;
	for (uint32_t i = 0; i < answer.count; i++) {
		const struct cover *cover = add(codes, &answer.rect[i]);

		if (cover)
			damage->rect[damage->count++] = cover->rect;
	}
	cover_all(codes);
	return SJ_OK;
}

bool sj_codes_is_busy(const struct sj_codes *codes)
{
	return codes->is_busy;
}

static uint64_t until(uint64_t due_us, uint64_t now_us)
{
	return due_us > now_us ? due_us - now_us : 0;
}

static uint64_t late_us(const struct sj_codes *codes)
{
	return codes->asked_us + SJ_LIMIT_CODES_MS * US_PER_MS;
}

bool sj_codes_is_late(const struct sj_codes *codes, uint64_t now_us)
{
	return codes->is_busy && now_us >= late_us(codes);
}

uint64_t sj_codes_wait_us(const struct sj_codes *codes, uint64_t now_us)
{
	if (codes->is_busy)
		return until(late_us(codes), now_us);
	return codes->is_whole_wanted ? until(codes->whole_us, now_us)
				      : UINT64_MAX;
}

/* ---- the user ---- */

static bool open_at(
	struct sj_codes *codes, const struct sj_rfb_pointer *pointer)
{
	const struct sj_rect point = {pointer->x_px, pointer->y_px, 1, 1};
	bool is_hit = false;

	for (size_t i = 0; i < codes->count; i++) {
		struct cover *cover = &codes->cover[i];

		if (cover->is_open || !do_touch(&cover->rect, &point))
			continue;
		cover->is_open = is_hit = true;
		/* Drawn by the next search: what is under it may be newer. */
		sj_codes_changed(codes, &cover->rect);
	}
	return is_hit;
}

bool sj_codes_point(
	struct sj_codes *codes, const struct sj_rfb_pointer *pointer)
{
	bool was_down = (codes->buttons & FIRST_BUTTON) != 0;
	bool is_down = (pointer->buttons & FIRST_BUTTON) != 0;

	codes->buttons = pointer->buttons;
	if (!is_down)
		codes->is_held = false;
	else if (!was_down)
		codes->is_held = open_at(codes, pointer);
	return codes->is_held;
}
