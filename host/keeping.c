/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/keeping.h"

#include <string.h>

#include "protocol/base/log.h"
#include "protocol/supervise/ledger_gate.h"

/* ---- the writer ---- */

/* What cannot be written down any more does not go on. */
static void lost(void *self, const char *why)
{
	struct sj_supervisor *supervisor = self;

	sj_log(SJ_LOG_ERROR,
		"ledger file=%s error=\"%s\" text=\"no session is let in until "
		"a writer is ready\"",
		supervisor->config->ledger_file, why);
	for (struct sj_connection *connection = supervisor->connections;
		connection; connection = connection->next) {
		if (connection->ledger_ticket == 0)
			continue;
		connection->ledger_ticket = 0;
		connection->is_ledger_awaited = false;
		sj_connection_end(connection, SJ_REASON_REFUSED_LEDGER);
	}
}

/* The opening with this ticket is answered. */
static void answered(void *self, const struct sj_ledger_answer *answer)
{
	struct sj_supervisor *supervisor = self;
	struct sj_connection *connection = supervisor->connections;

	while (connection && connection->ledger_ticket != answer->ticket)
		connection = connection->next;
	/* It may have gone in the meantime. */
	if (!connection || !connection->is_ledger_awaited)
		return;
	connection->is_ledger_awaited = false;
	if (answer->type == SJ_LEDGER_ANSWER_KEPT) {
		if (connection->state == SJ_CONNECTION_STARTING)
			sj_connection_begin(connection);
		return;
	}
	sj_log(SJ_LOG_ERROR, "ledger file=%s peer=%s code=%d error=\"%s\"",
		supervisor->config->ledger_file, connection->peer.text,
		SJ_REASON_REFUSED_LEDGER, strerror(answer->number));
	connection->ledger_ticket = 0;
	sj_connection_end(connection, SJ_REASON_REFUSED_LEDGER);
}

static void no_room(void *self)
{
	struct sj_supervisor *supervisor = self;

	sj_log(SJ_LOG_ERROR,
		"ledger file=%s error=\"no room on the disk\" "
		"text=\"the running sessions are ended\"",
		supervisor->config->ledger_file);
	for (struct sj_connection *connection = supervisor->connections;
		connection; connection = connection->next)
		if (connection->ledger_ticket != 0)
			sj_connection_end(connection, SJ_REASON_REFUSED_LEDGER);
}

enum sj_err sj_keeping_open(
	struct sj_supervisor *supervisor, char *message, size_t size)
{
	static const struct sj_ledger_writer_hooks hooks = {
		.answered = answered, .no_room = no_room, .lost = lost};
	const struct sj_host_config *config = supervisor->config;
	const struct sj_ledger_writer_plan plan = {.loop = supervisor->loop,
		.logs = supervisor->logs,
		.children = supervisor->children,
		.libexec = supervisor->libexec,
		.ledger = {.file = config->ledger_file,
			.keys = config->ledger_keys,
			.place = SJ_LEDGER_PLACE_HOST,
			.version = SJ_VERSION,
			.heartbeat_s = config->ledger_heartbeat_s,
			.may_miss = config->may_miss_layers,
			.log_level = config->log_level},
		.hooks = &hooks,
		.self = supervisor};

	return sj_ledger_writer_open(&supervisor->ledger, &plan, message, size);
}

/* ---- connections ---- */

static enum sj_ledger_peer peer_of(const struct sj_host_gate_user *user)
{
	if (user->role == SJ_HOST_ROLE_GUARD)
		return SJ_LEDGER_PEER_GUARD;
	if (user->role == SJ_HOST_ROLE_ANONYMOUS)
		return SJ_LEDGER_PEER_UNKNOWN;
	return user->is_stock ? SJ_LEDGER_PEER_FOREIGN : SJ_LEDGER_PEER_VIEWER;
}

bool sj_keeping_opened(struct sj_connection *connection)
{
	struct sj_ledger_writer *writer = &connection->supervisor->ledger;
	struct sj_ledger_tell_open open = {
		.peer = (uint8_t)peer_of(&connection->user)};

	if (!sj_ledger_writer_is_wanted(writer))
		return true;
	sj_ledger_gate_serves(&open, &connection->user);
	connection->ledger_ticket = sj_ledger_writer_tell_open(writer, &open);
	connection->is_ledger_awaited = connection->ledger_ticket != 0;
	if (connection->ledger_ticket != 0)
		return false;
	sj_log(SJ_LOG_ERROR, "ledger peer=%s code=%d error=\"no writer\"",
		connection->peer.text, SJ_REASON_REFUSED_LEDGER);
	sj_connection_end(connection, SJ_REASON_REFUSED_LEDGER);
	return false;
}

void sj_keeping_closed(struct sj_connection *connection)
{
	struct sj_ledger_writer *writer = &connection->supervisor->ledger;
	struct sj_ledger_tell_close close;

	memset(&close, 0, sizeof(close));
	close.ticket = connection->ledger_ticket;
	connection->ledger_ticket = 0;
	sj_ledger_gate_served(
		&close, connection->has_closed ? &connection->closed : NULL);
	if (close.ticket != 0)
		sj_ledger_writer_tell_close(writer, &close);
	else
		sj_ledger_writer_tell_refused(
			writer, (enum sj_reason)close.code);
}

void sj_keeping_refused(struct sj_supervisor *supervisor, enum sj_reason reason)
{
	/* Without a writer the event log has it. */
	sj_ledger_writer_tell_refused(&supervisor->ledger, reason);
}
