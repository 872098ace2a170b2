/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * motion: which tiles of the screen are photographs or video in motion.
 *
 * A tile is when it has been damaged at least eleven times within the last
 * second and looked like a photograph in each of its last changes; text, user
 * interface and whatever has flat areas or few colours never do. It is not
 * any more when it has rested or looks otherwise once. Pure: no I/O, the
 * caller gives the time (sj_clock_us); allocates in create only. Pixels are
 * what a page draws; at worst they are sent in the wrong way. Not thread-safe.
 */
#ifndef SJ_PROTOCOL_SEND_MOTION_H
#define SJ_PROTOCOL_SEND_MOTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/rect.h"
#include "protocol/tile/tile.h"

struct sj_motion;

/* So long without damage is rest. Repair begins then; exact is promised after
 * 300 ms, and what is left is for sending. */
#define SJ_MOTION_REST_US 180000

/* For pictures up to max. NULL when memory is short. */
SJ_MUST_USE struct sj_motion *sj_motion_create(const struct sj_size *max);
void sj_motion_destroy(struct sj_motion *motion);

/* A picture of size, at most max, of which nothing is known. */
void sj_motion_begin(struct sj_motion *motion, const struct sj_size *size);

/* The display has drawn in rect; parts outside the picture are ignored. */
void sj_motion_damage(
	struct sj_motion *motion, const struct sj_rect *rect, uint64_t now_us);

/*
 * The display is another sender's, which judges by itself what moves, and it
 * has sent rect as motion or exactly. Where it has once sent motion, its word
 * counts: a tile that it sends exactly is not in motion until it says so
 * again. Parts outside the picture are ignored.
 */
void sj_motion_told(
	struct sj_motion *motion, const struct sj_rect *rect, bool is_motion);

/*
 * box (not empty, inside one tile) of image has changed and is now as image
 * shows it. Returns true if the tile is in motion.
 */
SJ_MUST_USE bool sj_motion_changed(struct sj_motion *motion,
	const struct sj_tile_image *image, const struct sj_rect *box,
	uint64_t now_us);

/* Nothing had changed in tile, though it was damaged. True if it rests. */
SJ_MUST_USE bool sj_motion_is_still(
	const struct sj_motion *motion, size_t tile, uint64_t now_us);

/* When tile, which is in motion, will rest if nothing more happens. What is
 * told to be motion has twice the time: its rest will be told as well. */
uint64_t sj_motion_rest_us(const struct sj_motion *motion, size_t tile);

/* True if it was told that tile is in motion no more. */
SJ_MUST_USE bool sj_motion_is_over(const struct sj_motion *motion, size_t tile);

/* The part of tile that has changed lately. */
struct sj_rect sj_motion_box(const struct sj_motion *motion, size_t tile);

/* True if box of image looks like a part of a photograph. */
SJ_MUST_USE bool sj_motion_is_photo(
	const struct sj_tile_image *image, const struct sj_rect *box);

#endif /* SJ_PROTOCOL_SEND_MOTION_H */
