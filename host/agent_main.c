/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * agent_main: shoji-session-agent, which shows one session and types into it.
 *
 * Started by session init with START on descriptor 3. Connects to the
 * display, maps its pixels, confines itself, and then joins three
 * sides: the display, the stream to a gate, and the XIM process.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/agent.h"
#include "host/host_ipc.h"
#include "protocol/base/confine.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"
#include "protocol/base/signals.h"

#define INIT_FD 3
/* The largest frame and its shadow, and what the library needs. */
#define MEMORY_MAX_BYTES ((uint64_t)512 * 1024 * 1024)
#define FD_MAX 64

/* FD_FRAME is there only if the message says so. */
enum start_fd { FD_SHOJID, FD_TEXT, FD_ACK, FD_FRAME, FD_COUNT };

static bool receive_start(
	struct sj_host_message *message, struct sj_ipc_fds *fds)
{
	enum sj_err err =
		sj_ipc_receive(INIT_FD, message, sizeof(*message), fds);

	if (err == SJ_OK && message->type == SJ_HOST_AGENT_START &&
		fds->count == (message->u.agent_start.has_framebuffer_file
					      ? FD_COUNT
					      : FD_FRAME))
		return true;
	sj_log(SJ_LOG_ERROR, "start error=\"%s\"",
		err == SJ_OK ? "not a START message" : sj_err_text(err));
	return false;
}

static bool confine(
	const struct sj_host_agent_start *start, const struct sj_agent *agent)
{
	const int keep[] = {INIT_FD, agent->shojid_fd, agent->text_fd,
		agent->ack_fd, sj_display_fd(&agent->display)};
	struct sj_confine spec = {
		.name = "session-agent",
		.uid = start->confine.uid,
		.gid = start->confine.gid,
		.keep_fds = keep,
		.keep_count = SJ_COUNT(keep),
		.allow = SJ_ALLOW_RECVMSG | SJ_ALLOW_SENDMSG |
			 SJ_ALLOW_SHUTDOWN | SJ_ALLOW_SOCKOPT,
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
	struct sj_agent agent;
	enum sj_exit status = SJ_EXIT_LOCAL;
	enum sj_err err;

	sj_signals_shield();
	sj_log_open("session-agent", SJ_LOG_INFO);
	memset(&agent, 0, sizeof(agent));
	if (!receive_start(&message, &fds))
		goto out;
	sj_log_open("session-agent",
		(enum sj_log_level)message.u.agent_start.confine.log_level);
	agent.init_fd = INIT_FD;
	agent.shojid_fd = fds.fd[FD_SHOJID];
	agent.text_fd = fds.fd[FD_TEXT];
	agent.ack_fd = fds.fd[FD_ACK];
	err = sj_agent_open(&agent, &message.u.agent_start, fds.fd[FD_FRAME]);
	explicit_bzero(message.u.agent_start.cookie,
		sizeof(message.u.agent_start.cookie));
	if (err != SJ_OK) {
		sj_log(SJ_LOG_ERROR, "open part=%s error=\"%s\"",
			agent.failed_part, sj_err_text(err));
		goto out;
	}
	if (!confine(&message.u.agent_start, &agent)) {
		status = SJ_EXIT_CONFINE;
		goto out;
	}
	status = sj_agent_run(&agent);
out:
	sj_agent_close(&agent);
	return (int)status;
}
