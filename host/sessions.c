/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/sessions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sj_session *sj_sessions_find(
	const struct sj_sessions *sessions, const char *zone, const char *name)
{
	struct sj_session *session = sessions->first;

	while (session &&
		(session->is_anonymous || strcmp(session->zone, zone) != 0 ||
			strcmp(session->name, name) != 0))
		session = session->next;
	return session;
}

struct sj_session *sj_sessions_find_name(
	const struct sj_sessions *sessions, const char *name)
{
	struct sj_session *session = sessions->first;

	while (session && strcmp(session->name, name) != 0)
		session = session->next;
	return session;
}

struct sj_session *sj_sessions_add(struct sj_sessions *sessions,
	const char *zone, const char *name, bool is_anonymous, uint64_t now_ms)
{
	struct sj_session *session = calloc(1, sizeof(*session));
	struct sj_session **at = &sessions->first;

	if (!session)
		return NULL;
	session->number = ++sessions->last_number;
	session->is_anonymous = is_anonymous;
	(void)snprintf(session->zone, sizeof(session->zone), "%s", zone);
	/* No user can have a space in the name. */
	if (is_anonymous)
		(void)snprintf(session->name, sizeof(session->name),
			"anonymous %u", session->number);
	else
		(void)snprintf(
			session->name, sizeof(session->name), "%s", name);
	session->started_ms = session->activity_ms = now_ms;
	session->left_ms = now_ms;
	session->agent_fd = session->listener_fd = -1;
	session->init.control_fd = session->forwarder.control_fd = -1;
	while (*at)
		at = &(*at)->next;
	*at = session;
	sessions->count++;
	return session;
}

void sj_sessions_remove(
	struct sj_sessions *sessions, struct sj_session *session)
{
	struct sj_session **at = &sessions->first;

	while (*at && *at != session)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = session->next;
	sessions->count--;
	free(session);
}

void sj_session_set_connection(struct sj_session *session,
	struct sj_connection *connection, uint64_t now_ms)
{
	session->connection = connection;
	session->left_ms = connection ? UINT64_MAX : now_ms;
	if (connection)
		session->activity_ms = now_ms;
}

static uint64_t after(uint64_t from_ms, uint64_t time_ms)
{
	return from_ms > UINT64_MAX - time_ms ? UINT64_MAX : from_ms + time_ms;
}

enum sj_reason sj_session_due(const struct sj_session *session,
	const struct sj_session_limits *limits, uint64_t now_ms)
{
	if (session->state == SJ_SESSION_STARTING)
		return now_ms >= after(session->started_ms, limits->start_ms)
			       ? SJ_REASON_REFUSED_START
			       : SJ_REASON_NONE;
	if (now_ms >= after(session->started_ms, limits->lifetime_ms))
		return SJ_REASON_END_LIFETIME;
	if (now_ms >= after(session->left_ms, limits->resume_ms))
		return SJ_REASON_END_RESUME_TIME;
	if (now_ms >= after(session->activity_ms, limits->idle_ms))
		return SJ_REASON_END_IDLE;
	return SJ_REASON_NONE;
}

uint64_t sj_session_next_ms(const struct sj_session *session,
	const struct sj_session_limits *limits)
{
	uint64_t times[] = {after(session->started_ms, limits->lifetime_ms),
		after(session->left_ms, limits->resume_ms),
		after(session->activity_ms, limits->idle_ms)};
	uint64_t next_ms = times[0];

	if (session->state == SJ_SESSION_STARTING)
		return after(session->started_ms, limits->start_ms);
	for (size_t i = 1; i < SJ_COUNT(times); i++)
		if (times[i] < next_ms)
			next_ms = times[i];
	return next_ms;
}
