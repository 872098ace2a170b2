/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wm_state: what the files of the window manager share; nobody else includes
 * it.
 */
#ifndef SJ_HOST_WM_STATE_XCB_H
#define SJ_HOST_WM_STATE_XCB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/display_xcb.h"
#include "host/wm_bar_xcb.h"
#include "host/wm_hints_xcb.h"
#include "protocol/base/rect.h"

/* More windows than a person can use; a page that opens more gets no more. */
#define SJ_WM_WINDOWS 64

struct sj_wm_window {
	uint32_t id;
	struct sj_wm_hints hints;
	struct sj_rect rect;
	struct sj_wm_bar bar;
	bool is_fullscreen;
};

/*
 * The last window is the active one, the first has been left longest. On the
 * screen dialogs are above all others, both in this order.
 */
struct sj_wm {
	struct sj_display *display;
	struct sj_size size;
	uint32_t atoms[SJ_WM_ATOMS];
	uint32_t check; /* a window that says who manages */
	struct sj_wm_window window[SJ_WM_WINDOWS];
	size_t count;
	uint32_t dragged;             /* window moved by its strip, or 0 */
	int32_t drag_x_px, drag_y_px; /* from its corner to the pointer */
};

/* The window with that id, or NULL; valid until windows change. */
struct sj_wm_window *sj_wm_find(struct sj_wm *wm, uint32_t id);

/* The window whose strip, or close box (*is_close), id is; or NULL. */
struct sj_wm_window *sj_wm_find_bar(
	struct sj_wm *wm, uint32_t id, bool *is_close);

/* Writes a 32-bit property of window. */
void sj_wm_set_property(struct sj_wm *wm, uint32_t window, enum sj_wm_atom atom,
	uint32_t type, const uint32_t *values, size_t count);

/* Writes the list of windows and the active one to the root window. */
void sj_wm_tell_list(struct sj_wm *wm);

/* Writes the state of window to window. */
void sj_wm_tell_state(struct sj_wm *wm, const struct sj_wm_window *window);

/* Sends a message of WM_PROTOCOLS with number (a time, or a ping's). */
void sj_wm_send(struct sj_wm *wm, const struct sj_wm_window *window,
	enum sj_wm_atom what, uint32_t number);

/*
 * Moves window to where it belongs if it wants wish, at its position with
 * is_placed; shows or removes its strip.
 */
void sj_wm_put(struct sj_wm *wm, struct sj_wm_window *window,
	const struct sj_rect *wish, bool is_placed);

/*
 * Brings the window to the top of its kind and gives it, or the dialog that
 * belongs to it, the keyboard. Pointers to windows are void afterwards.
 */
void sj_wm_activate(struct sj_wm *wm, uint32_t id);

/* Moves and closes by strips; true if event was for one. */
bool sj_wm_bar_event(struct sj_wm *wm, const void *event);

/* Asks window to close; one that does not understand is cut off. */
void sj_wm_close(struct sj_wm *wm, const struct sj_wm_window *window);

#endif /* SJ_HOST_WM_STATE_XCB_H */
