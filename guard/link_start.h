/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * link_start: the state of one connection, and how its processes are started.
 *
 * Shared by the link files only.
 */
#ifndef SJ_GUARD_LINK_START_H
#define SJ_GUARD_LINK_START_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guard/core_ipc.h"
#include "guard/guard.h"
#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/reason.h"
#include "protocol/gate/host_gate_ipc.h"
#include "protocol/gate/viewer_gate_ipc.h"

enum sj_link_state {
	SJ_LINK_GREETING, /* the viewer has not logged in */
	SJ_LINK_REACHING, /* the host has not let it in */
	SJ_LINK_JOINED,
	SJ_LINK_ENDING /* the outer gate says why */
};

struct sj_link {
	struct sj_guard *guard;
	struct sj_link *next;
	enum sj_link_state state;
	uint64_t number;
	struct sj_child outer, inner, core, mark, codes;
	bool is_marked;      /* the watermark is drawn */
	int mark_fd;         /* its coverage; -1: none */
	int outer_stream_fd; /* for the outer gate, until it is joined */
	size_t host;         /* index of the host */
	struct sj_host_gate_user user;
	enum sj_reason reason; /* first cause of the end, NONE: the viewer */
	bool has_outer_closed, has_inner_closed, has_core_closed;
	bool has_connected;   /* the inner gate has said so, as it does once */
	bool is_waiting;      /* for its turn to call the host */
	bool is_host_proven;  /* TLS with the host is done */
	bool has_viewer_left; /* the outer gate is about to say why */
	bool is_evicted;      /* killed for a newcomer, not gone yet */
	struct sj_host_gate_closed outer_closed;
	struct sj_viewer_gate_closed inner_closed;
	struct sj_core_closed core_closed;
	uint64_t started_ms, deadline_ms;
	uint64_t called_ms;                  /* when its host was called */
	uint64_t outer_ticket, inner_ticket; /* 0: not in the ledger */
	bool is_outer_awaited, is_inner_awaited;
	struct sj_peer peer;
};

/* Starts the outer gate for socket_fd (kept by the caller); fn hears it. */
SJ_MUST_USE enum sj_err sj_link_start_outer(
	struct sj_link *link, int socket_fd, sj_loop_fn fn);

/* Starts the drawing of the watermark, which fn hears. */
SJ_MUST_USE enum sj_err sj_link_start_mark(struct sj_link *link, sj_loop_fn fn);

/* What hears the processes behind the outer gate. */
struct sj_link_inside_fns {
	sj_loop_fn inner, core, codes;
};

/* Calls the host of link and starts inner gate, core and, with mask_codes,
 * shoji-guard-codes, which fns hear. What was started stays in link also on
 * failure. */
SJ_MUST_USE enum sj_err sj_link_start_inside(
	struct sj_link *link, const struct sj_link_inside_fns *fns);

#endif /* SJ_GUARD_LINK_START_H */
