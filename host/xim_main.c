/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * xim_main: shoji-session-xim, which puts text into the session's programs.
 *
 * Started by session init with START on descriptor 3, before the browser. Text
 * comes from the agent by a one-way pipe; back go only fixed-size marks
 * and a caret rectangle.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "host/display_xcb.h"
#include "host/host_ipc.h"
#include "host/xim.h"
#include "protocol/base/confine.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"
#include "protocol/base/signals.h"

#define INIT_FD 3
#define MEMORY_MAX_BYTES ((uint64_t)128 * 1024 * 1024)
#define FD_MAX 32

enum start_fd { FD_TEXT, FD_ACK, FD_COUNT };

struct process {
	struct sj_display display;
	struct sj_xim *xim;
	int text_fd, ack_fd;
	bool is_agent_gone;
};

/* ---- towards the agent ---- */

static void tell(struct process *process, const struct sj_host_text *message)
{
	if (sj_ipc_send(process->ack_fd, message, sizeof(*message), NULL) !=
		SJ_OK)
		process->is_agent_gone = true;
}

static void tell_number(
	struct process *process, enum sj_host_text_type type, uint32_t number)
{
	struct sj_host_text message;

	memset(&message, 0, sizeof(message));
	message.type = (uint32_t)type;
	message.number = number;
	tell(process, &message);
}

static void on_taken(void *self)
{
	tell_number(self, SJ_HOST_TEXT_COMMITTED, 0);
}

static void on_focus(void *self, bool has_focus)
{
	tell_number(self, SJ_HOST_TEXT_FOCUS, has_focus ? 1 : 0);
}

static void on_caret(void *self, const struct sj_rect *rect)
{
	struct sj_host_text message;

	memset(&message, 0, sizeof(message));
	message.type = SJ_HOST_TEXT_CARET;
	message.caret = *rect;
	tell(self, &message);
}

/* ---- from the agent ---- */

static bool read_text(struct process *process)
{
	struct sj_host_text message;

	if (sj_ipc_receive(process->text_fd, &message, sizeof(message), NULL) !=
			SJ_OK ||
		message.type != SJ_HOST_TEXT_COMMIT || message.number == 0 ||
		message.number > sizeof(message.text))
		return false;
	if (!sj_xim_commit(process->xim, message.text, message.number))
		tell_number(process, SJ_HOST_TEXT_DROPPED, 0);
	explicit_bzero(&message, sizeof(message));
	return true;
}

static enum sj_exit run(struct process *process)
{
	for (;;) {
		struct pollfd watch[] = {
			{INIT_FD, POLLIN, 0},
			{process->text_fd, POLLIN, 0},
			{sj_display_fd(&process->display), POLLIN, 0},
		};

		/* First what programs did, then what the agent wants. */
		if (!sj_xim_serve(process->xim))
			return SJ_EXIT_LOCAL;
		if (process->is_agent_gone)
			return SJ_EXIT_ENDED;
		if (poll(watch, SJ_COUNT(watch), -1) < 0 && errno != EINTR)
			return SJ_EXIT_LOCAL;
		if (watch[0].revents != 0)
			return SJ_EXIT_ENDED;
		if (watch[1].revents != 0 && !read_text(process))
			return SJ_EXIT_ENDED;
	}
}

/* ---- start ---- */

static bool receive_start(
	struct sj_host_message *message, struct sj_ipc_fds *fds)
{
	enum sj_err err =
		sj_ipc_receive(INIT_FD, message, sizeof(*message), fds);

	if (err == SJ_OK && message->type == SJ_HOST_XIM_START &&
		fds->count == FD_COUNT)
		return true;
	sj_log(SJ_LOG_ERROR, "start error=\"%s\"",
		err == SJ_OK ? "not a START message" : sj_err_text(err));
	return false;
}

static bool open_parts(
	struct process *process, const struct sj_host_xim_start *start)
{
	const struct sj_xim_hooks hooks = {
		.self = process,
		.taken = on_taken,
		.focus = on_focus,
		.caret = on_caret,
	};
	enum sj_err err = sj_display_open(&process->display, start->cookie);

	if (err == SJ_OK)
		err = sj_xim_create(&process->xim, &process->display, &hooks);
	if (err == SJ_OK)
		return true;
	sj_log(SJ_LOG_ERROR, "open error=\"%s\"", sj_err_text(err));
	return false;
}

static bool confine(
	const struct sj_host_xim_start *start, const struct process *process)
{
	const int keep[] = {INIT_FD, process->text_fd, process->ack_fd,
		sj_display_fd(&process->display)};
	struct sj_confine spec = {
		.name = "session-xim",
		.uid = start->confine.uid,
		.gid = start->confine.gid,
		.keep_fds = keep,
		.keep_count = SJ_COUNT(keep),
		.allow =
			SJ_ALLOW_RECVMSG | SJ_ALLOW_SENDMSG | SJ_ALLOW_SHUTDOWN,
		.memory_max_bytes = MEMORY_MAX_BYTES,
		.fd_max = FD_MAX,
		.may_miss = start->confine.may_miss,
	};

	return sj_confine_or_log(&spec) == SJ_OK;
}

int main(void)
{
	struct sj_host_message message;
	struct sj_ipc_fds fds = {.count = 0};
	struct process process;
	enum sj_exit status = SJ_EXIT_LOCAL;

	sj_signals_shield();
	sj_log_open("session-xim", SJ_LOG_INFO);
	memset(&process, 0, sizeof(process));
	if (!receive_start(&message, &fds))
		goto out;
	sj_log_open("session-xim",
		(enum sj_log_level)message.u.xim_start.confine.log_level);
	process.text_fd = fds.fd[FD_TEXT];
	process.ack_fd = fds.fd[FD_ACK];
	if (!open_parts(&process, &message.u.xim_start))
		goto out;
	explicit_bzero(
		message.u.xim_start.cookie, sizeof(message.u.xim_start.cookie));
	if (!confine(&message.u.xim_start, &process)) {
		status = SJ_EXIT_CONFINE;
		goto out;
	}
	message.type = SJ_HOST_XIM_READY;
	memset(&message.u, 0, sizeof(message.u));
	status = sj_ipc_send(INIT_FD, &message, sizeof(message), NULL) == SJ_OK
			 ? run(&process)
			 : SJ_EXIT_ENDED;
out:
	/* The input method goes with the process: closing it would wait for
	 * a display that may be gone. */
	sj_display_close(&process.display);
	return (int)status;
}
