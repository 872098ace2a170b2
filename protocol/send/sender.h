/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sender: makes the updates of ours for one viewer, and says when.
 *
 * It knows what the viewer can show, what it has yet to be told (size,
 * pointer, caret, pixels) and what it has asked for; it makes one
 * FramebufferUpdate at a time, from the shadow, when protocol/send/pace.h lets
 * one go. A frame is one pass over what has changed. It is begun as soon as
 * something has, but not sooner than the rate of frames permits; it may take
 * several updates, and shows each part as it is when that part's turn has come.
 * Pure: no I/O, the caller gives the time (sj_clock_us); it allocates in create
 * only. Not thread-safe. Nothing of one viewer is left for the next: see
 * sj_sender_begin. In an update news come first, then what has changed, then
 * regions in motion (protocol/send/moving.h; before it on a line on which they
 * take no time), then what of them has to be repaired.
 */
#ifndef SJ_PROTOCOL_SEND_SENDER_H
#define SJ_PROTOCOL_SEND_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/rect.h"
#include "protocol/rfb/types.h"
#include "protocol/send/shadow.h"
#include "protocol/send/update.h"

struct sj_sender;

struct sj_sender_settings {
	uint32_t frames_per_second; /* new ones, at most; 0: no bound */
	uint32_t bandwidth_kbit;    /* a second, at most; 0: no bound */
	const struct sj_update_codec *motion; /* copied; NULL: never lossy */
	/* Profile strict: Zlib and Raw, no tiles. Copied; NULL: tiles. */
	const struct sj_update_flat *flat;
	/* Moves are looked for only after sj_sender_moved. */
	bool is_told_of_moves;
};

/* What a viewer has announced beside the tile encoding, or Zlib. */
enum sj_sender_feature {
	SJ_SENDER_ALPHA_CURSOR = 1 << 0,
	SJ_SENDER_CARET = 1 << 1,
	SJ_SENDER_SIZE = 1 << 2,
	SJ_SENDER_COPY = 1 << 3,
	SJ_SENDER_MOTION = 1 << 4,
	SJ_SENDER_SHAPE = 1 << 5
};

/* Makes updates of shadow (keeps). NULL when memory is short. */
SJ_MUST_USE struct sj_sender *sj_sender_create(
	struct sj_shadow *shadow, const struct sj_sender_settings *settings);
void sj_sender_destroy(struct sj_sender *sender);

/* A new viewer, which knows nothing and has asked for nothing. */
void sj_sender_begin(struct sj_sender *sender, uint64_t now_us);

/* The viewer announces features (enum sj_sender_feature, joined by or). */
void sj_sender_learn(struct sj_sender *sender, unsigned features);

/*
 * The viewer has asked for an update: for all of the picture, if is_full. It
 * has taken the oldest of the updates that are on the way.
 */
void sj_sender_request(struct sj_sender *sender, bool is_full, uint64_t now_us);

/* The display has drawn in rect; parts outside the picture are ignored. */
void sj_sender_damage(
	struct sj_sender *sender, const struct sj_rect *rect, uint64_t now_us);

/* As sj_motion_told (protocol/send/motion.h), for a display that is fed by
 * another sender; beside sj_sender_damage. */
void sj_sender_told(
	struct sj_sender *sender, const struct sj_rect *rect, bool is_motion);

/* The display, fed by another sender, has moved a part of its picture; beside
 * sj_sender_damage. */
void sj_sender_moved(struct sj_sender *sender);

/* The viewer is to be told of screen. */
void sj_sender_set_size(
	struct sj_sender *sender, const struct sj_rfb_screen_size *screen);

/* The pointer's image has changed. */
void sj_sender_set_cursor(
	struct sj_sender *sender, const struct sj_update_cursor *cursor);

/* The text cursor is at rect, inside the picture. */
void sj_sender_set_caret(struct sj_sender *sender, const struct sj_rect *rect);

/* True if an update may be made now. */
SJ_MUST_USE bool sj_sender_wants(
	const struct sj_sender *sender, uint64_t now_us);

/* Microseconds until sj_sender_wants may become true although nothing new has
 * come; UINT64_MAX: there is nothing to wait for. */
uint64_t sj_sender_wait_us(const struct sj_sender *sender, uint64_t now_us);

/*
 * Makes the next update from what live (as in sj_shadow_next) has changed and
 * the other news; lends its bytes in *data until the next call. Returns
 * their number; 0: there is nothing to send. All of them have to reach the
 * viewer, in order.
 */
SJ_MUST_USE size_t sj_sender_next(struct sj_sender *sender,
	const struct sj_tile_image *live, const uint8_t **data,
	uint64_t now_us);

#endif /* SJ_PROTOCOL_SEND_SENDER_H */
