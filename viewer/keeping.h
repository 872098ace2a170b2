/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keeping: the ledger of a terminal (docs/ledger.md).
 *
 * Starts the writer and lets no connection begin before its opening is on the
 * disk. Does nothing where no ledger is configured. Blocks for a moment while
 * a writer is started, else never; says on stderr what is wrong.
 */
#ifndef SJ_VIEWER_KEEPING_H
#define SJ_VIEWER_KEEPING_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/ledger/client.h"
#include "viewer/options.h"
#include "viewer/viewer_ipc.h"

struct sj_keeping {
	const struct sj_viewer_options *options; /* kept */
	struct sj_ledger ledger;
	uint64_t ticket; /* of the open session; 0 none */
	uint64_t last_ticket;
	bool is_awaited;
};

/* What the launcher has to do. */
enum sj_keeping_step {
	SJ_KEEPING_NOTHING,
	SJ_KEEPING_GO,    /* the connection may begin */
	SJ_KEEPING_REFUSE /* end it: SJ_REASON_LEDGER */
};

/* No writer yet. */
void sj_keeping_init(
	struct sj_keeping *keeping, const struct sj_viewer_options *options);

/* True if options ask for a ledger. */
bool sj_keeping_is_wanted(const struct sj_keeping *keeping);

/* True if a connection may be tried; starts a writer where one is missing. */
SJ_MUST_USE bool sj_keeping_is_ready(struct sj_keeping *keeping);

/* The gate is connected with peer. */
SJ_MUST_USE enum sj_keeping_step sj_keeping_connected(
	struct sj_keeping *keeping,
	const struct sj_viewer_gate_connected *peer);

/* The descriptor ledger.fd is readable, or time has passed. */
SJ_MUST_USE enum sj_keeping_step sj_keeping_turn(struct sj_keeping *keeping);

/* The connection is over; closed NULL: the gate did not say how. */
void sj_keeping_closed(
	struct sj_keeping *keeping, const struct sj_viewer_gate_closed *closed);

/* Ends the writer; waits until it has written the stop. */
void sj_keeping_finish(struct sj_keeping *keeping);

#endif /* SJ_VIEWER_KEEPING_H */
