/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections of a guard; the test plays gates, core and helpers. */
#include "guard/link.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guard/link_start.h"
#include "guard/mark_ipc.h"
#include "guard/reach.h"
#include "protocol/base/clock.h"
#include "tests/support/suite.h"
#include "tests/unit/guard/link_rig.h"

/* ---- a whole connection ---- */

START_TEST(a_viewer_is_joined_when_the_host_has_let_it_in)
{
	struct sj_host_gate_message first;
	struct sj_viewer_gate_message second;

	link_set_up();
	rig_open();
	first = link_begin();
	ck_assert_uint_eq(first.u.gate_start.is_certificate_required, 1);
	ck_assert_uint_eq(first.u.gate_start.is_guard_allowed, 0);
	ck_assert_uint_eq(first.u.gate_start.is_plain_allowed, 0);
	ck_assert_uint_eq(first.u.gate_start.is_stock_allowed, 0);
	ck_assert_str_eq(first.u.gate_start.zone, "lgwan");
	/* Nothing behind it before the user is known. */
	ck_assert(!rig_is_started());
	link_say_user();
	links.inner = rig_expect("shoji-viewer-gate");
	second = link_expect_inner(SJ_VIEWER_GATE_START, 7);
	ck_assert_str_eq(second.u.gate_start.user, "tanaka");
	ck_assert_str_eq(second.u.gate_start.host_name, "127.0.0.1");
	ck_assert_uint_eq(second.u.gate_start.is_guard_accepted, 0);
	ck_assert_uint_eq(second.u.gate_start.waits_for_go, 0);
	(void)link_start_core(3);
	ck_assert_uint_eq(rig.guard.link_count, 1);
	link_say_inner(SJ_VIEWER_GATE_CONNECTED, 0);
	(void)link_expect_outer(SJ_HOST_GATE_ATTACH, 1);
	link_leave(SJ_REASON_END_USER);
	(void)link_expect_inner(SJ_VIEWER_GATE_END, 0);
	link_say_inner(SJ_VIEWER_GATE_CLOSED, SJ_REASON_END_USER);
	link_say_core(SJ_REASON_END_USER);
	link_finish();
}
END_TEST

START_TEST(each_process_has_a_uid_of_its_own)
{
	struct sj_host_gate_message first;
	struct sj_viewer_gate_message second;
	struct sj_core_message third;

	link_set_up();
	rig_open();
	first = link_begin();
	link_say_user();
	links.inner = rig_expect("shoji-viewer-gate");
	second = link_expect_inner(SJ_VIEWER_GATE_START, 7);
	third = link_start_core(3);
	if (geteuid() == 0) {
		uint32_t one = first.u.gate_start.confine.uid;
		uint32_t two = second.u.gate_start.uid;
		uint32_t three = third.u.start.uid;

		ck_assert(one != two && two != three && one != three);
		ck_assert_uint_ge(one, rig.config.uid_first);
	} else {
		ck_assert_uint_eq(third.u.start.uid, UINT32_MAX);
	}
	link_finish();
}
END_TEST

START_TEST(without_uids_left_a_viewer_is_refused)
{
	link_set_up();
	rig.config.uid_count = 2;
	rig_open();
	if (geteuid() == 0) {
		(void)link_begin();
		link_say_user();
		/* The inner gate has the last one; there is none for a core. */
		links.inner = rig_expect("shoji-viewer-gate");
		link_expect_end(SJ_REASON_UNREACHABLE);
	}
	link_finish();
}
END_TEST

/* ---- the user ---- */

static const struct {
	uint8_t role;
	const char *name;
} strange_users[] = {{SJ_HOST_ROLE_GUARD, "tanaka"},
	{SJ_HOST_ROLE_ANONYMOUS, "tanaka"}, {SJ_HOST_ROLE_VIEWER, ""}};

START_TEST(only_a_viewer_with_a_name_is_a_user)
{
	struct sj_host_gate_message message =
		link_outer_message(SJ_HOST_GATE_USER);

	link_set_up();
	rig_open();
	(void)link_begin();
	message.u.gate_user.role = strange_users[_i].role;
	strcpy(message.u.gate_user.name, strange_users[_i].name);
	rig_say(&links.outer, &message, sizeof(message));
	link_expect_end(SJ_REASON_REFUSED_CONFIG);
	ck_assert(!rig_is_started());
	link_finish();
}
END_TEST

START_TEST(a_user_is_said_once)
{
	link_set_up();
	rig_open();
	link_join();
	link_say_user();
	link_expect_end(SJ_REASON_END_BROKEN);
	link_finish();
}
END_TEST

START_TEST(an_outer_gate_that_says_what_it_must_not_is_let_go)
{
	struct sj_host_gate_message message =
		link_outer_message(SJ_HOST_GATE_ATTACH);

	link_set_up();
	rig_open();
	link_join();
	message.type = SJ_HOST_GATE_ACTIVITY;
	rig_say(&links.outer, &message, sizeof(message));
	ck_assert_uint_eq(rig.guard.link_count, 1);
	message.type = SJ_HOST_GATE_ATTACH;
	rig_say(&links.outer, &message, sizeof(message));
	(void)link_expect_inner(SJ_VIEWER_GATE_END, 0);
	rig_drop(&links.outer);
	link_finish();
}
END_TEST

/* ---- the watermark ---- */

static void start_mark(void)
{
	struct sj_mark_message message;
	struct sj_ipc_fds fds = {.count = 0};

	(void)link_begin();
	link_say_user();
	links.mark = rig_expect("shoji-guard-mark");
	ck_assert(rig_hear(&links.mark, &message, sizeof(message), &fds));
	ck_assert_uint_eq(fds.count, 1);
	ck_assert_str_eq(message.line[0], "tanaka (lgwan)");
	ck_assert_str_eq(message.line[1], "[127.0.0.1]");
	ck_assert_uint_eq(strlen(message.line[2]), 16);
	sj_ipc_close(&fds);
}

START_TEST(the_host_is_called_when_the_mark_is_drawn)
{
	const struct sj_mark_message drawn = {.uid = 0};

	link_set_up();
	rig.config.mark_percent = 12;
	rig_open();
	start_mark();
	ck_assert(!rig_is_started());
	rig_say(&links.mark, &drawn, sizeof(drawn));
	ck_assert(!rig_is_started());
	rig_drop(&links.mark);
	links.inner = rig_expect("shoji-viewer-gate");
	(void)link_expect_inner(SJ_VIEWER_GATE_START, 7);
	ck_assert_uint_eq(link_start_core(4).u.start.policy.mark_percent, 12);
	link_finish();
}
END_TEST

START_TEST(without_its_mark_nobody_is_let_in)
{
	link_set_up();
	rig.config.mark_percent = 12;
	rig_open();
	start_mark();
	rig_drop(&links.mark);
	link_expect_end(SJ_REASON_UNREACHABLE);
	ck_assert(!rig_is_started());
	link_finish();
}
END_TEST

START_TEST(a_viewer_that_leaves_while_its_mark_is_drawn_is_forgotten)
{
	const struct sj_mark_message drawn = {.uid = 0};

	link_set_up();
	rig.config.mark_percent = 12;
	rig_open();
	start_mark();
	link_leave(SJ_REASON_END_USER);
	rig_say(&links.mark, &drawn, sizeof(drawn));
	rig_drop(&links.mark);
	ck_assert(!rig_is_started());
	link_finish();
}
END_TEST

/* ---- time, lists, the end of all ---- */

START_TEST(who_is_late_is_killed)
{
	link_set_up();
	rig_open();
	if (_i == 0)
		(void)link_begin();
	else
		(void)link_reach();
	ck_assert_uint_gt(
		sj_links_tick(&rig.guard, sj_clock_ms()), sj_clock_ms());
	(void)sj_links_tick(&rig.guard, sj_clock_ms() + 3600000);
	/* Not killed: it is told first. */
	if (_i == 1) {
		link_expect_end(SJ_REASON_UNREACHABLE);
		(void)sj_links_tick(&rig.guard, sj_clock_ms() + 3600000);
	}
	/* The gate is gone; in place of the fake the test lets its socket go.
	 */
	rig_drop(&links.outer);
	if (_i == 1) {
		(void)link_expect_inner(SJ_VIEWER_GATE_END, 0);
		/* Those behind it have a moment, and no more. */
		(void)sj_links_tick(&rig.guard, sj_clock_ms() + 3600000);
	}
	ck_assert_uint_eq(rig.guard.link_count, 0);
	link_finish();
}
END_TEST

/* One turn in which those who live can say so. */
static void take_turn(void)
{
	rig.guard.pulse_ms = 0;
	(void)sj_links_tick(&rig.guard, sj_clock_ms());
}

START_TEST(who_does_not_say_any_more_that_it_lives_is_killed)
{
	const struct sj_host_gate_message outer =
		link_outer_message(SJ_HOST_GATE_ALIVE);
	const struct sj_core_message core = {.type = SJ_CORE_ALIVE};
	struct pollfd end = {.events = POLLIN};
	struct sj_child *victim;

	link_set_up();
	rig_open();
	link_join();
	rig_say(&links.outer, &outer, sizeof(outer));
	link_say_inner(SJ_VIEWER_GATE_ALIVE, 0);
	rig_say(&links.core, &core, sizeof(core));
	rig_turn();
	victim = _i == 0   ? &rig.guard.links->outer
		 : _i == 1 ? &rig.guard.links->inner
			   : &rig.guard.links->core;
	ck_assert(rig.guard.links->outer.pulse.is_known &&
		  rig.guard.links->inner.pulse.is_known &&
		  rig.guard.links->core.pulse.is_known);
	end.fd = (int)syscall(SYS_pidfd_open, victim->pid, 0);
	ck_assert_int_ge(end.fd, 0);
	for (unsigned i = 0; i <= SJ_LIMIT_PULSES_MISSED; i++) {
		ck_assert_int_eq(poll(&end, 1, 0), 0);
		rig.guard.links->outer.pulse.quiet_turns = 0;
		rig.guard.links->inner.pulse.quiet_turns = 0;
		rig.guard.links->core.pulse.quiet_turns = 0;
		victim->pulse.quiet_turns = i;
		take_turn();
	}
	ck_assert_int_eq(poll(&end, 1, 20000), 1);
	(void)close(end.fd);
	link_finish();
}
END_TEST

START_TEST(a_new_list_goes_to_every_gate_of_its_side)
{
	link_set_up();
	rig_open();
	link_join();
	sj_links_send_viewers_crl(&rig.guard);
	(void)link_expect_outer(SJ_HOST_GATE_CRL, 1);
	sj_links_send_hosts_crl(&rig.guard);
	(void)link_expect_inner(SJ_VIEWER_GATE_CRL, 1);
	shutdown(links.inner.control_fd, SHUT_RD);
	sj_links_send_hosts_crl(&rig.guard);
	ck_assert_uint_eq(rig.guard.link_count, 1);
	link_finish();
}
END_TEST

START_TEST(all_are_ended_and_dropped)
{
	link_set_up();
	rig_open();
	link_join();
	sj_links_end_all(&rig.guard, SJ_REASON_AGENT_GONE);
	link_expect_end(SJ_REASON_AGENT_GONE);
	/* The first cause counts. */
	sj_links_end_all(&rig.guard, SJ_REASON_END_ADMIN);
	sj_links_drop_all(&rig.guard);
	ck_assert_uint_eq(rig.guard.link_count, 0);
	link_finish();
}
END_TEST

/* ---- who may come in ---- */

START_TEST(no_more_than_so_many_come_in)
{
	int second, third;

	link_set_up();
	if (_i == 0)
		rig.config.half_open_max = 1;
	else
		rig.config.connections_max = 1;
	rig_open();
	(void)link_begin();
	second = rig_call();
	ck_assert(!rig_is_started());
	ck_assert_uint_eq(rig.guard.link_count, 1);
	close(second);
	rig.guard.is_stopping = true;
	third = rig_call();
	ck_assert(!rig_is_started());
	close(third);
	link_finish();
}
END_TEST

/* So many that a host refuses none; the others wait for their turn. */
#define MANY 16

static void wait_behind(struct sj_link calls[MANY], size_t host)
{
	(void)link_begin();
	memset(calls, 0, MANY * sizeof(*calls));
	for (size_t i = 0; i < MANY; i++) {
		calls[i].guard = &rig.guard;
		calls[i].state = SJ_LINK_REACHING;
		calls[i].host = host;
		calls[i].inner.id = 1;
		calls[i].deadline_ms = UINT64_MAX;
		calls[i].next = i + 1 < MANY ? &calls[i + 1] : NULL;
	}
	rig.guard.links->next = calls;
	link_say_user();
	for (int i = 0; i < 10; i++)
		rig_turn();
	(void)sj_links_tick(&rig.guard, sj_clock_ms());
	ck_assert(!rig_is_started());
}

START_TEST(a_viewer_waits_while_many_call_the_same_host)
{
	struct sj_link calls[MANY];

	link_set_up();
	rig_open();
	wait_behind(calls, 0);
	calls[3].is_host_proven = true;
	(void)sj_links_tick(&rig.guard, sj_clock_ms());
	links.inner = rig_expect("shoji-viewer-gate");
	(void)link_expect_inner(SJ_VIEWER_GATE_START, 7);
	(void)link_start_core(3);
	rig.guard.links->next = NULL;
	link_finish();
}
END_TEST

START_TEST(who_waits_for_a_host_that_is_down_goes_to_another_one)
{
	struct sj_link calls[MANY];
	size_t first = link_set_up_two();

	wait_behind(calls, first);
	sj_reach_failed(&rig.guard, first, sj_clock_ms());
	(void)sj_links_tick(&rig.guard, sj_clock_ms());
	links.inner = rig_expect("shoji-viewer-gate");
	ck_assert_uint_ne(rig.guard.links->host, first);
	(void)link_expect_inner(SJ_VIEWER_GATE_START, 7);
	(void)link_start_core(3);
	rig.guard.links->next = NULL;
	link_finish();
}
END_TEST

START_TEST(a_guard_that_stops_lets_nobody_in)
{
	link_set_up();
	rig_open();
	(void)link_begin();
	rig.guard.is_stopping = true;
	link_say_user();
	link_expect_end(SJ_REASON_END_SHUTDOWN);
	link_finish();
}
END_TEST

START_TEST(a_program_that_cannot_be_started_refuses)
{
	int fd;

	link_set_up();
	rig_open();
	memset(rig.guard.folder[SJ_GUARD_OUTER], 0,
		sizeof(rig.guard.folder[0]));
	strcpy(rig.guard.folder[SJ_GUARD_OUTER], "/nowhere");
	fd = rig_call();
	for (int i = 0; i < 20; i++)
		rig_turn();
	close(fd);
	rig_await_links(0);
	rig_close();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_viewer_is_joined_when_the_host_has_let_it_in,
		each_process_has_a_uid_of_its_own,
		without_uids_left_a_viewer_is_refused, a_user_is_said_once,
		an_outer_gate_that_says_what_it_must_not_is_let_go,
		the_host_is_called_when_the_mark_is_drawn,
		without_its_mark_nobody_is_let_in,
		a_viewer_that_leaves_while_its_mark_is_drawn_is_forgotten,
		a_new_list_goes_to_every_gate_of_its_side,
		all_are_ended_and_dropped,
		a_viewer_waits_while_many_call_the_same_host,
		who_waits_for_a_host_that_is_down_goes_to_another_one,
		a_guard_that_stops_lets_nobody_in,
		a_program_that_cannot_be_started_refuses};
	const struct sj_suite_loop loops[] = {
		{only_a_viewer_with_a_name_is_a_user, SJ_COUNT(strange_users)},
		{who_is_late_is_killed, 2},
		{who_does_not_say_any_more_that_it_lives_is_killed, 3},
		{no_more_than_so_many_come_in, 2}};

	return sj_suite_run_loops(
		"guard_link", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
