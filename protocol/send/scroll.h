/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scroll: finds what has only moved, so that it need not be sent again.
 *
 * Vertical and horizontal moves, each rectangle for itself: what stands still
 * beside or above does not matter. A few lines give a guess of the
 * distance, the pixels decide. Moves are applied to the picture that the
 * viewer shows, as the viewer will apply them; the display may draw
 * meanwhile. Pure; allocates in create only. Work is bounded by the area
 * that is suspect; nothing is done if that is small.
 */
#ifndef SJ_PROTOCOL_SEND_SCROLL_H
#define SJ_PROTOCOL_SEND_SCROLL_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/rect.h"
#include "protocol/tile/tile.h"

/* Most moves of one frame that are worth their bytes. */
#define SJ_SCROLL_MOVES 16

struct sj_scroll;

/* What is known of a tile of SJ_LIMIT_TILE_PX. */
enum sj_scroll_tile {
	SJ_SCROLL_EQUAL,   /* shown as live */
	SJ_SCROLL_SUSPECT, /* shown, and perhaps not as live */
	SJ_SCROLL_BARRED   /* not to be moved from, nor to */
};

/* Rows of both pictures are whole 4-byte pixels, aligned. */
struct sj_scroll_view {
	struct sj_tile_image shown;       /* 4th byte of every pixel 0 */
	const struct sj_tile_image *live; /* as large at least */
	uint8_t *tiles;                   /* of shown, row by row */
};

/* A CopyRect: to is drawn with what from has shown; both are inside. */
struct sj_move {
	struct sj_rect to;
	uint16_t from_x_px, from_y_px;
};

/* The moves found so far, count of at most max; budget_px is the area that
 * further ones may have at most. */
struct sj_moves {
	struct sj_move *move;
	size_t count, max;
	uint64_t budget_px;
};

/* NULL when memory is short. */
SJ_MUST_USE struct sj_scroll *sj_scroll_create(void);
void sj_scroll_destroy(struct sj_scroll *scroll);

/*
 * Finds moves into suspect tiles, applies them to view->shown, updates
 * view->tiles (what has become equal and what has to be compared), and adds
 * them to moves in the order in which a viewer has to apply them.
 */
void sj_scroll_find(struct sj_scroll *scroll, struct sj_scroll_view *view,
	struct sj_moves *moves);

#endif /* SJ_PROTOCOL_SEND_SCROLL_H */
