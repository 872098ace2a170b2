/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/xim.h"

#include <stdlib.h>

#include <xcb-imdkit/encoding.h>
#include <xcb-imdkit/imdkit.h>
#include <xcb/xcb.h>

#include "host/display_xcb.h"
#include "protocol/base/limits.h"

#define NAME "shoji"
/* Programs tell only the base of the line, not its height. */
#define CARET_HEIGHT_PX 20
#define CARET_WIDTH_PX 2
#define KEYSYM_VOID 0xffffffu

struct sj_xim {
	struct sj_display *display;
	struct sj_xim_hooks hooks;
	xcb_im_t *im;
	xcb_window_t window;
	uint32_t protocol;             /* the atom of the messages of XIM */
	xcb_im_input_context_t *focus; /* of one of the clients, or NULL */
};

static void set_focus(struct sj_xim *xim, xcb_im_input_context_t *context)
{
	xim->focus = context;
	xim->hooks.focus(xim->hooks.self, context != NULL);
}

/* Where a context says its text cursor is; *point on the root window. */
static bool find_spot(
	struct sj_xim *xim, xcb_im_input_context_t *context, xcb_point_t *point)
{
	const xcb_im_preedit_attr_t *attributes =
		xcb_im_input_context_get_preedit_attr(context);
	xcb_window_t window = xcb_im_input_context_get_focus_window(context);
	xcb_translate_coordinates_reply_t *reply;

	if ((xcb_im_input_context_get_preedit_attr_mask(context) &
		    XCB_XIM_XNSpotLocation_MASK) == 0)
		return false;
	if (window == XCB_NONE)
		window = xcb_im_input_context_get_client_window(context);
	reply = xcb_translate_coordinates_reply(xim->display->connection,
		xcb_translate_coordinates(xim->display->connection, window,
			xim->display->root, attributes->spot_location.x,
			attributes->spot_location.y),
		NULL);
	if (!reply)
		return false;
	point->x = reply->dst_x;
	point->y = reply->dst_y;
	free(reply);
	return true;
}

static void tell_caret(struct sj_xim *xim, xcb_im_input_context_t *context)
{
	static const struct sj_size largest = {
		SJ_LIMIT_WIDTH_PX, SJ_LIMIT_HEIGHT_PX};
	struct sj_rect rect = {.width_px = CARET_WIDTH_PX};
	xcb_point_t point;

	if (!find_spot(xim, context, &point) || point.x < 0 || point.y <= 0)
		return;
	rect.height_px =
		point.y < CARET_HEIGHT_PX ? (uint16_t)point.y : CARET_HEIGHT_PX;
	rect.x_px = (uint16_t)point.x;
	rect.y_px = (uint16_t)(point.y - rect.height_px);
	rect = sj_rect_clip(&rect, &largest);
	if (rect.width_px != 0 && rect.height_px != 0)
		xim->hooks.caret(xim->hooks.self, &rect);
}

/* What one client of the input method does. */
static void on_message(xcb_im_t *im, xcb_im_client_t *client,
	xcb_im_input_context_t *context, const xcb_im_packet_header_fr_t *head,
	void *frame, void *argument, void *self)
{
	struct sj_xim *xim = self;

	(void)client;
	(void)frame;
	if (!context)
		return;
	switch (head->major_opcode) {
	case XCB_XIM_FORWARD_EVENT:
		/* Only a program that does not keep to what it was told. */
		if (argument)
			xcb_im_forward_event(im, context, argument);
		break;
	case XCB_XIM_SET_IC_FOCUS:
		set_focus(xim, context);
		tell_caret(xim, context);
		break;
	case XCB_XIM_UNSET_IC_FOCUS:
	case XCB_XIM_DESTROY_IC:
		if (xim->focus == context)
			set_focus(xim, NULL);
		break;
	case XCB_XIM_CREATE_IC:
	case XCB_XIM_SET_IC_VALUES:
		if (xim->focus == context)
			tell_caret(xim, context);
		break;
	default:
		break;
	}
}

static bool open_im(struct sj_xim *xim)
{
	static uint32_t style[] = {
		XCB_IM_PreeditPosition | XCB_IM_StatusNothing,
		XCB_IM_PreeditPosition | XCB_IM_StatusNone,
		XCB_IM_PreeditNothing | XCB_IM_StatusNothing,
		XCB_IM_PreeditNothing | XCB_IM_StatusNone};
	static const xcb_im_styles_t styles = {SJ_COUNT(style), style};
	static char compound[] = "COMPOUND_TEXT";
	static char *encoding[] = {compound};
	static const xcb_im_encodings_t encodings = {1, encoding};
	/*
	 * Programs that have a key to switch the input method on do not send
	 * their keys before. Nobody has this key: so keys never make the way
	 * through here, on which Xlib can turn their order round.
	 */
	static xcb_im_ximtriggerkey_fr_t nobodys = {
		.keysym = KEYSYM_VOID, .modifier = 0, .modifier_mask = 0xff};
	static const xcb_im_trigger_keys_t triggers = {1, &nobodys};

	xim->im = xcb_im_create(xim->display->connection, 0, xim->window, NAME,
		XCB_IM_ALL_LOCALES, &styles, &triggers, &triggers, &encodings,
		0, on_message, xim);
	if (!xim->im)
		return false;
	/* A commit is answered when the program has taken the text. */
	xcb_im_set_use_sync_mode(xim->im, true);
	return xcb_im_open_im(xim->im);
}

enum sj_err sj_xim_create(struct sj_xim **xim, struct sj_display *display,
	const struct sj_xim_hooks *hooks)
{
	struct sj_xim *made = calloc(1, sizeof(*made));

	if (!made)
		return SJ_ERR_MEMORY;
	made->display = display;
	made->hooks = *hooks;
	xcb_compound_text_init();
	made->protocol = sj_display_atom(display, "_XIM_PROTOCOL");
	made->window = xcb_generate_id(display->connection);
	xcb_create_window(display->connection, XCB_COPY_FROM_PARENT,
		made->window, display->root, -1, -1, 1, 1, 0,
		XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT, 0, NULL);
	if (!open_im(made)) {
		sj_xim_destroy(made);
		return SJ_ERR_SYSTEM;
	}
	sj_display_flush(display);
	*xim = made;
	return SJ_OK;
}

void sj_xim_destroy(struct sj_xim *xim)
{
	if (!xim)
		return;
	if (xim->im) {
		xcb_im_close_im(xim->im);
		xcb_im_destroy(xim->im);
	}
	free(xim);
}

/* The library keeps to itself that a program has taken a commit. */
static bool is_sync_reply(const struct sj_xim *xim, const void *event)
{
	const xcb_client_message_event_t *message = event;

	return (message->response_type & 0x7f) == XCB_CLIENT_MESSAGE &&
	       message->format == 8 && message->type == xim->protocol &&
	       message->data.data8[0] == XCB_XIM_SYNC_REPLY;
}

bool sj_xim_serve(struct sj_xim *xim)
{
	void *event;

	while ((event = sj_display_next(xim->display, true)) != NULL) {
		if (is_sync_reply(xim, event))
			xim->hooks.taken(xim->hooks.self);
		(void)xcb_im_filter_event(xim->im, event);
		free(event);
	}
	sj_display_flush(xim->display);
	return sj_display_is_alive(xim->display);
}

bool sj_xim_commit(struct sj_xim *xim, const char *text, size_t size)
{
	size_t compound_size = 0;
	char *compound;

	if (!xim->focus || size == 0 || size > SJ_LIMIT_COMMIT_BYTES)
		return false;
	compound = xcb_utf8_to_compound_text(text, size, &compound_size);
	if (!compound)
		return false;
	xcb_im_commit_string(xim->im, xim->focus, XCB_XIM_LOOKUP_CHARS,
		compound, (uint32_t)compound_size, 0);
	free(compound);
	sj_display_flush(xim->display);
	return true;
}
