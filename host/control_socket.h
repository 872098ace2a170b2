/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * control_socket: the local socket that shojictl talks to.
 *
 * One JSON object a line in, one out, then closed. Only the user that shojid
 * runs as, and root, are answered.
 */
#ifndef SJ_HOST_CONTROL_SOCKET_H
#define SJ_HOST_CONTROL_SOCKET_H

#include <stddef.h>

#include "host/supervisor.h"
#include "protocol/base/attr.h"
#include "protocol/base/err.h"

/* Name of the socket inside the state folder. */
#define SJ_CONTROL_SOCKET_NAME "control"
#define SJ_CONTROL_REQUEST_BYTES 1024

/*
 * Makes the state folder if it is not there, takes it for this shojid and
 * listens in it. On failure message (size bytes) says why.
 */
SJ_MUST_USE enum sj_err sj_control_socket_open(
	struct sj_supervisor *supervisor, char *message, size_t size);

/* Stops listening and removes the socket. */
void sj_control_socket_close(struct sj_supervisor *supervisor);

/* Removes the socket that a killed shojid with config has left. */
void sj_control_socket_remove(const struct sj_host_config *config);

/*
 * Writes to path (size bytes) the state folder that is used when the
 * configuration names none. SJ_ERR_LIMIT when it does not fit.
 */
SJ_MUST_USE enum sj_err sj_control_socket_default_dir(char *path, size_t size);

#endif /* SJ_HOST_CONTROL_SOCKET_H */
