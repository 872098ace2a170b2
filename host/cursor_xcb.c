/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/cursor.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <xcb/xcb.h>
#include <xcb/xfixes.h>

#include "host/display_xcb.h"
#include "protocol/base/limits.h"

void sj_cursor_watch(struct sj_display *display)
{
	xcb_xfixes_select_cursor_input(display->connection, display->root,
		XCB_XFIXES_CURSOR_NOTIFY_MASK_DISPLAY_CURSOR);
	xcb_xfixes_hide_cursor(display->connection, display->root);
	sj_display_flush(display);
}

bool sj_cursor_event(const struct sj_display *display, const void *event)
{
	const xcb_generic_event_t *generic = event;

	return (generic->response_type & 0x7f) ==
	       display->fixes_event + XCB_XFIXES_CURSOR_NOTIFY;
}

static uint16_t at_most(uint16_t value, uint16_t most)
{
	return value < most ? value : most;
}

/* count pixels follow the reply; rows are as wide as the reply says. */
static bool take_image(const xcb_xfixes_get_cursor_image_reply_t *reply,
	const uint32_t *pixels, size_t count, struct sj_update_cursor *cursor)
{
	struct sj_size size = {at_most(reply->width, SJ_LIMIT_CURSOR_PX),
		at_most(reply->height, SJ_LIMIT_CURSOR_PX)};
	uint8_t *to = cursor->pixels;

	if ((size_t)reply->width * reply->height > count)
		return false;
	if (size.width_px == 0 || size.height_px == 0) {
		memset(cursor, 0, sizeof(*cursor));
		return true;
	}
	cursor->size = size;
	cursor->hot_x_px = at_most(reply->xhot, (uint16_t)(size.width_px - 1));
	cursor->hot_y_px = at_most(reply->yhot, (uint16_t)(size.height_px - 1));
	for (size_t y = 0; y < size.height_px; y++) {
		memcpy(to, pixels + y * reply->width,
			(size_t)size.width_px * 4);
		to += (size_t)size.width_px * 4;
	}
	return true;
}

bool sj_cursor_read(struct sj_display *display, struct sj_update_cursor *cursor)
{
	xcb_xfixes_get_cursor_image_reply_t *reply =
		xcb_xfixes_get_cursor_image_reply(display->connection,
			xcb_xfixes_get_cursor_image(display->connection), NULL);
	bool is_good;

	if (!reply)
		return false;
	is_good = take_image(reply,
		xcb_xfixes_get_cursor_image_cursor_image(reply),
		(size_t)xcb_xfixes_get_cursor_image_cursor_image_length(reply),
		cursor);
	free(reply);
	return is_good;
}
