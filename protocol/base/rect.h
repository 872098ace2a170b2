/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rect: rectangles of pixels, origin at the top left.
 */
#ifndef SJ_PROTOCOL_BASE_RECT_H
#define SJ_PROTOCOL_BASE_RECT_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/attr.h"

/* All members in pixels. Empty when width or height is 0. */
struct sj_rect {
	uint16_t x_px;
	uint16_t y_px;
	uint16_t width_px;
	uint16_t height_px;
};

/* width x height in pixels. */
struct sj_size {
	uint16_t width_px;
	uint16_t height_px;
};

/* True if rect is not empty and lies wholly inside size. */
SJ_MUST_USE bool sj_rect_fits(
	const struct sj_rect *rect, const struct sj_size *size);

/* The part of rect inside size; an empty rectangle if there is none. */
struct sj_rect sj_rect_clip(
	const struct sj_rect *rect, const struct sj_size *size);

/* The smallest rectangle holding a and b; an empty one is ignored. */
struct sj_rect sj_rect_join(const struct sj_rect *a, const struct sj_rect *b);

/* Area in pixels. */
uint32_t sj_rect_area(const struct sj_rect *rect);

#endif /* SJ_PROTOCOL_BASE_RECT_H */
