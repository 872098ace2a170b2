/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shoji-guard-mark: draws the watermark of one connection, and ends.
 *
 * Started by shoji-guard, so that neither it nor a core links a library that
 * draws texts. It is told user, address and time, which shoji-guard has
 * written, reads fonts, writes coverage to the memory that it was given, and
 * sees nothing of either zone.
 */
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <pango/pangocairo.h>

#include "guard/mark_ipc.h"
#include "guard/shown.h"
#include "protocol/base/err.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"
#include "protocol/base/memfd.h"

#define CONTROL_FD 3
#define FONT "Noto Sans CJK JP, sans-serif 15"
#define LEAN (-0.35) /* of the text, in radians */

static void draw_text(cairo_t *cairo, const struct sj_mark_message *message)
{
	PangoLayout *layout = pango_cairo_create_layout(cairo);
	PangoFontDescription *font = pango_font_description_from_string(FONT);
	char text[SJ_MARK_LINES * 96 + 1];
	int width = 0, height = 0;

	(void)snprintf(text, sizeof(text), "%.95s\n%.95s\n%.95s",
		message->line[0], message->line[1], message->line[2]);
	pango_layout_set_font_description(layout, font);
	pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER);
	pango_layout_set_text(layout, text, -1);
	pango_layout_get_pixel_size(layout, &width, &height);
	cairo_translate(cairo, SJ_MARK_WIDTH_PX / 2.0, SJ_MARK_HEIGHT_PX / 2.0);
	cairo_rotate(cairo, LEAN);
	cairo_translate(cairo, -width / 2.0, -height / 2.0);
	pango_cairo_show_layout(cairo, layout);
	pango_font_description_free(font);
	g_object_unref(layout);
}

static bool draw(const struct sj_mark_message *message, uint8_t *coverage)
{
	cairo_surface_t *surface = cairo_image_surface_create(
		CAIRO_FORMAT_A8, SJ_MARK_WIDTH_PX, SJ_MARK_HEIGHT_PX);
	cairo_t *cairo = cairo_create(surface);
	const unsigned char *data;
	int stride;

	cairo_set_source_rgba(cairo, 0, 0, 0, 1);
	draw_text(cairo, message);
	cairo_destroy(cairo);
	cairo_surface_flush(surface);
	data = cairo_image_surface_get_data(surface);
	stride = cairo_image_surface_get_stride(surface);
	for (int y = 0; data && y < SJ_MARK_HEIGHT_PX; y++)
		memcpy(coverage + (size_t)y * SJ_MARK_WIDTH_PX,
			data + (size_t)y * (size_t)stride, SJ_MARK_WIDTH_PX);
	cairo_surface_destroy(surface);
	return data != NULL;
}

/* It reads files, so it is not confined; it has no more rights than needed. */
static bool drop_rights(const struct sj_mark_message *message)
{
	const struct rlimit no_core = {0, 0};

	if (setrlimit(RLIMIT_CORE, &no_core) != 0 ||
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return false;
	return message->uid == UINT32_MAX ||
	       (setgroups(0, NULL) == 0 && setgid(message->gid) == 0 &&
		       setuid(message->uid) == 0);
}

int main(void)
{
	struct sj_mark_message message;
	struct sj_ipc_fds fds = {.count = 0};
	uint8_t *coverage = NULL;
	enum sj_exit status = SJ_EXIT_LOCAL;

	sj_log_open("guard-mark", SJ_LOG_INFO);
	if (sj_ipc_receive(CONTROL_FD, &message, sizeof(message), &fds) !=
			SJ_OK ||
		fds.count != 1)
		goto out;
	coverage = sj_memfd_map(fds.fd[0], SJ_MARK_BYTES, 1);
	if (!coverage || !drop_rights(&message))
		goto out;
	for (size_t i = 0; i < SJ_MARK_LINES; i++)
		message.line[i][sizeof(message.line[i]) - 1] = '\0';
	if (draw(&message, coverage) && sj_ipc_send(CONTROL_FD, &message,
						sizeof(message), NULL) == SJ_OK)
		status = SJ_EXIT_ENDED;
out:
	if (status != SJ_EXIT_ENDED)
		sj_log(SJ_LOG_ERROR, "mark error=\"not drawn\"");
	if (coverage)
		(void)munmap(coverage, SJ_MARK_BYTES);
	sj_ipc_close(&fds);
	return (int)status;
}
