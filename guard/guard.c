/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/guard.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "certs/crl_judge.h"
#include "guard/keeping.h"
#include "guard/link.h"
#include "protocol/base/confine.h"
#include "protocol/base/log.h"
#include "protocol/base/signals.h"
#include "protocol/base/spawn.h"
#include "protocol/supervise/descriptors.h"
#include "protocol/supervise/half_open.h"

#define REFRESH_MS 2000 /* how soon a new revocation list is seen */
#define GOODBYE_MS 3000 /* gates get this long to say the end */
#define STRANGERS_PER_SECOND 10
#define STRANGERS_BURST 500
/* Of a connection: its programs, and three between them. */
#define LINK_DESCRIPTORS (SJ_DESCRIPTORS_OF_CHILD * SJ_GUARD_PROGRAMS + 3)

static const char *const names[SJ_GUARD_PROGRAMS] = {
	[SJ_GUARD_OUTER] = "shoji-host-gate",
	[SJ_GUARD_INNER] = "shoji-viewer-gate",
	[SJ_GUARD_CORE] = "shoji-guard-core",
	[SJ_GUARD_MARK] = "shoji-guard-mark",
	[SJ_GUARD_CODES] = "shoji-guard-codes",
};

const char *sj_guard_program_name(enum sj_guard_program program)
{
	return names[program];
}

/* ---- opening ---- */

/* In a build tree the gates are in the folders of their own parts. */
static enum sj_err find_program(struct sj_guard *guard,
	enum sj_guard_program program, char *message, size_t size)
{
	static const char *const beside[] = {"", "/../host", "/../viewer"};
	char *folder = guard->folder[program];
	char self[512], path[1024];
	char *slash;

	if (guard->config->libexec[0])
		(void)snprintf(
			self, sizeof(self), "%s/x", guard->config->libexec);
	else if (sj_spawn_program_path(names[program], self, sizeof(self)) !=
		 SJ_OK)
		return SJ_ERR_SYSTEM;
	slash = strrchr(self, '/');
	*slash = '\0';
	for (size_t i = 0; i < SJ_COUNT(beside); i++) {
		(void)snprintf(path, sizeof(path), "%s%s/%s", self, beside[i],
			names[program]);
		if (access(path, X_OK) != 0)
			continue;
		slash = strrchr(path, '/');
		*slash = '\0';
		if (strlen(path) >= sizeof(guard->folder[0]))
			return SJ_ERR_LIMIT;
		memcpy(folder, path, strlen(path) + 1);
		return SJ_OK;
	}
	(void)snprintf(message, size, "[paths] libexec: %s/%s: %s", self,
		names[program], strerror(errno));
	return SJ_ERR_MISSING;
}

static enum sj_err open_listener(
	struct sj_guard *guard, char *message, size_t size)
{
	const struct sj_guard_config *config = guard->config;
	const struct sj_listener_plan plan = {.address = config->address,
		.port = (uint16_t)config->port,
		.port_file = config->port_file,
		.loop = guard->loop,
		.welcome = sj_links_welcome,
		.self = guard};

	return sj_listener_open(&guard->listener, &plan, message, size);
}

static void signal_readable(void *self, int fd)
{
	struct sj_guard *guard = self;
	struct signalfd_siginfo info;

	while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGCHLD) {
			sj_children_reap(guard->children);
			continue;
		}
		sj_log(SJ_LOG_INFO, "stop signal=%u", info.ssi_signo);
		/* Asked twice: no more patience. */
		guard->stop_ms =
			guard->is_stopping ? 0 : sj_clock_ms() + GOODBYE_MS;
		guard->is_stopping = true;
		/* Not the end of the session: another guard may take it on. */
		sj_links_end_all(guard, SJ_REASON_AGENT_GONE);
	}
}

static enum sj_err open_signals(struct sj_guard *guard)
{
	static const int signals[] = {SIGCHLD, SIGTERM, SIGINT};

	guard->signal_fd = sj_signals_open(signals, SJ_COUNT(signals));
	if (guard->signal_fd < 0)
		return SJ_ERR_SYSTEM;
	return sj_loop_add(
		guard->loop, guard->signal_fd, signal_readable, guard);
}

static struct sj_material_files files_of(const struct sj_guard_side *side)
{
	return (struct sj_material_files){.judge_crl = sj_crl_judge,
		.span_crl = sj_crl_span,
		.path = {side->chain, side->key, side->authority, side->crl,
			""},
		.key_password_file = side->key_password_file,
		.is_pem = true};
}

static enum sj_err read_material(
	struct sj_guard *guard, char *message, size_t size)
{
	const struct sj_material_files viewers =
		files_of(&guard->config->viewers);
	const struct sj_material_files hosts = files_of(&guard->config->hosts);
	const char *path = "";
	struct sj_material_set *set = &guard->viewers;
	enum sj_err err = sj_material_read(set, &viewers, &path);

	if (err == SJ_OK) {
		set = &guard->hosts;
		err = sj_material_read(set, &hosts, &path);
	}
	if (err != SJ_OK)
		(void)snprintf(message, size, "%s: %s", path,
			sj_material_error(set, err));
	return err;
}

static void open_descriptors(const struct sj_guard_config *config)
{
	size_t count = SJ_DESCRIPTORS_OWN +
		       ((size_t)config->connections_max + SJ_HALF_OPEN_GOING) *
			       LINK_DESCRIPTORS;

	if (!sj_descriptors_want(count))
		sj_log(SJ_LOG_WARNING,
			"rights descriptors=no text=\"fewer than %zu can be "
			"open: not all connections_max can be served\"",
			count);
}

static enum sj_err open_children(struct sj_guard *guard)
{
	const struct sj_guard_config *config = guard->config;

	guard->is_root = geteuid() == 0;
	if (!guard->is_root)
		sj_log(SJ_LOG_WARNING,
			"rights root=no text=\"processes have no user ids of "
			"their own\"");
	guard->logs = sj_child_logs_create(guard->loop);
	if (!guard->logs)
		return SJ_ERR_MEMORY;
	guard->children = sj_children_create(guard->logs, guard->folder[0],
		config->uid_first, guard->is_root ? config->uid_count : 0, NULL,
		NULL);
	return guard->children ? SJ_OK : SJ_ERR_MEMORY;
}

/* Better now than at the first viewer: its processes would refuse to run. */
static enum sj_err check_layers(
	const struct sj_guard_config *config, char *message, size_t size)
{
	const unsigned missing =
		sj_confine_missing() & ~config->may_miss_layers;
	const char *name =
		missing & SJ_CONFINE_LANDLOCK ? "landlock" : "seccomp";

	if ((missing & (SJ_CONFINE_LANDLOCK | SJ_CONFINE_SECCOMP)) == 0)
		return SJ_OK;
	(void)snprintf(message, size,
		"this machine has no %s; [confine] may_miss = %s would accept "
		"that",
		name, name);
	return SJ_ERR_MISSING;
}

enum sj_err sj_guard_open(struct sj_guard *guard,
	const struct sj_guard_config *config, char *message, size_t size)
{
	enum sj_err err = SJ_OK;

	memset(guard, 0, sizeof(*guard));
	message[0] = '\0';
	guard->config = config;
	guard->signal_fd = -1;
	sj_listener_init(&guard->listener);
	sj_ledger_writer_init(&guard->ledger);
	sj_material_init(&guard->viewers);
	sj_material_init(&guard->hosts);
	guard->strangers = sj_bucket_of(
		STRANGERS_PER_SECOND, STRANGERS_BURST, sj_clock_us());
	guard->loop = sj_loop_create();
	if (!guard->loop)
		return SJ_ERR_MEMORY;
	for (int i = 0; i < SJ_GUARD_PROGRAMS && err == SJ_OK; i++)
		if (i != SJ_GUARD_MARK || config->mark_percent > 0)
			err = find_program(
				guard, (enum sj_guard_program)i, message, size);
	if (err == SJ_OK)
		err = check_layers(config, message, size);
	if (err == SJ_OK)
		err = read_material(guard, message, size);
	if (err == SJ_OK)
		open_descriptors(config);
	if (err == SJ_OK)
		err = open_children(guard);
	if (err == SJ_OK)
		err = open_signals(guard);
	if (err == SJ_OK)
		err = sj_keeping_open(guard, &sj_links_keeping, message, size);
	if (err == SJ_OK)
		err = open_listener(guard, message, size);
	return err;
}

/* ---- running ---- */

static void refresh_side(struct sj_material_set *set, bool *is_crl_new)
{
	const char *path = "";
	enum sj_err err = sj_material_refresh(set, is_crl_new, &path);

	if (err != SJ_OK)
		sj_log(SJ_LOG_WARNING, "material file=%s error=\"%s\"", path,
			sj_material_error(set, err));
}

static void refresh(struct sj_guard *guard, uint64_t now_ms)
{
	bool is_crl_new = false;

	if (now_ms < guard->refresh_ms)
		return;
	guard->refresh_ms = now_ms + REFRESH_MS;
	refresh_side(&guard->hosts, &is_crl_new);
	if (is_crl_new) {
		sj_log(SJ_LOG_INFO, "crl new=hosts");
		sj_links_send_hosts_crl(guard);
	}
	refresh_side(&guard->viewers, &is_crl_new);
	if (is_crl_new) {
		sj_log(SJ_LOG_INFO, "crl new=viewers");
		sj_links_send_viewers_crl(guard);
	}
}

static bool is_finished(const struct sj_guard *guard, uint64_t now_ms)
{
	return guard->is_stopping &&
	       ((!guard->links && sj_children_count(guard->children) == 0) ||
		       now_ms >= guard->stop_ms);
}

/* Does what time asks for; returns how long nothing else is due. */
static int tick(struct sj_guard *guard, uint64_t now_ms)
{
	uint64_t next_ms = guard->refresh_ms;
	uint64_t other_ms = sj_links_tick(guard, now_ms);

	if (other_ms < next_ms)
		next_ms = other_ms;
	other_ms = sj_ledger_writer_tick(&guard->ledger, now_ms);
	if (other_ms < next_ms)
		next_ms = other_ms;
	other_ms = sj_children_tick(guard->children, now_ms);
	if (other_ms < next_ms)
		next_ms = other_ms;
	if (guard->is_stopping && guard->stop_ms < next_ms)
		next_ms = guard->stop_ms;
	return sj_clock_poll_ms(now_ms, next_ms);
}

enum sj_err sj_guard_run(struct sj_guard *guard)
{
	enum sj_err err = SJ_OK;

	while (err == SJ_OK) {
		uint64_t now_ms = sj_clock_ms();

		if (is_finished(guard, now_ms))
			break;
		refresh(guard, now_ms);
		err = sj_loop_turn(guard->loop, tick(guard, now_ms));
		if (guard->is_stopping)
			sj_listener_close(&guard->listener);
	}
	return err;
}

void sj_guard_close(struct sj_guard *guard)
{
	if (guard->children) {
		sj_links_drop_all(guard);
		sj_ledger_writer_close(&guard->ledger);
		sj_children_destroy(guard->children);
	}
	sj_child_logs_destroy(guard->logs);
	sj_material_finish(&guard->viewers);
	sj_material_finish(&guard->hosts);
	sj_listener_close(&guard->listener);
	if (guard->signal_fd >= 0)
		close(guard->signal_fd);
	sj_loop_destroy(guard->loop);
}
