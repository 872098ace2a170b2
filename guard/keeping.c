/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/keeping.h"

#include <string.h>

#include "protocol/base/log.h"
#include "protocol/supervise/ledger_gate.h"

/* ---- the writer ---- */

/* What cannot be written down any more does not go on. */
static void lost(void *self, const char *why)
{
	struct sj_guard *guard = self;

	sj_log(SJ_LOG_ERROR,
		"ledger file=%s error=\"%s\" text=\"nobody is let in until a "
		"writer is ready\"",
		guard->config->ledger_file, why);
	for (struct sj_link *link = guard->links; link; link = link->next) {
		if (link->outer_ticket == 0 && link->inner_ticket == 0)
			continue;
		link->outer_ticket = link->inner_ticket = 0;
		link->is_outer_awaited = link->is_inner_awaited = false;
		guard->keeping->refused(link, SJ_REASON_REFUSED_LEDGER);
	}
}

/* The opening with this ticket is answered. */
static void answered(void *self, const struct sj_ledger_answer *answer)
{
	struct sj_guard *guard = self;
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
		sj_log(SJ_LOG_ERROR,
			"ledger file=%s number=%llu code=%d error=\"%s\"",
			guard->config->ledger_file,
			(unsigned long long)link->number,
			SJ_REASON_REFUSED_LEDGER, strerror(answer->number));
		*(is_outer ? &link->outer_ticket : &link->inner_ticket) = 0;
		guard->keeping->refused(link, SJ_REASON_REFUSED_LEDGER);
	}
}

static void no_room(void *self)
{
	struct sj_guard *guard = self;

	sj_log(SJ_LOG_ERROR,
		"ledger file=%s error=\"no room on the disk\" "
		"text=\"the running connections are ended\"",
		guard->config->ledger_file);
	for (struct sj_link *link = guard->links; link; link = link->next)
		if (link->outer_ticket != 0)
			guard->keeping->refused(link, SJ_REASON_REFUSED_LEDGER);
}

enum sj_err sj_keeping_open(struct sj_guard *guard,
	const struct sj_keeping_hooks *hooks, char *message, size_t size)
{
	static const struct sj_ledger_writer_hooks writer_hooks = {
		.answered = answered, .no_room = no_room, .lost = lost};
	const struct sj_guard_config *config = guard->config;
	const struct sj_ledger_writer_plan plan = {.loop = guard->loop,
		.logs = guard->logs,
		.children = guard->children,
		.libexec = config->libexec,
		.ledger = {.file = config->ledger_file,
			.keys = config->ledger_keys,
			.place = SJ_LEDGER_PLACE_GUARD,
			.version = SJ_VERSION,
			.heartbeat_s = config->ledger_heartbeat_s,
			.may_miss = config->may_miss_layers,
			.log_level = config->log_level},
		.hooks = &writer_hooks,
		.self = guard};

	guard->keeping = hooks;
	return sj_ledger_writer_open(&guard->ledger, &plan, message, size);
}

/* ---- links ---- */

/* The ticket of an opening that is under way; 0: link has been refused. */
static uint64_t tell_open(
	struct sj_link *link, struct sj_ledger_tell_open *open)
{
	struct sj_guard *guard = link->guard;
	uint64_t ticket = sj_ledger_writer_tell_open(&guard->ledger, open);

	if (ticket != 0)
		return ticket;
	sj_log(SJ_LOG_ERROR, "ledger number=%llu code=%d error=\"no writer\"",
		(unsigned long long)link->number, SJ_REASON_REFUSED_LEDGER);
	guard->keeping->refused(link, SJ_REASON_REFUSED_LEDGER);
	return 0;
}

bool sj_keeping_outer(struct sj_link *link)
{
	struct sj_ledger_tell_open open = {.peer = SJ_LEDGER_PEER_VIEWER};

	if (!sj_ledger_writer_is_wanted(&link->guard->ledger))
		return true;
	sj_ledger_gate_serves(&open, &link->user);
	link->outer_ticket = tell_open(link, &open);
	link->is_outer_awaited = link->outer_ticket != 0;
	return false;
}

bool sj_keeping_inner(
	struct sj_link *link, const struct sj_viewer_gate_connected *peer)
{
	struct sj_ledger_tell_open open = {.linked_ticket = link->outer_ticket,
		.peer = SJ_LEDGER_PEER_HOST};

	if (!sj_ledger_writer_is_wanted(&link->guard->ledger))
		return true;
	sj_ledger_gate_shows(&open, peer);
	link->inner_ticket = tell_open(link, &open);
	link->is_inner_awaited = link->inner_ticket != 0;
	return false;
}

void sj_keeping_closed(struct sj_link *link)
{
	struct sj_ledger_writer *writer = &link->guard->ledger;
	struct sj_ledger_tell_close outer, inner;

	memset(&outer, 0, sizeof(outer));
	memset(&inner, 0, sizeof(inner));
	outer.ticket = link->outer_ticket;
	inner.ticket = link->inner_ticket;
	link->outer_ticket = link->inner_ticket = 0;
	sj_ledger_gate_served(
		&outer, link->has_outer_closed ? &link->outer_closed : NULL);
	sj_ledger_gate_shown(
		&inner, link->has_inner_closed ? &link->inner_closed : NULL);
	if (inner.ticket != 0)
		sj_ledger_writer_tell_close(writer, &inner);
	if (outer.ticket != 0)
		sj_ledger_writer_tell_close(writer, &outer);
	else
		sj_ledger_writer_tell_refused(
			writer, (enum sj_reason)outer.code);
}
