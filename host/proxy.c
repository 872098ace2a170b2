/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/http_request.h"
#include "host/proxy_pages.h"
#include "protocol/base/log.h"

#define ANSWER_BYTES 16384
#define RELAY_BYTES 65536
/* A connection of a test or a demo that says nothing for so long is over. */
#define IDLE_MS (5 * 60 * 1000)

static bool parse_port(const char *text, uint16_t *port)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != 0 || number == 0 ||
		number > 65535)
		return false;
	*port = (uint16_t)number;
	return true;
}

enum sj_err sj_proxy_parse_route(const char *text, struct sj_proxy_route *route)
{
	char copy[512];
	char *address, *colon;
	uint16_t port;

	memset(route, 0, sizeof(*route));
	if (strlen(text) >= sizeof(copy))
		return SJ_ERR_FORMAT;
	memcpy(copy, text, strlen(text) + 1);
	address = strchr(copy, '=');
	if (!address || address == copy)
		return SJ_ERR_FORMAT;
	*address++ = 0;
	colon = strchr(copy, ':');
	if (colon) {
		*colon = 0;
		if (!parse_port(colon + 1, &route->port))
			return SJ_ERR_FORMAT;
	}
	if (strlen(copy) >= sizeof(route->host))
		return SJ_ERR_FORMAT;
	memcpy(route->host, copy, strlen(copy) + 1);
	colon = strrchr(address, ':');
	if (!colon || !parse_port(colon + 1, &port))
		return SJ_ERR_FORMAT;
	*colon = 0;
	route->address.sin_family = AF_INET;
	route->address.sin_port = htons(port);
	return inet_pton(AF_INET, address, &route->address.sin_addr) == 1
		       ? SJ_OK
		       : SJ_ERR_FORMAT;
}

static bool write_all(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size > 0) {
		ssize_t put = send(fd, at, size, MSG_NOSIGNAL);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		at += put;
		size -= (size_t)put;
	}
	return true;
}

/* Carries what one side says to the other; false at its end. */
static bool carry(int from, int to)
{
	static char data[RELAY_BYTES];
	ssize_t got = recv(from, data, sizeof(data), 0);

	return got > 0 && write_all(to, data, (size_t)got);
}

static void relay(int browser, int page)
{
	struct pollfd polls[2] = {{browser, POLLIN, 0}, {page, POLLIN, 0}};

	for (;;) {
		if (poll(polls, 2, IDLE_MS) <= 0)
			return;
		if (polls[0].revents != 0 && !carry(browser, page)) {
			/* The answer may still be coming. */
			if (shutdown(page, SHUT_WR) != 0)
				return;
			polls[0].fd = -1;
		}
		if (polls[1].revents != 0 && !carry(page, browser))
			return;
	}
}

static const struct sj_proxy_route *find_route(
	const struct sj_proxy_settings *settings,
	const struct sj_http_request *request)
{
	for (size_t i = 0; i < settings->route_count; i++) {
		const struct sj_proxy_route *route = &settings->routes[i];

		if (strcmp(route->host, request->host) == 0 &&
			(route->port == 0 || route->port == request->port))
			return route;
	}
	return NULL;
}

/* Path of the absolute form in the head at data. */
static const char *path_of(const char *data, size_t *size)
{
	const char *slash = strstr(data, "://");
	const char *end = strstr(data, " HTTP/");

	slash = slash ? strchr(slash + 3, '/') : NULL;
	*size = 0;
	if (!slash || !end || slash >= end)
		return "";
	*size = (size_t)(end - slash);
	return slash;
}

static void answer_start(int browser, const char *head)
{
	static char out[ANSWER_BYTES];
	size_t path_size;
	const char *path = path_of(head, &path_size);
	size_t size = sj_proxy_start_answer(path, path_size, out, sizeof(out));

	if (write_all(browser, out, size))
		sj_log(SJ_LOG_INFO, "served host=" SJ_PROXY_START_NAME);
}

static void refuse(int browser)
{
	static char out[ANSWER_BYTES];
	size_t size = sj_proxy_refusal(out, sizeof(out));

	(void)write_all(browser, out, size);
}

/*
 * Makes `GET http://name/path ...` into `GET /path ...`: what follows is the
 * page's own server, and some know no other form. size counts head.
 */
static void shorten_target(char *head, size_t *size)
{
	char *target = memchr(head, ' ', *size);
	char *end = head + *size;
	char *rest;

	if (!target || end - target < 9 ||
		strncasecmp(target + 1, "http://", 7) != 0)
		return;
	target++;
	for (rest = target + 7; rest < end; rest++)
		if (strchr("/? ", *rest))
			break;
	/* A target without a path gets the slash that it means. */
	if (rest < end && *rest != '/')
		*--rest = '/';
	memmove(target, rest, (size_t)(end - rest));
	*size -= (size_t)(rest - target);
}

static void pass(int browser, const struct sj_proxy_route *route,
	const struct sj_http_request *request, const char *data, size_t size)
{
	static const char established[] =
		"HTTP/1.1 200 Connection established\r\n\r\n";
	static char head[SJ_HTTP_HEAD_BYTES + 64];
	struct sj_writer writer = sj_writer_of(head, sizeof(head));
	size_t head_size;
	int page = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (page < 0 || connect(page, (const struct sockaddr *)&route->address,
				sizeof(route->address)) != 0) {
		refuse(browser);
	} else if (request->is_connect) {
		sj_log(SJ_LOG_INFO, "served host=%s", route->host);
		if (write_all(browser, established, sizeof(established) - 1) &&
			write_all(page, data + request->head_bytes,
				size - request->head_bytes))
			relay(browser, page);
	} else if (sj_http_rebuild(request, (const uint8_t *)data, &writer)) {
		head_size = writer.at;
		shorten_target(head, &head_size);
		if (write_all(page, head, head_size) &&
			write_all(page, data + request->head_bytes,
				size - request->head_bytes))
			relay(browser, page);
	}
	if (page >= 0)
		close(page);
}

/* One connection, in a child of its own. */
static void serve(const struct sj_proxy_settings *settings, int browser)
{
	static char data[SJ_HTTP_HEAD_BYTES + 1];
	static const uint16_t start_ports[SJ_HTTP_PORTS] = {80};
	struct sj_http_request request;
	const struct sj_proxy_route *route;
	enum sj_http_verdict verdict;
	size_t size = 0;

	for (;;) {
		ssize_t got = recv(
			browser, data + size, SJ_HTTP_HEAD_BYTES - size, 0);

		if (got <= 0)
			return;
		size += (size_t)got;
		data[size] = 0;
		verdict = sj_http_parse(
			(const uint8_t *)data, size, start_ports, &request);
		if (verdict != SJ_HTTP_MORE)
			break;
	}
	route = request.head_bytes > 0 ? find_route(settings, &request) : NULL;
	if (route && (verdict == SJ_HTTP_OK || verdict == SJ_HTTP_PORT))
		pass(browser, route, &request, data, size);
	else if (verdict == SJ_HTTP_OK && !request.is_connect &&
		 strcmp(request.host, SJ_PROXY_START_NAME) == 0)
		answer_start(browser, data);
	else
		refuse(browser);
	shutdown(browser, SHUT_WR);
}

static void reap(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

enum sj_err sj_proxy_run(const struct sj_proxy_settings *settings)
{
	struct pollfd listener = {settings->listen_fd, POLLIN, 0};

	for (;;) {
		int browser, ready = poll(&listener, 1, 1000);
		pid_t child;

		reap();
		if (ready < 0 && errno != EINTR)
			return SJ_ERR_SYSTEM;
		if (ready <= 0)
			continue;
		browser =
			accept4(settings->listen_fd, NULL, NULL, SOCK_CLOEXEC);
		if (browser < 0)
			continue;
		child = fork();
		if (child == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			close(settings->listen_fd);
			serve(settings, browser);
			_exit(0);
		}
		close(browser);
		if (child < 0)
			return SJ_ERR_MEMORY;
	}
}
