/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/keys.h"

#include <xkbcommon/xkbcommon-keysyms.h>
#include <xkbcommon/xkbcommon.h>

#include "protocol/rfb/keysym.h"
#include "viewer/typing.h"

uint32_t sj_keys_wire(uint32_t keysym)
{
	uint32_t code_point;

	switch (keysym) {
	case XKB_KEY_Caps_Lock:
	case XKB_KEY_Shift_Lock:
	case XKB_KEY_Num_Lock:
	case XKB_KEY_Scroll_Lock:
	case XKB_KEY_Mode_switch:
	case XKB_KEY_ISO_Level3_Shift:
	case XKB_KEY_ISO_Level5_Shift:
		return 0;
	case XKB_KEY_ISO_Left_Tab:
		return XKB_KEY_Tab;
	default:
		break;
	}
	if (sj_rfb_keysym_is_allowed(keysym))
		return keysym;
	code_point = xkb_keysym_to_utf32(keysym);
	if (code_point == 0)
		return 0;
	keysym = sj_typing_keysym(code_point);
	return sj_rfb_keysym_is_allowed(keysym) ? keysym : 0;
}

uint32_t sj_keys_press(struct sj_keys *keys, uint32_t keycode, uint32_t keysym)
{
	size_t i;

	for (i = 0; i < keys->count; i++) {
		if (keys->down[i].keycode == keycode)
			return keys->down[i].keysym;
	}
	if (keysym == 0 || keys->count == SJ_LIMIT_KEYS_DOWN)
		return 0;
	keys->down[keys->count].keycode = keycode;
	keys->down[keys->count].keysym = keysym;
	keys->count++;
	return keysym;
}

uint32_t sj_keys_release(struct sj_keys *keys, uint32_t keycode)
{
	size_t i;

	for (i = 0; i < keys->count; i++) {
		uint32_t keysym = keys->down[i].keysym;

		if (keys->down[i].keycode != keycode)
			continue;
		keys->count--;
		keys->down[i] = keys->down[keys->count];
		return keysym;
	}
	return 0;
}

void sj_keys_clear(struct sj_keys *keys)
{
	keys->count = 0;
}
