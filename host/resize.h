/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * resize: gives the display another size while programs run on it (RandR).
 *
 * The mode also says how many pictures a second the screen shows, which a
 * browser without a GPU draws by.
 */
#ifndef SJ_HOST_RESIZE_H
#define SJ_HOST_RESIZE_H

#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/rect.h"

struct sj_display;

/*
 * Sets display to size, which is not larger than the display was started with
 * (SJ_ERR_LIMIT otherwise, when it knows). Blocks for some round trips.
 * SJ_ERR_SYSTEM when the display refuses; its size is then the old one as far
 * as it can be told.
 */
SJ_MUST_USE enum sj_err sj_resize(struct sj_display *display,
	const struct sj_size *size, uint32_t refresh_hz);

#endif /* SJ_HOST_RESIZE_H */
