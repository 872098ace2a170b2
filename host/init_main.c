/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shoji-session-init: pid 1 of a session's namespaces.
 *
 * Started by shojid, one process for each session. Builds the session's root,
 * hands out the listening socket of its network namespace, starts X server,
 * agent, XIM process and browser, and takes all of them with it when it ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "host/host_ipc.h"
#include "host/init_session.h"
#include "host/session_network.h"
#include "host/session_root.h"
#include "protocol/base/err.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"
#include "protocol/base/secret.h"
#include "protocol/base/signals.h"

#define CONTROL_FD 3

static void terminate_texts(struct sj_host_init_start *start)
{
	for (size_t i = 0; i < SJ_COUNT(start->command); i++)
		start->command[i][sizeof(start->command[i]) - 1] = '\0';
	for (size_t i = 0; i < SJ_COUNT(start->binds); i++)
		start->binds[i][sizeof(start->binds[i]) - 1] = '\0';
	for (size_t i = 0; i < SJ_COUNT(start->browser_flags); i++)
		start->browser_flags[i][sizeof(start->browser_flags[i]) - 1] =
			'\0';
	start->url[sizeof(start->url) - 1] = '\0';
	start->libexec[sizeof(start->libexec) - 1] = '\0';
	start->policy_file[sizeof(start->policy_file) - 1] = '\0';
}

static int receive_start(struct sj_host_message *message)
{
	struct sj_ipc_fds fds = {.count = 0};
	enum sj_err err =
		sj_ipc_receive(CONTROL_FD, message, sizeof(*message), &fds);

	if (err == SJ_OK && message->type == SJ_HOST_INIT_START &&
		fds.count == 1) {
		terminate_texts(&message->u.init_start);
		return sj_ipc_take(&fds, 0);
	}
	if (err != SJ_ERR_CLOSED)
		sj_log(SJ_LOG_ERROR, "start error=\"%s\"",
			err == SJ_OK ? "not a START message"
				     : sj_err_text(err));
	sj_ipc_close(&fds);
	return -1;
}

static enum sj_err hand_out_listener(void)
{
	struct sj_host_message message = {.type = SJ_HOST_INIT_LISTENER};
	struct sj_ipc_fds fds = {.count = 1};
	enum sj_err err = sj_session_network_up(&fds.fd[0]);

	if (err != SJ_OK)
		return err;
	err = sj_ipc_send(CONTROL_FD, &message, sizeof(message), &fds);
	sj_ipc_close(&fds);
	return err;
}

/* What this process itself looks like from now on. */
static int set_up_self(void)
{
	static const int signals[] = {SIGCHLD};

	if (fcntl(CONTROL_FD, F_SETFD, FD_CLOEXEC) != 0 ||
		fcntl(CONTROL_FD, F_SETFL, O_NONBLOCK) != 0 ||
		sethostname("shoji", 5) != 0 || !sj_secret_hide_memory() ||
		prctl(PR_SET_NAME, "session-init", 0, 0, 0) != 0)
		return -1;
	return sj_signals_open(signals, SJ_COUNT(signals));
}

int main(void)
{
	static struct sj_host_message message;
	struct sj_init_session session = {.start = &message.u.init_start,
		.control_fd = CONTROL_FD,
		.agent_fd = -1,
		.xim_fd = -1};
	const char *step = "";
	enum sj_err err;

	sj_log_open("session-init", SJ_LOG_INFO);
	session.agent_control_fd = receive_start(&message);
	if (session.agent_control_fd < 0)
		return SJ_EXIT_LOCAL;
	sj_log_open("session-init",
		(enum sj_log_level)message.u.init_start.log_level);
	session.signal_fd = set_up_self();
	if (session.signal_fd < 0) {
		sj_log(SJ_LOG_ERROR, "self error=\"%s\"", strerror(errno));
		return SJ_EXIT_LOCAL;
	}
	if (sj_session_root_enter(&message.u.init_start, &step) != SJ_OK) {
		sj_log(SJ_LOG_ERROR, "root step=%s error=\"%s\"", step,
			strerror(errno));
		return SJ_EXIT_CONFINE;
	}
	if (hand_out_listener() != SJ_OK) {
		sj_log(SJ_LOG_ERROR, "network error=\"%s\"", strerror(errno));
		return SJ_EXIT_CONFINE;
	}
	err = sj_init_session_run(&session);
	return err == SJ_OK || err == SJ_ERR_CLOSED ? SJ_EXIT_ENDED
						    : SJ_EXIT_LOCAL;
}
