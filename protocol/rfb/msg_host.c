/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/rfb/msg_host.h"

static enum sj_step refuse(enum sj_reason *reason, enum sj_reason why)
{
	*reason = why;
	return SJ_STEP_REFUSE;
}

static enum sj_step parse_update(struct sj_reader *in,
	struct sj_rfb_host_message *message, enum sj_reason *reason)
{
	uint16_t wire_rects;

	if (!sj_read_skip(in, 1) || !sj_read_u16(in, &wire_rects))
		return SJ_STEP_MORE;
	/* 0xFFFF would be LastRect's "unknown number". */
	if (wire_rects == 0 || wire_rects > SJ_LIMIT_RECTS)
		return refuse(reason, SJ_REASON_HOST_UPDATE);
	message->u.update.rects = wire_rects;
	return SJ_STEP_DONE;
}

static enum sj_step parse_cut_text(struct sj_reader *in,
	struct sj_rfb_host_message *message, enum sj_reason *reason)
{
	uint32_t wire_bytes;

	if (!sj_read_skip(in, 3) || !sj_read_u32(in, &wire_bytes))
		return SJ_STEP_MORE;
	if (wire_bytes > SJ_LIMIT_CUT_TEXT_BYTES)
		return refuse(reason, SJ_REASON_HOST_CUT_TEXT);
	message->u.cut_text.bytes = wire_bytes;
	return SJ_STEP_DONE;
}

static enum sj_step parse_fence(struct sj_reader *in,
	struct sj_rfb_host_message *message, enum sj_reason *reason)
{
	struct sj_rfb_fence *fence = &message->u.fence;
	uint32_t wire_flags;
	uint8_t wire_size;

	if (!sj_read_skip(in, 3) || !sj_read_u32(in, &wire_flags))
		return SJ_STEP_MORE;
	if ((wire_flags & ~(SJ_RFB_FENCE_REQUEST | SJ_RFB_FENCE_FLAGS)) != 0)
		return refuse(reason, SJ_REASON_HOST_FENCE);
	if (!sj_read_u8(in, &wire_size))
		return SJ_STEP_MORE;
	if (wire_size > SJ_LIMIT_FENCE_BYTES)
		return refuse(reason, SJ_REASON_HOST_FENCE);
	if (!sj_read_bytes(in, fence->payload, wire_size))
		return SJ_STEP_MORE;
	fence->size = wire_size;
	fence->flags = wire_flags & SJ_RFB_FENCE_FLAGS;
	fence->is_request = (wire_flags & SJ_RFB_FENCE_REQUEST) != 0;
	return SJ_STEP_DONE;
}

enum sj_step sj_rfb_host_parse(struct sj_reader *in,
	struct sj_rfb_host_message *message, enum sj_reason *reason)
{
	struct sj_reader cursor = *in;
	enum sj_step step;
	uint8_t wire_type;

	if (!sj_read_u8(&cursor, &wire_type))
		return SJ_STEP_MORE;
	switch (wire_type) {
	case SJ_RFB_UPDATE:
		step = parse_update(&cursor, message, reason);
		break;
	case SJ_RFB_SERVER_CUT_TEXT:
		step = parse_cut_text(&cursor, message, reason);
		break;
	case SJ_RFB_SERVER_FENCE:
		step = parse_fence(&cursor, message, reason);
		break;
	case SJ_RFB_BELL:
	case SJ_RFB_END_OF_CONTINUOUS:
		step = SJ_STEP_DONE;
		break;
	default:
		return refuse(reason, SJ_REASON_HOST_TYPE);
	}
	message->type = (enum sj_rfb_host_type)wire_type;
	if (step == SJ_STEP_DONE)
		*in = cursor;
	return step;
}

static bool build_fence(struct sj_writer *out, const struct sj_rfb_fence *fence)
{
	const uint32_t flags =
		fence->flags | (fence->is_request ? SJ_RFB_FENCE_REQUEST : 0);

	return sj_write_zeros(out, 3) && sj_write_u32(out, flags) &&
	       sj_write_u8(out, fence->size) &&
	       sj_write_bytes(out, fence->payload, fence->size);
}

static bool build_body(
	struct sj_writer *out, const struct sj_rfb_host_message *message)
{
	switch (message->type) {
	case SJ_RFB_UPDATE:
		return sj_write_zeros(out, 1) &&
		       sj_write_u16(out, message->u.update.rects);
	case SJ_RFB_END_OF_CONTINUOUS:
		return true;
	case SJ_RFB_SERVER_FENCE:
		return build_fence(out, &message->u.fence);
	case SJ_RFB_BELL:
	case SJ_RFB_SERVER_CUT_TEXT:
	default:
		return false;
	}
}

bool sj_rfb_host_build(
	struct sj_writer *out, const struct sj_rfb_host_message *message)
{
	const size_t start = out->at;

	if (sj_write_u8(out, (uint8_t)message->type) &&
		build_body(out, message))
		return true;
	out->at = start;
	return false;
}

enum sj_step sj_rfb_rect_head_parse(
	struct sj_reader *in, struct sj_rfb_rect_head *head)
{
	struct sj_reader cursor = *in;

	if (!sj_read_u16(&cursor, &head->rect.x_px) ||
		!sj_read_u16(&cursor, &head->rect.y_px) ||
		!sj_read_u16(&cursor, &head->rect.width_px) ||
		!sj_read_u16(&cursor, &head->rect.height_px) ||
		!sj_read_s32(&cursor, &head->encoding))
		return SJ_STEP_MORE;
	*in = cursor;
	return SJ_STEP_DONE;
}

bool sj_rfb_rect_head_build(
	struct sj_writer *out, const struct sj_rfb_rect_head *head)
{
	struct sj_writer cursor = *out;

	if (!sj_write_u16(&cursor, head->rect.x_px) ||
		!sj_write_u16(&cursor, head->rect.y_px) ||
		!sj_write_u16(&cursor, head->rect.width_px) ||
		!sj_write_u16(&cursor, head->rect.height_px) ||
		!sj_write_s32(&cursor, head->encoding))
		return false;
	*out = cursor;
	return true;
}

enum sj_step sj_rfb_screen_size_parse(struct sj_reader *in,
	const struct sj_rfb_rect_head *head, struct sj_rfb_screen_size *screen,
	enum sj_reason *reason)
{
	struct sj_reader cursor = *in;
	uint16_t wire_x, wire_y, wire_width, wire_height;
	uint8_t wire_screens;

	if (head->rect.x_px > SJ_RFB_SIZE_BY_OTHER || head->rect.y_px > 3 ||
		(head->rect.y_px != 0 &&
			head->rect.x_px != SJ_RFB_SIZE_BY_VIEWER))
		return refuse(reason, SJ_REASON_HOST_SIZE);
	if (!sj_read_u8(&cursor, &wire_screens))
		return SJ_STEP_MORE;
	if (wire_screens != SJ_LIMIT_SCREENS)
		return refuse(reason, SJ_REASON_HOST_SIZE);
	/* Padding and screen id, the screen, its flags. */
	if (!sj_read_skip(&cursor, 3 + 4) || !sj_read_u16(&cursor, &wire_x) ||
		!sj_read_u16(&cursor, &wire_y) ||
		!sj_read_u16(&cursor, &wire_width) ||
		!sj_read_u16(&cursor, &wire_height) ||
		!sj_read_skip(&cursor, 4))
		return SJ_STEP_MORE;
	if (wire_x != 0 || wire_y != 0 || wire_width != head->rect.width_px ||
		wire_height != head->rect.height_px)
		return refuse(reason, SJ_REASON_HOST_SIZE);
	screen->cause = (enum sj_rfb_size_cause)head->rect.x_px;
	screen->status = head->rect.y_px;
	screen->size.width_px = wire_width;
	screen->size.height_px = wire_height;
	*in = cursor;
	return SJ_STEP_DONE;
}

bool sj_rfb_screen_size_build(
	struct sj_writer *out, const struct sj_rfb_screen_size *screen)
{
	struct sj_writer cursor = *out;
	const struct sj_rfb_rect_head head = {
		.rect = {(uint16_t)screen->cause, screen->status,
			screen->size.width_px, screen->size.height_px},
		.encoding = SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE,
	};

	if (!sj_rfb_rect_head_build(&cursor, &head) ||
		!sj_write_u8(&cursor, SJ_LIMIT_SCREENS) ||
		!sj_write_zeros(&cursor, 3) || !sj_write_u32(&cursor, 1) ||
		!sj_write_zeros(&cursor, 4) ||
		!sj_write_u16(&cursor, screen->size.width_px) ||
		!sj_write_u16(&cursor, screen->size.height_px) ||
		!sj_write_zeros(&cursor, 4))
		return false;
	*out = cursor;
	return true;
}

bool sj_rfb_session_end_build(struct sj_writer *out, enum sj_reason reason)
{
	const struct sj_rfb_host_message update = {
		.type = SJ_RFB_UPDATE,
		.u.update.rects = 1,
	};
	const struct sj_rfb_rect_head head = {
		.rect = {.x_px = (uint16_t)reason},
		.encoding = SJ_RFB_ENCODING_SESSION_END,
	};

	return sj_writer_room(out) >= SJ_RFB_SESSION_END_BYTES &&
	       sj_rfb_host_build(out, &update) &&
	       sj_rfb_rect_head_build(out, &head);
}
