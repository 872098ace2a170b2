/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cursor_xcb: the host's cursor image as a local X cursor (RENDER).
 */
#ifndef SJ_VIEWER_CURSOR_XCB_H
#define SJ_VIEWER_CURSOR_XCB_H

#include <stdint.h>

#include <xcb/render.h>
#include <xcb/xcb.h>

#include "protocol/base/attr.h"
#include "protocol/base/rect.h"

/* Zeroed: RENDER cannot be used, the cursor stays the system's. */
struct sj_cursor {
	xcb_connection_t *connection;
	xcb_window_t window;
	xcb_render_pictformat_t format; /* ARGB32; 0: none */
	xcb_cursor_t current;           /* 0: the system's */
};

/* Finds the format on connection for window (both kept). Waits. */
void sj_cursor_init(struct sj_cursor *cursor, xcb_connection_t *connection,
	xcb_window_t window);

/*
 * Shows image (BGRA, straight alpha, stride = width x 4; at most 64x64) with
 * the hot spot x, y of shape. An empty shape hides the cursor.
 */
void sj_cursor_set(struct sj_cursor *cursor, const uint8_t *image,
	const struct sj_rect *shape);

/* Back to the system's cursor. */
void sj_cursor_reset(struct sj_cursor *cursor);

#endif /* SJ_VIEWER_CURSOR_XCB_H */
