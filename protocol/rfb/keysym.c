/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/rfb/keysym.h"

#include <stddef.h>

/* Inclusive ranges, ascending. docs/protocol.md lists them. */
static const struct {
	uint32_t first;
	uint32_t last;
} allowed[] = {
	{0x0020, 0x007E},         /* printable ASCII */
	{0x00A0, 0x00FF},         /* Latin-1 */
	{0xFE03, 0xFE03},         /* ISO_Level3_Shift (AltGr) */
	{0xFE20, 0xFE20},         /* ISO_Left_Tab: what Shift+Tab gives */
	{0xFF08, 0xFF09},         /* BackSpace, Tab */
	{0xFF0B, 0xFF0B},         /* Clear */
	{0xFF0D, 0xFF0D},         /* Return */
	{0xFF13, 0xFF14},         /* Pause, Scroll_Lock */
	{0xFF1B, 0xFF1B},         /* Escape */
	{0xFF20, 0xFF3F},         /* Kanji, Muhenkan, Henkan, Eisu... */
	{0xFF50, 0xFF58},         /* cursor */
	{0xFF60, 0xFF6B},         /* Select to Break */
	{0xFF7E, 0xFF7F},         /* Mode_switch, Num_Lock */
	{0xFF80, 0xFFBD},         /* keypad */
	{0xFFBE, 0xFFC9},         /* F1 to F12 */
	{0xFFE1, 0xFFEE},         /* modifiers */
	{0xFFFF, 0xFFFF},         /* Delete */
	{0x01000100, 0x0100D7FF}, /* Unicode below the surrogates */
	{0x0100E000, 0x0110FFFF}, /* and above */
};

bool sj_rfb_keysym_is_allowed(uint32_t keysym)
{
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		if (keysym >= allowed[i].first && keysym <= allowed[i].last)
			return true;
	}
	return false;
}
