/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * show_xcb: the work of the window process: events of X, damage of the decoder,
 * status of the launcher; what is on the screen and what goes to the gate.
 */
#ifndef SJ_VIEWER_SHOW_XCB_H
#define SJ_VIEWER_SHOW_XCB_H

#include "protocol/base/attr.h"
#include "viewer/viewer_ipc.h"

struct sj_show;

/*
 * Opens display, keyboard and fonts and shows the window. control_fd (kept) is
 * the launcher. NULL when there is no usable display; a line in the log
 * says what. The last call that may open files.
 */
SJ_MUST_USE struct sj_show *sj_show_create(
	const struct sj_viewer_window_start *start, int control_fd);

/* Closes everything; NULL does nothing. */
void sj_show_destroy(struct sj_show *show);

/* The socket of the X server, to be kept open. */
int sj_show_display_fd(const struct sj_show *show);

/*
 * Serves until the launcher says END or is gone, or the display is. Returns the
 * exit status. Blocks in poll, and in X while a keymap is fetched.
 */
SJ_MUST_USE int sj_show_run(struct sj_show *show);

#endif /* SJ_VIEWER_SHOW_XCB_H */
