/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/keyboard_xcb.h"

#include <stdlib.h>

#include <xkbcommon/xkbcommon-x11.h>
#include <xkbcommon/xkbcommon.h>
/* Its header uses a word of C++ as a member name, which C does not mind. */
#include <xcb/xkb.h>

struct sj_keyboard {
	xcb_connection_t *connection;
	struct xkb_context *context;
	struct xkb_keymap *keymap;
	struct xkb_state *state; /* set anew for each key */
	int32_t device;
	uint8_t first_event;
};

/* The head that all events of XKB share. */
struct xkb_head {
	uint8_t response_type;
	uint8_t xkb_type;
	uint16_t sequence;
	xcb_timestamp_t time;
	uint8_t device;
};

static bool load_keymap(struct sj_keyboard *keyboard)
{
	struct xkb_keymap *keymap = xkb_x11_keymap_new_from_device(
		keyboard->context, keyboard->connection, keyboard->device,
		XKB_KEYMAP_COMPILE_NO_FLAGS);
	struct xkb_state *state = NULL;

	if (keymap)
		state = xkb_state_new(keymap);
	if (!state) {
		xkb_keymap_unref(keymap);
		return false;
	}
	xkb_state_unref(keyboard->state);
	xkb_keymap_unref(keyboard->keymap);
	keyboard->keymap = keymap;
	keyboard->state = state;
	return true;
}

static void select_events(struct sj_keyboard *keyboard)
{
	const uint16_t events = XCB_XKB_EVENT_TYPE_NEW_KEYBOARD_NOTIFY |
				XCB_XKB_EVENT_TYPE_MAP_NOTIFY;
	const uint16_t parts =
		XCB_XKB_MAP_PART_KEY_TYPES | XCB_XKB_MAP_PART_KEY_SYMS |
		XCB_XKB_MAP_PART_MODIFIER_MAP |
		XCB_XKB_MAP_PART_EXPLICIT_COMPONENTS |
		XCB_XKB_MAP_PART_KEY_ACTIONS | XCB_XKB_MAP_PART_VIRTUAL_MODS |
		XCB_XKB_MAP_PART_VIRTUAL_MOD_MAP;

	(void)xcb_xkb_select_events(keyboard->connection,
		(xcb_xkb_device_spec_t)keyboard->device, events, 0, events,
		parts, parts, NULL);
	/* A held key is press, press, press, release. */
	(void)xcb_xkb_per_client_flags(keyboard->connection,
		(xcb_xkb_device_spec_t)keyboard->device,
		XCB_XKB_PER_CLIENT_FLAG_DETECTABLE_AUTO_REPEAT,
		XCB_XKB_PER_CLIENT_FLAG_DETECTABLE_AUTO_REPEAT, 0, 0, 0);
}

static void drop_log(struct xkb_context *context, enum xkb_log_level level,
	const char *format, va_list arguments)
{
	(void)context;
	(void)level;
	(void)format;
	(void)arguments;
}

struct sj_keyboard *sj_keyboard_create(xcb_connection_t *connection)
{
	struct sj_keyboard *keyboard = calloc(1, sizeof(*keyboard));

	if (!keyboard)
		return NULL;
	keyboard->connection = connection;
	if (!xkb_x11_setup_xkb_extension(connection,
		    XKB_X11_MIN_MAJOR_XKB_VERSION,
		    XKB_X11_MIN_MINOR_XKB_VERSION,
		    XKB_X11_SETUP_XKB_EXTENSION_NO_FLAGS, NULL, NULL,
		    &keyboard->first_event, NULL)) {
		sj_keyboard_destroy(keyboard);
		return NULL;
	}
	/* The keymap comes from the server: no file is ever read. */
	keyboard->context = xkb_context_new(XKB_CONTEXT_NO_DEFAULT_INCLUDES |
					    XKB_CONTEXT_NO_ENVIRONMENT_NAMES);
	keyboard->device = xkb_x11_get_core_keyboard_device_id(connection);
	if (keyboard->context)
		xkb_context_set_log_fn(keyboard->context, drop_log);
	if (!keyboard->context || keyboard->device < 0 ||
		!load_keymap(keyboard)) {
		sj_keyboard_destroy(keyboard);
		return NULL;
	}
	select_events(keyboard);
	return keyboard;
}

void sj_keyboard_destroy(struct sj_keyboard *keyboard)
{
	if (!keyboard)
		return;
	xkb_state_unref(keyboard->state);
	xkb_keymap_unref(keyboard->keymap);
	xkb_context_unref(keyboard->context);
	free(keyboard);
}

uint32_t sj_keyboard_keysym(const struct sj_keyboard *keyboard,
	xcb_keycode_t keycode, uint16_t state)
{
	/* The low byte has the real modifiers, bits 13 and 14 the group. An
	 * input method gives keys back late: what is held now says nothing. */
	(void)xkb_state_update_mask(
		keyboard->state, state & 0xFF, 0, 0, state >> 13 & 3, 0, 0);
	return xkb_state_key_get_one_sym(keyboard->state, keycode);
}

bool sj_keyboard_take_event(
	struct sj_keyboard *keyboard, const xcb_generic_event_t *event)
{
	const struct xkb_head *head = (const void *)event;

	if ((event->response_type & 0x7F) != keyboard->first_event)
		return false;
	if (head->device != keyboard->device)
		return true;
	switch (head->xkb_type) {
	case XCB_XKB_NEW_KEYBOARD_NOTIFY:
	case XCB_XKB_MAP_NOTIFY:
		/* The old keymap is better than none. */
		(void)load_keymap(keyboard);
		break;
	default:
		break;
	}
	return true;
}
