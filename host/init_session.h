/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * init_session: starts the programs of a session in order and watches them.
 *
 * The life of session init after its root is built. Everything ends when the
 * control socket to shojid ends, when shojid says so, or when one
 * program of the session ends; this process being pid 1, its exit kills the
 * rest.
 */
#ifndef SJ_HOST_INIT_SESSION_H
#define SJ_HOST_INIT_SESSION_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "host/host_ipc.h"
#include "protocol/base/attr.h"
#include "protocol/base/err.h"

/* Programs of a session, in the order they are started. */
enum sj_init_process {
	SJ_INIT_XVFB,
	SJ_INIT_KEYMAP,
	SJ_INIT_AGENT,
	SJ_INIT_XIM,
	SJ_INIT_BROWSER,
	SJ_INIT_PROCESSES
};

struct sj_init_session {
	const struct sj_host_init_start *start; /* kept */
	int control_fd;                         /* to shojid */
	int signal_fd;                          /* SIGCHLD, blocked */
	int agent_control_fd;                   /* taken; for the agent only */
	int agent_fd, xim_fd;                   /* START sockets of the two */
	pid_t pid[SJ_INIT_PROCESSES];           /* 0: not running */
	uint8_t cookie[16];
};

/*
 * Starts all programs and watches them until the session is over. Blocks in
 * poll only. Tells shojid READY and ENDED. SJ_OK when shojid ended it,
 * SJ_ERR_CLOSED when a program ended, another error when one
 * could not be started.
 */
SJ_MUST_USE enum sj_err sj_init_session_run(struct sj_init_session *session);

#endif /* SJ_HOST_INIT_SESSION_H */
