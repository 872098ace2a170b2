/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/rfb/payload.h"

#include <assert.h>
#include <string.h>

enum stage {
	STAGE_DONE,
	STAGE_COPY,       /* left_bytes as they are, then stage after */
	STAGE_PIXELS,     /* left_bytes of pixels, 4th byte to 0 */
	STAGE_MASK,       /* left_bytes of cursor mask rows */
	STAGE_LENGTH,     /* U32, then that many bytes */
	STAGE_CONTROL,    /* Tight: compression control */
	STAGE_FILTER,     /* Tight: filter id */
	STAGE_PALETTE,    /* Tight: number of colours */
	STAGE_TIGHT_DATA, /* Tight: short data, or a compact length */
	STAGE_COMPACT     /* Tight: compact length */
};

#define PIXEL_BYTES 4u
#define TIGHT_PIXEL_BYTES 3u
#define TIGHT_SHORT_BYTES 12u /* below: neither compressed nor counted */
#define TIGHT_EXPLICIT_FILTER 0x40
#define TIGHT_FILL 0x80

static uint64_t pixels_of(const struct sj_rect *rect)
{
	return (uint64_t)rect->width_px * rect->height_px;
}

/* What deflate can make of size bytes at worst, and a few flushes. */
static uint64_t deflate_bound(uint64_t size)
{
	return size + (size >> 12) + (size >> 14) + (size >> 25) + 13 + 64;
}

uint64_t sj_rfb_payload_bound(int32_t encoding, const struct sj_rect *rect)
{
	const uint64_t pixels = pixels_of(rect);
	const uint64_t tiles = (uint64_t)((rect->width_px + 63u) / 64u) *
			       ((rect->height_px + 63u) / 64u);

	switch (encoding) {
	case SJ_RFB_ENCODING_ZLIB:
		return deflate_bound(PIXEL_BYTES * pixels);
	case SJ_RFB_ENCODING_ZRLE:
		/* Per tile a sub-encoding and a palette of 127 colours. */
		return deflate_bound(PIXEL_BYTES * pixels + 382 * tiles);
	case SJ_RFB_ENCODING_TILE:
		/* The host sends no larger update in any case. */
		if (pixels >= SJ_LIMIT_UPDATE_BYTES / PIXEL_BYTES)
			return (uint64_t)SJ_LIMIT_UPDATE_BYTES;
		return PIXEL_BYTES * pixels + SJ_LIMIT_TILE_EXTRA_BYTES;
	case SJ_RFB_ENCODING_MOTION:
		if (pixels >=
			SJ_LIMIT_UPDATE_BYTES / SJ_LIMIT_MOTION_PIXEL_BYTES)
			return (uint64_t)SJ_LIMIT_UPDATE_BYTES;
		return SJ_LIMIT_MOTION_PIXEL_BYTES * pixels +
		       SJ_LIMIT_MOTION_EXTRA_BYTES;
	default:
		return 0;
	}
}

static void begin_copy(
	struct sj_rfb_payload *payload, uint64_t bytes, enum stage after)
{
	payload->left_bytes = bytes;
	payload->after = (int)after;
	payload->stage = bytes > 0 ? (int)STAGE_COPY : (int)after;
}

static void begin_cursor(struct sj_rfb_payload *payload, uint64_t pixels)
{
	payload->row_bytes = (payload->head.rect.width_px + 7u) / 8u;
	payload->left_bytes = PIXEL_BYTES * pixels;
	payload->stage = pixels > 0 ? STAGE_PIXELS : STAGE_DONE;
}

bool sj_rfb_payload_begin(
	struct sj_rfb_payload *payload, const struct sj_rfb_rect_head *head)
{
	const uint64_t pixels = pixels_of(&head->rect);

	memset(payload, 0, sizeof(*payload));
	payload->head = *head;
	switch (head->encoding) {
	case SJ_RFB_ENCODING_RAW:
		payload->left_bytes = PIXEL_BYTES * pixels;
		payload->stage = pixels > 0 ? STAGE_PIXELS : STAGE_DONE;
		return true;
	case SJ_RFB_ENCODING_COPY_RECT:
		begin_copy(payload, 4, STAGE_DONE);
		return true;
	case SJ_RFB_ENCODING_ZLIB:
	case SJ_RFB_ENCODING_ZRLE:
	case SJ_RFB_ENCODING_TILE:
	case SJ_RFB_ENCODING_MOTION:
		payload->stage = STAGE_LENGTH;
		return true;
	case SJ_RFB_ENCODING_TIGHT:
		payload->stage = STAGE_CONTROL;
		return true;
	case SJ_RFB_ENCODING_CURSOR:
		begin_cursor(payload, pixels);
		return true;
	case SJ_RFB_ENCODING_ALPHA_CURSOR:
		begin_copy(payload, PIXEL_BYTES * pixels, STAGE_DONE);
		return true;
	case SJ_RFB_ENCODING_CARET:
	case SJ_RFB_ENCODING_SESSION_END:
	case SJ_RFB_ENCODING_SHAPE:
		payload->stage = STAGE_DONE;
		return true;
	default:
		return false;
	}
}

bool sj_rfb_payload_is_done(const struct sj_rfb_payload *payload)
{
	return payload->stage == STAGE_DONE;
}

/* The most whole units of unit bytes that left, in and out allow. */
static enum sj_step chunk_of(const struct sj_rfb_payload *payload,
	const struct sj_reader *in, const struct sj_writer *out, size_t unit,
	size_t *bytes)
{
	size_t size = sj_reader_left(in);

	if (size < unit)
		return SJ_STEP_MORE;
	if (sj_writer_room(out) < unit)
		return SJ_STEP_FULL;
	if (size > sj_writer_room(out))
		size = sj_writer_room(out);
	if (size > payload->left_bytes)
		size = (size_t)payload->left_bytes;
	*bytes = size - size % unit;
	return SJ_STEP_DONE;
}

/* Copies size bytes that are known to be there and to fit. */
static uint8_t *move(struct sj_reader *in, struct sj_writer *out, size_t size)
{
	uint8_t *copy = out->data + out->at;
	const bool is_moved = sj_read_bytes(in, copy, size);

	assert(is_moved && size <= sj_writer_room(out));
	out->at += size;
	return copy;
}

static enum sj_step next_copy(struct sj_rfb_payload *payload,
	struct sj_reader *in, struct sj_writer *out)
{
	size_t size;
	const enum sj_step step = chunk_of(payload, in, out, 1, &size);

	if (step != SJ_STEP_DONE)
		return step;
	move(in, out, size);
	payload->left_bytes -= size;
	if (payload->left_bytes == 0)
		payload->stage = payload->after;
	return SJ_STEP_DONE;
}

static enum sj_step next_pixels(struct sj_rfb_payload *payload,
	struct sj_reader *in, struct sj_writer *out)
{
	size_t size;
	const enum sj_step step =
		chunk_of(payload, in, out, PIXEL_BYTES, &size);
	uint8_t *pixels;

	if (step != SJ_STEP_DONE)
		return step;
	pixels = move(in, out, size);
	for (size_t i = PIXEL_BYTES - 1; i < size; i += PIXEL_BYTES)
		pixels[i] = 0;
	payload->left_bytes -= size;
	if (payload->left_bytes > 0)
		return SJ_STEP_DONE;
	payload->stage = STAGE_DONE;
	if (payload->row_bytes > 0) {
		payload->left_bytes = (uint64_t)payload->row_bytes *
				      payload->head.rect.height_px;
		payload->stage = STAGE_MASK;
	}
	return SJ_STEP_DONE;
}

/* Bits to the right of the cursor's width become 0. */
static enum sj_step next_mask(struct sj_rfb_payload *payload,
	struct sj_reader *in, struct sj_writer *out)
{
	const size_t row = payload->row_bytes;
	const unsigned spare =
		(unsigned)(row * 8u) - payload->head.rect.width_px;
	size_t size;
	const enum sj_step step = chunk_of(payload, in, out, row, &size);
	uint8_t *mask;

	if (step != SJ_STEP_DONE)
		return step;
	mask = move(in, out, size);
	for (size_t i = row - 1; i < size; i += row)
		mask[i] = (uint8_t)(mask[i] & (0xFFu << spare));
	payload->left_bytes -= size;
	if (payload->left_bytes == 0)
		payload->stage = STAGE_DONE;
	return SJ_STEP_DONE;
}

static enum sj_step next_length(struct sj_rfb_payload *payload,
	struct sj_reader *in, struct sj_writer *out, enum sj_reason *reason)
{
	struct sj_reader cursor = *in;
	uint32_t wire_length;

	if (!sj_read_u32(&cursor, &wire_length))
		return SJ_STEP_MORE;
	if (wire_length == 0 || wire_length > SJ_LIMIT_RECT_BYTES ||
		wire_length > sj_rfb_payload_bound(payload->head.encoding,
				      &payload->head.rect)) {
		*reason = SJ_REASON_HOST_LENGTH;
		return SJ_STEP_REFUSE;
	}
	if (!sj_write_u32(out, wire_length))
		return SJ_STEP_FULL;
	*in = cursor;
	begin_copy(payload, wire_length, STAGE_DONE);
	return SJ_STEP_DONE;
}

/*
 * Tight: 0x8r fill; 0x0r to 0x7r basic, bit 6: a filter id follows. r resets
 * streams. JPEG (0x9r) needs a quality level, which the gate never lets
 * through; the rest belongs to extensions.
 */
static enum sj_step next_control(struct sj_rfb_payload *payload,
	struct sj_reader *in, struct sj_writer *out, enum sj_reason *reason)
{
	struct sj_reader cursor = *in;
	uint8_t wire_control;

	if (!sj_read_u8(&cursor, &wire_control))
		return SJ_STEP_MORE;
	if ((wire_control & 0xF0) > TIGHT_FILL) {
		*reason = SJ_REASON_HOST_ENCODING;
		return SJ_STEP_REFUSE;
	}
	if (!sj_write_u8(out, wire_control))
		return SJ_STEP_FULL;
	*in = cursor;
	payload->data_bytes =
		TIGHT_PIXEL_BYTES * pixels_of(&payload->head.rect);
	if ((wire_control & 0xF0) == TIGHT_FILL)
		begin_copy(payload, TIGHT_PIXEL_BYTES, STAGE_DONE);
	else if ((wire_control & TIGHT_EXPLICIT_FILTER) != 0)
		payload->stage = STAGE_FILTER;
	else
		payload->stage = STAGE_TIGHT_DATA;
	return SJ_STEP_DONE;
}

static enum sj_step next_filter(struct sj_rfb_payload *payload,
	struct sj_reader *in, struct sj_writer *out, enum sj_reason *reason)
{
	struct sj_reader cursor = *in;
	uint8_t wire_filter;

	if (!sj_read_u8(&cursor, &wire_filter))
		return SJ_STEP_MORE;
	if (wire_filter > 2) {
		*reason = SJ_REASON_HOST_ENCODING;
		return SJ_STEP_REFUSE;
	}
	if (!sj_write_u8(out, wire_filter))
		return SJ_STEP_FULL;
	*in = cursor;
	payload->stage = wire_filter == 1 ? STAGE_PALETTE : STAGE_TIGHT_DATA;
	return SJ_STEP_DONE;
}

static enum sj_step next_palette(struct sj_rfb_payload *payload,
	struct sj_reader *in, struct sj_writer *out, enum sj_reason *reason)
{
	const struct sj_rect *rect = &payload->head.rect;
	struct sj_reader cursor = *in;
	uint8_t wire_last;

	if (!sj_read_u8(&cursor, &wire_last))
		return SJ_STEP_MORE;
	if (wire_last == 0) {
		*reason = SJ_REASON_HOST_ENCODING;
		return SJ_STEP_REFUSE;
	}
	if (!sj_write_u8(out, wire_last))
		return SJ_STEP_FULL;
	*in = cursor;
	payload->data_bytes = pixels_of(rect);
	if (wire_last == 1) /* two colours: one bit a pixel */
		payload->data_bytes = (uint64_t)((rect->width_px + 7u) / 8u) *
				      rect->height_px;
	begin_copy(payload, (uint64_t)TIGHT_PIXEL_BYTES * (wire_last + 1u),
		STAGE_TIGHT_DATA);
	return SJ_STEP_DONE;
}

/* Reads 1 to 3 bytes of 7, 7 and 8 bits, low bits first. */
static bool read_compact(struct sj_reader *in, uint32_t *value)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < 3; i++) {
		uint8_t wire_byte;

		if (!sj_read_u8(in, &wire_byte))
			return false;
		sum |= (uint32_t)(i < 2 ? wire_byte & 0x7F : wire_byte)
		       << (7 * i);
		if ((wire_byte & 0x80) == 0)
			break;
	}
	*value = sum;
	return true;
}

/* The shortest form of value. */
static bool write_compact(struct sj_writer *out, uint32_t value)
{
	uint8_t bytes[3];
	size_t size = 1;

	bytes[0] = (uint8_t)(value & 0x7F);
	if (value > 0x7F) {
		bytes[0] |= 0x80;
		bytes[1] = (uint8_t)((value >> 7) & 0x7F);
		size = 2;
	}
	if (value > 0x3FFF) {
		bytes[1] |= 0x80;
		bytes[2] = (uint8_t)(value >> 14);
		size = 3;
	}
	return sj_write_bytes(out, bytes, size);
}

static enum sj_step next_compact(struct sj_rfb_payload *payload,
	struct sj_reader *in, struct sj_writer *out, enum sj_reason *reason)
{
	struct sj_reader cursor = *in;
	uint32_t wire_length;

	if (!read_compact(&cursor, &wire_length))
		return SJ_STEP_MORE;
	if (wire_length == 0 ||
		wire_length > deflate_bound(payload->data_bytes)) {
		*reason = SJ_REASON_HOST_LENGTH;
		return SJ_STEP_REFUSE;
	}
	if (!write_compact(out, wire_length))
		return SJ_STEP_FULL;
	*in = cursor;
	begin_copy(payload, wire_length, STAGE_DONE);
	return SJ_STEP_DONE;
}

enum sj_step sj_rfb_payload_next(struct sj_rfb_payload *payload,
	struct sj_reader *in, struct sj_writer *out, enum sj_reason *reason)
{
	if (payload->stage == STAGE_TIGHT_DATA) {
		/* Moves nothing itself: decides what is next. */
		payload->stage = STAGE_COMPACT;
		if (payload->data_bytes < TIGHT_SHORT_BYTES)
			begin_copy(payload, payload->data_bytes, STAGE_DONE);
	}
	switch (payload->stage) {
	case STAGE_COPY:
		return next_copy(payload, in, out);
	case STAGE_PIXELS:
		return next_pixels(payload, in, out);
	case STAGE_MASK:
		return next_mask(payload, in, out);
	case STAGE_LENGTH:
		return next_length(payload, in, out, reason);
	case STAGE_CONTROL:
		return next_control(payload, in, out, reason);
	case STAGE_FILTER:
		return next_filter(payload, in, out, reason);
	case STAGE_PALETTE:
		return next_palette(payload, in, out, reason);
	case STAGE_COMPACT:
		return next_compact(payload, in, out, reason);
	default:
		assert(false && "payload asked for more after its end");
		return SJ_STEP_REFUSE;
	}
}
