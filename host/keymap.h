/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keymap: which key of the session types which keysym, or that none does.
 *
 * Built once from the display's table. Pure: no I/O, no allocation.
 */
#ifndef SJ_HOST_KEYMAP_H
#define SJ_HOST_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"

#define SJ_KEYMAP_KEYCODES 256

/* What Shift has to be for a key to give a keysym. */
enum sj_keymap_shift {
	SJ_KEYMAP_SHIFT_ANY, /* the key means the same either way */
	SJ_KEYMAP_SHIFT_UP,
	SJ_KEYMAP_SHIFT_DOWN
};

/* Keysyms of each key, without and with Shift; 0 if there is none. */
struct sj_keymap {
	uint32_t plain[SJ_KEYMAP_KEYCODES];
	uint32_t shifted[SJ_KEYMAP_KEYCODES];
};

struct sj_keymap_stroke {
	uint8_t keycode;
	enum sj_keymap_shift shift;
};

/*
 * Reads a core keyboard mapping: count keysyms, per_keycode for each keycode
 * from first on. What does not fit is ignored.
 */
void sj_keymap_load(struct sj_keymap *keymap, uint8_t first, size_t per_keycode,
	const uint32_t *keysyms, size_t count);

/*
 * How to type keysym. A keypad key is typed by its plain twin, so that Num
 * Lock does not matter. False when no key does it.
 */
SJ_MUST_USE bool sj_keymap_find(const struct sj_keymap *keymap, uint32_t keysym,
	struct sj_keymap_stroke *stroke);

/* True for Shift, Control, Alt, Meta, Super, Hyper and level keys. */
bool sj_keymap_is_modifier(uint32_t keysym);

/* True for Caps Lock, Num Lock and other locks: the terminal's business. */
bool sj_keymap_is_lock(uint32_t keysym);

/*
 * Writes the UTF-8 form of a keysym that means a character (Latin-1 or
 * 0x01000000 + code point, no control characters or surrogates) to utf8.
 * Returns the number of bytes, 1 to 4; 0 if it means none.
 */
size_t sj_keymap_utf8(uint32_t keysym, char utf8[4]);

#endif /* SJ_HOST_KEYMAP_H */
