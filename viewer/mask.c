/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/mask.h"

#include <stdlib.h>
#include <string.h>

#include <pango/pangocairo.h>

#include "protocol/base/limits.h"

static PangoLayout *make_layout(
	cairo_t *cairo, const char *text, const struct sj_mask_style *style)
{
	PangoLayout *layout = pango_cairo_create_layout(cairo);
	PangoFontDescription *font =
		pango_font_description_from_string(style->font);

	pango_context_set_language(pango_layout_get_context(layout),
		pango_language_from_string(style->language));
	pango_layout_set_font_description(layout, font);
	pango_font_description_free(font);
	if (style->wrap_px > 0) {
		pango_layout_set_width(layout, style->wrap_px * PANGO_SCALE);
		pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
	}
	pango_layout_set_text(layout, text, -1);
	return layout;
}

static enum sj_err copy_alpha(struct sj_mask *mask, cairo_surface_t *surface)
{
	const uint8_t *data = cairo_image_surface_get_data(surface);
	size_t stride = (size_t)cairo_image_surface_get_stride(surface);
	size_t y;

	if (!data)
		return SJ_ERR_MEMORY;
	mask->alpha = malloc((size_t)mask->width_px * mask->height_px);
	if (!mask->alpha)
		return SJ_ERR_MEMORY;
	for (y = 0; y < mask->height_px; y++)
		memcpy(mask->alpha + y * mask->width_px, data + y * stride,
			mask->width_px);
	return SJ_OK;
}

static enum sj_err draw(struct sj_mask *mask, const char *text,
	const struct sj_mask_style *style)
{
	cairo_surface_t *surface = cairo_image_surface_create(
		CAIRO_FORMAT_A8, mask->width_px, mask->height_px);
	cairo_t *cairo = cairo_create(surface);
	PangoLayout *layout = make_layout(cairo, text, style);
	enum sj_err err;

	cairo_set_source_rgba(cairo, 0, 0, 0, 1);
	pango_cairo_show_layout(cairo, layout);
	cairo_surface_flush(surface);
	err = copy_alpha(mask, surface);
	g_object_unref(layout);
	cairo_destroy(cairo);
	cairo_surface_destroy(surface);
	return err;
}

static void measure(const char *text, const struct sj_mask_style *style,
	int *width, int *height)
{
	cairo_surface_t *surface =
		cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
	cairo_t *cairo = cairo_create(surface);
	PangoLayout *layout = make_layout(cairo, text, style);

	pango_layout_get_pixel_size(layout, width, height);
	g_object_unref(layout);
	cairo_destroy(cairo);
	cairo_surface_destroy(surface);
}

enum sj_err sj_mask_make(struct sj_mask *mask, const char *text,
	const struct sj_mask_style *style)
{
	int width = 0;
	int height = 0;
	enum sj_err err;

	memset(mask, 0, sizeof(*mask));
	measure(text, style, &width, &height);
	if (width <= 0 || height <= 0)
		return SJ_OK;
	if (width > SJ_LIMIT_WIDTH_PX || height > SJ_LIMIT_HEIGHT_PX)
		return SJ_ERR_LIMIT;
	mask->width_px = (uint16_t)width;
	mask->height_px = (uint16_t)height;
	err = draw(mask, text, style);
	if (err != SJ_OK)
		sj_mask_finish(mask);
	return err;
}

void sj_mask_finish(struct sj_mask *mask)
{
	free(mask->alpha);
	memset(mask, 0, sizeof(*mask));
}

void sj_mask_release_fonts(void)
{
	pango_cairo_font_map_set_default(NULL);
}

static uint32_t blend(uint32_t under, uint32_t over, unsigned alpha)
{
	uint32_t result = 0;
	int shift;

	for (shift = 0; shift <= 16; shift += 8) {
		unsigned a = under >> shift & 0xFF;
		unsigned b = over >> shift & 0xFF;

		result |= ((a * (255 - alpha) + b * alpha + 127) / 255)
			  << shift;
	}
	return result;
}

void sj_canvas_draw_mask(struct sj_canvas *canvas, const struct sj_mask *mask,
	int x_px, int y_px, uint32_t color)
{
	int x;
	int y;

	for (y = 0; y < mask->height_px; y++) {
		if (y + y_px < 0 || y + y_px >= canvas->size.height_px)
			continue;
		for (x = 0; x < mask->width_px; x++) {
			uint8_t alpha = mask->alpha[y * mask->width_px + x];
			uint32_t *pixel;

			if (alpha == 0 || x + x_px < 0 ||
				x + x_px >= canvas->size.width_px)
				continue;
			pixel = canvas->pixels +
				(size_t)(y + y_px) * canvas->stride_px + x +
				x_px;
			*pixel = blend(*pixel, color, alpha);
		}
	}
}

void sj_canvas_fill(
	struct sj_canvas *canvas, const struct sj_rect *rect, uint32_t color)
{
	struct sj_rect part = sj_rect_clip(rect, &canvas->size);
	size_t x;
	size_t y;

	for (y = 0; y < part.height_px; y++) {
		uint32_t *row = canvas->pixels +
				(part.y_px + y) * canvas->stride_px + part.x_px;

		for (x = 0; x < part.width_px; x++)
			row[x] = color;
	}
}
