/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/hands_xcb.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/base/log.h"
#include "viewer/input_method_xcb.h"
#include "viewer/keyboard_xcb.h"
#include "viewer/keys.h"
#include "viewer/layout.h"
#include "viewer/typing.h"

/* Text of one commit; more is cut, as the gate would drop keys. */
#define TEXT_BYTES 4096

struct sj_hands {
	struct sj_keyboard *keyboard;
	struct sj_input_method *method; /* NULL: none */
	struct sj_picture *picture;
	struct sj_keys keys;
	uint8_t buttons;
	bool is_at_rest;
};

static void send_input(
	struct sj_hands *hands, const struct sj_viewer_input *input)
{
	if (hands->is_at_rest || !sj_picture_is_linked(hands->picture))
		return;
	/* Thousands of keys that the gate has not taken: it hangs. */
	if (!sj_input_queue_put(&hands->picture->input, input))
		sj_log(SJ_LOG_WARNING, "input-queue-full");
}

static void send_key(struct sj_hands *hands, uint32_t keysym, bool is_down)
{
	const struct sj_viewer_input input = {.type = SJ_VIEWER_INPUT_KEY,
		.keysym = keysym,
		.is_down = is_down};

	if (keysym != 0)
		send_input(hands, &input);
}

static void use_key(void *self, const xcb_key_press_event_t *event)
{
	struct sj_hands *hands = self;
	bool is_down = (event->response_type & 0x7F) == XCB_KEY_PRESS;
	uint32_t keysym;

	if (hands->is_at_rest)
		return;
	if (!is_down) {
		send_key(hands, sj_keys_release(&hands->keys, event->detail),
			false);
		return;
	}
	keysym = sj_keyboard_keysym(
		hands->keyboard, event->detail, event->state);
	send_key(hands,
		sj_keys_press(
			&hands->keys, event->detail, sj_keys_wire(keysym)),
		true);
}

static void use_text(void *self, const char *text, size_t size)
{
	struct sj_hands *hands = self;
	char copy[TEXT_BYTES + 1];
	const char *at = copy;
	uint32_t code_point;

	if (size > TEXT_BYTES)
		size = TEXT_BYTES;
	memcpy(copy, text, size);
	copy[size] = 0;
	while (sj_typing_next(&at, &code_point)) {
		uint32_t keysym = sj_keys_wire(sj_typing_keysym(code_point));

		send_key(hands, keysym, true);
		send_key(hands, keysym, false);
	}
}

static enum sj_hands_result on_key(
	struct sj_hands *hands, const xcb_key_press_event_t *event)
{
	const uint16_t chord = XCB_MOD_MASK_CONTROL | XCB_MOD_MASK_1;
	bool is_return = (event->response_type & 0x7F) == XCB_KEY_PRESS &&
			 sj_keyboard_keysym(hands->keyboard, event->detail,
				 event->state) == SJ_KEYSYM_RETURN;

	if (is_return && (event->state & chord) == chord)
		return SJ_HANDS_FULLSCREEN;
	if (hands->is_at_rest)
		return is_return ? SJ_HANDS_RETRY : SJ_HANDS_TAKEN;
	if (!sj_input_method_give_key(hands->method, event))
		use_key(hands, event);
	return SJ_HANDS_TAKEN;
}

static uint16_t clamp(int value, uint16_t size)
{
	if (value < 0 || size == 0)
		return 0;
	return value < size ? (uint16_t)value : (uint16_t)(size - 1);
}

static void on_pointer(struct sj_hands *hands, int x, int y)
{
	const struct sj_size *size = &hands->picture->size;
	const struct sj_viewer_input input = {.type = SJ_VIEWER_INPUT_POINTER,
		.buttons = hands->buttons,
		.x_px = clamp(x, size->width_px),
		.y_px = clamp(y, size->height_px)};

	send_input(hands, &input);
}

static enum sj_hands_result on_button(
	struct sj_hands *hands, const xcb_button_press_event_t *event)
{
	bool is_down = (event->response_type & 0x7F) == XCB_BUTTON_PRESS;
	uint8_t bit;

	/* 1 to 3 are buttons, 4 to 7 the wheel; RFB has no bit for more. */
	if (event->detail < 1 || event->detail > 7)
		return SJ_HANDS_TAKEN;
	if (hands->is_at_rest)
		return is_down && event->detail == 1 ? SJ_HANDS_RETRY
						     : SJ_HANDS_TAKEN;
	bit = (uint8_t)(1u << (event->detail - 1));
	if (is_down)
		hands->buttons |= bit;
	else
		hands->buttons &= (uint8_t)~bit;
	on_pointer(hands, event->event_x, event->event_y);
	return SJ_HANDS_TAKEN;
}

static void forget(struct sj_hands *hands)
{
	sj_keys_clear(&hands->keys);
	hands->buttons = 0;
}

static void on_focus_out(struct sj_hands *hands)
{
	const struct sj_viewer_input input = {
		.type = SJ_VIEWER_INPUT_RELEASE_ALL};

	if (hands->keys.count > 0 || hands->buttons != 0)
		send_input(hands, &input);
	forget(hands);
	sj_input_method_set_focus(hands->method, false);
}

enum sj_hands_result sj_hands_take_event(
	struct sj_hands *hands, xcb_generic_event_t *event)
{
	const void *any = event;
	const xcb_motion_notify_event_t *motion = any;

	if (sj_input_method_take_event(hands->method, event) ||
		sj_keyboard_take_event(hands->keyboard, event))
		return SJ_HANDS_TAKEN;
	switch (event->response_type & 0x7F) {
	case XCB_KEY_PRESS:
	case XCB_KEY_RELEASE:
		return on_key(hands, any);
	case XCB_BUTTON_PRESS:
	case XCB_BUTTON_RELEASE:
		return on_button(hands, any);
	case XCB_MOTION_NOTIFY:
		on_pointer(hands, motion->event_x, motion->event_y);
		return SJ_HANDS_TAKEN;
	case XCB_FOCUS_IN:
		sj_input_method_set_focus(hands->method, true);
		return SJ_HANDS_TAKEN;
	case XCB_FOCUS_OUT:
		on_focus_out(hands);
		return SJ_HANDS_TAKEN;
	default:
		return SJ_HANDS_OTHER;
	}
}

void sj_hands_set_rest(struct sj_hands *hands, bool is_at_rest)
{
	hands->is_at_rest = is_at_rest;
	forget(hands);
}

void sj_hands_set_caret(struct sj_hands *hands, const struct sj_rect *caret)
{
	struct sj_rect place = *caret;

	place.x_px = (uint16_t)(place.x_px + SJ_LAYOUT_FRAME_PX);
	place.y_px = (uint16_t)(place.y_px + SJ_LAYOUT_STRIP_PX);
	sj_input_method_set_caret(hands->method, &place);
}

struct sj_hands *sj_hands_create(
	const struct sj_window *window, struct sj_picture *picture)
{
	static const struct sj_input_method_ops ops = {
		.key = use_key,
		.text = use_text,
	};
	struct sj_hands *hands = calloc(1, sizeof(*hands));

	if (!hands)
		return NULL;
	hands->picture = picture;
	hands->is_at_rest = true;
	hands->keyboard = sj_keyboard_create(window->connection);
	if (!hands->keyboard) {
		sj_hands_destroy(hands);
		return NULL;
	}
	hands->method = sj_input_method_create(window, &ops, hands);
	return hands;
}

void sj_hands_destroy(struct sj_hands *hands)
{
	if (!hands)
		return;
	sj_input_method_destroy(hands->method);
	sj_keyboard_destroy(hands->keyboard);
	free(hands);
}
