/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/agent.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "host/agent_input.h"
#include "host/capture.h"
#include "host/cursor.h"
#include "host/inject.h"
#include "host/publish.h"
#include "host/resize.h"
#include "host/wm.h"
#include "protocol/base/clock.h"
#include "protocol/base/ipc.h"
#include "protocol/base/limits.h"
#include "protocol/base/log.h"
#include "protocol/motion/motion.h"

#define EVENTS_PER_TURN 1024
/* Nothing was drawn for so long: the display rests. After little was drawn,
 * as by who types, there is less to look at, and no hurry. */
#define REST_MS 100
#define REST_CALM_MS 1000

enum watch {
	WATCH_INIT,
	WATCH_SHOJID,
	WATCH_ACK,
	WATCH_DISPLAY,
	WATCH_STREAM,
	WATCH_COUNT
};

/* ---- what the viewer does ---- */

/* Status of ExtendedDesktopSize: 0 done, 1 prohibited, 3 invalid. */
static uint16_t on_resize(void *self, const struct sj_size *size)
{
	struct sj_agent *agent = self;

	if (size->width_px > agent->size_max.width_px ||
		size->height_px > agent->size_max.height_px)
		return 3;
	if (sj_resize(&agent->display, size, agent->refresh_hz) != SJ_OK ||
		sj_shadow_resize(agent->shadow, size) != SJ_OK)
		return 1;
	sj_capture_resized(agent->capture);
	sj_wm_resized(agent->wm, size);
	sj_publish_resized(agent->publish, true);
	return 0;
}

/* ---- what moves ---- */

static enum sj_step encode_motion(void *self, const struct sj_tile_image *image,
	const struct sj_rect *rect, int quality, struct sj_writer *out)
{
	return sj_motion_encode(self, image, rect, quality, out);
}

static void reset_motion(void *self)
{
	sj_motion_encoder_reset(self);
}

/* ---- open and close ---- */

static enum sj_err open_publish(struct sj_agent *agent,
	const struct sj_host_agent_start *start,
	const struct sj_publish_hooks *hooks)
{
	struct sj_update_codec codec = {
		.encode = encode_motion, .reset = reset_motion};
	struct sj_publish_settings settings = {
		.is_stock_allowed = start->is_stock_allowed != 0,
		.sender = {.frames_per_second = start->frames_per_second,
			.bandwidth_kbit = start->bandwidth_kbit},
	};

	if (start->is_lossless == 0) {
		agent->motion = sj_motion_encoder_create();
		if (!agent->motion)
			return SJ_ERR_MEMORY;
		codec.self = agent->motion;
		settings.sender.motion = &codec;
	}
	agent->publish = sj_publish_create(agent->shadow, hooks, &settings);
	return agent->publish ? SJ_OK : SJ_ERR_MEMORY;
}

static enum sj_err open_parts(struct sj_agent *agent,
	const struct sj_host_agent_start *start, int frame_fd)
{
	const struct sj_publish_hooks hooks = {
		.self = agent,
		.has_room = sj_agent_has_room,
		.key = sj_agent_key,
		.pointer = sj_agent_pointer,
		.resize = on_resize,
	};
	struct sj_update_cursor cursor;
	enum sj_err err;

	agent->failed_part = "display";
	err = sj_display_open(&agent->display, start->cookie);
	if (err != SJ_OK)
		return err;
	agent->failed_part = "extensions";
	err = sj_display_use_extensions(&agent->display);
	if (err != SJ_OK)
		return err;
	agent->failed_part = "keymap";
	err = sj_inject_create(&agent->inject, &agent->display,
		start->keymap == 1 ? SJ_INJECT_JP : SJ_INJECT_US);
	if (err != SJ_OK)
		return err;
	agent->failed_part = "framebuffer";
	err = sj_capture_create(&agent->capture, &agent->display,
		start->has_framebuffer_file ? frame_fd : -1, &start->size_max);
	if (err != SJ_OK)
		return err;
	agent->failed_part = "size";
	err = sj_resize(&agent->display, &start->size_start, agent->refresh_hz);
	if (err != SJ_OK)
		return err;
	agent->failed_part = "window manager";
	err = sj_wm_create(&agent->wm, &agent->display, &start->size_start);
	if (err != SJ_OK)
		return err;
	agent->failed_part = "memory";
	agent->shadow = sj_shadow_create(&start->size_max);
	if (!agent->shadow)
		return SJ_ERR_MEMORY;
	err = sj_shadow_resize(agent->shadow, &start->size_start);
	if (err != SJ_OK)
		return err;
	err = open_publish(agent, start, &hooks);
	if (err != SJ_OK)
		return err;
	sj_cursor_watch(&agent->display);
	if (sj_cursor_read(&agent->display, &cursor))
		sj_publish_set_cursor(agent->publish, &cursor);
	return SJ_OK;
}

enum sj_err sj_agent_open(struct sj_agent *agent,
	const struct sj_host_agent_start *start, int frame_fd)
{
	agent->size_max = start->size_max;
	agent->refresh_hz = start->refresh_hz;
	return open_parts(agent, start, frame_fd);
}

void sj_agent_close(struct sj_agent *agent)
{
	sj_publish_destroy(agent->publish);
	sj_motion_encoder_destroy(agent->motion);
	sj_shadow_destroy(agent->shadow);
	sj_capture_destroy(agent->capture);
	sj_inject_destroy(agent->inject);
	sj_wm_destroy(agent->wm);
	sj_display_close(&agent->display);
	agent->publish = NULL;
	agent->motion = NULL;
	agent->shadow = NULL;
	agent->capture = NULL;
	agent->inject = NULL;
	agent->wm = NULL;
}

/* ---- the loop ---- */

static bool tell(int fd, enum sj_host_message_type type)
{
	struct sj_host_message message = {.type = (uint32_t)type};

	return sj_ipc_send(fd, &message, sizeof(message), NULL) == SJ_OK;
}

static bool read_shojid(struct sj_agent *agent)
{
	struct sj_host_message message;
	struct sj_ipc_fds fds = {.count = 0};
	bool is_good;

	if (sj_ipc_receive(agent->shojid_fd, &message, sizeof(message), &fds) !=
		SJ_OK)
		return false;
	is_good = message.type == SJ_HOST_AGENT_ATTACH && fds.count == 1;
	if (is_good) {
		sj_agent_input_release(agent);
		sj_publish_attach(agent->publish, sj_ipc_take(&fds, 0));
	}
	sj_ipc_close(&fds);
	return is_good;
}

/* Everything the display has to say; false when it is gone. */
static bool read_display(struct sj_agent *agent, bool is_readable)
{
	struct sj_update_cursor cursor;
	struct sj_rect rect;
	bool is_cursor_new = false, is_damaged = false;
	uint32_t ping;
	void *event;

	agent->is_display_busy = false;
	for (int i = 0;
		(event = sj_display_next(&agent->display, is_readable)) != NULL;
		i++) {
		/* One read of the socket a turn: poll tells if there is more.
		 */
		is_readable = false;
		if (sj_capture_event(agent->capture, event, &rect)) {
			sj_publish_damage(agent->publish, &rect);
			is_damaged = true;
		} else if (sj_cursor_event(&agent->display, event))
			is_cursor_new = true;
		else if (sj_wm_event(agent->wm, event, &ping))
			sj_input_queue_settled(&agent->queue, ping);
		free(event);
		/* A program that never rests does not get all the time. */
		if (i == EVENTS_PER_TURN) {
			agent->is_display_busy = true;
			break;
		}
	}
	if (is_damaged)
		agent->rest_due_ms =
			sj_clock_ms() + (sj_shadow_is_calm(agent->shadow)
							? REST_CALM_MS
							: REST_MS);
	if (is_cursor_new && sj_cursor_read(&agent->display, &cursor))
		sj_publish_set_cursor(agent->publish, &cursor);
	return sj_display_is_alive(&agent->display);
}

/* Once after each time of activity. */
static void rest(struct sj_agent *agent)
{
	if (agent->rest_due_ms == 0 || sj_clock_ms() < agent->rest_due_ms)
		return;
	agent->rest_due_ms = 0;
	sj_shadow_rest(agent->shadow);
}

static void detached(struct sj_agent *agent)
{
	sj_agent_input_release(agent);
	(void)tell(agent->shojid_fd, SJ_HOST_AGENT_DETACHED);
}

static void serve_stream(struct sj_agent *agent, short revents)
{
	struct sj_tile_image live = sj_capture_image(agent->capture);

	if (sj_publish_fd(agent->publish) < 0)
		return;
	if ((revents & (POLLIN | POLLHUP | POLLERR)) != 0 &&
		!sj_publish_readable(agent->publish)) {
		detached(agent);
		return;
	}
	sj_capture_refresh(agent->capture);
	if (!sj_publish_frame(agent->publish, &live))
		detached(agent);
}

static void watch_all(struct sj_agent *agent, struct pollfd *watch)
{
	short stream = sj_agent_has_room(agent) ? POLLIN : 0;

	if (sj_publish_wants_write(agent->publish))
		stream |= POLLOUT;
	watch[WATCH_INIT] = (struct pollfd){agent->init_fd, POLLIN, 0};
	watch[WATCH_SHOJID] = (struct pollfd){agent->shojid_fd, POLLIN, 0};
	watch[WATCH_ACK] = (struct pollfd){agent->ack_fd, POLLIN, 0};
	watch[WATCH_DISPLAY] =
		(struct pollfd){sj_display_fd(&agent->display), POLLIN, 0};
	watch[WATCH_STREAM] =
		(struct pollfd){sj_publish_fd(agent->publish), stream, 0};
}

static int wait_ms(struct sj_agent *agent)
{
	uint64_t deadline_ms = sj_input_queue_deadline_ms(&agent->queue);
	uint64_t wait_us = sj_publish_wait_us(agent->publish);
	int frame_ms = -1, input_ms = -1;

	deadline_ms = sj_sooner(deadline_ms, agent->pulse_ms);
	if (agent->rest_due_ms != 0)
		deadline_ms = sj_sooner(deadline_ms, agent->rest_due_ms);

	/* What has been read from the socket already wakes nobody. */
	if (agent->is_display_busy || sj_display_has_event(&agent->display))
		return 0;
	if (wait_us != UINT64_MAX)
		frame_ms = (int)((wait_us + 999) / 1000);
	if (deadline_ms != UINT64_MAX)
		input_ms = sj_clock_poll_ms(sj_clock_ms(), deadline_ms);
	if (frame_ms < 0 || (input_ms >= 0 && input_ms < frame_ms))
		return input_ms;
	return frame_ms;
}

/* So that shojid knows when we hang, or the display that we ask. */
static void tell_alive(struct sj_agent *agent)
{
	const struct sj_host_message alive = {.type = SJ_HOST_AGENT_ALIVE};
	const uint64_t now_ms = sj_clock_ms();

	if (now_ms < agent->pulse_ms)
		return;
	agent->pulse_ms = now_ms + SJ_LIMIT_PULSE_MS;
	sj_ipc_mention(agent->shojid_fd, &alive, sizeof(alive));
}

/* One turn of the loop; false when it is the last, *status says how. */
static bool turn(struct sj_agent *agent, enum sj_exit *status)
{
	struct pollfd watch[WATCH_COUNT];

	*status = SJ_EXIT_LOCAL;
	/* Replies waited for elsewhere may have brought events. */
	if (!read_display(agent, !agent->is_display_idle)) {
		sj_log(SJ_LOG_WARNING, "display event=gone");
		return false;
	}
	rest(agent);
	tell_alive(agent);
	serve_stream(agent, 0);
	watch_all(agent, watch);
	if (poll(watch, WATCH_COUNT, wait_ms(agent)) < 0 && errno != EINTR)
		return false;
	agent->is_display_idle = watch[WATCH_DISPLAY].revents == 0;
	*status = SJ_EXIT_ENDED;
	/* Init has nothing to say but its end. */
	if (watch[WATCH_INIT].revents != 0)
		return false;
	if (watch[WATCH_SHOJID].revents != 0 && !read_shojid(agent))
		return false;
	if (watch[WATCH_ACK].revents != 0 && !sj_agent_input_news(agent)) {
		sj_log(SJ_LOG_WARNING, "xim event=gone");
		return false;
	}
	if (watch[WATCH_STREAM].revents != 0 &&
		watch[WATCH_STREAM].fd == sj_publish_fd(agent->publish))
		serve_stream(agent, watch[WATCH_STREAM].revents);
	return sj_agent_input_run(agent);
}

enum sj_exit sj_agent_run(struct sj_agent *agent)
{
	enum sj_exit status = SJ_EXIT_ENDED;

	if (!tell(agent->init_fd, SJ_HOST_AGENT_MANAGING) ||
		!tell(agent->shojid_fd, SJ_HOST_AGENT_READY))
		return status;
	while (turn(agent, &status))
		;
	return status;
}
