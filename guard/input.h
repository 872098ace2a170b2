/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * input: what the viewer does, on its way to the inner gate.
 *
 * A bounded queue of fixed-size messages. Messages come in as checked structs
 * and leave in order, when the policy lets them: presses and characters above
 * their rate wait, motion above its rate is joined, of sizes the last one is
 * kept beside the queue, all of it leaves at multiples of the quantum only;
 * keys are dropped where the policy says so.
 * When the queue is full the viewer has to wait. Nothing here is a violation.
 * Pure: the caller gives the time (sj_clock_us) and sends.
 */
#ifndef SJ_GUARD_INPUT_H
#define SJ_GUARD_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guard/core_ipc.h"
#include "guard/number.h"
#include "protocol/base/attr.h"
#include "protocol/base/clock.h"
#include "protocol/gate/viewer_gate_ipc.h"
#include "protocol/rfb/types.h"

#define SJ_INPUT_MESSAGES 256

struct sj_input {
	const struct sj_core_policy *policy;
	struct sj_number number;
	struct sj_input_waiting {
		struct sj_viewer_input message;
		uint64_t due_us; /* not before */
	} ring[SJ_INPUT_MESSAGES], size;
	size_t first, count;
	bool has_size;
	struct sj_bucket keys, pointers, text, sizes;
	uint8_t buttons_in, buttons_out; /* of the last pointer event */
	struct sj_core_counts *counts;
};

/* An empty queue; policy and counts are kept. */
void sj_input_init(struct sj_input *input, const struct sj_core_policy *policy,
	struct sj_core_counts *counts, uint64_t now_us);

/* True if another message can be added. */
bool sj_input_has_room(const struct sj_input *input);

/* Adds message (a key, pointer or size; others are ignored), if the policy
 * permits it at all. There has to be room. */
void sj_input_add(struct sj_input *input,
	const struct sj_rfb_viewer_message *message, uint64_t now_us);

/* Lends the next message that may leave now; NULL: none. */
SJ_MUST_USE const struct sj_viewer_input *sj_input_next(
	struct sj_input *input, uint64_t now_us);

/* message, which sj_input_next has lent, was sent. */
void sj_input_sent(struct sj_input *input,
	const struct sj_viewer_input *message, uint64_t now_us);

/* Microseconds until one may leave; UINT64_MAX: there is none. */
SJ_MUST_USE uint64_t sj_input_wait_us(struct sj_input *input, uint64_t now_us);

#endif /* SJ_GUARD_INPUT_H */
