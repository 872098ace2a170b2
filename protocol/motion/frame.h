/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * frame: the only form of JPEG that a motion rectangle may have.
 *
 * Judges a whole payload before libjpeg-turbo sees a byte of it. Hostile
 * input. Pure, no allocation.
 */
#ifndef SJ_PROTOCOL_MOTION_FRAME_H
#define SJ_PROTOCOL_MOTION_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/rect.h"

/*
 * True if payload is SOI, two 8-bit quantisation tables, a baseline frame of
 * exactly rect's size with three components of the same resolution, four
 * code tables, one scan of all three, EOI, and nothing else.
 */
SJ_MUST_USE bool sj_motion_frame_is_good(
	const uint8_t *payload, size_t size, const struct sj_rect *rect);

#endif /* SJ_PROTOCOL_MOTION_FRAME_H */
