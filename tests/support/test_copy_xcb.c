/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_copy TEXT: owns CLIPBOARD and PRIMARY of $DISPLAY with TEXT until it is
 * ended, as a person does who copies a text on the terminal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xcb/xcb.h>

struct copy {
	xcb_connection_t *conn;
	xcb_window_t window;
	xcb_atom_t clipboard, targets, utf8;
	const char *text;
};

static xcb_atom_t atom(xcb_connection_t *conn, const char *name)
{
	xcb_intern_atom_reply_t *reply = xcb_intern_atom_reply(conn,
		xcb_intern_atom(conn, 0, (uint16_t)strlen(name), name), NULL);
	xcb_atom_t value = reply == NULL ? XCB_ATOM_NONE : reply->atom;

	free(reply);
	return value;
}

static void answer(
	struct copy *copy, const xcb_selection_request_event_t *request)
{
	const xcb_atom_t kinds[] = {copy->targets, copy->utf8, XCB_ATOM_STRING};
	xcb_selection_notify_event_t notify = {
		.response_type = XCB_SELECTION_NOTIFY,
		.time = request->time,
		.requestor = request->requestor,
		.selection = request->selection,
		.target = request->target,
		.property = request->property};
	char event[32] = {0};

	if (request->target == copy->targets)
		xcb_change_property(copy->conn, XCB_PROP_MODE_REPLACE,
			request->requestor, request->property, XCB_ATOM_ATOM,
			32, 3, kinds);
	else
		xcb_change_property(copy->conn, XCB_PROP_MODE_REPLACE,
			request->requestor, request->property, request->target,
			8, (uint32_t)strlen(copy->text), copy->text);
	memcpy(event, &notify, sizeof notify);
	xcb_send_event(copy->conn, 0, request->requestor,
		XCB_EVENT_MASK_NO_EVENT, event);
	xcb_flush(copy->conn);
}

static void own(struct copy *copy, xcb_screen_t *screen)
{
	copy->window = xcb_generate_id(copy->conn);
	xcb_create_window(copy->conn, XCB_COPY_FROM_PARENT, copy->window,
		screen->root, 0, 0, 1, 1, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT,
		XCB_COPY_FROM_PARENT, 0, NULL);
	xcb_set_selection_owner(
		copy->conn, copy->window, copy->clipboard, XCB_CURRENT_TIME);
	xcb_set_selection_owner(
		copy->conn, copy->window, XCB_ATOM_PRIMARY, XCB_CURRENT_TIME);
	xcb_flush(copy->conn);
}

int main(int argc, char **argv)
{
	struct copy copy = {.conn = xcb_connect(NULL, NULL)};
	xcb_generic_event_t *event;

	if (argc != 2 || xcb_connection_has_error(copy.conn) != 0) {
		fprintf(stderr, "test-copy: no text or no display\n");
		return 2;
	}
	copy.text = argv[1];
	copy.clipboard = atom(copy.conn, "CLIPBOARD");
	copy.targets = atom(copy.conn, "TARGETS");
	copy.utf8 = atom(copy.conn, "UTF8_STRING");
	own(&copy, xcb_setup_roots_iterator(xcb_get_setup(copy.conn)).data);
	printf("owner\n");
	fflush(stdout);
	while ((event = xcb_wait_for_event(copy.conn)) != NULL) {
		if ((event->response_type & 0x7f) == XCB_SELECTION_REQUEST)
			answer(&copy, (xcb_selection_request_event_t *)event);
		free(event);
	}
	xcb_disconnect(copy.conn);
	return 0;
}
