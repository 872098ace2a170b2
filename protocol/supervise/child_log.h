/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * child_log: what the processes below a supervisor write to standard error.
 *
 * Each child gets a pipe instead of its own standard error: its text is
 * foreign (the child may have been taken over). Lines are cut, control
 * characters are made harmless, the rate is limited, and no child speaks as its
 * supervisor or as the ledger, whose lines are evidence; then they are written
 * to standard error, one write each.
 */
#ifndef SJ_PROTOCOL_SUPERVISE_CHILD_LOG_H
#define SJ_PROTOCOL_SUPERVISE_CHILD_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/supervise/loop.h"

#define SJ_CHILD_LOG_LINE_BYTES 512
#define SJ_CHILD_LOG_PER_SECOND 20
#define SJ_CHILD_LOG_BURST 200

struct sj_child_logs; /* opaque: all pipes of one supervisor */

/* loop is kept. NULL when memory is short. */
SJ_MUST_USE struct sj_child_logs *sj_child_logs_create(struct sj_loop *loop);

/* Writes what is still in the pipes, then frees all. NULL does nothing. */
void sj_child_logs_destroy(struct sj_child_logs *logs);

/*
 * Opens a pipe for one child and gives its writing end in *fd: the caller
 * hands it to the child and closes it. It goes by itself with the child's end.
 * is_ledger: the child is shoji-ledger.
 */
SJ_MUST_USE enum sj_err sj_child_logs_add(
	struct sj_child_logs *logs, bool is_ledger, int *fd);

/*
 * Makes line (size bytes, not terminated) harmless in place: control
 * characters and bytes that are no UTF-8 become '?'.
 */
void sj_child_log_clean(char *line, size_t size);

/*
 * Makes line (the same) one of nobody's where it would be of a supervisor or of
 * the ledger, in place.
 */
void sj_child_log_disown(char *line, size_t size);

#endif /* SJ_PROTOCOL_SUPERVISE_CHILD_LOG_H */
