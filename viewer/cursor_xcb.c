/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/cursor_xcb.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/base/limits.h"

static xcb_render_pictformat_t find_argb(
	const xcb_render_query_pict_formats_reply_t *reply)
{
	xcb_render_pictforminfo_iterator_t at =
		xcb_render_query_pict_formats_formats_iterator(reply);

	for (; at.rem > 0; xcb_render_pictforminfo_next(&at)) {
		const xcb_render_directformat_t *direct = &at.data->direct;

		if (at.data->depth == 32 &&
			at.data->type == XCB_RENDER_PICT_TYPE_DIRECT &&
			direct->alpha_mask == 0xFF &&
			direct->alpha_shift == 24 && direct->red_shift == 16 &&
			direct->green_shift == 8 && direct->blue_shift == 0)
			return at.data->id;
	}
	return 0;
}

void sj_cursor_init(struct sj_cursor *cursor, xcb_connection_t *connection,
	xcb_window_t window)
{
	const xcb_query_extension_reply_t *extension =
		xcb_get_extension_data(connection, &xcb_render_id);
	xcb_render_query_version_reply_t *version;
	xcb_render_query_pict_formats_reply_t *formats;

	memset(cursor, 0, sizeof(*cursor));
	cursor->connection = connection;
	cursor->window = window;
	if (!extension || !extension->present)
		return;
	version = xcb_render_query_version_reply(
		connection, xcb_render_query_version(connection, 0, 11), NULL);
	formats = xcb_render_query_pict_formats_reply(
		connection, xcb_render_query_pict_formats(connection), NULL);
	/* Cursors from pictures came with 0.5. */
	if (version && formats &&
		(version->major_version > 0 || version->minor_version >= 5))
		cursor->format = find_argb(formats);
	free(version);
	free(formats);
}

static void use(struct sj_cursor *cursor, xcb_cursor_t next)
{
	(void)xcb_change_window_attributes(
		cursor->connection, cursor->window, XCB_CW_CURSOR, &next);
	if (cursor->current != 0)
		(void)xcb_free_cursor(cursor->connection, cursor->current);
	cursor->current = next;
}

void sj_cursor_reset(struct sj_cursor *cursor)
{
	if (cursor->current != 0)
		use(cursor, 0);
}

/* RENDER wants colours multiplied by alpha. */
static void premultiply(uint8_t *out, const uint8_t *image, size_t pixels)
{
	size_t i;
	size_t k;

	for (i = 0; i < pixels; i++) {
		unsigned alpha = image[i * 4 + 3];

		for (k = 0; k < 3; k++)
			out[i * 4 + k] =
				(uint8_t)((image[i * 4 + k] * alpha + 127) /
					  255);
		out[i * 4 + 3] = (uint8_t)alpha;
	}
}

void sj_cursor_set(struct sj_cursor *cursor, const uint8_t *image,
	const struct sj_rect *shape)
{
	static const uint8_t nothing[4];
	static const struct sj_rect dot = {0, 0, 1, 1};
	uint8_t pixels[SJ_LIMIT_CURSOR_PX * SJ_LIMIT_CURSOR_PX * 4];
	xcb_connection_t *connection = cursor->connection;
	xcb_pixmap_t pixmap;
	xcb_gcontext_t gc;
	xcb_render_picture_t picture;
	xcb_cursor_t next;
	uint32_t bytes;

	if (cursor->format == 0)
		return;
	if (shape->width_px == 0 || shape->height_px == 0) {
		image = nothing;
		shape = &dot;
	}
	bytes = (uint32_t)shape->width_px * shape->height_px * 4;
	if (bytes > sizeof(pixels))
		return;
	premultiply(pixels, image, bytes / 4);
	pixmap = xcb_generate_id(connection);
	gc = xcb_generate_id(connection);
	picture = xcb_generate_id(connection);
	next = xcb_generate_id(connection);
	(void)xcb_create_pixmap(connection, 32, pixmap, cursor->window,
		shape->width_px, shape->height_px);
	(void)xcb_create_gc(connection, gc, pixmap, 0, NULL);
	(void)xcb_put_image(connection, XCB_IMAGE_FORMAT_Z_PIXMAP, pixmap, gc,
		shape->width_px, shape->height_px, 0, 0, 0, 32, bytes, pixels);
	(void)xcb_render_create_picture(
		connection, picture, pixmap, cursor->format, 0, NULL);
	(void)xcb_render_create_cursor(
		connection, next, picture, shape->x_px, shape->y_px);
	(void)xcb_render_free_picture(connection, picture);
	(void)xcb_free_gc(connection, gc);
	(void)xcb_free_pixmap(connection, pixmap);
	use(cursor, next);
}
