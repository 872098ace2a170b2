/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/keeping.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "protocol/base/clock.h"
#include "protocol/base/log.h"
#include "protocol/supervise/child_log.h"
#include "protocol/supervise/children.h"

#define READY_MS 10000 /* at the start */
#define RETRY_MS 5000
#define STOP_MS 5000

_Static_assert(
	sizeof(struct sj_host_counts) == sizeof(struct sj_ledger_tell_counts),
	"counters differ");

static bool is_wanted(const struct sj_supervisor *supervisor)
{
	return supervisor->config->ledger_file[0] != '\0';
}

/* ---- the writer ---- */

static void writer_readable(void *self, int fd);

static enum sj_err start_writer(
	struct sj_supervisor *supervisor, char *why, size_t size)
{
	const struct sj_host_config *config = supervisor->config;
	char program[300];
	struct sj_ledger_plan plan = {.program = program,
		.file = config->ledger_file,
		.keys = config->ledger_keys,
		.place = SJ_LEDGER_PLACE_HOST,
		.version = SJ_VERSION,
		.heartbeat_s = config->ledger_heartbeat_s,
		.uid = supervisor->ledger_uid,
		.gid = supervisor->ledger_uid,
		.may_miss = config->may_miss_layers,
		.log_level = config->log_level};
	enum sj_err err = sj_child_logs_add(supervisor->logs, &plan.stderr_fd);

	(void)snprintf(why, size, "no descriptor for its log");
	(void)snprintf(program, sizeof(program), "%s/shoji-ledger",
		supervisor->libexec);
	if (access(program, X_OK) != 0)
		plan.program = NULL;
	if (err != SJ_OK)
		return err;
	err = sj_ledger_start(&supervisor->ledger, &plan, why, size);
	(void)close(plan.stderr_fd);
	return err;
}

static enum sj_err watch_writer(struct sj_supervisor *supervisor)
{
	supervisor->ledger_retry_ms = UINT64_MAX;
	return sj_loop_add(supervisor->loop, supervisor->ledger.fd,
		writer_readable, supervisor);
}

/* What cannot be written down any more does not go on. */
static void lose_writer(struct sj_supervisor *supervisor, const char *why)
{
	sj_log(SJ_LOG_ERROR,
		"ledger error=\"%s\" text=\"no session is let in until a "
		"writer is ready\"",
		why);
	if (supervisor->ledger.fd >= 0)
		sj_loop_remove(supervisor->loop, supervisor->ledger.fd);
	sj_ledger_drop(&supervisor->ledger);
	supervisor->ledger_retry_ms = sj_clock_ms() + RETRY_MS;
	for (struct sj_connection *connection = supervisor->connections;
		connection; connection = connection->next) {
		if (connection->ledger_ticket == 0)
			continue;
		connection->ledger_ticket = 0;
		connection->is_ledger_awaited = false;
		sj_connection_end(connection, SJ_REASON_REFUSED_LEDGER);
	}
}

static void answered(
	struct sj_supervisor *supervisor, const struct sj_ledger_answer *answer)
{
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
	sj_log(SJ_LOG_ERROR, "ledger peer=%s code=%d error=\"%s\"",
		connection->peer, SJ_REASON_REFUSED_LEDGER,
		strerror(answer->number));
	connection->ledger_ticket = 0;
	sj_connection_end(connection, SJ_REASON_REFUSED_LEDGER);
}

static void end_kept(struct sj_supervisor *supervisor)
{
	sj_log(SJ_LOG_ERROR, "ledger error=\"no room on the disk\" "
			     "text=\"the running sessions are ended\"");
	for (struct sj_connection *connection = supervisor->connections;
		connection; connection = connection->next)
		if (connection->ledger_ticket != 0)
			sj_connection_end(connection, SJ_REASON_REFUSED_LEDGER);
}

static void writer_readable(void *self, int fd)
{
	struct sj_supervisor *supervisor = self;
	struct sj_ledger_answer answer;
	enum sj_err err = sj_ledger_next(&supervisor->ledger, &answer);

	(void)fd;
	if (err == SJ_ERR_AGAIN)
		return;
	if (err != SJ_OK)
		lose_writer(supervisor, "the writer has ended");
	else if (answer.type == SJ_LEDGER_ANSWER_READY)
		sj_log(SJ_LOG_INFO, "ledger ready=yes");
	else if (answer.type == SJ_LEDGER_ANSWER_NO_ROOM)
		end_kept(supervisor);
	else
		answered(supervisor, &answer);
}

enum sj_err sj_keeping_open(
	struct sj_supervisor *supervisor, char *message, size_t size)
{
	char why[400];
	enum sj_err err;

	if (!is_wanted(supervisor))
		return SJ_OK;
	err = sj_children_take_uid(
		supervisor->children, &supervisor->ledger_uid);
	if (err == SJ_OK)
		err = start_writer(supervisor, why, sizeof(why));
	if (err != SJ_OK) {
		(void)snprintf(message, size, "[ledger] %s", why);
		return err;
	}
	if (sj_ledger_await_ready(&supervisor->ledger, READY_MS) != SJ_OK) {
		lose_writer(supervisor, "the writer did not get ready");
		return SJ_OK;
	}
	return watch_writer(supervisor);
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
	struct sj_supervisor *supervisor = connection->supervisor;
	const struct sj_host_gate_user *user = &connection->user;
	struct sj_ledger_tell_open open = {
		.ticket = supervisor->last_ledger_ticket + 1,
		.side = SJ_LEDGER_SERVES,
		.peer = (uint8_t)peer_of(user)};
	enum sj_err err = SJ_ERR_CLOSED;

	if (!is_wanted(supervisor))
		return true;
	memcpy(open.zone, user->zone, sizeof(open.zone));
	memcpy(open.name, user->name, sizeof(open.name));
	memcpy(open.exporter, user->exporter, sizeof(open.exporter));
	memcpy(open.spki_sha256, user->spki_sha256, sizeof(open.spki_sha256));
	if (supervisor->ledger.is_ready) {
		err = sj_ledger_tell_open(&supervisor->ledger, &open);
		if (err != SJ_OK)
			lose_writer(supervisor, "the writer does not listen");
	}
	explicit_bzero(open.exporter, sizeof(open.exporter));
	if (err != SJ_OK) {
		sj_log(SJ_LOG_ERROR,
			"ledger peer=%s code=%d error=\"no writer\"",
			connection->peer, SJ_REASON_REFUSED_LEDGER);
		sj_connection_end(connection, SJ_REASON_REFUSED_LEDGER);
		return false;
	}
	supervisor->last_ledger_ticket++;
	connection->ledger_ticket = open.ticket;
	connection->is_ledger_awaited = true;
	return false;
}

static void fill_close(const struct sj_connection *connection,
	struct sj_ledger_tell_close *close)
{
	const struct sj_host_gate_closed *closed = &connection->closed;

	close->ticket = connection->ledger_ticket;
	close->code = SJ_REASON_LOCAL;
	if (!connection->has_closed)
		return;
	close->code = closed->reason;
	close->has_counts = 1;
	close->pixels = closed->pixels;
	close->received_bytes = closed->received_bytes;
	close->sent_bytes = closed->sent_bytes;
	memcpy(&close->table[0], &closed->viewer, sizeof(close->table[0]));
	memcpy(&close->table[1], &closed->host, sizeof(close->table[1]));
	memcpy(&close->table[2], &closed->encodings, sizeof(close->table[2]));
}

void sj_keeping_closed(struct sj_connection *connection)
{
	struct sj_supervisor *supervisor = connection->supervisor;
	struct sj_ledger_tell_close close;

	if (!is_wanted(supervisor))
		return;
	if (connection->ledger_ticket == 0) {
		sj_keeping_refused(supervisor,
			connection->has_closed
				? (enum sj_reason)connection->closed.reason
				: SJ_REASON_LOCAL);
		return;
	}
	memset(&close, 0, sizeof(close));
	fill_close(connection, &close);
	connection->ledger_ticket = 0;
	if (sj_ledger_tell_close(&supervisor->ledger, &close) != SJ_OK)
		lose_writer(supervisor, "the writer does not listen");
}

void sj_keeping_refused(struct sj_supervisor *supervisor, enum sj_reason reason)
{
	if (!is_wanted(supervisor) || !supervisor->ledger.is_ready)
		return; /* the event log has it */
	if (sj_ledger_tell_refused(&supervisor->ledger, reason) != SJ_OK)
		lose_writer(supervisor, "the writer does not listen");
}

/* ---- time ---- */

uint64_t sj_keeping_tick(struct sj_supervisor *supervisor, uint64_t now_ms)
{
	char why[400];

	if (!is_wanted(supervisor))
		return UINT64_MAX;
	if (sj_ledger_is_late(&supervisor->ledger, now_ms))
		lose_writer(supervisor, "the writer is late");
	if (now_ms >= supervisor->ledger_retry_ms) {
		if (start_writer(supervisor, why, sizeof(why)) != SJ_OK)
			lose_writer(supervisor, why);
		else if (watch_writer(supervisor) != SJ_OK)
			lose_writer(supervisor, "it cannot be watched");
	}
	return supervisor->ledger_retry_ms < supervisor->ledger.deadline_ms
		       ? supervisor->ledger_retry_ms
		       : supervisor->ledger.deadline_ms;
}

void sj_keeping_close(struct sj_supervisor *supervisor)
{
	if (supervisor->ledger.fd >= 0 && supervisor->loop)
		sj_loop_remove(supervisor->loop, supervisor->ledger.fd);
	sj_ledger_finish(&supervisor->ledger, STOP_MS);
}
