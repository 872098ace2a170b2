/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which sessions belong to a user and a day: verify_select.c. */
#include "certs/verify_select.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/suite.h"
#include "tests/unit/certs/ends_rig.h"

#define SECOND LEDGER_RIG_SECOND
/* 2026-11-26, when a rig begins at noon. */
#define DAY_US (UINT64_C(1795651200) * SECOND)
#define HOUR_US (3600 * SECOND)

static struct sj_verify_selection asked;
static uint64_t broken_off; /* findings of the host's ledger */

static void ask(const char *user, const char *day)
{
	memset(&asked, 0, sizeof(asked));
	if (user)
		ck_assert_int_eq(sj_verify_select_user(&asked, user), SJ_OK);
	if (day)
		ck_assert_int_eq(sj_verify_select_day(&asked, day), SJ_OK);
	ends.selection = &asked;
}

/* A session of the host with the viewer of name, whose key is of bytes key. */
static void host_session(const char *name, uint8_t exporter, uint8_t key)
{
	struct sj_ledger_tell_open open =
		ledger_rig_opening(exporter, SJ_LEDGER_SERVES, exporter);
	struct sj_ledger_tell_close close = ends.host_close;

	memset(open.name, 0, sizeof(open.name));
	memcpy(open.name, name, strlen(name));
	memset(open.spki_sha256, key, sizeof(open.spki_sha256));
	close.ticket = exporter;
	ledger_rig_session(&ends.host, &open, &close);
}

/* Finishes and joins; the sessions of the host that are not left out, each a
 * bit. */
static unsigned selected(enum sj_verify_verdict wanted)
{
	struct ledger_rig *const rigs[] = {&ends.host, &ends.viewer};
	struct sj_verify_ledger ledgers[2];
	unsigned bits = 0;

	ck_assert_int_eq(ends_join(rigs, 2, ledgers), wanted);
	for (size_t i = 0; i < ledgers[0].sessions; i++)
		bits |= ledgers[0].session[i].is_left_out ? 0 : 1u << i;
	broken_off = ledgers[0].findings.times[SJ_VERIFY_OPEN];
	ledger_rig_close(&ends.host);
	ledger_rig_close(&ends.viewer);
	ends.selection = NULL;
	return bits;
}

/* ---- what was asked ---- */

START_TEST(a_user_is_a_name_of_lgwan_or_of_the_zone_before_it)
{
	struct sj_verify_selection other = {.has_user = false};

	ask("tanaka", NULL);
	ck_assert_str_eq(asked.user, "lgwan:tanaka");
	ck_assert_int_eq(sj_verify_select_user(&other, "lgwan:tanaka"), SJ_OK);
	ck_assert_mem_eq(
		asked.identity, other.identity, sizeof(asked.identity));
	ck_assert_int_eq(sj_verify_select_user(&other, "lab:tanaka"), SJ_OK);
	ck_assert_str_eq(other.user, "lab:tanaka");
	ck_assert_mem_ne(
		asked.identity, other.identity, sizeof(asked.identity));
	ends.selection = NULL;
}
END_TEST

START_TEST(what_is_no_user_is_refused)
{
	static const char *const wrong[] = {"", "Tanaka", ":tanaka",
		"lgwan:", "a b", "lgwan:viewer:tanaka", "tanaka\n",
		"LGWAN:tanaka", "a-zone-of-16-byt:tanaka",
		"a-name-that-is-much-too-long-for-any-user-of-it"};

	for (size_t i = 0; i < SJ_COUNT(wrong); i++) {
		struct sj_verify_selection selection = {.has_user = false};

		ck_assert_int_eq(sj_verify_select_user(&selection, wrong[i]),
			SJ_ERR_ARGUMENT);
		ck_assert(!selection.has_user);
	}
}
END_TEST

START_TEST(a_day_is_one_of_utc)
{
	ask(NULL, "2026-11-26");
	ck_assert_uint_eq(asked.day_us, DAY_US);
	ck_assert_uint_eq(asked.day_end_us, DAY_US + 24 * HOUR_US);
	ask(NULL, "2024-02-29");
	ends.selection = NULL;
}
END_TEST

START_TEST(what_is_no_day_is_refused)
{
	static const char *const wrong[] = {"", "2026-11-31", "2026-02-29",
		"2026-13-01", "2026-00-10", "2026-1-26", "20261126",
		"2026-11-26 ", "26-11-2026", "1969-12-31", "+026-11-26",
		"2026/11/26", "today"};

	for (size_t i = 0; i < SJ_COUNT(wrong); i++) {
		struct sj_verify_selection selection = {.has_day = false};

		ck_assert_msg(sj_verify_select_day(&selection, wrong[i]) ==
				      SJ_ERR_ARGUMENT,
			"%s", wrong[i]);
		ck_assert(!selection.has_day);
	}
}
END_TEST

/* ---- users ---- */

#define OTHER_KEY 77

START_TEST(sessions_of_another_user_are_no_gap)
{
	static const struct {
		const char *user;
		enum sj_verify_verdict verdict;
		unsigned bits;
	} rows[] = {
		{NULL, SJ_VERIFY_INCOMPLETE, 3},
		{"tanaka", SJ_VERIFY_AGREES, 1},
		{"suzuki", SJ_VERIFY_INCOMPLETE, 2},
		{"lab:tanaka", SJ_VERIFY_INCOMPLETE, 0},
	};

	for (size_t i = 0; i < SJ_COUNT(rows); i++) {
		ask(rows[i].user, NULL);
		ends_begin();
		ends_both(1);
		host_session("suzuki", 2, OTHER_KEY);
		ck_assert_uint_eq(selected(rows[i].verdict), rows[i].bits);
	}
}
END_TEST

START_TEST(nor_are_those_without_an_end_or_counts)
{
	for (int i = 0; i < 2; i++) {
		ask(i == 0 ? "tanaka" : "suzuki", NULL);
		ends_begin();
		ends_both(1);
		ends.host_close.has_counts = 0;
		host_session("suzuki", 2, OTHER_KEY);
		(void)selected(
			i == 0 ? SJ_VERIFY_AGREES : SJ_VERIFY_INCOMPLETE);
	}
}
END_TEST

/* Who changed a ledger may have changed more of it. */
START_TEST(a_contradiction_of_another_user_is_said)
{
	ask("tanaka", NULL);
	ends_begin();
	ends_both(1);
	host_session("suzuki", 2, SJ_LEDGER_SERVES);
	ck_assert_uint_eq(selected(SJ_VERIFY_DAMAGED), 1);
	ck_assert_uint_eq(ends.pairs.times[SJ_VERIFY_LEFT_OUT], 1);
}
END_TEST

/* A terminal's ledger alone does not say whose its sessions are. */
START_TEST(a_session_of_nobody_known_is_not_left_out)
{
	struct sj_ledger_tell_open open =
		ledger_rig_opening(2, SJ_LEDGER_SHOWS, 2);
	struct sj_ledger_tell_close close;

	ask("tanaka", NULL);
	ends_begin();
	ends_both(1);
	close = ends.viewer_close;
	close.ticket = 2;
	memset(open.spki_sha256, OTHER_KEY, sizeof(open.spki_sha256));
	ledger_rig_session(&ends.viewer, &open, &close);
	ck_assert_uint_eq(selected(SJ_VERIFY_INCOMPLETE), 1);
	ck_assert_uint_eq(ends.pairs.times[SJ_VERIFY_NO_OTHER], 1);
}
END_TEST

/* ---- days ---- */

/* Both clocks on hours of 2026-11-26, and less than a second. */
static void set_clocks(uint64_t hours, uint64_t us)
{
	ends.host.now.wall_us = DAY_US + hours * HOUR_US + us;
	ends.viewer.now.wall_us = ends.host.now.wall_us;
}

START_TEST(sessions_of_a_day_are_those_that_reach_into_it)
{
	static const struct {
		const char *day;
		unsigned bits;
	} rows[] = {{"2026-11-27", 0x1e}, {"2026-11-28", 0x28}};

	for (size_t i = 0; i < SJ_COUNT(rows); i++) {
		ask(NULL, rows[i].day);
		ends_begin();
		set_clocks(23, 0);
		ends_both(1);
		set_clocks(23, HOUR_US - SECOND); /* until midnight */
		ends_both(2);
		set_clocks(24, 0);
		ends_both(3);
		set_clocks(47, HOUR_US - SECOND / 2); /* over midnight */
		ends_both(4);
		set_clocks(47, HOUR_US - SECOND - 1);
		ends_both(5);
		set_clocks(48, 0);
		ends_both(6);
		set_clocks(72, 0);
		ck_assert_uint_eq(selected(SJ_VERIFY_AGREES), rows[i].bits);
	}
}
END_TEST

/* By the clock of the other end it was. */
START_TEST(one_end_is_enough)
{
	ask(NULL, "2026-11-27");
	ends_begin();
	set_clocks(23, HOUR_US - 3 * SECOND);
	ends.viewer.now.wall_us += 3 * SECOND;
	ends_both(1);
	set_clocks(48, 0);
	ck_assert_uint_eq(selected(SJ_VERIFY_AGREES), 1);
}
END_TEST

/* One that was broken off in its time, and one that was still open. */
START_TEST(a_session_without_an_end_reaches_as_far_as_its_run)
{
	const struct sj_ledger_tell_open first =
		ledger_rig_opening(8, SJ_LEDGER_SERVES, 8);
	const struct sj_ledger_tell_open second =
		ledger_rig_opening(9, SJ_LEDGER_SERVES, 9);

	ask(NULL, "2026-11-27");
	ends_begin();
	ck_assert_int_eq(
		sj_ledger_desk_open(&ends.host.desk, &first, &ends.host.now),
		SJ_OK);
	ledger_rig_commit(&ends.host, SJ_LEDGER_CAUSE_SESSION);
	ledger_rig_start(&ends.host);
	ck_assert_int_eq(
		sj_ledger_desk_open(&ends.host.desk, &second, &ends.host.now),
		SJ_OK);
	set_clocks(48, 0);
	ck_assert_uint_eq(selected(SJ_VERIFY_INCOMPLETE), 2);
	ck_assert_uint_eq(broken_off, 1);
}
END_TEST

/* A terminal may be off; a host that was is not known to have been. */
START_TEST(a_host_has_to_reach_over_the_day)
{
	for (int i = 0; i < 3; i++) {
		ask(NULL, i == 0 ? "2026-11-26" : "2026-11-27");
		ends_begin();
		set_clocks(30, 0);
		ends_both(1);
		set_clocks(i == 1 ? 47 : 48, 0);
		/* The terminal's stays behind. */
		ends.viewer.now.wall_us -= 10 * HOUR_US;
		(void)selected(i < 2 ? SJ_VERIFY_INCOMPLETE : SJ_VERIFY_AGREES);
	}
}
END_TEST

/* ---- gaps ---- */

/* Findings of what in the host's ledger, judged for day; NULL: for all. */
static uint64_t gaps(const char *day, enum sj_verify_what what)
{
	struct sj_ledger_signer *signer = sj_ledger_signer_of_public(
		ends.host.pub, strlen(ends.host.pub));
	const struct sj_verify_keys keys = {.first = &ends.host.first,
		.signer = signer,
		.selection = &asked};
	size_t size;
	uint8_t *bytes = ledger_rig_bytes(&ends.host, &size);

	ck_assert_ptr_nonnull(signer);
	ask(NULL, day);
	ends.selection = NULL;
	ledger_rig_judge(&ends.host, bytes, size, &keys);
	sj_ledger_signer_free(signer);
	free(bytes);
	return ends.host.ledger.findings.times[what];
}

/* A crash and a silence on the first day, none later; no stop on the third. */
START_TEST(a_gap_in_time_counts_for_the_days_that_it_touches)
{
	static const struct {
		enum sj_verify_what what;
		bool is_of[3];
	} rows[] = {
		{SJ_VERIFY_CRASH, {true, false, false}},
		{SJ_VERIFY_SILENCE, {true, false, false}},
		{SJ_VERIFY_NO_STOP, {false, false, true}},
	};

	ledger_rig_open(&ends.host, SJ_LEDGER_PLACE_HOST);
	ledger_rig_start(&ends.host);
	ledger_rig_start(&ends.host);
	ends.host.now.mono_us += 36 * SECOND;
	ledger_rig_commit(&ends.host, SJ_LEDGER_CAUSE_HEARTBEAT);
	ends.host.now.wall_us = DAY_US + 24 * HOUR_US;
	ledger_rig_commit(&ends.host, SJ_LEDGER_CAUSE_HEARTBEAT);
	ends.host.now.wall_us = DAY_US + 48 * HOUR_US;
	ledger_rig_commit(&ends.host, SJ_LEDGER_CAUSE_HEARTBEAT);
	for (size_t i = 0; i < SJ_COUNT(rows); i++) {
		const bool *is_of = rows[i].is_of;

		ck_assert_uint_eq(gaps("2026-11-26", rows[i].what), is_of[0]);
		ck_assert_uint_eq(gaps("2026-11-27", rows[i].what), is_of[1]);
		ck_assert_uint_eq(gaps("2026-11-28", rows[i].what), is_of[2]);
		ck_assert_uint_eq(gaps(NULL, rows[i].what), 1);
	}
	ledger_rig_close(&ends.host);
}
END_TEST

/* Only a signature vouches for what is before it. */
START_TEST(what_stands_unsigned_behind_the_day_does_not_close_it)
{
	const struct sj_ledger_tell_open open =
		ledger_rig_opening(8, SJ_LEDGER_SERVES, 8);

	ledger_rig_open(&ends.host, SJ_LEDGER_PLACE_HOST);
	ledger_rig_start(&ends.host);
	ends.host.now.wall_us = DAY_US + 24 * HOUR_US;
	ck_assert_int_eq(
		sj_ledger_desk_open(&ends.host.desk, &open, &ends.host.now),
		SJ_OK);
	ck_assert_int_eq(sj_ledger_book_commit(&ends.host.book), SJ_OK);
	ck_assert_uint_eq(gaps("2026-11-26", SJ_VERIFY_TAIL), 1);
	ck_assert_uint_eq(gaps("2026-11-26", SJ_VERIFY_NO_STOP), 1);
	ledger_rig_commit(&ends.host, SJ_LEDGER_CAUSE_SESSION);
	ck_assert_uint_eq(gaps("2026-11-26", SJ_VERIFY_TAIL), 0);
	ck_assert_uint_eq(gaps("2026-11-26", SJ_VERIFY_NO_STOP), 0);
	ledger_rig_close(&ends.host);
}
END_TEST

/* Records of before that day need not be shown. */
START_TEST(what_was_not_shown_counts_for_the_days_before_it)
{
	ledger_rig_open(&ends.host, SJ_LEDGER_PLACE_HOST);
	ledger_rig_start(&ends.host);
	ledger_rig_stop(&ends.host);
	ck_assert_int_eq(ftruncate(ends.host.file_fd, 0), 0);
	ends.host.now.wall_us = DAY_US + 25 * HOUR_US;
	ledger_rig_start(&ends.host);
	ends.host.now.wall_us = DAY_US + 48 * HOUR_US;
	ledger_rig_stop(&ends.host);
	ck_assert_uint_eq(gaps("2026-11-26", SJ_VERIFY_BEFORE), 1);
	ck_assert_uint_eq(gaps("2026-11-27", SJ_VERIFY_BEFORE), 1);
	ck_assert_uint_eq(gaps("2026-11-28", SJ_VERIFY_BEFORE), 0);
	ledger_rig_close(&ends.host);
}
END_TEST

SJ_SUITE_MAIN("verify_select",
	a_user_is_a_name_of_lgwan_or_of_the_zone_before_it,
	what_is_no_user_is_refused, a_day_is_one_of_utc,
	what_is_no_day_is_refused, sessions_of_another_user_are_no_gap,
	nor_are_those_without_an_end_or_counts,
	a_contradiction_of_another_user_is_said,
	a_session_of_nobody_known_is_not_left_out,
	sessions_of_a_day_are_those_that_reach_into_it, one_end_is_enough,
	a_session_without_an_end_reaches_as_far_as_its_run,
	a_host_has_to_reach_over_the_day,
	a_gap_in_time_counts_for_the_days_that_it_touches,
	what_stands_unsigned_behind_the_day_does_not_close_it,
	what_was_not_shown_counts_for_the_days_before_it)
