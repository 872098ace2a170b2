/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/show_xcb.h"

#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <xcb/xcb.h>

#include "protocol/base/clock.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"
#include "viewer/cursor_xcb.h"
#include "viewer/damage.h"
#include "viewer/failure.h"
#include "viewer/hands_xcb.h"
#include "viewer/layout.h"
#include "viewer/panel.h"
#include "viewer/picture.h"
#include "viewer/present_xcb.h"
#include "viewer/window_xcb.h"

/* Sizes that come faster than this are one resize. */
#define RESIZE_REST_MS 100
/* Damage messages read before X and the launcher have their turn. */
#define DAMAGE_BATCH 512

struct sj_show {
	int control_fd;
	struct sj_window window;
	struct sj_hands *hands;
	struct sj_present *present;
	struct sj_cursor cursor;
	struct sj_panel *panel;
	struct sj_picture picture;
	struct sj_damage fresh; /* of the update that is being drawn */
	struct sj_damage ready; /* of whole updates, not yet on the screen */
	struct sj_viewer_status status;
	bool is_message_shown; /* the box covers the picture */
	bool is_message_stale; /* it has to be drawn again */
	uint64_t retry_at_ms;
	unsigned shown_retry_s;
	struct sj_size wish;  /* size to ask for */
	struct sj_size asked; /* the last that the host was asked for */
	uint64_t wish_at_ms;  /* 0: nothing to ask for */
	bool is_shown_told;
	bool is_done;
	int exit_status;
};

static void tell(struct sj_show *show, enum sj_viewer_message_type type)
{
	struct sj_viewer_message message;

	memset(&message, 0, sizeof(message));
	message.type = (uint32_t)type;
	if (type == SJ_VIEWER_WINDOW_SHOWN)
		message.u.shown_us = sj_clock_us();
	if (type == SJ_VIEWER_WINDOW_SIZE)
		message.u.size = show->wish;
	if (sj_ipc_send(show->control_fd, &message, sizeof(message), NULL) !=
		SJ_OK)
		show->is_done = true;
}

static void end(struct sj_show *show, int exit_status)
{
	show->is_done = true;
	show->exit_status = exit_status;
}

/* Gives the whole picture to be drawn again. */
static void damage_all(struct sj_show *show)
{
	struct sj_rect all = {0, 0, show->picture.size.width_px,
		show->picture.size.height_px};

	show->ready.count = 0;
	sj_damage_add(&show->ready, &all);
	show->is_message_stale = show->is_message_shown;
}

/* ---- the size ---- */

/* Asks for the size of the window once it has come to rest. */
static void ask_size(struct sj_show *show)
{
	const struct sj_viewer_input input = {.type = SJ_VIEWER_INPUT_SIZE,
		.x_px = show->wish.width_px,
		.y_px = show->wish.height_px};

	show->wish_at_ms = 0;
	if (show->asked.width_px == show->wish.width_px &&
		show->asked.height_px == show->wish.height_px)
		return;
	show->asked = show->wish;
	tell(show, SJ_VIEWER_WINDOW_SIZE);
	if (sj_picture_is_linked(&show->picture) &&
		!sj_input_queue_put(&show->picture.input, &input))
		sj_log(SJ_LOG_WARNING, "input-queue-full");
}

static void note_size(struct sj_show *show)
{
	struct sj_size size = show->window.inner_size;

	if (size.width_px < SJ_LIMIT_WIDTH_MIN_PX)
		size.width_px = SJ_LIMIT_WIDTH_MIN_PX;
	if (size.height_px < SJ_LIMIT_HEIGHT_MIN_PX)
		size.height_px = SJ_LIMIT_HEIGHT_MIN_PX;
	show->wish = size;
	show->wish_at_ms = sj_clock_ms() + RESIZE_REST_MS;
}

/* ---- drawing ---- */

static void draw_strip(struct sj_show *show)
{
	struct sj_size size = {
		show->window.outer_size.width_px, SJ_LAYOUT_STRIP_PX};
	struct sj_canvas canvas;

	if (size.width_px > SJ_LIMIT_WIDTH_PX)
		size.width_px = SJ_LIMIT_WIDTH_PX;
	canvas = sj_present_canvas(show->present, &size);
	sj_panel_draw_strip(show->panel, &canvas);
	sj_present_put_canvas(show->present, show->window.outer, &canvas);
	show->is_message_stale = show->is_message_shown;
}

static unsigned retry_s(const struct sj_show *show)
{
	uint64_t now_ms = sj_clock_ms();

	if (show->status.state != SJ_VIEWER_LOST || show->retry_at_ms <= now_ms)
		return 0;
	return (unsigned)((show->retry_at_ms - now_ms + 999) / 1000);
}

static void draw_message(struct sj_show *show)
{
	struct sj_canvas canvas =
		sj_present_canvas(show->present, &show->window.inner_size);

	show->shown_retry_s = retry_s(show);
	show->is_message_stale = false;
	/* A connection that is being tried again has one second left. */
	sj_panel_draw_status(show->panel, &canvas, show->picture.frame,
		&show->picture.size, &show->status,
		show->shown_retry_s == 0 && show->status.state == SJ_VIEWER_LOST
			? 1
			: show->shown_retry_s);
	sj_present_put_canvas(show->present, show->window.inner, &canvas);
}

static void draw(struct sj_show *show)
{
	if (sj_present_is_busy(show->present))
		return;
	if (show->is_message_shown) {
		if (show->is_message_stale ||
			show->shown_retry_s != retry_s(show))
			draw_message(show);
		return;
	}
	if (!show->picture.frame || show->ready.count == 0)
		return;
	sj_damage_clip(&show->ready, &show->picture.size);
	sj_damage_clip(&show->ready, &show->window.inner_size);
	sj_present_put(show->present, show->picture.frame, &show->picture.size,
		&show->ready);
	show->ready.count = 0;
	if (!show->is_shown_told)
		tell(show, SJ_VIEWER_WINDOW_SHOWN);
	show->is_shown_told = true;
}

static void show_message(struct sj_show *show, bool is_shown)
{
	if (show->is_message_shown && !is_shown) {
		sj_window_clear_around(&show->window, &show->picture.size);
		show->is_message_shown = false;
		damage_all(show);
	}
	show->is_message_shown = is_shown;
	show->is_message_stale = is_shown;
	sj_hands_set_rest(show->hands, is_shown);
	if (is_shown)
		sj_cursor_reset(&show->cursor);
}

/* ---- the decoder ---- */

static void on_update(struct sj_show *show)
{
	sj_present_show_next(show->present);
	sj_damage_add_all(&show->ready, &show->fresh);
	show->fresh.count = 0;
	if (show->is_message_shown)
		show_message(show, false);
}

static void on_one_damage(
	struct sj_show *show, const struct sj_viewer_damage *damage)
{
	switch ((enum sj_viewer_damage_type)damage->type) {
	case SJ_VIEWER_DAMAGE_RECT:
		sj_damage_add(&show->fresh, &damage->rect);
		break;
	case SJ_VIEWER_DAMAGE_UPDATE:
		on_update(show);
		break;
	case SJ_VIEWER_DAMAGE_SIZE: {
		struct sj_size size = {
			damage->rect.width_px, damage->rect.height_px};

		sj_window_clear_around(&show->window, &size);
		damage_all(show);
		break;
	}
	case SJ_VIEWER_DAMAGE_CURSOR:
		sj_cursor_set(&show->cursor, sj_picture_cursor(&show->picture),
			&damage->rect);
		break;
	case SJ_VIEWER_DAMAGE_CARET:
		sj_hands_set_caret(show->hands, &damage->rect);
		break;
	case SJ_VIEWER_DAMAGE_END:
		break; /* the launcher tells the end */
	}
}

static void on_damage(struct sj_show *show)
{
	struct sj_viewer_damage damage;
	enum sj_err err = SJ_OK;
	int i;

	for (i = 0; i < DAMAGE_BATCH && err == SJ_OK; i++) {
		err = sj_picture_next(&show->picture, &damage);
		if (err == SJ_OK)
			on_one_damage(show, &damage);
	}
	if (err != SJ_OK && err != SJ_ERR_AGAIN)
		sj_picture_unlink(&show->picture);
}

/* ---- the launcher ---- */

static void on_link(struct sj_show *show, const struct sj_size *size,
	struct sj_ipc_fds *fds)
{
	if (sj_picture_link(&show->picture, fds) != SJ_OK) {
		end(show, SJ_EXIT_LOCAL);
		return;
	}
	sj_present_attach(show->present, show->picture.frame_fd);
	show->picture.frame_fd = -1;
	show->fresh.count = 0;
	show->is_shown_told = false;
	sj_hands_set_rest(show->hands, true);
	show->asked = *size;
	note_size(show);
}

static void on_status(
	struct sj_show *show, const struct sj_viewer_status *status)
{
	show->status = *status;
	show->retry_at_ms = sj_clock_ms() + status->retry_ms;
	switch (status->state) {
	case SJ_VIEWER_ENDED:
		/* Nobody is to read the last screen from behind the message. */
		sj_picture_forget(&show->picture);
		sj_present_forget(show->present);
		show_message(show, true);
		break;
	case SJ_VIEWER_LOST:
		sj_picture_unlink(&show->picture);
		show_message(show, true);
		break;
	case SJ_VIEWER_CONNECTING:
		show_message(show, true);
		break;
	default:
		/* SHOWING: the message goes with the first update. */
		break;
	}
}

static void on_control(struct sj_show *show)
{
	struct sj_viewer_message message;
	struct sj_ipc_fds fds;

	if (sj_ipc_receive(show->control_fd, &message, sizeof(message), &fds) !=
		SJ_OK) {
		end(show, SJ_EXIT_LOCAL);
		return;
	}
	switch (message.type) {
	case SJ_VIEWER_WINDOW_LINK:
		on_link(show, &message.u.size, &fds);
		break;
	case SJ_VIEWER_WINDOW_STATUS:
		on_status(show, &message.u.status);
		break;
	case SJ_VIEWER_WINDOW_END:
		end(show, SJ_EXIT_ENDED);
		break;
	default:
		end(show, SJ_EXIT_LOCAL);
		break;
	}
	sj_ipc_close(&fds);
}

/* ---- X ---- */

static void on_expose(struct sj_show *show, const xcb_expose_event_t *event)
{
	const struct sj_rect rect = {
		event->x, event->y, event->width, event->height};

	if (event->window == show->window.outer) {
		if (event->count == 0)
			draw_strip(show);
		return;
	}
	sj_damage_add(&show->ready, &rect);
	show->is_message_stale = show->is_message_shown;
}

static void on_configure(
	struct sj_show *show, const xcb_configure_notify_event_t *event)
{
	if (event->window != show->window.outer ||
		!sj_window_resize(&show->window, event->width, event->height))
		return;
	note_size(show);
	draw_strip(show);
	damage_all(show);
}

static void on_event(struct sj_show *show, xcb_generic_event_t *event)
{
	const void *any = event;

	if (sj_present_take_event(show->present, event))
		return;
	switch (sj_hands_take_event(show->hands, event)) {
	case SJ_HANDS_RETRY:
		tell(show, SJ_VIEWER_WINDOW_RETRY);
		return;
	case SJ_HANDS_FULLSCREEN:
		sj_window_toggle_fullscreen(&show->window);
		return;
	case SJ_HANDS_TAKEN:
		return;
	case SJ_HANDS_OTHER:
		break;
	}
	switch (event->response_type & 0x7F) {
	case XCB_EXPOSE:
		on_expose(show, any);
		break;
	case XCB_CONFIGURE_NOTIFY:
		on_configure(show, any);
		break;
	case XCB_CLIENT_MESSAGE:
		if (sj_window_is_delete(&show->window, any))
			tell(show, SJ_VIEWER_WINDOW_CLOSED);
		break;
	default:
		break;
	}
}

/* The server has gone, or is there and does not take what we send. */
static enum sj_viewer_failed display_failure(const struct sj_show *show)
{
	struct pollfd display = {
		xcb_get_file_descriptor(show->window.connection), 0, 0};

	return poll(&display, 1, 0) == 1 ? SJ_VIEWER_FAILED_DISPLAY_LOST
					 : SJ_VIEWER_FAILED_PASSING;
}

/* True if there was one. */
static bool read_events(struct sj_show *show)
{
	xcb_generic_event_t *event;
	bool is_any = false;

	while ((event = xcb_poll_for_event(show->window.connection))) {
		on_event(show, event);
		free(event);
		is_any = true;
	}
	if (xcb_connection_has_error(show->window.connection)) {
		sj_failure_tell(show->control_fd, display_failure(show), 0);
		end(show, SJ_EXIT_LOCAL);
	}
	return is_any;
}

/* ---- the loop ---- */

static int wait_ms(const struct sj_show *show)
{
	uint64_t now_ms = sj_clock_ms();
	uint64_t until_ms = UINT64_MAX;

	if (show->wish_at_ms != 0)
		until_ms = show->wish_at_ms;
	/* The countdown changes each second. */
	if (show->is_message_shown && show->status.state == SJ_VIEWER_LOST &&
		show->retry_at_ms > now_ms) {
		uint64_t next_ms =
			now_ms + (show->retry_at_ms - now_ms - 1) % 1000 + 1;

		if (next_ms < until_ms)
			until_ms = next_ms;
	}
	if (until_ms == UINT64_MAX)
		return -1;
	return sj_clock_poll_ms(now_ms, until_ms);
}

static void turn(struct sj_show *show)
{
	struct sj_picture *picture = &show->picture;
	struct pollfd polls[4] = {
		{show->control_fd, POLLIN, 0},
		{xcb_get_file_descriptor(show->window.connection), POLLIN, 0},
		{picture->damage_fd, POLLIN, 0},
		{-1, POLLOUT, 0},
	};

	if (show->wish_at_ms != 0 && sj_clock_ms() >= show->wish_at_ms)
		ask_size(show);
	if (sj_picture_is_linked(picture) &&
		sj_input_queue_flush(&picture->input, picture->input_fd) ==
			SJ_ERR_AGAIN)
		polls[3].fd = picture->input_fd;
	draw(show);
	(void)xcb_flush(show->window.connection);
	/* Xcb may have read events meanwhile, such as that there is room for
	 * the next picture: what they ask for comes before any sleep. */
	if (read_events(show) || show->is_done)
		return;
	if (poll(polls, SJ_COUNT(polls), wait_ms(show)) < 0)
		return;
	if (polls[0].revents != 0)
		on_control(show);
	if (polls[2].revents != 0)
		on_damage(show);
	(void)read_events(show);
}

int sj_show_run(struct sj_show *show)
{
	while (!show->is_done)
		turn(show);
	return show->exit_status;
}

int sj_show_display_fd(const struct sj_show *show)
{
	return xcb_get_file_descriptor(show->window.connection);
}

/* Without descriptors nothing else can be known of the cause. */
static void tell_not_made(int control_fd, enum sj_viewer_failed what)
{
	sj_failure_tell(control_fd,
		sj_failure_is_without_fds(control_fd) ? SJ_VIEWER_FAILED_FDS
						      : what,
		0);
}

struct sj_show *sj_show_create(
	const struct sj_viewer_window_start *start, int control_fd)
{
	struct sj_show *show = calloc(1, sizeof(*show));
	enum sj_err err;

	if (!show)
		return NULL;
	sj_picture_init(&show->picture);
	show->control_fd = control_fd;
	err = sj_window_open(&show->window, start);
	if (err != SJ_OK) {
		tell_not_made(control_fd, SJ_VIEWER_FAILED_DISPLAY);
		sj_log(SJ_LOG_ERROR, "display-refused why=\"%s\"",
			err == SJ_ERR_MISSING ? "cannot connect to it"
					      : "no 24 bit colours");
		sj_show_destroy(show);
		return NULL;
	}
	show->hands = sj_hands_create(&show->window, &show->picture);
	show->present =
		sj_present_create(show->window.connection, show->window.inner);
	show->panel = sj_panel_create(start);
	sj_mask_release_fonts();
	if (!show->hands || !show->present || !show->panel) {
		tell_not_made(control_fd, SJ_VIEWER_FAILED_OTHER);
		sj_log(SJ_LOG_ERROR, "window-parts-missing keyboard=%d",
			show->hands != NULL);
		sj_show_destroy(show);
		return NULL;
	}
	sj_cursor_init(
		&show->cursor, show->window.connection, show->window.inner);
	show->is_message_shown = true;
	show->is_message_stale = true;
	sj_window_show(&show->window);
	/* The launcher waits for the size of a whole screen. */
	show->wish = show->window.inner_size;
	if (start->is_fullscreen)
		tell(show, SJ_VIEWER_WINDOW_SIZE);
	return show;
}

void sj_show_destroy(struct sj_show *show)
{
	if (!show)
		return;
	sj_picture_finish(&show->picture);
	sj_panel_destroy(show->panel);
	sj_present_destroy(show->present);
	sj_hands_destroy(show->hands);
	sj_window_close(&show->window);
	free(show);
}
