/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/input_queue.h"

#include <assert.h>
#include <string.h>

void sj_input_queue_init(struct sj_input_queue *queue)
{
	memset(queue, 0, sizeof(*queue));
}

bool sj_input_queue_has_room(const struct sj_input_queue *queue)
{
	return queue->count + SJ_INPUT_MARGIN <= SJ_INPUT_ITEMS;
}

static struct sj_input_item *item_at(struct sj_input_queue *queue, size_t index)
{
	return &queue->item[(queue->first + index) % SJ_INPUT_ITEMS];
}

/* A cleared item at the end, or NULL. */
static struct sj_input_item *append(
	struct sj_input_queue *queue, enum sj_input_type type)
{
	struct sj_input_item *item;

	if (queue->count == SJ_INPUT_ITEMS)
		return NULL;
	item = item_at(queue, queue->count++);
	memset(item, 0, sizeof(*item));
	item->type = type;
	return item;
}

void sj_input_queue_key(
	struct sj_input_queue *queue, bool is_down, uint32_t keysym)
{
	struct sj_input_item *item = append(queue, SJ_INPUT_KEY);

	if (!item)
		return;
	item->is_down = is_down;
	item->keysym = keysym;
}

void sj_input_queue_text(
	struct sj_input_queue *queue, const char *text, size_t size)
{
	struct sj_input_item *item;

	assert(size >= 1 && size <= sizeof(item->text));
	item = append(queue, SJ_INPUT_TEXT);
	if (!item)
		return;
	item->size = (uint16_t)size;
	memcpy(item->text, text, size);
}

void sj_input_queue_pointer(struct sj_input_queue *queue, uint8_t buttons,
	uint16_t x_px, uint16_t y_px)
{
	struct sj_input_item *item = NULL;

	/* Only a motion may be replaced: the change of a button not. */
	if (queue->count >= 2) {
		struct sj_input_item *last = item_at(queue, queue->count - 1);
		struct sj_input_item *before = item_at(queue, queue->count - 2);

		if (last->type == SJ_INPUT_POINTER &&
			before->type == SJ_INPUT_POINTER &&
			last->buttons == buttons && before->buttons == buttons)
			item = last;
	}
	if (!item)
		item = append(queue, SJ_INPUT_POINTER);
	if (!item)
		return;
	item->buttons = buttons;
	item->x_px = x_px;
	item->y_px = y_px;
}

static void drop_first(struct sj_input_queue *queue)
{
	/* Text is not kept longer than needed. */
	memset(item_at(queue, 0), 0, sizeof(struct sj_input_item));
	queue->first = (queue->first + 1) % SJ_INPUT_ITEMS;
	queue->count--;
}

static void forget_given(struct sj_input_queue *queue)
{
	explicit_bzero(queue->given, sizeof(queue->given));
	queue->given_size = 0;
	queue->is_again = false;
}

/* What the text at the head has to wait for. */
enum need { NEED_NOTHING, NEED_BARRIER, NEED_NUDGE, NEED_PATIENCE };

static enum need need_of_text(struct sj_input_queue *queue, uint64_t now_ms)
{
	if (queue->is_waiting) {
		if (now_ms < queue->barrier_deadline_ms)
			return NEED_PATIENCE;
		queue->is_waiting = false;
		queue->late++;
	}
	/* What was typed later is still in the queue. */
	if (queue->is_unsettled && !queue->is_again)
		return NEED_BARRIER;
	if (queue->has_focus)
		return NEED_NOTHING;
	if (queue->focus_deadline_ms == 0) {
		queue->focus_deadline_ms = now_ms + SJ_INPUT_FOCUS_MS;
		return NEED_NUDGE;
	}
	return now_ms >= queue->focus_deadline_ms ? NEED_NOTHING
						  : NEED_PATIENCE;
}

static void give_barrier(struct sj_input_queue *queue, uint64_t now_ms,
	struct sj_input_action *action)
{
	queue->is_unsettled = false;
	queue->is_waiting = true;
	queue->barrier_deadline_ms = now_ms + SJ_INPUT_BARRIER_MS;
	queue->barrier++;
	*action = (struct sj_input_action){
		.type = SJ_INPUT_BARRIER, .barrier = queue->barrier};
}

/* Takes all texts at the head that fit into one commit. */
static void take_text(
	struct sj_input_queue *queue, struct sj_input_action *action)
{
	while (queue->count > 0) {
		const struct sj_input_item *item = item_at(queue, 0);

		if (item->type != SJ_INPUT_TEXT ||
			action->size + item->size > sizeof(action->text))
			return;
		memcpy(action->text + action->size, item->text, item->size);
		action->size += item->size;
		drop_first(queue);
	}
}

static void keep_given(
	struct sj_input_queue *queue, const struct sj_input_action *action)
{
	if (!queue->has_focus)
		return;
	memcpy(queue->given, action->text, action->size);
	queue->given_size = action->size;
}

/* Gives the text at the head, with what follows it. */
static bool next_text(struct sj_input_queue *queue, uint64_t now_ms,
	struct sj_input_action *action)
{
	switch (need_of_text(queue, now_ms)) {
	case NEED_BARRIER:
		give_barrier(queue, now_ms, action);
		return true;
	case NEED_NUDGE:
		*action = (struct sj_input_action){.type = SJ_INPUT_NUDGE};
		return true;
	case NEED_PATIENCE:
		return false;
	case NEED_NOTHING:
		break;
	}
	queue->focus_deadline_ms = 0;
	*action = (struct sj_input_action){.type = SJ_INPUT_TEXT};
	if (queue->is_again) {
		action->size = queue->given_size;
		memcpy(action->text, queue->given, queue->given_size);
		forget_given(queue);
	} else {
		take_text(queue, action);
		keep_given(queue, action);
	}
	queue->is_committing = true;
	queue->commit_deadline_ms = now_ms + SJ_INPUT_COMMIT_MS;
	return true;
}

bool sj_input_queue_next(struct sj_input_queue *queue, uint64_t now_ms,
	struct sj_input_action *action)
{
	const struct sj_input_item *item;

	if (queue->is_committing && now_ms >= queue->commit_deadline_ms) {
		queue->is_committing = false;
		forget_given(queue);
		queue->late++;
	}
	if (queue->is_committing)
		return false;
	if (queue->is_again)
		return next_text(queue, now_ms, action);
	if (queue->count == 0)
		return false;
	item = item_at(queue, 0);
	if (item->type == SJ_INPUT_TEXT)
		return next_text(queue, now_ms, action);
	*action = (struct sj_input_action){
		.type = item->type,
		.is_down = item->is_down,
		.keysym = item->keysym,
		.buttons = item->buttons,
		.x_px = item->x_px,
		.y_px = item->y_px,
	};
	drop_first(queue);
	queue->is_unsettled = true;
	return true;
}

uint64_t sj_input_queue_deadline_ms(const struct sj_input_queue *queue)
{
	if (queue->is_committing)
		return queue->commit_deadline_ms;
	if (queue->count == 0 && !queue->is_again)
		return UINT64_MAX;
	if (queue->is_waiting)
		return queue->barrier_deadline_ms;
	return queue->focus_deadline_ms;
}

void sj_input_queue_settled(struct sj_input_queue *queue, uint32_t barrier)
{
	if (queue->barrier == barrier)
		queue->is_waiting = false;
}

void sj_input_queue_committed(struct sj_input_queue *queue)
{
	queue->is_committing = false;
	forget_given(queue);
}

bool sj_input_queue_missed(struct sj_input_queue *queue)
{
	queue->is_committing = false;
	queue->is_again = queue->given_size > 0;
	return queue->is_again;
}

void sj_input_queue_focus(struct sj_input_queue *queue, bool has_focus)
{
	queue->has_focus = has_focus;
	if (has_focus)
		queue->focus_deadline_ms = 0;
}

void sj_input_queue_clear(struct sj_input_queue *queue)
{
	bool has_focus = queue->has_focus;
	uint64_t late = queue->late;
	uint32_t barrier = queue->barrier;

	sj_input_queue_init(queue);
	queue->barrier = barrier;
	queue->has_focus = has_focus;
	queue->late = late;
}
