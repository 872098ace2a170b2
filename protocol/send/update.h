/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * update: builds one FramebufferUpdate of our own in memory.
 *
 * At most SJ_LIMIT_UPDATE_BYTES; a rectangle that does not fit is refused and
 * the update stays whole. Pure: no I/O, no allocation.
 */
#ifndef SJ_PROTOCOL_SEND_UPDATE_H
#define SJ_PROTOCOL_SEND_UPDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/bytes.h"
#include "protocol/base/limits.h"
#include "protocol/base/rect.h"
#include "protocol/rfb/types.h"
#include "protocol/send/scroll.h"
#include "protocol/tile/tile.h"

struct sj_update {
	uint8_t data[SJ_LIMIT_UPDATE_BYTES];
	struct sj_writer writer;
	uint16_t rects;
	uint64_t area_px;    /* of the rectangles of pixels that are finished */
	uint64_t drawn_px;   /* in those of tiles, as by sj_tile_drawn_px */
	struct sj_rect flat; /* gathered by protocol/send/flat.h; empty: none */
};

/* A cursor image: width x height pixels of B, G, R, A, and its hot spot. */
struct sj_update_cursor {
	struct sj_size size; /* 0x0: no cursor is shown */
	uint16_t hot_x_px, hot_y_px;
	uint8_t pixels[SJ_LIMIT_CURSOR_PX * SJ_LIMIT_CURSOR_PX * 4];
};

/* A codec of the motion encoding: protocol/motion/motion.h, or a test's. */
struct sj_update_codec {
	void *self;
	/* As sj_motion_encode. */
	enum sj_step (*encode)(void *self, const struct sj_tile_image *image,
		const struct sj_rect *rect, int quality, struct sj_writer *out);
	void (*reset)(void *self);
};

/* A codec of Zlib: protocol/tile/flat.h, or a test's. */
struct sj_update_flat {
	void *self;
	/* As sj_flat_encode. */
	enum sj_step (*encode)(void *self, const struct sj_tile_image *image,
		const struct sj_rect *rect, struct sj_writer *out);
	void (*reset)(void *self);
};

/* A picture to be added as one motion rectangle. */
struct sj_update_motion {
	const struct sj_update_codec *codec;
	const struct sj_tile_image *image;
	struct sj_rect rect; /* not empty, inside image */
	int quality;
};

/* Starts an empty update. */
void sj_update_begin(struct sj_update *update);

/* True if sj_update_add_tile may be called. */
SJ_MUST_USE bool sj_update_has_room(
	const struct sj_update *update, const struct sj_tile_encoder *encoder);

/*
 * Adds what image shows in rect, which lies inside one tile of the screen.
 * Tiles share rectangles as far as they lie together; behind them only
 * motion and more tiles may be added. Everything that was encoded has to reach
 * the viewer.
 */
void sj_update_add_tile(struct sj_update *update,
	struct sj_tile_encoder *encoder, const struct sj_tile_image *image,
	const struct sj_rect *rect);

/* The same for a whole tile that is shown and only to be kept (see
 * sj_tile_keep); what is kept already adds nothing. */
void sj_update_add_keep(struct sj_update *update,
	struct sj_tile_encoder *encoder, const struct sj_tile_image *image,
	const struct sj_rect *rect);

/* Each appends one rectangle; false, nothing written, if it does not fit. */
SJ_MUST_USE bool sj_update_add_cursor(
	struct sj_update *update, const struct sj_update_cursor *cursor);
SJ_MUST_USE bool sj_update_add_shape(
	struct sj_update *update, enum sj_rfb_shape shape);
SJ_MUST_USE bool sj_update_add_caret(
	struct sj_update *update, const struct sj_rect *rect);
SJ_MUST_USE bool sj_update_add_size(
	struct sj_update *update, const struct sj_rfb_screen_size *screen);
SJ_MUST_USE bool sj_update_add_copy(
	struct sj_update *update, const struct sj_move *move);

/* Bytes, U32 length included, that a motion rectangle may have now. */
size_t sj_update_motion_room(
	const struct sj_update *update, const struct sj_tile_encoder *encoder);

/* Appends one motion rectangle, behind the tiles that encoder has open. */
SJ_MUST_USE bool sj_update_add_motion(struct sj_update *update,
	struct sj_tile_encoder *encoder, const struct sj_update_motion *motion);

/*
 * Finishes the update; lends its bytes in *data. Returns their number, 0
 * when it holds no rectangle.
 */
size_t sj_update_end(struct sj_update *update, struct sj_tile_encoder *encoder,
	const uint8_t **data);

#endif /* SJ_PROTOCOL_SEND_UPDATE_H */
