/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/loop.h"

#include <unistd.h>

#include "tests/support/suite.h"

struct end {
	struct sj_loop *loop;
	int fd[2];
	int other_fd; /* removed by the callback; -1: none */
	unsigned calls;
};

static void count(void *self, int fd)
{
	struct end *end = self;

	ck_assert_int_eq(fd, end->fd[0]);
	end->calls++;
	if (end->other_fd >= 0)
		sj_loop_remove(end->loop, end->other_fd);
}

static void open_end(struct end *end, struct sj_loop *loop)
{
	end->loop = loop;
	end->other_fd = -1;
	end->calls = 0;
	ck_assert_int_eq(pipe(end->fd), 0);
	ck_assert_int_eq(sj_loop_add(loop, end->fd[0], count, end), SJ_OK);
}

static void close_end(struct end *end)
{
	sj_loop_remove(end->loop, end->fd[0]);
	close(end->fd[0]);
	close(end->fd[1]);
}

START_TEST(calls_what_is_readable_only)
{
	struct sj_loop *loop = sj_loop_create();
	struct end one, two;

	ck_assert_ptr_nonnull(loop);
	open_end(&one, loop);
	open_end(&two, loop);
	ck_assert_int_eq(sj_loop_turn(loop, 0), SJ_OK);
	ck_assert_uint_eq(one.calls + two.calls, 0);
	ck_assert_int_eq(write(two.fd[1], "x", 1), 1);
	ck_assert_int_eq(sj_loop_turn(loop, 1000), SJ_OK);
	ck_assert_uint_eq(one.calls, 0);
	ck_assert_uint_eq(two.calls, 1);
	close_end(&one);
	close_end(&two);
	sj_loop_destroy(loop);
}
END_TEST

START_TEST(an_end_is_readable)
{
	struct sj_loop *loop = sj_loop_create();
	struct end one;

	open_end(&one, loop);
	close(one.fd[1]);
	one.fd[1] = -1;
	ck_assert_int_eq(sj_loop_turn(loop, 1000), SJ_OK);
	ck_assert_uint_eq(one.calls, 1);
	sj_loop_remove(loop, one.fd[0]);
	close(one.fd[0]);
	sj_loop_destroy(loop);
}
END_TEST

START_TEST(what_a_callback_removed_is_not_called)
{
	struct sj_loop *loop = sj_loop_create();
	struct end one, two;

	open_end(&one, loop);
	open_end(&two, loop);
	/* Whichever is first takes the other away. */
	one.other_fd = two.fd[0];
	two.other_fd = one.fd[0];
	ck_assert_int_eq(write(one.fd[1], "x", 1), 1);
	ck_assert_int_eq(write(two.fd[1], "x", 1), 1);
	ck_assert_int_eq(sj_loop_turn(loop, 1000), SJ_OK);
	ck_assert_uint_eq(one.calls + two.calls, 1);
	close_end(&one);
	close_end(&two);
	sj_loop_destroy(loop);
}
END_TEST

START_TEST(a_removed_descriptor_can_be_added_again)
{
	struct sj_loop *loop = sj_loop_create();
	struct end one;

	open_end(&one, loop);
	sj_loop_remove(loop, one.fd[0]);
	ck_assert_int_eq(sj_loop_add(loop, one.fd[0], count, &one), SJ_OK);
	ck_assert_int_eq(write(one.fd[1], "x", 1), 1);
	ck_assert_int_eq(sj_loop_turn(loop, 1000), SJ_OK);
	ck_assert_uint_eq(one.calls, 1);
	close_end(&one);
	sj_loop_destroy(loop);
}
END_TEST

START_TEST(a_closed_descriptor_cannot_be_added)
{
	struct sj_loop *loop = sj_loop_create();

	ck_assert_int_eq(sj_loop_add(loop, 999, count, NULL), SJ_ERR_SYSTEM);
	sj_loop_remove(loop, 999);
	sj_loop_destroy(loop);
	sj_loop_destroy(NULL);
}
END_TEST

SJ_SUITE_MAIN("supervise_loop", calls_what_is_readable_only, an_end_is_readable,
	what_a_callback_removed_is_not_called,
	a_removed_descriptor_can_be_added_again,
	a_closed_descriptor_cannot_be_added)
