/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/rfb/keysym.h"

#include <stddef.h>

#include "tests/support/suite.h"

/* Written from docs/protocol.md, not from the source. */
static const struct {
	uint32_t first, last;
} ranges[] = {
	{0x20, 0x7e},
	{0xa0, 0xff},
	{0xfe03, 0xfe03},
	{0xfe20, 0xfe20},
	{0xff08, 0xff09},
	{0xff0b, 0xff0b},
	{0xff0d, 0xff0d},
	{0xff13, 0xff14},
	{0xff1b, 0xff1b},
	{0xff20, 0xff3f},
	{0xff50, 0xff58},
	{0xff60, 0xff6b},
	{0xff7e, 0xffbd}, /* two ranges that touch */
	{0xffbe, 0xffc9},
	{0xffe1, 0xffee},
	{0xffff, 0xffff},
	{0x01000100, 0x0100d7ff},
	{0x0100e000, 0x0110ffff},
};
#define RANGES (sizeof(ranges) / sizeof(ranges[0]))

static bool is_listed(uint32_t keysym)
{
	for (size_t i = 0; i < RANGES; i++) {
		if (keysym >= ranges[i].first && keysym <= ranges[i].last)
			return true;
	}
	return false;
}

START_TEST(permits_both_ends_of_every_range)
{
	ck_assert(sj_rfb_keysym_is_allowed(ranges[_i].first));
	ck_assert(sj_rfb_keysym_is_allowed(ranges[_i].last));
}
END_TEST

START_TEST(refuses_one_beyond_every_range)
{
	const uint32_t below = ranges[_i].first - 1;
	const uint32_t above = ranges[_i].last + 1;

	ck_assert_int_eq(sj_rfb_keysym_is_allowed(below), is_listed(below));
	ck_assert_int_eq(sj_rfb_keysym_is_allowed(above), is_listed(above));
}
END_TEST

START_TEST(agrees_with_the_list_on_every_16_bit_keysym)
{
	for (uint32_t keysym = 0; keysym < 0x10000; keysym++)
		ck_assert_int_eq(
			sj_rfb_keysym_is_allowed(keysym), is_listed(keysym));
}
END_TEST

START_TEST(refuses_keys_that_control_the_machine)
{
	static const uint32_t refused[] = {
		0,          /* NoSymbol */
		0xfed0,     /* Terminate_Server */
		0x1008fe01, /* XF86Switch_VT_1 */
		0x1008ff2a, /* XF86PowerOff */
		0x1008ff2c, /* XF86Eject */
		0xffca,     /* F13 */
		0xff15,     /* Sys_Req */
		0xffffffff,
	};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		ck_assert(!sj_rfb_keysym_is_allowed(refused[i]));
}
END_TEST

START_TEST(refuses_surrogates_and_what_is_beyond_unicode)
{
	ck_assert(!sj_rfb_keysym_is_allowed(0x0100d800));
	ck_assert(!sj_rfb_keysym_is_allowed(0x0100dfff));
	ck_assert(!sj_rfb_keysym_is_allowed(0x01110000));
	ck_assert(!sj_rfb_keysym_is_allowed(0x010000ff));
}
END_TEST

START_TEST(permits_the_keys_of_japanese_input)
{
	static const uint32_t permitted[] = {
		0xff21,     /* Kanji */
		0xff22,     /* Muhenkan */
		0xff23,     /* Henkan_Mode */
		0xff27,     /* Hiragana_Katakana */
		0xff2a,     /* Zenkaku_Hankaku */
		0xff30,     /* Eisu_toggle */
		0x01004e0a, /* U+4E0A */
		0x0102000b, /* U+2000B, beyond 16 bits */
	};

	for (size_t i = 0; i < sizeof(permitted) / sizeof(permitted[0]); i++)
		ck_assert(sj_rfb_keysym_is_allowed(permitted[i]));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		agrees_with_the_list_on_every_16_bit_keysym,
		refuses_keys_that_control_the_machine,
		refuses_surrogates_and_what_is_beyond_unicode,
		permits_the_keys_of_japanese_input,
	};
	const struct sj_suite_loop loops[] = {
		{permits_both_ends_of_every_range, RANGES},
		{refuses_one_beyond_every_range, RANGES},
	};

	return sj_suite_run_loops("keysym", tests,
		sizeof(tests) / sizeof(tests[0]), loops,
		sizeof(loops) / sizeof(loops[0]));
}
