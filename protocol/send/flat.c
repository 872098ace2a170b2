/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/send/flat.h"

#include <assert.h>

#include "protocol/rfb/encodings.h"
#include "protocol/rfb/msg_host.h"
#include "protocol/rfb/payload.h"

#define HEAD_BYTES 16 /* of a rectangle, with the length of its payload */
#define TILE_AREA_PX (SJ_LIMIT_TILE_PX * SJ_LIMIT_TILE_PX)
#define GATHERED_AREA_PX (2 * TILE_AREA_PX) /* of one rectangle at most */
#define RAW_AREA_PX 4 /* so few pixels are shorter as they are */

static size_t bound(uint16_t width_px, uint16_t height_px)
{
	const struct sj_rect rect = {0, 0, width_px, height_px};

	return HEAD_BYTES +
	       (size_t)sj_rfb_payload_bound(SJ_RFB_ENCODING_ZLIB, &rect);
}

bool sj_flat_has_room(const struct sj_update *update)
{
	return update->rects + 2 <= SJ_LIMIT_RECTS &&
	       sj_writer_room(&update->writer) >=
		       bound(2 * SJ_LIMIT_TILE_PX, SJ_LIMIT_TILE_PX) +
			       bound(SJ_LIMIT_TILE_PX, SJ_LIMIT_TILE_PX);
}

/* True if rect is to the right of what is gathered and of its height. */
static bool continues(const struct sj_rect *all, const struct sj_rect *rect)
{
	return sj_rect_area(all) != 0 && rect->y_px == all->y_px &&
	       rect->height_px == all->height_px &&
	       rect->x_px == all->x_px + all->width_px &&
	       sj_rect_area(all) + sj_rect_area(rect) <= GATHERED_AREA_PX;
}

static bool write_raw(struct sj_writer *out, const struct sj_tile_image *image,
	const struct sj_rect *rect)
{
	bool is_whole = true;

	for (size_t y = rect->y_px; y < (size_t)rect->y_px + rect->height_px;
		y++) {
		const uint8_t *row = image->pixels + y * image->stride_bytes;

		for (size_t x = rect->x_px;
			x < (size_t)rect->x_px + rect->width_px; x++)
			is_whole &= sj_write_bytes(out, row + x * 4, 3) &&
				    sj_write_zeros(out, 1);
	}
	return is_whole;
}

void sj_flat_flush(struct sj_update *update, const struct sj_update_flat *flat,
	const struct sj_tile_image *image)
{
	struct sj_rfb_rect_head head = {update->flat, SJ_RFB_ENCODING_ZLIB};
	const struct sj_rect none = {0, 0, 0, 0};
	struct sj_writer *out = &update->writer;
	bool is_whole;

	if (sj_rect_area(&head.rect) == 0)
		return;
	if (sj_rect_area(&head.rect) <= RAW_AREA_PX)
		head.encoding = SJ_RFB_ENCODING_RAW;
	is_whole = sj_rfb_rect_head_build(out, &head);
	if (head.encoding == SJ_RFB_ENCODING_RAW)
		is_whole &= write_raw(out, image, &head.rect);
	else
		is_whole &= flat->encode(flat->self, image, &head.rect, out) ==
			    SJ_STEP_DONE;
	/* Room was asked for before anything was added. */
	assert(is_whole);
	update->rects++;
	update->flat = none;
}

void sj_flat_add(struct sj_update *update, const struct sj_update_flat *flat,
	const struct sj_tile_image *image, const struct sj_rect *rect)
{
	update->area_px += sj_rect_area(rect);
	if (continues(&update->flat, rect)) {
		update->flat.width_px =
			(uint16_t)(update->flat.width_px + rect->width_px);
		return;
	}
	sj_flat_flush(update, flat, image);
	update->flat = *rect;
}
