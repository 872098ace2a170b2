/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/capture_file.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/xwd.h"

enum sj_err sj_capture_file_open(
	struct sj_capture_file *made, int file, const struct sj_size *max)
{
	uint8_t head[SJ_XWD_HEAD_BYTES];
	struct sj_xwd layout;
	struct stat status;
	size_t map_bytes;
	void *map;

	memset(made, 0, sizeof(*made));
	if (fstat(file, &status) != 0 || status.st_size < 0 ||
		pread(file, head, sizeof(head), 0) != (ssize_t)sizeof(head))
		return SJ_ERR_SYSTEM;
	if (sj_xwd_parse(head, (uint64_t)status.st_size, max, &layout) != SJ_OK)
		return SJ_ERR_FORMAT;
	map_bytes = layout.offset_bytes + layout.stride_bytes * max->height_px;
	map = mmap(NULL, map_bytes, PROT_READ, MAP_SHARED, file, 0);
	if (map == MAP_FAILED)
		return SJ_ERR_SYSTEM;
	made->map = map;
	made->map_bytes = map_bytes;
	made->image.pixels = (uint8_t *)map + layout.offset_bytes;
	made->image.stride_bytes = layout.stride_bytes;
	made->image.size = layout.size;
	return SJ_OK;
}

void sj_capture_file_close(struct sj_capture_file *made)
{
	if (made->map)
		munmap(made->map, made->map_bytes);
	memset(made, 0, sizeof(*made));
}
