/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keys: which keysym each key that is down was sent as.
 *
 * A key is released with the keysym it was pressed with, whatever the modifiers
 * are by then. Pure.
 */
#ifndef SJ_VIEWER_KEYS_H
#define SJ_VIEWER_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/limits.h"

/* Zeroed: no key is down. */
struct sj_keys {
	struct {
		uint32_t keycode;
		uint32_t keysym;
	} down[SJ_LIMIT_KEYS_DOWN];
	size_t count;
};

/*
 * The keysym to send for keysym of the keyboard, 0 for none: keys that
 * never cross, and locks and level shifts, whose effect is in the keysyms
 * already. Old and national keysyms become Unicode ones.
 */
uint32_t sj_keys_wire(uint32_t keysym);

/*
 * Notes a press and returns the keysym to send as pressed: of a repeat the one
 * it was pressed with. 0 when keysym is 0 or too many keys are down.
 */
uint32_t sj_keys_press(struct sj_keys *keys, uint32_t keycode, uint32_t keysym);

/* Notes a release; the keysym to send as released, 0 if none was. */
uint32_t sj_keys_release(struct sj_keys *keys, uint32_t keycode);

/* Forgets all keys (the gate releases them). */
void sj_keys_clear(struct sj_keys *keys);

#endif /* SJ_VIEWER_KEYS_H */
