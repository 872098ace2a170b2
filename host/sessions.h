/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sessions: whose session is which, and when one has to end.
 *
 * Pure: starts and ends nothing, time is passed in. The processes behind a
 * session are the matter of spawn_session.h.
 */
#ifndef SJ_HOST_SESSIONS_H
#define SJ_HOST_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/limits.h"
#include "protocol/base/reason.h"
#include "protocol/supervise/children.h"

struct sj_connection;
struct sj_supervisor;

enum sj_session_state {
	SJ_SESSION_STARTING, /* no pixels yet */
	SJ_SESSION_RUNNING
};

/* One session; created by sj_sessions_add. */
struct sj_session {
	uint32_t number; /* never used twice by one shojid */
	char zone[SJ_LIMIT_ZONE_BYTES];
	char name[SJ_LIMIT_USER_NAME_BYTES + 1];
	bool is_anonymous; /* thrown away with its connection */
	enum sj_session_state state;
	struct sj_connection *connection; /* NULL: nobody is attached */
	uint64_t started_ms, activity_ms;
	uint64_t
		left_ms; /* when the connection went; UINT64_MAX: it is there */
	/* Of spawn_session. */
	struct sj_supervisor *supervisor;
	struct sj_child init, forwarder;
	int agent_fd;
	struct sj_pulse agent_pulse;
	bool is_hung;    /* the agent is */
	int listener_fd; /* in the session's network, for each forwarder */
	uint64_t forwarder_ms;       /* when the forwarder was started */
	unsigned forwarder_failures; /* that ended soon, one after another */
	bool has_cgroup;
	struct sj_session *next;
};

struct sj_sessions {
	struct sj_session *first;
	size_t count;
	uint32_t last_number;
};

/* Times of the configuration, in milliseconds. */
struct sj_session_limits {
	uint64_t start_ms, resume_ms, idle_ms, lifetime_ms;
};

/* The session of (zone, name), or NULL. Anonymous ones are never found. */
struct sj_session *sj_sessions_find(
	const struct sj_sessions *sessions, const char *zone, const char *name);

/* The session whose name alone is name and that is first; NULL if none. */
struct sj_session *sj_sessions_find_name(
	const struct sj_sessions *sessions, const char *name);

/*
 * Adds a session that starts now, without connection and processes. An
 * anonymous one gets a name of its own. NULL when memory is short.
 */
SJ_MUST_USE struct sj_session *sj_sessions_add(struct sj_sessions *sessions,
	const char *zone, const char *name, bool is_anonymous, uint64_t now_ms);

/* Takes session out of the table and frees it. */
void sj_sessions_remove(
	struct sj_sessions *sessions, struct sj_session *session);

/* Somebody is attached to session from now on, or (NULL) nobody. */
void sj_session_set_connection(struct sj_session *session,
	struct sj_connection *connection, uint64_t now_ms);

/* Why session has to end now; SJ_REASON_NONE if it may go on. */
enum sj_reason sj_session_due(const struct sj_session *session,
	const struct sj_session_limits *limits, uint64_t now_ms);

/* When sj_session_due has to be asked again at the latest. */
uint64_t sj_session_next_ms(const struct sj_session *session,
	const struct sj_session_limits *limits);

#endif /* SJ_HOST_SESSIONS_H */
