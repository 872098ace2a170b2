/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wm_bar: the strip above a dialog or popup, by which it is moved and closed.
 *
 * Two windows of our own, not parents of the program's: the program's window
 * stays as it is. Drawn once by the display itself.
 */
#ifndef SJ_HOST_WM_BAR_XCB_H
#define SJ_HOST_WM_BAR_XCB_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/rect.h"

struct sj_display;

#define SJ_WM_BAR_PX 26

/* 0 in strip: there is none. */
struct sj_wm_bar {
	uint32_t strip;
	uint32_t close; /* inside strip, at its right end */
};

/* Makes and shows a strip right above rect (the window's place). */
void sj_wm_bar_create(struct sj_wm_bar *bar, struct sj_display *display,
	const struct sj_rect *rect);

/* Follows the window to rect. */
void sj_wm_bar_move(const struct sj_wm_bar *bar, struct sj_display *display,
	const struct sj_rect *rect);

/* Puts the strip on top of everything. */
void sj_wm_bar_raise(const struct sj_wm_bar *bar, struct sj_display *display);

/* Removes the strip; a bar without one is ignored. */
void sj_wm_bar_destroy(struct sj_wm_bar *bar, struct sj_display *display);

#endif /* SJ_HOST_WM_BAR_XCB_H */
