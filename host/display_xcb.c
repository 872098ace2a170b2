/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/display_xcb.h"

#include <stdlib.h>
#include <string.h>

#include <xcb/xcb.h>

enum sj_err sj_display_open(
	struct sj_display *display, const uint8_t cookie[16])
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
	return SJ_OK;
}

void sj_display_close(struct sj_display *display)
{
	if (display->connection)
		xcb_disconnect(display->connection);
	free(display->held);
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

void *sj_display_next(struct sj_display *display, bool is_readable)
{
	void *event = display->held;

	display->held = NULL;
	if (event)
		return event;
	return is_readable ? xcb_poll_for_event(display->connection)
			   : xcb_poll_for_queued_event(display->connection);
}

bool sj_display_has_event(struct sj_display *display)
{
	if (!display->held)
		display->held = xcb_poll_for_queued_event(display->connection);
	return display->held != NULL;
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
