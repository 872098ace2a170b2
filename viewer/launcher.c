/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/launcher.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protocol/base/clock.h"
#include "protocol/base/log.h"
#include "protocol/base/signals.h"
#include "viewer/connection.h"
#include "viewer/files.h"
#include "viewer/keeping.h"
#include "viewer/messages.h"
#include "viewer/reach.h"
#include "viewer/reaction.h"
#include "viewer/stats.h"
#include "viewer/window_start.h"

/* The gate says goodbye to the host in this time. */
#define GOODBYE_MS 2000
/* The window closes, --headless writes its PNG. */
#define WINDOW_END_MS 10000
/* Messages that it may have sent before it heard of its end. */
#define LAST_WORDS 8
/* A window that fills the screen tells its size in this time. */
#define WINDOW_START_MS 5000

enum phase {
	PHASE_REACHING, /* the TCP connection is being made */
	PHASE_RUNNING,  /* gate and decoder are there */
	PHASE_WAITING,  /* until retry_at_ms */
	PHASE_ENDED,    /* the window shows why; the user may retry */
	PHASE_LEAVING   /* the gate says goodbye until leave_at_ms */
};

struct launcher {
	const struct sj_viewer_options *options;
	bool is_japanese;
	enum phase phase;
	struct sj_child window;
	struct sj_reach reach;
	struct sj_connection connection;
	struct sj_stats stats;
	struct sj_keeping keeping;
	bool is_unkept;  /* the ledger ends this connection */
	bool is_lacking; /* a file of the last attempt was not what it has to be
			  */
	bool is_done;
	bool is_size_awaited;  /* the first connection waits for the window */
	bool was_connected;    /* at least once */
	uint64_t connected_ms; /* 0: this connection is not yet */
	struct sj_size size;   /* room for the picture, as the window says */
	uint32_t backoff_ms;
	uint64_t retry_at_ms;
	uint64_t leave_at_ms;
	enum sj_reason reason; /* the last one */
	enum sj_reason told;   /* on stderr */
	int status;            /* exit status when it is not reason's */
	/* what the window says of its end; NONE: nothing */
	struct sj_viewer_failure failure;
	bool is_failure_told;
};

static struct launcher launcher;

static void tell_person(enum sj_reason reason, bool is_by_peer)
{
	char line[512];

	/* Once for each cause, not at every attempt. */
	if (reason == launcher.told)
		return;
	launcher.told = reason;
	fprintf(stderr, "shoji-viewer: %s: %s\n", launcher.options->host,
		sj_messages_line(line, sizeof(line), reason, is_by_peer,
			launcher.is_japanese, launcher.options->contact));
}

static void tell_window(enum sj_viewer_state state, enum sj_reason reason,
	bool is_by_peer, uint32_t retry_ms)
{
	struct sj_viewer_message message;
	enum sj_err err;

	if (launcher.window.control_fd < 0)
		return;
	memset(&message, 0, sizeof(message));
	message.type = SJ_VIEWER_WINDOW_STATUS;
	message.u.status.state = (uint32_t)state;
	message.u.status.reason = (uint32_t)reason;
	message.u.status.is_by_peer = is_by_peer;
	message.u.status.retry_ms = retry_ms;
	err = sj_ipc_send(
		launcher.window.control_fd, &message, sizeof(message), NULL);
	(void)err; /* its end is seen by poll */
}

/* The attempt or connection is over: again later, or the end. */
static void conclude(enum sj_reason reason, bool is_by_peer)
{
	bool is_retry =
		sj_reaction_is_retry(reason) &&
		(launcher.was_connected || !launcher.options->is_headless);

	launcher.reason = reason;
	if (reason != SJ_REASON_NONE)
		tell_person(reason, is_by_peer);
	if (is_retry) {
		launcher.backoff_ms =
			sj_reaction_backoff_ms(launcher.backoff_ms);
		launcher.retry_at_ms = sj_clock_ms() + launcher.backoff_ms;
		launcher.phase = PHASE_WAITING;
		tell_window(SJ_VIEWER_LOST, reason, is_by_peer,
			launcher.backoff_ms);
		return;
	}
	launcher.phase = PHASE_ENDED;
	tell_window(SJ_VIEWER_ENDED, reason, is_by_peer, 0);
	if (launcher.options->is_headless)
		launcher.is_done = true;
}

static void start_connection(void)
{
	const struct sj_connection_plan plan = {.options = launcher.options,
		.window = &launcher.window,
		.socket_fd = sj_reach_take(&launcher.reach),
		.size = launcher.size};
	const char *what = "";
	enum sj_err err =
		sj_connection_start(&launcher.connection, &plan, &what);

	if (err != SJ_OK) {
		fprintf(stderr, "shoji-viewer: %s: %s\n", what,
			err == SJ_ERR_SYSTEM ? strerror(errno)
					     : sj_err_text(err));
		conclude(SJ_REASON_LOCAL, false);
		return;
	}
	launcher.connected_ms = 0;
	launcher.stats.connections++;
	launcher.phase = PHASE_RUNNING;
}

static void act_on_reach(enum sj_reach_step step, const enum sj_reason *reason)
{
	if (step == SJ_REACH_DONE)
		start_connection();
	else if (step == SJ_REACH_FAILED)
		conclude(*reason, false);
}

/* Says what is wrong with a file (of option), and what to do. */
static bool refuse_file(const char *what, const char *option)
{
	launcher.is_lacking = true;
	fprintf(stderr, "shoji-viewer: %s\nshoji-viewer: %s%s%s\n", what,
		sj_messages_text(SJ_MESSAGE_FILE_PLACE, launcher.is_japanese),
		option,
		sj_messages_text(SJ_MESSAGE_FILE_OTHER, launcher.is_japanese));
	return false;
}

/* Who lacks a key is to hear so before the network is tried. */
static bool has_files(void)
{
	struct sj_connection_file file;
	enum sj_err err = sj_connection_check(launcher.options, &file);
	bool is_full = err == SJ_ERR_SYSTEM && errno == EMFILE;
	const char *option;
	char why[700];

	if (!is_full && !sj_files_are_material(
				launcher.options, &option, why, sizeof(why)))
		return refuse_file(why, option);
	if (err == SJ_OK)
		return true;
	(void)snprintf(why, sizeof(why), "%s: %s", file.path,
		err == SJ_ERR_SYSTEM ? strerror(errno) : sj_err_text(err));
	if (!is_full)
		return refuse_file(why, file.option);
	/* Nothing is wrong with the file. */
	fprintf(stderr, "shoji-viewer: %s\n", why);
	return false;
}

static void start_reach(void)
{
	enum sj_reason reason = SJ_REASON_NONE;

	launcher.phase = PHASE_REACHING;
	launcher.is_size_awaited = false;
	launcher.is_lacking = false;
	if (!has_files()) {
		conclude(SJ_REASON_LOCAL, false);
		return;
	}
	if (!sj_keeping_is_ready(&launcher.keeping)) {
		conclude(SJ_REASON_LEDGER, false);
		return;
	}
	/* While it retries by itself the countdown message stays. */
	if (!launcher.was_connected && launcher.backoff_ms == 0)
		tell_window(SJ_VIEWER_CONNECTING, SJ_REASON_NONE, false, 0);
	act_on_reach(sj_reach_start(&launcher.reach, launcher.options->host,
			     launcher.options->port, &reason),
		&reason);
}

static void end_connection(void)
{
	enum sj_reason reason = sj_connection_end(&launcher.connection);
	bool is_by_peer = launcher.connection.closed.is_by_peer != 0;

	sj_keeping_closed(&launcher.keeping,
		launcher.connection.is_closed ? &launcher.connection.closed
					      : NULL);
	if (launcher.is_unkept) {
		reason = SJ_REASON_LEDGER;
		is_by_peer = false;
		launcher.is_unkept = false;
	}
	if (launcher.connection.is_closed)
		sj_stats_add_closed(
			&launcher.stats, &launcher.connection.closed);
	if (launcher.phase == PHASE_LEAVING) {
		launcher.is_done = true;
		return;
	}
	if (launcher.connected_ms != 0 &&
		sj_clock_ms() - launcher.connected_ms >= SJ_VIEWER_STEADY_MS)
		launcher.backoff_ms = 0;
	conclude(reason, is_by_peer);
}

static void tell_gate(enum sj_viewer_gate_message_type type)
{
	struct sj_viewer_gate_message message;

	memset(&message, 0, sizeof(message));
	message.type = type;
	sj_child_tell(&launcher.connection.gate, &message, sizeof(message));
}

static void leave(void)
{
	if (launcher.phase == PHASE_LEAVING)
		return;
	if (launcher.phase != PHASE_RUNNING) {
		launcher.is_done = true;
		return;
	}
	launcher.reason = SJ_REASON_END_USER;
	launcher.phase = PHASE_LEAVING;
	launcher.leave_at_ms = sj_clock_ms() + GOODBYE_MS;
	tell_gate(SJ_VIEWER_GATE_END);
}

static void act_on_keeping(enum sj_keeping_step step)
{
	if (launcher.phase != PHASE_RUNNING)
		return;
	if (step == SJ_KEEPING_REFUSE) {
		launcher.is_unkept = true;
		tell_gate(SJ_VIEWER_GATE_END);
		return;
	}
	if (step != SJ_KEEPING_GO)
		return;
	if (sj_keeping_is_wanted(&launcher.keeping))
		tell_gate(SJ_VIEWER_GATE_GO);
	launcher.was_connected = true;
	launcher.connected_ms = sj_clock_ms();
	launcher.told = SJ_REASON_NONE;
	if (launcher.stats.connected_us == 0)
		launcher.stats.connected_us = sj_clock_us();
	tell_window(SJ_VIEWER_SHOWING, SJ_REASON_NONE, false, 0);
}

static void on_gate(void)
{
	struct sj_viewer_gate_message message;
	enum sj_err err = sj_ipc_receive(launcher.connection.gate.control_fd,
		&message, sizeof(message), NULL);

	if (err != SJ_OK) {
		end_connection();
		return;
	}
	switch (message.type) {
	case SJ_VIEWER_GATE_CONNECTED:
		act_on_keeping(sj_keeping_connected(
			&launcher.keeping, &message.u.gate_connected));
		explicit_bzero(&message, sizeof(message));
		break;
	case SJ_VIEWER_GATE_UPDATE:
		sj_stats_add_update(&launcher.stats, &message.u.gate_update);
		break;
	case SJ_VIEWER_GATE_ALIVE:
		break; /* who sits here sees it */
	case SJ_VIEWER_GATE_CLOSED:
		launcher.connection.is_closed = true;
		launcher.connection.closed = message.u.gate_closed;
		break;
	default:
		end_connection();
		break;
	}
}

/* The decoder never speaks: anything here is its end. */
static void on_decoder(void)
{
	struct sj_connection *connection = &launcher.connection;

	connection->decoder_status =
		sj_child_end(&connection->decoder, GOODBYE_MS);
}

/* Once. */
static void tell_failure(void)
{
	struct sj_viewer_failure *failure = &launcher.failure;
	char line[1024];

	if (launcher.is_failure_told)
		return;
	launcher.is_failure_told = true;
	if (failure->what == SJ_VIEWER_FAILED_NOTHING)
		failure->what = launcher.status == SJ_EXIT_CONFINE
					? SJ_VIEWER_FAILED_CONFINE
					: SJ_VIEWER_FAILED_OTHER;
	fprintf(stderr, "shoji-viewer: %s\n",
		sj_messages_failure(line, sizeof(line), failure,
			launcher.options, launcher.is_japanese));
}

static void on_window(void)
{
	struct sj_viewer_message message;
	enum sj_err err = sj_ipc_receive(
		launcher.window.control_fd, &message, sizeof(message), NULL);
	int status;

	if (err != SJ_OK) {
		status = sj_child_end(&launcher.window, WINDOW_END_MS);
		launcher.status =
			WIFEXITED(status) ? WEXITSTATUS(status) : SJ_EXIT_LOCAL;
		if (launcher.status != SJ_EXIT_ENDED)
			tell_failure();
		leave();
		return;
	}
	switch (message.type) {
	case SJ_VIEWER_WINDOW_CLOSED:
		leave();
		break;
	case SJ_VIEWER_WINDOW_RETRY:
		if (launcher.phase == PHASE_WAITING ||
			launcher.phase == PHASE_ENDED) {
			launcher.backoff_ms = 0;
			launcher.told = SJ_REASON_NONE;
			tell_window(
				SJ_VIEWER_CONNECTING, SJ_REASON_NONE, false, 0);
			start_reach();
		}
		break;
	case SJ_VIEWER_WINDOW_SHOWN:
		if (launcher.stats.shown_us == 0)
			launcher.stats.shown_us = message.u.shown_us;
		break;
	case SJ_VIEWER_WINDOW_FAILED:
		launcher.failure = message.u.failure;
		break;
	case SJ_VIEWER_WINDOW_SIZE:
		launcher.size = message.u.size;
		if (launcher.is_size_awaited)
			launcher.retry_at_ms = sj_clock_ms();
		break;
	default:
		launcher.status = SJ_EXIT_LOCAL;
		leave();
		break;
	}
}

static int wait_ms(void)
{
	uint64_t until_ms;

	switch (launcher.phase) {
	case PHASE_RUNNING:
		until_ms = launcher.keeping.ledger.deadline_ms;
		break;
	case PHASE_REACHING:
		until_ms = launcher.reach.deadline_ms;
		break;
	case PHASE_WAITING:
		until_ms = launcher.retry_at_ms;
		break;
	case PHASE_LEAVING:
		until_ms = launcher.leave_at_ms;
		break;
	case PHASE_ENDED:
	default:
		return -1;
	}
	if (until_ms == UINT64_MAX)
		return -1;
	return sj_clock_poll_ms(sj_clock_ms(), until_ms);
}

/* What the clock alone decides. */
static void on_time(void)
{
	enum sj_reason reason = SJ_REASON_NONE;
	uint64_t now_ms = sj_clock_ms();

	if (launcher.phase == PHASE_REACHING)
		act_on_reach(sj_reach_next(&launcher.reach, &reason), &reason);
	else if (launcher.phase == PHASE_WAITING &&
		 now_ms >= launcher.retry_at_ms)
		start_reach();
	else if (launcher.phase == PHASE_LEAVING &&
		 now_ms >= launcher.leave_at_ms)
		end_connection();
	else if (sj_ledger_is_late(&launcher.keeping.ledger, now_ms))
		act_on_keeping(sj_keeping_turn(&launcher.keeping));
}

static void turn(int signal_fd)
{
	struct signalfd_siginfo info;
	struct pollfd polls[] = {
		{signal_fd, POLLIN, 0},
		{launcher.window.control_fd, POLLIN, 0},
		{launcher.connection.gate.control_fd, POLLIN, 0},
		{launcher.connection.decoder.control_fd, POLLIN, 0},
		{launcher.phase == PHASE_REACHING ? launcher.reach.fd : -1,
			POLLOUT, 0},
		{launcher.keeping.ledger.fd, POLLIN, 0},
	};

	if (poll(polls, SJ_COUNT(polls), wait_ms()) < 0)
		return;
	if (polls[0].revents != 0) {
		while (read(signal_fd, &info, sizeof(info)) > 0)
			;
		leave();
	}
	if (polls[5].revents != 0)
		act_on_keeping(sj_keeping_turn(&launcher.keeping));
	if (polls[3].revents != 0)
		on_decoder();
	if (polls[2].revents != 0)
		on_gate();
	if (polls[1].revents != 0)
		on_window();
	on_time();
}

/* What the window says until it ends; it may say no more than it has to. */
static void hear_last_words(void)
{
	struct pollfd window = {launcher.window.control_fd, POLLIN, 0};
	struct sj_viewer_message message;

	for (int i = 0; i < LAST_WORDS && window.fd >= 0 &&
			poll(&window, 1, WINDOW_END_MS) == 1 &&
			sj_ipc_receive(window.fd, &message, sizeof(message),
				NULL) == SJ_OK;
		i++)
		if (message.type == SJ_VIEWER_WINDOW_FAILED)
			launcher.failure = message.u.failure;
}

static int end_window(void)
{
	const struct sj_viewer_message end = {.type = SJ_VIEWER_WINDOW_END};
	int window_status;

	sj_child_tell(&launcher.window, &end, sizeof(end));
	hear_last_words();
	window_status = sj_child_end(&launcher.window, WINDOW_END_MS);
	if (launcher.failure.what != SJ_VIEWER_FAILED_NOTHING)
		tell_failure();
	return WIFEXITED(window_status) ? WEXITSTATUS(window_status)
					: SJ_EXIT_LOCAL;
}

static int finish(void)
{
	int status = launcher.status;
	int window_status;

	sj_reach_finish(&launcher.reach);
	(void)sj_connection_end(&launcher.connection);
	sj_keeping_finish(&launcher.keeping);
	if (launcher.window.pid != 0) {
		window_status = end_window();
		if (status == SJ_EXIT_ENDED)
			status = window_status;
	}
	if (status == SJ_EXIT_ENDED)
		status = launcher.is_lacking
				 ? SJ_EXIT_USAGE
				 : (int)sj_reaction_exit(launcher.reason);
	if (launcher.options->stats[0] &&
		sj_stats_write(&launcher.stats, launcher.options->stats,
			launcher.reason, status) != SJ_OK) {
		fprintf(stderr, "shoji-viewer: cannot write %s\n",
			launcher.options->stats);
		if (status == SJ_EXIT_ENDED)
			status = SJ_EXIT_LOCAL;
	}
	sj_stats_finish(&launcher.stats);
	return status;
}

int sj_launcher_run(const struct sj_viewer_options *options)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	int signal_fd = sj_signals_open(signals, SJ_COUNT(signals));
	enum sj_err err = SJ_ERR_SYSTEM;
	const int cause = errno;

	memset(&launcher, 0, sizeof(launcher));
	launcher.options = options;
	launcher.is_japanese = sj_options_is_japanese(options);
	launcher.size.width_px = (uint16_t)options->width_px;
	launcher.size.height_px = (uint16_t)options->height_px;
	launcher.window = SJ_CHILD_NONE;
	launcher.reach.fd = -1;
	sj_connection_init(&launcher.connection);
	sj_keeping_init(&launcher.keeping, options);
	sj_stats_start(&launcher.stats);
	sj_files_warn(options);
	errno = cause;
	if (signal_fd >= 0)
		err = sj_window_start(
			&launcher.window, options, launcher.is_japanese);
	if (err != SJ_OK) {
		fprintf(stderr, "shoji-viewer: cannot start: %s\n",
			err == SJ_ERR_SYSTEM ? strerror(errno)
					     : sj_err_text(err));
		return SJ_EXIT_LOCAL;
	}
	launcher.is_size_awaited =
		options->is_fullscreen && !options->is_headless;
	if (launcher.is_size_awaited) {
		launcher.phase = PHASE_WAITING;
		launcher.retry_at_ms = sj_clock_ms() + WINDOW_START_MS;
	} else {
		start_reach();
	}
	while (!launcher.is_done)
		turn(signal_fd);
	(void)close(signal_fd);
	return finish();
}
