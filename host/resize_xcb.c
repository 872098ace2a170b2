/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/resize.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xcb/randr.h>
#include <xcb/xcb.h>

#include "host/display_xcb.h"

/* Xvfb has one output and one controller. */
struct parts {
	xcb_randr_output_t output;
	xcb_randr_crtc_t crtc;
	xcb_randr_mode_t mode; /* the wanted one; 0: there is none yet */
};

struct wish {
	struct sj_size size;
	uint32_t refresh_hz;
};

static uint16_t millimetres(uint16_t pixels)
{
	/* 96 dots an inch, so that programs see an ordinary screen. */
	return (uint16_t)((uint32_t)pixels * 254 / 960);
}

static uint32_t dot_clock_of(const struct wish *wish)
{
	return (uint32_t)wish->size.width_px * wish->size.height_px *
	       wish->refresh_hz;
}

static bool find_parts(struct sj_display *display, const struct wish *wish,
	struct parts *parts)
{
	xcb_randr_get_screen_resources_reply_t *reply;
	xcb_randr_mode_info_t *modes;

	memset(parts, 0, sizeof(*parts));
	reply = xcb_randr_get_screen_resources_reply(display->connection,
		xcb_randr_get_screen_resources(
			display->connection, display->root),
		NULL);
	if (!reply)
		return false;
	if (xcb_randr_get_screen_resources_outputs_length(reply) > 0)
		parts->output =
			xcb_randr_get_screen_resources_outputs(reply)[0];
	if (xcb_randr_get_screen_resources_crtcs_length(reply) > 0)
		parts->crtc = xcb_randr_get_screen_resources_crtcs(reply)[0];
	modes = xcb_randr_get_screen_resources_modes(reply);
	for (int i = 0; i < xcb_randr_get_screen_resources_modes_length(reply);
		i++)
		if (modes[i].width == wish->size.width_px &&
			modes[i].height == wish->size.height_px &&
			modes[i].dot_clock == dot_clock_of(wish))
			parts->mode = modes[i].id;
	free(reply);
	return parts->output != 0 && parts->crtc != 0;
}

static bool add_mode(struct sj_display *display, const struct wish *wish,
	struct parts *parts)
{
	xcb_connection_t *connection = display->connection;
	xcb_randr_create_mode_reply_t *reply;
	xcb_randr_mode_info_t mode = {
		.width = wish->size.width_px,
		.height = wish->size.height_px,
		.dot_clock = dot_clock_of(wish),
		.htotal = wish->size.width_px,
		.vtotal = wish->size.height_px,
	};
	char name[32];
	int length;

	length =
		snprintf(name, sizeof(name), "sj-%ux%u-%u", wish->size.width_px,
			wish->size.height_px, (unsigned)wish->refresh_hz);
	if (length < 0 || (size_t)length >= sizeof(name))
		return false;
	mode.name_len = (uint16_t)length;
	reply = xcb_randr_create_mode_reply(connection,
		xcb_randr_create_mode(connection, display->root, mode,
			(uint32_t)length, name),
		NULL);
	if (!reply)
		return false;
	parts->mode = reply->mode;
	free(reply);
	xcb_randr_add_output_mode(connection, parts->output, parts->mode);
	return true;
}

static bool set_crtc(struct sj_display *display, const struct parts *parts,
	xcb_randr_mode_t mode)
{
	xcb_randr_set_crtc_config_reply_t *reply;
	bool is_done;

	reply = xcb_randr_set_crtc_config_reply(display->connection,
		xcb_randr_set_crtc_config(display->connection, parts->crtc,
			XCB_CURRENT_TIME, XCB_CURRENT_TIME, 0, 0, mode,
			XCB_RANDR_ROTATION_ROTATE_0, mode != 0 ? 1 : 0,
			&parts->output),
		NULL);
	is_done = reply && reply->status == XCB_RANDR_SET_CONFIG_SUCCESS;
	free(reply);
	return is_done;
}

/* True if the display says that it has size now. */
static bool has_size(struct sj_display *display, const struct sj_size *size)
{
	xcb_get_geometry_reply_t *reply = xcb_get_geometry_reply(
		display->connection,
		xcb_get_geometry(display->connection, display->root), NULL);
	bool is_same = reply && reply->width == size->width_px &&
		       reply->height == size->height_px;

	free(reply);
	return is_same;
}

/* True if parts->mode is what is shown. */
static bool is_shown(struct sj_display *display, const struct parts *parts)
{
	xcb_randr_get_crtc_info_reply_t *reply =
		xcb_randr_get_crtc_info_reply(display->connection,
			xcb_randr_get_crtc_info(display->connection,
				parts->crtc, XCB_CURRENT_TIME),
			NULL);
	bool is_same = reply && parts->mode != 0 && reply->mode == parts->mode;

	free(reply);
	return is_same;
}

enum sj_err sj_resize(struct sj_display *display, const struct sj_size *size,
	uint32_t refresh_hz)
{
	const struct wish wish = {*size, refresh_hz};
	xcb_connection_t *connection = display->connection;
	struct parts parts;
	bool is_done;

	if (!find_parts(display, &wish, &parts))
		return SJ_ERR_SYSTEM;
	if (has_size(display, size) && is_shown(display, &parts))
		return SJ_OK;
	if (parts.mode == 0 && !add_mode(display, &wish, &parts))
		return SJ_ERR_SYSTEM;
	/* The old mode would not fit into a smaller screen: off, size, on,
	 * and nobody sees the step between. */
	xcb_grab_server(connection);
	is_done = set_crtc(display, &parts, XCB_NONE);
	if (is_done) {
		xcb_randr_set_screen_size(connection, display->root,
			size->width_px, size->height_px,
			millimetres(size->width_px),
			millimetres(size->height_px));
		is_done = set_crtc(display, &parts, parts.mode);
	}
	xcb_ungrab_server(connection);
	if (!is_done || !has_size(display, size))
		return SJ_ERR_SYSTEM;
	return SJ_OK;
}
