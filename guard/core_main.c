/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shoji-guard-core: decodes what a host shows and encodes it again.
 *
 * Started by shoji-guard for each connection. Holds no key, no socket of
 * a network, no display: two streams and a pair for input, to the two gates.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "guard/codes_ipc.h"
#include "guard/core.h"
#include "guard/shown.h"
#include "protocol/base/confine.h"
#include "protocol/base/err.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"
#include "protocol/base/memfd.h"
#include "protocol/base/signals.h"

#define CONTROL_FD 3
#define MEMORY_MAX_BYTES ((uint64_t)512 * 1024 * 1024)

/* Descriptors of START, in this order; behind them those for codes. */
enum { FD_VIEWER, FD_HOST, FD_INPUT, FD_MARK };

static bool receive_start(
	struct sj_core_message *message, struct sj_ipc_fds *fds)
{
	enum sj_err err =
		sj_ipc_receive(CONTROL_FD, message, sizeof(*message), fds);

	const struct sj_core_policy *policy = &message->u.start.policy;
	const size_t wanted = (size_t)FD_MARK + (policy->mark_percent > 0) +
			      (policy->masks_codes ? 2 : 0);

	if (err == SJ_OK && message->type == SJ_CORE_START &&
		fds->count == wanted)
		return true;
	sj_log(SJ_LOG_ERROR, "start error=\"%s\"",
		err == SJ_OK ? "not a START message" : sj_err_text(err));
	return false;
}

static bool take_codes(struct sj_core_parts *parts, struct sj_ipc_fds *fds)
{
	const size_t first =
		(size_t)FD_MARK + (parts->start->policy.mark_percent > 0);

	parts->grey = sj_memfd_map(fds->fd[first + 1], SJ_CODES_BYTES, 1);
	parts->codes_fd = sj_ipc_take(fds, first);
	return parts->grey && parts->codes_fd >= 0;
}

static bool make_nonblocking(const struct sj_core_parts *parts)
{
	return fcntl(parts->viewer_fd, F_SETFL, O_NONBLOCK) == 0 &&
	       fcntl(parts->host_fd, F_SETFL, O_NONBLOCK) == 0 &&
	       fcntl(parts->input_fd, F_SETFL, O_NONBLOCK) == 0 &&
	       (parts->codes_fd < 0 ||
		       fcntl(parts->codes_fd, F_SETFL, O_NONBLOCK) == 0);
}

static bool confine(const struct sj_core_parts *parts)
{
	const int keep[] = {CONTROL_FD, parts->viewer_fd, parts->host_fd,
		parts->input_fd, parts->codes_fd};
	struct sj_confine spec = {
		.name = "guard-core",
		.uid = parts->start->uid,
		.gid = parts->start->gid,
		.keep_fds = keep,
		.keep_count = SJ_COUNT(keep) - (parts->codes_fd < 0),
		/* Its streams are written with send and ended; no descriptor
		 * ever comes in. */
		.allow = SJ_ALLOW_SENDMSG | SJ_ALLOW_SHUTDOWN |
			 (parts->codes_fd < 0 ? 0u : SJ_ALLOW_RECVMSG),
		.memory_max_bytes = MEMORY_MAX_BYTES,
		.may_miss = parts->start->may_miss,
	};

	return sj_confine_or_log(&spec) == SJ_OK;
}

static enum sj_exit serve(
	const struct sj_core_parts *parts, struct sj_core *core)
{
	struct sj_core_message message = {.type = SJ_CORE_CLOSED};
	enum sj_reason reason = sj_core_run(core, &message.u.closed);

	if (sj_ipc_send(parts->control_fd, &message, sizeof(message), NULL) !=
		SJ_OK)
		sj_log(SJ_LOG_WARNING, "control error=\"shoji-guard is gone\"");
	return reason >= 200 && reason < 400 ? SJ_EXIT_PEER : SJ_EXIT_ENDED;
}

int main(void)
{
	struct sj_core_message message;
	struct sj_ipc_fds fds = {.count = 0};
	struct sj_core_parts parts = {.control_fd = CONTROL_FD, .codes_fd = -1};
	struct sj_core *core = NULL;
	void *mark = NULL;
	enum sj_exit status = SJ_EXIT_LOCAL;

	sj_signals_shield();
	sj_log_open("guard-core", SJ_LOG_INFO);
	if (!receive_start(&message, &fds))
		goto out;
	sj_log_open("guard-core", (enum sj_log_level)message.u.start.log_level);
	parts.start = &message.u.start;
	parts.viewer_fd = sj_ipc_take(&fds, FD_VIEWER);
	parts.host_fd = sj_ipc_take(&fds, FD_HOST);
	parts.input_fd = sj_ipc_take(&fds, FD_INPUT);
	if (message.u.start.policy.mark_percent > 0)
		parts.mark = mark =
			sj_memfd_map(fds.fd[FD_MARK], SJ_MARK_BYTES, 0);
	if (!mark && message.u.start.policy.mark_percent > 0) {
		sj_log(SJ_LOG_ERROR, "open error=\"watermark\"");
		goto out;
	}
	if (message.u.start.policy.masks_codes && !take_codes(&parts, &fds)) {
		sj_log(SJ_LOG_ERROR, "open error=\"codes\"");
		goto out;
	}
	core = sj_core_create(&parts);
	if (mark)
		(void)munmap(mark, SJ_MARK_BYTES);
	if (!core || !make_nonblocking(&parts)) {
		sj_log(SJ_LOG_ERROR, "open error=\"memory or descriptors\"");
		goto out;
	}
	if (!confine(&parts)) {
		status = SJ_EXIT_CONFINE;
		goto out;
	}
	status = serve(&parts, core);
out:
	sj_ipc_close(&fds);
	sj_core_destroy(core);
	return (int)status;
}
