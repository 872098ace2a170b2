/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shown: the picture that the viewer is to see, made of the host's.
 *
 * With neither watermark nor seven-bit colours nor covers it is the host's
 * picture itself; else a copy in which the mark is laid over it, again and
 * again, dark on bright and bright on dark, and the lowest bit of each channel
 * is 0. The host's own picture stays as it is: later pixels of the host refer
 * to it. Pure; allocates in create only.
 */
#ifndef SJ_GUARD_SHOWN_H
#define SJ_GUARD_SHOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guard/screen.h"
#include "protocol/base/attr.h"
#include "protocol/base/rect.h"
#include "protocol/send/update.h"
#include "protocol/tile/tile.h"

#define SJ_MARK_WIDTH_PX 480
#define SJ_MARK_HEIGHT_PX 240
#define SJ_MARK_BYTES ((size_t)SJ_MARK_WIDTH_PX * SJ_MARK_HEIGHT_PX)
#define SJ_SEVEN_BIT 0x00fefefeu

struct sj_shown;

struct sj_shown_settings {
	bool is_seven_bit;
	bool has_covers;     /* sj_shown_cover and _blank are called */
	const uint8_t *mark; /* coverage 0 to 255, SJ_MARK_BYTES of them, row
				by row; copied; NULL: none */
	uint32_t opacity_percent; /* of the mark where its coverage is full */
};

/* Shows screen (keeps). NULL when memory is short. destroy(NULL): nothing. */
SJ_MUST_USE struct sj_shown *sj_shown_create(
	struct sj_screen *screen, const struct sj_shown_settings *settings);
void sj_shown_destroy(struct sj_shown *shown);

/* The screen has another size: all of it is made again. */
void sj_shown_resize(struct sj_shown *shown);

/* The screen has new pixels in rect, which fits. */
void sj_shown_draw(struct sj_shown *shown, const struct sj_rect *rect);

/* Lays a grey block over rect, which fits: until the next draw there. */
void sj_shown_cover(struct sj_shown *shown, const struct sj_rect *rect);

/* The screen has another size: all is black. In place of resize. */
void sj_shown_blank(struct sj_shown *shown);

/* The picture; lends the pixels until the next call. */
struct sj_tile_image sj_shown_image(struct sj_shown *shown);

/* The pointer's image, as the viewer is to have it. */
void sj_shown_cursor(
	const struct sj_shown *shown, struct sj_update_cursor *cursor);

#endif /* SJ_GUARD_SHOWN_H */
