/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pixels: rows of the picture that is shown and of the live one.
 *
 * A pixel is B, G, R of a little-endian number; the 4th byte is 0 in what is
 * shown and undefined in what is live. Pictures are lent. Pure.
 */
#ifndef SJ_PROTOCOL_SEND_PIXELS_H
#define SJ_PROTOCOL_SEND_PIXELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/limits.h"
#include "protocol/tile/tile.h"

#define SJ_PIXEL_COLOUR 0x00ffffffu

/* The pixel at x, y of image, whose rows are whole aligned pixels. */
static inline uint32_t *sj_pixels_at(
	const struct sj_tile_image *image, size_t x, size_t y)
{
	void *at = image->pixels + y * image->stride_bytes + x * 4;

	return at;
}

/* Pixels of a block: the compiler knows the number, and by restrict that no
 * two meet, and uses wide registers. */
#define SJ_PIXEL_BLOCK 64

/* True if count pixels are the same. No branch depends on a pixel. */
static inline bool sj_pixels_same(
	const uint32_t *shown, const uint32_t *live, size_t count)
{
	uint32_t difference = 0;

	for (; count >= SJ_PIXEL_BLOCK; count -= SJ_PIXEL_BLOCK) {
#pragma GCC unroll 8
		for (size_t x = 0; x < SJ_PIXEL_BLOCK; x++)
			difference |= shown[x] ^ live[x];
		shown += SJ_PIXEL_BLOCK;
		live += SJ_PIXEL_BLOCK;
	}
	for (size_t x = 0; x < count; x++)
		difference |= shown[x] ^ live[x];
	return (difference & SJ_PIXEL_COLOUR) == 0;
}

/* Copies count pixels of a live picture to one that is shown. */
static inline void sj_pixels_copy(
	uint32_t *restrict shown, const uint32_t *restrict live, size_t count)
{
	for (; count >= SJ_PIXEL_BLOCK; count -= SJ_PIXEL_BLOCK) {
		for (size_t x = 0; x < SJ_PIXEL_BLOCK; x++)
			shown[x] = live[x] & SJ_PIXEL_COLOUR;
		shown += SJ_PIXEL_BLOCK;
		live += SJ_PIXEL_BLOCK;
	}
	for (size_t x = 0; x < count; x++)
		shown[x] = live[x] & SJ_PIXEL_COLOUR;
}

#endif /* SJ_PROTOCOL_SEND_PIXELS_H */
