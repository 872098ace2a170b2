/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/wm_state_xcb.h"

#include <xcb/xcb.h>

#define STATE_NORMAL 1u

void sj_wm_set_property(struct sj_wm *wm, uint32_t window, enum sj_wm_atom atom,
	uint32_t type, const uint32_t *values, size_t count)
{
	xcb_change_property(wm->display->connection, XCB_PROP_MODE_REPLACE,
		window, wm->atoms[atom], type, 32, (uint32_t)count, values);
}

void sj_wm_tell_list(struct sj_wm *wm)
{
	uint32_t ids[SJ_WM_WINDOWS];
	uint32_t active = XCB_NONE;

	for (size_t i = 0; i < wm->count; i++)
		ids[i] = wm->window[i].id;
	if (wm->count > 0)
		active = wm->window[wm->count - 1].id;
	sj_wm_set_property(wm, wm->display->root, SJ_NET_CLIENT_LIST,
		XCB_ATOM_WINDOW, ids, wm->count);
	sj_wm_set_property(wm, wm->display->root, SJ_NET_ACTIVE_WINDOW,
		XCB_ATOM_WINDOW, &active, 1);
}

void sj_wm_tell_state(struct sj_wm *wm, const struct sj_wm_window *window)
{
	const uint32_t normal[] = {STATE_NORMAL, XCB_NONE};
	const uint32_t extents[] = {0, 0, 0, 0};
	uint32_t states[3];
	size_t count = 0;

	if (!window->hints.is_dialog) {
		states[count++] = wm->atoms[SJ_NET_WM_STATE_MAXIMIZED_VERT];
		states[count++] = wm->atoms[SJ_NET_WM_STATE_MAXIMIZED_HORZ];
	}
	if (window->is_fullscreen)
		states[count++] = wm->atoms[SJ_NET_WM_STATE_FULLSCREEN];
	sj_wm_set_property(
		wm, window->id, SJ_NET_WM_STATE, XCB_ATOM_ATOM, states, count);
	sj_wm_set_property(wm, window->id, SJ_NET_FRAME_EXTENTS,
		XCB_ATOM_CARDINAL, extents, SJ_COUNT(extents));
	sj_wm_set_property(wm, window->id, SJ_WM_STATE, wm->atoms[SJ_WM_STATE],
		normal, SJ_COUNT(normal));
}

void sj_wm_send(struct sj_wm *wm, const struct sj_wm_window *window,
	enum sj_wm_atom what, uint32_t number)
{
	/* A time for TAKE_FOCUS, a time and a window for PING. */
	xcb_client_message_event_t event = {
		.response_type = XCB_CLIENT_MESSAGE,
		.format = 32,
		.window = window->id,
		.type = wm->atoms[SJ_WM_PROTOCOLS],
		.data.data32 = {wm->atoms[what], number, window->id},
	};

	xcb_send_event(wm->display->connection, 0, window->id,
		XCB_EVENT_MASK_NO_EVENT, (const char *)&event);
}

void sj_wm_close(struct sj_wm *wm, const struct sj_wm_window *window)
{
	if (window->hints.takes_delete)
		sj_wm_send(wm, window, SJ_WM_DELETE_WINDOW, XCB_CURRENT_TIME);
	else
		xcb_kill_client(wm->display->connection, window->id);
}
