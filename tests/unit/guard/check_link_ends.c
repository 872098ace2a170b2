/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How connections of a guard end, and what the viewer is told. */
#include "guard/link.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guard/link_start.h"
#include "guard/mark_ipc.h"
#include "guard/misses.h"
#include "guard/reach.h"
#include "protocol/base/clock.h"
#include "tests/support/suite.h"
#include "tests/unit/guard/link_rig.h"

/* ---- ends ---- */

/* Who says which reason, and what the viewer is told of it. */
static const struct {
	bool is_joined;
	bool is_by_core;
	enum sj_reason said, told;
} ends[] = {
	{true, true, SJ_REASON_END_ADMIN, SJ_REASON_END_ADMIN},
	{true, false, SJ_REASON_END_ADMIN, SJ_REASON_END_ADMIN},
	{true, true, SJ_REASON_HOST_TYPE, SJ_REASON_END_BROKEN},
	{true, false, SJ_REASON_HOST_TYPE, SJ_REASON_END_BROKEN},
	{true, false, SJ_REASON_CERT_REVOKED, SJ_REASON_REFUSED_START},
	{true, true, SJ_REASON_LOCAL, SJ_REASON_AGENT_GONE},
	{true, false, SJ_REASON_REFUSED_START, SJ_REASON_END_BROKEN},
	{true, false, SJ_REASON_REFUSED_LEDGER, SJ_REASON_REFUSED_LEDGER},
	{false, false, SJ_REASON_HOST_TYPE, SJ_REASON_REFUSED_START},
	{false, false, SJ_REASON_CERT_REVOKED, SJ_REASON_REFUSED_START},
	{false, false, SJ_REASON_REFUSED_CONFIG, SJ_REASON_REFUSED_CONFIG},
	{false, false, SJ_REASON_TIMEOUT_HANDSHAKE, SJ_REASON_UNREACHABLE},
	{false, true, SJ_REASON_LOCAL, SJ_REASON_UNREACHABLE},
};

START_TEST(an_end_is_told_as_its_number)
{
	link_set_up();
	rig_open();
	if (ends[_i].is_joined)
		link_join();
	else
		(void)link_reach();
	if (ends[_i].is_by_core) {
		link_say_core(ends[_i].said);
		rig_drop(&links.core);
	} else {
		link_say_inner(SJ_VIEWER_GATE_CLOSED, ends[_i].said);
		rig_drop(&links.inner);
	}
	link_expect_end(ends[_i].told);
	link_finish();
}
END_TEST

START_TEST(a_process_that_is_killed_ends_its_connection)
{
	struct rig_child *const victims[] = {
		&links.inner, &links.core, &links.codes};

	link_set_up();
	rig.config.masks_codes = true;
	rig_open();
	link_join();
	if (victims[_i] == &links.codes) {
		/* The core sees that, too, and says so. */
		rig_drop(&links.codes);
		ck_assert_uint_eq(rig.guard.link_count, 1);
		link_say_core(SJ_REASON_LOCAL);
		rig_drop(&links.core);
	} else {
		rig_drop(victims[_i]);
	}
	link_expect_end(SJ_REASON_AGENT_GONE);
	link_finish();
}
END_TEST

START_TEST(a_search_that_outlives_its_core_ends_the_connection)
{
	link_set_up();
	rig.config.masks_codes = true;
	rig_open();
	link_join();
	/* The core says that the stream to the inner gate is gone, which
	 * would say it better, but is still there. */
	link_say_core(SJ_REASON_AGENT_GONE);
	rig_drop(&links.core);
	rig_drop(&links.codes);
	link_expect_end(SJ_REASON_AGENT_GONE);
	link_finish();
}
END_TEST

START_TEST(an_inner_gate_that_misses_its_core_leaves_the_word_to_it)
{
	link_set_up();
	rig_open();
	link_join();
	link_say_inner(SJ_VIEWER_GATE_CLOSED, SJ_REASON_DECODER_GONE);
	rig_drop(&links.inner);
	link_say_core(SJ_REASON_HOST_TYPE);
	rig_drop(&links.core);
	link_expect_end(SJ_REASON_END_BROKEN);
	link_finish();
}
END_TEST

START_TEST(a_viewer_that_the_outer_gate_has_refused_is_explained_by_it)
{
	const enum sj_reason said[] = {SJ_REASON_CLOSED, SJ_REASON_IO};

	link_set_up();
	rig_open();
	link_join();
	/* The core misses its stream before the gate has said why. */
	link_say_core(said[_i]);
	rig_drop(&links.core);
	rig_drop(&links.inner);
	ck_assert_uint_eq(rig.guard.link_count, 1);
	ck_assert_int_eq(rig.guard.links->reason, SJ_REASON_NONE);
	ck_assert_uint_ne(rig.guard.links->deadline_ms, UINT64_MAX);
	link_leave(SJ_REASON_VIEWER_SIZE);
	link_finish();
}
END_TEST

START_TEST(an_unknown_reason_is_none)
{
	link_set_up();
	rig_open();
	link_join();
	link_say_inner(SJ_VIEWER_GATE_CLOSED, 4711);
	link_expect_end(SJ_REASON_AGENT_GONE);
	rig_drop(&links.inner);
	link_finish();
}
END_TEST

START_TEST(a_host_that_cannot_be_reached_is_passed_over_for_a_while)
{
	size_t first = link_set_up_two();

	(void)link_reach();
	link_say_inner(SJ_VIEWER_GATE_CLOSED, SJ_REASON_UNREACHABLE);
	rig_drop(&links.inner);
	link_expect_end(SJ_REASON_UNREACHABLE);
	ck_assert_uint_ne(link_choice(), first);
	link_finish();
}
END_TEST

/* A host that hangs up on one user is no worse for all others. */
START_TEST(a_host_that_has_shown_its_certificate_is_not_passed_over)
{
	size_t first = link_set_up_two();

	(void)link_reach();
	link_say_inner(SJ_VIEWER_GATE_PROVEN, 0);
	link_say_inner(SJ_VIEWER_GATE_CLOSED, SJ_REASON_CLOSED);
	rig_drop(&links.inner);
	link_expect_end(SJ_REASON_UNREACHABLE);
	ck_assert_uint_eq(link_choice(), first);
	link_finish();
}
END_TEST

/* It has shown its certificate, and says nothing more. */
START_TEST(a_host_that_hangs_is_left_and_passed_over_by_that_user)
{
	size_t first = link_set_up_two();

	(void)link_reach();
	link_say_inner(SJ_VIEWER_GATE_PROVEN, 0);
	rig_turn();
	(void)sj_links_tick(
		&rig.guard, sj_clock_ms() + SJ_LIMIT_SESSION_START_MS - 2000);
	link_expect_end(SJ_REASON_UNREACHABLE);
	ck_assert_uint_ne(link_choice(), first);
	link_finish();
}
END_TEST

/* Lets the connection go that is not the rig's any more. */
static void finish_other(struct link_rig *other)
{
	const struct link_rig kept = links;

	links = *other;
	link_leave(SJ_REASON_END_TAKEN_OVER);
	if (links.inner.control_fd >= 0)
		rig_drop(&links.inner);
	rig_drop(&links.core);
	close(links.viewer_fd);
	links = kept;
	rig_await_links(1);
}

static void expect_taken_over(struct link_rig *other)
{
	const struct link_rig kept = links;

	links = *other;
	link_expect_end(SJ_REASON_END_TAKEN_OVER);
	(void)link_expect_inner(SJ_VIEWER_GATE_END, 0);
	links = kept;
}

/* Its certificate is shown, and so much time has passed. */
static void reach_and_wait(uint64_t waited_ms)
{
	(void)link_reach();
	link_say_inner(SJ_VIEWER_GATE_PROVEN, 0);
	rig_turn();
	rig.guard.links->called_ms -= waited_ms;
}

START_TEST(who_leaves_a_host_that_hangs_is_taken_to_another_one)
{
	size_t first = link_set_up_two();
	const uint64_t waited_ms = _i == 0 ? 10000 : 8000;

	for (int i = 0; i < 2; i++) {
		reach_and_wait(waited_ms);
		ck_assert_uint_eq(rig.guard.links->host, first);
		link_leave(SJ_REASON_CLOSED);
		(void)link_expect_inner(SJ_VIEWER_GATE_END, 0);
		rig_drop(&links.inner);
		rig_drop(&links.core);
		close(links.viewer_fd);
		rig_await_links(0);
	}
	ck_assert_int_eq(link_choice() != first, _i == 0);
	rig_close();
}
END_TEST

START_TEST(who_logs_in_again_beside_a_host_that_hangs_goes_to_another_one)
{
	size_t first = link_set_up_two();
	struct link_rig before;

	sj_misses_add(&rig.guard.misses, "tanaka", first, 1, sj_clock_ms());
	reach_and_wait(10000);
	before = links;
	(void)link_reach();
	ck_assert_uint_ne(rig.guard.links->host, first);
	expect_taken_over(&before);
	finish_other(&before);
	link_finish();
}
END_TEST

static const struct {
	enum sj_reason reason;
	bool is_by_peer, is_own;
} faults[] = {
	{SJ_REASON_CERT_OTHER, true, true},
	{SJ_REASON_CERT_OTHER, false, false},
	{SJ_REASON_CRL_MISSING, false, true},
	{SJ_REASON_CRL_EXPIRED, false, true},
	{SJ_REASON_CERT_EXPIRED, false, false},
};

START_TEST(what_is_wrong_with_the_guard_is_held_against_no_host)
{
	struct sj_viewer_gate_message closed = {.type = SJ_VIEWER_GATE_CLOSED};
	size_t first = link_set_up_two();

	(void)link_reach();
	closed.u.gate_closed.reason = (uint32_t)faults[_i].reason;
	closed.u.gate_closed.is_by_peer = faults[_i].is_by_peer;
	rig_say(&links.inner, &closed, sizeof(closed));
	rig_drop(&links.inner);
	link_expect_end(faults[_i].is_own ? SJ_REASON_REFUSED_START
					  : SJ_REASON_UNREACHABLE);
	ck_assert_int_eq(link_choice() == first, faults[_i].is_own);
	link_finish();
}
END_TEST

/* Who it is not is told where there is no other one. */
START_TEST(a_host_that_is_somebody_else_is_passed_over_for_a_while)
{
	size_t first;

	link_set_up();
	rig.config.host_count = _i == 0 ? 1 : 2;
	rig.config.host[1] = rig.config.host[0];
	rig_open();
	first = sj_reach_choose(&rig.guard, "tanaka", sj_clock_ms());
	(void)link_reach();
	link_say_inner(SJ_VIEWER_GATE_CLOSED, SJ_REASON_CERT_UNTRUSTED);
	rig_drop(&links.inner);
	if (_i == 0)
		link_expect_end(SJ_REASON_REFUSED_START);
	else
		link_expect_end(SJ_REASON_UNREACHABLE);
	ck_assert_int_eq(
		sj_reach_choose(&rig.guard, "tanaka", sj_clock_ms()) == first,
		_i == 0);
	link_finish();
}
END_TEST

START_TEST(a_login_that_a_second_one_overtakes_is_told_so)
{
	struct link_rig first;

	link_set_up();
	rig_open();
	(void)link_reach();
	first = links;
	(void)link_reach();
	expect_taken_over(&first);
	finish_other(&first);
	link_say_inner(SJ_VIEWER_GATE_CONNECTED, 0);
	(void)link_expect_outer(SJ_HOST_GATE_ATTACH, 1);
	link_finish();
}
END_TEST

START_TEST(nobody_has_sessions_at_two_hosts)
{
	struct link_rig first;
	size_t host;

	(void)link_set_up_two();
	link_join();
	first = links;
	host = rig.guard.links->host;
	sj_reach_failed(&rig.guard, host, sj_clock_ms());
	(void)link_reach();
	ck_assert_uint_ne(rig.guard.links->host, host);
	expect_taken_over(&first);
	finish_other(&first);
	link_finish();
}
END_TEST

/* The second is at the host before the first, which has no word for it. */
START_TEST(who_is_hung_up_on_for_a_second_login_is_told_so)
{
	struct sj_link newer = {.state = SJ_LINK_REACHING,
		.number = 4711,
		.deadline_ms = UINT64_MAX};

	link_set_up();
	rig_open();
	(void)link_reach();
	newer.user = rig.guard.links->user;
	newer.next = rig.guard.links;
	rig.guard.links = &newer;
	link_say_inner(SJ_VIEWER_GATE_PROVEN, 0);
	link_say_inner(SJ_VIEWER_GATE_CLOSED, SJ_REASON_CLOSED);
	rig_drop(&links.inner);
	link_expect_end(SJ_REASON_END_TAKEN_OVER);
	rig.guard.links = newer.next;
	link_finish();
}
END_TEST

START_TEST(a_connection_that_is_joined_is_not_joined_again)
{
	link_set_up();
	rig_open();
	link_join();
	link_say_inner(SJ_VIEWER_GATE_CONNECTED, 0);
	for (int i = 0; i < 10; i++)
		rig_turn();
	ck_assert_uint_eq(rig.guard.link_count, 1);
	link_finish();
}
END_TEST

START_TEST(an_outer_gate_that_is_gone_cannot_be_joined)
{
	link_set_up();
	rig_open();
	(void)link_reach();
	/* Its end is not seen yet when the host lets the user in. */
	shutdown(links.outer.control_fd, SHUT_RD);
	link_say_inner(SJ_VIEWER_GATE_CONNECTED, 0);
	rig_drop(&links.outer);
	ck_assert_uint_eq(rig.guard.link_count, 1);
	link_finish();
}
END_TEST

/* The log is not filled by who has no certificate. */
START_TEST(only_the_ends_of_strangers_are_bounded_in_the_log)
{
	const uint64_t *level = &rig.guard.strangers.level_milli;

	link_set_up();
	rig_open();
	rig.guard.strangers = sj_bucket_of(0, 2, sj_clock_us());
	(void)link_begin();
	link_leave(SJ_REASON_CLOSED);
	rig_await_links(0);
	ck_assert_uint_eq(*level, 1000);
	close(links.viewer_fd);
	(void)link_reach();
	link_leave(SJ_REASON_CLOSED);
	rig_drop(&links.inner);
	rig_drop(&links.core);
	rig_await_links(0);
	ck_assert_uint_eq(*level, 1000);
	link_finish();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_search_that_outlives_its_core_ends_the_connection,
		an_inner_gate_that_misses_its_core_leaves_the_word_to_it,
		an_unknown_reason_is_none,
		a_host_that_cannot_be_reached_is_passed_over_for_a_while,
		a_host_that_has_shown_its_certificate_is_not_passed_over,
		a_host_that_hangs_is_left_and_passed_over_by_that_user,
		who_logs_in_again_beside_a_host_that_hangs_goes_to_another_one,
		a_login_that_a_second_one_overtakes_is_told_so,
		nobody_has_sessions_at_two_hosts,
		who_is_hung_up_on_for_a_second_login_is_told_so,
		a_connection_that_is_joined_is_not_joined_again,
		an_outer_gate_that_is_gone_cannot_be_joined,
		only_the_ends_of_strangers_are_bounded_in_the_log};
	const struct sj_suite_loop loops[] = {
		{an_end_is_told_as_its_number, SJ_COUNT(ends)},
		{a_process_that_is_killed_ends_its_connection, 3},
		{who_leaves_a_host_that_hangs_is_taken_to_another_one, 2},
		{what_is_wrong_with_the_guard_is_held_against_no_host,
			SJ_COUNT(faults)},
		{a_host_that_is_somebody_else_is_passed_over_for_a_while, 2},
		{a_viewer_that_the_outer_gate_has_refused_is_explained_by_it,
			2}};

	return sj_suite_run_loops("guard_link_ends", tests, SJ_COUNT(tests),
		loops, SJ_COUNT(loops));
}
