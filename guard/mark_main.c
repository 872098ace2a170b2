/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shoji-guard-mark: draws the watermark of one connection, and ends.
 *
 * Started by shoji-guard, so that neither it nor a core links a library that
 * draws texts. What it is told comes from the outer gate, which may have been
 * taken over: fonts are read by drawing every character that a text may have;
 * then it confines itself, and only then the texts are looked at. One with
 * another character is refused. Writes coverage to the memory that it was
 * given, and sees nothing of either zone.
 */
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cap-ng.h>
#include <pango/pangocairo.h>

#include "guard/mark_ipc.h"
#include "guard/shown.h"
#include "protocol/base/confine.h"
#include "protocol/base/err.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"
#include "protocol/base/memfd.h"
#include "protocol/base/signals.h"

#define CONTROL_FD 3
#define MEMORY_MAX_BYTES ((uint64_t)512 * 1024 * 1024)
#define FONT "Noto Sans CJK JP, sans-serif 15"
#define LEAN (-0.35) /* of the text, in radians */
#ifndef PATIENCE_S
/* A library that has no memory for a thread of its own waits for it for ever.
 */
#define PATIENCE_S 10
#endif

/* Of names, zones, addresses and times. */
static const char known[] = "abcdefghijklmnopqrstuvwxyz 0123456789._-:()[]";

struct picture {
	cairo_surface_t *surface;
	cairo_t *cairo;
	PangoFontDescription *font;
	PangoLayout *layout;
};

static void open_picture(struct picture *picture)
{
	picture->surface = cairo_image_surface_create(
		CAIRO_FORMAT_A8, SJ_MARK_WIDTH_PX, SJ_MARK_HEIGHT_PX);
	picture->cairo = cairo_create(picture->surface);
	picture->font = pango_font_description_from_string(FONT);
	picture->layout = pango_cairo_create_layout(picture->cairo);
	pango_layout_set_font_description(picture->layout, picture->font);
	pango_layout_set_alignment(picture->layout, PANGO_ALIGN_CENTER);
}

static void close_picture(struct picture *picture)
{
	g_object_unref(picture->layout);
	pango_font_description_free(picture->font);
	cairo_destroy(picture->cairo);
	cairo_surface_destroy(picture->surface);
}

/* Nothing but text. */
static void draw(struct picture *picture, const char *text)
{
	cairo_t *cairo = picture->cairo;
	int width = 0, height = 0;

	cairo_set_operator(cairo, CAIRO_OPERATOR_CLEAR);
	cairo_paint(cairo);
	cairo_set_operator(cairo, CAIRO_OPERATOR_OVER);
	cairo_set_source_rgba(cairo, 0, 0, 0, 1);
	pango_layout_set_text(picture->layout, text, -1);
	pango_layout_get_pixel_size(picture->layout, &width, &height);
	cairo_save(cairo);
	cairo_translate(cairo, SJ_MARK_WIDTH_PX / 2.0, SJ_MARK_HEIGHT_PX / 2.0);
	cairo_rotate(cairo, LEAN);
	cairo_translate(cairo, -width / 2.0, -height / 2.0);
	pango_cairo_update_layout(cairo, picture->layout);
	pango_cairo_show_layout(cairo, picture->layout);
	cairo_restore(cairo);
	cairo_surface_flush(picture->surface);
}

static bool copy(const struct picture *picture, uint8_t *coverage)
{
	const unsigned char *data =
		cairo_image_surface_get_data(picture->surface);
	int stride = cairo_image_surface_get_stride(picture->surface);

	if (!data || cairo_status(picture->cairo) != CAIRO_STATUS_SUCCESS)
		return false;
	for (int y = 0; y < SJ_MARK_HEIGHT_PX; y++)
		memcpy(coverage + (size_t)y * SJ_MARK_WIDTH_PX,
			data + (size_t)y * (size_t)stride, SJ_MARK_WIDTH_PX);
	return true;
}

/* Fonts are read without the rights of whoever started it. */
static bool drop_rights(const struct sj_mark_message *message)
{
	if (message->uid == UINT32_MAX)
		return true;
	capng_clear(CAPNG_SELECT_BOUNDS);
	return capng_apply(CAPNG_SELECT_BOUNDS) == 0 &&
	       setgroups(0, NULL) == 0 && setgid(message->gid) == 0 &&
	       setuid(message->uid) == 0;
}

static bool confine(const struct sj_mark_message *message)
{
	const int keep[] = {CONTROL_FD};
	const struct sj_confine spec = {
		.name = "guard-mark",
		.uid = (uid_t)-1,
		.gid = (gid_t)-1,
		.keep_fds = keep,
		.keep_count = SJ_COUNT(keep),
		.allow = SJ_ALLOW_SENDMSG,
		.memory_max_bytes = MEMORY_MAX_BYTES,
		.may_miss = message->may_miss,
	};

	return sj_confine_or_log(&spec) == SJ_OK;
}

/* The lines as one text; false: one has what no name, address or time has. */
static bool join_lines(
	const struct sj_mark_message *message, char *text, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < SJ_MARK_LINES; i++) {
		const char *line = message->line[i];
		size_t length = strnlen(line, sizeof(message->line[i]));

		if (length == sizeof(message->line[i]) ||
			strspn(line, known) != length || at + length + 2 > size)
			return false;
		if (i > 0)
			text[at++] = '\n';
		memcpy(text + at, line, length);
		at += length;
	}
	text[at] = '\0';
	return true;
}

static enum sj_exit serve(
	const struct sj_mark_message *message, uint8_t *coverage)
{
	char text[SJ_MARK_LINES * sizeof(message->line[0]) + 1];
	struct picture picture;
	enum sj_exit status = SJ_EXIT_LOCAL;

	if (!drop_rights(message))
		return SJ_EXIT_CONFINE;
	open_picture(&picture);
	draw(&picture, known);
	if (!confine(message)) {
		status = SJ_EXIT_CONFINE;
	} else if (join_lines(message, text, sizeof(text))) {
		draw(&picture, text);
		if (copy(&picture, coverage) &&
			sj_ipc_send(CONTROL_FD, message, sizeof(*message),
				NULL) == SJ_OK)
			status = SJ_EXIT_ENDED;
	}
	close_picture(&picture);
	return status;
}

int main(void)
{
	struct sj_mark_message message;
	struct sj_ipc_fds fds = {.count = 0};
	uint8_t *coverage = NULL;
	enum sj_exit status = SJ_EXIT_LOCAL;

	sj_signals_shield();
	(void)alarm(PATIENCE_S);
	sj_log_open("guard-mark", SJ_LOG_INFO);
	if (sj_ipc_receive(CONTROL_FD, &message, sizeof(message), &fds) ==
			SJ_OK &&
		fds.count == 1)
		coverage = sj_memfd_map(fds.fd[0], SJ_MARK_BYTES, 1);
	if (coverage)
		status = serve(&message, coverage);
	if (status != SJ_EXIT_ENDED)
		sj_log(SJ_LOG_ERROR, "mark error=\"not drawn\"");
	if (coverage)
		(void)munmap(coverage, SJ_MARK_BYTES);
	return (int)status;
}
