/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/agent_input.h"

#include <string.h>

#include "host/inject.h"
#include "host/keymap.h"
#include "host/publish.h"
#include "host/wm.h"
#include "protocol/base/clock.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"

/* Left, middle, right; not the wheel. */
#define BUTTONS_CLICK 0x07
#define KEYSYM_TAB 0xff09u
#define KEYSYM_F4 0xffc1u
#define KEYSYM_ALT_LEFT 0xffe9u

bool sj_agent_has_room(void *self)
{
	const struct sj_agent *agent = self;

	return sj_input_queue_has_room(&agent->queue);
}

void sj_agent_key(void *self, bool is_down, uint32_t keysym)
{
	struct sj_agent *agent = self;
	char utf8[4];
	size_t size;

	if (sj_inject_has_key(agent->inject, keysym)) {
		sj_input_queue_key(&agent->queue, is_down, keysym);
	} else if (is_down) {
		size = sj_keymap_utf8(keysym, utf8);
		if (size > 0)
			sj_input_queue_text(&agent->queue, utf8, size);
	}
}

void sj_agent_pointer(void *self, uint8_t buttons, uint16_t x_px, uint16_t y_px)
{
	struct sj_agent *agent = self;

	sj_input_queue_pointer(&agent->queue, buttons, x_px, y_px);
}

static void do_key(struct sj_agent *agent, const struct sj_input_action *action)
{
	if (action->is_down &&
		sj_inject_is_held(agent->inject, KEYSYM_ALT_LEFT)) {
		if (action->keysym == KEYSYM_F4) {
			sj_wm_close_active(agent->wm);
			return;
		}
		if (action->keysym == KEYSYM_TAB) {
			sj_wm_next(agent->wm);
			return;
		}
	}
	sj_inject_key(agent->inject, action->is_down, action->keysym);
}

static void do_pointer(
	struct sj_agent *agent, const struct sj_input_action *action)
{
	bool is_press =
		(action->buttons & ~agent->buttons & BUTTONS_CLICK) != 0;

	if (is_press) {
		/* The pointer goes first: what is under it is asked for. */
		sj_inject_pointer(agent->inject, agent->buttons, action->x_px,
			action->y_px);
		sj_wm_clicked(agent->wm);
	}
	agent->buttons = action->buttons;
	sj_inject_pointer(
		agent->inject, action->buttons, action->x_px, action->y_px);
}

/* Hands text to the XIM process; false when it is gone. */
static bool do_text(
	struct sj_agent *agent, const struct sj_input_action *action)
{
	struct sj_host_text message;
	bool is_sent;

	/* With Control or Alt held a character is no text. */
	if (sj_inject_is_command(agent->inject)) {
		agent->dropped++;
		sj_input_queue_committed(&agent->queue);
		return true;
	}
	memset(&message, 0, sizeof(message));
	message.type = SJ_HOST_TEXT_COMMIT;
	message.number = (uint32_t)action->size;
	memcpy(message.text, action->text, action->size);
	is_sent = sj_ipc_send(agent->text_fd, &message, sizeof(message),
			  NULL) == SJ_OK;
	explicit_bzero(&message, sizeof(message));
	return is_sent;
}

bool sj_agent_input_run(struct sj_agent *agent)
{
	struct sj_input_action action;
	bool is_good = true;

	while (is_good &&
		sj_input_queue_next(&agent->queue, sj_clock_ms(), &action)) {
		switch (action.type) {
		case SJ_INPUT_KEY:
			do_key(agent, &action);
			break;
		case SJ_INPUT_POINTER:
			do_pointer(agent, &action);
			break;
		case SJ_INPUT_NUDGE:
			sj_inject_nudge(agent->inject);
			break;
		case SJ_INPUT_BARRIER:
			/* A window that cannot tell is not waited for. */
			if (!sj_wm_ping(agent->wm, action.barrier))
				sj_input_queue_settled(
					&agent->queue, action.barrier);
			break;
		case SJ_INPUT_TEXT:
			is_good = do_text(agent, &action);
			break;
		}
	}
	return is_good;
}

static void move_caret(struct sj_agent *agent, const struct sj_rect *wire_caret)
{
	struct sj_size size = sj_shadow_image(agent->shadow).size;
	struct sj_rect caret = sj_rect_clip(wire_caret, &size);

	if (sj_rect_fits(&caret, &size))
		sj_publish_set_caret(agent->publish, &caret);
}

bool sj_agent_input_news(struct sj_agent *agent)
{
	struct sj_host_text message;

	if (sj_ipc_receive(agent->ack_fd, &message, sizeof(message), NULL) !=
		SJ_OK)
		return false;
	switch (message.type) {
	case SJ_HOST_TEXT_DROPPED:
		if (!sj_input_queue_missed(&agent->queue))
			agent->dropped++;
		return true;
	case SJ_HOST_TEXT_COMMITTED:
		sj_input_queue_committed(&agent->queue);
		return true;
	case SJ_HOST_TEXT_CARET:
		move_caret(agent, &message.caret);
		return true;
	case SJ_HOST_TEXT_FOCUS:
		sj_input_queue_focus(&agent->queue, message.number == 1);
		return true;
	default:
		return false;
	}
}

void sj_agent_input_release(struct sj_agent *agent)
{
	if (agent->dropped != 0 || agent->queue.late != 0)
		sj_log(SJ_LOG_INFO, "input dropped=%llu late=%llu",
			(unsigned long long)agent->dropped,
			(unsigned long long)agent->queue.late);
	sj_input_queue_clear(&agent->queue);
	agent->queue.late = 0;
	agent->dropped = 0;
	agent->buttons = 0;
	sj_inject_release_all(agent->inject);
}
