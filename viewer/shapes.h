/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shapes: the pointers of the profile strict, drawn from constants.
 *
 * The other side says only which one it is; picture and hot spot are ours.
 * Pure.
 */
#ifndef SJ_VIEWER_SHAPES_H
#define SJ_VIEWER_SHAPES_H

#include <stdint.h>

#include "protocol/base/rect.h"
#include "protocol/rfb/types.h"

/*
 * Writes shape as B, G, R, A (straight alpha) to pixels, which has room for
 * a cursor of the largest size; *rect becomes hot spot and size, all 0 for
 * the hidden one. shape is below SJ_LIMIT_SHAPES.
 */
void sj_shapes_draw(
	enum sj_rfb_shape shape, uint8_t *pixels, struct sj_rect *rect);

#endif /* SJ_VIEWER_SHAPES_H */
