/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/window_xcb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/layout.h"
#include "viewer/messages.h"

#define ICON_PX 32

enum atom {
	ATOM_WM_PROTOCOLS,
	ATOM_WM_DELETE_WINDOW,
	ATOM_NET_WM_NAME,
	ATOM_NET_WM_ICON_NAME,
	ATOM_NET_WM_ICON,
	ATOM_NET_WM_STATE,
	ATOM_NET_WM_STATE_FULLSCREEN,
	ATOM_NET_WM_WINDOW_TYPE,
	ATOM_NET_WM_WINDOW_TYPE_NORMAL,
	ATOM_UTF8_STRING,
	ATOM_COUNT
};

static void fetch_atoms(xcb_connection_t *connection, xcb_atom_t *atoms)
{
	static const char *const names[ATOM_COUNT] = {"WM_PROTOCOLS",
		"WM_DELETE_WINDOW", "_NET_WM_NAME", "_NET_WM_ICON_NAME",
		"_NET_WM_ICON", "_NET_WM_STATE", "_NET_WM_STATE_FULLSCREEN",
		"_NET_WM_WINDOW_TYPE", "_NET_WM_WINDOW_TYPE_NORMAL",
		"UTF8_STRING"};
	xcb_intern_atom_cookie_t cookies[ATOM_COUNT];
	size_t i;

	for (i = 0; i < ATOM_COUNT; i++)
		cookies[i] = xcb_intern_atom(
			connection, 0, (uint16_t)strlen(names[i]), names[i]);
	for (i = 0; i < ATOM_COUNT; i++) {
		xcb_intern_atom_reply_t *reply =
			xcb_intern_atom_reply(connection, cookies[i], NULL);

		atoms[i] = reply ? reply->atom : XCB_ATOM_NONE;
		free(reply);
	}
}

static void set_text(struct sj_window *window, xcb_atom_t name, xcb_atom_t type,
	const char *text)
{
	(void)xcb_change_property(window->connection, XCB_PROP_MODE_REPLACE,
		window->outer, name, type, 8, (uint32_t)strlen(text), text);
}

/* The zone first: it is what a task list has room for. */
static void set_title(struct sj_window *window, const xcb_atom_t *atoms,
	const struct sj_viewer_window_start *start)
{
	static const char class_name[] = "shoji-viewer\0Shoji-viewer";
	const char *label = start->zone_label;
	char title[512];

	if (label[0] == 0)
		label = sj_messages_text(
			SJ_MESSAGE_ZONE_LABEL, start->is_japanese != 0);
	(void)snprintf(
		title, sizeof(title), "%s - %s", label, start->host_name);
	set_text(window, atoms[ATOM_NET_WM_NAME], atoms[ATOM_UTF8_STRING],
		title);
	set_text(window, atoms[ATOM_NET_WM_ICON_NAME], atoms[ATOM_UTF8_STRING],
		label);
	set_text(window, XCB_ATOM_WM_NAME, atoms[ATOM_UTF8_STRING], title);
	(void)xcb_change_property(window->connection, XCB_PROP_MODE_REPLACE,
		window->outer, XCB_ATOM_WM_CLASS, XCB_ATOM_STRING, 8,
		sizeof(class_name), class_name);
}

/* A paper screen: a light sheet behind bars, framed in the zone's colour. */
static void set_icon(
	struct sj_window *window, const xcb_atom_t *atoms, uint32_t color)
{
	uint32_t icon[2 + ICON_PX * ICON_PX];
	size_t x;
	size_t y;

	icon[0] = ICON_PX;
	icon[1] = ICON_PX;
	for (y = 0; y < ICON_PX; y++) {
		for (x = 0; x < ICON_PX; x++) {
			uint32_t pixel = 0xFFFBF7EEu;

			if (x < 3 || y < 3 || x >= ICON_PX - 3 ||
				y >= ICON_PX - 3)
				pixel = 0xFF000000u | color;
			else if (x % 8 == 7 || y % 8 == 7)
				pixel = 0xFF6B4A2Bu;
			icon[2 + y * ICON_PX + x] = pixel;
		}
	}
	(void)xcb_change_property(window->connection, XCB_PROP_MODE_REPLACE,
		window->outer, atoms[ATOM_NET_WM_ICON], XCB_ATOM_CARDINAL, 32,
		SJ_COUNT(icon), icon);
}

static void set_hints(struct sj_window *window, const xcb_atom_t *atoms,
	const struct sj_viewer_window_start *start)
{
	/* WM_NORMAL_HINTS: flags, 4 old, min, max, then unused. */
	uint32_t hints[18] = {1u << 4 | 1u << 5};
	/* WM_HINTS: it wants the keyboard. */
	const uint32_t input[9] = {1u << 0, 1};

	hints[5] = SJ_LIMIT_WIDTH_MIN_PX + SJ_LAYOUT_ADD_WIDTH_PX;
	hints[6] = SJ_LIMIT_HEIGHT_MIN_PX + SJ_LAYOUT_ADD_HEIGHT_PX;
	hints[7] = SJ_LIMIT_WIDTH_PX + SJ_LAYOUT_ADD_WIDTH_PX;
	hints[8] = SJ_LIMIT_HEIGHT_PX + SJ_LAYOUT_ADD_HEIGHT_PX;
	(void)xcb_change_property(window->connection, XCB_PROP_MODE_REPLACE,
		window->outer, XCB_ATOM_WM_NORMAL_HINTS, XCB_ATOM_WM_SIZE_HINTS,
		32, SJ_COUNT(hints), hints);
	(void)xcb_change_property(window->connection, XCB_PROP_MODE_REPLACE,
		window->outer, XCB_ATOM_WM_HINTS, XCB_ATOM_WM_HINTS, 32,
		SJ_COUNT(input), input);
	(void)xcb_change_property(window->connection, XCB_PROP_MODE_REPLACE,
		window->outer, atoms[ATOM_WM_PROTOCOLS], XCB_ATOM_ATOM, 32, 1,
		&atoms[ATOM_WM_DELETE_WINDOW]);
	(void)xcb_change_property(window->connection, XCB_PROP_MODE_REPLACE,
		window->outer, atoms[ATOM_NET_WM_WINDOW_TYPE], XCB_ATOM_ATOM,
		32, 1, &atoms[ATOM_NET_WM_WINDOW_TYPE_NORMAL]);
	if (start->is_fullscreen)
		(void)xcb_change_property(window->connection,
			XCB_PROP_MODE_REPLACE, window->outer,
			atoms[ATOM_NET_WM_STATE], XCB_ATOM_ATOM, 32, 1,
			&atoms[ATOM_NET_WM_STATE_FULLSCREEN]);
}

static xcb_screen_t *screen_of(xcb_connection_t *connection, int number)
{
	xcb_screen_iterator_t at =
		xcb_setup_roots_iterator(xcb_get_setup(connection));

	for (; at.rem > 0; xcb_screen_next(&at)) {
		if (number-- == 0)
			return at.data;
	}
	return NULL;
}

/* Words 0x00RRGGBB, as the decoder writes them. */
static bool has_our_pixels(xcb_connection_t *connection, xcb_screen_t *screen)
{
	const xcb_setup_t *setup = xcb_get_setup(connection);
	xcb_format_iterator_t format = xcb_setup_pixmap_formats_iterator(setup);
	xcb_depth_iterator_t depth = xcb_screen_allowed_depths_iterator(screen);
	bool is_wide = false;

	for (; format.rem > 0; xcb_format_next(&format))
		is_wide |= format.data->depth == 24 &&
			   format.data->bits_per_pixel == 32;
	if (!is_wide || screen->root_depth != 24 ||
		setup->image_byte_order != XCB_IMAGE_ORDER_LSB_FIRST)
		return false;
	for (; depth.rem > 0; xcb_depth_next(&depth)) {
		xcb_visualtype_iterator_t visual =
			xcb_depth_visuals_iterator(depth.data);

		for (; visual.rem > 0; xcb_visualtype_next(&visual)) {
			if (visual.data->visual_id == screen->root_visual)
				return visual.data->red_mask == 0xFF0000 &&
				       visual.data->green_mask == 0xFF00 &&
				       visual.data->blue_mask == 0xFF;
		}
	}
	return false;
}

static void set_sizes(
	struct sj_window *window, uint16_t width_px, uint16_t height_px)
{
	struct sj_size *inner = &window->inner_size;

	window->outer_size = (struct sj_size){width_px, height_px};
	inner->width_px =
		width_px > SJ_LAYOUT_ADD_WIDTH_PX
			? (uint16_t)(width_px - SJ_LAYOUT_ADD_WIDTH_PX)
			: 1;
	inner->height_px =
		height_px > SJ_LAYOUT_ADD_HEIGHT_PX
			? (uint16_t)(height_px - SJ_LAYOUT_ADD_HEIGHT_PX)
			: 1;
	if (inner->width_px > SJ_LIMIT_WIDTH_PX)
		inner->width_px = SJ_LIMIT_WIDTH_PX;
	if (inner->height_px > SJ_LIMIT_HEIGHT_PX)
		inner->height_px = SJ_LIMIT_HEIGHT_PX;
}

static void create_windows(struct sj_window *window, uint32_t color)
{
	const uint32_t outer[] = {color & 0x00FFFFFFu,
		XCB_EVENT_MASK_EXPOSURE | XCB_EVENT_MASK_STRUCTURE_NOTIFY |
			XCB_EVENT_MASK_KEY_PRESS | XCB_EVENT_MASK_KEY_RELEASE |
			XCB_EVENT_MASK_FOCUS_CHANGE};
	const uint32_t inner[] = {SJ_LAYOUT_EMPTY_COLOR, XCB_GRAVITY_NORTH_WEST,
		XCB_EVENT_MASK_EXPOSURE | XCB_EVENT_MASK_BUTTON_PRESS |
			XCB_EVENT_MASK_BUTTON_RELEASE |
			XCB_EVENT_MASK_POINTER_MOTION};

	window->outer = xcb_generate_id(window->connection);
	window->inner = xcb_generate_id(window->connection);
	(void)xcb_create_window(window->connection, XCB_COPY_FROM_PARENT,
		window->outer, window->screen->root, 0, 0,
		window->outer_size.width_px, window->outer_size.height_px, 0,
		XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
		XCB_CW_BACK_PIXEL | XCB_CW_EVENT_MASK, outer);
	(void)xcb_create_window(window->connection, XCB_COPY_FROM_PARENT,
		window->inner, window->outer, SJ_LAYOUT_FRAME_PX,
		SJ_LAYOUT_STRIP_PX, window->inner_size.width_px,
		window->inner_size.height_px, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT,
		XCB_COPY_FROM_PARENT,
		XCB_CW_BACK_PIXEL | XCB_CW_BIT_GRAVITY | XCB_CW_EVENT_MASK,
		inner);
}

enum sj_err sj_window_open(
	struct sj_window *window, const struct sj_viewer_window_start *start)
{
	xcb_atom_t atoms[ATOM_COUNT];

	memset(window, 0, sizeof(*window));
	window->connection = xcb_connect(NULL, &window->screen_number);
	if (xcb_connection_has_error(window->connection)) {
		sj_window_close(window);
		return SJ_ERR_MISSING;
	}
	window->screen = screen_of(window->connection, window->screen_number);
	if (!window->screen ||
		!has_our_pixels(window->connection, window->screen)) {
		sj_window_close(window);
		return SJ_ERR_DENIED;
	}
	set_sizes(window,
		(uint16_t)(start->size.width_px + SJ_LAYOUT_ADD_WIDTH_PX),
		(uint16_t)(start->size.height_px + SJ_LAYOUT_ADD_HEIGHT_PX));
	if (start->is_fullscreen)
		set_sizes(window, window->screen->width_in_pixels,
			window->screen->height_in_pixels);
	create_windows(window, start->zone_color);
	fetch_atoms(window->connection, atoms);
	window->wm_protocols = atoms[ATOM_WM_PROTOCOLS];
	window->wm_delete = atoms[ATOM_WM_DELETE_WINDOW];
	window->wm_state = atoms[ATOM_NET_WM_STATE];
	window->wm_fullscreen = atoms[ATOM_NET_WM_STATE_FULLSCREEN];
	set_title(window, atoms, start);
	set_icon(window, atoms, start->zone_color & 0x00FFFFFFu);
	set_hints(window, atoms, start);
	return SJ_OK;
}

void sj_window_close(struct sj_window *window)
{
	if (window->connection)
		xcb_disconnect(window->connection);
	memset(window, 0, sizeof(*window));
}

void sj_window_show(struct sj_window *window)
{
	(void)xcb_map_window(window->connection, window->inner);
	(void)xcb_map_window(window->connection, window->outer);
	(void)xcb_flush(window->connection);
}

bool sj_window_resize(
	struct sj_window *window, uint16_t width_px, uint16_t height_px)
{
	struct sj_size was = window->inner_size;
	uint32_t size[2];

	set_sizes(window, width_px, height_px);
	if (was.width_px == window->inner_size.width_px &&
		was.height_px == window->inner_size.height_px)
		return false;
	size[0] = window->inner_size.width_px;
	size[1] = window->inner_size.height_px;
	(void)xcb_configure_window(window->connection, window->inner,
		XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT, size);
	return true;
}

void sj_window_toggle_fullscreen(struct sj_window *window)
{
	const uint32_t to = XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY |
			    XCB_EVENT_MASK_SUBSTRUCTURE_REDIRECT;
	xcb_client_message_event_t event;

	memset(&event, 0, sizeof(event));
	event.response_type = XCB_CLIENT_MESSAGE;
	event.format = 32;
	event.window = window->outer;
	event.type = window->wm_state;
	event.data.data32[0] = 2; /* toggle */
	event.data.data32[1] = window->wm_fullscreen;
	event.data.data32[3] = 1; /* an ordinary application */
	(void)xcb_send_event(window->connection, 0, window->screen->root, to,
		(const char *)&event);
}

bool sj_window_is_delete(
	const struct sj_window *window, const xcb_client_message_event_t *event)
{
	return event->type == window->wm_protocols && event->format == 32 &&
	       event->data.data32[0] == window->wm_delete;
}

void sj_window_clear_around(
	struct sj_window *window, const struct sj_size *size)
{
	const struct sj_size *inner = &window->inner_size;

	if (size->width_px < inner->width_px)
		(void)xcb_clear_area(window->connection, 0, window->inner,
			(int16_t)size->width_px, 0,
			(uint16_t)(inner->width_px - size->width_px),
			inner->height_px);
	if (size->height_px < inner->height_px)
		(void)xcb_clear_area(window->connection, 0, window->inner, 0,
			(int16_t)size->height_px, inner->width_px,
			(uint16_t)(inner->height_px - size->height_px));
}
