/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/input_queue.h"

#include "protocol/base/ipc.h"

size_t sj_input_queue_room(const struct sj_input_queue *queue)
{
	return SJ_INPUT_QUEUE_MESSAGES - queue->count;
}

static struct sj_viewer_input *last_of(struct sj_input_queue *queue)
{
	if (queue->count == 0)
		return NULL;
	return &queue->ring[(queue->start + queue->count - 1) %
			    SJ_INPUT_QUEUE_MESSAGES];
}

bool sj_input_queue_put(
	struct sj_input_queue *queue, const struct sj_viewer_input *input)
{
	struct sj_viewer_input *last = last_of(queue);
	bool is_motion = input->type == SJ_VIEWER_INPUT_POINTER &&
			 input->buttons == queue->buttons;
	bool is_replacing = last && last->type == input->type &&
			    (input->type == SJ_VIEWER_INPUT_SIZE ||
				    (is_motion && queue->is_last_motion));

	if (is_replacing) {
		*last = *input;
		return true;
	}
	if (queue->count == SJ_INPUT_QUEUE_MESSAGES)
		return is_motion;
	queue->ring[(queue->start + queue->count) % SJ_INPUT_QUEUE_MESSAGES] =
		*input;
	queue->count++;
	queue->is_last_motion = is_motion;
	if (input->type == SJ_VIEWER_INPUT_POINTER)
		queue->buttons = input->buttons;
	return true;
}

enum sj_err sj_input_queue_flush(struct sj_input_queue *queue, int fd)
{
	while (queue->count > 0) {
		enum sj_err err = sj_ipc_send(fd, &queue->ring[queue->start],
			sizeof(queue->ring[0]), NULL);

		if (err == SJ_ERR_AGAIN)
			return err;
		if (err != SJ_OK) {
			sj_input_queue_clear(queue);
			return SJ_ERR_CLOSED;
		}
		queue->start = (queue->start + 1) % SJ_INPUT_QUEUE_MESSAGES;
		queue->count--;
	}
	return SJ_OK;
}

void sj_input_queue_clear(struct sj_input_queue *queue)
{
	queue->start = 0;
	queue->count = 0;
	queue->buttons = 0;
}
