/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * connections: viewers that are connected, each behind a gate process.
 *
 * Accepts, bounds, starts gates, learns from them who the user is, joins them
 * with sessions or with a waiting picture.
 */
#ifndef SJ_HOST_CONNECTIONS_H
#define SJ_HOST_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/supervisor.h"

enum sj_connection_state {
	SJ_CONNECTION_GREETING, /* the user is not known yet */
	SJ_CONNECTION_STARTING, /* its session has no pixels yet */
	SJ_CONNECTION_WAITING,  /* no free session: sees a waiting picture */
	SJ_CONNECTION_ATTACHED, /* to its session */
	SJ_CONNECTION_ENDING    /* the gate has been told to end */
};

struct sj_connection {
	struct sj_supervisor *supervisor;
	enum sj_connection_state state;
	struct sj_child gate;
	struct sj_child publisher; /* of a waiting one */
	struct sj_peer peer;
	struct sj_host_gate_user user;
	struct sj_session *session;
	uint64_t ticket;        /* order of waiting */
	uint64_t ledger_ticket; /* 0: not in the ledger */
	bool is_ledger_awaited; /* its opening is not on the disk yet */
	uint64_t started_ms;
	uint64_t deadline_ms; /* gate is killed then; UINT64_MAX: not */
	bool is_evicted;      /* killed for a newcomer, not gone yet */
	bool has_closed;
	struct sj_host_gate_closed closed;
	struct sj_connection *next;
};

/* Of the listener: somebody has connected; self is the supervisor. */
void sj_connections_welcome(
	void *self, int socket_fd, const struct sj_peer *peer);

/* The session of connection has pixels: joins the two. */
void sj_connection_attach(struct sj_connection *connection);

/* Tells the gate to end for reason; it says good-bye and closes. */
void sj_connection_end(struct sj_connection *connection, enum sj_reason reason);

/*
 * Sends one end of a fresh stream to the gate of connection and returns the
 * other, the caller's; -1 when that failed.
 */
int sj_connection_attach_gate(struct sj_connection *connection);

/* Kills gates that are late; returns the next deadline or UINT64_MAX. */
uint64_t sj_connections_tick(struct sj_supervisor *supervisor, uint64_t now_ms);

/* Sends the new revocation list to every gate. */
void sj_connections_send_crl(struct sj_supervisor *supervisor);

/* Ends all for reason. */
void sj_connections_end_all(
	struct sj_supervisor *supervisor, enum sj_reason reason);

/* Frees all connections and kills their processes. */
void sj_connections_drop_all(struct sj_supervisor *supervisor);

/* The opening of connection is on the disk: it gets its session. */
void sj_connection_begin(struct sj_connection *connection);

/* Name of state for people. Static. */
const char *sj_connection_state_text(enum sj_connection_state state);

#endif /* SJ_HOST_CONNECTIONS_H */
