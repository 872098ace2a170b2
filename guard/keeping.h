/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keeping: the ledger of a guard (docs/ledger.md).
 *
 * Each connection stands in it twice: the viewer's side (serves) and
 * the host's (shows), joined by the writer. Neither begins before its opening
 * is on the disk. A writer that is lost ends what it could no longer write
 * down. Does nothing where no ledger is configured. The writer itself is
 * protocol/supervise/ledger_writer.h.
 */
#ifndef SJ_GUARD_KEEPING_H
#define SJ_GUARD_KEEPING_H

#include <stdbool.h>
#include <stddef.h>

#include "guard/guard.h"
#include "guard/link_start.h"
#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/reason.h"
#include "protocol/gate/viewer_gate_ipc.h"

/* What a link has to do when its opening is on the disk, or is not. */
struct sj_keeping_hooks {
	void (*outer_kept)(struct sj_link *link);
	void (*inner_kept)(struct sj_link *link);
	void (*refused)(struct sj_link *link, enum sj_reason reason);
};

/*
 * Starts the writer that the configuration asks for; hooks (kept) hear of
 * links. SJ_OK also when it does not get ready: then nobody is let in until
 * one does. On failure message (size bytes) says which file cannot be used.
 */
SJ_MUST_USE enum sj_err sj_keeping_open(struct sj_guard *guard,
	const struct sj_keeping_hooks *hooks, char *message, size_t size);

/* The user of link is known. True: go on now; false: a hook follows, or has
 * been called. */
SJ_MUST_USE bool sj_keeping_outer(struct sj_link *link);

/* The host of link has let it in. As above. */
SJ_MUST_USE bool sj_keeping_inner(
	struct sj_link *link, const struct sj_viewer_gate_connected *peer);

/* link is over: closes what was opened, or counts it as refused. */
void sj_keeping_closed(struct sj_link *link);

#endif /* SJ_GUARD_KEEPING_H */
