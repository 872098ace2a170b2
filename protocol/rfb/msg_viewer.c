/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/rfb/msg_viewer.h"

#include <string.h>

typedef enum sj_step (*parse_fn)(struct sj_reader *in,
	struct sj_rfb_viewer_message *message, enum sj_reason *reason);

static enum sj_step refuse(enum sj_reason *reason, enum sj_reason why)
{
	*reason = why;
	return SJ_STEP_REFUSE;
}

static bool read_rect(struct sj_reader *in, struct sj_rect *rect)
{
	return sj_read_u16(in, &rect->x_px) && sj_read_u16(in, &rect->y_px) &&
	       sj_read_u16(in, &rect->width_px) &&
	       sj_read_u16(in, &rect->height_px);
}

static bool write_rect(struct sj_writer *out, const struct sj_rect *rect)
{
	return sj_write_u16(out, rect->x_px) && sj_write_u16(out, rect->y_px) &&
	       sj_write_u16(out, rect->width_px) &&
	       sj_write_u16(out, rect->height_px);
}

/*
 * The three shifts put each colour into a byte of its own and leave the 4th
 * byte in memory: little-endian 0, 8, 16; big-endian 8, 16, 24.
 */
static bool has_good_shifts(const uint8_t *format)
{
	const uint8_t lowest = format[2] != 0 ? 8 : 0;
	unsigned seen = 0;

	for (size_t i = 10; i < 13; i++) {
		if (format[i] < lowest || format[i] > lowest + 16 ||
			format[i] % 8 != 0)
			return false;
		seen |= 1u << ((format[i] - lowest) / 8);
	}
	return seen == 7;
}

static enum sj_step parse_format(struct sj_reader *in,
	struct sj_rfb_viewer_message *message, enum sj_reason *reason)
{
	static const uint8_t maxima[6] = {0, 255, 0, 255, 0, 255};
	struct sj_rfb_format *format = &message->u.format;
	uint8_t wire_format[SJ_RFB_PIXEL_FORMAT_BYTES];

	if (!sj_read_skip(in, 3) ||
		!sj_read_bytes(in, wire_format, sizeof(wire_format)))
		return SJ_STEP_MORE;
	if (wire_format[0] != 32 || wire_format[1] != 24 ||
		wire_format[3] == 0 ||
		memcmp(wire_format + 4, maxima, 6) != 0 ||
		!has_good_shifts(wire_format))
		return refuse(reason, SJ_REASON_VIEWER_FORMAT);
	memset(format, 0, sizeof(*format));
	memcpy(format->bytes, wire_format, 13);
	format->bytes[2] = wire_format[2] != 0;
	format->bytes[3] = 1;
	/* As it came: another way to say true colour is not the constant. */
	format->is_constant = memcmp(wire_format, sj_rfb_pixel_format, 13) == 0;
	return SJ_STEP_DONE;
}

static enum sj_step parse_encodings(struct sj_reader *in,
	struct sj_rfb_viewer_message *message, enum sj_reason *reason)
{
	struct sj_rfb_encodings *encodings = &message->u.encodings;
	uint16_t wire_count;

	if (!sj_read_skip(in, 1) || !sj_read_u16(in, &wire_count))
		return SJ_STEP_MORE;
	if (wire_count > SJ_LIMIT_ENCODINGS)
		return refuse(reason, SJ_REASON_VIEWER_ENCODINGS);
	for (uint16_t i = 0; i < wire_count; i++) {
		if (!sj_read_s32(in, &encodings->number[i]))
			return SJ_STEP_MORE;
	}
	encodings->count = wire_count;
	return SJ_STEP_DONE;
}

static enum sj_step parse_request(struct sj_reader *in,
	struct sj_rfb_viewer_message *message, enum sj_reason *reason)
{
	struct sj_rfb_request *request = &message->u.request;
	uint8_t wire_incremental;

	if (!sj_read_u8(in, &wire_incremental))
		return SJ_STEP_MORE;
	if (wire_incremental > 1)
		return refuse(reason, SJ_REASON_VIEWER_REQUEST);
	if (!read_rect(in, &request->rect))
		return SJ_STEP_MORE;
	request->is_incremental = wire_incremental == 1;
	return SJ_STEP_DONE;
}

static enum sj_step parse_key(struct sj_reader *in,
	struct sj_rfb_viewer_message *message, enum sj_reason *reason)
{
	struct sj_rfb_key *key = &message->u.key;
	uint8_t wire_down;

	if (!sj_read_u8(in, &wire_down))
		return SJ_STEP_MORE;
	if (wire_down > 1)
		return refuse(reason, SJ_REASON_VIEWER_KEY);
	if (!sj_read_skip(in, 2) || !sj_read_u32(in, &key->keysym))
		return SJ_STEP_MORE;
	key->is_down = wire_down == 1;
	return SJ_STEP_DONE;
}

static enum sj_step parse_pointer(struct sj_reader *in,
	struct sj_rfb_viewer_message *message, enum sj_reason *reason)
{
	struct sj_rfb_pointer *pointer = &message->u.pointer;
	uint8_t wire_buttons;

	if (!sj_read_u8(in, &wire_buttons))
		return SJ_STEP_MORE;
	/* Bit 7 announces the longer form of ExtendedMouseButtons. */
	if ((wire_buttons & 0x80) != 0)
		return refuse(reason, SJ_REASON_VIEWER_POINTER);
	if (!sj_read_u16(in, &pointer->x_px) ||
		!sj_read_u16(in, &pointer->y_px))
		return SJ_STEP_MORE;
	pointer->buttons = wire_buttons;
	return SJ_STEP_DONE;
}

static enum sj_step parse_cut_text(struct sj_reader *in,
	struct sj_rfb_viewer_message *message, enum sj_reason *reason)
{
	uint32_t wire_bytes;

	if (!sj_read_skip(in, 3) || !sj_read_u32(in, &wire_bytes))
		return SJ_STEP_MORE;
	if (wire_bytes > SJ_LIMIT_CUT_TEXT_BYTES)
		return refuse(reason, SJ_REASON_VIEWER_CUT_TEXT);
	message->u.cut_text.bytes = wire_bytes;
	return SJ_STEP_DONE;
}

static enum sj_step parse_continuous(struct sj_reader *in,
	struct sj_rfb_viewer_message *message, enum sj_reason *reason)
{
	struct sj_rfb_continuous *continuous = &message->u.continuous;
	uint8_t wire_on;

	if (!sj_read_u8(in, &wire_on))
		return SJ_STEP_MORE;
	if (wire_on > 1)
		return refuse(reason, SJ_REASON_VIEWER_CONTINUOUS);
	if (!read_rect(in, &continuous->rect))
		return SJ_STEP_MORE;
	continuous->is_on = wire_on == 1;
	return SJ_STEP_DONE;
}

static enum sj_step parse_fence(struct sj_reader *in,
	struct sj_rfb_viewer_message *message, enum sj_reason *reason)
{
	struct sj_rfb_fence *fence = &message->u.fence;
	uint32_t wire_flags;
	uint8_t wire_size;

	if (!sj_read_skip(in, 3) || !sj_read_u32(in, &wire_flags))
		return SJ_STEP_MORE;
	if ((wire_flags & ~(SJ_RFB_FENCE_REQUEST | SJ_RFB_FENCE_FLAGS)) != 0)
		return refuse(reason, SJ_REASON_VIEWER_FENCE);
	if (!sj_read_u8(in, &wire_size))
		return SJ_STEP_MORE;
	if (wire_size > SJ_LIMIT_FENCE_BYTES)
		return refuse(reason, SJ_REASON_VIEWER_FENCE);
	if (!sj_read_bytes(in, fence->payload, wire_size))
		return SJ_STEP_MORE;
	fence->size = wire_size;
	fence->flags = wire_flags & SJ_RFB_FENCE_FLAGS;
	fence->is_request = (wire_flags & SJ_RFB_FENCE_REQUEST) != 0;
	return SJ_STEP_DONE;
}

static enum sj_step parse_desktop_size(struct sj_reader *in,
	struct sj_rfb_viewer_message *message, enum sj_reason *reason)
{
	struct sj_size *size = &message->u.desktop_size.size;
	struct sj_rect wire_screen;
	uint8_t wire_screens;

	if (!sj_read_skip(in, 1) || !sj_read_u16(in, &size->width_px) ||
		!sj_read_u16(in, &size->height_px) ||
		!sj_read_u8(in, &wire_screens))
		return SJ_STEP_MORE;
	if (wire_screens != SJ_LIMIT_SCREENS)
		return refuse(reason, SJ_REASON_VIEWER_SIZE);
	/* Padding and screen id, the screen, its flags. */
	if (!sj_read_skip(in, 1 + 4) || !read_rect(in, &wire_screen) ||
		!sj_read_skip(in, 4))
		return SJ_STEP_MORE;
	if (wire_screen.x_px != 0 || wire_screen.y_px != 0 ||
		wire_screen.width_px != size->width_px ||
		wire_screen.height_px != size->height_px)
		return refuse(reason, SJ_REASON_VIEWER_SIZE);
	return SJ_STEP_DONE;
}

/* The parser of a message type behind its type byte; NULL: refuse. */
static parse_fn parser_of(uint8_t wire_type)
{
	switch (wire_type) {
	case SJ_RFB_SET_PIXEL_FORMAT:
		return parse_format;
	case SJ_RFB_SET_ENCODINGS:
		return parse_encodings;
	case SJ_RFB_UPDATE_REQUEST:
		return parse_request;
	case SJ_RFB_KEY_EVENT:
		return parse_key;
	case SJ_RFB_POINTER_EVENT:
		return parse_pointer;
	case SJ_RFB_CLIENT_CUT_TEXT:
		return parse_cut_text;
	case SJ_RFB_ENABLE_CONTINUOUS:
		return parse_continuous;
	case SJ_RFB_CLIENT_FENCE:
		return parse_fence;
	case SJ_RFB_SET_DESKTOP_SIZE:
		return parse_desktop_size;
	default:
		return NULL;
	}
}

enum sj_step sj_rfb_viewer_parse(struct sj_reader *in,
	struct sj_rfb_viewer_message *message, enum sj_reason *reason)
{
	struct sj_reader cursor = *in;
	enum sj_step step;
	uint8_t wire_type;
	parse_fn parse;

	if (!sj_read_u8(&cursor, &wire_type))
		return SJ_STEP_MORE;
	parse = parser_of(wire_type);
	if (parse == NULL)
		return refuse(reason, SJ_REASON_VIEWER_TYPE);
	message->type = (enum sj_rfb_viewer_type)wire_type;
	step = parse(&cursor, message, reason);
	if (step == SJ_STEP_DONE)
		*in = cursor;
	return step;
}

static bool build_encodings(
	struct sj_writer *out, const struct sj_rfb_encodings *encodings)
{
	if (!sj_write_zeros(out, 1) || !sj_write_u16(out, encodings->count))
		return false;
	for (uint16_t i = 0; i < encodings->count; i++) {
		if (!sj_write_s32(out, encodings->number[i]))
			return false;
	}
	return true;
}

static bool build_fence(struct sj_writer *out, const struct sj_rfb_fence *fence)
{
	const uint32_t flags =
		fence->flags | (fence->is_request ? SJ_RFB_FENCE_REQUEST : 0);

	return sj_write_zeros(out, 3) && sj_write_u32(out, flags) &&
	       sj_write_u8(out, fence->size) &&
	       sj_write_bytes(out, fence->payload, fence->size);
}

static bool build_desktop_size(struct sj_writer *out, struct sj_size size)
{
	return sj_write_zeros(out, 1) && sj_write_u16(out, size.width_px) &&
	       sj_write_u16(out, size.height_px) &&
	       sj_write_u8(out, SJ_LIMIT_SCREENS) && sj_write_zeros(out, 1) &&
	       sj_write_u32(out, 1) && sj_write_zeros(out, 4) &&
	       sj_write_u16(out, size.width_px) &&
	       sj_write_u16(out, size.height_px) && sj_write_zeros(out, 4);
}

static bool build_body(
	struct sj_writer *out, const struct sj_rfb_viewer_message *message)
{
	switch (message->type) {
	case SJ_RFB_SET_PIXEL_FORMAT:
		return sj_write_zeros(out, 3) &&
		       sj_write_bytes(out, message->u.format.bytes,
			       SJ_RFB_PIXEL_FORMAT_BYTES);
	case SJ_RFB_SET_ENCODINGS:
		return build_encodings(out, &message->u.encodings);
	case SJ_RFB_UPDATE_REQUEST:
		return sj_write_u8(out, message->u.request.is_incremental) &&
		       write_rect(out, &message->u.request.rect);
	case SJ_RFB_KEY_EVENT:
		return sj_write_u8(out, message->u.key.is_down) &&
		       sj_write_zeros(out, 2) &&
		       sj_write_u32(out, message->u.key.keysym);
	case SJ_RFB_POINTER_EVENT:
		return sj_write_u8(out, message->u.pointer.buttons) &&
		       sj_write_u16(out, message->u.pointer.x_px) &&
		       sj_write_u16(out, message->u.pointer.y_px);
	case SJ_RFB_ENABLE_CONTINUOUS:
		return sj_write_u8(out, message->u.continuous.is_on) &&
		       write_rect(out, &message->u.continuous.rect);
	case SJ_RFB_CLIENT_FENCE:
		return build_fence(out, &message->u.fence);
	case SJ_RFB_SET_DESKTOP_SIZE:
		return build_desktop_size(out, message->u.desktop_size.size);
	case SJ_RFB_CLIENT_CUT_TEXT:
	default:
		return false;
	}
}

bool sj_rfb_viewer_build(
	struct sj_writer *out, const struct sj_rfb_viewer_message *message)
{
	const size_t start = out->at;

	if (sj_write_u8(out, (uint8_t)message->type) &&
		build_body(out, message))
		return true;
	out->at = start;
	return false;
}
