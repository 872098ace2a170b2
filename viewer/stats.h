/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stats: the counters of one run as JSON (--stats).
 */
#ifndef SJ_VIEWER_STATS_H
#define SJ_VIEWER_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/reason.h"
#include "protocol/gate/viewer_gate_ipc.h"

/* Updates whose times are kept; further ones are only counted. */
#define SJ_STATS_UPDATES_MAX 200000u

/* Zeroed and started: nothing has happened. */
struct sj_stats {
	uint64_t start_us;
	uint64_t connected_us; /* of the first connection; 0: never */
	uint64_t shown_us;     /* first whole picture; 0: never */
	uint32_t connections;
	uint64_t update_count;
	struct sj_viewer_gate_update *updates; /* owned */
	size_t kept, room;
	/* Sums over all connections. */
	struct sj_viewer_counts viewer, host, encodings;
	uint64_t wire_in_bytes, wire_out_bytes;
};

/* An empty record that begins now. */
void sj_stats_start(struct sj_stats *stats);

/* Frees what stats owns. */
void sj_stats_finish(struct sj_stats *stats);

/* Notes one update; forgets its time when memory is short or full. */
void sj_stats_add_update(
	struct sj_stats *stats, const struct sj_viewer_gate_update *update);

/* Adds the counters of a connection that has ended. */
void sj_stats_add_closed(
	struct sj_stats *stats, const struct sj_viewer_gate_closed *closed);

/*
 * Writes everything to path (replaced as a whole). SJ_ERR_SYSTEM when it
 * cannot be written, SJ_ERR_ARGUMENT when something is there that is no file.
 */
SJ_MUST_USE enum sj_err sj_stats_write(const struct sj_stats *stats,
	const char *path, enum sj_reason reason, int exit_status);

#endif /* SJ_VIEWER_STATS_H */
