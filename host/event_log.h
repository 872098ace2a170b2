/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * event_log: one JSON line for each thing an administrator asks about later.
 *
 * Who, when, what, why it ended, counts per message type. Never keys, texts
 * or pixels. The file is appended to and readable by owner and group only.
 */
#ifndef SJ_HOST_EVENT_LOG_H
#define SJ_HOST_EVENT_LOG_H

#include <stdint.h>
#include <time.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/gate/host_gate_ipc.h"

/* What one line says; NULL and -1 leave the member out. */
struct sj_event {
	const char *event; /* "connect", "session-end"... */
	const char *user, *zone, *role;
	const char *peer; /* address and port of the viewer */
	const char *process;
	int64_t session; /* number of the session */
	int reason;      /* enum sj_reason */
	int64_t duration_ms;
	const uint8_t *exporter; /* 32 bytes that both ends of the TLS share */
	const uint8_t *spki_sha256;
	const struct sj_host_counts *viewer, *host;
	uint64_t dropped; /* lines that were left out before this one */
};

/* An event with every member left out but its name. */
struct sj_event sj_event_of(const char *event);

/*
 * The line for event at when, without line end; NULL when memory is short.
 * The caller frees.
 */
SJ_MUST_USE char *sj_event_format(
	const struct sj_event *event, const struct timespec *when);

/*
 * Opens path for appending and gives the descriptor in *fd; "" gives -1, and
 * so does a failure: SJ_ERR_ARGUMENT when it is no regular file, SJ_ERR_FORMAT
 * when it holds something else, SJ_ERR_SYSTEM with errno when it cannot be
 * opened. Waits for nobody.
 */
SJ_MUST_USE enum sj_err sj_event_log_open(const char *path, int *fd);

/* What to say of such a failure, errno being as it was left. */
const char *sj_event_log_fault(enum sj_err err);

/*
 * Appends the line for event, now. fd -1 does nothing. SJ_ERR_SYSTEM when it
 * could not be written whole, SJ_ERR_MEMORY.
 */
SJ_MUST_USE enum sj_err sj_event_log_write(
	int fd, const struct sj_event *event);

#endif /* SJ_HOST_EVENT_LOG_H */
