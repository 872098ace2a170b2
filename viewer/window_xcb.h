/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * window_xcb: the viewer's X windows: the outer one in the zone's colour with
 * title and strip, and the inner one that alone shows the host's pixels.
 */
#ifndef SJ_VIEWER_WINDOW_XCB_H
#define SJ_VIEWER_WINDOW_XCB_H

#include <stdbool.h>

#include <xcb/xcb.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/rect.h"
#include "viewer/viewer_ipc.h"

struct sj_window {
	xcb_connection_t *connection;
	xcb_screen_t *screen;
	int screen_number;
	xcb_window_t outer;
	xcb_window_t inner;
	xcb_atom_t wm_protocols;
	xcb_atom_t wm_delete;
	xcb_atom_t wm_state;
	xcb_atom_t wm_fullscreen;
	struct sj_size outer_size;
	struct sj_size inner_size; /* of the place for the picture */
};

/*
 * Connects to $DISPLAY and makes both windows, not yet shown. SJ_ERR_MISSING
 * without a display, SJ_ERR_DENIED when its root has not 24 bits in 32.
 * Waits for the server.
 */
SJ_MUST_USE enum sj_err sj_window_open(
	struct sj_window *window, const struct sj_viewer_window_start *start);

/* Closes the connection; a zeroed window may be closed. */
void sj_window_close(struct sj_window *window);

/* Makes the windows visible. */
void sj_window_show(struct sj_window *window);

/*
 * Follows a new size of the outer window; true if the size of the inner one
 * has changed.
 */
bool sj_window_resize(
	struct sj_window *window, uint16_t width_px, uint16_t height_px);

/* Asks the window manager to fill the screen, or to do so no more. */
void sj_window_toggle_fullscreen(struct sj_window *window);

/* True if event is the wish of the window manager to close. */
bool sj_window_is_delete(const struct sj_window *window,
	const xcb_client_message_event_t *event);

/*
 * Clears the place right of and below a picture of size, which is smaller than
 * the inner window.
 */
void sj_window_clear_around(
	struct sj_window *window, const struct sj_size *size);

#endif /* SJ_VIEWER_WINDOW_XCB_H */
