/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rect_rig: what the targets of the three decoders share.
 *
 * Any bytes are rectangles: U8 width, U8 height, U16 length of the payload, the
 * payload, and again. Each is decoded into a picture in which it can be seen
 * what was touched.
 */
#ifndef SJ_TESTS_FUZZ_RECT_RIG_H
#define SJ_TESTS_FUZZ_RECT_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/bytes.h"
#include "protocol/base/rect.h"
#include "protocol/tile/tile.h"

/* What a decoder is given, by its names; the payload is lent by the input. */
struct rect_rig {
	const uint8_t *payload;
	uint16_t bytes;
	struct sj_rect rect;
	struct sj_tile_image image; /* the same one always */
};

/* Takes the next rectangle of in; false at the end. The picture is new. */
bool rect_rig_next(struct rect_rig *rig, struct sj_reader *in);

/* Aborts if something that is not in the rectangle was touched, or if it is
 * whole (all of it was drawn) and a fourth byte in it is not 0. */
void rect_rig_check(const struct rect_rig *rig, bool is_whole);

#endif /* SJ_TESTS_FUZZ_RECT_RIG_H */
