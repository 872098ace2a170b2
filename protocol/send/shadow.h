/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shadow: the picture as it was last sent, and what may differ from it now.
 *
 * Damage says where to look, the comparison (64x64 tiles, only B, G, R of a
 * pixel count) says what really changed, trimmed to the changed box. The
 * pixels are copied here first and encoded from here: what is sent and what
 * is remembered cannot differ, however the display draws meanwhile. Pure: no
 * I/O; allocates in create only. Not thread-safe.
 */
#ifndef SJ_PROTOCOL_SEND_SHADOW_H
#define SJ_PROTOCOL_SEND_SHADOW_H

#include <stdbool.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/rect.h"
#include "protocol/send/scroll.h"
#include "protocol/tile/tile.h"

struct sj_shadow;

/*
 * A black picture of size max, of which nothing has been sent. NULL when
 * memory is short or max exceeds SJ_LIMIT_WIDTH_PX x SJ_LIMIT_HEIGHT_PX.
 */
SJ_MUST_USE struct sj_shadow *sj_shadow_create(const struct sj_size *max);
void sj_shadow_destroy(struct sj_shadow *shadow);

/* The largest size that the picture can have. */
struct sj_size sj_shadow_max(const struct sj_shadow *shadow);

/*
 * Gives the picture another size: it is black and nothing has been sent.
 * SJ_ERR_LIMIT, nothing changed, when size is empty or beyond max.
 */
SJ_MUST_USE enum sj_err sj_shadow_resize(
	struct sj_shadow *shadow, const struct sj_size *size);

/*
 * The picture: stride is width x 4, the 4th byte of every pixel is 0. Lends
 * the pixels until the next resize; only finding something changes them.
 */
struct sj_tile_image sj_shadow_image(struct sj_shadow *shadow);

/*
 * What rect covers may have changed; parts outside the picture are ignored.
 * While a pass is under way, parts above where it is wait for the next one.
 */
void sj_shadow_damage(struct sj_shadow *shadow, const struct sj_rect *rect);

/* Everything has to be sent again, changed or not: a new viewer. */
void sj_shadow_forget(struct sj_shadow *shadow);

/* True if sj_shadow_next may find something. */
bool sj_shadow_has_work(const struct sj_shadow *shadow);

/*
 * Finds what has only moved in live since the last damage, moves it in the
 * picture, too, and returns how many of moves (SJ_SCROLL_MOVES) the viewer
 * has to be told, in order. Their area is at most 5/4 of the picture. What
 * has to be drawn besides is left to sj_shadow_next.
 */
SJ_MUST_USE size_t sj_shadow_find_moves(struct sj_shadow *shadow,
	const struct sj_tile_image *live, struct sj_move *moves);

/*
 * Finds the next tile that differs from live (at least as large as the
 * picture; read once for the comparison and once for the copy), copies its
 * changed box to the picture and gives the box in *rect. False when the pass
 * over the picture is over; sj_shadow_has_work tells whether another has
 * something to look at.
 */
SJ_MUST_USE bool sj_shadow_next(struct sj_shadow *shadow,
	const struct sj_tile_image *live, struct sj_rect *rect);

/* True if little was damaged and nothing moved since the last rest. */
bool sj_shadow_is_calm(const struct sj_shadow *shadow);

/*
 * Nothing was damaged for a while: what was since the last rest is looked at
 * once more, whole tiles, in case the display drew while it was read. Ends
 * with the next damage.
 */
void sj_shadow_rest(struct sj_shadow *shadow);

/* True if sj_shadow_next_moved may find something. */
bool sj_shadow_has_moved(const struct sj_shadow *shadow);

/*
 * While at rest and all is sent: the next tile that moves have changed and
 * that was not drawn since. Each is told once. False when there is none.
 */
SJ_MUST_USE bool sj_shadow_next_moved(
	struct sj_shadow *shadow, struct sj_rect *rect);

/*
 * Tiles in motion (protocol/send/moving.h says which) are passed over by
 * sj_shadow_next, and what was sent of them is lossy until they are given once
 * more when they no longer move. Tiles are numbered row by row.
 */

/* The tile in which a pixel of the picture lies. */
size_t sj_shadow_tile_at(
	const struct sj_shadow *shadow, uint16_t x_px, uint16_t y_px);

/* What sj_shadow_next has just given of tile is not sent as it gave it: the
 * tile is in motion from now on, and lossy. */
void sj_shadow_take_for_motion(struct sj_shadow *shadow, size_t tile);

/* The tile is not in motion any more. */
void sj_shadow_stop_motion(struct sj_shadow *shadow, size_t tile);
bool sj_shadow_is_moving(const struct sj_shadow *shadow, size_t at);

/* True if any tile is in motion; if one of those may have changed. */
bool sj_shadow_has_moving(const struct sj_shadow *shadow);
bool sj_shadow_has_motion(const struct sj_shadow *shadow);

/*
 * Finds the next tile in motion from *tile on that may have changed. Its
 * changed box is copied to the picture and given in *rect, and the viewer's
 * pixels of that tile count as lossy; *rect is empty if nothing differs.
 * Begin with 0; go on with *tile + 1. False when there is none.
 */
SJ_MUST_USE bool sj_shadow_next_motion(struct sj_shadow *shadow,
	const struct sj_tile_image *live, size_t *tile, struct sj_rect *rect);

/* True if sj_shadow_next_repair finds something. */
bool sj_shadow_has_repair(const struct sj_shadow *shadow);

/*
 * Finds a tile that is lossy and no longer in motion, copies all of it to the
 * picture and gives it in *rect: it is to be sent losslessly.
 */
SJ_MUST_USE bool sj_shadow_next_repair(struct sj_shadow *shadow,
	const struct sj_tile_image *live, struct sj_rect *rect);

#endif /* SJ_PROTOCOL_SEND_SHADOW_H */
