/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * inject: presses keys and moves the pointer of the session's display.
 *
 * A keysym is typed by the key that has it in the session's keymap, with Shift
 * as that key needs it, whatever the terminal's keymap needed. The server
 * does not repeat keys: the terminal does. Not thread-safe.
 */
#ifndef SJ_HOST_INJECT_H
#define SJ_HOST_INJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"

struct sj_display;
struct sj_inject;

enum sj_inject_keymap { SJ_INJECT_US = 0, SJ_INJECT_JP = 1 };

/*
 * Gives the display (keeps) the keymap, switches its own key repeat off and
 * learns its keys. Blocks. SJ_ERR_SYSTEM when the display does not answer,
 * SJ_ERR_MISSING when it cannot have that keymap.
 */
SJ_MUST_USE enum sj_err sj_inject_create(struct sj_inject **inject,
	struct sj_display *display, enum sj_inject_keymap keymap);
void sj_inject_destroy(struct sj_inject *inject);

/* True if a key of the session types keysym. */
bool sj_inject_has_key(const struct sj_inject *inject, uint32_t keysym);

/*
 * Presses or releases the key of keysym; a press of a held key is a repeat.
 * Locks, unknown keysyms and releases of what is not held do nothing.
 */
void sj_inject_key(struct sj_inject *inject, bool is_down, uint32_t keysym);

/* Presses and releases Shift, unless it is held: a key that changes nothing. */
void sj_inject_nudge(struct sj_inject *inject);

/* True while the viewer holds a key with keysym. */
bool sj_inject_is_held(const struct sj_inject *inject, uint32_t keysym);

/* True while Control, Alt, Meta or Super is held: keys are commands. */
bool sj_inject_is_command(const struct sj_inject *inject);

/* Moves the pointer (root coordinates) and sets buttons (bit 0 left). */
void sj_inject_pointer(struct sj_inject *inject, uint8_t buttons, uint16_t x_px,
	uint16_t y_px);

/* Releases every key and button that is held: the viewer has left. */
void sj_inject_release_all(struct sj_inject *inject);

#endif /* SJ_HOST_INJECT_H */
