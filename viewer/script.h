/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * script: the steps of --headless: parsed by the launcher, played later.
 *
 * Parsing is pure. The player turns steps into input messages, a few at a
 * time, and is told the time and whether updates came by its caller.
 */
#ifndef SJ_VIEWER_SCRIPT_H
#define SJ_VIEWER_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/clock.h"
#include "protocol/base/err.h"
#include "viewer/input_queue.h"
#include "viewer/viewer_ipc.h"

/* Steps as the command line gave them. Zeroed: none. */
struct sj_script {
	struct sj_viewer_script step[SJ_VIEWER_SCRIPT_STEPS];
	uint32_t count;
};

/*
 * Appends the step (or, for long texts, the steps) that kind and argument
 * mean. SJ_ERR_ARGUMENT when argument cannot be read as kind wants it,
 * SJ_ERR_LIMIT when no step is left; script is then unchanged.
 */
SJ_MUST_USE enum sj_err sj_script_add(struct sj_script *script,
	enum sj_viewer_step kind, const char *argument);

/* Where a script stands. Zeroed: at its beginning. */
struct sj_script_player {
	uint32_t step;
	size_t text_at;         /* bytes of the text that are typed */
	uint64_t wait_until_ms; /* 0: not waiting */
	struct sj_bucket keys;  /* presses that the gate passes at once */
	bool has_keys;          /* keys is filled */
};

/*
 * Plays as many steps as possible into queue, keys no faster than the gate
 * passes them on: what is played has left the terminal a moment later.
 * update_ms is the time of the last complete update. True when the last step is
 * done. Otherwise *wake_ms is the time to call again at the latest (UINT64_MAX:
 * when the queue has room or an update came).
 */
SJ_MUST_USE bool sj_script_play(struct sj_script_player *player,
	const struct sj_script *script, struct sj_input_queue *queue,
	uint64_t now_ms, uint64_t update_ms, uint64_t *wake_ms);

/*
 * True if script, received from the launcher, has a known kind and terminated
 * text in each of its steps.
 */
SJ_MUST_USE bool sj_script_is_valid(const struct sj_script *script);

#endif /* SJ_VIEWER_SCRIPT_H */
