/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/notice.h"

#include <string.h>

#define DIGITS_MAX 10 /* of a 32-bit number */
#define GAP_PX 24

/* left, top: where the part's corner is; may lie outside. */
static void put(const struct sj_tile_image *canvas,
	const struct sj_notice_part *part, int left, int top)
{
	for (int y = 0; y < part->size.height_px; y++) {
		const uint32_t *from =
			part->pixels + (size_t)y * part->size.width_px;
		int row = top + y;

		if (row < 0 || row >= canvas->size.height_px)
			continue;
		for (int x = 0; x < part->size.width_px; x++) {
			int column = left + x;

			if (column < 0 || column >= canvas->size.width_px)
				continue;
			memcpy(canvas->pixels +
					(size_t)row * canvas->stride_bytes +
					(size_t)column * 4,
				&from[x], 4);
		}
	}
}

static void fill(const struct sj_tile_image *canvas)
{
	const uint32_t paper = SJ_NOTICE_PAPER;

	for (size_t y = 0; y < canvas->size.height_px; y++)
		for (size_t x = 0; x < canvas->size.width_px; x++)
			memcpy(canvas->pixels + y * canvas->stride_bytes +
					x * 4,
				&paper, 4);
}

static size_t split(uint32_t number, uint8_t digits[DIGITS_MAX])
{
	uint8_t reversed[DIGITS_MAX];
	size_t count = 0;

	for (; number != 0; number /= 10)
		reversed[count++] = (uint8_t)(number % 10);
	for (size_t i = 0; i < count; i++)
		digits[i] = reversed[count - 1 - i];
	return count;
}

void sj_notice_compose(const struct sj_notice *notice,
	const struct sj_tile_image *canvas, uint32_t number)
{
	uint8_t digits[DIGITS_MAX];
	size_t count = split(number, digits);
	int height = notice->above.size.height_px + GAP_PX +
		     notice->digit[0].size.height_px + GAP_PX +
		     notice->below.size.height_px;
	int top = (canvas->size.height_px - height) / 2;
	int left = canvas->size.width_px;

	fill(canvas);
	put(canvas, &notice->above,
		(canvas->size.width_px - notice->above.size.width_px) / 2, top);
	top += notice->above.size.height_px + GAP_PX;
	for (size_t i = 0; i < count; i++)
		left -= notice->digit[digits[i]].size.width_px;
	left /= 2;
	for (size_t i = 0; i < count; i++) {
		put(canvas, &notice->digit[digits[i]], left, top);
		left += notice->digit[digits[i]].size.width_px;
	}
	top += notice->digit[0].size.height_px + GAP_PX;
	put(canvas, &notice->below,
		(canvas->size.width_px - notice->below.size.width_px) / 2, top);
}
