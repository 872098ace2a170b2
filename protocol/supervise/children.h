/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * children: the processes that a supervisor has started.
 *
 * Knows pid, pidfd and the user ids of each; a user id is free again only when
 * the process is gone, and with a session init everything below it.
 */
#ifndef SJ_PROTOCOL_SUPERVISE_CHILDREN_H
#define SJ_PROTOCOL_SUPERVISE_CHILDREN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/ipc.h"
#include "protocol/supervise/child_log.h"
#include "protocol/supervise/pulse.h"

#define SJ_CHILD_UIDS 3

struct sj_children; /* opaque */

/* Called when the child that was started as id is gone and reaped. */
typedef void (*sj_child_gone_fn)(void *self, uint64_t id, int wait_status);

struct sj_child_spec {
	const char *program;  /* name; also argv[0] */
	const char *folder;   /* of the program; NULL: libexec */
	int clone_flags;      /* as in struct sj_spawn */
	const uint32_t *uids; /* released when it is gone; may be NULL */
	size_t uid_count;
};

/* A started child as its owner holds it. */
struct sj_child {
	uint64_t id; /* 0: none */
	pid_t pid;
	int control_fd; /* the owner's; non-blocking, close-on-exec */
	struct sj_pulse pulse;
};

/*
 * logs (kept) takes what they write to standard error; libexec (kept) is the
 * folder of the programs. uid_first and uid_count are the
 * pool of user ids; uid_count 0: we are not root, ids are kept. NULL
 * when memory is short.
 */
SJ_MUST_USE struct sj_children *sj_children_create(struct sj_child_logs *logs,
	const char *libexec, uint32_t uid_first, uint32_t uid_count,
	sj_child_gone_fn gone, void *self);

/* Kills and reaps every child, blocking until they are gone; frees all. */
void sj_children_destroy(struct sj_children *children);

/*
 * Takes a free user id out of the pool into *uid; UINT32_MAX without root.
 * SJ_ERR_LIMIT when all are in use.
 */
SJ_MUST_USE enum sj_err sj_children_take_uid(
	struct sj_children *children, uint32_t *uid);

/* Ids that are free in the pool; SIZE_MAX without root. */
size_t sj_children_count_free_uids(const struct sj_children *children);

/* Gives back a uid that no child got. */
void sj_children_give_uid(struct sj_children *children, uint32_t uid);

/*
 * Starts spec and gives it in *child. The uids of spec belong to the
 * child from now on; on failure they stay the caller's. SJ_ERR_SYSTEM,
 * SJ_ERR_MEMORY.
 */
SJ_MUST_USE enum sj_err sj_children_start(struct sj_children *children,
	const struct sj_child_spec *spec, struct sj_child *child);

/* Sends the signal number to the process of child, which stays as it is. */
void sj_children_signal(
	struct sj_children *children, const struct sj_child *child, int number);

/*
 * Kills the process of child and closes its control socket; *child is empty
 * afterwards. It is reaped later. An empty child does nothing.
 */
void sj_children_kill(struct sj_children *children, struct sj_child *child);

/*
 * Closes the control socket only: the program ends by itself, and is
 * killed when it has not within two seconds. *child is empty afterwards.
 */
void sj_children_let_end(struct sj_children *children, struct sj_child *child);

/* Reaps what has ended; call on SIGCHLD. */
void sj_children_reap(struct sj_children *children);

/* Kills what should have ended by itself; returns the next deadline or
 * UINT64_MAX. */
uint64_t sj_children_tick(struct sj_children *children, uint64_t now_ms);

/* Children that are not reaped yet. */
size_t sj_children_count(const struct sj_children *children);

#endif /* SJ_PROTOCOL_SUPERVISE_CHILDREN_H */
