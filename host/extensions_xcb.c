/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/display_xcb.h"

#include <stdlib.h>

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

enum sj_err sj_display_use_extensions(struct sj_display *display)
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
