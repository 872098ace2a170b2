/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/bench_text.h"

#include <stdlib.h>
#include <string.h>

#include <cairo.h>
#include <pango/pangocairo.h>

#define LINE_PX 26
#define MARGIN_PX 24
#define LINE_BYTES 1024

struct bench_text {
	uint32_t random;
	PangoFontDescription *font;
};

static const char *const words[] = {"市役所", "住民", "申請書", "手続き",
	"窓口", "届出", "確認", "について", "ください", "の", "を", "は", "に",
	"と", "年度", "予算", "会議", "資料", "案内", "防災", "子育て", "支援",
	"センター", "オンライン", "サービス", "システム", "変更", "更新",
	"登録", "番号", "カード", "マイナンバー", "保険", "税", "証明書",
	"発行", "午前", "午後", "電話", "お問い合わせ", "network", "browser",
	"page", "2026", "the", "of", "update", "https://", "図", "表", "一覧",
	"詳細", "検索", "結果", "次の", "前の", "地域", "計画", "委員", "議会",
	"広報", "施設"};

#define WORDS (sizeof(words) / sizeof(words[0]))

static uint32_t next_random(struct bench_text *text)
{
	text->random = text->random * 1664525u + 1013904223u;
	return text->random >> 8;
}

struct bench_text *bench_text_create(uint32_t seed)
{
	struct bench_text *made = calloc(1, sizeof(*made));

	if (!made)
		return NULL;
	made->random = seed;
	made->font = pango_font_description_from_string("Noto Sans CJK JP 12");
	return made;
}

static void make_line(struct bench_text *text, char *line, size_t most)
{
	size_t used = 0;

	for (;;) {
		const char *word = words[next_random(text) % WORDS];
		size_t bytes = strlen(word);

		if (used + bytes + 2 > most)
			break;
		memcpy(line + used, word, bytes);
		used += bytes;
		if ((unsigned char)word[0] < 0x80)
			line[used++] = ' ';
		else if (next_random(text) % 9 == 0) {
			if (used + 5 > most)
				break;
			memcpy(line + used, "、", 3);
			used += 3;
		}
	}
	line[used] = '\0';
}

void bench_text_draw(struct bench_text *text, uint8_t *pixels,
	const int size_px[2], int stride_bytes)
{
	cairo_surface_t *surface = cairo_image_surface_create_for_data(pixels,
		CAIRO_FORMAT_RGB24, size_px[0], size_px[1], stride_bytes);
	cairo_t *cairo = cairo_create(surface);
	cairo_font_options_t *options = cairo_font_options_create();
	PangoLayout *layout = pango_cairo_create_layout(cairo);
	int margin_px = size_px[0] > 4 * MARGIN_PX ? MARGIN_PX : 2;
	/* 17 px a character, 3 bytes each: as long as the line is wide. */
	size_t most = (size_t)(size_px[0] - 2 * margin_px) / 17 * 3 + 6;
	char line[LINE_BYTES];

	cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT);
	pango_cairo_context_set_font_options(
		pango_layout_get_context(layout), options);
	pango_layout_set_font_description(layout, text->font);
	cairo_set_source_rgb(cairo, 1, 1, 1);
	cairo_paint(cairo);
	for (int y = margin_px; y + LINE_PX <= size_px[1]; y += LINE_PX) {
		double shade = next_random(text) % 6 == 0 ? 0.4 : 0.1;

		if (size_px[1] > 4 * LINE_PX && next_random(text) % 8 == 0)
			continue;
		cairo_set_source_rgb(cairo, shade, shade, shade * 1.5);
		make_line(text, line, most < LINE_BYTES ? most : LINE_BYTES);
		pango_layout_set_text(layout, line, -1);
		cairo_move_to(cairo, margin_px, y);
		pango_cairo_show_layout(cairo, layout);
	}
	g_object_unref(layout);
	cairo_font_options_destroy(options);
	cairo_destroy(cairo);
	cairo_surface_finish(surface);
	cairo_surface_destroy(surface);
}
