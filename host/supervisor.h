/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * supervisor: what the parts of shojid share, and its main loop.
 *
 * shojid reads no byte of the wire: it accepts, hands sockets to gates, starts
 * sessions and joins the two. One thread; every callback of the loop returns
 * at once.
 */
#ifndef SJ_HOST_SUPERVISOR_H
#define SJ_HOST_SUPERVISOR_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/cgroup.h"
#include "host/event_log.h"
#include "host/host_config.h"
#include "host/sessions.h"
#include "protocol/base/attr.h"
#include "protocol/base/clock.h"
#include "protocol/base/err.h"
#include "protocol/supervise/children.h"
#include "protocol/supervise/ledger_writer.h"
#include "protocol/supervise/listener.h"
#include "protocol/supervise/loop.h"
#include "protocol/supervise/material.h"

struct sj_connection;

struct sj_supervisor {
	const struct sj_host_config *config;
	struct sj_loop *loop;
	struct sj_child_logs *logs;
	struct sj_children *children;
	struct sj_material_set materials;
	struct sj_sessions sessions;
	struct sj_session_limits limits;
	struct sj_connection *connections; /* of connections.h */
	size_t connection_count;
	uint64_t last_ticket; /* of waiting connections */
	struct sj_cgroup cgroup;
	bool has_cgroup;
	bool is_root;
	bool is_stopping;
	uint64_t stop_ms; /* when what is left is killed */
	struct sj_listener listener;
	int signal_fd, control_fd, event_fd;
	uint64_t started_ms, refresh_ms;
	uint64_t pulse_ms; /* when it is looked who lives */
	uint64_t connections_seen, sessions_seen;
	struct sj_bucket strangers; /* lines about peers without a user */
	uint64_t dropped;           /* of these */
	uint32_t dead_groups[SJ_LIMIT_SESSIONS]; /* cgroups to remove */
	size_t dead_group_count;
	struct sj_ledger_writer ledger;
	char libexec[256];
	char state_dir[200];
};

/*
 * Opens everything that config (kept) asks for and fills *supervisor. On
 * failure an error and message (size bytes) says what is wrong.
 */
SJ_MUST_USE enum sj_err sj_supervisor_open(struct sj_supervisor *supervisor,
	const struct sj_host_config *config, char *message, size_t size);

/* Serves until SIGTERM or SIGINT and the last process is gone. */
SJ_MUST_USE enum sj_err sj_supervisor_run(struct sj_supervisor *supervisor);

/* Ends what is left and frees everything; also after a failed open. */
void sj_supervisor_close(struct sj_supervisor *supervisor);

/*
 * Appends event to the event log; a failure is logged, not returned. Events of
 * peers that have not logged in are limited: who can only connect must not
 * fill the disk.
 */
void sj_supervisor_note(
	struct sj_supervisor *supervisor, const struct sj_event *event);

#endif /* SJ_HOST_SUPERVISOR_H */
