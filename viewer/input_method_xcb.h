/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * input_method_xcb: the terminal's input method, by XIM over the X connection.
 *
 * Keys are handed to the server named by XMODIFIERS; it gives back those it
 * does not want, and text. Without a server, or when it goes away, the caller
 * treats keys itself. No socket but that of X; no file after create.
 */
#ifndef SJ_VIEWER_INPUT_METHOD_XCB_H
#define SJ_VIEWER_INPUT_METHOD_XCB_H

#include <stdbool.h>
#include <stddef.h>

#include <xcb/xcb.h>

#include "protocol/base/attr.h"
#include "protocol/base/rect.h"
#include "viewer/window_xcb.h"

struct sj_input_method;

/* What the input method gives, in the order of the keys. */
struct sj_input_method_ops {
	/* A key that it does not want: as if it came from X now. Lent. */
	void (*key)(void *self, const xcb_key_press_event_t *event);
	/* Text (UTF-8, size bytes, not terminated, foreign). Lent. */
	void (*text)(void *self, const char *text, size_t size);
};

/*
 * For keys of the outer window of window (lent; its connection is kept). ops
 * and self are kept. NULL when memory is short or no input method is
 * configured. Waits for the server of X.
 */
SJ_MUST_USE struct sj_input_method *sj_input_method_create(
	const struct sj_window *window, const struct sj_input_method_ops *ops,
	void *self);

/* Frees method; NULL does nothing. */
void sj_input_method_destroy(struct sj_input_method *method);

/* Takes event if it belongs to the protocol with the server. */
bool sj_input_method_take_event(
	struct sj_input_method *method, xcb_generic_event_t *event);

/*
 * Hands event, a key press or release, to the server. False when there is none:
 * the caller then treats the key. An answer comes by ops.
 */
bool sj_input_method_give_key(
	struct sj_input_method *method, const xcb_key_press_event_t *event);

/* The window has got or lost the keyboard. */
void sj_input_method_set_focus(struct sj_input_method *method, bool has_focus);

/* Where text is being written, inside window: candidates appear below. */
void sj_input_method_set_caret(
	struct sj_input_method *method, const struct sj_rect *caret);

#endif /* SJ_VIEWER_INPUT_METHOD_XCB_H */
