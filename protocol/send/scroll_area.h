/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scroll_area: which rectangles have moved by a given way.
 *
 * The picture is looked at in strips, one column of tiles wide, row by row of
 * pixels: a row of a strip shows what was there where the way begins, or it
 * stands still, or neither. Rectangles cover what has moved and avoid what
 * stands still. Pure; allocates in create only. See scroll.h for the view.
 */
#ifndef SJ_PROTOCOL_SEND_SCROLL_AREA_H
#define SJ_PROTOCOL_SEND_SCROLL_AREA_H

#include <stdbool.h>
#include <stddef.h>

#include "protocol/base/attr.h"
#include "protocol/send/scroll.h"

/* From where a pixel has come: its old place - its new place. */
struct sj_way {
	int x_px, y_px;
};

/* The box of all suspect tiles, in tiles; right and bottom are behind it. */
struct sj_span {
	size_t left, right, top, bottom;
	size_t suspects; /* tiles */
	bool has_barred; /* there are barred tiles in the picture */
};

struct sj_area;

/* NULL when memory is short. */
SJ_MUST_USE struct sj_area *sj_area_create(void);
void sj_area_destroy(struct sj_area *area);

/* Tiles in a row of view's picture. */
size_t sj_area_columns(const struct sj_scroll_view *view);

/* The box of the suspect tiles; left is not before right if there are none. */
struct sj_span sj_area_span(const struct sj_scroll_view *view);

/*
 * What row y of strip, in a suspect tile, or the one up to three rows above
 * it, is: moved by way (it did not stand still), or something else that is
 * new; or neither.
 */
enum sj_row { SJ_ROW_MOVED, SJ_ROW_NEW, SJ_ROW_SAME };
enum sj_row sj_area_judge(const struct sj_scroll_view *view,
	const struct sj_span *span, const struct sj_way *way, size_t strip,
	size_t y);

/*
 * Finds and applies moves by way as sj_scroll_find does, and adds them to
 * moves. Returns how many.
 */
size_t sj_area_find(struct sj_area *area, struct sj_scroll_view *view,
	const struct sj_way *way, struct sj_moves *moves);

#endif /* SJ_PROTOCOL_SEND_SCROLL_AREA_H */
