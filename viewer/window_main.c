/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shoji-viewer-window: shows the frame that the decoder draws, and sends what
 * the person does to the gate.
 *
 * Descriptor 3 is the launcher. Fonts, display and keyboard are opened first;
 * then the process is confined and only talks to the X server, the launcher,
 * and the sockets of each link. There is no clipboard in it.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "protocol/base/confine.h"
#include "protocol/base/err.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"
#include "protocol/base/signals.h"
#include "viewer/show_xcb.h"
#include "viewer/viewer_ipc.h"

#define CONTROL_FD 3
/* Two frames, the canvas, all message bitmaps, fonts. */
#define MEMORY_MAX_BYTES (1024ull * 1024 * 1024)

static bool is_text(const char *text, size_t size)
{
	return memchr(text, 0, size) != NULL;
}

static int receive_start(struct sj_viewer_window_start *start)
{
	struct sj_viewer_message message;

	if (sj_ipc_receive(CONTROL_FD, &message, sizeof(message), NULL) !=
		SJ_OK)
		return SJ_EXIT_LOCAL;
	*start = message.u.window_start;
	if (message.type != SJ_VIEWER_WINDOW_START ||
		!is_text(start->host_name, sizeof(start->host_name)) ||
		!is_text(start->zone_label, sizeof(start->zone_label)) ||
		!is_text(start->contact, sizeof(start->contact)))
		return SJ_EXIT_LOCAL;
	sj_log_open("viewer-window", (enum sj_log_level)start->log_level);
	return SJ_EXIT_ENDED;
}

static int confine(const struct sj_viewer_window_start *start, int display_fd)
{
	const int keep[] = {CONTROL_FD, display_fd};
	struct sj_confine spec = {
		.name = "sj-v-window",
		.uid = (uid_t)-1,
		.gid = (gid_t)-1,
		.keep_fds = keep,
		.keep_count = SJ_COUNT(keep),
		.allow = SJ_ALLOW_RECVMSG | SJ_ALLOW_SENDMSG |
			 SJ_ALLOW_MAP_SHARED | SJ_ALLOW_SOCKOPT |
			 SJ_ALLOW_SHUTDOWN,
		.memory_max_bytes = MEMORY_MAX_BYTES,
		.fd_max = SJ_VIEWER_WINDOW_FDS,
		.may_miss = start->may_miss,
	};

	return sj_confine_or_log(&spec) == SJ_OK ? SJ_EXIT_ENDED
						 : SJ_EXIT_CONFINE;
}

int main(void)
{
	struct sj_viewer_window_start start;
	struct sj_show *show = NULL;
	int status;

	sj_signals_shield();
	status = receive_start(&start);
	if (status != SJ_EXIT_ENDED)
		return status;
	show = sj_show_create(&start, CONTROL_FD);
	if (!show) {
		sj_log(SJ_LOG_ERROR, "display-failed");
		return SJ_EXIT_LOCAL;
	}
	status = confine(&start, sj_show_display_fd(show));
	if (status == SJ_EXIT_ENDED)
		status = sj_show_run(show);
	sj_show_destroy(show);
	return status;
}
