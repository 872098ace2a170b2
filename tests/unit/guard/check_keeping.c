/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ledger of a guard; the test plays its writer, too. */
#include "guard/keeping.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "protocol/ledger/ledger_ipc.h"
#include "tests/support/suite.h"
#include "tests/unit/guard/link_rig.h"

static struct rig_child writer;

static void begin(void)
{
	struct sj_ledger_message message;

	link_set_up();
	(void)snprintf(rig.config.ledger_file, sizeof(rig.config.ledger_file),
		"%s/ledger", rig.folder);
	(void)snprintf(rig.config.ledger_keys, sizeof(rig.config.ledger_keys),
		"%s/keys", rig.folder);
	rig.config.ledger_heartbeat_s = 60;
	rig_write("keys.key", "key");
	rig_write("keys.state", "state");
	rig_open();
	writer = rig_expect("shoji-ledger");
	ck_assert(rig_hear(&writer, &message, sizeof(message), NULL));
	ck_assert_uint_eq(message.type, SJ_LEDGER_TELL_START);
	ck_assert_uint_eq(message.u.start.place, SJ_LEDGER_PLACE_GUARD);
}

static void finish(void)
{
	/* Its process ends; the supervisor need not wait for it. */
	if (writer.life_fd >= 0)
		close(writer.life_fd);
	link_finish();
}

static struct sj_ledger_message expect_told(enum sj_ledger_message_type type)
{
	struct sj_ledger_message message;

	ck_assert(rig_hear(&writer, &message, sizeof(message), NULL));
	ck_assert_uint_eq(message.type, type);
	return message;
}

static void answer(enum sj_ledger_answer_type type, uint64_t ticket)
{
	const struct sj_ledger_answer message = {
		.type = (uint32_t)type, .number = ENOSPC, .ticket = ticket};

	rig_say(&writer, &message, sizeof(message));
}

/* Up to the programs behind the outer gate, which wait for both openings. */
static uint64_t reach(void)
{
	struct sj_ledger_message open;

	(void)link_begin();
	link_say_user();
	open = expect_told(SJ_LEDGER_TELL_OPEN);
	ck_assert_str_eq(open.u.open.name, "tanaka");
	ck_assert_uint_eq(open.u.open.side, SJ_LEDGER_SERVES);
	/* The host is not called before it is on the disk. */
	ck_assert(!rig_is_started());
	answer(SJ_LEDGER_ANSWER_KEPT, open.u.open.ticket);
	links.inner = rig_expect("shoji-viewer-gate");
	ck_assert_uint_eq(link_expect_inner(SJ_VIEWER_GATE_START, 7)
				  .u.gate_start.waits_for_go,
		1);
	(void)link_start_core(3);
	return open.u.open.ticket;
}

static struct sj_ledger_message connected(uint64_t outer_ticket)
{
	struct sj_ledger_message open;

	link_say_inner(SJ_VIEWER_GATE_CONNECTED, 0);
	open = expect_told(SJ_LEDGER_TELL_OPEN);
	ck_assert_uint_eq(open.u.open.side, SJ_LEDGER_SHOWS);
	ck_assert_uint_eq(open.u.open.linked_ticket, outer_ticket);
	return open;
}

START_TEST(both_sides_are_kept_before_they_are_joined)
{
	struct sj_ledger_message inner;
	uint64_t outer;

	begin();
	outer = reach();
	inner = connected(outer);
	answer(SJ_LEDGER_ANSWER_KEPT, inner.u.open.ticket);
	(void)link_expect_inner(SJ_VIEWER_GATE_GO, 0);
	(void)link_expect_outer(SJ_HOST_GATE_ATTACH, 1);
	/* Again, or of nobody: no matter. */
	link_leave(SJ_REASON_END_USER);
	link_say_inner(SJ_VIEWER_GATE_CLOSED, SJ_REASON_END_USER);
	rig_drop(&links.inner);
	rig_drop(&links.core);
	rig_await_links(0);
	inner = expect_told(SJ_LEDGER_TELL_CLOSE);
	ck_assert_uint_eq(inner.u.close.has_counts, 1);
	ck_assert_uint_eq(
		expect_told(SJ_LEDGER_TELL_CLOSE).u.close.ticket, outer);
	finish();
}
END_TEST

START_TEST(an_inner_gate_opens_one_session_however_often_it_says_so)
{
	struct sj_ledger_message inner, message;

	begin();
	inner = connected(reach());
	for (int i = 0; i < 3; i++)
		link_say_inner(SJ_VIEWER_GATE_CONNECTED, 0);
	answer(SJ_LEDGER_ANSWER_KEPT, inner.u.open.ticket);
	(void)link_expect_outer(SJ_HOST_GATE_ATTACH, 1);
	link_say_inner(SJ_VIEWER_GATE_CONNECTED, 0);
	link_leave(SJ_REASON_END_USER);
	rig_drop(&links.inner);
	rig_drop(&links.core);
	rig_await_links(0);
	/* Two closings, and no opening before them. */
	message = expect_told(SJ_LEDGER_TELL_CLOSE);
	ck_assert_uint_eq(message.u.close.ticket, inner.u.open.ticket);
	(void)expect_told(SJ_LEDGER_TELL_CLOSE);
	finish();
}
END_TEST

START_TEST(what_is_not_kept_is_refused)
{
	struct sj_ledger_message open;

	begin();
	if (_i == 0) {
		(void)link_begin();
		link_say_user();
		open = expect_told(SJ_LEDGER_TELL_OPEN);
	} else {
		open = connected(reach());
	}
	answer(SJ_LEDGER_ANSWER_NOT_KEPT, open.u.open.ticket);
	link_expect_end(SJ_REASON_REFUSED_LEDGER);
	finish();
}
END_TEST

START_TEST(a_disk_that_is_full_ends_what_runs)
{
	struct sj_ledger_message inner;

	begin();
	inner = connected(reach());
	answer(SJ_LEDGER_ANSWER_KEPT, inner.u.open.ticket);
	(void)link_expect_outer(SJ_HOST_GATE_ATTACH, 1);
	answer(SJ_LEDGER_ANSWER_NO_ROOM, 0);
	link_expect_end(SJ_REASON_REFUSED_LEDGER);
	finish();
}
END_TEST

START_TEST(a_writer_that_is_gone_ends_what_runs_and_lets_nobody_in)
{
	begin();
	(void)connected(reach());
	rig_drop(&writer);
	link_expect_end(SJ_REASON_REFUSED_LEDGER);
	finish();
}
END_TEST

START_TEST(without_a_writer_nobody_is_let_in)
{
	begin();
	rig_drop(&writer);
	rig_turn();
	(void)link_begin();
	link_say_user();
	link_expect_end(SJ_REASON_REFUSED_LEDGER);
	ck_assert(!rig_is_started());
	finish();
}
END_TEST

START_TEST(an_opening_of_a_viewer_that_has_gone_is_closed)
{
	struct sj_ledger_message open;

	begin();
	(void)link_begin();
	link_say_user();
	open = expect_told(SJ_LEDGER_TELL_OPEN);
	rig_drop(&links.outer);
	rig_await_links(0);
	answer(SJ_LEDGER_ANSWER_KEPT, open.u.open.ticket);
	ck_assert_uint_eq(
		expect_told(SJ_LEDGER_TELL_CLOSE).u.close.has_counts, 0);
	ck_assert(!rig_is_started());
	finish();
}
END_TEST

START_TEST(who_never_had_a_user_is_counted_as_refused)
{
	begin();
	(void)link_begin();
	link_leave(SJ_REASON_CERT_REVOKED);
	ck_assert_uint_eq(expect_told(SJ_LEDGER_TELL_REFUSED).u.code,
		SJ_REASON_CERT_REVOKED);
	finish();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		both_sides_are_kept_before_they_are_joined,
		an_inner_gate_opens_one_session_however_often_it_says_so,
		a_disk_that_is_full_ends_what_runs,
		a_writer_that_is_gone_ends_what_runs_and_lets_nobody_in,
		without_a_writer_nobody_is_let_in,
		an_opening_of_a_viewer_that_has_gone_is_closed,
		who_never_had_a_user_is_counted_as_refused};
	const struct sj_suite_loop loops[] = {{what_is_not_kept_is_refused, 2}};

	return sj_suite_run_loops("guard_keeping", tests, SJ_COUNT(tests),
		loops, SJ_COUNT(loops));
}
