/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/input_method_xcb.h"

#include <stdlib.h>
#include <string.h>

#include <xcb-imdkit/encoding.h>
#include <xcb-imdkit/imclient.h>

/*
 * xcb-imdkit 1.0.4 frees a list of keys twice when a connection to a server
 * that was lost is closed or made again. So one xcb_xim_t serves one
 * connection, is closed once at most, and looking for the next server is done
 * here.
 */
struct sj_input_method {
	xcb_connection_t *connection;
	int screen;
	xcb_window_t root;
	xcb_atom_t servers_atom; /* property of root: changes with servers */
	xcb_xim_t *im;           /* NULL: no server */
	bool is_lost;            /* im is closed by the library */
	xcb_xic_t ic;
	bool has_ic;
	bool has_focus;
	xcb_window_t window;
	xcb_point_t spot;
	const struct sj_input_method_ops *ops;
	void *self;
};

static void drop_log(const char *format, ...)
{
	(void)format;
}

static void on_key(
	xcb_xim_t *im, xcb_xic_t ic, xcb_key_press_event_t *event, void *self)
{
	struct sj_input_method *method = self;

	(void)im;
	(void)ic;
	method->ops->key(method->self, event);
}

static void on_text(xcb_xim_t *im, xcb_xic_t ic, uint32_t flags, char *text,
	uint32_t size, uint32_t *keysyms, size_t keysym_count, void *self)
{
	struct sj_input_method *method = self;
	char *converted = NULL;
	size_t converted_size = size;

	(void)ic;
	(void)keysyms;
	(void)keysym_count;
	if (!(flags & XCB_XIM_LOOKUP_CHARS) || size == 0)
		return;
	if (xcb_xim_get_encoding(im) == XCB_XIM_UTF8_STRING) {
		method->ops->text(method->self, text, size);
		return;
	}
	converted = xcb_compound_text_to_utf8(text, size, &converted_size);
	if (converted)
		method->ops->text(method->self, converted, converted_size);
	free(converted);
}

static void on_disconnected(xcb_xim_t *im, void *self)
{
	struct sj_input_method *method = self;

	(void)im;
	method->has_ic = false;
	method->is_lost = true;
}

static void on_context(xcb_xim_t *im, xcb_xic_t ic, void *self)
{
	struct sj_input_method *method = self;

	method->ic = ic;
	method->has_ic = ic != 0;
	if (method->has_ic && method->has_focus)
		(void)xcb_xim_set_ic_focus(im, ic);
}

static void on_open(xcb_xim_t *im, void *self)
{
	struct sj_input_method *method = self;
	uint32_t style = XCB_IM_PreeditPosition | XCB_IM_StatusNothing;
	xcb_xim_nested_list spot = xcb_xim_create_nested_list(
		im, XCB_XIM_XNSpotLocation, &method->spot, NULL);

	(void)xcb_xim_create_ic(im, on_context, method, XCB_XIM_XNInputStyle,
		&style, XCB_XIM_XNClientWindow, &method->window,
		XCB_XIM_XNFocusWindow, &method->window,
		XCB_XIM_XNPreeditAttributes, &spot, NULL);
	free(spot.data);
}

static void leave_server(struct sj_input_method *method)
{
	if (!method->im)
		return;
	if (!method->is_lost)
		xcb_xim_close(method->im);
	xcb_xim_destroy(method->im);
	method->im = NULL;
	method->is_lost = false;
	method->has_ic = false;
}

static void find_server(struct sj_input_method *method)
{
	static const xcb_xim_im_callback callbacks = {
		.forward_event = on_key,
		.commit_string = on_text,
		.disconnected = on_disconnected,
	};

	leave_server(method);
	method->im = xcb_xim_create(method->connection, method->screen, NULL);
	if (!method->im)
		return;
	xcb_xim_set_im_callback(method->im, &callbacks, method);
	xcb_xim_set_log_handler(method->im, drop_log);
	xcb_xim_set_use_compound_text(method->im, true);
	xcb_xim_set_use_utf8_string(method->im, true);
	if (!xcb_xim_open(method->im, on_open, false, method))
		leave_server(method);
}

/* A server that starts later shows in a property of the root window. */
static void watch_servers(struct sj_input_method *method)
{
	static const char name[] = "XIM_SERVERS";
	const uint32_t events = XCB_EVENT_MASK_PROPERTY_CHANGE;
	xcb_intern_atom_reply_t *reply = xcb_intern_atom_reply(
		method->connection,
		xcb_intern_atom(method->connection, 0, sizeof(name) - 1, name),
		NULL);

	method->servers_atom = reply ? reply->atom : XCB_ATOM_NONE;
	free(reply);
	(void)xcb_change_window_attributes(
		method->connection, method->root, XCB_CW_EVENT_MASK, &events);
}

struct sj_input_method *sj_input_method_create(const struct sj_window *window,
	const struct sj_input_method_ops *ops, void *self)
{
	const char *modifiers = getenv("XMODIFIERS");
	struct sj_input_method *method;

	if (!modifiers || !strstr(modifiers, "@im="))
		return NULL;
	method = calloc(1, sizeof(*method));
	if (!method)
		return NULL;
	xcb_compound_text_init();
	method->connection = window->connection;
	method->screen = window->screen_number;
	method->root = window->screen->root;
	method->window = window->outer;
	method->ops = ops;
	method->self = self;
	watch_servers(method);
	find_server(method);
	return method;
}

void sj_input_method_destroy(struct sj_input_method *method)
{
	if (!method)
		return;
	leave_server(method);
	free(method);
}

static bool is_servers_change(const struct sj_input_method *method,
	const xcb_property_notify_event_t *event)
{
	return (event->response_type & 0x7F) == XCB_PROPERTY_NOTIFY &&
	       event->window == method->root &&
	       event->atom == method->servers_atom;
}

bool sj_input_method_take_event(
	struct sj_input_method *method, xcb_generic_event_t *event)
{
	const void *any = event;
	bool is_taken;

	if (!method)
		return false;
	is_taken = method->im && xcb_xim_filter_event(method->im, event);
	if (method->is_lost ||
		(!method->has_ic && is_servers_change(method, any)))
		find_server(method);
	return is_taken;
}

bool sj_input_method_give_key(
	struct sj_input_method *method, const xcb_key_press_event_t *event)
{
	xcb_key_press_event_t copy = *event;

	return method && method->has_ic &&
	       xcb_xim_forward_event(method->im, method->ic, &copy);
}

void sj_input_method_set_focus(struct sj_input_method *method, bool has_focus)
{
	if (!method)
		return;
	method->has_focus = has_focus;
	if (!method->has_ic)
		return;
	if (has_focus)
		(void)xcb_xim_set_ic_focus(method->im, method->ic);
	else
		(void)xcb_xim_unset_ic_focus(method->im, method->ic);
}

void sj_input_method_set_caret(
	struct sj_input_method *method, const struct sj_rect *caret)
{
	xcb_xim_nested_list spot;

	if (!method)
		return;
	method->spot.x = (int16_t)caret->x_px;
	method->spot.y = (int16_t)(caret->y_px + caret->height_px);
	if (!method->has_ic)
		return;
	spot = xcb_xim_create_nested_list(
		method->im, XCB_XIM_XNSpotLocation, &method->spot, NULL);
	(void)xcb_xim_set_ic_values(method->im, method->ic, NULL, NULL,
		XCB_XIM_XNPreeditAttributes, &spot, NULL);
	free(spot.data);
}
