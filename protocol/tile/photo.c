/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/tile/photo.h"

#include "protocol/tile/format.h"

/* The median of left, above and left + above - corner (above left). */
static inline int predict(int left, int above, int corner)
{
	int low = left < above ? left : above;
	int high = left < above ? above : left;
	int sum = left + above - corner;

	sum = sum < low ? low : sum;
	return sum > high ? high : sum;
}

/* The same of bytes alone, so that sixteen go into a register. */
static inline uint8_t predict_byte(uint8_t left, uint8_t above, uint8_t corner)
{
	uint8_t low = left < above ? left : above;
	uint8_t high = left < above ? above : left;
	uint8_t sum = (uint8_t)(left + above - corner);

	sum = corner >= high ? low : sum;
	return corner <= low ? high : sum;
}

/* Residuals of one plane, whose values have no gap between rows. All of them
 * are written: the analyser does not see that their number is width x height.
 */
static void predict_plane(
	const uint8_t *value, size_t width, size_t height, uint8_t *residual)
{
	/* NOLINTNEXTLINE(clang-analyzer-core*) */
	residual[0] = value[0];
	for (size_t x = 1; x < width; x++)
		/* NOLINTNEXTLINE(clang-analyzer-core*) */
		residual[x] = (uint8_t)(value[x] - value[x - 1]);
	for (size_t y = 1; y < height; y++) {
		const uint8_t *row = value + y * width;
		const uint8_t *up = row - width;
		uint8_t *out = residual + y * width;

		out[0] = (uint8_t)(row[0] - up[0]);
		for (size_t x = 1; x < width; x++)
			out[x] = (uint8_t)(row[x] - predict_byte(row[x - 1],
							    up[x], up[x - 1]));
	}
}

void sj_photo_take(const uint32_t *pixels, size_t width, size_t height,
	uint8_t *const plane[3])
{
	uint8_t value[3][SJ_TILE_CELL_AREA];
	size_t count = width * height;

	for (size_t i = 0; i < count; i++) {
		uint32_t pixel = pixels[i];
		uint8_t green = (uint8_t)(pixel >> 8);

		value[0][i] = green;
		value[1][i] = (uint8_t)((pixel >> 16) - green);
		value[2][i] = (uint8_t)(pixel - green);
	}
	for (int i = 0; i < 3; i++)
		predict_plane(value[i], width, height, plane[i]);
}

static uint32_t pixel_of(const uint8_t *value)
{
	uint32_t green = value[0];

	return ((value[1] + green) & 0xff) << 16 | green << 8 |
	       ((value[2] + green) & 0xff);
}

/* The three planes side by side: their chains of sums overlap in time. */
static void give_row(uint32_t *out, size_t width, const uint8_t *residual[3],
	uint8_t (*up)[3])
{
	uint8_t left[3] = {0, 0, 0};
	uint8_t corner[3] = {0, 0, 0};

	for (size_t x = 0; x < width; x++) {
		for (int i = 0; i < 3; i++) {
			uint8_t above = up[x][i];
			/* Left of the row stands what is above its first. */
			int guess = x == 0 ? above
					   : predict(left[i], above, corner[i]);

			left[i] = (uint8_t)(*residual[i]++ + guess);
			corner[i] = above;
			up[x][i] = left[i];
		}
		out[x] = pixel_of(left);
	}
}

void sj_photo_give(uint32_t *pixels, size_t width, size_t height,
	const uint8_t *const plane[3])
{
	const uint8_t *residual[3] = {plane[0], plane[1], plane[2]};
	uint8_t up[SJ_TILE_CELL_PX][3];
	uint8_t left[3] = {0, 0, 0};

	for (size_t x = 0; x < width; x++) {
		for (int i = 0; i < 3; i++) {
			left[i] = (uint8_t)(left[i] + *residual[i]++);
			up[x][i] = left[i];
		}
		pixels[x] = pixel_of(left);
	}
	for (size_t y = 1; y < height; y++)
		give_row(pixels + y * width, width, residual, up);
}
