/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/shown.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/base/limits.h"

/* Of a cover; with seven bits as well. */
#define FACE 0x00a0a0a0u
#define FRAME 0x00404040u
#define FRAME_PX 3

struct sj_shown {
	struct sj_screen *screen;
	uint32_t *pixels; /* NULL: the screen's are shown */
	uint32_t mask;
	uint8_t *weight; /* of the ink, 0 to 255, per pixel of the mark; NULL */
};

static bool make_weight(
	struct sj_shown *shown, const struct sj_shown_settings *settings)
{
	shown->weight = malloc(SJ_MARK_BYTES);
	if (!shown->weight)
		return false;
	for (size_t i = 0; i < SJ_MARK_BYTES; i++)
		shown->weight[i] = (uint8_t)(settings->mark[i] *
					     settings->opacity_percent / 100);
	return true;
}

struct sj_shown *sj_shown_create(
	struct sj_screen *screen, const struct sj_shown_settings *settings)
{
	struct sj_shown *shown = calloc(1, sizeof(*shown));

	if (!shown)
		return NULL;
	shown->screen = screen;
	shown->mask = settings->is_seven_bit ? SJ_SEVEN_BIT : 0x00ffffffu;
	if (!settings->is_seven_bit && !settings->mark && !settings->has_covers)
		return shown;
	shown->pixels = calloc(1, (size_t)SJ_LIMIT_FRAME_BYTES);
	if (shown->pixels && (!settings->mark || make_weight(shown, settings)))
		return shown;
	sj_shown_destroy(shown);
	return NULL;
}

void sj_shown_destroy(struct sj_shown *shown)
{
	if (!shown)
		return;
	free(shown->pixels);
	free(shown->weight);
	free(shown);
}

void sj_shown_resize(struct sj_shown *shown)
{
	struct sj_size size = sj_screen_image(shown->screen).size;
	const struct sj_rect all = {
		.width_px = size.width_px, .height_px = size.height_px};

	sj_shown_draw(shown, &all);
}

/* One channel of pixel, drawn towards ink (0 or 255) by weight. */
static uint32_t blend(
	uint32_t pixel, unsigned shift, uint32_t ink, uint32_t weight)
{
	uint32_t was = pixel >> shift & 0xff;

	return ((was * (255 - weight) + ink * weight + 127) / 255) << shift;
}

static uint32_t with_mark(uint32_t pixel, uint32_t weight)
{
	uint32_t green = pixel >> 8 & 0xff;
	uint32_t bright = (pixel & 0xff) + 2 * green + (pixel >> 16 & 0xff);
	uint32_t ink = bright > 2 * 255 ? 0 : 255;

	return blend(pixel, 0, ink, weight) | blend(pixel, 8, ink, weight) |
	       blend(pixel, 16, ink, weight);
}

static void copy_row(uint32_t *restrict to, const uint32_t *restrict from,
	size_t count, uint32_t mask)
{
	for (size_t i = 0; i < count; i++)
		to[i] = from[i] & mask;
}

static void draw_row(struct sj_shown *shown, const struct sj_rect *rect,
	size_t y, const uint32_t *from)
{
	struct sj_tile_image image = sj_screen_image(shown->screen);
	size_t row = y * image.size.width_px;
	const uint8_t *weight;

	if (!shown->weight) {
		copy_row(shown->pixels + row + rect->x_px,
			from + row + rect->x_px, rect->width_px, shown->mask);
		return;
	}
	weight = shown->weight + y % SJ_MARK_HEIGHT_PX * SJ_MARK_WIDTH_PX;
	for (size_t x = rect->x_px; x < (size_t)rect->x_px + rect->width_px;
		x++) {
		uint32_t pixel = from[row + x];
		uint8_t ink = weight[x % SJ_MARK_WIDTH_PX];

		if (ink != 0)
			pixel = with_mark(pixel, ink);
		shown->pixels[row + x] = pixel & shown->mask;
	}
}

void sj_shown_draw(struct sj_shown *shown, const struct sj_rect *rect)
{
	struct sj_tile_image image = sj_screen_image(shown->screen);
	const void *pixels = image.pixels;

	if (!shown->pixels)
		return;
	for (size_t i = 0; i < rect->height_px; i++)
		draw_row(shown, rect, rect->y_px + i, pixels);
}

void sj_shown_cover(struct sj_shown *shown, const struct sj_rect *rect)
{
	size_t stride = sj_screen_image(shown->screen).size.width_px;
	size_t right = (size_t)rect->width_px, bottom = rect->height_px;

	for (size_t y = 0; y < bottom; y++) {
		uint32_t *row =
			shown->pixels + (rect->y_px + y) * stride + rect->x_px;
		bool is_edge = y < FRAME_PX || y + FRAME_PX >= bottom;

		for (size_t x = 0; x < right; x++)
			row[x] =
				is_edge || x < FRAME_PX || x + FRAME_PX >= right
					? FRAME
					: FACE;
	}
}

void sj_shown_blank(struct sj_shown *shown)
{
	struct sj_size size = sj_screen_image(shown->screen).size;

	memset(shown->pixels, 0, (size_t)size.width_px * size.height_px * 4);
}

struct sj_tile_image sj_shown_image(struct sj_shown *shown)
{
	struct sj_tile_image image = sj_screen_image(shown->screen);

	if (shown->pixels)
		image.pixels = (uint8_t *)shown->pixels;
	return image;
}

void sj_shown_cursor(
	const struct sj_shown *shown, struct sj_update_cursor *cursor)
{
	size_t size =
		(size_t)cursor->size.width_px * cursor->size.height_px * 4;

	for (size_t i = 0; shown->mask == SJ_SEVEN_BIT && i < size; i++)
		cursor->pixels[i] &= 0xfe;
	/* A colour that nobody can see is a place for bytes. */
	for (size_t i = 0; i < size; i += 4)
		if (cursor->pixels[i + 3] == 0)
			memset(&cursor->pixels[i], 0, 3);
}
