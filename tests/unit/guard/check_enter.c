/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who comes into a guard that is full; the test plays the outer gates. */
#include "guard/enter.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "guard/link_start.h"
#include "protocol/base/attr.h"
#include "tests/support/suite.h"
#include "tests/unit/guard/link_rig.h"

#define SILENT 8 /* as many as the rig lets in */

static struct silent {
	int viewer_fd;
	struct rig_child outer;
	uint64_t number;
} silent[SILENT];

/* The i-th silent one, from 127.0.0.last. */
static void hold(size_t i, uint8_t last)
{
	struct sj_host_gate_message message;

	silent[i].viewer_fd = rig_call_from(last);
	silent[i].outer = rig_expect("shoji-host-gate");
	silent[i].number = rig.guard.last_number;
	ck_assert(rig_hear(&silent[i].outer, &message, sizeof(message), NULL));
}

static const struct sj_link *find(uint64_t number)
{
	const struct sj_link *link = rig.guard.links;

	while (link && link->number != number)
		link = link->next;
	if (!link)
		abort();
	return link;
}

static bool is_killed(const struct silent *one)
{
	struct pollfd entry = {one->outer.life_fd, POLLIN, 0};

	return poll(&entry, 1, one->outer.life_fd < 0 ? 0 : 2000) == 1;
}

static bool is_alive(const struct silent *one)
{
	struct pollfd entry = {one->outer.life_fd, POLLIN, 0};

	return find(one->number)->state == SJ_LINK_GREETING &&
	       poll(&entry, 1, 0) == 0;
}

static void let_go(void)
{
	for (size_t i = 0; i < SILENT; i++) {
		if (silent[i].outer.control_fd >= 0)
			rig_drop(&silent[i].outer);
		close(silent[i].viewer_fd);
	}
}

/* Three of 127.0.0.2, three of .3 and two of .4 are there, and say nothing. */
static void set_up_full(void)
{
	static const uint8_t last[SILENT] = {4, 2, 3, 3, 2, 2, 3, 4};

	link_set_up();
	rig_open();
	for (size_t i = 0; i < SILENT; i++)
		hold(i, last[i]);
	ck_assert_uint_eq(rig.guard.link_count, SILENT);
}

START_TEST(a_viewer_comes_into_a_guard_full_of_silent_ones)
{
	set_up_full();
	(void)link_begin();
	/* The oldest of those that hold most is killed, for this once beyond
	 * the bound. */
	ck_assert_uint_eq(rig.guard.link_count, SILENT + 1);
	ck_assert(is_killed(&silent[1]));
	ck_assert(find(silent[1].number)->is_evicted);
	ck_assert_uint_eq(
		find(silent[1].number)->reason, SJ_REASON_REFUSED_RATE);
	for (size_t i = 0; i < SILENT; i++)
		ck_assert(i == 1 || is_alive(&silent[i]));
	rig_drop(&silent[1].outer);
	rig_await_links(SILENT);
	/* And the newcomer gets to its host. */
	link_say_user();
	links.inner = rig_expect("shoji-viewer-gate");
	(void)link_expect_inner(SJ_VIEWER_GATE_START, 7);
	(void)link_start_core(3);
	let_go();
	link_finish();
}
END_TEST

START_TEST(each_newcomer_sends_another_one_away)
{
	int second;

	set_up_full();
	(void)link_begin();
	second = rig_call_from(5);
	ck_assert_uint_eq(rig.guard.link_count, SILENT + 2);
	ck_assert(is_killed(&silent[1]));
	ck_assert(is_killed(&silent[2]));
	for (size_t i = 0; i < SILENT; i++)
		ck_assert(i == 1 || i == 2 || is_alive(&silent[i]));
	rig.guard.is_stopping = true;
	close(rig_call_from(6));
	ck_assert_uint_eq(rig.guard.link_count, SILENT + 2);
	let_go();
	close(second);
	rig_close();
	close(links.viewer_fd);
}
END_TEST

START_TEST(who_holds_most_itself_is_refused)
{
	int more;

	set_up_full();
	more = rig_call_from(3);
	ck_assert(!rig_is_started());
	ck_assert_uint_eq(rig.guard.link_count, SILENT);
	for (size_t i = 0; i < SILENT; i++)
		ck_assert(is_alive(&silent[i]));
	close(more);
	let_go();
	rig_await_links(0);
	rig_close();
}
END_TEST

START_TEST(what_an_evicted_gate_still_says_lets_nobody_in)
{
	struct sj_host_gate_message message =
		link_outer_message(SJ_HOST_GATE_USER);

	set_up_full();
	(void)link_begin();
	message.u.gate_user.role = SJ_HOST_ROLE_VIEWER;
	message.u.gate_user.name[0] = 'x';
	rig_say(&silent[1].outer, &message, sizeof(message));
	ck_assert(!rig_is_started());
	ck_assert_uint_eq(find(silent[1].number)->state, SJ_LINK_ENDING);
	rig_drop(&silent[1].outer);
	rig_await_links(SILENT);
	let_go();
	link_finish();
}
END_TEST

START_TEST(who_has_logged_in_is_not_touched)
{
	int second;

	link_set_up();
	rig.config.connections_max = 2;
	rig_open();
	if (_i == 0)
		(void)link_reach();
	else
		link_join();
	hold(0, 2);
	/* The silent one goes, though it is younger. */
	hold(1, 3);
	ck_assert(is_killed(&silent[0]));
	rig_drop(&silent[0].outer);
	rig_await_links(2);
	/* With its user known there is nobody left to send away. */
	rig.guard.links->state = SJ_LINK_REACHING;
	second = rig_call_from(4);
	ck_assert(!rig_is_started());
	ck_assert_uint_eq(rig.guard.link_count, 2);
	rig.guard.links->state = SJ_LINK_GREETING;
	close(second);
	for (size_t i = 2; i < SILENT; i++)
		silent[i] = (struct silent){-1, {-1, -1, 0}, 0};
	let_go();
	link_finish();
}
END_TEST

START_TEST(user_ids_are_left_for_who_comes)
{
	int second, third;

	if (geteuid() != 0)
		return;
	link_set_up();
	rig.config.uid_count = 12; /* 3 are kept */
	rig.config.half_open_max = 8;
	rig.config.connections_max = 32;
	rig_open();
	for (size_t i = 0; i < SILENT; i++)
		hold(i, 2);
	(void)link_begin();
	second = rig_call_from(3);
	ck_assert(is_alive(&silent[0]));
	/* One of those that are kept, and one that comes back. */
	third = rig_call_from(4);
	ck_assert(is_killed(&silent[0]));
	ck_assert_uint_eq(rig.guard.link_count, SILENT + 3);
	let_go();
	close(second);
	close(third);
	close(links.viewer_fd);
	rig_close();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_viewer_comes_into_a_guard_full_of_silent_ones,
		each_newcomer_sends_another_one_away,
		who_holds_most_itself_is_refused,
		what_an_evicted_gate_still_says_lets_nobody_in,
		user_ids_are_left_for_who_comes};
	const struct sj_suite_loop loops[] = {
		{who_has_logged_in_is_not_touched, 2}};

	return sj_suite_run_loops(
		"guard_enter", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
