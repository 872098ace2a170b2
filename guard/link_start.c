/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/link_start.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "guard/codes_ipc.h"
#include "guard/mark_ipc.h"
#include "guard/reach.h"
#include "guard/shown.h"
#include "protocol/base/ipc.h"
#include "protocol/base/memfd.h"

/* The kernel doubles it, and calls a socket writable while a quarter is used:
 * 24 KiB. Behind that, one update still fits. */
#define QUEUE_BYTES (48 * 1024)

/* Everything that is opened for what stands behind the outer gate. */
enum end {
	END_SOCKET,
	END_OUTER_STREAM,
	END_CORE_VIEWER,
	END_CORE_HOST,
	END_INNER_STREAM,
	END_CORE_INPUT,
	END_INNER_INPUT,
	END_CORE_CODES, /* these three with mask_codes only */
	END_CODES,
	END_CODES_MEMORY,
	END_COUNT
};

/* What a start needs beside its message. */
struct plan {
	enum sj_guard_program program;
	const void *message;
	size_t size;
	const struct sj_ipc_fds *fds;
	sj_loop_fn fn;
	uint32_t uid;
};

static enum sj_err start(
	struct sj_link *link, const struct plan *plan, struct sj_child *child)
{
	struct sj_guard *guard = link->guard;
	struct sj_child_spec spec = {
		.program = sj_guard_program_name(plan->program),
		.folder = guard->folder[plan->program],
		.uids = plan->uid == UINT32_MAX ? NULL : &plan->uid,
		.uid_count = 1};
	enum sj_err err = sj_children_start(guard->children, &spec, child);

	if (err != SJ_OK) {
		sj_children_give_uid(guard->children, plan->uid);
		return err;
	}
	err = sj_ipc_send(
		child->control_fd, plan->message, plan->size, plan->fds);
	if (err == SJ_OK)
		err = sj_loop_add(
			guard->loop, child->control_fd, plan->fn, link);
	if (err != SJ_OK)
		sj_children_kill(guard->children, child);
	return err;
}

static void fill_outer(const struct sj_link *link, uint32_t uid,
	struct sj_host_gate_start *message)
{
	const struct sj_guard *guard = link->guard;
	const struct sj_guard_config *config = guard->config;

	message->confine.uid = message->confine.gid = uid;
	message->confine.may_miss = config->may_miss_layers;
	message->confine.log_level = config->log_level;
	message->is_certificate_required = 1;
	message->is_none_allowed = 1;
	message->is_strict = config->profile == 1;
	memcpy(message->zone, config->zone, sizeof(message->zone));
	message->size_max.width_px = SJ_LIMIT_WIDTH_PX;
	message->size_max.height_px = SJ_LIMIT_HEIGHT_PX;
	message->handshake_ms = SJ_LIMIT_HANDSHAKE_MS;
	memcpy(message->peer, link->peer.text, sizeof(message->peer));
	memcpy(message->key_passphrase, guard->viewers.key_passphrase,
		sizeof(message->key_passphrase));
}

enum sj_err sj_link_start_outer(
	struct sj_link *link, int socket_fd, sj_loop_fn fn)
{
	struct sj_guard *guard = link->guard;
	struct sj_host_gate_message message = {.type = SJ_HOST_GATE_START};
	struct sj_ipc_fds fds = {.fd = {socket_fd}, .count = 1};
	struct plan plan = {.program = SJ_GUARD_OUTER,
		.message = &message,
		.size = sizeof(message),
		.fds = &fds,
		.fn = fn};
	enum sj_err err = sj_children_take_uid(guard->children, &plan.uid);

	if (err != SJ_OK)
		return err;
	sj_material_lend(&guard->viewers, &fds);
	fill_outer(link, plan.uid, &message.u.gate_start);
	err = start(link, &plan, &link->outer);
	explicit_bzero(&message, sizeof(message));
	return err;
}

/* Values of certificates and addresses only, which have few characters. */
static void fill_mark(
	const struct sj_link *link, uint32_t uid, struct sj_mark_message *mark)
{
	time_t now = time(NULL);
	struct tm when = {0};
	const char *port = strrchr(link->peer.text, ':');
	int length = port ? (int)(port - link->peer.text) : 0;

	mark->uid = mark->gid = uid;
	mark->may_miss = link->guard->config->may_miss_layers;
	(void)snprintf(mark->line[0], sizeof(mark->line[0]), "%.32s (%.15s)",
		link->user.name, link->user.zone);
	(void)snprintf(mark->line[1], sizeof(mark->line[1]), "%.*s", length,
		link->peer.text);
	if (localtime_r(&now, &when) != NULL)
		(void)strftime(mark->line[2], sizeof(mark->line[2]),
			"%Y-%m-%d %H:%M", &when);
}

enum sj_err sj_link_start_mark(struct sj_link *link, sj_loop_fn fn)
{
	struct sj_guard *guard = link->guard;
	struct sj_mark_message message = {0};
	struct sj_ipc_fds fds = {.count = 1};
	struct plan plan = {.program = SJ_GUARD_MARK,
		.message = &message,
		.size = sizeof(message),
		.fds = &fds,
		.fn = fn};
	enum sj_err err =
		sj_memfd_create("shoji-mark", SJ_MARK_BYTES, &link->mark_fd);

	if (err == SJ_OK)
		err = sj_children_take_uid(guard->children, &plan.uid);
	if (err != SJ_OK)
		return err;
	fds.fd[0] = link->mark_fd;
	fill_mark(link, plan.uid, &message);
	return start(link, &plan, &link->mark);
}

static void fill_inner(const struct sj_link *link, uint32_t uid,
	struct sj_viewer_gate_start *message)
{
	const struct sj_guard *guard = link->guard;
	const struct sj_guard_config *config = guard->config;
	const struct sj_guard_host *host = &config->host[link->host];

	message->uid = message->gid = uid;
	message->may_miss = config->may_miss_layers;
	message->log_level = config->log_level;
	if (config->host_name[0])
		memcpy(message->host_name, config->host_name,
			sizeof(message->host_name));
	else
		memcpy(message->host_name, host->address,
			sizeof(host->address));
	memcpy(message->zone, config->zone, sizeof(message->zone));
	memcpy(message->user, link->user.name, sizeof(message->user));
	message->waits_for_go = config->ledger_file[0] != '\0';
	memcpy(message->key_passphrase, guard->hosts.key_passphrase,
		sizeof(message->key_passphrase));
}

static enum sj_err start_inner(
	struct sj_link *link, const int *ends, sj_loop_fn fn)
{
	struct sj_guard *guard = link->guard;
	struct sj_viewer_gate_message message = {.type = SJ_VIEWER_GATE_START};
	struct sj_ipc_fds fds = {.fd = {ends[END_SOCKET]}, .count = 1};
	struct plan plan = {.program = SJ_GUARD_INNER,
		.message = &message,
		.size = sizeof(message),
		.fds = &fds,
		.fn = fn};
	enum sj_err err = sj_children_take_uid(guard->children, &plan.uid);

	if (err != SJ_OK)
		return err;
	sj_material_lend(&guard->hosts, &fds);
	fds.fd[fds.count++] = ends[END_INNER_STREAM];
	fds.fd[fds.count++] = ends[END_INNER_INPUT];
	fill_inner(link, plan.uid, &message.u.gate_start);
	err = start(link, &plan, &link->inner);
	explicit_bzero(&message, sizeof(message));
	return err;
}

static enum sj_err start_core(
	struct sj_link *link, const int *ends, sj_loop_fn fn)
{
	struct sj_guard *guard = link->guard;
	struct sj_core_message message = {.type = SJ_CORE_START};
	struct sj_core_start *first = &message.u.start;
	struct sj_ipc_fds fds = {
		.fd = {ends[END_CORE_VIEWER], ends[END_CORE_HOST],
			ends[END_CORE_INPUT]},
		.count = 3};
	struct plan plan = {.program = SJ_GUARD_CORE,
		.message = &message,
		.size = sizeof(message),
		.fds = &fds,
		.fn = fn};
	enum sj_err err = sj_children_take_uid(guard->children, &plan.uid);

	if (err != SJ_OK)
		return err;
	if (link->mark_fd >= 0)
		fds.fd[fds.count++] = link->mark_fd;
	if (ends[END_CORE_CODES] >= 0) {
		fds.fd[fds.count++] = ends[END_CORE_CODES];
		fds.fd[fds.count++] = ends[END_CODES_MEMORY];
	}
	first->uid = first->gid = plan.uid;
	first->may_miss = guard->config->may_miss_layers;
	first->log_level = guard->config->log_level;
	first->policy = sj_guard_config_policy(guard->config);
	return start(link, &plan, &link->core);
}

static enum sj_err start_codes(struct sj_link *link, int *ends, sj_loop_fn fn)
{
	struct sj_guard *guard = link->guard;
	struct sj_codes_start message = {
		.may_miss = guard->config->may_miss_layers,
		.log_level = guard->config->log_level};
	struct sj_ipc_fds fds = {.count = 2};
	struct plan plan = {.program = SJ_GUARD_CODES,
		.message = &message,
		.size = sizeof(message),
		.fds = &fds,
		.fn = fn};
	int pair[2];
	enum sj_err err = sj_ipc_pair(pair);

	if (err != SJ_OK)
		return err;
	ends[END_CORE_CODES] = pair[0];
	ends[END_CODES] = pair[1];
	err = sj_memfd_create(
		"shoji-codes", SJ_CODES_BYTES, &ends[END_CODES_MEMORY]);
	if (err == SJ_OK)
		err = sj_children_take_uid(guard->children, &plan.uid);
	if (err != SJ_OK)
		return err;
	fds.fd[0] = ends[END_CODES];
	fds.fd[1] = ends[END_CODES_MEMORY];
	message.uid = message.gid = plan.uid;
	return start(link, &plan, &link->codes);
}

/* A pair of which one end writes updates. */
static bool open_stream(int *writer, int *reader)
{
	const int queue_bytes = QUEUE_BYTES;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return false;
	*writer = pair[0];
	*reader = pair[1];
	return setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &queue_bytes,
		       sizeof(queue_bytes)) == 0;
}

static enum sj_err open_joints(int *ends)
{
	int pair[2];

	if (!open_stream(&ends[END_CORE_VIEWER], &ends[END_OUTER_STREAM]) ||
		!open_stream(&ends[END_INNER_STREAM], &ends[END_CORE_HOST]))
		return SJ_ERR_SYSTEM;
	if (sj_ipc_pair(pair) != SJ_OK)
		return SJ_ERR_SYSTEM;
	ends[END_CORE_INPUT] = pair[0];
	ends[END_INNER_INPUT] = pair[1];
	/* One-way, whatever a process that was taken over would like. */
	if (shutdown(pair[0], SHUT_RD) != 0 || shutdown(pair[1], SHUT_WR) != 0)
		return SJ_ERR_SYSTEM;
	return SJ_OK;
}

enum sj_err sj_link_start_inside(
	struct sj_link *link, const struct sj_link_inside_fns *fns)
{
	int ends[END_COUNT];
	enum sj_err err;

	for (size_t i = 0; i < END_COUNT; i++)
		ends[i] = -1;
	err = sj_reach_begin(
		&link->guard->config->host[link->host], &ends[END_SOCKET]);
	if (err == SJ_OK)
		err = open_joints(ends);
	if (err == SJ_OK)
		err = start_inner(link, ends, fns->inner);
	if (err == SJ_OK && link->guard->config->masks_codes)
		err = start_codes(link, ends, fns->codes);
	if (err == SJ_OK)
		err = start_core(link, ends, fns->core);
	if (err == SJ_OK) {
		link->outer_stream_fd = ends[END_OUTER_STREAM];
		ends[END_OUTER_STREAM] = -1;
	}
	for (size_t i = 0; i < END_COUNT; i++)
		if (ends[i] >= 0)
			close(ends[i]);
	return err;
}
