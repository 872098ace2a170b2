/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/script.h"

#include <string.h>

#include "viewer/number.h"
#include "viewer/typing.h"

/* Messages that one character, click or notch may need. */
#define STEP_MESSAGES 16
/* A little less than the gate lets through. */
#define KEYS_PER_SECOND (SJ_LIMIT_KEYS_PER_SECOND * 9 / 10)
#define KEYS_BURST (SJ_LIMIT_KEYS_BURST * 9 / 10)
#define NOTCHES_MAX 1000
#define WAIT_MAX_MS 1000000000u

static enum sj_err add_text(struct sj_script *script, const char *text)
{
	uint32_t count = script->count;
	struct sj_viewer_script *step;

	if (!sj_typing_is_utf8(text))
		return SJ_ERR_ARGUMENT;
	while (*text) {
		const char *end = text;
		const char *next = text;
		uint32_t code_point;

		/* Cut between characters. */
		while (sj_typing_next(&next, &code_point) &&
			(size_t)(next - text) < sizeof(step->text))
			end = next;
		if (count == SJ_VIEWER_SCRIPT_STEPS)
			return SJ_ERR_LIMIT;
		step = &script->step[count++];
		memset(step, 0, sizeof(*step));
		step->kind = SJ_VIEWER_STEP_TYPE;
		memcpy(step->text, text, (size_t)(end - text));
		text = end;
	}
	script->count = count;
	return SJ_OK;
}

static bool set_place(struct sj_viewer_script *step, uint32_t x, uint32_t y)
{
	if (x > SJ_LIMIT_WIDTH_PX || y > SJ_LIMIT_HEIGHT_PX)
		return false;
	step->x_px = x;
	step->y_px = y;
	return true;
}

/* X,Y and moves *text behind it. */
static bool take_place(const char **text, struct sj_viewer_script *step)
{
	return sj_number_take(text, SJ_LIMIT_WIDTH_PX, &step->x_px) &&
	       sj_number_take_mark(text, ',') &&
	       sj_number_take(text, SJ_LIMIT_HEIGHT_PX, &step->y_px);
}

static bool parse_click(const char *text, struct sj_viewer_script *step)
{
	step->number = 1;
	if (!take_place(&text, step))
		return false;
	if (sj_number_take_mark(&text, ',') &&
		!sj_number_take(&text, 3, &step->number))
		return false;
	return *text == 0 && step->number >= 1;
}

static bool parse_size(const char *text, struct sj_viewer_script *step)
{
	uint32_t width;
	uint32_t height;

	return sj_number_parse_pair(text, 'x', &width, &height) &&
	       width >= SJ_LIMIT_WIDTH_MIN_PX &&
	       height >= SJ_LIMIT_HEIGHT_MIN_PX &&
	       set_place(step, width, height);
}

static bool parse_wheel(const char *text, struct sj_viewer_script *step)
{
	bool is_up;

	if (!take_place(&text, step) || !sj_number_take_mark(&text, ','))
		return false;
	is_up = sj_number_take_mark(&text, '-');
	if (!sj_number_take(&text, NOTCHES_MAX, &step->number) || *text != 0 ||
		step->number == 0)
		return false;
	if (is_up)
		step->number = 0 - step->number;
	return true;
}

static bool parse_ms(const char *text, struct sj_viewer_script *step)
{
	return sj_number_take(&text, WAIT_MAX_MS, &step->number) && *text == 0;
}

static bool parse_step(struct sj_viewer_script *step, const char *argument)
{
	switch ((enum sj_viewer_step)step->kind) {
	case SJ_VIEWER_STEP_CLICK:
		return parse_click(argument, step);
	case SJ_VIEWER_STEP_WHEEL:
		return parse_wheel(argument, step);
	case SJ_VIEWER_STEP_RESIZE:
		return parse_size(argument, step);
	case SJ_VIEWER_STEP_KEY:
		return sj_typing_parse_key(
			argument, &step->number, &step->x_px);
	case SJ_VIEWER_STEP_WAIT:
	case SJ_VIEWER_STEP_QUIET:
		return parse_ms(argument, step);
	case SJ_VIEWER_STEP_TYPE:
		break;
	}
	return false;
}

enum sj_err sj_script_add(struct sj_script *script, enum sj_viewer_step kind,
	const char *argument)
{
	struct sj_viewer_script step;

	if (kind == SJ_VIEWER_STEP_TYPE)
		return add_text(script, argument);
	memset(&step, 0, sizeof(step));
	step.kind = (uint32_t)kind;
	if (!parse_step(&step, argument))
		return SJ_ERR_ARGUMENT;
	if (script->count == SJ_VIEWER_SCRIPT_STEPS)
		return SJ_ERR_LIMIT;
	script->step[script->count++] = step;
	return SJ_OK;
}

bool sj_script_is_valid(const struct sj_script *script)
{
	uint32_t i;

	if (script->count > SJ_VIEWER_SCRIPT_STEPS)
		return false;
	for (i = 0; i < script->count; i++) {
		const struct sj_viewer_script *step = &script->step[i];

		if (step->kind > SJ_VIEWER_STEP_QUIET ||
			!memchr(step->text, 0, sizeof(step->text)) ||
			!sj_typing_is_utf8(step->text) ||
			(step->kind == SJ_VIEWER_STEP_CLICK &&
				(step->number < 1 || step->number > 3)) ||
			step->x_px > SJ_LIMIT_WIDTH_PX ||
			step->y_px > SJ_LIMIT_HEIGHT_PX)
			return false;
	}
	return true;
}

/* The caller has made sure of room. */
static void put(struct sj_input_queue *queue, struct sj_viewer_input input)
{
	bool is_put = sj_input_queue_put(queue, &input);

	(void)is_put;
}

static void put_key(struct sj_input_queue *queue, uint32_t keysym, bool is_down)
{
	put(queue, (struct sj_viewer_input){.type = SJ_VIEWER_INPUT_KEY,
			   .keysym = keysym,
			   .is_down = is_down});
}

static void put_pointer(struct sj_input_queue *queue,
	const struct sj_viewer_script *step, uint8_t buttons)
{
	put(queue, (struct sj_viewer_input){.type = SJ_VIEWER_INPUT_POINTER,
			   .buttons = buttons,
			   .x_px = (uint16_t)step->x_px,
			   .y_px = (uint16_t)step->y_px});
}

static void put_chord(
	struct sj_input_queue *queue, const struct sj_viewer_script *step)
{
	static const uint32_t keysyms[] = {
		SJ_KEYSYM_SHIFT, SJ_KEYSYM_CONTROL, SJ_KEYSYM_ALT};
	size_t i;

	for (i = 0; i < SJ_COUNT(keysyms); i++) {
		if (step->x_px & 1u << i)
			put_key(queue, keysyms[i], true);
	}
	put_key(queue, step->number, true);
	put_key(queue, step->number, false);
	for (i = SJ_COUNT(keysyms); i-- > 0;) {
		if (step->x_px & 1u << i)
			put_key(queue, keysyms[i], false);
	}
}

/* True if a key may be pressed now; otherwise the player waits. */
static bool take_key(struct sj_script_player *player, uint64_t now_ms)
{
	uint64_t now_us = now_ms * 1000;

	if (!player->has_keys)
		player->keys =
			sj_bucket_of(KEYS_PER_SECOND, KEYS_BURST, now_us);
	player->has_keys = true;
	player->wait_until_ms = 0;
	if (sj_bucket_take(&player->keys, now_us))
		return true;
	player->wait_until_ms =
		now_ms + sj_bucket_wait_us(&player->keys, now_us) / 1000 + 1;
	return false;
}

/* Types until the text, the room or the rate ends; true at its end. */
static bool play_text(struct sj_script_player *player,
	const struct sj_viewer_script *step, struct sj_input_queue *queue,
	uint64_t now_ms)
{
	const char *text = step->text + player->text_at;
	uint32_t code_point;

	while (*text != 0 && sj_input_queue_room(queue) >= STEP_MESSAGES &&
		take_key(player, now_ms) &&
		sj_typing_next(&text, &code_point)) {
		uint32_t keysym = sj_typing_keysym(code_point);

		if (keysym != 0) {
			put_key(queue, keysym, true);
			put_key(queue, keysym, false);
		}
	}
	player->text_at = (size_t)(text - step->text);
	return *text == 0;
}

/* text_at counts the notches that are done. */
static bool play_wheel(struct sj_script_player *player,
	const struct sj_viewer_script *step, struct sj_input_queue *queue)
{
	int32_t notches = (int32_t)step->number;
	uint8_t button = notches > 0 ? 1u << 4 : 1u << 3;
	size_t count = (size_t)(notches > 0 ? notches : -(int64_t)notches);

	if (player->text_at == 0)
		put_pointer(queue, step, 0);
	while (player->text_at < count &&
		sj_input_queue_room(queue) >= STEP_MESSAGES) {
		put_pointer(queue, step, button);
		put_pointer(queue, step, 0);
		player->text_at++;
	}
	return player->text_at == count;
}

static bool play_wait(
	struct sj_script_player *player, uint64_t from_ms, uint64_t now_ms)
{
	player->wait_until_ms = from_ms;
	return now_ms >= from_ms;
}

/* True when step is done. */
static bool play_step(struct sj_script_player *player,
	const struct sj_viewer_script *step, struct sj_input_queue *queue,
	uint64_t now_ms, uint64_t update_ms)
{
	switch ((enum sj_viewer_step)step->kind) {
	case SJ_VIEWER_STEP_TYPE:
		return play_text(player, step, queue, now_ms);
	case SJ_VIEWER_STEP_WHEEL:
		return play_wheel(player, step, queue);
	case SJ_VIEWER_STEP_WAIT:
		return play_wait(player,
			player->wait_until_ms ? player->wait_until_ms
					      : now_ms + step->number,
			now_ms);
	case SJ_VIEWER_STEP_QUIET:
		/* From the later of the last update and this step's begin. */
		if (player->text_at == 0)
			player->text_at = (size_t)now_ms;
		if (update_ms < player->text_at)
			update_ms = player->text_at;
		return play_wait(player, update_ms + step->number, now_ms);
	case SJ_VIEWER_STEP_CLICK:
		put_pointer(queue, step, 0);
		put_pointer(queue, step, (uint8_t)(1u << (step->number - 1)));
		put_pointer(queue, step, 0);
		return true;
	case SJ_VIEWER_STEP_KEY:
		if (!take_key(player, now_ms))
			return false;
		put_chord(queue, step);
		return true;
	case SJ_VIEWER_STEP_RESIZE:
		put(queue,
			(struct sj_viewer_input){.type = SJ_VIEWER_INPUT_SIZE,
				.x_px = (uint16_t)step->x_px,
				.y_px = (uint16_t)step->y_px});
		return true;
	}
	return true;
}

bool sj_script_play(struct sj_script_player *player,
	const struct sj_script *script, struct sj_input_queue *queue,
	uint64_t now_ms, uint64_t update_ms, uint64_t *wake_ms)
{
	*wake_ms = UINT64_MAX;
	while (player->step < script->count) {
		if (sj_input_queue_room(queue) < STEP_MESSAGES)
			return false;
		if (!play_step(player, &script->step[player->step], queue,
			    now_ms, update_ms)) {
			if (player->wait_until_ms != 0)
				*wake_ms = player->wait_until_ms;
			return false;
		}
		player->step++;
		player->text_at = 0;
		player->wait_until_ms = 0;
	}
	return true;
}
