/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/input.h"

#include <string.h>

/* A commit of an input method, or a quick typist, is let through at once. */
#define TEXT_BURST 60
/* A window that is laid out anew has several sizes, one after the other. */
#define SIZE_BURST 4
/* Those that put the caret elsewhere; the others are wheels. */
#define CLICK_BUTTONS 7u

void sj_input_init(struct sj_input *input, const struct sj_core_policy *policy,
	struct sj_core_counts *counts, uint64_t now_us)
{
	memset(input, 0, sizeof(*input));
	input->policy = policy;
	input->counts = counts;
	input->number.mode = (enum sj_number_mode)policy->my_number;
	input->keys = sj_bucket_of(
		policy->keys_per_second, policy->keys_per_second, now_us);
	input->pointers = sj_bucket_of(policy->pointer_per_second,
		policy->pointer_per_second / 10 + 1, now_us);
	/* A bucket counts by the second: of a clock that is sixty times slower
	 * it counts by the minute. */
	input->text =
		sj_bucket_of(policy->text_per_minute, TEXT_BURST, now_us / 60);
	input->sizes =
		sj_bucket_of(policy->sizes_per_minute, SIZE_BURST, now_us / 60);
}

bool sj_input_has_room(const struct sj_input *input)
{
	return input->count < SJ_INPUT_MESSAGES;
}

static struct sj_viewer_input *last_of(struct sj_input *input)
{
	size_t at = (input->first + input->count - 1) % SJ_INPUT_MESSAGES;

	return input->count > 0 ? &input->ring[at].message : NULL;
}

/* The next multiple of the quantum: all that comes between two is one. */
static uint64_t due_of(const struct sj_input *input, uint64_t now_us)
{
	uint64_t quantum_us = (uint64_t)input->policy->quantum_ms * 1000;

	if (quantum_us == 0)
		return now_us;
	return (now_us / quantum_us + 1) * quantum_us;
}

static void put(struct sj_input *input, const struct sj_viewer_input *message,
	uint64_t now_us)
{
	size_t at = (input->first + input->count) % SJ_INPUT_MESSAGES;

	input->ring[at].message = *message;
	input->ring[at].due_us = due_of(input, now_us);
	input->count++;
}

static void add_key(
	struct sj_input *input, const struct sj_rfb_key *key, uint64_t now_us)
{
	const struct sj_viewer_input message = {.type = SJ_VIEWER_INPUT_KEY,
		.keysym = key->keysym,
		.is_down = key->is_down};

	/* The release of a key that never was pressed is the gate's to drop. */
	if (input->policy->is_read_only ||
		(key->is_down &&
			sj_number_press(&input->number, key->keysym))) {
		input->counts->keys_dropped++;
		return;
	}
	put(input, &message, now_us);
}

/* A motion behind a motion takes its place while that waits. */
static void add_pointer(struct sj_input *input,
	const struct sj_rfb_pointer *pointer, uint64_t now_us)
{
	const struct sj_viewer_input message = {.type = SJ_VIEWER_INPUT_POINTER,
		.buttons = pointer->buttons,
		.x_px = pointer->x_px,
		.y_px = pointer->y_px};
	struct sj_viewer_input *last = last_of(input);
	bool is_motion = pointer->buttons == input->buttons_in;

	if ((pointer->buttons & ~input->buttons_in & CLICK_BUTTONS) != 0)
		sj_number_forget(&input->number);
	input->buttons_in = pointer->buttons;
	if (is_motion && last && last->type == SJ_VIEWER_INPUT_POINTER &&
		last->buttons == pointer->buttons &&
		(input->count > 1 || input->buttons_out == pointer->buttons)) {
		*last = message;
		input->counts->pointers_joined++;
		return;
	}
	put(input, &message, now_us);
}

/* Only the last size is of use, and nothing has to wait for it. */
static void add_size(
	struct sj_input *input, const struct sj_size *size, uint64_t now_us)
{
	const struct sj_viewer_input message = {.type = SJ_VIEWER_INPUT_SIZE,
		.x_px = size->width_px,
		.y_px = size->height_px};

	input->size.message = message;
	if (input->has_size)
		return;
	input->size.due_us = due_of(input, now_us);
	input->has_size = true;
}

void sj_input_add(struct sj_input *input,
	const struct sj_rfb_viewer_message *message, uint64_t now_us)
{
	if (message->type == SJ_RFB_KEY_EVENT) {
		add_key(input, &message->u.key, now_us);
	} else if (message->type == SJ_RFB_POINTER_EVENT) {
		add_pointer(input, &message->u.pointer, now_us);
	} else if (message->type == SJ_RFB_SET_DESKTOP_SIZE) {
		add_size(input, &message->u.desktop_size.size, now_us);
	}
}

/* Writes a character, as far as the keysym tells. */
static bool is_text(uint32_t keysym)
{
	return keysym < 0x1000 || keysym >= 0x01000000u ||
	       (keysym >= 0xFFAA && keysym <= 0xFFB9);
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t until(uint64_t due_us, uint64_t now_us)
{
	return due_us > now_us ? due_us - now_us : 0;
}

/* Until the first of the queue may leave. */
static uint64_t wait_of_first(struct sj_input *input, uint64_t now_us)
{
	const struct sj_core_policy *policy = input->policy;
	const struct sj_viewer_input *message =
		&input->ring[input->first].message;
	uint64_t wait_us = until(input->ring[input->first].due_us, now_us);

	if (input->count == 0)
		return UINT64_MAX;
	if (message->type == SJ_VIEWER_INPUT_POINTER &&
		policy->pointer_per_second)
		return later(
			wait_us, sj_bucket_wait_us(&input->pointers, now_us));
	if (message->type != SJ_VIEWER_INPUT_KEY || !message->is_down)
		return wait_us;
	if (policy->keys_per_second)
		wait_us =
			later(wait_us, sj_bucket_wait_us(&input->keys, now_us));
	if (policy->text_per_minute && is_text(message->keysym))
		wait_us = later(wait_us,
			60 * sj_bucket_wait_us(&input->text, now_us / 60));
	return wait_us;
}

/* Until the size may. */
static uint64_t wait_of_size(struct sj_input *input, uint64_t now_us)
{
	uint64_t wait_us = until(input->size.due_us, now_us);

	if (!input->has_size)
		return UINT64_MAX;
	if (!input->policy->sizes_per_minute)
		return wait_us;
	return later(
		wait_us, 60 * sj_bucket_wait_us(&input->sizes, now_us / 60));
}

const struct sj_viewer_input *sj_input_next(
	struct sj_input *input, uint64_t now_us)
{
	if (wait_of_first(input, now_us) == 0)
		return &input->ring[input->first].message;
	return wait_of_size(input, now_us) == 0 ? &input->size.message : NULL;
}

static void count_first(struct sj_input *input,
	const struct sj_viewer_input *message, uint64_t now_us)
{
	if (message->type == SJ_VIEWER_INPUT_POINTER) {
		(void)!sj_bucket_take(&input->pointers, now_us);
		input->buttons_out = message->buttons;
		input->counts->pointers++;
		return;
	}
	input->counts->keys++;
	if (message->is_down)
		(void)!sj_bucket_take(&input->keys, now_us);
	if (message->is_down && is_text(message->keysym))
		(void)!sj_bucket_take(&input->text, now_us / 60);
}

void sj_input_sent(struct sj_input *input,
	const struct sj_viewer_input *message, uint64_t now_us)
{
	struct sj_viewer_input *first = &input->ring[input->first].message;

	if (message != first) {
		(void)!sj_bucket_take(&input->sizes, now_us / 60);
		input->has_size = false;
		input->counts->sizes++;
		return;
	}
	count_first(input, first, now_us);
	/* What was typed is not kept. */
	explicit_bzero(first, sizeof(*first));
	input->first = (input->first + 1) % SJ_INPUT_MESSAGES;
	input->count--;
}

uint64_t sj_input_wait_us(struct sj_input *input, uint64_t now_us)
{
	uint64_t first_us = wait_of_first(input, now_us);
	uint64_t size_us = wait_of_size(input, now_us);

	return first_us < size_us ? first_us : size_us;
}
