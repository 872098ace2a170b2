/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * proxy: a minimal upstream proxy for the demo and the tests.
 *
 * Serves the start page for the name SJ_PROXY_START_NAME and reaches nothing
 * but the routes that it was given. Not meant for a city's network: there the
 * upstream is the city's own proxy. Single-threaded, one request for each
 * connection.
 */
#ifndef SJ_HOST_PROXY_H
#define SJ_HOST_PROXY_H

#include <netinet/in.h>
#include <stddef.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"

#define SJ_PROXY_START_NAME "start.test"
#define SJ_PROXY_ROUTES 64

/* Requests for host:port go to address; port 0 means every port. */
struct sj_proxy_route {
	char host[256];
	uint16_t port;
	struct sockaddr_in address;
};

struct sj_proxy_settings {
	int listen_fd;
	struct sj_proxy_route routes[SJ_PROXY_ROUTES];
	size_t route_count;
};

/*
 * Reads `host[:port]=address:port` (IPv4) to *route. SJ_ERR_FORMAT if it is
 * something else.
 */
SJ_MUST_USE enum sj_err sj_proxy_parse_route(
	const char *text, struct sj_proxy_route *route);

/*
 * Serves until poll or memory fails: SJ_ERR_SYSTEM, SJ_ERR_MEMORY. Each
 * connection has a child process of its own, so a slow one holds up no other.
 */
SJ_MUST_USE enum sj_err sj_proxy_run(const struct sj_proxy_settings *settings);

#endif /* SJ_HOST_PROXY_H */
