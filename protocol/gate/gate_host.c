/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The direction from the host side to the viewer side. */
#include "protocol/gate/gate.h"

#include "protocol/gate/gate_state.h"
#include "protocol/rfb/msg_host.h"

#define UPDATE_HEAD_BYTES 4

/* Something of the gate's own towards the viewer; MORE if there is nothing. */
static enum sj_step next_own(struct sj_gate *gate, struct sj_writer *out)
{
	struct sj_rfb_host_message message = {.type = SJ_RFB_SERVER_FENCE};

	if (gate->has_viewer_fence) {
		message.u.fence = gate->viewer_fence;
		if (!sj_rfb_host_build(out, &message))
			return SJ_STEP_FULL;
		gate->has_viewer_fence = false;
		sj_gate_count(gate, SJ_GATE_FROM_HOST, 4,
			9 + (uint64_t)message.u.fence.size);
		return SJ_STEP_DONE;
	}
	if (gate->has_end_of_continuous) {
		message.type = SJ_RFB_END_OF_CONTINUOUS;
		if (!sj_rfb_host_build(out, &message))
			return SJ_STEP_FULL;
		gate->has_end_of_continuous = false;
		sj_gate_count(gate, SJ_GATE_FROM_HOST, 3, 1);
		return SJ_STEP_DONE;
	}
	return SJ_STEP_MORE;
}

static uint64_t area_of(const struct sj_size *size)
{
	return (uint64_t)size->width_px * size->height_px;
}

/*
 * An update has passed whole. The host takes the request for its receipt: one
 * is for a group of small updates, which halves what a typed letter costs. The
 * host counts in the same way (protocol/send/pace.h).
 */
static void ask_again(struct sj_gate *gate, uint64_t now_us)
{
	gate->held++;
	gate->held_bytes += gate->update_bytes;
	gate->held_until_us = now_us + SJ_LIMIT_HELD_MS * UINT64_C(1000);
	if (gate->held_bytes >= SJ_LIMIT_HELD_BYTES ||
		gate->held >= SJ_LIMIT_HELD_UPDATES)
		sj_gate_ask(gate);
}

/* One rectangle is over. */
static enum sj_step end_rect(struct sj_gate *gate)
{
	gate->rects_left--;
	gate->rects_done++;
	if (gate->rects_left == 0)
		gate->updates++;
	return SJ_STEP_DONE;
}

/* Counts what came of the update, of which something may be left. */
static void count_update(struct sj_gate *gate, size_t bytes, uint64_t now_us)
{
	gate->counts[SJ_GATE_FROM_HOST].bytes[0] += bytes;
	gate->update_bytes += bytes;
	if (gate->rects_left == 0 && gate->settings.is_requesting)
		ask_again(gate, now_us);
}

/* Geometry of a rectangle that brings pixels. */
static enum sj_step judge_pixels(
	struct sj_gate *gate, const struct sj_rfb_rect_head *head)
{
	const uint64_t area = sj_rect_area(&head->rect);

	if (!sj_rect_fits(&head->rect, &gate->size))
		return sj_gate_fail(gate, SJ_REASON_HOST_RECT);
	if (area > gate->area_left)
		return sj_gate_fail(gate, SJ_REASON_HOST_BUDGET);
	return SJ_STEP_DONE;
}

static void charge_pixels(struct sj_gate *gate, const struct sj_rect *rect)
{
	const uint32_t area = sj_rect_area(rect);

	gate->area_left -= area;
	gate->pixels -= area;
	gate->pixels_passed += area;
	sj_gate_reach(gate, SJ_GATE_PAINTED);
}

/* Hot spot inside a shape of at most 64x64, or no shape at all. */
static enum sj_step judge_cursor(
	struct sj_gate *gate, const struct sj_rfb_rect_head *head)
{
	const struct sj_rect *rect = &head->rect;
	const bool is_none = rect->x_px == 0 && rect->y_px == 0 &&
			     rect->width_px == 0 && rect->height_px == 0;

	if (is_none || (rect->width_px <= SJ_LIMIT_CURSOR_PX &&
			       rect->height_px <= SJ_LIMIT_CURSOR_PX &&
			       rect->x_px < rect->width_px &&
			       rect->y_px < rect->height_px))
		return SJ_STEP_DONE;
	return sj_gate_fail(gate, SJ_REASON_HOST_CURSOR);
}

/* The index of a fixed shape, nothing else. */
static enum sj_step judge_shape(
	struct sj_gate *gate, const struct sj_rfb_rect_head *head)
{
	const struct sj_rect *rect = &head->rect;

	if (rect->x_px < SJ_LIMIT_SHAPES && rect->y_px == 0 &&
		rect->width_px == 0 && rect->height_px == 0)
		return SJ_STEP_DONE;
	return sj_gate_fail(gate, SJ_REASON_HOST_CURSOR);
}

/* A place on the screen, or all 0: no caret. */
static enum sj_step judge_caret(
	struct sj_gate *gate, const struct sj_rfb_rect_head *head)
{
	const struct sj_rect *rect = &head->rect;
	const bool is_none = rect->x_px == 0 && rect->y_px == 0 &&
			     rect->width_px == 0 && rect->height_px == 0;

	if (is_none || sj_rect_fits(rect, &gate->size))
		return SJ_STEP_DONE;
	return sj_gate_fail(gate, SJ_REASON_HOST_CARET);
}

/* Alone in its update, a code 4xx or 5xx, nothing else. */
static enum sj_step judge_end(
	struct sj_gate *gate, const struct sj_rfb_rect_head *head)
{
	const struct sj_rect *rect = &head->rect;
	const unsigned hundreds = rect->x_px / 100u;

	if (gate->rects != 1 || rect->y_px != 0 || rect->width_px != 0 ||
		rect->height_px != 0 || (hundreds != 4 && hundreds != 5) ||
		!sj_reason_is_known(rect->x_px))
		return sj_gate_fail(gate, SJ_REASON_HOST_END);
	return SJ_STEP_DONE;
}

/* CopyRect is judged with its source, so it passes whole. */
static enum sj_step pass_copy(struct sj_gate *gate, struct sj_reader *in,
	struct sj_writer *out, const struct sj_rfb_rect_head *head)
{
	struct sj_rect source = head->rect;
	struct sj_writer cursor = *out;
	const enum sj_step step = judge_pixels(gate, head);

	if (step != SJ_STEP_DONE)
		return step;
	if (!sj_read_u16(in, &source.x_px) || !sj_read_u16(in, &source.y_px))
		return SJ_STEP_MORE;
	if (!sj_rect_fits(&source, &gate->size))
		return sj_gate_fail(gate, SJ_REASON_HOST_COPY);
	if (!sj_rfb_rect_head_build(&cursor, head) ||
		!sj_write_u16(&cursor, source.x_px) ||
		!sj_write_u16(&cursor, source.y_px))
		return SJ_STEP_FULL;
	*out = cursor;
	charge_pixels(gate, &head->rect);
	return end_rect(gate);
}

/* A new size costs whoever takes it as much as a screen of pixels. */
static enum sj_step pass_size(struct sj_gate *gate, struct sj_reader *in,
	struct sj_writer *out, const struct sj_rfb_rect_head *head,
	uint64_t now_us)
{
	const struct sj_size *max = &gate->settings.size_max;
	struct sj_rfb_screen_size screen;
	enum sj_reason reason;
	const enum sj_step step =
		sj_rfb_screen_size_parse(in, head, &screen, &reason);
	bool is_same;

	if (step == SJ_STEP_REFUSE)
		return sj_gate_fail(gate, reason);
	if (step != SJ_STEP_DONE)
		return step;
	is_same = screen.size.width_px == gate->size.width_px &&
		  screen.size.height_px == gate->size.height_px;
	if (screen.size.width_px < SJ_LIMIT_WIDTH_MIN_PX ||
		screen.size.height_px < SJ_LIMIT_HEIGHT_MIN_PX ||
		screen.size.width_px > max->width_px ||
		screen.size.height_px > max->height_px ||
		(screen.status != 0 && !is_same))
		return sj_gate_fail(gate, SJ_REASON_HOST_SIZE);
	if ((!is_same && !sj_gate_has_pixels(gate, now_us)) ||
		!sj_rfb_screen_size_build(out, &screen))
		return SJ_STEP_FULL;
	gate->size = screen.size;
	if (!is_same) {
		gate->area_left =
			SJ_LIMIT_UPDATE_AREA_FRAMES * area_of(&gate->size);
		gate->pixels -= (int64_t)area_of(&gate->size);
	}
	return end_rect(gate);
}

/* False for what is no picture of a part of the screen. */
static bool brings_pixels(int32_t encoding)
{
	return encoding != SJ_RFB_ENCODING_CURSOR &&
	       encoding != SJ_RFB_ENCODING_ALPHA_CURSOR &&
	       encoding != SJ_RFB_ENCODING_CARET &&
	       encoding != SJ_RFB_ENCODING_SHAPE;
}

/* libvncclient would decode Zlib itself: under our number it is ours. */
static bool build_head(const struct sj_gate *gate, struct sj_writer *out,
	const struct sj_rfb_rect_head *head)
{
	struct sj_rfb_rect_head written = *head;

	if (gate->settings.is_requesting &&
		head->encoding == SJ_RFB_ENCODING_ZLIB)
		written.encoding = SJ_RFB_ENCODING_INNER_ZLIB;
	return sj_rfb_rect_head_build(out, &written);
}

/* Everything whose payload follows in chunks, or that has none. */
static enum sj_step pass_head(struct sj_gate *gate, struct sj_writer *out,
	const struct sj_rfb_rect_head *head, const struct sj_gate_row *row)
{
	enum sj_step step;

	switch (head->encoding) {
	case SJ_RFB_ENCODING_CURSOR:
	case SJ_RFB_ENCODING_ALPHA_CURSOR:
		step = judge_cursor(gate, head);
		break;
	case SJ_RFB_ENCODING_CARET:
		step = judge_caret(gate, head);
		break;
	case SJ_RFB_ENCODING_SESSION_END:
		step = judge_end(gate, head);
		break;
	case SJ_RFB_ENCODING_SHAPE:
		step = judge_shape(gate, head);
		break;
	default:
		step = judge_pixels(gate, head);
		break;
	}
	if (step != SJ_STEP_DONE)
		return step;
	if (!sj_rfb_payload_begin(&gate->payload, head))
		return sj_gate_fail(gate, SJ_REASON_HOST_ENCODING);
	if (!build_head(gate, out, head))
		return SJ_STEP_FULL;
	if (head->encoding == SJ_RFB_ENCODING_SESSION_END) {
		gate->end_reason = (enum sj_reason)head->rect.x_px;
		gate->state = SJ_GATE_ENDED;
	} else if (brings_pixels(head->encoding)) {
		charge_pixels(gate, &head->rect);
	}
	gate->payload_counter = row->counter;
	gate->has_payload = !sj_rfb_payload_is_done(&gate->payload);
	return gate->has_payload ? SJ_STEP_DONE : end_rect(gate);
}

static enum sj_step next_rect(struct sj_gate *gate, struct sj_reader *in,
	struct sj_writer *out, uint64_t now_us)
{
	struct sj_rfb_rect_head head;
	struct sj_reader cursor = *in;
	const struct sj_gate_row *row;
	enum sj_step step = sj_rfb_rect_head_parse(&cursor, &head);

	if (step != SJ_STEP_DONE)
		return step;
	if (sj_gate_permit(gate, SJ_GATE_ENCODING, head.encoding, &row) !=
		SJ_GATE_FORWARD) {
		const bool is_state =
			row != NULL &&
			row->profile[gate->settings.profile].fate !=
				SJ_GATE_REFUSE;

		return sj_gate_fail(gate, is_state ? SJ_REASON_HOST_STATE
						   : SJ_REASON_HOST_ENCODING);
	}
	/* Raw needs no announcement, everything else does. */
	if (head.encoding != SJ_RFB_ENCODING_RAW &&
		(gate->announced & (1u << row->counter)) == 0)
		return sj_gate_fail(gate, SJ_REASON_HOST_ENCODING);
	if (head.encoding == SJ_RFB_ENCODING_COPY_RECT)
		step = pass_copy(gate, &cursor, out, &head);
	else if (head.encoding == SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE)
		step = pass_size(gate, &cursor, out, &head, now_us);
	else
		step = pass_head(gate, out, &head, row);
	if (step != SJ_STEP_DONE)
		return step;
	sj_gate_count(gate, SJ_GATE_ENCODING, row->counter, cursor.at - in->at);
	count_update(gate, cursor.at - in->at, now_us);
	*in = cursor;
	return SJ_STEP_DONE;
}

static enum sj_step next_payload(struct sj_gate *gate, struct sj_reader *in,
	struct sj_writer *out, uint64_t now_us)
{
	const size_t start = in->at;
	enum sj_reason reason;
	const enum sj_step step =
		sj_rfb_payload_next(&gate->payload, in, out, &reason);

	if (step == SJ_STEP_REFUSE)
		return sj_gate_fail(gate, reason);
	if (step != SJ_STEP_DONE)
		return step;
	gate->counts[SJ_GATE_ENCODING].bytes[gate->payload_counter] +=
		in->at - start;
	gate->has_payload = !sj_rfb_payload_is_done(&gate->payload);
	if (!gate->has_payload)
		(void)end_rect(gate);
	count_update(gate, in->at - start, now_us);
	return SJ_STEP_DONE;
}

static enum sj_step begin_update(struct sj_gate *gate, struct sj_writer *out,
	const struct sj_rfb_host_message *message, uint64_t now_us)
{
	if (!sj_gate_has_pixels(gate, now_us) ||
		!sj_rfb_host_build(out, message))
		return SJ_STEP_FULL;
	gate->rects = message->u.update.rects;
	gate->rects_left = gate->rects;
	gate->update_bytes = UPDATE_HEAD_BYTES;
	gate->area_left = SJ_LIMIT_UPDATE_AREA_FRAMES * area_of(&gate->size);
	return SJ_STEP_DONE;
}

static enum sj_step consume(
	struct sj_gate *gate, const struct sj_rfb_host_message *message)
{
	if (message->type == SJ_RFB_SERVER_CUT_TEXT)
		gate->host_cut_left = message->u.cut_text.bytes;
	if (message->type != SJ_RFB_SERVER_FENCE)
		return SJ_STEP_DONE;
	/* We never ask, so there is nothing to answer. */
	if (!message->u.fence.is_request)
		return sj_gate_fail(gate, SJ_REASON_HOST_FENCE);
	if (gate->has_host_fence)
		return SJ_STEP_FULL;
	gate->host_fence = message->u.fence;
	gate->host_fence.is_request = false;
	gate->has_host_fence = true;
	return SJ_STEP_DONE;
}

/* row is NULL, or refused by the profile, or by the state. */
static enum sj_step refuse_type(
	struct sj_gate *gate, const struct sj_gate_row *row)
{
	if (row != NULL &&
		row->profile[gate->settings.profile].fate != SJ_GATE_REFUSE)
		return sj_gate_fail(gate, SJ_REASON_HOST_STATE);
	if (row != NULL && row->number == SJ_RFB_SERVER_CUT_TEXT)
		return sj_gate_fail(gate, SJ_REASON_HOST_CUT_TEXT);
	return sj_gate_fail(gate, SJ_REASON_HOST_TYPE);
}

static enum sj_step next_message(struct sj_gate *gate, struct sj_reader *in,
	struct sj_writer *out, uint64_t now_us)
{
	struct sj_rfb_host_message message;
	struct sj_reader cursor = *in;
	const struct sj_gate_row *row;
	enum sj_gate_fate fate;
	enum sj_reason reason;
	enum sj_step step;

	if (sj_reader_left(in) == 0)
		return SJ_STEP_MORE;
	fate = sj_gate_permit(gate, SJ_GATE_FROM_HOST, in->data[in->at], &row);
	if (fate == SJ_GATE_REFUSE)
		return refuse_type(gate, row);
	step = sj_rfb_host_parse(&cursor, &message, &reason);
	if (step == SJ_STEP_REFUSE)
		return sj_gate_fail(gate, reason);
	if (step != SJ_STEP_DONE)
		return step;
	step = fate == SJ_GATE_CONSUME
		       ? consume(gate, &message)
		       : begin_update(gate, out, &message, now_us);
	if (step != SJ_STEP_DONE)
		return step;
	sj_gate_count(
		gate, SJ_GATE_FROM_HOST, row->counter, cursor.at - in->at);
	*in = cursor;
	return SJ_STEP_DONE;
}

enum sj_step sj_gate_host_next(struct sj_gate *gate, struct sj_reader *in,
	struct sj_writer *out, uint64_t now_us)
{
	enum sj_step step;

	if (gate->reason != SJ_REASON_NONE)
		return SJ_STEP_REFUSE;
	if (gate->is_closed)
		return SJ_STEP_MORE;
	if (gate->has_payload)
		return next_payload(gate, in, out, now_us);
	if (gate->rects_left > 0)
		return next_rect(gate, in, out, now_us);
	step = next_own(gate, out);
	if (step != SJ_STEP_MORE)
		return step;
	if (gate->host_cut_left == 0)
		return next_message(gate, in, out, now_us);
	return sj_gate_drop_text(in, &gate->host_cut_left,
		       &gate->counts[SJ_GATE_FROM_HOST], 2)
		       ? SJ_STEP_DONE
		       : SJ_STEP_MORE;
}
