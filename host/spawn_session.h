/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spawn_session: the processes behind a session.
 *
 * Session init in its namespaces and group, the forwarder beside it, the
 * control pair of the agent. A session ends when any of them does.
 */
#ifndef SJ_HOST_SPAWN_SESSION_H
#define SJ_HOST_SPAWN_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/supervisor.h"
#include "protocol/base/attr.h"

/*
 * Adds a session of (zone, name) and starts its processes. NULL when that
 * failed; it is logged.
 */
SJ_MUST_USE struct sj_session *sj_session_start(
	struct sj_supervisor *supervisor, const char *zone, const char *name,
	bool is_anonymous);

/*
 * Sends the stream fd (kept by the caller) of a gate to the session's agent,
 * which drops the one before.
 */
SJ_MUST_USE enum sj_err sj_session_attach(struct sj_session *session, int fd);

/*
 * Ends session for reason: its connection is told, its processes are killed,
 * it is out of the table and freed.
 */
void sj_session_end(struct sj_session *session, enum sj_reason reason);

/* Ends every session that is due; returns the next deadline. */
uint64_t sj_session_tick(struct sj_supervisor *supervisor, uint64_t now_ms);

/* A child is gone: its group can go, callback of children.h. */
void sj_session_child_gone(void *self, uint64_t id, int wait_status);

#endif /* SJ_HOST_SPAWN_SESSION_H */
