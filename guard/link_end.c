/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/link_end.h"

#include <string.h>

#include "guard/misses.h"
#include "guard/reach.h"
#include "protocol/base/clock.h"
#include "protocol/base/log.h"

#define PATIENCE_MS 10000 /* who leaves earlier had another cause */

/*
 * What a viewer is told. It comes back by itself when the transport broke; it
 * does not when the host has violated the protocol or is not who it should be.
 */
static enum sj_reason word_of(const struct sj_link *link, enum sj_reason reason)
{
	bool is_joined = link->state == SJ_LINK_JOINED;

	if (sj_reason_is_purpose(reason) || reason == SJ_REASON_REFUSED_LEDGER)
		return reason;
	if (reason >= 500 && reason < 600)
		return is_joined ? SJ_REASON_END_BROKEN : reason;
	if (reason >= 300 && reason < 400)
		return is_joined ? SJ_REASON_END_BROKEN
				 : SJ_REASON_REFUSED_START;
	if (reason >= SJ_REASON_TLS && reason <= SJ_REASON_CLEAR_BYTES)
		return SJ_REASON_REFUSED_START;
	return is_joined ? SJ_REASON_AGENT_GONE : SJ_REASON_UNREACHABLE;
}

bool sj_link_is_same_user(
	const struct sj_link *one, const struct sj_link *other)
{
	return one != other &&
	       (other->state == SJ_LINK_REACHING ||
		       other->state == SJ_LINK_JOINED) &&
	       strcmp(one->user.name, other->user.name) == 0;
}

bool sj_link_has_newer(const struct sj_link *link)
{
	for (const struct sj_link *other = link->guard->links; other;
		other = other->next)
		if (sj_link_is_same_user(link, other) &&
			other->number > link->number)
			return true;
	return false;
}

/* Who goes to another host now; for the log. */
static const char *who_passes_over(const struct sj_link *link, bool is_all)
{
	if (is_all)
		return "all";
	return sj_misses_is_passed_over(&link->guard->misses, link->user.name,
		       link->host, sj_clock_ms())
		       ? link->user.name
		       : "nobody";
}

/* The host of link has let its user (which counts as times) or all down. */
static void blame(struct sj_link *link, bool is_all, unsigned times,
	enum sj_reason reason)
{
	struct sj_guard *guard = link->guard;
	const struct sj_guard_host *host = &guard->config->host[link->host];

	if (is_all)
		sj_reach_failed(guard, link->host, sj_clock_ms());
	else
		sj_misses_add(&guard->misses, link->user.name, link->host,
			times, sj_clock_ms());
	sj_log(SJ_LOG_WARNING,
		"missed number=%llu host=%zu address=%s port=%u code=%d "
		"passed_over_by=%s",
		(unsigned long long)link->number, link->host, host->address,
		host->port, (int)reason, who_passes_over(link, is_all));
}

/* Of the guard's own chain, key or list: another host would fare no better. */
static bool is_own_fault(const struct sj_link *link, enum sj_reason reason)
{
	if (link->is_host_proven)
		return false;
	return reason == SJ_REASON_CRL_MISSING ||
	       reason == SJ_REASON_CRL_EXPIRED ||
	       (reason == SJ_REASON_CERT_OTHER && link->has_inner_closed &&
		       link->inner_closed.is_by_peer);
}

/* What the end of link before its ServerInit says of its host. */
static void note_end(struct sj_link *link, enum sj_reason reason)
{
	/* Nobody is to wait as long again. */
	bool is_hung = reason == SJ_REASON_TIMEOUT_HANDSHAKE;
	bool is_all = sj_reach_is_fault(link, reason);
	bool is_one = reason < SJ_REASON_LOCAL && !link->has_connected &&
		      !sj_link_has_newer(link);

	/* It was never called, or is not to blame. */
	if ((link->inner.id == 0 && reason != SJ_REASON_UNREACHABLE) ||
		is_own_fault(link, reason))
		return;
	if (is_all || is_one)
		blame(link, is_all, is_hung ? SJ_MISSES_ENOUGH : 1, reason);
}

void sj_link_end_left(struct sj_link *link)
{
	if (link->state == SJ_LINK_REACHING && link->inner.id != 0 &&
		link->is_host_proven && !link->has_connected &&
		sj_clock_ms() >= link->called_ms + PATIENCE_MS)
		blame(link, false, 1, SJ_REASON_TIMEOUT_HANDSHAKE);
}

/* True if the user of link will be taken to another host now. */
static bool is_passed_over(const struct sj_link *link)
{
	return sj_reach_choose(link->guard, link->user.name, sj_clock_ms()) !=
	       link->host;
}

enum sj_reason sj_link_end_word(struct sj_link *link, enum sj_reason reason)
{
	const enum sj_reason word = word_of(link, reason);

	if (link->state != SJ_LINK_REACHING || sj_reason_is_purpose(reason))
		return word;
	note_end(link, reason);
	/* With this word the viewer comes back by itself. */
	return is_passed_over(link) ? SJ_REASON_UNREACHABLE : word;
}
