/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/base/log.h"

#define BACKLOG 128
#define ACCEPTS_PER_TURN 16

static bool fill_address(const struct sj_listener_plan *plan,
	struct sockaddr_storage *address, socklen_t *size)
{
	struct sockaddr_in four = {
		.sin_family = AF_INET, .sin_port = htons(plan->port)};
	struct sockaddr_in6 six = {
		.sin6_family = AF_INET6, .sin6_port = htons(plan->port)};

	if (inet_pton(AF_INET, plan->address, &four.sin_addr) == 1) {
		memcpy(address, &four, sizeof(four));
		*size = sizeof(four);
		return true;
	}
	if (inet_pton(AF_INET6, plan->address, &six.sin6_addr) != 1)
		return false;
	memcpy(address, &six, sizeof(six));
	*size = sizeof(six);
	return true;
}

static uint16_t actual_port(int fd)
{
	struct sockaddr_storage address = {0};
	struct sockaddr_in four;
	socklen_t size = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
		return 0;
	/* The port is at the same place in both families. */
	memcpy(&four, &address, sizeof(four));
	return ntohs(four.sin_port);
}

static void somebody_waits(void *self, int fd)
{
	struct sj_listener *listener = self;

	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		struct sockaddr_storage address = {0};
		socklen_t size = sizeof(address);
		int socket_fd = accept4(fd, (struct sockaddr *)&address, &size,
			SOCK_CLOEXEC | SOCK_NONBLOCK);
		struct sj_peer peer;

		if (socket_fd < 0) {
			if (errno != EAGAIN && errno != ECONNABORTED)
				sj_log(SJ_LOG_WARNING, "accept error=\"%s\"",
					strerror(errno));
			return;
		}
		peer = sj_peer_of(&address);
		sj_peer_set_options(socket_fd);
		listener->welcome(listener->self, socket_fd, &peer);
		close(socket_fd);
	}
}

void sj_listener_init(struct sj_listener *listener)
{
	*listener = (struct sj_listener){.fd = -1};
}

static bool listen_at(struct sj_listener *listener,
	const struct sockaddr_storage *address, socklen_t size)
{
	const int yes = 1;
	int fd = socket(address->ss_family,
		SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	listener->fd = fd;
	return fd >= 0 &&
	       setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) ==
		       0 &&
	       bind(fd, (const struct sockaddr *)address, size) == 0 &&
	       listen(fd, BACKLOG) == 0 &&
	       sj_loop_add(listener->loop, fd, somebody_waits, listener) ==
		       SJ_OK;
}

/* What to do about it, behind the system's words. */
static const char *advice(int error)
{
	switch (error) {
	case EADDRINUSE:
		return "; end what listens there, or give another port";
	case EADDRNOTAVAIL:
		return "; give an address that this machine has";
	case EACCES:
		return "; only root may listen below 1024";
	default:
		return "";
	}
}

enum sj_err sj_listener_open(struct sj_listener *listener,
	const struct sj_listener_plan *plan, char *message, size_t size)
{
	struct sockaddr_storage address = {0};
	socklen_t address_size = 0;
	const char *fault = NULL;

	listener->loop = plan->loop;
	listener->welcome = plan->welcome;
	listener->self = plan->self;
	if (!fill_address(plan, &address, &address_size)) {
		(void)snprintf(message, size,
			"[listen] address: %s: not a numeric address",
			plan->address);
		return SJ_ERR_FORMAT;
	}
	if (!listen_at(listener, &address, address_size)) {
		(void)snprintf(message, size, "[listen] %s port %u: %s%s",
			plan->address, plan->port, strerror(errno),
			advice(errno));
		return SJ_ERR_SYSTEM;
	}
	listener->port = actual_port(listener->fd);
	if (plan->port_file[0])
		fault = sj_port_file_write(
			&listener->port_file, plan->port_file, listener->port);
	if (fault) {
		(void)snprintf(message, size, "[listen] port_file: %s: %s",
			plan->port_file, fault);
		return SJ_ERR_SYSTEM;
	}
	sj_log(SJ_LOG_INFO, "listen address=%s port=%u", plan->address,
		listener->port);
	return SJ_OK;
}

void sj_listener_close(struct sj_listener *listener)
{
	if (listener->fd < 0)
		return;
	sj_port_file_remove(&listener->port_file);
	sj_loop_remove(listener->loop, listener->fd);
	close(listener->fd);
	listener->fd = -1;
}
