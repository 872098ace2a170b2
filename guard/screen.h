/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * screen: the picture as the host has sent it, and how much of it is known.
 *
 * A pixel is B, G, R of a little-endian number, the 4th byte is 0; rows follow
 * each other without a gap. After a change of size nothing is known: a tile is
 * once pixels of its last corner have come. Rectangles are checked by the
 * caller. Pure; allocates in create only.
 */
#ifndef SJ_GUARD_SCREEN_H
#define SJ_GUARD_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/rect.h"
#include "protocol/tile/tile.h"

struct sj_screen;

/* A screen of no size; NULL when memory is short. destroy(NULL): nothing. */
SJ_MUST_USE struct sj_screen *sj_screen_create(void);
void sj_screen_destroy(struct sj_screen *screen);

/*
 * Gives the screen another size (within SJ_LIMIT_*): what both sizes share
 * stays where it was, the rest is black, none of it counts as known.
 */
void sj_screen_resize(struct sj_screen *screen, const struct sj_size *size);

/* The picture; lends the pixels until the next resize. */
struct sj_tile_image sj_screen_image(struct sj_screen *screen);

/* Pixels of rect (which fits) have come. */
void sj_screen_know(struct sj_screen *screen, const struct sj_rect *rect);

/* True if every tile of the screen is known. */
bool sj_screen_is_known(const struct sj_screen *screen);

/* Copies what is at from_x_px, from_y_px to rect; both fit, may overlap. */
void sj_screen_copy(struct sj_screen *screen, const struct sj_rect *rect,
	uint16_t from_x_px, uint16_t from_y_px);

/* Sets pixel number at (row by row) of rect, which fits. */
void sj_screen_set(struct sj_screen *screen, const struct sj_rect *rect,
	uint32_t at, uint32_t pixel);

/* The caret hint is a place for the input method's window: roughly will do.
 * rect (which fits, or is empty) at multiples of grid_px, a pixel wide. */
struct sj_rect sj_screen_round(const struct sj_screen *screen,
	const struct sj_rect *rect, uint32_t grid_px);

#endif /* SJ_GUARD_SCREEN_H */
