/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/send/update.h"

#include <assert.h>

#include "protocol/rfb/encodings.h"
#include "protocol/rfb/msg_host.h"

#define HEAD_BYTES 4
#define RECT_HEAD_BYTES 12
#define SECOND_BYTES 256 /* of a second tile rectangle beyond its tiles */

void sj_update_begin(struct sj_update *update)
{
	update->writer = sj_writer_of(update->data, sizeof(update->data));
	/* The head is written when the number of rectangles is known. */
	update->writer.at = HEAD_BYTES;
	update->rects = 0;
	update->area_px = 0;
	update->drawn_px = 0;
	update->flat = (struct sj_rect){0, 0, 0, 0};
}

bool sj_update_has_room(
	const struct sj_update *update, const struct sj_tile_encoder *encoder)
{
	/* What is being made may have to be finished and another begun. */
	return update->rects + 2 <= SJ_LIMIT_RECTS &&
	       sj_writer_room(&update->writer) >=
		       2 * RECT_HEAD_BYTES + SECOND_BYTES +
			       sj_tile_bound(encoder, 1);
}

/* Keeps what was written since mark if is_whole. */
static bool keep(struct sj_update *update, size_t mark, bool is_whole)
{
	if (is_whole)
		update->rects++;
	else
		update->writer.at = mark;
	return is_whole;
}

static bool add_head(
	struct sj_update *update, const struct sj_rect *rect, int32_t encoding)
{
	const struct sj_rfb_rect_head head = {*rect, encoding};

	return update->rects < SJ_LIMIT_RECTS &&
	       sj_rfb_rect_head_build(&update->writer, &head);
}

/* Finishes the tile rectangle that is being made. */
static void finish_tiles(
	struct sj_update *update, struct sj_tile_encoder *encoder)
{
	struct sj_writer head =
		sj_writer_of(update->data + update->writer.at, RECT_HEAD_BYTES);
	struct sj_rfb_rect_head wire = {.encoding = SJ_RFB_ENCODING_TILE};
	size_t drawn_px = sj_tile_drawn_px(encoder);
	bool is_whole = sj_write_zeros(&update->writer, RECT_HEAD_BYTES) &&
			sj_tile_end(encoder, &update->writer, &wire.rect) ==
				SJ_STEP_DONE &&
			sj_rfb_rect_head_build(&head, &wire);

	/* The decoder has to see everything that was encoded. */
	assert(is_whole);
	update->area_px += sj_rect_area(&wire.rect);
	update->drawn_px += drawn_px;
	update->rects++;
}

void sj_update_add_tile(struct sj_update *update,
	struct sj_tile_encoder *encoder, const struct sj_tile_image *image,
	const struct sj_rect *rect)
{
	if (!sj_tile_takes(encoder, rect))
		finish_tiles(update, encoder);
	sj_tile_add(encoder, image, rect);
}

void sj_update_add_keep(struct sj_update *update,
	struct sj_tile_encoder *encoder, const struct sj_tile_image *image,
	const struct sj_rect *rect)
{
	if (!sj_tile_takes(encoder, rect))
		finish_tiles(update, encoder);
	sj_tile_keep(encoder, image, rect);
}

bool sj_update_add_cursor(
	struct sj_update *update, const struct sj_update_cursor *cursor)
{
	const struct sj_rect rect = {cursor->hot_x_px, cursor->hot_y_px,
		cursor->size.width_px, cursor->size.height_px};
	size_t mark = update->writer.at;
	size_t bytes = (size_t)rect.width_px * rect.height_px * 4;

	return keep(update, mark,
		bytes <= sizeof(cursor->pixels) &&
			add_head(update, &rect, SJ_RFB_ENCODING_ALPHA_CURSOR) &&
			sj_write_bytes(&update->writer, cursor->pixels, bytes));
}

bool sj_update_add_shape(struct sj_update *update, enum sj_rfb_shape shape)
{
	const struct sj_rect rect = {.x_px = (uint16_t)shape};

	return keep(update, update->writer.at,
		add_head(update, &rect, SJ_RFB_ENCODING_SHAPE));
}

bool sj_update_add_caret(struct sj_update *update, const struct sj_rect *rect)
{
	return keep(update, update->writer.at,
		add_head(update, rect, SJ_RFB_ENCODING_CARET));
}

bool sj_update_add_size(
	struct sj_update *update, const struct sj_rfb_screen_size *screen)
{
	return keep(update, update->writer.at,
		update->rects < SJ_LIMIT_RECTS &&
			sj_rfb_screen_size_build(&update->writer, screen));
}

bool sj_update_add_copy(struct sj_update *update, const struct sj_move *move)
{
	bool is_whole = keep(update, update->writer.at,
		add_head(update, &move->to, SJ_RFB_ENCODING_COPY_RECT) &&
			sj_write_u16(&update->writer, move->from_x_px) &&
			sj_write_u16(&update->writer, move->from_y_px));

	if (is_whole)
		update->area_px += sj_rect_area(&move->to);
	return is_whole;
}

size_t sj_update_motion_room(
	const struct sj_update *update, const struct sj_tile_encoder *encoder)
{
	size_t room = sj_writer_room(&update->writer);
	size_t taken = RECT_HEAD_BYTES;

	if (sj_tile_is_open(encoder))
		taken += RECT_HEAD_BYTES + sj_tile_bound(encoder, 0);
	if (update->rects + 2 > SJ_LIMIT_RECTS || room < taken)
		return 0;
	return room - taken;
}

bool sj_update_add_motion(struct sj_update *update,
	struct sj_tile_encoder *encoder, const struct sj_update_motion *motion)
{
	size_t mark;
	bool is_whole;

	if (sj_tile_is_open(encoder))
		finish_tiles(update, encoder);
	mark = update->writer.at;
	is_whole = keep(update, mark,
		add_head(update, &motion->rect, SJ_RFB_ENCODING_MOTION) &&
			motion->codec->encode(motion->codec->self,
				motion->image, &motion->rect, motion->quality,
				&update->writer) == SJ_STEP_DONE);
	if (is_whole)
		update->area_px += sj_rect_area(&motion->rect);
	return is_whole;
}

size_t sj_update_end(struct sj_update *update, struct sj_tile_encoder *encoder,
	const uint8_t **data)
{
	struct sj_rfb_host_message head = {.type = SJ_RFB_UPDATE};
	struct sj_writer writer = sj_writer_of(update->data, HEAD_BYTES);

	if (sj_tile_is_open(encoder))
		finish_tiles(update, encoder);
	head.u.update.rects = update->rects;
	if (update->rects == 0 || !sj_rfb_host_build(&writer, &head))
		return 0;
	*data = update->data;
	return update->writer.at;
}
