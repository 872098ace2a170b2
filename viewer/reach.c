/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/reach.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/base/clock.h"

/* A line without any answer for so long is broken. */
#define SILENT_MS 15000

static void close_fd(struct sj_reach *reach)
{
	if (reach->fd >= 0)
		(void)close(reach->fd);
	reach->fd = -1;
}

void sj_reach_finish(struct sj_reach *reach)
{
	close_fd(reach);
	if (reach->list)
		freeaddrinfo(reach->list);
	reach->list = NULL;
	reach->at = NULL;
}

static void set_option(int fd, int level, int option, int value)
{
	/* A kernel without it makes a poorer connection, not a wrong one. */
	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

int sj_reach_take(struct sj_reach *reach)
{
	int fd = reach->fd;

	/* Keys are small: they must not wait for more. */
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	/* A cut line is noticed although neither side has anything to say. */
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, SILENT_MS / 3000);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, SILENT_MS / 3000);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 2);
	set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, SILENT_MS);
	reach->fd = -1;
	sj_reach_finish(reach);
	return fd;
}

/* An address that swallows packets leaves time for the next one. */
static void set_deadline(struct sj_reach *reach)
{
	uint64_t each_ms = sj_clock_ms() + SJ_REACH_EACH_MS;

	reach->deadline_ms = reach->end_ms;
	if (reach->at->ai_next && each_ms < reach->end_ms)
		reach->deadline_ms = each_ms;
}

/* Tries addresses from at on until one is connecting or connected. */
static enum sj_reach_step try_addresses(
	struct sj_reach *reach, enum sj_reason *reason)
{
	for (; reach->at; reach->at = reach->at->ai_next) {
		reach->fd = socket(reach->at->ai_family,
			SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (reach->fd < 0)
			continue;
		set_deadline(reach);
		if (connect(reach->fd, reach->at->ai_addr,
			    reach->at->ai_addrlen) == 0)
			return SJ_REACH_DONE;
		if (errno == EINPROGRESS)
			return SJ_REACH_WAIT;
		close_fd(reach);
	}
	sj_reach_finish(reach);
	*reason = SJ_REASON_UNREACHABLE;
	return SJ_REACH_FAILED;
}

enum sj_reach_step sj_reach_start(struct sj_reach *reach, const char *host,
	uint32_t port, enum sj_reason *reason)
{
	struct addrinfo hints;
	char service[16];

	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_NUMERICSERV;
	memset(reach, 0, sizeof(*reach));
	reach->fd = -1;
	(void)snprintf(service, sizeof(service), "%u", (unsigned)port);
	if (getaddrinfo(host, service, &hints, &reach->list) != 0) {
		reach->list = NULL;
		*reason = SJ_REASON_UNRESOLVED;
		return SJ_REACH_FAILED;
	}
	reach->at = reach->list;
	reach->end_ms = sj_clock_ms() + SJ_REACH_MS;
	return try_addresses(reach, reason);
}

enum sj_reach_step sj_reach_next(struct sj_reach *reach, enum sj_reason *reason)
{
	struct pollfd poll_fd = {reach->fd, POLLOUT, 0};
	socklen_t size = sizeof(int);
	int error = 0;

	uint64_t now_ms = sj_clock_ms();

	if (now_ms >= reach->end_ms) {
		sj_reach_finish(reach);
		*reason = SJ_REASON_UNREACHABLE;
		return SJ_REACH_FAILED;
	}
	if (poll(&poll_fd, 1, 0) <= 0) {
		if (now_ms < reach->deadline_ms)
			return SJ_REACH_WAIT;
	} else if (getsockopt(reach->fd, SOL_SOCKET, SO_ERROR, &error, &size) ==
			   0 &&
		   error == 0) {
		return SJ_REACH_DONE;
	}
	close_fd(reach);
	reach->at = reach->at->ai_next;
	return try_addresses(reach, reason);
}
