/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test-im: an input method for tests: Henkan commits a text, all other keys
 * are given back. Usage: test-im TEXT; prints `ready`, then `caret X Y` for
 * each place that its client tells. XMODIFIERS=@im=shoji-test-im finds it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xcb-imdkit/encoding.h>
#include <xcb-imdkit/imdkit.h>
#include <xcb/xcb.h>

#define HENKAN_KEYSYM 0xFF23u

struct test_im {
	xcb_connection_t *connection;
	const char *text;
	xcb_keycode_t henkan;
};

static xcb_keycode_t find_henkan(xcb_connection_t *connection)
{
	const xcb_setup_t *setup = xcb_get_setup(connection);
	uint8_t count = (uint8_t)(setup->max_keycode - setup->min_keycode + 1);
	xcb_get_keyboard_mapping_reply_t *map = xcb_get_keyboard_mapping_reply(
		connection,
		xcb_get_keyboard_mapping(connection, setup->min_keycode, count),
		NULL);
	const xcb_keysym_t *keysyms;
	xcb_keycode_t found = 0;
	int i;

	if (!map)
		return 0;
	keysyms = xcb_get_keyboard_mapping_keysyms(map);
	for (i = 0; i < xcb_get_keyboard_mapping_keysyms_length(map); i++) {
		if (keysyms[i] == HENKAN_KEYSYM)
			found = (xcb_keycode_t)(setup->min_keycode +
						i / map->keysyms_per_keycode);
	}
	free(map);
	return found;
}

static void commit(
	struct test_im *self, xcb_im_t *im, xcb_im_input_context_t *context)
{
	size_t size = 0;
	char *text = xcb_utf8_to_compound_text(
		self->text, strlen(self->text), &size);

	if (text)
		xcb_im_commit_string(im, context, XCB_XIM_LOOKUP_CHARS, text,
			(uint32_t)size, 0);
	free(text);
}

static void on_message(xcb_im_t *im, xcb_im_client_t *client,
	xcb_im_input_context_t *context, const xcb_im_packet_header_fr_t *head,
	void *frame, void *argument, void *self)
{
	struct test_im *test = self;
	xcb_key_press_event_t *event = argument;
	const xcb_im_preedit_attr_t *preedit;

	(void)client;
	(void)frame;
	if (head->major_opcode == XCB_XIM_SET_IC_VALUES) {
		preedit = xcb_im_input_context_get_preedit_attr(context);
		printf("caret %d %d\n", preedit->spot_location.x,
			preedit->spot_location.y);
		(void)fflush(stdout);
	}
	if (head->major_opcode != XCB_XIM_FORWARD_EVENT)
		return;
	if (event->detail == test->henkan && test->henkan != 0) {
		if ((event->response_type & 0x7F) == XCB_KEY_PRESS)
			commit(test, im, context);
		return;
	}
	xcb_im_forward_event(im, context, event);
}

static xcb_im_t *open_im(struct test_im *test, int screen, xcb_window_t window)
{
	static uint32_t style_list[] = {
		XCB_IM_PreeditPosition | XCB_IM_StatusNothing,
		XCB_IM_PreeditNothing | XCB_IM_StatusNothing};
	static char encoding_name[] = "COMPOUND_TEXT";
	static char *encoding_list[] = {encoding_name};
	static xcb_im_encodings_t encodings = {1, encoding_list};
	static xcb_im_styles_t styles = {2, style_list};
	static xcb_im_ximtriggerkey_fr_t key = {' ', 1 << 2, 1 << 2};
	static xcb_im_trigger_keys_t keys = {1, &key};
	xcb_im_t *im = xcb_im_create(test->connection, screen, window,
		"shoji-test-im", XCB_IM_ALL_LOCALES, &styles, &keys, &keys,
		&encodings, 0, on_message, test);

	if (im && !xcb_im_open_im(im)) {
		xcb_im_destroy(im);
		return NULL;
	}
	return im;
}

int main(int argc, char **argv)
{
	struct test_im test = {.text = argc > 1 ? argv[1] : ""};
	xcb_generic_event_t *event;
	xcb_window_t window;
	xcb_im_t *im;
	int screen = 0;

	xcb_compound_text_init();
	test.connection = xcb_connect(NULL, &screen);
	if (xcb_connection_has_error(test.connection))
		return 2;
	window = xcb_generate_id(test.connection);
	(void)xcb_create_window(test.connection, XCB_COPY_FROM_PARENT, window,
		xcb_setup_roots_iterator(xcb_get_setup(test.connection))
			.data->root,
		0, 0, 1, 1, 1, XCB_WINDOW_CLASS_INPUT_OUTPUT,
		XCB_COPY_FROM_PARENT, 0, NULL);
	test.henkan = find_henkan(test.connection);
	im = open_im(&test, screen, window);
	if (!im)
		return 2;
	(void)xcb_flush(test.connection);
	puts("ready");
	(void)fflush(stdout);
	while ((event = xcb_wait_for_event(test.connection))) {
		(void)xcb_im_filter_event(im, event);
		(void)xcb_flush(test.connection);
		free(event);
	}
	return 0;
}
