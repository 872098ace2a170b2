/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/enter.h"

#include <signal.h>

#include "guard/link_start.h"
#include "protocol/base/log.h"
#include "protocol/supervise/half_open.h"

static struct sj_half_opens half_opens_of(const struct sj_guard *guard)
{
	const struct sj_guard_config *config = guard->config;
	struct sj_half_opens opens = {.half_open_max = config->half_open_max,
		.connections_max = config->connections_max,
		.is_short_of_uids = sj_half_opens_is_short(
			guard->children, config->uid_count)};

	/* The newest is the first. */
	for (struct sj_link *link = guard->links; link; link = link->next) {
		if (link->is_evicted)
			opens.going++;
		else
			opens.connections++;
		if (link->state == SJ_LINK_GREETING)
			sj_half_opens_add(&opens, &link->peer,
				link->outer.control_fd, link);
	}
	return opens;
}

static void evict(struct sj_link *link, const struct sj_peer *newcomer)
{
	struct sj_guard *guard = link->guard;

	if (sj_bucket_take(&guard->strangers, sj_clock_us()))
		sj_log(SJ_LOG_WARNING, "evict number=%llu peer=%s for=%s",
			(unsigned long long)link->number, link->peer.text,
			newcomer->text);
	link->is_evicted = true;
	link->state = SJ_LINK_ENDING;
	link->deadline_ms = UINT64_MAX;
	link->reason = SJ_REASON_REFUSED_RATE;
	link->outer_closed.reason = SJ_REASON_REFUSED_RATE;
	link->has_outer_closed = true;
	sj_children_signal(guard->children, &link->outer, SIGKILL);
}

bool sj_enter_try(struct sj_guard *guard, const struct sj_peer *newcomer)
{
	struct sj_half_opens opens;
	void *victim;

	if (guard->is_stopping)
		return false;
	opens = half_opens_of(guard);
	if (!sj_half_opens_judge(&opens, newcomer, &victim))
		return false;
	if (victim)
		evict(victim, newcomer);
	return true;
}
