/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/forwarder.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/http_request.h"
#include "protocol/base/clock.h"

#define HEAD_MS 30000            /* a head has to come within */
#define IDLE_MS (10 * 60 * 1000) /* a connection without a byte ends */
#define BUFFER_BYTES (SJ_HTTP_HEAD_BYTES + 1024)

/* Bytes [from, to) of data are to be written. */
struct buffer {
	uint8_t data[BUFFER_BYTES];
	size_t from, to;
};

enum stage {
	STAGE_FREE,
	STAGE_HEAD,    /* reading the browser's head */
	STAGE_CONNECT, /* waiting for the proxy to accept */
	STAGE_RELAY,   /* both directions flow */
	STAGE_REFUSE   /* writing the page that says why */
};

struct connection {
	enum stage stage;
	int browser_fd, proxy_fd;
	struct buffer up, down; /* to the proxy, to the browser */
	uint64_t body_left;     /* of a request that is no CONNECT */
	bool is_connect;
	char answer[12]; /* start of the proxy's answer to CONNECT */
	size_t answer_bytes;
	bool is_up_ended, is_down_ended; /* source gave EOF */
	bool is_up_shut;
	uint64_t touched_ms;
};

struct forwarder {
	const struct sj_forwarder_settings *settings;
	struct connection connections[SJ_FORWARDER_CONNECTIONS];
	uint64_t now_ms;
};

static void close_connection(struct connection *connection)
{
	close(connection->browser_fd);
	if (connection->proxy_fd >= 0)
		close(connection->proxy_fd);
	connection->stage = STAGE_FREE;
}

/* Writes what waits; false when the connection is broken. */
static bool drain(struct buffer *buffer, int fd)
{
	ssize_t put;

	if (buffer->from == buffer->to)
		return true;
	put = send(fd, buffer->data + buffer->from, buffer->to - buffer->from,
		MSG_NOSIGNAL | MSG_DONTWAIT);
	if (put < 0)
		return errno == EAGAIN || errno == EINTR;
	buffer->from += (size_t)put;
	if (buffer->from == buffer->to)
		buffer->from = buffer->to = 0;
	return true;
}

/* Reads up to limit bytes behind what waits; false when broken. */
static bool take(struct buffer *buffer, int fd, uint64_t limit, bool *is_ended)
{
	size_t room = sizeof(buffer->data) - buffer->to;
	ssize_t got;

	if (room > limit)
		room = (size_t)limit;
	if (room == 0)
		return true;
	got = recv(fd, buffer->data + buffer->to, room, MSG_DONTWAIT);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	if (got == 0)
		*is_ended = true;
	buffer->to += (size_t)got;
	return true;
}

/* ---- refusals ---- */

static const char *const refusals[][3] = {
	[SJ_HTTP_MALFORMED] = {"400 Bad Request", "読み取れない要求です。",
		"The request cannot be read."},
	[SJ_HTTP_METHOD] = {"405 Method Not Allowed",
		"この方法の要求は通しません。",
		"This method is not forwarded."},
	[SJ_HTTP_LENGTH] = {"411 Length Required",
		"長さの分からない送信は通しません。",
		"A body needs a Content-Length."},
	[SJ_HTTP_TOO_LARGE] = {"431 Request Header Fields Too Large",
		"要求の見出しが長すぎます。", "The request head is too long."},
	[SJ_HTTP_ADDRESS] = {"403 Forbidden", "内部の宛先には接続できません。",
		"Internal addresses cannot be reached."},
	[SJ_HTTP_PORT] = {"403 Forbidden", "このポート番号には接続できません。",
		"This port cannot be reached."},
};

static void refuse_with(struct connection *connection, const char *status,
	const char *japanese, const char *english)
{
	char body[512];
	int body_bytes, size;

	body_bytes = snprintf(body, sizeof(body),
		"<!DOCTYPE html><meta charset=\"utf-8\"><title>shoji</title>"
		"<h1>%s</h1><p>%s</p><p>%s</p>\n",
		status, japanese, english);
	size = snprintf((char *)connection->down.data,
		sizeof(connection->down.data),
		"HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\n"
		"Content-Length: %d\r\nConnection: close\r\n\r\n%s",
		status, body_bytes, body);
	connection->down.from = 0;
	connection->down.to = size > 0 ? (size_t)size : 0;
	connection->stage = STAGE_REFUSE;
}

static void refuse(struct connection *connection, enum sj_http_verdict verdict)
{
	refuse_with(connection, refusals[verdict][0], refusals[verdict][1],
		refusals[verdict][2]);
}

static void refuse_gateway(struct connection *connection)
{
	refuse_with(connection, "502 Bad Gateway",
		"上位プロキシに接続できません。管理者に連絡してください。",
		"The upstream proxy cannot be reached. Tell your "
		"administrator.");
}

/* ---- stages ---- */

static bool open_proxy(
	const struct forwarder *forwarder, struct connection *connection)
{
	const struct sj_forwarder_settings *settings = forwarder->settings;
	int fd;

	if (settings->upstream_size == 0)
		return false;
	fd = socket(settings->upstream.ss_family,
		SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	connection->proxy_fd = fd;
	return connect(fd, (const struct sockaddr *)&settings->upstream,
		       settings->upstream_size) == 0 ||
	       errno == EINPROGRESS;
}

/* Turns the judged head into the one for the proxy, body bytes behind it. */
static bool put_head(
	struct connection *connection, const struct sj_http_request *request)
{
	static uint8_t rebuilt[BUFFER_BYTES];
	struct buffer *up = &connection->up;
	struct sj_writer writer = sj_writer_of(rebuilt, sizeof(rebuilt));
	size_t behind = up->to - request->head_bytes;

	connection->is_connect = request->is_connect;
	connection->body_left = request->body_bytes;
	/* Nobody speaks into a tunnel that is not open yet. */
	if (request->is_connect && behind > 0)
		return false;
	if (!request->is_connect && behind > request->body_bytes)
		behind = (size_t)request->body_bytes;
	if (!sj_http_rebuild(request, up->data, &writer) ||
		!sj_write_bytes(
			&writer, up->data + request->head_bytes, behind))
		return false;
	connection->body_left -= request->is_connect ? 0 : behind;
	memcpy(up->data, rebuilt, writer.at);
	up->from = 0;
	up->to = writer.at;
	return true;
}

static void read_head(
	const struct forwarder *forwarder, struct connection *connection)
{
	struct sj_http_request request;
	enum sj_http_verdict verdict;
	bool is_ended = false;

	if (!take(&connection->up, connection->browser_fd,
		    SJ_HTTP_HEAD_BYTES - connection->up.to, &is_ended) ||
		is_ended) {
		close_connection(connection);
		return;
	}
	verdict = sj_http_parse(connection->up.data, connection->up.to,
		forwarder->settings->ports, &request);
	if (verdict == SJ_HTTP_MORE)
		return;
	if (verdict != SJ_HTTP_OK)
		refuse(connection, verdict);
	else if (!put_head(connection, &request))
		refuse(connection, SJ_HTTP_TOO_LARGE);
	else if (!open_proxy(forwarder, connection))
		refuse_gateway(connection);
	else
		connection->stage = STAGE_CONNECT;
}

static void finish_connect(struct connection *connection)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (getsockopt(connection->proxy_fd, SOL_SOCKET, SO_ERROR, &error,
		    &size) != 0 ||
		error != 0)
		refuse_gateway(connection);
	else
		connection->stage = STAGE_RELAY;
}

/*
 * Only an answer 2xx makes a tunnel of the connection. After any other, what
 * the browser sends could be a second request, which nobody has judged.
 */
static bool is_tunnel_open(const struct connection *connection)
{
	return connection->answer_bytes == sizeof(connection->answer) &&
	       memcmp(connection->answer, "HTTP/1.", 7) == 0 &&
	       memcmp(connection->answer + 8, " 2", 2) == 0;
}

/* Bytes that the browser may still send. */
static uint64_t up_limit(const struct connection *connection)
{
	if (!connection->is_connect)
		return connection->body_left;
	return is_tunnel_open(connection) ? UINT64_MAX : 0;
}

static void note_answer(
	struct connection *connection, const uint8_t *data, size_t size)
{
	size_t missing = sizeof(connection->answer) - connection->answer_bytes;

	if (size > missing)
		size = missing;
	memcpy(connection->answer + connection->answer_bytes, data, size);
	connection->answer_bytes += size;
}

/* From browser to proxy: all of a tunnel, the body of anything else. */
static bool relay_up(struct connection *connection, short events)
{
	struct buffer *up = &connection->up;
	uint64_t limit = up_limit(connection);
	size_t before = up->to;

	if (events != 0 && up->from == up->to && limit > 0) {
		up->from = up->to = before = 0;
		if (!take(up, connection->browser_fd, limit,
			    &connection->is_up_ended))
			return false;
	}
	if (!connection->is_connect)
		connection->body_left -= up->to - before;
	if (!drain(up, connection->proxy_fd))
		return false;
	if (connection->is_up_ended && up->from == up->to &&
		!connection->is_up_shut) {
		connection->is_up_shut = true;
		return shutdown(connection->proxy_fd, SHUT_WR) == 0;
	}
	return true;
}

static bool relay_down(struct connection *connection, short events)
{
	struct buffer *down = &connection->down;

	if (events != 0 && down->from == down->to) {
		down->from = down->to = 0;
		if (!take(down, connection->proxy_fd, UINT64_MAX,
			    &connection->is_down_ended))
			return false;
		note_answer(connection, down->data, down->to);
	}
	if (!drain(down, connection->browser_fd))
		return false;
	/* The answer is whole: nothing more of this request can matter. */
	return !connection->is_down_ended || down->from != down->to;
}

/* What a broken browser connection looks like to poll. */
static bool is_gone(const struct connection *connection, short browser)
{
	return (browser & POLLERR) != 0 ||
	       ((browser & POLLHUP) != 0 && connection->stage != STAGE_RELAY);
}

static void step(struct forwarder *forwarder, struct connection *connection,
	short browser, short proxy)
{
	bool is_alive = true;

	if (browser != 0 || proxy != 0)
		connection->touched_ms = forwarder->now_ms;
	if (is_gone(connection, browser)) {
		close_connection(connection);
		return;
	}
	if (connection->stage == STAGE_HEAD && browser != 0)
		read_head(forwarder, connection);
	else if (connection->stage == STAGE_CONNECT && proxy != 0)
		finish_connect(connection);
	if (connection->stage == STAGE_RELAY)
		is_alive = relay_up(connection, browser & (POLLIN | POLLHUP)) &&
			   relay_down(connection,
				   proxy & (POLLIN | POLLHUP | POLLERR));
	else if (connection->stage == STAGE_REFUSE)
		is_alive = drain(&connection->down, connection->browser_fd) &&
			   connection->down.from != connection->down.to;
	if (!is_alive && connection->stage != STAGE_FREE)
		close_connection(connection);
}

/* ---- the loop ---- */

static void accept_browser(struct forwarder *forwarder)
{
	int fd = accept4(forwarder->settings->listen_fd, NULL, NULL,
		SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	for (size_t i = 0; i < SJ_FORWARDER_CONNECTIONS; i++) {
		struct connection *connection = &forwarder->connections[i];

		if (connection->stage != STAGE_FREE)
			continue;
		memset(connection, 0, sizeof(*connection));
		connection->stage = STAGE_HEAD;
		connection->browser_fd = fd;
		connection->proxy_fd = -1;
		connection->touched_ms = forwarder->now_ms;
		return;
	}
	close(fd); /* the browser tries again when one of its own is done */
}

static bool is_late(
	const struct forwarder *forwarder, const struct connection *connection)
{
	uint64_t limit_ms =
		connection->stage == STAGE_RELAY ? IDLE_MS : HEAD_MS;

	return forwarder->now_ms - connection->touched_ms > limit_ms;
}

static short browser_events(const struct connection *connection)
{
	bool can_read =
		connection->stage == STAGE_HEAD ||
		(connection->stage == STAGE_RELAY && !connection->is_up_ended &&
			connection->up.from == connection->up.to &&
			up_limit(connection) > 0);
	bool can_write = connection->down.from != connection->down.to;

	return (short)((can_read ? POLLIN : 0) | (can_write ? POLLOUT : 0));
}

static short proxy_events(const struct connection *connection)
{
	bool can_read = connection->stage == STAGE_RELAY &&
			connection->down.from == connection->down.to;
	bool can_write = connection->stage == STAGE_CONNECT ||
			 (connection->stage == STAGE_RELAY &&
				 connection->up.from != connection->up.to);

	return (short)((can_read ? POLLIN : 0) | (can_write ? POLLOUT : 0));
}

/* Two places for each connection, behind control and listener. */
#define POLL_COUNT (2 + 2 * SJ_FORWARDER_CONNECTIONS)

static void fill_polls(struct forwarder *forwarder, struct pollfd *polls)
{
	polls[0] = (struct pollfd){forwarder->settings->control_fd, POLLIN, 0};
	polls[1] = (struct pollfd){forwarder->settings->listen_fd, POLLIN, 0};
	for (size_t i = 0; i < SJ_FORWARDER_CONNECTIONS; i++) {
		struct connection *connection = &forwarder->connections[i];
		struct pollfd *pair = polls + 2 + 2 * i;

		if (connection->stage != STAGE_FREE &&
			is_late(forwarder, connection))
			close_connection(connection);
		pair[0] = pair[1] = (struct pollfd){-1, 0, 0};
		if (connection->stage == STAGE_FREE)
			continue;
		pair[0].fd = connection->browser_fd;
		pair[0].events = browser_events(connection);
		/* A hang-up that nobody acts on would spin the loop. */
		if (connection->stage == STAGE_RELAY && pair[0].events == 0)
			pair[0].fd = -1;
		pair[1].fd = connection->proxy_fd;
		pair[1].events = proxy_events(connection);
		if (pair[1].events == 0)
			pair[1].fd = -1;
	}
}

enum sj_err sj_forwarder_run(const struct sj_forwarder_settings *settings)
{
	struct forwarder *forwarder = calloc(1, sizeof(*forwarder));
	struct pollfd polls[POLL_COUNT];
	enum sj_err err = SJ_OK;

	if (!forwarder)
		return SJ_ERR_MEMORY;
	forwarder->settings = settings;
	for (;;) {
		forwarder->now_ms = sj_clock_ms();
		fill_polls(forwarder, polls);
		if (poll(polls, POLL_COUNT, HEAD_MS) < 0 && errno != EINTR) {
			err = SJ_ERR_SYSTEM;
			break;
		}
		forwarder->now_ms = sj_clock_ms();
		if (polls[0].revents != 0)
			break; /* nothing is ever said after START */
		for (size_t i = 0; i < SJ_FORWARDER_CONNECTIONS; i++) {
			if (forwarder->connections[i].stage != STAGE_FREE)
				step(forwarder, &forwarder->connections[i],
					polls[2 + 2 * i].revents,
					polls[3 + 2 * i].revents);
		}
		if (polls[1].revents != 0)
			accept_browser(forwarder);
	}
	free(forwarder);
	return err;
}
