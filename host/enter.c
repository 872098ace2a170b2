/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/enter.h"

#include "host/connections.h"
#include "protocol/base/log.h"
#include "protocol/supervise/half_open.h"

static struct sj_half_opens half_opens_of(
	const struct sj_supervisor *supervisor)
{
	const struct sj_host_config *config = supervisor->config;
	struct sj_half_opens opens = {.half_open_max = config->half_open_max,
		.connections_max = config->connections_max,
		.is_short_of_uids = sj_half_opens_is_short(
			supervisor->children, config->uid_count)};

	/* The newest is the first. */
	for (struct sj_connection *connection = supervisor->connections;
		connection; connection = connection->next) {
		if (connection->is_evicted)
			opens.going++;
		else
			opens.connections++;
		if (connection->state == SJ_CONNECTION_GREETING)
			sj_half_opens_add(&opens, &connection->peer,
				connection->gate.control_fd, connection);
	}
	return opens;
}

static void evict(
	struct sj_connection *connection, const struct sj_peer *newcomer)
{
	struct sj_supervisor *supervisor = connection->supervisor;

	if (sj_bucket_take(&supervisor->strangers, sj_clock_us()))
		sj_log(SJ_LOG_WARNING, "evict peer=%s for=%s",
			connection->peer.text, newcomer->text);
	connection->is_evicted = true;
	connection->state = SJ_CONNECTION_ENDING;
	connection->deadline_ms = UINT64_MAX;
	connection->closed.reason = SJ_REASON_REFUSED_RATE;
	connection->has_closed = true;
	sj_children_signal(supervisor->children, &connection->gate, SIGKILL);
}

bool sj_enter_try(
	struct sj_supervisor *supervisor, const struct sj_peer *newcomer)
{
	struct sj_half_opens opens = half_opens_of(supervisor);
	void *victim;

	if (!sj_half_opens_judge(&opens, newcomer, &victim))
		return false;
	if (victim)
		evict(victim, newcomer);
	return true;
}
