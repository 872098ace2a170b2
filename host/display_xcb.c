/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/display_xcb.h"

#include <stdlib.h>
#include <string.h>

#include <xcb/damage.h>
#include <xcb/randr.h>
#include <xcb/xcb.h>
#include <xcb/xfixes.h>
#include <xcb/xkb.h>
#include <xcb/xtest.h>

/* Event number of extension, or 0 when the server lacks it. */
static uint8_t first_event(
	xcb_connection_t *connection, xcb_extension_t *extension)
{
	const xcb_query_extension_reply_t *reply =
		xcb_get_extension_data(connection, extension);

	return reply && reply->present ? reply->first_event : 0;
}

static bool has_extension(
	xcb_connection_t *connection, xcb_extension_t *extension)
{
	const xcb_query_extension_reply_t *reply =
		xcb_get_extension_data(connection, extension);

	return reply && reply->present;
}

/* The server refuses requests of an extension before its version is asked. */
static bool ask_versions(xcb_connection_t *connection)
{
	xcb_damage_query_version_reply_t *damage;
	xcb_xfixes_query_version_reply_t *fixes;
	xcb_randr_query_version_reply_t *randr;
	xcb_xkb_use_extension_reply_t *xkb;
	bool is_good;

	damage = xcb_damage_query_version_reply(
		connection, xcb_damage_query_version(connection, 1, 1), NULL);
	fixes = xcb_xfixes_query_version_reply(
		connection, xcb_xfixes_query_version(connection, 4, 0), NULL);
	randr = xcb_randr_query_version_reply(
		connection, xcb_randr_query_version(connection, 1, 3), NULL);
	xkb = xcb_xkb_use_extension_reply(
		connection, xcb_xkb_use_extension(connection, 1, 0), NULL);
	is_good = damage && fixes && fixes->major_version >= 2 && randr &&
		  (randr->major_version > 1 || randr->minor_version >= 3) &&
		  xkb && xkb->supported;
	free(damage);
	free(fixes);
	free(randr);
	free(xkb);
	return is_good;
}

static enum sj_err use_extensions(struct sj_display *display)
{
	xcb_connection_t *connection = display->connection;

	display->damage_event = first_event(connection, &xcb_damage_id);
	display->fixes_event = first_event(connection, &xcb_xfixes_id);
	display->randr_event = first_event(connection, &xcb_randr_id);
	display->xkb_event = first_event(connection, &xcb_xkb_id);
	if (display->damage_event == 0 || display->fixes_event == 0 ||
		display->randr_event == 0 || display->xkb_event == 0 ||
		!has_extension(connection, &xcb_test_id) ||
		!ask_versions(connection))
		return SJ_ERR_MISSING;
	return SJ_OK;
}

enum sj_err sj_display_open(
	struct sj_display *display, const uint8_t cookie[16], bool is_agent)
{
	static char protocol[] = "MIT-MAGIC-COOKIE-1";
	char data[16];
	xcb_auth_info_t auth = {
		.namelen = sizeof(protocol) - 1,
		.name = protocol,
		.datalen = sizeof(data),
		.data = data,
	};

	memset(display, 0, sizeof(*display));
	memcpy(data, cookie, sizeof(data));
	display->connection =
		xcb_connect_to_display_with_auth_info(":0", &auth, NULL);
	explicit_bzero(data, sizeof(data));
	if (!sj_display_is_alive(display)) {
		sj_display_close(display);
		return SJ_ERR_SYSTEM;
	}
	display->screen =
		xcb_setup_roots_iterator(xcb_get_setup(display->connection))
			.data;
	if (!display->screen || display->screen->root_depth != 24) {
		sj_display_close(display);
		return SJ_ERR_MISSING;
	}
	display->root = display->screen->root;
	if (is_agent && use_extensions(display) != SJ_OK) {
		sj_display_close(display);
		return SJ_ERR_MISSING;
	}
	return SJ_OK;
}

void sj_display_close(struct sj_display *display)
{
	if (display->connection)
		xcb_disconnect(display->connection);
	memset(display, 0, sizeof(*display));
}

int sj_display_fd(const struct sj_display *display)
{
	return xcb_get_file_descriptor(display->connection);
}

bool sj_display_is_alive(const struct sj_display *display)
{
	return display->connection &&
	       xcb_connection_has_error(display->connection) == 0;
}

void *sj_display_next(struct sj_display *display)
{
	return xcb_poll_for_event(display->connection);
}

void sj_display_flush(struct sj_display *display)
{
	xcb_flush(display->connection);
}

uint32_t sj_display_atom(struct sj_display *display, const char *name)
{
	xcb_intern_atom_reply_t *reply =
		xcb_intern_atom_reply(display->connection,
			xcb_intern_atom(display->connection, 0,
				(uint16_t)strlen(name), name),
			NULL);
	uint32_t atom = reply ? reply->atom : 0;

	free(reply);
	return atom;
}
