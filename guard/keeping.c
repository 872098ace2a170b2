/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/keeping.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "protocol/base/clock.h"
#include "protocol/base/log.h"
#include "protocol/supervise/child_log.h"

#define READY_MS 10000 /* at the start */
#define RETRY_MS 5000
#define STOP_MS 5000
#define COUNT_DROPPED 14 /* keys and motions that did not cross */

#ifndef SJ_VERSION
#define SJ_VERSION "unknown"
#endif

_Static_assert(
	sizeof(struct sj_host_counts) == sizeof(struct sj_ledger_tell_counts) &&
		sizeof(struct sj_viewer_counts) ==
			sizeof(struct sj_ledger_tell_counts),
	"counters differ");

static bool is_wanted(const struct sj_guard *guard)
{
	return guard->config->ledger_file[0] != '\0';
}

/* ---- the writer ---- */

static void writer_readable(void *self, int fd);

static enum sj_err start_writer(struct sj_guard *guard, char *why, size_t size)
{
	const struct sj_guard_config *config = guard->config;
	char program[300];
	struct sj_ledger_plan plan = {.program = program,
		.file = config->ledger_file,
		.keys = config->ledger_keys,
		.place = SJ_LEDGER_PLACE_GUARD,
		.version = SJ_VERSION,
		.heartbeat_s = config->ledger_heartbeat_s,
		.uid = guard->ledger_uid,
		.gid = guard->ledger_uid,
		.may_miss = config->may_miss_layers,
		.log_level = config->log_level};
	enum sj_err err = sj_child_logs_add(guard->logs, &plan.stderr_fd);

	(void)snprintf(why, size, "no descriptor for its log");
	(void)snprintf(
		program, sizeof(program), "%s/shoji-ledger", config->libexec);
	if (!config->libexec[0] || access(program, X_OK) != 0)
		plan.program = NULL;
	if (err != SJ_OK)
		return err;
	err = sj_ledger_start(&guard->ledger, &plan, why, size);
	(void)close(plan.stderr_fd);
	return err;
}

static enum sj_err watch_writer(struct sj_guard *guard)
{
	guard->ledger_retry_ms = UINT64_MAX;
	return sj_loop_add(
		guard->loop, guard->ledger.fd, writer_readable, guard);
}

/* What cannot be written down any more does not go on. */
static void lose_writer(struct sj_guard *guard, const char *why)
{
	sj_log(SJ_LOG_ERROR,
		"ledger error=\"%s\" text=\"nobody is let in until a writer "
		"is ready\"",
		why);
	if (guard->ledger.fd >= 0)
		sj_loop_remove(guard->loop, guard->ledger.fd);
	sj_ledger_drop(&guard->ledger);
	guard->ledger_retry_ms = sj_clock_ms() + RETRY_MS;
	for (struct sj_link *link = guard->links; link; link = link->next) {
		if (link->outer_ticket == 0 && link->inner_ticket == 0)
			continue;
		link->outer_ticket = link->inner_ticket = 0;
		link->is_outer_awaited = link->is_inner_awaited = false;
		guard->keeping->refused(link, SJ_REASON_REFUSED_LEDGER);
	}
}

/* The opening with this ticket is answered. */
static void answered(
	struct sj_guard *guard, const struct sj_ledger_answer *answer)
{
	struct sj_link *link = guard->links;
	bool is_outer, is_kept = answer->type == SJ_LEDGER_ANSWER_KEPT;

	while (link && link->outer_ticket != answer->ticket &&
		link->inner_ticket != answer->ticket)
		link = link->next;
	/* It may have gone in the meantime. */
	if (!link)
		return;
	is_outer = link->outer_ticket == answer->ticket;
	if (!(is_outer ? link->is_outer_awaited : link->is_inner_awaited))
		return;
	*(is_outer ? &link->is_outer_awaited : &link->is_inner_awaited) = false;
	if (is_kept && is_outer) {
		guard->keeping->outer_kept(link);
	} else if (is_kept) {
		guard->keeping->inner_kept(link);
	} else {
		sj_log(SJ_LOG_ERROR, "ledger number=%llu code=%d error=\"%s\"",
			(unsigned long long)link->number,
			SJ_REASON_REFUSED_LEDGER, strerror(answer->number));
		*(is_outer ? &link->outer_ticket : &link->inner_ticket) = 0;
		guard->keeping->refused(link, SJ_REASON_REFUSED_LEDGER);
	}
}

static void end_kept(struct sj_guard *guard)
{
	sj_log(SJ_LOG_ERROR, "ledger error=\"no room on the disk\" "
			     "text=\"the running connections are ended\"");
	for (struct sj_link *link = guard->links; link; link = link->next)
		if (link->outer_ticket != 0)
			guard->keeping->refused(link, SJ_REASON_REFUSED_LEDGER);
}

static void writer_readable(void *self, int fd)
{
	struct sj_guard *guard = self;
	struct sj_ledger_answer answer;
	enum sj_err err = sj_ledger_next(&guard->ledger, &answer);

	(void)fd;
	if (err == SJ_ERR_AGAIN)
		return;
	if (err != SJ_OK)
		lose_writer(guard, "the writer has ended");
	else if (answer.type == SJ_LEDGER_ANSWER_READY)
		sj_log(SJ_LOG_INFO, "ledger ready=yes");
	else if (answer.type == SJ_LEDGER_ANSWER_NO_ROOM)
		end_kept(guard);
	else
		answered(guard, &answer);
}

enum sj_err sj_keeping_open(struct sj_guard *guard,
	const struct sj_keeping_hooks *hooks, char *message, size_t size)
{
	char why[400];
	enum sj_err err;

	guard->keeping = hooks;
	guard->ledger = SJ_LEDGER_NONE;
	guard->ledger_retry_ms = UINT64_MAX;
	if (!is_wanted(guard))
		return SJ_OK;
	err = sj_children_take_uid(guard->children, &guard->ledger_uid);
	if (err == SJ_OK)
		err = start_writer(guard, why, sizeof(why));
	if (err != SJ_OK) {
		(void)snprintf(message, size, "[ledger] %s", why);
		return err;
	}
	if (sj_ledger_await_ready(&guard->ledger, READY_MS) != SJ_OK) {
		lose_writer(guard, "the writer did not get ready");
		return SJ_OK;
	}
	return watch_writer(guard);
}

/* ---- links ---- */

/* The ticket of an opening that is under way; 0: link has been refused. */
static uint64_t tell_open(
	struct sj_link *link, struct sj_ledger_tell_open *open)
{
	struct sj_guard *guard = link->guard;
	enum sj_err err = SJ_ERR_CLOSED;

	open->ticket = guard->last_ledger_ticket + 1;
	if (guard->ledger.is_ready) {
		err = sj_ledger_tell_open(&guard->ledger, open);
		if (err != SJ_OK)
			lose_writer(guard, "the writer does not listen");
	}
	explicit_bzero(open->exporter, sizeof(open->exporter));
	if (err == SJ_OK)
		return ++guard->last_ledger_ticket;
	sj_log(SJ_LOG_ERROR, "ledger number=%llu code=%d error=\"no writer\"",
		(unsigned long long)link->number, SJ_REASON_REFUSED_LEDGER);
	guard->keeping->refused(link, SJ_REASON_REFUSED_LEDGER);
	return 0;
}

bool sj_keeping_outer(struct sj_link *link)
{
	const struct sj_host_gate_user *user = &link->user;
	struct sj_ledger_tell_open open = {
		.side = SJ_LEDGER_SERVES, .peer = SJ_LEDGER_PEER_VIEWER};

	if (!is_wanted(link->guard))
		return true;
	memcpy(open.zone, user->zone, sizeof(open.zone));
	memcpy(open.name, user->name, sizeof(open.name));
	memcpy(open.exporter, user->exporter, sizeof(open.exporter));
	memcpy(open.spki_sha256, user->spki_sha256, sizeof(open.spki_sha256));
	link->outer_ticket = tell_open(link, &open);
	link->is_outer_awaited = link->outer_ticket != 0;
	return false;
}

bool sj_keeping_inner(
	struct sj_link *link, const struct sj_viewer_gate_connected *peer)
{
	struct sj_ledger_tell_open open = {.linked_ticket = link->outer_ticket,
		.side = SJ_LEDGER_SHOWS,
		.peer = SJ_LEDGER_PEER_HOST};

	if (!is_wanted(link->guard))
		return true;
	memcpy(open.zone, peer->zone, sizeof(open.zone));
	memcpy(open.name, peer->name, sizeof(open.name));
	memcpy(open.exporter, peer->exporter, sizeof(open.exporter));
	memcpy(open.spki_sha256, peer->spki_sha256, sizeof(open.spki_sha256));
	link->inner_ticket = tell_open(link, &open);
	link->is_inner_awaited = link->inner_ticket != 0;
	return false;
}

static void fill_outer(
	const struct sj_link *link, struct sj_ledger_tell_close *close)
{
	const struct sj_host_gate_closed *closed = &link->outer_closed;

	close->ticket = link->outer_ticket;
	close->code = SJ_REASON_LOCAL;
	if (!link->has_outer_closed)
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

static void fill_inner(
	const struct sj_link *link, struct sj_ledger_tell_close *close)
{
	const struct sj_viewer_gate_closed *closed = &link->inner_closed;

	close->ticket = link->inner_ticket;
	close->code = SJ_REASON_LOCAL;
	if (!link->has_inner_closed)
		return;
	close->code = closed->reason;
	close->has_counts = 1;
	close->is_by_peer = closed->is_by_peer != 0;
	close->pixels = closed->pixels;
	close->received_bytes = closed->wire_in_bytes;
	close->sent_bytes = closed->wire_out_bytes;
	memcpy(&close->table[0], &closed->sent, sizeof(close->table[0]));
	for (size_t i = COUNT_DROPPED; i < SJ_LEDGER_COUNTERS; i++)
		close->table[0].count[i] = closed->viewer.count[i];
	memcpy(&close->table[1], &closed->host, sizeof(close->table[1]));
	memcpy(&close->table[2], &closed->encodings, sizeof(close->table[2]));
}

void sj_keeping_closed(struct sj_link *link)
{
	struct sj_guard *guard = link->guard;
	struct sj_ledger_tell_close outer, inner;
	enum sj_err err = SJ_OK;

	if (!is_wanted(guard) || !guard->ledger.is_ready)
		return;
	memset(&outer, 0, sizeof(outer));
	memset(&inner, 0, sizeof(inner));
	fill_outer(link, &outer);
	fill_inner(link, &inner);
	link->outer_ticket = link->inner_ticket = 0;
	if (inner.ticket != 0)
		err = sj_ledger_tell_close(&guard->ledger, &inner);
	if (err == SJ_OK && outer.ticket != 0)
		err = sj_ledger_tell_close(&guard->ledger, &outer);
	if (err == SJ_OK && outer.ticket == 0)
		err = sj_ledger_tell_refused(
			&guard->ledger, (enum sj_reason)outer.code);
	if (err != SJ_OK)
		lose_writer(guard, "the writer does not listen");
}

/* ---- time ---- */

uint64_t sj_keeping_tick(struct sj_guard *guard, uint64_t now_ms)
{
	char why[400];

	if (!is_wanted(guard))
		return UINT64_MAX;
	if (sj_ledger_is_late(&guard->ledger, now_ms))
		lose_writer(guard, "the writer is late");
	if (now_ms >= guard->ledger_retry_ms) {
		if (start_writer(guard, why, sizeof(why)) != SJ_OK)
			lose_writer(guard, why);
		else if (watch_writer(guard) != SJ_OK)
			lose_writer(guard, "it cannot be watched");
	}
	return guard->ledger_retry_ms < guard->ledger.deadline_ms
		       ? guard->ledger_retry_ms
		       : guard->ledger.deadline_ms;
}

void sj_keeping_close(struct sj_guard *guard)
{
	if (guard->ledger.fd >= 0 && guard->loop)
		sj_loop_remove(guard->loop, guard->ledger.fd);
	sj_ledger_finish(&guard->ledger, STOP_MS);
}
