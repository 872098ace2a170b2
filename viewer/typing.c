/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/typing.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct key_name {
	const char *name;
	uint32_t keysym;
};

/* X11 names of the keys that a script may want. */
static const struct key_name key_names[] = {
	{"BackSpace", SJ_KEYSYM_BACKSPACE},
	{"Tab", SJ_KEYSYM_TAB},
	{"Return", SJ_KEYSYM_RETURN},
	{"Enter", SJ_KEYSYM_RETURN},
	{"Escape", 0xFF1B},
	{"Pause", 0xFF13},
	{"Scroll_Lock", 0xFF14},
	{"Delete", 0xFFFF},
	{"Home", 0xFF50},
	{"Left", 0xFF51},
	{"Up", 0xFF52},
	{"Right", 0xFF53},
	{"Down", 0xFF54},
	{"Page_Up", 0xFF55},
	{"Page_Down", 0xFF56},
	{"End", 0xFF57},
	{"Print", 0xFF61},
	{"Insert", 0xFF63},
	{"Menu", 0xFF67},
	{"Num_Lock", 0xFF7F},
	{"KP_Enter", 0xFF8D},
	{"F1", 0xFFBE},
	{"F2", 0xFFBF},
	{"F3", 0xFFC0},
	{"F4", 0xFFC1},
	{"F5", 0xFFC2},
	{"F6", 0xFFC3},
	{"F7", 0xFFC4},
	{"F8", 0xFFC5},
	{"F9", 0xFFC6},
	{"F10", 0xFFC7},
	{"F11", 0xFFC8},
	{"F12", 0xFFC9},
	{"Shift_L", SJ_KEYSYM_SHIFT},
	{"Shift_R", 0xFFE2},
	{"Control_L", SJ_KEYSYM_CONTROL},
	{"Control_R", 0xFFE4},
	{"Caps_Lock", 0xFFE5},
	{"Alt_L", SJ_KEYSYM_ALT},
	{"Alt_R", 0xFFEA},
	{"Kanji", 0xFF21},
	{"Muhenkan", 0xFF22},
	{"Henkan", 0xFF23},
	{"Hiragana_Katakana", 0xFF27},
	{"Zenkaku_Hankaku", 0xFF2A},
	{"Eisu_toggle", 0xFF30},
	{"space", 0x20},
};

static const struct key_name modifier_names[] = {
	{"shift+", 1},
	{"ctrl+", 2},
	{"alt+", 4},
};

/* Length of the sequence that starts with byte; 0 if none can. */
static size_t sequence_size(uint8_t byte)
{
	if (byte < 0x80)
		return 1;
	if (byte >= 0xC2 && byte <= 0xDF)
		return 2;
	if (byte >= 0xE0 && byte <= 0xEF)
		return 3;
	if (byte >= 0xF0 && byte <= 0xF4)
		return 4;
	return 0;
}

bool sj_typing_next(const char **text, uint32_t *code_point)
{
	static const uint8_t masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
	static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
	const uint8_t *at = (const uint8_t *)*text;
	size_t size = sequence_size(at[0]);
	uint32_t value;
	size_t i;

	if (at[0] == 0 || size == 0)
		return false;
	value = at[0] & masks[size];
	for (i = 1; i < size; i++) {
		if ((at[i] & 0xC0) != 0x80)
			return false;
		value = value << 6 | (at[i] & 0x3Fu);
	}
	if (value < lowest[size] || value > 0x10FFFF ||
		(value >= 0xD800 && value <= 0xDFFF))
		return false;
	*code_point = value;
	*text += size;
	return true;
}

bool sj_typing_is_utf8(const char *text)
{
	uint32_t code_point;

	while (sj_typing_next(&text, &code_point))
		;
	return *text == 0;
}

uint32_t sj_typing_keysym(uint32_t code_point)
{
	switch (code_point) {
	case '\n':
	case '\r':
		return SJ_KEYSYM_RETURN;
	case '\t':
		return SJ_KEYSYM_TAB;
	case '\b':
		return SJ_KEYSYM_BACKSPACE;
	default:
		break;
	}
	if (code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0))
		return 0;
	if (code_point <= 0xFF)
		return code_point;
	return SJ_KEYSYM_UNICODE + code_point;
}

static bool find_key(const char *name, uint32_t *keysym)
{
	const char *rest = name;
	uint32_t code_point;
	char *end = NULL;
	unsigned long value;
	size_t i;

	for (i = 0; i < SJ_COUNT(key_names); i++) {
		if (strcasecmp(name, key_names[i].name) == 0) {
			*keysym = key_names[i].keysym;
			return true;
		}
	}
	if (strncmp(name, "0x", 2) == 0) {
		value = strtoul(name, &end, 16);
		if (*end != 0 || value == 0 || value > 0x0110FFFF)
			return false;
		*keysym = (uint32_t)value;
		return true;
	}
	if (!sj_typing_next(&rest, &code_point) || *rest != 0 ||
		sj_typing_keysym(code_point) == 0)
		return false;
	*keysym = sj_typing_keysym(code_point);
	return true;
}

bool sj_typing_parse_key(
	const char *name, uint32_t *keysym, uint32_t *modifiers)
{
	uint32_t found = 0;
	size_t i = 0;

	while (i < SJ_COUNT(modifier_names)) {
		size_t size = strlen(modifier_names[i].name);

		if (strncasecmp(name, modifier_names[i].name, size) != 0) {
			i++;
			continue;
		}
		found |= modifier_names[i].keysym;
		name += size;
		i = 0;
	}
	if (!find_key(name, keysym))
		return false;
	*modifiers = found;
	return true;
}
