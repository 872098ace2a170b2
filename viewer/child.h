/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * child: one program of the viewer that the launcher has started.
 */
#ifndef SJ_VIEWER_CHILD_H
#define SJ_VIEWER_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/ipc.h"

/* pid 0: not started. control_fd is -1 from the end of the process on. */
struct sj_child {
	pid_t pid;
	int control_fd;
};

/* The first message that a program gets; all of it is lent. */
struct sj_child_start {
	const void *message;
	size_t size;
	const struct sj_ipc_fds *fds;
};

/* Neither started nor open. */
#define SJ_CHILD_NONE ((struct sj_child){0, -1})

/*
 * Starts the program name of this installation with environment envp (NULL:
 * empty) and sends it start.
 */
SJ_MUST_USE enum sj_err sj_child_start(struct sj_child *child, const char *name,
	const char *const *envp, const struct sj_child_start *start);

/* Sends a message of size bytes. Failure shows as the child's end. */
void sj_child_tell(struct sj_child *child, const void *message, size_t size);

/*
 * Closes the control socket, waits wait_ms for the end, then kills. Gives the
 * wait status; 0 when it was never started. Blocks at most wait_ms and
 * a moment.
 */
int sj_child_end(struct sj_child *child, uint32_t wait_ms);

#endif /* SJ_VIEWER_CHILD_H */
