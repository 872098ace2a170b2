/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/script.h"

#include <string.h>

#include "tests/support/suite.h"
#include "viewer/typing.h"

static struct sj_script script;
static struct sj_script_player player;
static struct sj_input_queue queue;
static uint64_t wake_ms;

static void add(enum sj_viewer_step kind, const char *argument)
{
	ck_assert_int_eq(sj_script_add(&script, kind, argument), SJ_OK);
}

static bool play(uint64_t now_ms, uint64_t update_ms)
{
	return sj_script_play(
		&player, &script, &queue, now_ms, update_ms, &wake_ms);
}

static const struct {
	enum sj_viewer_step kind;
	const char *argument;
} bad_steps[] = {
	{SJ_VIEWER_STEP_CLICK, ""},
	{SJ_VIEWER_STEP_CLICK, "1"},
	{SJ_VIEWER_STEP_CLICK, "1,2x"},
	{SJ_VIEWER_STEP_CLICK, "1,2,"},
	{SJ_VIEWER_STEP_CLICK, "1,2,4"},
	{SJ_VIEWER_STEP_CLICK, "1,2,0"},
	{SJ_VIEWER_STEP_CLICK, "3841,2"},
	{SJ_VIEWER_STEP_CLICK, "-1,2"},
	{SJ_VIEWER_STEP_CLICK, "1,2161"},
	{SJ_VIEWER_STEP_WHEEL, "1,2"},
	{SJ_VIEWER_STEP_WHEEL, "1,2,0"},
	{SJ_VIEWER_STEP_RESIZE, "319x200"},
	{SJ_VIEWER_STEP_RESIZE, "320x199"},
	{SJ_VIEWER_STEP_RESIZE, "3841x200"},
	{SJ_VIEWER_STEP_RESIZE, "800,600"},
	{SJ_VIEWER_STEP_WAIT, ""},
	{SJ_VIEWER_STEP_WAIT, "-5"},
	{SJ_VIEWER_STEP_WAIT, "5s"},
	{SJ_VIEWER_STEP_QUIET, "soon"},
	{SJ_VIEWER_STEP_KEY, "NoSuchKey"},
	{SJ_VIEWER_STEP_TYPE, "\xFF"},
};

START_TEST(a_step_that_makes_no_sense_is_refused)
{
	ck_assert_int_eq(sj_script_add(&script, bad_steps[_i].kind,
				 bad_steps[_i].argument),
		SJ_ERR_ARGUMENT);
	ck_assert_uint_eq(script.count, 0);
}
END_TEST

START_TEST(a_click_is_motion_press_release)
{
	add(SJ_VIEWER_STEP_CLICK, "3840,2160,3");
	ck_assert(play(0, 0));
	ck_assert_uint_eq(queue.count, 3);
	ck_assert_uint_eq(queue.ring[0].buttons, 0);
	ck_assert_uint_eq(queue.ring[1].buttons, 4);
	ck_assert_uint_eq(queue.ring[1].x_px, 3840);
	ck_assert_uint_eq(queue.ring[2].buttons, 0);
}
END_TEST

START_TEST(the_wheel_presses_its_button_for_each_notch)
{
	add(SJ_VIEWER_STEP_WHEEL, "10,20,-2");
	add(SJ_VIEWER_STEP_WHEEL, "10,20,1");
	ck_assert(play(0, 0));
	ck_assert_uint_eq(queue.ring[1].buttons, 8);
	ck_assert_uint_eq(queue.ring[3].buttons, 8);
	/* The motion before the next notch says nothing new. */
	ck_assert_uint_eq(queue.ring[queue.count - 2].buttons, 16);
	ck_assert_uint_eq(queue.ring[queue.count - 1].buttons, 0);
}
END_TEST

START_TEST(a_chord_is_released_in_reverse)
{
	static const uint32_t keysyms[] = {SJ_KEYSYM_SHIFT, SJ_KEYSYM_CONTROL,
		'T', 'T', SJ_KEYSYM_CONTROL, SJ_KEYSYM_SHIFT};
	size_t i;

	add(SJ_VIEWER_STEP_KEY, "ctrl+shift+T");
	ck_assert(play(0, 0));
	ck_assert_uint_eq(queue.count, 6);
	for (i = 0; i < 6; i++) {
		ck_assert_uint_eq(queue.ring[i].keysym, keysyms[i]);
		ck_assert_uint_eq(queue.ring[i].is_down, i < 3);
	}
}
END_TEST

START_TEST(text_is_typed_in_order)
{
	add(SJ_VIEWER_STEP_TYPE, "a上\n");
	ck_assert(play(0, 0));
	ck_assert_uint_eq(queue.count, 6);
	ck_assert_uint_eq(queue.ring[0].keysym, 'a');
	ck_assert_uint_eq(queue.ring[0].is_down, 1);
	ck_assert_uint_eq(queue.ring[1].is_down, 0);
	ck_assert_uint_eq(queue.ring[2].keysym, 0x01004E0A);
	ck_assert_uint_eq(queue.ring[4].keysym, SJ_KEYSYM_RETURN);
}
END_TEST

START_TEST(a_long_text_is_cut_between_characters)
{
	char text[3 * 1500 + 1];
	size_t i;
	size_t bytes = 0;

	for (i = 0; i < 1500; i++)
		memcpy(text + 3 * i, "上", 3);
	text[sizeof(text) - 1] = 0;
	add(SJ_VIEWER_STEP_TYPE, text);
	ck_assert_uint_eq(script.count, 5);
	ck_assert(sj_script_is_valid(&script));
	for (i = 0; i < script.count; i++) {
		ck_assert_uint_eq(strlen(script.step[i].text) % 3, 0);
		bytes += strlen(script.step[i].text);
	}
	ck_assert_uint_eq(bytes, sizeof(text) - 1);
}
END_TEST

START_TEST(a_long_text_is_typed_as_fast_as_the_gate_passes_it)
{
	char text[1001];
	uint64_t now_ms = 1000;
	size_t typed = 0;
	size_t in_first_second = 0;
	bool is_done = false;
	int i;

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	for (i = 0; i < 5; i++)
		add(SJ_VIEWER_STEP_TYPE, text);
	while (!is_done && now_ms < 1000000) {
		is_done = play(now_ms, 0);
		typed += queue.count / 2;
		sj_input_queue_clear(&queue);
		if (now_ms < 2000)
			in_first_second = typed;
		ck_assert(is_done || wake_ms > now_ms);
		now_ms = wake_ms;
	}
	ck_assert_uint_eq(typed, 5000);
	ck_assert_uint_le(in_first_second,
		SJ_LIMIT_KEYS_BURST + SJ_LIMIT_KEYS_PER_SECOND);
}
END_TEST

START_TEST(a_full_queue_is_waited_for)
{
	add(SJ_VIEWER_STEP_TYPE, "abc");
	queue.count = SJ_INPUT_QUEUE_MESSAGES;
	ck_assert(!play(0, 0));
	ck_assert_uint_eq(wake_ms, UINT64_MAX);
	queue.count = 0;
	ck_assert(play(0, 0));
	ck_assert_uint_eq(queue.count, 6);
}
END_TEST

START_TEST(too_many_steps_are_refused)
{
	int i;

	for (i = 0; i < SJ_VIEWER_SCRIPT_STEPS; i++)
		add(SJ_VIEWER_STEP_WAIT, "1");
	ck_assert_int_eq(
		sj_script_add(&script, SJ_VIEWER_STEP_WAIT, "1"), SJ_ERR_LIMIT);
	ck_assert_int_eq(
		sj_script_add(&script, SJ_VIEWER_STEP_TYPE, "a"), SJ_ERR_LIMIT);
	ck_assert_uint_eq(script.count, SJ_VIEWER_SCRIPT_STEPS);
}
END_TEST

START_TEST(a_wait_holds_the_steps_behind_it)
{
	add(SJ_VIEWER_STEP_WAIT, "500");
	add(SJ_VIEWER_STEP_KEY, "a");
	ck_assert(!play(1000, 0));
	ck_assert_uint_eq(wake_ms, 1500);
	ck_assert(!play(1499, 0));
	ck_assert_uint_eq(queue.count, 0);
	ck_assert(play(1500, 0));
	ck_assert_uint_eq(queue.count, 2);
}
END_TEST

START_TEST(quiet_counts_from_the_last_update)
{
	add(SJ_VIEWER_STEP_QUIET, "200");
	ck_assert(!play(1000, 900));
	ck_assert_uint_eq(wake_ms, 1200);
	ck_assert(!play(1150, 1100));
	ck_assert_uint_eq(wake_ms, 1300);
	ck_assert(!play(1299, 1100));
	ck_assert(play(1300, 1100));
}
END_TEST

START_TEST(a_script_from_elsewhere_is_checked)
{
	add(SJ_VIEWER_STEP_CLICK, "1,2");
	ck_assert(sj_script_is_valid(&script));
	script.step[0].kind = SJ_VIEWER_STEP_QUIET + 1;
	ck_assert(!sj_script_is_valid(&script));
	script.step[0].kind = SJ_VIEWER_STEP_CLICK;
	script.step[0].number = 40;
	ck_assert(!sj_script_is_valid(&script));
	script.step[0].number = 1;
	script.step[0].x_px = SJ_LIMIT_WIDTH_PX + 1;
	ck_assert(!sj_script_is_valid(&script));
	script.step[0].x_px = 0;
	memset(script.step[0].text, 'a', sizeof(script.step[0].text));
	ck_assert(!sj_script_is_valid(&script));
	memset(script.step[0].text, 0, sizeof(script.step[0].text));
	script.step[0].text[0] = '\x80';
	ck_assert(!sj_script_is_valid(&script));
	script.step[0].text[0] = 0;
	ck_assert(sj_script_is_valid(&script));
	script.count = SJ_VIEWER_SCRIPT_STEPS + 1;
	ck_assert(!sj_script_is_valid(&script));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_click_is_motion_press_release,
		the_wheel_presses_its_button_for_each_notch,
		a_chord_is_released_in_reverse, text_is_typed_in_order,
		a_long_text_is_cut_between_characters,
		a_long_text_is_typed_as_fast_as_the_gate_passes_it,
		a_full_queue_is_waited_for, too_many_steps_are_refused,
		a_wait_holds_the_steps_behind_it,
		quiet_counts_from_the_last_update,
		a_script_from_elsewhere_is_checked};
	const struct sj_suite_loop loops[] = {
		{a_step_that_makes_no_sense_is_refused, SJ_COUNT(bad_steps)}};

	return sj_suite_run_loops("viewer script", tests, SJ_COUNT(tests),
		loops, SJ_COUNT(loops));
}
