/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wm: the window manager of a session.
 *
 * A browser window fills the screen and follows its size; dialogs and popups
 * stay above it, centred, focused, with a strip to move and close them;
 * menus (override redirect) are left alone. When a window goes, the one before
 * it has the focus. Not thread-safe.
 */
#ifndef SJ_HOST_WM_H
#define SJ_HOST_WM_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/rect.h"

struct sj_display;
struct sj_wm;

/*
 * Becomes the window manager of display (keeps), whose screen has size, and
 * takes care of the windows that are there. Blocks. SJ_ERR_DENIED when there is
 * another window manager.
 */
SJ_MUST_USE enum sj_err sj_wm_create(struct sj_wm **wm,
	struct sj_display *display, const struct sj_size *size);
void sj_wm_destroy(struct sj_wm *wm);

/*
 * Serves event (of sj_display_next) if it is for a window manager. True if it
 * is the answer to a ping, whose number is then in *ping.
 */
SJ_MUST_USE bool sj_wm_event(
	struct sj_wm *wm, const void *event, uint32_t *ping);

/*
 * Asks the active window to answer number when it has done everything that was
 * sent to it before. False when it cannot.
 */
SJ_MUST_USE bool sj_wm_ping(struct sj_wm *wm, uint32_t number);

/* The screen has size now. */
void sj_wm_resized(struct sj_wm *wm, const struct sj_size *size);

/* A button is about to be pressed: the window under the pointer is focused. */
void sj_wm_clicked(struct sj_wm *wm);

/* Gives the window that was left longest the keyboard (Alt+Tab). */
void sj_wm_next(struct sj_wm *wm);

/* Asks the active window to close, unless it is the only one. */
void sj_wm_close_active(struct sj_wm *wm);

#endif /* SJ_HOST_WM_H */
