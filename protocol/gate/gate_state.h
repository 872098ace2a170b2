/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gate_state: what the files of the gate share. Private to protocol/gate.
 */
#ifndef SJ_PROTOCOL_GATE_GATE_STATE_H
#define SJ_PROTOCOL_GATE_GATE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/clock.h"
#include "protocol/base/limits.h"
#include "protocol/gate/gate.h"
#include "protocol/rfb/payload.h"
#include "protocol/rfb/types.h"

struct sj_gate {
	struct sj_gate_settings settings;
	enum sj_gate_state state;
	struct sj_size size;
	enum sj_reason reason;
	bool is_host_fault;
	struct sj_gate_counts counts[3]; /* by enum sj_gate_kind */
	struct sj_gate_counts sent;      /* written towards the host */
	uint64_t pixels_passed;
	uint64_t activity;

	/* viewer to host */
	uint32_t keys[SJ_LIMIT_KEYS_DOWN];
	size_t key_count;
	struct sj_rfb_pointer pointer; /* last one written */
	bool has_motion;
	struct sj_rfb_pointer motion; /* held back */
	struct sj_bucket key_bucket, pointer_bucket, request_bucket,
		size_bucket;
	struct sj_bucket *delayed_by; /* set when a message was delayed */
	uint32_t viewer_cut_left;
	bool has_greeted;
	uint32_t requests_due;
	uint32_t held; /* updates that no request was written for */
	uint64_t held_bytes;
	uint64_t held_until_us;
	bool has_host_fence; /* answer that waits, towards the host */
	struct sj_rfb_fence host_fence;

	/* host to viewer */
	uint32_t announced; /* bits by encoding counter */
	bool is_mismatched; /* by what the viewer has announced */
	bool has_viewer_fence;
	struct sj_rfb_fence viewer_fence;
	bool has_end_of_continuous;
	uint32_t host_cut_left;
	uint16_t rects, rects_left;
	uint64_t update_bytes; /* of the update that is passing */
	uint64_t area_left;
	bool has_payload;
	struct sj_rfb_payload payload;
	uint64_t payload_counter;
	int64_t pixels; /* budget; below 0: wait */
	uint64_t pixels_us;
	uint64_t updates, rects_done;
	bool is_closed; /* by sj_gate_end */
	enum sj_reason end_reason;
};

/* Refuses for ever with reason; whose fault it is follows from the number. */
enum sj_step sj_gate_fail(struct sj_gate *gate, enum sj_reason reason);

/* Writes message towards the host and counts it as sent; false: no room. */
SJ_MUST_USE bool sj_gate_build(struct sj_gate *gate, struct sj_writer *out,
	const struct sj_rfb_viewer_message *message);

/* Adds one unit of bytes to a counter. */
void sj_gate_count(struct sj_gate *gate, enum sj_gate_kind kind, size_t index,
	uint64_t bytes);

/*
 * What the profile says about number in the present state. FORWARD or
 * CONSUME with *row set; REFUSE with *row NULL when there is no such row, set
 * when it is the profile's or the state's refusal.
 */
enum sj_gate_fate sj_gate_permit(const struct sj_gate *gate,
	enum sj_gate_kind kind, int32_t number, const struct sj_gate_row **row);

/* Advances the state to at least state. */
void sj_gate_reach(struct sj_gate *gate, enum sj_gate_state state);

/* A request is due for the updates that wait for one. */
void sj_gate_ask(struct sj_gate *gate);

/* Rebuilds encodings in place: only what the profile lets be announced. */
void sj_gate_announce(struct sj_gate *gate, struct sj_rfb_encodings *encodings);

/* Refills the pixel budget; true if an update may begin. */
SJ_MUST_USE bool sj_gate_has_pixels(struct sj_gate *gate, uint64_t now_us);

/* Drops up to left bytes of a cut text; false if there are none in in. */
SJ_MUST_USE bool sj_gate_drop_text(struct sj_reader *in, uint32_t *left,
	struct sj_gate_counts *counts, size_t counter);

#endif /* SJ_PROTOCOL_GATE_GATE_STATE_H */
