/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/capture.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xcb/damage.h>
#include <xcb/xcb.h>

#include "host/display_xcb.h"
#include "host/xwd.h"

struct sj_capture {
	struct sj_display *display;
	uint8_t *map;
	size_t map_bytes;
	struct sj_xwd layout;
};

static enum sj_err map_file(
	struct sj_capture *capture, int file, const struct sj_size *max)
{
	uint8_t head[SJ_XWD_HEAD_BYTES];
	struct stat status;
	void *map;

	if (fstat(file, &status) != 0 || status.st_size < 0 ||
		pread(file, head, sizeof(head), 0) != (ssize_t)sizeof(head))
		return SJ_ERR_SYSTEM;
	if (sj_xwd_parse(head, (uint64_t)status.st_size, max,
		    &capture->layout) != SJ_OK)
		return SJ_ERR_FORMAT;
	capture->map_bytes = capture->layout.offset_bytes +
			     capture->layout.stride_bytes * max->height_px;
	map = mmap(NULL, capture->map_bytes, PROT_READ, MAP_SHARED, file, 0);
	if (map == MAP_FAILED)
		return SJ_ERR_SYSTEM;
	capture->map = map;
	return SJ_OK;
}

enum sj_err sj_capture_create(struct sj_capture **capture,
	struct sj_display *display, int file, const struct sj_size *max)
{
	struct sj_capture *made = calloc(1, sizeof(*made));
	enum sj_err err;

	if (!made)
		return SJ_ERR_MEMORY;
	made->display = display;
	err = map_file(made, file, max);
	if (err != SJ_OK) {
		sj_capture_destroy(made);
		return err;
	}
	/* Raw: each drawing is told, so nothing has to be acknowledged and no
	 * change between a read and an acknowledgement can be lost. */
	xcb_damage_create(display->connection,
		xcb_generate_id(display->connection), display->root,
		XCB_DAMAGE_REPORT_LEVEL_RAW_RECTANGLES);
	sj_display_flush(display);
	*capture = made;
	return SJ_OK;
}

void sj_capture_destroy(struct sj_capture *capture)
{
	if (!capture)
		return;
	if (capture->map)
		munmap(capture->map, capture->map_bytes);
	free(capture);
}

struct sj_tile_image sj_capture_image(const struct sj_capture *capture)
{
	struct sj_tile_image image = {
		.pixels = capture->map + capture->layout.offset_bytes,
		.stride_bytes = capture->layout.stride_bytes,
		.size = capture->layout.size,
	};

	return image;
}

bool sj_capture_event(const struct sj_capture *capture, const void *event,
	struct sj_rect *rect)
{
	const xcb_damage_notify_event_t *damage = event;
	int32_t left, top, right, bottom;

	if ((damage->response_type & 0x7f) != capture->display->damage_event)
		return false;
	left = damage->area.x < 0 ? 0 : damage->area.x;
	top = damage->area.y < 0 ? 0 : damage->area.y;
	right = damage->area.x + damage->area.width;
	bottom = damage->area.y + damage->area.height;
	*rect = (struct sj_rect){0};
	if (right <= left || bottom <= top)
		return true;
	rect->x_px = (uint16_t)left;
	rect->y_px = (uint16_t)top;
	rect->width_px = (uint16_t)(right - left);
	rect->height_px = (uint16_t)(bottom - top);
	*rect = sj_rect_clip(rect, &capture->layout.size);
	return true;
}
