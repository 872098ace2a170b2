/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/input_queue.h"

#include <string.h>

#include "tests/support/suite.h"

static struct sj_input_queue queue;
static struct sj_input_action action;
static uint64_t now_ms;

static void begin(void)
{
	sj_input_queue_init(&queue);
	sj_input_queue_focus(&queue, true);
	now_ms = 1000;
}

/* One next() that has to give type. */
static void expect(enum sj_input_type type)
{
	ck_assert(sj_input_queue_next(&queue, now_ms, &action));
	ck_assert_int_eq(action.type, type);
}

static void expect_nothing(void)
{
	ck_assert(!sj_input_queue_next(&queue, now_ms, &action));
}

static void expect_text(const char *text)
{
	expect(SJ_INPUT_TEXT);
	ck_assert_uint_eq(action.size, strlen(text));
	ck_assert_mem_eq(action.text, text, action.size);
}

START_TEST(gives_keys_at_once_in_their_order)
{
	begin();
	sj_input_queue_key(&queue, true, 'a');
	sj_input_queue_key(&queue, false, 'a');
	sj_input_queue_key(&queue, true, 'b');
	expect(SJ_INPUT_KEY);
	ck_assert_uint_eq(action.keysym, 'a');
	ck_assert_int_eq(action.is_down, 1);
	expect(SJ_INPUT_KEY);
	ck_assert_int_eq(action.is_down, 0);
	expect(SJ_INPUT_KEY);
	ck_assert_uint_eq(action.keysym, 'b');
	expect_nothing();
	ck_assert_uint_eq(sj_input_queue_deadline_ms(&queue), UINT64_MAX);
}
END_TEST

START_TEST(puts_a_barrier_between_a_key_and_the_text_behind_it)
{
	begin();
	sj_input_queue_key(&queue, true, 'a');
	sj_input_queue_text(&queue, "X", 1);
	expect(SJ_INPUT_KEY);
	expect(SJ_INPUT_BARRIER);
	expect_nothing();
	sj_input_queue_settled(&queue, action.barrier);
	expect_text("X");
}
END_TEST

START_TEST(takes_only_the_answer_to_the_last_barrier)
{
	begin();
	sj_input_queue_key(&queue, true, 'a');
	sj_input_queue_text(&queue, "X", 1);
	expect(SJ_INPUT_KEY);
	expect(SJ_INPUT_BARRIER);
	sj_input_queue_settled(&queue, action.barrier - 1);
	expect_nothing();
	sj_input_queue_settled(&queue, action.barrier + 1);
	expect_nothing();
}
END_TEST

START_TEST(goes_on_when_a_barrier_is_never_answered)
{
	begin();
	sj_input_queue_key(&queue, true, 'a');
	sj_input_queue_text(&queue, "X", 1);
	expect(SJ_INPUT_KEY);
	expect(SJ_INPUT_BARRIER);
	ck_assert_uint_eq(sj_input_queue_deadline_ms(&queue),
		now_ms + SJ_INPUT_BARRIER_MS);
	now_ms += SJ_INPUT_BARRIER_MS - 1;
	expect_nothing();
	now_ms++;
	expect_text("X");
	ck_assert_uint_eq(queue.late, 1);
}
END_TEST

START_TEST(holds_everything_until_the_text_is_taken)
{
	begin();
	sj_input_queue_text(&queue, "X", 1);
	sj_input_queue_key(&queue, true, 'a');
	sj_input_queue_pointer(&queue, 1, 5, 6);
	expect_text("X");
	expect_nothing();
	sj_input_queue_committed(&queue);
	expect(SJ_INPUT_KEY);
	expect(SJ_INPUT_POINTER);
	ck_assert_uint_eq(action.buttons, 1);
	ck_assert_uint_eq(action.x_px, 5);
	ck_assert_uint_eq(action.y_px, 6);
	expect_nothing();
}
END_TEST

START_TEST(goes_on_when_a_text_is_never_taken)
{
	begin();
	sj_input_queue_text(&queue, "X", 1);
	sj_input_queue_key(&queue, true, 'a');
	expect_text("X");
	ck_assert_uint_eq(sj_input_queue_deadline_ms(&queue),
		now_ms + SJ_INPUT_COMMIT_MS);
	now_ms += SJ_INPUT_COMMIT_MS - 1;
	expect_nothing();
	now_ms++;
	expect(SJ_INPUT_KEY);
	ck_assert_uint_eq(queue.late, 1);
}
END_TEST

START_TEST(joins_texts_to_at_most_one_commit)
{
	char all[SJ_LIMIT_COMMIT_BYTES + 1] = "";

	begin();
	/* 85 characters of three bytes are 255: one more does not fit. */
	for (int i = 0; i < 86; i++)
		sj_input_queue_text(&queue, "\xe4\xb8\x8a", 3);
	for (int i = 0; i < 85; i++)
		memcpy(all + i * 3, "\xe4\xb8\x8a", 3);
	expect(SJ_INPUT_TEXT);
	ck_assert_uint_eq(action.size, 255);
	ck_assert_mem_eq(action.text, all, 255);
	expect_nothing();
	sj_input_queue_committed(&queue);
	expect_text("\xe4\xb8\x8a");
}
END_TEST

START_TEST(joins_no_texts_across_a_key)
{
	begin();
	sj_input_queue_text(&queue, "X", 1);
	sj_input_queue_key(&queue, true, 'a');
	sj_input_queue_text(&queue, "Y", 1);
	expect_text("X");
	sj_input_queue_committed(&queue);
	expect(SJ_INPUT_KEY);
	expect(SJ_INPUT_BARRIER);
	sj_input_queue_settled(&queue, action.barrier);
	expect_text("Y");
}
END_TEST

START_TEST(waits_a_moment_for_a_field_and_nudges_once)
{
	begin();
	sj_input_queue_focus(&queue, false);
	sj_input_queue_text(&queue, "X", 1);
	expect(SJ_INPUT_NUDGE);
	expect_nothing();
	ck_assert_uint_eq(
		sj_input_queue_deadline_ms(&queue), now_ms + SJ_INPUT_FOCUS_MS);
	now_ms += SJ_INPUT_FOCUS_MS - 1;
	expect_nothing();
	sj_input_queue_focus(&queue, true);
	expect_text("X");
}
END_TEST

START_TEST(gives_text_without_a_field_after_the_moment)
{
	begin();
	sj_input_queue_focus(&queue, false);
	sj_input_queue_text(&queue, "X", 1);
	expect(SJ_INPUT_NUDGE);
	now_ms += SJ_INPUT_FOCUS_MS;
	expect_text("X");
	sj_input_queue_committed(&queue);
	/* The next one gets its own moment. */
	sj_input_queue_text(&queue, "Y", 1);
	expect(SJ_INPUT_NUDGE);
	expect_nothing();
}
END_TEST

START_TEST(joins_motions_but_keeps_every_change_of_a_button)
{
	begin();
	sj_input_queue_text(&queue, "X", 1);
	expect_text("X");
	sj_input_queue_pointer(&queue, 0, 1, 1);
	sj_input_queue_pointer(&queue, 0, 2, 2);
	sj_input_queue_pointer(&queue, 0, 3, 3);
	sj_input_queue_pointer(&queue, 1, 3, 3);
	sj_input_queue_pointer(&queue, 1, 4, 4);
	sj_input_queue_pointer(&queue, 1, 5, 5);
	sj_input_queue_pointer(&queue, 0, 5, 5);
	ck_assert_uint_eq(queue.count, 5);
	sj_input_queue_committed(&queue);
	for (unsigned i = 0; i < 5; i++) {
		static const uint16_t x[] = {1, 3, 3, 5, 5};
		static const uint8_t buttons[] = {0, 0, 1, 1, 0};

		expect(SJ_INPUT_POINTER);
		ck_assert_uint_eq(action.x_px, x[i]);
		ck_assert_uint_eq(action.buttons, buttons[i]);
	}
	expect_nothing();
}
END_TEST

START_TEST(says_when_it_is_full_and_drops_only_beyond)
{
	begin();
	for (size_t i = 0; i < SJ_INPUT_ITEMS; i++) {
		ck_assert_int_eq(sj_input_queue_has_room(&queue),
			i + SJ_INPUT_MARGIN <= SJ_INPUT_ITEMS);
		sj_input_queue_key(&queue, true, (uint32_t)i);
	}
	sj_input_queue_key(&queue, true, 99999);
	sj_input_queue_text(&queue, "X", 1);
	sj_input_queue_pointer(&queue, 0, 1, 1);
	for (size_t i = 0; i < SJ_INPUT_ITEMS; i++) {
		expect(SJ_INPUT_KEY);
		ck_assert_uint_eq(action.keysym, i);
	}
	expect_nothing();
	ck_assert(sj_input_queue_has_room(&queue));
}
END_TEST

START_TEST(keeps_the_order_when_it_goes_round)
{
	begin();
	for (uint32_t i = 0; i < 3 * SJ_INPUT_ITEMS; i++) {
		sj_input_queue_key(&queue, true, i);
		sj_input_queue_key(&queue, false, i);
		expect(SJ_INPUT_KEY);
		ck_assert_uint_eq(action.keysym, i);
		expect(SJ_INPUT_KEY);
		ck_assert_int_eq(action.is_down, 0);
	}
}
END_TEST

START_TEST(forgets_all_but_the_focus_when_the_viewer_leaves)
{
	uint32_t barrier;

	begin();
	sj_input_queue_key(&queue, true, 'a');
	sj_input_queue_text(&queue, "X", 1);
	expect(SJ_INPUT_KEY);
	expect(SJ_INPUT_BARRIER);
	barrier = action.barrier;
	sj_input_queue_clear(&queue);
	expect_nothing();
	sj_input_queue_key(&queue, true, 'b');
	sj_input_queue_text(&queue, "Y", 1);
	expect(SJ_INPUT_KEY);
	expect(SJ_INPUT_BARRIER);
	/* A late answer to the old viewer's barrier is not this one's. */
	sj_input_queue_settled(&queue, barrier);
	expect_nothing();
	sj_input_queue_settled(&queue, action.barrier);
	expect_text("Y");
}
END_TEST

START_TEST(gives_a_text_once_more_that_found_no_field)
{
	begin();
	sj_input_queue_text(&queue, "X", 1);
	expect_text("X");
	sj_input_queue_text(&queue, "Y", 1);
	sj_input_queue_focus(&queue, false);
	ck_assert(sj_input_queue_missed(&queue));
	expect(SJ_INPUT_NUDGE);
	expect_nothing();
	sj_input_queue_focus(&queue, true);
	expect_text("X");
	/* Not for ever. */
	ck_assert(!sj_input_queue_missed(&queue));
	expect_text("Y");
	sj_input_queue_committed(&queue);
	ck_assert(!sj_input_queue_missed(&queue));
	expect_nothing();
}
END_TEST

START_TEST(drops_a_text_when_there_was_no_field_from_the_start)
{
	begin();
	sj_input_queue_focus(&queue, false);
	sj_input_queue_text(&queue, "X", 1);
	expect(SJ_INPUT_NUDGE);
	now_ms += SJ_INPUT_FOCUS_MS;
	expect_text("X");
	ck_assert(!sj_input_queue_missed(&queue));
	expect_nothing();
}
END_TEST

SJ_SUITE_MAIN("input_queue", gives_keys_at_once_in_their_order,
	puts_a_barrier_between_a_key_and_the_text_behind_it,
	takes_only_the_answer_to_the_last_barrier,
	goes_on_when_a_barrier_is_never_answered,
	holds_everything_until_the_text_is_taken,
	goes_on_when_a_text_is_never_taken, joins_texts_to_at_most_one_commit,
	joins_no_texts_across_a_key, waits_a_moment_for_a_field_and_nudges_once,
	gives_text_without_a_field_after_the_moment,
	joins_motions_but_keeps_every_change_of_a_button,
	says_when_it_is_full_and_drops_only_beyond,
	keeps_the_order_when_it_goes_round,
	forgets_all_but_the_focus_when_the_viewer_leaves,
	gives_a_text_once_more_that_found_no_field,
	drops_a_text_when_there_was_no_field_from_the_start)
