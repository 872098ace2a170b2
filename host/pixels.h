/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pixels: rows of the picture that is shown and of the live one.
 *
 * A pixel is B, G, R of a little-endian number; the 4th byte is 0 in what is
 * shown and undefined in what is live. Pictures are lent. Pure.
 */
#ifndef SJ_HOST_PIXELS_H
#define SJ_HOST_PIXELS_H

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

/*
 * True if count pixels are the same. Without a branch on a pixel, and with a
 * number of pixels that is known for whole tiles, so that the compiler can
 * use wide registers.
 */
static inline bool sj_pixels_same(
	const uint32_t *shown, const uint32_t *live, size_t count)
{
	uint32_t difference = 0;

	for (; count >= 16; count -= 16, shown += 16, live += 16)
		for (size_t x = 0; x < 16; x++)
			difference |= shown[x] ^ live[x];
	for (size_t x = 0; x < count; x++)
		difference |= shown[x] ^ live[x];
	return (difference & SJ_PIXEL_COLOUR) == 0;
}

/* Copies count pixels of a live picture to one that is shown. */
static inline void sj_pixels_copy(
	uint32_t *shown, const uint32_t *live, size_t count)
{
	for (; count >= 16; count -= 16, shown += 16, live += 16)
		for (size_t x = 0; x < 16; x++)
			shown[x] = live[x] & SJ_PIXEL_COLOUR;
	for (size_t x = 0; x < count; x++)
		shown[x] = live[x] & SJ_PIXEL_COLOUR;
}

#endif /* SJ_HOST_PIXELS_H */
