/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cursor: the pointer's image, which the viewer draws itself.
 *
 * The display stops drawing it: it would be in the pixels otherwise. The
 * image comes from a page and is checked.
 */
#ifndef SJ_HOST_CURSOR_H
#define SJ_HOST_CURSOR_H

#include <stdbool.h>

#include "protocol/base/attr.h"
#include "protocol/send/update.h"

struct sj_display;

/* Hides the pointer of display and asks for news of its image. */
void sj_cursor_watch(struct sj_display *display);

/* True if event (of sj_display_next) says that the image has changed. */
bool sj_cursor_event(const struct sj_display *display, const void *event);

/*
 * Gives the present image, premultiplied, cut to SJ_LIMIT_CURSOR_PX. Waits for
 * the display. False, *cursor untouched, when it gives none.
 */
SJ_MUST_USE bool sj_cursor_read(
	struct sj_display *display, struct sj_update_cursor *cursor);

#endif /* SJ_HOST_CURSOR_H */
