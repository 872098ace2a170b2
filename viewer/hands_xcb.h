/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hands_xcb: what the person does with keyboard and pointer, as input messages.
 *
 * Keys go through the terminal's input method when there is one. Motion may be
 * dropped, keys and clicks are not. Never blocks but for a changed keymap.
 */
#ifndef SJ_VIEWER_HANDS_XCB_H
#define SJ_VIEWER_HANDS_XCB_H

#include <stdbool.h>

#include <xcb/xcb.h>

#include "protocol/base/attr.h"
#include "protocol/base/rect.h"
#include "viewer/picture.h"
#include "viewer/window_xcb.h"

struct sj_hands;

enum sj_hands_result {
	SJ_HANDS_OTHER, /* not an event of keyboard or pointer */
	SJ_HANDS_TAKEN,
	SJ_HANDS_RETRY,     /* at rest: a click, or Return */
	SJ_HANDS_FULLSCREEN /* Ctrl+Alt+Return, which is never sent */
};

/*
 * For window (kept); input goes to the queue of picture (kept). At rest at
 * first. NULL when the display has no usable keyboard. Waits for the server.
 */
SJ_MUST_USE struct sj_hands *sj_hands_create(
	const struct sj_window *window, struct sj_picture *picture);

/* Frees hands; NULL does nothing. */
void sj_hands_destroy(struct sj_hands *hands);

/*
 * At rest nothing is sent: a message covers the picture. Forgets what is held:
 * the gate releases it.
 */
void sj_hands_set_rest(struct sj_hands *hands, bool is_at_rest);

/* Takes event if it is one of keyboard, pointer or input method. */
SJ_MUST_USE enum sj_hands_result sj_hands_take_event(
	struct sj_hands *hands, xcb_generic_event_t *event);

/* Where the page has its caret, in the picture. */
void sj_hands_set_caret(struct sj_hands *hands, const struct sj_rect *caret);

#endif /* SJ_VIEWER_HANDS_XCB_H */
