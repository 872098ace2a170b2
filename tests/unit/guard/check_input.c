/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/input.h"

#include <string.h>

#include "tests/support/suite.h"

#define START_US UINT64_C(10000000)

static struct sj_core_policy policy;
static struct sj_core_counts counts;
static struct sj_input input;

static void begin(void)
{
	memset(&counts, 0, sizeof(counts));
	sj_input_init(&input, &policy, &counts, START_US);
}

static void key(uint32_t keysym, bool is_down, uint64_t now_us)
{
	const struct sj_rfb_viewer_message message = {
		.type = SJ_RFB_KEY_EVENT, .u.key = {is_down, keysym}};

	sj_input_add(&input, &message, now_us);
}

static void point(uint16_t x_px, uint8_t buttons, uint64_t now_us)
{
	const struct sj_rfb_viewer_message message = {
		.type = SJ_RFB_POINTER_EVENT,
		.u.pointer = {.buttons = buttons, .x_px = x_px}};

	sj_input_add(&input, &message, now_us);
}

static void wish(uint16_t width_px, uint64_t now_us)
{
	const struct sj_rfb_viewer_message message = {
		.type = SJ_RFB_SET_DESKTOP_SIZE,
		.u.desktop_size = {{width_px, 600}}};

	sj_input_add(&input, &message, now_us);
}

/* Takes all that may leave now; returns how many. */
static unsigned drain(uint64_t now_us)
{
	const struct sj_viewer_input *next;
	unsigned count = 0;

	while ((next = sj_input_next(&input, now_us)) != NULL) {
		sj_input_sent(&input, next, now_us);
		count++;
	}
	return count;
}

START_TEST(passes_everything_in_order_without_a_policy)
{
	const struct sj_viewer_input *next;

	memset(&policy, 0, sizeof(policy));
	begin();
	ck_assert_uint_eq(sj_input_wait_us(&input, START_US), UINT64_MAX);
	key('a', true, START_US);
	point(7, 1, START_US);
	wish(800, START_US);
	next = sj_input_next(&input, START_US);
	ck_assert_ptr_nonnull(next);
	ck_assert_uint_eq(next->type, SJ_VIEWER_INPUT_KEY);
	ck_assert_uint_eq(next->keysym, 'a');
	ck_assert_uint_eq(next->is_down, 1);
	sj_input_sent(&input, next, START_US);
	next = sj_input_next(&input, START_US);
	ck_assert_uint_eq(next->type, SJ_VIEWER_INPUT_POINTER);
	ck_assert_uint_eq(next->x_px, 7);
	ck_assert_uint_eq(next->buttons, 1);
	sj_input_sent(&input, next, START_US);
	next = sj_input_next(&input, START_US);
	ck_assert_uint_eq(next->type, SJ_VIEWER_INPUT_SIZE);
	ck_assert_uint_eq(next->x_px, 800);
	ck_assert_uint_eq(next->y_px, 600);
	sj_input_sent(&input, next, START_US);
	ck_assert_uint_eq(counts.keys + counts.pointers + counts.sizes, 3);
}
END_TEST

START_TEST(drops_and_counts_keys_when_reading_only)
{
	memset(&policy, 0, sizeof(policy));
	policy.is_read_only = 1;
	begin();
	key('a', true, START_US);
	key('a', false, START_US);
	point(1, 0, START_US);
	ck_assert_uint_eq(drain(START_US), 1);
	ck_assert_uint_eq(counts.keys_dropped, 2);
	ck_assert_uint_eq(counts.pointers, 1);
}
END_TEST

START_TEST(lets_presses_above_the_rate_wait_and_releases_pass)
{
	memset(&policy, 0, sizeof(policy));
	policy.keys_per_second = 10;
	begin();
	for (uint32_t i = 0; i < 12; i++)
		key(0xFF51, true, START_US);
	ck_assert_uint_eq(drain(START_US), 10);
	ck_assert_uint_eq(sj_input_wait_us(&input, START_US), 100000);
	ck_assert_uint_eq(drain(START_US + 99999), 0);
	ck_assert_uint_eq(drain(START_US + 100000), 1);
	ck_assert_uint_eq(drain(START_US + 200000), 1);
	key('b', false, START_US + 200000);
	ck_assert_uint_eq(drain(START_US + 200000), 1);
	ck_assert_uint_eq(counts.keys, 13);
}
END_TEST

START_TEST(lets_characters_above_the_rate_wait_but_no_other_key)
{
	memset(&policy, 0, sizeof(policy));
	policy.text_per_minute = 60;
	begin();
	for (uint32_t i = 0; i < 61; i++)
		key(0x01003042, true, START_US);
	ck_assert_uint_eq(drain(START_US), 60);
	ck_assert_uint_gt(sj_input_wait_us(&input, START_US), 900000);
	ck_assert_uint_eq(drain(START_US + 900000), 0);
	ck_assert_uint_eq(drain(START_US + 1100000), 1);
	key(0xFF0D, true, START_US + 1100000);
	ck_assert_uint_eq(drain(START_US + 1100000), 1);
}
END_TEST

START_TEST(joins_motion_that_waits_and_keeps_every_button)
{
	memset(&policy, 0, sizeof(policy));
	policy.pointer_per_second = 10;
	begin();
	point(1, 0, START_US);
	point(2, 0, START_US);
	point(3, 0, START_US); /* takes the place of 1 and 2 */
	point(3, 1, START_US);
	point(4, 1, START_US); /* of the press? no: it is told apart */
	point(4, 0, START_US);
	ck_assert_uint_eq(counts.pointers_joined, 3);
	ck_assert_uint_eq(drain(START_US), 2);
	ck_assert_uint_eq(drain(START_US + 1000000), 1);
	ck_assert_uint_eq(counts.pointers, 3);
}
END_TEST

START_TEST(keeps_the_last_size_above_the_rate_and_no_key_waits_for_it)
{
	const struct sj_viewer_input *next;

	memset(&policy, 0, sizeof(policy));
	policy.sizes_per_minute = 6;
	begin();
	for (uint16_t i = 0; i < 7; i++) {
		wish((uint16_t)(800 + i), START_US);
		ck_assert_uint_eq(drain(START_US), i < 4);
	}
	key('a', true, START_US);
	ck_assert_uint_eq(drain(START_US), 1);
	ck_assert_uint_gt(sj_input_wait_us(&input, START_US), 9900000);
	ck_assert_uint_eq(drain(START_US + 9900000), 0);
	next = sj_input_next(&input, START_US + 10100000);
	ck_assert_ptr_nonnull(next);
	ck_assert_uint_eq(next->x_px, 806);
	sj_input_sent(&input, next, START_US + 10100000);
	ck_assert_uint_eq(
		sj_input_wait_us(&input, START_US + 10100000), UINT64_MAX);
	ck_assert_uint_eq(counts.sizes, 5);
}
END_TEST

START_TEST(lets_all_leave_at_multiples_of_the_quantum)
{
	memset(&policy, 0, sizeof(policy));
	policy.quantum_ms = 50;
	begin();
	key('a', true, START_US + 1);
	key('a', false, START_US + 49999);
	wish(900, START_US + 49999);
	ck_assert_uint_eq(drain(START_US + 49999), 0);
	ck_assert_uint_eq(sj_input_wait_us(&input, START_US + 49999), 1);
	ck_assert_uint_eq(drain(START_US + 50000), 3);
	key('b', true, START_US + 50000);
	ck_assert_uint_eq(drain(START_US + 50000), 0);
	ck_assert_uint_eq(drain(START_US + 100000), 1);
}
END_TEST

START_TEST(stops_an_individual_number_and_forgets_at_a_click)
{
	memset(&policy, 0, sizeof(policy));
	policy.my_number = SJ_NUMBER_EXACT;
	begin();
	for (const char *at = "123456789018"; *at; at++)
		key((uint32_t)*at, true, START_US);
	ck_assert_uint_eq(drain(START_US), 11);
	ck_assert_uint_eq(counts.keys_dropped, 1);
	for (const char *at = "12345678901"; *at; at++)
		key((uint32_t)*at, true, START_US);
	point(1, 1, START_US);
	key('8', true, START_US);
	ck_assert_uint_eq(drain(START_US), 13);
	ck_assert_uint_eq(counts.keys_dropped, 1);
}
END_TEST

START_TEST(remembers_a_number_over_a_wheel)
{
	memset(&policy, 0, sizeof(policy));
	policy.my_number = SJ_NUMBER_EXACT;
	begin();
	point(1, 0, START_US);
	for (const char *at = "12345678901"; *at; at++)
		key((uint32_t)*at, true, START_US);
	point(1, 8, START_US);
	point(1, 0, START_US);
	key('8', true, START_US);
	(void)drain(START_US);
	ck_assert_uint_eq(counts.keys_dropped, 1);
}
END_TEST

START_TEST(keeps_nothing_of_what_was_sent)
{
	memset(&policy, 0, sizeof(policy));
	begin();
	for (uint32_t i = 0; i < SJ_INPUT_MESSAGES; i++)
		key('x', true, START_US);
	ck_assert(!sj_input_has_room(&input));
	ck_assert_uint_eq(drain(START_US), SJ_INPUT_MESSAGES);
	ck_assert(sj_input_has_room(&input));
	for (size_t i = 0; i < SJ_INPUT_MESSAGES; i++)
		ck_assert_uint_eq(input.ring[i].message.keysym, 0);
}
END_TEST

SJ_SUITE_MAIN("guard_input", passes_everything_in_order_without_a_policy,
	drops_and_counts_keys_when_reading_only,
	lets_presses_above_the_rate_wait_and_releases_pass,
	lets_characters_above_the_rate_wait_but_no_other_key,
	joins_motion_that_waits_and_keeps_every_button,
	keeps_the_last_size_above_the_rate_and_no_key_waits_for_it,
	lets_all_leave_at_multiples_of_the_quantum,
	stops_an_individual_number_and_forgets_at_a_click,
	remembers_a_number_over_a_wheel, keeps_nothing_of_what_was_sent)
