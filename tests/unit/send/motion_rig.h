/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * motion_rig: a display with things that move, a sender, a line and a viewer,
 * in virtual time. The viewer remembers which of its pixels are lossy. Aborts
 * the test when an update is malformed, when something lossy is copied, or
 * when what has to be exact is not.
 */
#ifndef SJ_TESTS_UNIT_SEND_MOTION_RIG_H
#define SJ_TESTS_UNIT_SEND_MOTION_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/limits.h"
#include "protocol/base/rect.h"
#include "protocol/motion/motion.h"
#include "protocol/send/sender.h"
#include "protocol/send/shadow.h"
#include "protocol/tile/tile.h"

#define SJ_RIG_FRAME_US 33333

struct sj_motion_rig {
	struct sj_shadow *shadow;
	struct sj_sender *sender;
	struct sj_motion_encoder *encoder;
	struct sj_motion_decoder *motion;
	struct sj_tile_decoder *tile;
	struct sj_tile_image live, viewer;
	uint8_t *lossy;       /* by pixel of the viewer */
	struct sj_rect still; /* exact after every update; empty: none */

	/* The line: what is on the way, oldest first. */
	uint64_t rate_bytes_per_s;
	uint64_t free_us;
	uint64_t receipt_us[SJ_LIMIT_CREDITS];
	size_t receipts;
	size_t held, held_bytes; /* without a request yet */

	uint64_t now_us, damage_us;
	bool is_rested;
	size_t bytes, motion_bytes; /* sent */
	size_t rects, motion_px;    /* of motion */
	size_t frames;              /* updates with such */
	uint64_t first_us, last_us; /* the first and last such update */
};

/* is_lossless: the host's choice; is_old: a viewer without motion. */
void sj_motion_rig_open(struct sj_motion_rig *rig, const struct sj_size *size,
	bool is_lossless, bool is_old);
void sj_motion_rig_close(struct sj_motion_rig *rig);

/* Colours of an endless plane; number counts the frames. */
typedef uint32_t sj_rig_colour(size_t x, size_t y, size_t number);

sj_rig_colour sj_rig_text;      /* that stands */
sj_rig_colour sj_rig_scrolled;  /* text, 20 pixels a frame */
sj_rig_colour sj_rig_typed;     /* text, a letter a frame */
sj_rig_colour sj_rig_blinking;  /* text, there or not */
sj_rig_colour sj_rig_rewritten; /* another text in each frame */
sj_rig_colour sj_rig_noise;     /* video, the worst of it */
sj_rig_colour sj_rig_photo;     /* smooth, with some grain, that moves */
sj_rig_colour sj_rig_panel;     /* bars on a flat ground, that move */

/* Draws into rect, and tells the damage. */
void sj_motion_rig_draw(struct sj_motion_rig *rig, const struct sj_rect *rect,
	sj_rig_colour *colour, size_t number);

/* Lets time pass, with all that is sent meanwhile. */
void sj_motion_rig_pass(struct sj_motion_rig *rig, uint64_t span_us);

/* count frames of colour in rect, thirty a second. */
void sj_motion_rig_play(struct sj_motion_rig *rig, const struct sj_rect *rect,
	sj_rig_colour *colour, size_t count);

/* True if the viewer shows in rect what the display does. */
bool sj_motion_rig_is_exact(
	const struct sj_motion_rig *rig, const struct sj_rect *rect);

#endif /* SJ_TESTS_UNIT_SEND_MOTION_RIG_H */
