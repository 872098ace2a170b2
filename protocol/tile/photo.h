/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * photo: pixels to planes of prediction residuals and back, byte-exact.
 *
 * Planes: G, R - G, B - G, modulo 256; each value less the median of left,
 * above and left + above - (above left). Pure; any input gives some pixels.
 */
#ifndef SJ_PROTOCOL_TILE_PHOTO_H
#define SJ_PROTOCOL_TILE_PHOTO_H

#include <stddef.h>
#include <stdint.h>

/* width x height pixels, rows without a gap, to the same number of residuals
 * at each of plane[0..2]. At most 64x64. */
void sj_photo_take(const uint32_t *pixels, size_t width, size_t height,
	uint8_t *const plane[3]);

/* The way back. */
void sj_photo_give(uint32_t *pixels, size_t width, size_t height,
	const uint8_t *const plane[3]);

#endif /* SJ_PROTOCOL_TILE_PHOTO_H */
