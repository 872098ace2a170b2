/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flat: the pictures of an update of the profile strict, Zlib or Raw.
 *
 * Parts that lie beside each other become one rectangle. Everything that was
 * added has to reach the viewer: all rectangles share one stream. Pure: no
 * I/O, no allocation.
 */
#ifndef SJ_PROTOCOL_SEND_FLAT_H
#define SJ_PROTOCOL_SEND_FLAT_H

#include <stdbool.h>

#include "protocol/base/attr.h"
#include "protocol/base/rect.h"
#include "protocol/send/update.h"

/* True if a part may be added, behind what is gathered. */
SJ_MUST_USE bool sj_flat_has_room(const struct sj_update *update);

/* Adds what image shows in rect, which lies inside one tile of the screen. */
void sj_flat_add(struct sj_update *update, const struct sj_update_flat *flat,
	const struct sj_tile_image *image, const struct sj_rect *rect);

/* Writes what is gathered; before anything else is added. */
void sj_flat_flush(struct sj_update *update, const struct sj_update_flat *flat,
	const struct sj_tile_image *image);

#endif /* SJ_PROTOCOL_SEND_FLAT_H */
