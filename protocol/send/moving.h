/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * moving: sends what moves, lossily, and repairs it when it rests.
 *
 * Joins what changes (shadow), which of it moves (motion) and a codec: marks
 * tiles of the shadow as moving or not, and adds rectangles of them to
 * updates, about thirty frames a second at most and on slow lines with a part
 * of their rate only. A rectangle never covers more of a tile than what has
 * changed in it lately. What is in motion no longer is left to
 * sj_shadow_next_repair. Pure: no I/O, the caller gives the time; allocates
 * in create only. Not thread-safe.
 */
#ifndef SJ_PROTOCOL_SEND_MOVING_H
#define SJ_PROTOCOL_SEND_MOVING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/rect.h"
#include "protocol/send/shadow.h"
#include "protocol/send/update.h"

struct sj_moving;

/* Works on shadow (keeps) with codec (copied). NULL when memory is short. */
SJ_MUST_USE struct sj_moving *sj_moving_create(
	struct sj_shadow *shadow, const struct sj_update_codec *codec);
void sj_moving_destroy(struct sj_moving *moving);

/* A new viewer: nothing is known, nothing moves. */
void sj_moving_begin(struct sj_moving *moving);

/* The display has drawn in rect. */
void sj_moving_damage(
	struct sj_moving *moving, const struct sj_rect *rect, uint64_t now_us);

/* As sj_motion_told; what is told to be over is repaired at once. */
void sj_moving_told(
	struct sj_moving *moving, const struct sj_rect *rect, bool is_motion);

/* sj_shadow_next has given rect. True if it moves: then it is not to be sent
 * losslessly, but goes with the next frame of what moves. */
SJ_MUST_USE bool sj_moving_takes(
	struct sj_moving *moving, const struct sj_rect *rect, uint64_t now_us);

/* What has rested is no longer in motion. */
void sj_moving_settle(struct sj_moving *moving, uint64_t now_us);

/* True if sj_moving_add has something to add, or sj_moving_settle to do. */
SJ_MUST_USE bool sj_moving_wants(
	const struct sj_moving *moving, uint64_t now_us);

/* Microseconds until sj_moving_wants may become true although nothing new has
 * come; UINT64_MAX: never. */
uint64_t sj_moving_wait_us(const struct sj_moving *moving, uint64_t now_us);

/* What there is for motion. */
struct sj_moving_share {
	size_t target_bytes;       /* of the whole update, about */
	uint64_t rate_bytes_per_s; /* of the line; 0: not known */
	uint64_t now_us;
};

/* True if a frame passes so quickly that it delays nobody, and in one update:
 * half of it in front of the tiles would be shown with those of the one before
 * for longer than it is shown with its own. */
SJ_MUST_USE bool sj_moving_is_quick(
	const struct sj_moving *moving, const struct sj_moving_share *share);

/* Adds the next frame, or more of the one that is under way, to update. The
 * rectangle of tiles that encoder has open is finished before. */
void sj_moving_add(struct sj_moving *moving, struct sj_update *update,
	struct sj_tile_encoder *encoder, const struct sj_tile_image *live,
	const struct sj_moving_share *share);

#endif /* SJ_PROTOCOL_SEND_MOVING_H */
