/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/wm_hints_xcb.h"

#include <stdlib.h>
#include <string.h>

#include <xcb/xcb.h>

#include "host/display_xcb.h"

/* Longest property that is looked at, in 32-bit units. */
#define PROPERTY_UNITS 32
#define HINTS_INPUT 1u
#define MOTIF_DECORATIONS 2u
#define MOTIF_PLACE 2 /* of the decorations among the values */

static const char *const names[SJ_WM_ATOMS] = {
	[SJ_WM_PROTOCOLS] = "WM_PROTOCOLS",
	[SJ_WM_DELETE_WINDOW] = "WM_DELETE_WINDOW",
	[SJ_WM_TAKE_FOCUS] = "WM_TAKE_FOCUS",
	[SJ_WM_STATE] = "WM_STATE",
	[SJ_WM_ROLE] = "WM_WINDOW_ROLE",
	[SJ_NET_SUPPORTED] = "_NET_SUPPORTED",
	[SJ_NET_SUPPORTING_WM_CHECK] = "_NET_SUPPORTING_WM_CHECK",
	[SJ_NET_WM_NAME] = "_NET_WM_NAME",
	[SJ_NET_ACTIVE_WINDOW] = "_NET_ACTIVE_WINDOW",
	[SJ_NET_CLOSE_WINDOW] = "_NET_CLOSE_WINDOW",
	[SJ_NET_WM_PING] = "_NET_WM_PING",
	[SJ_NET_CLIENT_LIST] = "_NET_CLIENT_LIST",
	[SJ_NET_WORKAREA] = "_NET_WORKAREA",
	[SJ_NET_FRAME_EXTENTS] = "_NET_FRAME_EXTENTS",
	[SJ_NET_WM_STATE] = "_NET_WM_STATE",
	[SJ_NET_WM_STATE_MAXIMIZED_VERT] = "_NET_WM_STATE_MAXIMIZED_VERT",
	[SJ_NET_WM_STATE_MAXIMIZED_HORZ] = "_NET_WM_STATE_MAXIMIZED_HORZ",
	[SJ_NET_WM_STATE_FULLSCREEN] = "_NET_WM_STATE_FULLSCREEN",
	[SJ_NET_WM_WINDOW_TYPE] = "_NET_WM_WINDOW_TYPE",
	[SJ_NET_WM_WINDOW_TYPE_NORMAL] = "_NET_WM_WINDOW_TYPE_NORMAL",
	[SJ_NET_WM_WINDOW_TYPE_DIALOG] = "_NET_WM_WINDOW_TYPE_DIALOG",
	[SJ_MOTIF_WM_HINTS] = "_MOTIF_WM_HINTS",
	[SJ_UTF8_STRING] = "UTF8_STRING",
};

enum sj_err sj_wm_hints_atoms(
	struct sj_display *display, uint32_t atoms[SJ_WM_ATOMS])
{
	for (size_t i = 0; i < SJ_WM_ATOMS; i++) {
		atoms[i] = sj_display_atom(display, names[i]);
		if (atoms[i] == XCB_ATOM_NONE)
			return SJ_ERR_SYSTEM;
	}
	return SJ_OK;
}

/*
 * Reads up to PROPERTY_UNITS values of a 32-bit property of that type; returns
 * their number, 0 for anything else.
 */
static size_t read_values(struct sj_display *display, uint32_t window,
	uint32_t property, uint32_t type, uint32_t values[PROPERTY_UNITS])
{
	xcb_get_property_reply_t *reply =
		xcb_get_property_reply(display->connection,
			xcb_get_property(display->connection, 0, window,
				property, type, 0, PROPERTY_UNITS),
			NULL);
	size_t count = 0;

	if (reply && reply->type == type && reply->format == 32) {
		count = (size_t)xcb_get_property_value_length(reply) / 4;
		if (count > PROPERTY_UNITS)
			count = PROPERTY_UNITS;
		memcpy(values, xcb_get_property_value(reply), count * 4);
	}
	free(reply);
	return count;
}

static bool has_value(const uint32_t *values, size_t count, uint32_t wanted)
{
	for (size_t i = 0; i < count; i++)
		if (values[i] == wanted)
			return true;
	return false;
}

/* Chromium's window.open with a size: an ordinary window with this role. */
static bool is_popup(struct sj_display *display, uint32_t role, uint32_t window)
{
	static const char popup[] = "pop-up";
	xcb_get_property_reply_t *reply =
		xcb_get_property_reply(display->connection,
			xcb_get_property(display->connection, 0, window, role,
				XCB_ATOM_STRING, 0, PROPERTY_UNITS),
			NULL);
	bool is_same = reply && reply->format == 8 &&
		       xcb_get_property_value_length(reply) ==
			       (int)sizeof(popup) - 1 &&
		       memcmp(xcb_get_property_value(reply), popup,
			       sizeof(popup) - 1) == 0;

	free(reply);
	return is_same;
}

struct sj_wm_hints sj_wm_hints_read(struct sj_display *display,
	const uint32_t atoms[SJ_WM_ATOMS], uint32_t window)
{
	struct sj_wm_hints hints = {.is_dialog = false};
	uint32_t values[PROPERTY_UNITS];
	size_t count;

	count = read_values(display, window, XCB_ATOM_WM_TRANSIENT_FOR,
		XCB_ATOM_WINDOW, values);
	if (count > 0)
		hints.transient_for = values[0];
	hints.is_dialog = hints.transient_for != 0;
	count = read_values(display, window, atoms[SJ_NET_WM_WINDOW_TYPE],
		XCB_ATOM_ATOM, values);
	/* The first type that we know counts; any other one is no browser
	 * window either. */
	if (count > 0 &&
		!has_value(values, count, atoms[SJ_NET_WM_WINDOW_TYPE_NORMAL]))
		hints.is_dialog = true;
	if (is_popup(display, atoms[SJ_WM_ROLE], window))
		hints.is_dialog = true;
	count = read_values(display, window, atoms[SJ_MOTIF_WM_HINTS],
		atoms[SJ_MOTIF_WM_HINTS], values);
	hints.wants_bar =
		hints.is_dialog &&
		(count <= MOTIF_PLACE || (values[0] & MOTIF_DECORATIONS) == 0 ||
			values[MOTIF_PLACE] != 0);
	count = read_values(
		display, window, atoms[SJ_WM_PROTOCOLS], XCB_ATOM_ATOM, values);
	hints.takes_focus = has_value(values, count, atoms[SJ_WM_TAKE_FOCUS]);
	hints.answers_ping = has_value(values, count, atoms[SJ_NET_WM_PING]);
	hints.takes_delete =
		has_value(values, count, atoms[SJ_WM_DELETE_WINDOW]);
	count = read_values(
		display, window, atoms[SJ_NET_WM_STATE], XCB_ATOM_ATOM, values);
	hints.is_fullscreen =
		has_value(values, count, atoms[SJ_NET_WM_STATE_FULLSCREEN]);
	count = read_values(
		display, window, XCB_ATOM_WM_HINTS, XCB_ATOM_WM_HINTS, values);
	hints.has_no_input =
		count >= 2 && (values[0] & HINTS_INPUT) != 0 && values[1] == 0;
	return hints;
}
