/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/keymap.h"

#include <string.h>

#include "protocol/base/attr.h"

#define KEYCODE_FIRST 8 /* X has no keycodes below */
#define UNICODE 0x01000000u

/* Keypad keysyms and what they mean with Num Lock as the terminal had it. */
static const struct {
	uint32_t keypad;
	uint32_t plain;
} twins[] = {
	{0xff80, 0x0020}, /* KP_Space */
	{0xff89, 0xff09}, /* KP_Tab */
	{0xff8d, 0xff0d}, /* KP_Enter */
	{0xff95, 0xff50}, /* KP_Home */
	{0xff96, 0xff51}, /* KP_Left */
	{0xff97, 0xff52}, /* KP_Up */
	{0xff98, 0xff53}, /* KP_Right */
	{0xff99, 0xff54}, /* KP_Down */
	{0xff9a, 0xff55}, /* KP_Prior */
	{0xff9b, 0xff56}, /* KP_Next */
	{0xff9c, 0xff57}, /* KP_End */
	{0xff9d, 0xff50}, /* KP_Begin: the middle key does nothing else */
	{0xff9e, 0xff63}, /* KP_Insert */
	{0xff9f, 0xffff}, /* KP_Delete */
	{0xffbd, 0x003d}, /* KP_Equal */
};

static uint32_t without_keypad(uint32_t keysym)
{
	/* KP_Multiply to KP_9 follow ASCII. */
	if (keysym >= 0xffaa && keysym <= 0xffb9)
		return keysym - 0xff80;
	for (size_t i = 0; i < SJ_COUNT(twins); i++)
		if (twins[i].keypad == keysym)
			return twins[i].plain;
	return keysym;
}

void sj_keymap_load(struct sj_keymap *keymap, uint8_t first, size_t per_keycode,
	const uint32_t *keysyms, size_t count)
{
	memset(keymap, 0, sizeof(*keymap));
	if (per_keycode == 0)
		return;
	for (size_t i = 0; i < count / per_keycode; i++) {
		const uint32_t *row = keysyms + i * per_keycode;
		size_t keycode = first + i;

		if (keycode < KEYCODE_FIRST || keycode >= SJ_KEYMAP_KEYCODES)
			continue;
		keymap->plain[keycode] = row[0];
		if (per_keycode > 1)
			keymap->shifted[keycode] = row[1];
	}
}

/* How keycode gives keysym; false if it does not. */
static bool match(const struct sj_keymap *keymap, size_t keycode,
	uint32_t keysym, struct sj_keymap_stroke *stroke)
{
	uint32_t plain = keymap->plain[keycode];
	uint32_t shifted = keymap->shifted[keycode];

	stroke->keycode = (uint8_t)keycode;
	if (plain == keysym) {
		stroke->shift = shifted == 0 || shifted == keysym
					? SJ_KEYMAP_SHIFT_ANY
					: SJ_KEYMAP_SHIFT_UP;
		return true;
	}
	stroke->shift = SJ_KEYMAP_SHIFT_DOWN;
	return shifted == keysym;
}

bool sj_keymap_find(const struct sj_keymap *keymap, uint32_t keysym,
	struct sj_keymap_stroke *stroke)
{
	struct sj_keymap_stroke found;

	keysym = without_keypad(keysym);
	if (keysym == 0)
		return false;
	/* Characters of Latin-1 have two numbers. */
	if (keysym >= UNICODE + 0x20 && keysym <= UNICODE + 0xff)
		keysym -= UNICODE;
	for (size_t keycode = KEYCODE_FIRST; keycode < SJ_KEYMAP_KEYCODES;
		keycode++) {
		if (!match(keymap, keycode, keysym, &found))
			continue;
		*stroke = found;
		/* Tab keeps its meaning under Shift: the page asks for it. */
		if (keymap->shifted[keycode] >= 0xfe00 &&
			found.shift == SJ_KEYMAP_SHIFT_UP)
			stroke->shift = SJ_KEYMAP_SHIFT_ANY;
		return true;
	}
	return false;
}

bool sj_keymap_is_modifier(uint32_t keysym)
{
	return (keysym >= 0xffe1 && keysym <= 0xffee && keysym != 0xffe5 &&
		       keysym != 0xffe6) ||
	       keysym == 0xfe03 || keysym == 0xff7e;
}

bool sj_keymap_is_lock(uint32_t keysym)
{
	return keysym == 0xffe5 || keysym == 0xffe6 || keysym == 0xff7f ||
	       keysym == 0xff14;
}

size_t sj_keymap_utf8(uint32_t keysym, char utf8[4])
{
	uint32_t c = keysym;

	if (keysym >= UNICODE && keysym <= UNICODE + 0x10ffff)
		c = keysym - UNICODE;
	else if (keysym > 0xff)
		return 0;
	if (c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0xd800 && c < 0xe000))
		return 0;
	if (c < 0x80) {
		utf8[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		utf8[0] = (char)(0xc0 | c >> 6);
		utf8[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		utf8[0] = (char)(0xe0 | c >> 12);
		utf8[1] = (char)(0x80 | (c >> 6 & 0x3f));
		utf8[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	utf8[0] = (char)(0xf0 | c >> 18);
	utf8[1] = (char)(0x80 | (c >> 12 & 0x3f));
	utf8[2] = (char)(0x80 | (c >> 6 & 0x3f));
	utf8[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}
