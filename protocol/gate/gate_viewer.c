/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The direction from the viewer side to the host side. */
#include "protocol/gate/gate.h"

#include <string.h>

#include "protocol/gate/gate_state.h"
#include "protocol/rfb/keysym.h"
#include "protocol/rfb/msg_viewer.h"

/* What the viewer gate announces, best first, as far as its profile permits. */
static const struct sj_rfb_encodings our_encodings = {
	.count = 10,
	.number = {SJ_RFB_ENCODING_TILE, SJ_RFB_ENCODING_MOTION,
		SJ_RFB_ENCODING_COPY_RECT, SJ_RFB_ENCODING_ZLIB,
		SJ_RFB_ENCODING_RAW, SJ_RFB_ENCODING_SHAPE,
		SJ_RFB_ENCODING_ALPHA_CURSOR, SJ_RFB_ENCODING_CARET,
		SJ_RFB_ENCODING_SESSION_END,
		SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE},
};

static bool build_request(
	struct sj_gate *gate, struct sj_writer *out, bool is_incremental)
{
	const struct sj_rfb_viewer_message message = {
		.type = SJ_RFB_UPDATE_REQUEST,
		.u.request =
			{
				.is_incremental = is_incremental,
				.rect = {0, 0, gate->size.width_px,
					gate->size.height_px},
			},
	};

	return sj_gate_build(gate, out, &message);
}

/* One full request and as many others as may be out. */
static bool build_requests(struct sj_gate *gate, struct sj_writer *out)
{
	for (int i = 0; i < SJ_LIMIT_REQUESTS; i++)
		if (!build_request(gate, out, i > 0))
			return false;
	return true;
}

/* Format, encodings, requests: all of it or nothing. */
static enum sj_step greet(struct sj_gate *gate, struct sj_writer *out)
{
	const struct sj_gate_counts sent = gate->sent;
	struct sj_writer cursor = *out;
	struct sj_rfb_viewer_message message = {
		.type = SJ_RFB_SET_PIXEL_FORMAT,
	};

	memcpy(message.u.format.bytes, sj_rfb_pixel_format,
		SJ_RFB_PIXEL_FORMAT_BYTES);
	if (!sj_gate_build(gate, &cursor, &message))
		return SJ_STEP_FULL;
	message.type = SJ_RFB_SET_ENCODINGS;
	message.u.encodings = our_encodings;
	sj_gate_announce(gate, &message.u.encodings);
	if (!sj_gate_build(gate, &cursor, &message) ||
		!build_requests(gate, &cursor)) {
		gate->sent = sent;
		return SJ_STEP_FULL;
	}
	sj_gate_count(gate, SJ_GATE_FROM_VIEWER, 0, 20);
	sj_gate_count(gate, SJ_GATE_FROM_VIEWER, 1,
		4 + 4 * (uint64_t)message.u.encodings.count);
	for (int i = 0; i < SJ_LIMIT_REQUESTS; i++)
		sj_gate_count(gate, SJ_GATE_FROM_VIEWER, 2, 10);
	*out = cursor;
	gate->has_greeted = true;
	sj_gate_reach(gate, SJ_GATE_RUNNING);
	return SJ_STEP_DONE;
}

/* Something of the gate's own towards the host; MORE if there is nothing. */
static enum sj_step next_own(
	struct sj_gate *gate, struct sj_writer *out, uint64_t now_us)
{
	if (gate->settings.is_requesting && !gate->has_greeted)
		return greet(gate, out);
	if (gate->has_host_fence) {
		const struct sj_rfb_viewer_message message = {
			.type = SJ_RFB_CLIENT_FENCE,
			.u.fence = gate->host_fence,
		};

		if (!sj_gate_build(gate, out, &message))
			return SJ_STEP_FULL;
		sj_gate_count(gate, SJ_GATE_FROM_VIEWER, 7,
			9 + (uint64_t)gate->host_fence.size);
		gate->has_host_fence = false;
		return SJ_STEP_DONE;
	}
	if (gate->held > 0 && now_us >= gate->held_until_us)
		sj_gate_ask(gate);
	if (gate->requests_due > 0) {
		if (!build_request(gate, out, true))
			return SJ_STEP_FULL;
		sj_gate_count(gate, SJ_GATE_FROM_VIEWER, 2, 10);
		gate->requests_due--;
		return SJ_STEP_DONE;
	}
	return SJ_STEP_MORE;
}

static bool write_pointer(struct sj_gate *gate, struct sj_writer *out,
	const struct sj_rfb_pointer *pointer)
{
	const struct sj_rfb_viewer_message message = {
		.type = SJ_RFB_POINTER_EVENT,
		.u.pointer = *pointer,
	};

	if (!sj_gate_build(gate, out, &message))
		return false;
	gate->pointer = *pointer;
	gate->activity++;
	return true;
}

/* Writes the held motion when its time has come; MORE if there is none. */
static enum sj_step next_motion(
	struct sj_gate *gate, struct sj_writer *out, uint64_t now_us)
{
	if (!gate->has_motion ||
		sj_bucket_wait_us(&gate->pointer_bucket, now_us) > 0)
		return SJ_STEP_MORE;
	if (!write_pointer(gate, out, &gate->motion))
		return SJ_STEP_FULL;
	(void)!sj_bucket_take(&gate->pointer_bucket, now_us);
	gate->has_motion = false;
	return SJ_STEP_DONE;
}

static enum sj_step delay(struct sj_gate *gate, struct sj_bucket *bucket)
{
	gate->delayed_by = bucket;
	return SJ_STEP_FULL;
}

static enum sj_step judge_format(
	struct sj_gate *gate, struct sj_rfb_viewer_message *message)
{
	if (!message->u.format.is_constant &&
		gate->settings.profile != SJ_GATE_STOCK)
		return sj_gate_fail(gate, SJ_REASON_VIEWER_FORMAT);
	return SJ_STEP_DONE;
}

static enum sj_step judge_request(struct sj_gate *gate,
	struct sj_rfb_viewer_message *message, uint64_t now_us)
{
	struct sj_rfb_request *request = &message->u.request;
	const struct sj_rect whole = {
		0, 0, gate->size.width_px, gate->size.height_px};

	if (!sj_rect_fits(&request->rect, &gate->settings.size_max))
		return sj_gate_fail(gate, SJ_REASON_VIEWER_REQUEST);
	if (!request->is_incremental &&
		!sj_bucket_take(&gate->request_bucket, now_us))
		return delay(gate, &gate->request_bucket);
	request->rect = sj_rect_clip(&request->rect, &gate->size);
	/* Viewers of ours ask for all of it: a rectangle would be a place for
	 * bits. Or all of it is outside since the screen shrank: still an
	 * answer is waited for. */
	if (gate->settings.profile != SJ_GATE_STOCK ||
		sj_rect_area(&request->rect) == 0)
		request->rect = whole;
	return SJ_STEP_DONE;
}

static uint16_t bounded(uint16_t value, uint16_t min, uint16_t max)
{
	if (value < min)
		return min;
	return value > max ? max : value;
}

/*
 * A viewer knows the bounds of the protocol but not of this host: within the
 * former a wish is cut to the latter, and ExtendedDesktopSize says what came of
 * it. A stock viewer does not know ours either.
 */
static enum sj_step judge_size(struct sj_gate *gate,
	struct sj_rfb_viewer_message *message, uint64_t now_us)
{
	const struct sj_size *max = &gate->settings.size_max;
	struct sj_size *size = &message->u.desktop_size.size;

	if (gate->settings.profile != SJ_GATE_STOCK &&
		(size->width_px < SJ_LIMIT_WIDTH_MIN_PX ||
			size->width_px > SJ_LIMIT_WIDTH_PX ||
			size->height_px < SJ_LIMIT_HEIGHT_MIN_PX ||
			size->height_px > SJ_LIMIT_HEIGHT_PX))
		return sj_gate_fail(gate, SJ_REASON_VIEWER_SIZE);
	if (!sj_bucket_take(&gate->size_bucket, now_us))
		return delay(gate, &gate->size_bucket);
	size->width_px =
		bounded(size->width_px, SJ_LIMIT_WIDTH_MIN_PX, max->width_px);
	size->height_px = bounded(
		size->height_px, SJ_LIMIT_HEIGHT_MIN_PX, max->height_px);
	return SJ_STEP_DONE;
}

static size_t find_key(const struct sj_gate *gate, uint32_t keysym)
{
	size_t i = 0;

	while (i < gate->key_count && gate->keys[i] != keysym)
		i++;
	return i;
}

/* DONE with *is_dropped, or FULL, or REFUSE. Changes nothing unless DONE. */
static enum sj_step judge_key(struct sj_gate *gate,
	const struct sj_rfb_key *key, bool *is_dropped, uint64_t now_us)
{
	const size_t at = find_key(gate, key->keysym);
	const bool is_held = at < gate->key_count;

	if (!sj_rfb_keysym_is_allowed(key->keysym)) {
		/* Our own viewer never sends it. */
		if (gate->settings.profile != SJ_GATE_STOCK)
			return sj_gate_fail(gate, SJ_REASON_VIEWER_KEY);
		*is_dropped = true;
		return SJ_STEP_DONE;
	}
	if (!is_held &&
		(!key->is_down || gate->key_count == SJ_LIMIT_KEYS_DOWN)) {
		*is_dropped = true;
		return SJ_STEP_DONE;
	}
	if (key->is_down && !sj_bucket_take(&gate->key_bucket, now_us))
		return delay(gate, &gate->key_bucket);
	if (!is_held)
		gate->keys[gate->key_count++] = key->keysym;
	else if (!key->is_down)
		gate->keys[at] = gate->keys[--gate->key_count];
	gate->activity++;
	return SJ_STEP_DONE;
}

/* Moves a pointer event of in (already parsed) on, or holds it back. */
static enum sj_step pass_pointer(struct sj_gate *gate, struct sj_writer *out,
	const struct sj_rfb_pointer *event, uint64_t now_us)
{
	struct sj_rfb_pointer pointer = *event;
	const bool is_motion = pointer.buttons == gate->pointer.buttons;
	const bool is_free =
		sj_bucket_wait_us(&gate->pointer_bucket, now_us) == 0;

	if (pointer.x_px >= gate->settings.size_max.width_px ||
		pointer.y_px >= gate->settings.size_max.height_px)
		return sj_gate_fail(gate, SJ_REASON_VIEWER_POINTER);
	if (pointer.x_px >= gate->size.width_px)
		pointer.x_px = (uint16_t)(gate->size.width_px - 1);
	if (pointer.y_px >= gate->size.height_px)
		pointer.y_px = (uint16_t)(gate->size.height_px - 1);
	if (!is_free && !is_motion)
		return delay(gate, &gate->pointer_bucket);
	if (is_free && !write_pointer(gate, out, &pointer))
		return SJ_STEP_FULL;
	/* A motion that was held is now overtaken by a newer one. */
	if (gate->has_motion)
		sj_gate_count(gate, SJ_GATE_FROM_VIEWER,
			SJ_GATE_COUNT_MOTIONS_COALESCED, 0);
	gate->has_motion = !is_free;
	gate->motion = pointer;
	if (is_free)
		(void)!sj_bucket_take(&gate->pointer_bucket, now_us);
	return SJ_STEP_DONE;
}

/* Fences and continuous updates end here; the answer waits for host_next. */
static enum sj_step consume(
	struct sj_gate *gate, const struct sj_rfb_viewer_message *message)
{
	if (message->type == SJ_RFB_CLIENT_CUT_TEXT)
		gate->viewer_cut_left = message->u.cut_text.bytes;
	if (message->type == SJ_RFB_ENABLE_CONTINUOUS)
		gate->has_end_of_continuous = true;
	if (message->type != SJ_RFB_CLIENT_FENCE)
		return SJ_STEP_DONE;
	/* We never ask, so there is nothing to answer. */
	if (!message->u.fence.is_request)
		return sj_gate_fail(gate, SJ_REASON_VIEWER_FENCE);
	if (gate->has_viewer_fence)
		return SJ_STEP_FULL;
	gate->viewer_fence = message->u.fence;
	gate->viewer_fence.is_request = false;
	gate->has_viewer_fence = true;
	return SJ_STEP_DONE;
}

/* Judges message by type; DONE with *is_dropped or to be written. */
static enum sj_step judge(struct sj_gate *gate,
	struct sj_rfb_viewer_message *message, bool *is_dropped,
	uint64_t now_us)
{
	switch (message->type) {
	case SJ_RFB_SET_PIXEL_FORMAT:
		return judge_format(gate, message);
	case SJ_RFB_SET_ENCODINGS:
		sj_gate_announce(gate, &message->u.encodings);
		return SJ_STEP_DONE;
	case SJ_RFB_UPDATE_REQUEST:
		return judge_request(gate, message, now_us);
	case SJ_RFB_KEY_EVENT:
		return judge_key(gate, &message->u.key, is_dropped, now_us);
	case SJ_RFB_SET_DESKTOP_SIZE:
		return judge_size(gate, message, now_us);
	case SJ_RFB_POINTER_EVENT: /* pass_pointer */
	case SJ_RFB_CLIENT_CUT_TEXT:
	case SJ_RFB_ENABLE_CONTINUOUS:
	case SJ_RFB_CLIENT_FENCE: /* consume */
	default:
		return sj_gate_fail(gate, SJ_REASON_VIEWER_TYPE);
	}
}

static void advance(struct sj_gate *gate, enum sj_rfb_viewer_type type)
{
	if (type == SJ_RFB_SET_PIXEL_FORMAT)
		sj_gate_reach(gate, SJ_GATE_FORMATTED);
	if (type == SJ_RFB_SET_ENCODINGS)
		sj_gate_reach(gate, SJ_GATE_ASKED);
	if (type == SJ_RFB_UPDATE_REQUEST)
		sj_gate_reach(gate, SJ_GATE_RUNNING);
}

/* The most that a message needs. */
#define ROOM_BYTES (4 + 4 * SJ_LIMIT_ENCODINGS)

/* What the session does depends on where the pointer was before: it waits for
 * a motion that is held back, at most as long as one event takes. */
static bool is_ordered(enum sj_rfb_viewer_type type)
{
	return type == SJ_RFB_KEY_EVENT || type == SJ_RFB_SET_DESKTOP_SIZE;
}

static enum sj_step forward(struct sj_gate *gate, struct sj_writer *out,
	struct sj_rfb_viewer_message *message, uint64_t now_us)
{
	bool is_dropped = false;
	enum sj_step step;

	if (sj_writer_room(out) < ROOM_BYTES)
		return SJ_STEP_FULL;
	if (message->type == SJ_RFB_POINTER_EVENT)
		return pass_pointer(gate, out, &message->u.pointer, now_us);
	if (gate->has_motion && is_ordered(message->type))
		return delay(gate, &gate->pointer_bucket);
	step = judge(gate, message, &is_dropped, now_us);
	if (step != SJ_STEP_DONE)
		return step;
	if (is_dropped) {
		sj_gate_count(gate, SJ_GATE_FROM_VIEWER,
			SJ_GATE_COUNT_KEYS_DROPPED, 0);
		return SJ_STEP_DONE;
	}
	if (!sj_gate_build(gate, out, message))
		return SJ_STEP_FULL;
	advance(gate, message->type);
	return SJ_STEP_DONE;
}

/* row is NULL, or refused by the profile, or by the state. */
static enum sj_step refuse_type(
	struct sj_gate *gate, const struct sj_gate_row *row)
{
	if (row != NULL &&
		row->profile[gate->settings.profile].fate != SJ_GATE_REFUSE)
		return sj_gate_fail(gate, SJ_REASON_VIEWER_STATE);
	if (row != NULL && row->number == SJ_RFB_CLIENT_CUT_TEXT)
		return sj_gate_fail(gate, SJ_REASON_VIEWER_CUT_TEXT);
	return sj_gate_fail(gate, SJ_REASON_VIEWER_TYPE);
}

static enum sj_step next_message(struct sj_gate *gate, struct sj_reader *in,
	struct sj_writer *out, uint64_t now_us)
{
	struct sj_rfb_viewer_message message;
	struct sj_reader cursor = *in;
	const struct sj_gate_row *row;
	enum sj_gate_fate fate;
	enum sj_reason reason;
	enum sj_step step;

	if (sj_reader_left(in) == 0)
		return SJ_STEP_MORE;
	/* By the type byte alone: a message that is not permitted is refused
	 * before anything of it is waited for. */
	fate = sj_gate_permit(
		gate, SJ_GATE_FROM_VIEWER, in->data[in->at], &row);
	if (fate == SJ_GATE_REFUSE)
		return refuse_type(gate, row);
	step = sj_rfb_viewer_parse(&cursor, &message, &reason);
	if (step == SJ_STEP_REFUSE)
		return sj_gate_fail(gate, reason);
	if (step != SJ_STEP_DONE)
		return step;
	step = fate == SJ_GATE_CONSUME ? consume(gate, &message)
				       : forward(gate, out, &message, now_us);
	if (step != SJ_STEP_DONE)
		return step;
	sj_gate_count(
		gate, SJ_GATE_FROM_VIEWER, row->counter, cursor.at - in->at);
	*in = cursor;
	return SJ_STEP_DONE;
}

enum sj_step sj_gate_viewer_next(struct sj_gate *gate, struct sj_reader *in,
	struct sj_writer *out, uint64_t now_us)
{
	enum sj_step step;

	if (gate->reason != SJ_REASON_NONE)
		return SJ_STEP_REFUSE;
	gate->delayed_by = NULL;
	step = next_own(gate, out, now_us);
	if (step == SJ_STEP_MORE)
		step = next_motion(gate, out, now_us);
	if (step != SJ_STEP_MORE)
		return step;
	if (gate->viewer_cut_left == 0)
		return next_message(gate, in, out, now_us);
	return sj_gate_drop_text(in, &gate->viewer_cut_left,
		       &gate->counts[SJ_GATE_FROM_VIEWER], 5)
		       ? SJ_STEP_DONE
		       : SJ_STEP_MORE;
}
