/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keyboard_xcb: the X keyboard as keysyms (xkbcommon-x11).
 */
#ifndef SJ_VIEWER_KEYBOARD_XCB_H
#define SJ_VIEWER_KEYBOARD_XCB_H

#include <stdbool.h>
#include <stdint.h>

#include <xcb/xcb.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"

struct sj_keyboard;

/*
 * Sets up XKB on connection (kept): keymap, its events, and repeats without
 * false releases. NULL when the server has no usable XKB.
 */
SJ_MUST_USE struct sj_keyboard *sj_keyboard_create(
	xcb_connection_t *connection);

/* Frees keyboard; NULL does nothing. */
void sj_keyboard_destroy(struct sj_keyboard *keyboard);

/*
 * The keysym that keycode means with the modifiers and group of state, as its
 * event has them; 0 for none.
 */
uint32_t sj_keyboard_keysym(const struct sj_keyboard *keyboard,
	xcb_keycode_t keycode, uint16_t state);

/*
 * Takes event if it is one of XKB (the keymap changed); false if it is
 * not. A changed keymap is fetched anew, which waits for the server.
 */
bool sj_keyboard_take_event(
	struct sj_keyboard *keyboard, const xcb_generic_event_t *event);

#endif /* SJ_VIEWER_KEYBOARD_XCB_H */
