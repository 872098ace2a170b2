/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/screen.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/base/limits.h"

#define TILE SJ_LIMIT_TILE_PX
#define TILES(pixels) (((size_t)(pixels) + TILE - 1) / TILE)
#define TILES_MAX (TILES(SJ_LIMIT_WIDTH_PX) * TILES(SJ_LIMIT_HEIGHT_PX))

struct sj_screen {
	uint32_t *pixels;
	struct sj_size size;
	size_t columns, rows; /* of tiles */
	size_t unknown;       /* tiles that are not known */
	bool is_known[TILES_MAX];
};

struct sj_screen *sj_screen_create(void)
{
	struct sj_screen *screen = calloc(1, sizeof(*screen));

	if (!screen)
		return NULL;
	screen->pixels = calloc(1, (size_t)SJ_LIMIT_FRAME_BYTES);
	if (screen->pixels)
		return screen;
	free(screen);
	return NULL;
}

void sj_screen_destroy(struct sj_screen *screen)
{
	if (!screen)
		return;
	free(screen->pixels);
	free(screen);
}

static void move_rows(
	struct sj_screen *screen, const struct sj_size *was, size_t rows)
{
	size_t old_stride = was->width_px, stride = screen->size.width_px;
	size_t shared = old_stride < stride ? old_stride : stride;

	for (size_t i = 0; i < rows; i++) {
		/* Wider: from the last row, or it would run over the next. */
		size_t row = stride > old_stride ? rows - 1 - i : i;

		memmove(screen->pixels + row * stride,
			screen->pixels + row * old_stride, shared * 4);
		memset(screen->pixels + row * stride + shared, 0,
			(stride - shared) * 4);
	}
}

void sj_screen_resize(struct sj_screen *screen, const struct sj_size *size)
{
	const struct sj_size was = screen->size;
	size_t rows = was.height_px < size->height_px ? was.height_px
						      : size->height_px;

	screen->size = *size;
	move_rows(screen, &was, rows);
	memset(screen->pixels + rows * size->width_px, 0,
		(size->height_px - rows) * size->width_px * 4);
	screen->columns = TILES(size->width_px);
	screen->rows = TILES(size->height_px);
	screen->unknown = screen->columns * screen->rows;
	memset(screen->is_known, 0, sizeof(screen->is_known));
}

struct sj_tile_image sj_screen_image(struct sj_screen *screen)
{
	struct sj_tile_image image = {
		.pixels = (uint8_t *)screen->pixels,
		.stride_bytes = (size_t)screen->size.width_px * 4,
		.size = screen->size,
	};

	return image;
}

/* The pixel of a tile column or row whose coming makes it known. */
static size_t last_of(size_t tile, size_t limit_px)
{
	size_t end = (tile + 1) * TILE;

	return (end < limit_px ? end : limit_px) - 1;
}

void sj_screen_know(struct sj_screen *screen, const struct sj_rect *rect)
{
	size_t right = (size_t)rect->x_px + rect->width_px;
	size_t bottom = (size_t)rect->y_px + rect->height_px;

	if (screen->unknown == 0)
		return;
	for (size_t y = rect->y_px / TILE; y < TILES(bottom); y++)
		for (size_t x = rect->x_px / TILE; x < TILES(right); x++) {
			bool *is_known =
				&screen->is_known[y * screen->columns + x];

			if (*is_known ||
				last_of(x, screen->size.width_px) >= right ||
				last_of(y, screen->size.height_px) >= bottom)
				continue;
			*is_known = true;
			screen->unknown--;
		}
}

bool sj_screen_is_known(const struct sj_screen *screen)
{
	return screen->unknown == 0;
}

void sj_screen_copy(struct sj_screen *screen, const struct sj_rect *rect,
	uint16_t from_x_px, uint16_t from_y_px)
{
	size_t stride = screen->size.width_px;

	for (size_t i = 0; i < rect->height_px; i++) {
		/* Downwards from the last row, or it would copy copies. */
		size_t row = from_y_px < rect->y_px
				     ? (size_t)rect->height_px - 1 - i
				     : i;

		memmove(screen->pixels + (rect->y_px + row) * stride +
				rect->x_px,
			screen->pixels + (from_y_px + row) * stride + from_x_px,
			(size_t)rect->width_px * 4);
	}
}

void sj_screen_set(struct sj_screen *screen, const struct sj_rect *rect,
	uint32_t at, uint32_t pixel)
{
	size_t y = (size_t)rect->y_px + at / rect->width_px;
	size_t x = (size_t)rect->x_px + at % rect->width_px;

	screen->pixels[y * screen->size.width_px + x] = pixel & 0x00ffffffu;
}

struct sj_rect sj_screen_round(const struct sj_screen *screen,
	const struct sj_rect *rect, uint32_t grid_px)
{
	struct sj_rect round = *rect;
	uint16_t grid = (uint16_t)grid_px;

	if (grid < 2 || sj_rect_area(rect) == 0)
		return round;
	round.x_px = (uint16_t)(round.x_px / grid * grid);
	round.y_px = (uint16_t)(round.y_px / grid * grid);
	round.width_px = 1;
	round.height_px =
		(uint16_t)((round.height_px + grid - 1) / grid * grid);
	return sj_rect_clip(&round, &screen->size);
}
