/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/children.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protocol/base/clock.h"
#include "tests/support/suite.h"

#define FIRST 5000

/* Programs of the system, with and without an end of their own. */
#define SHORT "true"
#define LONG "yes"

struct seen {
	unsigned count;
	uint64_t id;
	int status;
};

static struct sj_loop *loop;
static struct sj_child_logs *logs;
static struct seen seen;

static void gone(void *self, uint64_t id, int wait_status)
{
	struct seen *all = self;

	all->count++;
	all->id = id;
	all->status = wait_status;
}

static struct sj_children *begin(uint32_t uid_count)
{
	struct sj_children *children;

	seen = (struct seen){0};
	loop = sj_loop_create();
	logs = sj_child_logs_create(loop);
	ck_assert_ptr_nonnull(logs);
	children = sj_children_create(
		logs, "/usr/bin", FIRST, uid_count, gone, &seen);
	ck_assert_ptr_nonnull(children);
	return children;
}

static void end(struct sj_children *children)
{
	sj_children_destroy(children);
	sj_child_logs_destroy(logs);
	sj_loop_destroy(loop);
	/* Nothing was left for us to reap. */
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}

static void start(struct sj_children *children, const char *program,
	const uint32_t *uids, size_t uid_count, struct sj_child *child)
{
	struct sj_child_spec spec = {
		.program = program, .uids = uids, .uid_count = uid_count};

	ck_assert_int_eq(sj_children_start(children, &spec, child), SJ_OK);
	ck_assert_uint_ne(child->id, 0);
}

/* Reaps until count children are gone. */
static void wait_gone(struct sj_children *children, unsigned count)
{
	uint64_t deadline_ms = sj_clock_ms() + 10000;

	while (seen.count < count && sj_clock_ms() < deadline_ms) {
		(void)poll(NULL, 0, 2);
		sj_children_reap(children);
	}
	ck_assert_uint_eq(seen.count, count);
}

START_TEST(each_uid_is_given_once)
{
	struct sj_children *children = begin(3);
	uint32_t uid[3], more;

	for (size_t i = 0; i < 3; i++) {
		ck_assert_uint_eq(sj_children_count_free_uids(children), 3 - i);
		ck_assert_int_eq(
			sj_children_take_uid(children, &uid[i]), SJ_OK);
		ck_assert_uint_eq(uid[i], FIRST + i);
	}
	ck_assert_int_eq(sj_children_take_uid(children, &more), SJ_ERR_LIMIT);
	ck_assert_uint_eq(sj_children_count_free_uids(children), 0);
	sj_children_give_uid(children, uid[1]);
	ck_assert_uint_eq(sj_children_count_free_uids(children), 1);
	ck_assert_int_eq(sj_children_take_uid(children, &more), SJ_OK);
	ck_assert_uint_eq(more, FIRST + 1);
	sj_children_give_uid(children, FIRST + 3); /* never given: nothing */
	ck_assert_int_eq(sj_children_take_uid(children, &more), SJ_ERR_LIMIT);
	end(children);
}
END_TEST

START_TEST(a_uid_is_not_used_again_at_once)
{
	struct sj_children *children = begin(3);
	uint32_t first, second;

	ck_assert_int_eq(sj_children_take_uid(children, &first), SJ_OK);
	sj_children_give_uid(children, first);
	ck_assert_int_eq(sj_children_take_uid(children, &second), SJ_OK);
	ck_assert_uint_ne(first, second);
	end(children);
}
END_TEST

START_TEST(without_root_ids_are_kept)
{
	struct sj_children *children = begin(0);
	uint32_t uid = 0;

	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(sj_children_take_uid(children, &uid), SJ_OK);
		ck_assert_uint_eq(uid, UINT32_MAX);
	}
	sj_children_give_uid(children, uid);
	ck_assert_uint_eq(sj_children_count_free_uids(children), SIZE_MAX);
	end(children);
}
END_TEST

START_TEST(a_uid_is_free_when_its_process_is_gone)
{
	struct sj_children *children = begin(1);
	struct sj_child child;
	uint32_t uid, more;

	ck_assert_int_eq(sj_children_take_uid(children, &uid), SJ_OK);
	start(children, LONG, &uid, 1, &child);
	ck_assert_int_eq(sj_children_take_uid(children, &more), SJ_ERR_LIMIT);
	sj_children_kill(children, &child);
	ck_assert_int_eq(child.control_fd, -1);
	wait_gone(children, 1);
	ck_assert_int_eq(sj_children_take_uid(children, &more), SJ_OK);
	ck_assert_uint_eq(more, uid);
	end(children);
}
END_TEST

START_TEST(the_end_of_a_child_is_told_with_its_status)
{
	struct sj_children *children = begin(0);
	struct sj_child child;
	uint64_t id;

	start(children, SHORT, NULL, 0, &child);
	id = child.id;
	ck_assert_uint_eq(sj_children_count(children), 1);
	wait_gone(children, 1);
	ck_assert_uint_eq(seen.id, id);
	ck_assert_int_eq(seen.status, 0);
	ck_assert_uint_eq(sj_children_count(children), 0);
	sj_children_kill(children, &child); /* gone already: closes only */
	end(children);
}
END_TEST

START_TEST(who_does_not_end_by_itself_is_killed)
{
	struct sj_children *children = begin(0);
	struct sj_child child;
	uint64_t deadline_ms;

	start(children, LONG, NULL, 0, &child);
	sj_children_let_end(children, &child);
	deadline_ms = sj_children_tick(children, sj_clock_ms());
	ck_assert_uint_ne(deadline_ms, UINT64_MAX);
	sj_children_reap(children);
	ck_assert_uint_eq(seen.count, 0);
	ck_assert_uint_eq(sj_children_tick(children, deadline_ms), UINT64_MAX);
	wait_gone(children, 1);
	ck_assert(WIFSIGNALED(seen.status));
	ck_assert_int_eq(WTERMSIG(seen.status), SIGKILL);
	end(children);
}
END_TEST

START_TEST(the_end_of_all_kills_and_reaps)
{
	struct sj_children *children = begin(0);
	struct sj_child child[3];

	for (size_t i = 0; i < 3; i++)
		start(children, LONG, NULL, 0, &child[i]);
	sj_children_signal(children, &child[0], SIGSTOP);
	end(children);
	ck_assert_uint_eq(seen.count, 3);
	for (size_t i = 0; i < 3; i++)
		close(child[i].control_fd);
}
END_TEST

START_TEST(a_program_that_is_not_there_ends_at_once)
{
	struct sj_children *children = begin(0);
	struct sj_child child;

	start(children, "shoji-there-is-no-such-program", NULL, 0, &child);
	wait_gone(children, 1);
	ck_assert(WIFEXITED(seen.status));
	ck_assert_int_eq(WEXITSTATUS(seen.status), SJ_EXIT_LOCAL);
	close(child.control_fd);
	end(children);
}
END_TEST

SJ_SUITE_MAIN("supervise_children", each_uid_is_given_once,
	a_uid_is_not_used_again_at_once, without_root_ids_are_kept,
	a_uid_is_free_when_its_process_is_gone,
	the_end_of_a_child_is_told_with_its_status,
	who_does_not_end_by_itself_is_killed, the_end_of_all_kills_and_reaps,
	a_program_that_is_not_there_ends_at_once)
