/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pango/pangocairo.h>

#include "host/notice.h"

#define FONT_FAMILY "Noto Sans CJK JP, sans-serif"
#define DIGIT_MARKUP "<span size='54000' weight='bold'>%s</span>"

/* Pango markup, Japanese first. */
static const struct {
	const char *above;
	const char *below;
} texts[SJ_NOTICE_KINDS] = {
	[SJ_NOTICE_WAITING] =
		{
			"<span size='24000' weight='bold'>"
			"ただいま満席です。空きしだい自動的に始まります。</span>\n"
			"<span size='14000'>All places are taken. Your session starts "
			"by itself when one is free.</span>\n\n"
			"<span size='16000'>お待ちの順番</span>\n"
			"<span size='12000'>Your place in the queue</span>",
			"<span size='16000'>この画面のままお待ちください。</span>\n"
			"<span size='12000'>Please keep this window open.</span>",
		},
};

static PangoLayout *lay_out(const char *markup)
{
	PangoContext *context = pango_font_map_create_context(
		pango_cairo_font_map_get_default());
	PangoLayout *layout = pango_layout_new(context);
	PangoFontDescription *font =
		pango_font_description_from_string(FONT_FAMILY " 12");

	g_object_unref(context);
	pango_layout_set_font_description(layout, font);
	pango_font_description_free(font);
	pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER);
	pango_layout_set_markup(layout, markup, -1);
	return layout;
}

static void paint(cairo_surface_t *surface, PangoLayout *layout)
{
	cairo_t *cairo = cairo_create(surface);

	cairo_set_source_rgb(cairo, (SJ_NOTICE_PAPER >> 16 & 0xff) / 255.0,
		(SJ_NOTICE_PAPER >> 8 & 0xff) / 255.0,
		(SJ_NOTICE_PAPER & 0xff) / 255.0);
	cairo_paint(cairo);
	cairo_set_source_rgb(cairo, 0.15, 0.15, 0.2);
	pango_cairo_show_layout(cairo, layout);
	cairo_destroy(cairo);
	cairo_surface_flush(surface);
}

static bool take(struct sj_notice_part *part, cairo_surface_t *surface)
{
	const unsigned char *data = cairo_image_surface_get_data(surface);
	size_t stride = (size_t)cairo_image_surface_get_stride(surface);
	size_t row = (size_t)part->size.width_px * 4;

	part->pixels = calloc(part->size.height_px, row);
	if (!part->pixels || !data)
		return false;
	for (size_t y = 0; y < part->size.height_px; y++)
		memcpy((uint8_t *)part->pixels + y * row, data + y * stride,
			row);
	for (size_t i = 0;
		i < (size_t)part->size.width_px * part->size.height_px; i++)
		part->pixels[i] &= 0xffffff;
	return true;
}

static bool draw(struct sj_notice_part *part, const char *markup)
{
	PangoLayout *layout = lay_out(markup);
	cairo_surface_t *surface;
	int width = 0, height = 0;
	bool is_drawn;

	pango_layout_get_pixel_size(layout, &width, &height);
	part->size.width_px = (uint16_t)(width + 2);
	part->size.height_px = (uint16_t)(height + 2);
	surface = cairo_image_surface_create(
		CAIRO_FORMAT_RGB24, part->size.width_px, part->size.height_px);
	paint(surface, layout);
	is_drawn = take(part, surface);
	cairo_surface_destroy(surface);
	g_object_unref(layout);
	return is_drawn;
}

static bool draw_digits(struct sj_notice *notice)
{
	char markup[sizeof(DIGIT_MARKUP)];

	for (int i = 0; i < 10; i++) {
		const char digit[] = {(char)('0' + i), 0};

		(void)snprintf(markup, sizeof(markup), DIGIT_MARKUP, digit);
		if (!draw(&notice->digit[i], markup))
			return false;
	}
	return true;
}

struct sj_notice *sj_notice_create(enum sj_notice_kind kind)
{
	struct sj_notice *notice;

	if ((unsigned)kind >= SJ_NOTICE_KINDS)
		return NULL;
	notice = calloc(1, sizeof(*notice));
	if (!notice)
		return NULL;
	if (!draw(&notice->above, texts[kind].above) ||
		!draw(&notice->below, texts[kind].below) ||
		!draw_digits(notice)) {
		sj_notice_destroy(notice);
		return NULL;
	}
	/* Ends the thread that pango searches fonts with. */
	pango_cairo_font_map_set_default(NULL);
	return notice;
}

void sj_notice_destroy(struct sj_notice *notice)
{
	if (!notice)
		return;
	free(notice->above.pixels);
	free(notice->below.pixels);
	for (int i = 0; i < 10; i++)
		free(notice->digit[i].pixels);
	free(notice);
}
