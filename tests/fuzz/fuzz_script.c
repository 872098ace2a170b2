/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any text as a step of --headless, and any bytes as the steps that the window
 * process is sent (byte 0 chooses). What is taken can be played.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/target.h"
#include "viewer/script.h"

static void play(const struct sj_script *script)
{
	static struct sj_input_queue queue;
	struct sj_script_player player = {0};
	uint64_t now_ms = 1, wake_ms = 0;

	for (int i = 0; i < 64; i++) {
		sj_input_queue_clear(&queue);
		if (sj_script_play(
			    &player, script, &queue, now_ms, now_ms, &wake_ms))
			return;
		if (queue.count > SJ_INPUT_QUEUE_MESSAGES)
			abort();
		now_ms = wake_ms == UINT64_MAX ? now_ms + 1000 : wake_ms + 1;
	}
}

static void add_text(struct sj_script *script, const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	uint32_t before = script->count;
	enum sj_err err;

	if (!text)
		abort();
	if (size > 0)
		memcpy(text, data, size);
	text[size] = 0;
	err = sj_script_add(script, (enum sj_viewer_step)(data[-1] >> 1), text);
	if (err != SJ_OK && script->count != before)
		abort();
	if (err == SJ_OK && !sj_script_is_valid(script))
		abort();
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sj_script script;

	if (size == 0 || data[0] >> 1 > SJ_VIEWER_STEP_QUIET)
		return 0;
	memset(&script, 0, sizeof(script));
	if ((data[0] & 1) == 0) {
		add_text(&script, data + 1, size - 1);
	} else {
		size = size - 1 < sizeof(script.step) ? size - 1
						      : sizeof(script.step);
		memcpy(script.step, data + 1, size);
		script.count = (uint32_t)(size / sizeof(script.step[0]));
		if (!sj_script_is_valid(&script))
			return 0;
	}
	play(&script);
	return 0;
}
