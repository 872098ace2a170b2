/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/keys.h"

#include "tests/support/suite.h"

static struct sj_keys keys;

static const struct {
	uint32_t keysym, wire;
} mappings[] = {
	{'a', 'a'},
	{0xFF0D, 0xFF0D},         /* Return */
	{0xFF2A, 0xFF2A},         /* Zenkaku_Hankaku */
	{0xFF23, 0xFF23},         /* Henkan */
	{0xFF22, 0xFF22},         /* Muhenkan */
	{0xFF27, 0xFF27},         /* Hiragana_Katakana */
	{0xFE20, 0xFF09},         /* ISO_Left_Tab */
	{0x04B1, 0x010030A2},     /* kana_A */
	{0x20AC, 0x010020AC},     /* EuroSign */
	{0x010030A2, 0x010030A2}, /* a Unicode keysym */
	{0xFFE5, 0},              /* Caps_Lock: its effect is in the keysym */
	{0xFF7F, 0},              /* Num_Lock */
	{0xFF14, 0},              /* Scroll_Lock */
	{0xFE03, 0},              /* ISO_Level3_Shift */
	{0xFED0, 0},              /* Terminate_Server */
	{0x1008FF11, 0},          /* XF86AudioLowerVolume */
	{0x1008FE01, 0},          /* XF86Switch_VT_1 */
	{0, 0},
};

START_TEST(keysyms_are_made_fit_for_the_wire)
{
	ck_assert_uint_eq(sj_keys_wire(mappings[_i].keysym), mappings[_i].wire);
}
END_TEST

START_TEST(a_key_is_released_as_it_was_pressed)
{
	/* Shift is let go first: the key is 'a' by then. */
	ck_assert_uint_eq(sj_keys_press(&keys, 38, 'A'), 'A');
	ck_assert_uint_eq(sj_keys_release(&keys, 38), 'A');
	ck_assert_uint_eq(sj_keys_release(&keys, 38), 0);
}
END_TEST

START_TEST(a_repeat_is_a_press_of_the_same_keysym)
{
	ck_assert_uint_eq(sj_keys_press(&keys, 38, 'A'), 'A');
	ck_assert_uint_eq(sj_keys_press(&keys, 38, 'a'), 'A');
	ck_assert_uint_eq(keys.count, 1);
}
END_TEST

START_TEST(a_key_without_keysym_is_not_sent)
{
	ck_assert_uint_eq(sj_keys_press(&keys, 66, 0), 0);
	ck_assert_uint_eq(sj_keys_release(&keys, 66), 0);
}
END_TEST

START_TEST(more_keys_than_the_limit_are_not_sent)
{
	uint32_t i;

	for (i = 0; i < SJ_LIMIT_KEYS_DOWN; i++)
		ck_assert_uint_eq(sj_keys_press(&keys, i, 'a' + i), 'a' + i);
	ck_assert_uint_eq(sj_keys_press(&keys, 99, 'z'), 0);
	ck_assert_uint_eq(sj_keys_release(&keys, 99), 0);
	ck_assert_uint_eq(sj_keys_release(&keys, 3), 'd');
	ck_assert_uint_eq(sj_keys_press(&keys, 99, 'z'), 'z');
}
END_TEST

START_TEST(cleared_keys_are_not_released_again)
{
	ck_assert_uint_eq(sj_keys_press(&keys, 38, 'a'), 'a');
	sj_keys_clear(&keys);
	ck_assert_uint_eq(sj_keys_release(&keys, 38), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_key_is_released_as_it_was_pressed,
		a_repeat_is_a_press_of_the_same_keysym,
		a_key_without_keysym_is_not_sent,
		more_keys_than_the_limit_are_not_sent,
		cleared_keys_are_not_released_again};
	const struct sj_suite_loop loops[] = {
		{keysyms_are_made_fit_for_the_wire, SJ_COUNT(mappings)}};

	return sj_suite_run_loops(
		"viewer keys", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
