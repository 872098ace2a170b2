/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * typing: text and key names to keysyms. Pure.
 */
#ifndef SJ_VIEWER_TYPING_H
#define SJ_VIEWER_TYPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"

#define SJ_KEYSYM_BACKSPACE 0xFF08u
#define SJ_KEYSYM_TAB 0xFF09u
#define SJ_KEYSYM_RETURN 0xFF0Du
#define SJ_KEYSYM_SHIFT 0xFFE1u
#define SJ_KEYSYM_CONTROL 0xFFE3u
#define SJ_KEYSYM_ALT 0xFFE9u
/* A keysym of a Unicode code point is this plus the code point. */
#define SJ_KEYSYM_UNICODE 0x01000000u

/*
 * Takes the next character off *text (UTF-8, terminated) into *code_point and
 * moves *text. False at its end or at a byte that is no UTF-8 (overlong
 * forms, surrogates and values above U+10FFFF included); *text then stays.
 */
SJ_MUST_USE bool sj_typing_next(const char **text, uint32_t *code_point);

/* True if all of text is UTF-8. */
SJ_MUST_USE bool sj_typing_is_utf8(const char *text);

/*
 * The keysym for code_point as KeyEvents carry it: Latin-1 is itself, newline
 * is Return, tab is Tab, backspace is BackSpace, other control characters
 * are 0 (no key), all else SJ_KEYSYM_UNICODE + code_point.
 */
uint32_t sj_typing_keysym(uint32_t code_point);

/*
 * Parses `Return`, `ctrl+l`, `shift+Tab`, `0xff0d` or one character. Writes the
 * keysym and the modifiers (1 shift, 2 control, 4 alt). False for a name
 * that is not known; nothing is then written.
 */
SJ_MUST_USE bool sj_typing_parse_key(
	const char *name, uint32_t *keysym, uint32_t *modifiers);

#endif /* SJ_VIEWER_TYPING_H */
