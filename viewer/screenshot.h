/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * screenshot: writes a frame as PNG to an open file (libpng).
 */
#ifndef SJ_VIEWER_SCREENSHOT_H
#define SJ_VIEWER_SCREENSHOT_H

#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/rect.h"

/*
 * Writes frame (BGRX, stride = width x 4) of size as 8-bit RGB to fd with
 * write(2) alone. SJ_ERR_SYSTEM when writing failed, SJ_ERR_MEMORY when
 * memory is short. Blocks while fd does.
 */
SJ_MUST_USE enum sj_err sj_screenshot_write(
	int fd, const uint8_t *frame, const struct sj_size *size);

#endif /* SJ_VIEWER_SCREENSHOT_H */
