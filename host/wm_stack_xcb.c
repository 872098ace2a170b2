/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/wm_state_xcb.h"

#include <string.h>

#include <xcb/xcb.h>

#include "host/place.h"

struct sj_wm_window *sj_wm_find(struct sj_wm *wm, uint32_t id)
{
	for (size_t i = 0; i < wm->count; i++)
		if (wm->window[i].id == id)
			return &wm->window[i];
	return NULL;
}

struct sj_wm_window *sj_wm_find_bar(
	struct sj_wm *wm, uint32_t id, bool *is_close)
{
	for (size_t i = 0; i < wm->count; i++) {
		const struct sj_wm_bar *bar = &wm->window[i].bar;

		*is_close = id == bar->close;
		if (bar->strip != XCB_NONE && (id == bar->strip || *is_close))
			return &wm->window[i];
	}
	return NULL;
}

/* ---- geometry ---- */

/* ICCCM 4.1.5: a window that asked and got nothing is told what it has. */
static void tell_geometry(struct sj_wm *wm, const struct sj_wm_window *window)
{
	xcb_configure_notify_event_t event = {
		.response_type = XCB_CONFIGURE_NOTIFY,
		.event = window->id,
		.window = window->id,
		.x = (int16_t)window->rect.x_px,
		.y = (int16_t)window->rect.y_px,
		.width = window->rect.width_px,
		.height = window->rect.height_px,
	};

	xcb_send_event(wm->display->connection, 0, window->id,
		XCB_EVENT_MASK_STRUCTURE_NOTIFY, (const char *)&event);
}

static bool is_filling(const struct sj_wm_window *window)
{
	return !window->hints.is_dialog || window->is_fullscreen;
}

static void configure(struct sj_wm *wm, const struct sj_wm_window *window)
{
	const uint32_t values[] = {window->rect.x_px, window->rect.y_px,
		window->rect.width_px, window->rect.height_px, 0};

	xcb_configure_window(wm->display->connection, window->id,
		XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y |
			XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT |
			XCB_CONFIG_WINDOW_BORDER_WIDTH,
		values);
	tell_geometry(wm, window);
}

void sj_wm_put(struct sj_wm *wm, struct sj_wm_window *window,
	const struct sj_rect *wish, bool is_placed)
{
	bool has_bar = window->hints.wants_bar && !is_filling(window);
	struct sj_size room = wm->size;
	struct sj_rect place = *wish;

	/* The strip is above the window and part of what has to be seen. */
	if (has_bar) {
		room.height_px = (uint16_t)(room.height_px - SJ_WM_BAR_PX);
		place.y_px = place.y_px > SJ_WM_BAR_PX
				     ? (uint16_t)(place.y_px - SJ_WM_BAR_PX)
				     : 0;
	}
	window->rect = sj_place(&place, &room, is_filling(window), is_placed);
	if (has_bar)
		window->rect.y_px =
			(uint16_t)(window->rect.y_px + SJ_WM_BAR_PX);
	configure(wm, window);
	if (!has_bar)
		sj_wm_bar_destroy(&window->bar, wm->display);
	else if (window->bar.strip == XCB_NONE)
		sj_wm_bar_create(&window->bar, wm->display, &window->rect);
	else
		sj_wm_bar_move(&window->bar, wm->display, &window->rect);
}

/* ---- stacking, focus ---- */

/* The lowest dialog of the screen, or 0. */
static uint32_t lowest_dialog(const struct sj_wm *wm)
{
	for (size_t i = 0; i < wm->count; i++)
		if (!is_filling(&wm->window[i]))
			return wm->window[i].id;
	return XCB_NONE;
}

static void raise_window(struct sj_wm *wm, const struct sj_wm_window *window)
{
	const uint32_t above = XCB_STACK_MODE_ABOVE;
	uint32_t below[] = {lowest_dialog(wm), XCB_STACK_MODE_BELOW};

	if (is_filling(window) && !window->is_fullscreen &&
		below[0] != XCB_NONE) {
		xcb_configure_window(wm->display->connection, window->id,
			XCB_CONFIG_WINDOW_SIBLING |
				XCB_CONFIG_WINDOW_STACK_MODE,
			below);
		return;
	}
	xcb_configure_window(wm->display->connection, window->id,
		XCB_CONFIG_WINDOW_STACK_MODE, &above);
	sj_wm_bar_raise(&window->bar, wm->display);
}

/* Makes the window at index the active one. */
static void lift(struct sj_wm *wm, size_t index)
{
	struct sj_wm_window window = wm->window[index];

	memmove(&wm->window[index], &wm->window[index + 1],
		(wm->count - index - 1) * sizeof(window));
	wm->window[wm->count - 1] = window;
	raise_window(wm, &window);
}

static void focus_active(struct sj_wm *wm)
{
	const struct sj_wm_window *active;

	sj_wm_tell_list(wm);
	if (wm->count == 0)
		return;
	active = &wm->window[wm->count - 1];
	if (!active->hints.has_no_input)
		xcb_set_input_focus(wm->display->connection,
			XCB_INPUT_FOCUS_POINTER_ROOT, active->id,
			XCB_CURRENT_TIME);
	if (active->hints.takes_focus)
		sj_wm_send(wm, active, SJ_WM_TAKE_FOCUS, XCB_CURRENT_TIME);
}

void sj_wm_activate(struct sj_wm *wm, uint32_t id)
{
	size_t left = wm->count;

	for (size_t i = 0; i < wm->count; i++)
		if (wm->window[i].id == id) {
			lift(wm, i);
			break;
		}
	/* What is transient for it is never left behind it. */
	for (size_t i = 0; left > 0; left--) {
		if (wm->window[i].hints.transient_for == id &&
			wm->window[i].id != id)
			lift(wm, i);
		else
			i++;
	}
	focus_active(wm);
}

/* ---- strips ---- */

static void press(struct sj_wm *wm, const xcb_button_press_event_t *event)
{
	bool is_close = false;
	struct sj_wm_window *window =
		sj_wm_find_bar(wm, event->event, &is_close);

	if (!window || event->detail != 1)
		return;
	if (!is_close) {
		wm->dragged = window->id;
		wm->drag_x_px = event->root_x - window->rect.x_px;
		wm->drag_y_px = event->root_y - window->rect.y_px;
	}
	sj_wm_activate(wm, window->id);
}

static void release(struct sj_wm *wm, const xcb_button_release_event_t *event)
{
	bool is_close = false;
	struct sj_wm_window *window =
		sj_wm_find_bar(wm, event->event, &is_close);

	wm->dragged = XCB_NONE;
	/* Only where it was pressed and released: one can still move away. */
	if (window && is_close && event->detail == 1 && event->event_x >= 0 &&
		event->event_y >= 0 && event->event_x < SJ_WM_BAR_PX &&
		event->event_y < SJ_WM_BAR_PX)
		sj_wm_close(wm, window);
}

static void drag(struct sj_wm *wm, const xcb_motion_notify_event_t *event)
{
	struct sj_wm_window *window = sj_wm_find(wm, wm->dragged);
	struct sj_rect wish;
	int32_t x, y;

	if (wm->dragged == XCB_NONE || !window)
		return;
	x = event->root_x - wm->drag_x_px;
	y = event->root_y - wm->drag_y_px;
	wish = window->rect;
	wish.x_px = x < 0 ? 0 : (uint16_t)x;
	wish.y_px = y < 0 ? 0 : (uint16_t)y;
	sj_wm_put(wm, window, &wish, true);
}

bool sj_wm_bar_event(struct sj_wm *wm, const void *event)
{
	const xcb_generic_event_t *generic = event;

	switch (generic->response_type & 0x7f) {
	case XCB_BUTTON_PRESS:
		press(wm, event);
		return true;
	case XCB_BUTTON_RELEASE:
		release(wm, event);
		return true;
	case XCB_MOTION_NOTIFY:
		drag(wm, event);
		return true;
	default:
		return false;
	}
}
