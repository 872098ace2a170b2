/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/keymap.h"

#include <string.h>

#include "tests/support/suite.h"

/* Keycodes 8 to 19, as a core mapping of four columns. */
static const uint32_t mapping[][4] = {
	{0, 0, 0, 0}, {'a', 'A', 'a', 'A'}, {'2', '@', 0, 0}, {'[', '{', 0, 0},
	{0xff09, 0xfe20, 0, 0},          /* Tab, ISO_Left_Tab */
	{0xff0d, 0, 0, 0},               /* Return */
	{0xffe1, 0, 0, 0},               /* Shift_L */
	{0xff9c, 0xffb1, 0, 0},          /* KP_End, KP_1 */
	{'1', '!', 0, 0},                /* 1 */
	{0xff57, 0, 0, 0},               /* End */
	{0xe9, 0xc9, 0, 0},              /* e with acute */
	{0xffc1, 0xffc1, 0x1008fe04, 0}, /* F4 */
};

static struct sj_keymap keymap;

static void load(void)
{
	sj_keymap_load(&keymap, 8, 4, &mapping[0][0], sizeof(mapping) / 4);
}

static void expect(uint32_t keysym, uint8_t keycode, enum sj_keymap_shift shift)
{
	struct sj_keymap_stroke stroke = {0};

	ck_assert(sj_keymap_find(&keymap, keysym, &stroke));
	ck_assert_uint_eq(stroke.keycode, keycode);
	ck_assert_int_eq(stroke.shift, shift);
}

START_TEST(knows_which_key_needs_shift)
{
	load();
	expect('a', 9, SJ_KEYMAP_SHIFT_UP);
	expect('A', 9, SJ_KEYMAP_SHIFT_DOWN);
	expect('@', 10, SJ_KEYMAP_SHIFT_DOWN);
	expect('[', 11, SJ_KEYMAP_SHIFT_UP);
	expect('{', 11, SJ_KEYMAP_SHIFT_DOWN);
}
END_TEST

START_TEST(leaves_shift_alone_where_it_means_nothing)
{
	load();
	expect(0xff0d, 13, SJ_KEYMAP_SHIFT_ANY);
	expect(0xffc1, 19, SJ_KEYMAP_SHIFT_ANY);
	/* Shift+Tab comes as Tab from some terminals. */
	expect(0xff09, 12, SJ_KEYMAP_SHIFT_ANY);
	expect(0xfe20, 12, SJ_KEYMAP_SHIFT_DOWN);
}
END_TEST

START_TEST(types_keypad_keys_by_their_plain_twins)
{
	load();
	expect(0xffb1, 16, SJ_KEYMAP_SHIFT_UP);  /* KP_1 */
	expect(0xff9c, 17, SJ_KEYMAP_SHIFT_ANY); /* KP_End */
	expect(0xff8d, 13, SJ_KEYMAP_SHIFT_ANY); /* KP_Enter */
}
END_TEST

START_TEST(knows_both_numbers_of_a_latin_1_character)
{
	load();
	expect(0xe9, 18, SJ_KEYMAP_SHIFT_UP);
	expect(0x010000e9, 18, SJ_KEYMAP_SHIFT_UP);
	expect(0x01000041, 9, SJ_KEYMAP_SHIFT_DOWN);
}
END_TEST

START_TEST(finds_no_key_for_what_is_not_there)
{
	static const uint32_t none[] = {
		0, 'b', 0x01004e0a, 0xffbe, 0x1008fe04, 0xffffffff};
	struct sj_keymap_stroke stroke;

	load();
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		ck_assert(!sj_keymap_find(&keymap, none[i], &stroke));
}
END_TEST

START_TEST(ignores_a_mapping_that_does_not_fit)
{
	static uint32_t many[600];
	struct sj_keymap_stroke stroke;

	for (size_t i = 0; i < 600; i++)
		many[i] = 'x';
	sj_keymap_load(&keymap, 200, 1, many, 600);
	ck_assert(sj_keymap_find(&keymap, 'x', &stroke));
	ck_assert_uint_eq(stroke.keycode, 200);
	sj_keymap_load(&keymap, 8, 0, many, 600);
	ck_assert(!sj_keymap_find(&keymap, 'x', &stroke));
	sj_keymap_load(&keymap, 0, 1, many, 8);
	ck_assert(!sj_keymap_find(&keymap, 'x', &stroke));
}
END_TEST

START_TEST(tells_modifiers_and_locks_from_other_keys)
{
	ck_assert(sj_keymap_is_modifier(0xffe1));
	ck_assert(sj_keymap_is_modifier(0xffee));
	ck_assert(sj_keymap_is_modifier(0xfe03));
	ck_assert(!sj_keymap_is_modifier(0xffe5));
	ck_assert(!sj_keymap_is_modifier('a'));
	ck_assert(sj_keymap_is_lock(0xffe5));
	ck_assert(sj_keymap_is_lock(0xff7f));
	ck_assert(!sj_keymap_is_lock(0xffe1));
}
END_TEST

static const struct {
	uint32_t keysym;
	const char *text; /* "": none */
} texts[] = {
	{'a', "a"},
	{' ', " "},
	{0xe9, "\xc3\xa9"},
	{0x0100005c, "\\"},
	{0x010007ff, "\xdf\xbf"},
	{0x01000800, "\xe0\xa0\x80"},
	{0x01004e0a, "\xe4\xb8\x8a"}, /* the first character of Joetsu */
	{0x0101f600, "\xf0\x9f\x98\x80"},
	{0x0110ffff, "\xf4\x8f\xbf\xbf"},
	{0x01110000, ""},
	{0x0100d800, ""},
	{0x0100dfff, ""},
	{0x01000000, ""},
	{0x0100001f, ""},
	{0x0100007f, ""},
	{0x0100009f, ""},
	{0x1f, ""},
	{0x7f, ""},
	{0x100, ""},
	{0xff0d, ""},
	{0xffffffff, ""},
};

START_TEST(writes_characters_as_utf8)
{
	char utf8[4];
	size_t size = sj_keymap_utf8(texts[_i].keysym, utf8);

	ck_assert_uint_eq(size, strlen(texts[_i].text));
	if (size > 0)
		ck_assert_mem_eq(utf8, texts[_i].text, size);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		knows_which_key_needs_shift,
		leaves_shift_alone_where_it_means_nothing,
		types_keypad_keys_by_their_plain_twins,
		knows_both_numbers_of_a_latin_1_character,
		finds_no_key_for_what_is_not_there,
		ignores_a_mapping_that_does_not_fit,
		tells_modifiers_and_locks_from_other_keys,
	};
	const struct sj_suite_loop loops[] = {
		{writes_characters_as_utf8, sizeof(texts) / sizeof(texts[0])},
	};

	return sj_suite_run_loops(
		"keymap", tests, sizeof(tests) / sizeof(tests[0]), loops, 1);
}
