/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * input_queue: input messages that wait for room in the socket to the gate.
 *
 * Never blocks and never allocates. Pointer motion and wished sizes are
 * replaced by newer ones, so that only keys and clicks can fill the queue.
 */
#ifndef SJ_VIEWER_INPUT_QUEUE_H
#define SJ_VIEWER_INPUT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/gate/viewer_gate_ipc.h"

#define SJ_INPUT_QUEUE_MESSAGES 4096

/* A zeroed queue is empty. */
struct sj_input_queue {
	struct sj_viewer_input ring[SJ_INPUT_QUEUE_MESSAGES];
	size_t start;
	size_t count;
	uint8_t buttons;     /* of the last pointer message put in */
	bool is_last_motion; /* the last entry changed no button */
};

/* Messages that still fit. */
size_t sj_input_queue_room(const struct sj_input_queue *queue);

/*
 * Appends a copy of input, or replaces the last entry when both are plain
 * motion or both wished sizes (never a press or release: a drag starts where
 * it started). False when the queue is full; motion is then dropped
 * without harm (true).
 */
SJ_MUST_USE bool sj_input_queue_put(
	struct sj_input_queue *queue, const struct sj_viewer_input *input);

/*
 * Sends what fd (non-blocking, SOCK_SEQPACKET) takes. SJ_OK when the queue is
 * empty, SJ_ERR_AGAIN when fd is full, SJ_ERR_CLOSED when the gate is
 * gone (the queue is then emptied).
 */
SJ_MUST_USE enum sj_err sj_input_queue_flush(
	struct sj_input_queue *queue, int fd);

/* Forgets everything, for a new connection. */
void sj_input_queue_clear(struct sj_input_queue *queue);

#endif /* SJ_VIEWER_INPUT_QUEUE_H */
