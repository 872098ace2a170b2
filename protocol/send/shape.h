/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shape: which of the fixed shapes a cursor's picture is most like.
 *
 * For the profile strict, in which no picture of a pointer crosses: the viewer
 * draws the shape by itself (viewer/shapes.h). The judgement is rough, by
 * the size of what is visible and the place of the hot spot in it; what is
 * not like any is the arrow. Pure.
 */
#ifndef SJ_PROTOCOL_SEND_SHAPE_H
#define SJ_PROTOCOL_SEND_SHAPE_H

#include "protocol/rfb/types.h"
#include "protocol/send/update.h"

/* The shape for cursor; hidden when nothing of it can be seen. */
enum sj_rfb_shape sj_shape_of(const struct sj_update_cursor *cursor);

#endif /* SJ_PROTOCOL_SEND_SHAPE_H */
