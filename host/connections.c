/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/connections.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/enter.h"
#include "host/keeping.h"
#include "host/spawn_session.h"
#include "host/waiting.h"
#include "protocol/base/clock.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"
#include "protocol/supervise/user_name.h"

/* A gate keeps its own times; these are for one that does not. */
#define GREETING_MS ((uint64_t)SJ_LIMIT_HANDSHAKE_MS * 3)
#define ENDING_MS 8000

static const char *const roles[] = {"viewer", "guard", "anonymous"};

const char *sj_connection_state_text(enum sj_connection_state state)
{
	static const char *const texts[] = {
		"greeting", "starting", "waiting", "attached", "ending"};

	return texts[state];
}

static struct sj_event event_of(
	const struct sj_connection *connection, const char *name)
{
	struct sj_event event = sj_event_of(name);

	event.peer = connection->peer.text;
	if (connection->state == SJ_CONNECTION_GREETING ||
		connection->user.zone[0] == '\0')
		return event;
	event.zone = connection->user.zone;
	event.role = roles[connection->user.role];
	event.user = connection->user.name;
	if (connection->session) {
		event.user = connection->session->name;
		event.session = connection->session->number;
	}
	return event;
}

/* ---- the end of a connection ---- */

static void note_closed(struct sj_connection *connection)
{
	struct sj_event event = event_of(connection, "disconnect");

	event.reason = SJ_REASON_LOCAL;
	if (connection->has_closed) {
		event.reason = (int)connection->closed.reason;
		event.viewer = &connection->closed.viewer;
		event.host = &connection->closed.host;
	}
	event.duration_ms = (int64_t)(sj_clock_ms() - connection->started_ms);
	sj_supervisor_note(connection->supervisor, &event);
	sj_keeping_closed(connection);
}

static void remove_connection(struct sj_connection *connection)
{
	struct sj_supervisor *supervisor = connection->supervisor;
	struct sj_connection **at = &supervisor->connections;

	while (*at != connection)
		at = &(*at)->next;
	*at = connection->next;
	supervisor->connection_count--;
	if (connection->gate.id != 0)
		sj_loop_remove(supervisor->loop, connection->gate.control_fd);
	sj_children_let_end(supervisor->children, &connection->gate);
	sj_children_kill(supervisor->children, &connection->publisher);
	free(connection);
}

/* A host that violates its own protocol is not resumed. */
static bool is_host_violation(const struct sj_connection *connection)
{
	return connection->has_closed && connection->closed.reason >= 300 &&
	       connection->closed.reason < 400;
}

/* The gate is gone: the session waits for its user, or ends with it. */
static void gate_gone(struct sj_connection *connection)
{
	struct sj_supervisor *supervisor = connection->supervisor;
	struct sj_session *session = connection->session;
	bool is_violation = is_host_violation(connection);
	bool is_attached = session && session->connection == connection;
	enum sj_reason reason = SJ_REASON_NONE;

	if (is_violation)
		reason = (enum sj_reason)connection->closed.reason;
	note_closed(connection);
	remove_connection(connection);
	if (is_attached) {
		sj_session_set_connection(session, NULL, sj_clock_ms());
		if (is_violation)
			sj_session_end(session, reason);
		else if (session->is_anonymous)
			sj_session_end(session, SJ_REASON_CLOSED);
	}
	sj_waiting_admit(supervisor);
}

void sj_connection_end(struct sj_connection *connection, enum sj_reason reason)
{
	struct sj_host_gate_message message = {.type = SJ_HOST_GATE_END};

	if (connection->state == SJ_CONNECTION_ENDING)
		return;
	message.u.reason = (uint32_t)reason;
	connection->state = SJ_CONNECTION_ENDING;
	connection->deadline_ms = sj_clock_ms() + ENDING_MS;
	/* A gate that does not listen ends with its socket. */
	if (sj_ipc_send(connection->gate.control_fd, &message, sizeof(message),
		    NULL) != SJ_OK)
		sj_log(SJ_LOG_WARNING, "gate peer=%s error=\"gone\"",
			connection->peer.text);
}

void sj_connections_end_all(
	struct sj_supervisor *supervisor, enum sj_reason reason)
{
	for (struct sj_connection *connection = supervisor->connections;
		connection; connection = connection->next)
		sj_connection_end(connection, reason);
}

void sj_connections_drop_all(struct sj_supervisor *supervisor)
{
	while (supervisor->connections)
		remove_connection(supervisor->connections);
}

/* Its end comes back by its socket. */
static void kill_gate(struct sj_connection *connection, const char *why)
{
	sj_log(SJ_LOG_WARNING, "gate peer=%s user=%s error=\"%s\"",
		connection->peer.text, connection->user.name, why);
	sj_children_signal(
		connection->supervisor->children, &connection->gate, SIGKILL);
}

uint64_t sj_connections_tick(struct sj_supervisor *supervisor, uint64_t now_ms)
{
	const bool is_turn = now_ms >= supervisor->pulse_ms;
	uint64_t next_ms = UINT64_MAX;
	struct sj_connection *connection = supervisor->connections;

	if (is_turn)
		supervisor->pulse_ms = now_ms + SJ_LIMIT_PULSE_MS;
	if (connection)
		next_ms = supervisor->pulse_ms;
	for (; connection; connection = connection->next) {
		if (is_turn && sj_pulse_is_gone(&connection->gate.pulse,
				       SJ_LIMIT_PULSES_MISSED,
				       connection->gate.control_fd))
			kill_gate(connection, "hung");
		if (connection->deadline_ms <= now_ms) {
			kill_gate(connection, "late");
			connection->deadline_ms = UINT64_MAX;
		}
		if (connection->deadline_ms < next_ms)
			next_ms = connection->deadline_ms;
	}
	return next_ms;
}

/* ---- joining with a session or a picture ---- */

int sj_connection_attach_gate(struct sj_connection *connection)
{
	struct sj_host_gate_message message = {.type = SJ_HOST_GATE_ATTACH};
	struct sj_ipc_fds fds = {.count = 1};
	enum sj_err err;
	/* The kernel doubles it, and calls the socket writable while a quarter
	 * is used: 24 KiB. Behind that, one of our updates still fits. */
	const int queue_bytes = 48 * 1024;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	(void)setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &queue_bytes,
		sizeof(queue_bytes));
	fds.fd[0] = pair[0];
	err = sj_ipc_send(
		connection->gate.control_fd, &message, sizeof(message), &fds);
	close(pair[0]);
	if (err == SJ_OK)
		return pair[1];
	close(pair[1]);
	return -1;
}

void sj_connection_attach(struct sj_connection *connection)
{
	struct sj_session *session = connection->session;
	int fd;

	if (connection->state != SJ_CONNECTION_STARTING)
		return;
	fd = sj_connection_attach_gate(connection);
	if (fd < 0 || sj_session_attach(session, fd) != SJ_OK) {
		sj_connection_end(connection, SJ_REASON_LOCAL);
	} else {
		struct sj_event event;

		connection->state = SJ_CONNECTION_ATTACHED;
		event = event_of(connection, "attach");
		event.duration_ms =
			(int64_t)(sj_clock_ms() - connection->started_ms);
		sj_supervisor_note(connection->supervisor, &event);
	}
	if (fd >= 0)
		close(fd);
}

/* Joins connection with session, in place of whoever was there. */
static void take_session(
	struct sj_connection *connection, struct sj_session *session)
{
	struct sj_connection *before = session->connection;

	if (before) {
		sj_connection_end(before, SJ_REASON_END_TAKEN_OVER);
		before->session = NULL;
	}
	connection->session = session;
	connection->state = SJ_CONNECTION_STARTING;
	sj_session_set_connection(session, connection, sj_clock_ms());
	if (session->state == SJ_SESSION_RUNNING)
		sj_connection_attach(connection);
}

/* ---- messages of gates ---- */

void sj_connection_begin(struct sj_connection *connection)
{
	struct sj_supervisor *supervisor = connection->supervisor;
	const struct sj_host_config *config = supervisor->config;
	bool is_anonymous = connection->user.role == SJ_HOST_ROLE_ANONYMOUS;
	struct sj_session *session = NULL;

	if (!is_anonymous)
		session = sj_sessions_find(&supervisor->sessions,
			connection->user.zone, connection->user.name);
	if (!session && supervisor->sessions.count >= config->sessions_max) {
		/* Who cannot be recognised again cannot be called up. */
		if (is_anonymous)
			sj_connection_end(connection, SJ_REASON_REFUSED_FULL);
		else
			sj_waiting_start(connection);
		return;
	}
	if (!session)
		session = sj_session_start(supervisor, connection->user.zone,
			connection->user.name, is_anonymous);
	if (!session) {
		sj_connection_end(connection, SJ_REASON_REFUSED_START);
		return;
	}
	take_session(connection, session);
}

/* What a gate says that may have been taken over. */
static bool is_user_sound(const struct sj_host_gate_user *user)
{
	if (user->role > SJ_HOST_ROLE_ANONYMOUS ||
		!sj_user_name_is_sound(user->zone, sizeof(user->zone)) ||
		!sj_user_name_is_sound(user->name, sizeof(user->name)))
		return false;
	return (user->name[0] == '\0') ==
	       (user->role == SJ_HOST_ROLE_ANONYMOUS);
}

static void user_known(
	struct sj_connection *connection, const struct sj_host_gate_user *user)
{
	struct sj_supervisor *supervisor = connection->supervisor;
	struct sj_event event;

	if (connection->state != SJ_CONNECTION_GREETING ||
		!is_user_sound(user)) {
		sj_connection_end(connection, SJ_REASON_LOCAL);
		return;
	}
	connection->user = *user;
	connection->state = SJ_CONNECTION_STARTING;
	connection->deadline_ms = UINT64_MAX;
	event = event_of(connection, "connect");
	event.exporter = user->exporter;
	event.spki_sha256 = user->spki_sha256;
	sj_supervisor_note(supervisor, &event);
	if (supervisor->is_stopping)
		sj_connection_end(connection, SJ_REASON_END_SHUTDOWN);
	else if (sj_keeping_opened(connection))
		sj_connection_begin(connection);
}

static void gate_readable(void *self, int fd)
{
	struct sj_connection *connection = self;
	struct sj_host_gate_message message;
	enum sj_err err = sj_ipc_receive(fd, &message, sizeof(message), NULL);

	if (err == SJ_ERR_AGAIN)
		return;
	if (err != SJ_OK) {
		gate_gone(connection);
		return;
	}
	switch (message.type) {
	case SJ_HOST_GATE_USER:
		user_known(connection, &message.u.gate_user);
		break;
	case SJ_HOST_GATE_ACTIVITY:
		if (connection->session)
			connection->session->activity_ms = sj_clock_ms();
		break;
	case SJ_HOST_GATE_ALIVE:
		sj_pulse_hear(&connection->gate.pulse);
		break;
	case SJ_HOST_GATE_CLOSED:
		connection->closed = message.u.gate_closed;
		connection->has_closed =
			sj_reason_is_known(message.u.gate_closed.reason);
		break;
	default:
		sj_log(SJ_LOG_ERROR, "gate peer=%s type=%u",
			connection->peer.text, message.type);
		gate_gone(connection);
		break;
	}
}

void sj_connections_send_crl(struct sj_supervisor *supervisor)
{
	struct sj_host_gate_message message = {.type = SJ_HOST_GATE_CRL};
	struct sj_ipc_fds fds = {
		.fd = {supervisor->materials.fd[SJ_MATERIAL_CRL]}, .count = 1};

	for (struct sj_connection *connection = supervisor->connections;
		connection; connection = connection->next)
		if (sj_ipc_send(connection->gate.control_fd, &message,
			    sizeof(message), &fds) != SJ_OK)
			sj_log(SJ_LOG_WARNING, "crl peer=%s error=\"not sent\"",
				connection->peer.text);
}

/* ---- accepting ---- */

static void fill_start(const struct sj_connection *connection, uint32_t uid,
	struct sj_host_gate_start *start)
{
	const struct sj_host_config *config = connection->supervisor->config;

	start->confine.uid = start->confine.gid = uid;
	start->confine.may_miss = config->may_miss_layers;
	start->confine.log_level = config->log_level;
	start->is_stock_allowed = config->is_stock;
	start->is_certificate_required = config->certificate == 0;
	start->is_none_allowed = config->is_x509none;
	start->is_plain_allowed = config->is_x509plain;
	start->is_guard_allowed = config->is_guard;
	start->is_tls12_allowed = config->is_tls12;
	memcpy(start->zone, config->zone, sizeof(start->zone));
	start->size_max.width_px = (uint16_t)config->width_max;
	start->size_max.height_px = (uint16_t)config->height_max;
	start->handshake_ms = SJ_LIMIT_HANDSHAKE_MS;
	memcpy(start->peer, connection->peer.text, sizeof(start->peer));
	memcpy(start->key_passphrase,
		connection->supervisor->materials.key_passphrase,
		sizeof(start->key_passphrase));
}

static enum sj_err send_start(
	struct sj_connection *connection, uint32_t uid, int socket_fd)
{
	struct sj_host_gate_message message = {.type = SJ_HOST_GATE_START};
	struct sj_ipc_fds fds = {.fd = {socket_fd}, .count = 1};
	enum sj_err err;

	fill_start(connection, uid, &message.u.gate_start);
	sj_material_lend(&connection->supervisor->materials, &fds);
	err = sj_ipc_send(
		connection->gate.control_fd, &message, sizeof(message), &fds);
	explicit_bzero(&message, sizeof(message));
	return err;
}

/* Starts the gate of connection; the socket is kept by the caller. */
static enum sj_err start_gate(struct sj_connection *connection, int socket_fd)
{
	struct sj_supervisor *supervisor = connection->supervisor;
	uint32_t uid;
	struct sj_child_spec spec = {
		.program = "shoji-host-gate", .uids = &uid, .uid_count = 1};
	enum sj_err err = sj_children_take_uid(supervisor->children, &uid);

	if (err != SJ_OK)
		return err;
	err = sj_children_start(supervisor->children, &spec, &connection->gate);
	if (err != SJ_OK) {
		sj_children_give_uid(supervisor->children, uid);
		return err;
	}
	err = send_start(connection, uid, socket_fd);
	if (err == SJ_OK)
		err = sj_loop_add(supervisor->loop, connection->gate.control_fd,
			gate_readable, connection);
	if (err != SJ_OK)
		sj_children_kill(supervisor->children, &connection->gate);
	return err;
}

void sj_connections_welcome(
	void *self, int socket_fd, const struct sj_peer *peer)
{
	struct sj_supervisor *supervisor = self;
	struct sj_connection *connection = calloc(1, sizeof(*connection));
	enum sj_reason reason = SJ_REASON_NONE;

	if (!connection)
		return;
	connection->supervisor = supervisor;
	connection->gate.control_fd = connection->publisher.control_fd = -1;
	connection->started_ms = sj_clock_ms();
	connection->deadline_ms = connection->started_ms + GREETING_MS;
	connection->peer = *peer;
	if (!sj_enter_try(supervisor, peer))
		reason = SJ_REASON_REFUSED_RATE;
	else if (start_gate(connection, socket_fd) != SJ_OK)
		reason = SJ_REASON_LOCAL;
	if (reason != SJ_REASON_NONE) {
		struct sj_event event = event_of(connection, "refuse");

		event.reason = (int)reason;
		sj_supervisor_note(supervisor, &event);
		sj_log(SJ_LOG_WARNING, "refuse peer=%s code=%d",
			connection->peer.text, (int)reason);
		sj_keeping_refused(supervisor, reason);
		free(connection);
		return;
	}
	connection->next = supervisor->connections;
	supervisor->connections = connection;
	supervisor->connection_count++;
	supervisor->connections_seen++;
}
