/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keeping: the ledger of shojid (docs/ledger.md).
 *
 * Tells the writer of every connection with a user, and lets none begin before
 * its opening is on the disk. A writer that is lost ends what it could no
 * longer write down. Does nothing where no ledger is configured. The writer
 * itself is protocol/supervise/ledger_writer.h.
 */
#ifndef SJ_HOST_KEEPING_H
#define SJ_HOST_KEEPING_H

#include <stdbool.h>
#include <stddef.h>

#include "host/connections.h"
#include "host/supervisor.h"
#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/reason.h"

/*
 * Starts the writer that the configuration asks for. SJ_OK also when it does
 * not get ready: then sessions are refused until one does. On failure message
 * (size bytes) says which file cannot be used.
 */
SJ_MUST_USE enum sj_err sj_keeping_open(
	struct sj_supervisor *supervisor, char *message, size_t size);

/*
 * The user of connection is known. True: it may begin now. False: it has been
 * refused, or sj_connection_begin follows.
 */
SJ_MUST_USE bool sj_keeping_opened(struct sj_connection *connection);

/* connection ends, with or without counts; or never had a user. */
void sj_keeping_closed(struct sj_connection *connection);

/* A connection was refused before there was a gate. */
void sj_keeping_refused(
	struct sj_supervisor *supervisor, enum sj_reason reason);

#endif /* SJ_HOST_KEEPING_H */
