/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/spawn_session.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/connections.h"
#include "host/waiting.h"
#include "protocol/base/clock.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"

#define FORWARDER_MS 10000   /* one that ends earlier has failed */
#define FORWARDER_FAILURES 3 /* in a row that are forgiven */

#define NAMESPACES                                                             \
	(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET |            \
		CLONE_NEWUTS)

static struct sj_event event_of(
	const struct sj_session *session, const char *name)
{
	struct sj_event event = sj_event_of(name);

	event.user = session->name;
	event.zone = session->zone;
	event.session = session->number;
	return event;
}

/* ---- the end ---- */

static void forget_fd(struct sj_session *session, int *fd)
{
	if (*fd < 0)
		return;
	sj_loop_remove(session->supervisor->loop, *fd);
	close(*fd);
	*fd = -1;
}

static void stop_processes(struct sj_session *session)
{
	struct sj_supervisor *supervisor = session->supervisor;

	if (session->init.id != 0)
		sj_loop_remove(supervisor->loop, session->init.control_fd);
	if (session->forwarder.id != 0)
		sj_loop_remove(supervisor->loop, session->forwarder.control_fd);
	forget_fd(session, &session->agent_fd);
	sj_children_kill(supervisor->children, &session->init);
	sj_children_kill(supervisor->children, &session->forwarder);
	if (session->listener_fd >= 0)
		close(session->listener_fd);
	session->listener_fd = -1;
	if (session->has_cgroup && supervisor->dead_group_count <
					   SJ_COUNT(supervisor->dead_groups))
		supervisor->dead_groups[supervisor->dead_group_count++] =
			session->number;
}

void sj_session_end(struct sj_session *session, enum sj_reason reason)
{
	struct sj_supervisor *supervisor = session->supervisor;
	struct sj_event event = event_of(session, "session-end");

	event.reason = (int)reason;
	event.duration_ms = (int64_t)(sj_clock_ms() - session->started_ms);
	sj_supervisor_note(supervisor, &event);
	sj_log(SJ_LOG_INFO, "session number=%u ended=%d text=\"%s\"",
		session->number, (int)reason, sj_reason_text(reason));
	if (session->connection) {
		/* Told as an end of its own kind: no viewer comes back by
		 * itself to a session that breaks again. */
		sj_connection_end(session->connection,
			reason == SJ_REASON_AGENT_GONE ? SJ_REASON_END_BROKEN
						       : reason);
		session->connection->session = NULL;
	}
	stop_processes(session);
	sj_sessions_remove(&supervisor->sessions, session);
	sj_waiting_admit(supervisor);
}

void sj_session_child_gone(void *self, uint64_t id, int wait_status)
{
	struct sj_supervisor *supervisor = self;
	size_t kept = 0;

	(void)id;
	(void)wait_status;
	for (size_t i = 0; i < supervisor->dead_group_count; i++)
		if (sj_cgroup_remove(&supervisor->cgroup,
			    supervisor->dead_groups[i]) == SJ_ERR_AGAIN)
			supervisor->dead_groups[kept++] =
				supervisor->dead_groups[i];
	supervisor->dead_group_count = kept;
}

/* A turn of all agents, before any session is ended. */
static void take_turns(struct sj_supervisor *supervisor)
{
	for (struct sj_session *session = supervisor->sessions.first; session;
		session = session->next)
		if (sj_pulse_is_gone(&session->agent_pulse,
			    SJ_LIMIT_AGENT_PULSES_MISSED, session->agent_fd))
			session->is_hung = true;
}

static enum sj_reason reason_of_time(
	const struct sj_session *session, uint64_t now_ms)
{
	if (!session->is_hung)
		return sj_session_due(
			session, &session->supervisor->limits, now_ms);
	sj_log(SJ_LOG_ERROR, "session number=%u error=\"agent hung\"",
		session->number);
	return SJ_REASON_AGENT_GONE;
}

uint64_t sj_session_tick(struct sj_supervisor *supervisor, uint64_t now_ms)
{
	struct sj_session *session = supervisor->sessions.first;
	/* The turn itself is counted with the connections, behind this. */
	uint64_t next_ms = session ? supervisor->pulse_ms : UINT64_MAX;

	if (now_ms >= supervisor->pulse_ms)
		take_turns(supervisor);
	while (session) {
		struct sj_session *next = session->next;
		enum sj_reason reason = reason_of_time(session, now_ms);

		if (reason != SJ_REASON_NONE) {
			/* Others may start or go with it: look again soon. */
			sj_session_end(session, reason);
			return now_ms;
		}
		if (sj_session_next_ms(session, &supervisor->limits) < next_ms)
			next_ms = sj_session_next_ms(
				session, &supervisor->limits);
		session = next;
	}
	return next_ms;
}

/* ---- messages of its processes ---- */

static void init_ended(
	struct sj_session *session, const struct sj_host_init_ended *ended)
{
	struct sj_event event = event_of(session, "process-end");
	enum sj_reason reason = SJ_REASON_AGENT_GONE;
	char process[sizeof(ended->process) + 1];

	(void)snprintf(process, sizeof(process), "%.*s",
		(int)sizeof(ended->process), ended->process);
	event.process = process;
	sj_supervisor_note(session->supervisor, &event);
	/* Only a browser that left by itself was closed by its user. */
	if (strcmp(process, "browser") == 0 && WIFEXITED(ended->wait_status) &&
		WEXITSTATUS(ended->wait_status) < 128)
		reason = SJ_REASON_END_BROWSER;
	if (session->state == SJ_SESSION_STARTING)
		reason = SJ_REASON_REFUSED_START;
	sj_session_end(session, reason);
}

static void forwarder_readable(void *self, int fd);

static enum sj_err start_forwarder(struct sj_session *session)
{
	struct sj_supervisor *supervisor = session->supervisor;
	const struct sj_host_config *config = supervisor->config;
	struct sj_host_message message = {.type = SJ_HOST_FORWARDER_START};
	struct sj_host_forwarder_start *start = &message.u.forwarder_start;
	struct sj_ipc_fds fds = {.fd = {session->listener_fd}, .count = 1};
	uint32_t uid;
	struct sj_child_spec spec = {
		.program = "shoji-forwarder", .uids = &uid, .uid_count = 1};
	enum sj_err err = sj_children_take_uid(supervisor->children, &uid);

	if (err != SJ_OK)
		return err;
	session->forwarder_ms = sj_clock_ms();
	start->confine.uid = start->confine.gid = uid;
	start->confine.may_miss = config->may_miss_layers;
	start->confine.log_level = config->log_level;
	memcpy(start->upstream_address, config->upstream_address,
		sizeof(start->upstream_address));
	start->upstream_port = config->upstream_port;
	memcpy(start->ports, config->port_list, sizeof(start->ports));
	err = sj_children_start(
		supervisor->children, &spec, &session->forwarder);
	if (err != SJ_OK) {
		sj_children_give_uid(supervisor->children, uid);
		return err;
	}
	err = sj_ipc_send(
		session->forwarder.control_fd, &message, sizeof(message), &fds);
	if (err == SJ_OK)
		err = sj_loop_add(supervisor->loop,
			session->forwarder.control_fd, forwarder_readable,
			session);
	return err;
}

/*
 * It never says anything: this is its end. The browser loses its connections
 * and can make new ones; only a forwarder that does not stay ends the session.
 */
static void forwarder_readable(void *self, int fd)
{
	struct sj_session *session = self;
	struct sj_supervisor *supervisor = session->supervisor;
	struct sj_event event = event_of(session, "process-end");
	uint64_t lived_ms = sj_clock_ms() - session->forwarder_ms;

	event.process = "forwarder";
	sj_supervisor_note(supervisor, &event);
	sj_loop_remove(supervisor->loop, fd);
	sj_children_kill(supervisor->children, &session->forwarder);
	if (lived_ms >= FORWARDER_MS)
		session->forwarder_failures = 0;
	if (++session->forwarder_failures > FORWARDER_FAILURES ||
		start_forwarder(session) != SJ_OK)
		sj_session_end(session, SJ_REASON_AGENT_GONE);
}

static enum sj_err take_listener(
	struct sj_session *session, struct sj_ipc_fds *fds)
{
	if (fds->count != 1 || session->listener_fd >= 0)
		return SJ_ERR_FORMAT;
	session->listener_fd = sj_ipc_take(fds, 0);
	return start_forwarder(session);
}

static void init_message(struct sj_session *session,
	const struct sj_host_message *message, struct sj_ipc_fds *fds)
{
	switch (message->type) {
	case SJ_HOST_INIT_LISTENER:
		if (take_listener(session, fds) != SJ_OK)
			sj_session_end(session, SJ_REASON_REFUSED_START);
		break;
	case SJ_HOST_INIT_READY:
		sj_log(SJ_LOG_INFO, "session number=%u ready_ms=%llu",
			session->number,
			(unsigned long long)(sj_clock_ms() -
					     session->started_ms));
		break;
	case SJ_HOST_INIT_ENDED:
		init_ended(session, &message->u.init_ended);
		break;
	default:
		sj_session_end(session, SJ_REASON_LOCAL);
		break;
	}
}

static enum sj_reason reason_of_loss(const struct sj_session *session)
{
	return session->state == SJ_SESSION_STARTING ? SJ_REASON_REFUSED_START
						     : SJ_REASON_AGENT_GONE;
}

static void init_readable(void *self, int fd)
{
	struct sj_session *session = self;
	struct sj_host_message message;
	struct sj_ipc_fds fds = {.count = 0};
	enum sj_err err = sj_ipc_receive(fd, &message, sizeof(message), &fds);

	if (err == SJ_OK)
		init_message(session, &message, &fds);
	else if (err != SJ_ERR_AGAIN)
		sj_session_end(session, reason_of_loss(session));
	sj_ipc_close(&fds);
}

static void agent_ready(struct sj_session *session)
{
	struct sj_event event = event_of(session, "session-ready");

	if (session->state != SJ_SESSION_STARTING)
		return;
	session->state = SJ_SESSION_RUNNING;
	event.duration_ms = (int64_t)(sj_clock_ms() - session->started_ms);
	sj_supervisor_note(session->supervisor, &event);
	if (session->connection)
		sj_connection_attach(session->connection);
}

static void agent_readable(void *self, int fd)
{
	struct sj_session *session = self;
	struct sj_host_message message;
	enum sj_err err = sj_ipc_receive(fd, &message, sizeof(message), NULL);

	if (err == SJ_ERR_AGAIN)
		return;
	if (err == SJ_ERR_CLOSED) {
		/* Session init says in a moment which process ended. */
		forget_fd(session, &session->agent_fd);
		return;
	}
	if (err == SJ_OK && message.type == SJ_HOST_AGENT_READY)
		agent_ready(session);
	else if (err == SJ_OK && message.type == SJ_HOST_AGENT_ALIVE)
		sj_pulse_hear(&session->agent_pulse);
	else if (err != SJ_OK || message.type != SJ_HOST_AGENT_DETACHED)
		sj_session_end(session, SJ_REASON_LOCAL);
}

enum sj_err sj_session_attach(struct sj_session *session, int fd)
{
	struct sj_host_message message = {.type = SJ_HOST_AGENT_ATTACH};
	struct sj_ipc_fds fds = {.fd = {fd}, .count = 1};

	if (session->agent_fd < 0)
		return SJ_ERR_CLOSED;
	return sj_ipc_send(session->agent_fd, &message, sizeof(message), &fds);
}

/* ---- the start ---- */

static void copy_list(
	char *to, size_t size, size_t count, const struct sj_config_list *list)
{
	for (size_t i = 0; i < count && i < list->count; i++)
		(void)snprintf(to + i * size, size, "%s", list->value[i]);
}

static void fill_start(const struct sj_session *session,
	const uint32_t uids[SJ_CHILD_UIDS], struct sj_host_init_start *start)
{
	const struct sj_supervisor *supervisor = session->supervisor;
	const struct sj_host_config *config = supervisor->config;

	start->agent_uid = start->agent_gid = uids[0];
	start->jail_uid = start->jail_gid = uids[1];
	start->init_uid = start->init_gid = uids[2];
	start->may_miss = config->may_miss_layers;
	start->log_level = config->log_level;
	start->size_max.width_px = (uint16_t)config->width_max;
	start->size_max.height_px = (uint16_t)config->height_max;
	start->size_start.width_px = (uint16_t)config->width;
	start->size_start.height_px = (uint16_t)config->height;
	start->keymap = config->keymap;
	start->capture = config->capture;
	start->browser.is_smooth_scrolling = config->is_smooth_scrolling;
	start->browser.text_antialiasing = config->text_antialiasing;
	start->browser.is_reduced_motion = config->is_reduced_motion;
	start->browser.is_caret_blinking = config->is_caret_blinking;
	start->browser.refresh_hz = config->refresh_hz;
	start->home_max_mib = config->home_max_mib;
	start->is_stock_allowed = config->is_stock;
	start->frames_per_second = config->frames_per_second;
	start->bandwidth_kbit = config->bandwidth_kbit;
	start->is_lossless = config->lossless;
	start->is_chromium = config->words[0][0] == '\0';
	memcpy(start->command, config->words, sizeof(start->command));
	copy_list(start->binds[0], sizeof(start->binds[0]),
		SJ_COUNT(start->binds), &config->binds);
	copy_list(start->browser_flags[0], sizeof(start->browser_flags[0]),
		SJ_COUNT(start->browser_flags), &config->browser_flags);
	memcpy(start->url, config->start_url, sizeof(start->url));
	memcpy(start->libexec, supervisor->libexec, sizeof(start->libexec));
	memcpy(start->policy_file, config->policy_file,
		sizeof(start->policy_file));
}

static void give_uids(
	struct sj_children *children, const uint32_t *uids, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sj_children_give_uid(children, uids[i]);
}

static enum sj_err take_uids(
	struct sj_children *children, uint32_t uids[SJ_CHILD_UIDS])
{
	for (size_t i = 0; i < SJ_CHILD_UIDS; i++) {
		enum sj_err err = sj_children_take_uid(children, &uids[i]);

		if (err == SJ_OK)
			continue;
		give_uids(children, uids, i);
		return err;
	}
	return SJ_OK;
}

static enum sj_err start_init(
	struct sj_session *session, uint32_t uids[SJ_CHILD_UIDS])
{
	struct sj_supervisor *supervisor = session->supervisor;
	struct sj_child_spec spec = {.program = "shoji-session-init",
		.clone_flags =
			NAMESPACES | (supervisor->is_root ? 0 : CLONE_NEWUSER),
		.uids = uids,
		.uid_count = SJ_CHILD_UIDS};
	enum sj_err err = take_uids(supervisor->children, uids);

	if (err != SJ_OK)
		return err;
	err = sj_children_start(supervisor->children, &spec, &session->init);
	if (err != SJ_OK) {
		give_uids(supervisor->children, uids, SJ_CHILD_UIDS);
		return err;
	}
	/* Init starts nothing before START: all will be in the group. */
	if (supervisor->has_cgroup) {
		err = sj_cgroup_add(&supervisor->cgroup, session->number,
			session->init.pid, supervisor->config->memory_max_mib,
			supervisor->config->pids_max);
		session->has_cgroup = err == SJ_OK;
	}
	if (err == SJ_OK)
		err = sj_loop_add(supervisor->loop, session->init.control_fd,
			init_readable, session);
	return err;
}

static enum sj_err send_start(
	struct sj_session *session, const uint32_t uids[SJ_CHILD_UIDS])
{
	struct sj_host_message message = {.type = SJ_HOST_INIT_START};
	struct sj_ipc_fds fds = {.count = 1};
	int pair[2];
	enum sj_err err = sj_ipc_pair(pair);

	if (err != SJ_OK)
		return err;
	fill_start(session, uids, &message.u.init_start);
	fds.fd[0] = pair[1];
	err = sj_ipc_send(
		session->init.control_fd, &message, sizeof(message), &fds);
	close(pair[1]);
	session->agent_fd = pair[0];
	if (fcntl(pair[0], F_SETFL, O_NONBLOCK) != 0)
		err = SJ_ERR_SYSTEM;
	if (err == SJ_OK)
		err = sj_loop_add(session->supervisor->loop, pair[0],
			agent_readable, session);
	return err;
}

struct sj_session *sj_session_start(struct sj_supervisor *supervisor,
	const char *zone, const char *name, bool is_anonymous)
{
	struct sj_session *session = sj_sessions_add(
		&supervisor->sessions, zone, name, is_anonymous, sj_clock_ms());
	struct sj_event event;
	uint32_t uids[SJ_CHILD_UIDS];
	enum sj_err err;

	if (!session)
		return NULL;
	session->supervisor = supervisor;
	err = start_init(session, uids);
	if (err == SJ_OK)
		err = send_start(session, uids);
	if (err != SJ_OK) {
		sj_log(SJ_LOG_ERROR, "session error=\"%s\" errno=\"%s\"",
			sj_err_text(err), strerror(errno));
		stop_processes(session);
		sj_sessions_remove(&supervisor->sessions, session);
		return NULL;
	}
	supervisor->sessions_seen++;
	event = event_of(session, "session-start");
	sj_supervisor_note(supervisor, &event);
	return session;
}
