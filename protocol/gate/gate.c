/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/gate/gate.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/gate/gate_state.h"
#include "protocol/rfb/msg_host.h"
#include "protocol/rfb/msg_viewer.h"

struct sj_gate *sj_gate_create(const struct sj_gate_settings *settings)
{
	struct sj_gate *gate = calloc(1, sizeof(*gate));
	const uint64_t now_us = settings->now_us;

	if (gate == NULL)
		return NULL;
	gate->settings = *settings;
	gate->size = settings->size;
	gate->state = SJ_GATE_FRESH;
	gate->key_bucket = sj_bucket_of(
		SJ_LIMIT_KEYS_PER_SECOND, SJ_LIMIT_KEYS_BURST, now_us);
	gate->pointer_bucket = sj_bucket_of(SJ_LIMIT_POINTER_PER_SECOND,
		SJ_LIMIT_POINTER_PER_SECOND, now_us);
	gate->request_bucket = sj_bucket_of(SJ_LIMIT_FULL_REQUESTS_PER_SECOND,
		SJ_LIMIT_FULL_REQUESTS_PER_SECOND, now_us);
	gate->size_bucket = sj_bucket_of(
		SJ_LIMIT_SIZES_PER_SECOND, SJ_LIMIT_SIZES_PER_SECOND, now_us);
	gate->pixels = SJ_LIMIT_PIXELS_PER_SECOND;
	gate->pixels_us = now_us;
	return gate;
}

void sj_gate_destroy(struct sj_gate *gate)
{
	free(gate);
}

enum sj_step sj_gate_fail(struct sj_gate *gate, enum sj_reason reason)
{
	gate->reason = reason;
	gate->is_host_fault = (unsigned)reason / 100 == 3;
	return SJ_STEP_REFUSE;
}

void sj_gate_count(struct sj_gate *gate, enum sj_gate_kind kind, size_t index,
	uint64_t bytes)
{
	gate->counts[kind].count[index]++;
	gate->counts[kind].bytes[index] += bytes;
}

bool sj_gate_build(struct sj_gate *gate, struct sj_writer *out,
	const struct sj_rfb_viewer_message *message)
{
	const struct sj_gate_row *row = sj_gate_policy_find(
		SJ_GATE_FROM_VIEWER, (int32_t)message->type);
	const size_t before = out->at;

	if (!sj_rfb_viewer_build(out, message))
		return false;
	if (row != NULL) {
		gate->sent.count[row->counter]++;
		gate->sent.bytes[row->counter] += out->at - before;
	}
	return true;
}

enum sj_gate_fate sj_gate_permit(const struct sj_gate *gate,
	enum sj_gate_kind kind, int32_t number, const struct sj_gate_row **row)
{
	const struct sj_gate_row *found = sj_gate_policy_find(kind, number);

	*row = found;
	if (found == NULL || (found->profile[gate->settings.profile].states &
				     gate->state) == 0)
		return SJ_GATE_REFUSE;
	return found->profile[gate->settings.profile].fate;
}

void sj_gate_reach(struct sj_gate *gate, enum sj_gate_state state)
{
	if (gate->state < state)
		gate->state = state;
}

static bool lists(const struct sj_rfb_encodings *encodings, int32_t number)
{
	uint16_t i = 0;

	while (i < encodings->count && encodings->number[i] != number)
		i++;
	return i < encodings->count;
}

/* As the whole list came: what marks another profile is dropped from it. */
static bool is_of_another_profile(
	enum sj_gate_profile profile, const struct sj_rfb_encodings *encodings)
{
	if (profile == SJ_GATE_STRICT)
		return !lists(encodings, SJ_RFB_ENCODING_ZLIB) ||
		       !lists(encodings, SJ_RFB_ENCODING_SHAPE);
	/* No foreign viewer has it. */
	return lists(encodings, SJ_RFB_ENCODING_SHAPE) &&
	       !lists(encodings, SJ_RFB_ENCODING_TILE);
}

void sj_gate_announce(struct sj_gate *gate, struct sj_rfb_encodings *encodings)
{
	uint16_t kept = 0;

	gate->is_mismatched =
		is_of_another_profile(gate->settings.profile, encodings);
	for (uint16_t i = 0; i < encodings->count; i++) {
		const int32_t number = encodings->number[i];
		const struct sj_gate_row *row =
			sj_gate_policy_find(SJ_GATE_ENCODING, number);

		if (!sj_gate_policy_may_announce(
			    gate->settings.profile, number))
			continue;
		encodings->number[kept++] = number;
		if (row != NULL)
			gate->announced |= 1u << row->counter;
	}
	encodings->count = kept;
}

bool sj_gate_has_pixels(struct sj_gate *gate, uint64_t now_us)
{
	const uint64_t passed_us =
		now_us > gate->pixels_us ? now_us - gate->pixels_us : 0;
	const uint64_t most_us = 4000000; /* refills any debt of one update */
	const uint64_t taken_us = passed_us < most_us ? passed_us : most_us;

	gate->pixels +=
		(int64_t)(taken_us * (SJ_LIMIT_PIXELS_PER_SECOND / 1000000));
	if (gate->pixels > (int64_t)SJ_LIMIT_PIXELS_PER_SECOND)
		gate->pixels = SJ_LIMIT_PIXELS_PER_SECOND;
	gate->pixels_us = now_us;
	return gate->pixels >= 0;
}

bool sj_gate_drop_text(struct sj_reader *in, uint32_t *left,
	struct sj_gate_counts *counts, size_t counter)
{
	size_t size = sj_reader_left(in);

	if (size > *left)
		size = *left;
	if (size == 0 || !sj_read_skip(in, size))
		return false;
	*left -= (uint32_t)size;
	counts->bytes[counter] += size;
	return true;
}

enum sj_step sj_gate_swallow_next(struct sj_gate *gate, struct sj_reader *in)
{
	struct sj_rfb_viewer_message message;
	enum sj_reason reason;
	enum sj_step step;

	if (gate->reason != SJ_REASON_NONE)
		return SJ_STEP_REFUSE;
	step = sj_rfb_viewer_parse(in, &message, &reason);
	if (step == SJ_STEP_REFUSE ||
		(step == SJ_STEP_DONE &&
			message.type != SJ_RFB_SET_PIXEL_FORMAT &&
			message.type != SJ_RFB_SET_ENCODINGS &&
			message.type != SJ_RFB_UPDATE_REQUEST))
		return sj_gate_fail(gate, SJ_REASON_DECODER_GONE);
	return step;
}

void sj_gate_ask(struct sj_gate *gate)
{
	gate->held = 0;
	gate->held_bytes = 0;
	/* A host that sends more than it was asked for gets no more. */
	if (gate->requests_due < SJ_LIMIT_CREDITS)
		gate->requests_due++;
}

/* The sooner of two waits. */
static uint64_t sooner(uint64_t wait_us, uint64_t other_us)
{
	return other_us < wait_us ? other_us : wait_us;
}

uint64_t sj_gate_wait_us(struct sj_gate *gate, uint64_t now_us)
{
	uint64_t wait_us = SJ_GATE_NO_WAIT;

	if (gate->reason != SJ_REASON_NONE)
		return wait_us;
	if (gate->delayed_by != NULL)
		wait_us = sj_bucket_wait_us(gate->delayed_by, now_us);
	if (gate->has_motion)
		wait_us = sooner(wait_us,
			sj_bucket_wait_us(&gate->pointer_bucket, now_us));
	if (gate->held > 0)
		wait_us = sooner(wait_us, now_us < gate->held_until_us
						  ? gate->held_until_us - now_us
						  : 0);
	if (!sj_gate_has_pixels(gate, now_us))
		wait_us = sooner(wait_us,
			(uint64_t)(-gate->pixels) /
					(SJ_LIMIT_PIXELS_PER_SECOND / 1000000) +
				1);
	return wait_us;
}

enum sj_reason sj_gate_reason(const struct sj_gate *gate)
{
	return gate->reason;
}

bool sj_gate_is_host_fault(const struct sj_gate *gate)
{
	return gate->is_host_fault;
}

bool sj_gate_host_is_boundary(const struct sj_gate *gate)
{
	return gate->rects_left == 0 && gate->host_cut_left == 0;
}

bool sj_gate_viewer_is_boundary(const struct sj_gate *gate)
{
	return gate->viewer_cut_left == 0;
}

enum sj_step sj_gate_release_all(struct sj_gate *gate, struct sj_writer *out)
{
	struct sj_rfb_viewer_message message = {.type = SJ_RFB_KEY_EVENT};

	while (gate->key_count > 0) {
		message.u.key.keysym = gate->keys[gate->key_count - 1];
		message.u.key.is_down = false;
		if (!sj_gate_build(gate, out, &message))
			return SJ_STEP_FULL;
		gate->key_count--;
	}
	/* A held motion would press the buttons again. */
	if (gate->has_motion)
		gate->pointer = gate->motion;
	gate->has_motion = false;
	if (gate->pointer.buttons == 0)
		return SJ_STEP_DONE;
	message.type = SJ_RFB_POINTER_EVENT;
	message.u.pointer = gate->pointer;
	message.u.pointer.buttons = 0;
	if (!sj_gate_build(gate, out, &message))
		return SJ_STEP_FULL;
	gate->pointer.buttons = 0;
	return SJ_STEP_DONE;
}

enum sj_step sj_gate_end(
	struct sj_gate *gate, struct sj_writer *out, enum sj_reason reason)
{
	const struct sj_gate_row *row = sj_gate_policy_find(
		SJ_GATE_ENCODING, SJ_RFB_ENCODING_SESSION_END);

	if (gate->is_closed)
		return SJ_STEP_DONE;
	if (!sj_gate_host_is_boundary(gate))
		return SJ_STEP_FULL;
	if ((gate->announced & (1u << row->counter)) != 0 &&
		gate->state != SJ_GATE_ENDED) {
		if (!sj_rfb_session_end_build(out, reason))
			return SJ_STEP_FULL;
		sj_gate_count(
			gate, SJ_GATE_FROM_HOST, 0, SJ_RFB_SESSION_END_BYTES);
		sj_gate_count(gate, SJ_GATE_ENCODING, row->counter, 12);
	}
	gate->is_closed = true;
	gate->state = SJ_GATE_ENDED;
	return SJ_STEP_DONE;
}

enum sj_reason sj_gate_end_reason(const struct sj_gate *gate)
{
	return gate->end_reason;
}

struct sj_size sj_gate_size(const struct sj_gate *gate)
{
	return gate->size;
}

bool sj_gate_has_announced(const struct sj_gate *gate)
{
	return gate->announced != 0;
}

bool sj_gate_is_ours(const struct sj_gate *gate)
{
	const struct sj_gate_row *row =
		sj_gate_policy_find(SJ_GATE_ENCODING, SJ_RFB_ENCODING_TILE);

	return (gate->announced & (1u << row->counter)) != 0;
}

bool sj_gate_is_mismatched(const struct sj_gate *gate)
{
	return gate->is_mismatched;
}

uint64_t sj_gate_activity(const struct sj_gate *gate)
{
	return gate->activity;
}

uint64_t sj_gate_updates(const struct sj_gate *gate, uint64_t *rects)
{
	*rects = gate->rects_done;
	return gate->updates;
}

void sj_gate_sent(const struct sj_gate *gate, struct sj_gate_counts *counts)
{
	*counts = gate->sent;
}

uint64_t sj_gate_pixels(const struct sj_gate *gate)
{
	return gate->pixels_passed;
}

void sj_gate_counts(const struct sj_gate *gate, enum sj_gate_kind kind,
	struct sj_gate_counts *counts)
{
	*counts = gate->counts[kind];
}
