/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/wm.h"

#include <stdlib.h>
#include <string.h>

#include <xcb/xcb.h>

#include "host/wm_state_xcb.h"

#define STATE_WITHDRAWN 0u
#define ACTION_REMOVE 0u
#define ACTION_ADD 1u
#define ACTION_TOGGLE 2u

static xcb_connection_t *connection_of(const struct sj_wm *wm)
{
	return wm->display->connection;
}

static void tell_workarea(struct sj_wm *wm)
{
	const uint32_t area[] = {0, 0, wm->size.width_px, wm->size.height_px};

	sj_wm_set_property(wm, wm->display->root, SJ_NET_WORKAREA,
		XCB_ATOM_CARDINAL, area, SJ_COUNT(area));
}

/* ---- windows come and go ---- */

static bool read_geometry(
	struct sj_wm *wm, xcb_window_t id, struct sj_rect *rect)
{
	xcb_get_geometry_reply_t *reply =
		xcb_get_geometry_reply(connection_of(wm),
			xcb_get_geometry(connection_of(wm), id), NULL);

	if (!reply)
		return false;
	rect->x_px = reply->x < 0 ? 0 : (uint16_t)reply->x;
	rect->y_px = reply->y < 0 ? 0 : (uint16_t)reply->y;
	rect->width_px = reply->width;
	rect->height_px = reply->height;
	free(reply);
	return true;
}

static void manage(struct sj_wm *wm, xcb_window_t id)
{
	struct sj_wm_window window = {.id = id};
	struct sj_rect wish;

	if (sj_wm_find(wm, id)) {
		xcb_map_window(connection_of(wm), id);
		sj_wm_activate(wm, id);
		return;
	}
	if (wm->count == SJ_WM_WINDOWS || !read_geometry(wm, id, &wish))
		return;
	window.hints = sj_wm_hints_read(wm->display, wm->atoms, id);
	window.is_fullscreen = window.hints.is_fullscreen;
	sj_wm_put(wm, &window, &wish, false);
	sj_wm_tell_state(wm, &window);
	wm->window[wm->count++] = window;
	xcb_map_window(connection_of(wm), id);
	sj_wm_activate(wm, id);
}

static void forget(struct sj_wm *wm, xcb_window_t id, bool is_destroyed)
{
	const uint32_t withdrawn[] = {STATE_WITHDRAWN, XCB_NONE};
	struct sj_wm_window *window = sj_wm_find(wm, id);
	size_t index;

	if (!window)
		return;
	index = (size_t)(window - wm->window);
	sj_wm_bar_destroy(&window->bar, wm->display);
	if (wm->dragged == id)
		wm->dragged = XCB_NONE;
	memmove(window, window + 1, (wm->count - index - 1) * sizeof(*window));
	wm->count--;
	if (!is_destroyed)
		sj_wm_set_property(wm, id, SJ_WM_STATE, wm->atoms[SJ_WM_STATE],
			withdrawn, SJ_COUNT(withdrawn));
	if (wm->count > 0)
		sj_wm_activate(wm, wm->window[wm->count - 1].id);
	else
		sj_wm_tell_list(wm);
}

static void configure(
	struct sj_wm *wm, const xcb_configure_request_event_t *request)
{
	struct sj_wm_window *window = sj_wm_find(wm, request->window);
	struct sj_rect wish;

	if (!window) {
		const uint32_t values[] = {(uint32_t)request->x,
			(uint32_t)request->y, request->width, request->height,
			request->border_width};

		xcb_configure_window(connection_of(wm), request->window,
			XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y |
				XCB_CONFIG_WINDOW_WIDTH |
				XCB_CONFIG_WINDOW_HEIGHT |
				XCB_CONFIG_WINDOW_BORDER_WIDTH,
			values);
		return;
	}
	wish = window->rect;
	if ((request->value_mask & XCB_CONFIG_WINDOW_X) != 0)
		wish.x_px = request->x < 0 ? 0 : (uint16_t)request->x;
	if ((request->value_mask & XCB_CONFIG_WINDOW_Y) != 0)
		wish.y_px = request->y < 0 ? 0 : (uint16_t)request->y;
	if ((request->value_mask & XCB_CONFIG_WINDOW_WIDTH) != 0)
		wish.width_px = request->width;
	if ((request->value_mask & XCB_CONFIG_WINDOW_HEIGHT) != 0)
		wish.height_px = request->height;
	sj_wm_put(wm, window, &wish, true);
}

/* ---- what programs ask for ---- */

static void change_state(struct sj_wm *wm, struct sj_wm_window *window,
	const xcb_client_message_event_t *message)
{
	uint32_t full = wm->atoms[SJ_NET_WM_STATE_FULLSCREEN];
	uint32_t action = message->data.data32[0];
	struct sj_rect wish = window->rect;

	if (message->data.data32[1] == full ||
		message->data.data32[2] == full) {
		if (action == ACTION_TOGGLE)
			window->is_fullscreen = !window->is_fullscreen;
		else if (action == ACTION_ADD || action == ACTION_REMOVE)
			window->is_fullscreen = action == ACTION_ADD;
	}
	/* Told even when nothing changes: who asked to be restored learns
	 * that it still fills the screen. */
	sj_wm_tell_state(wm, window);
	sj_wm_put(wm, window, &wish, true);
}

static void client_message(
	struct sj_wm *wm, const xcb_client_message_event_t *message)
{
	struct sj_wm_window *window = sj_wm_find(wm, message->window);

	if (!window || message->format != 32)
		return;
	if (message->type == wm->atoms[SJ_NET_WM_STATE])
		change_state(wm, window, message);
	else if (message->type == wm->atoms[SJ_NET_ACTIVE_WINDOW])
		sj_wm_activate(wm, message->window);
	else if (message->type == wm->atoms[SJ_NET_CLOSE_WINDOW])
		sj_wm_close(wm, window);
}

bool sj_wm_ping(struct sj_wm *wm, uint32_t number)
{
	const struct sj_wm_window *top;

	if (wm->count == 0)
		return false;
	top = &wm->window[wm->count - 1];
	if (!top->hints.answers_ping)
		return false;
	sj_wm_send(wm, top, SJ_NET_WM_PING, number);
	sj_display_flush(wm->display);
	return true;
}

/* EWMH: the answer is the question, sent to the root window. */
static bool is_pong(const struct sj_wm *wm, const void *event, uint32_t *ping)
{
	const xcb_client_message_event_t *message = event;

	if ((message->response_type & 0x7f) != XCB_CLIENT_MESSAGE ||
		message->format != 32 || message->window != wm->display->root ||
		message->type != wm->atoms[SJ_WM_PROTOCOLS] ||
		message->data.data32[0] != wm->atoms[SJ_NET_WM_PING])
		return false;
	*ping = message->data.data32[1];
	return true;
}

bool sj_wm_event(struct sj_wm *wm, const void *event, uint32_t *ping)
{
	const xcb_generic_event_t *generic = event;

	if (is_pong(wm, event, ping))
		return true;

	if (sj_wm_bar_event(wm, event)) {
		sj_display_flush(wm->display);
		return false;
	}
	switch (generic->response_type & 0x7f) {
	case XCB_MAP_REQUEST:
		manage(wm, ((const xcb_map_request_event_t *)event)->window);
		break;
	case XCB_CONFIGURE_REQUEST:
		configure(wm, event);
		break;
	case XCB_UNMAP_NOTIFY:
		forget(wm, ((const xcb_unmap_notify_event_t *)event)->window,
			false);
		break;
	case XCB_DESTROY_NOTIFY:
		forget(wm, ((const xcb_destroy_notify_event_t *)event)->window,
			true);
		break;
	case XCB_CLIENT_MESSAGE:
		client_message(wm, event);
		break;
	default:
		return false;
	}
	sj_display_flush(wm->display);
	return false;
}

void sj_wm_resized(struct sj_wm *wm, const struct sj_size *size)
{
	wm->size = *size;
	tell_workarea(wm);
	for (size_t i = 0; i < wm->count; i++) {
		struct sj_rect wish = wm->window[i].rect;

		sj_wm_put(wm, &wm->window[i], &wish, false);
	}
	sj_display_flush(wm->display);
}

void sj_wm_clicked(struct sj_wm *wm)
{
	xcb_query_pointer_reply_t *reply;

	/* The only or highest window is active already. */
	if (wm->count < 2)
		return;
	reply = xcb_query_pointer_reply(connection_of(wm),
		xcb_query_pointer(connection_of(wm), wm->display->root), NULL);
	if (reply && reply->child != wm->window[wm->count - 1].id &&
		sj_wm_find(wm, reply->child))
		sj_wm_activate(wm, reply->child);
	free(reply);
}

void sj_wm_close_active(struct sj_wm *wm)
{
	if (wm->count < 2)
		return;
	sj_wm_close(wm, &wm->window[wm->count - 1]);
	sj_display_flush(wm->display);
}

void sj_wm_next(struct sj_wm *wm)
{
	if (wm->count < 2)
		return;
	sj_wm_activate(wm, wm->window[0].id);
	sj_display_flush(wm->display);
}

/* ---- start ---- */

/* Only one client can have the redirection. */
static enum sj_err take_over(struct sj_wm *wm)
{
	const uint32_t mask = XCB_EVENT_MASK_SUBSTRUCTURE_REDIRECT |
			      XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY;
	xcb_generic_error_t *error = xcb_request_check(connection_of(wm),
		xcb_change_window_attributes_checked(connection_of(wm),
			wm->display->root, XCB_CW_EVENT_MASK, &mask));
	bool is_taken = error != NULL;

	free(error);
	return is_taken ? SJ_ERR_DENIED : SJ_OK;
}

static void announce(struct sj_wm *wm)
{
	static const char name[] = "shoji";

	wm->check = xcb_generate_id(connection_of(wm));
	xcb_create_window(connection_of(wm), 0, wm->check, wm->display->root,
		-1, -1, 1, 1, 0, XCB_WINDOW_CLASS_INPUT_ONLY,
		XCB_COPY_FROM_PARENT, 0, NULL);
	sj_wm_set_property(wm, wm->check, SJ_NET_SUPPORTING_WM_CHECK,
		XCB_ATOM_WINDOW, &wm->check, 1);
	xcb_change_property(connection_of(wm), XCB_PROP_MODE_REPLACE, wm->check,
		wm->atoms[SJ_NET_WM_NAME], wm->atoms[SJ_UTF8_STRING], 8,
		sizeof(name) - 1, name);
	sj_wm_set_property(wm, wm->display->root, SJ_NET_SUPPORTING_WM_CHECK,
		XCB_ATOM_WINDOW, &wm->check, 1);
	sj_wm_set_property(wm, wm->display->root, SJ_NET_SUPPORTED,
		XCB_ATOM_ATOM, wm->atoms, SJ_WM_ATOMS);
	tell_workarea(wm);
	sj_wm_tell_list(wm);
}

/* Programs that were quicker than we. */
static void adopt(struct sj_wm *wm)
{
	xcb_query_tree_reply_t *tree = xcb_query_tree_reply(connection_of(wm),
		xcb_query_tree(connection_of(wm), wm->display->root), NULL);
	int count = tree ? xcb_query_tree_children_length(tree) : 0;

	for (int i = 0; i < count; i++) {
		xcb_window_t id = xcb_query_tree_children(tree)[i];
		xcb_get_window_attributes_reply_t *reply =
			xcb_get_window_attributes_reply(connection_of(wm),
				xcb_get_window_attributes(
					connection_of(wm), id),
				NULL);

		if (reply && reply->override_redirect == 0 &&
			reply->map_state != XCB_MAP_STATE_UNMAPPED)
			manage(wm, id);
		free(reply);
	}
	free(tree);
}

enum sj_err sj_wm_create(struct sj_wm **wm, struct sj_display *display,
	const struct sj_size *size)
{
	struct sj_wm *made = calloc(1, sizeof(*made));
	enum sj_err err;

	if (!made)
		return SJ_ERR_MEMORY;
	made->display = display;
	made->size = *size;
	err = sj_wm_hints_atoms(display, made->atoms);
	if (err == SJ_OK)
		err = take_over(made);
	if (err != SJ_OK) {
		free(made);
		return err;
	}
	announce(made);
	adopt(made);
	sj_display_flush(display);
	*wm = made;
	return SJ_OK;
}

void sj_wm_destroy(struct sj_wm *wm)
{
	free(wm);
}
