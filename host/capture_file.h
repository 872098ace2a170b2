/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * capture_file: the framebuffer file of Xvfb, mapped for reading.
 *
 * The file belongs to a display that may be hostile: its head is checked
 * (host/xwd.h); if it is cut short later, whoever reads it dies.
 */
#ifndef SJ_HOST_CAPTURE_FILE_H
#define SJ_HOST_CAPTURE_FILE_H

#include <stddef.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/rect.h"
#include "protocol/tile/tile.h"

struct sj_capture_file {
	void *map; /* NULL: nothing is mapped */
	size_t map_bytes;
	struct sj_tile_image image;
};

/*
 * Maps file (stays the caller's) as the picture of a screen of size max.
 * SJ_ERR_FORMAT when it is none, SJ_ERR_SYSTEM with errno.
 */
SJ_MUST_USE enum sj_err sj_capture_file_open(
	struct sj_capture_file *made, int file, const struct sj_size *max);
void sj_capture_file_close(struct sj_capture_file *made);

#endif /* SJ_HOST_CAPTURE_FILE_H */
