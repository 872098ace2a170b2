/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * client: how a supervisor starts its ledger writer and tells it things.
 *
 * The same for shojid, the guard's supervisor and the viewer's launcher. A
 * session may begin only when its opening was answered with KEPT. What the
 * writer says is judged as foreign. Sending waits at most two seconds (the
 * writer is a process of our own, and what it does not take is lost);
 * nothing else blocks but start and finish. Never logs.
 */
#ifndef SJ_PROTOCOL_LEDGER_CLIENT_H
#define SJ_PROTOCOL_LEDGER_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/reason.h"
#include "protocol/ledger/ledger_ipc.h"

struct sj_ledger_plan {
	const char *program; /* path of shoji-ledger; NULL: beside ours */
	const char *file;    /* of the ledger; made when it is missing */
	const char *keys; /* KEYS.key and KEYS.state of shoji-verify keygen */
	enum sj_ledger_place place;
	const char *version; /* of shoji, for START */
	uint32_t heartbeat_s;
	uint32_t uid, gid; /* of the writer; UINT32_MAX: keep */
	uint32_t may_miss;
	uint32_t log_level;
	int stderr_fd; /* of the writer; -1: ours */
};

/* Begins as SJ_LEDGER_NONE: no writer, and none before. */
struct sj_ledger {
	int fd; /* watch it for reading; -1: no writer */
	pid_t pid;
	int pidfd; /* -1: none */
	bool is_ready;
	uint32_t waiting;     /* openings that are not answered yet */
	uint64_t deadline_ms; /* for READY or the answers; UINT64_MAX: none */
	/* Outlive the writer: the next one goes on in the same file. */
	bool is_begun;     /* a writer has written its START */
	dev_t file_device; /* of the file that the writer has */
	ino_t file_inode;
};

#define SJ_LEDGER_NONE                                                         \
	(struct sj_ledger)                                                     \
	{                                                                      \
		.fd = -1, .pidfd = -1, .deadline_ms = UINT64_MAX               \
	}

/*
 * Opens the files of plan and starts the writer, which is not ready yet: READY
 * comes as an answer. A ledger that a writer of ledger has begun goes on only
 * in the same file, which has to be there and not empty (SJ_ERR_DENIED). On
 * failure nothing runs and why (size bytes) says what is wrong: "path: what".
 */
SJ_MUST_USE enum sj_err sj_ledger_start(struct sj_ledger *ledger,
	const struct sj_ledger_plan *plan, char *why, size_t size);

/*
 * Waits for READY until limit_ms have passed (for the start of a program).
 * SJ_ERR_CLOSED when the writer ended instead: it has logged why.
 */
SJ_MUST_USE enum sj_err sj_ledger_await_ready(
	struct sj_ledger *ledger, uint64_t limit_ms);

/*
 * True if path is still the file that the writer has, and no link to it: what
 * is written to another one nobody finds.
 */
bool sj_ledger_is_in_place(const struct sj_ledger *ledger, const char *path);

/* What to say when it is not. */
#define SJ_LEDGER_NOT_IN_PLACE                                                 \
	"moved, exchanged or emptied behind the writer's back; put it back, "  \
	"or start the program again to go on in a new file"

/*
 * Tells of a session. On failure the writer is lost (sj_ledger_drop); a
 * session is not to begin or has to end.
 */
SJ_MUST_USE enum sj_err sj_ledger_tell_open(
	struct sj_ledger *ledger, const struct sj_ledger_tell_open *open);

/* As above, for the closing. */
SJ_MUST_USE enum sj_err sj_ledger_tell_close(
	struct sj_ledger *ledger, const struct sj_ledger_tell_close *close);

/* As above, for a connection that never got a session. */
SJ_MUST_USE enum sj_err sj_ledger_tell_refused(
	struct sj_ledger *ledger, enum sj_reason reason);

/*
 * The next answer into *answer, which is never READY twice. SJ_ERR_AGAIN: none
 * now. Any other error: the writer is lost.
 */
SJ_MUST_USE enum sj_err sj_ledger_next(
	struct sj_ledger *ledger, struct sj_ledger_answer *answer);

/* True if an answer is late at now_ms: the writer counts as lost. */
bool sj_ledger_is_late(const struct sj_ledger *ledger, uint64_t now_ms);

/*
 * The writer is no use any more: closes and kills. It is reaped here if
 * nobody else has.
 */
void sj_ledger_drop(struct sj_ledger *ledger);

/*
 * Ends the writer, which writes what is left and the stop; waits at most
 * limit_ms, then kills. Does nothing without a writer.
 */
void sj_ledger_finish(struct sj_ledger *ledger, uint64_t limit_ms);

#endif /* SJ_PROTOCOL_LEDGER_CLIENT_H */
