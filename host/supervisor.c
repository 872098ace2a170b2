/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certs/crl_judge.h"
#include "host/browser_command.h"
#include "host/connections.h"
#include "host/control_socket.h"
#include "host/keeping.h"
#include "host/session_display.h"
#include "host/spawn_session.h"
#include "host/watcher.h"
#include "protocol/base/clock.h"
#include "protocol/base/confine.h"
#include "protocol/base/log.h"
#include "protocol/base/signals.h"
#include "protocol/base/spawn.h"
#include "protocol/supervise/descriptors.h"
#include "protocol/supervise/half_open.h"

#define REFRESH_MS 2000 /* how soon a new revocation list is seen */
#define GOODBYE_MS 3000 /* gates get this long to say the end */
#define SAME_CALL_MS 500
#define GROUPS_MS 500
#define STRANGERS_PER_SECOND 10
#define STRANGERS_BURST 500
/* Of a connection: its gate and, while it waits, a publisher. */
#define CONNECTION_DESCRIPTORS (2 * SJ_DESCRIPTORS_OF_CHILD)
/* Of a session: init and forwarder, and four between them. */
#define SESSION_DESCRIPTORS (2 * SJ_DESCRIPTORS_OF_CHILD + 4)

void sj_supervisor_note(
	struct sj_supervisor *supervisor, const struct sj_event *event)
{
	struct sj_event line = *event;

	if (event->peer && !event->user &&
		!sj_bucket_take(&supervisor->strangers, sj_clock_us())) {
		supervisor->dropped++;
		return;
	}
	line.dropped = supervisor->dropped;
	supervisor->dropped = 0;
	if (sj_event_log_write(supervisor->event_fd, &line) != SJ_OK)
		sj_log(SJ_LOG_ERROR, "event_log error=\"%s\"", strerror(errno));
}

/* ---- opening ---- */

static enum sj_err find_places(
	struct sj_supervisor *supervisor, char *message, size_t size)
{
	const struct sj_host_config *config = supervisor->config;
	char path[512];
	char *slash;

	if (config->libexec[0])
		(void)snprintf(path, sizeof(path), "%s/x", config->libexec);
	else if (sj_spawn_program_path("shoji-host-gate", path, sizeof(path)) !=
		 SJ_OK)
		return SJ_ERR_SYSTEM;
	slash = strrchr(path, '/');
	*slash = '\0';
	if (strlen(path) >= sizeof(supervisor->libexec)) {
		(void)snprintf(message, size, "[paths] libexec: too long");
		return SJ_ERR_LIMIT;
	}
	memcpy(supervisor->libexec, path, strlen(path) + 1);
	(void)snprintf(path, sizeof(path), "%s", config->state_dir);
	if (!path[0] &&
		sj_control_socket_default_dir(path, sizeof(path)) != SJ_OK)
		return SJ_ERR_LIMIT;
	if (strlen(path) >= sizeof(supervisor->state_dir)) {
		(void)snprintf(message, size, "[paths] state_dir: too long");
		return SJ_ERR_LIMIT;
	}
	memcpy(supervisor->state_dir, path, strlen(path) + 1);
	return SJ_OK;
}

/* Better now than at the first session: what is missing on this machine. */
static enum sj_err check_programs(
	const struct sj_supervisor *supervisor, char *message, size_t size)
{
	static const char *const own[] = {"shoji-host-gate",
		"shoji-session-init", "shoji-session-agent",
		"shoji-session-xim", "shoji-forwarder",
		"shoji-message-publisher"};
	static const char *const system[] = {SJ_DISPLAY_SERVER,
		SJ_DISPLAY_KEYMAP, SJ_BROWSER_JAIL, SJ_BROWSER_PROGRAM};
	bool is_chromium = supervisor->config->words[0][0] == '\0';
	char path[512];

	for (size_t i = 0; i < SJ_COUNT(own); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", supervisor->libexec,
			own[i]);
		if (access(path, X_OK) == 0)
			continue;
		(void)snprintf(message, size, "[paths] libexec: %s: %s", path,
			strerror(errno));
		return SJ_ERR_MISSING;
	}
	for (size_t i = 0; i < SJ_COUNT(system) - !is_chromium; i++) {
		if (access(system[i], X_OK) == 0)
			continue;
		(void)snprintf(message, size, "%s: %s; install its package",
			system[i], strerror(errno));
		return SJ_ERR_MISSING;
	}
	return SJ_OK;
}

static enum sj_err open_listener(
	struct sj_supervisor *supervisor, char *message, size_t size)
{
	const struct sj_host_config *config = supervisor->config;
	const struct sj_listener_plan plan = {.address = config->address,
		.port = (uint16_t)config->port,
		.port_file = config->port_file,
		.loop = supervisor->loop,
		.welcome = sj_connections_welcome,
		.self = supervisor};

	return sj_listener_open(&supervisor->listener, &plan, message, size);
}

/* Everybody is told, every session ends; gates have a moment to say it. */
static void stop(struct sj_supervisor *supervisor, enum sj_reason reason)
{
	supervisor->is_stopping = true;
	supervisor->stop_ms = sj_clock_ms() + GOODBYE_MS;
	sj_connections_end_all(supervisor, reason);
	while (supervisor->sessions.first)
		sj_session_end(supervisor->sessions.first, reason);
}

/* Asked twice: no more patience. A service that asks all its processes at once
 * asks the watcher, too, which hands it on: that is the same call. */
static void hurry(struct sj_supervisor *supervisor)
{
	if (sj_clock_ms() >= supervisor->stop_ms - GOODBYE_MS + SAME_CALL_MS)
		supervisor->stop_ms = 0;
}

/* The file has been rotated: the next line goes to a new one. */
static void reopen_event_log(struct sj_supervisor *supervisor)
{
	int fd;
	enum sj_err err = sj_event_log_open(supervisor->config->event_log, &fd);

	if (err != SJ_OK) {
		sj_log(SJ_LOG_ERROR, "event_log error=\"%s\"",
			sj_event_log_fault(err));
		return;
	}
	if (supervisor->event_fd >= 0)
		close(supervisor->event_fd);
	supervisor->event_fd = fd;
}

static void signal_readable(void *self, int fd)
{
	struct sj_supervisor *supervisor = self;
	struct signalfd_siginfo info;

	while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGCHLD) {
			sj_children_reap(supervisor->children);
			continue;
		}
		if (info.ssi_signo == SIGHUP) {
			reopen_event_log(supervisor);
			continue;
		}
		if (info.ssi_signo == SJ_WATCHER_GONE && !sj_watcher_is_gone())
			continue; /* from somebody else */
		sj_log(SJ_LOG_INFO, "stop signal=%u", info.ssi_signo);
		if (supervisor->is_stopping)
			hurry(supervisor);
		else
			stop(supervisor, info.ssi_signo == SJ_WATCHER_GONE
						 ? SJ_REASON_AGENT_GONE
						 : SJ_REASON_END_SHUTDOWN);
	}
}

static enum sj_err open_signals(struct sj_supervisor *supervisor)
{
	static const int signals[] = {
		SIGCHLD, SIGTERM, SIGINT, SIGHUP, SJ_WATCHER_GONE};

	supervisor->signal_fd = sj_signals_open(signals, SJ_COUNT(signals));
	if (supervisor->signal_fd < 0)
		return SJ_ERR_SYSTEM;
	return sj_loop_add(supervisor->loop, supervisor->signal_fd,
		signal_readable, supervisor);
}

static bool is_zero(const char *path)
{
	FILE *file = fopen(path, "re");
	char text[16] = "";
	bool is_read = file && fgets(text, sizeof(text), file);

	if (file)
		(void)fclose(file);
	return is_read && strcmp(text, "0\n") == 0;
}

/* Sessions without root, and Chromium's sandbox always, need them. */
static void check_user_namespaces(void)
{
	static const char *const switches[] = {
		"/proc/sys/user/max_user_namespaces",
		"/proc/sys/kernel/unprivileged_userns_clone"};

	for (size_t i = 0; i < SJ_COUNT(switches); i++)
		if (is_zero(switches[i]))
			sj_log(SJ_LOG_WARNING,
				"rights namespaces=no text=\"%s is 0: browsers "
				"cannot start\"",
				switches[i]);
}

static void open_descriptors(const struct sj_host_config *config)
{
	size_t count = SJ_DESCRIPTORS_OWN +
		       ((size_t)config->connections_max + SJ_HALF_OPEN_GOING) *
			       CONNECTION_DESCRIPTORS +
		       (size_t)config->sessions_max * SESSION_DESCRIPTORS;

	if (!sj_descriptors_want(count))
		sj_log(SJ_LOG_WARNING,
			"rights descriptors=no text=\"fewer than %zu can be "
			"open: not all connections_max can be served\"",
			count);
}

static void open_limits(struct sj_supervisor *supervisor)
{
	const struct sj_host_config *config = supervisor->config;

	supervisor->limits = (struct sj_session_limits){
		.start_ms = SJ_LIMIT_SESSION_START_MS,
		.resume_ms = (uint64_t)config->resume_s * 1000,
		.idle_ms = (uint64_t)config->idle_s * 1000,
		.lifetime_ms = (uint64_t)config->lifetime_s * 1000};
	supervisor->is_root = geteuid() == 0;
	check_user_namespaces();
	if (supervisor->is_root)
		supervisor->has_cgroup =
			sj_cgroup_open(&supervisor->cgroup) == SJ_OK;
	if (!supervisor->is_root)
		sj_log(SJ_LOG_WARNING,
			"rights root=no text=\"sessions have no user ids of "
			"their own and no memory and process limits\"");
	else if (!supervisor->has_cgroup)
		sj_log(SJ_LOG_WARNING,
			"rights cgroup=no text=\"sessions have no memory and "
			"process limits: no cgroup with memory and pids can "
			"be used\"");
}

/* A layer that the configuration does not name has to be there. */
static enum sj_err check_layers(
	const struct sj_supervisor *supervisor, char *message, size_t size)
{
	static const struct {
		enum sj_confine_layer layer;
		const char *name, *text;
	} layers[] = {{SJ_CONFINE_LANDLOCK, "landlock", "Landlock"},
		{SJ_CONFINE_SECCOMP, "seccomp", "seccomp filter"},
		{SJ_CONFINE_CGROUP, "cgroup",
			"cgroup with memory and pids that can be used"}};
	unsigned missing = sj_confine_missing();

	/* Without root there never is one, and the log says so. */
	if (supervisor->is_root && !supervisor->has_cgroup)
		missing |= SJ_CONFINE_CGROUP;
	missing &= ~supervisor->config->may_miss_layers;
	for (size_t i = 0; i < SJ_COUNT(layers); i++) {
		if ((missing & layers[i].layer) == 0)
			continue;
		(void)snprintf(message, size,
			"this machine has no %s; [confine] may_miss = %s "
			"would accept that",
			layers[i].text, layers[i].name);
		return SJ_ERR_MISSING;
	}
	return SJ_OK;
}

static enum sj_err read_material(
	struct sj_supervisor *supervisor, char *message, size_t size)
{
	const struct sj_host_config *config = supervisor->config;
	const struct sj_material_files files = {
		.path = {config->chain, config->key, config->authority,
			config->crl,
			config->is_x509plain ? config->password_file : ""},
		.judge_crl = sj_crl_judge,
		.span_crl = sj_crl_span,
		.key_password_file = config->key_password_file,
		.is_pem = true};
	const char *path = "";
	enum sj_err err =
		sj_material_read(&supervisor->materials, &files, &path);

	if (err != SJ_OK)
		(void)snprintf(message, size, "%s: %s", path,
			sj_material_error(&supervisor->materials, err));
	return err;
}

enum sj_err sj_supervisor_open(struct sj_supervisor *supervisor,
	const struct sj_host_config *config, char *message, size_t size)
{
	enum sj_err err;

	memset(supervisor, 0, sizeof(*supervisor));
	supervisor->config = config;
	sj_listener_init(&supervisor->listener);
	supervisor->signal_fd = -1;
	supervisor->control_fd = supervisor->event_fd = -1;
	sj_ledger_writer_init(&supervisor->ledger);
	sj_material_init(&supervisor->materials);
	supervisor->started_ms = sj_clock_ms();
	supervisor->strangers = sj_bucket_of(
		STRANGERS_PER_SECOND, STRANGERS_BURST, sj_clock_us());
	message[0] = '\0';
	supervisor->loop = sj_loop_create();
	if (!supervisor->loop)
		return SJ_ERR_MEMORY;
	err = find_places(supervisor, message, size);
	if (err == SJ_OK)
		err = check_programs(supervisor, message, size);
	if (err != SJ_OK)
		return err;
	err = read_material(supervisor, message, size);
	if (err != SJ_OK)
		return err;
	open_limits(supervisor);
	open_descriptors(config);
	err = check_layers(supervisor, message, size);
	if (err != SJ_OK)
		return err;
	supervisor->logs = sj_child_logs_create(supervisor->loop);
	if (!supervisor->logs)
		return SJ_ERR_MEMORY;
	supervisor->children = sj_children_create(supervisor->logs,
		supervisor->libexec, config->uid_first,
		supervisor->is_root ? config->uid_count : 0,
		sj_session_child_gone, supervisor);
	if (!supervisor->children)
		return SJ_ERR_MEMORY;
	err = sj_event_log_open(config->event_log, &supervisor->event_fd);
	if (err != SJ_OK) {
		(void)snprintf(message, size, "[paths] event_log: %s: %s",
			config->event_log, sj_event_log_fault(err));
		return err;
	}
	err = open_signals(supervisor);
	if (err == SJ_OK)
		err = sj_keeping_open(supervisor, message, size);
	if (err == SJ_OK)
		err = sj_control_socket_open(supervisor, message, size);
	if (err == SJ_OK)
		err = open_listener(supervisor, message, size);
	return err;
}

/* ---- running ---- */

static void refresh(struct sj_supervisor *supervisor, uint64_t now_ms)
{
	const char *path = "";
	enum sj_err err;
	bool is_crl_new;

	if (now_ms < supervisor->refresh_ms)
		return;
	supervisor->refresh_ms = now_ms + REFRESH_MS;
	err = sj_material_refresh(&supervisor->materials, &is_crl_new, &path);
	if (err != SJ_OK)
		sj_log(SJ_LOG_WARNING, "material file=%s error=\"%s\"", path,
			sj_material_error(&supervisor->materials, err));
	if (is_crl_new) {
		sj_log(SJ_LOG_INFO, "crl new=yes");
		sj_connections_send_crl(supervisor);
	}
}

static bool is_finished(struct sj_supervisor *supervisor, uint64_t now_ms)
{
	if (!supervisor->is_stopping)
		return false;
	return (!supervisor->connections &&
		       sj_children_count(supervisor->children) == 0) ||
	       now_ms >= supervisor->stop_ms;
}

/* Does what time asks for; returns how long nothing else is due. */
static int tick(struct sj_supervisor *supervisor, uint64_t now_ms)
{
	uint64_t next_ms = supervisor->refresh_ms;
	uint64_t other_ms = sj_session_tick(supervisor, now_ms);

	if (other_ms < next_ms)
		next_ms = other_ms;
	other_ms = sj_connections_tick(supervisor, now_ms);
	if (other_ms < next_ms)
		next_ms = other_ms;
	other_ms = sj_ledger_writer_tick(&supervisor->ledger, now_ms);
	if (other_ms < next_ms)
		next_ms = other_ms;
	other_ms = sj_children_tick(supervisor->children, now_ms);
	if (other_ms < next_ms)
		next_ms = other_ms;
	if (supervisor->is_stopping && supervisor->stop_ms < next_ms)
		next_ms = supervisor->stop_ms;
	return sj_clock_poll_ms(now_ms, next_ms);
}

static void note_simple(struct sj_supervisor *supervisor, const char *name)
{
	struct sj_event event = sj_event_of(name);

	sj_supervisor_note(supervisor, &event);
}

enum sj_err sj_supervisor_run(struct sj_supervisor *supervisor)
{
	enum sj_err err = SJ_OK;

	note_simple(supervisor, "start");
	while (err == SJ_OK) {
		uint64_t now_ms = sj_clock_ms();

		if (is_finished(supervisor, now_ms))
			break;
		refresh(supervisor, now_ms);
		err = sj_loop_turn(supervisor->loop, tick(supervisor, now_ms));
		if (supervisor->is_stopping)
			sj_listener_close(&supervisor->listener);
	}
	return err;
}

/*
 * The kernel may hold a group for a moment after its last process was waited
 * for. Blocks for GROUPS_MS at most; what is left then goes at the next start.
 */
static void remove_groups(struct sj_supervisor *supervisor)
{
	uint64_t deadline_ms = sj_clock_ms() + GROUPS_MS;

	sj_session_child_gone(supervisor, 0, 0);
	while (supervisor->dead_group_count > 0 &&
		sj_clock_ms() < deadline_ms) {
		(void)poll(NULL, 0, 5);
		sj_session_child_gone(supervisor, 0, 0);
	}
}

void sj_supervisor_close(struct sj_supervisor *supervisor)
{
	supervisor->is_stopping = true;
	if (supervisor->children) {
		while (supervisor->sessions.first)
			sj_session_end(supervisor->sessions.first,
				SJ_REASON_END_SHUTDOWN);
		sj_connections_drop_all(supervisor);
		sj_ledger_writer_close(&supervisor->ledger);
		sj_children_destroy(supervisor->children);
		supervisor->children = NULL;
		remove_groups(supervisor);
		note_simple(supervisor, "stop");
	}
	sj_cgroup_close(&supervisor->cgroup);
	if (supervisor->loop)
		sj_control_socket_close(supervisor);
	sj_listener_close(&supervisor->listener);
	sj_child_logs_destroy(supervisor->logs);
	supervisor->logs = NULL;
	sj_material_finish(&supervisor->materials);
	if (supervisor->signal_fd >= 0)
		close(supervisor->signal_fd);
	if (supervisor->event_fd >= 0)
		close(supervisor->event_fd);
	sj_loop_destroy(supervisor->loop);
	supervisor->loop = NULL;
}
