/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/from_host.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/base/limits.h"
#include "protocol/motion/motion.h"
#include "protocol/rfb/msg_host.h"

struct sj_from_host {
	struct sj_screen *screen;
	struct sj_tile_decoder *tiles;
	struct sj_motion_decoder *motion;
	enum sj_reason reason;
	uint16_t rects_left; /* of the update that is being read */
	bool is_in_raw;      /* pixels of raw are coming */
	struct sj_rect raw;
	uint32_t raw_px;     /* of it, that have come */
	struct sj_rect part; /* the only one of the last news */
	struct sj_update_cursor cursor;
};

struct sj_from_host *sj_from_host_create(struct sj_screen *screen)
{
	struct sj_from_host *from = calloc(1, sizeof(*from));

	if (!from)
		return NULL;
	from->screen = screen;
	from->tiles = sj_tile_decoder_create();
	from->motion = sj_motion_decoder_create();
	if (!from->tiles || !from->motion) {
		sj_from_host_destroy(from);
		return NULL;
	}
	/* Now, and not while the first pages wait for it. */
	sj_tile_decoder_warm(from->tiles);
	return from;
}

void sj_from_host_destroy(struct sj_from_host *from)
{
	if (!from)
		return;
	sj_tile_decoder_destroy(from->tiles);
	sj_motion_decoder_destroy(from->motion);
	free(from);
}

void sj_from_host_begin(struct sj_from_host *from)
{
	sj_tile_decoder_reset(from->tiles);
	memset(&from->cursor, 0, sizeof(from->cursor));
	from->reason = SJ_REASON_NONE;
	from->rects_left = 0;
	from->is_in_raw = false;
}

enum sj_reason sj_from_host_reason(const struct sj_from_host *from)
{
	return from->reason;
}

static enum sj_step refuse(struct sj_from_host *from, enum sj_reason reason)
{
	from->reason = reason;
	return SJ_STEP_REFUSE;
}

static bool fits(const struct sj_from_host *from, const struct sj_rect *rect)
{
	struct sj_size size = sj_screen_image(from->screen).size;

	return sj_rect_fits(rect, &size);
}

static void tell_pixels(struct sj_from_host *from, const struct sj_rect *rect,
	struct sj_news *news)
{
	sj_screen_know(from->screen, rect);
	from->part = *rect;
	news->kind = SJ_NEWS_PIXELS;
	news->rect = *rect;
	news->parts = &from->part;
	news->part_count = 1;
}

/* ---- rectangles; in is behind their head ---- */

static enum sj_step read_copy(struct sj_from_host *from, struct sj_reader *in,
	const struct sj_rect *rect, struct sj_news *news)
{
	struct sj_rect source = *rect;

	if (!sj_read_u16(in, &source.x_px) || !sj_read_u16(in, &source.y_px))
		return SJ_STEP_MORE;
	if (!fits(from, rect) || !fits(from, &source))
		return refuse(from, SJ_REASON_HOST_COPY);
	sj_screen_copy(from->screen, rect, source.x_px, source.y_px);
	tell_pixels(from, rect, news);
	news->is_moved = true;
	return SJ_STEP_DONE;
}

/* A tile or motion rectangle: U32 length and the payload. */
static enum sj_step read_picture(struct sj_from_host *from,
	struct sj_reader *in, const struct sj_rfb_rect_head *head,
	struct sj_news *news)
{
	struct sj_tile_image image = sj_screen_image(from->screen);
	const uint8_t *wire_payload;
	uint32_t wire_size;
	enum sj_step step;

	if (!fits(from, &head->rect))
		return refuse(from, SJ_REASON_HOST_RECT);
	if (!sj_read_u32(in, &wire_size))
		return SJ_STEP_MORE;
	if (wire_size == 0 || wire_size > SJ_LIMIT_UPDATE_BYTES)
		return refuse(from, SJ_REASON_HOST_LENGTH);
	if (!sj_read_view(in, &wire_payload, wire_size))
		return SJ_STEP_MORE;
	step = head->encoding == SJ_RFB_ENCODING_MOTION
		       ? sj_motion_decode(from->motion, wire_payload, wire_size,
				 &head->rect, &image)
		       : sj_tile_decode(from->tiles, wire_payload, wire_size,
				 &head->rect, &image);
	if (step != SJ_STEP_DONE)
		return refuse(from, SJ_REASON_HOST_PIXELS);
	tell_pixels(from, &head->rect, news);
	news->is_motion = head->encoding == SJ_RFB_ENCODING_MOTION;
	/* Between the tiles of one rectangle others may stand as they were. */
	if (!news->is_motion)
		news->part_count = sj_tile_drawn(from->tiles, &news->parts);
	return SJ_STEP_DONE;
}

static enum sj_step read_cursor(struct sj_from_host *from, struct sj_reader *in,
	const struct sj_rect *rect, struct sj_news *news)
{
	struct sj_update_cursor *cursor = &from->cursor;
	size_t size = (size_t)rect->width_px * rect->height_px * 4;

	if (rect->width_px > SJ_LIMIT_CURSOR_PX ||
		rect->height_px > SJ_LIMIT_CURSOR_PX ||
		(size != 0 && (rect->x_px >= rect->width_px ||
				      rect->y_px >= rect->height_px)))
		return refuse(from, SJ_REASON_HOST_CURSOR);
	if (sj_reader_left(in) < size)
		return SJ_STEP_MORE;
	memset(cursor, 0, sizeof(*cursor));
	if (size != 0) {
		cursor->size =
			(struct sj_size){rect->width_px, rect->height_px};
		cursor->hot_x_px = rect->x_px;
		cursor->hot_y_px = rect->y_px;
		if (!sj_read_bytes(in, cursor->pixels, size))
			return SJ_STEP_MORE;
	}
	news->kind = SJ_NEWS_CURSOR;
	news->cursor = cursor;
	return SJ_STEP_DONE;
}

static enum sj_step read_caret(struct sj_from_host *from,
	const struct sj_rect *rect, struct sj_news *news)
{
	const bool is_none = rect->x_px == 0 && rect->y_px == 0 &&
			     rect->width_px == 0 && rect->height_px == 0;

	if (!is_none && !fits(from, rect))
		return refuse(from, SJ_REASON_HOST_CARET);
	news->kind = SJ_NEWS_CARET;
	news->rect = *rect;
	return SJ_STEP_DONE;
}

static enum sj_step read_size(struct sj_from_host *from, struct sj_reader *in,
	const struct sj_rfb_rect_head *head, struct sj_news *news)
{
	struct sj_size was = sj_screen_image(from->screen).size;
	const struct sj_size *size = &news->size.size;
	enum sj_reason reason;
	enum sj_step step =
		sj_rfb_screen_size_parse(in, head, &news->size, &reason);
	bool is_same = size->width_px == was.width_px &&
		       size->height_px == was.height_px;

	if (step == SJ_STEP_REFUSE)
		return refuse(from, reason);
	if (step != SJ_STEP_DONE)
		return step;
	if (size->width_px < SJ_LIMIT_WIDTH_MIN_PX ||
		size->width_px > SJ_LIMIT_WIDTH_PX ||
		size->height_px < SJ_LIMIT_HEIGHT_MIN_PX ||
		size->height_px > SJ_LIMIT_HEIGHT_PX ||
		(news->size.status != 0 && !is_same))
		return refuse(from, SJ_REASON_HOST_SIZE);
	if (!is_same)
		sj_screen_resize(from->screen, size);
	news->kind = SJ_NEWS_SIZE;
	return SJ_STEP_DONE;
}

static enum sj_step read_end(struct sj_from_host *from,
	const struct sj_rect *rect, struct sj_news *news)
{
	unsigned hundreds = rect->x_px / 100u;

	if ((hundreds != 4 && hundreds != 5) || !sj_reason_is_known(rect->x_px))
		return refuse(from, SJ_REASON_HOST_END);
	news->kind = SJ_NEWS_END;
	news->reason = (enum sj_reason)rect->x_px;
	return SJ_STEP_DONE;
}

/* Pixels that follow begin_raw, as many as are there. */
static enum sj_step read_raw(
	struct sj_from_host *from, struct sj_reader *in, struct sj_news *news)
{
	uint32_t area = sj_rect_area(&from->raw);
	const uint32_t before = from->raw_px;
	uint8_t wire[4];

	while (from->raw_px < area && sj_read_bytes(in, wire, sizeof(wire))) {
		sj_screen_set(from->screen, &from->raw, from->raw_px,
			(uint32_t)wire[0] | (uint32_t)wire[1] << 8 |
				(uint32_t)wire[2] << 16);
		from->raw_px++;
	}
	if (from->raw_px < area)
		return from->raw_px > before ? SJ_STEP_DONE : SJ_STEP_MORE;
	from->is_in_raw = false;
	tell_pixels(from, &from->raw, news);
	return SJ_STEP_DONE;
}

static enum sj_step begin_raw(
	struct sj_from_host *from, const struct sj_rect *rect)
{
	if (!fits(from, rect))
		return refuse(from, SJ_REASON_HOST_RECT);
	from->is_in_raw = true;
	from->raw = *rect;
	from->raw_px = 0;
	return SJ_STEP_DONE;
}

static enum sj_step read_body(struct sj_from_host *from, struct sj_reader *in,
	const struct sj_rfb_rect_head *head, struct sj_news *news)
{
	switch (head->encoding) {
	case SJ_RFB_ENCODING_TILE:
	case SJ_RFB_ENCODING_MOTION:
		return read_picture(from, in, head, news);
	case SJ_RFB_ENCODING_COPY_RECT:
		return read_copy(from, in, &head->rect, news);
	case SJ_RFB_ENCODING_RAW:
		return begin_raw(from, &head->rect);
	case SJ_RFB_ENCODING_ALPHA_CURSOR:
		return read_cursor(from, in, &head->rect, news);
	case SJ_RFB_ENCODING_CARET:
		return read_caret(from, &head->rect, news);
	case SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE:
		return read_size(from, in, head, news);
	case SJ_RFB_ENCODING_SESSION_END:
		return read_end(from, &head->rect, news);
	default:
		return refuse(from, SJ_REASON_HOST_ENCODING);
	}
}

/* ---- messages ---- */

static enum sj_step read_rect(
	struct sj_from_host *from, struct sj_reader *in, struct sj_news *news)
{
	struct sj_reader cursor = *in;
	struct sj_rfb_rect_head head;
	enum sj_step step = SJ_STEP_DONE;

	if (from->is_in_raw) {
		step = read_raw(from, &cursor, news);
	} else {
		step = sj_rfb_rect_head_parse(&cursor, &head);
		if (step == SJ_STEP_DONE)
			step = read_body(from, &cursor, &head, news);
	}
	if (step != SJ_STEP_DONE)
		return step;
	*in = cursor;
	if (from->is_in_raw)
		return SJ_STEP_DONE;
	from->rects_left--;
	news->is_update_over = from->rects_left == 0;
	return SJ_STEP_DONE;
}

enum sj_step sj_from_host_next(
	struct sj_from_host *from, struct sj_reader *in, struct sj_news *news)
{
	struct sj_rfb_host_message message;
	enum sj_reason reason;
	enum sj_step step;

	memset(news, 0, sizeof(*news));
	if (from->reason != SJ_REASON_NONE)
		return SJ_STEP_REFUSE;
	if (from->rects_left > 0)
		return read_rect(from, in, news);
	if (sj_reader_left(in) == 0)
		return SJ_STEP_MORE;
	if (in->data[in->at] != SJ_RFB_UPDATE)
		return refuse(from, SJ_REASON_HOST_TYPE);
	step = sj_rfb_host_parse(in, &message, &reason);
	if (step == SJ_STEP_REFUSE)
		return refuse(from, reason);
	if (step == SJ_STEP_DONE)
		from->rects_left = message.u.update.rects;
	return step;
}
