/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/input_queue.h"

#include <fcntl.h>
#include <unistd.h>

#include "protocol/base/ipc.h"
#include "tests/support/suite.h"

static struct sj_input_queue queue;

static void put_pointer(uint16_t x, uint8_t buttons)
{
	struct sj_viewer_input input = {
		.type = SJ_VIEWER_INPUT_POINTER, .x_px = x, .buttons = buttons};

	ck_assert(sj_input_queue_put(&queue, &input));
}

static bool put_key(uint32_t keysym)
{
	struct sj_viewer_input input = {
		.type = SJ_VIEWER_INPUT_KEY, .keysym = keysym, .is_down = 1};

	return sj_input_queue_put(&queue, &input);
}

START_TEST(motion_is_replaced_by_newer_motion)
{
	put_pointer(1, 0);
	put_pointer(2, 0);
	put_pointer(3, 0);
	ck_assert_uint_eq(queue.count, 1);
	ck_assert_uint_eq(queue.ring[queue.start].x_px, 3);
}
END_TEST

START_TEST(a_drag_keeps_the_place_where_it_began)
{
	put_pointer(10, 1);
	put_pointer(20, 1);
	put_pointer(30, 1);
	put_pointer(30, 0);
	ck_assert_uint_eq(queue.count, 3);
	ck_assert_uint_eq(queue.ring[0].x_px, 10);
	ck_assert_uint_eq(queue.ring[1].x_px, 30);
	ck_assert_uint_eq(queue.ring[1].buttons, 1);
	ck_assert_uint_eq(queue.ring[2].buttons, 0);
}
END_TEST

START_TEST(a_key_between_motions_keeps_its_order)
{
	put_pointer(1, 0);
	ck_assert(put_key('a'));
	put_pointer(2, 0);
	ck_assert_uint_eq(queue.count, 3);
	ck_assert_uint_eq(queue.ring[1].type, SJ_VIEWER_INPUT_KEY);
}
END_TEST

START_TEST(only_the_newest_wished_size_stays)
{
	struct sj_viewer_input input = {
		.type = SJ_VIEWER_INPUT_SIZE, .x_px = 800, .y_px = 600};

	ck_assert(sj_input_queue_put(&queue, &input));
	input.x_px = 900;
	ck_assert(sj_input_queue_put(&queue, &input));
	ck_assert_uint_eq(queue.count, 1);
	ck_assert_uint_eq(queue.ring[0].x_px, 900);
}
END_TEST

START_TEST(a_full_queue_refuses_keys_and_drops_motion)
{
	size_t i;

	for (i = 0; i < SJ_INPUT_QUEUE_MESSAGES; i++)
		ck_assert(put_key('a'));
	ck_assert_uint_eq(sj_input_queue_room(&queue), 0);
	ck_assert(!put_key('b'));
	put_pointer(1, 0);
	ck_assert_uint_eq(queue.count, SJ_INPUT_QUEUE_MESSAGES);
}
END_TEST

START_TEST(nothing_is_lost_or_reordered_while_the_socket_is_full)
{
	struct sj_viewer_input got;
	uint32_t next = 1, put = 1;
	int pair[2];

	ck_assert_int_eq(sj_ipc_pair(pair), SJ_OK);
	ck_assert_int_eq(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(fcntl(pair[1], F_SETFL, O_NONBLOCK), 0);
	while (put <= SJ_INPUT_QUEUE_MESSAGES)
		ck_assert(put_key(put++));
	ck_assert_int_eq(sj_input_queue_flush(&queue, pair[0]), SJ_ERR_AGAIN);
	ck_assert_uint_gt(queue.count, 0);
	while (next <= SJ_INPUT_QUEUE_MESSAGES) {
		if (sj_ipc_receive(pair[1], &got, sizeof(got), NULL) != SJ_OK) {
			enum sj_err err = sj_input_queue_flush(&queue, pair[0]);

			ck_assert(err == SJ_OK || err == SJ_ERR_AGAIN);
			continue;
		}
		ck_assert_uint_eq(got.keysym, next++);
	}
	ck_assert_uint_eq(queue.count, 0);
}
END_TEST

START_TEST(a_gate_that_is_gone_empties_the_queue)
{
	int pair[2];

	ck_assert_int_eq(sj_ipc_pair(pair), SJ_OK);
	(void)close(pair[1]);
	ck_assert(put_key('a'));
	ck_assert_int_eq(sj_input_queue_flush(&queue, pair[0]), SJ_ERR_CLOSED);
	ck_assert_uint_eq(queue.count, 0);
}
END_TEST

SJ_SUITE_MAIN("viewer input_queue", motion_is_replaced_by_newer_motion,
	a_drag_keeps_the_place_where_it_began,
	a_key_between_motions_keeps_its_order,
	only_the_newest_wished_size_stays,
	a_full_queue_refuses_keys_and_drops_motion,
	nothing_is_lost_or_reordered_while_the_socket_is_full,
	a_gate_that_is_gone_empties_the_queue)
