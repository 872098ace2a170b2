/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mask: a text as a bitmap of coverage, made by pango and cairo.
 *
 * Fonts are opened here, so all masks are made before the process is
 * confined; drawing them afterwards is arithmetic on memory.
 */
#ifndef SJ_VIEWER_MASK_H
#define SJ_VIEWER_MASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/rect.h"

/* alpha: width x height bytes, 0 nothing to 255 text; NULL when empty. */
struct sj_mask {
	uint16_t width_px;
	uint16_t height_px;
	uint8_t *alpha;
};

struct sj_mask_style {
	const char *font;     /* pango's words, e.g. "Sans Bold 12" */
	const char *language; /* "ja" or "en": decides the glyph forms */
	int wrap_px;          /* lines are broken at this width; 0: never */
};

/*
 * Draws text (UTF-8). SJ_ERR_MEMORY or SJ_ERR_LIMIT (larger than a screen) on
 * failure; *mask is then empty.
 */
SJ_MUST_USE enum sj_err sj_mask_make(struct sj_mask *mask, const char *text,
	const struct sj_mask_style *style);

/* Frees the bitmap; an empty mask may be finished. */
void sj_mask_finish(struct sj_mask *mask);

/*
 * Releases the fonts. The threads that pango started for its searches end then,
 * for which sj_confine waits. Masks stay; new ones can be made.
 */
void sj_mask_release_fonts(void);

/* A picture of 0x00RRGGBB words, stride in pixels. */
struct sj_canvas {
	uint32_t *pixels;
	size_t stride_px;
	struct sj_size size;
};

/* Blends color through mask at x, y; what lies outside is left out. */
void sj_canvas_draw_mask(struct sj_canvas *canvas, const struct sj_mask *mask,
	int x_px, int y_px, uint32_t color);

/* Fills the part of rect inside canvas with color. */
void sj_canvas_fill(
	struct sj_canvas *canvas, const struct sj_rect *rect, uint32_t color);

#endif /* SJ_VIEWER_MASK_H */
