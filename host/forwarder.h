/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * forwarder: carries the requests of one browser to the upstream proxy.
 *
 * The listening socket belongs to the session's network namespace, the
 * connections to the proxy to the host's. Each connection carries one judged
 * request (http_request.h); what is refused gets a short page that says why.
 * The bytes of the browser are hostile. Never blocks but in poll.
 */
#ifndef SJ_HOST_FORWARDER_H
#define SJ_HOST_FORWARDER_H

#include <stdint.h>
#include <sys/socket.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"

#define SJ_FORWARDER_CONNECTIONS 128

struct sj_forwarder_settings {
	int control_fd; /* its end ends the forwarder */
	int listen_fd;  /* non-blocking */
	struct sockaddr_storage upstream;
	socklen_t upstream_size; /* 0: refuse everything */
	const uint16_t *ports;   /* as sj_http_parse takes them */
};

/*
 * Runs until the control socket ends (SJ_OK) or poll fails
 * (SJ_ERR_SYSTEM). SJ_ERR_MEMORY when it cannot start.
 */
SJ_MUST_USE enum sj_err sj_forwarder_run(
	const struct sj_forwarder_settings *settings);

#endif /* SJ_HOST_FORWARDER_H */
