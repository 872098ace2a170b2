/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gate_input: what the window says, as RFB messages for the viewer gate.
 *
 * A bounded queue: messages come in from the window's socket as fixed structs,
 * are judged, and stand as canonical RFB bytes until the gate takes them.
 */
#ifndef SJ_VIEWER_GATE_INPUT_H
#define SJ_VIEWER_GATE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/bytes.h"
#include "protocol/base/err.h"
#include "protocol/gate/viewer_gate_ipc.h"

#define SJ_GATE_INPUT_BYTES 4096

struct sj_gate_input {
	uint8_t bytes[SJ_GATE_INPUT_BYTES];
	size_t size;            /* bytes that stand in the queue */
	bool is_release_wanted; /* after the queue: release keys and buttons */
};

/* True if another message of the window fits. */
bool sj_gate_input_has_room(const struct sj_gate_input *input);

/*
 * Appends input's message as RFB bytes. SJ_ERR_FORMAT for a message that the
 * window never sends, SJ_ERR_LIMIT when there is no room.
 */
SJ_MUST_USE enum sj_err sj_gate_input_add(
	struct sj_gate_input *input, const struct sj_viewer_input *message);

/* A reader over the queue; then drop what it has consumed. */
struct sj_reader sj_gate_input_reader(const struct sj_gate_input *input);

/* Drops the first bytes of the queue. */
void sj_gate_input_drop(struct sj_gate_input *input, size_t bytes);

#endif /* SJ_VIEWER_GATE_INPUT_H */
