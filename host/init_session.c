/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/init_session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/browser_command.h"
#include "host/jail_exec.h"
#include "host/session_display.h"
#include "host/session_root.h"
#include "protocol/base/clock.h"
#include "protocol/base/confine.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"

#define START_MS 30000 /* one program of a session, on a busy machine */
#define CAUSE_MS 200   /* for the cause of what has ended */
#define MEMORY_MAX_BYTES (32u << 20)
#define AGENT_PROGRAM SJ_SESSION_LIBEXEC "/shoji-session-agent"
#define XIM_PROGRAM SJ_SESSION_LIBEXEC "/shoji-session-xim"

static const char *const names[SJ_INIT_PROCESSES] = {
	"xvfb", "keymap", "agent", "xim", "browser"};

/* ---- what ends a session ---- */

static void tell_ended(const struct sj_init_session *session,
	enum sj_init_process process, int wait_status)
{
	struct sj_host_message message = {.type = SJ_HOST_INIT_ENDED};

	(void)snprintf(message.u.init_ended.process,
		sizeof(message.u.init_ended.process), "%s", names[process]);
	message.u.init_ended.wait_status = wait_status;
	sj_log(SJ_LOG_INFO, "ended process=%s status=%d", names[process],
		wait_status);
	if (sj_ipc_send(session->control_fd, &message, sizeof(message), NULL) !=
		SJ_OK)
		sj_log(SJ_LOG_INFO, "control error=\"shojid is gone\"");
}

/* One of the session's own programs that ended. */
struct ended {
	bool is_there;
	enum sj_init_process process;
	int status;
};

/* What follows from another's end ends by itself, and mostly tidily. */
static int rank(int status)
{
	if (WIFSIGNALED(status))
		return 2;
	return WEXITSTATUS(status) != 0 ? 1 : 0;
}

static void note_ended(struct sj_init_session *session,
	enum sj_init_process process, int status, struct ended *worst)
{
	const struct ended now = {true, process, status};

	session->pid[process] = 0;
	/* The keymap program is meant to end. */
	if (process == SJ_INIT_KEYMAP && rank(status) > 0)
		sj_log(SJ_LOG_WARNING, "keymap status=%d", status);
	if (process != SJ_INIT_KEYMAP &&
		(!worst->is_there || rank(status) > rank(worst->status)))
		*worst = now;
}

/* Every child that ended, strangers whose parents died included. */
static void collect(struct sj_init_session *session, struct ended *worst)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(session->signal_fd, &info, sizeof(info)) > 0) {
	}
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (unsigned i = 0; i < SJ_INIT_PROCESSES; i++)
			if (session->pid[i] == pid)
				note_ended(session, (enum sj_init_process)i,
					status, worst);
}

/*
 * Collects what ended. SJ_ERR_CLOSED when one of the session's own programs was
 * among it; the one whose end is the cause is told.
 */
static enum sj_err reap(struct sj_init_session *session)
{
	struct pollfd more = {.fd = session->signal_fd, .events = POLLIN};
	struct ended worst = {.is_there = false};
	uint64_t until_ms;

	collect(session, &worst);
	if (!worst.is_there)
		return SJ_OK;
	/* Who is killed lets go of its sockets first, and is seen after those
	 * whom that ends. */
	until_ms = sj_clock_ms() + CAUSE_MS;
	while (rank(worst.status) < 2 && sj_clock_ms() < until_ms &&
		poll(&more, 1, sj_clock_poll_ms(sj_clock_ms(), until_ms)) == 1)
		collect(session, &worst);
	tell_ended(session, worst.process, worst.status);
	return SJ_ERR_CLOSED;
}

/* True when shojid asked for the end or is gone. */
static bool is_told_to_end(const struct sj_init_session *session)
{
	struct sj_host_message message;
	enum sj_err err = sj_ipc_receive(
		session->control_fd, &message, sizeof(message), NULL);

	if (err == SJ_ERR_AGAIN)
		return false;
	sj_log(SJ_LOG_INFO, "end %s",
		err == SJ_OK ? "asked=yes" : "shojid=gone");
	return true;
}

/*
 * Waits until fd (-1: none) is readable: SJ_OK then. SJ_ERR_DENIED when the
 * session has to end, SJ_ERR_CLOSED when a program ended, SJ_ERR_AGAIN when
 * a child was reaped that is no program, SJ_ERR_TIMEOUT.
 */
static enum sj_err wait_for(
	struct sj_init_session *session, int fd, uint64_t deadline_ms)
{
	struct pollfd polls[3] = {{.fd = session->control_fd, .events = POLLIN},
		{.fd = session->signal_fd, .events = POLLIN},
		{.fd = fd, .events = POLLIN}};
	int wait_ms = deadline_ms == UINT64_MAX
			      ? -1
			      : sj_clock_poll_ms(sj_clock_ms(), deadline_ms);
	int ready = poll(polls, SJ_COUNT(polls), wait_ms);
	enum sj_err err;

	if (ready == 0)
		return SJ_ERR_TIMEOUT;
	if (ready < 0)
		return errno == EINTR ? SJ_ERR_AGAIN : SJ_ERR_SYSTEM;
	if (polls[0].revents != 0 && is_told_to_end(session))
		return SJ_ERR_DENIED;
	if (polls[1].revents != 0) {
		err = reap(session);
		if (err != SJ_OK)
			return err;
	}
	return polls[2].revents != 0 ? SJ_OK : SJ_ERR_AGAIN;
}

static enum sj_err wait_readable(struct sj_init_session *session, int fd)
{
	uint64_t deadline_ms = sj_clock_ms() + START_MS;
	enum sj_err err;

	do
		err = wait_for(session, fd, deadline_ms);
	while (err == SJ_ERR_AGAIN);
	return err;
}

/* ---- starting ---- */

static enum sj_err start_program(struct sj_init_session *session,
	enum sj_init_process process, struct sj_jail_exec *spec)
{
	const struct sj_host_init_start *start = session->start;
	bool is_agent = process == SJ_INIT_AGENT;
	enum sj_err err;

	spec->envp = sj_browser_command_environment();
	spec->uid = is_agent ? start->agent_uid : start->jail_uid;
	spec->gid = is_agent ? start->agent_gid : start->jail_gid;
	spec->has_seccomp = (start->may_miss & SJ_CONFINE_SECCOMP) == 0;
	spec->is_quiet = spec->is_foreign && start->log_level < SJ_LOG_DEBUG;
	err = sj_jail_exec(spec, &session->pid[process]);
	if (err != SJ_OK)
		sj_log(SJ_LOG_ERROR, "start process=%s error=\"%s\"",
			names[process], strerror(errno));
	return err;
}

static enum sj_err start_display(struct sj_init_session *session)
{
	struct sj_display_command command;
	struct sj_jail_exec spec = {.path = SJ_DISPLAY_SERVER,
		.argv = command.word,
		.is_foreign = true};
	int ready[2];
	char letter = 0;
	enum sj_err err;

	if (getrandom(session->cookie, sizeof(session->cookie), 0) !=
			(ssize_t)sizeof(session->cookie) ||
		sj_session_root_write_cookie(session->start, session->cookie) !=
			SJ_OK ||
		pipe2(ready, O_CLOEXEC) != 0)
		return SJ_ERR_SYSTEM;
	sj_display_server_command(&command, session->start);
	spec.fd = ready[1];
	err = start_program(session, SJ_INIT_XVFB, &spec);
	close(ready[1]);
	if (err == SJ_OK)
		err = wait_readable(session, ready[0]);
	/* Number and line end come in two writes; Xvfb dies if one fails. */
	while (err == SJ_OK && letter != '\n')
		if (read(ready[0], &letter, 1) != 1)
			err = SJ_ERR_MISSING;
	close(ready[0]);
	return err;
}

static enum sj_err set_keymap(struct sj_init_session *session)
{
	struct sj_display_command command;
	struct sj_jail_exec spec = {.path = SJ_DISPLAY_KEYMAP,
		.argv = command.word,
		.fd = -1,
		.is_foreign = true};
	enum sj_err err;

	sj_display_keymap_command(&command, session->start);
	err = start_program(session, SJ_INIT_KEYMAP, &spec);
	while (err == SJ_OK && session->pid[SJ_INIT_KEYMAP] != 0) {
		err = wait_for(session, -1, sj_clock_ms() + START_MS);
		if (err == SJ_ERR_AGAIN)
			err = SJ_OK;
	}
	return err;
}

/* Starts one program of ours with a control pair; gives our end in *fd. */
static enum sj_err start_own(struct sj_init_session *session,
	enum sj_init_process process, const char *path,
	const struct sj_host_message *message, const struct sj_ipc_fds *fds)
{
	const char *const argv[] = {path, NULL};
	struct sj_jail_exec spec = {.path = path, .argv = argv};
	int *fd = process == SJ_INIT_AGENT ? &session->agent_fd
					   : &session->xim_fd;
	int pair[2];
	enum sj_err err = sj_ipc_pair(pair);

	if (err != SJ_OK)
		return err;
	spec.fd = pair[1];
	err = start_program(session, process, &spec);
	close(pair[1]);
	if (err == SJ_OK)
		err = sj_ipc_send(pair[0], message, sizeof(*message), fds);
	if (err != SJ_OK)
		close(pair[0]);
	else
		*fd = pair[0];
	return err;
}

static struct sj_host_confine_settings confine_of(
	const struct sj_host_init_start *start)
{
	/* Started with its uid already: nothing to drop any more. */
	struct sj_host_confine_settings settings = {.uid = UINT32_MAX,
		.gid = UINT32_MAX,
		.may_miss = start->may_miss,
		.log_level = start->log_level};

	return settings;
}

static enum sj_err start_agent(
	struct sj_init_session *session, int text_fd, int acknowledge_fd)
{
	const struct sj_host_init_start *start = session->start;
	struct sj_host_message message = {.type = SJ_HOST_AGENT_START};
	struct sj_host_agent_start *agent = &message.u.agent_start;
	struct sj_ipc_fds fds = {.count = 3};
	enum sj_err err;

	agent->confine = confine_of(start);
	agent->size_max = start->size_max;
	agent->size_start = start->size_start;
	agent->keymap = start->keymap;
	agent->is_stock_allowed = start->is_stock_allowed;
	agent->refresh_hz = start->browser.refresh_hz;
	agent->frames_per_second = start->frames_per_second;
	agent->bandwidth_kbit = start->bandwidth_kbit;
	agent->is_lossless = start->is_lossless;
	agent->has_framebuffer_file = start->capture == 0;
	memcpy(agent->cookie, session->cookie, sizeof(agent->cookie));
	fds.fd[0] = session->agent_control_fd;
	fds.fd[1] = text_fd;
	fds.fd[2] = acknowledge_fd;
	if (agent->has_framebuffer_file) {
		fds.fd[fds.count] = sj_display_open_framebuffer();
		if (fds.fd[fds.count++] < 0)
			return SJ_ERR_SYSTEM;
	}
	err = start_own(session, SJ_INIT_AGENT, AGENT_PROGRAM, &message, &fds);
	if (agent->has_framebuffer_file)
		close(fds.fd[3]);
	/* Only the agent may hold it: its end has to be seen by shojid. */
	close(session->agent_control_fd);
	session->agent_control_fd = -1;
	return err;
}

static enum sj_err start_xim(
	struct sj_init_session *session, int text_fd, int acknowledge_fd)
{
	struct sj_host_message message = {.type = SJ_HOST_XIM_START};
	struct sj_ipc_fds fds = {.fd = {text_fd, acknowledge_fd}, .count = 2};

	message.u.xim_start.confine = confine_of(session->start);
	memcpy(message.u.xim_start.cookie, session->cookie,
		sizeof(message.u.xim_start.cookie));
	return start_own(session, SJ_INIT_XIM, XIM_PROGRAM, &message, &fds);
}

static enum sj_err start_pair(struct sj_init_session *session)
{
	int text[2] = {-1, -1};
	int acknowledge[2] = {-1, -1};
	enum sj_err err = sj_ipc_pair(text);

	if (err == SJ_OK)
		err = sj_ipc_pair(acknowledge);
	/* One-way: what the other end writes is never delivered. */
	if (err == SJ_OK && (shutdown(text[0], SHUT_RD) != 0 ||
				    shutdown(acknowledge[1], SHUT_RD) != 0))
		err = SJ_ERR_SYSTEM;
	if (err == SJ_OK)
		err = start_agent(session, text[0], acknowledge[0]);
	if (err == SJ_OK)
		err = start_xim(session, text[1], acknowledge[1]);
	for (size_t i = 0; i < 2; i++) {
		if (text[i] >= 0)
			close(text[i]);
		if (acknowledge[i] >= 0)
			close(acknowledge[i]);
	}
	return err;
}

static enum sj_err expect(
	struct sj_init_session *session, int fd, uint32_t type)
{
	struct sj_host_message message;
	enum sj_err err = wait_readable(session, fd);

	if (err == SJ_OK)
		err = sj_ipc_receive(fd, &message, sizeof(message), NULL);
	if (err == SJ_OK && message.type != type)
		err = SJ_ERR_FORMAT;
	/* A program that ended is told by its status, which comes with it. */
	if (err == SJ_ERR_CLOSED)
		err = wait_readable(session, -1);
	return err;
}

static enum sj_err start_browser(struct sj_init_session *session)
{
	struct sj_browser_command command;
	struct sj_jail_exec spec = {.path = SJ_BROWSER_JAIL,
		.argv = command.word,
		.fd = -1,
		.is_foreign = true};
	enum sj_err err = sj_browser_command_build(&command, session->start);

	if (err == SJ_OK)
		err = start_program(session, SJ_INIT_BROWSER, &spec);
	return err;
}

/* Nothing is started any more: what is left is to wait and to reap. */
static enum sj_err confine_self(struct sj_init_session *session)
{
	const struct sj_host_init_start *start = session->start;
	/* Agent and XIM process end when their sockets end: keep them. */
	const int keep[] = {session->control_fd, session->signal_fd,
		session->agent_fd, session->xim_fd};
	struct sj_confine spec = {.name = "session-init",
		.uid = start->init_uid,
		.gid = start->init_gid,
		.keep_fds = keep,
		.keep_count = SJ_COUNT(keep),
		.allow = SJ_ALLOW_RECVMSG | SJ_ALLOW_SENDMSG | SJ_ALLOW_SIGNALS,
		.memory_max_bytes = MEMORY_MAX_BYTES,
		.may_miss = start->may_miss};

	return sj_confine_or_log(&spec);
}

static enum sj_err start_all(struct sj_init_session *session)
{
	struct sj_host_message ready = {.type = SJ_HOST_INIT_READY};
	enum sj_err err = start_display(session);

	if (err == SJ_OK)
		err = set_keymap(session);
	if (err == SJ_OK)
		err = start_pair(session);
	/* The browser asks for its input method and its window's place when
	 * it starts: both have to be there before. */
	if (err == SJ_OK)
		err = expect(session, session->xim_fd, SJ_HOST_XIM_READY);
	if (err == SJ_OK)
		err = expect(
			session, session->agent_fd, SJ_HOST_AGENT_MANAGING);
	if (err == SJ_OK)
		err = start_browser(session);
	if (err == SJ_OK)
		err = confine_self(session);
	if (err == SJ_OK)
		err = sj_ipc_send(
			session->control_fd, &ready, sizeof(ready), NULL);
	return err;
}

enum sj_err sj_init_session_run(struct sj_init_session *session)
{
	enum sj_err err = start_all(session);

	if (err != SJ_OK && err != SJ_ERR_DENIED && err != SJ_ERR_CLOSED)
		sj_log(SJ_LOG_ERROR, "session error=\"%s\"", sj_err_text(err));
	while (err == SJ_OK || err == SJ_ERR_AGAIN)
		err = wait_for(session, -1, UINT64_MAX);
	return err == SJ_ERR_DENIED ? SJ_OK : err;
}
