/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/panel.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/base/reason.h"
#include "viewer/layout.h"
#include "viewer/messages.h"

/* One font for both scripts: words of two look ill beside each other. */
#define FONT "Noto Sans CJK JP, Sans"
#define BOX_WIDTH_PX 520
#define BOX_PADDING_PX 24
#define TEXT_WIDTH_PX (BOX_WIDTH_PX - 2 * BOX_PADDING_PX)
#define LINE_GAP_PX 10
#define WORD_GAP_PX 5
#define LINES_MAX 6
#define BOX_COLOR 0x00FFFFFFu
#define TITLE_COLOR 0x00202428u
#define TEXT_COLOR 0x00303438u
#define SMALL_COLOR 0x00606468u
#define REASONS_MAX 128

static const char digits[] = "0123456789";

struct reason_mask {
	enum sj_reason reason;
	bool is_by_peer;
	struct sj_mask mask;
};

struct sj_panel {
	uint32_t zone_color;
	uint32_t label_color;
	struct sj_mask label;
	struct sj_mask connecting; /* with the host's name */
	struct sj_mask fixed[SJ_MESSAGE_COUNT];
	struct sj_mask titles[SJ_MESSAGE_COUNT];
	struct sj_mask contact;
	struct sj_mask host;
	struct sj_mask digit[sizeof(digits) - 1];
	struct reason_mask reasons[REASONS_MAX];
	size_t reason_count;
};

/* One line of the box: masks side by side. */
struct line {
	const struct sj_mask *part[8];
	bool is_tight[8]; /* no gap before this part */
	size_t count;
	uint32_t color;
};

/* Dark text on a light strip, white on a dark one. */
static uint32_t readable_on(uint32_t color)
{
	unsigned red = color >> 16 & 0xFF;
	unsigned green = color >> 8 & 0xFF;
	unsigned blue = color & 0xFF;

	return red * 299 + green * 587 + blue * 114 > 150000 ? 0x00101010u
							     : 0x00FFFFFFu;
}

static bool make_reasons(struct sj_panel *panel,
	const struct sj_viewer_window_start *start,
	const struct sj_mask_style *style)
{
	static const enum sj_reason all[] = {
#define REASON_ROW(name, number, text) name,
		SJ_REASON_TABLE(REASON_ROW)
#undef REASON_ROW
	};
	bool is_ja = start->is_japanese != 0;
	size_t i;

	for (i = 0; i < SJ_COUNT(all) * 2; i++) {
		enum sj_reason reason = all[i / 2];
		const char *text = sj_messages_reason(reason, i % 2, is_ja);
		struct reason_mask *at = &panel->reasons[panel->reason_count];

		/* Most say the same whoever noticed. */
		if (i % 2 && text == sj_messages_reason(reason, false, is_ja))
			continue;
		if (panel->reason_count == REASONS_MAX ||
			sj_mask_make(&at->mask, text, style) != SJ_OK)
			return false;
		at->reason = reason;
		at->is_by_peer = i % 2;
		panel->reason_count++;
	}
	return true;
}

static bool make_fixed(struct sj_panel *panel, bool is_ja,
	const struct sj_mask_style *normal, const struct sj_mask_style *bold)
{
	size_t i;

	for (i = 0; i < SJ_MESSAGE_COUNT; i++) {
		const char *text = sj_messages_text((enum sj_message)i, is_ja);

		if (sj_mask_make(&panel->fixed[i], text, normal) != SJ_OK ||
			sj_mask_make(&panel->titles[i], text, bold) != SJ_OK)
			return false;
	}
	for (i = 0; i < SJ_COUNT(panel->digit); i++) {
		char text[2] = {digits[i], 0};

		if (sj_mask_make(&panel->digit[i], text, normal) != SJ_OK)
			return false;
	}
	return true;
}

static bool make_named(struct sj_panel *panel,
	const struct sj_viewer_window_start *start,
	const struct sj_mask_style *normal, const struct sj_mask_style *bold)
{
	bool is_ja = start->is_japanese != 0;
	const char *label = start->zone_label;
	char text[512];

	if (label[0] == 0)
		label = sj_messages_text(SJ_MESSAGE_ZONE_LABEL, is_ja);
	if (sj_mask_make(&panel->label, label, bold) != SJ_OK)
		return false;
	(void)snprintf(text, sizeof(text), "%s%s",
		sj_messages_text(SJ_MESSAGE_HOST, is_ja), start->host_name);
	if (sj_mask_make(&panel->host, text, normal) != SJ_OK)
		return false;
	if (start->contact[0])
		(void)snprintf(text, sizeof(text), "%s%s",
			sj_messages_text(SJ_MESSAGE_CONTACT, is_ja),
			start->contact);
	else
		(void)snprintf(text, sizeof(text), "%s",
			sj_messages_text(SJ_MESSAGE_CONTACT_UNKNOWN, is_ja));
	return sj_mask_make(&panel->contact, text, normal) == SJ_OK;
}

struct sj_panel *sj_panel_create(const struct sj_viewer_window_start *start)
{
	const char *language = start->is_japanese ? "ja" : "en";
	const struct sj_mask_style normal = {
		FONT " 11", language, TEXT_WIDTH_PX};
	const struct sj_mask_style title = {
		FONT " Bold 14", language, TEXT_WIDTH_PX};
	const struct sj_mask_style label = {FONT " Bold 11", language, 0};
	struct sj_panel *panel = calloc(1, sizeof(*panel));

	if (!panel)
		return NULL;
	panel->zone_color = start->zone_color & 0x00FFFFFFu;
	panel->label_color = readable_on(panel->zone_color);
	if (!make_fixed(panel, start->is_japanese != 0, &normal, &title) ||
		!make_named(panel, start, &normal, &label) ||
		!make_reasons(panel, start, &normal)) {
		sj_panel_destroy(panel);
		return NULL;
	}
	return panel;
}

void sj_panel_destroy(struct sj_panel *panel)
{
	size_t i;

	if (!panel)
		return;
	for (i = 0; i < SJ_MESSAGE_COUNT; i++) {
		sj_mask_finish(&panel->fixed[i]);
		sj_mask_finish(&panel->titles[i]);
	}
	for (i = 0; i < SJ_COUNT(panel->digit); i++)
		sj_mask_finish(&panel->digit[i]);
	for (i = 0; i < panel->reason_count; i++)
		sj_mask_finish(&panel->reasons[i].mask);
	sj_mask_finish(&panel->label);
	sj_mask_finish(&panel->host);
	sj_mask_finish(&panel->contact);
	free(panel);
}

void sj_panel_draw_strip(const struct sj_panel *panel, struct sj_canvas *canvas)
{
	struct sj_rect all = {
		0, 0, canvas->size.width_px, canvas->size.height_px};
	int y = (canvas->size.height_px - panel->label.height_px) / 2;

	sj_canvas_fill(canvas, &all, panel->zone_color);
	sj_canvas_draw_mask(canvas, &panel->label, 10, y, panel->label_color);
}

static uint32_t greyed(const uint8_t *pixel)
{
	unsigned light =
		(pixel[2] * 77u + pixel[1] * 151u + pixel[0] * 28u) >> 8;
	unsigned dim = light / 2 + 48;

	return dim << 16 | dim << 8 | dim;
}

static void draw_greyed(struct sj_canvas *canvas, const uint8_t *frame,
	const struct sj_size *size)
{
	size_t x;
	size_t y;

	for (y = 0; y < canvas->size.height_px; y++) {
		uint32_t *row = canvas->pixels + y * canvas->stride_px;
		size_t wide = frame && y < size->height_px ? size->width_px : 0;

		for (x = 0; x < canvas->size.width_px; x++)
			row[x] = x < wide
					 ? greyed(frame +
						   (y * size->width_px + x) * 4)
					 : SJ_LAYOUT_EMPTY_COLOR;
	}
}

static const struct sj_mask *reason_mask(
	const struct sj_panel *panel, const struct sj_viewer_status *status)
{
	const struct sj_mask *found = NULL;
	size_t i;

	for (i = 0; i < panel->reason_count; i++) {
		const struct reason_mask *at = &panel->reasons[i];

		if ((uint32_t)at->reason != status->reason)
			continue;
		if (at->is_by_peer == (status->is_by_peer != 0))
			return &at->mask;
		if (!at->is_by_peer)
			found = &at->mask;
	}
	return found;
}

static void add(struct line *line, const struct sj_mask *mask, bool is_tight)
{
	if (!mask || line->count == SJ_COUNT(line->part))
		return;
	line->is_tight[line->count] = is_tight;
	line->part[line->count++] = mask;
}

static void add_number(const struct sj_panel *panel, struct line *line,
	unsigned number, bool is_tight)
{
	char text[16];
	size_t i;

	(void)snprintf(text, sizeof(text), "%u", number);
	for (i = 0; text[i]; i++)
		add(line, &panel->digit[text[i] - '0'], is_tight || i > 0);
}

static enum sj_message title_of(
	const struct sj_viewer_status *status, bool had_picture)
{
	if (status->state == SJ_VIEWER_CONNECTING ||
		status->state == SJ_VIEWER_SHOWING)
		return SJ_MESSAGE_CONNECTING;
	if (sj_reason_is_known(status->reason) &&
		sj_reason_is_purpose((enum sj_reason)status->reason))
		return SJ_MESSAGE_ENDED;
	if (status->state == SJ_VIEWER_LOST && had_picture)
		return SJ_MESSAGE_LOST;
	return had_picture ? SJ_MESSAGE_STOPPED : SJ_MESSAGE_PROBLEM;
}

static size_t compose(const struct sj_panel *panel,
	const struct sj_viewer_status *status, unsigned retry_s,
	enum sj_message title, struct line *lines)
{
	size_t n = 0;

	lines[n].color = TITLE_COLOR;
	add(&lines[n++], &panel->titles[title], false);
	if (title != SJ_MESSAGE_CONNECTING) {
		lines[n].color = TEXT_COLOR;
		add(&lines[n++], reason_mask(panel, status), false);
		lines[n].color = TEXT_COLOR;
		if (status->state == SJ_VIEWER_LOST && retry_s > 0) {
			add(&lines[n], &panel->fixed[SJ_MESSAGE_RETRY_IN],
				false);
			add_number(panel, &lines[n], retry_s, false);
			add(&lines[n], &panel->fixed[SJ_MESSAGE_SECONDS],
				false);
		} else {
			add(&lines[n], &panel->fixed[SJ_MESSAGE_RETRY_NOW],
				false);
		}
		n++;
		if (sj_messages_is_call_wanted(
			    (enum sj_reason)status->reason)) {
			lines[n].color = TEXT_COLOR;
			add(&lines[n++], &panel->contact, false);
		}
		lines[n].color = SMALL_COLOR;
		add(&lines[n], &panel->fixed[SJ_MESSAGE_CODE], false);
		add_number(panel, &lines[n++], status->reason, true);
	}
	lines[n].color = SMALL_COLOR;
	add(&lines[n++], &panel->host, false);
	return n;
}

static int line_height(const struct line *line)
{
	int height = 0;
	size_t i;

	for (i = 0; i < line->count; i++) {
		if (line->part[i]->height_px > height)
			height = line->part[i]->height_px;
	}
	return height;
}

static void draw_box(const struct sj_panel *panel, struct sj_canvas *canvas,
	const struct line *lines, size_t count)
{
	int height = 2 * BOX_PADDING_PX - LINE_GAP_PX;
	struct sj_rect box = {0, 0, BOX_WIDTH_PX, 0};
	struct sj_rect edge;
	int y;
	size_t i;
	size_t k;

	for (i = 0; i < count; i++)
		height += line_height(&lines[i]) + LINE_GAP_PX;
	box.height_px = (uint16_t)height;
	if (box.width_px < canvas->size.width_px)
		box.x_px =
			(uint16_t)((canvas->size.width_px - box.width_px) / 2);
	if (box.height_px < canvas->size.height_px)
		box.y_px = (uint16_t)((canvas->size.height_px - box.height_px) /
				      2);
	sj_canvas_fill(canvas, &box, BOX_COLOR);
	edge = box;
	edge.height_px = SJ_LAYOUT_FRAME_PX;
	sj_canvas_fill(canvas, &edge, panel->zone_color);
	y = box.y_px + BOX_PADDING_PX;
	for (i = 0; i < count; i++) {
		int x = box.x_px + BOX_PADDING_PX;

		for (k = 0; k < lines[i].count; k++) {
			const struct sj_mask *part = lines[i].part[k];

			if (k > 0 && !lines[i].is_tight[k])
				x += WORD_GAP_PX;
			sj_canvas_draw_mask(canvas, part, x,
				y + line_height(&lines[i]) - part->height_px,
				lines[i].color);
			x += part->width_px;
		}
		y += line_height(&lines[i]) + LINE_GAP_PX;
	}
}

void sj_panel_draw_status(const struct sj_panel *panel,
	struct sj_canvas *canvas, const uint8_t *frame,
	const struct sj_size *frame_size, const struct sj_viewer_status *status,
	unsigned retry_s)
{
	struct line lines[LINES_MAX];
	size_t count;

	memset(lines, 0, sizeof(lines));
	draw_greyed(canvas, frame, frame_size);
	count = compose(panel, status, retry_s,
		title_of(status, frame_size->width_px > 0), lines);
	draw_box(panel, canvas, lines, count);
}
