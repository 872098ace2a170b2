/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * guard: what the parts of the supervisor share, and its main loop.
 *
 * shoji-guard reads no byte of either wire: it accepts, hands sockets to
 * gates, starts a core between them and carries reasons from one side to the
 * other as numbers. One thread; every callback of the loop returns at once.
 */
#ifndef SJ_GUARD_GUARD_H
#define SJ_GUARD_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guard/guard_config.h"
#include "guard/misses.h"
#include "protocol/base/attr.h"
#include "protocol/base/clock.h"
#include "protocol/base/err.h"
#include "protocol/supervise/children.h"
#include "protocol/supervise/ledger_writer.h"
#include "protocol/supervise/listener.h"
#include "protocol/supervise/loop.h"
#include "protocol/supervise/material.h"

struct sj_keeping_hooks;
struct sj_link;

/* The programs that a connection needs. */
enum sj_guard_program {
	SJ_GUARD_OUTER, /* shoji-host-gate */
	SJ_GUARD_INNER, /* shoji-viewer-gate */
	SJ_GUARD_CORE,  /* shoji-guard-core */
	SJ_GUARD_MARK,  /* shoji-guard-mark, with a watermark only */
	SJ_GUARD_CODES, /* shoji-guard-codes, with mask_codes only */
	SJ_GUARD_PROGRAMS
};

struct sj_guard {
	const struct sj_guard_config *config;
	struct sj_loop *loop;
	struct sj_child_logs *logs;
	struct sj_children *children;
	struct sj_material_set viewers, hosts;
	struct sj_link *links; /* of link.h */
	size_t link_count;
	uint64_t last_number; /* of connections */
	bool is_root, is_stopping;
	uint64_t stop_ms; /* when what is left is killed */
	uint64_t refresh_ms;
	uint64_t pulse_ms;                     /* when it is looked who lives */
	uint64_t host_down_ms[SJ_GUARD_HOSTS]; /* not tried before that */
	struct sj_misses misses;    /* what is not all's, but a user's */
	struct sj_bucket strangers; /* lines about peers without a user */
	struct sj_ledger_writer ledger;
	const struct sj_keeping_hooks *keeping; /* of keeping.h */
	struct sj_listener listener;
	int signal_fd;
	char folder[SJ_GUARD_PROGRAMS][512];
};

/* The name of program. */
const char *sj_guard_program_name(enum sj_guard_program program);

/*
 * Opens everything that config (kept) asks for and fills *guard. On failure
 * an error and message (size bytes) says what is wrong.
 */
SJ_MUST_USE enum sj_err sj_guard_open(struct sj_guard *guard,
	const struct sj_guard_config *config, char *message, size_t size);

/* Serves until SIGTERM or SIGINT and the last process is gone. */
SJ_MUST_USE enum sj_err sj_guard_run(struct sj_guard *guard);

/* Ends what is left and frees everything; also after a failed open. */
void sj_guard_close(struct sj_guard *guard);

#endif /* SJ_GUARD_GUARD_H */
