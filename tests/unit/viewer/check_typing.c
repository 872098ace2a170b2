/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/typing.h"

#include <stdint.h>

#include "tests/support/suite.h"

START_TEST(characters_of_each_length_are_read)
{
	const char *text = "a\xC3\xA9\xE4\xB8\x8A\xF0\x9F\x98\x80";
	uint32_t code_point = 0;

	ck_assert(sj_typing_next(&text, &code_point));
	ck_assert_uint_eq(code_point, 'a');
	ck_assert(sj_typing_next(&text, &code_point));
	ck_assert_uint_eq(code_point, 0xE9);
	ck_assert(sj_typing_next(&text, &code_point));
	ck_assert_uint_eq(code_point, 0x4E0A);
	ck_assert(sj_typing_next(&text, &code_point));
	ck_assert_uint_eq(code_point, 0x1F600);
	ck_assert(!sj_typing_next(&text, &code_point));
	ck_assert_int_eq(*text, 0);
}
END_TEST

static const char *const bad_texts[] = {
	"\x80",             /* a continuation alone */
	"\xC0\x80",         /* overlong NUL */
	"\xC1\xBF",         /* overlong */
	"\xE0\x80\x80",     /* overlong */
	"\xF0\x80\x80\x80", /* overlong */
	"\xED\xA0\x80",     /* surrogate */
	"\xF4\x90\x80\x80", /* above U+10FFFF */
	"\xF5\x80\x80\x80", /* no such lead byte */
	"\xE4\xB8",         /* cut short */
	"\xE4\xB8g",        /* broken inside */
	"\xFF",
};

START_TEST(what_is_no_utf8_is_refused)
{
	const char *text = bad_texts[_i];
	uint32_t code_point = 7;

	ck_assert(!sj_typing_next(&text, &code_point));
	ck_assert_ptr_eq(text, bad_texts[_i]);
	ck_assert_uint_eq(code_point, 7);
	ck_assert(!sj_typing_is_utf8(bad_texts[_i]));
}
END_TEST

START_TEST(a_text_with_one_bad_byte_is_not_utf8)
{
	ck_assert(sj_typing_is_utf8("上越市役所"));
	ck_assert(sj_typing_is_utf8(""));
	ck_assert(!sj_typing_is_utf8("上越\xFF"));
}
END_TEST

START_TEST(code_points_become_keysyms)
{
	ck_assert_uint_eq(sj_typing_keysym('a'), 'a');
	ck_assert_uint_eq(sj_typing_keysym(0xFF), 0xFF);
	ck_assert_uint_eq(sj_typing_keysym(0x100), 0x01000100);
	ck_assert_uint_eq(sj_typing_keysym(0x4E0A), 0x01004E0A);
	ck_assert_uint_eq(sj_typing_keysym('\n'), SJ_KEYSYM_RETURN);
	ck_assert_uint_eq(sj_typing_keysym('\t'), SJ_KEYSYM_TAB);
	ck_assert_uint_eq(sj_typing_keysym('\b'), SJ_KEYSYM_BACKSPACE);
	ck_assert_uint_eq(sj_typing_keysym(0x1B), 0);
	ck_assert_uint_eq(sj_typing_keysym(0x7F), 0);
	ck_assert_uint_eq(sj_typing_keysym(0x9F), 0);
	ck_assert_uint_eq(sj_typing_keysym(0xA0), 0xA0);
}
END_TEST

static const struct {
	const char *name;
	uint32_t keysym, modifiers;
} good_keys[] = {
	{"Return", 0xFF0D, 0},
	{"return", 0xFF0D, 0},
	{"ctrl+l", 'l', 2},
	{"shift+ctrl+Tab", 0xFF09, 3},
	{"alt+F4", 0xFFC1, 4},
	{"0xff0d", 0xFF0D, 0},
	{"上", 0x01004E0A, 0},
	{"+", '+', 0},
	{"Zenkaku_Hankaku", 0xFF2A, 0},
};

START_TEST(key_names_are_understood)
{
	uint32_t keysym = 0, modifiers = 9;

	ck_assert(sj_typing_parse_key(good_keys[_i].name, &keysym, &modifiers));
	ck_assert_uint_eq(keysym, good_keys[_i].keysym);
	ck_assert_uint_eq(modifiers, good_keys[_i].modifiers);
}
END_TEST

static const char *const bad_keys[] = {
	"", "ctrl+", "NoSuchKey", "ab", "0x", "0x0", "0xzz", "0x01110000"};

START_TEST(unknown_key_names_are_refused)
{
	uint32_t keysym = 5, modifiers = 9;

	ck_assert(!sj_typing_parse_key(bad_keys[_i], &keysym, &modifiers));
	ck_assert_uint_eq(modifiers, 9);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {characters_of_each_length_are_read,
		a_text_with_one_bad_byte_is_not_utf8,
		code_points_become_keysyms};
	const struct sj_suite_loop loops[] = {
		{what_is_no_utf8_is_refused, SJ_COUNT(bad_texts)},
		{key_names_are_understood, SJ_COUNT(good_keys)},
		{unknown_key_names_are_refused, SJ_COUNT(bad_keys)},
	};

	return sj_suite_run_loops("viewer typing", tests, SJ_COUNT(tests),
		loops, SJ_COUNT(loops));
}
