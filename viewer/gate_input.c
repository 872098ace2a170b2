/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/gate_input.h"

#include <string.h>

#include "protocol/rfb/msg_viewer.h"

/* The longest message made here: SetDesktopSize with one screen. */
#define MESSAGE_BYTES 24

bool sj_gate_input_has_room(const struct sj_gate_input *input)
{
	return sizeof(input->bytes) - input->size >= MESSAGE_BYTES;
}

static bool is_size_allowed(const struct sj_viewer_input *message)
{
	return message->x_px >= SJ_LIMIT_WIDTH_MIN_PX &&
	       message->x_px <= SJ_LIMIT_WIDTH_PX &&
	       message->y_px >= SJ_LIMIT_HEIGHT_MIN_PX &&
	       message->y_px <= SJ_LIMIT_HEIGHT_PX;
}

static enum sj_err convert(const struct sj_viewer_input *message,
	struct sj_rfb_viewer_message *rfb)
{
	if (message->type == SJ_VIEWER_INPUT_KEY) {
		rfb->type = SJ_RFB_KEY_EVENT;
		rfb->u.key.is_down = message->is_down != 0;
		rfb->u.key.keysym = message->keysym;
		return SJ_OK;
	}
	if (message->type == SJ_VIEWER_INPUT_POINTER) {
		rfb->type = SJ_RFB_POINTER_EVENT;
		rfb->u.pointer.buttons = message->buttons & 0x7f;
		rfb->u.pointer.x_px = message->x_px;
		rfb->u.pointer.y_px = message->y_px;
		return SJ_OK;
	}
	if (message->type == SJ_VIEWER_INPUT_SIZE && is_size_allowed(message)) {
		rfb->type = SJ_RFB_SET_DESKTOP_SIZE;
		rfb->u.desktop_size.size.width_px = message->x_px;
		rfb->u.desktop_size.size.height_px = message->y_px;
		return SJ_OK;
	}
	return SJ_ERR_FORMAT;
}

enum sj_err sj_gate_input_add(
	struct sj_gate_input *input, const struct sj_viewer_input *message)
{
	struct sj_rfb_viewer_message rfb;
	struct sj_writer writer = sj_writer_of(
		input->bytes + input->size, sizeof(input->bytes) - input->size);
	enum sj_err err;

	if (message->type == SJ_VIEWER_INPUT_RELEASE_ALL) {
		input->is_release_wanted = true;
		return SJ_OK;
	}
	memset(&rfb, 0, sizeof(rfb));
	err = convert(message, &rfb);
	if (err != SJ_OK)
		return err;
	if (!sj_rfb_viewer_build(&writer, &rfb))
		return SJ_ERR_LIMIT;
	input->size += writer.at;
	return SJ_OK;
}

struct sj_reader sj_gate_input_reader(const struct sj_gate_input *input)
{
	return sj_reader_of(input->bytes, input->size);
}

void sj_gate_input_drop(struct sj_gate_input *input, size_t bytes)
{
	input->size -= bytes;
	memmove(input->bytes, input->bytes + bytes, input->size);
}
