/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * message_publisher_main: shoji-message-publisher, which shows one waiting
 * viewer a picture with its place in the queue.
 *
 * Started by shojid with START on descriptor 3. It draws its texts, confines
 * itself and serves the stream to a gate until that or shojid is gone.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/host_ipc.h"
#include "host/notice.h"
#include "host/publish.h"
#include "protocol/base/confine.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"
#include "protocol/base/signals.h"

#define CONTROL_FD 3
#define MEMORY_MAX_BYTES ((uint64_t)512 * 1024 * 1024)
#define FD_MAX 16

struct process {
	struct sj_notice *notice;
	struct sj_shadow *shadow;
	struct sj_publish *publish;
	struct sj_tile_image canvas;
	uint32_t place;
};

/* ---- what the viewer does ---- */

static bool on_room(void *self)
{
	(void)self;
	return true;
}

static void on_key(void *self, bool is_down, uint32_t keysym)
{
	(void)self;
	(void)is_down;
	(void)keysym;
}

static void on_pointer(
	void *self, uint8_t buttons, uint16_t x_px, uint16_t y_px)
{
	(void)self;
	(void)buttons;
	(void)x_px;
	(void)y_px;
}

static void draw(struct process *process)
{
	const struct sj_rect all = {.width_px = process->canvas.size.width_px,
		.height_px = process->canvas.size.height_px};

	sj_notice_compose(process->notice, &process->canvas, process->place);
	sj_shadow_damage(process->shadow, &all);
}

static void set_size(struct process *process, const struct sj_size *size)
{
	process->canvas.size = *size;
	process->canvas.stride_bytes = (size_t)size->width_px * 4;
	draw(process);
}

static uint16_t on_resize(void *self, const struct sj_size *size)
{
	struct process *process = self;

	if (sj_shadow_resize(process->shadow, size) != SJ_OK)
		return 3; /* of ExtendedDesktopSize: invalid */
	set_size(process, size);
	sj_publish_resized(process->publish, true);
	return 0;
}

/* ---- start ---- */

static bool open_parts(
	struct process *process, const struct sj_host_publisher_start *start)
{
	static const struct sj_size max = {
		SJ_LIMIT_WIDTH_PX, SJ_LIMIT_HEIGHT_PX};
	/* Which viewers may come is the gate's business; still pictures need
	 * no bounds. */
	static const struct sj_publish_settings settings = {
		.is_stock_allowed = true};
	const struct sj_publish_hooks hooks = {
		.self = process,
		.has_room = on_room,
		.key = on_key,
		.pointer = on_pointer,
		.resize = on_resize,
	};

	process->place = start->place;
	process->notice = sj_notice_create((enum sj_notice_kind)start->picture);
	process->canvas.pixels = malloc((size_t)SJ_LIMIT_FRAME_BYTES);
	process->shadow = sj_shadow_create(&max);
	if (!process->notice || !process->canvas.pixels || !process->shadow ||
		sj_shadow_resize(process->shadow, &start->size) != SJ_OK)
		return false;
	process->publish =
		sj_publish_create(process->shadow, &hooks, &settings);
	if (!process->publish)
		return false;
	set_size(process, &start->size);
	return true;
}

static bool confine(const struct sj_host_publisher_start *start, int stream_fd)
{
	const int keep[] = {CONTROL_FD, stream_fd};
	struct sj_confine spec = {
		.name = "publisher",
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

/* ---- the loop ---- */

static bool read_control(struct process *process)
{
	struct sj_host_message message;

	if (sj_ipc_receive(CONTROL_FD, &message, sizeof(message), NULL) !=
			SJ_OK ||
		message.type != SJ_HOST_PUBLISHER_PLACE)
		return false;
	process->place = message.u.place;
	draw(process);
	return true;
}

static enum sj_exit run(struct process *process)
{
	for (;;) {
		short out =
			sj_publish_wants_write(process->publish) ? POLLOUT : 0;
		struct pollfd watch[] = {
			{CONTROL_FD, POLLIN, 0},
			{sj_publish_fd(process->publish), (short)(POLLIN | out),
				0},
		};

		if (poll(watch, SJ_COUNT(watch), -1) < 0 && errno != EINTR)
			return SJ_EXIT_LOCAL;
		if (watch[0].revents != 0 && !read_control(process))
			return SJ_EXIT_ENDED;
		if ((watch[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0 &&
			!sj_publish_readable(process->publish))
			return SJ_EXIT_ENDED;
		if (!sj_publish_frame(process->publish, &process->canvas))
			return SJ_EXIT_ENDED;
	}
}

int main(void)
{
	struct sj_host_message message;
	struct sj_ipc_fds fds = {.count = 0};
	struct process process;
	enum sj_exit status = SJ_EXIT_LOCAL;
	int stream_fd;

	sj_signals_shield();
	sj_log_open("message-publisher", SJ_LOG_INFO);
	memset(&process, 0, sizeof(process));
	if (sj_ipc_receive(CONTROL_FD, &message, sizeof(message), &fds) !=
			SJ_OK ||
		message.type != SJ_HOST_PUBLISHER_START || fds.count != 1) {
		sj_log(SJ_LOG_ERROR, "start error=\"not a START message\"");
		goto out;
	}
	sj_log_open("message-publisher",
		(enum sj_log_level)message.u.publisher_start.confine.log_level);
	stream_fd = sj_ipc_take(&fds, 0);
	if (!open_parts(&process, &message.u.publisher_start)) {
		sj_log(SJ_LOG_ERROR, "open error=\"size, picture or memory\"");
		goto out;
	}
	if (!confine(&message.u.publisher_start, stream_fd)) {
		status = SJ_EXIT_CONFINE;
		goto out;
	}
	sj_publish_attach(process.publish, stream_fd);
	status = run(&process);
out:
	sj_ipc_close(&fds);
	sj_publish_destroy(process.publish);
	sj_shadow_destroy(process.shadow);
	sj_notice_destroy(process.notice);
	free(process.canvas.pixels);
	return (int)status;
}
