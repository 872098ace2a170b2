/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shoji-viewer-decoder: turns what passed the gate into pixels.
 *
 * Descriptor 3 is the launcher. After START nothing is opened any more:
 * reads its stream, writes the frame memfd, sends damage. The exit status
 * says which check refused (SJ_VNC_EXIT_BASE + enum sj_vnc_end).
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>

#include "protocol/base/confine.h"
#include "protocol/base/err.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"
#include "protocol/base/memfd.h"
#include "protocol/base/signals.h"
#include "viewer/session_vnc.h"
#include "viewer/viewer_ipc.h"

#define CONTROL_FD 3
/* libvncclient's struct, a tile, the frame mapping, C library. */
#define MEMORY_MAX_BYTES (512ull * 1024 * 1024)

struct decoder {
	int stream_fd;
	int damage_fd;
	int frame_fd;
	uint8_t *frame;
	struct sj_vnc *vnc;
	unsigned may_miss;
	bool is_strict;
};

static bool send_damage(void *self, const struct sj_viewer_damage *damage)
{
	struct decoder *decoder = self;

	return sj_ipc_send(decoder->damage_fd, damage, sizeof(*damage), NULL) ==
	       SJ_OK;
}

static int receive_start(struct decoder *decoder)
{
	struct sj_viewer_message message;
	struct sj_ipc_fds fds;

	if (sj_ipc_receive(CONTROL_FD, &message, sizeof(message), &fds) !=
		SJ_OK)
		return SJ_EXIT_LOCAL;
	if (message.type != SJ_VIEWER_DECODER_START || fds.count != 3) {
		sj_ipc_close(&fds);
		return SJ_EXIT_LOCAL;
	}
	decoder->stream_fd = sj_ipc_take(&fds, 0);
	decoder->frame_fd = sj_ipc_take(&fds, 1);
	decoder->damage_fd = sj_ipc_take(&fds, 2);
	decoder->may_miss = message.u.decoder_start.may_miss;
	decoder->is_strict = message.u.decoder_start.is_strict != 0;
	sj_log_open("viewer-decoder",
		(enum sj_log_level)message.u.decoder_start.log_level);
	if (fcntl(decoder->stream_fd, F_SETFL, O_NONBLOCK) != 0)
		return SJ_EXIT_LOCAL;
	decoder->frame =
		sj_memfd_map(decoder->frame_fd, SJ_VIEWER_FRAME_FILE_BYTES, 1);
	if (!decoder->frame) {
		sj_log(SJ_LOG_ERROR, "frame-map-failed");
		return SJ_EXIT_LOCAL;
	}
	return SJ_EXIT_ENDED;
}

static int prepare(struct decoder *decoder)
{
	struct sj_vnc_settings settings = {decoder->stream_fd, decoder->frame,
		send_damage, decoder, decoder->is_strict};
	const int keep[] = {CONTROL_FD, decoder->stream_fd, decoder->damage_fd};
	struct sj_confine spec = {
		.name = "sj-v-decoder",
		.uid = (uid_t)-1,
		.gid = (gid_t)-1,
		.keep_fds = keep,
		.keep_count = SJ_COUNT(keep),
		.allow = SJ_ALLOW_RECVMSG | SJ_ALLOW_SENDMSG,
		.memory_max_bytes = MEMORY_MAX_BYTES,
		.may_miss = decoder->may_miss,
	};

	decoder->vnc = sj_vnc_create(&settings);
	if (!decoder->vnc)
		return SJ_EXIT_LOCAL;
	if (sj_confine_or_log(&spec) != SJ_OK) {
		sj_vnc_destroy(decoder->vnc);
		return SJ_EXIT_CONFINE;
	}
	return SJ_EXIT_ENDED;
}

static enum sj_vnc_end run(struct decoder *decoder)
{
	enum sj_vnc_end end = SJ_VNC_RUNNING;
	bool is_open = false;

	while (end == SJ_VNC_RUNNING) {
		struct pollfd polls[2] = {{CONTROL_FD, POLLIN, 0},
			{decoder->stream_fd, POLLIN, 0}};

		if (poll(polls, SJ_COUNT(polls), -1) < 0)
			continue;
		/* After START the launcher only ever closes. The stream first:
		 * what the gate wrote before it ended is still drawn. */
		if (polls[1].revents == 0 && polls[0].revents != 0)
			return SJ_VNC_CLOSED;
		if (polls[1].revents == 0)
			continue;
		end = is_open ? sj_vnc_step(decoder->vnc)
			      : sj_vnc_open(decoder->vnc);
		is_open = true;
	}
	return end;
}

int main(void)
{
	struct decoder decoder = {.stream_fd = -1, .damage_fd = -1};
	enum sj_vnc_end end;
	int status;

	sj_signals_shield();
	status = receive_start(&decoder);
	if (status != SJ_EXIT_ENDED)
		return status;
	status = prepare(&decoder);
	if (status != SJ_EXIT_ENDED)
		return status;
	end = run(&decoder);
	if (end == SJ_VNC_CLOSED || end == SJ_VNC_SINK)
		return SJ_EXIT_ENDED;
	sj_log(SJ_LOG_WARNING, "refused why=\"%s\" library_lines=%u",
		sj_vnc_end_text(end), sj_vnc_log_count());
	return SJ_VNC_EXIT_BASE + (int)end;
}
