/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/inject.h"

#include <stdlib.h>
#include <string.h>

#include <xcb/xcb.h>
#include <xcb/xcbext.h>
#include <xcb/xkb.h>
#include <xcb/xtest.h>

#include "host/display_xcb.h"
#include "host/keymap.h"
#include "protocol/base/limits.h"

#define KEYSYM_SHIFT_LEFT 0xffe1u
#define KEYSYM_SHIFT_RIGHT 0xffe2u
/* Wheel and side buttons included. */
#define BUTTONS 7

/* One key that the viewer holds. */
struct held {
	uint32_t keysym;
	uint8_t keycode; /* 0: this place is free */
};

struct sj_inject {
	struct sj_display *display;
	struct sj_keymap keymap;
	struct held held[SJ_LIMIT_KEYS_DOWN];
	uint8_t shift_keycode;
	uint8_t buttons;
};

/* ---- keymap ---- */

/*
 * XkbGetKbdByName with the parts named as setxkbmap does; libxcb's own binding
 * leaves the names out.
 */
static enum sj_err load_keymap(
	struct sj_display *display, enum sj_inject_keymap keymap)
{
	static const char keycodes[] = "evdev+aliases(qwerty)";
	static const char types[] = "complete";
	static const char compat[] = "complete";
	const char *symbols = keymap == SJ_INJECT_JP ? "pc+jp+inet(evdev)"
						     : "pc+us+inet(evdev)";
	const char *parts[] = {"", keycodes, types, compat, symbols, ""};
	uint8_t body[256] = {0};
	xcb_protocol_request_t protocol = {
		.count = 1, .ext = &xcb_xkb_id, .opcode = 23};
	struct iovec vector[4] = {{0}};
	const uint16_t device = 0x100, need = 0xbf, want = 0xff;
	xcb_xkb_get_kbd_by_name_reply_t *reply;
	xcb_xkb_get_kbd_by_name_cookie_t cookie;
	enum sj_err err;
	size_t at = 4;

	memcpy(body + at, &device, sizeof(device));
	memcpy(body + at + 2, &need, sizeof(need));
	memcpy(body + at + 4, &want, sizeof(want));
	body[at + 6] = 1; /* load */
	at += 8;
	for (size_t i = 0; i < SJ_COUNT(parts); i++) {
		size_t length = strlen(parts[i]);

		body[at++] = (uint8_t)length;
		memcpy(body + at, parts[i], length);
		at += length;
	}
	vector[2].iov_base = body;
	vector[2].iov_len = (at + 3) & ~(size_t)3;
	cookie.sequence = xcb_send_request(display->connection,
		XCB_REQUEST_CHECKED, vector + 2, &protocol);
	reply = xcb_xkb_get_kbd_by_name_reply(
		display->connection, cookie, NULL);
	err = !reply ? SJ_ERR_SYSTEM : reply->loaded ? SJ_OK : SJ_ERR_MISSING;
	free(reply);
	return err;
}

static enum sj_err read_keymap(struct sj_inject *inject)
{
	xcb_connection_t *connection = inject->display->connection;
	const xcb_setup_t *setup = xcb_get_setup(connection);
	struct sj_keymap_stroke stroke;
	xcb_get_keyboard_mapping_reply_t *reply;

	reply = xcb_get_keyboard_mapping_reply(connection,
		xcb_get_keyboard_mapping(connection, setup->min_keycode,
			(uint8_t)(setup->max_keycode - setup->min_keycode + 1)),
		NULL);
	if (!reply)
		return SJ_ERR_SYSTEM;
	sj_keymap_load(&inject->keymap, setup->min_keycode,
		reply->keysyms_per_keycode,
		xcb_get_keyboard_mapping_keysyms(reply),
		(size_t)xcb_get_keyboard_mapping_keysyms_length(reply));
	free(reply);
	if (!sj_keymap_find(&inject->keymap, KEYSYM_SHIFT_LEFT, &stroke))
		return SJ_ERR_MISSING;
	inject->shift_keycode = stroke.keycode;
	return SJ_OK;
}

enum sj_err sj_inject_create(struct sj_inject **inject,
	struct sj_display *display, enum sj_inject_keymap keymap)
{
	const uint32_t repeat_off = XCB_AUTO_REPEAT_MODE_OFF;
	struct sj_inject *made = calloc(1, sizeof(*made));
	enum sj_err err;

	if (!made)
		return SJ_ERR_MEMORY;
	made->display = display;
	err = load_keymap(display, keymap);
	if (err == SJ_OK)
		err = read_keymap(made);
	if (err != SJ_OK) {
		free(made);
		return err;
	}
	xcb_change_keyboard_control(
		display->connection, XCB_KB_AUTO_REPEAT_MODE, &repeat_off);
	sj_display_flush(display);
	*inject = made;
	return SJ_OK;
}

void sj_inject_destroy(struct sj_inject *inject)
{
	free(inject);
}

/* ---- keys ---- */

static void fake(struct sj_inject *inject, uint8_t type, uint8_t detail)
{
	xcb_test_fake_input(inject->display->connection, type, detail, 0,
		XCB_NONE, 0, 0, 0);
}

static struct held *find_held(struct sj_inject *inject, uint32_t keysym)
{
	for (size_t i = 0; i < SJ_COUNT(inject->held); i++)
		if (inject->held[i].keycode != 0 &&
			inject->held[i].keysym == keysym)
			return &inject->held[i];
	return NULL;
}

/* Another keysym may be held by the same key: a, then A with Shift. */
static bool is_keycode_held(const struct sj_inject *inject, uint8_t keycode)
{
	for (size_t i = 0; i < SJ_COUNT(inject->held); i++)
		if (inject->held[i].keycode == keycode)
			return true;
	return false;
}

bool sj_inject_is_held(const struct sj_inject *inject, uint32_t keysym)
{
	for (size_t i = 0; i < SJ_COUNT(inject->held); i++)
		if (inject->held[i].keycode != 0 &&
			inject->held[i].keysym == keysym)
			return true;
	return false;
}

/* Presses or releases every Shift that the viewer holds, or one of ours. */
static void set_shift(struct sj_inject *inject, bool is_down, bool was_down)
{
	if (!was_down) {
		fake(inject, is_down ? XCB_KEY_PRESS : XCB_KEY_RELEASE,
			inject->shift_keycode);
		return;
	}
	for (size_t i = 0; i < SJ_COUNT(inject->held); i++)
		if (inject->held[i].keycode != 0 &&
			(inject->held[i].keysym == KEYSYM_SHIFT_LEFT ||
				inject->held[i].keysym == KEYSYM_SHIFT_RIGHT))
			fake(inject, is_down ? XCB_KEY_PRESS : XCB_KEY_RELEASE,
				inject->held[i].keycode);
}

static bool is_letter(uint32_t keysym)
{
	return (keysym >= 'a' && keysym <= 'z') ||
	       (keysym >= 'A' && keysym <= 'Z');
}

static void press(struct sj_inject *inject, uint32_t keysym,
	const struct sj_keymap_stroke *stroke)
{
	bool is_shifted = sj_inject_is_held(inject, KEYSYM_SHIFT_LEFT) ||
			  sj_inject_is_held(inject, KEYSYM_SHIFT_RIGHT);
	bool needs_shift = stroke->shift == SJ_KEYMAP_SHIFT_DOWN;
	bool is_changed = stroke->shift != SJ_KEYMAP_SHIFT_ANY &&
			  needs_shift != is_shifted;

	/* Caps Lock of the terminal makes no other command of Ctrl+C. */
	if (is_letter(keysym) && sj_inject_is_command(inject))
		is_changed = false;
	if (is_keycode_held(inject, stroke->keycode))
		fake(inject, XCB_KEY_RELEASE, stroke->keycode);
	if (is_changed)
		set_shift(inject, needs_shift, is_shifted);
	fake(inject, XCB_KEY_PRESS, stroke->keycode);
	if (is_changed)
		set_shift(inject, !needs_shift, is_shifted);
}

static void key_down(struct sj_inject *inject, uint32_t keysym)
{
	struct sj_keymap_stroke stroke;
	struct held *place = find_held(inject, keysym);

	if (!sj_keymap_find(&inject->keymap, keysym, &stroke))
		return;
	if (place && sj_keymap_is_modifier(keysym))
		return;
	for (size_t i = 0; !place && i < SJ_COUNT(inject->held); i++)
		if (inject->held[i].keycode == 0)
			place = &inject->held[i];
	if (!place)
		return;
	press(inject, keysym, &stroke);
	place->keysym = keysym;
	place->keycode = stroke.keycode;
}

static void key_up(struct sj_inject *inject, uint32_t keysym)
{
	struct held *place = find_held(inject, keysym);
	uint8_t keycode;

	if (!place)
		return;
	keycode = place->keycode;
	place->keycode = 0;
	if (!is_keycode_held(inject, keycode))
		fake(inject, XCB_KEY_RELEASE, keycode);
}

bool sj_inject_has_key(const struct sj_inject *inject, uint32_t keysym)
{
	struct sj_keymap_stroke stroke;

	return sj_keymap_find(&inject->keymap, keysym, &stroke);
}

void sj_inject_key(struct sj_inject *inject, bool is_down, uint32_t keysym)
{
	if (sj_keymap_is_lock(keysym))
		return;
	if (is_down)
		key_down(inject, keysym);
	else
		key_up(inject, keysym);
	sj_display_flush(inject->display);
}

void sj_inject_nudge(struct sj_inject *inject)
{
	if (is_keycode_held(inject, inject->shift_keycode))
		return;
	fake(inject, XCB_KEY_PRESS, inject->shift_keycode);
	fake(inject, XCB_KEY_RELEASE, inject->shift_keycode);
	sj_display_flush(inject->display);
}

bool sj_inject_is_command(const struct sj_inject *inject)
{
	/* Control, Meta, Alt, Super; Shift alone makes letters. */
	for (size_t i = 0; i < SJ_COUNT(inject->held); i++)
		if (inject->held[i].keycode != 0 &&
			((inject->held[i].keysym >= 0xffe3 &&
				 inject->held[i].keysym <= 0xffe4) ||
				(inject->held[i].keysym >= 0xffe7 &&
					inject->held[i].keysym <= 0xffee)))
			return true;
	return false;
}

/* ---- pointer ---- */

void sj_inject_pointer(
	struct sj_inject *inject, uint8_t buttons, uint16_t x_px, uint16_t y_px)
{
	uint8_t changed = (uint8_t)(buttons ^ inject->buttons);

	xcb_test_fake_input(inject->display->connection, XCB_MOTION_NOTIFY, 0,
		0, inject->display->root, (int16_t)x_px, (int16_t)y_px, 0);
	for (uint8_t i = 0; i < BUTTONS; i++)
		if ((changed >> i & 1) != 0)
			fake(inject,
				(buttons >> i & 1) != 0 ? XCB_BUTTON_PRESS
							: XCB_BUTTON_RELEASE,
				(uint8_t)(i + 1));
	inject->buttons = buttons & ((1 << BUTTONS) - 1);
	sj_display_flush(inject->display);
}

void sj_inject_release_all(struct sj_inject *inject)
{
	for (size_t i = 0; i < SJ_COUNT(inject->held); i++) {
		if (inject->held[i].keycode != 0)
			fake(inject, XCB_KEY_RELEASE, inject->held[i].keycode);
		inject->held[i].keycode = 0;
	}
	for (uint8_t i = 0; i < BUTTONS; i++)
		if ((inject->buttons >> i & 1) != 0)
			fake(inject, XCB_BUTTON_RELEASE, (uint8_t)(i + 1));
	inject->buttons = 0;
	sj_display_flush(inject->display);
}
