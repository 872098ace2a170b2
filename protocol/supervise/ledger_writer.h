/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger_writer: the ledger writer of a supervisor, kept running
 * (docs/ledger.md).
 *
 * A writer that is late, says something else than it may, or ends counts as
 * lost: its owner ends what could no longer be written down, and another one
 * is started after a while. Does nothing where no ledger is configured. What
 * the writer answers is judged in protocol/ledger/client.c. Blocks where that
 * does, and for the first READY. Logs that a writer is ready, and that its file
 * has left its place.
 */
#ifndef SJ_PROTOCOL_SUPERVISE_LEDGER_WRITER_H
#define SJ_PROTOCOL_SUPERVISE_LEDGER_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/reason.h"
#include "protocol/ledger/client.h"
#include "protocol/supervise/child_log.h"
#include "protocol/supervise/children.h"
#include "protocol/supervise/loop.h"

/* What its owner does; each gets self of the plan. */
struct sj_ledger_writer_hooks {
	/* An opening is on the disk (KEPT), or is not (NOT_KEPT). */
	void (*answered)(void *self, const struct sj_ledger_answer *answer);
	/* The reserve of the disk is used up: end what stands in the ledger. */
	void (*no_room)(void *self);
	/* The writer is gone (why): end what stands in the ledger, and forget
	 * its tickets. */
	void (*lost)(void *self, const char *why);
};

struct sj_ledger_writer_plan {
	struct sj_loop *loop;         /* kept */
	struct sj_child_logs *logs;   /* kept */
	struct sj_children *children; /* lent: gives the writer's user id */
	const char *libexec; /* kept; of shoji-ledger; "": beside ours */
	struct sj_ledger_plan ledger; /* texts kept; file "": no ledger;
			program, uid, gid and stderr_fd are filled in here */
	const struct sj_ledger_writer_hooks *hooks; /* kept */
	void *self;
};

struct sj_ledger_writer {
	struct sj_ledger_writer_plan plan;
	struct sj_ledger ledger;
	uint64_t retry_ms; /* UINT64_MAX: not wanted */
	uint64_t look_ms;  /* when its file is looked at next */
	uint64_t last_ticket;
	bool is_told_moved;
};

/* No ledger: until sj_ledger_writer_open nothing below does anything. */
void sj_ledger_writer_init(struct sj_ledger_writer *writer);

/* True if there is a ledger to be kept. */
bool sj_ledger_writer_is_wanted(const struct sj_ledger_writer *writer);

/*
 * Starts the writer that plan asks for. SJ_OK also when it does not get ready:
 * then every opening is refused until one does. On failure message (size
 * bytes) says which file cannot be used.
 */
SJ_MUST_USE enum sj_err sj_ledger_writer_open(struct sj_ledger_writer *writer,
	const struct sj_ledger_writer_plan *plan, char *message, size_t size);

/*
 * Tells of a session: gives it a ticket, which the hook answered will name; 0
 * when there is no writer, it was lost by this, or its file was moved or
 * exchanged (logged once). Wipes open->exporter.
 */
SJ_MUST_USE uint64_t sj_ledger_writer_tell_open(
	struct sj_ledger_writer *writer, struct sj_ledger_tell_open *open);

/* Tells of its end. A writer that does not listen is lost; without one nothing
 * happens: what was open was ended when it was lost. */
void sj_ledger_writer_tell_close(struct sj_ledger_writer *writer,
	const struct sj_ledger_tell_close *close);

/* As above, for a connection that never got a session. */
void sj_ledger_writer_tell_refused(
	struct sj_ledger_writer *writer, enum sj_reason reason);

/*
 * Late answers, a new writer, a file that has left its place (logged once);
 * returns when it wants to be called again.
 */
uint64_t sj_ledger_writer_tick(
	struct sj_ledger_writer *writer, uint64_t now_ms);

/* Ends the writer; waits until it has written the stop. */
void sj_ledger_writer_close(struct sj_ledger_writer *writer);

#endif /* SJ_PROTOCOL_SUPERVISE_LEDGER_WRITER_H */
