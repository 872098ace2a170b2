/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shoji-viewer-headless: the window's part without a display.
 *
 * Plays a script against the gate once the first whole update is there, keeps
 * the newest picture and writes it as PNG at the end. Descriptor 3 is
 * the launcher. Confined like the window: no file is opened after START.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "protocol/base/clock.h"
#include "protocol/base/confine.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"
#include "protocol/base/memfd.h"
#include "protocol/base/signals.h"
#include "viewer/failure.h"
#include "viewer/picture.h"
#include "viewer/screenshot.h"
#include "viewer/script.h"
#include "viewer/viewer_ipc.h"

#define CONTROL_FD 3
/* Two frames, the script, libpng. */
#define GATE_READS_MS 10
#define MEMORY_MAX_BYTES (512ull * 1024 * 1024)

struct headless {
	struct sj_viewer_window_start start;
	struct sj_script script;
	struct sj_script_player player;
	struct sj_picture picture;
	int screenshot_fd;
	uint64_t begin_ms;
	uint64_t update_ms; /* of the last update; 0: none on this link */
	bool is_shown_told;
	bool is_done; /* leave the loop */
	int status;
};

static struct headless headless;

static bool read_script(struct sj_ipc_fds *fds)
{
	size_t bytes =
		headless.start.script_count * sizeof(struct sj_viewer_script);
	uint8_t *data = NULL;
	size_t size = 0;
	int fd = sj_ipc_take(fds, 0);
	bool is_good;

	if (fd < 0)
		return headless.start.script_count == 0;
	is_good = headless.start.script_count <= SJ_VIEWER_SCRIPT_STEPS &&
		  sj_memfd_read(fd, sizeof(headless.script.step), &data,
			  &size) == SJ_OK &&
		  size == bytes;
	if (is_good) {
		memcpy(headless.script.step, data, size);
		headless.script.count = headless.start.script_count;
		is_good = sj_script_is_valid(&headless.script);
	}
	free(data);
	(void)close(fd);
	return is_good;
}

static int receive_start(void)
{
	struct sj_viewer_message message;
	struct sj_ipc_fds fds;

	if (sj_ipc_receive(CONTROL_FD, &message, sizeof(message), &fds) !=
		SJ_OK)
		return SJ_EXIT_LOCAL;
	headless.start = message.u.window_start;
	if (message.type != SJ_VIEWER_WINDOW_START || fds.count > 1 ||
		!memchr(headless.start.screenshot, 0,
			sizeof(headless.start.screenshot)) ||
		!read_script(&fds)) {
		sj_ipc_close(&fds);
		return SJ_EXIT_LOCAL;
	}
	sj_log_open(
		"viewer-headless", (enum sj_log_level)headless.start.log_level);
	headless.screenshot_fd = -1;
	if (headless.start.screenshot[0] == 0)
		return SJ_EXIT_ENDED;
	headless.screenshot_fd = open(headless.start.screenshot,
		O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0666);
	if (headless.screenshot_fd < 0) {
		sj_failure_tell(CONTROL_FD, SJ_VIEWER_FAILED_SCREENSHOT, errno);
		return SJ_EXIT_LOCAL;
	}
	return SJ_EXIT_ENDED;
}

static int confine(void)
{
	const int keep[] = {CONTROL_FD, headless.screenshot_fd};
	struct sj_confine spec = {
		.name = "sj-v-headless",
		.uid = (uid_t)-1,
		.gid = (gid_t)-1,
		.keep_fds = keep,
		.keep_count = headless.screenshot_fd < 0 ? 1 : 2,
		.allow = SJ_ALLOW_RECVMSG | SJ_ALLOW_SENDMSG |
			 SJ_ALLOW_MAP_SHARED | SJ_ALLOW_SOCKOPT,
		.memory_max_bytes = MEMORY_MAX_BYTES,
		.fd_max = 64,
		.may_miss = headless.start.may_miss,
	};

	return sj_confine_or_log(&spec) == SJ_OK ? SJ_EXIT_ENDED
						 : SJ_EXIT_CONFINE;
}

static void tell(enum sj_viewer_message_type type)
{
	struct sj_viewer_message message;

	memset(&message, 0, sizeof(message));
	message.type = (uint32_t)type;
	if (type == SJ_VIEWER_WINDOW_SHOWN)
		message.u.shown_us = sj_clock_us();
	if (sj_ipc_send(CONTROL_FD, &message, sizeof(message), NULL) != SJ_OK)
		headless.is_done = true;
}

static void finish(int status)
{
	headless.is_done = true;
	headless.status = status;
}

static void fail(enum sj_viewer_failed what, int number)
{
	sj_failure_tell(CONTROL_FD, what, number);
	finish(SJ_EXIT_LOCAL);
}

static void on_control(void)
{
	struct sj_viewer_message message;
	struct sj_ipc_fds fds;

	if (sj_ipc_receive(CONTROL_FD, &message, sizeof(message), &fds) !=
		SJ_OK) {
		finish(SJ_EXIT_LOCAL);
		return;
	}
	switch (message.type) {
	case SJ_VIEWER_WINDOW_LINK:
		headless.update_ms = 0;
		headless.is_shown_told = false;
		if (sj_picture_link(&headless.picture, &fds) != SJ_OK)
			finish(SJ_EXIT_LOCAL);
		break;
	case SJ_VIEWER_WINDOW_STATUS:
		if (message.u.status.state == SJ_VIEWER_ENDED)
			finish(SJ_EXIT_ENDED);
		else if (message.u.status.state == SJ_VIEWER_LOST)
			sj_picture_unlink(&headless.picture);
		break;
	case SJ_VIEWER_WINDOW_END:
		finish(SJ_EXIT_ENDED);
		break;
	default:
		finish(SJ_EXIT_LOCAL);
		break;
	}
	sj_ipc_close(&fds);
}

static void on_damage(void)
{
	struct sj_viewer_damage damage;
	enum sj_err err;

	while ((err = sj_picture_next(&headless.picture, &damage)) == SJ_OK) {
		if (damage.type != SJ_VIEWER_DAMAGE_UPDATE)
			continue;
		headless.update_ms = sj_clock_ms();
		if (!headless.is_shown_told)
			tell(SJ_VIEWER_WINDOW_SHOWN);
		headless.is_shown_told = true;
	}
	if (err != SJ_ERR_AGAIN)
		sj_picture_unlink(&headless.picture);
}

/* True if all input has gone to the gate and the gate has taken it. */
static bool flush_input(void)
{
	struct sj_picture *picture = &headless.picture;
	int waiting_bytes = 0;

	return sj_picture_is_linked(picture) &&
	       sj_input_queue_flush(&picture->input, picture->input_fd) ==
		       SJ_OK &&
	       ioctl(picture->input_fd, SIOCOUTQ, &waiting_bytes) == 0 &&
	       waiting_bytes == 0;
}

/* Plays on, looks at the clock; returns when to look again at the latest. */
static uint64_t play(void)
{
	uint64_t now_ms = sj_clock_ms();
	uint64_t wake_ms = UINT64_MAX;
	bool is_taken = flush_input();
	uint64_t end_ms = headless.begin_ms + headless.start.duration_ms;
	uint64_t limit_ms = headless.begin_ms + headless.start.timeout_ms;
	bool is_played;
	bool is_over;

	/* What the gate has not taken may still change the picture. */
	if (!is_taken && headless.update_ms != 0)
		headless.update_ms = now_ms;
	is_played = headless.update_ms != 0 &&
		    sj_script_play(&headless.player, &headless.script,
			    &headless.picture.input, now_ms, headless.update_ms,
			    &wake_ms) &&
		    flush_input();
	is_over = headless.start.duration_ms == 0 || now_ms >= end_ms;

	/* Time alone is enough when there is nothing to play. */
	if (headless.script.count == 0 && headless.start.duration_ms != 0)
		is_played = true;
	if (is_played && is_over)
		finish(SJ_EXIT_ENDED);
	else if (headless.start.timeout_ms != 0 && now_ms >= limit_ms)
		fail(SJ_VIEWER_FAILED_TIMEOUT, 0);
	if (headless.start.duration_ms != 0 && !is_over && end_ms < wake_ms)
		wake_ms = end_ms;
	if (headless.start.timeout_ms != 0 && limit_ms < wake_ms)
		wake_ms = limit_ms;
	return wake_ms;
}

static void run(void)
{
	struct sj_picture *picture = &headless.picture;

	while (!headless.is_done) {
		uint64_t wake_ms = play();
		struct pollfd polls[3] = {{CONTROL_FD, POLLIN, 0},
			{picture->damage_fd, POLLIN, 0}, {-1, POLLOUT, 0}};
		int wait_ms =
			wake_ms == UINT64_MAX
				? -1
				: sj_clock_poll_ms(sj_clock_ms(), wake_ms);

		if (headless.is_done)
			break;
		if (!flush_input()) {
			/* Nothing tells when the gate has read the rest. */
			if (picture->input.count > 0)
				polls[2].fd = picture->input_fd;
			else if (sj_picture_is_linked(picture) &&
				 (wait_ms < 0 || wait_ms > GATE_READS_MS))
				wait_ms = GATE_READS_MS;
		}
		if (poll(polls, SJ_COUNT(polls), wait_ms) < 0)
			continue;
		if (polls[1].revents != 0)
			on_damage();
		if (polls[0].revents != 0)
			on_control();
	}
}

static void take_screenshot(void)
{
	const struct sj_picture *picture = &headless.picture;

	if (headless.screenshot_fd < 0)
		return;
	if (!picture->frame) {
		sj_log(SJ_LOG_WARNING, "screenshot-without-picture");
		return;
	}
	if (sj_screenshot_write(headless.screenshot_fd, picture->frame,
		    &picture->size) != SJ_OK) {
		fail(SJ_VIEWER_FAILED_SCREENSHOT, errno);
	}
}

int main(void)
{
	int status;

	sj_signals_shield();
	status = receive_start();
	if (status == SJ_EXIT_ENDED)
		status = confine();
	if (status != SJ_EXIT_ENDED)
		return status;
	sj_picture_init(&headless.picture);
	headless.begin_ms = sj_clock_ms();
	run();
	take_screenshot();
	tell(SJ_VIEWER_WINDOW_CLOSED);
	sj_picture_finish(&headless.picture);
	return headless.status;
}
