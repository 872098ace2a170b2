/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/waiting.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "host/spawn_session.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"

static uint32_t place_of(const struct sj_connection *connection)
{
	uint32_t place = 1;

	for (struct sj_connection *other = connection->supervisor->connections;
		other; other = other->next)
		if (other->state == SJ_CONNECTION_WAITING &&
			other->ticket < connection->ticket)
			place++;
	return place;
}

static void tell_places(struct sj_supervisor *supervisor)
{
	struct sj_host_message message = {.type = SJ_HOST_PUBLISHER_PLACE};

	for (struct sj_connection *connection = supervisor->connections;
		connection; connection = connection->next) {
		if (connection->state != SJ_CONNECTION_WAITING)
			continue;
		message.u.place = place_of(connection);
		if (sj_ipc_send(connection->publisher.control_fd, &message,
			    sizeof(message), NULL) != SJ_OK)
			sj_log(SJ_LOG_DEBUG, "publisher peer=%s gone=yes",
				connection->peer.text);
	}
}

/*
 * The place of connection: at the end, or where the same user waits already;
 * that connection is taken over as a session would be.
 */
static uint64_t take_ticket(const struct sj_connection *connection)
{
	struct sj_supervisor *supervisor = connection->supervisor;

	for (struct sj_connection *other = supervisor->connections; other;
		other = other->next) {
		if (other->state != SJ_CONNECTION_WAITING ||
			strcmp(other->user.zone, connection->user.zone) != 0 ||
			strcmp(other->user.name, connection->user.name) != 0)
			continue;
		sj_connection_end(other, SJ_REASON_END_TAKEN_OVER);
		return other->ticket;
	}
	return ++supervisor->last_ticket;
}

void sj_waiting_start(struct sj_connection *connection)
{
	struct sj_supervisor *supervisor = connection->supervisor;
	const struct sj_host_config *config = supervisor->config;
	struct sj_host_message message = {.type = SJ_HOST_PUBLISHER_START};
	struct sj_host_publisher_start *start = &message.u.publisher_start;
	struct sj_ipc_fds fds = {.count = 1};
	uint32_t uid;
	struct sj_child_spec spec = {.program = "shoji-message-publisher",
		.uids = &uid,
		.uid_count = 1};

	connection->ticket = take_ticket(connection);
	start->size.width_px = (uint16_t)config->width;
	start->size.height_px = (uint16_t)config->height;
	start->place = place_of(connection);
	start->confine.may_miss = config->may_miss_layers;
	start->confine.log_level = config->log_level;
	if (sj_children_take_uid(supervisor->children, &uid) != SJ_OK) {
		sj_connection_end(connection, SJ_REASON_REFUSED_FULL);
		return;
	}
	start->confine.uid = start->confine.gid = uid;
	if (sj_children_start(supervisor->children, &spec,
		    &connection->publisher) != SJ_OK) {
		sj_children_give_uid(supervisor->children, uid);
		sj_connection_end(connection, SJ_REASON_REFUSED_FULL);
		return;
	}
	connection->state = SJ_CONNECTION_WAITING;
	fds.fd[0] = sj_connection_attach_gate(connection);
	if (fds.fd[0] < 0 || sj_ipc_send(connection->publisher.control_fd,
				     &message, sizeof(message), &fds) != SJ_OK)
		sj_connection_end(connection, SJ_REASON_REFUSED_FULL);
	if (fds.fd[0] >= 0)
		close(fds.fd[0]);
}

static struct sj_connection *first_waiting(
	const struct sj_supervisor *supervisor)
{
	struct sj_connection *first = NULL;

	for (struct sj_connection *connection = supervisor->connections;
		connection; connection = connection->next)
		if (connection->state == SJ_CONNECTION_WAITING &&
			(!first || connection->ticket < first->ticket))
			first = connection;
	return first;
}

void sj_waiting_admit(struct sj_supervisor *supervisor)
{
	struct sj_connection *connection;

	while (!supervisor->is_stopping &&
		supervisor->sessions.count < supervisor->config->sessions_max &&
		(connection = first_waiting(supervisor))) {
		/*
		 * The session is started for the user, without a connection:
		 * the gate ends without a good-bye, so the viewer comes back by
		 * itself and finds it.
		 */
		if (!sj_session_start(supervisor, connection->user.zone,
			    connection->user.name, false))
			return;
		sj_connection_end(connection, SJ_REASON_CLOSED);
	}
	tell_places(supervisor);
}
