/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/sessions.h"

#include <string.h>

#include "tests/support/suite.h"

static const struct sj_session_limits limits = {.start_ms = 60000,
	.resume_ms = 5000,
	.idle_ms = 20000,
	.lifetime_ms = 100000};

static struct sj_session *add(
	struct sj_sessions *sessions, const char *zone, const char *name)
{
	struct sj_session *session =
		sj_sessions_add(sessions, zone, name, false, 1000);

	ck_assert_ptr_nonnull(session);
	return session;
}

static void clear(struct sj_sessions *sessions)
{
	while (sessions->first)
		sj_sessions_remove(sessions, sessions->first);
}

START_TEST(a_user_is_zone_and_name)
{
	struct sj_sessions sessions = {0};
	struct sj_session *one = add(&sessions, "lgwan", "tanaka");
	struct sj_session *two = add(&sessions, "office", "tanaka");

	ck_assert_ptr_eq(sj_sessions_find(&sessions, "lgwan", "tanaka"), one);
	ck_assert_ptr_eq(sj_sessions_find(&sessions, "office", "tanaka"), two);
	ck_assert_ptr_null(sj_sessions_find(&sessions, "lgwan", "suzuki"));
	ck_assert_ptr_null(sj_sessions_find(&sessions, "lgwan", "tanak"));
	ck_assert_uint_eq(sessions.count, 2);
	clear(&sessions);
	ck_assert_uint_eq(sessions.count, 0);
}
END_TEST

START_TEST(numbers_are_never_used_twice)
{
	struct sj_sessions sessions = {0};

	ck_assert_uint_eq(add(&sessions, "z", "a")->number, 1);
	sj_sessions_remove(&sessions, sessions.first);
	ck_assert_uint_eq(add(&sessions, "z", "a")->number, 2);
	clear(&sessions);
}
END_TEST

START_TEST(anonymous_sessions_are_nobodys)
{
	struct sj_sessions sessions = {0};
	struct sj_session *one =
		sj_sessions_add(&sessions, "z", "", true, 1000);
	struct sj_session *two =
		sj_sessions_add(&sessions, "z", "", true, 1000);

	ck_assert_ptr_nonnull(one);
	ck_assert_ptr_nonnull(two);
	ck_assert_str_ne(one->name, two->name);
	ck_assert_ptr_null(sj_sessions_find(&sessions, "z", one->name));
	ck_assert_ptr_null(sj_sessions_find(&sessions, "z", ""));
	ck_assert_ptr_eq(sj_sessions_find_name(&sessions, two->name), two);
	clear(&sessions);
}
END_TEST

START_TEST(removing_one_keeps_the_others_in_order)
{
	struct sj_sessions sessions = {0};
	struct sj_session *one = add(&sessions, "z", "a");
	struct sj_session *two = add(&sessions, "z", "b");
	struct sj_session *three = add(&sessions, "z", "c");

	sj_sessions_remove(&sessions, two);
	ck_assert_ptr_eq(sessions.first, one);
	ck_assert_ptr_eq(one->next, three);
	ck_assert_ptr_null(three->next);
	clear(&sessions);
}
END_TEST

START_TEST(a_session_without_pixels_ends_after_its_start_time)
{
	struct sj_sessions sessions = {0};
	struct sj_session *session = add(&sessions, "z", "a");

	ck_assert_int_eq(
		sj_session_due(session, &limits, 60999), SJ_REASON_NONE);
	ck_assert_int_eq(sj_session_due(session, &limits, 61000),
		SJ_REASON_REFUSED_START);
	ck_assert_uint_eq(sj_session_next_ms(session, &limits), 61000);
	clear(&sessions);
}
END_TEST

START_TEST(a_session_that_is_left_waits_for_the_resume_time)
{
	struct sj_sessions sessions = {0};
	struct sj_session *session = add(&sessions, "z", "a");
	struct sj_connection *somebody = (void *)&sessions;

	session->state = SJ_SESSION_RUNNING;
	sj_session_set_connection(session, somebody, 2000);
	ck_assert_int_eq(
		sj_session_due(session, &limits, 21999), SJ_REASON_NONE);
	sj_session_set_connection(session, NULL, 8000);
	ck_assert_uint_eq(sj_session_next_ms(session, &limits), 13000);
	ck_assert_int_eq(
		sj_session_due(session, &limits, 12999), SJ_REASON_NONE);
	ck_assert_int_eq(sj_session_due(session, &limits, 13000),
		SJ_REASON_END_RESUME_TIME);
	sj_session_set_connection(session, somebody, 12000);
	ck_assert_int_eq(
		sj_session_due(session, &limits, 13000), SJ_REASON_NONE);
	clear(&sessions);
}
END_TEST

START_TEST(a_session_without_input_ends_after_the_idle_time)
{
	struct sj_sessions sessions = {0};
	struct sj_session *session = add(&sessions, "z", "a");

	session->state = SJ_SESSION_RUNNING;
	sj_session_set_connection(session, (void *)&sessions, 2000);
	ck_assert_uint_eq(sj_session_next_ms(session, &limits), 22000);
	ck_assert_int_eq(
		sj_session_due(session, &limits, 22000), SJ_REASON_END_IDLE);
	session->activity_ms = 15000;
	ck_assert_int_eq(
		sj_session_due(session, &limits, 34999), SJ_REASON_NONE);
	ck_assert_int_eq(
		sj_session_due(session, &limits, 35000), SJ_REASON_END_IDLE);
	clear(&sessions);
}
END_TEST

START_TEST(no_activity_makes_a_session_live_longer_than_its_longest_time)
{
	struct sj_sessions sessions = {0};
	struct sj_session *session = add(&sessions, "z", "a");

	session->state = SJ_SESSION_RUNNING;
	sj_session_set_connection(session, (void *)&sessions, 2000);
	session->activity_ms = 100999;
	ck_assert_int_eq(
		sj_session_due(session, &limits, 100999), SJ_REASON_NONE);
	ck_assert_int_eq(sj_session_due(session, &limits, 101000),
		SJ_REASON_END_LIFETIME);
	clear(&sessions);
}
END_TEST

SJ_SUITE_MAIN("host_sessions", a_user_is_zone_and_name,
	numbers_are_never_used_twice, anonymous_sessions_are_nobodys,
	removing_one_keeps_the_others_in_order,
	a_session_without_pixels_ends_after_its_start_time,
	a_session_that_is_left_waits_for_the_resume_time,
	a_session_without_input_ends_after_the_idle_time,
	no_activity_makes_a_session_live_longer_than_its_longest_time)
